/*
 * lookup_special.c
 *		Lookups that only arrays, ranges, JSON, text or numbers have.
 *
 * Each is one operator of pg_catalog, or of pg_trgm where that is installed.
 * They win over the general lookup of the same name: contains is containment
 * where the value has members.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

/* Which values a lookup is for. */
typedef enum AkFamily
{
	AK_FAMILY_ARRAY,
	AK_FAMILY_RANGE,
	AK_FAMILY_JSON,
	AK_FAMILY_TEXT,
	AK_FAMILY_VECTOR,			/* of full text search */
	AK_FAMILY_BOUND,			/* what ranges are of */
	AK_FAMILY_OTHER
} AkFamily;

typedef struct AkSpecial
{
	AkFamily	family;
	AkLookup	lookup;
} AkSpecial;

static void write_array(AkStatement *st, const AkCondition *test);
static void write_range_contains(AkStatement *st, const AkCondition *test);
static void write_range(AkStatement *st, const AkCondition *test);
static void write_within(AkStatement *st, const AkCondition *test);
static void write_json(AkStatement *st, const AkCondition *test);
static void write_json_key(AkStatement *st, const AkCondition *test);
static void write_json_keys(AkStatement *st, const AkCondition *test);
static void write_search(AkStatement *st, const AkCondition *test);
static void write_trigram(AkStatement *st, const AkCondition *test);

static const AkSpecial specials[] = {
	{AK_FAMILY_ARRAY, {"contains", write_array, .operator = "@>"}},
	{AK_FAMILY_ARRAY, {"contained_by", write_array, .operator = "<@"}},
	{AK_FAMILY_ARRAY, {"overlap", write_array, .operator = "&&"}},
	{AK_FAMILY_RANGE, {"contains", write_range_contains, .operator = "@>"}},
	{AK_FAMILY_RANGE, {"contained_by", write_range, .operator = "<@"}},
	{AK_FAMILY_RANGE, {"overlap", write_range, .operator = "&&"}},
	{AK_FAMILY_RANGE, {"fully_lt", write_range, .operator = "<<"}},
	{AK_FAMILY_RANGE, {"fully_gt", write_range, .operator = ">>"}},
	{AK_FAMILY_RANGE, {"not_lt", write_range, .operator = "&>"}},
	{AK_FAMILY_RANGE, {"not_gt", write_range, .operator = "&<"}},
	{AK_FAMILY_RANGE, {"adjacent_to", write_range, .operator = "-|-"}},
	{AK_FAMILY_BOUND, {"contained_by", write_within, .operator = "<@"}},
	{AK_FAMILY_JSON, {"contained_by", write_json, write_json, .operator = "<@"}},
	{AK_FAMILY_JSON, {"has_key", write_json_key, write_json_key, .operator = "?"}},
	{AK_FAMILY_JSON, {"has_keys", write_json_keys, write_json_keys, .operator = "?&"}},
	{AK_FAMILY_JSON, {"has_any_keys", write_json_keys, write_json_keys, .operator = "?|"}},
	{AK_FAMILY_TEXT, {"search", write_search, .operator = "@@"}},
	{AK_FAMILY_VECTOR, {"search", write_search, .operator = "@@"}},
	{AK_FAMILY_TEXT, {"trigram_similar", write_trigram, .operator = "%"}},
	{AK_FAMILY_TEXT, {"trigram_word_similar", write_trigram, .operator = "%>"}},
	{AK_FAMILY_TEXT, {"trigram_strict_word_similar", write_trigram, .operator = "%>>"}},
};

/* ---- finding ---- */

/* The range type over values of a type that has one in pg_catalog. */
static Oid
range_over(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
			return INT4RANGEOID;
		case INT8OID:
			return INT8RANGEOID;
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			return NUMRANGEOID;
		case DATEOID:
			return DATERANGEOID;
		case TIMESTAMPOID:
			return TSRANGEOID;
		case TIMESTAMPTZOID:
			return TSTZRANGEOID;
		default:
			return InvalidOid;
	}
}

static AkFamily
family_of(Oid type)
{
	type = getBaseType(type);
	if (type == JSONOID || type == JSONBOID)
		return AK_FAMILY_JSON;
	if (type == TEXTOID || type == VARCHAROID)
		return AK_FAMILY_TEXT;
	if (type == TSVECTOROID)
		return AK_FAMILY_VECTOR;
	if (OidIsValid(get_element_type(type)))
		return AK_FAMILY_ARRAY;
	if (OidIsValid(get_range_subtype(type)))
		return AK_FAMILY_RANGE;
	return OidIsValid(range_over(type)) ? AK_FAMILY_BOUND : AK_FAMILY_OTHER;
}

