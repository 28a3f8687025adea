/*
 * function.c
 *		The functions of expressions: what they take, what they give, and the
 *		SQL that they are.
 *
 * What an argument may be is one letter each; '*' repeats the one before:
 *	t	text; other scalars become text
 *	i	a whole number
 *	n	a number
 *	d	a date or time stamp
 *	a	any, all of one kind
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/lsyscache.h"

#include "query/expression.h"

typedef enum AkResult
{
	AK_RESULT_TEXT,
	AK_RESULT_INTEGER,
	AK_RESULT_NUMBER,			/* numeric, or float8 where an argument is one */
	AK_RESULT_COMMON,			/* the type that all arguments have in common */
	AK_RESULT_FIRST				/* the first argument's */
} AkResult;

struct AkFunction
{
	const char *name;
	const char *takes;
	int			least;			/* arguments that have to be there */
	AkResult	gives;
	const char *sql;			/* between the arguments where it is an operator, else before them */
};

static const AkFunction functions[] = {
	{"$lower", "t", 1, AK_RESULT_TEXT, "pg_catalog.lower"},
	{"$upper", "t", 1, AK_RESULT_TEXT, "pg_catalog.upper"},
	{"$trim", "t", 1, AK_RESULT_TEXT, "pg_catalog.btrim"},
	{"$ltrim", "t", 1, AK_RESULT_TEXT, "pg_catalog.ltrim"},
	{"$rtrim", "t", 1, AK_RESULT_TEXT, "pg_catalog.rtrim"},
	{"$length", "t", 1, AK_RESULT_INTEGER, "pg_catalog.char_length"},
	{"$concat", "t*", 2, AK_RESULT_TEXT, "pg_catalog.concat"},
	{"$substr", "tii", 2, AK_RESULT_TEXT, "pg_catalog.substr"},
	{"$left", "ti", 2, AK_RESULT_TEXT, "pg_catalog.left"},
	{"$right", "ti", 2, AK_RESULT_TEXT, "pg_catalog.right"},
	{"$lpad", "tit", 2, AK_RESULT_TEXT, "pg_catalog.lpad"},
	{"$rpad", "tit", 2, AK_RESULT_TEXT, "pg_catalog.rpad"},
	{"$repeat", "ti", 2, AK_RESULT_TEXT, "pg_catalog.repeat"},
	{"$replace", "ttt", 3, AK_RESULT_TEXT, "pg_catalog.replace"},
	{"$reverse", "t", 1, AK_RESULT_TEXT, "pg_catalog.reverse"},
	{"$str_index", "tt", 2, AK_RESULT_INTEGER, "pg_catalog.strpos"},
	{"$ord", "t", 1, AK_RESULT_INTEGER, "pg_catalog.ascii"},
	{"$chr", "i", 1, AK_RESULT_TEXT, "pg_catalog.chr"},
	{"$md5", "t", 1, AK_RESULT_TEXT, "pg_catalog.md5"},

	{"$coalesce", "a*", 2, AK_RESULT_COMMON, "COALESCE"},
	{"$nullif", "aa", 2, AK_RESULT_FIRST, "NULLIF"},
	{"$greatest", "a*", 2, AK_RESULT_COMMON, "GREATEST"},
	{"$least", "a*", 2, AK_RESULT_COMMON, "LEAST"},

	{"$add", "n*", 2, AK_RESULT_COMMON, "+"},
	{"$sub", "nn", 2, AK_RESULT_COMMON, "-"},
	{"$mul", "n*", 2, AK_RESULT_COMMON, "*"},
	{"$div", "nn", 2, AK_RESULT_COMMON, "/"},
	{"$mod", "nn", 2, AK_RESULT_COMMON, "%"},
	{"$power", "nn", 2, AK_RESULT_NUMBER, "pg_catalog.power"},
	{"$abs", "n", 1, AK_RESULT_FIRST, "pg_catalog.abs"},
	{"$ceil", "n", 1, AK_RESULT_NUMBER, "pg_catalog.ceil"},
	{"$floor", "n", 1, AK_RESULT_NUMBER, "pg_catalog.floor"},
	{"$round", "ni", 1, AK_RESULT_NUMBER, "pg_catalog.round"},
	{"$sign", "n", 1, AK_RESULT_NUMBER, "pg_catalog.sign"},
	{"$sqrt", "n", 1, AK_RESULT_NUMBER, "pg_catalog.sqrt"},
	{"$exp", "n", 1, AK_RESULT_NUMBER, "pg_catalog.exp"},
	{"$ln", "n", 1, AK_RESULT_NUMBER, "pg_catalog.ln"},
};

