/*
 * statement.c
 *		Signals of whole statements: post_bulk, and post_save and post_delete at
 *		level "statement".
 *
 * A general handler is told the keys of the rows, in lists.  The rows stand
 * in the statement's transition table, which is read here as it is; a handler
 * that wants the rows themselves is a trigger function, which PostgreSQL
 * calls with tables new_rows and old_rows.  A statement that wrote no row
 * sends nothing.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "signal/internal.h"

PG_FUNCTION_INFO_V1(ak_signal_statement);

/* What is told of a statement. */
typedef struct AkWritten
{
	AkModel    *model;
	const char *action;
	bool		deleted;
	int			created;		/* as AkEvent.created */
} AkWritten;

/* Sends one list of keys to those who want to know. */
static void
tell(AkIds *ids, void *arg)
{
	const AkWritten *written = arg;
	AkEvent		save = {.created = written->created, .action = written->action, .ids = ak_signal_jsonb(ids->list)};
	AkEvent		bulk = save;

	bulk.created = -1;
	ak_signal_send(written->model, written->deleted ? AK_POST_DELETE : AK_POST_SAVE, AK_OF_STATEMENT, &save);
	ak_signal_send(written->model, AK_POST_BULK, AK_OF_STATEMENT, &bulk);
}

/* Reads the transition table, whatever else reads it; a list that was told of is forgotten. */
static void
read_rows(Relation rel, Tuplestorestate *rows, AkIds *ids)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsMinimalTuple);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "aksara rows of a statement", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	int			pointer = tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND);

	tuplestore_select_read_pointer(rows, pointer);
	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		ak_signal_add_id(ids, ak_signal_key(ids->model, slot));
		ExecClearTuple(slot);
		if (ids->list == NULL)
			MemoryContextReset(context);
		tuplestore_select_read_pointer(rows, pointer);
	}
	ak_signal_end_ids(ids);
	MemoryContextSwitchTo(old);
	ExecDropSingleTupleTableSlot(slot);
	MemoryContextDelete(context);
}

static TriggerData *
check_protocol(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event) || (trigger->tg_newtable == NULL && trigger->tg_oldtable == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"aksara.signal_statement\" must be fired AFTER, FOR EACH STATEMENT, with a transition table")));
	return trigger;
}

/* AFTER statement trigger with a transition table. */
Datum
ak_signal_statement(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = check_protocol(fcinfo);
	AkWritten	written = {
		.model = ak_model_by_table(ak_model_registry(), RelationGetRelid(trigger->tg_relation)),
		.deleted = TRIGGER_FIRED_BY_DELETE(trigger->tg_event)
	};
	AkIds		ids = {.model = written.model, .full = tell, .arg = &written};

	if (written.model == NULL ||
		(!ak_signal_is_received(written.model, written.deleted ? AK_POST_DELETE : AK_POST_SAVE, AK_OF_STATEMENT) &&
		 !ak_signal_is_received(written.model, AK_POST_BULK, AK_OF_STATEMENT)))
		return PointerGetDatum(NULL);
	written.action = TRIGGER_FIRED_BY_INSERT(trigger->tg_event) ? "insert" : written.deleted ? "delete" : "update";
	written.created = written.deleted ? -1 : TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	read_rows(trigger->tg_relation, trigger->tg_newtable ? trigger->tg_newtable : trigger->tg_oldtable, &ids);
	return PointerGetDatum(NULL);
}
