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
 * What was asked of the list's rows (a query set of its own) stands behind the
 * tie; where it takes a slice, each row above has its own:
 *
 *		SELECT k.c0, r.* FROM unnest($1) AS k(c0) CROSS JOIN LATERAL
 *			(SELECT … FROM posts AS t1 WHERE t1.author_id = k.c0 ORDER BY … LIMIT 3) AS r
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

/* Which rows above a row of the list belongs to. */
typedef enum AkTied
{
	TIED_TO_ANY,
	TIED_TO_ONE,				/* its values are the parameters */
	TIED_TO_ASKED				/* its values are in k */
} AkTied;

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
		ak_core_bind_again(st, i + 1);
	}
}

/* t1.a = ANY ($1) */
static void
write_any(AkStatement *st, const AkTie *tie)
{
	write_equals(st, tie);
	appendStringInfoString(&st->sql, "ANY (");
	ak_core_bind_again(st, 1);
	appendStringInfoChar(&st->sql, ')');
}

/* ROWS FROM (unnest($1), unnest($2)) AS k(c0, c1) */
static void
write_asked(AkStatement *st, const AkLevel *level)
{
	appendStringInfoString(&st->sql, "ROWS FROM (");
	for (int i = 0; i < level->nties; i++)
	{
		appendStringInfoString(&st->sql, i ? ", pg_catalog.unnest(" : "pg_catalog.unnest(");
		ak_core_bind_again(st, i + 1);
		appendStringInfoChar(&st->sql, ')');
	}
	appendStringInfoString(&st->sql, ") AS k(");
	for (int i = 0; i < level->nties; i++)
		appendStringInfo(&st->sql, "%sc%d", i ? ", " : "", i);
	appendStringInfoChar(&st->sql, ')');
}

/* k.c0, of the tie's type */
static void
write_asked_value(AkStatement *st, const AkLevel *level, int i)
{
	appendStringInfo(&st->sql, "k.c%d", i);
	if (level->ties[i].as_text)
		appendStringInfo(&st->sql, "::%s", ak_core_type_name(level->ties[i].type, -1));
}

/* t1.a = k.c0 AND t1.b = k.c1 */
static void
write_asked_ties(AkStatement *st, const AkLevel *level)
{
	for (int i = 0; i < level->nties; i++)
	{
		appendStringInfoString(&st->sql, i ? " AND " : "");
		write_equals(st, &level->ties[i]);
		write_asked_value(st, level, i);
	}
}

/* EXISTS (SELECT 1 FROM ROWS FROM (unnest($1), unnest($2)) AS k(c0, c1) WHERE t1.a = k.c0 AND t1.b = k.c1) */
static void
write_exists(AkStatement *st, const AkLevel *level)
{
	appendStringInfoString(&st->sql, "EXISTS (SELECT 1 FROM ");
	write_asked(st, level);
	appendStringInfoString(&st->sql, " WHERE ");
	write_asked_ties(st, level);
	appendStringInfoChar(&st->sql, ')');
}

/* Is the row one of a row above: of the only one, of that in k, or of any? */
static void
write_condition(AkStatement *st, const AkLevel *level, AkTied tied)
{
	appendStringInfoString(&st->sql, " WHERE ");
	if (tied == TIED_TO_ONE)
		write_one(st, level);
	else if (tied == TIED_TO_ASKED)
		write_asked_ties(st, level);
	else if (level->nties == 1 && !level->ties[0].as_text)
		write_any(st, &level->ties[0]);
	else
		write_exists(st, level);
}

/* FROM (SELECT DISTINCT t2.a, t2.b FROM junction AS t2 WHERE …) AS t2 JOIN table AS t1 ON … */
static void
write_distinct_pairs(AkStatement *st, const AkLevel *level, const AkBranch *branch, AkTied tied)
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
	write_condition(st, level, tied);
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

/* What was asked of the rows; `before` is AND or WHERE. */
static void
write_asked_conditions(AkStatement *st, const AkBranch *branch, const char *before)
{
	if (branch->query == NULL || branch->query->where->members == NIL)
		return;
	appendStringInfoString(&st->sql, before);
	ak_query_write_condition(st, branch->query->where);
}

static void
write_laterals(AkStatement *st, const AkBranch *branch)
{
	if (branch->query != NULL)
		ak_query_write_beside(st, branch->query);
}

/* FROM … WHERE … ORDER BY … LIMIT … */
static void
write_rest(AkStatement *st, const AkLevel *level, const AkBranch *branch, AkTied tied)
{
	if (branch->source->junction >= 0 && branch->source->once)
	{
		write_distinct_pairs(st, level, branch, tied);
		write_laterals(st, branch);
		write_asked_conditions(st, branch, " WHERE ");
	}
	else
	{
		ak_query_write_from(st, branch->source);
		write_laterals(st, branch);
		write_condition(st, level, tied);
		write_asked_conditions(st, branch, " AND ");
	}
	ak_query_write_order(st, branch->order, branch->query ? branch->query->reversed : false);
	if (branch->query != NULL)
		ak_query_write_limit(st, branch->query);
}

/* The ties' parameters come first, wherever they are written. */
static void
begin_statement(AkStatement *st, const AkLevel *level, bool one)
{
	ak_core_statement_init(st);
	st->generic = true;
	for (int i = 0; i < level->nties; i++)
		(void) ak_core_bind(st, one ? level->ties[i].type : level->ties[i].array_type, (Datum) 0, true);
	resetStringInfo(&st->sql);
	st->nplaces = 0;
}

static void
write_statement(AkStatement *st, const AkLevel *level, const AkBranch *branch, bool one)
{
	begin_statement(st, level, one);
	write_columns(st, level);
	write_rest(st, level, branch, one ? TIED_TO_ONE : TIED_TO_ANY);
}

/* Each row above has its own slice of its list. */
static void
write_slices(AkStatement *st, const AkLevel *level, const AkBranch *branch)
{
	begin_statement(st, level, false);
	appendStringInfoString(&st->sql, "SELECT r.* FROM ");
	write_asked(st, level);
	appendStringInfoString(&st->sql, " CROSS JOIN LATERAL (");
	write_columns(st, level);
	write_rest(st, level, branch, TIED_TO_ASKED);
	appendStringInfoString(&st->sql, ") AS r");
}

static void
compile_object(AkLevel *level, const AkBranch *branch)
{
	if (branch->query == NULL)
	{
		level->object = ak_query_compile_object(level, branch->source, branch->branches, &branch->shown);
		return;
	}
	level->object = ak_query_compile_object(level, branch->source,
											list_concat_copy(branch->branches, branch->query->branches),
											branch->query->shown.only || branch->query->shown.deferred
											? &branch->query->shown : &branch->shown);
	ak_query_add_annotations(level, branch->query);
}

AkLevel *
ak_query_compile_list(AkLevel *above, const AkBranch *branch)
{
	AkLevel    *level = palloc0(sizeof(AkLevel));

	level->name = branch->name;
	read_ties(level, above, branch);
	compile_object(level, branch);
	if (branch->query != NULL && ak_query_sliced(branch->query))
		write_slices(&level->statement, level, branch);
	else
		write_statement(&level->statement, level, branch, false);
	write_statement(&level->statement_for_one, level, branch, true);
	ak_core_statement_seal(&level->statement);
	ak_core_statement_seal(&level->statement_for_one);
	return level;
}
