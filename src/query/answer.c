/*
 * answer.c
 *		What is kept of a question that was compiled, and other values bound to it.
 *
 * Each parameter of the compiled statement knows the node of the documents
 * that it was read from; the node is one of the shape's slots, holds some, or
 * is part of the shape.  Another call of the same shape puts its values into
 * the slots, and each parameter is read again as it was at first, with the same
 * errors.  What is wrong with a row's values is left to the whole way, which
 * reports all of it together.
 *
 * A question is kept only when every slot is read by some parameter, or
 * stands beside the key of a row: any other value that none reads has decided
 * about the statement itself, or may have.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/uuid.h"

#include "query/answer.h"
#include "query/row.h"

/* A parameter whose value comes with each call. */
typedef struct AkPlace
{
	int			parameter;		/* from 0 */
	const AkOrigin *origin;
	int			slot;			/* whose value it is; -1: slots are below the origin's node */
	bool		direct;			/* takes a value of its own type as it is */
} AkPlace;

/* What is kept of a question. */
struct AkAnswer
{
	const AkCompiled *compiled;
	int			nplaces;
	AkPlace    *places;
	int			nslots;
	const AkJson **nodes;		/* the slots' nodes of the documents that it was compiled from */
	bool	   *done;			/* by slot: a parameter reads it, or nothing looks at it */
};

/* ---- what can be kept ---- */

/* Finds the nodes of the slots up to `end`, which come in the same order in both. */
static void
find_nodes(AkAnswer *answer, const AkShape *shape, int end, const AkJson *value)
{
	check_stack_depth();
	if (answer->nslots < end && value->offset == shape->slots[answer->nslots].offset)
	{
		answer->nodes[answer->nslots++] = value;
		return;
	}
	for (int i = 0; i < value->size; i++)
		find_nodes(answer, shape, end, value->items[i]);
}

/* The same for all documents; false when one lacks a slot. */
static bool
find_document_nodes(AkAnswer *answer, const AkQuestion *q, const AkJson *documents)
{
	for (int i = 0; i < q->ndocuments; i++)
	{
		find_nodes(answer, &q->shape, q->ends[i], documents->items[i]);
		if (answer->nslots != q->ends[i])
			return false;
	}
	return true;
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

	if (field == NULL || origin->reader != &ak_query_field_reader || ak_query_is_computed(origin->test->path) ||
		field->type->read != NULL || ak_model_normalizes(field) || ak_model_reads_otherwise(field))
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

static bool
find_nodes_of(AkAnswer *answer, const AkQuestion *q, const AkJson *values)
{
	if (!q->by_key)
		return find_document_nodes(answer, q, values);
	find_key_nodes(answer, values);
	return true;
}

AkAnswer *
ak_query_make_answer(const AkQuestion *q, const AkCompiled *compiled, const AkJson *values)
{
	AkAnswer   *answer = palloc0(sizeof(AkAnswer));
	const AkStatement *st = &compiled->statement;
	int			nslots = q->by_key ? values->size : q->shape.nslots;

	if (ak_query_has_raw(values))
		return NULL;
	answer->compiled = compiled;
	answer->places = palloc(sizeof(AkPlace) * Max(st->nparams, 1));
	answer->nodes = palloc(sizeof(AkJson *) * Max(nslots, 1));
	answer->done = palloc0(sizeof(bool) * Max(nslots, 1));
	if (!find_nodes_of(answer, q, values))
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

void
ak_query_take_answer(AkBound *bound, AkKept *kept)
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

/* Binds a value of a row; false when it does not fit. */
static bool
bind_member(AkBound *bound, const AkPlace *place, const AkJson *json)
{
	AkProblems	problems = {0};
	AkValue		value;

	if (!ak_model_read(place->origin->member, json, &value, &problems) ||
		(value.isnull && place->origin->needed) || value.type != bound->statement.types[place->parameter])
		return false;
	set_parameter(&bound->statement, place, &value);
	return true;
}

/* ---- documents ---- */

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A uuid as the server writes it; false for any other spelling. */
static bool
read_uuid(const char *text, pg_uuid_t *uuid)
{
	for (int i = 0; i < UUID_LEN; i++)
	{
		int			high;
		int			low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
			return false;
		high = hex_value(*text++);
		low = hex_value(*text++);
		if (high < 0 || low < 0)
			return false;
		uuid->data[i] = high << 4 | low;
	}
	return true;
}

/* A whole number without a sign, of nine digits at most. */
static bool
read_number(const char *text, int length, int32 *number)
{
	*number = 0;
	for (int i = 0; i < length; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = *number * 10 + (text[i] - '0');
	}
	return true;
}

/* A whole number of few digits, or a uuid in its usual spelling: read without a detour. */
static bool
read_plain(const char *text, const AkSlot *slot, Oid type, AkValue *out)
{
	int32		number;

	out->type = type;
	out->isnull = false;
	if (type == UUIDOID)
	{
		pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

		out->datum = UUIDPGetDatum(uuid);
		return slot->kind == AK_JSON_STRING && slot->length == 38 && read_uuid(text + 1, uuid);
	}
	if ((type != INT4OID && type != INT8OID) || slot->kind != AK_JSON_NUMBER || slot->length > 9 ||
		!read_number(text, slot->length, &number))
		return false;
	out->datum = type == INT4OID ? Int32GetDatum(number) : Int64GetDatum((int64) number);
	return true;
}

/* The text that a slot is of. */
static const char *
slot_source(const AkQuestion *q, int slot)
{
	return VARDATA_ANY(q->documents[slot < q->ends[0] ? 0 : 1]);
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
			!read_plain(slot_source(q, place->slot) + slot->offset, slot,
						bound->statement.types[place->parameter], &value))
			return false;
		set_parameter(&bound->statement, place, &value);
	}
	return true;
}

