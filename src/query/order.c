/*
 * order.c
 *		Order terms: "-created_at", "author__name", "?".
 *
 * A term that names a relation orders by the related model's own ordering, or
 * by its key where it has none; that may lead on to further models, and a
 * circle of them is an error.  A path across a to-many relation has no single
 * value to order by and is refused.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "query/internal.h"

/* Models on the way of one term, to notice circles. */
typedef struct AkLaying
{
	AkQuery    *query;
	List	   *laid;			/* of AkOrder * */
	List	   *models;			/* being followed */
} AkLaying;

static void lay_term(AkLaying *laying, AkSource *source, const AkOrder *term);

/* ---- reading ---- */

static void
refuse_many(const AkPath *path, const char *what)
{
	for (int i = 0; i < path->nsteps; i++)
		if (path->steps[i].many)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("%s cannot cross the to-many relation \"%s\"", what, path->steps[i].accessor),
					 errdetail("The path is \"%s\".", path->text),
					 errhint("A row has many values there; name a field of the model or of a to-one relation.")));
}

/* The one of two keys that an object has besides "nulls"; 22023 where it has neither, both, or others. */
static const AkJson *
directed(const AkJson *term, bool *descending, const char **nulls)
{
	const AkJson *up = ak_core_json_get(term, "$asc");
	const AkJson *down = ak_core_json_get(term, "$desc");

	*nulls = ak_core_json_get_string(term, "nulls");
	if ((up == NULL) == (down == NULL) || term->size != (*nulls ? 2 : 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an object in an order has \"$asc\" or \"$desc\", and perhaps \"nulls\"")));
	if (*nulls != NULL && strcmp(*nulls, "first") != 0 && strcmp(*nulls, "last") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"nulls\" is \"first\" or \"last\", not \"%s\"", *nulls)));
	*descending = down != NULL;
	return down ? down : up;
}

/* A term that has one value for each related row. */
static AkOrder *
parse_single(const AkScope *scope, const AkJson *term)
{
	AkOrder    *order = palloc0(sizeof(AkOrder));
	const char *text;

	if (term->kind == AK_JSON_OBJECT)
		text = ak_core_json_expect(directed(term, &order->descending, &order->nulls), AK_JSON_STRING,
								   "what an aggregate is ordered by")->text;
	else
	{
		text = ak_core_json_expect(term, AK_JSON_STRING, "a term of \"order_by\"")->text;
		order->descending = text[0] == '-';
		text += order->descending;
	}
	order->path = ak_query_scope_path(scope, text, false);
	ak_query_require_field(order->path);
	return order;
}

/* {"$desc": path or expression, "nulls": "last"}; an expression needs a query that computes it. */
static AkOrder *
parse_directed(const AkScope *scope, const AkJson *term, const char *what)
{
	AkOrder    *order = palloc0(sizeof(AkOrder));
	const AkJson *by = directed(term, &order->descending, &order->nulls);

	if (by->kind == AK_JSON_STRING)
		order->path = ak_query_scope_path(scope, by->text, false);
	else if (scope->query != NULL)
		order->path = ak_query_unnamed_path(scope->query, by);
	else
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("\"%s\" takes paths, not expressions", what)));
	return order;
}

static AkOrder *
parse_term(const AkScope *scope, const AkJson *term, const char *what)
{
	AkOrder    *order;
	const char *text;

	if (term->kind == AK_JSON_OBJECT)
		order = parse_directed(scope, term, what);
	else
	{
		order = palloc0(sizeof(AkOrder));
		text = ak_core_json_expect(term, AK_JSON_STRING, psprintf("a term of \"%s\"", what))->text;
		if (strcmp(text, "?") == 0)
			return order;
		order->descending = text[0] == '-';
		order->path = ak_query_scope_path(scope, text + order->descending, false);
	}
	refuse_many(order->path, what);
	return order;
}

List *
ak_query_parse_order_within(const AkScope *scope, const AkJson *terms)
{
	List	   *order = NIL;

	if (terms->kind == AK_JSON_STRING || terms->kind == AK_JSON_OBJECT)
		return list_make1(parse_single(scope, terms));
	ak_core_json_expect(terms, AK_JSON_ARRAY, "\"order_by\"");
	for (int i = 0; i < terms->size; i++)
		order = lappend(order, parse_single(scope, terms->items[i]));
	return order;
}

static List *
parse_terms(const AkScope *scope, const AkJson *terms, const char *what)
{
	List	   *order = NIL;

	if (terms->kind == AK_JSON_STRING || terms->kind == AK_JSON_OBJECT)
		return list_make1(parse_term(scope, terms, what));
	ak_core_json_expect(terms, AK_JSON_ARRAY, psprintf("\"%s\"", what));
	for (int i = 0; i < terms->size; i++)
		order = lappend(order, parse_term(scope, terms->items[i], what));
	return order;
}

List *
ak_query_parse_order(AkModel *model, const AkJson *terms, const char *what)
{
	AkScope		scope = {.model = model};

	return parse_terms(&scope, terms, what);
}

List *
ak_query_parse_order_of(AkQuery *query, const AkJson *terms, const char *what)
{
	AkScope		scope = {.query = query, .model = query->model, .own = true};

	return parse_terms(&scope, terms, what);
}

List *
ak_query_model_order(AkModel *model)
{
	const AkJson *ordering = ak_core_json_get(model->meta, "ordering");

	if (ordering == NULL || ordering->kind == AK_JSON_NULL)
		return NIL;
	return ak_query_parse_order(model, ordering, "ordering");
}

