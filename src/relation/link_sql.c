/*
 * link_sql.c
 *		The statements behind related_*: one over the junction, or over the
 *		table whose foreign key is the link.
 *
 * Each value of the row's key, and the array of each field of the targets'
 * keys, is a parameter.  The table is called j.  They run as the caller.
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
	List	   *own;			/* quoted columns that hold the key, of char * */
	List	   *other;			/* quoted columns that are among the targets */
	int			keys[AK_MOST_KEYS]; /* numbers of the key's parameters; 0: not bound yet */
	int			targets[AK_MOST_KEYS];	/* and of the targets' */
} AkLinkSql;

static List *
quoted(List *columns)
{
	List	   *out = NIL;
	ListCell   *cell;

	foreach(cell, columns)
		out = lappend(out, unconstify(char *, ak_core_quote(lfirst(cell))));
	return out;
}

static void
begin(AkLinkSql *sql, const AkLink *link)
{
	const AkRelation *relation = link->step.relation;
	List	   *from;
	List	   *to;

	memset(sql, 0, sizeof(AkLinkSql));
	ak_core_statement_init(&sql->st);
	sql->link = link;
	sql->junction = relation->kind == AK_MANY_TO_MANY;
	if (sql->junction)
	{
		ak_relation_junction(&link->step, &from, &to);
		sql->table = relation->junction_sql;
	}
	else
	{
		from = ak_relation_column_names(relation->source_fields);
		to = ak_relation_column_names(link->other_keys);
		sql->table = link->step.to->sql_name;
	}
	sql->own = quoted(from);
	sql->other = quoted(to);
}

static void
write_equal(AkLinkSql *sql, Oid type)
{
	appendStringInfoChar(&sql->st.sql, ' ');
	ak_core_operator(&sql->st.sql, ak_core_btree_operator(type, BTEqualStrategyNumber));
	appendStringInfoChar(&sql->st.sql, ' ');
}

/* Column i's value; a parameter is bound where it stands first. */
static void
write_key(AkLinkSql *sql, int i)
{
	const AkValue *value = &sql->link->keys[i];

	if (sql->keys[i] > 0)
		ak_core_bind_again(&sql->st, sql->keys[i]);
	else
		sql->keys[i] = ak_core_bind(&sql->st, value->type, value->datum, false);
}

/* The whole key, as columns. */
static void
write_keys(AkLinkSql *sql)
{
	for (int i = 0; i < sql->link->nkeys; i++)
	{
		appendStringInfoString(&sql->st.sql, i ? ", " : "");
		write_key(sql, i);
	}
}

static void
write_target(AkLinkSql *sql, int i)
{
	const AkValue *list = &sql->link->targets[i];

	if (sql->targets[i] > 0)
		ak_core_bind_again(&sql->st, sql->targets[i]);
	else
		sql->targets[i] = ak_core_bind(&sql->st, list->type, list->datum, false);
}

static int
other_count(const AkLinkSql *sql)
{
	return list_length(sql->link->other_keys);
}

static Oid
other_type(const AkLinkSql *sql, int i)
{
	return ((AkField *) list_nth(sql->link->other_keys, i))->typid;
}

/* a, b; with what stands before each */
static void
write_columns(AkLinkSql *sql, const char *before, List *columns)
{
	for (int i = 0; i < list_length(columns); i++)
		appendStringInfo(&sql->st.sql, "%s%s%s", i ? ", " : "", before, (char *) list_nth(columns, i));
}

/* t.k0, t.k1 */
static void
write_unnested(AkLinkSql *sql, const char *alias)
{
	for (int i = 0; i < other_count(sql); i++)
		appendStringInfo(&sql->st.sql, "%s%s.k%d", i ? ", " : "", alias, i);
}

/* ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) AS u (k0, k1): the targets */
static void
write_targets(AkLinkSql *sql)
{
	appendStringInfoString(&sql->st.sql, "ROWS FROM (");
	for (int i = 0; i < other_count(sql); i++)
	{
		appendStringInfoString(&sql->st.sql, i ? ", pg_catalog.unnest(" : "pg_catalog.unnest(");
		write_target(sql, i);
		appendStringInfoChar(&sql->st.sql, ')');
	}
	appendStringInfoString(&sql->st.sql, ") AS u (");
	for (int i = 0; i < other_count(sql); i++)
		appendStringInfo(&sql->st.sql, "%sk%d", i ? ", " : "", i);
	appendStringInfoChar(&sql->st.sql, ')');
}

