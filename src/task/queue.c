/*
 * queue.c
 *		Queues: rows, made when they are first used; paused, resumed and limited.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "task/process.h"

PG_FUNCTION_INFO_V1(ak_task_pause_queue);
PG_FUNCTION_INFO_V1(ak_task_resume_queue);
PG_FUNCTION_INFO_V1(ak_task_configure_queue);

/* The most places, tasks in a period and at once, and microseconds of a period. */
#define MOST_PLACES 1000
#define MOST_RATE 1000000
#define MOST_BURST 10000
#define LONGEST_PERIOD (366.0 * USECS_PER_DAY)

/* As of which change of the cache the queues were read, and they. */
static uint64 read_at = 0;
static List *queues = NIL;

uint64
ak_task_hash(const char *text)
{
	return DatumGetUInt64(hash_any_extended((const unsigned char *) text, strlen(text), 0));
}

static int64
microseconds(const Interval *interval)
{
	return (interval->month * INT64CONST(30) + interval->day) * USECS_PER_DAY + interval->time;
}

static bool
take_queue(TupleTableSlot *row, void *arg)
{
	AkQueue    *queue = MemoryContextAllocZero((MemoryContext) arg, sizeof(AkQueue));
	MemoryContext old = MemoryContextSwitchTo((MemoryContext) arg);
	bool		isnull;
	Datum		value;

	queue->name = TextDatumGetCString(slot_getattr(row, 1, &isnull));
	queue->hash = ak_task_hash(queue->name);
	queue->paused = DatumGetBool(slot_getattr(row, 2, &isnull));
	queue->aging = DatumGetFloat8(slot_getattr(row, 3, &isnull));
	value = slot_getattr(row, 4, &isnull);
	queue->max_running = isnull ? 0 : DatumGetInt32(value);
	queue->group_limit = DatumGetInt32(slot_getattr(row, 5, &isnull));
	value = slot_getattr(row, 6, &isnull);
	queue->rate = isnull ? 0 : DatumGetInt32(value);
	value = slot_getattr(row, 7, &isnull);
	queue->period = isnull ? USECS_PER_SEC : microseconds(DatumGetIntervalP(value));
	queue->burst = DatumGetInt32(slot_getattr(row, 8, &isnull));
	queues = lappend(queues, queue);
	MemoryContextSwitchTo(old);
	return true;
}

List *
ak_task_queues(uint64 *changed)
{
	MemoryContext context = ak_task_cache_context(changed);

	if (read_at == *changed)
		return queues;
	read_at = 0;
	queues = NIL;
	ak_core_own_run("SELECT name, paused, aging, max_running, group_limit, rate, period, burst FROM aksara.task_queue ORDER BY name",
					0, NULL, NULL, NULL, take_queue, context);
	read_at = *changed;
	return queues;
}

const AkQueue *
ak_task_find_queue(const char *name)
{
	uint64		changed;
	ListCell   *cell;

	foreach(cell, ak_task_queues(&changed))
		if (strcmp(((const AkQueue *) lfirst(cell))->name, name) == 0)
			return lfirst(cell);
	return NULL;
}

/* A queue as it is before anybody has said anything of it. */
static const AkQueue *
plain_queue(const char *name)
{
	AkQueue    *queue = palloc0(sizeof(AkQueue));

	queue->name = pstrdup(name);
	queue->hash = ak_task_hash(name);
	queue->aging = 60;
	queue->group_limit = queue->burst = 1;
	queue->period = USECS_PER_SEC;
	return queue;
}

static void
make_queue(const char *name)
{
	static const Oid types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name)};

	ak_task_check_name(name, "queue");
	ak_core_own_write("INSERT INTO aksara.task_queue (name) VALUES ($1) ON CONFLICT DO NOTHING",
					  lengthof(types), types, values, NULL);
	ak_task_cache_changed();
}

/* Who makes a queue keeps others from making it too, but not from using it: if he does not commit somebody else will. */
const AkQueue *
ak_task_use_queue(const char *name)
{
	const AkQueue *queue = ak_task_find_queue(name);

	if (queue != NULL)
		return queue;
	if (!ak_task_may_make_queue(ak_task_hash(name)))
		return plain_queue(name);
	make_queue(name);
	queue = ak_task_find_queue(name);
	return queue ? queue : plain_queue(name);
}

void
ak_task_make_queues(List *due)
{
	ListCell   *cell;

	foreach(cell, due)
		(void) ak_task_use_queue(((const AkDue *) lfirst(cell))->queue);
}

/* ---- SQL ---- */

static void
set_paused(FunctionCallInfo fcinfo, bool paused)
{
	static const Oid types[] = {TEXTOID, BOOLOID};
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "queue");
	Datum		values[] = {CStringGetTextDatum(name), BoolGetDatum(paused)};

	make_queue(name);
	ak_core_own_write("UPDATE aksara.task_queue SET paused = $2 WHERE name = $1", lengthof(types), types, values, NULL);
	ak_task_cache_changed();
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
	ak_task_look_at_commit();
	PG_RETURN_VOID();
}

static void
bad_argument(const char *name, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"%s\" %s", name, problem)));
}

static void
check_integer(FunctionCallInfo fcinfo, int n, const char *name, int least, int most)
{
	if (!PG_ARGISNULL(n) && (PG_GETARG_INT32(n) < least || PG_GETARG_INT32(n) > most))
		bad_argument(name, psprintf("must be %d to %d", least, most));
}

static void
check_period(const Interval *period)
{
	double		length = (period->month * 30.0 + period->day) * USECS_PER_DAY + period->time;

	if (length < USECS_PER_SEC / 1000 || length > LONGEST_PERIOD)
		bad_argument("period", "must be a millisecond to a year");
}

static void
check_aging(double aging)
{
	if (!(aging >= 0 && aging <= SECS_PER_YEAR))
		bad_argument("aging", psprintf("must be 0 to %d seconds", SECS_PER_YEAR));
}

/* configure_queue(queue, max_running, group_limit, rate, period, burst, aging): what is NULL stays; 0 is no limit, and no rate. */
Datum
ak_task_configure_queue(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {TEXTOID, INT4OID, INT4OID, INT4OID, INTERVALOID, INT4OID, FLOAT8OID};
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "queue");
	Datum		values[lengthof(types)];
	char		nulls[lengthof(types) + 1] = {0};

	check_integer(fcinfo, 1, "max_running", 0, MOST_PLACES);
	check_integer(fcinfo, 2, "group_limit", 1, MOST_PLACES);
	check_integer(fcinfo, 3, "rate", 0, MOST_RATE);
	if (!PG_ARGISNULL(4))
		check_period(PG_GETARG_INTERVAL_P(4));
	check_integer(fcinfo, 5, "burst", 1, MOST_BURST);
	if (!PG_ARGISNULL(6))
		check_aging(PG_GETARG_FLOAT8(6));
	for (int i = 0; i < lengthof(types); i++)
	{
		values[i] = fcinfo->args[i].value;
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
	make_queue(name);
	ak_core_own_write("UPDATE aksara.task_queue SET max_running = nullif(coalesce($2, max_running), 0),"
					  " group_limit = coalesce($3, group_limit), rate = nullif(coalesce($4, rate), 0),"
					  " period = coalesce($5, period, CASE WHEN $4 > 0 THEN interval '1 second' END),"
					  " burst = coalesce($6, burst), aging = coalesce($7, aging) WHERE name = $1",
					  lengthof(types), types, values, nulls);
	ak_task_cache_changed();
	ak_task_look_at_commit();
	PG_RETURN_VOID();
}
