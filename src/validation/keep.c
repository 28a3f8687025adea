/*
 * keep.c
 *		The rules trigger's part: normal forms, then the rules that no constraint
 *		states, all of them, and one error for what they say.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/formatting.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "validation/internal.h"

/* ---- normal forms ---- */

/* Runs of white space as one blank. */
static char *
squeezed(const char *text)
{
	char	   *out = palloc(strlen(text) + 1);
	char	   *end = out;

	for (const char *c = text; *c; c++)
	{
		bool		blank = strchr(" \t\n\v\f\r", *c) != NULL;

		if (!blank)
			*end++ = *c;
		else if (end == out || end[-1] != ' ')
			*end++ = ' ';
	}
	*end = '\0';
	return out;
}

static char *
formed(const AkNormalizer *normalizer, const char *text)
{
	Oid			collation = OidIsValid(normalizer->field->collation) ? normalizer->field->collation : DEFAULT_COLLATION_OID;

	if (strcmp(normalizer->word, "lower") == 0)
		return str_tolower(text, strlen(text), collation);
	if (strcmp(normalizer->word, "upper") == 0)
		return str_toupper(text, strlen(text), collation);
	if (strcmp(normalizer->word, "squeeze") == 0)
		return squeezed(text);
	return ak_model_trimmed(text);
}

/* The value in the slot brought into the form; false where it has that already.  NULL stays NULL. */
bool
ak_validation_normalized(const AkRules *rules, const AkNormalizer *normalizer, Datum *value, bool *isnull)
{
	int			column = normalizer->field->attnum - 1;
	char	   *given;
	char	   *form;

	if (rules->slot->tts_isnull[column])
		return false;
	*isnull = false;
	if (normalizer->call != NULL)
	{
		Form_pg_attribute type = TupleDescAttr(rules->slot->tts_tupleDescriptor, column);

		/* It may be a constant of the list's, which goes when a function changes; a statement may want it longer. */
		*value = ExecEvalExpr(normalizer->call, rules->econtext, isnull);
		if (!*isnull)
			*value = datumCopy(*value, type->attbyval, type->attlen);
		return true;
	}
	given = TextDatumGetCString(rules->slot->tts_values[column]);
	form = formed(normalizer, given);
	*value = CStringGetTextDatum(form);
	return strcmp(given, form) != 0;
}

static void
normalize(AkRules *rules, AkTriggerRow *row)
{
	ListCell   *cell;

	foreach(cell, rules->normalizers)
	{
		const AkNormalizer *normalizer = lfirst(cell);
		int			column = normalizer->field->attnum - 1;
		Datum		value;
		bool		isnull;

		if (!ak_validation_normalized(rules, normalizer, &value, &isnull))
			continue;
		ak_model_row_set(row, normalizer->field, value, isnull);
		rules->slot->tts_values[column] = value;
		rules->slot->tts_isnull[column] = isnull;
	}
}

/* ---- rules ---- */

static void
add_problem(const AkRule *rule, const char *key, const char *code, const char *message, AkProblems *problems)
{
	AkProblem  *problem = ak_core_problem(problems, key, ERRCODE_CHECK_VIOLATION, code, "%s", message);

	problem->column = rule->field ? rule->field->column : NULL;
	problem->constraint = rule->name;
}

/* The rule's own words, or the field's for the code, or those given. */
static const char *
words_of(const AkRule *rule, const char *otherwise)
{
	const char *own = rule->field ? ak_validation_own_message(rule->field, rule->code) : NULL;

	return rule->message ? rule->message : own ? own : otherwise;
}

/* {"field": "error", "other": ["error", …]}: what a rule of the row says of several fields. */
static void
add_map(const AkRule *rule, const AkJson *map, AkProblems *problems)
{
	for (int i = 0; i < map->size; i++)
	{
		const AkJson *said = map->items[i];

		for (int j = 0; said->kind == AK_JSON_ARRAY && j < said->size; j++)
			if (said->items[j]->kind == AK_JSON_STRING)
				add_problem(rule, map->keys[i], rule->code, said->items[j]->text, problems);
		if (said->kind == AK_JSON_STRING)
			add_problem(rule, map->keys[i], rule->code, said->text, problems);
	}
}

static void
take_answer(const AkRule *rule, Datum answer, AkProblems *problems)
{
	AkJson	   *json;

	switch (rule->result)
	{
		case BOOLOID:
			if (!DatumGetBool(answer))
				add_problem(rule, rule->key, rule->code,
							words_of(rule, psprintf(rule->field ? "\"%s\" is not valid" : "the row is not valid",
													rule->field ? rule->field->name : "")), problems);
			return;
		case TEXTOID:
			add_problem(rule, rule->key, rule->code, words_of(rule, TextDatumGetCString(answer)), problems);
			return;
		default:
			json = ak_core_json_parse_text(rule->result == JSONOID ? DatumGetTextPP(answer)
										   : cstring_to_text(JsonbToCString(NULL, &DatumGetJsonbP(answer)->root, -1)),
										   "the answer of a rule");
			if (json->kind == AK_JSON_OBJECT)
				add_map(rule, json, problems);
			else if (json->kind == AK_JSON_STRING)
				add_problem(rule, rule->key, rule->code, words_of(rule, json->text), problems);
	}
}

