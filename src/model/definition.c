/*
 * definition.c
 *		From a definition document to a model ready to be made.
 *
 * Everything that can be wrong with a definition is found here, before any
 * table is touched.  Options are kept under their first names, so that the
 * registry knows one spelling only.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "commands/defrem.h"
#include "nodes/makefuncs.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "model/internal.h"

static void
bad_definition(const char *message)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("%s", message)));
}

/* ---- names ---- */

/* Refuses names that paths and documents could not tell apart. */
void
ak_model_check_field_name(const char *name)
{
	const char *problem = NULL;

	ak_core_check_identifier(name, "field name");
	if (strcmp(name, "pk") == 0)
		problem = "\"pk\" always stands for the primary key";
	else if (strstr(name, "__") != NULL)
		problem = "two underscores separate the steps of a path";
	else if (name[strlen(name) - 1] == '_')
		problem = "a name cannot end with an underscore";
	else if (name[0] == '$')
		problem = "\"$\" begins an expression";
	else if (name[0] == '-' || name[0] == '?')
		problem = "\"-\" and \"?\" belong to order terms";
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("field name \"%s\" cannot be used", name),
				 errdetail("Reason: %s.", problem)));
}

void
ak_model_check_name(const char *name)
{
	ak_core_check_identifier(name, "model name");
	if (strpbrk(name, ".\"") != NULL || strstr(name, "__") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("model name \"%s\" cannot be used", name),
				 errdetail("A model's name holds no dot, no quote and no two underscores in a row.")));
}

char *
ak_model_object_name(const char *table, const char *field, const char *rule)
{
	return makeObjectName(table, field, rule);
}

AkCheck *
ak_model_add_check(AkFieldDef *def, const char *rule, const char *format,...)
{
	AkCheck    *check = palloc0(sizeof(AkCheck));
	StringInfoData expression;

	initStringInfo(&expression);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&expression, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&expression, needed);
	}
	check->rule = pstrdup(rule);
	check->expression = expression.data;
	def->checks = lappend(def->checks, check);
	return check;
}

/* ---- options ---- */

/* A bare string is a type without options. */
static const AkJson *
definition_object(const char *name, const AkJson *definition)
{
	AkJson	   *object;

	if (definition->kind == AK_JSON_OBJECT)
		return definition;
	if (definition->kind != AK_JSON_STRING)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("the definition of field \"%s\" must be an object or the name of a type, not %s",
						name, ak_core_json_kind_name(definition->kind))));
	object = ak_core_json_object();
	ak_core_json_put(object, "type", unconstify(AkJson *, definition));
	return object;
}

static const AkFieldType *
type_of(const AkFieldDef *def, const AkJson *object)
{
	const char *name = def->name;
	const char *word = ak_core_json_get_string(object, "type");
	const AkFieldType *type;

	if (word == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" has no type", name),
				 errhint("Write {\"type\": \"String\", …}.")));
	type = ak_model_type_of_definition(def, word, object);
	if (type == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" has unknown type \"%s\"", name, word),
				 ak_core_hint_nearest(word, ak_model_type_names())));
	return type;
}

static List *
option_names(const AkFieldType *type)
{
	List	   *names = ak_model_common_options();

	for (int i = 0; type->options && type->options[i]; i++)
		names = lappend(names, unconstify(char *, type->options[i]));
	return names;
}

/* Those that one writes: documents that undo something have one more. */
static List *
written_names(List *names)
{
	List	   *written = NIL;
	ListCell   *cell;

	foreach(cell, names)
		if (strcmp(lfirst(cell), "part_of") != 0)
			written = lappend(written, lfirst(cell));
	return written;
}

static void
no_option(const char *field, const AkFieldType *type, const char *word, List *names)
{
	const char *instead = ak_model_option_instead(word);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("field \"%s\" of type %s has no option \"%s\"", field, type->name, word),
			 instead ? errhint("%s", instead) : ak_core_hint_nearest(word, written_names(names))));
}

