/*
 * inline_fold.c
 *		The argument of rows() → its document, without running the statement.
 *
 * Builders of ours are read as they stand in the statement: their constants
 * go into the document, a value that is an expression becomes a hole in it.
 * Casts and everything else without such a value are evaluated, where that
 * gives a constant.  What is left is known only when the statement runs, and
 * the call stays a function.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteManip.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "query/inline.h"

/* ---- constants ---- */

/* The constant that an expression is; NULL where it is none, or NULL. */
static Const *
constant(Node *node)
{
	if (!IsA(node, Const))
		node = eval_const_expressions(NULL, node);
	if (!IsA(node, Const) || ((Const *) node)->constisnull)
		return NULL;
	return (Const *) node;
}

char *
ak_query_fold_text(Node *argument)
{
	Const	   *known = constant(argument);

	if (known == NULL)
		return NULL;
	switch (known->consttype)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UNKNOWNOID:
			return ak_core_argument(known->consttype, known->constvalue, false)->text;
	}
	return NULL;
}

/* Is it one of the types that are JSON text? */
static bool
is_document_type(Oid type)
{
	return type == JSONOID || type == ak_core_type("queryset") || type == ak_core_type("query_op") ||
		type == ak_core_type("doc");
}

static AkJson *
constant_document(Node *node)
{
	Const	   *document = constant(node);
	AkJson	   *json;

	if (document == NULL || !is_document_type(document->consttype))
		return NULL;
	json = ak_core_json_parse_text(DatumGetTextPP(document->constvalue), "a query set");
	return json->kind == AK_JSON_OBJECT ? json : NULL;
}

static AkJson *
op_of(const char *word, AkJson *value)
{
	AkJson	   *op;

	if (value == NULL)
		return NULL;
	op = ak_core_json_object();
	ak_core_json_put(op, word, value);
	return op;
}

/* ---- values ---- */

/* Can it be computed in a sub-select?  Window functions and sets belong to the SELECT they stand in. */
static bool
can_move(Node *value)
{
	return !contain_windowfuncs(value) && !expression_returns_set(value);
}

static AkJson *
hole(AkFold *fold, Node *value, bool untyped)
{
	Oid			type = exprType(value);

	if (type_is_rowtype(type) || get_typtype(type) == TYPTYPE_PSEUDO || type == ak_core_type("expression") ||
		!can_move(value))
		return NULL;
	fold->values = lappend(fold->values, value);
	return ak_core_json_hole(list_length(fold->values) - 1, untyped ? UNKNOWNOID : getBaseType(type));
}

static AkJson *
constant_value(const char *path, const Const *value, bool untyped)
{
	AkArgument *argument;

	if (value->constisnull)
		ak_query_refuse_written_null();
	argument = ak_core_argument(value->consttype, value->constvalue, false);
	if (untyped)
		argument->type = UNKNOWNOID;
	return ak_query_value_of(path, argument);
}

static bool
is_range(const char *path)
{
	const char *ending = "__range";
	size_t		length = strlen(path);

	return length > strlen(ending) && strcmp(path + length - strlen(ending), ending) == 0;
}

static AkJson *fold_value(AkFold *fold, const char *path, Node *value, bool untyped);

/* The two bounds of a range, each a value of its own. */
static AkJson *
fold_bounds(AkFold *fold, const char *path, const ArrayExpr *array)
{
	AkJson	   *list = ak_core_json_array();
	ListCell   *cell;

	foreach(cell, array->elements)
	{
		AkJson	   *item = fold_value(fold, path, lfirst(cell), false);

		if (item == NULL)
			return NULL;
		ak_core_json_push(list, item);
	}
	return list;
}

static AkJson *
fold_value(AkFold *fold, const char *path, Node *value, bool untyped)
{
	Const	   *known = exprType(value) == ak_core_type("expression") ? constant(value) : NULL;

	if (IsA(value, Const))
		return constant_value(path, (Const *) value, untyped);
	if (known != NULL)
		return constant_value(path, known, untyped);
	if (IsA(value, ArrayExpr) && is_range(path) && !((ArrayExpr *) value)->multidims)
		return fold_bounds(fold, path, (ArrayExpr *) value);
	return hole(fold, value, untyped);
}

