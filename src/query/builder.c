/*
 * builder.c
 *		The builders: filter, exclude, order_by, slice, distinct, reverse,
 *		annotate, alias, group_by, pick, select_related, prefetch_related,
 *		objects, f, and the pipe.
 *
 * A builder writes one op, a document of one part.  Each also takes a query
 * set first and then returns that query set with the op applied.  Values of
 * "any" calls keep their SQL type in the document; text calls carry literals
 * and the untyped parameters of drivers, which the field's type reads later.
 *
 * With a query set first, filter and exclude take one pair or an object: with
 * any number of pairs PostgreSQL could not tell a literal path from a literal
 * query set where a typed value follows, as in filter('a', 'x', 'b', 1).
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

PG_FUNCTION_INFO_V1(ak_query_f);
PG_FUNCTION_INFO_V1(ak_query_union);
PG_FUNCTION_INFO_V1(ak_query_union_all);
PG_FUNCTION_INFO_V1(ak_query_intersection);
PG_FUNCTION_INFO_V1(ak_query_difference);
PG_FUNCTION_INFO_V1(ak_query_for_update);
PG_FUNCTION_INFO_V1(ak_query_expression);
PG_FUNCTION_INFO_V1(ak_query_slice_stop);
PG_FUNCTION_INFO_V1(ak_query_objects);
PG_FUNCTION_INFO_V1(ak_query_pipe);
PG_FUNCTION_INFO_V1(ak_query_filter_support);

/* ---- results ---- */

AkJson *
ak_query_object_of(const char *key, AkJson *value)
{
	AkJson	   *object = ak_core_json_object();

	ak_core_json_put(object, key, value);
	return object;
}

static Datum
document_datum(const AkJson *document)
{
	return PointerGetDatum(ak_core_json_to_text(document));
}

/* The query set in argument 0 with an op applied. */
static Datum
applied(FunctionCallInfo fcinfo, const AkJson *op)
{
	AkJson	   *document = ak_query_arg_document(fcinfo, 0, "qs");

	ak_query_apply(document, op);
	return document_datum(document);
}

/* A builder, and the same that takes the query set first and gives it back changed: the op is made of the arguments from n on. */
#define BUILDER(name, op) \
	PG_FUNCTION_INFO_V1(ak_query_##name); \
	PG_FUNCTION_INFO_V1(ak_query_set_##name); \
	Datum ak_query_##name(PG_FUNCTION_ARGS) \
	{ \
		const int	n pg_attribute_unused() = 0; \
\
		return document_datum(op); \
	} \
	Datum ak_query_set_##name(PG_FUNCTION_ARGS) \
	{ \
		const int	n pg_attribute_unused() = 1; \
\
		return applied(fcinfo, op); \
	}

/* ---- filter and exclude ---- */

/* The text of an argument that must be a path. */
static const char *
path_text(const AkArgument *argument)
{
	if (argument->isnull)
		ak_core_null_argument("path");
	switch (argument->type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UNKNOWNOID:
			return argument->text;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a path must be text, not a value of another type"),
			 errhint("Write pairs: path, value, path, value.")));
	return NULL;
}

AkJson *
ak_query_value_of(const char *path, const AkArgument *argument)
{
	if (argument->type == UNKNOWNOID && !argument->isnull)
		return ak_query_untyped_for(path, argument->text);
	if (!argument->isnull && argument->type == ak_core_type("expression"))
		return ak_core_json_parse(argument->text, strlen(argument->text), "an expression");
	return ak_core_arg_to_json(argument);
}

void
ak_query_put_condition(AkJson *conditions, const char *path, AkJson *value)
{
	if (ak_core_json_get(conditions, path) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("path \"%s\" stands twice in one call", path),
				 errhint("Use one call for each condition.")));
	ak_core_json_put(conditions, path, value);
}

static void
put_pair(AkJson *conditions, const char *path, const AkArgument *value)
{
	ak_query_put_condition(conditions, path, ak_query_value_of(path, value));
}

static void
refuse_odd(const char *path)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a path stands without a value"),
			 path[0] == '{'
			 ? errhint("A query set as first argument is cast: $1::aksara.queryset.")
			 : errhint("Write pairs: path, value, path, value.")));
}

