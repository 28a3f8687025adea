/*
 * aggregate.h
 *		An aggregate of an expression, as it was read.
 */
#ifndef AK_QUERY_AGGREGATE_H
#define AK_QUERY_AGGREGATE_H

#include "query/group.h"

/* What an aggregate takes beside its values. */
#define TAKES_TEXT 1			/* its value as text */
#define TAKES_DELIMITER 2
#define TAKES_SAMPLE 4			/* "sample": of the sample rather than of all */
#define TAKES_TWO 8				/* two values: the second explains the first */
#define TAKES_ROWS 16			/* "*", or a relation */
#define TAKES_FIRST 32			/* the first of the array that its function makes is its value */

typedef struct AkAggregateKind
{
	const char *name;
	const char *function;		/* in pg_catalog */
	const char *of_sample;		/* SAMPLE: the function for it */
	int			takes;
} AkAggregateKind;

typedef struct AkGathering AkGathering;

struct AkAggregate
{
	const AkAggregateKind *kind;
	const char *function;
	bool		rows;			/* counts rows, whatever is in them */
	bool		first;			/* its value is the first of the array that the function makes, NULLs left out */
	bool		distinct;
	const AkJson *filter;		/* NULL: none */
	List	   *order;			/* of AkOrder * */
	AkExpr	   *otherwise;		/* for NULL; NULL: none */
	const char *delimiter;
	Oid			type;			/* of the function's result */
	const AkPath *way;			/* to the rows; NULL: the group's own */
	int			steps;			/* of it, the last one to-many */

	/* Set when laid out. */
	List	   *chain;			/* of AkSource *: the tables behind to-many steps */
	AkCondition *where;			/* NULL: none */
	bool		grouped;		/* it is column a<column> of the groups' table t<alias>, */
	AkGathering *gathering;		/* or of the table that it shares with others; NULL: none */
	int			alias;
	int			column;
};

/* ---- aggregate_write.c ---- */

extern bool ak_query_is_limited(const AkAggregate *aggregate);
/* The call, with its conditions behind it where `filtered` says so, and what stands behind these. */
extern void ak_query_write_aggregate_alone(AkStatement *st, const AkExpr *expr, bool filtered);

/* ---- gather.c ---- */

/* Finds the table in which the aggregate may be a column, and where its rows are; false: there is none. */
extern bool ak_query_gather(AkQuery *query, AkExpr *expr, AkSpot *spot);
/* May a row lack its row there?  Then a count is NULL where it is 0. */
extern bool ak_query_gathers_groups(const AkGathering *gathering);

#endif
