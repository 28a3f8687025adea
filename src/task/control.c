/*
 * control.c
 *		cancel, retry and purge.
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

static bool
find_ended(int64 id, AkTask *task)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};

	task->id = id;
	return ak_core_own_run("SELECT role, queue, priority, task, args, max_attempts, enqueued_at, timeout, group_key FROM aksara.task_history"
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

/* ---- cancelling one that runs ---- */

/* Is nobody asking for anything?  Then there is no need to look. */
static bool
nobody_asks(void)
{
	Relation	rel = ak_core_own_open("task_cancel", AccessShareLock);
	bool		empty = RelationGetNumberOfBlocks(rel) == 0;

	table_close(rel, NoLock);
	return empty;
}

bool
ak_task_take_cancel(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};

	return !nobody_asks() &&
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

	ak_core_own_write("INSERT INTO aksara.task_cancel (id) VALUES ($1) ON CONFLICT DO NOTHING", lengthof(types), types, values, NULL);
	if (pid != 0)
		ak_task_stop_at_commit(id, pid);
}

/* ---- SQL ---- */

/* cancel(id) → 'cancelled', 'requested' (it runs) or 'finished'; it never waits. */
Datum
ak_task_cancel(PG_FUNCTION_ARGS)
{
	int64		id = id_argument(fcinfo);
	AkTask		ended = {0};
	Oid			busy;
	AkTask	   *task = ak_task_lock(id, &busy);

	if (task != NULL)
	{
		AkEnded		cancelled = {.task = task,.outcome = {.state = "cancelled",.finished_at = GetCurrentTimestamp()}};

		require_mine(id, task->role);
		ak_task_settle(list_make1(&cancelled));
		PG_RETURN_TEXT_P(cstring_to_text("cancelled"));
	}
	if (OidIsValid(busy))
	{
		require_mine(id, busy);
		request_cancel(id);
		PG_RETURN_TEXT_P(cstring_to_text("requested"));
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
						   " AND NOT EXISTS (SELECT FROM aksara.task_blocked b WHERE b.id = $1)"
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
	(void) ak_task_take_cancel(id);
	ak_task_insert(&task, false);
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
