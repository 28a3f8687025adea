/*
 * row.c
 *		From a document to the row that is written.
 *
 * Documents are read strictly: an unknown key, a key given under two names and
 * a value that does not fit are problems, and all problems of a document are
 * reported together.  What the table's own constraints say is left to them:
 * they hold for every writer.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "utils/rel.h"
#include "utils/typcache.h"

#include "query/row.h"

AkJson *
ak_query_arg_object(FunctionCallInfo fcinfo, int n, const char *name)
{
	AkJson	   *document = ak_core_arg_json(fcinfo, n, name);

	ak_core_json_expect(document, AK_JSON_OBJECT, psprintf("argument \"%s\"", name));
	return document;
}

AkValue *
ak_query_row_value(const AkRow *row, const AkField *field)
{
	for (int i = 0; i < row->count; i++)
		if (row->fields[i] == field)
			return &row->values[i];
	return NULL;
}

static void
unknown_key(const AkModel *model, const char *key, AkProblems *problems)
{
	const char *nearest = ak_core_nearest(key, ak_model_field_names(model));

	ak_core_problem(problems, key, ERRCODE_UNDEFINED_COLUMN, "unknown",
					"model \"%s\" has no field \"%s\"", model->label, key);
	if (nearest != NULL)
		ak_core_problem_hint(problems, psprintf("Perhaps you meant \"%s\".", nearest));
}

/* May this field be given in a document?  If not, says why. */
static bool
is_writable(const AkField *field, const char *key, AkProblems *problems)
{
	if (field->column == NULL && field->parts == NIL)
	{
		ak_core_problem(problems, key, ERRCODE_FEATURE_NOT_SUPPORTED, "not_writable",
						"\"%s\" is a many-to-many relation and cannot be written with the row", key);
		ak_core_problem_hint(problems, pstrdup("Use aksara.related_set once the row is there."));
	}
	else if (field->attnum == 0)
		ak_core_problem(problems, key, ERRCODE_UNDEFINED_COLUMN, "unknown",
						"the column of field \"%s\" is gone", key);
	else if (field->generated && !field->is_key)	/* a key may say which row */
		ak_core_problem(problems, key, ERRCODE_GENERATED_ALWAYS, "not_writable",
						"\"%s\" is generated and cannot be written", key);
	else
		return true;
	return false;
}

static void
read_member(AkRow *row, AkField *field, const char *key, const AkJson *value, AkProblems *problems)
{
	if (field == NULL)
	{
		unknown_key(row->model, key, problems);
		return;
	}
	if (row->named[field->index])
	{
		ak_core_problem(problems, key, ERRCODE_DUPLICATE_JSON_OBJECT_KEY_VALUE, "duplicate",
						"\"%s\" gives field \"%s\" a second time", key, field->name);
		return;
	}
	row->named[field->index] = true;
	if (field->parts != NIL || !is_writable(field, key, problems))
		return;					/* what stands for several is read after them */
	row->fields[row->count] = field;
	if (ak_model_read(field, value, &row->values[row->count], problems))
		row->count++;
}

/* ---- a field that stands for several ---- */

static bool
same_value(const AkValue *a, const AkValue *b, Oid collation)
{
	TypeCacheEntry *type = lookup_type_cache(a->type, TYPECACHE_EQ_OPR_FINFO);

	if (a->isnull || b->isnull)
		return a->isnull && b->isnull;
	return OidIsValid(type->eq_opr_finfo.fn_oid) &&
		DatumGetBool(FunctionCall2Coll(&type->eq_opr_finfo, collation, a->datum, b->datum));
}

/* Gives a part its value, unless the document gives it itself: then they must be the same. */
static void
give_part(AkRow *row, const AkField *whole, AkField *part, const AkJson *value, AkProblems *problems)
{
	AkValue    *given = ak_query_row_value(row, part);
	AkValue		read;

	if (row->named[part->index] && given == NULL)
		return;					/* read badly, which was said */
	row->named[part->index] = true;
	if (given == NULL && !is_writable(part, part->name, problems))
		return;
	if (!ak_model_read(part, value, &read, problems))
		return;
	if (given == NULL)
	{
		row->fields[row->count] = part;
		row->values[row->count++] = read;
	}
	else if (!same_value(given, &read, part->collation))
		ak_core_problem(problems, part->name, ERRCODE_INVALID_PARAMETER_VALUE, "invalid",
						"\"%s\" is not the same as in \"%s\"", part->name, whole->name);
}

