/*
 * flow.c
 *		How many tasks may run at once, of a queue or of a group, and how many
 *		may start in a period.
 *
 * A place among those that run is a heavyweight lock of the advisory class,
 * with a fourth field of our own so that no user's advisory lock meets it.  It
 * is tried, never waited for, and goes with the transaction that has it; so
 * the limit is exact without a counter, whoever dies.  Hashes may collide:
 * then somebody waits for nothing, and no limit is broken.
 *
 * A rate is a token bucket, kept as the time at which the next token is there
 * (the generic cell rate algorithm, ITU-T I.371).  Buckets lie in shared
 * memory and are empty when the server starts.  Without shared memory a
 * session lock lets one process alone work on a queue with a rate.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lock.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"

#include "task/process.h"

#define MOST_BUCKETS 256

/* Microseconds after which a token that was taken is not given back any more, and how long one waits until then. */
#define TRIAL 20000
#define SHORT_WAIT 5000

typedef struct AkBucket
{
	Oid			database;
	uint64		queue;
	TimestampTz next;			/* when the bucket will be full */
	TimestampTz tried;			/* when a token was taken last, which may be given back */
} AkBucket;

static AkBucket *buckets = NULL;	/* MOST_BUCKETS, in shared memory */
static LWLock *lock = NULL;
static AkBucket own[MOST_BUCKETS];	/* without it */

/* ---- places ---- */

void
ak_task_set_tag(LOCKTAG *tag, uint64 hash, AkLockClass class)
{
	SET_LOCKTAG_ADVISORY(*tag, MyDatabaseId, (uint32) (hash >> 32), (uint32) hash, class);
	/* What gives a session's advisory locks back leaves ours alone. */
	tag->locktag_lockmethodid = DEFAULT_LOCKMETHOD;
}

/* A number of its own for each of the places of a hash. */
static uint64
numbered(uint64 hash, int place)
{
	return hash + (uint64) place * UINT64CONST(0x9E3779B97F4A7C15);
}

