/*
 * fields.c
 *		Relations over several columns.
 *
 * A relation to a key of several fields has no column of its own: fields of
 * its model hold the values, its parts.  "from_fields" names them, in the
 * order of the target's key or of "to_fields"; without it they are made, one
 * for each field of the key: {field}_{key field}, of its kind and its column's
 * type.  What the definition says of a column ("nullable", "default") is said
 * of the made parts; "unique" and "db_index" are about all of them together.
 */
#include "postgres.h"

#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "utils/lsyscache.h"

#include "relation/internal.h"

static void
bad_field(const AkFieldDef *def, const char *problem, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("field \"%s\" %s", def->name, problem),
			 hint ? errhint("%s", hint) : 0));
}

/* ---- options ---- */

List *
ak_relation_field_names(const char *field, const AkJson *options, const char *option)
{
	const AkJson *names = ak_core_json_get(options, option);
	List	   *list = NIL;

	if (names == NULL || names->kind == AK_JSON_NULL)
		return NIL;
	for (int i = 0; names->kind == AK_JSON_ARRAY && i < names->size; i++)
		if (names->items[i]->kind == AK_JSON_STRING)
			list = lappend(list, names->items[i]->text);
	if (list == NIL || list_length(list) != names->size || list_length(list) > AK_MOST_KEYS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("option \"%s\" of field \"%s\" must be a list of names of fields", option, field)));
	return list;
}

/* The fields that are named, of AkFieldDef *; `what` for messages. */
static List *
named_defs(const AkFieldDef *def, const AkModelDef *model, List *names, const char *option)
{
	List	   *fields = NIL;
	List	   *known = NIL;
	ListCell   *cell;

	foreach(cell, model->fields)
		if (lfirst(cell) != def)
			known = lappend(known, ((AkFieldDef *) lfirst(cell))->name);
	foreach(cell, names)
	{
		AkFieldDef *field = ak_model_find_field_def(model, lfirst(cell));

		if (field == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("option \"%s\" of field \"%s\" names field \"%s\" of model \"%s\", which does not exist",
							option, def->name, (char *) lfirst(cell), model->name),
					 ak_core_hint_nearest(lfirst(cell), known)));
		if (field->column == NULL)
			bad_field(def, psprintf("cannot refer over field \"%s\", which has no column", field->name), NULL);
		if (list_member_ptr(fields, field))
			bad_field(def, psprintf("names field \"%s\" twice in \"%s\"", field->name, option), NULL);
		fields = lappend(fields, field);
	}
	return fields;
}

/* ---- the target's key ---- */

/* The fields that are referred to, of AkFieldDef *; NIL while the target is not there. */
static List *
target_defs(const AkFieldDef *def)
{
	const AkRelationDef *relation = def->extra;
	AkModel    *target = relation->target;
	AkModelDef *model = def->model;
	List	   *keys = NIL;

	if (relation->self)
		target = ak_model_find(ak_model_registry(), model->app, model->name);
	if (target != NULL && OidIsValid(target->relid))
		model = ak_model_definition_of(target);
	else if (!relation->self)
		return NIL;
	if (relation->to_fields != NIL)
		return named_defs(def, model, relation->to_fields, "to_fields");
	if (target == NULL || !OidIsValid(target->relid))
		return model->keys;
	for (int i = 0; i < target->nkeys; i++)
		keys = lappend(keys, ak_model_find_field_def(model, target->keys[i]->name));
	return keys;
}

bool
ak_relation_is_over_fields(const AkFieldDef *def)
{
	const AkRelationDef *relation = def->extra;
	const AkModel *target = relation->target;

	if (relation->from_fields != NIL || relation->to_fields != NIL)
		return true;
	return relation->to_field == NULL && target != NULL && target->nkeys > 1;
}

/* ---- parts that are made ---- */

