-- Signals of statements: post_bulk, and post_save and post_delete at level "statement"; trigger functions and events with lists of keys.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigst;
SET search_path = sigst;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES (concat_ws(' ', e.signal, e.sender, e.action, CASE WHEN e.created THEN 'created' WHEN NOT e.created THEN 'not created' END, CASE WHEN jsonb_array_length(e.ids) > 9 THEN jsonb_array_length(e.ids)::text ELSE e.ids::text END, e.instance, e.previous, e.update_fields, e.extra))$$;
CREATE FUNCTION other(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES ('other ' || e.signal)$$;
CREATE VIEW triggers AS SELECT tgrelid::regclass AS of, string_agg(tgname, ', ' ORDER BY tgname) AS names FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'aksara%' GROUP BY 1 ORDER BY 1;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('Author', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{"title": {"type": "String", "unique": true}, "views": {"type": "Integer", "default": 0}, "author": {"type": "ForeignKey", "to": "Author", "on_delete": "CASCADE", "nullable": true}}', '{"primary_key": "bigint"}');
-- The keys of all rows of a statement.
SELECT aksara.connect('post_save', 'note', 'Post', level => 'statement'), aksara.connect('post_delete', 'note', 'Post', level => 'statement'), aksara.connect('post_bulk', 'note', 'Post');
SELECT * FROM triggers;
INSERT INTO authors (name) VALUES ('Ann'), ('Bob');
INSERT INTO posts (title, author_id) SELECT 't' || n, 1 + n % 2 FROM generate_series(1, 4) n;
UPDATE posts SET views = 1 WHERE id < 3;
DELETE FROM posts WHERE id = 4;
SELECT * FROM heard();
-- One that writes no row sends nothing.
INSERT INTO posts (title) SELECT 'x' WHERE false;
UPDATE posts SET views = 1 WHERE false;
DELETE FROM posts WHERE false;
SELECT * FROM heard();
-- ON CONFLICT: what was inserted, and what was updated.
INSERT INTO posts (title) VALUES ('t1'), ('t5') ON CONFLICT (title) DO UPDATE SET views = 9;
SELECT * FROM heard();
INSERT INTO posts (title) VALUES ('t1'), ('t6') ON CONFLICT DO NOTHING;
SELECT * FROM heard();
MERGE INTO posts p USING (VALUES ('t1', 5), ('t5', NULL), ('t7', 7)) v (title, views) ON p.title = v.title
  WHEN MATCHED AND v.views IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET views = v.views WHEN NOT MATCHED THEN INSERT (title, views) VALUES (v.title, v.views);
SELECT what FROM heard() what ORDER BY what;
COPY posts (title, views) FROM stdin;
c1	1
c2	2
\.
WITH gone AS (DELETE FROM posts WHERE title = 'c1' RETURNING views), more AS (INSERT INTO posts (title, views) SELECT 'w', views FROM gone RETURNING id) UPDATE posts SET views = 3 WHERE title = 'c2';
SELECT what FROM heard() what ORDER BY what;
-- Documents and cascades are statements too; what one statement cascades to in a table is told together.
SELECT count(*) FROM aksara.bulk_create('Post', '[{"title": "b1", "author": 2}, {"title": "b2", "views": 1}]');
SELECT aksara.create('Post', '{"title": "b3"}') ->> 'title', aksara.bulk_update('Post', '[{"id": 2, "views": 8}, {"id": 3, "title": "u3"}]'), aksara.update('{"model": "Post", "filter": {"title": "b3"}}', '{"views": 1}');
DELETE FROM authors;
SELECT * FROM heard();
-- TRUNCATE writes no rows: it sends nothing, as it fires no row triggers.
TRUNCATE posts;
SELECT * FROM heard();
-- A statement that fails leaves nothing; nor does a savepoint.
SELECT said($$INSERT INTO posts (title) VALUES ('a'), ('a')$$);
BEGIN; SAVEPOINT s; INSERT INTO posts (title) VALUES ('a'); ROLLBACK TO s; COMMIT;
SELECT * FROM heard();

-- A trigger function sees the rows themselves.
CREATE FUNCTION sums() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
  IF TG_OP = 'INSERT' THEN INSERT INTO heard (what) SELECT concat_ws(' ', TG_OP, TG_LEVEL, count(*), sum(views)) FROM new_rows;
  ELSIF TG_OP = 'UPDATE' THEN INSERT INTO heard (what) SELECT concat_ws(' ', TG_OP, n.title, o.views, n.views) FROM new_rows n JOIN old_rows o USING (id) ORDER BY id;
  ELSE INSERT INTO heard (what) SELECT concat_ws(' ', TG_OP, count(*)) FROM old_rows; END IF;
  RETURN NULL;
END$$;
SELECT aksara.connect('post_bulk', 'sums', 'Post', priority => 1), aksara.connect('post_save', 'sums', 'Post', 'first', priority => -1, level => 'statement');
SELECT handler, dispatch_uid, priority, level FROM aksara.receiver WHERE sender = 'sigst.Post' ORDER BY priority, position;
SELECT * FROM triggers;
INSERT INTO posts (title, views) VALUES ('a', 1), ('b', 2);
UPDATE posts SET views = views * 10;
SELECT * FROM heard();
INSERT INTO posts (title) SELECT 'x' WHERE false;
-- General handlers come first, all of them in order of priority; trigger functions after them, in theirs.
SELECT aksara.connect('post_bulk', 'other', 'Post', priority => -7), aksara.connect('post_save', 'other', 'Post', priority => -7, level => 'statement');
DELETE FROM heard;
UPDATE posts SET views = 0 WHERE title = 'a';
SELECT * FROM heard();
-- disable_signals() stops both kinds, for the transaction.
BEGIN;
SELECT aksara.disable_signals('Post');
DELETE FROM posts WHERE title = 'a';
SELECT * FROM heard();
SELECT aksara.enable_signals('Post');
DELETE FROM posts;
COMMIT;
SELECT * FROM heard();
-- A handler that is gone or goes by another name: a general one is missed, a trigger function is PostgreSQL's to keep.
SELECT said('DROP FUNCTION sums()');
ALTER FUNCTION other(aksara.event) RENAME TO another;
SELECT fails($$INSERT INTO posts (title) VALUES ('m')$$);
ALTER FUNCTION another(aksara.event) RENAME TO other;
ALTER FUNCTION sums() RENAME TO totals;
SELECT fails($$INSERT INTO posts (title) VALUES ('m')$$);
SELECT * FROM heard();
ALTER FUNCTION totals() RENAME TO sums;
SELECT count(*) FROM (SELECT aksara.disconnect(signal, handler, sender, dispatch_uid) AS gone FROM aksara.receiver WHERE sender = 'sigst.Post') d WHERE gone;
SELECT * FROM triggers;

-- After the transaction, by tasks: one call for each list.
SELECT aksara.connect('post_save', 'note', 'Post', level => 'statement', async => true), fails($$SELECT aksara.connect('post_save', 'sums', 'Post', level => 'statement', async => true)$$);
BEGIN;
UPDATE posts SET views = 1;
INSERT INTO posts (title) VALUES ('late'), ('later');
SELECT * FROM heard();
COMMIT;
CALL aksara.run_tasks();
SELECT * FROM heard();
SELECT aksara.disconnect('post_save', 'note', 'Post');

-- Keys of several fields, natural keys, and models without any.
SELECT aksara.create_model('Order line', '{"order": "Integer", "pos\"ition": {"type": "String", "column": "Pos"}, "at": {"type": "DateTime", "default": "2024-01-01T00:00:00Z"}}', '{"primary_key": ["order", "pos\"ition"], "table_name": "Order \"lines\""}');
SELECT aksara.create_model('Code', '{"code": {"type": "String", "primary_key": true}}');
CREATE TABLE bare (a int, b text);
SELECT aksara.adopt_table('bare', 'Bare') IS NOT NULL;
SELECT aksara.connect('post_bulk', 'note', m) FROM unnest('{Order line,Code,Bare}'::text[]) m;
INSERT INTO "Order ""lines""" ("order", "Pos") VALUES (1, 'ä"1'), (1, '2');
UPDATE "Order ""lines""" SET "order" = 2 WHERE "Pos" = '2';
INSERT INTO codes VALUES ('x'), ('[1]'), ('ü'), ('');
INSERT INTO bare VALUES (1, 'x'), (2, 'y');
DELETE FROM bare;
SELECT * FROM heard();
-- Partitions: a statement on the model's table is told of, also where rows move; one on a partition alone is not.
CREATE TABLE logs (id bigint, day int, what text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE logs_1 (what text, day int NOT NULL, gone int, id bigint NOT NULL);
ALTER TABLE logs_1 DROP COLUMN gone;
ALTER TABLE logs ATTACH PARTITION logs_1 FOR VALUES FROM (1) TO (10);
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM (10) TO (20);
SELECT aksara.adopt_table('logs', 'Log') IS NOT NULL;
SELECT aksara.connect('post_bulk', 'note', 'Log');
INSERT INTO logs VALUES (1, 1, 'a'), (2, 11, 'b');
UPDATE logs SET day = day + 9 WHERE id = 1;
SELECT * FROM heard();
INSERT INTO logs_2 VALUES (3, 12, 'c');
DELETE FROM logs;
SELECT * FROM heard();

-- Many rows: lists of 1 000, each forgotten before the next.
CREATE TABLE calls (n int, ids int, low text, high text, memory bigint);
CREATE FUNCTION measure(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO calls SELECT count(*), jsonb_array_length(e.ids), e.ids ->> 0, e.ids ->> -1, (SELECT sum(total_bytes) FROM pg_backend_memory_contexts) FROM calls$$;
SELECT aksara.connect('post_bulk', 'measure', 'Code');
SELECT aksara.disconnect('post_bulk', 'note', 'Code');
INSERT INTO codes SELECT lpad(n::text, 6, '0') FROM generate_series(1, 100001) n;
SELECT count(*), sum(ids), min(ids), min(low), max(high), max(memory) - min(memory) < 2000000 AS small FROM calls;
-- A handler that alters the model, or anything, between lists.
CREATE FUNCTION alters(e aksara.event) RETURNS void LANGUAGE plpgsql AS $$BEGIN PERFORM aksara.create_model('Made' || (e.ids ->> 0), '{"a": "Integer"}'); INSERT INTO heard (what) VALUES (e.sender || ' ' || jsonb_array_length(e.ids)); END$$;
SELECT aksara.connect('post_bulk', 'alters', 'Code');
UPDATE codes SET code = 'n' || code WHERE code < '002502' AND code > '0';
SELECT * FROM heard();

SET client_min_messages = error;
DROP SCHEMA sigst CASCADE;
