/*
 * transform.c
 *		Transforms in paths: created_at__year, scores__0, period__endswith.
 *
 * A transform stands behind a field or another transform and gives a value of
 * a type of its own, which the lookup then compares.  Which words are
 * transforms depends on the type they stand behind; a transform wins over a
 * lookup of the same name.  Dates and times are those of the session's time
 * zone.
 *
 * year and iso_year before a comparison become a range of the bare column, so
 * that an index on it serves: from the year's first moment to the next one's.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

/* What a transform takes. */
#define TAKES_DATE		0x01
#define TAKES_TIME		0x02
#define TAKES_TIMESTAMP	0x04
#define TAKES_TEXT		0x08
#define TAKES_NUMBER	0x10
#define TAKES_ARRAY		0x20
#define TAKES_RANGE		0x40
#define HAS_DATE		(TAKES_DATE | TAKES_TIMESTAMP)
#define HAS_TIME		(TAKES_TIME | TAKES_TIMESTAMP)

struct AkTransform
{
	const char *name;
	int			takes;
	Oid			result;			/* InvalidOid: the element's, the bounds' or the same type */
	const char *before;			/* around what it is applied to */
	const char *after;
};

#define PART(field) "(EXTRACT(" field " FROM "
#define AS_INT "))::pg_catalog.int4"

static const AkTransform transforms[] = {
	{"date", TAKES_TIMESTAMP, DATEOID, "(", ")::pg_catalog.date"},
	{"time", TAKES_TIMESTAMP, TIMEOID, "(", ")::pg_catalog.time"},
	{"year", HAS_DATE, INT4OID, PART("year"), AS_INT},
	{"iso_year", HAS_DATE, INT4OID, PART("isoyear"), AS_INT},
	{"quarter", HAS_DATE, INT4OID, PART("quarter"), AS_INT},
	{"month", HAS_DATE, INT4OID, PART("month"), AS_INT},
	{"week", HAS_DATE, INT4OID, PART("week"), AS_INT},
	{"day", HAS_DATE, INT4OID, PART("day"), AS_INT},
	{"week_day", HAS_DATE, INT4OID, "(1 OPERATOR(pg_catalog.+) EXTRACT(dow FROM ", AS_INT},
	{"iso_week_day", HAS_DATE, INT4OID, PART("isodow"), AS_INT},
	{"hour", HAS_TIME, INT4OID, PART("hour"), AS_INT},
	{"minute", HAS_TIME, INT4OID, PART("minute"), AS_INT},
	{"second", HAS_TIME, INT4OID, "pg_catalog.floor(EXTRACT(second FROM ", AS_INT},
	{"lower", TAKES_TEXT, TEXTOID, "pg_catalog.lower(", ")"},
	{"upper", TAKES_TEXT, TEXTOID, "pg_catalog.upper(", ")"},
	{"trim", TAKES_TEXT, TEXTOID, "pg_catalog.btrim(", ")"},
	{"unaccent", TAKES_TEXT, TEXTOID, NULL, NULL},	/* of the extension */
	{"length", TAKES_TEXT, INT4OID, "pg_catalog.char_length(", ")"},
	{"abs", TAKES_NUMBER, InvalidOid, "pg_catalog.abs(", ")"},
	{"len", TAKES_ARRAY, INT4OID, "pg_catalog.cardinality(", ")"},
	{"startswith", TAKES_RANGE, InvalidOid, "pg_catalog.lower(", ")"},
	{"endswith", TAKES_RANGE, InvalidOid, "pg_catalog.upper(", ")"},
	{"isempty", TAKES_RANGE, BOOLOID, "pg_catalog.isempty(", ")"},
	{"lower_inc", TAKES_RANGE, BOOLOID, "pg_catalog.lower_inc(", ")"},
	{"lower_inf", TAKES_RANGE, BOOLOID, "pg_catalog.lower_inf(", ")"},
	{"upper_inc", TAKES_RANGE, BOOLOID, "pg_catalog.upper_inc(", ")"},
	{"upper_inf", TAKES_RANGE, BOOLOID, "pg_catalog.upper_inf(", ")"},
};

/* ---- finding ---- */

