/*
 * connect.c
 *		connect and disconnect: the operations, and what SQL calls.
 *
 * A receiver of one model belongs to it and takes the rights of its table's
 * owner; one of all models, or of a signal made by create_signal(), belongs
 * to the role that connects it.  Who connects the same handler (or
 * dispatch_uid) again changes what was said; its place stays.
 *
 * The table is locked first, as CREATE TRIGGER locks it: of two sessions that
 * connect at once the second sees what the first has done.  Where there is no
 * one table, aksara.free_receiver is.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"

#include "signal/internal.h"

PG_FUNCTION_INFO_V1(ak_signal_connect);
PG_FUNCTION_INFO_V1(ak_signal_disconnect);

/* ---- what is asked for ---- */

static void bad_option(const char *name, const char *problem) pg_attribute_noreturn();

static void
bad_option(const char *name, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("receiver of signal %s: %s", name, problem)));
	pg_unreachable();
}

/* Is it sent by writes to tables? */
static bool
is_of_tables(AkSignal signal)
{
	return signal < AK_CLASS_PREPARED;
}

/*
 * Receivers of no one model: one session after the other.  Those of all
 * models come while no model is being made and none gets another receiver.
 */
static void
lock_free(AkSignal signal)
{
	LockRelationOid(ak_core_table("free_receiver"), signal == AK_OWN_SIGNAL ? ShareUpdateExclusiveLock : ShareRowExclusiveLock);
	if (is_of_tables(signal))
		ak_signal_lock_all();
	ak_signal_follow_roles();
}

/* The model that is to be the only sender; locked, and the caller's own.  NULL: none is named, or the signal is of no model. */
static AkModel *
model_of(const AkJson *op, AkSignal signal)
{
	const char *sender = ak_core_json_get_string(op, "sender");
	AkModel    *model;
	Oid			relid;

	PreventCommandDuringRecovery(ak_core_json_get_string(op, "op"));
	if (sender == NULL || signal == AK_OWN_SIGNAL)
	{
		lock_free(signal);
		return NULL;
	}
	model = ak_model_resolve(ak_model_registry(), sender);
	ak_model_require_owner(model);
	relid = model->relid;
	LockRelationOid(relid, ShareRowExclusiveLock);
	model = ak_model_by_table(ak_model_registry(), relid);
	if (model == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("model \"%s\" does not exist", sender)));
	ak_model_require_owner(model);
	return model;
}

static bool
is_statement(const AkJson *op, AkSignal signal)
{
	const char *level = ak_core_json_get_string(op, "level");

	if (level != NULL && strcmp(level, "row") != 0 && strcmp(level, "statement") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"level\" must be \"row\" or \"statement\"")));
	return signal == AK_POST_BULK || (level != NULL && strcmp(level, "statement") == 0);
}

/* Refuses what does not go together. */
static void
check_options(const AkJson *op, const AkModel *model, const AkWanted *wanted)
{
	bool		of_row = ak_signal_is_of_row(wanted->kind);
	bool		before = ak_signal_is_before(wanted->kind);

	if (wanted->async && before)
		bad_option(wanted->signal, "what is asked before a write cannot be asynchronous");
	if (wanted->statement && wanted->kind != AK_POST_BULK && wanted->kind != AK_POST_SAVE && wanted->kind != AK_POST_DELETE)
		bad_option(wanted->signal, "only post_save, post_delete and post_bulk have level \"statement\"");
	if (ak_core_json_get_string(op, "condition") != NULL && (model == NULL || !of_row || wanted->statement))
		bad_option(wanted->signal, "a condition is of the rows of one model");
	if (ak_core_json_get(op, "fields") != NULL &&
		(model == NULL || wanted->statement || !(ak_signal_is_save(wanted->kind) || wanted->kind == AK_M2M_CHANGED)))
		bad_option(wanted->signal, "fields are of saves, or of many-to-many relations, of one model");
}

/* The condition over the fields' names, as its deparse. */
static char *
condition_of(const AkModel *model, const char *source)
{
	AkExpression e = {
		.source = source, .what = "argument \"condition\"", .use = AK_EXPRESSION_CHECK,
		.over = ak_model_definition_of(model), .by_field = true
	};

	return ak_model_expression(&e);
}

