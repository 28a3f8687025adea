/*
 * guard.c
 *		The registry's own triggers: what may be written to it besides the
 *		gateway, so that the owner of the tables can restore a dump.
 *
 * PUBLIC may INSERT into aksara.model, aksara.field, aksara.field_type and
 * aksara.relation, and nothing else.  Where the gateway or the extension's own script is not at
 * work, each row is read as hostile input and admitted when the role may say
 * it; UPDATE, DELETE and TRUNCATE are refused to everyone.
 *
 * What a role may say.  A superuser: all that is well formed.  Anyone else of
 * a model whose table is there: what the table's owner may; of one whose
 * table is absent: what who may create it there may.  A row that is in the
 * registry already, word for word, is passed over, and so is, with a WARNING,
 * one that the role may not say: a dump that holds models of several owners
 * still gives each of them his own.  What is ill-formed is an error.
 *
 * pg_dump writes these rows after CREATE TABLE and before the tables' data,
 * so a full restore finds every table.  After a partial one a model is
 * *dangling*: it has no row in aksara.model_oid, nobody reads or changes
 * anything through it, and create_model() takes its name as if it were free.
 * aksara.model_claim notes which role said it (nobody: a superuser).  It is
 * adopted when a table of its name appears whose owner's privileges that role
 * has, and which is no other model's.  Only the role of the claim can add
 * fields to it until then.  So nobody speaks for another's table, whichever
 * comes first.
 *
 * pg_restore -j loads the three tables in any order, also at the same time: a
 * field whose model has not come yet, and a relation whose field has not, is
 * kept in aksara.early with the role that said it, and taken over by the next
 * reconciliation that finds the model and that the role may speak for it.
 *
 * Each INSERT ends with a reconciliation: what could be adopted is, and every
 * backend reads the registry anew.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "model/internal.h"

PG_FUNCTION_INFO_V1(ak_model_guard_model);
PG_FUNCTION_INFO_V1(ak_model_guard_field);
PG_FUNCTION_INFO_V1(ak_model_guard_field_type);

/* ---- who may say what ---- */