const AkFunction *
ak_query_function(const char *name)
{
	for (int i = 0; i < (int) lengthof(functions); i++)
		if (strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}

List *
ak_query_function_names(void)
{
	List	   *names = NIL;

	for (int i = 0; i < (int) lengthof(functions); i++)
		names = lappend(names, unconstify(char *, functions[i].name));
	return names;
}

/* ---- types ---- */

/* Numbers by how much they hold; 0: no number. */
static int
number_rank(Oid type)
{
	static const Oid ranked[] = {InvalidOid, INT2OID, INT4OID, INT8OID, NUMERICOID, FLOAT4OID, FLOAT8OID};

	for (int i = 1; i < (int) lengthof(ranked); i++)
		if (ranked[i] == type)
			return i;
	return 0;
}

bool
ak_query_is_number(Oid type)
{
	return number_rank(type) > 0;
}

static bool
is_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

static bool
is_date(Oid type)
{
	return type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

/* The type that two values have in common; InvalidOid: none.  NULL (InvalidOid) goes with any. */
Oid
ak_query_common_type(Oid a, Oid b)
{
	if (!OidIsValid(a) || a == b)
		return b;
	if (!OidIsValid(b))
		return a;
	if (number_rank(a) > 0 && number_rank(b) > 0)
	{
		Oid			wider = number_rank(a) > number_rank(b) ? a : b;

		return wider == FLOAT4OID ? FLOAT8OID : wider;
	}
	if (is_text(a) && is_text(b))
		return TEXTOID;
	if (is_date(a) && is_date(b))
		return a == TIMESTAMPTZOID || b == TIMESTAMPTZOID ? TIMESTAMPTZOID : TIMESTAMPOID;
	return InvalidOid;
}

/* Does an argument's type fit its letter? */
static bool
fits(char letter, Oid type)
{
	if (!OidIsValid(type))
		return true;
	switch (letter)
	{
		case 'i':
			return type == INT2OID || type == INT4OID;
		case 'n':
			return number_rank(type) > 0;
		default:
			return true;
	}
}

/* The letter of an argument; 0: there are no so many. */
static char
letter_of(const AkFunction *function, int n)
{
	const char *takes = function->takes;
	int			length = strlen(takes);

	if (takes[length - 1] == '*')
		return takes[Min(n, length - 2)];
	return n < length ? takes[n] : '\0';
}

/* Dates and intervals add and subtract too; InvalidOid: these two do not. */
static Oid
moved_date(const char *name, Oid a, Oid b)
{
	bool		add = strcmp(name, "$add") == 0;

	if (!add && strcmp(name, "$sub") != 0)
		return InvalidOid;
	if (a == INTERVALOID && b == INTERVALOID)
		return INTERVALOID;
	if (is_date(a) && b == INTERVALOID)
		return a == DATEOID ? TIMESTAMPOID : a;
	if (add && a == INTERVALOID && is_date(b))
		return b == DATEOID ? TIMESTAMPOID : b;
	if (!add && a == DATEOID && b == DATEOID)
		return INT4OID;
	return !add && is_date(a) && is_date(b) ? INTERVALOID : InvalidOid;
}

static void
refuse_type(const AkFunction *function, int n, Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("argument %d of \"%s\" cannot be of type %s", n + 1, function->name, ak_core_type_word(type)),
			 errhint("Give it another type with \"$cast\".")));
}

/* InvalidOid where it is NULL whatever the values. */
static Oid
common_of(const AkFunction *function, const Oid *types, int count)
{
	Oid			common = types[0];

	for (int i = 1; i < count; i++)
	{
		Oid			next = ak_query_common_type(common, types[i]);

		if (!OidIsValid(next) && OidIsValid(types[i]))
			refuse_type(function, i, types[i]);
		common = next;
	}
	return common;
}

Oid
ak_query_function_type(const AkFunction *function, const Oid *types, int count)
{
	Oid			moved = count == 2 ? moved_date(function->name, types[0], types[1]) : InvalidOid;

	if (count < function->least || letter_of(function, count - 1) == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" cannot have %d arguments", function->name, count)));
	if (OidIsValid(moved))
		return moved;
	for (int i = 0; i < count; i++)
		if (!fits(letter_of(function, i), types[i]))
			refuse_type(function, i, types[i]);
	switch (function->gives)
	{
		case AK_RESULT_TEXT:
			return TEXTOID;
		case AK_RESULT_INTEGER:
			return INT4OID;
		case AK_RESULT_NUMBER:
			return number_rank(common_of(function, types, count)) >= number_rank(FLOAT4OID) ? FLOAT8OID : NUMERICOID;
		case AK_RESULT_FIRST:
			return types[0];
		default:
			return common_of(function, types, count);
	}
}

/* ---- writing ---- */

static bool
is_operator(const AkFunction *function)
{
	return strchr("+-*/%", function->sql[0]) != NULL;
}

/* An argument, as the function's letter wants it. */
static void
write_argument(AkStatement *st, const AkExpr *call, int n)
{
	const AkExpr *argument = list_nth(call->args, n);
	char		letter = letter_of(call->function, n);

	ak_query_write_expression(st, argument);
	if (letter == 't' && argument->type != TEXTOID)
		appendStringInfoString(&st->sql, "::pg_catalog.text");
	else if (call->function->gives == AK_RESULT_NUMBER && letter == 'n' && argument->type != call->type)
		appendStringInfo(&st->sql, "::%s", ak_core_type_name(call->type, -1));
	else if (!OidIsValid(argument->type) && OidIsValid(call->type))
		appendStringInfo(&st->sql, "::%s", ak_core_type_name(call->type, -1));
}

/* (a + b + c), or f(a, b, c) */
void
ak_query_write_call(AkStatement *st, const AkExpr *call)
{
	const AkFunction *function = call->function;

	appendStringInfo(&st->sql, "%s(", is_operator(function) ? "" : function->sql);
	for (int i = 0; i < list_length(call->args); i++)
	{
		if (i > 0 && is_operator(function))
			appendStringInfo(&st->sql, " OPERATOR(pg_catalog.%s) ", function->sql);
		else if (i > 0)
			appendStringInfoString(&st->sql, ", ");
		write_argument(st, call, i);
	}
	appendStringInfoChar(&st->sql, ')');
}
