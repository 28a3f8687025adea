/*
 * annotation.c
 *		Computed values of a query set's rows that have names: "annotate" and
 *		"alias".
 *
 * An annotation that is read somewhere becomes a table of one row and one
 * column beside the query's own,
 *
 *		FROM posts AS t0 CROSS JOIN LATERAL (SELECT t0.views + 1 AS v) AS t3
 *
 * so that conditions, orders and later annotations read t3.v as they read any
 * column.  PostgreSQL pulls a plain expression up, as if it had been written
 * in each place; one that reads other rows, or is long, is kept apart by
 * OFFSET 0, so that it is computed once a row.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "query/expression.h"

/* Annotations made of annotations would double with each step. */
#define MOST_WEIGHT 200

struct AkAnnotation
{
	AkQuery    *query;
	const char *name;			/* NULL: an order term's own */
	bool		shown;			/* comes along with the row: annotate, not alias */
	bool		aggregated;		/* said to aggregate(): of all rows together */
	bool		key;			/* of groups: what a path computes */
	bool		of_groups;		/* made of aggregates over groups */
	bool		of_windows;		/* made of windows */
	const AkJson *value;		/* as written */
	bool		reading;		/* its value is being read */
	bool		apart;			/* too heavy to be pulled up */
	int			weight;			/* of its text, once it is pulled up with what it is made of */
	AkExpr	   *expr;			/* set when a path names it, or all have been named */
	AkField    *field;			/* what a path over it reads: column v */
	AkSource   *source;			/* set when it is read */
};

/* ---- reading ---- */

static bool
is_of_model(AkModel *model, const char *name)
{
	AkStep		step;

	return ak_model_field(model, name) != NULL || ak_relation_step(model, name, &step);
}

/* 42701 where the name is taken, 42602 and 42622 where it is none. */
static void
check_name(const AkQuery *query, const char *name, bool aggregated)
{
	ak_core_check_identifier(name, "name of an annotation");
	if (strstr(name, "__") != NULL || strchr("$-?", name[0]) != NULL || name[strlen(name) - 1] == '_' ||
		strcmp(name, "pk") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("\"%s\" cannot be the name of an annotation", name),
				 errhint("It has no two underscores in a row and none at its end, and does not begin with \"$\", \"-\" or \"?\".")));
	if ((!aggregated && is_of_model(query->model, name)) || ak_query_annotation(query, name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("model \"%s\" has something called \"%s\" already", query->model->label, name),
				 errhint("Give the annotation another name.")));
}

/* A column that is nobody's, of the expression's type; values for one that is a field's are read as for the field. */
static AkField *
make_field(const AkAnnotation *annotation)
{
	AkField    *field = palloc0(sizeof(AkField));
	const AkExpr *expr = annotation->expr;
	Oid			type = expr->type;

	field->options = ak_core_json_object();
	if (expr->kind == AK_EXPR_PATH && expr->path->keys == NIL && expr->path->transforms == NIL)
		*field = *expr->path->field;
	field->not_null = false;
	field->relation = NULL;
	field->model = annotation->query->model;
	field->name = field->json_name = pstrdup(annotation->name ? annotation->name : "");
	field->column = "v";
	field->typid = OidIsValid(type) ? type : TEXTOID;
	field->typmod = -1;
	field->collation = get_typcollation(field->typid);
	return field;
}

/* Does it hold an aggregate, or what is made of some? */
static bool
is_made_of_groups(const AkQuery *query, const AkExpr *expr)
{
	ListCell   *cell;

	check_stack_depth();
	if (expr->kind == AK_EXPR_AGGREGATE)
		return true;
	if (expr->kind == AK_EXPR_PATH)
		return expr->path->annotation != NULL && expr->path->annotation->of_groups;
	foreach(cell, expr->args)
		if (is_made_of_groups(query, lfirst(cell)))
			return true;
	foreach(cell, expr->whens)
		if (ak_query_is_about_late(query, lfirst(cell)))
			return true;
	return false;
}

