/*
 * store.c
 *		What is written to aksara.model and aksara.field: constant statements
 *		through core's gateway, after the caller's right to the table is known.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "model/internal.h"

#define NAME(text) DirectFunctionCall1(namein, CStringGetDatum(text))
#define TEXT(text) CStringGetTextDatum(text)
#define JSON(value) PointerGetDatum(ak_core_json_to_text(value))

static void
store_row(const AkModelDef *def)
{
	static const Oid types[] = {NAMEOID, TEXTOID, NAMEOID, JSONOID};
	Datum		values[] = {
		NAME(def->app), TEXT(def->name), NAME(def->abstract ? "" : def->table), JSON(ak_model_kept_meta(def))
	};

	if (ak_core_registry_write("INSERT INTO aksara.model (app, name, table_name, meta) VALUES ($1, $2, $3, $4)"
							   " ON CONFLICT DO NOTHING", lengthof(types), types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("model \"%s.%s\" already exists", def->app, def->name)));
}

/* The model and where its table is; an abstract one is where its schema is. */
void
ak_model_store_model(const AkModelDef *def, Oid relid)
{
	static const Oid types[] = {NAMEOID, TEXTOID, OIDOID};
	Datum		values[] = {NAME(def->app), TEXT(def->name), ObjectIdGetDatum(relid)};

	store_row(def);
	if (def->abstract)
		ak_core_registry_write("INSERT INTO aksara.abstract_oid (app, model, schema)"
							   " SELECT $1, $2, oid FROM pg_namespace WHERE nspname = $1",
							   2, types, values, NULL);
	else
		ak_core_registry_write("INSERT INTO aksara.model_oid (app, model, relid) VALUES ($1, $2, $3)",
							   lengthof(types), types, values, NULL);
}

static void
store_attnum(const AkFieldDef *field, Oid relid)
{
	static const Oid types[] = {NAMEOID, TEXTOID, TEXTOID, INT2OID};
	Datum		values[] = {
		NAME(field->model->app), TEXT(field->model->name), TEXT(field->name),
		Int16GetDatum(get_attnum(relid, field->column))
	};

	ak_core_registry_write("INSERT INTO aksara.field_attnum (app, model, field, attnum) VALUES ($1, $2, $3, $4)",
						   lengthof(types), types, values, NULL);
}

void
ak_model_store_field(const AkFieldDef *field, int position, Oid relid)
{
	static const Oid types[] = {NAMEOID, TEXTOID, TEXTOID, INT4OID, TEXTOID, NAMEOID, JSONOID};
	Datum		values[] = {
		NAME(field->model->app), TEXT(field->model->name), TEXT(field->name), Int32GetDatum(position),
		TEXT(field->type->name), field->column ? NAME(field->column) : (Datum) 0, JSON(field->options)
	};
	char		nulls[] = "       ";

	if (field->column == NULL)
		nulls[5] = 'n';
	ak_core_registry_write("INSERT INTO aksara.field (app, model, name, position, kind, column_name, options)"
						   " VALUES ($1, $2, $3, $4, $5, $6, $7)",
						   lengthof(types), types, values, nulls);
	if (field->column != NULL && OidIsValid(relid))
		store_attnum(field, relid);
}

/* The kind, options and column of a field that is there. */
void
ak_model_store_field_definition(const AkFieldDef *field)
{
	static const Oid types[] = {NAMEOID, TEXTOID, TEXTOID, TEXTOID, NAMEOID, JSONOID};
	Datum		values[] = {
		NAME(field->model->app), TEXT(field->model->name), TEXT(field->name),
		TEXT(field->type->name), field->column ? NAME(field->column) : (Datum) 0, JSON(field->options)
	};
	char		nulls[] = "      ";

	if (field->column == NULL)
		nulls[4] = 'n';
	ak_core_registry_write("UPDATE aksara.field SET kind = $4, column_name = $5, options = $6"
						   " WHERE app = $1 AND model = $2 AND name = $3",
						   lengthof(types), types, values, nulls);
}

void
ak_model_forget_model(const AkModel *model)
{
	static const Oid types[] = {NAMEOID, TEXTOID};
	Datum		values[] = {NAME(model->app), TEXT(model->name)};

	ak_core_registry_write("DELETE FROM aksara.model WHERE app = $1 AND name = $2",
						   lengthof(types), types, values, NULL);
}

void
ak_model_forget_field(const AkField *field)
{
	static const Oid types[] = {NAMEOID, TEXTOID, TEXTOID};
	Datum		values[] = {NAME(field->model->app), TEXT(field->model->name), TEXT(field->name)};

	ak_core_registry_write("DELETE FROM aksara.field WHERE app = $1 AND model = $2 AND name = $3",
						   lengthof(types), types, values, NULL);
}

