/*
 * change.c
 *		What renaming and dropping a model means for relations.
 */
#include "postgres.h"

#include "relation/internal.h"

/* ---- renaming ---- */

/* The option's value, a name or a list of names, with one replaced; NULL where it does not hold it. */
static AkJson *
renamed_value(AkJson *value, const char *old_name, const char *new_name)
{
	AkJson	   *list;
	bool		found = false;

	if (value == NULL)
		return NULL;
	if (value->kind == AK_JSON_STRING)
		return strcmp(value->text, old_name) == 0 ? ak_core_json_string(new_name) : NULL;
	if (value->kind != AK_JSON_ARRAY)
		return NULL;
	list = ak_core_json_array();
	for (int i = 0; i < value->size; i++)
	{
		AkJson	   *item = renamed_value(value->items[i], old_name, new_name);

		found = found || item != NULL;
		ak_core_json_push(list, item ? item : value->items[i]);
	}
	return found ? list : NULL;
}

/* Writes the new name into an option of a relation's field, where the old one stands there. */
static void
rename_in_option(const AkField *key, const char *option, const char *old_name, const char *new_name)
{
	AkJson	   *value = renamed_value(ak_core_json_get(key->options, option), old_name, new_name);
	AkJson	   *options;

	if (value == NULL)
		return;
	options = ak_core_json_copy(key->options);
	ak_core_json_put(options, option, value);
	ak_model_store_options(key, options);
}

/* Relations that name the field, in "from_fields" of its own model or in "to_field" and "to_fields" of any, name it anew. */
void
ak_relation_field_renamed(const AkField *field, const char *new_name)
{
	AkModel    *model = ak_model_find(ak_model_registry(), field->model->app, field->model->name);
	ListCell   *cell;

	if (model == NULL || model->relations == NULL)
		return;
	foreach(cell, model->relations->forward)
		rename_in_option(((AkRelation *) lfirst(cell))->field, "from_fields", field->name, new_name);
	foreach(cell, model->relations->reverse)
	{
		const AkField *key = ((AkRelation *) lfirst(cell))->field;

		rename_in_option(key, "to_field", field->name, new_name);
		rename_in_option(key, "to_fields", field->name, new_name);
	}
}

static void
rename_junctions_of(const AkModel *model, const char *old_name)
{
	ListCell   *cell;

	foreach(cell, model->relations->forward)
	{
		AkRelation *relation = lfirst(cell);
		const char *target = relation->target == model ? old_name : relation->target_name;

		if (relation->kind == AK_MANY_TO_MANY)
			ak_relation_rename_junction(relation, old_name, target, relation->field->name);
	}
	foreach(cell, model->relations->reverse)
	{
		AkRelation *relation = lfirst(cell);

		if (relation->kind == AK_MANY_TO_MANY && relation->source != model)
			ak_relation_rename_junction(relation, relation->source->name, old_name, relation->field->name);
	}
}

/* A name that was given is as it was; one that is made of the model's name is new. */
static void
check_accessor(const AkRelation *relation)
{
	if (ak_core_json_get(relation->field->options, "related_name") != NULL)
		return;
	ak_relation_check_default_name(relation);
	ak_relation_check_accessor(relation);
}

/* What points at the model follows, junctions are named after it, and default accessors with it. */
void
ak_relation_model_renamed(AkModel *model, const char *old_app, const char *old_name)
{
	ListCell   *cell;

	ak_relation_store_target(model->app, model->name, old_app, old_name);
	model = ak_model_find(ak_model_registry(), model->app, model->name);
	if (model == NULL || model->relations == NULL)
		return;
	foreach(cell, model->relations->forward)
		check_accessor(lfirst(cell));
	rename_junctions_of(model, old_name);
}

/* ---- dropping ---- */

/* Relations of other models that end here or go through here; many-to-many ones first, for they may go through keys. */
static List *
users_of(const AkModel *model)
{
	AkRegistry *registry = model->registry;
	List	   *many = NIL;
	List	   *keys = NIL;

	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; registry->models[i] != model && j < registry->models[i]->nfields; j++)
		{
			AkRelation *relation = registry->models[i]->fields[j]->relation;

			if (relation == NULL || (relation->target != model && !ak_relation_holds_through(relation, model)))
				continue;
			if (relation->kind == AK_MANY_TO_MANY)
				many = lappend(many, relation);
			else
				keys = lappend(keys, relation);
		}
	return list_concat(many, keys);
}

static void
refuse(const AkModel *model, List *users)
{
	StringInfoData detail;
	ListCell   *cell;

	initStringInfo(&detail);
	foreach(cell, users)
	{
		AkRelation *user = lfirst(cell);

		appendStringInfo(&detail, "%sfield \"%s\" of model \"%s\" %s model \"%s\"", detail.len ? "\n" : "",
						 user->field->name, user->source->label,
						 user->target == model ? "refers to" : "goes through", model->label);
	}
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot drop model \"%s\" because other models refer to it", model->label),
			 errdetail("%s", detail.data),
			 errhint("Use cascade => true to remove these fields too.")));
}

/* A key cannot be taken from a model that stays. */
static void
refuse_key(const AkModel *model, const AkField *field)
{
	if (field->is_key)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop model \"%s\" because field \"%s\" of model \"%s\" refers to it and is a primary key",
						model->label, field->name, field->model->label),
				 errhint("Drop model \"%s\" first.", field->model->label)));
}

static void
remove_field(const AkField *field)
{
	AkJson	   *operation = ak_core_json_object();

	ak_core_json_put(operation, "op", ak_core_json_string("remove_field"));
	ak_core_json_put(operation, "model", ak_core_json_string(field->model->label));
	ak_core_json_put(operation, "field", ak_core_json_string(field->name));
	ak_model_apply(operation);
}

/* The model's own fields that go through others hold nothing back any more. */
static void
remove_own_through(const AkModel *model)
{
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->relation != NULL && model->fields[i]->relation->goes_through)
			remove_field(model->fields[i]);
}

void
ak_relation_model_dropping(AkModel *model, bool cascade)
{
	List	   *users = users_of(model);
	ListCell   *cell;

	if (users != NIL && !cascade)
		refuse(model, users);
	foreach(cell, users)
		refuse_key(model, ((AkRelation *) lfirst(cell))->field);
	remove_own_through(model);
	foreach(cell, users)
		remove_field(((AkRelation *) lfirst(cell))->field);
}
