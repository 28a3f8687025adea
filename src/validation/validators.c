/*
 * validators.c
 *		What a field may have besides its kind: "validators", "normalize" and
 *		"error_messages".
 *
 * Whatever SQL can say of a value alone, or of its row, becomes a CHECK of the
 * table, {table}_{field}_{name}, as the options of a kind do.  A function of
 * the user's is called by the rules trigger, so that its words are the error.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "validation/internal.h"

#define COLUMN(def) ak_core_quote((def)->column)

/* ---- what the column holds ---- */

static Oid
type_of(const AkFieldDef *def)
{
	Oid			type;
	int32		typmod;

	ak_core_parse_type(def->sql_type, &type, &typmod);
	return type;
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID || type == BPCHAROID;
}

static void
require_text(const AkFieldDef *def, const AkValidator *validator)
{
	if (!is_text(type_of(def)))
		ak_validation_bad(validator, "is for text");
}

/* A literal of the column's type. */
static char *
literal(AkFieldDef *def, const AkValidator *validator, const AkJson *value)
{
	return ak_model_value_literal(def, value, psprintf("argument of \"%s\"", validator->kind));
}

/* The values of a list as an array of the column's type. */
static char *
literals(AkFieldDef *def, const AkValidator *validator)
{
	const AkJson *list = ak_core_json_expect(validator->argument, AK_JSON_ARRAY, psprintf("\"%s\"", validator->kind));
	StringInfoData out;

	if (list->size == 0)
		ak_validation_bad(validator, "wants at least one value");
	initStringInfo(&out);
	for (int i = 0; i < list->size; i++)
		appendStringInfo(&out, "%s%s", i ? ", " : "", literal(def, validator, list->items[i]));
	return psprintf("ARRAY[%s]%s", out.data, type_of(def) == VARCHAROID ? "::pg_catalog.text[]" : "");
}

/* Members of a list of texts, quoted. */
static char *
text_array(const AkValidator *validator, const AkJson *value)
{
	const AkJson *list = ak_validation_list(value);
	StringInfoData out;

	if (list->size == 0)
		ak_validation_bad(validator, "wants at least one text");
	initStringInfo(&out);
	for (int i = 0; i < list->size; i++)
	{
		if (list->items[i]->kind != AK_JSON_STRING)
			ak_validation_bad(validator, "wants texts");
		appendStringInfo(&out, "%s%s", i ? ", " : "", quote_literal_cstr(list->items[i]->text));
	}
	return psprintf("ARRAY[%s]::pg_catalog.text[]", out.data);
}

/* A word without an argument. */
static void
require_true(const AkValidator *validator)
{
	if (validator->argument->kind != AK_JSON_BOOL || !validator->argument->truth)
		ak_validation_bad(validator, "takes no argument: write it as a word, or as true");
}

/* ---- lengths and bounds ---- */

/* Characters, bytes or members. */
static char *
length_of(const AkFieldDef *def, const AkValidator *validator)
{
	Oid			type = type_of(def);

	if (is_text(type))
		return psprintf("pg_catalog.char_length(%s)", COLUMN(def));
	if (type == BYTEAOID)
		return psprintf("pg_catalog.octet_length(%s)", COLUMN(def));
	if (!OidIsValid(get_element_type(type)))
		ak_validation_bad(validator, "is for text, bytes and arrays");
	return psprintf("pg_catalog.cardinality(%s)", COLUMN(def));
}

static char *
check_length(AkFieldDef *def, const AkValidator *validator)
{
	const char *operator = strcmp(validator->kind, "min_length") == 0 ? ">="
		: strcmp(validator->kind, "max_length") == 0 ? "<=" : "=";

	return psprintf("%s OPERATOR(pg_catalog.%s) " INT64_FORMAT, length_of(def, validator), operator,
					ak_validation_integer(validator, validator->argument, 0));
}

static char *
check_bound(AkFieldDef *def, const AkValidator *validator)
{
	bool		least = strcmp(validator->kind, "min_value") == 0;
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "%s ", COLUMN(def));
	ak_core_operator(&out, ak_core_btree_operator(type_of(def), least ? BTGreaterEqualStrategyNumber
												  : BTLessEqualStrategyNumber));
	appendStringInfo(&out, " %s", literal(def, validator, validator->argument));
	return out.data;
}

