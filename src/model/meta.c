/*
 * meta.c
 *		The options of a model as a whole.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "model/internal.h"

static const char *const meta_options[] = {
	"table_name", "ordering", "unique_together", "indexes", "constraints", "primary_key", "timestamps",
	"abstract", "extends", "verbose_name", "verbose_name_plural", "comment",
	"ai_name", "ai_description", "ai_agent_exposed", "ai_permissions", "ai_examples",
};

static List *registered = NIL;	/* of const AkMetaOption *, in TopMemoryContext */

void
ak_model_register_meta(const AkMetaOption *option)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	registered = lappend(registered, unconstify(AkMetaOption *, option));
	MemoryContextSwitchTo(old);
}

static List *
meta_names(void)
{
	List	   *names = NIL;
	ListCell   *cell;

	for (int i = 0; i < lengthof(meta_options); i++)
		names = lappend(names, unconstify(char *, meta_options[i]));
	foreach(cell, registered)
		names = lappend(names, unconstify(char *, ((const AkMetaOption *) lfirst(cell))->name));
	return names;
}

void
ak_model_define_constraint(AkModelDef *def, const AkJson *document)
{
	def->objects = lappend(def->objects, ak_model_define_object(def, document, true));
}

/* Gives upper rooms their options. */
static void
define_registered(AkModelDef *def)
{
	ListCell   *cell;

	foreach(cell, registered)
	{
		const AkMetaOption *option = lfirst(cell);
		const AkJson *value = ak_core_json_get(def->meta, option->name);

		if (value != NULL)
			ak_core_json_put(def->meta, option->name, option->define(def, value));
	}
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

/* Refuses a text where a number stands, and the like. */
static void
check_kind(const char *option, const AkJson *value)
{
	static const char *const texts[] = {
		"table_name", "verbose_name", "verbose_name_plural", "comment", "ai_name", "ai_description", NULL
	};
	static const char *const truths[] = {"timestamps", "abstract", "ai_agent_exposed", NULL};

	for (int i = 0; texts[i]; i++)
		if (strcmp(texts[i], option) == 0)
			ak_core_json_expect(value, AK_JSON_STRING, psprintf("\"%s\"", option));
	for (int i = 0; truths[i]; i++)
		if (strcmp(truths[i], option) == 0)
			ak_core_json_expect(value, AK_JSON_BOOL, psprintf("\"%s\"", option));
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

		if (!ak_core_is_among(word, meta_names()))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("a model has no option \"%s\"", word),
					 strcmp(word, "app_label") == 0 ? errhint("The app is the schema: name the model \"app.Name\".")
					 : ak_core_hint_nearest(word, meta_names())));
		if (ak_core_json_get(out, word) != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("option \"%s\" of a model is given twice", word)));
		if (value->kind == AK_JSON_NULL)
			continue;
		check_kind(word, value);
		if (strcmp(word, "ordering") == 0 || strcmp(word, "extends") == 0 ||
			strcmp(word, "ai_permissions") == 0 || strcmp(word, "ai_examples") == 0)
			value = string_list(value, psprintf("\"%s\"", word));
		else if (strcmp(word, "constraints") == 0)
			ak_core_json_expect(value, AK_JSON_ARRAY, "\"constraints\"");
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

static void no_field(const AkModelDef *def, const char *name, const char *option) pg_attribute_noreturn();

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

	if (field == NULL)
		no_field(def, name, option);
	if (field->column == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("\"%s\" of model \"%s\" names field \"%s\", which has no column", option, def->name, name)));
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

void
ak_model_check_ordering(const AkModelDef *def)
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

/* A list of fields as the document of a unique constraint. */
static AkJson *
unique_object(const AkJson *fields)
{
	AkJson	   *object = ak_core_json_object();

	ak_core_json_put(object, "unique", string_list(fields, "a member of \"unique_together\""));
	return object;
}

/* Makes the members of one option ready. */
static void
define_objects(AkModelDef *def, const char *option)
{
	const AkJson *list = ak_core_json_get(def->meta, option);
	bool		together = strcmp(option, "unique_together") == 0;

	for (int i = 0; list && i < list->size; i++)
	{
		const AkJson *object = together ? unique_object(list->items[i]) : list->items[i];

		def->objects = lappend(def->objects,
							   ak_model_define_object(def, object, strcmp(option, "indexes") != 0));
	}
}

void
ak_model_check_meta(AkModelDef *def)
{
	ak_model_check_ordering(def);
	define_objects(def, "unique_together");
	define_objects(def, "constraints");
	define_objects(def, "indexes");
	define_registered(def);
}

/* A base keeps what its heirs take; else the catalog holds keys, constraints, indexes and the comment. */
AkJson *
ak_model_kept_meta(const AkModelDef *def)
{
	static const char *const own[] = {"timestamps", NULL};
	static const char *const told[] = {
		"timestamps", "unique_together", "constraints", "indexes", "primary_key", "comment", NULL
	};
	AkJson	   *out = ak_core_json_copy(def->meta);
	const char *const *options = def->abstract ? own : told;

	for (int i = 0; options[i]; i++)
		ak_core_json_remove(out, options[i]);
	return out;
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

/* The default ordering with the field renamed, or without it. */
AkJson *
ak_model_meta_rename(const AkJson *meta, const char *old_name, const char *new_name)
{
	AkJson	   *out = ak_core_json_copy(meta);
	AkJson	   *ordering = ak_core_json_get(meta, "ordering");
	AkJson	   *list = ak_core_json_array();

	for (int i = 0; ordering && i < ordering->size; i++)
	{
		AkJson	   *term = rename_term(ordering->items[i], old_name, new_name);

		if (term != NULL)
			ak_core_json_push(list, term);
	}
	if (ordering != NULL)
		ak_core_json_put(out, "ordering", list);
	return out;
}
