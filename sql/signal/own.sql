-- Signals of one's own: made, received, sent; answers and errors.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigown;
SET search_path = sigown;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
-- A post is published: who is told is up to others.
SELECT aksara.create_signal('post_published', '{post,editor}', 'a post was published');
SELECT name, arguments, description FROM aksara.signal WHERE name = 'post_published';
-- Nobody receives it yet.
SELECT * FROM aksara.send('post_published', '{"post": 1}');
CREATE FUNCTION mail(e aksara.event) RETURNS text LANGUAGE sql AS $$INSERT INTO heard (what) VALUES (concat_ws(' ', 'mail', e.signal, e.sender, e.extra)); SELECT 'mailed ' || (e.extra ->> 'post')$$;
CREATE FUNCTION count_it(e aksara.event) RETURNS integer LANGUAGE sql AS $$INSERT INTO heard (what) VALUES ('count ' || e::text); SELECT 7$$;
SELECT aksara.connect('post_published', 'mail'), aksara.connect('post_published', 'count_it', priority => -1), aksara.connect('post_published', 'mail');
SELECT * FROM aksara.send('post_published', '{"post": 1, "editor": "Ann"}');
SELECT * FROM heard();
-- A sender is any text; a receiver of one hears that one alone.
SELECT aksara.connect('post_published', 'mail', 'blog "Zürich"', 'of one');
SELECT signal, sender, handler, dispatch_uid, priority, position, role = current_user AS mine FROM aksara.receiver WHERE signal = 'post_published' ORDER BY priority, position;
SELECT receiver FROM aksara.send('post_published', '{}', 'blog "Zürich"');
SELECT receiver FROM aksara.send('post_published', sender => 'another');
SELECT * FROM heard();
SELECT aksara.disconnect('post_published', dispatch_uid => 'of one'), aksara.disconnect('post_published', sender => 'blog "Zürich"', dispatch_uid => 'of one'), aksara.disconnect('post_published', 'count_it'), aksara.disconnect('post_published', 'count_it');
-- Without arguments a signal takes any; a document is an object.
SELECT aksara.create_signal('Über "all"');
SELECT aksara.connect('Über "all"', 'mail');
SELECT result FROM aksara.send('Über "all"', '{"post": "ä\u00e9😀", "x": [1, {"y": null}]}');
SELECT * FROM heard();

-- Answers are JSON, whatever the handler returns; void and NULL are none.
CREATE TYPE pair AS (a int, "B c" text);
CREATE DOMAIN small AS int CHECK (VALUE < 10);
CREATE FUNCTION a_void(e aksara.event) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION a_null(e aksara.event) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
CREATE FUNCTION b_bool(e aksara.event) RETURNS boolean LANGUAGE sql AS 'SELECT false';
CREATE FUNCTION b_json(e aksara.event) RETURNS json LANGUAGE sql AS $$SELECT '{"b": 1, "a": [null]}'::json$$;
CREATE FUNCTION b_jsonb(e aksara.event) RETURNS jsonb LANGUAGE sql AS $$SELECT 'null'::jsonb$$;
CREATE FUNCTION c_numeric(e aksara.event) RETURNS numeric LANGUAGE sql AS 'SELECT 12345678901234567890.50';
CREATE FUNCTION c_nan(e aksara.event) RETURNS float8 LANGUAGE sql AS $$SELECT 'NaN'::float8$$;
CREATE FUNCTION c_array(e aksara.event) RETURNS int[] LANGUAGE sql AS $$SELECT '{{1,2},{3,NULL}}'::int[]$$;
CREATE FUNCTION c_domain(e aksara.event) RETURNS small LANGUAGE sql AS 'SELECT 3::small';
CREATE FUNCTION d_row(e aksara.event) RETURNS pair LANGUAGE sql AS $$SELECT 1, 'x"y'$$;
CREATE FUNCTION d_rows(e aksara.event) RETURNS pair[] LANGUAGE sql AS $$SELECT ARRAY[(1, 'x'), (2, NULL)]::pair[]$$;
CREATE FUNCTION d_event(e aksara.event) RETURNS aksara.event LANGUAGE sql AS $$SELECT e$$;
CREATE FUNCTION d_range(e aksara.event) RETURNS int4range LANGUAGE sql AS $$SELECT '[1,3)'::int4range$$;
CREATE FUNCTION e_bytea(e aksara.event) RETURNS bytea LANGUAGE sql AS $$SELECT '\x00ff'::bytea$$;
CREATE FUNCTION e_time(e aksara.event) RETURNS timestamptz LANGUAGE sql AS $$SELECT '2024-02-29 12:00+00'::timestamptz$$;
CREATE FUNCTION e_span(e aksara.event) RETURNS interval LANGUAGE sql AS $$SELECT '1 day 02:03'::interval$$;
CREATE FUNCTION e_record(e aksara.event) RETURNS record LANGUAGE sql AS $$SELECT ROW(1, 'two')$$;
CREATE FUNCTION e_set(e aksara.event) RETURNS SETOF int LANGUAGE sql AS $$SELECT 1$$;
CREATE FUNCTION e_any(e anyelement) RETURNS anyelement LANGUAGE sql AS $$SELECT e$$;
SELECT aksara.create_signal('answers');
SELECT aksara.connect('answers', proname) FROM pg_proc WHERE pronamespace = 'sigown'::regnamespace AND proname ~ '^[a-e]_' AND proname NOT IN ('e_set', 'e_any') ORDER BY proname;
SET TimeZone = 'Asia/Tokyo';
SELECT receiver, result FROM aksara.send('answers', '{}');
SELECT said($$SELECT aksara.connect('answers', 'e_set')$$), said($$SELECT aksara.connect('answers', 'e_any')$$), said($$SELECT aksara.connect('answers', 'no')$$);

