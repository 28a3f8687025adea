-- Handlers that are dropped, renamed, replaced, revoked or fail; handlers that change what they stand in; names that need quotes.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigchange;
SET search_path = sigchange;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION hear(VARIADIC words text[]) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES (array_to_string(words, ' ', '-'))$$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('Post', '{"title": "String", "views": {"type": "Integer", "default": 0}}', '{"primary_key": "bigint"}');
CREATE FUNCTION first(p posts) RETURNS void LANGUAGE sql AS $$SELECT hear('first', p.title)$$;
CREATE FUNCTION second(e aksara.event) RETURNS void LANGUAGE sql AS $$SELECT hear('second', e.instance ->> 'title')$$;
SELECT aksara.connect('post_save', 'first', 'Post'), aksara.connect('post_save', 'second', 'Post');
INSERT INTO posts (title) VALUES ('a');
-- Replaced: the next row meets the new one; so it is in another language, or with another parameter.
CREATE OR REPLACE FUNCTION first(p posts) RETURNS void LANGUAGE plpgsql AS $$BEGIN PERFORM hear('first, again', p.title); END$$;
INSERT INTO posts (title) VALUES ('b');
BEGIN;
DROP FUNCTION first(posts);
CREATE FUNCTION first(p posts, created boolean) RETURNS void LANGUAGE sql AS $$SELECT hear('first, with created', p.title, created::text)$$;
INSERT INTO posts (title) VALUES ('c');
COMMIT;
SELECT * FROM heard();
-- Renamed, moved or dropped: the write fails, and says what to do.
ALTER FUNCTION first RENAME TO other;
SELECT fails($$INSERT INTO posts (title) VALUES ('d')$$), (SELECT count(*) FROM heard);
SELECT * FROM aksara.check_registry() WHERE model = 'sigchange.Post';
ALTER FUNCTION other RENAME TO first;
INSERT INTO posts (title) VALUES ('e');
DROP FUNCTION second;
SELECT fails($$UPDATE posts SET views = 1 WHERE title = 'a'$$);
DELETE FROM posts WHERE title = 'a';
SELECT aksara.disconnect('post_save', 'second', 'Post');
UPDATE posts SET views = 1 WHERE title = 'b';
SELECT * FROM heard();
-- A general function of the same name is passed over; of two that take the row none is chosen.
CREATE FUNCTION first(e aksara.event) RETURNS void LANGUAGE sql AS $$SELECT hear('general')$$;
UPDATE posts SET views = 2 WHERE title = 'b';
CREATE FUNCTION first(p posts) RETURNS void LANGUAGE sql AS $$SELECT hear('short')$$;
SELECT fails($$UPDATE posts SET views = 3$$);
DROP FUNCTION first(posts);
DROP FUNCTION first(posts, boolean);
UPDATE posts SET views = 3 WHERE title = 'b';
SELECT * FROM heard();
DROP FUNCTION first;
SELECT aksara.disconnect('post_save', 'first', 'Post'), aksara.disconnect('post_save', 'first', 'Post');

-- An error of one ends the statement; those behind it are not called. In a block it is one like others.
CREATE FUNCTION fail(p posts) RETURNS void LANGUAGE plpgsql AS $$BEGIN IF p.title = 'bad' THEN RAISE 'too bad' USING ERRCODE = 'AK999', HINT = 'Be good.'; END IF; END$$;
CREATE FUNCTION fail_sql(p posts) RETURNS int LANGUAGE sql AS $$SELECT hear('sql'); SELECT 1 / (p.views - 7)$$;
CREATE FUNCTION last(p posts) RETURNS void LANGUAGE sql AS $$SELECT hear('last', p.title)$$;
SELECT aksara.connect('pre_save', 'fail', 'Post'), aksara.connect('post_save', 'fail_sql', 'Post'), aksara.connect('pre_save', 'last', 'Post'), aksara.connect('post_save', 'last', 'Post');
DO $$BEGIN
  FOR i IN 1..3 LOOP
    BEGIN INSERT INTO posts (title) VALUES ('fine'), ('bad'); EXCEPTION WHEN SQLSTATE 'AK999' THEN PERFORM hear('caught'); END;
    BEGIN INSERT INTO posts (title, views) VALUES ('seven', 7); EXCEPTION WHEN division_by_zero THEN PERFORM hear('caught'); END;
    INSERT INTO posts (title) VALUES ('good');
  END LOOP;
END$$;
SELECT * FROM heard();
\set SHOW_CONTEXT always
INSERT INTO posts (title) VALUES ('bad');
\set SHOW_CONTEXT never
SELECT count(aksara.disconnect(signal, handler, sender)) FROM aksara.receiver WHERE sender = 'sigchange.Post';

