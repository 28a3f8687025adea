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
	source_columns name[],
	target_columns name[],
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
	source_attnums smallint[],
	target_attnums smallint[],
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

GRANT SELECT, INSERT ON aksara.relation TO PUBLIC;

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