/* The arguments path, value, path, value … as an object of conditions. */
static AkJson *
pairs(FunctionCallInfo fcinfo)
{
	AkJson	   *conditions = ak_core_json_object();
	const char *path = ak_core_arg_cstring(fcinfo, 0, "path");
	List	   *rest = ak_core_arg_values(fcinfo, 1);

	if (list_length(rest) % 2 == 0)
		refuse_odd(path);
	put_pair(conditions, path, linitial(rest));
	for (int i = 1; i < list_length(rest); i += 2)
		put_pair(conditions, path_text(list_nth(rest, i)), list_nth(rest, i + 1));
	return conditions;
}

/* Arguments 1 and 2, a path and a value. */
static AkJson *
one_pair(FunctionCallInfo fcinfo, AkArgument *value)
{
	AkJson	   *conditions = ak_core_json_object();

	put_pair(conditions, ak_core_arg_cstring(fcinfo, 1, "path"), value);
	return conditions;
}

/* A text argument that the field's type will read. */
static AkArgument *
untyped_argument(FunctionCallInfo fcinfo, int n)
{
	AkArgument *argument = ak_core_arg_value(fcinfo, n);

	argument->type = UNKNOWNOID;
	return argument;
}

static AkJson *
conditions_document(FunctionCallInfo fcinfo, int n)
{
	return ak_query_arg_document(fcinfo, n, "conditions");
}

/* An op of pairs: one pair of the usual kind is written without a tree. */
static Datum
pairs_op(FunctionCallInfo fcinfo, const char *word)
{
	text	   *plain = NULL;

	if (fcinfo->nargs == 2 && !PG_ARGISNULL(0) && !PG_ARGISNULL(1))
		plain = ak_query_compose_pair(word, text_to_cstring(PG_GETARG_TEXT_PP(0)),
									  get_fn_expr_argtype(fcinfo->flinfo, 1), PG_GETARG_DATUM(1));
	return plain ? PointerGetDatum(plain) : document_datum(ak_query_object_of(word, pairs(fcinfo)));
}