-- Handlers that replace themselves, change their table or their own connection while they run.
CREATE FUNCTION self(p posts) RETURNS posts LANGUAGE plpgsql AS $f$BEGIN
  EXECUTE $$CREATE OR REPLACE FUNCTION self(p posts) RETURNS posts LANGUAGE sql AS 'SELECT hear(''replaced'', p.title); SELECT p'$$;
  PERFORM hear('self', p.title); p.title := p.title || '!'; RETURN p;
END$f$;
SELECT aksara.connect('pre_save', 'self', 'Post');
INSERT INTO posts (title) VALUES ('x'), ('y');
SELECT * FROM heard();
CREATE FUNCTION run(p posts) RETURNS posts LANGUAGE plpgsql AS $$BEGIN EXECUTE p.title; RETURN p; END$$;
SELECT aksara.connect('pre_save', 'run', 'Post'), aksara.disconnect('pre_save', 'self', 'Post');
-- Each of these is undone.
SELECT s, tried(format('INSERT INTO posts (title) VALUES (%L), (%L)', s, 'SELECT 1')) FROM unnest(ARRAY[
  'ALTER TABLE posts ADD COLUMN x int', 'DROP TABLE posts', $$SELECT aksara.drop_model('Post')$$, $$SELECT aksara.rename_field('Post', 'views', 'seen')$$, $$SELECT aksara.rename_model('Post', 'Other')$$,
  $$SELECT aksara.disconnect('pre_save', 'run', 'Post')$$, $$SELECT aksara.connect('pre_save', 'self', 'Post')$$, $$SELECT aksara.connect('post_save', 'last', 'Post')$$,
  'DROP FUNCTION run', 'ALTER FUNCTION run RENAME TO walk', 'CREATE OR REPLACE FUNCTION run(p posts) RETURNS posts LANGUAGE sql AS ''SELECT p''', 'TRUNCATE posts', 'RESET search_path',
  $$SELECT aksara.create_model('Other', '{"a": "String"}'), aksara.drop_model('Other')$$, $$SELECT aksara.disable_signals('Post')$$, 'DELETE FROM posts', $$DO 'BEGIN ROLLBACK; END'$$]) s;
SELECT aksara.connect('post_save', 'last', 'Post');
SELECT s, tried(format('INSERT INTO posts (title) VALUES (%L), (%L)', 'SELECT 1', s)) FROM unnest(ARRAY[
  $$SELECT aksara.disconnect('post_save', 'last', 'Post')$$, 'ALTER TABLE posts DISABLE TRIGGER ALL']) s;
SELECT handler, signal FROM aksara.receiver WHERE sender = 'sigchange.Post';

-- Names that need quotes.
CREATE SCHEMA "Sig 'X' Ünï";
SET search_path = "Sig 'X' Ünï", sigchange;
SELECT aksara.create_model('Größe', '{"Länge": "Integer", "order": {"type": "Integer", "nullable": true}, "a b": {"type": "Integer", "nullable": true}}', '{"primary_key": "bigint", "table_name": "Größen x"}');
CREATE FUNCTION "Prüfe ""das"""(e "Größen x") RETURNS "Größen x" LANGUAGE plpgsql AS $$BEGIN e."Länge" := e."Länge" + 1; PERFORM hear(e::text); RETURN e; END$$;
CREATE FUNCTION "select.x"(e aksara.event) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('order', e.instance -> 'Länge', 'a b', 0)$$;
SELECT aksara.connect('pre_save', '"Prüfe ""das"""', 'Größe', condition => '"Länge" > 0', fields => '{Länge,order}');
SELECT aksara.connect('pre_save', '"Sig ''X'' Ünï"."select.x"', 'Größe', 'eine "uid"'), aksara.connect('pre_save', '"select.x"', 'Größe');
INSERT INTO "Größen x" ("Länge") VALUES (1), (0);
TABLE "Größen x";
SELECT * FROM heard();
SELECT handler, dispatch_uid, condition, fields FROM aksara.receiver WHERE sender LIKE '%Größe' ORDER BY position;
SELECT aksara.disconnect('pre_save', 'Prüfe', 'Größe'), aksara.disconnect('pre_save', '"Prüfe ""das"""', 'Größe'), aksara.disconnect('pre_save', '"select.x"', 'Größe', 'eine "uid"'), aksara.disconnect('pre_save', '"Sig ''X'' Ünï"."select.x"', 'Größe');

SET client_min_messages = error;
DROP SCHEMA "Sig 'X' Ünï", sigchange CASCADE;
