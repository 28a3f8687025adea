/*
 * search.c
 *		Full text search: {"$search_rank": ["content", "python basics"]}.
 *
 * A vector is made of text, a query of a literal.  Where a vector is wanted
 * text becomes one, and where a query is wanted a string does, with the
 * option "config" or the server's default_text_search_config.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_ts_config.h"
#include "catalog/pg_type.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "query/expression.h"

struct AkSearch
{
	const char *function;		/* in pg_catalog; NULL: a vector */
	const char *config;			/* as SQL, with a comma; empty: the server's default */
	const char *before;			/* as SQL: what the function takes before its arguments */
	const char *options;		/* what it takes behind them, as text; NULL: nothing */
	int			normalization;	/* a number there; -1: none */
	char		weight;			/* of a vector; 0: none */
};

/* ---- options ---- */

/* 'pg_catalog.english'::regconfig, and a comma; 42704 where there is no such configuration. */
static const char *
read_config(const AkJson *object)
{
	const AkJson *word = ak_core_json_get(object, "config");
	const char *dot;
	Oid			config;
	HeapTuple	tuple;
	Form_pg_ts_config form;
	char	   *name;

	if (word == NULL)
		return "";
	ak_core_json_expect(word, AK_JSON_STRING, "\"config\"");
	dot = strchr(word->text, '.');
	config = get_ts_config_oid(dot == NULL ? list_make1(makeString(word->text))
							   : list_make2(makeString(pnstrdup(word->text, dot - word->text)), makeString(pstrdup(dot + 1))),
							   false);
	tuple = SearchSysCache1(TSCONFIGOID, ObjectIdGetDatum(config));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for text search configuration \"%s\"", word->text);
	form = (Form_pg_ts_config) GETSTRUCT(tuple);
	name = ak_core_qualified(get_namespace_name(form->cfgnamespace), NameStr(form->cfgname));
	ReleaseSysCache(tuple);
	/* A plan has the configuration's number in it, and nothing tells it when that goes: the text of a statement names both. */
	return config < FirstNormalObjectId ? psprintf("%s::pg_catalog.regconfig, ", quote_literal_cstr(name))
		: psprintf("%s::pg_catalog.regconfig /* %u */, ", quote_literal_cstr(name), config);
}

/* One of a few words. */
static int
read_word(const AkJson *object, const char *option, const char *const *words, int count, int otherwise)
{
	const AkJson *word = ak_core_json_get(object, option);
	List	   *names = NIL;

	if (word == NULL)
		return otherwise;
	ak_core_json_expect(word, AK_JSON_STRING, psprintf("\"%s\"", option));
	for (int i = 0; i < count; i++)
	{
		if (strcmp(words[i], word->text) == 0)
			return i;
		names = lappend(names, pstrdup(words[i]));
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("\"%s\" cannot be \"%s\"", option, word->text),
			 ak_core_hint_nearest(word->text, names)));
}

/* A whole number of no more than four digits, as text. */
static const char *
whole_number(const AkJson *value, const char *option)
{
	ak_core_json_expect(value, AK_JSON_NUMBER, psprintf("\"%s\"", option));
	if (strspn(value->text, "0123456789") != strlen(value->text) || strlen(value->text) > 4)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is a whole number from 0 to 9999, not %s", option, value->text)));
	return value->text;
}

/* ---- vectors and queries ---- */

static AkExpr *
new_search(AkExpr *expr, const char *function, Oid type, const AkJson *object)
{
	expr->kind = AK_EXPR_SEARCH;
	expr->type = type;
	expr->search = palloc0(sizeof(AkSearch));
	expr->search->function = function;
	expr->search->config = read_config(object);
	expr->search->before = "";
	expr->search->normalization = -1;
	return expr;
}

static void
refuse_argument(const char *name, const char *wanted, const AkExpr *argument)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("\"%s\" takes %s, not a value of type %s", name, wanted, ak_core_type_word(argument->type)),
			 errhint("Give it another type with \"$cast\".")));
}

