-- Functions that receive signals: what they take, what they answer, and what becomes of them.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET datestyle = 'ISO, MDY';
\o /dev/null
CREATE SCHEMA sighand;
SET search_path = sighand;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION hear(VARIADIC words text[]) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES (array_to_string(words, ' ', '-'))$$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('Post', '{"title": "String", "slug": {"type": "String", "nullable": true}, "views": {"type": "Integer", "default": 0}, "on": {"type": "Date", "nullable": true},
  "data": {"type": "JSON", "nullable": true}, "tags": {"type": "Array", "item_type": "text", "nullable": true}, "twice": {"type": "Generated", "expression": "views * 2", "output_field": "Integer"}}', '{"primary_key": "bigint"}');

-- A typed handler takes the row, and after it what it cares for, in any order.
CREATE FUNCTION t1(posts) RETURNS void LANGUAGE sql AS $$SELECT hear('t1', $1.title)$$;
CREATE FUNCTION t2(p posts, created boolean, was posts) RETURNS int LANGUAGE sql AS $$SELECT hear('t2', p.title, created::text, was.title); SELECT 1$$;
CREATE FUNCTION t3(p posts, fields text[], is_new boolean, was posts, sender text, signal text) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM hear('t3', p.title, fields::text, is_new::text, was::text, sender, signal); RETURN 'x'; END$$;
CREATE FUNCTION strict(p posts, was posts) RETURNS boolean LANGUAGE sql STRICT AS $$SELECT hear('strict', p.title, was.title); SELECT true$$;
SELECT aksara.connect(s, h, 'Post') FROM unnest('{pre_save,post_save,pre_delete,post_delete}'::text[]) s, unnest('{t1,t2,t3,strict}'::text[]) h WHERE s LIKE 'post%' OR h IN ('t1', 'strict');
INSERT INTO posts (title) VALUES ('a');
UPDATE posts SET title = 'b', slug = 's';
DELETE FROM posts;
SELECT * FROM heard();
-- What it cannot take: nothing fits.
CREATE FUNCTION b1(p posts, x text) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION b2(p posts, a boolean, b boolean) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION b3(p posts, a posts, b posts) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION b4(created boolean, p posts) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION b5(p posts, OUT x int) LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION b6(p posts) RETURNS SETOF posts LANGUAGE sql AS 'SELECT p';
CREATE FUNCTION b7(r record) RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE b8(p posts) LANGUAGE sql AS '';
CREATE FUNCTION b9(e aksara.event, p posts) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION b10(a anyelement) RETURNS void LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION b11() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
SELECT h, fails(format('SELECT aksara.connect(%L, %L, %L)', 'post_save', h, 'Post')) FROM (SELECT 'b' || n AS h FROM generate_series(1, 11) n) h;
-- What it cannot answer, where it is asked beforehand.
CREATE FUNCTION r1(p posts) RETURNS text LANGUAGE sql AS $$SELECT ''$$;
CREATE FUNCTION r2(p posts) RETURNS jsonb LANGUAGE sql AS $$SELECT '{}'::jsonb$$;
CREATE FUNCTION r3(e aksara.event) RETURNS json LANGUAGE sql AS $$SELECT '{}'::json$$;
CREATE FUNCTION r4(e aksara.event) RETURNS posts LANGUAGE sql AS $$SELECT NULL::posts$$;
CREATE FUNCTION r5(p posts) RETURNS posts LANGUAGE sql AS $$SELECT p$$;
SELECT h, fails(format('SELECT aksara.connect(%L, %L, %L)', s, h, 'Post')) FROM unnest('{pre_save,pre_delete}'::text[]) s, (SELECT 'r' || n AS h FROM generate_series(1, 5) n) h WHERE s = 'pre_save' OR h > 'r3';
SELECT aksara.disconnect(r.signal, r.handler, r.sender) FROM aksara.receiver r WHERE sender = 'sighand.Post';
SELECT count(*) FROM aksara.receiver WHERE sender = 'sighand.Post';

