/*
 * definition.c
 *		register_task: what a task is called, and how it is repeated.
 *
 * A task belongs to the role that registered it; anybody may enqueue it, who
 * may execute its function, for it runs as the role that enqueued it.  That role
 * stands there by name, as a dump has it, and by its oid beside it.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/hsearch.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/syscache.h"

#include "task/internal.h"

PG_FUNCTION_INFO_V1(ak_task_register);
PG_FUNCTION_INFO_V1(ak_task_unregister);

#define LONGEST_NAME 255
#define MOST_ATTEMPTS 32767
#define RESERVED "aksara."		/* how names of tasks begin that are our own */

/* ---- reading ---- */

static double
number_of(const AkJson *options, const char *key, double otherwise)
{
	const AkJson *value = ak_core_json_get(options, key);

	return value != NULL && value->kind == AK_JSON_NUMBER ? strtod(value->text, NULL) : otherwise;
}

static bool
is_false(const AkJson *options, const char *key)
{
	const AkJson *value = ak_core_json_get(options, key);

	return value != NULL && value->kind == AK_JSON_BOOL && !value->truth;
}

static Interval *
interval_of(const AkJson *options, const char *key)
{
	char	   *text = ak_core_json_get_string(options, key);

	return text ? DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
														Int32GetDatum(-1))) : NULL;
}

/* As of which change of the cache the definitions were read, and they: of AkTaskDefinition, by name. */
static uint64 read_at = 0;
static HTAB *definitions = NULL;

typedef struct AkNamed
{
	const char *name;			/* the key */
	AkTaskDefinition *definition;
} AkNamed;

static void
make_table(MemoryContext context)
{
	HASHCTL		control = {
		.keysize = sizeof(char *),.entrysize = sizeof(AkNamed),.hash = ak_core_hash_text,.match = ak_core_compare_text,
		.hcxt = context
	};

	definitions = hash_create("aksara tasks", 32, &control, HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

static bool
take_definition(TupleTableSlot *row, void *arg)
{
	MemoryContext old = MemoryContextSwitchTo((MemoryContext) arg);
	AkTaskDefinition *definition = palloc0(sizeof(AkTaskDefinition));
	bool		isnull;
	AkJson	   *options;
	char	   *on_error;
	Datum		seen;

	definition->name = TextDatumGetCString(slot_getattr(row, 1, &isnull));
	definition->role = pstrdup(NameStr(*DatumGetName(slot_getattr(row, 2, &isnull))));
	definition->handler = TextDatumGetCString(slot_getattr(row, 3, &isnull));
	options = ak_core_json_parse_text(DatumGetTextPP(slot_getattr(row, 4, &isnull)), "the options of a task");
	definition->queue = ak_core_json_get_string(options, "queue");
	definition->priority = number_of(options, "priority", 0);
	definition->max_attempts = number_of(options, "max_attempts", 3);
	definition->timeout = interval_of(options, "timeout");
	definition->retry_delay = number_of(options, "retry_delay", 5);
	definition->retry_base = number_of(options, "retry_base", 2);
	definition->retry_max = number_of(options, "retry_max", 3600);
	definition->batchable = !is_false(options, "batchable");
	on_error = ak_core_json_get_string(options, "group_on_error");
	definition->blocks_group = on_error == NULL || strcmp(on_error, "block") == 0;
	seen = slot_getattr(row, 5, &isnull);
	definition->seen = isnull ? InvalidOid : DatumGetObjectId(seen);
	((AkNamed *) hash_search(definitions, &definition->name, HASH_ENTER, NULL))->definition = definition;
	MemoryContextSwitchTo(old);
	return true;
}

static void
read_definitions(void)
{
	uint64		changed;
	MemoryContext context = ak_task_cache_context(&changed);

	if (read_at == changed)
		return;
	read_at = 0;
	make_table(context);
	ak_core_own_run("SELECT d.name, d.role, d.handler, d.options, r.seen FROM aksara.task_definition d"
					" LEFT JOIN aksara.task_role r ON r.name = d.name",
					0, NULL, NULL, NULL, take_definition, context);
	read_at = changed;
}

static AkTaskDefinition *
copy_of(const AkTaskDefinition *definition)
{
	AkTaskDefinition *copy = memcpy(palloc(sizeof(AkTaskDefinition)), definition, sizeof(AkTaskDefinition));

	copy->name = pstrdup(definition->name);
	copy->role = pstrdup(definition->role);
	copy->handler = pstrdup(definition->handler);
	copy->queue = pstrdup(definition->queue);
	if (definition->timeout != NULL)
		copy->timeout = memcpy(palloc(sizeof(Interval)), definition->timeout, sizeof(Interval));
	return copy;
}

AkTaskDefinition *
ak_task_find_definition(const char *name)
{
	AkNamed    *named;

	read_definitions();
	named = hash_search(definitions, &name, HASH_FIND, NULL);
	return named ? copy_of(named->definition) : NULL;
}

static int
by_name(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* Those that may be enqueued: all but our own. */
static List *
names(void)
{
	List	   *list = NIL;
	HASH_SEQ_STATUS scan;
	AkNamed    *named;

	hash_seq_init(&scan, definitions);
	while ((named = hash_seq_search(&scan)) != NULL)
		if (!ak_task_is_reserved(named->name))
			list = lappend(list, unconstify(char *, named->name));
	list_sort(list, by_name);
	return list;
}

const char *
ak_task_nearest(const char *name)
{
	read_definitions();
	return ak_core_nearest(name, names());
}

void
ak_task_refuse_reserved(const char *name)
{
	if (ak_task_is_reserved(name) && !ak_core_in_own_script())
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("task \"%s\" is the extension's own", name),
				 errdetail("Names that begin with \"" RESERVED "\" are reserved.")));
}

bool
ak_task_is_reserved(const char *name)
{
	return strncmp(name, RESERVED, strlen(RESERVED)) == 0;
}

AkTaskDefinition *
ak_task_resolve(const char *name)
{
	AkTaskDefinition *definition = ak_task_find_definition(name);

	if (definition == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("task \"%s\" does not exist", name),
				 names() != NIL ? ak_core_hint_nearest(name, names())
				 : errhint("Make it known with aksara.register_task.")));
	return definition;
}