static bool
is_text(const AkExpr *argument)
{
	return !OidIsValid(argument->type) || argument->type == TEXTOID || argument->type == VARCHAROID;
}

/* {"$search_vector": ["title", "content"], "config": "english", "weight": "A"}: texts, and vectors behind them */
static void
read_vector(AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object, const AkJson *value)
{
	static const char *const weights[] = {"A", "B", "C", "D"};
	bool		list = value->kind == AK_JSON_ARRAY;
	int			weight;

	new_search(expr, NULL, TSVECTOROID, object);
	weight = read_word(object, "weight", weights, lengthof(weights), -1);
	expr->search->weight = weight < 0 ? '\0' : weights[weight][0];
	for (int i = 0; i < (list ? value->size : 1); i++)
	{
		AkExpr	   *argument = ak_query_read_argument(scope, list ? value->items[i] : value);

		if (!is_text(argument) && argument->type != TSVECTOROID)
			refuse_argument(name, "texts and vectors", argument);
		expr->args = lappend(expr->args, argument);
	}
	if (expr->args == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" takes 1 argument or more, not 0", name)));
}

/* {"$search_query": "python basics", "config": "english", "search_type": "websearch"} */
static void
read_query(AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object, const AkJson *value)
{
	static const char *const words[] = {"plain", "phrase", "raw", "websearch"};
	static const char *const functions[] = {"plainto_tsquery", "phraseto_tsquery", "to_tsquery", "websearch_to_tsquery"};
	int			type = read_word(object, "search_type", words, lengthof(words), 0);
	AkExpr	   *argument = ak_query_read_result(scope, value);

	new_search(expr, functions[type], TSQUERYOID, object);
	if (!is_text(argument))
		refuse_argument(name, "text", argument);
	expr->args = list_make1(argument);
}

/* What is no vector becomes one. */
static AkExpr *
as_vector(const AkScope *scope, const char *name, const AkJson *value, const AkJson *object)
{
	AkExpr	   *argument = ak_query_read_argument(scope, value);
	AkExpr	   *vector = palloc0(sizeof(AkExpr));

	if (argument->type == TSVECTOROID)
		return argument;
	if (!is_text(argument))
		refuse_argument(name, "a vector or text", argument);
	new_search(vector, NULL, TSVECTOROID, object)->args = list_make1(argument);
	return vector;
}

/* A string is the words of a query. */
static AkExpr *
as_query(const AkScope *scope, const char *name, const AkJson *value, const AkJson *object)
{
	AkExpr	   *query = palloc0(sizeof(AkExpr));
	AkExpr	   *argument = value->kind == AK_JSON_OBJECT ? ak_query_read_argument(scope, value) : NULL;

	if (argument != NULL && argument->type == TSQUERYOID)
		return argument;
	if (argument == NULL)
		argument = ak_query_read_result(scope, value);
	if (!is_text(argument))
		refuse_argument(name, "a query or text", argument);
	new_search(query, "plainto_tsquery", TSQUERYOID, object)->args = list_make1(argument);
	return query;
}

static void
expect_two(const char *name, const AkJson *value)
{
	if (value->kind != AK_JSON_ARRAY || value->size != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" takes a list of two: what is searched, and the query", name)));
}

/* ---- ranks and headlines ---- */

/* The numbers for D, C, B and A, as SQL. */
static const char *
read_weights(const AkJson *weights)
{
	StringInfoData out;
	bool		good = weights == NULL || (weights->kind == AK_JSON_ARRAY && weights->size == 4);

	if (weights == NULL)
		return "";
	initStringInfo(&out);
	for (int i = 0; good && i < 4; i++)
	{
		good = weights->items[i]->kind == AK_JSON_NUMBER && strspn(weights->items[i]->text, "0123456789.") < 10 &&
			strspn(weights->items[i]->text, "0123456789.") == strlen(weights->items[i]->text);
		appendStringInfo(&out, "%s%s", i ? ", " : "ARRAY[", good ? weights->items[i]->text : "");
	}
	if (!good)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"weights\" is a list of four numbers, for D, C, B and A"),
				 errhint("Each is from 0 to 1, of no more than nine digits.")));
	appendStringInfoString(&out, "]::pg_catalog.float4[], ");
	return out.data;
}

