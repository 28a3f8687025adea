/*
 * registry.c
 *		The one gateway to aksara's own tables.
 *
 * Reading scans a table under the newest snapshot, as catalog reads do, so
 * that what is cached from it is never older than the invalidations already
 * seen.  Writing runs a compile-time constant statement as the extension's
 * owner; the caller has checked that the user owns the table concerned.  Each
 * write rings the bell: the relcache entry of aksara.model is invalidated,
 * which reaches every backend at commit and this one at once.
 *
 * The triggers of these tables let the gateway pass.  They know it by a flag
 * of this file, set while its statement runs, together with the user it runs
 * as: no setting that anyone could make, and no user code runs in between.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "core/core.h"

Oid
ak_core_schema(void)
{
	return get_namespace_oid("aksara", true);
}

Oid
ak_core_table(const char *name)
{
	Oid			schema = ak_core_schema();

	return OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
}

Oid
ak_core_type(const char *name)
{
	Oid			schema = ak_core_schema();

	if (!OidIsValid(schema))
		return InvalidOid;
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
						   PointerGetDatum(name), ObjectIdGetDatum(schema));
}

/* The owner of the registry's tables, which is the extension's owner. */
static Oid
registry_owner(void)
{
	Oid			relid = ak_core_table("model");
	HeapTuple	tuple;
	Oid			owner;

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("extension \"aksara\" is not installed in this database"),
				 errhint("Run CREATE EXTENSION aksara.")));
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relid);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

void
ak_core_ring(Oid relid)
{
	if (OidIsValid(relid) && SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		CacheInvalidateRelcacheByRelid(relid);
}

/* Is this the script of CREATE or ALTER EXTENSION aksara? */
bool
ak_core_in_own_script(void)
{
	return creating_extension && CurrentExtensionObject == get_extension_oid("aksara", true);
}

/* The version that the extension has in this database, which ALTER EXTENSION … UPDATE changes. */
static char *
installed_version(void)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	char	   *version = NULL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("aksara"));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(rel), &isnull);

		version = isnull ? NULL : TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return version;
}

bool
ak_core_is_current(void)
{
	char	   *version = installed_version();

	return version != NULL && strcmp(version, AKSARA_VERSION) == 0;
}

/* The registry is written only in the shape that this library knows; one look a transaction is enough. */
void
ak_core_require_current(void)
{
	static LocalTransactionId seen = InvalidLocalTransactionId;

	if (seen == ak_local_transaction())
		return;
	if (ak_core_in_own_script())
		return;
	if (!ak_core_is_current())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("extension \"aksara\" in this database is of version %s, its library of version %s",
						installed_version(), AKSARA_VERSION),
				 errhint("Run ALTER EXTENSION aksara UPDATE.")));
	seen = ak_local_transaction();
}

static int	gateway_depth = 0;		/* statements of the gateway under way */

bool
ak_core_at_gateway(void)
{
	return gateway_depth > 0 && GetUserId() == registry_owner();
}

/* Runs the statement as the owner, with the flag set. */
static uint64
run_at_gateway(AkStatement *st, AkRowFn each, void *arg)
{
	uint64		count = 0;

	gateway_depth++;
	PG_TRY();
	{
		count = ak_core_run_as_owner(registry_owner(), st, 0, each, arg);
	}
	PG_FINALLY();
	{
		gateway_depth--;
	}
	PG_END_TRY();
	return count;
}

uint64
ak_core_own_run(const char *constant_sql, int nargs, const Oid *types, const Datum *values, const char *nulls, AkRowFn each,
				void *arg)
{
	AkStatement st;
	uint64		count;
	int			level;

	ak_core_require_current();
	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, constant_sql);
	st.nparams = nargs;
	st.types = unconstify(Oid *, types);
	st.values = unconstify(Datum *, values);
	st.nulls = unconstify(char *, nulls);
	if (nargs > 0 && nulls == NULL)
	{
		st.nulls = palloc(nargs);
		memset(st.nulls, ' ', nargs);
	}
	level = NewGUCNestLevel();
	set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
	/* Our tables are small, and where they are not few rows are read: compiling takes longer than running. */
	set_config_option("jit", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	count = run_at_gateway(&st, each, arg);
	AtEOXact_GUC(true, level);
	return count;
}

void
ak_core_own_ddl(const char *command)
{
	AkStatement st;
	int			level;

	ak_core_require_current();
	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, command);
	level = NewGUCNestLevel();
	set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
	ak_core_run_as_owner(registry_owner(), &st, AK_RUN_DDL, NULL, NULL);
	AtEOXact_GUC(true, level);
	CommandCounterIncrement();
}

uint64
ak_core_own_write(const char *constant_sql, int nargs, const Oid *types, const Datum *values, const char *nulls)
{
	uint64		count = ak_core_own_run(constant_sql, nargs, types, values, nulls, NULL, NULL);

	CommandCounterIncrement();
	return count;
}

/* The bell rings before the counter moves on: one that moves in vain takes no invalidations along. */
uint64
ak_core_registry_write(const char *constant_sql, int nargs, const Oid *types, const Datum *values, const char *nulls)
{
	uint64		count = ak_core_own_run(constant_sql, nargs, types, values, nulls, NULL, NULL);

	if (count > 0)
		ak_core_ring(ak_core_table("model"));
	CommandCounterIncrement();
	return count;
}

void
ak_core_registry_scan(const char *table, AkRegistryRowFn each, void *arg)
{
	Oid			relid = ak_core_table(table);
	Relation	rel;
	SysScanDesc scan;
	HeapTuple	row;

	if (!OidIsValid(relid))
		return;
	rel = table_open(relid, AccessShareLock);
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(row = systable_getnext(scan)))
		each(row, RelationGetDescr(rel), arg);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

char *
ak_core_registry_column(HeapTuple row, TupleDesc desc, const char *column)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		isnull;
		Datum		value;
		Oid			output;
		bool		varlena;

		if (att->attisdropped || strcmp(NameStr(att->attname), column) != 0)
			continue;
		value = heap_getattr(row, i + 1, desc, &isnull);
		if (isnull)
			return NULL;
		getTypeOutputInfo(att->atttypid, &output, &varlena);
		return OidOutputFunctionCall(output, value);
	}
	elog(ERROR, "column \"%s\" is missing in a table of aksara", column);
	return NULL;
}

/* The elements that are there: NULL is no name. */
static List *
names_of(Datum array, Oid type)
{
	List	   *names = NIL;
	bool		of_names = type == NAMEARRAYOID;
	Datum	   *values;
	bool	   *nulls;
	int			count;

	if (of_names)
		deconstruct_array(DatumGetArrayTypeP(array), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &values, &nulls, &count);
	else
		deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
		if (!nulls[i])
			names = lappend(names, of_names ? pstrdup(NameStr(*DatumGetName(values[i]))) : TextDatumGetCString(values[i]));
	return names;
}

List *
ak_core_registry_names(HeapTuple row, TupleDesc desc, const char *column)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		isnull;
		Datum		value;

		if (att->attisdropped || (att->atttypid != NAMEARRAYOID && att->atttypid != TEXTARRAYOID) ||
			strcmp(NameStr(att->attname), column) != 0)
			continue;
		value = heap_getattr(row, i + 1, desc, &isnull);
		return isnull ? NIL : names_of(value, att->atttypid);
	}
	return NIL;
}
