/*
 * path.c
 *		Paths: "author__profile__bio__icontains" with its names resolved.
 *
 * A path is read word by word, split at "__".  In each model a field's name
 * comes first, then a relation's accessor; behind a JSON field words are keys;
 * what is left over must be one lookup.  So a field that is called like a
 * lookup wins.
 *
 * The last step of a path over a foreign key is trimmed off where the local
 * column holds the answer: author, author_id, author__id and author__pk all
 * read posts.author_id and join nothing.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "query/internal.h"

/* Words in one path; each may become a join. */
#define MOST_WORDS 64

static bool walk_into(AkPath *path, AkModel **model, const char *word);
static void take_rest(AkPath *path, AkModel *model, List *words, int at, bool lookups);
static void trim(AkPath *path);
static void take_row(AkPath *path, List *fields);

/* Of what the path leads to; InvalidOid where that is a row. */
static Oid
type_of(const AkPath *path)
{
	if (path->transforms != NIL)
		return ((AkApplied *) llast(path->transforms))->type;
	return path->field ? path->field->typid : InvalidOid;
}

List *
ak_query_split(const char *text)
{
	List	   *words = NIL;
	const char *end;

	while ((end = strstr(text, "__")) != NULL)
	{
		words = lappend(words, pnstrdup(text, end - text));
		text = end + 2;
	}
	words = lappend(words, pstrdup(text));
	if (list_length(words) > MOST_WORDS)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("a path cannot have more than %d words", MOST_WORDS)));
	return words;
}

/* An empty path of a model, with room for `nsteps` steps. */
static AkPath *
new_path(AkModel *model, const char *text, int nsteps)
{
	AkPath	   *path = palloc0(sizeof(AkPath));

	path->text = text;
	path->model = model;
	path->steps = palloc0(sizeof(AkStep) * Max(nsteps, 1));
	return path;
}

/* Of a model's rows, or of those of a query, whose annotations a mistake may have meant too. */
static AkPath *
path_over(const AkQuery *query, AkModel *model, const char *text, bool lookups)
{
	List	   *words = ak_query_split(text);
	AkPath	   *path = new_path(model, text, list_length(words));
	int			at = 0;

	path->query = query;
	while (at < list_length(words) && model != NULL && walk_into(path, &model, list_nth(words, at)))
		at++;
	if (at < list_length(words))
		take_rest(path, model, words, at, lookups);
	path->depth = path->nsteps;
	trim(path);
	path->type = type_of(path);
	return path;
}

AkPath *
ak_query_path(AkModel *model, const char *text, bool lookups)
{
	return path_over(NULL, model, text, lookups);
}

/* A path that begins with an annotation, behind which no field can follow. */
static AkPath *
annotation_path(AkAnnotation *annotation, const char *text, List *words, bool lookups)
{
	AkPath	   *path = ak_query_field_path(ak_query_annotation_field(annotation));

	path->text = text;
	path->annotation = annotation;
	if (list_length(words) > 1)
		take_rest(path, NULL, words, 1, lookups);
	path->type = type_of(path);
	return path;
}

AkPath *
ak_query_scope_path(const AkScope *scope, const char *text, bool lookups)
{
	List	   *words = scope->own && scope->query->annotations ? ak_query_split(text) : NIL;
	AkAnnotation *annotation = words ? ak_query_annotation(scope->query, linitial(words)) : NULL;

	if (annotation != NULL)
		return annotation_path(annotation, text, words, lookups);
	return path_over(words ? scope->query : NULL, scope->model, text, lookups);
}

bool
ak_query_is_computed(const AkPath *path)
{
	return path->transforms != NIL || (path->field != NULL && path->field->type == NULL);
}

AkPath *
ak_query_field_path(AkField *field)
{
	AkPath	   *path = new_path(field->model, field->name, 0);

	path->field = field;
	path->type = field->typid;
	return path;
}

