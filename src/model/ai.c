/*
 * ai.c
 *		Models as an agent sees them: what describe() says, without what is
 *		hidden from agents and with the words that are meant for them.
 *
 * A model with "ai_agent_exposed": false appears nowhere, also not as the
 * other end of a relation.  A field with "ai_sensitive": true or
 * "ai_visible": false does not appear, nor does a relation that it makes; one with "ai_agent_writable": false is
 * shown but not among the writable ones.  Binary fields are both unless they
 * say otherwise.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "model/internal.h"

PG_FUNCTION_INFO_V1(ak_model_ai_schema);
PG_FUNCTION_INFO_V1(ak_model_ai_schemas);

/* ---- what is shown ---- */

static bool
is_exposed(const AkModel *model)
{
	return !model->abstract && ak_core_json_get_bool(model->meta, "ai_agent_exposed", true);
}

static bool
is_sensitive(const AkField *field)
{
	return !ak_core_json_get_bool(field->options, "ai_visible", true) ||
		ak_core_json_get_bool(field->options, "ai_sensitive", strcmp(field->type->name, "Binary") == 0);
}

/* Does the database itself give the value? */
static bool
is_given(const AkField *field)
{
	return field->generated || (field->is_key && field->has_default) ||
		ak_core_json_get_bool(field->options, "auto_now", false) ||
		ak_core_json_get_bool(field->options, "auto_now_add", false);
}

static bool
is_writable(const AkField *field)
{
	return !is_given(field) &&
		ak_core_json_get_bool(field->options, "ai_agent_writable",
							  ak_core_json_get_bool(field->options, "editable", true) &&
							  strcmp(field->type->name, "Binary") != 0);
}

/* May the caller do anything with the table? */
static bool
is_usable(const AkModel *model)
{
	Oid			schema = get_namespace_oid(model->app, true);
	AclMode		any = ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_DELETE;

	if (!OidIsValid(model->relid) || !OidIsValid(schema) || !ak_schema_usable(schema, ACL_USAGE))
		return false;
	return pg_class_aclmask(model->relid, GetUserId(), any, ACLMASK_ANY) != 0 ||
		pg_attribute_aclcheck_all(model->relid, GetUserId(), ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK;
}

/* The model of a label, when agents may know of it. */
static AkModel *
known_model(const AkModel *from, const AkJson *label)
{
	char	   *app;
	char	   *name;
	AkModel    *model;

	if (label == NULL || !ak_model_split_name(label->text, &app, &name))
		return NULL;
	model = ak_model_find(from->registry, app, name);
	return model != NULL && is_exposed(model) ? model : NULL;
}

/* ---- fields ---- */

static void
move(AkJson *out, const char *key, const AkJson *source, const char *from)
{
	AkJson	   *value = ak_core_json_get(source, from);

	if (value != NULL && value->kind != AK_JSON_NULL)
		ak_core_json_put(out, key, value);
}

/* One field, from its description. */
static AkJson *
field_schema(const AkField *field, const AkJson *described)
{
	static const char *const kept[] = {
		"name", "type", "column", "sql_type", "nullable", "primary_key", "unique", "choices", "to", "on_delete"
	};
	AkJson	   *out = ak_core_json_object();

	for (int i = 0; i < lengthof(kept); i++)
		move(out, kept[i], described, kept[i]);
	move(out, "description", described, "ai_description");
	if (ak_core_json_get(out, "description") == NULL)
		move(out, "description", described, "help_text");
	ak_core_json_put(out, "writable", ak_core_json_bool(is_writable(field)));
	return out;
}

static void
put_fields(const AkModel *model, const AkJson *described, AkJson *out)
{
	const AkJson *fields = ak_core_json_get(described, "fields");
	AkJson	   *list = ak_core_json_array();
	AkJson	   *writable = ak_core_json_array();

	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];

		if (is_sensitive(field))
			continue;
		ak_core_json_push(list, field_schema(field, fields->items[i]));
		if (is_writable(field))
			ak_core_json_push(writable, ak_core_json_string(field->name));
	}
	ak_core_json_put(out, "fields", list);
	ak_core_json_put(out, "writable_fields", writable);
}

