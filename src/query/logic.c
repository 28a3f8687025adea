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
	AK_FORMULA_SOME,			/* of the rows behind a path: members, ANDed */
	AK_FORMULA_EVERY,
	AK_FORMULA_NONE
} AkFormulaKind;

typedef struct AkFormula
{
	AkFormulaKind kind;
	List	   *members;		/* of AkFormula * */
	AkPath	   *path;			/* TEST, and the quantifiers */
	const AkJson *value;		/* TEST */
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

static AkFormula *read_object(AkQuery *query, AkModel *model, const AkJson *object);
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
read_related(AkQuery *query, AkModel *target, const AkJson *value)
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
	ak_query_named_step(ak_model_resolve(query->registry, model), accessor, &step);
	if (step.to != target)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" of model \"%s\" does not lead to model \"%s\"",
						accessor, step.from->label, target->label)));
	ak_query_invert(&step, &back);
	test->path = ak_query_step_path(&back, accessor);
	return test;
}

/* A member of $and, $or, $xor: an object that says something. */
static AkFormula *
read_branch(AkQuery *query, AkModel *model, const AkJson *object, const char *word)
{
	ak_core_json_expect(object, AK_JSON_OBJECT, psprintf("a member of \"%s\"", word));
	if (object->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a member of \"%s\" holds no condition", word)));
	return read_object(query, model, object);
}

static AkFormula *
read_list(AkQuery *query, AkModel *model, const AkWord *word, const AkJson *list)
{
	AkFormula  *formula = new_formula(word->kind);

	ak_core_json_expect(list, AK_JSON_ARRAY, psprintf("\"%s\"", word->name));
	if (list->size == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" has no members", word->name)));
	for (int i = 0; i < list->size; i++)
		formula->members = lappend(formula->members, read_branch(query, model, list->items[i], word->name));
	return formula;
}

static AkFormula *
read_connective(AkQuery *query, AkModel *model, const char *key, const AkJson *value)
{
	List	   *names = list_make1("$related");

	for (int i = 0; i < lengthof(connectives); i++)
	{
		const AkWord *word = &connectives[i];
		AkFormula  *formula;

		names = lappend(names, unconstify(char *, word->name));
		if (strcmp(key, word->name) != 0)
			continue;
		if (word->kind != AK_FORMULA_NOT)
			return read_list(query, model, word, value);
		formula = new_formula(AK_FORMULA_NOT);
		formula->members = list_make1(read_branch(query, model, value, key));
		return formula;
	}
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
read_quantified(AkQuery *query, AkModel *model, const char *key, const AkJson *value)
{
	char	   *text;
	const AkWord *word = split_quantifier(key, &text);
	AkFormula  *formula;
	AkFormula  *inner;
	AkPath	   *path;

	if (word == NULL || value->kind != AK_JSON_OBJECT)
		return NULL;
	path = ak_query_path(model, text, false);
	if (!path->whole || path->nsteps == 0 || path->nsteps != path->depth ||
		!path->steps[path->depth - 1].many ||
		ak_model_field(path->steps[path->depth - 1].to, word->name) != NULL)
		return NULL;
	formula = new_formula(word->kind);
	formula->path = path;
	inner = read_object(query, path->steps[path->depth - 1].to, value);
	if (inner->members == NIL && word->kind == AK_FORMULA_EVERY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the value for \"%s\" holds no condition", key)));
	formula->members = list_make1(inner);
	return formula;
}

static AkFormula *
read_member(AkQuery *query, AkModel *model, const char *key, const AkJson *value)
{
	AkFormula  *formula;

	if (strcmp(key, "$related") == 0)
		return read_related(query, model, value);
	if (key[0] == '$')
		return read_connective(query, model, key, value);
	formula = read_quantified(query, model, key, value);
	if (formula != NULL)
		return formula;
	formula = new_formula(AK_FORMULA_TEST);
	formula->path = ak_query_path(model, key, true);
	formula->value = value;
	return formula;
}

/* An object of conditions: all of them. */
static AkFormula *
read_object(AkQuery *query, AkModel *model, const AkJson *object)
{
	AkFormula  *formula = new_formula(AK_FORMULA_AND);

	check_stack_depth();
	for (int i = 0; i < object->size; i++)
		formula->members = lappend(formula->members,
								   read_member(query, model, object->keys[i], object->items[i]));
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
way_of_test(const AkFormula *test, int skip)
{
	AkWay		way = {.path = test->path};
	bool		absent = ak_query_asks_absence(test->path, test->value);

	for (int i = skip; i < test->path->nsteps; i++)
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
same_way(const AkWay *a, const AkWay *b, int skip)
{
	if (a->steps != b->steps)
		return false;
	for (int i = skip; i < a->steps; i++)
		if (!ak_query_same_step(&a->path->steps[i], &b->path->steps[i]))
			return false;
	return true;
}

/* The ways of all tests that speak of the rows of this scope: List of AkWay *. */
static List *
ways_of(const AkFormula *formula, int skip)
{
	List	   *ways = NIL;
	ListCell   *cell;
	AkWay	   *way;

	switch (formula->kind)
	{
		case AK_FORMULA_AND:
		case AK_FORMULA_OR:
			foreach(cell, formula->members)
				ways = list_concat(ways, ways_of(lfirst(cell), skip));
			return ways;
		case AK_FORMULA_TEST:
			way = palloc(sizeof(AkWay));
			*way = way_of_test(formula, skip);
			return list_make1(way);
		default:
			way = palloc0(sizeof(AkWay));
			return list_make1(way);
	}
}

/* The one way that every test of the formula goes; false where there is no such. */
static bool
only_way(const AkFormula *formula, int skip, AkWay *only)
{
	List	   *ways = ways_of(formula, skip);
	ListCell   *cell;

	*only = *(AkWay *) linitial(ways);
	if (only->steps == 0)
		return false;
	foreach(cell, ways)
		if (!same_way(only, lfirst(cell), skip))
			return false;
	return true;
}

/* Does any test of the one go the way of one of the other? */
static bool
share_a_way(const AkFormula *a, const AkFormula *b, int skip)
{
	ListCell   *one;
	ListCell   *other;

	foreach(one, ways_of(a, skip))
		foreach(other, ways_of(b, skip))
			if (((AkWay *) lfirst(one))->steps > 0 && same_way(lfirst(one), lfirst(other), skip))
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

	if (only_way(formula, place.steps, &way))
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
entangled_or(List *formulas, int skip)
{
	ListCell   *cell;
	ListCell   *other;
	AkWay		way;

	foreach(cell, formulas)
	{
		AkFormula  *formula = lfirst(cell);

		if (formula->kind != AK_FORMULA_OR || only_way(formula, skip, &way))
			continue;
		foreach(other, formulas)
			if (lfirst(other) != formula && share_a_way(formula, lfirst(other), skip))
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
	factor = entangled_or(formulas, place.steps);
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
	lay(query, spot, list_make1(read_object(query, spot.source->model, conditions)));
}

void
ak_query_lay_conditions(AkQuery *query, AkCondition *all, const AkJson *conditions)
{
	AkSpot		spot = {.all = all, .source = query->source};

	ak_query_lay_object(query, spot, conditions);
}
