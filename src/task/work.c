/*
 * work.c
 *		run_tasks: a session works for a while.
 *
 * Each task has a transaction of its own; the procedure commits between them.
 * It takes the tasks of the current role that are due when it comes to them,
 * queue by queue, until there are none.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "task/internal.h"

PG_FUNCTION_INFO_V1(ak_task_run_tasks);

bool
ak_task_run_one(const char *only, void (*claimed) (void))
{
	ListCell   *cell;

	ak_task_move_due();
	foreach(cell, ak_task_open_queues())
	{
		AkTask	   *task;

		if (only != NULL && strcmp(only, lfirst(cell)) != 0)
			continue;
		task = ak_task_claim(lfirst(cell));
		if (task == NULL)
			continue;
		if (claimed != NULL)
			claimed();
		ak_task_run(task);
		return true;
	}
	return false;
}

/* run_tasks(queue, most, INOUT done) */
Datum
ak_task_run_tasks(PG_FUNCTION_ARGS)
{
	MemoryContext context = ak_core_open_procedure(fcinfo, "aksara.run_tasks");
	char	   *queue = PG_ARGISNULL(0) ? NULL : MemoryContextStrdup(context, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	int64		most = PG_ARGISNULL(1) ? PG_INT64_MAX : PG_GETARG_INT64(1);
	MemoryContext each = AllocSetContextCreate(context, "aksara task", ALLOCSET_DEFAULT_SIZES);
	int64		count = 0;
	bool		found = true;

	while (found && count < most)
	{
		MemoryContext old = MemoryContextSwitchTo(each);

		CHECK_FOR_INTERRUPTS();
		found = ak_task_run_one(queue, NULL);
		MemoryContextSwitchTo(old);
		ak_core_commit_step();
		MemoryContextReset(each);
		count += found;
	}
	return ak_core_close_procedure(fcinfo, Int64GetDatum(count));
}
