/*
 * check.c
 *		What check_registry() says of rules: functions that are gone.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "utils/regproc.h"

#include "validation/internal.h"

static void
check_function(const AkModel *model, const char *function, const char *of, AkFindings *findings)
{
	if (FuncnameGetCandidates(ak_qualified_name(function), 1, NIL, false, false, false, true) == NULL)
		ak_model_finding(findings, "rule", model, "function %s of %s does not exist", function, of);
}

static void
check_list(const AkModel *model, const AkJson *list, const char *of, AkFindings *findings)
{
	for (int i = 0; list && list->kind == AK_JSON_ARRAY && i < list->size; i++)
	{
		const AkJson *rule = list->items[i];
		const char *function = rule->kind == AK_JSON_OBJECT ? ak_core_json_get_string(rule, "function")
			: strchr(rule->text, '.') ? rule->text : NULL;

		if (function != NULL)
			check_function(model, function, of, findings);
	}
}

void
ak_validation_check(const AkModel *model, AkFindings *findings)
{
	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];
		const char *of = psprintf("field \"%s\"", field->name);

		check_list(model, ak_core_json_get(field->options, "validators"), of, findings);
		check_list(model, ak_core_json_get(field->options, "normalize"), of, findings);
	}
	check_list(model, ak_core_json_get(model->meta, "rules"), "the row", findings);
}
