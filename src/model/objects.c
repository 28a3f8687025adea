/*
 * objects.c
 *		Constraints and indexes of a model's table, as the catalog has them.
 *
 * The registry keeps none of them: what stands in the catalog is what there
 * is, made by a definition or by hand.  Each is given back as the document
 * that would make it again, foreign keys last, for they need what is unique.  An object belongs to a field when the field's
 * own definition promises it: a rule named {table}_{field}_{rule}, the UNIQUE
 * constraint or the plain index of its column alone.
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "model/internal.h"

/* Under the pinned search_path; the columns of an index are a list of objects. */
#define CHECKS \
	"SELECT 'c', c.conname::text, json_build_object('check', pg_get_expr(c.conbin, c.conrelid)," \
	" 'columns', (SELECT json_agg(json_build_object('column', a.attname) ORDER BY a.attnum) FROM pg_attribute a" \
	" WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)), 'numbers', c.conkey, 'valid', c.convalidated," \
	" 'enforced', coalesce(to_jsonb(c) -> 'conenforced', 'true'))::text" \
	" FROM pg_constraint c WHERE c.contype = 'c' AND c.conrelid = "
#define COLUMNS \
	"(SELECT json_agg(json_build_object('column', a.attname," \
	" 'expression', CASE WHEN i.indkey[n - 1] = 0 THEN pg_get_indexdef(i.indexrelid, n, false) END," \
	" 'desc', (i.indoption[n - 1] & 1) = 1, 'nulls_first', (i.indoption[n - 1] & 2) = 2," \
	" 'opclass', CASE WHEN NOT o.opcdefault THEN quote_ident(os.nspname) || '.' || quote_ident(o.opcname) END," \
	" 'collation', CASE WHEN i.indcollation[n - 1] NOT IN (0, coalesce(a.attcollation, 'pg_catalog.default'::regcollation))" \
	" THEN quote_ident(ls.nspname) || '.' || quote_ident(l.collname) END," \
	" 'operator', CASE WHEN ps.nspname = 'pg_catalog' THEN p.oprname::text" \
	" ELSE quote_ident(ps.nspname) || '.' || p.oprname END) ORDER BY n)" \
	" FROM generate_series(1, i.indnatts) n" \
	" LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n - 1] AND a.attnum <> 0" \
	" LEFT JOIN pg_opclass o ON o.oid = i.indclass[n - 1] LEFT JOIN pg_namespace os ON os.oid = o.opcnamespace" \
	" LEFT JOIN pg_collation l ON l.oid = i.indcollation[n - 1] LEFT JOIN pg_namespace ls ON ls.oid = l.collnamespace" \
	" LEFT JOIN pg_operator p ON p.oid = k.conexclop[n] LEFT JOIN pg_namespace ps ON ps.oid = p.oprnamespace)"
#define NUMBERS \
	"(SELECT json_agg(DISTINCT d.refobjsubid) FROM pg_depend d" \
	" WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid > 0" \
	" AND (d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid" \
	" OR d.classid = 'pg_constraint'::regclass AND d.objid = k.oid))"
#define INDEXES \
	" UNION ALL SELECT coalesce(k.contype::text, 'i'), c.relname::text, json_build_object(" \
	"'unique', i.indisunique, 'method', m.amname, 'condition', pg_get_expr(i.indpred, i.indrelid)," \
	" 'nulls_distinct', NOT i.indnullsnotdistinct, 'deferrable', k.condeferrable, 'deferred', k.condeferred," \
	" 'without_overlaps', k.contype = 'u' AND (to_jsonb(k) -> 'conperiod')::boolean," \
	" 'keys', i.indnkeyatts, 'columns', " COLUMNS ", 'numbers', " NUMBERS ")::text" \
	" FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam" \
	" LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('u', 'x')" \
	" WHERE NOT i.indisprimary AND i.indrelid = "

/* What a field's own definition makes. */
typedef struct AkPromises
{
	bool		known;			/* has been read */
	bool		unique;
	bool		db_index;
	List	   *checks;			/* of AkCheck * */
} AkPromises;

