/*
 * function.c
 *		The functions of expressions: what they take, what they give, and the
 *		SQL that they are.
 *
 * What an argument may be is one letter each; '*' repeats the one before:
 *	t	text; other values become text
 *	i	a whole number that fits an integer
 *	w	a whole number
 *	x	a number that is no float
 *	n	a number
 *	f	a number, taken as a float
 *	a	any, all of one kind
 *	o	any that has an order, all of one kind
 *	e	any whose equality is its type's own, all of one kind
 *	q	a query of full text search
 *	v	any
 */
#include "postgres.h"

#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "query/expression.h"

typedef enum AkResult
{
	AK_RESULT_TEXT,
	AK_RESULT_INTEGER,
	AK_RESULT_BOOLEAN,
	AK_RESULT_FLOAT,
	AK_RESULT_REAL,
	AK_RESULT_NUMERIC,
	AK_RESULT_NUMBER,			/* numeric, or float8 where an argument is one */
	AK_RESULT_UUID,
	AK_RESULT_COMMON,			/* the type that all arguments have in common */
	AK_RESULT_OWN,				/* the same, which has to have an "=" of its own: NULLIF names none */
	AK_RESULT_FIRST				/* the first argument's */
} AkResult;

struct AkFunction
{
	const char *name;
	const char *takes;
	int			least;			/* arguments that have to be there */
	AkResult	gives;
	const char *sql;			/* between the arguments where it is an operator, else before "("; it may begin with TRIGRAM */
	const char *after;			/* before ")"; NULL: nothing */
};

#define TRIGRAM "pg_trgm."		/* the extension's: its schema stands in this place */
#define TO_BYTES "(pg_catalog.convert_to"
#define AS_HEX ", 'UTF8')), 'hex'"