static int
kind_of(Oid type)
{
	switch (type)
	{
		case DATEOID:
			return TAKES_DATE;
		case TIMEOID:
		case TIMETZOID:
			return TAKES_TIME;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return TAKES_TIMESTAMP;
		case TEXTOID:
		case VARCHAROID:
			return TAKES_TEXT;
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			return TAKES_NUMBER;
	}
	if (OidIsValid(get_element_type(type)))
		return TAKES_ARRAY;
	return OidIsValid(get_range_subtype(type)) ? TAKES_RANGE : 0;
}

static Oid
inner_type(Oid type)
{
	if (OidIsValid(get_element_type(type)))
		return get_element_type(type);
	return OidIsValid(get_range_subtype(type)) ? get_range_subtype(type) : type;
}

/* Digits as a number below a million; -1 where it is no such. */
static int
place(const char *digits, size_t length)
{
	if (length == 0 || length > 6 || strspn(digits, "0123456789") < length)
		return -1;
	return pg_strtoint32(pnstrdup(digits, length));
}

/* "2" is the third element, "0_2" the first two. */
static AkApplied *
array_place(Oid type, const char *word)
{
	const char *between = strchr(word, '_');
	size_t		length = strlen(word);
	AkApplied  *applied = palloc0(sizeof(AkApplied));

	applied->from = place(word, between ? between - word : length);
	applied->to = between ? place(between + 1, length - (between + 1 - word)) : -1;
	applied->type = between ? type : get_element_type(type);
	return applied->from < 0 || (between && applied->to < 0) ? NULL : applied;
}

/* The function of its name in the extension of its name. */
static AkTransform *
of_extension(const AkTransform *transform)
{
	AkTransform *found = palloc(sizeof(AkTransform));

	*found = *transform;
	found->before = psprintf("%s.%s((", ak_query_extension_schema(transform->name, transform->name), transform->name);
	found->after = ")::pg_catalog.text)";
	return found;
}

/* A function that was registered as a transform; NULL: there is none. */
static AkApplied *
function_of(Oid type, const char *word)
{
	AkTransform *transform = palloc0(sizeof(AkTransform));
	AkApplied  *applied;

	if (!ak_query_custom_transform(type, word, &transform->before, &transform->after, &transform->result))
		return NULL;
	transform->name = pstrdup(word);
	applied = palloc0(sizeof(AkApplied));
	applied->transform = transform;
	applied->type = transform->result;
	return applied;
}

AkApplied *
ak_query_find_transform(Oid type, const char *word)
{
	int			kind = kind_of(getBaseType(type));
	AkApplied  *applied;

	for (int i = 0; i < (int) lengthof(transforms); i++)
	{
		const AkTransform *transform = &transforms[i];

		if (!(transform->takes & kind) || strcmp(transform->name, word) != 0)
			continue;
		applied = palloc0(sizeof(AkApplied));
		applied->transform = transform->before ? transform : of_extension(transform);
		applied->type = OidIsValid(transform->result) ? transform->result : inner_type(getBaseType(type));
		return applied;
	}
	applied = kind == TAKES_ARRAY ? array_place(getBaseType(type), word) : NULL;
	return applied != NULL || ak_query_is_built_in_lookup(word) ? applied : function_of(type, word);
}

bool
ak_query_is_built_in_transform(const char *name)
{
	for (int i = 0; i < (int) lengthof(transforms); i++)
		if (strcmp(transforms[i].name, name) == 0)
			return true;
	return false;
}

List *
ak_query_transform_names(Oid type)
{
	List	   *names = NIL;
	int			kind = kind_of(getBaseType(type));

	for (int i = 0; i < (int) lengthof(transforms); i++)
		if (transforms[i].takes & kind)
			names = lappend(names, unconstify(char *, transforms[i].name));
	return list_concat(names, ak_query_custom_names(type, true));
}

/* Those that are functions are made anew for each path. */
static bool
same_transform(const AkTransform *a, const AkTransform *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a->before, b->before) == 0 && strcmp(a->after, b->after) == 0);
}

bool
ak_query_same_transforms(const AkPath *a, const AkPath *b)
{
	if (list_length(a->transforms) != list_length(b->transforms))
		return false;
	for (int i = 0; i < list_length(a->transforms); i++)
	{
		const AkApplied *one = list_nth(a->transforms, i);
		const AkApplied *other = list_nth(b->transforms, i);

		if (!same_transform(one->transform, other->transform) || one->from != other->from || one->to != other->to)
			return false;
	}
	return true;
}

