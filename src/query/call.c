/*
 * call.c
 *		One call of a query set: its question compiled, or found compiled, with
 *		the values of the call bound.
 *
 * A question is kept by its exit, its model and the shape of its documents
 * (answer.c).  Whatever cannot be said by a shape (NULL arguments, unusual
 * text, keys that are objects) is compiled for the one call.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "query/answer.h"

/* ---- compiling ---- */

static AkCompiled *
compile_last(AkQuery *query)
{
	if (ak_query_sliced(query))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot take the last row of a query set once a slice has been taken"),
				 errhint("Reverse the order and take the first row.")));
	query->reversed = !query->reversed;
	return ak_query_compile_first(query);
}

static AkCompiled *
compile_exit(AkExit exit, AkQuery *query)
{
	switch (exit)
	{
		case AK_EXIT_FETCH:
			return ak_query_compile_fetch(query, AK_ORDER_SHOWN, NULL);
		case AK_EXIT_GET:
			return ak_query_compile_one(query);
		case AK_EXIT_FIRST:
			return ak_query_compile_first(query);
		case AK_EXIT_LAST:
			return compile_last(query);
		case AK_EXIT_COUNT:
			return ak_query_compile_count(query);
		case AK_EXIT_EXISTS:
			return ak_query_compile_exists(query);
		case AK_EXIT_DELETE:
			return ak_query_compile_delete(query);
		case AK_EXIT_AGGREGATE:
		case AK_EXIT_IN_BULK:
		case AK_EXIT_UPDATE:
			break;				/* have a second document */
	}
	pg_unreachable();
}

/* A query set and what goes with it. */
static AkCompiled *
compile_with(const AkQuestion *q, AkQuery *query, AkJson *values)
{
	FunctionCallInfo fcinfo = q->fcinfo;
	AkJson	   *second;

	switch (q->exit)
	{
		case AK_EXIT_AGGREGATE:
			second = ak_query_arg_document(fcinfo, 1, "aggregates");
			ak_core_json_push(values, second);
			ak_query_aggregate(query, second);
			return ak_query_compile_fetch(query, AK_ORDER_HIDDEN, NULL);
		case AK_EXIT_IN_BULK:
			second = ak_core_arg_json(fcinfo, 1, "keys");
			ak_core_json_push(values, second);
			return ak_query_compile_in_bulk(query, second,
											PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
		case AK_EXIT_UPDATE:
			second = ak_query_arg_document(fcinfo, 1, "doc");
			ak_core_json_push(values, second);
			return ak_query_compile_update(query, second);
		default:
			return compile_exit(q->exit, query);
	}
}

static AkCompiled *
compile_key(const AkQuestion *q, AkQuery *query, AkJson *values)
{
	List	   *key = ak_query_key_arguments(q->fcinfo, 1);
	ListCell   *cell;

	foreach(cell, key)
		ak_core_json_push(values, lfirst(cell));
	ak_query_filter_key(query, key);
	return compile_exit(q->exit, query);
}

/* Compiles from the arguments.  `values` becomes the list of what the slots are found in: documents, or key values. */
static AkCompiled *
compile(const AkQuestion *q, AkJson **values)
{
	AkQuery    *query;
	AkJson	   *document;

	*values = ak_core_json_array();
	if (!q->named)
	{
		document = ak_query_arg_document(q->fcinfo, 0, "qs");
		ak_core_json_push(*values, document);
		return compile_with(q, ak_query_parse(document), *values);
	}
	query = ak_query_model_argument(q->fcinfo, 0);
	if (q->by_key)
		return compile_key(q, query, *values);
	document = ak_query_arg_document(q->fcinfo, 1, "conditions");
	ak_core_json_push(*values, document);
	ak_query_filter(query, document, false);
	return compile_exit(q->exit, query);
}

/* Answers this call alone. */
static void
answer_once(AkBound *bound, const AkQuestion *q)
{
	AkJson	   *values;

	bound->compiled = compile(q, &values);
	bound->statement = bound->compiled->statement;
	bound->kept = NULL;
}

/* Compiles in a context that the cache takes over, where it can. */
static void
answer_and_keep(AkBound *bound, const AkQuestion *q)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "aksara question",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	AkJson	   *values;
	AkCompiled *compiled;
	AkAnswer   *answer;

	compiled = compile(q, &values);
	ak_core_statement_seal(&compiled->statement);
	bound->compiled = compiled;
	bound->statement = compiled->statement;
	bound->kept = NULL;
	answer = ak_query_make_answer(q, compiled, values);
	MemoryContextSwitchTo(old);
	if (answer != NULL)
		bound->kept = ak_query_cache_keep(&q->shape, context, compiled->model->registry, answer);
}