static AkJson *
fields_of(const AkModel *model, AkSignal signal, const AkJson *names)
{
	AkJson	   *fields = ak_core_json_array();

	ak_core_json_expect(names, AK_JSON_ARRAY, "\"fields\"");
	if (names->size == 0)
		bad_option(ak_signal_name(signal), "\"fields\" names none");
	for (int i = 0; i < names->size; i++)
	{
		AkField    *field;

		ak_core_json_expect(names->items[i], AK_JSON_STRING, "a member of \"fields\"");
		field = ak_model_field(model, names->items[i]->text);
		if (field == NULL)
			ak_model_no_field(model, names->items[i]->text);
		if ((field->attnum <= 0) != (signal == AK_M2M_CHANGED))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 signal == AK_M2M_CHANGED ? errmsg("field \"%s\" is no many-to-many relation", field->name)
					 : errmsg("field \"%s\" has no column", field->name)));
		ak_core_json_push(fields, ak_core_json_string(field->name));
	}
	return fields;
}

/* ---- the definition ---- */

static const char *
uid_of(const AkJson *op, const char *handler)
{
	const char *uid = ak_core_json_get_string(op, "dispatch_uid");

	if (uid != NULL && *uid == '\0')
		bad_option(ak_core_json_get_string(op, "signal"), "\"dispatch_uid\" is empty");
	return uid ? uid : handler;
}

/* Behind all that may run beside it. */
static int64
next_position(AkModel *model)
{
	int64		last = 0;
	ListCell   *cell;

	foreach(cell, ak_signal_neighbours(model))
		last = Max(last, ((AkReceiver *) lfirst(cell))->position);
	return last < PG_INT64_MAX ? last + 1 : last;
}

/* What is kept of a receiver; `before` is what was said of it, or NULL. */
static AkJson *
definition_of(const AkJson *op, AkModel *model, const AkWanted *wanted, const AkHandler *handler, const char *name,
			  const AkReceiver *before)
{
	AkJson	   *out = ak_core_json_object();
	int64		priority = ak_core_json_get_integer(op, "priority", 0);

	ak_core_json_put(out, "signal", ak_core_json_string(wanted->signal));
	ak_core_json_put(out, "handler", ak_core_json_string(name));
	ak_core_json_put(out, "uid", ak_core_json_string(uid_of(op, name)));
	ak_core_json_put(out, "position", ak_core_json_integer(before ? before->position
														   : ak_core_json_get_integer(op, "position",
																					  next_position(model))));
	if (priority != 0)
		ak_core_json_put(out, "priority", ak_core_json_integer(priority));
	if (wanted->async)
		ak_core_json_put(out, "async", ak_core_json_bool(true));
	if (wanted->statement)
		ak_core_json_put(out, "level", ak_core_json_string("statement"));
	if (handler->form == AK_TRIGGER)
		ak_core_json_put(out, "trigger", ak_core_json_bool(true));
	if (ak_core_json_get_string(op, "condition") != NULL)
		ak_core_json_put(out, "condition", ak_core_json_string(condition_of(model, ak_core_json_get_string(op, "condition"))));
	if (ak_core_json_get(op, "fields") != NULL)
		ak_core_json_put(out, "fields", fields_of(model, wanted->kind, ak_core_json_get(op, "fields")));
	if (ak_core_json_get_string(op, "channel") != NULL)
		ak_core_json_put(out, "channel", ak_core_json_get(op, "channel"));
	if (ak_core_json_get(op, "data") != NULL)
		ak_core_json_put(out, "data", fields_of(model, AK_POST_SAVE, ak_core_json_get(op, "data")));
	return out;
}

/* ---- keeping ---- */

