/*
 * whole.c
 *		Tests of a whole row whose key is several fields: "product", where a
 *		product is told by tenant and sku.
 *
 * A value is an object that holds the key.  Equality becomes a test of each
 * field, so it reads the same columns and indexes as one would write; a list
 * is unnested, one array a field, so its length is no part of the statement.
 * Other lookups compare single values and are refused.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

char *
ak_query_list_fields(List *fields)
{
	StringInfoData names;
	ListCell   *cell;

	initStringInfo(&names);
	foreach(cell, fields)
		appendStringInfo(&names, "%s\"%s\"", names.len ? ", " : "", ((AkField *) lfirst(cell))->json_name);
	return names.data;
}

/* The values that an object gives the fields; 22023 unless it gives them all. */
static List *
values_of(const AkPath *path, List *fields, const AkJson *value)
{
	const AkJson *object = ak_model_unwrap(value);
	const AkJson *untyped = ak_query_untyped_json(value);
	List	   *values;

	if (untyped != NULL)
		object = untyped;
	values = object->kind == AK_JSON_OBJECT ? ak_relation_object_values(fields, object) : NIL;
	if (values == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 object->kind == AK_JSON_OBJECT
				 ? errmsg("the object for \"%s\" does not hold the whole key of a row", path->text)
				 : errmsg("the value for \"%s\" must be an object, not %s", path->text,
						  ak_core_json_kind_name(object->kind)),
				 errhint("The key is %s.", ak_query_list_fields(fields))));
	return values;
}

/* ---- writing: a TEST whose members are TESTs without a lookup, one a field ---- */

static void
write_member(AkStatement *st, const AkCondition *member)
{
	ak_query_write_column(st, member->source, member->path->field);
}

/* A row that is not there, and a reference in which a field is null, have a null among the columns. */
static void
write_whole_isnull(AkStatement *st, const AkCondition *test)
{
	bool		wanted = test->value->kind == AK_JSON_NULL || ak_query_isnull_wanted(test->path, test->value);
	ListCell   *cell;

	foreach(cell, test->members)
	{
		appendStringInfoString(&st->sql, cell == list_head(test->members) ? "(" : wanted ? " OR " : " AND ");
		write_member(st, lfirst(cell));
		appendStringInfoString(&st->sql, wanted ? " IS NULL" : " IS NOT NULL");
	}
	appendStringInfoChar(&st->sql, ')');
}

/* One field's values out of a list of objects; nulls among them stand for no row. */
static AkValue
read_column(const AkCondition *test, const AkField *field, List *fields, int at)
{
	const AkJson *list = ak_query_list_value(test, test->value, -1);
	AkJson	   *column = ak_core_json_array();

	for (int i = 0; i < list->size; i++)
		if (list->items[i]->kind != AK_JSON_NULL)
			ak_core_json_push(column, list_nth(values_of(test->path, fields, list->items[i]), at));
	return ak_model_read_list(field, column);
}

/* EXISTS (SELECT FROM ROWS FROM (unnest($1), unnest($2)) AS u (k0, k1) WHERE a = u.k0 AND b = u.k1) */
static void
write_whole_in(AkStatement *st, const AkCondition *test)
{
	List	   *fields = test->path->fields;
	int			count = list_length(fields);

	appendStringInfoString(&st->sql, "EXISTS (SELECT FROM ROWS FROM (");
	for (int i = 0; i < count; i++)
	{
		AkValue		column = read_column(test, list_nth(fields, i), fields, i);

		appendStringInfoString(&st->sql, i ? ", pg_catalog.unnest(" : "pg_catalog.unnest(");
		ak_core_bind(st, column.type, column.datum, column.isnull);
		appendStringInfoChar(&st->sql, ')');
	}
	for (int i = 0; i < count; i++)
		appendStringInfo(&st->sql, "%sk%d", i ? ", " : ") AS u (", i);
	for (int i = 0; i < count; i++)
	{
		const AkField *field = list_nth(fields, i);

		appendStringInfoString(&st->sql, i ? " AND " : ") WHERE ");
		write_member(st, list_nth(test->members, i));
		appendStringInfoChar(&st->sql, ' ');
		ak_core_operator(&st->sql, ak_core_btree_operator(field->typid, BTEqualStrategyNumber));
		appendStringInfo(&st->sql, " u.k%d%s%s", i, OidIsValid(get_array_type(field->typid)) ? "" : "::",
						 OidIsValid(get_array_type(field->typid)) ? "" : ak_core_type_name(field->typid, -1));
	}
	appendStringInfoChar(&st->sql, ')');
}

