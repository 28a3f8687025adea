/*
 * generated.c
 *		Columns that are computed: PostgreSQL does it after the trigger has run,
 *		so rules that read them compute them too.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "executor/executor.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/rel.h"

#include "validation/internal.h"

struct AkGenerated
{
	int			column;
	Bitmapset  *sources;		/* columns that it reads, as pull_varattnos() numbers them */
	ExprState  *value;
};

/* The columns of the table that are computed, into the current context. */
List *
ak_validation_generated(const AkModel *model)
{
	Relation	rel = table_open(model->relid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	List	   *list = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		AkGenerated *generated;
		Node	   *expression;

		if (!TupleDescAttr(desc, i)->attgenerated || TupleDescAttr(desc, i)->attisdropped)
			continue;
		generated = palloc0(sizeof(AkGenerated));
		expression = build_column_default(rel, i + 1);
		generated->column = i;
		pull_varattnos(expression, 1, &generated->sources);
		generated->value = ak_model_make_ready(expression, CurrentMemoryContext);
		list = lappend(list, generated);
	}
	table_close(rel, NoLock);
	return list;
}

/* Is all known that it is made of?  Where `known` is NULL everything is. */
static bool
can_compute(const AkGenerated *generated, const bool *known)
{
	int			source = -1;

	while (known && (source = bms_next_member(generated->sources, source)) >= 0)
	{
		int			column = source + FirstLowInvalidHeapAttributeNumber;

		if (column > 0 && !known[column - 1])
			return false;
	}
	return true;
}

/* Puts them into the row in the slot, as far as they can be told. */
void
ak_validation_compute(AkRules *rules, bool *known)
{
	ListCell   *cell;

	foreach(cell, rules->generated)
	{
		const AkGenerated *generated = lfirst(cell);
		bool		computed = can_compute(generated, known);
		TupleTableSlot *slot = rules->slot;

		slot->tts_isnull[generated->column] = true;
		if (computed)
			slot->tts_values[generated->column] = ExecEvalExpr(generated->value, rules->econtext,
															   &slot->tts_isnull[generated->column]);
		if (known != NULL)
			known[generated->column] = computed;
	}
}
