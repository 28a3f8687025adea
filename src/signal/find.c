/*
 * find.c
 *		Which receivers are there already: by dispatch_uid, or by the name of the
 *		handler; and whose they are.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"

#include "signal/internal.h"

/* ---- whose ---- */

bool
ak_signal_is_own(const AkReceiver *receiver)
{
	return ak_signal_role(receiver->role, receiver->seen) == GetUserId();
}

/* May the current role act as the one that connected it? */
static bool
is_mine(const AkReceiver *receiver)
{
	return ak_signal_may_act_as(receiver->role, receiver->seen);
}

/* May the current role act for the one that owns a model's table? */
static bool
may_act_for(const AkModel *model)
{
	Oid			owner = OidIsValid(model->relid) ? ak_model_table_owner(model->relid) : InvalidOid;

	return OidIsValid(owner) && has_privs_of_role(GetUserId(), owner);
}

List *
ak_signal_neighbours(AkModel *model)
{
	AkRegistry *registry = ak_model_registry();
	List	   *receivers;
	ListCell   *cell;

	if (model != NULL)
		return ak_signal_receivers(model);
	receivers = NIL;
	for (int i = 0; i < registry->nmodels; i++)
		if (may_act_for(registry->models[i]))
			receivers = list_concat(receivers, ak_signal_own_receivers(registry->models[i]));
	foreach(cell, ak_signal_all(registry)->free)
		if (is_mine(lfirst(cell)))
			receivers = lappend(receivers, lfirst(cell));
	return receivers;
}

/* ---- finding ---- */

List *
ak_signal_find_all(const AkJson *op, const AkModel *model, const char *signal)
{
	const char *sender = ak_core_json_get_string(op, "sender");
	List	   *found = NIL;
	ListCell   *cell;

	foreach(cell, model ? ak_signal_own_receivers(model) : ak_signal_all(ak_model_registry())->free)
	{
		const AkReceiver *receiver = lfirst(cell);

		if (strcmp(receiver->name, signal) != 0)
			continue;
		if (model != NULL)
			found = lappend(found, lfirst(cell));
		else if (is_mine(receiver) && strcmp(receiver->sender ? receiver->sender : "", sender ? sender : "") == 0)
			found = ak_signal_is_own(receiver) ? lcons(lfirst(cell), found) : lappend(found, lfirst(cell));
	}
	return found;
}

const AkReceiver *
ak_signal_find_uid(const List *receivers, const char *uid)
{
	ListCell   *cell;

	foreach(cell, receivers)
		if (strcmp(((AkReceiver *) lfirst(cell))->uid, uid) == 0)
			return lfirst(cell);
	return NULL;
}

/* The one whose function has this name in whatever schema, when it is the only one. */
static const AkReceiver *
find_bare_name(const List *receivers, const char *name)
{
	const AkReceiver *found = NULL;
	ListCell   *cell;

	foreach(cell, receivers)
	{
		const AkReceiver *receiver = lfirst(cell);

		if (strcmp(receiver->uid, receiver->handler) != 0 || strcmp(strVal(llast(ak_qualified_name(receiver->handler))), name) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = receiver;
	}
	return found;
}

const AkReceiver *
ak_signal_find_function(const List *receivers, const char *handler)
{
	List	   *names = ak_qualified_name(handler);
	FuncCandidateList candidates;
	const AkReceiver *found = NULL;

	if (list_length(names) == 2)
		return ak_signal_find_uid(receivers, ak_core_qualified(strVal(linitial(names)), strVal(lsecond(names))));
	candidates = FuncnameGetCandidates(names, -1, NIL, false, false, false, true);
	if (candidates != NULL)
		found = ak_signal_find_uid(receivers, ak_core_qualified(get_namespace_name(get_func_namespace(candidates->oid)), strVal(llast(names))));
	return found ? found : find_bare_name(receivers, strVal(llast(names)));
}
