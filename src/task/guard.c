/*
 * guard.c
 *		The triggers of aksara.task_definition and aksara.task_queue: rows of a
 *		restored dump.
 *
 * PUBLIC may INSERT there, and each row is read as hostile input.  A definition
 * belongs to the role that it names, for which whoever brings it must be able
 * to act.  A queue with nothing but defaults is what enqueuing makes; limits
 * and pauses are for the owner of the database, and for those who may pause
 * queues.  What a role may not say, or what is there in another form, is passed
 * over with a WARNING.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/regproc.h"

#include "model/model.h"
#include "task/internal.h"

PG_FUNCTION_INFO_V1(ak_task_guard_definition);
PG_FUNCTION_INFO_V1(ak_task_guard_queue);

static bool
is_there(const char *constant_sql, const char *name)
{
	static const Oid types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(name)};

	return ak_core_own_run(constant_sql, lengthof(types), types, values, NULL, NULL, NULL) > 0;
}

/* ---- definitions ---- */

static void bad_option(const char *task, const char *key) pg_attribute_noreturn();

static void
bad_option(const char *task, const char *key)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" of task \"%s\" is not valid", key, task)));
	pg_unreachable();
}

static void
check_number(const char *task, const AkJson *options, const char *key, bool whole, double least, double most)
{
	const AkJson *value = ak_core_json_get(options, key);
	double		number;

	if (value == NULL)
		return;
	if (value->kind != AK_JSON_NUMBER)
		bad_option(task, key);
	number = strtod(value->text, NULL);
	if (!(number >= least && number <= most) || (whole && number != floor(number)))
		bad_option(task, key);
}

static void
check_timeout(const char *task, const AkJson *options)
{
	const AkJson *value = ak_core_json_get(options, "timeout");

	if (value == NULL)
		return;
	if (value->kind != AK_JSON_STRING ||
		!ak_task_is_timeout(DatumGetIntervalP(DirectFunctionCall3(interval_in, CStringGetDatum(value->text),
																   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)))))
		bad_option(task, "timeout");
}

static void
check_options(const char *task, const char *text)
{
	AkJson	   *options = ak_core_json_parse(text, strlen(text), "column \"options\"");
	const AkJson *value;

	ak_core_json_expect(options, AK_JSON_OBJECT, "column \"options\"");
	value = ak_core_json_get(options, "queue");
	if (value == NULL || value->kind != AK_JSON_STRING)
		bad_option(task, "queue");
	ak_task_check_name(value->text, "queue");
	check_number(task, options, "priority", true, PG_INT16_MIN, PG_INT16_MAX);
	check_number(task, options, "max_attempts", true, 1, PG_INT16_MAX);
	check_number(task, options, "retry_delay", false, 0, 31536000);
	check_number(task, options, "retry_base", false, 1, 1000);
	check_number(task, options, "retry_max", false, 0, 31536000);
	check_timeout(task, options);
	value = ak_core_json_get(options, "batchable");
	if (value != NULL && value->kind != AK_JSON_BOOL)
		bad_option(task, "batchable");
	value = ak_core_json_get(options, "group_on_error");
	if (value != NULL && (value->kind != AK_JSON_STRING ||
						  (strcmp(value->text, "block") != 0 && strcmp(value->text, "skip") != 0)))
		bad_option(task, "group_on_error");
}

/* The schema is said, so that nobody's search_path decides what runs. */
static void
check_handler(const char *task, const char *handler)
{
	if (list_length(ak_qualified_name(handler)) != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("the handler of task \"%s\" must be a function and its schema", task)));
}

static bool
may_act_as(const char *name)
{
	Oid			role = get_role_oid(name, true);

	return superuser() || (OidIsValid(role) && has_privs_of_role(GetUserId(), role));
}

static bool
admit_definition(HeapTuple row, TupleDesc desc)
{
	char	   *name = ak_core_registry_column(row, desc, "name");
	char	   *role = ak_core_registry_column(row, desc, "role");
	char	   *handler = ak_core_registry_column(row, desc, "handler");
	char	   *options = ak_core_registry_column(row, desc, "options");

	if (name == NULL || role == NULL || handler == NULL || options == NULL)
		return true;			/* NOT NULL refuses it */
	ak_task_check_name(name, "task");
	ak_task_refuse_reserved(name);
	check_handler(name, handler);
	check_options(name, options);
	if (!may_act_as(role))
		return ak_model_leave_out(psprintf("task \"%s\"", name), psprintf("It belongs to role \"%s\".", role));
	if (is_there("SELECT FROM aksara.task_definition WHERE name = $1", name))
		return ak_model_leave_out(psprintf("task \"%s\"", name), "There is another one of that name.");
	return true;
}

static void
note_definition(HeapTuple row, TupleDesc desc)
{
	ak_task_note_role(ak_core_registry_column(row, desc, "name"),
					  get_role_oid(ak_core_registry_column(row, desc, "role"), true));
	ak_task_cache_changed();
}

/* aksara.guard_task_definition() */
Datum
ak_task_guard_definition(PG_FUNCTION_ARGS)
{
	return ak_model_guard(fcinfo, "task_definition", admit_definition, note_definition);
}

/* ---- queues ---- */

/* May the current role limit and pause queues? */
static bool
may_limit(void)
{
	static const Oid types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(GetUserId())};

	return ak_database_owned(MyDatabaseId) ||
		ak_core_own_run("SELECT WHERE has_function_privilege($1, 'aksara.pause_queue(text)', 'EXECUTE')",
						lengthof(types), types, values, NULL, NULL, NULL) > 0;
}

/* Is the column as it is in a queue that was made by enqueuing? */
static bool
has_default(HeapTuple row, TupleDesc desc, const char *column, const char *value)
{
	char	   *text = ak_core_registry_column(row, desc, column);

	return text == NULL ? value == NULL : value != NULL && strcmp(text, value) == 0;
}

static bool
is_plain(HeapTuple row, TupleDesc desc)
{
	return has_default(row, desc, "paused", "f") && has_default(row, desc, "aging", "60") &&
		has_default(row, desc, "max_running", NULL) && has_default(row, desc, "group_limit", "1") &&
		has_default(row, desc, "rate", NULL) && has_default(row, desc, "period", NULL) && has_default(row, desc, "burst", "1");
}

/* Constraints of the table look at the numbers. */
static bool
admit_queue(HeapTuple row, TupleDesc desc)
{
	char	   *name = ak_core_registry_column(row, desc, "name");

	if (name == NULL)
		return true;			/* NOT NULL refuses it */
	ak_task_check_name(name, "queue");
	if (!is_plain(row, desc) && !may_limit())
		return ak_model_leave_out(psprintf("queue \"%s\"", name), "This role may not limit or pause queues.");
	if (is_there("SELECT FROM aksara.task_queue WHERE name = $1", name))
		return ak_model_leave_out(psprintf("queue \"%s\"", name), "It is there already, with other limits.");
	return true;
}

static void
note_queue(HeapTuple row, TupleDesc desc)
{
	ak_task_cache_changed();
}

/* aksara.guard_task_queue() */
Datum
ak_task_guard_queue(PG_FUNCTION_ARGS)
{
	return ak_model_guard(fcinfo, "task_queue", admit_queue, note_queue);
}
