/*
 * call.c
 *		One call of a read: its question compiled, or found compiled, with the
 *		values of the call bound.
 *
 * A question is kept by its exit, its model and its document's shape.  Each
 * parameter of the compiled statement knows the node of the document that it
 * was read from; the node is one of the shape's slots, holds some, or is part
 * of the shape.  Another document of the same shape puts its values into the
 * slots, and each parameter is read again as it was at first, with the same
 * errors.
 *
 * A question is kept only when every slot is read by some parameter, or
 * stands beside the key of a row: any other value that none reads has decided
 * about the statement itself, or may have.
 *
 * Whatever cannot be said by a shape (NULL arguments, unusual text, keys that
 * are objects) is compiled for the one call.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

#include "query/call.h"

/* A parameter whose value comes with each call. */
typedef struct AkPlace
{
	int			parameter;		/* from 0 */
	const AkOrigin *origin;
	int			slot;			/* whose value it is; -1: slots are below the origin's node */
	bool		direct;			/* takes a value of its own type as it is */
} AkPlace;

/* What is kept of a question. */
typedef struct AkAnswer
{
	const AkCompiled *compiled;
	int			nplaces;
	AkPlace    *places;
	int			nslots;
	const AkJson **nodes;		/* the slots' nodes of the document that it was compiled from */
	bool	   *done;			/* by slot: a parameter reads it, or nothing looks at it */
} AkAnswer;

/* A call's question, as it came. */
typedef struct AkQuestion
{
	FunctionCallInfo fcinfo;
	AkExit		exit;
	bool		named;			/* the first argument names the model */
	bool		by_key;			/* the others are the key's values */
	text	   *document;		/* set with its shape */
	AkShape		shape;
} AkQuestion;

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
	}
	pg_unreachable();
}