/* ---- documents ---- */

/* Begins the shape with what decides beside the document. */
static bool
begin_shape(AkQuestion *q)
{
	static const char *const exits[] = {
		[AK_EXIT_FETCH] = "fetch",
		[AK_EXIT_GET] = "get",
		[AK_EXIT_FIRST] = "first",
		[AK_EXIT_LAST] = "last",
		[AK_EXIT_COUNT] = "count",
		[AK_EXIT_EXISTS] = "exists",
		[AK_EXIT_AGGREGATE] = "aggregate",
		[AK_EXIT_IN_BULK] = "in_bulk",
		[AK_EXIT_UPDATE] = "update",
		[AK_EXIT_DELETE] = "delete",
	};
	FunctionCallInfo fcinfo = q->fcinfo;
	const char *exit = exits[q->exit];
	text	   *model;

	q->ndocuments = 0;
	ak_query_shape_init(&q->shape);
	if (!ak_query_shape_add(&q->shape, exit, strlen(exit) + 1))
		return false;
	if (!q->named)
		return true;
	model = PG_GETARG_TEXT_PP(0);
	return ak_query_shape_add(&q->shape, VARDATA_ANY(model), VARSIZE_ANY_EXHDR(model)) &&
		ak_query_shape_add(&q->shape, "", 1);
}

/* Adds the document in argument n. */
static bool
add_document(AkQuestion *q, int n, AkShapeOf of)
{
	FunctionCallInfo fcinfo = q->fcinfo;
	text	   *document;

	if (PG_ARGISNULL(n))
		return false;
	document = PG_GETARG_TEXT_PP(n);
	if (!ak_query_shape_document(&q->shape, of, VARDATA_ANY(document), VARSIZE_ANY_EXHDR(document)))
		return false;
	q->documents[q->ndocuments] = document;
	q->ends[q->ndocuments++] = q->shape.nslots;
	return true;
}

/* Adds the list of keys and the name of their field. */
static bool
add_bulk(AkQuestion *q)
{
	FunctionCallInfo fcinfo = q->fcinfo;
	text	   *field;

	if (!ak_query_shape_add(&q->shape, "", 1) || !add_document(q, 1, AK_SHAPE_OF_LIST))
		return false;
	if (PG_ARGISNULL(2))
		return true;
	field = PG_GETARG_TEXT_PP(2);
	return ak_query_shape_add(&q->shape, "", 1) &&
		ak_query_shape_add(&q->shape, VARDATA_ANY(field), VARSIZE_ANY_EXHDR(field));
}

static bool
documents_shape(AkQuestion *q)
{
	FunctionCallInfo fcinfo = q->fcinfo;

	if (PG_ARGISNULL(0) || !begin_shape(q))
		return false;
	if (q->named)
		return add_document(q, 1, AK_SHAPE_OF_CONDITIONS);
	if (!add_document(q, 0, AK_SHAPE_OF_QUERY))
		return false;
	switch (q->exit)
	{
		case AK_EXIT_AGGREGATE:
			return ak_query_shape_add(&q->shape, "", 1) && add_document(q, 1, AK_SHAPE_OF_NAMES);
		case AK_EXIT_IN_BULK:
			return add_bulk(q);
		case AK_EXIT_UPDATE:
			return ak_query_shape_add(&q->shape, "", 1) && add_document(q, 1, AK_SHAPE_OF_ROW);
		default:
			return true;
	}
}

