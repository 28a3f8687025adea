/*
 * launcher.c
 *		The launcher: one process that keeps schedulers where there are tasks.
 *
 * It starts with the server, after recovery, and is in no database.  At its
 * start it has each database looked at once; later those that somebody has
 * enqueued in.  A scheduler that failed is started again, not sooner than a
 * few seconds later.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "task/process.h"

PGDLLEXPORT void ak_task_launcher_main(Datum argument);

/* Milliseconds between two looks at who wants a scheduler. */
#define LAUNCH_INTERVAL 5000L

/* After so many of them it says that it has too many databases. */
#define PATIENCE 5

static ProcessUtility_hook_type previous_utility = NULL;

/* ---- the process ---- */

/* Databases that are still to be looked at, of Oid. */
static List *unseen = NIL;

/* Notes every database that can be connected to. */
static void
note_databases(void)
{
	Relation	rel;
	TableScanDesc scan;
	HeapTuple	tuple;

	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	rel = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(rel, 0, NULL);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);
		MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

		if (database->datallowconn && !database->datistemplate)
			unseen = lappend_oid(unseen, database->oid);
		MemoryContextSwitchTo(old);
	}
	table_endscan(scan);
	table_close(rel, AccessShareLock);
	CommitTransactionCommand();
}

/* Has them looked at, as far as there is room for their schedulers; those without the extension make room for others. */
static void
see_databases(void)
{
	static int	looks = 0;

	while (unseen != NIL && ak_task_want_scheduler(linitial_oid(unseen)))
		unseen = list_delete_first(unseen);
	if (unseen != NIL && ++looks == PATIENCE)
		ereport(LOG,
				(errmsg("tasks start by themselves in no more than %d databases", AK_TASK_DATABASES),
				 errhint("In others call aksara.run_tasks() or aksara.start_workers().")));
}

/* Is the database still there, and no template? */
static bool
is_to_be_served(Oid database)
{
	HeapTuple	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(database));
	bool		served = HeapTupleIsValid(tuple) && ((Form_pg_database) GETSTRUCT(tuple))->datallowconn &&
		!((Form_pg_database) GETSTRUCT(tuple))->datistemplate;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return served;
}

/* Milliseconds until one is to be started that has failed. */
static long
start_schedulers(void)
{
	ListCell   *cell;
	TimestampTz next = DT_NOEND;

	StartTransactionCommand();
	foreach(cell, ak_task_wanting_databases(&next))
	{
		if (is_to_be_served(lfirst_oid(cell)))
			(void) ak_task_start_scheduler(lfirst_oid(cell));
		else
			ak_task_want_no_scheduler(lfirst_oid(cell));
	}
	CommitTransactionCommand();
	return Min(TimestampDifferenceMilliseconds(GetCurrentTimestamp(), next) + 1, LAUNCH_INTERVAL);
}

void
ak_task_launcher_main(Datum argument)
{
	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	ak_task_be_launcher();
	note_databases();
	for (;;)
	{
		long		sleep;

		see_databases();
		sleep = start_schedulers();
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, sleep, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		pg_usleep(10 * 1000L);
	}
}

/* ---- databases that go ---- */

/* The database that a command needs for itself; NULL: it is none such. */
static const char *
database_of(const Node *statement)
{
	if (IsA(statement, DropdbStmt))
		return ((const DropdbStmt *) statement)->dbname;
	if (IsA(statement, RenameStmt) && ((const RenameStmt *) statement)->renameType == OBJECT_DATABASE)
		return ((const RenameStmt *) statement)->subname;
	if (IsA(statement, AlterDatabaseStmt))
	{
		ListCell   *cell;

		foreach(cell, ((const AlterDatabaseStmt *) statement)->options)
			if (strcmp(lfirst_node(DefElem, cell)->defname, "tablespace") == 0)
				return ((const AlterDatabaseStmt *) statement)->dbname;
	}
	if (IsA(statement, CreatedbStmt))
	{
		ListCell   *cell;

		foreach(cell, ((const CreatedbStmt *) statement)->options)
			if (strcmp(lfirst_node(DefElem, cell)->defname, "template") == 0 && lfirst_node(DefElem, cell)->arg != NULL)
				return defGetString(lfirst_node(DefElem, cell));
	}
	return NULL;
}

