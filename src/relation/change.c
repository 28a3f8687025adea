/*
 * change.c
 *		What renaming and dropping a model means for relations.
 */
#include "postgres.h"

#include "relation/internal.h"

/* ---- renaming ---- */

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
		ak_relation_check_accessor(lfirst(cell));
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

			if (relation == NULL || (relation->target != model && relation->through != model))
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
