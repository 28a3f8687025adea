/*
 * types.c
 *		The kinds of fields that hold a value of their own: what they share, and
 *		the list of all kinds.
 *
 * A kind turns its options into a column type and CHECK constraints.  What a
 * CHECK can state is stated there, so that it holds for every writer; the
 * constraint's name is {table}_{field}_{rule} and leads back to the field.
 * Expressions name functions and operators of pg_catalog in full.
 *
 *	types_text.c	strings				types_number.c		numbers
 *	types_plain.c	times, uuid, json …	types_container.c	arrays, ranges, generated
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "model/types.h"

static List *registered = NIL;	/* of const AkFieldType *, in TopMemoryContext */
static List *options = NIL;		/* of const AkFieldOption *, likewise */

/* ---- options ---- */

static const char *const common_options[] = {
	"type", "nullable", "default", "db_default", "unique", "primary_key", "db_index", "column",
	"choices", "blank", "editable", "part_of", "help_text", "verbose_name",
	"ai_description", "ai_sensitive", "ai_visible", "ai_agent_writable",
};

List *
ak_model_common_options(void)
{
	List	   *names = NIL;
	ListCell   *cell;

	for (int i = 0; i < lengthof(common_options); i++)
		names = lappend(names, unconstify(char *, common_options[i]));
	foreach(cell, options)
		names = lappend(names, unconstify(char *, ((const AkFieldOption *) lfirst(cell))->name));
	return names;
}

void
ak_model_register_option(const AkFieldOption *option)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	options = lappend(options, unconstify(AkFieldOption *, option));
	MemoryContextSwitchTo(old);
}

/* Gives upper rooms their options, once the other fields are known too. */
void
ak_model_define_options(AkFieldDef *def)
{
	ListCell   *cell;

	foreach(cell, options)
	{
		const AkFieldOption *option = lfirst(cell);
		const AkJson *value = ak_core_json_get(def->options, option->name);

		if (value != NULL && value->kind != AK_JSON_NULL)
			ak_core_json_put(def->options, option->name, option->define(def, value));
	}
}

/* Other spellings of option names. */
static const char *const aliases[][2] = {
	{"null", "nullable"},
	{"db_column", "column"},
	{"column_name", "column"},
	{"precision", "max_digits"},
	{"scale", "decimal_places"},
	{"values", "choices"},
	{"base_type", "item_type"},
	{"base_field", "item_type"},
};

const char *const ak_model_no_options[] = {NULL};

const char *
ak_model_option_name(const char *written)
{
	for (int i = 0; i < lengthof(aliases); i++)
		if (strcmp(aliases[i][0], written) == 0)
			return aliases[i][1];
	return written;
}

/* What Django's fields take and these do not: what to write instead. */
static const char *const others[][2] = {
	{"unique_for_date", "Write a unique constraint with \"expressions\" in the \"constraints\" of meta."},
	{"unique_for_month", "Write a unique constraint with \"expressions\" in the \"constraints\" of meta."},
	{"unique_for_year", "Write a unique constraint with \"expressions\" in the \"constraints\" of meta."},
	{"limit_choices_to", "Filter the choices where they are shown, or state the rule as a constraint."},
	{"related_query_name", "Paths use \"related_name\"."},
	{"through_fields", "A through model has exactly one foreign key to each side."},
	{"db_comment", "Write \"help_text\": it is the column's comment."},
	{"db_tablespace", "Use ALTER TABLE once the model is there."},
};

const char *
ak_model_option_instead(const char *option)
{
	for (int i = 0; i < lengthof(others); i++)
		if (strcmp(others[i][0], option) == 0)
			return others[i][1];
	return NULL;
}

void
ak_model_bad_option(const AkFieldDef *def, const char *option, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("option \"%s\" of field \"%s\" %s", option, def->name, problem)));
}

bool
ak_model_has_option(const AkFieldDef *def, const char *option)
{
	const AkJson *value = ak_core_json_get(def->options, option);

	return value != NULL && value->kind != AK_JSON_NULL;
}

int64
ak_model_integer_option(const AkFieldDef *def, const char *option, int64 least, int64 otherwise)
{
	const AkJson *value = ak_core_json_get(def->options, option);
	char	   *end;
	int64		number;

	if (value == NULL || value->kind == AK_JSON_NULL)
		return otherwise;
	if (value->kind != AK_JSON_NUMBER)
		ak_model_bad_option(def, option, "must be a whole number");
	errno = 0;
	number = strtoi64(value->text, &end, 10);
	if (errno != 0 || *end != '\0' || number < least)
		ak_model_bad_option(def, option, psprintf("must be a whole number from " INT64_FORMAT " on", least));
	return number;
}

