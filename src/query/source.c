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
#include "catalog/pg_type.h"

#include "query/internal.h"

static int *
alias_counter(AkQuery *query)
{
	while (query->outer != NULL)
		query = query->outer;
	return &query->naliases;
}

static AkSource *
new_source(AkQuery *query, AkModel *model)
{
	AkSource   *source = palloc0(sizeof(AkSource));

	ak_query_check_tables(*alias_counter(query) + 1);
	source->model = model;
	source->alias = (*alias_counter(query))++;
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

int
ak_query_common_steps(const AkPath *a, const AkPath *b)
{
	int			n = 0;

	while (n < Min(a->nsteps, b->nsteps) && ak_query_same_step(&a->steps[n], &b->steps[n]))
		n++;
	return n;
}

/* Does the step go through a junction? */
static bool
by_junction(const AkStep *step)
{
	return step->relation->kind == AK_MANY_TO_MANY;
}

/* Which of the model's key fields it is; -1: none. */
static int
key_place(const AkModel *model, const AkField *field)
{
	for (int i = 0; i < model->nkeys; i++)
		if (model->keys[i] == field)
			return i;
	return -1;
}

static void
use_all(AkSource *source, List *fields)
{
	ListCell   *cell;

	foreach(cell, fields)
		ak_query_use(source, lfirst(cell));
}

void
ak_query_use(AkSource *source, const AkField *field)
{
	if (source->junction >= 0 && key_place(source->model, field) < 0)
		source->used = true;
}

/* A source behind `step` from `parent`, which must then show its side of the tie. */
static AkSource *
step_source(AkQuery *query, AkSource *parent, const AkStep *step)
{
	AkSource   *source = new_source(query, step->to);
	List	   *outer;
	List	   *inner;

	source->parent = parent;
	source->step = *step;
	if (by_junction(step))
		use_all(parent, ak_relation_key_fields(step->from));
	else
	{
		ak_relation_columns(step, &outer, &inner);
		use_all(parent, outer);
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
		source->junction = (*alias_counter(query))++;
		source->used = false;
	}
	return source;
}

AkSource *
ak_query_go(AkQuery *query, AkSource *source, const AkStep *step, List **chain)
{
	if (!step->many)
		return ak_query_join(query, source, step);
	source = ak_query_apart(query, source, step);
	*chain = lappend(*chain, source);
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

/* The junction's columns that point at the source's model, or at the one it was reached from. */
static List *
junction_columns(const AkSource *source, bool outer)
{
	List	   *from_columns;
	List	   *to_columns;

	ak_relation_junction(&source->step, &from_columns, &to_columns);
	return outer ? from_columns : to_columns;
}

void
ak_query_write_column(AkStatement *st, const AkSource *source, const AkField *field)
{
	if (source->junction >= 0 && !source->used)
		write_name(st, source->junction, list_nth(junction_columns(source, false), key_place(source->model, field)));
	else
		write_name(st, source->alias, field->column);
}

/* table.key = junction.to AND …: the table behind its junction. */
static void
write_junction_match(AkStatement *st, const AkSource *source)
{
	const AkModel *model = source->model;
	List	   *columns = junction_columns(source, false);

	for (int i = 0; i < model->nkeys; i++)
	{
		appendStringInfoString(&st->sql, i ? " AND " : "");
		write_name(st, source->alias, model->keys[i]->column);
		write_equals(st, model->keys[i]->typid);
		write_name(st, source->junction, list_nth(columns, i));
	}
}

/* A column by which rows behind a to-many step belong to a row. */
typedef struct AkTie
{
	int			alias;			/* t<alias>.column, of the type */
	const char *column;
	Oid			type;
	bool		nullable;
	const AkField *outer;		/* the parent's */
} AkTie;

static AkTie *
make_tie(int alias, const char *column, const AkField *inner, const AkField *outer)
{
	AkTie	   *tie = palloc(sizeof(AkTie));

	tie->alias = alias;
	tie->column = column;
	tie->type = inner->typid;
	tie->nullable = !inner->not_null;
	tie->outer = outer;
	return tie;
}

/* Of AkTie *: junction.from = outer.key AND …, or inner.column = outer.column AND … */
static List *
ties_of(const AkSource *source)
{
	const AkModel *from = source->step.from;
	List	   *ties = NIL;
	List	   *outer;
	List	   *inner;
	ListCell   *a;
	ListCell   *b;

	if (source->junction >= 0)
	{
		List	   *columns = junction_columns(source, true);

		for (int i = 0; i < from->nkeys; i++)
			ties = lappend(ties, make_tie(source->junction, list_nth(columns, i), from->keys[i], from->keys[i]));
		return ties;
	}
	ak_relation_columns(&source->step, &outer, &inner);
	forboth(a, inner, b, outer)
		ties = lappend(ties, make_tie(source->alias, ((AkField *) lfirst(a))->column, lfirst(a), lfirst(b)));
	return ties;
}

static void
write_tie(AkStatement *st, const AkSource *source)
{
	const char *before = "";
	ListCell   *cell;

	foreach(cell, ties_of(source))
	{
		const AkTie *tie = lfirst(cell);

		appendStringInfoString(&st->sql, before);
		write_name(st, tie->alias, tie->column);
		write_equals(st, tie->type);
		ak_query_write_column(st, source->parent, tie->outer);
		before = " AND ";
	}
}

/* A type whose equal values are one value, for groups as for joins. */
static bool
is_exact(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == UUIDOID;
}

bool
ak_query_ties_exactly(const AkSource *source)
{
	ListCell   *cell;

	foreach(cell, ties_of(source))
	{
		const AkTie *tie = lfirst(cell);

		if (!is_exact(tie->type) || tie->outer->typid != tie->type)
			return false;
	}
	return true;
}

int
ak_query_write_tie_columns(AkStatement *st, const AkSource *source)
{
	List	   *ties = ties_of(source);
	ListCell   *cell;

	foreach(cell, ties)
	{
		const AkTie *tie = lfirst(cell);

		write_name(st, tie->alias, tie->column);
		appendStringInfo(&st->sql, " AS k%d, ", foreach_current_index(cell));
	}
	return list_length(ties);
}

bool
ak_query_write_tied_at_all(AkStatement *st, const AkSource *source)
{
	const char *before = " WHERE ";
	bool		any = false;
	ListCell   *cell;

	foreach(cell, ties_of(source))
	{
		const AkTie *tie = lfirst(cell);

		if (!tie->nullable)
			continue;
		appendStringInfoString(&st->sql, before);
		write_name(st, tie->alias, tie->column);
		appendStringInfoString(&st->sql, " IS NOT NULL");
		before = " AND ";
		any = true;
	}
	return any;
}

void
ak_query_write_tie_to(AkStatement *st, const AkSource *source, int alias)
{
	const char *before = " ON ";
	ListCell   *cell;

	foreach(cell, ties_of(source))
	{
		const AkTie *tie = lfirst(cell);

		appendStringInfo(&st->sql, "%st%d.k%d", before, alias, foreach_current_index(cell));
		write_equals(st, tie->type);
		ak_query_write_column(st, source->parent, tie->outer);
		before = " AND ";
	}
}

void
ak_query_write_junction(AkStatement *st, const AkSource *source)
{
	appendStringInfo(&st->sql, " FROM %s AS t%d", source->step.relation->junction_sql, source->junction);
}

void
ak_query_write_tie(AkStatement *st, const AkSource *source)
{
	if (source->junction < 0 || !source->once)
	{
		write_tie(st, source);
		return;
	}
	appendStringInfoString(&st->sql, "EXISTS (SELECT 1");
	ak_query_write_junction(st, source);
	appendStringInfoString(&st->sql, " WHERE ");
	write_junction_match(st, source);
	appendStringInfoString(&st->sql, " AND ");
	write_tie(st, source);
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

		appendStringInfo(&st->sql, " %s %s AS t%d ON ", joined->there ? "JOIN" : "LEFT JOIN", joined->model->sql_name,
						 joined->alias);
		ak_query_write_tie(st, joined);
		write_joins(st, joined);
	}
}

void
ak_query_write_from(AkStatement *st, const AkSource *source)
{
	if (source->junction >= 0 && !source->once)
	{
		ak_query_write_junction(st, source);
		ak_query_write_behind_junction(st, source);
		return;
	}
	appendStringInfo(&st->sql, " FROM %s AS t%d", source->model->sql_name, source->alias);
	write_joins(st, source);
}

/* A table behind a to-many step, joined to those before it. */
static void
write_also(AkStatement *st, const AkSource *source)
{
	if (source->junction >= 0)
	{
		appendStringInfo(&st->sql, " JOIN %s AS t%d ON ", source->step.relation->junction_sql, source->junction);
		write_tie(st, source);
		ak_query_write_behind_junction(st, source);
		return;
	}
	appendStringInfo(&st->sql, " JOIN %s AS t%d ON ", source->model->sql_name, source->alias);
	ak_query_write_tie(st, source);
	write_joins(st, source);
}

void
ak_query_write_chain_from(AkStatement *st, List *chain)
{
	ListCell   *cell;

	ak_query_write_from(st, linitial(chain));
	for_each_from(cell, chain, 1)
		write_also(st, lfirst(cell));
}

void
ak_query_write_chain(AkStatement *st, List *chain)
{
	ak_query_write_chain_from(st, chain);
	appendStringInfoString(&st->sql, " WHERE ");
	ak_query_write_tie(st, linitial(chain));
}

void
ak_query_write_joined_chain(AkStatement *st, List *chain)
{
	ListCell   *cell;

	foreach(cell, chain)
		write_also(st, lfirst(cell));
}

void
ak_query_write_behind_junction(AkStatement *st, const AkSource *source)
{
	if (source->used)
	{
		appendStringInfo(&st->sql, " JOIN %s AS t%d ON ", source->model->sql_name, source->alias);
		write_junction_match(st, source);
	}
	write_joins(st, source);
}
