/*
 * part.c
 *		Fields that are part of another field, which has no column of its own.
 *
 * A field may stand for several columns (a relation to a key of several
 * fields).  Its parts are ordinary fields of the same model: named by the
 * definition, or made for it, and then their option "part_of" says for which
 * field.  Made parts are renamed and removed together with it; no part goes
 * while the field that it is part of is there.
 */
#include "postgres.h"

#include "model/internal.h"

/* ---- definitions ---- */

/* The parts that the definition of a model holds for a field already, of AkFieldDef *. */
List *
ak_model_find_parts(const AkFieldDef *whole)
{
	List	   *parts = NIL;
	ListCell   *cell;

	foreach(cell, whole->model->fields)
	{
		AkFieldDef *field = lfirst(cell);
		const char *name = ak_core_json_get_string(field->options, "part_of");

		if (name != NULL && field->column != NULL && strcmp(name, whole->name) == 0)
			parts = lappend(parts, field);
	}
	return parts;
}

AkFieldDef *
ak_model_add_part(AkFieldDef *whole, const char *name, AkJson *definition)
{
	AkFieldDef *part;
	AkFieldDef *last = whole->parts ? llast(whole->parts) : whole;
	int			at = 0;

	ak_core_json_put(definition, "part_of", ak_core_json_string(whole->name));
	part = ak_model_define_field(whole->model, name, definition);
	while (list_nth(whole->model->fields, at) != last)
		at++;
	whole->model->fields = list_insert_nth(whole->model->fields, at + 1, part);
	whole->parts = lappend(whole->parts, part);
	return part;
}

/* ---- fields ---- */

/* Was the field made as a part of this one? */
static bool
is_made_for(const AkField *field, const AkField *whole)
{
	const char *name = ak_core_json_get_string(field->options, "part_of");

	return name != NULL && strcmp(name, whole->name) == 0;
}

List *
ak_model_made_parts(const AkField *whole)
{
	List	   *made = NIL;
	ListCell   *cell;

	foreach(cell, whole->parts)
		if (is_made_for(lfirst(cell), whole))
			made = lappend(made, lfirst(cell));
	return made;
}

void
ak_model_refuse_part(const AkField *field)
{
	const AkModel *model = field->model;

	for (int i = 0; i < model->nfields; i++)
	{
		const AkField *whole = model->fields[i];

		if (!list_member_ptr(whole->parts, field))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("field \"%s\" of model \"%s\" is part of field \"%s\"", field->name, model->label, whole->name),
				 is_made_for(field, whole) ? errhint("Remove field \"%s\", its parts go with it.", whole->name)
				 : errhint("Remove field \"%s\" first.", whole->name)));
	}
}

/* One operation on a part, as its owner would do it. */
static AkJson *
operation_on(const char *name, const AkField *part)
{
	AkJson	   *operation = ak_model_new_operation(name, part->model->label);

	ak_core_json_put(operation, "field", ak_core_json_string(part->name));
	return operation;
}

/* After the field itself is gone. */
void
ak_model_remove_parts(List *made)
{
	ListCell   *cell;

	foreach(cell, made)
		ak_model_apply(operation_on("remove_field", lfirst(cell)));
}

/* product_sku becomes item_sku; a part that was renamed apart keeps its name. */
static void
rename_part(const AkField *part, const AkField *whole, const char *new_name)
{
	size_t		length = strlen(whole->name);
	AkJson	   *operation;

	if (strncmp(part->name, whole->name, length) != 0 || part->name[length] != '_')
		return;
	operation = operation_on("rename_field", part);
	ak_core_json_put(operation, "name", ak_core_json_string(psprintf("%s%s", new_name, part->name + length)));
	ak_model_apply(operation);
}

/* After the field itself has its new name. */
void
ak_model_rename_parts(const AkField *whole, const char *new_name)
{
	ListCell   *cell;

	foreach(cell, ak_model_made_parts(whole))
	{
		AkField    *part = lfirst(cell);
		AkJson	   *options = ak_core_json_copy(part->options);

		ak_core_json_put(options, "part_of", ak_core_json_string(new_name));
		ak_model_store_options(part, options);
		rename_part(part, whole, new_name);
	}
}

void
ak_model_alter_part(const AkField *part, const AkJson *changes)
{
	AkJson	   *operation = operation_on("alter_field", part);
	AkJson	   *definition = ak_model_registered_definition(part);

	for (int i = 0; i < changes->size; i++)
		if (changes->items[i]->kind == AK_JSON_NULL)
			ak_core_json_remove(definition, changes->keys[i]);
		else
			ak_core_json_put(definition, changes->keys[i], changes->items[i]);
	ak_core_json_put(operation, "definition", definition);
	ak_model_apply(operation);
}
