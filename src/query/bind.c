/*
 * bind.c
 *		Values of tests, as parameters of the statement.
 *
 * Whatever a test reads of its value goes through a reader, and the statement
 * remembers which: the same text can be run again with other values, read in
 * the same way.  What decides about the *text* of a statement is the kind of
 * a value (null, list, object), never its content; where the content decides
 * too, as with untyped text for a JSON field, no origin is remembered and the
 * parameter belongs to the statement's shape.
 *
 * A hole stands for a value that is known when the statement runs.  Its
 * parameter has the type of that value, and the reader writes, in SQL, what
 * it would have done to it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

void
ak_query_name_path(void *test)
{
	errcontext("condition on \"%s\"", ((const AkCondition *) test)->path->text);
}

bool
ak_query_is_untyped(const AkJson *value)
{
	const AkJson *as = ak_core_json_get(value, "as");

	return as != NULL && as->kind == AK_JSON_STRING && strcmp(as->text, "unknown") == 0;
}

/* The node a value's content stands in; NULL where its content decides about the text. */
static const AkJson *
origin_node(const AkCondition *test, const AkJson *value)
{
	if (test != NULL && ak_query_is_json(test->path->field) && ak_query_is_untyped(value))
		return NULL;
	return ak_model_unwrap(value);
}

static void
bind_hole(AkStatement *st, const AkCondition *test, const AkJson *hole, const AkReader *reader)
{
	if (reader->write_hole != NULL && reader->write_hole(st, test, hole))
		return;
	if (test->expression != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"%s\" cannot be compared with an expression of type %s", test->path->text,
						ak_core_type_word(ak_query_expression_type(test->expression))),
				 errhint("Give it another type with \"$cast\".")));
	st->unfit = true;
}

/* Is it a hole, or a list with one among its members? */
static bool
has_hole(const AkJson *value)
{
	bool		found = value->kind == AK_JSON_HOLE;

	for (int i = 0; value->kind == AK_JSON_ARRAY && i < value->size; i++)
		found = found || value->items[i]->kind == AK_JSON_HOLE;
	return found;
}

void
ak_query_bind(AkStatement *st, const AkCondition *test, const AkJson *value, const AkReader *reader)
{
	const AkJson *node = origin_node(test, value);
	AkOrigin   *origin;
	AkValue		read;

	if (has_hole(value))
	{
		bind_hole(st, test, value, reader);
		return;
	}
	read = reader->read(test, value);
	ak_core_bind(st, read.type, read.datum, read.isnull);
	if (test != NULL && !ak_query_is_computed(test->path) && ak_model_reads_unsteadily(test->path->field))
		st->unfit = true;		/* what it is read as now may be something else later */
	if (node == NULL)
		return;
	origin = palloc0(sizeof(AkOrigin));
	origin->test = test;
	origin->value = node;
	origin->reader = reader;
	ak_core_bind_origin(st, origin);
}

AkValue
ak_query_read_again(const AkOrigin *origin, const AkJson *value)
{
	ErrorContextCallback context;
	AkValue		read;

	if (origin->test == NULL)
		return origin->reader->read(NULL, value);
	context.callback = ak_query_name_path;
	context.arg = unconstify(AkCondition *, origin->test);
	context.previous = error_context_stack;
	error_context_stack = &context;
	read = origin->reader->read(origin->test, value);
	error_context_stack = context.previous;
	return read;
}

/* ---- what a value must be ---- */

void
ak_query_refuse_null(const AkCondition *test, const AkJson *value)
{
	if (value->kind == AK_JSON_NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the value for \"%s\" must not be null", test->path->text),
				 errhint("Rows without a value are found by \"isnull\".")));
}

const AkJson *
ak_query_list_value(const AkCondition *test, const AkJson *value, int count)
{
	const AkJson *list = ak_model_unwrap(value);

	if (list->kind != AK_JSON_ARRAY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the value for \"%s\" must be a list, not %s",
						test->path->text, ak_core_json_kind_name(list->kind))));
	ak_query_check_members(test->path->text, list->size);
	if (count >= 0 && list->size != count)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the value for \"%s\" must be a list of %d values, not %d",
						test->path->text, count, list->size)));
	return list;
}