/* A bound of a range: one that is open is beyond it, and an empty range keeps any. */
static char *
check_range(AkFieldDef *def, const AkValidator *validator)
{
	bool		least = strcmp(validator->kind, "range_min") == 0;
	Oid			subtype = get_range_subtype(type_of(def));
	AkProblems	problems = {0};
	StringInfoData out;
	AkValue		bound;

	if (!OidIsValid(subtype))
		ak_validation_bad(validator, "is for ranges");
	if (!ak_model_read_typed(subtype, -1, validator->kind, validator->argument, &bound, &problems) || bound.isnull)
		ak_validation_bad(validator, "wants a bound of the range's type");
	initStringInfo(&out);
	appendStringInfo(&out, "(pg_catalog.%s(%s) ", least ? "lower" : "upper", COLUMN(def));
	ak_core_operator(&out, ak_core_btree_operator(subtype, least ? BTGreaterEqualStrategyNumber
												  : BTLessEqualStrategyNumber));
	appendStringInfo(&out, " %s::%s) IS TRUE OR pg_catalog.isempty(%s)",
					 quote_literal_cstr(ak_core_output_iso(subtype, bound.datum)), ak_core_type_name(subtype, -1),
					 COLUMN(def));
	return psprintf("%s IS NULL OR %s", COLUMN(def), out.data);
}

static char *
check_among(AkFieldDef *def, const AkValidator *validator)
{
	bool		in = strcmp(validator->kind, "in") == 0;
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "%s ", COLUMN(def));
	if (in)
		ak_core_operator(&out, ak_core_btree_operator(type_of(def), BTEqualStrategyNumber));
	else
		ak_core_operator(&out, get_negator(ak_core_btree_operator(type_of(def), BTEqualStrategyNumber)));
	appendStringInfo(&out, " %s (%s)", in ? "ANY" : "ALL", literals(def, validator));
	return out.data;
}

static char *
number_text(const AkValidator *validator, const AkJson *value)
{
	if (value->kind != AK_JSON_NUMBER)
		ak_validation_bad(validator, "wants a number");
	return psprintf("%s::pg_catalog.numeric", quote_literal_cstr(value->text));
}

static void
require_number(const AkFieldDef *def, const AkValidator *validator)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(type_of(def), &category, &preferred);
	if (category != TYPCATEGORY_NUMERIC)
		ak_validation_bad(validator, "is for numbers");
}

/* Django's StepValueValidator: offset + a whole number of steps. */
static char *
check_step(AkFieldDef *def, const AkValidator *validator)
{
	const AkJson *offset = ak_core_json_get(validator->object, "offset");

	require_number(def, validator);
	if (validator->argument->kind == AK_JSON_NUMBER && strspn(validator->argument->text, "-0.eE+") == strlen(validator->argument->text))
		ak_validation_bad(validator, "cannot be zero");
	return psprintf("pg_catalog.mod(%s::pg_catalog.numeric OPERATOR(pg_catalog.-) %s, %s) OPERATOR(pg_catalog.=) 0",
					COLUMN(def), offset ? number_text(validator, offset) : "0::pg_catalog.numeric",
					number_text(validator, validator->argument));
}

static char *
step_words(const AkValidator *validator)
{
	const AkJson *offset = ak_core_json_get(validator->object, "offset");

	return offset ? psprintf(", counted from %s", offset->text) : "";
}