/* What the rules of the model say of an update's values; false when something is wrong with them. */
static bool
clean_members(AkBound *bound)
{
	const AkAnswer *answer = bound->kept->made;
	AkStatement *st = &bound->statement;
	AkRow		row = {.model = bound->compiled->model};
	AkProblems	problems = {0};

	row.fields = palloc(sizeof(AkField *) * answer->nplaces);
	row.values = palloc(sizeof(AkValue) * answer->nplaces);
	for (int i = 0; i < answer->nplaces; i++)
	{
		const AkPlace *place = &answer->places[i];

		if (place->origin->member == NULL)
			continue;
		row.fields[row.count] = unconstify(AkField *, place->origin->member);
		row.values[row.count++] = (AkValue) {
			st->types[place->parameter], st->values[place->parameter], st->nulls[place->parameter] == 'n'
		};
	}
	ak_query_clean(&row, false, &problems);
	for (int i = 0, at = 0; i < answer->nplaces; i++)
		if (answer->places[i].origin->member != NULL)
			set_parameter(st, &answer->places[i], &row.values[at++]);
	return problems.list == NIL;
}

bool
ak_query_bind_documents(AkBound *bound, const AkQuestion *q)
{
	const AkAnswer *answer = bound->kept->made;
	AkJson		values[AK_SHAPE_SLOTS];
	bool		members = false;

	if (bind_plain(bound, q))
		return true;
	for (int i = 0; i < q->shape.nslots; i++)
		ak_query_slot_value(slot_source(q, i), &q->shape.slots[i], "the value", &values[i]);
	for (int i = 0; i < answer->nplaces; i++)
	{
		const AkPlace *place = &answer->places[i];

		if (place->origin->member == NULL)
			bind_place(bound, place, values);
		else if (!bind_member(bound, place, &values[place->slot]))
			return false;
		members = members || place->origin->member != NULL;
	}
	return !members || clean_members(bound);
}

/* ---- keys ---- */

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

void
ak_query_bind_plain_key(AkBound *bound, const AkQuestion *q)
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

void
ak_query_bind_text_key(AkBound *bound, List *key)
{
	const AkAnswer *answer = bound->kept->made;
	AkJson		values[AK_SHAPE_SLOTS];
	ListCell   *cell;

	foreach(cell, key)
		values[foreach_current_index(cell)] = *ak_core_arg_to_json(lfirst(cell));
	for (int i = 0; i < answer->nplaces; i++)
		bind_place(bound, &answer->places[i], values);
}
