/*
 * internal.h
 *		What the parts of room task share.
 */
#ifndef AK_TASK_INTERNAL_H
#define AK_TASK_INTERNAL_H

#include "datatype/timestamp.h"
#include "storage/lock.h"
#include "utils/timestamp.h"

#include "task/task.h"

/* ---- definition.c: tasks by name ---- */

typedef struct AkTaskDefinition
{
	char	   *name;
	char	   *role;			/* who registered it */
	Oid			seen;			/* which role that was; InvalidOid: whoever has the name */
	char	   *handler;		/* qualified, quoted */
	char	   *queue;
	int			priority;
	int			max_attempts;
	Interval   *timeout;		/* NULL: none */
	double		retry_delay;	/* seconds before the second attempt */
	double		retry_base;		/* each further delay is so many times as long */
	double		retry_max;		/* seconds: the longest */
	bool		batchable;		/* it may share a commit with others */
	bool		blocks_group;	/* while it waits for its next attempt, the rest of its group does */
} AkTaskDefinition;

/* NULL where there is none; it lives until the backend hears that definitions have changed. */
extern AkTaskDefinition *ak_task_find_definition(const char *name);
/* 42704 with the nearest. */
extern AkTaskDefinition *ak_task_resolve(const char *name);
/* The name most like it; NULL: none is. */
extern const char *ak_task_nearest(const char *name);
/* 42602 for one that is empty or too long; `what` has it. */
extern void ak_task_check_name(const char *name, const char *what);
/* Is the name one of our own tasks', which nobody else registers or enqueues?  Then 42939. */
extern bool ak_task_is_reserved(const char *name);
extern void ak_task_refuse_reserved(const char *name);
/* Seconds until the next attempt, `attempts` having failed. */
extern double ak_task_retry_delay(const AkTaskDefinition *definition, int attempts);

extern bool ak_task_is_timeout(const Interval *timeout);
/* Notes which role is meant by a definition's; InvalidOid: none. */
extern void ak_task_note_role(const char *name, Oid role);
/* What definitions say of roles follows those that were renamed. */
extern void ak_task_follow_roles(void);
/* As text; 22023 where it is none. */
extern char *ak_task_timeout_text(Interval *timeout);

/* ---- handler.c: functions that are tasks' bodies ---- */

typedef enum AkTaskForm
{
	AK_TASK_PLAIN,				/* f() */
	AK_TASK_ARGS,				/* f(args jsonb) */
	AK_TASK_RUN					/* f(aksara.task_run) */
} AkTaskForm;

typedef struct AkTaskHandler
{
	Oid			function;
	AkTaskForm	form;
	Oid			result;
} AkTaskHandler;

/* 42883 where no function of the name fits, 42501 where the current role may not execute it. */
extern void ak_task_find_handler(const char *name, AkTaskHandler *handler);
extern char *ak_task_handler_name(const AkTaskHandler *handler);

/* ---- cache.c: what a backend remembers of definitions and queues ---- */

/* Memory that lives until somebody changes either; `changed` counts how often that was. */
extern MemoryContext ak_task_cache_context(uint64 *changed);
/* Tells every backend, at the commit. */
extern void ak_task_cache_changed(void);

/* ---- queue.c ---- */

typedef struct AkQueue
{
	char	   *name;
	uint64		hash;
	bool		paused;
	double		aging;			/* seconds that a level of priority is worth */
	int			max_running;	/* 0: as many as there are workers */
	int			group_limit;	/* tasks of one group at once; 1: in order */
	int			rate;			/* tasks that may start in a period; 0: any number */
	int64		period;			/* microseconds */
	int			burst;			/* how many of them at once, after a rest */
} AkQueue;

/* The queue, made where it is new. */
extern const AkQueue *ak_task_use_queue(const char *name);
/* NULL: it is not known, and perhaps somebody is making it. */
extern const AkQueue *ak_task_find_queue(const char *name);
/* Makes those that tasks wait in (of AkDue *) and that are not known, for who was making them has not committed. */
extern void ak_task_make_queues(List *due);
/* Queues that are known, of AkQueue, by name; they live until the backend hears that queues have changed. */
extern List *ak_task_queues(uint64 *changed);
extern uint64 ak_task_hash(const char *text);