/* All ways to say conditions of one word. */
#define CONDITIONS(word) \
	PG_FUNCTION_INFO_V1(ak_query_##word##_pairs); \
	PG_FUNCTION_INFO_V1(ak_query_set_##word##_pair); \
	PG_FUNCTION_INFO_V1(ak_query_set_##word##_text); \
	Datum ak_query_##word##_pairs(PG_FUNCTION_ARGS) \
	{ \
		return pairs_op(fcinfo, #word); \
	} \
	Datum ak_query_set_##word##_pair(PG_FUNCTION_ARGS) \
	{ \
		return applied(fcinfo, ak_query_object_of(#word, one_pair(fcinfo, ak_core_arg_value(fcinfo, 2)))); \
	} \
	Datum ak_query_set_##word##_text(PG_FUNCTION_ARGS) \
	{ \
		return applied(fcinfo, ak_query_object_of(#word, one_pair(fcinfo, untyped_argument(fcinfo, 2)))); \
	} \
	BUILDER(word##_document, ak_query_object_of(#word, conditions_document(fcinfo, n)))

CONDITIONS(filter)
CONDITIONS(exclude)

/* ---- lists of paths ---- */

AkJson *
ak_query_arg_names(FunctionCallInfo fcinfo, int n)
{
	AkJson	   *list = ak_core_json_array();
	Datum	   *items;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(n))
		ak_core_null_argument("paths");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ak_core_null_argument("paths");
		ak_core_json_push(list, ak_core_json_string(TextDatumGetCString(items[i])));
	}
	return list;
}

/* The terms of an order or of lists: paths, and objects as their JSON text, with which no path begins. */
static AkJson *
terms(FunctionCallInfo fcinfo, int n, const char *word)
{
	AkJson	   *list = ak_query_arg_names(fcinfo, n);

	for (int i = 0; i < list->size; i++)
		if (list->items[i]->text[0] == '{')
			list->items[i] = ak_core_json_parse(list->items[i]->text, strlen(list->items[i]->text),
												 psprintf("a term of \"%s\"", word));
	return list;
}

/* No paths: true.  Paths: DISTINCT ON. */
static AkJson *
distinct_op(FunctionCallInfo fcinfo, int n)
{
	AkJson	   *paths = ak_query_arg_names(fcinfo, n);

	return ak_query_object_of("distinct", paths->size == 0 ? ak_core_json_bool(true) : paths);
}

BUILDER(order_by, ak_query_object_of("order_by", terms(fcinfo, n, "order_by")))
BUILDER(distinct, distinct_op(fcinfo, n))
BUILDER(select_related, ak_query_object_of("select_related", ak_query_arg_names(fcinfo, n)))
BUILDER(prefetch_related, ak_query_object_of("prefetch_related", terms(fcinfo, n, "prefetch_related")))

/* ---- order and slices ---- */

BUILDER(annotate, ak_query_object_of("annotate", ak_query_arg_document(fcinfo, n, "expressions")))
BUILDER(alias, ak_query_object_of("alias", ak_query_arg_document(fcinfo, n, "expressions")))
BUILDER(group_by, ak_query_object_of("group_by", ak_query_arg_names(fcinfo, n)))
BUILDER(pick, ak_query_object_of("pick", ak_query_arg_names(fcinfo, n)))
BUILDER(only, ak_query_object_of("only", ak_query_arg_names(fcinfo, n)))
BUILDER(defer, ak_query_object_of("defer", ak_query_arg_names(fcinfo, n)))

/* The documents of a queryset[] argument. */
static AkJson *
documents(FunctionCallInfo fcinfo, int n)
{
	AkJson	   *list = ak_core_json_array();
	Datum	   *items;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(n))
		ak_core_null_argument("others");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), ARR_ELEMTYPE(PG_GETARG_ARRAYTYPE_P(n)),
					  -1, false, TYPALIGN_INT, &items, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ak_core_null_argument("others");
		ak_core_json_push(list, ak_core_json_parse_text(DatumGetTextPP(items[i]), "a query set"));
	}
	return list;
}

Datum
ak_query_union(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, ak_query_object_of("union", documents(fcinfo, 1)));
}

Datum
ak_query_union_all(PG_FUNCTION_ARGS)
{
	AkJson	   *op = ak_query_object_of("union", documents(fcinfo, 1));

	ak_core_json_put(op, "all", ak_core_json_bool(true));
	return applied(fcinfo, op);
}

Datum
ak_query_intersection(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, ak_query_object_of("intersection", documents(fcinfo, 1)));
}

Datum
ak_query_difference(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, ak_query_object_of("difference", documents(fcinfo, 1)));
}

Datum
ak_query_for_update(PG_FUNCTION_ARGS)
{
	return document_datum(ak_query_object_of("for_update", ak_query_arg_document(fcinfo, 0, "options")));
}

Datum
ak_query_expression(PG_FUNCTION_ARGS)
{
	return document_datum(ak_query_arg_document(fcinfo, 0, "expression"));
}

Datum
ak_query_f(PG_FUNCTION_ARGS)
{
	return document_datum(ak_query_object_of("$f", ak_core_json_string(ak_core_arg_cstring(fcinfo, 0, "path"))));
}

BUILDER(reverse, ak_query_object_of("reverse", ak_core_json_bool(true)))

static int64
bound(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ak_core_null_argument(name);
	if (PG_GETARG_INT64(n) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" of a slice must not be negative", name),
				 errhint("Rows are counted from the front; reverse the order to count from the end.")));
	return PG_GETARG_INT64(n);
}

/* Rows start to stop, the first counted as 0, stop left out. */
static AkJson *
slice_op(FunctionCallInfo fcinfo, int n)
{
	int64		start = bound(fcinfo, n, "start");
	int64		stop = bound(fcinfo, n + 1, "stop");
	AkJson	   *op = ak_query_object_of("offset", ak_core_json_integer(start));

	if (stop < start)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a slice must not stop before it starts"),
				 errhint("The arguments are start and stop, as in slice(10, 20).")));
	ak_core_json_put(op, "limit", ak_core_json_integer(stop - start));
	return op;
}

