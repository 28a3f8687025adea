/*
 * inline_kept.c
 *		Trees that stand for calls, kept for the next statement with other values.
 *
 * A client that writes its values into its statements has each one parsed;
 * what aksara adds to that is done once for a shape.  A tree is kept as a
 * compiled question is (cache.c): for the user, under the search_path and
 * settings it was made with, until the picture of the registry changes.
 * Beyond that it is true as long as PostgreSQL's plan cache would think so of
 * an analysed statement: until a change of a relation, function or type that
 * it uses, or any of a schema, operator or membership.  Before it is used its
 * relations are locked, as analysing it would, and then it is looked whether
 * it is still true.
 *
 * It is kept only when a parameter reads each value that its shape leaves
 * out, for the reasons that call.c gives.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "nodes/plannodes.h"
#include "optimizer/optimizer.h"
#include "storage/lmgr.h"
#include "utils/datum.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "query/inline.h"

typedef struct AkKeptTree
{
	AkTree		tree;
	int		   *slots;			/* by parameter: the value of the shape that it reads; -1: none, it is part of the shape */
	List	   *relations;		/* OIDs: what the tree was made of */
	List	   *items;			/* of PlanInvalItem *: functions and types */
	bool		stale;			/* one of them has changed */
	dlist_node	node;			/* in all_kept */
	MemoryContextCallback callback;
} AkKeptTree;

static dlist_head all_kept = DLIST_STATIC_INIT(all_kept);

/* ---- changes: they mark, and look nothing up ---- */

static void
on_relation(Datum arg, Oid relid)
{
	dlist_iter	iter;

	dlist_foreach(iter, &all_kept)
	{
		AkKeptTree *kept = dlist_container(AkKeptTree, node, iter.cur);

		if (!OidIsValid(relid) || list_member_oid(kept->relations, relid))
			kept->stale = true;
	}
}

static bool
uses_item(const AkKeptTree *kept, int cacheid, uint32 hash)
{
	ListCell   *cell;

	foreach(cell, kept->items)
	{
		const PlanInvalItem *item = lfirst(cell);

		if (item->cacheId == cacheid && (hash == 0 || item->hashValue == hash))
			return true;
	}
	return false;
}

static void
on_item(Datum arg, int cacheid, uint32 hash)
{
	dlist_iter	iter;

	dlist_foreach(iter, &all_kept)
	{
		AkKeptTree *kept = dlist_container(AkKeptTree, node, iter.cur);

		kept->stale = kept->stale || uses_item(kept, cacheid, hash);
	}
}

static void
on_anything(Datum arg, int cacheid, uint32 hash)
{
	dlist_iter	iter;

	dlist_foreach(iter, &all_kept)
		dlist_container(AkKeptTree, node, iter.cur)->stale = true;
}

void
ak_query_kept_init(void)
{
	static const int of_all[] = {NAMESPACEOID, OPEROID, AMOPOPID, AUTHOID, AUTHMEMMEMROLE};

	CacheRegisterRelcacheCallback(on_relation, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, on_item, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, on_item, (Datum) 0);
	for (int i = 0; i < (int) lengthof(of_all); i++)
		CacheRegisterSyscacheCallback(of_all[i], on_anything, (Datum) 0);
}

/* ---- keeping ---- */

static void
forget(void *arg)
{
	dlist_delete(&((AkKeptTree *) arg)->node);
}

/* The document with all that it is made of, in the current context. */
static AkJson *
whole_copy(const AkJson *value)
{
	AkJson	   *copy = palloc(sizeof(AkJson));

	*copy = *value;
	if (value->text != NULL)
		copy->text = pstrdup(value->text);
	if (value->items == NULL)
		return copy;
	copy->room = Max(value->size, 1);
	copy->items = palloc(sizeof(AkJson *) * copy->room);
	if (value->keys != NULL)
		copy->keys = palloc(sizeof(char *) * copy->room);
	for (int i = 0; i < value->size; i++)
	{
		copy->items[i] = whole_copy(value->items[i]);
		if (value->keys != NULL)
			copy->keys[i] = pstrdup(value->keys[i]);
	}
	return copy;
}

static int
slot_of(const AkCallShape *call, const AkJson *node)
{
	for (int i = 0; i < call->nvalues; i++)
		if (call->values[i] == node)
			return i;
	return -1;
}

