/*
 * unique.c
 *		The unique indexes of a model's table, and fields named by an argument.
 *
 * ON CONFLICT takes a unique index over exactly the named columns that is
 * checked at once, has no condition and no expressions.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "query/row.h"

/* ---- indexes ---- */

/* Gets an index of the table; true stops. */
typedef bool (*AkIndexFn) (HeapTuple tuple, Form_pg_index index, void *arg);

static bool
any_index(const AkModel *model, AkIndexFn match, void *arg)
{
	Relation	rel = table_open(model->relid, AccessShareLock);
	List	   *indexes = RelationGetIndexList(rel);
	bool		found = false;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(lfirst_oid(cell)));

		if (!HeapTupleIsValid(tuple))
			continue;
		found = match(tuple, (Form_pg_index) GETSTRUCT(tuple), arg);
		ReleaseSysCache(tuple);
		if (found)
			break;
	}
	table_close(rel, NoLock);
	return found;
}

static bool
is_deferrable(HeapTuple tuple, Form_pg_index index, void *arg)
{
	return (index->indisunique || index->indisexclusion) && !index->indimmediate;
}

bool
ak_query_has_deferrable_index(const AkModel *model)
{
	return any_index(model, is_deferrable, NULL);
}

/* Is the index one that ON CONFLICT (columns) can name? */
static bool
is_arbiter(HeapTuple tuple, Form_pg_index index)
{
	return index->indisunique && index->indimmediate && index->indisvalid &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
		heap_attisnull(tuple, Anum_pg_index_indexprs, NULL);
}

/* Is it over exactly these fields, in any order? */
static bool
is_over_fields(HeapTuple tuple, Form_pg_index index, void *arg)
{
	List	   *fields = arg;
	ListCell   *cell;

	if (!is_arbiter(tuple, index) || index->indnkeyatts != list_length(fields))
		return false;
	foreach(cell, fields)
	{
		const AkField *field = lfirst(cell);
		bool		found = false;

		for (int i = 0; i < index->indnkeyatts; i++)
			found = found || index->indkey.values[i] == field->attnum;
		if (!found)
			return false;
	}
	return true;
}

static const char *
column_name(const AkModel *model, AttrNumber attnum)
{
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->attnum == attnum)
			return model->fields[i]->name;
	return get_attname(model->relid, attnum, false);
}

typedef struct AkUniques
{
	const AkModel *model;
	StringInfoData names;		/* (a, b), (c) */
} AkUniques;

/* Adds the fields of each index that could be named. */
static bool
list_unique(HeapTuple tuple, Form_pg_index index, void *arg)
{
	AkUniques  *uniques = arg;

	if (!is_arbiter(tuple, index))
		return false;
	appendStringInfoString(&uniques->names, uniques->names.len ? ", (" : "(");
	for (int i = 0; i < index->indnkeyatts; i++)
		appendStringInfo(&uniques->names, "%s\"%s\"", i ? ", " : "",
						 column_name(uniques->model, index->indkey.values[i]));
	appendStringInfoChar(&uniques->names, ')');
	return false;
}

void
ak_query_require_unique(const AkModel *model, List *fields)
{
	AkUniques	uniques = {.model = model};
	StringInfoData wanted;
	ListCell   *cell;

	if (any_index(model, is_over_fields, fields))
		return;
	initStringInfo(&wanted);
	foreach(cell, fields)
		appendStringInfo(&wanted, "%s\"%s\"", wanted.len ? ", " : "", ((AkField *) lfirst(cell))->name);
	initStringInfo(&uniques.names);
	any_index(model, list_unique, &uniques);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
			 errmsg("nothing makes (%s) unique in model \"%s\"", wanted.data, model->label),
			 uniques.names.len ? errhint("Unique are %s.", uniques.names.data)
			 : errhint("The model has no unique constraint that is checked at once and has no condition.")));
}

/* ---- fields named by an argument ---- */

/* A field by its name; "pk" stands for every field of the key. */
static List *
named_fields(AkModel *model, const char *name)
{
	AkField    *field = ak_model_field(model, name);
	List	   *keys = NIL;

	if (field != NULL)
		return field->parts ? field->parts : list_make1(field);
	if (strcmp(name, "pk") != 0 || model->nkeys == 0)
		ak_model_no_field(model, name);
	for (int i = 0; i < model->nkeys; i++)
		keys = lappend(keys, model->keys[i]);
	return keys;
}

static void
require_column(const AkField *field, const char *argument)
{
	if (field->column == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("\"%s\" is a many-to-many relation and cannot stand in \"%s\"", field->name, argument)));
	if (field->attnum == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the column of field \"%s\" is gone", field->name)));
}

List *
ak_query_arg_fields(FunctionCallInfo fcinfo, int n, const char *argument, AkModel *model)
{
	List	   *fields = NIL;
	Datum	   *names;
	bool	   *nulls;
	int			count;
	ListCell   *cell;

	if (PG_ARGISNULL(n))
		ak_core_null_argument(argument);
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ak_core_null_argument(argument);
		foreach(cell, named_fields(model, TextDatumGetCString(names[i])))
		{
			require_column(lfirst(cell), argument);
			if (list_member_ptr(fields, lfirst(cell)))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("\"%s\" stands twice in \"%s\"", ((AkField *) lfirst(cell))->name, argument)));
			fields = lappend(fields, lfirst(cell));
		}
	}
	return fields;
}
