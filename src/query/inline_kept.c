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
#include "utils/inval.h"
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
	static const int of_all[] = {NAMESPACEOID, OPEROID, AMOPOPID, AUTHOID, AUTHMEMMEMROLE, TSCONFIGOID};

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

/* Can it serve calls of this shape?  From here on it learns of changes. */
static bool
make_lasting(AkKeptTree *kept, const AkFolded *folded, MemoryContext context)
{
	AkCallShape call;

	if (!may_be_kept(&kept->tree) || !ak_query_call_shape(&call, folded) || !find_slots(kept, &call))
		return false;
	kept->tree.query = copyObject(kept->tree.query);
	watch(kept, context);
	return true;
}

/* Makes a tree in a context that the cache takes over, where it can. */
static void
make_and_keep(AkTreeHold *hold, const AkFolded *folded, const AkShape *shape)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "aksara tree", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	AkKeptTree *kept = palloc0(sizeof(AkKeptTree));
	AkFolded	own = {folded->kind, folded->model, whole_copy(folded->document)};
	bool		lasting;

	ak_query_make_tree(&kept->tree, &own, old);
	hold->tree = kept->tree;
	lasting = make_lasting(kept, &own, context);
	MemoryContextSwitchTo(old);
	if (lasting)
		hold->kept = ak_query_cache_keep(shape, context, kept->tree.model->registry, kept);
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

/* Reads a value as it was read at first; false where it came out as another type. */
static bool
set_value(AkStatement *st, int n, const AkJson *node)
{
	AkValue		value = ak_query_read_again(st->origins[n], node);

	st->values[n] = value.datum;
	st->nulls[n] = value.isnull ? 'n' : ' ';
	return value.type == st->types[n];
}

/* The tree with room for the values of this call. */
static void
make_room(AkTree *tree, const AkTree *kept)
{
	int			count = kept->statement.nparams;

	*tree = *kept;
	tree->statement.values = palloc(sizeof(Datum) * Max(count, 1));
	tree->statement.nulls = palloc(Max(count, 1));
	tree->holes = palloc(sizeof(int) * Max(count, 1));
	if (count == 0)
		return;
	memcpy(tree->statement.values, kept->statement.values, sizeof(Datum) * count);
	memcpy(tree->statement.nulls, kept->statement.nulls, count);
}

/* Binds the values of this call; false where they make another statement. */
static bool
bind_values(AkTree *tree, const AkKeptTree *kept, const AkCallShape *call)
{
	for (int i = 0; i < tree->statement.nparams; i++)
	{
		const AkJson *node = kept->slots[i] >= 0 ? call->values[kept->slots[i]] : NULL;

		tree->holes[i] = node && node->kind == AK_JSON_HOLE ? node->size : -1;
		if (node != NULL && node->kind != AK_JSON_HOLE && !set_value(&tree->statement, i, node))
			return false;
	}
	return true;
}

/* Takes the tree that is kept for the shape; false where there is none that is true. */
static bool
take_kept(AkTreeHold *hold, const AkCallShape *call)
{
	AkKeptTree *kept;

	hold->kept = ak_query_cache_find(&call->shape);
	if (hold->kept == NULL)
		return false;
	kept = hold->kept->made;
	if (is_true(kept))
	{
		make_room(&hold->tree, &kept->tree);
		if (bind_values(&hold->tree, kept, call))
			return true;
	}
	ak_query_let_tree_go(hold);
	return false;
}

void
ak_query_hold_tree(AkTreeHold *hold, const AkFolded *folded)
{
	AkCallShape call;

	hold->kept = NULL;
	if (!ak_query_call_shape(&call, folded))
		ak_query_make_tree(&hold->tree, folded, CurrentMemoryContext);
	else if (!take_kept(hold, &call))
		make_and_keep(hold, folded, &call.shape);
}

void
ak_query_let_tree_go(AkTreeHold *hold)
{
	if (hold->kept != NULL)
		ak_query_cache_release(hold->kept);
	hold->kept = NULL;
}
