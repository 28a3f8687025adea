/*
 * alter_field.c
 *		The operation that gives a field another definition.
 *
 * The new definition is whole.  What differs from the column as the catalog
 * has it is changed, each by the statement its owner would write: rules that
 * changed go first, then name, type, default and nullability of the column,
 * then rules, uniqueness and index come anew.  PostgreSQL refuses what the
 * rows contradict; a new type is refused too where values would change, unless
 * the definition says "using".  A field that may no longer be null and has a
 * default gives it to the rows that have none.
 *
 * ACCESS EXCLUSIVE on the table; a new type reads it once and rewrites it.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "model/internal.h"

typedef struct AkAlteration
{
	AkModel    *model;
	AkField    *field;			/* as it is */
	AkFieldDef *old;			/* as it was registered */
	AkFieldDef *new;
	AkFacts    *facts;
	const char *column;			/* quoted, with its name of the moment */
	char	   *using;			/* deparsed, or NULL */
	Oid			type;			/* the new one */
	int32		typmod;
	bool		retype;
	bool		not_valid;		/* new rules do not look at the rows that are there */
} AkAlteration;

static void cannot(const AkAlteration *a, const char *what) pg_attribute_noreturn();

static void
cannot(const AkAlteration *a, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("field \"%s\" of model \"%s\" cannot %s", a->field->name, a->model->label, what),
			 a->field->is_key ? 0 : errhint("Remove the field and add it anew.")));
	pg_unreachable();
}

static void
alter_column(const AkAlteration *a, const char *what)
{
	int			level = ak_model_pin_search_path();

	ak_core_ddl("ALTER TABLE %s ALTER COLUMN %s %s", a->model->sql_name, a->column, what);
	ak_model_unpin_search_path(level);
}

/* ---- reading ---- */

/* The definition without "using", which is no option. */
static AkJson *
field_definition(const AkJson *op)
{
	AkJson	   *definition = ak_core_json_get(op, "definition");

	if (definition == NULL)
		definition = ak_core_json_null();
	if (definition->kind != AK_JSON_OBJECT)
		return definition;
	definition = ak_core_json_copy(definition);
	ak_core_json_remove(definition, "using");
	return definition;
}

static char *
using_expression(const AkAlteration *a, const AkJson *op)
{
	AkJson	   *definition = ak_core_json_get(op, "definition");
	AkExpression e = {
		.what = psprintf("option \"using\" of field \"%s\"", a->field->name),
		.use = AK_EXPRESSION_TRANSFORM,
		.over = ak_model_definition_of(a->model),
		.type = a->type,
		.typmod = a->typmod
	};

	if (definition->kind != AK_JSON_OBJECT)
		return NULL;
	e.source = ak_core_json_get_string(definition, "using");
	return e.source ? ak_model_expression(&e) : NULL;
}

/* Refuses to make a relation of a plain field, or the other way round, before the definition is read as one. */
static void
check_kind(const AkAlteration *a, const AkJson *definition)
{
	const char *word = definition->kind == AK_JSON_OBJECT ? ak_core_json_get_string(definition, "type")
		: definition->kind == AK_JSON_STRING ? definition->text : NULL;
	const AkFieldType *type = word ? ak_model_find_type(word) : NULL;

	if (type != NULL && type->relation != a->field->type->relation)
		cannot(a, type->relation ? "become a relation" : "become a plain field");
}

static bool
collation_differs(const AkAlteration *a)
{
	Oid			collation = OidIsValid(a->new->collation) ? a->new->collation : get_typcollation(a->type);

	return collation != a->field->collation;
}

/* What no statement could change. */
static void
check_possible(const AkAlteration *a)
{
	if (a->new->type->relation && a->new->type->altered == NULL)
		cannot(a, "be altered, because it is a relation");
	if ((a->new->column == NULL) != (a->field->column == NULL))
		cannot(a, a->field->column ? "lose its column" : "get a column");
	if (a->new->primary_key && !a->field->is_key)
		cannot(a, "become the primary key");
	if (a->field->is_key && a->new->nullable)
		cannot(a, "be nullable, because it is the primary key");
	if (a->new->generated_sql != NULL &&
		(a->old->generated_sql == NULL || strcmp(a->old->generated_sql, a->new->generated_sql) != 0))
		cannot(a, a->old->generated_sql ? "be generated otherwise" : "become generated");
	if (a->new->column != NULL && a->field->attnum == 0)
		cannot(a, "be altered, because its column is gone");
}

