/*
 * custom_change.c
 *		create_field_type(), alter_field_type(), drop_field_type(): the operations
 *		on field types of one's own.
 *
 * A type has no owner: whoever may create in its schema may make, change and
 * drop it, as with abstract models.  A change makes a new version, and the
 * ones before stay beside it in the same row: a field is of the version that
 * it was made under until it is altered.  What can be wrong with a definition
 * is found by making a field of it that no table has.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/regproc.h"

#include "model/custom_type.h"

PG_FUNCTION_INFO_V1(ak_model_create_field_type);
PG_FUNCTION_INFO_V1(ak_model_alter_field_type);
PG_FUNCTION_INFO_V1(ak_model_drop_field_type);

#define NAME(text) DirectFunctionCall1(namein, CStringGetDatum(text))
#define TEXT(text) CStringGetTextDatum(text)
#define JSON(value) PointerGetDatum(ak_core_json_to_text(value))

static void
bad_type(const char *message)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("%s", message)));
}

/* ---- the shape of a definition ---- */

static void
check_type_name(const char *name)
{
	ak_core_check_identifier(name, "name of a field type");
	if (strpbrk(name, ".\"") != NULL || strstr(name, "__") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" cannot be the name of a field type", name),
				 errdetail("It holds no dot, no quote and no two underscores in a row.")));
}

typedef struct AkMember
{
	const char *name;
	AkJsonKind	kind;			/* AK_JSON_NULL: any */
} AkMember;

static const AkMember members[] = {
	{"defaults", AK_JSON_OBJECT},
	{"fixed", AK_JSON_ARRAY},
	{"options", AK_JSON_OBJECT},
	{"check", AK_JSON_STRING},
	{"checks", AK_JSON_OBJECT},
	{"validators", AK_JSON_NULL},
	{"normalize", AK_JSON_NULL},
	{"error_messages", AK_JSON_OBJECT},
	{"from_external", AK_JSON_STRING},
	{"to_external", AK_JSON_STRING},
	{"help_text", AK_JSON_STRING},
	{"base_version", AK_JSON_NUMBER},
};

static void
check_members(const AkJson *definition, const char *name)
{
	for (int i = 0; i < definition->size; i++)
	{
		List	   *names = NIL;
		bool		known = false;

		for (int j = 0; j < lengthof(members); j++)
		{
			names = lappend(names, unconstify(char *, members[j].name));
			if (strcmp(members[j].name, definition->keys[i]) != 0)
				continue;
			known = true;
			if (members[j].kind != AK_JSON_NULL)
				(void) ak_core_json_expect(definition->items[i], members[j].kind,
										   psprintf("member \"%s\" of the definition", members[j].name));
		}
		if (!known)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("the definition of type \"%s\" has no member \"%s\"", name, definition->keys[i]),
					 ak_core_hint_nearest(definition->keys[i], names)));
	}
}

/* A description of an option: {"type": …, "default": …, "required": …, "choices": […]} */
static void
check_description(const char *option, const AkJson *description)
{
	static const char *const kinds[] = {"number", "integer", "string", "boolean", "list"};
	List	   *known = NIL;
	const AkJson *choices;
	const char *type;
	bool		found = false;

	ak_core_json_expect(description, AK_JSON_OBJECT, psprintf("option \"%s\"", option));
	for (int i = 0; i < description->size; i++)
		if (strcmp(description->keys[i], "type") != 0 && strcmp(description->keys[i], "default") != 0 &&
			strcmp(description->keys[i], "required") != 0 && strcmp(description->keys[i], "choices") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("option \"%s\" has no member \"%s\"", option, description->keys[i]),
					 errhint("An option has \"type\", \"default\", \"required\" and \"choices\".")));
	type = ak_core_json_get_string(description, "type");
	(void) ak_core_json_get_bool(description, "required", false);
	choices = ak_core_json_get(description, "choices");
	if (choices != NULL)
		ak_core_json_expect(choices, AK_JSON_ARRAY, psprintf("\"choices\" of option \"%s\"", option));
	for (int i = 0; i < lengthof(kinds); i++)
	{
		known = lappend(known, unconstify(char *, kinds[i]));
		found = found || type == NULL || strcmp(type, kinds[i]) == 0;
	}
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("option \"%s\" has unknown type \"%s\"", option, type),
				 ak_core_hint_nearest(type, known)));
}

