/*
 * enqueue_many.c
 *		enqueue_many: a list of requests, each a document.
 *
 * A document is read as the parser comes to its end, and put in at once; what
 * is wrong with any is collected, and then nothing is put in.  Keys are
 * locked before, in an order that is everybody's, so that lists do not meet
 * in a deadlock.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "task/request.h"

PG_FUNCTION_INFO_V1(ak_task_enqueue_many);

/* Problems beyond these are not looked for. */
#define MOST_PROBLEMS 100

typedef struct AkMany
{
	MemoryContext context;
	ReturnSetInfo *result;
	AkProblems	problems;
	List	   *definitions;	/* that were used, of AkTaskDefinition * */
	uint64	   *hashes;			/* of keys that are to be locked */
	int			nhashes;
	int			room;
	int			number;			/* of the document at hand */
} AkMany;

/* ---- values ---- */

static void
refuse(AkMany *many, const char *key, const char *problem)
{
	ak_task_refuse(&many->problems, key, ERRCODE_INVALID_PARAMETER_VALUE, problem);
}

/* Is the value of the kind?  If not it is a problem. */
static bool
is_kind(AkMany *many, const char *key, const AkJson *value, AkJsonKind kind)
{
	if (value->kind == kind)
		return true;
	refuse(many, key, psprintf("must be %s, not %s", ak_core_json_kind_name(kind), ak_core_json_kind_name(value->kind)));
	return false;
}

static char *
read_text(AkMany *many, const char *key, const AkJson *value)
{
	return is_kind(many, key, value, AK_JSON_STRING) ? value->text : NULL;
}

static int64 *
read_integer(AkMany *many, const char *key, const AkJson *value, int64 least, int64 most)
{
	int64	   *number = palloc(sizeof(int64));
	char	   *end;

	if (!is_kind(many, key, value, AK_JSON_NUMBER))
		return NULL;
	errno = 0;
	*number = strtoll(value->text, &end, 10);
	if (errno == 0 && *end == '\0' && *number >= least && *number <= most)
		return number;
	refuse(many, key, psprintf("must be an integer, not %s", value->text));
	return NULL;
}

static int *
read_int(AkMany *many, const char *key, const AkJson *value)
{
	int64	   *number = read_integer(many, key, value, PG_INT32_MIN, PG_INT32_MAX);
	int		   *result = palloc(sizeof(int));

	if (number == NULL)
		return NULL;
	*result = (int) *number;
	return result;
}

/* What an input function says of a text is a problem. */
static void
take_input_error(AkMany *many, const char *key, MemoryContext context)
{
	ErrorData  *error;

	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
		PG_RE_THROW();
	FlushErrorState();
	ak_core_problem(&many->problems, key, error->sqlerrcode, "invalid", "\"%s\": %s", key, error->message);
}

/* A text as a time or an interval, whose input functions hold nothing that an error would leave behind. */
static bool
read_as(AkMany *many, const char *key, const AkJson *value, Oid type, Datum *out)
{
	MemoryContext context = CurrentMemoryContext;
	volatile bool good = true;
	Oid			function;
	Oid			ioparam;

	if (!is_kind(many, key, value, AK_JSON_STRING))
		return false;
	getTypeInputInfo(type, &function, &ioparam);
	PG_TRY();
	{
		*out = OidInputFunctionCall(function, value->text, ioparam, -1);
	}
	PG_CATCH();
	{
		take_input_error(many, key, context);
		good = false;
	}
	PG_END_TRY();
	return good;
}

static TimestampTz *
read_time(AkMany *many, const char *key, const AkJson *value)
{
	TimestampTz *time = palloc(sizeof(TimestampTz));
	Datum		datum;

	if (!read_as(many, key, value, TIMESTAMPTZOID, &datum))
		return NULL;
	*time = DatumGetTimestampTz(datum);
	return time;
}

static Interval *
read_interval(AkMany *many, const char *key, const AkJson *value)
{
	Datum		datum;

	return read_as(many, key, value, INTERVALOID, &datum) ? DatumGetIntervalP(datum) : NULL;
}

