/*
 * connect.c
 *		A relation meets its target: native key, trigger or junction.
 *
 * Every relation is first stored as pending and then connected, at once
 * when its target is there, else when the target is made.  ADD CONSTRAINT
 * takes SHARE ROW EXCLUSIVE on both tables; changing a pending column's type
 * rewrites the referencing table, which holds no values then.
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "relation/internal.h"

PG_FUNCTION_INFO_V1(ak_relation_connect_relation);

/* ---- the column ---- */

static bool
see_one(TupleTableSlot *row, void *arg)
{
	return false;
}

/* Has any row a value in the field's column? */
static bool
holds_values(const AkField *field)
{
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "SELECT 1 FROM %s%s WHERE %s IS NOT NULL LIMIT 1",
					 ak_relation_only(field->model->relid), field->model->sql_name, ak_core_quote(field->column));
	return ak_core_run_as_owner(ak_relation_owner(field->model->relid), &st, 0, see_one, NULL) > 0;
}

/* The default of the definition as a literal of the key's type; NULL when there is none. */
static char *
default_literal(const AkField *field, const AkField *key)
{
	const AkJson *value = ak_core_json_get(field->options, "default");

	if (value == NULL || value->kind == AK_JSON_NULL)
		return NULL;
	return ak_relation_literal(field->name, value, key->typid, key->typmod);
}

/* Gives a column that was made for an unknown key the key's type. */
static void
fit_column(const AkField *field, const AkField *key)
{
	const char *table = field->model->sql_name;
	const char *column = ak_core_quote(field->column);
	const char *type = ak_core_type_name(key->typid, key->typmod);
	char	   *fallback = field->has_default ? NULL : default_literal(field, key);

	if (field->typid != key->typid || field->typmod != key->typmod)
	{
		if (holds_values(field))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("column \"%s\" of table \"%s\" holds values that are no keys of model \"%s\"",
							field->column, field->model->table, key->model->label),
					 errdetail("The column is of type %s, the key of type %s.",
							   format_type_with_typemod(field->typid, field->typmod),
							   format_type_with_typemod(key->typid, key->typmod)),
					 errhint("Set the column to NULL or empty the table first.")));
		ak_core_ddl("ALTER TABLE %s ALTER COLUMN %s TYPE %s USING NULL::%s", table, column, type, type);
	}
	if (fallback != NULL)
		ak_core_ddl("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s", table, column, fallback);
}

/* ---- the native key ---- */

AkField *
ak_relation_named_key(const AkModel *target, const char *name, const char *field)
{
	AkField    *key = ak_model_field(target, name);

	if (key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" refers to field \"%s\" of model \"%s\", which does not exist",
						field, name, target->label),
				 ak_core_hint_nearest(name, ak_model_field_names(target))));
	return key;
}

/* 42P16 unless the fields have columns that are unique together. */
static void
require_unique(const AkModel *target, List *keys, bool named, const AkField *field)
{
	const AkField *first = linitial(keys);
	bool		there = true;
	ListCell   *cell;

	foreach(cell, keys)
		there = there && ((AkField *) lfirst(cell))->attnum != 0;
	if (there && (!named || ak_relation_is_unique(target->relid, ak_relation_numbers(keys))))
		return;
	if (list_length(keys) == 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" refers to field \"%s\" of model \"%s\", which is not unique",
						field->name, first->name, target->label),
				 errhint("Add \"unique\": true to field \"%s\".", first->name)));
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("field \"%s\" refers to fields of model \"%s\" that are not unique together",
					field->name, target->label),
			 errhint("Add a unique constraint over \"to_fields\" to model \"%s\".", target->label)));
}

/* The key of a target, for a relation that names no fields of it. */
static List *
whole_key(const AkModel *target, const AkField *field)
{
	if (target->nkeys == 0)
		(void) ak_model_key(target);	/* raises */
	if (target->nkeys > 1 && field->column != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" of model \"%s\" has one column, but the key of model \"%s\" has several fields",
						field->name, field->model->label, target->label),
				 errhint("Define the target first, or name fields of model \"%s\" in \"from_fields\".",
						 field->model->label)));
	return ak_relation_key_fields(target);
}

