/*
 * rules.c
 *		What the rows of a model must keep: the list of the trigger, and beside it
 *		that of the table's constraints (constraints.c).
 *
 * It is worked out once for a picture of the registry and a role that writes,
 * lives with the picture, and is made anew when a function has changed.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"

#include "validation/internal.h"

/* ---- the definition ---- */

/* A list that is an option of a field or of the model; NULL: none. */
static const AkJson *
list_option(const AkJson *options, const char *name)
{
	const AkJson *list = ak_core_json_get(options, name);

	return list != NULL && list->kind == AK_JSON_ARRAY && list->size > 0 ? list : NULL;
}

/* Does the trigger keep a field's validator?  Else it is a constraint. */
static bool
is_kept(const AkJson *validator)
{
	return validator->kind == AK_JSON_OBJECT && ak_core_json_get(validator, "function") != NULL;
}

static bool
has_kept(const AkJson *list)
{
	for (int i = 0; list && i < list->size; i++)
		if (is_kept(list->items[i]))
			return true;
	return false;
}

bool
ak_validation_has_kept_rules(const AkModel *model)
{
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->attnum > 0 &&
			(list_option(model->fields[i]->options, "normalize") || has_kept(list_option(model->fields[i]->options, "validators"))))
			return true;
	return list_option(model->meta, "rules") != NULL;
}

/* ---- the trigger's list ---- */

static void
compile_when(const AkModel *model, AkRules *rules, AkRule *rule, const AkJson *source)
{
	const char *when = ak_core_json_get_string(source, "when");

	if (when != NULL)
		rule->when = ak_model_make_ready(ak_model_row_condition(model, when), rules->context);
}

static AkRule *
new_rule(AkRuleKind kind, const AkJson *source, const AkField *field)
{
	AkRule	   *rule = palloc0(sizeof(AkRule));

	rule->kind = kind;
	rule->name = ak_core_json_get_string(source, "name");
	rule->field = field;
	rule->key = field ? field->json_name : AK_WHOLE_ROW;
	rule->code = ak_core_json_get_string(source, "code");
	rule->message = ak_core_json_get_string(source, "message");
	return rule;
}

/* f(value) or f(row). */
static AkRule *
call_rule(const AkModel *model, AkRules *rules, const AkJson *source, const AkField *field)
{
	AkRule	   *rule = new_rule(AK_RULE_CALL, source, field);
	Node	   *call = ak_model_row_call(model, ak_core_json_get_string(source, "function"), field, InvalidOid, -1);

	rule->result = exprType(call);
	if (rule->result != BOOLOID && rule->result != TEXTOID && rule->result != JSONOID && rule->result != JSONBOID)
		call = ak_model_row_call(model, ak_core_json_get_string(source, "function"), field, rule->result = TEXTOID, -1);
	rule->test = ak_model_make_ready(call, rules->context);
	rule->of_value = field != NULL;
	if (rule->code == NULL)
		rule->code = "invalid";
	return rule;
}

/* The field whose problem a rule of the row is, where it says so. */
const AkField *
ak_validation_field_said(const AkModel *model, const AkJson *source)
{
	const char *name = ak_core_json_get_string(source, "field");

	return name ? ak_model_field(model, name) : NULL;
}

static AkRule *
transition_rule(const AkModel *model, const AkJson *source)
{
	AkRule	   *rule = new_rule(AK_RULE_TRANSITION, source, ak_validation_field_said(model, source));

	rule->states = ak_core_json_get(source, "transitions");
	rule->initial = ak_core_json_get(source, "initial");
	if (rule->code == NULL)
		rule->code = "invalid_transition";
	return rule->field != NULL && rule->field->attnum > 0 ? rule : NULL;
}

