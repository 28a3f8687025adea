/*
 * problems.c
 *		What is wrong with one document, collected and reported together.
 */
#include "postgres.h"

#include "core/core.h"

/* Adds a problem, and returns it for its column to be set. */
AkProblem *
ak_core_problem(AkProblems *problems, const char *field, int sqlstate,
				const char *code, const char *format,...)
{
	AkProblem  *problem = palloc0(sizeof(AkProblem));
	StringInfoData message;

	initStringInfo(&message);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&message, format, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}
	problem->field = pstrdup(field);
	problem->code = pstrdup(code);
	problem->message = message.data;
	problem->sqlstate = sqlstate;
	problems->list = lappend(problems->list, problem);
	return problem;
}

/* Adds a full sentence that helps the user on, once. */
void
ak_core_problem_hint(AkProblems *problems, char *hint)
{
	ListCell   *cell;

	foreach(cell, problems->hints)
		if (strcmp(lfirst(cell), hint) == 0)
			return;
	problems->hints = lappend(problems->hints, hint);
}

/* The problems as field → [{code, message}], fields in the order they were met. */
static AkJson *
problems_by_field(const AkProblems *problems)
{
	AkJson	   *map = ak_core_json_object();
	ListCell   *cell;

	foreach(cell, problems->list)
	{
		AkProblem  *problem = lfirst(cell);
		AkJson	   *entry = ak_core_json_object();
		AkJson	   *list = ak_core_json_get(map, problem->field);

		if (list == NULL)
		{
			list = ak_core_json_array();
			ak_core_json_put(map, problem->field, list);
		}
		ak_core_json_put(entry, "code", ak_core_json_string(problem->code));
		ak_core_json_put(entry, "message", ak_core_json_string(problem->message));
		ak_core_json_push(list, entry);
	}
	return map;
}

char *
ak_core_problems_text(const AkProblems *problems)
{
	return ak_core_json_to_cstring(problems_by_field(problems));
}

/* The code all problems share, else the one of failed validation. */
static int
common_sqlstate(const AkProblems *problems)
{
	int			sqlstate = ((AkProblem *) linitial(problems->list))->sqlstate;
	ListCell   *cell;

	foreach(cell, problems->list)
		if (((AkProblem *) lfirst(cell))->sqlstate != sqlstate)
			return ERRCODE_CHECK_VIOLATION;
	return sqlstate;
}

/* A sentence that goes on has no full stop. */
static int
length_in_list(const char *message)
{
	int			length = strlen(message);

	return length > 1 && message[length - 1] == '.' && message[length - 2] != '.' ? length - 1 : length;
}

void
ak_core_problems_raise(AkProblems *problems, const char *schema, const char *table)
{
	StringInfoData hint;
	AkProblem  *first;
	int			count = list_length(problems->list);
	ListCell   *cell;

	if (count == 0)
		return;
	first = linitial(problems->list);
	initStringInfo(&hint);
	foreach(cell, problems->hints)
		appendStringInfo(&hint, "%s%s", hint.len ? " " : "", (char *) lfirst(cell));
	ereport(ERROR,
			(errcode(common_sqlstate(problems)),
			 count == 1 ? errmsg("%s", first->message)
			 : errmsg_plural("%.*s, and %d more problem", "%.*s, and %d more problems",
							 count - 1, length_in_list(first->message), first->message, count - 1),
			 errdetail("%s", ak_core_problems_text(problems)),
			 hint.len ? errhint("%s", hint.data) : 0,
			 schema ? err_generic_string(PG_DIAG_SCHEMA_NAME, schema) : 0,
			 table ? err_generic_string(PG_DIAG_TABLE_NAME, table) : 0,
			 count == 1 && first->column ? err_generic_string(PG_DIAG_COLUMN_NAME, first->column) : 0,
			 count == 1 && first->constraint ? err_generic_string(PG_DIAG_CONSTRAINT_NAME, first->constraint) : 0));
}