/* ---- transitions ---- */

static bool
names_state(const AkJson *states, const char *state)
{
	for (int i = 0; states && i < states->size; i++)
		if (states->items[i]->kind == AK_JSON_STRING && strcmp(states->items[i]->text, state) == 0)
			return true;
	return false;
}

/* As definitions write it; NULL is no state. */
static char *
state_of(const AkField *field, Datum value, bool isnull)
{
	if (!isnull && field->typid == BOOLOID)
		return DatumGetBool(value) ? "true" : "false";
	return isnull ? NULL : ak_core_output_iso(field->typid, value);
}

static void
test_transition(const AkRules *rules, const AkRule *rule, const AkTriggerRow *row, AkProblems *problems)
{
	int			column = rule->field->attnum - 1;
	char	   *to = state_of(rule->field, rules->slot->tts_values[column], rules->slot->tts_isnull[column]);
	char	   *from = NULL;
	bool		isnull;

	if (to == NULL)
		return;
	if (row != NULL && row->old != NULL)
	{
		Datum		old = ak_model_row_old_value(row, rule->field, &isnull);

		from = state_of(rule->field, old, isnull);
	}
	if (from == NULL)
	{
		bool		fresh = row != NULL ? row->old == NULL && !row->moved : rules->fresh;

		if (fresh && rule->initial != NULL && !names_state(rule->initial, to))
			add_problem(rule, rule->key, rule->code,
						words_of(rule, psprintf("\"%s\" cannot be %s in a new row", rule->field->name, to)), problems);
	}
	else if (strcmp(from, to) != 0 && !names_state(ak_core_json_get(rule->states, from), to))
		add_problem(rule, rule->key, rule->code,
					words_of(rule, psprintf("\"%s\" cannot go from %s to %s", rule->field->name, from, to)), problems);
}

void
ak_validation_test(const AkRules *rules, const AkRule *rule, const AkTriggerRow *row, AkProblems *problems)
{
	bool		isnull;
	Datum		answer;

	if (rule->when != NULL && (!DatumGetBool(ExecEvalExpr(rule->when, rules->econtext, &isnull)) || isnull))
		return;
	if (rule->kind == AK_RULE_TRANSITION)
	{
		test_transition(rules, rule, row, problems);
		return;
	}
	/* A function of a value is not asked about NULL. */
	if (rule->kind == AK_RULE_CALL && rule->of_value && rules->slot->tts_isnull[rule->field->attnum - 1])
		return;
	answer = ExecEvalExpr(rule->test, rules->econtext, &isnull);
	if (isnull)
		return;
	if (rule->kind == AK_RULE_CALL)
		take_answer(rule, answer, problems);
	else if (!DatumGetBool(answer))
		add_problem(rule, rule->key, rule->code, words_of(rule, psprintf("the row breaks the rule \"%s\"", rule->name)),
					problems);
}

typedef struct AkKeeping
{
	AkRules    *rules;
	AkTriggerRow *row;
	AkProblems	problems;
} AkKeeping;

static void
keep(void *arg)
{
	AkKeeping  *keeping = arg;
	AkRules    *rules = keeping->rules;
	AkTriggerRow *row = keeping->row;
	ListCell   *cell;
	bool		movable = rules->initial && row->rel->rd_rel->relispartition;

	ResetExprContext(rules->econtext);
	ak_model_fill_slot(rules->slot, row);
	rules->econtext->ecxt_scantuple = rules->slot;
	row->moved = movable && row->old == NULL && ak_validation_is_moved(rules, row);
	normalize(rules, row);
	ak_validation_compute(rules, NULL);
	foreach(cell, rules->kept)
		ak_validation_test(rules, lfirst(cell), row, &keeping->problems);
	if (movable && row->old != NULL)
		ak_validation_note_update(rules, row);
}

static void
apply(AkTriggerRow *row)
{
	AkKeeping	keeping = {.rules = ak_validation_rules(row->model), .row = row};

	if (keeping.rules->normalizers == NIL && keeping.rules->kept == NIL)
		return;
	ak_model_use(&keeping.rules->kept_for, keep, &keeping);
	ak_core_problems_raise(&keeping.problems, row->model->app, row->model->table);
}

static void
needs(const AkModel *model, bool *insert, bool *update)
{
	if (ak_validation_has_kept_rules(model))
		*insert = *update = true;
}

const AkRowRules ak_validation_row_rules = {needs, apply};