static bool
try_lock(uint64 hash, AkLockClass class)
{
	LOCKTAG		tag;

	ak_task_set_tag(&tag, hash, class);
	return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* One of so many places of a hash; -1: all are taken. */
static int
take_place(uint64 hash, AkLockClass class, int places)
{
	for (int place = 0; place < places; place++)
		if (try_lock(numbered(hash, place), class))
			return place;
	return -1;
}

/* Who finds none says so and looks again: from then on whoever leaves one wakes others. */
static int
take_place_or_say(uint64 hash, AkLockClass class, int places)
{
	int			place = take_place(hash, class, places);

	if (place >= 0)
		return place;
	ak_task_note_shortage();
	return take_place(hash, class, places);
}

static void
leave_place(uint64 hash, AkLockClass class, int place)
{
	LOCKTAG		tag;

	ak_task_set_tag(&tag, numbered(hash, place), class);
	LockRelease(&tag, ExclusiveLock, false);
}

int
ak_task_take_place(const AkQueue *queue)
{
	return take_place_or_say(queue->hash, AK_LOCK_PLACE, queue->max_running);
}

void
ak_task_leave_place(const AkQueue *queue, int place)
{
	leave_place(queue->hash, AK_LOCK_PLACE, place);
}

static uint64
group_hash(const AkQueue *queue, const char *group_key)
{
	return queue->hash ^ (ak_task_hash(group_key) * 31);
}

int
ak_task_take_group(const AkQueue *queue, const char *group_key)
{
	return take_place_or_say(group_hash(queue, group_key), AK_LOCK_GROUP, queue->group_limit);
}

void
ak_task_leave_group(const AkQueue *queue, const char *group_key, int place)
{
	leave_place(group_hash(queue, group_key), AK_LOCK_GROUP, place);
}

bool
ak_task_may_make_queue(uint64 queue)
{
	return try_lock(queue, AK_LOCK_QUEUE);
}

/* ---- rates ---- */

Size
ak_task_buckets_size(void)
{
	return mul_size(MOST_BUCKETS, sizeof(AkBucket));
}

void
ak_task_attach_buckets(LWLock *with)
{
	bool		found;

	buckets = ShmemInitStruct("aksara rates of tasks", ak_task_buckets_size(), &found);
	if (!found)
		memset(buckets, 0, ak_task_buckets_size());
	lock = with;
}

static int64
interval_of(const AkQueue *queue)
{
	return (queue->period + queue->rate - 1) / queue->rate;
}

/* The bucket of a queue, empty where it is new; where there are too many the one that was used longest ago gives way. */
static AkBucket *
bucket_of(AkBucket *among, const AkQueue *queue)
{
	AkBucket   *oldest = &among[0];

	for (int i = 0; i < MOST_BUCKETS; i++)
	{
		if (among[i].database == MyDatabaseId && among[i].queue == queue->hash)
			return &among[i];
		if (among[i].next < oldest->next)
			oldest = &among[i];
	}
	oldest->database = MyDatabaseId;
	oldest->queue = queue->hash;
	oldest->tried = 0;
	oldest->next = GetCurrentTimestamp() + queue->burst * interval_of(queue);
	return oldest;
}

/* Takes a token, or says when there will be one. */
static bool
take(AkBucket *bucket, const AkQueue *queue, TimestampTz *when)
{
	TimestampTz now = GetCurrentTimestamp();
	int64		interval = interval_of(queue);

	/* It is never emptier than empty, whatever the rate or the clock was. */
	bucket->next = Min(bucket->next, now + queue->burst * interval);
	*when = bucket->next - (queue->burst - 1) * interval;
	if (*when <= now)
	{
		bucket->next = Max(bucket->next, now) + interval;
		bucket->tried = now;
		return true;
	}
	if (bucket->tried + TRIAL > now)
		*when = Min(*when, now + SHORT_WAIT);
	return false;
}

/* PostgreSQL itself gives back no session's lock of this method at the end of a process that is in no transaction. */
static void
give_back(int code, Datum argument)
{
	AbortOutOfAnyTransaction();
	LockReleaseAll(DEFAULT_LOCKMETHOD, true);
}

static void
give_back_at_exit(void)
{
	static bool registered = false;

	if (!registered)
		before_shmem_exit(give_back, (Datum) 0);
	registered = true;
}

void
ak_task_leave_rates(void)
{
	if (buckets == NULL)
		LockReleaseSession(DEFAULT_LOCKMETHOD);
}

/* Is this the one process that works on the queue, or does it become that? */
static bool
is_the_one(const AkQueue *queue)
{
	LOCKTAG		tag;

	give_back_at_exit();
	ak_task_set_tag(&tag, queue->hash, AK_LOCK_RATE);
	if (ak_lock_is_held(&tag, ExclusiveLock))
		return true;
	return LockAcquire(&tag, ExclusiveLock, true, true) != LOCKACQUIRE_NOT_AVAIL;
}

bool
ak_task_take_token(const AkQueue *queue, TimestampTz *when)
{
	bool		taken;

	if (buckets == NULL)
	{
		*when = GetCurrentTimestamp() + USECS_PER_SEC;
		return is_the_one(queue) && take(bucket_of(own, queue), queue, when);
	}
	LWLockAcquire(lock, LW_EXCLUSIVE);
	taken = take(bucket_of(buckets, queue), queue, when);
	LWLockRelease(lock);
	return taken;
}

void
ak_task_return_token(const AkQueue *queue)
{
	if (buckets == NULL)
	{
		bucket_of(own, queue)->next -= interval_of(queue);
		return;
	}
	LWLockAcquire(lock, LW_EXCLUSIVE);
	bucket_of(buckets, queue)->next -= interval_of(queue);
	LWLockRelease(lock);
}

TimestampTz
ak_task_next_token(const AkQueue *queue)
{
	AkBucket	bucket;

	if (buckets == NULL)
		return GetCurrentTimestamp();
	LWLockAcquire(lock, LW_EXCLUSIVE);
	bucket = *bucket_of(buckets, queue);
	LWLockRelease(lock);
	return bucket.next - (queue->burst - 1) * interval_of(queue);
}
