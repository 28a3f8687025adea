/*
 * tree.c
 *		Rows above and below others along a relation of a model to itself:
 *		$descendants and $ancestors.
 *
 *		{"model": "Category", "filter": {"$descendants": {"of": {"name": "Tech"}, "by": "parent"}}}
 *
 *		(t0.id IN (WITH RECURSIVE r(k0) AS (SELECT t1.id FROM … UNION SELECT c.id FROM r JOIN categories AS c
 *			ON c.parent_id = r.k0) …))
 *
 * UNION keeps each row once, so a circle of rows ends; with a "depth" the
 * number of steps is kept beside the row and ends it too.  The rows that it
 * starts from belong to it where "self" is said, or where a circle leads back
 * to them.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"

#include "query/expression.h"

struct AkTreeWalk
{
	AkModel    *model;
	const AkRelation *relation; /* of the model to itself */
	bool		down;			/* from a row to those that refer to it */
	bool		self;
	int			depth;			/* -1: as far as it goes */
	AkQuery    *start;
	AkLayout	layout;			/* of it, set when laid out */
	AkSource   *source;			/* the rows in question, set when laid out */
};

/* ---- reading ---- */

static void
check_options(const AkJson *object, const char *name)
{
	ak_core_json_expect(object, AK_JSON_OBJECT, psprintf("\"%s\"", name));
	ak_query_check_options(object, psprintf("\"%s\"", name), list_make4("of", "by", "self", "depth"), false);
	if (ak_core_json_get(object, "of") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" needs the option \"of\"", name),
				 errhint("It is a key, or conditions on the rows to start from.")));
}

static bool
leads_to_itself(const AkField *field)
{
	return field->relation != NULL && field->relation->kind != AK_MANY_TO_MANY &&
		field->relation->target == field->relation->source;
}

/* The relations of the model to itself, by name. */
static List *
own_relations(const AkModel *model)
{
	List	   *names = NIL;

	for (int i = 0; i < model->nfields; i++)
		if (leads_to_itself(model->fields[i]))
			names = lappend(names, model->fields[i]->name);
	return names;
}

/* The one that is named, or the only one; 42703 and 42702. */
static const AkRelation *
find_relation(AkModel *model, const char *name)
{
	List	   *names = own_relations(model);
	AkField    *field = name ? ak_model_field(model, name) : NULL;

	if (name == NULL && list_length(names) == 1)
		field = ak_model_field(model, linitial(names));
	if (field != NULL && leads_to_itself(field) && (name == NULL || strcmp(name, field->name) == 0))
		return field->relation;
	if (name == NULL && names != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("model \"%s\" has several relations to itself", model->label),
				 errhint("Name one in \"by\".")));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 name ? errmsg("model \"%s\" has no relation \"%s\" to itself", model->label, name)
			 : errmsg("model \"%s\" has no relation to itself", model->label),
			 name ? ak_core_hint_nearest(name, names) : 0));
}

/* {"model": …, "filter": of} */
static AkJson *
start_document(const AkModel *model, const AkJson *of)
{
	AkJson	   *document = ak_core_json_object();
	AkJson	   *conditions = ak_core_json_object();

	ak_core_json_put(document, "model", ak_core_json_string(model->label));
	if (of->kind == AK_JSON_OBJECT)
		conditions = unconstify(AkJson *, of);
	else
		ak_core_json_put(conditions, "pk", unconstify(AkJson *, of));
	ak_core_json_put(document, "filter", conditions);
	return document;
}

static void
read_walk(AkExpr *expr, const AkScope *scope, const AkJson *value, bool down, const char *name)
{
	AkTreeWalk *walk = palloc0(sizeof(AkTreeWalk));

	check_options(value, name);
	walk->model = scope->model;
	walk->down = down;
	walk->self = ak_core_json_get_bool(value, "self", false);
	walk->depth = (int) Min(ak_query_bound(value, "depth", -1), PG_INT32_MAX);
	walk->relation = find_relation(scope->model, ak_core_json_get_string(value, "by"));
	if (walk->relation->target_fields == NIL || list_length(walk->relation->target_fields) != scope->model->nkeys ||
		linitial(walk->relation->target_fields) != scope->model->keys[0])
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("relation \"%s\" does not refer to the key of model \"%s\"", walk->relation->field->name,
						scope->model->label)));
	walk->start = ak_query_parse_beside(start_document(scope->model, ak_core_json_get(value, "of")), scope->query, NULL);
	expr->kind = AK_EXPR_TREE;
	expr->type = BOOLOID;
	expr->walk = walk;
}

void
ak_query_read_descendants(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	read_walk(expr, scope, value, true, "$descendants");
}

void
ak_query_read_ancestors(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	read_walk(expr, scope, value, false, "$ancestors");
}

/* ---- laying out and writing ---- */

