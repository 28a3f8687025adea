/*
 * condition.c
 *		Conditions follow the fields that they name.
 *
 * They are kept as SQL over the fields' names, so that a column renamed by
 * hand changes nothing.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "nodes/value.h"
#include "parser/parser.h"

#include "model/internal.h"

char *
ak_model_renamed_condition(const AkField *field, const char *new_name, const char *text)
{
	AkModelDef *def = ak_model_definition_of(field->model);
	AkFieldDef *renamed = ak_model_find_field_def(def, field->name);
	AkExpression e = {
		.source = text, .what = "a condition", .use = AK_EXPRESSION_CHECK, .over = def, .by_field = true
	};

	/* It is found by the old name, which stands for the column here, and given the new one. */
	renamed->column = renamed->name;
	renamed->name = unconstify(char *, new_name);
	return ak_model_expression(&e);
}

static bool
names_unknown(Node *node, void *arg)
{
	const AkModel *model = arg;

	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef))
	{
		Node	   *last = llast(((ColumnRef *) node)->fields);

		for (int i = 0; IsA(last, String) && i < model->nfields; i++)
			if (strcmp(model->fields[i]->name, strVal(last)) == 0)
				return false;
		return true;
	}
	return raw_expression_tree_walker(node, names_unknown, arg);
}

/*
 * Does the condition name a field that is not there?  Not one that cannot be
 * read: it is somebody's own, and must not stop another's DDL.  The parser
 * holds nothing that an error would leave behind.
 */
bool
ak_model_is_orphaned(const AkModel *model, const char *condition)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool orphaned = false;

	PG_TRY();
	{
		ListCell   *cell;

		foreach(cell, raw_parser(psprintf("SELECT (%s)", condition), RAW_PARSE_DEFAULT))
			orphaned = orphaned || (IsA(lfirst_node(RawStmt, cell)->stmt, SelectStmt) &&
									names_unknown(lfirst_node(RawStmt, cell)->stmt, unconstify(AkModel *, model)));
	}
	PG_CATCH();
	{
		int			code = geterrcode();

		MemoryContextSwitchTo(context);
		if (code != ERRCODE_SYNTAX_ERROR && code != ERRCODE_STATEMENT_TOO_COMPLEX &&
			ERRCODE_TO_CATEGORY(code) != ERRCODE_DATA_EXCEPTION)
			PG_RE_THROW();
		FlushErrorState();
	}
	PG_END_TRY();
	return orphaned;
}
