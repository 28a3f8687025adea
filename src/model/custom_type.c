/*
 * custom_type.c
 *		A field of a type of one's own: its options, its column, its rules.
 *
 * The type's defaults stand in the field's options as if they had been
 * written there, and are registered with them; so does the version of the
 * type that the field was made under.  A rule of the type is an expression
 * over `value` and the names of its options; each becomes a CHECK of the
 * field's table, in which these are the column and constants.  It is analysed
 * with search_path set to pg_catalog and the type's schema, so it means the
 * same in every session.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "model/custom_type.h"

bool
ak_model_is_stand_in(const AkFieldType *type)
{
	return type->custom != NULL && type->custom->gone;
}

/* ---- which type, in which version ---- */

/* Until the end of the transaction: what makes fields of made types shares it, what changes or drops types does not. */
void
ak_model_lock_field_types(LOCKMODE mode)
{
	LockDatabaseObject(RelationRelationId, ak_core_table("field_type"), 0, mode);
}

/* The field as the registry has it; NULL: it is a new one. */
static const AkField *
registered_field(const AkFieldDef *def)
{
	AkModel    *model = ak_model_find(ak_model_registry(), def->model->app, def->model->name);

	for (int i = 0; model && i < model->nfields; i++)
		if (strcmp(model->fields[i]->name, def->name) == 0)
			return model->fields[i];
	return NULL;
}

/* The kind that stands in for a type that is gone, where the model has such a field. */
static const AkFieldType *
stand_in_of(const AkFieldDef *def, const char *word)
{
	const AkField *field = registered_field(def);

	return field != NULL && ak_model_is_stand_in(field->type) && strcmp(field->type->name, word) == 0
		? field->type : NULL;
}

const AkFieldType *
ak_model_type_of_definition(const AkFieldDef *def, const char *word, const AkJson *definition)
{
	const AkFieldType *type = ak_model_find_built_in_type(word);
	int64		version;

	if (type != NULL)
		return type;
	if (!def->model->registered)
		ak_model_lock_field_types(RowShareLock);
	version = ak_core_json_get_integer(definition, "type_version", 0);
	type = ak_model_find_custom_type(word, version);
	if (type == NULL && version > 0 && (type = ak_model_find_custom_type(word, 0)) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("type \"%s\" of field \"%s\" has no version " INT64_FORMAT, type->name, def->name, version),
				 errhint("Its newest version is %d.", type->custom->newest)));
	return type ? type : stand_in_of(def, word);
}

/* ---- options ---- */

static void
bad_option(const AkFieldDef *def, const char *option, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("option \"%s\" of field \"%s\" %s", option, def->name, problem),
			 errdetail("The field is of type \"%s\".", def->type->name)));
}

static bool
is_whole(const char *number)
{
	return strspn(number, "-0123456789") == strlen(number);
}

/* Is the value what the option's description says it has to be? */
static bool
is_of_type(const AkJson *value, const char *type)
{
	if (type == NULL)
		return true;
	if (strcmp(type, "number") == 0)
		return value->kind == AK_JSON_NUMBER;
	if (strcmp(type, "integer") == 0)
		return value->kind == AK_JSON_NUMBER && is_whole(value->text);
	if (strcmp(type, "boolean") == 0)
		return value->kind == AK_JSON_BOOL;
	if (strcmp(type, "list") == 0)
		return value->kind == AK_JSON_ARRAY;
	return value->kind == AK_JSON_STRING;
}

static void
check_option(const AkFieldDef *def, const char *name, const AkJson *description, const AkJson *value)
{
	const char *type = ak_core_json_get_string(description, "type");
	const AkJson *choices = ak_core_json_get(description, "choices");
	bool		found = choices == NULL;

	if (!is_of_type(value, type))
		bad_option(def, name, psprintf("must be %s %s", type[0] == 'i' ? "an" : "a", type));
	for (int i = 0; choices && i < choices->size; i++)
		found = found || ak_core_json_equal(choices->items[i], value);
	if (!found)
		bad_option(def, name, psprintf("must be one of %s", ak_core_json_to_cstring(choices)));
}

static bool
is_given(const AkJson *options, const char *name)
{
	const AkJson *value = ak_core_json_get(options, name);

	return value != NULL && value->kind != AK_JSON_NULL;
}

