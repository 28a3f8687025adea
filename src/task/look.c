/*
 * look.c
 *		What one may see of tasks: get_task, running_tasks, progress.
 *
 * Everybody sees those of roles that he may act as.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"

#include "task/process.h"

PG_FUNCTION_INFO_V1(ak_task_get_task);
PG_FUNCTION_INFO_V1(ak_task_running_tasks);
PG_FUNCTION_INFO_V1(ak_task_progress);

/* ---- one ---- */

static bool
take_document(TupleTableSlot *row, void *arg)
{
	bool		isnull;

	*(Datum *) arg = datumCopy(slot_getattr(row, 1, &isnull), false, -1);
	return false;
}

Datum
ak_task_document(int64 id)
{
	Oid			types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	char		nulls[] = " ";
	AkStatement st;
	Datum		document = (Datum) 0;

	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, "SELECT pg_catalog.row_to_json(t) FROM aksara.tasks t WHERE t.id OPERATOR(pg_catalog.=) $1");
	st.nparams = lengthof(types);
	st.types = types;
	st.values = values;
	st.nulls = nulls;
	if (ak_core_run(&st, 0, take_document, &document) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("there is no task " INT64_FORMAT, id)));
	return document;
}

/* get_task(id) */
Datum
ak_task_get_task(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		ak_core_null_argument("id");
	PG_RETURN_DATUM(ak_task_document(PG_GETARG_INT64(0)));
}

/* ---- those that run ---- */

/* {"done", "total", "note"} as far as the task has said them; NULL: nothing. */
static AkJson *
progress_document(const AkRunner *runner)
{
	AkJson	   *out;

	if (runner->total == 0 && runner->done == 0 && runner->note[0] == '\0')
		return NULL;
	out = ak_core_json_object();
	ak_core_json_put(out, "done", ak_core_json_integer(runner->done));
	if (runner->total != 0)
		ak_core_json_put(out, "total", ak_core_json_integer(runner->total));
	if (runner->note[0] != '\0')
		ak_core_json_put(out, "note", ak_core_json_string(runner->note));
	return out;
}

static void
put_runner(const AkRunner *runner, void *arg)
{
	ReturnSetInfo *result = arg;
	AkJson	   *progress = progress_document(runner);
	Datum		values[] = {
		Int64GetDatum(runner->id), Int32GetDatum(runner->pid), TimestampTzGetDatum(runner->started_at),
		progress ? PointerGetDatum(ak_core_json_to_text(progress)) : (Datum) 0
	};
	bool		nulls[] = {false, false, false, progress == NULL};

	if (superuser() || has_privs_of_role(GetUserId(), runner->role))
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* running_tasks() → id, pid, started_at, progress */
Datum
ak_task_running_tasks(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	ak_task_each_runner(put_runner, fcinfo->resultinfo);
	PG_RETURN_VOID();
}

/* ---- from inside ---- */

/* progress(done, total, note): what the task that runs here says of itself. */
Datum
ak_task_progress(PG_FUNCTION_ARGS)
{
	int			done;
	int			total = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1);

	if (PG_ARGISNULL(0))
		ak_core_null_argument("done");
	done = PG_GETARG_INT32(0);
	if (done < 0 || total < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must not be negative", done < 0 ? "done" : "total")));
	ak_task_says_progress(done, total, PG_ARGISNULL(2) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	PG_RETURN_VOID();
}