/* The options under their first names, without the type; unknown ones are refused. */
static AkJson *
read_options(const char *field, const AkFieldType *type, const AkJson *object)
{
	List	   *names = option_names(type);
	AkJson	   *options = ak_core_json_object();

	for (int i = 0; i < object->size; i++)
	{
		const char *option = ak_model_option_name(object->keys[i]);

		if (ak_core_is_among(object->keys[i], names))
			option = object->keys[i];
		if (!ak_core_is_among(option, names) && !ak_model_is_stand_in(type))
			no_option(field, type, object->keys[i], names);
		if (ak_core_json_get(options, option) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("option \"%s\" of field \"%s\" is given twice", option, field)));
		if (strcmp(option, "type") != 0)
			ak_core_json_put(options, option, object->items[i]);
	}
	return options;
}

/* Texts and truths that are kept as they are. */
static void
check_words(const AkJson *options)
{
	static const char *const texts[] = {"help_text", "verbose_name", "ai_description", "part_of"};
	static const char *const truths[] = {"blank", "editable", "ai_sensitive", "ai_visible", "ai_agent_writable"};

	for (int i = 0; i < lengthof(texts); i++)
		(void) ak_core_json_get_string(options, texts[i]);
	for (int i = 0; i < lengthof(truths); i++)
		(void) ak_core_json_get_bool(options, truths[i], false);
}

static void
read_common_options(AkFieldDef *def)
{
	const AkJson *options = def->options;

	check_words(options);
	def->nullable = ak_core_json_get_bool(options, "nullable", false);
	def->unique = ak_core_json_get_bool(options, "unique", false);
	def->primary_key = ak_core_json_get_bool(options, "primary_key", false);
	def->db_index = ak_core_json_get_bool(options, "db_index", false);
	def->column = ak_core_json_get_string(options, "column");
	if (def->column == NULL)
		def->column = def->name;
	else
		ak_core_check_identifier(def->column, "column name");
	if (def->primary_key && def->nullable)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("primary key field \"%s\" cannot be nullable", def->name)));
}

/* ---- default and choices: values, read as a write would read them ---- */

static void
column_type(const AkFieldDef *def, Oid *type, int32 *typmod)
{
	ak_core_parse_type(def->sql_type, type, typmod);
}

/* A value of the definition as a literal of the column's type. */
char *
ak_model_value_literal(const AkFieldDef *def, const AkJson *value, const char *what)
{
	AkProblems	problems = {0};
	AkValue		read;
	Oid			type;
	int32		typmod;

	column_type(def, &type, &typmod);
	if (!ak_model_read_defined(def, value, &read, &problems) || read.isnull)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("the %s of field \"%s\" does not fit its type", what, def->name),
				 problems.list ? errdetail("%s.", ((AkProblem *) linitial(problems.list))->message) : 0));
	return psprintf("%s::%s", quote_literal_cstr(ak_core_output_iso(type, read.datum)), def->sql_type);
}

/* The value of one choice: a scalar, or the first of a pair of value and label. */
static const AkJson *
choice_value(const AkFieldDef *def, const AkJson *choice)
{
	if (choice->kind == AK_JSON_ARRAY && choice->size == 2)
		return choice->items[0];
	if (choice->kind == AK_JSON_ARRAY || choice->kind == AK_JSON_OBJECT || choice->kind == AK_JSON_NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("a choice of field \"%s\" must be a value or a list of value and label", def->name)));
	return choice;
}

static void
check_choices(AkFieldDef *def)
{
	const AkJson *choices = ak_core_json_get(def->options, "choices");
	StringInfoData list;

	if (choices == NULL || choices->kind == AK_JSON_NULL)
		return;
	if (ak_model_cannot_read(def))
	{
		ak_model_add_check(def, "choices", "true");	/* known by its name alone */
		return;
	}
	ak_core_json_expect(choices, AK_JSON_ARRAY, psprintf("option \"choices\" of field \"%s\"", def->name));
	initStringInfo(&list);
	for (int i = 0; i < choices->size; i++)
		appendStringInfo(&list, "%s%s", i ? ", " : "",
						 ak_model_value_literal(def, choice_value(def, choices->items[i]), "choice"));
	if (choices->size > 0)
		ak_model_add_check(def, "choices", "%s OPERATOR(pg_catalog.=) ANY (ARRAY[%s]%s)",
						   quote_identifier(def->column), list.data,
						   strncmp(def->sql_type, "character varying", 17) == 0 ? "::text[]" : "");
}

