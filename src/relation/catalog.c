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

/* ---- columns ---- */

List *
ak_relation_numbers(List *fields)
{
	List	   *numbers = NIL;
	ListCell   *cell;

	foreach(cell, fields)
		numbers = lappend_int(numbers, ((AkField *) lfirst(cell))->attnum);
	return numbers;
}

List *
ak_relation_column_names(List *fields)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, fields)
		names = lappend(names, ((AkField *) lfirst(cell))->column);
	return names;
}

char *
ak_relation_quoted_columns(List *fields)
{
	StringInfoData list;
	ListCell   *cell;

	initStringInfo(&list);
	foreach(cell, fields)
		appendStringInfo(&list, "%s%s", list.len ? ", " : "", ak_core_quote(((AkField *) lfirst(cell))->column));
	return list.data;
}

List *
ak_relation_named_numbers(Oid relid, List *columns)
{
	List	   *numbers = NIL;
	ListCell   *cell;

	foreach(cell, columns)
		numbers = lappend_int(numbers, get_attnum(relid, lfirst(cell)));
	return numbers;
}

/* ---- indexes ---- */

/* Are the index's first columns these, in any order? */
static bool
begins_with(Form_pg_index index, List *columns)
{
	if (index->indnkeyatts < list_length(columns))
		return false;
	for (int i = 0; i < list_length(columns); i++)
		if (index->indkey.values[i] == 0 || !list_member_int(columns, index->indkey.values[i]))
			return false;
	return true;
}

static bool
is_over_all_rows(HeapTuple tuple)
{
	return ((Form_pg_index) GETSTRUCT(tuple))->indisvalid && heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
}

static bool
is_index_of(HeapTuple tuple, List *columns)
{
	return begins_with((Form_pg_index) GETSTRUCT(tuple), columns) && is_over_all_rows(tuple);
}

static bool
is_key_of(HeapTuple tuple, List *columns)
{
	Form_pg_index index = (Form_pg_index) GETSTRUCT(tuple);

	return index->indisunique && index->indimmediate && index->indnkeyatts == list_length(columns) &&
		is_index_of(tuple, columns);
}

static bool
any_index(Oid relid, List *columns, bool (*match) (HeapTuple tuple, List *columns))
{
	Relation	rel = table_open(relid, AccessShareLock);
	bool		found = false;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(rel))
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));

		if (!HeapTupleIsValid(tuple))
			continue;
		found = found || match(tuple, columns);
		ReleaseSysCache(tuple);
	}
	table_close(rel, AccessShareLock);
	return found;
}

bool
ak_relation_is_unique(Oid relid, List *columns)
{
	return any_index(relid, columns, is_key_of);
}

bool
ak_relation_has_index(Oid relid, List *columns, bool unique)
{
	return any_index(relid, columns, unique ? is_key_of : is_index_of);
}

/* ---- native keys ---- */

/* A list of column numbers in a row of pg_constraint. */
static List *
column_numbers(HeapTuple tuple, TupleDesc desc, AttrNumber list)
{
	bool		isnull;
	Datum		array = heap_getattr(tuple, list, desc, &isnull);
	List	   *columns = NIL;
	Datum	   *numbers;
	int			count;

	if (isnull)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(array), INT2OID, sizeof(int16), true, TYPALIGN_SHORT,
					  &numbers, NULL, &count);
	for (int i = 0; i < count; i++)
		columns = lappend_int(columns, DatumGetInt16(numbers[i]));
	return columns;
}

/* What each of `columns` points at, where a key is from `from` to `to`; NIL unless it is from exactly these. */
static List *
pointed_at(List *columns, List *from, List *to)
{
	List	   *referenced = NIL;
	ListCell   *cell;

	if (list_length(columns) != list_length(from))
		return NIL;
	foreach(cell, columns)
	{
		int			at = 0;

		while (at < list_length(from) && list_nth_int(from, at) != lfirst_int(cell))
			at++;
		if (at == list_length(from) || lfirst_int(cell) == 0)
			return NIL;
		referenced = lappend_int(referenced, list_nth_int(to, at));
	}
	return referenced;
}

static bool
is_among(const char *name, List *names)
{
	ListCell   *cell;

	foreach(cell, names)
		if (strcmp(name, lfirst(cell)) == 0)
			return true;
	return false;
}

/* The key of the preferred name, else the first of a name that is not claimed. */
static char *
find_key(Oid relid, List *columns, Oid target, const char *preferred, List *claimed, List **referenced)
{
	Relation	rel = table_open(ConstraintRelationId, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	char	   *name = NULL;
	bool		done = false;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while (!done && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
		const char *is = NameStr(form->conname);
		List	   *found;

		if (form->contype != CONSTRAINT_FOREIGN || form->confrelid != target)
			continue;
		found = pointed_at(columns, column_numbers(tuple, desc, Anum_pg_constraint_conkey),
						   column_numbers(tuple, desc, Anum_pg_constraint_confkey));
		done = preferred != NULL && strcmp(is, preferred) == 0;
		if (found == NIL || (!done && (name != NULL || is_among(is, claimed))))
		{
			done = false;
			continue;
		}
		name = pstrdup(is);
		if (referenced != NULL)
			*referenced = found;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return name;
}

char *
ak_relation_native_key(Oid relid, List *columns, Oid target, List **referenced)
{
	return find_key(relid, columns, target, NULL, NIL, referenced);
}

/* Several relations of a model may be over the same columns: each has a key of its own. */
char *
ak_relation_own_key(const AkRelation *relation, Oid target, List **referenced)
{
	const AkModel *source = relation->source;
	List	   *claimed = NIL;

	for (int i = 0; i < source->nfields; i++)
	{
		const AkRelation *other = source->fields[i]->relation;

		if (other != NULL && other != relation && other->constraint != NULL)
			claimed = lappend(claimed, other->constraint);
	}
	return find_key(source->relid, ak_relation_numbers(relation->source_fields), target,
					relation->constraint, claimed, referenced);
}
