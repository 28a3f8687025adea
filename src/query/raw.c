/*
 * raw.c
 *		aksara.raw(): an expression of SQL text.
 *
 * A document is data, and no text of it becomes SQL.  So {"$raw": …} is taken
 * from nobody but raw(): what it returns bears a seal that only this session
 * can make, and whoever runs the query set needs EXECUTE on raw() too.  A
 * query set with such an expression is compiled at each call.
 *
 * The text is parsed as one expression over the columns of the model,
 * analysed, and written as its deparse with the columns of the alias that the
 * table has in the statement.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "common/hmac.h"
#include "common/sha2.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

#include "core/compat.h"
#include "query/expression.h"

PG_FUNCTION_INFO_V1(ak_query_sql_raw);

/* ---- the seal ---- */

#define SECRET_LENGTH 32

static const uint8 *
session_secret(void)
{
	static uint8 secret[SECRET_LENGTH];
	static bool made = false;

	if (!made && !pg_strong_random(secret, SECRET_LENGTH))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not make the secret of raw()")));
	made = true;
	return secret;
}

/* A code of the text that nobody knows who does not know the secret, in hex. */
static char *
seal_of(const char *sql)
{
	uint8		code[PG_SHA256_DIGEST_LENGTH];
	char	   *hex = palloc0(PG_SHA256_DIGEST_LENGTH * 2 + 1);
	pg_hmac_ctx *hmac = pg_hmac_create(PG_SHA256);

	if (hmac == NULL || pg_hmac_init(hmac, session_secret(), SECRET_LENGTH) < 0 ||
		pg_hmac_update(hmac, (const uint8 *) sql, strlen(sql)) < 0 ||
		pg_hmac_final(hmac, code, sizeof(code)) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not seal the text of raw()")));
	pg_hmac_free(hmac);
	hex_encode((const char *) code, sizeof(code), hex);
	return hex;
}

/* May the current user call raw()? */
static bool
may_call(void)
{
	Oid			text = TEXTOID;
	Oid			raw = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("raw"),
									  PointerGetDatum(buildoidvector(&text, 1)), ObjectIdGetDatum(ak_core_schema()));

	return OidIsValid(raw) && ak_function_callable(raw);
}

static void
check_seal(const char *sql, const AkJson *seal)
{
	if (seal == NULL || seal->kind != AK_JSON_STRING || strcmp(seal->text, seal_of(sql)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("expression \"$raw\" was not made by aksara.raw() in this session"),
				 errhint("A document cannot hold SQL; put what aksara.raw(sql) returns into it.")));
	if (!may_call())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for function raw"),
				 errdetail("Who runs a query set with \"$raw\" needs EXECUTE on aksara.raw(text).")));
}

/* raw(sql) → expression */
Datum
ak_query_sql_raw(PG_FUNCTION_ARGS)
{
	char	   *sql = ak_core_arg_cstring(fcinfo, 0, "sql");
	AkJson	   *object = ak_core_json_object();

	ak_core_json_put(object, "$raw", ak_core_json_string(sql));
	ak_core_json_put(object, "seal", ak_core_json_string(seal_of(sql)));
	PG_RETURN_DATUM(PointerGetDatum(ak_core_json_to_text(object)));
}

bool
ak_query_has_raw(const AkJson *value)
{
	check_stack_depth();
	if (value->kind != AK_JSON_OBJECT && value->kind != AK_JSON_ARRAY)
		return false;
	for (int i = 0; i < value->size; i++)
		if ((value->kind == AK_JSON_OBJECT && strcmp(value->keys[i], "$raw") == 0) ||
			ak_query_has_raw(value->items[i]))
			return true;
	return false;
}

/* ---- reading ---- */

/* Shows where in the expression the parser stumbled, instead of a place in the caller's statement. */
static void
point_into_text(void *arg)
{
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(arg);
	}
	errcontext("SQL text of aksara.raw()");
}

/* The syntax tree of the text. */
static Node *
parse_text(const char *sql, const char *statement)
{
	RawStmt    *raw;

	if (!ak_model_is_one_expression(sql))
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the text of aksara.raw() must be one SQL expression")));
	raw = linitial_node(RawStmt, raw_parser(statement, RAW_PARSE_DEFAULT));
	return linitial_node(ResTarget, castNode(SelectStmt, raw->stmt)->targetList)->val;
}

/* One value of a type that values have. */
static void
check_value(const ParseState *pstate, Node *node)
{
	if (pstate->p_hasAggs || pstate->p_hasWindowFuncs || expression_returns_set(node))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the text of aksara.raw() must be a single value"),
				 errdetail("Aggregate, window and set-returning functions give none here.")));
	if (get_typtype(exprType(node)) == TYPTYPE_PSEUDO)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the text of aksara.raw() is of type %s", format_type_be(exprType(node)))));
}

static Node *
analyse(const AkModel *model, const char *sql, const char *statement)
{
	Node	   *syntax = parse_text(sql, statement);
	ParseState *pstate = make_parsestate(NULL);
	Relation	table = table_open(model->relid, AccessShareLock);
	ParseNamespaceItem *item;
	Node	   *node;

	pstate->p_sourcetext = statement;
	item = addRangeTableEntryForRelation(pstate, table, AccessShareLock, NULL, false, true);
	addNSItemToQuery(pstate, item, false, true, true);
	node = transformExpr(pstate, syntax, EXPR_KIND_OTHER);
	if (exprType(node) == UNKNOWNOID)
		node = coerce_type(pstate, node, UNKNOWNOID, TEXTOID, -1, COERCION_IMPLICIT, COERCE_IMPLICIT_CAST, -1);
	check_value(pstate, node);
	assign_expr_collations(pstate, node);
	free_parsestate(pstate);
	table_close(table, NoLock);
	return node;
}

void
ak_query_read_raw(AkExpr *expr, const AkScope *scope, const AkJson *value, const AkJson *option)
{
	const char *sql = ak_core_json_expect(value, AK_JSON_STRING, "\"$raw\"")->text;
	char	   *statement = psprintf("SELECT (%s)", sql);
	ErrorContextCallback context = {.callback = point_into_text, .arg = statement};

	check_seal(sql, option);
	context.previous = error_context_stack;
	error_context_stack = &context;
	expr->kind = AK_EXPR_RAW;
	expr->raw = analyse(scope->model, sql, statement);
	expr->type = getBaseType(exprType(expr->raw));
	error_context_stack = context.previous;
}

/* ---- laying out and writing ---- */

void
ak_query_lay_raw(const AkSpot *spot, AkExpr *expr)
{
	if (spot->grouped)
		ereport(ERROR,
				(errcode(ERRCODE_GROUPING_ERROR),
				 errmsg("\"$raw\" is about rows, not about their groups")));
	expr->source = ak_query_spot_root(spot);
	expr->source->used = true;
}

static bool
find_sublink(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, SubLink) || expression_tree_walker(node, find_sublink, context);
}

bool
ak_query_raw_reads_rows(const AkExpr *expr)
{
	return find_sublink(expr->raw, NULL);
}

bool
ak_query_raw_is_volatile(const AkExpr *expr)
{
	return contain_volatile_functions(expr->raw);
}

/* What is sealed for this session and checked for this user is never kept in another statement. */
void
ak_query_write_raw(AkStatement *st, const AkExpr *expr)
{
	const AkSource *source = expr->source;
	char	   *alias = psprintf("t%d", source->alias);
	List	   *names = deparse_context_for(alias, source->model->relid);

	appendStringInfo(&st->sql, "(%s)", deparse_expression(expr->raw, names, true, true));
	st->unfit = true;
}