/* {"$search_rank": ["content", "python"], "weights": [0.1, 0.2, 0.4, 1], "normalization": 2, "cover_density": true} */
static void
read_rank(AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object, const AkJson *value)
{
	const AkJson *normalization = ak_core_json_get(object, "normalization");
	bool		dense = ak_core_json_get_bool(object, "cover_density", false);

	expect_two(name, value);
	new_search(expr, dense ? "ts_rank_cd" : "ts_rank", FLOAT4OID, object)->search->config = "";
	expr->search->before = read_weights(ak_core_json_get(object, "weights"));
	if (normalization != NULL)
		expr->search->normalization = pg_strtoint32(whole_number(normalization, "normalization"));
	expr->args = list_make2(as_vector(scope, name, value->items[0], object),
							as_query(scope, name, value->items[1], object));
}

/* "…", as the options of a headline are written */
static void
put_quoted(StringInfo out, const char *text)
{
	appendStringInfoChar(out, '"');
	for (; *text; text++)
	{
		if (*text == '"')
			appendStringInfoChar(out, '"');
		appendStringInfoChar(out, *text);
	}
	appendStringInfoChar(out, '"');
}

/* The options of ts_headline: StartSel="<b>", MaxWords=35 */
static const char *
headline_options(const AkJson *object)
{
	static const char *const words[][2] = {
		{"start_sel", "StartSel"}, {"stop_sel", "StopSel"}, {"fragment_delimiter", "FragmentDelimiter"},
		{"max_words", "MaxWords"}, {"min_words", "MinWords"}, {"short_word", "ShortWord"},
		{"max_fragments", "MaxFragments"}, {"highlight_all", "HighlightAll"}
	};
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < (int) lengthof(words); i++)
	{
		const AkJson *value = ak_core_json_get(object, words[i][0]);
		const char *what = psprintf("\"%s\"", words[i][0]);

		if (value == NULL)
			continue;
		appendStringInfo(&out, "%s%s=", out.len > 0 ? ", " : "", words[i][1]);
		if (i < 3)
			put_quoted(&out, ak_core_json_expect(value, AK_JSON_STRING, what)->text);
		else if (i < 7)
			appendStringInfoString(&out, whole_number(value, words[i][0]));
		else
			appendStringInfoString(&out, ak_core_json_expect(value, AK_JSON_BOOL, what)->truth ? "true" : "false");
	}
	return out.len > 0 ? out.data : NULL;
}

/* {"$search_headline": ["content", "python"], "start_sel": "<em>", "stop_sel": "</em>"} */
static void
read_headline(AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object, const AkJson *value)
{
	AkExpr	   *text;

	expect_two(name, value);
	new_search(expr, "ts_headline", TEXTOID, object);
	expr->search->options = headline_options(object);
	text = ak_query_read_argument(scope, value->items[0]);
	if (!is_text(text))
		refuse_argument(name, "text", text);
	expr->args = list_make2(text, as_query(scope, name, value->items[1], object));
}

/* ---- the forms ---- */

typedef struct AkSearchForm
{
	const char *name;
	const char *options;		/* with a space between two */
	void		(*read) (AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object, const AkJson *value);
} AkSearchForm;

static const AkSearchForm forms[] = {
	{"$search_vector", "config weight", read_vector},
	{"$search_query", "config search_type", read_query},
	{"$search_rank", "config weights normalization cover_density", read_rank},
	{"$search_headline", "config start_sel stop_sel fragment_delimiter max_words min_words short_word max_fragments "
	"highlight_all", read_headline},
};

