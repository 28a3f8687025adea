/*
 * parse.c
 *		A query set's document → AkQuery: names resolved, tables laid out.
 *
 * Each part of the grammar has one reader in one table; a word that is not in
 * the table is an error with the nearest word, so that a misspelt condition
 * cannot be lost.  No text of a document becomes SQL: names are looked up in
 * the registry and written from there, values are bound later.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

typedef struct AkPart
{
	const char *word;
	void		(*read) (AkQuery *query, const AkJson *value, const char *word);
} AkPart;

static void name_annotations(AkQuery *query, const AkJson *value, const char *word);
static void read_pick(AkQuery *query, const AkJson *value, const char *word);
static void read_lock(AkQuery *query, const AkJson *value, const char *word);
static void read_filter(AkQuery *query, const AkJson *value, const char *word);
static void read_exclude(AkQuery *query, const AkJson *value, const char *word);
static void read_order(AkQuery *query, const AkJson *value, const char *word);
static void read_distinct(AkQuery *query, const AkJson *value, const char *word);
static void read_reverse(AkQuery *query, const AkJson *value, const char *word);
static void read_related(AkQuery *query, const AkJson *value, const char *word);
static void read_none(AkQuery *query, const AkJson *value, const char *word);

static const AkPart parts[] = {
	{"model", NULL},
	{"alias", NULL},
	{"annotate", NULL},
	{"group_by", NULL},
	{"pick", read_pick},
	{"only", NULL},
	{"defer", NULL},
	{"union", NULL},
	{"intersection", NULL},
	{"difference", NULL},
	{"all", NULL},
	{"for_update", read_lock},
	{"filter", read_filter},
	{"exclude", read_exclude},
	{"order_by", read_order},
	{"limit", NULL},
	{"offset", NULL},
	{"distinct", read_distinct},
	{"reverse", read_reverse},
	{"select_related", read_related},
	{"prefetch_related", read_related},
	{"none", read_none},
};

/* ---- the whole ---- */

static const AkPart *
find_part(const char *word)
{
	for (int i = 0; i < (int) lengthof(parts); i++)
		if (strcmp(parts[i].word, word) == 0)
			return &parts[i];
	ak_query_unknown_word(word);
}

/* All rows of a model, in its own FROM or as `source`; `outer` and `beside` as in AkQuery. */
static AkQuery *
all_rows(AkModel *model, AkQuery *outer, bool beside, AkSource *source)
{
	AkQuery    *query = palloc0(sizeof(AkQuery));

	query->outer = outer;
	query->beside = beside;
	query->registry = model->registry;
	query->model = model;
	query->source = source ? source : ak_query_root(query, model);
	query->where = ak_query_condition(AK_CONDITION_ALL);
	query->limit = -1;
	return query;
}

AkQuery *
ak_query_all(AkModel *model)
{
	return all_rows(model, NULL, false, NULL);
}

/* The model that a document names, or that of rows which are laid out. */
static AkModel *
model_of(const AkJson *document, const AkSource *source)
{
	const char *name;
	AkModel    *model;

	ak_core_json_expect(document, AK_JSON_OBJECT, "a query set");
	name = ak_core_json_get_string(document, "model");
	if (name == NULL && source != NULL)
		return source->model;
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query set names no model"),
				 errhint("Write {\"model\": \"app.Name\", ...}.")));
	model = ak_model_resolve(ak_model_registry(), name);
	if (source != NULL && model != source->model)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the rows are of model \"%s\", not \"%s\"", source->model->label, model->label)));
	return model;
}

static bool
has_part(const AkJson *document, const char *word)
{
	const AkJson *value = ak_core_json_get(document, word);

	return value != NULL && value->kind != AK_JSON_NULL;
}

/* What is picked stands in place of all that these would bring along. */
static void
refuse_beside_pick(const AkQuery *query, const AkJson *document)
{
	static const char *const others[] = {"select_related", "prefetch_related", "only", "defer"};

	for (int i = 0; query->picked != NIL && i < (int) lengthof(others); i++)
		if (has_part(document, others[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"pick\" and \"%s\" cannot be in one query set", others[i]),
					 errhint("What is picked are values; name a path over the relation.")));
}

/* The parts that others have to be known for. */
static void
read_rest(AkQuery *query, const AkJson *document)
{
	static const char *const sets[] = {"union", "intersection", "difference"};

	for (int i = 0; i < (int) lengthof(sets); i++)
		if (has_part(document, sets[i]) && !ak_core_json_get_bool(document, "none", false))
			ak_query_read_combined(query, ak_core_json_get(document, sets[i]), sets[i],
								   ak_core_json_get_bool(document, "all", false));
	refuse_beside_pick(query, document);
	if (has_part(document, "only"))
		ak_query_read_shown(query, ak_core_json_get(document, "only"), "only");
	if (has_part(document, "defer"))
		ak_query_read_shown(query, ak_core_json_get(document, "defer"), "defer");
}