/* ---- rows.c: rows of live tasks ---- */

typedef enum AkTaskPlace
{
	AK_TASK_DUE,
	AK_TASK_LATER,
	AK_TASK_BLOCKED
} AkTaskPlace;

typedef struct AkTask
{
	int64		id;
	Oid			role;
	char	   *queue;
	double		rank;			/* in the order of which tasks start */
	bool		keeps_rank;		/* it is not ranked anew when it is inserted again */
	int			priority;
	TimestampTz run_at;
	char	   *task;
	Datum		args;			/* jsonb */
	int			attempts;		/* that ended */
	int			max_attempts;
	Interval   *timeout;		/* NULL: none */
	TimestampTz enqueued_at;
	char	   *group_key;		/* NULL: none */
	char	   *key;			/* NULL: none */
	int			crashes;		/* of the server, while it ran */
	AkTaskPlace place;
	ItemPointerData row;		/* there */
} AkTask;

extern const char *ak_task_table(AkTaskPlace place);
extern AkTask *ak_task_read(TupleTableSlot *slot, AkTaskPlace place);
/* Locks the row for this transaction; false where somebody else has it, or it is gone.  It never waits. */
extern bool ak_task_lock_row(Relation rel, TupleTableSlot *found, TupleTableSlot *locked);

/* ---- live.c: tasks that wait ---- */

extern int64 ak_task_next_id(void);
/* Puts a task where it belongs: among those due, or those due later; or, where it is blocked, among those. */
extern void ak_task_insert(AkTask *task, bool blocked);
/* A task that waits, its row locked; NULL: there is none, or another transaction has it, and `*busy` is the role it belongs to. */
extern AkTask *ak_task_lock(int64 id, Oid *busy);
/* The same without keeping the lock: the task, and whether its row is free; NULL: there is none. */
extern AkTask *ak_task_find(int64 id, bool *is_free);
extern void ak_task_delete(const AkTask *task);
/* Moves tasks whose time has come; how many. */
extern uint64 ak_task_move_due(void);

/* ---- due.c: who has due tasks ---- */

typedef struct AkDue
{
	Oid			role;
	char	   *queue;
} AkDue;

/* Roles and queues that have due tasks which nobody is at, of AkDue *, in this order; the queue may be paused, the role may be gone. */
extern List *ak_task_due_queues(void);
/* Some of a role's due tasks, of int64 *. */
extern List *ak_task_due_of(Oid role, int most);
/* When the next task is due of those that wait for their time, and nobody is at; DT_NOEND: there is none. */
extern TimestampTz ak_task_next_time(void);

/* ---- bound.c: below which rank a queue has nothing that could be claimed ---- */

typedef struct AkBound
{
	double		rank;			/* -infinity: nothing is known */
	uint64		version;		/* grows whenever somebody lowers it */
} AkBound;

/* From now on what somebody puts in is taken note of, until another bound is asked for. */
extern AkBound ak_task_bound(Oid role, uint64 queue);
/* There was nothing below the rank but what somebody has put in since `seen` was read. */
extern void ak_task_raise_bound(Oid role, uint64 queue, AkBound seen, double rank);
/* Something of this rank may be claimed from now on. */
extern void ak_task_lower_bound(Oid role, uint64 queue, double rank);
/* Anything may, in this database. */
extern void ak_task_forget_bounds(void);

/* ---- flow.c: limits, groups and rates ---- */

/* Classes of our locks, in the field where user's advisory locks have 1 and 2. */
typedef enum AkLockClass
{
	AK_LOCK_PLACE = 21,
	AK_LOCK_GROUP,
	AK_LOCK_RATE,
	AK_LOCK_KEY,
	AK_LOCK_KEYS,
	AK_LOCK_QUEUE
} AkLockClass;

