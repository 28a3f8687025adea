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

#include "model/internal.h"

typedef struct AkOperation
{
	const char *name;
	const char *const *keys;	/* that it takes besides "op", NULL-terminated */
	AkJson	   *(*run) (const AkJson *op);	/* a result for the caller, or NULL */
	AkJson	   *(*reverse) (const AkJson *op);	/* before run; NULL when nothing undoes it */
} AkOperation;

static const char *const create_model_keys[] = {"model", "fields", "meta", NULL};
static const char *const drop_model_keys[] = {"model", "cascade", NULL};
static const char *const rename_model_keys[] = {"model", "name", NULL};
static const char *const add_field_keys[] = {"model", "field", "definition", NULL};
static const char *const remove_field_keys[] = {"model", "field", NULL};
static const char *const rename_field_keys[] = {"model", "field", "name", NULL};

static const AkOperation operations[] = {
	{"create_model", create_model_keys, ak_model_op_create_model, ak_model_reverse_create_model},
	{"drop_model", drop_model_keys, ak_model_op_drop_model, ak_model_reverse_drop_model},
	{"rename_model", rename_model_keys, ak_model_op_rename_model, ak_model_reverse_rename_model},
	{"add_field", add_field_keys, ak_model_op_add_field, ak_model_reverse_add_field},
	{"remove_field", remove_field_keys, ak_model_op_remove_field, ak_model_reverse_remove_field},
	{"rename_field", rename_field_keys, ak_model_op_rename_field, ak_model_reverse_rename_field},
};

static List *
operation_names(void)
{
	List	   *names = NIL;

	for (int i = 0; i < lengthof(operations); i++)
		names = lappend(names, unconstify(char *, operations[i].name));
	return names;
}

static const AkOperation *
find_operation(const AkJson *op)
{
	const char *name;

	ak_core_json_expect(op, AK_JSON_OBJECT, "an operation");
	name = ak_core_json_get_string(op, "op");
	for (int i = 0; name && i < lengthof(operations); i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
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

AkJson *
ak_model_apply(const AkJson *op)
{
	const AkOperation *operation = find_operation(op);
	AkJson	   *reverse;

	check_keys(operation, op);
	reverse = operation->reverse(op);
	operation->run(op);
	return reverse;
}
