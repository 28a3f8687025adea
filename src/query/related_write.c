/*
 * related_write.c
 *		related_create and related_link: rows made behind a row, and links that
 *		carry values of their own.
 *
 * Room relation makes the links; what the row of a through model holds besides
 * its two keys is a document, read here as every row is.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"

#include "query/row.h"

PG_FUNCTION_INFO_V1(ak_query_related_create);
PG_FUNCTION_INFO_V1(ak_query_related_link);

/* ---- through_defaults ---- */

static void
refuse_given(const AkRow *row, const AkField *field, AkProblems *problems)
{
	if (row->named[field->index])
		ak_core_problem(problems, field->name, ERRCODE_INVALID_PARAMETER_VALUE, "not_writable",
						"\"%s\" is set by the relation", field->name);
	row->named[field->index] = true;
}

/* The fields that a foreign key sets: its own, or those that it is over. */
static void
refuse_link(const AkRow *row, const AkField *key, AkProblems *problems)
{
	bool		said = row->named[key->index];
	ListCell   *cell;

	refuse_given(row, key, problems);
	foreach(cell, key->parts)
	{
		const AkField *part = lfirst(cell);

		if (!said)
			refuse_given(row, part, problems);
		row->named[part->index] = true;
	}
}

/* Reads what new rows of the through model get besides their keys to both sides. */
static void
read_through_defaults(AkLink *link, const AkJson *defaults)
{
	const AkRelation *relation = link->step.relation;
	AkProblems	problems = {0};
	AkField    *source;
	AkField    *target;
	AkRow		row;

	if (relation->through == NULL || !ak_relation_through_fields(relation, &source, &target))
	{
		if (defaults->size > 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"%s\" of model \"%s\" has no through model, so there are no through_defaults",
							link->step.accessor, link->step.from->label)));
		return;
	}
	ak_query_read_row(relation->through, defaults, &row, &problems);
	refuse_link(&row, source, &problems);
	refuse_link(&row, target, &problems);
	if (!ak_query_triggers_fill(relation->through, false))
		ak_query_require(&row, &problems);
	ak_query_clean(&row, true, &problems);
	ak_core_problems_raise(&problems, relation->through->app, relation->through->table);
	link->nextra = row.count;
	link->extra = row.fields;
	link->extra_values = row.values;
}

/* ---- related_link ---- */

/* related_link(model, key, accessor, targets, through_defaults, replace) → (added, removed). */
Datum
ak_query_related_link(PG_FUNCTION_ARGS)
{
	AkJson	   *targets;
	AkLink		link;
	TupleDesc	desc;
	Datum		values[2] = {Int32GetDatum(0), Int32GetDatum(0)};
	bool		nulls[2] = {false, false};

	ak_relation_read_link(fcinfo, false, &link);
	targets = ak_core_arg_json(fcinfo, 3, "targets");
	ak_core_json_expect(targets, AK_JSON_ARRAY, "argument \"targets\"");
	ak_relation_read_targets(&link, targets, "targets");
	read_through_defaults(&link, ak_query_arg_object(fcinfo, 4, "through_defaults"));
	if (PG_ARGISNULL(5))
		ak_core_null_argument("replace");
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	if (PG_GETARG_BOOL(5))
		values[1] = Int32GetDatum(ak_relation_unlink_others(&link));
	values[0] = Int32GetDatum(ak_relation_link(&link));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* ---- related_create ---- */

static void
set_key(AkRow *row, const AkLink *link)
{
	int			i = 0;
	ListCell   *cell;

	foreach(cell, link->step.relation->source_fields)
		ak_query_set_value(row, lfirst(cell), link->keys[i++]);
}

/* Makes a row whose foreign key is the link. */
static Datum
create_behind(const AkLink *link, const AkJson *document)
{
	AkModel    *model = link->step.to;
	AkField    *field = link->step.relation->field;
	AkProblems	problems = {0};
	AkRow		row;

	ak_query_read_row(model, document, &row, &problems);
	refuse_link(&row, field, &problems);
	ak_query_refuse_generated(&row, &problems);
	if (!ak_query_triggers_fill(model, false))
		ak_query_require(&row, &problems);
	set_key(&row, link);
	ak_query_clean(&row, true, &problems);
	ak_core_problems_raise(&problems, model->app, model->table);
	return ak_query_insert_or_raise(&row);
}

/* Makes a row and links it. */
static Datum
create_and_link(AkLink *link, const AkJson *document)
{
	AkJson	   *keys = ak_core_json_array();
	AkRow		row;
	Datum		json;

	ak_query_read_new_row(link->step.to, document, &row);
	json = ak_query_insert_or_raise(&row);
	ak_core_json_push(keys, ak_core_json_parse_text(DatumGetTextPP(json), "the row"));
	ak_relation_read_targets(link, keys, "doc");
	ak_relation_link(link);
	return json;
}

/* related_create(model, key, accessor, doc, through_defaults) → the new row as json. */
Datum
ak_query_related_create(PG_FUNCTION_ARGS)
{
	AkJson	   *document;
	AkLink		link;

	ak_relation_read_link(fcinfo, true, &link);
	document = ak_query_arg_object(fcinfo, 3, "doc");
	read_through_defaults(&link, ak_query_arg_object(fcinfo, 4, "through_defaults"));
	if (link.step.relation->kind == AK_MANY_TO_MANY)
		return create_and_link(&link, document);
	return create_behind(&link, document);
}
