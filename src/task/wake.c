/*
 * wake.c
 *		Whoever enqueues wakes who is to run it, when the transaction has
 *		committed.
 *
 * One callback a backend; a burst wakes once.  What a savepoint took back may
 * wake somebody for nothing.  A wake-up that is lost costs no more than the
 * time until the scheduler looks again.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"

#include "task/process.h"

/* Roles that one transaction remembers; beyond that the scheduler finds out. */
#define MOST_ROLES 8

static int	nroles = 0;
static struct
{
	Oid			role;
	int			count;			/* of tasks */
}			woken[MOST_ROLES];

void
ak_task_wake_at_commit(void)
{
	Oid			role = GetUserId();

	if (!ak_task_is_shared())
		return;
	for (int i = 0; i < nroles; i++)
		if (woken[i].role == role)
		{
			woken[i].count++;
			return;
		}
	if (nroles == MOST_ROLES)
		return;
	woken[nroles].role = role;
	woken[nroles++].count = 1;
}

static void
at_end(XactEvent event, void *arg)
{
	if (nroles == 0 || event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
		return;
	if (event == XACT_EVENT_COMMIT)
		for (int i = 0; i < nroles; i++)
			ak_task_wake(MyDatabaseId, woken[i].role, woken[i].count);
	nroles = 0;
}

void
ak_task_wake_init(void)
{
	RegisterXactCallback(at_end, NULL);
}