static const AkFunction functions[] = {
	{"$lower", "t", 1, AK_RESULT_TEXT, "pg_catalog.lower", NULL},
	{"$upper", "t", 1, AK_RESULT_TEXT, "pg_catalog.upper", NULL},
	{"$initcap", "t", 1, AK_RESULT_TEXT, "pg_catalog.initcap", NULL},
	{"$trim", "t", 1, AK_RESULT_TEXT, "pg_catalog.btrim", NULL},
	{"$ltrim", "t", 1, AK_RESULT_TEXT, "pg_catalog.ltrim", NULL},
	{"$rtrim", "t", 1, AK_RESULT_TEXT, "pg_catalog.rtrim", NULL},
	{"$length", "t", 1, AK_RESULT_INTEGER, "pg_catalog.char_length", NULL},
	{"$concat", "t*", 2, AK_RESULT_TEXT, "pg_catalog.concat", NULL},
	{"$concat_ws", "tt*", 2, AK_RESULT_TEXT, "pg_catalog.concat_ws", NULL},
	{"$substr", "tii", 2, AK_RESULT_TEXT, "pg_catalog.substr", NULL},
	{"$left", "ti", 2, AK_RESULT_TEXT, "pg_catalog.left", NULL},
	{"$right", "ti", 2, AK_RESULT_TEXT, "pg_catalog.right", NULL},
	{"$lpad", "tit", 2, AK_RESULT_TEXT, "pg_catalog.lpad", NULL},
	{"$rpad", "tit", 2, AK_RESULT_TEXT, "pg_catalog.rpad", NULL},
	{"$repeat", "ti", 2, AK_RESULT_TEXT, "pg_catalog.repeat", NULL},
	{"$replace", "ttt", 3, AK_RESULT_TEXT, "pg_catalog.replace", NULL},
	{"$reverse", "t", 1, AK_RESULT_TEXT, "pg_catalog.reverse", NULL},
	{"$strindex", "tt", 2, AK_RESULT_INTEGER, "pg_catalog.strpos", NULL},
	{"$ord", "t", 1, AK_RESULT_INTEGER, "pg_catalog.ascii", NULL},
	{"$chr", "i", 1, AK_RESULT_TEXT, "pg_catalog.chr", NULL},
	{"$md5", "t", 1, AK_RESULT_TEXT, "pg_catalog.md5", NULL},
	{"$sha224", "t", 1, AK_RESULT_TEXT, "pg_catalog.encode(pg_catalog.sha224" TO_BYTES, AS_HEX},
	{"$sha256", "t", 1, AK_RESULT_TEXT, "pg_catalog.encode(pg_catalog.sha256" TO_BYTES, AS_HEX},
	{"$sha384", "t", 1, AK_RESULT_TEXT, "pg_catalog.encode(pg_catalog.sha384" TO_BYTES, AS_HEX},
	{"$sha512", "t", 1, AK_RESULT_TEXT, "pg_catalog.encode(pg_catalog.sha512" TO_BYTES, AS_HEX},

	{"$search_and", "q*", 2, AK_RESULT_FIRST, "&&", NULL},
	{"$search_or", "q*", 2, AK_RESULT_FIRST, "||", NULL},
	{"$search_not", "q", 1, AK_RESULT_FIRST, "pg_catalog.tsquery_not", NULL},
	{"$trigram_similarity", "tt", 2, AK_RESULT_REAL, TRIGRAM "similarity", NULL},
	{"$trigram_distance", "tt", 2, AK_RESULT_REAL, TRIGRAM "<->", NULL},
	{"$trigram_word_similarity", "tt", 2, AK_RESULT_REAL, TRIGRAM "word_similarity", NULL},
	{"$trigram_word_distance", "tt", 2, AK_RESULT_REAL, TRIGRAM "<<->", NULL},
	{"$trigram_strict_word_similarity", "tt", 2, AK_RESULT_REAL, TRIGRAM "strict_word_similarity", NULL},
	{"$trigram_strict_word_distance", "tt", 2, AK_RESULT_REAL, TRIGRAM "<<<->", NULL},

	{"$coalesce", "a*", 2, AK_RESULT_COMMON, "COALESCE", NULL},
	{"$nullif", "ee", 2, AK_RESULT_OWN, "NULLIF", NULL},
	{"$greatest", "o*", 2, AK_RESULT_COMMON, "GREATEST", NULL},
	{"$least", "o*", 2, AK_RESULT_COMMON, "LEAST", NULL},

	{"$exact", "oo", 2, AK_RESULT_BOOLEAN, "=", NULL},
	{"$gt", "oo", 2, AK_RESULT_BOOLEAN, ">", NULL},
	{"$gte", "oo", 2, AK_RESULT_BOOLEAN, ">=", NULL},
	{"$lt", "oo", 2, AK_RESULT_BOOLEAN, "<", NULL},
	{"$lte", "oo", 2, AK_RESULT_BOOLEAN, "<=", NULL},
	{"$isnull", "v", 1, AK_RESULT_BOOLEAN, "", " IS NULL"},

	{"$add", "n*", 2, AK_RESULT_COMMON, "+", NULL},
	{"$sub", "nn", 2, AK_RESULT_COMMON, "-", NULL},
	{"$mul", "n*", 2, AK_RESULT_COMMON, "*", NULL},
	{"$div", "nn", 2, AK_RESULT_COMMON, "/", NULL},
	{"$mod", "xx", 2, AK_RESULT_COMMON, "%", NULL},
	{"$bitand", "ww", 2, AK_RESULT_COMMON, "&", NULL},
	{"$bitor", "ww", 2, AK_RESULT_COMMON, "|", NULL},
	{"$bitxor", "ww", 2, AK_RESULT_COMMON, "#", NULL},
	{"$bitleftshift", "wi", 2, AK_RESULT_FIRST, "<<", NULL},
	{"$bitrightshift", "wi", 2, AK_RESULT_FIRST, ">>", NULL},
	{"$power", "nn", 2, AK_RESULT_NUMBER, "pg_catalog.power", NULL},
	{"$abs", "n", 1, AK_RESULT_FIRST, "pg_catalog.abs", NULL},
	{"$ceil", "n", 1, AK_RESULT_NUMBER, "pg_catalog.ceil", NULL},
	{"$floor", "n", 1, AK_RESULT_NUMBER, "pg_catalog.floor", NULL},
	{"$round", "ni", 1, AK_RESULT_NUMBER, "pg_catalog.round", NULL},
	{"$sign", "n", 1, AK_RESULT_NUMBER, "pg_catalog.sign", NULL},
	{"$sqrt", "n", 1, AK_RESULT_NUMBER, "pg_catalog.sqrt", NULL},
	{"$exp", "n", 1, AK_RESULT_NUMBER, "pg_catalog.exp", NULL},
	{"$ln", "n", 1, AK_RESULT_NUMBER, "pg_catalog.ln", NULL},
	{"$log", "nn", 2, AK_RESULT_NUMERIC, "pg_catalog.log", NULL},
	{"$pi", "", 0, AK_RESULT_FLOAT, "pg_catalog.pi", NULL},
	{"$degrees", "f", 1, AK_RESULT_FLOAT, "pg_catalog.degrees", NULL},
	{"$radians", "f", 1, AK_RESULT_FLOAT, "pg_catalog.radians", NULL},
	{"$sin", "f", 1, AK_RESULT_FLOAT, "pg_catalog.sin", NULL},
	{"$cos", "f", 1, AK_RESULT_FLOAT, "pg_catalog.cos", NULL},
	{"$tan", "f", 1, AK_RESULT_FLOAT, "pg_catalog.tan", NULL},
	{"$cot", "f", 1, AK_RESULT_FLOAT, "pg_catalog.cot", NULL},
	{"$asin", "f", 1, AK_RESULT_FLOAT, "pg_catalog.asin", NULL},
	{"$acos", "f", 1, AK_RESULT_FLOAT, "pg_catalog.acos", NULL},
	{"$atan", "f", 1, AK_RESULT_FLOAT, "pg_catalog.atan", NULL},
	{"$atan2", "ff", 2, AK_RESULT_FLOAT, "pg_catalog.atan2", NULL},
	{"$random", "", 0, AK_RESULT_FLOAT, "pg_catalog.random", NULL},
	{"$random_uuid", "", 0, AK_RESULT_UUID, "pg_catalog.gen_random_uuid", NULL},
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

bool
ak_query_takes_nothing(const AkFunction *function)
{
	return function->takes[0] == '\0';
}

/* ---- arguments ---- */

/* How many arguments it takes; -1: any number. */
static int
most_arguments(const AkFunction *function)
{
	int			length = strlen(function->takes);

	return length > 0 && function->takes[length - 1] == '*' ? -1 : length;
}

/* The letter of an argument. */
static char
letter_of(const AkFunction *function, int n)
{
	const char *takes = function->takes;

	return most_arguments(function) < 0 ? takes[Min(n, (int) strlen(takes) - 2)] : takes[n];
}

bool
ak_query_changes(const AkFunction *function)
{
	return function->gives == AK_RESULT_UUID || strcmp(function->name, "$random") == 0;
}

/* ---- in words ---- */

static const char *
letter_in_words(char letter)
{
	switch (letter)
	{
		case 't':
			return "text";
		case 'i':
			return "integer";
		case 'w':
			return "whole number";
		case 'x':
			return "number but float";
		case 'n':
		case 'f':
			return "number";
		case 'o':
			return "ordered";
		case 'q':
			return "search query";
		default:
			return "any";
	}
}

/* "text, integer[, integer]"; "any, any, …" */
const char *
ak_query_function_takes(const AkFunction *function)
{
	bool		endless = most_arguments(function) < 0;
	int			count = endless ? function->least : most_arguments(function);
	StringInfoData words;

	initStringInfo(&words);
	for (int i = 0; i < count; i++)
		appendStringInfo(&words, "%s%s%s", i >= function->least ? "[" : "", i > 0 ? ", " : "",
						 letter_in_words(letter_of(function, i)));
	for (int i = function->least; i < count; i++)
		appendStringInfoChar(&words, ']');
	if (endless)
		appendStringInfoString(&words, ", …");
	return count > 0 ? words.data : "no arguments";
}

const char *
ak_query_function_gives(const AkFunction *function)
{
	switch (function->gives)
	{
		case AK_RESULT_TEXT:
			return "text";
		case AK_RESULT_INTEGER:
			return "integer";
		case AK_RESULT_BOOLEAN:
			return "boolean";
		case AK_RESULT_FLOAT:
		case AK_RESULT_REAL:
			return "float";
		case AK_RESULT_NUMERIC:
			return "numeric";
		case AK_RESULT_NUMBER:
			return "numeric or float";
		case AK_RESULT_UUID:
			return "uuid";
		case AK_RESULT_COMMON:
		case AK_RESULT_OWN:
			return "what the arguments have in common";
		case AK_RESULT_FIRST:
			return "the first argument's";
	}
	pg_unreachable();
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

/* Does pg_catalog know an order of values of a type? */
static bool
is_ordered(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR);

	return OidIsValid(entry->eq_opr) && OidIsValid(entry->lt_opr) &&
		get_func_namespace(get_opcode(entry->lt_opr)) == PG_CATALOG_NAMESPACE;
}

/*
 * Has it an "=" of exactly its type there, which comes first on every
 * search_path that does not say otherwise?  Text of limited length compares as
 * text.
 */
static bool
has_equality(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(is_text(type) ? TEXTOID : type, TYPECACHE_EQ_OPR);
	Oid			left = InvalidOid;
	Oid			right;

	if (OidIsValid(entry->eq_opr))
		op_input_types(entry->eq_opr, &left, &right);
	return left == entry->type_id && get_func_namespace(get_opcode(entry->eq_opr)) == PG_CATALOG_NAMESPACE;
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
		case 'w':
			return type == INT2OID || type == INT4OID || type == INT8OID;
		case 'x':
			return number_rank(type) > 0 && number_rank(type) <= number_rank(NUMERICOID);
		case 'n':
		case 'f':
			return number_rank(type) > 0;
		case 'o':
			return is_ordered(type);
		case 'e':
			return has_equality(type);
		case 'q':
			return type == TSQUERYOID;
		default:
			return true;
	}
}

