/*
 * builder.c
 *		The builders: filter, exclude, order_by, slice, distinct, reverse,
 *		select_related, prefetch_related, objects, and the pipe.
 *
 * A builder writes one op, a document of one part.  Each also takes a query
 * set first and then returns that query set with the op applied.  Values of
 * "any" calls keep their SQL type in the document; text[] calls carry
 * literals and the untyped parameters of drivers, which the field's type
 * reads later.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "query/internal.h"

PG_FUNCTION_INFO_V1(ak_query_filter_pairs);
PG_FUNCTION_INFO_V1(ak_query_filter_document);
PG_FUNCTION_INFO_V1(ak_query_set_filter_pairs);
PG_FUNCTION_INFO_V1(ak_query_set_filter_document);
PG_FUNCTION_INFO_V1(ak_query_exclude_pairs);
PG_FUNCTION_INFO_V1(ak_query_exclude_document);
PG_FUNCTION_INFO_V1(ak_query_set_exclude_pairs);
PG_FUNCTION_INFO_V1(ak_query_set_exclude_document);
PG_FUNCTION_INFO_V1(ak_query_order_by);
PG_FUNCTION_INFO_V1(ak_query_set_order_by);
PG_FUNCTION_INFO_V1(ak_query_distinct);
PG_FUNCTION_INFO_V1(ak_query_set_distinct);
PG_FUNCTION_INFO_V1(ak_query_select_related);
PG_FUNCTION_INFO_V1(ak_query_set_select_related);
PG_FUNCTION_INFO_V1(ak_query_prefetch_related);
PG_FUNCTION_INFO_V1(ak_query_set_prefetch_related);
PG_FUNCTION_INFO_V1(ak_query_reverse);
PG_FUNCTION_INFO_V1(ak_query_set_reverse);
PG_FUNCTION_INFO_V1(ak_query_slice_stop);
PG_FUNCTION_INFO_V1(ak_query_slice);
PG_FUNCTION_INFO_V1(ak_query_set_slice);
PG_FUNCTION_INFO_V1(ak_query_objects);
PG_FUNCTION_INFO_V1(ak_query_pipe);
PG_FUNCTION_INFO_V1(ak_query_filter_support);

/* ---- results ---- */

/* {"word": value} */
static AkJson *
op_of(const char *word, AkJson *value)
{
	AkJson	   *op = ak_core_json_object();

	ak_core_json_put(op, word, value);
	return op;
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

static bool
ends_with(const char *text, const char *ending)
{
	size_t		length = strlen(text);
	size_t		tail = strlen(ending);

	return length >= tail && strcmp(text + length - tail, ending) == 0;
}

/* An array literal, as drivers send an untyped list, as a list of text. */
static AkJson *
array_literal(const char *literal)
{
	Datum		array = OidInputFunctionCall(F_ARRAY_IN, pstrdup(literal), TEXTOID, -1);
	AkJson	   *list = ak_core_json_array();
	Datum	   *items;
	bool	   *nulls;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &count);
	for (int i = 0; i < count; i++)
		ak_core_json_push(list, nulls[i] ? ak_core_json_null()
						  : ak_core_json_string(TextDatumGetCString(items[i])));
	return list;
}

/* A value as the document has it.  Untyped text of a lookup that takes a list is an array literal. */
static AkJson *
value_of(const char *path, const AkArgument *argument)
{
	if (argument->type == UNKNOWNOID && !argument->isnull && argument->text[0] == '{' &&
		(ends_with(path, "__in") || ends_with(path, "__range")))
		return array_literal(argument->text);
	return ak_core_arg_to_json(argument);
}

static void
put_pair(AkJson *conditions, const char *path, const AkArgument *value)
{
	if (ak_core_json_get(conditions, path) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("path \"%s\" stands twice in one call", path),
				 errhint("Use one call for each condition.")));
	ak_core_json_put(conditions, path, value_of(path, value));
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

/* Arguments path, value, path, value … from `first` on, as an object of conditions. */
static AkJson *
pairs(FunctionCallInfo fcinfo, int first)
{
	AkJson	   *conditions = ak_core_json_object();
	const char *path = ak_core_arg_cstring(fcinfo, first, "path");
	List	   *rest = ak_core_arg_values(fcinfo, first + 1);

	if (list_length(rest) % 2 == 0)
		refuse_odd(path);
	put_pair(conditions, path, linitial(rest));
	for (int i = 1; i < list_length(rest); i += 2)
		put_pair(conditions, path_text(list_nth(rest, i)), list_nth(rest, i + 1));
	return conditions;
}

static AkJson *
conditions_document(FunctionCallInfo fcinfo, int n)
{
	return ak_query_arg_document(fcinfo, n, "conditions");
}

Datum
ak_query_filter_pairs(PG_FUNCTION_ARGS)
{
	return document_datum(op_of("filter", pairs(fcinfo, 0)));
}

Datum
ak_query_filter_document(PG_FUNCTION_ARGS)
{
	return document_datum(op_of("filter", conditions_document(fcinfo, 0)));
}

Datum
ak_query_set_filter_pairs(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, op_of("filter", pairs(fcinfo, 1)));
}

Datum
ak_query_set_filter_document(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, op_of("filter", conditions_document(fcinfo, 1)));
}

