/*
 * jsonpath.c
 *		Tests below a JSON field: meta__author__age__gt.
 *
 * The keys are one text[] parameter of #> and #>>, where a whole number is
 * also the place in a list.  Equality compares jsonb, so 1 equals 1.0 and not
 * "1", but untyped text 1 equals both; patterns read the text there; gt, gte, lt, lte and range compare
 * numbers and match nothing else.  null equals a JSON null, isnull asks
 * whether the key is absent.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

/* The keys as one array parameter; the same one for the same keys, as DISTINCT ON and its order have to be alike. */
static void
bind_keys(AkStatement *st, const AkCondition *test)
{
	List	   *keys = test->path->keys;
	Datum	   *items = palloc(sizeof(Datum) * Max(list_length(keys), 1));
	ArrayType  *array;
	int			n = 0;
	ListCell   *cell;

	foreach(cell, keys)
		items[n++] = CStringGetTextDatum(lfirst(cell));
	array = construct_array(items, n, TEXTOID, -1, false, TYPALIGN_INT);
	for (int i = 0; i < st->nparams; i++)
		if (st->types[i] == TEXTARRAYOID && st->nulls[i] == ' ' && st->origins[i] == NULL &&
			datumIsEqual(st->values[i], PointerGetDatum(array), false, -1))
		{
			ak_core_bind_again(st, i + 1);
			return;
		}
	ak_core_bind(st, TEXTARRAYOID, PointerGetDatum(array), false);
}

static void
write_field(AkStatement *st, const AkCondition *test)
{
	ak_query_write_column(st, test->source, test->path->field);
	if (getBaseType(test->path->field->typid) == JSONOID)
		appendStringInfoString(&st->sql, "::pg_catalog.jsonb");
}

/* (column #> keys), or as text; the field itself where there are no keys. */
void
ak_query_write_json_at(AkStatement *st, const AkCondition *test, bool as_text)
{
	if (test->path->keys == NIL && !as_text)
	{
		write_field(st, test);
		return;
	}
	appendStringInfoChar(&st->sql, '(');
	write_field(st, test);
	appendStringInfo(&st->sql, " OPERATOR(pg_catalog.%s) ", as_text ? "#>>" : "#>");
	bind_keys(st, test);
	appendStringInfoChar(&st->sql, ')');
}

static Datum
jsonb_of(const AkJson *value)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(ak_core_json_to_cstring(value)));
}

/* The value as jsonb. */
static AkValue
read_jsonb(const AkCondition *test, const AkJson *value)
{
	AkValue		read = {.type = JSONBOID, .isnull = ak_query_is_sql_null(value)};

	if (!read.isnull)
		read.datum = jsonb_of(ak_model_unwrap(value));
	return read;
}

static const AkReader jsonb_reader = {read_jsonb, ak_query_write_jsonb_hole};

/* The values as jsonb[], nulls dropped; untyped text both as a string and as the JSON it is. */
static Datum
jsonb_list(AkJson **values, int count)
{
	Datum	   *items = palloc(sizeof(Datum) * Max(count * 2, 1));
	int			n = 0;

	for (int i = 0; i < count; i++)
	{
		const AkJson *plain = ak_model_unwrap(values[i]);
		const AkJson *untyped = ak_query_untyped_json(values[i]);

		if (plain->kind != AK_JSON_NULL)
			items[n++] = jsonb_of(plain);
		if (untyped != NULL && untyped->kind != AK_JSON_NULL)
			items[n++] = jsonb_of(untyped);
	}
	return PointerGetDatum(construct_array(items, n, JSONBOID, -1, false, TYPALIGN_INT));
}

static AkValue
read_jsonb_list(const AkCondition *test, const AkJson *value)
{
	const AkJson *list = ak_query_list_value(test, value, -1);
	AkValue		read = {.type = JSONBARRAYOID};

	read.datum = jsonb_list(list->items, list->size);
	return read;
}

static const AkReader jsonb_list_reader = {read_jsonb_list, ak_query_write_jsonb_list_hole};

/* The value itself, and the JSON that its text is. */
static AkValue
read_either(const AkCondition *test, const AkJson *value)
{
	AkValue		read = {.type = JSONBARRAYOID};
	AkJson	   *only = unconstify(AkJson *, value);

	read.datum = jsonb_list(&only, 1);
	return read;
}

static void
write_any(AkStatement *st, const AkCondition *test, const AkReader *reader)
{
	ak_query_write_json_at(st, test, false);
	appendStringInfoString(&st->sql, " OPERATOR(pg_catalog.=) ANY (");
	ak_query_bind(st, test, test->value, reader);
	appendStringInfoChar(&st->sql, ')');
}

void
ak_query_write_json_exact(AkStatement *st, const AkCondition *test)
{
	static const AkReader either_reader = {read_either, NULL};

	if (ak_query_untyped_json(test->value) != NULL)
	{
		write_any(st, test, &either_reader);
		return;
	}
	ak_query_write_json_at(st, test, false);
	appendStringInfoString(&st->sql, " OPERATOR(pg_catalog.=) ");
	ak_query_bind(st, test, test->value, &jsonb_reader);
}