static bool
is_reserved(const char *option)
{
	ListCell   *cell;

	foreach(cell, ak_model_common_options())
		if (strcmp(lfirst(cell), option) == 0)
			return true;
	return strcmp(option, "value") == 0 || strcmp(option, "type_version") == 0;
}

static void
check_options(const AkJson *options)
{
	for (int i = 0; options && i < options->size; i++)
	{
		ak_core_check_identifier(options->keys[i], "option name");
		if (is_reserved(options->keys[i]))
			bad_type(psprintf("\"%s\" cannot be an option of a type, because it is one of every field", options->keys[i]));
		check_description(options->keys[i], options->items[i]);
	}
}

/* Only what has a default can be fixed. */
static void
check_fixed(const AkJson *definition)
{
	const AkJson *fixed = ak_core_json_get(definition, "fixed");
	const AkJson *defaults = ak_core_json_get(definition, "defaults");

	for (int i = 0; fixed && i < fixed->size; i++)
	{
		ak_core_json_expect(fixed->items[i], AK_JSON_STRING, "a member of \"fixed\"");
		if (defaults == NULL || ak_core_json_get(defaults, fixed->items[i]->text) == NULL)
			bad_type(psprintf("\"fixed\" names \"%s\", which is not among the \"defaults\"", fixed->items[i]->text));
	}
}

static void
check_checks(const AkJson *checks)
{
	for (int i = 0; checks && i < checks->size; i++)
	{
		ak_core_check_identifier(checks->keys[i], "name of a rule");
		ak_core_json_expect(checks->items[i], AK_JSON_STRING, psprintf("rule \"%s\"", checks->keys[i]));
	}
}

/* One or two names as SQL writes them. */
static void
check_function_name(const AkJson *definition, const char *part)
{
	const AkJson *name = ak_core_json_get(definition, part);

	if (name != NULL && list_length(ak_qualified_name(name->text)) > 2)
		bad_type(psprintf("\"%s\" must be the name of a function, not \"%s\"", part, name->text));
}

static void
check_shape(const char *name, const AkJson *definition)
{
	ak_core_json_expect(definition, AK_JSON_OBJECT, "argument \"definition\"");
	check_members(definition, name);
	check_options(ak_core_json_get(definition, "options"));
	check_fixed(definition);
	check_checks(ak_core_json_get(definition, "checks"));
	check_function_name(definition, "from_external");
	check_function_name(definition, "to_external");
}

static const AkJson *
parse_column(const char *text, const char *column)
{
	AkJson	   *value = ak_core_json_parse(text, strlen(text), psprintf("column \"%s\"", column));

	return ak_core_json_expect(value, AK_JSON_OBJECT, psprintf("column \"%s\"", column));
}

void
ak_model_check_field_type_row(const char *name, const char *base, const char *definition, const char *earlier)
{
	const AkJson *versions = parse_column(earlier, "earlier");

	check_type_name(name);
	if (*base == '\0' || strlen(base) >= 2 * NAMEDATALEN)
		bad_type(psprintf("\"%s\" cannot be the base of a type", base));
	check_shape(name, parse_column(definition, "definition"));
	for (int i = 0; i < versions->size; i++)
	{
		AkJson	   *before = ak_core_json_get(versions->items[i], "definition");

		ak_core_json_expect(versions->items[i], AK_JSON_OBJECT, "an earlier version");
		(void) ak_core_json_get_string(versions->items[i], "base");
		check_shape(name, before ? before : ak_core_json_null());
	}
}

/* ---- a field to try ---- */

