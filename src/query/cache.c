/*
 * cache.c
 *		What was made of a document's shape, kept for the next one.
 *
 * An entry is found by the exact text of a shape and by the user, for whom
 * names were looked up.  It lives in a memory context of its own, which also
 * pins the picture of the registry it was made from.  All entries are of one
 * picture: when that is out of date they all go.  An entry is true as long as
 * search_path and the settings that values are read under are what they were:
 * values that belong to the shape were read when it was made.  Bounds (limits.c)
 * and functions (custom.c) have to be the same too.
 *
 * At most MOST_ENTRIES are kept, the least recently used goes first.  One that
 * is held by a call is taken out of the cache and freed when the call lets go.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "funcapi.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "query/cache.h"
#include "query/internal.h"

#define MOST_ENTRIES 256

PG_FUNCTION_INFO_V1(ak_query_sql_cache);

typedef struct AkEntry
{
	MemoryContext context;		/* where it lives itself */
	uint64		digest;
	Oid			role;
	char	   *text;			/* of the shape, not terminated */
	int			length;
	AkSearchPath *path;
	pg_tz	   *zone;
	int			date_order;
	int			interval_style;
	int			limits;
	int			functions;
	void	   *made;
	int64		calls;			/* answered from it, after the one that made it */
	int			holds;
	bool		dropped;		/* freed with the last hold */
	dlist_node	node;			/* in by_use, most recent first */
} AkEntry;

typedef struct AkByDigest
{
	uint64		digest;			/* hash key: MUST BE FIRST */
	AkEntry    *entry;
} AkByDigest;

static HTAB *entries = NULL;
static dlist_head by_use = DLIST_STATIC_INIT(by_use);
static const AkRegistry *picture = NULL;	/* of all entries; pinned by each, NULL while there is none */

/* ---- life of an entry ---- */

/* Takes an entry out of the cache. */
static void
drop_entry(AkEntry *entry)
{
	hash_search(entries, &entry->digest, HASH_REMOVE, NULL);
	dlist_delete(&entry->node);
	if (dlist_is_empty(&by_use))
		picture = NULL;
	entry->dropped = true;
	if (entry->holds == 0)
		MemoryContextDelete(entry->context);
}

static void
drop_all(void)
{
	while (!dlist_is_empty(&by_use))
		drop_entry(dlist_head_element(AkEntry, node, &by_use));
}

void
ak_query_cache_release(AkKept *kept)
{
	AkEntry    *entry = kept->entry;

	if (entry == NULL)
		return;
	kept->entry = NULL;
	if (--entry->holds == 0 && entry->dropped)
		MemoryContextDelete(entry->context);
}

static void
release_hold(void *arg)
{
	ak_query_cache_release(arg);
}

static AkKept *
hold(AkEntry *entry)
{
	AkKept	   *kept = palloc(sizeof(AkKept));

	kept->callback.func = release_hold;
	kept->callback.arg = kept;
	kept->entry = entry;
	kept->made = entry->made;
	entry->holds++;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &kept->callback);
	return kept;
}

/* ---- finding and keeping ---- */

static uint64
digest_of(const AkShape *shape)
{
	return hash_bytes_extended((const unsigned char *) shape->text, shape->length, GetUserId());
}

/* Changes that other sessions have committed count from here on, as they do for a statement that takes a lock. */
static void
drop_outdated(void)
{
	AcceptInvalidationMessages();
	if (picture != NULL && !ak_model_is_current(picture))
		drop_all();
}

static bool
is_of_shape(const AkEntry *entry, const AkShape *shape)
{
	return entry->role == GetUserId() && entry->length == shape->length &&
		memcmp(entry->text, shape->text, shape->length) == 0;
}

static bool
is_of_session(const AkEntry *entry)
{
	return entry->zone == session_timezone && entry->date_order == DateOrder &&
		entry->interval_style == IntervalStyle &&
		entry->limits == ak_query_limits_generation() &&
		entry->functions == ak_query_functions_generation() && ak_search_path_is_current(entry->path);
}

