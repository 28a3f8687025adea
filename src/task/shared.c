/*
 * shared.c
 *		What the processes of room task share: who there is, and who is idle.
 *
 * One lock guards it all (the other parts have one each, and none is taken
 * while another is held); nothing waits, and nothing that can fail is done,
 * while it is held.  Slots are left by the process that has them, when it
 * ends.  After a crash everything begins anew.
 */
#include "postgres.h"

#include <signal.h>

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/shmem.h"

#include "task/process.h"

/* A process that may be woken. */
typedef struct AkProcess
{
	pid_t		pid;			/* 0: there is none */
	int			number;			/* of its PGPROC */
} AkProcess;

typedef struct AkDatabaseSlot
{
	Oid			database;		/* InvalidOid: free */
	bool		wanted;			/* it may have tasks */
	bool		shortage;		/* somebody waits for a place among those that may run */
	TimestampTz not_before;		/* a scheduler that failed is not started again sooner */
	AkProcess	scheduler;
} AkDatabaseSlot;

typedef struct AkExecutorSlot
{
	AkSlotState state;
	Oid			database;
	Oid			role;
	bool		ready;			/* it is connected */
	TimestampTz since;			/* it was ordered then */
	AkProcess	process;
} AkExecutorSlot;

/* A role whose executors could not even begin: it was dropped, may not connect, or has no connection left. */
typedef struct AkRefusal
{
	Oid			database;
	Oid			role;
	TimestampTz until;			/* nobody tries again before */
	int			delay;			/* seconds */
} AkRefusal;

#define REFUSALS 16

/* Processes, bounds, rates, tasks that run. */
#define NLOCKS 4

/* Seconds after which an executor that was ordered and did not come is not expected any more. */
#define LONGEST_START 60

/* Seconds until a scheduler that failed is started again. */
#define FAILURE_DELAY 3
#define LONGEST_REFUSAL 60

typedef struct AkShared
{
	AkProcess	launcher;
	AkDatabaseSlot databases[AK_TASK_DATABASES];
	AkExecutorSlot executors[AK_TASK_SLOTS];
	AkRefusal	refusals[REFUSALS];
} AkShared;

static AkShared *shared = NULL;
static LWLock *lock = NULL;
static shmem_request_hook_type previous_request = NULL;
static shmem_startup_hook_type previous_startup = NULL;

/* ---- the memory ---- */

static void
request_memory(void)
{
	if (previous_request)
		previous_request();
	RequestAddinShmemSpace(MAXALIGN(sizeof(AkShared)) + MAXALIGN(ak_task_bounds_size()) + MAXALIGN(ak_task_buckets_size()) +
						   MAXALIGN(ak_task_running_size()) + MAXALIGN(ak_task_bell_size()));
	RequestNamedLWLockTranche("aksara_task", NLOCKS);
}

static void
attach_memory(void)
{
	bool		found;
	LWLockPadded *locks;

	if (previous_startup)
		previous_startup();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("aksara tasks", sizeof(AkShared), &found);
	if (!found)
		memset(shared, 0, sizeof(AkShared));
	locks = GetNamedLWLockTranche("aksara_task");
	lock = &locks[0].lock;
	ak_task_attach_bounds(&locks[1].lock);
	ak_task_attach_buckets(&locks[2].lock);
	ak_task_attach_running(&locks[3].lock);
	ak_task_attach_bell();
	LWLockRelease(AddinShmemInitLock);
}

void
ak_task_shared_init(void)
{
	previous_request = shmem_request_hook;
	shmem_request_hook = request_memory;
	previous_startup = shmem_startup_hook;
	shmem_startup_hook = attach_memory;
}

bool
ak_task_is_shared(void)
{
	return shared != NULL;
}

/* ---- processes ---- */

static AkProcess
this_process(void)
{
	AkProcess	process = {MyProcPid, ak_my_proc_number()};

	return process;
}

/* Harmless where another process has that place by now. */
static void
wake(const AkProcess *process)
{
	if (process->pid != 0)
		SetLatch(&ProcGlobal->allProcs[process->number].procLatch);
}

/* ---- the launcher ---- */

