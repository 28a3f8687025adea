/*
 * custom_value.c
 *		The functions between the values of documents and those of the table.
 *
 * from_external reads a document's value, to_external makes one of a stored
 * value; each takes the value, and where it wants them the field's options as
 * jsonb.  They are found by name at every use and run as the caller, who
 * needs EXECUTE on them.  What from_external refuses with a data exception, a
 * check violation or RAISE is a problem of its field, beside the document's
 * others: it runs in a subtransaction, so that nothing it began is left.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/value.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

#include "model/custom_type.h"

typedef struct AkTypeFunction
{
	Oid			function;
	Oid			argument;
	Oid			result;
	bool		takes_options;
	char		volatility;
} AkTypeFunction;

/* ---- finding the function ---- */

static List *
name_of(const char *app, const char *name)
{
	List	   *parts = ak_qualified_name(name);

	return list_length(parts) > 1 ? parts : list_make2(makeString(pstrdup(app)), linitial(parts));
}

/* Reads a candidate; false where it is no function of one value, or of one and the options. */
static bool
read_candidate(const FuncCandidateList candidate, AkTypeFunction *out)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(candidate->oid));
	Form_pg_proc form;
	bool		fits;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	out->function = candidate->oid;
	out->result = form->prorettype;
	out->volatility = form->provolatile;
	fits = form->prokind == PROKIND_FUNCTION && !form->proretset && !OidIsValid(form->provariadic) &&
		(form->pronargs == 1 || (form->pronargs == 2 && form->proargtypes.values[1] == JSONBOID));
	out->takes_options = form->pronargs == 2;
	out->argument = form->pronargs > 0 ? form->proargtypes.values[0] : InvalidOid;
	ReleaseSysCache(tuple);
	return fits && get_typtype(out->argument) != TYPTYPE_PSEUDO && get_typtype(out->result) != TYPTYPE_PSEUDO;
}

/* Among functions of one name: the more a document's value fits its argument, the better. */
static int
rank(const AkTypeFunction *function)
{
	return function->argument == JSONBOID ? 0 : function->argument == TEXTOID ? 1 : 2;
}

/* The function of this name that fits values of the type; false where there is none. */
static bool
find_function(const char *app, const char *name, bool reads, Oid type, AkTypeFunction *found)
{
	bool		any = false;

	for (FuncCandidateList candidate = FuncnameGetCandidates(name_of(app, name), -1, NIL, false, false, false, true);
		 candidate != NULL; candidate = candidate->next)
	{
		AkTypeFunction one;

		if (!read_candidate(candidate, &one) ||
			!IsBinaryCoercible(reads ? one.result : type, reads ? type : one.argument))
			continue;
		if (!any || rank(&one) < rank(found))
			*found = one;
		any = true;
	}
	return any;
}

static void
no_function(const char *field, const AkCustomType *custom, bool reads, Oid type)
{
	const char *name = reads ? custom->reader : custom->writer;

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FUNCTION),
			 errmsg("there is no function \"%s\" that %s values of field \"%s\"",
					NameListToString(name_of(reads ? custom->reader_app : custom->writer_app, name)),
					reads ? "reads" : "shows", field),
			 errdetail("Type \"%s\" names it as \"%s\".", custom->type.name, reads ? "from_external" : "to_external"),
			 reads ? errhint("It takes jsonb, text or any other type, and returns %s.", format_type_be(type))
			 : errhint("It takes %s, and returns what documents show.", format_type_be(type))));
}

static void
require_function(const char *field, const AkCustomType *custom, bool reads, Oid type, AkTypeFunction *out)
{
	if (!find_function(reads ? custom->reader_app : custom->writer_app, reads ? custom->reader : custom->writer,
					   reads, type, out))
		no_function(field, custom, reads, type);
}

