/*
 * delete.c
 *		Deletes that are counted by model and forgive what they delete themselves.
 *
 * The rows go by one native DELETE; PostgreSQL cascades.  Over it the RESTRICT
 * keys of every model that the cascades can reach are deferred, and the
 * trigger on targets notes the keys that go.  When all is done two questions
 * are asked about the noted keys: does a row still refer to one over RESTRICT,
 * and did a row refer to one over PROTECT when the delete began?  The second is
 * asked under a snapshot taken then, so a row that a cascade took away first
 * protects all the same.  A key whose row is still there (its deletion was
 * rolled back or suppressed) forbids nothing.
 *
 * Deletes may nest, through triggers: the innermost takes the notes, and each
 * makes immediate again what no outer one has deferred.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "utils/array.h"
#include "utils/datum.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "relation/internal.h"

/* One column of keys that went. */
typedef struct AkNotedColumn
{
	Oid			type;
	int16		length;
	bool		byval;
	char		align;
	Datum	   *values;
} AkNotedColumn;

/* Keys that went, over one relation; names, for the picture may be read anew meanwhile. */
typedef struct AkNote
{
	char	   *app;
	char	   *model;
	char	   *field;
	int			ncolumns;
	AkNotedColumn columns[AK_MOST_KEYS];
	int			count;
	int			room;
} AkNote;

typedef struct AkDeletion
{
	struct AkDeletion *outer;
	MemoryContext context;
	Snapshot	before;
	List	   *notes;			/* of AkNote * */
	List	   *deferred;		/* of char *: constraints, qualified */
} AkDeletion;

/* A table whose deleted rows are counted. */
typedef struct AkCounted
{
	char	   *label;
	Oid			relid;
	int64		before;
} AkCounted;

static AkDeletion *deletion = NULL;

/* ---- notes ---- */

bool
ak_relation_is_deleting(void)
{
	return deletion != NULL;
}

static bool
is_note_of(const AkNote *note, const AkRelation *relation)
{
	return strcmp(note->field, relation->field->name) == 0 &&
		strcmp(note->model, relation->source->name) == 0 && strcmp(note->app, relation->source->app) == 0;
}

static AkNote *
new_note(const AkRelation *relation)
{
	AkNote	   *note = palloc0(sizeof(AkNote));
	ListCell   *cell;

	note->app = pstrdup(relation->source->app);
	note->model = pstrdup(relation->source->name);
	note->field = pstrdup(relation->field->name);
	note->room = 16;
	foreach(cell, relation->target_fields)
	{
		AkNotedColumn *column = &note->columns[note->ncolumns++];

		column->type = ((AkField *) lfirst(cell))->typid;
		get_typlenbyvalalign(column->type, &column->length, &column->byval, &column->align);
		column->values = palloc(note->room * sizeof(Datum));
	}
	return note;
}

static AkNote *
note_for(const AkRelation *relation)
{
	ListCell   *cell;

	foreach(cell, deletion->notes)
		if (is_note_of(lfirst(cell), relation))
			return lfirst(cell);
	deletion->notes = lappend(deletion->notes, new_note(relation));
	return llast(deletion->notes);
}

/* Adds a key, copied. */
static void
add_key(AkNote *note, const Datum *keys)
{
	bool		full = note->count == note->room;

	if (full)
		note->room *= 2;
	for (int i = 0; i < note->ncolumns; i++)
	{
		AkNotedColumn *column = &note->columns[i];

		if (full)
			column->values = repalloc_huge(column->values, note->room * sizeof(Datum));
		column->values[note->count] = datumCopy(keys[i], column->byval, column->length);
	}
	note->count++;
}

void
ak_relation_note_going(const AkRelation *relation, const AkGoing *going)
{
	MemoryContext old = MemoryContextSwitchTo(deletion->context);

	add_key(note_for(relation), going->keys);
	MemoryContextSwitchTo(old);
}

static bool
take_key(TupleTableSlot *row, void *arg)
{
	AkNote	   *note = arg;
	Datum		keys[AK_MOST_KEYS];
	bool		isnull;

	for (int i = 0; i < note->ncolumns; i++)
		keys[i] = slot_getattr(row, i + 1, &isnull);
	add_key(note, keys);
	return true;
}

/* The keys as an array a column. */
static void
put_arrays(const AkNote *note, Datum *arrays)
{
	for (int i = 0; i < note->ncolumns; i++)
	{
		const AkNotedColumn *column = &note->columns[i];

		arrays[i] = PointerGetDatum(construct_array(column->values, note->count, column->type,
													column->length, column->byval, column->align));
	}
}