Datum
ak_query_slice_stop(PG_FUNCTION_ARGS)
{
	return document_datum(ak_query_object_of("limit", ak_core_json_integer(bound(fcinfo, 0, "stop"))));
}

BUILDER(slice, slice_op(fcinfo, n))

/* ---- putting together ---- */

/* The members of an argument that is a list of ops; how many there are. */
static int
ops_argument(FunctionCallInfo fcinfo, int n, Datum **items, bool **nulls)
{
	int			count;

	if (PG_ARGISNULL(n))
		ak_core_null_argument("ops");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), ARR_ELEMTYPE(PG_GETARG_ARRAYTYPE_P(n)),
					  -1, false, TYPALIGN_INT, items, nulls, &count);
	return count;
}

void
ak_query_apply_argument(AkJson *document, FunctionCallInfo fcinfo, int n)
{
	Datum	   *items;
	bool	   *nulls;
	int			count = ops_argument(fcinfo, n, &items, &nulls);

	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ak_core_null_argument("ops");
		ak_query_apply(document, ak_core_json_parse_text(DatumGetTextPP(items[i]), "a query op"));
	}
}

Datum
ak_query_objects(PG_FUNCTION_ARGS)
{
	char	   *model = ak_core_arg_cstring(fcinfo, 0, "model");
	AkJson	   *document;
	Datum	   *items;
	bool	   *nulls;
	int			count = ops_argument(fcinfo, 1, &items, &nulls);
	text	   *composed = ak_query_compose(model, items, nulls, count);

	if (composed != NULL)
		PG_RETURN_TEXT_P(composed);
	document = ak_query_object_of("model", ak_core_json_string(model));
	ak_query_apply_argument(document, fcinfo, 1);
	return document_datum(document);
}

Datum
ak_query_pipe(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, ak_query_arg_document(fcinfo, 1, "op"));
}

/* ---- a literal NULL ---- */

void
ak_query_refuse_written_null(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("a condition must not compare with NULL"),
			 errhint("Rows without a value are found by \"__isnull\", true.")));
}

/* Is it a NULL?  One that planning computed has no place in the statement's text. */
static bool
is_null(Node *argument, bool written)
{
	return IsA(argument, Const) && ((Const *) argument)->constisnull &&
		(!written || ((Const *) argument)->location >= 0);
}

static bool
any_null(List *values, bool written)
{
	ListCell   *cell;

	foreach(cell, values)
		if (is_null(lfirst(cell), written))
			return true;
	return false;
}

/* Is there a NULL among the arguments of a call, or among the pairs that are its text[]? */
static bool
has_null(const FuncExpr *call, bool written)
{
	Node	   *last = llast(call->args);

	if (any_null(list_copy_tail(call->args, 1), written))
		return true;
	if (get_func_variadictype(call->funcid) != TEXTOID)
		return false;
	if (IsA(last, ArrayExpr))
		return any_null(((ArrayExpr *) last)->elements, written);
	return !written && IsA(last, Const) &&
		array_contains_nulls(DatumGetArrayTypeP(((Const *) last)->constvalue));
}

/* Finds a call of the function that was written with a NULL. */
static bool
find_written_null(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == *(Oid *) arg && has_null((FuncExpr *) node, true))
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, find_written_null, arg, 0);
	return expression_tree_walker(node, find_written_null, arg);
}

/*
 * Refuses a NULL that is written in the statement, while it is planned: it
 * would match nothing, and whoever writes it means IS NULL.  By now a NULL may
 * as well have been bound, computed, or passed to an SQL function that was
 * inlined; those are answers of no rows, as in SQL.  The statement as it was
 * parsed tells them apart.
 */
Datum
ak_query_filter_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	SupportRequestSimplify *simplify = (SupportRequestSimplify *) request;

	if (!IsA(request, SupportRequestSimplify) || simplify->root == NULL ||
		!has_null(simplify->fcall, false))
		PG_RETURN_POINTER(NULL);
	if (find_written_null((Node *) simplify->root->parse, &simplify->fcall->funcid))
		ak_query_refuse_written_null();
	PG_RETURN_POINTER(NULL);
}
