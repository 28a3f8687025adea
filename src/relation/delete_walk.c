/*
 * delete_walk.c
 *		Deletes that go from the children up.
 *
 * PostgreSQL's cascades take the parent first; where somebody wants to be told
 * of deletes below, the rows that cascades would reach are found first, and
 * deleted by one statement a level, the deepest ones first.  What a cascade
 * would do is done as it would do it: as the owner of the referencing table,
 * by statements over that table alone.  Rows that come in between are left to
 * the cascades.
 *
 * The rows that the call itself names are read and deleted as the caller.
 * Should some of them stay, by a policy or a trigger, their children must not
 * go: then all of it is an error.
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"

#include "relation/internal.h"

static AkDeleteWatchFn watch = NULL;

void
ak_relation_on_delete_below(AkDeleteWatchFn given)
{
	Assert(watch == NULL);
	watch = given;
}

/* Is somebody to be told of deletes of other rows than those the call names? */
bool
ak_relation_walks(const AkModel *model, List *models, bool reaches_itself)
{
	ListCell   *cell;

	foreach(cell, models)
		if (watch != NULL && (lfirst(cell) != model || reaches_itself) && ((AkModel *) lfirst(cell))->nkeys > 0 &&
			watch(lfirst(cell)))
			return model->nkeys > 0;
	return false;
}

/* ---- rows by values of some fields ---- */

typedef struct AkRows
{
	AkModel    *model;
	List	   *fields;			/* of AkField * */
	int			count;
	int			room;
	Datum	   *values[AK_MOST_KEYS];	/* a list for each field */
} AkRows;

static AkRows *
new_rows(AkModel *model, List *fields)
{
	AkRows	   *rows = palloc0(sizeof(AkRows));

	rows->model = model;
	rows->fields = fields;
	rows->room = 64;
	for (int i = 0; i < list_length(fields); i++)
		rows->values[i] = palloc(rows->room * sizeof(Datum));
	return rows;
}

static void
add_row(AkRows *rows, const Datum *values)
{
	bool		full = rows->count == rows->room;

	if (full)
		rows->room *= 2;
	for (int i = 0; i < list_length(rows->fields); i++)
	{
		if (full)
			rows->values[i] = repalloc_huge(rows->values[i], rows->room * sizeof(Datum));
		rows->values[i][rows->count] = values[i];
	}
	rows->count++;
}

/* Takes a row of the fields; one with a NULL refers to nothing. */
static bool
take_row(TupleTableSlot *slot, void *arg)
{
	AkRows	   *rows = arg;
	Datum		values[AK_MOST_KEYS];

	for (int i = 0; i < list_length(rows->fields); i++)
	{
		Form_pg_attribute column = TupleDescAttr(slot->tts_tupleDescriptor, i);
		bool		isnull;
		Datum		value = slot_getattr(slot, i + 1, &isnull);

		if (isnull)
			return true;
		values[i] = datumCopy(value, column->attbyval, column->attlen);
	}
	add_row(rows, values);
	return true;
}

/* The rows' values as an array a field. */
static AkGoing *
going_of(const AkRows *rows)
{
	AkGoing    *going = palloc0(sizeof(AkGoing));

	going->list = true;
	for (int i = 0; i < list_length(rows->fields); i++)
	{
		Oid			type = ((AkField *) list_nth(rows->fields, i))->typid;
		int16		length;
		bool		byval;
		char		align;

		get_typlenbyvalalign(type, &length, &byval, &align);
		going->keys[i] = PointerGetDatum(construct_array(rows->values[i], rows->count, type, length, byval, align));
	}
	return going;
}

/* SELECT DISTINCT of fields, r.a, r.b */
static void
write_selected(StringInfo sql, List *fields, const char *alias)
{
	for (int i = 0; i < list_length(fields); i++)
		appendStringInfo(sql, "%s%s.%s", i ? ", " : "", alias, ak_core_quote(((AkField *) list_nth(fields, i))->column));
}

/* Fields of the model's rows that have, in other fields, values of `from`; as the table's owner. */
static AkRows *
find_rows(AkModel *model, List *wanted, List *given, const AkRows *from)
{
	AkRows	   *rows = new_rows(model, wanted);
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, "SELECT DISTINCT ");
	write_selected(&st.sql, wanted, "r");
	appendStringInfo(&st.sql, " FROM %s%s AS r WHERE ", ak_relation_only(model->relid), model->sql_name);
	ak_relation_write_going(&st, given, going_of(from));
	ak_core_run_as_owner(ak_relation_owner(model->relid), &st, 0, take_row, rows);
	return rows;
}