/* ---- rules ---- */

void
ak_model_check_length(AkFieldDef *def, const char *rule, const char *operator, int64 length)
{
	ak_model_add_check(def, rule, "pg_catalog.char_length(%s) OPERATOR(pg_catalog.%s) " INT64_FORMAT,
					   AK_COLUMN(def), operator, length);
}

void
ak_model_check_pattern(AkFieldDef *def, const char *rule, const char *operator, const char *pattern)
{
	/* Run once, so that a pattern that cannot be compiled is refused now. */
	DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID,
							CStringGetTextDatum(""), CStringGetTextDatum(pattern));
	ak_model_add_check(def, rule, "%s OPERATOR(pg_catalog.%s) %s", AK_COLUMN(def), operator,
					   quote_literal_cstr(pattern));
}

/* ---- the list of kinds ---- */

void
ak_model_register_type(const AkFieldType *type)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	registered = lappend(registered, unconstify(AkFieldType *, type));
	MemoryContextSwitchTo(old);
}

void
ak_model_register_types(const AkFieldType *types, int count)
{
	for (int i = 0; i < count; i++)
		ak_model_register_type(&types[i]);
}

void
ak_model_types_init(void)
{
	ak_model_text_types_init();
	ak_model_number_types_init();
	ak_model_plain_types_init();
	ak_model_container_types_init();
}

const AkFieldType *
ak_model_find_type(const char *name)
{
	const AkFieldType *type = ak_model_find_built_in_type(name);

	return type ? type : ak_model_find_custom_type(name, 0);
}

const AkFieldType *
ak_model_find_built_in_type(const char *name)
{
	size_t		length = strlen(name);
	ListCell   *cell;

	foreach(cell, registered)
	{
		const AkFieldType *type = lfirst(cell);

		if (strcmp(type->name, name) == 0)
			return type;
		if (length > 5 && strcmp(name + length - 5, "Field") == 0 &&
			strlen(type->name) == length - 5 && strncmp(type->name, name, length - 5) == 0)
			return type;
	}
	return NULL;
}

/* The names of all kinds, for hints. */
List *
ak_model_type_names(void)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, registered)
		names = lappend(names, unconstify(char *, ((const AkFieldType *) lfirst(cell))->name));
	return list_concat(names, ak_model_custom_type_names());
}

bool
ak_model_normalizes(const AkField *field)
{
	return field->type->normalize != NULL &&
		(field->type->normalize_option == NULL ||
		 ak_core_json_get_bool(field->options, field->type->normalize_option, false));
}

const AkField *
ak_model_filled_from(const AkField *field)
{
	const char *name = ak_core_json_get_string(field->options, "auto_from");
	const AkField *source = name ? ak_model_field(field->model, name) : NULL;

	return source != NULL && source->attnum > 0 ? source : NULL;
}

void
ak_model_put_current_options(const AkField *field, AkJson *options)
{
	char	   *expression;

	if (ak_core_json_get(options, "auto_from") != NULL && ak_model_filled_from(field) == NULL)
		ak_core_json_remove(options, "auto_from");
	if (OidIsValid(field->typid) && get_typtype(field->typid) == TYPTYPE_ENUM)
		ak_core_json_put(options, "choices", ak_model_enum_labels(field->typid));
	if (ak_core_json_get(options, "expression") == NULL || !field->generated)
		return;
	expression = ak_model_generated_expression(field);
	if (expression != NULL)
		ak_core_json_put(options, "expression", ak_core_json_string(expression));
}

void
ak_model_store_options(const AkField *field, AkJson *options)
{
	AkModelDef	owner = {.app = field->model->app, .name = field->model->name};
	AkFieldDef	def = {
		.model = &owner, .name = field->name, .type = field->type, .column = field->column, .options = options
	};

	ak_model_store_field_definition(&def);
}

void
ak_model_follow_rename(const AkModel *model, const char *old_name, const char *new_name)
{
	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];
		const char *source = ak_core_json_get_string(field->options, "auto_from");
		AkJson	   *options;

		if (source == NULL || strcmp(source, old_name) != 0 || strcmp(field->name, old_name) == 0)
			continue;
		options = ak_core_json_copy(field->options);
		ak_core_json_put(options, "auto_from", ak_core_json_string(new_name));
		ak_model_store_options(field, options);
	}
}