/* {"decimal": {"max_digits": 5, "decimal_places": 2}} */
static char *
check_decimal(AkFieldDef *def, const AkValidator *validator)
{
	const AkJson *object = ak_core_json_expect(validator->argument, AK_JSON_OBJECT, "\"decimal\"");
	const AkJson *digits = ak_core_json_get(object, "max_digits");
	const AkJson *places = ak_core_json_get(object, "decimal_places");
	int64		scale;

	require_number(def, validator);
	if (digits == NULL || places == NULL || object->size != 2)
		ak_validation_bad(validator, "wants \"max_digits\" and \"decimal_places\"");
	scale = ak_validation_integer(validator, places, 0);
	return psprintf("pg_catalog.scale(pg_catalog.trim_scale(%s::pg_catalog.numeric)) OPERATOR(pg_catalog.<=) " INT64_FORMAT
					" AND pg_catalog.abs(%s::pg_catalog.numeric) OPERATOR(pg_catalog.<) pg_catalog.power(10::pg_catalog.numeric, "
					INT64_FORMAT ")", COLUMN(def), scale, COLUMN(def),
					ak_validation_integer(validator, digits, scale) - scale);
}

/* ---- text ---- */

/* Run once, so that a pattern that cannot be compiled is refused now. */
static char *
pattern(AkFieldDef *def, const AkValidator *validator, const char *operator, const char *regex)
{
	require_text(def, validator);
	DirectFunctionCall2Coll(textregexeq, C_COLLATION_OID, CStringGetTextDatum(""), CStringGetTextDatum(regex));
	return psprintf("%s OPERATOR(pg_catalog.%s) %s", COLUMN(def), operator, quote_literal_cstr(regex));
}

/* Looks for the pattern anywhere, as Django's RegexValidator does. */
static char *
check_regex(AkFieldDef *def, const AkValidator *validator)
{
	bool		inverse = ak_core_json_get_bool(validator->object, "inverse", false);
	bool		blind = ak_core_json_get_bool(validator->object, "ignore_case", false);

	if (validator->argument->kind != AK_JSON_STRING)
		ak_validation_bad(validator, "wants a pattern");
	return pattern(def, validator, psprintf("%s~%s", inverse ? "!" : "", blind ? "*" : ""), validator->argument->text);
}

static char *
check_email(AkFieldDef *def, const AkValidator *validator)
{
	require_true(validator);
	return pattern(def, validator, "~", AK_MODEL_EMAIL);
}

static char *
check_url(AkFieldDef *def, const AkValidator *validator)
{
	const AkJson *schemes = ak_core_json_get(validator->object, "schemes");
	StringInfoData out;

	require_true(validator);
	if (schemes != NULL && ak_validation_list(schemes)->size == 0)
		ak_validation_bad(validator, "wants at least one scheme");
	initStringInfo(&out);
	for (int i = 0; schemes && i < ak_validation_list(schemes)->size; i++)
	{
		const AkJson *scheme = ak_validation_list(schemes)->items[i];

		if (scheme->kind != AK_JSON_STRING || *scheme->text == '\0' ||
			strspn(scheme->text, "abcdefghijklmnopqrstuvwxyz0123456789+-.") != strlen(scheme->text))
			ak_validation_bad(validator, "wants schemes in lower case");
		for (const char *c = scheme->text; *c; c++)
			appendStringInfo(&out, "%s%s%c", c == scheme->text && i > 0 ? "|" : "", strchr("+.", *c) ? "\\" : "", *c);
	}
	return pattern(def, validator, "~*", psprintf("^(%s)://[^[:space:]/?#]+([/?#][^[:space:]]*)?$",
												  out.len > 0 ? out.data : "https?|ftps?"));
}

static char *
check_slug(AkFieldDef *def, const AkValidator *validator)
{
	require_true(validator);
	return pattern(def, validator, "~", ak_core_json_get_bool(validator->object, "unicode", false)
				   ? "^[-\\w]+$" : "^[-a-zA-Z0-9_]+$");
}

static char *
check_integer_list(AkFieldDef *def, const AkValidator *validator)
{
	require_true(validator);
	return pattern(def, validator, "~", "^-?[0-9]+(,-?[0-9]+)*$");
}

/* The end of a file's name, whatever its case. */
static char *
check_extension(AkFieldDef *def, const AkValidator *validator)
{
	require_text(def, validator);
	return psprintf("pg_catalog.lower(pg_catalog.substring(%s, '[.]([^.]*)$')) OPERATOR(pg_catalog.=) ANY (%s) IS TRUE"
					" OR %s IS NULL", COLUMN(def), text_array(validator, validator->argument), COLUMN(def));
}

