/*
 * expression_write.c
 *		Expressions: laid out over tables, then written as SQL.
 *
 * The paths of an expression begin at the rows of the query.  Where a path
 * led to the place of the expression (a test of it, the rows of an
 * aggregate), those that begin alike are about the same related rows.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "query/expression.h"

/* ---- laying out ---- */

AkSource *
ak_query_path_source(AkQuery *query, const AkSpot *spot, const AkPath *path)
{
	AkSource   *source = spot->source;
	int			walked = ak_query_walked(spot, path);

	for (int i = spot->steps; i > walked; i--)
		source = source->parent;
	for (int i = walked; i < path->nsteps; i++)
	{
		if (path->steps[i].many)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("an expression cannot cross the to-many relation \"%s\"", path->steps[i].accessor),
					 errdetail("The path is \"%s\".", path->text),
					 errhint("A row has many values there; put them together by an aggregate.")));
		source = ak_query_join(query, source, &path->steps[i]);
	}
	return path->annotation ? ak_query_annotated_at(query, spot, path) : source;
}

/* The conditions of a CASE, over the same rows. */
static void
lay_whens(AkQuery *query, const AkSpot *spot, AkExpr *expr)
{
	List	   *laid = NIL;
	AkSpot		when = *spot;
	ListCell   *cell;

	when.gathers = false;
	foreach(cell, expr->whens)
	{
		when.all = ak_query_condition(AK_CONDITION_ALL);
		ak_query_lay_object(query, when, lfirst(cell));
		laid = lappend(laid, when.all);
	}
	expr->whens = laid;
}

void
ak_query_lay_expression(AkQuery *query, const AkSpot *spot, AkExpr *expr)
{
	AkSpot		inner = *spot;
	ListCell   *cell;

	check_stack_depth();
	if (expr->kind == AK_EXPR_PATH)
	{
		if (spot->grouped && !(expr->path->annotation && ak_query_is_of_groups(expr->path->annotation)))
			expr->path = ak_query_group_path(query, expr->path, &expr->source);
		else
			expr->source = ak_query_path_source(query, spot, expr->path);
		ak_query_use(expr->source, expr->path->field);
	}
	if (expr->kind == AK_EXPR_SUBQUERY)
		ak_query_lay_subquery(spot, expr, false);
	if (expr->kind == AK_EXPR_TREE)
		ak_query_lay_walk(spot, expr);
	if (expr->kind == AK_EXPR_RAW)
		ak_query_lay_raw(spot, expr);
	if (expr->whens != NIL)
		lay_whens(query, spot, expr);
	if (expr->kind == AK_EXPR_AGGREGATE)
	{
		ak_query_lay_aggregate(query, spot, expr);
		return;
	}
	if (expr->kind == AK_EXPR_WINDOW)
	{
		ak_query_lay_window(query, expr);
		return;
	}
	/* What a CASE does not choose is not computed. */
	inner.gathers = spot->gathers && expr->kind != AK_EXPR_CASE;
	foreach(cell, expr->args)
		ak_query_lay_expression(query, &inner, lfirst(cell));
}

Oid
ak_query_expression_type(const AkExpr *expr)
{
	return expr->type;
}

bool
ak_query_reads_rows(const AkExpr *expr)
{
	ListCell   *cell;

	if (expr->kind == AK_EXPR_WINDOW)
		return false;
	if (expr->kind == AK_EXPR_AGGREGATE)
		return !ak_query_is_column(expr->aggregate);
	if (expr->kind == AK_EXPR_RAW)
		return ak_query_raw_reads_rows(expr);
	if (expr->whens != NIL || expr->kind == AK_EXPR_SUBQUERY || expr->kind == AK_EXPR_TREE)
		return true;
	foreach(cell, expr->args)
		if (ak_query_reads_rows(lfirst(cell)))
			return true;
	return false;
}

bool
ak_query_is_volatile(const AkExpr *expr)
{
	ListCell   *cell;

	check_stack_depth();
	if (expr->kind == AK_EXPR_CALL && ak_query_changes(expr->function))
		return true;
	if (expr->kind == AK_EXPR_RAW)
		return ak_query_raw_is_volatile(expr);
	foreach(cell, expr->args)
		if (ak_query_is_volatile(lfirst(cell)))
			return true;
	return false;
}

/* ---- writing ---- */

