/*
 * bulk.c
 *		bulk_create: many documents, inserted set-wise.
 *
 * A group of documents is one INSERT … SELECT unnest(…); a field that a
 * document leaves out takes its default, so documents with other fields are a
 * statement of their own.  All statements are the caller's one statement: all
 * rows or none.  Keys come back in the order of the documents.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"
#include "utils/uuid.h"

#include "query/batch.h"

PG_FUNCTION_INFO_V1(ak_query_bulk_create);

/* One call. */
typedef struct AkBulk
{
	AkBatch		batch;
	AkModel    *model;
	bool		skip_conflicts;
	bool		update_conflicts;
	AkConflict	conflict;
	Datum	   *keys;			/* json text by document; 0: not inserted */
	AkGroup    *running;
	int			returned;		/* rows of it that came back */
	List	   *unplaced;		/* keys whose document is not known (conflicts skipped) */
} AkBulk;

/* ---- the keys ---- */

/* A uuid as json, without the detour over its output function. */
static Datum
uuid_key(const pg_uuid_t *uuid)
{
	static const char digits[] = "0123456789abcdef";
	text	   *result = palloc(VARHDRSZ + 38);
	char	   *out = VARDATA(result);

	*out++ = '"';
	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digits[uuid->data[i] >> 4];
		*out++ = digits[uuid->data[i] & 0x0f];
	}
	*out = '"';
	SET_VARSIZE(result, VARHDRSZ + 38);
	return PointerGetDatum(result);
}

/* The key of a row of one key field. */
static Datum
single_key(Oid type, Datum value)
{
	if (type == UUIDOID)
		return uuid_key(DatumGetUUIDP(value));
	return PointerGetDatum(ak_core_json_to_text(ak_model_value_to_json(type, value, false)));
}

/* The key of an inserted row as json text. */
static Datum
key_of(const AkModel *model, TupleTableSlot *row)
{
	AkJson	   *key;

	if (model->nkeys == 0)
		return PointerGetDatum(ak_core_json_to_text(ak_core_json_null()));
	key = NULL;
	for (int i = 0; i < model->nkeys; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, i + 1, &isnull);

		if (model->nkeys == 1)
			return single_key(model->keys[i]->typid, value);
		if (key == NULL)
			key = ak_core_json_object();
		ak_core_json_put(key, model->keys[i]->json_name,
						 ak_model_value_to_json(model->keys[i]->typid, value, isnull));
	}
	return PointerGetDatum(ak_core_json_to_text(key));
}

static bool
take_key(TupleTableSlot *row, void *arg)
{
	AkBulk	   *bulk = arg;
	Datum		key = key_of(bulk->model, row);

	if (bulk->skip_conflicts || bulk->returned >= bulk->running->count)
		bulk->unplaced = lappend(bulk->unplaced, DatumGetPointer(key));
	else
		bulk->keys[bulk->running->numbers[bulk->returned++]] = key;
	return true;
}

static void
write_returning_key(AkStatement *st, const AkModel *model)
{
	appendStringInfoString(&st->sql, " RETURNING ");
	if (model->nkeys == 0)
		appendStringInfoString(&st->sql, "NULL");
	for (int i = 0; i < model->nkeys; i++)
		appendStringInfo(&st->sql, "%st0.%s", i ? ", " : "", ak_core_quote(model->keys[i]->column));
}

/* ---- inserting ---- */

/* What follows the rows: what to do about conflicts, and the keys. */
static void
finish_insert(AkStatement *st, const AkBulk *bulk, const AkGroup *group)
{
	if (bulk->skip_conflicts)
		appendStringInfoString(&st->sql, " ON CONFLICT DO NOTHING");
	if (bulk->update_conflicts)
		ak_query_write_conflict(st, &bulk->conflict, group->fields, group->nfields);
	write_returning_key(st, bulk->model);
}

