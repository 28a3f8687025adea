/*
 * adopt_register.c
 *		Relations of adopted tables are registered, over the native keys that are
 *		there.
 *
 * A key over several columns gets a field of its own, which names the fields
 * of those columns.  In the options of an adoption such a key goes by its
 * constraint's name.
 */
#include "postgres.h"

#include "relation/adopt.h"

/* ---- accessors ---- */

/* The words that lead somewhere from a model, or could: fields, columns, and accessors of what points at it. */
List *
ak_relation_words_of(const AkModel *model)
{
	AkRegistry *registry = model->registry;
	List	   *words = NIL;

	for (int i = 0; i < model->nfields; i++)
	{
		words = lappend(lappend(words, model->fields[i]->name), model->fields[i]->json_name);
		if (model->fields[i]->column != NULL)
			words = lappend(words, model->fields[i]->column);
	}
	for (int i = 0; i < registry->nmodels; i++)
		for (int j = 0; j < registry->models[i]->nfields; j++)
		{
			AkRelation *other = registry->models[i]->fields[j]->relation;

			if (other != NULL && other->related_name != NULL &&
				strcmp(other->target_app, model->app) == 0 && strcmp(other->target_name, model->name) == 0)
				words = lappend(words, other->related_name);
		}
	return words;
}

char *
ak_relation_adopted_accessor(const char *model, const char *field, AkRelationKind kind, const AkModel *target)
{
	char	   *usual = ak_relation_default_name(model, kind);
	char	   *name = usual;

	if (field != NULL)
		name = ak_relation_default_name(psprintf("%s_%s", model, field), kind);
	name = ak_model_free_name(ak_model_safe_field_name(name), ak_relation_words_of(target));
	return strcmp(name, usual) == 0 ? NULL : name;
}

/* Do several keys of the table lead to that target? */
static bool
is_one_of_several(const AkForeignKey *key)
{
	int			count = 0;
	ListCell   *cell;

	foreach(cell, ak_relation_foreign_keys(key->source))
		if (((AkForeignKey *) lfirst(cell))->target == key->target)
			count++;
	return count > 1;
}

/* What an option says of a column, or of a key by its name; NULL where it says nothing. */
static char *
asked(const AkJson *option, const char *name, const char *what)
{
	const AkJson *value = option ? ak_core_json_get(option, name) : NULL;

	if (value == NULL)
		return NULL;
	if (value->kind != AK_JSON_STRING)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the %s for \"%s\" must be a string, not %s", what, name, ak_core_json_kind_name(value->kind))));
	return value->text;
}

static char *
choose_accessor(const AkAdoption *adoption, const AkFieldDef *field)
{
	const AkAdoptedRelation *adopted = field->extra;
	char	   *name = asked(adoption->related_names, field->column ? field->column : adopted->key->name, "accessor");

	if (name == NULL)
		return ak_relation_adopted_accessor(adoption->def.name, is_one_of_several(adopted->key) ? field->name : NULL,
											adopted->def.kind,
											ak_model_by_table(ak_model_registry(), adopted->key->target));
	ak_relation_check_accessor_name(field->name, name);
	return name;
}

/* ---- fields ---- */

