/*
 * junction.c
 *		The tables behind many-to-many relations.
 *
 * An automatic junction is {source}_{field}, in snake_case and in the
 * source's schema: a key of its own, a NOT NULL key to each side ON DELETE
 * CASCADE, both unique together, and an index for the way back.  It belongs
 * to the owner of the source's table.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "utils/lsyscache.h"

#include "relation/internal.h"

typedef struct AkJunctionNames
{
	char	   *table;
	char	   *source;			/* column */
	char	   *target;			/* column */
} AkJunctionNames;

/* post_tags (post_id, tag_id); where both ends have one name: from_user_id, to_user_id. */
static AkJunctionNames
names_for(const char *source, const char *target, const char *field)
{
	char	   *source_word = ak_core_snake(source);
	char	   *target_word = ak_core_snake(target);
	bool		same = strcmp(source_word, target_word) == 0;
	AkJunctionNames names;

	names.table = makeObjectName(source_word, field, NULL);
	names.source = makeObjectName(same ? psprintf("from_%s", source_word) : source_word, "id", NULL);
	names.target = makeObjectName(same ? psprintf("to_%s", target_word) : target_word, "id", NULL);
	return names;
}

/* ---- creating ---- */

static void
append_side(StringInfo sql, const char *column, const AkField *key)
{
	appendStringInfo(sql, "%s %s NOT NULL REFERENCES %s (%s) ON DELETE CASCADE, ",
					 ak_core_quote(column), ak_core_type_name(key->typid, key->typmod),
					 key->model->sql_name, ak_core_quote(key->column));
}

static void
create_table(const char *junction, const AkJunctionNames *names, const AkField *source, const AkField *target)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(), ",
					 junction);
	append_side(&sql, names->source, source);
	append_side(&sql, names->target, target);
	appendStringInfo(&sql, "UNIQUE (%s, %s))", ak_core_quote(names->source), ak_core_quote(names->target));
	ak_core_ddl("%s", sql.data);
	ak_core_ddl("CREATE INDEX ON %s (%s)", junction, ak_core_quote(names->target));
}

/* The junction goes with its model's table, also in who owns it. */
static void
give_to_owner(const char *junction, Oid relid)
{
	Oid			owner = ak_relation_owner(relid);

	if (owner != GetUserId())
		ak_core_ddl("ALTER TABLE %s OWNER TO %s", junction,
					ak_core_quote(GetUserNameFromId(owner, false)));
}

/* A junction that stayed when its target was dropped, or that was restored, points at the target again. */
static void
reconnect(const AkRelation *relation, const AkField *target)
{
	AttrNumber	column = get_attnum(relation->junction_relid, relation->target_column);

	if (ak_relation_native_key(relation->junction_relid, column, target->model->relid, NULL) == NULL)
		ak_core_ddl("ALTER TABLE %s ADD FOREIGN KEY (%s) REFERENCES %s (%s) ON DELETE CASCADE",
					relation->junction_sql, ak_core_quote(relation->target_column),
					target->model->sql_name, ak_core_quote(target->column));
	ak_relation_store_junction(relation, target->model->relid, relation->junction_schema,
							   relation->junction_table, relation->source_column, relation->target_column);
}

void
ak_relation_create_junction(AkRelation *relation)
{
	AkModel    *target = ak_model_find(relation->source->registry, relation->target_app,
									   relation->target_name);
	AkField    *source_key = ak_model_key(relation->source);
	AkField    *target_key = ak_model_key(target);
	AkJunctionNames names = names_for(relation->source->name, target->name, relation->field->name);
	char	   *junction = ak_core_qualified(relation->source->app, names.table);

	if (OidIsValid(relation->junction_relid))
	{
		reconnect(relation, target_key);
		return;
	}
	create_table(junction, &names, source_key, target_key);
	give_to_owner(junction, relation->source->relid);
	ak_relation_store_junction(relation, target->relid, relation->source->app, names.table,
							   names.source, names.target);
}

/* ---- dropping ---- */

void
ak_relation_drop_junction(const AkRelation *relation)
{
	if (!OidIsValid(relation->junction_relid))
		return;
	ak_relation_forget_junction(relation->junction_relid);
	ak_core_ddl("DROP TABLE %s", relation->junction_sql);
}

/* ---- renaming ---- */

/* Renames unless the old name was the user's own or the new one is taken. */
static const char *
rename_column(const AkRelation *relation, const char *column, const char *old_name, const char *new_name)
{
	if (strcmp(column, old_name) != 0 || strcmp(old_name, new_name) == 0 ||
		get_attnum(relation->junction_relid, new_name) != InvalidAttrNumber)
		return column;
	ak_core_ddl("ALTER TABLE %s RENAME COLUMN %s TO %s", relation->junction_sql,
				ak_core_quote(old_name), ak_core_quote(new_name));
	return new_name;
}

