/*
 * reconcile.c
 *		Our tables follow DDL by hand.
 *
 * Room model has brought models and fields in line before; here targets,
 * through models, junctions and native keys follow by the oids last seen.  A
 * junction that was dropped takes its field with it.  A junction whose model's
 * table was dropped is dropped too, as the table's own indexes are, provided
 * that it belongs to the user.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "relation/internal.h"

#define EQ " OPERATOR(pg_catalog.=) "
#define NE " OPERATOR(pg_catalog.<>) "
#define SAME_COLUMNS(a, b) \
	"(" a " OPERATOR(pg_catalog.@>) " b " AND " a " OPERATOR(pg_catalog.<@) " b \
	" AND pg_catalog.cardinality(" a ")" EQ "pg_catalog.cardinality(" b "))"
#define SAME_RELATION(a, b) a ".app" EQ b ".app AND " a ".model" EQ b ".model AND " a ".field" EQ b ".field"

/* A key that is not noted, or noted without a target; ends an INSERT of it. */
#define OPEN_KEY \
	"NOT EXISTS (SELECT FROM aksara.relation_oid o WHERE " SAME_RELATION("o", "r") \
	" AND (o.target IS NOT NULL OR o.source_attnums IS NULL))" \
	" ON CONFLICT (app, model, field) DO UPDATE SET target = EXCLUDED.target," \
	" source_attnums = EXCLUDED.source_attnums, target_attnums = EXCLUDED.target_attnums"

/*
 * A native key was dropped.  Said only when something was: a key that a
 * parallel restore is about to add is not there yet, or not to be seen.
 */
static const char *const dropped_key =
	"UPDATE aksara.relation r SET constraint_name = NULL WHERE r.constraint_name IS NOT NULL"
	" AND NOT EXISTS (SELECT FROM aksara.model_oid m JOIN pg_catalog.pg_constraint c ON c.conrelid" EQ "m.relid"
	" WHERE m.app" EQ "r.app AND m.model" EQ "r.model AND c.contype" EQ "'f' AND c.conname" EQ "r.constraint_name"
	" AND EXISTS (SELECT FROM aksara.model_oid t WHERE t.relid" EQ "c.confrelid"
	" AND t.app" EQ "r.target_app AND t.model" EQ "r.target_model))";