-- send: an error ends it all. send_robust: the others are called, and what the failed one did is undone.
CREATE FUNCTION fails_late(e aksara.event) RETURNS int LANGUAGE plpgsql AS $$BEGIN INSERT INTO heard (what) VALUES ('undone'); RAISE 'no "%" today', e.extra ->> 'what' USING ERRCODE = 'ZX123', DETAIL = 'Sold out.', HINT = 'Take tea.'; END$$;
CREATE FUNCTION notes(e aksara.event) RETURNS int LANGUAGE sql AS $$INSERT INTO heard (what) VALUES ('noted'); SELECT count(*)::int FROM heard$$;
SELECT aksara.create_signal('risky', '{what}');
SELECT aksara.connect('risky', 'notes', NULL, 'first'), aksara.connect('risky', 'fails_late'), aksara.connect('risky', 'notes', NULL, 'last');
SELECT fails($$SELECT * FROM aksara.send('risky', '{"what": "coffee"}')$$);
SELECT * FROM heard();
SELECT * FROM aksara.send_robust('risky', '{"what": "coffee"}', NULL);
SELECT * FROM heard();
-- A handler that is gone, or may not be called, fails as one that raises.
DROP FUNCTION fails_late(aksara.event);
SELECT receiver, result, error - 'detail' FROM aksara.send_robust('risky', '{}');
DELETE FROM heard;
-- A deferred constraint that one of them breaks is seen where it is checked.
CREATE TABLE one (id int PRIMARY KEY, other int REFERENCES one DEFERRABLE INITIALLY DEFERRED);
CREATE FUNCTION breaks(e aksara.event) RETURNS int LANGUAGE sql AS $$INSERT INTO one VALUES (1, 2); SELECT 1$$;
SELECT aksara.connect('risky', 'breaks');
SELECT said($$SELECT aksara.send_robust('risky', '{}'); SET CONSTRAINTS ALL IMMEDIATE$$);
SELECT aksara.disconnect('risky', 'breaks');
-- Cancelling is no error of a handler.
CREATE FUNCTION waits(e aksara.event) RETURNS int LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(60); RETURN 1; END$$;
SELECT aksara.connect('risky', 'waits', priority => -5);
SET statement_timeout = 100;
SELECT * FROM aksara.send_robust('risky', '{}');
RESET statement_timeout;
SELECT aksara.disconnect('risky', 'waits');
SELECT * FROM heard();

-- A handler may send further signals, down to a limit; robustly each answers for itself.
CREATE FUNCTION again(e aksara.event) RETURNS int LANGUAGE sql AS $$SELECT count(*)::int FROM aksara.send('deep', jsonb_build_object('n', (e.extra ->> 'n')::int - 1)) WHERE (e.extra ->> 'n')::int > 0$$;
SELECT aksara.create_signal('deep');
SELECT aksara.connect('deep', 'again');
SET aksara.signal_max_depth = 5;
SELECT fails($$SELECT * FROM aksara.send('deep', '{"n": 3}')$$), fails($$SELECT * FROM aksara.send('deep', '{"n": 9}')$$);
SELECT result, error ->> 'sqlstate', error ->> 'message' FROM aksara.send_robust('deep', '{"n": 9}');
RESET aksara.signal_max_depth;
SELECT result FROM aksara.send('deep', '{"n": 9}');
-- It may connect, disconnect and drop while it is being sent: this sending is not changed.
CREATE FUNCTION leaves(e aksara.event) RETURNS boolean LANGUAGE sql AS $$SELECT aksara.disconnect('risky', dispatch_uid => 'last')$$;
SELECT aksara.disconnect('risky', 'fails_late'), aksara.connect('risky', 'leaves', priority => -9);
SELECT receiver, result FROM aksara.send('risky', '{}');
SELECT receiver, result FROM aksara.send('risky', '{}');