/* A value that is not known yet: whether it is an object has to be. */
static void
write_whole_hole(AkStatement *st, const AkCondition *test)
{
	st->unfit = true;
}

/* ---- laying out ---- */

/* The test of all columns, each laid out by itself: some may stand in a nearer table than others. */
static void
add_whole(AkQuery *query, AkSpot place, AkPath *path, const AkJson *value, const AkLookup *lookup)
{
	AkCondition *test = ak_query_condition(AK_CONDITION_TEST);
	ListCell   *cell;

	test->path = path;
	test->lookup = lookup;
	test->value = value;
	foreach(cell, path->fields)
	{
		AkCondition *member = ak_query_condition(AK_CONDITION_TEST);
		AkSpot		at = place;

		member->path = ak_query_part_path(path, lfirst(cell));
		ak_query_walk(query, &at, member->path, member->path->nsteps);
		if (at.grouped)
			member->path = ak_query_group_path(query, member->path, &at.source);
		ak_query_use(at.source, member->path->field);
		member->source = at.source;
		test->members = lappend(test->members, member);
		place.all = at.all;
	}
	place.all->members = lappend(place.all->members, test);
}

static void
lay_equal(AkQuery *query, AkSpot place, AkPath *path, const AkJson *value)
{
	List	   *fields = path->fields;
	List	   *values = values_of(path, fields, value);
	ListCell   *field;
	ListCell   *one;

	forboth(field, fields, one, values)
		ak_query_lay_test(query, place, ak_query_part_path(path, lfirst(field)), lfirst(one));
}

void
ak_query_require_field(const AkPath *path)
{
	if (path->field != NULL)
		return;
	if (path->fields == NIL)
		(void) ak_model_key(ak_query_path_end(path));	/* raises */
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("\"%s\" is no single value, for its key has several fields", path->text),
			 errhint("Name one of its fields: %s.", ak_query_list_fields(path->fields))));
}

void
ak_query_lay_whole(AkQuery *query, AkSpot place, AkPath *path, const AkLookup *lookup, const AkJson *value)
{
	static const AkLookup isnull = {.name = "isnull", .write = write_whole_isnull};
	static const AkLookup in = {.name = "in", .write = write_whole_in};
	static const AkLookup hole = {.name = "exact", .write = write_whole_hole};
	bool		exact = strcmp(lookup->name, "exact") == 0;

	if (path->fields == NIL && path->whole)
		(void) ak_model_key(ak_query_path_end(path));	/* raises */
	if (strcmp(lookup->name, "isnull") != 0 && strcmp(lookup->name, "in") != 0 && !exact)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("lookup \"%s\" cannot be used on \"%s\", whose key has several fields", lookup->name, path->text),
				 errhint("Name one of its fields: %s.",
						 ak_query_list_fields(path->fields))));
	if (value->kind == AK_JSON_HOLE)
		add_whole(query, place, path, value, &hole);
	else if (strcmp(lookup->name, "isnull") == 0 || (exact && value->kind == AK_JSON_NULL))
		add_whole(query, place, path, value, &isnull);
	else if (ak_query_is_sql_null(value))
		place.all->members = lappend(place.all->members, ak_query_condition(AK_CONDITION_NOTHING));
	else if (exact)
		lay_equal(query, place, path, value);
	else
		add_whole(query, place, path, value, &in);
}
