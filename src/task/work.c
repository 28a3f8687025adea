/*
 * work.c
 *		run_tasks: a session works for a while.
 *
 * It takes the tasks of the current role that are due when it comes to them,
 * until there are none, and commits as workers do.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "task/process.h"

PG_FUNCTION_INFO_V1(ak_task_run_tasks);

/* Microseconds between two looks at what has become due, while there is something to do. */
#define MOVE_INTERVAL (20 * 1000)

/* Commits what was done; where that fails the work knows why, and the next transaction has begun. */
static void
commit(AkWork *work)
{
	MemoryContext old = CurrentMemoryContext;

	PG_TRY();
	{
		ak_core_commit_step();
		ak_task_work_done(work);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(old);
		error = CopyErrorData();
		if (!ak_task_work_failed(work, error))
			PG_RE_THROW();
		FlushErrorState();
	}
	PG_END_TRY();
}

/* Moves what has become due, now and then or at once; false: nothing was moved. */
static bool
move_due(bool at_once, TimestampTz *moved_at)
{
	if (!at_once && GetCurrentTimestamp() - *moved_at < MOVE_INTERVAL)
		return false;
	*moved_at = GetCurrentTimestamp();
	return ak_task_move_due() > 0;
}

/* run_tasks(queue, most, INOUT done) */
Datum
ak_task_run_tasks(PG_FUNCTION_ARGS)
{
	MemoryContext context = ak_core_open_procedure(fcinfo, "aksara.run_tasks");
	MemoryContext each = AllocSetContextCreate(context, "aksara task", ALLOCSET_DEFAULT_SIZES);
	AkWork		work;
	int64		count = 0;
	TimestampTz moved_at = 0;
	bool		found = false;
	bool		over = false;

	ak_task_make_queues(ak_task_due_queues());
	(void) ak_task_release_all(true);
	ak_task_begin_work(&work, context);
	if (!PG_ARGISNULL(0))
		work.only = MemoryContextStrdup(context, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (!PG_ARGISNULL(1))
		work.most = PG_GETARG_INT64(1);
	while (work.most > 0 && !over)
	{
		MemoryContext old = MemoryContextSwitchTo(each);

		CHECK_FOR_INTERRUPTS();
		PushActiveSnapshot(GetTransactionSnapshot());
		over = !move_due(!found, &moved_at) && !found;
		found = ak_task_work(&work);
		over = over && !found;
		PopActiveSnapshot();
		MemoryContextSwitchTo(old);
		count += work.ended;
		commit(&work);
		MemoryContextReset(each);
	}
	ak_task_leave_rates();
	return ak_core_close_procedure(fcinfo, Int64GetDatum(count));
}
