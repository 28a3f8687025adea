-- Signals of rows in partitions and in tables whose columns came and went; signals that are switched off.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigpart;
SET search_path = sigpart;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$
  INSERT INTO heard (what) VALUES (concat_ws(' ', e.signal, e.sender, e.instance, 'before: ' || e.previous::text, e.update_fields::text))$$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
-- A partition whose columns stand in another order, below a table that has lost one.
CREATE TABLE posts (gone int, id bigint NOT NULL, lang text NOT NULL, title text NOT NULL, views int NOT NULL DEFAULT 0, PRIMARY KEY (id, lang)) PARTITION BY LIST (lang);
ALTER TABLE posts DROP COLUMN gone;
CREATE TABLE posts_en PARTITION OF posts FOR VALUES IN ('en');
CREATE TABLE posts_de (dropped int, views int NOT NULL DEFAULT 0, title text NOT NULL, lang text NOT NULL, id bigint NOT NULL);
ALTER TABLE posts_de DROP COLUMN dropped;
ALTER TABLE posts ATTACH PARTITION posts_de FOR VALUES IN ('de');
SELECT aksara.adopt_table('posts', 'Post') IS NOT NULL;
CREATE FUNCTION capital(p posts, previous posts, update_fields text[], sender text) RETURNS posts LANGUAGE plpgsql AS $$BEGIN
  p.title := initcap(p.title); INSERT INTO heard (what) VALUES (concat_ws(' ', 'capital', sender, p, previous, update_fields::text)); RETURN p;
END$$;
CREATE FUNCTION count_views(e aksara.event) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('views', (e.instance ->> 'views')::int + 1) WHERE e.previous IS NOT NULL$$;
SELECT aksara.connect('pre_save', 'capital', 'Post'), aksara.connect('pre_save', 'count_views', 'Post'), aksara.connect('post_save', 'note', 'Post'), aksara.connect('pre_delete', 'note', 'Post'), aksara.connect('post_delete', 'note', 'Post');
INSERT INTO posts (id, lang, title) VALUES (1, 'en', 'hello'), (2, 'de', 'hallo');
SELECT * FROM heard();
UPDATE posts SET title = lower(title), views = 5;
SELECT * FROM heard();
-- Statements that name the partition.
INSERT INTO posts_de (id, lang, title) VALUES (3, 'de', 'welt');
UPDATE posts_de SET title = 'erde' WHERE id = 3;
DELETE FROM posts_de WHERE id = 3;
SELECT * FROM heard();
-- A row that moves to another partition is saved, deleted there and inserted here, and each is told;
-- post_save of the UPDATE is not: no row was updated.
UPDATE posts SET lang = 'de', title = 'moved' WHERE id = 1;
SELECT * FROM heard();
TABLE posts_de ORDER BY id;
-- A handler cannot move it: PostgreSQL has chosen the partition already.
CREATE FUNCTION to_german(p posts) RETURNS posts LANGUAGE plpgsql AS $$BEGIN p.lang := 'de'; RETURN p; END$$;
SELECT aksara.connect('pre_save', 'to_german', 'Post');
SELECT said($$INSERT INTO posts (id, lang, title) VALUES (4, 'en', 'four')$$);
SELECT aksara.disconnect('pre_save', 'to_german', 'Post');
-- A partition that comes later, and one that goes: its rows are the model's no longer.
CREATE TABLE posts_rest PARTITION OF posts DEFAULT;
INSERT INTO posts (id, lang, title) VALUES (5, 'fr', 'monde');
SELECT * FROM heard();
ALTER TABLE posts DETACH PARTITION posts_rest;
INSERT INTO posts_rest (id, lang, title) VALUES (6, 'fr', 'seul');
SELECT * FROM heard();

-- Columns that come and go while the session knows the table, also ones that no field has.
SELECT aksara.create_model('Note', '{"first": {"type": "String", "nullable": true}, "text": "String", "last": {"type": "Integer", "default": 1}}', '{"primary_key": "bigint"}');
CREATE FUNCTION exclaim(n notes) RETURNS notes LANGUAGE plpgsql AS $$BEGIN n.text := n.text || '!'; RETURN n; END$$;
CREATE FUNCTION exclaim_too(e aksara.event) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('text', e.instance ->> 'text' || '?')$$;
SELECT aksara.connect('pre_save', 'exclaim', 'Note'), aksara.connect('pre_save', 'exclaim_too', 'Note'), aksara.connect('post_save', 'note', 'Note');
INSERT INTO notes (text) VALUES ('a');
ALTER TABLE notes ADD COLUMN by_hand text DEFAULT 'kept';
INSERT INTO notes (text) VALUES ('b');
SELECT aksara.remove_field('Note', 'first');
INSERT INTO notes (text, by_hand) VALUES ('c', 'mine');
SELECT text, by_hand FROM notes ORDER BY id;
SELECT aksara.add_field('Note', 'rank', '{"type": "Integer", "default": 7}');
UPDATE notes SET text = 'd' WHERE text = 'b!?';
ALTER TABLE notes ALTER COLUMN last TYPE text, DROP COLUMN by_hand;
UPDATE notes SET last = 'one';
TABLE notes ORDER BY id;
SELECT * FROM heard();

SET client_min_messages = error;
DROP SCHEMA sigpart CASCADE;
