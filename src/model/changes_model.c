/*
 * changes_model.c
 *		The operations on models: create, drop, rename, other options.
 *
 * An operation runs DDL as the caller, so PostgreSQL decides what he may do;
 * then the registry is written through the gateway, then upper rooms hear of
 * it.  Everything happens in the caller's transaction.  What undoes it is
 * written down before, from the catalog.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "model/internal.h"

/* ---- create_model ---- */

/* The name is free, or that of a dangling model, which gives way. */
static void
check_new(const char *app, const char *name)
{
	AkModel    *model = ak_model_find(ak_model_registry(), app, name);

	if (model != NULL && ak_model_is_dangling(model))
		ak_model_forget_model(model);
	else if (model != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("model \"%s.%s\" already exists", app, name)));
}

/* Asks upper rooms whether a field may have this name, and its document key. */
void
ak_model_check_naming(const AkModelDef *model, const AkFieldType *type, const char *name)
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
	AkModelDef *def = ak_model_define(ak_model_op_word(op, "model"), fields ? fields : ak_core_json_object(),
									  meta ? meta : ak_core_json_object());
	ListCell   *cell;

	check_new(def->app, def->name);
	foreach(cell, def->fields)
	{
		AkFieldDef *field = lfirst(cell);

		ak_model_check_naming(def, field->type, field->name);
		ak_model_check_default(field);
	}
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

static void
create_table(const AkModelDef *def)
{
	Oid			relid;
	AkModel    *model;

	ak_model_create_table(def);
	relid = get_relname_relid(def->table, get_namespace_oid(def->app, false));
	store(def, relid);
	ak_model_create_objects(def);
	ak_model_comment_on_all(def);
	build(def, relid);
	ak_model_create_foreign_keys(def);
	model = ak_model_find(ak_model_registry(), def->app, def->name);
	ak_model_fit_rules_trigger(model);
	ak_model_notify_created(model);
}

AkJson *
ak_model_op_create_model(const AkJson *op)
{
	AkModelDef *def = define(op);

	if (!def->abstract)
		create_table(def);
	else
	{
		ak_model_require_abstract_rights(def->app);
		store(def, InvalidOid);
	}
	return NULL;
}

AkJson *
ak_model_reverse_create_model(const AkJson *op)
{
	char	   *app;
	char	   *bare;

	if (!ak_model_split_name(ak_model_op_word(op, "model"), &app, &bare))
		app = ak_core_creation_schema();
	return ak_model_new_operation("drop_model", psprintf("%s.%s", app, bare));
}

/* ---- drop_model ---- */

/* The model, abstract ones too, that the caller may drop. */
static AkModel *
droppable_model(const AkJson *op)
{
	AkModel    *model = ak_model_lookup(ak_model_registry(), ak_model_op_word(op, "model"));

	if (model == NULL || !model->abstract)
		return ak_model_op_model(op);
	ak_model_require_abstract_rights(model->app);
	return model;
}

/* A table that was there before its model is dropped by its name alone. */
static void
refuse_adopted(const AkModel *model)
{
	if (ak_model_is_adopted(model))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("model \"%s\" is adopted", model->label),
				 errdetail("Its table was there before it."),
				 errhint("Use forget_model(), which leaves the table as it is, or DROP TABLE.")));
}

AkJson *
ak_model_op_drop_model(const AkJson *op)
{
	AkModel    *model = droppable_model(op);
	bool		cascade = ak_core_json_get_bool(op, "cascade", false);

	refuse_adopted(model);
	if (!model->abstract)
	{
		ak_model_notify_dropping(model, cascade);
		for (int i = 0; i < model->nfields; i++)
			if (model->fields[i]->type->removing)
				model->fields[i]->type->removing(model->fields[i]);
	}
	ak_model_forget_model(model);
	if (!model->abstract)
		ak_core_ddl("DROP TABLE %s%s", model->sql_name, cascade ? " CASCADE" : "");
	return NULL;
}

AkJson *
ak_model_reverse_drop_model(const AkJson *op)
{
	AkModel    *model = droppable_model(op);
	AkJson	   *reverse = ak_model_new_operation("create_model", model->label);
	AkJson	   *fields = ak_core_json_object();
	AkFacts    *facts = model->abstract ? NULL : ak_model_facts(model, 0);

	for (int i = 0; i < model->nfields; i++)
		ak_core_json_put(fields, model->fields[i]->name,
						 facts ? ak_model_field_definition(model->fields[i], facts)
						 : ak_model_registered_definition(model->fields[i]));
	ak_core_json_put(reverse, "fields", fields);
	ak_core_json_put(reverse, "meta", facts ? ak_model_whole_meta(model, facts) : model->meta);
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

static void
check_new_name(const char *app, const char *name)
{
	if (strpbrk(name, ".\"") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("model name \"%s\" cannot be used", name),
				 errhint("A model stays in its schema: give the bare name.")));
	ak_model_check_name(name);
	check_new(app, name);
}

/* Renames the table, and the rules that are named after it. */
static void
rename_table(const AkModel *model, const char *table)
{
	if (strcmp(model->table, table) == 0)
		return;
	ak_core_check_identifier(table, "table name");
	ak_model_rename_rules(model, NULL, table, NULL);
	ak_core_ddl("ALTER TABLE %s RENAME TO %s", model->sql_name, quote_identifier(table));
	ak_model_reconcile();
}

AkJson *
ak_model_op_rename_model(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	char	   *name = ak_model_op_word(op, "name");

	check_new_name(model->app, name);
	if (table_follows(model))
		rename_table(model, ak_core_plural(ak_core_snake(name)));
	ak_model_store_model_name(model, name);
	ak_model_notify_renamed(ak_model_find(ak_model_registry(), model->app, name), model->app, model->name);
	return NULL;
}

