/*
 * inline_tree.c
 *		A compiled query set → the Query that stands for it in the caller's
 *		statement.
 *
 * The text is analysed by itself, without hooks and without a place in the
 * caller's text.  Then each parameter gives way to what it stands for: a
 * value of the document to a constant, a hole to the caller's expression, its
 * variables raised by the depth at which it comes to stand.  A value that
 * must be computed once, because it is volatile or written in several places,
 * becomes (SELECT value).
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "parser/parse_param.h"
#include "parser/parser.h"
#include "rewrite/rewriteManip.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

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

static Node *
constant_of(const AkStatement *st, int n)
{
	int16		length;
	bool		byval;

	get_typlenbyval(st->types[n], &length, &byval);
	return (Node *) makeConst(st->types[n], -1, get_typcollation(st->types[n]), length,
							  st->values[n], st->nulls[n] == 'n', byval);
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
find_place(const AkStatement *st, int n, const AkFold *fold, AkPlace *place)
{
	const AkOrigin *origin = st->origins ? st->origins[n] : NULL;
	bool		changes;

	place->once = false;
	if (origin == NULL || origin->value->kind != AK_JSON_HOLE)
	{
		place->value = constant_of(st, n);
		return true;
	}
	place->value = list_nth(fold->values, origin->value->size);
	if (IsA(place->value, Param) || IsA(place->value, Var))
		return true;
	changes = contain_volatile_functions(place->value);
	place->once = changes || times_written(st, n + 1) > 1;
	return !changes || !reads_row(place->value, NULL);
}

static AkPlace *
find_places(const AkStatement *st, const AkFold *fold)
{
	AkPlace    *places = palloc0(sizeof(AkPlace) * Max(st->nparams, 1));

	for (int i = 0; i < st->nparams; i++)
		if (!find_place(st, i, fold, &places[i]))
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

/* Takes the place in the text of what our statements are made of. */
static void
forget_location(Node *node)
{
	switch (nodeTag(node))
	{
		case T_Var:
			((Var *) node)->location = -1;
			break;
		case T_Const:
			((Const *) node)->location = -1;
			break;
		case T_OpExpr:
			((OpExpr *) node)->location = -1;
			break;
		case T_ScalarArrayOpExpr:
			((ScalarArrayOpExpr *) node)->location = -1;
			break;
		case T_FuncExpr:
			((FuncExpr *) node)->location = -1;
			break;
		case T_Aggref:
			((Aggref *) node)->location = -1;
			break;
		case T_BoolExpr:
			((BoolExpr *) node)->location = -1;
			break;
		case T_NullTest:
			((NullTest *) node)->location = -1;
			break;
		case T_BooleanTest:
			((BooleanTest *) node)->location = -1;
			break;
		case T_RelabelType:
			((RelabelType *) node)->location = -1;
			break;
		case T_CoerceViaIO:
			((CoerceViaIO *) node)->location = -1;
			break;
		case T_ArrayCoerceExpr:
			((ArrayCoerceExpr *) node)->location = -1;
			break;
		case T_CoerceToDomain:
			((CoerceToDomain *) node)->location = -1;
			break;
		case T_CaseExpr:
			((CaseExpr *) node)->location = -1;
			break;
		case T_CaseWhen:
			((CaseWhen *) node)->location = -1;
			break;
		case T_ArrayExpr:
			((ArrayExpr *) node)->location = -1;
			break;
		case T_RowExpr:
			((RowExpr *) node)->location = -1;
			break;
		case T_SubLink:
			((SubLink *) node)->location = -1;
			break;
		default:
			break;
	}
}

static Node *
settle_query(const Query *query, AkSettling *settling)
{
	bool		outer = settling->sublinks;
	Query	   *copy;

	settling->depth++;
	settling->sublinks = false;
	copy = query_tree_mutator(unconstify(Query *, query), settle, settling, 0);
	copy->hasSubLinks = copy->hasSubLinks || settling->sublinks;
	copy->stmt_location = -1;
	copy->stmt_len = 0;
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
	node = expression_tree_mutator(node, settle, settling);
	forget_location(node);
	return node;
}

/* The statement analysed; no error in it may point into the caller's text, so the analysis is not told the source. */
static Query *
analysed(const AkStatement *st)
{
	RawStmt    *raw = linitial_node(RawStmt, raw_parser(st->sql.data, RAW_PARSE_DEFAULT));
	ParseState *pstate = make_parsestate(NULL);
	Query	   *query;

	setup_parse_fixed_parameters(pstate, st->types, st->nparams);
	query = transformTopLevelStmt(pstate, raw);
	free_parsestate(pstate);
	return query;
}