/* ---- which rows go ---- */

/* All rows of a model that go, with how far below those named each stands: the longest way counts. */
typedef struct AkGoingRows
{
	AkRows	   *rows;
	List	   *levels;			/* of int, by row */
} AkGoingRows;

typedef struct AkSeen
{
	char	   *key;			/* MUST BE FIRST */
	AkGoingRows *of;
	int			number;
} AkSeen;

typedef struct AkWalk
{
	HTAB	   *seen;			/* AkSeen, by table and key */
	List	   *going;			/* of AkGoingRows *, one a model */
	List	   *frontiers;		/* of uint32 as int: what each level was, to know a cycle */
	int			level;			/* that was found last */
} AkWalk;

/* The table and the key, as text. */
static char *
name_of_row(const AkRows *rows, int number)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%u", rows->model->relid);
	for (int i = 0; i < list_length(rows->fields); i++)
	{
		char	   *value = ak_core_output_iso(((AkField *) list_nth(rows->fields, i))->typid, rows->values[i][number]);

		appendStringInfo(&text, " %zu:%s", strlen(value), value);
	}
	return text.data;
}

static AkGoingRows *
going_of_model(AkWalk *walk, AkModel *model)
{
	AkGoingRows *going;
	ListCell   *cell;

	foreach(cell, walk->going)
		if (((AkGoingRows *) lfirst(cell))->rows->model == model)
			return lfirst(cell);
	going = palloc0(sizeof(AkGoingRows));
	going->rows = new_rows(model, ak_relation_key_fields(model));
	walk->going = lappend(walk->going, going);
	return going;
}

static void
copy_row(AkRows *to, const AkRows *from, int number)
{
	Datum		values[AK_MOST_KEYS];

	for (int i = 0; i < list_length(from->fields); i++)
		values[i] = from->values[i][number];
	add_row(to, values);
}

/* Puts rows at the level that is being found; gives their part of what it is known by. */
static uint32
place(AkWalk *walk, const AkRows *rows)
{
	AkGoingRows *going = going_of_model(walk, rows->model);
	uint32		known_by = 0;

	for (int i = 0; i < rows->count; i++)
	{
		char	   *key = name_of_row(rows, i);
		AkSeen	   *seen;
		bool		found;

		CHECK_FOR_INTERRUPTS();
		seen = hash_search(walk->seen, &key, HASH_ENTER, &found);
		if (!found)
		{
			seen->of = going;
			seen->number = going->rows->count;
			copy_row(going->rows, rows, i);
			going->levels = lappend_int(going->levels, walk->level);
		}
		lfirst_int(list_nth_cell(seen->of->levels, seen->number)) = walk->level;
		known_by += ak_core_hash_text(&key, sizeof(char *));
	}
	return known_by;
}

/* Rows by the fields that a relation refers to, where these are not the key. */
static const AkRows *
as_referred_to(const AkRows *rows, const AkRelation *relation)
{
	return equal(rows->fields, relation->target_fields) ? rows
		: find_rows(rows->model, relation->target_fields, rows->fields, rows);
}

/* What refers to the rows over one relation whose cascade would take it; NULL: nothing. */
static AkRows *
children_over(const AkRelation *relation, const AkRows *rows)
{
	const AkRows *from;
	AkRows	   *children;

	if (relation->kind == AK_MANY_TO_MANY || relation->on_delete != AK_CASCADE || relation->constraint == NULL ||
		relation->source->nkeys == 0)
		return NULL;
	from = as_referred_to(rows, relation);
	if (from->count == 0)
		return NULL;
	children = find_rows(relation->source, ak_relation_key_fields(relation->source), relation->source_fields, from);
	return children->count > 0 ? children : NULL;
}

/*
 * One level further down.  NIL: there is none; or the rows refer to one another
 * in circles: the level was met before, or lies deeper than there are rows.
 */
