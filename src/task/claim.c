/*
 * claim.c
 *		The next task: claims of one role, one at a time.
 *
 * Queues take turns.  In each the tasks are looked at in the order of their
 * ranks, from the bound on, a few at once: the index is left before anything
 * runs, and what was seen is but a hint.  Each is looked at again when its turn
 * comes: a row that somebody has locked runs elsewhere, one whose group is busy
 * has to wait.  The lock on the row is the claim; it goes with the transaction.
 * What the transaction has claimed before is its own.
 */
#include "postgres.h"

#include <math.h>

#include "access/table.h"
#include "access/tableam.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "task/process.h"

#define NO_PLACE (-1)

/* Tasks seen with one look. */
#define LOOK 32

/* A row that was there. */
typedef struct AkSeen
{
	int64		id;
	ItemPointerData row;
} AkSeen;

/* How far one has come in a queue, in this transaction. */
typedef struct AkTurn
{
	const AkQueue *queue;
	bool		begun;
	AkBound		bound;			/* where it was begun */
	bool		raised;			/* and it has been raised since */
	double		passed;			/* rank of the first that may start later, without anybody committing anything */
	double		rank;			/* it has come to this rank, */
	int64		id;				/* and of this rank to this task, */
	bool		over;			/* or to the end */
	int			nseen;
	int			next;			/* of those seen */
	AkSeen		seen[LOOK];
	List	   *busy;			/* groups that are, of char * */
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
	uint32		next;			/* whose turn it is */
	List	   *claimed;		/* of AkTask *: by this transaction */
	TimestampTz retry_at;
	bool		is_short;		/* a place or a group was somebody else's */
	bool		holds_places;	/* a task that was claimed has one */
};

static const AkClaims *current = NULL;	/* of the transaction under way */

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
	static uint32 first = 0;
	AkClaims   *claims = palloc0(sizeof(AkClaims));

	claims->role = GetUserId();
	claims->only = only;
	follow_queues(claims);
	claims->next = first++;
	current = claims;
	return claims;
}

TimestampTz
ak_task_claims_retry_at(const AkClaims *claims)
{
	return claims->retry_at;
}

bool
ak_task_claims_are_short(const AkClaims *claims)
{
	return claims->is_short;
}

