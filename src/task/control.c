/*
 * control.c
 *		cancel, retry, retry_all and purge.
 *
 * A task belongs to the role that enqueued it; who may act as that role may
 * say what becomes of it.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/rel.h"

#include "task/process.h"

PG_FUNCTION_INFO_V1(ak_task_cancel);
PG_FUNCTION_INFO_V1(ak_task_retry);
PG_FUNCTION_INFO_V1(ak_task_retry_all);
PG_FUNCTION_INFO_V1(ak_task_purge);

static bool
is_mine(Oid role)
{
	return superuser() || has_privs_of_role(GetUserId(), role);
}

void
ak_task_require_mine(int64 id, Oid role)
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
	Datum		value;

	task->role = DatumGetObjectId(slot_getattr(row, 1, &isnull));
	task->queue = TextDatumGetCString(slot_getattr(row, 2, &isnull));
	task->priority = DatumGetInt16(slot_getattr(row, 3, &isnull));
	task->task = TextDatumGetCString(slot_getattr(row, 4, &isnull));
	task->args = datumCopy(slot_getattr(row, 5, &isnull), false, -1);
	task->max_attempts = DatumGetInt16(slot_getattr(row, 6, &isnull));
	task->enqueued_at = DatumGetTimestampTz(slot_getattr(row, 7, &isnull));
	value = slot_getattr(row, 8, &isnull);
	if (!isnull)
		task->timeout = DatumGetIntervalP(datumCopy(value, false, sizeof(Interval)));
	value = slot_getattr(row, 9, &isnull);
	if (!isnull)
		task->group_key = TextDatumGetCString(value);
	return false;
}

AkTask *
ak_task_find_ended(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	AkTask	   *task = palloc0(sizeof(AkTask));

	task->id = id;
	if (ak_core_own_run("SELECT role, queue, priority, task, args, max_attempts, enqueued_at, timeout, group_key FROM aksara.task_history"
						" WHERE id = $1 ORDER BY finished_at DESC LIMIT 1",
						lengthof(types), types, values, NULL, take_last, task) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("there is no task " INT64_FORMAT, id)));
	return task;
}

/* ---- cancelling one that runs ---- */

bool
ak_task_has_cancels(void)
{
	Relation	rel = ak_core_own_open("task_cancel", AccessShareLock);
	bool		empty = RelationGetNumberOfBlocks(rel) == 0;

	table_close(rel, NoLock);
	return !empty;
}

bool
ak_task_take_cancel(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};

	return ak_task_has_cancels() &&
		ak_core_own_write("DELETE FROM aksara.task_cancel WHERE id = $1", lengthof(types), types, values, NULL) > 0;
}

static bool
take_pid(TupleTableSlot *row, void *arg)
{
	bool		isnull;

	*(pid_t *) arg = DatumGetInt32(slot_getattr(row, 1, &isnull));
	return false;
}

/* The background worker that runs the task, as it says itself; 0: none does. */
static pid_t
worker_of(int64 id)
{
	static const Oid types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(psprintf("task " INT64_FORMAT " %%", id))};
	AkRunner	runner;
	pid_t		pid = 0;

	if (ak_task_is_shared())
		return ak_task_find_runner(id, &runner) && runner.executor ? runner.pid : 0;
	ak_core_own_run("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
					" AND backend_type = '" AK_EXECUTOR_TYPE "' AND query LIKE $1", lengthof(types), types, values, NULL, take_pid, &pid);
	return pid;
}

/* Asks for it, and has the worker told once this transaction has committed. */
static void
request_cancel(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	pid_t		pid = worker_of(id);

	ak_core_own_write("INSERT INTO aksara.task_cancel (id) SELECT $1"
					  " WHERE NOT EXISTS (SELECT FROM aksara.task_cancel WHERE id = $1)", lengthof(types), types, values, NULL);
	if (pid != 0)
		ak_task_stop_at_commit(id, pid);
}

/* ---- SQL ---- */

