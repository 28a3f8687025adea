/*
 * logic.c
 *		Conditions put together: $and, $or, $xor, $not, and some, every, none
 *		over related rows.
 *
 * One call of filter is one formula, and its conditions on a to-many relation
 * speak of one related row wherever they stand in it.  The formula is laid
 * out so:
 *
 *	- conditions that are ANDed share the EXISTS of the relation (condition.c);
 *	- an $or all of whose conditions go over one to-many relation stands
 *	  inside that EXISTS;
 *	- an $or that shares a relation with what it is ANDed with, but not all of
 *	  it, is multiplied out: a and (b or c) is (a and b) or (a and c), and
 *	  "there is a row" may be asked in each branch on its own;
 *	- $not, $xor and the quantifiers ask about rows of their own.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "query/internal.h"

typedef enum AkFormulaKind
{
	AK_FORMULA_AND,
	AK_FORMULA_OR,
	AK_FORMULA_XOR,
	AK_FORMULA_NOT,				/* of its members, ANDed */
	AK_FORMULA_TEST,
	AK_FORMULA_TRUTH,			/* of an expression */
	AK_FORMULA_SOME,			/* of the rows behind a path: members, ANDed */
	AK_FORMULA_EVERY,
	AK_FORMULA_NONE
} AkFormulaKind;

typedef struct AkFormula
{
	AkFormulaKind kind;
	List	   *members;		/* of AkFormula * */
	AkPath	   *path;			/* TEST, and the quantifiers */
	const AkJson *value;		/* TEST, TRUTH */
	AkScope		scope;			/* TRUTH: where it was read */
	AkExpr	   *expression;		/* TRUTH, until it is laid out */
	const char *name;			/* TRUTH: its key */
} AkFormula;

/* A word that puts conditions together, or asks how many related rows meet them. */
typedef struct AkWord
{
	const char *name;
	AkFormulaKind kind;
} AkWord;

static const AkWord connectives[] = {
	{"$and", AK_FORMULA_AND},
	{"$or", AK_FORMULA_OR},
	{"$xor", AK_FORMULA_XOR},
	{"$not", AK_FORMULA_NOT},
};

static const AkWord quantifiers[] = {
	{"some", AK_FORMULA_SOME},
	{"every", AK_FORMULA_EVERY},
	{"none", AK_FORMULA_NONE},
};

static AkFormula *read_object(const AkScope *scope, const AkJson *object);
static AkFormula *read_inner_object(const AkScope *scope, const AkJson *object);
static void lay(AkQuery *query, AkSpot place, List *formulas);

static AkFormula *
new_formula(AkFormulaKind kind)
{
	AkFormula  *formula = palloc0(sizeof(AkFormula));

	formula->kind = kind;
	return formula;
}

/* ---- reading ---- */

/*
 * {"$related": {"model": …, "accessor": …, "key": …}}: the rows that one row
 * of another model reaches.  related() writes it where the way back has no
 * name.
 */
static AkFormula *
read_related(const AkScope *scope, const AkJson *value)
{
	AkFormula  *test = new_formula(AK_FORMULA_TEST);
	const char *model;
	const char *accessor;
	AkStep		step;
	AkStep		back;

	ak_core_json_expect(value, AK_JSON_OBJECT, "\"$related\"");
	model = ak_core_json_get_string(value, "model");
	accessor = ak_core_json_get_string(value, "accessor");
	test->value = ak_core_json_get(value, "key");
	if (model == NULL || accessor == NULL || test->value == NULL || value->size != 3)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"$related\" needs exactly \"model\", \"accessor\" and \"key\"")));
	ak_query_named_step(ak_model_resolve(scope->query->registry, model), accessor, &step);
	if (step.to != scope->model)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" of model \"%s\" does not lead to model \"%s\"",
						accessor, step.from->label, scope->model->label)));
	ak_query_invert(&step, &back);
	test->path = ak_query_step_path(&back, accessor);
	return test;
}

/* A member of $and, $or, $xor: an object that says something. */
static AkFormula *
read_branch(const AkScope *scope, const AkJson *object, const char *word)
{
	ak_core_json_expect(object, AK_JSON_OBJECT, psprintf("a member of \"%s\"", word));
	if (object->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a member of \"%s\" holds no condition", word)));
	return read_inner_object(scope, object);
}