/* The parts of a strong password that may be asked for, beside its length. */
static const struct
{
	const char *name;
	const char *pattern;
	const char *words;
	bool		usual;
}			password_parts[] = {
	{"upper", "[[:upper:]]", "an upper case letter", true},
	{"lower", "[[:lower:]]", "a lower case letter", false},
	{"digit", "[[:digit:]]", "a digit", true},
	{"special", "[^[:alnum:][:space:]]", "a special character", false},
};

/* The parts as they are written; none where the word stands alone. */
static const AkJson *
password_options(const AkValidator *validator)
{
	if (validator->argument->kind == AK_JSON_OBJECT)
		return validator->argument;
	require_true(validator);
	return ak_core_json_object();
}

static int64
password_length(const AkValidator *validator)
{
	const AkJson *length = ak_core_json_get(password_options(validator), "min_length");

	return length ? ak_validation_integer(validator, length, 1) : 8;
}

static bool
password_wants(const AkValidator *validator, int part)
{
	return ak_core_json_get_bool(password_options(validator), password_parts[part].name, password_parts[part].usual);
}

static void
check_password_options(const AkValidator *validator)
{
	const AkJson *object = password_options(validator);

	for (int i = 0; i < object->size; i++)
	{
		bool		known = strcmp(object->keys[i], "min_length") == 0;

		for (int j = 0; j < lengthof(password_parts); j++)
			known = known || strcmp(password_parts[j].name, object->keys[i]) == 0;
		if (!known)
			ak_validation_bad(validator, psprintf("has no part \"%s\"", object->keys[i]));
	}
}

/* Eight characters, an upper case letter and a digit, unless it says otherwise. */
static char *
check_password(AkFieldDef *def, const AkValidator *validator)
{
	StringInfoData out;

	require_text(def, validator);
	check_password_options(validator);
	initStringInfo(&out);
	appendStringInfo(&out, "pg_catalog.char_length(%s) OPERATOR(pg_catalog.>=) " INT64_FORMAT, COLUMN(def),
					 password_length(validator));
	for (int i = 0; i < lengthof(password_parts); i++)
		if (password_wants(validator, i))
			appendStringInfo(&out, " AND %s OPERATOR(pg_catalog.~) '%s'", COLUMN(def), password_parts[i].pattern);
	return out.data;
}

/* All that is asked for, in a sentence. */
static char *
password_words(const AkValidator *validator)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, " " INT64_FORMAT " characters", password_length(validator));
	for (int i = 0; i < lengthof(password_parts); i++)
		if (password_wants(validator, i))
			appendStringInfo(&out, ", %s", password_parts[i].words);
	return out.data;
}

/* ---- JSON ---- */

/* {"keys": [...], "strict": true}: all of them there, and no other. */
static char *
check_keys(AkFieldDef *def, const AkValidator *validator)
{
	char	   *keys = text_array(validator, validator->argument);

	if (type_of(def) != JSONBOID)
		ak_validation_bad(validator, "is for JSON");
	if (ak_core_json_get_bool(validator->object, "strict", false))
		return psprintf("pg_catalog.jsonb_exists_all(%s, %s) AND (%s OPERATOR(pg_catalog.-) %s) OPERATOR(pg_catalog.=) '{}'::pg_catalog.jsonb",
						COLUMN(def), keys, COLUMN(def), keys);
	return psprintf("pg_catalog.jsonb_exists_all(%s, %s)", COLUMN(def), keys);
}

static char *
keys_words(const AkValidator *validator)
{
	return ak_core_json_get_bool(validator->object, "strict", false) ? " and no other" : "";
}

/* ---- the list ---- */

static const char *const regex_options[] = {"inverse", "ignore_case", NULL};
static const char *const url_options[] = {"schemes", NULL};
static const char *const slug_options[] = {"unicode", NULL};
static const char *const step_options[] = {"offset", NULL};
static const char *const keys_options[] = {"strict", NULL};