/* The options of the type's own, each checked, or its default. */
static void
take_own_options(const AkFieldDef *def, AkJson *options)
{
	const AkCustomType *custom = def->type->custom;

	for (int i = 0; i < custom->own->size; i++)
	{
		const char *name = custom->own->keys[i];
		const AkJson *description = custom->own->items[i];
		AkJson	   *otherwise = ak_core_json_get(description, "default");

		if (!is_given(options, name) && otherwise != NULL && otherwise->kind != AK_JSON_NULL)
			ak_core_json_put(options, name, otherwise);
		if (is_given(options, name))
			check_option(def, name, description, ak_core_json_get(options, name));
		else if (!custom->trial && ak_core_json_get_bool(description, "required", false))
			bad_option(def, name, "is required");
	}
}

static bool
is_fixed(const AkCustomType *custom, const char *option)
{
	const AkJson *fixed = ak_core_json_get(custom->definition, "fixed");

	for (int i = 0; fixed && i < fixed->size; i++)
		if (fixed->items[i]->kind == AK_JSON_STRING && strcmp(fixed->items[i]->text, option) == 0)
			return true;
	return false;
}

/* What the field says in other words: a default in SQL, a key that takes no null. */
static bool
is_out_of_place(const AkJson *options, const char *option)
{
	return (strcmp(option, "default") == 0 && is_given(options, "db_default")) ||
		(strcmp(option, "nullable") == 0 && ak_core_json_get_bool(options, "primary_key", false));
}

/* The option that a default is of; an option of the type's own may have the name of another's other spelling. */
static const char *
option_of(const AkCustomType *custom, const char *written)
{
	for (int i = 0; custom->type.options[i]; i++)
		if (strcmp(custom->type.options[i], written) == 0)
			return written;
	return ak_model_option_name(written);
}

void
ak_model_check_type_defaults(const AkCustomType *custom)
{
	static const char *const own[] = {"type", "column", "part_of", "primary_key", "type_version"};
	const AkJson *defaults = ak_model_type_part(custom, "defaults");
	List	   *names = ak_model_common_options();

	for (int i = 0; custom->type.options[i]; i++)
		names = lappend(names, unconstify(char *, custom->type.options[i]));
	for (int i = 0; defaults && i < defaults->size; i++)
	{
		const char *option = option_of(custom, defaults->keys[i]);
		bool		known = false;
		ListCell   *cell;

		foreach(cell, names)
			known = known || strcmp(lfirst(cell), option) == 0;
		for (int j = 0; j < lengthof(own); j++)
			known = known && strcmp(own[j], option) != 0;
		if (!known)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("type \"%s\" cannot have a default for option \"%s\"", custom->type.name, defaults->keys[i]),
					 ak_core_hint_nearest(defaults->keys[i], names)));
	}
}

static void
take_defaults(const AkFieldDef *def, const AkCustomType *custom, AkJson *options)
{
	const AkJson *defaults = ak_model_type_part(custom, "defaults");

	for (int i = 0; defaults && i < defaults->size; i++)
	{
		const char *option = option_of(custom, defaults->keys[i]);
		const AkJson *given = ak_core_json_get(options, option);

		if (given != NULL && is_fixed(custom, defaults->keys[i]) && !ak_core_json_equal(given, defaults->items[i]))
			bad_option(def, option, psprintf("is fixed by its type: %s", ak_core_json_to_cstring(defaults->items[i])));
		if (given == NULL && !is_out_of_place(options, option))
			ak_core_json_put(options, option, defaults->items[i]);
	}
	if (custom->base->custom != NULL)
		take_defaults(def, custom->base->custom, options);
}

/* ---- what room validation keeps ---- */

static bool
holds(const AkJson *list, const AkJson *item)
{
	for (int i = 0; i < list->size; i++)
		if (ak_core_json_equal(list->items[i], item))
			return true;
	return false;
}

/* The members of a list that are not in it yet; a single word is a list of one. */
static void
add_members(AkJson *list, AkJson *more)
{
	if (more == NULL || more->kind == AK_JSON_NULL)
		return;
	if (more->kind != AK_JSON_ARRAY && !holds(list, more))
		ak_core_json_push(list, more);
	for (int i = 0; more->kind == AK_JSON_ARRAY && i < more->size; i++)
		if (!holds(list, more->items[i]))
			ak_core_json_push(list, more->items[i]);
}

