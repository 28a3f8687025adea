/*
 * lock.c
 *		"for_update": rows that are locked as they are read.
 *
 * Only the query's own rows are locked: one that a LEFT JOIN may leave out
 * cannot be.  A read that locks is no read to PostgreSQL, so STABLE exits
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
};

void
ak_query_read_lock(AkQuery *query, const AkJson *value)
{
	AkLock	   *lock = palloc0(sizeof(AkLock));

	if (value->kind == AK_JSON_BOOL)
	{
		query->lock = value->truth ? lock : NULL;
		return;
	}
	ak_core_json_expect(value, AK_JSON_OBJECT, "\"for_update\"");
	ak_query_check_options(value, "\"for_update\"", list_make4("nowait", "skip_locked", "no_key", "share"), false);
	lock->no_key = ak_core_json_get_bool(value, "no_key", false);
	lock->share = ak_core_json_get_bool(value, "share", false);
	lock->nowait = ak_core_json_get_bool(value, "nowait", false);
	lock->skip_locked = ak_core_json_get_bool(value, "skip_locked", false);
	if (lock->nowait && lock->skip_locked)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"nowait\" and \"skip_locked\" exclude each other")));
	query->lock = lock;
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

	if (query->distinct_on != NIL || (query->unlike && query->picked != NIL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows cannot be locked with \"distinct\"")));
	appendStringInfo(&st->sql, " FOR %s OF t%d%s", strength, query->source->alias,
					 lock->nowait ? " NOWAIT" : lock->skip_locked ? " SKIP LOCKED" : "");
}
