/*
 * history.c
 *		Attempts that ended: rows that are written once.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "task/internal.h"

void
ak_task_record(const AkTask *task, const AkTaskOutcome *outcome)
{
	static const Oid types[] = {
		INT8OID, INT2OID, TEXTOID, REGROLEOID, TEXTOID, INT2OID, TEXTOID, JSONBOID, INT2OID, TIMESTAMPTZOID, TIMESTAMPTZOID,
		TIMESTAMPTZOID, TEXTOID, JSONBOID, JSONOID
	};
	Datum		values[] = {
		Int64GetDatum(task->id), Int16GetDatum(task->attempts), CStringGetTextDatum(outcome->state), ObjectIdGetDatum(task->role),
		CStringGetTextDatum(task->queue), Int16GetDatum(task->priority), CStringGetTextDatum(task->task), task->args,
		Int16GetDatum(task->max_attempts), TimestampTzGetDatum(task->enqueued_at), TimestampTzGetDatum(outcome->started_at),
		TimestampTzGetDatum(GetCurrentTimestamp()), CStringGetTextDatum(psprintf("%d", MyProcPid)), outcome->result,
		outcome->error ? PointerGetDatum(ak_core_json_to_text(outcome->error)) : (Datum) 0
	};
	char		nulls[] = "               ";

	if (outcome->started_at == 0)
		nulls[10] = nulls[12] = 'n';
	if (outcome->result == (Datum) 0)
		nulls[13] = 'n';
	if (outcome->error == NULL)
		nulls[14] = 'n';
	ak_core_own_write("INSERT INTO aksara.task_history (id, attempt, state, role, queue, priority, task, args, max_attempts,"
					  " enqueued_at, started_at, finished_at, worker, result, error)"
					  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
					  lengthof(types), types, values, nulls);
}
