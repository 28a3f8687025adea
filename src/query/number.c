/*
 * number.c
 *		Reads of one value: how many rows there are, and whether there are any.
 *
 * The order makes no difference to either, so it is left out of the statement
 * where no slice or DISTINCT ON makes it part of the answer.
 */
#include "postgres.h"

#include "query/group.h"

/* FROM …, for an exit to which the order makes no difference. */
static void
write_unordered(AkStatement *st, AkQuery *query, const char *before, const char *after)
{
	AkLayout	layout;

	query->ordered = true;
	query->order = NIL;
	layout = ak_query_lay_out(query, AK_ORDER_HIDDEN);
	appendStringInfoString(&st->sql, before);
	ak_query_write_head(st, &layout);
	appendStringInfoString(&st->sql, after);
	ak_query_write_tail(st, query, &layout);
	ak_query_write_limit(st, query);
}

static AkCompiled *
make_compiled(const AkQuery *query)
{
	AkCompiled *compiled = palloc0(sizeof(AkCompiled));

	ak_query_refuse_lock(query);
	compiled->model = query->model;
	compiled->flags = AK_RUN_READ;
	ak_core_statement_init(&compiled->statement);
	return compiled;
}

/* How many groups there are, or whether there are any. */
static AkCompiled *
compile_groups(AkQuery *query, const char *before, const char *after)
{
	AkCompiled *compiled = make_compiled(query);

	appendStringInfoString(&compiled->statement.sql, before);
	(void) ak_query_write_groups(&compiled->statement, query, AK_ORDER_HIDDEN);
	appendStringInfoString(&compiled->statement.sql, after);
	return compiled;
}

AkCompiled *
ak_query_compile_count(AkQuery *query)
{
	AkCompiled *compiled = make_compiled(query);
	AkStatement *st = &compiled->statement;

	query->whole = true;
	if (ak_query_puts_together(query))
		return compile_groups(query, "SELECT pg_catalog.count(*) FROM (", ") AS r");
	if (query->unlike && query->picked != NIL)
	{
		appendStringInfoString(&st->sql, "SELECT pg_catalog.count(*) FROM (");
		ak_query_write_answer(st, query, AK_ORDER_HIDDEN);
		appendStringInfoString(&st->sql, ") AS r");
	}
	else if (!ak_query_sliced(query) && query->distinct_on == NIL)
		write_unordered(st, query, "", "pg_catalog.count(*)");
	else
	{
		write_unordered(st, query, "SELECT pg_catalog.count(*) FROM (", "1");
		appendStringInfoString(&st->sql, ") AS r");
	}
	return compiled;
}

AkCompiled *
ak_query_compile_exists(AkQuery *query)
{
	AkCompiled *compiled = make_compiled(query);

	if (ak_query_puts_together(query))
		return compile_groups(query, "SELECT EXISTS (", ")");
	if (query->unlike && query->picked != NIL)
	{
		appendStringInfoString(&compiled->statement.sql, "SELECT EXISTS (");
		ak_query_write_answer(&compiled->statement, query, AK_ORDER_HIDDEN);
	}
	else
		write_unordered(&compiled->statement, query, "SELECT EXISTS (", "1");
	appendStringInfoChar(&compiled->statement.sql, ')');
	return compiled;
}

Datum
ak_query_run_value(const AkCompiled *compiled, AkStatement *bound)
{
	Datum		value;
	bool		isnull;

	if (!ak_core_run_one(bound, compiled->flags, &value, &isnull) || isnull)
		elog(ERROR, "query gave no value");
	return value;
}
