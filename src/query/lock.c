/*
 * lock.c
 *		"for_update": rows that are locked as they are read.
 *
 * Unless "of" says otherwise the query's own rows are locked and no others.
 * One that a LEFT JOIN may leave out cannot be, so a way to others goes over
 * foreign keys that are never null, and is joined plainly.  A read that locks is no read to PostgreSQL, so STABLE exits
 * refuse it; lock() runs it.
 */
#include "postgres.h"

#include "query/internal.h"

struct AkLock
{
	bool		no_key;			/* others may refer to the rows meanwhile */
	bool		share;
	bool		nowait;
	bool		skip_locked;
	bool		own;			/* the query set's own rows */
	List	   *of;				/* of List * of AkStep *: ways to others */
	List	   *sources;		/* of AkSource *: these, when laid out */
};

/* 0A000 unless each row has one behind the step: there is no lock on a row that may be missing. */
static void
require_row(const AkStep *step, const char *path)
{
	List	   *outer = NIL;
	List	   *inner;
	bool		certain = !step->many && !step->reverse;
	ListCell   *cell;

	if (certain)
		ak_relation_columns(step, &outer, &inner);
	foreach(cell, outer)
		certain = certain && ((const AkField *) lfirst(cell))->not_null;
	if (!certain)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("\"of\" cannot lock rows behind \"%s\"", step->accessor),
				 errdetail("The path is \"%s\".", path),
				 errhint("It goes over foreign keys that are never null.")));
}

static List *
read_way(AkModel *model, const char *path)
{
	List	   *way = NIL;
	ListCell   *cell;

	foreach(cell, ak_query_split(path))
	{
		AkStep	   *step = palloc0(sizeof(AkStep));

		ak_query_named_step(model, lfirst(cell), step);
		require_row(step, path);
		way = lappend(way, step);
		model = step->to;
	}
	return way;
}

/* Whose rows: "self", the query set's own, and paths. */
static void
read_of(AkQuery *query, AkLock *lock, const AkJson *names)
{
	lock->own = names == NULL;
	if (names == NULL)
		return;
	ak_core_json_expect(names, AK_JSON_ARRAY, "\"of\"");
	if (names->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"of\" names nothing"),
				 errhint("\"self\" is the query set's own rows.")));
	for (int i = 0; i < names->size; i++)
	{
		const char *name = ak_core_json_expect(names->items[i], AK_JSON_STRING, "a name of \"of\"")->text;

		if (strcmp(name, "self") == 0)
			lock->own = true;
		else
			lock->of = lappend(lock->of, read_way(query->model, name));
	}
}

void
ak_query_read_lock(AkQuery *query, const AkJson *value)
{
	AkLock	   *lock = palloc0(sizeof(AkLock));

	lock->own = true;
	if (value->kind == AK_JSON_BOOL)
	{
		query->lock = value->truth ? lock : NULL;
		return;
	}
	ak_core_json_expect(value, AK_JSON_OBJECT, "\"for_update\"");
	ak_query_check_options(value, "\"for_update\"", list_make5("nowait", "skip_locked", "no_key", "share", "of"), false);
	lock->no_key = ak_core_json_get_bool(value, "no_key", false);
	lock->share = ak_core_json_get_bool(value, "share", false);
	lock->nowait = ak_core_json_get_bool(value, "nowait", false);
	lock->skip_locked = ak_core_json_get_bool(value, "skip_locked", false);
	if (lock->nowait && lock->skip_locked)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"nowait\" and \"skip_locked\" exclude each other")));
	read_of(query, lock, ak_core_json_get(value, "of"));
	query->lock = lock;
}

void
ak_query_lay_lock(AkQuery *query)
{
	ListCell   *outer;
	ListCell   *inner;

	foreach(outer, query->lock ? query->lock->of : NIL)
	{
		AkSource   *source = query->source;

		foreach(inner, lfirst(outer))
		{
			source = ak_query_join(query, source, lfirst(inner));
			source->there = true;
		}
		query->lock->sources = list_append_unique_ptr(query->lock->sources, source);
	}
}

void
ak_query_refuse_lock(const AkQuery *query)
{
	if (query->lock != NULL && !query->fresh)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a read cannot lock rows"),
				 errhint("lock() gives the same rows, locked.")));
}

void
ak_query_write_lock(AkStatement *st, const AkQuery *query)
{
	const AkLock *lock = query->lock;
	const char *strength = lock->share ? lock->no_key ? "KEY SHARE" : "SHARE" : lock->no_key ? "NO KEY UPDATE" : "UPDATE";
	ListCell   *cell;

	if (query->distinct_on != NIL || (query->unlike && query->picked != NIL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows cannot be locked with \"distinct\"")));
	appendStringInfo(&st->sql, " FOR %s", strength);
	if (lock->own)
		appendStringInfo(&st->sql, " OF t%d", query->source->alias);
	foreach(cell, lock->sources)
		appendStringInfo(&st->sql, "%s t%d", lock->own || cell != list_head(lock->sources) ? "," : " OF",
						 ((const AkSource *) lfirst(cell))->alias);
	appendStringInfoString(&st->sql, lock->nowait ? " NOWAIT" : lock->skip_locked ? " SKIP LOCKED" : "");
}