/* Compiles from the arguments.  `values` is what the slots are found in: a document, or a list of key values. */
static AkCompiled *
compile(const AkQuestion *q, AkJson **values)
{
	AkQuery    *query;

	if (!q->named)
	{
		*values = ak_query_arg_document(q->fcinfo, 0, "qs");
		return compile_exit(q->exit, ak_query_parse(*values));
	}
	query = ak_query_model_argument(q->fcinfo, 0);
	if (q->by_key)
	{
		List	   *key = ak_query_key_arguments(q->fcinfo, 1);
		ListCell   *cell;

		*values = ak_core_json_array();
		foreach(cell, key)
			ak_core_json_push(*values, lfirst(cell));
		ak_query_filter_key(query, key);
	}
	else
	{
		*values = ak_query_arg_document(q->fcinfo, 1, "conditions");
		ak_query_filter(query, *values, false);
	}
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

/* ---- what can be kept ---- */

/* Finds the nodes of the slots, which come in the same order in both. */
static void
find_nodes(AkAnswer *answer, const AkShape *shape, const AkJson *value)
{
	check_stack_depth();
	if (answer->nslots < shape->nslots && value->offset == shape->slots[answer->nslots].offset)
	{
		answer->nodes[answer->nslots++] = value;
		return;
	}
	for (int i = 0; i < value->size; i++)
		find_nodes(answer, shape, value->items[i]);
}

static int
slot_of(const AkAnswer *answer, const AkJson *node)
{
	for (int i = 0; i < answer->nslots; i++)
		if (answer->nodes[i] == node)
			return i;
	return -1;
}

/* Notes the slots at and below a node as done; false when there are none. */
static bool
note_slots(AkAnswer *answer, const AkJson *node)
{
	int			slot = slot_of(answer, node);
	bool		found = slot >= 0;

	check_stack_depth();
	if (found)
	{
		answer->done[slot] = true;
		return true;
	}
	for (int i = 0; i < node->size; i++)
		if (note_slots(answer, node->items[i]))
			found = true;
	return found;
}

/* Integers and uuids are read as they are; everything else may be brought into another form, or refused. */
static bool
is_direct(const AkOrigin *origin)
{
	const AkField *field = origin->test ? origin->test->path->field : NULL;

	if (field == NULL || origin->reader != &ak_query_field_reader || field->type->read != NULL ||
		ak_model_normalizes(field))
		return false;
	return field->typid == INT2OID || field->typid == INT4OID || field->typid == INT8OID ||
		field->typid == UUIDOID;
}

static void
add_place(AkAnswer *answer, int parameter, const AkOrigin *origin)
{
	AkPlace    *place = &answer->places[answer->nplaces];

	if (!note_slots(answer, origin->value))
		return;
	place->parameter = parameter;
	place->origin = origin;
	place->slot = slot_of(answer, origin->value);
	place->direct = is_direct(origin);
	answer->nplaces++;
}

/* Notes what a row says beside its key. */
static void
note_rows(AkAnswer *answer, const AkJson *value)
{
	check_stack_depth();
	if (value->row)
		(void) note_slots(answer, value);
	for (int i = 0; i < value->size; i++)
		note_rows(answer, value->items[i]);
}

static void
find_key_nodes(AkAnswer *answer, const AkJson *values)
{
	for (int i = 0; i < values->size; i++)
		answer->nodes[answer->nslots++] = ak_model_unwrap(values->items[i]);
}

/* What can be said of the compiled question for other values; NULL where it cannot. */
static AkAnswer *
make_answer(const AkQuestion *q, const AkCompiled *compiled, const AkJson *values)
{
	AkAnswer   *answer = palloc0(sizeof(AkAnswer));
	const AkStatement *st = &compiled->statement;
	int			nslots = q->by_key ? values->size : q->shape.nslots;

	answer->compiled = compiled;
	answer->places = palloc(sizeof(AkPlace) * Max(st->nparams, 1));
	answer->nodes = palloc(sizeof(AkJson *) * Max(nslots, 1));
	answer->done = palloc0(sizeof(bool) * Max(nslots, 1));
	if (q->by_key)
		find_key_nodes(answer, values);
	else
		find_nodes(answer, &q->shape, values);
	if (answer->nslots != nslots)
		return NULL;
	for (int i = 0; i < st->nparams; i++)
		if (st->origins[i] != NULL)
			add_place(answer, i, st->origins[i]);
	note_rows(answer, values);
	for (int i = 0; i < nslots; i++)
		if (!answer->done[i])
			return NULL;
	return answer;
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
	answer = make_answer(q, compiled, values);
	MemoryContextSwitchTo(old);
	if (answer != NULL)
		bound->kept = ak_query_cache_keep(&q->shape, context, compiled->model->registry, answer);
}

/* ---- binding ---- */

/* The node with the slots below it filled; what holds none stays what it is. */
static const AkJson *
fill(const AkAnswer *answer, const AkJson *node, AkJson *values)
{
	int			slot = slot_of(answer, node);
	AkJson	   *copy = NULL;

	if (slot >= 0)
		return &values[slot];
	for (int i = 0; i < node->size; i++)
	{
		const AkJson *item = fill(answer, node->items[i], values);

		if (item == node->items[i])
			continue;
		if (copy == NULL)
			copy = ak_core_json_copy(node);
		copy->items[i] = unconstify(AkJson *, item);
	}
	return copy ? copy : node;
}

/* The statement with room for the values of this call. */
static void
take_answer(AkBound *bound, AkKept *kept)
{
	const AkAnswer *answer = kept->made;
	const AkStatement *st = &answer->compiled->statement;
	int			count = st->nparams;

	bound->kept = kept;
	bound->compiled = answer->compiled;
	bound->statement = *st;
	bound->statement.values = palloc(count * (sizeof(Datum) + 1) + 1);
	bound->statement.nulls = (char *) (bound->statement.values + count);
	if (count > 0)
	{
		memcpy(bound->statement.values, st->values, count * sizeof(Datum));
		memcpy(bound->statement.nulls, st->nulls, count);
	}
}

static void
set_parameter(AkStatement *st, const AkPlace *place, const AkValue *value)
{
	if (value->type != st->types[place->parameter])
		elog(ERROR, "a value of type %u was read where there was one of type %u before",
			 value->type, st->types[place->parameter]);
	st->values[place->parameter] = value->datum;
	st->nulls[place->parameter] = value->isnull ? 'n' : ' ';
}

static void
bind_place(AkBound *bound, const AkPlace *place, AkJson *values)
{
	const AkAnswer *answer = bound->kept->made;
	const AkJson *node = place->slot >= 0 ? &values[place->slot]
		: fill(answer, place->origin->value, values);
	AkValue		value = ak_query_read_again(place->origin, node);

	set_parameter(&bound->statement, place, &value);
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
	};
	FunctionCallInfo fcinfo = q->fcinfo;
	const char *exit = exits[q->exit];
	text	   *model;

	ak_query_shape_init(&q->shape);
	if (!ak_query_shape_add(&q->shape, exit, strlen(exit) + 1))
		return false;
	if (!q->named)
		return true;
	model = PG_GETARG_TEXT_PP(0);
	return ak_query_shape_add(&q->shape, VARDATA_ANY(model), VARSIZE_ANY_EXHDR(model)) &&
		ak_query_shape_add(&q->shape, "", 1);
}

static bool
document_shape(AkQuestion *q)
{
	FunctionCallInfo fcinfo = q->fcinfo;
	int			n = q->named ? 1 : 0;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(n) || !begin_shape(q))
		return false;
	q->document = PG_GETARG_TEXT_PP(n);
	return ak_query_shape_document(&q->shape, q->named ? AK_SHAPE_OF_CONDITIONS : AK_SHAPE_OF_QUERY,
								   VARDATA_ANY(q->document), VARSIZE_ANY_EXHDR(q->document));
}