static void
write_path(AkStatement *st, const AkExpr *expr)
{
	AkCondition at = {.source = expr->source, .path = expr->path};

	if (expr->path->keys != NIL || expr->as_text)
		ak_query_write_json_at(st, &at, expr->as_text);
	else
		ak_query_write_path(st, expr->source, expr->path);
}

static void
write_case(AkStatement *st, const AkExpr *expr)
{
	int			n = list_length(expr->whens);

	appendStringInfoString(&st->sql, "(CASE");
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(&st->sql, " WHEN ");
		ak_query_write_condition(st, list_nth(expr->whens, i));
		appendStringInfoString(&st->sql, " THEN ");
		ak_query_write_expression(st, list_nth(expr->args, i));
	}
	appendStringInfoString(&st->sql, " ELSE ");
	ak_query_write_expression(st, list_nth(expr->args, n));
	appendStringInfoString(&st->sql, " END)");
	if (OidIsValid(expr->type))
		appendStringInfo(&st->sql, "::%s", ak_core_type_name(expr->type, -1));
}

void
ak_query_write_expression(AkStatement *st, const AkExpr *expr)
{
	check_stack_depth();
	switch (expr->kind)
	{
		case AK_EXPR_PATH:
		case AK_EXPR_OUTER:
			write_path(st, expr);
			break;
		case AK_EXPR_WINDOW:
			ak_query_write_window_value(st, expr);
			break;
		case AK_EXPR_TREE:
			ak_query_write_walk(st, expr);
			break;
		case AK_EXPR_RAW:
			ak_query_write_raw(st, expr);
			break;
		case AK_EXPR_SUBQUERY:
			ak_query_write_subquery(st, expr);
			break;
		case AK_EXPR_VALUE:
			if (OidIsValid(expr->type))
				ak_core_bind(st, expr->value.type, expr->value.datum, expr->value.isnull);
			else
				appendStringInfoString(&st->sql, "NULL");
			break;
		case AK_EXPR_CALL:
			ak_query_write_call(st, expr);
			break;
		case AK_EXPR_CAST:
			appendStringInfoChar(&st->sql, '(');
			ak_query_write_expression(st, linitial(expr->args));
			appendStringInfo(&st->sql, ")::%s", ak_core_type_name(expr->type, expr->typmod));
			break;
		case AK_EXPR_CONDITIONS:
			appendStringInfoChar(&st->sql, '(');
			ak_query_write_condition(st, linitial(expr->whens));
			appendStringInfoChar(&st->sql, ')');
			break;
		case AK_EXPR_COLLATE:
			appendStringInfoChar(&st->sql, '(');
			ak_query_write_expression(st, linitial(expr->args));
			appendStringInfo(&st->sql, " COLLATE %s)", ak_model_collation_name(expr->collation));
			break;
		case AK_EXPR_JSON:
			ak_query_write_json(st, expr);
			break;
		case AK_EXPR_PART:
			ak_query_write_transform_start(st, expr->part);
			ak_query_write_expression(st, linitial(expr->args));
			ak_query_write_transform_end(st, expr->part);
			break;
		case AK_EXPR_TRUNC:
			appendStringInfo(&st->sql, "pg_catalog.date_trunc('%s', ", expr->word);
			ak_query_write_expression(st, linitial(expr->args));
			if (expr->zone != NULL)
			{
				appendStringInfoString(&st->sql, ", ");
				ak_query_write_zone(st, expr->zone);
			}
			appendStringInfoString(&st->sql, expr->type == DATEOID ? ")::pg_catalog.date" : ")");
			break;
		case AK_EXPR_ZONE:
			appendStringInfoString(&st->sql, "pg_catalog.timezone(");
			ak_query_write_zone(st, expr->zone);
			appendStringInfoString(&st->sql, ", ");
			ak_query_write_expression(st, linitial(expr->args));
			appendStringInfoChar(&st->sql, ')');
			break;
		case AK_EXPR_SEARCH:
			ak_query_write_search(st, expr);
			break;
		case AK_EXPR_NOW:
			appendStringInfoString(&st->sql, "pg_catalog.now()");
			break;
		case AK_EXPR_CASE:
			write_case(st, expr);
			break;
		case AK_EXPR_AGGREGATE:
			ak_query_write_aggregate(st, expr);
			break;
	}
}
