/*
 * condition.c
 *		Conditions: laid out over tables, then written as SQL.
 *
 * One call of filter is one ALL node.  A test whose path crosses a to-many
 * relation goes into an EXISTS of that ALL; tests of the same call that share
 * the way there share the EXISTS, so they speak of one related row.  Another
 * call has another ALL and so its own EXISTS.
 *
 * Conditions put together by $or and the like are laid out by logic.c.
 *
 * exclude is the exact complement: "(…) IS NOT TRUE" keeps the rows for which
 * the condition is NULL.  Where it wraps an EXISTS alone, which is never NULL,
 * NOT EXISTS says the same and plans as an anti-join.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "query/expression.h"

AkCondition *
ak_query_condition(AkConditionKind kind)
{
	AkCondition *condition = palloc0(sizeof(AkCondition));

	condition->kind = kind;
	return condition;
}

/* ---- values ---- */

/* The value that a row given as an object stands for. */
static const AkJson *
row_value(const AkPath *path, const AkJson *object)
{
	List	   *values = ak_relation_object_values(path->fields, object);
	const AkJson *key = values == NIL ? NULL : list_length(values) == 1 ? linitial(values) : object;

	if (key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the object for \"%s\" does not hold the whole key of a row", path->text),
				 errhint("Give the key, or an object that get or create returned.")));
	unconstify(AkJson *, object)->row = true;
	return key;
}

/* The one key of an expression; NULL when no key begins with "$". */
static const char *
expression_key(const AkPath *path, const AkJson *object)
{
	const char *found = NULL;

	for (int i = 0; i < object->size; i++)
	{
		if (object->keys[i][0] != '$')
			continue;
		if (found != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the value for \"%s\" has two keys that begin with \"$\"", path->text),
					 errhint("An expression has exactly one; a literal object is written {\"$v\": {...}}.")));
		found = object->keys[i];
	}
	return found;
}

/* {"$v": value, "as": type}, and nothing else in it. */
static void
check_literal(const AkPath *path, const AkJson *object)
{
	for (int i = 0; i < object->size; i++)
	{
		const char *key = object->keys[i];

		if (strcmp(key, "$v") != 0 && strcmp(key, "as") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("expression \"$v\" has no option \"%s\"", key),
					 errdetail("The path is \"%s\".", path->text)));
	}
	(void) ak_core_json_get_string(object, "as");
}

/* A literal for a relation: rows in it stand for their keys, everything else for itself. */
static const AkJson *
literal_row(const AkPath *path, const AkJson *literal)
{
	const AkJson *value = ak_core_json_get(literal, "$v");
	const AkJson *untyped = ak_query_untyped_json(literal);
	AkJson	   *list;

	if (untyped != NULL && untyped->kind == AK_JSON_OBJECT)
		return row_value(path, untyped);
	if (value->kind == AK_JSON_OBJECT)
		return row_value(path, value);
	if (value->kind != AK_JSON_ARRAY)
		return literal;
	list = ak_core_json_array();
	for (int i = 0; i < value->size; i++)
	{
		AkJson	   *item = value->items[i];

		if (item->kind == AK_JSON_OBJECT)
			item = unconstify(AkJson *, row_value(path, item));
		ak_core_json_push(list, item);
	}
	return list;
}

/* An object as a value: a literal, or a row of the relation that the path names. */
static const AkJson *
plain_object(const AkPath *path, const AkJson *object)
{
	const char *key = expression_key(path, object);

	if (key != NULL && ak_query_knows_expression(key) && strcmp(key, "$v") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the list for \"%s\" cannot hold the expression \"%s\"", path->text, key),
				 path->field == NULL ? errhint("A list holds values; test the fields of the key one by one, and put the tests together by \"$or\".")
				 : errhint("A list holds values; tests against expressions are put together by \"$or\".")));
	if (key != NULL && strcmp(key, "$v") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("expression \"%s\" does not exist", key),
				 errdetail("The path is \"%s\".", path->text),
				 errhint("A literal object is written {\"$v\": {...}}.")));
	if (key != NULL)
	{
		check_literal(path, object);
		return path->fields ? literal_row(path, object) : object;
	}
	if (path->fields != NIL)
		return row_value(path, object);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the value for \"%s\" must not be an object", path->text),
			 errhint("A literal object is written {\"$v\": {...}}.")));
	return NULL;
}

