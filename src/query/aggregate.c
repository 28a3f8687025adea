/*
 * aggregate.c
 *		Aggregates over related rows: {"$sum": "comments__likes"}.
 *
 * Each aggregate is a sub-select of its own, tied to the row that it is about,
 *
 *		(SELECT sum(t1.likes) FROM comments AS t1 WHERE t1.post_id = t0.id)
 *
 * so several over different relations never multiply each other, and the
 * conditions of the query set do not limit what they count: their own
 * "filter" does.  The paths of one aggregate speak of the same related rows.
 *
 * Where rows are grouped an aggregate without a to-many path is over the
 * group's rows, and is written as it is.
 */
#include "postgres.h"

#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/fmgroids.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "query/aggregate.h"

static const AkAggregateKind kinds[] = {
	{"$count", "count", NULL, TAKES_ROWS},
	{"$sum", "sum", NULL, 0},
	{"$avg", "avg", NULL, 0},
	{"$min", "min", NULL, 0},
	{"$max", "max", NULL, 0},
	{"$any_value", AK_ANY_VALUE, NULL, AK_ANY_VALUE_IS_FIRST ? TAKES_FIRST : 0},
	{"$stddev", "stddev_pop", "stddev_samp", TAKES_SAMPLE},
	{"$variance", "var_pop", "var_samp", TAKES_SAMPLE},
	{"$string_agg", "string_agg", NULL, TAKES_TEXT | TAKES_DELIMITER},
	{"$array_agg", "array_agg", NULL, 0},
	{"$json_agg", "jsonb_agg", NULL, 0},
	{"$bool_and", "bool_and", NULL, 0},
	{"$bool_or", "bool_or", NULL, 0},
	{"$bit_and", "bit_and", NULL, 0},
	{"$bit_or", "bit_or", NULL, 0},
	{"$bit_xor", "bit_xor", NULL, 0},
	{"$corr", "corr", NULL, TAKES_TWO},
	{"$covar_pop", "covar_pop", "covar_samp", TAKES_TWO | TAKES_SAMPLE},
	{"$regr_avgx", "regr_avgx", NULL, TAKES_TWO},
	{"$regr_avgy", "regr_avgy", NULL, TAKES_TWO},
	{"$regr_count", "regr_count", NULL, TAKES_TWO},
	{"$regr_intercept", "regr_intercept", NULL, TAKES_TWO},
	{"$regr_r2", "regr_r2", NULL, TAKES_TWO},
	{"$regr_slope", "regr_slope", NULL, TAKES_TWO},
	{"$regr_sxx", "regr_sxx", NULL, TAKES_TWO},
	{"$regr_sxy", "regr_sxy", NULL, TAKES_TWO},
	{"$regr_syy", "regr_syy", NULL, TAKES_TWO},
};

List *
ak_query_aggregate_names(void)
{
	List	   *names = NIL;

	for (int i = 0; i < (int) lengthof(kinds); i++)
		names = lappend(names, unconstify(char *, kinds[i].name));
	return names;
}

/* ---- options ---- */

/* Which options an aggregate has. */
static List *
option_names(const AkAggregateKind *kind)
{
	List	   *names = list_make4("distinct", "filter", "order_by", "default");

	if (kind->takes & TAKES_DELIMITER)
		names = lappend(names, "delimiter");
	if (kind->takes & TAKES_SAMPLE)
		names = lappend(names, "sample");
	return names;
}

static void
read_options(AkExpr *expr, const AkScope *scope, const AkJson *object)
{
	AkAggregate *aggregate = expr->aggregate;
	const AkAggregateKind *kind = aggregate->kind;
	const AkJson *order = ak_core_json_get(object, "order_by");

	ak_query_check_options(object, psprintf("aggregate \"%s\"", kind->name), option_names(kind), true);
	aggregate->distinct = ak_core_json_get_bool(object, "distinct", false);
	aggregate->filter = ak_core_json_get(object, "filter");
	if (aggregate->filter != NULL)
		ak_core_json_expect(aggregate->filter, AK_JSON_OBJECT, "\"filter\"");
	if (order != NULL)
		aggregate->order = ak_query_parse_order_within(scope, order);
	aggregate->function = ak_core_json_get_bool(object, "sample", false) ? kind->of_sample : kind->function;
	if (kind->takes & TAKES_DELIMITER)
		aggregate->delimiter = ak_core_json_get_string(object, "delimiter");
	if (kind->takes & TAKES_DELIMITER && aggregate->delimiter == NULL)
		aggregate->delimiter = ",";
}