/* ---- relations, from both ends ---- */

static AkJson *
relation_schema(const AkJson *source, const char *model_key, const char *direction, bool many)
{
	AkJson	   *out = ak_core_json_object();

	move(out, "name", source, "name");
	move(out, "model", source, model_key);
	ak_core_json_put(out, "direction", ak_core_json_string(direction));
	ak_core_json_put(out, "many", ak_core_json_bool(many));
	move(out, "description", source, "ai_description");
	return out;
}

static void
put_forward(const AkModel *model, const AkJson *fields, AkJson *list)
{
	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];

		if (field->type->relation && !is_sensitive(field) &&
			known_model(model, ak_core_json_get(fields->items[i], "to")) != NULL)
			ak_core_json_push(list, relation_schema(fields->items[i], "to", "forward", field->column == NULL && field->parts == NIL));
	}
}

static void
put_reverse(const AkModel *model, const AkJson *related, AkJson *list)
{
	for (int i = 0; related && i < related->size; i++)
	{
		const AkJson *relation = related->items[i];
		AkModel    *source = known_model(model, ak_core_json_get(relation, "model"));
		AkField    *field = source ? ak_model_field(source, ak_core_json_get_string(relation, "field")) : NULL;

		if (field != NULL && !is_sensitive(field))
			ak_core_json_push(list, relation_schema(relation, "model", "reverse",
													ak_core_json_get_bool(relation, "many", true)));
	}
}

/* ---- the whole ---- */

static AkJson *
usual_permissions(void)
{
	AkJson	   *list = ak_core_json_array();

	ak_core_json_push(list, ak_core_json_string("read"));
	ak_core_json_push(list, ak_core_json_string("write"));
	ak_core_json_push(list, ak_core_json_string("delete"));
	return list;
}

static AkJson *
model_schema(const AkModel *model)
{
	AkJson	   *described = ak_model_describe(model);
	AkJson	   *relations = ak_core_json_array();
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "model", ak_core_json_string(model->label));
	move(out, "name", model->meta, "ai_name");
	move(out, "description", model->meta, "ai_description");
	if (ak_core_json_get(out, "description") == NULL)
		move(out, "description", described, "comment");
	move(out, "table", described, "table");
	move(out, "primary_key", described, "primary_key");
	ak_core_json_put(out, "permissions", usual_permissions());
	move(out, "permissions", model->meta, "ai_permissions");
	move(out, "examples", model->meta, "ai_examples");
	put_fields(model, described, out);
	put_forward(model, ak_core_json_get(described, "fields"), relations);
	put_reverse(model, ak_core_json_get(described, "related"), relations);
	ak_core_json_put(out, "relations", relations);
	return out;
}

/* ai_schema(model) → json */
Datum
ak_model_ai_schema(PG_FUNCTION_ARGS)
{
	AkModel    *model = ak_model_resolve(ak_model_registry(), ak_core_arg_cstring(fcinfo, 0, "model"));

	if (!is_exposed(model))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("model \"%s\" is not exposed to agents", model->label),
				 errhint("Its option \"ai_agent_exposed\" is false.")));
	PG_RETURN_TEXT_P(ak_core_json_to_text(model_schema(model)));
}

/* ai_schemas() → json list of the exposed models the caller may use, by name. */
Datum
ak_model_ai_schemas(PG_FUNCTION_ARGS)
{
	AkRegistry *registry = ak_model_registry();
	AkJson	   *list = ak_core_json_array();

	for (int i = 0; i < registry->nmodels; i++)
		if (is_exposed(registry->models[i]) && is_usable(registry->models[i]))
			ak_core_json_push(list, model_schema(registry->models[i]));
	PG_RETURN_TEXT_P(ak_core_json_to_text(list));
}
