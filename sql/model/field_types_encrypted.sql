-- Fields of type Encrypted, where the server has pgcrypto.
\set VERBOSITY terse
SET client_min_messages = warning;
SELECT count(*) = 0 AS without FROM pg_available_extensions WHERE name = 'pgcrypto' \gset
\if :without
\quit
\endif
CREATE ROLE regress_stock;
CREATE SCHEMA stock;
SET search_path = stock;
CREATE FUNCTION stock.says(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text;
BEGIN
	EXECUTE sql;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || message || coalesce(E'\n  ' || nullif(detail, ''), '');
END $$;
GRANT USAGE ON SCHEMA stock TO regress_stock;

SELECT aksara.create_model('Patient', '{"name": "String", "diagnosis": {"type": "Encrypted", "nullable": true}}', '{"primary_key": "bigint"}');
SELECT stock.says($$SELECT aksara.create('Patient', '{"name": "a", "diagnosis": "flu"}')$$);
CREATE SCHEMA crypt;
CREATE EXTENSION pgcrypto SCHEMA crypt;
SELECT aksara.create('Patient', '{"name": "a", "diagnosis": "flu"}');
SELECT aksara.create('Patient', '{"name": "b", "diagnosis": "grüne Ohren"}');
SELECT aksara.create('Patient', '{"name": "c"}');
SELECT aksara.fetch('{"model": "Patient", "order_by": ["id"]}');
SELECT name, diagnosis IS NOT NULL AND position('flu'::bytea IN diagnosis) = 0 AS hidden, get_byte(diagnosis, 0) FROM patients ORDER BY id;
-- Equal texts are not equal messages.
SELECT aksara.create('Patient', '{"name": "c", "diagnosis": "flu"}');
SELECT count(DISTINCT diagnosis) FROM patients;
SELECT aksara.count('Patient', '{"diagnosis": "flu"}');
INSERT INTO patients (name, diagnosis) VALUES ('d', 'plain');
SELECT stock.says($$SELECT aksara.create('Patient', '{"name": "e", "diagnosis": 5}')$$);
SELECT aksara.ai_schema('Patient')::text ~ 'diagnosis' AS shown_to_agents;
-- Who may not decrypt sees the message, and can write the row back as it was.
GRANT SELECT, UPDATE, INSERT ON patients TO regress_stock;
SET ROLE regress_stock;
SELECT aksara.fetch('{"model": "Patient", "pick": ["diagnosis"], "filter": {"name": "a"}}')::text ~ '"\\\\xc30.04[0-9a-f]+"' AS is_message;
SELECT aksara.decrypt(diagnosis) FROM patients;
SELECT stock.says($$SELECT aksara.create('Patient', '{"name": "f", "diagnosis": "flu"}')$$);
SELECT * FROM aksara.encryption_key;
SELECT aksara.encrypt('x');
RESET ROLE;
GRANT EXECUTE ON FUNCTION aksara.encrypt(text) TO regress_stock;
SET ROLE regress_stock;
SELECT aksara.save('Patient', aksara.get('Patient', '{"name": "a"}')) IS NOT NULL AS saved;
SELECT aksara.create('Patient', '{"name": "f", "diagnosis": "cold"}')::text ~ 'cold' AS shown;
RESET ROLE;
SELECT aksara.get('Patient', '{"name": "a"}'), aksara.get('Patient', '{"name": "f"}');
GRANT EXECUTE ON FUNCTION aksara.decrypt(bytea) TO regress_stock;
SET ROLE regress_stock;
SELECT aksara.get('Patient', '{"name": "f"}');
RESET ROLE;
-- A function that the owner of pgcrypto has made a member of it is not given the key.
BEGIN;
CREATE FUNCTION stock.pgp_sym_encrypt(text, text, text) RETURNS bytea LANGUAGE plpgsql AS $$BEGIN RAISE WARNING 'the key has % characters', length($2); RETURN '\x'; END$$;
ALTER EXTENSION pgcrypto DROP FUNCTION crypt.pgp_sym_encrypt(text, text, text);
ALTER EXTENSION pgcrypto ADD FUNCTION stock.pgp_sym_encrypt(text, text, text);
SELECT stock.says($$SELECT aksara.create('Patient', '{"name": "g", "diagnosis": "flu"}')$$);
ROLLBACK;
-- Another key: what was encrypted under the old one says so, and nothing of it.
BEGIN;
UPDATE aksara.encryption_key SET key = repeat('k', 64);
SELECT stock.says($$SELECT aksara.get('Patient', '{"name": "f"}')$$);
DELETE FROM aksara.encryption_key;
SELECT stock.says($$SELECT aksara.get('Patient', '{"name": "f"}')$$);
ROLLBACK;
UPDATE aksara.encryption_key SET key = 'short';
SELECT length(key) FROM aksara.encryption_key;
REVOKE EXECUTE ON FUNCTION aksara.encrypt(text), aksara.decrypt(bytea) FROM regress_stock;
DROP EXTENSION pgcrypto;
SELECT stock.says($$SELECT aksara.get('Patient', '{"name": "f"}')$$);
DROP SCHEMA stock, crypt CASCADE;
DROP ROLE regress_stock;