/* Documents without any field are as many rows of defaults, which one INSERT … SELECT cannot say. */
static void
insert_defaults(AkBulk *bulk, AkGroup *group)
{
	AkStatement st;

	for (int i = 0; i < group->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		ak_core_statement_init(&st);
		appendStringInfo(&st.sql, "INSERT INTO %s AS t0 DEFAULT VALUES", bulk->model->sql_name);
		finish_insert(&st, bulk, group);
		ak_query_run_write(bulk->model, &st, 0, take_key, bulk);
	}
}

static void
insert_group(AkBulk *bulk, AkGroup *group)
{
	AkStatement st;

	bulk->running = group;
	bulk->returned = 0;
	if (group->nfields == 0)
	{
		insert_defaults(bulk, group);
		return;
	}
	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "INSERT INTO %s AS t0 (", bulk->model->sql_name);
	for (int i = 0; i < group->nfields; i++)
		appendStringInfo(&st.sql, "%s%s", i ? ", " : "", ak_core_quote(group->fields[i]->column));
	appendStringInfoString(&st.sql, ") ");
	ak_query_write_group(&st, group);
	finish_insert(&st, bulk, group);
	ak_query_run_write(bulk->model, &st, 0, take_key, bulk);
}

/* ---- the call ---- */

static bool
flag_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ak_core_null_argument(name);
	return PG_GETARG_BOOL(n);
}

/* An option that says how to update means nothing without update_conflicts, and is refused then. */
static void
refuse_option(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (!PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" goes with update_conflicts => true", name)));
}

static void
read_options(AkBulk *bulk, FunctionCallInfo fcinfo)
{
	bulk->skip_conflicts = flag_argument(fcinfo, 2, "ignore_conflicts");
	bulk->update_conflicts = flag_argument(fcinfo, 3, "update_conflicts");
	if (!bulk->update_conflicts)
	{
		refuse_option(fcinfo, 4, "update_fields");
		refuse_option(fcinfo, 5, "unique_fields");
		return;
	}
	if (bulk->skip_conflicts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("conflicts are either ignored or updated"),
				 errhint("Give ignore_conflicts or update_conflicts, not both.")));
	ak_query_arg_conflict(fcinfo, 5, "unique_fields", 4, bulk->model, &bulk->conflict);
}

static void
check_new_row(const AkBatch *batch, AkRow *row, AkProblems *problems)
{
	ak_query_refuse_generated(row, problems);
	if (batch->checks_nulls)
		ak_query_require(row, problems);
	ak_query_clean(row, true, problems);
}

static void
return_key(ReturnSetInfo *result, Datum key)
{
	Datum		values[1] = {key};
	bool		nulls[1] = {false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* bulk_create(model, docs, ignore_conflicts, update_conflicts, update_fields, unique_fields) → the keys of the rows. */
Datum
ak_query_bulk_create(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AkBulk		bulk = {0};
	ListCell   *cell;

	bulk.model = bulk.batch.model = ak_query_arg_model(fcinfo);
	read_options(&bulk, fcinfo);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	bulk.batch.check = check_new_row;
	bulk.batch.checks_nulls = !ak_query_triggers_fill(bulk.model, false);
	ak_query_read_batch(&bulk.batch, fcinfo, 1, "docs");
	if (bulk.update_conflicts)
	{
		ak_query_refuse_doubles(&bulk.batch, bulk.conflict.keys);
		ak_query_sort_batch(&bulk.batch, bulk.conflict.keys);
	}
	ak_query_before_batch(&bulk.batch, "insert");
	bulk.keys = MemoryContextAllocExtended(CurrentMemoryContext, mul_size(sizeof(Datum), Max(bulk.batch.count, 1)),
										   MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	foreach(cell, bulk.batch.groups)
		insert_group(&bulk, lfirst(cell));
	for (int i = 0; i < bulk.batch.count; i++)
		if (bulk.keys[i] != (Datum) 0)
			return_key(result, bulk.keys[i]);
	foreach(cell, bulk.unplaced)
		return_key(result, PointerGetDatum(lfirst(cell)));
	return (Datum) 0;
}
