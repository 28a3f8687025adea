/*
 * task.h
 *		Front door of room task: work that commits with the data it belongs to.
 */
#ifndef AK_TASK_H
#define AK_TASK_H

#include "core/core.h"

extern void ak_task_init(void);
/* Enqueues a task for the current role, its other options as its definition has them: its number. */
extern int64 ak_task_enqueue_call(const char *task, Datum args_jsonb);

#endif