/* (j.own = $1 AND …) */
static void
write_own(AkLinkSql *sql)
{
	for (int i = 0; i < sql->link->nkeys; i++)
	{
		appendStringInfo(&sql->st.sql, "%sj.%s", i ? " AND " : "(", (char *) list_nth(sql->own, i));
		write_equal(sql, sql->link->keys[i].type);
		write_key(sql, i);
	}
	appendStringInfoChar(&sql->st.sql, ')');
}

/* j.other = alias.k0 AND … */
static void
write_same_other(AkLinkSql *sql, const char *alias)
{
	for (int i = 0; i < other_count(sql); i++)
	{
		appendStringInfo(&sql->st.sql, "%sj.%s", i ? " AND " : "", (char *) list_nth(sql->other, i));
		write_equal(sql, other_type(sql, i));
		appendStringInfo(&sql->st.sql, "%s.k%d", alias, i);
	}
}

/* j.other = ANY ($2); a key of several fields is one of the unnested ones */
static void
write_other(AkLinkSql *sql)
{
	if (other_count(sql) == 1)
	{
		appendStringInfo(&sql->st.sql, "j.%s", (char *) linitial(sql->other));
		write_equal(sql, other_type(sql, 0));
		appendStringInfoString(&sql->st.sql, "ANY (");
		write_target(sql, 0);
		appendStringInfoChar(&sql->st.sql, ')');
		return;
	}
	appendStringInfoString(&sql->st.sql, "EXISTS (SELECT FROM ");
	write_targets(sql);
	appendStringInfoString(&sql->st.sql, " WHERE ");
	write_same_other(sql, "u");
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
	appendStringInfo(&sql->st.sql, " WHERE NOT EXISTS (SELECT FROM %s AS j WHERE ", sql->table);
	for (int i = 0; i < sql->link->nkeys; i++)
	{
		appendStringInfo(&sql->st.sql, "j.%s", (char *) list_nth(sql->own, i));
		write_equal(sql, sql->link->keys[i].type);
		appendStringInfo(&sql->st.sql, "t.o%d AND ", i);
	}
	write_same_other(sql, "t");
	appendStringInfoChar(&sql->st.sql, ')');
}

/* The pairs of keys to link, each once; a link without direction both ways. */
static void
write_pairs(AkLinkSql *sql)
{
	appendStringInfoString(&sql->st.sql, "SELECT DISTINCT ");
	write_keys(sql);
	appendStringInfoString(&sql->st.sql, ", ");
	write_unnested(sql, "u");
	appendStringInfoString(&sql->st.sql, " FROM ");
	write_targets(sql);
	if (!sql->link->step.relation->symmetrical)
		return;
	appendStringInfoString(&sql->st.sql, " UNION SELECT ");
	write_unnested(sql, "u");
	appendStringInfoString(&sql->st.sql, ", ");
	write_keys(sql);
	appendStringInfoString(&sql->st.sql, " FROM ");
	write_targets(sql);
}

/* [alias.]o0, [alias.]o1 …, [alias.]k0, … */
static void
write_pair_names(AkLinkSql *sql, const char *alias)
{
	for (int i = 0; i < sql->link->nkeys; i++)
		appendStringInfo(&sql->st.sql, "%s%so%d", i ? ", " : "", alias, i);
	for (int i = 0; i < other_count(sql); i++)
		appendStringInfo(&sql->st.sql, ", %sk%d", alias, i);
}

/* One statement, in order of the keys, so that two sessions that add the same do not wait for each other crosswise. */
static void
write_insert(AkLinkSql *sql)
{
	const AkLink *link = sql->link;

	appendStringInfo(&sql->st.sql, "INSERT INTO %s AS j (", sql->table);
	write_columns(sql, "", sql->own);
	appendStringInfoString(&sql->st.sql, ", ");
	write_columns(sql, "", sql->other);
	for (int i = 0; i < link->nextra; i++)
		appendStringInfo(&sql->st.sql, ", %s", ak_core_quote(link->extra[i]->column));
	appendStringInfoString(&sql->st.sql, ") SELECT ");
	write_pair_names(sql, "t.");
	for (int i = 0; i < link->nextra; i++)
	{
		const AkValue *value = &link->extra_values[i];

		appendStringInfoString(&sql->st.sql, ", ");
		ak_core_bind(&sql->st, value->type, value->datum, value->isnull);
	}
	appendStringInfoString(&sql->st.sql, " FROM (");
	write_pairs(sql);
	appendStringInfoString(&sql->st.sql, ") AS t (");
	write_pair_names(sql, "");
	appendStringInfoChar(&sql->st.sql, ')');
	if (link->step.relation->goes_through)
		write_not_linked_yet(sql);
	appendStringInfoString(&sql->st.sql, " ORDER BY ");
	write_pair_names(sql, "t.");
	appendStringInfoString(&sql->st.sql, " ON CONFLICT DO NOTHING");
}

