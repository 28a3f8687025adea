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

#include "query/group.h"

/* What an aggregate takes beside its values. */
#define TAKES_TEXT 1			/* its value as text */
#define TAKES_DELIMITER 2
#define TAKES_SAMPLE 4			/* "sample": of the sample rather than of all */
#define TAKES_TWO 8				/* two values: the second explains the first */
#define TAKES_ROWS 16			/* "*", or a relation */

typedef struct AkAggregateKind
{
	const char *name;
	const char *function;		/* in pg_catalog */
	const char *of_sample;		/* SAMPLE: the function for it */
	int			takes;
} AkAggregateKind;

static const AkAggregateKind kinds[] = {
	{"$count", "count", NULL, TAKES_ROWS},
	{"$sum", "sum", NULL, 0},
	{"$avg", "avg", NULL, 0},
	{"$min", "min", NULL, 0},
	{"$max", "max", NULL, 0},
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

struct AkAggregate
{
	const AkAggregateKind *kind;
	const char *function;
	bool		rows;			/* counts rows, whatever is in them */
	bool		distinct;
	const AkJson *filter;		/* NULL: none */
	List	   *order;			/* of AkOrder * */
	AkExpr	   *otherwise;		/* for NULL; NULL: none */
	const char *delimiter;
	Oid			type;			/* of the function's result */
	const AkPath *way;			/* to the rows; NULL: the group's own */
	int			steps;			/* of it, the last one to-many */

	/* Set when laid out. */
	List	   *chain;			/* of AkSource *: the tables behind to-many steps */
	AkCondition *where;			/* NULL: none */
	bool		grouped;		/* it is column a<column> of the groups' table t<alias> */
	int			alias;
	int			column;
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

	if (code != FUNCDETAIL_AGGREGATE)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("aggregate \"%s\" does not take values of type %s", aggregate->kind->name,
						ak_core_type_word(types[0])),
				 errhint("Give it another type with \"$cast\".")));
	if (result == ANYARRAYOID)
		return OidIsValid(get_element_type(types[0])) ? types[0] : get_array_type(types[0]);
	if (IsPolymorphicType(result))
		return types[0];
	return result;
}

static void
read_type(AkExpr *expr)
{
	AkAggregate *aggregate = expr->aggregate;
	Oid			types[2];
	int			count = 0;
	ListCell   *cell;

	foreach(cell, expr->args)
	{
		AkExpr	   *argument = lfirst(cell);

		types[count++] = aggregate->kind->takes & TAKES_TEXT || !OidIsValid(argument->type) ? TEXTOID : argument->type;
	}
	if (aggregate->kind->takes & TAKES_DELIMITER)
		types[count++] = TEXTOID;
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

/* ---- laying out ---- */

/* Goes the way from the row that the aggregate is about to the rows that it is over. */
static void
walk_way(AkQuery *query, AkAggregate *aggregate, AkSpot *spot)
{
	spot->along = aggregate->way;
	for (; spot->steps < aggregate->steps; spot->steps++)
	{
		const AkStep *step = &aggregate->way->steps[spot->steps];

		if (step->many)
		{
			spot->source = ak_query_apart(query, spot->source, step);
			aggregate->chain = lappend(aggregate->chain, spot->source);
		}
		else
			spot->source = ak_query_join(query, spot->source, step);
	}
}

bool
ak_query_goes_to_many(const AkAggregate *aggregate)
{
	return aggregate->way != NULL;
}

/* Its values, their order, and which of them count. */
static void
lay_parts(AkQuery *query, const AkSpot *spot, AkExpr *expr)
{
	AkAggregate *aggregate = expr->aggregate;
	AkSpot		at = *spot;
	ListCell   *cell;

	foreach(cell, expr->args)
		ak_query_lay_expression(query, &at, lfirst(cell));
	foreach(cell, aggregate->order)
		ak_query_lay_term_at(query, &at, lfirst(cell));
	if (aggregate->filter == NULL)
		return;
	at.all = aggregate->where = ak_query_condition(AK_CONDITION_ALL);
	ak_query_lay_object(query, at, aggregate->filter);
}

void
ak_query_lay_aggregate_here(AkQuery *query, const AkSpot *spot, AkExpr *expr)
{
	lay_parts(query, spot, expr);
}

void
ak_query_lay_aggregate(AkQuery *query, const AkSpot *spot, AkExpr *expr)
{
	AkAggregate *aggregate = expr->aggregate;
	AkSpot		at = {.source = ak_query_spot_root(spot), .own = spot->own};

	aggregate->grouped = spot->grouped;
	if (spot->grouped)
	{
		AkArm	   *arm = ak_query_group_arm(query, aggregate->way, aggregate->steps);

		at = *ak_query_arm_spot(arm);
		aggregate->column = ak_query_arm_column(arm, expr, &aggregate->alias);
	}
	else if (aggregate->way == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR),
				 errmsg("aggregate \"%s\" is over no related rows", aggregate->kind->name),
				 errhint("Name a to-many relation, or group rows by \"group_by\" or aggregate().")));
	else
		walk_way(query, aggregate, &at);
	lay_parts(query, &at, expr);
	if (aggregate->otherwise != NULL)
		ak_query_lay_expression(query, spot, aggregate->otherwise);
}

