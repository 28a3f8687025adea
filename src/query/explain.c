/*
 * explain.c
 *		What a query set becomes: its SQL, and the server's plans of it.
 *
 * A fetch is a statement, and one more for each list that comes along.  What
 * a list is asked for is known only when the rows above have been read: it is
 * shown as an empty array.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "query/encode.h"

PG_FUNCTION_INFO_V1(ak_query_sql_to_sql);
PG_FUNCTION_INFO_V1(ak_query_sql_explain);

/* Gets one statement, and the list it reads (NULL: the query set's own rows). */
typedef void (*AkShowFn) (AkStatement *st, const char *list, void *arg);

/* The lists of a level, each before those below it. */
static void
show_lists(const AkLevel *level, AkShowFn show, void *arg)
{
	check_stack_depth();
	for (int i = 0; i < level->nlists; i++)
	{
		const AkLevel *list = level->lists[i];
		AkStatement st = list->statement;

		st.values = palloc(st.nparams * sizeof(Datum));
		st.nulls = palloc(st.nparams);
		memcpy(st.values, list->statement.values, st.nparams * sizeof(Datum));
		memcpy(st.nulls, list->statement.nulls, st.nparams);
		for (int n = 0; n < list->nties; n++)
		{
			st.values[n] = PointerGetDatum(construct_empty_array(get_element_type(st.types[n])));
			st.nulls[n] = ' ';
		}
		show(&st, list->name, arg);
		show_lists(list, show, arg);
	}
}

static void
show_statements(FunctionCallInfo fcinfo, AkShowFn show, void *arg)
{
	AkCompiled *compiled = ak_query_compile_fetch(ak_query_argument(fcinfo, 0, "qs"), AK_ORDER_SHOWN, NULL);

	show(&compiled->statement, NULL, arg);
	show_lists(compiled->level, show, arg);
}

static void
append_statement(AkStatement *st, const char *list, void *arg)
{
	StringInfo	out = arg;

	if (list != NULL)
		appendStringInfo(out, ";\n-- %s\n", list);
	appendStringInfoString(out, ak_core_statement_text(st));
}

Datum
ak_query_sql_to_sql(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	show_statements(fcinfo, append_statement, &out);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

static void
put_text(ReturnSetInfo *result, Datum line)
{
	bool		isnull = false;

	tuplestore_putvalues(result->setResult, result->setDesc, &line, &isnull);
}

static bool
put_line(TupleTableSlot *row, void *arg)
{
	bool		isnull;

	put_text(arg, slot_getattr(row, 1, &isnull));
	return true;
}

static void
put_plan(AkStatement *st, const char *list, void *arg)
{
	AkStatement explain = *st;

	initStringInfo(&explain.sql);
	appendStringInfo(&explain.sql, "EXPLAIN %s", st->sql.data);
	if (list != NULL)
		put_text(arg, PointerGetDatum(cstring_to_text(psprintf("-- %s", list))));
	ak_core_run(&explain, AK_RUN_DDL, put_line, arg);
}

Datum
ak_query_sql_explain(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	show_statements(fcinfo, put_plan, fcinfo->resultinfo);
	return (Datum) 0;
}
