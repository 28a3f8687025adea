/*
 * lookup.c
 *		The table of lookups, and their tests over plain columns.
 *
 * Every operator is written with its schema, every value is bound.  LIKE's
 * wildcards in a value are escaped before it is bound, so data matches
 * literally and the text of the statement stays the same whatever is looked
 * for.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

static void write_compare(AkStatement *st, const AkCondition *test);
static void write_in(AkStatement *st, const AkCondition *test);
static void write_range(AkStatement *st, const AkCondition *test);
static void write_isnull(AkStatement *st, const AkCondition *test);
static void write_text(AkStatement *st, const AkCondition *test);
static void write_iexact(AkStatement *st, const AkCondition *test);
static void write_contains(AkStatement *st, const AkCondition *test);
static void write_regex(AkStatement *st, const AkCondition *test);

static const AkLookup lookups[] = {
	{"exact", write_compare, ak_query_write_json_exact, .strategy = BTEqualStrategyNumber},
	{"iexact", write_iexact, .operator = "~~*", .before = "", .after = ""},
	{"contains", write_contains, ak_query_write_json_contains, .operator = "~~", .before = "%", .after = "%"},
	{"icontains", write_text, .operator = "~~*", .before = "%", .after = "%"},
	{"startswith", write_text, .operator = "~~", .before = "", .after = "%"},
	{"istartswith", write_text, .operator = "~~*", .before = "", .after = "%"},
	{"endswith", write_text, .operator = "~~", .before = "%", .after = ""},
	{"iendswith", write_text, .operator = "~~*", .before = "%", .after = ""},
	{"in", write_in, ak_query_write_json_in, .strategy = BTEqualStrategyNumber},
	{"gt", write_compare, ak_query_write_json_compare, .strategy = BTGreaterStrategyNumber},
	{"gte", write_compare, ak_query_write_json_compare, .strategy = BTGreaterEqualStrategyNumber},
	{"lt", write_compare, ak_query_write_json_compare, .strategy = BTLessStrategyNumber},
	{"lte", write_compare, ak_query_write_json_compare, .strategy = BTLessEqualStrategyNumber},
	{"range", write_range, ak_query_write_json_range, .strategy = BTGreaterEqualStrategyNumber},
	{"isnull", write_isnull, ak_query_write_json_isnull, .strategy = 0},
	{"regex", write_regex, .operator = "~"},
	{"iregex", write_regex, .operator = "~*"},
};

const AkLookup *
ak_query_lookup(const char *name)
{
	for (int i = 0; i < (int) lengthof(lookups); i++)
		if (strcmp(lookups[i].name, name) == 0)
			return &lookups[i];
	return NULL;
}

const AkLookup *
ak_query_lookup_for(Oid type, const char *name)
{
	const AkLookup *lookup = OidIsValid(type) ? ak_query_special_lookup(type, name) : NULL;

	if (lookup == NULL)
		lookup = ak_query_lookup(name);
	return lookup == NULL && OidIsValid(type) ? ak_query_custom_lookup(type, name) : lookup;
}

bool
ak_query_is_built_in_lookup(const char *name)
{
	return ak_query_lookup(name) != NULL || ak_query_is_special_lookup(name);
}

List *
ak_query_lookup_names(Oid type)
{
	List	   *names = NIL;

	for (int i = 0; i < (int) lengthof(lookups); i++)
		names = lappend(names, unconstify(char *, lookups[i].name));
	if (!OidIsValid(type))
		return names;
	names = list_concat(names, ak_query_special_lookup_names(type));
	return list_concat(names, ak_query_custom_names(type, false));
}

void
ak_query_write_test(AkStatement *st, const AkCondition *test)
{
	ErrorContextCallback context;

	context.callback = ak_query_name_path;
	context.arg = unconstify(AkCondition *, test);
	context.previous = error_context_stack;
	error_context_stack = &context;
	if (test->path->keys != NIL && test->lookup->write_json != NULL)
		test->lookup->write_json(st, test);
	else
		test->lookup->write(st, test);
	error_context_stack = context.previous;
}

void
ak_query_write_pattern(AkStatement *st, const AkCondition *test)
{
	appendStringInfo(&st->sql, " OPERATOR(pg_catalog.%s) ", test->lookup->operator);
	ak_query_bind(st, test, test->value, &ak_query_pattern_reader);
}

/* ---- operands ---- */

/* json has no equality: it is compared as jsonb. */
static const char *
comparable(const AkPath *path)
{
	return getBaseType(path->type) == JSONOID ? "::pg_catalog.jsonb" : "";
}

static void
write_operand(AkStatement *st, const AkCondition *test)
{
	ak_query_write_path(st, test->source, test->path);
	appendStringInfoString(&st->sql, comparable(test->path));
}

/* The column as text, or the text below a JSON field. */
static void
write_text_operand(AkStatement *st, const AkCondition *test)
{
	Oid			type = getBaseType(test->path->type);

	if (test->path->keys != NIL)
	{
		ak_query_write_json_at(st, test, true);
		return;
	}
	ak_query_write_path(st, test->source, test->path);
	if (type != TEXTOID && type != VARCHAROID)
		appendStringInfoString(&st->sql, "::pg_catalog.text");
}