/* The values of the parts: those of the object's key; null where no row is referred to. */
static List *
values_for_parts(const AkField *field, const AkJson *value, AkProblems *problems)
{
	const AkRelation *relation = field->relation;
	List	   *values = NIL;

	if (relation == NULL || relation->target == NULL)
		ak_core_problem(problems, field->name, ERRCODE_UNDEFINED_TABLE, "invalid",
						"\"%s\" is a pending relation and cannot be written", field->name);
	else if (value->kind == AK_JSON_OBJECT)
		values = ak_relation_object_values(relation->target_fields, value);
	if (values == NIL && relation != NULL && relation->target != NULL)
	{
		ak_core_problem(problems, field->name, ERRCODE_INVALID_PARAMETER_VALUE, "invalid",
						"\"%s\" must be an object that holds the key of a row of model \"%s\"",
						field->name, relation->target->label);
		ak_core_problem_hint(problems, psprintf("The key is %s.", ak_query_list_fields(relation->target_fields)));
	}
	return values;
}

/* What is wrong with the parts was said: they are not missing too. */
static void
name_parts(AkRow *row, const AkField *field)
{
	ListCell   *cell;

	foreach(cell, field->parts)
		row->named[((AkField *) lfirst(cell))->index] = true;
}

/* null: no row is referred to, as far as the parts can be null; where none can, that is a problem. */
static void
give_nulls(AkRow *row, const AkField *field, AkProblems *problems)
{
	AkJson	   *null = ak_core_json_null();
	bool		given = false;
	ListCell   *cell;

	foreach(cell, field->parts)
	{
		AkField    *part = lfirst(cell);

		if (part->not_null)
			continue;
		give_part(row, field, part, null, problems);
		given = true;
	}
	if (given)
		return;
	ak_core_problem(problems, field->name, ERRCODE_NOT_NULL_VIOLATION, "null", "\"%s\" must not be null", field->name);
	name_parts(row, field);
}

static void
read_parts(AkRow *row, const AkField *field, const AkJson *value, AkProblems *problems)
{
	const AkJson *plain = ak_model_unwrap(value);
	List	   *values;
	ListCell   *part;
	ListCell   *one;

	if (plain->kind == AK_JSON_NULL)
	{
		give_nulls(row, field, problems);
		return;
	}
	values = values_for_parts(field, plain, problems);
	forboth(part, field->parts, one, values)
		give_part(row, field, lfirst(part), lfirst(one), problems);
	if (values == NIL)
		name_parts(row, field);
}

/* Puts the fields into the model's order: documents that give the same fields are one shape. */
static void
sort_fields(AkRow *row)
{
	for (int i = 1; i < row->count; i++)
	{
		AkField    *field = row->fields[i];
		AkValue		value = row->values[i];
		int			j = i;

		for (; j > 0 && row->fields[j - 1]->position > field->position; j--)
		{
			row->fields[j] = row->fields[j - 1];
			row->values[j] = row->values[j - 1];
		}
		row->fields[j] = field;
		row->values[j] = value;
	}
}

/* The field of a document's key number i, remembered for the next document. */
static AkField *
known_field(AkModel *model, const AkJson *document, int i, AkKnownKeys *known)
{
	if (known == NULL || i >= known->room)
		return ak_model_field(model, document->keys[i]);
	if (known->keys[i] != document->keys[i])
	{
		known->keys[i] = document->keys[i];
		known->fields[i] = ak_model_field(model, document->keys[i]);
	}
	return known->fields[i];
}

void
ak_query_read_row(AkModel *model, const AkJson *document, AkRow *row, AkProblems *problems)
{
	ak_query_read_known_row(model, document, NULL, row, problems);
}

void
ak_query_read_known_row(AkModel *model, const AkJson *document, AkKnownKeys *known, AkRow *row,
						AkProblems *problems)
{
	bool		several = false;

	row->model = model;
	row->count = 0;
	row->fields = palloc(sizeof(AkField *) * Max(model->nfields, 1));
	row->values = palloc(sizeof(AkValue) * Max(model->nfields, 1));
	row->named = palloc0(sizeof(bool) * Max(model->nfields, 1));
	for (int i = 0; i < document->size; i++)
	{
		AkField    *field = known_field(model, document, i, known);

		several = several || (field != NULL && field->parts != NIL);
		read_member(row, field, document->keys[i], document->items[i], problems);
	}
	for (int i = 0; several && i < document->size; i++)
	{
		AkField    *field = known_field(model, document, i, known);

		if (field != NULL && field->parts != NIL)
			read_parts(row, field, document->items[i], problems);
	}
	sort_fields(row);
}

int
ak_query_place_in_row(const AkRow *row, const AkField *field)
{
	for (int i = 0; i < row->count; i++)
		if (row->fields[i] == field)
			return i;
	pg_unreachable();
}

void
ak_query_set_value(AkRow *row, AkField *field, AkValue value)
{
	AkField   **fields = palloc(sizeof(AkField *) * (row->count + 1));
	AkValue    *values = palloc(sizeof(AkValue) * (row->count + 1));

	memcpy(fields, row->fields, sizeof(AkField *) * row->count);
	memcpy(values, row->values, sizeof(AkValue) * row->count);
	row->fields = fields;
	row->values = values;
	row->fields[row->count] = field;
	row->values[row->count++] = value;
	sort_fields(row);
}

