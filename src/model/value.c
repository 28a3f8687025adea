/*
 * value.c
 *		Document values to Datums, strictly.
 *
 * A value is read by the type of its column: integers take no fractions and
 * no booleans, decimals no digits beyond their scale, dates are ISO text.
 * Text is taken where its type's own input function takes it; what does not
 * fit becomes a problem under the field's name.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "model/types.h"
#include "model/value.h"

/* No integer has more. */
#define MOST_DIGITS 40

/* ---- input through the type's own function ---- */

/* Enums are read by a function of the server's, too. */
static bool
is_builtin(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	bool		builtin;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	builtin = ((Form_pg_type) GETSTRUCT(tuple))->typtype == TYPTYPE_ENUM ||
		(((Form_pg_type) GETSTRUCT(tuple))->typnamespace == PG_CATALOG_NAMESPACE &&
		 (((Form_pg_type) GETSTRUCT(tuple))->typtype == TYPTYPE_BASE ||
		  ((Form_pg_type) GETSTRUCT(tuple))->typtype == TYPTYPE_RANGE));
	ReleaseSysCache(tuple);
	return builtin;
}

static Datum
input(Oid type, int32 typmod, const char *text)
{
	Oid			function;
	Oid			ioparam;

	getTypeInputInfo(type, &function, &ioparam);
	return OidInputFunctionCall(function, (char *) text, ioparam, typmod);
}

/* Turns a data exception of a built-in input function into a problem; others go on up. */
static void
take_input_error(const AkReading *r, MemoryContext context)
{
	ErrorData  *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
		PG_RE_THROW();
	FlushErrorState();
	ak_core_problem(r->problems, r->where, error->sqlerrcode, "invalid", "\"%s\": %s",
					r->where, error->message);
}

/*
 * Reads text by the type.  Input functions of built-in base types hold
 * nothing that an error would leave behind, so theirs can be caught here;
 * errors of other types' functions stop the call.
 */
bool
ak_model_read_text(const AkReading *r, const char *text, AkValue *out)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool good = true;

	if (!is_builtin(r->type))
	{
		out->datum = input(r->type, r->typmod, text);
		return true;
	}
	PG_TRY();
	{
		out->datum = input(r->type, r->typmod, text);
	}
	PG_CATCH();
	{
		take_input_error(r, context);
		good = false;
	}
	PG_END_TRY();
	return good;
}

/* ---- by kind of type ---- */

bool
ak_model_refuse(const AkReading *r, const AkJson *value, const char *wanted)
{
	const char *given = value->kind == AK_JSON_STRING && value->text[0] == '\0' ? "\"\""
		: value->kind == AK_JSON_STRING || value->kind == AK_JSON_NUMBER
		? value->text
		: value->kind == AK_JSON_BOOL ? (value->truth ? "true" : "false")
		: ak_core_json_kind_name(value->kind);

	ak_core_problem(r->problems, r->where, ERRCODE_INVALID_PARAMETER_VALUE, "invalid",
					"\"%s\" must be %s, not %s", r->where, wanted, given);
	return false;
}

/* Is it a sign and digits, and if not, a number without a fraction?  Gives the digits. */
static char *
whole_number(const char *text)
{
	const char *digits = text + (*text == '-' || *text == '+');
	Numeric		number;
	Datum		truncated;

	if (*digits != '\0' && strspn(digits, "0123456789") == strlen(digits))
		return pstrdup(text);
	if (strlen(text) > 64 || strspn(text, "+-0123456789.eE") != strlen(text))
		return NULL;
	number = DatumGetNumeric(input(NUMERICOID, -1, text));
	truncated = DirectFunctionCall2(numeric_trunc, NumericGetDatum(number), Int32GetDatum(0));
	if (!DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(number), truncated)))
		return NULL;
	return DatumGetCString(DirectFunctionCall1(numeric_out, truncated));
}

static bool
read_integer(const AkReading *r, const AkJson *value, AkValue *out)
{
	char	   *digits = NULL;

	if (value->kind == AK_JSON_NUMBER)
		digits = whole_number(value->text);
	else if (value->kind == AK_JSON_STRING)
	{
		char	   *text = ak_model_trimmed(value->text);
		const char *bare = text + (*text == '-' || *text == '+');

		if (*bare != '\0' && strspn(bare, "0123456789") == strlen(bare))
			digits = text;
	}
	if (digits == NULL)
		return ak_model_refuse(r, value, "a whole number");
	if (strlen(digits) > MOST_DIGITS)
		return ak_model_refuse(r, value, psprintf("a number of type %s", format_type_be(r->type)));
	return ak_model_read_text(r, digits, out);
}

