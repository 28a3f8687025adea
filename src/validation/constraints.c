/*
 * constraints.c
 *		The constraints of a model's table, and what a document is told of each.
 *
 * They are read from the table, made by a definition or by hand; which field
 * each belongs to, and what it says when it is broken, comes from the
 * definition where that promises it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "validation/internal.h"

/* ---- whose it is ---- */

/* The columns that an expression reads; 0 is the whole row. */
void
ak_validation_read_columns(AkRule *rule, Node *expression)
{
	Bitmapset  *columns = NULL;
	int			column = -1;

	pull_varattnos(expression, 1, &columns);
	rule->columns = palloc(sizeof(AttrNumber) * Max(bms_num_members(columns), 1));
	while ((column = bms_next_member(columns, column)) >= 0)
		rule->columns[rule->ncolumns++] = column + FirstLowInvalidHeapAttributeNumber;
}

static bool
reads(const AkRule *rule, AttrNumber column)
{
	for (int i = 0; i < rule->ncolumns; i++)
		if (rule->columns[i] == column)
			return true;
	return false;
}

/* Are the field's parts just the columns, in their order? */
static bool
stands_for(const AkField *field, const AkRule *rule)
{
	ListCell   *cell;

	if (list_length(field->parts) != rule->ncolumns)
		return false;
	foreach(cell, field->parts)
		if (((AkField *) lfirst(cell))->attnum != rule->columns[foreach_current_index(cell)])
			return false;
	return true;
}

/* The field that the columns are, where there is one. */
static const AkField *
only_field(const AkModel *model, const AkRule *rule)
{
	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *field = model->fields[i];

		if (field->parts != NIL ? stands_for(field, rule) : rule->ncolumns == 1 && field->attnum == rule->columns[0])
			return field;
	}
	return NULL;
}

/* What the model says of a constraint, an object; NULL: nothing. */
static const AkJson *
said_of(const AkModel *model, const char *constraint)
{
	const AkJson *messages = ak_core_json_get(model->meta, "constraint_messages");
	const AkJson *said = messages != NULL && messages->kind == AK_JSON_OBJECT ? ak_core_json_get(messages, constraint) : NULL;

	return said != NULL && said->kind == AK_JSON_OBJECT ? said : NULL;
}

static void
take_words(const AkModel *model, AkRule *rule)
{
	const AkJson *source = said_of(model, rule->name);

	if (source == NULL)
		return;
	if (ak_validation_field_said(model, source) != NULL)
		rule->field = ak_validation_field_said(model, source);
	if (ak_core_json_get_string(source, "code") != NULL)
		rule->code = ak_core_json_get_string(source, "code");
	if (ak_core_json_get_string(source, "message") != NULL)
		rule->message = ak_core_json_get_string(source, "message");
}

static void
finish_rule(const AkModel *model, AkRules *rules, AkRule *rule)
{
	const char *own;

	take_words(model, rule);
	rule->key = rule->field ? rule->field->json_name : AK_WHOLE_ROW;
	own = rule->field ? ak_validation_own_message(rule->field, rule->code) : NULL;
	if (own != NULL && !rule->own_message && (said_of(model, rule->name) == NULL || ak_core_json_get_string(said_of(model, rule->name), "message") == NULL))
		rule->message = own;
	rules->constraints = lappend(rules->constraints, rule);
}

/* Is the constraint named for the field's rule?  Not `exactly`: its table may have been renamed by hand since. */
static bool
is_named_for(const char *constraint, const AkField *field, const AkCheck *check, bool exactly)
{
	char	   *tail = psprintf("_%s_%s", field->name, check->rule);
	size_t		length = strlen(constraint);

	if (exactly)
		return strcmp(ak_model_object_name(field->model->table, field->name, check->rule), constraint) == 0;
	return length > strlen(tail) && strcmp(constraint + length - strlen(tail), tail) == 0;
}

/* Whose rule a CHECK is: that of a field whose definition promises it. */
static bool
promised(const AkField *field, AkRule *rule, bool exactly)
{
	ListCell   *cell;

	foreach(cell, ak_model_field_checks(field))
	{
		const AkCheck *check = lfirst(cell);

		if (!is_named_for(rule->name, field, check, exactly))
			continue;
		rule->field = field;
		ak_validation_describe(field, check, &rule->code, &rule->message);
		rule->own_message = check->message != NULL;
		return true;
	}
	return false;
}

static bool
find_promise(const AkModel *model, AkRule *rule, bool exactly)
{
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->attnum > 0 && reads(rule, model->fields[i]->attnum) &&
			promised(model->fields[i], rule, exactly))
			return true;
	return false;
}

static void
add_check(const AkModel *model, AkRules *rules, const ConstrCheck *check)
{
	AkRule	   *rule = palloc0(sizeof(AkRule));

	rule->kind = AK_RULE_CHECK;
	rule->name = pstrdup(check->ccname);
	rule->source = stringToNode(check->ccbin);
	ak_validation_read_columns(rule, rule->source);
	rule->code = "check";
	rule->message = psprintf("the row breaks the constraint \"%s\"", rule->name);
	if (!find_promise(model, rule, true))
		(void) find_promise(model, rule, false);
	if (rule->field == NULL && (rule->field = only_field(model, rule)) != NULL)
		rule->message = psprintf("\"%s\" breaks the constraint \"%s\"", rule->field->name, rule->name);
	rule->test = ak_model_make_ready(rule->source, rules->context);
	rules->nchecks++;
	finish_rule(model, rules, rule);
}

