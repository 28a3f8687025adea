/*
 * describe.c
 *		A model as one document, from registry and catalog.
 *
 * The same facts give back a definition of the table as it is: what was
 * changed by hand stands in it as an option, where there is one for it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "model/internal.h"

/* ---- facts ---- */

static bool
take_default(TupleTableSlot *row, void *arg)
{
	bool		isnull;
	char	   *column = TextDatumGetCString(slot_getattr(row, 1, &isnull));
	char	   *expression = TextDatumGetCString(slot_getattr(row, 2, &isnull));

	ak_core_json_put(arg, column, ak_core_json_string(expression));
	return true;
}

static AkJson *
read_defaults(const AkModel *model, int flags)
{
	AkJson	   *defaults = ak_core_json_object();
	int			level = ak_model_pin_search_path();
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql,
						   "SELECT a.attname::text, pg_get_expr(d.adbin, d.adrelid)"
						   " FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum"
						   " WHERE d.adrelid = ");
	ak_core_bind(&st, OIDOID, ObjectIdGetDatum(model->relid), false);
	ak_core_run(&st, flags, take_default, defaults);
	ak_model_unpin_search_path(level);
	return defaults;
}

AkFacts *
ak_model_facts(const AkModel *model, int flags)
{
	AkFacts    *facts = palloc0(sizeof(AkFacts));

	facts->defaults = read_defaults(model, flags);
	facts->objects = ak_model_objects(model, flags);
	facts->comment = ak_model_comment(model->relid, flags);
	return facts;
}

static bool
has_object(const AkFacts *facts, const AkField *field, const char *rule)
{
	return ak_model_field_object(facts->objects, field, rule) != NULL;
}

/* ---- definitions ---- */

AkJson *
ak_model_registered_definition(const AkField *field)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "type", ak_core_json_string(field->type->name));
	for (int i = 0; i < field->options->size; i++)
		ak_core_json_put(out, field->options->keys[i], field->options->items[i]);
	ak_model_put_current_options(field, out);
	return out;
}

static void
put_truth(AkJson *out, const char *option, bool defined, bool is)
{
	if (defined != is)
		ak_core_json_put(out, option, ak_core_json_bool(is));
}

/* The default as the catalog would show it. */
static char *
deparsed_default(const AkField *field, const AkFieldDef *def)
{
	AkExpression e = {
		.source = def->default_sql,
		.what = "a default",
		.use = AK_EXPRESSION_DEFAULT,
		.type = field->typid,
		.typmod = field->typmod
	};
	int			level;
	char	   *text;

	if (def->default_sql == NULL)
		return NULL;
	level = ak_model_pin_search_path();
	text = ak_model_expression(&e);
	ak_model_unpin_search_path(level);
	return text;
}

/* A default that is not the registered one stands as db_default. */
static void
put_default(AkJson *out, const AkField *field, const AkFieldDef *def, const AkFacts *facts)
{
	AkJson	   *fact = ak_core_json_get(facts->defaults, field->column);
	char	   *defined;
	bool		optional = ak_core_json_get(out, "default") != NULL || ak_core_json_get(out, "db_default") != NULL;

	if (def->identity || def->generated_sql != NULL || field->generated ||
		(def->default_sql != NULL && !optional))
		return;
	defined = deparsed_default(field, def);
	if (fact == NULL ? defined == NULL : defined != NULL && strcmp(defined, fact->text) == 0)
		return;
	ak_core_json_remove(out, "default");
	ak_core_json_remove(out, "db_default");
	if (fact != NULL)
		ak_core_json_put(out, "db_default", fact);
}

/* A length or a precision that the column has got by hand. */
static void
put_size(AkJson *out, const AkField *field, const AkFieldDef *def)
{
	Oid			type;
	int32		typmod;

	ak_core_parse_type(def->sql_type, &type, &typmod);
	if (type != field->typid || typmod == field->typmod || field->typmod < 0)
		return;
	if (type == VARCHAROID)
		ak_core_json_put(out, "max_length", ak_core_json_integer(field->typmod - VARHDRSZ));
	else if (type == NUMERICOID)
	{
		ak_core_json_put(out, "max_digits", ak_core_json_integer(((field->typmod - VARHDRSZ) >> 16) & 0xffff));
		ak_core_json_put(out, "decimal_places", ak_core_json_integer((field->typmod - VARHDRSZ) & 0x7ff));
	}
}

static void
put_column(AkJson *out, const AkField *field)
{
	const char *derived = field->type->relation ? psprintf("%s_id", field->name) : field->name;

	if (ak_core_json_get(out, "column") != NULL || strcmp(field->column, derived) != 0)
		ak_core_json_put(out, "column", ak_core_json_string(field->column));
}

