/*
 * expression.c
 *		Expressions of a document: {"$add": ["views", 1]}.
 *
 * An expression is an object with exactly one key that begins with "$"; its
 * other keys are options of that expression.  As arguments of a function
 * strings are paths, as they are in Django, and a literal string is {"$v":
 * "…"}; numbers and booleans are themselves.  Types are known when it is
 * read, so what does not fit is an error that names the function.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "query/expression.h"

typedef struct AkForm
{
	const char *name;
	const char *option;			/* the other key it takes; NULL: none */
	bool		zoned;			/* it takes a time zone, under "zone", too */
	void		(*read) (AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
} AkForm;

static void read_path(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
static void read_literal(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
static void read_cast(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
static void read_now(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
static void read_interval(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
static void read_extract(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
static void read_trunc(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);
static void read_case(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option);

static const AkForm forms[] = {
	{"$f", NULL, false, read_path},
	{"$v", "as", false, read_literal},
	{"$cast", "as", true, read_cast},
	{"$now", NULL, false, read_now},
	{"$raw", "seal", false, ak_query_read_raw},
	{"$interval", NULL, false, read_interval},
	{"$extract", "part", true, read_extract},
	{"$trunc", "part", true, read_trunc},
	{"$case", "default", false, read_case},
	{"$q", NULL, false, ak_query_read_q},
	{"$kt", NULL, false, ak_query_read_kt},
	{"$collate", "collation", false, ak_query_read_collate},
	{"$json_object", NULL, false, ak_query_read_json_object},
	{"$json_array", NULL, false, ak_query_read_json_array},
	{"$outer", NULL, false, ak_query_read_outer},
	{"$exists", NULL, false, ak_query_read_exists},
	{"$descendants", NULL, false, ak_query_read_descendants},
	{"$ancestors", NULL, false, ak_query_read_ancestors},
	{"$subquery", NULL, false, ak_query_read_subquery},
	{"$array_subquery", NULL, false, ak_query_read_array_subquery},
};

/* ---- reading ---- */

/* The one key that begins with "$"; NULL where there is none, 22023 where there are two. */
static const char *
dollar_key(const AkJson *object, const AkJson **value)
{
	const char *found = NULL;

	for (int i = 0; i < object->size; i++)
	{
		if (object->keys[i][0] != '$')
			continue;
		if (found != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("an expression has exactly one key that begins with \"$\""),
					 errdetail("Both \"%s\" and \"%s\" do.", found, object->keys[i]),
					 errhint("A literal object is written {\"$v\": {...}}.")));
		found = object->keys[i];
		*value = object->items[i];
	}
	return found;
}

bool
ak_query_is_expression(const AkJson *value)
{
	if (value->kind != AK_JSON_OBJECT)
		return false;
	for (int i = 0; i < value->size; i++)
		if (value->keys[i][0] == '$')
			return strcmp(value->keys[i], "$v") != 0;
	return false;
}

/* The option of an expression; 22023 for a key that is none. */
static const AkJson *
option_of(const AkJson *object, const char *name, const char *option, bool zoned)
{
	for (int i = 0; i < object->size; i++)
		if (object->keys[i][0] != '$' && (option == NULL || strcmp(object->keys[i], option) != 0) &&
			!(zoned && strcmp(object->keys[i], "zone") == 0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("expression \"%s\" has no option \"%s\"", name, object->keys[i]),
					 zoned ? errhint("Its options are \"%s\" and \"zone\".", option)
					 : option ? errhint("Its option is \"%s\".", option) : 0));
	return option ? ak_core_json_get(object, option) : NULL;
}

bool
ak_query_knows_expression(const char *name)
{
	ListCell   *cell;

	for (int i = 0; i < (int) lengthof(forms); i++)
		if (strcmp(forms[i].name, name) == 0)
			return true;
	foreach(cell, list_concat(ak_query_aggregate_names(), ak_query_search_names()))
		if (strcmp(lfirst(cell), name) == 0)
			return true;
	return ak_query_function(name) != NULL;
}

List *
ak_query_form_names(void)
{
	List	   *names = NIL;

	for (int i = 0; i < (int) lengthof(forms); i++)
		names = lappend(names, unconstify(char *, forms[i].name));
	return names;
}

static void
unknown_expression(const char *name)
{
	List	   *names = list_concat(ak_query_function_names(), ak_query_form_names());

	names = list_concat(names, ak_query_aggregate_names());
	names = list_concat(names, ak_query_window_names());
	names = list_concat(names, ak_query_search_names());
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FUNCTION),
			 errmsg("expression \"%s\" does not exist", name),
			 ak_core_hint_nearest(name, names)));
}

static void
read_call(AkExpr *expr, const AkScope *scope, const AkJson *value)
{
	bool		list = value->kind == AK_JSON_ARRAY;
	int			count = list ? value->size : value->kind == AK_JSON_NULL && ak_query_takes_nothing(expr->function) ? 0 : 1;
	Oid		   *types = palloc(sizeof(Oid) * Max(count, 1));

	expr->kind = AK_EXPR_CALL;
	for (int i = 0; i < count; i++)
	{
		AkExpr	   *argument = ak_query_read_argument(scope, list ? value->items[i] : value);

		expr->args = lappend(expr->args, argument);
		types[i] = argument->type;
	}
	expr->type = ak_query_function_type(expr->function, types, count);
}

static AkExpr *
read_expression(const AkScope *scope, const AkJson *object)
{
	AkExpr	   *expr = palloc0(sizeof(AkExpr));
	const AkJson *value = NULL;
	const char *name;

	check_stack_depth();
	ak_core_json_expect(object, AK_JSON_OBJECT, "an expression");
	name = dollar_key(object, &value);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an expression has exactly one key that begins with \"$\""),
				 errhint("A literal object is written {\"$v\": {...}}.")));
	for (int i = 0; i < (int) lengthof(forms); i++)
	{
		if (strcmp(name, forms[i].name) != 0)
			continue;
		forms[i].read(expr, scope, value, option_of(object, name, forms[i].option, forms[i].zoned));
		if (forms[i].zoned)
			ak_query_read_zone(expr, name, ak_core_json_get(object, "zone"));
		return expr;
	}
	if (ak_query_read_aggregate(expr, scope, name, object, value) ||
		ak_query_read_window(expr, scope, name, object, value) ||
		ak_query_read_search(expr, scope, name, object, value))
		return expr;
	expr->function = ak_query_function(name);
	if (expr->function == NULL)
		unknown_expression(name);
	(void) option_of(object, name, NULL, false);
	read_call(expr, scope, value);
	return expr;
}

