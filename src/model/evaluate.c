/*
 * evaluate.c
 *		SQL over a row in memory.
 *
 * A condition is kept as the deparse of an expression over the fields'
 * names; a function as its qualified name.  Both become expression trees whose
 * columns are those of the model's table, and run as CHECKs do: as whoever
 * writes the row, who needs the right to execute what they call.
 *
 * That right is looked at when a tree is made ready; so what upper rooms make
 * of a model is made for each role that writes, and anew when any function has
 * changed.  It lives with the registry's picture, of a few roles.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_func.h"
#include "parser/parse_node.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "model/internal.h"

static Node *
field_var(const AkField *field)
{
	return (Node *) makeVar(1, field->attnum, field->typid, field->typmod, field->collation, 0);
}

/* Names in a kept condition are fields'. */
static Node *
resolve_field(ParseState *pstate, ColumnRef *reference, Node *found)
{
	const AkModel *model = pstate->p_ref_hook_state;
	Node	   *last = llast(reference->fields);

	if (found != NULL || pstate->parentParseState != NULL || !IsA(last, String))
		return NULL;
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->attnum > 0 && strcmp(model->fields[i]->name, strVal(last)) == 0)
			return field_var(model->fields[i]);
	return NULL;
}

static ParseState *
parse_state(const AkModel *model)
{
	ParseState *pstate = make_parsestate(NULL);

	pstate->p_post_columnref_hook = resolve_field;
	pstate->p_ref_hook_state = unconstify(AkModel *, model);
	return pstate;
}

Node *
ak_model_row_condition(const AkModel *model, const char *text)
{
	int			level = ak_model_pin_search_path();
	ParseState *pstate = parse_state(model);
	SelectStmt *select;
	Node	   *condition;

	if (!ak_model_is_one_expression(text))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("a condition of model \"%s\" is not one SQL expression", model->label)));
	select = (SelectStmt *) linitial_node(RawStmt, raw_parser(psprintf("SELECT (%s)", text), RAW_PARSE_DEFAULT))->stmt;
	condition = transformExpr(pstate, linitial_node(ResTarget, select->targetList)->val, EXPR_KIND_CHECK_CONSTRAINT);
	condition = coerce_to_boolean(pstate, condition, "condition");
	assign_expr_collations(pstate, condition);
	free_parsestate(pstate);
	ak_model_unpin_search_path(level);
	return condition;
}

/* ---- calls ---- */

static void
no_function(const AkModel *model, const char *function, const AkField *field)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FUNCTION),
			 field ? errmsg("function %s of field \"%s\" does not exist for type %s", function, field->name,
							format_type_be(field->typid))
			 : errmsg("function %s of model \"%s\" takes neither its row nor jsonb", function, model->label),
			 errhint("Make it again, or take the rule away with aksara.remove_validator.")));
}

static Node *
call(ParseState *pstate, List *name, Node *argument)
{
	FuncCall   *node = makeFuncCall(name, list_make1(argument), COERCE_EXPLICIT_CALL, -1);

	return ParseFuncOrColumn(pstate, name, list_make1(argument), NULL, node, false, -1);
}

static bool
exists(List *name, Oid type)
{
	Oid			result;
	Oid		   *types;
	bool		set;
	int			nvargs;
	Oid			vatype;
	List	   *defaults;
	Oid			id;
	FuncDetailCode code;

	code = func_get_detail(name, NIL, NIL, 1, &type, false, true, false, &id, &result, &set, &nvargs, &vatype, &types,
						   &defaults);
	return code == FUNCDETAIL_NORMAL && !set;
}

/* The row as a document has it: fields under the names that documents use. */
static Node *
row_of_fields(const AkModel *model)
{
	RowExpr    *row = makeNode(RowExpr);

	for (int i = 0; i < model->nfields; i++)
	{
		if (model->fields[i]->attnum <= 0)
			continue;
		row->args = lappend(row->args, field_var(model->fields[i]));
		row->colnames = lappend(row->colnames, makeString(model->fields[i]->json_name));
	}
	row->row_typeid = RECORDOID;
	row->row_format = COERCE_IMPLICIT_CAST;
	row->location = -1;
	return (Node *) row;
}

/* The row itself, or as a document for a function that takes any. */
static Node *
row_argument(ParseState *pstate, const AkModel *model, List *name)
{
	Oid			type = get_rel_type_id(model->relid);
	Node	   *row = (Node *) makeVar(1, 0, type, -1, InvalidOid, 0);

	if (exists(name, type))
		return row;
	if (exists(name, JSONBOID))
		return call(pstate, list_make2(makeString("pg_catalog"), makeString("to_jsonb")), row_of_fields(model));
	if (exists(name, JSONOID))
		return call(pstate, list_make2(makeString("pg_catalog"), makeString("to_json")), row_of_fields(model));
	return NULL;
}

Node *
ak_model_row_document(const AkModel *model)
{
	int			level = ak_model_pin_search_path();
	ParseState *pstate = parse_state(model);
	Node	   *document = call(pstate, list_make2(makeString("pg_catalog"), makeString("to_jsonb")), row_of_fields(model));

	assign_expr_collations(pstate, document);
	free_parsestate(pstate);
	ak_model_unpin_search_path(level);
	return document;
}