/* Of rows linked both ways the way from here is counted. */
static uint64
insert_links(AkLinkSql *sql)
{
	uint64		count = 0;

	write_insert(sql);
	if (!sql->link->step.relation->symmetrical)
		return ak_core_run(&sql->st, 0, NULL, NULL);
	appendStringInfoString(&sql->st.sql, " RETURNING ");
	write_own(sql);
	ak_core_run(&sql->st, 0, count_from_here, &count);
	return count;
}

/* Takes the text of the row: values side by side. */
static bool
take_text(TupleTableSlot *row, void *arg)
{
	StringInfo	text = arg;
	int			count = row->tts_tupleDescriptor->natts;

	for (int i = 0; i < count; i++)
	{
		bool		isnull;
		Datum		value = slot_getattr(row, i + 1, &isnull);

		appendStringInfo(text, "%s%s", i ? ", " : count > 1 ? "(" : "",
						 ak_core_output_iso(TupleDescAttr(row->tts_tupleDescriptor, i)->atttypid, value));
	}
	appendStringInfoString(text, count > 1 ? ")" : "");
	return false;
}

/* P0002 for the first target that the caller does not see. */
static void
require_targets(const AkLink *link)
{
	AkLinkSql	sql;
	StringInfoData missing;

	begin(&sql, link);
	initStringInfo(&missing);
	appendStringInfoString(&sql.st.sql, "SELECT ");
	write_unnested(&sql, "u");
	appendStringInfoString(&sql.st.sql, " FROM ");
	write_targets(&sql);
	appendStringInfo(&sql.st.sql, " WHERE NOT EXISTS (SELECT FROM %s AS j WHERE ", sql.table);
	write_same_other(&sql, "u");
	appendStringInfoString(&sql.st.sql, ") LIMIT 1");
	if (ak_core_run(&sql.st, 0, take_text, &missing) > 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("model \"%s\" has no row with key %s", link->step.to->label, missing.data)));
}

static uint64
point_here(AkLinkSql *sql)
{
	uint64		count;

	appendStringInfo(&sql->st.sql, "UPDATE %s AS j SET ", sql->table);
	for (int i = 0; i < sql->link->nkeys; i++)
	{
		appendStringInfo(&sql->st.sql, "%s%s = ", i ? ", " : "", (char *) list_nth(sql->own, i));
		write_key(sql, i);
	}
	appendStringInfoString(&sql->st.sql, " WHERE ");
	write_other(sql);
	appendStringInfoString(&sql->st.sql, " AND ");
	write_own(sql);
	appendStringInfoString(&sql->st.sql, " IS NOT TRUE");
	count = ak_core_run(&sql->st, 0, NULL, NULL);
	if (count < (uint64) sql->link->ntargets)
		require_targets(sql->link);
	return count;
}

uint64
ak_relation_insert_links(const AkLink *link)
{
	AkLinkSql	sql;

	if (link->ntargets == 0)
		return 0;
	ak_relation_check_fit(link);
	begin(&sql, link);
	return sql.junction ? insert_links(&sql) : point_here(&sql);
}

/* ---- removing links ---- */

/* Can the foreign key let go?  Its columns that can be null become so. */
static bool
lets_go(const AkRelation *relation)
{
	ListCell   *cell;

	foreach(cell, relation->source_fields)
		if (!((AkField *) lfirst(cell))->not_null)
			return true;
	return relation->kind == AK_MANY_TO_MANY;
}

