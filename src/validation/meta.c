/*
 * meta.c
 *		Rules of rows: "rules" in the meta of a model.
 *
 * A check or a uniqueness becomes a constraint of the table, under the rule's
 * name; what it says when it is broken is kept as "constraint_messages".  What
 * the trigger keeps (a function, transitions, a check whose answer may change
 * with time) stays in "rules".
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "nodes/primnodes.h"
#include "utils/lsyscache.h"

#include "validation/internal.h"

static const char *const check_options[] = {"field", NULL};
static const char *const unique_options[] = {
	"field", "scope", "condition", "nulls_distinct", "include", "deferrable", "expressions", NULL
};
static const char *const exclude_options[] = {"field", "using", "condition", "include", "deferrable", NULL};
static const char *const function_options[] = {"field", NULL};
static const char *const transition_options[] = {"field", "initial", NULL};

static const AkValidatorKind kinds[] = {
	{.name = "check", .options = check_options},
	{.name = "unique", .options = unique_options},
	{.name = "exclude", .options = exclude_options},
	{.name = "function", .options = function_options},
	{.name = "transitions", .options = transition_options},
};

AkValidator *
ak_validation_read_rule(const AkJson *source, const AkModelDef *def)
{
	AkValidator *rule = ak_validation_read(source, psprintf("a rule of model \"%s\"", def->name), kinds, lengthof(kinds));
	const char *field = ak_core_json_get_string(rule->object, "field");

	if (field != NULL && ak_model_find_field_def(def, field) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("%s names unknown field \"%s\"", rule->what, field)));
	return rule;
}

/* ---- what is kept by the trigger ---- */

static AkExpression
condition(const AkModelDef *def, const AkValidator *rule, const char *source, const char *option)
{
	return (AkExpression) {
		.source = source, .what = psprintf("\"%s\" of %s", option, rule->what), .use = AK_EXPRESSION_CHECK,
		.over = def, .by_field = true
	};
}

/* Replaces SQL text by its deparse. */
static void
keep_condition(const AkModelDef *def, const AkValidator *rule, AkJson *kept, const char *option)
{
	char	   *source = ak_core_json_get_string(kept, option);
	AkExpression e = condition(def, rule, source, option);

	if (source != NULL)
		ak_core_json_put(kept, option, ak_core_json_string(ak_model_expression(&e)));
}

static void
check_states(const AkValidator *rule, const AkJson *states)
{
	if (states->kind != AK_JSON_ARRAY)
		ak_validation_bad(rule, "wants a list of states for each state");
	for (int i = 0; i < states->size; i++)
		if (states->items[i]->kind != AK_JSON_STRING)
			ak_validation_bad(rule, "wants states as texts");
}

static void
check_transitions(const AkModelDef *def, const AkValidator *rule, AkJson *kept)
{
	const char *field = ak_core_json_get_string(kept, "field");
	const AkJson *initial = ak_core_json_get(kept, "initial");

	if (field == NULL)
		ak_validation_bad(rule, "wants a \"field\"");
	if (ak_model_find_field_def(def, field)->column == NULL)
		ak_validation_bad(rule, psprintf("wants a field with a column, and \"%s\" has none", field));
	ak_core_json_expect(rule->argument, AK_JSON_OBJECT, "\"transitions\"");
	for (int i = 0; i < rule->argument->size; i++)
		check_states(rule, rule->argument->items[i]);
	if (initial != NULL)
		check_states(rule, initial);
}

/* The name of a function without its schema. */
static char *
bare_name(const char *function)
{
	return ak_core_range_var(function)->relname;
}

/* A function of the row: of the table's type, once there is one, or of JSON. */
static char *
row_function(const AkModelDef *def, const AkValidator *rule)
{
	Oid			table = get_relname_relid(def->table, get_namespace_oid(def->app, true));
	Oid			types[3] = {OidIsValid(table) ? get_rel_type_id(table) : JSONBOID, JSONOID, JSONBOID};

	return ak_validation_function_name(rule, rule->argument->text, types, lengthof(types), InvalidOid);
}

static AkJson *
kept_rule(const AkModelDef *def, AkValidator *rule)
{
	AkJson	   *kept = unconstify(AkJson *, rule->object);

	keep_condition(def, rule, kept, "when");
	if (strcmp(rule->kind, "function") == 0)
	{
		if (rule->argument->kind != AK_JSON_STRING)
			ak_validation_bad(rule, "wants a function's name");
		ak_core_json_put(kept, "function", ak_core_json_string(row_function(def, rule)));
		if (rule->name == NULL)
			rule->name = bare_name(ak_core_json_get_string(kept, "function"));
	}
	else if (strcmp(rule->kind, "transitions") == 0)
	{
		check_transitions(def, rule, kept);
		if (rule->name == NULL)
			rule->name = psprintf("%s_transitions", ak_core_json_get_string(kept, "field"));
	}
	else
	{
		keep_condition(def, rule, kept, "check");
		if (rule->name == NULL)
			rule->name = pstrdup("check");
	}
	ak_core_json_put(kept, "name", ak_core_json_string(rule->name));
	return kept;
}

/* ---- what is a constraint ---- */

