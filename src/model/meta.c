/*
 * meta.c
 *		The options of a model as a whole.
 */
#include "postgres.h"

#include "model/internal.h"

static const char *const meta_options[] = {
	"table_name", "ordering", "unique_together", "indexes", "primary_key", "timestamps",
	"verbose_name", "verbose_name_plural", "comment",
	"ai_name", "ai_description", "ai_agent_exposed", "ai_permissions", "ai_examples", NULL
};

static List *
meta_names(void)
{
	List	   *names = NIL;

	for (int i = 0; meta_options[i]; i++)
		names = lappend(names, unconstify(char *, meta_options[i]));
	return names;
}

static bool
is_meta_option(const char *word)
{
	for (int i = 0; meta_options[i]; i++)
		if (strcmp(meta_options[i], word) == 0)
			return true;
	return false;
}

/* A list of strings; a single string is a list of one. */
static AkJson *
string_list(const AkJson *value, const char *what)
{
	AkJson	   *list;

	if (value->kind == AK_JSON_STRING)
	{
		list = ak_core_json_array();
		ak_core_json_push(list, unconstify(AkJson *, value));
		return list;
	}
	ak_core_json_expect(value, AK_JSON_ARRAY, what);
	for (int i = 0; i < value->size; i++)
		ak_core_json_expect(value->items[i], AK_JSON_STRING, psprintf("a member of %s", what));
	return unconstify(AkJson *, value);
}

/* A list of lists; a plain list of strings is a list of one list. */
static AkJson *
list_of_lists(const AkJson *value, const char *what)
{
	AkJson	   *list;

	ak_core_json_expect(value, AK_JSON_ARRAY, what);
	if (value->size == 0 || value->items[0]->kind != AK_JSON_STRING)
		return unconstify(AkJson *, value);
	list = ak_core_json_array();
	ak_core_json_push(list, unconstify(AkJson *, value));
	return list;
}

/* The meta with first names and lists where lists belong; unknown options are refused. */
AkJson *
ak_model_read_meta(const AkJson *meta)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_expect(meta, AK_JSON_OBJECT, "argument \"meta\"");
	for (int i = 0; i < meta->size; i++)
	{
		const char *word = strcmp(meta->keys[i], "db_table") == 0 ? "table_name" : meta->keys[i];
		AkJson	   *value = meta->items[i];

		if (!is_meta_option(word))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("a model has no option \"%s\"", word),
					 ak_core_hint_nearest(word, meta_names())));
		if (strcmp(word, "ordering") == 0)
			value = string_list(value, "\"ordering\"");
		else if (strcmp(word, "unique_together") == 0 || strcmp(word, "indexes") == 0)
			value = list_of_lists(value, psprintf("\"%s\"", word));
		ak_core_json_put(out, word, value);
	}
	return out;
}

/* ---- references to fields ---- */

static AkFieldDef *
find_field(const AkModelDef *def, const char *name, int length)
{
	ListCell   *cell;

	foreach(cell, def->fields)
	{
		AkFieldDef *field = lfirst(cell);

		if (strlen(field->name) == (size_t) length && strncmp(field->name, name, length) == 0)
			return field;
		if (field->column && strlen(field->column) == (size_t) length &&
			strncmp(field->column, name, length) == 0)
			return field;
	}
	return NULL;
}

static void
no_field(const AkModelDef *def, const char *name, const char *option)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, def->fields)
		names = lappend(names, ((AkFieldDef *) lfirst(cell))->name);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("\"%s\" of model \"%s\" names unknown field \"%s\"", option, def->name, name),
			 ak_core_hint_nearest(name, names)));
}

/* The column of a field named in meta. */
AkFieldDef *
ak_model_meta_field(const AkModelDef *def, const char *name, const char *option)
{
	AkFieldDef *field = find_field(def, name, strlen(name));

	if (field == NULL || field->column == NULL)
		no_field(def, name, option);
	return field;
}

/* The first step of an order term's path, and its length. */
static const char *
first_step(const char *term, int *length)
{
	const char *path = *term == '-' ? term + 1 : term;
	const char *end = strstr(path, "__");

	*length = end ? end - path : (int) strlen(path);
	return path;
}

static void
check_ordering(const AkModelDef *def)
{
	const AkJson *ordering = ak_core_json_get(def->meta, "ordering");

	for (int i = 0; ordering && i < ordering->size; i++)
	{
		int			length;
		const char *step = first_step(ordering->items[i]->text, &length);

		if (strcmp(step, "?") == 0 || (length == 2 && strncmp(step, "pk", 2) == 0))
			continue;
		if (find_field(def, step, length) == NULL)
			no_field(def, pnstrdup(step, length), "ordering");
	}
}

