/*
 * adopt.c
 *		adopt_table() and adopt_schema(): models of tables that are there.
 *
 * Adoption writes the registry and nothing else: the table keeps its columns,
 * constraints, indexes and triggers as they are.  Several tables are adopted in
 * steps, each for all of them: the models, then the fields, then what leads
 * from one to the other, so that it does not matter which comes first.  To
 * adopt a table again adds what it has got since: columns, and foreign keys to
 * tables that have become models.
 *
 * The meta of an adopted model says "adopted" and names the table, and each of
 * its fields names its column: renaming the model or a field leaves the table
 * alone.  What has no field is not noted anywhere; describe() finds it.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "model/adopt.h"

bool
ak_model_is_adopted(const AkModel *model)
{
	const AkJson *adopted = ak_core_json_get(model->meta, "adopted");

	return adopted != NULL && adopted->kind == AK_JSON_BOOL && adopted->truth;
}

/* ---- which tables ---- */

static char *
parent_of(Oid partition)
{
	Oid			parent = get_partition_parent(partition, true);

	return OidIsValid(parent) ? ak_core_qualified(get_namespace_name(get_rel_namespace(parent)), get_rel_name(parent))
		: pstrdup("another table");
}

static const char *
why_not_kind(Oid relid)
{
	switch (get_rel_relkind(relid))
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_FOREIGN_TABLE:
			return NULL;
		case RELKIND_VIEW:
			return "It is a view.";
		case RELKIND_MATVIEW:
			return "It is a materialized view.";
		default:
			return "It is not a table.";
	}
}

/* Why the table cannot be adopted, whoever asks; NULL: it can. */
const char *
ak_model_why_not(Oid relid)
{
	const char *reason = why_not_kind(relid);
	char	   *app = get_namespace_name(get_rel_namespace(relid));
	Oid			extension;

	if (reason != NULL)
		return reason;
	if (get_rel_persistence(relid) == RELPERSISTENCE_TEMP)
		return "It is a temporary table.";
	if (strncmp(app, "pg_", 3) == 0 || strcmp(app, "information_schema") == 0 || strcmp(app, "aksara") == 0)
		return psprintf("Schema \"%s\" cannot hold models.", app);
	if (get_rel_relispartition(relid))
		return psprintf("It is a partition of %s.", parent_of(relid));
	extension = getExtensionOfObject(RelationRelationId, relid);
	if (OidIsValid(extension))
		return psprintf("It belongs to extension \"%s\".", get_extension_name(extension));
	return ak_model_notify_holding(relid);
}

/* Names of the tables beside which the missing one was looked for. */
static List *
table_names(Oid schema)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, ak_model_tables_of(schema))
		names = lappend(names, get_rel_name(lfirst_oid(cell)));
	return names;
}

static void
no_table(const char *text, const RangeVar *name)
{
	Oid			schema = name->schemaname ? get_namespace_oid(name->schemaname, true) : InvalidOid;
	List	   *path = fetch_search_path(false);

	if (!OidIsValid(schema) && name->schemaname == NULL && path != NIL)
		schema = linitial_oid(path);
	ereport(ERROR,
			(errcode(name->schemaname && !OidIsValid(schema) ? ERRCODE_UNDEFINED_SCHEMA : ERRCODE_UNDEFINED_TABLE),
			 name->schemaname && !OidIsValid(schema)
			 ? errmsg("schema \"%s\" does not exist", name->schemaname)
			 : errmsg("table \"%s\" does not exist", text),
			 OidIsValid(schema) ? ak_core_hint_nearest(name->relname, table_names(schema)) : 0));
}

/* The table by its name as in SQL, along search_path; locked against others who would adopt or alter it. */
static Oid
find_table(const char *text)
{
	RangeVar   *name = ak_core_range_var(text);
	Oid			relid = RangeVarGetRelid(name, NoLock, true);

	if (!OidIsValid(relid))
		no_table(text, name);
	if (!ak_table_owned(relid))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, name->relname);
	return relid;
}

/* ---- one adoption ---- */

static void
name_model(AkAdoption *adoption, const char *name)
{
	char	   *derived = ak_model_name_for(adoption->def.table);

	if (name == NULL && *derived == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("no model name can be made of table name \"%s\"", adoption->def.table),
				 errhint("Give it a name: argument \"name\" of adopt_table(), option \"names\" of adopt_schema().")));
	adoption->def.name = name ? pstrdup(name) : derived;
	ak_model_check_name(adoption->def.name);
}

