/*
 * control.c
 *		cancel, retry and purge.
 *
 * A task belongs to the role that enqueued it; who may act as that role may
 * say what becomes of it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"

#include "task/internal.h"

PG_FUNCTION_INFO_V1(ak_task_cancel);
PG_FUNCTION_INFO_V1(ak_task_retry);
PG_FUNCTION_INFO_V1(ak_task_purge);

static bool
is_mine(Oid role)
{
	return superuser() || has_privs_of_role(GetUserId(), role);
}

static void
require_mine(int64 id, Oid role)
{
	if (!is_mine(role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for task " INT64_FORMAT, id)));
}

static int64
id_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ak_core_null_argument("id");
	return PG_GETARG_INT64(0);
}

/* ---- what became of a task ---- */

/* The last attempt that the history has. */
static bool
take_last(TupleTableSlot *row, void *arg)
{
	AkTask	   *task = arg;
	bool		isnull;

	task->role = DatumGetObjectId(slot_getattr(row, 1, &isnull));
	task->queue = TextDatumGetCString(slot_getattr(row, 2, &isnull));
	task->priority = DatumGetInt16(slot_getattr(row, 3, &isnull));
	task->task = TextDatumGetCString(slot_getattr(row, 4, &isnull));
	task->args = datumCopy(slot_getattr(row, 5, &isnull), false, -1);
	task->max_attempts = DatumGetInt16(slot_getattr(row, 6, &isnull));
	task->enqueued_at = DatumGetTimestampTz(slot_getattr(row, 7, &isnull));
	return false;
}

static bool
find_ended(int64 id, AkTask *task)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};

	task->id = id;
	return ak_core_own_run("SELECT role, queue, priority, task, args, max_attempts, enqueued_at FROM aksara.task_history"
						   " WHERE id = $1 ORDER BY attempt DESC LIMIT 1",
						   lengthof(types), types, values, NULL, take_last, task) > 0;
}

static void
no_task(int64 id)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("there is no task " INT64_FORMAT, id)));
}

/* ---- SQL ---- */

/* cancel(id) → 'cancelled', or 'running', or 'finished'; it never waits. */
Datum
ak_task_cancel(PG_FUNCTION_ARGS)
{
	int64		id = id_argument(fcinfo);
	AkTaskOutcome outcome = {.state = "cancelled"};
	AkTask		ended = {0};
	Oid			busy;
	AkTask	   *task = ak_task_lock(id, &busy);

	if (task != NULL)
	{
		require_mine(id, task->role);
		ak_task_delete(task);
		ak_task_record(task, &outcome);
		PG_RETURN_TEXT_P(cstring_to_text("cancelled"));
	}
	if (OidIsValid(busy))
	{
		require_mine(id, busy);
		PG_RETURN_TEXT_P(cstring_to_text("running"));
	}
	if (!find_ended(id, &ended))
		no_task(id);
	require_mine(id, ended.role);
	PG_RETURN_TEXT_P(cstring_to_text("finished"));
}

static bool
see_row(TupleTableSlot *row, void *arg)
{
	return false;
}

/* Has the task ended for good, and does it not wait again? */
static bool
can_retry(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};

	return ak_core_own_run("SELECT 1 FROM aksara.task_history h WHERE h.id = $1 AND h.state IN ('failed', 'cancelled')"
						   " AND NOT EXISTS (SELECT FROM aksara.task_due d WHERE d.id = $1)"
						   " AND NOT EXISTS (SELECT FROM aksara.task_later l WHERE l.id = $1)"
						   " AND NOT EXISTS (SELECT FROM aksara.task_history c WHERE c.id = $1 AND c.state = 'completed') LIMIT 1",
						   lengthof(types), types, values, NULL, see_row, NULL) > 0;
}

/* retry(id): a task that failed or was cancelled is due again, with all its attempts; false where it is neither. */
Datum
ak_task_retry(PG_FUNCTION_ARGS)
{
	int64		id = id_argument(fcinfo);
	AkTask		task = {0};

	if (!find_ended(id, &task))
		no_task(id);
	require_mine(id, task.role);
	if (!can_retry(id))
		PG_RETURN_BOOL(false);
	task.run_at = GetCurrentTimestamp();
	ak_task_insert(&task);
	PG_RETURN_BOOL(true);
}

/* purge(older_than, states): forgets attempts of the current role that ended before; how many. */
Datum
ak_task_purge(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {INTERVALOID, TEXTARRAYOID, REGROLEOID};
	Datum		values[3];

	if (PG_ARGISNULL(0))
		ak_core_null_argument("older_than");
	if (PG_ARGISNULL(1))
		ak_core_null_argument("states");
	values[0] = PG_GETARG_DATUM(0);
	values[1] = PG_GETARG_DATUM(1);
	values[2] = ObjectIdGetDatum(GetUserId());
	PG_RETURN_INT64(ak_core_own_write("DELETE FROM aksara.task_history WHERE finished_at < clock_timestamp() - $1"
									  " AND state = ANY ($2) AND role = $3",
									  lengthof(types), types, values, NULL));
}