/* The database that is to be left for a command; InvalidOid: none.  Only who may do it ends anybody's work. */
static Oid
database_to_leave(const Node *statement)
{
	const char *name = database_of(statement);
	Oid			database = name ? get_database_oid(name, true) : InvalidOid;

	return OidIsValid(database) && database != MyDatabaseId && ak_database_owned(database) ? database : InvalidOid;
}

/* Does somebody drop the extension who may, and who is no task? */
static bool
drops_extension(const Node *statement)
{
	Oid			extension;
	ListCell   *cell;

	if (!IsA(statement, DropStmt) || ((const DropStmt *) statement)->removeType != OBJECT_EXTENSION || ak_task_is_at_work())
		return false;
	foreach(cell, ((const DropStmt *) statement)->objects)
		if (strcmp(strVal(lfirst(cell)), "aksara") == 0)
		{
			extension = get_extension_oid("aksara", true);
			return OidIsValid(extension) && ak_extension_owned(extension);
		}
	return false;
}

/* May it be that nobody works here because the extension is to be updated? */
static bool
updates_extension(const Node *statement)
{
	return IsA(statement, AlterExtensionStmt) && strcmp(((const AlterExtensionStmt *) statement)->extname, "aksara") == 0;
}

/* Ends whoever works in this database, until this transaction has ended; nobody who comes meanwhile finds a task. */
static void
leave_own_database(void)
{
	Oid			due = get_relname_relid("task_due", get_namespace_oid("aksara", true));

	ak_task_come_back_at_end();
	ak_task_leave_database(MyDatabaseId);
	if (OidIsValid(due))
		LockRelationOid(due, AccessExclusiveLock);
}

static void
run(PlannedStmt *planned, const char *source, bool read_only, ProcessUtilityContext context, ParamListInfo params,
	QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion)
{
	if (previous_utility)
		previous_utility(planned, source, read_only, context, params, environment, dest, completion);
	else
		standard_ProcessUtility(planned, source, read_only, context, params, environment, dest, completion);
}

/*
 * Runs a command for which a database is to be left.  If it is still there
 * afterwards it is looked after again, however the command ended.
 */
static pg_noinline void
run_without(Oid left, PlannedStmt *planned, const char *source, bool read_only, ProcessUtilityContext context, ParamListInfo params,
			QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion)
{
	PG_TRY();
	{
		ak_task_leave_database(left);
		run(planned, source, read_only, context, params, environment, dest, completion);
	}
	PG_CATCH();
	{
		ak_task_want_scheduler(left);
		PG_RE_THROW();
	}
	PG_END_TRY();
	ak_task_want_scheduler(left);
}

static void
utility(PlannedStmt *planned, const char *source, bool read_only, ProcessUtilityContext context, ParamListInfo params,
		QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *completion)
{
	Oid			left = database_to_leave(planned->utilityStmt);

	if (drops_extension(planned->utilityStmt))
		leave_own_database();
	if (updates_extension(planned->utilityStmt))
		ak_task_come_back_at_end();
	if (OidIsValid(left))
		run_without(left, planned, source, read_only, context, params, environment, dest, completion);
	else
		run(planned, source, read_only, context, params, environment, dest, completion);
}

void
ak_task_launcher_init(void)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = 5;
	strlcpy(worker.bgw_library_name, "aksara", BGW_MAXLEN);
	strlcpy(worker.bgw_function_name, "ak_task_launcher_main", BGW_MAXLEN);
	strlcpy(worker.bgw_name, "aksara launcher", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "aksara launcher", BGW_MAXLEN);
	RegisterBackgroundWorker(&worker);
	previous_utility = ProcessUtility_hook;
	ProcessUtility_hook = utility;
}
