/*
 * types.c
 *		The field types ForeignKey, OneToOne and ManyToMany.
 *
 * A foreign key's column is {field}_id of the type of the target's key, or of
 * the field that to_field names; while that is not defined it is uuid, the
 * default key's type.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "relation/internal.h"

/* ---- define ---- */

static bool
has_option(const AkFieldDef *def, const char *option)
{
	return ak_core_json_get(def->options, option) != NULL;
}

/* The type of the key, or of `to_field`, of a model that is just being defined; NULL when it is not known yet. */
static char *
key_type_in_definition(const AkModelDef *model, const char *to_field)
{
	const AkJson *key = ak_core_json_get(model->meta, "primary_key");
	const char *word = key != NULL && key->kind == AK_JSON_STRING ? key->text : NULL;
	ListCell   *cell;

	foreach(cell, model->fields)
	{
		AkFieldDef *field = lfirst(cell);

		if (to_field != NULL && strcmp(to_field, field->name) == 0)
			return field->sql_type;
		if (to_field == NULL && field->sql_type != NULL &&
			(field->primary_key || (word != NULL && strcmp(word, field->name) == 0)))
			return field->sql_type;
	}
	return to_field == NULL && word != NULL && strcmp(word, "bigint") == 0 ? "bigint" : NULL;
}

/* The field that to_field names, else the key.  NULL for a word that the relation had before, and that names nothing any more. */
static const AkField *
key_of_target(const AkFieldDef *def, const AkRelationDef *relation, AkModel *target)
{
	const AkRelation *present = ak_relation_find(def->model->app, def->model->name, def->name);
	const char *before = present ? ak_core_json_get_string(present->field->options, "to_field") : NULL;
	const AkField *key;

	if (relation->to_field == NULL)
		return target->nkeys <= 1 ? ak_model_key(target) : NULL;
	key = ak_model_field(target, relation->to_field);
	if (key == NULL && OidIsValid(target->relid) && (before == NULL || strcmp(before, relation->to_field) != 0))
		key = ak_relation_named_key(target, relation->to_field, def->name); /* raises */
	return key;
}

/* The type of the key that is referenced; unknown ones are put right when they are connected. */
static const char *
key_type(const AkFieldDef *def, const AkRelationDef *relation)
{
	const AkModelDef *model = def->model;
	AkModel    *target = relation->target;
	const AkField *key = NULL;
	const char *type = NULL;

	if (relation->self)
	{
		target = ak_model_find(ak_model_registry(), model->app, model->name);
		if (target == NULL)
			type = key_type_in_definition(model, relation->to_field);
	}
	if (target != NULL)
		key = key_of_target(def, relation, target);
	if (key != NULL && key->column != NULL)
		type = ak_core_type_name(key->typid, key->typmod);
	return type ? type : ak_core_type_name(UUIDOID, -1);
}

char *
ak_relation_literal(const char *field, const AkJson *value, Oid type, int32 typmod)
{
	AkProblems	problems = {0};
	AkValue		read;

	if (!ak_model_read_typed(type, typmod, field, value, &read, &problems) || read.isnull)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("the default of field \"%s\" is no key of its target", field),
				 problems.list ? errdetail("%s.", ((AkProblem *) linitial(problems.list))->message) : 0));
	return psprintf("%s::%s", quote_literal_cstr(ak_core_output_iso(type, read.datum)),
					ak_core_type_name(type, typmod));
}

static void
define_column(AkFieldDef *def, const AkRelationDef *relation)
{
	if (!has_option(def, "column"))
		def->column = psprintf("%s_id", def->name);
	ak_core_check_identifier(def->column, "column name");
	def->sql_type = pstrdup(key_type(def, relation));
}

/* A default is given to the column when it is connected: only then is its type known. */
static void
define_key(AkFieldDef *def, AkRelationKind kind)
{
	AkRelationDef *relation = ak_relation_read_options(def, kind);

	def->extra = relation;
	if (kind == AK_ONE_TO_ONE)
		def->unique = true;
	if (!has_option(def, "db_index"))
		def->db_index = true;
	if (ak_relation_is_over_fields(def))
		def->column = NULL;
	else
		define_column(def, relation);
}

