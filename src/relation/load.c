/*
 * load.c
 *		The rows of aksara.relation as AkRelations of a picture.
 *
 * A row whose model or field is gone is passed over.  A relation leads to its
 * target only once it was connected: a native key says so, or our note of
 * having made one that was dropped by hand since.  Until then it is pending and
 * no accessor of the target's: anyone may name a model, but only who may
 * reference its table can point at it.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/lsyscache.h"

#include "relation/internal.h"

static AkField *
field_named(const AkModel *model, const char *name)
{
	for (int i = 0; model != NULL && i < model->nfields; i++)
		if (strcmp(model->fields[i]->name, name) == 0)
			return model->fields[i];
	return NULL;
}

/* The fields of some columns, by name or number, of AkField *; NIL unless all are there. */
static List *
fields_of_columns(const AkModel *model, List *names, List *numbers)
{
	List	   *fields = NIL;
	int			count = Max(list_length(names), list_length(numbers));

	for (int at = 0; at < count; at++)
	{
		AkField    *found = NULL;

		for (int i = 0; i < model->nfields; i++)
		{
			AkField    *field = model->fields[i];

			if (field->attnum != 0 && (names ? strcmp(field->column, list_nth(names, at)) == 0
									   : field->attnum == list_nth_int(numbers, at)))
				found = field;
		}
		if (found == NULL)
			return NIL;
		fields = lappend(fields, found);
	}
	return fields;
}

/* The field that a row of ours belongs to; NULL when it is gone. */
static AkField *
field_of_row(HeapTuple row, TupleDesc desc, AkRegistry *registry)
{
	AkModel    *model = ak_model_find(registry, ak_core_registry_column(row, desc, "app"),
									  ak_core_registry_column(row, desc, "model"));

	return field_named(model, ak_core_registry_column(row, desc, "field"));
}

/* ---- rows ---- */

static char *
related_name(HeapTuple row, TupleDesc desc, const AkModel *source, AkRelationKind kind)
{
	char	   *name = ak_core_registry_column(row, desc, "related_name");

	if (name == NULL)
		return ak_relation_default_name(source->name, kind);
	return strcmp(name, "+") == 0 ? NULL : name;
}

static void
load_row(HeapTuple row, TupleDesc desc, void *arg)
{
	AkRegistry *registry = arg;
	AkField    *field = field_of_row(row, desc, registry);
	char	   *through = ak_core_registry_column(row, desc, "through_model");
	AkRelation *relation;

	if (field == NULL)
		return;
	relation = palloc0(sizeof(AkRelation));
	relation->source = field->model;
	relation->field = field;
	relation->kind = ak_relation_word_kind(ak_core_registry_column(row, desc, "kind"));
	relation->target_app = ak_core_registry_column(row, desc, "target_app");
	relation->target_name = ak_core_registry_column(row, desc, "target_model");
	relation->related_name = related_name(row, desc, field->model, relation->kind);
	relation->on_delete = ak_relation_on_delete_kind(ak_core_registry_column(row, desc, "on_delete"));
	relation->set_expression = ak_core_registry_column(row, desc, "set_expression");
	relation->constraint = ak_core_registry_column(row, desc, "constraint_name");
	relation->junction_schema = ak_core_registry_column(row, desc, "junction_schema");
	relation->junction_table = ak_core_registry_column(row, desc, "junction_table");
	relation->source_columns = ak_core_registry_names(row, desc, "source_columns");
	relation->target_columns = ak_core_registry_names(row, desc, "target_columns");
	relation->unconstrained = !ak_core_json_get_bool(field->options, "db_constraint", true);
	relation->symmetrical = ak_core_json_get_bool(field->options, "symmetrical", false);
	if (relation->symmetrical)
		relation->related_name = NULL;
	relation->goes_through = through != NULL;
	if (through != NULL)
		relation->through = ak_model_find(registry, ak_core_registry_column(row, desc, "through_app"), through);
	field->relation = relation;
}

