/*
 * group.c
 *		Rows put together: "group_by", and aggregate().
 *
 * The groups are a table that the rest of the statement reads:
 *
 *		SELECT t5.k0, t5.a0 FROM
 *			(SELECT t0.author_id AS k0, sum(t0.views) AS a0 FROM posts AS t0 WHERE … GROUP BY 1) AS t5
 *		WHERE t5.a0 > 10 ORDER BY t5.a0
 *
 * so that a condition on an aggregate is HAVING, and an annotation may be
 * made of several.  Aggregates over the same rows share one such table, an
 * *arm*; those over a relation's rows have an arm of their own, joined by the
 * keys, so that they never multiply each other.
 *
 * A condition is about groups where it names an annotation that is made of
 * aggregates, else about rows.  An annotation that "group_by" names is one of
 * the rows.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "query/group.h"

typedef struct AkGroupKey
{
	const char *text;			/* as written */
	AkPath	   *path;			/* over the rows */
	AkSource   *rows;			/* where the path leads, set when laid out */
	AkField    *field;			/* of the groups: column k<n> */
} AkGroupKey;

struct AkArm
{
	const AkPath *way;			/* to the rows; NULL: the query's own */
	int			steps;
	AkSpot		spot;			/* there */
	List	   *chain;			/* of AkSource *: the tables behind to-many steps */
	AkSource   *source;			/* the arm as a table */
	List	   *aggregates;		/* of AkExpr *: columns a0, a1 … */
};

struct AkGrouping
{
	List	   *names;			/* of char *: as written, before they are read */
	List	   *keys;			/* of AkGroupKey * */
	List	   *arms;			/* of AkArm *; the first is of the query's own rows */
	AkCondition *having;		/* ALL, over groups */
	bool		whole;			/* all rows are one group, sliced beforehand: aggregate() */
};

/* ---- reading ---- */

void
ak_query_group(AkQuery *query, const AkJson *names)
{
	AkGrouping *grouping = palloc0(sizeof(AkGrouping));

	grouping->having = ak_query_condition(AK_CONDITION_ALL);
	query->grouping = grouping;
	if (names == NULL)
	{
		grouping->whole = true;
		return;
	}
	ak_core_json_expect(names, AK_JSON_ARRAY, "\"group_by\"");
	if (names->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"group_by\" names nothing"),
				 errhint("aggregate() puts all rows together.")));
	for (int i = 0; i < names->size; i++)
	{
		char	   *name = ak_core_json_expect(names->items[i], AK_JSON_STRING, "a name of \"group_by\"")->text;

		if (ak_query_groups_by(query, name))
			ak_query_refuse_twice("group_by", name);
		grouping->names = lappend(grouping->names, name);
	}
}

void
ak_query_aggregate(AkQuery *query, const AkJson *aggregates)
{
	if (ak_query_puts_together(query))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("aggregate() is over rows, not over groups"),
				 errhint("Leave out \"group_by\".")));
	if (query->unlike && query->picked != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("aggregate() is over rows, not over distinct values"),
				 errhint("An aggregate has \"distinct\" of its own.")));
	query->picked = NIL;
	if (aggregates->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"aggregates\" names nothing")));
	ak_query_group(query, NULL);
	ak_query_name_annotations(query, aggregates, "aggregate");
	ak_query_read_annotations(query);
}

bool
ak_query_puts_together(const AkQuery *query)
{
	return query->grouping != NULL && !query->grouping->whole;
}

bool
ak_query_groups_by(const AkQuery *query, const char *name)
{
	ListCell   *cell;

	foreach(cell, query->grouping->names)
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	return false;
}

/* Column k<n> of an arm; values for it are read as for the field whose values it has. */
static AkField *
make_field(const AkField *of, const char *name, int n)
{
	AkField    *field = palloc(sizeof(AkField));

	*field = *of;
	field->relation = NULL;
	field->name = field->json_name = pstrdup(name);
	field->column = psprintf("k%d", n);
	field->typmod = -1;
	return field;
}