/* A kind of field for a column's type, where the key's own kind says more than that; NULL: none fits. */
static const char *
kind_for(Oid type)
{
	static const struct
	{
		Oid			type;
		const char *kind;
	}			kinds[] =
	{
		{INT2OID, "SmallInteger"}, {INT4OID, "Integer"}, {INT8OID, "BigInteger"}, {UUIDOID, "UUID"},
		{TEXTOID, "Text"}, {VARCHAROID, "String"}, {NUMERICOID, "Decimal"}, {DATEOID, "Date"},
		{TIMESTAMPTZOID, "DateTime"}
	};

	for (int i = 0; i < (int) lengthof(kinds); i++)
		if (kinds[i].type == type)
			return kinds[i].kind;
	return NULL;
}

/* Options of a key field that its part has too: those that are no matter of the key's own table. */
static AkJson *
kept_options(const AkFieldDef *key)
{
	static const char *const own[] = {
		"type", "nullable", "default", "db_default", "unique", "primary_key", "db_index", "column", "part_of",
		"help_text", "verbose_name", "ai_description", "ai_sensitive", "ai_agent_writable", "auto_from",
		"auto_now", "auto_now_add", "expression"
	};
	AkJson	   *options = ak_core_json_copy(key->options);

	for (int i = 0; i < (int) lengthof(own); i++)
		ak_core_json_remove(options, own[i]);
	return options;
}

/* The kind and options of a part: those of the key field, or what its column's type asks for. */
static AkJson *
part_definition(const AkFieldDef *def, const AkFieldDef *key)
{
	bool		plain = !key->type->relation && strstr(key->type->name, "Auto") == NULL &&
		strcmp(key->type->name, "Generated") != 0;
	AkJson	   *definition = plain ? kept_options(key) : ak_core_json_object();
	const char *kind = key->type->name;
	Oid			type;
	int32		typmod;

	if (!plain)
	{
		ak_core_parse_type(key->sql_type, &type, &typmod);
		kind = kind_for(type);
		if (kind == NULL)
			bad_field(def, psprintf("cannot make a field of type %s for \"%s\"", key->sql_type, key->name),
					  "Define the fields and name them in \"from_fields\".");
		if (type == VARCHAROID && typmod > VARHDRSZ)
			ak_core_json_put(definition, "max_length", ak_core_json_integer(typmod - VARHDRSZ));
		if (type == NUMERICOID && typmod > VARHDRSZ)
		{
			ak_core_json_put(definition, "max_digits", ak_core_json_integer(((typmod - VARHDRSZ) >> 16) & 0xffff));
			ak_core_json_put(definition, "decimal_places", ak_core_json_integer((typmod - VARHDRSZ) & 0x7ff));
		}
	}
	ak_core_json_put(definition, "type", ak_core_json_string(kind));
	return definition;
}

/* The name that documents know a key field by. */
static const char *
document_key(const AkFieldDef *key)
{
	return key->type->relation ? psprintf("%s_id", key->name) : key->name;
}

/* What the relation's default says of one key field; NULL: nothing. */
static AkJson *
default_of(const AkFieldDef *def, const AkFieldDef *key)
{
	const AkJson *object = ak_core_json_get(def->options, "default");
	AkJson	   *value;

	if (object == NULL || object->kind == AK_JSON_NULL)
		return NULL;
	if (object->kind != AK_JSON_OBJECT)
		bad_field(def, "needs an object as its default, for it refers over several fields", NULL);
	value = ak_core_json_get(object, document_key(key));
	if (value == NULL)
		value = ak_core_json_get(object, key->name);
	if (value == NULL)
		bad_field(def, psprintf("has a default that says nothing of \"%s\"", document_key(key)), NULL);
	return value;
}

static void
make_part(AkFieldDef *def, const AkFieldDef *key)
{
	AkJson	   *definition = part_definition(def, key);
	AkJson	   *value = default_of(def, key);
	AkFieldDef *part;
	Oid			type;
	int32		typmod;

	if (def->nullable)
		ak_core_json_put(definition, "nullable", ak_core_json_bool(true));
	if (value != NULL)
		ak_core_json_put(definition, "default", value);
	part = ak_model_add_part(def, psprintf("%s_%s", def->name, document_key(key)), definition);
	part->sql_type = key->sql_type;
	ak_core_parse_type(key->sql_type, &type, &typmod);
	if (key->collation != get_typcollation(type))
		part->collation = key->collation;
}

