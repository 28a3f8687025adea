/*
 * row.c
 *		pre_save, post_save, pre_delete, post_delete: the two row triggers of a
 *		table that has receivers.
 *
 * Both functions are public ones that anyone may attach to anything: they
 * check how they are called and leave alone what is no model's.  Rows of a
 * partition are shown to handlers as rows of the model's table, and one that
 * an UPDATE moves to another as updated (moved.c).  The handlers of a signal run one after the other; each sees what those before it made of
 * the row, and an error of one ends the statement.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/tupconvert.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/jsonb.h"
#include "utils/rel.h"

#include "signal/row.h"

PG_FUNCTION_INFO_V1(ak_signal_before_row);
PG_FUNCTION_INFO_V1(ak_signal_after_row);

/* ---- rows of partitions ---- */

typedef struct AkMap
{
	Oid			relid;
	TupleConversionMap *in;		/* to the model's table; NULL: they look alike */
	TupleConversionMap *out;
} AkMap;

static AkMap *
map_of(AkReceivers *receivers, Relation rel)
{
	TupleDesc	own = receivers->slot->tts_tupleDescriptor;
	MemoryContext old;
	TupleDesc	desc;
	AkMap	   *map;
	ListCell   *cell;

	foreach(cell, receivers->maps)
		if (((AkMap *) lfirst(cell))->relid == RelationGetRelid(rel))
			return lfirst(cell);
	old = MemoryContextSwitchTo(receivers->kept_for.context);
	desc = CreateTupleDescCopy(RelationGetDescr(rel));
	map = palloc(sizeof(AkMap));
	map->relid = RelationGetRelid(rel);
	map->in = convert_tuples_by_name(desc, own);
	map->out = convert_tuples_by_name(own, desc);
	receivers->maps = lappend(receivers->maps, map);
	MemoryContextSwitchTo(old);
	return map;
}

static HeapTuple
row_in(const AkMap *map, HeapTuple tuple)
{
	return map != NULL && map->in != NULL && tuple != NULL ? execute_attr_map_tuple(tuple, map->in) : tuple;
}

static HeapTuple
row_out(const AkMap *map, HeapTuple tuple)
{
	return map != NULL && map->out != NULL ? execute_attr_map_tuple(tuple, map->out) : tuple;
}

/* ---- what handlers are told ---- */

static TupleDesc
desc_of(const AkChange *change)
{
	return change->receivers->slot->tts_tupleDescriptor;
}

/* The row as a value of the table's type. */
static Datum
row_value(const AkChange *change, HeapTuple tuple)
{
	return heap_copy_tuple_as_datum(tuple, desc_of(change));
}

static void
put_in_slot(const AkChange *change, HeapTuple tuple)
{
	ExecStoreHeapTuple(tuple, change->receivers->slot, false);
	change->receivers->econtext->ecxt_scantuple = change->receivers->slot;
}

/* The row as a document. */
static Datum
document_of(const AkChange *change, HeapTuple tuple)
{
	AkReceivers *receivers = change->receivers;
	bool		isnull;

	if (receivers->document == NULL)
		receivers->document = ak_model_make_ready(ak_model_row_document(receivers->model), receivers->kept_for.context);
	put_in_slot(change, tuple);
	return ExecEvalExpr(receivers->document, receivers->econtext, &isnull);
}

/* Does the UPDATE name the field's column?  Generated columns it never names. */
static bool
is_named(const AkChange *change, int i)
{
	const AkField *field = change->row.model->fields[i];
	AttrNumber	column = change->row.columns ? change->row.columns[i] : field->attnum;

	if (column <= 0 || field->generated)
		return false;
	return change->moved ? bms_is_member(i, change->moved_fields)
		: bms_is_member(column - FirstLowInvalidHeapAttributeNumber, change->trigger->tg_updatedcols);
}

/* The names of the fields whose columns the UPDATE names, as text[]; 0 for other statements. */
static Datum
update_fields(AkChange *change)
{
	const AkModel *model = change->row.model;
	Datum	   *names;
	int			count = 0;

	if (!change->moved && !TRIGGER_FIRED_BY_UPDATE(change->trigger->tg_event))
		return (Datum) 0;
	if (change->update_fields != (Datum) 0)
		return change->update_fields;
	names = palloc(sizeof(Datum) * Max(model->nfields, 1));
	for (int i = 0; i < model->nfields; i++)
		if (is_named(change, i))
			names[count++] = CStringGetTextDatum(model->fields[i]->name);
	return change->update_fields = PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT));
}

