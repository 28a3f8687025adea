/*
 * grace.c
 *		Bodies that do not end when they are told to.
 *
 * A body that catches its cancellation and goes on is given a little time more
 * (aksara.task_grace); then the worker that runs it ends, and says on its way
 * out what became of it: the attempt has failed, or the task was cancelled.
 *
 * The time begins when the body is to end by its own limit, or else when it
 * has caught what cancel() sent: a signal handler can set no timeout, but what
 * catches an error has rolled back a subtransaction first.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"

#include "task/process.h"

static TimeoutId grace = MAX_TIMEOUTS;	/* until a worker has one */
static volatile sig_atomic_t over = false;
static volatile sig_atomic_t told = false;	/* to end, by somebody */
static bool hurried = false;	/* the time runs because of that */
static const AkWork *watched = NULL;

/* ---- being told ---- */

/* SIGINT comes from a timeout that this process has set itself, or from somebody else. */
static void
on_interrupt(SIGNAL_ARGS)
{
	if (!get_timeout_indicator(LOCK_TIMEOUT, false) && !get_timeout_indicator(STATEMENT_TIMEOUT, false))
		told = true;
	StatementCancelHandler(postgres_signal_arg);
}

static void
begin_at(TimestampTz end)
{
	enable_timeout_at(grace, TimestampTzPlusMilliseconds(end, ak_task_grace));
}

/* Has the body caught what told it to end? */
static void
at_savepoint(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event != SUBXACT_EVENT_ABORT_SUB || !told || QueryCancelPending || hurried || watched->current == 0)
		return;
	hurried = true;
	begin_at(GetCurrentTimestamp());
}

/* ---- the end ---- */

/* Ends this process as SIGTERM would; runs in a signal handler. */
static void
end_process(void)
{
	over = true;
	InterruptPending = true;
	ProcDiePending = true;
	SetLatch(MyLatch);
}

/*
 * The transaction that the body ran in is gone.  Somebody has cancelled the
 * task, or its time was over: a failure.  Else only the work was to end, and
 * the task is due as it was.
 */
static void
record_end(const AkWork *work)
{
	Oid			busy;
	AkTask	   *task = ak_task_lock(work->current, &busy);
	AkEnded		ended = {.task = task};

	if (task == NULL)
		return;
	if (ak_task_take_cancel(task->id))
	{
		ended.outcome.state = "cancelled";
		ended.outcome.finished_at = GetCurrentTimestamp();
	}
	else if (hurried)
	{
		/* Others may have passed it over, for its row was locked. */
		ak_task_wake_at_commit(task);
		return;
	}
	else
	{
		ended.outcome.error = ak_task_error(ERRCODE_QUERY_CANCELED, "the task did not end when its time was over", NULL, NULL, NULL);
		ak_task_fail(&ended, ak_task_find_definition(task->task));
	}
	ak_task_settle(list_make1(&ended));
}

/* At the end of the process, while it is still connected. */
static void
at_exit(int code, Datum argument)
{
	if (!over || watched->current == 0)
		return;
	ereport(LOG,
			(errmsg("task " INT64_FORMAT " did not end when it was told to", watched->current),
			 errdetail("The worker that ran it ends.")));
	ak_task_condemn(MyDatabaseId, watched->current);
	AbortOutOfAnyTransaction();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	record_end(watched);
	PopActiveSnapshot();
	CommitTransactionCommand();
}

/* After that, also where it could not be written down. */
static void
after_exit(int code, Datum argument)
{
	if (over && watched->current != 0)
		ak_task_absolve(watched->current);
}

void
ak_task_watch_grace(const AkWork *work)
{
	watched = work;
	grace = RegisterTimeout(USER_TIMEOUT, end_process);
	RegisterSubXactCallback(at_savepoint, NULL);
	pqsignal(SIGINT, on_interrupt);
	before_shmem_exit(after_exit, (Datum) 0);
	before_shmem_exit(at_exit, (Datum) 0);
}

void
ak_task_begin_grace(TimestampTz end)
{
	if (grace == MAX_TIMEOUTS)
		return;
	/* What was heard before counts where it has yet to be obeyed. */
	told = hurried = false;
	if (QueryCancelPending)
		told = true;
	if (end != 0)
		begin_at(end);
}

void
ak_task_end_grace(void)
{
	if (grace != MAX_TIMEOUTS && get_timeout_active(grace))
		disable_timeout(grace, false);
}
