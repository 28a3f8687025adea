/*
 * blocker.c
 *		Rows that refer to a row that is to go.
 *
 * Whether there are any is asked as a native key asks: as the owner of the
 * referencing table, outside row security, by a statement over that table
 * alone.  Which ones they are is told only of rows that the user who deletes
 * may see.  Inside a referential action or a SECURITY DEFINER function that is
 * the session's user, and a table under row security tells him nothing; else
 * its policies decide, provided that they belong to the owner of the table he
 * deletes from: another's code is not run for him.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"

#include "relation/internal.h"

#define MOST_KEYS 10

/* ---- searching ---- */

static void
write_keys(StringInfo sql, const AkModel *model)
{
	for (int i = 0; i < model->nkeys; i++)
		appendStringInfo(sql, "%s%s", i ? ", " : "", ak_core_quote(model->keys[i]->column));
	if (model->nkeys == 0)
		appendStringInfoString(sql, "NULL");
}

/* column = $1, or column = ANY ($1) AND NOT column = ANY ($2) */
static void
write_condition(AkStatement *st, const AkField *field, const AkGoing *going)
{
	Oid			equal = ak_core_btree_operator(going->type, BTEqualStrategyNumber);
	const char *column = ak_core_quote(field->column);
	Oid			type = going->list ? get_array_type(going->type) : going->type;

	appendStringInfo(&st->sql, "%s ", column);
	ak_core_operator(&st->sql, equal);
	appendStringInfoString(&st->sql, going->list ? " ANY (" : " ");
	ak_core_bind(st, type, going->keys, false);
	if (going->list)
		appendStringInfoChar(&st->sql, ')');
	if (going->except == (Datum) 0)
		return;
	appendStringInfo(&st->sql, " AND NOT %s ", column);
	ak_core_operator(&st->sql, equal);
	appendStringInfoString(&st->sql, " ANY (");
	ak_core_bind(st, type, going->except, false);
	appendStringInfoChar(&st->sql, ')');
}

static void
write_search(AkStatement *st, const AkRelation *relation, const AkGoing *going)
{
	const AkModel *source = relation->source;

	ak_core_statement_init(st);
	appendStringInfoString(&st->sql, "SELECT ");
	write_keys(&st->sql, source);
	appendStringInfo(&st->sql, " FROM %s%s WHERE ", ak_relation_only(source->relid), source->sql_name);
	write_condition(st, relation->field, going);
	appendStringInfo(&st->sql, " LIMIT %d", MOST_KEYS + 1);
}

/* One key as a JSON value, several as a list. */
static AkJson *
key_of_row(TupleTableSlot *row, const AkModel *model)
{
	AkJson	   *list = ak_core_json_array();

	for (int i = 0; i < model->nkeys; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, i + 1, &isnull);

		ak_core_json_push(list, ak_model_value_to_json(model->keys[i]->typid, value, isnull));
	}
	return model->nkeys == 1 ? list->items[0] : list;
}

static bool
take_blocker(TupleTableSlot *row, void *arg)
{
	AkBlocker  *blocker = arg;

	if (blocker->keys->size == MOST_KEYS)
		blocker->more = true;
	else
		ak_core_json_push(blocker->keys, key_of_row(row, blocker->relation->source));
	return !blocker->more;
}

static AkBlocker *
new_blocker(AkRelation *relation)
{
	AkBlocker  *blocker = palloc0(sizeof(AkBlocker));

	blocker->relation = relation;
	blocker->keys = ak_core_json_array();
	return blocker;
}

/* ---- what may be told ---- */

/* The user who deletes: in a referential action not the one whose rights it has. */
static Oid
deleting_user(void)
{
	return InLocalUserIdChange() ? GetOuterUserId() : GetUserId();
}

static bool
may_read(const AkRelation *relation, Oid user)
{
	const AkModel *source = relation->source;
	bool		columns = pg_attribute_aclcheck(source->relid, relation->field->attnum, user,
												ACL_SELECT) == ACLCHECK_OK;

	if (pg_class_aclcheck(source->relid, user, ACL_SELECT) == ACLCHECK_OK)
		return true;
	for (int i = 0; i < source->nkeys; i++)
		columns = columns && pg_attribute_aclcheck(source->relid, source->keys[i]->attnum, user,
												   ACL_SELECT) == ACLCHECK_OK;
	return columns;
}

static bool
policies_are_trusted(const AkRelation *relation)
{
	return !InLocalUserIdChange() &&
		ak_relation_owner(relation->source->relid) == ak_relation_owner(relation->target->relid);
}

/* Leaves of the keys found those that the user may see. */
static AkBlocker *
tell_visible(AkBlocker *found, AkStatement *search, int flags)
{
	AkRelation *relation = found->relation;
	Oid			user = deleting_user();
	AkBlocker  *told = new_blocker(relation);
	bool		readable = may_read(relation, user);

	if (readable && check_enable_rls(relation->source->relid, user, true) != RLS_ENABLED)
		return found;
	if (readable && policies_are_trusted(relation))
		ak_core_run(search, flags, take_blocker, told);
	told->more = told->more || found->more || told->keys->size < found->keys->size;
	return told;
}

AkBlocker *
ak_relation_find_blocker(AkRelation *relation, const AkGoing *going, int flags)
{
	AkBlocker  *found = new_blocker(relation);
	AkStatement search;

	write_search(&search, relation, going);
	if (ak_core_run_as_owner(ak_relation_owner(relation->source->relid), &search, flags,
							 take_blocker, found) == 0)
		return NULL;
	return tell_visible(found, &search, flags);
}

/* ---- reporting ---- */

static AkJson *
describe(const AkBlocker *blocker)
{
	AkJson	   *out = ak_core_json_object();

	ak_core_json_put(out, "model", ak_core_json_string(blocker->relation->source->label));
	ak_core_json_put(out, "field", ak_core_json_string(blocker->relation->field->name));
	ak_core_json_put(out, "keys", blocker->keys);
	ak_core_json_put(out, "more", ak_core_json_bool(blocker->more));
	return out;
}

void
ak_relation_raise_blockers(List *blockers)
{
	AkRelation *first = ((AkBlocker *) linitial(blockers))->relation;
	AkJson	   *detail = ak_core_json_array();
	ListCell   *cell;

	foreach(cell, blockers)
		ak_core_json_push(detail, describe(lfirst(cell)));
	ereport(ERROR,
			(errcode(ERRCODE_RESTRICT_VIOLATION),
			 errmsg("cannot delete from table \"%s\" because rows of model \"%s\" refer to it through \"%s\"",
					first->target->table, first->source->label, first->field->name),
			 errdetail("%s", ak_core_json_to_cstring(detail)),
			 err_generic_string(PG_DIAG_SCHEMA_NAME, first->source->app),
			 err_generic_string(PG_DIAG_TABLE_NAME, first->source->table),
			 first->constraint ? err_generic_string(PG_DIAG_CONSTRAINT_NAME, first->constraint) : 0));
	pg_unreachable();
}
