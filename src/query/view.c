/*
 * view.c
 *		create_view(): a query set as a view that follows its model.
 *
 * The view is an ordinary one over the compiled SQL, with the rights of who
 * reads it (security_invoker).  aksara.view remembers its document and the
 * SQL it was made of; after an operation on a model every view of the
 * caller's whose SQL is no longer the same is made anew.  Where the columns
 * only grew that is CREATE OR REPLACE, else the view is dropped and created,
 * with its owner, grants and comment kept.
 *
 * An operation that takes away or alters a column would meet the view's
 * dependency on it.  So before one the view is emptied: it keeps its columns,
 * reads nothing, and is made anew afterwards; a document that asks for what
 * is gone then fails the operation.
 *
 * A view that was dropped or renamed by hand is forgotten at the next
 * reconciliation of the registry.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/varlena.h"

#include "query/inline.h"

PG_FUNCTION_INFO_V1(ak_query_sql_create_view);
PG_FUNCTION_INFO_V1(ak_query_sql_drop_view);
PG_FUNCTION_INFO_V1(ak_query_guard_view);

/* A row of aksara.view. */
typedef struct AkView
{
	char	   *app;
	char	   *name;
	char	   *document;
	char	   *sql;			/* "" while it is emptied */
	Oid			relid;			/* InvalidOid: there is no view of that name */
} AkView;

/* ---- the registry ---- */

static Oid
view_named(const char *app, const char *name)
{
	Oid			schema = get_namespace_oid(app, true);
	Oid			relid = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;

	return OidIsValid(relid) && get_rel_relkind(relid) == RELKIND_VIEW ? relid : InvalidOid;
}

static void
collect(HeapTuple row, TupleDesc desc, void *arg)
{
	AkView	   *view = palloc(sizeof(AkView));
	List	  **views = arg;

	view->app = ak_core_registry_column(row, desc, "app");
	view->name = ak_core_registry_column(row, desc, "name");
	view->document = ak_core_registry_column(row, desc, "document");
	view->sql = ak_core_registry_column(row, desc, "sql");
	view->relid = view_named(view->app, view->name);
	*views = lappend(*views, view);
}

static List *
all_views(void)
{
	List	   *views = NIL;

	ak_core_registry_scan("view", collect, &views);
	return views;
}

/* The views that the caller may alter. */
static List *
own_views(void)
{
	List	   *own = NIL;
	ListCell   *cell;

	foreach(cell, all_views())
	{
		AkView	   *view = lfirst(cell);

		if (OidIsValid(view->relid) && ak_table_owned(view->relid))
			own = lappend(own, view);
	}
	return own;
}

/* Runs a constant statement over text values.  Callers have checked that the user owns the view, or made it. */
static void
store(const char *constant_sql, int count, const char *const *texts)
{
	Oid			types[4] = {TEXTOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[4];

	Assert(count <= 4);
	for (int i = 0; i < count; i++)
		values[i] = CStringGetTextDatum(texts[i]);
	ak_core_registry_write(constant_sql, count, types, values, NULL);
}

static void
remember(const AkView *view)
{
	const char *const values[] = {view->app, view->name, view->document, view->sql};

	store("INSERT INTO aksara.view (app, name, document, sql)"
		  " VALUES ($1::pg_catalog.name, $2::pg_catalog.name, $3::pg_catalog.json, $4)"
		  " ON CONFLICT (app, name) DO UPDATE SET document = EXCLUDED.document, sql = EXCLUDED.sql",
		  lengthof(values), values);
}

static void
forget(const AkView *view)
{
	const char *const values[] = {view->app, view->name};

	store("DELETE FROM aksara.view WHERE app OPERATOR(pg_catalog.=) $1::pg_catalog.name"
		  " AND name OPERATOR(pg_catalog.=) $2::pg_catalog.name", lengthof(values), values);
}

/* ---- what a view is made of ---- */

static const char *
sql_name(const AkView *view)
{
	return ak_core_qualified(view->app, view->name);
}

static AkQuery *
query_of(const AkView *view)
{
	return ak_query_parse(ak_core_json_parse(view->document, strlen(view->document), "the query set of a view"));
}

/* A column as DDL has it: its name, type and collation. */
static char *
column_text(Form_pg_attribute column)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "NULL::%s", ak_core_type_name(column->atttypid, column->atttypmod));
	if (OidIsValid(column->attcollation) && column->attcollation != get_typcollation(column->atttypid))
		appendStringInfo(&out, " COLLATE %s", DatumGetCString(
							 DirectFunctionCall1(regcollationout, ObjectIdGetDatum(column->attcollation))));
	appendStringInfo(&out, " AS %s", ak_core_quote(NameStr(column->attname)));
	return out.data;
}

