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

AkPath *
ak_query_path(AkModel *model, const char *text, bool lookups)
{
	List	   *words = ak_query_split(text);
	AkPath	   *path = new_path(model, text, list_length(words));
	int			at = 0;

	while (at < list_length(words) && model != NULL && walk_into(path, &model, list_nth(words, at)))
		at++;
	if (at < list_length(words))
		take_rest(path, model, words, at, lookups);
	path->depth = path->nsteps;
	trim(path);
	return path;
}

AkPath *
ak_query_field_path(AkField *field)
{
	AkPath	   *path = new_path(field->model, field->name, 0);

	path->field = field;
	return path;
}

AkPath *
ak_query_step_path(const AkStep *step, const char *text)
{
	AkPath	   *path = new_path(step->from, text, 1);

	path->steps[path->nsteps++] = *step;
	path->depth = path->nsteps;
	path->field = ak_query_value_field(step);
	path->whole = true;
	return path;
}

/* What a foreign key points at, else the key of the model behind the step; NULL where that is not one field. */
AkField *
ak_query_value_field(const AkStep *step)
{
	if (!step->reverse && step->relation->kind != AK_MANY_TO_MANY)
		return step->relation->target_field;
	return step->to->nkeys == 1 ? step->to->keys[0] : NULL;
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

	if (field != NULL && (field->relation == NULL || strcmp(word, field->name) != 0))
	{
		path->field = field;
		path->whole = false;
		*model = NULL;
		return true;
	}
	if (!ak_relation_step(*model, word, &step))
		return false;
	path->steps[path->nsteps++] = step;
	path->field = ak_query_value_field(&step);
	path->whole = true;
	*model = step.to;
	return true;
}

/* What could have stood in a word's place. */
static List *
choices(AkModel *model, bool lookups)
{
	List	   *names = NIL;

	if (model != NULL)
	{
		names = list_concat_copy(names, ak_model_field_names(model));
		names = list_concat_unique_ptr(names, ak_relation_accessors(model));
	}
	if (lookups)
		names = list_concat(names, ak_query_lookup_names());
	return names;
}

/* No field, accessor or lookup is called so. */
static void
report_unknown(AkPath *path, AkModel *model, const char *word, bool lookups)
{
	bool		first = path->field == NULL && path->nsteps == 0;

	if (!first && lookups && ak_query_lookup(word) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("nothing can follow lookup \"%s\" in a path", word),
				 errdetail("The path is \"%s\".", path->text)));
	if (model == NULL && lookups)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("lookup \"%s\" does not exist", word),
				 errdetail("The path is \"%s\".", path->text),
				 ak_core_hint_nearest(word, ak_query_lookup_names())));
	if (model == NULL)
		model = path->field->model;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("model \"%s\" has no field \"%s\"", model->label, word),
			 strcmp(word, path->text) == 0 ? 0 : errdetail("The path is \"%s\".", path->text),
			 ak_core_hint_nearest(word, choices(model, lookups && !first)),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, model->app),
			 err_generic_string(PG_DIAG_TABLE_NAME, model->table)));
}

bool
ak_query_is_json(const AkField *field)
{
	Oid			type = getBaseType(field->typid);

	return type == JSONOID || type == JSONBOID;
}

/*
 * Takes the words from `at` on, which name nothing in a model: keys of a JSON
 * field and a lookup.
 */
static void
take_rest(AkPath *path, AkModel *model, List *words, int at, bool lookups)
{
	const char *last = llast(words);
	const AkLookup *lookup = lookups ? ak_query_lookup(last) : NULL;
	int			end = list_length(words) - (lookup ? 1 : 0);
	bool		began = path->field != NULL || path->nsteps > 0;

	if (began && model == NULL && ak_query_is_json(path->field))
		for (; at < end; at++)
			path->keys = lappend(path->keys, list_nth(words, at));
	if (at < end || !began)
		report_unknown(path, model, list_nth(words, at), lookups);
	path->lookup = lookup;
}

/* Drops final steps whose answer stands in the local column. */
static void
trim(AkPath *path)
{
	while (path->nsteps > 0)
	{
		AkStep	   *step = &path->steps[path->nsteps - 1];

		if (step->reverse || step->relation->kind == AK_MANY_TO_MANY ||
			path->field == NULL || path->field != step->relation->target_field)
			return;
		path->field = step->relation->field;
		path->nsteps--;
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
