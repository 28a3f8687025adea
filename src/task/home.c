/*
 * home.c
 *		Is this the database whose tasks these are?
 *
 * A database that was copied file by file brings its tasks along, and they
 * would run in both.  One row names the database it was written in; where that
 * is another one, nothing is claimed until resume_all().  A copy without
 * tasks is at home where it is.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"

#include "task/process.h"

PG_FUNCTION_INFO_V1(ak_task_resume_all);

static bool known = false;		/* it is */
static bool made = false;		/* by this transaction, which has not been committed */

static bool
take_home(TupleTableSlot *row, void *arg)
{
	bool		isnull;

	*(int64 *) arg = DatumGetInt64(slot_getattr(row, 1, &isnull));
	return false;
}

static bool
is_written_here(void)
{
	int64		home = 0;

	ak_core_own_run("SELECT database FROM aksara.task_home", 0, NULL, NULL, NULL, take_home, &home);
	return home == (int64) MyDatabaseId;
}

void
ak_task_say_paused(void)
{
	ereport(WARNING,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the tasks of database \"%s\" are paused, for it is a copy of another", get_database_name(MyDatabaseId)),
			 errhint("Take back those that must not run here as well, then call aksara.resume_all().")));
}

static void
make_home(void)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum((int64) MyDatabaseId)};

	ak_core_own_write("UPDATE aksara.task_home SET database = $1", lengthof(types), types, values, NULL);
	made = true;
}

/* A copy that brought no tasks along, of a template say, is a database like any other. */
static bool
adopt_empty(void)
{
	if (ak_core_own_run("SELECT FROM aksara.task_due UNION ALL SELECT FROM aksara.task_later UNION ALL SELECT FROM aksara.task_blocked"
						" LIMIT 1", 0, NULL, NULL, NULL, NULL, NULL) > 0)
		return false;
	make_home();
	return true;
}

bool
ak_task_settle_here(void)
{
	known = known || is_written_here();
	return known || adopt_empty();
}

void
ak_task_home_is_kept(bool committed)
{
	if (made && !committed)
		known = false;
	made = false;
}

/* A session is told once. */
bool
ak_task_is_at_home(void)
{
	static bool said = false;
	bool		at_home = ak_task_settle_here();

	if (!at_home && !said && MyBackendType != B_BG_WORKER)
	{
		said = true;
		ak_task_say_paused();
	}
	return at_home;
}

/* resume_all() → were they paused? */
Datum
ak_task_resume_all(PG_FUNCTION_ARGS)
{
	if (is_written_here())
		PG_RETURN_BOOL(false);
	make_home();
	ak_task_look_at_commit();
	PG_RETURN_BOOL(true);
}
