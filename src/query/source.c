/*
 * source.c
 *		Tables in FROM clauses: joins, ties and aliases.
 *
 * A to-one step is a LEFT JOIN, made once per FROM; it never repeats a row,
 * and PostgreSQL turns it into an inner join where a condition is strict.  A
 * to-many step opens a FROM of its own inside EXISTS or a nested list, tied
 * to the outer row.  Over a junction that FROM starts with the junction, and
 * the table behind it joins in only when something but its key is read.  A
 * through model may name one row twice: a list over it asks the junction by
 * EXISTS, so that the row stands in the list once.
 *
 * Everything is laid out before anything is written, so that each FROM is
 * known when its turn comes.
 */
#include "postgres.h"

#include "access/stratnum.h"

#include "query/internal.h"

/* Tables in one statement: far more than a plan could bear. */
#define MOST_TABLES 500

static AkSource *
new_source(AkQuery *query, AkModel *model)
{
	AkSource   *source = palloc0(sizeof(AkSource));

	if (query->naliases >= MOST_TABLES)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("a query set cannot read more than %d tables", MOST_TABLES)));
	source->model = model;
	source->alias = query->naliases++;
	source->junction = -1;
	source->used = true;
	return source;
}

AkSource *
ak_query_root(AkQuery *query, AkModel *model)
{
	return new_source(query, model);
}

bool
ak_query_same_step(const AkStep *a, const AkStep *b)
{
	return a->relation == b->relation && a->reverse == b->reverse;
}

/* Does the step go through a junction? */
static bool
by_junction(const AkStep *step)
{
	return step->relation->kind == AK_MANY_TO_MANY;
}

void
ak_query_use(AkSource *source, const AkField *field)
{
	if (source->junction >= 0 && field != ak_model_key(source->model))
		source->used = true;
}

/* A source behind `step` from `parent`, which must then show its side of the tie. */
static AkSource *
step_source(AkQuery *query, AkSource *parent, const AkStep *step)
{
	AkSource   *source = new_source(query, step->to);
	const AkField *outer;
	const AkField *inner;

	source->parent = parent;
	source->step = *step;
	if (by_junction(step))
		ak_query_use(parent, ak_model_key(step->from));
	else
	{
		ak_relation_columns(step, &outer, &inner);
		ak_query_use(parent, outer);
	}
	return source;
}

AkSource *
ak_query_join(AkQuery *query, AkSource *source, const AkStep *step)
{
	AkSource   *joined;
	ListCell   *cell;

	Assert(!step->many);
	foreach(cell, source->joins)
	{
		joined = lfirst(cell);
		if (ak_query_same_step(&joined->step, step))
			return joined;
	}
	joined = step_source(query, source, step);
	source->joins = lappend(source->joins, joined);
	return joined;
}

/* 42P01 where the junction is not there. */
static void
require_junction(const AkStep *step)
{
	if (!OidIsValid(step->relation->junction_relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the junction table of \"%s.%s\" does not exist",
						step->relation->source->label, step->relation->field->name)));
}

AkSource *
ak_query_apart(AkQuery *query, AkSource *parent, const AkStep *step)
{
	AkSource   *source = step_source(query, parent, step);

	if (by_junction(step))
	{
		require_junction(step);
		source->junction = query->naliases++;
		source->used = false;
	}
	return source;
}

/* ---- writing ---- */

/* t1.column */
static void
write_name(AkStatement *st, int alias, const char *column)
{
	appendStringInfo(&st->sql, "t%d.%s", alias, ak_core_quote(column));
}

/* The operator that ties a key to what it references. */
static void
write_equals(AkStatement *st, Oid type)
{
	appendStringInfoChar(&st->sql, ' ');
	ak_core_operator(&st->sql, ak_core_btree_operator(type, BTEqualStrategyNumber));
	appendStringInfoChar(&st->sql, ' ');
}

/* The junction's column that points at the source's model. */
static const char *
junction_column(const AkSource *source, bool outer)
{
	const char *from_column;
	const char *to_column;

	ak_relation_junction(&source->step, &from_column, &to_column);
	return outer ? from_column : to_column;
}

void
ak_query_write_column(AkStatement *st, const AkSource *source, const AkField *field)
{
	if (source->junction >= 0 && !source->used)
		write_name(st, source->junction, junction_column(source, false));
	else
		write_name(st, source->alias, field->column);
}

/* junction.to = table.key: the table behind its junction. */
static void
write_behind_junction(AkStatement *st, const AkSource *source)
{
	const AkField *key = ak_model_key(source->model);

	write_name(st, source->alias, key->column);
	write_equals(st, key->typid);
	write_name(st, source->junction, junction_column(source, false));
}

/* junction.from = outer.key */
static void
write_junction_tie(AkStatement *st, const AkSource *source)
{
	const AkField *outer = ak_model_key(source->step.from);

	write_name(st, source->junction, junction_column(source, true));
	write_equals(st, outer->typid);
	ak_query_write_column(st, source->parent, outer);
}

static void
write_junction_name(AkStatement *st, const AkSource *source)
{
	appendStringInfo(&st->sql, " FROM %s AS t%d", source->step.relation->junction_sql, source->junction);
}

void
ak_query_write_tie(AkStatement *st, const AkSource *source)
{
	const AkField *outer;
	const AkField *inner;

	if (source->junction < 0)
	{
		ak_relation_columns(&source->step, &outer, &inner);
		write_name(st, source->alias, inner->column);
		write_equals(st, inner->typid);
		ak_query_write_column(st, source->parent, outer);
		return;
	}
	if (!source->once)
	{
		write_junction_tie(st, source);
		return;
	}
	appendStringInfoString(&st->sql, "EXISTS (SELECT 1");
	write_junction_name(st, source);
	appendStringInfoString(&st->sql, " WHERE ");
	write_behind_junction(st, source);
	appendStringInfoString(&st->sql, " AND ");
	write_junction_tie(st, source);
	appendStringInfoChar(&st->sql, ')');
}

/* The to-one neighbours, theirs included. */
static void
write_joins(AkStatement *st, const AkSource *source)
{
	ListCell   *cell;

	check_stack_depth();
	foreach(cell, source->joins)
	{
		AkSource   *joined = lfirst(cell);

		appendStringInfo(&st->sql, " LEFT JOIN %s AS t%d ON ", joined->model->sql_name, joined->alias);
		ak_query_write_tie(st, joined);
		write_joins(st, joined);
	}
}

void
ak_query_write_from(AkStatement *st, const AkSource *source)
{
	bool		joined = source->junction >= 0 && !source->once;

	if (joined)
		write_junction_name(st, source);
	else
		appendStringInfo(&st->sql, " FROM %s AS t%d", source->model->sql_name, source->alias);
	if (joined && source->used)
	{
		appendStringInfo(&st->sql, " JOIN %s AS t%d ON ", source->model->sql_name, source->alias);
		write_behind_junction(st, source);
	}
	write_joins(st, source);
}
