/*
 * encode.c
 *		Values as JSON text, type by type.
 *
 * What is written is what row_to_json writes, byte for byte.  A writer is
 * chosen once for a column; it appends straight to the buffer.  Types that
 * have none of their own go through their output function, as they do there;
 * arrays and composites through PostgreSQL's own array_to_json and
 * row_to_json.
 *
 * Writers leave what they allocate in the current context, which the caller
 * resets row by row.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "query/encode.h"

static const char hex_digits[] = "0123456789abcdef";

/* ---- strings ---- */

#define EACH_BYTE(b) (UINT64CONST(0x0101010101010101) * (b))

/* Has none of the eight bytes to be escaped?  Control characters, '"' and '\\' have. */
static inline bool
is_plain_word(uint64 word)
{
	uint64		quote = word ^ EACH_BYTE('"');
	uint64		backslash = word ^ EACH_BYTE('\\');

	return ((((word - EACH_BYTE(0x20)) & ~word) |
			 ((quote - EACH_BYTE(1)) & ~quote) |
			 ((backslash - EACH_BYTE(1)) & ~backslash)) & EACH_BYTE(0x80)) == 0;
}

static inline bool
is_plain(char c)
{
	return (unsigned char) c >= ' ' && c != '"' && c != '\\';
}

/* How many bytes from the start need no escape. */
static int
plain_length(const char *text, int length)
{
	int			i = 0;

	for (; i + 8 <= length; i += 8)
	{
		uint64		word;

		memcpy(&word, text + i, 8);
		if (!is_plain_word(word))
			break;
	}
	while (i < length && is_plain(text[i]))
		i++;
	return i;
}

static void
append_escaped(StringInfo out, char c)
{
	switch (c)
	{
		case '\b':
			appendStringInfoString(out, "\\b");
			break;
		case '\f':
			appendStringInfoString(out, "\\f");
			break;
		case '\n':
			appendStringInfoString(out, "\\n");
			break;
		case '\r':
			appendStringInfoString(out, "\\r");
			break;
		case '\t':
			appendStringInfoString(out, "\\t");
			break;
		case '"':
			appendStringInfoString(out, "\\\"");
			break;
		case '\\':
			appendStringInfoString(out, "\\\\");
			break;
		default:
			appendStringInfo(out, "\\u%04x", (unsigned char) c);
	}
}

void
ak_query_encode_string(StringInfo out, const char *text, int length)
{
	appendStringInfoChar(out, '"');
	while (length > 0)
	{
		int			plain = plain_length(text, length);

		appendBinaryStringInfo(out, text, plain);
		text += plain;
		length -= plain;
		if (length > 0)
		{
			append_escaped(out, *text++);
			length--;
		}
	}
	appendStringInfoChar(out, '"');
}

/* ---- writers ---- */

static void
write_bool(StringInfo out, Datum value, FmgrInfo *function)
{
	if (DatumGetBool(value))
		appendBinaryStringInfo(out, "true", 4);
	else
		appendBinaryStringInfo(out, "false", 5);
}

static void
write_int2(StringInfo out, Datum value, FmgrInfo *function)
{
	enlargeStringInfo(out, 8);
	out->len += pg_itoa(DatumGetInt16(value), out->data + out->len);
}

static void
write_int4(StringInfo out, Datum value, FmgrInfo *function)
{
	enlargeStringInfo(out, 12);
	out->len += pg_ltoa(DatumGetInt32(value), out->data + out->len);
}

static void
write_int8(StringInfo out, Datum value, FmgrInfo *function)
{
	enlargeStringInfo(out, MAXINT8LEN + 1);
	out->len += pg_lltoa(DatumGetInt64(value), out->data + out->len);
}

/* Infinity and NaN, which are no JSON numbers, are strings. */
static void
write_number(StringInfo out, Datum value, FmgrInfo *function)
{
	const char *text = OutputFunctionCall(function, value);
	const char *digit = text[0] == '-' ? text + 1 : text;

	if (*digit >= '0' && *digit <= '9')
		appendStringInfoString(out, text);
	else
		ak_query_encode_string(out, text, strlen(text));
}

/* A point in time in ISO form, whatever DateStyle says. */
static void
write_time(StringInfo out, Datum value, Oid type)
{
	char		text[MAXDATELEN + 1];

	JsonEncodeDateTime(text, value, type, NULL);
	appendStringInfoChar(out, '"');
	appendStringInfoString(out, text);
	appendStringInfoChar(out, '"');
}