/* ---- the definition ---- */

void
ak_relation_wrong_count(const char *field, int from, int to)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg_plural("field \"%s\" refers to a key of %d field, but over %d",
						   "field \"%s\" refers to a key of %d fields, but over %d", to, field, to, from)));
}

/* 42P16 unless as many fields of the same types refer as are referred to. */
static void
check_pairs(const AkFieldDef *def, List *keys)
{
	ListCell   *from;
	ListCell   *to;

	if (list_length(def->parts) != list_length(keys))
		ak_relation_wrong_count(def->name, list_length(def->parts), list_length(keys));
	forboth(from, def->parts, to, keys)
	{
		const AkFieldDef *a = lfirst(from);
		const AkFieldDef *b = lfirst(to);
		Oid			types[2];
		int32		typmod;

		if (a->sql_type == NULL || b->sql_type == NULL)
			continue;
		ak_core_parse_type(a->sql_type, &types[0], &typmod);
		ak_core_parse_type(b->sql_type, &types[1], &typmod);
		if (types[0] != types[1])
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("field \"%s\" refers over field \"%s\" to field \"%s\" of another type",
							def->name, a->name, b->name),
					 errdetail("They are of type %s and %s.", a->sql_type, b->sql_type)));
	}
}

static bool
same_fields(const AkField *old, const AkFieldDef *new)
{
	ListCell   *a;
	ListCell   *b;

	if (list_length(old->relation->source_fields) != list_length(new->parts))
		return false;
	forboth(a, old->relation->source_fields, b, new->parts)
		if (strcmp(((AkField *) lfirst(a))->name, ((AkFieldDef *) lfirst(b))->name) != 0)
			return false;
	return true;
}

/* Does the relation refer so already, over the same fields?  Then its native key compares them. */
static bool
is_there(const AkFieldDef *def)
{
	const AkRelation *present = ak_relation_find(def->model->app, def->model->name, def->name);

	return present != NULL && present->kind != AK_MANY_TO_MANY && present->target != NULL &&
		same_fields(present->field, def) && ak_relation_key_stays(present->field, def);
}

/* Were the parts made for the field?  Then it speaks for them. */
static bool
are_made(const AkFieldDef *def)
{
	ListCell   *cell;

	foreach(cell, def->parts)
	{
		const char *name = ak_core_json_get_string(((AkFieldDef *) lfirst(cell))->options, "part_of");

		if (name == NULL || strcmp(name, def->name) != 0)
			return false;
	}
	return true;
}

static bool
any_nullable(const AkFieldDef *def)
{
	ListCell   *cell;

	if (are_made(def))
		return def->nullable;
	foreach(cell, def->parts)
		if (((AkFieldDef *) lfirst(cell))->nullable)
			return true;
	return false;
}

/* Has one of the fields a default, by its definition or in the table that is there? */
static bool
any_default(const AkFieldDef *def)
{
	const AkModel *model = ak_model_find(ak_model_registry(), def->model->app, def->model->name);
	ListCell   *cell;

	if (are_made(def))
		return ak_core_json_get(def->options, "default") != NULL;
	foreach(cell, def->parts)
	{
		const AkFieldDef *part = lfirst(cell);
		const AkField *field = model ? ak_model_field(model, part->name) : NULL;

		if (part->default_sql != NULL || (field != NULL && field->has_default))
			return true;
	}
	return false;
}

/* What the fields that are there already say themselves. */
static void
refuse_part_options(const AkFieldDef *def)
{
	static const char *const options[] = {"primary_key", "column", "db_default", "choices", "default"};
	bool		named = !are_made(def);

	for (int i = 0; i < (int) lengthof(options) - !named; i++)
	{
		const AkJson *value = ak_core_json_get(def->options, options[i]);

		if (value != NULL && value->kind != AK_JSON_NULL &&
			(value->kind != AK_JSON_BOOL || value->truth))
			bad_field(def, psprintf("cannot have option \"%s\", for it refers over several fields", options[i]),
					  named ? "Give it to the fields in \"from_fields\"." : NULL);
	}
}

