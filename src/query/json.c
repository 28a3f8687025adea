/*
 * json.c
 *		Rows as JSON objects, written by SQL.
 *
 * A row is a sub-select whose columns carry the keys, in field order, turned
 * into an object by row_to_json: no limit of arguments, and PostgreSQL's own
 * forms of dates and numbers.  A foreign key shows its value under author_id;
 * a branch puts the row or the list behind it under author, right after the
 * key.  One statement reads all levels, under one snapshot.
 *
 * An encoder in C will take the place of this file; nothing outside it and
 * fetch.c knows how the text comes about.
 */
#include "postgres.h"

#include "access/table.h"
#include "miscadmin.h"
#include "utils/rel.h"

#include "query/internal.h"

static void write_columns(AkStatement *st, const AkSource *source, List *branches);

/* (SELECT row_to_json(r) FROM (SELECT columns) AS r WHERE the joined row is there) */
static void
write_object(AkStatement *st, const AkBranch *branch)
{
	List	   *outer;
	List	   *inner;

	ak_relation_columns(&branch->step, &outer, &inner);
	appendStringInfoString(&st->sql, "(SELECT pg_catalog.row_to_json(r) FROM (SELECT ");
	write_columns(st, branch->source, branch->branches);
	appendStringInfoString(&st->sql, ") AS r WHERE ");
	ak_query_write_column(st, branch->source, linitial(inner));
	appendStringInfoString(&st->sql, " IS NOT NULL)");
}

/* (SELECT coalesce(json_agg(row_to_json(r)), '[]') FROM (SELECT columns FROM … ORDER BY …) AS r) */
static void
write_list(AkStatement *st, const AkBranch *branch)
{
	appendStringInfoString(&st->sql, "(SELECT COALESCE(pg_catalog.json_agg(pg_catalog.row_to_json(r)), "
						   "'[]'::pg_catalog.json) FROM (SELECT ");
	write_columns(st, branch->source, branch->branches);
	ak_query_write_from(st, branch->source);
	appendStringInfoString(&st->sql, " WHERE ");
	ak_query_write_tie(st, branch->source);
	ak_query_write_order(st, branch->order, false);
	appendStringInfoString(&st->sql, ") AS r)");
}

static void
write_branch(AkStatement *st, const AkBranch *branch, const char *before)
{
	appendStringInfoString(&st->sql, before);
	if (branch->step.many)
		write_list(st, branch);
	else
		write_object(st, branch);
	appendStringInfo(&st->sql, " AS %s", ak_core_quote(branch->step.accessor));
}

/* The branch that a forward relation field opens; NULL when none was asked for. */
static const AkBranch *
forward_branch(List *branches, const AkField *field)
{
	ListCell   *cell;

	foreach(cell, branches)
	{
		const AkBranch *branch = lfirst(cell);

		if (!branch->step.reverse && branch->step.relation == field->relation)
			return branch;
	}
	return NULL;
}

/* Fields in their order, each with the branch it opens, then reverse branches as asked for. */
static void
write_columns(AkStatement *st, const AkSource *source, List *branches)
{
	const AkModel *model = source->model;
	const char *before = "";
	ListCell   *cell;

	check_stack_depth();
	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];
		const AkBranch *branch = field->relation ? forward_branch(branches, field) : NULL;

		if (field->attnum != 0)
		{
			appendStringInfoString(&st->sql, before);
			ak_query_write_column(st, source, field);
			if (strcmp(field->json_name, field->column) != 0)
				appendStringInfo(&st->sql, " AS %s", ak_core_quote(field->json_name));
			before = ", ";
		}
		if (branch != NULL)
		{
			write_branch(st, branch, before);
			before = ", ";
		}
	}
	foreach(cell, branches)
		if (((AkBranch *) lfirst(cell))->step.reverse)
		{
			write_branch(st, lfirst(cell), before);
			before = ", ";
		}
}

/* Are the table's columns the model's fields, in their order and by their keys? */
static bool
is_whole_row(const AkModel *model)
{
	Relation	rel = table_open(model->relid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	bool		whole = true;
	int			next = 0;

	for (int i = 0; i < desc->natts && whole; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (column->attisdropped)
			continue;
		while (next < model->nfields && model->fields[next]->attnum == 0)
			next++;
		whole = next < model->nfields && model->fields[next]->attnum == column->attnum &&
			strcmp(model->fields[next]->json_name, NameStr(column->attname)) == 0;
		next++;
	}
	table_close(rel, NoLock);
	while (whole && next < model->nfields)
		whole = model->fields[next++]->attnum == 0;
	return whole;
}

void
ak_query_write_row_json(AkStatement *st, AkModel *model, int alias)
{
	AkSource	source = {.model = model, .alias = alias, .junction = -1, .used = true};

	/* The same object, without a sub-plan of its own. */
	if (is_whole_row(model))
	{
		appendStringInfo(&st->sql, "pg_catalog.row_to_json(t%d.*)", alias);
		return;
	}
	appendStringInfoString(&st->sql, "(SELECT pg_catalog.row_to_json(r) FROM (SELECT ");
	write_columns(st, &source, NIL);
	appendStringInfoString(&st->sql, ") AS r)");
}

/* SELECT of the columns, up to ORDER BY. */
static void
write_select(AkStatement *st, AkQuery *query, const AkLayout *layout)
{
	ak_query_write_head(st, layout);
	write_columns(st, query->source, query->branches);
	ak_query_write_tail(st, query, layout);
}

void
ak_query_write_json_select(AkStatement *st, AkQuery *query, AkOrdering ordering)
{
	AkLayout	layout = ak_query_lay_out(query, ordering);

	ak_query_lay_branches(query, query->source, query->branches);
	write_select(st, query, &layout);
	ak_query_write_limit(st, query);
}

/*
 * An order keeps its LIMIT beside it, so that lists are made for the rows that
 * stay.  Without one LIMIT stands outside, and the sub-select vanishes from
 * the plan.
 */
void
ak_query_write_json_objects(AkStatement *st, AkQuery *query, AkOrdering ordering, const AkField *key)
{
	AkLayout	layout = ak_query_lay_out(query, ordering);
	bool		ordered = layout.order != NIL || layout.distinct_on != NIL;

	ak_query_lay_branches(query, query->source, query->branches);
	appendStringInfoString(&st->sql, "SELECT pg_catalog.row_to_json(r)");
	if (key != NULL)
		appendStringInfo(&st->sql, ", r.%s", ak_core_quote(key->json_name));
	appendStringInfoString(&st->sql, " FROM (");
	write_select(st, query, &layout);
	if (ordered)
		ak_query_write_limit(st, query);
	appendStringInfoString(&st->sql, ") AS r");
	if (!ordered)
		ak_query_write_limit(st, query);
}
