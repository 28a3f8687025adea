/*
 * bulk.c
 *		bulk_create: many documents, inserted set-wise.
 *
 * Documents that give the same fields go into one INSERT … SELECT FROM
 * unnest(…), one array parameter a column; a field that a document leaves out
 * takes its default, so documents with other fields are a statement of their
 * own.  All statements are the caller's one statement: all rows or none.
 * Keys come back in the order of the documents.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "query/row.h"

/* Problems beyond these are counted by the reader, not listed. */
#define MOST_PROBLEMS 100

PG_FUNCTION_INFO_V1(ak_query_bulk_create);

/* Documents that give the same fields. */
typedef struct AkGroup
{
	int			nfields;
	AkField   **fields;
	int			count;
	int			room;
	Datum	  **columns;		/* a column's values, one a document */
	bool	  **nulls;
	int		   *numbers;		/* which document each is */
} AkGroup;

/* One call. */
typedef struct AkBulk
{
	AkModel    *model;
	bool		skip_conflicts;
	List	   *groups;			/* of AkGroup * */
	AkGroup    *last;			/* where the document before went */
	Datum	   *keys;			/* json text by document; 0: not inserted */
	AkGroup    *running;
	int			returned;		/* rows of it that came back */
	List	   *unplaced;		/* keys whose document is not known (conflicts skipped) */
} AkBulk;

/* ---- grouping ---- */

static bool
same_fields(const AkGroup *group, const AkRow *row)
{
	return group->nfields == row->count &&
		memcmp(group->fields, row->fields, sizeof(AkField *) * row->count) == 0;
}

static AkGroup *
new_group(const AkRow *row)
{
	AkGroup    *group = palloc0(sizeof(AkGroup));

	group->nfields = row->count;
	group->fields = palloc(sizeof(AkField *) * Max(row->count, 1));
	memcpy(group->fields, row->fields, sizeof(AkField *) * row->count);
	group->columns = palloc0(sizeof(Datum *) * Max(row->count, 1));
	group->nulls = palloc0(sizeof(bool *) * Max(row->count, 1));
	return group;
}

static AkGroup *
group_of(AkBulk *bulk, const AkRow *row)
{
	ListCell   *cell;

	if (bulk->last != NULL && same_fields(bulk->last, row))
		return bulk->last;
	foreach(cell, bulk->groups)
		if (same_fields(lfirst(cell), row))
			return lfirst(cell);
	bulk->groups = lappend(bulk->groups, new_group(row));
	return llast(bulk->groups);
}

static void *
grown(void *array, Size room, Size size)
{
	return array ? repalloc_huge(array, mul_size(room, size))
		: MemoryContextAllocHuge(CurrentMemoryContext, mul_size(room, size));
}

static void
reserve(AkGroup *group)
{
	int			room = group->room == 0 ? 64 : group->room * 2;

	if (group->count < group->room)
		return;
	for (int i = 0; i < group->nfields; i++)
	{
		group->columns[i] = grown(group->columns[i], room, sizeof(Datum));
		group->nulls[i] = grown(group->nulls[i], room, sizeof(bool));
	}
	group->numbers = grown(group->numbers, room, sizeof(int));
	group->room = room;
}

static void
add_to_group(AkGroup *group, const AkRow *row, int number)
{
	reserve(group);
	for (int i = 0; i < row->count; i++)
	{
		group->columns[i][group->count] = row->values[i].datum;
		group->nulls[i][group->count] = row->values[i].isnull;
	}
	group->numbers[group->count++] = number;
}

/* ---- reading ---- */

/* Says of problems from `first` on which document they are in. */
static void
number_problems(AkProblems *problems, int first, int number)
{
	for (int i = first; i < list_length(problems->list); i++)
	{
		AkProblem  *problem = list_nth(problems->list, i);

		problem->field = psprintf("[%d]%s%s", number, *problem->field ? "." : "", problem->field);
		problem->message = psprintf("document %d: %s", number, problem->message);
	}
}

static void
read_document(AkBulk *bulk, const AkJson *document, int number, bool require, AkProblems *problems)
{
	int			before = list_length(problems->list);
	AkProblems	own = {0};
	AkRow		row;

	if (document->kind != AK_JSON_OBJECT)
		ak_core_problem(&own, "", ERRCODE_INVALID_PARAMETER_VALUE, "invalid",
						"an object is wanted, not %s", ak_core_json_kind_name(document->kind));
	else
	{
		ak_query_read_row(bulk->model, document, &row, &own);
		if (require)
			ak_query_require(&row, &own);
	}
	problems->list = list_concat(problems->list, own.list);
	problems->hints = list_concat(problems->hints, own.hints);
	number_problems(problems, before, number);
	if (problems->list == NIL)
	{
		bulk->last = group_of(bulk, &row);
		add_to_group(bulk->last, &row, number);
	}
}

static void
read_documents(AkBulk *bulk, const AkJson *documents)
{
	bool		require = !ak_query_triggers_fill(bulk->model, false);
	AkProblems	problems = {0};

	for (int i = 0; i < documents->size; i++)
	{
		CHECK_FOR_INTERRUPTS();
		read_document(bulk, documents->items[i], i, require, &problems);
		if (list_length(problems.list) >= MOST_PROBLEMS)
			break;
	}
	ak_core_problems_raise(&problems, bulk->model->app, bulk->model->table);
}

/* ---- inserting ---- */

/* unnest() would take an array column's arrays apart: those travel as text. */
static bool
travels_as_text(const AkField *field)
{
	return !OidIsValid(get_array_type(field->typid));
}

