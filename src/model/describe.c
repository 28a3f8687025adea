/*
 * describe.c
 *		A model as one document, from registry and catalog.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "model/internal.h"

/* The field as a definition: its type and options. */
AkJson *
ak_model_field_definition(const AkField *field)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "type", ak_core_json_string(field->type->name));
	for (int i = 0; i < field->options->size; i++)
		ak_core_json_put(out, field->options->keys[i], field->options->items[i]);
	return out;
}

/* What the catalog says of the columns: default expressions, and which are unique alone. */
typedef struct AkColumnFacts
{
	AkJson	   *defaults;		/* column → expression */
	AkJson	   *unique;			/* column → true */
	AkJson	   *checks;			/* column → [{name, check}] */
} AkColumnFacts;

static char *
text_column(TupleTableSlot *row, int column)
{
	bool		isnull;
	Datum		value = slot_getattr(row, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static bool
take_fact(TupleTableSlot *row, void *arg)
{
	AkColumnFacts *facts = arg;
	char	   *kind = text_column(row, 1);
	char	   *column = text_column(row, 2);
	char	   *name = text_column(row, 3);
	char	   *expression = text_column(row, 4);
	AkJson	   *check;

	if (*kind == 'd')
		ak_core_json_put(facts->defaults, column, ak_core_json_string(expression));
	else if (*kind == 'u')
		ak_core_json_put(facts->unique, column, ak_core_json_bool(true));
	else
	{
		if (ak_core_json_get(facts->checks, column) == NULL)
			ak_core_json_put(facts->checks, column, ak_core_json_array());
		check = ak_core_json_object();
		ak_core_json_put(check, "name", ak_core_json_string(name));
		ak_core_json_put(check, "check", ak_core_json_string(expression));
		ak_core_json_push(ak_core_json_get(facts->checks, column), check);
	}
	return true;
}

static void
read_facts(const AkModel *model, AkColumnFacts *facts)
{
	AkStatement st;

	facts->defaults = ak_core_json_object();
	facts->unique = ak_core_json_object();
	facts->checks = ak_core_json_object();
	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql,
						   "SELECT 'd', a.attname::text, NULL::text, pg_catalog.pg_get_expr(d.adbin, d.adrelid)"
						   " FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a"
						   " ON a.attrelid OPERATOR(pg_catalog.=) d.adrelid AND a.attnum OPERATOR(pg_catalog.=) d.adnum"
						   " WHERE d.adrelid OPERATOR(pg_catalog.=) ");
	ak_core_bind(&st, OIDOID, ObjectIdGetDatum(model->relid), false);
	appendStringInfoString(&st.sql,
						   " UNION ALL SELECT c.contype::text, a.attname::text, c.conname::text,"
						   " pg_catalog.pg_get_expr(c.conbin, c.conrelid)"
						   " FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_attribute a"
						   " ON a.attrelid OPERATOR(pg_catalog.=) c.conrelid"
						   " AND a.attnum OPERATOR(pg_catalog.=) c.conkey[1]"
						   " WHERE (c.contype OPERATOR(pg_catalog.=) 'u' OR c.contype OPERATOR(pg_catalog.=) 'c')"
						   " AND pg_catalog.cardinality(c.conkey) OPERATOR(pg_catalog.=) 1"
						   " AND c.conrelid OPERATOR(pg_catalog.=) ");
	ak_core_bind_again(&st, 1);
	appendStringInfoString(&st.sql, " ORDER BY 1, 2, 3");
	ak_core_run(&st, AK_RUN_READ, take_fact, facts);
}

/* Copies the options that say more than the catalog does. */
static void
put_options(const AkField *field, AkJson *out)
{
	static const char *const told[] = {
		"nullable", "default", "unique", "primary_key", "column", "db_index", NULL
	};

	for (int i = 0; i < field->options->size; i++)
	{
		bool		known = false;

		for (int j = 0; told[j]; j++)
			known = known || strcmp(told[j], field->options->keys[i]) == 0;
		if (!known)
			ak_core_json_put(out, field->options->keys[i], field->options->items[i]);
	}
}

static AkJson *
describe_field(const AkField *field, const AkColumnFacts *facts)
{
	AkJson	   *out = ak_core_json_object();
	AkJson	   *fact;

	ak_core_json_put(out, "name", ak_core_json_string(field->name));
	ak_core_json_put(out, "type", ak_core_json_string(field->type->name));
	if (field->column != NULL)
	{
		ak_core_json_put(out, "column", ak_core_json_string(field->column));
		if (field->attnum != 0)
			ak_core_json_put(out, "sql_type", ak_core_json_string(
								 format_type_with_typemod(field->typid, field->typmod)));
		ak_core_json_put(out, "nullable", ak_core_json_bool(!field->not_null));
		ak_core_json_put(out, "unique", ak_core_json_bool(
							 (field->is_key && field->model->nkeys == 1) ||
							 ak_core_json_get(facts->unique, field->column) != NULL));
		if (field->is_key)
			ak_core_json_put(out, "primary_key", ak_core_json_bool(true));
		fact = ak_core_json_get(facts->defaults, field->column);
		if (fact != NULL)
			ak_core_json_put(out, "default", fact);
		fact = ak_core_json_get(facts->checks, field->column);
		if (fact != NULL)
			ak_core_json_put(out, "checks", fact);
	}
	put_options(field, out);
	if (field->type->describe)
		field->type->describe(field, out);
	return out;
}

AkJson *
ak_model_describe(const AkModel *model)
{
	AkJson	   *out = ak_core_json_object();
	AkJson	   *keys = ak_core_json_array();
	AkJson	   *fields = ak_core_json_array();
	AkColumnFacts facts;

	read_facts(model, &facts);
	ak_core_json_put(out, "name", ak_core_json_string(model->name));
	ak_core_json_put(out, "app", ak_core_json_string(model->app));
	ak_core_json_put(out, "table", ak_core_json_string(model->sql_name));
	for (int i = 0; i < model->nkeys; i++)
		ak_core_json_push(keys, ak_core_json_string(model->keys[i]->name));
	ak_core_json_put(out, "primary_key", keys);
	for (int i = 0; i < model->nfields; i++)
		ak_core_json_push(fields, describe_field(model->fields[i], &facts));
	ak_core_json_put(out, "fields", fields);
	ak_core_json_put(out, "meta", model->meta);
	ak_model_notify_describe(model, out);
	return out;
}