/* The table's owner; InvalidOid where it is gone, or is no table at all. */
Oid
ak_model_table_owner(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner = InvalidOid;
	char		kind;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	kind = ((Form_pg_class) GETSTRUCT(tuple))->relkind;
	if (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_FOREIGN_TABLE)
		owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

static Oid
table_named(const char *app, const char *table)
{
	Oid			schema = get_namespace_oid(app, true);

	return OidIsValid(schema) ? get_relname_relid(table, schema) : InvalidOid;
}

/* May a dangling model have this table?  Says so for the role of its claim, whoever asks. */
bool
ak_model_may_adopt(const AkModel *model, Oid relid)
{
	Oid			owner = ak_model_table_owner(relid);

	return OidIsValid(owner) &&
		(!OidIsValid(model->claimant) || has_privs_of_role(model->claimant, owner));
}

/* Could the current user make a table there? */
static bool
may_create_in(const char *app)
{
	Oid			schema = get_namespace_oid(app, true);

	return OidIsValid(schema) ? ak_schema_usable(schema, ACL_CREATE)
		: ak_database_usable(MyDatabaseId, ACL_CREATE);
}

bool
ak_model_may_say(const AkModel *model)
{
	if (superuser())
		return true;
	if (OidIsValid(model->relid))
		return ak_table_owned(model->relid);
	return OidIsValid(model->claimant) && has_privs_of_role(GetUserId(), model->claimant);
}

bool
ak_model_leave_out(const char *what, const char *reason)
{
	ereport(WARNING,
			(errcode(ERRCODE_WARNING_PRIVILEGE_NOT_GRANTED),
			 errmsg("%s was left out of the registry", what),
			 errdetail("%s", reason)));
	return false;
}

/* Keeps a row of aksara.field or aksara.relation whose model or field has not come yet. */
void
ak_model_keep_for_later(HeapTuple row, TupleDesc desc, const char *kind)
{
	static const Oid types[] = {TEXTOID, TEXTOID, TEXTOID, OIDOID, JSONOID};
	Datum		values[] = {
		CStringGetTextDatum(kind),
		CStringGetTextDatum(ak_core_registry_column(row, desc, "app")),
		CStringGetTextDatum(ak_core_registry_column(row, desc, "model")),
		ObjectIdGetDatum(GetUserId()),
		DirectFunctionCall1(row_to_json, heap_copy_tuple_as_datum(row, desc))
	};

	ak_core_registry_write("INSERT INTO aksara.early (kind, app, model, role, content) VALUES ($1, $2::pg_catalog.name, $3, $4, $5)",
						   lengthof(types), types, values, NULL);
}

/* The model that a row is part of; NULL and *admitted set where the row needs no further look. */
AkModel *
ak_model_of_row(HeapTuple row, TupleDesc desc, const char *kind, const char *field, bool *admitted)
{
	char	   *app = ak_core_registry_column(row, desc, "app");
	char	   *name = ak_core_registry_column(row, desc, "model");
	AkModel    *model;

	*admitted = true;
	if (app == NULL || name == NULL)
		return NULL;			/* NOT NULL refuses it */
	model = ak_model_find(ak_model_registry(), app, name);
	if (model != NULL && ak_model_may_say(model))
		return model;
	*admitted = false;
	if (model == NULL && (superuser() || may_create_in(app)))
		ak_model_keep_for_later(row, desc, kind);
	else
		ak_model_leave_out(psprintf("%s \"%s\" of model \"%s.%s\"", kind, field, app, name),
				  model == NULL ? "The model is not registered." : "Its table belongs to another role.");
	return NULL;
}

/* ---- rows of aksara.model ---- */

void
ak_model_check_app(const char *app)
{
	ak_core_check_identifier(app, "name of a schema");
	if (strncmp(app, "pg_", 3) == 0 || strcmp(app, "information_schema") == 0 || strcmp(app, "aksara") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("schema \"%s\" cannot hold models or field types", app)));
}

/* The document of a column, which must be an object. */
static void
check_object(HeapTuple row, TupleDesc desc, const char *column, const char *what)
{
	char	   *text = ak_core_registry_column(row, desc, column);

	if (text != NULL)
		ak_core_json_expect(ak_core_json_parse(text, strlen(text), what), AK_JSON_OBJECT, what);
}

static bool
may_name_table(const char *app, const char *table, char **reason)
{
	Oid			relid = *table ? table_named(app, table) : InvalidOid;	/* an abstract model has none */

	if (OidIsValid(relid) && !OidIsValid(ak_model_table_owner(relid)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s is not a table", ak_core_qualified(app, table))));
	if (superuser())
		return true;
	*reason = OidIsValid(relid) ? psprintf("Table %s belongs to another role.", ak_core_qualified(app, table))
		: psprintf("This role may not create tables in schema \"%s\".", app);
	return OidIsValid(relid) ? ak_table_owned(relid) : may_create_in(app);
}

/* An abstract model says so, and has no table. */
static void
check_abstract(HeapTuple row, TupleDesc desc, bool without_table)
{
	char	   *text = ak_core_registry_column(row, desc, "meta");

	if (text != NULL && without_table != ak_core_json_get_bool(
			ak_core_json_parse(text, strlen(text), "column \"meta\""), "abstract", false))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("model \"%s\" has no table exactly if it is abstract",
						ak_core_registry_column(row, desc, "name"))));
}

static bool
admit_model(HeapTuple row, TupleDesc desc)
{
	char	   *app = ak_core_registry_column(row, desc, "app");
	char	   *name = ak_core_registry_column(row, desc, "name");
	char	   *table = ak_core_registry_column(row, desc, "table_name");
	char	   *reason;

	if (app == NULL || name == NULL || table == NULL)
		return true;			/* NOT NULL refuses it */
	ak_model_check_app(app);
	ak_model_check_name(name);
	if (*table != '\0')
		ak_core_check_identifier(table, "name of a table");
	check_object(row, desc, "meta", "column \"meta\"");
	check_abstract(row, desc, *table == '\0');
	if (!may_name_table(app, table, &reason))
		return ak_model_leave_out(psprintf("model \"%s.%s\"", app, name), reason);
	return true;
}