/* Dates, times and intervals add and subtract too; InvalidOid: these two do not. */
static Oid
moved(const char *name, Oid a, Oid b)
{
	bool		add = strcmp(name, "$add") == 0;

	if (b == INTERVALOID && number_rank(a) > 0 && strcmp(name, "$mul") == 0)
		return INTERVALOID;
	if (a == INTERVALOID && number_rank(b) > 0 && (strcmp(name, "$mul") == 0 || strcmp(name, "$div") == 0))
		return INTERVALOID;
	if (!add && strcmp(name, "$sub") != 0)
		return InvalidOid;
	if (b == INTERVALOID && (a == INTERVALOID || a == TIMEOID || is_date(a)))
		return a == DATEOID ? TIMESTAMPOID : a;
	if (add)
		return a != INTERVALOID ? InvalidOid : is_date(b) || b == TIMEOID ? moved(name, b, a) : InvalidOid;
	if (a == DATEOID && b == DATEOID)
		return INT4OID;
	return (is_date(a) && is_date(b)) || (a == TIMEOID && b == TIMEOID) ? INTERVALOID : InvalidOid;
}

/* What a chain of them gives; InvalidOid where it is one of plain numbers, or none. */
static Oid
moved_by_all(const char *name, const Oid *types, int count)
{
	Oid			type = count > 1 ? types[0] : InvalidOid;
	bool		plain = true;

	for (int i = 1; i < count && OidIsValid(type); i++)
	{
		Oid			next = moved(name, type, types[i]);

		plain = plain && !OidIsValid(next);
		if (!OidIsValid(next) && number_rank(type) > 0 && number_rank(types[i]) > 0)
			next = ak_query_common_type(type, types[i]);
		type = next;
	}
	return plain ? InvalidOid : type;
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

static void
check_count(const AkFunction *function, int count)
{
	int			most = most_arguments(function);

	if (count >= function->least && (most < 0 || count <= most))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 most == function->least
			 ? errmsg_plural("\"%s\" takes %d argument, not %d", "\"%s\" takes %d arguments, not %d",
							 most, function->name, most, count)
			 : most < 0 ? errmsg("\"%s\" takes %d arguments or more, not %d", function->name, function->least, count)
			 : errmsg("\"%s\" takes %d to %d arguments, not %d", function->name, function->least, most, count)));
}

