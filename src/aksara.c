/*-------------------------------------------------------------------------
 *
 * aksara.c
 *	  Module magic and start: one call per room, lowest floor first.
 *
 * Every room registers its own settings, hooks and callbacks in its init
 * function.  The setting prefix is reserved last, so that a misspelt
 * "aksara.…" setting is noticed once all the right ones are known.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/guc.h"

#include "core/core.h"
#include "model/model.h"
#include "query/query.h"
#include "relation/relation.h"
#include "signal/signal.h"
#include "task/task.h"
#include "validation/validation.h"

PG_MODULE_MAGIC;

void		_PG_init(void);

void
_PG_init(void)
{
	ak_core_init();
	ak_model_init();
	ak_relation_init();
	ak_query_init();
	ak_task_init();
	ak_validation_init();
	ak_signal_init();

	MarkGUCPrefixReserved("aksara");
}
