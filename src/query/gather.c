/*
 * gather.c
 *		Aggregates over the same related rows, in one table.
 *
 * Annotations of one way to related rows read these once, not once each:
 *
 *		FROM posts AS t0 CROSS JOIN LATERAL
 *			(SELECT count(*) AS a0, sum(t1.stars) AS a1 FROM comments AS t1 WHERE t1.post_id = t0.id) AS t2
 *
 * Conditions that all of them have are the table's; else each has a FILTER of
 * its own, where the rows are all read for another one anyway.  Where all rows
 * of the query set are read too, the table is made once, by groups,
 *
 *		FROM posts AS t0 LEFT JOIN
 *			(SELECT t1.post_id AS k0, count(*) AS a0 FROM comments AS t1 GROUP BY 1) AS t2 ON t2.k0 = t0.id
 *
 * if the answer cannot be told from the other.  What is not certain to be
 * neither another answer nor slower stays a sub-select of its own: where
 * paths or conditions lead further than to the related rows, where something
 * is computed from them, and where an index may know the least or the
 * greatest, or which rows meet the conditions.  A table of a plain count, which
 * the index of the foreign key knows, is not made by groups; and what the
 * query set's conditions name shares a table with nothing, since the rest is
 * read for the rows that meet them alone.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodes.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "query/aggregate.h"

struct AkGathering
{
	const AkQuery *query;
	const AkPath *way;			/* to the rows */
	int			steps;
	bool		behind;			/* the rows behind a junction are read, not it alone */
	bool		known;			/* an index knows which rows meet its conditions */
	bool		asked;			/* the query set's conditions name it */
	const AkJson *filter;		/* of all, the table's WHERE; NULL: each has its own */
	bool		thorough;		/* one without conditions wants all of the rows */
	AkSpot		spot;			/* there */
	List	   *chain;			/* of AkSource *: the tables behind to-many steps */
	int			alias;
	List	   *aggregates;		/* of AkExpr *: columns a0, a1 … */
};

/* ---- what indexes know ---- */

/* The columns that an index is over, or has conditions on: numbers as pull_varattnos() has them. */
static Bitmapset *
columns_of_index(HeapTuple row)
{
	static const AttrNumber trees[] = {Anum_pg_index_indexprs, Anum_pg_index_indpred};
	const Form_pg_index form = (Form_pg_index) GETSTRUCT(row);
	Bitmapset  *columns = NULL;

	for (int i = 0; i < form->indnatts; i++)
		columns = bms_add_member(columns, form->indkey.values[i] - FirstLowInvalidHeapAttributeNumber);
	for (int i = 0; i < (int) lengthof(trees); i++)
	{
		bool		isnull;
		Datum		tree = SysCacheGetAttr(INDEXRELID, row, trees[i], &isnull);

		if (!isnull)
			pull_varattnos(stringToNode(TextDatumGetCString(tree)), 1, &columns);
	}
	return columns;
}

/* Is there an index over all of these columns? */
static bool
is_indexed(Oid relid, const Bitmapset *columns)
{
	Relation	table = table_open(relid, AccessShareLock);
	bool		found = false;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(table))
	{
		HeapTuple	row = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));

		if (!HeapTupleIsValid(row))
			continue;
		found = found || bms_is_subset(columns, columns_of_index(row));
		ReleaseSysCache(row);
	}
	table_close(table, AccessShareLock);
	return found;
}

/* Does an index of the rows know both whom they belong to and this field of theirs? */
static bool
is_known(const AkPath *path)
{
	const AkStep *step = &path->steps[path->nsteps - 1];
	Oid			relid = step->to->relid;
	Bitmapset  *columns = NULL;
	List	   *outer;
	List	   *inner;
	ListCell   *cell;

	if (step->relation->kind == AK_MANY_TO_MANY)
		return false;
	ak_relation_columns(step, &outer, &inner);
	foreach(cell, list_append_unique_ptr(list_copy(inner), path->field))
		columns = bms_add_member(columns, get_attnum(relid, ((const AkField *) lfirst(cell))->column) -
								 FirstLowInvalidHeapAttributeNumber);
	return is_indexed(relid, columns);
}

