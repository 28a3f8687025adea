/*
 * hole.c
 *		Values that are known only when the statement runs, as SQL.
 *
 * A hole's parameter has the type of the value, and what the document's
 * reader would do to the value is written around it, so that an index on the
 * column serves as it does in a statement by hand: types that compare with
 * the column's are left as they are, text is read by the column's type,
 * numbers are widened.  Where reading it would do more than a cast that loses
 * nothing, the value does not fit and the call stays a function.
 *
 * A NULL matches nothing, which comparisons do of themselves.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

/* ---- types ---- */

/* Text, and the text of drivers, which the field's type reads. */
static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == UNKNOWNOID;
}

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_timestamp(Oid type)
{
	return type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

static bool
is_json(Oid type)
{
	return type == JSONOID || type == JSONBOID;
}

/* Does a value of the type compare with the field as it is? */
static bool
compares(Oid field, Oid given)
{
	if (is_json(field) || is_json(given))
		return false;
	return field == given || (is_integer(field) && is_integer(given)) ||
		(is_text(field) && is_text(given)) ||
		(is_timestamp(field) && (is_timestamp(given) || given == DATEOID));
}

/* May text of drivers stand for a whole row? */
static bool
may_be_row(const AkCondition *test, const AkJson *hole)
{
	return test->path->whole && hole->type == UNKNOWNOID;
}

/* Is the value brought to the field's type without loss, or, as text, read by it? */
static bool
converts(Oid field, Oid given)
{
	if (is_json(field) || is_json(given))
		return false;
	return (field == NUMERICOID && is_integer(given)) ||
		(field == FLOAT8OID && (is_integer(given) || given == NUMERICOID)) ||
		(is_text(field) && given == UUIDOID) || is_text(given);
}

/* Is a whole number brought to a type that holds all of the given one? */
static bool
widens(Oid field, Oid given)
{
	return (field == INT8OID && (given == INT4OID || given == INT2OID)) ||
		(field == INT4OID && given == INT2OID);
}

/* ---- writing ---- */

/* $n */
static void
write_hole(AkStatement *st, const AkCondition *test, const AkJson *hole, Oid type)
{
	AkOrigin   *origin;

	if (test->expression != NULL)
	{
		ak_query_write_expression(st, test->expression);
		return;
	}
	origin = palloc0(sizeof(AkOrigin));
	ak_core_bind(st, type == UNKNOWNOID ? TEXTOID : type, (Datum) 0, true);
	origin->test = test;
	origin->value = hole;
	ak_core_bind_origin(st, origin);
}

/* The parameter of the hole once more. */
static void
write_again(AkStatement *st)
{
	ak_core_bind_again(st, st->nparams);
}

/* $n::type */
static void
write_cast(AkStatement *st, const AkCondition *test, const AkJson *hole, Oid type, const char *suffix)
{
	write_hole(st, test, hole, hole->type);
	appendStringInfo(&st->sql, "::%s%s", ak_core_type_name(type, -1), suffix);
}

/* Is a value brought into a normal form before it is compared? */
static bool
normalizes(const AkCondition *test)
{
	return !ak_query_is_computed(test->path) && ak_model_normalizes(test->path->field);
}

/* Is a value given through a function before it is compared?  What the row itself computes is in its stored form. */
static bool
reads_otherwise(const AkCondition *test)
{
	return test->expression == NULL && !ak_query_is_computed(test->path) && ak_model_reads_otherwise(test->path->field);
}

/* The text in the field's normal form; false where SQL cannot say it. */
static bool
write_normal(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	const AkField *field = test->path->field;
	const char *form = field->type->normalize_sql;
	const char *place = form ? strstr(form, "%s") : NULL;

	if (place == NULL || !is_text(hole->type) || OidIsValid(get_element_type(field->typid)))
		return false;
	appendBinaryStringInfo(&st->sql, form, place - form);
	write_hole(st, test, hole, hole->type);
	appendStringInfoString(&st->sql, "::pg_catalog.text");
	appendStringInfoString(&st->sql, place + 2);
	return true;
}

/*
 * Text that is a key, or a row as an object, which stands for its key:
 * (CASE WHEN it begins with a brace THEN it ->> 'id' ELSE it END)::type
 */
static bool
write_row_or_key(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	const AkStep *step = &test->path->steps[test->path->depth - 1];
	const AkField *key = ak_query_value_field(step);

	if (key == NULL)
		return false;
	appendStringInfoString(&st->sql, "(CASE WHEN pg_catalog.left(");
	write_hole(st, test, hole, hole->type);
	appendStringInfoString(&st->sql, ", 1) OPERATOR(pg_catalog.=) '{' THEN ");
	write_again(st);
	appendStringInfo(&st->sql, "::pg_catalog.json OPERATOR(pg_catalog.->>) %s ELSE ",
					 quote_literal_cstr(key->json_name));
	write_again(st);
	appendStringInfo(&st->sql, " END)::%s", ak_core_type_name(getBaseType(test->path->type), -1));
	return true;
}

/* jsonb as it is; the null of a value is an SQL NULL, as in a document. */
static void
write_jsonb(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	if (test->expression != NULL)
	{
		write_hole(st, test, hole, hole->type);
		return;
	}
	appendStringInfoString(&st->sql, "CASE WHEN ");
	write_hole(st, test, hole, hole->type);
	appendStringInfoString(&st->sql, " OPERATOR(pg_catalog.<>) 'null'::pg_catalog.jsonb THEN ");
	write_again(st);
	appendStringInfoString(&st->sql, " END");
}

/* An expression over the row compares as it does in SQL, where any two numbers do. */
static bool
is_wider_number(const AkCondition *test, Oid type, Oid given)
{
	return test->expression != NULL && !ak_query_is_year(test->path) && ak_query_is_number(type) && ak_query_is_number(given);
}

bool
ak_query_write_field_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	Oid			type = getBaseType(test->path->type);

	if (reads_otherwise(test))
		return false;
	if (normalizes(test))
		return write_normal(st, test, hole);
	if (is_json(type) && hole->type == JSONBOID)
	{
		write_jsonb(st, test, hole);
		return true;
	}
	/* A year is the argument of a function, which takes no wider type. */
	if (ak_query_is_year(test->path) && hole->type == INT8OID)
		return false;
	if (may_be_row(test, hole))
		return write_row_or_key(st, test, hole);
	if (compares(type, hole->type) || is_wider_number(test, type, hole->type))
		write_hole(st, test, hole, hole->type);
	else if (converts(type, hole->type))
		write_cast(st, test, hole, type, "");
	else
		return false;
	return true;
}