static void
leave_launcher(int code, Datum argument)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	if (shared->launcher.pid == MyProcPid)
		shared->launcher.pid = 0;
	LWLockRelease(lock);
}

void
ak_task_be_launcher(void)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	shared->launcher = this_process();
	LWLockRelease(lock);
	before_shmem_exit(leave_launcher, (Datum) 0);
}

List *
ak_task_wanting_databases(void)
{
	Oid			wanting[AK_TASK_DATABASES];
	int			count = 0;
	List	   *databases = NIL;
	TimestampTz now = GetCurrentTimestamp();

	LWLockAcquire(lock, LW_SHARED);
	for (int i = 0; i < AK_TASK_DATABASES; i++)
		if (shared->databases[i].wanted && shared->databases[i].scheduler.pid == 0 && shared->databases[i].not_before <= now)
			wanting[count++] = shared->databases[i].database;
	LWLockRelease(lock);
	for (int i = 0; i < count; i++)
		databases = lappend_oid(databases, wanting[i]);
	return databases;
}

/* The slot of a database; NULL: it has none, and none is free for it.  The lock is held. */
static AkDatabaseSlot *
database_slot(Oid database, bool make)
{
	AkDatabaseSlot *unused = NULL;

	for (int i = 0; i < AK_TASK_DATABASES; i++)
	{
		AkDatabaseSlot *slot = &shared->databases[i];

		if (slot->database == database)
			return slot;
		if (unused == NULL && slot->scheduler.pid == 0 && !slot->wanted)
			unused = slot;
	}
	if (unused != NULL && make)
	{
		memset(unused, 0, sizeof(AkDatabaseSlot));
		unused->database = database;
	}
	return make ? unused : NULL;
}

void
ak_task_want_scheduler(Oid database)
{
	AkDatabaseSlot *slot;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(database, true);
	if (slot != NULL)
		slot->wanted = true;
	wake(&shared->launcher);
	LWLockRelease(lock);
}

/* ---- schedulers ---- */

static void
leave_scheduler(int code, Datum argument)
{
	AkDatabaseSlot *slot;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(DatumGetObjectId(argument), false);
	if (slot != NULL && slot->scheduler.pid == MyProcPid)
		slot->scheduler.pid = 0;
	/* One that had nothing to do has taken back that it is wanted. */
	if (slot != NULL && slot->wanted)
		slot->not_before = GetCurrentTimestamp() + FAILURE_DELAY * USECS_PER_SEC;
	LWLockRelease(lock);
}

bool
ak_task_be_scheduler(Oid database)
{
	AkDatabaseSlot *slot;
	bool		alone;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(database, true);
	alone = slot != NULL && slot->scheduler.pid == 0;
	if (alone)
		slot->scheduler = this_process();
	LWLockRelease(lock);
	if (alone)
		before_shmem_exit(leave_scheduler, ObjectIdGetDatum(database));
	return alone;
}

void
ak_task_want_no_scheduler(Oid database)
{
	AkDatabaseSlot *slot;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(database, false);
	if (slot != NULL)
		slot->wanted = false;
	LWLockRelease(lock);
}

/* The note of a role, or the place for one: the oldest.  The lock is held. */
static AkRefusal *
refusal_of(Oid database, Oid role)
{
	AkRefusal  *oldest = &shared->refusals[0];

	for (int i = 0; i < REFUSALS; i++)
	{
		AkRefusal  *refusal = &shared->refusals[i];

		if (refusal->database == database && refusal->role == role)
			return refusal;
		if (refusal->until < oldest->until)
			oldest = refusal;
	}
	memset(oldest, 0, sizeof(AkRefusal));
	oldest->database = database;
	oldest->role = role;
	return oldest;
}

/* Notes that an executor has ended before it was connected.  The lock is held. */
static void
note_refusal(Oid database, Oid role)
{
	AkRefusal  *refusal = refusal_of(database, role);

	refusal->delay = Min(Max(refusal->delay * 2, 1), LONGEST_REFUSAL);
	refusal->until = GetCurrentTimestamp() + refusal->delay * USECS_PER_SEC;
}