static bool
read_float(const AkReading *r, const AkJson *value, AkValue *out)
{
	char	   *text;

	if (value->kind != AK_JSON_NUMBER && value->kind != AK_JSON_STRING)
		return ak_model_refuse(r, value, "a number");
	text = ak_model_trimmed(value->text);
	if (*text == '\0' || strspn(text, "+-0123456789.eE") != strlen(text))
		return ak_model_refuse(r, value, "a finite number");
	return ak_model_read_text(r, text, out);
}

/* Refuses digits beyond the column's scale; PostgreSQL would round them away. */
static bool
check_scale(const AkReading *r, const AkJson *value, const AkValue *out)
{
	Datum		rounded;
	int			scale;

	if (r->typmod < (int32) VARHDRSZ)
		return true;
	scale = ((r->typmod - VARHDRSZ) & 0x7ff);
	scale = (scale ^ 1024) - 1024;
	rounded = DirectFunctionCall2(numeric_round, out->datum, Int32GetDatum(scale));
	if (DatumGetBool(DirectFunctionCall2(numeric_eq, out->datum, rounded)))
		return true;
	ak_core_problem(r->problems, r->where, ERRCODE_INVALID_PARAMETER_VALUE, "max_decimal_places",
					"\"%s\" must have at most %d decimal places, not %s", r->where, scale, value->text);
	return false;
}

static bool
read_decimal(const AkReading *r, const AkJson *value, AkValue *out)
{
	AkReading	plain = *r;
	char	   *text;

	if (value->kind != AK_JSON_NUMBER && value->kind != AK_JSON_STRING)
		return ak_model_refuse(r, value, "a number");
	text = ak_model_trimmed(value->text);
	if (*text == '\0' || strspn(text, "+-0123456789.eE") != strlen(text))
		return ak_model_refuse(r, value, "a finite number");
	plain.typmod = -1;
	if (!ak_model_read_text(&plain, text, out) || !check_scale(r, value, out))
		return false;
	return r->typmod < 0 || ak_model_read_text(r, text, out);
}

static bool
read_boolean(const AkReading *r, const AkJson *value, AkValue *out)
{
	static const char *const yes[] = {"true", "t", "1", "yes", "y", "on"};
	static const char *const no[] = {"false", "f", "0", "no", "n", "off"};
	char	   *text;

	out->datum = BoolGetDatum(value->truth);
	if (value->kind == AK_JSON_BOOL)
		return true;
	if (value->kind != AK_JSON_STRING && value->kind != AK_JSON_NUMBER)
		return ak_model_refuse(r, value, "true or false");
	text = value->kind == AK_JSON_NUMBER ? whole_number(value->text) : ak_model_trimmed(value->text);
	for (int i = 0; text != NULL && i < lengthof(yes); i++)
	{
		out->datum = BoolGetDatum(pg_strcasecmp(text, yes[i]) == 0);
		if (DatumGetBool(out->datum) || pg_strcasecmp(text, no[i]) == 0)
			return true;
	}
	return ak_model_refuse(r, value, "true or false");
}

/* Dates begin with the year, of four digits at least, so that no DateStyle turns day and month about. */
bool
ak_model_is_iso(Oid type, const char *text)
{
	size_t		digits = strspn(text, "0123456789");

	if (strncmp(text, "infinity", 8) == 0 || strncmp(text, "-infinity", 9) == 0)
		return true;
	if (type == TIMEOID || type == TIMETZOID)
		return digits > 0 && (text[digits] == ':' || digits >= 4);
	return digits >= 4 && (text[digits] == '-' || digits >= 8);
}

/* The time of day in a date and time. */
static char *
time_of_day(char *text)
{
	char	   *end = text + strspn(text, "0123456789-");

	return *end == 'T' || *end == ' ' ? end + 1 : text;
}

/* ISO text only: words such as "now" would be frozen at the moment of reading. */
static bool
read_date_or_time(const AkReading *r, const AkJson *value, AkValue *out)
{
	char	   *text;

	if (value->kind != AK_JSON_STRING)
		return ak_model_refuse(r, value, "a date or time as text in ISO form");
	text = ak_model_trimmed(value->text);
	if (!ak_model_is_iso(r->type, text))
		return ak_model_refuse(r, value, "a date or time in ISO form");
	if (r->type == TIMEOID)
		text = time_of_day(text);
	return ak_model_read_text(r, text, out);
}

