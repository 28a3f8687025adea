/*
 * send.c
 *		Signals that are not of single rows: those of operations on a model, and
 *		those that somebody made.
 *
 * A signal of one's own is made for a role: those who may act for it connect
 * receivers, and anybody may send it; handlers run as the sender.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/jsonb.h"
#include "utils/resowner.h"
#include "utils/typcache.h"

#include "signal/internal.h"

PG_FUNCTION_INFO_V1(ak_signal_send_signal);
PG_FUNCTION_INFO_V1(ak_signal_send_robust);

/* ---- of a model ---- */

typedef struct AkTelling
{
	AkReceivers *receivers;
	List	   *calls;
	AkEvent    *event;
} AkTelling;

/* Did a handler that was asked beforehand say no? */
static bool
refuses(const AkCall *call, Datum answer, bool isnull)
{
	if (isnull || !ak_signal_is_before(call->receiver->signal))
		return false;
	if (call->handler.result == JSONBOID)
		return strcmp(JsonbToCString(NULL, &DatumGetJsonbP(answer)->root, 0), "false") == 0;
	return call->handler.result == BOOLOID && !DatumGetBool(answer);
}

/* 23514 where it refuses; what else it answers counts for nothing. */
static void
call_handler(AkCall *call, Datum event)
{
	bool		isnull;
	Datum		answer = ak_signal_call_general(call, event, &isnull);

	if (refuses(call, answer, isnull))
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("handler %s of signal %s refused the call", call->receiver->handler, call->receiver->name)));
}

static void
tell(void *arg)
{
	AkTelling  *telling = arg;
	Datum		event = ak_signal_event_value(ak_signal_event_desc(telling->receivers), telling->event);
	ListCell   *cell;

	foreach(cell, telling->calls)
	{
		AkCall	   *call = lfirst(cell);

		if (telling->event->field != NULL && call->fields != NIL && !list_member_ptr(call->fields, telling->event->field))
			continue;
		if (call->receiver->async)
			ak_signal_defer(call->receiver, telling->event);
		else
			call_handler(call, event);
	}
}

bool
ak_signal_is_received(AkModel *model, AkSignal signal, AkSignalLevel level)
{
	return !ak_signal_is_off(model->relid) && ak_signal_calls(ak_signal_for_role(model), signal, level) != NIL;
}

void
ak_signal_send(AkModel *model, AkSignal signal, AkSignalLevel level, AkEvent *event)
{
	AkTelling	telling = {.event = event};

	if (ak_signal_is_off(model->relid))
		return;
	telling.receivers = ak_signal_for_role(model);
	telling.calls = ak_signal_calls(telling.receivers, signal, level);
	event->signal = ak_signal_name(signal);
	event->sender = model->label;
	if (telling.calls != NIL)
		ak_signal_within(telling.receivers, event->signal, event->sender, tell, &telling);
}

/* ---- signals that somebody made ---- */

/* What is sent, to whom, and what they answer. */
typedef struct AkSending
{
	FunctionCallInfo fcinfo;
	const char *signal;
	const char *sender;			/* NULL: nobody says who */
	Datum		payload;		/* jsonb */
	List	   *receivers;		/* of AkReceiver *, in order */
	bool		robust;
} AkSending;

/* 42703 for a member that the signal does not name; one without names takes any. */
static void
check_payload(const AkOwnSignal *own, const AkJson *payload)
{
	ak_core_json_expect(payload, AK_JSON_OBJECT, "argument \"payload\"");
	for (int i = 0; own->arguments != NIL && i < payload->size; i++)
		if (!ak_core_is_among(payload->keys[i], own->arguments))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("signal \"%s\" has no argument \"%s\"", own->name, payload->keys[i]),
					 ak_core_hint_nearest(payload->keys[i], own->arguments)));
}

/* Those of the signal and sender, connected by who may act for the signal's role. */
static List *
receivers_of(AkRegistry *registry, const AkOwnSignal *own, const char *sender)
{
	Oid			owner = ak_signal_role(own->role, own->seen);
	List	   *receivers = NIL;
	ListCell   *cell;

	foreach(cell, ak_signal_all(registry)->free)
	{
		AkReceiver *receiver = lfirst(cell);
		Oid			role = ak_signal_role(receiver->role, receiver->seen);

		if (strcmp(receiver->name, own->name) == 0 && OidIsValid(role) && OidIsValid(owner) && has_privs_of_role(role, owner) &&
			(receiver->sender == NULL || (sender != NULL && strcmp(receiver->sender, sender) == 0)))
			receivers = lappend(receivers, receiver);
	}
	list_sort(receivers, ak_signal_compare);
	return receivers;
}

