/*
 * inline_columns.c
 *		What a statement knows of rows()' columns, and what they are by now.
 *
 * The columns of a call in FROM are those of its row type when the statement
 * was read, which locks no table.  The sub-select that takes its place has
 * those that the table has once it is locked.  In between somebody may have
 * changed it: a new column is made known, and where one that the statement
 * names has gone or is of another type the call stays a function, which the
 * server checks when it runs.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "nodes/value.h"

#include "query/inline.h"

/* The columns that the statement looks at, from where the walk is. */
typedef struct AkColumns
{
	int			index;			/* of the item in the FROM of its SELECT */
	int			depth;			/* below that SELECT */
	const List *entries;		/* of TargetEntry *: what there is */
} AkColumns;

static bool
is_other_column(const Var *var, const AkColumns *columns)
{
	const TargetEntry *entry;

	if (var->varno != columns->index || var->varlevelsup != columns->depth || var->varattno <= 0)
		return false;
	if (var->varattno > list_length(columns->entries))
		return true;
	entry = list_nth(columns->entries, var->varattno - 1);
	return exprType((Node *) entry->expr) != var->vartype;
}

/* Is there a column that is another one by now? */
static bool
has_other_column(Node *node, AkColumns *columns)
{
	bool		found;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return is_other_column((Var *) node, columns);
	if (!IsA(node, Query))
		return expression_tree_walker(node, has_other_column, columns);
	columns->depth++;
	found = query_tree_walker((Query *) node, has_other_column, columns, 0);
	columns->depth--;
	return found;
}

bool
ak_query_fit_columns(Query *outer, int index, const Query *tree)
{
	AkColumns	columns = {.index = index, .entries = tree->targetList};
	RangeTblEntry *item = list_nth(outer->rtable, index - 1);

	if (query_tree_walker(outer, has_other_column, &columns, 0))
		return false;
	for (int i = list_length(item->eref->colnames); i < list_length(tree->targetList); i++)
	{
		const TargetEntry *entry = list_nth(tree->targetList, i);

		if (!entry->resjunk)
			item->eref->colnames = lappend(item->eref->colnames, makeString(pstrdup(entry->resname)));
	}
	return true;
}