/* ---- filter and exclude ---- */

static bool
put_value(AkFold *fold, AkJson *conditions, const char *path, Node *value, bool untyped)
{
	AkJson	   *folded = path ? fold_value(fold, path, value, untyped) : NULL;

	if (folded == NULL)
		return false;
	ak_query_put_condition(conditions, path, folded);
	return true;
}

/* The elements of an array that stands in the statement, or that is constant; false where they are not known. */
static bool
elements(Node *node, List **items)
{
	Const	   *array;
	Datum	   *values;
	bool	   *nulls;
	int			count;
	Oid			type;
	int16		length;
	bool		byval;
	char		align;

	*items = NIL;
	if (IsA(node, ArrayExpr))
	{
		*items = ((ArrayExpr *) node)->elements;
		return true;
	}
	array = constant(node);
	if (array == NULL)
		return false;
	type = get_element_type(array->consttype);
	get_typlenbyvalalign(type, &length, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(array->constvalue), type, length, byval, align, &values, &nulls, &count);
	for (int i = 0; i < count; i++)
		*items = lappend(*items, makeConst(type, -1, get_typcollation(type), length, values[i], nulls[i], byval));
	return true;
}

/* path, value, path, value …: spread out, or behind the first path in one text[]. */
static AkJson *
fold_pairs(AkFold *fold, const FuncExpr *call)
{
	bool		untyped = get_func_variadictype(call->funcid) == TEXTOID;
	List	   *rest = list_copy_tail(call->args, 1);
	AkJson	   *conditions = ak_core_json_object();
	Node	   *path = linitial(call->args);

	if ((untyped || call->funcvariadic) &&
		(list_length(rest) != 1 || !elements(linitial(rest), &rest)))
		return NULL;
	if (list_length(rest) % 2 == 0)
		return NULL;
	for (int i = 0; i < list_length(rest); i += 2)
	{
		if (i > 0)
			path = list_nth(rest, i - 1);
		if (!put_value(fold, conditions, ak_query_fold_text(path), list_nth(rest, i), untyped))
			return NULL;
	}
	return conditions;
}

/* ---- query sets ---- */

/* The value under a word where that is a hole. */
static Node *
hole_under(const AkFold *fold, const AkJson *op, const char *word)
{
	const AkJson *value = ak_core_json_get(op, word);

	return value && value->kind == AK_JSON_HOLE ? list_nth(fold->values, value->size) : NULL;
}

/*
 * A slice whose bounds are expressions: the document has others in their
 * places, which say that it is sliced.  NULL where there is a slice to be
 * taken a slice of.
 */
static AkJson *
sliced(AkFold *fold, AkJson *document, const AkJson *op)
{
	if (ak_core_json_get(document, "limit") != NULL || ak_core_json_get(document, "offset") != NULL)
		return NULL;
	fold->start = hole_under(fold, op, "offset");
	fold->stop = hole_under(fold, op, "limit");
	if (fold->start != NULL)
		ak_core_json_put(document, "offset", ak_core_json_integer(1));
	ak_core_json_put(document, "limit", ak_core_json_integer(1));
	return document;
}

static AkJson *
applied(AkFold *fold, AkJson *document, const AkJson *op)
{
	if (document == NULL || op == NULL)
		return NULL;
	if (fold->stop != NULL && (ak_core_json_get(op, "limit") != NULL || ak_core_json_get(op, "offset") != NULL))
		return NULL;
	if (hole_under(fold, op, "limit") != NULL)
		return sliced(fold, document, op);
	ak_query_apply(document, op);
	return document;
}

static AkJson *
fold_ops(AkFold *fold, AkJson *document, const List *args, int n)
{
	List	   *ops = NIL;
	ListCell   *cell;

	if (list_length(args) > n && !elements(list_nth(args, n), &ops))
		return NULL;
	foreach(cell, ops)
	{
		document = applied(fold, document, ak_query_fold(fold, lfirst(cell)));
		if (document == NULL)
			return NULL;
	}
	return document;
}

