\echo Use "CREATE EXTENSION aksara" to load this file. \quit
SET LOCAL search_path TO pg_catalog, pg_temp;

-- core/core.tables.sql
-- The schema is made plainly: if somebody prepared one, the installation stops.
CREATE SCHEMA aksara;
GRANT USAGE ON SCHEMA aksara TO PUBLIC;
COMMENT ON SCHEMA aksara IS 'the model layer: models, relations, query sets';

CREATE TYPE aksara.doc;

CREATE FUNCTION aksara.doc_in(cstring) RETURNS aksara.doc
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_core_doc_in';
COMMENT ON FUNCTION aksara.doc_in(cstring) IS 'input of type doc';
CREATE FUNCTION aksara.doc_out(aksara.doc) RETURNS cstring
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_core_doc_out';
COMMENT ON FUNCTION aksara.doc_out(aksara.doc) IS 'output of type doc';

CREATE TYPE aksara.doc (
	INPUT = aksara.doc_in,
	OUTPUT = aksara.doc_out,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE aksara.doc IS 'a JSON document as it was written; json, jsonb, text and varchar become one implicitly';

CREATE CAST (json AS aksara.doc) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (jsonb AS aksara.doc) WITH INOUT AS IMPLICIT;
CREATE CAST (text AS aksara.doc) WITH INOUT AS IMPLICIT;
CREATE CAST (varchar AS aksara.doc) WITH INOUT AS IMPLICIT;
CREATE CAST (aksara.doc AS json) WITHOUT FUNCTION AS ASSIGNMENT;

COMMENT ON CAST (json AS aksara.doc) IS 'json is a document';
COMMENT ON CAST (jsonb AS aksara.doc) IS 'jsonb is a document, in its own order of keys';
COMMENT ON CAST (text AS aksara.doc) IS 'JSON text is a document';
COMMENT ON CAST (varchar AS aksara.doc) IS 'JSON text is a document';
COMMENT ON CAST (aksara.doc AS json) IS 'a document is json';

-- model/model.tables.sql
-- The registry: what the catalog cannot say of a model.  Names only, so that a
-- dump restores wherever the tables are; dumped as extension configuration.

CREATE TABLE aksara.model (
	app name NOT NULL,
	name text NOT NULL,
	table_name name NOT NULL,
	meta json NOT NULL,
	PRIMARY KEY (app, name)
);
COMMENT ON TABLE aksara.model IS 'models: app is the schema of the table';

CREATE TABLE aksara.field (
	app name NOT NULL,
	model text NOT NULL,
	name text NOT NULL,
	position integer NOT NULL,
	kind text NOT NULL,
	column_name name,
	options json NOT NULL,
	PRIMARY KEY (app, model, name),
	FOREIGN KEY (app, model) REFERENCES aksara.model (app, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.field IS 'fields of models, in order of position; column_name is null for many-to-many';

SELECT pg_catalog.pg_extension_config_dump('aksara.model', '');
SELECT pg_catalog.pg_extension_config_dump('aksara.field', '');

-- Where each model and field was last seen, so that changes by hand are
-- followed.  Never dumped; rebuilt from names.
CREATE TABLE aksara.model_oid (
	app name NOT NULL,
	model text NOT NULL,
	relid oid NOT NULL,
	PRIMARY KEY (app, model),
	FOREIGN KEY (app, model) REFERENCES aksara.model (app, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.model_oid IS 'the table of each model by its oid (rebuilt, never dumped)';

CREATE TABLE aksara.field_attnum (
	app name NOT NULL,
	model text NOT NULL,
	field text NOT NULL,
	attnum smallint NOT NULL,
	PRIMARY KEY (app, model, field),
	FOREIGN KEY (app, model, field) REFERENCES aksara.field (app, model, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.field_attnum IS 'the column of each field by its number (rebuilt, never dumped)';

GRANT SELECT ON aksara.model, aksara.field TO PUBLIC;

-- Follows ALTER and DROP by hand.
CREATE FUNCTION aksara.follow_ddl() RETURNS event_trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_follow_ddl';
COMMENT ON FUNCTION aksara.follow_ddl() IS 'brings the registry in line with the catalog after DDL by hand';

CREATE EVENT TRIGGER aksara_follow_ddl ON ddl_command_end
	WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'ALTER FOREIGN TABLE')
	EXECUTE FUNCTION aksara.follow_ddl();
CREATE EVENT TRIGGER aksara_follow_drop ON sql_drop
	EXECUTE FUNCTION aksara.follow_ddl();
COMMENT ON EVENT TRIGGER aksara_follow_ddl IS 'follows renames of models'' tables and columns by hand';
COMMENT ON EVENT TRIGGER aksara_follow_drop IS 'follows drops of models'' tables and columns by hand';

-- relation/relation.tables.sql
-- What the catalog cannot say of a relation.  Names only, so that a dump
-- restores wherever the tables are; dumped as extension configuration.

CREATE TABLE aksara.relation (
	app name NOT NULL,
	model text NOT NULL,
	field text NOT NULL,
	kind text NOT NULL,
	target_app name NOT NULL,
	target_model text NOT NULL,
	related_name text,
	on_delete text NOT NULL,
	set_expression text,
	constraint_name name,
	junction_schema name,
	junction_table name,
	source_column name,
	target_column name,
	through_app name,
	through_model text,
	PRIMARY KEY (app, model, field),
	FOREIGN KEY (app, model, field) REFERENCES aksara.field (app, model, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE INDEX relation_target_idx ON aksara.relation (target_app, target_model);
COMMENT ON TABLE aksara.relation IS 'relations by the field that defines them; constraint_name and junction_table are null while the target is not defined';

SELECT pg_catalog.pg_extension_config_dump('aksara.relation', '');

-- Where each relation last pointed, so that changes by hand are followed.
-- Never dumped; rebuilt from names.
CREATE TABLE aksara.relation_oid (
	app name NOT NULL,
	model text NOT NULL,
	field text NOT NULL,
	target oid,
	junction oid,
	source_attnum smallint,
	target_attnum smallint,
	PRIMARY KEY (app, model, field),
	FOREIGN KEY (app, model, field) REFERENCES aksara.relation (app, model, field)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.relation_oid IS 'the target and junction of each relation by their oids (rebuilt, never dumped)';

-- A junction goes when the table of its model goes.  A row outlives its
-- relation until then.
CREATE TABLE aksara.junction_oid (
	junction oid PRIMARY KEY,
	source oid NOT NULL,
	table_name name NOT NULL
);
COMMENT ON TABLE aksara.junction_oid IS 'junctions that aksara made, beside the table of the model that defines them (rebuilt, never dumped)';

GRANT SELECT ON aksara.relation TO PUBLIC;

-- query/query.tables.sql
-- The types of query sets.  queryset: the whole document, with its model.
-- query_op: a document of parts to be applied to one.

CREATE TYPE aksara.queryset;
CREATE FUNCTION aksara.queryset_in(cstring) RETURNS aksara.queryset
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_queryset_in';
COMMENT ON FUNCTION aksara.queryset_in(cstring) IS 'input of type queryset';
CREATE FUNCTION aksara.queryset_out(aksara.queryset) RETURNS cstring
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_queryset_out';
COMMENT ON FUNCTION aksara.queryset_out(aksara.queryset) IS 'output of type queryset';
CREATE TYPE aksara.queryset (
	INPUT = aksara.queryset_in,
	OUTPUT = aksara.queryset_out,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE aksara.queryset IS 'an unevaluated query: {"model": "app.Name", "filter": …}';

CREATE TYPE aksara.query_op;
CREATE FUNCTION aksara.query_op_in(cstring) RETURNS aksara.query_op
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_op_in';
COMMENT ON FUNCTION aksara.query_op_in(cstring) IS 'input of type query_op';
CREATE FUNCTION aksara.query_op_out(aksara.query_op) RETURNS cstring
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_op_out';
COMMENT ON FUNCTION aksara.query_op_out(aksara.query_op) IS 'output of type query_op';
CREATE TYPE aksara.query_op (
	INPUT = aksara.query_op_in,
	OUTPUT = aksara.query_op_out,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE aksara.query_op IS 'one step to be applied to a query set, as a builder returns it';

CREATE CAST (aksara.doc AS aksara.queryset) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (aksara.doc AS aksara.queryset) IS 'a document as a query set';
CREATE CAST (json AS aksara.queryset) WITHOUT FUNCTION AS IMPLICIT;
COMMENT ON CAST (json AS aksara.queryset) IS 'json as a query set';
CREATE CAST (jsonb AS aksara.queryset) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (jsonb AS aksara.queryset) IS 'jsonb as a query set';
CREATE CAST (text AS aksara.queryset) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (text AS aksara.queryset) IS 'text as a query set';
CREATE CAST (varchar AS aksara.queryset) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (varchar AS aksara.queryset) IS 'text as a query set';
CREATE CAST (aksara.queryset AS json) WITHOUT FUNCTION AS ASSIGNMENT;
COMMENT ON CAST (aksara.queryset AS json) IS 'a query set as json';

-- Sugar for psql; it needs schema aksara in search_path or OPERATOR(aksara.|>).
CREATE FUNCTION aksara.pipe(qs aksara.queryset, op aksara.query_op) RETURNS aksara.queryset
	LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_pipe';
COMMENT ON FUNCTION aksara.pipe(aksara.queryset, aksara.query_op) IS 'a query set with an op applied';
CREATE OPERATOR aksara.|> (
	LEFTARG = aksara.queryset,
	RIGHTARG = aksara.query_op,
	FUNCTION = aksara.pipe
);
COMMENT ON OPERATOR aksara.|> (aksara.queryset, aksara.query_op) IS 'a query set with an op applied';

-- Refuses a NULL written in a statement's text, when the statement is planned.
CREATE FUNCTION aksara.filter_support(internal) RETURNS internal
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_filter_support';
COMMENT ON FUNCTION aksara.filter_support(internal) IS 'planner support of filter and exclude';

-- core/core.sql
-- The ground floor has no functions to be replaced.

-- model/model.sql
-- Models: definition, change, description.

CREATE FUNCTION aksara.create_model(name text, fields aksara.doc, meta aksara.doc DEFAULT '{}')
	RETURNS regclass LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_create_model';
COMMENT ON FUNCTION aksara.create_model(text, aksara.doc, aksara.doc) IS 'makes a model and its table';

CREATE FUNCTION aksara.drop_model(model text, cascade boolean DEFAULT false)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_drop_model';
COMMENT ON FUNCTION aksara.drop_model(text, boolean) IS 'drops a model and its table';

CREATE FUNCTION aksara.rename_model(model text, name text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_rename_model';
COMMENT ON FUNCTION aksara.rename_model(text, text) IS 'renames a model; its table follows when its name was derived';

CREATE FUNCTION aksara.add_field(model text, field text, definition aksara.doc)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_add_field';
COMMENT ON FUNCTION aksara.add_field(text, text, aksara.doc) IS 'adds a field and its column';

CREATE FUNCTION aksara.remove_field(model text, field text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_remove_field';
COMMENT ON FUNCTION aksara.remove_field(text, text) IS 'removes a field and its column';

CREATE FUNCTION aksara.rename_field(model text, field text, name text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_rename_field';
COMMENT ON FUNCTION aksara.rename_field(text, text, text) IS 'renames a field; its column follows when its name was derived';

CREATE FUNCTION aksara.apply_operation(operation aksara.doc)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_apply_operation';
COMMENT ON FUNCTION aksara.apply_operation(aksara.doc) IS 'runs one schema operation and returns the operation that undoes it';

CREATE FUNCTION aksara.describe(model text)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_model_describe_model';
COMMENT ON FUNCTION aksara.describe(text) IS 'a model as one document: fields, constraints, relations, options';

CREATE FUNCTION aksara.rules()
	RETURNS trigger LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_rules';
COMMENT ON FUNCTION aksara.rules() IS 'row trigger: keeps auto_now and normal forms for every writer';

-- relation/relation.sql
-- Relations: what happens on delete, and links.

CREATE FUNCTION aksara.on_delete()
	RETURNS trigger LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_on_delete';
COMMENT ON FUNCTION aksara.on_delete() IS 'row trigger on targets: PROTECT, RESTRICT and SET(expr)';

CREATE FUNCTION aksara.related_add(model text, key text, accessor text, VARIADIC targets text[] DEFAULT '{}')
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_add';
COMMENT ON FUNCTION aksara.related_add(text, text, text, text[]) IS 'links rows, by keys as text or objects that hold them; returns how many were not linked before';

CREATE FUNCTION aksara.related_add(model text, key "any", accessor text, VARIADIC targets "any")
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_add';
COMMENT ON FUNCTION aksara.related_add(text, "any", text, "any") IS 'links rows, by typed keys; returns how many were not linked before';

CREATE FUNCTION aksara.related_remove(model text, key text, accessor text, VARIADIC targets text[] DEFAULT '{}')
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_remove';
COMMENT ON FUNCTION aksara.related_remove(text, text, text, text[]) IS 'unlinks rows, by keys as text or objects that hold them; returns how many were linked';

CREATE FUNCTION aksara.related_remove(model text, key "any", accessor text, VARIADIC targets "any")
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_remove';
COMMENT ON FUNCTION aksara.related_remove(text, "any", text, "any") IS 'unlinks rows, by typed keys; returns how many were linked';

CREATE FUNCTION aksara.related_set(model text, key text, accessor text, VARIADIC targets text[] DEFAULT '{}',
	OUT added integer, OUT removed integer)
	RETURNS record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_set';
COMMENT ON FUNCTION aksara.related_set(text, text, text, text[]) IS 'links exactly these rows, by keys as text or objects that hold them';

CREATE FUNCTION aksara.related_set(model text, key "any", accessor text, VARIADIC targets "any",
	OUT added integer, OUT removed integer)
	RETURNS record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_set';
COMMENT ON FUNCTION aksara.related_set(text, "any", text, "any") IS 'links exactly these rows, by typed keys';

CREATE FUNCTION aksara.related_set(model text, key "any", accessor text,
	OUT added integer, OUT removed integer)
	RETURNS record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_set';
COMMENT ON FUNCTION aksara.related_set(text, "any", text) IS 'links no row, as related_clear does';

CREATE FUNCTION aksara.related_clear(model text, key text, accessor text)
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_clear';
COMMENT ON FUNCTION aksara.related_clear(text, text, text) IS 'unlinks all rows, by a key as text or an object that holds it; returns how many there were';

CREATE FUNCTION aksara.related_clear(model text, key "any", accessor text)
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_related_clear';
COMMENT ON FUNCTION aksara.related_clear(text, "any", text) IS 'unlinks all rows, by a typed key; returns how many there were';

CREATE FUNCTION aksara.related_contains(model text, key text, accessor text, target text)
	RETURNS boolean LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_relation_related_contains';
COMMENT ON FUNCTION aksara.related_contains(text, text, text, text) IS 'whether a row is linked, by keys as text or objects that hold them';

CREATE FUNCTION aksara.related_contains(model text, key "any", accessor text, target "any")
	RETURNS boolean LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_relation_related_contains';
COMMENT ON FUNCTION aksara.related_contains(text, "any", text, "any") IS 'whether a row is linked, by typed keys';

-- query/query.sql
-- Builders and reads.  Every call is open to PUBLIC: it does what the caller's own SQL could do.

-- ---- builders ----

CREATE FUNCTION aksara.filter(path text, VARIADIC value "any")
	RETURNS aksara.query_op LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_filter_pairs';
COMMENT ON FUNCTION aksara.filter(text, "any") IS 'keeps rows that meet all conditions: path, value, path, value …';

CREATE FUNCTION aksara.filter(path text, VARIADIC value text[])
	RETURNS aksara.query_op LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_filter_pairs';
COMMENT ON FUNCTION aksara.filter(text, text[]) IS 'keeps rows that meet all conditions: path, value, path, value …';

CREATE FUNCTION aksara.filter(conditions aksara.doc)
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_filter_document';
COMMENT ON FUNCTION aksara.filter(aksara.doc) IS 'keeps rows that meet all conditions of one object';

CREATE FUNCTION aksara.filter(qs aksara.queryset, path text, value "any")
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_set_filter_pair';
COMMENT ON FUNCTION aksara.filter(aksara.queryset, text, "any") IS 'keeps rows that meet all conditions';

CREATE FUNCTION aksara.filter(qs aksara.queryset, path text, value text)
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_set_filter_text';
COMMENT ON FUNCTION aksara.filter(aksara.queryset, text, text) IS 'keeps rows that meet all conditions';

CREATE FUNCTION aksara.filter(qs aksara.queryset, conditions aksara.doc)
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_filter_document';
COMMENT ON FUNCTION aksara.filter(aksara.queryset, aksara.doc) IS 'keeps rows that meet all conditions of one object';

CREATE FUNCTION aksara.exclude(path text, VARIADIC value "any")
	RETURNS aksara.query_op LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_exclude_pairs';
COMMENT ON FUNCTION aksara.exclude(text, "any") IS 'leaves out rows that meet all conditions: path, value, path, value …';

CREATE FUNCTION aksara.exclude(path text, VARIADIC value text[])
	RETURNS aksara.query_op LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_exclude_pairs';
COMMENT ON FUNCTION aksara.exclude(text, text[]) IS 'leaves out rows that meet all conditions: path, value, path, value …';

CREATE FUNCTION aksara.exclude(conditions aksara.doc)
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_exclude_document';
COMMENT ON FUNCTION aksara.exclude(aksara.doc) IS 'leaves out rows that meet all conditions of one object';

CREATE FUNCTION aksara.exclude(qs aksara.queryset, path text, value "any")
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_set_exclude_pair';
COMMENT ON FUNCTION aksara.exclude(aksara.queryset, text, "any") IS 'leaves out rows that meet all conditions';

CREATE FUNCTION aksara.exclude(qs aksara.queryset, path text, value text)
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL SAFE SUPPORT aksara.filter_support AS 'MODULE_PATHNAME', 'ak_query_set_exclude_text';
COMMENT ON FUNCTION aksara.exclude(aksara.queryset, text, text) IS 'leaves out rows that meet all conditions';

CREATE FUNCTION aksara.exclude(qs aksara.queryset, conditions aksara.doc)
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_exclude_document';
COMMENT ON FUNCTION aksara.exclude(aksara.queryset, aksara.doc) IS 'leaves out rows that meet all conditions of one object';

CREATE FUNCTION aksara.order_by(VARIADIC paths text[] DEFAULT '{}')
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_order_by';
COMMENT ON FUNCTION aksara.order_by(text[]) IS 'orders by paths, a leading - descending, ? at random; without paths in no order';

CREATE FUNCTION aksara.order_by(qs aksara.queryset, VARIADIC paths text[] DEFAULT '{}')
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_order_by';
COMMENT ON FUNCTION aksara.order_by(aksara.queryset, text[]) IS 'orders by paths, a leading - descending, ? at random; without paths in no order';

CREATE FUNCTION aksara.distinct(VARIADIC paths text[] DEFAULT '{}')
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_distinct';
COMMENT ON FUNCTION aksara.distinct(text[]) IS 'one row for each combination of the paths; without paths rows are never repeated anyway';

CREATE FUNCTION aksara.distinct(qs aksara.queryset, VARIADIC paths text[] DEFAULT '{}')
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_distinct';
COMMENT ON FUNCTION aksara.distinct(aksara.queryset, text[]) IS 'one row for each combination of the paths; without paths rows are never repeated anyway';

CREATE FUNCTION aksara.select_related(VARIADIC paths text[])
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_select_related';
COMMENT ON FUNCTION aksara.select_related(text[]) IS 'brings to-one relations along as objects';

CREATE FUNCTION aksara.select_related(qs aksara.queryset, VARIADIC paths text[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_select_related';
COMMENT ON FUNCTION aksara.select_related(aksara.queryset, text[]) IS 'brings to-one relations along as objects';

CREATE FUNCTION aksara.prefetch_related(VARIADIC paths text[])
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_prefetch_related';
COMMENT ON FUNCTION aksara.prefetch_related(text[]) IS 'brings relations along, to-many ones as lists';

CREATE FUNCTION aksara.prefetch_related(qs aksara.queryset, VARIADIC paths text[])
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_prefetch_related';
COMMENT ON FUNCTION aksara.prefetch_related(aksara.queryset, text[]) IS 'brings relations along, to-many ones as lists';

CREATE FUNCTION aksara.reverse()
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_reverse';
COMMENT ON FUNCTION aksara.reverse() IS 'turns the order round';

CREATE FUNCTION aksara.reverse(qs aksara.queryset)
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_reverse';
COMMENT ON FUNCTION aksara.reverse(aksara.queryset) IS 'turns the order round';

CREATE FUNCTION aksara.slice(stop bigint)
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_slice_stop';
COMMENT ON FUNCTION aksara.slice(bigint) IS 'the first rows';

CREATE FUNCTION aksara.slice(start bigint, stop bigint)
	RETURNS aksara.query_op LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_slice';
COMMENT ON FUNCTION aksara.slice(bigint, bigint) IS 'rows start to stop, counted from 0, stop left out';

CREATE FUNCTION aksara.slice(qs aksara.queryset, start bigint, stop bigint)
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_set_slice';
COMMENT ON FUNCTION aksara.slice(aksara.queryset, bigint, bigint) IS 'rows start to stop, counted from 0, stop left out';

CREATE FUNCTION aksara.objects(model text, VARIADIC ops aksara.query_op[] DEFAULT '{}')
	RETURNS aksara.queryset LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_objects';
COMMENT ON FUNCTION aksara.objects(text, aksara.query_op[]) IS 'the rows of a model, with ops applied';

CREATE FUNCTION aksara.related(model text, key text, accessor text, VARIADIC ops aksara.query_op[] DEFAULT '{}')
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_related';
COMMENT ON FUNCTION aksara.related(text, text, text, aksara.query_op[]) IS 'the rows that a relation reaches from one row';

CREATE FUNCTION aksara.related(model text, key "any", accessor text, VARIADIC ops aksara.query_op[] DEFAULT '{}')
	RETURNS aksara.queryset LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_related_any';
COMMENT ON FUNCTION aksara.related(text, "any", text, aksara.query_op[]) IS 'the rows that a relation reaches from one row';

-- ---- reads ----

CREATE FUNCTION aksara.rows(anyelement, qs aksara.queryset)
	RETURNS SETOF anyelement LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 AS 'MODULE_PATHNAME', 'ak_query_sql_rows';
COMMENT ON FUNCTION aksara.rows(anyelement, aksara.queryset) IS 'the rows in their own type: rows(NULL::posts, qs)';

CREATE FUNCTION aksara.fetch(qs aksara.queryset)
	RETURNS SETOF json LANGUAGE C STABLE PARALLEL RESTRICTED ROWS 100 AS 'MODULE_PATHNAME', 'ak_query_sql_fetch';
COMMENT ON FUNCTION aksara.fetch(aksara.queryset) IS 'the rows as objects';

CREATE FUNCTION aksara.fetch_all(qs aksara.queryset)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_fetch_all';
COMMENT ON FUNCTION aksara.fetch_all(aksara.queryset) IS 'the rows as one list of objects';

CREATE FUNCTION aksara.get(qs aksara.queryset)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get';
COMMENT ON FUNCTION aksara.get(aksara.queryset) IS 'the only row; P0002 when there is none, P0003 when there are several';

CREATE FUNCTION aksara.get(model text, conditions aksara.doc)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get_where';
COMMENT ON FUNCTION aksara.get(text, aksara.doc) IS 'the only row that meets the conditions';

CREATE FUNCTION aksara.get_or_none(qs aksara.queryset)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get_or_none';
COMMENT ON FUNCTION aksara.get_or_none(aksara.queryset) IS 'the only row, or null';

CREATE FUNCTION aksara.get_or_none(model text, conditions aksara.doc)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get_or_none_where';
COMMENT ON FUNCTION aksara.get_or_none(text, aksara.doc) IS 'the only row that meets the conditions, or null';

CREATE FUNCTION aksara.get_by_key(model text, VARIADIC key "any")
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get_by_key';
COMMENT ON FUNCTION aksara.get_by_key(text, "any") IS 'the row with this key';

CREATE FUNCTION aksara.get_by_key(model text, VARIADIC key text[])
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_get_by_key';
COMMENT ON FUNCTION aksara.get_by_key(text, text[]) IS 'the row with this key';

CREATE FUNCTION aksara.first(qs aksara.queryset)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_first';
COMMENT ON FUNCTION aksara.first(aksara.queryset) IS 'the first row, by key where there is no order, or null';

CREATE FUNCTION aksara.last(qs aksara.queryset)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_last';
COMMENT ON FUNCTION aksara.last(aksara.queryset) IS 'the last row, by key where there is no order, or null';

CREATE FUNCTION aksara.count(qs aksara.queryset)
	RETURNS bigint LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_count';
COMMENT ON FUNCTION aksara.count(aksara.queryset) IS 'how many rows';

CREATE FUNCTION aksara.count(model text, conditions aksara.doc)
	RETURNS bigint LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_count_where';
COMMENT ON FUNCTION aksara.count(text, aksara.doc) IS 'how many rows meet the conditions';

CREATE FUNCTION aksara.exists(qs aksara.queryset)
	RETURNS boolean LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_exists';
COMMENT ON FUNCTION aksara.exists(aksara.queryset) IS 'is there a row?';

CREATE FUNCTION aksara.exists(model text, conditions aksara.doc)
	RETURNS boolean LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_exists_where';
COMMENT ON FUNCTION aksara.exists(text, aksara.doc) IS 'does a row meet the conditions?';

CREATE FUNCTION aksara.in_bulk(qs aksara.queryset, keys aksara.doc, field text DEFAULT NULL)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_in_bulk';
COMMENT ON FUNCTION aksara.in_bulk(aksara.queryset, aksara.doc, text) IS 'rows by key: an object key → row';

CREATE FUNCTION aksara.to_sql(qs aksara.queryset)
	RETURNS text LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_to_sql';
COMMENT ON FUNCTION aksara.to_sql(aksara.queryset) IS 'the SELECT that fetch runs, values as literals';

CREATE FUNCTION aksara.explain(qs aksara.queryset)
	RETURNS SETOF text LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_explain';
COMMENT ON FUNCTION aksara.explain(aksara.queryset) IS 'the plan of the SELECT that fetch runs';

-- query/query.write.sql
-- Writes.

CREATE FUNCTION aksara.create(model text, doc aksara.doc)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_create';
COMMENT ON FUNCTION aksara.create(text, aksara.doc) IS 'inserts a row and returns it';

CREATE FUNCTION aksara.save(model text, doc aksara.doc)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_save';
COMMENT ON FUNCTION aksara.save(text, aksara.doc) IS 'with its key updates the given fields of a row, without inserts it; returns the row';

CREATE FUNCTION aksara.get_or_create(model text, conditions aksara.doc, defaults aksara.doc DEFAULT '{}',
	OUT object json, OUT created boolean)
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_get_or_create';
COMMENT ON FUNCTION aksara.get_or_create(text, aksara.doc, aksara.doc) IS 'the row that meets the conditions, made from them and the defaults where there is none';

CREATE FUNCTION aksara.bulk_create(model text, docs aksara.doc, ignore_conflicts boolean DEFAULT false)
	RETURNS SETOF json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_bulk_create';
COMMENT ON FUNCTION aksara.bulk_create(text, aksara.doc, boolean) IS 'inserts a list of documents and returns their keys in order';

CREATE FUNCTION aksara.update(qs aksara.queryset, doc aksara.doc)
	RETURNS bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_update';
COMMENT ON FUNCTION aksara.update(aksara.queryset, aksara.doc) IS 'sets fields of every row of a query set; returns how many';

CREATE FUNCTION aksara.delete(qs aksara.queryset)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_delete';
COMMENT ON FUNCTION aksara.delete(aksara.queryset) IS 'deletes every row of a query set; returns the counts by model, cascades included';

CREATE FUNCTION aksara.delete_by_key(model text, VARIADIC key text[])
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_delete_by_key';
COMMENT ON FUNCTION aksara.delete_by_key(text, text[]) IS 'deletes the row with this key';

CREATE FUNCTION aksara.delete_by_key(model text, VARIADIC key "any")
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_delete_by_key';
COMMENT ON FUNCTION aksara.delete_by_key(text, "any") IS 'deletes the row with this key';