static void
load_oids(HeapTuple row, TupleDesc desc, void *arg)
{
	AkField    *field = field_of_row(row, desc, arg);
	char	   *target = ak_core_registry_column(row, desc, "target");
	char	   *junction = ak_core_registry_column(row, desc, "junction");

	if (field == NULL || field->relation == NULL)
		return;
	field->relation->seen_target = target ? atooid(target) : InvalidOid;
	field->relation->junction_relid = junction ? atooid(junction) : InvalidOid;
}

/* ---- foreign keys ---- */

/* The fields that refer: the relation's own, or those whose columns were named for it. */
static void
find_source_fields(AkRelation *relation)
{
	AkField    *field = relation->field;

	if (field->column != NULL)
		relation->source_fields = field->attnum != 0 ? list_make1(field) : NIL;
	else
		field->parts = relation->source_fields = fields_of_columns(relation->source, relation->source_columns, NIL);
}

/* The fields that the relation referred to when it was connected. */
static List *
noted_fields(const AkRelation *relation, const AkModel *target)
{
	if (relation->target_columns == NIL)
		return ak_relation_key_fields(target);
	return fields_of_columns(target, relation->target_columns, NIL);
}

static bool
same_types(List *from, List *to)
{
	ListCell   *a;
	ListCell   *b;

	if (from == NIL || list_length(from) != list_length(to))
		return false;
	forboth(a, from, b, to)
		if (((AkField *) lfirst(a))->typid != ((AkField *) lfirst(b))->typid)
			return false;
	return true;
}

/*
 * The fields that the columns refer to; NIL while they were not connected to
 * this table.  A native key may compare two types; without one they must be
 * the same.
 */
static List *
referenced_fields(const AkRelation *relation, const AkModel *target)
{
	List	   *columns;
	List	   *noted;

	if (ak_relation_own_key(relation, target->relid, &columns) != NULL)
		return fields_of_columns(target, NIL, columns);
	if (relation->seen_target != target->relid)
		return NIL;
	noted = noted_fields(relation, target);
	return same_types(relation->source_fields, noted) ? noted : NIL;
}

static void
complete_key(AkRelation *relation, AkModel *target)
{
	List	   *fields = relation->source_fields ? referenced_fields(relation, target) : NIL;

	if (fields == NIL)
		return;
	relation->target = target;
	relation->target_fields = fields;
}

/* ---- many-to-many ---- */

/* The junction's present names, whatever was done by hand. */
static void
find_junction(AkRelation *relation)
{
	char	   *table = get_rel_name(relation->junction_relid);
	Oid			schema;

	if (table != NULL)
	{
		relation->junction_table = table;
		relation->junction_schema = get_namespace_name(get_rel_namespace(relation->junction_relid));
		return;
	}
	relation->junction_relid = InvalidOid;
	schema = relation->junction_schema ? get_namespace_oid(relation->junction_schema, true) : InvalidOid;
	if (OidIsValid(schema))
		relation->junction_relid = get_relname_relid(relation->junction_table, schema);
}

/* The columns of a foreign key in the order of the key that they point at; NIL where that is not the primary key. */
static List *
columns_to_key(const AkRelation *key)
{
	List	   *columns = NIL;

	for (int i = 0; i < key->target->nkeys; i++)
	{
		ListCell   *from;
		ListCell   *to;

		forboth(from, key->source_fields, to, key->target_fields)
			if (lfirst(to) == key->target->keys[i])
				columns = lappend(columns, ((AkField *) lfirst(from))->column);
	}
	return list_length(columns) == key->target->nkeys ? columns : NIL;
}

/* The through model is the junction once both its keys are connected. */
static bool
find_through(AkRelation *relation)
{
	AkField    *source;
	AkField    *target;

	relation->junction_relid = InvalidOid;
	if (relation->through == NULL || !ak_relation_holds_through(relation, relation->through) ||
		!ak_relation_through_fields(relation, &source, &target) ||
		source->relation->target == NULL || target->relation->target == NULL)
		return false;
	relation->source_columns = columns_to_key(source->relation);
	relation->target_columns = columns_to_key(target->relation);
	if (relation->source_columns == NIL || relation->target_columns == NIL)
		return false;
	relation->junction_schema = relation->through->app;
	relation->junction_table = relation->through->table;
	relation->junction_relid = relation->through->relid;
	relation->junction_sql = relation->through->sql_name;
	return true;
}