static AkJson *
fold_objects(AkFold *fold, const FuncExpr *call)
{
	char	   *model = ak_query_fold_text(linitial(call->args));

	if (model == NULL)
		return NULL;
	return fold_ops(fold, op_of("model", ak_core_json_string(model)), call->args, 1);
}

/* Ops put together to one condition; without any the function says what is wrong. */
static AkJson *
fold_together(AkFold *fold, const FuncExpr *call, const char *connective)
{
	AkJson	   *folded = ak_core_json_array();
	List	   *ops = NIL;
	ListCell   *cell;

	if (call->args == NIL || !elements(linitial(call->args), &ops) || ops == NIL)
		return NULL;
	foreach(cell, ops)
	{
		AkJson	   *op = ak_query_fold(fold, lfirst(cell));

		if (op == NULL)
			return NULL;
		ak_core_json_push(folded, op);
	}
	return ak_query_combine(connective, folded);
}

/* The complement of any_of. */
static AkJson *
fold_none_of(AkFold *fold, const FuncExpr *call, const char *connective)
{
	AkJson	   *any = fold_together(fold, call, connective);

	return any ? op_of("filter", op_of("$not", ak_core_json_get(any, "filter"))) : NULL;
}

/* A query set and others; a slice of one of them has bounds that are known. */
static AkJson *
fold_combined(AkFold *fold, const FuncExpr *call, const AkCall *which)
{
	AkJson	   *document = ak_query_fold(fold, linitial(call->args));
	AkJson	   *others = ak_core_json_array();
	AkJson	   *op = op_of(which->word, others);
	List	   *items;
	ListCell   *cell;

	if (!elements(lsecond(call->args), &items))
		return NULL;
	foreach(cell, items)
	{
		AkJson	   *other = ak_query_fold(fold, lfirst(cell));

		if (other == NULL)
			return NULL;
		ak_core_json_push(others, other);
	}
	if (fold->stop != NULL)
		return NULL;
	if (which->kind == AK_CALL_COMBINED_ALL)
		ak_core_json_put(op, "all", ak_core_json_bool(true));
	return applied(fold, document, op);
}

/* The key of related(): a constant, or a hole. */
static AkJson *
fold_key(AkFold *fold, Node *key, bool untyped)
{
	AkArgument *argument;

	if (!IsA(key, Const))
		return hole(fold, key, untyped);
	if (((Const *) key)->constisnull)
		return NULL;
	argument = ak_core_argument(((Const *) key)->consttype, ((Const *) key)->constvalue, false);
	return untyped ? ak_query_untyped(argument->text) : ak_core_arg_to_json(argument);
}

static AkJson *
fold_related(AkFold *fold, const FuncExpr *call, bool untyped)
{
	char	   *model = ak_query_fold_text(linitial(call->args));
	AkJson	   *key = fold_key(fold, lsecond(call->args), untyped);
	char	   *accessor = ak_query_fold_text(lthird(call->args));

	if (model == NULL || key == NULL || accessor == NULL)
		return NULL;
	return fold_ops(fold, ak_query_related(model, key, accessor), call->args, 3);
}

/* order_by(qs, …): what the call does to an empty document is its op. */
static AkJson *
fold_set_op(AkFold *fold, const FuncExpr *call)
{
	FuncExpr   *bare = copyObject(unconstify(FuncExpr *, call));
	AkJson	   *document = ak_query_fold(fold, linitial(call->args));
	Oid			type = ak_core_type("queryset");

	linitial(bare->args) = makeConst(type, -1, InvalidOid, -1, CStringGetTextDatum("{}"), false, false);
	return applied(fold, document, constant_document((Node *) bare));
}

/* The op of a slice whose bounds are expressions; a volatile one has to be known, as both bounds look at it. */
static AkJson *
bounds_op(AkFold *fold, List *bounds)
{
	AkJson	   *stop;
	AkJson	   *op;

	if (contain_volatile_functions((Node *) bounds))
		return NULL;
	stop = hole(fold, llast(bounds), false);
	op = op_of("limit", stop);
	if (op != NULL && list_length(bounds) == 2)
		ak_core_json_put(op, "offset", hole(fold, linitial(bounds), false));
	return op;
}

