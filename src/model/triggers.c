/*
 * triggers.c
 *		The event trigger that follows DDL.
 *
 * Its function is a public one that anyone may call: it checks how that is
 * done.
 */
#include "postgres.h"

#include "commands/event_trigger.h"
#include "miscadmin.h"

#include "model/internal.h"

PG_FUNCTION_INFO_V1(ak_model_follow_ddl);

/* A new table concerns the registry when a dangling model may be waiting for it. */
static bool
concerns_registry(CommandTag tag)
{
	AkRegistry *registry;

	if (tag != CMDTAG_CREATE_TABLE && tag != CMDTAG_CREATE_TABLE_AS &&
		tag != CMDTAG_SELECT_INTO && tag != CMDTAG_CREATE_FOREIGN_TABLE)
		return true;
	registry = ak_model_registry();
	for (int i = 0; i < registry->nmodels; i++)
		if (ak_model_is_dangling(registry->models[i]))
			return true;
	return false;
}

static bool follows_drop = false;

bool
ak_model_follows_drop(void)
{
	return follows_drop;
}

/* Brings the registry in line after a command, or after what it dropped. */
static void
follow(bool drop)
{
	follows_drop = drop;
	PG_TRY();
	{
		ak_model_reconcile();
	}
	PG_FINALLY();
	{
		follows_drop = false;
	}
	PG_END_TRY();
}

/* Event trigger on ddl_command_end and sql_drop. */
Datum
ak_model_follow_ddl(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"aksara.follow_ddl\" can only be called as an event trigger")));
	if (!IsBinaryUpgrade && !ak_core_in_own_script() && ak_core_is_current() &&
		OidIsValid(ak_core_table("relation_oid")) &&
		concerns_registry(((EventTriggerData *) fcinfo->context)->tag))
		follow(strcmp(((EventTriggerData *) fcinfo->context)->event, "sql_drop") == 0);
	PG_RETURN_NULL();
}
