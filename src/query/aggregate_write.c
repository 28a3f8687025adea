/*
 * aggregate_write.c
 *		Aggregates: laid out over the rows that they are of, and written.
 *
 * Over related rows an aggregate is a column of a table that it shares with
 * its like (gather.c), or else a sub-select of its own.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "query/aggregate.h"

/* ---- laying out ---- */

/* Goes the way from the row that the aggregate is about to the rows that it is over. */
static void
walk_way(AkQuery *query, AkAggregate *aggregate, AkSpot *spot)
{
	spot->along = aggregate->way;
	for (; spot->steps < aggregate->steps; spot->steps++)
		spot->source = ak_query_go(query, spot->source, &aggregate->way->steps[spot->steps], &aggregate->chain);
}

/* Its values, their order, and which of them count. */
static void
lay_parts(AkQuery *query, const AkSpot *spot, AkExpr *expr)
{
	AkAggregate *aggregate = expr->aggregate;
	AkSpot		at = *spot;
	ListCell   *cell;

	foreach(cell, expr->args)
		ak_query_lay_expression(query, &at, lfirst(cell));
	foreach(cell, aggregate->order)
		ak_query_lay_term_at(query, &at, lfirst(cell));
	if (aggregate->filter == NULL)
		return;
	at.all = aggregate->where = ak_query_condition(AK_CONDITION_ALL);
	ak_query_lay_object(query, at, aggregate->filter);
}

void
ak_query_lay_aggregate_here(AkQuery *query, const AkSpot *spot, AkExpr *expr)
{
	lay_parts(query, spot, expr);
}

void
ak_query_lay_aggregate(AkQuery *query, const AkSpot *spot, AkExpr *expr)
{
	AkAggregate *aggregate = expr->aggregate;
	AkSpot		at = {.source = ak_query_spot_root(spot), .own = spot->own};

	aggregate->grouped = spot->grouped;
	if (spot->grouped)
	{
		AkArm	   *arm = ak_query_group_arm(query, aggregate->way, aggregate->steps);

		at = *ak_query_arm_spot(arm);
		aggregate->column = ak_query_arm_column(arm, expr, &aggregate->alias);
	}
	else if (aggregate->way == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR),
				 errmsg("aggregate \"%s\" is over no related rows", aggregate->kind->name),
				 errhint("Name a to-many relation, or group rows by \"group_by\" or aggregate().")));
	else if (!spot->gathers || !ak_query_gather(query, expr, &at))
		walk_way(query, aggregate, &at);
	lay_parts(query, &at, expr);
	if (aggregate->otherwise != NULL)
		ak_query_lay_expression(query, spot, aggregate->otherwise);
}

bool
ak_query_is_column(const AkAggregate *aggregate)
{
	return aggregate->grouped || aggregate->gathering != NULL;
}

/* ---- writing ---- */

static void
write_argument(AkStatement *st, const AkExpr *expr, const AkExpr *argument)
{
	ak_query_write_expression(st, argument);
	if ((expr->aggregate->kind->takes & TAKES_TEXT && argument->type != TEXTOID) || !OidIsValid(argument->type))
		appendStringInfoString(&st->sql, "::pg_catalog.text");
}

/* Behind DISTINCT the server takes the value itself alone, written alike. */
static void
write_distinct_order(AkStatement *st, const AkExpr *expr)
{
	AkOrder    *term = linitial(expr->aggregate->order);

	appendStringInfoString(&st->sql, " ORDER BY ");
	write_argument(st, expr, linitial(expr->args));
	appendStringInfoString(&st->sql, term->descending ? " DESC" : "");
	if (term->nulls != NULL)
		appendStringInfo(&st->sql, " NULLS %s", strcmp(term->nulls, "first") == 0 ? "FIRST" : "LAST");
}

static void
write_arguments(AkStatement *st, const AkExpr *expr)
{
	const AkAggregate *aggregate = expr->aggregate;
	ListCell   *cell;

	if (aggregate->rows)
	{
		appendStringInfoChar(&st->sql, '*');
		return;
	}
	if (aggregate->distinct)
		appendStringInfoString(&st->sql, "DISTINCT ");
	foreach(cell, expr->args)
	{
		appendStringInfoString(&st->sql, cell == list_head(expr->args) ? "" : ", ");
		write_argument(st, expr, lfirst(cell));
	}
	if (aggregate->delimiter != NULL)
	{
		appendStringInfoString(&st->sql, ", ");
		ak_core_bind(st, TEXTOID, CStringGetTextDatum(aggregate->delimiter), false);
	}
	if (aggregate->distinct && aggregate->order != NIL)
		write_distinct_order(st, expr);
	else
		ak_query_write_order(st, aggregate->order, false);
}

