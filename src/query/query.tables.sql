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

CREATE TYPE aksara.expression;
CREATE FUNCTION aksara.expression_in(cstring) RETURNS aksara.expression
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_expression_in';
COMMENT ON FUNCTION aksara.expression_in(cstring) IS 'input of type expression';
CREATE FUNCTION aksara.expression_out(aksara.expression) RETURNS cstring
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_expression_out';
COMMENT ON FUNCTION aksara.expression_out(aksara.expression) IS 'output of type expression';
CREATE TYPE aksara.expression (
	INPUT = aksara.expression_in,
	OUTPUT = aksara.expression_out,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE aksara.expression IS 'what is computed from a row: {"$f": "path"}; a value of another type is never taken for one';

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

-- Views that create_view() made; names alone, as in the tables of models.
CREATE TABLE aksara.view (
	app name NOT NULL,
	name name NOT NULL,
	document json NOT NULL,
	sql text NOT NULL,
	PRIMARY KEY (app, name)
);
COMMENT ON TABLE aksara.view IS 'views that follow their model: app is the schema, sql what the view was last made of';
SELECT pg_catalog.pg_extension_config_dump('aksara.view', '');
GRANT SELECT, INSERT ON aksara.view TO PUBLIC;

-- As on aksara.model: who restores a dump writes rows here.
CREATE FUNCTION aksara.guard_view() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_guard_view';
COMMENT ON FUNCTION aksara.guard_view() IS 'trigger of aksara.view: admits what the owner of the view may say';
REVOKE ALL ON FUNCTION aksara.guard_view() FROM PUBLIC;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.view
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_view();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.view
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_view();

-- SQL text in query sets: nobody's until it is granted.
CREATE FUNCTION aksara.raw(sql text) RETURNS aksara.expression
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_raw';
COMMENT ON FUNCTION aksara.raw(text) IS 'SQL text as an expression over the columns of the model, taken in this session alone';
REVOKE ALL ON FUNCTION aksara.raw(text) FROM PUBLIC;

-- Lookups and transforms that are functions of SQL; names alone, as in the tables of models.
CREATE TABLE aksara.query_lookup (
	name name NOT NULL,
	type text NOT NULL,
	kind text NOT NULL CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['lookup', 'transform'])),
	function text NOT NULL,
	owner name NOT NULL,
	PRIMARY KEY (name, type)
);
COMMENT ON TABLE aksara.query_lookup IS 'functions that paths of query sets may name: type is that of the first argument, function the signature, owner whose it was when it was registered';
SELECT pg_catalog.pg_extension_config_dump('aksara.query_lookup', '');
GRANT SELECT, INSERT ON aksara.query_lookup TO PUBLIC;
CREATE FUNCTION aksara.guard_lookup() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_guard_lookup';
COMMENT ON FUNCTION aksara.guard_lookup() IS 'trigger of aksara.query_lookup: admits what the owner of the function may say';
REVOKE ALL ON FUNCTION aksara.guard_lookup() FROM PUBLIC;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.query_lookup
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_lookup();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.query_lookup
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_lookup();

-- A word that is registered runs with the rights of who uses it: nobody's until it is granted.
CREATE FUNCTION aksara.create_lookup(name text, function regprocedure) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_create_lookup';
COMMENT ON FUNCTION aksara.create_lookup(text, regprocedure) IS 'makes a function of a value and another one, that returns boolean, a lookup';
CREATE FUNCTION aksara.create_transform(name text, function regprocedure) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_create_transform';
COMMENT ON FUNCTION aksara.create_transform(text, regprocedure) IS 'makes a function of a value a transform';
CREATE FUNCTION aksara.drop_lookup(name text, type regtype) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_drop_lookup';
COMMENT ON FUNCTION aksara.drop_lookup(text, regtype) IS 'takes back what create_lookup did for a type';
CREATE FUNCTION aksara.drop_transform(name text, type regtype) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_drop_transform';
COMMENT ON FUNCTION aksara.drop_transform(text, regtype) IS 'takes back what create_transform did for a type';
REVOKE ALL ON FUNCTION aksara.create_lookup(text, regprocedure), aksara.create_transform(text, regprocedure),
	aksara.drop_lookup(text, regtype), aksara.drop_transform(text, regtype) FROM PUBLIC;