/* Is it a check whose answer changes with time or settings?  No constraint is that. */
static bool
is_mutable(const AkModelDef *def, const AkValidator *rule)
{
	AkExpression e;

	if (strcmp(rule->kind, "check") != 0)
		return false;
	if (rule->argument->kind != AK_JSON_STRING)
		ak_validation_bad(rule, "wants an SQL expression");
	e = condition(def, rule, rule->argument->text, "check");
	if (ak_model_expression_is_mutable(&e))
		return true;
	e = condition(def, rule, rule->when, "when");
	return rule->when != NULL && ak_model_expression_is_mutable(&e);
}

bool
ak_validation_is_constraint(const AkModelDef *def, const AkValidator *rule)
{
	return strcmp(rule->kind, "function") != 0 && strcmp(rule->kind, "transitions") != 0 && !is_mutable(def, rule);
}

/* The fields of a uniqueness and its scope, in one list. */
static AkJson *
with_scope(const AkValidator *rule)
{
	const AkJson *fields = ak_validation_list(rule->argument);
	const AkJson *scope = ak_core_json_get(rule->object, "scope");
	AkJson	   *all = ak_core_json_array();

	for (int i = 0; scope && i < ak_validation_list(scope)->size; i++)
		ak_core_json_push(all, ak_validation_list(scope)->items[i]);
	for (int i = 0; i < fields->size; i++)
		ak_core_json_push(all, fields->items[i]);
	return all;
}

AkJson *
ak_validation_constraint(const AkValidator *rule)
{
	AkJson	   *out = ak_core_json_copy(rule->object);
	static const char *const ours[] = {"code", "message", "field", "scope", "when"};

	if (rule->name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("%s needs a \"name\"", rule->what),
				 errdetail("It is the name of the constraint.")));
	if (strcmp(rule->kind, "unique") == 0)
	{
		ak_core_json_put(out, "unique", with_scope(rule));
		if (rule->when != NULL)
			ak_core_json_put(out, "condition", ak_core_json_string(rule->when));
	}
	else if (strcmp(rule->kind, "check") == 0 && rule->when != NULL)
		ak_core_json_put(out, "check", ak_core_json_string(psprintf("(%s) IS NOT TRUE OR (%s)", rule->when,
																	rule->argument->text)));
	for (int i = 0; i < lengthof(ours); i++)
		ak_core_json_remove(out, ours[i]);
	return out;
}

AkJson *
ak_validation_message_of(const AkValidator *rule)
{
	static const char *const words[] = {"message", "code", "field"};
	AkJson	   *out = ak_core_json_object();

	for (int i = 0; i < lengthof(words); i++)
		if (ak_core_json_get_string(rule->object, words[i]) != NULL)
			ak_core_json_put(out, words[i], ak_core_json_get(rule->object, words[i]));
	return out->size > 0 ? out : NULL;
}

/* ---- the options ---- */

static void
refuse_second(const AkJson *kept, const AkValidator *rule, const char *name)
{
	for (int i = 0; i < kept->size; i++)
		if (strcmp(ak_core_json_get_string(kept->items[i], "name"), name) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("%s: there is another rule \"%s\"", rule->what, name)));
}

AkJson *
ak_validation_keep_rule(const AkModelDef *def, AkValidator *rule, const AkJson *others)
{
	AkJson	   *kept = kept_rule(def, rule);

	refuse_second(others, rule, rule->name);
	return kept;
}

static AkJson *
define_rules(AkModelDef *def, const AkJson *value)
{
	const AkJson *list = ak_core_json_expect(value, AK_JSON_ARRAY, "\"rules\"");
	AkJson	   *kept = ak_core_json_array();
	AkJson	   *messages = ak_core_json_get(def->meta, "constraint_messages");

	/* A base hands its rules on as they are. */
	if (def->abstract)
		return unconstify(AkJson *, list);
	messages = messages ? ak_core_json_copy(messages) : ak_core_json_object();
	for (int i = 0; i < list->size; i++)
	{
		AkValidator *rule = ak_validation_read_rule(list->items[i], def);

		if (rule->name != NULL)
			rule->name = ak_model_own_name(def, rule->name);
		if (ak_validation_is_constraint(def, rule))
		{
			ak_model_define_constraint(def, ak_validation_constraint(rule));
			if (ak_validation_message_of(rule) != NULL)
				ak_core_json_put(messages, rule->name, ak_validation_message_of(rule));
		}
		else
			ak_core_json_push(kept, ak_validation_keep_rule(def, rule, kept));
	}
	if (messages->size > 0)
		ak_core_json_put(def->meta, "constraint_messages", messages);
	return kept;
}

const AkMetaOption ak_validation_meta_rules = {"rules", define_rules};

/* {"constraint": {"message": …, "code": …, "field": …}} */
static AkJson *
define_messages(AkModelDef *def, const AkJson *value)
{
	ak_core_json_expect(value, AK_JSON_OBJECT, "\"constraint_messages\"");
	for (int i = 0; i < value->size; i++)
	{
		const AkJson *said = ak_core_json_expect(value->items[i], AK_JSON_OBJECT, "a member of \"constraint_messages\"");
		List	   *names = list_make3("message", "code", "field");

		for (int j = 0; j < said->size; j++)
		{
			if (!ak_core_is_among(said->keys[j], names))
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
						 errmsg("\"constraint_messages\" has no option \"%s\"", said->keys[j]),
						 ak_core_hint_nearest(said->keys[j], names)));
			(void) ak_core_json_get_string(said, said->keys[j]);
		}
	}
	return unconstify(AkJson *, value);
}

const AkMetaOption ak_validation_meta_messages = {"constraint_messages", define_messages};
