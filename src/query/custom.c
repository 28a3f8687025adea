/*
 * custom.c
 *		Lookups and transforms that are functions of SQL.
 *
 * aksara.query_lookup names a function for a word and the type of its first
 * argument; create_lookup() and create_transform() put rows there.  A lookup
 * is called with the value of the path and the value of the condition, a
 * transform with the value of the path:
 *
 *		public.sounds_like((t0.name)::pg_catalog.text, $1)
 *
 * The call is written with the function's schema and runs with the rights of
 * who asks.  The rows are looked at only for a word that nothing built in has,
 * and as they are then; what was compiled with one goes when a row changes.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "query/custom.h"

/* ---- rows ---- */

/* The function's own name in a signature: what stands between the schema's dot and the bracket; NULL: it is no signature. */
static char *
name_in(const char *signature)
{
	const char *start = NULL;
	bool		quoted = false;
	List	   *names;

	for (const char *at = signature; *at; at++)
	{
		if (*at == '"')
			quoted = !quoted;
		else if (!quoted && *at == '.')
			start = at + 1;
		else if (!quoted && *at == '(')
		{
			names = start ? ak_qualified_name(pnstrdup(start, at - start)) : NIL;
			return list_length(names) == 1 ? strVal(linitial(names)) : NULL;
		}
	}
	return NULL;
}

/* Needs no right on the schema: another's words must not be in the way. */
Oid
ak_query_function_named(const char *signature)
{
	char	   *name = name_in(signature);
	Oid			found = InvalidOid;
	CatCList   *candidates;

	if (name == NULL)
		return InvalidOid;
	candidates = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	for (int i = 0; i < candidates->n_members; i++)
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(&candidates->members[i]->tuple);

		if (strcmp(format_procedure_qualified(form->oid), signature) == 0)
			found = form->oid;
	}
	ReleaseSysCacheList(candidates);
	return found;
}

/* Has it an argument or a result that is no value? */
static bool
has_pseudo_type(Form_pg_proc form)
{
	for (int i = 0; i < form->pronargs; i++)
		if (get_typtype(form->proargtypes.values[i]) == TYPTYPE_PSEUDO)
			return true;
	return get_typtype(form->prorettype) == TYPTYPE_PSEUDO;
}

static const char *
problem_of(Form_pg_proc form, bool transform)
{
	if (form->prokind != PROKIND_FUNCTION || form->proretset || OidIsValid(form->provariadic) || has_pseudo_type(form))
		return "it is no function of plain values that returns one";
	if (form->provolatile == PROVOLATILE_VOLATILE)
		return "it is volatile";
	if (form->pronargs != (transform ? 1 : 2))
		return transform ? "a transform has one argument" : "a lookup has two arguments";
	if (!transform && form->prorettype != BOOLOID)
		return "a lookup returns boolean";
	return NULL;
}

const char *
ak_query_custom_problem(Oid function, bool transform)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	const char *problem;

	if (!HeapTupleIsValid(tuple))
		return "it does not exist";
	problem = problem_of((Form_pg_proc) GETSTRUCT(tuple), transform);
	ReleaseSysCache(tuple);
	return problem;
}

char *
ak_query_function_owner(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	char	   *owner = NULL;

	if (HeapTupleIsValid(tuple))
	{
		owner = GetUserNameFromId(((Form_pg_proc) GETSTRUCT(tuple))->proowner, true);
		ReleaseSysCache(tuple);
	}
	return owner ? owner : "";
}

/* The types of the function that the row names, where it is fit and still that owner's: another one of its name is not meant. */
static void
resolve(AkCustom *custom)
{
	Oid			function = ak_query_function_named(custom->signature);
	Oid		   *types;
	int			count;

	if (!OidIsValid(function) || ak_query_custom_problem(function, custom->transform) != NULL ||
		strcmp(ak_query_function_owner(function), custom->owner) != 0)
		return;
	custom->function = function;
	custom->result = get_func_signature(function, &types, &count);
	custom->type = types[0];
	custom->value = count > 1 ? types[1] : InvalidOid;
}

