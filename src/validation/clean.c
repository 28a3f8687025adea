/*
 * clean.c
 *		Documents: what is wrong with a row before it is written, and the words
 *		for what PostgreSQL says of it after all.
 *
 * The CHECKs of the table are run on what is known of the row (its values, and
 * constants that are defaults), so that all that is wrong with a document is
 * said together; a rule over what is not known yet is left to the table.  So
 * is everything where a BEFORE trigger of the owner's may still change the row.
 */
#include "postgres.h"

#include "executor/executor.h"

#include "validation/internal.h"

/* ---- the row in the slot ---- */

static void
load_defaults(AkRules *rules)
{
	TupleTableSlot *slot = rules->slot;

	for (int i = 0; i < slot->tts_tupleDescriptor->natts; i++)
	{
		rules->known[i] = rules->default_kinds[i] != '?';
		slot->tts_values[i] = rules->defaults[i];
		slot->tts_isnull[i] = rules->default_kinds[i] != 'c';
	}
}

/* A slug that is made of another field is not known before. */
static void
forget_filled(AkRules *rules, const AkModel *model)
{
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->attnum > 0 && ak_model_filled_from(model->fields[i]) != NULL)
			rules->known[model->fields[i]->attnum - 1] = false;
}

/* What a document names has its value or, where that does not fit or is set later, none that is known.  A kept shape has all values. */
static void
forget_named(AkRules *rules, AkRow *row)
{
	rules->whole = true;
	for (int i = 0; row->named && i < row->model->nfields; i++)
	{
		const AkField *field = row->model->fields[i];

		if (!row->named[i] || field->attnum <= 0)
			continue;
		rules->known[field->attnum - 1] = false;
		rules->whole = rules->whole && ak_query_row_value(row, field) != NULL;
	}
}

/* Does the document say which row it is? */
static bool
names_key(const AkRow *row)
{
	for (int i = 0; i < row->count; i++)
		if (row->fields[i]->is_key)
			return true;
	return false;
}

static void
load(AkRules *rules, AkRow *row, bool fresh)
{
	TupleTableSlot *slot = rules->slot;

	ExecClearTuple(slot);
	if (fresh)
		load_defaults(rules);
	else
	{
		memset(rules->known, false, slot->tts_tupleDescriptor->natts);
		memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts);
	}
	forget_named(rules, row);
	for (int i = 0; i < row->count; i++)
	{
		const AkField *field = row->fields[i];
		int			column = field->attnum - 1;

		slot->tts_values[column] = row->values[i].datum;
		slot->tts_isnull[column] = row->values[i].isnull;
		rules->known[column] = row->values[i].type == field->typid;
	}
	forget_filled(rules, row->model);
	rules->fresh = fresh && !names_key(row);
	ExecStoreVirtualTuple(slot);
	rules->econtext->ecxt_scantuple = slot;
}

/* ---- what is wrong with it ---- */

static void
normalize(AkRules *rules, AkRow *row)
{
	ListCell   *cell;

	foreach(cell, rules->normalizers)
	{
		const AkNormalizer *normalizer = lfirst(cell);
		AkValue    *value = ak_query_row_value(row, normalizer->field);

		if (value == NULL || value->isnull || !rules->known[normalizer->field->attnum - 1])
			continue;
		if (!ak_validation_normalized(rules, normalizer, &value->datum, &value->isnull))
			continue;
		rules->slot->tts_values[normalizer->field->attnum - 1] = value->datum;
		rules->slot->tts_isnull[normalizer->field->attnum - 1] = value->isnull;
	}
}

static bool
is_known(const AkRules *rules, const AkRule *rule)
{
	for (int i = 0; i < rule->ncolumns; i++)
		if (rule->columns[i] <= 0 || !rules->known[rule->columns[i] - 1])
			return false;
	return true;
}

void
ak_validation_broken(const AkRule *rule, int sqlstate, AkProblems *problems)
{
	AkProblem  *problem = ak_core_problem(problems, rule->key, sqlstate, rule->code, "%s", rule->message);

	problem->column = rule->field ? rule->field->column : NULL;
	problem->constraint = rule->name;
}

static void
test_checks(const AkRules *rules, AkProblems *problems)
{
	ListCell   *cell;

	foreach(cell, rules->constraints)
	{
		const AkRule *rule = lfirst(cell);
		bool		isnull;

		if (rule->kind == AK_RULE_CHECK && is_known(rules, rule) &&
			!DatumGetBool(ExecEvalExpr(rule->test, rules->econtext, &isnull)) && !isnull)
			ak_validation_broken(rule, ERRCODE_CHECK_VIOLATION, problems);
	}
}

/* Is known what a rule of the trigger asks about?  A function of the row asks about all that a document may say. */
static bool
may_test(const AkRules *rules, const AkRule *rule, bool fresh)
{
	if (rule->kind == AK_RULE_CONDITION)
		return is_known(rules, rule);
	if (rule->of_value || rule->kind == AK_RULE_TRANSITION)
		return rules->known[rule->field->attnum - 1];
	return fresh && rules->whole;
}

