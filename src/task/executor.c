/*
 * executor.c
 *		Executors: background workers that run the tasks of one role in one
 *		database.
 *
 * An executor connects as the role whose tasks it runs, so that no body can
 * become anybody else.  Before 17 no worker connects as a role that may not log
 * in; then its tasks run under a user id that cannot be changed, as functions of
 * indexes do.  It claims, runs and commits; when there is nothing it sleeps on
 * its latch, in no transaction.  An error takes back the transaction and not
 * the process.  Between transactions the session is as new.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_authid.h"
#include "commands/async.h"
#include "commands/discard.h"
#include "commands/prepare.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "task/process.h"

PG_FUNCTION_INFO_V1(ak_task_start_workers);
PGDLLEXPORT void ak_task_executor_main(Datum argument);

#define MOST_WORKERS 64
#define NO_SLOT (-1)

/* How long an executor that nobody wakes sleeps, in milliseconds. */
#define SCAN_INTERVAL 1000L

/* What a worker is told, in bgw_extra. */
typedef struct AkExecutorOrder
{
	Oid			database;
	Oid			role;
	bool		lent;			/* it connects as the bootstrap user and works as the role, which may not log in */
	int			slot;			/* in shared memory; NO_SLOT: none */
} AkExecutorOrder;

static AkExecutorOrder order;

/* Milliseconds that it waits after trouble, at first and at most. */
#define FIRST_PAUSE 100L
#define LONGEST_PAUSE 10000L

/* Milliseconds that an executor stays whose tasks are held back, though another role wants its slot. */
#define SHORTEST_STAY 1000

static AkWork work;
static bool reloaded = false;	/* the configuration, and it was not looked at since */
static TimestampTz idle_since = 0;	/* 0: it is at work */

/* ---- the session between tasks ---- */

/* Has a transaction left something behind that was not cleaned up yet? */
static bool is_dirty = false;

/* What a body may leave that no transaction takes back, and that is not a setting. */
static void
clean_between(void)
{
	PortalHashTableDeleteAll();
	DropAllPreparedStatements();
	LockReleaseSession(USER_LOCKMETHOD);
	ResetSequenceCaches();
}

/* What DISCARD ALL does, and settings as at the session's start. */
static void
clean_session(void)
{
	clean_between();
	SetPGVariable("session_authorization", NIL, false);
	ResetAllOptions();
	Async_UnlistenAll();
	ResetTempTableNamespace();
	is_dirty = false;
}

/* ---- the loop ---- */

/* Without a scheduler: moves what has become due, and releases what waits for nothing. */
static void
look_around(void)
{
	ak_task_move_due();
	if (work.fresh)
		(void) ak_task_release_all(false);
}

static void
run_next(void *arg)
{
	if (is_dirty)
		clean_session();
	if (order.slot == NO_SLOT)
		look_around();
	*(bool *) arg = ak_task_work(&work);
}

static bool
work_transaction(void)
{
	bool		found = false;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	ak_core_as_role(order.role, run_next, &found);
	is_dirty = found;
	if (found)
		clean_session();
	PopActiveSnapshot();
	CommitTransactionCommand();
	ak_task_work_done(&work);
	if (found)
		pgstat_report_stat(false);
	return found;
}

static void
sleep_for(long milliseconds)
{
	pgstat_report_stat(true);
	pgstat_report_activity(STATE_IDLE, NULL);
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	/* Nothing runs that could be cancelled. */
	QueryCancelPending = false;
	CHECK_FOR_INTERRUPTS();
	pgstat_report_activity(STATE_RUNNING, "running tasks");
}

/* Is there nothing to run any more?  The extension was dropped, or is to be updated. */
static bool
is_over(void)
{
	bool		over;

	StartTransactionCommand();
	over = !ak_core_is_current();
	CommitTransactionCommand();
	return over;
}

/* After an error: rolls back, and goes on with what it has learned; after trouble of the server's it waits a little first. */
static void
recover(void)
{
	static long pause = 0;
	ErrorData  *error = CopyErrorData();
	bool		go_on;

	AbortCurrentTransaction();
	MemoryContextSwitchTo(TopMemoryContext);
	go_on = ak_task_work_failed(&work, error);
	FreeErrorData(error);
	if (!go_on && is_over())
		proc_exit(0);
	if (!go_on)
		EmitErrorReport();
	FlushErrorState();
	pause = go_on ? 0 : Min(Max(pause * 2, FIRST_PAUSE), LONGEST_PAUSE);
	if (!go_on)
		sleep_for(pause);
}

/* Runs tasks in a transaction; false where none is due. */
static bool
work_once(void)
{
	volatile bool found = true;

	PG_TRY();
	{
		found = work_transaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(TopMemoryContext);
		recover();
	}
	PG_END_TRY();
	return found;
}

/* Milliseconds that one who has nothing to do sleeps: until a task might start that is held back, or as long as it may. */
static long
rest_time(long longest)
{
	if (work.retry_at == 0)
		return longest;
	return Max(Min(TimestampDifferenceMilliseconds(GetCurrentTimestamp(), work.retry_at) + 1, longest), 1);
}