List *
ak_relation_referenced(const AkModel *target, const AkField *field)
{
	char	   *to_field = ak_core_json_get_string(field->options, "to_field");
	List	   *names = ak_relation_field_names(field->name, field->options, "to_fields");
	List	   *keys = NIL;
	ListCell   *cell;

	if (to_field != NULL)
		names = list_make1(to_field);
	foreach(cell, names)
		keys = lappend(keys, ak_relation_named_key(target, lfirst(cell), field->name));
	if (keys == NIL)
		keys = whole_key(target, field);
	require_unique(target, keys, names != NIL, field);
	return keys;
}

/* 42P16 unless the relation's columns are as many as the fields they refer to, and of their types. */
static void
check_columns(const AkRelation *relation, List *keys)
{
	const AkField *field = relation->field;
	ListCell   *from;
	ListCell   *to;

	if (list_length(relation->source_fields) != list_length(keys))
		ak_relation_wrong_count(field->name, list_length(relation->source_fields), list_length(keys));
	forboth(from, relation->source_fields, to, keys)
	{
		const AkField *a = lfirst(from);
		const AkField *b = lfirst(to);

		if (a->typid != b->typid)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("field \"%s\" refers over field \"%s\" to field \"%s\" of another type",
							field->name, a->name, b->name),
					 errdetail("They are of type %s and %s.", format_type_with_typemod(a->typid, a->typmod),
							   format_type_with_typemod(b->typid, b->typmod))));
	}
}

/* The columns that SET NULL and SET DEFAULT change: those that can be null, or have a default to take. */
static char *
columns_to_set(const AkRelation *relation)
{
	List	   *fields = NIL;
	ListCell   *cell;

	foreach(cell, relation->source_fields)
	{
		AkField    *field = lfirst(cell);

		if (!field->not_null || (relation->on_delete == AK_SET_DEFAULT && field->has_default))
			fields = lappend(fields, field);
	}
	return ak_relation_quoted_columns(fields != NIL ? fields : relation->source_fields);
}

/* What the native key and the like are named after: the column, or the field where there are several. */
static const char *
key_word(const AkRelation *relation)
{
	return relation->field->column ? relation->field->column : relation->field->name;
}

/* What PostgreSQL itself does when the referenced row goes. */
static char *
native_action(const AkRelation *relation)
{
	switch (relation->on_delete)
	{
		case AK_CASCADE:
			return " ON DELETE CASCADE";
		case AK_SET_NULL:
			return psprintf(" ON DELETE SET NULL (%s)", columns_to_set(relation));
		case AK_SET_DEFAULT:
			return psprintf(" ON DELETE SET DEFAULT (%s)", columns_to_set(relation));
		case AK_RESTRICT:
		case AK_PROTECT:
		case AK_SET_VALUE:
		case AK_DO_NOTHING:
			break;
	}
	return "";
}

/* RESTRICT can be deferred in any case: aksara.delete does it. */
static const char *
native_deferral(const AkRelation *relation)
{
	AkDeferral	deferral = ak_relation_deferral(relation->field->name, relation->field->options);

	if (deferral == AK_NOT_DEFERRABLE && relation->on_delete == AK_RESTRICT)
		deferral = AK_IMMEDIATE;
	return ak_model_deferral_clause(deferral);
}

/* The native key that is there; NULL: none. */
static char *
native_key(const AkRelation *relation, const AkModel *target)
{
	return ak_relation_own_key(relation, target->relid, NULL);
}

static char *
key_sql(const AkRelation *relation, const AkModel *target, List *keys)
{
	return psprintf("FOREIGN KEY (%s) REFERENCES %s (%s)%s%s", ak_relation_quoted_columns(relation->source_fields),
					target->sql_name, ak_relation_quoted_columns(keys), native_action(relation), native_deferral(relation));
}

const char *
ak_relation_key_sql(const AkField *field)
{
	const AkRelation *relation = field->relation;
	const char *name = makeObjectName(relation->source->table, key_word(relation), "fkey");

	return psprintf("CONSTRAINT %s %s", ak_core_quote(name), key_sql(relation, relation->target, relation->target_fields));
}

const char *
ak_relation_key_name(const AkField *field)
{
	return field->relation && field->relation->target ? field->relation->constraint : NULL;
}

