/*
 * change.c
 *		The operations that give rules to a live model and take them away.
 *
 *		add_validator, remove_validator		of a field
 *		add_rule, remove_rule				of the row
 *
 * A new rule looks at the rows that are there unless it is told not to; then
 * it holds for what is written from now on, until validate_rules() has looked.
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "validation/internal.h"

PG_FUNCTION_INFO_V1(ak_validation_add_validator);
PG_FUNCTION_INFO_V1(ak_validation_remove_validator);
PG_FUNCTION_INFO_V1(ak_validation_add_rule);
PG_FUNCTION_INFO_V1(ak_validation_remove_rule);
PG_FUNCTION_INFO_V1(ak_validation_validate_rules);

static const AkJson *
member(const AkJson *op, const char *key)
{
	const AkJson *value = ak_core_json_get(op, key);

	return value ? value : ak_core_json_null();
}

/* A list that is an option, as a new one to be changed. */
static AkJson *
list_of(const AkJson *options, const char *name)
{
	const AkJson *list = ak_core_json_get(options, name);

	return list != NULL && list->kind == AK_JSON_ARRAY ? ak_core_json_copy(list) : ak_core_json_array();
}

/* The place of a rule in a list; -1: it is not there. */
static int
place_of(const AkJson *list, const char *name)
{
	for (int i = 0; i < list->size; i++)
	{
		const char *other = list->items[i]->kind == AK_JSON_OBJECT ? ak_core_json_get_string(list->items[i], "name") : NULL;

		if (other != NULL && strcmp(other, name) == 0)
			return i;
	}
	return -1;
}

static AkJson *
without(const AkJson *list, int place)
{
	AkJson	   *out = ak_core_json_array();

	for (int i = 0; i < list->size; i++)
		if (i != place)
			ak_core_json_push(out, list->items[i]);
	return out;
}

/* The list with another member where the operation wants it, at the end unless it says so; and its place. */
static int
insert(AkJson *list, const AkJson *item, const AkJson *op)
{
	int			place = Min(ak_core_json_get_integer(op, "position", list->size), list->size);

	ak_core_json_push(list, unconstify(AkJson *, item));
	for (int i = list->size - 1; i > place; i--)
		list->items[i] = list->items[i - 1];
	list->items[place] = unconstify(AkJson *, item);
	return place;
}

/* Where it stood, for what brings it back; the end is said by nothing. */
static void
put_position(AkJson *undo, const AkJson *list, int place)
{
	if (place < list->size - 1)
		ak_core_json_put(undo, "position", ak_core_json_integer(place));
}

static void
no_rule(const AkJson *list, const char *name, const char *of)
{
	List	   *names = NIL;

	for (int i = 0; i < list->size; i++)
		if (ak_core_json_get_string(list->items[i], "name") != NULL)
			names = lappend(names, ak_core_json_get_string(list->items[i], "name"));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("%s has no rule \"%s\"", of, name),
			 ak_core_hint_nearest(name, names)));
}

/* An option that is to be a list; without members it is none. */
static AkJson *
option(const char *name, AkJson *list)
{
	AkJson	   *options = ak_core_json_object();

	ak_core_json_put(options, name, list->size > 0 ? list : ak_core_json_null());
	return options;
}

/* ---- validators of a field ---- */

static void
refuse_part(const AkField *field)
{
	if (field->column == NULL || field->attnum == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" has no column, and takes no validators", field->name)));
}

static AkJson *
run_add_validator(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkField    *field = ak_model_op_field(op, model);
	AkJson	   *list = list_of(field->options, "validators");
	AkJson	   *undo = ak_model_new_operation("remove_validator", model->label);
	const AkField *now;
	int			place;

	refuse_part(field);
	place = insert(list, member(op, "validator"), op);
	ak_model_alter_options(field, option("validators", list), ak_core_json_get_bool(op, "valid", true));
	now = ak_model_op_field(op, ak_model_op_model(op));
	list = list_of(now->options, "validators");
	ak_core_json_put(undo, "field", ak_core_json_string(field->name));
	ak_core_json_put(undo, "name", ak_core_json_get(list->items[place], "name"));
	return undo;
}

/* Is it a constraint that has not looked at the rows that were there? */
static bool
is_left_alone(const AkModel *model, const char *constraint)
{
	Oid			id = get_relation_constraint_oid(model->relid, constraint, true);
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(id));
	bool		result = HeapTupleIsValid(tuple) && !((Form_pg_constraint) GETSTRUCT(tuple))->convalidated;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return result;
}

