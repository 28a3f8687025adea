/*
 * signal.c
 *		Start of room signal.
 */
#include "postgres.h"

#include "storage/lmgr.h"

#include "signal/internal.h"

/* A new model gets what it was defined with, and what is connected to all models. */
static void
model_created(AkModel *model)
{
	AkEvent		event = {.created = -1};

	if (model->abstract)
		return;
	/* It waits for receivers of all models that are being connected. */
	LockRelationOid(ak_core_table("free_receiver"), RowExclusiveLock);
	ak_signal_connect_defined(model);
	ak_signal_fit_triggers(ak_model_by_table(ak_model_registry(), model->relid));
	ak_signal_send(ak_model_by_table(ak_model_registry(), model->relid), AK_CLASS_PREPARED, AK_OF_ROW, &event);
}

/* A many-to-many relation may have got its junction. */
static void
something_altered(void)
{
	if (ak_signal_has_link_receivers(ak_model_registry()))
		ak_signal_fit_links();
}

static const AkModelListener listener = {
	.loaded = ak_signal_load,
	.created = model_created,
	.altered = something_altered,
	.forgetting = ak_signal_drop_triggers,
	.field_renamed = ak_signal_field_renamed,
	.reconcile = ak_signal_reconcile,
	.check = ak_signal_check,
};

void
ak_signal_init(void)
{
	ak_model_listen(&listener);
	ak_model_register_meta(&ak_signal_meta_receivers);
	ak_relation_on_link(ak_signal_change_links);
	ak_relation_on_delete_below(ak_signal_watches_deletes);
	ak_query_on_bulk(&ak_signal_bulk_watch);
	ak_signal_operations_init();
	ak_signal_own_init();
	ak_signal_disable_init();
	ak_signal_settings_init();
}
