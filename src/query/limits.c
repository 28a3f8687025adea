/*
 * limits.c
 *		How large a query set may be.
 *
 * A document that a client wrote may ask for more than a plan can bear.  Each
 * bound is a setting of the session, and an error that names it says so before
 * anything is run.  What was compiled under other bounds is compiled anew.
 */
#include "postgres.h"

#include "utils/guc.h"

#include "query/internal.h"

static int	most_tables = 500;
static int	most_depth = 64;
static int	most_members = 100000;
static int	generation = 0;

/* The settings changed. */
static void
assign(int value, void *extra)
{
	generation++;
}

int
ak_query_limits_generation(void)
{
	return generation;
}

void
ak_query_check_tables(int count)
{
	if (count > most_tables)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("a query set cannot read more than %d tables", most_tables),
				 errhint("The bound is the setting \"aksara.query_max_tables\".")));
}

/* The one that all others stand in. */
static AkQuery *
outermost(AkQuery *query)
{
	while (query->outer != NULL)
		query = query->outer;
	return query;
}

void
ak_query_enter(AkQuery *query)
{
	if (query != NULL && ++outermost(query)->depth > most_depth)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("a query set cannot be nested more than %d levels deep", most_depth),
				 errhint("The bound is the setting \"aksara.query_max_depth\".")));
}

void
ak_query_leave(AkQuery *query)
{
	if (query != NULL)
		outermost(query)->depth--;
}

void
ak_query_check_members(const char *what, int count)
{
	if (count > most_members)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("the list of \"%s\" has %d members, more than %d", what, count, most_members),
				 errhint("The bound is the setting \"aksara.query_max_list\".")));
}

void
ak_query_limits_init(void)
{
	DefineCustomIntVariable("aksara.query_max_tables",
							"Sets how many tables one query set may read.",
							NULL, &most_tables, 500, 1, 10000, PGC_USERSET, 0, NULL, assign, NULL);
	DefineCustomIntVariable("aksara.query_max_depth",
							"Sets how deep conditions, expressions and inner query sets may be nested.",
							NULL, &most_depth, 64, 1, 1000, PGC_USERSET, 0, NULL, assign, NULL);
	DefineCustomIntVariable("aksara.query_max_list",
							"Sets how many members a list in a query set may have.",
							NULL, &most_members, 100000, 1, 10000000, PGC_USERSET, 0, NULL, assign, NULL);
}
