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

static AkJson *
value_of(const AkField *field, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, field->attnum, &isnull);

	return ak_model_value_to_json(field->typid, value, isnull);
}

AkJson *
ak_signal_key(const AkModel *model, TupleTableSlot *slot)
{
	AkJson	   *key;

	if (model->nkeys == 0)
		return ak_core_json_null();
	if (model->nkeys == 1)
		return value_of(model->keys[0], slot);
	key = ak_core_json_object();
	for (int i = 0; i < model->nkeys; i++)
		ak_core_json_put(key, model->keys[i]->json_name, value_of(model->keys[i], slot));
	return key;
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
