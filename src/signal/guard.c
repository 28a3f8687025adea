/*
 * guard.c
 *		The triggers of aksara.signal and aksara.free_receiver: rows of a restored
 *		dump.
 *
 * A row belongs to the role that it names; who restores it must be able to
 * act for that role.  What another said is passed over with a WARNING.
 */
#include "postgres.h"

#include "utils/acl.h"

#include "signal/internal.h"

PG_FUNCTION_INFO_V1(ak_signal_guard_signal);
PG_FUNCTION_INFO_V1(ak_signal_guard_receiver);

static bool
may_say(const char *role, const char *what)
{
	if (ak_signal_may_act_as(role, InvalidOid))
		return true;
	return ak_model_leave_out(what, psprintf("It belongs to role \"%s\".", role));
}

static bool
admit_signal(HeapTuple row, TupleDesc desc)
{
	char	   *name = ak_core_registry_column(row, desc, "name");
	char	   *role = ak_core_registry_column(row, desc, "role");

	if (name == NULL)
		return true;			/* NOT NULL refuses it */
	if (role == NULL || ak_signal_named(name) != AK_OWN_SIGNAL)
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("signal \"%s\" is not one that somebody made", name)));
	return may_say(role, psprintf("signal \"%s\"", name));
}

static bool
admit_receiver(HeapTuple row, TupleDesc desc)
{
	char	   *signal = ak_core_registry_column(row, desc, "signal");
	char	   *sender = ak_core_registry_column(row, desc, "sender");
	char	   *uid = ak_core_registry_column(row, desc, "uid");
	char	   *role = ak_core_registry_column(row, desc, "role");
	char	   *text = ak_core_registry_column(row, desc, "definition");
	AkReceiver *receiver;

	if (signal == NULL || sender == NULL || uid == NULL || role == NULL || text == NULL)
		return true;			/* NOT NULL refuses it */
	receiver = ak_signal_read_receiver(ak_core_json_parse(text, strlen(text), "column \"definition\""));
	if (receiver == NULL || strcmp(receiver->name, signal) != 0 || strcmp(receiver->uid, uid) != 0 ||
		(receiver->signal != AK_OWN_SIGNAL && *sender))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("column \"definition\" of a receiver of signal \"%s\" does not define it", signal)));
	return may_say(role, psprintf("receiver of signal \"%s\"", signal));
}

static void
note_signal(HeapTuple row, TupleDesc desc)
{
	ak_signal_note_signal(ak_core_registry_column(row, desc, "name"),
						  get_role_oid(ak_core_registry_column(row, desc, "role"), true));
}

static void
note_receiver(HeapTuple row, TupleDesc desc)
{
	char	   *role = ak_core_registry_column(row, desc, "role");

	ak_signal_note_receiver(ak_core_registry_column(row, desc, "signal"), ak_core_registry_column(row, desc, "sender"),
							ak_core_registry_column(row, desc, "uid"), role, get_role_oid(role, true));
}

Datum
ak_signal_guard_signal(PG_FUNCTION_ARGS)
{
	return ak_model_guard(fcinfo, "signal", admit_signal, note_signal);
}

Datum
ak_signal_guard_receiver(PG_FUNCTION_ARGS)
{
	return ak_model_guard(fcinfo, "free_receiver", admit_receiver, note_receiver);
}