typedef struct AkObjectReader
{
	const AkModel *model;
	AkPromises *promises;		/* by AkField.index */
	List	   *objects;		/* of AkObject * */
} AkObjectReader;

/* ---- fields ---- */

static AkField *
field_of_column(const AkModel *model, const char *column)
{
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->column != NULL && strcmp(model->fields[i]->column, column) == 0)
			return model->fields[i];
	return NULL;
}

static bool
truth(const AkJson *object, const char *key)
{
	const AkJson *value = ak_core_json_get(object, key);

	return value != NULL && value->kind == AK_JSON_BOOL && value->truth;
}

/* A member that is a text; NULL when it is absent or null. */
static char *
word(const AkJson *object, const char *key)
{
	const AkJson *value = ak_core_json_get(object, key);

	return value != NULL && value->kind == AK_JSON_STRING ? value->text : NULL;
}

/* ---- from the catalog's words to a definition's ---- */

static void
copy_word(AkJson *out, const AkJson *source, const char *key)
{
	AkJson	   *value = ak_core_json_get(source, key);

	if (value != NULL && value->kind != AK_JSON_NULL)
		ak_core_json_put(out, key, value);
}

/* One member of "fields": a name, "-name", or an object where that says too little. */
static AkJson *
term(const AkModel *model, const AkJson *column, bool ordered)
{
	char	   *name = word(column, "column");
	AkField    *field = name ? field_of_column(model, name) : NULL;
	bool		descending = ordered && truth(column, "desc");
	bool		usual_nulls = !ordered || truth(column, "nulls_first") == descending;
	AkJson	   *out;

	if (field != NULL && usual_nulls && word(column, "opclass") == NULL && word(column, "collation") == NULL)
		return ak_core_json_string(psprintf("%s%s", descending ? "-" : "", field->name));
	out = ak_core_json_object();
	if (field != NULL)
		ak_core_json_put(out, "field", ak_core_json_string(field->name));
	else
		copy_word(out, column, name ? "column" : "expression");
	copy_word(out, column, "collation");
	copy_word(out, column, "opclass");
	if (descending)
		ak_core_json_put(out, "order", ak_core_json_string("desc"));
	if (!usual_nulls)
		ak_core_json_put(out, "nulls", ak_core_json_string(truth(column, "nulls_first") ? "first" : "last"));
	return out;
}

/* The key's terms, or [term, operator] pairs of an exclusion. */
static AkJson *
key_terms(const AkModel *model, const AkJson *facts, bool exclusion)
{
	AkJson	   *columns = ak_core_json_get(facts, "columns");
	AkJson	   *out = ak_core_json_array();
	bool		ordered = strcmp(word(facts, "method"), "btree") == 0;

	for (int i = 0; i < ak_core_json_get_integer(facts, "keys", 0); i++)
	{
		AkJson	   *item = term(model, columns->items[i], ordered && !exclusion);

		if (exclusion)
		{
			AkJson	   *pair = ak_core_json_array();

			ak_core_json_push(pair, item);
			ak_core_json_push(pair, ak_core_json_get(columns->items[i], "operator"));
			item = pair;
		}
		ak_core_json_push(out, item);
	}
	return out;
}

static AkJson *
included_terms(const AkModel *model, const AkJson *facts)
{
	AkJson	   *columns = ak_core_json_get(facts, "columns");
	AkJson	   *out = ak_core_json_array();

	for (int i = ak_core_json_get_integer(facts, "keys", 0); i < columns->size; i++)
		ak_core_json_push(out, term(model, columns->items[i], false));
	return out;
}

/* What is said only where it differs from the usual. */
static void
put_rest(AkJson *out, const AkModel *model, const AkJson *facts, const char *usual_method)
{
	AkJson	   *included = included_terms(model, facts);

	if (truth(facts, "without_overlaps"))
		ak_core_json_put(out, "without_overlaps", ak_core_json_bool(true));
	else if (strcmp(word(facts, "method"), usual_method) != 0)
		ak_core_json_put(out, "using", ak_core_json_get(facts, "method"));
	copy_word(out, facts, "condition");
	if (included->size > 0)
		ak_core_json_put(out, "include", included);
	if (!truth(facts, "nulls_distinct"))
		ak_core_json_put(out, "nulls_distinct", ak_core_json_bool(false));
	if (truth(facts, "deferred"))
		ak_core_json_put(out, "deferrable", ak_core_json_string("deferred"));
	else if (truth(facts, "deferrable"))
		ak_core_json_put(out, "deferrable", ak_core_json_string("immediate"));
}

