-- Who may define and change: exactly who SQL would let.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA priv;
CREATE ROLE regress_priv_owner;
CREATE ROLE regress_priv_other;
GRANT CREATE, USAGE ON SCHEMA priv TO regress_priv_owner;
SET search_path = priv;

SET ROLE regress_priv_other;
SELECT aksara.create_model('priv.Secret', '{"a": "Text"}');
SET ROLE regress_priv_owner;
SELECT aksara.create_model('priv.Secret', '{"word": "Text"}');
SELECT tableowner FROM pg_tables WHERE tablename = 'secrets';
INSERT INTO secrets (word) VALUES ('hidden');

-- Another role may not change it, nor the registry behind it.
SET ROLE regress_priv_other;
SELECT aksara.describe('priv.Secre');
SELECT aksara.add_field('priv.Secret', 'b', '{"type": "Text", "nullable": true}');
SELECT aksara.remove_field('priv.Secret', 'word');
SELECT aksara.rename_field('priv.Secret', 'word', 'b');
SELECT aksara.rename_model('priv.Secret', 'Known');
SELECT aksara.drop_model('priv.Secret');
SELECT aksara.apply_operation('{"op": "drop_model", "model": "priv.Secret"}');
INSERT INTO aksara.model VALUES ('priv', 'Fake', 'secrets', '{}');
UPDATE aksara.model SET table_name = 'pg_class';
DELETE FROM aksara.field;
TRUNCATE aksara.model CASCADE;
SELECT * FROM aksara.model_oid;

-- Names in hints need USAGE on the schema; the model's own names are no secret.
SELECT aksara.describe('Secret');
RESET ROLE;
GRANT USAGE ON SCHEMA priv TO regress_priv_other;
SET ROLE regress_priv_other;
SET search_path = public;
SELECT aksara.describe('Secret');
RESET ROLE;
\set VERBOSITY default
SET ROLE regress_priv_other;
SELECT aksara.describe('Secret');
RESET ROLE;
SELECT count(*) FROM priv.secrets;

-- A hostile search_path changes nothing.
CREATE SCHEMA evil;
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT ''1999-01-01''::timestamptz';
CREATE FUNCTION evil.eq(name, name) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''caught''; END';
CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = name, FUNCTION = evil.eq);
SET search_path = evil, pg_catalog, priv;
SELECT aksara.add_field('priv.Secret', 'at', '{"type": "DateTime", "auto_now": true}');
SELECT aksara.rename_field('priv.Secret', 'at', 'changed');
SELECT field ->> 'default' AS "default" FROM json_array_elements(aksara.describe('priv.Secret') -> 'fields') field;
RESET search_path;
DROP SCHEMA evil, priv CASCADE;
DROP ROLE regress_priv_owner, regress_priv_other;
