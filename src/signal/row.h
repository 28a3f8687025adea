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
	Datum		instance;		/* as documents; 0: not made yet */
	Datum		previous_document;
	Datum		update_fields;
} AkChange;

/* What a general handler is told of it. */
extern void ak_signal_row_event(AkChange *change, AkEvent *event);
/* Did the update give the field another value?  An insert or delete touches all. */
extern bool ak_signal_touches(const AkChange *change, const AkField *field);

/* ---- publish.c ---- */

/* Tells of the row by NOTIFY, when the transaction commits. */
extern void ak_signal_publish_row(const AkChange *change, const AkCall *call);

#endif