/* Reads the parts of a document. */
static AkQuery *
read_parts(AkQuery *query, const AkJson *document)
{
	name_annotations(query, ak_core_json_get(document, "alias"), "alias");
	name_annotations(query, ak_core_json_get(document, "annotate"), "annotate");
	if (has_part(document, "group_by"))
		ak_query_group(query, ak_core_json_get(document, "group_by"));
	ak_query_read_annotations(query);
	if (query->grouping != NULL)
		ak_query_read_groups(query);
	for (int i = 0; i < document->size; i++)
	{
		const AkPart *part = find_part(document->keys[i]);

		if (part->read != NULL && document->items[i]->kind != AK_JSON_NULL)
			part->read(query, document->items[i], part->word);
	}
	read_rest(query, document);
	query->limit = ak_query_bound(document, "limit", -1);
	query->offset = ak_query_bound(document, "offset", 0);
	if (query->offset > 0)
		query->offset_value = ak_core_json_get(document, "offset");
	return query;
}

AkQuery *
ak_query_parse_beside(const AkJson *document, AkQuery *other, AkSource *source)
{
	AkQuery    *query;

	ak_query_enter(other);
	query = read_parts(all_rows(model_of(document, source), other, true, source), document);
	ak_query_leave(other);
	return query;
}

AkQuery *
ak_query_parse_inside(const AkJson *document, AkQuery *outer)
{
	return read_parts(all_rows(model_of(document, NULL), outer, false, NULL), document);
}

AkQuery *
ak_query_parse(const AkJson *document)
{
	return ak_query_parse_inside(document, NULL);
}

AkQuery *
ak_query_argument(FunctionCallInfo fcinfo, int n, const char *name)
{
	return ak_query_parse(ak_query_arg_document(fcinfo, n, name));
}

AkQuery *
ak_query_model_argument(FunctionCallInfo fcinfo, int n)
{
	char	   *name = ak_core_arg_cstring(fcinfo, n, "model");

	return ak_query_all(ak_model_resolve(ak_model_registry(), name));
}

/* ---- conditions ---- */

/* The conditions of a document are those of its own set, the first. */
static void
refuse_after_sets(const AkQuery *query)
{
	if (query->combined != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot filter query sets that were put together"),
				 errhint("Do so with each of them before.")));
}

void
ak_query_filter(AkQuery *query, const AkJson *conditions, bool exclude)
{
	AkCondition *call = ak_query_condition(exclude ? AK_CONDITION_NOT : AK_CONDITION_ALL);

	ak_core_json_expect(conditions, AK_JSON_OBJECT, "a call of filter or exclude");
	if (conditions->size == 0)
		return;
	refuse_after_sets(query);
	query->asking = true;
	if (ak_query_puts_together(query) || query->windows != NULL)
		ak_query_filter_groups(query, conditions, exclude);
	else
	{
		ak_query_lay_conditions(query, call, conditions);
		query->where->members = lappend(query->where->members, call);
	}
	query->asking = false;
}

void
ak_query_filter_field(AkQuery *query, AkField *field, const char *lookup, const AkJson *value)
{
	AkCondition *call = ak_query_condition(AK_CONDITION_ALL);
	AkPath	   *path = ak_query_field_path(field);

	refuse_after_sets(query);
	path->lookup = ak_query_lookup(lookup);
	ak_query_add_test(query, call, path, value);
	query->where->members = lappend(query->where->members, call);
}

/* May text that looks like an object be one?  Not where it may be the key itself. */
static bool
may_be_object(const AkModel *model, const char *text)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(model->keys[0]->typid, &category, &preferred);
	return *text == '{' && (model->nkeys > 1 || category != TYPCATEGORY_STRING);
}

/* A single argument may be an object that holds the whole key: its values; else the values as they are. */
static List *
key_values(const AkModel *model, List *values)
{
	const AkJson *object;
	List	   *keys = NIL;

	if (list_length(values) != 1)
		return values;
	object = ak_model_unwrap(linitial(values));
	if (object->kind == AK_JSON_STRING && may_be_object(model, object->text))
		object = ak_core_json_parse(object->text, strlen(object->text), "argument \"key\"");
	if (object->kind != AK_JSON_OBJECT)
		return values;
	object = ak_relation_object_key(model, object);
	if (object == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"key\" does not hold the key of a row of model \"%s\"", model->label)));
	if (model->nkeys == 1)
		return list_make1(unconstify(AkJson *, object));
	for (int i = 0; i < object->size; i++)
		keys = lappend(keys, object->items[i]);
	return keys;
}