void
ak_query_lay_walk(const AkSpot *spot, AkExpr *expr)
{
	AkTreeWalk *walk = expr->walk;

	if (spot->grouped)
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR),
				 errmsg("\"$descendants\" and \"$ancestors\" are about rows, not about their groups")));
	walk->source = ak_query_spot_root(spot);
	walk->layout = ak_query_lay_out(walk->start, AK_ORDER_HIDDEN);
	for (int i = 0; i < walk->model->nkeys; i++)
		ak_query_use(walk->source, walk->model->keys[i]);
}

/* c.a, c.b: columns of fields of the row c */
static void
write_fields(AkStatement *st, List *fields)
{
	ListCell   *cell;

	foreach(cell, fields)
		appendStringInfo(&st->sql, "%sc.%s", cell == list_head(fields) ? "" : ", ",
						 ak_core_quote(((AkField *) lfirst(cell))->column));
}

/* How far it goes. A circle would be gone round until then, and no way without one is longer than the table. */
static void
write_depth(AkStatement *st, const AkTreeWalk *walk)
{
	bool		far = walk->depth > 1000;

	appendStringInfoString(&st->sql, far ? "LEAST(" : "");
	ak_core_bind(st, INT4OID, Int32GetDatum(walk->depth), false);
	if (far)
		appendStringInfo(&st->sql, ", (SELECT pg_catalog.count(*) FROM %s))", walk->model->sql_name);
}

/* One step: SELECT c.id FROM r JOIN categories AS c ON c.parent_id = r.k0 */
static void
write_step(AkStatement *st, const AkTreeWalk *walk, const char *from)
{
	List	   *keys = ak_relation_key_fields(walk->model);
	List	   *referring = walk->relation->source_fields;
	List	   *next = walk->down ? keys : referring;
	ListCell   *cell;

	appendStringInfoString(&st->sql, "SELECT ");
	write_fields(st, next);
	if (walk->depth >= 0)
		appendStringInfo(&st->sql, ", %s.depth OPERATOR(pg_catalog.+) 1", from);
	appendStringInfo(&st->sql, " FROM %s JOIN %s AS c ON ", from, walk->model->sql_name);
	foreach(cell, walk->down ? referring : keys)
	{
		const AkField *field = lfirst(cell);

		appendStringInfo(&st->sql, "%sc.%s ", cell == list_head(walk->down ? referring : keys) ? "" : " AND ",
						 ak_core_quote(field->column));
		ak_core_operator(&st->sql, ak_core_btree_operator(field->typid, BTEqualStrategyNumber));
		appendStringInfo(&st->sql, " %s.k%d", from, foreach_current_index(cell));
	}
	foreach(cell, walk->down ? NIL : referring)
		appendStringInfo(&st->sql, " AND c.%s IS NOT NULL", ak_core_quote(((AkField *) lfirst(cell))->column));
	if (walk->depth >= 0)
	{
		appendStringInfo(&st->sql, " AND %s.depth OPERATOR(pg_catalog.<) ", from);
		write_depth(st, walk);
	}
}

/* k0, k1 and the depth, where it counts */
static void
write_names(AkStatement *st, const AkTreeWalk *walk, bool depth)
{
	for (int i = 0; i < walk->model->nkeys; i++)
		appendStringInfo(&st->sql, "%sk%d", i ? ", " : "", i);
	if (depth && walk->depth >= 0)
		appendStringInfoString(&st->sql, ", depth");
}

static void
write_start(AkStatement *st, const AkTreeWalk *walk)
{
	appendStringInfoString(&st->sql, "start(");
	write_names(st, walk, true);
	appendStringInfoString(&st->sql, ") AS (SELECT ");
	ak_query_write_key(st, walk->start);
	if (walk->depth >= 0)
		appendStringInfoString(&st->sql, ", 0");
	ak_query_write_tail(st, walk->start, &walk->layout);
	appendStringInfoChar(&st->sql, ')');
}

void
ak_query_write_walk(AkStatement *st, const AkExpr *expr)
{
	const AkTreeWalk *walk = expr->walk;

	appendStringInfoString(&st->sql, "((");
	for (int i = 0; i < walk->model->nkeys; i++)
	{
		appendStringInfoString(&st->sql, i ? ", " : "");
		ak_query_write_column(st, walk->source, walk->model->keys[i]);
	}
	appendStringInfoString(&st->sql, ") IN (WITH RECURSIVE ");
	write_start(st, walk);
	appendStringInfoString(&st->sql, ", r(");
	write_names(st, walk, true);
	appendStringInfoString(&st->sql, ") AS (");
	if (walk->self)
		appendStringInfoString(&st->sql, "SELECT * FROM start");
	else
		write_step(st, walk, "start");
	appendStringInfoString(&st->sql, " UNION ");
	write_step(st, walk, "r");
	appendStringInfoString(&st->sql, ") SELECT ");
	write_names(st, walk, false);
	appendStringInfoString(&st->sql, " FROM r))");
}