/* The caller may run it. */
static void
require_right(const char *field, const AkTypeFunction *function)
{
	if (!ak_function_callable(function->function))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for function %s", format_procedure(function->function)),
				 errdetail("The values of field \"%s\" go through it.", field),
				 errhint("Its owner can GRANT EXECUTE on it.")));
	InvokeFunctionExecuteHook(function->function);
}

void
ak_model_check_type_functions(const AkCustomType *custom, const char *field, Oid type)
{
	AkTypeFunction function;

	type = getBaseType(type);
	if (custom->reader != NULL)
		require_function(field, custom, true, type, &function);
	if (custom->writer == NULL)
		return;
	require_function(field, custom, false, type, &function);
	if (function.volatility == PROVOLATILE_VOLATILE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("function %s cannot be the \"to_external\" of type \"%s\", because it is volatile",
						format_procedure(function.function), custom->type.name),
				 errhint("Declare it STABLE or IMMUTABLE.")));
}

bool
ak_model_may_read(const AkCustomType *custom, const char *sql_type)
{
	Oid			schema = get_namespace_oid(strVal(linitial(name_of(custom->reader_app, custom->reader))), true);
	AkTypeFunction function;
	Oid			type;
	int32		typmod;

	ak_core_parse_type(sql_type, &type, &typmod);
	return OidIsValid(schema) && ak_schema_usable(schema, ACL_USAGE) &&
		find_function(custom->reader_app, custom->reader, true, getBaseType(type), &function) &&
		ak_function_callable(function.function);
}

/* In a schema that the caller may not look into, all may be there. */
bool
ak_model_has_type_function(const char *app, const char *name)
{
	List	   *parts = name_of(app, name);
	Oid			schema = get_namespace_oid(strVal(linitial(parts)), true);

	if (!OidIsValid(schema))
		return false;
	return !ak_schema_usable(schema, ACL_USAGE) ||
		FuncnameGetCandidates(parts, -1, NIL, false, false, false, true) != NULL;
}

char *
ak_model_kept_function(const char *app, const char *what, const char *name)
{
	List	   *parts = ak_qualified_name(name);
	FuncCandidateList candidates = FuncnameGetCandidates(parts, -1, NIL, false, false, false, true);
	char	   *schema;

	if (candidates == NULL && list_length(parts) == 1)
		candidates = FuncnameGetCandidates(name_of(app, name), -1, NIL, false, false, false, true);
	if (candidates == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function \"%s\", which is the \"%s\" of the type, does not exist", name, what)));
	schema = get_namespace_name(get_func_namespace(candidates->oid));
	if (strcmp(schema, app) == 0)
		return pstrdup(quote_identifier(strVal(llast(parts))));
	return ak_core_qualified(schema, strVal(llast(parts)));
}

/* ---- reading ---- */

bool
ak_model_reads_otherwise(const AkField *field)
{
	return field != NULL && field->type != NULL && field->type->custom != NULL && field->type->custom->reader != NULL;
}

bool
ak_model_reads_unsteadily(const AkField *field)
{
	AkTypeFunction function;

	if (!ak_model_reads_otherwise(field))
		return false;
	require_function(field->name, field->type->custom, true, field->typid, &function);
	return function.volatility != PROVOLATILE_IMMUTABLE;
}

/* Is it a word about the value, not a fault of the function? */
static bool
is_refusal(const ErrorData *error)
{
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_DATA_EXCEPTION ||
		error->sqlerrcode == ERRCODE_CHECK_VIOLATION || error->sqlerrcode == ERRCODE_RAISE_EXCEPTION;
}

static void
add_refusal(const AkField *field, const ErrorData *error, AkProblems *problems)
{
	ak_core_problem(problems, field->name,
					error->sqlerrcode == ERRCODE_RAISE_EXCEPTION ? ERRCODE_INVALID_PARAMETER_VALUE : error->sqlerrcode,
					"invalid", "\"%s\": %s", field->name, error->message);
	if (error->hint != NULL)
		ak_core_problem_hint(problems, pstrdup(error->hint));
}