/* When another role may have its slot, if its tasks are held back; 0: none is. */
static TimestampTz
stays_until(void)
{
	return work.retry_at == 0 ? 0 : TimestampTzPlusMilliseconds(idle_since, SHORTEST_STAY);
}

/* Sleeps until it is woken, or may look again, or its stay is over; or ends, if it had nothing to do for long. */
static void
sleep_idle(void)
{
	TimestampTz now = GetCurrentTimestamp();
	long		longest = Max(ak_task_idle_time * 1000L, SHORTEST_STAY);

	if (work.retries == 0 && TimestampDifferenceExceeds(idle_since, now, longest))
		proc_exit(0);
	if (stays_until() > now)
		longest = Min(longest, SHORTEST_STAY);
	sleep_for(rest_time(longest));
}

/*
 * Without shared memory: a look every second.  With it the executor says that
 * it is idle before it looks for the last time, so that what is enqueued from
 * then on wakes it; a lock that it has waited for may have swallowed that.
 */
static void
rest(void)
{
	work.fresh = true;
	if (order.slot == NO_SLOT)
	{
		sleep_for(rest_time(SCAN_INTERVAL));
		return;
	}
	if (idle_since == 0)
		idle_since = GetCurrentTimestamp();
	ak_task_executor_is_idle(stays_until());
	if (work_once())
		idle_since = 0;
	else if (!ak_task_executor_is_called())
	{
		ak_task_wake_schedulers(InvalidOid);
		sleep_idle();
	}
	/* Who was called meets others who were: it tries again soon. */
	if (ak_task_executor_is_called())
		work.retries = 0;
	ak_task_executor_is_busy(false);
}

/* Between two transactions: follows the configuration, and ends where the slot is wanted for others. */
static void
look_up(void)
{
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
		reloaded = true;
	}
	/* What it has to finish nobody else knows. */
	if (order.slot == NO_SLOT || work.alone != 0 || work.blamed != 0)
		return;
	if (ak_task_executor_leaves(reloaded))
		proc_exit(0);
	reloaded = false;
}

void
ak_task_executor_main(Datum argument)
{
	memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof(order));
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	if (order.slot != NO_SLOT && !ak_task_be_executor(order.slot, order.database, order.role))
		proc_exit(0);
	BackgroundWorkerInitializeConnectionByOid(order.database, order.lent ? InvalidOid : order.role, AK_ANY_ROLE);
	if (order.slot != NO_SLOT)
		ak_task_executor_is_ready();
	ak_task_begin_work(&work, TopMemoryContext);
	work.executor = true;
	work.between = clean_between;
	work.fresh = true;
	ak_task_watch_grace(&work);
	pgstat_report_activity(STATE_RUNNING, "running tasks");
	for (;;)
	{
		look_up();
		if (work_once())
			idle_since = 0;
		else
			rest();
	}
}

/* ---- starting ---- */

/* Can no worker connect as the role? */
static bool
must_be_lent(Oid role)
{
	HeapTuple	tuple = AK_ANY_ROLE == 0 ? SearchSysCache1(AUTHOID, ObjectIdGetDatum(role)) : NULL;
	bool		lent = HeapTupleIsValid(tuple) && !((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return lent;
}

bool
ak_task_start_executor(Oid database, Oid role, int slot, bool wait)
{
	AkExecutorOrder told = {database, role, must_be_lent(role), slot};
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle;
	pid_t		pid;

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_notify_pid = wait ? MyProcPid : 0;
	strlcpy(worker.bgw_library_name, "aksara", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "ak_task_executor_main", BGW_MAXLEN);
	strlcpy(worker.bgw_name, AK_EXECUTOR_TYPE, BGW_MAXLEN);
	strlcpy(worker.bgw_type, AK_EXECUTOR_TYPE, BGW_MAXLEN);
	memcpy(worker.bgw_extra, &told, sizeof(told));
	return RegisterDynamicBackgroundWorker(&worker, &handle) &&
		(!wait || WaitForBackgroundWorkerStartup(handle, &pid) == BGWH_STARTED);
}

/* start_workers(count) → how many were started */
Datum
ak_task_start_workers(PG_FUNCTION_ARGS)
{
	int			wanted;
	int			started = 0;

	if (PG_ARGISNULL(0))
		ak_core_null_argument("count");
	wanted = PG_GETARG_INT32(0);
	if (wanted < 1 || wanted > MOST_WORKERS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"count\" must be 1 to %d", MOST_WORKERS)));
	while (started < wanted && ak_task_start_executor(MyDatabaseId, GetUserId(), NO_SLOT, true))
		started++;
	if (started < wanted)
		ereport(WARNING,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("%d of %d workers were started", started, wanted),
				 errhint("Raise max_worker_processes.")));
	PG_RETURN_INT32(started);
}
