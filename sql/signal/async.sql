-- async => true: handlers that run when the transaction commits, as the role that wrote.
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
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SELECT aksara.create_model('Post', '{"title": "String", "views": {"type": "Integer", "default": 0}}', '{"primary_key": "bigint"}');
SELECT aksara.connect('post_save', 'note', 'Post', async => true, condition => 'views >= 0'), aksara.connect('post_delete', 'note', 'Post', async => true), aksara.connect('post_bulk', 'note', 'Post', async => true);
-- They see the row as it was when it was written, and run in that order.
BEGIN;
INSERT INTO posts (title) VALUES ('one'), ('two');
UPDATE posts SET title = 'uno' WHERE id = 1;
DELETE FROM posts WHERE id = 2;
INSERT INTO posts (title, views) VALUES ('not wanted', -1);
SELECT * FROM heard();
SELECT count(*) FROM aksara.deferred_call;
COMMIT;
SELECT replace(what, current_user || ' ', '') FROM heard() what;
SELECT count(*) FROM aksara.deferred_call;
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
SELECT replace(what, current_user || ' ', '') FROM heard() what;
-- SET CONSTRAINTS ALL IMMEDIATE calls them at once.
BEGIN;
INSERT INTO posts (title) VALUES ('now');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT count(*) FROM heard();
INSERT INTO posts (title) VALUES ('at once');
SELECT count(*) FROM heard();
COMMIT;
SELECT count(*) FROM heard();
-- In order of priority; two that follow a row follow it before those of the next.
CREATE FUNCTION other(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO sigas.heard (what) VALUES ('other ' || e.signal)$$;
SELECT aksara.connect('post_save', 'other', 'Post', priority => -1, async => true), aksara.disconnect('post_bulk', 'note', 'Post');
INSERT INTO posts (title) VALUES ('a'), ('b');
SELECT replace(what, current_user || ' ', '') FROM heard() what;
SELECT aksara.disconnect('post_save', 'other', 'Post');

-- An error takes all of the transaction back; so does a handler that is gone or may not be called.
CREATE FUNCTION refuses(e aksara.event) RETURNS void LANGUAGE plpgsql AS $$BEGIN IF e.instance ->> 'title' = 'bad' THEN RAISE 'refused late' USING ERRCODE = 'check_violation'; END IF; END$$;
SELECT aksara.connect('post_save', 'refuses', 'Post', async => true);
BEGIN; INSERT INTO posts (title) VALUES ('good'), ('bad'); COMMIT;
SELECT count(*) FROM posts WHERE title IN ('good', 'bad');
INSERT INTO posts (title) VALUES ('bad');
BEGIN; INSERT INTO posts (title) VALUES ('good'); DROP FUNCTION refuses(aksara.event); COMMIT;
BEGIN; INSERT INTO posts (title) VALUES ('good'); SELECT aksara.disconnect('post_save', 'refuses', 'Post'); DROP FUNCTION refuses(aksara.event); COMMIT;
SELECT aksara.disconnect('post_save', 'refuses', 'Post');
SELECT count(*) FROM posts WHERE title = 'good';
SELECT count(*) FROM heard();
-- Writers that see it fail may catch it.
CREATE OR REPLACE FUNCTION refuses(e aksara.event) RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE 'refused'; END$$;
SELECT aksara.connect('post_save', 'refuses', 'Post', async => true);
BEGIN; INSERT INTO posts (title) VALUES ('x'); SELECT said('SET CONSTRAINTS ALL IMMEDIATE'); ROLLBACK;
-- What stood in the queue when a receiver goes is still called; what comes after is not.
CREATE OR REPLACE FUNCTION refuses(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO sigas.heard (what) VALUES ('called ' || (e.instance ->> 'title'))$$;
BEGIN; INSERT INTO posts (title) VALUES ('before'); SELECT aksara.disconnect('post_save', 'refuses', 'Post'); INSERT INTO posts (title) VALUES ('after'); COMMIT;
SELECT replace(what, current_user || ' ', '') FROM heard() what;
-- Disabled while the row is written, or not at all.
BEGIN; SELECT aksara.disable_signals('Post'); INSERT INTO posts (title) VALUES ('off'); SELECT aksara.enable_signals('Post'); COMMIT;
BEGIN; INSERT INTO posts (title) VALUES ('on'); SELECT aksara.disable_signals('Post'); COMMIT;
SELECT replace(what, current_user || ' ', '') FROM heard() what;

-- A handler that writes rows with such receivers goes on until it stops by itself, or at the limit.
CREATE FUNCTION counts_down(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO sigas.posts (title, views) SELECT 'next', (e.instance ->> 'views')::int - 1 WHERE (e.instance ->> 'views')::int > 0$$;
SELECT aksara.disconnect('post_save', 'note', 'Post'), aksara.connect('post_save', 'counts_down', 'Post', async => true);
TRUNCATE posts;
INSERT INTO posts (title, views) VALUES ('first', 20);
SELECT count(*), min(views) FROM posts;
SET aksara.signal_max_depth = 5;
INSERT INTO posts (title, views) VALUES ('first', 4);
INSERT INTO posts (title, views) VALUES ('first', 5);
INSERT INTO posts (title, views) VALUES ('first', 4);
RESET aksara.signal_max_depth;
SELECT count(*) FROM posts;
SELECT count(*) FROM aksara.deferred_call;
SELECT aksara.disconnect('post_save', 'counts_down', 'Post');

-- As the role that wrote, whoever it is when the transaction ends.
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
SELECT what LIKE 'regress%', what LIKE '%as writer%' FROM heard() what;
SET ROLE regress_sigas_definer;
CREATE FUNCTION writes(what text) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = sigas AS 'INSERT INTO posts (title) VALUES (what)';
SET ROLE regress_sigas_writer;
SELECT writes('for another');
SELECT regexp_replace(what, '\d+', 'N') FROM heard() what;
-- A handler does not get from there to the role of the session.
CREATE FUNCTION climbs(e aksara.event) RETURNS void LANGUAGE plpgsql AS $$BEGIN EXECUTE e.instance ->> 'title'; INSERT INTO sigas.heard (what) VALUES (current_user); END$$;
RESET ROLE;
SELECT aksara.disconnect('post_save', 'note', 'Post'), aksara.connect('post_save', 'climbs', 'Post', async => true);
BEGIN; SET ROLE regress_sigas_writer; INSERT INTO posts (title) VALUES ('RESET ROLE'); COMMIT;
SELECT current_user = session_user;
BEGIN; SET ROLE regress_sigas_writer; INSERT INTO posts (title) VALUES ('RESET ROLE'); RESET ROLE; COMMIT;
BEGIN; SET ROLE regress_sigas_writer; INSERT INTO posts (title) VALUES ('SET SESSION AUTHORIZATION DEFAULT'); RESET ROLE; COMMIT;
BEGIN; SET ROLE regress_sigas_writer; INSERT INTO posts (title) VALUES ('SET LOCAL ROLE none'); RESET ROLE; COMMIT;
BEGIN; SET ROLE regress_sigas_writer; INSERT INTO posts (title) VALUES ($$SELECT set_config('role', 'none', false)$$); RESET ROLE; COMMIT;
SELECT current_user = session_user;
SELECT * FROM heard();
SELECT count(*) FROM posts WHERE title ~ 'ROLE|role|AUTH';
SELECT aksara.disconnect('post_save', 'climbs', 'Post'), aksara.connect('post_save', 'note', 'Post', async => true);
-- A role without the right to execute it: said where the row is written.
REVOKE EXECUTE ON FUNCTION note(aksara.event) FROM PUBLIC;
SET ROLE regress_sigas_writer;
SELECT fails($$INSERT INTO posts (title) VALUES ('x')$$);
-- The queue is nobody's to read or write.
SELECT said('SELECT * FROM aksara.deferred_call'), said('DELETE FROM aksara.deferred_call'), said($$INSERT INTO aksara.deferred_call VALUES ('postgres', 1, '{"signal": "post_save", "handler": "sigas.note"}', ROW('x',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL))$$), said('TRUNCATE aksara.deferred_call'), said('SELECT aksara.run_deferred()'), said('ALTER TABLE aksara.deferred_call DISABLE TRIGGER ALL');
SELECT said('CREATE TRIGGER t AFTER INSERT ON sigas.t FOR EACH ROW EXECUTE FUNCTION aksara.run_deferred()') FROM (SELECT said('CREATE TABLE t (a int)')) c;
RESET ROLE;
GRANT EXECUTE ON FUNCTION note(aksara.event) TO PUBLIC;
CREATE FUNCTION nothing(e aksara.event) RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
-- Nor does what an administrator puts there by hand do harm.
SELECT said(format($$INSERT INTO aksara.deferred_call VALUES (current_user, 1, %L, ROW(NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL)); SET CONSTRAINTS ALL IMMEDIATE$$, r)) FROM unnest(ARRAY['{}', '[]', '{"signal": "post_save", "handler": "a.b.c"}', '{"signal": "post_save", "handler": "aksara.publish", "channel": "c"}', '{"signal": "post_save", "handler": "no"}', '{"signal": "post_save", "handler": "sigas.nothing"}']) r;
-- Signals of one's own wait as well, robustly sent or not.
SELECT aksara.create_signal('later');
SELECT aksara.connect('later', 'note', async => true);
BEGIN; SELECT * FROM aksara.send('later', '{"a": 1}', 'me'); SELECT * FROM aksara.send_robust('later'); SELECT * FROM heard(); COMMIT;
SELECT replace(what, current_user || ' ', '') FROM heard() what;
-- Many of them: nothing stays behind.
SELECT aksara.disconnect('post_save', 'note', 'Post'), aksara.connect('post_save', 'nothing', 'Post', async => true);
INSERT INTO posts (title) SELECT 'many' FROM generate_series(1, 5000);
SELECT count(*) FROM aksara.deferred_call;
SELECT aksara.drop_signal('later', true);

SET client_min_messages = error;
DROP SCHEMA sigas CASCADE;
DROP OWNED BY regress_sigas_writer, regress_sigas_definer;
DROP ROLE regress_sigas_writer, regress_sigas_definer;