-- true goes on, false refuses, NULL goes on; a row is what is written, no row is an error.
CREATE FUNCTION may(p posts) RETURNS boolean LANGUAGE sql AS $$SELECT CASE p.title WHEN 'no' THEN false WHEN 'yes' THEN true END$$;
SELECT aksara.connect('pre_save', 'may', 'Post'), aksara.connect('pre_delete', 'may', 'Post');
SELECT said($$INSERT INTO posts (title) VALUES ('yes'), ('null')$$), said($$INSERT INTO posts (title) VALUES ('no')$$), said($$SELECT aksara.create('Post', '{"title": "no"}')$$);
SELECT aksara.disconnect('pre_save', 'may', 'Post');
INSERT INTO posts (title) VALUES ('no');
SELECT said($$DELETE FROM posts WHERE title = 'no'$$), said($$DELETE FROM posts WHERE title = 'yes'$$), said($$DELETE FROM posts WHERE title = 'null'$$);
CREATE FUNCTION no_row(p posts) RETURNS posts LANGUAGE sql AS $$SELECT NULL::posts WHERE p.title = 'none' UNION ALL SELECT p WHERE p.title <> 'none'$$;
SELECT aksara.connect('pre_save', 'no_row', 'Post'), aksara.disconnect('pre_delete', 'may', 'Post');
SELECT fails($$INSERT INTO posts (title) VALUES ('some')$$), fails($$INSERT INTO posts (title) VALUES ('none')$$);
SELECT aksara.disconnect('pre_save', 'no_row', 'Post');

-- A general handler answers with the fields that are to have other values.
CREATE FUNCTION answer(e aksara.event) RETURNS jsonb LANGUAGE sql AS $$SELECT (e.instance ->> 'title')::jsonb$$;
SELECT aksara.connect('pre_save', 'answer', 'Post');
DELETE FROM posts;
-- What the answer makes of a row, which has it as its title: the error, or slug, views, on, data, tags and twice.
CREATE FUNCTION answered(answer text) RETURNS text LANGUAGE plpgsql AS $$DECLARE r text; BEGIN
  r := said(format('INSERT INTO posts (title) VALUES (%L)', answer)); SELECT concat_ws(' ', r, slug, views, "on", data, tags, twice) INTO r FROM (SELECT) o LEFT JOIN posts ON true; DELETE FROM posts; RETURN r; END$$;
SELECT a, answered(a) FROM unnest(ARRAY['{}', 'null', 'true', 'false', '[]', '"x"', '1', '[{"slug": "x"}]', '{"slug": "x", "views": 3}', '{"slug": null, "views": "4"}', '{"views": null}', '{"views": 1.5, "on": "soon"}', '{"views": 99999999999}',
  '{"nothing": 1}', '{"slgu": "x"}', '{"twice": 0}', '{"twice": 7}', '{"id": 7}', '{"id": null}', '{"pk": 7}', '{"on": "2026-02-30"}', '{"on": "2026-02-28"}', '{"data": {"a": [1, {"b": null}]}, "tags": ["x", "y"]}', '{"data": null, "tags": []}', '{"tags": "x"}',
  '{"slug": {"$f": "title"}}', '{"": 1}', '{"slug": "' || repeat('ü', 300) || '"}']) a;
-- It may give back the whole of what it was told.
CREATE FUNCTION whole(e aksara.event) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_set(e.instance, '{slug}', '"whole"')$$;
SELECT aksara.disconnect('pre_save', 'answer', 'Post'), aksara.connect('pre_save', 'whole', 'Post');
INSERT INTO posts (title, views, "on", data, tags) VALUES ('w', 2, '2026-01-02', '{"x": 1e400, "y": "\u00fc"}', '{a,"b c"}') RETURNING *;
SELECT aksara.disconnect('pre_save', 'whole', 'Post');

-- A handler that writes its own model is called for that as well, until it stops or the limit stops it.
CREATE FUNCTION again(p posts) RETURNS void LANGUAGE sql AS $$SELECT hear('again', p.views::text); UPDATE posts SET views = views + 1 WHERE id = p.id AND views < 5$$;
CREATE FUNCTION deeper(p posts, created boolean) RETURNS void LANGUAGE plpgsql AS $$BEGIN INSERT INTO posts (title) VALUES (p.title || '.'); END$$;
SELECT aksara.connect('post_save', 'again', 'Post');
SELECT * FROM heard();
UPDATE posts SET views = 1;
SELECT * FROM heard();
SELECT aksara.disconnect('post_save', 'again', 'Post'), aksara.connect('pre_save', 'deeper', 'Post');
SELECT fails($$INSERT INTO posts (title) VALUES ('deep')$$);
SET aksara.signal_max_depth = 3;
SELECT fails($$INSERT INTO posts (title) VALUES ('deep')$$);
SET aksara.signal_max_depth = 0;
SET aksara.signal_max_depth = 1001;
-- The depth is that of one statement: errors leave nothing behind.
SELECT aksara.connect('pre_save', 'deeper', 'Post', condition => 'length(title) < 3');
SELECT said($$INSERT INTO posts (title) VALUES ('x')$$);
SELECT title FROM posts WHERE title LIKE 'x%' ORDER BY 1;
RESET aksara.signal_max_depth;
SELECT aksara.disconnect('pre_save', 'deeper', 'Post');

SET client_min_messages = error;
DROP SCHEMA sighand CASCADE;