bool
ak_query_is_limited(const AkAggregate *aggregate)
{
	return aggregate->where != NULL && aggregate->where->members != NIL;
}

/* FILTER (WHERE …): its own conditions where they are not said elsewhere, and that the value is not NULL where NULLs do not count. */
static void
write_filter(AkStatement *st, const AkExpr *expr, bool own)
{
	const AkAggregate *aggregate = expr->aggregate;

	if (!aggregate->first && !own)
		return;
	appendStringInfoString(&st->sql, " FILTER (WHERE ");
	if (own)
		ak_query_write_condition(st, aggregate->where);
	if (aggregate->first)
	{
		appendStringInfoString(&st->sql, own ? " AND (" : "(");
		ak_query_write_expression(st, linitial(expr->args));
		appendStringInfoString(&st->sql, ") IS NOT NULL");
	}
	appendStringInfoChar(&st->sql, ')');
}

/* sum(DISTINCT t1.likes ORDER BY …) */
static void
write_call(AkStatement *st, const AkExpr *expr, bool filtered)
{
	appendStringInfo(&st->sql, "%spg_catalog.%s(", expr->aggregate->first ? "(" : "", expr->aggregate->function);
	write_arguments(st, expr);
	appendStringInfoChar(&st->sql, ')');
	write_filter(st, expr, filtered);
}

void
ak_query_write_aggregate_end(AkStatement *st, const AkExpr *expr)
{
	appendStringInfoString(&st->sql, expr->aggregate->first ? ")[1]" : "");
}

void
ak_query_write_aggregate_call(AkStatement *st, const AkExpr *expr)
{
	write_call(st, expr, ak_query_is_limited(expr->aggregate));
}

void
ak_query_write_aggregate_alone(AkStatement *st, const AkExpr *expr, bool filtered)
{
	write_call(st, expr, filtered && ak_query_is_limited(expr->aggregate));
	ak_query_write_aggregate_end(st, expr);
}

/* (SELECT sum(…) FROM … WHERE …) */
static void
write_sub_select(AkStatement *st, const AkExpr *expr)
{
	appendStringInfoString(&st->sql, "(SELECT ");
	ak_query_write_aggregate_alone(st, expr, false);
	ak_query_write_chain(st, expr->aggregate->chain);
	if (ak_query_is_limited(expr->aggregate))
	{
		appendStringInfoString(&st->sql, " AND ");
		ak_query_write_condition(st, expr->aggregate->where);
	}
	appendStringInfoChar(&st->sql, ')');
}

/* May there be no row of the table that it is a column of, where it is over nothing? */
static bool
may_lack(const AkAggregate *aggregate)
{
	return aggregate->grouped ? aggregate->way != NULL
		: aggregate->gathering != NULL && ak_query_gathers_groups(aggregate->gathering);
}

/* Its value, with what takes the place of NULL; a count is never NULL. */
void
ak_query_write_aggregate(AkStatement *st, const AkExpr *expr)
{
	const AkAggregate *aggregate = expr->aggregate;
	bool		counts = strcmp(aggregate->function, "count") == 0 || strcmp(aggregate->function, "regr_count") == 0;
	bool		lacks = counts && may_lack(aggregate);

	if (lacks || (aggregate->otherwise != NULL && !counts))
		appendStringInfoString(&st->sql, "COALESCE(");
	if (ak_query_is_column(aggregate))
		appendStringInfo(&st->sql, "t%d.a%d", aggregate->alias, aggregate->column);
	else
		write_sub_select(st, expr);
	if (lacks)
		appendStringInfoString(&st->sql, ", 0)");
	else if (aggregate->otherwise != NULL && !counts)
	{
		appendStringInfoString(&st->sql, ", ");
		ak_query_write_expression(st, aggregate->otherwise);
		appendStringInfo(&st->sql, "::%s)", ak_core_type_name(aggregate->type, -1));
	}
}