/* A number is seconds, text an interval. */
static bool
read_duration(const AkReading *r, const AkJson *value, AkValue *out)
{
	if (value->kind == AK_JSON_NUMBER)
		return ak_model_read_text(r, psprintf("%s seconds", value->text), out);
	if (value->kind != AK_JSON_STRING)
		return ak_model_refuse(r, value, "a duration: seconds, or an interval as text");
	return ak_model_read_text(r, ak_model_trimmed(value->text), out);
}

static bool
read_string(const AkReading *r, const AkJson *value, AkValue *out)
{
	int			most = r->typmod - (int32) VARHDRSZ;

	if (value->kind != AK_JSON_STRING)
		return ak_model_refuse(r, value, "a string");
	/* Bytes first: no text has more characters than bytes. */
	if (most >= 0 && strlen(value->text) > (size_t) most && pg_mbstrlen(value->text) > most)
	{
		ak_core_problem(r->problems, r->where, ERRCODE_STRING_DATA_RIGHT_TRUNCATION, "max_length",
						"\"%s\" must have at most %d characters, not %d", r->where,
						most, pg_mbstrlen(value->text));
		return false;
	}
	out->datum = CStringGetTextDatum(value->text);
	return true;
}

static bool
read_json(const AkReading *r, const AkJson *value, AkValue *out)
{
	return ak_model_read_text(r, ak_core_json_to_cstring(value), out);
}

/*
 * Bytes: \x and hex digits, as PostgreSQL writes them; any other text stands
 * for its own bytes in UTF-8.
 */
static bool
read_bytes(const AkReading *r, const AkJson *value, AkValue *out)
{
	char	   *utf8;

	if (value->kind != AK_JSON_STRING)
		return ak_model_refuse(r, value, "bytes: text, or \\x and hex digits");
	if (value->text[0] == '\\' && value->text[1] == 'x')
		return ak_model_read_text(r, value->text, out);
	utf8 = pg_server_to_any(value->text, strlen(value->text), PG_UTF8);
	out->datum = PointerGetDatum(cstring_to_text(utf8));
	return true;
}

/* Text only, so that 1 is no address and no uuid. */
static bool
read_word(const AkReading *r, const AkJson *value, AkValue *out)
{
	if (value->kind != AK_JSON_STRING)
		return ak_model_refuse(r, value, r->type == UUIDOID ? "a uuid as text" : "an address as text");
	return ak_model_read_text(r, ak_model_trimmed(value->text), out);
}

/* Arrays and ranges; any other type: a scalar's text through the type's input function. */
static bool
read_other(const AkReading *r, const AkJson *value, AkValue *out)
{
	if (OidIsValid(get_element_type(r->type)))
		return ak_model_read_array(r, value, out);
	if (OidIsValid(get_range_subtype(r->type)))
		return ak_model_read_range(r, value, out);
	switch (value->kind)
	{
		case AK_JSON_STRING:
		case AK_JSON_NUMBER:
			return ak_model_read_text(r, value->text, out);
		case AK_JSON_BOOL:
			return ak_model_read_text(r, value->truth ? "true" : "false", out);
		default:
			return ak_model_refuse(r, value, "a single value");
	}
}

bool
ak_model_read_by_type(const AkReading *r, const AkJson *value, AkValue *out)
{
	switch (r->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return read_integer(r, value, out);
		case FLOAT4OID:
		case FLOAT8OID:
			return read_float(r, value, out);
		case NUMERICOID:
			return read_decimal(r, value, out);
		case BOOLOID:
			return read_boolean(r, value, out);
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return read_date_or_time(r, value, out);
		case INTERVALOID:
			return read_duration(r, value, out);
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return read_string(r, value, out);
		case JSONOID:
		case JSONBOID:
			return read_json(r, value, out);
		case BYTEAOID:
			return read_bytes(r, value, out);
		case UUIDOID:
		case INETOID:
			return read_word(r, value, out);
		default:
			return read_other(r, value, out);
	}
}

/* ---- the room's readers ---- */

/*
 * {"$v": x, "as": t} → x.  The type is not needed: x is ISO text, and it is
 * the column's type that decides how it is read.
 */
const AkJson *
ak_model_unwrap(const AkJson *value)
{
	const AkJson *inner = ak_core_json_get(value, "$v");

	if (inner == NULL || value->size > (ak_core_json_get(value, "as") ? 2 : 1))
		return value;
	return inner;
}

bool
ak_model_read_typed(Oid type, int32 typmod, const char *where, const AkJson *value,
					AkValue *out, AkProblems *problems)
{
	AkReading	r = {.type = type, .typmod = typmod, .where = where, .problems = problems};
	const AkJson *plain = ak_model_unwrap(value);

	out->type = type;
	out->isnull = plain->kind == AK_JSON_NULL;
	out->datum = (Datum) 0;
	return out->isnull || ak_model_read_by_type(&r, plain, out);
}