const AkLookup *
ak_query_special_lookup(Oid type, const char *name)
{
	AkFamily	family = family_of(type);

	for (int i = 0; i < (int) lengthof(specials); i++)
		if (specials[i].family == family && strcmp(specials[i].lookup.name, name) == 0)
			return &specials[i].lookup;
	return NULL;
}

bool
ak_query_is_special_lookup(const char *name)
{
	for (int i = 0; i < (int) lengthof(specials); i++)
		if (strcmp(specials[i].lookup.name, name) == 0)
			return true;
	return false;
}

List *
ak_query_special_lookup_names(Oid type)
{
	List	   *names = NIL;
	AkFamily	family = family_of(type);

	for (int i = 0; i < (int) lengthof(specials); i++)
		if (specials[i].family == family)
			names = lappend(names, unconstify(char *, specials[i].lookup.name));
	return names;
}

/* ---- writing ---- */

static void
write_operator(AkStatement *st, const AkCondition *test)
{
	appendStringInfo(&st->sql, " OPERATOR(pg_catalog.%s) ", test->lookup->operator);
}

/* The path, the operator and the value. */
static void
write_test(AkStatement *st, const AkCondition *test, const AkReader *reader)
{
	if (ak_query_is_sql_null(test->value))
	{
		appendStringInfoString(&st->sql, "false");
		return;
	}
	ak_query_write_path(st, test->source, test->path);
	write_operator(st, test);
	ak_query_bind(st, test, test->value, reader);
}

AkValue
ak_query_read_as(const AkCondition *test, Oid type, const AkJson *value)
{
	AkProblems	problems = {0};
	AkValue		read;

	ak_query_refuse_null(test, ak_model_unwrap(value));
	(void) ak_model_read_typed(type, -1, test->path->text, value, &read, &problems);
	ak_core_problems_raise(&problems, NULL, NULL);
	return read;
}

/* varchar[] has no operators of its own. */
static Oid
array_type(const AkCondition *test)
{
	Oid			type = getBaseType(test->path->type);

	return get_element_type(type) == VARCHAROID ? TEXTARRAYOID : type;
}

static AkValue
read_array(const AkCondition *test, const AkJson *value)
{
	return ak_query_read_as(test, array_type(test), value);
}

static bool
write_array_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	return ak_query_write_exact_hole(st, test, hole, array_type(test));
}

static void
write_array(AkStatement *st, const AkCondition *test)
{
	static const AkReader reader = {read_array, write_array_hole};
	bool		cast = get_element_type(getBaseType(test->path->type)) == VARCHAROID;

	if (ak_query_is_sql_null(test->value))
	{
		appendStringInfoString(&st->sql, "false");
		return;
	}
	ak_query_write_path(st, test->source, test->path);
	appendStringInfoString(&st->sql, cast ? "::pg_catalog.text[]" : "");
	write_operator(st, test);
	ak_query_bind(st, test, test->value, &reader);
}

/* A list of two is a range from the first to before the second. */
static AkValue
read_range_as(const AkCondition *test, Oid type, const AkJson *value)
{
	const AkJson *list = ak_model_unwrap(value);
	AkJson	   *bounds;

	if (list->kind != AK_JSON_ARRAY)
		return ak_query_read_as(test, type, value);
	list = ak_query_list_value(test, value, 2);
	bounds = ak_core_json_object();
	ak_core_json_put(bounds, "lower", list->items[0]);
	ak_core_json_put(bounds, "upper", list->items[1]);
	return ak_query_read_as(test, type, bounds);
}

static AkValue
read_range(const AkCondition *test, const AkJson *value)
{
	return read_range_as(test, getBaseType(test->path->type), value);
}

/* Text that is not known yet may be a range or a list. */
static bool
write_range_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	return hole->type == getBaseType(test->path->type) &&
		ak_query_write_exact_hole(st, test, hole, hole->type);
}

static void
write_range(AkStatement *st, const AkCondition *test)
{
	static const AkReader reader = {read_range, write_range_hole};

	write_test(st, test, &reader);
}

static AkValue
read_element(const AkCondition *test, const AkJson *value)
{
	return ak_query_read_as(test, get_range_subtype(getBaseType(test->path->type)), value);
}

static bool
write_element_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	return ak_query_write_exact_hole(st, test, hole, get_range_subtype(getBaseType(test->path->type)));
}

/* Was the value given as a range?  A list is one, text is an element unless its type says otherwise. */
static bool
is_given_as_range(const AkCondition *test)
{
	const AkJson *as = ak_core_json_get(test->value, "as");
	AkJsonKind	kind = ak_model_unwrap(test->value)->kind;

	if (test->value->kind == AK_JSON_HOLE)
		return test->value->type == getBaseType(test->path->type);
	return kind == AK_JSON_ARRAY || kind == AK_JSON_OBJECT ||
		(as != NULL && as->kind == AK_JSON_STRING &&
		 strcmp(as->text, ak_core_type_word(getBaseType(test->path->type))) == 0);
}