/* SET_NULL and SET_DEFAULT need a field that can be changed; SET has no single value to set. */
static void
check_action(const AkFieldDef *def)
{
	const AkRelationDef *relation = def->extra;

	if (relation->on_delete == AK_SET_NULL && !any_nullable(def))
		bad_field(def, "cannot be SET_NULL because none of its fields is nullable", "Add \"nullable\": true.");
	if (relation->on_delete == AK_SET_DEFAULT && !any_nullable(def) && !any_default(def))
		bad_field(def, "cannot be SET_DEFAULT because none of its fields has a default",
				  "Add \"default\", or \"nullable\": true.");
	if (relation->on_delete == AK_SET_VALUE)
		bad_field(def, "cannot be SET because it refers over several fields",
				  "Use \"SET_DEFAULT\", with an object as \"default\".");
}

/* The option as it is registered: always named. */
static void
note_names(AkFieldDef *def)
{
	AkJson	   *names = ak_core_json_array();
	ListCell   *cell;

	foreach(cell, def->parts)
		ak_core_json_push(names, ak_core_json_string(((AkFieldDef *) lfirst(cell))->name));
	ak_core_json_put(def->options, "from_fields", names);
}

/* Its native key, which stays as it is, may compare two types: then the column keeps its own. */
static void
keep_type(AkFieldDef *def)
{
	const AkRelation *present = ak_relation_find(def->model->app, def->model->name, def->name);
	const AkField *field = present ? present->field : NULL;

	if (field != NULL && field->attnum != 0 && present->target != NULL &&
		((AkField *) linitial(present->target_fields))->typid != field->typid &&
		ak_relation_key_stays(field, def))
		def->sql_type = pstrdup(ak_core_type_name(field->typid, field->typmod));
}

/* Finds or makes the fields of a relation that has no column. */
void
ak_relation_expand(AkFieldDef *def)
{
	AkRelationDef *relation = def->extra;
	List	   *keys = target_defs(def);
	ListCell   *cell;

	if (def->column != NULL)
	{
		keep_type(def);
		if (!relation->self || relation->to_field != NULL || list_length(keys) <= 1)
			return;
		def->column = NULL;
	}
	if (relation->from_fields != NIL)
		def->parts = named_defs(def, def->model, relation->from_fields, "from_fields");
	else
		def->parts = ak_model_find_parts(def);
	refuse_part_options(def);
	if (def->parts == NIL && keys == NIL)
		bad_field(def, psprintf("refers over fields that are not known, because model \"%s.%s\" is not defined yet",
								relation->target_app, relation->target_name),
				  "Define that model first, or name fields of this one in \"from_fields\".");
	foreach(cell, def->parts ? NIL : keys)
		make_part(def, lfirst(cell));
	if (are_made(def))
		foreach(cell, keys)
			(void) default_of(def, lfirst(cell));
	if (keys != NIL && !is_there(def))
		check_pairs(def, keys);
	check_action(def);
	note_names(def);
}

/* ---- the index ---- */

/* The index of that name, if it is this table's. */
static Oid
index_named(const AkModel *model, const char *name)
{
	Oid			index = get_relname_relid(name, get_rel_namespace(model->relid));

	return OidIsValid(index) && get_rel_relkind(index) != RELKIND_RELATION &&
		IndexGetRelation(index, true) == model->relid ? index : InvalidOid;
}

static char *
index_name(const AkModel *model, const char *field, bool unique)
{
	return makeObjectName(model->table, field, unique ? "key" : "idx");
}

