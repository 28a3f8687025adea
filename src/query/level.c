/*
 * level.c
 *		The statement that reads a list for many rows at once.
 *
 * The rows above hand their side of the tie down as arrays, one a column, and
 * the list's rows come back with the list's side before their own columns, in
 * the order of the list:
 *
 *		SELECT t1.author_id, t1.id, … FROM posts AS t1
 *		WHERE t1.author_id = ANY ($1) ORDER BY t1.id
 *
 * Over several columns the arrays are rows that a semi-join looks for.  Over
 * a junction the tie is the junction's; where a through model may name one
 * row twice its pairs are made distinct first.  For one row above there is a
 * second statement, which asks for = $1.
 *
 * Both run under one plan for all values: how many rows there are above says
 * more than which ones, and planning would cost more than the list.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/value.h"
#include "utils/lsyscache.h"

#include "query/encode.h"

/* ---- ties ---- */

static void
init_tie(AkTie *tie, AkLevel *above, const AkBranch *branch, const AkField *outer, int alias, const char *inner)
{
	tie->outer = ak_query_output(above, branch->source->parent, outer);
	tie->inner = psprintf("t%d.%s", alias, ak_core_quote(inner));
	tie->type = getBaseType(outer->typid);
	tie->collation = outer->collation;
	tie->array_type = get_array_type(tie->type);
	tie->as_text = !OidIsValid(tie->array_type) || OidIsValid(get_element_type(tie->type));
	if (tie->as_text)
		tie->array_type = TEXTARRAYOID;
	get_typlenbyval(tie->type, &tie->length, &tie->byval);
}

/* The key above and the junction's columns, or the fields that tie the two tables. */
static void
read_ties(AkLevel *level, AkLevel *above, const AkBranch *branch)
{
	const AkSource *source = branch->source;
	List	   *outer;
	List	   *inner;

	if (source->junction >= 0)
	{
		List	   *behind;

		outer = ak_relation_key_fields(branch->step.from);
		ak_relation_junction(&branch->step, &inner, &behind);
	}
	else
		ak_relation_columns(&branch->step, &outer, &inner);
	level->nties = list_length(outer);
	level->ties = palloc0(level->nties * sizeof(AkTie));
	for (int i = 0; i < level->nties; i++)
	{
		const char *column = source->junction >= 0 ? list_nth(inner, i)
			: ((AkField *) list_nth(inner, i))->column;

		init_tie(&level->ties[i], above, branch, list_nth(outer, i),
				 source->junction >= 0 ? source->junction : source->alias, column);
	}
}

/* ---- writing ---- */

static void
write_equals(AkStatement *st, const AkTie *tie)
{
	appendStringInfo(&st->sql, "%s ", tie->inner);
	ak_core_operator(&st->sql, ak_core_btree_operator(tie->type, BTEqualStrategyNumber));
	appendStringInfoChar(&st->sql, ' ');
}

/* t1.a = $1 AND t1.b = $2 */
static void
write_one(AkStatement *st, const AkLevel *level)
{
	for (int i = 0; i < level->nties; i++)
	{
		appendStringInfoString(&st->sql, i ? " AND " : "");
		write_equals(st, &level->ties[i]);
		ak_core_bind(st, level->ties[i].type, (Datum) 0, true);
	}
}

/* t1.a = ANY ($1) */
static void
write_any(AkStatement *st, const AkTie *tie)
{
	write_equals(st, tie);
	appendStringInfoString(&st->sql, "ANY (");
	ak_core_bind(st, tie->array_type, (Datum) 0, true);
	appendStringInfoChar(&st->sql, ')');
}

