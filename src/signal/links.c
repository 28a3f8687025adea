/*
 * links.c
 *		m2m_changed.
 *
 * A call that changes the links of one row knows the whole set: its pre_ and
 * post_ signals have all keys, and a clear is one.  While it runs, the
 * junction's own triggers keep still about what it writes.  For anything else
 * that writes to the junction they speak: pre_add and pre_remove for each row,
 * post_add and post_remove for each statement, one event for each row of the
 * model that defines the relation; that end is then the instance.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

#include "signal/internal.h"

PG_FUNCTION_INFO_V1(ak_signal_link_row);
PG_FUNCTION_INFO_V1(ak_signal_link_statement);

/* ---- what is told ---- */

/* {"field", "model", "reverse"}: which relation, and which model the keys are of. */
static Datum
extra_of(const AkRelation *relation, bool reverse)
{
	AkJson	   *extra = ak_core_json_object();

	ak_core_json_put(extra, "field", ak_core_json_string(relation->field->name));
	ak_core_json_put(extra, "model", ak_core_json_string(reverse ? relation->source->label
														 : relation->target->label));
	ak_core_json_put(extra, "reverse", ak_core_json_bool(reverse));
	return ak_signal_jsonb(extra);
}

/* Tells of keys, in lists that are not too long. */
static void
tell(AkRelation *relation, bool reverse, const AkJson *instance, const char *action, const AkJson *ids)
{
	for (int from = 0; from < ids->size; from += AK_MOST_IDS)
	{
		AkJson		part = *ids;
		AkEvent		event = {.created = -1, .action = action};

		part.items = ids->items + from;
		part.size = Min(ids->size - from, AK_MOST_IDS);
		event.instance = ak_signal_jsonb(instance);
		event.ids = ak_signal_jsonb(&part);
		event.extra = extra_of(relation, reverse);
		event.field = relation->field;
		ak_signal_send(relation->source, AK_M2M_CHANGED, AK_OF_ROW, &event);
	}
}

/* ---- calls ---- */

/* The relation whose links a call is changing; the innermost one.  Names, for the picture may be read anew meanwhile. */
typedef struct AkLinking
{
	struct AkLinking *outer;
	Oid			junction;
	const char *label;			/* of the model that has the field */
	const char *field;
	int			depth;			/* of triggers, where the call is */
} AkLinking;

static AkLinking *linking = NULL;

/* How deep triggers stand in one another. */
static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

static uint64
run_silently(const AkLink *link, AkLinkFn run)
{
	const AkRelation *relation = link->step.relation;
	AkLinking	own = {linking, relation->junction_relid, relation->source->label, relation->field->name, trigger_depth()};
	volatile uint64 count = 0;

	linking = &own;
	PG_TRY();
	{
		count = run(link);
	}
	PG_FINALLY();
	{
		linking = own.outer;
	}
	PG_END_TRY();
	return count;
}

/* Does a call tell of it itself?  What handlers further in write to the junction, it knows nothing of. */
static bool
is_told_by_call(Oid junction, const AkRelation *relation)
{
	return linking != NULL && linking->junction == junction && linking->depth + 1 == trigger_depth() &&
		strcmp(linking->field, relation->field->name) == 0 && strcmp(linking->label, relation->source->label) == 0;
}

static AkJson *
instance_of(const AkLink *link)
{
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	for (int i = 0; i < link->nkeys; i++)
	{
		values[i] = link->keys[i].datum;
		nulls[i] = link->keys[i].isnull;
	}
	return ak_model_key_object(link->step.from, values, nulls);
}