/* ---- which may share one ---- */

/* What an aggregate needs beside the rows of its way. */
typedef struct AkNeeds
{
	bool		behind;			/* the rows behind a junction, not it alone */
	bool		known;			/* its conditions are known to an index */
} AkNeeds;

/* Does a path end in a field of the very rows that the aggregate is over? */
static bool
stays(const AkAggregate *aggregate, const AkPath *path)
{
	return path != NULL && path->annotation == NULL && path->field != NULL && path->transforms == NIL &&
		path->nsteps == aggregate->steps && (!path->whole || path->depth > path->nsteps) &&
		ak_query_common_steps(path, aggregate->way) == aggregate->steps;
}

/* Is it no key of rows behind a junction, which that has too? */
static bool
is_behind(const AkPath *path)
{
	const AkStep *step = &path->steps[path->nsteps - 1];
	const AkModel *model = step->to;

	if (step->relation->kind != AK_MANY_TO_MANY)
		return false;
	for (int i = 0; i < model->nkeys; i++)
		if (model->keys[i] == path->field)
			return false;
	return true;
}

/* Are its own conditions plain tests of these rows? */
static bool
filters_plainly(AkQuery *query, const AkAggregate *aggregate, AkNeeds *needs)
{
	AkScope		scope = {.query = query, .model = query->model, .own = true};

	for (int i = 0; aggregate->filter != NULL && i < aggregate->filter->size; i++)
	{
		AkPath	   *path;

		if (aggregate->filter->keys[i][0] == '$' || aggregate->filter->items[i]->kind == AK_JSON_OBJECT)
			return false;
		path = ak_query_scope_path(&scope, aggregate->filter->keys[i], true);
		if (!stays(aggregate, path))
			return false;
		needs->behind = needs->behind || is_behind(path);
		needs->known = needs->known || is_known(path);
	}
	return true;
}

static bool
is_extreme(const AkAggregate *aggregate)
{
	return strcmp(aggregate->function, "min") == 0 || strcmp(aggregate->function, "max") == 0;
}

/* Does it read these rows alone, compute nothing from them, and find no answer in an index? */
static bool
reads_plainly(AkQuery *query, const AkExpr *expr, AkNeeds *needs)
{
	const AkAggregate *aggregate = expr->aggregate;
	ListCell   *cell;

	if (aggregate->otherwise != NULL && aggregate->otherwise->kind != AK_EXPR_VALUE)
		return false;
	foreach(cell, expr->args)
	{
		const AkExpr *argument = lfirst(cell);

		if (argument->kind != AK_EXPR_PATH || !stays(aggregate, argument->path) ||
			(is_extreme(aggregate) && is_known(argument->path)))
			return false;
		needs->behind = needs->behind || is_behind(argument->path);
	}
	foreach(cell, aggregate->order)
	{
		const AkPath *path = ((AkOrder *) lfirst(cell))->path;

		if (!stays(aggregate, path))
			return false;
		needs->behind = needs->behind || is_behind(path);
	}
	return filters_plainly(query, aggregate, needs);
}

static bool
same_filter(const AkJson *a, const AkJson *b)
{
	return a == NULL || b == NULL ? a == b : ak_core_json_equal(a, b);
}

/* May the aggregate come to those of a table? */
static bool
may_join(const AkGathering *gathering, const AkAggregate *aggregate, const AkNeeds *needs)
{
	if (gathering->asked || gathering->query->asking || gathering->steps != aggregate->steps || gathering->behind != needs->behind ||
		ak_query_common_steps(gathering->way, aggregate->way) < aggregate->steps)
		return false;
	if (same_filter(gathering->filter, aggregate->filter))
		return true;
	return !gathering->known && !needs->known && (gathering->thorough || aggregate->filter == NULL);
}

/* ---- laying out ---- */

