/*
 * adopt_schema.c
 *		adopt_schema(): all tables of a schema in one call.
 *
 * A table that cannot be adopted, or is another role's, is passed over, and the
 * answer says why.  Tables that are models already are told as they are;
 * adopted ones among them are adopted again.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "model/adopt.h"

PG_FUNCTION_INFO_V1(ak_model_adopt_schema);

static bool
take_oid(TupleTableSlot *row, void *arg)
{
	List	  **oids = arg;
	bool		isnull;

	*oids = lappend_oid(*oids, DatumGetObjectId(slot_getattr(row, 1, &isnull)));
	return true;
}

List *
ak_model_tables_of(Oid schema)
{
	List	   *oids = NIL;
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql,
						   "SELECT c.oid FROM pg_catalog.pg_class c"
						   " WHERE c.relkind OPERATOR(pg_catalog.=) ANY ('{r,p,f}'::pg_catalog.\"char\"[])"
						   " AND NOT c.relispartition AND c.relnamespace OPERATOR(pg_catalog.=) ");
	ak_core_bind(&st, OIDOID, ObjectIdGetDatum(schema), false);
	appendStringInfoString(&st.sql, " ORDER BY c.relname");
	ak_core_run(&st, 0, take_oid, &oids);
	return oids;
}

/* ---- options ---- */

static Oid
find_schema(const char *name)
{
	Oid			schema = get_namespace_oid(name, true);

	if (!OidIsValid(schema))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema \"%s\" does not exist", name)));
	return schema;
}

/* 42P01 for the name of a table that the schema has not. */
static void
check_table(Oid schema, List *names, const char *name, const char *option)
{
	if (!OidIsValid(get_relname_relid(name, schema)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("option \"%s\" names table \"%s\", which does not exist", option, name),
				 ak_core_hint_nearest(name, names)));
}

static void
check_options(Oid schema, List *tables, const AkJson *options)
{
	static const char *const known[] = {"names", "exclude", NULL};
	const AkJson *names = ak_core_json_get(options, "names");
	const AkJson *exclude = ak_core_json_get(options, "exclude");
	List	   *there = NIL;
	ListCell   *cell;

	ak_model_check_options(options, known);
	foreach(cell, tables)
		there = lappend(there, get_rel_name(lfirst_oid(cell)));
	if (names != NULL)
		ak_core_json_expect(names, AK_JSON_OBJECT, "option \"names\"");
	if (exclude != NULL)
		ak_core_json_expect(exclude, AK_JSON_ARRAY, "option \"exclude\"");
	for (int i = 0; names && i < names->size; i++)
	{
		check_table(schema, there, names->keys[i], "names");
		ak_core_json_expect(names->items[i], AK_JSON_STRING, "a name of a model");
	}
	for (int i = 0; exclude && i < exclude->size; i++)
	{
		ak_core_json_expect(exclude->items[i], AK_JSON_STRING, "a member of \"exclude\"");
		check_table(schema, there, exclude->items[i]->text, "exclude");
	}
}

static bool
is_excluded(const AkJson *options, const char *table)
{
	const AkJson *exclude = ak_core_json_get(options, "exclude");

	for (int i = 0; exclude && i < exclude->size; i++)
		if (strcmp(exclude->items[i]->text, table) == 0)
			return true;
	return false;
}

static const char *
name_asked(const AkJson *options, const char *table)
{
	const AkJson *names = ak_core_json_get(options, "names");

	return names ? ak_core_json_get_string(names, table) : NULL;
}

/* ---- the answer ---- */

static AkJson *
only_reason(const char *reason)
{
	AkJson	   *list = ak_core_json_array();
	AkJson	   *entry = ak_core_json_object();

	ak_core_json_put(entry, "reason", ak_core_json_string(reason));
	ak_core_json_push(list, entry);
	return list;
}

/* One line: the table, its model or none, and what has no field, or why there is no model. */
static void
put_line(ReturnSetInfo *result, Oid relid, const char *reason)
{
	AkModel    *model = ak_model_by_table(ak_model_registry(), relid);
	AkJson	   *unmapped = ak_core_json_array();
	Datum		values[3];
	bool		nulls[3] = {false};

	if (reason != NULL)
		unmapped = only_reason(reason);
	else if (model != NULL && ak_model_is_adopted(model))
		unmapped = ak_model_unmapped(model);
	values[0] = CStringGetTextDatum(get_rel_name(relid));
	nulls[1] = model == NULL;
	values[1] = model ? CStringGetTextDatum(model->label) : (Datum) 0;
	values[2] = PointerGetDatum(ak_core_json_to_text(unmapped));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* ---- the call ---- */

/* Why this caller cannot adopt the table; NULL: he can, or it is a model. */
static const char *
why_not_here(Oid relid)
{
	const AkModel *model = ak_model_by_table(ak_model_registry(), relid);

	if (model != NULL && !ak_model_is_adopted(model))
		return NULL;
	return ak_table_owned(relid) ? ak_model_why_not(relid) : "It belongs to another role.";
}

/* Is there something to do, the table being no model, or an adopted one? */
static bool
is_to_adopt(Oid relid)
{
	const AkModel *model = ak_model_by_table(ak_model_registry(), relid);

	return model == NULL || ak_model_is_adopted(model);
}

/* adopt_schema(schema, options) → (table_name, model, unmapped) */
Datum
ak_model_adopt_schema(PG_FUNCTION_ARGS)
{
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "schema");
	AkJson	   *options = ak_core_arg_json(fcinfo, 1, "options");
	Oid			schema = find_schema(name);
	List	   *tables = ak_model_tables_of(schema);
	List	   *adoptions = NIL;
	List	   *reasons = NIL;
	ListCell   *cell;
	ListCell   *reason;

	check_options(schema, tables, options);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	foreach(cell, tables)
	{
		char	   *table = get_rel_name(lfirst_oid(cell));
		const char *why_not = is_excluded(options, table) ? "It was excluded." : why_not_here(lfirst_oid(cell));

		CHECK_FOR_INTERRUPTS();
		reasons = lappend(reasons, unconstify(char *, why_not));
		if (why_not == NULL && is_to_adopt(lfirst_oid(cell)))
			adoptions = lappend(adoptions, ak_model_begin_adoption(lfirst_oid(cell), name_asked(options, table)));
	}
	ak_model_finish_adoptions(adoptions);
	forboth(cell, tables, reason, reasons)
		put_line((ReturnSetInfo *) fcinfo->resultinfo, lfirst_oid(cell), lfirst(reason));
	return (Datum) 0;
}
