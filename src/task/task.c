/*
 * task.c
 *		Start of room task.
 */
#include "postgres.h"

#include "task/internal.h"

void
ak_task_init(void)
{
}
