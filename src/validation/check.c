/*
 * check.c
 *		What check_registry() says of rules: functions that are gone.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "nodes/value.h"
#include "utils/varlena.h"

#include "validation/internal.h"

/* The name is schema.function; what is none is said, and no error. */
static void
check_function(const AkModel *model, const char *function, const char *of, AkFindings *findings)
{
	List	   *parts = NIL;
	List	   *names = NIL;
	ListCell   *cell;

	if (SplitIdentifierString(pstrdup(function), '.', &parts) && list_length(parts) == 2)
		foreach(cell, parts)
			names = lappend(names, makeString(lfirst(cell)));
	if (names == NIL || FuncnameGetCandidates(names, 1, NIL, false, false, false, true) == NULL)
		ak_model_finding(findings, "rule", model, "function %s of %s does not exist", function, of);
}

static void
check_list(const AkModel *model, const AkJson *list, const char *of, AkFindings *findings)
{
	for (int i = 0; list && list->kind == AK_JSON_ARRAY && i < list->size; i++)
	{
		const AkJson *rule = list->items[i];
		const AkJson *function = rule->kind == AK_JSON_STRING && strchr(rule->text, '.') ? rule
			: ak_core_json_get(rule, "function");

		if (function != NULL && function->kind == AK_JSON_STRING)
			check_function(model, function->text, of, findings);
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