/* Adds the native key, unless one is there already (by hand, or restored). */
static char *
add_constraint(const AkRelation *relation, const AkModel *target, List *keys)
{
	const AkModel *source = relation->source;
	char	   *name = native_key(relation, target);

	if (name != NULL)
		return name;
	name = ChooseConstraintName(source->table, key_word(relation), "fkey", get_rel_namespace(source->relid), NIL);
	ak_core_ddl("ALTER TABLE %s ADD CONSTRAINT %s %s", source->sql_name, ak_core_quote(name),
				key_sql(relation, target, keys));
	return name;
}

/* Who names columns without a native key needs the right that the key would need. */
static void
require_references(const AkModel *target, List *keys)
{
	AclResult	result = pg_class_aclcheck(target->relid, GetUserId(), ACL_REFERENCES);
	ListCell   *cell;

	if (result == ACLCHECK_OK)
		return;
	foreach(cell, keys)
	{
		result = pg_attribute_aclcheck(target->relid, ((AkField *) lfirst(cell))->attnum, GetUserId(), ACL_REFERENCES);
		if (result != ACLCHECK_OK)
			aclcheck_error(result, OBJECT_TABLE, target->table);
	}
}

static char *
make_constraint(const AkRelation *relation, const AkModel *target, List *keys)
{
	if (!relation->unconstrained)
		return add_constraint(relation, target, keys);
	require_references(target, keys);
	return NULL;
}

void
ak_relation_disconnect(const AkRelation *relation)
{
	char	   *name = NULL;

	ak_relation_unguard(relation);
	if (relation->target != NULL)
		name = native_key(relation, relation->target);
	if (name != NULL)
		ak_core_ddl("ALTER TABLE %s DROP CONSTRAINT %s", relation->source->sql_name, ak_core_quote(name));
}

/* The relation as it is in the present picture, after a change. */
static AkRelation *
again(const AkRelation *relation)
{
	AkRelation *found = ak_relation_find(relation->source->app, relation->source->name,
										 relation->field->name);

	if (found == NULL)
		elog(ERROR, "relation \"%s\" of model \"%s\" is gone", relation->field->name, relation->source->label);
	return found;
}

/* The fields that are referred to, where the native key does not say it or there are several. */
static void
store_keys(const AkRelation *relation, const AkModel *target, List *keys)
{
	if (relation->unconstrained || list_length(keys) != 1 || target->nkeys != 1 ||
		linitial(keys) != target->keys[0] || relation->field->column == NULL)
		ak_relation_store_target_columns(relation, keys);
}

void
ak_relation_register(const AkFieldDef *def, List *keys, const char *constraint)
{
	const AkModel *target = ((AkField *) linitial(keys))->model;
	AkRelation *relation;

	ak_relation_store(def, def->extra);
	relation = ak_relation_find(def->model->app, def->model->name, def->name);
	if (relation == NULL)
		elog(ERROR, "relation of field \"%s\" was not stored", def->name);
	ak_relation_check_accessor(relation);
	if (relation->field->column == NULL)
		ak_relation_store_source_columns(relation);
	ak_relation_store_constraint(relation, constraint, NULL);
	ak_relation_store_oids(relation, target->relid, InvalidOid);
	store_keys(relation, target, keys);
}

static void
connect_key(AkRelation *relation, const AkModel *target)
{
	List	   *keys = ak_relation_referenced(target, relation->field);
	const AkField *key = linitial(keys);
	char	   *expression = relation->set_expression;
	char	   *constraint;

	if (relation->field->column != NULL)
		fit_column(relation->field, key);
	else
		check_columns(relation, keys);
	relation = again(relation);
	if (expression != NULL)
		expression = ak_relation_expression_of_type(expression, key->typid, key->typmod,
													relation->field->name);
	constraint = make_constraint(relation, target, keys);
	ak_relation_store_constraint(relation, constraint, expression);
	ak_relation_store_oids(relation, target->relid, InvalidOid);
	store_keys(relation, target, keys);
	ak_relation_guard(again(relation));
}

/* After rename_field: what was named after the column, or the field of several, is named after it again. */
void
ak_relation_rename_constraint(const AkRelation *relation, const char *old_column)
{
	const AkModel *source = relation->source;
	char	   *name;

	if (relation->constraint == NULL || old_column == NULL || strcmp(old_column, key_word(relation)) == 0 ||
		strcmp(relation->constraint, makeObjectName(source->table, old_column, "fkey")) != 0)
		return;
	name = ChooseConstraintName(source->table, key_word(relation), "fkey", get_rel_namespace(source->relid), NIL);
	ak_core_ddl("ALTER TABLE %s RENAME CONSTRAINT %s TO %s", source->sql_name,
				ak_core_quote(relation->constraint), ak_core_quote(name));
	ak_relation_store_constraint(relation, name, relation->set_expression);
}

