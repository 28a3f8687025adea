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

/* The branch of a step and name among its siblings, added at first need. */
static AkBranch *
grow(List **branches, const AkStep *step, const char *name)
{
	AkBranch   *branch;
	ListCell   *cell;

	foreach(cell, *branches)
	{
		branch = lfirst(cell);
		if (ak_query_same_step(&branch->step, step) && strcmp(branch->name, name) == 0)
			return branch;
	}
	branch = palloc0(sizeof(AkBranch));
	branch->step = *step;
	branch->name = name;
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
		branches = &grow(branches, &step, step.accessor)->branches;
		model = step.to;
	}
}

/* 22023 where the term has another key. */
static void
check_term(const AkJson *term)
{
	ak_query_check_options(term, "a term of \"prefetch_related\"", list_make3("path", "query", "to_attr"), false);
	if (ak_core_json_get_string(term, "path") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a term of \"prefetch_related\" names no \"path\"")));
}

/* 42701 where the row has something of that name. */
static void
check_name(AkModel *model, const AkStep *step, const char *name)
{
	AkStep		other;

	ak_core_check_identifier(name, "name of a list");
	if (strcmp(name, step->accessor) != 0 &&
		(ak_model_field(model, name) != NULL || ak_relation_step(model, name, &other)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("model \"%s\" has something called \"%s\" already", model->label, name),
				 errhint("Give \"to_attr\" another name.")));
}

void
ak_query_add_list(AkQuery *query, const AkJson *term)
{
	List	  **branches = &query->branches;
	AkModel    *model = query->model;
	const char *name = ak_core_json_get_string(term, "to_attr");
	const AkJson *document = ak_core_json_get(term, "query");
	List	   *words;
	AkBranch   *branch = NULL;
	ListCell   *cell;

	check_term(term);
	words = ak_query_split(ak_core_json_get_string(term, "path"));
	foreach(cell, words)
	{
		AkStep		step;
		bool		last = lnext(words, cell) == NULL;

		ak_query_named_step(model, lfirst(cell), &step);
		if (last && name != NULL)
			check_name(model, &step, name);
		branch = grow(branches, &step, last && name ? name : step.accessor);
		branches = &branch->branches;
		model = step.to;
	}
	Assert(branch != NULL);		/* a path has a word */
	if (document != NULL && (!branch->step.many || branch->document != NULL))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 branch->document ? errmsg("list \"%s\" has a query set already", branch->name)
				 : errmsg("\"%s\" is one row, and takes no query set", branch->name),
				 branch->document ? errhint("Give each its own \"to_attr\".") : 0));
	branch->document = document;
}

/* A list has the order of its model, else that of its keys: an answer is the same each time. */
static List *
list_order(AkModel *model)
{
	List	   *order = ak_query_model_order(model);

	return order != NIL ? order : ak_query_key_order(model);
}

/* 0A000 for what a list of a row cannot have. */
static void
refuse_parts(const AkQuery *asked, const AkBranch *branch)
{
	if (asked->grouping != NULL || asked->picked != NIL || asked->distinct_on != NIL || asked->combined != NULL ||
		asked->lock != NULL || asked->windows != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the query set of list \"%s\" can only filter, order, slice, annotate and bring rows along",
						branch->name)));
}

/* What is asked of a list's rows, and their order. */
static void
lay_list(AkQuery *query, AkBranch *branch)
{
	AkQuery    *asked;

	if (branch->document == NULL)
	{
		branch->order = ak_query_lay_order(query, branch->source, list_order(branch->step.to));
		return;
	}
	asked = branch->query = ak_query_parse_beside(branch->document, query, branch->source);
	refuse_parts(asked, branch);
	branch->order = ak_query_lay_order(asked, branch->source, asked->ordered ? asked->order : list_order(branch->step.to));
	ak_query_lay_branches(asked, branch->source, asked->branches);
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
			lay_list(query, branch);
		}
		else
			branch->source = ak_query_join(query, source, &branch->step);
		ak_query_lay_branches(query, branch->source, branch->branches);
	}
}
