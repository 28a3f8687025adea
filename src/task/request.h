/*
 * request.h
 *		What is asked for when a task is enqueued.
 */
#ifndef AK_TASK_REQUEST_H
#define AK_TASK_REQUEST_H

#include "task/internal.h"

typedef enum AkConflict
{
	AK_CONFLICT_KEEP,
	AK_CONFLICT_REPLACE,
	AK_CONFLICT_RESET
} AkConflict;

/* A call's words, NULL for what it does not say; and, once they are checked, the task. */
typedef struct AkRequest
{
	char	   *queue;
	int		   *priority;
	TimestampTz *run_at;
	Interval   *delay;
	int		   *max_attempts;
	Interval   *timeout;
	char	   *key;
	const char *on_conflict;
	const char *scope;
	char	   *group_key;
	Datum		parents;		/* bigint[]; 0: none */
	const char *on_parent_failure;

	AkConflict	conflict;
	bool		pending_only;	/* a task that runs does not count */
	AkTask		task;			/* without its number; args is the reader's to set */
} AkRequest;

/* ---- enqueue.c ---- */

extern void ak_task_init_request(AkRequest *request);
/* Checks it by the task's definition; what is wrong is added to the problems, or an error where they are NULL. */
extern void ak_task_check_request(AkRequest *request, AkTaskDefinition *definition, AkProblems *problems);
extern void ak_task_refuse(AkProblems *problems, const char *name, int sqlstate, const char *problem);
/* Enqueues what was checked: its number, or the one of the task that has its key. */
extern int64 ak_task_put(AkRequest *request);

/* ---- key.c: one task that waits and one that runs for each key ---- */

extern int64 ak_task_put_keyed(AkRequest *request);
/* The number that two keys of a role hardly ever share. */
extern uint64 ak_task_key_hash(Oid role, const char *key);
/* Locks keys against other enqueuers before they are dealt with, in an order that is everybody's. */
extern void ak_task_lock_keys(uint64 *hashes, int count);
/* Is there a task that has the key, whether it waits or runs? */
extern bool ak_task_has_key(Oid role, const char *key);

#endif
