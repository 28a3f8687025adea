/*
 * related.c
 *		related(model, key, accessor, op …): the rows behind one row, as a
 *		query set.
 *
 * The document asks the related model for the way back: the posts of a user
 * are {"model": "blog.Post", "filter": [{"author": key}]}, which reads
 * posts.author_id and joins nothing.  Where the way back has no name (a
 * related_name of "+") the condition is "$related".
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/builtins.h"

#include "query/internal.h"

PG_FUNCTION_INFO_V1(ak_query_sql_related);
PG_FUNCTION_INFO_V1(ak_query_sql_related_any);

/* One key value as the document has it; a NULL is no key. */
static AkJson *
key_value(const AkArgument *argument)
{
	if (argument->isnull)
		ak_core_null_argument("key");
	return ak_core_arg_to_json(argument);
}

List *
ak_query_key_arguments(FunctionCallInfo fcinfo, int first)
{
	List	   *keys = NIL;
	ListCell   *cell;

	foreach(cell, ak_core_arg_values(fcinfo, first))
		keys = lappend(keys, key_value(lfirst(cell)));
	return keys;
}

/* Does the relation refer to its target's key, over columns that hold all values of it? */
static bool
refers_to_key(const AkRelation *relation)
{
	ListCell   *cell;
	ListCell   *from;

	forboth(cell, relation->target_fields, from, relation->source_fields)
		if (!((AkField *) lfirst(cell))->is_key ||
			((AkField *) lfirst(cell))->typid != ((AkField *) lfirst(from))->typid)
			return false;
	return list_length(relation->target_fields) == relation->target->nkeys;
}

/* The word that leads back over a step, with the key of the row where it came from; NULL: it has none. */
static const char *
way_back(const AkStep *step)
{
	const AkRelation *relation = step->relation;

	if (!step->reverse)
		return relation->related_name;
	if (relation->kind != AK_MANY_TO_MANY && !refers_to_key(relation))
		return psprintf("%s__pk", relation->field->name);
	return relation->field->name;
}

static AkJson *
related_condition(const AkStep *step, AkJson *key)
{
	AkJson	   *condition = ak_core_json_object();
	AkJson	   *related;
	const char *back = way_back(step);

	if (back != NULL)
	{
		ak_core_json_put(condition, back, key);
		return condition;
	}
	related = ak_core_json_object();
	ak_core_json_put(related, "model", ak_core_json_string(step->from->label));
	ak_core_json_put(related, "accessor", ak_core_json_string(step->accessor));
	ak_core_json_put(related, "key", key);
	ak_core_json_put(condition, "$related", related);
	return condition;
}

AkJson *
ak_query_related(const char *model, AkJson *key, const char *accessor)
{
	AkJson	   *document = ak_core_json_object();
	AkJson	   *calls = ak_core_json_array();
	AkStep		step;

	ak_query_named_step(ak_model_resolve(ak_model_registry(), model), accessor, &step);
	ak_core_json_put(document, "model", ak_core_json_string(step.to->label));
	ak_core_json_push(calls, related_condition(&step, key));
	ak_core_json_put(document, "filter", calls);
	return document;
}

/* (model, key, accessor, ops) */
static Datum
related(FunctionCallInfo fcinfo, AkJson *key)
{
	char	   *model = ak_core_arg_cstring(fcinfo, 0, "model");
	AkJson	   *document = ak_query_related(model, key, ak_core_arg_cstring(fcinfo, 2, "accessor"));

	ak_query_apply_argument(document, fcinfo, 3);
	PG_RETURN_TEXT_P(ak_core_json_to_text(document));
}

Datum
ak_query_sql_related(PG_FUNCTION_ARGS)
{
	return related(fcinfo, ak_query_untyped(ak_core_arg_cstring(fcinfo, 1, "key")));
}

Datum
ak_query_sql_related_any(PG_FUNCTION_ARGS)
{
	return related(fcinfo, key_value(ak_core_arg_value(fcinfo, 1)));
}
