/*
 * slots.c
 *		Slots of executors: who there is, who is idle, and who gives way to whom.
 *
 * A slot is taken by the scheduler that orders an executor, and left by the
 * executor when it ends.  When all are taken, executors give way: one of another
 * role that is idle at once; one at work when it has committed, if its role has
 * others, or it has been there for some seconds.  So each role that has tasks gets
 * to work, however much others have to do.  One that is idle because the limits
 * of queues hold its tasks back is given a moment first, or else two of them
 * would send each other home in turns.
 *
 * One lock guards it all; nothing waits, and no other lock is taken, while it is
 * held.
 */
#include "postgres.h"

#include <signal.h>

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"

#include "task/process.h"

typedef enum AkSlotState
{
	AK_SLOT_FREE,
	AK_SLOT_STARTING,
	AK_SLOT_IDLE,
	AK_SLOT_BUSY
} AkSlotState;

typedef struct AkSlot
{
	AkSlotState state;
	Oid			database;
	Oid			role;
	bool		ready;			/* it is connected */
	bool		leaves;			/* it has been told to */
	TimestampTz since;			/* it was ordered then, or has been connected since */
	TimestampTz stays_until;	/* 0, or it is idle for its tasks are held back, and will look again by itself */
	AkProcess	process;
} AkSlot;

/* A role whose executors could not even begin: it was dropped, may not connect, or has no connection left. */
typedef struct AkRefusal
{
	Oid			database;
	Oid			role;
	TimestampTz until;			/* nobody tries again before */
	int			delay;			/* seconds */
} AkRefusal;

#define REFUSALS 16

/* A database that wants a slot for a role that has none. */
typedef struct AkWish
{
	Oid			database;
	Oid			role;
	TimestampTz since;
	TimestampTz until;			/* it is said again before, as long as it lasts */
} AkWish;

#define WISHES 64

typedef struct AkSlots
{
	AkSlot		slots[AK_TASK_SLOTS];
	AkRefusal	refusals[REFUSALS];
	AkWish		wishes[WISHES];
	TimestampTz wanted_until;	/* none lasts longer */
} AkSlots;

/* Seconds after which an executor that was ordered and did not come is not expected any more. */
#define LONGEST_START 60

#define LONGEST_REFUSAL 60

/* Seconds after which an executor gives way whose role has others, and after which one does whose role has none. */
#define SHORT_STINT 1
#define STINT 5

/* Seconds that the wish for a slot counts for. */
#define PATIENCE 2

static AkSlots *all = NULL;
static LWLock *lock = NULL;
static AkSlot *mine = NULL;		/* of this process, which is an executor */

Size
ak_task_slots_size(void)
{
	return sizeof(AkSlots);
}

void
ak_task_attach_slots(LWLock *with)
{
	bool		found;

	all = ShmemInitStruct("aksara executors", sizeof(AkSlots), &found);
	if (!found)
		memset(all, 0, sizeof(AkSlots));
	lock = with;
}

static bool
is_of(const AkSlot *slot, Oid database, Oid role)
{
	return slot->state != AK_SLOT_FREE && slot->database == database && slot->role == role;
}

/* The executors of a role that stay.  The lock is held. */
static int
count_of(Oid database, Oid role)
{
	int			count = 0;

	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (is_of(&all->slots[i], database, role) && !all->slots[i].leaves)
			count++;
	return count;
}

/* All that are there or on their way, with those that leave or without.  The lock is held. */
static int
count_used(bool leaving)
{
	int			count = 0;

	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (all->slots[i].state != AK_SLOT_FREE && (leaving || !all->slots[i].leaves))
			count++;
	return count;
}

/* ---- wishes ---- */

/* The wish of a database, or the place for one: one that is over.  NULL: there are too many.  The lock is held. */
static AkWish *
wish_of(Oid database)
{
	AkWish	   *place = NULL;
	TimestampTz now = GetCurrentTimestamp();

	for (int i = 0; i < WISHES; i++)
	{
		AkWish	   *wish = &all->wishes[i];

		if (wish->until < now)
			place = wish;
		else if (wish->database == database)
			return wish;
	}
	return place;
}

/* Notes that the role has no executor and wants one; the first of a database to want it stays.  The lock is held. */
static void
note_wish(Oid database, Oid role)
{
	AkWish	   *wish = wish_of(database);
	TimestampTz now = GetCurrentTimestamp();

	if (wish == NULL)
		return;
	if (wish->until < now)
	{
		wish->database = database;
		wish->role = role;
		wish->since = now;
	}
	else if (wish->role != role)
		return;
	all->wanted_until = wish->until = now + PATIENCE * USECS_PER_SEC;
}

static void
end_wish(Oid database, Oid role)
{
	AkWish	   *wish = wish_of(database);

	if (wish != NULL && wish->database == database && wish->role == role)
		wish->until = 0;
}

