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

static bool
is_document(const AkArgument *argument, const AkField *key)
{
	char		category;
	bool		preferred;
	const char *text = argument->text;

	if (argument->type == JSONOID || argument->type == JSONBOID || argument->type == ak_core_type("doc"))
		return true;
	if (argument->type != UNKNOWNOID && argument->type != TEXTOID && argument->type != VARCHAROID)
		return false;
	get_type_category_preferred(key->typid, &category, &preferred);
	while (isspace((unsigned char) *text))
		text++;
	return *text == '{' && category != TYPCATEGORY_STRING;
}

/* The key that a document value states: the value, or what an object holds. */
static const AkJson *
key_in(const AkJson *value, const AkModel *model, const char *name)
{
	if (value->kind == AK_JSON_NULL)
		ak_core_null_argument(name);
	if (value->kind != AK_JSON_OBJECT)
		return value;
	value = ak_relation_object_key(model, value);
	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" does not hold the key of a row of model \"%s\"", name, model->label),
				 errhint("The key is \"%s\".", ak_model_key(model)->json_name)));
	return value;
}

/* The key that an argument states, as a document value. */
static const AkJson *
key_of(const AkArgument *argument, const AkModel *model, const char *name)
{
	if (argument->isnull)
		ak_core_null_argument(name);
	if (!is_document(argument, ak_model_key(model)))
		return ak_core_arg_to_json(argument);
	return key_in(ak_core_json_parse(argument->text, strlen(argument->text), psprintf("argument \"%s\"", name)),
				  model, name);
}

/* Sets the targets from a list of key values. */
static void
take_targets(AkLink *link, AkJson *keys)
{
	link->ntargets = keys->size;
	link->targets = ak_model_read_list(link->other_key, keys);
}

static void
read_targets(AkLink *link, List *arguments, const char *name)
{
	AkJson	   *keys = ak_core_json_array();
	ListCell   *cell;

	foreach(cell, arguments)
		ak_core_json_push(keys, unconstify(AkJson *, key_of(lfirst(cell), link->step.to, name)));
	take_targets(link, keys);
}

void
ak_relation_read_targets(AkLink *link, const AkJson *targets, const char *name)
{
	AkJson	   *keys = ak_core_json_array();

	for (int i = 0; i < targets->size; i++)
		ak_core_json_push(keys, unconstify(AkJson *, key_in(targets->items[i], link->step.to, name)));
	take_targets(link, keys);
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

static bool
take_value(TupleTableSlot *row, void *arg)
{
	AkValue    *value = arg;
	Form_pg_attribute column = TupleDescAttr(row->tts_tupleDescriptor, 0);
	Datum		datum = slot_getattr(row, 1, &value->isnull);

	value->type = column->atttypid;
	if (!value->isnull)
		value->datum = datumCopy(datum, column->attbyval, column->attlen);
	return false;
}

/* What the row with this key has in a field that is not the key: there the relation ends. */
static AkValue
referenced_value(const AkStep *step, const AkValue *key)
{
	const AkField *own = ak_model_key(step->from);
	const AkField *field = step->relation->target_field;
	AkValue		value = {.isnull = true};
	AkStatement st;
	uint64		found;

	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "SELECT %s FROM %s WHERE %s ", ak_core_quote(field->column),
					 step->from->sql_name, ak_core_quote(own->column));
	ak_core_operator(&st.sql, ak_core_btree_operator(key->type, BTEqualStrategyNumber));
	appendStringInfoChar(&st.sql, ' ');
	ak_core_bind(&st, key->type, key->datum, false);
	found = ak_core_run(&st, AK_RUN_READ, take_value, &value);
	if (found == 0 || value.isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("model \"%s\" has no row with key %s and a value of \"%s\"", step->from->label,
						ak_core_output_iso(key->type, key->datum), field->name)));
	return value;
}

void
ak_relation_read_link(FunctionCallInfo fcinfo, bool or_one, AkLink *link)
{
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "model");
	AkArgument *key = ak_core_arg_value(fcinfo, 1);
	char	   *accessor = ak_core_arg_cstring(fcinfo, 2, "accessor");
	AkModel    *model = ak_model_resolve(ak_model_registry(), name);

	memset(link, 0, sizeof(AkLink));
	if (!ak_relation_step(model, accessor, &link->step))
		no_accessor(model, accessor);
	if (!or_one || !link->step.reverse)
		require_many(&link->step);
	link->other_key = ak_model_key(link->step.to);
	link->key = ak_model_read_strict(ak_model_key(model), key_of(key, model, "key"));
	if (link->step.relation->kind != AK_MANY_TO_MANY && link->step.relation->target_field != ak_model_key(model))
		link->key = referenced_value(&link->step, &link->key);
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