/* The name is free, or a dangling model's, which gives way. */
static void
check_free(const AkAdoption *adoption)
{
	AkModel    *model = ak_model_find(ak_model_registry(), adoption->def.app, adoption->def.name);

	if (model != NULL && ak_model_is_dangling(model))
		ak_model_forget_model(model);
	else if (model != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("model \"%s\" already exists", model->label),
				 errdetail("Table \"%s\" would have that name.", adoption->def.table),
				 errhint("Give it a name: argument \"name\" of adopt_table(), option \"names\" of adopt_schema().")));
}

static void
make_meta(AkAdoption *adoption)
{
	adoption->def.meta = ak_core_json_object();
	ak_core_json_put(adoption->def.meta, "adopted", ak_core_json_bool(true));
	ak_core_json_put(adoption->def.meta, "table_name", ak_core_json_string(adoption->def.table));
}

/* The table is an adopted model already: its name stays. */
static void
renew(AkAdoption *adoption, const AkModel *model, const char *name)
{
	if (!ak_model_is_adopted(model))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("table %s is that of model \"%s\"", model->sql_name, model->label)));
	if (name != NULL && strcmp(name, model->name) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("table %s is adopted as model \"%s\"", model->sql_name, model->label),
				 errhint("Use rename_model().")));
	adoption->renewed = true;
	adoption->def.name = model->name;
	adoption->def.meta = model->meta;
}

AkAdoption *
ak_model_begin_adoption(Oid relid, const char *name)
{
	AkAdoption *adoption = palloc0(sizeof(AkAdoption));
	AkModel    *model;

	LockRelationOid(relid, ShareUpdateExclusiveLock);
	model = ak_model_by_table(ak_model_registry(), relid);
	adoption->relid = relid;
	adoption->def.app = get_namespace_name(get_rel_namespace(relid));
	adoption->def.table = get_rel_name(relid);
	if (model != NULL)
	{
		renew(adoption, model, name);
		return adoption;
	}
	make_meta(adoption);
	name_model(adoption, name);
	check_free(adoption);
	ak_model_store_model(&adoption->def, relid);
	return adoption;
}

/* ---- fields ---- */

/* Reads the table's columns and names the fields that they will have. */
static void
plan_fields(AkAdoption *adoption)
{
	const AkModel *model = ak_model_find(ak_model_registry(), adoption->def.app, adoption->def.name);
	Relation	rel = relation_open(adoption->relid, AccessShareLock);
	ListCell   *cell;

	adoption->columns = ak_model_read_columns(rel, model);
	relation_close(rel, NoLock);
	foreach(cell, adoption->columns)
		((AkAdoptedColumn *) lfirst(cell))->field.model = &adoption->def;
	ak_model_notify_adopting(adoption);
	ak_model_name_columns(adoption);
	foreach(cell, adoption->columns)
	{
		AkAdoptedColumn *column = lfirst(cell);

		if (column->field.name != NULL)
			ak_model_check_naming(&adoption->def, column->field.type, column->field.name);
	}
}

/* Stores those that have a name: new ones, and relations in place of plain fields. */
static void
store_fields(AkAdoption *adoption)
{
	const AkModel *model = ak_model_find(ak_model_registry(), adoption->def.app, adoption->def.name);
	int			position = model->nfields > 0 ? model->fields[model->nfields - 1]->position : 0;
	ListCell   *cell;

	foreach(cell, adoption->columns)
	{
		AkAdoptedColumn *column = lfirst(cell);

		if (column->field.name == NULL)
			continue;
		if (column->present != NULL)
			ak_model_forget_field(column->present);
		ak_model_store_field(&column->field, column->present ? column->present->position : ++position,
							 adoption->relid);
	}
}

void
ak_model_finish_adoptions(List *adoptions)
{
	ListCell   *cell;

	foreach(cell, adoptions)
		plan_fields(lfirst(cell));
	foreach(cell, adoptions)
		store_fields(lfirst(cell));
	ak_model_notify_adopted(adoptions);
	foreach(cell, adoptions)
	{
		AkAdoption *adoption = lfirst(cell);

		if (!adoption->renewed)
			ak_model_notify_created(ak_model_find(ak_model_registry(), adoption->def.app, adoption->def.name));
	}
}