/* The model's list with a receiver in the place of one, or behind the others; NULL takes that one out. */
static void
store_in_model(AkModel *model, const AkReceiver *before, AkJson *definition)
{
	const AkJson *list = ak_core_json_get(model->meta, "receivers");
	AkJson	   *meta = ak_core_json_copy(model->meta);
	AkJson	   *out = ak_core_json_array();

	for (int i = 0; list && list->kind == AK_JSON_ARRAY && i < list->size; i++)
		if (before == NULL || list->items[i] != before->definition)
			ak_core_json_push(out, list->items[i]);
		else if (definition != NULL)
			ak_core_json_push(out, definition);
	if (before == NULL)
		ak_core_json_push(out, definition);
	if (out->size > 0)
		ak_core_json_put(meta, "receivers", out);
	else
		ak_core_json_remove(meta, "receivers");
	ak_model_store_registered_meta(model, meta);
	ak_signal_fit_triggers(ak_model_by_table(ak_model_registry(), model->relid));
	ak_signal_fit_links();
}

static Datum
as_name(const char *text)
{
	return DirectFunctionCall1(namein, CStringGetDatum(text));
}

static void
store_free(const char *signal, const char *sender, const AkReceiver *before, const AkJson *definition)
{
	static const Oid types[] = {TEXTOID, TEXTOID, TEXTOID, NAMEOID, JSONOID};
	const char *role = before ? before->role : GetUserNameFromId(GetUserId(), false);
	char	   *uid = ak_core_json_get_string(definition, "uid");
	Datum		values[] = {
		CStringGetTextDatum(signal), CStringGetTextDatum(sender ? sender : ""), CStringGetTextDatum(uid), as_name(role),
		PointerGetDatum(ak_core_json_to_text(definition))
	};

	ak_core_registry_write("INSERT INTO aksara.free_receiver (signal, sender, uid, role, definition) VALUES ($1, $2, $3, $4, $5)"
						   " ON CONFLICT (signal, sender, uid, role) DO UPDATE SET definition = EXCLUDED.definition",
						   lengthof(types), types, values, NULL);
	ak_signal_note_receiver(signal, sender ? sender : "", uid, role,
							before ? ak_signal_role(before->role, before->seen) : GetUserId());
	if (is_of_tables(ak_signal_named(signal)))
		ak_signal_fit_all();
}

static void
forget_free(const AkReceiver *receiver)
{
	static const Oid types[] = {TEXTOID, TEXTOID, TEXTOID, NAMEOID};
	Datum		values[] = {
		CStringGetTextDatum(receiver->name), CStringGetTextDatum(receiver->sender ? receiver->sender : ""),
		CStringGetTextDatum(receiver->uid), as_name(receiver->role)
	};

	ak_core_registry_write("DELETE FROM aksara.free_receiver WHERE signal = $1 AND sender = $2 AND uid = $3 AND role = $4",
						   lengthof(types), types, values, NULL);
	if (is_of_tables(receiver->signal))
		ak_signal_fit_all();
}

/* ---- the operations ---- */

static AkJson *
new_operation(const char *name, const AkJson *op, const AkModel *model)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "op", ak_core_json_string(name));
	ak_core_json_put(out, "signal", ak_core_json_get(op, "signal"));
	if (ak_core_json_get_string(op, "sender") != NULL)
		ak_core_json_put(out, "sender", model ? ak_core_json_string(model->label) : ak_core_json_get(op, "sender"));
	return out;
}

/* What connects a receiver as it was. */
static AkJson *
connect_again(const AkJson *op, const AkModel *model, const AkReceiver *receiver)
{
	static const char *const same[] = {
		"handler", "priority", "position", "async", "condition", "level", "fields", "channel", "data"
	};
	AkJson	   *out = new_operation("connect", op, model);

	for (int i = 0; i < lengthof(same); i++)
		if (ak_core_json_get(receiver->definition, same[i]) != NULL)
			ak_core_json_put(out, same[i], ak_core_json_get(receiver->definition, same[i]));
	if (strcmp(receiver->uid, receiver->handler) != 0)
		ak_core_json_put(out, "dispatch_uid", ak_core_json_string(receiver->uid));
	return out;
}

/* A signal that somebody made is received by those who may act for him. */
static void
require_own_signal(const char *name)
{
	AkRegistry *registry = ak_model_registry();
	AkOwnSignal *own = ak_signal_find_own(registry, name);

	if (own == NULL)
		ak_signal_unknown(registry, name);
	ak_signal_require_role(own);
}

