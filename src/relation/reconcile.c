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
#define SAME_RELATION(a, b) a ".app" EQ b ".app AND " a ".model" EQ b ".model AND " a ".field" EQ b ".field"

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
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute s, pg_catalog.pg_attribute t"
	" WHERE s.attrelid" EQ "o.junction AND s.attnum" EQ "o.source_attnum AND NOT s.attisdropped"
	" AND t.attrelid" EQ "o.junction AND t.attnum" EQ "o.target_attnum AND NOT t.attisdropped)",

	/* A junction was moved or renamed. */
	"UPDATE aksara.relation r SET junction_schema = n.nspname, junction_table = c.relname,"
	" source_column = s.attname, target_column = t.attname"
	" FROM aksara.relation_oid o, pg_catalog.pg_class c, pg_catalog.pg_namespace n,"
	" pg_catalog.pg_attribute s, pg_catalog.pg_attribute t"
	" WHERE " SAME_RELATION("o", "r") " AND r.junction_table IS NOT NULL"
	" AND c.oid" EQ "o.junction AND n.oid" EQ "c.relnamespace"
	" AND s.attrelid" EQ "c.oid AND s.attnum" EQ "o.source_attnum"
	" AND t.attrelid" EQ "c.oid AND t.attnum" EQ "o.target_attnum"
	" AND (r.junction_schema" NE "n.nspname OR r.junction_table" NE "c.relname"
	" OR r.source_column" NE "s.attname OR r.target_column" NE "t.attname)",

	/* A native key was renamed, dropped or added. */
	"UPDATE aksara.relation r SET constraint_name = k.name"
	" FROM (SELECT q.app, q.model, q.field, (SELECT c.conname FROM pg_catalog.pg_constraint c"
	" WHERE c.contype" EQ "'f' AND c.conrelid" EQ "m.relid AND c.conkey" EQ "ARRAY[a.attnum]"
	" AND c.confrelid" EQ "t.relid"
	" ORDER BY (c.conname" EQ "q.constraint_name) DESC NULLS LAST, c.conname LIMIT 1) AS name"
	" FROM aksara.relation q"
	" JOIN aksara.model_oid m ON m.app" EQ "q.app AND m.model" EQ "q.model"
	" JOIN aksara.field_attnum a ON " SAME_RELATION("a", "q")
	" LEFT JOIN aksara.model_oid t ON t.app" EQ "q.target_app AND t.model" EQ "q.target_model) k"
	" WHERE " SAME_RELATION("k", "r")
	" AND NOT coalesce(r.constraint_name" EQ "k.name, r.constraint_name IS NULL AND k.name IS NULL)",

	/* A column that a key of ours refers to was renamed. */
	"UPDATE aksara.relation r SET target_column = a.attname"
	" FROM aksara.relation_oid o, pg_catalog.pg_attribute a"
	" WHERE " SAME_RELATION("o", "r") " AND r.junction_table IS NULL AND r.target_column IS NOT NULL"
	" AND a.attrelid" EQ "o.target AND a.attnum" EQ "o.target_attnum AND a.attname" NE "r.target_column",

	/* A target is gone. */
	"UPDATE aksara.relation_oid o SET target = NULL WHERE o.target IS NOT NULL"
	" AND NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid" EQ "o.target)",

	/* A junction was restored before its target. */
	"UPDATE aksara.relation_oid o SET target = t.relid FROM aksara.relation r, aksara.model_oid t"
	" WHERE " SAME_RELATION("o", "r") " AND r.junction_table IS NOT NULL AND o.target IS NULL"
	" AND t.app" EQ "r.target_app AND t.model" EQ "r.target_model"
	" AND EXISTS (SELECT FROM pg_catalog.pg_constraint c WHERE c.contype" EQ "'f' AND c.conrelid" EQ "o.junction"
	" AND c.conkey" EQ "ARRAY[o.target_attnum] AND c.confrelid" EQ "t.relid)",

	/* Relations that were restored, by their names. */
	"INSERT INTO aksara.relation_oid (app, model, field, target, target_attnum)"
	" SELECT r.app, r.model, r.field, c.confrelid, a.attnum"
	" FROM aksara.relation r"
	" JOIN aksara.model_oid m ON m.app" EQ "r.app AND m.model" EQ "r.model"
	" LEFT JOIN aksara.model_oid t ON t.app" EQ "r.target_app AND t.model" EQ "r.target_model"
	" LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid" EQ "t.relid AND a.attname" EQ "r.target_column"
	" JOIN pg_catalog.pg_constraint c ON c.conrelid" EQ "m.relid AND c.conname" EQ "r.constraint_name"
	" WHERE c.contype" EQ "'f'"
	" AND NOT EXISTS (SELECT FROM aksara.relation_oid o WHERE " SAME_RELATION("o", "r") ") ON CONFLICT DO NOTHING",

	/* Those that have no native key: it is the right to one that counts. */
	"INSERT INTO aksara.relation_oid (app, model, field, target, target_attnum)"
	" SELECT r.app, r.model, r.field, t.relid, a.attnum"
	" FROM aksara.relation r"
	" JOIN aksara.model_oid m ON m.app" EQ "r.app AND m.model" EQ "r.model"
	" JOIN aksara.model_oid t ON t.app" EQ "r.target_app AND t.model" EQ "r.target_model"
	" JOIN pg_catalog.pg_class c ON c.oid" EQ "m.relid"
	" JOIN pg_catalog.pg_attribute a ON a.attrelid" EQ "t.relid AND a.attname" EQ "r.target_column"
	" WHERE r.junction_table IS NULL AND r.constraint_name IS NULL"
	" AND pg_catalog.has_column_privilege(c.relowner, t.relid, a.attnum, 'REFERENCES')"
	" AND NOT EXISTS (SELECT FROM aksara.relation_oid o WHERE " SAME_RELATION("o", "r") ") ON CONFLICT DO NOTHING",

	"INSERT INTO aksara.relation_oid (app, model, field, target, junction)"
	" SELECT r.app, r.model, r.field, t.relid, j.relid"
	" FROM aksara.relation r"
	" JOIN aksara.model_oid t ON t.app" EQ "r.target_app AND t.model" EQ "r.target_model"
	" JOIN aksara.model_oid j ON j.app" EQ "r.through_app AND j.model" EQ "r.through_model"
	" WHERE NOT EXISTS (SELECT FROM aksara.relation_oid o WHERE " SAME_RELATION("o", "r") ") ON CONFLICT DO NOTHING",

	"INSERT INTO aksara.relation_oid (app, model, field, target, junction, source_attnum, target_attnum)"
	" SELECT r.app, r.model, r.field, m.relid, c.oid, s.attnum, t.attnum"
	" FROM aksara.relation r"
	" JOIN aksara.model_oid i ON i.app" EQ "r.app AND i.model" EQ "r.model"
	" JOIN pg_catalog.pg_class d ON d.oid" EQ "i.relid"
	" JOIN pg_catalog.pg_namespace n ON n.nspname" EQ "r.junction_schema"
	" JOIN pg_catalog.pg_class c ON c.relnamespace" EQ "n.oid AND c.relname" EQ "r.junction_table"
	" AND pg_catalog.pg_has_role(d.relowner, c.relowner, 'USAGE')"
	" JOIN pg_catalog.pg_attribute s ON s.attrelid" EQ "c.oid AND s.attname" EQ "r.source_column"
	" JOIN pg_catalog.pg_attribute t ON t.attrelid" EQ "c.oid AND t.attname" EQ "r.target_column"
	" LEFT JOIN aksara.model_oid m ON m.app" EQ "r.target_app AND m.model" EQ "r.target_model"
	" WHERE NOT EXISTS (SELECT FROM aksara.relation_oid o WHERE " SAME_RELATION("o", "r") ") ON CONFLICT DO NOTHING",

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
	ak_core_registry_scan("junction_oid", take_orphan, &orphans);
	foreach(cell, orphans)
		drop_orphan(lfirst_oid(cell));
}
