/*
 * registry.c
 *		The registry in memory: one immutable picture, pinned while in use.
 *
 * A picture is read as a whole from aksara.model, aksara.field and the
 * catalog, in a context of its own under CacheMemoryContext.  A relcache
 * invalidation of a table in it, or of aksara.model (the bell that the
 * gateway rings), only marks it stale; the next call reads a new one.  A
 * stale picture lives on until its last pin goes: pins are reset callbacks of
 * the callers' memory contexts, so errors release them too.
 *
 * The catalog is read without locks on users' tables, through the syscache and
 * scans under the catalog snapshot: a picture can be out of date the moment
 * it is made, and what is run from it is checked by PostgreSQL all the same.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "model/internal.h"

typedef struct AkByLabel
{
	char		key[2 * NAMEDATALEN + 2];	/* app, a dot, name: MUST BE FIRST */
	AkModel    *model;
} AkByLabel;

typedef struct AkByTable
{
	Oid			relid;			/* MUST BE FIRST */
	AkModel    *model;
} AkByTable;

/* While reading: the picture and the field being placed. */
typedef struct AkLoading
{
	AkRegistry *registry;
	List	   *models;
	List	   *fields;			/* of AkField *, of all models */
} AkLoading;

static AkRegistry *current = NULL;
static bool current_is_stale = false;
static bool reading = false;	/* any change that arrives now makes the new picture stale */

/* ---- life of a picture ---- */

/* Marks the picture stale when the change touches it.  Looks nothing up but the hash in memory. */
static void
on_relcache_change(Datum arg, Oid relid)
{
	if (current == NULL)
		current_is_stale = reading;
	else if (!OidIsValid(relid) || relid == current->bell ||
		hash_search(current->by_table, &relid, HASH_FIND, NULL) != NULL)
		current_is_stale = true;
}

void
ak_model_registry_init(void)
{
	CacheRegisterRelcacheCallback(on_relcache_change, (Datum) 0);
}

static void
unpin(void *arg)
{
	AkRegistry *registry = arg;

	if (--registry->pins == 0 && registry->retired)
		MemoryContextDelete(registry->context);
}

/* Does the context go with the picture?  Then the picture lives as long as it without a pin, which would keep both for ever. */
static bool
is_own(const AkRegistry *registry, MemoryContext context)
{
	while (context != NULL && context != registry->context)
		context = MemoryContextGetParent(context);
	return context != NULL;
}

/* Keeps the picture at least as long as CurrentMemoryContext. */
static void
pin(AkRegistry *registry)
{
	MemoryContextCallback *callback;

	if (is_own(registry, CurrentMemoryContext))
		return;
	callback = palloc(sizeof(MemoryContextCallback));
	callback->func = unpin;
	callback->arg = registry;
	registry->pins++;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
}

static void
retire(AkRegistry *registry)
{
	registry->retired = true;
	if (registry->pins == 0)
		MemoryContextDelete(registry->context);
}

/* The pinned current picture, read anew where it is stale. */
AkRegistry *
ak_model_registry(void)
{
	if (current == NULL || current_is_stale)
	{
		AkRegistry *old = current;

		current_is_stale = false;
		current = NULL;
		if (old != NULL)
			retire(old);
		reading = true;
		current = ak_model_registry_read();
		reading = false;
	}
	pin(current);
	return current;
}

bool
ak_model_is_current(const AkRegistry *registry)
{
	return registry == current && !current_is_stale;
}

/* ---- looking up ---- */

static void
label_key(char *key, const char *app, const char *name)
{
	memset(key, 0, 2 * NAMEDATALEN + 2);
	snprintf(key, 2 * NAMEDATALEN + 2, "%s.%s", app, name);
}

AkModel *
ak_model_find(AkRegistry *registry, const char *app, const char *name)
{
	char		key[2 * NAMEDATALEN + 2];
	AkByLabel  *entry;

	if (strlen(app) >= NAMEDATALEN || strlen(name) >= NAMEDATALEN)
		return NULL;
	label_key(key, app, name);
	entry = hash_search(registry->by_label, key, HASH_FIND, NULL);
	return entry ? entry->model : NULL;
}

