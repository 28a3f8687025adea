/*
 * shape.c
 *		The shape of a document, in one pass over its text.
 *
 * Two documents of the same shape are the same question about other values.
 * The shape is the document without white space in which each value is
 * replaced by a letter for its kind:
 *
 *		{"model": "Post", "filter": {"views__gt": 7, "id__in": [1, 2]}}
 *		{"model":"Post","filter":{"views__gt":N,"id__in":L}}
 *
 * Strings and numbers of conditions are values, and so is a list of scalars,
 * whatever its length; one with objects or lists inside is taken member by
 * member.  Everything else stands in the shape as it is written: names, null, true and false, the empty
 * list, limits, and what is below a key that begins with "$", but for "$v", the
 * key of "$related", "$or" and its like, and query sets inside this
 * one ("$exists", "$subquery", "union" and its like).
 *
 * The scanner accepts nothing that the parser refuses: what it has not seen in
 * full (tokens, lists of scalars, rows) it reads by JSON's grammar, and the
 * rest is in the shape, so that a document that the parser refuses has a shape
 * that no good document has.  What is unusual (escapes other than those of
 * one letter, depth, size) it leaves to the parser.
 */
#include "postgres.h"

#include "query/shape.h"

#define MOST_DEPTH 16

typedef struct AkScan
{
	const char *source;
	const char *at;
	const char *end;
	AkShape    *shape;
	int			depth;
} AkScan;

static bool scan_value(AkScan *s, AkWhere where);

void
ak_query_shape_init(AkShape *shape)
{
	shape->length = 0;
	shape->nslots = 0;
}

bool
ak_query_shape_add(AkShape *shape, const void *bytes, int length)
{
	if (length > AK_SHAPE_ROOM - shape->length)
		return false;
	memcpy(shape->text + shape->length, bytes, length);
	shape->length += length;
	return true;
}

/* Appends what stands between `start` and the scanner. */
static bool
keep(AkScan *s, AkWhere where, const char *start)
{
	return where == AK_IN_NOTHING || ak_query_shape_add(s->shape, start, s->at - start);
}

/* Appends a slot for the value between `start` and the scanner. */
static bool
keep_slot(AkScan *s, const char *start, AkJsonKind kind, bool escaped, const char *letter)
{
	AkSlot	   *slot = &s->shape->slots[s->shape->nslots];

	if (s->shape->nslots == AK_SHAPE_SLOTS)
		return false;
	s->shape->nslots++;
	slot->offset = start - s->source;
	slot->length = s->at - start;
	slot->kind = kind;
	slot->escaped = escaped;
	return ak_query_shape_add(s->shape, letter, 1);
}

/* ---- tokens ---- */

static inline void
skip_space(AkScan *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r'))
		s->at++;
}

/* Is this the next character?  If so, goes behind it. */
static inline bool
take(AkScan *s, char wanted)
{
	if (s->at >= s->end || *s->at != wanted)
		return false;
	s->at++;
	return true;
}

/* From behind the opening quote to behind the closing one. */
static bool
take_string(AkScan *s, bool *escaped)
{
	*escaped = false;
	for (; s->at < s->end; s->at++)
	{
		unsigned char c = *s->at;

		if (c == '"')
		{
			s->at++;
			return true;
		}
		if (c < ' ')
			return false;
		if (c != '\\')
			continue;
		*escaped = true;
		s->at++;
		if (s->at >= s->end || *s->at == '\0' || strchr("\"\\/bfnrt", *s->at) == NULL)
			return false;
	}
	return false;
}

static bool
take_digits(AkScan *s)
{
	const char *start = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at > start;
}

static bool
take_number(AkScan *s)
{
	(void) take(s, '-');
	if (!take(s, '0') && !take_digits(s))
		return false;
	if (take(s, '.') && !take_digits(s))
		return false;
	if (s->at < s->end && (*s->at == 'e' || *s->at == 'E'))
	{
		s->at++;
		if (!take(s, '+'))
			(void) take(s, '-');
		return take_digits(s);
	}
	return true;
}

static bool
take_word(AkScan *s, const char *word)
{
	int			length = strlen(word);

	if (s->end - s->at < length || memcmp(s->at, word, length) != 0)
		return false;
	s->at += length;
	return true;
}

/* Any scalar; what is behind it is looked at by whoever called. */
static bool
take_scalar(AkScan *s, AkJsonKind *kind, bool *escaped)
{
	*escaped = false;
	switch (s->at < s->end ? *s->at : '\0')
	{
		case '"':
			*kind = AK_JSON_STRING;
			s->at++;
			return take_string(s, escaped);
		case 'n':
			*kind = AK_JSON_NULL;
			return take_word(s, "null");
		case 't':
			*kind = AK_JSON_BOOL;
			return take_word(s, "true");
		case 'f':
			*kind = AK_JSON_BOOL;
			return take_word(s, "false");
		default:
			*kind = AK_JSON_NUMBER;
			return take_number(s);
	}
}

