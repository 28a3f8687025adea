/*
 * object_definition.c
 *		A constraint or an index being defined: from its document to its SQL.
 *
 *	{"check": "price >= 0"}
 *	{"unique": ["a", "b"], "condition": …, "include": […], "nulls_distinct": false, "deferrable": true}
 *	{"exclude": [["room", "="], ["during", "&&"]], "using": "gist", "condition": …}
 *	{"foreign_key": ["a"], "to": "things", …}: foreign_key.c
 *	{"fields": ["a", "-b"], "expressions": ["lower(c)"], "using": "gin", "opclasses": […], "unique": true, …}
 *
 * Everything that can be wrong is found here, against the definition of the
 * model alone.  A unique constraint that has a condition or expressions is a
 * unique index, because PostgreSQL has no constraint of this form.  Operator
 * classes, collations and operators are looked up under the definer's
 * search_path and written with their schema: the SQL runs under a pinned one.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "commands/defrem.h"
#include "parser/parse_oper.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "model/internal.h"

static const char *const check_options[] = {"check", "valid", "enforced", "name", NULL};
static const char *const unique_options[] = {
	"unique", "expressions", "opclasses", "condition", "include", "nulls_distinct", "without_overlaps", "deferrable",
	"name", NULL
};
static const char *const exclude_options[] = {
	"exclude", "using", "condition", "include", "deferrable", "name", NULL
};
static const char *const index_options[] = {
	"fields", "expressions", "opclasses", "using", "condition", "include", "unique", "nulls_distinct", "name", NULL
};
static const char *const term_options[] = {
	"field", "column", "expression", "collation", "opclass", "order", "nulls", NULL
};
static const char *const aliases[][2] = {
	{"method", "using"}, {"index_type", "using"}, {"opclass", "opclasses"}, {"where", "condition"},
};

/* While reading one object. */
typedef struct AkObjectReader
{
	const AkModelDef *def;
	const char *what;			/* "a constraint of model \"Post\"" */
	AkObjectDef *object;
	AkJson	   *options;
	StringInfoData list;		/* the key's columns as SQL */
	Oid			method;
	bool		expressions;
	int			nterms;
	char	   *opclass;		/* of the term being read, from "opclasses" */
} AkObjectReader;

static void bad(const AkObjectReader *reader, const char *problem) pg_attribute_noreturn();

static void
bad(const AkObjectReader *reader, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("%s %s", reader->what, problem)));
	pg_unreachable();
}

/* ---- options ---- */

static const char *
option_name(const char *written)
{
	for (int i = 0; i < lengthof(aliases); i++)
		if (strcmp(aliases[i][0], written) == 0)
			return aliases[i][1];
	return written;
}

static List *
names_of(const char *const *options)
{
	List	   *names = NIL;

	for (int i = 0; options[i]; i++)
		names = lappend(names, unconstify(char *, options[i]));
	return names;
}

static bool
is_among(const char *word, const char *const *options)
{
	for (int i = 0; options[i]; i++)
		if (strcmp(options[i], word) == 0)
			return true;
	return false;
}

/* The options under their first names; unknown ones are refused, null ones are as if absent. */
static AkJson *
read_options(const AkObjectReader *reader, const AkJson *object, const char *const *options)
{
	AkJson	   *out = ak_core_json_object();

	for (int i = 0; i < object->size; i++)
	{
		const char *word = is_among(object->keys[i], options) ? object->keys[i] : option_name(object->keys[i]);

		if (!is_among(word, options))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("%s has no option \"%s\"", reader->what, object->keys[i]),
					 ak_core_hint_nearest(object->keys[i], names_of(options))));
		if (ak_core_json_get(out, word) != NULL)
			bad(reader, psprintf("gives option \"%s\" twice", word));
		if (object->items[i]->kind != AK_JSON_NULL)
			ak_core_json_put(out, word, object->items[i]);
	}
	return out;
}

static char *
text_option(const AkObjectReader *reader, const AkJson *options, const char *option)
{
	const AkJson *value = ak_core_json_get(options, option);

	if (value == NULL || value->kind == AK_JSON_NULL)
		return NULL;
	if (value->kind != AK_JSON_STRING || *value->text == '\0')
		bad(reader, psprintf("needs a text as \"%s\"", option));
	return value->text;
}