/* Is it a uuid as the server writes it? */
static bool
is_uuid(const char *text)
{
	for (int i = 0; i < 36; i++)
	{
		bool		dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? text[i] != '-' : !isxdigit((unsigned char) text[i]))
			return false;
	}
	return true;
}

/* A whole number of few digits, or a uuid in its usual spelling: read without a detour. */
static bool
read_plain(const char *text, const AkSlot *slot, Oid type, AkValue *out)
{
	char		uuid[37];
	int32		number = 0;

	out->type = type;
	out->isnull = false;
	if (type == UUIDOID)
	{
		if (slot->kind != AK_JSON_STRING || slot->length != 38 || !is_uuid(text + 1))
			return false;
		memcpy(uuid, text + 1, 36);
		uuid[36] = '\0';
		out->datum = DirectFunctionCall1(uuid_in, CStringGetDatum(uuid));
		return true;
	}
	if (type == INT2OID || slot->kind != AK_JSON_NUMBER || slot->length > 9)
		return false;
	for (int i = 0; i < slot->length; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		number = number * 10 + (text[i] - '0');
	}
	out->datum = type == INT4OID ? Int32GetDatum(number) : Int64GetDatum((int64) number);
	return true;
}

/* Binds all values from the text itself; false where one has to be JSON first. */
static bool
bind_plain(AkBound *bound, const AkQuestion *q)
{
	const AkAnswer *answer = bound->kept->made;

	for (int i = 0; i < answer->nplaces; i++)
	{
		const AkPlace *place = &answer->places[i];
		const AkSlot *slot = &q->shape.slots[Max(place->slot, 0)];
		AkValue		value;

		if (!place->direct || place->slot < 0 ||
			!read_plain(VARDATA_ANY(q->document) + slot->offset, slot,
						bound->statement.types[place->parameter], &value))
			return false;
		set_parameter(&bound->statement, place, &value);
	}
	return true;
}

static void
bind_document(AkBound *bound, const AkQuestion *q)
{
	const AkAnswer *answer = bound->kept->made;
	AkJson		values[AK_SHAPE_SLOTS];

	if (bind_plain(bound, q))
		return;
	for (int i = 0; i < q->shape.nslots; i++)
		ak_query_slot_value(VARDATA_ANY(q->document), &q->shape.slots[i], "the value", &values[i]);
	for (int i = 0; i < answer->nplaces; i++)
		bind_place(bound, &answer->places[i], values);
}

static void
answer_document(AkBound *bound, AkQuestion *q)
{
	AkKept	   *kept;

	if (!document_shape(q))
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
	take_answer(bound, kept);
	bind_document(bound, q);
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
	answer_document(bound, &q);
}

void
ak_query_call_conditions(AkBound *bound, FunctionCallInfo fcinfo, AkExit exit)
{
	AkQuestion	q;

	ask(&q, fcinfo, exit, true, false);
	answer_document(bound, &q);
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

/* The value as the parameter's type, where that takes nothing but widening. */
static bool
pass_on(Oid from, Oid to, Datum value, AkValue *out)
{
	int64		number;

	out->type = to;
	out->isnull = false;
	out->datum = value;
	if (from == to)
		return true;
	if (from == UUIDOID || to == UUIDOID || from == INT8OID || to == INT2OID)
		return false;
	number = from == INT2OID ? DatumGetInt16(value) : DatumGetInt32(value);
	out->datum = to == INT4OID ? Int32GetDatum((int32) number) : Int64GetDatum(number);
	return true;
}

static void
bind_plain_key(AkBound *bound, const AkQuestion *q)
{
	FunctionCallInfo fcinfo = q->fcinfo;
	const AkAnswer *answer = bound->kept->made;

	for (int i = 0; i < answer->nplaces; i++)
	{
		const AkPlace *place = &answer->places[i];
		int			n = place->slot + 1;
		Oid			type = get_fn_expr_argtype(fcinfo->flinfo, n);
		AkValue		value;

		if (!place->direct ||
			!pass_on(type, bound->statement.types[place->parameter], PG_GETARG_DATUM(n), &value))
			value = ak_query_read_again(place->origin, ak_core_arg_to_json(ak_core_arg_value(fcinfo, n)));
		set_parameter(&bound->statement, place, &value);
	}
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

static void
bind_text_key(AkBound *bound, List *key)
{
	const AkAnswer *answer = bound->kept->made;
	AkJson		values[AK_SHAPE_SLOTS];
	ListCell   *cell;

	foreach(cell, key)
		values[foreach_current_index(cell)] = *ak_core_arg_to_json(lfirst(cell));
	for (int i = 0; i < answer->nplaces; i++)
		bind_place(bound, &answer->places[i], values);
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
	take_answer(bound, kept);
	if (key == NIL)
		bind_plain_key(bound, &q);
	else
		bind_text_key(bound, key);
}

void
ak_query_call_end(AkBound *bound)
{
	if (bound->kept != NULL)
		ak_query_cache_release(bound->kept);
}
