/*
 * accessor.c
 *		The words that lead along relations.
 *
 * Forward it is the field's name, backward the related_name: by default
 * {model}_set, for one-to-one the model's name in lower case.  A field's name
 * goes before a reverse accessor; definitions that would make the two meet
 * are refused.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "utils/formatting.h"

#include "relation/internal.h"

/* ---- names ---- */

char *
ak_relation_default_name(const char *model, AkRelationKind kind)
{
	char	   *lower = str_tolower(model, strlen(model), DEFAULT_COLLATION_OID);

	return kind == AK_ONE_TO_ONE ? lower : psprintf("%s_set", lower);
}

/* What is wrong with a word that stands in paths; NULL: nothing. */
static const char *
name_problem(const char *name)
{
	if (strlen(name) >= NAMEDATALEN)
		return "is too long";
	if (strstr(name, "__") != NULL)
		return "must not contain \"__\"";
	if (name[strlen(name) - 1] == '_')
		return "must not end with \"_\"";
	if (strchr("$-?", *name) != NULL || strcmp(name, "pk") == 0)
		return "is reserved";
	return NULL;
}

/* A reverse accessor stands in paths, so it is written as a field's name is; "+" hides it. */
void
ak_relation_check_accessor_name(const char *field, const char *name)
{
	const char *problem;

	if (strcmp(name, "+") == 0)
		return;
	ak_core_check_identifier(name, "related_name");
	problem = name_problem(name);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("related_name \"%s\" of field \"%s\" %s", name, field, problem)));
}

/* The default is made from the model's name, which may be longer and end otherwise than a field's. */
void
ak_relation_check_default_name(const AkRelation *relation)
{
	const char *problem = relation->related_name ? name_problem(relation->related_name) : NULL;

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("default related_name \"%s\" of field \"%s\" of model \"%s\" %s", relation->related_name,
						relation->field->name, relation->source->label, problem),
				 errhint("Give the field a related_name, or \"+\" for none.")));
}

static void
clash(const AkRelation *relation, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("reverse accessor \"%s\" of field \"%s\" of model \"%s\" clashes with %s",
					relation->related_name, relation->field->name, relation->source->label, what),
			 errhint("Give the field another related_name, or \"+\" for none.")));
}

/* Has a relation a right to its accessor: is it connected, or its table this owner's? */
static bool
has_claim(const AkRelation *relation, Oid owner)
{
	return relation->target != NULL ||
		(OidIsValid(relation->source->relid) && ak_relation_owner(relation->source->relid) == owner);
}

/* Two relations that point at one name must not share an accessor, be the target defined or not. */
static void
check_other_relations(const AkRelation *relation)
{
	AkRegistry *registry = relation->source->registry;
	Oid			owner = ak_relation_owner(relation->source->relid);

	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			AkRelation *other = registry->models[i]->fields[j]->relation;

			if (other != NULL && other != relation && other->related_name != NULL &&
				has_claim(other, owner) &&
				strcmp(other->target_app, relation->target_app) == 0 &&
				strcmp(other->target_name, relation->target_name) == 0 &&
				strcmp(other->related_name, relation->related_name) == 0)
				clash(relation, psprintf("that of field \"%s\" of model \"%s\"",
										 other->field->name, other->source->label));
		}
}

void
ak_relation_check_accessor(const AkRelation *relation)
{
	AkModel    *target = ak_model_find(relation->source->registry, relation->target_app,
									   relation->target_name);

	if (relation->related_name == NULL)
		return;
	check_other_relations(relation);
	for (int i = 0; target != NULL && i < target->nfields; i++)
	{
		AkField    *field = target->fields[i];

		if (strcmp(field->name, relation->related_name) == 0 ||
			strcmp(field->json_name, relation->related_name) == 0 ||
			(field->column && strcmp(field->column, relation->related_name) == 0))
			clash(relation, psprintf("field \"%s\" of model \"%s\"", field->name, target->label));
	}
}

/* 42P16 when a field of this name would hide the reverse accessor of a relation that points at the model. */
void
ak_relation_check_field_name(const char *app, const char *model, const char *field)
{
	AkRegistry *registry = ak_model_registry();
	AkModel    *target = ak_model_find(registry, app, model);
	Oid			owner = target != NULL && OidIsValid(target->relid) ? ak_relation_owner(target->relid) : GetUserId();

	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			AkRelation *relation = registry->models[i]->fields[j]->relation;

			if (relation != NULL && relation->related_name != NULL &&
				strcmp(relation->related_name, field) == 0 &&
				strcmp(relation->target_app, app) == 0 && strcmp(relation->target_name, model) == 0 &&
				has_claim(relation, owner))
				clash(relation, psprintf("field \"%s\" of model \"%s.%s\"", field, app, model));
		}
}

/* ---- steps ---- */