static Datum
read_parents(AkMany *many, const char *key, const AkJson *value)
{
	Datum	   *ids;

	if (!is_kind(many, key, value, AK_JSON_ARRAY))
		return (Datum) 0;
	ids = palloc(Max(value->size, 1) * sizeof(Datum));
	for (int i = 0; i < value->size; i++)
	{
		int64	   *id = read_integer(many, key, value->items[i], PG_INT64_MIN, PG_INT64_MAX);

		if (id == NULL)
			return (Datum) 0;
		ids[i] = Int64GetDatum(*id);
	}
	return PointerGetDatum(construct_array(ids, value->size, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* ---- members ---- */

typedef enum AkMember
{
	MEMBER_TASK, MEMBER_ARGS, MEMBER_QUEUE, MEMBER_PRIORITY, MEMBER_RUN_AT, MEMBER_DELAY, MEMBER_MAX_ATTEMPTS, MEMBER_TIMEOUT,
	MEMBER_KEY, MEMBER_ON_CONFLICT, MEMBER_SCOPE, MEMBER_GROUP_KEY, MEMBER_DEPENDS_ON, MEMBER_ON_PARENT_FAILURE, MEMBERS
} AkMember;

static const char *const members[] = {
	"task", "args", "queue", "priority", "run_at", "delay", "max_attempts", "timeout",
	"key", "on_conflict", "scope", "group_key", "depends_on", "on_parent_failure"
};

static void
refuse_unknown(AkMany *many, const char *key)
{
	List	   *names = NIL;
	const char *nearest;

	for (int i = 0; i < MEMBERS; i++)
		names = lappend(names, unconstify(char *, members[i]));
	nearest = ak_core_nearest(key, names);
	ak_core_problem(&many->problems, key, ERRCODE_INVALID_PARAMETER_VALUE, "unknown", "there is no option \"%s\"", key);
	if (nearest != NULL)
		ak_core_problem_hint(&many->problems, psprintf("Perhaps you meant \"%s\".", nearest));
}

static AkMember
member_of(const char *key)
{
	int			i = 0;

	while (i < MEMBERS && strcmp(members[i], key) != 0)
		i++;
	return i;
}

/* As for the arguments: null is the default, where there is one to fall back to. */
static bool
is_null(AkMany *many, AkMember member, const AkJson *value)
{
	if (value->kind != AK_JSON_NULL)
		return false;
	if (member == MEMBER_TASK || member == MEMBER_ARGS || member == MEMBER_ON_CONFLICT || member == MEMBER_SCOPE ||
		member == MEMBER_ON_PARENT_FAILURE)
		ak_task_refuse(&many->problems, members[member], ERRCODE_NULL_VALUE_NOT_ALLOWED, "must not be null");
	return true;
}

static void
read_args(AkMany *many, AkRequest *request, const AkJson *value)
{
	if (is_kind(many, "args", value, AK_JSON_OBJECT))
		request->task.args = DirectFunctionCall1(jsonb_in, CStringGetDatum(ak_core_json_to_cstring(value)));
}

static void
read_member(AkMany *many, AkRequest *request, const char *key, const AkJson *value)
{
	AkMember	member = member_of(key);

	if (member == MEMBERS)
	{
		refuse_unknown(many, key);
		return;
	}
	if (is_null(many, member, value))
		return;
	switch (member)
	{
		case MEMBER_TASK:
			request->task.task = read_text(many, key, value);
			break;
		case MEMBER_ARGS:
			read_args(many, request, value);
			break;
		case MEMBER_QUEUE:
			request->queue = read_text(many, key, value);
			break;
		case MEMBER_PRIORITY:
			request->priority = read_int(many, key, value);
			break;
		case MEMBER_RUN_AT:
			request->run_at = read_time(many, key, value);
			break;
		case MEMBER_DELAY:
			request->delay = read_interval(many, key, value);
			break;
		case MEMBER_MAX_ATTEMPTS:
			request->max_attempts = read_int(many, key, value);
			break;
		case MEMBER_TIMEOUT:
			request->timeout = read_interval(many, key, value);
			break;
		case MEMBER_KEY:
			request->key = read_text(many, key, value);
			break;
		case MEMBER_ON_CONFLICT:
			request->on_conflict = read_text(many, key, value);
			break;
		case MEMBER_SCOPE:
			request->scope = read_text(many, key, value);
			break;
		case MEMBER_GROUP_KEY:
			request->group_key = read_text(many, key, value);
			break;
		case MEMBER_DEPENDS_ON:
			request->parents = read_parents(many, key, value);
			break;
		case MEMBER_ON_PARENT_FAILURE:
			request->on_parent_failure = read_text(many, key, value);
			break;
		case MEMBERS:
			break;
	}
}

/* ---- documents ---- */

static AkTaskDefinition *
find_used(List *definitions, const char *name)
{
	ListCell   *cell;

	foreach(cell, definitions)
		if (strcmp(((AkTaskDefinition *) lfirst(cell))->name, name) == 0)
			return lfirst(cell);
	return NULL;
}

/* The definition of the task; NULL, and a problem: there is none.  Whether the caller may is asked once for each. */
static AkTaskDefinition *
definition_of(AkMany *many, const char *name)
{
	AkTaskDefinition *definition = find_used(many->definitions, name);
	AkTaskHandler handler;
	MemoryContext old;
	const char *nearest;

	if (definition != NULL)
		return definition;
	ak_task_refuse_reserved(name);
	old = MemoryContextSwitchTo(many->context);
	definition = ak_task_find_definition(name);
	if (definition != NULL)
	{
		ak_task_find_handler(definition->handler, &handler);
		many->definitions = lappend(many->definitions, definition);
	}
	MemoryContextSwitchTo(old);
	if (definition != NULL)
		return definition;
	nearest = ak_task_nearest(name);
	ak_core_problem(&many->problems, "task", ERRCODE_UNDEFINED_OBJECT, "invalid", "task \"%s\" does not exist", name);
	if (nearest != NULL)
		ak_core_problem_hint(&many->problems, psprintf("Perhaps you meant \"%s\".", nearest));
	return NULL;
}

static void
read_request(AkMany *many, AkRequest *request, const AkJson *document)
{
	AkTaskDefinition *definition;
	int			before = list_length(many->problems.list);

	ak_task_init_request(request);
	if (document->kind != AK_JSON_OBJECT)
	{
		ak_core_problem(&many->problems, "", ERRCODE_INVALID_PARAMETER_VALUE, "invalid", "an object is wanted, not %s",
						ak_core_json_kind_name(document->kind));
		return;
	}
	for (int i = 0; i < document->size; i++)
		read_member(many, request, document->keys[i], document->items[i]);
	if (ak_core_json_get(document, "task") == NULL)
		ak_task_refuse(&many->problems, "task", ERRCODE_NULL_VALUE_NOT_ALLOWED, "is required");
	definition = request->task.task ? definition_of(many, request->task.task) : NULL;
	if (request->task.args == (Datum) 0)
		request->task.args = DirectFunctionCall1(jsonb_in, CStringGetDatum("{}"));
	if (definition != NULL && list_length(many->problems.list) == before)
		ak_task_check_request(request, definition, &many->problems);
}

/* Says of problems from `first` on which document they are in. */
static void
number_problems(AkProblems *problems, int first, int number)
{
	for (int i = first; i < list_length(problems->list); i++)
	{
		AkProblem  *problem = list_nth(problems->list, i);

		problem->field = psprintf("[%d]%s%s", number, *problem->field ? "." : "", problem->field);
		problem->message = psprintf("document %d: %s", number, problem->message);
	}
}

static void
say_document(void *arg)
{
	errcontext("document %d of argument \"tasks\"", ((const AkMany *) arg)->number);
}

static void
give_back(AkMany *many, int64 id)
{
	Datum		value = Int64GetDatum(id);
	bool		isnull = false;

	tuplestore_putvalues(many->result->setResult, many->result->setDesc, &value, &isnull);
}

/* The parser has come to the end of a document.  False once there are problems, which live beside it. */
static bool
take_document(const AkJson *document, int number, void *arg)
{
	AkMany	   *many = arg;
	int			before = list_length(many->problems.list);
	AkRequest	request;

	CHECK_FOR_INTERRUPTS();
	if (before >= MOST_PROBLEMS)
		return false;
	many->number = number;
	read_request(many, &request, document);
	number_problems(&many->problems, before, number);
	if (many->problems.list != NIL)
		return false;
	give_back(many, ak_task_put(&request));
	return true;
}

/* ---- keys ---- */

static bool
is_word(const AkJson *document, const char *key, const char *word)
{
	const AkJson *value = ak_core_json_get(document, key);

	return value == NULL || (value->kind == AK_JSON_STRING && strcmp(value->text, word) == 0);
}

static void
add_hash(AkMany *many, uint64 hash)
{
	if (many->nhashes == many->room)
	{
		many->room = Max(64, many->room * 2);
		many->hashes = many->hashes ? repalloc_huge(many->hashes, many->room * sizeof(uint64))
			: MemoryContextAlloc(many->context, many->room * sizeof(uint64));
	}
	many->hashes[many->nhashes++] = hash;
}

/* A key is locked unless the task that has it is kept as it is. */
static bool
take_key(const AkJson *document, int number, void *arg)
{
	const AkJson *key = document->kind == AK_JSON_OBJECT ? ak_core_json_get(document, "key") : NULL;

	if (key != NULL && key->kind == AK_JSON_STRING &&
		!(is_word(document, "on_conflict", "keep") && is_word(document, "scope", "live") && ak_task_has_key(GetUserId(), key->text)))
		add_hash(arg, ak_task_key_hash(GetUserId(), key->text));
	return true;
}

static int
compare_hashes(const void *a, const void *b)
{
	uint64		one = *(const uint64 *) a;
	uint64		other = *(const uint64 *) b;

	return one < other ? -1 : one > other;
}

/* One that is spelled with escapes is locked when its turn comes. */
static bool
mentions_keys(text *tasks)
{
	static const char word[] = "\"key\"";

	return memmem(VARDATA_ANY(tasks), VARSIZE_ANY_EXHDR(tasks), word, strlen(word)) != NULL;
}

static void
lock_keys(AkMany *many, text *tasks)
{
	int			unique = 0;

	if (!mentions_keys(tasks))
		return;
	ak_core_json_each(tasks, "argument \"tasks\"", take_key, many);
	if (many->nhashes > 0)
		qsort(many->hashes, many->nhashes, sizeof(uint64), compare_hashes);
	for (int i = 0; i < many->nhashes; i++)
		if (i == 0 || many->hashes[i] != many->hashes[unique - 1])
			many->hashes[unique++] = many->hashes[i];
	ak_task_lock_keys(many->hashes, unique);
}

/* enqueue_many(tasks) → their numbers, in order */
Datum
ak_task_enqueue_many(PG_FUNCTION_ARGS)
{
	AkMany		many = {.context = CurrentMemoryContext};
	ErrorContextCallback callback = {.previous = error_context_stack,.callback = say_document,.arg = &many};
	text	   *tasks;

	if (PG_ARGISNULL(0))
		ak_core_null_argument("tasks");
	tasks = PG_GETARG_TEXT_PP(0);
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	many.result = (ReturnSetInfo *) fcinfo->resultinfo;
	lock_keys(&many, tasks);
	error_context_stack = &callback;
	ak_core_json_each(tasks, "argument \"tasks\"", take_document, &many);
	error_context_stack = callback.previous;
	ak_core_problems_raise(&many.problems, NULL, NULL);
	return (Datum) 0;
}