static void
check_field_list(const AkModelDef *def, const AkJson *list, const char *option)
{
	string_list(list, psprintf("a member of \"%s\"", option));
	if (list->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("\"%s\" of model \"%s\" holds an empty list", option, def->name)));
	for (int i = 0; i < list->size; i++)
	{
		const char *name = list->items[i]->text;

		ak_model_meta_field(def, *name == '-' ? name + 1 : name, option);
	}
}

/* An index is a list of fields, or an object with fields, name and unique. */
static void
check_index(const AkModelDef *def, const AkJson *index)
{
	const AkJson *fields = index;

	if (index->kind == AK_JSON_OBJECT)
	{
		for (int i = 0; i < index->size; i++)
			if (strcmp(index->keys[i], "fields") != 0 && strcmp(index->keys[i], "name") != 0 &&
				strcmp(index->keys[i], "unique") != 0)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
						 errmsg("an index has no option \"%s\"", index->keys[i]),
						 ak_core_hint_nearest(index->keys[i], list_make3("fields", "name", "unique"))));
		fields = ak_core_json_get(index, "fields");
		if (fields == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("an index of model \"%s\" names no fields", def->name)));
	}
	check_field_list(def, fields, "indexes");
}

void
ak_model_check_meta(const AkModelDef *def)
{
	const AkJson *unique = ak_core_json_get(def->meta, "unique_together");
	const AkJson *indexes = ak_core_json_get(def->meta, "indexes");

	check_ordering(def);
	for (int i = 0; unique && i < unique->size; i++)
		check_field_list(def, unique->items[i], "unique_together");
	for (int i = 0; indexes && i < indexes->size; i++)
		check_index(def, indexes->items[i]);
}

/* Does a default order term's first step name a field that is there? */
bool
ak_model_order_term_known(const AkModel *model, const char *term)
{
	int			length;
	const char *step = first_step(term, &length);
	char	   *name = pnstrdup(step, length);
	AkField    *field;

	if (strcmp(name, "?") == 0)
		return true;
	field = ak_model_field(model, name);
	return field != NULL && (field->column == NULL || field->attnum != 0);
}

/* ---- renaming ---- */

/* A term with its first step renamed; NULL when the field goes; the term itself when it is another's. */
static AkJson *
rename_term(AkJson *term, const char *old_name, const char *new_name)
{
	int			length;
	const char *step;

	if (term->kind != AK_JSON_STRING)
		return term;
	step = first_step(term->text, &length);
	if (strlen(old_name) != (size_t) length || strncmp(step, old_name, length) != 0)
		return term;
	if (new_name == NULL)
		return NULL;
	return ak_core_json_string(psprintf("%s%s%s", *term->text == '-' ? "-" : "", new_name, step + length));
}

/* A list with the field renamed; NULL when it lost a member and `whole` is asked for. */
static AkJson *
rename_list(const AkJson *list, const char *old_name, const char *new_name, bool whole)
{
	AkJson	   *out = ak_core_json_array();

	for (int i = 0; i < list->size; i++)
	{
		AkJson	   *term = rename_term(list->items[i], old_name, new_name);

		if (term != NULL)
			ak_core_json_push(out, term);
		else if (whole)
			return NULL;
	}
	return out;
}

/* Indexes and unique_together: what names a removed field goes as a whole. */
static AkJson *
rename_lists(const AkJson *lists, const char *old_name, const char *new_name)
{
	AkJson	   *out = ak_core_json_array();

	for (int i = 0; i < lists->size; i++)
	{
		AkJson	   *item = lists->items[i];
		AkJson	   *fields = item->kind == AK_JSON_OBJECT ? ak_core_json_get(item, "fields") : item;
		AkJson	   *renamed = rename_list(fields, old_name, new_name, true);

		if (renamed == NULL)
			continue;
		if (item->kind == AK_JSON_OBJECT)
		{
			item = ak_core_json_copy(item);
			ak_core_json_put(item, "fields", renamed);
			renamed = item;
		}
		ak_core_json_push(out, renamed);
	}
	return out;
}

AkJson *
ak_model_meta_rename(const AkJson *meta, const char *old_name, const char *new_name)
{
	AkJson	   *out = ak_core_json_copy(meta);
	AkJson	   *ordering = ak_core_json_get(meta, "ordering");
	static const char *const lists[] = {"unique_together", "indexes"};

	if (ordering != NULL)
		ak_core_json_put(out, "ordering", rename_list(ordering, old_name, new_name, false));
	for (size_t i = 0; i < lengthof(lists); i++)
	{
		AkJson	   *list = ak_core_json_get(meta, lists[i]);

		if (list != NULL)
			ak_core_json_put(out, lists[i], rename_lists(list, old_name, new_name));
	}
	return out;
}
