/*
 * slug.c
 *		From a title to a slug: "Ärger & Co." becomes "arger-co".
 *
 * Letters are taken apart by Unicode's compatibility decomposition and what
 * is not ASCII then is dropped, or, where Unicode letters are allowed, put
 * together and kept.  Letters, digits, "_" and "-" remain, in lower case; runs
 * of blanks and hyphens become one hyphen.
 *
 * A slug that another row has gets "-2", "-3" … where its field says
 * "suffix".  The table is asked as its owner, as a unique index would be, so
 * that rows the writer may not see count too; two writers who find the same
 * one free are told apart by that index.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/formatting.h"

#include "model/types.h"

PG_FUNCTION_INFO_V1(ak_model_slugify);

/* In one of Unicode's normal forms; unchanged in other encodings, which have none. */
static char *
normal_form(const char *text, UnicodeNormalizationForm form)
{
	int			length = pg_mbstrlen(text);
	pg_wchar   *points = palloc((length + 1) * sizeof(pg_wchar));
	const unsigned char *from = (const unsigned char *) text;
	pg_wchar   *normal;
	char	   *out;
	int			size = 0;

	if (GetDatabaseEncoding() != PG_UTF8)
		return pstrdup(text);
	for (int i = 0; i < length; i++, from += pg_utf_mblen(from))
		points[i] = utf8_to_unicode(from);
	points[length] = 0;
	normal = unicode_normalize(form, points);
	for (length = 0; normal[length]; length++)
		;
	out = palloc(length * 4 + 1);
	for (int i = 0; i < length; i++)
	{
		unicode_to_utf8(normal[i], (unsigned char *) out + size);
		size += pg_utf_mblen((unsigned char *) out + size);
	}
	out[size] = '\0';
	return out;
}

static char *
replace(const char *source, const char *pattern, const char *by)
{
	Datum		replaced = DirectFunctionCall4Coll(textregexreplace, DEFAULT_COLLATION_OID,
												   CStringGetTextDatum(source), CStringGetTextDatum(pattern),
												   CStringGetTextDatum(by), CStringGetTextDatum("g"));

	return TextDatumGetCString(replaced);
}

/* Lower case, without what a slug cannot hold; blanks are left. */
static char *
unicode_letters(const char *text)
{
	char	   *normal = normal_form(text, UNICODE_NFKC);

	normal = str_tolower(normal, strlen(normal), DEFAULT_COLLATION_OID);
	return replace(normal, "[^\\w\\s-]", "");
}

static char *
ascii_letters(const char *text)
{
	char	   *normal = normal_form(text, UNICODE_NFKD);
	char	   *to = normal;

	for (const char *c = normal; *c; c++)
	{
		unsigned char letter = *c;

		if (letter >= 'A' && letter <= 'Z')
			*to++ = letter - 'A' + 'a';
		else if (!IS_HIGHBIT_SET(letter) &&
				 (isalnum(letter) || letter == '_' || letter == '-' || isspace(letter)))
			*to++ = letter;
	}
	*to = '\0';
	return normal;
}

/* Without what `ends` holds at either end, cut to max_length characters. */
static char *
cut(char *text, const char *ends, int max_length)
{
	char	   *start = text + strspn(text, ends);
	int			length = strlen(start);

	while (length > 0 && strchr(ends, start[length - 1]) != NULL)
		length--;
	if (max_length > 0)
		length = pg_mbcharcliplen(start, length, max_length);
	while (length > 0 && start[length - 1] == '-')
		length--;
	return pnstrdup(start, length);
}

char *
ak_model_slug(const char *text, int max_length, bool allow_unicode)
{
	char	   *letters = allow_unicode ? unicode_letters(text) : ascii_letters(text);

	return cut(replace(letters, "[-\\s]+", "-"), "-_", max_length);
}

/* ---- suffixes ---- */

/* Has a row this slug, besides the one that is being changed? */
static bool
is_taken(const AkField *field, HeapTuple old, const char *slug)
{
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "SELECT 1 FROM %s WHERE %s OPERATOR(pg_catalog.=) ", field->model->sql_name,
					 ak_core_quote(field->column));
	(void) ak_core_bind_text(&st, slug);
	if (old != NULL)
	{
		appendStringInfoString(&st.sql, " AND NOT (tableoid OPERATOR(pg_catalog.=) ");
		(void) ak_core_bind(&st, OIDOID, ObjectIdGetDatum(old->t_tableOid), false);
		appendStringInfoString(&st.sql, " AND ctid OPERATOR(pg_catalog.=) ");
		(void) ak_core_bind(&st, TIDOID, PointerGetDatum(&old->t_self), false);
		appendStringInfoChar(&st.sql, ')');
	}
	appendStringInfoString(&st.sql, " LIMIT 1");
	return ak_core_run_as_owner(ak_model_table_owner(field->model->relid), &st, 0, NULL, NULL) > 0;
}

/* The slug and a number, within the column's length. */
static char *
numbered(const AkField *field, const char *slug, int64 number)
{
	char	   *suffix = psprintf("-" INT64_FORMAT, number);
	int			most = field->typmod - (int32) VARHDRSZ;
	int			length = strlen(slug);

	if (most > 0)
		length = pg_mbcharcliplen(slug, length, Max(most - (int) strlen(suffix), 1));
	while (length > 0 && slug[length - 1] == '-')
		length--;
	return psprintf("%.*s%s", length, slug, suffix);
}

/* The numbers in use have no gaps but where rows went: a free one behind a used one is found in as many looks as the number has bits. */
char *
ak_model_own_slug(const AkField *field, HeapTuple old, char *slug)
{
	int64		used = 1;
	int64		next = 2;

	if (!ak_core_json_get_bool(field->options, "suffix", false) || !OidIsValid(field->model->relid) ||
		!is_taken(field, old, slug))
		return slug;
	while (is_taken(field, old, numbered(field, slug, next)))
	{
		used = next;
		next *= 2;
	}
	while (next - used > 1)
	{
		int64		middle = used + (next - used) / 2;

		if (is_taken(field, old, numbered(field, slug, middle)))
			used = middle;
		else
			next = middle;
	}
	return numbered(field, slug, next);
}

/* slugify(text, max_length, allow_unicode): NULL of NULL, as lower() and its like. */
Datum
ak_model_slugify(PG_FUNCTION_ARGS)
{
	int32		max_length = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(2))
		ak_core_null_argument("allow_unicode");
	if (!PG_ARGISNULL(1) && max_length < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"max_length\" must be greater than zero")));
	PG_RETURN_TEXT_P(cstring_to_text(ak_model_slug(TextDatumGetCString(PG_GETARG_DATUM(0)), max_length,
												   PG_GETARG_BOOL(2))));
}
