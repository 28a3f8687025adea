/*
 * update.c
 *		update(qs, doc, expressions): fields set to what is computed.
 *
 * Expressions are an argument of their own, so that a document of values can
 * never turn into one.  They are about the row as it was before:
 *
 *		UPDATE posts AS t0 SET views = t0.views + 1 WHERE …
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"

#include "query/expression.h"
#include "query/row.h"

PG_FUNCTION_INFO_V1(ak_query_update_expressions);

/* The field of a name, where it may be set; 42703, 428C9, 42804. */
static AkField *
settable_field(AkModel *model, const char *name, const AkExpr *expr)
{
	AkField    *field = ak_model_field(model, name);
	Oid			type = expr->type;

	if (field == NULL || field->column == NULL || field->attnum == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("model \"%s\" has no field \"%s\" with a column", model->label, name),
				 ak_core_hint_nearest(name, ak_model_field_names(model))));
	if (field->generated)
		ereport(ERROR,
				(errcode(ERRCODE_GENERATED_ALWAYS),
				 errmsg("field \"%s\" is generated, and cannot be set", name)));
	if (OidIsValid(type) && !can_coerce_type(1, &type, &field->typid, COERCION_ASSIGNMENT))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("field \"%s\" is of type %s, and the expression gives %s", name, ak_core_type_word(field->typid),
						ak_core_type_word(type)),
				 errhint("Give it another type with \"$cast\".")));
	return field;
}

/* `own` is all rows of the model: the expression is about t0 itself, whatever the conditions join. */
static void
write_set(AkStatement *st, AkQuery *own, const AkRow *row, const char *name, const AkJson *value, const char *before)
{
	AkScope		scope = {.query = own, .model = own->model, .own = true};
	AkSpot		spot = {.source = own->source, .own = true};
	AkExpr	   *expr = ak_query_read_argument(&scope, value);
	AkField    *field = settable_field(own->model, name, expr);

	if (ak_query_row_value(row, field) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\" has both a value and an expression", name)));
	ak_query_lay_expression(own, &spot, expr);
	if (own->source->joins != NIL || own->laterals != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the expression for \"%s\" reads other rows than the one that is updated", name),
				 errhint("Read them by {\"$subquery\": …}, which knows the row as \"$outer\".")));
	appendStringInfo(&st->sql, "%s%s = ", before, ak_core_quote(field->column));
	ak_query_write_expression(st, expr);
}

/* update(qs, doc, expressions) → rows updated. */
Datum
ak_query_update_expressions(PG_FUNCTION_ARGS)
{
	AkQuery    *query = ak_query_argument(fcinfo, 0, "qs");
	AkJson	   *document = ak_query_arg_object(fcinfo, 1, "doc");
	AkJson	   *expressions = ak_query_arg_object(fcinfo, 2, "expressions");
	AkQuery    *own = ak_query_all(query->model);
	AkStatement st;
	AkRow		row;
	int			restriction;

	ak_query_read_changes(query->model, document, &row);
	if (row.count + expressions->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an update of model \"%s\" names no field", query->model->label)));
	ak_core_statement_init(&st);
	if (row.count > 0)
		ak_query_write_update(&st, &row, false);
	else
		appendStringInfo(&st.sql, "UPDATE %s AS t0 SET ", query->model->sql_name);
	for (int i = 0; i < expressions->size; i++)
		write_set(&st, own, &row, expressions->keys[i], expressions->items[i], row.count + i > 0 ? ", " : "");
	restriction = st.sql.len;
	ak_query_write_restriction(&st, query);
	ak_query_before_statement(query->model, "update", &st, restriction);
	PG_RETURN_INT64(ak_query_run_write(query->model, &st, 0, NULL, NULL));
}
