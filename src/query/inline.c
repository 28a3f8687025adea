/*
 * inline.c
 *		How rows() vanishes: the call in FROM becomes the sub-select it stands
 *		for, before the statement is planned.
 *
 * The work is done in post_parse_analyze_hook, so that the plan cache learns
 * what the statement depends on, row security included, and rewriting and
 * planning see nothing but tables.  count() and exists() inside a statement
 * that reads something become sub-selects too; alone they stay functions,
 * which keep their plans themselves.
 *
 * A stored query is left alone: it follows the model and runs with the rights
 * of who asks it.  Where a document or a value is not known, or something
 * stands around the call that a sub-select could not be put into, the call
 * stays a function and gives the same rows.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/analyze.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "query/inline.h"

static bool enabled = true;
static int	storing = 0;		/* utility commands under way that store a query */
static post_parse_analyze_hook_type previous_analyze = NULL;
static ProcessUtility_hook_type previous_utility = NULL;

/* ---- rows() ---- */

/* The call that a FROM item is; NULL where it is another item, or one with extras that a sub-select has not. */
static const FuncExpr *
rows_call(const RangeTblEntry *item)
{
	const RangeTblFunction *function;
	const FuncExpr *call;
	const AkCall *which;

	if (item->rtekind != RTE_FUNCTION || item->funcordinality || list_length(item->functions) != 1)
		return NULL;
	function = linitial(item->functions);
	if (!IsA(function->funcexpr, FuncExpr) || function->funccolnames != NIL)
		return NULL;
	call = (const FuncExpr *) function->funcexpr;
	which = ak_query_call(call->funcid);
	return which != NULL && which->kind == AK_CALL_ROWS && list_length(call->args) == 2 ? call : NULL;
}

static Node *
argument(const FuncExpr *call, int n)
{
	Node	   *node = list_nth(call->args, n);

	if (!IsA(node, NamedArgExpr))
		return node;
	return ((NamedArgExpr *) node)->argnumber == n ? (Node *) ((NamedArgExpr *) node)->arg : NULL;
}

/* Is the call's row type the table's own?  42804 where it is another table's; false for a domain over it. */
static bool
has_row_type(const FuncExpr *call, const AkModel *model)
{
	ak_query_check_row_type(model, exprType(linitial(call->args)));
	return get_typ_typrelid(call->funcresulttype) == model->relid;
}

/* The sub-select that the item stands for; NULL where it stays a function. */
static Query *
rows_tree(const Query *outer, int index, const FuncExpr *call, bool *ordered)
{
	AkFold		fold = {0};
	AkFolded	folded = {.kind = ak_query_takes_order(outer, index) ? AK_TREE_ORDERED_ROWS : AK_TREE_ROWS};
	AkTreeHold	hold;
	Query	   *tree = NULL;

	folded.document = argument(call, 1) ? ak_query_fold(&fold, argument(call, 1)) : NULL;
	if (folded.document == NULL)
		return NULL;
	ak_query_hold_tree(&hold, &folded);
	if (has_row_type(call, hold.tree.model) && hold.tree.query != NULL)
		tree = ak_query_settle(&hold, &fold);
	*ordered = hold.tree.ordered;
	ak_query_let_tree_go(&hold);
	return tree;
}

/* Aliases of item and columns stay: the sub-select has a column for each of the function's. */
static bool
inline_rows(Query *outer, int index)
{
	RangeTblEntry *item = list_nth(outer->rtable, index - 1);
	const FuncExpr *call = rows_call(item);
	bool		ordered = false;
	Query	   *tree;

	if (call == NULL)
		return false;
	tree = rows_tree(outer, index, call, &ordered);
	if (tree == NULL || !ak_query_fit_columns(outer, index, tree))
		return false;
	item->rtekind = RTE_SUBQUERY;
	item->subquery = tree;
	item->functions = NIL;
	if (ordered)
		ak_query_move_order(outer, index);
	return true;
}

/* ---- count() and exists() ---- */

static bool
is_number(const AkCall *which)
{
	return which != NULL && which->kind >= AK_CALL_COUNT && which->kind <= AK_CALL_EXISTS_WHERE;
}

/* (model, conditions) or (qs), folded; false where it is not known. */
static bool
fold_number(AkFold *fold, AkFolded *folded, const FuncExpr *call, AkCallKind kind)
{
	bool		where = kind == AK_CALL_COUNT_WHERE || kind == AK_CALL_EXISTS_WHERE;

	for (int i = 0; i < list_length(call->args); i++)
		if (argument(call, i) == NULL)
			return false;
	folded->kind = kind == AK_CALL_COUNT || kind == AK_CALL_COUNT_WHERE ? AK_TREE_COUNT : AK_TREE_EXISTS;
	folded->model = where ? ak_query_fold_text(argument(call, 0)) : NULL;
	folded->document = ak_query_fold(fold, argument(call, where ? 1 : 0));
	return folded->document != NULL && (!where || folded->model != NULL);
}

/*
 * A sub-select runs anew for each row, with other values: it has none that
 * must be computed once.  It counts within its slice, whose bounds are known.
 */
