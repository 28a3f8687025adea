/*
 * on_delete.c
 *		The trigger that PROTECT, RESTRICT and SET(expr) put on a target.
 *
 * Before a row goes, and so before any cascade of it, all relations that
 * point at it are looked at together: rows behind PROTECT and RESTRICT refuse,
 * then SET(expr) changes its rows.  While ak_relation_delete is at work
 * RESTRICT only notes the key, to be checked when the whole is done; PROTECT
 * notes it too, lest a cascade takes a protecting row out of sight first.
 *
 * The function is public and may be attached by anyone to anything: on what
 * is no model's table it does nothing.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/partition.h"
#include "commands/trigger.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "relation/internal.h"

PG_FUNCTION_INFO_V1(ak_relation_on_delete);

static void
check_protocol(FunctionCallInfo fcinfo)
{
	TriggerEvent event = CALLED_AS_TRIGGER(fcinfo) ? ((TriggerData *) fcinfo->context)->tg_event : 0;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BY_DELETE(event) || !TRIGGER_FIRED_FOR_ROW(event) ||
		TRIGGER_FIRED_INSTEAD(event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"aksara.on_delete\" must be fired BEFORE DELETE, FOR EACH ROW")));
}

/* The model of a table; of a partition, the model of the table it is part of. */
static AkModel *
model_of(Relation rel)
{
	AkRegistry *registry = ak_model_registry();
	AkModel    *model = ak_model_by_table(registry, RelationGetRelid(rel));
	ListCell   *cell;

	if (model != NULL || !rel->rd_rel->relispartition)
		return model;
	foreach(cell, get_partition_ancestors(RelationGetRelid(rel)))
	{
		model = ak_model_by_table(registry, lfirst_oid(cell));
		if (model != NULL)
			break;
	}
	return model;
}

/* The values that the relation's rows refer to; false when one is null. */
static bool
key_of_row(const AkRelation *relation, const TriggerData *trigger, AkGoing *going)
{
	Oid			relid = RelationGetRelid(trigger->tg_relation);
	int			count = 0;
	ListCell   *cell;

	memset(going, 0, sizeof(AkGoing));
	foreach(cell, relation->target_fields)
	{
		AttrNumber	attnum = get_attnum(relid, ((AkField *) lfirst(cell))->column);
		bool		isnull = true;

		if (attnum != InvalidAttrNumber)
			going->keys[count++] = heap_getattr(trigger->tg_trigtuple, attnum,
												RelationGetDescr(trigger->tg_relation), &isnull);
		if (isnull)
			return false;
	}
	return true;
}

/* ---- PROTECT and RESTRICT ---- */

static AkBlocker *
find_blocker(AkRelation *relation, const AkGoing *going)
{
	if (ak_relation_is_deleting())
	{
		ak_relation_note_going(relation, going);
		if (relation->on_delete == AK_RESTRICT)
			return NULL;
	}
	return ak_relation_find_blocker(relation, going, 0);
}

static void
refuse_or_note(const AkModel *model, const TriggerData *trigger)
{
	List	   *blockers = NIL;
	AkGoing		going;
	ListCell   *cell;

	foreach(cell, model->relations->reverse)
	{
		AkRelation *relation = lfirst(cell);
		AkBlocker  *blocker;

		if ((relation->on_delete != AK_PROTECT && relation->on_delete != AK_RESTRICT) ||
			!ak_relation_is_guarded(relation) || !key_of_row(relation, trigger, &going))
			continue;
		blocker = find_blocker(relation, &going);
		if (blocker != NULL)
			blockers = lappend(blockers, blocker);
	}
	if (blockers != NIL)
		ak_relation_raise_blockers(blockers);
}

/* ---- SET(expr) ---- */

static bool
see_row(TupleTableSlot *row, void *arg)
{
	return false;
}

static bool
is_referenced(const AkRelation *relation, const AkGoing *going, Oid owner)
{
	const AkModel *source = relation->source;
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "SELECT 1 FROM %s%s AS r WHERE ", ak_relation_only(source->relid), source->sql_name);
	ak_relation_write_going(&st, relation->source_fields, going);
	appendStringInfoString(&st.sql, " LIMIT 1");
	return ak_core_run_as_owner(owner, &st, 0, see_row, NULL) > 0;
}

static bool
take_value(TupleTableSlot *row, void *arg)
{
	AkValue    *value = arg;
	Form_pg_attribute column = TupleDescAttr(row->tts_tupleDescriptor, 0);
	Datum		datum = slot_getattr(row, 1, &value->isnull);

	if (!value->isnull)
		value->datum = datumCopy(datum, column->attbyval, column->attlen);
	return false;
}

/* The expression runs as the referencing table's owner, so no path of the caller's reaches it. */
static AkValue
evaluate(const AkRelation *relation, Oid owner)
{
	AkValue		value = {.type = relation->field->typid, .isnull = true};
	int			level = NewGUCNestLevel();
	AkStatement st;

	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "SELECT %s", relation->set_expression);
	ak_core_run_as_owner(owner, &st, 0, take_value, &value);
	AtEOXact_GUC(false, level);
	return value;
}

static void
set_rows(const AkRelation *relation, const AkGoing *going)
{
	const AkModel *source = relation->source;
	Oid			owner = ak_relation_owner(source->relid);
	AkStatement st;
	AkValue		value;

	if (!is_referenced(relation, going, owner))
		return;
	value = evaluate(relation, owner);
	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "UPDATE %s%s AS r SET %s = ", ak_relation_only(source->relid),
					 source->sql_name, ak_core_quote(relation->field->column));
	ak_core_bind(&st, value.type, value.datum, value.isnull);
	appendStringInfoString(&st.sql, " WHERE ");
	ak_relation_write_going(&st, relation->source_fields, going);
	ak_core_run_as_owner(owner, &st, 0, NULL, NULL);
}

/* Rows of the table itself wait for the AFTER trigger: the statement may be about to delete them. */
static void
set_all(const AkModel *model, const TriggerData *trigger)
{
	bool		before = TRIGGER_FIRED_BEFORE(trigger->tg_event);
	AkGoing		going;
	ListCell   *cell;

	foreach(cell, model->relations->reverse)
	{
		AkRelation *relation = lfirst(cell);

		if (relation->on_delete == AK_SET_VALUE && ak_relation_is_guarded(relation) &&
			(relation->source != model) == before && key_of_row(relation, trigger, &going))
			set_rows(relation, &going);
	}
}

/* ---- the trigger ---- */

Datum
ak_relation_on_delete(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	AkModel    *model;

	check_protocol(fcinfo);
	model = model_of(trigger->tg_relation);
	if (model != NULL && model->relations != NULL)
	{
		if (TRIGGER_FIRED_BEFORE(trigger->tg_event))
			refuse_or_note(model, trigger);
		set_all(model, trigger);
	}
	return PointerGetDatum(trigger->tg_trigtuple);
}
