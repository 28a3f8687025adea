/*
 * cache.c
 *		What a backend remembers of definitions and queues.
 *
 * Both are few and change seldom, and are read for every task.  One context
 * holds them; a change of either table rings for all backends at its commit,
 * and the context begins anew.
 */
#include "postgres.h"

#include "access/xact.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "task/internal.h"

static MemoryContext context = NULL;
static uint64 changes = 0;
static bool stale = true;
static Oid	tables[2];

static void
forget(Datum argument, Oid relid)
{
	if (!OidIsValid(relid) || relid == tables[0] || relid == tables[1])
		stale = true;
}

static void
begin_anew(void)
{
	if (context == NULL)
	{
		context = AllocSetContextCreate(CacheMemoryContext, "aksara tasks", ALLOCSET_DEFAULT_SIZES);
		CacheRegisterRelcacheCallback(forget, (Datum) 0);
	}
	MemoryContextReset(context);
	changes++;
	stale = false;
	tables[0] = ak_core_table("task_definition");
	tables[1] = ak_core_table("task_queue");
}

MemoryContext
ak_task_cache_context(uint64 *changed)
{
	AcceptInvalidationMessages();
	if (stale)
		begin_anew();
	*changed = changes;
	return context;
}

void
ak_task_cache_changed(void)
{
	CacheInvalidateRelcacheByRelid(ak_core_table("task_definition"));
	CommandCounterIncrement();
	stale = true;
}
