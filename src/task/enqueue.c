/*
 * enqueue.c
 *		enqueue: an insert in the caller's transaction.
 *
 * A request is what a call says, as it says it; a pointer that is NULL says
 * nothing.  It is checked against the task's definition and becomes a task.
 * Where many are read, what is wrong with them is collected; one alone is
 * refused at the first word.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "task/request.h"

PG_FUNCTION_INFO_V1(ak_task_enqueue);
PG_FUNCTION_INFO_V1(ak_task_on_commit);

#define LONGEST_TEXT 255

/* ---- what is wrong ---- */

void
ak_task_refuse(AkProblems *problems, const char *name, int sqlstate, const char *problem)
{
	if (problems == NULL)
		ereport(ERROR,
				(errcode(sqlstate),
				 errmsg("argument \"%s\" %s", name, problem)));
	ak_core_problem(problems, name, sqlstate, "invalid", "\"%s\" %s", name, problem);
}

static void
invalid(AkProblems *problems, const char *name, const char *problem)
{
	ak_task_refuse(problems, name, ERRCODE_INVALID_PARAMETER_VALUE, problem);
}

/* ---- checking ---- */

/* When it is due: at the time, or after the delay, or now. */
static TimestampTz
due_time(const AkRequest *request, AkProblems *problems)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz due;

	if (request->run_at != NULL && request->delay != NULL)
		invalid(problems, "delay", "does not go with \"run_at\"");
	if (request->run_at != NULL)
	{
		if (TIMESTAMP_NOT_FINITE(*request->run_at))
			invalid(problems, "run_at", "must be a time");
		return *request->run_at;
	}
	if (request->delay == NULL)
		return now;
	due = DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now),
												  IntervalPGetDatum(request->delay)));
	if (due < now)
		invalid(problems, "delay", "must not be negative");
	else if (TIMESTAMP_NOT_FINITE(due))
		invalid(problems, "delay", "must end");
	return due;
}

static int
integer_or(const int *value, const char *name, int least, int most, int otherwise, AkProblems *problems)
{
	if (value == NULL)
		return otherwise;
	if (*value < least || *value > most)
		invalid(problems, name, psprintf("must be %d to %d", least, most));
	return *value;
}

static char *
short_text(char *value, const char *name, AkProblems *problems)
{
	if (value != NULL && (*value == '\0' || strlen(value) > LONGEST_TEXT))
		invalid(problems, name, psprintf("must have 1 to %d bytes", LONGEST_TEXT));
	return value;
}