/*
 * Text of drivers is a JSON list where it begins as one, else an array:
 * CASE WHEN it begins with a bracket THEN its elements ELSE it::type[] END
 */
static void
write_text_list(AkStatement *st, const AkCondition *test, const AkJson *hole, Oid type)
{
	const char *name = ak_core_type_name(type, -1);

	appendStringInfoString(&st->sql, "CASE WHEN pg_catalog.left(");
	write_hole(st, test, hole, hole->type);
	appendStringInfo(&st->sql, ", 1) OPERATOR(pg_catalog.=) '[' THEN ARRAY(SELECT e.v::%s"
					 " FROM pg_catalog.json_array_elements_text(", name);
	write_again(st);
	appendStringInfoString(&st->sql, "::pg_catalog.json) AS e(v)) ELSE ");
	write_again(st);
	appendStringInfo(&st->sql, "::%s[] END", name);
}

/* An array, of what compares with the type or is brought to it. */
static bool
write_array(AkStatement *st, const AkCondition *test, const AkJson *hole, Oid type)
{
	Oid			given = get_element_type(hole->type);

	if (!OidIsValid(given))
		return false;
	if (compares(type, given))
		write_hole(st, test, hole, hole->type);
	else if (converts(type, given))
		write_cast(st, test, hole, type, "[]");
	else
		return false;
	return true;
}

bool
ak_query_write_list_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	Oid			type = getBaseType(test->path->type);

	if (!OidIsValid(get_array_type(type)) || normalizes(test) || reads_otherwise(test))
		return false;
	if (hole->type != UNKNOWNOID)
		return write_array(st, test, hole, type);
	if (is_json(type) || test->path->whole)
		return false;
	write_text_list(st, test, hole, type);
	return true;
}

