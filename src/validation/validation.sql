-- Rules of fields and rows.

CREATE OR REPLACE FUNCTION aksara.add_validator(model text, field text, validator aksara.doc, valid boolean DEFAULT true)
	RETURNS text LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_validation_add_validator';
COMMENT ON FUNCTION aksara.add_validator(text, text, aksara.doc, boolean) IS 'gives a field a validator, and returns its name; valid => false leaves the rows that are there alone';

CREATE OR REPLACE FUNCTION aksara.remove_validator(model text, field text, name text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_validation_remove_validator';
COMMENT ON FUNCTION aksara.remove_validator(text, text, text) IS 'takes a validator from a field';

CREATE OR REPLACE FUNCTION aksara.add_rule(model text, rule aksara.doc, valid boolean DEFAULT true)
	RETURNS text LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_validation_add_rule';
COMMENT ON FUNCTION aksara.add_rule(text, aksara.doc, boolean) IS 'gives the rows of a model a rule, and returns its name; valid => false leaves the rows that are there alone';

CREATE OR REPLACE FUNCTION aksara.remove_rule(model text, name text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_validation_remove_rule';
COMMENT ON FUNCTION aksara.remove_rule(text, text) IS 'takes a rule from the rows of a model';

CREATE OR REPLACE FUNCTION aksara.validate_rules(model text)
	RETURNS SETOF text LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_validation_validate_rules';
COMMENT ON FUNCTION aksara.validate_rules(text) IS 'looks at the rows that constraints made with valid => false have left alone, and returns their names';

CREATE OR REPLACE FUNCTION aksara.full_clean(model text, doc aksara.doc, partial boolean DEFAULT false)
	RETURNS json LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_validation_full_clean';
COMMENT ON FUNCTION aksara.full_clean(text, aksara.doc, boolean) IS 'what is wrong with a document, as field → [{code, message}]; nothing is written';

CREATE OR REPLACE FUNCTION aksara.check_existing(model text, OUT key json, OUT field text, OUT code text, OUT message text, OUT rule text)
	RETURNS SETOF record LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_validation_check_existing';
COMMENT ON FUNCTION aksara.check_existing(text) IS 'the rows of a model that break a rule, one line a problem';
