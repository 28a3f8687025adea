/*
 * forms.c
 *		Forms of expressions that are no plain calls: $q, $kt, $collate,
 *		$json_object and $json_array; and the option "zone".
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "query/expression.h"

/* Of jsonb_build_object and jsonb_build_array; the server's limit is 100. */
#define MOST_ARGUMENTS 100

/* ---- reading ---- */

/* Conditions as a value: {"$q": {"views__gt": 7}} */
void
ak_query_read_q(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	ak_core_json_expect(value, AK_JSON_OBJECT, "\"$q\"");
	if (value->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"$q\" holds no condition")));
	expr->kind = AK_EXPR_CONDITIONS;
	expr->type = BOOLOID;
	expr->whens = list_make1(unconstify(AkJson *, value));
}

/* The text below a JSON field: {"$kt": "meta__lang"} */
void
ak_query_read_kt(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	ak_core_json_expect(value, AK_JSON_STRING, "\"$kt\"");
	expr->kind = AK_EXPR_PATH;
	expr->path = ak_query_scope_path(scope, value->text, false);
	ak_query_require_field(expr->path);
	if (expr->path->keys == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"$kt\" takes a path below a JSON field"),
				 errdetail("The path is \"%s\".", value->text)));
	expr->as_text = true;
	expr->type = TEXTOID;
}

void
ak_query_read_collate(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	AkExpr	   *argument = ak_query_read_argument(scope, value);

	if (option == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("expression \"$collate\" needs the option \"collation\"")));
	if (!OidIsValid(argument->type) || !OidIsValid(get_typcollation(argument->type)))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"$collate\" takes text")));
	expr->kind = AK_EXPR_COLLATE;
	expr->type = argument->type;
	expr->args = list_make1(argument);
	expr->collation = ak_model_find_collation(ak_core_json_expect(option, AK_JSON_STRING, "\"collation\"")->text);
}

/* Members, with keys or without; `word` is the function that puts them together. */
static void
read_members(AkExpr *expr, const AkScope *scope, const AkJson *value, const char *word)
{
	expr->kind = AK_EXPR_JSON;
	expr->type = JSONBOID;
	expr->word = word;
	for (int i = 0; i < value->size; i++)
	{
		if (value->kind == AK_JSON_OBJECT)
			expr->keys = lappend(expr->keys, value->keys[i]);
		expr->args = lappend(expr->args, ak_query_read_argument(scope, value->items[i]));
	}
}

void
ak_query_read_json_object(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	ak_core_json_expect(value, AK_JSON_OBJECT, "\"$json_object\"");
	read_members(expr, scope, value, "pg_catalog.jsonb_build_object");
}

void
ak_query_read_json_array(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	ak_core_json_expect(value, AK_JSON_ARRAY, "\"$json_array\"");
	read_members(expr, scope, value, "pg_catalog.jsonb_build_array");
}

/* ---- time zones ---- */

/* 22023 where the server knows no such zone. */
static void
check_zone(const char *zone)
{
	(void) DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(zone), TimestampTzGetDatum(0));
}

void
ak_query_read_zone(AkExpr *expr, const char *name, const AkJson *zone)
{
	AkExpr	   *moment = linitial(expr->args);
	AkExpr	   *shown;

	if (zone == NULL)
		return;
	ak_core_json_expect(zone, AK_JSON_STRING, "\"zone\"");
	if (moment->type != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"%s\" has a \"zone\" for moments, values of type timestamptz, alone", name)));
	check_zone(zone->text);
	if (expr->kind == AK_EXPR_TRUNC)
	{
		expr->zone = zone->text;
		return;
	}
	shown = palloc0(sizeof(AkExpr));
	shown->kind = AK_EXPR_ZONE;
	shown->type = TIMESTAMPOID;
	shown->zone = zone->text;
	shown->args = list_make1(moment);
	expr->args = list_make1(shown);
}

/* ---- writing ---- */

void
ak_query_write_zone(AkStatement *st, const char *zone)
{
	ak_core_bind(st, TEXTOID, CStringGetTextDatum(zone), false);
}

/* One call's arguments, from `first` on; NULL has to have some type. */
static void
write_members(AkStatement *st, const AkExpr *expr, int first, int count)
{
	for (int i = first; i < first + count; i++)
	{
		const AkExpr *argument = list_nth(expr->args, i);

		if (i > first)
			appendStringInfoString(&st->sql, ", ");
		if (expr->keys != NIL)
		{
			ak_core_bind(st, TEXTOID, CStringGetTextDatum(list_nth(expr->keys, i)), false);
			appendStringInfoString(&st->sql, ", ");
		}
		ak_query_write_expression(st, argument);
		if (!OidIsValid(argument->type))
			appendStringInfoString(&st->sql, "::pg_catalog.text");
	}
}

/* Calls joined by ||, none with more arguments than a function can have. */
void
ak_query_write_json(AkStatement *st, const AkExpr *expr)
{
	int			count = list_length(expr->args);
	int			most = expr->keys != NIL ? MOST_ARGUMENTS / 2 : MOST_ARGUMENTS;

	appendStringInfoChar(&st->sql, '(');
	for (int first = 0; first == 0 || first < count; first += most)
	{
		appendStringInfo(&st->sql, "%s%s(", first > 0 ? " OPERATOR(pg_catalog.||) " : "", expr->word);
		write_members(st, expr, first, Min(most, count - first));
		appendStringInfoChar(&st->sql, ')');
	}
	appendStringInfoChar(&st->sql, ')');
}