/* Which of the words it is. */
static int
word_of(const char *value, const char *name, const char *const *words, int count, AkProblems *problems)
{
	for (int i = 0; i < count; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	invalid(problems, name, count == 2 ? psprintf("must be %s or %s", words[0], words[1])
			: psprintf("must be %s, %s or %s", words[0], words[1], words[2]));
	return 0;
}

static void
check_words(AkRequest *request, AkProblems *problems)
{
	static const char *const conflicts[] = {"keep", "replace", "reset"};
	static const char *const scopes[] = {"live", "pending"};
	static const char *const failures[] = {"cancel", "run", "hold"};

	request->conflict = word_of(request->on_conflict, "on_conflict", conflicts, lengthof(conflicts), problems);
	request->pending_only = word_of(request->scope, "scope", scopes, lengthof(scopes), problems) == 1;
	(void) word_of(request->on_parent_failure, "on_parent_failure", failures, lengthof(failures), problems);
}

void
ak_task_check_request(AkRequest *request, AkTaskDefinition *definition, AkProblems *problems)
{
	AkTask	   *task = &request->task;

	task->role = GetUserId();
	task->task = definition->name;
	task->queue = request->queue ? short_text(request->queue, "queue", problems) : definition->queue;
	task->priority = integer_or(request->priority, "priority", PG_INT16_MIN, PG_INT16_MAX, definition->priority, problems);
	task->run_at = due_time(request, problems);
	task->max_attempts = integer_or(request->max_attempts, "max_attempts", 1, PG_INT16_MAX, definition->max_attempts, problems);
	task->timeout = request->timeout;
	if (task->timeout != NULL && !ak_task_is_timeout(task->timeout))
		invalid(problems, "timeout", "must be at least a millisecond");
	task->key = short_text(request->key, "key", problems);
	task->group_key = short_text(request->group_key, "group_key", problems);
	task->enqueued_at = GetCurrentTimestamp();
	check_words(request, problems);
}

void
ak_task_init_request(AkRequest *request)
{
	memset(request, 0, sizeof(AkRequest));
	request->on_conflict = "keep";
	request->scope = "live";
	request->on_parent_failure = "cancel";
}

/* ---- putting it in ---- */

int64
ak_task_put(AkRequest *request)
{
	AkTask	   *task = &request->task;

	if (task->key != NULL)
		return ak_task_put_keyed(request);
	task->id = ak_task_next_id();
	ak_task_insert(task, request->parents != (Datum) 0 &&
				   ak_task_note_parents(task, request->parents, request->on_parent_failure));
	return task->id;
}

/* ---- reading a call ---- */

static char *
text_or_null(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

static int *
integer_or_null(FunctionCallInfo fcinfo, int n)
{
	int		   *value;

	if (PG_ARGISNULL(n))
		return NULL;
	value = palloc(sizeof(int));
	*value = PG_GETARG_INT32(n);
	return value;
}

static void
read_options(AkRequest *request, FunctionCallInfo fcinfo)
{
	request->queue = text_or_null(fcinfo, 2);
	request->priority = integer_or_null(fcinfo, 3);
	if (!PG_ARGISNULL(4))
	{
		request->run_at = palloc(sizeof(TimestampTz));
		*request->run_at = PG_GETARG_TIMESTAMPTZ(4);
	}
	request->delay = PG_ARGISNULL(5) ? NULL : PG_GETARG_INTERVAL_P(5);
	request->max_attempts = integer_or_null(fcinfo, 6);
	request->timeout = PG_ARGISNULL(7) ? NULL : PG_GETARG_INTERVAL_P(7);
	request->key = text_or_null(fcinfo, 8);
	request->on_conflict = ak_core_arg_cstring(fcinfo, 9, "on_conflict");
	request->scope = ak_core_arg_cstring(fcinfo, 10, "scope");
	request->group_key = text_or_null(fcinfo, 11);
	request->parents = PG_ARGISNULL(12) ? (Datum) 0 : PG_GETARG_DATUM(12);
	request->on_parent_failure = ak_core_arg_cstring(fcinfo, 13, "on_parent_failure");
}

/* The definition of a name that may be enqueued, whose handler the caller may execute. */
static AkTaskDefinition *
definition_of(const char *name)
{
	AkTaskDefinition *definition;
	AkTaskHandler handler;

	ak_task_refuse_reserved(name);
	definition = ak_task_resolve(name);
	ak_task_find_handler(definition->handler, &handler);
	return definition;
}

static Datum
args_of(FunctionCallInfo fcinfo)
{
	AkJson	   *args = ak_core_arg_json(fcinfo, 1, "args");

	ak_core_json_expect(args, AK_JSON_OBJECT, "argument \"args\"");
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(ak_core_json_to_cstring(args)));
}

/*
 * enqueue(task, args, queue, priority, run_at, delay, max_attempts, timeout, key, on_conflict, scope, group_key, depends_on,
 * on_parent_failure) → its number
 */
Datum
ak_task_enqueue(PG_FUNCTION_ARGS)
{
	AkTaskDefinition *definition = definition_of(ak_core_arg_cstring(fcinfo, 0, "task"));
	AkRequest	request;

	ak_task_init_request(&request);
	request.task.args = args_of(fcinfo);
	read_options(&request, fcinfo);
	ak_task_check_request(&request, definition, NULL);
	PG_RETURN_INT64(ak_task_put(&request));
}

/* on_commit(task, args) → its number */
Datum
ak_task_on_commit(PG_FUNCTION_ARGS)
{
	AkTaskDefinition *definition = definition_of(ak_core_arg_cstring(fcinfo, 0, "task"));
	AkRequest	request;

	ak_task_init_request(&request);
	request.task.args = args_of(fcinfo);
	ak_task_check_request(&request, definition, NULL);
	PG_RETURN_INT64(ak_task_put(&request));
}

int64
ak_task_enqueue_call(const char *task, Datum args_jsonb)
{
	AkTaskDefinition *definition = ak_task_resolve(task);
	AkTaskHandler handler;
	AkRequest	request;

	ak_task_find_handler(definition->handler, &handler);
	ak_task_init_request(&request);
	request.task.args = args_jsonb;
	ak_task_check_request(&request, definition, NULL);
	return ak_task_put(&request);
}
