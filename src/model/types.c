/*
 * types.c
 *		The kinds of fields that hold a value of their own.
 *
 * A kind turns its options into a column type and CHECK constraints.  What a
 * CHECK can state is stated there, so that it holds for every writer; the
 * constraint's name is {table}_{field}_{rule} and leads back to the field.
 * Expressions name functions and operators of pg_catalog in full.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/memutils.h"

#include "model/internal.h"

/* How a key column is written in a CHECK. */
#define COLUMN(def) quote_identifier((def)->column)

static List *registered = NIL;	/* of const AkFieldType *, in TopMemoryContext */

/* ---- options ---- */

const char *const ak_model_common_options[] = {
	"type", "nullable", "default", "unique", "primary_key", "db_index", "column",
	"choices", "help_text", "verbose_name",
	"ai_description", "ai_sensitive", "ai_agent_writable", NULL
};

/* Other spellings of option names. */
static const char *const aliases[][2] = {
	{"null", "nullable"},
	{"db_column", "column"},
	{"column_name", "column"},
	{"precision", "max_digits"},
	{"scale", "decimal_places"},
	{"values", "choices"},
};

const char *
ak_model_option_name(const char *written)
{
	for (int i = 0; i < lengthof(aliases); i++)
		if (strcmp(aliases[i][0], written) == 0)
			return aliases[i][1];
	return written;
}

static void
bad_option(const AkFieldDef *def, const char *option, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("option \"%s\" of field \"%s\" %s", option, def->name, problem)));
}

/* A whole number not below `least`; `otherwise` when absent. */
static int64
integer_option(const AkFieldDef *def, const char *option, int64 least, int64 otherwise)
{
	const AkJson *value = ak_core_json_get(def->options, option);
	char	   *end;
	int64		number;

	if (value == NULL || value->kind == AK_JSON_NULL)
		return otherwise;
	if (value->kind != AK_JSON_NUMBER)
		bad_option(def, option, "must be a whole number");
	errno = 0;
	number = strtoi64(value->text, &end, 10);
	if (errno != 0 || *end != '\0' || number < least)
		bad_option(def, option, psprintf("must be a whole number from " INT64_FORMAT " on", least));
	return number;
}

/* A number's text, quoted as a literal of the type; NULL when absent. */
static char *
number_option(const AkFieldDef *def, const char *option)
{
	const AkJson *value = ak_core_json_get(def->options, option);

	if (value == NULL || value->kind == AK_JSON_NULL)
		return NULL;
	if (value->kind != AK_JSON_NUMBER)
		bad_option(def, option, "must be a number");
	return psprintf("%s::%s", quote_literal_cstr(value->text), def->sql_type);
}

/* ---- rules ---- */

static void
check_length(AkFieldDef *def, const char *rule, const char *operator, int64 length)
{
	ak_model_add_check(def, rule, "pg_catalog.char_length(%s) OPERATOR(pg_catalog.%s) " INT64_FORMAT,
					   COLUMN(def), operator, length);
}

static void
check_bound(AkFieldDef *def, const char *rule, const char *operator)
{
	char	   *bound = number_option(def, rule);

	if (bound != NULL)
		ak_model_add_check(def, rule, "%s OPERATOR(pg_catalog.%s) %s", COLUMN(def), operator, bound);
}

static void
check_pattern(AkFieldDef *def, const char *rule, const char *operator, const char *pattern)
{
	/* Run once, so that a pattern that cannot be compiled is refused now. */
	DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID,
							CStringGetTextDatum(""), CStringGetTextDatum(pattern));
	ak_model_add_check(def, rule, "%s OPERATOR(pg_catalog.%s) %s", COLUMN(def), operator,
					   quote_literal_cstr(pattern));
}

static void
check_min_length(AkFieldDef *def)
{
	int64		least = integer_option(def, "min_length", 0, 0);

	if (least > 0)
		check_length(def, "min_length", ">=", least);
}

static void
check_regex(AkFieldDef *def)
{
	char	   *pattern = ak_core_json_get_string(def->options, "regex");

	if (pattern != NULL)
		check_pattern(def, "regex", "~", psprintf("^(?:%s)$", pattern));
}

/* ---- text ---- */

static void
define_string(AkFieldDef *def)
{
	int64		length = integer_option(def, "max_length", 1, 255);

	def->sql_type = psprintf("character varying(" INT64_FORMAT ")", length);
	check_min_length(def);
	check_regex(def);
}

static void
define_text(AkFieldDef *def)
{
	int64		length = integer_option(def, "max_length", 1, 0);

	def->sql_type = "text";
	if (length > 0)
		check_length(def, "max_length", "<=", length);
	check_min_length(def);
	check_regex(def);
}

