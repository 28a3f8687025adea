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
		appendStringInfo(sql, "%sr.%s", i ? ", " : "", ak_core_quote(model->keys[i]->column));
	if (model->nkeys == 0)
		appendStringInfoString(sql, "NULL");
}

/* r.a = $1 AND r.b = $2 */
static void
write_one(AkStatement *st, List *fields, const Datum *keys)
{
	for (int i = 0; i < list_length(fields); i++)
	{
		const AkField *field = list_nth(fields, i);

		appendStringInfo(&st->sql, "%sr.%s ", i ? " AND " : "", ak_core_quote(field->column));
		ak_core_operator(&st->sql, ak_core_btree_operator(field->typid, BTEqualStrategyNumber));
		appendStringInfoChar(&st->sql, ' ');
		ak_core_bind(st, field->typid, keys[i], false);
	}
}

/* r.a = ANY ($1); of several columns EXISTS (SELECT FROM unnest($1, $2) u(k0, k1) WHERE r.a = u.k0 AND r.b = u.k1) */
static void
write_many(AkStatement *st, List *fields, const Datum *keys)
{
	const AkField *only = linitial(fields);
	int			count = list_length(fields);

	if (count == 1)
	{
		appendStringInfo(&st->sql, "r.%s ", ak_core_quote(only->column));
		ak_core_operator(&st->sql, ak_core_btree_operator(only->typid, BTEqualStrategyNumber));
		appendStringInfoString(&st->sql, " ANY (");
		ak_core_bind(st, get_array_type(only->typid), keys[0], false);
		appendStringInfoChar(&st->sql, ')');
		return;
	}
	appendStringInfoString(&st->sql, "EXISTS (SELECT FROM ROWS FROM (");
	for (int i = 0; i < count; i++)
	{
		appendStringInfoString(&st->sql, i ? "), pg_catalog.unnest(" : "pg_catalog.unnest(");
		ak_core_bind(st, get_array_type(((AkField *) list_nth(fields, i))->typid), keys[i], false);
	}
	appendStringInfoString(&st->sql, ")) AS u (k0");
	for (int i = 1; i < count; i++)
		appendStringInfo(&st->sql, ", k%d", i);
	for (int i = 0; i < count; i++)
	{
		const AkField *field = list_nth(fields, i);

		appendStringInfo(&st->sql, "%sr.%s ", i ? " AND " : ") WHERE ", ak_core_quote(field->column));
		ak_core_operator(&st->sql, ak_core_btree_operator(field->typid, BTEqualStrategyNumber));
		appendStringInfo(&st->sql, " u.k%d", i);
	}
	appendStringInfoChar(&st->sql, ')');
}

void
ak_relation_write_going(AkStatement *st, List *fields, const AkGoing *going)
{
	if (!going->list)
	{
		write_one(st, fields, going->keys);
		return;
	}
	write_many(st, fields, going->keys);
	if (!going->excepting)
		return;
	appendStringInfoString(&st->sql, " AND NOT ");
	write_many(st, fields, going->except);
}

static void
write_search(AkStatement *st, const AkRelation *relation, const AkGoing *going)
{
	const AkModel *source = relation->source;

	ak_core_statement_init(st);
	appendStringInfoString(&st->sql, "SELECT ");
	write_keys(&st->sql, source);
	appendStringInfo(&st->sql, " FROM %s%s AS r WHERE ", ak_relation_only(source->relid), source->sql_name);
	ak_relation_write_going(st, relation->source_fields, going);
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
	List	   *fields = list_concat(ak_relation_key_fields(source), relation->source_fields);
	ListCell   *cell;

	if (pg_class_aclcheck(source->relid, user, ACL_SELECT) == ACLCHECK_OK)
		return true;
	foreach(cell, fields)
		if (pg_attribute_aclcheck(source->relid, ((AkField *) lfirst(cell))->attnum, user,
								  ACL_SELECT) != ACLCHECK_OK)
			return false;
	return true;
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
