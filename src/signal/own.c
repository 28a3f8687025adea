/*
 * own.c
 *		create_signal and drop_signal.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "signal/internal.h"

PG_FUNCTION_INFO_V1(ak_signal_create_signal);
PG_FUNCTION_INFO_V1(ak_signal_drop_signal);

#define LONGEST_NAME 255

static void
check_name(const char *name)
{
	if (ak_signal_named(name) != AK_OWN_SIGNAL)
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("signal \"%s\" is one that writes and operations send", name)));
	if (*name == '\0' || strlen(name) > LONGEST_NAME)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the name of a signal must have 1 to %d bytes", LONGEST_NAME)));
	if (ak_signal_find_own(ak_model_registry(), name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("signal \"%s\" already exists", name)));
}

/* The names of the arguments as text[], each once. */
static Datum
names_array(const AkJson *names)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(names->size, 1));
	List	   *seen = NIL;

	for (int i = 0; i < names->size; i++)
	{
		char	   *name = ak_core_json_expect(names->items[i], AK_JSON_STRING, "a member of \"arguments\"")->text;

		if (*name == '\0' || ak_core_is_among(name, seen))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 *name == '\0' ? errmsg("the name of an argument must not be empty")
					 : errmsg("argument \"%s\" is named twice", name)));
		seen = lappend(seen, name);
		values[i] = CStringGetTextDatum(name);
	}
	return PointerGetDatum(construct_array(values, names->size, TEXTOID, -1, false, TYPALIGN_INT));
}

static AkJson *
run_create_signal(const AkJson *op)
{
	static const Oid types[] = {TEXTOID, NAMEOID, TEXTARRAYOID, TEXTOID};
	const char *name = ak_model_op_word(op, "name");
	const AkJson *arguments = ak_core_json_get(op, "arguments");
	const char *description = ak_core_json_get_string(op, "description");
	AkJson	   *undo = ak_core_json_object();
	Datum		values[4];

	check_name(name);
	values[0] = CStringGetTextDatum(name);
	values[1] = DirectFunctionCall1(namein, CStringGetDatum(GetUserNameFromId(GetUserId(), false)));
	values[2] = names_array(arguments ? ak_core_json_expect(arguments, AK_JSON_ARRAY, "\"arguments\"") : ak_core_json_array());
	values[3] = description ? CStringGetTextDatum(description) : (Datum) 0;
	ak_core_registry_write("INSERT INTO aksara.signal (name, role, arguments, description) VALUES ($1, $2, $3, $4)",
						   lengthof(types), types, values, description ? "    " : "   n");
	ak_signal_note_signal(name, GetUserId());
	ak_core_json_put(undo, "op", ak_core_json_string("drop_signal"));
	ak_core_json_put(undo, "name", ak_core_json_string(name));
	return undo;
}

/* ---- dropping ---- */

static bool
has_receivers(const char *name)
{
	ListCell   *cell;

	foreach(cell, ak_signal_all(ak_model_registry())->free)
		if (strcmp(((AkReceiver *) lfirst(cell))->name, name) == 0)
			return true;
	return false;
}

static AkOwnSignal *
signal_to_drop(const char *name)
{
	AkOwnSignal *own;

	if (ak_signal_named(name) != AK_OWN_SIGNAL)
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("signal \"%s\" cannot be dropped", name)));
	own = ak_signal_find_own(ak_model_registry(), name);
	if (own == NULL)
		ak_signal_unknown(ak_model_registry(), name);
	ak_signal_require_role(own);
	return own;
}

static AkJson *
create_again(const AkOwnSignal *own)
{
	AkJson	   *op = ak_core_json_object();
	AkJson	   *arguments = ak_core_json_array();
	ListCell   *cell;

	foreach(cell, own->arguments)
		ak_core_json_push(arguments, ak_core_json_string(lfirst(cell)));
	ak_core_json_put(op, "op", ak_core_json_string("create_signal"));
	ak_core_json_put(op, "name", ak_core_json_string(own->name));
	ak_core_json_put(op, "arguments", arguments);
	if (own->description != NULL)
		ak_core_json_put(op, "description", ak_core_json_string(own->description));
	return op;
}

static AkJson *
run_drop_signal(const AkJson *op)
{
	static const Oid types[] = {TEXTOID};
	AkOwnSignal *own = signal_to_drop(ak_model_op_word(op, "name"));
	AkJson	   *undo = create_again(own);
	Datum		values[] = {CStringGetTextDatum(own->name)};

	if (has_receivers(own->name) && !ak_core_json_get_bool(op, "cascade", false))
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot drop signal \"%s\" because it has receivers", own->name),
				 errhint("Disconnect them, or say cascade => true.")));
	ak_core_registry_write("DELETE FROM aksara.free_receiver WHERE signal = $1", lengthof(types), types, values, NULL);
	ak_core_registry_write("DELETE FROM aksara.signal WHERE name = $1", lengthof(types), types, values, NULL);
	return undo;
}

static const char *const create_keys[] = {"name", "arguments", "description", NULL};
static const char *const drop_keys[] = {"name", "cascade", NULL};

static const AkOperation operations[] = {
	{"create_signal", create_keys, run_create_signal, NULL},
	{"drop_signal", drop_keys, run_drop_signal, NULL},
};

void
ak_signal_own_init(void)
{
	for (int i = 0; i < lengthof(operations); i++)
		ak_model_register_operation(&operations[i]);
}

/* ---- SQL ---- */

static AkJson *
begin_operation(FunctionCallInfo fcinfo, const char *name)
{
	AkJson	   *op = ak_core_json_object();

	ak_core_json_put(op, "op", ak_core_json_string(name));
	ak_core_json_put(op, "name", ak_core_json_string(ak_core_arg_cstring(fcinfo, 0, "name")));
	return op;
}

/* create_signal(name, arguments, description) */
Datum
ak_signal_create_signal(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "create_signal");

	if (PG_ARGISNULL(1) || array_contains_nulls(PG_GETARG_ARRAYTYPE_P(1)))
		ak_core_null_argument("arguments");
	ak_core_json_put(op, "arguments", ak_core_arg_to_json(ak_core_arg_value(fcinfo, 1)));
	if (!PG_ARGISNULL(2))
		ak_core_json_put(op, "description", ak_core_json_string(text_to_cstring(PG_GETARG_TEXT_PP(2))));
	(void) ak_model_apply(op);
	PG_RETURN_VOID();
}

/* drop_signal(name, cascade) */
Datum
ak_signal_drop_signal(PG_FUNCTION_ARGS)
{
	AkJson	   *op = begin_operation(fcinfo, "drop_signal");

	if (PG_ARGISNULL(1))
		ak_core_null_argument("cascade");
	ak_core_json_put(op, "cascade", ak_core_json_bool(PG_GETARG_BOOL(1)));
	(void) ak_model_apply(op);
	PG_RETURN_VOID();
}
