/*
 * store.c
 *		The constant statements over aksara.relation and its side tables.
 *
 * Names travel as text and are cast in the statement.  Callers have checked
 * that the user owns the table of the model that defines the relation.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

#include "relation/internal.h"

#define MOST_VALUES 12

/* Runs a constant statement over text values; NULL stands for NULL. */
static void
store(const char *constant_sql, int count, const char *const *texts)
{
	Oid			types[MOST_VALUES];
	Datum		values[MOST_VALUES];
	char		nulls[MOST_VALUES];

	Assert(count <= MOST_VALUES);
	for (int i = 0; i < count; i++)
	{
		types[i] = TEXTOID;
		values[i] = texts[i] ? CStringGetTextDatum(texts[i]) : (Datum) 0;
		nulls[i] = texts[i] ? ' ' : 'n';
	}
	ak_core_registry_write(constant_sql, count, types, values, nulls);
}

/* Names as the text of an array; NULL for none. */
static char *
names_text(List *names)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(list_length(names), 1));
	int			count = 0;
	ListCell   *cell;

	if (names == NIL)
		return NULL;
	foreach(cell, names)
		values[count++] = CStringGetTextDatum(lfirst(cell));
	return OidOutputFunctionCall(F_ARRAY_OUT, PointerGetDatum(construct_array(values, count, TEXTOID, -1, false,
																			  TYPALIGN_INT)));
}

/* The columns of a definition's parts. */
static List *
columns_of(List *parts)
{
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, parts)
		columns = lappend(columns, ((AkFieldDef *) lfirst(cell))->column);
	return columns;
}

/* A new relation, not connected yet. */
void
ak_relation_store(const AkFieldDef *def, const AkRelationDef *relation)
{
	const char *const values[] = {
		def->model->app, def->model->name, def->name,
		ak_relation_kind_word(relation->kind),
		relation->target_app, relation->target_name, relation->related_name,
		ak_relation_on_delete_word(relation->on_delete), relation->set_expression,
		relation->through_app, relation->through_name, names_text(def->column ? NIL : columns_of(def->parts))
	};

	store("INSERT INTO aksara.relation (app, model, field, kind, target_app, target_model, related_name,"
		  " on_delete, set_expression, through_app, through_model, source_columns)"
		  " VALUES ($1::pg_catalog.name, $2, $3, $4, $5::pg_catalog.name, $6, $7,"
		  " $8, $9, $10::pg_catalog.name, $11, $12::pg_catalog.name[])",
		  lengthof(values), values);
}

static char *
numbers_text(List *numbers)
{
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	foreach(cell, numbers)
		appendStringInfo(&text, "%s%d", text.len ? "," : "{", lfirst_int(cell));
	return numbers ? psprintf("%s}", text.data) : NULL;
}

static char *
oid_text(Oid oid)
{
	return psprintf("%u", oid);
}

/* Notes which tables a relation without a junction of its own reaches; no through model is InvalidOid. */
void
ak_relation_store_oids(const AkRelation *relation, Oid target, Oid through)
{
	const AkModel *source = relation->source;
	const char *const values[] = {
		source->app, source->name, relation->field->name, OidIsValid(target) ? oid_text(target) : NULL,
		OidIsValid(through) ? oid_text(through) : NULL
	};

	store("INSERT INTO aksara.relation_oid (app, model, field, target, junction)"
		  " VALUES ($1::pg_catalog.name, $2, $3, $4::pg_catalog.oid, $5::pg_catalog.oid)"
		  " ON CONFLICT (app, model, field) DO UPDATE SET target = EXCLUDED.target, junction = EXCLUDED.junction",
		  lengthof(values), values);
}

/* Notes the native key and the expression in its final form. */
void
ak_relation_store_constraint(const AkRelation *relation, const char *constraint, const char *set_expression)
{
	const AkModel *source = relation->source;
	const char *const values[] = {
		source->app, source->name, relation->field->name, constraint, set_expression
	};

	store("UPDATE aksara.relation"
		  " SET constraint_name = $4::pg_catalog.name, set_expression = $5"
		  " WHERE app OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND model OPERATOR(pg_catalog.=) $2 AND field OPERATOR(pg_catalog.=) $3",
		  lengthof(values), values);
}

/* Notes which columns a relation over several fields has, so that renames by hand are followed. */
void
ak_relation_store_source_columns(const AkRelation *relation)
{
	const AkModel *source = relation->source;
	const char *const values[] = {
		source->app, source->name, relation->field->name,
		numbers_text(ak_relation_numbers(relation->source_fields))
	};

	store("INSERT INTO aksara.relation_oid (app, model, field, source_attnums)"
		  " VALUES ($1::pg_catalog.name, $2, $3, $4::pg_catalog.int2[])"
		  " ON CONFLICT (app, model, field) DO UPDATE SET source_attnums = EXCLUDED.source_attnums",
		  lengthof(values), values);
}

/*
 * The columns of the fields that a foreign key refers to, of AkField *, where
 * those are not the primary key or no native key says it.
 */
void
ak_relation_store_target_columns(const AkRelation *relation, List *keys)
{
	const AkModel *source = relation->source;
	const char *const values[] = {
		source->app, source->name, relation->field->name, names_text(ak_relation_column_names(keys)),
		numbers_text(ak_relation_numbers(keys))
	};

	store("UPDATE aksara.relation SET target_columns = $4::pg_catalog.name[]"
		  " WHERE app OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND model OPERATOR(pg_catalog.=) $2 AND field OPERATOR(pg_catalog.=) $3",
		  4, values);
	store("UPDATE aksara.relation_oid SET target_attnums = $5::pg_catalog.int2[]"
		  " WHERE app OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND model OPERATOR(pg_catalog.=) $2 AND field OPERATOR(pg_catalog.=) $3"
		  " AND $4 IS NOT NULL",
		  lengthof(values), values);
}