static AkFormula *
read_list(const AkScope *scope, const AkWord *word, const AkJson *list)
{
	AkFormula  *formula = new_formula(word->kind);

	ak_core_json_expect(list, AK_JSON_ARRAY, psprintf("\"%s\"", word->name));
	if (list->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" has no members", word->name)));
	ak_query_check_members(word->name, list->size);
	for (int i = 0; i < list->size; i++)
		formula->members = lappend(formula->members, read_branch(scope, list->items[i], word->name));
	return formula;
}

/* {"$exists": …}, or any expression that is boolean. */
static AkFormula *
read_truth(const AkScope *scope, const char *key, const AkJson *value)
{
	AkFormula  *formula = new_formula(AK_FORMULA_TRUTH);
	AkJson	   *object = ak_core_json_object();

	ak_core_json_put(object, key, unconstify(AkJson *, value));
	formula->value = object;
	formula->scope = *scope;
	formula->expression = ak_query_read_expression(scope, object);
	formula->name = key;
	return formula;
}

List *
ak_query_connective_names(void)
{
	List	   *names = list_make1("$related");

	for (int i = 0; i < (int) lengthof(connectives); i++)
		names = lappend(names, unconstify(char *, connectives[i].name));
	return names;
}

static AkFormula *
read_connective(const AkScope *scope, const char *key, const AkJson *value)
{
	List	   *names = list_make2("$related", "$exists");

	for (int i = 0; i < lengthof(connectives); i++)
	{
		const AkWord *word = &connectives[i];
		AkFormula  *formula;

		names = lappend(names, unconstify(char *, word->name));
		if (strcmp(key, word->name) != 0)
			continue;
		if (word->kind != AK_FORMULA_NOT)
			return read_list(scope, word, value);
		formula = new_formula(AK_FORMULA_NOT);
		formula->members = list_make1(read_branch(scope, value, key));
		return formula;
	}
	if (ak_query_knows_expression(key))
		return read_truth(scope, key, value);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_FUNCTION),
			 errmsg("condition \"%s\" does not exist", key),
			 ak_core_hint_nearest(key, names)));
}

/* The quantifier that a key ends in, and the path before it; NULL where it ends in none. */
static const AkWord *
split_quantifier(const char *key, char **path)
{
	for (int i = 0; i < lengthof(quantifiers); i++)
	{
		size_t		length = strlen(key);
		size_t		tail = strlen(quantifiers[i].name) + 2;

		if (length <= tail || strcmp(key + length - tail + 2, quantifiers[i].name) != 0 ||
			strncmp(key + length - tail, "__", 2) != 0)
			continue;
		*path = pnstrdup(key, length - tail);
		return &quantifiers[i];
	}
	return NULL;
}

/* comments__every: {…}; NULL where the key is an ordinary path, because a field of that name wins. */
static AkFormula *
read_quantified(const AkScope *scope, const char *key, const AkJson *value)
{
	char	   *text;
	const AkWord *word = split_quantifier(key, &text);
	AkFormula  *formula;
	AkFormula  *inner;
	AkPath	   *path;
	AkScope		behind = {.query = scope->query};

	if (word == NULL || value->kind != AK_JSON_OBJECT)
		return NULL;
	path = ak_query_path(scope->model, text, false);
	if (!path->whole || path->nsteps == 0 || path->nsteps != path->depth ||
		!path->steps[path->depth - 1].many ||
		ak_model_field(ak_query_path_end(path), word->name) != NULL)
		return NULL;
	formula = new_formula(word->kind);
	formula->path = path;
	behind.model = ak_query_path_end(path);
	inner = read_inner_object(&behind, value);
	if (inner->members == NIL && word->kind == AK_FORMULA_EVERY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the value for \"%s\" holds no condition", key)));
	formula->members = list_make1(inner);
	return formula;
}

static AkFormula *
read_member(const AkScope *scope, const char *key, const AkJson *value)
{
	AkFormula  *formula;

	if (strcmp(key, "$related") == 0)
		return read_related(scope, value);
	if (key[0] == '$')
		return read_connective(scope, key, value);
	formula = read_quantified(scope, key, value);
	if (formula != NULL)
		return formula;
	formula = new_formula(AK_FORMULA_TEST);
	formula->path = ak_query_scope_path(scope, key, true);
	formula->value = value;
	return formula;
}

/* An object of conditions: all of them. */
static AkFormula *
read_object(const AkScope *scope, const AkJson *object)
{
	AkFormula  *formula = new_formula(AK_FORMULA_AND);

	check_stack_depth();
	for (int i = 0; i < object->size; i++)
		formula->members = lappend(formula->members,
								   read_member(scope, object->keys[i], object->items[i]));
	return formula;
}

