/*
 * publish.c
 *		publish: a NOTIFY for each row that is written, when its transaction
 *		commits.
 *
 * It is a receiver like others, of post_save and post_delete, in which a
 * channel stands for the handler.  Whoever listens learns the action, the
 * model, the key and the fields that have other values; of the values
 * themselves only those that were asked for.  Where a payload is too long the
 * key alone is told.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "commands/async.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "signal/row.h"

PG_FUNCTION_INFO_V1(ak_signal_publish);
PG_FUNCTION_INFO_V1(ak_signal_unpublish);

/* NOTIFY takes payloads shorter than this, in bytes. */
#define PAYLOAD_LIMIT (BLCKSZ - NAMEDATALEN - 128)

/* ---- telling ---- */

static AkJson *
value_of(const AkChange *change, const AkField *field)
{
	bool		isnull = true;
	Datum		value = (Datum) 0;

	if (field->attnum > 0)
		value = heap_getattr(change->tuple, field->attnum, change->receivers->slot->tts_tupleDescriptor, &isnull);
	return ak_model_value_to_json(field->typid, value, isnull);
}

static AkJson *
key_of(const AkChange *change)
{
	const AkModel *model = change->row.model;
	TupleDesc	desc = change->receivers->slot->tts_tupleDescriptor;
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	for (int i = 0; i < model->nkeys; i++)
		values[i] = heap_getattr(change->tuple, model->keys[i]->attnum, desc, &nulls[i]);
	return ak_model_key_document(model, values, nulls);
}

/* The names of the fields to which an update gave other values. */
static AkJson *
changed_fields(const AkChange *change)
{
	const AkModel *model = change->row.model;
	AkJson	   *names = ak_core_json_array();

	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->attnum > 0 && ak_signal_touches(change, model->fields[i]))
			ak_core_json_push(names, ak_core_json_string(model->fields[i]->name));
	return names;
}

static AkJson *
data_of(const AkChange *change, List *fields)
{
	AkJson	   *data = ak_core_json_object();
	ListCell   *cell;

	foreach(cell, fields)
		ak_core_json_put(data, ((AkField *) lfirst(cell))->json_name, value_of(change, lfirst(cell)));
	return data;
}

static const char *
action_of(const AkChange *change)
{
	return change->signal == AK_POST_DELETE ? "delete" : change->previous != NULL ? "update" : "insert";
}

void
ak_signal_publish_row(const AkChange *change, const AkCall *call)
{
	AkJson	   *payload = ak_core_json_object();
	char	   *text;

	ak_core_json_put(payload, "action", ak_core_json_string(action_of(change)));
	ak_core_json_put(payload, "model", ak_core_json_string(change->row.model->label));
	ak_core_json_put(payload, "key", key_of(change));
	if (change->previous != NULL)
		ak_core_json_put(payload, "fields", changed_fields(change));
	if (call->data != NIL)
		ak_core_json_put(payload, "data", data_of(change, call->data));
	text = ak_core_json_to_cstring(payload);
	if (strlen(text) >= PAYLOAD_LIMIT)
	{
		ak_core_json_remove(payload, "fields");
		ak_core_json_remove(payload, "data");
		text = ak_core_json_to_cstring(payload);
	}
	if (strlen(text) >= PAYLOAD_LIMIT)
	{
		ak_core_json_remove(payload, "key");
		text = ak_core_json_to_cstring(payload);
	}
	Async_Notify(call->receiver->channel, text);
}

void
ak_signal_check_channel(const char *channel)
{
	if (*channel == '\0' || strlen(channel) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of a channel must have 1 to %d bytes", NAMEDATALEN - 1)));
}

/* ---- SQL ---- */

static char *
channel_argument(FunctionCallInfo fcinfo)
{
	AkModel    *model = ak_model_resolve(ak_model_registry(), ak_core_arg_cstring(fcinfo, 0, "model"));
	char	   *channel = PG_ARGISNULL(1) ? psprintf("aksara_model_events_%s", model->table)
		: text_to_cstring(PG_GETARG_TEXT_PP(1));

	ak_signal_check_channel(channel);
	return channel;
}

/* The two receivers as operations. */
static AkJson *
operation(FunctionCallInfo fcinfo, const char *name, const char *signal, const char *channel)
{
	AkJson	   *op = ak_core_json_object();

	ak_core_json_put(op, "op", ak_core_json_string(name));
	ak_core_json_put(op, "signal", ak_core_json_string(signal));
	ak_core_json_put(op, "sender", ak_core_json_string(ak_core_arg_cstring(fcinfo, 0, "model")));
	ak_core_json_put(op, "dispatch_uid", ak_core_json_string(psprintf("publish %s", channel)));
	return op;
}

static AkJson *
connect_operation(FunctionCallInfo fcinfo, const char *signal, const char *channel)
{
	AkJson	   *op = operation(fcinfo, "connect", signal, channel);

	ak_core_json_put(op, "handler", ak_core_json_string(AK_PUBLISHER));
	ak_core_json_put(op, "channel", ak_core_json_string(channel));
	if (!PG_ARGISNULL(2) && array_contains_nulls(PG_GETARG_ARRAYTYPE_P(2)))
		ak_core_null_argument("data");
	if (!PG_ARGISNULL(2))
		ak_core_json_put(op, "data", ak_core_arg_to_json(ak_core_arg_value(fcinfo, 2)));
	if (!PG_ARGISNULL(3))
		ak_core_json_put(op, "condition", ak_core_json_string(text_to_cstring(PG_GETARG_TEXT_PP(3))));
	return op;
}

/* publish(model, channel, data, condition) → the channel. */
Datum
ak_signal_publish(PG_FUNCTION_ARGS)
{
	char	   *channel = channel_argument(fcinfo);

	(void) ak_model_apply(connect_operation(fcinfo, "post_save", channel));
	(void) ak_model_apply(connect_operation(fcinfo, "post_delete", channel));
	PG_RETURN_TEXT_P(cstring_to_text(channel));
}

/* unpublish(model, channel) → was it published there? */
Datum
ak_signal_unpublish(PG_FUNCTION_ARGS)
{
	char	   *channel = channel_argument(fcinfo);
	bool		saves = ak_model_apply(operation(fcinfo, "disconnect", "post_save", channel)) != NULL;
	bool		deletes = ak_model_apply(operation(fcinfo, "disconnect", "post_delete", channel)) != NULL;

	PG_RETURN_BOOL(saves || deletes);
}
