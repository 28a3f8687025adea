/*
 * async.c
 *		Handlers that run when the transaction commits.
 *
 * The call is a row of aksara.deferred_call, whose constraint trigger is
 * deferred: it fires before the commit, or the PREPARE, and calls the handler
 * as the role that wrote the row.  What a savepoint takes back is never
 * called, and a handler that fails takes the transaction back.  The row is
 * gone by then.  A handler may defer further calls; how many stand behind one
 * another is bounded as nesting is.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "signal/internal.h"

PG_FUNCTION_INFO_V1(ak_signal_run_deferred);

static int	behind = 0;			/* how many deferred calls led to the one that runs */

void
ak_signal_defer(const AkReceiver *receiver, const AkEvent *event)
{
	Oid			types[] = {NAMEOID, INT4OID, JSONOID, ak_signal_event_type()};
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(types[3], -1);
	Datum		values[] = {
		DirectFunctionCall1(namein, CStringGetDatum(GetUserNameFromId(GetUserId(), false))), Int32GetDatum(behind + 1),
		PointerGetDatum(ak_core_json_to_text(receiver->definition)), ak_signal_event_value(desc, event)
	};

	if (behind >= ak_signal_max_depth())
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("asynchronous handlers stand behind one another too deep: %s of signal %s", receiver->handler,
						receiver->name),
				 errdetail("The limit is %d.", ak_signal_max_depth()),
				 errhint("Let the handler write only what has to change, or raise aksara.signal_max_depth.")));
	ak_core_own_write("INSERT INTO aksara.deferred_call (role, depth, receiver, event) VALUES ($1, $2, $3, $4)",
					  lengthof(types), types, values, NULL);
}

/* ---- running ---- */

typedef struct AkDeferred
{
	AkReceiver *receiver;
	Datum		event;
} AkDeferred;

static void
call_handler(void *arg)
{
	const AkDeferred *deferred = arg;
	AkCall	   *call = ak_signal_prepare(deferred->receiver, NULL);
	bool		isnull;

	(void) ak_signal_call_general(call, deferred->event, &isnull);
}

static void
run(const char *role, int depth, AkDeferred *deferred)
{
	int			before = behind;

	behind = depth;
	PG_TRY();
	{
		ak_core_as_role(get_role_oid(role, false), call_handler, deferred);
	}
	PG_FINALLY();
	{
		behind = before;
	}
	PG_END_TRY();
}

static void
remove_row(HeapTuple row)
{
	static const Oid types[] = {TIDOID};
	Datum		values[] = {PointerGetDatum(&row->t_self)};

	ak_core_own_write("DELETE FROM aksara.deferred_call WHERE ctid = $1", lengthof(types), types, values, NULL);
}

/* The receiver that a row of the queue holds. */
static AkReceiver *
read_receiver(HeapTuple row, TupleDesc desc)
{
	char	   *definition = ak_core_registry_column(row, desc, "receiver");
	AkReceiver *receiver = ak_signal_read_receiver(ak_core_json_parse(definition, strlen(definition), "the registry"));

	if (receiver == NULL || receiver->channel != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("table \"aksara.deferred_call\" holds no call of a handler"),
				 errhint("Rows come into it where receivers are asynchronous.")));
	return receiver;
}

/* AFTER INSERT row trigger of aksara.deferred_call. */
Datum
ak_signal_run_deferred(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	AkDeferred	deferred;
	TupleDesc	desc;
	HeapTuple	row;
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo) || RelationGetRelid(trigger->tg_relation) != ak_core_table("deferred_call") ||
		!TRIGGER_FIRED_BY_INSERT(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function can only be a trigger of table \"aksara.deferred_call\"")));
	row = trigger->tg_trigtuple;
	desc = RelationGetDescr(trigger->tg_relation);
	deferred.receiver = read_receiver(row, desc);
	deferred.event = heap_getattr(row, 4, desc, &isnull);
	remove_row(row);
	run(ak_core_registry_column(row, desc, "role"), DatumGetInt32(heap_getattr(row, 2, desc, &isnull)), &deferred);
	return PointerGetDatum(NULL);
}