extern void ak_task_set_tag(LOCKTAG *tag, uint64 hash, AkLockClass class);

/*
 * Tries to take a place among the tasks of a queue that may run at once, until
 * the transaction ends; -1: all are taken.  It may be given back before.
 */
extern int	ak_task_take_place(const AkQueue *queue);
extern void ak_task_leave_place(const AkQueue *queue, int place);
/* The same for a group of it. */
extern int	ak_task_take_group(const AkQueue *queue, const char *group_key);
extern void ak_task_leave_group(const AkQueue *queue, const char *group_key, int place);
/* Is nobody else making the queue of this hash?  Then nobody else does until the transaction ends. */
extern bool ak_task_may_make_queue(uint64 queue);
/* Takes leave to start a task of a queue with a rate; false, and when there will be: `*when`. */
extern bool ak_task_take_token(const AkQueue *queue, TimestampTz *when);
extern void ak_task_return_token(const AkQueue *queue);
/* Lets others work on queues with a rate, where one process alone may. */
extern void ak_task_leave_rates(void);
/* When there will be one. */
extern TimestampTz ak_task_next_token(const AkQueue *queue);

/* ---- group.c: the order of tasks of a group ---- */

/* The group has been taken.  Does another task of it come first, or wait for its next attempt, and this one with it? */
extern bool ak_task_is_behind(const AkTask *task);

/* ---- claim.c: the next task ---- */

typedef struct AkClaims AkClaims;

/* Begins to claim tasks of the current role, of this queue or any, in the current transaction. */
extern AkClaims *ak_task_begin_claims(const char *only);
/* The next one, its row locked; NULL: there is none that may start. */
extern AkTask *ak_task_claim(AkClaims *claims);
/* This one, if it may start. */
extern AkTask *ak_task_claim_this(AkClaims *claims, int64 id);
/* Has the transaction under way claimed the task? */
extern bool ak_task_is_claimed_here(int64 id);
/* It ends. */
extern void ak_task_forget_claims(void);
/* When a task could start that could not for its queue's rate; 0: there was none. */
extern TimestampTz ak_task_claims_retry_at(const AkClaims *claims);
/* Was there no place, or was a group taken? */
extern bool ak_task_claims_are_short(const AkClaims *claims);
/* Has it a place or a group that others may wait for? */
extern bool ak_task_claims_hold_places(const AkClaims *claims);

/* ---- history.c: attempts that ended ---- */

typedef struct AkTaskOutcome
{
	const char *state;			/* completed, retried, failed, cancelled */
	TimestampTz started_at;		/* 0: it never did */
	TimestampTz finished_at;
	Datum		result;			/* jsonb; 0: NULL */
	AkJson	   *error;			/* NULL: none */
} AkTaskOutcome;

/* What became of a task that this transaction has the lock of. */
typedef struct AkEnded
{
	AkTask	   *task;
	AkTaskOutcome outcome;
	double		again;			/* seconds until the next attempt, where it was retried */
} AkEnded;

/* An attempt has failed: what becomes of the task by its definition (NULL: it has none). */
extern void ak_task_fail(AkEnded *ended, const AkTaskDefinition *definition);
/* Writes what became of tasks, of AkEnded *: their rows and keys go, history is written, those that are retried wait again. */
extern void ak_task_settle(List *ended);
/* An error as the history keeps it. */
extern AkJson *ak_task_error(int sqlstate, const char *message, const char *detail, const char *hint, const char *context);

/* ---- dependency.c: tasks that wait for others ---- */

/*
 * Notes that the task waits for others (bigint[]), and what becomes of it
 * when one of them fails (cancel, run, hold); true: some are still to come.
 */