static void
define_email(AkFieldDef *def)
{
	def->sql_type = psprintf("character varying(" INT64_FORMAT ")",
							 integer_option(def, "max_length", 6, 254));
	check_pattern(def, "email", "~",
				  "^[^@[:space:].]+(\\.[^@[:space:].]+)*@"
				  "[^@[:space:].]+(\\.[^@[:space:].]+)*\\.[^@[:space:].0-9]{2,}$");
}

/* Addresses are stored without blanks around them and in lower case. */
static char *
normalize_email(const AkField *field, const char *value)
{
	const char *start = value;
	int			length;

	while (isspace((unsigned char) *start))
		start++;
	length = strlen(start);
	while (length > 0 && isspace((unsigned char) start[length - 1]))
		length--;
	return str_tolower(start, length, OidIsValid(field->collation) ? field->collation : DEFAULT_COLLATION_OID);
}

static void
define_url(AkFieldDef *def)
{
	int64		length = integer_option(def, "max_length", 1, 0);

	def->sql_type = "text";
	if (length > 0)
		check_length(def, "max_length", "<=", length);
	check_pattern(def, "url", "~*", "^https?://[^[:space:]/?#]+([/?#][^[:space:]]*)?$");
}

static void
define_slug(AkFieldDef *def)
{
	def->sql_type = psprintf("character varying(" INT64_FORMAT ")",
							 integer_option(def, "max_length", 1, 50));
	if (ak_core_json_get(def->options, "db_index") == NULL)
		def->db_index = !def->unique && !def->primary_key;
	check_pattern(def, "slug", "~",
				  ak_core_json_get_bool(def->options, "allow_unicode", false)
				  ? "^[-\\w]+$" : "^[-a-zA-Z0-9_]+$");
}

static void
define_enum(AkFieldDef *def)
{
	def->sql_type = "text";
	if (ak_core_json_get(def->options, "choices") == NULL)
		bad_option(def, "choices", "is required");
}

/* ---- numbers ---- */

static void
check_bounds(AkFieldDef *def)
{
	check_bound(def, "min_value", ">=");
	check_bound(def, "max_value", "<=");
}

static void
define_small_integer(AkFieldDef *def)
{
	def->sql_type = "smallint";
	check_bounds(def);
}

static void
define_integer(AkFieldDef *def)
{
	def->sql_type = "integer";
	check_bounds(def);
}

static void
define_big_integer(AkFieldDef *def)
{
	def->sql_type = "bigint";
	check_bounds(def);
}

/* Numbers given out by the table itself. */
static void
define_small_auto(AkFieldDef *def)
{
	def->sql_type = "smallint";
	def->identity = true;
}

static void
define_auto(AkFieldDef *def)
{
	def->sql_type = "integer";
	def->identity = true;
}

static void
define_big_auto(AkFieldDef *def)
{
	def->sql_type = "bigint";
	def->identity = true;
}

static void
check_positive(AkFieldDef *def)
{
	ak_model_add_check(def, "positive", "%s OPERATOR(pg_catalog.>=) 0", COLUMN(def));
}

static void
define_positive_small_integer(AkFieldDef *def)
{
	define_small_integer(def);
	check_positive(def);
}

static void
define_positive_integer(AkFieldDef *def)
{
	define_integer(def);
	check_positive(def);
}

static void
define_positive_big_integer(AkFieldDef *def)
{
	define_big_integer(def);
	check_positive(def);
}

static void
define_float(AkFieldDef *def)
{
	def->sql_type = "double precision";
	ak_model_add_check(def, "finite",
					   "%1$s OPERATOR(pg_catalog.>) '-Infinity'::pg_catalog.float8 AND "
					   "%1$s OPERATOR(pg_catalog.<) 'Infinity'::pg_catalog.float8", COLUMN(def));
	check_bounds(def);
}

static void
define_decimal(AkFieldDef *def)
{
	int64		digits = integer_option(def, "max_digits", 1, 10);
	int64		places = integer_option(def, "decimal_places", 0, 2);

	if (places > digits)
		bad_option(def, "decimal_places", "must not be greater than \"max_digits\"");
	def->sql_type = psprintf("numeric(" INT64_FORMAT "," INT64_FORMAT ")", digits, places);
	ak_model_add_check(def, "finite", "%s OPERATOR(pg_catalog.<>) 'NaN'::pg_catalog.numeric", COLUMN(def));
	check_bounds(def);
}

/* ---- the rest ---- */