/* ---- the way to the rows ---- */

/* How many steps of the path lead up to and over its last to-many one. */
static int
steps_to_many(const AkPath *path)
{
	int			n = path->nsteps;

	while (n > 0 && !path->steps[n - 1].many)
		n--;
	return n;
}

static void
extend_way(AkAggregate *aggregate, const AkPath *path)
{
	int			steps = steps_to_many(path);

	if (steps <= aggregate->steps)
		return;
	aggregate->way = path;
	aggregate->steps = steps;
}

/* The longest way of the expression's paths; 42803 for an aggregate in it. */
static void
find_way(AkAggregate *aggregate, const AkExpr *expr)
{
	ListCell   *cell;

	if (expr->kind == AK_EXPR_AGGREGATE)
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR),
				 errmsg("an aggregate cannot stand in another")));
	if (expr->kind == AK_EXPR_PATH)
		extend_way(aggregate, expr->path);
	foreach(cell, expr->args)
		find_way(aggregate, lfirst(cell));
}

/* ---- types ---- */

/* What the function gives for these types, by the server's own rules; 42883 where it does not take them. */
static Oid
result_type(const AkAggregate *aggregate, Oid *types, int count)
{
	List	   *name = list_make2(makeString("pg_catalog"), makeString(pstrdup(aggregate->function)));
	Oid			function;
	Oid			result;
	bool		set;
	int			nvariadic;
	Oid			variadic;
	Oid		   *declared;
	FuncDetailCode code = func_get_detail(name, NIL, NIL, count, types, false, false, false, &function, &result,
										  &set, &nvariadic, &variadic, &declared, NULL);

	if (code != FUNCDETAIL_AGGREGATE || (aggregate->first && !OidIsValid(get_array_type(types[0]))))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("aggregate \"%s\" does not take values of type %s", aggregate->kind->name,
						ak_core_type_word(types[0])),
				 errhint("Give it another type with \"$cast\".")));
	if (result == ANYARRAYOID && !aggregate->first)
		return OidIsValid(get_element_type(types[0])) ? types[0] : get_array_type(types[0]);
	if (IsPolymorphicType(result))
		return types[0];
	return result;
}

/* How any value is found: there is no array of arrays, but the least of them. */
static void
choose_function(AkAggregate *aggregate, Oid type)
{
	aggregate->first = (aggregate->kind->takes & TAKES_FIRST) != 0;
	if (!aggregate->first || !OidIsValid(get_element_type(type)))
		return;
	aggregate->first = false;
	aggregate->function = "min";
}

static void
read_type(AkExpr *expr)
{
	AkAggregate *aggregate = expr->aggregate;
	Oid			types[2] = {InvalidOid, InvalidOid};
	int			count = 0;
	ListCell   *cell;

	foreach(cell, expr->args)
	{
		AkExpr	   *argument = lfirst(cell);

		types[count++] = aggregate->kind->takes & TAKES_TEXT || !OidIsValid(argument->type) ? TEXTOID : argument->type;
	}
	if (aggregate->kind->takes & TAKES_DELIMITER)
		types[count++] = TEXTOID;
	choose_function(aggregate, types[0]);
	expr->type = aggregate->rows ? INT8OID : result_type(aggregate, types, count);
	aggregate->type = expr->type;
}

/* What takes the place of NULL: a value of the type, or an expression that has it. */
static void
read_default(AkExpr *expr, const AkScope *scope, const AkJson *value)
{
	AkExpr	   *otherwise;
	AkProblems	problems = {0};

	if (value == NULL)
		return;
	if (value->kind == AK_JSON_OBJECT)
	{
		otherwise = ak_query_read_expression(scope, value);
		if (OidIsValid(otherwise->type) && !OidIsValid(ak_query_common_type(expr->type, otherwise->type)))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the default of \"%s\" must be of type %s, not %s", expr->aggregate->kind->name,
							ak_core_type_word(expr->type), ak_core_type_word(otherwise->type))));
	}
	else
	{
		otherwise = palloc0(sizeof(AkExpr));
		otherwise->kind = AK_EXPR_VALUE;
		otherwise->type = expr->type;
		(void) ak_model_read_typed(expr->type, -1, "default", value, &otherwise->value, &problems);
		ak_core_problems_raise(&problems, NULL, NULL);
	}
	expr->aggregate->otherwise = otherwise;
}