/* cancel(id) → 'cancelled', 'requested' (it runs) or 'finished'; it never waits. */
Datum
ak_task_cancel(PG_FUNCTION_ARGS)
{
	int64		id = id_argument(fcinfo);
	Oid			busy;
	AkTask	   *task;

	PreventCommandDuringRecovery("aksara.cancel()");
	task = ak_task_lock(id, &busy);
	if (task != NULL)
	{
		AkEnded		cancelled = {.task = task,.outcome = {.state = "cancelled",.finished_at = GetCurrentTimestamp()}};

		ak_task_require_mine(id, task->role);
		ak_task_settle(list_make1(&cancelled));
		/* The rest of its group may have waited for it. */
		if (task->group_key != NULL)
			ak_task_wake_at_commit(task);
		PG_RETURN_TEXT_P(cstring_to_text("cancelled"));
	}
	if (OidIsValid(busy))
	{
		ak_task_require_mine(id, busy);
		request_cancel(id);
		PG_RETURN_TEXT_P(cstring_to_text("requested"));
	}
	ak_task_require_mine(id, ak_task_find_ended(id)->role);
	PG_RETURN_TEXT_P(cstring_to_text("finished"));
}

/* ---- once more ---- */

/*
 * The attempt that ended the task for good did not do so after all; false
 * where there is none.  Of several who say so at once it holds for one.
 */
static bool
reopen(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};

	return ak_core_own_run("UPDATE aksara.task_history SET state = 'retried' WHERE id = $1 AND state IN ('failed', 'cancelled') RETURNING id",
						   lengthof(types), types, values, NULL, NULL, NULL) > 0;
}

static bool
take_role(TupleTableSlot *row, void *arg)
{
	bool		isnull;

	*(Oid *) arg = DatumGetObjectId(slot_getattr(row, 1, &isnull));
	return false;
}

/* Whose task it is that waits or runs; InvalidOid: there is none such. */
static Oid
role_of_live(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	Oid			role = InvalidOid;

	ak_core_own_run("SELECT role FROM aksara.task_due WHERE id = $1 UNION ALL SELECT role FROM aksara.task_later WHERE id = $1"
					" UNION ALL SELECT role FROM aksara.task_blocked WHERE id = $1", lengthof(types), types, values, NULL, take_role, &role);
	return role;
}

static bool
retry(int64 id)
{
	Oid			live = role_of_live(id);
	AkTask	   *task;

	if (OidIsValid(live))
	{
		ak_task_require_mine(id, live);
		return false;
	}
	task = ak_task_find_ended(id);
	ak_task_require_mine(id, task->role);
	if (!reopen(id))
		return false;
	task->run_at = GetCurrentTimestamp();
	(void) ak_task_take_cancel(id);
	ak_task_insert(task, false);
	return true;
}

/* retry(id): a task that failed or was cancelled is due again, with all its attempts; false where it is neither. */
Datum
ak_task_retry(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(retry(id_argument(fcinfo)));
}

static bool
take_id(TupleTableSlot *row, void *arg)
{
	List	  **ids = arg;
	bool		isnull;
	int64	   *id = palloc(sizeof(int64));

	*id = DatumGetInt64(slot_getattr(row, 1, &isnull));
	*ids = lappend(*ids, id);
	return true;
}

/* retry_all(queue, task, state): the same for all of the current role's that ended so; how many. */
Datum
ak_task_retry_all(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {REGROLEOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[] = {
		ObjectIdGetDatum(GetUserId()), PG_ARGISNULL(0) ? (Datum) 0 : PG_GETARG_DATUM(0),
		PG_ARGISNULL(1) ? (Datum) 0 : PG_GETARG_DATUM(1), (Datum) 0
	};
	char		nulls[] = {' ', PG_ARGISNULL(0) ? 'n' : ' ', PG_ARGISNULL(1) ? 'n' : ' ', ' '};
	char	   *state = ak_core_arg_cstring(fcinfo, 2, "state");
	List	   *ids = NIL;
	ListCell   *cell;
	int64		count = 0;

	if (strcmp(state, "failed") != 0 && strcmp(state, "cancelled") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"state\" must be failed or cancelled")));
	values[3] = CStringGetTextDatum(state);
	ak_core_own_run("SELECT id FROM aksara.task_history WHERE role = $1 AND ($2 IS NULL OR queue = $2) AND ($3 IS NULL OR task = $3)"
					" AND state = $4 ORDER BY id", lengthof(types), types, values, nulls, take_id, &ids);
	foreach(cell, ids)
		count += retry(*(int64 *) lfirst(cell));
	PG_RETURN_INT64(count);
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