/* The value with rows replaced by their keys; what is no value is an error. */
static const AkJson *
plain_value(const AkPath *path, const AkJson *value)
{
	AkJson	   *list;
	bool		changed = false;

	check_stack_depth();
	if (value->kind == AK_JSON_OBJECT)
		return plain_object(path, value);
	if (value->kind != AK_JSON_ARRAY)
		return value;
	list = ak_core_json_array();
	for (int i = 0; i < value->size; i++)
	{
		ak_core_json_push(list, unconstify(AkJson *, plain_value(path, value->items[i])));
		changed = changed || list->items[i] != value->items[i];
	}
	return changed ? list : value;
}

bool
ak_query_is_sql_null(const AkJson *value)
{
	return value->kind == AK_JSON_OBJECT && ak_model_unwrap(value)->kind == AK_JSON_NULL;
}

/* The boolean of an isnull lookup. */
bool
ak_query_isnull_wanted(const AkPath *path, const AkJson *value)
{
	const AkJson *plain = ak_model_unwrap(value);

	if (plain->kind == AK_JSON_BOOL)
		return plain->truth;
	if (plain->kind == AK_JSON_STRING && strcmp(plain->text, "true") == 0)
		return true;
	if (plain->kind == AK_JSON_STRING && strcmp(plain->text, "false") == 0)
		return false;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the value for \"%s\" must be true or false, not %s",
					path->text, ak_core_json_kind_name(plain->kind))));
	return false;
}

/* ---- laying out ---- */

/* The EXISTS of `all` behind a to-many step from `source`, made at first need. */
static AkCondition *
shared_exists(AkQuery *query, AkCondition *all, AkSource *source, const AkStep *step)
{
	AkCondition *exists;
	ListCell   *cell;

	foreach(cell, all->members)
	{
		exists = lfirst(cell);
		if (exists->kind == AK_CONDITION_EXISTS && !exists->apart && exists->source->parent == source &&
			ak_query_same_step(&exists->source->step, step))
			return exists;
	}
	exists = ak_query_condition(AK_CONDITION_EXISTS);
	exists->source = ak_query_apart(query, source, step);
	all->members = lappend(all->members, exists);
	return exists;
}

/* Adds: no related row at all. */
static void
add_absence(AkQuery *query, AkCondition *all, AkSource *source, const AkStep *step)
{
	AkCondition *none = ak_query_condition(AK_CONDITION_NOT);

	shared_exists(query, none, source, step);
	all->members = lappend(all->members, none);
}

/* Does the test ask whether a related row is there, and if so, which answer does it want? */
static bool
asks_presence(const AkPath *path, const AkLookup *lookup, const AkJson *value, bool *absent)
{
	if (!path->whole || !path->steps[path->depth - 1].many || value->kind == AK_JSON_HOLE)
		return false;
	if (strcmp(lookup->name, "isnull") == 0)
		*absent = ak_query_isnull_wanted(path, value);
	else
		*absent = true;
	return strcmp(lookup->name, "isnull") == 0 ||
		(value->kind == AK_JSON_NULL && (strcmp(lookup->name, "exact") == 0 || strcmp(lookup->name, "iexact") == 0));
}

static const AkLookup *
lookup_of(const AkPath *path)
{
	return path->lookup ? path->lookup : ak_query_lookup("exact");
}

bool
ak_query_asks_absence(const AkPath *path, const AkJson *value)
{
	bool		absent = false;

	return asks_presence(path, lookup_of(path), value, &absent) && absent;
}

int
ak_query_walked(const AkSpot *spot, const AkPath *path)
{
	return spot->along ? Min(spot->steps, ak_query_common_steps(spot->along, path)) : spot->steps;
}

AkSource *
ak_query_spot_root(const AkSpot *spot)
{
	AkSource   *source = spot->source;

	for (int i = 0; i < spot->steps; i++)
		source = source->parent;
	return source;
}

/* 42803: a group is no row that others refer to. */
static void
refuse_many_of_groups(const AkPath *path)
{
	for (int i = 0; i < path->nsteps; i++)
		if (path->steps[i].many)
			ereport(ERROR,
					(errcode(ERRCODE_GROUPING_ERROR),
					 errmsg("a condition on groups cannot cross the to-many relation \"%s\"", path->steps[i].accessor),
					 errdetail("The path is \"%s\".", path->text),
					 errhint("Ask about rows in an object of conditions of their own.")));
}

/* What was taken of another way, or beyond, is gone back first. */
void
ak_query_walk(AkQuery *query, AkSpot *place, const AkPath *path, int steps)
{
	if (place->grouped)
		refuse_many_of_groups(path);
	for (int walked = Min(ak_query_walked(place, path), steps); place->steps > walked; place->steps--)
		place->source = place->source->parent;
	place->along = path;
	for (; place->steps < steps; place->steps++)
	{
		const AkStep *step = &path->steps[place->steps];

		if (step->many)
			place->all = shared_exists(query, place->all, place->source, step);
		place->source = step->many ? place->all->source : ak_query_join(query, place->source, step);
	}
}

