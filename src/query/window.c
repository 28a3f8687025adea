/*
 * window.c
 *		Values over the rows around: {"$window": {"$rank": []}, "partition_by":
 *		["author"], "order_by": ["-views"]}.
 *
 * Windows look at the rows that the query set's conditions leave, before any
 * slice.  They are columns of a table beside the query's own, tied to it by
 * the key, so that conditions on them are possible and come later:
 *
 *		FROM posts AS t0 JOIN (SELECT t0.id AS k0, rank() OVER (…) AS w0 FROM posts AS t0 WHERE …) AS t3
 *			ON t3.k0 = t0.id WHERE t3.w0 <= 3
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "query/expression.h"

typedef struct AkWindowFunction
{
	const char *name;
	int			least;			/* arguments */
	int			most;
	bool		counts;			/* the second argument is a whole number; of ntile the first */
	Oid			type;			/* InvalidOid: that of the first argument */
} AkWindowFunction;

static const AkWindowFunction functions[] = {
	{"$row_number", 0, 0, false, INT8OID},
	{"$rank", 0, 0, false, INT8OID},
	{"$dense_rank", 0, 0, false, INT8OID},
	{"$percent_rank", 0, 0, false, FLOAT8OID},
	{"$cume_dist", 0, 0, false, FLOAT8OID},
	{"$ntile", 1, 1, true, INT4OID},
	{"$lag", 1, 3, true, InvalidOid},
	{"$lead", 1, 3, true, InvalidOid},
	{"$first_value", 1, 1, false, InvalidOid},
	{"$last_value", 1, 1, false, InvalidOid},
	{"$nth_value", 2, 2, true, InvalidOid},
};

struct AkWindow
{
	const char *name;			/* of a function, without $; NULL: an aggregate, args[0] */
	List	   *partition;		/* of AkExpr * */
	List	   *order;			/* of AkOrder * */
	const char *frame;			/* as SQL; NULL: the server's own */
	int			alias;
	int			column;
};

struct AkWindows
{
	int			alias;
	List	   *columns;		/* of AkExpr * */
	AkCondition *where;			/* ALL: about them */
};

/* ---- reading ---- */

List *
ak_query_window_names(void)
{
	List	   *names = NIL;

	for (int i = 0; i < (int) lengthof(functions); i++)
		names = lappend(names, unconstify(char *, functions[i].name));
	return names;
}

/* A bound of a frame: a number of rows before (negative) or behind, or null, the end. */
static char *
frame_bound(const AkJson *bound, bool first)
{
	int64		rows;

	if (bound->kind == AK_JSON_NULL)
		return first ? "UNBOUNDED PRECEDING" : "UNBOUNDED FOLLOWING";
	ak_core_json_expect(bound, AK_JSON_NUMBER, "a bound of \"frame\"");
	if (strspn(bound->text, "-0123456789") != strlen(bound->text) || strlen(bound->text) > 9)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a bound of \"frame\" is a whole number or null, not %s", bound->text)));
	rows = strtoll(bound->text, NULL, 10);
	if (rows == 0)
		return "CURRENT ROW";
	return psprintf(INT64_FORMAT " %s", rows < 0 ? -rows : rows, rows < 0 ? "PRECEDING" : "FOLLOWING");
}

/* {"rows": [-2, 0]}: ROWS BETWEEN 2 PRECEDING AND CURRENT ROW */
static char *
read_frame(const AkJson *frame)
{
	static const char *const modes[][2] = {{"rows", "ROWS"}, {"range", "RANGE"}, {"groups", "GROUPS"}};
	const AkJson *bounds;

	ak_core_json_expect(frame, AK_JSON_OBJECT, "\"frame\"");
	for (int i = 0; i < (int) lengthof(modes); i++)
	{
		bounds = ak_core_json_get(frame, modes[i][0]);
		if (bounds == NULL || frame->size != 1)
			continue;
		if (bounds->kind != AK_JSON_ARRAY || bounds->size != 2)
			break;
		return psprintf(" %s BETWEEN %s AND %s", modes[i][1], frame_bound(bounds->items[0], true),
						frame_bound(bounds->items[1], false));
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"frame\" has one of \"rows\", \"range\" and \"groups\", a list of two bounds"),
			 errhint("{\"rows\": [-2, 0]} is the two rows before and the row itself, null is the end.")));
}

