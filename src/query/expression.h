/*
 * expression.h
 *		What is computed from the fields of a row.
 */
#ifndef AK_QUERY_EXPRESSION_H
#define AK_QUERY_EXPRESSION_H

#include "query/internal.h"

typedef enum AkExprKind
{
	AK_EXPR_PATH,
	AK_EXPR_VALUE,
	AK_EXPR_CALL,
	AK_EXPR_CAST,				/* of args[0] to the type */
	AK_EXPR_PART,				/* a part of a date: args[0] */
	AK_EXPR_TRUNC,				/* a date, cut off behind a part: args[0] */
	AK_EXPR_NOW,
	AK_EXPR_CASE,
	AK_EXPR_CONDITIONS,			/* as a boolean value */
	AK_EXPR_COLLATE,			/* args[0] */
	AK_EXPR_JSON,				/* an object or a list of args */
	AK_EXPR_ZONE,				/* a moment as a clock of a time zone shows it: args[0] */
	AK_EXPR_SEARCH,				/* full text */
	AK_EXPR_AGGREGATE,
	AK_EXPR_OUTER,				/* as PATH, of the query set around */
	AK_EXPR_SUBQUERY,
	AK_EXPR_WINDOW,
	AK_EXPR_TREE,
	AK_EXPR_RAW
} AkExprKind;

typedef struct AkAggregate AkAggregate;
typedef struct AkSubquery AkSubquery;
typedef struct AkWindow AkWindow;
typedef struct AkTreeWalk AkTreeWalk;
typedef struct AkSearch AkSearch;

struct AkExpr
{
	AkExprKind	kind;
	Oid			type;			/* InvalidOid: NULL, of no type */
	AkPath	   *path;			/* PATH, OUTER */
	AkSource   *source;			/* PATH, OUTER, RAW: set when laid out */
	bool		as_text;		/* PATH below a JSON field: the text there */
	AkValue		value;			/* VALUE */
	const AkFunction *function; /* CALL */
	const char *word;			/* PART, TRUNC: which; SUBQUERY: what stands before it; JSON: the function */
	int32		typmod;			/* CAST */
	Oid			collation;		/* COLLATE */
	List	   *keys;			/* JSON, an object: of char * */
	const AkApplied *part;		/* PART */
	const char *zone;			/* ZONE, TRUNC: NULL is the session's */
	AkSearch   *search;			/* SEARCH; args are its texts, vectors and queries */
	AkWindow   *window;			/* WINDOW; args are its function's, or its aggregate */
	AkTreeWalk *walk;			/* TREE */
	Node	   *raw;			/* RAW: over the model's table as relation 1 */
	AkSubquery *subquery;		/* SUBQUERY */
	List	   *args;			/* of AkExpr *; CASE: then, then …, default (may be NULL) */
	AkAggregate *aggregate;		/* AGGREGATE; args are its arguments */
	List	   *whens;			/* CASE, CONDITIONS: of AkJson *, one for each then; of AkCondition * when laid out */
};

/* ---- expression.c ---- */

/* An argument: strings are paths there, other scalars themselves. */
extern AkExpr *ak_query_read_argument(const AkScope *scope, const AkJson *value);
extern List *ak_query_form_names(void);	/* of char *: what is no function and no aggregate */
/* A result: strings are themselves there. */
extern AkExpr *ak_query_read_result(const AkScope *scope, const AkJson *value);

/* ---- expression_write.c ---- */

/* Does it read other rows than the one it is about? */
extern bool ak_query_reads_rows(const AkExpr *expr);
/* Is it another value each time it is computed? */
extern bool ak_query_is_volatile(const AkExpr *expr);

/* ---- aggregate.c ---- */

/* Reads {"$sum": …, "filter": …}; false: the name is no aggregate's. */
extern bool ak_query_read_aggregate(AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object,
									const AkJson *value);
