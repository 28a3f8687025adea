/*
 * combine.c
 *		any_of, all_of, none_of and xor: what filter and exclude made, put
 *		together to one condition.
 *
 * The result is one call of filter, so that in it conditions on a to-many
 * relation speak of one related row, as they do in $or, $and, $not and $xor.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "query/internal.h"

PG_FUNCTION_INFO_V1(ak_query_any_of);
PG_FUNCTION_INFO_V1(ak_query_all_of);
PG_FUNCTION_INFO_V1(ak_query_none_of);
PG_FUNCTION_INFO_V1(ak_query_xor);

/* The calls that stand under one word of an op; those of exclude negated. */
static void
add_calls(AkJson *calls, AkJson *value, bool negated)
{
	if (value->kind == AK_JSON_ARRAY)
	{
		for (int i = 0; i < value->size; i++)
			add_calls(calls, value->items[i], negated);
		return;
	}
	ak_core_json_expect(value, AK_JSON_OBJECT, "a call of filter or exclude");
	ak_core_json_push(calls, negated ? ak_query_object_of("$not", value) : value);
}

/* The condition that an op of filter and exclude alone stands for. */
static AkJson *
condition_of(const AkJson *op)
{
	AkJson	   *calls = ak_core_json_array();

	ak_core_json_expect(op, AK_JSON_OBJECT, "a query op");
	for (int i = 0; i < op->size; i++)
	{
		bool		negated = strcmp(op->keys[i], "exclude") == 0;

		if (!negated && strcmp(op->keys[i], "filter") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a condition cannot be made of \"%s\"", op->keys[i]),
					 errhint("Only what filter() and exclude() return can be put together.")));
		add_calls(calls, op->items[i], negated);
	}
	return calls->size == 1 ? calls->items[0] : ak_query_object_of("$and", calls);
}

AkJson *
ak_query_combine(const char *connective, const AkJson *ops)
{
	AkJson	   *conditions = ak_core_json_array();

	for (int i = 0; i < ops->size; i++)
		ak_core_json_push(conditions, condition_of(ops->items[i]));
	return ak_query_object_of("filter", ak_query_object_of(connective, conditions));
}

/* The ops of the VARIADIC argument, as a list. */
static AkJson *
ops_argument(FunctionCallInfo fcinfo)
{
	AkJson	   *ops = ak_core_json_array();
	ArrayType  *array;
	Datum	   *items;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(0))
		ak_core_null_argument("ops");
	array = PG_GETARG_ARRAYTYPE_P(0);
	deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT, &items, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ak_core_null_argument("ops");
		ak_core_json_push(ops, ak_core_json_parse_text(DatumGetTextPP(items[i]), "a query op"));
	}
	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no condition to put together")));
	return ops;
}

Datum
ak_query_any_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(ak_core_json_to_text(ak_query_combine("$or", ops_argument(fcinfo))));
}

Datum
ak_query_all_of(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(ak_core_json_to_text(ak_query_combine("$and", ops_argument(fcinfo))));
}

/* The complement of any_of. */
Datum
ak_query_none_of(PG_FUNCTION_ARGS)
{
	AkJson	   *any = ak_query_combine("$or", ops_argument(fcinfo));

	any->items[0] = ak_query_object_of("$not", any->items[0]);
	PG_RETURN_TEXT_P(ak_core_json_to_text(any));
}

Datum
ak_query_xor(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(ak_core_json_to_text(ak_query_combine("$xor", ops_argument(fcinfo))));
}
