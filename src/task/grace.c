/*
 * grace.c
 *		Bodies that do not end when they are told to.
 *
 * A body that catches its cancellation and goes on is given a few seconds more
 * than its time; then the worker that runs it ends, and says of it on its way
 * out that this attempt has failed.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"

#include "task/process.h"

/* Milliseconds beyond its time that a body has. */
#define GRACE 5000

static TimeoutId grace = MAX_TIMEOUTS;	/* until a worker has one */
static volatile sig_atomic_t over = false;
static const AkWork *watched = NULL;

/* Ends this process as SIGTERM would; runs in a signal handler. */
static void
end_process(void)
{
	over = true;
	InterruptPending = true;
	ProcDiePending = true;
	SetLatch(MyLatch);
}

/* The attempt that was given up is one that failed; the transaction it ran in is gone. */
static void
record_failure(const AkWork *work)
{
	Oid			busy;
	AkTask	   *task = ak_task_lock(work->current, &busy);
	AkEnded		ended = {.task = task};

	if (task == NULL)
		return;
	ended.outcome.error = ak_task_error(ERRCODE_QUERY_CANCELED, "the task did not end when its time was over", NULL, NULL, NULL);
	ak_task_fail(&ended, ak_task_find_definition(task->task));
	ak_task_settle(list_make1(&ended));
}

/* At the end of the process, while it is still connected. */
static void
at_exit(int code, Datum argument)
{
	if (!over || watched->current == 0)
		return;
	ak_task_condemn(MyDatabaseId, watched->current);
	AbortOutOfAnyTransaction();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	record_failure(watched);
	PopActiveSnapshot();
	CommitTransactionCommand();
	ak_task_absolve(watched->current);
}

void
ak_task_watch_grace(const AkWork *work)
{
	watched = work;
	grace = RegisterTimeout(USER_TIMEOUT, end_process);
	before_shmem_exit(at_exit, (Datum) 0);
}

void
ak_task_begin_grace(TimestampTz end)
{
	if (end != 0 && grace != MAX_TIMEOUTS)
		enable_timeout_at(grace, TimestampTzPlusMilliseconds(end, GRACE));
}

void
ak_task_end_grace(void)
{
	if (grace != MAX_TIMEOUTS && get_timeout_active(grace))
		disable_timeout(grace, false);
}