/* The names of the rule's fields, for a message. */
static char *
field_names(const AkModel *model, const AkRule *rule)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < rule->ncolumns; i++)
		for (int j = 0; j < model->nfields; j++)
			if (model->fields[j]->attnum == rule->columns[i] && rule->columns[i] != 0)
				appendStringInfo(&out, "%s\"%s\"", out.len ? ", " : "", model->fields[j]->name);
	return out.data;
}

/* The condition of an index that is not over all rows, to be run and to be written. */
static void
read_predicate(AkRules *rules, AkRule *rule, Relation index)
{
	List	   *predicate = RelationGetIndexPredicate(index);
	Datum		source;
	bool		isnull;
	int			level;

	if (predicate == NIL)
		return;
	source = SysCacheGetAttr(INDEXRELID, index->rd_indextuple, Anum_pg_index_indpred, &isnull);
	level = ak_model_pin_search_path();
	rule->predicate = TextDatumGetCString(DirectFunctionCall2(pg_get_expr, source,
															  ObjectIdGetDatum(index->rd_index->indrelid)));
	ak_model_unpin_search_path(level);
	rule->when = ak_model_make_ready((Node *) make_ands_explicit(predicate), rules->context);
}

static void
add_index(const AkModel *model, AkRules *rules, Oid relid)
{
	Relation	index = index_open(relid, AccessShareLock);
	Form_pg_index form = index->rd_index;
	AkRule	   *rule;
	char	   *fields;

	if (form->indisunique || form->indisexclusion)
	{
		rule = palloc0(sizeof(AkRule));
		rule->kind = form->indisexclusion ? AK_RULE_EXCLUSION : AK_RULE_UNIQUE;
		rule->name = pstrdup(RelationGetRelationName(index));
		rule->ncolumns = form->indnkeyatts;
		rule->columns = palloc(sizeof(AttrNumber) * Max(form->indnkeyatts, 1));
		memcpy(rule->columns, form->indkey.values, sizeof(AttrNumber) * form->indnkeyatts);
		read_predicate(rules, rule, index);
		rule->field = only_field(model, rule);
		rule->code = form->indisexclusion ? "exclusion" : rule->field ? "unique" : "unique_together";
		fields = field_names(model, rule);
		if (*fields == '\0')
			fields = psprintf("value of index \"%s\"", rule->name);
		rule->message = psprintf(form->indisexclusion ? "a row of model \"%s\" conflicts with this one in %s"
								 : "a row of model \"%s\" with this %s is there already", model->label, fields);
		finish_rule(model, rules, rule);
	}
	index_close(index, NoLock);
}

/* What it refers to, by the name of its model where it has one. */
static const char *
target_name(const AkModel *model, Oid relid)
{
	AkModel    *target = ak_model_by_table(model->registry, relid);

	return target ? psprintf("row of model \"%s\"", target->label) : psprintf("row of table \"%s\"", get_rel_name(relid));
}

static void
add_foreign_key(const AkModel *model, AkRules *rules, const ForeignKeyCacheInfo *key)
{
	AkRule	   *rule = palloc0(sizeof(AkRule));

	rule->kind = AK_RULE_FOREIGN_KEY;
	rule->name = get_constraint_name(key->conoid);
	rule->ncolumns = key->nkeys;
	rule->columns = palloc(sizeof(AttrNumber) * key->nkeys);
	memcpy(rule->columns, key->conkey, sizeof(AttrNumber) * key->nkeys);
	rule->target = key->confrelid;
	rule->target_columns = palloc(sizeof(AttrNumber) * key->nkeys);
	memcpy(rule->target_columns, key->confkey, sizeof(AttrNumber) * key->nkeys);
	rule->field = only_field(model, rule);
	rule->code = "invalid";
	rule->message = psprintf("there is no %s with this %s", target_name(model, key->confrelid), field_names(model, rule));
	if (rule->name != NULL)
		finish_rule(model, rules, rule);
}

/* What a column holds that a new row does not give. */
static void
read_defaults(AkRules *rules, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);

	rules->known = palloc0(sizeof(bool) * desc->natts);
	rules->defaults = palloc0(sizeof(Datum) * desc->natts);
	rules->default_kinds = palloc(desc->natts);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		Node	   *value = NULL;

		rules->default_kinds[i] = column->atthasdef || column->attidentity || column->attgenerated ? '?' : 'n';
		if (!column->atthasdef || column->attgenerated)
			continue;
		value = (Node *) expression_planner((Expr *) build_column_default(rel, i + 1));
		if (value == NULL || !IsA(value, Const))
			continue;
		rules->default_kinds[i] = ((Const *) value)->constisnull ? 'n' : 'c';
		rules->defaults[i] = ((Const *) value)->constvalue;
	}
}

void
ak_validation_read_constraints(const AkModel *model, AkRules *rules)
{
	Relation	rel = table_open(model->relid, AccessShareLock);
	TupleConstr *constraints = RelationGetDescr(rel)->constr;
	ListCell   *cell;

	for (int i = 0; constraints && i < constraints->num_check; i++)
		add_check(model, rules, &constraints->check[i]);
	foreach(cell, RelationGetIndexList(rel))
		add_index(model, rules, lfirst_oid(cell));
	foreach(cell, RelationGetFKeyList(rel))
		add_foreign_key(model, rules, lfirst(cell));
	read_defaults(rules, rel);
	table_close(rel, NoLock);
}