/* Excepts those of the keys whose rows are still there. */
static void
except_those_that_stayed(const AkRelation *relation, AkGoing *going)
{
	const AkModel *target = relation->target;
	AkNote	   *stayed = new_note(relation);
	AkStatement st;
	const char *before = "SELECT DISTINCT ";
	ListCell   *cell;

	ak_core_statement_init(&st);
	foreach(cell, relation->target_fields)
	{
		appendStringInfo(&st.sql, "%sr.%s", before, ak_core_quote(((AkField *) lfirst(cell))->column));
		before = ", ";
	}
	appendStringInfo(&st.sql, " FROM %s%s AS r WHERE ", ak_relation_only(target->relid), target->sql_name);
	ak_relation_write_going(&st, relation->target_fields, going);
	ak_core_run_as_owner(ak_relation_owner(target->relid), &st, 0, take_key, stayed);
	put_arrays(stayed, going->except);
	going->excepting = true;
}

/* Under the snapshot from before the delete for PROTECT, the newest for RESTRICT. */
static AkBlocker *
search(AkRelation *relation, const AkGoing *going)
{
	AkBlocker  *blocker;

	if (relation->on_delete != AK_PROTECT)
		return ak_relation_find_blocker(relation, going, 0);
	PushActiveSnapshot(deletion->before);
	blocker = ak_relation_find_blocker(relation, going, AK_RUN_READ);
	PopActiveSnapshot();
	return blocker;
}

static AkBlocker *
check_note(const AkNote *note)
{
	AkRelation *relation = ak_relation_find(note->app, note->model, note->field);
	AkGoing		going = {.list = true};

	if (relation == NULL || !ak_relation_is_guarded(relation) || list_length(relation->target_fields) != note->ncolumns)
		return NULL;
	put_arrays(note, going.keys);
	if (search(relation, &going) == NULL)
		return NULL;
	except_those_that_stayed(relation, &going);
	return search(relation, &going);
}

static void
check_notes(void)
{
	List	   *blockers = NIL;
	ListCell   *cell;

	foreach(cell, deletion->notes)
	{
		AkBlocker  *blocker = check_note(lfirst(cell));

		if (blocker != NULL)
			blockers = lappend(blockers, blocker);
	}
	if (blockers != NIL)
		ak_relation_raise_blockers(blockers);
}

/* ---- what cascades can reach ---- */

/* The models whose rows can go: the model, and what refers to one of them over CASCADE. */
static List *
reachable_models(AkModel *model)
{
	List	   *models = list_make1(model);

	/* The list grows while it is walked. */
	for (int i = 0; i < list_length(models); i++)
	{
		AkModel    *next = list_nth(models, i);
		ListCell   *cell;

		if (next->relations == NULL)
			continue;
		foreach(cell, next->relations->reverse)
		{
			AkRelation *relation = lfirst(cell);

			if (relation->kind != AK_MANY_TO_MANY && relation->on_delete == AK_CASCADE)
				models = list_append_unique_ptr(models, relation->source);
		}
	}
	return models;
}

/* ---- RESTRICT keys ---- */

/* One that is deferred from the start is left as it is: others' rows may be waiting for the end. */
static bool
is_deferrable(const AkRelation *relation)
{
	Oid			oid = get_relation_constraint_oid(relation->source->relid, relation->constraint, true);
	HeapTuple	tuple = OidIsValid(oid) ? SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid)) : NULL;
	bool		deferrable;

	if (!HeapTupleIsValid(tuple))
		return false;
	deferrable = ((Form_pg_constraint) GETSTRUCT(tuple))->condeferrable &&
		!((Form_pg_constraint) GETSTRUCT(tuple))->condeferred;
	ReleaseSysCache(tuple);
	return deferrable;
}

static bool
is_deferred(const char *constraint)
{
	ListCell   *cell;

	for (AkDeletion *at = deletion; at != NULL; at = at->outer)
		foreach(cell, at->deferred)
			if (strcmp(lfirst(cell), constraint) == 0)
				return true;
	return false;
}

/* Adds the RESTRICT keys that point at a model and that nobody has deferred yet. */
static void
add_restrict_keys(const AkModel *model)
{
	ListCell   *cell;

	if (model->relations == NULL)
		return;
	foreach(cell, model->relations->reverse)
	{
		AkRelation *relation = lfirst(cell);
		char	   *name;

		if (relation->on_delete != AK_RESTRICT || relation->kind == AK_MANY_TO_MANY ||
			relation->constraint == NULL || !is_deferrable(relation))
			continue;
		name = ak_core_qualified(get_namespace_name(get_rel_namespace(relation->source->relid)),
								 relation->constraint);
		if (!is_deferred(name))
			deletion->deferred = lappend(deletion->deferred, name);
	}
}

static void
set_constraints(const char *mode)
{
	StringInfoData names;
	ListCell   *cell;

	if (deletion->deferred == NIL)
		return;
	initStringInfo(&names);
	foreach(cell, deletion->deferred)
		appendStringInfo(&names, "%s%s", names.len ? ", " : "", (char *) lfirst(cell));
	ak_core_ddl("SET CONSTRAINTS %s %s", names.data, mode);
}

/* ---- counting ---- */

