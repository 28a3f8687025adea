/*
 * returning.c
 *		The row that a write gives back.
 *
 * RETURNING names the columns of the model's fields; the row becomes an
 * object as those of a read do.  How is worked out once for a model and kept
 * with the picture of the registry.
 */
#include "postgres.h"

#include "query/encode.h"

/* Appends RETURNING with the columns of the row of `model` that is written under t0. */
const AkLevel *
ak_query_write_returning(AkStatement *st, AkModel *model)
{
	const AkLevel *level = model->row_level;

	if (level == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(model->registry->context);
		AkSource   *source = palloc0(sizeof(AkSource));

		source->model = model;
		source->junction = -1;
		source->used = true;
		level = model->row_level = ak_query_compile_level(source, NIL, NULL);
		MemoryContextSwitchTo(old);
	}
	appendStringInfoString(&st->sql, " RETURNING ");
	if (level->noutputs == 0)
		appendStringInfoString(&st->sql, "NULL");
	ak_query_write_outputs(st, level);
	return level;
}