/* EXISTS (SELECT 1 FROM ROWS FROM (unnest($1), unnest($2)) AS k(c0, c1) WHERE t1.a = k.c0 AND t1.b = k.c1) */
static void
write_exists(AkStatement *st, const AkLevel *level)
{
	appendStringInfoString(&st->sql, "EXISTS (SELECT 1 FROM ROWS FROM (");
	for (int i = 0; i < level->nties; i++)
	{
		appendStringInfoString(&st->sql, i ? ", pg_catalog.unnest(" : "pg_catalog.unnest(");
		ak_core_bind(st, level->ties[i].array_type, (Datum) 0, true);
		appendStringInfoChar(&st->sql, ')');
	}
	appendStringInfoString(&st->sql, ") AS k(");
	for (int i = 0; i < level->nties; i++)
		appendStringInfo(&st->sql, "%sc%d", i ? ", " : "", i);
	appendStringInfoString(&st->sql, ") WHERE ");
	for (int i = 0; i < level->nties; i++)
	{
		appendStringInfoString(&st->sql, i ? " AND " : "");
		write_equals(st, &level->ties[i]);
		appendStringInfo(&st->sql, "k.c%d", i);
		if (level->ties[i].as_text)
			appendStringInfo(&st->sql, "::%s", ak_core_type_name(level->ties[i].type, -1));
	}
	appendStringInfoChar(&st->sql, ')');
}

/* Is the row one of a row above, or of the only one? */
static void
write_condition(AkStatement *st, const AkLevel *level, bool one)
{
	appendStringInfoString(&st->sql, " WHERE ");
	if (one)
		write_one(st, level);
	else if (level->nties == 1 && !level->ties[0].as_text)
		write_any(st, &level->ties[0]);
	else
		write_exists(st, level);
}

/* FROM (SELECT DISTINCT t2.a, t2.b FROM junction AS t2 WHERE …) AS t2 JOIN table AS t1 ON … */
static void
write_distinct_pairs(AkStatement *st, const AkLevel *level, const AkBranch *branch, bool one)
{
	const AkSource *source = branch->source;
	const char *before = " FROM (SELECT DISTINCT ";
	List	   *names = NIL;
	List	   *from;
	List	   *to;
	ListCell   *cell;

	ak_relation_junction(&branch->step, &from, &to);
	foreach(cell, list_concat_copy(from, to))
		names = list_append_unique(names, makeString(lfirst(cell)));
	foreach(cell, names)
	{
		appendStringInfo(&st->sql, "%st%d.%s", before, source->junction, ak_core_quote(strVal(lfirst(cell))));
		before = ", ";
	}
	ak_query_write_junction(st, source);
	write_condition(st, level, one);
	appendStringInfo(&st->sql, ") AS t%d", source->junction);
	ak_query_write_behind_junction(st, source);
}

/* The values of the tie are those above to the letter, so that a hash finds them. */
static void
write_columns(AkStatement *st, const AkLevel *level)
{
	appendStringInfoString(&st->sql, "SELECT ");
	for (int i = 0; i < level->nties; i++)
		appendStringInfo(&st->sql, "%s%s::%s", i ? ", " : "", level->ties[i].inner,
						 ak_core_type_name(level->ties[i].type, -1));
	if (level->noutputs > 0)
		appendStringInfoString(&st->sql, ", ");
	ak_query_write_outputs(st, level);
}

static void
write_statement(AkStatement *st, const AkLevel *level, const AkBranch *branch, bool one)
{
	ak_core_statement_init(st);
	st->generic = true;
	write_columns(st, level);
	if (branch->source->junction >= 0 && branch->source->once)
		write_distinct_pairs(st, level, branch, one);
	else
	{
		ak_query_write_from(st, branch->source);
		write_condition(st, level, one);
	}
	ak_query_write_order(st, branch->order, false);
	ak_core_statement_seal(st);
}

AkLevel *
ak_query_compile_list(AkLevel *above, const AkBranch *branch)
{
	AkLevel    *level = palloc0(sizeof(AkLevel));

	level->name = branch->step.accessor;
	read_ties(level, above, branch);
	level->object = ak_query_compile_object(level, branch->source, branch->branches, &branch->shown);
	write_statement(&level->statement, level, branch, false);
	write_statement(&level->statement_for_one, level, branch, true);
	return level;
}
