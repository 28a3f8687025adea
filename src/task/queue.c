/*
 * queue.c
 *		Queues: rows, made when they are first used; paused and resumed.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "task/internal.h"

PG_FUNCTION_INFO_V1(ak_task_pause_queue);
PG_FUNCTION_INFO_V1(ak_task_resume_queue);

static bool
take_aging(TupleTableSlot *row, void *arg)
{
	bool		isnull;

	*(double *) arg = DatumGetFloat8(slot_getattr(row, 1, &isnull));
	return false;
}

double
ak_task_use_queue(const char *name)
{
	static const Oid types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name)};
	double		aging = -1;

	ak_core_own_run("SELECT aging FROM aksara.task_queue WHERE name = $1", lengthof(types), types, values, NULL,
					take_aging, &aging);
	if (aging >= 0)
		return aging;
	ak_core_own_write("INSERT INTO aksara.task_queue (name) VALUES ($1) ON CONFLICT DO NOTHING",
					  lengthof(types), types, values, NULL);
	ak_core_own_run("SELECT aging FROM aksara.task_queue WHERE name = $1", lengthof(types), types, values, NULL,
					take_aging, &aging);
	return aging >= 0 ? aging : 60;
}

static bool
take_name(TupleTableSlot *row, void *arg)
{
	List	  **names = arg;
	bool		isnull;

	*names = lappend(*names, TextDatumGetCString(slot_getattr(row, 1, &isnull)));
	return true;
}

List *
ak_task_open_queues(void)
{
	List	   *names = NIL;

	ak_core_own_run("SELECT name FROM aksara.task_queue WHERE NOT paused ORDER BY name", 0, NULL, NULL, NULL, take_name, &names);
	return names;
}

/* ---- SQL ---- */

static void
set_paused(FunctionCallInfo fcinfo, bool paused)
{
	static const Oid types[] = {TEXTOID, BOOLOID};
	Datum		values[] = {CStringGetTextDatum(ak_core_arg_cstring(fcinfo, 0, "queue")), BoolGetDatum(paused)};

	ak_core_own_write("INSERT INTO aksara.task_queue (name, paused) VALUES ($1, $2)"
					  " ON CONFLICT (name) DO UPDATE SET paused = EXCLUDED.paused",
					  lengthof(types), types, values, NULL);
}

/* pause_queue(queue): no task of it starts any more. */
Datum
ak_task_pause_queue(PG_FUNCTION_ARGS)
{
	set_paused(fcinfo, true);
	PG_RETURN_VOID();
}

/* resume_queue(queue) */
Datum
ak_task_resume_queue(PG_FUNCTION_ARGS)
{
	set_paused(fcinfo, false);
	PG_RETURN_VOID();
}