/* The columns of a table or view, dropped ones left out: List of char *. */
static List *
column_texts(Oid relid)
{
	Relation	table = relation_open(relid, AccessShareLock);
	List	   *texts = NIL;

	for (int i = 0; i < RelationGetNumberOfAttributes(table); i++)
		if (!TupleDescAttr(RelationGetDescr(table), i)->attisdropped)
			texts = lappend(texts, column_text(TupleDescAttr(RelationGetDescr(table), i)));
	relation_close(table, NoLock);
	return texts;
}

/* Are the view's columns the first ones of the table's? */
static bool
only_grows(const AkView *view, Oid table)
{
	List	   *before = column_texts(view->relid);
	List	   *after = column_texts(table);

	if (list_length(before) > list_length(after))
		return false;
	for (int i = 0; i < list_length(before); i++)
		if (strcmp(list_nth(before, i), list_nth(after, i)) != 0)
			return false;
	return true;
}

/* ---- making one ---- */

static void
write_view(const AkView *view, const char *create, const char *sql)
{
	ak_core_ddl("%s VIEW %s WITH (security_invoker = true) AS %s", create, sql_name(view), sql);
}

static bool
take_command(TupleTableSlot *row, void *arg)
{
	List	  **commands = arg;
	bool		isnull;
	Datum		command = slot_getattr(row, 1, &isnull);

	if (!isnull)
		*commands = lappend(*commands, TextDatumGetCString(command));
	return true;
}

/* What gives another view of this name the owner, grants and comment of this one. */
static List *
belongings(const AkView *view)
{
	AkStatement st;
	List	   *commands = NIL;

	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, "WITH it AS (SELECT c.oid, c.relowner, c.relacl, ");
	ak_core_bind_text(&st, sql_name(view));
	appendStringInfoString(&st.sql, " AS name FROM pg_catalog.pg_class AS c WHERE c.oid OPERATOR(pg_catalog.=) ");
	ak_core_bind(&st, OIDOID, ObjectIdGetDatum(view->relid), false);
	appendStringInfoString(&st.sql,
						   ") SELECT pg_catalog.format('ALTER VIEW %s OWNER TO %I', it.name, pg_catalog.pg_get_userbyid(it.relowner)) FROM it"
						   " UNION ALL SELECT pg_catalog.format('COMMENT ON VIEW %s IS %L', it.name, d.description)"
						   " FROM it, pg_catalog.pg_description AS d WHERE d.objoid OPERATOR(pg_catalog.=) it.oid"
						   " AND d.classoid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objsubid OPERATOR(pg_catalog.=) 0"
						   " UNION ALL SELECT pg_catalog.format('GRANT %s ON %s TO %s%s', a.privilege_type, it.name,"
						   " CASE WHEN a.grantee OPERATOR(pg_catalog.=) 0 THEN 'PUBLIC'"
						   " ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee)) END,"
						   " CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)"
						   " FROM it, pg_catalog.aclexplode(it.relacl) AS a WHERE a.grantee OPERATOR(pg_catalog.<>) it.relowner");
	ak_core_run(&st, 0, take_command, &commands);
	return commands;
}

/* In place of the old one, which nothing else may depend on. */
static void
exchange(const AkView *view, const char *sql)
{
	List	   *commands = belongings(view);
	ListCell   *cell;

	ak_core_ddl("DROP VIEW %s", sql_name(view));
	write_view(view, "CREATE", sql);
	foreach(cell, commands)
		ak_core_ddl("%s", (char *) lfirst(cell));
}

/* Makes the view what its document says now, or leaves it where it is that already. */
static void
make(AkView *view)
{
	AkQuery    *query = query_of(view);
	char	   *sql = ak_query_rows_text(query);

	if (OidIsValid(view->relid) && strcmp(sql, view->sql) == 0)
		return;
	if (!OidIsValid(view->relid))
		write_view(view, "CREATE", sql);
	else if (only_grows(view, query->model->relid))
		write_view(view, "CREATE OR REPLACE", sql);
	else
		exchange(view, sql);
	view->sql = sql;
	remember(view);
}

