/*
 * link_sql.c
 *		The statements behind related_*: one over the junction, or over the
 *		table whose foreign key is the link.
 *
 * The row's key and the array of targets are a parameter each.  They run as
 * the caller.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "relation/internal.h"

/* A statement being written over a link's table. */
typedef struct AkLinkSql
{
	AkStatement st;
	const AkLink *link;
	bool		junction;
	const char *table;			/* quoted, qualified */
	const char *own;			/* quoted column that holds the key */
	const char *other;			/* quoted column that is among the targets */
	int			key;			/* number of the key's parameter; 0: not bound yet */
	int			targets;		/* of the targets' parameter */
} AkLinkSql;

static void
begin(AkLinkSql *sql, const AkLink *link)
{
	const AkRelation *relation = link->step.relation;
	const char *from;
	const char *to;

	ak_core_statement_init(&sql->st);
	sql->link = link;
	sql->key = sql->targets = 0;
	sql->junction = relation->kind == AK_MANY_TO_MANY;
	if (sql->junction)
	{
		ak_relation_junction(&link->step, &from, &to);
		sql->table = relation->junction_sql;
		sql->own = ak_core_quote(from);
		sql->other = ak_core_quote(to);
	}
	else
	{
		sql->table = link->step.to->sql_name;
		sql->own = ak_core_quote(relation->field->column);
		sql->other = ak_core_quote(link->other_key->column);
	}
}

static void
write_equal(AkLinkSql *sql, Oid type)
{
	appendStringInfoChar(&sql->st.sql, ' ');
	ak_core_operator(&sql->st.sql, ak_core_btree_operator(type, BTEqualStrategyNumber));
	appendStringInfoChar(&sql->st.sql, ' ');
}

/* A parameter is bound where it stands first. */
static void
write_key(AkLinkSql *sql)
{
	if (sql->key > 0)
		ak_core_bind_again(&sql->st, sql->key);
	else
		sql->key = ak_core_bind(&sql->st, sql->link->key.type, sql->link->key.datum, false);
}

static void
write_targets(AkLinkSql *sql)
{
	if (sql->targets > 0)
		ak_core_bind_again(&sql->st, sql->targets);
	else
		sql->targets = ak_core_bind(&sql->st, sql->link->targets.type, sql->link->targets.datum, false);
}

/* own = $1 */
static void
write_own(AkLinkSql *sql)
{
	appendStringInfoString(&sql->st.sql, sql->own);
	write_equal(sql, sql->link->key.type);
	write_key(sql);
}

/* other = ANY ($2) */
static void
write_other(AkLinkSql *sql)
{
	appendStringInfoString(&sql->st.sql, sql->other);
	write_equal(sql, sql->link->other_key->typid);
	appendStringInfoString(&sql->st.sql, "ANY (");
	write_targets(sql);
	appendStringInfoChar(&sql->st.sql, ')');
}

/* Counts the links of a symmetrical relation that begin at the row. */
static bool
count_from_here(TupleTableSlot *row, void *arg)
{
	bool		isnull;

	if (DatumGetBool(slot_getattr(row, 1, &isnull)))
		(*(uint64 *) arg)++;
	return true;
}

/* ---- making links ---- */

/* Through a model nothing need be unique, so what is linked already is left out by looking. */
static void
write_not_linked_yet(AkLinkSql *sql)
{
	appendStringInfo(&sql->st.sql, " WHERE NOT EXISTS (SELECT FROM %s AS j WHERE j.%s",
					 sql->table, sql->own);
	write_equal(sql, sql->link->key.type);
	write_key(sql);
	appendStringInfo(&sql->st.sql, " AND j.%s", sql->other);
	write_equal(sql, sql->link->other_key->typid);
	appendStringInfoString(&sql->st.sql, "t.k)");
}