static void
require_nullable(const AkLink *link)
{
	const AkRelation *relation = link->step.relation;

	if (!lets_go(relation))
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
write_set_null(AkLinkSql *sql)
{
	const char *before = "";
	ListCell   *cell;

	foreach(cell, sql->link->step.relation->source_fields)
	{
		const AkField *field = lfirst(cell);

		if (field->not_null)
			continue;
		appendStringInfo(&sql->st.sql, "%s%s = NULL", before, ak_core_quote(field->column));
		before = ", ";
	}
}

static void
begin_removal(AkLinkSql *sql, const AkLink *link)
{
	begin(sql, link);
	if (sql->junction)
		appendStringInfo(&sql->st.sql, "DELETE FROM %s AS j", sql->table);
	else
	{
		appendStringInfo(&sql->st.sql, "UPDATE %s AS j SET ", sql->table);
		write_set_null(sql);
	}
	appendStringInfoString(&sql->st.sql, " WHERE ");
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
	List	   *own;
	uint64		count = 0;

	begin(&sql, link);
	own = sql.own;
	appendStringInfo(&sql.st.sql, "DELETE FROM %s AS j WHERE (", sql.table);
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
ak_relation_delete_links(const AkLink *link)
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
ak_relation_delete_all_links(const AkLink *link)
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
	appendStringInfo(&sql.st.sql, "SELECT 1 FROM %s AS j WHERE ", sql.table);
	write_own(&sql);
	appendStringInfoString(&sql.st.sql, " AND NOT ");
	write_other(&sql);
	appendStringInfoString(&sql.st.sql, " LIMIT 1");
	return ak_core_run_one(&sql.st, 0, &found, &isnull);
}

/* A key that cannot be null refuses only when there is something to remove. */
uint64
ak_relation_delete_other_links(const AkLink *link)
{
	const AkRelation *relation = link->step.relation;
	AkLinkSql	sql;

	if (!lets_go(relation))
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
	appendStringInfo(&sql.st.sql, "SELECT 1 FROM %s AS j WHERE ", sql.table);
	write_own(&sql);
	appendStringInfoString(&sql.st.sql, " AND ");
	write_other(&sql);
	appendStringInfoString(&sql.st.sql, " LIMIT 1");
	return ak_core_run_one(&sql.st, AK_RUN_READ, &found, &isnull);
}

/* ---- what a change will touch ---- */

/* A list of keys, and of which model. */
typedef struct AkLinkIds
{
	const AkModel *model;
	AkJson	   *list;
} AkLinkIds;

static bool
take_id(TupleTableSlot *row, void *arg)
{
	AkLinkIds  *ids = arg;

	ak_core_json_push(ids->list, ak_model_leading_key(ids->model, row));
	return true;
}

/* The targets that are not linked yet. */
static void
write_new_ids(AkLinkSql *sql)
{
	appendStringInfoString(&sql->st.sql, "SELECT DISTINCT ");
	write_unnested(sql, "u");
	appendStringInfoString(&sql->st.sql, " FROM ");
	write_targets(sql);
	appendStringInfo(&sql->st.sql, " WHERE NOT EXISTS (SELECT FROM %s AS j WHERE ", sql->table);
	write_own(sql);
	appendStringInfoString(&sql->st.sql, " AND ");
	write_same_other(sql, "u");
	appendStringInfoString(&sql->st.sql, ") ORDER BY ");
	write_unnested(sql, "u");
}

/* The rows that are linked, as far as the change is about them. */
static void
write_linked_ids(AkLinkSql *sql, AkLinkAction action)
{
	appendStringInfoString(&sql->st.sql, "SELECT DISTINCT ");
	write_columns(sql, "j.", sql->other);
	appendStringInfo(&sql->st.sql, " FROM %s AS j WHERE ", sql->table);
	write_one_way(sql, action == AK_LINK_CLEAR ? AK_LINKS_ALL : action == AK_LINK_REMOVE ? AK_LINKS_TARGETS : AK_LINKS_OTHERS);
	appendStringInfoString(&sql->st.sql, " ORDER BY ");
	write_columns(sql, "j.", sql->other);
}

AkJson *
ak_relation_link_ids(const AkLink *link, AkLinkAction action)
{
	AkLinkIds	ids = {link->step.to, ak_core_json_array()};
	AkLinkSql	sql;

	if (link->ntargets == 0 && (action == AK_LINK_ADD || action == AK_LINK_REMOVE))
		return ids.list;
	if (action == AK_LINK_ADD)
		ak_relation_check_fit(link);
	begin(&sql, link);
	if (action == AK_LINK_ADD)
		write_new_ids(&sql);
	else
		write_linked_ids(&sql, action);
	ak_core_run(&sql.st, 0, take_id, &ids);
	return ids.list;
}