void
ak_relation_create_index(const AkRelation *relation, bool unique)
{
	const AkModel *source = relation->source;
	Oid			schema = get_rel_namespace(source->relid);
	char	   *columns = ak_relation_quoted_columns(relation->source_fields);
	char	   *name;

	if (ak_relation_has_index(source->relid, ak_relation_numbers(relation->source_fields), unique))
		return;
	name = unique ? ChooseConstraintName(source->table, relation->field->name, "key", schema, NIL)
		: ChooseRelationName(source->table, relation->field->name, "idx", schema, false);
	if (unique)
		ak_core_ddl("ALTER TABLE %s ADD CONSTRAINT %s UNIQUE (%s)", source->sql_name, ak_core_quote(name), columns);
	else
		ak_core_ddl("CREATE INDEX %s ON %s (%s)", ak_core_quote(name), source->sql_name, columns);
}

bool
ak_relation_made_index(const AkRelation *relation, bool unique)
{
	return OidIsValid(index_named(relation->source, index_name(relation->source, relation->field->name, unique)));
}

void
ak_relation_drop_index(const AkRelation *relation, bool unique)
{
	const AkModel *source = relation->source;
	char	   *name = index_name(source, relation->field->name, unique);

	if (!ak_relation_made_index(relation, unique))
		return;
	if (unique)
		ak_core_ddl("ALTER TABLE %s DROP CONSTRAINT %s", source->sql_name, ak_core_quote(name));
	else
		ak_core_ddl("DROP INDEX %s", ak_core_qualified(get_namespace_name(get_rel_namespace(source->relid)), name));
}

static void
rename_index(const AkRelation *relation, const char *old_name, bool unique)
{
	const AkModel *source = relation->source;
	Oid			schema = get_rel_namespace(source->relid);
	char	   *before = index_name(source, old_name, unique);
	char	   *after = index_name(source, relation->field->name, unique);

	if (OidIsValid(index_named(source, before)) && !OidIsValid(get_relname_relid(after, schema)))
		ak_core_ddl("ALTER INDEX %s RENAME TO %s", ak_core_qualified(get_namespace_name(schema), before),
					ak_core_quote(after));
}

void
ak_relation_rename_index(const AkRelation *relation, const char *old_name)
{
	rename_index(relation, old_name, true);
	rename_index(relation, old_name, false);
}

/* ---- alter_field ---- */

static bool
same_value(AkJson *before, AkJson *after)
{
	return before == NULL || after == NULL ? before == after : ak_core_json_equal(before, after);
}

void
ak_relation_check_same_fields(const AkField *old, const AkFieldDef *new)
{
	if (!same_fields(old, new))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" of model \"%s\" cannot refer over other fields", old->name, old->model->label),
				 errhint("Remove the field and add it anew.")));
}

/* What an object, or NULL, says of a field by the name that documents know it by, or its own. */
static AkJson *
member_for(const AkJson *object, const AkField *field)
{
	AkJson	   *value = object ? ak_core_json_get(object, field->json_name) : NULL;

	return value == NULL && object != NULL ? ak_core_json_get(object, field->name) : value;
}

/* Gives the made parts what the definition says anew of its columns. */
void
ak_relation_alter_parts(const AkField *old, const AkFieldDef *new)
{
	AkJson	   *before = ak_core_json_get(old->options, "default");
	AkJson	   *after = ak_core_json_get(new->options, "default");
	bool		nullable = ak_core_json_get_bool(old->options, "nullable", false);
	ListCell   *cell;
	ListCell   *key;

	if (ak_model_made_parts(old) == NIL || old->relation->target_fields == NIL)
		return;
	forboth(cell, old->relation->source_fields, key, old->relation->target_fields)
	{
		AkJson	   *changes = ak_core_json_object();
		AkJson	   *value = member_for(after, lfirst(key));

		if (new->nullable != nullable)
			ak_core_json_put(changes, "nullable", new->nullable ? ak_core_json_bool(true) : ak_core_json_null());
		if (!same_value(before, after))
			ak_core_json_put(changes, "default", value ? value : ak_core_json_null());
		if (changes->size > 0)
			ak_model_alter_part(lfirst(cell), changes);
	}
}
