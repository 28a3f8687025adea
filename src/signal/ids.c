/*
 * ids.c
 *		Keys of rows, as events list them: in lists of at most AK_MOST_IDS.
 */
#include "postgres.h"

#include "utils/fmgrprotos.h"

#include "signal/internal.h"

Datum
ak_signal_jsonb(const AkJson *value)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(ak_core_json_to_cstring(value)));
}

AkJson *
ak_signal_key(const AkModel *model, TupleTableSlot *slot)
{
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	for (int i = 0; i < model->nkeys; i++)
		values[i] = slot_getattr(slot, model->keys[i]->attnum, &nulls[i]);
	return ak_model_key_document(model, values, nulls);
}

void
ak_signal_end_ids(AkIds *ids)
{
	if (ids->list != NULL && ids->list->size > 0)
		ids->full(ids, ids->arg);
	ids->list = NULL;
}

void
ak_signal_add_id(AkIds *ids, AkJson *id)
{
	if (ids->list == NULL)
		ids->list = ak_core_json_array();
	ak_core_json_push(ids->list, id);
	ids->count++;
	if (ids->list->size >= AK_MOST_IDS)
		ak_signal_end_ids(ids);
}
