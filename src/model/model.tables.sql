-- The registry: what the catalog cannot say of a model.  Names only, so that a
-- dump restores wherever the tables are; dumped as extension configuration.

CREATE TABLE aksara.model (
	app name NOT NULL,
	name text NOT NULL,
	table_name name NOT NULL,
	meta json NOT NULL,
	PRIMARY KEY (app, name)
);
COMMENT ON TABLE aksara.model IS 'models: app is the schema of the table; an abstract model has no table name';

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

CREATE TABLE aksara.abstract_oid (
	app name NOT NULL,
	model text NOT NULL,
	schema oid NOT NULL,
	PRIMARY KEY (app, model),
	FOREIGN KEY (app, model) REFERENCES aksara.model (app, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.abstract_oid IS 'the schema of each abstract model by its oid (rebuilt, never dumped)';

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

GRANT SELECT, INSERT ON aksara.model, aksara.field TO PUBLIC;

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

-- Field types that create_field_type() made; the versions before the newest stand in earlier.
CREATE TABLE aksara.field_type (
	app name NOT NULL,
	name text NOT NULL,
	version integer NOT NULL,
	base text NOT NULL,
	definition json NOT NULL,
	earlier json NOT NULL,
	PRIMARY KEY (app, name)
);
COMMENT ON TABLE aksara.field_type IS 'field types beside those that are built in: app is their schema';

SELECT pg_catalog.pg_extension_config_dump('aksara.field_type', $$WHERE app OPERATOR(pg_catalog.<>) 'aksara'$$);
GRANT SELECT, INSERT ON aksara.field_type TO PUBLIC;

CREATE TABLE aksara.field_type_oid (
	app name NOT NULL,
	name text NOT NULL,
	schema oid NOT NULL,
	PRIMARY KEY (app, name),
	FOREIGN KEY (app, name) REFERENCES aksara.field_type (app, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.field_type_oid IS 'the schema of each field type by its oid (rebuilt, never dumped)';

CREATE FUNCTION aksara.guard_field_type() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_guard_field_type';
COMMENT ON FUNCTION aksara.guard_field_type() IS 'trigger of aksara.field_type: admits what who may create in the schema may say';
REVOKE ALL ON FUNCTION aksara.guard_field_type() FROM PUBLIC;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.field_type
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_field_type();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.field_type
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_field_type();
CREATE TRIGGER guard_settle AFTER INSERT ON aksara.field_type
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_field_type();

-- Those that come with the extension: no more than what create_field_type() would write of their definitions.
INSERT INTO aksara.field_type (app, name, version, base, definition, earlier) VALUES
('aksara', 'Percentage', 1, 'Decimal', '{
	"options": {"min": {"type": "number", "default": 0}, "max": {"type": "number", "default": 100}},
	"check": "value BETWEEN min AND max"
}', '{}'),
('aksara', 'Phone', 1, 'String', '{
	"defaults": {"max_length": 17},
	"from_external": "phone",
	"normalize": ["aksara.phone"],
	"check": "value ~ ''^[+]?1?[0-9]{9,15}$''"
}', '{}'),
('aksara', 'Money', 1, 'BigInteger', '{
	"options": {"decimal_places": {"type": "integer", "default": 2, "choices": [0, 1, 2, 3, 4]},
		"negative": {"type": "boolean", "default": false}},
	"check": "value >= 0 OR negative",
	"from_external": "money_units",
	"to_external": "money_amount"
}', '{}'),
('aksara', 'Encrypted', 1, 'Binary', '{
	"defaults": {"ai_sensitive": true, "ai_agent_writable": false},
	"check": "substring(value FROM 1 FOR 1) = ''\\xc3''::bytea",
	"from_external": "encrypt",
	"to_external": "encrypted"
}', '{}'),
('aksara', 'Color', 1, 'String', '{
	"defaults": {"max_length": 11},
	"from_external": "color",
	"check": "value ~ ''^(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(,(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){2}$''"
}', '{}'),
('aksara', 'AutoSlug', 1, 'Slug', '{
	"defaults": {"unique": true, "suffix": true},
	"fixed": ["suffix"]
}', '{}');

-- What fields of type Encrypted are encrypted with; granted to nobody, and in no dump.
CREATE TABLE aksara.encryption_key (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	key text NOT NULL CHECK (pg_catalog.length(key) OPERATOR(pg_catalog.>=) 32)
);
COMMENT ON TABLE aksara.encryption_key IS 'the key of encrypted fields: a superuser''s alone to read, and never dumped';
INSERT INTO aksara.encryption_key (key) SELECT pg_catalog.encode(pg_catalog.sha256(
	pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid())), 'hex');

-- Follows ALTER and DROP by hand, and gives dangling models the tables that appear.
CREATE FUNCTION aksara.follow_ddl() RETURNS event_trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_follow_ddl';
COMMENT ON FUNCTION aksara.follow_ddl() IS 'brings the registry in line with the catalog after DDL by hand';

CREATE EVENT TRIGGER aksara_follow_ddl ON ddl_command_end
	WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'ALTER FOREIGN TABLE',
		'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE FOREIGN TABLE')
	EXECUTE FUNCTION aksara.follow_ddl();
CREATE EVENT TRIGGER aksara_follow_drop ON sql_drop
	EXECUTE FUNCTION aksara.follow_ddl();
COMMENT ON EVENT TRIGGER aksara_follow_ddl IS 'follows renames of models'' tables and columns by hand';
COMMENT ON EVENT TRIGGER aksara_follow_drop IS 'follows drops of models'' tables and columns by hand';