static void
write_operator(AkStatement *st, const AkPath *path, int strategy)
{
	Oid			type = getBaseType(path->type);

	appendStringInfoChar(&st->sql, ' ');
	ak_core_operator(&st->sql, ak_core_btree_operator(type == JSONOID ? JSONBOID : type, strategy));
	appendStringInfoChar(&st->sql, ' ');
}

static void
write_comparison(AkStatement *st, const AkCondition *test, int strategy, const AkJson *value,
				 const AkReader *reader)
{
	if (ak_query_is_year(test->path))
	{
		ak_query_write_year_test(st, test, strategy, reader);
		return;
	}
	write_operand(st, test);
	write_operator(st, test->path, strategy);
	ak_query_bind(st, test, value, reader);
	appendStringInfoString(&st->sql, comparable(test->path));
}

/* ---- tests ---- */

/* A to-one row that is not there shows as NULL in the column that ties it. */
static void
write_null_test(AkStatement *st, const AkCondition *test, bool wanted)
{
	const AkPath *path = test->path;

	if (path->whole && path->nsteps == path->depth)
		ak_query_write_column(st, test->source, linitial(path->steps[path->depth - 1].relation->source_fields));
	else
		ak_query_write_path(st, test->source, path);
	appendStringInfoString(&st->sql, wanted ? " IS NULL" : " IS NOT NULL");
}

/* exact, gt, gte, lt, lte. */
static void
write_compare(AkStatement *st, const AkCondition *test)
{
	if (test->lookup->strategy == BTEqualStrategyNumber && test->value->kind == AK_JSON_NULL)
		write_null_test(st, test, true);
	else
		write_comparison(st, test, test->lookup->strategy, test->value, &ak_query_field_reader);
}

/* Arrays travel as text: there is no array of them. */
static void
write_any_text(AkStatement *st, const AkCondition *test)
{
	appendStringInfo(&st->sql, "ANY (SELECT u.v::%s FROM pg_catalog.unnest(",
					 ak_core_type_name(test->path->type, -1));
	ak_query_bind(st, test, test->value, &ak_query_list_reader);
	appendStringInfoString(&st->sql, ") AS u(v))");
}

static void
write_in(AkStatement *st, const AkCondition *test)
{
	if (ak_query_is_sql_null(test->value))
	{
		appendStringInfoString(&st->sql, "false");
		return;
	}
	write_operand(st, test);
	write_operator(st, test->path, BTEqualStrategyNumber);
	if (!OidIsValid(get_array_type(test->path->type)))
	{
		write_any_text(st, test);
		return;
	}
	appendStringInfoString(&st->sql, "ANY (");
	ak_query_bind(st, test, test->value, &ak_query_list_reader);
	appendStringInfo(&st->sql, "%s)", *comparable(test->path) ? "::pg_catalog.jsonb[]" : "");
}

/* The bounds of a range are read from the list, so that both have one origin. */
static AkValue
read_from(const AkCondition *test, const AkJson *value)
{
	return ak_query_field_reader.read(test, ak_query_list_value(test, value, 2)->items[0]);
}

static AkValue
read_to(const AkCondition *test, const AkJson *value)
{
	return ak_query_field_reader.read(test, ak_query_list_value(test, value, 2)->items[1]);
}

static bool
write_from_hole(AkStatement *st, const AkCondition *test, const AkJson *value)
{
	return ak_query_write_bound_hole(st, test, value, 0, &ak_query_field_reader);
}

static bool
write_to_hole(AkStatement *st, const AkCondition *test, const AkJson *value)
{
	return ak_query_write_bound_hole(st, test, value, 1, &ak_query_field_reader);
}

static void
write_range(AkStatement *st, const AkCondition *test)
{
	static const AkReader from = {read_from, write_from_hole};
	static const AkReader to = {read_to, write_to_hole};

	if (ak_query_is_sql_null(test->value))
	{
		appendStringInfoString(&st->sql, "false");
		return;
	}
	write_comparison(st, test, BTGreaterEqualStrategyNumber, test->value, &from);
	appendStringInfoString(&st->sql, " AND ");
	write_comparison(st, test, BTLessEqualStrategyNumber, test->value, &to);
}

static void
write_isnull(AkStatement *st, const AkCondition *test)
{
	if (test->value->kind == AK_JSON_HOLE)
		ak_query_bind(st, test, test->value, &ak_query_no_reader);
	else
		write_null_test(st, test, ak_query_isnull_wanted(test->path, test->value));
}

static void
write_text(AkStatement *st, const AkCondition *test)
{
	write_text_operand(st, test);
	ak_query_write_pattern(st, test);
}

static void
write_iexact(AkStatement *st, const AkCondition *test)
{
	if (test->value->kind == AK_JSON_NULL && test->path->keys == NIL)
		write_null_test(st, test, true);
	else
		write_text(st, test);
}

/* On a JSON field containment, else a pattern. */
static void
write_contains(AkStatement *st, const AkCondition *test)
{
	if (ak_query_is_json(test->path->field))
		ak_query_write_json_contains(st, test);
	else
		write_text(st, test);
}

/* The pattern is the caller's; a bad one is the server's own error. */
static void
write_regex(AkStatement *st, const AkCondition *test)
{
	write_text_operand(st, test);
	appendStringInfo(&st->sql, " OPERATOR(pg_catalog.%s) ", test->lookup->operator);
	ak_query_bind(st, test, test->value, &ak_query_text_reader);
}