/* The type's, then the field's own; what was registered has the type's already. */
static void
take_list(const AkCustomType *custom, const char *part, AkJson *options)
{
	AkJson	   *own = ak_core_json_get(custom->definition, part);
	AkJson	   *all = ak_core_json_array();

	if (own == NULL)
		return;
	add_members(all, own);
	add_members(all, ak_core_json_get(options, part));
	ak_core_json_put(options, part, all);
}

static void
take_messages(const AkCustomType *custom, AkJson *options)
{
	const AkJson *own = ak_model_type_part(custom, "error_messages");
	AkJson	   *given = ak_core_json_get(options, "error_messages");
	AkJson	   *all;

	if (own == NULL || (given != NULL && given->kind != AK_JSON_OBJECT))
		return;
	all = ak_core_json_copy(own);
	for (int i = 0; given && i < given->size; i++)
		ak_core_json_put(all, given->keys[i], given->items[i]);
	ak_core_json_put(options, "error_messages", all);
}

static void
take_preset(const AkCustomType *custom, AkJson *options)
{
	if (custom == NULL)
		return;
	take_list(custom, "validators", options);
	take_list(custom, "normalize", options);
	take_messages(custom, options);
	take_preset(custom->base->custom, options);
}

AkJson *
ak_model_with_type_options(const AkFieldDef *def, AkJson *options)
{
	const AkCustomType *custom = def->type->custom;

	if (custom == NULL || custom->gone)
		return options;
	take_defaults(def, custom, options);
	take_own_options(def, options);
	take_preset(custom, options);
	ak_core_json_put(options, "type_version", ak_core_json_integer(custom->version));
	return options;
}

/* ---- rules ---- */

/* The options of the field that the type itself has, null where it gives none. */
static AkJson *
named_values(const AkFieldDef *def, const AkCustomType *custom)
{
	AkJson	   *values = ak_core_json_object();

	for (int i = 0; i < custom->own->size; i++)
	{
		AkJson	   *value = ak_core_json_get(def->options, custom->own->keys[i]);

		ak_core_json_put(values, custom->own->keys[i], value ? value : ak_core_json_null());
	}
	return values;
}

static char *
rule_expression(const AkFieldDef *def, const AkCustomType *custom, const char *rule, const char *source)
{
	AkFieldDef	value = *def;
	AkModelDef	over = {
		.app = def->model->app, .name = def->model->name, .table = def->model->table, .fields = list_make1(&value)
	};
	AkExpression e = {
		.source = source,
		.what = psprintf("rule \"%s\" of type \"%s\"", rule, custom->type.name),
		.use = AK_EXPRESSION_CHECK,
		.over = &over,
		.alias = "value",
		.constants = named_values(def, custom)
	};
	int			level = NewGUCNestLevel();
	char	   *expression;

	(void) set_config_option("search_path", psprintf("pg_catalog, %s, pg_temp", ak_core_quote(custom->app)),
							 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	expression = ak_model_expression(&e);
	AtEOXact_GUC(false, level);
	return expression;
}

/* The type's name in snake case, what is no letter or digit as underscores. */
static char *
rule_name(const AkCustomType *custom)
{
	char	   *name = ak_core_snake(custom->bare);
	char	   *to = name;

	for (const char *c = name; *c; c++)
	{
		char		letter = IS_HIGHBIT_SET(*c) || isalnum((unsigned char) *c) ? *c : '_';

		if (letter != '_' || to == name || to[-1] != '_')
			*to++ = letter;
	}
	*to = '\0';
	return name;
}

static void
add_rules(AkFieldDef *def, const AkCustomType *custom)
{
	const AkJson *check = ak_core_json_get(custom->definition, "check");
	const AkJson *checks = ak_model_type_part(custom, "checks");

	if (check != NULL && check->kind == AK_JSON_STRING)
	{
		char	   *rule = rule_name(custom);

		ak_model_add_check(def, rule, "%s", rule_expression(def, custom, rule, check->text));
	}
	for (int i = 0; checks && i < checks->size; i++)
		if (checks->items[i]->kind == AK_JSON_STRING)
			ak_model_add_check(def, checks->keys[i], "%s",
							   rule_expression(def, custom, checks->keys[i], checks->items[i]->text));
}

/* ---- the column ---- */

/* A field whose type is gone has the column that it has. */
static void
define_stand_in(AkFieldDef *def)
{
	const AkField *field = registered_field(def);

	if (field == NULL || field->attnum == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("type \"%s\" of field \"%s\" does not exist, or its base does not", def->type->name, def->name)));
	def->sql_type = unconstify(char *, ak_core_type_name(field->typid, field->typmod));
}

