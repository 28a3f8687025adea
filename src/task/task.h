/*
 * task.h
 *		Front door of room task: work that commits with the data it belongs to.
 */
#ifndef AK_TASK_H
#define AK_TASK_H

#include "core/core.h"

extern void ak_task_init(void);

#endif
