/*
 * types_container.c
 *		Kinds of fields made of other kinds: arrays, ranges, generated columns.
 */
#include "postgres.h"

#include "model/types.h"

/* ---- arrays ---- */

/* The words an array's items go by, beside the names of the kinds themselves. */
static const char *const item_words[][2] = {
	{"string", "Text"},
	{"str", "Text"},
	{"text", "Text"},
	{"int", "Integer"},
	{"integer", "Integer"},
	{"smallint", "SmallInteger"},
	{"bigint", "BigInteger"},
	{"float", "Float"},
	{"double", "Float"},
	{"decimal", "Decimal"},
	{"numeric", "Decimal"},
	{"bool", "Boolean"},
	{"boolean", "Boolean"},
	{"date", "Date"},
	{"time", "Time"},
	{"datetime", "DateTime"},
	{"timestamptz", "DateTime"},
	{"duration", "Duration"},
	{"interval", "Duration"},
	{"uuid", "UUID"},
};

/* The kinds an item may be of; what they ask of a value beyond its type is not asked of items. */
static const char *const item_kinds[] = {
	"String", "Text", "SmallInteger", "Integer", "BigInteger", "Float", "Decimal", "Boolean",
	"Date", "Time", "DateTime", "Duration", "UUID", NULL
};

/* Options that shape an item's type. */
static const char *const item_options[] = {"type", "max_length", "max_digits", "precision", "decimal_places", "scale", NULL};

static bool
is_one_of(const char *word, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static const char *
item_kind(const AkFieldDef *def, const char *word)
{
	const AkFieldType *type;
	List	   *names = NIL;

	for (int i = 0; i < lengthof(item_words); i++)
		if (pg_strcasecmp(item_words[i][0], word) == 0)
			return item_words[i][1];
	type = ak_model_find_type(word);
	if (type != NULL && is_one_of(type->name, item_kinds))
		return type->name;
	for (int i = 0; item_kinds[i]; i++)
		names = lappend(names, unconstify(char *, item_kinds[i]));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("the items of field \"%s\" cannot be of type \"%s\"", def->name, word),
			 ak_core_hint_nearest(word, names)));
}

/* The name of the items' type: item_type itself, or its member "type". */
static const char *
item_word(const AkFieldDef *def, const AkJson *given)
{
	const char *word = NULL;

	if (given == NULL || given->kind == AK_JSON_NULL)
		return "text";
	if (given->kind == AK_JSON_STRING)
		return given->text;
	if (given->kind == AK_JSON_OBJECT)
		word = ak_core_json_get_string(given, "type");
	if (word == NULL)
		ak_model_bad_option(def, "item_type", "must be the name of a type or an object with \"type\"");
	for (int i = 0; i < given->size; i++)
		if (!is_one_of(given->keys[i], item_options))
			ak_model_bad_option(def, "item_type", psprintf("cannot hold \"%s\"", given->keys[i]));
	return word;
}

/* The definition an item would have as a field of its own; text of a limited length is a String. */
static AkJson *
item_definition(const AkFieldDef *def)
{
	const AkJson *given = ak_core_json_get(def->options, "item_type");
	const char *kind = item_kind(def, item_word(def, given));
	AkJson	   *object;

	if (given != NULL && given->kind == AK_JSON_OBJECT)
		object = ak_core_json_copy(given);
	else
		object = ak_core_json_object();
	if (strcmp(kind, "Text") == 0 && ak_core_json_get(object, "max_length") != NULL)
		kind = "String";
	ak_core_json_put(object, "type", ak_core_json_string(kind));
	return object;
}

/* No NULL among the items and no list among them; floats and decimals are finite. */
static void
check_items(AkFieldDef *def, const char *item_type)
{
	const char *column = AK_COLUMN(def);
	bool		decimal = strncmp(item_type, "numeric", 7) == 0;

	ak_model_add_check(def, "items",
					   "CASE WHEN pg_catalog.array_ndims(%1$s) OPERATOR(pg_catalog.>) 1 THEN false "
					   "ELSE pg_catalog.array_position(%1$s, NULL) IS NULL END", column);
	if (decimal || strcmp(item_type, "double precision") == 0)
		ak_model_add_check(def, "finite",
						   "NOT %1$s OPERATOR(pg_catalog.&&) '{NaN,Infinity,-Infinity}'::%2$s[]",
						   column, decimal ? "pg_catalog.numeric" : "pg_catalog.float8");
}

