/*
 * expression.c
 *		The text of SET(expr): one SQL expression, and nothing else.
 *
 * The text is parsed as the only column of a SELECT that has no other part,
 * analysed under the definer's search_path without any table in sight, and
 * kept as its deparse with every name outside pg_catalog qualified.  It runs
 * as the owner of the referencing table with search_path pinned.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/ruleutils.h"

#include "relation/internal.h"

/* What stands before the expression in the parsed text. */
#define PREFIX "SELECT ("

static void
not_one_expression(const char *field)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("SET of field \"%s\" must be one SQL expression", field)));
}

/* Shows where in the expression the parser stumbled, instead of a place in the caller's statement. */
static void
point_into_expression(void *arg)
{
	int			position = geterrposition();

	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery(arg);
}

/* Has the SELECT a single column and no other clause? */
static bool
is_bare_select(const SelectStmt *select)
{
	return list_length(select->targetList) == 1 &&
		select->distinctClause == NIL && select->intoClause == NULL &&
		select->fromClause == NIL && select->whereClause == NULL &&
		select->groupClause == NIL && select->havingClause == NULL &&
		select->windowClause == NIL && select->valuesLists == NIL &&
		select->sortClause == NIL && select->limitOffset == NULL &&
		select->limitCount == NULL && select->lockingClause == NIL &&
		select->withClause == NULL && select->op == SETOP_NONE;
}

static Node *
parse(char *sql, const char *field)
{
	List	   *statements = raw_parser(sql, RAW_PARSE_DEFAULT);
	SelectStmt *select;
	ResTarget  *target;

	if (list_length(statements) != 1)
		not_one_expression(field);
	select = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;
	if (!IsA(select, SelectStmt) || !is_bare_select(select))
		not_one_expression(field);
	target = linitial_node(ResTarget, select->targetList);
	if (target->name != NULL || target->indirection != NIL || target->val == NULL)
		not_one_expression(field);
	return target->val;
}

/* There is no row to take a column from; names inside a subquery are its own affair. */
static Node *
refuse_column(ParseState *pstate, ColumnRef *reference, Node *found)
{
	if (found == NULL && pstate->parentParseState == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("SET of field \"%s\" must not use a column", (char *) pstate->p_ref_hook_state),
				 parser_errposition(pstate, reference->location)));
	return NULL;
}

/* One value, the same whatever row is deleted. */
static void
check_shape(const ParseState *pstate, Node *expr, const char *field)
{
	if (pstate->p_hasAggs || pstate->p_hasWindowFuncs || expression_returns_set(expr))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("SET of field \"%s\" must be a single value", field),
				 errdetail("Aggregate, window and set-returning functions give none here.")));
}

static Node *
coerce(ParseState *pstate, Node *expr, Oid type, int32 typmod, const char *field)
{
	Oid			from = exprType(expr);
	Node	   *coerced;

	coerced = coerce_to_target_type(pstate, expr, from, type, typmod,
									COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	if (coerced == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("SET of field \"%s\" must be of type %s, not %s", field,
						format_type_be(type), format_type_be(from))));
	return coerced;
}

static void
pin_search_path(void)
{
	(void) set_config_option("search_path", "pg_catalog", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

static Node *
analyse(char *sql, Oid type, int32 typmod, const char *field)
{
	ParseState *pstate = make_parsestate(NULL);
	Node	   *expr;

	pstate->p_sourcetext = sql;
	pstate->p_post_columnref_hook = refuse_column;
	pstate->p_ref_hook_state = unconstify(char *, field);
	expr = transformExpr(pstate, parse(sql, field), EXPR_KIND_OTHER);
	check_shape(pstate, expr, field);
	if (OidIsValid(type))
		expr = coerce(pstate, expr, type, typmod, field);
	assign_expr_collations(pstate, expr);
	free_parsestate(pstate);
	return expr;
}

/* The text of an expression in which only pg_catalog's names stand bare. */
static char *
deparse(Node *expr)
{
	int			level = NewGUCNestLevel();
	char	   *result;

	pin_search_path();
	result = deparse_expression(expr, NIL, true, true);
	AtEOXact_GUC(false, level);
	return result;
}

static char *
analyse_and_deparse(const char *source, Oid type, int32 typmod, const char *field)
{
	char	   *sql = psprintf(PREFIX "%s)", source);
	ErrorContextCallback callback = {.callback = point_into_expression, .arg = sql};
	Node	   *expr;

	callback.previous = error_context_stack;
	error_context_stack = &callback;
	expr = analyse(sql, type, typmod, field);
	error_context_stack = callback.previous;
	return deparse(expr);
}

char *
ak_relation_expression(const char *source, const char *field)
{
	return analyse_and_deparse(source, InvalidOid, -1, field);
}

char *
ak_relation_expression_of_type(const char *deparsed, Oid type, int32 typmod, const char *field)
{
	int			level = NewGUCNestLevel();
	char	   *result;

	pin_search_path();
	result = analyse_and_deparse(deparsed, type, typmod, field);
	AtEOXact_GUC(false, level);
	return result;
}