/* The same one level deeper. */
static AkFormula *
read_inner_object(const AkScope *scope, const AkJson *object)
{
	AkFormula  *formula;

	ak_query_enter(scope->query);
	formula = read_object(scope, object);
	ak_query_leave(scope->query);
	return formula;
}

/* ---- ways: the first to-many relation that a test crosses ---- */

/* The steps up to and with the first to-many one, `steps` of them; none: no such step. */
typedef struct AkWay
{
	const AkPath *path;
	int			steps;
} AkWay;

static AkWay
way_of_test(const AkFormula *test, const AkSpot *place)
{
	AkWay		way = {.path = test->path};
	bool		absent = ak_query_asks_absence(test->path, test->value);

	for (int i = ak_query_walked(place, test->path); i < test->path->nsteps; i++)
	{
		if (!test->path->steps[i].many)
			continue;
		if (!absent || i < test->path->nsteps - 1)
			way.steps = i + 1;
		break;
	}
	return way;
}

static bool
same_way(const AkWay *a, const AkWay *b)
{
	if (a->steps != b->steps)
		return false;
	for (int i = 0; i < a->steps; i++)
		if (!ak_query_same_step(&a->path->steps[i], &b->path->steps[i]))
			return false;
	return true;
}

/* The ways of all tests that speak of the rows of this scope: List of AkWay *. */
static List *
ways_of(const AkFormula *formula, const AkSpot *place)
{
	List	   *ways = NIL;
	ListCell   *cell;
	AkWay	   *way;

	switch (formula->kind)
	{
		case AK_FORMULA_AND:
		case AK_FORMULA_OR:
			foreach(cell, formula->members)
				ways = list_concat(ways, ways_of(lfirst(cell), place));
			return ways;
		case AK_FORMULA_TEST:
			way = palloc(sizeof(AkWay));
			*way = way_of_test(formula, place);
			return list_make1(way);
		default:
			way = palloc0(sizeof(AkWay));
			return list_make1(way);
	}
}

/* The one way that every test of the formula goes; false where there is no such. */
static bool
only_way(const AkFormula *formula, const AkSpot *place, AkWay *only)
{
	List	   *ways = ways_of(formula, place);
	ListCell   *cell;

	*only = *(AkWay *) linitial(ways);
	if (only->steps == 0)
		return false;
	foreach(cell, ways)
		if (!same_way(only, lfirst(cell)))
			return false;
	return true;
}

/* Does any test of the one go the way of one of the other? */
static bool
share_a_way(const AkFormula *a, const AkFormula *b, const AkSpot *place)
{
	ListCell   *one;
	ListCell   *other;

	foreach(one, ways_of(a, place))
		foreach(other, ways_of(b, place))
			if (((AkWay *) lfirst(one))->steps > 0 && same_way(lfirst(one), lfirst(other)))
				return true;
	return false;
}

/* ---- laying out ---- */

static AkCondition *
add_condition(AkCondition *all, AkConditionKind kind)
{
	AkCondition *condition = ak_query_condition(kind);

	all->members = lappend(all->members, condition);
	return condition;
}

/* Each formula in an ALL of its own. */
static void
lay_apart(AkQuery *query, AkSpot place, AkCondition *parent, List *formulas)
{
	ListCell   *cell;

	foreach(cell, formulas)
	{
		place.all = add_condition(parent, AK_CONDITION_ALL);
		lay(query, place, list_make1(lfirst(cell)));
	}
}

static void
lay_or(AkQuery *query, AkSpot place, const AkFormula *formula)
{
	AkWay		way;

	if (only_way(formula, &place, &way))
		ak_query_walk(query, &place, way.path, way.steps);
	lay_apart(query, place, add_condition(place.all, AK_CONDITION_ANY), formula->members);
}

/* Rows behind a path, about which the members are said. */
static void
lay_quantified(AkQuery *query, AkSpot place, const AkFormula *formula)
{
	const AkPath *path = formula->path;
	AkCondition *exists;
	AkSpot		inner = {0};

	ak_query_walk(query, &place, path, path->nsteps - 1);
	if (formula->kind != AK_FORMULA_SOME)
		place.all = add_condition(place.all, AK_CONDITION_NOT);
	exists = add_condition(place.all, AK_CONDITION_EXISTS);
	exists->source = ak_query_apart(query, place.source, &path->steps[path->nsteps - 1]);
	exists->apart = true;
	inner.source = exists->source;
	inner.all = formula->kind == AK_FORMULA_EVERY ? add_condition(exists, AK_CONDITION_NOT) : exists;
	lay(query, inner, formula->members);
}