static bool
bool_option(const AkObjectReader *reader, const char *option, bool otherwise)
{
	const AkJson *value = ak_core_json_get(reader->options, option);

	if (value == NULL)
		return otherwise;
	if (value->kind != AK_JSON_BOOL)
		bad(reader, psprintf("needs true or false as \"%s\"", option));
	return value->truth;
}

/* ---- expressions ---- */

static char *
expression(const AkObjectReader *reader, const char *text, const char *option, AkExpressionUse use)
{
	AkExpression e = {
		.source = text,
		.what = psprintf("\"%s\" of %s", option, reader->what),
		.use = use,
		.over = reader->def,
		.typmod = -1,
	};

	return ak_model_expression(&e);
}

/* ---- names of the catalog, looked up and qualified ---- */

static List *
name_list(const AkObjectReader *reader, const char *word)
{
	List	   *names = ak_qualified_name(word);

	if (list_length(names) > 2)
		bad(reader, psprintf("has an improper name \"%s\"", word));
	return names;
}

static char *
qualified_opclass(const AkObjectReader *reader, const char *word)
{
	Oid			opclass = get_opclass_oid(reader->method, name_list(reader, word), false);
	HeapTuple	tuple = SearchSysCache1(CLAOID, ObjectIdGetDatum(opclass));
	Form_pg_opclass form;
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator class %u", opclass);
	form = (Form_pg_opclass) GETSTRUCT(tuple);
	name = ak_core_qualified(get_namespace_name(form->opcnamespace), NameStr(form->opcname));
	ReleaseSysCache(tuple);
	return name;
}

static char *
qualified_collation(const AkObjectReader *reader, const char *word)
{
	Oid			collation = get_collation_oid(name_list(reader, word), false);
	HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	Form_pg_collation form;
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	name = ak_core_qualified(get_namespace_name(form->collnamespace), NameStr(form->collname));
	ReleaseSysCache(tuple);
	return name;
}

/* OPERATOR(schema.name) of "name" or "schema.name" over two values of the type. */
static char *
qualified_operator(const AkObjectReader *reader, const char *word, Oid type)
{
	const char *dot = strrchr(word, '.');
	const char *bare = dot ? dot + 1 : word;
	List	   *names = dot ? ak_qualified_name(pnstrdup(word, dot - word)) : NIL;
	char	   *schema = "pg_catalog";
	Operator	found;

	if (*bare == '\0' || strspn(bare, "+-*/<>=~!@#%^&|`?") != strlen(bare) || list_length(names) > 1)
		bad(reader, psprintf("has an improper operator \"%s\"", word));
	if (dot != NULL)
		schema = strVal(linitial(names));
	else if (OidIsValid(type))
	{
		found = oper(NULL, list_make1(makeString(pstrdup(bare))), type, type, false, -1);
		schema = get_namespace_name(((Form_pg_operator) GETSTRUCT(found))->oprnamespace);
		ReleaseSysCache(found);
	}
	return psprintf("OPERATOR(%s.%s)", ak_core_quote(schema), bare);
}

static void
read_method(AkObjectReader *reader, const char *otherwise)
{
	static const char *const usual[] = {"btree", "hash", "gist", "spgist", "gin", "brin", NULL};
	char	   *word = text_option(reader, reader->options, "using");

	reader->object->method = word ? word : pstrdup(otherwise);
	reader->method = get_am_oid(reader->object->method, true);
	if (!OidIsValid(reader->method))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("%s uses unknown index method \"%s\"", reader->what, word),
				 ak_core_hint_nearest(word, names_of(usual))));
}

/* ---- terms ---- */

static void
name_part(AkObjectReader *reader, const char *part)
{
	reader->object->parts = lappend(reader->object->parts, pstrdup(part));
}

