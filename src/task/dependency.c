/*
 * dependency.c
 *		Tasks that wait for others.
 *
 * A task that waits stands in task_blocked, and has a row in task_dependency
 * for each task it waits for.  Who writes how a task ended remembers who waited
 * for it, and releases them when that has been committed: of several who end
 * at once the last to commit sees all.  What is enqueued while its parent ends
 * is found by a look at all that wait, which is taken whenever somebody has
 * enqueued such a task, and now and then.
 */
#include "postgres.h"

#include <limits.h>

#include "access/table.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "task/process.h"

/* A look at all that wait takes at most so much of the time: one part of it. */
#define LOOK_SHARE 10

/* May some tasks have to wait for others?  False where none has in a long time. */
static bool
may_have_dependencies(void)
{
	Relation	rel = ak_core_own_open("task_dependency", AccessShareLock);
	bool		may = RelationGetNumberOfBlocks(rel) > 0;

	table_close(rel, NoLock);
	return may;
}

static bool
has_blocked(void)
{
	AkOwnScan	scan;
	bool		has;

	ak_core_own_begin_scan(&scan, ak_task_table(AK_TASK_BLOCKED), NULL, AccessShareLock, SnapshotSelf, NULL, 0);
	has = ak_core_own_next(&scan) != NULL;
	ak_core_own_end_scan(&scan);
	return has;
}

/* ---- enqueuing ---- */

typedef struct AkParents
{
	const AkTask *child;
	const char *on_failure;
	Oid			caller;
	List	   *waits_for;		/* of int64 * */
} AkParents;

/* One parent: its number, whose it is (NULL: there is none), whether it is live, and how it ended. */
static bool
take_parent(TupleTableSlot *row, void *arg)
{
	AkParents  *parents = arg;
	bool		isnull;
	int64	   *id = palloc(sizeof(int64));
	Oid			role;
	bool		live;

	*id = DatumGetInt64(slot_getattr(row, 1, &isnull));
	role = DatumGetObjectId(slot_getattr(row, 2, &isnull));
	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("there is no task " INT64_FORMAT " to wait for", *id)));
	if (!superuser_arg(parents->caller) && !has_privs_of_role(parents->caller, role))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for task " INT64_FORMAT, *id)));
	live = DatumGetBool(slot_getattr(row, 3, &isnull));
	if (live || (!DatumGetBool(slot_getattr(row, 4, &isnull)) && strcmp(parents->on_failure, "run") != 0))
		parents->waits_for = lappend(parents->waits_for, id);
	return true;
}

static void
write_dependency(const AkParents *parents, int64 parent)
{
	Datum		values[] = {
		Int64GetDatum(parents->child->id), Int64GetDatum(parent), CStringGetTextDatum(parents->on_failure)
	};
	bool		nulls[lengthof(values)] = {false};

	ak_core_own_insert("task_dependency", values, nulls);
}

bool
ak_task_note_parents(const AkTask *task, Datum parents, const char *on_failure)
{
	static const Oid types[] = {INT8ARRAYOID};
	AkParents	found = {task, on_failure, GetUserId(), NIL};
	ListCell   *cell;

	if (array_contains_nulls(DatumGetArrayTypeP(parents)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"depends_on\" must not contain NULL")));
	ak_core_own_run("SELECT p.id, coalesce(l.role, h.role), l.role IS NOT NULL, h.state = 'completed'"
					" FROM (SELECT DISTINCT u.id FROM unnest($1) u (id)) p"
					" LEFT JOIN LATERAL (SELECT role FROM aksara.task_due d WHERE d.id = p.id"
					" UNION ALL SELECT role FROM aksara.task_later d WHERE d.id = p.id"
					" UNION ALL SELECT role FROM aksara.task_blocked d WHERE d.id = p.id LIMIT 1) l ON true"
					" LEFT JOIN LATERAL (SELECT role, state FROM aksara.task_history d WHERE d.id = p.id"
					" ORDER BY finished_at DESC LIMIT 1) h ON true ORDER BY p.id",
					lengthof(types), types, &parents, NULL, take_parent, &found);
	foreach(cell, found.waits_for)
		write_dependency(&found, *(int64 *) lfirst(cell));
	return found.waits_for != NIL;
}

/* ---- ending ---- */

/* Who waited for tasks that this process has run, until they are released: of int64 *. */
static List *children = NIL;
static MemoryContext children_context = NULL;

static bool
take_child(TupleTableSlot *row, void *arg)
{
	MemoryContext old = MemoryContextSwitchTo(children_context);
	bool		isnull;
	int64	   *id = palloc(sizeof(int64));

	*id = DatumGetInt64(slot_getattr(row, 1, &isnull));
	children = lappend(children, id);
	MemoryContextSwitchTo(old);
	return true;
}

