/*
 * live.c
 *		Tasks that wait: put in, found by their numbers, taken out, moved when
 *		their time has come.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "task/process.h"

/* Seconds: thirty years. */
#define STRICT 1e9

#define COLUMNS "id, role, queue, rank, priority, run_at, task, args, attempts, max_attempts, timeout, enqueued_at, group_key, key, crashes"

int64
ak_task_next_id(void)
{
	return nextval_internal(ak_core_table("task_id"), false);
}

/*
 * Tasks start in the order of their ranks: when they are due, in seconds, less
 * what their priority is worth.  Where priority alone counts a level is worth
 * more than anybody waits.
 */
static double
rank_of(const AkTask *task)
{
	double		aging = ak_task_use_queue(task->queue)->aging;
	double		due = (double) task->run_at / USECS_PER_SEC;

	return due - task->priority * (aging > 0 ? aging : STRICT);
}

static Datum
text_or_zero(const char *text)
{
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

void
ak_task_insert(AkTask *task, bool blocked)
{
	(void) ak_task_settle_here();
	if (!task->keeps_rank)
		task->rank = rank_of(task);
	task->place = blocked ? AK_TASK_BLOCKED : task->run_at > GetCurrentTimestamp() ? AK_TASK_LATER : AK_TASK_DUE;
	{
		Datum		values[] = {
			Int64GetDatum(task->id), ObjectIdGetDatum(task->role), CStringGetTextDatum(task->queue), Float8GetDatum(task->rank),
			Int16GetDatum(task->priority), TimestampTzGetDatum(task->run_at), CStringGetTextDatum(task->task), task->args,
			Int16GetDatum(task->attempts), Int16GetDatum(task->max_attempts), PointerGetDatum(task->timeout),
			TimestampTzGetDatum(task->enqueued_at), text_or_zero(task->group_key), text_or_zero(task->key),
			Int16GetDatum(task->crashes)
		};
		bool		nulls[lengthof(values)] = {false};

		nulls[10] = task->timeout == NULL;
		nulls[12] = task->group_key == NULL;
		nulls[13] = task->key == NULL;
		ak_core_own_insert(ak_task_table(task->place), values, nulls);
	}
	ak_task_wake_at_commit(task);
}

/* ---- one by its number ---- */

/* The task of a number in a place, and whether its row could be locked; NULL: it is not there. */
static AkTask *
lock_in(AkTaskPlace place, int64 id, bool *is_free)
{
	AkOwnScan	scan;
	TupleTableSlot *found;
	AkTask	   *task = NULL;
	ScanKeyData key;

	ak_core_own_key(&key, 1, F_INT8EQ, Int64GetDatum(id));
	ak_core_own_begin_scan(&scan, ak_task_table(place), NULL, RowExclusiveLock, SnapshotSelf, &key, 1);
	found = ak_core_own_next(&scan);
	if (found != NULL)
	{
		TupleTableSlot *locked = table_slot_create(scan.rel, NULL);

		task = ak_task_read(found, place);
		*is_free = !ak_task_is_claimed_here(id) && ak_task_lock_row(scan.rel, found, locked);
		ExecDropSingleTupleTableSlot(locked);
	}
	ak_core_own_end_scan(&scan);
	return task;
}

/* The same in all places, twice: meanwhile it may have been moved to one that was looked at before. */
static AkTask *
lock_anywhere(int64 id, bool *is_free)
{
	AkTask	   *task = NULL;

	for (int look = 0; look < 2 && task == NULL; look++)
		for (AkTaskPlace place = AK_TASK_DUE; place <= AK_TASK_BLOCKED && task == NULL; place++)
			task = lock_in(place, id, is_free);
	return task;
}

AkTask *
ak_task_lock(int64 id, Oid *busy)
{
	bool		is_free;
	AkTask	   *task = lock_anywhere(id, &is_free);

	*busy = task && !is_free ? task->role : InvalidOid;
	return task && is_free ? task : NULL;
}

AkTask *
ak_task_find(int64 id, bool *is_free)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	AkTask	   *volatile task = NULL;
	ErrorData  *volatile error = NULL;

	PreventCommandDuringRecovery("aksara.why()");
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		task = lock_anywhere(id, is_free);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error != NULL)
		ReThrowError(error);
	if (task != NULL && *is_free)
		ak_task_wake_now(task);
	return task;
}

void
ak_task_delete(const AkTask *task)
{
	Relation	rel = ak_core_own_open(ak_task_table(task->place), RowExclusiveLock);
	ItemPointerData row = task->row;

	ak_core_own_delete(rel, &row);
	table_close(rel, NoLock);
	CommandCounterIncrement();
}

/* ---- whose time has come ---- */

static bool
take_moved(TupleTableSlot *row, void *arg)
{
	bool		isnull;
	AkTask		task = {0};

	task.role = DatumGetObjectId(slot_getattr(row, 1, &isnull));
	task.queue = TextDatumGetCString(slot_getattr(row, 2, &isnull));
	task.rank = DatumGetFloat8(slot_getattr(row, 3, &isnull));
	ak_task_wake_at_commit(&task);
	return true;
}

uint64
ak_task_move_due(void)
{
	static const Oid types[] = {TIMESTAMPTZOID};
	TimestampTz now = GetCurrentTimestamp();
	Datum		values[] = {TimestampTzGetDatum(now)};

	if (ak_task_next_time() > now)
		return 0;
	return ak_core_own_run("WITH due AS MATERIALIZED ("
						   "SELECT id FROM aksara.task_later WHERE run_at <= $1 ORDER BY run_at LIMIT 1000 FOR UPDATE SKIP LOCKED"
						   "), moved AS (DELETE FROM aksara.task_later l USING due WHERE l.id = due.id RETURNING l.*)"
						   " INSERT INTO aksara.task_due (" COLUMNS ") SELECT " COLUMNS " FROM moved RETURNING role, queue, rank",
						   lengthof(types), types, values, NULL, take_moved, NULL);
}