/* ---- writing ---- */

void
ak_query_write_transform_start(AkStatement *st, const AkApplied *applied)
{
	appendStringInfoString(&st->sql, applied->transform ? applied->transform->before : "(");
}

void
ak_query_write_transform_end(AkStatement *st, const AkApplied *applied)
{
	if (applied->transform != NULL)
		appendStringInfoString(&st->sql, applied->transform->after);
	else if (applied->to >= 0)
		appendStringInfo(&st->sql, ")[%d:%d]", applied->from + 1, applied->to);
	else
		appendStringInfo(&st->sql, ")[%d]", applied->from + 1);
}

static void
write_applied(AkStatement *st, const AkSource *source, const AkPath *path, int n)
{
	const AkApplied *applied;

	if (n == 0)
	{
		ak_query_write_column(st, source, path->field);
		return;
	}
	applied = list_nth(path->transforms, n - 1);
	ak_query_write_transform_start(st, applied);
	write_applied(st, source, path, n - 1);
	ak_query_write_transform_end(st, applied);
}

void
ak_query_write_path(AkStatement *st, const AkSource *source, const AkPath *path)
{
	write_applied(st, source, path, list_length(path->transforms));
}

/* ---- years as ranges ---- */

/* What the last transform is applied to. */
static Oid
before_last(const AkPath *path)
{
	int			n = list_length(path->transforms);

	return getBaseType(n > 1 ? ((AkApplied *) list_nth(path->transforms, n - 2))->type : path->field->typid);
}

bool
ak_query_is_year(const AkPath *path)
{
	const AkApplied *last = path->transforms ? llast(path->transforms) : NULL;

	return last != NULL && last->transform != NULL &&
		(strcmp(last->transform->name, "year") == 0 || strcmp(last->transform->name, "iso_year") == 0);
}

/* The first moment of the test's year, or of the one after it. */
static void
write_year(AkStatement *st, const AkCondition *test, bool next, const AkReader *reader)
{
	const AkPath *path = test->path;
	bool		iso = strcmp(((AkApplied *) llast(path->transforms))->transform->name, "iso_year") == 0;
	Oid			type = before_last(path);

	if (iso)
		appendStringInfoString(&st->sql, "pg_catalog.date_trunc('week', ");
	appendStringInfoString(&st->sql, type == TIMESTAMPTZOID ? "pg_catalog.make_timestamptz("
						   : iso || type == TIMESTAMPOID ? "pg_catalog.make_timestamp("
						   : "pg_catalog.make_date(");
	ak_query_bind(st, test, test->value, reader);
	if (next)
		appendStringInfoString(&st->sql, " OPERATOR(pg_catalog.+) 1");
	appendStringInfoString(&st->sql, iso ? ", 1, 4" : ", 1, 1");
	if (iso || type != DATEOID)
		appendStringInfoString(&st->sql, ", 0, 0, 0");
	appendStringInfoChar(&st->sql, ')');
	if (iso)
		appendStringInfoString(&st->sql, type == DATEOID ? ")::pg_catalog.date" : ")");
}

/* column < the year's first moment, or >= */
static void
write_bound(AkStatement *st, const AkCondition *test, bool below, bool next, const AkReader *reader)
{
	write_applied(st, test->source, test->path, list_length(test->path->transforms) - 1);
	appendStringInfo(&st->sql, " OPERATOR(pg_catalog.%s) ", below ? "<" : ">=");
	write_year(st, test, next, reader);
}

void
ak_query_write_year_test(AkStatement *st, const AkCondition *test, int strategy, const AkReader *reader)
{
	bool		below = strategy == BTLessStrategyNumber || strategy == BTLessEqualStrategyNumber;
	bool		next = strategy == BTLessEqualStrategyNumber || strategy == BTGreaterStrategyNumber;

	write_bound(st, test, below, next, reader);
	if (strategy != BTEqualStrategyNumber)
		return;
	appendStringInfoString(&st->sql, " AND ");
	write_bound(st, test, true, true, reader);
}
