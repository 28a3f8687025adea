/*
 * abstract.c
 *		Bases: models without a table, whose fields and options others take.
 *
 * Taking is copying: what is later done to a base changes no model.  Where
 * two bases have a field of one name the first one counts; the model's own
 * definition replaces it in its place, and null leaves it out.  In names of
 * accessors, constraints and indexes %(class)s stands for the model's name in
 * lower case and %(app_label)s for its app.  Whoever may create in the schema
 * may define and drop a base, because it has no owner.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "catalog/pg_collation.h"

#include "model/internal.h"

/* The model that takes. */
typedef struct AkHeir
{
	const char *app;
	const char *name;
} AkHeir;

void
ak_model_require_abstract_rights(const char *app)
{
	Oid			schema = get_namespace_oid(app, false);

	if (!ak_schema_usable(schema, ACL_CREATE))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA, app);
}

/* ---- copying ---- */

static char *
replace(const char *text, const char *what, const char *with)
{
	StringInfoData out;
	const char *found;

	initStringInfo(&out);
	while ((found = strstr(text, what)) != NULL)
	{
		appendBinaryStringInfo(&out, text, found - text);
		appendStringInfoString(&out, with);
		text = found + strlen(what);
	}
	appendStringInfoString(&out, text);
	return out.data;
}

static char *
named_for(const AkHeir *heir, const char *text)
{
	char	   *lower = str_tolower(heir->name, strlen(heir->name), C_COLLATION_OID);

	return replace(replace(text, "%(class)s", lower), "%(app_label)s", heir->app);
}

char *
ak_model_own_name(const AkModelDef *def, char *text)
{
	AkHeir		heir = {.app = def->app, .name = def->name};

	return def->abstract || text == NULL ? text : named_for(&heir, text);
}

/* The object with its member, if that is a text, made the heir's. */
static AkJson *
with_own_name(const AkHeir *heir, AkJson *object, const char *key)
{
	const AkJson *name = object->kind == AK_JSON_OBJECT ? ak_core_json_get(object, key) : NULL;

	if (name == NULL || name->kind != AK_JSON_STRING)
		return object;
	object = ak_core_json_copy(object);
	ak_core_json_put(object, key, ak_core_json_string(named_for(heir, name->text)));
	return object;
}

/* A model named in a base is the base's neighbour first. */
static void
qualify_model(AkJson *definition, const AkModel *base, const char *key)
{
	AkJson	   *to = ak_core_json_get(definition, key);

	if (to != NULL && to->kind == AK_JSON_STRING && strchr(to->text, '.') == NULL &&
		ak_model_find(base->registry, base->app, to->text) != NULL)
		ak_core_json_put(definition, key, ak_core_json_string(psprintf("%s.%s", base->app, to->text)));
}

static void
take_fields(const AkHeir *heir, const AkModel *base, AkJson *out)
{
	for (int i = 0; i < base->nfields; i++)
	{
		AkField    *field = base->fields[i];
		AkJson	   *definition = ak_core_json_copy(ak_model_registered_definition(field));

		if (ak_core_json_get(out, field->name) != NULL)
			continue;
		if (field->type->relation)
		{
			qualify_model(definition, base, "to");
			qualify_model(definition, base, "through");
		}
		ak_core_json_put(out, field->name, with_own_name(heir, definition, "related_name"));
	}
}

/* Options that are a model's own are not passed on. */
static bool
is_passed_on(const char *option)
{
	static const char *const own[] = {
		"abstract", "extends", "table_name", "verbose_name", "verbose_name_plural", "comment", "ai_name", NULL
	};

	for (int i = 0; own[i]; i++)
		if (strcmp(own[i], option) == 0)
			return false;
	return true;
}

static AkJson *
own_names(const AkHeir *heir, const AkJson *list)
{
	AkJson	   *out = ak_core_json_array();

	for (int i = 0; i < list->size; i++)
		ak_core_json_push(out, with_own_name(heir, list->items[i], "name"));
	return out;
}

static void
take_meta(const AkHeir *heir, const AkModel *base, AkJson *out)
{
	for (int i = 0; i < base->meta->size; i++)
	{
		const char *option = base->meta->keys[i];
		AkJson	   *value = base->meta->items[i];

		if (!is_passed_on(option) || ak_core_json_get(out, option) != NULL)
			continue;
		if (strcmp(option, "constraints") == 0 || strcmp(option, "indexes") == 0 ||
			strcmp(option, "rules") == 0)
			value = own_names(heir, value);
		ak_core_json_put(out, option, value);
	}
}

/* ---- the bases ---- */

static const AkModel *
find_base(const char *name)
{
	AkModel    *base = ak_model_lookup(ak_model_registry(), name);

	if (base == NULL)
		base = ak_model_resolve(ak_model_registry(), name); /* raises */
	if (!base->abstract)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("model \"%s\" cannot be extended because it is not abstract", base->label),
				 errhint("Define the common fields as a model with \"abstract\": true.")));
	return base;
}

void
ak_model_extend(const char *app, const char *name, const AkJson **fields, AkJson **meta)
{
	const AkJson *bases = ak_core_json_get(*meta, "extends");
	AkHeir		heir = {.app = app, .name = name};
	AkJson	   *all_fields = ak_core_json_object();
	AkJson	   *all_meta = ak_core_json_copy(*meta);
	const AkJson *own = *fields;

	if (bases == NULL)
		return;
	for (int i = 0; i < bases->size; i++)
	{
		const AkModel *base = find_base(bases->items[i]->text);

		take_fields(&heir, base, all_fields);
		take_meta(&heir, base, all_meta);
	}
	for (int i = 0; i < own->size; i++)
	{
		bool		inherited = ak_core_json_get(all_fields, own->keys[i]) != NULL;

		if (inherited && own->items[i]->kind == AK_JSON_NULL)
			ak_core_json_remove(all_fields, own->keys[i]);
		else
			ak_core_json_put(all_fields, own->keys[i], own->items[i]);
	}
	*fields = all_fields;
	*meta = all_meta;
}
