/*
 * explain.c
 *		What a query set becomes: its SQL, and the server's plan of it.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "query/internal.h"

PG_FUNCTION_INFO_V1(ak_query_sql_to_sql);
PG_FUNCTION_INFO_V1(ak_query_sql_explain);

/* Writes the statement that fetch runs. */
static void
write_statement(AkStatement *st, FunctionCallInfo fcinfo)
{
	ak_query_write_json_select(st, ak_query_argument(fcinfo, 0, "qs"), AK_ORDER_SHOWN);
}

Datum
ak_query_sql_to_sql(PG_FUNCTION_ARGS)
{
	AkStatement st;

	ak_core_statement_init(&st);
	write_statement(&st, fcinfo);
	PG_RETURN_TEXT_P(cstring_to_text(ak_core_statement_text(&st)));
}

static bool
put_line(TupleTableSlot *row, void *arg)
{
	ReturnSetInfo *result = arg;
	bool		isnull;
	Datum		line = slot_getattr(row, 1, &isnull);

	tuplestore_putvalues(result->setResult, result->setDesc, &line, &isnull);
	return true;
}

Datum
ak_query_sql_explain(PG_FUNCTION_ARGS)
{
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, "EXPLAIN ");
	write_statement(&st, fcinfo);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	ak_core_run(&st, AK_RUN_DDL, put_line, fcinfo->resultinfo);
	return (Datum) 0;
}