const AkJson *
ak_query_aggregate_filter(const AkAggregate *aggregate)
{
	return aggregate->filter ? aggregate->filter : ak_core_json_object();
}

bool
ak_query_is_grouped(const AkAggregate *aggregate)
{
	return aggregate->grouped;
}

/* ---- writing ---- */

static void
write_argument(AkStatement *st, const AkExpr *expr, const AkExpr *argument)
{
	ak_query_write_expression(st, argument);
	if ((expr->aggregate->kind->takes & TAKES_TEXT && argument->type != TEXTOID) || !OidIsValid(argument->type))
		appendStringInfoString(&st->sql, "::pg_catalog.text");
}

/* Behind DISTINCT the server takes the value itself alone, written alike. */
static void
write_distinct_order(AkStatement *st, const AkExpr *expr)
{
	AkOrder    *term = linitial(expr->aggregate->order);

	appendStringInfoString(&st->sql, " ORDER BY ");
	write_argument(st, expr, linitial(expr->args));
	appendStringInfoString(&st->sql, term->descending ? " DESC" : "");
	if (term->nulls != NULL)
		appendStringInfo(&st->sql, " NULLS %s", strcmp(term->nulls, "first") == 0 ? "FIRST" : "LAST");
}

static void
write_arguments(AkStatement *st, const AkExpr *expr)
{
	const AkAggregate *aggregate = expr->aggregate;
	ListCell   *cell;

	if (aggregate->rows)
	{
		appendStringInfoChar(&st->sql, '*');
		return;
	}
	if (aggregate->distinct)
		appendStringInfoString(&st->sql, "DISTINCT ");
	foreach(cell, expr->args)
	{
		appendStringInfoString(&st->sql, cell == list_head(expr->args) ? "" : ", ");
		write_argument(st, expr, lfirst(cell));
	}
	if (aggregate->delimiter != NULL)
	{
		appendStringInfoString(&st->sql, ", ");
		ak_core_bind(st, TEXTOID, CStringGetTextDatum(aggregate->delimiter), false);
	}
	if (aggregate->distinct && aggregate->order != NIL)
		write_distinct_order(st, expr);
	else
		ak_query_write_order(st, aggregate->order, false);
}

/* sum(DISTINCT t1.likes ORDER BY …) */
static void
write_call(AkStatement *st, const AkExpr *expr)
{
	appendStringInfo(&st->sql, "pg_catalog.%s(", expr->aggregate->function);
	write_arguments(st, expr);
	appendStringInfoChar(&st->sql, ')');
}

static bool
is_limited(const AkAggregate *aggregate)
{
	return aggregate->where != NULL && aggregate->where->members != NIL;
}

void
ak_query_write_aggregate_call(AkStatement *st, const AkExpr *expr)
{
	write_call(st, expr);
	if (!is_limited(expr->aggregate))
		return;
	appendStringInfoString(&st->sql, " FILTER (WHERE ");
	ak_query_write_condition(st, expr->aggregate->where);
	appendStringInfoChar(&st->sql, ')');
}

/* (SELECT sum(…) FROM … WHERE …) */
static void
write_sub_select(AkStatement *st, const AkExpr *expr)
{
	appendStringInfoString(&st->sql, "(SELECT ");
	write_call(st, expr);
	ak_query_write_chain(st, expr->aggregate->chain);
	if (is_limited(expr->aggregate))
	{
		appendStringInfoString(&st->sql, " AND ");
		ak_query_write_condition(st, expr->aggregate->where);
	}
	appendStringInfoChar(&st->sql, ')');
}

/* Its value, with what takes the place of NULL; a count is never NULL, and groups that a relation leads nowhere from have no row of it. */
void
ak_query_write_aggregate(AkStatement *st, const AkExpr *expr)
{
	const AkAggregate *aggregate = expr->aggregate;
	bool		counts = strcmp(aggregate->function, "count") == 0 || strcmp(aggregate->function, "regr_count") == 0;
	bool		lacks = counts && aggregate->grouped && aggregate->way != NULL;

	if (lacks || (aggregate->otherwise != NULL && !counts))
		appendStringInfoString(&st->sql, "COALESCE(");
	if (aggregate->grouped)
		appendStringInfo(&st->sql, "t%d.a%d", aggregate->alias, aggregate->column);
	else
		write_sub_select(st, expr);
	if (lacks)
		appendStringInfoString(&st->sql, ", 0)");
	else if (aggregate->otherwise != NULL && !counts)
	{
		appendStringInfoString(&st->sql, ", ");
		ak_query_write_expression(st, aggregate->otherwise);
		appendStringInfo(&st->sql, "::%s)", ak_core_type_name(aggregate->type, -1));
	}
}
