/*
 * foreign_key.c
 *		Foreign keys as constraints: from the document to its SQL, and back.
 *
 *	{"foreign_key": ["a", "b"], "to": "other.things", "to_columns": ["x", "y"], "match": "full",
 *	 "on_update": "CASCADE", "on_delete": "SET_NULL", "set": ["b"], "deferrable": "immediate", "valid": false}
 *
 * The table that it refers to need be no model, so it and its columns are
 * named as PostgreSQL names them.  Names are quoted and the rest are words of
 * closed lists.  That the columns are as many, comparable and unique together
 * is PostgreSQL's to say when the key is made.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/namespace.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"

#include "model/internal.h"

const char *const ak_model_foreign_key_options[] = {
	"foreign_key", "to", "to_columns", "match", "on_update", "on_delete", "set", "period", "deferrable", "valid",
	"enforced", "name", NULL
};

/* Under the pinned search_path; keys that PostgreSQL made of another, for partitions, come and go with it. */
#define NAMES(relation, numbers) \
	"(SELECT json_agg(json_build_object('column', a.attname) ORDER BY u.n)" \
	" FROM unnest(" numbers ") WITH ORDINALITY u (number, n)" \
	" JOIN pg_attribute a ON a.attrelid = " relation " AND a.attnum = u.number)"

const char *const ak_model_foreign_keys =
" UNION ALL SELECT 'f', c.conname::text, json_build_object("
"'columns', " NAMES("c.conrelid", "c.conkey") ", 'to_columns', " NAMES("c.confrelid", "c.confkey") ","
" 'to', quote_ident(n.nspname) || '.' || quote_ident(t.relname), 'full', c.confmatchtype = 'f',"
" 'on_update', c.confupdtype, 'on_delete', c.confdeltype, 'set', " NAMES("c.conrelid", "c.confdelsetcols") ","
" 'period', to_jsonb(c) -> 'conperiod', 'deferrable', c.condeferrable, 'deferred', c.condeferred,"
" 'valid', c.convalidated, 'enforced', coalesce(to_jsonb(c) -> 'conenforced', 'true'),"
" 'numbers', c.conkey || CASE WHEN c.confrelid = c.conrelid THEN c.confkey END)::text"
" FROM pg_constraint c JOIN pg_class t ON t.oid = c.confrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
" WHERE c.contype = 'f' AND c.conparentid = 0 AND c.conrelid = ";

static const struct
{
	char		code;
	const char *word;
	const char *sql;
}			actions[] =
{
	{FKCONSTR_ACTION_NOACTION, "NO_ACTION", "NO ACTION"},
	{FKCONSTR_ACTION_RESTRICT, "RESTRICT", "RESTRICT"},
	{FKCONSTR_ACTION_CASCADE, "CASCADE", "CASCADE"},
	{FKCONSTR_ACTION_SETNULL, "SET_NULL", "SET NULL"},
	{FKCONSTR_ACTION_SETDEFAULT, "SET_DEFAULT", "SET DEFAULT"},
};

/* While reading one key. */
typedef struct AkKeyReader
{
	const AkModelDef *def;
	const AkJson *options;
	const char *what;			/* "a constraint of model \"Post\"" */
	AkObjectDef *object;
	Oid			target;			/* InvalidOid: the model's own table */
} AkKeyReader;

static void bad(const AkKeyReader *reader, const char *problem) pg_attribute_noreturn();

static void
bad(const AkKeyReader *reader, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("%s %s", reader->what, problem)));
	pg_unreachable();
}

/* ---- options ---- */

static const char *
text_option(const AkKeyReader *reader, const char *option)
{
	const AkJson *value = ak_core_json_get(reader->options, option);

	if (value == NULL)
		return NULL;
	if (value->kind != AK_JSON_STRING || *value->text == '\0')
		bad(reader, psprintf("needs a text as \"%s\"", option));
	return value->text;
}

static bool
bool_option(const AkKeyReader *reader, const char *option, bool otherwise)
{
	const AkJson *value = ak_core_json_get(reader->options, option);

	if (value == NULL)
		return otherwise;
	if (value->kind != AK_JSON_BOOL)
		bad(reader, psprintf("needs true or false as \"%s\"", option));
	return value->truth;
}

/* ---- names ---- */

/* The table it refers to, quoted; the model's own need not be there yet. */
static const char *
read_target(AkKeyReader *reader)
{
	const AkModelDef *def = reader->def;
	const char *word = text_option(reader, "to");
	List	   *names = word ? ak_qualified_name(word) : NIL;
	const char *schema;
	const char *table;

	if (word == NULL)
		bad(reader, "needs \"to\", the table it refers to");
	if (list_length(names) > 2)
		bad(reader, psprintf("has an improper name \"%s\"", word));
	schema = list_length(names) == 2 ? strVal(linitial(names)) : def->app;
	table = strVal(llast(names));
	if (strcmp(schema, def->app) == 0 && strcmp(table, def->table) == 0)
		return ak_core_qualified(def->app, def->table);
	reader->target = RangeVarGetRelid(makeRangeVarFromNameList(names), NoLock, true);
	if (!OidIsValid(reader->target))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("%s refers to table \"%s\", which does not exist", reader->what, word)));
	return ak_core_qualified(get_namespace_name(get_rel_namespace(reader->target)), get_rel_name(reader->target));
}