static AkAlteration *
read_alteration(const AkJson *op)
{
	AkAlteration *a = palloc0(sizeof(AkAlteration));

	a->model = ak_model_op_model(op);
	a->field = ak_model_op_field(op, a->model);
	check_kind(a, field_definition(op));
	a->old = ak_model_define_as_registered(a->field);
	a->new = ak_model_define_instead(ak_model_definition_of(a->model), a->field, field_definition(op));
	a->facts = ak_model_facts(a->model, 0);
	check_possible(a);
	ak_model_check_default(a->new);
	if (a->new->column == NULL)
		return a;
	a->column = ak_core_quote(a->field->column);
	ak_core_parse_type(a->new->sql_type, &a->type, &a->typmod);
	a->using = using_expression(a, op);
	a->retype = a->type != a->field->typid || a->typmod != a->field->typmod ||
		a->using != NULL || collation_differs(a);
	return a;
}

/* ---- rules ---- */

static const AkCheck *
find_check(const AkFieldDef *def, const char *rule)
{
	ListCell   *cell;

	foreach(cell, def->checks)
		if (strcmp(((AkCheck *) lfirst(cell))->rule, rule) == 0)
			return lfirst(cell);
	return NULL;
}

/* Is the rule there, and means the same before and after? */
static bool
rule_stays(const AkAlteration *a, const char *rule)
{
	const AkCheck *before = find_check(a->old, rule);
	const AkCheck *after = find_check(a->new, rule);

	return before != NULL && after != NULL && !a->retype &&
		ak_model_field_object(a->facts->objects, a->field, rule) != NULL &&
		strcmp(before->expression, after->expression) == 0;
}

static void
drop_rules(const AkAlteration *a)
{
	ListCell   *cell;

	foreach(cell, a->facts->objects)
	{
		AkObject   *object = lfirst(cell);

		if (object->kind == 'c' && object->rule != NULL && object->field == a->field &&
			!rule_stays(a, object->rule))
			ak_core_ddl("ALTER TABLE %s DROP CONSTRAINT %s", a->model->sql_name, ak_core_quote(object->name));
	}
}

static void
add_rules(const AkAlteration *a)
{
	ListCell   *cell;

	foreach(cell, a->new->checks)
		if (!rule_stays(a, ((AkCheck *) lfirst(cell))->rule))
			ak_model_add_check_constraint(a->new, lfirst(cell), a->not_valid);
}

/* ---- uniqueness and index ---- */

static void
drop_objects(const AkAlteration *a)
{
	AkObject   *unique = ak_model_field_object(a->facts->objects, a->field, "unique");
	AkObject   *index = ak_model_field_object(a->facts->objects, a->field, "db_index");

	if (unique != NULL && !a->new->unique && !a->new->primary_key)
		ak_core_ddl("ALTER TABLE %s DROP CONSTRAINT %s", a->model->sql_name, ak_core_quote(unique->name));
	if (index != NULL && (!a->new->db_index || a->new->unique))	/* a unique field has the key's index */
		ak_core_ddl("DROP INDEX %s", ak_core_qualified(a->model->app, index->name));
}

static void
add_objects(const AkAlteration *a)
{
	AkObject   *index = ak_model_field_object(a->facts->objects, a->field, "db_index");

	if (a->field->is_key)
		return;
	if (a->new->unique && ak_model_field_object(a->facts->objects, a->field, "unique") == NULL)
		ak_core_ddl("ALTER TABLE %s ADD UNIQUE (%s)", a->model->sql_name, a->column);
	if (index == NULL)
		ak_model_create_field_index(a->model->app, a->model->table, a->new);
}

/* ---- the type ---- */

static bool
see_one(TupleTableSlot *row, void *arg)
{
	return false;
}

static bool
any_row(const AkAlteration *a, const char *condition)
{
	AkStatement st;

	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "SELECT 1 FROM %s WHERE %s LIMIT 1", a->model->sql_name, condition);
	return ak_core_run(&st, 0, see_one, NULL) > 0;
}

static int
integer_width(Oid type)
{
	return type == INT2OID ? 2 : type == INT4OID ? 4 : type == INT8OID ? 8 : 0;
}

