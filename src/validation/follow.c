/*
 * follow.c
 *		Rules follow the fields that they name: to a new name, and out with them.
 *
 * Conditions are kept as SQL over the fields' names, so that a column renamed
 * by hand changes nothing.  What names a field that is gone goes with it, as
 * PostgreSQL drops the constraints over a column.
 */
#include "postgres.h"

#include "validation/internal.h"

/* ---- renamed ---- */

/* One validator or rule with the new name in it; the same where it does not name the field. */
static AkJson *
renamed_rule(const AkField *field, const char *new_name, AkJson *rule)
{
	static const char *const conditions[] = {"when", "check"};
	const char *about = ak_core_json_get_string(rule, "field");
	AkJson	   *out = ak_core_json_copy(rule);

	for (int i = 0; i < lengthof(conditions); i++)
		if (ak_core_json_get_string(rule, conditions[i]) != NULL)
			ak_core_json_put(out, conditions[i],
							 ak_core_json_string(ak_model_renamed_condition(field, new_name,
																			ak_core_json_get_string(rule, conditions[i]))));
	if (about != NULL && strcmp(about, field->name) == 0)
		ak_core_json_put(out, "field", ak_core_json_string(new_name));
	return out;
}

static AkJson *
renamed_list(const AkField *field, const char *new_name, const AkJson *list)
{
	AkJson	   *out = ak_core_json_array();

	for (int i = 0; i < list->size; i++)
		ak_core_json_push(out, renamed_rule(field, new_name, list->items[i]));
	return out;
}

static void
rename_in_field(const AkField *renamed, const char *new_name, const AkField *field)
{
	const AkJson *list = ak_core_json_get(field->options, "validators");
	AkJson	   *options;
	AkJson	   *now;

	if (list == NULL || list->kind != AK_JSON_ARRAY)
		return;
	now = renamed_list(renamed, new_name, list);
	if (ak_core_json_equal(now, list))
		return;
	options = ak_core_json_copy(field->options);
	ak_core_json_put(options, "validators", now);
	ak_model_store_options(field, options);
}

static void
rename_in_meta(const AkField *renamed, const char *new_name, AkModel *model)
{
	const AkJson *rules = ak_core_json_get(model->meta, "rules");
	const AkJson *messages = ak_core_json_get(model->meta, "constraint_messages");
	AkJson	   *changes = ak_core_json_object();
	AkJson	   *said = ak_core_json_object();

	if (rules != NULL)
		ak_core_json_put(changes, "rules", renamed_list(renamed, new_name, rules));
	for (int i = 0; messages && i < messages->size; i++)
		ak_core_json_put(said, messages->keys[i], renamed_rule(renamed, new_name, messages->items[i]));
	if (messages != NULL)
		ak_core_json_put(changes, "constraint_messages", said);
	if (changes->size > 0)
		ak_model_alter_registered_meta(model, changes);
}

void
ak_validation_field_renamed(const AkField *field, const char *new_name)
{
	AkModel    *model = ak_model_find(ak_model_registry(), field->model->app, field->model->name);

	for (int i = 0; i < model->nfields; i++)
		rename_in_field(field, new_name, model->fields[i]);
	rename_in_meta(field, new_name, ak_model_find(ak_model_registry(), field->model->app, field->model->name));
}

/* ---- gone ---- */

/* A member that is a text; NULL where it is anything else. */
static const char *
text_of(const AkJson *rule, const char *key)
{
	const AkJson *value = ak_core_json_get(rule, key);

	return value != NULL && value->kind == AK_JSON_STRING ? value->text : NULL;
}

/* Does a condition, or what a rule is about, name a field that is not there? */
static bool
is_orphan(const AkModel *model, const AkJson *rule)
{
	static const char *const conditions[] = {"when", "check"};
	const char *about = text_of(rule, "field");

	for (int i = 0; i < lengthof(conditions); i++)
		if (text_of(rule, conditions[i]) != NULL && ak_model_is_orphaned(model, text_of(rule, conditions[i])))
			return true;
	return about != NULL && ak_model_field(model, about) == NULL;
}

/* The list without its orphans; NULL where there are none. */
static AkJson *
kept_list(const AkModel *model, const AkJson *list)
{
	AkJson	   *out = ak_core_json_array();

	if (list == NULL || list->kind != AK_JSON_ARRAY)
		return NULL;
	for (int i = 0; i < list->size; i++)
		if (!is_orphan(model, list->items[i]))
			ak_core_json_push(out, list->items[i]);
	return out->size < list->size ? out : NULL;
}

static void
put_list(AkJson *options, const char *name, AkJson *list)
{
	if (list->size > 0)
		ak_core_json_put(options, name, list);
	else
		ak_core_json_remove(options, name);
}

static void
prune_field(const AkField *field)
{
	AkJson	   *list = kept_list(field->model, ak_core_json_get(field->options, "validators"));
	AkJson	   *options;

	if (list == NULL)
		return;
	options = ak_core_json_copy(field->options);
	put_list(options, "validators", list);
	ak_model_store_options(field, options);
}

static void
prune_meta(AkModel *model)
{
	AkJson	   *list = kept_list(model, ak_core_json_get(model->meta, "rules"));
	AkJson	   *meta;

	if (list == NULL)
		return;
	meta = ak_core_json_copy(model->meta);
	put_list(meta, "rules", list);
	ak_model_store_registered_meta(model, meta);
}

/* After something was dropped: what names a field that went goes too. */
void
ak_validation_reconcile(void)
{
	AkRegistry *registry = ak_model_registry();

	for (int i = 0; ak_model_follows_drop() && i < registry->nmodels; i++)
	{
		AkModel    *model = registry->models[i];

		for (int j = 0; j < model->nfields; j++)
			prune_field(model->fields[j]);
		prune_meta(model);
	}
}