static void
write_range_contains(AkStatement *st, const AkCondition *test)
{
	static const AkReader range = {read_range, write_range_hole};
	static const AkReader element = {read_element, write_element_hole};

	write_test(st, test, is_given_as_range(test) ? &range : &element);
}

static AkValue
read_around(const AkCondition *test, const AkJson *value)
{
	return read_range_as(test, range_over(getBaseType(test->path->type)), value);
}

static bool
write_around_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	return hole->type == range_over(getBaseType(test->path->type)) &&
		ak_query_write_exact_hole(st, test, hole, hole->type);
}

/* A number or date within a range. */
static void
write_within(AkStatement *st, const AkCondition *test)
{
	static const AkReader reader = {read_around, write_around_hole};
	Oid			bound = get_range_subtype(range_over(getBaseType(test->path->type)));

	if (ak_query_is_sql_null(test->value))
	{
		appendStringInfoString(&st->sql, "false");
		return;
	}
	ak_query_write_path(st, test->source, test->path);
	if (bound != getBaseType(test->path->type))
		appendStringInfo(&st->sql, "::%s", ak_core_type_name(bound, -1));
	write_operator(st, test);
	ak_query_bind(st, test, test->value, &reader);
}

/* ---- JSON ---- */

static AkValue
read_jsonb(const AkCondition *test, const AkJson *value)
{
	const AkJson *untyped = ak_query_untyped_json(value);

	return ak_query_read_as(test, JSONBOID, untyped ? untyped : value);
}

static bool
write_jsonb_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	return hole->type == JSONBOID && ak_query_write_jsonb_hole(st, test, hole);
}

/* What stands there as jsonb, the operator and the value. */
static void
write_json_test(AkStatement *st, const AkCondition *test, const AkReader *reader)
{
	if (ak_query_is_sql_null(test->value))
	{
		appendStringInfoString(&st->sql, "false");
		return;
	}
	ak_query_write_json_at(st, test, false);
	write_operator(st, test);
	ak_query_bind(st, test, test->value, reader);
}

static void
write_json(AkStatement *st, const AkCondition *test)
{
	static const AkReader reader = {read_jsonb, write_jsonb_hole};

	write_json_test(st, test, &reader);
}

static void
write_json_key(AkStatement *st, const AkCondition *test)
{
	write_json_test(st, test, &ak_query_text_reader);
}

static AkValue
read_keys(const AkCondition *test, const AkJson *value)
{
	return ak_model_read_list_of(TEXTOID, test->path->text, ak_query_list_value(test, value, -1));
}

static bool
write_keys_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	return ak_query_write_exact_hole(st, test, hole, TEXTARRAYOID);
}

static void
write_json_keys(AkStatement *st, const AkCondition *test)
{
	static const AkReader reader = {read_keys, write_keys_hole};

	write_json_test(st, test, &reader);
}

/* ---- full text ---- */

/* An expression that is a query of its own. */
static bool
write_query_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	return ak_query_write_exact_hole(st, test, hole, TSQUERYOID);
}

static const AkReader query_reader = {NULL, write_query_hole};

/* The words of the value, all of them, by the server's default configuration; or an expression's query. */
static void
write_search(AkStatement *st, const AkCondition *test)
{
	bool		vector = test->path->type == TSVECTOROID;
	bool		query = test->expression != NULL && ak_query_expression_type(test->expression) == TSQUERYOID;

	appendStringInfoString(&st->sql, vector ? "(" : "pg_catalog.to_tsvector(");
	ak_query_write_path(st, test->source, test->path);
	appendStringInfoChar(&st->sql, ')');
	write_operator(st, test);
	appendStringInfoString(&st->sql, query ? "(" : "pg_catalog.plainto_tsquery(");
	ak_query_bind(st, test, test->value, query ? &query_reader : &ak_query_text_reader);
	appendStringInfoChar(&st->sql, ')');
}

/* ---- trigrams ---- */

/* By the operator of pg_trgm, which an index of it serves. */
static void
write_trigram(AkStatement *st, const AkCondition *test)
{
	const char *schema = ak_query_extension_schema("pg_trgm", test->lookup->name);

	appendStringInfoChar(&st->sql, '(');
	ak_query_write_path(st, test->source, test->path);
	appendStringInfo(&st->sql, ")::pg_catalog.text OPERATOR(%s.%s) (", schema, test->lookup->operator);
	ak_query_bind(st, test, test->value, &ak_query_text_reader);
	appendStringInfoString(&st->sql, ")::pg_catalog.text");
}