/* Does the junction point at this target, or did it when we last saw it? */
static bool
reaches(const AkRelation *relation, const AkModel *target)
{
	if (!OidIsValid(relation->junction_relid))
		return false;
	return relation->seen_target == target->relid ||
		ak_relation_native_key(relation->junction_relid,
							   ak_relation_named_numbers(relation->junction_relid, relation->target_columns),
							   target->relid, NULL) != NULL;
}

static void
complete_many(AkRelation *relation, AkModel *target)
{
	bool		connected;

	if (relation->goes_through)
		connected = find_through(relation);
	else
	{
		find_junction(relation);
		if (OidIsValid(relation->junction_relid))
			relation->junction_sql = ak_core_qualified(relation->junction_schema, relation->junction_table);
		connected = reaches(relation, target);
	}
	if (!connected || target->nkeys == 0 || list_length(relation->target_columns) != target->nkeys ||
		relation->source->nkeys == 0 || list_length(relation->source_columns) != relation->source->nkeys)
		return;
	relation->target = target;
	relation->target_fields = ak_relation_key_fields(target);
}

/* ---- the whole ---- */

static AkRelations *
relations_of(AkModel *model)
{
	if (model->relations == NULL)
		model->relations = palloc0(sizeof(AkRelations));
	return model->relations;
}

static void
complete(AkRegistry *registry, AkRelation *relation)
{
	AkModel    *target = ak_model_find(registry, relation->target_app, relation->target_name);

	if (relation->kind != AK_MANY_TO_MANY)
		find_source_fields(relation);
	if (target == NULL || !OidIsValid(target->relid) || !OidIsValid(relation->source->relid))
		return;
	if (relation->kind == AK_MANY_TO_MANY)
		complete_many(relation, target);
	else
		complete_key(relation, target);
}

static void
complete_a_key(AkRegistry *registry, AkRelation *relation)
{
	if (relation->kind != AK_MANY_TO_MANY)
		complete(registry, relation);
}

/* After the keys: junctions through models are found by theirs. */
static void
complete_a_many(AkRegistry *registry, AkRelation *relation)
{
	if (relation->kind == AK_MANY_TO_MANY)
		complete(registry, relation);
}

/* Enters the relation at both ends. */
static void
enter(AkRegistry *registry, AkRelation *relation)
{
	AkRelations *ends = relations_of(relation->source);

	ends->forward = lappend(ends->forward, relation);
	if (relation->target == NULL)
		return;
	ends = relations_of(relation->target);
	ends->reverse = lappend(ends->reverse, relation);
}

/* Models by label, fields by position: the order of every list. */
static void
for_each(AkRegistry *registry, void (*action) (AkRegistry *registry, AkRelation *relation))
{
	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
			if (registry->models[i]->fields[j]->relation != NULL)
				action(registry, registry->models[i]->fields[j]->relation);
}

void
ak_relation_load(AkRegistry *registry)
{
	MemoryContext old = MemoryContextSwitchTo(registry->context);

	ak_core_registry_scan("relation", load_row, registry);
	ak_core_registry_scan("relation_oid", load_oids, registry);
	for_each(registry, complete_a_key);
	for_each(registry, complete_a_many);
	for_each(registry, enter);
	MemoryContextSwitchTo(old);
}

AkRelation *
ak_relation_find(const char *app, const char *model, const char *field)
{
	AkField    *found = field_named(ak_model_find(ak_model_registry(), app, model), field);

	return found ? found->relation : NULL;
}

bool
ak_relation_is_dangling(const AkRelation *relation)
{
	return relation->kind == AK_MANY_TO_MANY && !relation->goes_through &&
		relation->junction_table != NULL && !OidIsValid(relation->junction_relid);
}
