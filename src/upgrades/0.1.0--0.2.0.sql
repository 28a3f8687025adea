-- The registry accepts the rows of a dump from the owners of the tables; abstract models; dangling models.

COMMENT ON TABLE aksara.model IS 'models: app is the schema of the table; an abstract model has no table name';

CREATE TABLE aksara.abstract_oid (
	app name NOT NULL,
	model text NOT NULL,
	schema oid NOT NULL,
	PRIMARY KEY (app, model),
	FOREIGN KEY (app, model) REFERENCES aksara.model (app, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.abstract_oid IS 'the schema of each abstract model by its oid (rebuilt, never dumped)';

-- Who restored a model whose table was absent.
CREATE TABLE aksara.model_claim (
	app name NOT NULL,
	model text NOT NULL,
	role oid NOT NULL,
	PRIMARY KEY (app, model),
	FOREIGN KEY (app, model) REFERENCES aksara.model (app, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.model_claim IS 'the role that registered a dangling model; a superuser''s has none (never dumped)';

-- Rows that a parallel restore brought before what they belong to.
CREATE TABLE aksara.early (
	kind text NOT NULL,
	app name NOT NULL,
	model text NOT NULL,
	role oid NOT NULL,
	content json NOT NULL
);
COMMENT ON TABLE aksara.early IS 'rows of field and relation that wait for their model, with the role that restored them (never dumped)';

GRANT INSERT ON aksara.model, aksara.field TO PUBLIC;

-- Who restores a dump writes rows here; what he may not say stays out.
CREATE FUNCTION aksara.guard_model() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_guard_model';
COMMENT ON FUNCTION aksara.guard_model() IS 'trigger of aksara.model: admits what the owner of the table may say';
CREATE FUNCTION aksara.guard_field() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_guard_field';
COMMENT ON FUNCTION aksara.guard_field() IS 'trigger of aksara.field: admits what the owner of the table may say';
REVOKE ALL ON FUNCTION aksara.guard_model(), aksara.guard_field() FROM PUBLIC;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.model
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_model();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.model
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_model();
CREATE TRIGGER guard_note AFTER INSERT ON aksara.model
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_model();
CREATE TRIGGER guard_settle AFTER INSERT ON aksara.model
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_model();
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.field
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_field();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.field
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_field();
CREATE TRIGGER guard_settle AFTER INSERT ON aksara.field
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_field();

GRANT INSERT ON aksara.relation TO PUBLIC;

-- As on aksara.model: who restores a dump writes rows here.
CREATE FUNCTION aksara.guard_relation() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_guard_relation';
COMMENT ON FUNCTION aksara.guard_relation() IS 'trigger of aksara.relation: admits what the owner of the table may say';
REVOKE ALL ON FUNCTION aksara.guard_relation() FROM PUBLIC;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.relation
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_relation();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.relation
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_relation();
CREATE TRIGGER guard_settle AFTER INSERT ON aksara.relation
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_relation();

DROP EVENT TRIGGER aksara_follow_ddl;
CREATE EVENT TRIGGER aksara_follow_ddl ON ddl_command_end
	WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'ALTER FOREIGN TABLE',
		'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE FOREIGN TABLE')
	EXECUTE FUNCTION aksara.follow_ddl();
COMMENT ON EVENT TRIGGER aksara_follow_ddl IS 'follows renames of models'' tables and columns by hand';

-- It has further arguments now.
DROP FUNCTION aksara.bulk_create(text, aksara.doc, boolean);