/* Finds what each parameter reads; false where a value is read by none. */
static bool
find_slots(AkKeptTree *kept, const AkCallShape *call)
{
	const AkStatement *st = &kept->tree.statement;
	bool		read[AK_SHAPE_SLOTS] = {false};

	kept->slots = palloc(sizeof(int) * Max(st->nparams, 1));
	for (int i = 0; i < st->nparams; i++)
	{
		const AkOrigin *origin = st->origins[i];

		kept->slots[i] = origin ? slot_of(call, origin->value) : -1;
		if (kept->slots[i] >= 0)
			read[kept->slots[i]] = true;
	}
	for (int i = 0; i < call->nvalues; i++)
		if (!read[i])
			return false;
	return true;
}

/* Notes what the tree is made of, from here on it learns of changes. */
static void
watch(AkKeptTree *kept, MemoryContext context)
{
	bool		row_security;

	extract_query_dependencies((Node *) kept->tree.query, &kept->relations, &kept->items, &row_security);
	dlist_push_head(&all_kept, &kept->node);
	kept->callback.func = forget;
	kept->callback.arg = kept;
	MemoryContextRegisterResetCallback(context, &kept->callback);
}

/* Can the tree be another statement's as well? */
static bool
may_be_kept(const AkTree *tree)
{
	return tree->query != NULL && tree->query->rowMarks == NIL;
}

/* Makes a tree in a context that the cache takes over, where it can. */
static void
make_and_keep(AkTreeHold *hold, const AkFolded *folded, const AkShape *shape)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "aksara tree", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	AkKeptTree *kept = palloc0(sizeof(AkKeptTree));
	AkFolded	own = {folded->kind, folded->model, whole_copy(folded->document)};
	AkCallShape call;

	ak_query_make_tree(&kept->tree, &own, old);
	hold->tree = kept->tree;
	hold->kept = NULL;
	if (may_be_kept(&kept->tree) && ak_query_call_shape(&call, &own) && find_slots(kept, &call))
	{
		kept->tree.query = copyObject(kept->tree.query);
		watch(kept, context);
		(void) ak_query_cache_keep(shape, context, kept->tree.model->registry, kept);
	}
	MemoryContextSwitchTo(old);
}

/* ---- using ---- */

/* Locks what analysing the tree would lock; false when something it is made of has changed. */
static bool
is_true(const AkKeptTree *kept)
{
	ListCell   *cell;

	foreach(cell, kept->relations)
		LockRelationOid(lfirst_oid(cell), AccessShareLock);
	return !kept->stale && ak_model_is_current(kept->tree.model->registry);
}

static void
set_value(AkStatement *st, int n, const AkJson *node)
{
	AkValue		value = ak_query_read_again(st->origins[n], node);

	if (value.type != st->types[n])
		elog(ERROR, "a value of type %u was read where there was one of type %u before", value.type, st->types[n]);
	st->values[n] = value.datum;
	st->nulls[n] = value.isnull ? 'n' : ' ';
}

static void
copy_value(AkStatement *st, int n)
{
	int16		length;
	bool		byval;

	get_typlenbyval(st->types[n], &length, &byval);
	if (st->nulls[n] != 'n')
		st->values[n] = datumCopy(st->values[n], byval, length);
}

/* The tree with the values of this call, which outlive the hold. */
static void
take(AkTreeHold *hold, const AkCallShape *call)
{
	const AkKeptTree *kept = hold->kept->made;
	AkStatement *st = &hold->tree.statement;
	int			count = kept->tree.statement.nparams;

	hold->tree = kept->tree;
	st->values = palloc(sizeof(Datum) * Max(count, 1));
	st->nulls = palloc(Max(count, 1));
	hold->tree.holes = palloc(sizeof(int) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		int			slot = kept->slots[i];
		const AkJson *node = slot >= 0 ? call->values[slot] : NULL;

		hold->tree.holes[i] = node && node->kind == AK_JSON_HOLE ? node->size : -1;
		st->values[i] = kept->tree.statement.values[i];
		st->nulls[i] = kept->tree.statement.nulls[i];
		if (node == NULL)
			copy_value(st, i);
		else if (node->kind != AK_JSON_HOLE)
			set_value(st, i, node);
	}
}

void
ak_query_hold_tree(AkTreeHold *hold, const AkFolded *folded)
{
	AkCallShape call;

	hold->kept = NULL;
	if (!ak_query_call_shape(&call, folded))
	{
		ak_query_make_tree(&hold->tree, folded, CurrentMemoryContext);
		return;
	}
	hold->kept = ak_query_cache_find(&call.shape);
	if (hold->kept != NULL && !is_true(hold->kept->made))
		ak_query_let_tree_go(hold);
	if (hold->kept != NULL)
		take(hold, &call);
	else
		make_and_keep(hold, folded, &call.shape);
}

void
ak_query_let_tree_go(AkTreeHold *hold)
{
	if (hold->kept != NULL)
		ak_query_cache_release(hold->kept);
	hold->kept = NULL;
}
