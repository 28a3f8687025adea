/*
 * types.c
 *		The types queryset, query_op and expression: a JSON object as it was
 *		written.
 *
 * All are stored as text.  Input sees to it that an object was given, once;
 * what its keys mean is read when the query set runs, because that depends on
 * the models of that moment.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "query/internal.h"

PG_FUNCTION_INFO_V1(ak_query_queryset_in);
PG_FUNCTION_INFO_V1(ak_query_queryset_out);
PG_FUNCTION_INFO_V1(ak_query_op_in);
PG_FUNCTION_INFO_V1(ak_query_op_out);
PG_FUNCTION_INFO_V1(ak_query_expression_in);
PG_FUNCTION_INFO_V1(ak_query_expression_out);

/* Takes the text of a JSON object. */
static Datum
object_in(const char *source, const char *what, const char *hint)
{
	const char *first = source + strspn(source, " \t\r\n");

	if (*first == '\0' || strchr("{[\"", *first) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("%s must be an object, not \"%s\"", what, source),
				 errhint("%s", hint)));
	ak_core_json_expect(ak_core_json_parse(source, strlen(source), what), AK_JSON_OBJECT, what);
	PG_RETURN_TEXT_P(cstring_to_text(source));
}

Datum
ak_query_queryset_in(PG_FUNCTION_ARGS)
{
	return object_in(PG_GETARG_CSTRING(0), "a query set",
					 "Write {\"model\": \"app.Name\", ...}, or objects(model, ...).");
}

Datum
ak_query_queryset_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(TextDatumGetCString(PG_GETARG_DATUM(0)));
}

Datum
ak_query_op_in(PG_FUNCTION_ARGS)
{
	return object_in(PG_GETARG_CSTRING(0), "a query op",
					 "Builders like filter() and order_by() make one.");
}

Datum
ak_query_op_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(TextDatumGetCString(PG_GETARG_DATUM(0)));
}

Datum
ak_query_expression_in(PG_FUNCTION_ARGS)
{
	return object_in(PG_GETARG_CSTRING(0), "an expression",
					 "Write {\"$f\": \"path\"} or {\"$add\": [...]}.");
}

Datum
ak_query_expression_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(TextDatumGetCString(PG_GETARG_DATUM(0)));
}
