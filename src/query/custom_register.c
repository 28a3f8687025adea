/*
 * custom_register.c
 *		create_lookup(), create_transform() and what takes them back.
 *
 * A word that somebody registers can be asked for by every user's documents,
 * and the function then runs with that user's rights.  So the four calls are
 * nobody's until they are granted, and a function is registered by its owner.
 * A row of a restored dump is taken from who could have made it by a call.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "query/custom.h"

PG_FUNCTION_INFO_V1(ak_query_sql_create_lookup);
PG_FUNCTION_INFO_V1(ak_query_sql_create_transform);
PG_FUNCTION_INFO_V1(ak_query_sql_drop_lookup);
PG_FUNCTION_INFO_V1(ak_query_sql_drop_transform);
PG_FUNCTION_INFO_V1(ak_query_guard_lookup);

static const char *
kind_name(bool transform)
{
	return transform ? "transform" : "lookup";
}

/* ---- names ---- */

/* A word of a path: it has no "__" in it and is no place in a list. */
static void
check_name(const char *name, bool transform)
{
	size_t		length = strlen(name);

	if (length == 0 || length >= NAMEDATALEN || name[0] < 'a' || name[0] > 'z' || name[length - 1] == '_' ||
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != length || strstr(name, "__") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" is no name of a %s", name, kind_name(transform)),
				 errhint("It begins with a letter and has lower-case letters, digits and single underscores.")));
	if (ak_query_is_built_in_lookup(name) || ak_query_is_built_in_transform(name))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("\"%s\" is a lookup or transform that is built in", name)));
}

/* The one of this name for values of a type; NULL: there is none. */
static const AkCustom *
registered(const char *name, const char *type_name)
{
	ListCell   *cell;

	foreach(cell, ak_query_customs())
	{
		const AkCustom *custom = lfirst(cell);

		if (strcmp(custom->name, name) == 0 && strcmp(custom->type_name, type_name) == 0)
			return custom;
	}
	return NULL;
}

/* ---- functions ---- */

static void
require_owner(Oid function)
{
	if (!ak_function_owned(function))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of function %s", format_procedure(function))));
}

static void
require_fit(Oid function, bool transform)
{
	const char *problem = ak_query_custom_problem(function, transform);

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
				 errmsg("function %s cannot be a %s", format_procedure(function), kind_name(transform)),
				 errdetail("The reason is that %s.", problem),
				 transform ? errhint("A transform is f(T) that is immutable or stable.")
				 : errhint("A lookup is f(T, U) that returns boolean and is immutable or stable.")));
}

static const char *
first_type(Oid function)
{
	Oid		   *types;
	int			count;

	(void) get_func_signature(function, &types, &count);
	return ak_core_type_name(types[0], -1);
}

static Oid
function_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(1))
		ak_core_null_argument("function");
	return PG_GETARG_OID(1);
}

/* Runs a constant statement over text values.  Callers have checked that the user owns the function. */
static void
store(const char *constant_sql, int count, const char *const *texts)
{
	Oid			types[5] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[5];

	Assert(count <= 5);
	for (int i = 0; i < count; i++)
		values[i] = CStringGetTextDatum(texts[i]);
	ak_core_registry_write(constant_sql, count, types, values, NULL);
}

/* ---- the calls ---- */

static Datum
create(FunctionCallInfo fcinfo, bool transform)
{
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "name");
	Oid			function = function_argument(fcinfo);
	const AkCustom *before;
	const char *values[5] = {name};

	check_name(name, transform);
	require_fit(function, transform);
	require_owner(function);
	values[1] = first_type(function);
	values[2] = kind_name(transform);
	values[3] = format_procedure_qualified(function);
	values[4] = ak_query_function_owner(function);
	before = registered(name, values[1]);
	if (before != NULL && OidIsValid(before->function))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("\"%s\" is registered for type %s: function %s", name, values[1], before->signature)));
	store("INSERT INTO aksara.query_lookup (name, type, kind, function, owner)"
		  " VALUES ($1::pg_catalog.name, $2, $3, $4, $5::pg_catalog.name) ON CONFLICT (name, type)"
		  " DO UPDATE SET kind = EXCLUDED.kind, function = EXCLUDED.function, owner = EXCLUDED.owner",
		  lengthof(values), values);
	PG_RETURN_VOID();
}

/* create_lookup(name, function) */
Datum
ak_query_sql_create_lookup(PG_FUNCTION_ARGS)
{
	return create(fcinfo, false);
}

/* create_transform(name, function) */
Datum
ak_query_sql_create_transform(PG_FUNCTION_ARGS)
{
	return create(fcinfo, true);
}

static Datum
drop(FunctionCallInfo fcinfo, bool transform)
{
	const char *values[2] = {ak_core_arg_cstring(fcinfo, 0, "name")};
	const AkCustom *custom;
	Oid			function;

	if (PG_ARGISNULL(1))
		ak_core_null_argument("type");
	values[1] = ak_core_type_name(PG_GETARG_OID(1), -1);
	custom = registered(values[0], values[1]);
	if (custom == NULL || custom->transform != transform)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("%s \"%s\" for type %s does not exist", kind_name(transform), values[0], values[1])));
	function = ak_query_function_named(custom->signature);
	if (OidIsValid(function))
		require_owner(function);
	store("DELETE FROM aksara.query_lookup WHERE name OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND type OPERATOR(pg_catalog.=) $2", lengthof(values), values);
	PG_RETURN_VOID();
}

/* drop_lookup(name, type) */
Datum
ak_query_sql_drop_lookup(PG_FUNCTION_ARGS)
{
	return drop(fcinfo, false);
}

/* drop_transform(name, type) */
Datum
ak_query_sql_drop_transform(PG_FUNCTION_ARGS)
{
	return drop(fcinfo, true);
}

/* ---- a restored dump ---- */

/* May the current user make such calls? */
static bool
may_create(bool transform)
{
	Oid			types[] = {TEXTOID, REGPROCEDUREOID};
	Oid			create = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
										 CStringGetDatum(transform ? "create_transform" : "create_lookup"),
										 PointerGetDatum(buildoidvector(types, 2)),
										 ObjectIdGetDatum(ak_core_schema()));

	return OidIsValid(create) && ak_function_callable(create);
}

static bool
admit(HeapTuple row, TupleDesc desc)
{
	char	   *name = ak_core_registry_column(row, desc, "name");
	bool		transform = strcmp(ak_core_registry_column(row, desc, "kind"), "transform") == 0;
	Oid			function = ak_query_function_named(ak_core_registry_column(row, desc, "function"));

	check_name(name, transform);
	if (OidIsValid(function) && may_create(transform) && ak_function_owned(function) &&
		ak_query_custom_problem(function, transform) == NULL &&
		strcmp(first_type(function), ak_core_registry_column(row, desc, "type")) == 0 &&
		strcmp(ak_query_function_owner(function), ak_core_registry_column(row, desc, "owner")) == 0)
		return true;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("%s \"%s\" stays out of the registry", kind_name(transform), name),
			 errdetail("Its function is not there or does not fit, or the current user does not own it or may not register it.")));
	return false;
}

Datum
ak_query_guard_lookup(PG_FUNCTION_ARGS)
{
	return ak_model_guard(fcinfo, "query_lookup", admit, NULL);
}
