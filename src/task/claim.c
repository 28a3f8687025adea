/*
 * claim.c
 *		The next task: claims of one role, one at a time.
 *
 * Queues take turns.  In each the tasks are looked at in the order of their
 * ranks, from the bound on: a row that somebody has locked runs elsewhere, one
 * whose group is busy has to wait.  The lock on the row is the claim; it goes
 * with the transaction.  What the transaction has claimed before is its own.
 */
#include "postgres.h"

#include <math.h>

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "task/process.h"

#define NO_PLACE (-1)

/* How far one has come in a queue, in this transaction. */
typedef struct AkTurn
{
	const AkQueue *queue;
	bool		begun;
	AkBound		seen;			/* where it was begun */
	double		from;			/* nothing below it is to be claimed */
	int			place;			/* among those that may run at once */
	bool		used;			/* and a task has it */
	bool		full;			/* they all do */
} AkTurn;

struct AkClaims
{
	Oid			role;
	const char *only;
	uint64		changed;		/* queues, as of which */
	List	   *turns;			/* of AkTurn * */
	int			next;			/* whose turn it is */
	List	   *claimed;		/* of AkTask *: by this transaction */
	TimestampTz retry_at;
};

/* ---- queues ---- */

static AkTurn *
turn_of(List *turns, const char *queue)
{
	ListCell   *cell;

	foreach(cell, turns)
		if (strcmp(((AkTurn *) lfirst(cell))->queue->name, queue) == 0)
			return lfirst(cell);
	return NULL;
}

/* Follows what others have said of queues since; how far one has come stays. */
static void
follow_queues(AkClaims *claims)
{
	uint64		changed;
	List	   *queues = ak_task_queues(&changed);
	List	   *turns = NIL;
	ListCell   *cell;

	if (changed == claims->changed)
		return;
	claims->changed = changed;
	foreach(cell, queues)
	{
		const AkQueue *queue = lfirst(cell);
		AkTurn	   *turn;

		if (queue->paused || (claims->only != NULL && strcmp(claims->only, queue->name) != 0))
			continue;
		turn = turn_of(claims->turns, queue->name);
		if (turn == NULL)
		{
			turn = palloc0(sizeof(AkTurn));
			turn->place = NO_PLACE;
		}
		turn->queue = memcpy(palloc(sizeof(AkQueue)), queue, sizeof(AkQueue));
		((AkQueue *) turn->queue)->name = pstrdup(queue->name);
		turns = lappend(turns, turn);
	}
	claims->turns = turns;
}

AkClaims *
ak_task_begin_claims(const char *only)
{
	static int	first = 0;
	AkClaims   *claims = palloc0(sizeof(AkClaims));

	claims->role = GetUserId();
	claims->only = only;
	follow_queues(claims);
	claims->next = first++;
	return claims;
}

TimestampTz
ak_task_claims_retry_at(const AkClaims *claims)
{
	return claims->retry_at;
}

static bool
is_own(const AkClaims *claims, int64 id)
{
	ListCell   *cell;

	foreach(cell, claims->claimed)
		if (((const AkTask *) lfirst(cell))->id == id)
			return true;
	return false;
}

/* ---- what may start ---- */

/* One of those that may run at once; the transaction needs but one. */
static bool
has_place(AkTurn *turn)
{
	if (turn->queue->max_running == 0 || turn->place != NO_PLACE)
		return true;
	if (!turn->full)
		turn->place = ak_task_take_place(turn->queue);
	turn->full = turn->place == NO_PLACE;
	return !turn->full;
}

/* Nothing was found: the place may be somebody else's. */
static void
leave_place(AkTurn *turn)
{
	if (turn->place == NO_PLACE || turn->used)
		return;
	ak_task_leave_place(turn->queue, turn->place);
	turn->place = NO_PLACE;
}

static bool
see_row(TupleTableSlot *row, void *arg)
{
	return false;
}

/* Does a task of the group wait for its next attempt, and the others with it? */
static bool
waits_for_retry(const AkTask *task)
{
	static const Oid types[] = {TEXTOID, TEXTOID};
	Datum		values[] = {CStringGetTextDatum(task->queue), CStringGetTextDatum(task->group_key)};

	return ak_core_own_run("SELECT FROM aksara.task_later WHERE queue = $1 AND group_key = $2 AND attempts > 0"
						   " AND coalesce((SELECT d.options ->> 'group_on_error' FROM aksara.task_definition d"
						   " WHERE d.name = task), 'block') = 'block' LIMIT 1",
						   lengthof(types), types, values, NULL, see_row, NULL) > 0;
}

/* May the task start as far as its group goes?  Groups that are busy are remembered for the rest of the look. */
static bool
is_group_free(const AkTurn *turn, const AkTask *task, List **busy)
{
	int			place;

	if (task->group_key == NULL)
		return true;
	if (ak_core_is_among(task->group_key, *busy))
		return false;
	place = ak_task_take_group(turn->queue, task->group_key);
	if (place != NO_PLACE && !waits_for_retry(task))
		return true;
	if (place != NO_PLACE)
		ak_task_leave_group(turn->queue, task->group_key, place);
	*busy = lappend(*busy, task->group_key);
	return false;
}

