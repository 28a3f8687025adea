/*
 * full_clean.c
 *		Rules without writes: full_clean() of a document, check_existing() of rows.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/table.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "validation/internal.h"

PG_FUNCTION_INFO_V1(ak_validation_full_clean);
PG_FUNCTION_INFO_V1(ak_validation_check_existing);

/* ---- what other rows say ---- */

static bool
see_one(TupleTableSlot *row, void *arg)
{
	return false;
}

/* Are all columns of the rule known, and none of them null? */
static bool
is_whole(const AkRules *rules, const AkRule *rule)
{
	for (int i = 0; i < rule->ncolumns; i++)
		if (rule->columns[i] <= 0 || !rules->known[rule->columns[i] - 1] ||
			rules->slot->tts_isnull[rule->columns[i] - 1])
			return false;
	return true;
}

/* column = value, of the row in the slot */
static void
write_equal(AkStatement *st, const AkRules *rules, const char *column, AttrNumber number)
{
	Oid			type = TupleDescAttr(rules->slot->tts_tupleDescriptor, number - 1)->atttypid;

	appendStringInfo(&st->sql, "%s ", column);
	ak_core_operator(&st->sql, ak_core_btree_operator(type, BTEqualStrategyNumber));
	appendStringInfoChar(&st->sql, ' ');
	ak_core_bind(st, type, rules->slot->tts_values[number - 1], false);
}

/* Leaves the row itself out, where the document says which that is. */
static void
write_others(AkStatement *st, const AkModel *model, const AkRules *rules)
{
	for (int i = 0; i < model->nkeys; i++)
		if (!rules->known[model->keys[i]->attnum - 1] || rules->slot->tts_isnull[model->keys[i]->attnum - 1])
			return;
	for (int i = 0; i < model->nkeys; i++)
	{
		appendStringInfoString(&st->sql, i ? " AND " : " AND NOT (");
		write_equal(st, rules, psprintf("t0.%s", ak_core_quote(model->keys[i]->column)), model->keys[i]->attnum);
	}
	appendStringInfoString(&st->sql, model->nkeys > 0 ? ")" : "");
}

static bool
is_own_key(const AkModel *model, const AkRule *rule)
{
	if (rule->ncolumns != model->nkeys)
		return false;
	for (int i = 0; i < rule->ncolumns; i++)
		if (rule->columns[i] != model->keys[i]->attnum)
			return false;
	return true;
}

/* Is there a row with the same values?  One that the caller may see. */
static bool
is_taken(const AkModel *model, const AkRules *rules, const AkRule *rule)
{
	int			level = ak_model_pin_search_path();
	AkStatement st;
	bool		found;

	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "SELECT 1 FROM %s AS t0 WHERE ", model->sql_name);
	for (int i = 0; i < rule->ncolumns; i++)
	{
		Form_pg_attribute column = TupleDescAttr(rules->slot->tts_tupleDescriptor, rule->columns[i] - 1);

		appendStringInfoString(&st.sql, i ? " AND " : "");
		write_equal(&st, rules, psprintf("t0.%s", ak_core_quote(NameStr(column->attname))), rule->columns[i]);
	}
	if (rule->predicate != NULL)
		appendStringInfo(&st.sql, " AND (%s)", rule->predicate);
	write_others(&st, model, rules);
	appendStringInfoString(&st.sql, " LIMIT 1");
	found = ak_core_run(&st, AK_RUN_READ, see_one, NULL) > 0;
	ak_model_unpin_search_path(level);
	return found;
}

/* Is the row that a foreign key names there? */
static bool
is_there(const AkRules *rules, const AkRule *rule)
{
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "SELECT 1 FROM %s AS t0 WHERE ",
					 ak_core_qualified(get_namespace_name(get_rel_namespace(rule->target)), get_rel_name(rule->target)));
	for (int i = 0; i < rule->ncolumns; i++)
	{
		appendStringInfoString(&st.sql, i ? " AND " : "");
		write_equal(&st, rules, psprintf("t0.%s", ak_core_quote(get_attname(rule->target, rule->target_columns[i], false))),
					rule->columns[i]);
	}
	appendStringInfoString(&st.sql, " LIMIT 1");
	return ak_core_run(&st, AK_RUN_READ, see_one, NULL) > 0;
}

/* Does the condition of a partial index hold for the row?  What is not known yet does not count. */
static bool
applies(const AkRules *rules, const AkRule *rule)
{
	bool		isnull;

	if (rule->when == NULL)
		return true;
	return DatumGetBool(ExecEvalExpr(rule->when, rules->econtext, &isnull)) && !isnull;
}

static void
test_keys(const AkModel *model, const AkRules *rules, AkProblems *problems)
{
	ListCell   *cell;

	foreach(cell, rules->constraints)
	{
		const AkRule *rule = lfirst(cell);

		if (!is_whole(rules, rule))
			continue;
		if (rule->kind == AK_RULE_UNIQUE && !is_own_key(model, rule) && applies(rules, rule) && is_taken(model, rules, rule))
			ak_validation_broken(rule, ERRCODE_UNIQUE_VIOLATION, problems);
		if (rule->kind == AK_RULE_FOREIGN_KEY && !is_there(rules, rule))
			ak_validation_broken(rule, ERRCODE_FOREIGN_KEY_VIOLATION, problems);
	}
}

/* ---- full_clean ---- */

