/*
 * moved.c
 *		Rows that an UPDATE moves to another partition.
 *
 * PostgreSQL inserts such a row there, right after the BEFORE UPDATE triggers
 * of the partition that it leaves; to the trigger it looks like a new one.
 * The last updated row is remembered, so that the same row coming in is known.
 * Generated columns are not compared: they are computed in between.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "validation/internal.h"

/* Of the transaction, in whose context the row lives. */
static TransactionId updating = InvalidTransactionId;
static Oid	updated_table = InvalidOid;
static HeapTuple updated = NULL;

/* The row in the slot as a tuple of the model's table. */
static HeapTuple
row_in_slot(const AkRules *rules, MemoryContext context)
{
	TupleDesc	desc = rules->slot->tts_tupleDescriptor;
	bool	   *nulls = palloc(desc->natts * sizeof(bool));
	MemoryContext old;
	HeapTuple	tuple;

	for (int i = 0; i < desc->natts; i++)
		nulls[i] = rules->slot->tts_isnull[i] || TupleDescAttr(desc, i)->attgenerated != '\0';
	old = MemoryContextSwitchTo(context);
	tuple = heap_form_tuple(desc, rules->slot->tts_values, nulls);
	MemoryContextSwitchTo(old);
	return tuple;
}

/* Is anything but the header's place and transaction the same? */
static bool
same_row(HeapTuple a, HeapTuple b)
{
	const Size	from = offsetof(HeapTupleHeaderData, t_infomask2);

	return a->t_len == b->t_len && memcmp((char *) a->t_data + from, (char *) b->t_data + from, a->t_len - from) == 0;
}

void
ak_validation_note_update(const AkRules *rules, const AkTriggerRow *row)
{
	if (updated != NULL && updating == GetTopTransactionIdIfAny() && TransactionIdIsValid(updating))
		heap_freetuple(updated);
	updated = NULL;
	updating = GetTopTransactionId();
	updated_table = row->model->relid;
	updated = row_in_slot(rules, TopTransactionContext);
}

bool
ak_validation_is_moved(const AkRules *rules, const AkTriggerRow *row)
{
	return updated != NULL && TransactionIdIsValid(updating) && updating == GetTopTransactionIdIfAny() &&
		updated_table == row->model->relid && same_row(updated, row_in_slot(rules, CurrentMemoryContext));
}
