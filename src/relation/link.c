/*
 * link.c
 *		related_add, _remove, _set, _clear, _contains: what SQL calls.
 *
 * Each exists over "any" and over text; a key is read by the key field's type
 * in both.  An object that holds the whole key stands for its row.
 */
#include "postgres.h"

#include <ctype.h>

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "relation/internal.h"

PG_FUNCTION_INFO_V1(ak_relation_related_add);
PG_FUNCTION_INFO_V1(ak_relation_related_remove);
PG_FUNCTION_INFO_V1(ak_relation_related_set);
PG_FUNCTION_INFO_V1(ak_relation_related_clear);
PG_FUNCTION_INFO_V1(ak_relation_related_contains);

/* ---- keys ---- */

/* Is the argument an object, or text that can be no key but an object? */
static bool
is_document(const AkArgument *argument, List *keys)
{
	char		category = TYPCATEGORY_UNKNOWN;
	bool		preferred;
	const char *text = argument->text;

	if (argument->type == JSONOID || argument->type == JSONBOID || argument->type == ak_core_type("doc"))
		return true;
	if (argument->type != UNKNOWNOID && argument->type != TEXTOID && argument->type != VARCHAROID)
		return false;
	if (list_length(keys) == 1)
		get_type_category_preferred(((AkField *) linitial(keys))->typid, &category, &preferred);
	while (isspace((unsigned char) *text))
		text++;
	return *text == '{' && category != TYPCATEGORY_STRING;
}

/* "a", "b" */
static char *
names_of(List *fields)
{
	StringInfoData names;
	ListCell   *cell;

	initStringInfo(&names);
	foreach(cell, fields)
		appendStringInfo(&names, "%s\"%s\"", names.len ? ", " : "", ((AkField *) lfirst(cell))->json_name);
	return names.data;
}

/* The key that a document value states, as values of its fields: what an object holds, or the value alone. */
static List *
key_in(const AkJson *value, List *keys, const char *name)
{
	const AkModel *model = ((AkField *) linitial(keys))->model;
	List	   *values = NIL;

	if (value->kind == AK_JSON_NULL)
		ak_core_null_argument(name);
	if (value->kind == AK_JSON_OBJECT)
		values = ak_relation_object_values(keys, value);
	else if (list_length(keys) == 1)
		return list_make1(unconstify(AkJson *, value));
	if (values == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" does not hold the key of a row of model \"%s\"", name, model->label),
				 errhint("The key is %s.", names_of(keys))));
	return values;
}

/* The key that an argument states, as document values of its fields. */
static List *
key_of(const AkArgument *argument, List *keys, const char *name)
{
	if (argument->isnull)
		ak_core_null_argument(name);
	if (is_document(argument, keys))
		return key_in(ak_core_json_parse(argument->text, strlen(argument->text), psprintf("argument \"%s\"", name)),
					  keys, name);
	if (list_length(keys) > 1)
		return key_in(ak_core_arg_to_json(argument), keys, name);	/* raises */
	return list_make1(ak_core_arg_to_json(argument));
}

/* Adds a target: its values go into a list for each key field. */
static void
add_target(AkJson **lists, List *values)
{
	for (int i = 0; i < list_length(values); i++)
		ak_core_json_push(lists[i], list_nth(values, i));
}

static AkJson **
new_lists(const AkLink *link)
{
	AkJson	  **lists = palloc(sizeof(AkJson *) * list_length(link->other_keys));

	for (int i = 0; i < list_length(link->other_keys); i++)
		lists[i] = ak_core_json_array();
	return lists;
}

/* Sets the targets from the lists of their keys' values. */
static void
take_targets(AkLink *link, AkJson **lists)
{
	int			count = list_length(link->other_keys);

	link->ntargets = lists[0]->size;
	link->targets = palloc(sizeof(AkValue) * count);
	for (int i = 0; i < count; i++)
		link->targets[i] = ak_model_read_list(list_nth(link->other_keys, i), lists[i]);
}

static void
read_targets(AkLink *link, List *arguments, const char *name)
{
	AkJson	  **lists = new_lists(link);
	ListCell   *cell;

	foreach(cell, arguments)
		add_target(lists, key_of(lfirst(cell), link->other_keys, name));
	take_targets(link, lists);
}

void
ak_relation_read_targets(AkLink *link, const AkJson *targets, const char *name)
{
	AkJson	  **lists = new_lists(link);

	for (int i = 0; i < targets->size; i++)
		add_target(lists, key_in(targets->items[i], link->other_keys, name));
	take_targets(link, lists);
}

/* ---- the link ---- */

static void
no_accessor(const AkModel *model, const char *accessor)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("model \"%s\" has no relation \"%s\"", model->label, accessor),
			 ak_core_hint_nearest(accessor, ak_relation_accessors(model))));
}

static void
require_many(const AkStep *step)
{
	const AkRelation *relation = step->relation;

	if (step->many)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("\"%s\" of model \"%s\" is a single row", step->accessor, step->from->label),
			 errhint("Write field \"%s\" of model \"%s\".", relation->field->name, relation->source->label)));
}

/* Takes the row's values; `arg` has room for as many. */
static bool
take_values(TupleTableSlot *row, void *arg)
{
	AkValue    *values = arg;

	for (int i = 0; i < row->tts_tupleDescriptor->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(row->tts_tupleDescriptor, i);
		Datum		datum = slot_getattr(row, i + 1, &values[i].isnull);

		values[i].type = column->atttypid;
		if (!values[i].isnull)
			values[i].datum = datumCopy(datum, column->attbyval, column->attlen);
	}
	return false;
}