/* An expression belongs to one place: a formula that was multiplied out has another in each branch. */
static void
lay_truth(AkQuery *query, AkSpot place, AkFormula *formula)
{
	AkExpr	   *expression = formula->expression;

	if (expression == NULL)
		expression = ak_query_read_expression(&formula->scope, formula->value);
	formula->expression = NULL;
	ak_query_lay_truth(query, place, expression, formula->name);
}

static void
lay_one(AkQuery *query, AkSpot place, AkFormula *formula)
{
	switch (formula->kind)
	{
		case AK_FORMULA_AND:
			lay(query, place, formula->members);
			break;
		case AK_FORMULA_OR:
			lay_or(query, place, formula);
			break;
		case AK_FORMULA_XOR:
			lay_apart(query, place, add_condition(place.all, AK_CONDITION_ODD), formula->members);
			break;
		case AK_FORMULA_NOT:
			place.all = add_condition(place.all, AK_CONDITION_NOT);
			lay(query, place, formula->members);
			break;
		case AK_FORMULA_TEST:
			ak_query_lay_test(query, place, formula->path, formula->value);
			break;
		case AK_FORMULA_TRUTH:
			lay_truth(query, place, formula);
			break;
		default:
			lay_quantified(query, place, formula);
			break;
	}
}

/* ANDs within ANDs as one list. */
static List *
flatten(List *formulas)
{
	List	   *flat = NIL;
	ListCell   *cell;

	foreach(cell, formulas)
	{
		AkFormula  *formula = lfirst(cell);

		if (formula->kind == AK_FORMULA_AND)
			flat = list_concat(flat, flatten(formula->members));
		else
			flat = lappend(flat, formula);
	}
	return flat;
}

/* The first $or that goes several ways of which the rest goes one too; NULL where there is none. */
static AkFormula *
entangled_or(List *formulas, const AkSpot *place)
{
	ListCell   *cell;
	ListCell   *other;
	AkWay		way;

	foreach(cell, formulas)
	{
		AkFormula  *formula = lfirst(cell);

		if (formula->kind != AK_FORMULA_OR || only_way(formula, place, &way))
			continue;
		foreach(other, formulas)
			if (lfirst(other) != formula && share_a_way(formula, lfirst(other), place))
				return formula;
	}
	return NULL;
}

/* a and (b or c) → (a and b) or (a and c) */
static AkFormula *
multiply_out(AkFormula *factor, List *formulas)
{
	AkFormula  *sum = new_formula(AK_FORMULA_OR);
	List	   *rest = list_delete_ptr(list_copy(formulas), factor);
	ListCell   *cell;

	foreach(cell, factor->members)
	{
		AkFormula  *product = new_formula(AK_FORMULA_AND);

		CHECK_FOR_INTERRUPTS();
		product->members = lappend(list_copy(rest), lfirst(cell));
		sum->members = lappend(sum->members, product);
	}
	return sum;
}

/*
 * Lays formulas out that are ANDed.  What is multiplied out asks for a row in
 * each branch, so the number of tables in a statement bounds it.
 */
static void
lay(AkQuery *query, AkSpot place, List *formulas)
{
	AkFormula  *factor;
	ListCell   *cell;

	check_stack_depth();
	formulas = flatten(formulas);
	factor = entangled_or(formulas, &place);
	if (factor != NULL)
	{
		lay_apart(query, place, add_condition(place.all, AK_CONDITION_ANY),
				  multiply_out(factor, formulas)->members);
		return;
	}
	foreach(cell, formulas)
		lay_one(query, place, lfirst(cell));
}

void
ak_query_lay_object(AkQuery *query, AkSpot spot, const AkJson *conditions)
{
	AkScope		scope = {.query = query, .model = ak_query_spot_root(&spot)->model, .own = spot.own};

	ak_query_enter(query);
	lay(query, spot, list_make1(read_object(&scope, conditions)));
	ak_query_leave(query);
}

void
ak_query_lay_conditions(AkQuery *query, AkCondition *all, const AkJson *conditions)
{
	AkSpot		spot = {.all = all, .source = query->source, .own = true};

	ak_query_lay_object(query, spot, conditions);
}
