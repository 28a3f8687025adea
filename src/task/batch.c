/*
 * batch.c
 *		A transaction's worth of tasks.
 *
 * Bodies that are known to be short share a commit: after one has ended the
 * next due task is claimed in the same transaction, as long as few are done and
 * little time has passed.  None waits for a claim it cannot have, for there is one at a time.
 * A body that would wait for a lock is rolled back; those that are done
 * commit, and it runs next, by itself.  If a commit fails all of its tasks run
 * again, one in each transaction, and the one that fails again has failed.
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/pg_prng.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/memutils.h"

#include "task/process.h"

/* The most tasks, microseconds and subtransactions of a shared transaction. */
#define MOST_TASKS 32
#define LONGEST 5000
#define MOST_SUBTRANSACTIONS 48

/* How often a task that met a conflict is repeated at once. */
#define FREE_REPEATS 3

/* How often a body may be stopped for nothing, one time after the other. */
#define MOST_STOPS 10

/* Microseconds that one gives way at most, doubled with each time. */
#define LONGEST_WAY 5000

/* Milliseconds until one who found no place looks again, at first and at most; each time twice as long. */
#define FIRST_RETRY 20
#define LONGEST_RETRY 1000

/* Seconds until a task without a definition is looked at again. */
#define UNKNOWN_WAIT 60

/* ---- one task ---- */

/* Is it to be run again at once, for nothing? */
static bool
may_repeat(AkWork *work, const AkTask *task)
{
	if (work->running > 1)
		work->repeats = 0;
	else if (work->repeats++ >= FREE_REPEATS)
		return false;
	return true;
}

/* A task that nobody has registered, or no longer, waits until somebody does; no attempt is spent. */
static void
put_off(AkTask *task)
{
	ak_task_delete(task);
	task->run_at = GetCurrentTimestamp() + UNKNOWN_WAIT * USECS_PER_SEC;
	task->keeps_rank = task->group_key != NULL;
	ak_task_insert(task, false);
}

static void
cancel(AkEnded *ended)
{
	ended->outcome.finished_at = GetCurrentTimestamp();
	ended->outcome.state = "cancelled";
}

/* Runs a claimed task; what became of it, or NULL: nothing yet. */
static AkEnded *
run_task(AkWork *work, AkTask *task, const AkTaskDefinition *definition)
{
	AkEnded    *ended = palloc0(sizeof(AkEnded));
	AkRun		run;

	ended->task = task;
	if (work->heeds && ak_task_take_cancel(task->id))
	{
		cancel(ended);
		return ended;
	}
	ended->outcome.started_at = GetCurrentTimestamp();
	work->current = work->last = task->id;
	ak_task_says_running(task, work->executor);
	run = ak_task_run_body(task, definition, work->running > 1);
	ak_task_says_rest();
	work->current = 0;
	ak_task_note_duration(task->task, GetCurrentTimestamp() - ended->outcome.started_at);
	if (work->between != NULL)
		work->between();
	if (run.verdict == AK_RUN_ALONE && may_repeat(work, task))
		return NULL;
	work->repeats = 0;
	if (run.error != NULL)
	{
		ended->outcome.error = ak_task_error(run.error->sqlerrcode, run.error->message, run.error->detail, run.error->hint,
											 run.error->context);
		ak_task_fail(ended, definition);
		return ended;
	}
	task->attempts++;
	ended->outcome.result = run.result;
	ended->outcome.finished_at = GetCurrentTimestamp();
	ended->outcome.state = "completed";
	return ended;
}

/* ---- the transaction ---- */

static bool
is_full(const AkWork *work, TimestampTz since)
{
	return work->running >= MOST_TASKS || work->running >= work->most || work->singles > 0 || work->alone != 0 ||
		IsolationUsesXactSnapshot() || MyProc->subxidStatus.overflowed ||
		MyProc->subxidStatus.count >= MOST_SUBTRANSACTIONS || (MyXactFlags & XACT_FLAGS_ACCESSEDTEMPNAMESPACE) != 0 ||
		GetCurrentTimestamp() - since > LONGEST;
}

/* What a transaction before this one had to leave unsaid. */
static void
say_blame(AkWork *work)
{
	Oid			busy;
	AkTask	   *task = ak_task_lock(work->blamed, &busy);
	AkEnded		ended = {.task = task};

	work->blamed = 0;
	if (task == NULL)
		return;
	if (ak_task_take_cancel(task->id))
		cancel(&ended);
	else if (work->blame == NULL)
	{
		/* Others may have passed it over, for its row was locked. */
		ak_task_wake_at_commit(task);
		return;
	}
	else
	{
		ended.outcome.error = work->blame;
		ak_task_fail(&ended, ak_task_find_definition(task->task));
	}
	ak_task_settle(list_make1(&ended));
}

/* Two tasks that met once should not meet again at once: one of them waits some milliseconds. */
static void
give_way(int repeats)
{
	if (repeats > 0)
		pg_usleep((long) (pg_prng_double(&pg_global_prng_state) * (LONGEST_WAY << repeats)));
}

/* The next task: the one that is to run by itself, or the next in turn. */
static AkTask *
next_task(AkWork *work, AkClaims *claims)
{
	int64		alone = work->alone;
	AkTask	   *task = NULL;

	work->alone = 0;
	if (alone != 0)
	{
		give_way(work->repeats);
		task = ak_task_claim_this(claims, alone);
	}
	if (task == NULL)
	{
		work->repeats = 0;
		task = ak_task_claim(claims);
	}
	else
		work->singles = Max(work->singles, 1);
	if (task != NULL)
		work->running++;
	work->held = ak_task_claims_hold_places(claims);
	return task;
}