/* The model a relation points at, by the name it has now. */
static void
put_targets(AkJson *out, const AkField *field)
{
	static const char *const names[] = {"to", "through"};
	AkJson	   *described = ak_core_json_object();

	if (field->relation == NULL || field->type->describe == NULL)
		return;
	field->type->describe(field, described);
	for (int i = 0; i < lengthof(names); i++)
	{
		AkJson	   *registered = ak_core_json_get(out, names[i]);
		AkJson	   *now = ak_core_json_get(described, names[i]);

		if (registered != NULL && registered->kind == AK_JSON_STRING && now != NULL &&
			strcmp(registered->text, "self") != 0)
			ak_core_json_put(out, names[i], now);
	}
}

/* A relation's definition is not read again: its target may be gone. */
static void
put_relation(AkJson *out, const AkField *field, const AkFacts *facts)
{
	bool		single = strcmp(field->type->name, "OneToOne") == 0;
	bool		unique = ak_core_json_get_bool(field->options, "unique", single);

	put_targets(out, field);
	if ((field->attnum == 0 && field->parts == NIL) || field->is_key)
		return;
	if (field->attnum != 0)
		put_truth(out, "nullable", ak_core_json_get_bool(field->options, "nullable", false), !field->not_null);
	if (!single)
		put_truth(out, "unique", unique, has_object(facts, field, "unique"));
	if (!unique)
		put_truth(out, "db_index", ak_core_json_get_bool(field->options, "db_index", true),
				  has_object(facts, field, "db_index"));
}

/* An option whose CHECK is not there under the field's name makes none: it was dropped, or came with an adopted table and stands among the constraints. */
static void
drop_rules(AkJson *out, const AkField *field, const AkFieldDef *def, const AkFacts *facts)
{
	ListCell   *cell;

	if (strcmp(field->type->name, "Enum") == 0)
		return;
	foreach(cell, def->checks)
	{
		const char *rule = ((AkCheck *) lfirst(cell))->rule;

		if (!has_object(facts, field, rule))
			ak_core_json_remove(out, rule);
	}
}

AkJson *
ak_model_field_definition(const AkField *field, const AkFacts *facts)
{
	AkJson	   *out = ak_model_registered_definition(field);
	AkFieldDef *def;

	if (field->attnum != 0)
		put_column(out, field);
	if (field->type->relation)
		put_relation(out, field, facts);
	if (field->attnum == 0 || field->type->relation)
		return out;
	def = ak_model_define_as_registered(field);
	if (!field->is_key)
	{
		put_truth(out, "nullable", def->nullable, !field->not_null);
		put_truth(out, "unique", def->unique, has_object(facts, field, "unique"));
		if (!def->unique)
			put_truth(out, "db_index", def->db_index, has_object(facts, field, "db_index"));
	}
	put_default(out, field, def, facts);
	put_size(out, field, def);
	drop_rules(out, field, def, facts);
	return out;
}

/* Constraints, or indexes, that are no field's. */
static AkJson *
object_list(const AkFacts *facts, bool constraints)
{
	AkJson	   *out = ak_core_json_array();
	ListCell   *cell;

	foreach(cell, facts->objects)
	{
		AkObject   *object = lfirst(cell);

		if (object->rule == NULL && (object->kind != 'i') == constraints)
			ak_core_json_push(out, object->definition);
	}
	return out;
}

static AkJson *
key_names(const AkModel *model)
{
	AkJson	   *keys = ak_core_json_array();

	for (int i = 0; i < model->nkeys; i++)
		ak_core_json_push(keys, ak_core_json_string(model->keys[i]->name));
	return keys;
}

AkJson *
ak_model_whole_meta(const AkModel *model, const AkFacts *facts)
{
	AkJson	   *meta = ak_core_json_copy(model->meta);
	AkJson	   *constraints = object_list(facts, true);
	AkJson	   *indexes = object_list(facts, false);

	ak_core_json_remove(meta, "extends");
	if (ak_core_json_get(meta, "table_name") != NULL ||
		strcmp(model->table, ak_core_plural(ak_core_snake(model->name))) != 0)
		ak_core_json_put(meta, "table_name", ak_core_json_string(model->table));
	if (model->nkeys > 1 ||
		(model->nkeys == 1 && !ak_core_json_get_bool(model->keys[0]->options, "primary_key", false)))
		ak_core_json_put(meta, "primary_key", key_names(model));
	if (constraints->size > 0)
		ak_core_json_put(meta, "constraints", constraints);
	if (indexes->size > 0)
		ak_core_json_put(meta, "indexes", indexes);
	if (facts->comment != NULL)
		ak_core_json_put(meta, "comment", ak_core_json_string(facts->comment));
	return meta;
}

/* ---- describe ---- */