Oid
ak_query_function_type(const AkFunction *function, const Oid *types, int count)
{
	Oid			moves = moved_by_all(function->name, types, count);

	check_count(function, count);
	if (OidIsValid(moves))
		return moves;
	for (int i = 0; i < count; i++)
		if (!fits(letter_of(function, i), types[i]))
			refuse_type(function, i, types[i]);
	switch (function->gives)
	{
		case AK_RESULT_TEXT:
			return TEXTOID;
		case AK_RESULT_INTEGER:
			return INT4OID;
		case AK_RESULT_BOOLEAN:
			if (count > 1)
				(void) common_of(function, types, count);
			return BOOLOID;
		case AK_RESULT_FLOAT:
			return FLOAT8OID;
		case AK_RESULT_REAL:
			return FLOAT4OID;
		case AK_RESULT_NUMERIC:
			return NUMERICOID;
		case AK_RESULT_UUID:
			return UUIDOID;
		case AK_RESULT_NUMBER:
			/* There is no round to places of a float. */
			if (function->takes[1] == 'i' && count > 1)
				return NUMERICOID;
			return number_rank(common_of(function, types, count)) >= number_rank(FLOAT4OID) ? FLOAT8OID : NUMERICOID;
		case AK_RESULT_FIRST:
			return types[0];
		case AK_RESULT_COMMON:
			return common_of(function, types, count);
		case AK_RESULT_OWN:
			return is_text(common_of(function, types, count)) ? TEXTOID : common_of(function, types, count);
	}
	pg_unreachable();
}