static AkGathering *
open_gathering(AkQuery *query, const AkAggregate *aggregate, const AkNeeds *needs)
{
	AkGathering *gathering = palloc0(sizeof(AkGathering));
	AkSpot	   *spot = &gathering->spot;

	gathering->query = query;
	gathering->way = spot->along = aggregate->way;
	gathering->steps = aggregate->steps;
	gathering->behind = needs->behind;
	gathering->known = needs->known;
	gathering->asked = query->asking;
	gathering->filter = aggregate->filter;
	gathering->alias = ak_query_root(query, query->model)->alias;
	spot->source = query->source;
	spot->own = true;
	for (; spot->steps < gathering->steps; spot->steps++)
		spot->source = ak_query_go(query, spot->source, &aggregate->way->steps[spot->steps], &gathering->chain);
	query->gatherings = lappend(query->gatherings, gathering);
	return gathering;
}

static AkGathering *
find_gathering(AkQuery *query, const AkAggregate *aggregate, const AkNeeds *needs)
{
	ListCell   *cell;

	foreach(cell, query->gatherings)
	{
		AkGathering *gathering = lfirst(cell);

		if (!may_join(gathering, aggregate, needs))
			continue;
		if (!same_filter(gathering->filter, aggregate->filter))
			gathering->filter = NULL;
		return gathering;
	}
	return open_gathering(query, aggregate, needs);
}

bool
ak_query_gather(AkQuery *query, AkExpr *expr, AkSpot *spot)
{
	AkAggregate *aggregate = expr->aggregate;
	AkNeeds		needs = {0};
	AkGathering *gathering;

	if (!reads_plainly(query, expr, &needs))
		return false;
	gathering = aggregate->gathering = find_gathering(query, aggregate, &needs);
	gathering->thorough = gathering->thorough || aggregate->filter == NULL;
	aggregate->alias = gathering->alias;
	aggregate->column = list_length(gathering->aggregates);
	gathering->aggregates = lappend(gathering->aggregates, expr);
	*spot = gathering->spot;
	return true;
}

/* ---- once for all rows ---- */

static bool
is_gathered(const AkAnnotation *annotation);

/* Is the expression made of columns of such tables? */
static bool
is_made_of_gathered(const AkExpr *expr)
{
	ListCell   *cell;

	check_stack_depth();
	if (expr->kind == AK_EXPR_AGGREGATE)
		return expr->aggregate->gathering != NULL;
	if (expr->kind == AK_EXPR_PATH)
		return expr->path->annotation != NULL && is_gathered(expr->path->annotation);
	foreach(cell, expr->args)
		if (is_made_of_gathered(lfirst(cell)))
			return true;
	return false;
}

static bool
is_gathered(const AkAnnotation *annotation)
{
	const AkExpr *value = ak_query_annotation_value(annotation);

	return value != NULL && is_made_of_gathered(value);
}

/* Are the conditions about such columns alone?  Then they have to be known of all rows. */
static bool
is_about_gathered(const AkCondition *condition)
{
	ListCell   *cell;

	check_stack_depth();
	if (condition->kind == AK_CONDITION_TEST)
		return condition->path->annotation != NULL && is_gathered(condition->path->annotation);
	if (condition->kind != AK_CONDITION_ALL && condition->kind != AK_CONDITION_ANY && condition->kind != AK_CONDITION_NOT)
		return false;
	foreach(cell, condition->members)
		if (!is_about_gathered(lfirst(cell)))
			return false;
	return true;
}

/* Is the first of its order such a column?  Then a slice needs it of all rows too. */
static bool
is_ordered_by_gathered(const AkQuery *query)
{
	const AkOrder *first = query->order ? linitial(query->order) : NULL;

	return first != NULL && first->path != NULL && first->path->annotation != NULL && is_gathered(first->path->annotation);
}

/* How many tables do its conditions name? */
static int
count_asked(const AkQuery *query)
{
	int			count = 0;
	ListCell   *cell;

	foreach(cell, query->gatherings)
		count += ((const AkGathering *) lfirst(cell))->asked;
	return count;
}

/* Are all rows of the model read, and conditions met later than the table is? */
static bool
reads_all(const AkGathering *gathering)
{
	const AkQuery *query = gathering->query;

	return count_asked(query) == gathering->asked && query->whole && query->outer == NULL && query->combined == NULL && query->lock == NULL &&
		!ak_query_has_windows(query) && query->distinct_on == NIL && is_about_gathered(query->where) &&
		(!ak_query_sliced(query) || is_ordered_by_gathered(query)) &&
		check_enable_rls(query->model->relid, InvalidOid, true) != RLS_ENABLED;
}

