/*
 * batch.c
 *		A list of documents, read into columns.
 *
 * Documents that give the same fields are one group: one statement reads it
 * from one array parameter a column.  Each document is read as the parser
 * comes to its end, in memory that the next one takes again; its values alone
 * stay.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "query/batch.h"

/* Problems beyond these are not looked for. */
#define MOST_PROBLEMS 100

/* ---- grouping ---- */

static bool
same_fields(const AkGroup *group, const AkRow *row)
{
	return group->nfields == row->count &&
		memcmp(group->fields, row->fields, sizeof(AkField *) * row->count) == 0;
}

static void
init_column(AkColumn *column, AkField *field)
{
	column->field = field;
	column->array_type = get_array_type(field->typid);
	column->as_text = !OidIsValid(column->array_type);
	if (column->as_text)
		column->array_type = TEXTARRAYOID;
	get_typlenbyval(field->typid, &column->length, &column->byval);
}

static AkGroup *
new_group(const AkRow *row)
{
	AkGroup    *group = palloc0(sizeof(AkGroup));

	group->nfields = row->count;
	group->fields = palloc(sizeof(AkField *) * Max(row->count, 1));
	group->columns = palloc0(sizeof(AkColumn) * Max(row->count, 1));
	for (int i = 0; i < row->count; i++)
	{
		group->fields[i] = row->fields[i];
		init_column(&group->columns[i], row->fields[i]);
	}
	return group;
}

static AkGroup *
group_of(AkBatch *batch, const AkRow *row)
{
	ListCell   *cell;

	if (batch->last != NULL && same_fields(batch->last, row))
		return batch->last;
	foreach(cell, batch->groups)
		if (same_fields(lfirst(cell), row))
			return lfirst(cell);
	batch->groups = lappend(batch->groups, new_group(row));
	return llast(batch->groups);
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
		group->columns[i].values = grown(group->columns[i].values, room, sizeof(Datum));
		group->columns[i].nulls = grown(group->columns[i].nulls, room, sizeof(bool));
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
		AkColumn   *column = &group->columns[i];
		const AkValue *value = &row->values[i];

		column->nulls[group->count] = value->isnull;
		column->values[group->count] = value->isnull ? (Datum) 0
			: datumCopy(value->datum, column->byval, column->length);
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
read_one(AkBatch *batch, const AkJson *document, AkRow *row)
{
	if (document->kind != AK_JSON_OBJECT)
	{
		ak_core_problem(&batch->problems, "", ERRCODE_INVALID_PARAMETER_VALUE, "invalid",
						"an object is wanted, not %s", ak_core_json_kind_name(document->kind));
		return;
	}
	ak_query_read_known_row(batch->model, document, &batch->known, row, &batch->problems);
	batch->check(batch, row, &batch->problems);
}

/* The parser has come to the end of a document.  False once there are problems, which live beside it. */
static bool
read_document(const AkJson *document, int number, void *arg)
{
	AkBatch    *batch = arg;
	int			before = list_length(batch->problems.list);
	MemoryContext old;
	AkRow		row = {0};

	CHECK_FOR_INTERRUPTS();
	batch->count++;
	if (before >= MOST_PROBLEMS)
		return false;
	read_one(batch, document, &row);
	number_problems(&batch->problems, before, number);
	if (batch->problems.list != NIL)
		return false;
	old = MemoryContextSwitchTo(batch->context);
	batch->last = group_of(batch, &row);
	add_to_group(batch->last, &row, number);
	MemoryContextSwitchTo(old);
	return true;
}

void
ak_query_read_batch(AkBatch *batch, FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ak_core_null_argument(name);
	batch->context = CurrentMemoryContext;
	batch->known.room = batch->model->nfields;
	batch->known.keys = palloc0(sizeof(char *) * Max(batch->known.room, 1));
	batch->known.fields = palloc(sizeof(AkField *) * Max(batch->known.room, 1));
	ak_core_json_each(PG_GETARG_TEXT_PP(n), psprintf("argument \"%s\"", name), read_document, batch);
	ak_core_problems_raise(&batch->problems, batch->model->app, batch->model->table);
}

/* ---- order ---- */

/* A document by its values in some fields. */
typedef struct AkPlace
{
	const AkGroup *group;
	const int  *columns;		/* of the group, one a field */
	int			at;
} AkPlace;

typedef struct AkSorting
{
	int			nfields;
	AkField   **fields;
	FmgrInfo  **compare;
} AkSorting;

static Datum
place_value(const AkPlace *place, int field)
{
	return place->group->columns[place->columns[field]].values[place->at];
}

static int
compare_values(const AkPlace *a, const AkPlace *b, const AkSorting *sorting)
{
	int			order = 0;

	for (int i = 0; i < sorting->nfields && order == 0; i++)
		order = DatumGetInt32(FunctionCall2Coll(sorting->compare[i], sorting->fields[i]->collation,
												place_value(a, i), place_value(b, i)));
	return order;
}

/* Equal ones stay as they were. */
static int
compare_places(const void *left, const void *right, void *arg)
{
	const AkPlace *a = left;
	const AkPlace *b = right;
	int			order = compare_values(a, b, arg);

	return order != 0 ? order : a->group->numbers[a->at] - b->group->numbers[b->at];
}

/* False for fields whose types have no order: the server itself speaks up then. */
static bool
init_sorting(AkSorting *sorting, List *fields)
{
	ListCell   *cell;

	sorting->nfields = 0;
	sorting->fields = palloc(sizeof(AkField *) * list_length(fields));
	sorting->compare = palloc(sizeof(FmgrInfo *) * list_length(fields));
	foreach(cell, fields)
	{
		AkField    *field = lfirst(cell);
		TypeCacheEntry *type = lookup_type_cache(field->typid, TYPECACHE_CMP_PROC_FINFO);

		if (!OidIsValid(type->cmp_proc_finfo.fn_oid))
			return false;
		sorting->fields[sorting->nfields] = field;
		sorting->compare[sorting->nfields++] = &type->cmp_proc_finfo;
	}
	return true;
}

/* The group's columns of the fields; NULL where it lacks one. */
static int *
columns_of(const AkGroup *group, const AkSorting *sorting)
{
	int		   *columns = palloc(sizeof(int) * sorting->nfields);

	for (int i = 0; i < sorting->nfields; i++)
	{
		columns[i] = -1;
		for (int j = 0; j < group->nfields; j++)
			if (group->fields[j] == sorting->fields[i])
				columns[i] = j;
		if (columns[i] < 0)
			return NULL;
	}
	return columns;
}

/* Adds the group's documents that give every field a value; returns how many. */
static int
add_places(AkPlace *places, const AkGroup *group, const AkSorting *sorting)
{
	int		   *columns = columns_of(group, sorting);
	int			count = 0;

	for (int at = 0; columns != NULL && at < group->count; at++)
	{
		bool		whole = true;

		for (int i = 0; i < sorting->nfields; i++)
			whole = whole && !group->columns[columns[i]].nulls[at];
		if (whole)
			places[count++] = (AkPlace) {.group = group, .columns = columns, .at = at};
	}
	return count;
}

static char *
values_text(const AkPlace *place, const AkSorting *sorting)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < sorting->nfields; i++)
		appendStringInfo(&text, "%s%s", i ? ", " : "",
						 ak_core_output_iso(sorting->fields[i]->typid, place_value(place, i)));
	return text.data;
}