/* 42P10 unless an aggregate of distinct values is ordered by them. */
static void
check_distinct_order(const AkExpr *expr)
{
	const AkAggregate *aggregate = expr->aggregate;
	const AkExpr *value = expr->args ? linitial(expr->args) : NULL;
	const AkOrder *term = aggregate->order ? linitial(aggregate->order) : NULL;

	if (!aggregate->distinct || term == NULL)
		return;
	if (list_length(aggregate->order) > 1 || value == NULL || value->kind != AK_EXPR_PATH ||
		strcmp(value->path->text, term->path->text) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
				 errmsg("with \"distinct\" an aggregate is ordered by its value alone"),
				 errdetail("The aggregate is \"%s\".", aggregate->kind->name)));
}

/* ---- reading ---- */

/* Does the argument name rows: "*", or a relation to many? */
static bool
names_rows(const AkExpr *expr, const AkScope *scope, const AkJson *value)
{
	AkPath	   *path;

	if (!(expr->aggregate->kind->takes & TAKES_ROWS) || value->kind != AK_JSON_STRING)
		return false;
	if (strcmp(value->text, "*") == 0)
		return true;
	path = ak_query_scope_path(scope, value->text, false);
	if (!path->whole || steps_to_many(path) == 0 || path->nsteps != steps_to_many(path))
		return false;
	extend_way(expr->aggregate, path);
	return true;
}

static void
read_arguments(AkExpr *expr, const AkScope *scope, const AkJson *value)
{
	AkAggregate *aggregate = expr->aggregate;
	bool		two = aggregate->kind->takes & TAKES_TWO;
	ListCell   *cell;

	aggregate->rows = names_rows(expr, scope, value);
	if (two && (value->kind != AK_JSON_ARRAY || value->size != 2))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("aggregate \"%s\" takes a list of two values", aggregate->kind->name)));
	if (!two && value->kind == AK_JSON_ARRAY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("aggregate \"%s\" takes one value, not a list", aggregate->kind->name)));
	for (int i = 0; two && i < 2; i++)
		expr->args = lappend(expr->args, ak_query_read_argument(scope, value->items[i]));
	if (!two && (!aggregate->rows || aggregate->distinct))
		expr->args = list_make1(ak_query_read_argument(scope, value));
	aggregate->rows = aggregate->rows && expr->args == NIL;
	foreach(cell, expr->args)
		find_way(aggregate, lfirst(cell));
	foreach(cell, aggregate->order)
		extend_way(aggregate, ((AkOrder *) lfirst(cell))->path);
}

bool
ak_query_read_aggregate(AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object, const AkJson *value)
{
	for (int i = 0; i < (int) lengthof(kinds); i++)
	{
		if (strcmp(kinds[i].name, name) != 0)
			continue;
		expr->kind = AK_EXPR_AGGREGATE;
		expr->aggregate = palloc0(sizeof(AkAggregate));
		expr->aggregate->kind = &kinds[i];
		read_options(expr, scope, object);
		read_arguments(expr, scope, value);
		read_type(expr);
		read_default(expr, scope, ak_core_json_get(object, "default"));
		check_distinct_order(expr);
		return true;
	}
	return false;
}

/* ---- what others ask ---- */

bool
ak_query_goes_to_many(const AkAggregate *aggregate)
{
	return aggregate->way != NULL;
}

void
ak_query_refuse_over_window(const AkExpr *expr)
{
	const AkAggregate *aggregate = expr->aggregate;
	const AkExpr *value = expr->args ? linitial(expr->args) : NULL;

	if (!aggregate->distinct && aggregate->order == NIL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("aggregate \"%s\" cannot have \"%s\" in \"$window\"", aggregate->kind->name,
					aggregate->distinct ? "distinct" : "order_by"),
			 value != NULL && value->kind == AK_EXPR_PATH ? errdetail("It is over \"%s\".", value->path->text) : 0,
			 aggregate->distinct ? errhint("Put together what differs in a \"$subquery\" or by \"group_by\".")
			 : errhint("Put \"order_by\" beside \"$window\": the values come in the order of the window.")));
}

const AkJson *
ak_query_aggregate_filter(const AkAggregate *aggregate)
{
	return aggregate->filter ? aggregate->filter : ak_core_json_object();
}
