/*
 * expression.c
 *		SQL text in definitions: one expression, and nothing else.
 *
 * The text is parsed as the only column of a SELECT that has no other part,
 * analysed under the definer's search_path, against the columns of the model
 * being defined where its place has a row, and given on as its deparse: names
 * outside pg_catalog are qualified, casts written out.  Where the expression
 * will stand decides what PostgreSQL lets it be: no subquery in a CHECK, no
 * column in a DEFAULT.  What runs is the deparse, with search_path pinned to
 * pg_catalog, so that it means the same to everybody.
 *
 * The table need not be there: columns are Vars over a made-up relation whose
 * names and types are those of the fields.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#include "model/internal.h"

/* What stands before the expression in the parsed text. */
#define PREFIX "SELECT ("

static void
not_one_expression(const AkExpression *e)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("%s must be one SQL expression", e->what)));
}

/* ---- parsing ---- */

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

/* What a statement of nothing but SELECT and one expression selects; NULL when they are anything else. */
static Node *
only_expression(List *statements)
{
	SelectStmt *select;
	ResTarget  *target;

	if (list_length(statements) != 1)
		return NULL;
	select = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;
	if (!IsA(select, SelectStmt) || !is_bare_select(select))
		return NULL;
	target = linitial_node(ResTarget, select->targetList);
	return target->name == NULL && target->indirection == NIL ? target->val : NULL;
}

static Node *
parse(char *sql, const AkExpression *e)
{
	Node	   *expression = only_expression(raw_parser(sql, RAW_PARSE_DEFAULT));

	if (expression == NULL)
		not_one_expression(e);
	return expression;
}

/* Text that closes the brackets itself is no expression without them. */
bool
ak_model_is_one_expression(const char *text)
{
	return only_expression(raw_parser(psprintf("SELECT %s", text), RAW_PARSE_DEFAULT)) != NULL &&
		only_expression(raw_parser(psprintf("SELECT (%s)", text), RAW_PARSE_DEFAULT)) != NULL;
}

/* ---- columns ---- */

static bool
has_row(const AkExpression *e)
{
	return e->use != AK_EXPRESSION_VALUE && e->use != AK_EXPRESSION_DEFAULT;
}

/* The columns an expression may use, or their fields' names: List of char *, in the order of their numbers. */
static List *
names_of(const AkModelDef *def, bool by_field)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, def->fields)
	{
		AkFieldDef *field = lfirst(cell);

		if (field->column != NULL && field->sql_type != NULL)
			names = lappend(names, by_field ? field->name : field->column);
	}
	return names;
}

static List *
column_names(const AkModelDef *def)
{
	return names_of(def, false);
}

/* The n-th of those columns as a Var; NULL when there is none of this name. */
static Node *
find_var(const AkModelDef *def, const char *name, bool by_field, int location)
{
	AttrNumber	number = 0;
	ListCell   *cell;

	foreach(cell, def->fields)
	{
		AkFieldDef *field = lfirst(cell);
		Oid			type;
		int32		typmod;
		Var		   *var;

		if (field->column == NULL || field->sql_type == NULL)
			continue;
		number++;
		if (strcmp(by_field ? field->name : field->column, name) != 0)
			continue;
		ak_core_parse_type(field->sql_type, &type, &typmod);
		var = makeVar(1, number, type, typmod,
					  OidIsValid(field->collation) ? field->collation : get_typcollation(type), 0);
		var->location = location;
		return (Node *) var;
	}
	return NULL;
}

/* By the column's name, else by the field's. */
static Node *
column_var(const AkModelDef *def, const char *name, int location)
{
	Node	   *var = find_var(def, name, false, location);

	return var ? var : find_var(def, name, true, location);
}

/* The name a reference gives to a column: bare, or after the table's. */
static const char *
referenced_column(const AkModelDef *def, const ColumnRef *reference)
{
	Node	   *last = llast(reference->fields);

	if (!IsA(last, String) || list_length(reference->fields) > 2)
		return NULL;
	if (list_length(reference->fields) == 2 &&
		strcmp(strVal(linitial(reference->fields)), def->table) != 0)
		return NULL;
	return strVal(last);
}

/* The names that may stand in the text. */
static List *
known_names(const AkExpression *e)
{
	List	   *names = NIL;

	if (e->alias == NULL)
		return column_names(e->over);
	names = lappend(names, unconstify(char *, e->alias));
	for (int i = 0; i < e->constants->size; i++)
		names = lappend(names, e->constants->keys[i]);
	return names;
}

