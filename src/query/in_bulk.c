/*
 * in_bulk.c
 *		The read behind in_bulk: rows by the values of a unique field.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_index.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "query/internal.h"

/* Is the index unique over this column alone, and over all rows? */
static bool
is_unique_index(Oid indexid, AttrNumber attnum)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(indexid));
	Form_pg_index form;
	bool		unique;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	unique = form->indisunique && form->indnkeyatts == 1 && form->indkey.values[0] == attnum &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL);
	ReleaseSysCache(tuple);
	return unique;
}

static bool
is_unique(const AkField *field)
{
	Relation	table = table_open(field->model->relid, AccessShareLock);
	bool		unique = false;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(table))
		unique = unique || is_unique_index(lfirst_oid(cell), field->attnum);
	table_close(table, AccessShareLock);
	return unique;
}

/* The field whose values are the keys: unique, so that none hides another. */
static AkField *
bulk_field(const AkQuery *query, const char *name)
{
	AkField    *field;

	if (name == NULL)
		return ak_model_key(query->model);
	field = ak_model_field(query->model, name);
	if (field == NULL || field->attnum == 0)
		ak_model_no_field(query->model, name);
	if (!is_unique(field))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\" of model \"%s\" is not unique", field->name, query->model->label),
				 errhint("The field of in_bulk has one row for each value.")));
	return field;
}

/*
 * Where the keys are all that is asked, the index finds them, however many
 * there are: one plan serves, which would not pay to be made for each list.
 */
static bool
asks_for_keys_alone(const AkQuery *query)
{
	return list_length(query->where->members) == 1 && ak_query_plain(query);
}

AkCompiled *
ak_query_compile_in_bulk(AkQuery *query, const AkJson *keys, const char *name)
{
	AkField    *field = bulk_field(query, name);
	AkCompiled *compiled;

	ak_core_json_expect(keys, AK_JSON_ARRAY, "argument \"keys\"");
	if (ak_query_sliced(query))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot filter a query set once a slice has been taken")));
	ak_query_filter_field(query, field, "in", keys);
	compiled = ak_query_compile_fetch(query, AK_ORDER_SHOWN, field);
	compiled->statement.generic = asks_for_keys_alone(query);
	return compiled;
}
