/*
 * model.c
 *		Room model's entry and its SQL-callable functions.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "model/internal.h"

PG_FUNCTION_INFO_V1(ak_model_create_model);
PG_FUNCTION_INFO_V1(ak_model_drop_model);
PG_FUNCTION_INFO_V1(ak_model_rename_model);
PG_FUNCTION_INFO_V1(ak_model_add_field);
PG_FUNCTION_INFO_V1(ak_model_remove_field);
PG_FUNCTION_INFO_V1(ak_model_rename_field);
PG_FUNCTION_INFO_V1(ak_model_alter_field);
PG_FUNCTION_INFO_V1(ak_model_alter_meta);
PG_FUNCTION_INFO_V1(ak_model_add_index);
PG_FUNCTION_INFO_V1(ak_model_remove_index);
PG_FUNCTION_INFO_V1(ak_model_add_constraint);
PG_FUNCTION_INFO_V1(ak_model_remove_constraint);
PG_FUNCTION_INFO_V1(ak_model_apply_operation);
PG_FUNCTION_INFO_V1(ak_model_describe_model);

void
ak_model_init(void)
{
	ak_model_types_init();
	ak_model_registry_init();
	ak_model_evaluate_init();
}

/* {"op": name, "model": first argument} */
static AkJson *
begin_operation(FunctionCallInfo fcinfo, const char *name, const char *argument)
{
	AkJson	   *op = ak_core_json_object();

	ak_core_json_put(op, "op", ak_core_json_string(name));
	ak_core_json_put(op, "model", ak_core_json_string(ak_core_arg_cstring(fcinfo, 0, argument)));
	return op;
}

/* create_model(name, fields, meta) → regclass of the new table; NULL for an abstract model. */
Datum
ak_model_create_model(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "create_model", "name");
	AkModel    *model;

	ak_core_json_put(op, "fields", ak_core_arg_json(fcinfo, 1, "fields"));
	ak_core_json_put(op, "meta", ak_core_arg_json(fcinfo, 2, "meta"));
	ak_model_apply(op);
	model = ak_model_lookup(ak_model_registry(), ak_core_json_get_string(op, "model"));
	if (model == NULL || model->abstract)
		PG_RETURN_NULL();
	PG_RETURN_OID(model->relid);
}

/* drop_model(model, cascade) */
Datum
ak_model_drop_model(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "drop_model", "model");

	if (PG_ARGISNULL(1))
		ak_core_null_argument("cascade");
	ak_core_json_put(op, "cascade", ak_core_json_bool(PG_GETARG_BOOL(1)));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* rename_model(model, name) */
Datum
ak_model_rename_model(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "rename_model", "model");

	ak_core_json_put(op, "name", ak_core_json_string(ak_core_arg_cstring(fcinfo, 1, "name")));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* add_field(model, field, definition) */
Datum
ak_model_add_field(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "add_field", "model");

	ak_core_json_put(op, "field", ak_core_json_string(ak_core_arg_cstring(fcinfo, 1, "field")));
	ak_core_json_put(op, "definition", ak_core_arg_json(fcinfo, 2, "definition"));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* remove_field(model, field) */
Datum
ak_model_remove_field(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "remove_field", "model");

	ak_core_json_put(op, "field", ak_core_json_string(ak_core_arg_cstring(fcinfo, 1, "field")));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* rename_field(model, field, name) */
Datum
ak_model_rename_field(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "rename_field", "model");

	ak_core_json_put(op, "field", ak_core_json_string(ak_core_arg_cstring(fcinfo, 1, "field")));
	ak_core_json_put(op, "name", ak_core_json_string(ak_core_arg_cstring(fcinfo, 2, "name")));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* alter_field(model, field, definition) */
Datum
ak_model_alter_field(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "alter_field", "model");

	ak_core_json_put(op, "field", ak_core_json_string(ak_core_arg_cstring(fcinfo, 1, "field")));
	ak_core_json_put(op, "definition", ak_core_arg_json(fcinfo, 2, "definition"));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* alter_meta(model, meta) */
Datum
ak_model_alter_meta(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "alter_meta", "model");

	ak_core_json_put(op, "meta", ak_core_arg_json(fcinfo, 1, "meta"));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* add_index(model, index) */
Datum
ak_model_add_index(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "add_index", "model");

	ak_core_json_put(op, "index", ak_core_arg_json(fcinfo, 1, "index"));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* remove_index(model, name) */
Datum
ak_model_remove_index(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "remove_index", "model");

	ak_core_json_put(op, "name", ak_core_json_string(ak_core_arg_cstring(fcinfo, 1, "name")));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* add_constraint(model, constraint) */
Datum
ak_model_add_constraint(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "add_constraint", "model");

	ak_core_json_put(op, "constraint", ak_core_arg_json(fcinfo, 1, "constraint"));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* remove_constraint(model, name) */
Datum
ak_model_remove_constraint(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "remove_constraint", "model");

	ak_core_json_put(op, "name", ak_core_json_string(ak_core_arg_cstring(fcinfo, 1, "name")));
	ak_model_apply(op);
	PG_RETURN_VOID();
}

/* apply_operation(operation) → the operation that undoes it, or NULL. */
Datum
ak_model_apply_operation(PG_FUNCTION_ARGS)
{
	AkJson	   *reverse = ak_model_apply(ak_core_arg_json(fcinfo, 0, "operation"));

	if (reverse == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(ak_core_json_to_text(reverse));
}

/* describe(model) → json */
Datum
ak_model_describe_model(PG_FUNCTION_ARGS)
{
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "model");
	AkModel    *model = ak_model_lookup(ak_model_registry(), name);

	if (model == NULL || !model->abstract)
		model = ak_model_resolve(ak_model_registry(), name);
	PG_RETURN_TEXT_P(ak_core_json_to_text(ak_model_describe(model)));
}