/* Does another role want a slot that has none, and longer than this one does?  The lock is held. */
static bool
is_wanted(Oid database, Oid role)
{
	const AkWish *oldest = NULL;
	TimestampTz now = GetCurrentTimestamp();

	if (all->wanted_until < now)
		return false;
	for (int i = 0; i < WISHES; i++)
		if (all->wishes[i].until >= now && (oldest == NULL || all->wishes[i].since < oldest->since))
			oldest = &all->wishes[i];
	return oldest != NULL && (oldest->database != database || oldest->role != role);
}

/* ---- roles that cannot be served ---- */

/* The note of a role; NULL: there is none.  The lock is held. */
static AkRefusal *
find_refusal(Oid database, Oid role)
{
	for (int i = 0; i < REFUSALS; i++)
		if (all->refusals[i].database == database && all->refusals[i].role == role)
			return &all->refusals[i];
	return NULL;
}

/* In place of the oldest.  The lock is held. */
static AkRefusal *
make_refusal(Oid database, Oid role)
{
	AkRefusal  *oldest = &all->refusals[0];

	for (int i = 0; i < REFUSALS; i++)
		if (all->refusals[i].until < oldest->until)
			oldest = &all->refusals[i];
	memset(oldest, 0, sizeof(AkRefusal));
	oldest->database = database;
	oldest->role = role;
	return oldest;
}

/* Notes that an executor has ended before it was connected.  The lock is held. */
static void
note_refusal(Oid database, Oid role)
{
	AkRefusal  *refusal = find_refusal(database, role);

	if (refusal == NULL)
		refusal = make_refusal(database, role);
	refusal->delay = Min(Max(refusal->delay * 2, 1), LONGEST_REFUSAL);
	refusal->until = GetCurrentTimestamp() + refusal->delay * USECS_PER_SEC;
}

TimestampTz
ak_task_refused_until(Oid database, Oid role)
{
	const AkRefusal *refusal;
	TimestampTz until;

	LWLockAcquire(lock, LW_SHARED);
	refusal = find_refusal(database, role);
	until = refusal != NULL && refusal->until > GetCurrentTimestamp() ? refusal->until : 0;
	LWLockRelease(lock);
	return until;
}

/* ---- the scheduler's ---- */

/* Wakes an idle executor.  The lock is held. */
static void
call(AkSlot *slot)
{
	slot->state = AK_SLOT_BUSY;
	ak_task_wake_process(&slot->process);
}

/* Gives slots of executors back that never came.  The lock is held. */
static void
give_up_late_ones(void)
{
	TimestampTz latest = GetCurrentTimestamp() - LONGEST_START * USECS_PER_SEC;

	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (all->slots[i].state == AK_SLOT_STARTING && all->slots[i].since < latest)
			memset(&all->slots[i], 0, sizeof(AkSlot));
}

/* How many executors more there may be for the role; the last place is for who wants it.  The lock is held. */
static int
count_room(Oid database, Oid role)
{
	return ak_task_workers - count_used(true) - (is_wanted(database, role) ? 1 : 0);
}

int
ak_task_take_slot(Oid database, Oid role)
{
	int			found = -1;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < AK_TASK_SLOTS && found < 0; i++)
		if (all->slots[i].state == AK_SLOT_FREE)
			found = i;
	if (count_room(database, role) <= 0)
		found = -1;
	if (found >= 0)
	{
		AkSlot	   *slot = &all->slots[found];

		memset(slot, 0, sizeof(AkSlot));
		slot->state = AK_SLOT_STARTING;
		slot->since = GetCurrentTimestamp();
		slot->database = database;
		slot->role = role;
		end_wish(database, role);
	}
	LWLockRelease(lock);
	return found;
}

void
ak_task_free_slot(int number)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	memset(&all->slots[number], 0, sizeof(AkSlot));
	LWLockRelease(lock);
}

bool
ak_task_call_idle(Oid database, Oid role)
{
	bool		found = false;
	AkSlot	   *called = NULL;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	give_up_late_ones();
	for (int i = 0; i < AK_TASK_SLOTS; i++)
	{
		AkSlot	   *slot = &all->slots[i];

		if (!is_of(slot, database, role) || (slot->ready && slot->state != AK_SLOT_IDLE))
			continue;
		found = true;
		if (slot->state == AK_SLOT_IDLE && slot->stays_until == 0)
			called = slot;
	}
	if (called != NULL)
		call(called);
	LWLockRelease(lock);
	return found;
}