static AkRule *
condition_rule(const AkModel *model, AkRules *rules, const AkJson *source)
{
	AkRule	   *rule = new_rule(AK_RULE_CONDITION, source, ak_validation_field_said(model, source));
	Node	   *condition = ak_model_row_condition(model, ak_core_json_get_string(source, "check"));

	rule->test = ak_model_make_ready(condition, rules->context);
	if (ak_core_json_get_string(source, "when") != NULL)
		condition = (Node *) list_make2(condition, ak_model_row_condition(model, ak_core_json_get_string(source, "when")));
	ak_validation_read_columns(rule, condition);
	if (rule->code == NULL)
		rule->code = "invalid";
	return rule;
}

/* The rules of the row that the trigger keeps. */
static void
add_row_rules(const AkModel *model, AkRules *rules)
{
	const AkJson *list = list_option(model->meta, "rules");

	for (int i = 0; list && i < list->size; i++)
	{
		const AkJson *source = list->items[i];
		AkRule	   *rule = ak_core_json_get_string(source, "function") ? call_rule(model, rules, source, NULL)
			: ak_core_json_get(source, "transitions") ? transition_rule(model, source)
			: ak_core_json_get_string(source, "check") ? condition_rule(model, rules, source) : NULL;

		if (rule == NULL)
			continue;
		if (rule->kind == AK_RULE_CALL && (rule->field = ak_validation_field_said(model, source)) != NULL)
			rule->key = rule->field->json_name;
		compile_when(model, rules, rule, source);
		rules->initial = rules->initial || rule->initial != NULL;
		rules->kept = lappend(rules->kept, rule);
	}
}

static void
add_normalizers(const AkModel *model, AkRules *rules, const AkField *field)
{
	const AkJson *list = list_option(field->options, "normalize");

	for (int i = 0; list && i < list->size; i++)
	{
		AkNormalizer *normalizer = palloc0(sizeof(AkNormalizer));
		const char *text = list->items[i]->text;

		if (list->items[i]->kind != AK_JSON_STRING)
			continue;
		normalizer->field = field;
		if (strchr(text, '.') == NULL)
			normalizer->word = text;
		else
			normalizer->call = ak_model_make_ready(ak_model_row_call(model, text, field, field->typid, field->typmod),
													 rules->context);
		rules->normalizers = lappend(rules->normalizers, normalizer);
	}
}

static void
add_validators(const AkModel *model, AkRules *rules, const AkField *field)
{
	const AkJson *list = list_option(field->options, "validators");

	for (int i = 0; list && i < list->size; i++)
	{
		AkRule	   *rule;

		if (!is_kept(list->items[i]))
			continue;
		rule = call_rule(model, rules, list->items[i], field);
		compile_when(model, rules, rule, list->items[i]);
		rules->kept = lappend(rules->kept, rule);
	}
}

static AkForRole *
make_rules(AkModel *model)
{
	AkRules    *rules = palloc0(sizeof(AkRules));

	rules->context = CurrentMemoryContext;
	rules->slot = ak_model_row_slot(model, &TTSOpsVirtual);
	rules->econtext = CreateStandaloneExprContext();
	for (int i = 0; i < model->nfields; i++)
	{
		if (model->fields[i]->attnum <= 0)
			continue;
		add_normalizers(model, rules, model->fields[i]);
		add_validators(model, rules, model->fields[i]);
	}
	add_row_rules(model, rules);
	rules->generated = ak_validation_generated(model);
	return &rules->kept_for;
}

AkRules *
ak_validation_rules(AkModel *model)
{
	return (AkRules *) ak_model_for_role(model, &model->rules, make_rules);
}

AkRules *
ak_validation_all_rules(AkModel *model)
{
	AkRules    *rules = ak_validation_rules(model);
	MemoryContext old;

	if (rules->constrained)
		return rules;
	old = MemoryContextSwitchTo(rules->context);
	rules->constraints = NIL;
	rules->nchecks = 0;
	ak_validation_read_constraints(model, rules);
	rules->constrained = true;
	MemoryContextSwitchTo(old);
	return rules;
}
