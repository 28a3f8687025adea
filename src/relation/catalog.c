/*
 * catalog.c
 *		What PostgreSQL's catalogs say of a table: who owns it, how native keys
 *		read it, and which native key stands on a column.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "relation/internal.h"

Oid
ak_relation_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* Native keys do not look into children of a table that is not partitioned. */
const char *
ak_relation_only(Oid relid)
{
	return get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ";
}

static bool
is_key_of(HeapTuple tuple, AttrNumber column)
{
	Form_pg_index index = (Form_pg_index) GETSTRUCT(tuple);

	return index->indisunique && index->indimmediate && index->indisvalid && index->indnkeyatts == 1 &&
		index->indkey.values[0] == column && heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
}

bool
ak_relation_is_unique(Oid relid, AttrNumber column)
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		found = false;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(rel))
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));

		if (!HeapTupleIsValid(tuple))
			continue;
		found = found || is_key_of(tuple, column);
		ReleaseSysCache(tuple);
	}
	table_close(rel, AccessShareLock);
	return found;
}

/* The only column in a list of column numbers; 0 where there are several. */
static AttrNumber
only_column(HeapTuple tuple, TupleDesc desc, AttrNumber list)
{
	bool		isnull;
	Datum		array = heap_getattr(tuple, list, desc, &isnull);
	Datum	   *numbers;
	int			count;

	if (isnull)
		return InvalidAttrNumber;
	deconstruct_array(DatumGetArrayTypeP(array), INT2OID, sizeof(int16), true, TYPALIGN_SHORT,
					  &numbers, NULL, &count);
	return count == 1 ? DatumGetInt16(numbers[0]) : InvalidAttrNumber;
}

/* The native key from this column alone to `target`, or NULL; `referenced`, if wanted, gets the column it points at. */
char *
ak_relation_native_key(Oid relid, AttrNumber column, Oid target, AttrNumber *referenced)
{
	Relation	rel = table_open(ConstraintRelationId, AccessShareLock);
	char	   *name = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while (name == NULL && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);

		if (form->contype != CONSTRAINT_FOREIGN || form->confrelid != target ||
			only_column(tuple, RelationGetDescr(rel), Anum_pg_constraint_conkey) != column)
			continue;
		name = pstrdup(NameStr(form->conname));
		if (referenced != NULL)
			*referenced = only_column(tuple, RelationGetDescr(rel), Anum_pg_constraint_confkey);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return name;
}
