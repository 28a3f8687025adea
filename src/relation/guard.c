/*
 * guard.c
 *		The triggers on a target that PROTECT, RESTRICT and SET(expr) need.
 *
 * One BEFORE DELETE row trigger serves all relations that point at a table:
 * it is made with the first and dropped with the last.  A SET(expr) from a
 * table to itself has another, AFTER DELETE: rows that the same statement
 * deletes may not be changed under its hands.  Its name sorts before the
 * native key's own triggers ("RI_…"), so it comes first.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "utils/lsyscache.h"

#include "relation/internal.h"

#define BEFORE_TRIGGER "aksara_on_delete"
#define AFTER_TRIGGER "Aksara_on_delete_self"

bool
ak_relation_is_guarded(const AkRelation *relation)
{
	return relation->kind != AK_MANY_TO_MANY && relation->target != NULL &&
		(relation->on_delete == AK_PROTECT || relation->on_delete == AK_RESTRICT ||
		 relation->on_delete == AK_SET_VALUE);
}

static bool
sets_itself(const AkRelation *relation)
{
	return ak_relation_is_guarded(relation) && relation->on_delete == AK_SET_VALUE &&
		relation->source == relation->target;
}

static const char *
trigger_name(const AkRelation *relation)
{
	return sets_itself(relation) ? AFTER_TRIGGER : BEFORE_TRIGGER;
}

void
ak_relation_guard(const AkRelation *relation)
{
	const AkModel *target = relation->target;
	const char *name = trigger_name(relation);

	if (!ak_relation_is_guarded(relation) || OidIsValid(get_trigger_oid(target->relid, name, true)))
		return;
	ak_core_ddl("CREATE TRIGGER %s %s DELETE ON %s FOR EACH ROW EXECUTE FUNCTION aksara.on_delete()",
				ak_core_quote(name), sets_itself(relation) ? "AFTER" : "BEFORE", target->sql_name);
}

/* Does another relation need the same trigger? */
static bool
is_needed_otherwise(const AkRelation *relation, const char *name)
{
	ListCell   *cell;

	foreach(cell, relation->target->relations->reverse)
	{
		AkRelation *other = lfirst(cell);

		if (other != relation && ak_relation_is_guarded(other) && strcmp(trigger_name(other), name) == 0)
			return true;
	}
	return false;
}

/* Only the table's owner can drop a trigger; one that has nothing to do stays harmlessly. */
void
ak_relation_unguard(const AkRelation *relation)
{
	const AkModel *target = relation->target;
	const char *name = trigger_name(relation);

	if (!ak_relation_is_guarded(relation) || is_needed_otherwise(relation, name) ||
		!OidIsValid(get_trigger_oid(target->relid, name, true)) || !ak_table_owned(target->relid))
		return;
	ak_core_ddl("DROP TRIGGER %s ON %s", ak_core_quote(name), target->sql_name);
}