static const char *const statements[] = {
	/* Rows that a parallel restore brought before their fields. */
	"WITH ready AS (DELETE FROM aksara.early e USING aksara.model m"
	" LEFT JOIN aksara.model_oid o ON o.app" EQ "m.app AND o.model" EQ "m.name"
	" LEFT JOIN pg_catalog.pg_class c ON c.oid" EQ "o.relid"
	" LEFT JOIN aksara.model_claim k ON k.app" EQ "m.app AND k.model" EQ "m.name"
	" WHERE e.kind" EQ "'relation' AND m.app" EQ "e.app AND m.name" EQ "e.model"
	" AND EXISTS (SELECT FROM aksara.field f WHERE f.app" EQ "m.app AND f.model" EQ "m.name"
	" AND f.name" EQ "(e.content OPERATOR(pg_catalog.->>) 'field')"
	" AND f.kind" EQ "(e.content OPERATOR(pg_catalog.->>) 'kind'))"
	" AND (pg_catalog.pg_has_role(e.role, coalesce(c.relowner, k.role), 'USAGE')"
	" OR EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid" EQ "e.role AND r.rolsuper))"
	" RETURNING e.content)"
	" INSERT INTO aksara.relation SELECT r.*"
	" FROM ready, pg_catalog.json_populate_record(NULL::aksara.relation, content) r"
	" ON CONFLICT DO NOTHING",

	/* A target or through model was moved to another schema. */
	"UPDATE aksara.relation r SET target_app = m.app, target_model = m.model"
	" FROM aksara.relation_oid o, aksara.model_oid m"
	" WHERE " SAME_RELATION("o", "r") " AND m.relid" EQ "o.target"
	" AND (r.target_app" NE "m.app OR r.target_model" NE "m.model)",

	"UPDATE aksara.relation r SET through_app = m.app, through_model = m.model"
	" FROM aksara.relation_oid o, aksara.model_oid m"
	" WHERE " SAME_RELATION("o", "r") " AND m.relid" EQ "o.junction AND r.through_model IS NOT NULL"
	" AND (r.through_app" NE "m.app OR r.through_model" NE "m.model)",

	/* A junction, or one of its two columns, was dropped. */
	"DELETE FROM aksara.field f USING aksara.relation r, aksara.relation_oid o"
	" WHERE r.app" EQ "f.app AND r.model" EQ "f.model AND r.field" EQ "f.name"
	" AND " SAME_RELATION("o", "r")
	" AND r.junction_table IS NOT NULL AND o.junction IS NOT NULL"
	" AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid" EQ "o.junction"
	" AND NOT a.attisdropped AND a.attnum OPERATOR(pg_catalog.=) ANY"
	" (pg_catalog.array_cat(o.source_attnums, o.target_attnums)))"
	" OPERATOR(pg_catalog.<) pg_catalog.cardinality(pg_catalog.array_cat(o.source_attnums, o.target_attnums))",

	/* A junction was moved or renamed. */
	"UPDATE aksara.relation r SET junction_schema = n.nspname, junction_table = c.relname,"
	" source_columns = " AK_NAMES("c.oid", "o.source_attnums") ", target_columns = " AK_NAMES("c.oid", "o.target_attnums")
	" FROM aksara.relation_oid o, pg_catalog.pg_class c, pg_catalog.pg_namespace n"
	" WHERE " SAME_RELATION("o", "r") " AND r.junction_table IS NOT NULL"
	" AND c.oid" EQ "o.junction AND n.oid" EQ "c.relnamespace"
	" AND (r.junction_schema" NE "n.nspname OR r.junction_table" NE "c.relname"
	" OR r.source_columns" NE AK_NAMES("c.oid", "o.source_attnums")
	" OR r.target_columns" NE AK_NAMES("c.oid", "o.target_attnums") ")",

	/* A column of a key of several was dropped: what is left of it refers to nothing. */
	"DELETE FROM aksara.field f USING aksara.relation r, aksara.relation_oid o, aksara.model_oid m"
	" WHERE r.app" EQ "f.app AND r.model" EQ "f.model AND r.field" EQ "f.name"
	" AND " SAME_RELATION("o", "r") " AND m.app" EQ "r.app AND m.model" EQ "r.model"
	" AND r.junction_table IS NULL AND o.source_attnums IS NOT NULL"
	" AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid" EQ "m.relid"
	" AND NOT a.attisdropped AND a.attnum OPERATOR(pg_catalog.=) ANY (o.source_attnums))"
	" OPERATOR(pg_catalog.<) pg_catalog.cardinality(o.source_attnums)",

	/* A column of a key of several, or one that it refers to, was renamed. */
	"UPDATE aksara.relation r SET source_columns = " AK_NAMES("m.relid", "o.source_attnums")
	" FROM aksara.relation_oid o, aksara.model_oid m"
	" WHERE " SAME_RELATION("o", "r") " AND r.junction_table IS NULL AND r.source_columns IS NOT NULL"
	" AND m.app" EQ "r.app AND m.model" EQ "r.model AND o.source_attnums IS NOT NULL"
	" AND r.source_columns" NE AK_NAMES("m.relid", "o.source_attnums"),

	"UPDATE aksara.relation r SET target_columns = " AK_NAMES("o.target", "o.target_attnums")
	" FROM aksara.relation_oid o"
	" WHERE " SAME_RELATION("o", "r") " AND r.junction_table IS NULL AND r.target_columns IS NOT NULL"
	" AND o.target_attnums IS NOT NULL"
	" AND r.target_columns" NE AK_NAMES("o.target", "o.target_attnums"),

	/* A native key was renamed or added.  Each is one relation's: it keeps its own, then who lost one comes first. */
	"WITH keys AS (SELECT q.app, q.model, q.field, q.constraint_name, m.relid, t.relid AS target,"
	" coalesce(o.source_attnums, ARRAY[a.attnum]) AS numbers,"
	" coalesce(f.options OPERATOR(pg_catalog.->>) 'db_constraint', '')" EQ "'false' AS free"
	" FROM aksara.relation q"
	" JOIN aksara.field f ON f.app" EQ "q.app AND f.model" EQ "q.model AND f.name" EQ "q.field"
	" JOIN aksara.model_oid m ON m.app" EQ "q.app AND m.model" EQ "q.model"
	" LEFT JOIN aksara.field_attnum a ON " SAME_RELATION("a", "q")
	" LEFT JOIN aksara.relation_oid o ON " SAME_RELATION("o", "q") " AND q.junction_table IS NULL"
	" LEFT JOIN aksara.model_oid t ON t.app" EQ "q.target_app AND t.model" EQ "q.target_model"
	" WHERE a.attnum IS NOT NULL OR o.source_attnums IS NOT NULL),"
	" taken AS (SELECT DISTINCT ON (c.oid) k.app, k.model, k.field, c.conname, c.conname" EQ "k.constraint_name AS same"
	" FROM keys k JOIN pg_catalog.pg_constraint c ON c.contype" EQ "'f' AND c.conrelid" EQ "k.relid"
	" AND c.confrelid" EQ "k.target AND " SAME_COLUMNS("c.conkey", "k.numbers")
	" WHERE NOT k.free AND (c.conname" EQ "k.constraint_name OR NOT EXISTS (SELECT FROM pg_catalog.pg_constraint x"
	" WHERE x.conrelid" EQ "k.relid AND x.contype" EQ "'f' AND x.conname" EQ "k.constraint_name))"
	" ORDER BY c.oid, c.conname" EQ "k.constraint_name DESC NULLS LAST, k.constraint_name IS NULL, k.field),"
	" chosen AS (SELECT DISTINCT ON (app, model, field) app, model, field, conname FROM taken"
	" ORDER BY app, model, field, same DESC NULLS LAST, conname)"
	" UPDATE aksara.relation r SET constraint_name = n.conname"
	" FROM chosen n WHERE " SAME_RELATION("n", "r")
	" AND NOT coalesce(r.constraint_name" EQ "n.conname, false)",

	/* A target is gone. */
	"UPDATE aksara.relation_oid o SET target = NULL WHERE o.target IS NOT NULL"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid" EQ "o.target)",

	/* A junction was restored before its target. */
	"UPDATE aksara.relation_oid o SET target = t.relid FROM aksara.relation r, aksara.model_oid t"
	" WHERE " SAME_RELATION("o", "r") " AND r.junction_table IS NOT NULL AND o.target IS NULL"
	" AND t.app" EQ "r.target_app AND t.model" EQ "r.target_model"
	" AND EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.contype" EQ "'f' AND c.conrelid" EQ "o.junction"
	" AND " SAME_COLUMNS("c.conkey", "o.target_attnums") " AND c.confrelid" EQ "t.relid)",

	/* Relations that were restored, by their names. */
	"INSERT INTO aksara.relation_oid (app, model, field, target, source_attnums, target_attnums)"
	" SELECT r.app, r.model, r.field, c.confrelid, " AK_NUMBERS("m.relid", "r.source_columns") ", "
	AK_NUMBERS("t.relid", "r.target_columns")
	" FROM aksara.relation r"
	" JOIN aksara.model_oid m ON m.app" EQ "r.app AND m.model" EQ "r.model"
	" LEFT JOIN aksara.model_oid t ON t.app" EQ "r.target_app AND t.model" EQ "r.target_model"
	" JOIN pg_catalog.pg_constraint c ON c.conrelid" EQ "m.relid AND c.conname" EQ "r.constraint_name"
	" WHERE c.contype" EQ "'f' AND " OPEN_KEY,

	/* Those that are to have no native key: it is the right to one that counts. */
	"INSERT INTO aksara.relation_oid (app, model, field, target, source_attnums, target_attnums)"
	" SELECT r.app, r.model, r.field, t.relid, " AK_NUMBERS("m.relid", "r.source_columns") ", k.numbers"
	" FROM aksara.relation r"
	" JOIN aksara.model_oid m ON m.app" EQ "r.app AND m.model" EQ "r.model"
	" JOIN aksara.model_oid t ON t.app" EQ "r.target_app AND t.model" EQ "r.target_model"
	" JOIN pg_catalog.pg_class c ON c.oid" EQ "m.relid"
	" JOIN aksara.field f ON f.app" EQ "r.app AND f.model" EQ "r.model AND f.name" EQ "r.field"
	" CROSS JOIN LATERAL (SELECT " AK_NUMBERS("t.relid", "r.target_columns") " AS numbers) k"
	" WHERE r.junction_table IS NULL AND r.constraint_name IS NULL"
	" AND (f.options OPERATOR(pg_catalog.->>) 'db_constraint')" EQ "'false'"
	" AND pg_catalog.cardinality(k.numbers)" EQ "pg_catalog.cardinality(r.target_columns)"
	" AND NOT EXISTS (SELECT FROM pg_catalog.unnest(k.numbers) u (attnum)"
	" WHERE NOT pg_catalog.has_column_privilege(c.relowner, t.relid, u.attnum, 'REFERENCES'))"
	" AND " OPEN_KEY,

	/* Those over several columns whose target is not there. */
	"INSERT INTO aksara.relation_oid (app, model, field, source_attnums)"
	" SELECT r.app, r.model, r.field, k.numbers"
	" FROM aksara.relation r"
	" JOIN aksara.model_oid m ON m.app" EQ "r.app AND m.model" EQ "r.model"
	" CROSS JOIN LATERAL (SELECT " AK_NUMBERS("m.relid", "r.source_columns") " AS numbers) k"
	" WHERE r.junction_table IS NULL AND r.kind" NE "'ManyToMany'"
	" AND pg_catalog.cardinality(k.numbers)" EQ "pg_catalog.cardinality(r.source_columns)"
	" AND NOT EXISTS (SELECT FROM aksara.relation_oid o WHERE " SAME_RELATION("o", "r") ") ON CONFLICT DO NOTHING",

	"INSERT INTO aksara.relation_oid (app, model, field, target, junction)"
	" SELECT r.app, r.model, r.field, t.relid, j.relid"
	" FROM aksara.relation r"
	" JOIN aksara.model_oid t ON t.app" EQ "r.target_app AND t.model" EQ "r.target_model"
	" JOIN aksara.model_oid j ON j.app" EQ "r.through_app AND j.model" EQ "r.through_model"
	" WHERE NOT EXISTS (SELECT FROM aksara.relation_oid o WHERE " SAME_RELATION("o", "r") ") ON CONFLICT DO NOTHING",

	"INSERT INTO aksara.relation_oid (app, model, field, target, junction, source_attnums, target_attnums)"
	" SELECT r.app, r.model, r.field, m.relid, c.oid, s.numbers, t.numbers"
	" FROM aksara.relation r"
	" JOIN aksara.model_oid i ON i.app" EQ "r.app AND i.model" EQ "r.model"
	" JOIN pg_catalog.pg_class d ON d.oid" EQ "i.relid"
	" JOIN pg_catalog.pg_namespace n ON n.nspname" EQ "r.junction_schema"
	" JOIN pg_catalog.pg_class c ON c.relnamespace" EQ "n.oid AND c.relname" EQ "r.junction_table"
	" AND pg_catalog.pg_has_role(d.relowner, c.relowner, 'USAGE')"
	" CROSS JOIN LATERAL (SELECT " AK_NUMBERS("c.oid", "r.source_columns") " AS numbers) s"
	" CROSS JOIN LATERAL (SELECT " AK_NUMBERS("c.oid", "r.target_columns") " AS numbers) t"
	" LEFT JOIN aksara.model_oid m ON m.app" EQ "r.target_app AND m.model" EQ "r.target_model"
	" WHERE pg_catalog.cardinality(s.numbers)" EQ "pg_catalog.cardinality(r.source_columns)"
	" AND pg_catalog.cardinality(t.numbers)" EQ "pg_catalog.cardinality(r.target_columns)"
	" AND NOT EXISTS (SELECT FROM aksara.relation_oid o WHERE " SAME_RELATION("o", "r") ") ON CONFLICT DO NOTHING",

	"INSERT INTO aksara.junction_oid (junction, source, table_name)"
	" SELECT o.junction, m.relid, c.relname"
	" FROM aksara.relation r"
	" JOIN aksara.relation_oid o ON " SAME_RELATION("o", "r")
	" JOIN aksara.model_oid m ON m.app" EQ "r.app AND m.model" EQ "r.model"
	" JOIN pg_catalog.pg_class c ON c.oid" EQ "o.junction"
	" WHERE r.junction_table IS NOT NULL"
	" ON CONFLICT (junction) DO NOTHING",

	/* Junctions that were renamed, and those that are gone. */
	"UPDATE aksara.junction_oid j SET table_name = c.relname FROM pg_catalog.pg_class c"
	" WHERE c.oid" EQ "j.junction AND c.relname" NE "j.table_name"
	" AND EXISTS (SELECT FROM pg_catalog.pg_class s WHERE s.oid" EQ "j.source)",

	"DELETE FROM aksara.junction_oid j"
	" WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid" EQ "j.junction"
	" AND (c.relname" EQ "j.table_name"
	" OR EXISTS (SELECT FROM pg_catalog.pg_class s WHERE s.oid" EQ "j.source)))",

	/* One whose relation was given up while its model's table stays is the user's own from now on. */
	"DELETE FROM aksara.junction_oid j"
	" WHERE NOT EXISTS (SELECT FROM aksara.relation_oid o WHERE o.junction" EQ "j.junction)"
	" AND EXISTS (SELECT FROM pg_catalog.pg_class s WHERE s.oid" EQ "j.source)",
};