/* In order of the keys, so that two sessions that add the same do not wait for each other crosswise. */
static uint64
insert_links(AkLinkSql *sql)
{
	const AkLink *link = sql->link;

	appendStringInfo(&sql->st.sql, "INSERT INTO %s (%s, %s", sql->table, sql->own, sql->other);
	for (int i = 0; i < link->nextra; i++)
		appendStringInfo(&sql->st.sql, ", %s", ak_core_quote(link->extra[i]->column));
	appendStringInfoString(&sql->st.sql, ") SELECT ");
	write_key(sql);
	appendStringInfoString(&sql->st.sql, ", t.k");
	for (int i = 0; i < link->nextra; i++)
	{
		const AkValue *value = &link->extra_values[i];

		appendStringInfoString(&sql->st.sql, ", ");
		ak_core_bind(&sql->st, value->type, value->datum, value->isnull);
	}
	appendStringInfoString(&sql->st.sql, " FROM (SELECT DISTINCT u.k FROM pg_catalog.unnest(");
	write_targets(sql);
	appendStringInfoString(&sql->st.sql, ") AS u (k)) AS t");
	if (link->step.relation->goes_through)
		write_not_linked_yet(sql);
	appendStringInfoString(&sql->st.sql, " ORDER BY 2 ON CONFLICT DO NOTHING");
	return ak_core_run(&sql->st, 0, NULL, NULL);
}

/* P0002 for the first target that the caller does not see. */
static void
require_targets(const AkLink *link)
{
	AkLinkSql	sql;
	Datum		missing;
	bool		isnull;

	begin(&sql, link);
	appendStringInfoString(&sql.st.sql, "SELECT t.k FROM pg_catalog.unnest(");
	ak_core_bind(&sql.st, link->targets.type, link->targets.datum, false);
	appendStringInfo(&sql.st.sql, ") AS t (k) WHERE NOT EXISTS (SELECT FROM %s AS c WHERE c.%s",
					 sql.table, sql.other);
	write_equal(&sql, link->other_key->typid);
	appendStringInfoString(&sql.st.sql, "t.k) LIMIT 1");
	if (ak_core_run_one(&sql.st, 0, &missing, &isnull))
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("model \"%s\" has no row with key %s", link->step.to->label,
						ak_core_output_iso(link->other_key->typid, missing))));
}

/* A pair of rows is linked both ways by one statement, in order of the keys too; the ways from here are counted. */
static uint64
insert_both_ways(AkLinkSql *sql)
{
	uint64		count = 0;

	appendStringInfo(&sql->st.sql, "INSERT INTO %s AS j (%s, %s) SELECT ", sql->table, sql->own, sql->other);
	write_key(sql);
	appendStringInfoString(&sql->st.sql, ", u.k FROM pg_catalog.unnest(");
	write_targets(sql);
	appendStringInfoString(&sql->st.sql, ") AS u (k) UNION SELECT u.k, ");
	write_key(sql);
	appendStringInfoString(&sql->st.sql, " FROM pg_catalog.unnest(");
	write_targets(sql);
	appendStringInfo(&sql->st.sql, ") AS u (k) ORDER BY 1, 2 ON CONFLICT DO NOTHING RETURNING ");
	write_own(sql);
	ak_core_run(&sql->st, 0, count_from_here, &count);
	return count;
}

static uint64
point_here(AkLinkSql *sql)
{
	uint64		count;

	appendStringInfo(&sql->st.sql, "UPDATE %s SET %s = ", sql->table, sql->own);
	write_key(sql);
	appendStringInfoString(&sql->st.sql, " WHERE ");
	write_other(sql);
	appendStringInfo(&sql->st.sql, " AND (%s IS NULL OR NOT ", sql->own);
	write_own(sql);
	appendStringInfoChar(&sql->st.sql, ')');
	count = ak_core_run(&sql->st, 0, NULL, NULL);
	if (count < (uint64) sql->link->ntargets)
		require_targets(sql->link);
	return count;
}

uint64
ak_relation_link(const AkLink *link)
{
	AkLinkSql	sql;

	if (link->ntargets == 0)
		return 0;
	begin(&sql, link);
	if (link->step.relation->symmetrical)
		return insert_both_ways(&sql);
	return sql.junction ? insert_links(&sql) : point_here(&sql);
}

/* ---- removing links ---- */

/* A foreign key lets go by becoming null, which it must be able to. */
static void
require_nullable(const AkLink *link)
{
	const AkRelation *relation = link->step.relation;

	if (relation->kind != AK_MANY_TO_MANY && relation->field->not_null)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rows cannot be removed from \"%s\" of model \"%s\"",
						link->step.accessor, link->step.from->label),
				 errdetail("Field \"%s\" of model \"%s\" is not nullable.",
						   relation->field->name, relation->source->label),
				 errhint("Delete the rows, or add them to another row of model \"%s\".",
						 link->step.from->label)));
}

