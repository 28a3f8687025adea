/*
 * function_list.c
 *		aksara.query_function: what the language of query sets knows by a name
 *		that begins with "$".
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"

#include "query/expression.h"

PG_FUNCTION_INFO_V1(ak_query_sql_functions);

/* What the tables of functions do not say themselves. */
typedef struct AkDescription
{
	const char *name;
	const char *kind;
	const char *takes;
	const char *gives;
} AkDescription;

static const AkDescription descriptions[] = {
	{"$f", "value", "path", "the path's"},
	{"$kt", "value", "path below a JSON field", "text"},
	{"$outer", "value", "path of the query set around", "the path's"},
	{"$v", "value", "scalar, list or object; as", "the type named by as"},
	{"$interval", "value", "text", "interval"},
	{"$now", "value", "null", "timestamptz"},
	{"$raw", "value", "SQL text; seal", "the text's"},
	{"$subquery", "value", "query set that picks one value", "the value's"},
	{"$array_subquery", "value", "query set that picks one value", "array of the value's"},

	{"$cast", "function", "any; as, zone", "the type named by as"},
	{"$collate", "function", "text; collation", "text"},
	{"$extract", "function", "date or time; part, zone", "integer"},
	{"$trunc", "function", "date or time stamp; part, zone", "the argument's"},
	{"$case", "function", "list of when and then; default", "what the results have in common"},
	{"$json_object", "function", "object of expressions", "jsonb"},
	{"$json_array", "function", "any, …", "jsonb"},

	{"$search_vector", "function", "text or search vector, …; config, weight", "search vector"},
	{"$search_query", "function", "text; config, search_type", "search query"},
	{"$search_rank", "function", "search vector, search query; config, weights, normalization, cover_density", "float"},
	{"$search_headline", "function", "text, search query; config, start_sel, stop_sel, fragment_delimiter, max_words, min_words, short_word, max_fragments, highlight_all", "text"},

	{"$q", "condition", "object of conditions", "boolean"},
	{"$exists", "condition", "query set", "boolean"},
	{"$descendants", "condition", "object of of; by, self, depth", "boolean"},
	{"$ancestors", "condition", "object of of; by, self, depth", "boolean"},
	{"$and", "condition", "list of objects of conditions", "boolean"},
	{"$or", "condition", "list of objects of conditions", "boolean"},
	{"$xor", "condition", "list of objects of conditions", "boolean"},
	{"$not", "condition", "object of conditions", "boolean"},
	{"$related", "condition", "object of model, accessor and key", "boolean"},

	{"$window", "value", "window function or aggregate; partition_by, order_by, frame", "the function's"},
	{"$row_number", "window", "no arguments", "bigint"},
	{"$rank", "window", "no arguments", "bigint"},
	{"$dense_rank", "window", "no arguments", "bigint"},
	{"$percent_rank", "window", "no arguments", "float"},
	{"$cume_dist", "window", "no arguments", "float"},
	{"$ntile", "window", "integer", "integer"},
	{"$lag", "window", "any[, integer[, any]]", "the argument's"},
	{"$lead", "window", "any[, integer[, any]]", "the argument's"},
	{"$first_value", "window", "any", "the argument's"},
	{"$last_value", "window", "any", "the argument's"},
	{"$nth_value", "window", "any, integer", "the argument's"},

	{"$count", "aggregate", "\"*\", relation or any", "bigint"},
	{"$any_value", "aggregate", "any", "the argument's"},
	{"$sum", "aggregate", "number or interval", "bigint, numeric, float or interval"},
	{"$avg", "aggregate", "number or interval", "numeric, float or interval"},
	{"$min", "aggregate", "ordered", "the argument's"},
	{"$max", "aggregate", "ordered", "the argument's"},
	{"$stddev", "aggregate", "number; sample", "numeric or float"},
	{"$variance", "aggregate", "number; sample", "numeric or float"},
	{"$string_agg", "aggregate", "any; delimiter", "text"},
	{"$array_agg", "aggregate", "any", "array of the argument's"},
	{"$json_agg", "aggregate", "any", "jsonb"},
	{"$bool_and", "aggregate", "boolean", "boolean"},
	{"$bool_or", "aggregate", "boolean", "boolean"},
	{"$bit_and", "aggregate", "whole number", "the argument's"},
	{"$bit_or", "aggregate", "whole number", "the argument's"},
	{"$bit_xor", "aggregate", "whole number", "the argument's"},
	{"$corr", "aggregate", "number, number", "float"},
	{"$covar_pop", "aggregate", "number, number; sample", "float"},
	{"$regr_avgx", "aggregate", "number, number", "float"},
	{"$regr_avgy", "aggregate", "number, number", "float"},
	{"$regr_count", "aggregate", "number, number", "bigint"},
	{"$regr_intercept", "aggregate", "number, number", "float"},
	{"$regr_r2", "aggregate", "number, number", "float"},
	{"$regr_slope", "aggregate", "number, number", "float"},
	{"$regr_sxx", "aggregate", "number, number", "float"},
	{"$regr_sxy", "aggregate", "number, number", "float"},
	{"$regr_syy", "aggregate", "number, number", "float"},
};

static const AkDescription *
description_of(const char *name)
{
	for (int i = 0; i < (int) lengthof(descriptions); i++)
		if (strcmp(descriptions[i].name, name) == 0)
			return &descriptions[i];
	return NULL;
}

static void
put_row(ReturnSetInfo *result, const char *name, const char *kind, const char *takes, const char *gives)
{
	Datum		values[] = {CStringGetTextDatum(name), (Datum) 0, (Datum) 0, (Datum) 0};
	bool		nulls[] = {false, kind == NULL, takes == NULL, gives == NULL};

	if (kind != NULL)
		values[1] = CStringGetTextDatum(kind);
	if (takes != NULL)
		values[2] = CStringGetTextDatum(takes);
	if (gives != NULL)
		values[3] = CStringGetTextDatum(gives);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_described(ReturnSetInfo *result, List *names)
{
	ListCell   *cell;

	foreach(cell, names)
	{
		const AkDescription *description = description_of(lfirst(cell));

		if (description != NULL)
			put_row(result, description->name, description->kind, description->takes, description->gives);
		else
			put_row(result, lfirst(cell), NULL, NULL, NULL);
	}
}

Datum
ak_query_sql_functions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	put_described(result, ak_query_form_names());
	put_described(result, ak_query_search_names());
	put_described(result, ak_query_connective_names());
	foreach(cell, ak_query_function_names())
	{
		const AkFunction *function = ak_query_function(lfirst(cell));

		put_row(result, lfirst(cell), "function", ak_query_function_takes(function), ak_query_function_gives(function));
	}
	put_described(result, ak_query_aggregate_names());
	put_described(result, list_make1("$window"));
	put_described(result, ak_query_window_names());
	PG_RETURN_NULL();
}
