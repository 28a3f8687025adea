/*
 * exits.c
 *		Reads that SQL calls: what a query set is asked for.
 *
 * Each has its question compiled, or found (call.c), and runs it.  All are
 * STABLE and read only.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/json.h"

#include "query/call.h"
#include "query/encode.h"

PG_FUNCTION_INFO_V1(ak_query_sql_fetch);
PG_FUNCTION_INFO_V1(ak_query_sql_fetch_all);
PG_FUNCTION_INFO_V1(ak_query_sql_get);
PG_FUNCTION_INFO_V1(ak_query_sql_get_where);
PG_FUNCTION_INFO_V1(ak_query_sql_get_or_none);
PG_FUNCTION_INFO_V1(ak_query_sql_get_or_none_where);
PG_FUNCTION_INFO_V1(ak_query_sql_get_by_key);
PG_FUNCTION_INFO_V1(ak_query_sql_first);
PG_FUNCTION_INFO_V1(ak_query_sql_last);
PG_FUNCTION_INFO_V1(ak_query_sql_count);
PG_FUNCTION_INFO_V1(ak_query_sql_count_where);
PG_FUNCTION_INFO_V1(ak_query_sql_exists);
PG_FUNCTION_INFO_V1(ak_query_sql_exists_where);
PG_FUNCTION_INFO_V1(ak_query_sql_in_bulk);
PG_FUNCTION_INFO_V1(ak_query_sql_aggregate);
PG_FUNCTION_INFO_V1(ak_query_sql_lock);

/* ---- many rows ---- */

/* Rows on their way out.  One alone is returned as it is; from the second on they go through a store of rows. */
typedef struct AkRows
{
	FunctionCallInfo fcinfo;
	bool		stored;
	Datum		first;			/* held back; 0: there was none yet */
} AkRows;