/* Arrays may be null unless they say otherwise. */
static void
define_array(AkFieldDef *def)
{
	AkFieldDef *item = ak_model_define_field(def->model, def->name, item_definition(def));
	int64		size = ak_model_integer_option(def, "size", 1, 0);

	if (ak_core_json_get(def->options, "nullable") == NULL)
		def->nullable = !def->primary_key;
	def->sql_type = psprintf("%s[]", item->sql_type);
	check_items(def, item->sql_type);
	if (size > 0)
		ak_model_add_check(def, "size", "pg_catalog.cardinality(%s) OPERATOR(pg_catalog.<=) " INT64_FORMAT,
						   AK_COLUMN(def), size);
}

/* ---- ranges ---- */

static void
define_integer_range(AkFieldDef *def)
{
	def->sql_type = "int4range";
}

static void
define_big_integer_range(AkFieldDef *def)
{
	def->sql_type = "int8range";
}

static void
define_decimal_range(AkFieldDef *def)
{
	def->sql_type = "numrange";
}

static void
define_date_range(AkFieldDef *def)
{
	def->sql_type = "daterange";
}

static void
define_datetime_range(AkFieldDef *def)
{
	def->sql_type = "tstzrange";
}

/* ---- generated columns ---- */

/* The definition of what comes out, under this field's name and column. */
static AkJson *
output_definition(const AkFieldDef *def)
{
	const AkJson *given = ak_core_json_get(def->options, "output_field");
	AkJson	   *object;

	if (given == NULL || (given->kind != AK_JSON_STRING && given->kind != AK_JSON_OBJECT))
		ak_model_bad_option(def, "output_field", "is required: the type of what the expression gives");
	if (given->kind == AK_JSON_OBJECT)
		object = ak_core_json_copy(given);
	else
	{
		object = ak_core_json_object();
		ak_core_json_put(object, "type", unconstify(AkJson *, given));
	}
	ak_core_json_put(object, "column", ak_core_json_string(def->column));
	return object;
}

/* Takes column type and rules from the output field; NULL where the expression gives NULL, unless refused. */
static void
define_generated(AkFieldDef *def)
{
	AkFieldDef *output;

	if (ak_model_has_option(def, "default") || ak_model_has_option(def, "db_default"))
		ak_model_bad_option(def, "default", "cannot stand in a generated field");
	if (!ak_model_has_option(def, "expression"))
		ak_model_bad_option(def, "expression", "is required");
	if (!ak_core_json_get_bool(def->options, "db_persist", true))
		ak_model_bad_option(def, "db_persist", "must be true: generated columns are stored");
	output = ak_model_define_field(def->model, def->name, output_definition(def));
	if (output->type->relation || output->identity || output->generated_sql || output->default_sql ||
		output->type->define == define_generated)
		ak_model_bad_option(def, "output_field", "must be a plain type");
	def->sql_type = output->sql_type;
	def->collation = output->collation;
	def->checks = output->checks;
	if (ak_core_json_get(def->options, "nullable") == NULL)
		def->nullable = !def->primary_key;
}

/* The expression may use the columns of all other fields. */
static void
complete_generated(AkFieldDef *def)
{
	AkExpression e = {
		.source = ak_core_json_get_string(def->options, "expression"),
		.what = psprintf("option \"expression\" of field \"%s\"", def->name),
		.use = AK_EXPRESSION_GENERATED,
		.over = def->model
	};

	ak_core_parse_type(def->sql_type, &e.type, &e.typmod);
	def->generated_sql = ak_model_expression(&e);
	ak_core_json_put(def->options, "expression", ak_core_json_string(def->generated_sql));
}

static const char *const array_options[] = {"item_type", "size", NULL};
static const char *const generated_options[] = {"expression", "output_field", "db_persist", NULL};

static const AkFieldType types[] = {
	{.name = "Array", .options = array_options, .define = define_array},
	{.name = "IntegerRange", .options = ak_model_no_options, .define = define_integer_range},
	{.name = "BigIntegerRange", .options = ak_model_no_options, .define = define_big_integer_range},
	{.name = "DecimalRange", .options = ak_model_no_options, .define = define_decimal_range},
	{.name = "DateRange", .options = ak_model_no_options, .define = define_date_range},
	{.name = "DateTimeRange", .options = ak_model_no_options, .define = define_datetime_range},
	{.name = "Generated", .options = generated_options, .define = define_generated, .complete = complete_generated},
};

void
ak_model_container_types_init(void)
{
	ak_model_register_types(types, lengthof(types));
}