/* The column of a field; writes it and returns its type. */
static Oid
append_field(AkObjectReader *reader, const char *name, const char *option)
{
	AkFieldDef *field = ak_model_meta_field(reader->def, name, option);
	Oid			type;
	int32		typmod;

	appendStringInfoString(&reader->list, ak_core_quote(field->column));
	name_part(reader, field->column);
	ak_core_parse_type(field->sql_type, &type, &typmod);
	return type;
}

static Oid
append_expression(AkObjectReader *reader, const char *text)
{
	appendStringInfo(&reader->list, "(%s)", expression(reader, text, "expressions", AK_EXPRESSION_INDEX));
	name_part(reader, "expr");
	reader->expressions = true;
	return InvalidOid;
}

static void
append_opclass(AkObjectReader *reader, const char *word)
{
	if (word == NULL)
		return;
	appendStringInfo(&reader->list, " %s", qualified_opclass(reader, word));
	reader->expressions = true;
}

/* "desc" and "asc", "first" and "last", as SQL. */
static void
append_choice(AkObjectReader *reader, const AkJson *term, const char *option, const char *before,
			  const char *one, const char *other)
{
	char	   *word = text_option(reader, term, option);

	if (word == NULL)
		return;
	if (strcmp(word, one) != 0 && strcmp(word, other) != 0)
		bad(reader, psprintf("needs \"%s\" or \"%s\" as \"%s\"", one, other, option));
	appendStringInfo(&reader->list, "%s %s", before, word);
	reader->expressions = true;
}

/* {"field" | "column" | "expression": …, "collation", "opclass", "order", "nulls"}. */
static Oid
append_object_term(AkObjectReader *reader, const AkJson *object, const char *option)
{
	AkJson	   *term = read_options(reader, object, term_options);
	char	   *field = text_option(reader, term, "field");
	char	   *column = text_option(reader, term, "column");
	char	   *text = text_option(reader, term, "expression");
	char	   *collation = text_option(reader, term, "collation");
	char	   *opclass = text_option(reader, term, "opclass");
	Oid			type;

	if (opclass == NULL)
		opclass = reader->opclass;
	if ((field != NULL) + (column != NULL) + (text != NULL) != 1)
		bad(reader, "needs one of \"field\", \"column\" and \"expression\" in each member");
	type = text ? append_expression(reader, text) : append_field(reader, field ? field : column, option);
	if (collation != NULL)
		appendStringInfo(&reader->list, " COLLATE %s", qualified_collation(reader, collation));
	append_opclass(reader, opclass);
	reader->expressions |= collation != NULL;
	append_choice(reader, term, "order", "", "desc", "asc");
	append_choice(reader, term, "nulls", " NULLS", "first", "last");
	return type;
}

/* A field's name, "-name", or an object. */
static Oid
append_term(AkObjectReader *reader, const AkJson *term, const char *option)
{
	bool		descending;
	Oid			type;

	if (reader->nterms++ > 0)
		appendStringInfoString(&reader->list, ", ");
	if (term->kind == AK_JSON_OBJECT)
		return append_object_term(reader, term, option);
	if (term->kind != AK_JSON_STRING)
		bad(reader, psprintf("needs names of fields in \"%s\"", option));
	descending = *term->text == '-';
	type = append_field(reader, term->text + descending, option);
	append_opclass(reader, reader->opclass);
	if (descending)
	{
		appendStringInfoString(&reader->list, " DESC");
		reader->expressions = true;
	}
	return type;
}

/* The operator class of the n-th member: one word for all, or a list. */
static void
note_opclass(AkObjectReader *reader, int n)
{
	AkJson	   *value = ak_core_json_get(reader->options, "opclasses");

	if (value != NULL && value->kind == AK_JSON_ARRAY)
		value = n < value->size ? value->items[n] : NULL;
	reader->opclass = NULL;
	if (value == NULL || value->kind == AK_JSON_NULL)
		return;
	if (value->kind != AK_JSON_STRING)
		bad(reader, "needs names of operator classes in \"opclasses\"");
	if (*value->text != '\0')
		reader->opclass = value->text;
}