Node *
ak_model_row_call(const AkModel *model, const char *function, const AkField *field, Oid wanted, int32 typmod)
{
	int			level = ak_model_pin_search_path();
	List	   *name = ak_qualified_name(function);
	ParseState *pstate = parse_state(model);
	Node	   *argument = field ? field_var(field) : row_argument(pstate, model, name);
	Node	   *result;

	if (argument == NULL || (field != NULL && !exists(name, field->typid)))
		no_function(model, function, field);
	result = call(pstate, name, argument);
	if (OidIsValid(wanted) && exprType(result) != wanted)
		result = coerce_to_target_type(pstate, result, exprType(result), wanted, typmod, COERCION_ASSIGNMENT,
									   COERCE_IMPLICIT_CAST, -1);
	if (result == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("function %s does not give a value of type %s", function, format_type_be(wanted))));
	assign_expr_collations(pstate, result);
	free_parsestate(pstate);
	ak_model_unpin_search_path(level);
	return result;
}

ExprState *
ak_model_make_ready(Node *expression, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	ExprState  *state = ExecInitExpr(expression_planner(copyObject((Expr *) expression)), NULL);

	MemoryContextSwitchTo(old);
	return state;
}

/* ---- the row ---- */

TupleTableSlot *
ak_model_row_slot(const AkModel *model, const TupleTableSlotOps *ops)
{
	Relation	rel = table_open(model->relid, AccessShareLock);
	TupleDesc	desc = CreateTupleDescCopyConstr(RelationGetDescr(rel));

	table_close(rel, NoLock);
	return MakeSingleTupleTableSlot(desc, ops);
}

void
ak_model_fill_slot(TupleTableSlot *slot, const AkTriggerRow *row)
{
	int			natts = slot->tts_tupleDescriptor->natts;

	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, natts);
	if (row->columns == NULL)
	{
		int			count = Min(row->desc->natts, natts);

		memcpy(slot->tts_values, row->values, count * sizeof(Datum));
		memcpy(slot->tts_isnull, row->nulls, count * sizeof(bool));
	}
	else
		for (int i = 0; i < row->model->nfields; i++)
		{
			const AkField *field = row->model->fields[i];

			if (field->attnum > 0)
				slot->tts_values[field->attnum - 1] = ak_model_row_value(row, field, &slot->tts_isnull[field->attnum - 1]);
		}
	ExecStoreVirtualTuple(slot);
}

/* ---- for each role ---- */

/* Never that of what was just made. */
#define STALE 0

/* Those of so many roles are kept of a model. */
#define MOST_ROLES 16

/* Counts changes of functions. */
static uint64 generation = 1;

static void
forget_functions(Datum arg, int cache, uint32 hash)
{
	generation++;
}

void
ak_model_evaluate_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, forget_functions, (Datum) 0);
}

uint64
ak_model_function_changes(void)
{
	return generation;
}

/* In a context of its own below the current one. */
static AkForRole *
make(AkModel *model, AkForRoleFn make_one)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "aksara rules of a role", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	uint64		made_at = generation;
	AkForRole  *one = make_one(model);

	one->context = context;
	one->generation = made_at;
	one->role = GetUserId();
	MemoryContextSwitchTo(old);
	return one;
}

/* The one kept of the current role; NULL: none, or it is of before a function changed. */
static AkForRole *
find(AkForRole **place)
{
	while (*place != NULL && (*place)->role != GetUserId())
		place = &(*place)->next;
	if (*place != NULL && (*place)->generation != generation && !(*place)->busy)
	{
		AkForRole  *old = *place;

		*place = old->next;
		MemoryContextDelete(old->context);
		return NULL;
	}
	return *place;
}

/* Makes room for another role's: a session of thousands of roles keeps those of a few, the last ones made. */
static void
forget_oldest(AkForRole **kept)
{
	AkForRole **oldest = NULL;
	int			count = 0;

	for (AkForRole **place = kept; *place != NULL; place = &(*place)->next)
	{
		count++;
		if (!(*place)->busy)
			oldest = place;
	}
	if (count >= MOST_ROLES && oldest != NULL)
	{
		AkForRole  *old = *oldest;

		*oldest = old->next;
		MemoryContextDelete(old->context);
	}
}

AkForRole *
ak_model_for_role(AkModel *model, AkForRole **kept, AkForRoleFn make_one)
{
	AkForRole  *one = find(kept);

	if (one != NULL && !one->busy)
		return one;
	if (one != NULL)
		return make(model, make_one);	/* what it calls writes another row: the one further out is in use */
	one = make(model, make_one);
	forget_oldest(kept);
	MemoryContextSetParent(one->context, model->registry->context);
	one->next = *kept;
	return *kept = one;
}

/* Functions keep with what calls them how far they have come: after an error that would be half-way. */
void
ak_model_use(AkForRole *one, void (*run) (void *), void *arg)
{
	one->busy = true;
	PG_TRY();
	{
		run(arg);
	}
	PG_CATCH();
	{
		one->busy = false;
		one->generation = STALE;
		PG_RE_THROW();
	}
	PG_END_TRY();
	one->busy = false;
}