/* Rows deleted from a table, with its partitions, by this transaction so far. */
static int64
deleted_so_far(Oid relid)
{
	List	   *tables = get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE
		? find_all_inheritors(relid, NoLock, NULL) : list_make1_oid(relid);
	int64		count = 0;
	ListCell   *cell;

	foreach(cell, tables)
		count += DatumGetInt64(DirectFunctionCall1(pg_stat_get_xact_tuples_deleted,
												   ObjectIdGetDatum(lfirst_oid(cell))));
	return count;
}

static List *
add_counted(List *counted, char *label, Oid relid)
{
	AkCounted  *table = palloc(sizeof(AkCounted));
	ListCell   *cell;

	foreach(cell, counted)
		if (((AkCounted *) lfirst(cell))->relid == relid)
			return counted;
	table->label = label;
	table->relid = relid;
	table->before = deleted_so_far(relid);
	return lappend(counted, table);
}

static List *
add_junctions(List *counted, List *relations)
{
	ListCell   *cell;

	foreach(cell, relations)
	{
		AkRelation *relation = lfirst(cell);

		if (relation->kind == AK_MANY_TO_MANY && !relation->goes_through &&
			OidIsValid(relation->junction_relid))
			counted = add_counted(counted, psprintf("%s_%s", relation->source->label, relation->field->name),
								  relation->junction_relid);
	}
	return counted;
}

/* The tables of the models and their junctions; the first is the model's own. */
static List *
counted_tables(List *models)
{
	List	   *counted = NIL;
	ListCell   *cell;

	foreach(cell, models)
	{
		AkModel    *model = lfirst(cell);

		counted = add_counted(counted, model->label, model->relid);
	}
	foreach(cell, models)
	{
		AkModel    *model = lfirst(cell);

		if (model->relations == NULL)
			continue;
		counted = add_junctions(counted, model->relations->forward);
		counted = add_junctions(counted, model->relations->reverse);
	}
	return counted;
}

/*
 * {"total": n, "by_model": {…}}.  The server's counts include what a trigger
 * deleted and rolled back; of the model's own rows the statement knows better,
 * unless cascades can come back to them.
 */
static AkJson *
summary(List *counted, int64 own, bool own_is_all)
{
	AkJson	   *out = ak_core_json_object();
	AkJson	   *by_model = ak_core_json_object();
	int64		total = 0;
	ListCell   *cell;

	foreach(cell, counted)
	{
		AkCounted  *table = lfirst(cell);
		bool		first = cell == list_head(counted);
		int64		count = first && own_is_all ? own : deleted_so_far(table->relid) - table->before;

		if (count == 0 && !first)
			continue;
		ak_core_json_put(by_model, table->label, ak_core_json_integer(count));
		total += count;
	}
	ak_core_json_put(out, "total", ak_core_json_integer(total));
	ak_core_json_put(out, "by_model", by_model);
	return out;
}

/* Can deleting rows of the model cascade to other rows of it? */
static bool
reaches_itself(const AkModel *model, List *models)
{
	ListCell   *cell;

	if (model->relations == NULL)
		return false;
	foreach(cell, model->relations->forward)
	{
		AkRelation *relation = lfirst(cell);

		if (relation->kind != AK_MANY_TO_MANY && relation->on_delete == AK_CASCADE &&
			relation->target != NULL && list_member_ptr(models, relation->target))
			return true;
	}
	return false;
}

/* ---- the whole ---- */

/* What is to be deleted. */
typedef struct AkDoomed
{
	AkModel    *model;
	AkStatement *delete_rows;
	int			restriction;
	List	   *models;			/* that the cascades can reach */
	bool		upwards;
} AkDoomed;

static uint64
delete_and_check(const AkDoomed *doomed)
{
	uint64		count;
	ListCell   *cell;

	foreach(cell, doomed->models)
		add_restrict_keys(lfirst(cell));
	set_constraints("DEFERRED");
	count = doomed->upwards ? ak_relation_delete_upwards(doomed->model, doomed->delete_rows, doomed->restriction)
		: ak_core_run(doomed->delete_rows, 0, NULL, NULL);
	check_notes();
	set_constraints("IMMEDIATE");
	return count;
}

/* An error leaves the outer deletion, if any, as the one at work. */
static uint64
delete_within(AkDeletion *own, const AkDoomed *doomed)
{
	volatile uint64 count = 0;

	deletion = own;
	PG_TRY();
	{
		count = delete_and_check(doomed);
	}
	PG_FINALLY();
	{
		deletion = own->outer;
	}
	PG_END_TRY();
	return count;
}

AkJson *
ak_relation_delete(AkModel *model, AkStatement *delete_rows, int restriction)
{
	List	   *models = reachable_models(model);
	List	   *counted = counted_tables(models);
	bool		again = reaches_itself(model, models);
	AkDoomed	doomed = {model, delete_rows, restriction, models, ak_relation_walks(model, models, again)};
	AkDeletion	own = {.outer = deletion, .context = CurrentMemoryContext};
	uint64		count;

	CommandCounterIncrement();
	own.before = RegisterSnapshot(GetTransactionSnapshot());
	count = delete_within(&own, &doomed);
	UnregisterSnapshot(own.before);
	return summary(counted, count, !again);
}
