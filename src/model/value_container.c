/*
 * value_container.c
 *		Arrays and ranges in documents.
 *
 * An array is a JSON list, a range the text PostgreSQL gives out or an object
 * {"lower": …, "upper": …, "bounds": "[)"}: what row_to_json() wrote can be
 * read again.  Both go through the type's input function as text in which
 * every member is quoted, so that each has one meaning.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "model/types.h"
#include "model/value.h"

/* ---- arrays ---- */

/* An item's kind in JSON is that of its type: "5" is no number and 1 is not true. */
static bool
item_fits(Oid type, const AkJson *item)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
			return item->kind == AK_JSON_NUMBER;
		case BOOLOID:
			return item->kind == AK_JSON_BOOL;
		default:
			return item->kind != AK_JSON_ARRAY;
	}
}

static const char *
item_wanted(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return "a whole number";
		case FLOAT4OID:
		case FLOAT8OID:
			return "a number";
		case BOOLOID:
			return "true or false";
		default:
			return "a single value";
	}
}

/* Reads the items one by one; messages name them field[n]. */
static bool
read_items(const AkReading *r, const AkJson *list, Oid type, Datum *items)
{
	int			before = list_length(r->problems->list);

	for (int i = 0; i < list->size; i++)
	{
		const AkJson *item = ak_model_unwrap(list->items[i]);
		AkReading	one = {type, r->typmod, psprintf("%s[%d]", r->where, i), r->problems};
		AkValue		value = {.type = type};

		if (item->kind == AK_JSON_NULL)
			ak_core_problem(r->problems, r->where, ERRCODE_NULL_VALUE_NOT_ALLOWED, "null",
							"\"%s\" must not be null", one.where);
		else if (!item_fits(type, item))
			ak_model_refuse(&one, item, item_wanted(type));
		else if (ak_model_read_by_type(&one, item, &value))
			items[i] = value.datum;
	}
	for (int i = before; i < list_length(r->problems->list); i++)
		((AkProblem *) list_nth(r->problems->list, i))->field = pstrdup(r->where);
	return list_length(r->problems->list) == before;
}

static bool
read_list(const AkReading *r, const AkJson *list, AkValue *out)
{
	Oid			type = get_element_type(r->type);
	Datum	   *items = palloc(sizeof(Datum) * Max(list->size, 1));
	int16		length;
	bool		byval;
	char		align;

	if (!read_items(r, list, type, items))
		return false;
	get_typlenbyvalalign(type, &length, &byval, &align);
	out->datum = PointerGetDatum(construct_array(items, list->size, type, length, byval, align));
	return true;
}

/* PostgreSQL's {…}, as literals and drivers' untyped parameters write arrays: one level, no NULL. */
static bool
read_literal(const AkReading *r, const AkJson *value, AkValue *out)
{
	ArrayType  *array;

	if (!ak_model_read_text(r, value->text, out))
		return false;
	array = DatumGetArrayTypeP(out->datum);
	if (ARR_NDIM(array) > 1 || array_contains_nulls(array))
		return ak_model_refuse(r, value, "a list of single values");
	return true;
}

bool
ak_model_read_array(const AkReading *r, const AkJson *value, AkValue *out)
{
	const char *text;

	if (value->kind == AK_JSON_ARRAY)
		return read_list(r, value, out);
	if (value->kind != AK_JSON_STRING)
		return ak_model_refuse(r, value, "a list");
	text = ak_model_trimmed(value->text);
	if (*text == '{' && text[strlen(text) - 1] == '}')
		return read_literal(r, value, out);
	if (*text == '[' && text[strlen(text) - 1] == ']')
		return read_list(r, ak_core_json_parse(text, strlen(text), "the list"), out);
	return ak_model_refuse(r, value, "a list");
}

/* ---- ranges ---- */

/* A bound as text, quoted; "" for one that is open. */
static bool
read_bound(const AkReading *r, const AkJson *object, const char *which, char **text)
{
	AkReading	bound = *r;
	const AkJson *value = ak_core_json_get(object, which);
	AkValue		read;
	StringInfoData quoted;

	*text = "";
	if (value == NULL || value->kind == AK_JSON_NULL)
		return true;
	bound.type = get_range_subtype(r->type);
	bound.typmod = -1;
	if (!ak_model_read_by_type(&bound, value, &read))
		return false;
	initStringInfo(&quoted);
	appendStringInfoChar(&quoted, '"');
	for (char *c = ak_core_output_iso(bound.type, read.datum); *c; c++)
	{
		if (*c == '"' || *c == '\\')
			appendStringInfoChar(&quoted, *c);
		appendStringInfoChar(&quoted, *c);
	}
	appendStringInfoChar(&quoted, '"');
	*text = quoted.data;
	return true;
}

static bool
is_range_word(const char *key)
{
	return strcmp(key, "lower") == 0 || strcmp(key, "upper") == 0 || strcmp(key, "bounds") == 0;
}

/* {"lower": …, "upper": …, "bounds": "[)"}; a bound that is absent or null is open. */
static bool
read_object(const AkReading *r, const AkJson *object, AkValue *out)
{
	static const char *const kinds[] = {"[)", "[]", "(]", "()"};
	const AkJson *given = ak_core_json_get(object, "bounds");
	const char *bounds = given == NULL ? kinds[0] : NULL;
	char	   *lower;
	char	   *upper;

	for (int i = 0; i < object->size; i++)
		if (!is_range_word(object->keys[i]))
			return ak_model_refuse(r, object, "a range with \"lower\", \"upper\" and \"bounds\"");
	for (int i = 0; given != NULL && given->kind == AK_JSON_STRING && i < lengthof(kinds); i++)
		if (strcmp(given->text, kinds[i]) == 0)
			bounds = kinds[i];
	if (bounds == NULL)
		return ak_model_refuse(r, given, "a range whose bounds are [), [], (] or ()");
	if (!read_bound(r, object, "lower", &lower) || !read_bound(r, object, "upper", &upper))
		return false;
	return ak_model_read_text(r, psprintf("%c%s,%s%c", bounds[0], lower, upper, bounds[1]), out);
}

/* Words such as "today" would be frozen at the moment of reading: bounds are ISO text. */
static bool
bounds_are_iso(Oid type, const char *text)
{
	const char *comma = strchr(text, ',');
	const char *lower = text + strspn(text, "[( \"");
	const char *upper;

	if (comma == NULL)
		return true;			/* "empty", or nothing the input function takes */
	upper = comma + 1 + strspn(comma + 1, " \"");
	return (*lower == ',' || *lower == '\0' || ak_model_is_iso(type, lower)) &&
		(*upper == ']' || *upper == ')' || *upper == '\0' || ak_model_is_iso(type, upper));
}

bool
ak_model_read_range(const AkReading *r, const AkJson *value, AkValue *out)
{
	Oid			subtype = get_range_subtype(r->type);

	if (value->kind == AK_JSON_OBJECT)
		return read_object(r, value, out);
	if (value->kind != AK_JSON_STRING)
		return ak_model_refuse(r, value, "a range, as text or as an object");
	if ((subtype == DATEOID || subtype == TIMESTAMPOID || subtype == TIMESTAMPTZOID) &&
		!bounds_are_iso(subtype, ak_model_trimmed(value->text)))
		return ak_model_refuse(r, value, "a range of dates in ISO form");
	return ak_model_read_text(r, value->text, out);
}