static bool
is_text(const AkFieldDef *def)
{
	return strncmp(def->sql_type, "character varying", 17) == 0 || strcmp(def->sql_type, "text") == 0;
}

/* "blank": false keeps the empty text out. */
static void
check_blank(AkFieldDef *def)
{
	if (!ak_core_json_get_bool(def->options, "blank", true) && is_text(def) && !def->type->relation)
		ak_model_add_check(def, "blank", "%s OPERATOR(pg_catalog.<>) ''", quote_identifier(def->column));
}

/* db_default: an SQL expression; kept as its deparse, which means the same under every search_path. */
static void
read_db_default(AkFieldDef *def, const char *source)
{
	AkExpression e = {
		.source = source,
		.what = psprintf("option \"db_default\" of field \"%s\"", def->name),
		.use = AK_EXPRESSION_DEFAULT
	};

	if (def->type->relation)
		bad_definition(psprintf("field \"%s\" is a relation and takes no \"db_default\"", def->name));
	if (def->identity)
		bad_definition(psprintf("field \"%s\" numbers itself and takes no default", def->name));
	if (ak_core_json_get(def->options, "default") != NULL)
		bad_definition(psprintf("options \"default\" and \"db_default\" of field \"%s\" exclude each other", def->name));
	column_type(def, &e.type, &e.typmod);
	def->default_sql = ak_model_expression(&e);
	ak_core_json_put(def->options, "db_default", ak_core_json_string(def->default_sql));
}

static void
read_default(AkFieldDef *def)
{
	const AkJson *value = ak_core_json_get(def->options, "default");
	const char *source = ak_core_json_get_string(def->options, "db_default");

	if (source != NULL)
		read_db_default(def, source);
	if (value == NULL || value->kind == AK_JSON_NULL || def->type->relation)
		return;
	if (def->identity)
		bad_definition(psprintf("field \"%s\" numbers itself and takes no default", def->name));
	def->default_sql = ak_model_value_literal(def, value, "default");
}

/* Does a value of the column keep the rule? */
static bool
keeps_rule(const AkFieldDef *def, const AkCheck *check)
{
	int			level = ak_model_pin_search_path();
	AkStatement st;
	Datum		kept;
	bool		unknown;

	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "SELECT (%s) FROM (SELECT %s AS %s) row", check->expression, def->default_sql,
					 quote_identifier(def->column));
	ak_core_run_one(&st, 0, &kept, &unknown);
	ak_model_unpin_search_path(level);
	return unknown || DatumGetBool(kept);
}

/* A default that no row could take is a mistake of the definition. */
void
ak_model_check_default(const AkFieldDef *def)
{
	const AkJson *value = ak_core_json_get(def->options, "default");
	ListCell   *cell;

	if (value == NULL || def->default_sql == NULL || def->type->relation)
		return;
	foreach(cell, def->checks)
		if (!((AkCheck *) lfirst(cell))->of_row && !keeps_rule(def, lfirst(cell)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("the default of field \"%s\" breaks its rule \"%s\"", def->name,
							((AkCheck *) lfirst(cell))->rule)));
}

/* A least value above the greatest leaves none. */
static void
check_bounds(const AkFieldDef *def, const char *least, const char *greatest)
{
	const AkJson *low = ak_core_json_get(def->options, least);
	const AkJson *high = ak_core_json_get(def->options, greatest);
	Datum		order;

	if (low == NULL || high == NULL || low->kind != AK_JSON_NUMBER || high->kind != AK_JSON_NUMBER)
		return;
	order = DirectFunctionCall2(numeric_cmp,
								DirectFunctionCall3(numeric_in, CStringGetDatum(low->text), InvalidOid, -1),
								DirectFunctionCall3(numeric_in, CStringGetDatum(high->text), InvalidOid, -1));
	if (DatumGetInt32(order) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("option \"%s\" of field \"%s\" is greater than \"%s\"", least, def->name, greatest)));
}

/* ---- fields and models ---- */

static AkFieldDef *
begin_field(AkModelDef *model, const char *name)
{
	AkFieldDef *def = palloc0(sizeof(AkFieldDef));

	ak_model_check_field_name(name);
	def->model = model;
	def->name = pstrdup(name);
	return def;
}

