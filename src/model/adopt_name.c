/*
 * adopt_name.c
 *		Names for adopted tables and their columns.
 *
 * A model's name is the table's in CamelCase, in the singular.  A field has its
 * column's name where paths and documents can tell that apart, else the nearest
 * name that they can; a relation's field goes without the column's "_id", which
 * its key in documents has again.  Columns keep their own names.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "model/internal.h"

char *
ak_model_name_for(const char *table)
{
	bool		lower = strpbrk(table, "abcdefghijklmnopqrstuvwxyz") != NULL;
	char	   *word = pstrdup(table);

	for (char *c = word; !lower && *c; c++)
		*c = pg_ascii_tolower(*c);
	return ak_core_camel(ak_core_singular(word));
}

/* The column's name without what ak_model_check_field_name refuses. */
char *
ak_model_safe_field_name(const char *column)
{
	StringInfoData name;

	initStringInfo(&name);
	column += strspn(column, "$-?");
	for (const char *c = column; *c; c++)
		if (*c != '_' || c == column || c[-1] != '_')
			appendStringInfoChar(&name, *c);
	while (name.len > 0 && name.data[name.len - 1] == '_')
		name.data[--name.len] = '\0';
	if (name.len == 0)
		return pstrdup("column");
	return strcmp(name.data, "pk") == 0 ? pstrdup("pk_field") : name.data;
}

static bool
is_taken(const char *name, List *taken)
{
	ListCell   *cell;

	foreach(cell, taken)
		if (strcmp(name, lfirst(cell)) == 0)
			return true;
	return false;
}

/* The name with an ending, within the length of an identifier. */
static char *
with_ending(const char *name, const char *ending)
{
	int			length = pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1 - strlen(ending));

	return psprintf("%.*s%s", length, name, ending);
}

char *
ak_model_free_name(const char *name, List *taken)
{
	char	   *free = with_ending(name, "");

	for (int i = 2; is_taken(free, taken); i++)
		free = with_ending(name, psprintf("_%d", i));
	return free;
}

/* ---- the fields of one table ---- */

/* Will the column have a field that it has not yet? */
static bool
needs_name(const AkAdoptedColumn *column)
{
	if (column->field.type == NULL)
		return false;
	return column->present == NULL || (column->field.type->relation && !column->present->type->relation);
}

/* The names of the fields that stay as they are, and their keys in documents. */
static List *
names_that_stay(const AkAdoption *adoption, const AkModel *model)
{
	List	   *taken = list_make1("pk");

	for (int i = 0; i < model->nfields; i++)
	{
		ListCell   *cell;
		bool		stays = true;

		foreach(cell, adoption->columns)
		{
			const AkAdoptedColumn *column = lfirst(cell);

			if (column->present == model->fields[i] && needs_name(column))
				stays = false;
		}
		if (stays)
			taken = lappend(lappend(taken, model->fields[i]->name), model->fields[i]->json_name);
	}
	return taken;
}

static bool
is_free(const char *name, const AkAdoptedColumn *column, List *taken)
{
	return !is_taken(name, taken) &&
		!(column->field.type->relation && is_taken(psprintf("%s_id", name), taken));
}

/* customer_id → customer; author → author; where that is taken author_ref. */
static char *
relation_name(const AkAdoptedColumn *column, List *taken)
{
	const char *source = column->field.column;
	int			length = strlen(source);
	char	   *stem = pstrdup(source);
	char	   *name;

	if (length > 3 && strcmp(source + length - 3, "_id") == 0)
		stem[length - 3] = '\0';
	name = ak_model_safe_field_name(stem);
	if (!is_free(name, column, taken))
		name = with_ending(name, "_ref");
	stem = name;
	for (int i = 2; !is_free(name, column, taken); i++)
		name = with_ending(stem, psprintf("_%d", i));
	return name;
}

/* The name that was asked for the column; NULL where none was. */
static char *
asked_name(const AkAdoption *adoption, const AkAdoptedColumn *column)
{
	const AkJson *name = adoption->field_names ? ak_core_json_get(adoption->field_names, column->field.column) : NULL;

	if (name == NULL)
		return NULL;
	if (name->kind != AK_JSON_STRING)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of the field for column \"%s\" must be a string, not %s",
						column->field.column, ak_core_json_kind_name(name->kind))));
	ak_model_check_field_name(name->text);
	return name->text;
}

static List *
give_name(AkAdoptedColumn *column, char *name, List *taken)
{
	column->field.name = name;
	taken = lappend(taken, name);
	return column->field.type->relation ? lappend(taken, psprintf("%s_id", name)) : taken;
}

/* The names that were asked for, before any other. */
static List *
give_asked_names(AkAdoption *adoption, List *taken)
{
	ListCell   *cell;

	foreach(cell, adoption->columns)
	{
		AkAdoptedColumn *column = lfirst(cell);
		char	   *name = needs_name(column) ? asked_name(adoption, column) : NULL;

		if (name == NULL)
			continue;
		if (!is_free(name, column, taken))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("model \"%s\" already has a field \"%s\"", adoption->def.name, name)));
		taken = give_name(column, name, taken);
	}
	return taken;
}

/* 42703 for a name asked for a column that gets no field. */
static void
check_asked(const AkAdoption *adoption, const AkJson *asked, const char *option)
{
	for (int i = 0; asked && i < asked->size; i++)
	{
		List	   *names = list_copy(adoption->other_names);
		bool		known = is_taken(asked->keys[i], names);
		ListCell   *cell;

		foreach(cell, adoption->columns)
		{
			const AkAdoptedColumn *column = lfirst(cell);

			if (column->field.type == NULL)
				continue;
			names = lappend(names, column->field.column);
			known = known || strcmp(column->field.column, asked->keys[i]) == 0;
		}
		if (!known)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("option \"%s\" names \"%s\", for which table \"%s\" has no field",
							option, asked->keys[i], adoption->def.table),
					 ak_core_hint_nearest(asked->keys[i], names)));
	}
}

/* Plain fields first: a relation's name is made from its column's and gives way. */
void
ak_model_name_columns(AkAdoption *adoption)
{
	const AkModel *model = ak_model_find(ak_model_registry(), adoption->def.app, adoption->def.name);
	List	   *taken = names_that_stay(adoption, model);
	ListCell   *cell;

	check_asked(adoption, adoption->field_names, "fields");
	check_asked(adoption, adoption->related_names, "related_names");
	taken = give_asked_names(adoption, taken);
	for (int relations = 0; relations <= 1; relations++)
		foreach(cell, adoption->columns)
		{
			AkAdoptedColumn *column = lfirst(cell);

			if (!needs_name(column) || column->field.name != NULL || column->field.type->relation != relations)
				continue;
			taken = give_name(column, relations ? relation_name(column, taken)
							  : ak_model_free_name(ak_model_safe_field_name(column->field.column), taken), taken);
		}
}