Datum
ak_signal_answer(Oid type, Datum value, bool isnull)
{
	FmgrInfo	to_jsonb;
	Node	   *argument;

	if (isnull || type == VOIDOID)
		return (Datum) 0;
	if (type == JSONBOID)
		return value;
	argument = (Node *) makeNullConst(type, -1, InvalidOid);
	fmgr_info(F_TO_JSONB, &to_jsonb);
	fmgr_info_set_expr((Node *) makeFuncExpr(F_TO_JSONB, JSONBOID, list_make1(argument), InvalidOid, InvalidOid,
											 COERCE_EXPLICIT_CALL), &to_jsonb);
	return FunctionCall1(&to_jsonb, value);
}

static Datum
call_receiver(const AkSending *sending, const AkReceiver *receiver)
{
	AkCall	   *call = ak_signal_prepare(receiver, NULL);
	AkEvent		event = {
		.signal = sending->signal, .sender = sending->sender, .created = -1, .extra = sending->payload
	};
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(ak_signal_event_type(), -1);
	bool		isnull;
	Datum		answer;

	if (receiver->async)
	{
		ak_signal_defer(receiver, &event);
		return (Datum) 0;
	}
	answer = ak_signal_call_general(call, ak_signal_event_value(desc, &event), &isnull);
	return ak_signal_answer(call->handler.result, answer, isnull);
}

/* {"sqlstate", "message", "detail", "hint"} */
static Datum
error_as_jsonb(const ErrorData *error)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "sqlstate", ak_core_json_string(unpack_sql_state(error->sqlerrcode)));
	ak_core_json_put(out, "message", ak_core_json_string(error->message));
	if (error->detail != NULL)
		ak_core_json_put(out, "detail", ak_core_json_string(error->detail));
	if (error->hint != NULL)
		ak_core_json_put(out, "hint", ak_core_json_string(error->hint));
	return ak_signal_jsonb(out);
}

/* Calls it in a subtransaction, as PL/pgSQL runs a block with an exception clause; the error, or 0. */
static Datum
call_robustly(const AkSending *sending, const AkReceiver *receiver, Datum *answer)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile Datum error = (Datum) 0;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		*answer = call_receiver(sending, receiver);
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *caught;

		MemoryContextSwitchTo(context);
		caught = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (caught->sqlerrcode == ERRCODE_QUERY_CANCELED || caught->sqlerrcode == ERRCODE_ASSERT_FAILURE)
			ReThrowError(caught);
		error = error_as_jsonb(caught);
	}
	PG_END_TRY();
	return error;
}

static void
send_all(void *arg)
{
	const AkSending *sending = arg;
	ReturnSetInfo *result = (ReturnSetInfo *) sending->fcinfo->resultinfo;
	ListCell   *cell;

	foreach(cell, sending->receivers)
	{
		const AkReceiver *receiver = lfirst(cell);
		Datum		answer = (Datum) 0;
		Datum		error = (Datum) 0;
		Datum		values[3];
		bool		nulls[3];

		if (sending->robust)
			error = call_robustly(sending, receiver, &answer);
		else
			answer = call_receiver(sending, receiver);
		values[0] = CStringGetTextDatum(receiver->handler);
		values[1] = error == (Datum) 0 ? answer : (Datum) 0;
		values[2] = error;
		for (int i = 0; i < 3; i++)
			nulls[i] = values[i] == (Datum) 0;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

static Datum
send_own(FunctionCallInfo fcinfo, bool robust)
{
	AkRegistry *registry = ak_model_registry();
	AkSending	sending = {.fcinfo = fcinfo, .robust = robust};
	AkOwnSignal *own;
	AkJson	   *payload;

	sending.signal = ak_core_arg_cstring(fcinfo, 0, "signal");
	payload = ak_core_arg_json(fcinfo, 1, "payload");
	sending.sender = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));
	if (ak_signal_named(sending.signal) != AK_OWN_SIGNAL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("signal \"%s\" is sent by what it tells of", sending.signal),
				 errhint("Make a signal of your own with aksara.create_signal.")));
	own = ak_signal_find_own(registry, sending.signal);
	if (own == NULL)
		ak_signal_unknown(registry, sending.signal);
	check_payload(own, payload);
	sending.payload = ak_signal_jsonb(payload);
	sending.receivers = receivers_of(registry, own, sending.sender);
	InitMaterializedSRF(fcinfo, 0);
	ak_signal_within(NULL, sending.signal, sending.sender, send_all, &sending);
	return (Datum) 0;
}

/* send(signal, payload, sender) → one line a receiver: its handler and what it answered. */
Datum
ak_signal_send_signal(PG_FUNCTION_ARGS)
{
	return send_own(fcinfo, false);
}

/* send_robust(signal, payload, sender) → the same, with the error of each handler that failed. */
Datum
ak_signal_send_robust(PG_FUNCTION_ARGS)
{
	return send_own(fcinfo, true);
}
