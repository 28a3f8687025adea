/*
 * exits_by.c
 *		Reads by a field: earliest and latest rows, and the dates that there are.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"

#include "query/encode.h"

PG_FUNCTION_INFO_V1(ak_query_sql_earliest);
PG_FUNCTION_INFO_V1(ak_query_sql_latest);
PG_FUNCTION_INFO_V1(ak_query_sql_dates);
PG_FUNCTION_INFO_V1(ak_query_sql_datetimes);

/* ---- earliest and latest ---- */

static void
refuse_slice(const AkQuery *query)
{
	if (ak_query_sliced(query))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot order a query set once a slice has been taken"),
				 errhint("Take the slice last.")));
}

/* The first row by the paths of argument 1, whatever has no value last; P0002 when there is none. */
static Datum
first_by(FunctionCallInfo fcinfo, bool latest)
{
	AkQuery    *query = ak_query_argument(fcinfo, 0, "qs");
	AkJson	   *paths = ak_query_arg_names(fcinfo, 1);
	Datum		json;
	ListCell   *cell;

	refuse_slice(query);
	if (paths->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("no path says what comes first")));
	query->ordered = true;
	query->order = ak_query_parse_order_of(query, paths, "paths");
	query->reversed = latest;
	foreach(cell, query->order)
		((AkOrder *) lfirst(cell))->nulls = latest ? "first" : "last";	/* turned round with the order */
	if (!ak_query_first(query, &json))
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("no row of model \"%s\" matches", query->model->label),
				 err_generic_string(PG_DIAG_SCHEMA_NAME, query->model->app),
				 err_generic_string(PG_DIAG_TABLE_NAME, query->model->table)));
	return json;
}

Datum
ak_query_sql_earliest(PG_FUNCTION_ARGS)
{
	return first_by(fcinfo, false);
}

Datum
ak_query_sql_latest(PG_FUNCTION_ARGS)
{
	return first_by(fcinfo, true);
}

/* ---- dates ---- */

static bool
put_value(TupleTableSlot *row, void *arg)
{
	ReturnSetInfo *result = arg;

	slot_getallattrs(row);
	tuplestore_putvalues(result->setResult, result->setDesc, row->tts_values, row->tts_isnull);
	return true;
}

/* {"$cast": {"$trunc": path, "part": part}, "as": type} */
static AkJson *
cut_off(const char *path, const char *part, const char *type)
{
	AkJson	   *trunc = ak_core_json_object();
	AkJson	   *cast = ak_core_json_object();

	ak_core_json_put(trunc, "$trunc", ak_core_json_string(path));
	ak_core_json_put(trunc, "part", ak_core_json_string(part));
	ak_core_json_put(cast, "$cast", trunc);
	ak_core_json_put(cast, "as", ak_core_json_string(type));
	return cast;
}

/* {"path__isnull": false} */
static AkJson *
not_null(const char *path)
{
	AkJson	   *condition = ak_core_json_object();

	ak_core_json_put(condition, psprintf("%s__isnull", path), ak_core_json_bool(false));
	return condition;
}

/* The different values of a date, cut off behind a part, in their order. */
static Datum
put_dates(FunctionCallInfo fcinfo, const char *type)
{
	AkQuery    *query = ak_query_argument(fcinfo, 0, "qs");
	char	   *path = ak_core_arg_cstring(fcinfo, 1, "path");
	char	   *part = ak_core_arg_cstring(fcinfo, 2, "part");
	AkPick	   *pick = palloc0(sizeof(AkPick));
	AkOrder    *order = palloc0(sizeof(AkOrder));
	AkStatement st;

	refuse_slice(query);
	ak_query_filter(query, not_null(path), false);
	pick->name = "date";
	pick->path = ak_query_unnamed_path(query, cut_off(path, part, type));
	order->path = pick->path;
	query->picked = list_make1(pick);
	query->unlike = query->ordered = true;
	query->order = list_make1(order);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	ak_core_statement_init(&st);
	ak_query_write_answer(&st, query, AK_ORDER_SHOWN);
	(void) ak_core_run(&st, AK_RUN_READ, put_value, fcinfo->resultinfo);
	return (Datum) 0;
}

Datum
ak_query_sql_dates(PG_FUNCTION_ARGS)
{
	return put_dates(fcinfo, "date");
}

Datum
ak_query_sql_datetimes(PG_FUNCTION_ARGS)
{
	return put_dates(fcinfo, "timestamptz");
}