/* An idle executor of another role leaves; false: there is none.  The lock is held. */
static bool
send_idle_home(Oid database, Oid role)
{
	TimestampTz now = GetCurrentTimestamp();

	for (int i = 0; i < AK_TASK_SLOTS; i++)
	{
		AkSlot	   *slot = &all->slots[i];

		if (slot->state != AK_SLOT_IDLE || is_of(slot, database, role) || slot->stays_until > now)
			continue;
		slot->leaves = true;
		call(slot);
		return true;
	}
	return false;
}

bool
ak_task_make_room(Oid database, Oid role)
{
	bool		served;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	served = send_idle_home(database, role) || count_of(database, role) > 0;
	if (!served)
		note_wish(database, role);
	LWLockRelease(lock);
	return served;
}

/* ---- the executor's ---- */

static void
leave_slot(int code, Datum argument)
{
	Oid			database = InvalidOid;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	if (mine->process.pid == MyProcPid)
	{
		database = mine->database;
		if (!mine->ready)
			note_refusal(mine->database, mine->role);
		memset(mine, 0, sizeof(AkSlot));
	}
	LWLockRelease(lock);
	if (OidIsValid(database))
		ak_task_wake_schedulers(database);
}

bool
ak_task_be_executor(int number, Oid database, Oid role)
{
	AkSlot	   *slot = &all->slots[number];
	bool		expected;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	expected = slot->state == AK_SLOT_STARTING && slot->database == database && slot->role == role;
	if (expected)
	{
		slot->process = ak_task_this_process();
		slot->state = AK_SLOT_BUSY;
		mine = slot;
	}
	LWLockRelease(lock);
	if (expected)
		before_shmem_exit(leave_slot, (Datum) 0);
	return expected;
}

void
ak_task_executor_is_ready(void)
{
	AkRefusal  *refusal;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	mine->ready = true;
	mine->since = GetCurrentTimestamp();
	refusal = find_refusal(mine->database, mine->role);
	if (refusal != NULL)
		memset(refusal, 0, sizeof(AkRefusal));
	LWLockRelease(lock);
}

void
ak_task_executor_is_idle(TimestampTz stays_until)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	if (!mine->leaves)
		mine->state = AK_SLOT_IDLE;
	mine->stays_until = stays_until;
	LWLockRelease(lock);
}

void
ak_task_executor_is_busy(bool with_task)
{
	bool		stays = false;

	if (mine == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	mine->state = AK_SLOT_BUSY;
	if (with_task && mine->leaves)
	{
		mine->leaves = false;
		stays = true;
	}
	LWLockRelease(lock);
	/* Who has sent it home has to look for another one. */
	if (stays)
		ak_task_wake_schedulers(InvalidOid);
}

bool
ak_task_executor_is_called(void)
{
	bool		called;

	LWLockAcquire(lock, LW_SHARED);
	called = mine->state != AK_SLOT_IDLE;
	LWLockRelease(lock);
	return called;
}

/* Does somebody want a slot more than this executor needs its own, and does no other leave?  The lock is held. */
static bool
gives_way(void)
{
	int			stint = count_of(mine->database, mine->role) > 1 ? SHORT_STINT : STINT;

	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (all->slots[i].leaves)
			return false;
	return is_wanted(mine->database, mine->role) && mine->since + stint * USECS_PER_SEC < GetCurrentTimestamp();
}

bool
ak_task_executor_leaves(bool count)
{
	bool		leaves;

	/* What is missed here is seen after the next transaction. */
	if (!count && !mine->leaves && all->wanted_until < GetCurrentTimestamp())
		return false;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	leaves = mine->leaves || gives_way() || (count && count_used(false) > ak_task_workers);
	mine->leaves = leaves;
	LWLockRelease(lock);
	return leaves;
}

/* ---- waking ---- */

int
ak_task_wake_idle(Oid database, Oid role, int most)
{
	int			found = 0;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < AK_TASK_SLOTS && found < most; i++)
	{
		AkSlot	   *slot = &all->slots[i];

		if (slot->state != AK_SLOT_IDLE || slot->database != database || (OidIsValid(role) && slot->role != role))
			continue;
		call(slot);
		found++;
	}
	LWLockRelease(lock);
	return found;
}

bool
ak_task_can_start(Oid database, Oid role)
{
	int			busy = 0;
	bool		can;

	LWLockAcquire(lock, LW_SHARED);
	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (all->slots[i].state != AK_SLOT_FREE && all->slots[i].state != AK_SLOT_IDLE)
			busy++;
	can = busy < ak_task_workers || count_of(database, role) == 0;
	LWLockRelease(lock);
	return can;
}

int
ak_task_end_executors(Oid database)
{
	int			count = 0;

	LWLockAcquire(lock, LW_SHARED);
	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (all->slots[i].database == database && all->slots[i].process.pid != 0)
		{
			kill(all->slots[i].process.pid, SIGTERM);
			count++;
		}
	LWLockRelease(lock);
	return count;
}