static bool
is_steady(const AkFold *fold)
{
	return fold->stop == NULL && !contain_volatile_functions((Node *) fold->values);
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

/* The sub-select that a call is; NULL where it is no such call, or stays one. */
static SubLink *
number_tree(const FuncExpr *call)
{
	const AkCall *which = ak_query_call(call->funcid);
	AkFold		fold = {0};
	AkFolded	folded = {0};
	AkTreeHold	hold;
	Query	   *tree = NULL;

	if (!is_number(which) || !fold_number(&fold, &folded, call, which->kind))
		return NULL;
	ak_query_hold_tree(&hold, &folded);
	if (hold.tree.query != NULL && is_steady(&fold))
		tree = ak_query_settle(&hold, &fold);
	ak_query_let_tree_go(&hold);
	return tree ? make_sublink(folded.kind == AK_TREE_COUNT ? EXPR_SUBLINK : EXISTS_SUBLINK, tree) : NULL;
}

/* Puts sub-selects in the place of calls, this SELECT's own; *found says that there was one. */
static Node *
inline_number(Node *node, bool *found)
{
	SubLink    *link = NULL;

	if (node == NULL || IsA(node, Query))
		return node;
	if (IsA(node, RangeTblFunction))
	{
		RangeTblFunction *function = (RangeTblFunction *) node;

		/* The function itself stays: FROM takes no expression. */
		if (IsA(function->funcexpr, FuncExpr) && is_number(ak_query_call(((FuncExpr *) function->funcexpr)->funcid)))
			return node;
	}
	if (IsA(node, FuncExpr))
		link = number_tree((FuncExpr *) node);
	if (link != NULL)
	{
		*found = true;
		return (Node *) link;
	}
	return expression_tree_mutator(node, inline_number, found);
}

/* Is there such a call among the expressions of this SELECT? */
static bool
has_number(Node *node, void *arg)
{
	if (node == NULL || IsA(node, Query))
		return false;
	if (IsA(node, FuncExpr) && is_number(ak_query_call(((FuncExpr *) node)->funcid)))
		return true;
	return expression_tree_walker(node, has_number, arg);
}

#define OWN_EXPRESSIONS (QTW_IGNORE_RT_SUBQUERIES | QTW_IGNORE_CTE_SUBQUERIES)

static bool
inline_numbers(Query *query)
{
	bool		found = false;

	if (query->jointree == NULL || query->jointree->fromlist == NIL ||
		!query_tree_walker(query, has_number, NULL, OWN_EXPRESSIONS))
		return false;
	query_tree_mutator(query, inline_number, &found, OWN_EXPRESSIONS | QTW_DONT_COPY_QUERY);
	query->hasSubLinks = query->hasSubLinks || found;
	return found;
}

/* ---- the statement ---- */

static bool
inline_query(Query *query)
{
	int			items = list_length(query->rtable);
	bool		changed = inline_numbers(query);

	for (int i = 1; i <= items; i++)
		if (inline_rows(query, i))
			changed = true;
	return changed;
}

/* Visits each SELECT, those that have just come in too: their values may hold further calls. */
static bool
inline_statement(Node *node, void *changed)
{
	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, inline_statement, changed);
	if (inline_query((Query *) node))
		*(bool *) changed = true;
	return query_tree_walker((Query *) node, inline_statement, changed, 0);
}

/* Does the command store the query it holds? */
static bool
stores_query(const Node *command)
{
	switch (nodeTag(command))
	{
		case T_ViewStmt:
		case T_RuleStmt:
		case T_CreatePolicyStmt:
		case T_AlterPolicyStmt:
		case T_CreateFunctionStmt:
		case T_CreateSchemaStmt:
			return true;
		case T_CreateTableAsStmt:
			return ((const CreateTableAsStmt *) command)->objtype == OBJECT_MATVIEW;
		default:
			return false;
	}
}

/* The statement itself, or the one that EXPLAIN, DECLARE or CREATE TABLE AS holds; NULL: there is none to be planned. */
static Query *
planned_query(Query *query)
{
	if (query->commandType != CMD_UTILITY)
		return query;
	return stores_query(query->utilityStmt) ? NULL : UtilityContainsQuery(query->utilityStmt);
}

/* Who was here before gets the statement as it is planned, under an id of its own. */
static void
analyze(ParseState *pstate, Query *query, JumbleState *jstate)
{
	Query	   *planned = enabled && storing == 0 ? planned_query(query) : NULL;
	bool		changed = false;

	if (planned != NULL && ak_query_calls_known())
		inline_statement((Node *) planned, &changed);
	if (changed && planned == query && IsQueryIdEnabled())
	{
		query->queryId = 0;
		ak_jumble_query(query, pstate->p_sourcetext);
		jstate = NULL;
	}
	if (previous_analyze)
		previous_analyze(pstate, query, jstate);
}

/* ---- stored queries ---- */

static ProcessUtility_hook_type
next_utility(void)
{
	return previous_utility ? previous_utility : standard_ProcessUtility;
}

static void
run_utility(PlannedStmt *statement, const char *source, bool read_only, ProcessUtilityContext context,
			ParamListInfo params, QueryEnvironment *environment, DestReceiver *receiver, QueryCompletion *completion)
{
	if (!stores_query(statement->utilityStmt))
	{
		next_utility() (statement, source, read_only, context, params, environment, receiver, completion);
		return;
	}
	storing++;
	PG_TRY();
	{
		next_utility() (statement, source, read_only, context, params, environment, receiver, completion);
	}
	PG_FINALLY();
	{
		storing--;
	}
	PG_END_TRY();
}

void
ak_query_inline_init(void)
{
	DefineCustomBoolVariable("aksara.query_inline",
							 "Makes query sets part of the statement they stand in.",
							 "Off, rows() and its kin are functions; the rows are the same.",
							 &enabled, true, PGC_USERSET, 0, NULL, NULL, NULL);
	ak_query_calls_init();
	ak_query_kept_init();
	previous_analyze = post_parse_analyze_hook;
	post_parse_analyze_hook = analyze;
	previous_utility = ProcessUtility_hook;
	ProcessUtility_hook = run_utility;
}