double
ak_task_retry_delay(const AkTaskDefinition *definition, int attempts)
{
	double		delay = definition->retry_delay;

	for (int i = 1; i < attempts && delay < definition->retry_max; i++)
		delay *= definition->retry_base;
	return Min(delay, definition->retry_max);
}

/* ---- registering ---- */

void
ak_task_check_name(const char *name, const char *what)
{
	if (*name == '\0' || strlen(name) > LONGEST_NAME)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the name of a %s must have 1 to %d bytes", what, LONGEST_NAME)));
}

/* Whose a definition is; InvalidOid: the role is gone, or has not come yet. */
static Oid
owner_of(const AkTaskDefinition *definition)
{
	if (!OidIsValid(definition->seen))
		return get_role_oid(definition->role, true);
	return SearchSysCacheExists1(AUTHOID, ObjectIdGetDatum(definition->seen)) ? definition->seen : InvalidOid;
}

void
ak_task_note_role(const char *name, Oid role)
{
	static const Oid types[] = {TEXTOID, OIDOID};
	Datum		values[] = {CStringGetTextDatum(name), ObjectIdGetDatum(role)};

	if (OidIsValid(role))
		ak_core_own_write("INSERT INTO aksara.task_role (name, seen) VALUES ($1, $2)"
						  " ON CONFLICT (name) DO UPDATE SET seen = EXCLUDED.seen",
						  lengthof(types), types, values, NULL);
}

void
ak_task_follow_roles(void)
{
	if (ak_core_own_write("UPDATE aksara.task_definition d SET role = a.rolname FROM aksara.task_role r, pg_roles a"
						  " WHERE r.name = d.name AND a.oid = r.seen AND a.rolname <> d.role",
						  0, NULL, NULL, NULL) > 0)
		ak_task_cache_changed();
}

/* 42501 for a task that another role registered. */
static void
require_own(const AkTaskDefinition *definition)
{
	Oid			owner = owner_of(definition);
	char	   *role = OidIsValid(owner) ? GetUserNameFromId(owner, true) : NULL;

	if (!superuser() && !(OidIsValid(owner) && has_privs_of_role(GetUserId(), owner)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for task \"%s\"", definition->name),
				 role ? errdetail("It was registered by role \"%s\".", role)
				 : errdetail("The role that registered it is gone.")));
}

static void
put_number(AkJson *options, FunctionCallInfo fcinfo, int n, const char *name, double least, double most)
{
	double		value;

	if (PG_ARGISNULL(n))
		ak_core_null_argument(name);
	value = PG_GETARG_FLOAT8(n);
	if (!(value >= least && value <= most))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be %g to %g", name, least, most)));
	ak_core_json_put(options, name, ak_core_json_number(value));
}

static void
put_integer(AkJson *options, FunctionCallInfo fcinfo, int n, const char *name, int least, int most)
{
	int			value;

	if (PG_ARGISNULL(n))
		ak_core_null_argument(name);
	value = PG_GETARG_INT32(n);
	if (value < least || value > most)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"%s\" must be %d to %d", name, least, most)));
	ak_core_json_put(options, name, ak_core_json_integer(value));
}