/* An Enum is no column before it has choices. */
static void
complete_trial(const AkCustomType *custom, AkJson *object)
{
	const AkFieldType *root = custom->base;

	while (root->custom != NULL)
		root = root->custom->base;
	if (strcmp(root->name, "Generated") == 0)
		bad_type("\"Generated\" cannot be the base of a type");
	if (strcmp(root->name, "Enum") == 0 && ak_core_json_get(ak_model_with_type_options(&(AkFieldDef) {
		.name = "value", .type = &custom->type}, ak_core_json_object()), "choices") == NULL)
	{
		AkJson	   *choices = ak_core_json_array();

		ak_core_json_push(choices, ak_core_json_string("value"));
		ak_core_json_put(object, "choices", choices);
	}
}

/* Puts what came of the field's options in the place of what was given: functions have got their schemas. */
static void
take_back(const AkFieldDef *field, AkJson *definition)
{
	static const char *const parts[] = {"validators", "normalize"};

	for (int i = 0; i < lengthof(parts); i++)
		if (ak_core_json_get(definition, parts[i]) != NULL && ak_core_json_get(field->options, parts[i]) != NULL)
			ak_core_json_put(definition, parts[i], ak_core_json_get(field->options, parts[i]));
}

/* Defines a field of the type that no table has: raises what is wrong with the definition. */
static void
try_type(AkCustomType *custom)
{
	AkModelDef	model = {.app = custom->app, .name = "Model", .table = "models", .meta = ak_core_json_object()};
	AkJson	   *object = ak_core_json_object();
	AkFieldDef *field;

	ak_core_json_put(object, "type", ak_core_json_string(custom->type.name));
	custom->trial = true;
	complete_trial(custom, object);
	field = ak_model_define_field_of(&model, "value", &custom->type, object);
	model.fields = list_make1(field);
	ak_model_define_options(field);
	ak_model_check_default(field);
	take_back(field, custom->definition);
}

/* The definition as it is kept: functions by the names under which they are found again. */
static AkJson *
kept_definition(const char *app, const AkJson *definition)
{
	static const char *const functions[] = {"from_external", "to_external"};
	AkJson	   *kept = ak_core_json_copy(definition);

	for (int i = 0; i < lengthof(functions); i++)
	{
		const AkJson *name = ak_core_json_get(kept, functions[i]);

		if (name != NULL)
			ak_core_json_put(kept, functions[i],
							 ak_core_json_string(ak_model_kept_function(app, functions[i], name->text)));
	}
	return kept;
}

/* The base as it is kept, and in the definition its version. */
static char *
kept_base(const char *base, AkJson *definition)
{
	const AkFieldType *type = ak_model_find_type(base);

	if (type == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("unknown type \"%s\"", base),
				 ak_core_hint_nearest(base, ak_model_type_names())));
	if (type->relation)
		bad_type(psprintf("\"%s\" cannot be the base of a type, because it is a relation", type->name));
	if (type->custom != NULL && ak_core_json_get(definition, "base_version") == NULL)
		ak_core_json_put(definition, "base_version", ak_core_json_integer(type->custom->version));
	return unconstify(char *, type->name);
}

static void
check_new_options(const AkCustomType *custom)
{
	const AkJson *own = ak_model_type_part(custom, "options");

	for (int i = 0; own && i < own->size; i++)
		for (int j = 0; custom->base->options && custom->base->options[j]; j++)
			if (strcmp(custom->base->options[j], own->keys[i]) == 0)
				bad_type(psprintf("\"%s\" cannot be an option of the type, because it is one of its base \"%s\"",
								  own->keys[i], custom->base->name));
}

/* Everything that can be wrong with a version of a type. */
static void
check_type(const char *app, const char *name, int version, const char *base, AkJson *definition)
{
	AkCustomType *custom = ak_model_build_custom_type(ak_model_registry(), app, name, version, base, definition);

	if (!ak_model_resolve_custom_type(ak_model_registry(), custom))
		bad_type(psprintf("the base \"%s\" of type \"%s\" is not there", base, custom->type.name));
	check_new_options(custom);
	ak_model_check_type_defaults(custom);
	try_type(custom);
}

