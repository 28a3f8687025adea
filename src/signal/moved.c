/*
 * moved.c
 *		Rows that an UPDATE moves to another partition: they are told of as
 *		updated, though PostgreSQL deletes them here and inserts them there.
 *
 * Before the write, the triggers of one row follow each other: UPDATE, then
 * DELETE of the very same row, then INSERT.  The first is pre_save; the other
 * two are known by it, and tell nothing.  What it was is noted for each depth
 * of triggers, since those in between may write rows of the table themselves.
 *
 * After it, the row that was left says by itself that it was moved, and the
 * new one is the next that the same command wrote.  So one row is kept at a
 * time, however many are moved.
 *
 * A command is known by its transaction, or savepoint, and its number in
 * there: what an error leaves behind is of no command that ever comes again.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/tuptable.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "signal/row.h"

/* A command that writes rows of a model. */
typedef struct AkCommand
{
	TransactionId xid;
	CommandId	number;
	Oid			model;
} AkCommand;

typedef enum AkStage
{
	AK_AT_REST,
	AK_UPDATED,					/* the last trigger was that of its UPDATE */
	AK_LEAVING					/* of its DELETE after that */
} AkStage;

typedef struct AkMove
{
	AkCommand	command;		/* that updated last */
	AkStage		stage;
	const Trigger *trigger;		/* of the row updated last, as the next ones are */
	Oid			partition;
	ItemPointerData tid;
	Bitmapset  *columns;		/* of the partition, which the UPDATE names */
	Bitmapset  *fields;			/* which that of the moved rows names, by AkField.index */
	AkCommand	mover;			/* what moved the row below */
	HeapTuple	row;			/* as it was, in the columns of the model's table; NULL: none is kept */
} AkMove;

/* By depth of triggers, from 1; in TopMemoryContext. */
static AkMove *moves = NULL;
static int	nmoves = 0;

/* The note of the depth at which this trigger runs; NULL: there is none, unless it is to be made. */
static AkMove *
move_here(bool make)
{
	int			depth = DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
	int			size = Max(depth, 8);

	if (depth > nmoves && make)
	{
		moves = moves ? repalloc(moves, size * sizeof(AkMove)) : MemoryContextAlloc(TopMemoryContext, size * sizeof(AkMove));
		memset(moves + nmoves, 0, (size - nmoves) * sizeof(AkMove));
		nmoves = size;
	}
	return depth > 0 && depth <= nmoves ? &moves[depth - 1] : NULL;
}

static bool
same_command(const AkCommand *a, const AkCommand *b)
{
	return a->xid == b->xid && a->number == b->number && a->model == b->model;
}

/* Of a trigger before a write: the running command, by its snapshot. */
static AkCommand
running_command(const AkChange *change)
{
	return (AkCommand) {
		GetCurrentTransactionId(), GetActiveSnapshot()->curcid, change->row.model->relid
	};
}

/*
 * Is the row one of a partition that PostgreSQL moves it from or to within the
 * model?  A model's table that is a partition itself may also lose it to others.
 */
static bool
moves_within(const AkChange *change)
{
	return change->row.columns != NULL && !get_rel_relispartition(change->row.model->relid);
}

/* PostgreSQL moves no rows from there, and they have no header to look at. */
static bool
is_foreign(const AkChange *change)
{
	return change->trigger->tg_relation->rd_rel->relkind == RELKIND_FOREIGN_TABLE;
}

/* Does a row that was deleted say that it is in another partition now? */
static bool
is_marked(HeapTuple old)
{
	return HeapTupleHeaderIndicatesMovedPartitions(old->t_data);
}

/* ---- before the write ---- */

static void
note_columns(AkMove *move, const Bitmapset *columns)
{
	MemoryContext old;

	if (bms_equal(move->columns, columns))
		return;
	old = MemoryContextSwitchTo(TopMemoryContext);
	bms_free(move->columns);
	move->columns = NULL;
	move->columns = bms_copy(columns);
	MemoryContextSwitchTo(old);
}

static void
note_update(const AkChange *change, const AkCommand *command)
{
	AkMove	   *move = move_here(true);

	move->stage = AK_AT_REST;
	if (!same_command(&move->command, command))
	{
		bms_free(move->fields);
		move->fields = NULL;
		move->command = *command;
	}
	note_columns(move, change->trigger->tg_updatedcols);
	move->trigger = change->trigger->tg_trigger;
	move->partition = RelationGetRelid(change->trigger->tg_relation);
	move->tid = change->trigger->tg_trigtuple->t_self;
	move->stage = AK_UPDATED;
}

/* Adds the fields whose columns the UPDATE of a row names that is moved. */
static void
note_fields(AkMove *move, const AkTriggerRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	for (int i = 0; i < row->model->nfields; i++)
		if (row->columns[i] > 0 && bms_is_member(row->columns[i] - FirstLowInvalidHeapAttributeNumber, move->columns))
			move->fields = bms_add_member(move->fields, i);
	MemoryContextSwitchTo(old);
}