List *
ak_query_key_order(AkModel *model)
{
	List	   *order = NIL;

	for (int i = 0; i < model->nkeys; i++)
	{
		AkOrder    *term = palloc0(sizeof(AkOrder));

		term->path = ak_query_field_path(model->keys[i]);
		order = lappend(order, term);
	}
	return order;
}

/* ---- laying out ---- */

/* The table behind the first `nsteps` steps of a path. */
static AkSource *
join_steps(AkQuery *query, AkSource *source, const AkPath *path, int nsteps)
{
	for (int i = 0; i < nsteps; i++)
		source = ak_query_join(query, source, &path->steps[i]);
	return source;
}

static void
lay_path(AkLaying *laying, AkSource *source, const AkOrder *term, AkPath *path)
{
	AkOrder    *laid = palloc(sizeof(AkOrder));

	*laid = *term;
	laid->path = path;
	if (path != NULL)
	{
		laid->source = path->annotation ? ak_query_annotated(laying->query, path->annotation)
			: join_steps(laying->query, source, path, path->nsteps);
		ak_query_use(laid->source, path->field);
	}
	laying->laid = lappend(laying->laid, laid);
}

void
ak_query_lay_term_at(AkQuery *query, const AkSpot *spot, AkOrder *term)
{
	term->source = ak_query_path_source(query, spot, term->path);
	ak_query_use(term->source, term->path->field);
}

/* A row whose key is several fields is ordered by one after the other. */
static void
lay_column(AkLaying *laying, AkSource *source, const AkOrder *term)
{
	ListCell   *cell;

	if (term->path == NULL || term->path->field != NULL)
	{
		lay_path(laying, source, term, term->path);
		return;
	}
	if (term->path->fields == NIL)
		(void) ak_model_key(ak_query_path_end(term->path));	/* raises */
	foreach(cell, term->path->fields)
		lay_path(laying, source, term, ak_query_part_path(term->path, lfirst(cell)));
}

static void
report_circle(const AkModel *model, const AkPath *path)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
			 errmsg("the ordering of model \"%s\" leads back to itself", model->label),
			 errdetail("It was reached through \"%s\".", path->text),
			 errhint("Order by a field of the related model instead.")));
}

/* Orders by the terms of the related model. */
static void
lay_related(AkLaying *laying, AkSource *source, const AkOrder *term, List *order)
{
	const AkPath *path = term->path;
	AkModel    *model = ak_query_path_end(path);
	ListCell   *cell;

	if (list_member_ptr(laying->models, model))
		report_circle(model, path);
	source = join_steps(laying->query, source, path, path->depth);
	laying->models = lappend(laying->models, model);
	foreach(cell, order)
	{
		AkOrder		turned = *(AkOrder *) lfirst(cell);

		turned.descending ^= term->descending;
		lay_term(laying, source, &turned);
	}
	laying->models = list_delete_last(laying->models);
}

static void
lay_term(AkLaying *laying, AkSource *source, const AkOrder *term)
{
	const AkPath *path = term->path;
	List	   *order = NIL;

	check_stack_depth();
	if (path != NULL && path->whole)
		order = ak_query_model_order(ak_query_path_end(path));
	if (order != NIL)
		lay_related(laying, source, term, order);
	else
		lay_column(laying, source, term);
}

List *
ak_query_lay_order(AkQuery *query, AkSource *source, List *order)
{
	AkLaying	laying = {.query = query};
	ListCell   *cell;

	foreach(cell, order)
		lay_term(&laying, source, lfirst(cell));
	return laying.laid;
}

List *
ak_query_lay_columns(AkQuery *query, AkSource *source, List *order)
{
	AkLaying	laying = {.query = query};
	ListCell   *cell;

	foreach(cell, order)
		lay_column(&laying, source, lfirst(cell));
	return laying.laid;
}

bool
ak_query_same_term(const AkOrder *a, const AkOrder *b)
{
	if (a->path == NULL || b->path == NULL)
		return a->path == b->path;
	if (a->source != b->source || a->path->field != b->path->field ||
		list_length(a->path->keys) != list_length(b->path->keys) ||
		!ak_query_same_transforms(a->path, b->path))
		return false;
	for (int i = 0; i < list_length(a->path->keys); i++)
		if (strcmp(list_nth(a->path->keys, i), list_nth(b->path->keys, i)) != 0)
			return false;
	return true;
}

/* ---- writing ---- */

void
ak_query_write_term(AkStatement *st, const AkOrder *term)
{
	AkCondition at = {.source = term->source, .path = term->path};

	if (term->path == NULL)
		appendStringInfoString(&st->sql, "pg_catalog.random()");
	else if (term->path->keys != NIL)
		ak_query_write_json_at(st, &at, false);
	else
		ak_query_write_path(st, term->source, term->path);
}

void
ak_query_write_order(AkStatement *st, List *laid, bool reversed)
{
	const char *before = " ORDER BY ";
	ListCell   *cell;

	foreach(cell, laid)
	{
		AkOrder    *term = lfirst(cell);

		appendStringInfoString(&st->sql, before);
		ak_query_write_term(st, term);
		if (term->path != NULL && term->descending != reversed)
			appendStringInfoString(&st->sql, " DESC");
		if (term->nulls != NULL)
			appendStringInfoString(&st->sql, (strcmp(term->nulls, "first") == 0) != reversed ? " NULLS FIRST" : " NULLS LAST");
		before = ", ";
	}
}
