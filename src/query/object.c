/*
 * object.c
 *		A row as a JSON object: its keys, and the columns behind them.
 *
 * Keys come in field order.  A foreign key shows its value under author_id; a
 * branch puts the row or the list behind it under author, right after the
 * key; branches from the other end of a relation stand last.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "query/encode.h"

int
ak_query_output(AkLevel *level, const AkSource *source, const AkField *field)
{
	AkOutput   *output;

	for (int i = 0; i < level->noutputs; i++)
		if (level->outputs[i].source == source && level->outputs[i].field == field)
			return level->nties + i;
	if (level->noutputs == level->room)
	{
		level->room = level->room == 0 ? 16 : level->room * 2;
		level->outputs = level->outputs ? repalloc(level->outputs, level->room * sizeof(AkOutput))
			: palloc(level->room * sizeof(AkOutput));
	}
	output = &level->outputs[level->noutputs++];
	output->source = source;
	output->field = field;
	output->writer = ak_query_writer(field->typid);
	return level->nties + level->noutputs - 1;
}

void
ak_query_write_outputs(AkStatement *st, const AkLevel *level)
{
	for (int i = 0; i < level->noutputs; i++)
	{
		if (i > 0)
			appendStringInfoString(&st->sql, ", ");
		ak_query_write_column(st, level->outputs[i].source, level->outputs[i].field);
	}
}

/* The next member, its key written ahead. */
static AkPart *
add_part(AkObject *object, AkPartKind kind, const char *key)
{
	AkPart	   *part;
	StringInfoData lead;

	if (object->nparts == object->room)
	{
		object->room *= 2;
		object->parts = repalloc(object->parts, object->room * sizeof(AkPart));
	}
	initStringInfo(&lead);
	appendStringInfoChar(&lead, object->nparts == 0 ? '{' : ',');
	ak_query_encode_string(&lead, key, strlen(key));
	appendStringInfoChar(&lead, ':');
	part = &object->parts[object->nparts++];
	memset(part, 0, sizeof(AkPart));
	part->kind = kind;
	part->lead = lead.data;
	part->lead_length = lead.len;
	return part;
}

/* The related row, made of joined columns; null where its side of the tie is. */
static void
add_row(AkLevel *level, AkObject *object, const AkBranch *branch)
{
	AkPart	   *part = add_part(object, AK_PART_OBJECT, branch->name);
	AkObject   *row = ak_query_compile_object(level, branch->source, branch->branches, &branch->shown);
	List	   *outer;
	List	   *inner;

	ak_relation_columns(&branch->step, &outer, &inner);
	row->present = ak_query_output(level, branch->source, linitial(inner));
	part->object = row;
}

static void
add_list(AkLevel *level, AkObject *object, const AkBranch *branch)
{
	AkPart	   *part = add_part(object, AK_PART_LIST, branch->name);
	AkLevel    *list = ak_query_compile_list(level, branch);

	part->at = level->nlists++;
	level->lists = level->lists ? repalloc(level->lists, level->nlists * sizeof(AkLevel *))
		: palloc(sizeof(AkLevel *));
	level->lists[part->at] = list;
}

static void
add_branch(AkLevel *level, AkObject *object, const AkBranch *branch)
{
	if (branch->step.many)
		add_list(level, object, branch);
	else
		add_row(level, object, branch);
}

/* The branches that a forward relation field opens. */
static void
add_forward_branches(AkLevel *level, AkObject *object, List *branches, const AkField *field)
{
	ListCell   *cell;

	foreach(cell, branches)
	{
		const AkBranch *branch = lfirst(cell);

		if (!branch->step.reverse && branch->step.relation == field->relation)
			add_branch(level, object, branch);
	}
}

AkObject *
ak_query_compile_object(AkLevel *level, const AkSource *source, List *branches, const AkShown *shown)
{
	AkObject   *object = palloc0(sizeof(AkObject));
	ListCell   *cell;

	check_stack_depth();
	object->present = -1;
	object->room = source->model->nfields + list_length(branches) + 1;
	object->parts = palloc(object->room * sizeof(AkPart));
	for (int i = 0; i < source->model->nfields; i++)
	{
		const AkField *field = source->model->fields[i];

		if (field->attnum != 0 && ak_query_shows(shown, field))
			add_part(object, AK_PART_VALUE, field->json_name)->at = ak_query_output(level, source, field);
		if (field->relation != NULL)
			add_forward_branches(level, object, branches, field);
	}
	foreach(cell, branches)
		if (((AkBranch *) lfirst(cell))->step.reverse)
			add_branch(level, object, lfirst(cell));
	return object;
}

AkLevel *
ak_query_compile_level(const AkSource *source, List *branches, const AkShown *shown)
{
	AkLevel    *level = palloc0(sizeof(AkLevel));

	level->object = ak_query_compile_object(level, source, branches, shown);
	return level;
}

AkLevel *
ak_query_empty_level(int room)
{
	AkLevel    *level = palloc0(sizeof(AkLevel));

	level->object = palloc0(sizeof(AkObject));
	level->object->present = -1;
	level->object->room = Max(room, 1);
	level->object->parts = palloc(level->object->room * sizeof(AkPart));
	return level;
}

void
ak_query_add_value(AkLevel *level, const char *key, const AkSource *source, const AkField *field)
{
	add_part(level->object, AK_PART_VALUE, key)->at = ak_query_output(level, source, field);
}

static AkLevel *
compile_picked(AkQuery *query)
{
	AkLevel    *level = ak_query_empty_level(list_length(query->picked));
	AkSpot		spot = {.source = query->source, .own = true};
	ListCell   *cell;

	foreach(cell, query->picked)
	{
		AkPick	   *pick = lfirst(cell);

		pick->source = ak_query_path_source(query, &spot, pick->path);
		ak_query_use(pick->source, pick->path->field);
		ak_query_add_value(level, pick->name, pick->source, pick->path->field);
	}
	return level;
}

void
ak_query_add_annotations(AkLevel *level, AkQuery *query)
{
	ListCell   *cell;

	foreach(cell, ak_query_shown_annotations(query))
	{
		AkAnnotation *annotation = lfirst(cell);
		const AkField *field = ak_query_annotation_field(annotation);

		ak_query_add_value(level, field->name, ak_query_annotated(query, annotation), field);
	}
}

AkLevel *
ak_query_compile_answer(AkQuery *query)
{
	AkLevel    *level;

	if (query->picked != NIL)
		return compile_picked(query);
	level = ak_query_compile_level(query->source, query->branches, &query->shown);
	ak_query_add_annotations(level, query);
	return level;
}