/* ---- what an operation is about ---- */

static const AkCustomType *
operated_type(const AkJson *op)
{
	const char *name = ak_model_op_word(op, "name");
	const AkFieldType *type;

	ak_model_lock_field_types(ExclusiveLock);
	type = ak_model_find_custom_type(name, 0);
	if (type == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("field type \"%s\" does not exist", name),
				 ak_core_hint_nearest(name, ak_model_custom_type_names())));
	if (strcmp(type->custom->app, "aksara") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("field type \"%s\" is one of the extension", type->name),
				 errhint("Make a type of your own of it.")));
	ak_model_require_abstract_rights(type->custom->app);
	return type->custom;
}

static AkJson *
type_operation(const char *op, const char *name)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "op", ak_core_json_string(op));
	ak_core_json_put(out, "name", ak_core_json_string(name));
	return out;
}

/* The versions before the newest, {"1": {"base": …, "definition": …}}; those below `version` only. */
static AkJson *
versions_below(const AkCustomType *custom, int version)
{
	AkJson	   *earlier = ak_core_json_object();
	ListCell   *cell;

	foreach(cell, ak_model_registry()->custom_types)
	{
		const AkCustomType *one = lfirst(cell);
		AkJson	   *entry = ak_core_json_object();

		if (one->version >= version || strcmp(one->type.name, custom->type.name) != 0)
			continue;
		ak_core_json_put(entry, "base", ak_core_json_string(one->base_name));
		ak_core_json_put(entry, "definition", one->definition);
		ak_core_json_put(earlier, psprintf("%d", one->version), entry);
	}
	return earlier;
}

static AkJson *
given_definition(const AkJson *op)
{
	AkJson	   *definition = ak_core_json_get(op, "definition");

	return definition ? definition : ak_core_json_object();
}

/* ---- create ---- */

/* Where it is to be, and that there is none of the kind. */
static void
place_type(const AkJson *op, char **app, char **name)
{
	if (!ak_model_split_name(ak_model_op_word(op, "name"), app, name))
		*app = ak_core_creation_schema();
	ak_model_check_app(*app);
	check_type_name(*name);
	ak_model_require_abstract_rights(*app);
	if (ak_model_find_built_in_type(*name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("\"%s\" is a type that is built in", *name)));
}

AkJson *
ak_model_op_create_field_type(const AkJson *op)
{
	static const Oid types[] = {NAMEOID, TEXTOID, INT4OID, TEXTOID, JSONOID, JSONOID};
	const AkJson *earlier = ak_core_json_get(op, "earlier");
	int			version = ak_core_json_get_integer(op, "version", 1);
	AkJson	   *definition = given_definition(op);
	const char *base;
	char	   *app;
	char	   *name;

	ak_model_lock_field_types(RowShareLock);
	place_type(op, &app, &name);
	check_shape(name, definition);
	definition = kept_definition(app, definition);
	base = kept_base(ak_model_op_word(op, "base"), definition);
	check_type(app, name, version, base, definition);
	if (earlier != NULL)
		ak_model_check_field_type_row(name, base, "{}", ak_core_json_to_cstring(earlier));
	if (ak_core_registry_write("INSERT INTO aksara.field_type (app, name, version, base, definition, earlier)"
							   " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING", lengthof(types), types,
							   (Datum[]) {NAME(app), TEXT(name), Int32GetDatum(version), TEXT(base), JSON(definition),
										  JSON(earlier ? earlier : ak_core_json_object())}, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("field type \"%s.%s\" already exists", app, name)));
	ak_model_reconcile_field_types();
	return NULL;
}

AkJson *
ak_model_reverse_create_field_type(const AkJson *op)
{
	const char *name = ak_model_op_word(op, "name");

	return type_operation("drop_field_type",
						  strchr(name, '.') ? name : psprintf("%s.%s", ak_core_creation_schema(), name));
}

/* ---- alter ---- */

static bool
is_later(const AkCustomType *type, int version)
{
	return type->version > version;
}