static void
no_column(ParseState *pstate, const AkExpression *e, const ColumnRef *reference, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 e->alias ? errmsg("%s uses unknown name \"%s\"", e->what, name)
			 : errmsg("%s uses unknown column \"%s\"", e->what, name),
			 ak_core_hint_nearest(name, known_names(e)),
			 parser_errposition(pstate, reference->location)));
}

/* A value that has a name, as a constant of its own type; unknown: NULL, and what is no scalar. */
static Node *
named_constant(const AkJson *value)
{
	Oid			type = value->kind == AK_JSON_BOOL ? BOOLOID : value->kind == AK_JSON_NUMBER ? NUMERICOID
		: value->kind == AK_JSON_STRING || value->kind == AK_JSON_NULL ? TEXTOID : JSONBOID;
	AkProblems	problems = {0};
	AkValue		read;
	int16		length;
	bool		byval;

	if (type == NUMERICOID && strlen(value->text) < 10 && strspn(value->text, "-0123456789") == strlen(value->text))
		type = INT4OID;
	if (!ak_model_read_typed(type, -1, "option", value, &read, &problems))
		ak_core_problems_raise(&problems, NULL, NULL);
	if (read.isnull)
		return (Node *) makeNullConst(UNKNOWNOID, -1, InvalidOid);
	get_typlenbyval(type, &length, &byval);
	return (Node *) makeConst(type, -1, get_typcollation(type), length, read.datum, false, byval);
}

/* Under an alias: the only column by it, and the constants by their names. */
static Node *
resolve_named(const AkExpression *e, const char *name, int location)
{
	const AkJson *value = ak_core_json_get(e->constants, name);

	if (strcmp(name, e->alias) == 0)
		return column_var(e->over, linitial(column_names(e->over)), location);
	return value ? named_constant(value) : NULL;
}

/* Resolves what the parser could not; names inside a subquery are its own affair. */
static Node *
resolve_column(ParseState *pstate, ColumnRef *reference, Node *found)
{
	const AkExpression *e = pstate->p_ref_hook_state;
	const char *name;
	Node	   *var;

	if (found != NULL || pstate->parentParseState != NULL)
		return NULL;
	if (!has_row(e))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("%s must not use a column", e->what),
				 parser_errposition(pstate, reference->location)));
	name = referenced_column(e->over, reference);
	if (name == NULL)
		return NULL;
	var = e->alias ? resolve_named(e, name, reference->location) : column_var(e->over, name, reference->location);
	if (var == NULL)
		no_column(pstate, e, reference, name);
	return var;
}

/* ---- analysis ---- */

static ParseExprKind
place(AkExpressionUse use)
{
	switch (use)
	{
		case AK_EXPRESSION_VALUE:
			return EXPR_KIND_OTHER;
		case AK_EXPRESSION_DEFAULT:
			return EXPR_KIND_COLUMN_DEFAULT;
		case AK_EXPRESSION_GENERATED:
			return EXPR_KIND_GENERATED_COLUMN;
		case AK_EXPRESSION_CHECK:
			return EXPR_KIND_CHECK_CONSTRAINT;
		case AK_EXPRESSION_INDEX:
			return EXPR_KIND_INDEX_EXPRESSION;
		case AK_EXPRESSION_TRANSFORM:
			return EXPR_KIND_ALTER_COL_TRANSFORM;
		case AK_EXPRESSION_PREDICATE:
			return EXPR_KIND_INDEX_PREDICATE;
	}
	return EXPR_KIND_OTHER;
}

/* One value for one row. */
static void
check_shape(const ParseState *pstate, Node *expr, const AkExpression *e)
{
	if (pstate->p_hasAggs || pstate->p_hasWindowFuncs || expression_returns_set(expr))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("%s must be a single value", e->what),
				 errdetail("Aggregate, window and set-returning functions give none here.")));
}

static Node *
coerce(ParseState *pstate, Node *expr, const AkExpression *e)
{
	bool		condition = e->use == AK_EXPRESSION_CHECK || e->use == AK_EXPRESSION_PREDICATE;
	Oid			type = condition ? BOOLOID : e->type;
	Oid			from = exprType(expr);
	Node	   *coerced;

	if (!OidIsValid(type))
		return expr;
	coerced = coerce_to_target_type(pstate, expr, from, type, condition ? -1 : e->typmod,
									COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	if (coerced == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("%s must be of type %s, not %s", e->what,
						format_type_be(type), format_type_be(from))));
	return coerced;
}

