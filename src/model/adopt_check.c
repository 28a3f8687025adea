/*
 * adopt_check.c
 *		What the plain CHECKs of an adopted table say of one column's values.
 *
 * Plain is `column operator constant`, several of them joined by AND, and
 * `column IN (constants)`: those become min_value, max_value and choices, and
 * `column >= 0` makes an integer a positive one.  All other CHECKs hold as
 * they are and stand among the model's constraints.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"


#include "model/internal.h"

/* The node under casts that leave the value as it is. */
static Node *
bare(Node *node)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node;
}

static bool
is_column(Node *node, AttrNumber attnum)
{
	node = bare(node);
	return node != NULL && IsA(node, Var) && ((Var *) node)->varattno == attnum;
}

/* A constant that is not NULL, or NULL. */
static Const *
constant(Node *node)
{
	node = bare(node);
	return node != NULL && IsA(node, Const) && !((Const *) node)->constisnull ? (Const *) node : NULL;
}

/* The btree strategy of an operator, whatever types it compares; 0 where it has none. */
static int
strategy_of(Oid opno)
{
	ListCell   *cell;
	int			strategy = 0;

	foreach(cell, ak_operator_meanings(opno))
		strategy = ak_operator_strategy(lfirst(cell));
	return strategy > BTMaxStrategyNumber ? 0 : strategy;
}

/* ---- bounds ---- */

static bool
is_number(const AkAdoptedColumn *column)
{
	return ak_core_json_get(column->field.options, "output_field") == NULL &&
		(column->typid == INT2OID || column->typid == INT4OID || column->typid == INT8OID ||
		 column->typid == NUMERICOID || column->typid == FLOAT4OID || column->typid == FLOAT8OID);
}

/* PositiveInteger for Integer, and so on; false where there is no such kind. */
static bool
make_positive(AkAdoptedColumn *column)
{
	const AkFieldType *type = ak_model_find_type(psprintf("Positive%s", column->field.type->name));

	if (type != NULL)
		column->field.type = type;
	return type != NULL;
}

static void
take_bound(AkAdoptedColumn *column, int strategy, const Const *value)
{
	AkJson	   *bound = ak_model_value_to_json(value->consttype, value->constvalue, false);
	bool		whole = column->typid == INT2OID || column->typid == INT4OID || column->typid == INT8OID;

	if (bound->kind != AK_JSON_NUMBER)
		return;
	if (strategy == BTGreaterEqualStrategyNumber &&
		!(strcmp(bound->text, "0") == 0 && make_positive(column)))
		ak_core_json_put(column->field.options, "min_value", bound);
	if (strategy == BTLessEqualStrategyNumber)
		ak_core_json_put(column->field.options, "max_value", bound);
	/* More than n is n + 1 or more where there is nothing between. */
	if (whole && strchr(bound->text, '.') == NULL && strlen(bound->text) < 10)
	{
		if (strategy == BTGreaterStrategyNumber)
			ak_core_json_put(column->field.options, "min_value", ak_core_json_integer((int64) pg_strtoint32(bound->text) + 1));
		if (strategy == BTLessStrategyNumber)
			ak_core_json_put(column->field.options, "max_value", ak_core_json_integer((int64) pg_strtoint32(bound->text) - 1));
	}
}

static void
take_comparison(AkAdoptedColumn *column, const OpExpr *expr)
{
	Const	   *value;
	Oid			opno = expr->opno;

	if (!is_number(column) || list_length(expr->args) != 2)
		return;
	value = constant(lsecond(expr->args));
	if (value == NULL || !is_column(linitial(expr->args), column->attnum))
	{
		value = constant(linitial(expr->args));
		opno = get_commutator(expr->opno);
		if (value == NULL || !is_column(lsecond(expr->args), column->attnum))
			return;
	}
	if (OidIsValid(opno))
		take_bound(column, strategy_of(opno), value);
}

/* ---- choices ---- */

/* column = ANY (array of texts or numbers) */
static void
take_choices(AkAdoptedColumn *column, const ScalarArrayOpExpr *expr)
{
	Const	   *list = constant(lsecond(expr->args));
	AkJson	   *choices;

	if (!expr->useOr || list == NULL || !is_column(linitial(expr->args), column->attnum) ||
		strategy_of(expr->opno) != BTEqualStrategyNumber ||
		ak_core_json_get(column->field.options, "output_field") != NULL)
		return;
	choices = ak_model_value_to_json(list->consttype, list->constvalue, false);
	if (choices->kind == AK_JSON_ARRAY && choices->size > 0)
		ak_core_json_put(column->field.options, "choices", choices);
}

/* ---- the table's constraints ---- */

static void
take_expression(AkAdoptedColumn *column, Node *node)
{
	ListCell   *cell;

	if (IsA(node, OpExpr))
		take_comparison(column, (OpExpr *) node);
	else if (IsA(node, ScalarArrayOpExpr))
		take_choices(column, (ScalarArrayOpExpr *) node);
	else if (is_andclause(node))
		foreach(cell, ((BoolExpr *) node)->args)
			take_expression(column, lfirst(cell));
}

void
ak_model_map_checks(Relation rel, AkAdoptedColumn *column)
{
	TupleConstr *constr = RelationGetDescr(rel)->constr;

	for (int i = 0; constr && i < constr->num_check; i++)
		take_expression(column, eval_const_expressions(NULL, stringToNode(constr->check[i].ccbin)));
}
