/*
 * document.c
 *		A query set as a document, and ops merged into it.
 *
 * A query set is its document and nothing else: {"model": "blog.Post",
 * "filter": [{…}, {…}], "order_by": […], "limit": 10}.  An op is a document
 * without a model.  Calls of filter and exclude are collected in lists, a new
 * order replaces the old one, slices compose: slice(10, 20) of slice(5, 100)
 * is rows 15 to 25.  After a slice nothing may be added that would have to
 * happen before it.
 */
#include "postgres.h"

#include "common/int.h"

#include "query/internal.h"

/* How one key of an op changes a document. */
typedef struct AkMerge
{
	const char *word;
	void		(*merge) (AkJson *document, const char *word, const AkJson *value);
	const char *verb;			/* what a slice forbids; NULL: nothing */
} AkMerge;

static void merge_call(AkJson *document, const char *word, const AkJson *value);
static void merge_object(AkJson *document, const char *word, const AkJson *value);
static void merge_set(AkJson *document, const char *word, const AkJson *value);
static void merge_replace(AkJson *document, const char *word, const AkJson *value);
static void merge_append(AkJson *document, const char *word, const AkJson *value);
static void merge_reverse(AkJson *document, const char *word, const AkJson *value);
static void merge_limit(AkJson *document, const char *word, const AkJson *value);
static void merge_offset(AkJson *document, const char *word, const AkJson *value);

/* offset stands before limit: the limit counts from the new offset. */
static const AkMerge merges[] = {
	{"alias", merge_object, NULL},
	{"annotate", merge_object, NULL},
	{"group_by", merge_replace, "group"},
	{"pick", merge_replace, NULL},
	{"only", merge_replace, NULL},
	{"defer", merge_append, NULL},
	{"union", merge_set, "put together"},
	{"intersection", merge_set, "put together"},
	{"difference", merge_set, "put together"},
	{"all", merge_replace, NULL},
	{"for_update", merge_replace, NULL},
	{"filter", merge_call, "filter"},
	{"exclude", merge_call, "filter"},
	{"order_by", merge_replace, "order"},
	{"reverse", merge_reverse, "reverse"},
	{"distinct", merge_replace, "apply distinct to"},
	{"offset", merge_offset, NULL},
	{"limit", merge_limit, NULL},
	{"select_related", merge_append, NULL},
	{"prefetch_related", merge_append, NULL},
	{"none", merge_replace, NULL},
};

const char *const ak_query_words[] = {
	"model", "alias", "annotate", "group_by", "pick", "only", "defer", "union", "intersection", "difference", "all", "for_update", "filter", "exclude", "order_by", "limit", "offset", "distinct", "reverse",
	"select_related", "prefetch_related", "none", NULL
};

void
ak_query_unknown_word(const char *word)
{
	List	   *words = NIL;

	for (int i = 0; ak_query_words[i] != NULL; i++)
		words = lappend(words, unconstify(char *, ak_query_words[i]));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a query set has no part \"%s\"", word),
			 ak_core_hint_nearest(word, words)));
}

AkJson *
ak_query_arg_document(FunctionCallInfo fcinfo, int n, const char *name)
{
	AkJson	   *document = ak_core_arg_json(fcinfo, n, name);

	ak_core_json_expect(document, AK_JSON_OBJECT, psprintf("argument \"%s\"", name));
	return document;
}

static bool
has_value(const AkJson *document, const char *word)
{
	const AkJson *value = ak_core_json_get(document, word);

	return value != NULL && value->kind != AK_JSON_NULL;
}

static bool
is_set(const AkJson *document)
{
	return has_value(document, "union") || has_value(document, "intersection") || has_value(document, "difference");
}

/* What was put together as sets can be ordered and sliced, no more. */
static void
refuse_after_set(const AkJson *document, const char *verb)
{
	if (verb != NULL && strcmp(verb, "order") != 0 && strcmp(verb, "reverse") != 0 && strcmp(verb, "put together") != 0 &&
		is_set(document))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot %s query sets that were put together", verb),
				 errhint("Do so with each of them before.")));
}

static void
refuse_after_slice(const AkJson *document, const char *verb)
{
	if (verb != NULL && (has_value(document, "limit") || has_value(document, "offset")))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot %s a query set once a slice has been taken", verb),
				 errhint("Take the slice last.")));
}

static void
check_op_word(const char *word)
{
	if (strcmp(word, "model") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a query op must not name a model"),
				 errhint("The model is the first argument of objects().")));
	for (int i = 0; i < (int) lengthof(merges); i++)
		if (strcmp(word, merges[i].word) == 0)
			return;
	ak_query_unknown_word(word);
}

