/*
 * run.c
 *		One task from claim to outcome.
 *
 * The body runs in a subtransaction of the transaction that holds the claim;
 * its effects, its outcome and the end of its row commit together.  What the
 * body leaves deferred fires at the end of its own subtransaction.  A body
 * that fails is rolled back; the task waits for its next attempt, or has had
 * its last.  A serialization failure or deadlock is repeated at once, at most
 * three times, and costs no attempt.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/typcache.h"

#include "task/internal.h"

#define FREE_REPEATS 3

/* Seconds until a task without a definition is looked at again. */
#define UNKNOWN_WAIT 60

/* ---- the body ---- */

static Datum
run_value(const AkTask *task)
{
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(ak_core_type("task_run"), -1);
	Datum		values[] = {
		Int64GetDatum(task->id), CStringGetTextDatum(task->task), CStringGetTextDatum(task->queue), task->args,
		Int32GetDatum(task->attempts + 1), Int32GetDatum(task->max_attempts), TimestampTzGetDatum(task->enqueued_at)
	};
	bool		nulls[lengthof(values)] = {false};

	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}

/* The function's answer as jsonb; 0: NULL. */
static Datum
as_jsonb(Oid type, Datum value, bool isnull)
{
	if (isnull || type == VOIDOID)
		return (Datum) 0;
	return type == JSONBOID ? value : ak_core_value_as_jsonb(type, value);
}

static Datum
call_body(const AkTask *task, const AkTaskDefinition *definition)
{
	AkTaskHandler handler;
	FmgrInfo	function;
	LOCAL_FCINFO(fcinfo, 1);
	Datum		result;

	ak_task_find_handler(definition->handler, &handler);
	fmgr_info(handler.function, &function);
	InitFunctionCallInfoData(*fcinfo, &function, handler.form == AK_TASK_PLAIN ? 0 : 1, InvalidOid, NULL, NULL);
	if (handler.form != AK_TASK_PLAIN)
	{
		fcinfo->args[0].value = handler.form == AK_TASK_ARGS ? task->args : run_value(task);
		fcinfo->args[0].isnull = false;
	}
	PushActiveSnapshot(GetTransactionSnapshot());
	result = FunctionCallInvoke(fcinfo);
	result = as_jsonb(handler.result, result, fcinfo->isnull);
	PopActiveSnapshot();
	return result;
}

static int64
milliseconds(const Interval *interval)
{
	int64		days = interval->month * INT64CONST(30) + interval->day;

	return Min(days * 86400000 + interval->time / 1000, PG_INT32_MAX);
}

/* How long the body may take, in milliseconds; 0: as long as it likes. */
static int64
time_limit(const AkTask *task, const AkTaskDefinition *definition)
{
	const Interval *limit = task->timeout ? task->timeout : definition->timeout;

	return limit ? Max(milliseconds(limit), 1) : 0;
}

/* When the statement that works is to end itself; 0: when it likes.  A time that has passed ends it no more. */
static TimestampTz
statement_end(void)
{
	return get_timeout_active(STATEMENT_TIMEOUT) ? get_timeout_finish_time(STATEMENT_TIMEOUT) : 0;
}

static void
set_statement_end(TimestampTz end)
{
	if (end <= GetCurrentTimestamp())
		disable_timeout(STATEMENT_TIMEOUT, false);
	else
		enable_timeout_at(STATEMENT_TIMEOUT, end);
}

/* Runs the body, and what it left deferred, until it has to end. */
static Datum
run_until(const AkTask *task, const AkTaskDefinition *definition, TimestampTz end)
{
	TimestampTz statement = statement_end();
	Datum		result;

	if (end != 0 && (statement == 0 || end < statement))
		set_statement_end(end);
	result = call_body(task, definition);
	AfterTriggerFireDeferred();
	return result;
}

/* ---- a subtransaction ---- */

/* What the body gave, and what went wrong. */
typedef struct AkAttempt
{
	Datum		result;
	ErrorData  *error;			/* NULL: nothing */
} AkAttempt;

/* Was the body cancelled by somebody, and not for the time it took?  Then it is the work that is to end. */
static bool
is_called_off(const ErrorData *error, TimestampTz end)
{
	return error->sqlerrcode == ERRCODE_QUERY_CANCELED && (end == 0 || GetCurrentTimestamp() < end);
}

/* A failed body is rolled back; one that was called off takes the transaction with it, and the task stays as it was. */
static AkAttempt
attempt(const AkTask *task, const AkTaskDefinition *definition)
{
	int64		limit = time_limit(task, definition);
	TimestampTz end = limit > 0 ? GetCurrentTimestamp() + limit * 1000 : 0;
	TimestampTz statement = statement_end();
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile AkAttempt out = {0};

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		out.result = run_until(task, definition, end);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		out.error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_END_TRY();
	set_statement_end(statement);
	if (out.error != NULL && is_called_off(out.error, end))
		ReThrowError(out.error);
	return *(AkAttempt *) &out;
}

static bool
is_free_to_repeat(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE || error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED;
}

/* ---- the outcome ---- */

/* {"sqlstate", "message", "detail", "hint", "context"} */
static AkJson *
error_document(const ErrorData *error)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "sqlstate", ak_core_json_string(unpack_sql_state(error->sqlerrcode)));
	ak_core_json_put(out, "message", ak_core_json_string(error->message ? error->message : ""));
	if (error->detail != NULL)
		ak_core_json_put(out, "detail", ak_core_json_string(error->detail));
	if (error->hint != NULL)
		ak_core_json_put(out, "hint", ak_core_json_string(error->hint));
	if (error->context != NULL)
		ak_core_json_put(out, "context", ak_core_json_string(error->context));
	return out;
}

/* The task waits so many seconds; its row is gone. */
static void
wait_again(AkTask *task, double seconds)
{
	task->run_at = GetCurrentTimestamp() + (int64) (seconds * USECS_PER_SEC);
	task->later = false;
	ak_task_insert(task);
}

/* A task that nobody has registered, or no longer, waits until somebody does; no attempt is spent. */
static void
put_off(AkTask *task)
{
	ak_task_delete(task);
	wait_again(task, UNKNOWN_WAIT);
}

void
ak_task_run(AkTask *task)
{
	AkTaskOutcome outcome = {.started_at = GetCurrentTimestamp()};
	AkTaskDefinition *definition = ak_task_find_definition(task->task);
	AkAttempt	done = {0};

	if (definition == NULL)
	{
		put_off(task);
		return;
	}
	for (int repeats = 0; repeats <= FREE_REPEATS; repeats++)
	{
		done = attempt(task, definition);
		if (done.error == NULL || !is_free_to_repeat(done.error))
			break;
	}
	task->attempts++;
	ak_task_delete(task);
	outcome.result = done.result;
	if (done.error != NULL)
		outcome.error = error_document(done.error);
	outcome.state = done.error == NULL ? "completed" : task->attempts < task->max_attempts ? "retried" : "failed";
	ak_task_record(task, &outcome);
	if (strcmp(outcome.state, "retried") == 0)
		wait_again(task, ak_task_retry_delay(definition, task->attempts));
}
