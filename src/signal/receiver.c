/*
 * receiver.c
 *		Receivers as they are kept, and which of them count for a model.
 *
 * Those of one model stand in its meta, as "receivers": a list of
 * {"signal", "handler", "uid", "priority", "position", "async", "condition",
 * "level", "trigger", "fields", "channel", "data"}.  They are renamed, dumped and dropped with the model.
 * Those of all models, and of signals made by create_signal(), stand in
 * aksara.free_receiver with the role that connected them: they count for the
 * models whose tables that role could own.
 */
#include "postgres.h"

#include "utils/acl.h"
#include "utils/varlena.h"

#include "signal/internal.h"

/* ---- one ---- */

static const char *
text_of(const AkJson *object, const char *key)
{
	const AkJson *value = ak_core_json_get(object, key);

	return value != NULL && value->kind == AK_JSON_STRING ? value->text : NULL;
}

static int64
number_of(const AkJson *object, const char *key)
{
	const AkJson *value = ak_core_json_get(object, key);

	return value != NULL && value->kind == AK_JSON_NUMBER ? strtoll(value->text, NULL, 10) : 0;
}

static bool
truth_of(const AkJson *object, const char *key)
{
	const AkJson *value = ak_core_json_get(object, key);

	return value != NULL && value->kind == AK_JSON_BOOL && value->truth;
}

/* A list of texts; NULL where it is anything else. */
static const AkJson *
names_of(const AkJson *object, const char *key)
{
	const AkJson *list = ak_core_json_get(object, key);

	for (int i = 0; list && list->kind == AK_JSON_ARRAY && i < list->size; i++)
		if (list->items[i]->kind != AK_JSON_STRING)
			return NULL;
	return list && list->kind == AK_JSON_ARRAY && list->size > 0 ? list : NULL;
}

/* Can it be the name of a function, with its schema or without? */
static bool
is_function_name(const char *text)
{
	List	   *names;

	return SplitIdentifierString(pstrdup(text), '.', &names) && (list_length(names) == 1 || list_length(names) == 2);
}

/* Restored rows were written by anyone: what is ill-formed is no receiver. */
AkReceiver *
ak_signal_read_receiver(const AkJson *definition)
{
	AkReceiver *receiver;

	if (definition->kind != AK_JSON_OBJECT || text_of(definition, "signal") == NULL || text_of(definition, "handler") == NULL ||
		!is_function_name(text_of(definition, "handler")))
		return NULL;
	receiver = palloc0(sizeof(AkReceiver));
	receiver->name = text_of(definition, "signal");
	receiver->signal = ak_signal_named(receiver->name);
	receiver->handler = text_of(definition, "handler");
	receiver->uid = text_of(definition, "uid") ? text_of(definition, "uid") : receiver->handler;
	receiver->priority = number_of(definition, "priority");
	receiver->position = number_of(definition, "position");
	receiver->async = truth_of(definition, "async");
	receiver->statement = text_of(definition, "level") != NULL && strcmp(text_of(definition, "level"), "statement") == 0;
	receiver->native = truth_of(definition, "trigger");
	receiver->condition = text_of(definition, "condition");
	receiver->fields = names_of(definition, "fields");
	receiver->channel = text_of(definition, "channel");
	receiver->data = names_of(definition, "data");
	receiver->definition = definition;
	return receiver;
}

int
ak_signal_compare(const ListCell *a, const ListCell *b)
{
	const AkReceiver *x = lfirst(a);
	const AkReceiver *y = lfirst(b);

	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	if (x->position != y->position)
		return x->position < y->position ? -1 : 1;
	return strcmp(x->uid, y->uid);
}

/* ---- of a model ---- */

List *
ak_signal_own_receivers(const AkModel *model)
{
	const AkJson *list = ak_core_json_get(model->meta, "receivers");
	List	   *receivers = NIL;

	for (int i = 0; list && list->kind == AK_JSON_ARRAY && i < list->size; i++)
	{
		AkReceiver *receiver = ak_signal_read_receiver(list->items[i]);

		if (receiver != NULL && receiver->signal != AK_OWN_SIGNAL)
			receivers = lappend(receivers, receiver);
	}
	return receivers;
}

bool
ak_signal_counts_for(const AkReceiver *receiver, const AkModel *model)
{
	Oid			role = ak_signal_role(receiver->role, receiver->seen);
	Oid			owner = ak_model_table_owner(model->relid);

	return receiver->signal != AK_OWN_SIGNAL && OidIsValid(role) && OidIsValid(owner) && has_privs_of_role(role, owner);
}

List *
ak_signal_receivers(AkModel *model)
{
	List	   *receivers = ak_signal_own_receivers(model);
	ListCell   *cell;

	foreach(cell, model->registry->signals->free)
		if (ak_signal_counts_for(lfirst(cell), model))
			receivers = lappend(receivers, lfirst(cell));
	list_sort(receivers, ak_signal_compare);
	return receivers;
}

/* ---- of links ---- */

/* Does anybody receive changes of this relation? */
static bool
is_received(const AkRelation *relation)
{
	ListCell   *cell;

	if (relation->kind != AK_MANY_TO_MANY || !OidIsValid(relation->junction_relid) || relation->target == NULL)
		return false;
	foreach(cell, ak_signal_receivers(relation->source))
	{
		const AkReceiver *receiver = lfirst(cell);

		if (receiver->signal != AK_M2M_CHANGED)
			continue;
		for (int i = 0; receiver->fields && i < receiver->fields->size; i++)
			if (strcmp(receiver->fields->items[i]->text, relation->field->name) == 0)
				return true;
		if (receiver->fields == NULL)
			return true;
	}
	return false;
}

/* Once for a picture, in its context. */
static void
find_links(AkRegistry *registry)
{
	MemoryContext old = MemoryContextSwitchTo(registry->context);
	AkSignals  *signals = registry->signals;

	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			AkRelation *relation = registry->models[i]->fields[j]->relation;

			if (relation != NULL && is_received(relation))
				signals->links = lappend(signals->links, relation);
		}
	signals->links_known = true;
	MemoryContextSwitchTo(old);
}

bool
ak_signal_has_link_receivers(AkRegistry *registry)
{
	if (!registry->signals->links_known)
		find_links(registry);
	return registry->signals->links != NIL;
}

List *
ak_signal_received_links(AkRegistry *registry, Oid junction)
{
	List	   *links = NIL;
	ListCell   *cell;

	if (!registry->signals->links_known)
		find_links(registry);
	foreach(cell, registry->signals->links)
		if (((AkRelation *) lfirst(cell))->junction_relid == junction)
			links = lappend(links, lfirst(cell));
	return links;
}
