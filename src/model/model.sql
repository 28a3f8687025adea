-- Models: definition, change, description.

CREATE OR REPLACE FUNCTION aksara.create_model(name text, fields aksara.doc, meta aksara.doc DEFAULT '{}')
	RETURNS regclass LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_create_model';
COMMENT ON FUNCTION aksara.create_model(text, aksara.doc, aksara.doc) IS 'makes a model and its table';

CREATE OR REPLACE FUNCTION aksara.adopt_table("table" text, name text DEFAULT NULL, options aksara.doc DEFAULT '{}')
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_adopt_table';
COMMENT ON FUNCTION aksara.adopt_table(text, text, aksara.doc) IS 'makes a model of a table that is there, and leaves the table as it is';

CREATE OR REPLACE FUNCTION aksara.adopt_schema(schema text, options aksara.doc DEFAULT '{}',
		OUT table_name text, OUT model text, OUT unmapped json)
	RETURNS SETOF record LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_adopt_schema';
COMMENT ON FUNCTION aksara.adopt_schema(text, aksara.doc) IS 'makes models of all tables of a schema, and says what could not be mapped';

CREATE OR REPLACE FUNCTION aksara.drop_model(model text, cascade boolean DEFAULT false)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_drop_model';
COMMENT ON FUNCTION aksara.drop_model(text, boolean) IS 'drops a model and its table';

CREATE OR REPLACE FUNCTION aksara.rename_model(model text, name text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_rename_model';
COMMENT ON FUNCTION aksara.rename_model(text, text) IS 'renames a model; its table follows when its name was derived';

CREATE OR REPLACE FUNCTION aksara.add_field(model text, field text, definition aksara.doc)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_add_field';
COMMENT ON FUNCTION aksara.add_field(text, text, aksara.doc) IS 'adds a field and its column';

CREATE OR REPLACE FUNCTION aksara.remove_field(model text, field text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_remove_field';
COMMENT ON FUNCTION aksara.remove_field(text, text) IS 'removes a field and its column';

CREATE OR REPLACE FUNCTION aksara.rename_field(model text, field text, name text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_rename_field';
COMMENT ON FUNCTION aksara.rename_field(text, text, text) IS 'renames a field; its column follows when its name was derived';

CREATE OR REPLACE FUNCTION aksara.apply_operation(operation aksara.doc)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_apply_operation';
COMMENT ON FUNCTION aksara.apply_operation(aksara.doc) IS 'runs one schema operation and returns the operation that undoes it';

CREATE OR REPLACE FUNCTION aksara.describe(model text)
	RETURNS json LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_model_describe_model';
COMMENT ON FUNCTION aksara.describe(text) IS 'a model as one document: fields, constraints, relations, options';

CREATE OR REPLACE FUNCTION aksara.check_registry(OUT kind text, OUT model text, OUT problem text)
	RETURNS SETOF record LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_check_registry';
COMMENT ON FUNCTION aksara.check_registry() IS 'where the registry and the catalog differ: dangling models, missing columns and keys';

CREATE OR REPLACE FUNCTION aksara.forget_model(model text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_sql_forget_model';
COMMENT ON FUNCTION aksara.forget_model(text) IS 'takes out of the registry an adopted model, whose table stays, or a dangling one, whose table is absent';

CREATE OR REPLACE FUNCTION aksara.slugify(text text, max_length integer DEFAULT NULL, allow_unicode boolean DEFAULT false)
	RETURNS text LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_model_slugify';
COMMENT ON FUNCTION aksara.slugify(text, integer, boolean) IS 'a slug of a text: lower case, letters, digits, _ and -';

CREATE OR REPLACE FUNCTION aksara.rules()
	RETURNS trigger LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_rules';
COMMENT ON FUNCTION aksara.rules() IS 'row trigger: keeps auto_now, normal forms and slugs for every writer';