/* The fields of a type, and the types it is the base of, from a version on: what they are, for DETAIL; NULL: none. */
static char *
users_of(const AkCustomType *custom, int version)
{
	AkRegistry *registry = ak_model_registry();
	StringInfoData list;
	ListCell   *cell;

	initStringInfo(&list);
	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			const AkField *field = registry->models[i]->fields[j];

			if (field->type->custom != NULL && strcmp(field->type->name, custom->type.name) == 0 &&
				is_later(field->type->custom, version))
				appendStringInfo(&list, "%sfield \"%s\" of model \"%s\"", list.len ? ", " : "", field->name,
								 field->model->label);
		}
	foreach(cell, registry->custom_types)
	{
		const AkCustomType *other = lfirst(cell);

		if (other->base != NULL && other->base->custom != NULL &&
			strcmp(other->base->name, custom->type.name) == 0 && is_later(other->base->custom, version))
			appendStringInfo(&list, "%stype \"%s\"", list.len ? ", " : "", other->type.name);
	}
	return list.len ? list.data : NULL;
}

static void
refuse_in_use(const AkCustomType *custom, int version, const char *what)
{
	char	   *users = users_of(custom, version);

	if (users != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("%s of field type \"%s\" is in use", what, custom->type.name),
				 errdetail("It is that of %s.", users),
				 errhint("Give them another type by alter_field() first.")));
}

static void
store_version(const AkCustomType *custom, int version, const char *base, const AkJson *definition)
{
	static const Oid types[] = {NAMEOID, TEXTOID, INT4OID, TEXTOID, JSONOID, JSONOID};

	ak_core_registry_write("UPDATE aksara.field_type SET version = $3, base = $4, definition = $5, earlier = $6"
						   " WHERE app = $1 AND name = $2", lengthof(types), types,
						   (Datum[]) {NAME(custom->app), TEXT(custom->bare), Int32GetDatum(version), TEXT(base),
									  JSON(definition), JSON(versions_below(custom, version))}, NULL);
}

/* Back to a version before, where nothing is of a later one. */
static void
go_back(const AkCustomType *custom, int version)
{
	const AkCustomType *before = ak_model_custom_of(ak_model_registry(), custom->app, custom->bare, version);

	if (before == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("field type \"%s\" has no version %d", custom->type.name, version)));
	refuse_in_use(custom, version, "a later version");
	store_version(custom, version, before->base_name, before->definition);
}

AkJson *
ak_model_op_alter_field_type(const AkJson *op)
{
	const AkCustomType *custom = operated_type(op);
	int			version = ak_core_json_get_integer(op, "version", 0);
	AkJson	   *definition = given_definition(op);
	const char *base = ak_core_json_get_string(op, "base");

	if (version > 0)
	{
		go_back(custom, version);
		return NULL;
	}
	check_shape(custom->bare, definition);
	definition = kept_definition(custom->app, definition);
	base = kept_base(base ? base : custom->base_name, definition);
	if (strcmp(base, custom->type.name) == 0)
		bad_type(psprintf("type \"%s\" cannot be its own base", base));
	check_type(custom->app, custom->bare, custom->version + 1, base, definition);
	store_version(custom, custom->version + 1, base, definition);
	return NULL;
}

AkJson *
ak_model_reverse_alter_field_type(const AkJson *op)
{
	const AkCustomType *custom = operated_type(op);
	AkJson	   *reverse = type_operation("alter_field_type", custom->type.name);
	int			version = ak_core_json_get_integer(op, "version", 0);

	if (version == 0)
	{
		ak_core_json_put(reverse, "version", ak_core_json_integer(custom->version));
		return reverse;
	}
	ak_core_json_put(reverse, "base", ak_core_json_string(custom->base_name));
	ak_core_json_put(reverse, "definition", custom->definition);
	return reverse;
}

/* ---- drop ---- */