/* ---- junctions without their model's table ---- */

static void
take_orphan(HeapTuple row, TupleDesc desc, void *arg)
{
	List	  **orphans = arg;
	Oid			junction = atooid(ak_core_registry_column(row, desc, "junction"));
	Oid			source = atooid(ak_core_registry_column(row, desc, "source"));

	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(source)))
		*orphans = lappend_oid(*orphans, junction);
}

/* Forgotten first: dropping it brings us here again. */
static void
drop_orphan(Oid junction)
{
	char	   *table = get_rel_name(junction);
	char	   *schema = table ? get_namespace_name(get_rel_namespace(junction)) : NULL;

	ak_relation_forget_junction(junction);
	if (schema == NULL || !ak_table_owned(junction))
		return;
	ereport(NOTICE, (errmsg("drop cascades to table %s", ak_core_qualified(schema, table))));
	ak_core_ddl("DROP TABLE %s", ak_core_qualified(schema, table));
}

void
ak_relation_reconcile(void)
{
	List	   *orphans = NIL;
	ListCell   *cell;

	if (!OidIsValid(ak_core_table("junction_oid")))
		return;
	for (int i = 0; i < (int) lengthof(statements); i++)
		ak_core_registry_write(statements[i], 0, NULL, NULL, NULL);
	if (ak_model_follows_drop())
		ak_core_registry_write(dropped_key, 0, NULL, NULL, NULL);
	ak_core_registry_scan("junction_oid", take_orphan, &orphans);
	foreach(cell, orphans)
		drop_orphan(lfirst_oid(cell));
}
