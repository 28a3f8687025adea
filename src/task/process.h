/*
 * process.h
 *		The processes that run tasks, and what they share.
 *
 * With aksara in shared_preload_libraries a launcher starts with the server;
 * it keeps a scheduler in each database that has tasks, and that one executors
 * for the roles whose tasks are due.  They know of one another through a
 * small piece of shared memory of fixed size, which holds numbers alone.
 */
#ifndef AK_TASK_PROCESS_H
#define AK_TASK_PROCESS_H

#include "storage/lwlock.h"

#include "task/internal.h"

#define AK_TASK_SLOTS 64		/* most executors */
#define AK_TASK_DATABASES 256	/* most databases that have a scheduler */

#define AK_EXECUTOR_TYPE "aksara executor"

extern int	ak_task_workers;
extern int	ak_task_idle_time;
extern int	ak_task_grace;
extern bool ak_task_superuser;
extern int	ak_task_retention;

extern void ak_task_settings_init(void);

/* ---- shared.c ---- */

/* A process that may be woken. */
typedef struct AkProcess
{
	pid_t		pid;			/* 0: there is none */
	int			number;			/* of its PGPROC */
} AkProcess;

extern AkProcess ak_task_this_process(void);
extern void ak_task_wake_process(const AkProcess *process);

extern void ak_task_shared_init(void);
/* Is there shared memory, and so a launcher? */
extern bool ak_task_is_shared(void);

/* The launcher's: it is this process; databases that want a scheduler and have none, of Oid; `*next` is set to when others will. */
extern void ak_task_be_launcher(void);
extern List *ak_task_wanting_databases(TimestampTz *next);
/* Notes that a database may have tasks, and wakes the launcher; false: there are too many databases. */
extern bool ak_task_want_scheduler(Oid database);

/* The scheduler's: it is this process until it ends; false where there is one already. */
extern bool ak_task_be_scheduler(Oid database);
/* Nothing is to be done in the database: no scheduler is started again until something is enqueued. */
extern void ak_task_want_no_scheduler(Oid database);
/* It waits for a slot: whoever becomes idle or ends wakes it. */
extern void ak_task_note_held_up(void);
/* Wakes the schedulers that wait for a slot, and that of a database (InvalidOid: of none). */
extern void ak_task_wake_schedulers(Oid database);

/* ---- slots.c: executors ---- */

/* The scheduler's: a slot for an executor that is to be started; -1: none is free, or as many as may run do. */
extern int	ak_task_take_slot(Oid database, Oid role);
extern void ak_task_free_slot(int number);
/* Has the role an executor, or will another give way to it soon?  If not the scheduler has to wait. */
extern bool ak_task_make_room(Oid database, Oid role);
/* Until when nobody tries to start one for the role, for the last one could not even begin; 0: one may. */
extern TimestampTz ak_task_refused_until(Oid database, Oid role);
/* Has the role an executor that is idle or about to be?  It is woken, unless it will look by itself. */
extern bool ak_task_call_idle(Oid database, Oid role);

/* The executor's: it is this process, in the slot, until it ends; false: it came too late, and is not expected any more. */
extern bool ak_task_be_executor(int number, Oid database, Oid role);
/* It is connected. */
extern void ak_task_executor_is_ready(void);
/* It has nothing to do, but is to stay until then, as its tasks are held back (0: none is). */
extern void ak_task_executor_is_idle(TimestampTz stays_until);
/* It has something to do, or is about to look; with a task it stays.  Nothing in a process that is none. */
extern void ak_task_executor_is_busy(bool with_task);
/* Has somebody woken it since it said that it is idle? */
extern bool ak_task_executor_is_called(void);
/* Is it to give way to another, or (where they are counted) one too many? */
extern bool ak_task_executor_leaves(bool count);

/* Anybody's: wakes idle executors of a role (InvalidOid: any) in the database, as many at most; how many there were. */
extern int	ak_task_wake_idle(Oid database, Oid role, int most);
/* Has the scheduler something to do where the role needs one more? */
extern bool ak_task_can_start(Oid database, Oid role);
/* Ends all in the database; how many there were. */
extern int	ak_task_end_executors(Oid database);

/* ---- running.c: who runs what ---- */

#define AK_TASK_RUNNERS 256		/* most processes that are seen */
#define AK_TASK_NOTE 64

typedef struct AkRunner
{
	pid_t		pid;			/* 0: there is none */
	Oid			database;
	int64		id;				/* task that it runs; 0: none */
	Oid			role;
	TimestampTz started_at;
	bool		executor;		/* a background worker, which may be told to stop */
	int			done;			/* of total, as the task says; 0 of 0: it says nothing */
	int			total;
	char		note[AK_TASK_NOTE];
} AkRunner;

extern void ak_task_says_running(const AkTask *task, bool executor);
extern void ak_task_says_rest(void);
/* What the task that runs in this process says of itself; elsewhere nobody listens. */
extern void ak_task_says_progress(int done, int total, const char *note);
/* All of this database that run something. */
extern void ak_task_each_runner(void (*each) (const AkRunner *runner, void *arg), void *arg);
/* Who runs the task; false: nobody who can be seen. */
extern bool ak_task_find_runner(int64 id, AkRunner *out);
/* Nobody claims the task until it is absolved. */
extern void ak_task_condemn(Oid database, int64 id);
extern void ak_task_absolve(int64 id);
extern bool ak_task_is_condemned(int64 id);