void
ak_model_register_field(AkFieldDef *field)
{
	const AkModel *model = ak_model_find(ak_model_registry(), field->model->app, field->model->name);
	int			position = model->nfields > 0 ? model->fields[model->nfields - 1]->position : 0;

	ak_model_store_field(field, position + 1, InvalidOid);
}

/* The names of a model's other fields, and their keys in documents. */
static List *
other_names(const AkField *field)
{
	List	   *names = list_make1("pk");

	for (int i = 0; i < field->model->nfields; i++)
		if (field->model->fields[i] != field)
			names = lappend(lappend(names, field->model->fields[i]->name), field->model->fields[i]->json_name);
	return names;
}

void
ak_model_map_plainly(const AkField *field)
{
	Relation	rel = relation_open(field->model->relid, AccessShareLock);
	AkModelDef	owner = {.app = field->model->app, .name = field->model->name};
	ListCell   *cell;

	if (field->column == NULL)
		ak_model_forget_field(field);
	foreach(cell, ak_model_read_columns(rel, field->model))
	{
		AkAdoptedColumn *column = lfirst(cell);

		if (column->present != field || column->field.type == NULL)
			continue;
		column->field.model = &owner;
		column->field.name = ak_model_free_name(ak_model_safe_field_name(field->column), other_names(field));
		ak_model_forget_field(field);
		ak_model_store_field(&column->field, field->position, field->model->relid);
	}
	relation_close(rel, NoLock);
}

/* ---- what has no field ---- */

static AkJson *
describe_column(const AkAdoptedColumn *column)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "column", ak_core_json_string(column->field.column));
	ak_core_json_put(out, "reason", ak_core_json_string(
						 column->reason ? column->reason : "it was added later: adopt the table again"));
	if (column->required)
		ak_core_json_put(out, "required", ak_core_json_bool(true));
	return out;
}

AkJson *
ak_model_unmapped(const AkModel *model)
{
	AkJson	   *out = ak_core_json_array();
	Relation	rel = relation_open(model->relid, AccessShareLock);
	ListCell   *cell;

	foreach(cell, ak_model_read_columns(rel, model))
		if (((AkAdoptedColumn *) lfirst(cell))->present == NULL)
			ak_core_json_push(out, describe_column(lfirst(cell)));
	relation_close(rel, AccessShareLock);
	ak_model_notify_unmapped(model, out);
	return out;
}

/* ---- forget_model ---- */

void
ak_model_forget_adopted(const AkModel *model)
{
	AkModel		bare = *model;

	ak_model_require_owner(model);
	ak_model_notify_forgetting(model);
	bare.nfields = 0;
	ak_model_fit_rules_trigger(&bare);
	ak_model_forget_model(model);
}

/* ---- adopt_table ---- */

/* 22023 for an option that there is not, or that is no object. */
void
ak_model_check_options(const AkJson *options, const char *const *known)
{
	List	   *names = NIL;

	ak_core_json_expect(options, AK_JSON_OBJECT, "argument \"options\"");
	for (int i = 0; known[i]; i++)
		names = lappend(names, unconstify(char *, known[i]));
	for (int i = 0; i < options->size; i++)
	{
		bool		found = false;

		for (int j = 0; known[j]; j++)
			found = found || strcmp(known[j], options->keys[i]) == 0;
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("adoption has no option \"%s\"", options->keys[i]),
					 ak_core_hint_nearest(options->keys[i], names)));
	}
}

static const AkJson *
object_option(const AkJson *options, const char *option)
{
	const AkJson *value = ak_core_json_get(options, option);

	return value ? ak_core_json_expect(value, AK_JSON_OBJECT, psprintf("option \"%s\"", option)) : NULL;
}

AkModel *
ak_model_adopt(const char *table, const char *name, const AkJson *options, bool *renewed)
{
	static const char *const known[] = {"fields", "related_names", NULL};
	Oid			relid = find_table(table);
	const char *reason = ak_model_why_not(relid);
	AkAdoption *adoption;

	ak_model_check_options(options, known);
	if (reason != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot be adopted", table),
				 errdetail("%s", reason)));
	adoption = ak_model_begin_adoption(relid, name);
	*renewed = adoption->renewed;
	adoption->field_names = object_option(options, "fields");
	adoption->related_names = object_option(options, "related_names");
	ak_model_finish_adoptions(list_make1(adoption));
	return ak_model_by_table(ak_model_registry(), relid);
}