static void
add_leaf(AkQuery *query, const AkSpot *place, AkPath *path, const AkLookup *lookup, const AkJson *value)
{
	AkSource   *source = place->source;
	AkCondition *test = ak_query_condition(AK_CONDITION_TEST);

	ak_query_require_field(path);
	if (place->grouped && !(path->annotation && ak_query_is_of_groups(path->annotation)))
		path = ak_query_group_path(query, path, &source);
	else if (path->annotation != NULL)
		source = ak_query_annotated_at(query, place, path);
	ak_query_use(source, path->field);
	test->source = source;
	test->path = path;
	test->lookup = lookup;
	test->value = value;
	place->all->members = lappend(place->all->members, test);
}

/* 42804 unless what a subquery gives can be equal to what the path leads to. */
static void
require_comparable(const AkPath *path, const AkExpr *subquery)
{
	Oid			type = path->field ? getBaseType(path->type) : InvalidOid;

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("\"%s\" is told by several fields, and a subquery gives one", path->text)));
	if (!OidIsValid(ak_query_common_type(type, subquery->type)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"%s\" is of type %s, and the subquery gives values of type %s", path->text,
						ak_core_type_word(type), ak_core_type_word(subquery->type))));
}

/* A test against an expression over the row, or over the related row that the path leads to. */
static void
lay_expression_test(AkQuery *query, AkSpot place, AkPath *path, const AkJson *value)
{
	AkScope		scope = {.query = query, .model = path->model, .own = place.own};
	AkExpr	   *expr = ak_query_read_expression(&scope, value);
	AkCondition *test;

	if (!OidIsValid(ak_query_expression_type(expr)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the expression for \"%s\" is NULL", path->text),
				 errhint("Rows without a value are found by \"isnull\".")));
	ak_query_walk(query, &place, path, path->nsteps);
	if (ak_query_is_set(expr) && strcmp(lookup_of(path)->name, "in") == 0)
	{
		require_comparable(path, expr);
		ak_query_lay_subquery(&place, expr, true);
		add_leaf(query, &place, path, lookup_of(path), ak_core_json_hole(-1, expr->type));
		test = llast(place.all->members);
		test->kind = AK_CONDITION_MEMBER;
		test->expression = expr;
		return;
	}
	ak_query_lay_expression(query, &place, expr);
	add_leaf(query, &place, path, lookup_of(path),
			 ak_core_json_hole(-1, ak_query_expression_type(expr)));
	test = llast(place.all->members);
	test->expression = expr;
}

void
ak_query_lay_truth(AkQuery *query, AkSpot place, AkExpr *expr, const char *name)
{
	AkCondition *condition = ak_query_condition(AK_CONDITION_EXPRESSION);

	if (expr->type != BOOLOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("condition \"%s\" is not boolean", name)));
	ak_query_lay_expression(query, &place, expr);
	condition->expression = expr;
	place.all->members = lappend(place.all->members, condition);
}

void
ak_query_lay_test(AkQuery *query, AkSpot place, AkPath *path, const AkJson *value)
{
	const AkLookup *lookup = lookup_of(path);
	bool		presence;
	bool		absent = false;

	if (ak_query_is_expression(value))
	{
		lay_expression_test(query, place, path, value);
		return;
	}
	value = plain_value(path, value);
	if (strcmp(lookup->name, "isnull") == 0 && ak_query_is_sql_null(value))
	{
		place.all->members = lappend(place.all->members, ak_query_condition(AK_CONDITION_NOTHING));
		return;
	}
	presence = asks_presence(path, lookup, value, &absent);
	if (path->field == NULL && !presence)
	{
		ak_query_lay_whole(query, place, path, lookup, value);
		return;
	}
	if (presence && absent && path->nsteps == path->depth)
	{
		ak_query_walk(query, &place, path, path->nsteps - 1);
		add_absence(query, place.all, place.source, &path->steps[path->nsteps - 1]);
		return;
	}
	ak_query_walk(query, &place, path, path->nsteps);
	if (!presence)
		add_leaf(query, &place, path, lookup, value);
}

void
ak_query_add_test(AkQuery *query, AkCondition *all, AkPath *path, const AkJson *value)
{
	AkSpot		place = {.all = all, .source = query->source, .own = true};

	ak_query_lay_test(query, place, path, value);
}

