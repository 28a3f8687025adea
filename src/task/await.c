/*
 * await.c
 *		await_task: waits until a task has ended.
 *
 * With shared memory whoever has written outcomes rings when they are
 * committed; without it, and as a net, a look is taken again and again.  Each
 * look has a snapshot of its own, but the caller's statement keeps its own one
 * meanwhile, so nobody should wait for long.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/condition_variable.h"
#include "storage/shmem.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "task/process.h"

PG_FUNCTION_INFO_V1(ak_task_await_task);

/* Milliseconds between two looks, at first and at most. */
#define FIRST_LOOK 2L
#define LAST_LOOK 250L

static ConditionVariable *ended = NULL;

Size
ak_task_bell_size(void)
{
	return sizeof(ConditionVariable);
}

void
ak_task_attach_bell(void)
{
	bool		found;

	ended = ShmemInitStruct("aksara tasks that ended", sizeof(ConditionVariable), &found);
	if (!found)
		ConditionVariableInit(ended);
}

void
ak_task_ring(void)
{
	if (ended != NULL)
		ConditionVariableBroadcast(ended);
}

/* ---- looking ---- */

typedef struct AkLook
{
	bool		live;
	bool		own;			/* and enqueued by this very transaction */
	Oid			role;
} AkLook;

static bool
take_live(TupleTableSlot *row, void *arg)
{
	AkLook	   *look = arg;
	bool		isnull;

	look->live = true;
	look->own = TransactionIdIsCurrentTransactionId(DatumGetTransactionId(slot_getattr(row, 1, &isnull)));
	look->role = DatumGetObjectId(slot_getattr(row, 2, &isnull));
	return false;
}

static AkLook
look_at(int64 id)
{
	static const Oid types[] = {INT8OID};
	Datum		values[] = {Int64GetDatum(id)};
	AkLook		look = {0};

	ak_core_own_run("SELECT xmin, role FROM aksara.task_due WHERE id = $1 UNION ALL SELECT xmin, role FROM aksara.task_later WHERE id = $1"
					" UNION ALL SELECT xmin, role FROM aksara.task_blocked WHERE id = $1",
					lengthof(types), types, values, NULL, take_live, &look);
	if (look.live)
		ak_task_require_mine(id, look.role);
	return look;
}

/* ---- waiting ---- */

static void
wait(long milliseconds)
{
	if (ended != NULL)
	{
		(void) ConditionVariableTimedSleep(ended, milliseconds, PG_WAIT_EXTENSION);
		return;
	}
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
}

/* Waits until the task is live no more; false: the time was over before. */
static bool
wait_for(int64 id, TimestampTz until)
{
	long		pause = FIRST_LOOK;

	for (;;)
	{
		AkLook		look = look_at(id);
		TimestampTz now = GetCurrentTimestamp();

		if (!look.live)
			return true;
		if (look.own)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("task " INT64_FORMAT " was enqueued in this transaction", id),
					 errhint("Commit first: it cannot start before.")));
		if (until != DT_NOEND && now >= until)
			return false;
		if (until != DT_NOEND)
			pause = Max(Min(pause, TimestampDifferenceMilliseconds(now, until) + 1), 1);
		CHECK_FOR_INTERRUPTS();
		wait(pause);
		pause = Min(pause * 2, LAST_LOOK);
	}
}

static TimestampTz
until_argument(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		return DT_NOEND;
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(GetCurrentTimestamp()),
												   PG_GETARG_DATUM(n)));
}

/* await_task(id, timeout) → the task as get_task has it, when it has ended; NULL: it did not in that time. */
Datum
ak_task_await_task(PG_FUNCTION_ARGS)
{
	TimestampTz until = until_argument(fcinfo, 1);
	volatile bool over = false;

	if (PG_ARGISNULL(0))
		ak_core_null_argument("id");
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("aksara.await_task must see what others commit"),
				 errhint("Call it in a transaction that is READ COMMITTED.")));
	if (ended != NULL)
		ConditionVariablePrepareToSleep(ended);
	PG_TRY();
	{
		over = wait_for(PG_GETARG_INT64(0), until);
	}
	PG_FINALLY();
	{
		ConditionVariableCancelSleep();
	}
	PG_END_TRY();
	if (!over)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(ak_task_document(PG_GETARG_INT64(0)));
}
