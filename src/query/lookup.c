/*
 * lookup.c
 *		The table of lookups, and their tests over plain columns.
 *
 * Every operator is written with its schema, every value is bound.  Patterns
 * are built here: LIKE's wildcards in the value are escaped before they are
 * bound, so data matches literally and the text of the statement stays the
 * same whatever is looked for.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
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

List *
ak_query_lookup_names(void)
{
	List	   *names = NIL;

	for (int i = 0; i < (int) lengthof(lookups); i++)
		names = lappend(names, unconstify(char *, lookups[i].name));
	return names;
}

/* Names the path in errors that come from reading its value. */
static void
on_error(void *arg)
{
	const AkCondition *test = arg;

	errcontext("condition on \"%s\"", test->path->text);
}

void
ak_query_write_test(AkStatement *st, const AkCondition *test)
{
	ErrorContextCallback context;

	context.callback = on_error;
	context.arg = unconstify(AkCondition *, test);
	context.previous = error_context_stack;
	error_context_stack = &context;
	if (test->path->keys != NIL && test->lookup->write_json != NULL)
		test->lookup->write_json(st, test);
	else
		test->lookup->write(st, test);
	error_context_stack = context.previous;
}

/* ---- values ---- */

void
ak_query_refuse_null(const AkCondition *test, const AkJson *value)
{
	if (value->kind == AK_JSON_NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the value for \"%s\" must not be null", test->path->text),
				 errhint("Rows without a value are found by \"isnull\".")));
}

const AkJson *
ak_query_list_value(const AkCondition *test, int count)
{
	const AkJson *list = ak_model_unwrap(test->value);

	if (list->kind != AK_JSON_ARRAY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the value for \"%s\" must be a list, not %s",
						test->path->text, ak_core_json_kind_name(list->kind))));
	if (count >= 0 && list->size != count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the value for \"%s\" must be a list of %d values, not %d",
						test->path->text, count, list->size)));
	return list;
}

/* Untyped text for a JSON field is the JSON it writes. */
static const AkJson *
field_value(const AkField *field, const AkJson *value)
{
	AkJson	   *json = ak_query_is_json(field) ? ak_query_untyped_json(value) : NULL;

	return json ? json : value;
}

/* Binds one value, read as the field reads it. */
static void
bind_value(AkStatement *st, const AkCondition *test, const AkJson *value)
{
	const AkField *field = test->path->field;
	AkProblems	problems = {0};
	AkValue		read = {.type = field->typid, .isnull = true};
	ListCell   *cell;

	ak_query_refuse_null(test, value);
	if (!ak_query_is_sql_null(value))
		(void) ak_model_read(field, field_value(field, value), &read, &problems);
	foreach(cell, problems.list)
		((AkProblem *) lfirst(cell))->field = pstrdup(test->path->text);
	ak_core_problems_raise(&problems, field->model->app, field->model->table);
	ak_core_bind(st, read.type, read.datum, read.isnull);
}

/* Puts a backslash before each character that LIKE would take for more than itself. */
static void
append_escaped(StringInfo out, const char *text)
{
	for (; *text; text++)
	{
		if (*text == '%' || *text == '_' || *text == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, *text);
	}
}

/* The text of a scalar value; NULL for an SQL NULL. */
static char *
text_value(const AkCondition *test)
{
	const AkJson *value = ak_model_unwrap(test->value);

	if (ak_query_is_sql_null(test->value))
		return NULL;
	ak_query_refuse_null(test, value);
	switch (value->kind)
	{
		case AK_JSON_STRING:
		case AK_JSON_NUMBER:
			return value->text;
		case AK_JSON_BOOL:
			return pstrdup(value->truth ? "true" : "false");
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the value for \"%s\" must be text, not %s",
							test->path->text, ak_core_json_kind_name(value->kind))));
	}
	return NULL;
}

static void
bind_text(AkStatement *st, const char *value)
{
	if (value == NULL)
		ak_core_bind(st, TEXTOID, (Datum) 0, true);
	else
		ak_core_bind_text(st, value);
}

void
ak_query_write_pattern(AkStatement *st, const AkCondition *test)
{
	char	   *value = text_value(test);
	StringInfoData pattern;

	if (value != NULL)
	{
		initStringInfo(&pattern);
		appendStringInfoString(&pattern, test->lookup->before);
		append_escaped(&pattern, value);
		appendStringInfoString(&pattern, test->lookup->after);
		value = pattern.data;
	}
	appendStringInfo(&st->sql, " OPERATOR(pg_catalog.%s) ", test->lookup->operator);
	bind_text(st, value);
}