AkPath *
ak_query_step_path(const AkStep *step, const char *text)
{
	AkPath	   *path = new_path(step->from, text, 1);

	path->steps[path->nsteps++] = *step;
	path->depth = path->nsteps;
	take_row(path, ak_query_value_fields(step));
	path->whole = true;
	path->type = path->field ? path->field->typid : InvalidOid;
	return path;
}

/* The path names a row, which is told by these fields. */
static void
take_row(AkPath *path, List *fields)
{
	path->fields = fields;
	path->field = list_length(fields) == 1 ? linitial(fields) : NULL;
}

/* What a foreign key points at, else the key of the model behind the step; NULL where that is not one field. */
AkField *
ak_query_value_field(const AkStep *step)
{
	List	   *fields = ak_query_value_fields(step);

	return list_length(fields) == 1 ? linitial(fields) : NULL;
}

List *
ak_query_value_fields(const AkStep *step)
{
	if (!step->reverse && step->relation->kind != AK_MANY_TO_MANY)
		return step->relation->target_fields;
	return ak_relation_key_fields(step->to);
}

/* The model whose field, or row, the path names. */
AkModel *
ak_query_path_end(const AkPath *path)
{
	return path->depth > 0 ? path->steps[path->depth - 1].to : path->model;
}

AkPath *
ak_query_part_path(const AkPath *whole, AkField *field)
{
	AkPath	   *path = palloc(sizeof(AkPath));

	*path = *whole;
	path->field = field;
	path->lookup = NULL;
	trim(path);
	path->whole = false;
	path->fields = NIL;
	path->type = path->field->typid;
	return path;
}

/*
 * Takes one word as a field or accessor of `*model`, which then becomes the
 * model behind it, or NULL where no name can follow.
 */
static bool
walk_into(AkPath *path, AkModel **model, const char *word)
{
	AkField    *field = ak_model_field(*model, word);
	AkStep		step;

	if (field == NULL && strcmp(word, "pk") == 0 && (*model)->nkeys > 1)
	{
		take_row(path, ak_relation_key_fields(*model));
		path->whole = false;
		*model = NULL;
		return true;
	}
	if (field != NULL && (field->relation == NULL || strcmp(word, field->name) != 0))
	{
		path->field = field;
		path->fields = NIL;
		path->whole = false;
		*model = NULL;
		return true;
	}
	if (!ak_relation_step(*model, word, &step))
		return false;
	path->steps[path->nsteps++] = step;
	take_row(path, ak_query_value_fields(&step));
	path->whole = true;
	*model = step.to;
	return true;
}

/* What could have stood in a word's place. */
static List *
choices(AkModel *model, Oid type, bool lookups)
{
	List	   *names = NIL;

	if (model != NULL)
	{
		names = list_concat_copy(names, ak_model_field_names(model));
		names = list_concat_unique_ptr(names, ak_relation_accessors(model));
	}
	if (lookups)
		names = list_concat(names, ak_query_lookup_names(type));
	return names;
}

/* No field, accessor or lookup is called so. */
static void
report_unknown(AkPath *path, AkModel *model, const char *word, bool lookups)
{
	bool		first = path->field == NULL && path->nsteps == 0;
	Oid			type = type_of(path);

	if (!first && lookups && ak_query_lookup_for(type, word) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("nothing can follow lookup \"%s\" in a path", word),
				 errdetail("The path is \"%s\".", path->text)));
	if (model == NULL && lookups)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("lookup \"%s\" does not exist", word),
				 errdetail("The path is \"%s\".", path->text),
				 ak_core_hint_nearest(word, list_concat(ak_query_lookup_names(type),
														OidIsValid(type) ? ak_query_transform_names(type) : NIL))));
	if (model == NULL)
		model = (path->field ? path->field : (AkField *) linitial(path->fields))->model;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("model \"%s\" has no field \"%s\"", model->label, word),
			 strcmp(word, path->text) == 0 ? 0 : errdetail("The path is \"%s\".", path->text),
			 ak_core_hint_nearest(word, list_concat(first && path->query ? ak_query_annotation_names(path->query) : NIL,
													choices(model, type, lookups && !first))),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, model->app),
			 err_generic_string(PG_DIAG_TABLE_NAME, model->table)));
}

