/*
 * bulk.c
 *		pre_bulk: before a call of aksara writes many rows.  And who wants to know
 *		of deletes: then rows below are deleted before those above.
 */
#include "postgres.h"

#include "signal/internal.h"

static bool
is_wanted(AkModel *model)
{
	return ak_signal_is_received(model, AK_PRE_BULK, AK_OF_ROW);
}

static Datum
extra_of(int64 count)
{
	AkJson	   *extra = ak_core_json_object();

	ak_core_json_put(extra, "count", ak_core_json_integer(count));
	return ak_signal_jsonb(extra);
}

/* In lists that are not too long; where no key is known yet, one event without. */
static void
before(AkModel *model, const char *action, const AkJson *ids, int64 count)
{
	AkEvent		event = {.created = -1, .action = action, .extra = extra_of(count)};

	if (ids->size == 0)
		ak_signal_send(model, AK_PRE_BULK, AK_OF_ROW, &event);
	for (int from = 0; from < ids->size; from += AK_MOST_IDS)
	{
		AkJson		part = *ids;

		part.items = ids->items + from;
		part.size = Min(ids->size - from, AK_MOST_IDS);
		event.ids = ak_signal_jsonb(&part);
		ak_signal_send(model, AK_PRE_BULK, AK_OF_ROW, &event);
	}
}

const AkBulkWatch ak_signal_bulk_watch = {is_wanted, before};

bool
ak_signal_watches_deletes(AkModel *model)
{
	ListCell   *cell;

	if (ak_signal_is_off(model->relid))
		return false;
	foreach(cell, ak_signal_receivers(model))
	{
		const AkReceiver *receiver = lfirst(cell);

		if (receiver->signal == AK_PRE_DELETE || receiver->signal == AK_POST_DELETE)
			return true;
	}
	return false;
}
