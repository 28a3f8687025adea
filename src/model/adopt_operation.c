/*
 * adopt_operation.c
 *		Adopting and forgetting as operations, each the other's reverse.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "model/adopt.h"

PG_FUNCTION_INFO_V1(ak_model_adopt_table);

/* To adopt a table again adds what can stay: nothing undoes it. */
AkJson *
ak_model_op_adopt_table(const AkJson *op)
{
	AkJson	   *options = ak_core_json_get(op, "options");
	bool		renewed;
	AkModel    *model = ak_model_adopt(ak_model_op_word(op, "table"), ak_core_json_get_string(op, "name"),
									   options ? options : ak_core_json_object(), &renewed);

	if (renewed)
		return ak_model_sequence(ak_core_json_array());
	return ak_model_new_operation("forget_model", model->label);
}

AkJson *
ak_model_op_forget_model(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);

	if (!ak_model_is_adopted(model))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("model \"%s\" is not adopted", model->label)));
	ak_model_forget_adopted(model);
	return NULL;
}

/* The names that fields have and accessors were given, by column. */
static AkJson *
names_given(const AkModel *model)
{
	AkJson	   *options = ak_core_json_object();
	AkJson	   *fields = ak_core_json_object();
	AkJson	   *related_names = ak_core_json_object();

	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];
		AkJson	   *accessor = ak_core_json_get(field->options, "related_name");

		if (field->attnum == 0)
			continue;
		ak_core_json_put(fields, field->column, ak_core_json_string(field->name));
		if (accessor != NULL)
			ak_core_json_put(related_names, field->column, accessor);
	}
	ak_core_json_put(options, "fields", fields);
	ak_core_json_put(options, "related_names", related_names);
	return options;
}

AkJson *
ak_model_reverse_forget_model(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkJson	   *reverse = ak_core_json_object();

	ak_core_json_put(reverse, "op", ak_core_json_string("adopt_table"));
	ak_core_json_put(reverse, "table", ak_core_json_string(model->sql_name));
	ak_core_json_put(reverse, "name", ak_core_json_string(model->name));
	ak_core_json_put(reverse, "options", names_given(model));
	return reverse;
}

/* adopt_table(table, name, options) → the model, described */
Datum
ak_model_adopt_table(PG_FUNCTION_ARGS)
{
	char	   *table = ak_core_arg_cstring(fcinfo, 0, "table");
	char	   *name = PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1));
	bool		renewed;
	AkModel    *model = ak_model_adopt(table, name, ak_core_arg_json(fcinfo, 2, "options"), &renewed);

	PG_RETURN_DATUM(PointerGetDatum(ak_core_json_to_text(ak_model_describe(model))));
}