/* ---- operands ---- */

/* json has no equality: it is compared as jsonb. */
static const char *
comparable(const AkField *field)
{
	return getBaseType(field->typid) == JSONOID ? "::pg_catalog.jsonb" : "";
}

static void
write_operand(AkStatement *st, const AkCondition *test)
{
	ak_query_write_column(st, test->source, test->path->field);
	appendStringInfoString(&st->sql, comparable(test->path->field));
}

/* The column as text, or the text below a JSON field. */
static void
write_text_operand(AkStatement *st, const AkCondition *test)
{
	Oid			type = getBaseType(test->path->field->typid);

	if (test->path->keys != NIL)
	{
		ak_query_write_json_at(st, test, true);
		return;
	}
	ak_query_write_column(st, test->source, test->path->field);
	if (type != TEXTOID && type != VARCHAROID)
		appendStringInfoString(&st->sql, "::pg_catalog.text");
}

static void
write_operator(AkStatement *st, const AkField *field, int strategy)
{
	Oid			type = getBaseType(field->typid);

	appendStringInfoChar(&st->sql, ' ');
	ak_core_operator(&st->sql, ak_core_btree_operator(type == JSONOID ? JSONBOID : type, strategy));
	appendStringInfoChar(&st->sql, ' ');
}

static void
write_comparison(AkStatement *st, const AkCondition *test, int strategy, const AkJson *value)
{
	write_operand(st, test);
	write_operator(st, test->path->field, strategy);
	bind_value(st, test, value);
	appendStringInfoString(&st->sql, comparable(test->path->field));
}

/* ---- tests ---- */

/* A to-one row that is not there shows as NULL in the column that ties it. */
static void
write_null_test(AkStatement *st, const AkCondition *test, bool wanted)
{
	const AkPath *path = test->path;
	const AkField *field = path->field;

	if (path->whole && path->nsteps == path->depth)
		field = path->steps[path->depth - 1].relation->field;
	ak_query_write_column(st, test->source, field);
	appendStringInfoString(&st->sql, wanted ? " IS NULL" : " IS NOT NULL");
}

/* exact, gt, gte, lt, lte. */
static void
write_compare(AkStatement *st, const AkCondition *test)
{
	if (test->lookup->strategy == BTEqualStrategyNumber && test->value->kind == AK_JSON_NULL)
		write_null_test(st, test, true);
	else
		write_comparison(st, test, test->lookup->strategy, test->value);
}

/* Arrays travel as text: there is no array of them. */
static void
write_any_text(AkStatement *st, const AkField *field, const AkValue *list)
{
	appendStringInfo(&st->sql, "ANY (SELECT u.v::%s FROM pg_catalog.unnest(", ak_core_type_name(field->typid, -1));
	ak_core_bind(st, list->type, list->datum, list->isnull);
	appendStringInfoString(&st->sql, ") AS u(v))");
}

/* One array parameter, so that the length of the list is no part of the statement. */
static void
write_in(AkStatement *st, const AkCondition *test)
{
	const AkField *field = test->path->field;
	AkJson	   *members;
	AkValue		list;

	if (ak_query_is_sql_null(test->value))
	{
		appendStringInfoString(&st->sql, "false");
		return;
	}
	members = ak_core_json_copy(ak_query_list_value(test, -1));
	for (int i = 0; i < members->size; i++)
		members->items[i] = unconstify(AkJson *, field_value(field, members->items[i]));
	list = ak_model_read_list(field, members);
	write_operand(st, test);
	write_operator(st, field, BTEqualStrategyNumber);
	if (!OidIsValid(get_array_type(field->typid)))
	{
		write_any_text(st, field, &list);
		return;
	}
	appendStringInfoString(&st->sql, "ANY (");
	ak_core_bind(st, list.type, list.datum, list.isnull);
	appendStringInfo(&st->sql, "%s)", *comparable(field) ? "::pg_catalog.jsonb[]" : "");
}

static void
write_range(AkStatement *st, const AkCondition *test)
{
	const AkJson *list;

	if (ak_query_is_sql_null(test->value))
	{
		appendStringInfoString(&st->sql, "false");
		return;
	}
	list = ak_query_list_value(test, 2);
	write_comparison(st, test, BTGreaterEqualStrategyNumber, list->items[0]);
	appendStringInfoString(&st->sql, " AND ");
	write_comparison(st, test, BTLessEqualStrategyNumber, list->items[1]);
}

static void
write_isnull(AkStatement *st, const AkCondition *test)
{
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
	bind_text(st, text_value(test));
}