bool
ak_model_read_stored(const AkField *field, const AkJson *value, AkValue *out, AkProblems *problems)
{
	AkJson		normal;

	if (field->type->read)
		return field->type->read(field, value, out, problems);
	if (ak_model_normalizes(field) && ak_model_unwrap(value)->kind == AK_JSON_STRING)
	{
		normal = *ak_model_unwrap(value);
		normal.text = field->type->normalize(field, normal.text);
		value = &normal;
	}
	return ak_model_read_typed(field->typid, field->typmod, field->name, value, out, problems);
}

/* Reads, and says of what is wrong which column it is about. */
bool
ak_model_read(const AkField *field, const AkJson *value, AkValue *out, AkProblems *problems)
{
	int			before = list_length(problems->list);

	if (ak_model_reads_otherwise(field) ? ak_model_from_external(field, value, out, problems)
		: ak_model_read_stored(field, value, out, problems))
		return true;
	for (int i = before; i < list_length(problems->list); i++)
		((AkProblem *) list_nth(problems->list, i))->column = field->column;
	return false;
}

AkValue
ak_model_read_strict(const AkField *field, const AkJson *value)
{
	AkProblems	problems = {0};
	AkValue		out;

	if (!ak_model_read(field, value, &out, &problems))
		ak_core_problems_raise(&problems, field->model->app, field->model->table);
	return out;
}

/* Arrays have no array type of their own: a list of them is their texts. */
static void
as_texts(Oid type, Datum *items, int count)
{
	for (int i = 0; i < count; i++)
		items[i] = CStringGetTextDatum(ak_core_output_iso(type, items[i]));
}

/* One array of values of a type. */
static AkValue
array_of(Oid type, Datum *items, int count)
{
	AkValue		out = {0};
	int16		length;
	bool		byval;
	char		align;

	if (!OidIsValid(get_array_type(type)))
	{
		as_texts(type, items, count);
		type = TEXTOID;
	}
	get_typlenbyvalalign(type, &length, &byval, &align);
	out.type = get_array_type(type);
	out.datum = PointerGetDatum(construct_array(items, count, type, length, byval, align));
	return out;
}

/* One array of the field's type; nulls are dropped, as `in` and links want it. */
AkValue
ak_model_read_list(const AkField *field, const AkJson *list)
{
	AkProblems	problems = {0};
	Datum	   *items = palloc(sizeof(Datum) * Max(list->size, 1));
	int			count = 0;
	AkValue		item = {.type = field->typid};

	for (int i = 0; i < list->size; i++)
		if (ak_model_read(field, list->items[i], &item, &problems) && !item.isnull)
			items[count++] = item.datum;
	ak_core_problems_raise(&problems, field->model->app, field->model->table);
	return array_of(item.type, items, count);
}

AkValue
ak_model_read_list_of(Oid type, const char *where, const AkJson *list)
{
	AkProblems	problems = {0};
	Datum	   *items = palloc(sizeof(Datum) * Max(list->size, 1));
	int			count = 0;
	AkValue		item;

	for (int i = 0; i < list->size; i++)
		if (ak_model_read_typed(type, -1, where, list->items[i], &item, &problems) && !item.isnull)
			items[count++] = item.datum;
	ak_core_problems_raise(&problems, NULL, NULL);
	return array_of(type, items, count);
}

/* An array as the list that row_to_json() makes of it. */
static AkJson *
array_to_list(Datum value)
{
	char	   *json = TextDatumGetCString(DirectFunctionCall1(array_to_json, value));

	return ak_core_json_parse(json, strlen(json), "the value");
}

AkJson *
ak_model_value_to_json(Oid type, Datum value, bool isnull)
{
	AkJson	   *out;
	char	   *text;

	if (isnull)
		return ak_core_json_null();
	text = ak_core_output_iso(type, value);
	switch (type)
	{
		case BOOLOID:
			return ak_core_json_bool(DatumGetBool(value));
		case INT2OID:
		case INT4OID:
		case INT8OID:
			out = ak_core_json_integer(0);
			out->text = text;
			return out;
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			if (strspn(text, "+-0123456789.eE") != strlen(text))
				return ak_core_json_string(text);
			out = ak_core_json_integer(0);
			out->text = text;
			return out;
		case JSONOID:
		case JSONBOID:
			return ak_core_json_parse(text, strlen(text), "the value");
		default:
			if (OidIsValid(get_element_type(type)))
				return array_to_list(value);
			return ak_core_json_string(text);
	}
}