static char *
fields_text(const AkSorting *sorting)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < sorting->nfields; i++)
		appendStringInfo(&text, "%s%s", i ? ", " : "", sorting->fields[i]->name);
	return text.data;
}

void
ak_query_refuse_doubles(const AkBatch *batch, List *fields)
{
	AkPlace    *places = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(sizeof(AkPlace), Max(batch->count, 1)));
	AkSorting	sorting;
	int			count = 0;
	ListCell   *cell;

	if (!init_sorting(&sorting, fields))
		return;
	foreach(cell, batch->groups)
		count += add_places(places + count, lfirst(cell), &sorting);
	qsort_arg(places, count, sizeof(AkPlace), compare_places, &sorting);
	for (int i = 1; i < count; i++)
		if (compare_values(&places[i - 1], &places[i], &sorting) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("documents %d and %d stand for the same row",
							places[i - 1].group->numbers[places[i - 1].at], places[i].group->numbers[places[i].at]),
					 errdetail("Key (%s) is (%s) in both.", fields_text(&sorting),
							   values_text(&places[i], &sorting))));
}

/* Moves the group's documents into the order of `places`. */
static void
arrange(AkGroup *group, const AkPlace *places)
{
	int		   *numbers = palloc(sizeof(int) * group->count);

	for (int i = 0; i < group->count; i++)
		numbers[i] = group->numbers[places[i].at];
	for (int c = 0; c < group->nfields; c++)
	{
		AkColumn   *column = &group->columns[c];
		Datum	   *values = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(sizeof(Datum), group->room));
		bool	   *nulls = MemoryContextAllocHuge(CurrentMemoryContext, group->room);

		for (int i = 0; i < group->count; i++)
		{
			values[i] = column->values[places[i].at];
			nulls[i] = column->nulls[places[i].at];
		}
		column->values = values;
		column->nulls = nulls;
	}
	group->numbers = numbers;
}

void
ak_query_sort_batch(AkBatch *batch, List *fields)
{
	AkSorting	sorting;
	ListCell   *cell;

	if (!init_sorting(&sorting, fields))
		return;
	foreach(cell, batch->groups)
	{
		AkGroup    *group = lfirst(cell);
		AkPlace    *places = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(sizeof(AkPlace), group->count));

		if (add_places(places, group, &sorting) < group->count)
			continue;
		qsort_arg(places, group->count, sizeof(AkPlace), compare_places, &sorting);
		arrange(group, places);
	}
}

/* ---- the group as SQL ---- */

static Datum
column_array(const AkGroup *group, const AkColumn *column)
{
	int			dims[1] = {group->count};
	int			lower[1] = {1};
	Oid			element = column->as_text ? TEXTOID : column->field->typid;
	Datum	   *values = column->values;
	int16		length;
	bool		byval;
	char		align;

	if (column->as_text)
	{
		values = MemoryContextAllocHuge(CurrentMemoryContext, mul_size(group->count, sizeof(Datum)));
		for (int i = 0; i < group->count; i++)
			values[i] = column->nulls[i] ? (Datum) 0
				: CStringGetTextDatum(ak_core_output_iso(column->field->typid, column->values[i]));
	}
	get_typlenbyvalalign(element, &length, &byval, &align);
	return PointerGetDatum(construct_md_array(values, column->nulls, 1, dims, lower,
											  element, length, byval, align));
}

void
ak_query_write_group(AkStatement *st, const AkGroup *group)
{
	for (int i = 0; i < group->nfields; i++)
	{
		const AkColumn *column = &group->columns[i];

		appendStringInfoString(&st->sql, i ? ", pg_catalog.unnest(" : "SELECT pg_catalog.unnest(");
		ak_core_bind(st, column->array_type, column_array(group, column), false);
		appendStringInfoChar(&st->sql, ')');
		if (column->as_text)
			appendStringInfo(&st->sql, "::%s", ak_core_type_name(column->field->typid, -1));
	}
}