static void
put_boolean(AkJson *options, FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ak_core_null_argument(name);
	ak_core_json_put(options, name, ak_core_json_bool(PG_GETARG_BOOL(n)));
}

/* What the rest of a group does while one of its tasks waits for its next attempt. */
static void
put_group_on_error(AkJson *options, FunctionCallInfo fcinfo, int n)
{
	char	   *value = ak_core_arg_cstring(fcinfo, n, "group_on_error");

	if (strcmp(value, "block") != 0 && strcmp(value, "skip") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"group_on_error\" must be block or skip")));
	ak_core_json_put(options, "group_on_error", ak_core_json_string(value));
}

bool
ak_task_is_timeout(const Interval *timeout)
{
	return timeout->month >= 0 && timeout->day >= 0 && timeout->time >= 0 &&
		(timeout->month > 0 || timeout->day > 0 || timeout->time >= 1000);
}

char *
ak_task_timeout_text(Interval *timeout)
{
	if (!ak_task_is_timeout(timeout))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"timeout\" must be at least a millisecond")));
	return ak_core_output_iso(INTERVALOID, IntervalPGetDatum(timeout));
}

static AkJson *
options_of(FunctionCallInfo fcinfo)
{
	AkJson	   *options = ak_core_json_object();
	char	   *queue = ak_core_arg_cstring(fcinfo, 2, "queue");

	ak_task_check_name(queue, "queue");
	ak_core_json_put(options, "queue", ak_core_json_string(queue));
	put_integer(options, fcinfo, 3, "priority", PG_INT16_MIN, PG_INT16_MAX);
	put_integer(options, fcinfo, 4, "max_attempts", 1, MOST_ATTEMPTS);
	if (!PG_ARGISNULL(5))
		ak_core_json_put(options, "timeout", ak_core_json_string(ak_task_timeout_text(PG_GETARG_INTERVAL_P(5))));
	put_number(options, fcinfo, 6, "retry_delay", 0, 31536000);
	put_number(options, fcinfo, 7, "retry_base", 1, 1000);
	put_number(options, fcinfo, 8, "retry_max", 0, 31536000);
	put_boolean(options, fcinfo, 9, "batchable");
	put_group_on_error(options, fcinfo, 10);
	return options;
}

/* register_task(name, handler, queue, priority, max_attempts, timeout, retry_delay, retry_base, retry_max, batchable, group_on_error) */
Datum
ak_task_register(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {TEXTOID, NAMEOID, TEXTOID, JSONOID};
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "name");
	char	   *written = ak_core_arg_cstring(fcinfo, 1, "handler");
	AkTaskDefinition *before;
	AkTaskHandler handler;
	Oid			owner;
	Datum		values[4];

	ak_task_check_name(name, "task");
	ak_task_refuse_reserved(name);
	ak_task_find_handler(written, &handler);
	before = ak_task_find_definition(name);
	if (before != NULL)
		require_own(before);
	values[0] = CStringGetTextDatum(name);
	owner = before ? owner_of(before) : GetUserId();
	if (!OidIsValid(owner))
		owner = GetUserId();
	values[1] = DirectFunctionCall1(namein, CStringGetDatum(GetUserNameFromId(owner, false)));
	values[2] = CStringGetTextDatum(ak_task_handler_name(&handler));
	values[3] = PointerGetDatum(ak_core_json_to_text(options_of(fcinfo)));
	ak_core_own_write("INSERT INTO aksara.task_definition (name, role, handler, options) VALUES ($1, $2, $3, $4)"
					  " ON CONFLICT (name) DO UPDATE SET role = EXCLUDED.role, handler = EXCLUDED.handler, options = EXCLUDED.options",
					  lengthof(types), types, values, NULL);
	ak_task_note_role(name, owner);
	ak_task_cache_changed();
	ak_task_use_queue(ak_core_arg_cstring(fcinfo, 2, "queue"));
	PG_RETURN_VOID();
}

/* unregister_task(name) → was there one? */
Datum
ak_task_unregister(PG_FUNCTION_ARGS)
{
	static const Oid types[] = {TEXTOID};
	char	   *name = ak_core_arg_cstring(fcinfo, 0, "name");
	AkTaskDefinition *definition = ak_task_find_definition(name);
	Datum		values[] = {CStringGetTextDatum(name)};

	ak_task_refuse_reserved(name);
	if (definition == NULL)
		PG_RETURN_BOOL(false);
	require_own(definition);
	ak_core_own_write("DELETE FROM aksara.task_definition WHERE name = $1", lengthof(types), types, values, NULL);
	ak_task_cache_changed();
	PG_RETURN_BOOL(true);
}
