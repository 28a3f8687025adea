/*
 * key.c
 *		Keys: of all that is enqueued with one, a single task waits at a time.
 *
 * Keys lie in rows of their own, one for each live task that has one.  Rows
 * of keys and of tasks are read as they are now, whatever the transaction's
 * snapshot shows; a task whose row can be locked waits, any other one runs.
 * Nobody waits for those locks.  Enqueuers of the same key wait for one another, on
 * a lock that executors never take; what they find then stays as it is, but
 * for tasks that start or end, and they look again when one has.
 */
#include "postgres.h"

#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"

#include "task/process.h"
#include "task/request.h"

/* A transaction that has locked so many keys locks all of the role's. */
#define MOST_LOCKS 256

/* How often one looks for a task that has moved on before its key is taken for a left-over. */
#define MOST_LOOKS 100

/* ---- locks ---- */

uint64
ak_task_key_hash(Oid role, const char *key)
{
	return hash_combine64(ak_task_hash(key), role);
}

/* How many keys the transaction has locked, these included; a rollback to a savepoint gives none back. */
static int
count_locks(int more)
{
	static FullTransactionId counted_in = {0};
	static int	count = 0;
	FullTransactionId now = GetTopFullTransactionId();

	if (!FullTransactionIdEquals(now, counted_in))
		count = 0;
	counted_in = now;
	count = Min(count + more, MOST_LOCKS + 1);
	return count;
}

/* Waits for other enqueuers of the keys, until the transaction ends. */
void
ak_task_lock_keys(uint64 *hashes, int count)
{
	bool		all;
	LOCKTAG		tag;

	PreventCommandIfReadOnly("aksara.enqueue()");
	all = count_locks(count) > MOST_LOCKS;
	ak_task_set_tag(&tag, GetUserId(), AK_LOCK_KEYS);
	if (ak_lock_is_held(&tag, AccessExclusiveLock))
		return;
	(void) LockAcquire(&tag, all ? AccessExclusiveLock : AccessShareLock, false, false);
	for (int i = 0; i < count && !all; i++)
	{
		ak_task_set_tag(&tag, hashes[i], AK_LOCK_KEY);
		(void) LockAcquire(&tag, ExclusiveLock, false, false);
	}
}

/* ---- who has a key ---- */

typedef struct AkHolder
{
	int64		id;
	int			slot;
} AkHolder;

/* The younger one first: where there are two it is the one that waits for the other. */
static int
by_age(const ListCell *a, const ListCell *b)
{
	int64		one = ((const AkHolder *) lfirst(a))->id;
	int64		other = ((const AkHolder *) lfirst(b))->id;

	return one > other ? -1 : one < other;
}

/* Tasks that have the key, of AkHolder *. */
static List *
holders_of(Oid role, const char *key)
{
	AkOwnScan	scan;
	TupleTableSlot *row;
	ScanKeyData keys[2];
	List	   *holders = NIL;

	ak_core_own_key(&keys[0], 1, F_OIDEQ, ObjectIdGetDatum(role));
	ak_core_own_key(&keys[1], 2, F_TEXTEQ, CStringGetTextDatum(key));
	ak_core_own_begin_scan(&scan, "task_key", NULL, AccessShareLock, SnapshotSelf, keys, lengthof(keys));
	while ((row = ak_core_own_next(&scan)) != NULL)
	{
		AkHolder   *holder = palloc(sizeof(AkHolder));
		bool		isnull;

		holder->slot = DatumGetInt16(slot_getattr(row, 3, &isnull));
		holder->id = DatumGetInt64(slot_getattr(row, 4, &isnull));
		holders = lappend(holders, holder);
	}
	ak_core_own_end_scan(&scan);
	list_sort(holders, by_age);
	return holders;
}

bool
ak_task_has_key(Oid role, const char *key)
{
	return holders_of(role, key) != NIL;
}

static bool
is_taken(List *holders, int slot)
{
	ListCell   *cell;

	foreach(cell, holders)
		if (((const AkHolder *) lfirst(cell))->slot == slot)
			return true;
	return false;
}

static void
take_key(const AkTask *task, List *holders)
{
	Datum		values[] = {ObjectIdGetDatum(task->role), CStringGetTextDatum(task->key), 0, Int64GetDatum(task->id)};
	bool		nulls[lengthof(values)] = {false};
	int			slot = 0;

	while (is_taken(holders, slot))
		slot++;
	values[2] = Int16GetDatum(slot);
	ak_core_own_insert("task_key", values, nulls);
}

/* Gives back the key of a task that there is not: somebody has emptied the tables by hand. */
static void
drop_left_over(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};

	ak_core_own_write("DELETE FROM aksara.task_key WHERE id = $1", lengthof(types), types, values, NULL);
}

/* The youngest task that waits, with the lock on its row; NULL: they all run, or `*gone` has moved on since one looked. */
static AkTask *
lock_waiting(List *holders, int64 *gone)
{
	ListCell   *cell;

	*gone = 0;
	foreach(cell, holders)
	{
		int64		id = ((const AkHolder *) lfirst(cell))->id;
		Oid			busy;
		AkTask	   *task = ak_task_lock(id, &busy);

		if (task != NULL)
			return task;
		if (!OidIsValid(busy))
		{
			*gone = id;
			return NULL;
		}
	}
	return NULL;
}