Datum
ak_query_exclude_pairs(PG_FUNCTION_ARGS)
{
	return document_datum(op_of("exclude", pairs(fcinfo, 0)));
}

Datum
ak_query_exclude_document(PG_FUNCTION_ARGS)
{
	return document_datum(op_of("exclude", conditions_document(fcinfo, 0)));
}

Datum
ak_query_set_exclude_pairs(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, op_of("exclude", pairs(fcinfo, 1)));
}

Datum
ak_query_set_exclude_document(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, op_of("exclude", conditions_document(fcinfo, 1)));
}

/* ---- lists of paths ---- */

/* The members of a text[] argument as a list of strings. */
static AkJson *
names(FunctionCallInfo fcinfo, int n)
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

/* No paths: true.  Paths: DISTINCT ON. */
static AkJson *
distinct_op(FunctionCallInfo fcinfo, int n)
{
	AkJson	   *paths = names(fcinfo, n);

	return op_of("distinct", paths->size == 0 ? ak_core_json_bool(true) : paths);
}

Datum
ak_query_order_by(PG_FUNCTION_ARGS)
{
	return document_datum(op_of("order_by", names(fcinfo, 0)));
}

Datum
ak_query_set_order_by(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, op_of("order_by", names(fcinfo, 1)));
}

Datum
ak_query_distinct(PG_FUNCTION_ARGS)
{
	return document_datum(distinct_op(fcinfo, 0));
}

Datum
ak_query_set_distinct(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, distinct_op(fcinfo, 1));
}

Datum
ak_query_select_related(PG_FUNCTION_ARGS)
{
	return document_datum(op_of("select_related", names(fcinfo, 0)));
}

Datum
ak_query_set_select_related(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, op_of("select_related", names(fcinfo, 1)));
}

Datum
ak_query_prefetch_related(PG_FUNCTION_ARGS)
{
	return document_datum(op_of("prefetch_related", names(fcinfo, 0)));
}

Datum
ak_query_set_prefetch_related(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, op_of("prefetch_related", names(fcinfo, 1)));
}

/* ---- order and slices ---- */

Datum
ak_query_reverse(PG_FUNCTION_ARGS)
{
	return document_datum(op_of("reverse", ak_core_json_bool(true)));
}

Datum
ak_query_set_reverse(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, op_of("reverse", ak_core_json_bool(true)));
}

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
	AkJson	   *op = op_of("offset", ak_core_json_integer(start));

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
	return document_datum(op_of("limit", ak_core_json_integer(bound(fcinfo, 0, "stop"))));
}

Datum
ak_query_slice(PG_FUNCTION_ARGS)
{
	return document_datum(slice_op(fcinfo, 0));
}

Datum
ak_query_set_slice(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, slice_op(fcinfo, 1));
}

/* ---- putting together ---- */

void
ak_query_apply_argument(AkJson *document, FunctionCallInfo fcinfo, int n)
{
	Datum	   *items;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(n))
		ak_core_null_argument("ops");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), ARR_ELEMTYPE(PG_GETARG_ARRAYTYPE_P(n)),
					  -1, false, TYPALIGN_INT, &items, &nulls, &count);
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
	AkJson	   *document = op_of("model", ak_core_json_string(ak_core_arg_cstring(fcinfo, 0, "model")));

	ak_query_apply_argument(document, fcinfo, 1);
	return document_datum(document);
}

Datum
ak_query_pipe(PG_FUNCTION_ARGS)
{
	return applied(fcinfo, ak_query_arg_document(fcinfo, 1, "op"));
}

/* ---- a literal NULL ---- */

/* Is the argument a NULL from the statement's text?  What planning computed has no place there. */
static bool
is_written_null(Node *argument)
{
	return IsA(argument, Const) && ((Const *) argument)->constisnull &&
		((Const *) argument)->location >= 0;
}

/* The same for an array, whose elements have lost their places when all of them are known. */
static bool
has_null(Node *argument)
{
	ListCell   *cell;

	if (IsA(argument, ArrayExpr))
		foreach(cell, ((ArrayExpr *) argument)->elements)
			if (is_written_null(lfirst(cell)))
				return true;
	if (IsA(argument, Const) && !((Const *) argument)->constisnull &&
		((Const *) argument)->consttype == TEXTARRAYOID)
		return array_contains_nulls(DatumGetArrayTypeP(((Const *) argument)->constvalue));
	return is_written_null(argument);
}

/*
 * Refuses a NULL that is written in the statement, while it is planned: it
 * would match nothing, and whoever writes it means IS NULL.  Where the
 * statement has bound values the NULL may be one of them; that is an answer
 * of no rows, as in SQL.
 */
Datum
ak_query_filter_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	SupportRequestSimplify *simplify = (SupportRequestSimplify *) request;
	List	   *arguments;
	int			first;

	if (!IsA(request, SupportRequestSimplify) || simplify->root == NULL ||
		simplify->root->glob->boundParams != NULL)
		PG_RETURN_POINTER(NULL);
	arguments = simplify->fcall->args;
	first = exprType(linitial(arguments)) == TEXTOID ? 1 : 2;
	for (int i = first; i < list_length(arguments); i++)
		if (has_null(list_nth(arguments, i)))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a condition must not compare with NULL"),
					 errhint("Rows without a value are found by \"__isnull\", true.")));
	PG_RETURN_POINTER(NULL);
}
