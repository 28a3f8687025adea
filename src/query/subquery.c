/*
 * subquery.c
 *		Query sets inside others: $exists, $subquery, $array_subquery, and
 *		$outer.
 *
 * The inner query set is a document of its own.  {"$outer": path} in it is the
 * value of the row of the query set that it stands in.  Aliases are counted
 * through, so that neither hides the other's tables.
 *
 *		EXISTS (SELECT 1 FROM comments AS t1 WHERE t1.post_id = t0.id)
 *
 * What a subquery gives is the one name that it picks, or its key.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "query/group.h"

struct AkSubquery
{
	AkQuery    *query;
	AkJson	   *condition;		/* {"$exists": its document} */
	AkLayout	layout;			/* set when laid out */
	AkLevel    *level;			/* its one column; NULL: only whether there are rows counts */
};

/* ---- $outer ---- */

static AkQuery *
outer_query(const AkQuery *query)
{
	while (query != NULL && query->beside)
		query = query->outer;
	return query ? query->outer : NULL;
}

void
ak_query_read_outer(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	AkQuery    *outer = outer_query(scope->query);
	AkScope		names = {.query = outer, .own = true};
	AkSpot		spot = {.own = true};

	ak_core_json_expect(value, AK_JSON_STRING, "\"$outer\"");
	if (outer == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"$outer\" stands in no inner query set"),
				 errhint("It names a field of the query set around \"$exists\" or \"$subquery\".")));
	names.model = outer->model;
	spot.source = outer->source;
	for (AkQuery *inner = scope->query; inner != outer; inner = inner->outer)
		inner->reads_outer = true;
	expr->kind = AK_EXPR_OUTER;
	expr->path = ak_query_scope_path(&names, value->text, false);
	ak_query_require_field(expr->path);
	expr->type = expr->path->keys != NIL ? JSONBOID : getBaseType(expr->path->type);
	expr->source = ak_query_path_source(outer, &spot, expr->path);
	ak_query_use(expr->source, expr->path->field);
}

/* ---- reading ---- */

static AkSubquery *
read_query(const AkScope *scope, const AkJson *document)
{
	AkSubquery *subquery = palloc0(sizeof(AkSubquery));

	check_stack_depth();
	subquery->query = ak_query_parse_inside(document, scope->query);
	ak_query_refuse_lock(subquery->query);
	subquery->condition = ak_core_json_object();
	ak_core_json_put(subquery->condition, "$exists", unconstify(AkJson *, document));
	return subquery;
}

/* 42803 where it names a row, and there are groups. */
static void
require_row(const AkSpot *spot, const AkSubquery *subquery)
{
	if (spot->grouped && subquery->query->reads_outer)
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR),
				 errmsg("\"$outer\" is about rows, not about their groups")));
}

bool
ak_query_subquery_is_late(const AkQuery *query, const AkSubquery *subquery)
{
	return ak_query_is_about_late(query, subquery->condition);
}

void
ak_query_read_exists(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	expr->kind = AK_EXPR_SUBQUERY;
	expr->word = "EXISTS ";
	expr->type = BOOLOID;
	expr->subquery = read_query(scope, value);
}

/* What it gives: the one name that it picks, or its key. */
static void
pick_column(AkSubquery *subquery)
{
	AkQuery    *query = subquery->query;
	AkPick	   *pick;

	if (query->picked == NIL && query->grouping == NULL)
	{
		pick = palloc0(sizeof(AkPick));
		pick->name = "pk";
		pick->path = ak_query_field_path(ak_model_key(query->model));
		query->picked = list_make1(pick);
	}
	if (list_length(query->picked) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a subquery picks one name"),
				 errhint("Write {\"model\": …, \"pick\": [\"name\"]}.")));
}

static Oid
column_type(const AkSubquery *subquery)
{
	const AkPick *pick = linitial(subquery->query->picked);
	AkSource   *source;

	if (!ak_query_puts_together(subquery->query))
		return getBaseType(pick->path->type);
	if (pick->path->annotation != NULL && ak_query_is_of_groups(pick->path->annotation))
		return getBaseType(pick->path->type);
	return getBaseType(ak_query_group_path(subquery->query, pick->path, &source)->type);
}

void
ak_query_read_subquery(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	expr->kind = AK_EXPR_SUBQUERY;
	expr->word = "";
	expr->subquery = read_query(scope, value);
	pick_column(expr->subquery);
	expr->type = column_type(expr->subquery);
}

void
ak_query_read_array_subquery(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	Oid			element;

	ak_query_read_subquery(expr, scope, value, option);
	expr->word = "ARRAY";
	element = expr->type;
	expr->type = OidIsValid(get_element_type(element)) ? element : get_array_type(element);
	if (!OidIsValid(expr->type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there are no arrays of type %s", ak_core_type_word(element))));
}

/* 22023 unless it gives one row at most. */
static void
require_one(const AkQuery *query)
{
	if (query->limit != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a subquery that is a value has \"limit\": 1"),
				 errhint("Several values are a list: \"$array_subquery\", or the lookup \"in\".")));
}

/* ---- laying out and writing ---- */

bool
ak_query_is_set(const AkExpr *expr)
{
	return expr->kind == AK_EXPR_SUBQUERY && *expr->word == '\0';
}

void
ak_query_lay_subquery(const AkSpot *spot, AkExpr *expr, bool set)
{
	AkSubquery *subquery = expr->subquery;
	AkQuery    *query = subquery->query;
	bool		exists = expr->type == BOOLOID && strcmp(expr->word, "EXISTS ") == 0;
	bool		array = strcmp(expr->word, "ARRAY") == 0;

	if (!exists && !array && !set)
		require_one(query);
	require_row(spot, subquery);
	if (ak_query_puts_together(query))
		return;
	if (exists)
	{
		query->ordered = true;
		query->order = ak_query_sliced(query) ? query->order : NIL;
		query->unlike = query->unlike && ak_query_sliced(query);
	}
	subquery->layout = ak_query_lay_out(query, array ? AK_ORDER_SHOWN : AK_ORDER_HIDDEN);
	if (exists && !subquery->layout.unlike)
		return;
	subquery->level = ak_query_compile_answer(query);
	ak_query_check_unlike_order(query, &subquery->layout);
}

/* EXISTS (SELECT 1 FROM …), (SELECT t1.id FROM …), ARRAY(SELECT …) */
void
ak_query_write_subquery(AkStatement *st, const AkExpr *expr)
{
	const AkSubquery *subquery = expr->subquery;
	AkQuery    *query = subquery->query;

	appendStringInfo(&st->sql, "%s(", expr->word);
	if (ak_query_puts_together(query))
		(void) ak_query_write_groups(st, query, AK_ORDER_SAID);
	else
	{
		ak_query_write_head(st, &subquery->layout);
		if (subquery->level != NULL)
			ak_query_write_outputs(st, subquery->level);
		else
			appendStringInfoChar(&st->sql, '1');
		ak_query_write_tail(st, query, &subquery->layout);
		ak_query_write_limit(st, query);
	}
	appendStringInfoChar(&st->sql, ')');
}