AkModel *
ak_model_by_table(AkRegistry *registry, Oid relid)
{
	AkByTable  *entry = hash_search(registry->by_table, &relid, HASH_FIND, NULL);

	return entry ? entry->model : NULL;
}

/* Splits "app.Name" at the last dot; false when there is no dot. */
bool
ak_model_split_name(const char *name, char **app, char **bare)
{
	const char *dot = strrchr(name, '.');

	if (dot == NULL)
	{
		*app = NULL;
		*bare = pstrdup(name);
		return false;
	}
	*app = pnstrdup(name, dot - name);
	*bare = pstrdup(dot + 1);
	return true;
}

/* Along search_path, as a table is found: only schemas the caller may use. */
static AkModel *
find_along_path(AkRegistry *registry, const char *name)
{
	List	   *path = fetch_search_path(false);
	AkModel    *found = NULL;
	ListCell   *cell;

	foreach(cell, path)
	{
		char	   *schema = get_namespace_name(lfirst_oid(cell));

		if (schema == NULL)
			continue;
		found = ak_model_find(registry, schema, name);
		if (found != NULL)
			break;
	}
	list_free(path);
	return found;
}

AkModel *
ak_model_lookup(AkRegistry *registry, const char *name)
{
	char	   *app;
	char	   *bare;

	if (ak_model_split_name(name, &app, &bare))
		return ak_model_find(registry, app, bare);
	return find_along_path(registry, bare);
}

/* May the caller know of this model, that is use its schema? */
static bool
is_visible(const AkModel *model)
{
	Oid			schema = get_namespace_oid(model->app, true);

	return OidIsValid(schema) && ak_schema_usable(schema, ACL_USAGE);
}

/* Names to offer: qualified ones of the same bare name first, else all. */
static List *
names_to_offer(AkRegistry *registry, const char *bare, bool *same_name)
{
	List	   *same = NIL;
	List	   *all = NIL;

	for (int i = 0; i < registry->nmodels; i++)
	{
		AkModel    *model = registry->models[i];

		if (!is_visible(model))
			continue;
		if (strcmp(model->name, bare) == 0)
			same = lappend(same, model->label);
		all = lappend(all, model->name);
		all = lappend(all, model->label);
	}
	*same_name = same != NIL;
	return same != NIL ? same : all;
}

static int
hint_models(AkRegistry *registry, const char *app, const char *bare)
{
	bool		same_name;
	List	   *names = names_to_offer(registry, bare, &same_name);
	StringInfoData list;
	ListCell   *cell;

	if (!same_name || app != NULL)
		return ak_core_hint_nearest(app ? psprintf("%s.%s", app, bare) : bare, names);
	initStringInfo(&list);
	foreach(cell, names)
		appendStringInfo(&list, "%s\"%s\"", list.len ? ", " : "", (char *) lfirst(cell));
	return errhint("Not in search_path: %s.", list.data);
}

static void no_model(AkRegistry *registry, const char *name) pg_attribute_noreturn();

static void
no_model(AkRegistry *registry, const char *name)
{
	char	   *app;
	char	   *bare;

	ak_model_split_name(name, &app, &bare);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("model \"%s\" does not exist", name),
			 hint_models(registry, app, bare)));
}

AkModel *
ak_model_resolve(AkRegistry *registry, const char *name)
{
	AkModel    *model = ak_model_lookup(registry, name);

	if (model == NULL)
		no_model(registry, name);
	if (model->abstract)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("model \"%s\" is abstract", model->label),
				 errdetail("It has no table; models that extend it have.")));
	if (!OidIsValid(model->relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table of model \"%s\" does not exist", model->label),
				 errdetail("The model is registered for table %s.", model->sql_name)));
	return model;
}

AkField *
ak_model_field(const AkModel *model, const char *name)
{
	for (int i = 0; i < model->nfields; i++)
		if (strcmp(model->fields[i]->name, name) == 0)
			return model->fields[i];
	for (int i = 0; i < model->nfields; i++)
		if (strcmp(model->fields[i]->json_name, name) == 0)
			return model->fields[i];
	if (strcmp(name, "pk") == 0 && model->nkeys == 1)
		return model->keys[0];
	return NULL;
}