static void
write_date(StringInfo out, Datum value, FmgrInfo *function)
{
	write_time(out, value, DATEOID);
}

static void
write_timestamp(StringInfo out, Datum value, FmgrInfo *function)
{
	write_time(out, value, TIMESTAMPOID);
}

static void
write_timestamptz(StringInfo out, Datum value, FmgrInfo *function)
{
	write_time(out, value, TIMESTAMPTZOID);
}

static void
write_text(StringInfo out, Datum value, FmgrInfo *function)
{
	text	   *plain = DatumGetTextPP(value);

	ak_query_encode_string(out, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
}

static void
write_name(StringInfo out, Datum value, FmgrInfo *function)
{
	const char *name = NameStr(*DatumGetName(value));

	ak_query_encode_string(out, name, strlen(name));
}

static void
write_uuid(StringInfo out, Datum value, FmgrInfo *function)
{
	const pg_uuid_t *uuid = DatumGetUUIDP(value);
	char		text[2 * UUID_LEN + 6];
	char	   *at = text;

	*at++ = '"';
	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = hex_digits[uuid->data[i] >> 4];
		*at++ = hex_digits[uuid->data[i] & 0x0f];
	}
	*at = '"';
	appendBinaryStringInfo(out, text, sizeof(text));
}

/* Text that is JSON already. */
static void
write_json(StringInfo out, Datum value, FmgrInfo *function)
{
	text	   *json = DatumGetTextPP(value);

	appendBinaryStringInfo(out, VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json));
}

static void
write_jsonb(StringInfo out, Datum value, FmgrInfo *function)
{
	Jsonb	   *json = DatumGetJsonbP(value);

	(void) JsonbToCString(out, &json->root, VARSIZE(json));
}

static void
write_array(StringInfo out, Datum value, FmgrInfo *function)
{
	write_json(out, DirectFunctionCall1(array_to_json, value), NULL);
}

static void
write_composite(StringInfo out, Datum value, FmgrInfo *function)
{
	write_json(out, DirectFunctionCall1(row_to_json, value), NULL);
}

/* A type of an extension that has a function which casts it to json. */
static void
write_cast(StringInfo out, Datum value, FmgrInfo *function)
{
	write_json(out, FunctionCall1(function, value), NULL);
}

static void
write_other(StringInfo out, Datum value, FmgrInfo *function)
{
	const char *text = OutputFunctionCall(function, value);

	ak_query_encode_string(out, text, strlen(text));
}

/* ---- choosing ---- */

/* The writer of a type that has one of its own, without looking anything up; NULL for others. */
static AkWriteFn
own_writer(Oid type)
{
	switch (type)
	{
		case BOOLOID:
			return write_bool;
		case INT2OID:
			return write_int2;
		case INT4OID:
			return write_int4;
		case INT8OID:
			return write_int8;
		case DATEOID:
			return write_date;
		case TIMESTAMPOID:
			return write_timestamp;
		case TIMESTAMPTZOID:
			return write_timestamptz;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return write_text;
		case NAMEOID:
			return write_name;
		case UUIDOID:
			return write_uuid;
		case JSONOID:
			return write_json;
		case JSONBOID:
			return write_jsonb;
		default:
			return NULL;
	}
}

/* The output function, or for a type that is not built in the function of its cast to json. */
static void
choose_function(AkWriter *writer, Oid type)
{
	bool		is_varlena;

	writer->write = write_other;
	if (type >= FirstNormalObjectId &&
		find_coercion_pathway(JSONOID, type, COERCION_EXPLICIT, &writer->function) == COERCION_PATH_FUNC &&
		OidIsValid(writer->function))
	{
		writer->write = write_cast;
		return;
	}
	if (type == FLOAT4OID || type == FLOAT8OID || type == NUMERICOID)
		writer->write = write_number;
	getTypeOutputInfo(type, &writer->function, &is_varlena);
}

AkWriter
ak_query_writer(Oid type)
{
	AkWriter	writer = {.type = type, .write = own_writer(type)};

	if (writer.write != NULL)
		return writer;
	type = getBaseType(type);
	writer.write = own_writer(type);
	if (writer.write != NULL)
		return writer;
	if (OidIsValid(get_element_type(type)))
		writer.write = write_array;
	else if (type_is_rowtype(type))
		writer.write = write_composite;
	else
		choose_function(&writer, type);
	return writer;
}
