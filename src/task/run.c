/*
 * run.c
 *		The body of a task.
 *
 * It runs in a subtransaction of the transaction that holds the claim.  What
 * it leaves deferred fires at the end of its own subtransaction, and settings
 * are as before it afterwards.  A body that fails is rolled back.  One that
 * shares its transaction with others must not wait for a lock, for they hold
 * theirs until all commit: after a moment it is rolled back and runs again by
 * itself.  So does one that met a conflict, or caught an error, which may have
 * come of not waiting.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/typcache.h"

#include "task/process.h"

/* Milliseconds that a body waits for a lock where others share its transaction. */
#define SHARED_WAIT "1"

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

/* ---- errors that a body has caught ---- */

/* The subtransaction of the body that shares its transaction; InvalidSubTransactionId: none does. */
static SubTransactionId shared_body = InvalidSubTransactionId;
static bool caught_error = false;

static void
note_caught_error(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && shared_body != InvalidSubTransactionId && mine != shared_body)
		caught_error = true;
}

static void
watch_errors(bool shared)
{
	static bool registered = false;

	if (!registered)
		RegisterSubXactCallback(note_caught_error, NULL);
	registered = true;
	caught_error = false;
	shared_body = shared ? GetCurrentSubTransactionId() : InvalidSubTransactionId;
}

/* ---- a subtransaction ---- */

/* Runs the body, and what it left deferred, until it has to end; settings are as they were. */
static Datum
run_until(const AkTask *task, const AkTaskDefinition *definition, TimestampTz end, bool shared)
{
	TimestampTz statement = statement_end();
	int			level = NewGUCNestLevel();
	Datum		result;

	if (end != 0 && (statement == 0 || end < statement))
		set_statement_end(end);
	if (shared)
		set_config_option("lock_timeout", SHARED_WAIT, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	result = call_body(task, definition);
	AfterTriggerFireDeferred();
	AtEOXact_GUC(false, level);
	return result;
}

/* Was it this process that was told to stop?  Bodies, and the servers they ask, may report an error of the same SQLSTATE. */
static bool
is_interrupt(const ErrorData *error)
{
	return (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN) &&
		error->funcname != NULL && strcmp(error->funcname, "ProcessInterrupts") == 0;
}

/* Was the body stopped for something that is not its fault?  Then it is the work that is to end. */
static bool
is_called_off(const ErrorData *error, TimestampTz end)
{
	if (is_interrupt(error))
		return end == 0 || GetCurrentTimestamp() < end;
	return error->sqlerrcode == ERRCODE_DISK_FULL;
}

bool
ak_task_is_conflict(int sqlstate)
{
	return sqlstate == ERRCODE_T_R_SERIALIZATION_FAILURE || sqlstate == ERRCODE_T_R_DEADLOCK_DETECTED;
}

static AkVerdict
verdict_of(const ErrorData *error, bool shared)
{
	if (error == NULL)
		return AK_RUN_DONE;
	if (ak_task_is_conflict(error->sqlerrcode) || (shared && error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE))
		return AK_RUN_ALONE;
	return AK_RUN_FAILED;
}

AkRun
ak_task_run_body(const AkTask *task, const AkTaskDefinition *definition, bool shared)
{
	int64		limit = time_limit(task, definition);
	TimestampTz end = limit > 0 ? GetCurrentTimestamp() + limit * 1000 : 0;
	TimestampTz statement = statement_end();
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile AkRun out = {.verdict = AK_RUN_DONE};

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	watch_errors(shared);
	PG_TRY();
	{
		ak_task_begin_grace(end);
		out.result = run_until(task, definition, end, shared);
		if (shared && caught_error)
		{
			out.verdict = AK_RUN_ALONE;
			RollbackAndReleaseCurrentSubTransaction();
		}
		else
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
		out.verdict = verdict_of(out.error, shared);
	}
	PG_END_TRY();
	shared_body = InvalidSubTransactionId;
	ak_task_end_grace();
	set_statement_end(statement);
	if (out.error != NULL && is_called_off(out.error, end))
		ReThrowError(out.error);
	return *(AkRun *) &out;
}