List *
ak_model_field_names(const AkModel *model)
{
	List	   *names = NIL;

	for (int i = 0; i < model->nfields; i++)
	{
		names = lappend(names, model->fields[i]->name);
		if (strcmp(model->fields[i]->name, model->fields[i]->json_name) != 0)
			names = lappend(names, model->fields[i]->json_name);
	}
	return names;
}

void
ak_model_no_field(const AkModel *model, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("model \"%s\" has no field \"%s\"", model->label, name),
			 ak_core_hint_nearest(name, ak_model_field_names(model))));
	pg_unreachable();
}

AkField *
ak_model_key(const AkModel *model)
{
	if (model->nkeys != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 model->nkeys == 0
				 ? errmsg("model \"%s\" has no primary key", model->label)
				 : errmsg("the primary key of model \"%s\" has several fields", model->label)));
	return model->keys[0];
}

void
ak_model_require_owner(const AkModel *model)
{
	if (!ak_table_owned(model->relid))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, model->table);
}

/* ---- reading ---- */

static AkModel *
find_loaded(AkLoading *loading, const char *app, const char *name)
{
	return ak_model_find(loading->registry, app, name);
}

/* Completes the names that follow from app, name and table. */
static void
set_names(AkModel *model, const char *app, const char *table)
{
	model->app = pstrdup(app);
	model->table = pstrdup(table);
	model->label = psprintf("%s.%s", app, model->name);
	model->sql_name = ak_core_qualified(app, table);
}

static void
load_model(HeapTuple row, TupleDesc desc, void *arg)
{
	AkLoading  *loading = arg;
	AkModel    *model = palloc0(sizeof(AkModel));
	char	   *meta = ak_core_registry_column(row, desc, "meta");
	char		key[2 * NAMEDATALEN + 2];
	AkByLabel  *entry;

	model->registry = loading->registry;
	model->name = ak_core_registry_column(row, desc, "name");
	set_names(model, ak_core_registry_column(row, desc, "app"),
			  ak_core_registry_column(row, desc, "table_name"));
	model->meta = ak_core_json_parse(meta, strlen(meta), "the registry");
	model->relid = InvalidOid;
	model->abstract = *model->table == '\0';
	if (strlen(model->app) >= NAMEDATALEN || strlen(model->name) >= NAMEDATALEN)
		return;
	label_key(key, model->app, model->name);
	entry = hash_search(loading->registry->by_label, key, HASH_ENTER, NULL);
	entry->model = model;
	loading->models = lappend(loading->models, model);
}

/* The side table says which table it was; that one's present name and schema count. */
static void
load_model_oid(HeapTuple row, TupleDesc desc, void *arg)
{
	AkLoading  *loading = arg;
	AkModel    *model = find_loaded(loading, ak_core_registry_column(row, desc, "app"),
									ak_core_registry_column(row, desc, "model"));
	Oid			relid = atooid(ak_core_registry_column(row, desc, "relid"));
	char	   *table = get_rel_name(relid);
	char	   *schema = table ? get_namespace_name(get_rel_namespace(relid)) : NULL;

	if (model == NULL || schema == NULL)
		return;
	model->relid = relid;
	if (strcmp(model->table, table) != 0 || strcmp(model->app, schema) != 0)
		model->sql_name = ak_core_qualified(schema, table);
}

static void
load_model_claim(HeapTuple row, TupleDesc desc, void *arg)
{
	AkLoading  *loading = arg;
	AkModel    *model = find_loaded(loading, ak_core_registry_column(row, desc, "app"),
									ak_core_registry_column(row, desc, "model"));

	if (model != NULL)
		model->claimant = atooid(ak_core_registry_column(row, desc, "role"));
}

static void
enter_table(AkRegistry *registry, AkModel *model)
{
	AkByTable  *entry;

	if (!OidIsValid(model->relid))
		return;
	entry = hash_search(registry->by_table, &model->relid, HASH_ENTER, NULL);
	entry->model = model;
}

/* A model without a side row (restored): found by its names, where it may have that table. */
static void
find_table_by_name(AkRegistry *registry, AkModel *model)
{
	Oid			schema;
	Oid			relid;

	if (OidIsValid(model->relid) || model->abstract)
		return;
	schema = get_namespace_oid(model->app, true);
	relid = OidIsValid(schema) ? get_relname_relid(model->table, schema) : InvalidOid;
	if (!OidIsValid(relid) || ak_model_by_table(registry, relid) != NULL ||
		!ak_model_may_adopt(model, relid))
		return;
	model->relid = relid;
	enter_table(registry, model);
}