AkExpr *
ak_query_read_expression(const AkScope *scope, const AkJson *object)
{
	AkExpr	   *expr;

	ak_query_enter(scope->query);
	expr = read_expression(scope, object);
	ak_query_leave(scope->query);
	return expr;
}

AkExpr *
ak_query_read_argument(const AkScope *scope, const AkJson *value)
{
	AkExpr	   *expr;

	if (value->kind == AK_JSON_OBJECT)
		return ak_query_read_expression(scope, value);
	expr = palloc0(sizeof(AkExpr));
	if (value->kind == AK_JSON_STRING)
		read_path(expr, scope, value, NULL);
	else
		read_literal(expr, scope, value, NULL);
	return expr;
}

AkExpr *
ak_query_read_result(const AkScope *scope, const AkJson *value)
{
	AkExpr	   *expr;

	if (value->kind == AK_JSON_OBJECT)
		return ak_query_read_expression(scope, value);
	expr = palloc0(sizeof(AkExpr));
	read_literal(expr, scope, value, NULL);
	return expr;
}

/* ---- forms ---- */

static void
read_path(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	ak_core_json_expect(value, AK_JSON_STRING, "\"$f\"");
	expr->kind = AK_EXPR_PATH;
	expr->path = ak_query_scope_path(scope, value->text, false);
	ak_query_require_field(expr->path);
	expr->type = expr->path->keys != NIL ? JSONBOID : getBaseType(expr->path->type);
}

/* The type a JSON scalar has of itself; InvalidOid for null. */
static Oid
type_of_scalar(const AkJson *value)
{
	char	   *end;
	int64		number;

	switch (value->kind)
	{
		case AK_JSON_BOOL:
			return BOOLOID;
		case AK_JSON_STRING:
			return TEXTOID;
		case AK_JSON_NUMBER:
			errno = 0;
			number = strtoll(value->text, &end, 10);
			if (*end != '\0' || errno != 0)
				return NUMERICOID;
			return number >= PG_INT32_MIN && number <= PG_INT32_MAX ? INT4OID : INT8OID;
		case AK_JSON_NULL:
			return InvalidOid;
		default:
			return JSONBOID;
	}
}

/* A type by the word that documents have for it. */
static Oid
named_type(const AkJson *word, int32 *typmod)
{
	Oid			type;

	ak_core_json_expect(word, AK_JSON_STRING, "\"as\"");
	ak_core_parse_type(word->text, &type, typmod);
	return type;
}

static void
read_literal(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	AkProblems	problems = {0};
	int32		typmod = -1;
	Oid			type = option ? named_type(option, &typmod) : type_of_scalar(value);

	expr->kind = AK_EXPR_VALUE;
	expr->type = type;
	expr->value.type = type;
	expr->value.isnull = true;
	if (OidIsValid(type))
		(void) ak_model_read_typed(type, typmod, "$v", value, &expr->value, &problems);
	ak_core_problems_raise(&problems, NULL, NULL);
}

