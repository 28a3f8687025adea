/*
 * disable.c
 *		disable_signals and enable_signals: for the rest of a transaction.
 *
 * Whoever owns a model's table may write to it without its handlers.  What
 * was said inside a savepoint goes with it.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/memutils.h"

#include "signal/internal.h"

PG_FUNCTION_INFO_V1(ak_signal_disable_signals);
PG_FUNCTION_INFO_V1(ak_signal_enable_signals);
PG_FUNCTION_INFO_V1(ak_signal_signals_enabled);

typedef struct AkSwitch
{
	Oid			relid;
	bool		off;
	int			level;			/* of the transaction in which it was said */
} AkSwitch;

/* The last word on a table counts, one for each level that has said any; in TopTransactionContext. */
static List *switches = NIL;

static AkSwitch *
find_switch(Oid relid, int level)
{
	ListCell   *cell;

	foreach(cell, switches)
	{
		AkSwitch   *one = lfirst(cell);

		if (one->relid == relid && one->level == level)
			return one;
	}
	return NULL;
}

bool
ak_signal_is_off(Oid relid)
{
	bool		off = false;
	ListCell   *cell;

	foreach(cell, switches)
		if (((AkSwitch *) lfirst(cell))->relid == relid)
			off = ((AkSwitch *) lfirst(cell))->off;
	return off || ak_core_is_restoring(relid);
}

/* ---- the transaction's end ---- */

static void
forget_all(XactEvent event, void *arg)
{
	if (event != XACT_EVENT_PRE_COMMIT && event != XACT_EVENT_PRE_PREPARE)
		switches = NIL;
}

static void
follow_subtransaction(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();
	ListCell   *cell;

	if (event != SUBXACT_EVENT_ABORT_SUB && event != SUBXACT_EVENT_COMMIT_SUB)
		return;
	foreach(cell, switches)
	{
		AkSwitch   *one = lfirst(cell);
		AkSwitch   *outer = find_switch(one->relid, level - 1);

		if (one->level < level)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB && outer == NULL)
		{
			one->level = level - 1;
			continue;
		}
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			outer->off = one->off;
		switches = foreach_delete_current(switches, cell);
		pfree(one);
	}
}

void
ak_signal_disable_init(void)
{
	RegisterXactCallback(forget_all, NULL);
	RegisterSubXactCallback(follow_subtransaction, NULL);
}

/* ---- SQL ---- */

static void
turn(Oid relid, bool off)
{
	AkSwitch   *one = find_switch(relid, GetCurrentTransactionNestLevel());
	MemoryContext old;

	if (one != NULL)
	{
		one->off = off;
		return;
	}
	old = MemoryContextSwitchTo(TopTransactionContext);
	one = palloc(sizeof(AkSwitch));
	*one = (AkSwitch) {relid, off, GetCurrentTransactionNestLevel()};
	switches = lappend(switches, one);
	MemoryContextSwitchTo(old);
}

static void
turn_all(FunctionCallInfo fcinfo, bool off)
{
	List	   *models = NIL;
	ListCell   *cell;

	if (PG_ARGISNULL(0))
		ak_core_null_argument("models");
	foreach(cell, ak_core_arg_values(fcinfo, 0))
	{
		const AkArgument *argument = lfirst(cell);
		AkModel    *model;

		if (argument->isnull)
			ak_core_null_argument("models");
		model = ak_model_resolve(ak_model_registry(), argument->text);
		ak_model_require_owner(model);
		models = lappend_oid(models, model->relid);
	}
	foreach(cell, models)
		if (ak_signal_is_off(lfirst_oid(cell)) != off)
			turn(lfirst_oid(cell), off);
}

/* disable_signals(VARIADIC models) */
Datum
ak_signal_disable_signals(PG_FUNCTION_ARGS)
{
	turn_all(fcinfo, true);
	PG_RETURN_VOID();
}

/* enable_signals(VARIADIC models) */
Datum
ak_signal_enable_signals(PG_FUNCTION_ARGS)
{
	turn_all(fcinfo, false);
	PG_RETURN_VOID();
}

/* signals_enabled(table): the condition of triggers that PostgreSQL calls itself. */
Datum
ak_signal_signals_enabled(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		ak_core_null_argument("model_table");
	PG_RETURN_BOOL(!ak_signal_is_off(PG_GETARG_OID(0)));
}
