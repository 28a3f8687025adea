/*
 * change.c
 *		Writes of whole query sets: update and delete.
 *
 * One native statement each.  Deleting hands its statement to room relation,
 * which defers the RESTRICT keys over it and counts what cascades took.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "query/row.h"

PG_FUNCTION_INFO_V1(ak_query_update);
PG_FUNCTION_INFO_V1(ak_query_delete);
PG_FUNCTION_INFO_V1(ak_query_delete_by_key);

/* update(qs, doc) → rows updated. */
Datum
ak_query_update(PG_FUNCTION_ARGS)
{
	AkQuery    *query = ak_query_argument(fcinfo, 0, "qs");
	AkJson	   *document = ak_query_arg_object(fcinfo, 1, "doc");
	AkStatement st;
	AkRow		row;

	ak_query_read_changes(query->model, document, &row);
	if (row.count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an update of model \"%s\" names no field", query->model->label)));
	ak_core_statement_init(&st);
	ak_query_write_update(&st, &row, false);
	ak_query_write_restriction(&st, query);
	PG_RETURN_INT64(ak_core_run(&st, 0, NULL, NULL));
}

static Datum
delete_query(AkQuery *query)
{
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "DELETE FROM %s AS t0", query->model->sql_name);
	ak_query_write_restriction(&st, query);
	return PointerGetDatum(ak_core_json_to_text(ak_relation_delete(query->model, &st)));
}

/* delete(qs) → {"total": n, "by_model": {…}}, cascades included. */
Datum
ak_query_delete(PG_FUNCTION_ARGS)
{
	return delete_query(ak_query_argument(fcinfo, 0, "qs"));
}

/* delete_by_key(model, VARIADIC key) → the same, for one row. */
Datum
ak_query_delete_by_key(PG_FUNCTION_ARGS)
{
	AkQuery    *query = ak_query_model_argument(fcinfo, 0);

	ak_query_filter_key(query, ak_query_key_arguments(fcinfo, 1));
	return delete_query(query);
}
