/*
 * changes_field.c
 *		The operations that add, remove and rename a field.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "model/internal.h"

/* ---- add_field ---- */

static int
next_position(const AkModel *model)
{
	return model->nfields == 0 ? 1 : model->fields[model->nfields - 1]->position + 1;
}

AkJson *
ak_model_op_add_field(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkJson	   *definition = ak_core_json_get(op, "definition");
	AkModelDef *def = ak_model_definition_of(model);
	AkFieldDef *field;

	if (definition == NULL)
		definition = ak_core_json_null();
	field = ak_model_define_another(def, ak_model_op_word(op, "field"), definition);
	ak_model_check_naming(def, field->type, field->name);
	ak_model_check_default(field);
	if (field->primary_key)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" cannot become the primary key of a model that is there", field->name)));
	ak_model_add_column(model, field);
	ak_model_comment_on_field(field);
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
	AkModel    *model = ak_model_op_model(op);
	AkJson	   *reverse = ak_model_new_operation("remove_field", model->label);

	ak_core_json_put(reverse, "field", ak_core_json_string(ak_model_op_word(op, "field")));
	return reverse;
}

/* ---- remove_field ---- */

AkJson *
ak_model_op_remove_field(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkField    *field = ak_model_op_field(op, model);

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

/* What goes with the column because it names it. */
static void
undo_objects(const AkModel *model, const AkField *field, const AkFacts *facts, AkJson *steps)
{
	ListCell   *cell;

	foreach(cell, facts->objects)
	{
		AkObject   *object = lfirst(cell);

		if (object->rule == NULL && list_member_int(object->columns, field->attnum))
			ak_core_json_push(steps, ak_model_add_object(model, object));
	}
}

AkJson *
ak_model_reverse_remove_field(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkField    *field = ak_model_op_field(op, model);
	AkJson	   *add = ak_model_new_operation("add_field", model->label);
	AkFacts    *facts = ak_model_facts(model, 0);
	AkJson	   *steps = ak_core_json_array();
	AkJson	   *meta = ak_core_json_object();
	AkJson	   *ordering = ak_core_json_get(model->meta, "ordering");

	ak_core_json_put(add, "field", ak_core_json_string(field->name));
	ak_core_json_put(add, "definition", ak_model_field_definition(field, facts));
	ak_core_json_push(steps, add);
	undo_objects(model, field, facts, steps);
	if (ordering != NULL &&
		!ak_core_json_equal(ak_model_meta_rename(model->meta, field->name, NULL), model->meta))
	{
		AkJson	   *alter = ak_model_new_operation("alter_meta", model->label);

		ak_core_json_put(meta, "ordering", ordering);
		ak_core_json_put(alter, "meta", meta);
		ak_core_json_push(steps, alter);
	}
	return ak_model_sequence(steps);
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
	AkModel    *model = ak_model_op_model(op);
	AkField    *field = ak_model_op_field(op, model);
	char	   *name = ak_model_op_word(op, "name");
	char	   *column = column_for(field, name);

	check_free_name(model, field, name);
	ak_model_check_naming(ak_model_definition_of(model), field->type, name);
	ak_model_rename_rules(model, field, model->table, name);
	if (column != NULL && strcmp(column, field->column) != 0)
		ak_core_ddl("ALTER TABLE %s RENAME COLUMN %s TO %s", model->sql_name,
					quote_identifier(field->column), quote_identifier(column));
	ak_model_reconcile();
	ak_model_store_meta(model, ak_model_meta_rename(model->meta, field->name, name));
	ak_model_store_field_name(field, name);
	ak_model_follow_rename(model, field->name, name);
	if (field->type->renamed)
		field->type->renamed(field, name);
	return NULL;
}

AkJson *
ak_model_reverse_rename_field(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkJson	   *reverse = ak_model_new_operation("rename_field", model->label);

	ak_core_json_put(reverse, "field", ak_core_json_string(ak_model_op_word(op, "name")));
	ak_core_json_put(reverse, "name", ak_core_json_string(ak_model_op_word(op, "field")));
	return reverse;
}