static AkJson *
run_remove_validator(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkField    *field = ak_model_op_field(op, model);
	const char *name = ak_model_op_word(op, "name");
	AkJson	   *list = list_of(field->options, "validators");
	AkJson	   *undo = ak_model_new_operation("add_validator", model->label);
	int			place = place_of(list, name);

	if (place < 0)
		no_rule(list, name, psprintf("field \"%s\"", field->name));
	ak_core_json_put(undo, "field", ak_core_json_string(field->name));
	ak_core_json_put(undo, "validator", list->items[place]);
	put_position(undo, list, place);
	if (is_left_alone(model, ak_model_object_name(model->table, field->name, name)))
		ak_core_json_put(undo, "valid", ak_core_json_bool(false));
	ak_model_alter_options(field, option("validators", without(list, place)), true);
	return undo;
}

/* ---- rules of the row ---- */

/* What a constraint says, kept; null: nothing of its own any more. */
static void
keep_message(AkModel *model, const char *constraint, AkJson *said)
{
	AkJson	   *changes = ak_core_json_object();
	const AkJson *before = ak_core_json_get(model->meta, "constraint_messages");
	AkJson	   *messages = before ? ak_core_json_copy(before) : ak_core_json_object();

	if (said != NULL)
		ak_core_json_put(messages, constraint, said);
	else
		ak_core_json_remove(messages, constraint);
	ak_core_json_put(changes, "constraint_messages", messages->size > 0 ? messages : ak_core_json_null());
	ak_model_alter_registered_meta(model, changes);
}

static void
add_constraint(AkModel *model, const AkValidator *rule, bool valid)
{
	AkJson	   *op = ak_model_new_operation("add_constraint", model->label);
	AkJson	   *constraint = ak_validation_constraint(rule);

	if (!valid && strcmp(rule->kind, "check") != 0)
		ak_validation_bad(rule, "looks at all rows");
	if (!valid)
		ak_core_json_put(constraint, "valid", ak_core_json_bool(false));
	ak_core_json_put(op, "constraint", constraint);
	(void) ak_model_apply(op);
	if (ak_validation_message_of(rule) != NULL)
		keep_message(ak_model_find(ak_model_registry(), model->app, model->name), rule->name,
					 ak_validation_message_of(rule));
}

static AkJson *
run_add_rule(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkModelDef *def = ak_model_definition_of(model);
	AkValidator *rule = ak_validation_read_rule(member(op, "rule"), def);
	AkJson	   *list = list_of(model->meta, "rules");
	AkJson	   *undo = ak_model_new_operation("remove_rule", model->label);

	if (ak_validation_is_constraint(def, rule))
		add_constraint(model, rule, ak_core_json_get_bool(op, "valid", true));
	else
	{
		insert(list, ak_validation_keep_rule(def, rule, list), op);
		ak_model_alter_registered_meta(model, option("rules", list));
	}
	ak_core_json_put(undo, "name", ak_core_json_string(rule->name));
	return undo;
}

/* Gives what undoes it, with the constraint's words. */
static AkJson *
remove_constraint(AkModel *model, const char *name)
{
	AkJson	   *op = ak_model_new_operation("remove_constraint", model->label);
	const AkJson *messages = ak_core_json_get(model->meta, "constraint_messages");
	AkJson	   *said = messages ? ak_core_json_get(messages, name) : NULL;
	AkJson	   *steps = ak_core_json_array();
	AkJson	   *words = ak_model_new_operation("alter_meta", model->label);
	AkJson	   *meta = ak_core_json_object();

	ak_core_json_put(op, "name", ak_core_json_string(name));
	ak_core_json_push(steps, ak_model_apply(op));
	if (said == NULL)
		return ak_model_sequence(steps);
	ak_core_json_put(meta, "constraint_messages", unconstify(AkJson *, messages));
	ak_core_json_put(words, "meta", meta);
	ak_core_json_push(steps, words);
	keep_message(ak_model_find(ak_model_registry(), model->app, model->name), name, NULL);
	return ak_model_sequence(steps);
}

static AkJson *
run_remove_rule(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	const char *name = ak_model_op_word(op, "name");
	AkJson	   *list = list_of(model->meta, "rules");
	AkJson	   *undo;
	int			place = place_of(list, name);

	if (place < 0)
		return remove_constraint(model, name);
	undo = ak_model_new_operation("add_rule", model->label);
	ak_core_json_put(undo, "rule", list->items[place]);
	put_position(undo, list, place);
	ak_model_alter_registered_meta(model, option("rules", without(list, place)));
	return undo;
}