void
ak_signal_row_event(AkChange *change, AkEvent *event)
{
	memset(event, 0, sizeof(AkEvent));
	event->signal = ak_signal_name(change->signal);
	event->sender = change->row.model->label;
	if (change->instance == (Datum) 0)
		change->instance = document_of(change, change->tuple);
	if (change->previous_document == (Datum) 0 && change->previous != NULL)
		change->previous_document = document_of(change, change->previous);
	event->instance = change->instance;
	event->previous = change->previous_document;
	event->created = ak_signal_is_save(change->signal) ? change->previous == NULL : -1;
	event->update_fields = update_fields(change);
}

/* ---- typed handlers ---- */

static Datum
argument(AkChange *change, AkParameter parameter, bool *isnull)
{
	*isnull = false;
	switch (parameter)
	{
		case AK_INSTANCE:
			return row_value(change, change->tuple);
		case AK_PREVIOUS:
			*isnull = change->previous == NULL;
			return *isnull ? (Datum) 0 : row_value(change, change->previous);
		case AK_CREATED:
			*isnull = !ak_signal_is_save(change->signal);
			return BoolGetDatum(change->previous == NULL);
		case AK_UPDATE_FIELDS:
			*isnull = update_fields(change) == (Datum) 0;
			return update_fields(change);
		case AK_SIGNAL_NAME:
			return CStringGetTextDatum(ak_signal_name(change->signal));
		case AK_SENDER:
			return CStringGetTextDatum(change->row.model->label);
	}
	return (Datum) 0;
}

static void
replace_row(AkChange *change, HeapTuple tuple)
{
	change->tuple = tuple;
	change->changed = true;
	change->instance = (Datum) 0;
}

/* The answer of a typed handler of pre_save: the row as it is to be written.  It is copied: it may be the handler's own. */
static void
take_row(AkChange *change, const AkCall *call, Datum result, bool isnull)
{
	HeapTupleData tuple = {0};

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("handler %s of signal %s returned no row", call->receiver->handler, call->receiver->name),
				 errhint("Return the row, changed or as it is; raise an error to refuse it.")));
	tuple.t_data = DatumGetHeapTupleHeader(result);
	tuple.t_len = HeapTupleHeaderGetDatumLength(tuple.t_data);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = change->row.model->relid;
	replace_row(change, heap_copytuple(&tuple));
}

/* ---- general handlers ---- */

static AkJson *
jsonb_member(JsonbValue *value)
{
	Jsonb	   *document = JsonbValueToJsonb(value);
	char	   *text = JsonbToCString(NULL, &document->root, VARSIZE(document));

	return ak_core_json_parse(text, strlen(text), "the answer of a handler");
}

/* Is the member what the handler was told? */
static bool
is_as_told(const AkChange *change, const char *key, int length, JsonbValue *value)
{
	JsonbValue *told = getKeyJsonValueFromContainer(&DatumGetJsonbP(change->instance)->root, key, length, NULL);

	return told != NULL &&
		compareJsonbContainers(&JsonbValueToJsonb(told)->root, &JsonbValueToJsonb(value)->root) == 0;
}

typedef struct AkNewValues
{
	Datum	   *values;
	bool	   *nulls;
	bool	   *replaced;
	bool		any;
	AkProblems	problems;
} AkNewValues;

static void
take_member(AkChange *change, const char *key, JsonbValue *value, AkNewValues *new)
{
	AkField    *field = ak_model_field(change->row.model, key);
	AkValue		read;

	if (field == NULL)
		ak_model_no_field(change->row.model, key);
	if (field->attnum <= 0 || field->generated)
	{
		ak_core_problem(&new->problems, field->json_name, ERRCODE_GENERATED_ALWAYS, "invalid", "\"%s\" cannot be written", key);
		return;
	}
	if (!ak_model_read(field, jsonb_member(value), &read, &new->problems))
		return;
	new->values[field->attnum - 1] = read.datum;
	new->nulls[field->attnum - 1] = read.isnull;
	new->replaced[field->attnum - 1] = true;
	new->any = true;
}

