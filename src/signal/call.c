/*
 * call.c
 *		Receivers made ready for a role, and called.
 *
 * A model's receivers are worked out once for a picture of the registry and a
 * role that writes, and anew when any function has changed; handlers are
 * looked up when the first event of their signal comes.  The role needs the
 * right to execute them, as for a function in a CHECK.  A handler whose call
 * leads to another event of the same model is met there by a copy: functions
 * keep their state with what calls them.
 */
#include "postgres.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/guc.h"
#include "utils/syscache.h"

#include "signal/internal.h"

static int	max_depth = 32;
static int	depth = 0;

void
ak_signal_settings_init(void)
{
	DefineCustomIntVariable("aksara.signal_max_depth",
							"How deep handlers of signals may stand in one another.",
							"A handler that writes rows sends further signals; beyond this the statement fails.",
							&max_depth, 32, 1, AK_MOST_DEPTH, PGC_USERSET, 0, NULL, NULL, NULL);
}

int
ak_signal_max_depth(void)
{
	return max_depth;
}

static void
enter(const char *signal, const char *sender)
{
	check_stack_depth();
	if (depth >= max_depth)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 sender ? errmsg("handlers of signals stand in one another too deep: %s of %s", signal, sender)
				 : errmsg("handlers of signals stand in one another too deep: %s", signal),
				 errdetail("The limit is %d.", max_depth),
				 errhint("Let the handler write only what has to change, or raise aksara.signal_max_depth.")));
	depth++;
}

/* ---- making ready ---- */

static void
check_right(const AkReceiver *receiver, Oid function)
{
	if (!ak_function_callable(function))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for handler %s of signal %s", receiver->handler, receiver->name),
				 errhint("Who writes needs the right to execute it: GRANT EXECUTE ON FUNCTION %s TO %s.", receiver->handler,
						 ak_core_quote(GetUserNameFromId(GetUserId(), false)))));
	InvokeFunctionExecuteHook(function);
}

AkCall *
ak_signal_prepare(const AkReceiver *receiver, const AkModel *model)
{
	AkCall	   *call = palloc0(sizeof(AkCall));
	AkWanted	wanted = {model, receiver->name, receiver->signal, receiver->statement, receiver->async};
	int			nargs;

	call->receiver = receiver;
	if (receiver->channel != NULL)
		return call;
	call->changes = ak_model_function_changes();
	ak_signal_find_handler(receiver->handler, &wanted, &call->handler);
	check_right(receiver, call->handler.function);
	fmgr_info_cxt(call->handler.function, &call->function, CurrentMemoryContext);
	nargs = call->handler.form == AK_TYPED ? call->handler.count : 1;
	call->fcinfo = palloc0(SizeForFunctionCallInfo(nargs));
	InitFunctionCallInfoData(*call->fcinfo, &call->function, nargs, InvalidOid, NULL, NULL);
	return call;
}

/* Named fields as descriptors; one that is gone is left out. */
static List *
named_fields(const AkModel *model, const AkJson *names)
{
	List	   *fields = NIL;

	for (int i = 0; names && i < names->size; i++)
	{
		AkField    *field = ak_model_field(model, names->items[i]->text);

		if (field != NULL)
			fields = lappend(fields, field);
	}
	return fields;
}

/* Makes ready what counts for one signal. */
static void
prepare_signal(AkReceivers *receivers, AkSignal signal, AkSignalLevel level)
{
	List	   *calls = NIL;
	ListCell   *cell;

	foreach(cell, ak_signal_receivers(receivers->model))
	{
		const AkReceiver *receiver = lfirst(cell);
		AkCall	   *call;

		if (receiver->signal != signal || receiver->native || receiver->statement != (level == AK_OF_STATEMENT))
			continue;
		call = ak_signal_prepare(receiver, receivers->model);
		if (receiver->condition != NULL)
			call->condition = ak_model_make_ready(ak_model_row_condition(receivers->model, receiver->condition),
												  CurrentMemoryContext);
		call->fields = named_fields(receivers->model, receiver->fields);
		call->data = named_fields(receivers->model, receiver->data);
		calls = lappend(calls, call);
	}
	receivers->calls[level][signal] = calls;
	receivers->ready[level][signal] = true;
}

