/*
 * due.c
 *		Who has due tasks, in which queues, and when the next one will be due.
 *
 * The indexes of tasks that wait are skipped along, one descent for each role
 * and queue, without a statement: those who look do so all the time, and mostly
 * find nothing.  Tasks that run, or that somebody is changing, do not count.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/multixact.h"
#include "access/transam.h"
#include "miscadmin.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "task/process.h"

/* Has a transaction under way locked the row, or taken it out?  It is not read from storage again, so this is a hint. */
static bool
is_taken(TupleTableSlot *row)
{
	HeapTuple	tuple = ExecFetchSlotHeapTuple(row, false, NULL);
	TransactionId xmax = HeapTupleHeaderGetRawXmax(tuple->t_data);

	if ((tuple->t_data->t_infomask & HEAP_XMAX_INVALID) || !TransactionIdIsValid(xmax))
		return false;
	if (tuple->t_data->t_infomask & HEAP_XMAX_IS_MULTI)
		return MultiXactIdIsRunning(xmax, false);
	return TransactionIdIsInProgress(xmax);
}

/* The next row that is nobody's. */
static TupleTableSlot *
next_free(AkOwnScan *scan)
{
	TupleTableSlot *row;

	while ((row = ak_core_own_next(scan)) != NULL && is_taken(row))
		CHECK_FOR_INTERRUPTS();
	return row;
}

/* Finds the role and queue behind one (NULL: the first); NULL: there are no more. */
static AkDue *
due_behind(const AkDue *before)
{
	AkOwnScan	scan;
	ScanKeyData key;
	ScanKeyData members[2];
	TupleTableSlot *row;
	AkDue	   *due = NULL;
	bool		isnull;

	if (before != NULL)
		ak_core_own_key_behind(&key, members, 1, F_BTOIDCMP, ObjectIdGetDatum(before->role),
							   F_BTTEXTCMP, CStringGetTextDatum(before->queue));
	ak_core_own_begin_scan(&scan, ak_task_table(AK_TASK_DUE), "task_due_rank_idx", AccessShareLock, SnapshotSelf, &key,
						   before ? 1 : 0);
	row = next_free(&scan);
	if (row != NULL)
	{
		due = palloc(sizeof(AkDue));
		due->role = DatumGetObjectId(slot_getattr(row, 2, &isnull));
		due->queue = TextDatumGetCString(slot_getattr(row, 3, &isnull));
	}
	ak_core_own_end_scan(&scan);
	return due;
}

List *
ak_task_due_queues(void)
{
	List	   *all = NIL;

	for (AkDue *due = due_behind(NULL); due != NULL; due = due_behind(due))
		all = lappend(all, due);
	return all;
}

List *
ak_task_due_of(Oid role, int most)
{
	AkOwnScan	scan;
	ScanKeyData key;
	TupleTableSlot *row;
	List	   *ids = NIL;

	ak_core_own_key(&key, 1, F_OIDEQ, ObjectIdGetDatum(role));
	ak_core_own_begin_scan(&scan, ak_task_table(AK_TASK_DUE), "task_due_rank_idx", AccessShareLock, SnapshotSelf, &key, 1);
	while (list_length(ids) < most && (row = ak_core_own_next(&scan)) != NULL)
	{
		bool		isnull;
		int64	   *id = palloc(sizeof(int64));

		*id = DatumGetInt64(slot_getattr(row, 1, &isnull));
		ids = lappend(ids, id);
	}
	ak_core_own_end_scan(&scan);
	return ids;
}

TimestampTz
ak_task_next_time(void)
{
	AkOwnScan	scan;
	TupleTableSlot *row;
	TimestampTz next = DT_NOEND;
	bool		isnull;

	ak_core_own_begin_scan(&scan, ak_task_table(AK_TASK_LATER), "task_later_run_at_idx", AccessShareLock, SnapshotSelf, NULL, 0);
	row = next_free(&scan);
	if (row != NULL)
		next = DatumGetTimestampTz(slot_getattr(row, 6, &isnull));
	ak_core_own_end_scan(&scan);
	return next;
}