bool
ak_task_is_refused(Oid database, Oid role)
{
	TimestampTz now = GetCurrentTimestamp();
	bool		refused = false;

	LWLockAcquire(lock, LW_SHARED);
	for (int i = 0; i < REFUSALS; i++)
		if (shared->refusals[i].database == database && shared->refusals[i].role == role)
			refused = shared->refusals[i].until > now;
	LWLockRelease(lock);
	return refused;
}

/* Gives slots of executors back that never came.  The lock is held. */
static void
give_up_late_ones(void)
{
	TimestampTz latest = GetCurrentTimestamp() - LONGEST_START * USECS_PER_SEC;

	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (shared->executors[i].state == AK_SLOT_STARTING && shared->executors[i].since < latest)
			memset(&shared->executors[i], 0, sizeof(AkExecutorSlot));
}

int
ak_task_take_slot(Oid database, Oid role)
{
	int			used = 0;
	int			found = -1;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (shared->executors[i].state != AK_SLOT_FREE)
			used++;
		else if (found < 0)
			found = i;
	if (used >= ak_task_workers)
		found = -1;
	if (found >= 0)
	{
		AkExecutorSlot *slot = &shared->executors[found];

		memset(slot, 0, sizeof(AkExecutorSlot));
		slot->state = AK_SLOT_STARTING;
		slot->since = GetCurrentTimestamp();
		slot->database = database;
		slot->role = role;
	}
	LWLockRelease(lock);
	return found;
}

void
ak_task_free_slot(int slot)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	memset(&shared->executors[slot], 0, sizeof(AkExecutorSlot));
	LWLockRelease(lock);
}

bool
ak_task_has_idle(Oid database, Oid role)
{
	bool		idle = false;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	give_up_late_ones();
	for (int i = 0; i < AK_TASK_SLOTS; i++)
	{
		const AkExecutorSlot *slot = &shared->executors[i];

		if (slot->database == database && slot->role == role &&
			(slot->state == AK_SLOT_STARTING || slot->state == AK_SLOT_IDLE))
			idle = true;
	}
	LWLockRelease(lock);
	return idle;
}

/* An executor of another role that is idle gives way: it is ended; false: there is none. */
bool
ak_task_send_idle_home(Oid database, Oid role)
{
	pid_t		pid = 0;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < AK_TASK_SLOTS && pid == 0; i++)
	{
		AkExecutorSlot *slot = &shared->executors[i];

		if (slot->state == AK_SLOT_IDLE && (slot->database != database || slot->role != role))
		{
			pid = slot->process.pid;
			slot->state = AK_SLOT_BUSY;
		}
	}
	LWLockRelease(lock);
	if (pid != 0)
		kill(pid, SIGTERM);
	return pid != 0;
}

/* ---- executors ---- */

static void
leave_executor(int code, Datum argument)
{
	int			number = DatumGetInt32(argument);

	LWLockAcquire(lock, LW_EXCLUSIVE);
	if (shared->executors[number].process.pid == MyProcPid)
	{
		if (!shared->executors[number].ready)
			note_refusal(shared->executors[number].database, shared->executors[number].role);
		memset(&shared->executors[number], 0, sizeof(AkExecutorSlot));
		/* Whichever database it is that waits for a slot. */
		for (int i = 0; i < AK_TASK_DATABASES; i++)
			wake(&shared->databases[i].scheduler);
	}
	LWLockRelease(lock);
}

bool
ak_task_be_executor(int slot, Oid database, Oid role)
{
	AkExecutorSlot *mine = &shared->executors[slot];
	bool		expected;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	expected = mine->state == AK_SLOT_STARTING && mine->database == database && mine->role == role;
	if (expected)
	{
		mine->process = this_process();
		mine->state = AK_SLOT_BUSY;
	}
	LWLockRelease(lock);
	if (expected)
		before_shmem_exit(leave_executor, Int32GetDatum(slot));
	return expected;
}

void
ak_task_executor_is_ready(int slot)
{
	AkRefusal  *refusal;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	shared->executors[slot].ready = true;
	refusal = refusal_of(shared->executors[slot].database, shared->executors[slot].role);
	memset(refusal, 0, sizeof(AkRefusal));
	LWLockRelease(lock);
}

void
ak_task_set_state(int slot, AkSlotState state)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	shared->executors[slot].state = state;
	LWLockRelease(lock);
}