/* The same of windows. */
bool
ak_query_is_of_windows(const AkQuery *query, const AkExpr *expr)
{
	ListCell   *cell;

	check_stack_depth();
	if (expr->kind == AK_EXPR_WINDOW)
		return true;
	if (expr->kind == AK_EXPR_PATH)
		return expr->path->annotation != NULL && expr->path->annotation->of_windows;
	if (expr->kind == AK_EXPR_SUBQUERY && !ak_query_puts_together(query) &&
		ak_query_subquery_is_late(query, expr->subquery))
		return true;
	if (expr->kind == AK_EXPR_AGGREGATE && !ak_query_puts_together(query) &&
		ak_query_is_about_late(query, ak_query_aggregate_filter(expr->aggregate)))
		return true;
	foreach(cell, expr->args)
		if (ak_query_is_of_windows(query, lfirst(cell)))
			return true;
	foreach(cell, expr->whens)
		if (!ak_query_puts_together(query) && ak_query_is_about_late(query, lfirst(cell)))
			return true;
	return false;
}

/* What stands apart weighs as a column. */
static int
weight_of(const AkExpr *expr)
{
	int			weight = 1;
	ListCell   *cell;

	check_stack_depth();
	if (expr->kind == AK_EXPR_PATH && expr->path->annotation != NULL)
		return expr->path->annotation->weight;
	foreach(cell, expr->args)
		weight += weight_of(lfirst(cell));
	return weight;
}

/* A key of the groups is of the rows; an order term is of what is ordered. */
static bool
is_of_groups(const AkAnnotation *annotation)
{
	if (!ak_query_puts_together(annotation->query) || annotation->key)
		return false;
	if (annotation->name == NULL)
		return true;
	return !ak_query_groups_by(annotation->query, annotation->name) &&
		is_made_of_groups(annotation->query, annotation->expr);
}

/* Reads its value, at first need; 42P19 where it leads back to itself. */
static void
read_value(AkAnnotation *annotation)
{
	AkScope		scope = {.query = annotation->query, .model = annotation->query->model, .own = true,
		.windows = true};

	if (annotation->expr != NULL)
		return;
	if (annotation->reading)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_RECURSION),
				 errmsg("annotation \"%s\" is made of itself", annotation->name)));
	annotation->reading = true;
	annotation->expr = ak_query_read_argument(&scope, annotation->value);
	annotation->field = make_field(annotation);
	annotation->of_groups = annotation->aggregated || is_of_groups(annotation);
	annotation->of_windows = ak_query_is_of_windows(annotation->query, annotation->expr);
	annotation->weight = weight_of(annotation->expr);
	annotation->apart = annotation->weight > MOST_WEIGHT;
	if (annotation->apart)
		annotation->weight = 1;
}

static AkAnnotation *
add_annotation(AkQuery *query, const char *name, const AkJson *value, bool shown)
{
	AkAnnotation *annotation = palloc0(sizeof(AkAnnotation));

	annotation->query = query;
	annotation->name = name;
	annotation->value = value;
	annotation->shown = shown;
	query->annotations = lappend(query->annotations, annotation);
	return annotation;
}

void
ak_query_name_annotations(AkQuery *query, const AkJson *object, const char *word)
{
	AkAnnotation *annotation;

	ak_core_json_expect(object, AK_JSON_OBJECT, psprintf("\"%s\"", word));
	for (int i = 0; i < object->size; i++)
	{
		bool		aggregated = strcmp(word, "aggregate") == 0;

		check_name(query, object->keys[i], aggregated);
		annotation = add_annotation(query, object->keys[i], object->items[i], strcmp(word, "alias") != 0);
		annotation->aggregated = aggregated;
	}
}

void
ak_query_read_annotations(AkQuery *query)
{
	ListCell   *cell;

	foreach(cell, query->annotations)
		read_value(lfirst(cell));
}

static AkPath *
unnamed_path(AkQuery *query, const AkJson *value, bool key)
{
	AkAnnotation *annotation = add_annotation(query, NULL, value, false);
	AkPath	   *path;

	annotation->key = key;
	path = ak_query_field_path(ak_query_annotation_field(annotation));
	path->annotation = annotation;
	return path;
}

AkPath *
ak_query_unnamed_path(AkQuery *query, const AkJson *value)
{
	return unnamed_path(query, value, false);
}

AkAnnotation *
ak_query_annotation(const AkQuery *query, const char *name)
{
	ListCell   *cell;

	foreach(cell, query->annotations)
	{
		AkAnnotation *annotation = lfirst(cell);

		if (annotation->name != NULL && strcmp(annotation->name, name) == 0)
			return annotation->aggregated && is_of_model(query->model, name) ? NULL : annotation;
	}
	return NULL;
}