static char *
values_text(const AkValue *values, int count)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < count; i++)
		appendStringInfo(&text, "%s%s", i ? ", " : "", ak_core_output_iso(values[i].type, values[i].datum));
	return count == 1 ? text.data : psprintf("(%s)", text.data);
}

/* SELECT of the fields that a relation refers to, of the row with this key. */
static void
write_referenced(AkStatement *st, const AkModel *model, List *fields, const AkValue *keys)
{
	const char *before = "SELECT ";
	ListCell   *cell;

	ak_core_statement_init(st);
	foreach(cell, fields)
	{
		appendStringInfo(&st->sql, "%s%s", before, ak_core_quote(((AkField *) lfirst(cell))->column));
		before = ", ";
	}
	appendStringInfo(&st->sql, " FROM %s", model->sql_name);
	for (int i = 0; i < model->nkeys; i++)
	{
		appendStringInfo(&st->sql, "%s%s ", i ? " AND " : " WHERE ", ak_core_quote(model->keys[i]->column));
		ak_core_operator(&st->sql, ak_core_btree_operator(keys[i].type, BTEqualStrategyNumber));
		appendStringInfoChar(&st->sql, ' ');
		ak_core_bind(st, keys[i].type, keys[i].datum, false);
	}
}

/* What the row with this key has in fields that are not the key: there the relation ends. */
static void
find_referenced_values(AkLink *link)
{
	const AkModel *model = link->step.from;
	List	   *fields = link->step.relation->target_fields;
	AkValue    *values = palloc0(sizeof(AkValue) * list_length(fields));
	bool		whole;
	AkStatement st;

	write_referenced(&st, model, fields, link->keys);
	whole = ak_core_run(&st, AK_RUN_READ, take_values, values) > 0;
	for (int i = 0; whole && i < list_length(fields); i++)
		whole = !values[i].isnull;
	if (!whole)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("model \"%s\" has no row with key %s and a value of %s", model->label,
						values_text(link->keys, link->nkeys), names_of(fields))));
	link->keys = values;
	link->nkeys = list_length(fields);
}

/* Puts the values of a key in the order in which the relation refers to its fields; false where it refers to others. */
static bool
arrange_key(AkLink *link)
{
	const AkModel *model = link->step.from;
	List	   *fields = link->step.relation->target_fields;
	AkValue    *arranged = palloc(sizeof(AkValue) * model->nkeys);
	int			count = 0;
	ListCell   *cell;

	foreach(cell, fields)
		for (int i = 0; i < model->nkeys; i++)
			if (model->keys[i] == lfirst(cell) && count < model->nkeys)
				arranged[count++] = link->keys[i];
	if (count != model->nkeys || list_length(fields) != count)
		return false;
	link->keys = arranged;
	return true;
}

static List *
require_key(const AkModel *model)
{
	if (model->nkeys == 0)
		(void) ak_model_key(model);		/* raises */
	return ak_relation_key_fields(model);
}

void
ak_relation_read_link(FunctionCallInfo fcinfo, bool or_one, AkLink *link)
{
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "model");
	AkArgument *key = ak_core_arg_value(fcinfo, 1);
	char	   *accessor = ak_core_arg_cstring(fcinfo, 2, "accessor");
	AkModel    *model = ak_model_resolve(ak_model_registry(), name);
	List	   *own = require_key(model);
	List	   *values;

	memset(link, 0, sizeof(AkLink));
	if (!ak_relation_step(model, accessor, &link->step))
		no_accessor(model, accessor);
	if (!or_one || !link->step.reverse)
		require_many(&link->step);
	link->other_keys = require_key(link->step.to);
	values = key_of(key, own, "key");
	link->nkeys = model->nkeys;
	link->keys = palloc(sizeof(AkValue) * link->nkeys);
	for (int i = 0; i < link->nkeys; i++)
		link->keys[i] = ak_model_read_strict(model->keys[i], list_nth(values, i));
	if (link->step.relation->kind != AK_MANY_TO_MANY && !arrange_key(link))
		find_referenced_values(link);
}

/* Reads the arguments model, key and accessor of a to-many relation. */
static void
read_link(FunctionCallInfo fcinfo, AkLink *link)
{
	ak_relation_read_link(fcinfo, false, link);
}

Datum
ak_relation_related_add(PG_FUNCTION_ARGS)
{
	AkLink		link;

	read_link(fcinfo, &link);
	read_targets(&link, ak_core_arg_values(fcinfo, 3), "targets");
	PG_RETURN_INT32(ak_relation_link(&link));
}

Datum
ak_relation_related_remove(PG_FUNCTION_ARGS)
{
	AkLink		link;

	read_link(fcinfo, &link);
	read_targets(&link, ak_core_arg_values(fcinfo, 3), "targets");
	PG_RETURN_INT32(ak_relation_unlink(&link));
}

/* Removes what is not among the targets and adds what is missing; the rest is not touched. */
Datum
ak_relation_related_set(PG_FUNCTION_ARGS)
{
	AkLink		link;
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	read_link(fcinfo, &link);
	read_targets(&link, ak_core_arg_values(fcinfo, 3), "targets");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[1] = Int32GetDatum(ak_relation_unlink_others(&link));
	values[0] = Int32GetDatum(ak_relation_link(&link));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

Datum
ak_relation_related_clear(PG_FUNCTION_ARGS)
{
	AkLink		link;

	read_link(fcinfo, &link);
	PG_RETURN_INT32(ak_relation_unlink_all(&link));
}

Datum
ak_relation_related_contains(PG_FUNCTION_ARGS)
{
	AkLink		link;

	read_link(fcinfo, &link);
	read_targets(&link, list_make1(ak_core_arg_value(fcinfo, 3)), "target");
	PG_RETURN_BOOL(ak_relation_is_linked(&link));
}