static const AkValidatorKind kinds[] = {
	{"min_length", NULL, check_length, "min_length", "must have a length of at least %s"},
	{"max_length", NULL, check_length, "max_length", "must have a length of at most %s"},
	{"length", NULL, check_length, "length", "must have a length of %s"},
	{"min_value", NULL, check_bound, "min_value", "must be at least %s"},
	{"max_value", NULL, check_bound, "max_value", "must be at most %s"},
	{"range_min", NULL, check_range, "min_value", "must not begin before %s"},
	{"range_max", NULL, check_range, "max_value", "must not end after %s"},
	{"in", NULL, check_among, "invalid_choice", "must be one of %s"},
	{"not_in", NULL, check_among, "invalid_choice", "must be none of %s"},
	{"step", step_options, check_step, "step_size", "must be a multiple of %s"},
	{"decimal", NULL, check_decimal, "max_digits", "has too many digits"},
	{"regex", regex_options, check_regex, "invalid", "has not the form that is asked for"},
	{"email", NULL, check_email, "invalid", "must be an e-mail address"},
	{"url", url_options, check_url, "invalid", "must be a URL"},
	{"slug", slug_options, check_slug, "invalid", "must be letters, digits, _ and -"},
	{"integer_list", NULL, check_integer_list, "invalid", "must be whole numbers with commas between"},
	{"file_extension", NULL, check_extension, "invalid_extension", "must end in one of %s"},
	{"password", NULL, check_password, "password_too_weak", "must have at least"},
	{"keys", keys_options, check_keys, "keys", "must have the keys %s"},
	{"function", NULL, NULL, "invalid", NULL},
};

const AkValidatorKind *
ak_validation_kind(const char *name)
{
	for (int i = 0; i < lengthof(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

char *
ak_validation_further_words(const AkValidator *validator)
{
	if (strcmp(validator->kind, "step") == 0)
		return step_words(validator);
	if (strcmp(validator->kind, "password") == 0)
		return password_words(validator);
	return strcmp(validator->kind, "keys") == 0 ? keys_words(validator) : "";
}

AkValidator *
ak_validation_read_field(const AkJson *source, const char *field)
{
	return ak_validation_read(source, psprintf("a validator of field \"%s\"", field), kinds, lengthof(kinds));
}

/* ---- option "validators" ---- */

static bool
is_taken(const AkFieldDef *def, const AkJson *before, const char *name)
{
	ListCell   *cell;

	foreach(cell, def->checks)
		if (strcmp(((AkCheck *) lfirst(cell))->rule, name) == 0)
			return true;
	for (int i = 0; i < before->size; i++)
	{
		const char *other = ak_core_json_get_string(before->items[i], "name");

		if (other != NULL && strcmp(other, name) == 0)
			return true;
	}
	return false;
}

/* Gives the validator a name that no other rule of the field has, and that stays its name. */
static void
name_validator(const AkFieldDef *def, AkValidator *validator, const AkJson *before)
{
	const char *base = validator->kind;

	if (validator->name != NULL && is_taken(def, before, validator->name))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("%s: there is another rule \"%s\"", validator->what, validator->name)));
	if (validator->name == NULL)
		validator->name = pstrdup(base);
	for (int i = 2; is_taken(def, before, validator->name); i++)
		validator->name = psprintf("%s_%d", base, i);
	ak_core_json_put(unconstify(AkJson *, validator->object), "name", ak_core_json_string(validator->name));
}

/* The condition as it is kept: analysed, names qualified. */
static void
keep_condition(AkFieldDef *def, AkValidator *validator)
{
	AkExpression e = {
		.source = validator->when, .what = psprintf("\"when\" of %s", validator->what),
		.use = AK_EXPRESSION_CHECK, .over = def->model, .by_field = true
	};

	if (validator->when == NULL)
		return;
	if (ak_validation_kind(validator->kind)->check != NULL && ak_model_expression_is_mutable(&e))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("%s changes with time or settings, and no constraint can", e.what),
				 errhint("State a rule of the row in the \"rules\" of meta.")));
	ak_core_json_put(unconstify(AkJson *, validator->object), "when", ak_core_json_string(ak_model_expression(&e)));
	e.by_field = false;
	validator->when = ak_model_expression(&e);
}

