/*
 * rows.c
 *		Rows of live tasks, as the tables task_due, task_later and task_blocked
 *		have them.
 *
 * A row never changes: it is put in, locked by who claims it, and taken out.
 * They are read as they are now, not as a snapshot shows them.
 */
#include "postgres.h"

#include "access/tableam.h"
#include "access/xact.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/snapmgr.h"

#include "task/process.h"

const char *
ak_task_table(AkTaskPlace place)
{
	static const char *const names[] = {"task_due", "task_later", "task_blocked"};

	return names[place];
}

static char *
text_or_null(TupleTableSlot *slot, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

AkTask *
ak_task_read(TupleTableSlot *slot, AkTaskPlace place)
{
	AkTask	   *task = palloc0(sizeof(AkTask));
	bool		isnull;
	Datum		value;

	slot_getallattrs(slot);
	task->id = DatumGetInt64(slot->tts_values[0]);
	task->role = DatumGetObjectId(slot->tts_values[1]);
	task->queue = TextDatumGetCString(slot->tts_values[2]);
	task->rank = DatumGetFloat8(slot->tts_values[3]);
	task->priority = DatumGetInt16(slot->tts_values[4]);
	task->run_at = DatumGetTimestampTz(slot->tts_values[5]);
	task->task = TextDatumGetCString(slot->tts_values[6]);
	task->args = PointerGetDatum(PG_DETOAST_DATUM_COPY(slot->tts_values[7]));
	task->attempts = DatumGetInt16(slot->tts_values[8]);
	task->max_attempts = DatumGetInt16(slot->tts_values[9]);
	value = slot_getattr(slot, 11, &isnull);
	if (!isnull)
		task->timeout = DatumGetIntervalP(datumCopy(value, false, sizeof(Interval)));
	task->enqueued_at = DatumGetTimestampTz(slot->tts_values[11]);
	task->group_key = text_or_null(slot, 13);
	task->key = text_or_null(slot, 14);
	task->crashes = DatumGetInt16(slot->tts_values[14]);
	task->place = place;
	task->row = slot->tts_tid;
	return task;
}

bool
ak_task_lock_row(Relation rel, TupleTableSlot *found, TupleTableSlot *locked)
{
	ItemPointerData row = found->tts_tid;
	TM_FailureData failure;

	if (table_tuple_lock(rel, &row, SnapshotSelf, locked, GetCurrentCommandId(false), LockTupleNoKeyExclusive, LockWaitSkip, 0,
						 &failure) != TM_Ok)
		return false;
	ak_task_note_lock();
	return true;
}