static const char *const add_validator_keys[] = {"model", "field", "validator", "valid", "position", NULL};
static const char *const remove_validator_keys[] = {"model", "field", "name", NULL};
static const char *const add_rule_keys[] = {"model", "rule", "valid", "position", NULL};
static const char *const remove_rule_keys[] = {"model", "name", NULL};

static const AkOperation operations[] = {
	{"add_validator", add_validator_keys, run_add_validator, NULL},
	{"remove_validator", remove_validator_keys, run_remove_validator, NULL},
	{"add_rule", add_rule_keys, run_add_rule, NULL},
	{"remove_rule", remove_rule_keys, run_remove_rule, NULL},
};

void
ak_validation_operations_init(void)
{
	for (int i = 0; i < lengthof(operations); i++)
		ak_model_register_operation(&operations[i]);
}

/* ---- SQL ---- */

static AkJson *
operation(FunctionCallInfo fcinfo, const char *name)
{
	return ak_model_new_operation(name, ak_core_arg_cstring(fcinfo, 0, "model"));
}

static void
put_word(AkJson *op, FunctionCallInfo fcinfo, int n, const char *name)
{
	ak_core_json_put(op, name, ak_core_json_string(ak_core_arg_cstring(fcinfo, n, name)));
}

static void
put_valid(AkJson *op, FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n))
		ak_core_null_argument("valid");
	ak_core_json_put(op, "valid", ak_core_json_bool(PG_GETARG_BOOL(n)));
}

/* The name that the rule has now. */
static Datum
run(AkJson *op)
{
	AkJson	   *undo = ak_model_apply(op);

	PG_RETURN_TEXT_P(cstring_to_text(ak_core_json_get_string(undo, "name")));
}

/* add_validator(model, field, validator, valid) → its name. */
Datum
ak_validation_add_validator(PG_FUNCTION_ARGS)
{
	AkJson	   *op = operation(fcinfo, "add_validator");

	put_word(op, fcinfo, 1, "field");
	ak_core_json_put(op, "validator", ak_core_arg_json(fcinfo, 2, "validator"));
	put_valid(op, fcinfo, 3);
	return run(op);
}

/* remove_validator(model, field, name) */
Datum
ak_validation_remove_validator(PG_FUNCTION_ARGS)
{
	AkJson	   *op = operation(fcinfo, "remove_validator");

	put_word(op, fcinfo, 1, "field");
	put_word(op, fcinfo, 2, "name");
	(void) ak_model_apply(op);
	PG_RETURN_VOID();
}

/* add_rule(model, rule, valid) → its name. */
Datum
ak_validation_add_rule(PG_FUNCTION_ARGS)
{
	AkJson	   *op = operation(fcinfo, "add_rule");

	ak_core_json_put(op, "rule", ak_core_arg_json(fcinfo, 1, "rule"));
	put_valid(op, fcinfo, 2);
	return run(op);
}

/* remove_rule(model, name) */
Datum
ak_validation_remove_rule(PG_FUNCTION_ARGS)
{
	AkJson	   *op = operation(fcinfo, "remove_rule");

	put_word(op, fcinfo, 1, "name");
	(void) ak_model_apply(op);
	PG_RETURN_VOID();
}

static bool
take_name(TupleTableSlot *row, void *arg)
{
	List	  **names = arg;
	bool		isnull;

	*names = lappend(*names, TextDatumGetCString(slot_getattr(row, 1, &isnull)));
	return true;
}

/* validate_rules(model) → the constraints that were not valid, and are now that all rows keep them. */
Datum
ak_validation_validate_rules(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	AkModel    *model = ak_model_resolve(ak_model_registry(), ak_core_arg_cstring(fcinfo, 0, "model"));
	List	   *names = NIL;
	AkStatement st;
	ListCell   *cell;

	ak_model_require_owner(model);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, "SELECT conname::pg_catalog.text FROM pg_catalog.pg_constraint WHERE NOT convalidated"
						   " AND conrelid OPERATOR(pg_catalog.=) ");
	ak_core_bind(&st, OIDOID, ObjectIdGetDatum(model->relid), false);
	appendStringInfoString(&st.sql, " ORDER BY 1");
	ak_core_run(&st, 0, take_name, &names);
	foreach(cell, names)
	{
		Datum		values[1] = {CStringGetTextDatum(lfirst(cell))};
		bool		nulls[1] = {false};

		ak_core_ddl("ALTER TABLE %s VALIDATE CONSTRAINT %s", model->sql_name, ak_core_quote(lfirst(cell)));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
