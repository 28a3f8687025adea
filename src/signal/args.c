/*
 * args.c
 *		A call that is put off, as the arguments of a task: {"handler", "depth",
 *		"event"}, the event as an object without what is NULL.
 *
 * Anybody may call the body of such tasks, so arguments are read as hostile
 * input.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

#include "signal/internal.h"

/* ---- writing ---- */

static void
put(JsonbParseState **state, const char *key, JsonbValue *value)
{
	JsonbValue	name = {.type = jbvString, .val.string = {.len = strlen(key), .val = unconstify(char *, key)}};

	pushJsonbValue(state, WJB_KEY, &name);
	if (value != NULL)
		pushJsonbValue(state, WJB_VALUE, value);
}

static JsonbValue
as_string(const char *text)
{
	JsonbValue	value = {.type = jbvString, .val.string = {.len = strlen(text), .val = unconstify(char *, text)}};

	return value;
}

static void
put_text(JsonbParseState **state, const char *key, const char *text)
{
	JsonbValue	value;

	if (text == NULL)
		return;
	value = as_string(text);
	put(state, key, &value);
}

/* A jsonb; 0: NULL. */
static void
put_document(JsonbParseState **state, const char *key, Datum document)
{
	JsonbValue	value = {.type = jbvBinary};
	Jsonb	   *jsonb;

	if (document == (Datum) 0)
		return;
	jsonb = DatumGetJsonbP(document);
	value.val.binary.data = &jsonb->root;
	value.val.binary.len = VARSIZE(jsonb) - VARHDRSZ;
	put(state, key, &value);
}

/* A text[] without NULLs; 0: NULL. */
static void
put_texts(JsonbParseState **state, const char *key, Datum array)
{
	Datum	   *texts;
	int			count;

	if (array == (Datum) 0)
		return;
	deconstruct_array(DatumGetArrayTypeP(array), TEXTOID, -1, false, TYPALIGN_INT, &texts, NULL, &count);
	put(state, key, NULL);
	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < count; i++)
	{
		JsonbValue	value = as_string(TextDatumGetCString(texts[i]));

		pushJsonbValue(state, WJB_ELEM, &value);
	}
	pushJsonbValue(state, WJB_END_ARRAY, NULL);
}

static void
put_event(JsonbParseState **state, const AkEvent *event)
{
	JsonbValue	created = {.type = jbvBool, .val.boolean = event->created == 1};

	put(state, "event", NULL);
	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	put_text(state, "signal", event->signal);
	put_text(state, "sender", event->sender);
	put_document(state, "instance", event->instance);
	put_document(state, "previous", event->previous);
	if (event->created >= 0)
		put(state, "created", &created);
	put_texts(state, "update_fields", event->update_fields);
	put_text(state, "action", event->action);
	put_document(state, "ids", event->ids);
	put_document(state, "extra", event->extra);
	pushJsonbValue(state, WJB_END_OBJECT, NULL);
}

Datum
ak_signal_write_args(const char *handler, int depth, const AkEvent *event)
{
	JsonbParseState *state = NULL;
	JsonbValue	number = {.type = jbvNumeric, .val.numeric = int64_to_numeric(depth)};

	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	put_text(&state, "handler", handler);
	put(&state, "depth", &number);
	put_event(&state, event);
	return JsonbPGetDatum(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}

/* ---- reading ---- */

static void not_args(const char *problem) pg_attribute_noreturn();

static void
not_args(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("argument \"args\" holds no call of a handler"),
			 errdetail("%s", problem),
			 errhint("It is for tasks that asynchronous receivers make.")));
	pg_unreachable();
}

/* NULL where it is not there, or null. */
static JsonbValue *
member(JsonbContainer *object, const char *key)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, key, strlen(key), NULL);

	return value == NULL || value->type == jbvNull ? NULL : value;
}

static char *
string_of(const JsonbValue *value, const char *key)
{
	if (value->type != jbvString)
		not_args(psprintf("\"%s\" must be a string.", key));
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static char *
text_member(JsonbContainer *object, const char *key)
{
	JsonbValue *value = member(object, key);

	return value ? string_of(value, key) : NULL;
}

static Datum
document_member(JsonbContainer *object, const char *key)
{
	JsonbValue *value = member(object, key);

	return value ? JsonbPGetDatum(JsonbValueToJsonb(value)) : (Datum) 0;
}

static Datum
texts_member(JsonbContainer *object, const char *key)
{
	JsonbValue *value = member(object, key);
	JsonbContainer *list;
	Datum	   *texts;

	if (value == NULL)
		return (Datum) 0;
	if (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data))
		not_args(psprintf("\"%s\" must be a list of strings.", key));
	list = value->val.binary.data;
	texts = palloc(sizeof(Datum) * Max(JsonContainerSize(list), 1));
	for (uint32 i = 0; i < JsonContainerSize(list); i++)
		texts[i] = CStringGetTextDatum(string_of(getIthJsonbValueFromContainer(list, i), key));
	return PointerGetDatum(construct_array(texts, JsonContainerSize(list), TEXTOID, -1, false, TYPALIGN_INT));
}

/* -1: NULL. */
static int
truth_member(JsonbContainer *object, const char *key)
{
	JsonbValue *value = member(object, key);

	if (value != NULL && value->type != jbvBool)
		not_args(psprintf("\"%s\" must be true or false.", key));
	return value ? value->val.boolean : -1;
}

/* How many put-off calls led to this one: what can be no such number is refused. */
static int
depth_member(JsonbContainer *object)
{
	JsonbValue *value = member(object, "depth");
	bool		error = false;
	int			depth = 0;

	if (value != NULL && value->type == jbvNumeric && !numeric_is_nan(value->val.numeric) && !numeric_is_inf(value->val.numeric))
		depth = numeric_int4_opt_error(value->val.numeric, &error);
	if (error || depth < 1 || depth > AK_MOST_DEPTH)
		not_args(psprintf("\"depth\" must be 1 to %d.", AK_MOST_DEPTH));
	return depth;
}

static void
read_event(JsonbContainer *object, AkEvent *event)
{
	event->signal = text_member(object, "signal");
	if (event->signal == NULL)
		not_args("\"signal\" is missing.");
	event->sender = text_member(object, "sender");
	event->instance = document_member(object, "instance");
	event->previous = document_member(object, "previous");
	event->created = truth_member(object, "created");
	event->update_fields = texts_member(object, "update_fields");
	event->action = text_member(object, "action");
	event->ids = document_member(object, "ids");
	event->extra = document_member(object, "extra");
}

char *
ak_signal_read_args(Datum args, int *depth, AkEvent *event)
{
	Jsonb	   *jsonb = DatumGetJsonbP(args);
	JsonbValue *value;
	char	   *handler;

	memset(event, 0, sizeof(AkEvent));
	if (!JB_ROOT_IS_OBJECT(jsonb))
		not_args("It must be an object.");
	handler = text_member(&jsonb->root, "handler");
	if (handler == NULL)
		not_args("\"handler\" is missing.");
	*depth = depth_member(&jsonb->root);
	value = member(&jsonb->root, "event");
	if (value == NULL || value->type != jbvBinary || !JsonContainerIsObject(value->val.binary.data))
		not_args("\"event\" must be an object.");
	read_event(value->val.binary.data, event);
	return handler;
}