static bool
is_float(Oid type)
{
	return type == FLOAT4OID || type == FLOAT8OID;
}

/* Has it one value, in whatever order its rows come, and needs no order for it? */
static bool
is_orderless(const AkExpr *expr)
{
	static const char *const functions[] = {"count", "sum", "avg", "min", "max", "stddev_pop", "stddev_samp", "var_pop",
	"var_samp", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor"};
	const AkAggregate *aggregate = expr->aggregate;
	bool		known = false;

	for (int i = 0; i < (int) lengthof(functions); i++)
		known = known || strcmp(functions[i], aggregate->function) == 0;
	return known && !aggregate->distinct && aggregate->order == NIL && !aggregate->first &&
		(expr->args == NIL || !is_float(((const AkExpr *) linitial(expr->args))->type));
}

bool
ak_query_gathers_groups(const AkGathering *gathering)
{
	const AkSource *first = linitial(gathering->chain);
	bool		counts = gathering->filter == NULL;
	ListCell   *cell;

	if (list_length(gathering->chain) > 1 || first->parent != gathering->query->source || !ak_query_ties_exactly(first) ||
		!reads_all(gathering))
		return false;
	foreach(cell, gathering->aggregates)
	{
		const AkAggregate *aggregate = ((const AkExpr *) lfirst(cell))->aggregate;

		if (!is_orderless(lfirst(cell)))
			return false;
		counts = counts && aggregate->rows && aggregate->filter == NULL;
	}
	return !counts;
}

/* ---- writing ---- */

/* count(*) AS a0, sum(t1.stars) AS a1 */
static void
write_columns(AkStatement *st, const AkGathering *gathering)
{
	ListCell   *cell;

	foreach(cell, gathering->aggregates)
	{
		appendStringInfoString(&st->sql, cell == list_head(gathering->aggregates) ? "" : ", ");
		ak_query_write_aggregate_alone(st, lfirst(cell), gathering->filter == NULL);
		appendStringInfo(&st->sql, " AS a%d", foreach_current_index(cell));
	}
}

/* What all of them have in common, as the first of them has it. */
static void
write_filter(AkStatement *st, const AkGathering *gathering, const char *before)
{
	const AkAggregate *first = ((const AkExpr *) linitial(gathering->aggregates))->aggregate;

	if (gathering->filter == NULL || !ak_query_is_limited(first))
		return;
	appendStringInfoString(&st->sql, before);
	ak_query_write_condition(st, first->where);
}

static void
write_lateral(AkStatement *st, const AkGathering *gathering)
{
	appendStringInfoString(&st->sql, " CROSS JOIN LATERAL (SELECT ");
	write_columns(st, gathering);
	ak_query_write_chain(st, gathering->chain);
	write_filter(st, gathering, " AND ");
	appendStringInfo(&st->sql, ") AS t%d", gathering->alias);
}

static void
write_groups(AkStatement *st, const AkGathering *gathering)
{
	const AkSource *first = linitial(gathering->chain);
	int			ties;

	appendStringInfoString(&st->sql, " LEFT JOIN (SELECT ");
	ties = ak_query_write_tie_columns(st, first);
	write_columns(st, gathering);
	ak_query_write_chain_from(st, gathering->chain);
	write_filter(st, gathering, ak_query_write_tied_at_all(st, first) ? " AND " : " WHERE ");
	for (int i = 1; i <= ties; i++)
		appendStringInfo(&st->sql, "%s%d", i > 1 ? ", " : " GROUP BY ", i);
	appendStringInfo(&st->sql, ") AS t%d", gathering->alias);
	ak_query_write_tie_to(st, first, gathering->alias);
}

void
ak_query_write_gatherings(AkStatement *st, const AkQuery *query)
{
	ListCell   *cell;

	foreach(cell, query->gatherings)
	{
		if (ak_query_gathers_groups(lfirst(cell)))
			write_groups(st, lfirst(cell));
		else
			write_lateral(st, lfirst(cell));
	}
}