/* Copies the options that say more than the catalog does. */
static void
put_options(const AkField *field, AkJson *out)
{
	static const char *const told[] = {
		"nullable", "default", "db_default", "unique", "primary_key", "column", "db_index", NULL
	};

	for (int i = 0; i < field->options->size; i++)
	{
		bool		known = false;

		for (int j = 0; told[j]; j++)
			known = known || strcmp(told[j], field->options->keys[i]) == 0;
		if (!known)
			ak_core_json_put(out, field->options->keys[i], field->options->items[i]);
	}
	ak_model_put_current_options(field, out);
}

/* The field's rules as they stand in the catalog. */
static void
put_checks(const AkField *field, const AkFacts *facts, AkJson *out)
{
	AkJson	   *checks = ak_core_json_array();
	ListCell   *cell;

	foreach(cell, facts->objects)
	{
		AkObject   *object = lfirst(cell);
		AkJson	   *check;

		if (object->kind != 'c' || object->rule == NULL || object->field != field)
			continue;
		check = ak_core_json_object();
		ak_core_json_put(check, "name", ak_core_json_string(object->name));
		ak_core_json_put(check, "check", ak_core_json_get(object->definition, "check"));
		ak_core_json_push(checks, check);
	}
	if (checks->size > 0)
		ak_core_json_put(out, "checks", checks);
}

static void
describe_column(const AkField *field, const AkFacts *facts, AkJson *out)
{
	AkJson	   *fallback = ak_core_json_get(facts->defaults, field->column);

	ak_core_json_put(out, "column", ak_core_json_string(field->column));
	if (field->attnum != 0)
		ak_core_json_put(out, "sql_type", ak_core_json_string(
							 format_type_with_typemod(field->typid, field->typmod)));
	ak_core_json_put(out, "nullable", ak_core_json_bool(!field->not_null));
	ak_core_json_put(out, "unique", ak_core_json_bool(
						 (field->is_key && field->model->nkeys == 1) ||
						 ak_model_has_plain_object(facts->objects, field, true)));
	if (field->is_key)
		ak_core_json_put(out, "primary_key", ak_core_json_bool(true));
	if (ak_model_has_plain_object(facts->objects, field, false))
		ak_core_json_put(out, "db_index", ak_core_json_bool(true));
	if (fallback != NULL && ak_core_json_get(field->options, "expression") == NULL)
		ak_core_json_put(out, "default", fallback);
	put_checks(field, facts, out);
}

static AkJson *
describe_field(const AkField *field, const AkFacts *facts)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "name", ak_core_json_string(field->name));
	ak_core_json_put(out, "type", ak_core_json_string(field->type->name));
	if (field->column != NULL)
		describe_column(field, facts, out);
	put_options(field, out);
	ak_model_describe_custom(field, out);
	if (field->type->describe)
		field->type->describe(field, out);
	return out;
}

static AkJson *
describe_abstract(const AkModel *model)
{
	AkJson	   *out = ak_core_json_object();
	AkJson	   *fields = ak_core_json_array();

	ak_core_json_put(out, "name", ak_core_json_string(model->name));
	ak_core_json_put(out, "app", ak_core_json_string(model->app));
	for (int i = 0; i < model->nfields; i++)
	{
		AkJson	   *field = ak_core_json_object();
		AkJson	   *definition = ak_model_registered_definition(model->fields[i]);

		ak_core_json_put(field, "name", ak_core_json_string(model->fields[i]->name));
		for (int j = 0; j < definition->size; j++)
			ak_core_json_put(field, definition->keys[j], definition->items[j]);
		ak_core_json_push(fields, field);
	}
	ak_core_json_put(out, "fields", fields);
	ak_core_json_put(out, "meta", model->meta);
	return out;
}

AkJson *
ak_model_describe(const AkModel *model)
{
	AkJson	   *out = ak_core_json_object();
	AkJson	   *fields = ak_core_json_array();
	AkFacts    *facts;

	if (model->abstract)
		return describe_abstract(model);
	facts = ak_model_facts(model, AK_RUN_READ);
	ak_core_json_put(out, "name", ak_core_json_string(model->name));
	ak_core_json_put(out, "app", ak_core_json_string(model->app));
	ak_core_json_put(out, "table", ak_core_json_string(model->sql_name));
	if (facts->comment != NULL)
		ak_core_json_put(out, "comment", ak_core_json_string(facts->comment));
	if (ak_model_is_adopted(model))
		ak_core_json_put(out, "adopted", ak_core_json_bool(true));
	ak_core_json_put(out, "primary_key", key_names(model));
	for (int i = 0; i < model->nfields; i++)
		ak_core_json_push(fields, describe_field(model->fields[i], facts));
	ak_core_json_put(out, "fields", fields);
	ak_core_json_put(out, "constraints", object_list(facts, true));
	ak_core_json_put(out, "indexes", object_list(facts, false));
	if (ak_model_is_adopted(model))
		ak_core_json_put(out, "unmapped", ak_model_unmapped(model));
	ak_core_json_put(out, "meta", model->meta);
	ak_model_notify_describe(model, out);
	return out;
}
