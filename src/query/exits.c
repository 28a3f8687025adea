/*
 * exits.c
 *		Reads that SQL calls: what a query set is asked for.
 *
 * Each reads its arguments, builds an AkQuery and asks one question of it.
 * All are STABLE and read only.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "query/internal.h"

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

/* (model, conditions): the rows of a model that meet an object of conditions. */
static AkQuery *
where_arguments(FunctionCallInfo fcinfo)
{
	AkQuery    *query = ak_query_model_argument(fcinfo, 0);

	ak_query_filter(query, ak_query_arg_document(fcinfo, 1, "conditions"), false);
	return query;
}

static AkQuery *
query_argument(FunctionCallInfo fcinfo)
{
	return ak_query_argument(fcinfo, 0, "qs");
}

/* ---- many rows ---- */

static bool
put_row(Datum json, const char *key, void *arg)
{
	ReturnSetInfo *result = arg;
	bool		isnull = false;

	tuplestore_putvalues(result->setResult, result->setDesc, &json, &isnull);
	return true;
}

Datum
ak_query_sql_fetch(PG_FUNCTION_ARGS)
{
	AkQuery    *query = query_argument(fcinfo);

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	ak_query_fetch(query, AK_ORDER_SHOWN, NULL, put_row, fcinfo->resultinfo);
	return (Datum) 0;
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
	AkQuery    *query = query_argument(fcinfo);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '[');
	ak_query_fetch(query, AK_ORDER_SHOWN, NULL, append_row, &out);
	appendStringInfoChar(&out, ']');
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

/* ---- one row ---- */

Datum
ak_query_sql_get(PG_FUNCTION_ARGS)
{
	return ak_query_get(query_argument(fcinfo));
}

Datum
ak_query_sql_get_where(PG_FUNCTION_ARGS)
{
	return ak_query_get(where_arguments(fcinfo));
}

static Datum
get_or_none(FunctionCallInfo fcinfo, AkQuery *query)
{
	Datum		json;

	if (!ak_query_one(query, &json))
		PG_RETURN_NULL();
	return json;
}

Datum
ak_query_sql_get_or_none(PG_FUNCTION_ARGS)
{
	return get_or_none(fcinfo, query_argument(fcinfo));
}

Datum
ak_query_sql_get_or_none_where(PG_FUNCTION_ARGS)
{
	return get_or_none(fcinfo, where_arguments(fcinfo));
}

Datum
ak_query_sql_get_by_key(PG_FUNCTION_ARGS)
{
	AkQuery    *query = ak_query_model_argument(fcinfo, 0);

	ak_query_filter_key(query, ak_query_key_arguments(fcinfo, 1));
	return ak_query_get(query);
}

static Datum
first_row(FunctionCallInfo fcinfo, AkQuery *query)
{
	Datum		json;

	if (!ak_query_first(query, &json))
		PG_RETURN_NULL();
	return json;
}

Datum
ak_query_sql_first(PG_FUNCTION_ARGS)
{
	return first_row(fcinfo, query_argument(fcinfo));
}

Datum
ak_query_sql_last(PG_FUNCTION_ARGS)
{
	AkQuery    *query = query_argument(fcinfo);

	if (ak_query_sliced(query))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot take the last row of a query set once a slice has been taken"),
				 errhint("Reverse the order and take the first row.")));
	query->reversed = !query->reversed;
	return first_row(fcinfo, query);
}

/* ---- numbers ---- */

/* Runs a statement of one value. */
static Datum
run_value(AkStatement *st)
{
	Datum		value;
	bool		isnull;

	if (!ak_core_run_one(st, AK_RUN_READ, &value, &isnull) || isnull)
		elog(ERROR, "query gave no value");
	return value;
}