static bool
leaves(AkMove *move, const AkChange *change)
{
	bool		leaves = move->stage == AK_UPDATED && move->trigger == change->trigger->tg_trigger &&
		move->partition == RelationGetRelid(change->trigger->tg_relation) &&
		ItemPointerEquals(&move->tid, &change->trigger->tg_trigtuple->t_self);

	if (leaves)
		note_fields(move, &change->row);
	move->stage = leaves ? AK_LEAVING : AK_AT_REST;
	return leaves;
}

/* Did the row leave, after the trigger said so?  Another trigger may have kept it. */
static bool
has_left(const AkMove *move)
{
	Relation	rel = table_open(move->partition, NoLock);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	ItemPointerData tid = move->tid;
	bool		left = table_tuple_fetch_row_version(rel, &tid, SnapshotAny, slot) && is_marked(ExecFetchSlotHeapTuple(slot, false, NULL));

	ExecDropSingleTupleTableSlot(slot);
	table_close(rel, NoLock);
	return left;
}

static bool
arrives(AkMove *move)
{
	bool		arrives = move->stage == AK_LEAVING;

	move->stage = AK_AT_REST;
	return arrives && has_left(move);
}

static bool
is_step_before(const AkChange *change)
{
	TriggerEvent event = change->trigger->tg_event;
	AkMove	   *move = move_here(false);
	AkCommand	command;

	if (TRIGGER_FIRED_BY_UPDATE(event) && is_foreign(change))
		return false;
	if (!TRIGGER_FIRED_BY_UPDATE(event) && (move == NULL || move->stage == AK_AT_REST))
		return false;
	command = running_command(change);
	if (TRIGGER_FIRED_BY_UPDATE(event))
		note_update(change, &command);
	else if (same_command(&move->command, &command))
		return TRIGGER_FIRED_BY_DELETE(event) ? leaves(move, change) : arrives(move);
	else
		move->stage = AK_AT_REST;
	return false;
}

/* ---- after it ---- */

AkMoveStep
ak_signal_move_step(const AkChange *change)
{
	if (!moves_within(change))
		return AK_NO_MOVE;
	if (TRIGGER_FIRED_BEFORE(change->trigger->tg_event))
		return is_step_before(change) ? AK_PART_OF_MOVE : AK_NO_MOVE;
	if (TRIGGER_FIRED_BY_DELETE(change->trigger->tg_event))
		return !is_foreign(change) && is_marked(change->trigger->tg_trigtuple) ? AK_MOVED_AWAY : AK_NO_MOVE;
	return TRIGGER_FIRED_BY_INSERT(change->trigger->tg_event) ? AK_MAY_HAVE_COME : AK_NO_MOVE;
}

static void
forget_row(AkMove *move)
{
	HeapTuple	row = move->row;

	move->row = NULL;
	if (row != NULL)
		heap_freetuple(row);
}

void
ak_signal_keep_moved(const AkChange *change)
{
	HeapTupleHeader header = change->trigger->tg_trigtuple->t_data;
	AkMove	   *move = move_here(true);
	MemoryContext old;

	forget_row(move);
	move->mover = (AkCommand) {
		HeapTupleHeaderGetUpdateXid(header), HeapTupleHeaderGetCmax(header), change->row.model->relid
	};
	old = MemoryContextSwitchTo(TopMemoryContext);
	move->row = heap_copytuple(change->tuple);
	MemoryContextSwitchTo(old);
}

/* Was the new row written by the command?  That of a foreign table does not say by which. */
static bool
is_written_by(const AkChange *change, const AkCommand *command)
{
	HeapTupleHeader header = change->trigger->tg_trigtuple->t_data;

	if (command->model != change->row.model->relid)
		return false;
	if (is_foreign(change))
		return command->xid == GetCurrentTransactionIdIfAny();
	return command->xid == HeapTupleHeaderGetXmin(header) && TransactionIdIsCurrentTransactionId(command->xid) &&
		command->number == HeapTupleHeaderGetCmin(header);
}

/* The fields that the command's UPDATE names; those with another value where that is known no longer, as after a cascade. */
static Bitmapset *
fields_of(const AkChange *change, const AkCommand *command)
{
	Bitmapset  *fields = NULL;

	for (int i = 0; i < nmoves; i++)
		if (moves[i].fields != NULL && same_command(&moves[i].command, command))
			return bms_copy(moves[i].fields);
	for (int i = 0; i < change->row.model->nfields; i++)
		if (ak_signal_touches(change, change->row.model->fields[i]))
			fields = bms_add_member(fields, i);
	return fields;
}

void
ak_signal_take_moved(AkChange *change)
{
	AkMove	   *move = move_here(false);

	if (move == NULL || move->row == NULL)
		return;
	if (is_written_by(change, &move->mover))
	{
		change->moved = true;
		change->previous = heap_copytuple(move->row);
		change->moved_fields = fields_of(change, &move->mover);
	}
	forget_row(move);
}
