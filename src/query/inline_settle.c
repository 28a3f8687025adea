/*
 * inline_settle.c
 *		Values put into the Query that stands for a call.
 *
 * Each parameter gives way to what it stands for: a value of the document to
 * a constant, a hole to the caller's expression, its variables raised by the
 * depth at which it comes to stand.  A value that must be computed once,
 * because it is volatile or written in several places, becomes (SELECT value).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "query/inline.h"

/* What takes the place of one parameter, as it stands at the caller's level. */
typedef struct AkPlace
{
	Node	   *value;
	bool		once;			/* is to be computed once */
} AkPlace;

typedef struct AkSettling
{
	AkPlace    *places;			/* by parameter */
	int			depth;			/* of the Query being copied below the caller's */
	bool		sublinks;		/* a sub-select has come into it */
} AkSettling;

static Node *settle(Node *node, AkSettling *settling);

/* ---- what stands for a parameter ---- */

/* Does it read a row, of whatever level? */
static bool
reads_row(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) || IsA(node, Aggref) || IsA(node, GroupingFunc))
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, reads_row, NULL, 0);
	return expression_tree_walker(node, reads_row, NULL);
}

/* The value is copied: it may belong to a tree that is kept. */
static Node *
constant_of(const AkStatement *st, int n)
{
	bool		isnull = st->nulls[n] == 'n';
	int16		length;
	bool		byval;
	Datum		value;

	get_typlenbyval(st->types[n], &length, &byval);
	value = isnull ? (Datum) 0 : datumCopy(st->values[n], byval, length);
	return (Node *) makeConst(st->types[n], -1, get_typcollation(st->types[n]), length, value, isnull, byval);
}

static int
times_written(const AkStatement *st, int number)
{
	int			times = 0;

	for (int i = 0; i < st->nplaces; i++)
		times += st->numbers[i] == number;
	return times;
}

/* Fills one place; false where its value is computed anew for each row, which a function would not do. */
static bool
find_place(const AkTree *tree, int n, const AkFold *fold, AkPlace *place)
{
	bool		changes;

	place->once = false;
	if (tree->holes[n] < 0)
	{
		place->value = constant_of(&tree->statement, n);
		return true;
	}
	place->value = list_nth(fold->values, tree->holes[n]);
	if (IsA(place->value, Param) || IsA(place->value, Var))
		return true;
	changes = contain_volatile_functions(place->value);
	place->once = changes || times_written(&tree->statement, n + 1) > 1;
	return !changes || !reads_row(place->value, NULL);
}

static AkPlace *
find_places(const AkTree *tree, const AkFold *fold)
{
	int			count = tree->statement.nparams;
	AkPlace    *places = palloc0(sizeof(AkPlace) * Max(count, 1));

	for (int i = 0; i < count; i++)
		if (!find_place(tree, i, fold, &places[i]))
			return NULL;
	return places;
}

/* The value as it stands `depth` levels below the caller's. */
static Node *
raised(Node *value, int depth)
{
	value = copyObject(value);
	IncrementVarSublevelsUp(value, depth, 0);
	return value;
}

/* (SELECT value) */
static Node *
computed_once(Node *value, int depth)
{
	Query	   *query = makeNode(Query);
	SubLink    *link = makeNode(SubLink);

	query->commandType = CMD_SELECT;
	query->querySource = QSRC_ORIGINAL;
	query->canSetTag = true;
	query->targetList = list_make1(makeTargetEntry((Expr *) raised(value, depth + 1), 1, pstrdup("value"), false));
	query->jointree = makeFromExpr(NIL, NULL);
	query->hasSubLinks = checkExprHasSubLink(value);
	link->subLinkType = EXPR_SUBLINK;
	link->subselect = (Node *) query;
	link->location = -1;
	return (Node *) link;
}

static Node *
settle_parameter(const Param *param, AkSettling *settling)
{
	AkPlace    *place = &settling->places[param->paramid - 1];

	if (place->once)
	{
		settling->sublinks = true;
		return computed_once(place->value, settling->depth);
	}
	settling->sublinks = settling->sublinks || checkExprHasSubLink(place->value);
	return raised(place->value, settling->depth);
}

/* ---- the tree ---- */

static Node *
settle_query(const Query *query, AkSettling *settling)
{
	bool		outer = settling->sublinks;
	Query	   *copy;

	settling->depth++;
	settling->sublinks = false;
	copy = query_tree_mutator(unconstify(Query *, query), settle, settling, 0);
	copy->hasSubLinks = copy->hasSubLinks || settling->sublinks;
	settling->depth--;
	settling->sublinks = outer;
	return (Node *) copy;
}

static Node *
settle(Node *node, AkSettling *settling)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Query))
		return settle_query((Query *) node, settling);
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXTERN)
		return settle_parameter((Param *) node, settling);
	return expression_tree_mutator(node, settle, settling);
}

/* ---- bounds of a slice ---- */

/* COALESCE(number, -1): the server refuses it as a bound where it is NULL. */
static Node *
never_null(Node *number)
{
	CoalesceExpr *coalesce = makeNode(CoalesceExpr);
	Datum		refused = Int64GetDatum(-1);

	coalesce->coalescetype = INT8OID;
	coalesce->args = list_make2(number, makeConst(INT8OID, -1, InvalidOid, sizeof(int64), refused, false, FLOAT8PASSBYVAL));
	coalesce->location = -1;
	return (Node *) coalesce;
}

/* LIMIT stop, or LIMIT stop - start OFFSET start. */
static void
set_bounds(Query *query, const AkFold *fold)
{
	Node	   *stop = raised(fold->stop, 1);

	if (fold->start != NULL)
	{
		query->limitOffset = never_null(raised(fold->start, 1));
		stop = (Node *) makeFuncExpr(F_INT8MI, INT8OID, list_make2(stop, raised(fold->start, 1)),
									 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	}
	query->limitCount = never_null(stop);
	query->hasSubLinks = query->hasSubLinks || checkExprHasSubLink(query->limitCount);
}

/* ---- the whole ---- */

/* What a mutator leaves as it is would be shared with the tree that is kept. */
Query *
ak_query_settle(const AkTreeHold *hold, const AkFold *fold)
{
	AkSettling	settling = {.places = find_places(&hold->tree, fold)};
	Query	   *query = hold->tree.query;

	if (settling.places == NULL)
		return NULL;
	if (hold->kept != NULL)
		query = copyObject(query);
	query = (Query *) settle((Node *) query, &settling);
	if (fold->stop != NULL)
		set_bounds(query, fold);
	return query;
}
