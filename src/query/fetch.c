/*
 * fetch.c
 *		Running query sets, one row at a time, each as JSON.
 *
 * A fetch is compiled, then run; what is compiled can be run again with other
 * values.  Reads run under the caller's snapshot, so that one statement of a client
 * sees one state of the database, whatever it calls.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "query/group.h"

void
ak_query_check_unlike_order(const AkQuery *query, const AkLayout *layout)
{
	ListCell   *outer;
	ListCell   *inner;

	foreach(outer, layout->unlike ? layout->order : NIL)
	{
		const AkOrder *term = lfirst(outer);
		bool		found = false;

		foreach(inner, query->picked)
		{
			const AkPick *pick = lfirst(inner);

			found = found || (term->path != NULL && term->source == pick->source && term->path->field == pick->path->field &&
							  term->path->keys == NIL && term->path->transforms == NIL);
		}
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
					 errmsg("distinct values are ordered by what is picked alone"),
					 term->path ? errdetail("The order is by \"%s\".", term->path->text) : 0,
					 errhint("A relation is ordered by its model's ordering; its key is named like \"author_id\".")));
	}
}

/* SELECT of the columns that the level's rows are made of. */
static void
write_select(AkStatement *st, AkQuery *query, const AkLevel *level, const AkLayout *layout)
{
	ak_query_check_unlike_order(query, layout);
	ak_query_write_head(st, layout);
	ak_query_write_outputs(st, level);
	ak_query_write_tail(st, query, layout);
	ak_query_write_limit(st, query);
}

static void
compile_rows(AkCompiled *compiled, AkQuery *query, AkOrdering ordering, const AkField *key)
{
	AkLayout	layout = ak_query_lay_out(query, ordering);
	AkLevel    *level;

	ak_query_lay_branches(query, query->source, query->branches);
	level = ak_query_compile_answer(query);
	compiled->level = level;
	compiled->key = key ? ak_query_output(level, query->source, key) : -1;
	write_select(&compiled->statement, query, level, &layout);
}

void
ak_query_write_answer(AkStatement *st, AkQuery *query, AkOrdering ordering)
{
	AkLayout	layout = ak_query_lay_out(query, ordering);

	write_select(st, query, ak_query_compile_answer(query), &layout);
}

AkCompiled *
ak_query_compile_fetch(AkQuery *query, AkOrdering ordering, const AkField *key)
{
	AkCompiled *compiled = palloc0(sizeof(AkCompiled));

	ak_query_refuse_lock(query);
	compiled->model = query->model;
	compiled->flags = query->fresh ? 0 : AK_RUN_READ;
	compiled->key = -1;
	query->whole = true;
	ak_core_statement_init(&compiled->statement);
	if (query->grouping == NULL || key != NULL)
		compile_rows(compiled, query, ordering, key);
	else
		compiled->level = ak_query_write_groups(&compiled->statement, query, ordering);
	return compiled;
}

uint64
ak_query_run_fetch(const AkCompiled *compiled, AkStatement *bound, AkEmitFn emit, void *arg)
{
	AkRun		run = {
		.level = compiled->level,
		.flags = compiled->flags,
		.key = compiled->key,
		.emit = emit,
		.arg = arg
	};

	return ak_query_run_level(&run, bound);
}

uint64
ak_query_fetch(AkQuery *query, AkOrdering ordering, const AkField *key, AkEmitFn emit, void *arg)
{
	AkCompiled *compiled = ak_query_compile_fetch(query, ordering, key);

	return ak_query_run_fetch(compiled, &compiled->statement, emit, arg);
}

bool
ak_query_keep_first(Datum json, const char *key, void *arg)
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
				test->path->field == query->model->keys[0] && test->path->transforms == NIL &&
				test->lookup == ak_query_lookup("exact"))
				return true;
		}
	}
	return false;
}

/* Two rows are enough to know that there are several. */
AkCompiled *
ak_query_compile_one(AkQuery *query)
{
	if (!ak_query_sliced(query))
	{
		query->ordered = true;
		query->order = NIL;
	}
	if (!names_key(query))
		take_at_most(query, 2);
	return ak_query_compile_fetch(query, AK_ORDER_HIDDEN, NULL);
}

bool
ak_query_run_one(const AkCompiled *compiled, AkStatement *bound, Datum *json)
{
	*json = (Datum) 0;
	if (ak_query_run_fetch(compiled, bound, ak_query_keep_first, json) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_ROWS),
				 errmsg("several rows of model \"%s\" match", compiled->model->label),
				 err_generic_string(PG_DIAG_SCHEMA_NAME, compiled->model->app),
				 err_generic_string(PG_DIAG_TABLE_NAME, compiled->model->table)));
	return *json != (Datum) 0;
}

bool
ak_query_one(AkQuery *query, Datum *json)
{
	AkCompiled *compiled = ak_query_compile_one(query);

	return ak_query_run_one(compiled, &compiled->statement, json);
}

Datum
ak_query_run_get(const AkCompiled *compiled, AkStatement *bound)
{
	Datum		json;

	if (!ak_query_run_one(compiled, bound, &json))
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("no row of model \"%s\" matches", compiled->model->label),
				 err_generic_string(PG_DIAG_SCHEMA_NAME, compiled->model->app),
				 err_generic_string(PG_DIAG_TABLE_NAME, compiled->model->table)));
	return json;
}

Datum
ak_query_get(AkQuery *query)
{
	AkCompiled *compiled = ak_query_compile_one(query);

	return ak_query_run_get(compiled, &compiled->statement);
}

AkCompiled *
ak_query_compile_first(AkQuery *query)
{
	take_at_most(query, 1);
	return ak_query_compile_fetch(query, AK_ORDER_ALWAYS, NULL);
}

bool
ak_query_run_first(const AkCompiled *compiled, AkStatement *bound, Datum *json)
{
	*json = (Datum) 0;
	return ak_query_run_fetch(compiled, bound, ak_query_keep_first, json) > 0;
}

bool
ak_query_first(AkQuery *query, Datum *json)
{
	AkCompiled *compiled = ak_query_compile_first(query);

	return ak_query_run_first(compiled, &compiled->statement, json);
}