/* ---- scalars ---- */

/* A whole number above zero, spelled plainly: no other offset leaves the statement as it is. */
static bool
is_plain_bound(const char *start, const char *end)
{
	if (*start < '1' || *start > '9')
		return false;
	while (start < end && *start >= '0' && *start <= '9')
		start++;
	return start == end;
}

bool
ak_query_is_slot(AkWhere where, AkJsonKind kind, const char *start, const char *end)
{
	switch (where)
	{
		case AK_IN_MEMBER:
			return true;
		case AK_IN_VALUE:
			return kind == AK_JSON_STRING || kind == AK_JSON_NUMBER;
		case AK_IN_BOUND:
			return kind == AK_JSON_NUMBER && is_plain_bound(start, end);
		default:
			return false;
	}
}

static bool
scan_scalar(AkScan *s, AkWhere where)
{
	const char *start = s->at;
	AkJsonKind	kind;
	bool		escaped;

	if (!take_scalar(s, &kind, &escaped))
		return false;
	if (ak_query_is_slot(where, kind, start, s->at))
		return keep_slot(s, start, kind, escaped, where == AK_IN_MEMBER ? "V" : kind == AK_JSON_STRING ? "S" : "N");
	return keep(s, where, start);
}

/* ---- lists ---- */

/* A list of one scalar at least and nothing else. */
static bool
take_scalars(AkScan *s)
{
	AkJsonKind	kind;
	bool		escaped;

	s->at++;
	do
	{
		skip_space(s);
		if (!take_scalar(s, &kind, &escaped))
			return false;
		skip_space(s);
	} while (take(s, ','));
	return take(s, ']');
}

AkWhere
ak_query_where_in_list(AkWhere where)
{
	switch (where)
	{
		case AK_IN_CALLS:
			return AK_IN_CONDITIONS;
		case AK_IN_QUERIES:
			return AK_IN_QUERY;
		case AK_IN_VALUE:
		case AK_IN_NOTHING:
			return where;
		default:
			return AK_IN_SHAPE;
	}
}

static bool
scan_list(AkScan *s, AkWhere where)
{
	const char *start = s->at;
	AkWhere		inside = ak_query_where_in_list(where);

	if (where == AK_IN_VALUE)
	{
		if (take_scalars(s))
			return keep_slot(s, start, AK_JSON_ARRAY, false, "L");
		s->at = start;
	}
	s->at++;
	if (!keep(s, where, start))
		return false;
	skip_space(s);
	start = s->at;
	if (take(s, ']'))
		return keep(s, where, start);
	for (;;)
	{
		if (!scan_value(s, inside))
			return false;
		start = s->at;
		if (!take(s, ','))
			return take(s, ']') && keep(s, where, start);
		if (!keep(s, where, start))
			return false;
	}
}

/* ---- objects ---- */

static inline bool
is_key(const char *key, int length, const char *name)
{
	return strlen(name) == length && memcmp(key, name, length) == 0;
}

static AkWhere
where_in_condition(const char *key, int length)
{
	if (is_key(key, length, "$related"))
		return AK_IN_RELATED;
	if (is_key(key, length, "$not"))
		return AK_IN_CONDITIONS;
	if (is_key(key, length, "$or") || is_key(key, length, "$and") || is_key(key, length, "$xor"))
		return AK_IN_CALLS;
	if (is_key(key, length, "$exists") || is_key(key, length, "$subquery"))
		return AK_IN_QUERY;
	if (length > 0 && key[0] == '$')
		return AK_IN_SHAPE;
	return AK_IN_VALUE;
}

static AkWhere
where_in_query(const char *key, int length)
{
	if (is_key(key, length, "filter") || is_key(key, length, "exclude"))
		return AK_IN_CALLS;
	if (is_key(key, length, "union") || is_key(key, length, "intersection") || is_key(key, length, "difference"))
		return AK_IN_QUERIES;
	return is_key(key, length, "offset") ? AK_IN_BOUND : AK_IN_SHAPE;
}

