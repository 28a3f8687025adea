/*
 * inline_tree.c
 *		A compiled query set → the Query that stands for it in the caller's
 *		statement.
 *
 * The text is analysed by itself, without hooks and without a place in the
 * caller's text.  Its values are parameters still: a call with other values
 * has the same tree.
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

/* ---- analysis ---- */

/* Takes the place in the text of what our statements are made of. */
static void
forget_place(Node *node)
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

static bool
forget_places(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (!IsA(node, Query))
	{
		forget_place(node);
		return expression_tree_walker(node, forget_places, NULL);
	}
	((Query *) node)->stmt_location = -1;
	((Query *) node)->stmt_len = 0;
	return query_tree_walker((Query *) node, forget_places, NULL, 0);
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
	(void) forget_places((Node *) query, NULL);
	return query;
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
	AkLayout	layout = ak_query_lay_rows(query, ordering);

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

/* The query whose columns are those of the table, one for each number. */
static Query *
rows_query(const AkStatement *st, TupleDesc desc)
{
	Query	   *query = analysed(st);

	number_columns(query, desc);
	return query;
}

/* ---- the tree ---- */

/* SELECT EXISTS (…): of the whole statement the EXISTS alone is taken. */
static Query *
exists_query(const AkStatement *st)
{
	TargetEntry *only = linitial(analysed(st)->targetList);

	return (Query *) castNode(SubLink, only->expr)->subselect;
}

static void
make_rows(AkTree *tree, AkQuery *query, AkTreeKind kind, MemoryContext analysis)
{
	Relation	table = table_open(query->model->relid, AccessShareLock);
	MemoryContext old;

	tree->ordered = kind == AK_TREE_ORDERED_ROWS && !ak_query_sliced(query) && query->distinct_on == NIL;
	write_rows(&tree->statement, query, tree->ordered ? AK_ORDER_SAID : AK_ORDER_HIDDEN, RelationGetDescr(table));
	old = MemoryContextSwitchTo(analysis);
	if (!tree->statement.unfit)
		tree->query = rows_query(&tree->statement, RelationGetDescr(table));
	MemoryContextSwitchTo(old);
	table_close(table, NoLock);
}

static void
make_number(AkTree *tree, AkQuery *query, AkTreeKind kind, MemoryContext analysis)
{
	bool		count = kind == AK_TREE_COUNT;
	MemoryContext old;

	tree->statement = (count ? ak_query_compile_count(query) : ak_query_compile_exists(query))->statement;
	old = MemoryContextSwitchTo(analysis);
	if (!tree->statement.unfit)
		tree->query = count ? analysed(&tree->statement) : exists_query(&tree->statement);
	MemoryContextSwitchTo(old);
}

static AkQuery *
parsed(const AkFolded *folded)
{
	AkQuery    *query;

	if (folded->model == NULL)
		return ak_query_parse(folded->document);
	query = ak_query_all(ak_model_resolve(ak_model_registry(), folded->model));
	ak_query_filter(query, folded->document, false);
	return query;
}

static int *
find_holes(const AkStatement *st)
{
	int		   *holes = palloc(sizeof(int) * Max(st->nparams, 1));

	for (int i = 0; i < st->nparams; i++)
	{
		const AkOrigin *origin = st->origins[i];

		holes[i] = origin && origin->value && origin->value->kind == AK_JSON_HOLE ? origin->value->size : -1;
	}
	return holes;
}

void
ak_query_make_tree(AkTree *tree, const AkFolded *folded, MemoryContext analysis)
{
	AkQuery    *query = parsed(folded);

	memset(tree, 0, sizeof(AkTree));
	tree->model = query->model;
	if (folded->kind == AK_TREE_COUNT || folded->kind == AK_TREE_EXISTS)
		make_number(tree, query, folded->kind, analysis);
	else
		make_rows(tree, query, folded->kind, analysis);
	tree->holes = find_holes(&tree->statement);
}