extern bool ak_task_note_parents(const AkTask *task, Datum parents, const char *on_failure);
/* Tasks have ended for good, of AkEnded *: remembers who waits for them. */
extern void ak_task_note_ended(List *ended);
/* Releases those remembered, in a transaction after that, which is to end then, so that others see them; false: none could be. */
extern bool ak_task_release_children(void);
/* The transaction has failed: nobody has ended. */
extern void ak_task_forget_children(void);
/* Looks at all tasks that wait for others; milliseconds until it must be called again, as a look that is not urgent may have been put off. */
extern long ak_task_release_all(bool urgent);

/* ---- run.c: the body ---- */

typedef enum AkVerdict
{
	AK_RUN_DONE,
	AK_RUN_FAILED,
	AK_RUN_ALONE				/* it has to run again, by itself; nothing is spent */
} AkVerdict;

typedef struct AkRun
{
	AkVerdict	verdict;
	Datum		result;			/* jsonb; 0: NULL */
	ErrorData  *error;
} AkRun;

/*
 * Runs a body in a subtransaction.  One that shares its transaction with
 * others may not wait for locks, or repeat what went wrong: it runs again.
 * One that somebody called off takes the transaction with it: an error.
 */
extern AkRun ak_task_run_body(const AkTask *task, const AkTaskDefinition *definition, bool shared);
extern bool ak_task_is_conflict(int sqlstate);

/* ---- duration.c: how long bodies take ---- */

/* Did bodies of the task take little time of late, in this process? */
extern bool ak_task_is_short(const char *task);
extern void ak_task_note_duration(const char *task, int64 microseconds);

/* ---- batch.c: a transaction's worth of tasks ---- */

/* What one who works knows from one transaction to the next. */
typedef struct AkWork
{
	MemoryContext context;		/* of what it knows */
	const char *only;			/* queue; NULL: any */
	int64		most;			/* tasks that it still may run */
	bool		executor;		/* it is a background worker */
	void		(*between) (void);	/* called after each body; NULL: nothing is */
	bool		fresh;			/* it has claimed nothing since it had a rest */
	int64		alone;			/* task that is next, and by itself; 0: none */
	int			repeats;		/* how often that one was */
	int			singles;		/* so many transactions have one task each */
	bool		heeds;			/* some of the tasks may be cancelled before they begin */
	int64		current;		/* task that runs; 0: none */
	int64		last;			/* task that ran last */
	int			running;		/* tasks that the transaction has claimed */
	int			ended;			/* those of them that it has done with */
	int64		blamed;			/* task of a transaction that failed; 0: none */
	AkJson	   *blame;			/* why; NULL: it was called off */
	int64		stopped;		/* task that was stopped last, by somebody */
	int			stops;			/* how often, one time after the other */
	TimestampTz retry_at;		/* when a task might start that is held back; 0: none is */
	int			retries;		/* how often one has looked for a place in vain */
	bool		held;			/* the transaction has places that others may wait for */
} AkWork;

extern void ak_task_begin_work(AkWork *work, MemoryContext parent);
/* Claims and runs tasks in the current transaction; false where there was nothing to do. */
extern bool ak_task_work(AkWork *work);
/* Is such a transaction under way? */
extern bool ak_task_is_at_work(void);
/* The transaction is rolled back, whoever has it. */
extern void ak_task_work_is_lost(void);
/* The transaction has been committed. */
extern void ak_task_work_done(AkWork *work);
/* It has failed and is gone; true where the work may go on at once, with what it has learned. */
extern bool ak_task_work_failed(AkWork *work, const ErrorData *error);

/* ---- look.c ---- */

/* The task as json, as far as the caller may see it; P0002 where there is none. */
extern Datum ak_task_document(int64 id);

/* ---- control.c ---- */

/* 42501 where the caller may not act as the role. */
extern void ak_task_require_mine(int64 id, Oid role);

/* A task that has ended, as the history has it; P0002 where it has none. */
extern AkTask *ak_task_find_ended(int64 id);
/* May there be tasks that somebody has asked to be cancelled? */
extern bool ak_task_has_cancels(void);
/* Has somebody asked for the task to be cancelled?  It is taken note of. */
extern bool ak_task_take_cancel(int64 id);

#endif
