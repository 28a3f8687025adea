/*
 * write.c
 *		save(model, doc), and what other writes of one row share with it.
 *
 * A write is one statement with its values bound, run as the caller; constraints,
 * triggers and row security are the table's own.  An INSERT that a BEFORE
 * trigger or a rule turned away returns no row, which is an error here: the
 * caller was promised the row.
 */
#include "postgres.h"

#include "access/stratnum.h"

#include "query/row.h"

PG_FUNCTION_INFO_V1(ak_query_save);

/* The model that the first argument names. */
AkModel *
ak_query_arg_model(FunctionCallInfo fcinfo)
{
	return ak_model_resolve(ak_model_registry(), ak_core_arg_cstring(fcinfo, 0, "model"));
}

void
ak_query_read_new_row(AkModel *model, const AkJson *document, AkRow *row)
{
	AkProblems	problems = {0};

	ak_query_read_row(model, document, row, &problems);
	ak_query_refuse_generated(row, &problems);
	if (!ak_query_triggers_fill(model, false))
		ak_query_require(row, &problems);
	ak_query_clean(row, true, &problems);
	ak_core_problems_raise(&problems, model->app, model->table);
}

void
ak_query_read_changes(AkModel *model, const AkJson *document, AkRow *row)
{
	AkProblems	problems = {0};

	ak_query_read_row(model, document, row, &problems);
	ak_query_refuse_generated(row, &problems);
	if (!ak_query_triggers_fill(model, true))
		ak_query_refuse_nulls(row, &problems);
	ak_query_clean(row, false, &problems);
	ak_core_problems_raise(&problems, model->app, model->table);
}

void
ak_query_not_stored(const AkModel *model)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("the row of model \"%s\" was not stored", model->label),
			 errdetail("A trigger or rule of the table left it out.")));
}

Datum
ak_query_insert_or_raise(const AkRow *row)
{
	Datum		json = ak_query_insert(row, false);

	if (json == (Datum) 0)
		ak_query_not_stored(row->model);
	return json;
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

/* Does the document give a key field a value that cannot be read?  Then it means a row that is there. */
static bool
has_bad_key(const AkRow *row)
{
	for (int i = 0; i < row->model->nkeys; i++)
		if (row->named[row->model->keys[i]->index] && ak_query_row_value(row, row->model->keys[i]) == NULL)
			return true;
	return false;
}

/* A row whose key is given as null is a new one: the key takes its default. */
static void
drop_null_keys(AkRow *row)
{
	int			kept = 0;

	for (int i = 0; i < row->count; i++)
	{
		if (row->fields[i]->is_key && row->values[i].isnull)
		{
			row->named[row->fields[i]->index] = false;
			continue;
		}
		row->fields[kept] = row->fields[i];
		row->values[kept++] = row->values[i];
	}
	row->count = kept;
}

void
ak_query_write_key_condition(AkStatement *st, const AkRow *row)
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
	const struct AkLevel *level;
	AkStatement st;
	Datum		json;

	ak_core_statement_init(&st);
	ak_query_write_update(&st, row, true);
	ak_query_write_key_condition(&st, row);
	level = ak_query_write_returning(&st, row->model);
	if (!ak_query_run_returning(row->model, level, &st, &json))
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
	AkModel    *model = ak_query_arg_model(fcinfo);
	AkJson	   *document = ak_query_arg_object(fcinfo, 1, "doc");
	AkProblems	problems = {0};
	AkRow		row;
	bool		fresh;

	ak_query_read_row(model, document, &row, &problems);
	fresh = !has_whole_key(&row) && !has_bad_key(&row);
	if (fresh)
	{
		drop_null_keys(&row);
		ak_query_refuse_generated(&row, &problems);
		if (!ak_query_triggers_fill(model, false))
			ak_query_require(&row, &problems);
	}
	else if (!ak_query_triggers_fill(model, true))
		ak_query_refuse_nulls(&row, &problems);
	ak_query_clean(&row, fresh, &problems);
	ak_core_problems_raise(&problems, model->app, model->table);
	return fresh ? ak_query_insert_or_raise(&row) : update_row(&row);
}
