/*
 * core.c
 *		The ground floor's entry, and type aksara.doc.
 *
 * A doc is JSON text as it was written.  It differs from json in what casts
 * to it implicitly: json, jsonb, text and varchar all do, so that one
 * signature takes every client's spelling of a document.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/jsonfuncs.h"

#include "core/core.h"

PG_FUNCTION_INFO_V1(ak_core_doc_in);
PG_FUNCTION_INFO_V1(ak_core_doc_out);

static bool restoring = false;

void
ak_core_init(void)
{
	DefineCustomBoolVariable("aksara.restoring",
							 "Rows that are written come from a dump: what writes set in motion stays still.",
							 "It counts for the tables of whoever sets it.",
							 &restoring, false, PGC_USERSET, 0, NULL, NULL, NULL);
}

bool
ak_core_is_restoring(Oid relid)
{
	return restoring && ak_table_owned(relid);
}

/* Accepts what json accepts and keeps the text. */
Datum
ak_core_doc_in(PG_FUNCTION_ARGS)
{
	char	   *source = PG_GETARG_CSTRING(0);

	pg_parse_json_or_ereport(ak_json_validator(source, strlen(source)), &nullSemAction);
	PG_RETURN_TEXT_P(cstring_to_text(source));
}

Datum
ak_core_doc_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(text_to_cstring(PG_GETARG_TEXT_PP(0)));
}