static void
define_foreign_key(AkFieldDef *def)
{
	define_key(def, AK_FOREIGN_KEY);
}

static void
define_one_to_one(AkFieldDef *def)
{
	define_key(def, AK_ONE_TO_ONE);
}

static void
define_many_to_many(AkFieldDef *def)
{
	def->extra = ak_relation_read_options(def, AK_MANY_TO_MANY);
	def->column = NULL;
	def->sql_type = NULL;
}

/* ---- built, removing, renamed ---- */

static void
build_over_fields(const AkFieldDef *def, const AkRelation *relation)
{
	ak_relation_store_source_columns(relation);
	if (def->unique || def->db_index)
		ak_relation_create_index(relation, def->unique);
}

static void
built(AkFieldDef *def, Oid relid)
{
	AkRelation *relation;

	ak_relation_store(def, def->extra);
	relation = ak_relation_find(def->model->app, def->model->name, def->name);
	if (relation == NULL)
		elog(ERROR, "relation of field \"%s\" was not stored", def->name);
	ak_relation_check_default_name(relation);
	ak_relation_check_accessor(relation);
	ak_relation_check_as_through(relation->source, false);
	if (def->column == NULL && relation->kind != AK_MANY_TO_MANY)
		build_over_fields(def, relation);
	if (relation->kind == AK_MANY_TO_MANY)
		ak_relation_connect(relation);
	else
		ak_relation_build(relation);
}

static void
removing_key(AkField *field)
{
	if (field->relation == NULL)
		return;
	ak_relation_check_unused(field);
	if (field->column != NULL)
	{
		ak_relation_unguard(field->relation);
		return;
	}
	ak_relation_disconnect(field->relation);
	ak_relation_drop_index(field->relation, true);
	ak_relation_drop_index(field->relation, false);
}

static void
removing_many(AkField *field)
{
	if (field->relation != NULL && !field->relation->goes_through)
		ak_relation_drop_junction(field->relation);
}

static void
renamed_key(AkField *field, const char *new_name)
{
	AkRelation *relation = ak_relation_find(field->model->app, field->model->name, new_name);

	if (relation == NULL)
		return;
	ak_relation_rename_constraint(relation, field->column ? field->column : field->name);
	if (field->column == NULL)
		ak_relation_rename_index(relation, field->name);
}

static void
renamed_many(AkField *field, const char *new_name)
{
	AkRelation *relation = ak_relation_find(field->model->app, field->model->name, new_name);

	if (relation != NULL)
		ak_relation_rename_junction(relation, field->model->name, relation->target_name, field->name);
}

/* ---- read: a key, or an object that holds it ---- */

/* What the object of a row gives the field; NULL when it does not hold it. */
static const AkJson *
key_in_object(const AkRelation *relation, const AkJson *object)
{
	const AkField *key = linitial(relation->target_fields);
	AkJson	   *value;

	if (key->is_key)
		return ak_relation_object_key(relation->target, object);
	value = ak_core_json_get(object, key->json_name);
	return value == NULL || value->kind == AK_JSON_NULL ? NULL : value;
}

static bool
read_key(const AkField *field, const AkJson *value, AkValue *out, AkProblems *problems)
{
	const AkJson *plain = ak_model_unwrap(value);
	const AkModel *target = field->relation ? field->relation->target : NULL;

	if (plain->kind == AK_JSON_OBJECT && target != NULL)
	{
		plain = key_in_object(field->relation, plain);
		if (plain == NULL)
		{
			ak_core_problem(problems, field->name, ERRCODE_INVALID_PARAMETER_VALUE, "invalid",
							"\"%s\" must be a key of model \"%s\" or an object that holds it",
							field->name, target->label);
			return false;
		}
	}
	return ak_model_read_typed(field->typid, field->typmod, field->name, plain, out, problems);
}

/* ---- describe ---- */