/* FROM …, for an exit to which the order makes no difference. */
static void
write_unordered(AkStatement *st, AkQuery *query, const char *before, const char *after)
{
	AkLayout	layout;

	query->ordered = true;
	query->order = NIL;
	layout = ak_query_lay_out(query, AK_ORDER_HIDDEN);
	appendStringInfoString(&st->sql, before);
	ak_query_write_head(st, &layout);
	appendStringInfoString(&st->sql, after);
	ak_query_write_tail(st, query, &layout);
	ak_query_write_limit(st, query);
}

static Datum
count_rows(AkQuery *query)
{
	bool		whole = !ak_query_sliced(query) && query->distinct_on == NIL;
	AkStatement st;

	ak_core_statement_init(&st);
	if (whole)
		write_unordered(&st, query, "", "pg_catalog.count(*)");
	else
	{
		write_unordered(&st, query, "SELECT pg_catalog.count(*) FROM (", "1");
		appendStringInfoString(&st.sql, ") AS r");
	}
	return run_value(&st);
}

Datum
ak_query_sql_count(PG_FUNCTION_ARGS)
{
	return count_rows(query_argument(fcinfo));
}

Datum
ak_query_sql_count_where(PG_FUNCTION_ARGS)
{
	return count_rows(where_arguments(fcinfo));
}

static Datum
any_row(AkQuery *query)
{
	AkStatement st;

	ak_core_statement_init(&st);
	write_unordered(&st, query, "SELECT EXISTS (", "1");
	appendStringInfoChar(&st.sql, ')');
	return run_value(&st);
}

Datum
ak_query_sql_exists(PG_FUNCTION_ARGS)
{
	return any_row(query_argument(fcinfo));
}

Datum
ak_query_sql_exists_where(PG_FUNCTION_ARGS)
{
	return any_row(where_arguments(fcinfo));
}

/* ---- in_bulk ---- */

static bool
append_member(Datum json, const char *key, void *arg)
{
	StringInfo	out = arg;

	if (key == NULL)
		return true;
	if (out->len > 1)
		appendStringInfoString(out, ", ");
	escape_json(out, key);
	appendStringInfoString(out, ": ");
	appendStringInfoString(out, TextDatumGetCString(json));
	return true;
}

/* Is the index unique over this column alone, and over all rows? */
static bool
is_unique_index(Oid indexid, AttrNumber attnum)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(indexid));
	Form_pg_index form;
	bool		unique;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	unique = form->indisunique && form->indnkeyatts == 1 && form->indkey.values[0] == attnum &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
	ReleaseSysCache(tuple);
	return unique;
}

static bool
is_unique(const AkField *field)
{
	Relation	table = table_open(field->model->relid, AccessShareLock);
	bool		unique = false;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(table))
		unique = unique || is_unique_index(lfirst_oid(cell), field->attnum);
	table_close(table, AccessShareLock);
	return unique;
}

/* The field whose values are the keys: unique, so that none hides another. */
static AkField *
bulk_field(FunctionCallInfo fcinfo, const AkQuery *query)
{
	const char *name;
	AkField    *field;

	if (PG_ARGISNULL(2))
		return ak_model_key(query->model);
	name = text_to_cstring(PG_GETARG_TEXT_PP(2));
	field = ak_model_field(query->model, name);
	if (field == NULL || field->attnum == 0)
		ak_model_no_field(query->model, name);
	if (!is_unique(field))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\" of model \"%s\" is not unique", field->name, query->model->label),
				 errhint("The field of in_bulk has one row for each value.")));
	return field;
}

Datum
ak_query_sql_in_bulk(PG_FUNCTION_ARGS)
{
	AkQuery    *query = query_argument(fcinfo);
	AkJson	   *keys = ak_core_arg_json(fcinfo, 1, "keys");
	AkField    *field = bulk_field(fcinfo, query);
	StringInfoData out;

	ak_core_json_expect(keys, AK_JSON_ARRAY, "argument \"keys\"");
	if (ak_query_sliced(query))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot filter a query set once a slice has been taken")));
	ak_query_filter_field(query, field, "in", keys);
	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	ak_query_fetch(query, AK_ORDER_SHOWN, field, append_member, &out);
	appendStringInfoChar(&out, '}');
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