static const AkWindowFunction *
find_function(const AkJson *call)
{
	for (int i = 0; i < (int) lengthof(functions); i++)
		if (call->kind == AK_JSON_OBJECT && call->size == 1 && strcmp(functions[i].name, call->keys[0]) == 0)
			return &functions[i];
	return NULL;
}

static void
refuse_arguments(const AkWindowFunction *function, int count)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" cannot have %d arguments", function->name, count)));
}

/* The call of a window function. */
static void
read_function(AkExpr *expr, const AkScope *scope, const AkWindowFunction *function, const AkJson *value)
{
	bool		list = value->kind == AK_JSON_ARRAY;
	int			count = list ? value->size : value->kind == AK_JSON_NULL ? 0 : 1;
	int			number = function->type == INT4OID ? 0 : 1;	/* which argument counts */

	expr->window->name = function->name + 1;
	if (count < function->least || count > function->most)
		refuse_arguments(function, count);
	for (int i = 0; i < count; i++)
		expr->args = lappend(expr->args, ak_query_read_argument(scope, list ? value->items[i] : value));
	if (function->counts && count > number && ((AkExpr *) list_nth(expr->args, number))->type != INT4OID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("argument %d of \"%s\" is a whole number", number + 1, function->name)));
	expr->type = OidIsValid(function->type) ? function->type : ((AkExpr *) linitial(expr->args))->type;
}

static void
read_call(AkExpr *expr, const AkScope *scope, const AkJson *call)
{
	const AkWindowFunction *function = find_function(call);
	AkExpr	   *aggregate;

	if (function != NULL)
	{
		read_function(expr, scope, function, call->items[0]);
		return;
	}
	aggregate = ak_query_read_argument(scope, call);
	if (aggregate->kind != AK_EXPR_AGGREGATE || ak_query_goes_to_many(aggregate->aggregate))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"$window\" takes a window function, or an aggregate over the model's own fields"),
				 errhint("{\"$window\": {\"$row_number\": []}, \"order_by\": [\"-views\"]}")));
	ak_query_refuse_over_window(aggregate);
	expr->args = list_make1(aggregate);
	expr->type = aggregate->type;
}

/* 42P20 for a window over another. */
static void
refuse_windows(const AkQuery *query, List *expressions)
{
	ListCell   *cell;

	foreach(cell, expressions)
		if (ak_query_is_of_windows(query, lfirst(cell)))
			ereport(ERROR,
					(errcode(ERRCODE_WINDOWING_ERROR),
					 errmsg("a window cannot be over another")));
}

/* The same for terms of its order, which have one value for each row and are not at random. */
static void
refuse_terms(List *order)
{
	ListCell   *cell;

	foreach(cell, order)
	{
		const AkPath *path = ((AkOrder *) lfirst(cell))->path;

		if (path == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a window has no random order")));
		if (path->annotation != NULL && ak_query_is_late(path->annotation))
			ereport(ERROR,
					(errcode(ERRCODE_WINDOWING_ERROR),
					 errmsg("a window cannot be over another")));
	}
}

bool
ak_query_read_window(AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object, const AkJson *value)
{
	const AkJson *partition = ak_core_json_get(object, "partition_by");
	const AkJson *order = ak_core_json_get(object, "order_by");
	const AkJson *frame = ak_core_json_get(object, "frame");

	if (strcmp(name, "$window") != 0)
		return false;
	if (!scope->windows || scope->query->grouping != NULL || scope->query->combined != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WINDOWING_ERROR),
				 errmsg("\"$window\" cannot stand here"),
				 errhint("It stands in \"annotate\", \"alias\" or \"order_by\", without \"group_by\".")));
	ak_query_check_options(object, "\"$window\"", list_make3("partition_by", "order_by", "frame"), true);
	expr->kind = AK_EXPR_WINDOW;
	expr->window = palloc0(sizeof(AkWindow));
	read_call(expr, scope, value);
	if (partition != NULL && partition->kind != AK_JSON_ARRAY)
		expr->window->partition = list_make1(ak_query_read_argument(scope, partition));
	for (int i = 0; partition != NULL && partition->kind == AK_JSON_ARRAY && i < partition->size; i++)
		expr->window->partition = lappend(expr->window->partition, ak_query_read_argument(scope, partition->items[i]));
	if (order != NULL)
		expr->window->order = ak_query_parse_order_of(scope->query, order, "order_by");
	refuse_windows(scope->query, expr->args);
	refuse_windows(scope->query, expr->window->partition);
	refuse_terms(expr->window->order);
	expr->window->frame = frame ? read_frame(frame) : NULL;
	ak_query_open_windows(scope->query);
	return true;
}