static void
describe_relation(const AkField *field, AkJson *out)
{
	const AkRelation *relation = field->relation;

	if (relation == NULL)
		return;
	ak_core_json_put(out, "to", ak_core_json_string(
						 psprintf("%s.%s", relation->target_app, relation->target_name)));
	ak_core_json_put(out, "related_name", relation->related_name ?
					 ak_core_json_string(relation->related_name) : ak_core_json_null());
	if (relation->target == NULL)
		ak_core_json_put(out, "pending", ak_core_json_bool(true));
}

static AkJson *
names_of(List *fields)
{
	AkJson	   *names = ak_core_json_array();
	ListCell   *cell;

	foreach(cell, fields)
		ak_core_json_push(names, ak_core_json_string(((AkField *) lfirst(cell))->name));
	return names;
}

/* Over several fields: which, and to which. */
static void
describe_fields(const AkRelation *relation, AkJson *out)
{
	if (relation->source_fields != NIL)
		ak_core_json_put(out, "from_fields", names_of(relation->source_fields));
	if (relation->target_fields != NIL)
		ak_core_json_put(out, "to_fields", names_of(relation->target_fields));
}

static void
describe_key(const AkField *field, AkJson *out)
{
	const AkRelation *relation = field->relation;

	describe_relation(field, out);
	if (relation == NULL)
		return;
	ak_core_json_put(out, "on_delete", ak_core_json_string(
						 relation->on_delete == AK_SET_VALUE
						 ? psprintf("SET(%s)", relation->set_expression)
						 : ak_relation_on_delete_word(relation->on_delete)));
	if (field->column != NULL && relation->target != NULL &&
		(!((AkField *) linitial(relation->target_fields))->is_key || relation->target->nkeys != 1))
		ak_core_json_put(out, "to_field", ak_core_json_string(((AkField *) linitial(relation->target_fields))->name));
	if (field->column == NULL)
		describe_fields(relation, out);
}

static void
describe_many(const AkField *field, AkJson *out)
{
	const AkRelation *relation = field->relation;

	describe_relation(field, out);
	if (relation == NULL)
		return;
	if (relation->through != NULL)
		ak_core_json_put(out, "through", ak_core_json_string(relation->through->label));
	else if (!relation->goes_through && relation->junction_sql != NULL)
		ak_core_json_put(out, "junction", ak_core_json_string(relation->junction_sql));
}

/* ---- the table ---- */

static const char *const key_options[] = {
	"to", "to_field", "to_fields", "from_fields", "on_delete", "related_name", "db_constraint", "deferrable", NULL
};
static const char *const many_options[] = {"to", "related_name", "through", "symmetrical", NULL};

static const AkFieldType types[] = {
	{
		.name = "ForeignKey",
		.options = key_options,
		.relation = true,
		.define = define_foreign_key,
		.expand = ak_relation_expand,
		.built = built,
		.removing = removing_key,
		.native_key = ak_relation_key_name,
		.native_key_sql = ak_relation_key_sql,
		.altering = ak_relation_altering,
		.altered = ak_relation_altered,
		.renamed = renamed_key,
		.read = read_key,
		.describe = describe_key,
	},
	{
		.name = "OneToOne",
		.options = key_options,
		.relation = true,
		.define = define_one_to_one,
		.expand = ak_relation_expand,
		.built = built,
		.removing = removing_key,
		.native_key = ak_relation_key_name,
		.native_key_sql = ak_relation_key_sql,
		.altering = ak_relation_altering,
		.altered = ak_relation_altered,
		.renamed = renamed_key,
		.read = read_key,
		.describe = describe_key,
	},
	{
		.name = "ManyToMany",
		.options = many_options,
		.relation = true,
		.define = define_many_to_many,
		.built = built,
		.removing = removing_many,
		.altering = ak_relation_altering,
		.altered = ak_relation_altered,
		.renamed = renamed_many,
		.describe = describe_many,
	},
};

void
ak_relation_register_types(void)
{
	for (int i = 0; i < (int) lengthof(types); i++)
		ak_model_register_type(&types[i]);
}
