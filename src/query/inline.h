/*
 * inline.h
 *		rows(), count() and exists() as part of the statement they stand in.
 *
 *	inline.c		the hook: finding the calls		inline_calls.c	which functions are ours
 *	inline_fold.c	arguments → document			inline_shape.c	its shape
 *	inline_tree.c	document → Query				inline_kept.c	trees kept for the next statement
 *	inline_settle.c	values put into the Query		hole.c			values that are not known yet
 *	inline_order.c	an order moved outwards			inline_columns.c	columns that changed meanwhile
 */
#ifndef AK_QUERY_INLINE_H
#define AK_QUERY_INLINE_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

#include "query/cache.h"
#include "query/internal.h"

/* ---- inline_calls.c ---- */

typedef enum AkCallKind
{
	AK_CALL_ROWS,
	AK_CALL_COUNT,				/* count(qs) */
	AK_CALL_COUNT_WHERE,		/* count(model, conditions) */
	AK_CALL_EXISTS,
	AK_CALL_EXISTS_WHERE,
	AK_CALL_PAIRS,				/* filter(path, value …) */
	AK_CALL_CONDITIONS,			/* filter(object) */
	AK_CALL_SET_PAIR,			/* filter(qs, path, value) */
	AK_CALL_SET_CONDITIONS,		/* filter(qs, object) */
	AK_CALL_SET_OP,				/* order_by(qs, …): only the query set may hold values */
	AK_CALL_SLICE,				/* slice(stop), slice(start, stop) */
	AK_CALL_SET_SLICE,			/* slice(qs, start, stop) */
	AK_CALL_TOGETHER,			/* any_of(op …) and its kin */
	AK_CALL_NONE_OF,
	AK_CALL_COMBINED,			/* union(qs, qs …) and its kin */
	AK_CALL_COMBINED_ALL,
	AK_CALL_OBJECTS,
	AK_CALL_RELATED,
	AK_CALL_PIPE
} AkCallKind;

typedef struct AkCall
{
	const char *name;
	const char *symbol;			/* of the C function, which tells ours from others' */
	AkCallKind	kind;
	const char *word;			/* the part of the document that it writes */
	bool		untyped;		/* its values are text that the field's type reads */
} AkCall;

/* Is the extension in this database?  One test, but for the first statement after a function was made. */
extern bool ak_query_calls_known(void);
/* NULL where the function is no call of ours. */
extern const AkCall *ak_query_call(Oid function);
extern void ak_query_calls_init(void);

/* ---- inline_fold.c ---- */

/* What a document is made of besides itself. */
typedef struct AkFold
{
	List	   *values;			/* of Node *: what hole 0, 1, … stands for */
	Node	   *start;			/* of a slice; NULL: from the first row on */
	Node	   *stop;			/* NULL: the bounds, if there are any, stand in the document */
} AkFold;

/* The document of an argument; NULL where it is known only when the statement runs. */
extern AkJson *ak_query_fold(AkFold *fold, Node *argument);
/* The text of a constant of a text type; NULL where it is no such thing. */
extern char *ak_query_fold_text(Node *argument);

typedef enum AkTreeKind
{
	AK_TREE_ROWS,
	AK_TREE_ORDERED_ROWS,		/* the SELECT around it would take an order */
	AK_TREE_COUNT,
	AK_TREE_EXISTS
} AkTreeKind;

/* A call as it was folded. */
typedef struct AkFolded
{
	AkTreeKind	kind;
	const char *model;			/* that the document is the conditions of; NULL: it is a query set */
	const AkJson *document;
} AkFolded;

/* ---- inline_shape.c ---- */

/* Made on the stack. */
typedef struct AkCallShape
{
	AkShape		shape;
	int			nvalues;
	const AkJson *values[AK_SHAPE_SLOTS];	/* the nodes of the document that the shape leaves out, in its order */
} AkCallShape;

/* False: nothing can be said. */
extern bool ak_query_call_shape(AkCallShape *call, const AkFolded *folded);

/* ---- inline_tree.c ---- */

/* What stands for a call, but for the values. */
typedef struct AkTree
{
	const AkModel *model;
	bool		ordered;		/* its order is to be moved to the SELECT around it */
	Query	   *query;			/* with parameters in place of values; NULL: a value has to be known */
	AkStatement statement;		/* the parameters, bound to the values */
	int		   *holes;			/* by parameter: the hole it stands for; -1: a value */
} AkTree;

/* The query is made in `analysis`, all else in the current context. */
extern void ak_query_make_tree(AkTree *tree, const AkFolded *folded, MemoryContext analysis);
/* The SELECT of a query set's rows as runnable SQL, its columns those of the table. */
extern char *ak_query_rows_text(AkQuery *query);

/* ---- inline_kept.c ---- */

/* A tree for the time of one call; to be let go. */
typedef struct AkTreeHold
{
	AkTree		tree;
	AkKept	   *kept;			/* NULL: the tree is the call's own */
} AkTreeHold;

extern void ak_query_hold_tree(AkTreeHold *hold, const AkFolded *folded);
extern void ak_query_let_tree_go(AkTreeHold *hold);
extern void ak_query_kept_init(void);

/* ---- inline_settle.c ---- */

/* The sub-select to be put one level below the caller's; NULL where a value does not fit. */
extern Query *ak_query_settle(const AkTreeHold *hold, const AkFold *fold);

/* ---- inline_columns.c ---- */

/* Are the columns that the statement names of item `index` those of the sub-select?  New ones are made known. */
extern bool ak_query_fit_columns(Query *outer, int index, const Query *tree);

/* ---- inline_order.c ---- */

/* May an order of item `index` of the FROM be the order of this SELECT? */
extern bool ak_query_takes_order(const Query *outer, int index);
/* Moves the order of the sub-select that is item `index` to the SELECT, where its terms are columns of the item. */
extern void ak_query_move_order(Query *outer, int index);

/* ---- view.c: views that create_view() made, when their models change ---- */

extern void ak_query_views_altering(AkModel *model);
extern void ak_query_views_altered(void);
extern void ak_query_views_renamed(AkModel *model, const char *old_app, const char *old_name);
extern void ak_query_views_reconcile(void);
extern void ak_query_views_check(const AkModel *model, AkFindings *findings);

/* ---- inline.c ---- */

extern void ak_query_inline_init(void);

#endif