/* Can every value of the old type be one of the new? */
static bool
is_widening(const AkAlteration *a)
{
	Oid			old = a->field->typid;
	int32		before = a->field->typmod;

	if (a->type == TEXTOID)
		return true;
	if (integer_width(old) > 0)
		return integer_width(a->type) >= integer_width(old);
	if (a->type != old)
		return false;
	return a->typmod < 0 || a->typmod == before ||
		(a->type == VARCHAROID && before >= 0 && a->typmod >= before);
}

/* Refuses a change of type in which a value would not come back as it was. */
static void
check_lossless(const AkAlteration *a)
{
	TypeCacheEntry *entry = lookup_type_cache(a->field->typid, TYPECACHE_EQ_OPR);
	const char *back = ak_core_type_name(a->field->typid, -1);
	Oid			from = a->type;
	StringInfoData operator;

	if (!OidIsValid(entry->eq_opr) || !can_coerce_type(1, &from, &a->field->typid, COERCION_EXPLICIT))
		return;
	initStringInfo(&operator);
	ak_core_operator(&operator, entry->eq_opr);
	if (any_row(a, psprintf("NOT (%s::%s::%s %s %s)", a->column, a->new->sql_type, back, operator.data, a->column)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("values of field \"%s\" would change as %s", a->field->name,
						format_type_with_typemod(a->type, a->typmod)),
				 errhint("Give \"using\", an SQL expression that converts them.")));
}

/* How the values get the new type: as said, by assignment, by a cast; NULL where there are none to convert. */
static char *
conversion(const AkAlteration *a)
{
	Oid			from = a->field->typid;

	if (a->using != NULL)
		return a->using;
	if (!can_coerce_type(1, &from, &a->type, COERCION_EXPLICIT))
	{
		if (any_row(a, psprintf("%s IS NOT NULL", a->column)))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("field \"%s\" cannot be converted from type %s to type %s", a->field->name,
							format_type_be(from), format_type_be(a->type)),
					 errhint("Give \"using\", an SQL expression that converts its values.")));
		return psprintf("NULL::%s", a->new->sql_type);
	}
	if (!is_widening(a))
		check_lossless(a);
	if (can_coerce_type(1, &from, &a->type, COERCION_ASSIGNMENT))
		return NULL;
	return psprintf("%s::%s", a->column, a->new->sql_type);
}

static void
change_type(const AkAlteration *a)
{
	char	   *expression;
	const char *collation = OidIsValid(a->new->collation)
		? psprintf(" COLLATE %s", ak_model_collation_name(a->new->collation)) : "";

	if (!a->retype)
		return;
	expression = conversion(a);
	if (ak_core_json_get(a->facts->defaults, a->field->column) != NULL && !a->field->generated)
		alter_column(a, "DROP DEFAULT");
	alter_column(a, psprintf("TYPE %s%s%s%s%s", a->new->sql_type, collation,
							 expression ? " USING (" : "", expression ? expression : "", expression ? ")" : ""));
}

/* ---- the rest of the column ---- */

static void
rename_column(AkAlteration *a)
{
	if (strcmp(a->field->column, a->new->column) == 0)
		return;
	ak_core_ddl("ALTER TABLE %s RENAME COLUMN %s TO %s", a->model->sql_name, a->column,
				ak_core_quote(a->new->column));
	a->column = ak_core_quote(a->new->column);
	ak_model_reconcile();
}

/* A relation's default is given to the column when it is connected. */
static void
change_default(const AkAlteration *a)
{
	if (a->old->generated_sql != NULL)
	{
		if (a->new->generated_sql == NULL)
			alter_column(a, "DROP EXPRESSION");
		return;
	}
	if (a->new->default_sql != NULL)
		alter_column(a, psprintf("SET DEFAULT %s", a->new->default_sql));
	else if (ak_core_json_get(a->facts->defaults, a->field->column) != NULL &&
			 (!a->new->type->relation || ak_core_json_get(a->new->options, "default") == NULL))
		alter_column(a, "DROP DEFAULT");
}

/* Rows without a value get the default, where there is one. */
static void
fill_nulls(const AkAlteration *a)
{
	AkStatement st;
	int			level;

	if (a->new->default_sql == NULL || !any_row(a, psprintf("%s IS NULL", a->column)))
		return;
	level = ak_model_pin_search_path();
	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "UPDATE %s SET %s = %s WHERE %s IS NULL", a->model->sql_name, a->column,
					 a->new->default_sql, a->column);
	ak_core_run(&st, 0, NULL, NULL);
	ak_model_unpin_search_path(level);
}

