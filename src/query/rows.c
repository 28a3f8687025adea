/*
 * rows.c
 *		rows(NULL::posts, query set): the rows themselves, in their own type.
 *
 * The whole row is selected, so that dropped columns stand where the type has
 * them.  An order is kept where it was said, or where a slice or DISTINCT ON
 * makes it part of the answer.
 *
 * This is the ordinary function, for where inline.c leaves the call alone.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

PG_FUNCTION_INFO_V1(ak_query_sql_rows);

void
ak_query_check_row_type(const AkModel *model, Oid type)
{
	if (OidIsValid(type) && get_typ_typrelid(getBaseType(type)) == model->relid)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("model \"%s\" has rows of type %s, not %s", model->label, model->sql_name,
					OidIsValid(type) ? format_type_be(type) : "an unknown type"),
			 errhint("Write rows(NULL::%s, ...).", model->sql_name)));
}

static bool
put_row(TupleTableSlot *row, void *arg)
{
	ReturnSetInfo *result = arg;
	bool		isnull;
	HeapTupleHeader header = DatumGetHeapTupleHeader(slot_getattr(row, 1, &isnull));
	HeapTupleData tuple;

	CHECK_FOR_INTERRUPTS();
	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_tableOid = InvalidOid;
	tuple.t_data = header;
	tuplestore_puttuple(result->setResult, &tuple);
	return true;
}

Datum
ak_query_sql_rows(PG_FUNCTION_ARGS)
{
	AkQuery    *query = ak_query_argument(fcinfo, 1, "qs");
	AkLayout	layout;
	AkStatement st;

	ak_query_refuse_lock(query);
	ak_query_check_row_type(query->model, get_fn_expr_argtype(fcinfo->flinfo, 0));
	InitMaterializedSRF(fcinfo, 0);
	layout = ak_query_lay_rows(query, AK_ORDER_SAID);
	ak_core_statement_init(&st);
	ak_query_write_head(&st, &layout);
	appendStringInfo(&st.sql, "t%d", query->source->alias);
	ak_query_write_tail(&st, query, &layout);
	ak_query_write_limit(&st, query);
	ak_core_run(&st, AK_RUN_READ, put_row, fcinfo->resultinfo);
	return (Datum) 0;
}