void
ak_query_write_json_in(AkStatement *st, const AkCondition *test)
{
	if (ak_query_is_sql_null(test->value))
		appendStringInfoString(&st->sql, "false");
	else
		write_any(st, test, &jsonb_list_reader);
}

/* The value as jsonb; untyped text as the JSON it is. */
static AkValue
read_contained(const AkCondition *test, const AkJson *value)
{
	const AkJson *untyped = ak_query_untyped_json(value);

	return read_jsonb(test, untyped ? untyped : value);
}

/* Containment for the field itself, a list or an object; a pattern for a scalar below it. */
void
ak_query_write_json_contains(AkStatement *st, const AkCondition *test)
{
	static const AkReader contained_reader = {read_contained, ak_query_write_jsonb_hole};
	const AkJson *untyped = ak_query_untyped_json(test->value);
	const AkJson *value = untyped ? untyped : ak_model_unwrap(test->value);
	bool		container = value->kind == AK_JSON_OBJECT || value->kind == AK_JSON_ARRAY;

	if (test->path->keys != NIL && !container)
	{
		ak_query_write_json_at(st, test, true);
		ak_query_write_pattern(st, test);
		return;
	}
	if (!ak_query_is_sql_null(test->value))
		ak_query_refuse_null(test, value);
	ak_query_write_json_at(st, test, false);
	appendStringInfoString(&st->sql, " OPERATOR(pg_catalog.@>) ");
	ak_query_bind(st, test, test->value, &contained_reader);
}

/* The number there, NULL where something else stands. */
static void
write_number_at(AkStatement *st, const AkCondition *test)
{
	appendStringInfoString(&st->sql, "CASE WHEN pg_catalog.jsonb_typeof(");
	ak_query_write_json_at(st, test, false);
	appendStringInfoString(&st->sql, ") OPERATOR(pg_catalog.=) 'number' THEN ");
	ak_query_write_json_at(st, test, true);
	appendStringInfoString(&st->sql, "::pg_catalog.numeric END");
}

static AkValue
read_number(const AkCondition *test, const AkJson *value)
{
	const AkJson *untyped = ak_query_untyped_json(value);
	const AkJson *plain = untyped ? untyped : ak_model_unwrap(value);
	AkValue		read = {.type = NUMERICOID, .isnull = ak_query_is_sql_null(value)};

	if (read.isnull)
		return read;
	if (plain->kind != AK_JSON_NUMBER)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the value for \"%s\" must be a number, not %s",
						test->path->text, ak_core_json_kind_name(plain->kind))));
	read.datum = DirectFunctionCall3(numeric_in, CStringGetDatum(plain->text),
									 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	return read;
}

static AkValue
read_number_from(const AkCondition *test, const AkJson *value)
{
	return read_number(test, ak_query_list_value(test, value, 2)->items[0]);
}

static AkValue
read_number_to(const AkCondition *test, const AkJson *value)
{
	return read_number(test, ak_query_list_value(test, value, 2)->items[1]);
}

static void
write_number_compare(AkStatement *st, const AkCondition *test, int strategy, const AkReader *reader)
{
	static const char *const operators[] = {"", "<", "<=", "=", ">=", ">"};

	write_number_at(st, test);
	appendStringInfo(&st->sql, " OPERATOR(pg_catalog.%s) ", operators[strategy]);
	ak_query_bind(st, test, test->value, reader);
}

static const AkReader number_reader = {read_number, ak_query_write_number_hole};

static bool
write_from_hole(AkStatement *st, const AkCondition *test, const AkJson *value)
{
	return ak_query_write_bound_hole(st, test, value, 0, &number_reader);
}

static bool
write_to_hole(AkStatement *st, const AkCondition *test, const AkJson *value)
{
	return ak_query_write_bound_hole(st, test, value, 1, &number_reader);
}

void
ak_query_write_json_compare(AkStatement *st, const AkCondition *test)
{
	write_number_compare(st, test, test->lookup->strategy, &number_reader);
}

void
ak_query_write_json_range(AkStatement *st, const AkCondition *test)
{
	static const AkReader from = {read_number_from, write_from_hole};
	static const AkReader to = {read_number_to, write_to_hole};

	if (ak_query_is_sql_null(test->value))
	{
		appendStringInfoString(&st->sql, "false");
		return;
	}
	write_number_compare(st, test, BTGreaterEqualStrategyNumber, &from);
	appendStringInfoString(&st->sql, " AND ");
	write_number_compare(st, test, BTLessEqualStrategyNumber, &to);
}

void
ak_query_write_json_isnull(AkStatement *st, const AkCondition *test)
{
	if (test->value->kind == AK_JSON_HOLE)
	{
		ak_query_bind(st, test, test->value, &ak_query_no_reader);
		return;
	}
	ak_query_write_json_at(st, test, false);
	appendStringInfoString(&st->sql,
						   ak_query_isnull_wanted(test->path, test->value) ? " IS NULL" : " IS NOT NULL");
}