/* A path below a JSON field, or with transforms, is computed first. */
static AkPath *
key_path(AkQuery *query, const char *text)
{
	AkScope		scope = {.query = query, .model = query->model, .own = true};
	AkPath	   *path = ak_query_scope_path(&scope, text, false);

	ak_query_require_field(path);
	return ak_query_column_path(query, path);
}

void
ak_query_read_groups(AkQuery *query)
{
	AkGrouping *grouping = query->grouping;
	ListCell   *cell;

	foreach(cell, grouping->names)
	{
		AkGroupKey *key = palloc0(sizeof(AkGroupKey));

		key->text = lfirst(cell);
		key->path = key_path(query, key->text);
		key->field = make_field(key->path->field, key->text, foreach_current_index(cell));
		grouping->keys = lappend(grouping->keys, key);
	}
}

/* ---- names of groups ---- */

/* Do two paths read the same column? */
static bool
same_column(const AkPath *a, const AkPath *b)
{
	return a->annotation == b->annotation && a->field == b->field && a->nsteps == b->nsteps &&
		ak_query_common_steps(a, b) == a->nsteps && a->keys == NIL && b->keys == NIL && a->transforms == NIL &&
		b->transforms == NIL;
}

static bool
is_key(const AkGroupKey *key, const AkPath *path)
{
	return strcmp(key->text, path->text) == 0 || same_column(key->path, path);
}

static AkArm *
own_arm(AkQuery *query)
{
	return ak_query_group_arm(query, NULL, 0);
}

AkPath *
ak_query_group_path(AkQuery *query, const AkPath *path, AkSource **source)
{
	ListCell   *cell;

	foreach(cell, query->grouping->keys)
	{
		AkGroupKey *key = lfirst(cell);
		AkPath	   *of_group;

		if (!is_key(key, path))
			continue;
		of_group = ak_query_field_path(key->field);
		of_group->text = path->text;
		*source = own_arm(query)->source;
		return of_group;
	}
	ereport(ERROR,
			(errcode(ERRCODE_GROUPING_ERROR),
			 errmsg("\"%s\" is no name of \"group_by\", and no aggregate", path->text),
			 errhint("A group has one value for each name of \"group_by\"; of other fields it has an aggregate.")));
}

/* Does a path begin with an annotation that is made of aggregates over groups, or of windows? */
static bool
is_late(const AkQuery *query, const char *path)
{
	AkAnnotation *annotation = ak_query_annotation(query, linitial(ak_query_split(path)));

	return annotation != NULL && ak_query_is_late(annotation);
}

/* Does a query set inside name such a path of this one, as "$outer"?  Its other names are its own. */
static bool
names_late_outside(const AkQuery *query, const AkJson *value)
{
	check_stack_depth();
	for (int i = 0; i < value->size; i++)
	{
		const AkJson *item = value->items[i];

		if (value->kind == AK_JSON_OBJECT && strcmp(value->keys[i], "$outer") == 0
			? item->kind == AK_JSON_STRING && is_late(query, item->text) : names_late_outside(query, item))
			return true;
	}
	return false;
}

static bool
is_query_set(const char *key)
{
	return strcmp(key, "$exists") == 0 || strcmp(key, "$subquery") == 0 || strcmp(key, "$array_subquery") == 0;
}

/* Does an expression, or an argument of one, name such a path? */
static bool
names_late(const AkQuery *query, const AkJson *value)
{
	check_stack_depth();
	if (value->kind == AK_JSON_STRING)
		return is_late(query, value->text);
	for (int i = 0; i < value->size; i++)
	{
		const char *key = value->kind == AK_JSON_OBJECT ? value->keys[i] : "$";
		const AkJson *item = value->items[i];
		bool		conditions = strcmp(key, "when") == 0 || strcmp(key, "$q") == 0 || strcmp(key, "filter") == 0;

		if (strcmp(key, "$v") == 0 || (key[0] != '$' && item->size == 0))
			continue;			/* a literal, or the word of an option */
		if (is_query_set(key))
		{
			if (names_late_outside(query, item))
				return true;
			continue;
		}
		if (conditions ? ak_query_is_about_late(query, item) : names_late(query, item))
			return true;
	}
	return false;
}