static AkJson *
fold_slice(AkFold *fold, const FuncExpr *call)
{
	AkJson	   *known = constant_document((Node *) unconstify(FuncExpr *, call));

	return known ? known : bounds_op(fold, call->args);
}

static AkJson *
fold_set_slice(AkFold *fold, const FuncExpr *call)
{
	List	   *bounds = list_copy_tail(call->args, 1);
	ListCell   *cell;

	foreach(cell, bounds)
		if (!IsA(eval_const_expressions(NULL, lfirst(cell)), Const))
			return applied(fold, ak_query_fold(fold, linitial(call->args)), bounds_op(fold, bounds));
	return fold_set_op(fold, call);
}

static AkJson *
fold_set_pair(AkFold *fold, const FuncExpr *call, const AkCall *which)
{
	AkJson	   *document = ak_query_fold(fold, linitial(call->args));
	AkJson	   *conditions = ak_core_json_object();

	if (!put_value(fold, conditions, ak_query_fold_text(lsecond(call->args)), lthird(call->args), which->untyped))
		return NULL;
	return applied(fold, document, op_of(which->word, conditions));
}

static AkJson *
fold_call(AkFold *fold, const FuncExpr *call, const AkCall *which)
{
	switch (which->kind)
	{
		case AK_CALL_PAIRS:
			return op_of(which->word, fold_pairs(fold, call));
		case AK_CALL_CONDITIONS:
			return op_of(which->word, ak_query_fold(fold, linitial(call->args)));
		case AK_CALL_SET_PAIR:
			return fold_set_pair(fold, call, which);
		case AK_CALL_SET_CONDITIONS:
			return applied(fold, ak_query_fold(fold, linitial(call->args)),
						   op_of(which->word, ak_query_fold(fold, lsecond(call->args))));
		case AK_CALL_SET_OP:
			return fold_set_op(fold, call);
		case AK_CALL_SLICE:
			return fold_slice(fold, call);
		case AK_CALL_SET_SLICE:
			return fold_set_slice(fold, call);
		case AK_CALL_TOGETHER:
			return fold_together(fold, call, which->word);
		case AK_CALL_NONE_OF:
			return fold_none_of(fold, call, which->word);
		case AK_CALL_COMBINED:
		case AK_CALL_COMBINED_ALL:
			return fold_combined(fold, call, which);
		case AK_CALL_OBJECTS:
			return fold_objects(fold, call);
		case AK_CALL_RELATED:
			return fold_related(fold, call, which->untyped);
		case AK_CALL_PIPE:
			return applied(fold, ak_query_fold(fold, linitial(call->args)), ak_query_fold(fold, lsecond(call->args)));
		default:
			return NULL;
	}
}

/* qs |> op */
static AkJson *
fold_operator(AkFold *fold, const OpExpr *op)
{
	const AkCall *which = ak_query_call(get_opcode(op->opno));

	if (which == NULL || which->kind != AK_CALL_PIPE)
		return NULL;
	return applied(fold, ak_query_fold(fold, linitial(op->args)), ak_query_fold(fold, lsecond(op->args)));
}

/* Are all arguments in their places, none by name? */
static bool
in_places(const List *args)
{
	ListCell   *cell;

	foreach(cell, args)
		if (IsA(lfirst(cell), NamedArgExpr))
			return false;
	return true;
}

AkJson *
ak_query_fold(AkFold *fold, Node *argument)
{
	const AkCall *which;

	check_stack_depth();
	switch (nodeTag(argument))
	{
		case T_FuncExpr:
			which = ak_query_call(((FuncExpr *) argument)->funcid);
			if (which != NULL && in_places(((FuncExpr *) argument)->args))
				return fold_call(fold, (FuncExpr *) argument, which);
			break;
		case T_OpExpr:
			return fold_operator(fold, (OpExpr *) argument);
		case T_RelabelType:
			if (is_document_type(exprType((Node *) ((RelabelType *) argument)->arg)))
				return ak_query_fold(fold, (Node *) ((RelabelType *) argument)->arg);
			break;
		default:
			break;
	}
	return constant_document(argument);
}
