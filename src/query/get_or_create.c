/*
 * get_or_create.c
 *		get_or_create and update_or_create: the row that meets conditions, made
 *		where there is none.
 *
 * Both look; insert unless somebody else's row stands in the way, for whose
 * commit PostgreSQL waits; and look again, under a new snapshot each time.
 * Where a unique constraint covers the conditions two sessions never make two
 * rows.  What is to be updated is locked as it is found, so that nobody
 * changes it in between.  Under REPEATABLE READ a row that the transaction
 * cannot see is PostgreSQL's own serialization failure.
 */
#include "postgres.h"

#include "access/xact.h"
#include "funcapi.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "query/row.h"

/* How often to look and try before the insert is let fail. */
#define MOST_ATTEMPTS 5

PG_FUNCTION_INFO_V1(ak_query_get_or_create);
PG_FUNCTION_INFO_V1(ak_query_update_or_create);

/* The document of the row to create: the plain equalities of the conditions, and the defaults over them. */
static AkJson *
document_to_create(const AkJson *conditions, const AkJson *defaults)
{
	AkJson	   *document = ak_core_json_object();

	for (int i = 0; i < conditions->size; i++)
		if (strstr(conditions->keys[i], "__") == NULL && conditions->keys[i][0] != '$')
			ak_core_json_put(document, conditions->keys[i], conditions->items[i]);
	for (int i = 0; i < defaults->size; i++)
		ak_core_json_put(document, defaults->keys[i], defaults->items[i]);
	return document;
}

Datum
ak_query_object_and_created(FunctionCallInfo fcinfo, Datum object, bool created)
{
	TupleDesc	desc;
	Datum		values[2] = {object, BoolGetDatum(created)};
	bool		nulls[2] = {false, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* ---- inserting unless a row is in the way ---- */

/*
 * Inserts under a savepoint; 0 where a unique or exclusion constraint turned
 * the row away.
 */
static Datum
insert_under_savepoint(const AkRow *row)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile Datum json = (Datum) 0;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		json = ak_query_insert(row, false);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION &&
			error->sqlerrcode != ERRCODE_EXCLUSION_VIOLATION)
			ReThrowError(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return json;
}

/* ON CONFLICT knows nothing of deferrable constraints: there a savepoint does its work. */
static Datum
insert_unless_there(const AkRow *row)
{
	if (ak_query_has_deferrable_index(row->model))
		return insert_under_savepoint(row);
	return ak_query_insert(row, true);
}

/* Tells what it has found, as the caller wants it; false where there is no row. */
typedef bool (*AkLookFn) (void *arg, Datum *object);

static Datum
look_or_insert(FunctionCallInfo fcinfo, AkModel *model, const AkJson *document, AkLookFn look, void *arg)
{
	AkRow		row;
	Datum		object;

	if (look(arg, &object))
		return ak_query_object_and_created(fcinfo, object, false);
	ak_query_read_new_row(model, document, &row);
	for (int attempt = 1; attempt < MOST_ATTEMPTS; attempt++)
	{
		object = insert_unless_there(&row);
		if (object != (Datum) 0)
			return ak_query_object_and_created(fcinfo, object, true);
		if (look(arg, &object))
			return ak_query_object_and_created(fcinfo, object, false);
	}
	return ak_query_object_and_created(fcinfo, ak_query_insert_or_raise(&row), true);
}

/* ---- get_or_create ---- */

/* What is looked for, and what is set where it is found. */
typedef struct AkWanted
{
	AkModel    *model;
	const AkJson *conditions;
	AkRow		update;			/* update_or_create */
	AkRow		key;			/* of the row that was found and locked */
	int			found;
} AkWanted;

static AkQuery *
wanted_rows(const AkWanted *wanted)
{
	AkQuery    *query = ak_query_all(wanted->model);

	ak_query_filter(query, wanted->conditions, false);
	query->fresh = true;
	return query;
}

static bool
get_wanted(void *arg, Datum *object)
{
	return ak_query_one(wanted_rows(arg), object);
}

/* get_or_create(model, conditions, defaults) → (object, created). */
Datum
ak_query_get_or_create(PG_FUNCTION_ARGS)
{
	AkWanted	wanted = {.model = ak_query_arg_model(fcinfo)};
	AkJson	   *defaults;

	wanted.conditions = ak_query_arg_object(fcinfo, 1, "conditions");
	defaults = ak_query_arg_object(fcinfo, 2, "defaults");
	return look_or_insert(fcinfo, wanted.model, document_to_create(wanted.conditions, defaults),
						  get_wanted, &wanted);
}

/* ---- update_or_create ---- */

static bool
take_wanted_key(TupleTableSlot *slot, void *arg)
{
	AkWanted   *wanted = arg;
	AkRow	   *key = &wanted->key;

	if (wanted->found++ > 0)
		return true;
	for (int i = 0; i < key->count; i++)
	{
		Form_pg_attribute column = TupleDescAttr(slot->tts_tupleDescriptor, i);
		AkValue    *value = &key->values[i];

		value->type = column->atttypid;
		value->datum = slot_getattr(slot, i + 1, &value->isnull);
		if (!value->isnull)
			value->datum = datumCopy(value->datum, column->attbyval, column->attlen);
	}
	return true;
}

/* Finds the one row and locks it; P0003 when there are several. */
static bool
lock_wanted(AkWanted *wanted)
{
	AkQuery    *query = wanted_rows(wanted);
	AkLayout	layout;
	AkStatement st;

	query->limit = 2;
	wanted->found = 0;
	layout = ak_query_lay_out(query, AK_ORDER_HIDDEN);
	ak_core_statement_init(&st);
	ak_query_write_head(&st, &layout);
	for (int i = 0; i < wanted->key.count; i++)
	{
		appendStringInfoString(&st.sql, i ? ", " : "");
		ak_query_write_column(&st, query->source, wanted->key.fields[i]);
	}
	ak_query_write_tail(&st, query, &layout);
	ak_query_write_limit(&st, query);
	appendStringInfoString(&st.sql, " FOR NO KEY UPDATE OF t0");
	ak_core_run(&st, 0, take_wanted_key, wanted);
	if (wanted->found > 1)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_ROWS),
				 errmsg("several rows of model \"%s\" match", wanted->model->label),
				 err_generic_string(PG_DIAG_SCHEMA_NAME, wanted->model->app),
				 err_generic_string(PG_DIAG_TABLE_NAME, wanted->model->table)));
	return wanted->found > 0;
}

