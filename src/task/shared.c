/*
 * shared.c
 *		What the processes of room task share; the launcher and schedulers.
 *
 * Each part of the shared memory has a lock of its own, and none is taken
 * while another is held; nothing waits, and nothing that can fail is done,
 * while it is held.  Places are left by the process that has them, when it
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

typedef struct AkDatabaseSlot
{
	Oid			database;		/* InvalidOid: free */
	bool		wanted;			/* it may have tasks */
	bool		shortage;		/* somebody waits for a place among those that may run */
	bool		held_up;		/* its scheduler waits for a slot */
	TimestampTz not_before;		/* a scheduler that failed is not started again sooner */
	AkProcess	scheduler;
} AkDatabaseSlot;

/* Databases, executors, bounds, rates, tasks that run. */
#define NLOCKS 5

/* Seconds until a scheduler that failed is started again. */
#define FAILURE_DELAY 3

typedef struct AkShared
{
	AkProcess	launcher;
	AkDatabaseSlot databases[AK_TASK_DATABASES];
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
	RequestAddinShmemSpace(MAXALIGN(sizeof(AkShared)) + MAXALIGN(ak_task_slots_size()) + MAXALIGN(ak_task_bounds_size()) +
						   MAXALIGN(ak_task_buckets_size()) + MAXALIGN(ak_task_running_size()) + MAXALIGN(ak_task_bell_size()));
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
	ak_task_attach_slots(&locks[1].lock);
	ak_task_attach_bounds(&locks[2].lock);
	ak_task_attach_buckets(&locks[3].lock);
	ak_task_attach_running(&locks[4].lock);
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

AkProcess
ak_task_this_process(void)
{
	AkProcess	process = {MyProcPid, ak_my_proc_number()};

	return process;
}

/* Harmless where another process has that place by now. */
void
ak_task_wake_process(const AkProcess *process)
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
	shared->launcher = ak_task_this_process();
	LWLockRelease(lock);
	before_shmem_exit(leave_launcher, (Datum) 0);
}

List *
ak_task_wanting_databases(TimestampTz *next)
{
	Oid			wanting[AK_TASK_DATABASES];
	int			count = 0;
	List	   *databases = NIL;
	TimestampTz now = GetCurrentTimestamp();

	LWLockAcquire(lock, LW_SHARED);
	for (int i = 0; i < AK_TASK_DATABASES; i++)
	{
		const AkDatabaseSlot *slot = &shared->databases[i];

		if (!slot->wanted || slot->scheduler.pid != 0)
			continue;
		if (slot->not_before <= now)
			wanting[count++] = slot->database;
		else
			*next = Min(*next, slot->not_before);
	}
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

bool
ak_task_want_scheduler(Oid database)
{
	AkDatabaseSlot *slot;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(database, true);
	if (slot != NULL)
		slot->wanted = true;
	ak_task_wake_process(&shared->launcher);
	LWLockRelease(lock);
	return slot != NULL;
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
	ak_task_wake_process(&shared->launcher);
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
		slot->scheduler = ak_task_this_process();
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

/* ---- waking ---- */

/* The database may have tasks; false: its scheduler is not there, and the launcher is woken.  The lock is held. */
static bool
has_scheduler(AkDatabaseSlot *slot)
{
	slot->wanted = true;
	if (slot->scheduler.pid == 0)
		ak_task_wake_process(&shared->launcher);
	return slot->scheduler.pid != 0;
}

/*
 * Where nobody is idle and no executor can be started, the next one of the role
 * that is free finds the task; or another role's becomes idle: then the
 * scheduler, which has been held up, is woken.
 */
void
ak_task_wake(Oid database, Oid role, int count)
{
	AkDatabaseSlot *slot;
	bool		held_up = false;

	if (ak_task_wake_idle(database, role, count) >= count)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(database, true);
	if (slot != NULL && has_scheduler(slot))
		held_up = slot->held_up = true;
	LWLockRelease(lock);
	if (held_up && ak_task_can_start(database, role))
		ak_task_wake_scheduler(database);
}

void
ak_task_wake_another(Oid role)
{
	if (shared == NULL)
		return;
	ak_task_executor_is_busy(true);
	ak_task_wake(MyDatabaseId, role, 1);
}

void
ak_task_wake_schedulers(Oid database)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < AK_TASK_DATABASES; i++)
	{
		AkDatabaseSlot *slot = &shared->databases[i];

		if (!slot->held_up && (slot->database != database || !OidIsValid(database)))
			continue;
		slot->held_up = false;
		ak_task_wake_process(&slot->scheduler);
	}
	LWLockRelease(lock);
}

void
ak_task_note_held_up(void)
{
	AkDatabaseSlot *slot;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(MyDatabaseId, false);
	if (slot != NULL)
		slot->held_up = true;
	LWLockRelease(lock);
}

void
ak_task_wake_scheduler(Oid database)
{
	AkDatabaseSlot *slot;

	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(database, true);
	if (slot != NULL && has_scheduler(slot))
	{
		slot->held_up = false;
		ak_task_wake_process(&slot->scheduler);
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

void
ak_task_wake_waiting(void)
{
	AkDatabaseSlot *slot;
	bool		shortage;

	if (shared == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	slot = database_slot(MyDatabaseId, false);
	shortage = slot != NULL && slot->shortage;
	if (shortage)
		slot->shortage = false;
	LWLockRelease(lock);
	if (shortage && ak_task_wake_idle(MyDatabaseId, InvalidOid, AK_TASK_SLOTS) == 0)
		ak_task_wake_scheduler(MyDatabaseId);
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
	LWLockRelease(lock);
	return count + ak_task_end_executors(database);
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