/* The model's columns that a foreign key names; NULL where the list is absent. */
static AkJson *
plain_terms(const AkModel *model, const AkJson *columns)
{
	AkJson	   *out = ak_core_json_array();

	if (columns == NULL || columns->kind != AK_JSON_ARRAY)
		return NULL;
	for (int i = 0; i < columns->size; i++)
		ak_core_json_push(out, term(model, columns->items[i], false));
	return out;
}

static AkJson *
definition(const AkModel *model, char kind, const AkJson *facts)
{
	AkJson	   *out = ak_core_json_object();

	if (kind == 'f')
		return ak_model_foreign_key_document(facts, plain_terms(model, ak_core_json_get(facts, "columns")),
											 plain_terms(model, ak_core_json_get(facts, "set")));
	if (kind == 'c')
		ak_core_json_put(out, "check", ak_core_json_get(facts, "check"));
	else if (kind == 'x')
		ak_core_json_put(out, "exclude", key_terms(model, facts, true));
	else
		ak_core_json_put(out, kind == 'u' ? "unique" : "fields", key_terms(model, facts, false));
	if (kind == 'c' && !truth(facts, "enforced"))
		ak_core_json_put(out, "enforced", ak_core_json_bool(false));
	else if (kind == 'c' && !truth(facts, "valid"))
		ak_core_json_put(out, "valid", ak_core_json_bool(false));
	if (kind == 'i' && truth(facts, "unique"))
		ak_core_json_put(out, "unique", ak_core_json_bool(true));
	if (kind != 'c')
		put_rest(out, model, facts, kind == 'x' ? "gist" : "btree");
	return out;
}

/* ---- what belongs to a field ---- */

/* The field's definition; its default has no part in what it makes. */
static AkFieldDef *
definition_without_default(const AkField *field)
{
	AkJson	   *definition = ak_model_registered_definition(field);
	AkModelDef *def = ak_model_definition_of(field->model);

	def->registered = true;
	ak_core_json_remove(definition, "default");
	ak_core_json_remove(definition, "db_default");
	return ak_model_define_instead(def, field, definition);
}

List *
ak_model_field_checks(const AkField *field)
{
	return field->column != NULL && !field->type->relation ? definition_without_default(field)->checks : NIL;
}

/* What a field's options make. */
static void
read_promises(const AkField *field, AkPromises *out)
{
	AkFieldDef *def;

	if (field->type->relation)
	{
		out->unique = ak_core_json_get_bool(field->options, "unique", strcmp(field->type->name, "OneToOne") == 0);
		out->db_index = ak_core_json_get_bool(field->options, "db_index", true);
	}
	else
	{
		def = definition_without_default(field);
		out->checks = def->checks;
		out->unique = def->unique;
		out->db_index = def->db_index;
	}
	out->unique = out->unique && !(field->is_key && field->model->nkeys == 1);
	out->db_index = out->db_index && !out->unique && !field->is_key;
	out->known = true;
}

static const AkPromises *
promises_of(AkObjectReader *reader, const AkField *field)
{
	AkPromises *promises = &reader->promises[field->index];

	if (!promises->known)
		read_promises(field, promises);
	return promises;
}

/* The rule of the field that a CHECK is, by the end of its name; NULL when it is none. */
static char *
rule_of(const AkPromises *promises, const char *constraint)
{
	ListCell   *cell;

	foreach(cell, promises->checks)
	{
		char	   *rule = ((AkCheck *) lfirst(cell))->rule;
		size_t		length = strlen(constraint);
		size_t		tail = strlen(rule);

		if (length > tail + 1 && constraint[length - tail - 1] == '_' &&
			strcmp(constraint + length - tail, rule) == 0)
			return rule;
	}
	return NULL;
}

