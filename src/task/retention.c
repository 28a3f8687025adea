/*
 * retention.c
 *		The history by day: a partition for each day to come, and none that is
 *		older than it may be.
 *
 * Days are those of UTC.  A partition is made before its day begins, as a table
 * of its own that is then attached, for that waits for nobody who writes into
 * the parent; rows of days that have none lie in a default partition.  Every
 * step takes its locks within the caller's lock timeout or is left for another
 * time.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/syscache.h"

#include "task/process.h"

#define DAYS_AHEAD 2

/* Rows of the default partition that one step deletes. */
#define CHUNK 2000
#define CHUNK_TEXT "2000"

/* ---- days ---- */

/* Days since 2000, as timestamps count. */
static int
day_of(TimestampTz time)
{
	return (int) (time / USECS_PER_DAY);
}

static char *
name_of(int day)
{
	int			year;
	int			month;
	int			date;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &date);
	return psprintf("task_history_%04d%02d%02d", year, month, date);
}

static char *
beginning_of(int day)
{
	int			year;
	int			month;
	int			date;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &date);
	return psprintf("%04d-%02d-%02d 00:00:00+00", year, month, date);
}

/* What ended before may go. */
static TimestampTz
oldest_kept(void)
{
	return GetCurrentTimestamp() - ak_task_retention * USECS_PER_SEC;
}

/* ---- partitions ---- */

static bool
is_attached(const char *name)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(ak_core_table(name)));
	bool		attached = HeapTupleIsValid(tuple) && ((Form_pg_class) GETSTRUCT(tuple))->relispartition;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return attached;
}

/* Is there such a table, and is it ours? */
static bool
is_ours(const char *name)
{
	Oid			relid = ak_core_table(name);

	return OidIsValid(relid) && getExtensionOfObject(RelationRelationId, relid) == get_extension_oid("aksara", true);
}

/* One at a time changes which days there are, until its transaction ends: 55P03 where somebody else does. */
static void
lock_days(void)
{
	if (!ConditionalLockRelationOid(ak_core_table("task_history"), ShareUpdateExclusiveLock))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("the history of tasks is being changed by another session")));
}

/* The parts of a name are digits; it is quoted nevertheless. */
static void
alter(const char *format, const char *name)
{
	ak_core_own_ddl(psprintf(format, quote_identifier(name)));
}

/* A table as the parent is, which belongs to the extension as that does. */
static void
make_table(const char *name)
{
	alter("CREATE TABLE aksara.%s (LIKE aksara.task_history INCLUDING ALL)", name);
	alter("COMMENT ON TABLE aksara.%s IS 'attempts that ended on one day'", name);
	alter("ALTER EXTENSION aksara ADD TABLE aksara.%s", name);
}

static void
attach(int day)
{
	char	   *name = name_of(day);

	if (!is_ours(name))
		make_table(name);
	ak_core_own_ddl(psprintf("ALTER TABLE aksara.task_history ATTACH PARTITION aksara.%s FOR VALUES FROM (%s) TO (%s)",
							 quote_identifier(name), quote_literal_cstr(beginning_of(day)),
							 quote_literal_cstr(beginning_of(day + 1))));
}

bool
ak_task_make_day(void)
{
	int			today = day_of(GetCurrentTimestamp());

	for (int day = today + 1; day <= today + DAYS_AHEAD; day++)
	{
		if (is_attached(name_of(day)))
			continue;
		lock_days();
		if (!is_attached(name_of(day)))
			attach(day);
		return true;
	}
	return false;
}

/* ---- what is old ---- */

static bool
take_name(TupleTableSlot *row, void *arg)
{
	bool		isnull;

	*(char **) arg = TextDatumGetCString(slot_getattr(row, 1, &isnull));
	return false;
}

/* The oldest of the days that ended before a day began; NULL: there is none. */
static char *
oldest_before(int day)
{
	static const Oid types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name_of(day))};
	char	   *name = NULL;

	ak_core_own_run("SELECT c.relname::text FROM pg_class c, pg_depend d, pg_extension e"
					" WHERE c.relnamespace = 'aksara'::regnamespace AND c.relkind = 'r' AND c.relname ~ '^task_history_[0-9]{8}$'"
					" AND c.relname::text < $1 AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'"
					" AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'aksara'"
					" ORDER BY c.relname LIMIT 1",
					lengthof(types), types, values, NULL, take_name, &name);
	return name;
}

bool
ak_task_drop_day(void)
{
	char	   *name;

	if (ak_task_retention == 0 || oldest_before(day_of(oldest_kept())) == NULL)
		return false;
	lock_days();
	name = oldest_before(day_of(oldest_kept()));
	if (name == NULL)
		return false;
	if (is_attached(name))
		alter("ALTER TABLE aksara.task_history DETACH PARTITION aksara.%s", name);
	alter("ALTER EXTENSION aksara DROP TABLE aksara.%s", name);
	alter("DROP TABLE aksara.%s", name);
	return true;
}

bool
ak_task_forget_rows(void)
{
	static const Oid types[] = {TIMESTAMPTZOID};
	Datum		values[] = {TimestampTzGetDatum(oldest_kept())};

	return ak_task_retention > 0 &&
		ak_core_own_write("DELETE FROM aksara.task_history_other WHERE ctid = ANY (ARRAY("
						  "SELECT ctid FROM aksara.task_history_other WHERE finished_at < $1"
						  " LIMIT " CHUNK_TEXT " FOR UPDATE SKIP LOCKED))",
						  lengthof(types), types, values, NULL) == CHUNK;
}
