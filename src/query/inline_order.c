/*
 * inline_order.c
 *		The order of a query set in FROM.
 *
 * A sub-select with an ORDER BY is never merged into its surroundings.  So an
 * order that was said, and that no slice makes part of the answer, becomes
 * the order of the surrounding SELECT, where that has one FROM item and
 * nothing of its own that decides about order or number of its rows; else it
 * is dropped, as SQL permits.  Where a term needs a joined table the order
 * stays in the sub-select.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_clause.h"
#include "rewrite/rewriteManip.h"

#include "query/inline.h"

/* The query set's own table is the first item of its FROM. */
#define OWN_TABLE 1

bool
ak_query_takes_order(const Query *outer, int index)
{
	RangeTblRef *only;

	if (outer->commandType != CMD_SELECT || outer->setOperations != NULL ||
		list_length(outer->jointree->fromlist) != 1)
		return false;
	only = linitial(outer->jointree->fromlist);
	return IsA(only, RangeTblRef) && only->rtindex == index &&
		outer->sortClause == NIL && outer->groupClause == NIL && outer->groupingSets == NIL &&
		outer->distinctClause == NIL && outer->havingQual == NULL &&
		!outer->hasAggs && !outer->hasWindowFuncs && !outer->hasTargetSRFs;
}

static Node *
term_of(const Query *inner, const SortGroupClause *sort)
{
	ListCell   *cell;

	foreach(cell, inner->targetList)
	{
		TargetEntry *entry = lfirst(cell);

		if (entry->ressortgroupref == sort->tleSortGroupRef)
			return (Node *) entry->expr;
	}
	elog(ERROR, "an order term has no expression");
	return NULL;
}

/* Do all terms read the query set's own table alone? */
static bool
is_local(const Query *inner)
{
	ListCell   *cell;

	foreach(cell, inner->sortClause)
	{
		Node	   *term = term_of(inner, lfirst(cell));
		Bitmapset  *tables = pull_varnos(NULL, term);

		if (!bms_is_subset(tables, bms_make_singleton(OWN_TABLE)))
			return false;
	}
	return true;
}

/* The entry of the SELECT list that shows a term, added out of sight where there is none. */
static TargetEntry *
entry_for(Query *outer, Node *term)
{
	TargetEntry *entry;
	ListCell   *cell;

	foreach(cell, outer->targetList)
	{
		entry = lfirst(cell);
		if (equal(entry->expr, term) && !contain_volatile_functions(term))
			return entry;
	}
	entry = makeTargetEntry((Expr *) term, list_length(outer->targetList) + 1, NULL, true);
	outer->targetList = lappend(outer->targetList, entry);
	return entry;
}

/* Entries that served the order alone stand last. */
static void
drop_order(Query *inner)
{
	List	   *kept = NIL;
	ListCell   *cell;

	foreach(cell, inner->targetList)
	{
		TargetEntry *entry = lfirst(cell);

		entry->ressortgroupref = 0;
		if (!entry->resjunk)
			kept = lappend(kept, entry);
	}
	inner->targetList = kept;
	inner->sortClause = NIL;
}

void
ak_query_move_order(Query *outer, int index)
{
	RangeTblEntry *item = list_nth(outer->rtable, index - 1);
	Query	   *inner = item->subquery;
	ListCell   *cell;

	if (!is_local(inner))
		return;
	foreach(cell, inner->sortClause)
	{
		SortGroupClause *sort = copyObject(lfirst(cell));
		Node	   *term = copyObject(term_of(inner, sort));

		ChangeVarNodes(term, OWN_TABLE, index, 0);
		sort->tleSortGroupRef = assignSortGroupRef(entry_for(outer, term), outer->targetList);
		outer->sortClause = lappend(outer->sortClause, sort);
	}
	drop_order(inner);
}