static void
require_callable(const AkHandler *handler)
{
	if (!ak_function_callable(handler->function))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_FUNCTION, get_func_name(handler->function));
}

/* The handler as it is kept: a function, or what NOTIFYs of the rows of one model. */
static const char *
find_handler(const AkJson *op, const AkWanted *wanted, AkHandler *handler)
{
	if (ak_core_json_get_string(op, "channel") != NULL)
	{
		if (wanted->model == NULL || (wanted->kind != AK_POST_SAVE && wanted->kind != AK_POST_DELETE) || wanted->statement ||
			wanted->async)
			bad_option(wanted->signal, "a channel is of post_save or post_delete of one model");
		ak_signal_check_channel(ak_core_json_get_string(op, "channel"));
		return AK_PUBLISHER;
	}
	ak_signal_find_handler(ak_model_op_word(op, "handler"), wanted, handler);
	require_callable(handler);
	return ak_signal_handler_name(handler);
}

static AkJson *
run_connect(const AkJson *op)
{
	const char *signal = ak_model_op_word(op, "signal");
	AkSignal	kind = ak_signal_named(signal);
	AkModel    *model = model_of(op, kind);
	AkWanted	wanted = {model, signal, kind, is_statement(op, kind), ak_core_json_get_bool(op, "async", false)};
	const char *sender = ak_core_json_get_string(op, "sender");
	const AkReceiver *before;
	AkHandler	handler = {0};
	const char *name;
	AkJson	   *definition;
	AkJson	   *undo;

	if (kind == AK_OWN_SIGNAL)
		require_own_signal(signal);
	check_options(op, model, &wanted);
	name = find_handler(op, &wanted, &handler);
	before = ak_signal_find_uid(ak_signal_find_all(op, model, signal), uid_of(op, name));
	if (before != NULL && model == NULL && superuser() && !ak_signal_is_own(before))
		before = NULL;			/* a superuser's stand beside those of others */
	definition = definition_of(op, model, &wanted, &handler, name, before);
	if (before != NULL)
		undo = connect_again(op, model, before);
	else
	{
		undo = new_operation("disconnect", op, model);
		ak_core_json_put(undo, "dispatch_uid", ak_core_json_get(definition, "uid"));
	}
	if (model != NULL)
		store_in_model(model, before, definition);
	else
		store_free(signal, sender, before, definition);
	return undo;
}

/* What undoes it; NULL: there was no such receiver. */
static AkJson *
run_disconnect(const AkJson *op)
{
	const char *signal = ak_model_op_word(op, "signal");
	AkSignal	kind = ak_signal_named(signal);
	AkModel    *model = model_of(op, kind);
	const char *uid = ak_core_json_get_string(op, "dispatch_uid");
	const AkReceiver *receiver;
	AkJson	   *undo;

	receiver = uid ? ak_signal_find_uid(ak_signal_find_all(op, model, signal), uid)
		: ak_signal_find_function(ak_signal_find_all(op, model, signal), ak_model_op_word(op, "handler"));
	if (receiver == NULL && kind == AK_OWN_SIGNAL && ak_signal_find_own(ak_model_registry(), signal) == NULL)
		ak_signal_unknown(ak_model_registry(), signal);
	if (receiver == NULL)
		return NULL;
	undo = connect_again(op, model, receiver);
	if (model != NULL)
		store_in_model(model, receiver, NULL);
	else
		forget_free(receiver);
	return undo;
}

static const char *const connect_keys[] = {
	"signal", "handler", "sender", "dispatch_uid", "priority", "position", "async", "condition", "level", "fields",
	"channel", "data", NULL
};
static const char *const disconnect_keys[] = {"signal", "handler", "sender", "dispatch_uid", NULL};

static const AkOperation operations[] = {
	{"connect", connect_keys, run_connect, NULL},
	{"disconnect", disconnect_keys, run_disconnect, NULL},
};

void
ak_signal_operations_init(void)
{
	for (int i = 0; i < lengthof(operations); i++)
		ak_model_register_operation(&operations[i]);
}

/* ---- "receivers" in the meta of a model ---- */