/* ---- looking ---- */

static void
set_keys(ScanKeyData *keys, const AkClaims *claims, const AkTurn *turn)
{
	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(claims->role));
	ScanKeyEntryInitialize(&keys[1], 0, 2, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ,
						   CStringGetTextDatum(turn->queue->name));
	ScanKeyInit(&keys[2], 3, BTGreaterEqualStrategyNumber, F_FLOAT8GE, Float8GetDatum(turn->from));
}

/*
 * The first task that may start, from where the turn has come to; `*passed` is
 * the rank of the first that may later, without anybody committing anything.
 */
static AkTask *
look(AkClaims *claims, AkTurn *turn, double *passed)
{
	Relation	rel = ak_core_own_open(ak_task_table(AK_TASK_DUE), RowExclusiveLock);
	Relation	index = index_open(ak_core_table("task_due_rank_idx"), AccessShareLock);
	IndexScanDesc scan = ak_index_beginscan(rel, index, SnapshotSelf, 3);
	TupleTableSlot *found = table_slot_create(rel, NULL);
	TupleTableSlot *locked = table_slot_create(rel, NULL);
	ScanKeyData keys[3];
	AkTask	   *task = NULL;
	List	   *busy = NIL;

	*passed = INFINITY;
	set_keys(keys, claims, turn);
	index_rescan(scan, keys, lengthof(keys), NULL, 0);
	while (task == NULL && index_getnext_slot(scan, ForwardScanDirection, found))
	{
		bool		isnull;
		int64		id = DatumGetInt64(slot_getattr(found, 1, &isnull));
		AkTask	   *next;

		CHECK_FOR_INTERRUPTS();
		if (is_own(claims, id) || ak_task_is_condemned(id))
			continue;
		next = ak_task_read(found, AK_TASK_DUE);
		if (!is_group_free(turn, next, &busy))
			*passed = Min(*passed, next->rank);
		else if (ak_task_lock_row(rel, found, locked))
			task = next;
	}
	index_endscan(scan);
	ExecDropSingleTupleTableSlot(locked);
	ExecDropSingleTupleTableSlot(found);
	index_close(index, NoLock);
	table_close(rel, NoLock);
	return task;
}

/*
 * Begins at the bound, or goes on from where it has come to; if somebody has
 * put something in since, at the bound again.  True where it begins.
 */
static bool
begin_look(const AkClaims *claims, AkTurn *turn)
{
	AkBound		bound = ak_task_bound(claims->role, turn->queue->hash);

	if (turn->begun && bound.version == turn->seen.version)
		return false;
	turn->begun = true;
	turn->seen = bound;
	turn->from = bound.rank;
	return true;
}

static AkTask *
claim_from(AkClaims *claims, AkTurn *turn)
{
	bool		begins = begin_look(claims, turn);
	AkTask	   *task;
	double		passed;

	if (turn->from == INFINITY || !has_place(turn))
		return NULL;
	task = look(claims, turn, &passed);
	turn->from = task ? task->rank : INFINITY;
	if (begins)
		ak_task_raise_bound(claims->role, turn->queue->hash, turn->seen, Min(passed, turn->from));
	turn->used = turn->used || task != NULL;
	leave_place(turn);
	return task;
}

/* The same where the queue has a rate. */
static AkTask *
claim_at_rate(AkClaims *claims, AkTurn *turn)
{
	AkTask	   *task = NULL;
	TimestampTz when;

	if (turn->queue->rate == 0)
		return claim_from(claims, turn);
	if (ak_task_take_token(turn->queue, &when))
	{
		task = claim_from(claims, turn);
		if (task == NULL)
			ak_task_return_token(turn->queue);
	}
	else if (claims->retry_at == 0 || when < claims->retry_at)
		claims->retry_at = when;
	return task;
}

AkTask *
ak_task_claim(AkClaims *claims)
{
	int			count;

	follow_queues(claims);
	count = list_length(claims->turns);
	for (int i = 0; i < count; i++)
	{
		AkTask	   *task = claim_at_rate(claims, list_nth(claims->turns, (claims->next + i) % count));

		if (task == NULL)
			continue;
		claims->next = (claims->next + i + 1) % count;
		claims->claimed = lappend(claims->claimed, task);
		return task;
	}
	return NULL;
}

AkTask *
ak_task_claim_this(AkClaims *claims, int64 id)
{
	Oid			busy;
	AkTask	   *task;
	AkTurn	   *turn;
	List	   *groups = NIL;

	follow_queues(claims);
	task = ak_task_lock(id, &busy);
	turn = task ? turn_of(claims->turns, task->queue) : NULL;
	if (turn == NULL || task->place != AK_TASK_DUE || task->role != claims->role || !has_place(turn) ||
		!is_group_free(turn, task, &groups))
		return NULL;
	turn->used = true;
	claims->claimed = lappend(claims->claimed, task);
	return task;
}