/* full_clean(model, doc, partial) → {} or field → [{code, message}]. */
Datum
ak_validation_full_clean(PG_FUNCTION_ARGS)
{
	AkModel    *model = ak_model_resolve(ak_model_registry(), ak_core_arg_cstring(fcinfo, 0, "model"));
	AkJson	   *document = ak_core_arg_json(fcinfo, 1, "doc");
	AkProblems	problems = {0};
	bool		partial;
	AkRow		row;

	if (PG_ARGISNULL(2))
		ak_core_null_argument("partial");
	partial = PG_GETARG_BOOL(2);
	ak_core_json_expect(document, AK_JSON_OBJECT, "argument \"doc\"");
	ak_query_read_row(model, document, &row, &problems);
	if (partial)
		ak_query_refuse_nulls(&row, &problems);
	else
		ak_query_require(&row, &problems);
	ak_validation_clean_all(&row, !partial, test_keys, &problems);
	PG_RETURN_TEXT_P(cstring_to_text(ak_core_problems_text(&problems)));
}

/* ---- check_existing ---- */

typedef struct AkSurvey
{
	AkModel    *model;
	AkRules    *rules;
	ReturnSetInfo *result;
	AkStatement statement;
	int			ncolumns;
	AttrNumber *columns;		/* of the row that is read, by their numbers in the table */
} AkSurvey;

static Datum
key_of(const AkSurvey *survey)
{
	const AkModel *model = survey->model;
	const TupleTableSlot *slot = survey->rules->slot;
	AkJson	   *key = ak_core_json_object();

	for (int i = 0; i < model->nkeys; i++)
	{
		int			column = model->keys[i]->attnum - 1;
		AkJson	   *value = ak_model_value_to_json(model->keys[i]->typid, slot->tts_values[column], slot->tts_isnull[column]);

		if (model->nkeys == 1)
			return PointerGetDatum(ak_core_json_to_text(value));
		ak_core_json_put(key, model->keys[i]->json_name, value);
	}
	return PointerGetDatum(ak_core_json_to_text(key));
}

static void
put_problem(const AkSurvey *survey, const AkProblem *problem)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	values[0] = key_of(survey);
	nulls[0] = survey->model->nkeys == 0;
	values[1] = CStringGetTextDatum(problem->field);
	values[2] = CStringGetTextDatum(problem->code);
	values[3] = CStringGetTextDatum(problem->message);
	nulls[4] = problem->constraint == NULL;
	values[4] = nulls[4] ? (Datum) 0 : CStringGetTextDatum(problem->constraint);
	tuplestore_putvalues(survey->result->setResult, survey->result->setDesc, values, nulls);
}

static bool
survey_row(TupleTableSlot *row, void *arg)
{
	AkSurvey   *survey = arg;
	TupleTableSlot *slot = survey->rules->slot;
	AkProblems	problems = {0};
	ListCell   *cell;

	CHECK_FOR_INTERRUPTS();
	ResetExprContext(survey->rules->econtext);
	ExecClearTuple(slot);
	survey->rules->fresh = false;
	memset(slot->tts_isnull, true, slot->tts_tupleDescriptor->natts);
	slot_getallattrs(row);
	for (int i = 0; i < survey->ncolumns; i++)
	{
		slot->tts_values[survey->columns[i] - 1] = row->tts_values[i];
		slot->tts_isnull[survey->columns[i] - 1] = row->tts_isnull[i];
		survey->rules->known[survey->columns[i] - 1] = true;
	}
	ExecStoreVirtualTuple(slot);
	survey->rules->econtext->ecxt_scantuple = slot;
	ak_validation_test_all(survey->rules, &problems);
	foreach(cell, problems.list)
		put_problem(survey, lfirst(cell));
	return true;
}

/* Reads every column of the table, in the order of their numbers. */
static void
write_select(AkStatement *st, AkSurvey *survey)
{
	TupleDesc	desc = survey->rules->slot->tts_tupleDescriptor;

	survey->columns = palloc(sizeof(AttrNumber) * desc->natts);
	appendStringInfoString(&st->sql, "SELECT ");
	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		appendStringInfo(&st->sql, "%st0.%s", survey->ncolumns ? ", " : "",
						 ak_core_quote(NameStr(TupleDescAttr(desc, i)->attname)));
		survey->columns[survey->ncolumns++] = i + 1;
	}
	appendStringInfo(&st->sql, " FROM %s AS t0", survey->model->sql_name);
	for (int i = 0; i < survey->model->nkeys; i++)
		appendStringInfo(&st->sql, "%st0.%s", i ? ", " : " ORDER BY ", ak_core_quote(survey->model->keys[i]->column));
}

static void
run_survey(void *arg)
{
	AkSurvey   *survey = arg;

	ak_core_run(&survey->statement, AK_RUN_READ, survey_row, survey);
}

/* check_existing(model) → the rows that break a rule, as far as the caller sees them. */
Datum
ak_validation_check_existing(PG_FUNCTION_ARGS)
{
	AkSurvey	survey = {.result = (ReturnSetInfo *) fcinfo->resultinfo};

	survey.model = ak_model_resolve(ak_model_registry(), ak_core_arg_cstring(fcinfo, 0, "model"));
	if (survey.model->relid == InvalidOid)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("model \"%s\" has no table", survey.model->label)));
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	survey.rules = ak_validation_all_rules(survey.model);
	ak_core_statement_init(&survey.statement);
	write_select(&survey.statement, &survey);
	ak_model_use(&survey.rules->kept_for, run_survey, &survey);
	return (Datum) 0;
}