/* ---- writing ---- */

static bool
is_of_extension(const AkFunction *function)
{
	return strncmp(function->sql, TRIGRAM, strlen(TRIGRAM)) == 0;
}

/* What is written, without the place of its schema. */
static const char *
bare_sql(const AkFunction *function)
{
	return is_of_extension(function) ? function->sql + strlen(TRIGRAM) : function->sql;
}

static bool
is_operator(const AkFunction *function)
{
	char		first = bare_sql(function)[0];

	return first != '\0' && strchr("+-*/%&|#<>=", first) != NULL;
}

/* The type that an argument has to be cast to; InvalidOid: none. */
static Oid
wanted_type(const AkExpr *call, int n)
{
	const AkFunction *function = call->function;
	Oid			type = ((AkExpr *) list_nth(call->args, n))->type;
	Oid			wanted = InvalidOid;
	char		letter = letter_of(function, n);

	if (letter == 't')
		wanted = TEXTOID;
	else if (letter == 'f')
		wanted = FLOAT8OID;
	else if (letter == 'i')
		wanted = OidIsValid(type) ? InvalidOid : INT4OID;
	else if (function->gives == AK_RESULT_NUMBER || function->gives == AK_RESULT_NUMERIC ||
			 function->gives == AK_RESULT_OWN ||
			 (function->gives == AK_RESULT_COMMON && (!is_operator(function) || !OidIsValid(type))))
		wanted = call->type;
	else if (!OidIsValid(type) && function->gives == AK_RESULT_FIRST)
		wanted = call->type;
	return wanted == type ? InvalidOid : wanted;
}

static void
write_argument(AkStatement *st, const AkExpr *call, int n)
{
	Oid			wanted = wanted_type(call, n);

	ak_query_write_expression(st, list_nth(call->args, n));
	if (OidIsValid(wanted))
		appendStringInfo(&st->sql, "::%s", ak_core_type_name(wanted, -1));
}

/* (a + b + c), or f(a, b, c) */
void
ak_query_write_call(AkStatement *st, const AkExpr *call)
{
	const AkFunction *function = call->function;
	const char *sql = bare_sql(function);
	const char *schema = "pg_catalog";

	if (!OidIsValid(call->type))
	{
		appendStringInfoString(&st->sql, "NULL");
		return;
	}
	if (is_of_extension(function))
		schema = ak_query_extension_schema("pg_trgm", function->name);
	if (is_of_extension(function) && !is_operator(function))
		appendStringInfo(&st->sql, "%s.", schema);
	appendStringInfo(&st->sql, "%s(", is_operator(function) ? "" : sql);
	for (int i = 0; i < list_length(call->args); i++)
	{
		if (i > 0 && is_operator(function))
			appendStringInfo(&st->sql, " OPERATOR(%s.%s) ", schema, sql);
		else if (i > 0)
			appendStringInfoString(&st->sql, ", ");
		write_argument(st, call, i);
	}
	appendStringInfo(&st->sql, "%s)", function->after ? function->after : "");
}