/* What room relation asks before it changes links. */
uint64
ak_signal_change_links(const AkLink *link, AkLinkAction action, AkLinkFn run)
{
	static const char *const words[] = {"add", "remove", "remove", "clear"};
	AkRelation *relation = link->step.relation;
	AkJson	   *ids;
	AkJson	   *instance;
	uint64		count;

	if (!ak_signal_is_received(relation->source, AK_M2M_CHANGED, AK_OF_ROW))
		return run(link);
	ids = ak_relation_link_ids(link, action);
	instance = instance_of(link);
	tell(relation, link->step.reverse, instance, psprintf("pre_%s", words[action]), ids);
	count = run_silently(link, run);
	tell(relation, link->step.reverse, instance, psprintf("post_%s", words[action]), ids);
	return count;
}

/* ---- the junction's triggers ---- */

/* One relation over the table that a trigger is of, and its columns there. */
typedef struct AkJunction
{
	AkRelation *relation;
	int			nsource;
	int			ntarget;
	AttrNumber	source[INDEX_MAX_KEYS];
	AttrNumber	target[INDEX_MAX_KEYS];
} AkJunction;

static int
find_columns(Oid relid, List *names, AttrNumber *columns)
{
	int			count = 0;
	ListCell   *cell;

	foreach(cell, names)
		columns[count++] = get_attnum(relid, lfirst(cell));
	return count;
}

/* False where a column is not there, or is none of the keys'. */
static bool
read_junction(AkRelation *relation, Oid relid, AkJunction *junction)
{
	AkStep		step;
	List	   *from;
	List	   *to;

	junction->relation = relation;
	if (!ak_relation_step(relation->source, relation->field->name, &step))
		return false;
	ak_relation_junction(&step, &from, &to);
	junction->nsource = find_columns(relid, from, junction->source);
	junction->ntarget = find_columns(relid, to, junction->target);
	if (junction->nsource != relation->source->nkeys || junction->ntarget != relation->target->nkeys)
		return false;
	for (int i = 0; i < junction->nsource; i++)
		if (junction->source[i] <= 0)
			return false;
	for (int i = 0; i < junction->ntarget; i++)
		if (junction->target[i] <= 0)
			return false;
	return true;
}

typedef void (*AkJunctionFn) (const AkJunction *junction, void *arg);

/* Calls for each relation over the table whose changes somebody receives, unless a call tells of them itself. */
static void
each_junction(Oid relid, AkJunctionFn each, void *arg)
{
	ListCell   *cell;

	foreach(cell, ak_signal_received_links(ak_model_registry(), relid))
	{
		AkRelation *relation = lfirst(cell);
		AkJunction	junction;

		if (!is_told_by_call(relid, relation) && ak_signal_is_received(relation->source, AK_M2M_CHANGED, AK_OF_ROW) &&
			read_junction(relation, relid, &junction))
			each(&junction, arg);
	}
}

/* Reads a key that stands in a junction's row. */
static void
read_key(TupleTableSlot *slot, const AttrNumber *columns, int count, Datum *values, bool *nulls)
{
	for (int i = 0; i < count; i++)
		values[i] = slot_getattr(slot, columns[i], &nulls[i]);
}

static AkJson *
source_key(const AkJunction *junction, TupleTableSlot *slot)
{
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	read_key(slot, junction->source, junction->nsource, values, nulls);
	return ak_model_key_object(junction->relation->source, values, nulls);
}

static AkJson *
target_key(const AkJunction *junction, TupleTableSlot *slot)
{
	Datum		values[INDEX_MAX_KEYS];
	bool		nulls[INDEX_MAX_KEYS];

	read_key(slot, junction->target, junction->ntarget, values, nulls);
	return ak_model_key_document(junction->relation->target, values, nulls);
}

/* Does the UPDATE name a column that makes the link? */
static bool
is_moved(const AkJunction *junction, const TriggerData *trigger)
{
	for (int i = 0; i < junction->nsource; i++)
		if (bms_is_member(junction->source[i] - FirstLowInvalidHeapAttributeNumber, trigger->tg_updatedcols))
			return true;
	for (int i = 0; i < junction->ntarget; i++)
		if (bms_is_member(junction->target[i] - FirstLowInvalidHeapAttributeNumber, trigger->tg_updatedcols))
			return true;
	return false;
}