/* The model's fields of these columns, of AkField *; NIL unless each has one. */
static List *
fields_of(Oid relid, List *columns)
{
	const AkModel *model = ak_model_by_table(ak_model_registry(), relid);
	List	   *fields = NIL;
	ListCell   *cell;

	foreach(cell, columns)
		for (int i = 0; i < model->nfields; i++)
			if (model->fields[i]->attnum == lfirst_int(cell))
				fields = lappend(fields, model->fields[i]);
	return list_length(fields) == list_length(columns) ? fields : NIL;
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

/* Are these the fields of their model's key, in its order? */
static bool
is_key(List *fields)
{
	List	   *keys = ak_relation_key_fields(((AkField *) linitial(fields))->model);

	return list_length(keys) == list_length(fields) &&
		equal(ak_relation_numbers(fields), ak_relation_numbers(keys));
}

/* Completes the options by what is known now: the accessor, and what is referred to unless it is the key. */
static void
complete_options(AkFieldDef *field, List *keys)
{
	const AkAdoptedRelation *adopted = field->extra;

	if (adopted->def.related_name != NULL)
		ak_core_json_put(field->options, "related_name", ak_core_json_string(adopted->def.related_name));
	if (is_key(keys))
		return;
	if (field->column != NULL)
		ak_core_json_put(field->options, "to_field", ak_core_json_string(((AkField *) linitial(keys))->name));
	else
		ak_core_json_put(field->options, "to_fields", names_of(keys));
}

/* ---- a key over one column ---- */

/* Where its target's column has no field, the relation is none. */
static void
register_column(const AkAdoption *adoption, AkFieldDef *field)
{
	AkAdoptedRelation *adopted = field->extra;
	List	   *keys = fields_of(adopted->key->target, adopted->key->referenced);
	AkField    *registered = linitial(fields_of(adopted->key->source, adopted->key->columns));

	if (keys == NIL)
	{
		ak_model_map_plainly(registered);
		return;
	}
	adopted->def.related_name = choose_accessor(adoption, field);
	complete_options(field, keys);
	ak_model_store_options(registered, field->options);
	ak_relation_register(field, keys, adopted->key->name);
}

/* ---- a key over several ---- */

/* In the order of the target's key, where that is what the key refers to. */
static void
order_by_key(AkForeignKey *key)
{
	const AkModel *target = ak_model_by_table(ak_model_registry(), key->target);
	List	   *columns = NIL;
	List	   *referenced = ak_relation_numbers(ak_relation_key_fields(target));
	ListCell   *cell;

	if (list_length(referenced) != list_length(key->referenced) ||
		list_difference_int(referenced, key->referenced) != NIL)
		return;
	foreach(cell, referenced)
	{
		int			at = 0;

		while (list_nth_int(key->referenced, at) != lfirst_int(cell))
			at++;
		columns = lappend_int(columns, list_nth_int(key->columns, at));
	}
	key->columns = columns;
	key->referenced = referenced;
}

/* What the columns' names begin with together, as ship in ship_country, ship_code; else the target's name. */
static char *
stem_of(List *parts, const AkModel *target)
{
	const char *first = ((AkField *) linitial(parts))->column;
	int			length = strlen(first);
	ListCell   *cell;

	foreach(cell, parts)
		while (length > 0 && strncmp(first, ((AkField *) lfirst(cell))->column, length) != 0)
			length--;
	while (length > 0 && first[length] != '_')
		length--;
	return length > 0 ? pnstrdup(first, length) : ak_core_snake(target->name);
}

static char *
name_for(const AkAdoption *adoption, const AkForeignKey *key, List *parts)
{
	char	   *name = asked(adoption->field_names, key->name, "name of the field");
	List	   *taken = ak_relation_words_of(((AkField *) linitial(parts))->model);

	if (name == NULL)
		return ak_model_free_name(ak_model_safe_field_name(
									  stem_of(parts, ak_model_by_table(ak_model_registry(), key->target))), taken);
	ak_model_check_field_name(name);
	if (strcmp(ak_model_free_name(name, taken), name) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("model \"%s\" already has a field \"%s\"", adoption->def.name, name)));
	return name;
}

static List *
part_defs(const AkModelDef *model, List *parts)
{
	List	   *defs = NIL;
	ListCell   *cell;

	foreach(cell, parts)
	{
		AkFieldDef *def = palloc0(sizeof(AkFieldDef));

		def->model = unconstify(AkModelDef *, model);
		def->name = ((AkField *) lfirst(cell))->name;
		def->column = ((AkField *) lfirst(cell))->column;
		defs = lappend(defs, def);
	}
	return defs;
}

static void
register_several(AkAdoption *adoption, AkForeignKey *key)
{
	AkFieldDef *field = palloc0(sizeof(AkFieldDef));
	AkAdoptedRelation *adopted;
	List	   *parts;
	List	   *keys;

	order_by_key(key);
	parts = fields_of(key->source, key->columns);
	keys = fields_of(key->target, key->referenced);
	if (parts == NIL || keys == NIL)
		return;
	field->model = &adoption->def;
	field->name = name_for(adoption, key, parts);
	field->parts = part_defs(&adoption->def, parts);
	ak_relation_make_adopted(field, key);
	adopted = field->extra;
	adopted->def.related_name = choose_accessor(adoption, field);
	ak_core_json_put(field->options, "from_fields", names_of(parts));
	complete_options(field, keys);
	ak_model_register_field(field);
	ak_relation_register(field, keys, key->name);
}

static void
register_keys_over_several(AkAdoption *adoption)
{
	ListCell   *cell;

	foreach(cell, ak_relation_foreign_keys(adoption->relid))
	{
		AkForeignKey *key = lfirst(cell);
		const AkModel *model = ak_model_by_table(ak_model_registry(), adoption->relid);

		if (list_length(key->columns) > 1 && ak_relation_why_not_adopted(key) == NULL &&
			!ak_relation_stands_for(model, key))
			register_several(adoption, key);
	}
}

void
ak_relation_adopted(List *adoptions)
{
	ListCell   *cell;
	ListCell   *inner;

	foreach(cell, adoptions)
	{
		AkAdoption *adoption = lfirst(cell);

		foreach(inner, adoption->columns)
			if (((AkAdoptedColumn *) lfirst(inner))->field.extra != NULL)
				register_column(adoption, &((AkAdoptedColumn *) lfirst(inner))->field);
		register_keys_over_several(adoption);
	}
	foreach(cell, adoptions)
		ak_relation_adopt_junction(((AkAdoption *) lfirst(cell))->relid);
}
