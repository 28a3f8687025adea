/*
 * settings.c
 *		Settings of workers.
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/guc.h"

#include "task/process.h"

int			ak_task_workers = 4;
int			ak_task_idle_time = 60;
int			ak_task_grace = 5000;
bool		ak_task_superuser = false;
int			ak_task_retention = 7 * SECS_PER_DAY;

void
ak_task_settings_init(void)
{
	DefineCustomIntVariable("aksara.task_workers",
							"How many tasks may run at once, in all databases of the server.",
							"It counts for workers that the server starts itself; it must have aksara in shared_preload_libraries.",
							&ak_task_workers, 4, 0, AK_TASK_SLOTS, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("aksara.task_idle_time",
							"How long a worker stays that has nothing to do.",
							NULL, &ak_task_idle_time, 60, 0, 86400, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("aksara.task_retention",
							"How long the history keeps attempts that ended.",
							"It goes by whole days; 0 keeps everything.",
							&ak_task_retention, 7 * SECS_PER_DAY, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("aksara.task_grace",
							"How long a body may go on that has caught its cancellation.",
							"Then its worker is ended, and the attempt has failed.",
							&ak_task_grace, 5000, 100, 3600000, PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomBoolVariable("aksara.task_superuser",
							 "May tasks run that a superuser has enqueued?",
							 NULL, &ak_task_superuser, false, PGC_SIGHUP, 0, NULL, NULL, NULL);
}
