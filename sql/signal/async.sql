-- async => true: handlers that tasks call, after the transaction has committed, as the role that wrote.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigas;
SET search_path = sigas;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO sigas.heard (what) VALUES (concat_ws(' ', current_user, e.signal, e.sender, e.action, e.instance ->> 'id', e.instance ->> 'title', 'before: ' || (e.previous ->> 'title'), e.created, e.update_fields, e.ids, e.extra))$$;
CREATE VIEW calls AS SELECT id, state, attempts, args, result, error FROM aksara.tasks WHERE task = 'aksara.signal' AND args ->> 'handler' LIKE 'sigas.%';
GRANT SELECT ON calls TO PUBLIC;
-- What failed is due again at once.
CREATE FUNCTION hurry() RETURNS void LANGUAGE sql AS $$UPDATE aksara.task_later SET run_at = now() WHERE task = 'aksara.signal'$$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SELECT aksara.create_model('Post', '{"title": "String", "views": {"type": "Integer", "default": 0}}', '{"primary_key": "bigint"}');
SELECT aksara.connect('post_save', 'note', 'Post', async => true, condition => 'views >= 0'), aksara.connect('post_delete', 'note', 'Post', async => true), aksara.connect('post_bulk', 'note', 'Post', async => true);
-- They are told of the row as it was when it was written; one worker calls them in that order.
BEGIN;
INSERT INTO posts (title) VALUES ('one'), ('two');
UPDATE posts SET title = 'uno' WHERE id = 1;
DELETE FROM posts WHERE id = 2;
INSERT INTO posts (title, views) VALUES ('not wanted', -1);
SELECT state, count(*) FROM calls GROUP BY state;
COMMIT;
SELECT * FROM heard();
SELECT args FROM calls ORDER BY id LIMIT 1;
CALL aksara.run_tasks();
SELECT replace(what, current_user || ' ', '') FROM heard() what;
SELECT state, count(*) FROM calls GROUP BY state;
-- What a savepoint or a block takes back is never called; a transaction that is rolled back calls nothing.
BEGIN;
SAVEPOINT a;
INSERT INTO posts (title) VALUES ('lost');
ROLLBACK TO a;
SAVEPOINT b;
INSERT INTO posts (title) VALUES ('kept');
RELEASE b;
DO $$BEGIN INSERT INTO posts (title) VALUES ('caught'); RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN END$$;
COMMIT;
BEGIN; INSERT INTO posts (title) VALUES ('never'); ROLLBACK;
CALL aksara.run_tasks();
SELECT replace(what, current_user || ' ', '') FROM heard() what;
-- The event is what a handler is told at once: numbers, nested values, nothing, and values that look like something else.
CREATE TABLE told_at_once (event jsonb);
CREATE FUNCTION at_once(e aksara.event) RETURNS void LANGUAGE sql AS 'INSERT INTO sigas.told_at_once SELECT to_jsonb(e)';
CREATE FUNCTION whole(e aksara.event) RETURNS jsonb LANGUAGE sql AS 'SELECT to_jsonb(e)';
SELECT aksara.create_model('Mixed', '{"price": {"type": "Decimal", "max_digits": 30, "decimal_places": 12}, "note": {"type": "String", "null": true}, "data": {"type": "JSON", "null": true}}', '{"primary_key": "bigint"}');
SELECT aksara.connect('post_save', 'whole', 'Mixed', async => true), aksara.connect('post_save', 'at_once', 'Mixed');
INSERT INTO mixeds (price, note, data) VALUES (123456789012345678.123456789012, NULL, '{"b": [1, 1.0, null, {"x": "\u20ac \"\\ /"}], "a": "true"}'), (0, 'null', 'null'), (-0.5, '', NULL);
UPDATE mixeds SET note = E'two\nlines \U0001F600', price = 1;
CALL aksara.run_tasks();
SELECT result FROM calls WHERE args ->> 'handler' = 'sigas.whole' ORDER BY id;
SELECT count(*), bool_and(event IN (SELECT result FROM calls)) FROM told_at_once;
-- In order of priority; two that follow a row follow it before those of the next.
CREATE FUNCTION other(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO sigas.heard (what) VALUES ('other ' || e.signal)$$;
SELECT aksara.connect('post_save', 'other', 'Post', priority => -1, async => true), aksara.disconnect('post_bulk', 'note', 'Post');
INSERT INTO posts (title) VALUES ('a'), ('b');
CALL aksara.run_tasks();
SELECT replace(what, current_user || ' ', '') FROM heard() what;
SELECT aksara.disconnect('post_save', 'other', 'Post');

-- A handler that fails takes nothing back: it is called again, three times in all, and stands there as failed then.
CREATE FUNCTION refuses(e aksara.event) RETURNS text LANGUAGE plpgsql AS $$BEGIN IF e.instance ->> 'title' = 'bad' THEN RAISE 'refused late' USING ERRCODE = 'check_violation'; END IF; RETURN e.instance ->> 'title'; END$$;
SELECT aksara.disconnect('post_save', 'note', 'Post'), aksara.connect('post_save', 'refuses', 'Post', async => true);
INSERT INTO posts (title) VALUES ('good'), ('bad');
CALL aksara.run_tasks();
SELECT state, attempts, result FROM calls WHERE args ->> 'handler' = 'sigas.refuses' ORDER BY id;
SELECT hurry();
CALL aksara.run_tasks();
SELECT hurry();
CALL aksara.run_tasks();
SELECT state, attempts, result, error ->> 'message', error ->> 'sqlstate' FROM calls WHERE args ->> 'handler' = 'sigas.refuses' ORDER BY id;
SELECT count(*) FROM posts WHERE title IN ('good', 'bad');
-- So does one that is gone, and is called when it has come back; what was put off before a receiver went is called, later writes are not.
BEGIN; INSERT INTO posts (title) VALUES ('before'); SELECT aksara.disconnect('post_save', 'refuses', 'Post'); INSERT INTO posts (title) VALUES ('after'); COMMIT;
DROP FUNCTION refuses(aksara.event);
CALL aksara.run_tasks();
SELECT state, attempts FROM calls WHERE args -> 'event' -> 'instance' ->> 'title' IN ('before', 'after');
CREATE FUNCTION refuses(e aksara.event) RETURNS text LANGUAGE sql AS $$SELECT 'called for ' || (e.instance ->> 'title')$$;
SELECT hurry();
CALL aksara.run_tasks();
SELECT state, attempts, result FROM calls WHERE args -> 'event' -> 'instance' ->> 'title' IN ('before', 'after');
-- Disabled while the row is written, or not at all.
SELECT aksara.connect('post_save', 'note', 'Post', async => true);
BEGIN; SELECT aksara.disable_signals('Post'); INSERT INTO posts (title) VALUES ('off'); SELECT aksara.enable_signals('Post'); COMMIT;
BEGIN; INSERT INTO posts (title) VALUES ('on'); SELECT aksara.disable_signals('Post'); COMMIT;
SET aksara.restoring = on;
INSERT INTO posts (title) VALUES ('restored');
RESET aksara.restoring;
CALL aksara.run_tasks();
SELECT replace(what, current_user || ' ', '') FROM heard() what;

-- A handler that writes rows with such receivers goes on until it stops by itself, or at the limit.
CREATE FUNCTION counts_down(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO sigas.posts (title, views) SELECT 'next', (e.instance ->> 'views')::int - 1 WHERE (e.instance ->> 'views')::int > 0$$;
SELECT aksara.disconnect('post_save', 'note', 'Post'), aksara.connect('post_save', 'counts_down', 'Post', async => true);
TRUNCATE posts;
INSERT INTO posts (title, views) VALUES ('first', 20);
CALL aksara.run_tasks();
SELECT count(*), min(views) FROM posts;
SET aksara.signal_max_depth = 5;
INSERT INTO posts (title, views) VALUES ('first', 4);
CALL aksara.run_tasks();
SELECT count(*), min(views) FROM posts;
INSERT INTO posts (title, views) VALUES ('first', 5);
CALL aksara.run_tasks();
SELECT count(*), min(views) FROM posts;
SELECT state, attempts, args -> 'depth' FROM calls WHERE state NOT IN ('completed', 'failed');
SELECT hurry();
CALL aksara.run_tasks();
SELECT hurry();
CALL aksara.run_tasks();
SELECT error ->> 'sqlstate', error ->> 'message', error ->> 'detail' FROM calls WHERE state = 'failed' AND args -> 'depth' = '5';
INSERT INTO posts (title, views) VALUES ('first', 4);
CALL aksara.run_tasks();
SELECT count(*) FROM posts;
RESET aksara.signal_max_depth;
SELECT aksara.disconnect('post_save', 'counts_down', 'Post');

-- As the role that wrote; each role runs its own.
CREATE ROLE regress_sigas_writer;
CREATE ROLE regress_sigas_definer;
GRANT ALL ON SCHEMA sigas TO regress_sigas_writer, regress_sigas_definer;
GRANT ALL ON posts, heard, heard_n_seq TO regress_sigas_writer, regress_sigas_definer;
SELECT aksara.connect('post_save', 'note', 'Post', async => true);
BEGIN;
SET ROLE regress_sigas_writer;
INSERT INTO posts (title) VALUES ('as writer');
RESET ROLE;
INSERT INTO posts (title) VALUES ('as superuser');
COMMIT;
CALL aksara.run_tasks();
SELECT what LIKE 'regress%', what LIKE '%as writer%' FROM heard() what;
SET ROLE regress_sigas_writer;
CALL aksara.run_tasks();
SELECT regexp_replace(what, '\d+', 'N') FROM heard() what;
SET ROLE regress_sigas_definer;
CREATE FUNCTION writes(what text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = sigas AS 'INSERT INTO posts (title) VALUES (what)';
SET ROLE regress_sigas_writer;
SELECT writes('for another');
CALL aksara.run_tasks();
SET ROLE regress_sigas_definer;
CALL aksara.run_tasks();
SELECT regexp_replace(what, '\d+', 'N') FROM heard() what;
RESET ROLE;
-- A role without the right to execute it: said where the row is written, and where it is called.
SET ROLE regress_sigas_writer;
INSERT INTO posts (title) VALUES ('lost right');
RESET ROLE;
REVOKE EXECUTE ON FUNCTION note(aksara.event) FROM PUBLIC;
SET ROLE regress_sigas_writer;
SELECT fails($$INSERT INTO posts (title) VALUES ('x')$$);
CALL aksara.run_tasks();
SELECT state, attempts FROM calls WHERE state = 'waiting';
RESET ROLE;
-- The body may be called by anybody with anything: it calls what the caller could call.
CREATE FUNCTION tells(e aksara.event) RETURNS text LANGUAGE sql AS 'SELECT e::text';
CREATE FUNCTION strictly(e aksara.event) RETURNS text LANGUAGE sql STRICT AS 'SELECT e::text';
CREATE FUNCTION many(e aksara.event) RETURNS SETOF text LANGUAGE sql AS 'SELECT e::text';
CREATE FUNCTION told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE PROCEDURE does(e aksara.event) LANGUAGE sql AS 'SELECT 1';
CREATE SCHEMA sigas_hidden;
CREATE FUNCTION sigas_hidden.hides(e aksara.event) RETURNS void LANGUAGE sql AS '';
SET ROLE regress_sigas_writer;
SELECT said(format('SELECT aksara.run_signal(%L)', a)) || COALESCE(': ' || aksara.run_signal(a)::text, '') FROM unnest(ARRAY[
	'{"handler": "sigas.tells", "depth": 1, "event": {"signal": "post_save"}}',
	'{"handler": "sigas.strictly", "depth": 1000, "event": {"signal": "no such", "sender": "", "instance": [], "previous": "x", "created": false, "update_fields": [], "action": "\u20ac", "ids": 1, "extra": {"a": null}}, "more": 1}',
	'{"handler": "tells", "depth": 1, "event": {"signal": "x", "sender": null, "instance": null, "created": null, "update_fields": null}}'
	]::jsonb[]) a;
SELECT said(format('SELECT aksara.run_signal(%L)', a)) FROM unnest(ARRAY[NULL, '1', '"x"', 'null', '[]', '[{"handler": "sigas.tells"}]', '{}', '{"handler": 1}', '{"handler": "sigas.tells"}',
	'{"handler": "sigas.tells", "depth": "1", "event": {"signal": "x"}}', '{"handler": "sigas.tells", "depth": 0, "event": {"signal": "x"}}', '{"handler": "sigas.tells", "depth": 1e30, "event": {"signal": "x"}}',
	'{"handler": "sigas.tells", "depth": 1}', '{"handler": "sigas.tells", "depth": 1, "event": "x"}', '{"handler": "sigas.tells", "depth": 1, "event": []}', '{"handler": "sigas.tells", "depth": 1, "event": {}}',
	'{"handler": "sigas.tells", "depth": 1, "event": {"signal": {}}}', '{"handler": "sigas.tells", "depth": 1, "event": {"signal": "x", "created": 1}}',
	'{"handler": "sigas.tells", "depth": 1, "event": {"signal": "x", "update_fields": "x"}}', '{"handler": "sigas.tells", "depth": 1, "event": {"signal": "x", "update_fields": [null]}}',
	'{"handler": "sigas.tells", "depth": 1, "event": {"signal": "x", "update_fields": {"a": "b"}}}',
	'{"handler": "", "depth": 1, "event": {"signal": "x"}}', '{"handler": "a.b.c", "depth": 1, "event": {"signal": "x"}}', '{"handler": "sigas.no", "depth": 1, "event": {"signal": "x"}}', '{"handler": "nowhere.no", "depth": 1, "event": {"signal": "x"}}',
	'{"handler": "sigas.note", "depth": 1, "event": {"signal": "x"}}', '{"handler": "sigas.many", "depth": 1, "event": {"signal": "x"}}', '{"handler": "sigas.told", "depth": 1, "event": {"signal": "x"}}', '{"handler": "sigas.does", "depth": 1, "event": {"signal": "x"}}',
	'{"handler": "sigas.tells", "depth": 1, "event": {"signal": "pre_save"}}', '{"handler": "sigas_hidden.hides", "depth": 1, "event": {"signal": "x"}}', '{"handler": "pg_catalog.pg_terminate_backend", "depth": 1, "event": {"signal": "x"}}', '{"handler": "aksara.publish", "depth": 1, "event": {"signal": "x"}}'
	]::jsonb[]) a;
-- Its task is nobody's to enqueue, change or take away.
SELECT said($$SELECT aksara.enqueue('aksara.signal', '{}')$$), said($$SELECT aksara.on_commit('aksara.signal', '{}')$$), said($$SELECT aksara.register_task('aksara.signal', 'sigas.heard')$$), said($$SELECT aksara.unregister_task('aksara.signal')$$), said($$SELECT aksara.enqueue_many('[{"task": "aksara.signal"}]')$$), said($$SELECT aksara.enqueue('aksara.signl')$$);
RESET ROLE;
SELECT said($$SELECT aksara.unregister_task('aksara.signal')$$);
DROP SCHEMA sigas_hidden CASCADE;
GRANT EXECUTE ON FUNCTION note(aksara.event) TO PUBLIC;
SELECT hurry();
SET ROLE regress_sigas_writer;
CALL aksara.run_tasks();
RESET ROLE;
SELECT regexp_replace(what, '\d+', 'N') FROM heard() what;
-- Signals of one's own wait as well, robustly sent or not; what is read only puts nothing off.
SELECT aksara.create_signal('later');
SELECT aksara.connect('later', 'note', async => true);
BEGIN; SELECT * FROM aksara.send('later', '{"a": 1}', 'me'); SELECT * FROM aksara.send_robust('later'); SELECT * FROM heard(); COMMIT;
CALL aksara.run_tasks();
SELECT replace(what, current_user || ' ', '') FROM heard() what;
BEGIN READ ONLY; SELECT aksara.send('later'); ROLLBACK;
-- Many of them.
CREATE FUNCTION nothing(e aksara.event) RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
SELECT aksara.disconnect('post_save', 'note', 'Post'), aksara.connect('post_save', 'nothing', 'Post', async => true);
INSERT INTO posts (title) SELECT 'many' FROM generate_series(1, 5000);
CALL aksara.run_tasks();
SELECT state, count(*), count(result) FROM calls WHERE args ->> 'handler' = 'sigas.nothing' GROUP BY state;
SELECT count(*) FROM calls WHERE state NOT IN ('completed', 'failed');
SELECT aksara.drop_signal('later', true);

\set ECHO none
SET client_min_messages = error;
DELETE FROM aksara.task_history WHERE task = 'aksara.signal';
DROP SCHEMA sigas CASCADE;
DROP OWNED BY regress_sigas_writer, regress_sigas_definer;
DROP ROLE regress_sigas_writer, regress_sigas_definer;
