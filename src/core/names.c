/*
 * names.c
 *		Names: from model to table, quoting, and the word that was meant.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/namespace.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/regproc.h"
#include "utils/varlena.h"

#include "core/core.h"

/* A word further away than this is no suggestion. */
#define FARTHEST_SUGGESTION 3
/* Longer lists of choices are not printed. */
#define MOST_CHOICES 30

/*
 * UserProfile → user_profile, HTTPServer → http_server.  Letters beyond ASCII
 * are left as they are.
 */
char *
ak_core_snake(const char *camel)
{
	StringInfoData out;

	initStringInfo(&out);
	for (const char *c = camel; *c; c++)
	{
		bool		upper = *c >= 'A' && *c <= 'Z';

		if (upper && c > camel && c[-1] != '_' &&
			(!isupper((unsigned char) c[-1]) || (c[1] && islower((unsigned char) c[1]))))
			appendStringInfoChar(&out, '_');
		appendStringInfoChar(&out, upper ? *c - 'A' + 'a' : *c);
	}
	return out.data;
}

static bool
ends_with(const char *word, const char *ending)
{
	size_t		length = strlen(word);
	size_t		tail = strlen(ending);

	return length >= tail && strcmp(word + length - tail, ending) == 0;
}

/* category → categories, box → boxes, day → days, post → posts. */
char *
ak_core_plural(const char *snake)
{
	size_t		length = strlen(snake);

	if (length >= 2 && snake[length - 1] == 'y' && strchr("aeiou", snake[length - 2]) == NULL)
		return psprintf("%.*sies", (int) length - 1, snake);
	if (ends_with(snake, "s") || ends_with(snake, "x") || ends_with(snake, "z") ||
		ends_with(snake, "ch") || ends_with(snake, "sh"))
		return psprintf("%ses", snake);
	return psprintf("%ss", snake);
}

/* The inverse: categories → category, boxes → box, posts → post; a word that is no plural is left as it is. */
char *
ak_core_singular(const char *plural)
{
	static const char *const long_endings[] = {"sses", "xes", "ches", "shes"};
	int			length = strlen(plural);

	if (length > 4 && ends_with(plural, "ies"))
		return psprintf("%.*sy", length - 3, plural);
	for (int i = 0; i < lengthof(long_endings); i++)
		if (ends_with(plural, long_endings[i]))
			return pnstrdup(plural, length - 2);
	if (length > 4 && ends_with(plural, "uses") && !ends_with(plural, "ouses") && !ends_with(plural, "auses"))
		return pnstrdup(plural, length - 2);
	if (length > 1 && ends_with(plural, "s") &&
		!ends_with(plural, "ss") && !ends_with(plural, "us") && !ends_with(plural, "is"))
		return pnstrdup(plural, length - 1);
	return pstrdup(plural);
}

/* user_profile → UserProfile; what is no letter or digit separates words.  Letters beyond ASCII are left as they are. */
char *
ak_core_camel(const char *name)
{
	bool		capitals = strpbrk(name, "abcdefghijklmnopqrstuvwxyz") == NULL;
	bool		begins = true;
	StringInfoData out;

	initStringInfo(&out);
	for (const char *c = name; *c; c++)
	{
		bool		letter = IS_HIGHBIT_SET(*c) || isalnum((unsigned char) *c);

		if (letter)
			appendStringInfoChar(&out, begins ? pg_ascii_toupper(*c) : capitals ? pg_ascii_tolower(*c) : *c);
		begins = !letter;
	}
	return out.data;
}

const char *
ak_core_quote(const char *name)
{
	return quote_identifier(name);
}

char *
ak_core_qualified(const char *schema, const char *name)
{
	return quote_qualified_identifier(schema, name);
}

/* The choice with the least edit distance, when that is small for the word's length. */
const char *
ak_core_nearest(const char *word, List *choices)
{
	const char *nearest = NULL;
	int			length = strlen(word);
	int			best = Min(FARTHEST_SUGGESTION, Max(1, length / 2)) + 1;
	ListCell   *cell;

	if (length > NAMEDATALEN)
		return NULL;
	foreach(cell, choices)
	{
		const char *choice = lfirst(cell);
		int			distance;

		if (strlen(choice) > NAMEDATALEN)
			continue;
		if (pg_strcasecmp(word, choice) == 0)
			return choice;
		distance = varstr_levenshtein_less_equal(word, length, choice, strlen(choice),
												 1, 1, 1, best, true);
		if (distance < best)
		{
			best = distance;
			nearest = choice;
		}
	}
	return nearest;
}

int
ak_core_hint_nearest(const char *word, List *choices)
{
	const char *nearest = ak_core_nearest(word, choices);
	StringInfoData list;
	ListCell   *cell;

	if (nearest != NULL)
		return errhint("Perhaps you meant \"%s\".", nearest);
	if (choices == NIL || list_length(choices) > MOST_CHOICES)
		return 0;
	initStringInfo(&list);
	foreach(cell, choices)
		appendStringInfo(&list, "%s%s", list.len ? ", " : "", (char *) lfirst(cell));
	return errhint("Possible names are %s.", list.data);
}

/* Refuses what PostgreSQL would cut or could not store. */
void
ak_core_check_identifier(const char *name, const char *what)
{
	if (*name == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("%s must not be empty", what)));
	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("%s \"%s\" is too long", what, name),
				 errdetail("A name has at most %d bytes.", NAMEDATALEN - 1)));
}

bool
ak_core_is_among(const char *word, List *words)
{
	ListCell   *cell;

	foreach(cell, words)
		if (strcmp(word, lfirst(cell)) == 0)
			return true;
	return false;
}

RangeVar *
ak_core_range_var(const char *text)
{
	List	   *names = ak_qualified_name(text);

	if (list_length(names) > 3)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" has too many parts for a name", text),
				 errhint("Write \"schema.name\"; a part with a dot in it is quoted.")));
	return makeRangeVarFromNameList(names);
}

/* ---- texts as keys ---- */

uint32
ak_core_hash_text(const void *key, Size size)
{
	const char *text = *(char *const *) key;

	return hash_bytes((const unsigned char *) text, strlen(text));
}

int
ak_core_compare_text(const void *a, const void *b, Size size)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}