/* What a model is made with is connected once its table is there. */
static AkJson *
define_receivers(AkModelDef *def, const AkJson *value)
{
	ak_core_json_expect(value, AK_JSON_ARRAY, "\"receivers\"");
	for (int i = 0; i < value->size; i++)
		ak_core_json_expect(value->items[i], AK_JSON_OBJECT, "a member of \"receivers\"");
	return unconstify(AkJson *, value);
}

const AkMetaOption ak_signal_meta_receivers = {"receivers", define_receivers};

/* One of them as an operation; what describe() says besides is left out. */
static AkJson *
as_operation(const AkModel *model, const AkJson *given)
{
	AkJson	   *op = ak_core_json_object();

	ak_core_json_put(op, "op", ak_core_json_string("connect"));
	for (int i = 0; i < given->size; i++)
		if (strcmp(given->keys[i], "op") == 0 || strcmp(given->keys[i], "sender") == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a receiver in the meta of a model has no key \"%s\"", given->keys[i])));
		else if (strcmp(given->keys[i], "uid") == 0)
			ak_core_json_put(op, "dispatch_uid", given->items[i]);
		else if (strcmp(given->keys[i], "trigger") != 0)
			ak_core_json_put(op, given->keys[i], given->items[i]);
	ak_core_json_put(op, "sender", ak_core_json_string(model->label));
	return op;
}

void
ak_signal_connect_defined(AkModel *model)
{
	const AkJson *list = ak_core_json_get(model->meta, "receivers");
	AkJson	   *meta = ak_core_json_copy(model->meta);

	if (list == NULL)
		return;
	ak_core_json_remove(meta, "receivers");
	ak_model_store_registered_meta(model, meta);
	for (int i = 0; i < list->size; i++)
		(void) ak_model_apply(as_operation(model, list->items[i]));
}

/* ---- SQL ---- */

static void
put_text(AkJson *op, FunctionCallInfo fcinfo, int n, const char *key)
{
	if (!PG_ARGISNULL(n))
		ak_core_json_put(op, key, ak_core_json_string(text_to_cstring(PG_GETARG_TEXT_PP(n))));
}

static AkJson *
begin_operation(FunctionCallInfo fcinfo, const char *name)
{
	AkJson	   *op = ak_core_json_object();

	ak_core_json_put(op, "op", ak_core_json_string(name));
	ak_core_json_put(op, "signal", ak_core_json_string(ak_core_arg_cstring(fcinfo, 0, "signal")));
	put_text(op, fcinfo, 1, "handler");
	put_text(op, fcinfo, 2, "sender");
	put_text(op, fcinfo, 3, "dispatch_uid");
	return op;
}

/* connect(signal, handler, sender, dispatch_uid, priority, async, condition, level, fields) → is the receiver new? */
Datum
ak_signal_connect(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "connect");

	if (PG_ARGISNULL(1))
		ak_core_null_argument("handler");
	if (PG_ARGISNULL(4))
		ak_core_null_argument("priority");
	if (PG_ARGISNULL(5))
		ak_core_null_argument("async");
	ak_core_json_put(op, "priority", ak_core_json_integer(PG_GETARG_INT32(4)));
	ak_core_json_put(op, "async", ak_core_json_bool(PG_GETARG_BOOL(5)));
	put_text(op, fcinfo, 6, "condition");
	ak_core_json_put(op, "level", ak_core_json_string(ak_core_arg_cstring(fcinfo, 7, "level")));
	if (!PG_ARGISNULL(8) && array_contains_nulls(PG_GETARG_ARRAYTYPE_P(8)))
		ak_core_null_argument("fields");
	if (!PG_ARGISNULL(8))
		ak_core_json_put(op, "fields", ak_core_arg_to_json(ak_core_arg_value(fcinfo, 8)));
	PG_RETURN_BOOL(strcmp(ak_core_json_get_string(ak_model_apply(op), "op"), "disconnect") == 0);
}

/* disconnect(signal, handler, sender, dispatch_uid) → was there such a receiver? */
Datum
ak_signal_disconnect(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(1) && PG_ARGISNULL(3))
		ak_core_null_argument("handler");
	PG_RETURN_BOOL(ak_model_apply(begin_operation(fcinfo, "disconnect")) != NULL);
}
