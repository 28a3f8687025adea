/*
 * procedure.c
 *		Procedures in C that commit as they go.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "funcapi.h"
#include "nodes/parsenodes.h"
#include "utils/memutils.h"
#include "utils/portal.h"

#include "core/core.h"

MemoryContext
ak_core_open_procedure(FunctionCallInfo fcinfo, const char *name)
{
	CallContext *call = (CallContext *) fcinfo->context;

	if (call == NULL || !IsA(call, CallContext) || call->atomic)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
				 errmsg("%s cannot be called inside a transaction block", name),
				 errhint("Call it by itself, where the driver commits each statement.")));
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	return PortalContext;
}

void
ak_core_commit_step(void)
{
	SPI_commit();
}

Datum
ak_core_close_procedure(FunctionCallInfo fcinfo, Datum value)
{
	TupleDesc	desc;
	bool		isnull = false;

	SPI_finish();
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), &value, &isnull));
}
