/*
 * names.c
 *		The signals that there are: those that writes and operations send, and
 *		those that create_signal() made.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/acl.h"

#include "signal/internal.h"

static const char *const names[AK_SIGNALS] = {
	"pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "pre_bulk", "post_bulk",
	"class_prepared", "pre_migrate", "post_migrate",
};

const char *
ak_signal_name(AkSignal signal)
{
	return names[signal];
}

AkSignal
ak_signal_named(const char *name)
{
	for (int i = 0; i < AK_SIGNALS; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return AK_OWN_SIGNAL;
}

bool
ak_signal_is_of_row(AkSignal signal)
{
	return signal <= AK_POST_DELETE;
}

bool
ak_signal_is_save(AkSignal signal)
{
	return signal == AK_PRE_SAVE || signal == AK_POST_SAVE;
}

bool
ak_signal_is_before(AkSignal signal)
{
	return signal == AK_PRE_SAVE || signal == AK_PRE_DELETE || signal == AK_PRE_BULK || signal == AK_PRE_MIGRATE;
}

/* ---- in the registry's picture ---- */

static void
load_signal(HeapTuple row, TupleDesc desc, void *arg)
{
	AkSignals  *signals = arg;
	char	   *role = ak_core_registry_column(row, desc, "role");
	AkOwnSignal *own;

	if (role == NULL)
		return;
	own = palloc0(sizeof(AkOwnSignal));
	own->name = ak_core_registry_column(row, desc, "name");
	own->role = role;
	own->arguments = ak_core_registry_names(row, desc, "arguments");
	own->description = ak_core_registry_column(row, desc, "description");
	signals->own = lappend(signals->own, own);
}

static void
load_receiver(HeapTuple row, TupleDesc desc, void *arg)
{
	AkSignals  *signals = arg;
	char	   *text = ak_core_registry_column(row, desc, "definition");
	AkReceiver *receiver = ak_signal_read_receiver(ak_core_json_parse(text, strlen(text), "the registry"));
	char	   *sender;

	if (receiver == NULL)
		return;
	sender = ak_core_registry_column(row, desc, "sender");
	receiver->name = ak_core_registry_column(row, desc, "signal");
	receiver->signal = ak_signal_named(receiver->name);
	receiver->uid = ak_core_registry_column(row, desc, "uid");
	receiver->role = ak_core_registry_column(row, desc, "role");
	receiver->sender = *sender ? sender : NULL;
	signals->free = lappend(signals->free, receiver);
}

static void
load_signal_role(HeapTuple row, TupleDesc desc, void *arg)
{
	AkSignals  *signals = arg;
	char	   *name = ak_core_registry_column(row, desc, "name");
	ListCell   *cell;

	foreach(cell, signals->own)
		if (strcmp(((AkOwnSignal *) lfirst(cell))->name, name) == 0)
			((AkOwnSignal *) lfirst(cell))->seen = atooid(ak_core_registry_column(row, desc, "seen"));
}

static void
load_receiver_role(HeapTuple row, TupleDesc desc, void *arg)
{
	AkSignals  *signals = arg;
	char	   *signal = ak_core_registry_column(row, desc, "signal");
	char	   *sender = ak_core_registry_column(row, desc, "sender");
	char	   *uid = ak_core_registry_column(row, desc, "uid");
	char	   *role = ak_core_registry_column(row, desc, "role");
	ListCell   *cell;

	foreach(cell, signals->free)
	{
		AkReceiver *receiver = lfirst(cell);

		if (strcmp(receiver->name, signal) == 0 && strcmp(receiver->sender ? receiver->sender : "", sender) == 0 &&
			strcmp(receiver->uid, uid) == 0 && strcmp(receiver->role, role) == 0)
			receiver->seen = atooid(ak_core_registry_column(row, desc, "seen"));
	}
}

/* Listener: a new picture. */
void
ak_signal_load(AkRegistry *registry)
{
	AkSignals  *signals = palloc0(sizeof(AkSignals));

	registry->signals = signals;
	ak_core_registry_scan("signal", load_signal, signals);
	ak_core_registry_scan("free_receiver", load_receiver, signals);
	ak_core_registry_scan("signal_role", load_signal_role, signals);
	ak_core_registry_scan("receiver_role", load_receiver_role, signals);
}

AkSignals *
ak_signal_all(AkRegistry *registry)
{
	return registry->signals;
}

AkOwnSignal *
ak_signal_find_own(AkRegistry *registry, const char *name)
{
	ListCell   *cell;

	foreach(cell, registry->signals->own)
		if (strcmp(((AkOwnSignal *) lfirst(cell))->name, name) == 0)
			return lfirst(cell);
	return NULL;
}

void
ak_signal_require_role(const AkOwnSignal *own)
{
	if (!ak_signal_may_act_as(own->role, own->seen))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for signal \"%s\"", own->name),
				 errdetail("It was made by role \"%s\".", own->role)));
}

void
ak_signal_unknown(AkRegistry *registry, const char *name)
{
	List	   *all = NIL;
	ListCell   *cell;

	for (int i = 0; i < AK_SIGNALS; i++)
		all = lappend(all, unconstify(char *, names[i]));
	foreach(cell, registry->signals->own)
		all = lappend(all, ((AkOwnSignal *) lfirst(cell))->name);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("signal \"%s\" does not exist", name),
			 ak_core_hint_nearest(name, all)));
	pg_unreachable();
}
