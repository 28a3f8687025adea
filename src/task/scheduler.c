/*
 * scheduler.c
 *		The scheduler of a database: moves what becomes due, and has executors
 *		started for the roles whose tasks wait.
 *
 * It runs no user's code.  It sleeps until something is enqueued that no idle
 * executor takes, or until the next task is due; a slow look at everything is
 * the net under wake-ups that were lost.  Where no executor can be started it
 * waits, longer each time, and says so now and then.  Now and then it does the duties of
 * duties.c.  In a copy of another database it waits to be told to go on.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "task/process.h"

PGDLLEXPORT void ak_task_scheduler_main(Datum argument);

/* Milliseconds: the longest sleep, and the first and longest one after no executor could be started. */
#define LONGEST_SLEEP 10000L
#define FIRST_DELAY 100L
#define LONGEST_DELAY 1000L

/* Seconds until the log has a word of it, and between two. */
#define PATIENCE 1
#define SILENCE 60

/* ---- what is to be done ---- */

/* May executors run the role's tasks? */
static bool
is_served(Oid role)
{
	if (!SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(role)))
	{
		ak_task_note_orphans();
		return false;
	}
	return ak_task_superuser || !superuser_arg(role);
}

/* The role for which an executor was started last. */
static Oid	last_started = InvalidOid;

static int
in_turn(const ListCell *a, const ListCell *b)
{
	Oid			one = lfirst_oid(a);
	Oid			other = lfirst_oid(b);

	if ((one > last_started) != (other > last_started))
		return one > last_started ? -1 : 1;
	return one < other ? -1 : one > other;
}

/* May a task of the queue start now?  If a rate holds it back `*next` is no later than when one may. */
static bool
is_open(const AkQueue *queue, TimestampTz *next)
{
	TimestampTz token;

	if (queue == NULL || queue->paused)
		return false;
	if (queue->rate == 0)
		return true;
	token = ak_task_next_token(queue);
	if (token <= GetCurrentTimestamp())
		return true;
	*next = Min(*next, token);
	return false;
}

/* The roles that have due tasks in queues that are open, of Oid: the one whose turn it is first. */
static List *
roles_with_work(List *due, TimestampTz *next)
{
	List	   *roles = NIL;
	ListCell   *cell;

	foreach(cell, due)
	{
		const AkDue *one = lfirst(cell);

		if (is_open(ak_task_find_queue(one->queue), next) && !list_member_oid(roles, one->role) && is_served(one->role))
			roles = lappend_oid(roles, one->role);
	}
	list_sort(roles, in_turn);
	return roles;
}

/* Milliseconds until then. */
static long
until(TimestampTz next)
{
	if (next == DT_NOEND)
		return LONGEST_SLEEP;
	return Max(Min(TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next) + 1, LONGEST_SLEEP), 1);
}

/* Starts one more executor for a role; false: there is no slot for it. */
static bool
start_another(Oid role)
{
	int			slot = ak_task_take_slot(MyDatabaseId, role);

	if (slot < 0)
		return false;
	if (ak_task_start_executor(MyDatabaseId, role, slot, false))
	{
		last_started = role;
		return true;
	}
	ak_task_free_slot(slot);
	return false;
}

/* Somebody is to work for a role that has tasks; false: nobody can.  If it has to wait for a time `*next` is no later. */
static bool
start_for(Oid role, TimestampTz *next)
{
	TimestampTz refused = ak_task_refused_until(MyDatabaseId, role);

	if (refused != 0)
		*next = Min(*next, refused);
	if (refused != 0 || ak_task_call_idle(MyDatabaseId, role) || start_another(role))
		return true;
	/* Who becomes idle from now on wakes this process, and who has become so before is seen. */
	ak_task_note_held_up();
	return ak_task_make_room(MyDatabaseId, role);
}

/* Sees to all that is due; false: nobody can work for a role that has tasks.  `*sleep`: milliseconds until there is more. */
static bool
serve(long *sleep)
{
	bool		served = true;
	TimestampTz next = DT_NOEND;
	long		until_look;
	List	   *due;
	ListCell   *cell;

	ak_task_move_due();
	until_look = ak_task_release_all(false);
	due = ak_task_due_queues();
	ak_task_make_queues(due);
	foreach(cell, roles_with_work(due, &next))
		served = start_for(lfirst_oid(cell), &next) && served;
	*sleep = Min(until(Min(next, ak_task_next_time())), until_look);
	return served;
}

/* ---- the process ---- */

typedef struct AkTurn
{
	bool		gone;			/* the extension is */
	bool		paused;			/* the database is a copy of another */
	bool		held_up;		/* nobody can work for a role that has tasks */
	long		sleep;			/* milliseconds */
} AkTurn;

static AkTurn
take_turn(void)
{
	static bool said = false;
	AkTurn		turn = {0};

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (!OidIsValid(get_extension_oid("aksara", true)) || !ak_core_is_current())
		turn.gone = true;
	else if (!ak_task_is_at_home())
	{
		if (!said)
			ak_task_say_paused();
		said = turn.paused = true;
		turn.sleep = LONGEST_SLEEP;
	}
	else
		turn.held_up = !serve(&turn.sleep);
	PopActiveSnapshot();
	CommitTransactionCommand();
	pgstat_report_stat(false);
	return turn;
}

static void
sleep_for(long milliseconds)
{
	pgstat_report_activity(STATE_IDLE, NULL);
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
		ak_task_hasten_duties();
	}
}

/* Says it when tasks have waited for some time, and then now and then. */
static void
say_held_up(bool held_up)
{
	static TimestampTz since = 0;
	static TimestampTz said = 0;
	TimestampTz now = GetCurrentTimestamp();

	if (!held_up)
		since = 0;
	else if (since == 0)
		since = now;
	else if (TimestampDifferenceExceeds(since, now, PATIENCE * 1000) && TimestampDifferenceExceeds(said, now, SILENCE * 1000))
	{
		said = now;
		ereport(LOG,
				(errmsg("tasks wait for a worker"),
				 errhint("Raise aksara.task_workers or max_worker_processes.")));
	}
}

void
ak_task_scheduler_main(Datum argument)
{
	Oid			database = DatumGetObjectId(argument);
	long		delay = 0;

	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	if (!ak_task_be_scheduler(database))
		proc_exit(0);
	BackgroundWorkerInitializeConnectionByOid(database, InvalidOid, 0);
	for (;;)
	{
		AkTurn		turn;

		ak_task_try_suspects();
		turn = take_turn();
		if (turn.gone)
		{
			ak_task_want_no_scheduler(database);
			proc_exit(0);
		}
		say_held_up(turn.held_up);
		delay = turn.held_up ? Max(Min(delay * 2, LONGEST_DELAY), FIRST_DELAY) : 0;
		if (turn.held_up)
			turn.sleep = Min(turn.sleep, delay);
		sleep_for(Min(turn.sleep, turn.paused ? LONGEST_SLEEP : ak_task_do_duties()));
	}
}

bool
ak_task_start_scheduler(Oid database)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_main_arg = ObjectIdGetDatum(database);
	strlcpy(worker.bgw_library_name, "aksara", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "ak_task_scheduler_main", BGW_MAXLEN);
	strlcpy(worker.bgw_name, "aksara scheduler", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "aksara scheduler", BGW_MAXLEN);
	return RegisterDynamicBackgroundWorker(&worker, NULL);
}
