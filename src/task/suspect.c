/*
 * suspect.c
 *		What becomes of tasks that ran when the server crashed.
 *
 * Nobody claims them until the scheduler of their database has written down
 * that they are suspects: at its start, in a transaction each.  The first time
 * a task is repeated after a rest, the second time it is not.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "task/process.h"

/* Crashes that a task is allowed, less one. */
#define MOST_CRASHES 2

/* Seconds that a task rests, doubled for each crash. */
#define REST 2

/* It has crashed the server once too often; that ends it, whatever attempts it has left. */
static void
quarantine(AkTask *task, const AkSuspect *suspect)
{
	AkEnded		ended = {.task = task,.outcome = {.started_at = suspect->started_at}};

	ereport(LOG,
			(errmsg("task " INT64_FORMAT " \"%s\" ran when the server crashed", task->id, task->task),
			 errdetail("It did so %d times, and has failed.", task->crashes)));
	ended.outcome.error = ak_task_error(ERRCODE_CRASH_SHUTDOWN, psprintf("the server crashed %s while this task ran",
																		  task->crashes == 2 ? "twice" : "several times"),
										NULL, "It is not repeated unless aksara.retry() says so.", NULL);
	ak_task_fail(&ended, NULL);
	ak_task_settle(list_make1(&ended));
}

static void
put_to_rest(AkTask *task)
{
	int			rest = REST << task->crashes;

	ereport(LOG,
			(errmsg("task " INT64_FORMAT " \"%s\" ran when the server crashed", task->id, task->task),
			 errdetail("It is repeated in %d seconds.", rest)));
	ak_task_delete(task);
	task->run_at = GetCurrentTimestamp() + rest * USECS_PER_SEC;
	task->keeps_rank = task->group_key != NULL;
	ak_task_insert(task, false);
}

/*
 * Writes down what becomes of the suspect; false where it is not known yet,
 * for somebody else has it.  One that has gone on since is not the same.
 */
static bool
judge(const AkSuspect *suspect)
{
	Oid			busy;
	AkTask	   *task = ak_task_lock(suspect->id, &busy);

	if (task == NULL)
		return !OidIsValid(busy);
	if (task->crashes != suspect->crashes || task->enqueued_at > suspect->started_at)
		return true;
	task->crashes++;
	if (task->crashes >= MOST_CRASHES)
		quarantine(task, suspect);
	else
		put_to_rest(task);
	return true;
}

static void
try_one(const AkSuspect *suspect)
{
	bool		judged = false;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	if (OidIsValid(get_extension_oid("aksara", true)) && ak_core_is_current())
		judged = judge(suspect);
	PopActiveSnapshot();
	CommitTransactionCommand();
	if (!judged)
		return;
	ak_task_acquit(suspect);
	ak_task_absolve(suspect->id);
}

void
ak_task_try_suspects(void)
{
	AkSuspect	suspects[AK_TASK_SUSPECTS];
	int			count = ak_task_suspects(MyDatabaseId, suspects);

	for (int i = 0; i < count; i++)
	{
		PG_TRY();
		{
			try_one(&suspects[i]);
		}
		PG_CATCH();
		{
			MemoryContextSwitchTo(TopMemoryContext);
			EmitErrorReport();
			AbortCurrentTransaction();
			FlushErrorState();
		}
		PG_END_TRY();
	}
}