static void
change_nullability(const AkAlteration *a)
{
	bool		required = !a->new->nullable;

	if (a->field->is_key || required == a->field->not_null)
		return;
	if (required)
		fill_nulls(a);
	alter_column(a, required ? "SET NOT NULL" : "DROP NOT NULL");
}

/* The column numbers its rows from now on, after those that are there. */
static void
start_numbering(const AkAlteration *a)
{
	AkStatement st;
	Datum		last;
	bool		isnull;

	alter_column(a, "ADD GENERATED BY DEFAULT AS IDENTITY");
	ak_core_statement_init(&st);
	appendStringInfo(&st.sql, "SELECT pg_catalog.max(%s)::pg_catalog.int8 FROM %s", a->column, a->model->sql_name);
	ak_core_run_one(&st, 0, &last, &isnull);
	if (!isnull && DatumGetInt64(last) > 0)
		alter_column(a, psprintf("RESTART WITH " INT64_FORMAT, DatumGetInt64(last) + 1));
}

static void
change_identity(const AkAlteration *a)
{
	if (a->old->identity && !a->new->identity)
		alter_column(a, "DROP IDENTITY IF EXISTS");
	if (!a->old->identity && a->new->identity)
		start_numbering(a);
}

static void
change_comment(const AkAlteration *a)
{
	const char *before = ak_model_field_comment(a->field->options);
	const char *after = ak_model_field_comment(a->new->options);

	if (after != NULL && (before == NULL || strcmp(before, after) != 0))
		ak_model_comment_on_field(a->new);
	else if (after == NULL && before != NULL)
		ak_core_ddl("COMMENT ON COLUMN %s.%s IS NULL", a->model->sql_name, a->column);
}

static void
change_column(AkAlteration *a)
{
	drop_rules(a);
	drop_objects(a);
	if (a->old->identity && !a->new->identity)
		change_identity(a);
	change_type(a);
	rename_column(a);
	change_default(a);
	change_nullability(a);
	if (!a->old->identity)
		change_identity(a);
	add_rules(a);
	add_objects(a);
	change_comment(a);
}

/* ---- options of upper rooms ---- */

void
ak_model_alter_options(const AkField *field, AkJson *options, bool valid)
{
	AkAlteration a = {.model = field->model, .field = unconstify(AkField *, field)};
	AkJson	   *definition = ak_model_registered_definition(field);

	for (int i = 0; i < options->size; i++)
		if (options->items[i]->kind == AK_JSON_NULL)
			ak_core_json_remove(definition, options->keys[i]);
		else
			ak_core_json_put(definition, options->keys[i], options->items[i]);
	a.facts = ak_model_facts(field->model, 0);
	a.old = ak_model_define_as_registered(field);
	a.new = ak_model_define_instead(ak_model_definition_of(field->model), field, definition);
	a.not_valid = !valid;
	ak_model_check_default(a.new);
	drop_rules(&a);
	add_rules(&a);
	ak_model_store_field_definition(a.new);
	ak_model_fit_rules_trigger(ak_model_find(ak_model_registry(), field->model->app, field->model->name));
}

/* ---- the operation ---- */

AkJson *
ak_model_op_alter_field(const AkJson *op)
{
	AkAlteration *a = read_alteration(op);

	if (a->field->type->altering)
		a->field->type->altering(a->field, a->new);
	if (a->new->column != NULL)
		change_column(a);
	ak_model_store_field_definition(a->new);
	if (a->new->type->altered)
		a->new->type->altered(a->field, a->new);
	ak_model_fit_rules_trigger(ak_model_find(ak_model_registry(), a->model->app, a->model->name));
	return NULL;
}

AkJson *
ak_model_reverse_alter_field(const AkJson *op)
{
	AkModel    *model = ak_model_op_model(op);
	AkField    *field = ak_model_op_field(op, model);
	AkJson	   *reverse = ak_model_new_operation("alter_field", model->label);

	ak_core_json_put(reverse, "field", ak_core_json_string(field->name));
	ak_core_json_put(reverse, "definition", ak_model_field_definition(field, ak_model_facts(model, 0)));
	return reverse;
}