/* Fields and then expressions. */
static void
read_terms(AkObjectReader *reader, const AkJson *fields, const char *option)
{
	const AkJson *expressions = ak_core_json_get(reader->options, "expressions");

	if (fields != NULL)
		ak_core_json_expect(fields, AK_JSON_ARRAY, psprintf("\"%s\" of %s", option, reader->what));
	for (int i = 0; fields && i < fields->size; i++)
	{
		note_opclass(reader, i);
		append_term(reader, fields->items[i], option);
	}
	if (expressions != NULL)
		ak_core_json_expect(expressions, AK_JSON_ARRAY, psprintf("\"expressions\" of %s", reader->what));
	for (int i = 0; expressions && i < expressions->size; i++)
	{
		AkJson	   *text = ak_core_json_object();

		ak_core_json_put(text, "expression", expressions->items[i]);
		note_opclass(reader, (fields ? fields->size : 0) + i);
		append_term(reader, text, "expressions");
	}
	if (reader->nterms == 0)
		bad(reader, "names no fields");
}

/* ---- what follows the key ---- */

static char *
include_clause(AkObjectReader *reader)
{
	const AkJson *fields = ak_core_json_get(reader->options, "include");
	StringInfoData out;

	if (fields == NULL)
		return "";
	ak_core_json_expect(fields, AK_JSON_ARRAY, psprintf("\"include\" of %s", reader->what));
	if (fields->size == 0)
		return "";
	initStringInfo(&out);
	for (int i = 0; i < fields->size; i++)
	{
		const AkJson *member = fields->items[i];
		char	   *name;

		if (member->kind == AK_JSON_OBJECT)
			name = text_option(reader, member, "column");
		else
			name = member->kind == AK_JSON_STRING ? member->text : NULL;
		if (name == NULL)
			bad(reader, "needs names of fields in \"include\"");
		appendStringInfo(&out, "%s%s", i ? ", " : " INCLUDE (",
						 ak_core_quote(ak_model_meta_field(reader->def, name, "include")->column));
	}
	appendStringInfoChar(&out, ')');
	return out.data;
}

/* " WHERE …" of an index, " WHERE (…)" of an exclusion. */
static char *
condition_clause(AkObjectReader *reader)
{
	char	   *text = text_option(reader, reader->options, "condition");

	if (text == NULL)
		return "";
	return psprintf(" WHERE (%s)", expression(reader, text, "condition", AK_EXPRESSION_PREDICATE));
}

/* A constraint that can be put off is, when it is told no more than that: so do relations. */
bool
ak_model_read_deferral(const AkJson *value, AkDeferral *deferral)
{
	*deferral = AK_NOT_DEFERRABLE;
	if (value == NULL || value->kind == AK_JSON_NULL)
		return true;
	if (value->kind == AK_JSON_BOOL)
	{
		*deferral = value->truth ? AK_DEFERRED : AK_NOT_DEFERRABLE;
		return true;
	}
	if (value->kind != AK_JSON_STRING)
		return false;
	*deferral = pg_strcasecmp(value->text, "immediate") == 0 ? AK_IMMEDIATE : AK_DEFERRED;
	return *deferral == AK_IMMEDIATE || pg_strcasecmp(value->text, "deferred") == 0;
}

const char *
ak_model_deferral_clause(AkDeferral deferral)
{
	switch (deferral)
	{
		case AK_DEFERRED:
			return " DEFERRABLE INITIALLY DEFERRED";
		case AK_IMMEDIATE:
			return " DEFERRABLE INITIALLY IMMEDIATE";
		case AK_NOT_DEFERRABLE:
			break;
	}
	return "";
}

static const char *
deferrable_clause(AkObjectReader *reader)
{
	AkDeferral	deferral;

	if (!ak_model_read_deferral(ak_core_json_get(reader->options, "deferrable"), &deferral))
		bad(reader, "needs " AK_DEFERRAL_WORDS " as \"deferrable\"");
	return ak_model_deferral_clause(deferral);
}

/* ---- the kinds ---- */

static void
read_check(AkObjectReader *reader)
{
	char	   *text = text_option(reader, reader->options, "check");
	bool		enforced = bool_option(reader, "enforced", true);

	if (text == NULL)
		bad(reader, "has an empty \"check\"");
	if (!enforced)
		ak_model_require_server(AK_HAS_UNENFORCED, reader->what, "enforced");
	reader->object->kind = 'c';
	reader->object->body = psprintf("CHECK (%s)%s", expression(reader, text, "check", AK_EXPRESSION_CHECK),
									!enforced ? " NOT ENFORCED" : bool_option(reader, "valid", true) ? "" : " NOT VALID");
}