/* Untyped text for a JSON field is the JSON it writes. */
static const AkJson *
field_value(const AkField *field, const AkJson *value)
{
	AkJson	   *json = ak_query_is_json(field) ? ak_query_untyped_json(value) : NULL;

	return json ? json : value;
}

/* ---- one value, as the field reads it, or the type of its last transform ---- */

static bool
read_one(const AkCondition *test, const AkJson *value, AkValue *read, AkProblems *problems)
{
	const AkField *field = test->path->field;

	if (ak_query_is_computed(test->path))
		return ak_model_read_typed(test->path->type, -1, test->path->text, value, read, problems);
	return ak_model_read(field, field_value(field, value), read, problems);
}

static AkValue
read_field(const AkCondition *test, const AkJson *value)
{
	const AkField *field = test->path->field;
	AkProblems	problems = {0};
	AkValue		read = {.type = test->path->type, .isnull = true};
	ListCell   *cell;

	ak_query_refuse_null(test, value);
	if (!ak_query_is_sql_null(value))
		read_one(test, value, &read, &problems);
	foreach(cell, problems.list)
		((AkProblem *) lfirst(cell))->field = pstrdup(test->path->text);
	ak_core_problems_raise(&problems, field->model->app, field->model->table);
	return read;
}

const AkReader ak_query_field_reader = {read_field, ak_query_write_field_hole};

/* ---- a list, as one array parameter, so that its length is no part of the statement ---- */

static AkValue
read_list(const AkCondition *test, const AkJson *value)
{
	const AkField *field = test->path->field;
	AkJson	   *members = ak_core_json_copy(ak_query_list_value(test, value, -1));

	if (ak_query_is_computed(test->path))
		return ak_model_read_list_of(test->path->type, test->path->text, members);
	for (int i = 0; i < members->size; i++)
		members->items[i] = unconstify(AkJson *, field_value(field, members->items[i]));
	return ak_model_read_list(field, members);
}

const AkReader ak_query_list_reader = {read_list, ak_query_write_list_hole};

/* ---- text ---- */

/* The text of a scalar value; NULL for an SQL NULL. */
static char *
text_of(const AkCondition *test, const AkJson *value)
{
	const AkJson *plain = ak_model_unwrap(value);

	if (ak_query_is_sql_null(value))
		return NULL;
	ak_query_refuse_null(test, plain);
	switch (plain->kind)
	{
		case AK_JSON_STRING:
		case AK_JSON_NUMBER:
			return plain->text;
		case AK_JSON_BOOL:
			return pstrdup(plain->truth ? "true" : "false");
		default:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the value for \"%s\" must be text, not %s",
							test->path->text, ak_core_json_kind_name(plain->kind))));
	}
	return NULL;
}

static AkValue
text_datum(const char *value)
{
	AkValue		read = {.type = TEXTOID, .isnull = value == NULL};

	if (value != NULL)
		read.datum = CStringGetTextDatum(value);
	return read;
}

static AkValue
read_text(const AkCondition *test, const AkJson *value)
{
	return text_datum(text_of(test, value));
}

const AkReader ak_query_text_reader = {read_text, ak_query_write_text_hole};

/* Puts a backslash before each character that LIKE would take for more than itself. */
static void
append_escaped(StringInfo out, const char *text)
{
	for (; *text; text++)
	{
		if (*text == '%' || *text == '_' || *text == '\\')
			appendStringInfoChar(out, '\\');
		appendStringInfoChar(out, *text);
	}
}

/* A pattern that matches the text literally, between what the lookup puts around it. */
static AkValue
read_pattern(const AkCondition *test, const AkJson *value)
{
	char	   *plain = text_of(test, value);
	StringInfoData pattern;

	if (plain == NULL)
		return text_datum(NULL);
	initStringInfo(&pattern);
	appendStringInfoString(&pattern, test->lookup->before);
	append_escaped(&pattern, plain);
	appendStringInfoString(&pattern, test->lookup->after);
	return text_datum(pattern.data);
}

const AkReader ak_query_pattern_reader = {read_pattern, ak_query_write_pattern_hole};

const AkReader ak_query_no_reader = {NULL, NULL};