/* The row that is found is locked, then updated: a lock that waited has seen the last change. */
static bool
update_wanted(void *arg, Datum *object)
{
	AkWanted   *wanted = arg;
	const struct AkLevel *level;
	AkStatement st;

	if (!lock_wanted(wanted))
		return false;
	ak_core_statement_init(&st);
	ak_query_write_update(&st, &wanted->update, false);
	ak_query_write_key_condition(&st, &wanted->key);
	level = ak_query_write_returning(&st, wanted->model);
	if (!ak_query_run_returning(wanted->model, level, &st, object))
		ak_query_not_stored(wanted->model);
	return true;
}

/* Makes room for the key of the row that will be found; 42P16 for a model without one. */
static void
prepare_key(AkWanted *wanted)
{
	AkModel    *model = wanted->model;

	if (model->nkeys == 0)
		(void) ak_model_key(model);		/* raises */
	wanted->key.model = model;
	wanted->key.count = model->nkeys;
	wanted->key.fields = model->keys;
	wanted->key.values = palloc0(sizeof(AkValue) * model->nkeys);
}

/* update_or_create(model, conditions, defaults, create_defaults) → (object, created). */
Datum
ak_query_update_or_create(PG_FUNCTION_ARGS)
{
	AkWanted	wanted = {.model = ak_query_arg_model(fcinfo)};
	AkJson	   *defaults;
	AkJson	   *create_defaults;

	wanted.conditions = ak_query_arg_object(fcinfo, 1, "conditions");
	defaults = ak_query_arg_object(fcinfo, 2, "defaults");
	create_defaults = PG_ARGISNULL(3) ? defaults : ak_query_arg_object(fcinfo, 3, "create_defaults");
	prepare_key(&wanted);
	ak_query_read_changes(wanted.model, defaults, &wanted.update);
	return look_or_insert(fcinfo, wanted.model, document_to_create(wanted.conditions, create_defaults),
						  update_wanted, &wanted);
}
