/*
 * changes_object.c
 *		The operations that add and remove constraints and indexes.
 */
#include "postgres.h"

#include "catalog/pg_attribute.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "model/internal.h"

/* ---- adding ---- */

static bool
is_fields_column(const AkModel *model, AttrNumber number)
{
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->attnum == number)
			return true;
	return false;
}

/* A column that no field stands for, as a field of its name. */
static AkFieldDef *
bare_column(Form_pg_attribute column)
{
	AkFieldDef *field = palloc0(sizeof(AkFieldDef));

	field->name = field->column = pstrdup(NameStr(column->attname));
	field->sql_type = unconstify(char *, ak_core_type_name(column->atttypid, column->atttypmod));
	field->collation = column->attcollation;
	return field;
}

/* The model as it is, with the columns that were added by hand. */
static AkModelDef *
whole_table(const AkModel *model)
{
	AkModelDef *def = ak_model_definition_of(model);

	for (AttrNumber number = 1;; number++)
	{
		HeapTuple	tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(model->relid), Int16GetDatum(number));

		if (!HeapTupleIsValid(tuple))
			break;
		if (!((Form_pg_attribute) GETSTRUCT(tuple))->attisdropped && !is_fields_column(model, number))
			def->fields = lappend(def->fields, bare_column((Form_pg_attribute) GETSTRUCT(tuple)));
		ReleaseSysCache(tuple);
	}
	return def;
}

static AkObjectDef *
define(const AkJson *op, const AkModel *model, const AkModelDef *def, bool constraint)
{
	const AkJson *object = ak_core_json_get(op, constraint ? "constraint" : "index");

	if (object == NULL)
		object = ak_core_json_null();
	return ak_model_define_object(def, object, constraint);
}

void
ak_model_make_object(const AkModel *model, const AkJson *document, bool constraint)
{
	AkModelDef *def = whole_table(model);

	ak_model_create_object(def, ak_model_define_object(def, document, constraint));
}

static AkJson *
add_object(const AkJson *op, bool constraint)
{
	AkModel    *model = ak_model_op_model(op);
	AkModelDef *def = whole_table(model);

	ak_model_create_object(def, define(op, model, def, constraint));
	return NULL;
}

static AkJson *
undo_add(const AkJson *op, bool constraint)
{
	AkModel    *model = ak_model_op_model(op);
	AkModelDef *def = whole_table(model);
	AkJson	   *reverse = ak_model_new_operation(constraint ? "remove_constraint" : "remove_index", model->label);

	ak_core_json_put(reverse, "name", ak_core_json_string(
						 ak_model_choose_object_name(def, define(op, model, def, constraint))));
	return reverse;
}

AkJson *
ak_model_op_add_index(const AkJson *op)
{
	return add_object(op, false);
}

AkJson *
ak_model_reverse_add_index(const AkJson *op)
{
	return undo_add(op, false);
}

AkJson *
ak_model_op_add_constraint(const AkJson *op)
{
	return add_object(op, true);
}

AkJson *
ak_model_reverse_add_constraint(const AkJson *op)
{
	return undo_add(op, true);
}

/* ---- removing ---- */

AkJson *
ak_model_add_object(const AkModel *model, const AkObject *object)
{
	AkJson	   *op = ak_model_new_operation(object->kind == 'i' ? "add_index" : "add_constraint", model->label);

	ak_core_json_put(op, object->kind == 'i' ? "index" : "constraint", object->definition);
	return op;
}

/* A rule goes with its option. */
static void
check_removable(const AkModel *model, const AkObject *object)
{
	if (object->kind == 'c' && object->rule != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("constraint \"%s\" is the rule \"%s\" of field \"%s\"", object->name, object->rule,
						object->field->name),
				 errhint("Use alter_field to change the field's options.")));
}

static AkJson *
remove_object(const AkJson *op, bool constraint)
{
	AkModel    *model = ak_model_op_model(op);
	AkObject   *object = ak_model_find_object(model, ak_model_op_word(op, "name"), constraint);

	check_removable(model, object);
	if (object->kind == 'i')
		ak_core_ddl("DROP INDEX %s", ak_core_qualified(model->app, object->name));
	else
		ak_core_ddl("ALTER TABLE %s DROP CONSTRAINT %s", model->sql_name, quote_identifier(object->name));
	return NULL;
}

static AkJson *
undo_remove(const AkJson *op, bool constraint)
{
	AkModel    *model = ak_model_op_model(op);

	return ak_model_add_object(model, ak_model_find_object(model, ak_model_op_word(op, "name"), constraint));
}

AkJson *
ak_model_op_remove_index(const AkJson *op)
{
	return remove_object(op, false);
}

AkJson *
ak_model_reverse_remove_index(const AkJson *op)
{
	return undo_remove(op, false);
}

AkJson *
ak_model_op_remove_constraint(const AkJson *op)
{
	return remove_object(op, true);
}

AkJson *
ak_model_reverse_remove_constraint(const AkJson *op)
{
	return undo_remove(op, true);
}
