/*
 * running.c
 *		Who runs which task at this moment.
 *
 * Each process that runs tasks has a place in shared memory, taken with its
 * first task and left at its end; it says there what it is at.  Tasks whose
 * fate is still to be written down, for they ended their process, are
 * condemned: nobody claims them meanwhile.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"

#include "task/process.h"

#define MOST_CONDEMNED (64 + AK_TASK_SUSPECTS)

typedef struct AkRunning
{
	AkRunner	runners[AK_TASK_RUNNERS];
	int			ncondemned;
	struct
	{
		Oid			database;
		int64		id;
	}			condemned[MOST_CONDEMNED];
} AkRunning;

static AkRunning *running = NULL;
static LWLock *lock = NULL;
static AkRunner *mine = NULL;

Size
ak_task_running_size(void)
{
	return sizeof(AkRunning);
}

/* Before anybody could claim them. */
static void
condemn_suspects(void)
{
	AkSuspect	suspects[AK_TASK_SUSPECTS];
	int			count = ak_task_suspects(InvalidOid, suspects);

	for (int i = 0; i < count; i++)
		ak_task_condemn(suspects[i].database, suspects[i].id);
}

void
ak_task_attach_running(LWLock *with)
{
	bool		found;

	running = ShmemInitStruct("aksara tasks that run", sizeof(AkRunning), &found);
	if (!found)
		memset(running, 0, sizeof(AkRunning));
	lock = with;
	ak_task_journal_restart();
	condemn_suspects();
}

/* ---- this process ---- */

static void
leave(int code, Datum argument)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	memset(mine, 0, sizeof(AkRunner));
	ak_task_journal_clear();
	LWLockRelease(lock);
	mine = NULL;
}

/* A place of this process; where there is none left it runs unseen. */
static void
enter(void)
{
	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < AK_TASK_RUNNERS && mine == NULL; i++)
		if (running->runners[i].pid == 0)
			mine = &running->runners[i];
	if (mine != NULL)
	{
		mine->pid = MyProcPid;
		mine->database = MyDatabaseId;
		ak_task_journal_enter(mine - running->runners);
	}
	LWLockRelease(lock);
	if (mine != NULL)
		before_shmem_exit(leave, (Datum) 0);
}

void
ak_task_says_running(const AkTask *task, bool executor)
{
	if (executor)
		pgstat_report_activity(STATE_RUNNING, psprintf("task " INT64_FORMAT " %s", task->id, task->task));
	if (running == NULL)
		return;
	if (mine == NULL)
		enter();
	if (mine == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	mine->id = task->id;
	mine->role = task->role;
	mine->started_at = GetCurrentTimestamp();
	mine->executor = executor;
	mine->done = mine->total = 0;
	mine->note[0] = '\0';
	LWLockRelease(lock);
	ak_task_journal_note(task, mine->started_at);
}

void
ak_task_says_rest(void)
{
	if (mine == NULL)
		return;
	ak_task_journal_clear();
	LWLockAcquire(lock, LW_EXCLUSIVE);
	mine->id = 0;
	LWLockRelease(lock);
}

void
ak_task_says_progress(int done, int total, const char *note)
{
	int			length = pg_mbcliplen(note, strlen(note), AK_TASK_NOTE - 1);

	if (mine == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	mine->done = done;
	mine->total = total;
	memcpy(mine->note, note, length);
	mine->note[length] = '\0';
	LWLockRelease(lock);
}

/* ---- others ---- */

void
ak_task_each_runner(void (*each) (const AkRunner *runner, void *arg), void *arg)
{
	AkRunner   *runners;
	int			count = 0;

	if (running == NULL)
		return;
	runners = palloc(sizeof(running->runners));
	LWLockAcquire(lock, LW_SHARED);
	for (int i = 0; i < AK_TASK_RUNNERS; i++)
		if (running->runners[i].id != 0 && running->runners[i].database == MyDatabaseId)
			runners[count++] = running->runners[i];
	LWLockRelease(lock);
	for (int i = 0; i < count; i++)
		each(&runners[i], arg);
}

bool
ak_task_find_runner(int64 id, AkRunner *out)
{
	bool		found = false;

	if (running == NULL)
		return false;
	LWLockAcquire(lock, LW_SHARED);
	for (int i = 0; i < AK_TASK_RUNNERS && !found; i++)
		if (running->runners[i].id == id && running->runners[i].database == MyDatabaseId)
		{
			*out = running->runners[i];
			found = true;
		}
	LWLockRelease(lock);
	return found;
}

/* ---- the condemned ---- */

void
ak_task_condemn(Oid database, int64 id)
{
	if (running == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	if (running->ncondemned < MOST_CONDEMNED)
	{
		running->condemned[running->ncondemned].database = database;
		running->condemned[running->ncondemned++].id = id;
	}
	LWLockRelease(lock);
}

void
ak_task_absolve(int64 id)
{
	if (running == NULL)
		return;
	LWLockAcquire(lock, LW_EXCLUSIVE);
	for (int i = 0; i < running->ncondemned; i++)
		if (running->condemned[i].database == MyDatabaseId && running->condemned[i].id == id)
			running->condemned[i--] = running->condemned[--running->ncondemned];
	LWLockRelease(lock);
	ak_task_forget_bounds();
}

bool
ak_task_is_condemned(int64 id)
{
	bool		found = false;

	/* A number that is not there yet is not there for this look. */
	if (running == NULL || running->ncondemned == 0)
		return false;
	LWLockAcquire(lock, LW_SHARED);
	for (int i = 0; i < running->ncondemned && !found; i++)
		found = running->condemned[i].database == MyDatabaseId && running->condemned[i].id == id;
	LWLockRelease(lock);
	return found;
}
