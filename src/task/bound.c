/*
 * bound.c
 *		Below which rank a queue has nothing that could be claimed.
 *
 * A claim begins at the bound and not at the start of the index, where rows
 * lie that are dead while some old snapshot could still see them.  Who finds
 * out raises it; whoever makes a task claimable lowers it when his transaction
 * has committed, and a transaction that gives locks on tasks back makes all of
 * its database's bounds forgotten.  What is put in while somebody looks is
 * told to him, so that he raises the bound no higher.  What else there may be (a prepared
 * transaction) is found because a bound counts for a few seconds alone.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/hsearch.h"

#include "task/process.h"

#define MOST_BOUNDS 1024
#define MOST_WATCHES 256

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

/* What a process that looks at a queue has missed. */
typedef struct AkWatch
{
	pid_t		pid;			/* 0: free */
	AkBoundKey	key;
	double		low;			/* the lowest rank that was put in since it began; -infinity: anything may have been */
} AkWatch;

typedef struct AkWatches
{
	uint64		changes;		/* the last version that was given */
	uint64		forgotten;		/* the version when something was forgotten */
	int			used;			/* none beyond was ever taken */
	AkWatch		watches[MOST_WATCHES];
} AkWatches;

static HTAB *bounds = NULL;
static AkWatches *all = NULL;
static AkWatch *own = NULL;		/* this process's watch */
static LWLock *lock = NULL;

Size
ak_task_bounds_size(void)
{
	return hash_estimate_size(MOST_BOUNDS, sizeof(AkBoundEntry)) + sizeof(AkWatches);
}

void
ak_task_attach_bounds(LWLock *with)
{
	HASHCTL		control = {.keysize = sizeof(AkBoundKey),.entrysize = sizeof(AkBoundEntry)};
	bool		found;

	all = ShmemInitStruct("aksara watches of tasks", sizeof(AkWatches), &found);
	if (!found)
		memset(all, 0, sizeof(AkWatches));
	bounds = ShmemInitHash("aksara bounds of tasks", MOST_BOUNDS, MOST_BOUNDS, &control, HASH_ELEM | HASH_BLOBS);
	lock = with;
}

static AkBoundKey
key_of(Oid role, uint64 queue)
{
	AkBoundKey	key;

	memset(&key, 0, sizeof(key));
	key.database = MyDatabaseId;
	key.role = role;
	key.queue = queue;
	return key;
}

/* ---- watches ---- */

static void
end_watch(int code, Datum argument)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	own->pid = 0;
	LWLockRelease(lock);
}

/* Takes a watch for this process; where there is none it never raises a bound. */
static void
take_watch(void)
{
	static bool tried = false;

	if (tried)
		return;
	tried = true;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < MOST_WATCHES && own == NULL; i++)
		if (all->watches[i].pid == 0)
		{
			own = &all->watches[i];
			own->pid = MyProcPid;
			all->used = Max(all->used, i + 1);
		}
	LWLockRelease(lock);
	if (own != NULL)
		before_shmem_exit(end_watch, (Datum) 0);
}

/* Something has been put in: for one queue, or (NULL) a database's, or all.  The lock is held. */
static void
tell_watches(const AkBoundKey *key, Oid database, double rank)
{
	for (int i = 0; i < all->used; i++)
	{
		AkWatch    *watch = &all->watches[i];

		if (key ? memcmp(&watch->key, key, sizeof(*key)) == 0 : !OidIsValid(database) || watch->key.database == database)
			watch->low = Min(watch->low, rank);
	}
}

/* ---- bounds ---- */

/* Forgets what a database has; InvalidOid: all.  The lock is held. */
static void
forget(Oid database)
{
	HASH_SEQ_STATUS scan;
	AkBoundEntry *entry;

	all->forgotten = ++all->changes;
	tell_watches(NULL, database, -INFINITY);
	hash_seq_init(&scan, bounds);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (!OidIsValid(database) || entry->key.database == database)
			hash_search(bounds, &entry->key, HASH_REMOVE, NULL);
}

/* The entry of a queue, made where it is new; NULL: there is no room.  The lock is held. */
static AkBoundEntry *
make_entry(const AkBoundKey *key)
{
	AkBoundEntry *entry;
	bool		found;

	if (hash_get_num_entries(bounds) >= MOST_BOUNDS)
		forget(InvalidOid);
	entry = hash_search(bounds, key, HASH_ENTER_NULL, &found);
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
	AkBoundKey	key = key_of(role, queue);
	const AkBoundEntry *entry;

	if (bounds == NULL)
		return out;
	take_watch();
	LWLockAcquire(lock, LW_EXCLUSIVE);
	out.version = all->forgotten;
	entry = hash_search(bounds, &key, HASH_FIND, NULL);
	if (entry != NULL)
	{
		out.version = Max(out.version, entry->version);
		if (entry->since + LIFETIME > GetCurrentTimestamp())
			out.rank = entry->rank;
	}
	if (own != NULL)
	{
		own->key = key;
		own->low = INFINITY;
	}
	LWLockRelease(lock);
	return out;
}

void
ak_task_raise_bound(Oid role, uint64 queue, AkBound seen, double rank)
{
	AkBoundKey	key = key_of(role, queue);
	AkBoundEntry *entry;

	if (bounds == NULL || own == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	if (memcmp(&own->key, &key, sizeof(key)) == 0 && own->low > -INFINITY && (entry = make_entry(&key)) != NULL)
	{
		/* One that was not known has been found by a look at everything. */
		if (seen.rank == -INFINITY)
			entry->since = GetCurrentTimestamp();
		entry->rank = Min(rank, own->low);
	}
	LWLockRelease(lock);
}

void
ak_task_lower_bound(Oid role, uint64 queue, double rank)
{
	AkBoundKey	key = key_of(role, queue);
	AkBoundEntry *entry;

	if (bounds == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	tell_watches(&key, InvalidOid, rank);
	entry = make_entry(&key);
	if (entry != NULL)
	{
		entry->version = ++all->changes;
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
