/*
 * async.c
 *		Handlers that run after the transaction has committed.
 *
 * A call that is put off is a task of the transaction that writes, enqueued as
 * the role that writes: it goes where that transaction or its savepoint goes,
 * is repeated where it fails, and takes nothing back.  Its body may be called
 * by anybody with anything; it calls what its caller could call himself.  A
 * handler may put off further calls; how many stand behind one another is
 * bounded as nesting is.
 */
#include "postgres.h"

#include "utils/typcache.h"

#include "signal/internal.h"
#include "task/task.h"

PG_FUNCTION_INFO_V1(ak_signal_run_signal);

/* The task, which aksara.task_definition holds from the start. */
#define TASK "aksara.signal"

static int	behind = 0;			/* how many put-off calls led to the one that runs */

void
ak_signal_defer(const AkReceiver *receiver, const AkEvent *event)
{
	if (behind >= ak_signal_max_depth())
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("asynchronous handlers stand behind one another too deep: %s of signal %s", receiver->handler,
						receiver->name),
				 errdetail("The limit is %d.", ak_signal_max_depth()),
				 errhint("Let the handler write only what has to change, or raise aksara.signal_max_depth.")));
	(void) ak_task_enqueue_call(TASK, ak_signal_write_args(receiver->handler, behind + 1, event));
}

/* ---- running ---- */

/* Who is to be called: of the receiver no more is known than the signal and the handler. */
static AkReceiver *
receiver_of(const char *signal, const char *handler)
{
	AkJson	   *definition = ak_core_json_object();
	AkReceiver *receiver;

	ak_core_json_put(definition, "signal", ak_core_json_string(signal));
	ak_core_json_put(definition, "handler", ak_core_json_string(handler));
	ak_core_json_put(definition, "async", ak_core_json_bool(true));
	receiver = ak_signal_read_receiver(definition);
	if (receiver == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid name of a handler: \"%s\"", handler)));
	return receiver;
}

/* Calls the handler; what it answers, as jsonb, or 0. */
static Datum
call_handler(const char *handler, const AkEvent *event)
{
	AkCall	   *call = ak_signal_prepare(receiver_of(event->signal, handler), NULL);
	TupleDesc	desc = lookup_rowtype_tupdesc_copy(ak_signal_event_type(), -1);
	bool		isnull;
	Datum		answer = ak_signal_call_general(call, ak_signal_event_value(desc, event), &isnull);

	return ak_signal_answer(call->handler.result, answer, isnull);
}

/* run_signal(args) → what the handler answers: the body of task aksara.signal. */
Datum
ak_signal_run_signal(PG_FUNCTION_ARGS)
{
	int			before = behind;
	int			depth;
	AkEvent		event;
	char	   *handler;
	Datum		answer;

	if (PG_ARGISNULL(0))
		ak_core_null_argument("args");
	handler = ak_signal_read_args(PG_GETARG_DATUM(0), &depth, &event);
	behind = depth;
	PG_TRY();
	{
		answer = call_handler(handler, &event);
	}
	PG_FINALLY();
	{
		behind = before;
	}
	PG_END_TRY();
	if (answer == (Datum) 0)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(answer);
}