/* A function is looked up once, so that a wrong one is refused now.  One that was right may be gone, and its rule is to go too. */
static char *
function_name(const AkFieldDef *def, const AkValidator *validator, const char *written, Oid wanted)
{
	Oid			type = type_of(def);

	return def->model->registered ? pstrdup(written) : ak_validation_function_name(validator, written, &type, 1, wanted);
}

static void
keep_function(AkFieldDef *def, AkValidator *validator)
{
	if (validator->argument->kind != AK_JSON_STRING)
		ak_validation_bad(validator, "wants a function's name");
	ak_core_json_put(unconstify(AkJson *, validator->object), "function",
					 ak_core_json_string(function_name(def, validator, validator->argument->text, InvalidOid)));
}

static void
add_check(AkFieldDef *def, const AkValidator *validator, const AkValidatorKind *kind)
{
	char	   *sql = kind->check(def, validator);
	AkCheck    *check;

	if (validator->when != NULL)
		check = ak_model_add_check(def, validator->name, "(%s) IS NOT TRUE OR (%s)", validator->when, sql);
	else
		check = ak_model_add_check(def, validator->name, "%s", sql);
	check->code = validator->code;
	check->message = validator->message;
	check->source = validator->object;
	check->of_row = validator->when != NULL;
}

static AkJson *
define_validators(AkFieldDef *def, const AkJson *value)
{
	const AkJson *list = ak_validation_list(value);
	AkJson	   *kept = ak_core_json_array();

	if (def->column == NULL || def->type->relation)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" is a relation and takes no validators", def->name),
				 errhint("State a rule of the row in the \"rules\" of meta.")));
	for (int i = 0; i < list->size; i++)
	{
		AkValidator *validator = ak_validation_read_field(list->items[i], def->name);
		const AkValidatorKind *kind = ak_validation_kind(validator->kind);

		name_validator(def, validator, kept);
		keep_condition(def, validator);
		if (kind->check != NULL)
			add_check(def, validator, kind);
		else
			keep_function(def, validator);
		ak_core_json_push(kept, unconstify(AkJson *, validator->object));
	}
	return kept;
}

const AkFieldOption ak_validation_validators = {"validators", define_validators};

/* ---- option "normalize" ---- */

static AkJson *
define_normalize(AkFieldDef *def, const AkJson *value)
{
	static const char *const words[] = {"strip", "lower", "upper", "squeeze"};
	AkValidator validator = {.what = psprintf("field \"%s\"", def->name), .kind = "normalize"};
	const AkJson *list = ak_validation_list(value);
	AkJson	   *kept = ak_core_json_array();

	if (def->column == NULL || def->generated_sql != NULL)
		ak_validation_bad(&validator, "is for fields with a column that is written");
	for (int i = 0; i < list->size; i++)
	{
		bool		known = false;

		if (list->items[i]->kind != AK_JSON_STRING)
			ak_validation_bad(&validator, "wants words and names of functions");
		for (int j = 0; j < lengthof(words); j++)
			known = known || strcmp(words[j], list->items[i]->text) == 0;
		if (known)
			require_text(def, &validator);
		ak_core_json_push(kept, known ? list->items[i]
						  : ak_core_json_string(function_name(def, &validator, list->items[i]->text, type_of(def))));
	}
	return kept;
}

const AkFieldOption ak_validation_normalize = {"normalize", define_normalize};

/* ---- option "error_messages" ---- */

static AkJson *
define_messages(AkFieldDef *def, const AkJson *value)
{
	ak_core_json_expect(value, AK_JSON_OBJECT, psprintf("option \"error_messages\" of field \"%s\"", def->name));
	for (int i = 0; i < value->size; i++)
		ak_core_json_expect(value->items[i], AK_JSON_STRING,
							psprintf("\"%s\" in \"error_messages\" of field \"%s\"", value->keys[i], def->name));
	return unconstify(AkJson *, value);
}

const AkFieldOption ak_validation_messages = {"error_messages", define_messages};