bool
ak_query_is_json(const AkField *field)
{
	Oid			type = getBaseType(field->typid);

	return type == JSONOID || type == JSONBOID;
}

/* Takes words as transforms, each behind the one before it; returns the first that is none. */
static int
take_transforms(AkPath *path, List *words, int at)
{
	Oid			type = path->field->typid;

	for (; at < list_length(words); at++)
	{
		AkApplied  *applied = ak_query_find_transform(type, list_nth(words, at));

		if (applied == NULL)
			break;
		path->transforms = lappend(path->transforms, applied);
		path->whole = false;
		path->fields = NIL;
		type = applied->type;
	}
	return at;
}

/*
 * Takes the words from `at` on, which name nothing in a model: keys of a JSON
 * field or transforms, and a lookup.
 */
static void
take_rest(AkPath *path, AkModel *model, List *words, int at, bool lookups)
{
	bool		began = path->field != NULL || path->fields != NIL || path->nsteps > 0;
	bool		json = path->field != NULL && model == NULL && ak_query_is_json(path->field);
	Oid			type;
	int			end;

	Assert(model != NULL || path->field != NULL || path->fields != NIL);
	if (!json && path->field != NULL)
		at = take_transforms(path, words, at);
	type = type_of(path);
	if (lookups && at < list_length(words))
		path->lookup = ak_query_lookup_for(type, llast(words));
	end = list_length(words) - (path->lookup ? 1 : 0);
	if (json)
		for (; at < end; at++)
			path->keys = lappend(path->keys, list_nth(words, at));
	if (at < end || !began)
		report_unknown(path, model, list_nth(words, at), lookups);
}

/*
 * The field of the relation's own model that holds the value of a field it refers to; NULL where it refers to others.
 * Unless the row itself is asked for it must be of the same type, to hold what is compared.
 */
static AkField *
local_field(const AkRelation *relation, const AkField *field, bool row)
{
	ListCell   *from;
	ListCell   *to;

	forboth(from, relation->source_fields, to, relation->target_fields)
		if (lfirst(to) == field && (row || ((AkField *) lfirst(from))->typid == field->typid))
			return lfirst(from);
	return NULL;
}

/* Is a row referred to whenever one of the columns has a value?  Not where another may be null. */
static bool
stand_together(const AkRelation *relation)
{
	ListCell   *cell;

	if (list_length(relation->source_fields) == 1)
		return true;
	foreach(cell, relation->source_fields)
		if (!((AkField *) lfirst(cell))->not_null)
			return false;
	return true;
}

/* Drops final steps whose answer stands in the local column; of a whole row all columns are asked. */
static void
trim(AkPath *path)
{
	bool		whole = path->fields != NIL;
	bool		row = path->whole;

	for (; path->nsteps > 0; path->nsteps--)
	{
		const AkStep *step = &path->steps[path->nsteps - 1];
		AkField    *local = NULL;

		if (!step->reverse && step->relation->kind != AK_MANY_TO_MANY && path->field != NULL &&
			(whole || stand_together(step->relation)))
			local = local_field(step->relation, path->field, row);
		if (local == NULL)
			return;
		path->field = local;
		whole = row = false;
	}
}

void
ak_query_invert(const AkStep *step, AkStep *inverse)
{
	*inverse = *step;
	inverse->reverse = !step->reverse;
	inverse->from = step->to;
	inverse->to = step->from;
	inverse->many = step->relation->kind == AK_MANY_TO_MANY ||
		(inverse->reverse && step->relation->kind == AK_FOREIGN_KEY);
}