/* ---- the calls ---- */

/* The schema and name that a text stands for; a bare name is made where CREATE VIEW would make it. */
static void
read_name(const char *text, AkView *view)
{
	RangeVar   *name = ak_core_range_var(text);

	if (name->catalogname != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("a view is named by its schema and name, not \"%s\"", text)));
	view->name = name->relname;
	view->app = name->schemaname ? name->schemaname : ak_core_creation_schema();
	ak_core_check_identifier(view->name, "view name");
	view->relid = view_named(view->app, view->name);
}

/* The registered view of that name; NULL: there is none. */
static AkView *
registered(const AkView *named)
{
	ListCell   *cell;

	foreach(cell, all_views())
	{
		AkView	   *view = lfirst(cell);

		if (strcmp(view->app, named->app) == 0 && strcmp(view->name, named->name) == 0)
			return OidIsValid(view->relid) ? view : NULL;
	}
	return NULL;
}

static void
require_owner(const AkView *view)
{
	if (!ak_table_owned(view->relid))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must be owner of view %s", view->name)));
}

/* create_view(name, qs) → the view; one that it made before is made anew. */
Datum
ak_query_sql_create_view(PG_FUNCTION_ARGS)
{
	AkView		view = {.sql = ""};
	AkJson	   *document;
	AkQuery    *query;

	read_name(ak_core_arg_cstring(fcinfo, 0, "name"), &view);
	document = ak_query_arg_document(fcinfo, 1, "qs");
	if (ak_query_has_raw(document))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a view that follows its model cannot hold SQL text of aksara.raw()"),
				 errhint("Write it with CREATE VIEW.")));
	query = ak_query_parse(document);
	if (query->lock != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a view cannot have \"for_update\": it would lock rows whoever reads it"),
				 errhint("SELECT ... FOR UPDATE over the view locks the rows.")));
	ak_core_json_put(document, "model", ak_core_json_string(query->model->label));
	view.document = ak_core_json_to_cstring(document);
	if (OidIsValid(view.relid) && registered(&view) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("view \"%s\" exists and was not made by create_view()", view.name)));
	if (OidIsValid(view.relid))
		require_owner(&view);
	make(&view);
	PG_RETURN_OID(view_named(view.app, view.name));
}

/* drop_view(name) */
Datum
ak_query_sql_drop_view(PG_FUNCTION_ARGS)
{
	AkView		view = {0};

	read_name(ak_core_arg_cstring(fcinfo, 0, "name"), &view);
	if (registered(&view) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("no view \"%s\" was made by create_view()", view.name)));
	require_owner(&view);
	ak_core_ddl("DROP VIEW %s", sql_name(&view));
	forget(&view);
	PG_RETURN_VOID();
}

/* ---- following the model ---- */

static bool
found(TupleTableSlot *row, void *arg)
{
	*(bool *) arg = true;
	return false;
}

/* Does the view read the table? */
static bool
reads(const AkView *view, Oid table)
{
	AkStatement st;
	bool		depends = false;

	ak_core_statement_init(&st);
	appendStringInfoString(&st.sql, "SELECT 1 FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_rewrite AS r"
						   " ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_rewrite'::pg_catalog.regclass"
						   " AND r.oid OPERATOR(pg_catalog.=) d.objid WHERE r.ev_class OPERATOR(pg_catalog.=) ");
	ak_core_bind(&st, OIDOID, ObjectIdGetDatum(view->relid), false);
	appendStringInfoString(&st.sql, " AND d.refobjid OPERATOR(pg_catalog.=) ");
	ak_core_bind(&st, OIDOID, ObjectIdGetDatum(table), false);
	ak_core_run(&st, 0, found, &depends);
	return depends;
}

/* Keeps the columns and reads nothing. */
static void
make_empty(AkView *view)
{
	StringInfoData sql;
	const char *before = "SELECT ";
	ListCell   *cell;

	initStringInfo(&sql);
	foreach(cell, column_texts(view->relid))
	{
		appendStringInfo(&sql, "%s%s", before, (char *) lfirst(cell));
		before = ", ";
	}
	write_view(view, "CREATE OR REPLACE", psprintf("%s WHERE false", sql.data));
	view->sql = "";
	remember(view);
}

void
ak_query_views_altering(AkModel *model)
{
	ListCell   *cell;

	foreach(cell, own_views())
		if (reads(lfirst(cell), model->relid))
			make_empty(lfirst(cell));
}

