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

#include "task/process.h"

PG_FUNCTION_INFO_V1(ak_task_run_tasks);

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

/* run_tasks(queue, most, INOUT done) */
Datum
ak_task_run_tasks(PG_FUNCTION_ARGS)
{
	MemoryContext context = ak_core_open_procedure(fcinfo, "aksara.run_tasks");
	MemoryContext each = AllocSetContextCreate(context, "aksara task", ALLOCSET_DEFAULT_SIZES);
	AkWork		work;
	int64		count = 0;
	bool		found = true;

	ak_task_release_all(true);
	ak_task_begin_work(&work, context);
	if (!PG_ARGISNULL(0))
		work.only = MemoryContextStrdup(context, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	if (!PG_ARGISNULL(1))
		work.most = PG_GETARG_INT64(1);
	while (found && work.most > 0)
	{
		MemoryContext old = MemoryContextSwitchTo(each);

		CHECK_FOR_INTERRUPTS();
		ak_task_move_due();
		found = ak_task_work(&work);
		MemoryContextSwitchTo(old);
		count += work.ended;
		commit(&work);
		MemoryContextReset(each);
	}
	return ak_core_close_procedure(fcinfo, Int64GetDatum(count));
}
