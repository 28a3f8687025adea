/*
 * follow.c
 *		Receivers follow the fields that they name, and what check_registry() says
 *		of those that cannot be called.
 *
 * A receiver whose condition names a field that is gone goes with it, as a
 * trigger whose condition names a dropped column does; so does one that
 * watched this field alone.
 */
#include "postgres.h"

#include "utils/acl.h"

#include "signal/internal.h"

/* ---- renamed ---- */

static AkJson *
renamed_fields(const AkJson *fields, const char *old_name, const char *new_name)
{
	AkJson	   *out = ak_core_json_array();

	for (int i = 0; i < fields->size; i++)
		ak_core_json_push(out, ak_core_json_string(strcmp(fields->items[i]->text, old_name) == 0 ? new_name
												   : fields->items[i]->text));
	return out;
}

static AkJson *
renamed_receiver(const AkField *field, const char *new_name, const AkReceiver *receiver)
{
	AkJson	   *out = ak_core_json_copy(receiver->definition);

	if (receiver->condition != NULL)
		ak_core_json_put(out, "condition",
						 ak_core_json_string(ak_model_renamed_condition(field, new_name, receiver->condition)));
	if (receiver->fields != NULL)
		ak_core_json_put(out, "fields", renamed_fields(receiver->fields, field->name, new_name));
	if (receiver->data != NULL)
		ak_core_json_put(out, "data", renamed_fields(receiver->data, field->name, new_name));
	return out;
}

static void
store_list(AkModel *model, AkJson *list)
{
	AkJson	   *meta = ak_core_json_copy(model->meta);

	if (list->size > 0)
		ak_core_json_put(meta, "receivers", list);
	else
		ak_core_json_remove(meta, "receivers");
	ak_model_store_registered_meta(model, meta);
}

/* Listener: after rename_field. */
void
ak_signal_field_renamed(const AkField *field, const char *new_name)
{
	AkModel    *model = ak_model_find(ak_model_registry(), field->model->app, field->model->name);
	List	   *receivers = ak_signal_own_receivers(model);
	AkJson	   *list = ak_core_json_array();
	ListCell   *cell;

	foreach(cell, receivers)
		ak_core_json_push(list, renamed_receiver(field, new_name, lfirst(cell)));
	if (receivers != NIL)
		store_list(model, list);
}

/* ---- gone ---- */

/* Those of the fields that are still there. */
static AkJson *
remaining_fields(const AkModel *model, const AkJson *fields)
{
	AkJson	   *out = ak_core_json_array();

	for (int i = 0; i < fields->size; i++)
		if (ak_model_field(model, fields->items[i]->text) != NULL)
			ak_core_json_push(out, fields->items[i]);
	return out;
}

/* What is left of a receiver; NULL: nothing. */
static const AkJson *
pruned_receiver(AkModel *model, const AkReceiver *receiver)
{
	AkJson	   *fields;
	AkJson	   *out;

	if (receiver->condition != NULL && ak_model_is_orphaned(model, receiver->condition))
		return NULL;
	if (receiver->fields == NULL)
		return receiver->definition;
	fields = remaining_fields(model, receiver->fields);
	if (fields->size == receiver->fields->size)
		return receiver->definition;
	if (fields->size == 0)
		return NULL;
	out = ak_core_json_copy(receiver->definition);
	ak_core_json_put(out, "fields", fields);
	return out;
}

static void
prune(AkModel *model)
{
	AkJson	   *list = ak_core_json_array();
	bool		changed = false;
	ListCell   *cell;

	foreach(cell, ak_signal_own_receivers(model))
	{
		const AkReceiver *receiver = lfirst(cell);
		const AkJson *left = pruned_receiver(model, receiver);

		changed = changed || left != receiver->definition;
		if (left != NULL)
			ak_core_json_push(list, unconstify(AkJson *, left));
	}
	if (changed)
		store_list(model, list);
}

/* Listener: after something was dropped. */
void
ak_signal_reconcile(void)
{
	AkRegistry *registry = ak_model_registry();

	for (int i = 0; ak_model_follows_drop() && i < registry->nmodels; i++)
		if (OidIsValid(registry->models[i]->relid))
			prune(registry->models[i]);
}

/* ---- check_registry ---- */

/* Its owner dropped it, or the table came, or changed hands, after its receivers. */
static void
check_triggers(AkModel *model, AkFindings *findings)
{
	char	   *missing = OidIsValid(model->relid) ? ak_signal_missing_trigger(model) : NULL;

	if (missing != NULL)
		ak_model_finding(findings, "receiver", model, "table %s has no trigger \"%s\"; connect a receiver again", model->sql_name,
						 missing);
}

void
ak_signal_check(const AkModel *model, AkFindings *findings)
{
	ListCell   *cell;

	foreach(cell, ak_signal_receivers(unconstify(AkModel *, model)))
	{
		const AkReceiver *receiver = lfirst(cell);
		AkWanted	wanted = {model, receiver->name, receiver->signal, receiver->statement, receiver->async};
		AkHandler	handler;

		if (receiver->channel == NULL && ak_signal_sees_handler(receiver->handler) &&
			!ak_signal_has_handler(receiver->handler, &wanted, &handler))
			ak_model_finding(findings, "receiver", model, "handler %s of signal %s does not exist", receiver->handler,
							 receiver->name);
	}
	check_triggers(unconstify(AkModel *, model), findings);
}
