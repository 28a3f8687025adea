/*
 * changes_field.c
 *		The operations that add, remove and rename a field.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "model/internal.h"

/* ---- add_field ---- */

/* The place that the operation says, as one that undoes a removal does, where it is free; else the last. */
static int
position_for(const AkModel *model, const AkJson *op)
{
	int64		wanted = ak_core_json_get_integer(op, "position", 0);
	int			last = model->nfields == 0 ? 0 : model->fields[model->nfields - 1]->position;

	if (wanted < 1 || wanted > last)
		return last + 1;
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->position == wanted)
			return last + 1;
	return wanted;
}

/* A new field and its table, for one that has a column. */
static void
add_column(const AkModel *model, AkFieldDef *field, int position)
{
	ak_model_check_naming(field->model, field->type, field->name);
	ak_model_check_default(field);
	if (field->primary_key)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" cannot become the primary key of a model that is there", field->name)));
	ak_model_add_column(model, field);
	ak_model_comment_on_field(field);
	ak_model_store_field(field, position, model->relid);
	ak_model_create_field_index(model->app, model->table, field);
}

/* The parts that the field has made for itself. */
static void
add_parts(const AkModel *model, const AkFieldDef *field)
{
	int			last = model->nfields == 0 ? 0 : model->fields[model->nfields - 1]->position;
	ListCell   *cell;

	foreach(cell, field->parts)
	{
		AkFieldDef *part = lfirst(cell);

		if (ak_model_field(model, part->name) == NULL)
			add_column(model, part, ++last + 1);
	}
}

/* The foreign key that the relation then finds and takes as its own, instead of making one. */
static void
add_native_key(const AkModel *model, const AkFieldDef *field, const AkJson *key)
{
	if (field->type->native_key == NULL || key->kind != AK_JSON_OBJECT || ak_core_json_get(key, "foreign_key") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("\"native_key\" of field \"%s\" must be the foreign key of a relation", field->name)));
	ak_model_make_object(model, key, true);
}

AkJson *
ak_model_op_add_field(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkJson	   *definition = ak_core_json_get(op, "definition");
	AkJson	   *key = ak_core_json_get(op, "native_key");
	AkFieldDef *field;

	if (definition == NULL)
		definition = ak_core_json_null();
	field = ak_model_define_another(ak_model_definition_of(model), ak_model_op_word(op, "field"), definition);
	add_column(model, field, position_for(model, op));
	add_parts(model, field);
	if (key != NULL && key->kind != AK_JSON_NULL)
		add_native_key(ak_model_find(ak_model_registry(), model->app, model->name), field, key);
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
	const AkJson *definition = ak_core_json_get(op, "definition");

	/* A part goes with what it is part of. */
	if (definition != NULL && definition->kind == AK_JSON_OBJECT && ak_core_json_get(definition, "part_of") != NULL)
		return ak_model_sequence(ak_core_json_array());
	ak_core_json_put(reverse, "field", ak_core_json_string(ak_model_op_word(op, "field")));
	return reverse;
}

/* ---- remove_field ---- */

static void
refuse_key(const AkField *field)
{
	if (field->is_key)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" of model \"%s\" is the primary key", field->name, field->model->label)));
}

AkJson *
ak_model_op_remove_field(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkField    *field = ak_model_op_field(op, model);
	List	   *made = ak_model_made_parts(field);
	ListCell   *cell;

	refuse_key(field);
	foreach(cell, made)
		refuse_key(lfirst(cell));
	ak_model_refuse_part(field);
	if (field->type->removing)
		field->type->removing(field);
	ak_model_store_meta(model, ak_model_meta_rename(model->meta, field->name, NULL));
	ak_model_forget_field(field);
	if (field->attnum != 0)
		ak_core_ddl("ALTER TABLE %s DROP COLUMN %s", model->sql_name, quote_identifier(field->column));
	ak_model_remove_parts(made);
	ak_model_fit_rules_trigger(ak_model_find(ak_model_registry(), model->app, model->name));
	return NULL;
}

/* Does the object need a column of one of the fields? */
static bool
names_one(const AkObject *object, List *fields)
{
	ListCell   *cell;

	foreach(cell, fields)
		if (list_member_int(object->columns, ((AkField *) lfirst(cell))->attnum))
			return true;
	return false;
}

/* What goes with the columns because it names them. */
static void
undo_objects(const AkModel *model, List *fields, const AkFacts *facts, AkJson *steps)
{
	ListCell   *cell;

	foreach(cell, facts->objects)
	{
		AkObject   *object = lfirst(cell);

		if (object->rule == NULL && names_one(object, fields))
			ak_core_json_push(steps, ak_model_add_object(model, object));
	}
}

AkJson *
ak_model_reverse_remove_field(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkField    *field = ak_model_op_field(op, model);
	List	   *fields = lappend(ak_model_made_parts(field), field);
	AkFacts    *facts = ak_model_facts(model, 0);
	AkJson	   *steps = ak_core_json_array();
	AkJson	   *meta = ak_core_json_object();
	AkJson	   *ordering = ak_core_json_get(model->meta, "ordering");
	ListCell   *cell;

	foreach(cell, fields)
	{
		AkField    *each = lfirst(cell);
		AkJson	   *add = ak_model_new_operation("add_field", model->label);
		AkJson	   *key = ak_model_key_by_hand(each, facts->objects);

		ak_core_json_put(add, "field", ak_core_json_string(each->name));
		ak_core_json_put(add, "definition", ak_model_field_definition(each, facts));
		ak_core_json_put(add, "position", ak_core_json_integer(each->position));
		if (key != NULL)
			ak_core_json_put(add, "native_key", key);
		ak_core_json_push(steps, add);
	}
	undo_objects(model, fields, facts, steps);
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
	ak_model_rename_parts(field, name);
	ak_model_notify_field_renamed(field, name);
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