bool
ak_task_claims_hold_places(const AkClaims *claims)
{
	return claims->holds_places;
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

bool
ak_task_is_claimed_here(int64 id)
{
	return current != NULL && is_own(current, id);
}

void
ak_task_forget_claims(void)
{
	current = NULL;
}

/* ---- what may start ---- */

/* One of those that may run at once; the transaction needs but one. */
static bool
has_place(AkClaims *claims, AkTurn *turn)
{
	if (turn->queue->max_running == 0 || turn->place != NO_PLACE)
		return true;
	if (!turn->full)
		turn->place = ak_task_take_place(turn->queue);
	turn->full = turn->place == NO_PLACE;
	claims->is_short = claims->is_short || turn->full;
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

/* Has the transaction claimed a task of the same group before?  Then it is in order. */
static bool
has_group(const AkClaims *claims, const AkTask *task)
{
	ListCell   *cell;

	foreach(cell, claims->claimed)
	{
		const AkTask *other = lfirst(cell);

		if (other->group_key != NULL && strcmp(other->group_key, task->group_key) == 0 && strcmp(other->queue, task->queue) == 0)
			return true;
	}
	return false;
}

/* Where several of a group may run at once there is no order. */
static bool
may_go_first(const AkQueue *queue, const AkTask *task)
{
	return queue->group_limit > 1 || !ak_task_is_behind(task);
}

/*
 * May the task start as far as its group goes?  Then the group has been taken
 * for it.  Groups that are busy are remembered for the rest of the look.
 */
static bool
take_group(AkClaims *claims, const AkTurn *turn, const AkTask *task, int *place, List **busy)
{
	*place = NO_PLACE;
	if (task->group_key == NULL)
		return true;
	*place = ak_task_take_group(turn->queue, task->group_key);
	claims->is_short = claims->is_short || *place == NO_PLACE;
	if (*place != NO_PLACE && (has_group(claims, task) || may_go_first(turn->queue, task)))
		return true;
	if (*place != NO_PLACE)
		ak_task_leave_group(turn->queue, task->group_key, *place);
	*busy = lappend(*busy, task->group_key);
	return false;
}

/* It did not start after all: somebody else has its row. */
static void
leave_group(const AkTurn *turn, const AkTask *task, int place, List **busy)
{
	if (place == NO_PLACE)
		return;
	ak_task_leave_group(turn->queue, task->group_key, place);
	if (turn->queue->group_limit == 1)
		*busy = lappend(*busy, task->group_key);
}

/* ---- looking ---- */

/* This role and queue, behind where the turn has come to. */
static void
set_keys(ScanKeyData *keys, ScanKeyData *position, const AkClaims *claims, const AkTurn *turn)
{
	ak_core_own_key(&keys[0], 1, F_OIDEQ, ObjectIdGetDatum(claims->role));
	ak_core_own_key(&keys[1], 2, F_TEXTEQ, CStringGetTextDatum(turn->queue->name));
	ak_core_own_key_behind(&keys[2], position, 3, F_BTFLOAT8CMP, Float8GetDatum(turn->rank), F_BTINT8CMP, Int64GetDatum(turn->id));
}

static void
note_seen(AkTurn *turn, TupleTableSlot *found)
{
	AkSeen	   *seen = &turn->seen[turn->nseen++];
	bool		isnull;

	seen->id = DatumGetInt64(slot_getattr(found, 1, &isnull));
	seen->row = found->tts_tid;
	turn->id = seen->id;
	turn->rank = DatumGetFloat8(slot_getattr(found, 4, &isnull));
}

/* Sees the next few tasks of the queue. */
static void
look(const AkClaims *claims, AkTurn *turn)
{
	AkOwnScan	scan;
	TupleTableSlot *row;
	ScanKeyData keys[3];
	ScanKeyData position[2];

	turn->nseen = turn->next = 0;
	set_keys(keys, position, claims, turn);
	ak_core_own_begin_scan(&scan, ak_task_table(AK_TASK_DUE), "task_due_rank_idx", RowExclusiveLock, SnapshotSelf, keys, lengthof(keys));
	while (turn->nseen < LOOK && (row = ak_core_own_next(&scan)) != NULL)
		note_seen(turn, row);
	turn->over = turn->nseen < LOOK;
	ak_core_own_end_scan(&scan);
}

/* Is the row's task of a group that is busy? */
static bool
is_busy(const AkTurn *turn, const AkTask *task)
{
	return task->group_key != NULL && ak_core_is_among(task->group_key, turn->busy);
}

/* The task that was seen, if it is still there and nobody's. */
static AkTask *
find_seen(const AkClaims *claims, Relation rel, AkSeen *seen, TupleTableSlot *found)
{
	AkTask	   *task;

	if (is_own(claims, seen->id) || ak_task_is_condemned(seen->id) ||
		!table_tuple_fetch_row_version(rel, &seen->row, SnapshotSelf, found))
		return NULL;
	task = ak_task_read(found, AK_TASK_DUE);
	return task->id == seen->id ? task : NULL;
}

/* Claims a task that was seen; NULL: it may not start, or somebody else has it. */
static AkTask *
try_seen(AkClaims *claims, AkTurn *turn, Relation rel, AkSeen *seen, TupleTableSlot *found, TupleTableSlot *locked)
{
	AkTask	   *task = find_seen(claims, rel, seen, found);
	int			place;

	if (task == NULL)
		return NULL;
	if (!is_busy(turn, task) && take_group(claims, turn, task, &place, &turn->busy))
	{
		if (ak_task_lock_row(rel, found, locked))
			return task;
		leave_group(turn, task, place, &turn->busy);
	}
	if (is_busy(turn, task))
		turn->passed = Min(turn->passed, task->rank);
	return NULL;
}

/* Nothing below the rank may start, unless somebody says so. */
static void
raise_bound(const AkClaims *claims, AkTurn *turn, double rank)
{
	if (!turn->raised)
		ak_task_raise_bound(claims->role, turn->queue->hash, turn->bound, Min(turn->passed, rank));
	turn->raised = true;
}

/* The next of the queue that may start. */
static AkTask *
next_of(AkClaims *claims, AkTurn *turn)
{
	Relation	rel = ak_core_own_open(ak_task_table(AK_TASK_DUE), RowExclusiveLock);
	TupleTableSlot *found = table_slot_create(rel, NULL);
	TupleTableSlot *locked = table_slot_create(rel, NULL);
	AkTask	   *task = NULL;

	while (task == NULL && (turn->next < turn->nseen || !turn->over))
	{
		CHECK_FOR_INTERRUPTS();
		if (turn->next == turn->nseen)
			look(claims, turn);
		if (turn->next < turn->nseen)
			task = try_seen(claims, turn, rel, &turn->seen[turn->next++], found, locked);
	}
	raise_bound(claims, turn, task ? task->rank : INFINITY);
	ExecDropSingleTupleTableSlot(locked);
	ExecDropSingleTupleTableSlot(found);
	table_close(rel, NoLock);
	return task;
}

/* Begins at the bound, or goes on from where it has come to; if somebody has put something in since, at the bound again. */
static void
begin_look(const AkClaims *claims, AkTurn *turn)
{
	AkBound		bound = ak_task_bound(claims->role, turn->queue->hash);

	if (turn->begun && bound.version == turn->bound.version)
		return;
	turn->begun = true;
	turn->bound = bound;
	turn->raised = false;
	turn->passed = INFINITY;
	turn->rank = bound.rank;
	turn->id = PG_INT64_MIN;
	turn->over = bound.rank == INFINITY;
	turn->nseen = turn->next = 0;
}

static AkTask *
claim_from(AkClaims *claims, AkTurn *turn)
{
	AkTask	   *task;

	begin_look(claims, turn);
	if ((turn->over && turn->next == turn->nseen) || !has_place(claims, turn))
		return NULL;
	task = next_of(claims, turn);
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

static void
note_claimed(AkClaims *claims, AkTask *task)
{
	claims->claimed = lappend(claims->claimed, task);
	claims->holds_places = claims->holds_places || task->group_key != NULL ||
		turn_of(claims->turns, task->queue)->place != NO_PLACE;
}

AkTask *
ak_task_claim(AkClaims *claims)
{
	int			count;

	if (!ak_task_is_at_home())
		return NULL;
	follow_queues(claims);
	count = list_length(claims->turns);
	for (int i = 0; i < count; i++)
	{
		AkTask	   *task = claim_at_rate(claims, list_nth(claims->turns, (claims->next + i) % count));

		if (task == NULL)
			continue;
		claims->next = (claims->next + i + 1) % count;
		note_claimed(claims, task);
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
	int			place;

	if (!ak_task_is_at_home())
		return NULL;
	follow_queues(claims);
	task = ak_task_lock(id, &busy);
	turn = task ? turn_of(claims->turns, task->queue) : NULL;
	if (turn == NULL || task->place != AK_TASK_DUE || task->role != claims->role || !has_place(claims, turn) ||
		!take_group(claims, turn, task, &place, &groups))
	{
		/* Others may have passed it over, for its row was locked. */
		if (task != NULL)
			ak_task_wake_at_commit(task);
		return NULL;
	}
	turn->used = true;
	note_claimed(claims, task);
	return task;
}