/* The analysed statement with its parameters replaced, one level below the caller's; NULL where one does not fit. */
static Query *
settled(Query *query, const AkStatement *st, const AkFold *fold)
{
	AkSettling	settling = {.places = find_places(st, fold)};

	return settling.places ? (Query *) settle((Node *) query, &settling) : NULL;
}

/* ---- rows ---- */

/* t0.a, t0.b … */
static void
write_columns(AkStatement *st, const AkQuery *query, TupleDesc desc)
{
	const char *before = "";

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (column->attisdropped)
			continue;
		appendStringInfo(&st->sql, "%st%d.%s", before, query->source->alias,
						 ak_core_quote(NameStr(column->attname)));
		before = ", ";
	}
}

/* A NULL for each dropped column, so that the place in the list is the column's number. */
static void
number_columns(Query *query, TupleDesc desc)
{
	List	   *old = query->targetList;
	List	   *new = NIL;
	int			next = 0;

	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped)
			new = lappend(new, makeTargetEntry((Expr *) makeNullConst(INT4OID, -1, InvalidOid), i + 1,
											   pstrdup("........pg.dropped........"), false));
		else
			new = lappend(new, list_nth(old, next++));
	}
	new = list_concat(new, list_copy_tail(old, next));
	for (int i = 0; i < list_length(new); i++)
		((TargetEntry *) list_nth(new, i))->resno = i + 1;
	query->targetList = new;
}

static void
write_rows(AkStatement *st, AkQuery *query, AkOrdering ordering, TupleDesc desc)
{
	AkLayout	layout = ak_query_lay_out(query, ordering);

	ak_core_statement_init(st);
	ak_query_write_head(st, &layout);
	write_columns(st, query, desc);
	ak_query_write_tail(st, query, &layout);
	ak_query_write_limit(st, query);
}

char *
ak_query_rows_text(AkQuery *query)
{
	Relation	table = table_open(query->model->relid, AccessShareLock);
	AkStatement st;

	write_rows(&st, query, AK_ORDER_SAID, RelationGetDescr(table));
	table_close(table, NoLock);
	return ak_core_statement_text(&st);
}

Query *
ak_query_rows_tree(AkQuery *query, AkOrdering ordering, const AkFold *fold)
{
	Relation	table = table_open(query->model->relid, AccessShareLock);
	Query	   *tree = NULL;
	AkStatement st;

	write_rows(&st, query, ordering, RelationGetDescr(table));
	if (!st.unfit)
		tree = settled(analysed(&st), &st, fold);
	if (tree != NULL)
		number_columns(tree, RelationGetDescr(table));
	table_close(table, NoLock);
	return tree;
}

/* ---- numbers ---- */

/* A sub-select runs anew for each row, with other values: it has none that must be computed once. */
static bool
is_steady(const AkFold *fold)
{
	return !contain_volatile_functions((Node *) fold->values);
}

static SubLink *
make_sublink(SubLinkType type, Query *query)
{
	SubLink    *link = makeNode(SubLink);

	link->subLinkType = type;
	link->subselect = (Node *) query;
	link->location = -1;
	return link;
}

SubLink *
ak_query_count_tree(AkQuery *query, const AkFold *fold)
{
	AkCompiled *compiled = ak_query_compile_count(query);
	Query	   *tree = NULL;

	if (!compiled->statement.unfit && is_steady(fold))
		tree = settled(analysed(&compiled->statement), &compiled->statement, fold);
	return tree ? make_sublink(EXPR_SUBLINK, tree) : NULL;
}

/* SELECT EXISTS (…): of the whole statement the EXISTS alone is taken. */
SubLink *
ak_query_exists_tree(AkQuery *query, const AkFold *fold)
{
	AkCompiled *compiled = ak_query_compile_exists(query);
	Query	   *tree = NULL;

	if (!compiled->statement.unfit && is_steady(fold))
	{
		TargetEntry *only = linitial(analysed(&compiled->statement)->targetList);

		tree = settled((Query *) castNode(SubLink, only->expr)->subselect, &compiled->statement, fold);
	}
	return tree ? make_sublink(EXISTS_SUBLINK, tree) : NULL;
}