/* Are these columns of the table and nothing more? */
static bool
are_plain_terms(const AkJson *terms, const AkJson *columns)
{
	if (terms->size != columns->size)
		return false;
	for (int i = 0; i < terms->size; i++)
		if (terms->items[i]->kind != AK_JSON_STRING || truth(columns->items[i], "desc"))
			return false;
	return true;
}

/* The field that stands for several columns, in this order; NULL: none. */
static AkField *
field_of_columns(const AkModel *model, const AkJson *columns)
{
	for (int i = 0; i < model->nfields; i++)
	{
		AkField    *field = model->fields[i];
		bool		same = list_length(field->parts) == columns->size;

		for (int j = 0; same && j < columns->size; j++)
		{
			const char *column = word(columns->items[j], "column");

			same = column != NULL && strcmp(((AkField *) list_nth(field->parts, j))->column, column) == 0;
		}
		if (same)
			return field;
	}
	return NULL;
}

/* An index or a constraint that says no more than "unique" or "db_index" of one field. */
static bool
is_plain(const AkObject *object, const AkJson *facts)
{
	return object->definition->size == (object->kind == 'i' && object->unique ? 2 : 1) &&
		are_plain_terms(object->definition->items[0], ak_core_json_get(facts, "columns"));
}

/* A rule of a field that looks at other columns too: the field that promises a CHECK of this name. */
static void
find_owner_of_check(AkObjectReader *reader, AkObject *object, const AkJson *columns)
{
	for (int i = 0; i < columns->size && object->rule == NULL; i++)
	{
		AkField    *field = field_of_column(reader->model, word(columns->items[i], "column"));
		ListCell   *cell;

		if (field == NULL || field->type->relation)
			continue;
		foreach(cell, promises_of(reader, field)->checks)
		{
			const AkCheck *check = lfirst(cell);

			if (!check->of_row ||
				strcmp(ak_model_object_name(reader->model->table, field->name, check->rule), object->name) != 0)
				continue;
			object->field = field;
			object->rule = check->rule;
		}
	}
}

/* Finds the field whose definition made the object; a second of its kind is somebody's own. */
static void
find_owner(AkObjectReader *reader, AkObject *object, const AkJson *facts)
{
	const AkJson *columns = ak_core_json_get(facts, "columns");
	const AkPromises *promises;
	char	   *column;

	if (object->kind == 'f')
	{
		object->field = ak_model_field_of_key(reader->model, object->name);
		object->rule = object->field ? "foreign_key" : NULL;
		return;
	}
	if (columns == NULL || columns->kind != AK_JSON_ARRAY || columns->size == 0)
		return;
	column = word(columns->items[0], "column");
	if (columns->size > 1)
		object->field = field_of_columns(reader->model, columns);
	else
		object->field = column ? field_of_column(reader->model, column) : NULL;
	if (object->kind == 'c' && columns->size > 1)
		find_owner_of_check(reader, object, columns);
	if (object->field == NULL || object->rule != NULL)
		return;
	promises = promises_of(reader, object->field);
	object->plain = object->kind != 'c' && object->kind != 'x' && is_plain(object, facts);
	if (object->kind == 'c')
		object->rule = rule_of(promises, object->name);
	else if (object->kind == 'u' && object->plain && promises->unique)
		object->rule = "unique";
	else if (object->plain && !object->unique && promises->db_index)
		object->rule = "db_index";
	if (object->rule != NULL && ak_model_field_object(reader->objects, object->field, object->rule) != NULL)
		object->rule = NULL;
}

/* ---- reading ---- */

static List *
numbers(const AkJson *facts)
{
	const AkJson *list = ak_core_json_get(facts, "numbers");
	List	   *out = NIL;

	for (int i = 0; list && list->kind == AK_JSON_ARRAY && i < list->size; i++)
		out = lappend_int(out, pg_strtoint32(list->items[i]->text));
	return out;
}