/* ---- before each row ---- */

static void
tell_row(const AkJunction *junction, const TriggerData *trigger, HeapTuple row, const char *action)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(trigger->tg_relation), &TTSOpsHeapTuple);
	AkJson	   *ids = ak_core_json_array();

	ExecStoreHeapTuple(row, slot, false);
	ak_core_json_push(ids, target_key(junction, slot));
	tell(junction->relation, false, source_key(junction, slot), action, ids);
	ExecDropSingleTupleTableSlot(slot);
}

static void
before_row(const AkJunction *junction, void *arg)
{
	const TriggerData *trigger = arg;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && !is_moved(junction, trigger))
		return;
	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		tell_row(junction, trigger, trigger->tg_trigtuple, "pre_remove");
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		tell_row(junction, trigger, trigger->tg_trigtuple, "pre_add");
	else if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		tell_row(junction, trigger, trigger->tg_newtuple, "pre_add");
}

/* BEFORE INSERT OR UPDATE OR DELETE row trigger of a junction. */
Datum
ak_signal_link_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_BEFORE(trigger->tg_event) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"aksara.signal_link\" must be fired BEFORE, FOR EACH ROW")));
	each_junction(RelationGetRelid(trigger->tg_relation), before_row, trigger);
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple);
}

/* ---- after each statement ---- */

/* The links of one row among those of a statement. */
typedef struct AkLinksOf
{
	char	   *key;			/* the instance as text: MUST BE FIRST */
	AkJson	   *instance;
	AkJson	   *ids;
} AkLinksOf;

static HTAB *
new_index(void)
{
	HASHCTL		control = {
		.keysize = sizeof(char *), .entrysize = sizeof(AkLinksOf), .hash = ak_core_hash_text,
		.match = ak_core_compare_text, .hcxt = CurrentMemoryContext
	};

	return hash_create("aksara links of a statement", 64, &control, HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

/* The entry of the row; a new one is added to the list, which keeps their order. */
static AkLinksOf *
links_of(HTAB *index, List **all, AkJson *instance)
{
	char	   *key = ak_core_json_to_cstring(instance);
	bool		found;
	AkLinksOf  *links = hash_search(index, &key, HASH_ENTER, &found);

	if (!found)
	{
		links->instance = instance;
		links->ids = ak_core_json_array();
		*all = lappend(*all, links);
	}
	return links;
}

static void
tell_rows(const AkJunction *junction, Relation rel, Tuplestorestate *rows, const char *action)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsMinimalTuple);
	int			pointer = tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND);
	HTAB	   *index = new_index();
	List	   *all = NIL;
	ListCell   *cell;

	tuplestore_select_read_pointer(rows, pointer);
	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		CHECK_FOR_INTERRUPTS();
		ak_core_json_push(links_of(index, &all, source_key(junction, slot))->ids, target_key(junction, slot));
	}
	ExecDropSingleTupleTableSlot(slot);
	foreach(cell, all)
		tell(junction->relation, false, ((AkLinksOf *) lfirst(cell))->instance, action, ((AkLinksOf *) lfirst(cell))->ids);
	hash_destroy(index);
}

static void
after_statement(const AkJunction *junction, void *arg)
{
	const TriggerData *trigger = arg;

	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && !is_moved(junction, trigger))
		return;
	if (trigger->tg_oldtable != NULL)
		tell_rows(junction, trigger->tg_relation, trigger->tg_oldtable, "post_remove");
	if (trigger->tg_newtable != NULL)
		tell_rows(junction, trigger->tg_relation, trigger->tg_newtable, "post_add");
}

/* AFTER statement trigger of a junction, with its transition tables. */
Datum
ak_signal_link_statement(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) || !TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"aksara.signal_links\" must be fired AFTER, FOR EACH STATEMENT")));
	each_junction(RelationGetRelid(trigger->tg_relation), after_statement, trigger);
	return PointerGetDatum(NULL);
}