static Datum
column_array(const AkGroup *group, int column, Oid type)
{
	int			dims[1] = {group->count};
	int			lower[1] = {1};
	Datum	   *values = group->columns[column];
	int16		length;
	bool		byval;
	char		align;

	if (travels_as_text(group->fields[column]))
	{
		values = palloc(mul_size(group->count, sizeof(Datum)));
		for (int i = 0; i < group->count; i++)
			if (!group->nulls[column][i])
				values[i] = CStringGetTextDatum(
					ak_core_output_iso(group->fields[column]->typid, group->columns[column][i]));
	}
	get_typlenbyvalalign(type, &length, &byval, &align);
	return PointerGetDatum(construct_md_array(values, group->nulls[column], 1, dims, lower,
											  type, length, byval, align));
}

static void
write_group(AkStatement *st, const AkModel *model, const AkGroup *group)
{
	appendStringInfo(&st->sql, "INSERT INTO %s AS t0 (", model->sql_name);
	for (int i = 0; i < group->nfields; i++)
		appendStringInfo(&st->sql, "%s%s", i ? ", " : "", ak_core_quote(group->fields[i]->column));
	appendStringInfoString(&st->sql, ") SELECT ");
	for (int i = 0; i < group->nfields; i++)
	{
		appendStringInfo(&st->sql, "%su.c%d", i ? ", " : "", i);
		if (travels_as_text(group->fields[i]))
			appendStringInfo(&st->sql, "::%s", ak_core_type_name(group->fields[i]->typid, -1));
	}
	appendStringInfoString(&st->sql, " FROM ROWS FROM (");
	for (int i = 0; i < group->nfields; i++)
	{
		Oid			type = travels_as_text(group->fields[i]) ? TEXTOID : group->fields[i]->typid;

		appendStringInfoString(&st->sql, i ? ", pg_catalog.unnest(" : "pg_catalog.unnest(");
		ak_core_bind(st, get_array_type(type), column_array(group, i, type), false);
		appendStringInfoChar(&st->sql, ')');
	}
	appendStringInfoString(&st->sql, ") AS u(");
	for (int i = 0; i < group->nfields; i++)
		appendStringInfo(&st->sql, "%sc%d", i ? ", " : "", i);
	appendStringInfoChar(&st->sql, ')');
}

/* A key of one whole number, uuid or the like is its own text, quoted or not. */
static Datum
single_key(Oid type, Datum value)
{
	if (type == INT2OID || type == INT4OID || type == INT8OID)
		return CStringGetTextDatum(ak_core_output_iso(type, value));
	if (type == UUIDOID)
		return CStringGetTextDatum(psprintf("\"%s\"", ak_core_output_iso(type, value)));
	return PointerGetDatum(ak_core_json_to_text(ak_model_value_to_json(type, value, false)));
}

/* The key of an inserted row as json text. */
static Datum
key_of(const AkModel *model, TupleTableSlot *row)
{
	AkJson	   *key;

	if (model->nkeys == 0)
		return PointerGetDatum(ak_core_json_to_text(ak_core_json_null()));
	key = ak_core_json_object();
	for (int i = 0; i < model->nkeys; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, i + 1, &isnull);

		if (model->nkeys == 1)
			return single_key(model->keys[i]->typid, value);
		ak_core_json_put(key, model->keys[i]->name,
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

/* Documents without any field are as many rows of defaults, which one INSERT … SELECT cannot say. */
static void
insert_defaults(AkBulk *bulk, AkGroup *group)
{
	AkStatement st;

	bulk->running = group;
	bulk->returned = 0;
	for (int i = 0; i < group->count; i++)
	{
		ak_core_statement_init(&st);
		appendStringInfo(&st.sql, "INSERT INTO %s AS t0 DEFAULT VALUES%s", bulk->model->sql_name,
						 bulk->skip_conflicts ? " ON CONFLICT DO NOTHING" : "");
		write_returning_key(&st, bulk->model);
		ak_core_run(&st, 0, take_key, bulk);
	}
}

static void
insert_group(AkBulk *bulk, AkGroup *group)
{
	AkStatement st;

	ak_core_statement_init(&st);
	write_group(&st, bulk->model, group);
	if (bulk->skip_conflicts)
		appendStringInfoString(&st.sql, " ON CONFLICT DO NOTHING");
	write_returning_key(&st, bulk->model);
	bulk->running = group;
	bulk->returned = 0;
	ak_core_run(&st, 0, take_key, bulk);
}

/* ---- the call ---- */

static void
return_key(ReturnSetInfo *result, Datum key)
{
	Datum		values[1] = {key};
	bool		nulls[1] = {false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* bulk_create(model, docs, ignore_conflicts) → the keys of the rows inserted. */
Datum
ak_query_bulk_create(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AkBulk		bulk = {0};
	AkJson	   *documents;
	ListCell   *cell;

	bulk.model = ak_model_resolve(ak_model_registry(), ak_core_arg_cstring(fcinfo, 0, "model"));
	documents = ak_core_arg_json(fcinfo, 1, "docs");
	ak_core_json_expect(documents, AK_JSON_ARRAY, "argument \"docs\"");
	if (PG_ARGISNULL(2))
		ak_core_null_argument("ignore_conflicts");
	bulk.skip_conflicts = PG_GETARG_BOOL(2);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	read_documents(&bulk, documents);
	bulk.keys = palloc0(mul_size(sizeof(Datum), Max(documents->size, 1)));
	foreach(cell, bulk.groups)
	{
		AkGroup    *group = lfirst(cell);

		if (group->nfields == 0)
			insert_defaults(&bulk, group);
		else
			insert_group(&bulk, group);
	}
	for (int i = 0; i < documents->size; i++)
		if (bulk.keys[i] != (Datum) 0)
			return_key(result, bulk.keys[i]);
	foreach(cell, bulk.unplaced)
		return_key(result, PointerGetDatum(lfirst(cell)));
	return (Datum) 0;
}