void
ak_model_store_field_name(const AkField *field, const char *name)
{
	static const Oid types[] = {NAMEOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[] = {
		NAME(field->model->app), TEXT(field->model->name), TEXT(field->name), TEXT(name)
	};

	ak_core_registry_write("UPDATE aksara.field SET name = $4 WHERE app = $1 AND model = $2 AND name = $3",
						   lengthof(types), types, values, NULL);
}

void
ak_model_store_model_name(const AkModel *model, const char *name)
{
	static const Oid types[] = {NAMEOID, TEXTOID, TEXTOID};
	Datum		values[] = {NAME(model->app), TEXT(model->name), TEXT(name)};

	ak_core_registry_write("UPDATE aksara.model SET name = $3 WHERE app = $1 AND name = $2",
						   lengthof(types), types, values, NULL);
}

void
ak_model_store_meta(const AkModel *model, const AkJson *meta)
{
	static const Oid types[] = {NAMEOID, TEXTOID, JSONOID};
	Datum		values[] = {NAME(model->app), TEXT(model->name), JSON(meta)};

	ak_core_registry_write("UPDATE aksara.model SET meta = $3 WHERE app = $1 AND name = $2",
						   lengthof(types), types, values, NULL);
}

/*
 * The registry follows the catalog: moved and renamed tables and columns by
 * the oid and number last seen, dropped ones go, and names whose table is
 * there again (a restore) are seen anew.  A field keeps its name when its
 * column is renamed by hand.
 */
void
ak_model_reconcile(void)
{
	static const char *const statements[] = {
		"DELETE FROM aksara.model m USING aksara.model_oid o"
		" WHERE o.app = m.app AND o.model = m.name"
		" AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = o.relid)",

		"UPDATE aksara.model m SET app = n.nspname, table_name = c.relname"
		" FROM aksara.model_oid o, pg_class c, pg_namespace n"
		" WHERE o.app = m.app AND o.model = m.name AND c.oid = o.relid AND n.oid = c.relnamespace"
		" AND (n.nspname <> m.app OR c.relname <> m.table_name)",

		"DELETE FROM aksara.field f USING aksara.field_attnum s, aksara.model_oid o"
		" WHERE s.app = f.app AND s.model = f.model AND s.field = f.name"
		" AND o.app = f.app AND o.model = f.model"
		" AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = o.relid"
		" AND a.attnum = s.attnum AND NOT a.attisdropped)",

		"UPDATE aksara.field f SET column_name = a.attname"
		" FROM aksara.field_attnum s, aksara.model_oid o, pg_attribute a"
		" WHERE s.app = f.app AND s.model = f.model AND s.field = f.name"
		" AND o.app = f.app AND o.model = f.model"
		" AND a.attrelid = o.relid AND a.attnum = s.attnum AND a.attname <> f.column_name",

		/* pg_upgrade gives schemas other oids. */
		"UPDATE aksara.abstract_oid o SET schema = n.oid FROM pg_namespace n"
		" WHERE n.nspname = o.app AND n.oid <> o.schema",

		"DELETE FROM aksara.model m USING aksara.abstract_oid o"
		" WHERE o.app = m.app AND o.model = m.name"
		" AND NOT EXISTS (SELECT FROM pg_namespace n WHERE n.oid = o.schema)",

		"UPDATE aksara.model m SET app = n.nspname FROM aksara.abstract_oid o, pg_namespace n"
		" WHERE o.app = m.app AND o.model = m.name AND n.oid = o.schema AND n.nspname <> m.app",

		"INSERT INTO aksara.abstract_oid (app, model, schema)"
		" SELECT m.app, m.name, n.oid FROM aksara.model m, pg_namespace n"
		" WHERE m.table_name = '' AND n.nspname = m.app"
		" AND NOT EXISTS (SELECT FROM aksara.abstract_oid o WHERE o.app = m.app AND o.model = m.name)"
		" ON CONFLICT DO NOTHING",

		"INSERT INTO aksara.model_oid (app, model, relid)"
		" SELECT DISTINCT ON (c.oid) m.app, m.name, c.oid"
		" FROM aksara.model m"
		" JOIN pg_namespace n ON n.nspname = m.app"
		" JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = m.table_name AND c.relkind IN ('r', 'p', 'f')"
		" LEFT JOIN aksara.model_claim k ON k.app = m.app AND k.model = m.name"
		" WHERE (k.role IS NULL OR pg_has_role(k.role, c.relowner, 'USAGE'))"
		" AND NOT EXISTS (SELECT FROM aksara.model_oid o WHERE o.app = m.app AND o.model = m.name)"
		" AND NOT EXISTS (SELECT FROM aksara.model_oid o WHERE o.relid = c.oid)"
		" ORDER BY c.oid, m.name"
		" ON CONFLICT DO NOTHING",

		"WITH ready AS (DELETE FROM aksara.early e USING aksara.model m"
		" LEFT JOIN aksara.model_oid o ON o.app = m.app AND o.model = m.name"
		" LEFT JOIN pg_class c ON c.oid = o.relid"
		" LEFT JOIN aksara.model_claim k ON k.app = m.app AND k.model = m.name"
		" WHERE e.kind = 'field' AND m.app = e.app AND m.name = e.model"
		" AND (pg_has_role(e.role, coalesce(c.relowner, k.role), 'USAGE')"
		" OR EXISTS (SELECT FROM pg_roles r WHERE r.oid = e.role AND r.rolsuper))"
		" RETURNING e.content)"
		" INSERT INTO aksara.field SELECT f.* FROM ready, json_populate_record(NULL::aksara.field, content) f"
		" ON CONFLICT DO NOTHING",

		"DELETE FROM aksara.model_claim k USING aksara.model_oid o WHERE o.app = k.app AND o.model = k.model",

		"INSERT INTO aksara.field_attnum (app, model, field, attnum)"
		" SELECT f.app, f.model, f.name, a.attnum"
		" FROM aksara.field f, aksara.model_oid o, pg_attribute a"
		" WHERE o.app = f.app AND o.model = f.model AND a.attrelid = o.relid"
		" AND a.attname = f.column_name AND NOT a.attisdropped"
		" AND NOT EXISTS (SELECT FROM aksara.field_attnum s"
		" WHERE s.app = f.app AND s.model = f.model AND s.field = f.name)"
		" ON CONFLICT DO NOTHING",
	};

	for (int i = 0; i < lengthof(statements); i++)
		ak_core_registry_write(statements[i], 0, NULL, NULL, NULL);
	ak_model_reconcile_field_types();
	ak_model_notify_reconcile();
}