void
ak_query_open_windows(AkQuery *query)
{
	if (query->windows != NULL)
		return;
	if (query->model->nkeys == 0)
		(void) ak_model_key(query->model);	/* raises */
	query->windows = palloc0(sizeof(AkWindows));
	query->windows->alias = ak_query_root(query, query->model)->alias;
	query->windows->where = ak_query_condition(AK_CONDITION_ALL);
}

AkCondition *
ak_query_window_conditions(const AkQuery *query)
{
	return query->windows->where;
}

bool
ak_query_has_windows(const AkQuery *query)
{
	return query->windows != NULL && (query->windows->columns != NIL || query->windows->where->members != NIL);
}

/* ---- laying out ---- */

void
ak_query_lay_window(AkQuery *query, AkExpr *expr)
{
	AkWindow   *window = expr->window;
	AkSpot		spot = {.source = query->source, .own = true};
	ListCell   *cell;

	foreach(cell, expr->args)
	{
		AkExpr	   *argument = lfirst(cell);

		if (window->name == NULL)
			ak_query_lay_aggregate_here(query, &spot, argument);
		else
			ak_query_lay_expression(query, &spot, argument);
	}
	foreach(cell, window->partition)
		ak_query_lay_expression(query, &spot, lfirst(cell));
	foreach(cell, window->order)
		ak_query_lay_term_at(query, &spot, lfirst(cell));
	window->alias = query->windows->alias;
	window->column = list_length(query->windows->columns);
	query->windows->columns = lappend(query->windows->columns, expr);
}

/* ---- writing ---- */

static void
write_list(AkStatement *st, const char *before, List *expressions)
{
	ListCell   *cell;

	foreach(cell, expressions)
	{
		appendStringInfoString(&st->sql, before);
		ak_query_write_expression(st, lfirst(cell));
		before = ", ";
	}
}

/* rank() OVER (PARTITION BY … ORDER BY … ROWS …) */
static void
write_window(AkStatement *st, const AkExpr *expr)
{
	const AkWindow *window = expr->window;

	if (window->name == NULL)
		ak_query_write_aggregate_call(st, linitial(expr->args));
	else
	{
		appendStringInfo(&st->sql, "pg_catalog.%s(", window->name);
		write_list(st, "", expr->args);
		appendStringInfoChar(&st->sql, ')');
	}
	appendStringInfoString(&st->sql, " OVER (");
	write_list(st, "PARTITION BY ", window->partition);
	ak_query_write_order(st, window->order, false);
	appendStringInfo(&st->sql, "%s)", window->frame ? window->frame : "");
	if (window->name == NULL)
		ak_query_write_aggregate_end(st, linitial(expr->args));
}

void
ak_query_write_window_value(AkStatement *st, const AkExpr *expr)
{
	appendStringInfo(&st->sql, "t%d.w%d", expr->window->alias, expr->window->column);
}

void
ak_query_write_windows(AkStatement *st, const AkQuery *query)
{
	const AkWindows *windows = query->windows;
	const AkModel *model = query->model;
	ListCell   *cell;

	appendStringInfoString(&st->sql, " JOIN (SELECT ");
	ak_query_write_key(st, query);
	foreach(cell, windows->columns)
	{
		appendStringInfoString(&st->sql, ", ");
		write_window(st, lfirst(cell));
	}
	ak_query_write_from(st, query->source);
	ak_query_write_beside(st, query);
	ak_query_write_where(st, query);
	appendStringInfo(&st->sql, ") AS t%d(", windows->alias);
	for (int i = 0; i < model->nkeys; i++)
		appendStringInfo(&st->sql, "%sk%d", i ? ", " : "", i);
	for (int i = 0; i < list_length(windows->columns); i++)
		appendStringInfo(&st->sql, ", w%d", i);
	appendStringInfoChar(&st->sql, ')');
	ak_query_write_same_key(st, query, windows->alias);
	ak_query_write_laterals(st, query->window_laterals);
	if (windows->where->members == NIL)
		return;
	appendStringInfoString(&st->sql, " WHERE ");
	ak_query_write_condition(st, windows->where);
}
