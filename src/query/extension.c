/*
 * extension.c
 *		Names of other extensions: pg_trgm, unaccent.
 *
 * Their functions and operators are written with the schema that the
 * extension is in, over arguments of exactly the types they are declared for.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_extension.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "query/internal.h"

/* The schema of an extension; InvalidOid: it is not installed. */
static Oid
schema_of(const char *extension)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	Oid			schema = InvalidOid;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(extension));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		schema = ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return schema;
}

const char *
ak_query_extension_schema(const char *extension, const char *word)
{
	Oid			schema = schema_of(extension);

	if (!OidIsValid(schema))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" needs the extension \"%s\"", word, extension),
				 errhint("Run CREATE EXTENSION %s.", extension)));
	return ak_core_quote(get_namespace_name(schema));
}
