/*
 * inline.h
 *		rows(), count() and exists() as part of the statement they stand in.
 *
 *	inline.c		the hook: finding the calls		inline_calls.c	which functions are ours
 *	inline_fold.c	arguments → document			inline_tree.c	document → Query
 *	inline_order.c	an order moved outwards			hole.c			values that are not known yet
 */
#ifndef AK_QUERY_INLINE_H
#define AK_QUERY_INLINE_H

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

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
	AK_CALL_TOGETHER,			/* any_of(op …) and its kin */
	AK_CALL_NONE_OF,
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
} AkFold;

/* The document of an argument; NULL where it is known only when the statement runs. */
extern AkJson *ak_query_fold(AkFold *fold, Node *argument);
/* The text of a constant of a text type; NULL where it is no such thing. */
extern char *ak_query_fold_text(Node *argument);

/* ---- inline_tree.c ---- */

/* The rows of a query set, one column for each column number of the table; NULL where a value does not fit. */
extern Query *ak_query_rows_tree(AkQuery *query, AkOrdering ordering, const AkFold *fold);
/* The sub-select that count() or exists() is; NULL where a value does not fit. */
extern SubLink *ak_query_count_tree(AkQuery *query, const AkFold *fold);
extern SubLink *ak_query_exists_tree(AkQuery *query, const AkFold *fold);

/* ---- inline_order.c ---- */

/* May an order of item `index` of the FROM be the order of this SELECT? */
extern bool ak_query_takes_order(const Query *outer, int index);
/* Moves the order of the sub-select that is item `index` to the SELECT, where its terms are columns of the item. */
extern void ak_query_move_order(Query *outer, int index);

/* The SELECT of a query set's rows as runnable SQL, its columns those of the table. */
extern char *ak_query_rows_text(AkQuery *query);

/* ---- view.c: views that create_view() made, when their models change ---- */

extern void ak_query_views_altering(AkModel *model);
extern void ak_query_views_altered(void);
extern void ak_query_views_renamed(AkModel *model, const char *old_app, const char *old_name);
extern void ak_query_views_reconcile(void);

/* ---- inline.c ---- */

extern void ak_query_inline_init(void);

#endif
