/*
 * arguments.c
 *		Reading the arguments of SQL-callable functions.
 *
 * No public function is STRICT: a NULL where a name, document or key belongs
 * is an error that names the argument.  Calls that take values exist over
 * "any" and over text[]; both are read here as one list.  A value travels as
 * text in ISO form beside its type, so that it means the same under every
 * session's settings.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/bytea.h"
#include "utils/float.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "core/core.h"

void
ak_core_null_argument(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
			 errmsg("argument \"%s\" must not be null", name)));
}

/* A text argument as a C string. */
char *
ak_core_arg_cstring(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ak_core_null_argument(name);
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* A doc argument as a tree. */
AkJson *
ak_core_arg_json(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ak_core_null_argument(name);
	return ak_core_json_parse_text(PG_GETARG_TEXT_PP(n), psprintf("argument \"%s\"", name));
}

/* Prints a value through its type's output function under fixed date, float and bytea styles. */
char *
ak_core_output_iso(Oid type, Datum value)
{
	Oid			output;
	bool		varlena;
	int			date_style = DateStyle;
	int			interval_style = IntervalStyle;
	int			float_digits = extra_float_digits;
	int			bytes = bytea_output;
	char	   *result = NULL;

	getTypeOutputInfo(type, &output, &varlena);
	PG_TRY();
	{
		DateStyle = USE_ISO_DATES;
		IntervalStyle = INTSTYLE_POSTGRES;
		extra_float_digits = 1;
		bytea_output = BYTEA_OUTPUT_HEX;
		result = OidOutputFunctionCall(output, value);
	}
	PG_FINALLY();
	{
		DateStyle = date_style;
		IntervalStyle = interval_style;
		extra_float_digits = float_digits;
		bytea_output = bytes;
	}
	PG_END_TRY();
	return result;
}

AkArgument *
ak_core_argument(Oid type, Datum value, bool isnull)
{
	AkArgument *argument = palloc0(sizeof(AkArgument));

	argument->type = type;
	argument->isnull = isnull;
	if (isnull)
		return argument;
	if (type == UNKNOWNOID)
		argument->text = pstrdup(DatumGetCString(value));
	else if (type_is_rowtype(type))
	{
		/* A whole row stands for its row, as the object that get returns does. */
		argument->type = JSONOID;
		argument->text = TextDatumGetCString(DirectFunctionCall1(row_to_json, value));
	}
	else
		argument->text = ak_core_output_iso(type, value);
	return argument;
}

/* One argument of an "any" parameter. */
AkArgument *
ak_core_arg_value(FunctionCallInfo fcinfo, int n)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, n);

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of argument %d", n + 1)));
	return ak_core_argument(type, PG_ARGISNULL(n) ? (Datum) 0 : PG_GETARG_DATUM(n), PG_ARGISNULL(n));
}

/*
 * Adds the elements of an array argument.  Those of the text[] overload carry
 * no type of their own: literals and drivers' untyped parameters arrive there.
 */
static List *
spread_array(List *values, Datum datum, bool untyped)
{
	ArrayType  *array = DatumGetArrayTypeP(datum);
	Oid			element = ARR_ELEMTYPE(array);
	int16		length;
	bool		byval;
	char		align;
	Datum	   *items;
	bool	   *nulls;
	int			count;

	get_typlenbyvalalign(element, &length, &byval, &align);
	deconstruct_array(array, element, length, byval, align, &items, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		AkArgument *argument = ak_core_argument(element, items[i], nulls[i]);

		if (untyped)
			argument->type = UNKNOWNOID;
		values = lappend(values, argument);
	}
	return values;
}

/* Is parameter n declared text[] VARIADIC, the overload for untyped values? */
static bool
is_text_overload(FunctionCallInfo fcinfo, int n)
{
	return fcinfo->nargs == n + 1 && get_fn_expr_argtype(fcinfo->flinfo, n) == TEXTARRAYOID &&
		get_func_variadictype(fcinfo->flinfo->fn_oid) == TEXTOID;
}

List *
ak_core_arg_values(FunctionCallInfo fcinfo, int first)
{
	List	   *values = NIL;

	if (first >= fcinfo->nargs)
		return NIL;
	if (is_text_overload(fcinfo, first))
	{
		if (PG_ARGISNULL(first))
			ak_core_null_argument("VARIADIC");
		return spread_array(NIL, PG_GETARG_DATUM(first), true);
	}
	if (get_fn_expr_variadic(fcinfo->flinfo))
	{
		for (int i = first; i < fcinfo->nargs - 1; i++)
			values = lappend(values, ak_core_arg_value(fcinfo, i));
		if (PG_ARGISNULL(fcinfo->nargs - 1))
			ak_core_null_argument("VARIADIC");
		return spread_array(values, PG_GETARG_DATUM(fcinfo->nargs - 1), false);
	}
	for (int i = first; i < fcinfo->nargs; i++)
		values = lappend(values, ak_core_arg_value(fcinfo, i));
	return values;
}

/* {"$v": value, "as": type} */
static AkJson *
literal(AkJson *value, Oid type)
{
	AkJson	   *object = ak_core_json_object();

	ak_core_json_put(object, "$v", value);
	if (OidIsValid(type))
		ak_core_json_put(object, "as", ak_core_json_string(ak_core_type_word(type)));
	return object;
}

static AkJson *
number(const char *text)
{
	AkJson	   *value = ak_core_json_integer(0);

	value->text = pstrdup(text);
	return value;
}

static bool
is_json_number(const char *text)
{
	return strspn(text, "+-0123456789.eE") == strlen(text);
}

static AkJson *
list_to_json(Oid element, const char *text)
{
	AkJson	   *list = ak_core_json_array();
	Oid			input;
	Oid			ioparam;
	List	   *items;
	ListCell   *cell;
	Datum		array;

	getTypeInputInfo(get_array_type(element), &input, &ioparam);
	array = OidInputFunctionCall(input, (char *) text, ioparam, -1);
	items = spread_array(NIL, array, false);
	foreach(cell, items)
		ak_core_json_push(list, ak_core_arg_to_json(lfirst(cell)));
	return list;
}

AkJson *
ak_core_arg_to_json(const AkArgument *argument)
{
	Oid			element;

	if (argument->isnull)
		return literal(ak_core_json_null(), InvalidOid);
	switch (argument->type)
	{
		case BOOLOID:
			return ak_core_json_bool(argument->text[0] == 't');
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case NUMERICOID:
		case FLOAT4OID:
		case FLOAT8OID:
			if (is_json_number(argument->text))
				return number(argument->text);
			return literal(ak_core_json_string(argument->text), argument->type);
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UUIDOID:
		case UNKNOWNOID:
			return ak_core_json_string(argument->text);
		case JSONOID:
		case JSONBOID:
			return literal(ak_core_json_parse(argument->text, strlen(argument->text), "the value"),
						   InvalidOid);
	}
	if (argument->type == ak_core_type("doc"))
		return literal(ak_core_json_parse(argument->text, strlen(argument->text), "the value"),
					   InvalidOid);
	element = get_element_type(argument->type);
	if (OidIsValid(element))
		return list_to_json(element, argument->text);
	return literal(ak_core_json_string(argument->text), argument->type);
}
