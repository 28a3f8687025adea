/*
 * enqueue.c
 *		enqueue: an insert in the caller's transaction.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "task/internal.h"

PG_FUNCTION_INFO_V1(ak_task_enqueue);

static void bad_argument(const char *name, const char *problem) pg_attribute_noreturn();

static void
bad_argument(const char *name, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" %s", name, problem)));
	pg_unreachable();
}

/* When it is due: at the time, or after the delay, or now. */
static TimestampTz
due_time(FunctionCallInfo fcinfo)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz due;

	if (!PG_ARGISNULL(4) && !PG_ARGISNULL(5))
		bad_argument("delay", "does not go with \"run_at\"");
	if (!PG_ARGISNULL(4))
	{
		due = PG_GETARG_TIMESTAMPTZ(4);
		if (TIMESTAMP_NOT_FINITE(due))
			bad_argument("run_at", "must be a time");
		return due;
	}
	if (PG_ARGISNULL(5))
		return now;
	due = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now), PG_GETARG_DATUM(5)));
	if (due < now)
		bad_argument("delay", "must not be negative");
	return due;
}

static int
integer_or(FunctionCallInfo fcinfo, int n, const char *name, int least, int most, int otherwise)
{
	int			value = PG_ARGISNULL(n) ? otherwise : PG_GETARG_INT32(n);

	if (value < least || value > most)
		bad_argument(name, psprintf("must be %d to %d", least, most));
	return value;
}

/* enqueue(task, args, queue, priority, run_at, delay, max_attempts, timeout) → its number */
Datum
ak_task_enqueue(PG_FUNCTION_ARGS)
{
	AkTaskDefinition *definition = ak_task_resolve(ak_core_arg_cstring(fcinfo, 0, "task"));
	AkJson	   *args = ak_core_arg_json(fcinfo, 1, "args");
	AkTaskHandler handler;
	AkTask		task = {0};

	ak_core_json_expect(args, AK_JSON_OBJECT, "argument \"args\"");
	ak_task_find_handler(definition->handler, &handler);
	task.id = ak_task_next_id();
	task.role = GetUserId();
	task.queue = PG_ARGISNULL(2) ? definition->queue : text_to_cstring(PG_GETARG_TEXT_PP(2));
	task.priority = integer_or(fcinfo, 3, "priority", PG_INT16_MIN, PG_INT16_MAX, definition->priority);
	task.run_at = due_time(fcinfo);
	task.task = definition->name;
	task.args = DirectFunctionCall1(jsonb_in, CStringGetDatum(ak_core_json_to_cstring(args)));
	task.max_attempts = integer_or(fcinfo, 6, "max_attempts", 1, PG_INT16_MAX, definition->max_attempts);
	if (!PG_ARGISNULL(7))
	{
		task.timeout = PG_GETARG_INTERVAL_P(7);
		(void) ak_task_timeout_text(task.timeout);
	}
	task.enqueued_at = GetCurrentTimestamp();
	ak_task_insert(&task, false);
	PG_RETURN_INT64(task.id);
}