static AkForRole *
make_receivers(AkModel *model)
{
	AkReceivers *receivers = palloc0(sizeof(AkReceivers));

	receivers->model = model;
	receivers->slot = ak_model_row_slot(model, &TTSOpsHeapTuple);
	receivers->econtext = CreateStandaloneExprContext();
	return &receivers->kept_for;
}

AkReceivers *
ak_signal_for_role(AkModel *model)
{
	return (AkReceivers *) ak_model_for_role(model, &model->receivers, make_receivers);
}

List *
ak_signal_calls(AkReceivers *receivers, AkSignal signal, AkSignalLevel level)
{
	MemoryContext context;
	MemoryContext old;

	if (receivers->ready[level][signal])
		return receivers->calls[level][signal];
	/* The caller's until it is whole: an error leaves nothing in the list. */
	context = AllocSetContextCreate(CurrentMemoryContext, "aksara receivers of a signal", ALLOCSET_SMALL_SIZES);
	old = MemoryContextSwitchTo(context);
	prepare_signal(receivers, signal, level);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, receivers->kept_for.context);
	return receivers->calls[level][signal];
}

/* ---- calling ---- */

static void
say_which(void *arg)
{
	const AkReceiver *receiver = ((const AkCall *) arg)->receiver;

	errcontext("handler %s of signal %s", receiver->handler, receiver->name);
}

/* A handler before this one in the row's turn may have waited, or dropped it itself. */
static void
check_still_there(AkCall *call)
{
	uint64		changes = ak_model_function_changes();

	if (call->changes == changes)
		return;
	if (!SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(call->handler.function)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("handler %s of signal %s was dropped meanwhile", call->receiver->handler, call->receiver->name)));
	check_right(call->receiver, call->handler.function);
	call->changes = changes;
}

static bool
has_null_argument(FunctionCallInfo fcinfo)
{
	for (int i = 0; i < fcinfo->nargs; i++)
		if (fcinfo->args[i].isnull)
			return true;
	return false;
}

Datum
ak_signal_invoke(AkCall *call, bool *isnull)
{
	ErrorContextCallback context = {.previous = error_context_stack, .callback = say_which, .arg = call};
	FunctionCallInfo fcinfo = call->fcinfo;
	PgStat_FunctionCallUsage usage;
	Datum		result;

	*isnull = true;
	if (call->function.fn_strict && has_null_argument(fcinfo))
		return (Datum) 0;
	check_still_there(call);
	error_context_stack = &context;
	fcinfo->isnull = false;
	pgstat_init_function_usage(fcinfo, &usage);
	result = FunctionCallInvoke(fcinfo);
	pgstat_end_function_usage(&usage, true);
	error_context_stack = context.previous;
	*isnull = fcinfo->isnull;
	return result;
}

Datum
ak_signal_call_general(AkCall *call, Datum event, bool *isnull)
{
	call->fcinfo->args[0].value = event;
	call->fcinfo->args[0].isnull = false;
	return ak_signal_invoke(call, isnull);
}

/* Whatever happens, the list is free again and the depth as it was. */
void
ak_signal_within(AkReceivers *receivers, const char *signal, const char *sender, void (*run) (void *), void *arg)
{
	enter(signal, sender);
	PG_TRY();
	{
		if (receivers != NULL)
			ak_model_use(&receivers->kept_for, run, arg);
		else
			run(arg);
	}
	PG_FINALLY();
	{
		if (receivers != NULL)
			ExecClearTuple(receivers->slot);
		depth--;
	}
	PG_END_TRY();
}
