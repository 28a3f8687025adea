/*
 * shown.c
 *		"only" and "defer": which fields of a row come out as JSON.
 *
 * A path names a field of the model, or of a related row that comes along.
 * The key always comes out, so that an object still stands for its row.
 * rows() gives whole rows whatever is said here.
 */
#include "postgres.h"

#include "query/internal.h"

/* The branch of a relation among its siblings; 22023 where it does not come along. */
static AkBranch *
find_branch(List *branches, const AkStep *step, const char *text)
{
	ListCell   *cell;

	foreach(cell, branches)
		if (ak_query_same_step(&((AkBranch *) lfirst(cell))->step, step))
			return lfirst(cell);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" names a row that does not come along", text),
			 errhint("Add the relation to select_related or prefetch_related.")));
}

static void
read_name(AkQuery *query, const char *text, bool only)
{
	AkPath	   *path = ak_query_path(query->model, text, false);
	AkShown    *shown = &query->shown;
	List	   *branches = query->branches;
	AkField    *field = path->field;

	for (int i = 0; i < path->nsteps; i++)
	{
		AkBranch   *branch = find_branch(branches, &path->steps[i], text);

		shown = &branch->shown;
		branches = branch->branches;
	}
	if (field == NULL || path->keys != NIL || path->transforms != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" names no field", text)));
	if (only)
		shown->only = lappend(shown->only, field);
	else
		shown->deferred = lappend(shown->deferred, field);
}

void
ak_query_read_shown(AkQuery *query, const AkJson *names, const char *word)
{
	bool		only = strcmp(word, "only") == 0;

	ak_core_json_expect(names, AK_JSON_ARRAY, psprintf("\"%s\"", word));
	for (int i = 0; i < names->size; i++)
		read_name(query, ak_core_json_expect(names->items[i], AK_JSON_STRING, psprintf("a name of \"%s\"", word))->text,
				  only);
}

bool
ak_query_shows(const AkShown *shown, const AkField *field)
{
	if (field->is_key || shown == NULL)
		return true;
	return (shown->only == NIL || list_member_ptr(shown->only, field)) && !list_member_ptr(shown->deferred, field);
}