static AkFieldDef *
define_as(AkFieldDef *def, const AkFieldType *type, const AkJson *object)
{
	def->type = type;
	def->options = ak_model_with_type_options(def, read_options(def->name, type, object));
	read_common_options(def);
	def->type->define(def);
	check_bounds(def, "min_value", "max_value");
	check_bounds(def, "min_length", "max_length");
	if (def->column != NULL)
	{
		check_blank(def);
		check_choices(def);
		if (!ak_model_cannot_read(def))
			read_default(def);
	}
	return def;
}

AkFieldDef *
ak_model_define_field(AkModelDef *model, const char *name, const AkJson *definition)
{
	AkFieldDef *def = begin_field(model, name);
	const AkJson *object = definition_object(name, definition);

	return define_as(def, type_of(def, object), object);
}

AkFieldDef *
ak_model_define_field_of(AkModelDef *model, const char *name, const AkFieldType *type, const AkJson *object)
{
	return define_as(begin_field(model, name), type, object);
}

/* A name may stand once among fields, their columns and document keys. */
static void
check_clashes(const AkModelDef *def)
{
	ListCell   *a;
	ListCell   *b;

	foreach(a, def->fields)
	{
		AkFieldDef *x = lfirst(a);

		foreach(b, def->fields)
		{
			AkFieldDef *y = lfirst(b);

			if (x == y)
				continue;
			if (strcmp(x->name, y->name) == 0 ||
				(x->column && y->column && strcmp(x->column, y->column) == 0) ||
				(x->type->relation && x->column && strcmp(psprintf("%s_id", x->name), y->name) == 0))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
						 errmsg("fields \"%s\" and \"%s\" of model \"%s\" clash",
								x->name, y->name, def->name),
						 x->column ? errdetail("Field \"%s\" has column \"%s\".", x->name, x->column) : 0));
		}
	}
}

/* Lets each field find or add its parts. */
static void
expand_fields(const AkModelDef *def)
{
	ListCell   *cell;

	foreach(cell, list_copy(def->fields))
	{
		AkFieldDef *field = lfirst(cell);

		if (field->type->expand)
			field->type->expand(field);
	}
}

/* Lets the field see the others. */
static void
complete_field(AkFieldDef *field)
{
	if (field->type->complete)
		field->type->complete(field);
	ak_model_define_options(field);
}

static void
complete_fields(const AkModelDef *def)
{
	ListCell   *cell;

	foreach(cell, def->fields)
		complete_field(lfirst(cell));
}

static AkJson *
typed_definition(const char *type, const char *option)
{
	AkJson	   *object = ak_core_json_object();

	ak_core_json_put(object, "type", ak_core_json_string(type));
	ak_core_json_put(object, option, ak_core_json_bool(true));
	return object;
}

AkFieldDef *
ak_model_find_field_def(const AkModelDef *def, const char *name)
{
	ListCell   *cell;

	foreach(cell, def->fields)
		if (strcmp(((AkFieldDef *) lfirst(cell))->name, name) == 0)
			return lfirst(cell);
	return NULL;
}

static void
add_timestamps(AkModelDef *def)
{
	if (!ak_core_json_get_bool(def->meta, "timestamps", false))
		return;
	if (ak_model_find_field_def(def, "created_at") == NULL)
		def->fields = lappend(def->fields,
							  ak_model_define_field(def, "created_at", typed_definition("DateTime", "auto_now_add")));
	if (ak_model_find_field_def(def, "updated_at") == NULL)
		def->fields = lappend(def->fields,
							  ak_model_define_field(def, "updated_at", typed_definition("DateTime", "auto_now")));
}

/* Names the schema and the table. */
static void
place_model(AkModelDef *def, const char *name)
{
	char	   *app;

	if (!ak_model_split_name(name, &app, &def->name))
		app = ak_core_creation_schema();
	def->app = app;
	ak_model_check_name(def->name);
	ak_core_check_identifier(def->app, "schema name");
}