static void
begin_removal(AkLinkSql *sql, const AkLink *link)
{
	begin(sql, link);
	if (sql->junction)
		appendStringInfo(&sql->st.sql, "DELETE FROM %s WHERE ", sql->table);
	else
		appendStringInfo(&sql->st.sql, "UPDATE %s SET %s = NULL WHERE ", sql->table, sql->own);
	write_own(sql);
}

/* Which links are meant: all, to the targets, or to all others. */
typedef enum AkLinkChoice
{
	AK_LINKS_ALL,
	AK_LINKS_TARGETS,
	AK_LINKS_OTHERS
} AkLinkChoice;

static void
write_one_way(AkLinkSql *sql, AkLinkChoice choice)
{
	write_own(sql);
	if (choice == AK_LINKS_ALL)
		return;
	appendStringInfoString(&sql->st.sql, choice == AK_LINKS_TARGETS ? " AND " : " AND NOT ");
	write_other(sql);
}

/* Removes both rows of each pair by one statement; the ways from here are counted. */
static uint64
remove_both_ways(const AkLink *link, AkLinkChoice choice)
{
	AkLinkSql	sql;
	const char *own;
	uint64		count = 0;

	begin(&sql, link);
	own = sql.own;
	appendStringInfo(&sql.st.sql, "DELETE FROM %s WHERE (", sql.table);
	write_one_way(&sql, choice);
	appendStringInfoString(&sql.st.sql, ") OR (");
	sql.own = sql.other;
	sql.other = own;
	write_one_way(&sql, choice);
	sql.own = own;
	appendStringInfoString(&sql.st.sql, ") RETURNING ");
	write_own(&sql);
	ak_core_run(&sql.st, 0, count_from_here, &count);
	return count;
}

uint64
ak_relation_unlink(const AkLink *link)
{
	AkLinkSql	sql;

	require_nullable(link);
	if (link->ntargets == 0)
		return 0;
	if (link->step.relation->symmetrical)
		return remove_both_ways(link, AK_LINKS_TARGETS);
	begin_removal(&sql, link);
	appendStringInfoString(&sql.st.sql, " AND ");
	write_other(&sql);
	return ak_core_run(&sql.st, 0, NULL, NULL);
}

uint64
ak_relation_unlink_all(const AkLink *link)
{
	AkLinkSql	sql;

	require_nullable(link);
	if (link->step.relation->symmetrical)
		return remove_both_ways(link, AK_LINKS_ALL);
	begin_removal(&sql, link);
	return ak_core_run(&sql.st, 0, NULL, NULL);
}

/* Is any row linked that is not among the targets? */
static bool
has_others(const AkLink *link)
{
	AkLinkSql	sql;
	Datum		found;
	bool		isnull;

	begin(&sql, link);
	appendStringInfo(&sql.st.sql, "SELECT 1 FROM %s WHERE ", sql.table);
	write_own(&sql);
	appendStringInfoString(&sql.st.sql, " AND NOT ");
	write_other(&sql);
	appendStringInfoString(&sql.st.sql, " LIMIT 1");
	return ak_core_run_one(&sql.st, 0, &found, &isnull);
}

/* A key that cannot be null refuses only when there is something to remove. */
uint64
ak_relation_unlink_others(const AkLink *link)
{
	const AkRelation *relation = link->step.relation;
	AkLinkSql	sql;

	if (relation->kind != AK_MANY_TO_MANY && relation->field->not_null)
	{
		if (has_others(link))
			require_nullable(link);
		return 0;
	}
	if (relation->symmetrical)
		return remove_both_ways(link, AK_LINKS_OTHERS);
	begin_removal(&sql, link);
	appendStringInfoString(&sql.st.sql, " AND NOT ");
	write_other(&sql);
	return ak_core_run(&sql.st, 0, NULL, NULL);
}

/* ---- looking ---- */

bool
ak_relation_is_linked(const AkLink *link)
{
	AkLinkSql	sql;
	Datum		found;
	bool		isnull;

	begin(&sql, link);
	appendStringInfo(&sql.st.sql, "SELECT 1 FROM %s WHERE ", sql.table);
	write_own(&sql);
	appendStringInfoString(&sql.st.sql, " AND ");
	write_other(&sql);
	appendStringInfoString(&sql.st.sql, " LIMIT 1");
	return ak_core_run_one(&sql.st, AK_RUN_READ, &found, &isnull);
}