static List *
next_level(AkWalk *walk, List *level)
{
	List	   *next = NIL;
	uint32		known_by = 0;
	ListCell   *cell;
	ListCell   *other;

	walk->level++;
	foreach(cell, level)
	{
		const AkRows *rows = lfirst(cell);

		foreach(other, rows->model->relations ? rows->model->relations->reverse : NIL)
		{
			AkRows	   *children = children_over(lfirst(other), rows);

			if (children == NULL)
				continue;
			known_by += place(walk, children);
			next = lappend(next, children);
		}
	}
	if (next == NIL || list_member_int(walk->frontiers, (int) known_by) || walk->level >= hash_get_num_entries(walk->seen))
		return NIL;
	walk->frontiers = lappend_int(walk->frontiers, (int) known_by);
	return next;
}

/* ---- deleting ---- */

/* The rows of a model at one level. */
static AkRows *
rows_at(const AkGoingRows *going, int level)
{
	AkRows	   *rows = new_rows(going->rows->model, going->rows->fields);
	ListCell   *cell;

	foreach(cell, going->levels)
		if (lfirst_int(cell) == level)
			copy_row(rows, going->rows, foreach_current_index(cell));
	return rows;
}

/* 42501 where rows are still there that were to go: what referred to them has gone. */
static void
require_gone(const AkRows *rows)
{
	int			stayed = rows->count > 0 ? find_rows(rows->model, rows->fields, rows->fields, rows)->count : 0;

	if (stayed > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("%d of %d rows of model \"%s\" were not deleted", stayed, rows->count, rows->model->label),
				 errdetail("A policy or a trigger keeps them, and what refers to them must not go without them.")));
}

/* DELETE of the rows, by their keys. */
static void
write_delete(AkStatement *st, const char *only, const AkRows *rows)
{
	ak_core_statement_init(st);
	appendStringInfo(&st->sql, "DELETE FROM %s%s AS r WHERE ", only, rows->model->sql_name);
	ak_relation_write_going(st, rows->fields, going_of(rows));
}

static void
delete_rows_by_key(const AkRows *rows, bool has_below)
{
	AkStatement st;
	uint64		count;

	if (rows->count == 0)
		return;
	write_delete(&st, ak_relation_only(rows->model->relid), rows);
	count = ak_core_run_as_owner(ak_relation_owner(rows->model->relid), &st, 0, NULL, NULL);
	if (has_below && count < (uint64) rows->count)
		require_gone(rows);
}

/*
 * Those that the call names, as the caller: the very rows whose children have
 * gone, whatever the query set would find now.
 */
static uint64
delete_named(const AkRows *rows)
{
	AkStatement st;
	uint64		count;

	if (rows->count == 0)
		return 0;
	write_delete(&st, "", rows);
	count = ak_core_run(&st, 0, NULL, NULL);
	if (count < (uint64) rows->count)
		require_gone(rows);
	return count;
}

static void
begin_walk(AkWalk *walk)
{
	HASHCTL		control = {
		.keysize = sizeof(char *), .entrysize = sizeof(AkSeen), .hash = ak_core_hash_text, .match = ak_core_compare_text,
		.hcxt = CurrentMemoryContext
	};

	memset(walk, 0, sizeof(AkWalk));
	walk->seen = hash_create("aksara rows that go", 256, &control, HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

/* The rows that the call names, as the caller sees them. */
static AkRows *
named_rows(AkModel *model, const AkStatement *delete_rows, int restriction)
{
	AkRows	   *rows = new_rows(model, ak_relation_key_fields(model));
	StringInfoData head;
	AkStatement st;

	initStringInfo(&head);
	appendStringInfoString(&head, "SELECT ");
	write_selected(&head, rows->fields, "t0");
	appendStringInfo(&head, " FROM %s AS t0", model->sql_name);
	st = ak_core_statement_behind(delete_rows, head.data, restriction);
	ak_core_run(&st, 0, take_row, rows);
	return rows;
}

/* Rows that were named and that the walk has met below others go with those. */
uint64
ak_relation_delete_upwards(AkModel *model, AkStatement *delete_rows, int restriction)
{
	AkRows	   *named = named_rows(model, delete_rows, restriction);
	List	   *level = list_make1(named);
	AkWalk		walk;

	begin_walk(&walk);
	place(&walk, named);
	while ((level = next_level(&walk, level)) != NIL)
		;
	if (list_length(walk.going) == 1 && walk.level == 1)
		return ak_core_run(delete_rows, 0, NULL, NULL);
	for (int i = walk.level; i > 0; i--)
	{
		ListCell   *cell;

		foreach(cell, walk.going)
			delete_rows_by_key(rows_at(lfirst(cell), i), i < walk.level);
	}
	return delete_named(rows_at(linitial(walk.going), 0));
}