List *
ak_query_search_names(void)
{
	List	   *names = NIL;

	for (int i = 0; i < (int) lengthof(forms); i++)
		names = lappend(names, unconstify(char *, forms[i].name));
	return names;
}

static List *
option_names(const AkSearchForm *form)
{
	List	   *names = NIL;
	char	   *rest = pstrdup(form->options);

	for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
		names = lappend(names, word);
	return names;
}

bool
ak_query_read_search(AkExpr *expr, const AkScope *scope, const char *name, const AkJson *object, const AkJson *value)
{
	for (int i = 0; i < (int) lengthof(forms); i++)
	{
		if (strcmp(forms[i].name, name) != 0)
			continue;
		ak_query_check_options(object, psprintf("expression \"%s\"", name), option_names(&forms[i]), true);
		forms[i].read(expr, scope, name, object, value);
		return true;
	}
	return false;
}

/* ---- writing ---- */

static void
write_text(AkStatement *st, const AkExpr *argument)
{
	ak_query_write_expression(st, argument);
	appendStringInfoString(&st->sql, argument->type == TEXTOID ? "" : "::pg_catalog.text");
}

/* to_tsvector(COALESCE(a, '') || ' ' || COALESCE(b, '')) || COALESCE(v, ''); one that stands alone may be NULL */
static void
write_vector(AkStatement *st, const AkExpr *expr)
{
	const char *last = list_length(expr->args) > 1 ? ", '')" : "";
	const char *first = list_length(expr->args) > 1 ? "COALESCE(" : "";
	const char *before = psprintf("pg_catalog.to_tsvector(%s", expr->search->config);
	const char *after = "";
	ListCell   *cell;

	foreach(cell, expr->args)
	{
		const AkExpr *argument = lfirst(cell);

		if (argument->type == TSVECTOROID)
			continue;
		appendStringInfo(&st->sql, "%s%s", before, first);
		write_text(st, argument);
		appendStringInfoString(&st->sql, last);
		before = " OPERATOR(pg_catalog.||) ' ' OPERATOR(pg_catalog.||) ";
		after = ")";
	}
	appendStringInfoString(&st->sql, after);
	foreach(cell, expr->args)
	{
		const AkExpr *argument = lfirst(cell);

		if (argument->type != TSVECTOROID)
			continue;
		appendStringInfo(&st->sql, "%s%s", after[0] != '\0' ? " OPERATOR(pg_catalog.||) " : "", first);
		ak_query_write_expression(st, argument);
		appendStringInfoString(&st->sql, last);
		after = ")";
	}
}

/* ts_rank(weights, vector, query, 2), ts_headline('english', text, query, options), plainto_tsquery(text) */
static void
write_function(AkStatement *st, const AkExpr *expr)
{
	const AkSearch *search = expr->search;
	ListCell   *cell;

	appendStringInfo(&st->sql, "pg_catalog.%s(%s%s", search->function, search->config, search->before);
	foreach(cell, expr->args)
	{
		const AkExpr *argument = lfirst(cell);

		appendStringInfoString(&st->sql, cell == list_head(expr->args) ? "" : ", ");
		if (is_text(argument))
			write_text(st, argument);
		else
			ak_query_write_expression(st, argument);
	}
	if (search->options != NULL)
	{
		appendStringInfoString(&st->sql, ", ");
		ak_core_bind(st, TEXTOID, CStringGetTextDatum(search->options), false);
	}
	if (search->normalization >= 0)
		appendStringInfo(&st->sql, ", %d", search->normalization);
	appendStringInfoChar(&st->sql, ')');
}

void
ak_query_write_search(AkStatement *st, const AkExpr *expr)
{
	const AkSearch *search = expr->search;

	if (search->function != NULL)
	{
		write_function(st, expr);
		return;
	}
	appendStringInfoString(&st->sql, search->weight ? "pg_catalog.setweight((" : "(");
	write_vector(st, expr);
	appendStringInfoChar(&st->sql, ')');
	if (search->weight)
		appendStringInfo(&st->sql, ", '%c')", search->weight);
}
