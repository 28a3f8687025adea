/*
 * inline_calls.c
 *		Which functions are calls of ours, by OID.
 *
 * A function counts when it stands in schema aksara under the right name, is
 * written in C and has the right symbol, so that nothing else can pass for
 * it.  The table is made at first need and anew after any change of a
 * function or schema; where the extension is not installed it stays empty.
 */
#include "postgres.h"

#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "query/inline.h"

static const AkCall calls[] = {
	{"rows", "ak_query_sql_rows", AK_CALL_ROWS, NULL, false},
	{"count", "ak_query_sql_count", AK_CALL_COUNT, NULL, false},
	{"count", "ak_query_sql_count_where", AK_CALL_COUNT_WHERE, NULL, false},
	{"exists", "ak_query_sql_exists", AK_CALL_EXISTS, NULL, false},
	{"exists", "ak_query_sql_exists_where", AK_CALL_EXISTS_WHERE, NULL, false},
	{"filter", "ak_query_filter_pairs", AK_CALL_PAIRS, "filter", false},
	{"filter", "ak_query_filter_document", AK_CALL_CONDITIONS, "filter", false},
	{"filter", "ak_query_set_filter_pair", AK_CALL_SET_PAIR, "filter", false},
	{"filter", "ak_query_set_filter_text", AK_CALL_SET_PAIR, "filter", true},
	{"filter", "ak_query_set_filter_document", AK_CALL_SET_CONDITIONS, "filter", false},
	{"exclude", "ak_query_exclude_pairs", AK_CALL_PAIRS, "exclude", false},
	{"exclude", "ak_query_exclude_document", AK_CALL_CONDITIONS, "exclude", false},
	{"exclude", "ak_query_set_exclude_pair", AK_CALL_SET_PAIR, "exclude", false},
	{"exclude", "ak_query_set_exclude_text", AK_CALL_SET_PAIR, "exclude", true},
	{"exclude", "ak_query_set_exclude_document", AK_CALL_SET_CONDITIONS, "exclude", false},
	{"order_by", "ak_query_set_order_by", AK_CALL_SET_OP, NULL, false},
	{"distinct", "ak_query_set_distinct", AK_CALL_SET_OP, NULL, false},
	{"annotate", "ak_query_set_annotate", AK_CALL_SET_OP, NULL, false},
	{"alias", "ak_query_set_alias", AK_CALL_SET_OP, NULL, false},
	{"group_by", "ak_query_set_group_by", AK_CALL_SET_OP, NULL, false},
	{"pick", "ak_query_set_pick", AK_CALL_SET_OP, NULL, false},
	{"only", "ak_query_set_only", AK_CALL_SET_OP, NULL, false},
	{"defer", "ak_query_set_defer", AK_CALL_SET_OP, NULL, false},
	{"select_related", "ak_query_set_select_related", AK_CALL_SET_OP, NULL, false},
	{"prefetch_related", "ak_query_set_prefetch_related", AK_CALL_SET_OP, NULL, false},
	{"reverse", "ak_query_set_reverse", AK_CALL_SET_OP, NULL, false},
	{"slice", "ak_query_slice_stop", AK_CALL_SLICE, NULL, false},
	{"slice", "ak_query_slice", AK_CALL_SLICE, NULL, false},
	{"slice", "ak_query_set_slice", AK_CALL_SET_SLICE, NULL, false},
	{"any_of", "ak_query_any_of", AK_CALL_TOGETHER, "$or", false},
	{"all_of", "ak_query_all_of", AK_CALL_TOGETHER, "$and", false},
	{"xor", "ak_query_xor", AK_CALL_TOGETHER, "$xor", false},
	{"none_of", "ak_query_none_of", AK_CALL_NONE_OF, "$or", false},
	{"union", "ak_query_union", AK_CALL_COMBINED, "union", false},
	{"union_all", "ak_query_union_all", AK_CALL_COMBINED_ALL, "union", false},
	{"intersection", "ak_query_intersection", AK_CALL_COMBINED, "intersection", false},
	{"difference", "ak_query_difference", AK_CALL_COMBINED, "difference", false},
	{"objects", "ak_query_objects", AK_CALL_OBJECTS, NULL, false},
	{"related", "ak_query_sql_related", AK_CALL_RELATED, NULL, true},
	{"related", "ak_query_sql_related_any", AK_CALL_RELATED, NULL, false},
	{"pipe", "ak_query_pipe", AK_CALL_PIPE, NULL, false},
};

#define MOST_FUNCTIONS 60		/* some symbols have two functions */

static struct
{
	Oid			function;
	const AkCall *call;
}			known[MOST_FUNCTIONS];

static int	nknown = 0;
static bool current = false;

static void
forget(Datum arg, int cacheid, uint32 hash)
{
	current = false;
}

void
ak_query_calls_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, forget, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, forget, (Datum) 0);
}

/* Is the function of pg_proc's row the one that the call names? */
static bool
is_call(HeapTuple row, const AkCall *call)
{
	bool		isnull;
	Datum		symbol;

	if (((Form_pg_proc) GETSTRUCT(row))->prolang != ClanguageId)
		return false;
	symbol = SysCacheGetAttr(PROCOID, row, Anum_pg_proc_prosrc, &isnull);
	return !isnull && strcmp(TextDatumGetCString(symbol), call->symbol) == 0;
}

static void
find_functions(const AkCall *call, Oid schema)
{
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(call->name));

	for (int i = 0; i < list->n_members; i++)
	{
		HeapTuple	row = &list->members[i]->tuple;
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(row);

		if (form->pronamespace != schema || !is_call(row, call) || nknown >= MOST_FUNCTIONS)
			continue;
		known[nknown].function = form->oid;
		known[nknown].call = call;
		nknown++;
	}
	ReleaseSysCacheList(list);
}

/* An invalidation that arrives meanwhile makes the table stale at once. */
bool
ak_query_calls_known(void)
{
	Oid			schema;

	if (current)
		return nknown > 0;
	current = true;
	nknown = 0;
	schema = ak_core_schema();
	for (int i = 0; OidIsValid(schema) && i < (int) lengthof(calls); i++)
		find_functions(&calls[i], schema);
	return nknown > 0;
}

const AkCall *
ak_query_call(Oid function)
{
	for (int i = 0; i < nknown; i++)
		if (known[i].function == function)
			return known[i].call;
	return NULL;
}