static bool
forward_step(AkModel *model, const char *accessor, AkStep *step)
{
	for (int i = 0; i < model->nfields; i++)
	{
		AkField    *field = model->fields[i];

		if (field->relation == NULL || strcmp(field->name, accessor) != 0)
			continue;
		step->relation = field->relation;
		step->many = field->relation->kind == AK_MANY_TO_MANY;
		step->to = field->relation->target;
		return true;
	}
	return false;
}

static bool
reverse_step(AkModel *model, const char *accessor, AkStep *step)
{
	ListCell   *cell;

	if (model->relations == NULL)
		return false;
	foreach(cell, model->relations->reverse)
	{
		AkRelation *relation = lfirst(cell);

		if (relation->related_name == NULL || strcmp(relation->related_name, accessor) != 0)
			continue;
		step->relation = relation;
		step->reverse = true;
		step->many = relation->kind != AK_ONE_TO_ONE;
		step->to = relation->source;
		return true;
	}
	return false;
}

/* What a relation without a target waits for. */
static int
pending_detail(const AkRelation *relation)
{
	if (relation->goes_through && relation->through == NULL)
		return errdetail("The model that it goes through is not defined.");
	if (relation->goes_through && !ak_relation_holds_through(relation, relation->through))
		return errdetail("It takes the REFERENCES right to table %s.", relation->through->sql_name);
	if (ak_relation_is_dangling(relation))
		return errdetail("Its junction %s does not exist.",
						 ak_core_qualified(relation->junction_schema, relation->junction_table));
	return errdetail("Model \"%s.%s\" is not defined, or the relation to it was not built.",
					 relation->target_app, relation->target_name);
}

static void
still_pending(const AkRelation *relation)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("relation \"%s\" of model \"%s\" is pending",
					relation->field->name, relation->source->label),
			 pending_detail(relation)));
}

bool
ak_relation_step(AkModel *model, const char *accessor, AkStep *step)
{
	memset(step, 0, sizeof(AkStep));
	step->accessor = accessor;
	step->from = model;
	if (!forward_step(model, accessor, step) && !reverse_step(model, accessor, step))
		return false;
	if (!step->reverse && step->to == NULL)
		still_pending(step->relation);
	return true;
}

List *
ak_relation_accessors(const AkModel *model)
{
	List	   *names = NIL;
	ListCell   *cell;

	if (model->relations == NULL)
		return NIL;
	foreach(cell, model->relations->forward)
		names = lappend(names, ((AkRelation *) lfirst(cell))->field->name);
	foreach(cell, model->relations->reverse)
		if (((AkRelation *) lfirst(cell))->related_name != NULL)
			names = lappend(names, ((AkRelation *) lfirst(cell))->related_name);
	return names;
}

void
ak_relation_columns(const AkStep *step, List **from_fields, List **to_fields)
{
	const AkRelation *relation = step->relation;

	*from_fields = step->reverse ? relation->target_fields : relation->source_fields;
	*to_fields = step->reverse ? relation->source_fields : relation->target_fields;
}

void
ak_relation_junction(const AkStep *step, List **from_columns, List **to_columns)
{
	const AkRelation *relation = step->relation;

	*from_columns = step->reverse ? relation->target_columns : relation->source_columns;
	*to_columns = step->reverse ? relation->source_columns : relation->target_columns;
}

List *
ak_relation_key_fields(const AkModel *model)
{
	List	   *keys = NIL;

	for (int i = 0; i < model->nkeys; i++)
		keys = lappend(keys, model->keys[i]);
	return keys;
}

/* ---- objects that stand for rows ---- */

/* The value an object gives a field; NULL when it gives none. */
static AkJson *
member(const AkJson *object, const AkField *field)
{
	AkJson	   *value = ak_core_json_get(object, field->json_name);

	if (value == NULL)
		value = ak_core_json_get(object, field->name);
	return value == NULL || value->kind == AK_JSON_NULL ? NULL : value;
}

List *
ak_relation_object_values(List *fields, const AkJson *object)
{
	List	   *values = NIL;
	ListCell   *cell;

	foreach(cell, fields)
	{
		AkJson	   *value = member(object, lfirst(cell));

		if (value == NULL)
			return NIL;
		values = lappend(values, value);
	}
	return values;
}

const AkJson *
ak_relation_object_key(const AkModel *model, const AkJson *object)
{
	AkJson	   *key = ak_core_json_object();
	List	   *values;

	if (object->kind != AK_JSON_OBJECT)
		return NULL;
	values = ak_relation_object_values(ak_relation_key_fields(model), object);
	if (values == NIL)
		return NULL;
	if (model->nkeys == 1)
		return linitial(values);
	for (int i = 0; i < model->nkeys; i++)
		ak_core_json_put(key, model->keys[i]->json_name, list_nth(values, i));
	return key;
}