static Datum
id_array(List *ended)
{
	Datum	   *ids = palloc(list_length(ended) * sizeof(Datum));
	int			count = 0;
	ListCell   *cell;

	foreach(cell, ended)
		ids[count++] = Int64GetDatum(((const AkEnded *) lfirst(cell))->task->id);
	return PointerGetDatum(construct_array(ids, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

void
ak_task_note_ended(List *ended)
{
	static const Oid types[] = {INT8ARRAYOID};
	Datum		values[1];

	if (ended == NIL || !may_have_dependencies())
		return;
	if (children_context == NULL)
		children_context = AllocSetContextCreate(TopMemoryContext, "aksara tasks to be released", ALLOCSET_SMALL_SIZES);
	values[0] = id_array(ended);
	ak_core_own_write("DELETE FROM aksara.task_dependency WHERE child = ANY ($1)", lengthof(types), types, values, NULL);
	if (!ak_task_is_at_work())
		ak_task_look_at_commit();
	else
		ak_core_own_run("SELECT DISTINCT child FROM aksara.task_dependency WHERE parent = ANY ($1)",
						lengthof(types), types, values, NULL, take_child, NULL);
}

/* ---- releasing ---- */

typedef struct AkParentsLeft
{
	bool		live;			/* some are still to come */
	bool		held;			/* some failed, and it waits for them to be retried */
	int64		failed;			/* one that failed and takes it along; 0: none */
} AkParentsLeft;

static bool
take_left(TupleTableSlot *row, void *arg)
{
	AkParentsLeft *left = arg;
	bool		isnull;
	Datum		failed;

	left->live = DatumGetBool(slot_getattr(row, 1, &isnull)) && !isnull;
	left->held = DatumGetBool(slot_getattr(row, 2, &isnull)) && !isnull;
	failed = slot_getattr(row, 3, &isnull);
	left->failed = isnull ? 0 : DatumGetInt64(failed);
	return false;
}

/* What is left to wait for; a parent that the history has forgotten has completed. */
static AkParentsLeft
parents_left(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	AkParentsLeft left = {0};

	ak_core_own_run("SELECT bool_or(live), bool_or(failed AND on_failure = 'hold'),"
					" min(parent) FILTER (WHERE failed AND on_failure = 'cancel')"
					" FROM (SELECT p.parent, p.on_failure, p.live, NOT p.live AND coalesce((SELECT state <> 'completed'"
					" FROM aksara.task_history h WHERE h.id = p.parent ORDER BY finished_at DESC LIMIT 1), false) failed"
					" FROM (SELECT d.parent, d.on_failure, EXISTS (SELECT FROM aksara.task_due l WHERE l.id = d.parent)"
					" OR EXISTS (SELECT FROM aksara.task_later l WHERE l.id = d.parent)"
					" OR EXISTS (SELECT FROM aksara.task_blocked l WHERE l.id = d.parent) live"
					" FROM aksara.task_dependency d WHERE d.child = $1) p) q",
					lengthof(types), types, values, NULL, take_left, &left);
	return left;
}

static void
cancel_with(AkTask *task, int64 parent)
{
	AkEnded		ended = {.task = task};

	ended.outcome.state = "cancelled";
	ended.outcome.finished_at = GetCurrentTimestamp();
	ended.outcome.error = ak_task_error(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE,
										psprintf("task " INT64_FORMAT ", which it waited for, has not completed", parent),
										NULL, NULL, NULL);
	ak_task_settle(list_make1(&ended));
}

static void
set_free(AkTask *task)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(task->id)};

	ak_core_own_write("DELETE FROM aksara.task_dependency WHERE child = $1", lengthof(types), types, values, NULL);
	ak_task_delete(task);
	ak_task_insert(task, false);
}

/*
 * Releases a task that waits, if all it waits for is over; false: it is not, or
 * somebody else is at it.  Nothing is locked before that is known, so that the
 * last who ends finds it free.
 */
static bool
release(int64 id)
{
	Oid			busy;
	AkTask	   *task;
	AkParentsLeft left = parents_left(id);

	if (left.failed == 0 && (left.live || left.held))
		return false;
	task = ak_task_lock(id, &busy);
	if (task == NULL)
		return false;
	if (task->place == AK_TASK_BLOCKED)
		left = parents_left(id);
	if (task->place != AK_TASK_BLOCKED || (left.failed == 0 && (left.live || left.held)))
		/* Others may have passed it over, for its row was locked. */
		ak_task_wake_at_commit(task);
	else if (left.failed != 0)
		cancel_with(task, left.failed);
	else
		set_free(task);
	return true;
}

bool
ak_task_release_children(void)
{
	bool		any = false;

	while (children != NIL)
	{
		int64		id = *(int64 *) linitial(children);

		children = list_delete_first(children);
		any = release(id) || any;
	}
	ak_task_forget_children();
	return any;
}

void
ak_task_forget_children(void)
{
	children = NIL;
	if (children_context != NULL)
		MemoryContextReset(children_context);
}

long
ak_task_release_all(bool urgent)
{
	static TimestampTz not_before = 0;
	TimestampTz begin = GetCurrentTimestamp();

	if (!has_blocked())
		return LONG_MAX;
	if (!urgent && begin < not_before)
		return TimestampDifferenceMilliseconds(begin, not_before) + 1;
	if (children_context == NULL)
		children_context = AllocSetContextCreate(TopMemoryContext, "aksara tasks to be released", ALLOCSET_SMALL_SIZES);
	do
		ak_core_own_run("SELECT b.id FROM aksara.task_blocked b"
						" WHERE NOT EXISTS (SELECT FROM aksara.task_dependency d WHERE d.child = b.id)"
						" UNION SELECT d.child FROM aksara.task_dependency d"
						" WHERE NOT EXISTS (SELECT FROM aksara.task_due l WHERE l.id = d.parent)"
						" AND NOT EXISTS (SELECT FROM aksara.task_later l WHERE l.id = d.parent)"
						" AND NOT EXISTS (SELECT FROM aksara.task_blocked l WHERE l.id = d.parent)",
						0, NULL, NULL, NULL, take_child, NULL);
	while (ak_task_release_children());
	not_before = begin + LOOK_SHARE * (GetCurrentTimestamp() - begin);
	return LONG_MAX;
}