static void
make_index(AkObjectReader *reader)
{
	bool		distinct = bool_option(reader, "nulls_distinct", true);

	if (!distinct && !reader->object->unique)
		bad(reader, "has \"nulls_distinct\", but is not unique");
	reader->object->kind = 'i';
	reader->object->body = psprintf("USING %s (%s)%s%s%s", ak_core_quote(reader->object->method),
									reader->list.data, include_clause(reader),
									distinct ? "" : " NULLS NOT DISTINCT", condition_clause(reader));
}

static void
check_twice(const AkObjectReader *reader)
{
	for (int i = 0; i < list_length(reader->object->parts); i++)
		for (int j = 0; j < i; j++)
			if (strcmp(list_nth(reader->object->parts, i), list_nth(reader->object->parts, j)) == 0)
				bad(reader, psprintf("names column \"%s\" twice", (char *) list_nth(reader->object->parts, i)));
}

static void
read_unique(AkObjectReader *reader)
{
	const AkJson *fields = ak_core_json_get(reader->options, "unique");
	const char *deferrable = deferrable_clause(reader);
	bool		overlaps = !bool_option(reader, "without_overlaps", false);

	if (!overlaps)
		ak_model_require_server(AK_HAS_PERIODS, reader->what, "without_overlaps");
	read_method(reader, "btree");
	if (fields != NULL && fields->kind == AK_JSON_STRING)
	{
		AkJson	   *list = ak_core_json_array();

		ak_core_json_push(list, unconstify(AkJson *, fields));
		fields = list;
	}
	if (fields != NULL && fields->kind == AK_JSON_BOOL && fields->truth)
		fields = NULL;
	read_terms(reader, fields, "unique");
	reader->object->unique = true;
	if (reader->expressions || ak_core_json_get(reader->options, "condition") != NULL)
	{
		if (*deferrable != '\0' || !overlaps)
			bad(reader, psprintf("cannot be %s, because a condition or an expression makes it an index",
								 overlaps ? "deferrable" : "without overlaps"));
		make_index(reader);
		return;
	}
	check_twice(reader);
	reader->object->kind = 'u';
	reader->object->body = psprintf("UNIQUE%s (%s%s)%s%s",
									bool_option(reader, "nulls_distinct", true) ? "" : " NULLS NOT DISTINCT",
									reader->list.data, overlaps ? "" : " WITHOUT OVERLAPS", include_clause(reader), deferrable);
}

static void
read_exclude(AkObjectReader *reader)
{
	const AkJson *pairs = ak_core_json_get(reader->options, "exclude");

	read_method(reader, "gist");
	ak_core_json_expect(pairs, AK_JSON_ARRAY, psprintf("\"exclude\" of %s", reader->what));
	for (int i = 0; i < pairs->size; i++)
	{
		const AkJson *pair = pairs->items[i];
		const AkJson *first;
		Oid			type;

		if (pair->kind != AK_JSON_ARRAY || pair->size != 2 || pair->items[1]->kind != AK_JSON_STRING)
			bad(reader, "needs pairs of a field and an operator in \"exclude\"");
		first = pair->items[0];
		type = append_term(reader, first, "exclude");
		appendStringInfo(&reader->list, " WITH %s", qualified_operator(reader, pair->items[1]->text, type));
	}
	if (pairs->size == 0)
		bad(reader, "names no fields");
	reader->object->kind = 'x';
	reader->object->body = psprintf("EXCLUDE USING %s (%s)%s%s%s", ak_core_quote(reader->object->method),
									reader->list.data, include_clause(reader), condition_clause(reader),
									deferrable_clause(reader));
}

static void
read_index(AkObjectReader *reader)
{
	read_method(reader, "btree");
	read_terms(reader, ak_core_json_get(reader->options, "fields"), "fields");
	reader->object->unique = bool_option(reader, "unique", false);
	make_index(reader);
}

