/*
 * group.c
 *		The order of tasks of a group.
 *
 * Whoever has taken a group for himself asks here whether the task that he has
 * found is the first.  One that failed may be on its way from those due later
 * to those due; in one snapshot it is either here or there, and it does not
 * go on while the group is taken.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "task/process.h"

static void
set_text_key(ScanKeyData *key, int column, const char *value)
{
	ak_core_own_key(key, column, F_TEXTEQ, CStringGetTextDatum(value));
}

/* Is there a row of the index that the question answers with yes?  It is asked in the index's order until `*over`. */
typedef bool (*AkRowTest) (TupleTableSlot *row, const AkTask *task, bool *over);

static bool
any_row(AkTaskPlace place, const char *index_name, ScanKeyData *keys, int nkeys, Snapshot snapshot, AkRowTest test, const AkTask *task)
{
	AkOwnScan	scan;
	TupleTableSlot *row;
	bool		found = false;
	bool		over = false;

	ak_core_own_begin_scan(&scan, ak_task_table(place), index_name, AccessShareLock, snapshot, keys, nkeys);
	while (!found && !over && (row = ak_core_own_next(&scan)) != NULL)
		found = test(row, task, &over);
	ak_core_own_end_scan(&scan);
	return found;
}

/* Has it failed, or crashed the server, and the others wait for it? */
static bool
is_in_the_way(TupleTableSlot *row, const AkTask *task, bool *over)
{
	bool		isnull;
	const AkTaskDefinition *definition;

	if (DatumGetInt16(slot_getattr(row, 9, &isnull)) == 0 && DatumGetInt16(slot_getattr(row, 15, &isnull)) == 0)
		return false;
	definition = ak_task_find_definition(TextDatumGetCString(slot_getattr(row, 7, &isnull)));
	return definition == NULL || definition->blocks_group;
}

static bool
waits_for_retry(const AkTask *task, Snapshot snapshot)
{
	ScanKeyData keys[2];

	set_text_key(&keys[0], 1, task->queue);
	set_text_key(&keys[1], 2, task->group_key);
	return any_row(AK_TASK_LATER, "task_later_group_idx", keys, lengthof(keys), snapshot, is_in_the_way, task);
}

/* The first row is the task's own, or one that comes before it. */
static bool
comes_before(TupleTableSlot *row, const AkTask *task, bool *over)
{
	bool		isnull;

	*over = true;
	return DatumGetInt64(slot_getattr(row, 1, &isnull)) != task->id;
}

static bool
is_not_first(const AkTask *task, Snapshot snapshot)
{
	ScanKeyData keys[3];

	ak_core_own_key(&keys[0], 1, F_OIDEQ, ObjectIdGetDatum(task->role));
	set_text_key(&keys[1], 2, task->queue);
	set_text_key(&keys[2], 3, task->group_key);
	return any_row(AK_TASK_DUE, "task_due_group_idx", keys, lengthof(keys), snapshot, comes_before, task);
}

bool
ak_task_is_behind(const AkTask *task)
{
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	bool		behind = waits_for_retry(task, snapshot) || is_not_first(task, snapshot);

	UnregisterSnapshot(snapshot);
	return behind;
}