/* The same once nothing moves; and who has the key then. */
static AkTask *
find_waiting(const AkTask *wanted, List **holders)
{
	AkTask	   *task;
	int64		gone;

	for (int looks = 1;; looks++)
	{
		*holders = holders_of(wanted->role, wanted->key);
		task = lock_waiting(*holders, &gone);
		if (gone == 0)
			return task;
		CHECK_FOR_INTERRUPTS();
		if (looks % MOST_LOOKS == 0)
			drop_left_over(gone);
		if (looks > 10)
			pg_usleep(1000);
	}
}

/* ---- whom a task waits for ---- */

/* It starts once the other has ended, however that does. */
static void
wait_for(const AkTask *task, int64 parent)
{
	Datum		values[] = {Int64GetDatum(task->id), Int64GetDatum(parent), CStringGetTextDatum("run")};
	bool		nulls[lengthof(values)] = {false};

	ak_core_own_insert("task_dependency", values, nulls);
}

static bool
is_parent(Datum parents, int64 id)
{
	Datum	   *ids = NULL;
	bool	   *nulls = NULL;
	int			count = 0;

	if (parents != (Datum) 0)
		deconstruct_array(DatumGetArrayTypeP(parents), INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &ids, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i] && DatumGetInt64(ids[i]) == id)
			return true;
	return false;
}

/* A task that is there already may not wait for what waits for it. */
static void
refuse_circle(int64 id, Datum parents)
{
	static const Oid types[] = {INT8OID, INT8ARRAYOID};
	Datum		values[] = {Int64GetDatum(id), parents};

	if (parents != (Datum) 0 &&
		ak_core_own_run("WITH RECURSIVE up (id) AS (SELECT unnest($2) UNION SELECT d.parent FROM up JOIN aksara.task_dependency d ON d.child = up.id)"
						" SELECT FROM up WHERE id = $1", lengthof(types), types, values, NULL, NULL, NULL) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("task " INT64_FORMAT " would wait for itself", id),
				 errdetail("It has the key, and what \"depends_on\" names is or waits for that task.")));
}

/* Notes whom a task waits for: those it names, and others that have its key; false: nobody. */
static bool
must_wait(const AkRequest *request, List *holders)
{
	const AkTask *task = &request->task;
	bool		waits = request->parents != (Datum) 0 && ak_task_note_parents(task, request->parents, request->on_parent_failure);
	ListCell   *cell;

	foreach(cell, holders)
	{
		int64		id = ((const AkHolder *) lfirst(cell))->id;

		if (id >= task->id || is_parent(request->parents, id))
			continue;
		wait_for(task, id);
		waits = true;
	}
	return waits;
}

static void
forget_parents(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};

	ak_core_own_write("DELETE FROM aksara.task_dependency WHERE child = $1", lengthof(types), types, values, NULL);
}

/* ---- the task that waits, and a new one ---- */

/* It stays as it is, and does not start before this transaction ends: then others have to be told of it. */
static void
keep(AkTask *task)
{
	ak_task_wake_at_commit(task);
}

static void
replace(AkRequest *request, const AkTask *waiting, List *holders)
{
	request->task.id = waiting->id;
	refuse_circle(waiting->id, request->parents);
	(void) ak_task_take_cancel(waiting->id);
	ak_task_delete(waiting);
	if (waiting->place == AK_TASK_BLOCKED)
		forget_parents(waiting->id);
	ak_task_insert(&request->task, must_wait(request, holders));
}

static void
reset(const AkRequest *request, AkTask *waiting)
{
	(void) ak_task_take_cancel(waiting->id);
	ak_task_delete(waiting);
	waiting->run_at = request->task.run_at;
	waiting->attempts = 0;
	ak_task_insert(waiting, waiting->place == AK_TASK_BLOCKED);
}

static int64
deal_with(AkRequest *request, AkTask *waiting, List *holders)
{
	switch (request->conflict)
	{
		case AK_CONFLICT_KEEP:
			keep(waiting);
			break;
		case AK_CONFLICT_REPLACE:
			replace(request, waiting, holders);
			break;
		case AK_CONFLICT_RESET:
			reset(request, waiting);
			break;
	}
	return waiting->id;
}

static int64
put_new(AkRequest *request, List *holders)
{
	AkTask	   *task = &request->task;

	task->id = ak_task_next_id();
	take_key(task, holders);
	ak_task_insert(task, must_wait(request, holders));
	return task->id;
}

/* The task that has the key and is kept as it is, wherever it is; 0: none is. */
static int64
find_kept(const AkRequest *request)
{
	List	   *holders;

	if (request->conflict != AK_CONFLICT_KEEP || request->pending_only)
		return 0;
	holders = holders_of(request->task.role, request->task.key);
	return holders == NIL ? 0 : ((const AkHolder *) linitial(holders))->id;
}

int64
ak_task_put_keyed(AkRequest *request)
{
	uint64		hash = ak_task_key_hash(request->task.role, request->task.key);
	int64		kept = find_kept(request);
	AkTask	   *waiting;
	List	   *holders;

	if (kept != 0)
		return kept;
	ak_task_lock_keys(&hash, 1);
	kept = find_kept(request);
	if (kept != 0)
		return kept;
	waiting = find_waiting(&request->task, &holders);
	return waiting ? deal_with(request, waiting, holders) : put_new(request, holders);
}