extern List *ak_query_aggregate_names(void);	/* of char * */
extern void ak_query_lay_aggregate(AkQuery *query, const AkSpot *spot, AkExpr *expr);
extern void ak_query_write_aggregate(AkStatement *st, const AkExpr *expr);
/* Is it a column of groups or of a table that it shares, rather than a sub-select? */
extern bool ak_query_is_column(const AkAggregate *aggregate);
/* The conditions of its own; an empty object where it has none. */
extern const AkJson *ak_query_aggregate_filter(const AkAggregate *aggregate);
/* Lays it out over the rows themselves, for a window. */
extern void ak_query_lay_aggregate_here(AkQuery *query, const AkSpot *spot, AkExpr *expr);
/* 0A000 where it is of distinct or ordered values, which no window has. */
extern void ak_query_refuse_over_window(const AkExpr *expr);
extern bool ak_query_goes_to_many(const AkAggregate *aggregate);
/* The call of its function, over the rows of a group; and what stands behind it, and behind the OVER of a window. */
extern void ak_query_write_aggregate_call(AkStatement *st, const AkExpr *expr);
extern void ak_query_write_aggregate_end(AkStatement *st, const AkExpr *expr);

/* ---- gather.c ---- */

/* The tables that aggregates share. */
extern void ak_query_write_gatherings(AkStatement *st, const AkQuery *query);

/* ---- window.c ---- */

/* Reads {"$window": …}; false: the name is another. */
extern bool ak_query_read_window(AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object,
								 const AkJson *value);
/* 42803 where a query set inside names the row around it, and there are groups; after it was laid out. */
/* Is a query set inside the query about what comes late there, by "$outer"? */
extern bool ak_query_subquery_is_late(const AkQuery *query, const AkSubquery *subquery);
/* Is it made of windows? */
extern bool ak_query_is_of_windows(const AkQuery *query, const AkExpr *expr);
extern List *ak_query_window_names(void);	/* of char * */
extern void ak_query_lay_window(AkQuery *query, AkExpr *expr);
/* t5.w0 */
extern void ak_query_write_window_value(AkStatement *st, const AkExpr *expr);

/* ---- tree.c: forms of expressions ---- */

extern void ak_query_read_descendants(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_read_ancestors(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_lay_walk(const AkSpot *spot, AkExpr *expr);
extern void ak_query_write_walk(AkStatement *st, const AkExpr *expr);

/* ---- subquery.c: forms of expressions ---- */

extern void ak_query_read_outer(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_read_exists(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_read_subquery(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_read_array_subquery(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
/* Is it the values of many rows, not whether there are some, nor a list of them? */
extern bool ak_query_is_set(const AkExpr *expr);
/* As a value, or as the set that a lookup "in" looks into. */
extern void ak_query_lay_subquery(const AkSpot *spot, AkExpr *expr, bool set);
extern void ak_query_write_subquery(AkStatement *st, const AkExpr *expr);

/* ---- raw.c ---- */

extern void ak_query_read_raw(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_lay_raw(const AkSpot *spot, AkExpr *expr);
extern bool ak_query_raw_reads_rows(const AkExpr *expr);
extern bool ak_query_raw_is_volatile(const AkExpr *expr);
extern void ak_query_write_raw(AkStatement *st, const AkExpr *expr);

/* ---- forms.c ---- */

extern void ak_query_read_q(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_read_kt(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_read_collate(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_read_json_object(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_read_json_array(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
extern void ak_query_write_json(AkStatement *st, const AkExpr *expr);

/* As the clock of the option "zone" shows what the expression takes; NULL: no such option was given. */
extern void ak_query_read_zone(AkExpr *expr, const char *name, const AkJson *zone);
extern void ak_query_write_zone(AkStatement *st, const char *zone);

/* ---- search.c ---- */

/* Reads {"$search_rank": …} and its like; false: the name is another. */
extern bool ak_query_read_search(AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object,
								 const AkJson *value);
extern List *ak_query_search_names(void);	/* of char * */
extern void ak_query_write_search(AkStatement *st, const AkExpr *expr);

/* ---- function.c ---- */

extern const AkFunction *ak_query_function(const char *name);	/* NULL when unknown */
extern List *ak_query_function_names(void); /* of char * */
/* What the arguments and the result of one are, in words. */
extern const char *ak_query_function_takes(const AkFunction *function);
extern const char *ak_query_function_gives(const AkFunction *function);
extern bool ak_query_takes_nothing(const AkFunction *function);
/* Does each call give another value? */
extern bool ak_query_changes(const AkFunction *function);
/* The type of a call; 22023 and 42804 where the arguments do not fit. */
extern Oid	ak_query_function_type(const AkFunction *function, const Oid *types, int count);
extern Oid	ak_query_common_type(Oid a, Oid b);
extern void ak_query_write_call(AkStatement *st, const AkExpr *call);

#endif
