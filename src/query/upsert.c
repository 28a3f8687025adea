/*
 * upsert.c
 *		upsert: INSERT … ON CONFLICT (keys) DO UPDATE, one statement for one row.
 *
 * Whether the row was there is told by the WHERE of DO UPDATE, which is asked
 * once for a row that was in the way: conflict_met() notes the call whose
 * number it is given and lets the update go on.  The row itself cannot tell:
 * partitions hand out no xmax.
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "query/row.h"

PG_FUNCTION_INFO_V1(ak_query_upsert);
PG_FUNCTION_INFO_V1(ak_query_conflict_met);

/* A call at work; triggers of its row may make others inside it. */
typedef struct AkUpsert
{
	struct AkUpsert *outer;
	int64		number;
	bool		met;
} AkUpsert;

static AkUpsert *innermost = NULL;
static int64 last_number = 0;

/* conflict_met(call) → true. */
Datum
ak_query_conflict_met(PG_FUNCTION_ARGS)
{
	for (AkUpsert *call = innermost; call != NULL && !PG_ARGISNULL(0); call = call->outer)
		if (call->number == PG_GETARG_INT64(0))
			call->met = true;
	PG_RETURN_BOOL(true);
}

/* ---- what is updated ---- */

static void
require_updatable(const AkField *field)
{
	if (field->is_key)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is the key and cannot stand in \"update_fields\"", field->name)));
	if (field->generated)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("\"%s\" is generated and cannot be written", field->name)));
}

void
ak_query_arg_conflict(FunctionCallInfo fcinfo, int keys, const char *keys_name, int fields, AkModel *model,
					  AkConflict *conflict)
{
	ListCell   *cell;

	conflict->keys = ak_query_arg_fields(fcinfo, keys, keys_name, model);
	if (conflict->keys == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" names no field", keys_name)));
	ak_query_require_unique(model, conflict->keys);
	conflict->named = !PG_ARGISNULL(fields);
	conflict->fields = NIL;
	if (conflict->named)
		conflict->fields = ak_query_arg_fields(fcinfo, fields, "update_fields", model);
	foreach(cell, conflict->fields)
		require_updatable(lfirst(cell));
}

/* The fields to set: those that were named, else all given ones that are not in the conflict's keys. */
static List *
fields_to_set(const AkConflict *conflict, AkField **given, int count)
{
	List	   *fields = NIL;

	if (conflict->named)
		return conflict->fields;
	for (int i = 0; i < count; i++)
		if (!given[i]->is_key && !list_member_ptr(conflict->keys, given[i]))
			fields = lappend(fields, given[i]);
	return fields;
}

void
ak_query_write_conflict(AkStatement *st, const AkConflict *conflict, AkField **given, int count)
{
	const char *before = " ON CONFLICT (";
	const char *column = ak_core_quote(((AkField *) linitial(conflict->keys))->column);
	List	   *fields = fields_to_set(conflict, given, count);
	ListCell   *cell;

	foreach(cell, conflict->keys)
	{
		appendStringInfo(&st->sql, "%s%s", before, ak_core_quote(((AkField *) lfirst(cell))->column));
		before = ", ";
	}
	before = ") DO UPDATE SET ";
	foreach(cell, fields)
	{
		const char *name = ak_core_quote(((AkField *) lfirst(cell))->column);

		appendStringInfo(&st->sql, "%s%s = EXCLUDED.%s", before, name, name);
		before = ", ";
	}
	/* Nothing to set: the key set to itself locks the row and gives it back. */
	if (fields == NIL)
		appendStringInfo(&st->sql, "%s%s = t0.%s", before, column, column);
}

/* ---- the call ---- */

/* Runs the statement; `call` says then whether the row was there. */
static bool
run_noting(const AkModel *model, const struct AkLevel *level, AkStatement *st, AkUpsert *call, Datum *object)
{
	volatile bool found = false;

	call->outer = innermost;
	innermost = call;
	PG_TRY();
	{
		found = ak_query_run_returning(model, level, st, object);
	}
	PG_FINALLY();
	{
		innermost = call->outer;
	}
	PG_END_TRY();
	return found;
}

/* upsert(model, doc, keys, update_fields) → (object, created). */
Datum
ak_query_upsert(PG_FUNCTION_ARGS)
{
	AkModel    *model = ak_query_arg_model(fcinfo);
	AkJson	   *document = ak_query_arg_object(fcinfo, 1, "doc");
	AkUpsert	call = {.number = ++last_number};
	const struct AkLevel *level;
	AkConflict	conflict;
	AkStatement st;
	AkRow		row;
	Datum		object;

	ak_query_arg_conflict(fcinfo, 2, "keys", 3, model, &conflict);
	ak_query_read_new_row(model, document, &row);
	ak_core_statement_init(&st);
	ak_query_write_insert(&st, &row);
	ak_query_write_conflict(&st, &conflict, row.fields, row.count);
	appendStringInfoString(&st.sql, " WHERE aksara.conflict_met(");
	ak_core_bind(&st, INT8OID, Int64GetDatum(call.number), false);
	appendStringInfoChar(&st.sql, ')');
	level = ak_query_write_returning(&st, model);
	if (!run_noting(model, level, &st, &call, &object))
		ak_query_not_stored(model);
	return ak_query_object_and_created(fcinfo, object, !call.met);
}
