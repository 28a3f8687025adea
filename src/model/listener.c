/*
 * listener.c
 *		Upper rooms' callbacks on changes of the registry, in order of registration.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "model/internal.h"

static List *listeners = NIL;	/* of const AkModelListener *, in TopMemoryContext */

/* Registers at library load; `listener` is static. */
void
ak_model_listen(const AkModelListener *listener)
{
	MemoryContext old = MemoryContextSwitchTo(TopMemoryContext);

	listeners = lappend(listeners, unconstify(AkModelListener *, listener));
	MemoryContextSwitchTo(old);
}

/* Calls one callback of every listener that has it. */
#define NOTIFY(callback, ...) \
	do { \
		ListCell *cell_; \
		foreach(cell_, listeners) \
		{ \
			const AkModelListener *listener_ = lfirst(cell_); \
			if (listener_->callback) \
				listener_->callback(__VA_ARGS__); \
		} \
	} while (0)

void
ak_model_notify_loaded(AkRegistry *registry)
{
	NOTIFY(loaded, registry);
}

void
ak_model_notify_naming(const char *app, const char *model, const char *field)
{
	NOTIFY(naming, app, model, field);
}

void
ak_model_notify_created(AkModel *model)
{
	NOTIFY(created, model);
}

void
ak_model_notify_field_renamed(const AkField *field, const char *new_name)
{
	NOTIFY(field_renamed, field, new_name);
}

void
ak_model_notify_renamed(AkModel *model, const char *old_app, const char *old_name)
{
	NOTIFY(renamed, model, old_app, old_name);
}

void
ak_model_notify_altering(AkModel *model)
{
	NOTIFY(altering, model);
}

void
ak_model_notify_altered(void)
{
	ListCell   *cell;

	foreach(cell, listeners)
	{
		const AkModelListener *listener = lfirst(cell);

		if (listener->altered)
			listener->altered();
	}
}

void
ak_model_notify_dropping(AkModel *model, bool cascade)
{
	NOTIFY(dropping, model, cascade);
}

const char *
ak_model_notify_holding(Oid relid)
{
	const char *reason = NULL;
	ListCell   *cell;

	foreach(cell, listeners)
	{
		const AkModelListener *listener = lfirst(cell);

		if (reason == NULL && listener->holding)
			reason = listener->holding(relid);
	}
	return reason;
}

void
ak_model_notify_adopting(AkAdoption *adoption)
{
	NOTIFY(adopting, adoption);
}

void
ak_model_notify_adopted(List *adoptions)
{
	NOTIFY(adopted, adoptions);
}

void
ak_model_notify_forgetting(const AkModel *model)
{
	NOTIFY(forgetting, model);
}

void
ak_model_notify_unmapped(const AkModel *model, AkJson *list)
{
	NOTIFY(unmapped, model, list);
}

void
ak_model_notify_describe(const AkModel *model, AkJson *out)
{
	NOTIFY(describe, model, out);
}

void
ak_model_notify_check(const AkModel *model, AkFindings *findings)
{
	NOTIFY(check, model, findings);
}

void
ak_model_notify_reconcile(void)
{
	ListCell   *cell;

	foreach(cell, listeners)
	{
		const AkModelListener *listener = lfirst(cell);

		if (listener->reconcile)
			listener->reconcile();
	}
}