/* A column of the model's own table, which a field need not stand for. */
static const char *
own_column(const AkKeyReader *reader, const char *name, const char *option)
{
	ListCell   *cell;

	foreach(cell, reader->def->fields)
	{
		const AkFieldDef *field = lfirst(cell);

		if (field->column != NULL && strcmp(field->column, name) == 0)
			return field->column;
	}
	return ak_model_meta_field(reader->def, name, option)->column;
}

/* A column of the table it refers to. */
static const char *
target_column(const AkKeyReader *reader, const char *name)
{
	if (!OidIsValid(reader->target))
		return own_column(reader, name, "to_columns");
	if (get_attnum(reader->target, name) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("%s refers to column \"%s\" of table \"%s\", which does not exist",
						reader->what, name, get_rel_name(reader->target))));
	return name;
}

/* The column that a member of a list names: "field", or {"column": …} where no field stands for it. */
static const char *
member_column(const AkKeyReader *reader, const AkJson *member, const char *option, bool own)
{
	bool		bare = member->kind == AK_JSON_OBJECT && member->size == 1;
	const AkJson *name = bare ? ak_core_json_get(member, "column") : member;

	if (name == NULL || name->kind != AK_JSON_STRING)
		bad(reader, psprintf("needs names in \"%s\"", option));
	if (!own)
		return target_column(reader, name->text);
	return bare ? own_column(reader, name->text, option) : ak_model_meta_field(reader->def, name->text, option)->column;
}

/* " (a, PERIOD b)" of the option's names; "" where it is absent. */
static const char *
column_list(const AkKeyReader *reader, const char *option, bool own, bool period)
{
	const AkJson *list = ak_core_json_get(reader->options, option);
	StringInfoData out;

	if (list == NULL)
		return "";
	ak_core_json_expect(list, AK_JSON_ARRAY, psprintf("\"%s\" of %s", option, reader->what));
	if (list->size == 0)
		bad(reader, psprintf("names nothing in \"%s\"", option));
	initStringInfo(&out);
	for (int i = 0; i < list->size; i++)
	{
		const char *column = member_column(reader, list->items[i], option, own);

		appendStringInfo(&out, "%s%s%s", i ? ", " : " (", period && i == list->size - 1 ? "PERIOD " : "",
						 ak_core_quote(column));
		if (strcmp(option, "foreign_key") == 0)
			reader->object->parts = lappend(reader->object->parts, pstrdup(column));
	}
	appendStringInfoChar(&out, ')');
	return out.data;
}

/* ---- clauses ---- */

/* " ON DELETE SET NULL"; lower case, blanks and hyphens are as good. */
static const char *
action_clause(const AkKeyReader *reader, const char *option, const char *before)
{
	const char *text = text_option(reader, option);
	List	   *words = NIL;
	char	   *word;

	if (text == NULL)
		return "";
	word = pstrdup(text);
	for (char *c = word; *c; c++)
		*c = *c == ' ' || *c == '-' ? '_' : toupper((unsigned char) *c);
	for (int i = 0; i < lengthof(actions); i++)
	{
		if (strcmp(actions[i].word, word) == 0)
			return i == 0 ? "" : psprintf("%s%s", before, actions[i].sql);
		words = lappend(words, unconstify(char *, actions[i].word));
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("\"%s\" of %s must not be \"%s\"", option, reader->what, text),
			 ak_core_hint_nearest(word, words)));
	return NULL;
}

static const char *
match_clause(const AkKeyReader *reader)
{
	const char *word = text_option(reader, "match");

	if (word == NULL || pg_strcasecmp(word, "simple") == 0)
		return "";
	if (pg_strcasecmp(word, "full") != 0)
		bad(reader, "needs \"simple\" or \"full\" as \"match\"");
	return " MATCH FULL";
}

/* What is done when the row referred to goes, and to which columns. */
static const char *
delete_clause(const AkKeyReader *reader)
{
	const char *action = action_clause(reader, "on_delete", " ON DELETE ");
	const char *columns = column_list(reader, "set", true, false);

	if (*columns != '\0' && strstr(action, " SET ") == NULL)
		bad(reader, "has \"set\", but its \"on_delete\" is neither SET_NULL nor SET_DEFAULT");
	return psprintf("%s%s", action, columns);
}

static const char *
deferrable_clause(const AkKeyReader *reader)
{
	AkDeferral	deferral;

	if (!ak_model_read_deferral(ak_core_json_get(reader->options, "deferrable"), &deferral))
		bad(reader, "needs " AK_DEFERRAL_WORDS " as \"deferrable\"");
	return ak_model_deferral_clause(deferral);
}

