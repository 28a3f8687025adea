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

#include "common/hashfn.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "query/internal.h"
#include "query/shape.h"

#define GOOD_SHAPES 64

PG_FUNCTION_INFO_V1(ak_query_queryset_in);
PG_FUNCTION_INFO_V1(ak_query_queryset_out);
PG_FUNCTION_INFO_V1(ak_query_op_in);
PG_FUNCTION_INFO_V1(ak_query_op_out);
PG_FUNCTION_INFO_V1(ak_query_expression_in);
PG_FUNCTION_INFO_V1(ak_query_expression_out);

static uint64 good_shapes[GOOD_SHAPES];

/* The digest of an object's shape; 0 where there is none. */
static uint64
shape_digest(const char *source)
{
	AkShape		shape;

	ak_query_shape_init(&shape);
	if (!ak_query_shape_document(&shape, AK_SHAPE_OF_QUERY, source, strlen(source)) || shape.text[0] != '{')
		return 0;
	return hash_bytes_extended((const unsigned char *) shape.text, shape.length, 0);
}

/* Parses the text unless text of its shape was good before. */
static void
check_object(const char *source, const char *what)
{
	uint64		digest = shape_digest(source);
	uint64	   *place = &good_shapes[digest % GOOD_SHAPES];

	if (digest != 0 && *place == digest)
		return;
	ak_core_json_expect(ak_core_json_parse(source, strlen(source), what), AK_JSON_OBJECT, what);
	if (digest != 0)
		*place = digest;
}

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
	check_object(source, what);
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
