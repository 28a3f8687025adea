-- Field types of one's own, and the functions of those that come with the extension.

CREATE OR REPLACE FUNCTION aksara.create_field_type(name text, base text, definition aksara.doc DEFAULT '{}')
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_create_field_type';
COMMENT ON FUNCTION aksara.create_field_type(text, text, aksara.doc) IS 'makes a field type out of another one';

CREATE OR REPLACE FUNCTION aksara.alter_field_type(name text, definition aksara.doc)
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_alter_field_type';
COMMENT ON FUNCTION aksara.alter_field_type(text, aksara.doc) IS 'gives a field type another definition, for fields to come: its new version';

CREATE OR REPLACE FUNCTION aksara.drop_field_type(name text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_drop_field_type';
COMMENT ON FUNCTION aksara.drop_field_type(text) IS 'drops a field type that no field is of';

CREATE OR REPLACE FUNCTION aksara.money_units(amount numeric, options jsonb) RETURNS bigint
	LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_model_money_units';
COMMENT ON FUNCTION aksara.money_units(numeric, jsonb) IS 'an amount in its smallest units, never rounded';

CREATE OR REPLACE FUNCTION aksara.money_amount(units bigint, options jsonb) RETURNS numeric
	LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_model_money_amount';
COMMENT ON FUNCTION aksara.money_amount(bigint, jsonb) IS 'the amount that so many smallest units are';

CREATE OR REPLACE FUNCTION aksara.color(value jsonb) RETURNS text
	LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_model_color';
COMMENT ON FUNCTION aksara.color(jsonb) IS '"r,g,b" of a color in any of its forms';

CREATE OR REPLACE FUNCTION aksara.phone(number text) RETURNS text
	LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_model_phone';
COMMENT ON FUNCTION aksara.phone(text) IS 'a telephone number without blanks, hyphens and brackets';

CREATE OR REPLACE FUNCTION aksara.encrypt(value text) RETURNS bytea
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_encrypt';
COMMENT ON FUNCTION aksara.encrypt(text) IS 'encrypts a text for a field of type Encrypted; not granted to PUBLIC';
REVOKE ALL ON FUNCTION aksara.encrypt(text) FROM PUBLIC;

CREATE OR REPLACE FUNCTION aksara.decrypt(message bytea) RETURNS text
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_model_decrypt';
COMMENT ON FUNCTION aksara.decrypt(bytea) IS 'the text of a field of type Encrypted; not granted to PUBLIC';
REVOKE ALL ON FUNCTION aksara.decrypt(bytea) FROM PUBLIC;

CREATE OR REPLACE FUNCTION aksara.encrypted(message bytea) RETURNS text
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_model_encrypted';
COMMENT ON FUNCTION aksara.encrypted(bytea) IS 'the text of a field of type Encrypted for who may decrypt it, else the message itself';
