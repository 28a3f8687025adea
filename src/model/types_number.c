/*
 * types_number.c
 *		Kinds of fields that hold a number.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "model/types.h"

/* A number of the field's type as a literal, a whole one without point or exponent; NULL when absent. */
static char *
number_option(const AkFieldDef *def, const char *option)
{
	const AkJson *value = ak_core_json_get(def->options, option);
	AkProblems	problems = {0};
	AkValue		read;
	Oid			type;
	int32		typmod;

	if (value == NULL || value->kind == AK_JSON_NULL)
		return NULL;
	if (value->kind != AK_JSON_NUMBER)
		ak_model_bad_option(def, option, "must be a number");
	ak_core_parse_type(def->sql_type, &type, &typmod);
	if (!ak_model_read_typed(type, typmod, def->name, value, &read, &problems))
		ak_model_bad_option(def, option, "must be a value of the field's type");
	return psprintf("%s::%s", quote_literal_cstr(type == NUMERICOID || type == FLOAT8OID ? value->text
												 : ak_core_output_iso(type, read.datum)), def->sql_type);
}

static void
check_bound(AkFieldDef *def, const char *rule, const char *operator)
{
	char	   *bound = number_option(def, rule);

	if (bound != NULL)
		ak_model_add_check(def, rule, "%s OPERATOR(pg_catalog.%s) %s", AK_COLUMN(def), operator, bound);
}

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
	ak_model_add_check(def, "positive", "%s OPERATOR(pg_catalog.>=) 0", AK_COLUMN(def));
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
					   "%1$s OPERATOR(pg_catalog.<) 'Infinity'::pg_catalog.float8", AK_COLUMN(def));
	check_bounds(def);
}

static void
define_decimal(AkFieldDef *def)
{
	int64		digits = ak_model_integer_option(def, "max_digits", 1, 10);
	int64		places = ak_model_integer_option(def, "decimal_places", 0, 2);

	if (places > digits)
		ak_model_bad_option(def, "decimal_places", "must not be greater than \"max_digits\"");
	def->sql_type = psprintf("numeric(" INT64_FORMAT "," INT64_FORMAT ")", digits, places);
	ak_model_add_check(def, "finite", "%s OPERATOR(pg_catalog.<>) 'NaN'::pg_catalog.numeric", AK_COLUMN(def));
	check_bounds(def);
}

static const char *const bound_options[] = {"min_value", "max_value", NULL};
static const char *const decimal_options[] = {"max_digits", "decimal_places", "min_value", "max_value", NULL};

static const AkFieldType types[] = {
	{.name = "Integer", .options = bound_options, .define = define_integer},
	{.name = "SmallInteger", .options = bound_options, .define = define_small_integer},
	{.name = "BigInteger", .options = bound_options, .define = define_big_integer},
	{.name = "PositiveInteger", .options = bound_options, .define = define_positive_integer},
	{.name = "PositiveSmallInteger", .options = bound_options, .define = define_positive_small_integer},
	{.name = "PositiveBigInteger", .options = bound_options, .define = define_positive_big_integer},
	{.name = "SmallAuto", .options = ak_model_no_options, .define = define_small_auto},
	{.name = "Auto", .options = ak_model_no_options, .define = define_auto},
	{.name = "BigAuto", .options = ak_model_no_options, .define = define_big_auto},
	{.name = "Float", .options = bound_options, .define = define_float},
	{.name = "Decimal", .options = decimal_options, .define = define_decimal},
};

void
ak_model_number_types_init(void)
{
	ak_model_register_types(types, lengthof(types));
}
