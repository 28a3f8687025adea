/*
 * write.c
 *		Writes of one row: create, save, get_or_create.
 *
 * Each is one statement with its values bound, run as the caller; constraints,
 * triggers and row security are the table's own.  An INSERT that a BEFORE
 * trigger or a rule turned away returns no row, which is an error here: the
 * caller was promised the row.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "query/row.h"

/* How often get_or_create looks and tries to insert before it lets the insert fail. */
#define MOST_ATTEMPTS 5

PG_FUNCTION_INFO_V1(ak_query_create);
PG_FUNCTION_INFO_V1(ak_query_save);
PG_FUNCTION_INFO_V1(ak_query_get_or_create);

static AkModel *
model_argument(FunctionCallInfo fcinfo)
{
	return ak_model_resolve(ak_model_registry(), ak_core_arg_cstring(fcinfo, 0, "model"));
}

/* A document as a whole new row: reads it, checks what is required, reports all problems. */
static void
read_new_row(AkModel *model, const AkJson *document, AkRow *row)
{
	AkProblems	problems = {0};

	ak_query_read_row(model, document, row, &problems);
	if (!ak_query_triggers_fill(model, false))
		ak_query_require(row, &problems);
	ak_core_problems_raise(&problems, model->app, model->table);
}

static Datum
insert_or_raise(const AkRow *row)
{
	Datum		json = ak_query_insert(row, false);

	if (json == (Datum) 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("the new row of model \"%s\" was not stored", row->model->label),
				 errdetail("A trigger or rule of the table left it out.")));
	return json;
}

/* create(model, doc) → the row as json. */
Datum
ak_query_create(PG_FUNCTION_ARGS)
{
	AkModel    *model = model_argument(fcinfo);
	AkRow		row;

	read_new_row(model, ak_query_arg_object(fcinfo, 1, "doc"), &row);
	return insert_or_raise(&row);
}

/* ---- save ---- */

/* Does the row hold every key field, none of them null? */
static bool
has_whole_key(const AkRow *row)
{
	for (int i = 0; i < row->model->nkeys; i++)
	{
		AkValue    *value = ak_query_row_value(row, row->model->keys[i]);

		if (value == NULL || value->isnull)
			return false;
	}
	return row->model->nkeys > 0;
}

/* A row whose key is given as null is a new one: the key takes its default. */
static void
drop_null_keys(AkRow *row)
{
	int			kept = 0;

	for (int i = 0; i < row->count; i++)
	{
		if (row->fields[i]->is_key && row->values[i].isnull)
			continue;
		row->fields[kept] = row->fields[i];
		row->values[kept++] = row->values[i];
	}
	row->count = kept;
}

static void
write_key_condition(AkStatement *st, const AkRow *row)
{
	for (int i = 0; i < row->model->nkeys; i++)
	{
		AkField    *key = row->model->keys[i];
		AkValue    *value = ak_query_row_value(row, key);

		appendStringInfo(&st->sql, "%st0.%s ", i ? " AND " : " WHERE ", ak_core_quote(key->column));
		ak_core_operator(&st->sql, ak_core_btree_operator(key->typid, BTEqualStrategyNumber));
		appendStringInfoChar(&st->sql, ' ');
		ak_core_bind(st, value->type, value->datum, false);
	}
}

static Datum
update_row(const AkRow *row)
{
	AkStatement st;
	Datum		json;
	bool		isnull;

	ak_core_statement_init(&st);
	ak_query_write_update(&st, row, true);
	write_key_condition(&st, row);
	appendStringInfoString(&st.sql, " RETURNING ");
	ak_query_write_row_json(&st, row->model, 0);
	if (!ak_core_run_one(&st, 0, &json, &isnull))
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("no row of model \"%s\" has this key", row->model->label),
				 errhint("Leave the key out to make a new row, or call aksara.create.")));
	return json;
}

/* save(model, doc) → the row as json: with a key an update of the given fields, else an insert. */
Datum
ak_query_save(PG_FUNCTION_ARGS)
{
	AkModel    *model = model_argument(fcinfo);
	AkJson	   *document = ak_query_arg_object(fcinfo, 1, "doc");
	AkProblems	problems = {0};
	AkRow		row;

	ak_query_read_row(model, document, &row, &problems);
	ak_core_problems_raise(&problems, model->app, model->table);
	if (has_whole_key(&row))
	{
		if (!ak_query_triggers_fill(model, true))
			ak_query_refuse_nulls(&row, &problems);
		ak_core_problems_raise(&problems, model->app, model->table);
		return update_row(&row);
	}
	drop_null_keys(&row);
	if (!ak_query_triggers_fill(model, false))
		ak_query_require(&row, &problems);
	ak_core_problems_raise(&problems, model->app, model->table);
	return insert_or_raise(&row);
}

/* ---- get_or_create ---- */

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

/* Looks under a new snapshot, so that a row another session just committed is seen. */
static bool
look(AkModel *model, const AkJson *conditions, Datum *object)
{
	AkQuery    *query = ak_query_all(model);

	ak_query_filter(query, conditions, false);
	query->fresh = true;
	return ak_query_one(query, object);
}

static Datum
object_and_created(FunctionCallInfo fcinfo, Datum object, bool created)
{
	TupleDesc	desc;
	Datum		values[2] = {object, BoolGetDatum(created)};
	bool		nulls[2] = {false, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/*
 * get_or_create(model, conditions, defaults) → (object, created).  Looks;
 * inserts unless somebody else's row stands in the way, for whose commit
 * PostgreSQL waits; looks again.  Where a unique constraint covers the
 * conditions, two sessions never make two rows.
 */
Datum
ak_query_get_or_create(PG_FUNCTION_ARGS)
{
	AkModel    *model = model_argument(fcinfo);
	AkJson	   *conditions = ak_query_arg_object(fcinfo, 1, "conditions");
	AkJson	   *defaults = ak_query_arg_object(fcinfo, 2, "defaults");
	AkRow		row;
	Datum		object;

	if (look(model, conditions, &object))
		return object_and_created(fcinfo, object, false);
	read_new_row(model, document_to_create(conditions, defaults), &row);
	for (int attempt = 1; attempt < MOST_ATTEMPTS; attempt++)
	{
		object = ak_query_insert(&row, true);
		if (object != (Datum) 0)
			return object_and_created(fcinfo, object, true);
		if (look(model, conditions, &object))
			return object_and_created(fcinfo, object, false);
	}
	return object_and_created(fcinfo, insert_or_raise(&row), true);
}