AkJson *
ak_model_op_drop_field_type(const AkJson *op)
{
	static const Oid types[] = {NAMEOID, TEXTOID};
	const AkCustomType *custom = operated_type(op);

	refuse_in_use(custom, 0, "a version");
	ak_core_registry_write("DELETE FROM aksara.field_type WHERE app = $1 AND name = $2", lengthof(types), types,
						   (Datum[]) {NAME(custom->app), TEXT(custom->bare)}, NULL);
	return NULL;
}

AkJson *
ak_model_reverse_drop_field_type(const AkJson *op)
{
	const AkCustomType *custom = operated_type(op);
	AkJson	   *reverse = type_operation("create_field_type", custom->type.name);

	ak_core_json_put(reverse, "base", ak_core_json_string(custom->base_name));
	ak_core_json_put(reverse, "definition", custom->definition);
	ak_core_json_put(reverse, "version", ak_core_json_integer(custom->version));
	ak_core_json_put(reverse, "earlier", versions_below(custom, custom->version));
	return reverse;
}

/* ---- following schemas ---- */

void
ak_model_reconcile_field_types(void)
{
	static const char *const statements[] = {
		/* pg_upgrade gives schemas other oids. */
		"UPDATE aksara.field_type_oid o SET schema = n.oid FROM pg_namespace n"
		" WHERE n.nspname = o.app AND n.oid <> o.schema",

		"DELETE FROM aksara.field_type t USING aksara.field_type_oid o"
		" WHERE o.app = t.app AND o.name = t.name"
		" AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.oid = o.schema)",

		"UPDATE aksara.field f SET kind = n.nspname || '.' || o.name FROM aksara.field_type_oid o, pg_namespace n"
		" WHERE n.oid = o.schema AND n.nspname <> o.app AND f.kind = o.app || '.' || o.name",

		"UPDATE aksara.field_type t SET base = n.nspname || '.' || o.name FROM aksara.field_type_oid o, pg_namespace n"
		" WHERE n.oid = o.schema AND n.nspname <> o.app AND t.base = o.app || '.' || o.name",

		"UPDATE aksara.field_type t SET app = n.nspname FROM aksara.field_type_oid o, pg_namespace n"
		" WHERE o.app = t.app AND o.name = t.name AND n.oid = o.schema AND n.nspname <> t.app",

		"INSERT INTO aksara.field_type_oid (app, name, schema)"
		" SELECT t.app, t.name, n.oid FROM aksara.field_type t, pg_namespace n"
		" WHERE n.nspname = t.app"
		" AND NOT EXISTS (SELECT FROM aksara.field_type_oid o WHERE o.app = t.app AND o.name = t.name)"
		" ON CONFLICT DO NOTHING",
	};

	for (int i = 0; i < lengthof(statements); i++)
		ak_core_registry_write(statements[i], 0, NULL, NULL, NULL);
}

/* ---- SQL ---- */

/* create_field_type(name, base, definition) */
Datum
ak_model_create_field_type(PG_FUNCTION_ARGS)
{
	AkJson	   *op = type_operation("create_field_type", ak_core_arg_cstring(fcinfo, 0, "name"));

	ak_core_json_put(op, "base", ak_core_json_string(ak_core_arg_cstring(fcinfo, 1, "base")));
	ak_core_json_put(op, "definition", ak_core_arg_json(fcinfo, 2, "definition"));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* alter_field_type(name, definition) → the new version. */
Datum
ak_model_alter_field_type(PG_FUNCTION_ARGS)
{
	AkJson	   *op = type_operation("alter_field_type", ak_core_arg_cstring(fcinfo, 0, "name"));

	ak_core_json_put(op, "definition", ak_core_arg_json(fcinfo, 1, "definition"));
	ak_model_apply(op);
	PG_RETURN_INT32(operated_type(op)->version);
}

/* drop_field_type(name) */
Datum
ak_model_drop_field_type(PG_FUNCTION_ARGS)
{
	ak_model_apply(type_operation("drop_field_type", ak_core_arg_cstring(fcinfo, 0, "name")));
	PG_RETURN_VOID();
}