static void
begin_store(AkRows *rows)
{
	InitMaterializedSRF(rows->fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	rows->stored = true;
}

static bool
put_row(Datum json, const char *key, void *arg)
{
	AkRows	   *rows = arg;
	ReturnSetInfo *result = (ReturnSetInfo *) rows->fcinfo->resultinfo;
	bool		isnull = false;

	if (!rows->stored && rows->first == (Datum) 0)
	{
		rows->first = PointerGetDatum(PG_DETOAST_DATUM_COPY(json));
		return true;
	}
	if (!rows->stored)
	{
		begin_store(rows);
		tuplestore_putvalues(result->setResult, result->setDesc, &rows->first, &isnull);
	}
	tuplestore_putvalues(result->setResult, result->setDesc, &json, &isnull);
	return true;
}

/* Would the caller put a single row into a store of its own? */
static bool
wants_store(const ReturnSetInfo *result)
{
	return result == NULL || !IsA(result, ReturnSetInfo) ||
		(result->allowedModes & SFRM_ValuePerCall) == 0 ||
		(result->allowedModes & SFRM_Materialize_Preferred) != 0;
}

/* ---- fn_extra says that the only row was returned, until the caller asks for the next one or gives up ---- */

static void
forget_returned(Datum flinfo)
{
	((FmgrInfo *) DatumGetPointer(flinfo))->fn_extra = NULL;
}

static bool
was_returned(FunctionCallInfo fcinfo)
{
	return fcinfo->flinfo->fn_extra != NULL;
}

static void
note_returned(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	RegisterExprContextCallback(result->econtext, forget_returned, PointerGetDatum(fcinfo->flinfo));
	fcinfo->flinfo->fn_extra = fcinfo->flinfo;
	result->isDone = ExprMultipleResult;
}

static Datum
no_more(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	if (was_returned(fcinfo))
	{
		UnregisterExprContextCallback(result->econtext, forget_returned, PointerGetDatum(fcinfo->flinfo));
		fcinfo->flinfo->fn_extra = NULL;
	}
	result->isDone = ExprEndResult;
	PG_RETURN_NULL();
}

Datum
ak_query_sql_fetch(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AkRows		rows = {.fcinfo = fcinfo};
	AkBound		bound;

	if (was_returned(fcinfo))
		return no_more(fcinfo);
	ak_query_call_document(&bound, fcinfo, AK_EXIT_FETCH);
	if (wants_store(result))
		begin_store(&rows);
	ak_query_run_fetch(bound.compiled, &bound.statement, put_row, &rows);
	ak_query_call_end(&bound);
	if (rows.stored)
		return (Datum) 0;
	if (rows.first == (Datum) 0)
		return no_more(fcinfo);
	note_returned(fcinfo);
	return rows.first;
}

static bool
append_row(Datum json, const char *key, void *arg)
{
	StringInfo	out = arg;
	text	   *row = DatumGetTextPP(json);

	if (out->len > 1)
		appendStringInfoString(out, ", ");
	appendBinaryStringInfo(out, VARDATA_ANY(row), VARSIZE_ANY_EXHDR(row));
	if ((Pointer) row != DatumGetPointer(json))
		pfree(row);
	return true;
}

Datum
ak_query_sql_fetch_all(PG_FUNCTION_ARGS)
{
	AkBound		bound;
	StringInfoData out;

	ak_query_call_document(&bound, fcinfo, AK_EXIT_FETCH);
	initStringInfo(&out);
	appendStringInfoChar(&out, '[');
	ak_query_run_fetch(bound.compiled, &bound.statement, append_row, &out);
	ak_query_call_end(&bound);
	appendStringInfoChar(&out, ']');
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* ---- one row ---- */

static Datum
get(AkBound *bound)
{
	Datum		json = ak_query_run_get(bound->compiled, &bound->statement);

	ak_query_call_end(bound);
	return json;
}

Datum
ak_query_sql_get(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_document(&bound, fcinfo, AK_EXIT_GET);
	return get(&bound);
}

Datum
ak_query_sql_get_where(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_conditions(&bound, fcinfo, AK_EXIT_GET);
	return get(&bound);
}

Datum
ak_query_sql_get_by_key(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_key(&bound, fcinfo, AK_EXIT_GET);
	return get(&bound);
}

static Datum
get_or_none(FunctionCallInfo fcinfo, AkBound *bound)
{
	Datum		json;
	bool		found = ak_query_run_one(bound->compiled, &bound->statement, &json);

	ak_query_call_end(bound);
	if (!found)
		PG_RETURN_NULL();
	return json;
}

Datum
ak_query_sql_get_or_none(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_document(&bound, fcinfo, AK_EXIT_GET);
	return get_or_none(fcinfo, &bound);
}

Datum
ak_query_sql_get_or_none_where(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_conditions(&bound, fcinfo, AK_EXIT_GET);
	return get_or_none(fcinfo, &bound);
}

static Datum
first_row(FunctionCallInfo fcinfo, AkExit exit)
{
	AkBound		bound;
	Datum		json;
	bool		found;

	ak_query_call_document(&bound, fcinfo, exit);
	found = ak_query_run_first(bound.compiled, &bound.statement, &json);
	ak_query_call_end(&bound);
	if (!found)
		PG_RETURN_NULL();
	return json;
}

Datum
ak_query_sql_first(PG_FUNCTION_ARGS)
{
	return first_row(fcinfo, AK_EXIT_FIRST);
}

Datum
ak_query_sql_last(PG_FUNCTION_ARGS)
{
	return first_row(fcinfo, AK_EXIT_LAST);
}

/* ---- numbers ---- */

static Datum
run_value(AkBound *bound)
{
	Datum		value = ak_query_run_value(bound->compiled, &bound->statement);

	ak_query_call_end(bound);
	return value;
}

Datum
ak_query_sql_count(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_document(&bound, fcinfo, AK_EXIT_COUNT);
	return run_value(&bound);
}

Datum
ak_query_sql_count_where(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_conditions(&bound, fcinfo, AK_EXIT_COUNT);
	return run_value(&bound);
}

Datum
ak_query_sql_exists(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_document(&bound, fcinfo, AK_EXIT_EXISTS);
	return run_value(&bound);
}

Datum
ak_query_sql_exists_where(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_conditions(&bound, fcinfo, AK_EXIT_EXISTS);
	return run_value(&bound);
}

/* ---- in_bulk ---- */

static bool
append_member(Datum json, const char *key, void *arg)
{
	StringInfo	out = arg;
	text	   *row;

	if (key == NULL)
		return true;
	if (out->len > 1)
		appendStringInfoString(out, ", ");
	escape_json(out, key);
	appendStringInfoString(out, ": ");
	row = DatumGetTextPP(json);
	appendBinaryStringInfo(out, VARDATA_ANY(row), VARSIZE_ANY_EXHDR(row));
	return true;
}

/* in_bulk(qs, keys, field) → {"key": row, …} */
Datum
ak_query_sql_in_bulk(PG_FUNCTION_ARGS)
{
	AkBound		bound;
	StringInfoData out;

	ak_query_call_document(&bound, fcinfo, AK_EXIT_IN_BULK);
	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	ak_query_run_fetch(bound.compiled, &bound.statement, append_member, &out);
	ak_query_call_end(&bound);
	appendStringInfoChar(&out, '}');
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* ---- all rows together ---- */

Datum
ak_query_sql_aggregate(PG_FUNCTION_ARGS)
{
	AkBound		bound;
	Datum		json = (Datum) 0;

	ak_query_call_document(&bound, fcinfo, AK_EXIT_AGGREGATE);
	(void) ak_query_run_fetch(bound.compiled, &bound.statement, ak_query_keep_first, &json);
	ak_query_call_end(&bound);
	return json;
}

/* ---- rows that are locked ---- */

/* Reads under a snapshot of its own, as a writer does: whoever waited for a lock sees what it waited for. */
Datum
ak_query_sql_lock(PG_FUNCTION_ARGS)
{
	AkQuery    *query = ak_query_argument(fcinfo, 0, "qs");
	AkRows		rows = {.fcinfo = fcinfo};

	if (query->lock == NULL)
		ak_query_read_lock(query, ak_core_json_bool(true));
	query->fresh = true;
	begin_store(&rows);
	(void) ak_query_fetch(query, AK_ORDER_SHOWN, NULL, put_row, &rows);
	return (Datum) 0;
}
