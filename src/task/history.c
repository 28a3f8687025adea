/*
 * history.c
 *		What became of tasks: attempts that ended, rows that are written once.
 *
 * Outcomes are written as the last act of a transaction, all of them together:
 * rows and keys of tasks go, those that are retried wait again.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "task/process.h"

AkJson *
ak_task_error(int sqlstate, const char *message, const char *detail, const char *hint, const char *context)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "sqlstate", ak_core_json_string(unpack_sql_state(sqlstate)));
	ak_core_json_put(out, "message", ak_core_json_string(message ? message : ""));
	if (detail != NULL)
		ak_core_json_put(out, "detail", ak_core_json_string(detail));
	if (hint != NULL)
		ak_core_json_put(out, "hint", ak_core_json_string(hint));
	if (context != NULL)
		ak_core_json_put(out, "context", ak_core_json_string(context));
	return out;
}

/* ---- rows of the history ---- */

#define COLUMNS 17

/* The types of the columns that one array each is made of, in the order of the statement. */
static const Oid column_types[COLUMNS] = {
	INT8OID, INT2OID, TEXTOID, OIDOID, TEXTOID, INT2OID, TEXTOID, JSONBOID, INT2OID, INTERVALOID, TEXTOID, TIMESTAMPTZOID,
	TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, JSONBOID, JSONOID
};

static void
set_row(const AkEnded *ended, Datum *values, bool *nulls)
{
	const AkTask *task = ended->task;
	const AkTaskOutcome *outcome = &ended->outcome;
	Datum		row[COLUMNS] = {
		Int64GetDatum(task->id), Int16GetDatum(task->attempts), CStringGetTextDatum(outcome->state), ObjectIdGetDatum(task->role),
		CStringGetTextDatum(task->queue), Int16GetDatum(task->priority), CStringGetTextDatum(task->task), task->args,
		Int16GetDatum(task->max_attempts), PointerGetDatum(task->timeout),
		task->group_key ? CStringGetTextDatum(task->group_key) : (Datum) 0, TimestampTzGetDatum(task->enqueued_at),
		TimestampTzGetDatum(outcome->started_at), TimestampTzGetDatum(outcome->finished_at),
		CStringGetTextDatum(psprintf("%d", MyProcPid)), outcome->result,
		outcome->error ? PointerGetDatum(ak_core_json_to_text(outcome->error)) : (Datum) 0
	};

	memcpy(values, row, sizeof(row));
	memset(nulls, 0, COLUMNS * sizeof(bool));
	nulls[9] = task->timeout == NULL;
	nulls[10] = task->group_key == NULL;
	nulls[12] = nulls[14] = outcome->started_at == 0;
	nulls[15] = outcome->result == (Datum) 0;
	nulls[16] = outcome->error == NULL;
}

/* One column of all rows, as an array. */
static Datum
column_array(const Datum *values, const bool *nulls, int rows, int column)
{
	Datum	   *items = palloc(rows * sizeof(Datum));
	bool	   *absent = palloc(rows * sizeof(bool));
	int			lower = 1;
	int16		length;
	bool		byval;
	char		align;

	for (int i = 0; i < rows; i++)
	{
		items[i] = values[i * COLUMNS + column];
		absent[i] = nulls[i * COLUMNS + column];
	}
	get_typlenbyvalalign(column_types[column], &length, &byval, &align);
	return PointerGetDatum(construct_md_array(items, absent, 1, &rows, &lower, column_types[column], length, byval, align));
}

static void
write_history(List *ended)
{
	int			rows = list_length(ended);
	Datum	   *values = palloc(rows * COLUMNS * sizeof(Datum));
	bool	   *nulls = palloc(rows * COLUMNS * sizeof(bool));
	Oid			types[COLUMNS];
	Datum		arrays[COLUMNS];

	for (int i = 0; i < rows; i++)
		set_row(list_nth(ended, i), values + i * COLUMNS, nulls + i * COLUMNS);
	for (int i = 0; i < COLUMNS; i++)
	{
		types[i] = get_array_type(column_types[i]);
		arrays[i] = column_array(values, nulls, rows, i);
	}
	ak_core_own_write("INSERT INTO aksara.task_history (id, attempt, state, role, queue, priority, task, args, max_attempts, timeout,"
					  " group_key, enqueued_at, started_at, finished_at, worker, result, error)"
					  " SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
					  COLUMNS, types, arrays, NULL);
}

/* ---- ending ---- */

static bool
is_over(const AkEnded *ended)
{
	return strcmp(ended->outcome.state, "retried") != 0;
}

/* The keys of tasks that have ended for good may be used anew. */
static void
release_keys(List *over)
{
	static const Oid types[] = {INT8OID};
	ListCell   *cell;

	foreach(cell, over)
	{
		const AkEnded *one = lfirst(cell);
		Datum		values[] = {Int64GetDatum(one->task->id)};

		if (one->task->key != NULL)
			ak_core_own_write("DELETE FROM aksara.task_key WHERE id = $1", lengthof(types), types, values, NULL);
	}
}

static void
wait_again(AkEnded *ended)
{
	AkTask	   *task = ended->task;

	task->run_at = GetCurrentTimestamp() + (int64) (ended->again * USECS_PER_SEC);
	task->keeps_rank = task->group_key != NULL;
	ak_task_insert(task, false);
}

void
ak_task_fail(AkEnded *ended, const AkTaskDefinition *definition)
{
	AkTask	   *task = ended->task;

	task->attempts++;
	ended->outcome.finished_at = GetCurrentTimestamp();
	ended->outcome.state = definition != NULL && task->attempts < task->max_attempts ? "retried" : "failed";
	if (!is_over(ended))
		ended->again = ak_task_retry_delay(definition, task->attempts);
}

void
ak_task_settle(List *ended)
{
	List	   *over = NIL;
	ListCell   *cell;

	if (ended == NIL)
		return;
	foreach(cell, ended)
		ak_task_delete(((const AkEnded *) lfirst(cell))->task);
	write_history(ended);
	foreach(cell, ended)
		if (is_over(lfirst(cell)))
			over = lappend(over, lfirst(cell));
		else
			wait_again(lfirst(cell));
	release_keys(over);
	ak_task_note_ended(over);
}
