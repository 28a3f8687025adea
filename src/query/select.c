/*
 * select.c
 *		FROM, WHERE, ORDER BY and LIMIT of a query set.
 *
 * An exit decides whether it shows an order.  Where it does, or where a slice
 * or DISTINCT ON makes the order part of the answer, the order is laid out
 * before the FROM is written, because its terms may join tables.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"

#include "query/internal.h"

bool
ak_query_sliced(const AkQuery *query)
{
	return query->limit >= 0 || query->offset > 0;
}

bool
ak_query_plain(const AkQuery *query)
{
	return query->source->joins == NIL && query->laterals == NIL && query->combined == NULL && !ak_query_has_windows(query) && query->distinct_on == NIL && !ak_query_sliced(query);
}

/* ---- layout ---- */

/* 42P10 unless the order begins with the paths of DISTINCT ON. */
static void
check_distinct_order(const AkLayout *layout)
{
	int			n = list_length(layout->distinct_on);

	for (int i = 0; i < Min(n, list_length(layout->order)); i++)
	{
		AkOrder    *term = list_nth(layout->order, i);
		bool		found = false;
		ListCell   *cell;

		foreach(cell, layout->distinct_on)
			found = found || ak_query_same_term(lfirst(cell), term);
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
					 errmsg("the order does not begin with the paths of \"distinct\""),
					 errhint("Begin order_by with the paths of distinct.")));
	}
}

/* The terms an exit that shows its order uses where none were said. */
static List *
unsaid_order(const AkQuery *query, AkOrdering ordering)
{
	List	   *order = query->ordered || (query->unlike && query->picked != NIL) ? NIL : ak_query_model_order(query->model);

	return order == NIL && ordering == AK_ORDER_ALWAYS ? ak_query_key_order(query->model) : order;
}

static void
refuse_groups(const AkQuery *query)
{
	if (ak_query_puts_together(query))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("groups are no rows of model \"%s\"", query->model->label),
				 errhint("fetch, fetch_all, get, first, last, count and exists give them.")));
}

/*
 * The order of the answer, where it has one.  An order that was said must
 * begin with the paths of DISTINCT ON, any other is put behind them.
 */
AkLayout
ak_query_lay_out(AkQuery *query, AkOrdering ordering)
{
	AkLayout	layout = {0};

	refuse_groups(query);
	ak_query_lay_combined(query);
	ak_query_lay_lock(query);
	layout.unlike = query->unlike && query->picked != NIL;
	if (query->distinct_on != NIL)
		layout.distinct_on = ak_query_lay_columns(query, query->source, query->distinct_on);
	else if (!ak_query_sliced(query) &&
			 (ordering == AK_ORDER_HIDDEN || (ordering == AK_ORDER_SAID && query->order == NIL)))
		return layout;
	if (query->order != NIL)
	{
		layout.order = ak_query_lay_order(query, query->source, query->order);
		check_distinct_order(&layout);
		return layout;
	}
	layout.order = ak_query_lay_order(query, query->source, unsaid_order(query, ordering));
	layout.order = list_concat_copy(layout.distinct_on, layout.order);
	return layout;
}

AkLayout
ak_query_lay_rows(AkQuery *query, AkOrdering ordering)
{
	query->unlike = false;
	return ak_query_lay_out(query, ordering);
}

/* ---- writing ---- */

void
ak_query_write_where(AkStatement *st, const AkQuery *query)
{
	if (query->where->members == NIL)
		return;
	appendStringInfoString(&st->sql, " WHERE ");
	ak_query_write_condition(st, query->where);
}

/* A bound of a slice; unlike a limit it decides about nothing else. */
static AkValue
read_offset(const AkCondition *test, const AkJson *value)
{
	AkValue		read = {.type = INT8OID};
	AkJson	   *alone = ak_core_json_object();

	ak_core_json_put(alone, "offset", unconstify(AkJson *, value));
	read.datum = Int64GetDatum(ak_query_bound(alone, "offset", 0));
	return read;
}