bool
ak_model_cannot_read(const AkFieldDef *def)
{
	return def->type->custom != NULL && def->type->custom->reader != NULL && def->model->registered &&
		!ak_model_may_read(def->type->custom, def->sql_type);
}

void
ak_model_define_custom(AkFieldDef *def)
{
	const AkFieldType *type = def->type;
	const AkCustomType *custom = type->custom;
	Oid			typid;
	int32		typmod;

	if (custom->gone)
	{
		define_stand_in(def);
		return;
	}
	def->type = custom->base;
	custom->base->define(def);
	def->type = type;
	add_rules(def, custom);
	if (custom->reader == NULL && custom->writer == NULL)
		return;
	ak_core_parse_type(def->sql_type, &typid, &typmod);
	if (!def->model->registered)
		ak_model_check_type_functions(custom, def->name, typid);
	if (def->primary_key)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" of type \"%s\" cannot be the primary key", def->name, type->name),
				 errdetail("Its values have another form in documents than in the table.")));
}

bool
ak_model_read_defined(const AkFieldDef *def, const AkJson *value, AkValue *out, AkProblems *problems)
{
	AkModel		model = {.app = def->model->app, .name = def->model->name, .table = def->model->table};
	AkField		field = {
		.model = &model, .name = def->name, .json_name = def->name, .type = def->type, .options = def->options,
		.column = def->column, .collation = def->collation
	};

	ak_core_parse_type(def->sql_type, &field.typid, &field.typmod);
	if (ak_model_reads_otherwise(&field))
		return ak_model_read(&field, value, out, problems);
	return ak_model_read_typed(field.typid, field.typmod, def->name, value, out, problems);
}

/* ---- what is told of a field ---- */

void
ak_model_describe_custom(const AkField *field, AkJson *out)
{
	const AkCustomType *custom = field->type->custom;

	if (custom == NULL)
		return;
	if (custom->gone)
		ak_core_json_put(out, "type_missing", ak_core_json_bool(true));
	else
		ak_core_json_put(out, "base", ak_core_json_string(custom->base->name));
}

/* A made type that stands on nothing, or names a function that is not there. */
static void
check_type(const AkCustomType *custom, AkFindings *findings)
{
	AkModel		subject = {.label = unconstify(char *, custom->type.name)};

	if (custom->gone)
		ak_model_finding(findings, "field_type", &subject, "its base \"%s\" does not exist", custom->base_name);
	else if (custom->reader != NULL && !ak_model_has_type_function(custom->reader_app, custom->reader))
		ak_model_finding(findings, "field_type", &subject, "its function \"%s\" does not exist", custom->reader);
	else if (custom->writer != NULL && !ak_model_has_type_function(custom->writer_app, custom->writer))
		ak_model_finding(findings, "field_type", &subject, "its function \"%s\" does not exist", custom->writer);
}

void
ak_model_check_custom_types(const AkRegistry *registry, AkFindings *findings)
{
	ListCell   *cell;

	foreach(cell, registry->custom_types)
		if (((AkCustomType *) lfirst(cell))->version == ((AkCustomType *) lfirst(cell))->newest)
			check_type(lfirst(cell), findings);
}

void
ak_model_check_custom(const AkField *field, AkFindings *findings)
{
	const AkCustomType *custom = field->type->custom;

	if (custom == NULL)
		return;
	if (custom->gone)
		ak_model_finding(findings, "field", field->model, "type \"%s\" of field \"%s\" does not exist",
						 field->type->name, field->name);
	else if (custom->version != custom->newest)
		ak_model_finding(findings, "field", field->model, "field \"%s\" is of version %d of type \"%s\", which is at version %d",
						 field->name, custom->version, field->type->name, custom->newest);
}