/* Are the members of a list brought to a type?  Text among them is read by no type but text. */
static bool
members_convert(Oid type, Oid given)
{
	return is_text(given) ? is_text(type) : converts(type, given) || widens(type, given);
}

/* A value of the type, for an operator that takes no other; an array's members and a number may be brought to it. */
bool
ak_query_write_exact_hole(AkStatement *st, const AkCondition *test, const AkJson *hole, Oid type)
{
	Oid			element = get_element_type(type);

	if (hole->type == type)
		write_hole(st, test, hole, hole->type);
	else if (OidIsValid(element) && members_convert(element, get_element_type(hole->type)))
		write_cast(st, test, hole, element, "[]");
	else if (!OidIsValid(element) && (converts(type, hole->type) || widens(type, hole->type)))
		write_cast(st, test, hole, type, "");
	else
		return false;
	return true;
}

/* Does the value have one text, whatever the session's settings? */
static bool
has_one_text(Oid type)
{
	return is_text(type) || is_integer(type) || type == NUMERICOID || type == BOOLOID || type == UUIDOID;
}

bool
ak_query_write_text_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	if (!has_one_text(hole->type))
		return false;
	if (is_text(hole->type))
		write_hole(st, test, hole, hole->type);
	else
		write_cast(st, test, hole, TEXTOID, "");
	return true;
}

/* Where text of drivers may be JSON, its lookup may be containment. */
static bool
may_be_container(const AkCondition *test, const AkJson *hole)
{
	return hole->type == UNKNOWNOID && test->path->keys != NIL && strcmp(test->lookup->name, "contains") == 0;
}

/* The text with LIKE's wildcards escaped, between what the lookup puts around it. */
bool
ak_query_write_pattern_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	if (!has_one_text(hole->type) || may_be_container(test, hole))
		return false;
	appendStringInfo(&st->sql, "(%s::pg_catalog.text OPERATOR(pg_catalog.||) "
					 "pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(",
					 quote_literal_cstr(test->lookup->before));
	write_cast(st, test, hole, TEXTOID, "");
	appendStringInfo(&st->sql, ", E'\\\\', E'\\\\\\\\'), '%%', E'\\\\%%'), '_', E'\\\\_') "
					 "OPERATOR(pg_catalog.||) %s::pg_catalog.text)",
					 quote_literal_cstr(test->lookup->after));
	return true;
}

/* Does to_jsonb() say of a value of the type what a document says? */
static bool
has_json_form(Oid type)
{
	return is_integer(type) || type == NUMERICOID || type == BOOLOID || type == TEXTOID || type == VARCHAROID;
}

/* jsonb, or a scalar as such; text of drivers may be a string or the JSON that it writes. */
bool
ak_query_write_jsonb_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	if (hole->type == JSONBOID)
	{
		write_jsonb(st, test, hole);
		return true;
	}
	if (!has_json_form(hole->type))
		return false;
	appendStringInfoString(&st->sql, "pg_catalog.to_jsonb(");
	write_hole(st, test, hole, hole->type);
	appendStringInfoChar(&st->sql, ')');
	return true;
}

/* A list of scalars as jsonb[]. */
bool
ak_query_write_jsonb_list_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	if (!has_json_form(get_element_type(hole->type)))
		return false;
	appendStringInfoString(&st->sql, "ARRAY(SELECT pg_catalog.to_jsonb(e.v) FROM pg_catalog.unnest(");
	write_hole(st, test, hole, hole->type);
	appendStringInfoString(&st->sql, ") AS e(v))");
	return true;
}

bool
ak_query_write_number_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	if (!is_integer(hole->type) && hole->type != NUMERICOID)
		return false;
	write_cast(st, test, hole, NUMERICOID, "");
	return true;
}

bool
ak_query_write_bound_hole(AkStatement *st, const AkCondition *test, const AkJson *list, int n,
						  const AkReader *reader)
{
	if (list->kind == AK_JSON_HOLE)
		return false;
	ak_query_bind(st, test, ak_query_list_value(test, list, 2)->items[n], reader);
	return !st->unfit;
}
