/*
 * check.c
 *		check_registry(): where the registry and the catalog differ, and
 *		forget_model(): a dangling model leaves the registry, or an adopted one.
 *
 * The registry follows the catalog by itself.  What is found here is left by
 * a partial restore, by changes while event triggers were off, or stands for
 * something still to come.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "model/internal.h"

PG_FUNCTION_INFO_V1(ak_model_check_registry);
PG_FUNCTION_INFO_V1(ak_model_sql_forget_model);

struct AkFindings
{
	ReturnSetInfo *result;
};

void
ak_model_finding(AkFindings *findings, const char *kind, const AkModel *model, const char *format,...)
{
	StringInfoData problem;
	Datum		values[3];
	bool		nulls[3] = {false};

	initStringInfo(&problem);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&problem, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&problem, needed);
	}
	values[0] = CStringGetTextDatum(kind);
	values[1] = CStringGetTextDatum(model->label);
	values[2] = CStringGetTextDatum(problem.data);
	tuplestore_putvalues(findings->result->setResult, findings->result->setDesc, values, nulls);
}

bool
ak_model_is_dangling(const AkModel *model)
{
	return !model->abstract && !OidIsValid(model->relid);
}

static void
check_table(const AkModel *model, AkFindings *findings)
{
	Oid			schema = get_namespace_oid(model->app, true);
	Oid			relid = OidIsValid(schema) ? get_relname_relid(model->table, schema) : InvalidOid;
	AkModel    *other = OidIsValid(relid) ? ak_model_by_table(model->registry, relid) : NULL;

	if (!OidIsValid(relid))
		ak_model_finding(findings, "model", model, "table %s does not exist", model->sql_name);
	else if (other != NULL)
		ak_model_finding(findings, "model", model, "table %s is that of model \"%s\"", model->sql_name, other->label);
	else if (!OidIsValid(ak_model_table_owner(relid)))
		ak_model_finding(findings, "model", model, "%s is not a table", model->sql_name);
	else
		ak_model_finding(findings, "model", model, "table %s does not belong to who registered the model",
						 model->sql_name);
}

static void
check_fields(const AkModel *model, AkFindings *findings)
{
	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];

		if (field->column != NULL && field->attnum == 0)
			ak_model_finding(findings, "field", model, "column \"%s\" of field \"%s\" does not exist",
							 field->column, field->name);
		ak_model_check_custom(field, findings);
	}
}

/* A row that waits for what it belongs to. */
static void
check_early(HeapTuple row, TupleDesc desc, void *arg)
{
	AkModel		model = {0};

	model.label = psprintf("%s.%s", ak_core_registry_column(row, desc, "app"),
						   ak_core_registry_column(row, desc, "model"));
	ak_model_finding(arg, ak_core_registry_column(row, desc, "kind"), &model,
					 "was restored, and waits for its model");
}

/* check_registry() → (kind, model, problem) */
Datum
ak_model_check_registry(PG_FUNCTION_ARGS)
{
	AkRegistry *registry = ak_model_registry();
	AkFindings	findings;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	findings.result = (ReturnSetInfo *) fcinfo->resultinfo;
	for (int i = 0; i < registry->nmodels; i++)
	{
		const AkModel *model = registry->models[i];

		CHECK_FOR_INTERRUPTS();
		if (ak_model_is_dangling(model))
			check_table(model, &findings);
		else if (!model->abstract)
			check_fields(model, &findings);
		ak_model_notify_check(model, &findings);
	}
	ak_model_check_custom_types(registry, &findings);
	ak_core_registry_scan("early", check_early, &findings);
	return (Datum) 0;
}

/* Who registered it, who could make its table, or a superuser. */
static void
require_right_to_forget(const AkModel *model)
{
	Oid			schema = get_namespace_oid(model->app, true);

	if (!ak_model_may_say(model) && !(OidIsValid(schema) && ak_schema_usable(schema, ACL_CREATE)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for model \"%s\"", model->label)));
}

/* forget_model(model) */
Datum
ak_model_sql_forget_model(PG_FUNCTION_ARGS)
{
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "model");
	AkModel    *model = ak_model_lookup(ak_model_registry(), name);

	if (model == NULL)
		model = ak_model_resolve(ak_model_registry(), name);
	if (ak_model_is_adopted(model) && !ak_model_is_dangling(model))
	{
		ak_model_forget_adopted(model);
		PG_RETURN_VOID();
	}
	if (!ak_model_is_dangling(model))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("model \"%s\" is not dangling", model->label),
				 errhint("Use drop_model(), which drops its table too.")));
	require_right_to_forget(model);
	ak_model_forget_model(model);
	PG_RETURN_VOID();
}
