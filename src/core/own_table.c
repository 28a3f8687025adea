/*
 * own_table.c
 *		Rows of aksara's own tables, without a statement.
 *
 * For what is written too often for SQL: our own tables have no triggers, no
 * policies and no expressions in indexes, so that a row may be put in and
 * taken out as the executor would do it, but not in a transaction that is read
 * only.  Nothing is checked against the caller's rights; callers are as bound
 * as those of the gateway are.
 */
#include "postgres.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "core/core.h"

Relation
ak_core_own_open(const char *table, LOCKMODE mode)
{
	Oid			relid;

	ak_core_require_current();
	relid = ak_core_table(table);
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table \"aksara.%s\" does not exist", table)));
	return table_open(relid, mode);
}

static ResultRelInfo *
result_relation(Relation rel)
{
	ResultRelInfo *info = makeNode(ResultRelInfo);

	InitResultRelInfo(info, rel, 1, NULL, 0);
	ExecOpenIndices(info, false);
	return info;
}

void
ak_core_own_insert(const char *table, const Datum *values, const bool *nulls)
{
	Relation	rel = ak_core_own_open(table, RowExclusiveLock);
	EState	   *estate = CreateExecutorState();
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsVirtual);
	ResultRelInfo *info = result_relation(rel);
	int			natts = RelationGetDescr(rel)->natts;

	PreventCommandIfReadOnly("INSERT");
	memcpy(slot->tts_values, values, natts * sizeof(Datum));
	memcpy(slot->tts_isnull, nulls, natts * sizeof(bool));
	ExecStoreVirtualTuple(slot);
	ExecSimpleRelationInsert(info, estate, slot);
	ExecCloseIndices(info);
	ExecDropSingleTupleTableSlot(slot);
	FreeExecutorState(estate);
	table_close(rel, NoLock);
	CommandCounterIncrement();
}

void
ak_core_own_delete(Relation rel, ItemPointer row)
{
	PreventCommandIfReadOnly("DELETE");
	simple_table_tuple_delete(rel, row, SnapshotSelf);
}