List *
ak_query_annotation_names(const AkQuery *query)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, query->annotations)
		if (((AkAnnotation *) lfirst(cell))->name != NULL)
			names = lappend(names, pstrdup(((AkAnnotation *) lfirst(cell))->name));
	return names;
}

AkField *
ak_query_annotation_field(AkAnnotation *annotation)
{
	read_value(annotation);
	return annotation->field;
}

const AkExpr *
ak_query_annotation_value(const AkAnnotation *annotation)
{
	return annotation->expr;
}

bool
ak_query_is_of_groups(const AkAnnotation *annotation)
{
	return annotation->of_groups;
}

bool
ak_query_is_late(const AkAnnotation *annotation)
{
	return annotation->of_groups || annotation->of_windows;
}

AkPath *
ak_query_column_path(AkQuery *query, AkPath *path)
{
	AkJson	   *object;
	AkPath	   *column;

	if (path->keys == NIL && path->transforms == NIL)
		return path;
	object = ak_core_json_object();
	ak_core_json_put(object, "$f", ak_core_json_string(path->text));
	column = unnamed_path(query, object, true);
	column->text = path->text;
	return column;
}

/* ---- laying out and writing ---- */

AkSource *
ak_query_annotated(AkQuery *query, AkAnnotation *annotation)
{
	AkSpot		spot = {.source = query->source, .own = true, .grouped = annotation->of_groups,
		.gathers = !annotation->of_groups && !annotation->of_windows};
	List	  **laterals = annotation->of_groups ? &query->group_laterals
		: annotation->of_windows ? &query->window_laterals : &query->laterals;

	if (annotation->of_windows && query->grouping != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WINDOWING_ERROR),
				 errmsg("an aggregate cannot be over windows")));
	if (annotation->source == NULL)
	{
		ak_query_lay_expression(query, &spot, annotation->expr);
		annotation->source = ak_query_root(query, query->model);
		*laterals = lappend(*laterals, annotation);
	}
	return annotation->source;
}

AkSource *
ak_query_annotated_at(AkQuery *query, const AkSpot *spot, const AkPath *path)
{
	if (path->annotation->of_groups && !spot->grouped)
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR),
				 errmsg("\"%s\" is made of aggregates, and cannot stand in another", path->text)));
	return ak_query_annotated(query, path->annotation);
}

List *
ak_query_shown_annotations(const AkQuery *query)
{
	List	   *shown = NIL;
	ListCell   *cell;

	foreach(cell, query->annotations)
		if (((AkAnnotation *) lfirst(cell))->shown && (query->grouping == NULL || ak_query_puts_together(query) ||
														((AkAnnotation *) lfirst(cell))->aggregated))
			shown = lappend(shown, lfirst(cell));
	return shown;
}

/*
 * A volatile value, made for each row: a sub-select that names no column of
 * the row would be run once for all.  The CASE, never true, names one.
 */
static void
write_volatile(AkStatement *st, const AkAnnotation *annotation)
{
	const AkQuery *query = annotation->query;
	const AkField *field = query->model->nkeys > 0 ? query->model->keys[0] : query->model->fields[0];

	appendStringInfoString(&st->sql, "CASE WHEN pg_catalog.num_nulls(");
	ak_query_write_column(st, query->source, field);
	appendStringInfoString(&st->sql, ") OPERATOR(pg_catalog.<) 0 THEN NULL ELSE ");
	ak_query_write_expression(st, annotation->expr);
	appendStringInfoString(&st->sql, " END");
}

void
ak_query_write_laterals(AkStatement *st, List *laterals)
{
	ListCell   *cell;

	foreach(cell, laterals)
	{
		const AkAnnotation *annotation = lfirst(cell);

		appendStringInfoString(&st->sql, " CROSS JOIN LATERAL (SELECT ");
		if (ak_query_is_volatile(annotation->expr) && !ak_query_is_late(annotation))
			write_volatile(st, annotation);
		else
			ak_query_write_expression(st, annotation->expr);
		if (!OidIsValid(annotation->expr->type))
			appendStringInfoString(&st->sql, "::pg_catalog.text");
		appendStringInfo(&st->sql, " AS v%s) AS t%d",
						 annotation->apart || ak_query_reads_rows(annotation->expr) ? " OFFSET 0" : "",
						 annotation->source->alias);
	}
}

void
ak_query_write_beside(AkStatement *st, const AkQuery *query)
{
	ak_query_write_gatherings(st, query);
	ak_query_write_laterals(st, query->laterals);
}