/* A foreign key defined anew, not connected. */
void
ak_relation_store_definition(const AkFieldDef *def, const AkRelationDef *relation)
{
	const char *const values[] = {
		def->model->app, def->model->name, def->name,
		relation->target_app, relation->target_name,
		ak_relation_on_delete_word(relation->on_delete), relation->set_expression
	};

	store("UPDATE aksara.relation SET target_app = $4::pg_catalog.name, target_model = $5,"
		  " on_delete = $6, set_expression = $7, constraint_name = NULL, target_columns = NULL"
		  " WHERE app OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND model OPERATOR(pg_catalog.=) $2 AND field OPERATOR(pg_catalog.=) $3",
		  lengthof(values), values);
	store("DELETE FROM aksara.relation_oid"
		  " WHERE app OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND model OPERATOR(pg_catalog.=) $2 AND field OPERATOR(pg_catalog.=) $3",
		  3, values);
}

/* The names that lead over a relation, and its kind (a foreign key may become one-to-one). */
void
ak_relation_store_accessor(const AkFieldDef *def, const AkRelationDef *relation)
{
	const char *const values[] = {
		def->model->app, def->model->name, def->name,
		ak_relation_kind_word(relation->kind), relation->related_name
	};

	store("UPDATE aksara.relation SET kind = $4, related_name = $5"
		  " WHERE app OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND model OPERATOR(pg_catalog.=) $2 AND field OPERATOR(pg_catalog.=) $3",
		  lengthof(values), values);
}

static void
store_junction_oids(const AkRelation *relation, Oid target)
{
	const AkModel *source = relation->source;
	const char *const oids[] = {
		source->app, source->name, relation->field->name,
		oid_text(target), oid_text(source->relid)
	};

	store("INSERT INTO aksara.relation_oid"
		  " (app, model, field, target, junction, source_attnums, target_attnums)"
		  " SELECT r.app, r.model, r.field, $4::pg_catalog.oid, c.oid, "
		  AK_NUMBERS("c.oid", "r.source_columns") ", " AK_NUMBERS("c.oid", "r.target_columns")
		  " FROM aksara.relation r"
		  " JOIN pg_catalog.pg_namespace n ON n.nspname OPERATOR(pg_catalog.=) r.junction_schema"
		  " JOIN pg_catalog.pg_class c ON c.relnamespace OPERATOR(pg_catalog.=) n.oid"
		  " AND c.relname OPERATOR(pg_catalog.=) r.junction_table"
		  " WHERE r.app OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND r.model OPERATOR(pg_catalog.=) $2 AND r.field OPERATOR(pg_catalog.=) $3"
		  " ON CONFLICT (app, model, field) DO UPDATE SET target = EXCLUDED.target,"
		  " junction = EXCLUDED.junction, source_attnums = EXCLUDED.source_attnums,"
		  " target_attnums = EXCLUDED.target_attnums",
		  4, oids);
	store("INSERT INTO aksara.junction_oid (junction, source, table_name)"
		  " SELECT o.junction, $5::pg_catalog.oid, c.relname"
		  " FROM aksara.relation_oid o"
		  " JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) o.junction"
		  " WHERE o.app OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND o.model OPERATOR(pg_catalog.=) $2 AND o.field OPERATOR(pg_catalog.=) $3"
		  " AND $4::pg_catalog.oid IS NOT NULL"
		  " ON CONFLICT (junction) DO UPDATE SET table_name = EXCLUDED.table_name",
		  lengthof(oids), oids);
}

/* Notes the junction's names, new or changed. */
void
ak_relation_store_junction(const AkRelation *relation, Oid target, const char *schema, const char *table,
						   List *source_columns, List *target_columns)
{
	const AkModel *source = relation->source;
	const char *const names[] = {
		source->app, source->name, relation->field->name,
		schema, table, names_text(source_columns), names_text(target_columns)
	};

	store("UPDATE aksara.relation"
		  " SET junction_schema = $4::pg_catalog.name, junction_table = $5::pg_catalog.name,"
		  " source_columns = $6::pg_catalog.name[], target_columns = $7::pg_catalog.name[]"
		  " WHERE app OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND model OPERATOR(pg_catalog.=) $2 AND field OPERATOR(pg_catalog.=) $3",
		  lengthof(names), names);
	store_junction_oids(relation, target);
}

/* A model has a new name: whatever points at it or goes through it follows. */
void
ak_relation_store_target(const char *app, const char *name, const char *old_app, const char *old_name)
{
	const char *const values[] = {app, name, old_app, old_name};

	store("UPDATE aksara.relation SET target_app = $1::pg_catalog.name, target_model = $2"
		  " WHERE target_app OPERATOR(pg_catalog.=) $3::pg_catalog.name"
		  " AND target_model OPERATOR(pg_catalog.=) $4",
		  lengthof(values), values);
	store("UPDATE aksara.relation SET through_app = $1::pg_catalog.name, through_model = $2"
		  " WHERE through_app OPERATOR(pg_catalog.=) $3::pg_catalog.name"
		  " AND through_model OPERATOR(pg_catalog.=) $4",
		  lengthof(values), values);
}

/* The junction is dropped by aksara itself. */
void
ak_relation_forget_junction(Oid junction)
{
	const char *const values[] = {oid_text(junction)};

	store("DELETE FROM aksara.junction_oid WHERE junction OPERATOR(pg_catalog.=) $1::pg_catalog.oid",
		  lengthof(values), values);
}
