/*
 * live.c
 *		Rows of tasks that wait: constant statements over task_due and task_later.
 *
 * The claim of a task is the lock on its row, FOR NO KEY UPDATE and past rows
 * that others hold; it ends with the transaction that holds it, so a worker
 * that dies leaves nothing to be cleaned up.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"

#include "task/process.h"

#define COLUMNS "id, role, queue, rank, priority, run_at, task, args, attempts, max_attempts, timeout, enqueued_at"
#define PARAMETERS "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12"

/* What is due sooner than this, in microseconds, need not wait among the later ones. */
#define SOON (5 * USECS_PER_SEC)

int64
ak_task_next_id(void)
{
	return nextval_internal(ak_core_table("task_id"), false);
}

/*
 * Tasks start in the order of their ranks: when they are due, in seconds, less
 * what their priority is worth.  Where only priority counts it is that alone.
 */
static double
rank_of(const AkTask *task)
{
	double		aging = ak_task_use_queue(task->queue);
	double		due = (double) task->run_at / USECS_PER_SEC;

	return aging > 0 ? due - task->priority * aging : -1.0 * task->priority;
}

void
ak_task_insert(const AkTask *task)
{
	static const Oid types[] = {
		INT8OID, REGROLEOID, TEXTOID, FLOAT8OID, INT2OID, TIMESTAMPTZOID, TEXTOID, JSONBOID, INT2OID, INT2OID, INTERVALOID,
		TIMESTAMPTZOID
	};
	Datum		values[] = {
		Int64GetDatum(task->id), ObjectIdGetDatum(task->role), CStringGetTextDatum(task->queue), Float8GetDatum(rank_of(task)),
		Int16GetDatum(task->priority), TimestampTzGetDatum(task->run_at), CStringGetTextDatum(task->task), task->args,
		Int16GetDatum(task->attempts), Int16GetDatum(task->max_attempts), PointerGetDatum(task->timeout),
		TimestampTzGetDatum(task->enqueued_at)
	};
	const char *nulls = task->timeout ? "            " : "          n ";

	if (task->run_at > GetCurrentTimestamp() + SOON)
		ak_core_own_write("INSERT INTO aksara.task_later (" COLUMNS ") VALUES (" PARAMETERS ")",
						  lengthof(types), types, values, nulls);
	else
		ak_core_own_write("INSERT INTO aksara.task_due (" COLUMNS ") VALUES (" PARAMETERS ")",
						  lengthof(types), types, values, nulls);
	ak_task_wake_at_commit();
}

/* ---- claiming ---- */

static bool
take_task(TupleTableSlot *row, void *arg)
{
	AkTask	  **task = arg;
	AkTask	   *out = palloc0(sizeof(AkTask));
	bool		isnull;
	Datum		value;

	out->id = DatumGetInt64(slot_getattr(row, 1, &isnull));
	out->role = DatumGetObjectId(slot_getattr(row, 2, &isnull));
	out->queue = TextDatumGetCString(slot_getattr(row, 3, &isnull));
	out->priority = DatumGetInt16(slot_getattr(row, 5, &isnull));
	out->run_at = DatumGetTimestampTz(slot_getattr(row, 6, &isnull));
	out->task = TextDatumGetCString(slot_getattr(row, 7, &isnull));
	out->args = datumCopy(slot_getattr(row, 8, &isnull), false, -1);
	out->attempts = DatumGetInt16(slot_getattr(row, 9, &isnull));
	out->max_attempts = DatumGetInt16(slot_getattr(row, 10, &isnull));
	value = slot_getattr(row, 11, &isnull);
	if (!isnull)
		out->timeout = DatumGetIntervalP(datumCopy(value, false, sizeof(Interval)));
	out->enqueued_at = DatumGetTimestampTz(slot_getattr(row, 12, &isnull));
	*task = out;
	return false;
}

AkTask *
ak_task_claim(const char *queue)
{
	static const Oid types[] = {REGROLEOID, TEXTOID, TIMESTAMPTZOID};
	Datum		values[] = {
		ObjectIdGetDatum(GetUserId()), CStringGetTextDatum(queue), TimestampTzGetDatum(GetCurrentTimestamp())
	};
	AkTask	   *task = NULL;

	ak_core_own_run("SELECT " COLUMNS " FROM aksara.task_due WHERE role = $1 AND queue = $2 AND run_at <= $3"
					" ORDER BY rank, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED",
					lengthof(types), types, values, NULL, take_task, &task);
	return task;
}

static bool
take_role(TupleTableSlot *row, void *arg)
{
	bool		isnull;

	*(Oid *) arg = DatumGetObjectId(slot_getattr(row, 1, &isnull));
	return false;
}

AkTask *
ak_task_lock(int64 id, Oid *busy)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	AkTask	   *task = NULL;

	*busy = InvalidOid;
	ak_core_own_run("SELECT " COLUMNS " FROM aksara.task_due WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED",
					lengthof(types), types, values, NULL, take_task, &task);
	if (task != NULL)
		return task;
	ak_core_own_run("SELECT " COLUMNS " FROM aksara.task_later WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED",
					lengthof(types), types, values, NULL, take_task, &task);
	if (task != NULL)
		task->later = true;
	else
		ak_core_own_run("SELECT role FROM aksara.task_due WHERE id = $1 UNION ALL SELECT role FROM aksara.task_later WHERE id = $1",
						lengthof(types), types, values, NULL, take_role, busy);
	return task;
}

void
ak_task_delete(const AkTask *task)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(task->id)};

	if (task->later)
		ak_core_own_write("DELETE FROM aksara.task_later WHERE id = $1", lengthof(types), types, values, NULL);
	else
		ak_core_own_write("DELETE FROM aksara.task_due WHERE id = $1", lengthof(types), types, values, NULL);
}

uint64
ak_task_move_due(void)
{
	static const Oid types[] = {TIMESTAMPTZOID};
	Datum		values[] = {TimestampTzGetDatum(GetCurrentTimestamp() + SOON)};

	return ak_core_own_write("WITH due AS MATERIALIZED ("
							 "SELECT id FROM aksara.task_later WHERE run_at <= $1 ORDER BY run_at LIMIT 1000 FOR UPDATE SKIP LOCKED"
							 "), moved AS (DELETE FROM aksara.task_later l USING due WHERE l.id = due.id RETURNING l.*)"
							 " INSERT INTO aksara.task_due (" COLUMNS ") SELECT " COLUMNS " FROM moved",
							 lengthof(types), types, values, NULL);
}