static void
name_view(void *view)
{
	errcontext("view %s", sql_name(view));
}

void
ak_query_views_altered(void)
{
	ErrorContextCallback context;
	ListCell   *cell;

	context.callback = name_view;
	context.previous = error_context_stack;
	error_context_stack = &context;
	foreach(cell, own_views())
	{
		context.arg = lfirst(cell);
		make(lfirst(cell));
	}
	error_context_stack = context.previous;
}

/* The documents name their model. */
void
ak_query_views_renamed(AkModel *model, const char *old_app, const char *old_name)
{
	char	   *old_label = psprintf("%s.%s", old_app, old_name);
	ListCell   *cell;

	foreach(cell, own_views())
	{
		AkView	   *view = lfirst(cell);
		AkJson	   *document = ak_core_json_parse(view->document, strlen(view->document), "the query set of a view");

		if (strcmp(ak_core_json_get_string(document, "model"), old_label) != 0)
			continue;
		ak_core_json_put(document, "model", ak_core_json_string(model->label));
		view->document = ak_core_json_to_cstring(document);
		remember(view);
	}
}

void
ak_query_views_reconcile(void)
{
	ListCell   *cell;

	foreach(cell, all_views())
		if (!OidIsValid(((AkView *) lfirst(cell))->relid))
			forget(lfirst(cell));
}

/* ---- check_registry() ---- */

/* Is the error about what was asked, not about the server or who interrupts it? */
static bool
is_about_names(const ErrorData *error)
{
	switch (ERRCODE_TO_CATEGORY(error->sqlerrcode))
	{
		case ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION):
		case ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES):
		case ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR):
			return false;
	}
	return true;
}

/* What the view would be made of now; NULL, and why, where it cannot be made. */
static char *
sql_or_problem(const AkView *view, char **problem)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile sql = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		sql = ak_query_rows_text(query_of(view));
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (!is_about_names(error))
			ReThrowError(error);
		*problem = error->message;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return sql;
}

static bool
has_columns_of(const AkView *view, Oid table)
{
	return only_grows(view, table) && list_length(column_texts(view->relid)) == list_length(column_texts(table));
}

static void
check_view(const AkView *view, const AkModel *model, AkFindings *findings)
{
	char	   *problem = NULL;
	char	   *sql;

	if (!OidIsValid(view->relid))
	{
		ak_model_finding(findings, "view", model, "view %s does not exist", sql_name(view));
		return;
	}
	if (!ak_table_owned(view->relid))
		return;
	sql = sql_or_problem(view, &problem);
	if (sql == NULL)
		ak_model_finding(findings, "view", model, "view %s cannot be made anew: %s", sql_name(view), problem);
	else if (strcmp(sql, view->sql) != 0 || !has_columns_of(view, model->relid))
		ak_model_finding(findings, "view", model, "view %s is not what its query set says now", sql_name(view));
}

/* Views of others are theirs to look after: names may not be theirs to see. */
void
ak_query_views_check(const AkModel *model, AkFindings *findings)
{
	ListCell   *cell;

	foreach(cell, all_views())
	{
		AkView	   *view = lfirst(cell);
		AkJson	   *document = ak_core_json_parse(view->document, strlen(view->document), "the query set of a view");

		if (OidIsValid(model->relid) && strcmp(ak_core_json_get_string(document, "model"), model->label) == 0)
			check_view(view, model, findings);
	}
}

/* ---- a restored dump ---- */

/* What the owner of the view says of it is taken; nothing else is. */
static bool
admit(HeapTuple row, TupleDesc desc)
{
	AkView		view;
	List	   *only = NIL;
	AkJson	   *document;

	collect(row, desc, &only);
	view = *(AkView *) linitial(only);
	ak_core_check_identifier(view.name, "view name");
	document = ak_core_json_parse(view.document, strlen(view.document), "the query set of a view");
	if (document->kind != AK_JSON_OBJECT || ak_core_json_get_string(document, "model") == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the query set of view \"%s\" names no model", view.name)));
	if (OidIsValid(view.relid) && ak_table_owned(view.relid))
		return true;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("view \"%s\" stays out of the registry", view.name),
			 errdetail("It is not there, or the current user does not own it.")));
	return false;
}

Datum
ak_query_guard_view(PG_FUNCTION_ARGS)
{
	return ak_model_guard(fcinfo, "view", admit, NULL);
}
