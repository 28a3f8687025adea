/*
 * combined.c
 *		Query sets put together as sets: "union", "intersection", "difference".
 *
 * The document's own conditions are the first set, the documents in the list
 * the others; its order and slice are of what comes out.  Sets are told by
 * the keys of their rows,
 *
 *		FROM posts AS t0 JOIN ((SELECT t0.id FROM …) UNION (SELECT t1.id FROM …)) AS t2(k0) ON t2.k0 = t0.id
 *
 * so they work over columns of any type, and an order or a related row is
 * reached as ever.
 */
#include "postgres.h"

#include "query/internal.h"

struct AkCombined
{
	const char *operator;		/* as SQL has it */
	List	   *others;			/* of AkQuery * */
	List	   *layouts;		/* of AkLayout *, one for each */
	int			alias;
};

typedef struct AkSetWord
{
	const char *word;
	const char *operator;
	const char *all;			/* with "all": true; NULL: it has none */
} AkSetWord;

static const AkSetWord words[] = {
	{"union", "UNION", "UNION ALL"},
	{"intersection", "INTERSECT", NULL},
	{"difference", "EXCEPT", NULL},
};

/* ---- reading ---- */

static void
require_same_model(const AkQuery *query, const AkQuery *other)
{
	if (other->model != query->model)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("sets of models \"%s\" and \"%s\" cannot be put together", query->model->label, other->model->label)));
	if (ak_query_puts_together(query) || ak_query_puts_together(other))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("groups cannot be put together as sets")));
	ak_query_refuse_lock(other);
}

void
ak_query_read_combined(AkQuery *query, const AkJson *documents, const char *word, bool all)
{
	AkCombined *combined = palloc0(sizeof(AkCombined));

	if (query->combined != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a query set has one of \"union\", \"intersection\" and \"difference\""),
				 errhint("Let one stand in the other.")));
	if (query->windows != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a query set with windows cannot be the first of a \"%s\"", word),
				 errhint("Look for its keys: {\"pk__in\": {\"$subquery\": …}}.")));
	if (query->model->nkeys == 0)
		(void) ak_model_key(query->model);	/* raises */
	ak_core_json_expect(documents, AK_JSON_ARRAY, psprintf("\"%s\"", word));
	for (int i = 0; i < (int) lengthof(words); i++)
		if (strcmp(words[i].word, word) == 0)
			combined->operator = all && words[i].all ? words[i].all : words[i].operator;
	for (int i = 0; i < documents->size; i++)
	{
		AkQuery    *other = ak_query_parse_beside(documents->items[i], query, NULL);

		require_same_model(query, other);
		combined->others = lappend(combined->others, other);
	}
	query->combined = combined;
}

/* ---- laying out and writing ---- */

void
ak_query_lay_combined(AkQuery *query)
{
	AkCombined *combined = query->combined;
	ListCell   *cell;

	if (combined == NULL || combined->layouts != NIL)
		return;
	combined->alias = ak_query_root(query, query->model)->alias;
	foreach(cell, combined->others)
	{
		AkLayout   *layout = palloc(sizeof(AkLayout));

		*layout = ak_query_lay_rows(lfirst(cell), AK_ORDER_HIDDEN);
		combined->layouts = lappend(combined->layouts, layout);
	}
}

static void
write_first(AkStatement *st, const AkQuery *query)
{
	appendStringInfoString(&st->sql, " JOIN ((SELECT ");
	ak_query_write_key(st, query);
	ak_query_write_from(st, query->source);
	ak_query_write_beside(st, query);
	ak_query_write_where(st, query);
	appendStringInfoChar(&st->sql, ')');
}

void
ak_query_write_combined(AkStatement *st, const AkQuery *query)
{
	const AkCombined *combined = query->combined;
	const AkModel *model = query->model;
	ListCell   *cell;
	ListCell   *layout;

	write_first(st, query);
	forboth(cell, combined->others, layout, combined->layouts)
	{
		AkQuery    *other = lfirst(cell);

		appendStringInfo(&st->sql, " %s (", combined->operator);
		ak_query_write_head(st, lfirst(layout));
		ak_query_write_key(st, other);
		ak_query_write_tail(st, other, lfirst(layout));
		ak_query_write_limit(st, other);
		appendStringInfoChar(&st->sql, ')');
	}
	appendStringInfo(&st->sql, ") AS t%d(", combined->alias);
	for (int i = 0; i < model->nkeys; i++)
		appendStringInfo(&st->sql, "%sk%d", i ? ", " : "", i);
	appendStringInfoChar(&st->sql, ')');
	ak_query_write_same_key(st, query, combined->alias);
}