/* The answer of a general handler of pre_save: the fields that are to have other values. */
static void
take_fields(AkChange *change, Jsonb *answer)
{
	int			natts = desc_of(change)->natts;
	AkNewValues new = {
		.values = palloc0(natts * sizeof(Datum)), .nulls = palloc0(natts * sizeof(bool)),
		.replaced = palloc0(natts * sizeof(bool))
	};
	JsonbIterator *it = JsonbIteratorInit(&answer->root);
	JsonbValue	key;
	JsonbValue	value;
	JsonbIteratorToken token;

	while ((token = JsonbIteratorNext(&it, &key, true)) != WJB_DONE)
	{
		if (token != WJB_KEY)
			continue;
		(void) JsonbIteratorNext(&it, &value, true);
		if (!is_as_told(change, key.val.string.val, key.val.string.len, &value))
			take_member(change, pnstrdup(key.val.string.val, key.val.string.len), &value, &new);
	}
	ak_core_problems_raise(&new.problems, change->row.model->app, change->row.model->table);
	if (new.any)
		replace_row(change, heap_modify_tuple(change->tuple, desc_of(change), new.values, new.nulls, new.replaced));
}

static void
refuse(const AkChange *change, const AkCall *call)
{
	const AkModel *model = change->row.model;

	ereport(ERROR,
			(errcode(ERRCODE_CHECK_VIOLATION),
			 errmsg("handler %s of signal %s refused the row", call->receiver->handler, call->receiver->name),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, model->app),
			 err_generic_string(PG_DIAG_TABLE_NAME, model->table)));
}

static bool
is_false(Jsonb *answer)
{
	JsonbValue	value;

	return JB_ROOT_IS_SCALAR(answer) && JsonbExtractScalar(&answer->root, &value) && value.type == jbvBool && !value.val.boolean;
}

static void
take_document(AkChange *change, const AkCall *call, Jsonb *answer)
{
	if (is_false(answer))
		refuse(change, call);
	if (change->signal != AK_PRE_SAVE)
		return;
	if (!JB_ROOT_IS_OBJECT(answer))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("handler %s of signal %s must return an object", call->receiver->handler, call->receiver->name),
				 errhint("It holds the fields that are to have other values; NULL changes nothing, false refuses the row.")));
	take_fields(change, answer);
}

/* ---- the calls ---- */

/* What a handler that was asked beforehand answers. */
static void
take_answer(AkChange *change, const AkCall *call, Datum result, bool isnull)
{
	Oid			type = call->handler.result;

	if (type == BOOLOID && !isnull && !DatumGetBool(result))
		refuse(change, call);
	if (type == BOOLOID || type == VOIDOID)
		return;
	if (call->handler.form == AK_TYPED)
		take_row(change, call, result, isnull);
	else if (!isnull)
		take_document(change, call, DatumGetJsonbP(result));
}

static void
call_handler(AkChange *change, AkCall *call)
{
	bool		isnull;
	Datum		result;
	bool		skipped = false;

	if (call->receiver->channel != NULL)
	{
		ak_signal_publish_row(change, call);
		return;
	}
	if (call->handler.form == AK_TYPED)
	{
		for (int i = 0; i < call->handler.count; i++)
		{
			NullableDatum *place = &call->fcinfo->args[i];

			place->value = argument(change, call->handler.parameters[i], &place->isnull);
			skipped = skipped || (place->isnull && call->function.fn_strict);
		}
		result = ak_signal_invoke(call, &isnull);
	}
	else
	{
		AkEvent		event;

		ak_signal_row_event(change, &event);
		if (call->receiver->async)
		{
			ak_signal_defer(call->receiver, &event);
			return;
		}
		result = ak_signal_call_general(call, ak_signal_event_value(ak_signal_event_desc(change->receivers), &event), &isnull);
	}
	if (!skipped && ak_signal_is_before(change->signal))
		take_answer(change, call, result, isnull);
}

bool
ak_signal_touches(const AkChange *change, const AkField *field)
{
	TupleDesc	desc = desc_of(change);
	Form_pg_attribute type;
	bool		was_null;
	bool		is_null;
	Datum		was;
	Datum		is;

	if (change->previous == NULL)
		return true;
	if (field->attnum <= 0)
		return false;
	type = TupleDescAttr(desc, field->attnum - 1);
	was = heap_getattr(change->previous, field->attnum, desc, &was_null);
	is = heap_getattr(change->tuple, field->attnum, desc, &is_null);
	return was_null != is_null || (!is_null && !datum_image_eq(was, is, type->attbyval, type->attlen));
}

