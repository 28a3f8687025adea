-- Schema operations beyond those that models began with.

CREATE OR REPLACE FUNCTION aksara.alter_field(model text, field text, definition aksara.doc)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_alter_field';
COMMENT ON FUNCTION aksara.alter_field(text, text, aksara.doc) IS 'gives a field another definition: type, options, rules';

CREATE OR REPLACE FUNCTION aksara.alter_meta(model text, meta aksara.doc)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_alter_meta';
COMMENT ON FUNCTION aksara.alter_meta(text, aksara.doc) IS 'changes options of a model; null removes one';

CREATE OR REPLACE FUNCTION aksara.add_index(model text, index aksara.doc)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_add_index';
COMMENT ON FUNCTION aksara.add_index(text, aksara.doc) IS 'makes an index on a model''s table';

CREATE OR REPLACE FUNCTION aksara.remove_index(model text, name text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_remove_index';
COMMENT ON FUNCTION aksara.remove_index(text, text) IS 'drops an index of a model''s table';

CREATE OR REPLACE FUNCTION aksara.add_constraint(model text, "constraint" aksara.doc)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_add_constraint';
COMMENT ON FUNCTION aksara.add_constraint(text, aksara.doc) IS 'adds a check, unique, exclusion or foreign key constraint to a model';

CREATE OR REPLACE FUNCTION aksara.remove_constraint(model text, name text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_remove_constraint';
COMMENT ON FUNCTION aksara.remove_constraint(text, text) IS 'drops a constraint of a model';