static void
load_field(HeapTuple row, TupleDesc desc, void *arg)
{
	AkLoading  *loading = arg;
	AkModel    *model = find_loaded(loading, ak_core_registry_column(row, desc, "app"),
									ak_core_registry_column(row, desc, "model"));
	char	   *text = ak_core_registry_column(row, desc, "options");
	AkJson	   *options = ak_core_json_parse(text, strlen(text), "the registry");
	const AkFieldType *type = ak_model_type_of_row(loading->registry, ak_core_registry_column(row, desc, "kind"), options);
	AkField    *field;

	if (model == NULL || type == NULL)
		return;
	field = palloc0(sizeof(AkField));
	field->model = model;
	field->type = type;
	field->name = ak_core_registry_column(row, desc, "name");
	field->column = ak_core_registry_column(row, desc, "column_name");
	field->options = options;
	field->json_name = type->relation && field->column ? psprintf("%s_id", field->name) : field->name;
	field->position = pg_strtoint32(ak_core_registry_column(row, desc, "position"));
	loading->fields = lappend(loading->fields, field);
	model->nfields++;
}

static int
compare_fields(const ListCell *a, const ListCell *b)
{
	const AkField *x = lfirst(a);
	const AkField *y = lfirst(b);

	return x->position < y->position ? -1 : x->position > y->position;
}

/* Hands the fields to their models, in order of position. */
static void
place_fields(AkLoading *loading)
{
	ListCell   *cell;

	foreach(cell, loading->models)
	{
		AkModel    *model = lfirst(cell);

		model->fields = palloc0(sizeof(AkField *) * Max(model->nfields, 1));
		model->nfields = 0;
	}
	list_sort(loading->fields, compare_fields);
	foreach(cell, loading->fields)
	{
		AkField    *field = lfirst(cell);

		field->index = field->model->nfields;
		field->model->fields[field->model->nfields++] = field;
	}
}

static void
load_field_attnum(HeapTuple row, TupleDesc desc, void *arg)
{
	AkLoading  *loading = arg;
	AkModel    *model = find_loaded(loading, ak_core_registry_column(row, desc, "app"),
									ak_core_registry_column(row, desc, "model"));
	AttrNumber	attnum = pg_strtoint32(ak_core_registry_column(row, desc, "attnum"));
	char	   *name = ak_core_registry_column(row, desc, "field");
	char	   *column;

	if (model == NULL || !OidIsValid(model->relid))
		return;
	for (int i = 0; i < model->nfields; i++)
	{
		if (strcmp(model->fields[i]->name, name) != 0)
			continue;
		column = get_attname(model->relid, attnum, true);
		if (column != NULL && get_attnum(model->relid, column) == attnum)	/* else it is dropped */
			model->fields[i]->column = column;
		return;
	}
}

/* What pg_attribute says of a field's column. */
static void
read_column(AkField *field)
{
	HeapTuple	tuple;
	Form_pg_attribute column;
	int32		typmod;

	if (field->column == NULL || !OidIsValid(field->model->relid))
		return;
	tuple = SearchSysCacheAttName(field->model->relid, field->column);
	if (!HeapTupleIsValid(tuple))
		return;
	column = (Form_pg_attribute) GETSTRUCT(tuple);
	field->attnum = column->attnum;
	typmod = column->atttypmod;
	field->typid = getBaseTypeAndTypmod(column->atttypid, &typmod);
	field->typmod = typmod;
	field->collation = column->attcollation;
	field->not_null = column->attnotnull;
	field->has_default = column->atthasdef || column->attidentity != '\0';
	field->generated = column->attgenerated != '\0' || column->attidentity == ATTRIBUTE_IDENTITY_ALWAYS;
	ReleaseSysCache(tuple);
}

static AkField *
field_of_column(const AkModel *model, AttrNumber attnum)
{
	for (int i = 0; i < model->nfields; i++)
		if (model->fields[i]->attnum == attnum)
			return model->fields[i];
	return NULL;
}