AkJson *
ak_model_reverse_rename_model(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkJson	   *reverse = ak_model_new_operation("rename_model", psprintf("%s.%s", model->app, ak_model_op_word(op, "name")));

	ak_core_json_put(reverse, "name", ak_core_json_string(model->name));
	return reverse;
}

/* ---- alter_meta ---- */

/* Refuses options that other operations change, or none. */
static void
check_alterable(const AkModel *model, const char *option)
{
	static const char *const others[][2] = {
		{"unique_together", "Use add_constraint and remove_constraint."},
		{"constraints", "Use add_constraint and remove_constraint."},
		{"indexes", "Use add_index and remove_index."},
		{"rules", "Use add_validator and remove_validator."},
		{"receivers", "Use connect and disconnect."},
		{"timestamps", "Use add_field and remove_field."},
		{"primary_key", NULL}, {"abstract", NULL}, {"extends", NULL},
	};

	for (int i = 0; i < lengthof(others); i++)
		if (strcmp(others[i][0], option) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("option \"%s\" of model \"%s\" cannot be altered", option, model->label),
					 others[i][1] ? errhint("%s", others[i][1]) : 0));
}

/* The options that change, under their first names; null removes one. */
static AkJson *
read_changes(const AkJson *op, const AkModel *model)
{
	const AkJson *meta = ak_core_json_get(op, "meta");
	AkJson	   *given = ak_core_json_object();
	AkJson	   *changes;

	meta = ak_core_json_expect(meta ? meta : ak_core_json_null(), AK_JSON_OBJECT, "argument \"meta\"");
	for (int i = 0; i < meta->size; i++)
		ak_core_json_put(given, meta->keys[i], meta->items[i]);
	changes = ak_model_read_meta(given);
	for (int i = 0; i < meta->size; i++)
		if (meta->items[i]->kind == AK_JSON_NULL)
			ak_core_json_put(changes, strcmp(meta->keys[i], "db_table") == 0 ? "table_name" : meta->keys[i],
							 ak_core_json_null());
	for (int i = 0; i < changes->size; i++)
		check_alterable(model, changes->keys[i]);
	return changes;
}

static AkJson *
merge(const AkJson *meta, const AkJson *changes)
{
	AkJson	   *out = ak_core_json_copy(meta);

	for (int i = 0; i < changes->size; i++)
		if (changes->items[i]->kind == AK_JSON_NULL)
			ak_core_json_remove(out, changes->keys[i]);
		else
			ak_core_json_put(out, changes->keys[i], changes->items[i]);
	ak_core_json_remove(out, "comment");
	return out;
}

/* The comment follows "comment", else "ai_description" where it was taken from there. */
static void
alter_comment(const AkModel *model, const AkJson *changes, const AkJson *meta)
{
	const AkJson *given = ak_core_json_get(changes, "comment");
	char	   *now = ak_model_comment(model->relid, 0);
	char	   *old_text = ak_core_json_get_string(model->meta, "ai_description");
	char	   *text = ak_core_json_get_string(meta, "ai_description");

	if (given != NULL)
		ak_model_comment_on_table(model->app, model->table, given->kind == AK_JSON_NULL ? text : given->text);
	else if (ak_core_json_get(changes, "ai_description") != NULL &&
			 (now == NULL || (old_text != NULL && strcmp(now, old_text) == 0)))
		ak_model_comment_on_table(model->app, model->table, text);
}

AkJson *
ak_model_op_alter_meta(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkJson	   *changes = read_changes(op, model);
	AkJson	   *meta = merge(model->meta, changes);
	AkModelDef *def = ak_model_definition_of(model);
	char	   *table = ak_core_json_get_string(meta, "table_name");

	def->meta = meta;
	ak_model_check_ordering(def);
	alter_comment(model, changes, meta);
	if (ak_core_json_get(changes, "table_name") != NULL)
		rename_table(model, table ? table : ak_core_plural(ak_core_snake(model->name)));
	ak_model_store_meta(ak_model_find(ak_model_registry(), model->app, model->name), meta);
	return NULL;
}

void
ak_model_store_registered_meta(const AkModel *model, const AkJson *meta)
{
	ak_model_store_meta(model, meta);
}

void
ak_model_alter_registered_meta(AkModel *model, const AkJson *changes)
{
	ak_model_store_meta(model, merge(model->meta, changes));
	ak_model_fit_rules_trigger(ak_model_find(ak_model_registry(), model->app, model->name));
}

AkJson *
ak_model_reverse_alter_meta(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkJson	   *changes = read_changes(op, model);
	AkJson	   *reverse = ak_model_new_operation("alter_meta", model->label);
	AkJson	   *before = ak_core_json_object();
	char	   *comment = ak_model_comment(model->relid, 0);

	for (int i = 0; i < changes->size; i++)
	{
		AkJson	   *old = ak_core_json_get(model->meta, changes->keys[i]);

		ak_core_json_put(before, changes->keys[i], old ? old : ak_core_json_null());
	}
	if (ak_core_json_get(changes, "table_name") != NULL && !table_follows(model))
		ak_core_json_put(before, "table_name", ak_core_json_string(model->table));
	if (ak_core_json_get(changes, "comment") != NULL || ak_core_json_get(changes, "ai_description") != NULL)
		ak_core_json_put(before, "comment", comment ? ak_core_json_string(comment) : ak_core_json_null());
	ak_core_json_put(reverse, "meta", before);
	return reverse;
}