/* The field's own texts for problems that were found before. */
static void
use_own_messages(const AkModel *model, AkProblems *problems)
{
	ListCell   *cell;

	foreach(cell, problems->list)
	{
		AkProblem  *problem = lfirst(cell);
		const AkField *field = problem->constraint ? NULL : ak_model_field(model, problem->field);
		const char *own = field ? ak_validation_own_message(field, problem->code) : NULL;

		if (own != NULL)
			problem->message = pstrdup(own);
	}
}

static void
test_kept(const AkRules *rules, bool fresh, AkProblems *problems)
{
	ListCell   *cell;

	foreach(cell, rules->kept)
		if (may_test(rules, lfirst(cell), fresh))
			ak_validation_test(rules, lfirst(cell), NULL, problems);
}

void
ak_validation_test_all(const AkRules *rules, AkProblems *problems)
{
	test_checks(rules, problems);
	test_kept(rules, true, problems);
}

static void
begin(AkRules *rules, AkRow *row, bool fresh, AkProblems *problems)
{
	ResetExprContext(rules->econtext);
	load(rules, row, fresh);
	normalize(rules, row);
	use_own_messages(row->model, problems);
}

typedef struct AkCleaning
{
	AkRules    *rules;
	AkRow	   *row;
	bool		fresh;
	AkFurtherTest further;
	AkProblems *problems;
} AkCleaning;

static void
test(void *arg)
{
	AkCleaning *c = arg;

	begin(c->rules, c->row, c->fresh, c->problems);
	if (ak_query_triggers_fill(c->row->model, !c->fresh))
		return;
	ak_validation_compute(c->rules, c->rules->known);
	test_checks(c->rules, c->problems);
	/* Where nothing is wrong so far, the trigger says what its own rules find, all together. */
	if (c->problems->list != NIL)
		test_kept(c->rules, c->fresh, c->problems);
}

static void
test_all(void *arg)
{
	AkCleaning *c = arg;

	begin(c->rules, c->row, c->fresh, c->problems);
	ak_validation_compute(c->rules, c->rules->known);
	test_checks(c->rules, c->problems);
	test_kept(c->rules, c->fresh, c->problems);
	c->further(c->row->model, c->rules, c->problems);
}

static void
clean(AkRow *row, bool fresh, AkProblems *problems)
{
	AkRules    *rules = ak_validation_all_rules(row->model);
	AkCleaning	cleaning = {rules, row, fresh, NULL, problems};

	if (rules->nchecks > 0 || rules->normalizers != NIL || problems->list != NIL)
		ak_model_use(&rules->kept_for, test, &cleaning);
}

void
ak_validation_clean_all(AkRow *row, bool fresh, AkFurtherTest further, AkProblems *problems)
{
	AkRules    *rules = ak_validation_all_rules(row->model);
	AkCleaning	cleaning = {rules, row, fresh, further, problems};

	ak_model_use(&rules->kept_for, test_all, &cleaning);
}

/* ---- native violations ---- */

/* Another table may be written meanwhile, by a trigger. */
static bool
is_of_table(const AkModel *model, const ErrorData *error)
{
	return error->table_name != NULL && error->schema_name != NULL && strcmp(error->table_name, model->table) == 0 &&
		strcmp(error->schema_name, model->app) == 0;
}

/* In any role's list: they say the same of constraints. */
static const AkRule *
find_constraint(const AkModel *model, const ErrorData *error)
{
	ListCell   *cell;

	if (error->constraint_name == NULL || !is_of_table(model, error))
		return NULL;
	for (const AkForRole *one = model->rules; one; one = one->next)
		foreach(cell, ((const AkRules *) one)->constraints)
			if (strcmp(((AkRule *) lfirst(cell))->name, error->constraint_name) == 0)
				return lfirst(cell);
	return NULL;
}

static const AkField *
field_of_column(const AkModel *model, const char *column)
{
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->column != NULL && strcmp(model->fields[i]->column, column) == 0)
			return model->fields[i];
	return NULL;
}

static void
say(ErrorData *error, const char *key, const char *code, const char *message)
{
	AkProblems	problems = {0};

	ak_core_problem(&problems, key, error->sqlerrcode, code, "%s", message);
	error->message = pstrdup(message);
	error->detail = ak_core_problems_text(&problems);
}

/* NOT NULL has a column, and a constraint in newer servers alone. */
static void
translate_null(const AkModel *model, ErrorData *error)
{
	const AkField *field = error->column_name ? field_of_column(model, error->column_name) : NULL;
	const char *own;

	if (field == NULL || !is_of_table(model, error))
		return;
	own = ak_validation_own_message(field, "null");
	say(error, field->json_name, "null", own ? own : psprintf("\"%s\" must not be null", field->name));
}

static void
translate(const AkModel *model, ErrorData *error)
{
	const AkRule *rule;

	if (error->sqlerrcode == ERRCODE_NOT_NULL_VIOLATION)
	{
		translate_null(model, error);
		return;
	}
	if (error->sqlerrcode != ERRCODE_UNIQUE_VIOLATION && error->sqlerrcode != ERRCODE_CHECK_VIOLATION &&
		error->sqlerrcode != ERRCODE_EXCLUSION_VIOLATION && error->sqlerrcode != ERRCODE_FOREIGN_KEY_VIOLATION)
		return;
	rule = find_constraint(model, error);
	if (rule != NULL)
		say(error, rule->key, rule->code, rule->message);
}

const AkWriteGuard ak_validation_guard = {clean, translate};
