/*
 * rules.c
 *		The rules trigger of a table: what holds for every writer and no
 *		constraint can state.
 *
 * One BEFORE row trigger does all of it, in this order: normal forms and what
 * fills empty fields, then what upper rooms have registered (validation).  It
 * is a public function that anyone may attach to anything: it checks how it is
 * called and leaves alone what is no model's.
 *
 * The row of a partition has the columns of its model under other numbers; it
 * is read by the model's fields all the same.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "model/types.h"

PG_FUNCTION_INFO_V1(ak_model_rules);

static const AkRowRules *upper_rules = NULL;

void
ak_model_on_row(const AkRowRules *rules)
{
	Assert(upper_rules == NULL);
	upper_rules = rules;
}

/* ---- the table and its model ---- */

/* A partition, the model it belongs to, and the partition's column for each field. */
typedef struct AkPartition
{
	Oid			relid;
	AkModel    *model;
	AttrNumber *columns;		/* by AkField.index */
} AkPartition;

/* The column numbers of a partition, by name, as it was made to have them. */
static AttrNumber *
columns_of(const AkModel *model, Oid relid)
{
	AttrNumber *columns = MemoryContextAllocZero(model->registry->context, sizeof(AttrNumber) * Max(model->nfields, 1));

	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->attnum > 0)
			columns[i] = get_attnum(relid, model->fields[i]->column);
	return columns;
}

/* The model of a table that such a partition belongs to, through however many levels. */
static AkModel *
model_above(AkRegistry *registry, Oid relid)
{
	AkModel    *model = NULL;
	ListCell   *cell;

	foreach(cell, get_partition_ancestors(relid))
		if (model == NULL)
			model = ak_model_by_table(registry, lfirst_oid(cell));
	return model;
}

static AkPartition *
partition_of(AkRegistry *registry, Oid relid)
{
	AkPartition *partition;
	bool		found;

	if (registry->partitions == NULL)
	{
		HASHCTL		control = {
			.keysize = sizeof(Oid), .entrysize = sizeof(AkPartition), .hcxt = registry->context
		};

		registry->partitions = hash_create("aksara partitions", 16, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	partition = hash_search(registry->partitions, &relid, HASH_FIND, NULL);
	if (partition == NULL)
	{
		AkModel    *model = model_above(registry, relid);
		AttrNumber *columns = model ? columns_of(model, relid) : NULL;

		partition = hash_search(registry->partitions, &relid, HASH_ENTER, &found);
		partition->model = model;
		partition->columns = columns;
	}
	return partition;
}

bool
ak_model_find_row_model(AkTriggerRow *row, Relation rel)
{
	AkRegistry *registry = ak_model_registry();

	row->columns = NULL;
	row->model = ak_model_by_table(registry, RelationGetRelid(rel));
	if (row->model == NULL && rel->rd_rel->relispartition)
	{
		AkPartition *partition = partition_of(registry, RelationGetRelid(rel));

		row->model = partition->model;
		row->columns = partition->columns;
	}
	return row->model != NULL;
}

/* ---- the row ---- */

static AttrNumber
column_of(const AkTriggerRow *row, const AkField *field)
{
	AttrNumber	column = row->columns ? row->columns[field->index] : field->attnum;

	return column > row->desc->natts ? InvalidAttrNumber : column;
}

Datum
ak_model_row_value(const AkTriggerRow *row, const AkField *field, bool *isnull)
{
	AttrNumber	column = column_of(row, field);

	*isnull = column <= 0 || row->nulls[column - 1];
	return *isnull ? (Datum) 0 : row->values[column - 1];
}

Datum
ak_model_row_old_value(const AkTriggerRow *row, const AkField *field, bool *isnull)
{
	AttrNumber	column = column_of(row, field);

	*isnull = true;
	return column <= 0 || row->old == NULL ? (Datum) 0 : heap_getattr(row->old, column, row->desc, isnull);
}

void
ak_model_row_set(AkTriggerRow *row, const AkField *field, Datum value, bool isnull)
{
	AttrNumber	column = column_of(row, field);

	if (column <= 0)
		return;
	row->values[column - 1] = value;
	row->nulls[column - 1] = isnull;
	row->replaced[column - 1] = true;
	row->changed = true;
}

HeapTuple
ak_model_row_tuple(AkTriggerRow *row)
{
	if (row->changed)
	{
		row->tuple = heap_modify_tuple(row->tuple, row->desc, row->values, row->nulls, row->replaced);
		memset(row->replaced, 0, row->desc->natts);
		row->changed = false;
	}
	return row->tuple;
}

static void
open_row(AkTriggerRow *row, const TriggerData *trigger)
{
	bool		update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);

	row->rel = trigger->tg_relation;
	row->desc = RelationGetDescr(trigger->tg_relation);
	row->tuple = update ? trigger->tg_newtuple : trigger->tg_trigtuple;
	row->old = update ? trigger->tg_trigtuple : NULL;
	row->values = palloc(row->desc->natts * (sizeof(Datum) + 2 * sizeof(bool)));
	row->nulls = (bool *) (row->values + row->desc->natts);
	row->replaced = row->nulls + row->desc->natts;
	memset(row->replaced, 0, row->desc->natts);
	heap_deform_tuple(row->tuple, row->desc, row->values, row->nulls);
}

/* ---- normal forms ---- */

/* The transaction's time as the column's type. */
static bool
current_time_as(Oid type, Datum *value)
{
	Datum		now = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());

	switch (type)
	{
		case TIMESTAMPTZOID:
			*value = now;
			return true;
		case TIMESTAMPOID:
			*value = DirectFunctionCall1(timestamptz_timestamp, now);
			return true;
		case DATEOID:
			*value = DirectFunctionCall1(timestamptz_date, now);
			return true;
		case TIMEOID:
			*value = DirectFunctionCall1(timestamptz_time, now);
			return true;
		default:
			return false;
	}
}

