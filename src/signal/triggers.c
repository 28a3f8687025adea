/*
 * triggers.c
 *		What a table has whose model has receivers; one without them has nothing.
 *
 *		aksara_1_signal				before rows: pre_save, pre_delete
 *		aksara_1_signal_after		after rows: post_save, post_delete
 *		aksara_1_signal_insert …	after statements, for general handlers
 *		aksara_2_insert_001 …		after statements: handlers that are trigger functions
 *
 * The junction of a many-to-many relation whose changes are received has
 *
 *		aksara_1_link				before rows
 *		aksara_1_link_insert …		after statements
 *
 * The names put them before the rules trigger, so that rules see the row as
 * handlers left it.  They are ordinary triggers of the table, made by its
 * owner and dumped with it.  A trigger function is called by PostgreSQL
 * itself, with tables new_rows and old_rows.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "signal/internal.h"

#define EVENTS (TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE)

/* A trigger that is to be there. */
typedef struct AkTrigger
{
	char	   *name;
	int16		type;			/* as pg_trigger.tgtype */
	char	   *function;		/* qualified, quoted */
	bool		native;
} AkTrigger;

static AkTrigger *
new_trigger(char *name, int16 type, char *function, bool native)
{
	AkTrigger  *trigger = palloc(sizeof(AkTrigger));

	*trigger = (AkTrigger) {name, type, function, native};
	return trigger;
}

/* ---- what is needed ---- */

static int16
events_of(AkSignal signal)
{
	switch (signal)
	{
		case AK_PRE_SAVE:
		case AK_POST_SAVE:
			return TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE;
		case AK_PRE_DELETE:
		case AK_POST_DELETE:
			return TRIGGER_TYPE_DELETE;
		case AK_POST_BULK:
			return EVENTS;
		default:
			return 0;
	}
}

static const struct
{
	int16		type;
	const char *word;
}			events[] = {
	{TRIGGER_TYPE_INSERT, "insert"}, {TRIGGER_TYPE_UPDATE, "update"}, {TRIGGER_TYPE_DELETE, "delete"},
};

/* One trigger for each event among `type`. */
static List *
add_for_events(List *triggers, int16 type, const char *pattern, int number, char *function, bool native)
{
	for (int i = 0; i < lengthof(events); i++)
		if (type & events[i].type)
			triggers = lappend(triggers, new_trigger(native ? psprintf("%s%s_%03d", pattern, events[i].word, number)
													 : psprintf("%s%s", pattern, events[i].word),
													 events[i].type, function, native));
	return triggers;
}

/* A trigger function of a receiver, as it is found now; NULL: there is none. */
static char *
trigger_function(const AkModel *model, const AkReceiver *receiver)
{
	AkWanted	wanted = {model, receiver->name, receiver->signal, true, false};
	AkHandler	handler;

	return ak_signal_has_handler(receiver->handler, &wanted, &handler) && handler.form == AK_TRIGGER
		? ak_signal_handler_name(&handler) : NULL;
}

/* Does PostgreSQL move rows among partitions within the model? */
static bool
moves_rows(const AkModel *model)
{
	return get_rel_relkind(model->relid) == RELKIND_PARTITIONED_TABLE && !get_rel_relispartition(model->relid);
}

/*
 * A row that is moved is updated, deleted and inserted.  Before it, the delete
 * is known by the update, and the insert by the delete; after it, the insert
 * by the delete, and the names of the fields are known from before.
 */
static void
add_for_moves(int16 *before, int16 *after)
{
	if (*before & TRIGGER_TYPE_INSERT)
		*before |= TRIGGER_TYPE_DELETE;
	if (*after & TRIGGER_TYPE_INSERT)
		*after |= TRIGGER_TYPE_DELETE;
	if (*before & TRIGGER_TYPE_DELETE || *after & TRIGGER_TYPE_INSERT)
		*before |= TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE;
}

