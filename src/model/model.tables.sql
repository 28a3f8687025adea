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
