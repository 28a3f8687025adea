/*
 * check.c
 *		What check_registry() says of relations.
 */
#include "postgres.h"

#include "relation/internal.h"

/* A relation without a target: why? */
static void
check_pending(const AkRelation *relation, AkFindings *findings)
{
	const AkModel *target = ak_model_find(relation->source->registry, relation->target_app,
										  relation->target_name);
	const char *field = relation->field->name;

	if (target == NULL || !OidIsValid(target->relid))
		ak_model_finding(findings, "relation", relation->source, "field \"%s\" waits for model \"%s.%s\"",
						 field, relation->target_app, relation->target_name);
	else if (relation->goes_through && relation->through == NULL)
		ak_model_finding(findings, "relation", relation->source,
						 "field \"%s\" waits for the model that it goes through", field);
	else if (relation->goes_through && !ak_relation_holds_through(relation, relation->through))
		ak_model_finding(findings, "relation", relation->source,
						 "field \"%s\" goes through table %s of another role, without the REFERENCES right", field,
						 relation->through->sql_name);
	else if (ak_relation_is_dangling(relation))
		ak_model_finding(findings, "relation", relation->source, "junction %s of field \"%s\" does not exist",
						 ak_core_qualified(relation->junction_schema, relation->junction_table), field);
	else
		ak_model_finding(findings, "relation", relation->source, "field \"%s\" has no key to model \"%s.%s\"",
						 field, relation->target_app, relation->target_name);
}

void
ak_relation_check(const AkModel *model, AkFindings *findings)
{
	if (!OidIsValid(model->relid))
		return;
	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];

		if (field->relation != NULL && field->relation->target == NULL)
			check_pending(field->relation, findings);
		else if (field->relation == NULL && field->type->relation)
			ak_model_finding(findings, "relation", model, "field \"%s\" says nothing of its target", field->name);
	}
}
