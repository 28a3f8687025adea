/*
 * compose.c
 *		Ops put together as text.
 *
 * objects() is called for each question, so the usual case does without a
 * tree: ops of one part each, no part twice, nothing that has to be worked
 * out.  An op has been read as JSON when it came in, so here only its quotes
 * and brackets are looked at.  What comes out is what ak_query_apply() makes of
 * the same ops; everything else is left to it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

#include "query/internal.h"

/* Room for the header of a text, and the beginning of it. */
static void
begin_text(StringInfo out, const char *start)
{
	initStringInfo(out);
	appendStringInfoSpaces(out, VARHDRSZ);
	appendStringInfoString(out, start);
}

static text *
end_text(StringInfo out)
{
	SET_VARSIZE(out->data, out->len);
	return (text *) out->data;
}

/* ---- one pair ---- */

/* Appends a value whose type has a plain form in JSON that needs no looking at; false for others. */
static bool
append_plain_value(StringInfo out, Oid type, Datum value)
{
	switch (type)
	{
		case INT4OID:
			appendStringInfo(out, "%d", DatumGetInt32(value));
			return true;
		case INT8OID:
			appendStringInfo(out, INT64_FORMAT, DatumGetInt64(value));
			return true;
		case UUIDOID:
			appendStringInfo(out, "\"%s\"", DatumGetCString(DirectFunctionCall1(uuid_out, value)));
			return true;
		case TEXTOID:
			escape_json(out, TextDatumGetCString(value));
			return true;
	}
	return false;
}

text *
ak_query_compose_pair(const char *word, const char *path, Oid type, Datum value)
{
	StringInfoData out;

	begin_text(&out, "{\"");
	appendStringInfo(&out, "%s\": {", word);
	escape_json(&out, path);
	appendStringInfoString(&out, ": ");
	if (!append_plain_value(&out, type, value))
		return NULL;
	appendStringInfoString(&out, "}}");
	return end_text(&out);
}

/* ---- ops ---- */

/* A part that is taken as it stands, or as a member of a list. */
typedef struct AkPlainPart
{
	const char *start;			/* how its op begins, as builders write it */
	char		opens;			/* what its value begins with */
	bool		in_list;
} AkPlainPart;

static const AkPlainPart plain_parts[] = {
	{"{\"filter\": ", '{', true},
	{"{\"exclude\": ", '{', true},
	{"{\"order_by\": ", '[', false},
	{"{\"select_related\": ", '[', false},
	{"{\"prefetch_related\": ", '[', false},
};

/* Where a container that begins at `at` ends; NULL: not before `end`. */
static const char *
behind_container(const char *at, const char *end)
{
	int			depth = 0;
	bool		quoted = false;

	for (; at < end; at++)
	{
		if (*at == '"')
			quoted = !quoted;
		else if (quoted && *at == '\\')
			at++;
		else if (quoted)
			continue;
		else if (*at == '{' || *at == '[')
			depth++;
		else if ((*at == '}' || *at == ']') && --depth == 0)
			return at + 1;
	}
	return NULL;
}

/* The part that the op is; -1: none of these, or more than one. */
static int
plain_part(const char *op, int length, const char **value)
{
	for (int i = 0; i < (int) lengthof(plain_parts); i++)
	{
		int			start = strlen(plain_parts[i].start);

		if (length < start + 3 || memcmp(op, plain_parts[i].start, start) != 0)
			continue;
		*value = op + start;
		/* The first key or path follows at once: an empty one would leave no trace. */
		if (**value != plain_parts[i].opens || (*value)[1] != '"' ||
			behind_container(*value, op + length) != op + length - 1)
			return -1;
		return i;
	}
	return -1;
}

/* Appends an op; false where it is not plain, or its part was there before. */
static bool
append_op(StringInfo out, text *op, uint32 *seen)
{
	const char *start = VARDATA_ANY(op);
	int			length = VARSIZE_ANY_EXHDR(op);
	const char *value;
	int			part = plain_part(start, length, &value);
	bool		in_list;

	if (part < 0 || (*seen & 1u << part) != 0)
		return false;
	*seen |= 1u << part;
	in_list = plain_parts[part].in_list;
	appendStringInfoString(out, ", ");
	appendStringInfoString(out, plain_parts[part].start + 1);
	if (in_list)
		appendStringInfoChar(out, '[');
	appendBinaryStringInfo(out, value, start + length - 1 - value);
	if (in_list)
		appendStringInfoChar(out, ']');
	return true;
}

text *
ak_query_compose(const char *model, const Datum *ops, const bool *nulls, int count)
{
	StringInfoData out;
	uint32		seen = 0;

	begin_text(&out, "{\"model\": ");
	escape_json(&out, model);
	for (int i = 0; i < count; i++)
		if (nulls[i] || !append_op(&out, DatumGetTextPP(ops[i]), &seen))
			return NULL;
	appendStringInfoChar(&out, '}');
	return end_text(&out);
}