static void
read_constraint(AkObjectReader *reader, const AkJson *object)
{
	if (ak_core_json_get(object, "check") != NULL)
	{
		reader->options = read_options(reader, object, check_options);
		read_check(reader);
	}
	else if (ak_core_json_get(object, "exclude") != NULL)
	{
		reader->options = read_options(reader, object, exclude_options);
		read_exclude(reader);
	}
	else if (ak_core_json_get(object, "foreign_key") != NULL)
	{
		reader->options = read_options(reader, object, ak_model_foreign_key_options);
		ak_model_define_foreign_key(reader->def, reader->options, reader->what, reader->object);
	}
	else if (ak_core_json_get(object, "unique") != NULL || ak_core_json_get(object, "expressions") != NULL)
	{
		reader->options = read_options(reader, object, unique_options);
		read_unique(reader);
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("%s is of no kind", reader->what),
				 errhint("Give \"check\", \"unique\", \"exclude\" or \"foreign_key\".")));
}

/* An index may be a bare list of fields. */
static const AkJson *
index_object(const AkJson *index)
{
	AkJson	   *object;

	if (index->kind != AK_JSON_ARRAY)
		return index;
	object = ak_core_json_object();
	ak_core_json_put(object, "fields", unconstify(AkJson *, index));
	return object;
}

AkObjectDef *
ak_model_define_object(const AkModelDef *def, const AkJson *source, bool constraint)
{
	AkObjectReader reader = {.def = def};
	const AkJson *object = constraint ? source : index_object(source);

	reader.what = psprintf("%s of model \"%s\"", constraint ? "a constraint" : "an index", def->name);
	reader.object = palloc0(sizeof(AkObjectDef));
	initStringInfo(&reader.list);
	if (object->kind != AK_JSON_OBJECT)
		bad(&reader, psprintf("must be an object, not %s", ak_core_json_kind_name(object->kind)));
	if (constraint)
		read_constraint(&reader, object);
	else
	{
		reader.options = read_options(&reader, object, index_options);
		read_index(&reader);
	}
	reader.object->name = ak_model_own_name(def, text_option(&reader, reader.options, "name"));
	if (reader.object->name != NULL)
		ak_core_check_identifier(reader.object->name, constraint ? "constraint name" : "index name");
	return reader.object;
}

/* ---- making it ---- */

static char *
joined_parts(const AkObjectDef *object)
{
	StringInfoData out;
	ListCell   *cell;

	initStringInfo(&out);
	foreach(cell, object->parts)
		appendStringInfo(&out, "%s%s", out.len ? "_" : "", (char *) lfirst(cell));
	return out.data;
}

/* The name PostgreSQL would give; the same as long as nothing is made in between. */
char *
ak_model_choose_object_name(const AkModelDef *def, const AkObjectDef *object)
{
	Oid			schema = get_namespace_oid(def->app, false);
	char	   *parts = joined_parts(object);

	if (object->name != NULL)
		return object->name;
	switch (object->kind)
	{
		case 'c':
			return ChooseConstraintName(def->table, NULL, "check", schema, NIL);
		case 'u':
			return ChooseRelationName(def->table, parts, "key", schema, true);
		case 'x':
			return ChooseRelationName(def->table, parts, "excl", schema, true);
		case 'f':
			return ChooseConstraintName(def->table, parts, "fkey", schema, NIL);
		default:
			return ChooseRelationName(def->table, parts, object->unique ? "key" : "idx", schema, false);
	}
}

void
ak_model_create_object(const AkModelDef *def, const AkObjectDef *object)
{
	const char *table = ak_core_qualified(def->app, def->table);
	const char *name = ak_core_quote(ak_model_choose_object_name(def, object));
	int			level = ak_model_pin_search_path();

	if (object->kind == 'i')
		ak_core_ddl("CREATE %sINDEX %s ON %s %s", object->unique ? "UNIQUE " : "", name, table, object->body);
	else
		ak_core_ddl("ALTER TABLE %s ADD CONSTRAINT %s %s", table, name, object->body);
	ak_model_unpin_search_path(level);
}
