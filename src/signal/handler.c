/*
 * handler.c
 *		Functions that receive signals.
 *
 * A typed handler takes the row first, as the type of the model's table, and
 * after it, in any order, what it cares for: the row before (of the same
 * type), `created boolean`, `update_fields text[]`, `signal text`, `sender
 * text`.  A general handler takes one aksara.event.  A handler of statements
 * may also be a trigger function, which PostgreSQL then calls itself.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "signal/internal.h"

/* What a handler of this signal may take, for messages. */
static char *
forms(const AkWanted *wanted)
{
	StringInfoData text;

	initStringInfo(&text);
	if (wanted->statement)
		appendStringInfoString(&text, "It takes an aksara.event, or is a trigger function.");
	else if (wanted->model != NULL && ak_signal_is_of_row(wanted->kind) && !wanted->async)
		appendStringInfo(&text, "It takes an aksara.event; or %s, and after it any of: %s (the row before), created boolean, "
						 "update_fields text[], signal text, sender text.", wanted->model->sql_name, wanted->model->sql_name);
	else
		appendStringInfoString(&text, "It takes an aksara.event.");
	return text.data;
}

static void
no_handler(const char *name, const AkWanted *wanted, bool exists)
{
	const char *sender = wanted->model ? psprintf(" of model \"%s\"", wanted->model->label) : "";

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FUNCTION),
			 exists ? errmsg("function \"%s\" cannot be a handler of signal %s%s", name, wanted->signal, sender)
			 : errmsg("handler \"%s\" of signal %s%s does not exist", name, wanted->signal, sender),
			 errdetail("%s", forms(wanted)),
			 errhint("Make the function, or take the receiver away with aksara.disconnect.")));
}

/* ---- parameters ---- */

/* Which parameter one of a typed handler is, by its type, and for texts by its name. */
static bool
parameter_of(const AkWanted *wanted, Oid type, const char *name, AkParameter *parameter)
{
	if (type == get_rel_type_id(wanted->model->relid))
		*parameter = AK_PREVIOUS;
	else if (type == BOOLOID)
		*parameter = AK_CREATED;
	else if (type == TEXTARRAYOID)
		*parameter = AK_UPDATE_FIELDS;
	else if (type == TEXTOID && name != NULL && strcmp(name, "sender") == 0)
		*parameter = AK_SENDER;
	else if (type == TEXTOID && name != NULL && strcmp(name, "signal") == 0)
		*parameter = AK_SIGNAL_NAME;
	else
		return false;
	return true;
}

/* Does it take the row, and nothing that it cannot be given, nor anything twice? */
static bool
is_typed(const AkWanted *wanted, HeapTuple tuple, AkHandler *handler)
{
	Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(tuple);
	Oid		   *types;
	char	  **names;
	char	   *modes;
	int			count = get_func_arg_info(tuple, &types, &names, &modes);
	uint32		seen = 1 << AK_INSTANCE;

	if (wanted->model == NULL || !ak_signal_is_of_row(wanted->kind) || wanted->statement || wanted->async ||
		proc->pronargs < 1 || proc->pronargs > AK_MOST_PARAMETERS || count != proc->pronargs ||
		types[0] != get_rel_type_id(wanted->model->relid))
		return false;
	handler->parameters[0] = AK_INSTANCE;
	for (int i = 1; i < count; i++)
	{
		if (!parameter_of(wanted, types[i], names ? names[i] : NULL, &handler->parameters[i]) ||
			(seen & (1 << handler->parameters[i])) != 0)
			return false;
		seen |= 1 << handler->parameters[i];
	}
	handler->count = count;
	handler->form = AK_TYPED;
	return true;
}

static bool
fits(const AkWanted *wanted, Oid function, AkHandler *handler)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	bool		fit = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	memset(handler, 0, sizeof(AkHandler));
	handler->function = function;
	handler->result = proc->prorettype;
	if (proc->prokind == PROKIND_FUNCTION && !proc->proretset)
	{
		handler->form = proc->prorettype == TRIGGEROID ? AK_TRIGGER : AK_GENERAL;
		fit = proc->prorettype == TRIGGEROID ? wanted->statement && !wanted->async && proc->pronargs == 0
			: (proc->pronargs == 1 && proc->proargtypes.values[0] == ak_signal_event_type()) ||
			is_typed(wanted, tuple, handler);
	}
	ReleaseSysCache(tuple);
	return fit;
}

/* ---- finding ---- */

/* What a handler that is asked beforehand may answer. */
static void
check_result(const char *name, const AkWanted *wanted, const AkHandler *handler)
{
	Oid			row = handler->form == AK_TYPED ? get_rel_type_id(wanted->model->relid) : JSONBOID;
	bool		row_fits = wanted->kind == AK_PRE_SAVE || handler->form == AK_GENERAL;

	if (!ak_signal_is_before(wanted->kind) || handler->result == VOIDOID || handler->result == BOOLOID)
		return;
	if (handler->result == row && row_fits)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
			 errmsg("handler \"%s\" of signal %s must not return type %s", name, wanted->signal,
					format_type_be(handler->result)),
			 row_fits ? errhint("It returns %s, or boolean (false refuses), or void.", format_type_be(row))
			 : errhint("It returns boolean (false refuses), or void.")));
}

static void
several_handlers(const char *name, const AkWanted *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_AMBIGUOUS_FUNCTION),
			 errmsg("several functions \"%s\" could be the handler of signal %s", name, wanted->signal),
			 errhint("Give one of them another name.")));
}

/* The only one, else the only typed one. */
static bool
choose(const char *name, const AkWanted *wanted, FuncCandidateList candidates, AkHandler *handler)
{
	int			found[AK_TRIGGER + 1] = {0};

	for (; candidates; candidates = candidates->next)
	{
		AkHandler	one;

		if (!fits(wanted, candidates->oid, &one))
			continue;
		if (one.form == AK_TYPED || found[AK_TYPED] == 0)
			*handler = one;
		found[one.form]++;
	}
	if (found[AK_TYPED] > 1 || (found[AK_TYPED] == 0 && found[AK_GENERAL] + found[AK_TRIGGER] > 1))
		several_handlers(name, wanted);
	return found[AK_TYPED] + found[AK_GENERAL] + found[AK_TRIGGER] > 0;
}

static FuncCandidateList
candidates_of(const char *name)
{
	return FuncnameGetCandidates(ak_qualified_name(name), -1, NIL, false, false, false, true);
}

bool
ak_signal_has_handler(const char *name, const AkWanted *wanted, AkHandler *handler)
{
	return choose(name, wanted, candidates_of(name), handler);
}

bool
ak_signal_sees_handler(const char *name)
{
	List	   *names = ak_qualified_name(name);
	Oid			schema = list_length(names) == 2 ? get_namespace_oid(strVal(linitial(names)), true) : InvalidOid;

	return !OidIsValid(schema) || ak_schema_usable(schema, ACL_USAGE);
}

void
ak_signal_find_handler(const char *name, const AkWanted *wanted, AkHandler *handler)
{
	FuncCandidateList candidates = candidates_of(name);

	if (!choose(name, wanted, candidates, handler))
		no_handler(name, wanted, candidates != NULL);
	check_result(name, wanted, handler);
}

char *
ak_signal_handler_name(const AkHandler *handler)
{
	return ak_core_qualified(get_namespace_name(get_func_namespace(handler->function)), get_func_name(handler->function));
}
