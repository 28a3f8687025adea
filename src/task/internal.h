/*
 * internal.h
 *		What the parts of room task share.
 */
#ifndef AK_TASK_INTERNAL_H
#define AK_TASK_INTERNAL_H

#include "datatype/timestamp.h"
#include "utils/timestamp.h"

#include "task/task.h"

/* ---- definition.c: tasks by name ---- */

typedef struct AkTaskDefinition
{
	char	   *name;
	Oid			role;			/* who registered it */
	char	   *handler;		/* qualified, quoted */
	char	   *queue;
	int			priority;
	int			max_attempts;
	Interval   *timeout;		/* NULL: none */
	double		retry_delay;	/* seconds before the second attempt */
	double		retry_base;		/* each further delay is so many times as long */
	double		retry_max;		/* seconds: the longest */
} AkTaskDefinition;

/* NULL where there is none. */
extern AkTaskDefinition *ak_task_find_definition(const char *name);
/* 42704 with the nearest. */
extern AkTaskDefinition *ak_task_resolve(const char *name);
/* Seconds until the next attempt, `attempts` having failed. */
extern double ak_task_retry_delay(const AkTaskDefinition *definition, int attempts);

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

/* ---- live.c: rows of tasks that wait ---- */

typedef struct AkTask
{
	int64		id;
	Oid			role;
	char	   *queue;
	int			priority;
	TimestampTz run_at;
	char	   *task;
	Datum		args;			/* jsonb */
	int			attempts;		/* that ended */
	int			max_attempts;
	Interval   *timeout;		/* NULL: none */
	TimestampTz enqueued_at;
	bool		later;			/* it stands among those due later */
} AkTask;

extern int64 ak_task_next_id(void);
extern void ak_task_insert(const AkTask *task);
/* The next due task of the current role in a queue, its row locked; NULL: there is none that is free. */
extern AkTask *ak_task_claim(const char *queue);
/* A task that waits, its row locked; NULL: there is none, or another transaction has it, and `*busy` is the role it belongs to. */
extern AkTask *ak_task_lock(int64 id, Oid *busy);
extern void ak_task_delete(const AkTask *task);
/* Moves tasks whose time has come; how many. */
extern uint64 ak_task_move_due(void);

/* ---- queue.c ---- */

/* Makes sure that the queue is known; gives its aging. */
extern double ak_task_use_queue(const char *name);
/* Queues that are not paused, of char *. */
extern List *ak_task_open_queues(void);

/* ---- history.c: attempts that ended ---- */

typedef struct AkTaskOutcome
{
	const char *state;			/* completed, retried, failed, cancelled */
	TimestampTz started_at;		/* 0: it never did */
	Datum		result;			/* jsonb; 0: NULL */
	const AkJson *error;		/* NULL: none */
} AkTaskOutcome;

extern void ak_task_record(const AkTask *task, const AkTaskOutcome *outcome);

/* ---- run.c: one task from claim to outcome ---- */

/* Runs a claimed task and writes its outcome, in the current transaction. */
extern void ak_task_run(AkTask *task);

/* ---- work.c ---- */

/*
 * Claims and runs the next due task of the current role, of this queue or any,
 * in the current transaction; false: there is none.  `claimed` (or NULL) is
 * called in between.
 */
extern bool ak_task_run_one(const char *only, void (*claimed) (void));

#endif