static const char *
rename_table(const AkRelation *relation, const char *old_name, const char *new_name)
{
	Oid			schema = get_rel_namespace(relation->junction_relid);

	if (strcmp(relation->junction_table, old_name) != 0 || strcmp(old_name, new_name) == 0 ||
		OidIsValid(get_relname_relid(new_name, schema)))
		return relation->junction_table;
	ak_core_ddl("ALTER TABLE %s RENAME TO %s", relation->junction_sql, ak_core_quote(new_name));
	return new_name;
}

void
ak_relation_rename_junction(const AkRelation *relation, const char *old_source,
							const char *old_target, const char *old_field)
{
	AkJunctionNames before = names_for(old_source, old_target, old_field);
	AkJunctionNames after = names_for(relation->source->name, relation->target_name, relation->field->name);
	const char *source;
	const char *target;
	const char *table;

	if (relation->goes_through || !OidIsValid(relation->junction_relid) ||
		!ak_table_owned(relation->junction_relid))
		return;
	source = rename_column(relation, relation->source_column, before.source, after.source);
	target = rename_column(relation, relation->target_column, before.target, after.target);
	table = rename_table(relation, before.table, after.table);
	ak_relation_store_junction(relation, relation->seen_target, relation->junction_schema, table, source, target);
}

/* ---- through models ---- */

static bool
points_at(const AkField *field, const char *app, const char *name)
{
	const AkRelation *relation = field->relation;

	return relation != NULL && relation->kind != AK_MANY_TO_MANY &&
		strcmp(relation->target_app, app) == 0 && strcmp(relation->target_name, name) == 0;
}

/* The through model's foreign keys to a model. */
static List *
keys_to(const AkModel *through, const char *app, const char *name)
{
	List	   *keys = NIL;

	for (int i = 0; i < through->nfields; i++)
		if (points_at(through->fields[i], app, name))
			keys = lappend(keys, through->fields[i]);
	return keys;
}

static bool
is_self(const AkRelation *relation)
{
	return strcmp(relation->source->app, relation->target_app) == 0 &&
		strcmp(relation->source->name, relation->target_name) == 0;
}

/* From a model to itself the first key is the source's, the second the target's. */
bool
ak_relation_through_fields(const AkRelation *relation, AkField **source, AkField **target)
{
	List	   *from = keys_to(relation->through, relation->source->app, relation->source->name);
	List	   *to = keys_to(relation->through, relation->target_app, relation->target_name);
	int			second = is_self(relation) ? 1 : 0;

	if (from == NIL || list_length(to) <= second)
		return false;
	*source = linitial(from);
	*target = list_nth(to, second);
	return true;
}

/* Refuses another number of keys than wanted; fewer only where the through model is complete. */
static void
check_keys(const AkRelation *relation, const char *app, const char *name, int wanted, bool complete)
{
	int			count = list_length(keys_to(relation->through, app, name));

	if (count == wanted || (count < wanted && !complete))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("many-to-many field \"%s\" of model \"%s\" cannot go through model \"%s\"",
					relation->field->name, relation->source->label, relation->through->label),
			 errdetail("It needs %d foreign %s to model \"%s.%s\" and has %d.", wanted,
					   wanted == 1 ? "key" : "keys", app, name, count)));
}

void
ak_relation_check_through(const AkRelation *relation, bool complete)
{
	if (is_self(relation))
	{
		check_keys(relation, relation->target_app, relation->target_name, 2, complete);
		return;
	}
	check_keys(relation, relation->source->app, relation->source->name, 1, complete);
	check_keys(relation, relation->target_app, relation->target_name, 1, complete);
}

void
ak_relation_check_as_through(const AkModel *model, bool complete)
{
	AkRegistry *registry = model->registry;

	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			AkRelation *relation = registry->models[i]->fields[j]->relation;

			if (relation != NULL && relation->through == model)
				ak_relation_check_through(relation, complete);
		}
}

/* Does this relation go through the foreign key? */
static bool
goes_through_key(const AkRelation *relation, const AkField *key)
{
	AkField    *source;
	AkField    *target;

	return relation != NULL && relation->through == key->model &&
		ak_relation_through_fields(relation, &source, &target) && (source == key || target == key);
}

/* 2BP01 when a many-to-many relation goes through this foreign key. */
void
ak_relation_check_unused(const AkField *field)
{
	AkRelation *key = ak_relation_find(field->model->app, field->model->name, field->name);
	AkRegistry *registry = key ? key->source->registry : NULL;

	for (int i = 0; key != NULL && i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			AkField    *user = registry->models[i]->fields[j];

			if (goes_through_key(user->relation, key->field))
				ereport(ERROR,
						(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
						 errmsg("cannot remove field \"%s\" of model \"%s\" because field \"%s\" of model \"%s\" goes through it",
								field->name, field->model->label, user->name, user->model->label),
						 errhint("Remove that field first.")));
		}
}