static void
collect(HeapTuple row, TupleDesc desc, void *arg)
{
	AkCustom   *custom = palloc0(sizeof(AkCustom));
	List	  **customs = arg;

	custom->name = ak_core_registry_column(row, desc, "name");
	custom->transform = strcmp(ak_core_registry_column(row, desc, "kind"), "transform") == 0;
	custom->type_name = ak_core_registry_column(row, desc, "type");
	custom->signature = ak_core_registry_column(row, desc, "function");
	custom->owner = ak_core_registry_column(row, desc, "owner");
	*customs = lappend(*customs, custom);
}

List *
ak_query_customs(void)
{
	List	   *customs = NIL;
	ListCell   *cell;

	ak_core_registry_scan("query_lookup", collect, &customs);
	foreach(cell, customs)
		resolve(lfirst(cell));
	return customs;
}

/* ---- finding ---- */

/* Does it take values of the type?  Those of varchar are text. */
static bool
takes(const AkCustom *custom, Oid type)
{
	Oid			taken = OidIsValid(custom->function) ? getBaseType(custom->type) : InvalidOid;

	type = getBaseType(type);
	return OidIsValid(taken) && (type == taken || (type == VARCHAROID && taken == TEXTOID));
}

static const AkCustom *
find(Oid type, const char *name, bool transform)
{
	const AkCustom *found = NULL;
	ListCell   *cell;

	foreach(cell, ak_query_customs())
	{
		const AkCustom *custom = lfirst(cell);

		if (custom->transform == transform && strcmp(custom->name, name) == 0 && takes(custom, type) &&
			(found == NULL || custom->type == getBaseType(type)))
			found = custom;
	}
	return found;
}

List *
ak_query_custom_names(Oid type, bool transform)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, ak_query_customs())
		if (((AkCustom *) lfirst(cell))->transform == transform && takes(lfirst(cell), type))
			names = lappend(names, ((AkCustom *) lfirst(cell))->name);
	return names;
}

/* public.sounds_like */
static const char *
function_name(Oid function)
{
	return ak_core_qualified(get_namespace_name(get_func_namespace(function)), get_func_name(function));
}

/* ---- functions come and go, and text search configurations ---- */

static int	generation = 0;

static void
on_function(Datum arg, int cacheid, uint32 hash)
{
	generation++;
}

int
ak_query_functions_generation(void)
{
	return generation;
}

void
ak_query_custom_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, on_function, (Datum) 0);
	CacheRegisterSyscacheCallback(TSCONFIGOID, on_function, (Datum) 0);
}

/* ---- lookups ---- */

static AkValue
read_value(const AkCondition *test, const AkJson *value)
{
	return ak_query_read_as(test, test->lookup->value, value);
}

static bool
write_value_hole(AkStatement *st, const AkCondition *test, const AkJson *hole)
{
	return ak_query_write_exact_hole(st, test, hole, test->lookup->value);
}

static void
write_call(AkStatement *st, const AkCondition *test)
{
	static const AkReader reader = {read_value, write_value_hole};
	const AkLookup *lookup = test->lookup;

	if (ak_query_is_sql_null(test->value))
	{
		appendStringInfoString(&st->sql, "false");
		return;
	}
	appendStringInfo(&st->sql, "%s((", lookup->before);
	if (test->path->keys != NIL)
		ak_query_write_json_at(st, test, false);
	else
		ak_query_write_path(st, test->source, test->path);
	appendStringInfo(&st->sql, ")::%s, (", lookup->after);
	ak_query_bind(st, test, test->value, &reader);
	appendStringInfo(&st->sql, ")::%s)", ak_core_type_name(lookup->value, -1));
}

const AkLookup *
ak_query_custom_lookup(Oid type, const char *name)
{
	const AkCustom *custom = find(type, name, false);
	AkLookup   *lookup;

	if (custom == NULL)
		return NULL;
	lookup = palloc0(sizeof(AkLookup));
	lookup->name = custom->name;
	lookup->write = write_call;
	lookup->before = function_name(custom->function);
	lookup->after = ak_core_type_name(custom->type, -1);
	lookup->value = custom->value;
	return lookup;
}

/* ---- transforms ---- */

bool
ak_query_custom_transform(Oid type, const char *name, const char **before, const char **after, Oid *result)
{
	const AkCustom *custom = find(type, name, true);

	if (custom == NULL)
		return false;
	*before = psprintf("%s((", function_name(custom->function));
	*after = psprintf(")::%s)", ak_core_type_name(custom->type, -1));
	*result = custom->result;
	return true;
}
