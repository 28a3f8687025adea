/*
 * row.h
 *		One row that is written, as its handlers see it.
 */
#ifndef AK_SIGNAL_ROW_H
#define AK_SIGNAL_ROW_H

#include "signal/internal.h"

typedef struct AkChange
{
	const TriggerData *trigger;
	AkSignal	signal;
	AkTriggerRow row;			/* its model and columns alone */
	AkReceivers *receivers;
	HeapTuple	tuple;			/* the row, in the columns of the model's table */
	HeapTuple	previous;		/* the row before an UPDATE; else NULL */
	bool		changed;		/* by a handler */
	bool		moved;			/* inserted here by an UPDATE that moved it */
	Bitmapset  *moved_fields;	/* which that UPDATE names, by AkField.index */
	Datum		instance;		/* as documents; 0: not made yet */
	Datum		previous_document;
	Datum		update_fields;
} AkChange;

/* What a general handler is told of it. */
extern void ak_signal_row_event(AkChange *change, AkEvent *event);
/* Did the update give the field another value?  An insert or delete touches all. */
extern bool ak_signal_touches(const AkChange *change, const AkField *field);

/* ---- moved.c: rows that an UPDATE moves to another partition ---- */

typedef enum AkMoveStep
{
	AK_NO_MOVE,
	AK_PART_OF_MOVE,			/* before it: the delete or the insert of a move, of which nothing is told */
	AK_MOVED_AWAY,				/* after it: the row left, and is kept for the one that comes */
	AK_MAY_HAVE_COME			/* after it: a new row, or one that was moved */
} AkMoveStep;

/* What this trigger is of a move; called once for each of a model's rows, before anything else. */
extern AkMoveStep ak_signal_move_step(const AkChange *change);
extern void ak_signal_keep_moved(const AkChange *change);
/* Makes the change of a row that was moved an update. */
extern void ak_signal_take_moved(AkChange *change);

/* ---- publish.c ---- */

/* Tells of the row by NOTIFY, when the transaction commits. */
extern void ak_signal_publish_row(const AkChange *change, const AkCall *call);

#endif
