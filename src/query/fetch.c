/*
 * fetch.c
 *		Running query sets, one row at a time, each as JSON.
 *
 * Reads run under the caller's snapshot, so that one statement of a client
 * sees one state of the database, whatever it calls.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "query/internal.h"

typedef struct AkFetch
{
	AkEmitFn	emit;
	void	   *arg;
	bool		keyed;
} AkFetch;

/* Hands one row on. */
static bool
take_row(TupleTableSlot *row, void *arg)
{
	AkFetch    *fetch = arg;
	bool		isnull;
	Datum		json = slot_getattr(row, 1, &isnull);
	char	   *key = NULL;

	CHECK_FOR_INTERRUPTS();
	if (fetch->keyed)
	{
		Datum		value = slot_getattr(row, 2, &isnull);

		if (!isnull)
			key = ak_core_output_iso(TupleDescAttr(row->tts_tupleDescriptor, 1)->atttypid, value);
	}
	return fetch->emit(json, key, fetch->arg);
}

uint64
ak_query_fetch(AkQuery *query, AkOrdering ordering, const AkField *key, AkEmitFn emit, void *arg)
{
	AkFetch		fetch = {.emit = emit, .arg = arg, .keyed = key != NULL};
	AkStatement st;

	ak_core_statement_init(&st);
	ak_query_write_json_objects(&st, query, ordering, key);
	return ak_core_run(&st, query->fresh ? 0 : AK_RUN_READ, take_row, &fetch);
}

/* Keeps the first row. */
static bool
keep_first(Datum json, const char *key, void *arg)
{
	Datum	   *first = arg;

	if (*first == (Datum) 0)
		*first = PointerGetDatum(PG_DETOAST_DATUM_COPY(json));
	return true;
}

/* At most `rows` rows of what the query selects. */
static void
take_at_most(AkQuery *query, int64 rows)
{
	query->limit = query->limit < 0 ? rows : Min(query->limit, rows);
}

/* Is the key among the conditions, so that there is one row at most? */
static bool
names_key(const AkQuery *query)
{
	ListCell   *outer;
	ListCell   *inner;

	foreach(outer, query->where->members)
	{
		const AkCondition *call = lfirst(outer);

		if (call->kind != AK_CONDITION_ALL || query->model->nkeys != 1)
			continue;
		foreach(inner, call->members)
		{
			const AkCondition *test = lfirst(inner);

			if (test->kind == AK_CONDITION_TEST && test->source == query->source &&
				test->path->field == query->model->keys[0] &&
				test->lookup == ak_query_lookup("exact"))
				return true;
		}
	}
	return false;
}

bool
ak_query_one(AkQuery *query, Datum *json)
{
	if (!ak_query_sliced(query))
	{
		query->ordered = true;
		query->order = NIL;
	}
	*json = (Datum) 0;
	if (!names_key(query))
		take_at_most(query, 2);
	if (ak_query_fetch(query, AK_ORDER_HIDDEN, NULL, keep_first, json) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_ROWS),
				 errmsg("several rows of model \"%s\" match", query->model->label),
				 err_generic_string(PG_DIAG_SCHEMA_NAME, query->model->app),
				 err_generic_string(PG_DIAG_TABLE_NAME, query->model->table)));
	return *json != (Datum) 0;
}

Datum
ak_query_get(AkQuery *query)
{
	Datum		json;

	if (!ak_query_one(query, &json))
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("no row of model \"%s\" matches", query->model->label),
				 err_generic_string(PG_DIAG_SCHEMA_NAME, query->model->app),
				 err_generic_string(PG_DIAG_TABLE_NAME, query->model->table)));
	return json;
}

bool
ak_query_first(AkQuery *query, Datum *json)
{
	*json = (Datum) 0;
	take_at_most(query, 1);
	return ak_query_fetch(query, AK_ORDER_ALWAYS, NULL, keep_first, json) > 0;
}
