/*
 * untyped.c
 *		Text without a type: literals, and the parameters of drivers that leave
 *		types to the server.
 *
 * The field's type reads such text as it would read a literal.  Below a JSON
 * field there is no type to say whether 5 is a number or a string, so text
 * that is also JSON is marked, {"$v": "5", "as": "unknown"}, and matches
 * either there.  Text that is no JSON is a plain string.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/jsonapi.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "query/internal.h"

static bool
ends_with(const char *text, const char *ending)
{
	size_t		length = strlen(text);
	size_t		tail = strlen(ending);

	return length >= tail && strcmp(text + length - tail, ending) == 0;
}

static bool
is_json(const char *source)
{
	return pg_parse_json(ak_json_validator(source, strlen(source)), &nullSemAction) == JSON_SUCCESS;
}

AkJson *
ak_query_untyped(const char *source)
{
	AkJson	   *marked;

	if (!is_json(source))
		return ak_core_json_string(source);
	marked = ak_core_json_object();
	ak_core_json_put(marked, "$v", ak_core_json_string(source));
	ak_core_json_put(marked, "as", ak_core_json_string("unknown"));
	return marked;
}

/* An array literal as a list. */
static AkJson *
array_literal(const char *source)
{
	Datum		array = OidInputFunctionCall(F_ARRAY_IN, pstrdup(source), TEXTOID, -1);
	AkJson	   *list = ak_core_json_array();
	Datum	   *items;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &count);
	for (int i = 0; i < count; i++)
		ak_core_json_push(list, nulls[i] ? ak_core_json_null()
						  : ak_query_untyped(TextDatumGetCString(items[i])));
	return list;
}

AkJson *
ak_query_untyped_for(const char *path, const char *source)
{
	bool		list = ends_with(path, "__in") || ends_with(path, "__range");

	if (list && source[0] == '{')
		return array_literal(source);
	if (list && source[0] == '[' && is_json(source))
		return ak_core_json_parse(source, strlen(source), "the list");
	return ak_query_untyped(source);
}

AkJson *
ak_query_untyped_json(const AkJson *value)
{
	const AkJson *inner = ak_core_json_get(value, "$v");
	const AkJson *as = ak_core_json_get(value, "as");

	if (inner == NULL || inner->kind != AK_JSON_STRING ||
		as == NULL || as->kind != AK_JSON_STRING || strcmp(as->text, "unknown") != 0 || !is_json(inner->text))
		return NULL;
	return ak_core_json_parse(inner->text, strlen(inner->text), "the value");
}
