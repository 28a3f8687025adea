/*
 * operation.c
 *		The closed list of schema operations.
 *
 * An operation is a document {"op": name, …}.  Each knows how to run and how
 * to write the operation that undoes it, computed before it runs.
 * create_model() and its like are the first users of this list, migrations
 * will be the second.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "model/internal.h"

static const char *const create_model_keys[] = {"model", "fields", "meta", NULL};
static const char *const drop_model_keys[] = {"model", "cascade", NULL};
static const char *const rename_model_keys[] = {"model", "name", NULL};
static const char *const add_field_keys[] = {"model", "field", "definition", "position", "native_key", NULL};
static const char *const alter_field_keys[] = {"model", "field", "definition", NULL};
static const char *const remove_field_keys[] = {"model", "field", NULL};
static const char *const rename_field_keys[] = {"model", "field", "name", NULL};

static const char *const alter_meta_keys[] = {"model", "meta", NULL};
static const char *const index_keys[] = {"model", "index", NULL};
static const char *const constraint_keys[] = {"model", "constraint", NULL};
static const char *const object_name_keys[] = {"model", "name", NULL};
static const char *const adopt_table_keys[] = {"table", "name", "options", NULL};
static const char *const forget_model_keys[] = {"model", NULL};
static const char *const create_field_type_keys[] = {"name", "base", "definition", "version", "earlier", NULL};
static const char *const alter_field_type_keys[] = {"name", "base", "definition", "version", NULL};
static const char *const drop_field_type_keys[] = {"name", NULL};
static const char *const sequence_keys[] = {"operations", NULL};

static AkJson *run_sequence(const AkJson *op);

static const AkOperation operations[] = {
	{"create_model", create_model_keys, ak_model_op_create_model, ak_model_reverse_create_model},
	{"drop_model", drop_model_keys, ak_model_op_drop_model, ak_model_reverse_drop_model},
	{"rename_model", rename_model_keys, ak_model_op_rename_model, ak_model_reverse_rename_model},
	{"add_field", add_field_keys, ak_model_op_add_field, ak_model_reverse_add_field},
	{"remove_field", remove_field_keys, ak_model_op_remove_field, ak_model_reverse_remove_field},
	{"rename_field", rename_field_keys, ak_model_op_rename_field, ak_model_reverse_rename_field},
	{"alter_field", alter_field_keys, ak_model_op_alter_field, ak_model_reverse_alter_field},
	{"alter_meta", alter_meta_keys, ak_model_op_alter_meta, ak_model_reverse_alter_meta},
	{"add_index", index_keys, ak_model_op_add_index, ak_model_reverse_add_index},
	{"remove_index", object_name_keys, ak_model_op_remove_index, ak_model_reverse_remove_index},
	{"add_constraint", constraint_keys, ak_model_op_add_constraint, ak_model_reverse_add_constraint},
	{"remove_constraint", object_name_keys, ak_model_op_remove_constraint, ak_model_reverse_remove_constraint},
	{"adopt_table", adopt_table_keys, ak_model_op_adopt_table, NULL},
	{"forget_model", forget_model_keys, ak_model_op_forget_model, ak_model_reverse_forget_model},
	{"create_field_type", create_field_type_keys, ak_model_op_create_field_type, ak_model_reverse_create_field_type},
	{"alter_field_type", alter_field_type_keys, ak_model_op_alter_field_type, ak_model_reverse_alter_field_type},
	{"drop_field_type", drop_field_type_keys, ak_model_op_drop_field_type, ak_model_reverse_drop_field_type},
	{"sequence", sequence_keys, run_sequence, NULL},
};

/* ---- reading and writing an operation ---- */

char *
ak_model_op_word(const AkJson *op, const char *key)
{
	char	   *value = ak_core_json_get_string(op, key);

	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("operation \"%s\" needs \"%s\"", ak_core_json_get_string(op, "op"), key)));
	return value;
}

/* The model an operation is about, which the caller must own. */
AkModel *
ak_model_op_model(const AkJson *op)
{
	AkModel    *model = ak_model_resolve(ak_model_registry(), ak_model_op_word(op, "model"));

	ak_model_require_owner(model);
	return model;
}

/* The field an operation is about, by its own name. */
AkField *
ak_model_op_field(const AkJson *op, const AkModel *model)
{
	const char *name = ak_model_op_word(op, "field");

	for (int i = 0; i < model->nfields; i++)
		if (strcmp(model->fields[i]->name, name) == 0)
			return model->fields[i];
	ak_model_no_field(model, name);
}