/* Is there a BEFORE row trigger for the event besides aksara's own? */
bool
ak_query_triggers_fill(const AkModel *model, bool update)
{
	Relation	rel = table_open(model->relid, RowExclusiveLock);
	TriggerDesc *triggers = rel->trigdesc;
	bool		found = false;

	for (int i = 0; triggers && i < triggers->numtriggers; i++)
	{
		Trigger    *trigger = &triggers->triggers[i];

		if (TRIGGER_FOR_ROW(trigger->tgtype) && TRIGGER_FOR_BEFORE(trigger->tgtype) &&
			(update ? TRIGGER_FOR_UPDATE(trigger->tgtype) : TRIGGER_FOR_INSERT(trigger->tgtype)) &&
			strcmp(trigger->tgname, "~aksara_rules") != 0)
			found = true;
	}
	table_close(rel, NoLock);
	return found;
}

bool
ak_query_refuses_null(const AkField *field)
{
	return field->not_null && ak_model_filled_from(field) == NULL;
}

void
ak_query_refuse_null_value(const AkRow *row, int i, AkProblems *problems)
{
	const AkField *field = row->fields[i];

	if (row->values[i].isnull && ak_query_refuses_null(field))
		ak_core_problem(problems, field->name, ERRCODE_NOT_NULL_VIOLATION, "null",
						"\"%s\" must not be null", field->name)->column = field->column;
}

void
ak_query_refuse_generated(const AkRow *row, AkProblems *problems)
{
	for (int i = 0; i < row->count; i++)
		if (row->fields[i]->generated && row->fields[i]->is_key)
			ak_core_problem(problems, row->fields[i]->name, ERRCODE_GENERATED_ALWAYS, "not_writable",
							"\"%s\" is generated and cannot be written", row->fields[i]->name);
}

void
ak_query_refuse_nulls(const AkRow *row, AkProblems *problems)
{
	for (int i = 0; i < row->count; i++)
		ak_query_refuse_null_value(row, i, problems);
}

void
ak_query_require(const AkRow *row, AkProblems *problems)
{
	for (int i = 0; i < row->model->nfields; i++)
	{
		AkField    *field = row->model->fields[i];

		if (field->attnum != 0 && field->not_null && !field->has_default && !row->named[i] &&
			ak_model_filled_from(field) == NULL)
			ak_core_problem(problems, field->name, ERRCODE_NOT_NULL_VIOLATION, "required",
							"\"%s\" is required", field->name)->column = field->column;
	}
	ak_query_refuse_nulls(row, problems);
}

void
ak_query_write_insert(AkStatement *st, const AkRow *row)
{
	appendStringInfo(&st->sql, "INSERT INTO %s AS t0 ", row->model->sql_name);
	if (row->count == 0)
	{
		appendStringInfoString(&st->sql, "DEFAULT VALUES");
		return;
	}
	for (int i = 0; i < row->count; i++)
		appendStringInfo(&st->sql, "%s%s", i ? ", " : "(", ak_core_quote(row->fields[i]->column));
	appendStringInfoString(&st->sql, ") VALUES (");
	for (int i = 0; i < row->count; i++)
	{
		if (i > 0)
			appendStringInfoString(&st->sql, ", ");
		ak_core_bind(st, row->values[i].type, row->values[i].datum, row->values[i].isnull);
	}
	appendStringInfoChar(&st->sql, ')');
}

/* An update of nothing but the key sets the key to itself, so that triggers see it; another field where the table alone gives keys. */
static void
write_same_key(AkStatement *st, const AkModel *model)
{
	const AkField *same = model->keys[0];
	const char *column;

	for (int i = 0; same->generated && i < model->nfields; i++)
		if (model->fields[i]->attnum > 0 && !model->fields[i]->generated)
			same = model->fields[i];
	column = ak_core_quote(same->column);
	appendStringInfo(&st->sql, "%s = t0.%s", column, column);
}

void
ak_query_write_update(AkStatement *st, const AkRow *row, bool keep_key)
{
	int			written = 0;

	appendStringInfo(&st->sql, "UPDATE %s AS t0 SET ", row->model->sql_name);
	for (int i = 0; i < row->count; i++)
	{
		if (keep_key && row->fields[i]->is_key)
			continue;
		appendStringInfo(&st->sql, "%s%s = ", written++ ? ", " : "", ak_core_quote(row->fields[i]->column));
		ak_core_bind(st, row->values[i].type, row->values[i].datum, row->values[i].isnull);
	}
	if (written == 0)
		write_same_key(st, row->model);
}

Datum
ak_query_insert(const AkRow *row, bool skip_conflict)
{
	const struct AkLevel *level;
	AkStatement st;
	Datum		json;

	ak_core_statement_init(&st);
	ak_query_write_insert(&st, row);
	if (skip_conflict)
		appendStringInfoString(&st.sql, " ON CONFLICT DO NOTHING");
	level = ak_query_write_returning(&st, row->model);
	return ak_query_run_returning(row->model, level, &st, &json) ? json : (Datum) 0;
}
