/*
 * types_text.c
 *		Kinds of fields that hold text, and the normal forms they are kept in.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "nodes/value.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "model/types.h"

Oid
ak_model_find_collation(const char *name)
{
	const char *dot = strchr(name, '.');
	Oid			collation = get_collation_oid(list_make1(makeString(pstrdup(name))), dot != NULL);

	if (!OidIsValid(collation))
		collation = get_collation_oid(list_make2(makeString(pnstrdup(name, dot - name)),
												 makeString(pstrdup(dot + 1))), false);
	return collation;
}

char *
ak_model_collation_name(Oid collation)
{
	HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	Form_pg_collation form;
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	name = ak_core_qualified(get_namespace_name(form->collnamespace), NameStr(form->collname));
	ReleaseSysCache(tuple);
	return name;
}

static void
read_collation(AkFieldDef *def)
{
	char	   *name = ak_core_json_get_string(def->options, "db_collation");

	if (name != NULL)
		def->collation = ak_model_find_collation(name);
}

static void
check_min_length(AkFieldDef *def)
{
	int64		least = ak_model_integer_option(def, "min_length", 0, 0);

	if (least > 0)
		ak_model_check_length(def, "min_length", ">=", least);
}

static void
check_regex(AkFieldDef *def)
{
	char	   *pattern = ak_core_json_get_string(def->options, "regex");

	if (pattern != NULL)
		ak_model_check_pattern(def, "regex", "~", psprintf("^(?:%s)$", pattern));
}

static void
define_string(AkFieldDef *def)
{
	int64		length = ak_model_integer_option(def, "max_length", 1, 255);

	read_collation(def);
	def->sql_type = psprintf("character varying(" INT64_FORMAT ")", length);
	check_min_length(def);
	check_regex(def);
}

static void
define_text(AkFieldDef *def)
{
	int64		length = ak_model_integer_option(def, "max_length", 1, 0);

	read_collation(def);
	def->sql_type = "text";
	if (length > 0)
		ak_model_check_length(def, "max_length", "<=", length);
	check_min_length(def);
	check_regex(def);
}

static void
define_email(AkFieldDef *def)
{
	read_collation(def);
	def->sql_type = psprintf("character varying(" INT64_FORMAT ")",
							 ak_model_integer_option(def, "max_length", 6, 254));
	ak_model_check_pattern(def, "email", "~", AK_MODEL_EMAIL);
}

char *
ak_model_trimmed(const char *text)
{
	int			length;

	while (isspace((unsigned char) *text))
		text++;
	length = strlen(text);
	while (length > 0 && isspace((unsigned char) text[length - 1]))
		length--;
	return pnstrdup(text, length);
}

static char *
strip(const AkField *field, const char *value)
{
	return ak_model_trimmed(value);
}

/* Addresses are stored without blanks around them and in lower case. */
static char *
normalize_email(const AkField *field, const char *value)
{
	char	   *text = ak_model_trimmed(value);

	return str_tolower(text, strlen(text), OidIsValid(field->collation) ? field->collation : DEFAULT_COLLATION_OID);
}

static void
define_url(AkFieldDef *def)
{
	int64		length = ak_model_integer_option(def, "max_length", 1, 0);

	read_collation(def);
	def->sql_type = "text";
	if (length > 0)
		ak_model_check_length(def, "max_length", "<=", length);
	ak_model_check_pattern(def, "url", "~*", "^https?://[^[:space:]/?#]+([/?#][^[:space:]]*)?$");
}

static void
define_slug(AkFieldDef *def)
{
	read_collation(def);
	def->sql_type = psprintf("character varying(" INT64_FORMAT ")",
							 ak_model_integer_option(def, "max_length", 1, 50));
	if (ak_core_json_get(def->options, "db_index") == NULL)
		def->db_index = !def->unique && !def->primary_key;
	(void) ak_core_json_get_bool(def->options, "suffix", false);
	ak_model_check_pattern(def, "slug", "~",
				  ak_core_json_get_bool(def->options, "allow_unicode", false)
				  ? "^[-\\w]+$" : "^[-a-zA-Z0-9_]+$");
}

/* auto_from names another field of the model that has a column. */
static void
complete_slug(AkFieldDef *def)
{
	char	   *name = ak_core_json_get_string(def->options, "auto_from");
	List	   *names = NIL;
	ListCell   *cell;

	if (name == NULL)
		return;
	foreach(cell, def->model->fields)
	{
		AkFieldDef *other = lfirst(cell);

		if (other == def || other->column == NULL || other->generated_sql != NULL)
			continue;
		if (strcmp(other->name, name) == 0)
			return;
		names = lappend(names, other->name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("option \"auto_from\" of field \"%s\" names unknown field \"%s\"", def->name, name),
			 ak_core_hint_nearest(name, names)));
}

static void
define_enum(AkFieldDef *def)
{
	def->sql_type = "text";
	if (!ak_model_has_option(def, "choices"))
		ak_model_bad_option(def, "choices", "is required");
}

static const char *const text_options[] = {
	"max_length", "min_length", "regex", "strip_whitespace", "db_collation", NULL
};
static const char *const length_options[] = {"max_length", "db_collation", NULL};
static const char *const slug_options[] = {"max_length", "allow_unicode", "auto_from", "suffix", "db_collation", NULL};

/* As isspace() sees it. */
#define BTRIM "pg_catalog.btrim(%s, E' \\t\\n\\v\\f\\r')"

static const AkFieldType types[] = {
	{.name = "String", .options = text_options, .define = define_string,
	.normalize = strip, .normalize_option = "strip_whitespace", .normalize_sql = BTRIM},
	{.name = "Text", .options = text_options, .define = define_text,
	.normalize = strip, .normalize_option = "strip_whitespace", .normalize_sql = BTRIM},
	{.name = "Email", .options = length_options, .define = define_email, .normalize = normalize_email,
	.normalize_sql = "pg_catalog.lower(" BTRIM ")"},
	{.name = "URL", .options = length_options, .define = define_url, .normalize = strip,
	.normalize_sql = BTRIM},
	{.name = "Slug", .options = slug_options, .define = define_slug, .complete = complete_slug},
	{.name = "Enum", .options = ak_model_no_options, .define = define_enum},
};

void
ak_model_text_types_init(void)
{
	ak_model_register_types(types, lengthof(types));
}
