/*
 * adopt_key.c
 *		The foreign keys of an adopted table: those that are there, those that no
 *		field stands for, and what becomes of them when a model is forgotten.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_constraint.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "relation/adopt.h"

/* ---- reading ---- */

/* The key by its row; NULL for one that PostgreSQL keeps for a partition. */
static AkForeignKey *
read_key(const ForeignKeyCacheInfo *info)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(info->conoid));
	Form_pg_constraint form;
	AkForeignKey *key = palloc0(sizeof(AkForeignKey));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", info->conoid);
	form = (Form_pg_constraint) GETSTRUCT(tuple);
	key->name = pstrdup(NameStr(form->conname));
	key->source = info->conrelid;
	key->target = info->confrelid;
	key->action = ak_key_is_enforced(form) ? form->confdeltype : FKCONSTR_ACTION_NOACTION;
	key->over_period = ak_key_is_over_period(form);
	key->deferrable = form->condeferrable;
	key->deferred = form->condeferred;
	if (OidIsValid(form->conparentid))
		key = NULL;
	ReleaseSysCache(tuple);
	for (int i = 0; key && i < info->nkeys; i++)
	{
		key->columns = lappend_int(key->columns, info->conkey[i]);
		key->referenced = lappend_int(key->referenced, info->confkey[i]);
	}
	return key;
}

List *
ak_relation_foreign_keys(Oid relid)
{
	Relation	rel = relation_open(relid, AccessShareLock);
	List	   *keys = NIL;
	ListCell   *cell;

	foreach(cell, copyObject(RelationGetFKeyList(rel)))
	{
		AkForeignKey *key = read_key(lfirst(cell));

		if (key != NULL)
			keys = lappend(keys, key);
	}
	relation_close(rel, AccessShareLock);
	return keys;
}

/* ---- what has no field ---- */

bool
ak_relation_stands_for(const AkModel *model, const AkForeignKey *key)
{
	for (int i = 0; i < model->nfields; i++)
	{
		const AkRelation *relation = model->fields[i]->relation;

		if (relation != NULL && relation->kind != AK_MANY_TO_MANY && relation->target != NULL &&
			relation->target->relid == key->target &&
			list_length(relation->source_fields) == list_length(key->columns) &&
			list_difference_int(key->columns, ak_relation_numbers(relation->source_fields)) == NIL)
			return true;
	}
	return false;
}

/* A column that no field stands for; NULL where each has one. */
static const char *
column_without_field(Oid relid, List *columns)
{
	const AkModel *model = ak_model_by_table(ak_model_registry(), relid);
	ListCell   *cell;

	foreach(cell, columns)
	{
		bool		found = false;

		for (int i = 0; i < model->nfields; i++)
			found = found || model->fields[i]->attnum == lfirst_int(cell);
		if (!found)
			return get_attname(relid, lfirst_int(cell), false);
	}
	return NULL;
}

/* A relation that has the key's only column already; NULL: none. */
static const char *
other_relation(const AkForeignKey *key)
{
	const AkModel *model = ak_model_by_table(ak_model_registry(), key->source);

	for (int i = 0; i < model->nfields; i++)
		if (list_length(key->columns) == 1 && model->fields[i]->attnum == linitial_int(key->columns) &&
			model->fields[i]->type->relation)
			return model->fields[i]->name;
	return NULL;
}

static const char *
why_unmapped(const AkForeignKey *key)
{
	const char *reason = ak_relation_why_not_adopted(key);
	const char *column;
	const char *other;

	if (reason != NULL)
		return reason;
	column = column_without_field(key->source, key->columns);
	if (column == NULL)
		column = column_without_field(key->target, key->referenced);
	if (column != NULL)
		return psprintf("column \"%s\" has no field", column);
	other = other_relation(key);
	return other ? psprintf("its column is that of field \"%s\", which refers to another table", other)
		: "its target has become a model: adopt the table again";
}

static AkJson *
describe_key(const AkForeignKey *key)
{
	AkJson	   *out = ak_core_json_object();
	AkJson	   *columns = ak_core_json_array();
	ListCell   *cell;

	foreach(cell, key->columns)
		ak_core_json_push(columns, ak_core_json_string(get_attname(key->source, lfirst_int(cell), false)));
	ak_core_json_put(out, "foreign_key", ak_core_json_string(key->name));
	ak_core_json_put(out, "columns", columns);
	ak_core_json_put(out, "reason", ak_core_json_string(why_unmapped(key)));
	return out;
}

void
ak_relation_unmapped(const AkModel *model, AkJson *list)
{
	ListCell   *cell;

	foreach(cell, ak_relation_foreign_keys(model->relid))
		if (!ak_relation_stands_for(model, lfirst(cell)))
			ak_core_json_push(list, describe_key(lfirst(cell)));
}

/* ---- tables that are part of a relation ---- */

const char *
ak_relation_holding(Oid relid)
{
	AkRegistry *registry = ak_model_registry();

	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			const AkRelation *relation = registry->models[i]->fields[j]->relation;

			if (relation != NULL && relation->kind == AK_MANY_TO_MANY && !relation->goes_through &&
				relation->junction_relid == relid)
				return psprintf("It is the junction of field \"%s\" of model \"%s\".",
								relation->field->name, relation->source->label);
		}
	return NULL;
}

/* ---- forgetting ---- */

/* Relations of other models that end here or go through here. */
static List *
users_of(const AkModel *model)
{
	AkRegistry *registry = model->registry;
	List	   *users = NIL;

	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; registry->models[i] != model && j < registry->models[i]->nfields; j++)
		{
			AkRelation *relation = registry->models[i]->fields[j]->relation;

			if (relation != NULL && (relation->target == model || relation->through == model))
				users = lappend(users, relation);
		}
	return users;
}

bool
ak_relation_came_with_table(const AkRelation *relation)
{
	if (!ak_model_is_adopted(relation->source) || ak_relation_is_guarded(relation))
		return false;
	return relation->kind == AK_MANY_TO_MANY ? relation->goes_through
		: !relation->unconstrained && (relation->field->column == NULL ||
									   ak_core_json_get(relation->field->options, "column") != NULL);
}

static void
refuse(const AkModel *model, const AkRelation *user)
{
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot forget model \"%s\" because other models refer to it", model->label),
			 errdetail("field \"%s\" of model \"%s\" %s model \"%s\"", user->field->name, user->source->label,
					   user->target == model ? "refers to" : "goes through", model->label),
			 errhint("Remove that field first.")));
}

/* Relations that named the model without reaching it wait for one of its name. */
static void
let_go(const AkModel *model)
{
	AkRegistry *registry = ak_model_registry();

	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			const AkRelation *relation = registry->models[i]->fields[j]->relation;

			if (relation != NULL && relation->target == NULL && relation->seen_target == model->relid)
				ak_relation_store_oids(relation, InvalidOid, relation->junction_relid);
		}
}

/*
 * Adopted relations to the model become plain fields again, as they would be had it never been adopted; others
 * hold it.  Its own table loses the triggers that its relations had put on their targets.
 */
void
ak_relation_forgetting(const AkModel *model)
{
	List	   *users = users_of(model);
	ListCell   *cell;

	foreach(cell, users)
		if (!ak_relation_came_with_table(lfirst(cell)))
			refuse(model, lfirst(cell));
	foreach(cell, users)
		ak_model_map_plainly(((AkRelation *) lfirst(cell))->field);
	let_go(model);
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->relation != NULL && ak_relation_is_guarded(model->fields[i]->relation))
			ak_relation_unguard(model->fields[i]->relation);
}