/* {"model": …, "filter": {"pk__in": {"$subquery": document}}}: the same rows as the first of further sets. */
static void
wrap_set(AkJson *document)
{
	AkJson	   *inner = ak_core_json_copy(document);
	AkJson	   *subquery = ak_core_json_object();
	AkJson	   *conditions = ak_core_json_object();

	ak_core_json_put(subquery, "$subquery", inner);
	ak_core_json_put(conditions, "pk__in", subquery);
	document->size = 0;
	if (has_value(inner, "model"))
		ak_core_json_put(document, "model", ak_core_json_get(inner, "model"));
	ak_core_json_put(document, "filter", conditions);
}

/* The op's own slice comes last, as in any document. */
void
ak_query_apply(AkJson *document, const AkJson *op)
{
	ak_core_json_expect(op, AK_JSON_OBJECT, "a query op");
	for (int i = 0; i < op->size; i++)
		check_op_word(op->keys[i]);
	/* UNION and UNION ALL do not mix: what came before is one set of what comes now. */
	if (is_set(op) && is_set(document) &&
		ak_core_json_get_bool(op, "all", false) != ak_core_json_get_bool(document, "all", false))
		wrap_set(document);
	for (int i = 0; i < (int) lengthof(merges); i++)
	{
		if (!has_value(op, merges[i].word))
			continue;
		refuse_after_set(document, merges[i].verb);
		refuse_after_slice(document, merges[i].verb);
		merges[i].merge(document, merges[i].word, ak_core_json_get(op, merges[i].word));
	}
}

/* ---- one key each ---- */

/* A copy of the list that stands under `word`; a single value becomes a list of one. */
static AkJson *
list_of(const AkJson *value)
{
	AkJson	   *list;

	if (value != NULL && value->kind == AK_JSON_ARRAY)
		return ak_core_json_copy(value);
	list = ak_core_json_array();
	if (value != NULL && value->kind != AK_JSON_NULL)
		ak_core_json_push(list, unconstify(AkJson *, value));
	return list;
}

static void
merge_append(AkJson *document, const char *word, const AkJson *value)
{
	AkJson	   *list = list_of(ak_core_json_get(document, word));
	AkJson	   *more = list_of(value);

	for (int i = 0; i < more->size; i++)
		ak_core_json_push(list, more->items[i]);
	ak_core_json_put(document, word, list);
}

static void
merge_object(AkJson *document, const char *word, const AkJson *value)
{
	const AkJson *before = ak_core_json_get(document, word);
	AkJson	   *merged = before && before->kind == AK_JSON_OBJECT ? ak_core_json_copy(before) : ak_core_json_object();

	ak_core_json_expect(value, AK_JSON_OBJECT, psprintf("\"%s\"", word));
	for (int i = 0; i < value->size; i++)
		ak_core_json_put(merged, value->keys[i], value->items[i]);
	ak_core_json_put(document, word, merged);
}

/* More sets of the same kind join those that are there. */
static void
merge_set(AkJson *document, const char *word, const AkJson *value)
{
	if (is_set(document) && !has_value(document, word))
		wrap_set(document);
	merge_append(document, word, value);
}

/* A call that says nothing leaves no trace. */
static void
merge_call(AkJson *document, const char *word, const AkJson *value)
{
	if (value->kind != AK_JSON_OBJECT || value->size > 0)
		merge_append(document, word, value);
}

static void
merge_replace(AkJson *document, const char *word, const AkJson *value)
{
	ak_core_json_put(document, word, unconstify(AkJson *, value));
}

static void
merge_reverse(AkJson *document, const char *word, const AkJson *value)
{
	bool		before = ak_core_json_get_bool(document, word, false);

	if (ak_core_json_expect(value, AK_JSON_BOOL, "\"reverse\"")->truth)
		ak_core_json_put(document, word, ak_core_json_bool(!before));
}

/* A bound of a slice from a document. */
int64
ak_query_bound(const AkJson *document, const char *word, int64 otherwise)
{
	int64		bound;

	if (!has_value(document, word))
		return otherwise;
	bound = ak_core_json_get_integer(document, word, otherwise);
	if (bound < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must not be negative", word)));
	return bound;
}

static int64
bound_value(const char *word, const AkJson *value)
{
	AkJson	   *alone = ak_core_json_object();

	ak_core_json_put(alone, word, unconstify(AkJson *, value));
	return ak_query_bound(alone, word, 0);
}

/* Skips rows of what the document selects so far. */
static void
merge_offset(AkJson *document, const char *word, const AkJson *value)
{
	int64		skip = bound_value(word, value);
	int64		limit = ak_query_bound(document, "limit", -1);
	int64		offset;

	if (pg_add_s64_overflow(ak_query_bound(document, word, 0), skip, &offset))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("bigint out of range")));
	ak_core_json_put(document, word, ak_core_json_integer(offset));
	if (limit >= 0)
		ak_core_json_put(document, "limit", ak_core_json_integer(Max(limit - skip, 0)));
}

static void
merge_limit(AkJson *document, const char *word, const AkJson *value)
{
	int64		before = ak_query_bound(document, word, -1);
	int64		limit = bound_value(word, value);

	ak_core_json_put(document, word, ak_core_json_integer(before < 0 ? limit : Min(before, limit)));
}