/* ---- writing ---- */

/* The members, ANDed; `before` stands before the first.  None of them: nothing more is asked of the row. */
static void
write_members(AkStatement *st, const AkCondition *condition, const char *before)
{
	ListCell   *cell;

	if (condition->members == NIL && *before == '\0')
		appendStringInfoString(&st->sql, "true");
	foreach(cell, condition->members)
	{
		appendStringInfoString(&st->sql, before);
		ak_query_write_condition(st, lfirst(cell));
		before = " AND ";
	}
}

static void
write_exists(AkStatement *st, const AkCondition *exists)
{
	appendStringInfoString(&st->sql, "EXISTS (SELECT 1");
	ak_query_write_from(st, exists->source);
	appendStringInfoString(&st->sql, " WHERE ");
	ak_query_write_tie(st, exists->source);
	write_members(st, exists, " AND ");
	appendStringInfoChar(&st->sql, ')');
}

/* t0.author_id = ANY (SELECT t1.id FROM …) */
static void
write_member(AkStatement *st, const AkCondition *member)
{
	ak_query_write_path(st, member->source, member->path);
	appendStringInfoString(&st->sql, " OPERATOR(pg_catalog.=) ANY ");
	ak_query_write_subquery(st, member->expression);
}

/* Is the condition an EXISTS or its negation, which are never NULL? */
static bool
is_two_valued(const AkCondition *condition)
{
	if (condition->kind == AK_CONDITION_NOT && list_length(condition->members) == 1)
		return is_two_valued(linitial(condition->members));
	return condition->kind == AK_CONDITION_EXISTS ||
		(condition->kind == AK_CONDITION_EXPRESSION && condition->expression->kind == AK_EXPR_SUBQUERY &&
		 strncmp(condition->expression->word, "EXISTS", 6) == 0);
}

static void
write_not(AkStatement *st, const AkCondition *not)
{
	bool		single = list_length(not->members) == 1;
	const AkCondition *only = single ? linitial(not->members) : NULL;

	if (single && only->kind == AK_CONDITION_NOT && is_two_valued(only))
	{
		ak_query_write_condition(st, linitial(only->members));
		return;
	}
	if (single && is_two_valued(only))
	{
		appendStringInfoString(&st->sql, "NOT ");
		ak_query_write_condition(st, only);
		return;
	}
	appendStringInfoChar(&st->sql, '(');
	write_members(st, not, "");
	appendStringInfoString(&st->sql, ") IS NOT TRUE");
}

static void
write_any(AkStatement *st, const AkCondition *any)
{
	const char *before = "(";
	ListCell   *cell;

	foreach(cell, any->members)
	{
		appendStringInfoString(&st->sql, before);
		ak_query_write_condition(st, lfirst(cell));
		before = " OR ";
	}
	appendStringInfoChar(&st->sql, ')');
}

/* An odd number of the members is true; one that is NULL is not. */
static void
write_odd(AkStatement *st, const AkCondition *odd)
{
	ListCell   *cell;

	for (int i = 1; i < list_length(odd->members); i++)
		appendStringInfoChar(&st->sql, '(');
	foreach(cell, odd->members)
	{
		if (cell != list_head(odd->members))
			appendStringInfoString(&st->sql, " OPERATOR(pg_catalog.<>) ");
		appendStringInfoString(&st->sql, "((");
		ak_query_write_condition(st, lfirst(cell));
		appendStringInfoString(&st->sql, ") IS TRUE)");
		if (cell != list_head(odd->members))
			appendStringInfoChar(&st->sql, ')');
	}
}

void
ak_query_write_condition(AkStatement *st, const AkCondition *condition)
{
	check_stack_depth();
	switch (condition->kind)
	{
		case AK_CONDITION_ALL:
			write_members(st, condition, "");
			break;
		case AK_CONDITION_ANY:
			write_any(st, condition);
			break;
		case AK_CONDITION_ODD:
			write_odd(st, condition);
			break;
		case AK_CONDITION_NOT:
			write_not(st, condition);
			break;
		case AK_CONDITION_EXISTS:
			write_exists(st, condition);
			break;
		case AK_CONDITION_TEST:
			ak_query_write_test(st, condition);
			break;
		case AK_CONDITION_EXPRESSION:
			ak_query_write_expression(st, condition->expression);
			break;
		case AK_CONDITION_MEMBER:
			write_member(st, condition);
			break;
		case AK_CONDITION_NOTHING:
			appendStringInfoString(&st->sql, "false");
			break;
	}
}
