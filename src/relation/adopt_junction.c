/*
 * adopt_junction.c
 *		Junctions among adopted tables.
 *
 * A junction has exactly two foreign keys, which together are unique, and
 * nothing else that a new row must be given.  The model of the first key's
 * target gets a many-to-many field to the second's, through the junction's own
 * model; of a table linked with itself the field and the way back are named
 * after the two columns.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "relation/adopt.h"

/* The two sides of a junction. */
typedef struct AkSides
{
	AkRelation *first;
	AkRelation *second;
} AkSides;

static bool
is_to_key(const AkRelation *relation)
{
	ListCell   *cell;

	if (relation->kind != AK_FOREIGN_KEY || relation->target == NULL ||
		list_length(relation->target_fields) != relation->target->nkeys)
		return false;
	foreach(cell, relation->target_fields)
		if (!((AkField *) lfirst(cell))->is_key)
			return false;
	return true;
}

static int
first_column(const AkRelation *relation)
{
	int			first = 0;
	ListCell   *cell;

	foreach(cell, ak_relation_numbers(relation->source_fields))
		if (first == 0 || lfirst_int(cell) < first)
			first = lfirst_int(cell);
	return first;
}

/* The model's relations in the order of their columns, when they are two keys to keys. */
static bool
find_sides(const AkModel *model, AkSides *sides)
{
	List	   *relations = NIL;

	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->type->relation)
			relations = lappend(relations, model->fields[i]->relation);
	if (list_length(relations) != 2 || linitial(relations) == NULL || lsecond(relations) == NULL)
		return false;
	sides->first = linitial(relations);
	sides->second = lsecond(relations);
	if (first_column(sides->first) > first_column(sides->second))
	{
		sides->first = lsecond(relations);
		sides->second = linitial(relations);
	}
	return is_to_key(sides->first) && is_to_key(sides->second);
}

/* Can every other column be left out of a new row? */
static bool
needs_nothing_else(Oid relid, List *columns)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	bool		needs = false;

	for (int i = 0; i < RelationGetDescr(rel)->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), i);

		needs = needs || (!att->attisdropped && att->attnotnull && !att->atthasdef && att->attidentity == '\0' &&
						  !list_member_int(columns, att->attnum));
	}
	relation_close(rel, AccessShareLock);
	return !needs;
}

static bool
is_junction(const AkModel *model, AkSides *sides)
{
	List	   *first;
	List	   *second;
	List	   *columns;

	if (list_length(ak_relation_foreign_keys(model->relid)) != 2 || !find_sides(model, sides))
		return false;
	first = ak_relation_numbers(sides->first->source_fields);
	second = ak_relation_numbers(sides->second->source_fields);
	if (list_intersection_int(first, second) != NIL)
		return false;			/* a link would say one column twice */
	columns = list_concat(first, second);
	return ak_relation_is_unique(model->relid, columns) && needs_nothing_else(model->relid, columns);
}

/* Does a field of the model go through the junction already? */
static bool
is_known(const AkModel *source, const AkModel *through)
{
	for (int i = 0; i < source->nfields; i++)
		if (source->fields[i]->relation != NULL && source->fields[i]->relation->through == through)
			return true;
	return false;
}

/* tag_id → tags; a column named otherwise says less than the model it points at. */
static char *
plural_of(const AkField *field)
{
	bool		named = field->column == NULL || strcmp(field->column, field->json_name) == 0;

	return ak_core_plural(named ? field->name : ak_core_snake(field->relation->target->name));
}

/* The second key's field, in the plural, on the model that the first points at. */
static void
make_field(const AkModel *through, const AkSides *sides)
{
	AkModel    *source = sides->first->target;
	AkModel    *target = sides->second->target;
	AkModelDef	owner = {.app = source->app, .name = source->name, .table = source->table};
	AkFieldDef	field = {.model = &owner, .options = ak_core_json_object()};
	AkRelationDef relation = {.kind = AK_MANY_TO_MANY, .on_delete = AK_CASCADE, .target_app = target->app,
		.target_name = target->name, .through_app = through->app, .through_name = through->name};

	field.type = ak_model_find_type(ak_relation_kind_word(AK_MANY_TO_MANY));
	field.name = ak_model_free_name(plural_of(sides->second->field), ak_relation_words_of(source));
	if (source == target)
		relation.related_name = ak_model_free_name(plural_of(sides->first->field),
												   lappend(ak_relation_words_of(target), field.name));
	else
		relation.related_name = ak_relation_adopted_accessor(source->name, NULL, AK_MANY_TO_MANY, target);
	ak_core_json_put(field.options, "to", ak_core_json_string(target->label));
	ak_core_json_put(field.options, "through", ak_core_json_string(through->label));
	if (relation.related_name != NULL)
		ak_core_json_put(field.options, "related_name", ak_core_json_string(relation.related_name));
	ak_model_register_field(&field);
	ak_relation_store(&field, &relation);
	ak_relation_store_oids(ak_relation_find(source->app, source->name, field.name), target->relid, through->relid);
}

void
ak_relation_adopt_junction(Oid relid)
{
	const AkModel *model = ak_model_by_table(ak_model_registry(), relid);
	AkSides		sides;

	if (is_junction(model, &sides) && ak_table_owned(sides.first->target->relid) &&
		!is_known(sides.first->target, model))
		make_field(model, &sides);
}
