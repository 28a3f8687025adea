/*
 * own_table.c
 *		Rows of aksara's own tables, without a statement.
 *
 * For what is read and written too often for SQL: our own tables have no
 * triggers, no policies and no expressions in indexes, so that a row may be
 * found, put in and taken out as the executor would do it, but not changed in a
 * transaction that is read only.  Nothing is checked against the caller's rights; callers are as bound
 * as those of the gateway are.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_collation.h"
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

/* ---- looking ---- */

void
ak_core_own_begin_scan(AkOwnScan *scan, const char *table, const char *index, LOCKMODE mode, Snapshot snapshot,
					   ScanKey keys, int nkeys)
{
	scan->rel = ak_core_own_open(table, mode);
	scan->index = index_open(index ? ak_core_table(index) : ak_primary_key_index(scan->rel), AccessShareLock);
	scan->scan = ak_index_beginscan(scan->rel, scan->index, snapshot, nkeys);
	scan->row = table_slot_create(scan->rel, NULL);
	index_rescan(scan->scan, keys, nkeys, NULL, 0);
}

TupleTableSlot *
ak_core_own_next(AkOwnScan *scan)
{
	return index_getnext_slot(scan->scan, ForwardScanDirection, scan->row) ? scan->row : NULL;
}

void
ak_core_own_end_scan(AkOwnScan *scan)
{
	index_endscan(scan->scan);
	ExecDropSingleTupleTableSlot(scan->row);
	index_close(scan->index, NoLock);
	table_close(scan->rel, NoLock);
}

void
ak_core_own_key(ScanKey key, int column, RegProcedure equal, Datum value)
{
	ScanKeyEntryInitialize(key, 0, column, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, equal, value);
}

/* One of the two columns; `flags` says whether it is the last. */
static void
set_member(ScanKey member, int flags, int column, RegProcedure order, Datum value)
{
	ScanKeyEntryInitialize(member, SK_ROW_MEMBER | flags, column, BTGreaterStrategyNumber, InvalidOid, C_COLLATION_OID, order, value);
}

/* A row comparison, as ExecIndexBuildScanKeys makes it. */
void
ak_core_own_key_behind(ScanKey key, ScanKeyData members[2], int column, RegProcedure first_order, Datum first,
					   RegProcedure second_order, Datum second)
{
	set_member(&members[0], 0, column, first_order, first);
	set_member(&members[1], SK_ROW_END, column + 1, second_order, second);
	memset(key, 0, sizeof(ScanKeyData));
	key->sk_flags = SK_ROW_HEADER;
	key->sk_attno = column;
	key->sk_strategy = BTGreaterStrategyNumber;
	key->sk_argument = PointerGetDatum(members);
}
