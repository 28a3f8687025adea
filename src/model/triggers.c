/*
 * triggers.c
 *		The rules trigger of a table, and the event trigger that follows DDL.
 *
 * Both are public functions that anyone may attach to anything: they check
 * how they are called and leave alone what is no model's.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "model/types.h"

PG_FUNCTION_INFO_V1(ak_model_rules);
PG_FUNCTION_INFO_V1(ak_model_follow_ddl);

/* Columns of a row to be replaced. */
typedef struct AkChange
{
	int			count;
	int		   *columns;
	Datum	   *values;
	bool	   *nulls;
} AkChange;

static void
change_column(AkChange *change, AttrNumber column, Datum value)
{
	change->columns[change->count] = column;
	change->values[change->count] = value;
	change->nulls[change->count++] = false;
}

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
normalize(const AkField *field, HeapTuple row, TupleDesc desc, AkChange *change)
{
	bool		isnull;
	Datum		value = heap_getattr(row, field->attnum, desc, &isnull);
	char	   *given;
	char	   *normal;

	if (isnull || (!is_text(field) && field->typid != INETOID))
		return;
	given = is_text(field) ? TextDatumGetCString(value) : DatumGetCString(DirectFunctionCall1(inet_out, value));
	normal = field->type->normalize(field, given);
	if (strcmp(given, normal) == 0)
		return;
	if (is_text(field))
		change_column(change, field->attnum, CStringGetTextDatum(normal));
	else
		change_column(change, field->attnum, DirectFunctionCall1(inet_in, CStringGetDatum(normal)));
}

/* Makes a slug of another field's text where there is none. */
static void
fill_slug(const AkField *field, const AkField *source, HeapTuple row, TupleDesc desc, AkChange *change)
{
	bool		isnull;
	Datum		value = heap_getattr(row, field->attnum, desc, &isnull);
	char	   *slug;

	if (!is_text(field) || source->attnum > desc->natts ||
		(!isnull && VARSIZE_ANY_EXHDR(DatumGetPointer(value)) > 0))
		return;
	value = heap_getattr(row, source->attnum, desc, &isnull);
	if (isnull)
		return;
	slug = ak_model_slug(ak_core_output_iso(source->typid, value), field->typmod - (int32) VARHDRSZ,
						 ak_core_json_get_bool(field->options, "allow_unicode", false));
	if (*slug != '\0')
		change_column(change, field->attnum, CStringGetTextDatum(slug));
}

static HeapTuple
apply_rules(const AkModel *model, HeapTuple row, TupleDesc desc, bool update)
{
	AkChange	change = {0};

	change.columns = palloc(sizeof(int) * model->nfields);
	change.values = palloc(sizeof(Datum) * model->nfields);
	change.nulls = palloc(sizeof(bool) * model->nfields);
	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];
		const AkField *source;
		Datum		now;

		if (field->attnum <= 0 || field->attnum > desc->natts)
			continue;
		if (ak_model_normalizes(field))
			normalize(field, row, desc, &change);
		else if ((source = ak_model_filled_from(field)) != NULL)
			fill_slug(field, source, row, desc, &change);
		else if (update && ak_core_json_get_bool(field->options, "auto_now", false) &&
				 current_time_as(field->typid, &now))
			change_column(&change, field->attnum, now);
	}
	if (change.count == 0)
		return row;
	return heap_modify_tuple_by_cols(row, desc, change.count, change.columns, change.values, change.nulls);
}

/* BEFORE INSERT OR UPDATE row trigger: keeps auto_now and normal forms for every writer. */
Datum
ak_model_rules(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	AkModel    *model;
	bool		update;
	HeapTuple	row;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event) || TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"aksara.rules\" must be fired BEFORE INSERT OR UPDATE, FOR EACH ROW")));
	update = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event);
	row = update ? trigger->tg_newtuple : trigger->tg_trigtuple;
	model = ak_model_by_table(ak_model_registry(), RelationGetRelid(trigger->tg_relation));
	if (model == NULL)
		return PointerGetDatum(row);
	return PointerGetDatum(apply_rules(model, row, RelationGetDescr(trigger->tg_relation), update));
}

/* A new table concerns the registry when a dangling model may be waiting for it. */
static bool
concerns_registry(CommandTag tag)
{
	AkRegistry *registry;

	if (tag != CMDTAG_CREATE_TABLE && tag != CMDTAG_CREATE_TABLE_AS &&
		tag != CMDTAG_SELECT_INTO && tag != CMDTAG_CREATE_FOREIGN_TABLE)
		return true;
	registry = ak_model_registry();
	for (int i = 0; i < registry->nmodels; i++)
		if (ak_model_is_dangling(registry->models[i]))
			return true;
	return false;
}

static bool follows_drop = false;

bool
ak_model_follows_drop(void)
{
	return follows_drop;
}

/* Brings the registry in line after a command, or after what it dropped. */
static void
follow(bool drop)
{
	follows_drop = drop;
	PG_TRY();
	{
		ak_model_reconcile();
	}
	PG_FINALLY();
	{
		follows_drop = false;
	}
	PG_END_TRY();
}

/* Event trigger on ddl_command_end and sql_drop. */
Datum
ak_model_follow_ddl(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"aksara.follow_ddl\" can only be called as an event trigger")));
	if (!IsBinaryUpgrade && !ak_core_in_own_script() && ak_core_is_current() &&
		OidIsValid(ak_core_table("relation_oid")) &&
		concerns_registry(((EventTriggerData *) fcinfo->context)->tag))
		follow(strcmp(((EventTriggerData *) fcinfo->context)->event, "sql_drop") == 0);
	PG_RETURN_NULL();
}