static List *
needed_triggers(AkModel *model)
{
	int16		before = 0;
	int16		after = 0;
	int16		statement = 0;
	int			number = 0;
	bool		foreign = get_rel_relkind(model->relid) == RELKIND_FOREIGN_TABLE;
	List	   *triggers = NIL;
	ListCell   *cell;

	foreach(cell, ak_signal_receivers(model))
	{
		const AkReceiver *receiver = lfirst(cell);
		int16		type = events_of(receiver->signal);
		char	   *function;

		/* A foreign table takes no transition tables: receivers of all models do without it. */
		if (foreign && receiver->statement && receiver->role != NULL)
			continue;
		if (!receiver->statement && ak_signal_is_of_row(receiver->signal))
		{
			if (ak_signal_is_before(receiver->signal))
				before |= type;
			else
				after |= type;
		}
		else if (!receiver->native)
			statement |= type;
		else if ((function = trigger_function(model, receiver)) != NULL)
			triggers = add_for_events(triggers, type, "aksara_2_", ++number, function, true);
	}
	if (moves_rows(model))
		add_for_moves(&before, &after);
	if (before)
		triggers = lappend(triggers, new_trigger("aksara_1_signal", before | TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE,
												 "aksara.signal_before", false));
	if (after)
		triggers = lappend(triggers, new_trigger("aksara_1_signal_after", after | TRIGGER_TYPE_ROW,
												 "aksara.signal_after", false));
	return add_for_events(triggers, statement, "aksara_1_signal_", 0, "aksara.signal_statement", false);
}

/* ---- what is there ---- */

/* Beginnings of names: of a model's own triggers, and of a junction's. */
static const char *const of_models[] = {"aksara_1_signal", "aksara_2_", NULL};
static const char *const of_junctions[] = {"aksara_1_link", NULL};

