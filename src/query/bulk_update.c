/*
 * bulk_update.c
 *		bulk_update: many rows, each with values of its own, by their keys.
 *
 * A group of documents is one UPDATE … FROM (SELECT unnest(…)).  Each
 * document holds its row's whole key; a field that it leaves out keeps its
 * value.  A row that is not there is not counted.
 */
#include "postgres.h"

#include "access/stratnum.h"

#include "query/batch.h"

PG_FUNCTION_INFO_V1(ak_query_bulk_update);

/* Leaves out what is not to be written: all but the key and the fields that were named. */
static void
keep_only(AkRow *row, List *fields)
{
	int			kept = 0;

	for (int i = 0; i < row->count; i++)
	{
		if (!row->fields[i]->is_key && !list_member_ptr(fields, row->fields[i]))
			continue;
		row->fields[kept] = row->fields[i];
		row->values[kept++] = row->values[i];
	}
	row->count = kept;
}

static void
check_changes(const AkBatch *batch, AkRow *row, AkProblems *problems)
{
	const AkModel *model = row->model;

	for (int i = 0; i < model->nkeys; i++)
	{
		const AkField *key = model->keys[i];
		AkValue    *value = ak_query_row_value(row, key);

		if (!row->named[key->index] || (value != NULL && value->isnull))
			ak_core_problem(problems, key->name, ERRCODE_NOT_NULL_VIOLATION, "required",
							"\"%s\" is required, it is the key", key->name)->column = key->column;
	}
	if (batch->only != NIL)
		keep_only(row, batch->only);
	if (batch->checks_nulls)
		for (int i = 0; i < row->count; i++)
			if (!row->fields[i]->is_key)
				ak_query_refuse_null_value(row, i, problems);
	ak_query_clean(row, false, problems);
}

/* SET title = u.c1, …; nothing but keys sets the key to itself, so that triggers see it. */
static void
write_set(AkStatement *st, const AkGroup *group, const AkModel *model)
{
	const char *before = " SET ";
	const char *key = ak_core_quote(model->keys[0]->column);

	for (int i = 0; i < group->nfields; i++)
	{
		if (group->fields[i]->is_key)
			continue;
		appendStringInfo(&st->sql, "%s%s = u.c%d", before, ak_core_quote(group->fields[i]->column), i);
		before = ", ";
	}
	if (group->nfields == model->nkeys)
		appendStringInfo(&st->sql, "%s%s = t0.%s", before, key, key);
}

static void
write_keys(AkStatement *st, const AkGroup *group)
{
	const char *before = " WHERE ";

	for (int i = 0; i < group->nfields; i++)
	{
		const AkField *field = group->fields[i];

		if (!field->is_key)
			continue;
		appendStringInfo(&st->sql, "%st0.%s ", before, ak_core_quote(field->column));
		ak_core_operator(&st->sql, ak_core_btree_operator(field->typid, BTEqualStrategyNumber));
		appendStringInfo(&st->sql, " u.c%d", i);
		before = " AND ";
	}
}

static uint64
update_group(const AkGroup *group, const AkModel *model)
{
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "UPDATE %s AS t0", model->sql_name);
	write_set(&st, group, model);
	appendStringInfoString(&st.sql, " FROM (");
	ak_query_write_group(&st, group);
	appendStringInfoString(&st.sql, ") AS u(");
	for (int i = 0; i < group->nfields; i++)
		appendStringInfo(&st.sql, "%sc%d", i ? ", " : "", i);
	appendStringInfoChar(&st.sql, ')');
	write_keys(&st, group);
	return ak_query_run_write(model, &st, 0, NULL, NULL);
}

static List *
key_fields(AkModel *model)
{
	List	   *keys = NIL;

	if (model->nkeys == 0)
		(void) ak_model_key(model);		/* raises */
	for (int i = 0; i < model->nkeys; i++)
		keys = lappend(keys, model->keys[i]);
	return keys;
}

/* bulk_update(model, docs, fields) → rows updated. */
Datum
ak_query_bulk_update(PG_FUNCTION_ARGS)
{
	AkBatch		batch = {.model = ak_query_arg_model(fcinfo), .check = check_changes};
	List	   *keys = key_fields(batch.model);
	uint64		count = 0;
	ListCell   *cell;

	if (!PG_ARGISNULL(2))
	{
		batch.only = ak_query_arg_fields(fcinfo, 2, "fields", batch.model);
		if (batch.only == NIL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"fields\" names no field")));
	}
	batch.checks_nulls = !ak_query_triggers_fill(batch.model, true);
	ak_query_read_batch(&batch, fcinfo, 1, "docs");
	ak_query_refuse_doubles(&batch, keys);
	/* Rows are mostly locked in this order then, whoever else updates them. */
	ak_query_sort_batch(&batch, keys);
	ak_query_before_batch(&batch, "update");
	foreach(cell, batch.groups)
		count += update_group(lfirst(cell), batch.model);
	PG_RETURN_INT64(count);
}
