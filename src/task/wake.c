/*
 * wake.c
 *		What a transaction that has dealt with tasks does at its end.
 *
 * Whoever enqueues wakes who is to run it when the transaction has committed;
 * a burst wakes once.  What a savepoint took back may wake somebody for
 * nothing.  A wake-up that is lost costs no more than the time until the
 * scheduler looks again.  Who gives locks on tasks back makes the bounds below
 * which nobody looks forgotten.
 */
#include "postgres.h"

#include <signal.h>

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "task/process.h"

/* Queues of roles that one transaction remembers; beyond that everything is looked at. */
#define MOST_QUEUES 16

/* Processes that one transaction tells to stop. */
#define MOST_STOPS 64

static int	nqueues = 0;
static struct
{
	Oid			role;
	uint64		queue;
	double		rank;			/* the lowest */
	int			count;			/* of tasks */
}			woken[MOST_QUEUES];
static bool too_many = false;	/* to be remembered */
static bool calls_scheduler = false;
static bool comes_back = false; /* whoever worked in this database */

static int	nstops = 0;
static struct
{
	int64		id;
	pid_t		pid;
}			stops[MOST_STOPS];

static int	locks_level = 0;		/* the deepest nesting at which a task was locked; 0: none was */

/* ---- what is remembered ---- */

void
ak_task_wake_at_commit(const AkTask *task)
{
	uint64		queue;

	if (!ak_task_is_shared())
		return;
	if (task->place != AK_TASK_DUE)
	{
		calls_scheduler = true;
		return;
	}
	queue = ak_task_hash(task->queue);
	for (int i = 0; i < nqueues; i++)
		if (woken[i].role == task->role && woken[i].queue == queue)
		{
			woken[i].rank = Min(woken[i].rank, task->rank);
			woken[i].count++;
			return;
		}
	if (nqueues == MOST_QUEUES)
	{
		too_many = true;
		return;
	}
	woken[nqueues].role = task->role;
	woken[nqueues].queue = queue;
	woken[nqueues].rank = task->rank;
	woken[nqueues++].count = 1;
}

void
ak_task_wake_now(const AkTask *task)
{
	if (!ak_task_is_shared() || task->place != AK_TASK_DUE)
		return;
	ak_task_lower_bound(task->role, ak_task_hash(task->queue), task->rank);
	ak_task_wake(MyDatabaseId, task->role, 1);
}

void
ak_task_note_lock(void)
{
	locks_level = Max(locks_level, GetCurrentTransactionNestLevel());
}

void
ak_task_look_at_commit(void)
{
	calls_scheduler = calls_scheduler || ak_task_is_shared();
}

void
ak_task_come_back_at_end(void)
{
	comes_back = true;
}

void
ak_task_stop_at_commit(int64 id, pid_t pid)
{
	if (nstops == MOST_STOPS)
		return;
	stops[nstops].id = id;
	stops[nstops++].pid = pid;
}

/* ---- the end ---- */

static void
wake_runners(void)
{
	for (int i = 0; i < nqueues; i++)
		ak_task_lower_bound(woken[i].role, woken[i].queue, woken[i].rank);
	for (int i = 0; i < nqueues; i++)
		ak_task_wake(MyDatabaseId, woken[i].role, woken[i].count);
}

/* A process that has gone on to another task stops in vain: that one runs again. */
static void
stop_runners(void)
{
	for (int i = 0; i < nstops; i++)
	{
		AkRunner	runner;

		if (!ak_task_is_shared() || (ak_task_find_runner(stops[i].id, &runner) && runner.pid == stops[i].pid))
			kill(stops[i].pid, SIGINT);
	}
}

/* Locks on tasks have been given back: others may have passed them over. */
static void
tasks_are_free(void)
{
	ak_task_forget_bounds();
	if (ak_task_is_shared())
		ak_task_wake_scheduler(MyDatabaseId);
}

static void
at_end(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		return;
	if (event == XACT_EVENT_COMMIT)
	{
		wake_runners();
		stop_runners();
		if (too_many || calls_scheduler)
			ak_task_wake_scheduler(MyDatabaseId);
	}
	if (comes_back)
		ak_task_want_scheduler(MyDatabaseId);
	if (too_many)
		ak_task_forget_bounds();
	if (locks_level > 0 && event == XACT_EVENT_ABORT)
		tasks_are_free();
	if (event == XACT_EVENT_ABORT)
		ak_task_work_is_lost();
	ak_task_home_is_kept(event == XACT_EVENT_COMMIT);
	ak_task_forget_claims();
	nqueues = nstops = 0;
	too_many = calls_scheduler = comes_back = false;
	locks_level = 0;
}

static void
at_savepoint(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();

	if (event == SUBXACT_EVENT_ABORT_SUB)
		ak_task_home_is_kept(false);
	if (event != SUBXACT_EVENT_ABORT_SUB || locks_level < level)
		return;
	locks_level = level - 1;
	tasks_are_free();
}

void
ak_task_wake_init(void)
{
	RegisterXactCallback(at_end, NULL);
	RegisterSubXactCallback(at_savepoint, NULL);
}