/* Notes who said it, until a table is found that he may speak for. */
static void
claim(HeapTuple row, TupleDesc desc)
{
	static const Oid types[] = {TEXTOID, TEXTOID, OIDOID};
	Datum		values[] = {
		CStringGetTextDatum(ak_core_registry_column(row, desc, "app")),
		CStringGetTextDatum(ak_core_registry_column(row, desc, "name")),
		ObjectIdGetDatum(GetUserId())
	};

	if (!superuser())
		ak_core_registry_write("INSERT INTO aksara.model_claim (app, model, role) VALUES ($1::pg_catalog.name, $2, $3)",
							   lengthof(types), types, values, NULL);
}

/* ---- rows of aksara.field ---- */

/* A type that somebody made may come later, and may be gone. */
static void
check_kind(const char *field, const char *kind)
{
	if (ak_model_find_built_in_type(kind) == NULL && strchr(kind, '.') == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("field \"%s\" has unknown type \"%s\"", field, kind),
				 ak_core_hint_nearest(kind, ak_model_type_names())));
}

static void
check_position(const char *field, const char *position)
{
	if (position != NULL && pg_strtoint32(position) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("position of field \"%s\" must not be less than 1", field)));
}

static bool
admit_field(HeapTuple row, TupleDesc desc)
{
	char	   *name = ak_core_registry_column(row, desc, "name");
	char	   *kind = ak_core_registry_column(row, desc, "kind");
	char	   *column = ak_core_registry_column(row, desc, "column_name");
	bool		admitted;

	if (name == NULL || kind == NULL)
		return true;			/* NOT NULL refuses it */
	ak_model_check_field_name(name);
	check_kind(name, kind);
	check_position(name, ak_core_registry_column(row, desc, "position"));
	if (column != NULL)
		ak_core_check_identifier(column, "name of a column");
	check_object(row, desc, "options", "column \"options\"");
	ak_model_of_row(row, desc, "field", name, &admitted);
	return admitted;
}

/* ---- rows of aksara.field_type ---- */

/* Who may create in the schema may say what its types are. */
static bool
admit_field_type(HeapTuple row, TupleDesc desc)
{
	char	   *app = ak_core_registry_column(row, desc, "app");
	char	   *name = ak_core_registry_column(row, desc, "name");
	char	   *version = ak_core_registry_column(row, desc, "version");
	char	   *base = ak_core_registry_column(row, desc, "base");
	char	   *definition = ak_core_registry_column(row, desc, "definition");
	char	   *earlier = ak_core_registry_column(row, desc, "earlier");

	if (app == NULL || name == NULL || version == NULL || base == NULL || definition == NULL || earlier == NULL)
		return true;			/* NOT NULL refuses it */
	ak_model_check_app(app);
	ak_model_check_field_type_row(name, base, definition, earlier);
	if (pg_strtoint32(version) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("version of field type \"%s\" must not be less than 1", name)));
	if (!superuser() && !may_create_in(app))
		return ak_model_leave_out(psprintf("field type \"%s.%s\"", app, name),
						 psprintf("This role may not create in schema \"%s\".", app));
	return true;
}

/* ---- rows that are there already ---- */

static bool
same_text(const char *a, const char *b)
{
	return a == NULL ? b == NULL : b != NULL && strcmp(a, b) == 0;
}

static bool
same_row(HeapTuple a, HeapTuple b, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped &&
			!same_text(ak_core_registry_column(a, desc, NameStr(att->attname)),
					   ak_core_registry_column(b, desc, NameStr(att->attname))))
			return false;
	}
	return true;
}

