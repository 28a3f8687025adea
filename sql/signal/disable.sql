-- Signals switched off: for the rest of a transaction, while a dump is restored, on a replica.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigoff;
SET search_path = sigoff;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES (concat_ws(' ', e.signal, e.instance ->> 'name'))$$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('User', '{"name": "String"}', '{"primary_key": "bigint", "receivers": [{"signal": "post_save", "handler": "note"}, {"signal": "post_delete", "handler": "note"}]}');
SELECT aksara.create_model('Tag', '{"name": "String"}', '{"primary_key": "bigint", "receivers": [{"signal": "post_save", "handler": "note"}]}');
SELECT aksara.create_model('Base', '{"name": "String"}', '{"abstract": true}');
-- Outside a transaction block it holds for its own statement.
SELECT aksara.disable_signals('User');
INSERT INTO users (name) VALUES ('at once');
SELECT * FROM heard();

BEGIN;
SELECT aksara.disable_signals('User', 'Tag');
INSERT INTO users (name) VALUES ('not told');
INSERT INTO tags (name) VALUES ('not told');
SELECT aksara.signals_enabled('users'), aksara.signals_enabled('tags'), aksara.signals_enabled('heard');
SELECT aksara.enable_signals('User');
INSERT INTO users (name) VALUES ('told');
INSERT INTO tags (name) VALUES ('not told');
COMMIT;
INSERT INTO tags (name) VALUES ('told after');
SELECT * FROM heard();

-- What is said in a savepoint goes with it; what was released stays.
BEGIN;
SAVEPOINT a;
SELECT aksara.disable_signals('User');
ROLLBACK TO a;
INSERT INTO users (name) VALUES ('1 told');
SAVEPOINT b;
SELECT aksara.disable_signals('User');
RELEASE b;
INSERT INTO users (name) VALUES ('2 not');
SAVEPOINT c;
SAVEPOINT d;
SELECT aksara.enable_signals('User');
INSERT INTO users (name) VALUES ('3 told');
RELEASE d;
INSERT INTO users (name) VALUES ('4 told');
SELECT * FROM heard();
ROLLBACK TO c;
INSERT INTO users (name) VALUES ('5 not');
DO $$BEGIN
  PERFORM aksara.enable_signals('User');
  INSERT INTO users (name) VALUES ('6 not');
  RAISE division_by_zero;
EXCEPTION WHEN division_by_zero THEN
  INSERT INTO users (name) VALUES ('7 not');
END$$;
INSERT INTO users (name) VALUES ('8 not');
COMMIT;
SELECT * FROM heard();
BEGIN;
SELECT aksara.disable_signals('User', 'User', 'sigoff.User');
ROLLBACK;
INSERT INTO users (name) VALUES ('after a rollback');
SELECT * FROM heard();

-- A handler may switch off what follows, of this statement too.
CREATE FUNCTION enough(u users) RETURNS void LANGUAGE sql AS $$SELECT aksara.disable_signals('User')$$;
SELECT aksara.connect('pre_save', 'enough', 'User', condition => 'name = ''b''');
INSERT INTO users (name) VALUES ('a'), ('b'), ('c');
SELECT * FROM heard();
SELECT aksara.disconnect('pre_save', 'enough', 'User');

-- What cannot be.
SELECT fails($$SELECT aksara.disable_signals('Nobody')$$), fails($$SELECT aksara.disable_signals(NULL)$$), fails($$SELECT aksara.disable_signals(VARIADIC NULL::text[])$$);
SELECT fails($$SELECT aksara.disable_signals('Base')$$), fails($$SELECT aksara.disable_signals()$$), fails($$SELECT aksara.disable_signals(VARIADIC '{}')$$), fails($$SELECT aksara.signals_enabled(NULL)$$);
SELECT fails($$SELECT aksara.disable_signals('User', 'Nobody')$$), aksara.signals_enabled('users'), aksara.signals_enabled(0), aksara.signals_enabled(4294967295);

-- While a dump is restored, and where another server's changes are applied.
SET aksara.restoring = on;
INSERT INTO users (name) VALUES ('restored');
SELECT aksara.signals_enabled('users'), aksara.enable_signals('User');
INSERT INTO users (name) VALUES ('restored, whatever is said');
RESET aksara.restoring;
INSERT INTO users (name) VALUES ('written');
SET session_replication_role = replica;
INSERT INTO users (name) VALUES ('replicated');
RESET session_replication_role;
DELETE FROM users WHERE name LIKE 're%';
SELECT * FROM heard();

SET client_min_messages = error;
DROP SCHEMA sigoff CASCADE;