/* ---- many-to-many ---- */

static void
connect_many(AkRelation *relation, const AkModel *target)
{
	if (!relation->goes_through)
	{
		ak_relation_create_junction(relation);
		return;
	}
	if (relation->through == NULL)
		return;
	ak_relation_check_through(relation, true);
	ak_relation_store_oids(relation, target->relid, relation->through->relid);
}

/* ---- the whole ---- */

/* Builds what is missing, around a native key that is there; does nothing while the target is not. */
void
ak_relation_build(AkRelation *relation)
{
	AkModel    *target = ak_model_find(relation->source->registry, relation->target_app,
									   relation->target_name);

	if (target == NULL || !OidIsValid(target->relid) || ak_relation_is_dangling(relation))
		return;
	if (relation->kind == AK_MANY_TO_MANY)
		connect_many(relation, target);
	else
		connect_key(relation, target);
}

void
ak_relation_connect(AkRelation *relation)
{
	if (relation->target == NULL)
		ak_relation_build(relation);
}

/* ---- when the target comes ---- */

static bool
waits_for(const AkRelation *relation, const AkModel *model)
{
	return relation != NULL && OidIsValid(relation->source->relid) && relation->target == NULL &&
		(relation->through == model ||
		 (strcmp(relation->target_app, model->app) == 0 && strcmp(relation->target_name, model->name) == 0));
}

/* The relations of one sort that wait for a model. */
static List *
waiting_for(const AkModel *model, bool many)
{
	AkRegistry *registry = model->registry;
	List	   *waiting = NIL;

	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			AkRelation *relation = registry->models[i]->fields[j]->relation;

			if (waits_for(relation, model) && (relation->kind == AK_MANY_TO_MANY) == many)
				waiting = lappend(waiting, relation);
		}
	return waiting;
}

/* The model that came may have a field of the accessor's name. */
static void
connect_waiting(AkRelation *relation)
{
	if (relation->target == NULL)
		ak_relation_check_accessor(relation);
	ak_relation_connect(relation);
}

/*
 * Builds what belongs to the same owner.  Others' tables are left alone even
 * by a superuser: having named the model gives them no right to refer to it.
 * Nor is an adopted table altered because a target came back.
 */
static void
connect_or_warn(const AkRelation *relation, const AkModel *model)
{
	const AkModel *source = relation->source;
	bool		own = ak_relation_owner(source->relid) == ak_relation_owner(model->relid);

	if (own && (relation->kind == AK_MANY_TO_MANY || !ak_relation_came_with_table(relation)))
		connect_waiting(again(relation));
	else
		ereport(WARNING,
				(errmsg("relation \"%s\" of model \"%s\" stays pending", relation->field->name, source->label),
				 errdetail(own ? "Its table was adopted, and is altered only when that is said."
						   : "Its table belongs to another role."),
				 errhint("The owner can run aksara.connect_relation(%s, %s).",
						 quote_literal_cstr(source->label), quote_literal_cstr(relation->field->name))));
}

/* Keys are built before what may go through them. */
void
ak_relation_connect_waiting(const AkModel *model)
{
	ListCell   *cell;

	foreach(cell, waiting_for(model, false))
		connect_or_warn(lfirst(cell), model);
	foreach(cell, waiting_for(model, true))
		connect_or_warn(lfirst(cell), model);
}

/* connect_relation(model, field) → whether it is built. */
Datum
ak_relation_connect_relation(PG_FUNCTION_ARGS)
{
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "model");
	char	   *word = ak_core_arg_cstring(fcinfo, 1, "field");
	AkModel    *model = ak_model_resolve(ak_model_registry(), name);
	AkField    *field = ak_model_field(model, word);

	if (field == NULL || field->relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("model \"%s\" has no relation \"%s\"", model->label, word),
				 ak_core_hint_nearest(word, ak_relation_accessors(model))));
	ak_model_require_owner(model);
	connect_waiting(field->relation);
	PG_RETURN_BOOL(again(field->relation)->target != NULL);
}