static void
read_cast(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	AkExpr	   *from;

	expr->kind = AK_EXPR_CAST;
	if (option == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("expression \"$cast\" needs the option \"as\"")));
	expr->type = named_type(option, &expr->typmod);
	from = ak_query_read_argument(scope, value);
	expr->args = list_make1(from);
	if (OidIsValid(from->type) && !can_coerce_type(1, &from->type, &expr->type, COERCION_EXPLICIT))
		ereport(ERROR,
				(errcode(ERRCODE_CANNOT_COERCE),
				 errmsg("\"$cast\" cannot make %s of a value of type %s", ak_core_type_word(expr->type),
						ak_core_type_word(from->type))));
}

static void
read_now(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	expr->kind = AK_EXPR_NOW;
	expr->type = TIMESTAMPTZOID;
}

static void
read_interval(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	AkProblems	problems = {0};

	expr->kind = AK_EXPR_VALUE;
	expr->type = INTERVALOID;
	(void) ak_model_read_typed(INTERVALOID, -1, "$interval", value, &expr->value, &problems);
	ak_core_problems_raise(&problems, NULL, NULL);
}

/* The word of the option "part". */
static const char *
part_word(const char *name, const AkJson *option)
{
	if (option == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("expression \"%s\" needs the option \"part\"", name)));
	return ak_core_json_expect(option, AK_JSON_STRING, "\"part\"")->text;
}

/* The parts of a value, as its transforms name them. */
static List *
part_names(Oid type)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, ak_query_transform_names(type))
		if (strcmp(lfirst(cell), "date") != 0 && strcmp(lfirst(cell), "time") != 0)
			names = lappend(names, lfirst(cell));
	return names;
}

static void
read_extract(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	AkExpr	   *from = ak_query_read_argument(scope, value);

	expr->kind = AK_EXPR_PART;
	expr->word = part_word("$extract", option);
	expr->args = list_make1(from);
	if (from->type != DATEOID && from->type != TIMEOID && from->type != TIMESTAMPOID && from->type != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"$extract\" takes dates and times")));
	expr->part = ak_query_find_transform(from->type, expr->word);
	if (expr->part == NULL || expr->part->type != INT4OID)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is no part of a value of type %s", expr->word, ak_core_type_word(from->type)),
				 ak_core_hint_nearest(expr->word, part_names(from->type))));
	expr->type = INT4OID;
}

static void
read_trunc(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	static const char *const parts[] = {"year", "quarter", "month", "week", "day", "hour", "minute", "second"};
	AkExpr	   *from = ak_query_read_argument(scope, value);
	List	   *names = NIL;

	expr->kind = AK_EXPR_TRUNC;
	expr->args = list_make1(from);
	expr->type = from->type;
	if (from->type != DATEOID && from->type != TIMESTAMPOID && from->type != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"$trunc\" takes dates and time stamps")));
	for (int i = 0; i < (int) lengthof(parts); i++)
	{
		if (strcmp(parts[i], part_word("$trunc", option)) == 0)
			expr->word = parts[i];
		names = lappend(names, unconstify(char *, parts[i]));
	}
	if (expr->word == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"$trunc\" has no part \"%s\"", option->text),
				 ak_core_hint_nearest(option->text, names)));
}

/* The type that all results have in common. */
static void
read_case_type(AkExpr *expr)
{
	ListCell   *cell;

	foreach(cell, expr->args)
	{
		AkExpr	   *result = lfirst(cell);
		Oid			type = ak_query_common_type(expr->type, result->type);

		if (!OidIsValid(type) && OidIsValid(result->type))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the results of \"$case\" have no type in common")));
		expr->type = type;
	}
}

static void
read_case(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	expr->kind = AK_EXPR_CASE;
	ak_core_json_expect(value, AK_JSON_ARRAY, "\"$case\"");
	for (int i = 0; i < value->size; i++)
	{
		AkJson	   *when = ak_core_json_get(value->items[i], "when");
		AkJson	   *then = ak_core_json_get(value->items[i], "then");

		if (when == NULL || then == NULL || value->items[i]->size != 2)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a member of \"$case\" has exactly \"when\" and \"then\"")));
		if (ak_core_json_expect(when, AK_JSON_OBJECT, "\"when\"")->size == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"when\" holds no condition")));
		expr->whens = lappend(expr->whens, when);
		expr->args = lappend(expr->args, ak_query_read_result(scope, then));
	}
	if (expr->whens == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"$case\" has no members")));
	expr->args = lappend(expr->args, ak_query_read_result(scope, option ? option : ak_core_json_null()));
	read_case_type(expr);
}