/* One column of the row as a key to search by; false when it is NULL. */
static bool
search_by(ScanKey key, HeapTuple row, TupleDesc desc, AttrNumber column)
{
	Form_pg_attribute att = TupleDescAttr(desc, column - 1);
	bool		isnull;
	Datum		value = heap_getattr(row, column, desc, &isnull);

	ScanKeyEntryInitialize(key, 0, column, BTEqualStrategyNumber, InvalidOid, att->attcollation,
						   att->atttypid == NAMEOID ? F_NAMEEQ : F_TEXTEQ, value);
	return !isnull;
}

/* Is a row of the same key and content in the table? */
static bool
is_there(Relation rel, HeapTuple row)
{
	Oid			index = ak_core_table(psprintf("%s_pkey", RelationGetRelationName(rel)));
	Relation	pkey = index_open(index, AccessShareLock);
	int			nkeys = IndexRelationGetNumberOfKeyAttributes(pkey);
	ScanKeyData keys[INDEX_MAX_KEYS];
	bool		found = true;
	SysScanDesc scan;
	HeapTuple	other;

	for (int i = 0; i < nkeys; i++)
		found = search_by(&keys[i], row, RelationGetDescr(rel), pkey->rd_index->indkey.values[i]) && found;
	index_close(pkey, AccessShareLock);
	if (!found)
		return false;
	scan = systable_beginscan(rel, index, true, NULL, nkeys, keys);
	other = systable_getnext(scan);
	found = HeapTupleIsValid(other) && same_row(row, other, RelationGetDescr(rel));
	systable_endscan(scan);
	return found;
}

/* ---- the triggers ---- */

static void
check_protocol(FunctionCallInfo fcinfo, const char *table)
{
	if (!CALLED_AS_TRIGGER(fcinfo) ||
		RelationGetRelid(((TriggerData *) fcinfo->context)->tg_relation) != ak_core_table(table))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function can only be a trigger of table \"aksara.%s\"", table)));
}

static void
refuse_change(const char *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("table \"aksara.%s\" cannot be changed directly", table),
			 errhint("Use the functions of schema aksara, or ALTER TABLE on the model's own table.")));
}

/*
 * After a statement: every backend reads anew, and what can be adopted is.
 * One transaction at a time, so that of two which bring a model and its
 * fields the second sees what the first kept for later.
 */
static void
settle(void)
{
	LockDatabaseObject(RelationRelationId, ak_core_table("early"), 0, ExclusiveLock);
	ak_core_ring(ak_core_table("model"));
	ak_model_reconcile();
}

Datum
ak_model_guard(FunctionCallInfo fcinfo, const char *table, AkAdmitFn admit, void (*note) (HeapTuple, TupleDesc))
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	HeapTuple	row;
	TupleDesc	desc;

	check_protocol(fcinfo, table);
	row = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple;
	desc = RelationGetDescr(trigger->tg_relation);
	if (ak_core_at_gateway() || ak_core_in_own_script())
		return PointerGetDatum(row);
	if (!TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
		refuse_change(table);
	if (TRIGGER_FIRED_FOR_STATEMENT(trigger->tg_event))
	{
		settle();
		return PointerGetDatum(NULL);
	}
	if (TRIGGER_FIRED_BEFORE(trigger->tg_event))
		return PointerGetDatum(!is_there(trigger->tg_relation, row) && admit(row, desc) ? row : NULL);
	if (note != NULL)
		note(row, desc);
	return PointerGetDatum(NULL);
}

Datum
ak_model_guard_model(PG_FUNCTION_ARGS)
{
	return ak_model_guard(fcinfo, "model", admit_model, claim);
}

Datum
ak_model_guard_field(PG_FUNCTION_ARGS)
{
	return ak_model_guard(fcinfo, "field", admit_field, NULL);
}

Datum
ak_model_guard_field_type(PG_FUNCTION_ARGS)
{
	return ak_model_guard(fcinfo, "field_type", admit_field_type, NULL);
}
