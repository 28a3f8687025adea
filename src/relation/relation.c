/*
 * relation.c
 *		Room relation's entry: its field types, and what it hears of models.
 */
#include "postgres.h"

#include "relation/internal.h"

/* A new model may be what relations wait for. */
static void
model_created(AkModel *model)
{
	ak_relation_check_as_through(model, true);
	ak_relation_connect_waiting(model);
}

static AkJson *
describe_reverse(const AkRelation *relation)
{
	AkJson	   *out = ak_core_json_object();
	AkJson	   *text = ak_core_json_get(relation->field->options, "ai_description");

	ak_core_json_put(out, "name", ak_core_json_string(relation->related_name));
	ak_core_json_put(out, "model", ak_core_json_string(relation->source->label));
	ak_core_json_put(out, "field", ak_core_json_string(relation->field->name));
	ak_core_json_put(out, "many", ak_core_json_bool(relation->kind != AK_ONE_TO_ONE));
	if (text != NULL)
		ak_core_json_put(out, "ai_description", text);
	return out;
}

/* Adds what points at the model: "related": [{name, model, field, many}]. */
static void
describe_model(const AkModel *model, AkJson *out)
{
	AkJson	   *related = ak_core_json_array();
	ListCell   *cell;

	if (model->relations != NULL)
		foreach(cell, model->relations->reverse)
			if (((AkRelation *) lfirst(cell))->related_name != NULL)
				ak_core_json_push(related, describe_reverse(lfirst(cell)));
	ak_core_json_put(out, "related", related);
}

static const AkModelListener listener = {
	.loaded = ak_relation_load,
	.naming = ak_relation_check_field_name,
	.created = model_created,
	.field_renamed = ak_relation_field_renamed,
	.renamed = ak_relation_model_renamed,
	.dropping = ak_relation_model_dropping,
	.describe = describe_model,
	.holding = ak_relation_holding,
	.adopting = ak_relation_adopting,
	.adopted = ak_relation_adopted,
	.forgetting = ak_relation_forgetting,
	.unmapped = ak_relation_unmapped,
	.check = ak_relation_check,
	.reconcile = ak_relation_reconcile,
};

void
ak_relation_init(void)
{
	ak_relation_register_types();
	ak_model_listen(&listener);
}
