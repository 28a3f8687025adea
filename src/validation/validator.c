/*
 * validator.c
 *		One validator as it stands in a definition.
 *
 * It is an object with one word that says what it does, options of that
 * word's, and what any validator may have: a name, a code and a message of its
 * own, and a condition on the row that says when it counts.  A bare string is
 * a word without an argument.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "validation/internal.h"

static const char *const common[] = {"name", "code", "message", "when", NULL};

void
ak_validation_bad(const AkValidator *validator, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("%s: \"%s\" %s", validator->what, validator->kind, problem)));
}

static bool
is_among(const char *word, const char *const *words)
{
	for (int i = 0; words && words[i]; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static const AkValidatorKind *
find_kind(const char *word, const AkValidatorKind *kinds, int nkinds)
{
	for (int i = 0; i < nkinds; i++)
		if (strcmp(kinds[i].name, word) == 0)
			return &kinds[i];
	return NULL;
}

static const AkJson *
as_object(const AkJson *source, const char *what)
{
	AkJson	   *object;

	if (source->kind == AK_JSON_OBJECT)
		return source;
	if (source->kind != AK_JSON_STRING)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("%s must be an object or a word, not %s", what, ak_core_json_kind_name(source->kind))));
	object = ak_core_json_object();
	ak_core_json_put(object, source->text, ak_core_json_bool(true));
	return object;
}

static List *
kind_names(const AkValidatorKind *kinds, int nkinds)
{
	List	   *names = NIL;

	for (int i = 0; i < nkinds; i++)
		names = lappend(names, unconstify(char *, kinds[i].name));
	return names;
}

/* The word that says what it does: the only one that is of a kind. */
static const AkValidatorKind *
kind_of(const AkJson *object, const char *what, const AkValidatorKind *kinds, int nkinds)
{
	const AkValidatorKind *kind = NULL;
	const char *other = "";

	for (int i = 0; i < object->size; i++)
		if (find_kind(object->keys[i], kinds, nkinds) == NULL)
			other = is_among(object->keys[i], common) ? other : object->keys[i];
		else if (kind == NULL)
			kind = find_kind(object->keys[i], kinds, nkinds);
		else if (!is_among(object->keys[i], kind->options))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("%s is both \"%s\" and \"%s\"", what, kind->name, object->keys[i])));
	if (kind == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 *other ? errmsg("%s is of unknown kind \"%s\"", what, other) : errmsg("%s says nothing", what),
				 ak_core_hint_nearest(other, kind_names(kinds, nkinds))));
	return kind;
}

static void
check_options(const AkJson *object, const char *what, const AkValidatorKind *kind)
{
	List	   *names = NIL;

	for (int i = 0; common[i]; i++)
		names = lappend(names, unconstify(char *, common[i]));
	for (int i = 0; kind->options && kind->options[i]; i++)
		names = lappend(names, unconstify(char *, kind->options[i]));
	for (int i = 0; i < object->size; i++)
		if (strcmp(object->keys[i], kind->name) != 0 && !is_among(object->keys[i], common) &&
			!is_among(object->keys[i], kind->options))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("%s: \"%s\" has no option \"%s\"", what, kind->name, object->keys[i]),
					 ak_core_hint_nearest(object->keys[i], names)));
}

AkValidator *
ak_validation_read(const AkJson *source, const char *what, const AkValidatorKind *kinds, int nkinds)
{
	AkValidator *validator = palloc0(sizeof(AkValidator));
	const AkJson *object = as_object(source, what);
	const AkValidatorKind *kind = kind_of(object, what, kinds, nkinds);

	check_options(object, what, kind);
	validator->what = what;
	validator->object = ak_core_json_copy(object);
	validator->kind = kind->name;
	validator->argument = ak_core_json_get(object, kind->name);
	validator->name = ak_core_json_get_string(object, "name");
	validator->code = ak_core_json_get_string(object, "code");
	validator->message = ak_core_json_get_string(object, "message");
	validator->when = ak_core_json_get_string(object, "when");
	if (validator->name != NULL)
		ak_core_check_identifier(validator->name, "name of a validator");
	return validator;
}

int64
ak_validation_integer(const AkValidator *validator, const AkJson *value, int64 least)
{
	char	   *end;
	int64		number;

	if (value->kind != AK_JSON_NUMBER)
		ak_validation_bad(validator, "wants a whole number");
	errno = 0;
	number = strtoi64(value->text, &end, 10);
	if (errno != 0 || *end != '\0' || number < least)
		ak_validation_bad(validator, psprintf("wants a whole number from " INT64_FORMAT " on", least));
	return number;
}

const AkJson *
ak_validation_list(const AkJson *value)
{
	AkJson	   *list;

	if (value->kind == AK_JSON_ARRAY)
		return value;
	list = ak_core_json_array();
	ak_core_json_push(list, unconstify(AkJson *, value));
	return list;
}

/* The function that is called for an argument of the type, and what it gives; InvalidOid: none that gives one value. */
static Oid
function_for(const char *written, Oid type, Oid *result)
{
	Oid			function;
	Oid		   *types;
	bool		set;
	int			nvargs;
	Oid			vatype;
	List	   *defaults;

	if (func_get_detail(ak_qualified_name(written), NIL, NIL, 1, &type, false, true, false, &function, result, &set,
						&nvargs, &vatype, &types, &defaults) != FUNCDETAIL_NORMAL || set)
		return InvalidOid;
	if (IsPolymorphicType(*result))
		*result = type;
	return function;
}

/* Can the answer be stored as such a value?  Where none is wanted it is an error, or whether there is one. */
static bool
can_answer(Oid result, Oid wanted)
{
	char		category;
	bool		preferred;

	if (OidIsValid(wanted))
		return can_coerce_type(1, &result, &wanted, COERCION_ASSIGNMENT);
	get_type_category_preferred(result, &category, &preferred);
	return category == TYPCATEGORY_STRING || result == BOOLOID || result == JSONOID || result == JSONBOID;
}

char *
ak_validation_function_name(const AkValidator *validator, const char *written, const Oid *types, int ntypes, Oid wanted)
{
	Oid			function = InvalidOid;
	Oid			result;

	for (int i = 0; i < ntypes && !OidIsValid(function); i++)
		function = function_for(written, types[i], &result);
	if (!OidIsValid(function))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("%s: function \"%s\" of one argument of type %s does not exist", validator->what, written,
						format_type_be(types[ntypes - 1])),
				 errhint("Make it first, and name it with its schema.")));
	if (!can_answer(result, wanted))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("%s: function \"%s\" gives a value of type %s", validator->what, written, format_type_be(result)),
				 OidIsValid(wanted) ? errdetail("The column is of type %s.", format_type_be(wanted))
				 : errdetail("It gives an error as text, or as json or jsonb, or false, or NULL where there is none.")));
	return ak_core_qualified(get_namespace_name(get_func_namespace(function)), get_func_name(function));
}
