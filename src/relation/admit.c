/*
 * admit.c
 *		The trigger of aksara.relation: rows of a restored dump.
 *
 * Room model's guard says who may speak for which model; here the row itself
 * is read as hostile input.  SET(expr) runs as the owner of the referencing
 * table, who is the one that may say it; it must still be one expression.  A
 * row gives no right to the target: a relation leads there only where a
 * native key says so.
 */
#include "postgres.h"

#include "relation/internal.h"

PG_FUNCTION_INFO_V1(ak_relation_guard_relation);

static void
bad_row(const char *field, const char *column, const char *value)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("column \"%s\" of relation \"%s\" must not be \"%s\"", column, field, value)));
}

static void
check_kind(const char *field, const char *kind, const AkField *defined)
{
	if (strcmp(ak_relation_kind_word(ak_relation_word_kind(kind)), kind) != 0)
		bad_row(field, "kind", kind);
	if (defined != NULL && strcmp(defined->type->name, kind) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relation \"%s\" is of kind %s, but its field of type %s",
						field, kind, defined->type->name)));
}

static void
check_columns(HeapTuple row, TupleDesc desc, const char *column)
{
	ListCell   *cell;

	foreach(cell, ak_core_registry_names(row, desc, column))
		ak_core_check_identifier(lfirst(cell), psprintf("column \"%s\"", column));
}

/* An accessor of an older version may be one that no path can name now. */
static void
check_names(HeapTuple row, TupleDesc desc)
{
	static const char *const columns[] = {
		"target_app", "target_model", "related_name", "constraint_name", "junction_schema", "junction_table",
		"through_app", "through_model"
	};

	for (int i = 0; i < (int) lengthof(columns); i++)
	{
		char	   *name = ak_core_registry_column(row, desc, columns[i]);

		if (name != NULL)
			ak_core_check_identifier(name, psprintf("column \"%s\"", columns[i]));
	}
	check_columns(row, desc, "source_columns");
	check_columns(row, desc, "target_columns");
}

/* ---- SET(expr) ---- */

static void
check_action(const char *field, const char *word, const char *expression)
{
	AkOnDelete	on_delete = ak_relation_on_delete_kind(word);

	if (strcmp(ak_relation_on_delete_word(on_delete), word) != 0)
		bad_row(field, "on_delete", word);
	if ((expression != NULL) != (on_delete == AK_SET_VALUE))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("relation \"%s\" has an expression exactly if it is SET", field)));
	if (expression != NULL && !ak_model_is_one_expression(expression))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("SET of relation \"%s\" must be one SQL expression", field)));
}

/* ---- the row ---- */

static const AkField *
field_of(const AkModel *model, const char *name)
{
	for (int i = 0; model != NULL && i < model->nfields; i++)
		if (strcmp(model->fields[i]->name, name) == 0)
			return model->fields[i];
	return NULL;
}

static bool
admit_relation(HeapTuple row, TupleDesc desc)
{
	char	   *field = ak_core_registry_column(row, desc, "field");
	char	   *kind = ak_core_registry_column(row, desc, "kind");
	char	   *on_delete = ak_core_registry_column(row, desc, "on_delete");
	AkModel    *model;
	bool		admitted;

	if (field == NULL || kind == NULL || on_delete == NULL)
		return true;			/* NOT NULL refuses it */
	check_names(row, desc);
	check_action(field, on_delete, ak_core_registry_column(row, desc, "set_expression"));
	model = ak_model_of_row(row, desc, "relation", field, &admitted);
	check_kind(field, kind, field_of(model, field));
	if (model == NULL || field_of(model, field) != NULL)
		return admitted;
	ak_model_keep_for_later(row, desc, "relation");
	return false;
}

Datum
ak_relation_guard_relation(PG_FUNCTION_ARGS)
{
	return ak_model_guard(fcinfo, "relation", admit_relation, NULL);
}
