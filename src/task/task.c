/*
 * task.c
 *		Start of room task.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "task/process.h"

void
ak_task_init(void)
{
	ak_task_settings_init();
	ak_task_wake_init();
	if (!process_shared_preload_libraries_in_progress || IsBinaryUpgrade)
		return;
	ak_task_journal_init();
	ak_task_shared_init();
	ak_task_launcher_init();
}
