/*
 * notice.c
 *		Tells an upper room before a call writes many rows.
 *
 * The call knows them: those of its documents, or those that its query set
 * finds.  The keys are looked up only where somebody wants to know.
 */
#include "postgres.h"

#include "query/batch.h"

static const AkBulkWatch *watch = NULL;

void
ak_query_on_bulk(const AkBulkWatch *given)
{
	Assert(watch == NULL);
	watch = given;
}

/* ---- rows that a statement finds ---- */

typedef struct AkFound
{
	const AkModel *model;
	AkJson	   *ids;
} AkFound;

static bool
take_id(TupleTableSlot *row, void *arg)
{
	AkFound    *found = arg;

	ak_core_json_push(found->ids, ak_model_leading_key(found->model, row));
	return true;
}

void
ak_query_before_statement(AkModel *model, const char *action, const AkStatement *st, int restriction)
{
	AkFound		found = {model, NULL};
	StringInfoData head;
	AkStatement select;

	if (watch == NULL || model->nkeys == 0 || !watch->wanted(model))
		return;
	found.ids = ak_core_json_array();
	initStringInfo(&head);
	appendStringInfoString(&head, "SELECT ");
	for (int i = 0; i < model->nkeys; i++)
		appendStringInfo(&head, "%st0.%s", i ? ", " : "", ak_core_quote(model->keys[i]->column));
	appendStringInfo(&head, " FROM %s AS t0", model->sql_name);
	select = ak_core_statement_behind(st, head.data, restriction);
	ak_core_run(&select, 0, take_id, &found);
	if (found.ids->size > 0)
		watch->before(model, action, found.ids, found.ids->size);
}

/* ---- documents ---- */

static const AkColumn *
column_of(const AkGroup *group, const AkField *field)
{
	for (int i = 0; i < group->nfields; i++)
		if (group->fields[i] == field)
			return &group->columns[i];
	return NULL;
}

/* The keys that the group's documents give, where they give whole ones. */
static void
add_ids(const AkModel *model, const AkGroup *group, AkJson *ids)
{
	for (int k = 0; k < model->nkeys; k++)
		if (column_of(group, model->keys[k]) == NULL)
			return;
	for (int i = 0; i < group->count; i++)
	{
		Datum		values[INDEX_MAX_KEYS];
		bool		nulls[INDEX_MAX_KEYS];

		for (int k = 0; k < model->nkeys; k++)
		{
			values[k] = column_of(group, model->keys[k])->values[i];
			nulls[k] = column_of(group, model->keys[k])->nulls[i];
		}
		ak_core_json_push(ids, ak_model_key_document(model, values, nulls));
	}
}

void
ak_query_before_batch(const AkBatch *batch, const char *action)
{
	AkJson	   *ids;
	ListCell   *cell;

	if (watch == NULL || batch->count == 0 || !watch->wanted(batch->model))
		return;
	ids = ak_core_json_array();
	foreach(cell, batch->groups)
		add_ids(batch->model, lfirst(cell), ids);
	watch->before(batch->model, action, ids, batch->count);
}
