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
#include "utils/acl.h"
#include "utils/lsyscache.h"

#include "relation/internal.h"

typedef struct AkJunctionNames
{
	char	   *table;
	List	   *source;			/* columns, of char * */
	List	   *target;
} AkJunctionNames;

/* post_id; of a key of several fields a column for each: seat_hall, seat_row. */
static List *
columns_for(const char *word, const AkModel *model)
{
	List	   *columns = NIL;

	if (model == NULL || model->nkeys <= 1)
		return list_make1(makeObjectName(word, "id", NULL));
	for (int i = 0; i < model->nkeys; i++)
		columns = lappend(columns, makeObjectName(word, model->keys[i]->json_name, NULL));
	return columns;
}

/* post_tags (post_id, tag_id); where both ends have one name: from_user_id, to_user_id. */
static AkJunctionNames
names_for(const AkRelation *relation, const char *source, const char *target, const char *field)
{
	const AkModel *target_model = ak_model_find(relation->source->registry, relation->target_app,
												relation->target_name);
	char	   *source_word = ak_core_snake(source);
	char	   *target_word = ak_core_snake(target);
	bool		same = strcmp(source_word, target_word) == 0;
	AkJunctionNames names;

	names.table = makeObjectName(source_word, field, NULL);
	names.source = columns_for(same ? psprintf("from_%s", source_word) : source_word, relation->source);
	names.target = columns_for(same ? psprintf("to_%s", target_word) : target_word, target_model);
	return names;
}

/* ---- creating ---- */

/* "a", "b" */
static char *
quoted_list(List *columns)
{
	StringInfoData list;
	ListCell   *cell;

	initStringInfo(&list);
	foreach(cell, columns)
		appendStringInfo(&list, "%s%s", list.len ? ", " : "", ak_core_quote(lfirst(cell)));
	return list.data;
}

static char *
reference_to(List *columns, const AkModel *model)
{
	return psprintf("FOREIGN KEY (%s) REFERENCES %s (%s) ON DELETE CASCADE", quoted_list(columns), model->sql_name,
					quoted_list(ak_relation_column_names(ak_relation_key_fields(model))));
}

static void
append_side(StringInfo sql, List *columns, const AkModel *model)
{
	for (int i = 0; i < model->nkeys; i++)
		appendStringInfo(sql, "%s %s NOT NULL, ", ak_core_quote(list_nth(columns, i)),
						 ak_core_type_name(model->keys[i]->typid, model->keys[i]->typmod));
	appendStringInfo(sql, "%s, ", reference_to(columns, model));
}

static void
create_table(const char *junction, const AkJunctionNames *names, const AkModel *source, const AkModel *target)
{
	char	   *target_columns = quoted_list(names->target);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (id uuid PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(), ",
					 junction);
	append_side(&sql, names->source, source);
	append_side(&sql, names->target, target);
	appendStringInfo(&sql, "UNIQUE (%s, %s))", quoted_list(names->source), target_columns);
	ak_core_ddl("%s", sql.data);
	ak_core_ddl("CREATE INDEX ON %s (%s)", junction, target_columns);
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
reconnect(const AkRelation *relation, const AkModel *target)
{
	List	   *columns = ak_relation_named_numbers(relation->junction_relid, relation->target_columns);

	if (ak_relation_native_key(relation->junction_relid, columns, target->relid, NULL) == NULL)
		ak_core_ddl("ALTER TABLE %s ADD %s", relation->junction_sql, reference_to(relation->target_columns, target));
	ak_relation_store_junction(relation, target->relid, relation->junction_schema,
							   relation->junction_table, relation->source_columns, relation->target_columns);
}

/* 42P16 */
static void
require_key(const AkModel *model)
{
	if (model->nkeys == 0)
		(void) ak_model_key(model);
}

void
ak_relation_create_junction(AkRelation *relation)
{
	AkModel    *target = ak_model_find(relation->source->registry, relation->target_app,
									   relation->target_name);
	AkJunctionNames names = names_for(relation, relation->source->name, target->name, relation->field->name);
	char	   *junction = ak_core_qualified(relation->source->app, names.table);

	require_key(relation->source);
	require_key(target);
	if (OidIsValid(relation->junction_relid))
	{
		reconnect(relation, target);
		return;
	}
	create_table(junction, &names, relation->source, target);
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
static char *
rename_column(const AkRelation *relation, char *column, const char *old_name, char *new_name)
{
	if (strcmp(column, old_name) != 0 || strcmp(old_name, new_name) == 0 ||
		get_attnum(relation->junction_relid, new_name) != InvalidAttrNumber)
		return column;
	ak_core_ddl("ALTER TABLE %s RENAME COLUMN %s TO %s", relation->junction_sql,
				ak_core_quote(old_name), ak_core_quote(new_name));
	return new_name;
}

/* The columns as they are called now; the names for them are as many unless the key has changed since. */
static List *
rename_columns(const AkRelation *relation, List *columns, List *old_names, List *new_names)
{
	List	   *renamed = NIL;

	if (list_length(columns) != list_length(old_names) || list_length(columns) != list_length(new_names))
		return columns;
	for (int i = 0; i < list_length(columns); i++)
		renamed = lappend(renamed, rename_column(relation, list_nth(columns, i), list_nth(old_names, i),
												 list_nth(new_names, i)));
	return renamed;
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
	AkJunctionNames before = names_for(relation, old_source, old_target, old_field);
	AkJunctionNames after = names_for(relation, relation->source->name, relation->target_name, relation->field->name);
	List	   *source;
	List	   *target;
	const char *table;

	if (relation->goes_through || !OidIsValid(relation->junction_relid) ||
		!ak_table_owned(relation->junction_relid))
		return;
	source = rename_columns(relation, relation->source_columns, before.source, after.source);
	target = rename_columns(relation, relation->target_columns, before.target, after.target);
	table = rename_table(relation, before.table, after.table);
	ak_relation_store_junction(relation, relation->seen_target, relation->junction_schema, table, source, target);
}

/* ---- through models ---- */

/*
 * A relation holds on to the keys of the model it goes through, so its owner
 * needs the right that a native key to that table would need; one who has it
 * not stands in nobody's way.
 */
static bool
may_go_through(const AkRelation *relation)
{
	Oid			source = relation->source->relid;
	Oid			through = relation->through->relid;

	if (!OidIsValid(source) || !OidIsValid(through))
		return true;
	return pg_class_aclcheck(through, ak_relation_owner(source), ACL_REFERENCES) == ACLCHECK_OK;
}

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
	if (!may_go_through(relation))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("many-to-many field \"%s\" of model \"%s\" cannot go through model \"%s\"",
						relation->field->name, relation->source->label, relation->through->label),
				 errdetail("It takes the REFERENCES right to table %s.", relation->through->sql_name)));
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

			if (relation != NULL && relation->through == model && may_go_through(relation))
				ak_relation_check_through(relation, complete);
		}
}

bool
ak_relation_holds_through(const AkRelation *relation, const AkModel *model)
{
	return relation->through == model && may_go_through(relation);
}

/* Does this relation go through the foreign key? */
static bool
goes_through_key(const AkRelation *relation, const AkField *key)
{
	AkField    *source;
	AkField    *target;

	return relation != NULL && ak_relation_holds_through(relation, key->model) &&
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
						 ak_relation_owner(user->model->relid) == ak_relation_owner(field->model->relid)
						 ? errhint("Remove that field first.")
						 : errhint("Its owner can remove that field, or the REFERENCES right to table %s can be taken from him.",
								   field->model->sql_name)));
		}
}