-- Of other roles: anybody may send; whoever may act for the signal's role receives; handlers run as the sender.
CREATE ROLE regress_sigown_maker;
CREATE ROLE regress_sigown_other;
GRANT ALL ON SCHEMA sigown TO regress_sigown_maker, regress_sigown_other;
SET ROLE regress_sigown_maker;
SELECT aksara.create_signal('made');
CREATE FUNCTION who(e aksara.event) RETURNS text LANGUAGE sql AS 'SELECT current_user::text';
REVOKE ALL ON FUNCTION who(aksara.event) FROM PUBLIC;
SELECT aksara.connect('made', 'who');
SET ROLE regress_sigown_other;
SELECT fails($$SELECT aksara.connect('made', 'a_void')$$), fails($$SELECT aksara.drop_signal('made', true)$$), aksara.disconnect('made', 'who');
SELECT fails($$SELECT * FROM aksara.send('made')$$);
SELECT receiver, error ->> 'sqlstate', error ->> 'message' FROM aksara.send_robust('made');
RESET ROLE;
GRANT EXECUTE ON FUNCTION who(aksara.event) TO regress_sigown_other;
SET ROLE regress_sigown_other;
SELECT * FROM aksara.send('made');
RESET ROLE;

-- What cannot be.
SELECT call, fails('SELECT aksara.' || call) FROM unnest(ARRAY[
  $$create_signal('answers')$$, $$create_signal('post_save')$$, $$create_signal('')$$, $$create_signal(NULL)$$, $$create_signal(repeat('ü', 128))$$, $$create_signal('x', NULL)$$, $$create_signal('x', '{NULL}')$$, $$create_signal('x', '{a,b,a}')$$, $$create_signal('x', '{{a},{b}}')$$, $$create_signal('y', '{""}')$$,
  $$apply_operation('{"op": "create_signal", "name": "y", "arguments": "a"}')$$, $$apply_operation('{"op": "create_signal", "name": "y", "arguments": [1]}')$$, $$apply_operation('{"op": "create_signal", "name": "x", "more": 1}')$$, $$apply_operation('{"op": "drop_signal", "name": 1}')$$,
  $$send('answer')$$, $$send('post_save')$$, $$send(NULL)$$, $$send('answers', NULL)$$, $$send('answers', '[]')$$, $$send('answers', '{')$$, $$send('risky', '{"wat": 1}')$$, $$send_robust('answer')$$, $$send_robust('risky', '{"wat": 1}')$$,
  $$drop_signal('answer')$$, $$drop_signal('post_save')$$, $$drop_signal(NULL)$$, $$drop_signal('answers', NULL)$$, $$drop_signal('answers')$$, $$connect('answers', 'mail', level => 'statement')$$, $$connect('answers', 'mail', condition => 'true')$$, $$connect('answers', 'mail', fields => '{a}')$$, $$connect('answrs', 'mail')$$]) AS call;
-- Dropped, with its receivers where that is said; undone.
SELECT aksara.disconnect('deep', 'again');
SELECT aksara.drop_signal('deep'), aksara.drop_signal('answers', cascade => true);
SELECT count(*) FROM aksara.receiver WHERE signal IN ('deep', 'answers');
SELECT aksara.apply_operation('{"op": "create_signal", "name": "again", "arguments": ["a"], "description": "d"}');
SELECT aksara.apply_operation('{"op": "drop_signal", "name": "again"}');
SELECT aksara.drop_signal('risky', true), aksara.drop_signal('post_published', true), aksara.drop_signal('Über "all"', true), aksara.drop_signal('made', true), aksara.drop_signal('x');
SELECT * FROM aksara.signal WHERE role IS NOT NULL;
SELECT * FROM aksara.free_receiver;

SET client_min_messages = error;
DROP SCHEMA sigown CASCADE;
DROP ROLE regress_sigown_maker, regress_sigown_other;
