/*
 * guard.c
 *		The upper room that has a say in writes by document (validation).
 *
 * It brings values into their normal form and says what is wrong with a row
 * together with what was wrong with its document, and it puts the violations
 * that PostgreSQL reports into the same words.
 */
#include "postgres.h"

#include "query/encode.h"
#include "query/row.h"

static const AkWriteGuard *guard = NULL;

void
ak_query_on_write(const AkWriteGuard *given)
{
	Assert(guard == NULL);
	guard = given;
}

void
ak_query_clean(AkRow *row, bool fresh, AkProblems *problems)
{
	if (guard != NULL)
		guard->clean(row, fresh, problems);
}

/* Raises the current error again, in the guard's words. */
static void
raise_again(const AkModel *model, MemoryContext context)
{
	ErrorData  *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	FlushErrorState();
	guard->translate(model, error);
	ReThrowError(error);
}

uint64
ak_query_run_write(const AkModel *model, AkStatement *st, int flags, AkRowFn each, void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	volatile uint64 count = 0;

	if (guard == NULL)
		return ak_core_run(st, flags, each, arg);
	PG_TRY();
	{
		count = ak_core_run(st, flags, each, arg);
	}
	PG_CATCH();
	{
		raise_again(model, context);
	}
	PG_END_TRY();
	return count;
}

/* Runs a write; false where it gave no row back. */
bool
ak_query_run_returning(const AkModel *model, const AkLevel *level, AkStatement *st, Datum *object)
{
	AkRun		run = {.level = level, .key = -1, .emit = ak_query_keep_first, .arg = object};
	MemoryContext context = CurrentMemoryContext;

	*object = (Datum) 0;
	PG_TRY();
	{
		ak_query_run_level(&run, st);
	}
	PG_CATCH();
	{
		if (guard == NULL)
			PG_RE_THROW();
		raise_again(model, context);
	}
	PG_END_TRY();
	return *object != (Datum) 0;
}