void
ak_query_filter_key(AkQuery *query, List *values)
{
	AkModel    *model = query->model;

	if (model->nkeys == 0)
		(void) ak_model_key(model);		/* raises */
	values = key_values(model, values);
	if (list_length(values) != model->nkeys)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg_plural("the key of model \"%s\" has %d field, not %d",
							   "the key of model \"%s\" has %d fields, not %d",
							   model->nkeys, model->label, model->nkeys, list_length(values))));
	for (int i = 0; i < model->nkeys; i++)
		ak_query_filter_field(query, model->keys[i], "exact", list_nth(values, i));
}

/* An object is one call, a list is several. */
static void
read_calls(AkQuery *query, const AkJson *value, bool exclude)
{
	if (value->kind != AK_JSON_ARRAY)
	{
		ak_query_filter(query, value, exclude);
		return;
	}
	for (int i = 0; i < value->size; i++)
		ak_query_filter(query, value->items[i], exclude);
}

static void
read_filter(AkQuery *query, const AkJson *value, const char *word)
{
	read_calls(query, value, false);
}

static void
read_exclude(AkQuery *query, const AkJson *value, const char *word)
{
	read_calls(query, value, true);
}

static void
read_none(AkQuery *query, const AkJson *value, const char *word)
{
	if (ak_core_json_expect(value, AK_JSON_BOOL, "\"none\"")->truth)
		query->where->members = lappend(query->where->members,
										ak_query_condition(AK_CONDITION_NOTHING));
}

/* ---- the other parts ---- */

/* What was annotated is known to all other parts, wherever it stands. */
static void
name_annotations(AkQuery *query, const AkJson *value, const char *word)
{
	if (value != NULL && value->kind != AK_JSON_NULL)
		ak_query_name_annotations(query, value, word);
}

static void
read_order(AkQuery *query, const AkJson *value, const char *word)
{
	query->ordered = true;
	query->order = ak_query_parse_order_of(query, value, word);
}

void
ak_query_refuse_twice(const char *word, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" names \"%s\" twice", word, name)));
}

/* What comes out in place of fields: paths that have one value for each row. */
static void
read_pick(AkQuery *query, const AkJson *value, const char *word)
{
	AkScope		scope = {.query = query, .model = query->model, .own = true};

	ak_core_json_expect(value, AK_JSON_ARRAY, "\"pick\"");
	for (int i = 0; i < value->size; i++)
	{
		AkPick	   *pick = palloc0(sizeof(AkPick));

		pick->name = ak_core_json_expect(value->items[i], AK_JSON_STRING, "a name of \"pick\"")->text;
		for (int j = 0; j < i; j++)
			if (strcmp(pick->name, value->items[j]->text) == 0)
				ak_query_refuse_twice("pick", pick->name);
		pick->path = ak_query_scope_path(&scope, pick->name, false);
		ak_query_require_field(pick->path);
		pick->path = ak_query_column_path(query, pick->path);
		query->picked = lappend(query->picked, pick);
	}
}

static void
read_lock(AkQuery *query, const AkJson *value, const char *word)
{
	ak_query_read_lock(query, value);
}

static void
read_reverse(AkQuery *query, const AkJson *value, const char *word)
{
	query->reversed = ak_core_json_expect(value, AK_JSON_BOOL, "\"reverse\"")->truth;
}

/* true asks for nothing: conditions never repeat a row.  A list is DISTINCT ON. */
static void
read_distinct(AkQuery *query, const AkJson *value, const char *word)
{
	ListCell   *cell;

	if (value->kind == AK_JSON_BOOL)
	{
		query->unlike = value->truth;
		return;
	}
	ak_core_json_expect(value, AK_JSON_ARRAY, "\"distinct\"");
	query->distinct_on = ak_query_parse_order_of(query, value, word);
	foreach(cell, query->distinct_on)
	{
		AkOrder    *term = lfirst(cell);

		if (term->path == NULL || term->descending)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"distinct\" takes paths without a direction")));
	}
}

static void
read_related(AkQuery *query, const AkJson *value, const char *word)
{
	bool		many = strcmp(word, "prefetch_related") == 0;

	if (value->kind == AK_JSON_STRING)
	{
		ak_query_add_branch(query, value->text, many);
		return;
	}
	if (many && value->kind == AK_JSON_OBJECT)
	{
		ak_query_add_list(query, value);
		return;
	}
	ak_core_json_expect(value, AK_JSON_ARRAY, psprintf("\"%s\"", word));
	for (int i = 0; i < value->size; i++)
		if (many && value->items[i]->kind == AK_JSON_OBJECT)
			ak_query_add_list(query, value->items[i]);
		else
			ak_query_add_branch(query, ak_core_json_expect(value->items[i], AK_JSON_STRING,
														   psprintf("a path of \"%s\"", word))->text, many);
}