/* Does a member of an object of conditions? */
static bool
is_about_late(const AkQuery *query, const char *name, const AkJson *value)
{
	if (name[0] != '$')
		return is_late(query, name) || (ak_query_is_expression(value) && names_late(query, value));
	if (ak_query_knows_expression(name))
	{
		AkJson	   *expression = ak_core_json_object();

		ak_core_json_put(expression, name, unconstify(AkJson *, value));
		return names_late(query, expression);
	}
	if (value->kind == AK_JSON_OBJECT)
		return ak_query_is_about_late(query, value);
	for (int i = 0; i < value->size; i++)
		if (ak_query_is_about_late(query, value->items[i]))
			return true;
	return false;
}

bool
ak_query_is_about_late(const AkQuery *query, const AkJson *conditions)
{
	check_stack_depth();
	for (int i = 0; conditions->kind == AK_JSON_OBJECT && i < conditions->size; i++)
		if (is_about_late(query, conditions->keys[i], conditions->items[i]))
			return true;
	return false;
}

static void
lay_part(AkQuery *query, const AkJson *part, bool exclude, bool of_groups)
{
	AkCondition *call = ak_query_condition(exclude ? AK_CONDITION_NOT : AK_CONDITION_ALL);
	AkCondition *late = query->grouping ? query->grouping->having : ak_query_window_conditions(query);
	AkCondition *all = of_groups ? late : query->where;
	AkSpot		spot = {.all = call, .source = query->source, .own = true, .grouped = of_groups && query->grouping};

	if (part->size == 0)
		return;
	ak_query_lay_object(query, spot, part);
	all->members = lappend(all->members, call);
}

void
ak_query_filter_groups(AkQuery *query, const AkJson *conditions, bool exclude)
{
	AkJson	   *of_rows = ak_core_json_object();
	AkJson	   *of_groups = ak_core_json_object();

	for (int i = 0; i < conditions->size; i++)
		ak_core_json_put(is_about_late(query, conditions->keys[i], conditions->items[i]) ? of_groups : of_rows,
						 conditions->keys[i], conditions->items[i]);
	if (exclude && of_rows->size > 0 && of_groups->size > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("one call of exclude cannot be about both rows and their groups or windows"),
				 errhint("Use a call for \"%s\" and another for \"%s\".", of_rows->keys[0], of_groups->keys[0])));
	lay_part(query, of_rows, exclude, false);
	lay_part(query, of_groups, exclude, true);
}

/* ---- arms ---- */

/* The tables behind the way, joined to the query's own. */
static void
lay_chain(AkQuery *query, AkArm *arm)
{
	for (; arm->spot.steps < arm->steps; arm->spot.steps++)
		arm->spot.source = ak_query_go(query, arm->spot.source, &arm->way->steps[arm->spot.steps], &arm->chain);
}

AkArm *
ak_query_group_arm(AkQuery *query, const AkPath *way, int steps)
{
	AkGrouping *grouping = query->grouping;
	AkArm	   *arm;
	ListCell   *cell;

	if (grouping->arms == NIL && way != NULL)
		(void) own_arm(query);
	foreach(cell, grouping->arms)
	{
		arm = lfirst(cell);
		if (arm->steps == steps && (steps == 0 || ak_query_common_steps(arm->way, way) >= steps))
			return arm;
	}
	arm = palloc0(sizeof(AkArm));
	arm->way = way;
	arm->steps = steps;
	arm->spot.source = query->source;
	arm->spot.own = true;
	arm->spot.along = way;
	arm->source = ak_query_root(query, query->model);
	grouping->arms = lappend(grouping->arms, arm);
	lay_chain(query, arm);
	return arm;
}

const AkSpot *
ak_query_arm_spot(const AkArm *arm)
{
	return &arm->spot;
}

int
ak_query_arm_column(AkArm *arm, AkExpr *aggregate, int *alias)
{
	arm->aggregates = lappend(arm->aggregates, aggregate);
	*alias = arm->source->alias;
	return list_length(arm->aggregates) - 1;
}