AkWhere
ak_query_where_in_object(AkWhere where, const char *key, int length)
{
	switch (where)
	{
		case AK_IN_QUERY:
			return where_in_query(key, length);
		case AK_IN_CALLS:
		case AK_IN_CONDITIONS:
			return where_in_condition(key, length);
		case AK_IN_RELATED:
			return is_key(key, length, "key") ? AK_IN_VALUE : AK_IN_SHAPE;
		case AK_IN_VALUE:
			if (is_key(key, length, "$v"))
				return where;
			return is_key(key, length, "as") ? AK_IN_SHAPE : where_in_condition(key, length);
		case AK_IN_ROW:
			return AK_IN_MEMBER;
		case AK_IN_NOTHING:
			return AK_IN_NOTHING;
		default:
			return AK_IN_SHAPE;
	}
}

/* One key, its colon and its value. */
static bool
scan_member(AkScan *s, AkWhere where)
{
	const char *key = s->at;
	const char *colon;
	int			length;
	bool		escaped;

	if (!take(s, '"') || !take_string(s, &escaped) || escaped || !keep(s, where, key))
		return false;
	length = s->at - key - 2;
	skip_space(s);
	colon = s->at;
	return take(s, ':') && keep(s, where, colon) && scan_value(s, ak_query_where_in_object(where, key + 1, length));
}

static bool
scan_object(AkScan *s, AkWhere where)
{
	const char *start = s->at++;

	if (!keep(s, where, start))
		return false;
	skip_space(s);
	start = s->at;
	if (take(s, '}'))
		return keep(s, where, start);
	for (;;)
	{
		skip_space(s);
		if (!scan_member(s, where))
			return false;
		start = s->at;
		if (!take(s, ','))
			return take(s, '}') && keep(s, where, start);
		if (!keep(s, where, start))
			return false;
	}
}

/* An object or a list of a row is one value: read to its end. */
static bool
scan_container(AkScan *s)
{
	const char *start = s->at;
	AkJsonKind	kind = *start == '{' ? AK_JSON_OBJECT : AK_JSON_ARRAY;

	if (!(kind == AK_JSON_OBJECT ? scan_object(s, AK_IN_NOTHING) : scan_list(s, AK_IN_NOTHING)))
		return false;
	return keep_slot(s, start, kind, false, "V");
}

/* A value and the white space around it. */
static bool
scan_value(AkScan *s, AkWhere where)
{
	bool		good;

	skip_space(s);
	if (s->at >= s->end || (*s->at != '{' && *s->at != '['))
		good = scan_scalar(s, where);
	else
	{
		if (++s->depth > MOST_DEPTH)
			return false;
		if (where == AK_IN_MEMBER)
			good = scan_container(s);
		else
			good = *s->at == '{' ? scan_object(s, where) : scan_list(s, where);
		s->depth--;
	}
	skip_space(s);
	return good;
}

/* ---- the whole ---- */

bool
ak_query_shape_document(AkShape *shape, AkShapeOf of, const char *source, int length)
{
	static const AkWhere outermost[] = {
		[AK_SHAPE_OF_QUERY] = AK_IN_QUERY,
		[AK_SHAPE_OF_CONDITIONS] = AK_IN_CONDITIONS,
		[AK_SHAPE_OF_ROW] = AK_IN_ROW,
		[AK_SHAPE_OF_LIST] = AK_IN_VALUE,
		[AK_SHAPE_OF_NAMES] = AK_IN_SHAPE,
	};
	AkScan		s = {.source = source, .at = source, .end = source + length, .shape = shape};

	return scan_value(&s, outermost[of]) && s.at == s.end;
}

/* ---- values ---- */

/* The character that a backslash and this letter stand for. */
static char
unescaped(char letter)
{
	switch (letter)
	{
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		default:
			return letter;
	}
}

static char *
decode_string(const char *from, int length)
{
	char	   *decoded = palloc(length + 1);
	char	   *to = decoded;
	const char *end = from + length;

	for (; from < end; from++)
		*to++ = *from == '\\' ? unescaped(*++from) : *from;
	*to = '\0';
	return decoded;
}

void
ak_query_slot_value(const char *source, const AkSlot *slot, const char *what, AkJson *value)
{
	const char *start = source + slot->offset;

	if (slot->kind == AK_JSON_ARRAY || slot->kind == AK_JSON_OBJECT)
	{
		*value = *ak_core_json_parse(start, slot->length, what);
		return;
	}
	memset(value, 0, sizeof(AkJson));
	value->kind = slot->kind;
	value->offset = slot->offset;
	if (slot->kind == AK_JSON_BOOL)
		value->truth = *start == 't';
	else if (slot->kind == AK_JSON_NUMBER)
		value->text = pnstrdup(start, slot->length);
	else if (slot->kind == AK_JSON_STRING)
		value->text = slot->escaped ? decode_string(start + 1, slot->length - 2)
			: pnstrdup(start + 1, slot->length - 2);
}
