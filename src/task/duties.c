/*
 * duties.c
 *		What has to be done now and then besides running tasks: days of the
 *		history made and dropped, tasks of roles that are gone ended, leavings
 *		cleared away.
 *
 * A duty is done in short steps.  The scheduler does each step in a transaction
 * of its own: one that fails is told of once and tried again later, longer each
 * time, and holds up nobody.  maintain_tasks() does all of them at once.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "task/process.h"

PG_FUNCTION_INFO_V1(ak_task_maintain);

/* How long a step waits for a lock. */
#define LOCK_PATIENCE "50ms"

/* Milliseconds: between two rounds; after a lock that was not free; after failures, at first and at most. */
#define ROUND (10 * 60 * 1000)
#define LATER (30 * 1000)
#define FIRST_DELAY (60 * 1000)
#define LONGEST_DELAY (60 * 60 * 1000)

/* Tasks of roles that are gone which one step ends. */
#define CHUNK 100

/* ---- tasks of roles that are gone ---- */

/* Due tasks of roles that do not exist, of int64 *: some. */
static List *
find_orphans(void)
{
	ListCell   *cell;

	foreach(cell, ak_task_due_queues())
	{
		Oid			role = ((const AkDue *) lfirst(cell))->role;

		if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
			return ak_task_due_of(role, CHUNK);
	}
	return NIL;
}

/* The task has failed, for nobody is there who could run it. */
static AkEnded *
end_orphan(AkTask *task)
{
	AkEnded    *ended = palloc0(sizeof(AkEnded));

	ended->task = task;
	ended->outcome.error = ak_task_error(ERRCODE_UNDEFINED_OBJECT, psprintf("role %u was dropped", task->role),
										 "The task belonged to it.", NULL, NULL);
	ak_task_fail(ended, NULL);
	return ended;
}

/* One that still runs is left alone. */
static bool
end_orphans(void)
{
	List	   *ended = NIL;
	ListCell   *cell;

	foreach(cell, find_orphans())
	{
		Oid			busy;
		AkTask	   *task = ak_task_lock(*(int64 *) lfirst(cell), &busy);

		if (task != NULL)
			ended = lappend(ended, end_orphan(task));
	}
	ak_task_settle(ended);
	return ended != NIL;
}

/* ---- leavings ---- */

/* Nobody can cancel what has ended. */
static bool
drop_cancels(void)
{
	ak_core_own_write("DELETE FROM aksara.task_cancel c WHERE NOT EXISTS (SELECT FROM aksara.task_due d WHERE d.id = c.id)"
					  " AND NOT EXISTS (SELECT FROM aksara.task_later l WHERE l.id = c.id)"
					  " AND NOT EXISTS (SELECT FROM aksara.task_blocked b WHERE b.id = c.id)",
					  0, NULL, NULL, NULL);
	return false;
}

static bool
follow_roles(void)
{
	ak_task_follow_roles();
	return false;
}

/* ---- steps ---- */

typedef struct AkDuty
{
	bool		(*step) (void);	/* true: there is more to do */
	TimestampTz next;			/* not before */
	long		delay;			/* milliseconds, after failures; 0: the last step did not fail */
} AkDuty;

static AkDuty duties[] = {
	{.step = ak_task_forget_rows}, {.step = ak_task_drop_day}, {.step = ak_task_make_day}, {.step = end_orphans},
	{.step = drop_cancels}, {.step = follow_roles}
};

/* In a transaction of the caller's that ends where the step fails. */
static bool
take_step(const AkDuty *duty)
{
	int			level = NewGUCNestLevel();
	bool		more;

	set_config_option("lock_timeout", LOCK_PATIENCE, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	more = duty->step();
	AtEOXact_GUC(true, level);
	return more;
}

/* ---- the scheduler's ---- */

/* Milliseconds until the duty is looked at again. */
static long
run_step(const AkDuty *duty)
{
	bool		more;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	more = take_step(duty);
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_stat(false);
	return more ? 0 : ROUND;
}

/* Says what went wrong, the first time in a row; a lock that was not free is nothing to speak of. */
static long
step_failed(AkDuty *duty)
{
	ErrorData  *error = CopyErrorData();
	bool		busy = error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;

	FreeErrorData(error);
	AbortCurrentTransaction();
	if (!busy && duty->delay == 0)
		EmitErrorReport();
	FlushErrorState();
	if (busy)
		return LATER;
	duty->delay = duty->delay == 0 ? FIRST_DELAY : Min(duty->delay * 2, LONGEST_DELAY);
	return duty->delay;
}

static void
do_step(AkDuty *duty)
{
	long		wait;

	PG_TRY();
	{
		wait = run_step(duty);
		duty->delay = 0;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(TopMemoryContext);
		wait = step_failed(duty);
	}
	PG_END_TRY();
	duty->next = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), wait);
}

long
ak_task_do_duties(void)
{
	TimestampTz next = DT_NOEND;

	for (int i = 0; i < lengthof(duties); i++)
	{
		if (duties[i].next <= GetCurrentTimestamp())
			do_step(&duties[i]);
		next = Min(next, duties[i].next);
	}
	return Max(TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next), 1);
}

void
ak_task_hasten_duties(void)
{
	for (int i = 0; i < lengthof(duties); i++)
		duties[i].next = 0;
}

void
ak_task_note_orphans(void)
{
	for (int i = 0; i < lengthof(duties); i++)
		if (duties[i].step == end_orphans && duties[i].delay == 0)
			duties[i].next = 0;
}

/* ---- anybody's ---- */

/* A step that can be taken back; false in `*free` where a lock was not. */
static bool
try_step(const AkDuty *duty, bool *free)
{
	MemoryContext old = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool more = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(old);
	PG_TRY();
	{
		more = take_step(duty);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(old);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(old);
		CurrentResourceOwner = owner;
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
			ReThrowError(error);
		FreeErrorData(error);
		*free = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old);
	CurrentResourceOwner = owner;
	return more;
}

/* maintain_tasks() → is all done?  False where a lock was not free. */
Datum
ak_task_maintain(PG_FUNCTION_ARGS)
{
	bool		free = true;

	for (int i = 0; i < lengthof(duties); i++)
		while (try_step(&duties[i], &free))
			CHECK_FOR_INTERRUPTS();
	PG_RETURN_BOOL(free);
}