/* 0A000 for what is asked of a server that does not know it yet. */
void
ak_model_require_server(bool has, const char *what, const char *option)
{
	if (!has)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("%s has \"%s\", which this server does not know", what, option),
				 errhint("PostgreSQL 18 and later do.")));
}

static const char *
validity_clause(const AkKeyReader *reader)
{
	bool		valid = bool_option(reader, "valid", true);

	if (bool_option(reader, "enforced", true))
		return valid ? "" : " NOT VALID";
	ak_model_require_server(AK_HAS_UNENFORCED, reader->what, "enforced");
	return " NOT ENFORCED";
}

/* Puts the key's SQL into the object; `options` are under their first names. */
void
ak_model_define_foreign_key(const AkModelDef *def, const AkJson *options, const char *what, AkObjectDef *object)
{
	AkKeyReader reader = {.def = def, .options = options, .what = what, .object = object};
	bool		period = bool_option(&reader, "period", false);
	const char *columns = column_list(&reader, "foreign_key", true, period);
	const char *target = read_target(&reader);
	const char *to = column_list(&reader, "to_columns", false, period);

	if (period)
		ak_model_require_server(AK_HAS_PERIODS, what, "period");
	object->kind = 'f';
	object->body = psprintf("FOREIGN KEY%s REFERENCES %s%s%s%s%s%s%s", columns, target, to, match_clause(&reader),
							action_clause(&reader, "on_update", " ON UPDATE "), delete_clause(&reader),
							deferrable_clause(&reader), validity_clause(&reader));
}

/* ---- from the catalog ---- */

/* The word of an action; NULL for the usual one. */
static const char *
action_word(const AkJson *facts, const char *key)
{
	const AkJson *code = ak_core_json_get(facts, key);

	for (int i = 1; i < lengthof(actions); i++)
		if (actions[i].code == *code->text)
			return actions[i].word;
	return NULL;
}

static void
put_action(AkJson *out, const AkJson *facts, const char *key)
{
	const char *word = action_word(facts, key);

	if (word != NULL)
		ak_core_json_put(out, key, ak_core_json_string(word));
}

static AkJson *
column_names(const AkJson *columns)
{
	AkJson	   *out = ak_core_json_array();

	for (int i = 0; i < columns->size; i++)
		ak_core_json_push(out, ak_core_json_get(columns->items[i], "column"));
	return out;
}

/* Adds to a document what is said only where it differs from the usual: a truth that is not `usual`. */
static void
put_unusual(AkJson *out, const AkJson *facts, const char *key, bool usual)
{
	if (ak_core_json_get_bool(facts, key, usual) != usual)
		ak_core_json_put(out, key, ak_core_json_bool(!usual));
}

/* The document of a key by its facts; `columns` and `set` are as it names the model's columns, "set" NULL where all are. */
AkJson *
ak_model_foreign_key_document(const AkJson *facts, AkJson *columns, AkJson *set)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "foreign_key", columns);
	ak_core_json_put(out, "to", ak_core_json_get(facts, "to"));
	ak_core_json_put(out, "to_columns", column_names(ak_core_json_get(facts, "to_columns")));
	if (ak_core_json_get_bool(facts, "full", false))
		ak_core_json_put(out, "match", ak_core_json_string("full"));
	put_action(out, facts, "on_update");
	put_action(out, facts, "on_delete");
	if (set != NULL)
		ak_core_json_put(out, "set", set);
	put_unusual(out, facts, "period", false);
	if (ak_core_json_get_bool(facts, "deferrable", false))
		ak_core_json_put(out, "deferrable", ak_core_json_string(
							 ak_core_json_get_bool(facts, "deferred", false) ? "deferred" : "immediate"));
	put_unusual(out, facts, "enforced", true);
	if (ak_core_json_get_bool(facts, "enforced", true))
		put_unusual(out, facts, "valid", true);
	return out;
}

/* The field whose native key it is; NULL: no relation stands for it. */
AkField *
ak_model_field_of_key(const AkModel *model, const char *constraint)
{
	for (int i = 0; i < model->nfields; i++)
	{
		AkField    *field = model->fields[i];
		const char *own = field->type->native_key ? field->type->native_key(field) : NULL;

		if (own != NULL && strcmp(own, constraint) == 0)
			return field;
	}
	return NULL;
}

/* The document of a relation's native key, where its own definition would make another; NULL: it would make this one. */
AkJson *
ak_model_key_by_hand(const AkField *field, List *objects)
{
	AkObject   *key = ak_model_field_object(objects, field, "foreign_key");
	AkObjectDef *object;
	char	   *clause;

	if (key == NULL || key->kind != 'f')
		return NULL;
	object = ak_model_define_object(ak_model_definition_of(field->model), key->definition, true);
	clause = psprintf("CONSTRAINT %s %s", ak_core_quote(key->name), object->body);
	return strcmp(clause, field->type->native_key_sql(field)) == 0 ? NULL : key->definition;
}