/* ---- journal.c: which tasks ran when the server crashed ---- */

#define AK_TASK_SUSPECTS 64		/* most that are known at once */

/* A task whose process died by itself. */
typedef struct AkSuspect
{
	int64		id;				/* 0: there is none */
	TimestampTz started_at;
	Oid			database;
	int			crashes;		/* that it had to its name when it started */
} AkSuspect;

/* The postmaster's: maps the journal, once; finds suspects in it, whenever shared memory is made. */
extern void ak_task_journal_init(void);
extern void ak_task_journal_restart(void);
/* Those of a database (InvalidOid: of all); how many.  There is room for AK_TASK_SUSPECTS. */
extern int	ak_task_suspects(Oid database, AkSuspect *out);
extern void ak_task_acquit(const AkSuspect *task);
/* This process has a place among those that run tasks; it is at a task; at none. */
extern void ak_task_journal_enter(int place);
extern void ak_task_journal_note(const AkTask *task, TimestampTz started_at);
extern void ak_task_journal_clear(void);

/* ---- suspect.c ---- */

/* The scheduler's: writes down what becomes of the suspects of its database. */
extern void ak_task_try_suspects(void);

/* ---- grace.c: bodies that do not end when they are told to ---- */

extern void ak_task_watch_grace(const AkWork *work);
/* The body is to end then (0: when it likes); a few seconds later its process does. */
extern void ak_task_begin_grace(TimestampTz end);
extern void ak_task_end_grace(void);

/* ---- await.c ---- */

/* Outcomes have been committed: whoever waits for one looks. */
extern void ak_task_ring(void);
extern Size ak_task_bell_size(void);
extern void ak_task_attach_bell(void);

/* ---- parts of shared memory ---- */

extern Size ak_task_slots_size(void);
extern void ak_task_attach_slots(LWLock *with);
extern Size ak_task_bounds_size(void);
extern void ak_task_attach_bounds(LWLock *with);
extern Size ak_task_buckets_size(void);
extern void ak_task_attach_buckets(LWLock *with);
extern Size ak_task_running_size(void);
extern void ak_task_attach_running(LWLock *with);

/* ---- shared.c again ---- */

/* Somebody found no place free in this database: who leaves one wakes others. */
extern void ak_task_note_shortage(void);
/* Places may have been left: wakes whoever waits for one. */
extern void ak_task_wake_waiting(void);
/* So many tasks of a role may have become due: wakes executors of it that are idle, else the scheduler, else the launcher. */
extern void ak_task_wake(Oid database, Oid role, int count);

/* This process is busy with a task of the role, and there may be more: wakes another. */
extern void ak_task_wake_another(Oid role);
/* Has the scheduler look at everything. */
extern void ak_task_wake_scheduler(Oid database);

/* Ends all processes in a database, for it is to be dropped or renamed; waits for them a little. */
extern void ak_task_leave_database(Oid database);
/* A scheduler is wanted in this database when the transaction has ended, however it does (wake.c). */
extern void ak_task_come_back_at_end(void);

/* ---- launcher.c, scheduler.c, executor.c ---- */

extern void ak_task_launcher_init(void);
extern bool ak_task_start_scheduler(Oid database);
extern bool ak_task_start_executor(Oid database, Oid role, int slot, bool wait);

/* ---- retention.c: the history by day; true: there was something to do, and there may be more ---- */

/* Makes the next partition ahead. */
extern bool ak_task_make_day(void);
/* Drops the oldest partition, where all of it is older than aksara.task_retention. */
extern bool ak_task_drop_day(void);
/* Deletes such rows outside of them. */
extern bool ak_task_forget_rows(void);

/* ---- duties.c: what has to be done now and then ---- */

/* Does what is to be done by now, each step in a transaction of its own; milliseconds until there is more. */
extern long ak_task_do_duties(void);
/* All of it is to be done. */
extern void ak_task_hasten_duties(void);
/* Tasks of a role are due that is gone: they are ended. */
extern void ak_task_note_orphans(void);

/* ---- home.c: copies of databases ---- */

/* Is this the database whose tasks these are?  Nothing is claimed where it is not. */
extern bool ak_task_is_at_home(void);
/* The same without telling anybody: before tasks are put in, for a copy that has none is at home. */
extern bool ak_task_settle_here(void);
extern void ak_task_say_paused(void);
/* A transaction that may have made it so has been committed, or it (or a part of it) rolled back. */
extern void ak_task_home_is_kept(bool committed);

/* ---- wake.c ---- */

/* The task may be claimed once the transaction has committed: wakes who is to run it. */
extern void ak_task_wake_at_commit(const AkTask *task);
/* The same at once: for a moment the task was locked, and others may have passed it over. */
extern void ak_task_wake_now(const AkTask *task);
/* The transaction has locked a task; should it give the lock back the task may be claimed. */
extern void ak_task_note_lock(void);
/* More may be claimed once the transaction has committed: the scheduler looks at everything. */
extern void ak_task_look_at_commit(void);
/* Tells the process to stop what it does, once the transaction has committed. */
extern void ak_task_stop_at_commit(int64 id, pid_t pid);
extern void ak_task_wake_init(void);

#endif