static bool
is_text(const AkField *field)
{
	return field->typid == VARCHAROID || field->typid == TEXTOID;
}

/* Replaces a value by its normal form where that differs. */
static void
normalize(AkTriggerRow *row, const AkField *field)
{
	bool		isnull;
	Datum		value = ak_model_row_value(row, field, &isnull);
	char	   *given;
	char	   *normal;

	if (isnull || (!is_text(field) && field->typid != INETOID))
		return;
	given = is_text(field) ? TextDatumGetCString(value) : DatumGetCString(DirectFunctionCall1(inet_out, value));
	normal = field->type->normalize(field, given);
	if (strcmp(given, normal) == 0)
		return;
	ak_model_row_set(row, field, is_text(field) ? CStringGetTextDatum(normal)
					 : DirectFunctionCall1(inet_in, CStringGetDatum(normal)), false);
}

/* Makes a slug of another field's text where there is none. */
static void
fill_slug(AkTriggerRow *row, const AkField *field, const AkField *source)
{
	bool		isnull;
	Datum		value = ak_model_row_value(row, field, &isnull);
	char	   *slug;

	if (!is_text(field) || (!isnull && VARSIZE_ANY_EXHDR(DatumGetPointer(value)) > 0))
		return;
	value = ak_model_row_value(row, source, &isnull);
	if (isnull)
		return;
	slug = ak_model_slug(ak_core_output_iso(source->typid, value), field->typmod - (int32) VARHDRSZ,
						 ak_core_json_get_bool(field->options, "allow_unicode", false));
	if (*slug != '\0')
		ak_model_row_set(row, field, CStringGetTextDatum(ak_model_own_slug(field, row->old, slug)), false);
}

static void
fill_and_normalize(AkTriggerRow *row)
{
	for (int i = 0; i < row->model->nfields; i++)
	{
		const AkField *field = row->model->fields[i];
		const AkField *source;
		Datum		now;

		if (field->attnum <= 0)
			continue;
		if (ak_model_normalizes(field))
			normalize(row, field);
		else if ((source = ak_model_filled_from(field)) != NULL)
			fill_slug(row, field, source);
		else if (row->old != NULL && ak_core_json_get_bool(field->options, "auto_now", false) &&
				 current_time_as(field->typid, &now))
			ak_model_row_set(row, field, now, false);
	}
}

/* ---- the trigger ---- */

/* Which events the fields need: auto_now an update, normalising and filling every write. */
void
ak_model_needed_events(const AkModel *model, bool *insert, bool *update)
{
	*insert = *update = false;
	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];

		if (field->attnum == 0)
			continue;
		if (ak_model_normalizes(field) || ak_model_filled_from(field) != NULL)
			*insert = *update = true;
		if (ak_core_json_get_bool(field->options, "auto_now", false))
			*update = true;
	}
	if (upper_rules != NULL)
		upper_rules->needs(model, insert, update);
}

/* BEFORE INSERT OR UPDATE row trigger: keeps the rules for every writer. */
Datum
ak_model_rules(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	AkTriggerRow row = {0};

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"aksara.rules\" must be fired BEFORE INSERT OR UPDATE, FOR EACH ROW")));
	if (!ak_model_find_row_model(&row, trigger->tg_relation))
		return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple);
	open_row(&row, trigger);
	fill_and_normalize(&row);
	if (upper_rules != NULL)
		upper_rules->apply(&row);
	return PointerGetDatum(ak_model_row_tuple(&row));
}
