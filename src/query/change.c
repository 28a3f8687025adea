/*
 * change.c
 *		Writes of whole query sets: update and delete.
 *
 * One native statement each, kept as those of reads are (call.c).  Deleting
 * hands its statement to room relation, which defers the RESTRICT keys over it
 * and counts what cascades took.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "query/call.h"
#include "query/row.h"

PG_FUNCTION_INFO_V1(ak_query_update);
PG_FUNCTION_INFO_V1(ak_query_delete);
PG_FUNCTION_INFO_V1(ak_query_delete_by_key);

static AkCompiled *
make_compiled(const AkQuery *query)
{
	AkCompiled *compiled = palloc0(sizeof(AkCompiled));

	compiled->model = query->model;
	ak_core_statement_init(&compiled->statement);
	return compiled;
}

/* ---- update ---- */

/* Says of each value of the row, which are the first parameters, where it stands in the document. */
static void
note_origins(AkStatement *st, const AkRow *row, const AkJson *document)
{
	bool		filled = ak_query_triggers_fill(row->model, true);

	for (int i = 0; i < document->size; i++)
	{
		AkField    *field = ak_model_field(row->model, document->keys[i]);
		AkOrigin   *origin;

		/* Several parameters of one member: it is not kept. */
		if (field->parts != NIL)
			continue;
		origin = palloc0(sizeof(AkOrigin));
		origin->value = document->items[i];
		origin->member = field;
		origin->needed = !filled && ak_query_refuses_null(field);
		st->origins[ak_query_place_in_row(row, field)] = origin;
	}
}

AkCompiled *
ak_query_compile_update(AkQuery *query, const AkJson *document)
{
	AkCompiled *compiled = make_compiled(query);
	AkStatement *st = &compiled->statement;
	AkRow		row;

	ak_query_read_changes(query->model, document, &row);
	if (row.count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an update of model \"%s\" names no field", query->model->label)));
	ak_query_write_update(st, &row, false);
	note_origins(st, &row, document);
	compiled->restriction = st->sql.len;
	ak_query_write_restriction(st, query);
	return compiled;
}

/* update(qs, doc) → rows updated. */
Datum
ak_query_update(PG_FUNCTION_ARGS)
{
	AkBound		bound;
	uint64		count;

	ak_query_call_document(&bound, fcinfo, AK_EXIT_UPDATE);
	ak_query_before_statement(bound.compiled->model, "update", &bound.statement, bound.compiled->restriction);
	count = ak_query_run_write(bound.compiled->model, &bound.statement, bound.compiled->flags, NULL, NULL);
	ak_query_call_end(&bound);
	PG_RETURN_INT64(count);
}

/* ---- delete ---- */

AkCompiled *
ak_query_compile_delete(AkQuery *query)
{
	AkCompiled *compiled = make_compiled(query);

	appendStringInfo(&compiled->statement.sql, "DELETE FROM %s AS t0", query->model->sql_name);
	compiled->restriction = compiled->statement.sql.len;
	ak_query_write_restriction(&compiled->statement, query);
	return compiled;
}

static Datum
run_delete(AkBound *bound)
{
	AkModel    *model = bound->compiled->model;
	AkJson	   *counts;

	ak_query_before_statement(model, "delete", &bound->statement, bound->compiled->restriction);
	counts = ak_relation_delete(model, &bound->statement, bound->compiled->restriction);

	ak_query_call_end(bound);
	return PointerGetDatum(ak_core_json_to_text(counts));
}

/* delete(qs) → {"total": n, "by_model": {…}}, cascades included. */
Datum
ak_query_delete(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_document(&bound, fcinfo, AK_EXIT_DELETE);
	return run_delete(&bound);
}

/* delete_by_key(model, VARIADIC key) → the same, for one row. */
Datum
ak_query_delete_by_key(PG_FUNCTION_ARGS)
{
	AkBound		bound;

	ak_query_call_key(&bound, fcinfo, AK_EXIT_DELETE);
	return run_delete(&bound);
}