static bool
touches_any(const AkChange *change, const List *fields)
{
	ListCell   *cell;

	foreach(cell, fields)
		if (ak_signal_touches(change, lfirst(cell)))
			return true;
	return fields == NIL;
}

static bool
concerns(const AkChange *change, const AkCall *call)
{
	bool		isnull;
	Datum		answer;

	if (!touches_any(change, call->fields))
		return false;
	if (call->condition == NULL)
		return true;
	put_in_slot(change, change->tuple);
	answer = ExecEvalExpr(call->condition, change->receivers->econtext, &isnull);
	return !isnull && DatumGetBool(answer);
}

typedef struct AkSending
{
	AkChange   *change;
	List	   *calls;
} AkSending;

static void
call_all(void *arg)
{
	AkSending  *sending = arg;
	ListCell   *cell;

	foreach(cell, sending->calls)
		if (concerns(sending->change, lfirst(cell)))
			call_handler(sending->change, lfirst(cell));
}

/* ---- the triggers ---- */

static AkSignal
signal_of(const TriggerData *trigger)
{
	bool		before = TRIGGER_FIRED_BEFORE(trigger->tg_event);

	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return before ? AK_PRE_DELETE : AK_POST_DELETE;
	return before ? AK_PRE_SAVE : AK_POST_SAVE;
}

/* The row as the statement has it. */
static HeapTuple
given_row(const TriggerData *trigger)
{
	return TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
}

/* The row, and the one before it, in the columns of the model's table. */
static void
read_rows(AkChange *change, const AkMap *map, AkMoveStep step)
{
	change->tuple = row_in(map, given_row(change->trigger));
	if (TRIGGER_FIRED_BY_UPDATE(change->trigger->tg_event))
		change->previous = row_in(map, change->trigger->tg_trigtuple);
	else if (step == AK_MOVED_AWAY)
		ak_signal_keep_moved(change);
	else if (step == AK_MAY_HAVE_COME)
		ak_signal_take_moved(change);
}

/* Sends the signal of the event; the row as the handlers made it. */
static HeapTuple
send_row(const TriggerData *trigger)
{
	AkChange	change = {.trigger = trigger, .signal = signal_of(trigger)};
	AkMap	   *map = NULL;
	AkMoveStep	step;
	List	   *calls;

	if (!ak_model_find_row_model(&change.row, trigger->tg_relation) || ak_signal_is_off(change.row.model->relid))
		return given_row(trigger);
	step = ak_signal_move_step(&change);
	if (step == AK_PART_OF_MOVE)
		return given_row(trigger);
	change.receivers = ak_signal_for_role(change.row.model);
	calls = ak_signal_calls(change.receivers, step == AK_MOVED_AWAY ? AK_POST_SAVE : change.signal, AK_OF_ROW);
	if (calls == NIL)
		return given_row(trigger);
	if (change.row.columns != NULL)
		map = map_of(change.receivers, trigger->tg_relation);
	read_rows(&change, map, step);
	if (step == AK_MOVED_AWAY)
		return given_row(trigger);
	ak_signal_within(change.receivers, ak_signal_name(change.signal), change.row.model->label, call_all,
					 &(AkSending) {&change, calls});
	return change.changed ? row_out(map, change.tuple) : given_row(trigger);
}

static TriggerData *
check_protocol(FunctionCallInfo fcinfo, bool before)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || TRIGGER_FIRED_INSTEAD(trigger->tg_event) ||
		TRIGGER_FIRED_BEFORE(trigger->tg_event) != before || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 before ? errmsg("function \"aksara.signal_before\" must be fired BEFORE, FOR EACH ROW")
				 : errmsg("function \"aksara.signal_after\" must be fired AFTER, FOR EACH ROW")));
	return trigger;
}

/* BEFORE INSERT OR UPDATE OR DELETE row trigger: pre_save and pre_delete. */
Datum
ak_signal_before_row(PG_FUNCTION_ARGS)
{
	return PointerGetDatum(send_row(check_protocol(fcinfo, true)));
}

/* AFTER INSERT OR UPDATE OR DELETE row trigger: post_save and post_delete. */
Datum
ak_signal_after_row(PG_FUNCTION_ARGS)
{
	(void) send_row(check_protocol(fcinfo, false));
	return PointerGetDatum(NULL);
}