static bool
take_object(TupleTableSlot *row, void *arg)
{
	AkObjectReader *reader = arg;
	AkObject   *object = palloc0(sizeof(AkObject));
	bool		isnull;
	char	   *json = TextDatumGetCString(slot_getattr(row, 3, &isnull));
	AkJson	   *facts = ak_core_json_parse(json, strlen(json), "the catalog");

	object->kind = *TextDatumGetCString(slot_getattr(row, 1, &isnull));
	object->name = TextDatumGetCString(slot_getattr(row, 2, &isnull));
	object->unique = object->kind == 'u' || truth(facts, "unique");
	object->definition = definition(reader->model, object->kind, facts);
	find_owner(reader, object, facts);
	object->columns = numbers(facts);
	ak_core_json_put(object->definition, "name", ak_core_json_string(object->name));
	reader->objects = lappend(reader->objects, object);
	return true;
}

List *
ak_model_objects(const AkModel *model, int flags)
{
	AkObjectReader reader = {.model = model};
	int			level = ak_model_pin_search_path();
	AkStatement st;

	reader.promises = palloc0(sizeof(AkPromises) * Max(model->nfields, 1));
	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, "SELECT * FROM (" CHECKS);
	ak_core_bind(&st, OIDOID, ObjectIdGetDatum(model->relid), false);
	appendStringInfoString(&st.sql, INDEXES);
	ak_core_bind_again(&st, 1);
	appendStringInfoString(&st.sql, ak_model_foreign_keys);
	ak_core_bind_again(&st, 1);
	appendStringInfoString(&st.sql, ") o (kind, name, facts) ORDER BY kind = 'f', name");
	ak_core_run(&st, flags, take_object, &reader);
	ak_model_unpin_search_path(level);
	return reader.objects;
}

AkObject *
ak_model_find_object(const AkModel *model, const char *name, bool constraint)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, ak_model_objects(model, 0))
	{
		AkObject   *object = lfirst(cell);

		if (constraint ? object->kind == 'i' && !object->unique : object->kind != 'i')
			continue;
		if (object->kind == 'f' && object->rule != NULL)
			continue;
		if (strcmp(object->name, name) == 0)
			return object;
		names = lappend(names, object->name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 constraint ? errmsg("model \"%s\" has no constraint \"%s\"", model->label, name)
			 : errmsg("model \"%s\" has no index \"%s\"", model->label, name),
			 ak_core_hint_nearest(name, names)));
	return NULL;
}

/* The object that a field's definition made for a rule of this name; NULL when it is not there. */
AkObject *
ak_model_field_object(List *objects, const AkField *field, const char *rule)
{
	ListCell   *cell;

	foreach(cell, objects)
	{
		AkObject   *object = lfirst(cell);

		if (object->rule != NULL && object->field == field && strcmp(object->rule, rule) == 0)
			return object;
	}
	return NULL;
}

/* ---- renaming ---- */

static void
rename_rule(const AkModel *model, const AkObject *object, const char *new_name)
{
	if (strcmp(object->name, new_name) == 0 ||
		OidIsValid(get_relation_constraint_oid(model->relid, new_name, true)))
		return;
	ak_core_ddl("ALTER TABLE %s RENAME CONSTRAINT %s TO %s", model->sql_name,
				ak_core_quote(object->name), ak_core_quote(new_name));
}

void
ak_model_rename_rules(const AkModel *model, const AkField *only, const char *table, const char *field)
{
	ListCell   *cell;

	foreach(cell, ak_model_objects(model, 0))
	{
		AkObject   *object = lfirst(cell);

		if (object->kind != 'c' || object->rule == NULL || (only != NULL && object->field != only))
			continue;
		if (strcmp(object->name, ak_model_object_name(model->table, object->field->name, object->rule)) == 0)
			rename_rule(model, object, ak_model_object_name(table, field ? field : object->field->name, object->rule));
	}
}

/* Is there a plain unique constraint, or index, over the field alone, whoever made it? */
bool
ak_model_has_plain_object(List *objects, const AkField *field, bool unique)
{
	ListCell   *cell;

	foreach(cell, objects)
	{
		AkObject   *object = lfirst(cell);

		if (object->plain && object->field == field && object->unique == unique)
			return true;
	}
	return false;
}