static void
place_table(AkModelDef *def)
{
	char	   *table = ak_core_json_get_string(def->meta, "table_name");

	def->abstract = ak_core_json_get_bool(def->meta, "abstract", false);
	if (def->abstract && table != NULL)
		bad_definition(psprintf("abstract model \"%s\" cannot have a table", def->name));
	def->table = table ? table : ak_core_plural(ak_core_snake(def->name));
	ak_core_check_identifier(def->table, "table name");
}

AkModelDef *
ak_model_define(const char *name, const AkJson *fields, const AkJson *meta)
{
	AkModelDef *def = palloc0(sizeof(AkModelDef));

	ak_core_json_expect(fields, AK_JSON_OBJECT, "argument \"fields\"");
	def->meta = ak_model_read_meta(meta);
	place_model(def, name);
	ak_model_extend(def->app, def->name, &fields, &def->meta);
	place_table(def);
	if (fields->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("model \"%s\" has no fields", def->name)));
	for (int i = 0; i < fields->size; i++)
		def->fields = lappend(def->fields,
							  ak_model_define_field(def, fields->keys[i], fields->items[i]));
	if (!def->abstract)
		ak_model_add_key(def);
	add_timestamps(def);
	expand_fields(def);
	check_clashes(def);
	complete_fields(def);
	ak_model_check_meta(def);
	return def;
}

/* The model as it stands, for defining another field of it: names and fields, without rules. */
AkModelDef *
ak_model_definition_of(const AkModel *model)
{
	AkModelDef *def = palloc0(sizeof(AkModelDef));

	def->app = model->app;
	def->name = model->name;
	def->table = model->table;
	def->meta = model->meta;
	def->abstract = model->abstract;
	for (int i = 0; i < model->nfields; i++)
	{
		AkFieldDef *field = palloc0(sizeof(AkFieldDef));

		field->model = def;
		field->name = model->fields[i]->name;
		field->type = model->fields[i]->type;
		field->options = model->fields[i]->options;
		field->column = model->fields[i]->column;
		if (model->fields[i]->attnum != 0)
			field->sql_type = unconstify(char *, ak_core_type_name(model->fields[i]->typid, model->fields[i]->typmod));
		field->nullable = model->fields[i]->attnum != 0 && !model->fields[i]->not_null;
		field->collation = model->fields[i]->collation;
		field->primary_key = model->fields[i]->is_key;
		def->fields = lappend(def->fields, field);
	}
	return def;
}

/* Adds a field to such a definition and looks for clashes. */
AkFieldDef *
ak_model_define_another(AkModelDef *def, const char *name, const AkJson *definition)
{
	AkFieldDef *field = ak_model_define_field(def, name, definition);

	def->fields = lappend(def->fields, field);
	if (field->type->expand)
		field->type->expand(field);
	check_clashes(def);
	complete_field(field);
	return field;
}

AkFieldDef *
ak_model_define_instead(AkModelDef *def, const AkField *field, const AkJson *definition)
{
	AkJson	   *object = ak_core_json_copy(definition_object(field->name, definition));
	AkFieldDef *old = ak_model_find_field_def(def, field->name);
	bool		names_column = false;
	AkFieldDef *new;

	for (int i = 0; i < object->size; i++)
		names_column = names_column || strcmp(ak_model_option_name(object->keys[i]), "column") == 0;
	/* An adopted table's column keeps its name unless it is given another. */
	if (!names_column && ak_model_is_adopted(field->model) && ak_core_json_get(field->options, "column") != NULL)
		ak_core_json_put(object, "column", ak_core_json_string(field->column));
	names_column = names_column || field->column == NULL || ak_core_json_get(field->options, "column") != NULL;
	if (!names_column)
		ak_core_json_put(object, "column", ak_core_json_string(field->column));
	if (ak_core_json_get(field->options, "part_of") != NULL)
		ak_core_json_put(object, "part_of", ak_core_json_get(field->options, "part_of"));
	def->fields = list_delete_ptr(def->fields, old);
	new = ak_model_define_another(def, field->name, object);
	if (!names_column)
		ak_core_json_remove(new->options, "column");
	return new;
}

AkFieldDef *
ak_model_define_as_registered(const AkField *field)
{
	AkModelDef *def = ak_model_definition_of(field->model);

	def->registered = true;
	return ak_model_define_instead(def, field, ak_model_registered_definition(field));
}
