/*
 * why.c
 *		why: what a task is waiting for, in words.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "task/process.h"

PG_FUNCTION_INFO_V1(ak_task_why);

static char *
text_of(Oid type, Datum value)
{
	Oid			output;
	bool		varlena;

	getTypeOutputInfo(type, &output, &varlena);
	return OidOutputFunctionCall(output, value);
}

static char *
time_text(TimestampTz time)
{
	return text_of(TIMESTAMPTZOID, TimestampTzGetDatum(time));
}

/* ---- one that waits for others ---- */

static bool
take_text(TupleTableSlot *row, void *arg)
{
	bool		isnull;
	Datum		value = slot_getattr(row, 1, &isnull);

	*(char **) arg = isnull ? NULL : TextDatumGetCString(value);
	return false;
}

static char *
blocked_reason(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	char	   *parents = NULL;

	ak_core_own_run("SELECT string_agg(parent::text, ', ' ORDER BY parent) FROM aksara.task_dependency WHERE child = $1"
					" AND coalesce((SELECT state FROM aksara.task_history h WHERE h.id = parent ORDER BY finished_at DESC LIMIT 1), '')"
					" <> 'completed'",
					lengthof(types), types, values, NULL, take_text, &parents);
	return parents ? psprintf("it waits for tasks: %s", parents) : pstrdup("all it waited for is over: it starts soon");
}

/* ---- one that is due ---- */

/* What keeps its queue from starting it; NULL: nothing. */
static char *
queue_reason(const AkTask *task)
{
	const AkQueue *queue = ak_task_use_queue(task->queue);
	TimestampTz when;
	int			place;

	if (queue->paused)
		return psprintf("queue \"%s\" is paused", queue->name);
	if (queue->max_running > 0)
	{
		place = ak_task_take_place(queue);
		if (place < 0)
			return psprintf("queue \"%s\" runs as many tasks at once as it may: %d", queue->name, queue->max_running);
		ak_task_leave_place(queue, place);
	}
	if (task->group_key != NULL)
	{
		place = ak_task_take_group(queue, task->group_key);
		if (place < 0)
			return psprintf("group \"%s\" runs as many tasks at once as it may: %d", task->group_key, queue->group_limit);
		ak_task_leave_group(queue, task->group_key, place);
	}
	if (queue->rate > 0)
	{
		when = ak_task_next_token(queue);
		if (when > GetCurrentTimestamp())
			return psprintf("the rate of queue \"%s\" lets the next task start at %s", queue->name, time_text(when));
	}
	return NULL;
}

/* What keeps workers from it; NULL: nothing. */
static char *
worker_reason(const AkTask *task)
{
	if (!ak_task_is_shared())
		return pstrdup("nobody is known to work: that takes aksara in shared_preload_libraries, aksara.start_workers() or aksara.run_tasks()");
	if (ak_task_workers == 0)
		return pstrdup("no worker may run: aksara.task_workers is 0");
	if (superuser_arg(task->role) && !ak_task_superuser)
		return pstrdup("what a superuser enqueued is run by no worker while aksara.task_superuser is off");
	if (ak_task_refused_until(MyDatabaseId, task->role) != 0)
		return psprintf("no worker can connect as role \"%s\"", GetUserNameFromId(task->role, true));
	if (ak_task_is_condemned(task->id))
		return pstrdup("it ended the process that ran it, which is being written down");
	return NULL;
}

static bool
take_count(TupleTableSlot *row, void *arg)
{
	bool		isnull;

	*(int64 *) arg = DatumGetInt64(slot_getattr(row, 1, &isnull));
	return false;
}

static char *
order_reason(const AkTask *task)
{
	static const Oid types[] = {REGROLEOID, TEXTOID, FLOAT8OID, INT8OID};
	Datum		values[] = {
		ObjectIdGetDatum(task->role), CStringGetTextDatum(task->queue), Float8GetDatum(task->rank), Int64GetDatum(task->id)
	};
	int64		before = 0;

	ak_core_own_run("SELECT count(*) FROM aksara.task_due WHERE role = $1 AND queue = $2 AND (rank, id) < ($3, $4)",
					lengthof(types), types, values, NULL, take_count, &before);
	if (before == 0)
		return pstrdup("it is next");
	return psprintf(INT64_FORMAT " tasks are before it", before);
}

static char *
due_reason(const AkTask *task)
{
	char	   *reason;

	if (ak_task_find_definition(task->task) == NULL)
		return psprintf("task \"%s\" is not registered", task->task);
	reason = queue_reason(task);
	if (reason == NULL)
		reason = worker_reason(task);
	return reason ? reason : order_reason(task);
}

/* ---- any ---- */

static char *
later_reason(const AkTask *task)
{
	if (ak_task_find_definition(task->task) == NULL)
		return psprintf("task \"%s\" is not registered", task->task);
	if (task->attempts > 0)
		return psprintf("attempt %d has failed, the next one is at %s", task->attempts, time_text(task->run_at));
	return psprintf("it is not due before %s", time_text(task->run_at));
}

static char *
running_reason(int64 id)
{
	AkRunner	runner;

	if (!ak_task_find_runner(id, &runner))
		return pstrdup("it runs, or somebody is about to say what becomes of it");
	return psprintf("it runs since %s in process %d", time_text(runner.started_at), runner.pid);
}

static char *
ended_reason(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	char	   *state = NULL;

	ak_task_require_mine(id, ak_task_find_ended(id)->role);
	ak_core_own_run("SELECT 'it has ended: ' || state || coalesce(', ' || (error ->> 'message'), '') FROM aksara.task_history"
					" WHERE id = $1 ORDER BY finished_at DESC LIMIT 1", lengthof(types), types, values, NULL, take_text, &state);
	return state;
}

/* why(id) → what it waits for */
Datum
ak_task_why(PG_FUNCTION_ARGS)
{
	AkTask	   *task;
	char	   *reason;
	bool		is_free;
	int64		id;

	if (PG_ARGISNULL(0))
		ak_core_null_argument("id");
	id = PG_GETARG_INT64(0);
	task = ak_task_find(id, &is_free);
	if (task == NULL)
		PG_RETURN_TEXT_P(cstring_to_text(ended_reason(id)));
	ak_task_require_mine(id, task->role);
	if (!is_free)
		reason = running_reason(id);
	else if (task->place == AK_TASK_BLOCKED)
		reason = blocked_reason(id);
	else if (task->place == AK_TASK_LATER && task->run_at > GetCurrentTimestamp())
		reason = later_reason(task);
	else
		reason = due_reason(task);
	PG_RETURN_TEXT_P(cstring_to_text(reason));
}