/* Takes the key's columns from a primary key constraint's tuple. */
static void
take_key(AkModel *model, HeapTuple tuple, TupleDesc desc)
{
	bool		isnull;
	Datum		datum = heap_getattr(tuple, Anum_pg_constraint_conkey, desc, &isnull);
	ArrayType  *array;
	int16	   *columns;

	if (isnull)
		return;
	array = DatumGetArrayTypeP(datum);
	columns = (int16 *) ARR_DATA_PTR(array);
	model->keys = palloc(sizeof(AkField *) * ARR_DIMS(array)[0]);
	for (int i = 0; i < ARR_DIMS(array)[0]; i++)
	{
		AkField    *field = field_of_column(model, columns[i]);

		if (field == NULL)
		{
			model->nkeys = 0;
			return;
		}
		field->is_key = true;
		model->keys[model->nkeys++] = field;
	}
}

/* Finds the primary key without opening the table. */
static void
read_key(AkModel *model)
{
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;

	if (!OidIsValid(model->relid))
		return;
	rel = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_constraint_conrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(model->relid));
	scan = systable_beginscan(rel, ConstraintRelidTypidNameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		if (((Form_pg_constraint) GETSTRUCT(tuple))->contype == CONSTRAINT_PRIMARY)
			take_key(model, tuple, RelationGetDescr(rel));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/* Drops from the default ordering what names no field any more. */
static void
prune_ordering(AkModel *model)
{
	AkJson	   *ordering = ak_core_json_get(model->meta, "ordering");
	AkJson	   *kept = ak_core_json_array();

	if (ordering == NULL || ordering->kind != AK_JSON_ARRAY || !OidIsValid(model->relid))
		return;
	for (int i = 0; i < ordering->size; i++)
	{
		AkJson	   *term = ordering->items[i];

		if (term->kind == AK_JSON_STRING && ak_model_order_term_known(model, term->text))
			ak_core_json_push(kept, term);
	}
	ak_core_json_put(model->meta, "ordering", kept);
}

static void
complete_model(AkRegistry *registry, AkModel *model)
{
	find_table_by_name(registry, model);
	for (int i = 0; i < model->nfields; i++)
		read_column(model->fields[i]);
	read_key(model);
	prune_ordering(model);
}

static int
compare_models(const void *a, const void *b)
{
	return strcmp((*(AkModel *const *) a)->label, (*(AkModel *const *) b)->label);
}

static HTAB *
make_index(AkRegistry *registry, Size key, Size entry, int flags)
{
	HASHCTL		ctl = {0};

	ctl.keysize = key;
	ctl.entrysize = entry;
	ctl.hcxt = registry->context;
	return hash_create("aksara models", 64, &ctl, HASH_ELEM | HASH_CONTEXT | flags);
}

static void
read_all(AkRegistry *registry)
{
	AkLoading	loading = {.registry = registry};
	ListCell   *cell;

	registry->by_label = make_index(registry, 2 * NAMEDATALEN + 2, sizeof(AkByLabel), HASH_BLOBS);
	registry->by_table = make_index(registry, sizeof(Oid), sizeof(AkByTable), HASH_BLOBS);
	registry->bell = ak_core_table("model");
	ak_core_registry_scan("model", load_model, &loading);
	ak_core_registry_scan("model_claim", load_model_claim, &loading);
	ak_core_registry_scan("model_oid", load_model_oid, &loading);
	ak_model_load_custom_types(registry);
	ak_core_registry_scan("field", load_field, &loading);
	place_fields(&loading);
	ak_core_registry_scan("field_attnum", load_field_attnum, &loading);
	registry->models = palloc(sizeof(AkModel *) * Max(list_length(loading.models), 1));
	foreach(cell, loading.models)
		enter_table(registry, lfirst(cell));
	foreach(cell, loading.models)
	{
		complete_model(registry, lfirst(cell));
		registry->models[registry->nmodels++] = lfirst(cell);
	}
	qsort(registry->models, registry->nmodels, sizeof(AkModel *), compare_models);
}

/* Reads a picture.  Until it is whole its context hangs under the caller's, so an error frees it. */
AkRegistry *
ak_model_registry_read(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "aksara registry",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	AkRegistry *registry = palloc0(sizeof(AkRegistry));

	registry->context = context;
	read_all(registry);
	ak_model_notify_loaded(registry);
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, CacheMemoryContext);
	return registry;
}