AkKept *
ak_query_cache_find(const AkShape *shape)
{
	uint64		digest = digest_of(shape);
	AkByDigest *found;
	AkEntry    *entry;

	drop_outdated();
	found = picture ? hash_search(entries, &digest, HASH_FIND, NULL) : NULL;
	if (found == NULL)
		return NULL;
	entry = found->entry;
	if (!is_of_shape(entry, shape) || !is_of_session(entry))
		return NULL;
	dlist_move_head(&by_use, &entry->node);
	entry->calls++;
	return hold(entry);
}

static void
make_cache(void)
{
	HASHCTL		ctl = {0};

	ctl.keysize = sizeof(uint64);
	ctl.entrysize = sizeof(AkByDigest);
	ctl.hcxt = AllocSetContextCreate(CacheMemoryContext, "aksara shapes", ALLOCSET_SMALL_SIZES);
	entries = hash_create("aksara shapes", MOST_ENTRIES, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static AkEntry *
make_entry(const AkShape *shape, MemoryContext context, void *made)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	AkEntry    *entry = palloc0(sizeof(AkEntry));

	entry->context = context;
	entry->digest = digest_of(shape);
	entry->role = GetUserId();
	entry->length = shape->length;
	entry->text = palloc(shape->length);
	memcpy(entry->text, shape->text, shape->length);
	entry->path = ak_search_path(context);
	entry->zone = session_timezone;
	entry->date_order = DateOrder;
	entry->interval_style = IntervalStyle;
	entry->limits = ak_query_limits_generation();
	entry->functions = ak_query_functions_generation();
	entry->made = made;
	MemoryContextSwitchTo(old);
	return entry;
}

/* Makes room for one more in the cache and under its digest. */
static void
make_room(uint64 digest)
{
	AkByDigest *found = hash_search(entries, &digest, HASH_FIND, NULL);

	if (found != NULL)
		drop_entry(found->entry);
	else if (hash_get_num_entries(entries) >= MOST_ENTRIES)
		drop_entry(dlist_tail_element(AkEntry, node, &by_use));
}

AkKept *
ak_query_cache_keep(const AkShape *shape, MemoryContext context, const AkRegistry *registry, void *made)
{
	AkByDigest *place;
	AkEntry    *entry;

	if (!ak_model_is_current(registry))
		return NULL;
	if (picture != registry)
		drop_all();
	if (entries == NULL)
		make_cache();
	entry = make_entry(shape, context, made);
	make_room(entry->digest);
	place = hash_search(entries, &entry->digest, HASH_ENTER, NULL);
	place->entry = entry;
	dlist_push_head(&by_use, &entry->node);
	picture = registry;
	MemoryContextSetParent(context, CacheMemoryContext);
	return hold(entry);
}

/* ---- to be looked at ---- */

/* The shape, with the zero bytes between its parts as spaces. */
static Datum
shape_text(const AkEntry *entry)
{
	text	   *shape = cstring_to_text_with_len(entry->text, entry->length);

	for (int i = 0; i < entry->length; i++)
		if (VARDATA(shape)[i] == '\0')
			VARDATA(shape)[i] = ' ';
	return PointerGetDatum(shape);
}

/* query_cache() → what this session keeps for the current user, most recently used first. */
Datum
ak_query_sql_cache(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	dlist_iter	iter;

	InitMaterializedSRF(fcinfo, 0);
	drop_outdated();
	dlist_foreach(iter, &by_use)
	{
		const AkEntry *entry = dlist_container(AkEntry, node, iter.cur);
		Datum		values[2];
		bool		nulls[2] = {false, false};

		if (entry->role != GetUserId())
			continue;
		values[0] = shape_text(entry);
		values[1] = Int64GetDatum(entry->calls);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
