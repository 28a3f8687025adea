/*
 * handler.c
 *		Functions that are the bodies of tasks: f(), f(args jsonb) or
 *		f(aksara.task_run).
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#include "task/internal.h"

static bool
fits(Oid function, AkTaskHandler *handler)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	bool		fit = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	handler->function = function;
	handler->result = proc->prorettype;
	if (proc->prokind == PROKIND_FUNCTION && !proc->proretset && proc->prorettype != TRIGGEROID)
	{
		Oid			type = proc->pronargs == 1 ? proc->proargtypes.values[0] : InvalidOid;

		handler->form = proc->pronargs == 0 ? AK_TASK_PLAIN : type == JSONBOID ? AK_TASK_ARGS : AK_TASK_RUN;
		fit = proc->pronargs == 0 || (proc->pronargs == 1 && (type == JSONBOID || type == ak_core_type("task_run")));
	}
	ReleaseSysCache(tuple);
	return fit;
}

/* 42725 where several do. */
static bool
find(const char *name, AkTaskHandler *handler)
{
	FuncCandidateList candidate = FuncnameGetCandidates(ak_qualified_name(name), -1, NIL, false, false, false, true);
	int			found = 0;

	for (; candidate; candidate = candidate->next)
	{
		AkTaskHandler one;

		if (!fits(candidate->oid, &one))
			continue;
		*handler = one;
		found++;
	}
	if (found > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_FUNCTION),
				 errmsg("several functions \"%s\" could be the handler of a task", name),
				 errhint("Give one of them another name.")));
	return found == 1;
}

void
ak_task_find_handler(const char *name, AkTaskHandler *handler)
{
	if (!find(name, handler))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("handler \"%s\" of a task does not exist", name),
				 errdetail("It is a function of (jsonb), of (aksara.task_run), or of no argument.")));
	if (!ak_function_callable(handler->function))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for handler %s of a task", ak_task_handler_name(handler))));
}

char *
ak_task_handler_name(const AkTaskHandler *handler)
{
	return ak_core_qualified(get_namespace_name(get_func_namespace(handler->function)), get_func_name(handler->function));
}