static void
define_boolean(AkFieldDef *def)
{
	def->sql_type = "boolean";
}

/* auto_now and auto_now_add default to the transaction's time; auto_now is kept by the rules trigger. */
static void
define_automatic(AkFieldDef *def, const char *sql_type, const char *expression)
{
	bool		now = ak_core_json_get_bool(def->options, "auto_now", false);
	bool		now_add = ak_core_json_get_bool(def->options, "auto_now_add", false);

	def->sql_type = pstrdup(sql_type);
	if (now && now_add)
		bad_option(def, "auto_now", "cannot stand beside \"auto_now_add\"");
	if (!now && !now_add)
		return;
	if (ak_core_json_get(def->options, "default") != NULL)
		bad_option(def, "default", "cannot stand beside \"auto_now\" or \"auto_now_add\"");
	def->default_sql = pstrdup(expression);
}

static void
define_date(AkFieldDef *def)
{
	define_automatic(def, "date", "CURRENT_DATE");
}

static void
define_time(AkFieldDef *def)
{
	define_automatic(def, "time without time zone", "LOCALTIME");
}

static void
define_datetime(AkFieldDef *def)
{
	define_automatic(def, "timestamp with time zone", "CURRENT_TIMESTAMP");
}

static void
define_duration(AkFieldDef *def)
{
	def->sql_type = "interval";
}

static void
define_uuid(AkFieldDef *def)
{
	def->sql_type = "uuid";
	if (def->primary_key && ak_core_json_get(def->options, "default") == NULL)
		def->default_sql = "pg_catalog.gen_random_uuid()";
}

/* JSON may be null unless it says otherwise. */
static void
define_json(AkFieldDef *def)
{
	def->sql_type = "jsonb";
	if (ak_core_json_get(def->options, "nullable") == NULL)
		def->nullable = !def->primary_key;
}

/* ---- the list ---- */

static const char *const text_options[] = {"max_length", "min_length", "regex", NULL};
static const char *const length_options[] = {"max_length", NULL};
static const char *const slug_options[] = {"max_length", "allow_unicode", NULL};
static const char *const bound_options[] = {"min_value", "max_value", NULL};
static const char *const decimal_options[] = {"max_digits", "decimal_places", "min_value", "max_value", NULL};
static const char *const automatic_options[] = {"auto_now", "auto_now_add", NULL};
static const char *const no_options[] = {NULL};

static const AkFieldType own_types[] = {
	{.name = "String", .options = text_options, .define = define_string},
	{.name = "Text", .options = text_options, .define = define_text},
	{.name = "Integer", .options = bound_options, .define = define_integer},
	{.name = "SmallInteger", .options = bound_options, .define = define_small_integer},
	{.name = "BigInteger", .options = bound_options, .define = define_big_integer},
	{.name = "PositiveInteger", .options = bound_options, .define = define_positive_integer},
	{.name = "PositiveSmallInteger", .options = bound_options, .define = define_positive_small_integer},
	{.name = "PositiveBigInteger", .options = bound_options, .define = define_positive_big_integer},
	{.name = "SmallAuto", .options = no_options, .define = define_small_auto},
	{.name = "Auto", .options = no_options, .define = define_auto},
	{.name = "BigAuto", .options = no_options, .define = define_big_auto},
	{.name = "Float", .options = bound_options, .define = define_float},
	{.name = "Decimal", .options = decimal_options, .define = define_decimal},
	{.name = "Boolean", .options = no_options, .define = define_boolean},
	{.name = "Date", .options = automatic_options, .define = define_date},
	{.name = "Time", .options = automatic_options, .define = define_time},
	{.name = "DateTime", .options = automatic_options, .define = define_datetime},
	{.name = "Duration", .options = no_options, .define = define_duration},
	{.name = "UUID", .options = no_options, .define = define_uuid},
	{.name = "JSON", .options = no_options, .define = define_json},
	{.name = "Email", .options = length_options, .define = define_email, .normalize = normalize_email},
	{.name = "URL", .options = length_options, .define = define_url},
	{.name = "Slug", .options = slug_options, .define = define_slug},
	{.name = "Enum", .options = no_options, .define = define_enum},
};

void
ak_model_register_type(const AkFieldType *type)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	registered = lappend(registered, unconstify(AkFieldType *, type));
	MemoryContextSwitchTo(old);
}

void
ak_model_types_init(void)
{
	for (int i = 0; i < lengthof(own_types); i++)
		ak_model_register_type(&own_types[i]);
}

const AkFieldType *
ak_model_find_type(const char *name)
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
	return names;
}
