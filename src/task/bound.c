/*
 * bound.c
 *		Below which rank a queue has nothing that could be claimed.
 *
 * A claim begins at the bound and not at the start of the index, where rows
 * lie that are dead while some old snapshot could still see them.  Who finds
 * out raises it; whoever makes a task claimable lowers it when his transaction
 * has committed, and a transaction that gives locks on tasks back makes all of
 * its database's bounds forgotten.  What else there may be (a prepared
 * transaction) is found because a bound counts for a few seconds alone.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/hsearch.h"

#include "task/process.h"

#define MOST_BOUNDS 1024

/* Microseconds that a bound counts for. */
#define LIFETIME (3 * USECS_PER_SEC)

typedef struct AkBoundKey
{
	Oid			database;
	Oid			role;
	uint64		queue;
} AkBoundKey;

typedef struct AkBoundEntry
{
	AkBoundKey	key;
	double		rank;
	uint64		version;
	TimestampTz since;
} AkBoundEntry;

static HTAB *bounds = NULL;
static uint64 *forgotten = NULL;	/* how often something was forgotten; it counts for all versions */
static LWLock *lock = NULL;

Size
ak_task_bounds_size(void)
{
	return hash_estimate_size(MOST_BOUNDS, sizeof(AkBoundEntry)) + sizeof(uint64);
}

void
ak_task_attach_bounds(LWLock *with)
{
	HASHCTL		control = {.keysize = sizeof(AkBoundKey),.entrysize = sizeof(AkBoundEntry)};
	bool		found;

	forgotten = ShmemInitStruct("aksara bounds forgotten", sizeof(uint64), &found);
	if (!found)
		*forgotten = 0;
	bounds = ShmemInitHash("aksara bounds of tasks", MOST_BOUNDS, MOST_BOUNDS, &control, HASH_ELEM | HASH_BLOBS);
	lock = with;
}

/* Forgets what a database has; InvalidOid: all.  The lock is held. */
static void
forget(Oid database)
{
	HASH_SEQ_STATUS scan;
	AkBoundEntry *entry;

	(*forgotten)++;
	hash_seq_init(&scan, bounds);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (!OidIsValid(database) || entry->key.database == database)
			hash_search(bounds, &entry->key, HASH_REMOVE, NULL);
}

/* The entry of a queue; NULL: there is none.  The lock is held. */
static AkBoundEntry *
entry_of(Oid role, uint64 queue, bool make)
{
	AkBoundKey	key;
	AkBoundEntry *entry;
	bool		found;

	memset(&key, 0, sizeof(key));
	key.database = MyDatabaseId;
	key.role = role;
	key.queue = queue;
	if (make && hash_get_num_entries(bounds) >= MOST_BOUNDS)
		forget(InvalidOid);
	entry = hash_search(bounds, &key, make ? HASH_ENTER_NULL : HASH_FIND, &found);
	if (entry != NULL && !found)
	{
		entry->rank = -INFINITY;
		entry->version = 0;
		entry->since = 0;
	}
	return entry;
}

AkBound
ak_task_bound(Oid role, uint64 queue)
{
	AkBound		out = {-INFINITY, 0};
	AkBoundEntry *entry;

	if (bounds == NULL)
		return out;
	LWLockAcquire(lock, LW_SHARED);
	out.version = *forgotten;
	entry = entry_of(role, queue, false);
	if (entry != NULL)
	{
		out.version += entry->version;
		if (entry->since + LIFETIME > GetCurrentTimestamp())
			out.rank = entry->rank;
	}
	LWLockRelease(lock);
	return out;
}

void
ak_task_raise_bound(Oid role, uint64 queue, AkBound seen, double rank)
{
	AkBoundEntry *entry;

	if (bounds == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	entry = entry_of(role, queue, true);
	if (entry != NULL && entry->version + *forgotten == seen.version)
	{
		/* One that was not known has been found by a look at everything. */
		if (seen.rank == -INFINITY)
			entry->since = GetCurrentTimestamp();
		entry->rank = rank;
	}
	LWLockRelease(lock);
}

void
ak_task_lower_bound(Oid role, uint64 queue, double rank)
{
	AkBoundEntry *entry;

	if (bounds == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	entry = entry_of(role, queue, true);
	if (entry != NULL)
	{
		entry->version++;
		entry->rank = Min(entry->rank, rank);
	}
	LWLockRelease(lock);
}

void
ak_task_forget_bounds(void)
{
	if (bounds == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	forget(MyDatabaseId);
	LWLockRelease(lock);
}
