/*
 * alter.c
 *		A relation is defined anew, over a table that has rows.
 *
 * The native key is let go before the column changes and made again after it,
 * so it is checked against all rows: those that have no target stand in the
 * way with 23503.  What a junction links cannot change; the names that lead
 * over it can.
 */
#include "postgres.h"

#include "relation/internal.h"

static void
cannot(const AkField *field, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("field \"%s\" of model \"%s\" cannot %s", field->name, field->model->label, what),
			 errhint("Remove the field and add it anew.")));
}

static bool
same_name(const char *a_app, const char *a, const char *b_app, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a_app, b_app) == 0 && strcmp(a, b) == 0;
}

/* Its links stay, so they must mean the same. */
static void
check_many(const AkField *old, const AkRelationDef *new)
{
	const AkRelation *relation = old->relation;
	char	   *through = ak_core_json_get_string(old->options, "through");

	if (!same_name(relation->target_app, relation->target_name, new->target_app, new->target_name))
		cannot(old, "refer to another model");
	if ((through == NULL) != (new->through_name == NULL) ||
		(relation->through != NULL &&
		 !same_name(relation->through->app, relation->through->name, new->through_app, new->through_name)))
		cannot(old, "go through another model");
}

/* Links without a direction exist both ways from the start. */
static void
check_symmetrical(const AkField *old, const AkFieldDef *new)
{
	if (!old->relation->symmetrical && ak_core_json_get_bool(new->options, "symmetrical", false))
		cannot(old, "become symmetrical");
}

static bool
same_option(const AkField *old, const AkFieldDef *new, const char *option)
{
	AkJson	   *before = ak_core_json_get(old->options, option);
	AkJson	   *after = ak_core_json_get(new->options, option);

	if (before == NULL || after == NULL)
		return before == after;
	return ak_core_json_equal(before, after);
}

static bool
same_target(const AkRelation *relation, const AkRelationDef *new)
{
	return same_name(relation->target_app, relation->target_name, new->target_app, new->target_name);
}

bool
ak_relation_key_stays(const AkField *old, const AkFieldDef *new)
{
	static const char *const options[] = {
		"to_field", "to_fields", "on_delete", "db_constraint", "deferrable", "default"
	};
	const AkRelationDef *relation = new->extra;

	for (int i = 0; i < (int) lengthof(options); i++)
		if (!same_option(old, new, options[i]))
			return false;
	if (old->column == NULL && !same_option(old, new, "nullable"))
		return false;			/* SET_NULL names the columns that can be null */
	return same_target(old->relation, relation) && relation->on_delete == old->relation->on_delete;
}

/* A default that is another goes; the new one comes when the relation is connected. */
static void
drop_old_default(const AkField *old, const AkFieldDef *new)
{
	if (old->column != NULL && old->has_default && !same_option(old, new, "default"))
		ak_core_ddl("ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT", old->model->sql_name,
					ak_core_quote(old->column));
}

void
ak_relation_altering(const AkField *old, AkFieldDef *new)
{
	if (old->relation == NULL)
		return;
	if (old->relation->kind == AK_MANY_TO_MANY)
	{
		check_many(old, new->extra);
		check_symmetrical(old, new);
		return;
	}
	if (old->column == NULL)
		ak_relation_check_same_fields(old, new);
	if (ak_relation_key_stays(old, new))
		return;
	if (!same_target(old->relation, new->extra))
		ak_relation_check_unused(old);
	ak_relation_disconnect(old->relation);
	drop_old_default(old, new);
}

/* A unique index of its own makes the plain one needless; one that was there anyway may go again. */
static void
alter_index(const AkField *old, const AkFieldDef *new, bool unique)
{
	bool		wanted = unique ? new->unique
		: new->db_index && !(new->unique && ak_relation_made_index(old->relation, true));

	if (wanted)
		ak_relation_create_index(old->relation, unique);
	else
		ak_relation_drop_index(old->relation, unique);
}

/* What the definition says of columns is said of the fields that have them. */
static void
alter_fields(const AkField *old, const AkFieldDef *new)
{
	const AkRelation *relation;

	ak_relation_alter_parts(old, new);
	alter_index(old, new, true);
	alter_index(old, new, false);
	relation = ak_relation_find(new->model->app, new->model->name, new->name);
	ak_relation_store_source_columns(relation);
}

/* Does the same word of the same model lead back? */
static bool
same_accessor(const AkRelation *a, const AkRelation *b)
{
	if (a->related_name == NULL || b->related_name == NULL)
		return a->related_name == b->related_name;
	return strcmp(a->related_name, b->related_name) == 0 &&
		same_name(a->target_app, a->target_name, b->target_app, b->target_name);
}

void
ak_relation_altered(const AkField *old, AkFieldDef *new)
{
	AkRelation *relation;

	if (old->relation == NULL)
		return;
	ak_relation_store_accessor(new, new->extra);
	if (old->relation->kind != AK_MANY_TO_MANY && !ak_relation_key_stays(old, new))
		ak_relation_store_definition(new, new->extra);
	if (old->relation->kind != AK_MANY_TO_MANY && new->column == NULL)
		alter_fields(old, new);
	relation = ak_relation_find(new->model->app, new->model->name, new->name);
	if (relation == NULL)
		elog(ERROR, "relation of field \"%s\" was not stored", new->name);
	if (!same_accessor(old->relation, relation))
	{
		ak_relation_check_default_name(relation);
		ak_relation_check_accessor(relation);
	}
	if (new->column != NULL)
		ak_relation_rename_constraint(relation, old->column);
	ak_relation_connect(relation);
}
