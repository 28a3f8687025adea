/*
 * branch.c
 *		What comes along with a row: select_related and prefetch_related.
 *
 * Both name paths of relations and grow one tree.  A to-one step is a joined
 * object, a to-many step a list of its own; select_related takes to-one steps
 * alone, because with it a row costs one join and never a second query.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "query/internal.h"

/* The step that a word takes; 42703 with the accessors. */
void
ak_query_named_step(AkModel *model, const char *word, AkStep *step)
{
	List	   *accessors = ak_relation_accessors(model);

	if (ak_relation_step(model, word, step))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("model \"%s\" has no relation \"%s\"", model->label, word),
			 ak_core_hint_nearest(word, accessors),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, model->app),
			 err_generic_string(PG_DIAG_TABLE_NAME, model->table)));
}

/* The branch of a step among its siblings, added at first need. */
static AkBranch *
grow(List **branches, const AkStep *step)
{
	AkBranch   *branch;
	ListCell   *cell;

	foreach(cell, *branches)
	{
		branch = lfirst(cell);
		if (ak_query_same_step(&branch->step, step))
			return branch;
	}
	branch = palloc0(sizeof(AkBranch));
	branch->step = *step;
	*branches = lappend(*branches, branch);
	return branch;
}

void
ak_query_add_branch(AkQuery *query, const char *text, bool many)
{
	List	  **branches = &query->branches;
	AkModel    *model = query->model;
	ListCell   *cell;

	foreach(cell, ak_query_split(text))
	{
		AkStep		step;

		ak_query_named_step(model, lfirst(cell), &step);
		if (step.many && !many)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("select_related cannot take the to-many relation \"%s\"", step.accessor),
					 errdetail("The path is \"%s\".", text),
					 errhint("Use prefetch_related.")));
		branches = &grow(branches, &step)->branches;
		model = step.to;
	}
}

/* A list has the order of its model, else that of its keys: an answer is the same each time. */
static List *
list_order(AkModel *model)
{
	List	   *order = ak_query_model_order(model);

	return order != NIL ? order : ak_query_key_order(model);
}

void
ak_query_lay_branches(AkQuery *query, AkSource *source, List *branches)
{
	ListCell   *cell;

	check_stack_depth();
	foreach(cell, branches)
	{
		AkBranch   *branch = lfirst(cell);

		if (branch->step.many)
		{
			branch->source = ak_query_apart(query, source, &branch->step);
			branch->source->used = true;
			branch->source->once = branch->step.relation->through != NULL;
			branch->order = ak_query_lay_order(query, branch->source, list_order(branch->step.to));
		}
		else
			branch->source = ak_query_join(query, source, &branch->step);
		ak_query_lay_branches(query, branch->source, branch->branches);
	}
}