/* Calls it in a subtransaction; false where it refused the value. */
static bool
call_guarded(FunctionCallInfo call, const AkField *field, Datum *result, AkProblems *problems)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		*result = FunctionCallInvoke(call);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	if (error == NULL)
		return true;
	if (!is_refusal(error))
		ReThrowError(error);
	add_refusal(field, error, problems);
	return false;
}

static Datum
options_datum(const AkField *field)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(ak_core_json_to_cstring(field->options)));
}

static bool
call_reader(const AkField *field, const AkTypeFunction *function, const AkValue *argument, AkValue *out, AkProblems *problems)
{
	LOCAL_FCINFO(call, 2);
	FmgrInfo	flinfo;

	fmgr_info(function->function, &flinfo);
	InitFunctionCallInfoData(*call, &flinfo, function->takes_options ? 2 : 1, get_typcollation(function->argument), NULL, NULL);
	call->args[0].value = argument->datum;
	call->args[0].isnull = argument->isnull;
	call->args[1].value = function->takes_options ? options_datum(field) : (Datum) 0;
	call->args[1].isnull = false;
	out->type = function->result;
	if (IsInParallelMode())
		out->datum = FunctionCallInvoke(call);
	else if (!call_guarded(call, field, &out->datum, problems))
		return false;
	out->isnull = call->isnull;
	return true;
}

/* A length, a scale or a normal form has its say about the result, too. */
static bool
is_read_further(const AkField *field)
{
	return field->typmod >= 0 || ak_model_normalizes(field) || field->type->read != NULL;
}

bool
ak_model_from_external(const AkField *field, const AkJson *value, AkValue *out, AkProblems *problems)
{
	const AkJson *plain = ak_model_unwrap(value);
	AkTypeFunction function;
	AkValue		argument;
	AkValue		stored = {0};

	out->type = field->typid;
	out->isnull = plain->kind == AK_JSON_NULL;
	out->datum = (Datum) 0;
	if (out->isnull)
		return true;
	require_function(field->name, field->type->custom, true, field->typid, &function);
	require_right(field->name, &function);
	if (!ak_model_read_typed(function.argument, -1, field->name, plain, &argument, problems) ||
		!call_reader(field, &function, &argument, &stored, problems))
		return false;
	if (is_read_further(field))
		return ak_model_read_stored(field, ak_model_value_to_json(stored.type, stored.datum, stored.isnull), out, problems);
	out->datum = stored.datum;
	out->isnull = stored.isnull;
	return true;
}

/* ---- writing ---- */

struct AkExternal
{
	const AkField *field;
	AkTypeFunction function;
	FmgrInfo	flinfo;
	Datum		options;
};

bool
ak_model_shows_otherwise(const AkField *field)
{
	return field->type != NULL && field->type->custom != NULL && field->type->custom->writer != NULL;
}

AkExternal *
ak_model_open_external(const AkField *field)
{
	AkExternal *external = palloc0(sizeof(AkExternal));

	external->field = field;
	require_function(field->name, field->type->custom, false, field->typid, &external->function);
	require_right(field->name, &external->function);
	fmgr_info(external->function.function, &external->flinfo);
	if (external->function.takes_options)
		external->options = options_datum(field);
	return external;
}

Oid
ak_model_external_type(const AkExternal *external)
{
	return external->function.result;
}

Datum
ak_model_to_external(AkExternal *external, Datum value, bool *isnull)
{
	LOCAL_FCINFO(call, 2);
	Datum		result;

	InitFunctionCallInfoData(*call, &external->flinfo, external->function.takes_options ? 2 : 1,
							 get_typcollation(external->function.argument), NULL, NULL);
	call->args[0].value = value;
	call->args[0].isnull = false;
	call->args[1].value = external->options;
	call->args[1].isnull = false;
	result = FunctionCallInvoke(call);
	*isnull = call->isnull;
	return result;
}
