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
	if (field->column == NULL)
	{
		ak_core_problem(problems, key, ERRCODE_FEATURE_NOT_SUPPORTED, "not_writable",
						"\"%s\" is a many-to-many relation and cannot be written with the row", key);
		ak_core_problem_hint(problems, pstrdup("Use aksara.related_set once the row is there."));
	}
	else if (field->attnum == 0)
		ak_core_problem(problems, key, ERRCODE_UNDEFINED_COLUMN, "unknown",
						"the column of field \"%s\" is gone", key);
	else if (field->generated)
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
	if (!is_writable(field, key, problems))
		return;
	row->fields[row->count] = field;
	if (ak_model_read(field, value, &row->values[row->count], problems))
		row->count++;
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
	row->model = model;
	row->count = 0;
	row->fields = palloc(sizeof(AkField *) * Max(document->size, 1));
	row->values = palloc(sizeof(AkValue) * Max(document->size, 1));
	row->named = palloc0(sizeof(bool) * Max(model->nfields, 1));
	for (int i = 0; i < document->size; i++)
		read_member(row, known_field(model, document, i, known), document->keys[i], document->items[i], problems);
	sort_fields(row);
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

void
ak_query_refuse_null_value(const AkRow *row, int i, AkProblems *problems)
{
	const AkField *field = row->fields[i];

	if (row->values[i].isnull && field->not_null && ak_model_filled_from(field) == NULL)
		ak_core_problem(problems, field->name, ERRCODE_NOT_NULL_VIOLATION, "null",
						"\"%s\" must not be null", field->name)->column = field->column;
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

/* An update of nothing but the key sets the key to itself, so that triggers see it. */
static void
write_same_key(AkStatement *st, const AkModel *model)
{
	const char *column = ak_core_quote(model->keys[0]->column);

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
	AkStatement st;
	Datum		json;
	bool		isnull;

	ak_core_statement_init(&st);
	ak_query_write_insert(&st, row);
	if (skip_conflict)
		appendStringInfoString(&st.sql, " ON CONFLICT DO NOTHING");
	appendStringInfoString(&st.sql, " RETURNING ");
	ak_query_write_row_json(&st, row->model, 0);
	if (!ak_core_run_one(&st, 0, &json, &isnull))
		return (Datum) 0;
	return json;
}