static void
answer_documents(AkBound *bound, AkQuestion *q)
{
	AkKept	   *kept;

	if (!documents_shape(q))
	{
		answer_once(bound, q);
		return;
	}
	kept = ak_query_cache_find(&q->shape);
	if (kept == NULL)
	{
		answer_and_keep(bound, q);
		return;
	}
	ak_query_take_answer(bound, kept);
	if (ak_query_bind_documents(bound, q))
		return;
	ak_query_cache_release(kept);
	answer_once(bound, q);
}

/* Says what is asked; the shape, which is large, comes when it is read. */
static void
ask(AkQuestion *q, FunctionCallInfo fcinfo, AkExit exit, bool named, bool by_key)
{
	q->fcinfo = fcinfo;
	q->exit = exit;
	q->named = named;
	q->by_key = by_key;
}

void
ak_query_call_document(AkBound *bound, FunctionCallInfo fcinfo, AkExit exit)
{
	AkQuestion	q;

	ask(&q, fcinfo, exit, false, false);
	answer_documents(bound, &q);
}

void
ak_query_call_conditions(AkBound *bound, FunctionCallInfo fcinfo, AkExit exit)
{
	AkQuestion	q;

	ask(&q, fcinfo, exit, true, false);
	answer_documents(bound, &q);
}

/* ---- keys ---- */

/* Adds the letter of a key argument; false where its type has no plain JSON form. */
static bool
add_key_letter(AkQuestion *q, Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return ak_query_shape_add(&q->shape, "N", 1);
		case UUIDOID:
		case TEXTOID:
		case VARCHAROID:
		case UNKNOWNOID:
			return ak_query_shape_add(&q->shape, "S", 1);
	}
	return false;
}

/* Are all arguments behind the model integers and uuids, which need no text to be passed on? */
static bool
plain_key_shape(AkQuestion *q)
{
	FunctionCallInfo fcinfo = q->fcinfo;

	for (int i = 1; i < fcinfo->nargs; i++)
	{
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, i);

		if (PG_ARGISNULL(i) || (type != UUIDOID && type != INT2OID && type != INT4OID && type != INT8OID) ||
			!add_key_letter(q, type))
			return false;
	}
	return true;
}

/* Text that looks like an object may be one, and then decides about the question. */
static bool
text_key_shape(AkQuestion *q, List *key)
{
	ListCell   *cell;

	foreach(cell, key)
	{
		const AkArgument *argument = lfirst(cell);

		if (argument->isnull || argument->text[0] == '{' || !add_key_letter(q, argument->type))
			return false;
	}
	return list_length(key) <= AK_SHAPE_SLOTS;
}

/* The shape of (model, key); the key's values are read from text where `key` is not NIL. */
static bool
key_shape(AkQuestion *q, List **key)
{
	FunctionCallInfo fcinfo = q->fcinfo;

	*key = NIL;
	if (PG_ARGISNULL(0) || fcinfo->nargs < 2 || !begin_shape(q))
		return false;
	if (plain_key_shape(q))
		return true;
	for (int i = 1; i < fcinfo->nargs; i++)
		if (PG_ARGISNULL(i))
			return false;
	*key = ak_core_arg_values(fcinfo, 1);
	return *key != NIL && begin_shape(q) && text_key_shape(q, *key);
}

void
ak_query_call_key(AkBound *bound, FunctionCallInfo fcinfo, AkExit exit)
{
	AkQuestion	q;
	AkKept	   *kept;
	List	   *key;

	ask(&q, fcinfo, exit, true, true);
	if (!key_shape(&q, &key))
	{
		answer_once(bound, &q);
		return;
	}
	kept = ak_query_cache_find(&q.shape);
	if (kept == NULL)
	{
		answer_and_keep(bound, &q);
		return;
	}
	ak_query_take_answer(bound, kept);
	if (key == NIL)
		ak_query_bind_plain_key(bound, &q);
	else
		ak_query_bind_text_key(bound, key);
}

void
ak_query_call_end(AkBound *bound)
{
	if (bound->kept != NULL)
		ak_query_cache_release(bound->kept);
}
