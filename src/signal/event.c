/*
 * event.c
 *		aksara.event: what a general handler is told.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "signal/internal.h"

Oid
ak_signal_event_type(void)
{
	return ak_core_type("event");
}

/* Of the type, looked up once for a list. */
TupleDesc
ak_signal_event_desc(AkReceivers *receivers)
{
	MemoryContext old;
	TupleDesc	desc;

	if (receivers->event != NULL)
		return receivers->event;
	desc = lookup_rowtype_tupdesc(ak_signal_event_type(), -1);
	old = MemoryContextSwitchTo(receivers->kept_for.context);
	receivers->event = CreateTupleDescCopy(desc);
	MemoryContextSwitchTo(old);
	ReleaseTupleDesc(desc);
	return receivers->event;
}

static Datum
text_or_null(const char *text)
{
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

/* `desc` is that of aksara.event. */
Datum
ak_signal_event_value(TupleDesc desc, const AkEvent *event)
{
	Datum		values[] = {
		text_or_null(event->signal), text_or_null(event->sender), event->instance, event->previous,
		BoolGetDatum(event->created == 1), event->update_fields, text_or_null(event->action), event->ids, event->extra
	};
	bool		nulls[lengthof(values)];

	for (int i = 0; i < lengthof(values); i++)
		nulls[i] = values[i] == (Datum) 0;
	nulls[4] = event->created < 0;
	return HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
}