/*
 * When one who found nothing is to look again by himself.  Who leaves a place
 * after a task wakes those who wait for one; but one who had it only while he
 * looked wakes nobody, or else all would wake one another until a place is free.
 */
static TimestampTz
retry_at(AkWork *work, const AkClaims *claims)
{
	TimestampTz at = ak_task_claims_retry_at(claims);
	TimestampTz again;

	work->retries = work->running == 0 && ak_task_claims_are_short(claims) ? work->retries + 1 : 0;
	if (work->retries == 0)
		return at;
	again = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), Min(FIRST_RETRY << Min(work->retries - 1, 10), LONGEST_RETRY));
	return at == 0 ? again : Min(at, again);
}

/* Others may find something, too: the first task after a rest may not be the only one. */
static void
call_others(AkWork *work)
{
	if (work->fresh && work->executor)
		ak_task_wake_another(GetUserId());
	work->fresh = false;
}

/* Runs a task that was claimed; true where the transaction may go on. */
static bool
deal_with(AkWork *work, AkTask *task, List **ended)
{
	const AkTaskDefinition *definition = ak_task_find_definition(task->task);
	AkEnded    *one;
	bool		shares;

	if (definition == NULL)
	{
		put_off(task);
		return true;
	}
	shares = definition->batchable && ak_task_is_short(task->task);
	one = shares || work->running == 1 ? run_task(work, task, definition) : NULL;
	if (one == NULL)
	{
		work->alone = task->id;
		/* Others may have passed it over, for its row was locked; one that is repeated waits for this process. */
		if (work->running > 1)
			ak_task_wake_at_commit(task);
		return false;
	}
	*ended = lappend(*ended, one);
	/* What is left of its group may have to wait for it. */
	return shares && !(task->group_key != NULL && strcmp(one->outcome.state, "retried") == 0);
}

static bool at_work = false;

bool
ak_task_is_at_work(void)
{
	return at_work;
}

bool
ak_task_work(AkWork *work)
{
	TimestampTz since = GetCurrentTimestamp();
	AkClaims   *claims;
	AkTask	   *task;
	List	   *ended = NIL;

	at_work = true;
	work->running = work->ended = 0;
	work->held = false;
	if (work->blamed != 0)
	{
		say_blame(work);
		return true;
	}
	if (ak_task_release_children())
		return true;
	work->heeds = ak_task_has_cancels();
	claims = ak_task_begin_claims(work->only);
	while ((task = next_task(work, claims)) != NULL)
	{
		call_others(work);
		if (!deal_with(work, task, &ended) || is_full(work, since))
			break;
	}
	work->retry_at = retry_at(work, claims);
	work->ended = list_length(ended);
	ak_task_settle(ended);
	return work->running > 0;
}

/* ---- between transactions ---- */

void
ak_task_begin_work(AkWork *work, MemoryContext parent)
{
	memset(work, 0, sizeof(AkWork));
	work->context = AllocSetContextCreate(parent, "aksara work", ALLOCSET_SMALL_SIZES);
	work->most = PG_INT64_MAX;
}

void
ak_task_work_is_lost(void)
{
	if (!at_work)
		return;
	at_work = false;
	ak_task_says_rest();
	ak_task_forget_children();
}

/* The places that the transaction had are free: whoever waits for one looks. */
static void
leave_places(AkWork *work)
{
	if (work->held)
		ak_task_wake_waiting();
	work->held = false;
}

void
ak_task_work_done(AkWork *work)
{
	at_work = false;
	work->singles = Max(work->singles - 1, 0);
	work->most -= work->ended;
	leave_places(work);
	ak_task_ring();
}

/* Is it the server that has a problem, and no task? */
static bool
is_trouble(const ErrorData *error)
{
	int			class = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return class == ERRCODE_INSUFFICIENT_RESOURCES || class == ERRCODE_OPERATOR_INTERVENTION || class == ERRCODE_SYSTEM_ERROR ||
		error->sqlerrcode == ERRCODE_READ_ONLY_SQL_TRANSACTION;
}

/* The one task of a transaction that could not be committed: it is repeated, or has failed. */
static void
blame(AkWork *work, const ErrorData *error)
{
	if (ak_task_is_conflict(error->sqlerrcode) && work->repeats++ < FREE_REPEATS)
	{
		work->alone = work->last;
		return;
	}
	work->repeats = 0;
	work->blamed = work->last;
	work->blame = ak_task_error(error->sqlerrcode, error->message, error->detail, error->hint, error->context);
}

/* Whoever stopped the body did not mean the task, unless it is always the same one: then it may be its own doing. */
static void
note_called_off(AkWork *work, int64 id, const ErrorData *error)
{
	work->stops = work->stopped == id ? work->stops + 1 : 1;
	work->stopped = id;
	work->blamed = id;
	work->blame = work->stops <= MOST_STOPS ? NULL :
		ak_task_error(error->sqlerrcode, error->message, error->detail, error->hint, error->context);
}

bool
ak_task_work_failed(AkWork *work, const ErrorData *error)
{
	MemoryContext old = MemoryContextSwitchTo(work->context);
	int64		current = work->current;
	bool		go_on = true;

	MemoryContextReset(work->context);
	leave_places(work);
	work->current = work->alone = 0;
	if (current != 0 && error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		note_called_off(work, current, error);
	else if (is_trouble(error) || work->running == 0)
		go_on = false;
	else if (work->running > 1)
		work->singles = work->running;
	else
		blame(work, error);
	MemoryContextSwitchTo(old);
	return go_on;
}