/* ---- writing ---- */

static void
lay_keys(AkQuery *query)
{
	AkSpot		spot = {.source = query->source, .own = true};
	ListCell   *cell;

	foreach(cell, query->grouping->keys)
	{
		AkGroupKey *key = lfirst(cell);

		key->rows = ak_query_path_source(query, &spot, key->path);
		ak_query_use(key->rows, key->path->field);
	}
}

/* Are its rows fewer than those that its conditions leave? */
static bool
is_narrowed(const AkQuery *query)
{
	return ak_query_sliced(query) || query->distinct_on != NIL || query->combined != NULL || ak_query_has_windows(query);
}

/* SELECT keys, aggregates FROM rows WHERE … GROUP BY keys */
static void
write_arm(AkStatement *st, AkQuery *query, const AkArm *arm)
{
	AkGrouping *grouping = query->grouping;
	const char *before = "(SELECT ";
	ListCell   *cell;

	foreach(cell, grouping->keys)
	{
		const AkGroupKey *key = lfirst(cell);

		appendStringInfoString(&st->sql, before);
		ak_query_write_column(st, key->rows, key->path->field);
		appendStringInfo(&st->sql, " AS %s", key->field->column);
		before = ", ";
	}
	foreach(cell, arm->aggregates)
	{
		appendStringInfoString(&st->sql, before);
		ak_query_write_aggregate_call(st, lfirst(cell));
		ak_query_write_aggregate_end(st, lfirst(cell));
		appendStringInfo(&st->sql, " AS a%d", foreach_current_index(cell));
		before = ", ";
	}
	if (grouping->keys == NIL && arm->aggregates == NIL)
		appendStringInfoString(&st->sql, "(SELECT pg_catalog.count(*)");
	ak_query_write_from(st, query->source);
	ak_query_write_beside(st, query);
	ak_query_write_joined_chain(st, arm->chain);
	if (grouping->whole && is_narrowed(query))
		ak_query_write_restriction(st, query);
	else
		ak_query_write_where(st, query);
	for (int i = 0; i < list_length(grouping->keys); i++)
		appendStringInfo(&st->sql, "%s%d", i ? ", " : " GROUP BY ", i + 1);
	appendStringInfo(&st->sql, ") AS t%d", arm->source->alias);
}

/*
 * How two values of a key are found to be the same: NULL is NULL there, which
 * lists of one member say in a way that can be hashed.
 */
static const char *
same_key(const AkGroupKey *key)
{
	Oid			type = getBaseType(key->field->typid);

	if (key->path->field->not_null && key->path->nsteps == 0)
		return "%st%d.%s OPERATOR(pg_catalog.=) t%d.%s";
	if (OidIsValid(get_array_type(type)) && !OidIsValid(get_element_type(type)))
		return "%sARRAY[t%d.%s] OPERATOR(pg_catalog.=) ARRAY[t%d.%s]";
	return "%st%d.%s IS NOT DISTINCT FROM t%d.%s";
}

/* LEFT JOIN arm ON the keys are the same, NULL among them. */
static void
write_arms(AkStatement *st, AkQuery *query)
{
	AkGrouping *grouping = query->grouping;
	const AkArm *first = linitial(grouping->arms);
	ListCell   *cell;

	appendStringInfoString(&st->sql, " FROM ");
	write_arm(st, query, first);
	for_each_from(cell, grouping->arms, 1)
	{
		const AkArm *arm = lfirst(cell);
		const char *before = " ON ";
		ListCell   *inner;

		appendStringInfoString(&st->sql, " LEFT JOIN ");
		write_arm(st, query, arm);
		foreach(inner, grouping->keys)
		{
			const AkGroupKey *key = lfirst(inner);

			appendStringInfo(&st->sql, same_key(key), before, first->source->alias, key->field->column, arm->source->alias,
							 key->field->column);
			before = " AND ";
		}
		if (grouping->keys == NIL)
			appendStringInfoString(&st->sql, " ON true");
	}
}

