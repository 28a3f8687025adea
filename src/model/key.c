/*
 * key.c
 *		The primary key of a model being defined.
 *
 * Meta's word decides: "uuid" and "bigint" make a field id, a name or a list
 * of names takes fields of the definition.  Without it the fields that say
 * "primary_key" are the key, and where there is none, id is a uuid.
 */
#include "postgres.h"

#include "model/internal.h"

static void
bad_key(const char *message)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("%s", message)));
}

/* The fields that say of themselves that they are the key. */
static List *
marked_fields(const AkModelDef *def)
{
	List	   *marked = NIL;
	ListCell   *cell;

	foreach(cell, def->fields)
		if (((AkFieldDef *) lfirst(cell))->primary_key)
			marked = lappend(marked, lfirst(cell));
	return marked;
}

static AkFieldDef *
named_field(const AkModelDef *def, const char *name)
{
	AkFieldDef *field = ak_model_find_field_def(def, name);
	List	   *names = list_make2("uuid", "bigint");
	ListCell   *cell;

	if (field != NULL)
		return field;
	foreach(cell, def->fields)
		names = lappend(names, ((AkFieldDef *) lfirst(cell))->name);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("\"primary_key\" is \"%s\", but must be \"uuid\", \"bigint\" or the name of a field", name),
			 ak_core_hint_nearest(name, names)));
	return NULL;
}

static void
take_field(AkModelDef *def, AkFieldDef *field)
{
	if (field->column == NULL || field->nullable)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"%s\" cannot be the primary key", field->name),
				 field->column == NULL ? errdetail("It has no column.") : errdetail("It is nullable.")));
	if (list_member_ptr(def->keys, field))
		bad_key(psprintf("\"primary_key\" of model \"%s\" names field \"%s\" twice", def->name, field->name));
	field->primary_key = true;
	def->keys = lappend(def->keys, field);
}

static void
take_list(AkModelDef *def, const AkJson *names)
{
	if (names->size == 0)
		bad_key(psprintf("\"primary_key\" of model \"%s\" holds an empty list", def->name));
	for (int i = 0; i < names->size; i++)
	{
		ak_core_json_expect(names->items[i], AK_JSON_STRING, "a member of \"primary_key\"");
		take_field(def, named_field(def, names->items[i]->text));
	}
}

/* A field id of its own, which stands first. */
static void
add_id(AkModelDef *def, const char *type)
{
	AkJson	   *object = ak_core_json_object();

	if (ak_model_find_field_def(def, "id") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("field \"id\" of model \"%s\" must be the primary key", def->name),
				 errhint("Add \"primary_key\": true, or mark another field.")));
	ak_core_json_put(object, "type", ak_core_json_string(type));
	ak_core_json_put(object, "primary_key", ak_core_json_bool(true));
	def->fields = lcons(ak_model_define_field(def, "id", object), def->fields);
	take_field(def, linitial(def->fields));
}

/* Is the word one of the two kinds of id, and no field's name? */
static bool
is_kind(const AkModelDef *def, const char *word)
{
	return (strcmp(word, "uuid") == 0 || strcmp(word, "bigint") == 0) &&
		ak_model_find_field_def(def, word) == NULL;
}

static void
check_marked(const AkModelDef *def, List *marked)
{
	ListCell   *cell;

	foreach(cell, marked)
		if (!list_member_ptr(def->keys, lfirst(cell)))
			bad_key(psprintf("field \"%s\" of model \"%s\" says \"primary_key\", but meta names another key",
							 ((AkFieldDef *) lfirst(cell))->name, def->name));
}

void
ak_model_add_key(AkModelDef *def)
{
	const AkJson *word = ak_core_json_get(def->meta, "primary_key");
	List	   *marked = marked_fields(def);
	ListCell   *cell;

	if (word != NULL && word->kind == AK_JSON_ARRAY)
		take_list(def, word);
	else if (word != NULL && word->kind != AK_JSON_NULL &&
			 !is_kind(def, ak_core_json_expect(word, AK_JSON_STRING, "\"primary_key\"")->text))
		take_field(def, named_field(def, word->text));
	else if (marked != NIL)
		foreach(cell, marked)
			take_field(def, lfirst(cell));
	else
		add_id(def, word != NULL && word->kind == AK_JSON_STRING && strcmp(word->text, "bigint") == 0
			   ? "BigAuto" : "UUID");
	check_marked(def, marked);
}

/* ---- keys in documents ---- */

AkJson *
ak_model_key_object(const AkModel *model, const Datum *values, const bool *nulls)
{
	AkJson	   *object = ak_core_json_object();

	for (int i = 0; i < model->nkeys; i++)
		ak_core_json_put(object, model->keys[i]->json_name,
						 ak_model_value_to_json(model->keys[i]->typid, values[i], nulls[i]));
	return object;
}

AkJson *
ak_model_key_document(const AkModel *model, const Datum *values, const bool *nulls)
{
	if (model->nkeys == 0)
		return ak_core_json_null();
	if (model->nkeys == 1)
		return ak_model_value_to_json(model->keys[0]->typid, values[0], nulls[0]);
	return ak_model_key_object(model, values, nulls);
}

/* Of a row that has the key's columns first, in its order. */
AkJson *
ak_model_leading_key(const AkModel *model, TupleTableSlot *row)
{
	slot_getsomeattrs(row, model->nkeys);
	return ak_model_key_document(model, row->tts_values, row->tts_isnull);
}