static bool
is_ours(const char *name, const char *const *beginnings)
{
	for (int i = 0; beginnings[i]; i++)
		if (strncmp(name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

static bool
is_same(const AkTrigger *wanted, const Trigger *there)
{
	return strcmp(wanted->name, there->tgname) == 0 && wanted->type == there->tgtype &&
		strcmp(wanted->function, ak_core_qualified(get_namespace_name(get_func_namespace(there->tgfoid)),
												   get_func_name(there->tgfoid))) == 0;
}

/* Takes what is there already from the list, and gives the names of what is there in vain. */
static List *
compare(Oid relid, const char *const *beginnings, List **wanted)
{
	Relation	rel = table_open(relid, AccessShareLock);
	List	   *useless = NIL;

	for (int i = 0; rel->trigdesc && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *there = &rel->trigdesc->triggers[i];
		bool		kept = false;
		ListCell   *cell;

		if (!is_ours(there->tgname, beginnings))
			continue;
		foreach(cell, *wanted)
			if (is_same(lfirst(cell), there))
			{
				*wanted = foreach_delete_current(*wanted, cell);
				kept = true;
			}
		if (!kept)
			useless = lappend(useless, pstrdup(there->tgname));
	}
	table_close(rel, NoLock);
	return useless;
}

/* ---- making and dropping ---- */

static char *
events_text(int16 type)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < lengthof(events); i++)
		if (type & events[i].type)
			appendStringInfo(&text, "%s%s", text.len ? " OR " : "", asc_toupper(events[i].word, strlen(events[i].word)));
	return text.data;
}

static const char *
transition_tables(int16 type)
{
	return type & TRIGGER_TYPE_INSERT ? "REFERENCING NEW TABLE AS new_rows"
		: type & TRIGGER_TYPE_DELETE ? "REFERENCING OLD TABLE AS old_rows"
		: "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows";
}

static void
create(const char *table, const AkTrigger *trigger)
{
	bool		row = (trigger->type & TRIGGER_TYPE_ROW) != 0;
	char	   *when = trigger->native ? psprintf("WHEN (aksara.signals_enabled(%s::pg_catalog.regclass)) ",
												  quote_literal_cstr(table)) : "";

	ak_core_ddl("CREATE TRIGGER %s %s %s ON %s %s FOR EACH %s %sEXECUTE FUNCTION %s()", ak_core_quote(trigger->name),
				trigger->type & TRIGGER_TYPE_BEFORE ? "BEFORE" : "AFTER", events_text(trigger->type), table,
				row ? "" : transition_tables(trigger->type), row ? "ROW" : "STATEMENT", when, trigger->function);
}

static void
fit(Oid relid, const char *table, const char *const *beginnings, List *wanted)
{
	ListCell   *cell;

	foreach(cell, compare(relid, beginnings, &wanted))
		ak_core_ddl("DROP TRIGGER %s ON %s", ak_core_quote(lfirst(cell)), table);
	foreach(cell, wanted)
		create(table, lfirst(cell));
}

void
ak_signal_fit_triggers(AkModel *model)
{
	fit(model->relid, model->sql_name, of_models, needed_triggers(model));
}

void
ak_signal_drop_triggers(const AkModel *model)
{
	fit(model->relid, model->sql_name, of_models, NIL);
}

char *
ak_signal_missing_trigger(AkModel *model)
{
	List	   *wanted = needed_triggers(model);

	(void) compare(model->relid, of_models, &wanted);
	return wanted != NIL ? ((AkTrigger *) linitial(wanted))->name : NULL;
}

/* ---- junctions ---- */

static List *
needed_link_triggers(Oid junction)
{
	List	   *triggers;

	if (ak_signal_received_links(ak_model_registry(), junction) == NIL)
		return NIL;
	triggers = list_make1(new_trigger("aksara_1_link", EVENTS | TRIGGER_TYPE_ROW | TRIGGER_TYPE_BEFORE, "aksara.signal_link", false));
	return add_for_events(triggers, EVENTS, "aksara_1_link_", 0, "aksara.signal_links", false);
}

static bool
fits(Oid junction)
{
	List	   *wanted = needed_link_triggers(junction);

	return compare(junction, of_junctions, &wanted) == NIL && wanted == NIL;
}

/* Locks it only where something is to change, and looks again then. */
static void
fit_junction(Oid junction)
{
	if (fits(junction))
		return;
	LockRelationOid(junction, ShareRowExclusiveLock);
	fit(junction, ak_core_qualified(get_namespace_name(get_rel_namespace(junction)), get_rel_name(junction)), of_junctions,
		needed_link_triggers(junction));
}

/* The junctions of all many-to-many relations that the current role owns. */
void
ak_signal_fit_links(void)
{
	AkRegistry *registry = ak_model_registry();
	List	   *junctions = NIL;
	ListCell   *cell;

	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			const AkRelation *relation = registry->models[i]->fields[j]->relation;

			if (relation != NULL && relation->kind == AK_MANY_TO_MANY && OidIsValid(relation->junction_relid) &&
				ak_table_owned(relation->junction_relid))
				junctions = list_append_unique_oid(junctions, relation->junction_relid);
		}
	foreach(cell, junctions)
		fit_junction(lfirst_oid(cell));
}

/* ---- all ---- */

/* The tables that the current role can give triggers: of their owner. */
static List *
owned_tables(void)
{
	AkRegistry *registry = ak_model_registry();
	List	   *tables = NIL;

	for (int i = 0; i < registry->nmodels; i++)
		if (OidIsValid(registry->models[i]->relid) && ak_table_owned(registry->models[i]->relid))
			tables = lappend_oid(tables, registry->models[i]->relid);
	return tables;
}

void
ak_signal_lock_all(void)
{
	ListCell   *cell;

	foreach(cell, owned_tables())
		LockRelationOid(lfirst_oid(cell), ShareRowExclusiveLock);
}

void
ak_signal_fit_all(void)
{
	ListCell   *cell;

	foreach(cell, owned_tables())
	{
		AkModel    *model = ak_model_by_table(ak_model_registry(), lfirst_oid(cell));

		if (model != NULL)
			ak_signal_fit_triggers(model);
	}
	ak_signal_fit_links();
}