/* What was picked of them. */
static void
add_picked(AkQuery *query, AkLevel *level)
{
	ListCell   *cell;

	foreach(cell, query->picked)
	{
		const AkPick *pick = lfirst(cell);
		AkPath	   *path = pick->path;
		AkSource   *source;

		if (path->annotation != NULL && ak_query_is_of_groups(path->annotation))
			source = ak_query_annotated(query, path->annotation);
		else
			path = ak_query_group_path(query, path, &source);
		ak_query_add_value(level, pick->name, source, path->field);
	}
}

/* The columns of the groups that come out: keys, then what was annotated. */
static void
add_outputs(AkQuery *query, AkLevel *level)
{
	ListCell   *cell;

	if (query->picked != NIL)
	{
		add_picked(query, level);
		return;
	}

	foreach(cell, query->grouping->keys)
	{
		const AkGroupKey *key = lfirst(cell);

		ak_query_add_value(level, key->text, own_arm(query)->source, key->field);
	}
	foreach(cell, ak_query_shown_annotations(query))
	{
		AkAnnotation *annotation = lfirst(cell);
		const AkField *field = ak_query_annotation_field(annotation);

		if (ak_query_is_of_groups(annotation))
			ak_query_add_value(level, field->name, ak_query_annotated(query, annotation), field);
		else if (!ak_query_groups_by(query, field->name))
			ereport(ERROR,
					(errcode(ERRCODE_GROUPING_ERROR),
					 errmsg("annotation \"%s\" is of the rows, and not in \"group_by\"", field->name),
					 errhint("Put it under \"alias\", or into \"group_by\".")));
	}
}

/* What was said, or the keys where an order is always needed. */
static List *
lay_order(AkQuery *query, AkOrdering ordering)
{
	List	   *laid = NIL;
	ListCell   *cell;

	if (query->grouping->whole || (ordering == AK_ORDER_HIDDEN && !ak_query_sliced(query)))
		return NIL;
	foreach(cell, query->order)
	{
		AkOrder    *term = palloc(sizeof(AkOrder));

		*term = *(AkOrder *) lfirst(cell);
		if (term->path != NULL && term->path->annotation != NULL && ak_query_is_of_groups(term->path->annotation))
			term->source = ak_query_annotated(query, term->path->annotation);
		else if (term->path != NULL)
			term->path = ak_query_group_path(query, term->path, &term->source);
		laid = lappend(laid, term);
	}
	if (laid != NIL || ordering != AK_ORDER_ALWAYS)
		return laid;
	foreach(cell, query->grouping->keys)
	{
		AkOrder    *term = palloc0(sizeof(AkOrder));

		term->path = ak_query_field_path(((AkGroupKey *) lfirst(cell))->field);
		term->source = own_arm(query)->source;
		laid = lappend(laid, term);
	}
	return laid;
}

static void
refuse_parts(const AkQuery *query)
{
	if (!query->grouping->whole && (query->branches != NIL || query->distinct_on != NIL || query->lock != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("groups cannot be combined with \"select_related\", \"prefetch_related\", \"distinct\" or \"for_update\"")));
}

AkLevel *
ak_query_write_groups(AkStatement *st, AkQuery *query, AkOrdering ordering)
{
	AkGrouping *grouping = query->grouping;
	AkLevel    *level = ak_query_empty_level(8);
	List	   *order;

	refuse_parts(query);
	lay_keys(query);
	add_outputs(query, level);
	order = lay_order(query, ordering);
	(void) own_arm(query);
	appendStringInfoString(&st->sql, "SELECT ");
	if (level->noutputs > 0)
		ak_query_write_outputs(st, level);
	else
		appendStringInfoChar(&st->sql, '1');
	write_arms(st, query);
	ak_query_write_laterals(st, query->group_laterals);
	if (grouping->having->members != NIL)
	{
		appendStringInfoString(&st->sql, " WHERE ");
		ak_query_write_condition(st, grouping->having);
	}
	ak_query_write_order(st, order, query->reversed);
	if (!grouping->whole)
		ak_query_write_limit(st, query);
	return level;
}
