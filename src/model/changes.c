/*
 * changes.c
 *		The operations on models and fields: run, and reverse.
 *
 * An operation runs DDL as the caller, so PostgreSQL decides what he may do;
 * then the registry is written through the gateway, then upper rooms hear of
 * it.  Everything happens in the caller's transaction.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "model/internal.h"

/* ---- reading an operation ---- */

static char *
word(const AkJson *op, const char *key)
{
	char	   *value = ak_core_json_get_string(op, key);

	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("operation \"%s\" needs \"%s\"", ak_core_json_get_string(op, "op"), key)));
	return value;
}

/* The model an operation is about, which the caller must own. */
static AkModel *
owned_model(const AkJson *op)
{
	AkModel    *model = ak_model_resolve(ak_model_registry(), word(op, "model"));

	ak_model_require_owner(model);
	return model;
}

static AkField *
own_field(const AkModel *model, const char *name)
{
	for (int i = 0; i < model->nfields; i++)
		if (strcmp(model->fields[i]->name, name) == 0)
			return model->fields[i];
	ak_model_no_field(model, name);
}

static AkJson *
operation(const char *name, const char *model)
{
	AkJson	   *op = ak_core_json_object();

	ak_core_json_put(op, "op", ak_core_json_string(name));
	ak_core_json_put(op, "model", ak_core_json_string(model));
	return op;
}

/* ---- create_model ---- */

static void
check_new(const char *app, const char *name)
{
	if (ak_model_find(ak_model_registry(), app, name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("model \"%s.%s\" already exists", app, name)));
}

/* Asks upper rooms whether a field may have this name, and its document key. */
static void
check_naming(const AkModelDef *model, const AkFieldType *type, const char *name)
{
	ak_model_notify_naming(model->app, model->name, name);
	if (type->relation)
		ak_model_notify_naming(model->app, model->name, psprintf("%s_id", name));
}

static AkModelDef *
define(const AkJson *op)
{
	AkJson	   *fields = ak_core_json_get(op, "fields");
	AkJson	   *meta = ak_core_json_get(op, "meta");
	AkModelDef *def = ak_model_define(word(op, "model"), fields ? fields : ak_core_json_object(),
									  meta ? meta : ak_core_json_object());
	ListCell   *cell;

	check_new(def->app, def->name);
	foreach(cell, def->fields)
		check_naming(def, ((AkFieldDef *) lfirst(cell))->type, ((AkFieldDef *) lfirst(cell))->name);
	return def;
}

static void
store(const AkModelDef *def, Oid relid)
{
	int			position = 0;
	ListCell   *cell;

	ak_model_store_model(def, relid);
	foreach(cell, def->fields)
		ak_model_store_field(lfirst(cell), ++position, relid);
}

static void
build(const AkModelDef *def, Oid relid)
{
	ListCell   *cell;

	foreach(cell, def->fields)
	{
		AkFieldDef *field = lfirst(cell);

		if (field->type->built)
			field->type->built(field, relid);
	}
}

AkJson *
ak_model_op_create_model(const AkJson *op)
{
	AkModelDef *def = define(op);
	Oid			relid;

	ak_model_create_table(def);
	relid = get_relname_relid(def->table, get_namespace_oid(def->app, false));
	store(def, relid);
	ak_model_create_indexes(def);
	build(def, relid);
	ak_model_fit_rules_trigger(ak_model_find(ak_model_registry(), def->app, def->name));
	ak_model_notify_created(ak_model_find(ak_model_registry(), def->app, def->name));
	return NULL;
}

AkJson *
ak_model_reverse_create_model(const AkJson *op)
{
	char	   *app;
	char	   *bare;

	if (!ak_model_split_name(word(op, "model"), &app, &bare))
		app = ak_core_creation_schema();
	return operation("drop_model", psprintf("%s.%s", app, bare));
}

/* ---- drop_model ---- */

AkJson *
ak_model_op_drop_model(const AkJson *op)
{
	AkModel    *model = owned_model(op);
	bool		cascade = ak_core_json_get_bool(op, "cascade", false);

	ak_model_notify_dropping(model, cascade);
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->type->removing)
			model->fields[i]->type->removing(model->fields[i]);
	ak_model_forget_model(model);
	ak_core_ddl("DROP TABLE %s%s", model->sql_name, cascade ? " CASCADE" : "");
	return NULL;
}

AkJson *
ak_model_reverse_drop_model(const AkJson *op)
{
	AkModel    *model = owned_model(op);
	AkJson	   *reverse = operation("create_model", model->label);
	AkJson	   *fields = ak_core_json_object();
	AkJson	   *meta = ak_core_json_copy(model->meta);

	for (int i = 0; i < model->nfields; i++)
		ak_core_json_put(fields, model->fields[i]->name, ak_model_field_definition(model->fields[i]));
	ak_core_json_put(meta, "table_name", ak_core_json_string(model->table));
	ak_core_json_put(reverse, "fields", fields);
	ak_core_json_put(reverse, "meta", meta);
	return reverse;
}

/* ---- rename_model ---- */

/* Does the table's name follow from the model's? */
static bool
table_follows(const AkModel *model)
{
	return ak_core_json_get(model->meta, "table_name") == NULL &&
		strcmp(model->table, ak_core_plural(ak_core_snake(model->name))) == 0;
}