AkJson *
ak_model_new_operation(const char *name, const char *model)
{
	AkJson	   *op = ak_core_json_object();

	ak_core_json_put(op, "op", ak_core_json_string(name));
	ak_core_json_put(op, "model", ak_core_json_string(model));
	return op;
}

/* One operation of several; the only one as it is. */
AkJson *
ak_model_sequence(AkJson *steps)
{
	AkJson	   *op = ak_core_json_object();

	if (steps->size == 1)
		return steps->items[0];
	ak_core_json_put(op, "op", ak_core_json_string("sequence"));
	ak_core_json_put(op, "operations", steps);
	return op;
}

/* ---- the list ---- */

static List *registered = NIL;	/* of const AkOperation *: upper rooms', in TopMemoryContext */

void
ak_model_register_operation(const AkOperation *operation)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	registered = lappend(registered, unconstify(AkOperation *, operation));
	MemoryContextSwitchTo(old);
}

static List *
operation_names(void)
{
	List	   *names = NIL;
	ListCell   *cell;

	for (int i = 0; i < lengthof(operations); i++)
		names = lappend(names, unconstify(char *, operations[i].name));
	foreach(cell, registered)
		names = lappend(names, unconstify(char *, ((const AkOperation *) lfirst(cell))->name));
	return names;
}

static const AkOperation *
find_operation(const AkJson *op)
{
	const char *name;
	ListCell   *cell;

	ak_core_json_expect(op, AK_JSON_OBJECT, "an operation");
	name = ak_core_json_get_string(op, "op");
	for (int i = 0; name && i < lengthof(operations); i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	foreach(cell, registered)
		if (name && strcmp(((const AkOperation *) lfirst(cell))->name, name) == 0)
			return lfirst(cell);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown schema operation \"%s\"", name ? name : ""),
			 ak_core_hint_nearest(name ? name : "", operation_names())));
	return NULL;
}

static void
check_keys(const AkOperation *operation, const AkJson *op)
{
	for (int i = 0; i < op->size; i++)
	{
		List	   *names = list_make1("op");
		bool		known = strcmp(op->keys[i], "op") == 0;

		for (int j = 0; operation->keys[j]; j++)
		{
			names = lappend(names, unconstify(char *, operation->keys[j]));
			known = known || strcmp(operation->keys[j], op->keys[i]) == 0;
		}
		if (!known)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("operation \"%s\" has no key \"%s\"", operation->name, op->keys[i]),
					 ak_core_hint_nearest(op->keys[i], names)));
	}
}

/* Several operations, one after the other; undone in the opposite order. */
static AkJson *
run_sequence(const AkJson *op)
{
	const AkJson *steps = ak_core_json_get(op, "operations");
	AkJson	   *undo = ak_core_json_array();

	steps = ak_core_json_expect(steps ? steps : ak_core_json_null(), AK_JSON_ARRAY, "\"operations\" of a sequence");
	check_stack_depth();
	for (int i = 0; i < steps->size; i++)
	{
		CHECK_FOR_INTERRUPTS();
		ak_core_json_push(undo, ak_model_apply(steps->items[i]));
	}
	for (int i = 0, j = undo->size - 1; i < j; i++, j--)
	{
		AkJson	   *first = undo->items[i];

		undo->items[i] = undo->items[j];
		undo->items[j] = first;
	}
	return ak_model_sequence(undo);
}

/* May it alter what a query set that was compiled before says?  Other operations only add to it. */
static bool
alters_queries(const AkOperation *operation)
{
	static const char *const names[] = {
		"alter_meta", "alter_field", "remove_field", "rename_field", "rename_model", "drop_model", "forget_model"
	};

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(operation->name, names[i]) == 0)
			return true;
	return false;
}

/* Plans in which no function of ours is left learn of a change by their tables alone. */
static void
ring_tables(void)
{
	AkRegistry *registry = ak_model_registry();

	for (int i = 0; i < registry->nmodels; i++)
		ak_core_ring(registry->models[i]->relid);
}

/* Tells upper rooms of an operation that takes away or alters a column. */
static void
announce(const AkOperation *operation, const AkJson *op)
{
	if (strcmp(operation->name, "remove_field") == 0 || strcmp(operation->name, "alter_field") == 0)
		ak_model_notify_altering(ak_model_op_model(op));
}

AkJson *
ak_model_apply(const AkJson *op)
{
	const AkOperation *operation = find_operation(op);
	AkJson	   *reverse = NULL;
	AkJson	   *told;

	check_keys(operation, op);
	if (operation->reverse != NULL)
		reverse = operation->reverse(op);
	announce(operation, op);
	told = operation->run(op);
	if (alters_queries(operation))
		ring_tables();
	ak_model_notify_altered();
	return told ? told : reverse;
}