/* ---- waking ---- */

/* Wakes executors of the role that are idle, as many at most; how many it found.  The lock is held. */
static int
wake_idle(Oid database, Oid role, int wanted)
{
	int			found = 0;

	for (int i = 0; i < AK_TASK_SLOTS && found < wanted; i++)
	{
		AkExecutorSlot *executor = &shared->executors[i];

		if (executor->state != AK_SLOT_IDLE || executor->database != database || executor->role != role)
			continue;
		executor->state = AK_SLOT_BUSY;
		wake(&executor->process);
		found++;
	}
	return found;
}

/* Could another executor be started?  The lock is held. */
static bool
has_room(void)
{
	int			busy = 0;

	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (shared->executors[i].state != AK_SLOT_FREE && shared->executors[i].state != AK_SLOT_IDLE)
			busy++;
	return busy < ak_task_workers;
}

/* Where no executor can be started nobody is woken: the next one that is free finds the task.  The lock is held. */
static void
wake_for(Oid database, Oid role, int count)
{
	AkDatabaseSlot *slot;

	if (wake_idle(database, role, count) >= count || (slot = database_slot(database, true)) == NULL)
		return;
	slot->wanted = true;
	if (slot->scheduler.pid == 0)
		wake(&shared->launcher);
	else if (has_room())
		wake(&slot->scheduler);
}

void
ak_task_wake(Oid database, Oid role, int count)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	wake_for(database, role, count);
	LWLockRelease(lock);
}

void
ak_task_wake_another(Oid role)
{
	if (shared == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (shared->executors[i].process.pid == MyProcPid && shared->executors[i].state == AK_SLOT_IDLE)
			shared->executors[i].state = AK_SLOT_BUSY;
	wake_for(MyDatabaseId, role, 1);
	LWLockRelease(lock);
}

void
ak_task_wake_scheduler(Oid database)
{
	AkDatabaseSlot *slot;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(database, true);
	if (slot != NULL)
	{
		slot->wanted = true;
		wake(slot->scheduler.pid == 0 ? &shared->launcher : &slot->scheduler);
	}
	LWLockRelease(lock);
}

/* ---- places ---- */

void
ak_task_note_shortage(void)
{
	AkDatabaseSlot *slot;

	if (shared == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(MyDatabaseId, true);
	if (slot != NULL)
		slot->shortage = true;
	LWLockRelease(lock);
}

/* Wakes all idle executors in the database.  The lock is held. */
static void
wake_all_idle(Oid database)
{
	for (int i = 0; i < AK_TASK_SLOTS; i++)
	{
		AkExecutorSlot *executor = &shared->executors[i];

		if (executor->state != AK_SLOT_IDLE || executor->database != database)
			continue;
		executor->state = AK_SLOT_BUSY;
		wake(&executor->process);
	}
}

void
ak_task_wake_waiting(void)
{
	AkDatabaseSlot *slot;

	if (shared == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(MyDatabaseId, false);
	if (slot != NULL && slot->shortage)
	{
		slot->shortage = false;
		wake_all_idle(MyDatabaseId);
		wake(&slot->scheduler);
	}
	LWLockRelease(lock);
}

/* ---- a database goes ---- */

/* Signals all processes in the database; how many there are. */
static int
signal_processes(Oid database)
{
	int			count = 0;
	AkDatabaseSlot *slot;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(database, false);
	if (slot != NULL)
	{
		slot->wanted = false;
		if (slot->scheduler.pid != 0)
		{
			kill(slot->scheduler.pid, SIGTERM);
			count++;
		}
	}
	for (int i = 0; i < AK_TASK_SLOTS; i++)
		if (shared->executors[i].database == database && shared->executors[i].process.pid != 0)
		{
			kill(shared->executors[i].process.pid, SIGTERM);
			count++;
		}
	LWLockRelease(lock);
	return count;
}

void
ak_task_leave_database(Oid database)
{
	/* PostgreSQL itself waits five seconds for others to go. */
	for (int i = 0; i < 50 && signal_processes(database) > 0; i++)
	{
		CHECK_FOR_INTERRUPTS();
		pg_usleep(100 * 1000L);
	}
}