static void
bind_offset(AkStatement *st, const AkQuery *query)
{
	static const AkReader reader = {read_offset, NULL};

	if (query->offset_value != NULL)
		ak_query_bind(st, NULL, query->offset_value, &reader);
	else
		ak_core_bind(st, INT8OID, Int64GetDatum(query->offset), false);
}

void
ak_query_write_limit(AkStatement *st, const AkQuery *query)
{
	if (query->limit >= 0)
	{
		appendStringInfoString(&st->sql, " LIMIT ");
		ak_core_bind(st, INT8OID, Int64GetDatum(query->limit), false);
	}
	if (query->offset > 0)
	{
		appendStringInfoString(&st->sql, " OFFSET ");
		bind_offset(st, query);
	}
	if (query->lock != NULL)
		ak_query_write_lock(st, query);
}

void
ak_query_write_head(AkStatement *st, const AkLayout *layout)
{
	const char *before = "DISTINCT ON (";
	ListCell   *cell;

	appendStringInfoString(&st->sql, layout->unlike ? "SELECT DISTINCT " : "SELECT ");
	foreach(cell, layout->distinct_on)
	{
		appendStringInfoString(&st->sql, before);
		ak_query_write_term(st, lfirst(cell));
		before = ", ";
	}
	if (layout->distinct_on != NIL)
		appendStringInfoString(&st->sql, ") ");
}

void
ak_query_write_tail(AkStatement *st, const AkQuery *query, const AkLayout *layout)
{
	ak_query_write_from(st, query->source);
	ak_query_write_beside(st, query);
	if (query->combined != NULL)
		ak_query_write_combined(st, query);
	else if (ak_query_has_windows(query))
		ak_query_write_windows(st, query);
	else
		ak_query_write_where(st, query);
	ak_query_write_order(st, layout->order, query->reversed);
}

/* The key's columns: t0.id, or (t0.a, t0.b). */
static void
write_key(AkStatement *st, const AkQuery *query, bool row)
{
	const AkModel *model = query->model;

	if (model->nkeys == 0)
		(void) ak_model_key(model);		/* raises */
	row = row && model->nkeys > 1;
	if (row)
		appendStringInfoChar(&st->sql, '(');
	for (int i = 0; i < model->nkeys; i++)
	{
		if (i > 0)
			appendStringInfoString(&st->sql, ", ");
		ak_query_write_column(st, query->source, model->keys[i]);
	}
	if (row)
		appendStringInfoChar(&st->sql, ')');
}

void
ak_query_write_key(AkStatement *st, const AkQuery *query)
{
	write_key(st, query, false);
}

/* ON t5.k0 = t0.id AND … */
void
ak_query_write_same_key(AkStatement *st, const AkQuery *query, int alias)
{
	const AkModel *model = query->model;

	for (int i = 0; i < model->nkeys; i++)
	{
		appendStringInfo(&st->sql, "%st%d.k%d ", i ? " AND " : " ON ", alias, i);
		ak_core_operator(&st->sql, ak_core_btree_operator(model->keys[i]->typid, BTEqualStrategyNumber));
		appendStringInfoChar(&st->sql, ' ');
		ak_query_write_column(st, query->source, model->keys[i]);
	}
}

/* The inner t0 hides the outer one: the sub-select is a query of its own. */
void
ak_query_write_restriction(AkStatement *st, AkQuery *query)
{
	AkLayout	layout;

	refuse_groups(query);
	if (ak_query_plain(query))
	{
		ak_query_write_where(st, query);
		return;
	}
	layout = ak_query_lay_rows(query, AK_ORDER_HIDDEN);
	appendStringInfoString(&st->sql, " WHERE ");
	write_key(st, query, true);
	appendStringInfoString(&st->sql, " OPERATOR(pg_catalog.=) ANY (");
	ak_query_write_head(st, &layout);
	write_key(st, query, false);
	ak_query_write_tail(st, query, &layout);
	ak_query_write_limit(st, query);
	appendStringInfoChar(&st->sql, ')');
}