static Node *
analyse(char *sql, const AkExpression *e)
{
	ParseState *pstate = make_parsestate(NULL);
	Node	   *expr;

	pstate->p_sourcetext = sql;
	pstate->p_post_columnref_hook = resolve_column;
	pstate->p_ref_hook_state = unconstify(AkExpression *, e);
	expr = transformExpr(pstate, parse(sql, e), place(e->use));
	check_shape(pstate, expr, e);
	expr = coerce(pstate, expr, e);
	assign_expr_collations(pstate, expr);
	free_parsestate(pstate);
	return expr;
}

/* ---- deparse ---- */

static void
pin(const char *setting, const char *value)
{
	(void) set_config_option(setting, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/* Constants are written in ISO form. */
static void
pin_styles(void)
{
	pin("datestyle", "ISO, YMD");
	pin("intervalstyle", "postgres");
	pin("extra_float_digits", "1");
}

int
ak_model_pin_search_path(void)
{
	int			level = NewGUCNestLevel();

	pin("search_path", "pg_catalog, pg_temp");
	return level;
}

void
ak_model_unpin_search_path(int level)
{
	AtEOXact_GUC(false, level);
}

/* Names for the Vars: a plan over one relation that has the model's columns. */
static List *
naming_context(const AkModelDef *def, bool by_field)
{
	PlannedStmt *plan = makeNode(PlannedStmt);
	RangeTblEntry *rte = makeNode(RangeTblEntry);
	List	   *columns = NIL;
	List	   *names = names_of(def, by_field);
	ListCell   *cell;

	foreach(cell, names)
		columns = lappend(columns, makeString(lfirst(cell)));
	rte->rtekind = RTE_VALUES;
	rte->eref = makeAlias(def->table, columns);
	plan->commandType = CMD_SELECT;
	plan->rtable = list_make1(rte);
	return deparse_context_for_plan_tree(plan, list_make1(def->table));
}

/* The text of an expression in which only pg_catalog's names stand bare, its constants in ISO form. */
static char *
deparse(Node *expr, const AkExpression *e)
{
	int			level = ak_model_pin_search_path();
	char	   *result;

	pin_styles();
	if (has_row(e))
		result = deparse_expression(expr, naming_context(e->over, e->by_field), false, true);
	else
		result = deparse_expression(expr, NIL, true, true);
	ak_model_unpin_search_path(level);
	return result;
}

char *
ak_model_expression(const AkExpression *e)
{
	char	   *sql = psprintf(PREFIX "%s)", e->source);
	char	   *bare = psprintf("SELECT %s", e->source);
	ErrorContextCallback callback = {.callback = point_into_expression, .arg = sql};
	Node	   *expr;

	callback.previous = error_context_stack;
	error_context_stack = &callback;
	expr = analyse(sql, e);
	/* Text that closes the brackets itself is no expression without them. */
	callback.arg = bare;
	if (only_expression(raw_parser(bare, RAW_PARSE_DEFAULT)) == NULL)
		not_one_expression(e);
	error_context_stack = callback.previous;
	return deparse(expr, e);
}

bool
ak_model_expression_is_mutable(const AkExpression *e)
{
	return contain_mutable_functions(analyse(psprintf(PREFIX "%s)", e->source), e));
}

/* What a generated column computes, as the catalog says it. */
char *
ak_model_generated_expression(const AkField *field)
{
	int			level = ak_model_pin_search_path();
	AkStatement st;
	Datum		expression;
	bool		isnull;

	pin_styles();
	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, "SELECT pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef"
						   " WHERE adrelid OPERATOR(pg_catalog.=) ");
	ak_core_bind(&st, OIDOID, ObjectIdGetDatum(field->model->relid), false);
	appendStringInfoString(&st.sql, " AND adnum OPERATOR(pg_catalog.=) ");
	ak_core_bind(&st, INT2OID, Int16GetDatum(field->attnum), false);
	ak_core_run_one(&st, AK_RUN_READ, &expression, &isnull);
	ak_model_unpin_search_path(level);
	return isnull ? NULL : TextDatumGetCString(expression);
}