AkJson *
ak_model_op_rename_model(const AkJson *op)
{
	AkModel    *model = owned_model(op);
	char	   *name = word(op, "name");
	char	   *app = model->app;
	bool		follows = table_follows(model);

	if (strpbrk(name, ".\"") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("model name \"%s\" cannot be used", name),
				 errhint("A model stays in its schema: give the bare name.")));
	ak_core_check_identifier(name, "model name");
	check_new(app, name);
	if (follows)
		ak_core_ddl("ALTER TABLE %s RENAME TO %s", model->sql_name,
					quote_identifier(ak_core_plural(ak_core_snake(name))));
	ak_model_reconcile();
	ak_model_store_model_name(model, name);
	ak_model_notify_renamed(ak_model_find(ak_model_registry(), app, name), app, model->name);
	return NULL;
}

AkJson *
ak_model_reverse_rename_model(const AkJson *op)
{
	AkModel    *model = owned_model(op);
	AkJson	   *reverse = operation("rename_model", psprintf("%s.%s", model->app, word(op, "name")));

	ak_core_json_put(reverse, "name", ak_core_json_string(model->name));
	return reverse;
}

/* ---- add_field ---- */

static int
next_position(const AkModel *model)
{
	return model->nfields == 0 ? 1 : model->fields[model->nfields - 1]->position + 1;
}

AkJson *
ak_model_op_add_field(const AkJson *op)
{
	AkModel    *model = owned_model(op);
	AkJson	   *definition = ak_core_json_get(op, "definition");
	AkModelDef *def = ak_model_definition_of(model);
	AkFieldDef *field;

	if (definition == NULL)
		definition = ak_core_json_null();
	field = ak_model_define_another(def, word(op, "field"), definition);
	check_naming(def, field->type, field->name);
	if (field->primary_key)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" cannot become the primary key of a model that is there", field->name)));
	ak_model_add_column(model, field);
	ak_model_store_field(field, next_position(model), model->relid);
	ak_model_create_field_index(model->app, model->table, field);
	if (field->type->built)
		field->type->built(field, model->relid);
	ak_model_fit_rules_trigger(ak_model_find(ak_model_registry(), model->app, model->name));
	return NULL;
}

AkJson *
ak_model_reverse_add_field(const AkJson *op)
{
	AkModel    *model = owned_model(op);
	AkJson	   *reverse = operation("remove_field", model->label);

	ak_core_json_put(reverse, "field", ak_core_json_string(word(op, "field")));
	return reverse;
}

/* ---- remove_field ---- */

AkJson *
ak_model_op_remove_field(const AkJson *op)
{
	AkModel    *model = owned_model(op);
	AkField    *field = own_field(model, word(op, "field"));

	if (field->is_key)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" of model \"%s\" is the primary key", field->name, model->label)));
	if (field->type->removing)
		field->type->removing(field);
	ak_model_store_meta(model, ak_model_meta_rename(model->meta, field->name, NULL));
	ak_model_forget_field(field);
	if (field->attnum != 0)
		ak_core_ddl("ALTER TABLE %s DROP COLUMN %s", model->sql_name, quote_identifier(field->column));
	ak_model_fit_rules_trigger(ak_model_find(ak_model_registry(), model->app, model->name));
	return NULL;
}

AkJson *
ak_model_reverse_remove_field(const AkJson *op)
{
	AkModel    *model = owned_model(op);
	AkField    *field = own_field(model, word(op, "field"));
	AkJson	   *reverse = operation("add_field", model->label);

	ak_core_json_put(reverse, "field", ak_core_json_string(field->name));
	ak_core_json_put(reverse, "definition", ak_model_field_definition(field));
	return reverse;
}

/* ---- rename_field ---- */

/* The column that goes with a new name; NULL when the column has a name of its own. */
static char *
column_for(const AkField *field, const char *name)
{
	if (field->column == NULL || ak_core_json_get(field->options, "column") != NULL)
		return NULL;
	if (strcmp(field->column, field->name) == 0)
		return pstrdup(name);
	if (field->type->relation && strcmp(field->column, psprintf("%s_id", field->name)) == 0)
		return psprintf("%s_id", name);
	return NULL;
}

static void
check_free_name(const AkModel *model, const AkField *field, const char *name)
{
	AkField    *other = ak_model_field(model, name);

	ak_model_check_field_name(name);
	if (other != NULL && other != field)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("model \"%s\" already has a field \"%s\"", model->label, name)));
}

AkJson *
ak_model_op_rename_field(const AkJson *op)
{
	AkModel    *model = owned_model(op);
	AkField    *field = own_field(model, word(op, "field"));
	char	   *name = word(op, "name");
	char	   *column = column_for(field, name);

	check_free_name(model, field, name);
	check_naming(ak_model_definition_of(model), field->type, name);
	if (column != NULL && strcmp(column, field->column) != 0)
		ak_core_ddl("ALTER TABLE %s RENAME COLUMN %s TO %s", model->sql_name,
					quote_identifier(field->column), quote_identifier(column));
	ak_model_reconcile();
	ak_model_store_meta(model, ak_model_meta_rename(model->meta, field->name, name));
	ak_model_store_field_name(field, name);
	if (field->type->renamed)
		field->type->renamed(field, name);
	return NULL;
}

AkJson *
ak_model_reverse_rename_field(const AkJson *op)
{
	AkModel    *model = owned_model(op);
	AkJson	   *reverse = operation("rename_field", model->label);

	ak_core_json_put(reverse, "field", ak_core_json_string(word(op, "name")));
	ak_core_json_put(reverse, "name", ak_core_json_string(word(op, "field")));
	return reverse;
}
