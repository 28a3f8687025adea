-- Signals of rows: pre_save, post_save, pre_delete and post_delete on every way a row is written.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sig;
SET search_path = sig;
\i :said
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('User', '{"name": {"type": "String", "max_length": 100}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Category', '{"name": {"type": "String", "default": "none"}, "parent": {"type": "ForeignKey", "to": "self", "nullable": true}}', '{"primary_key": "bigint", "table_name": "categories"}');
INSERT INTO categories (id, name) OVERRIDING SYSTEM VALUE VALUES (0, 'none'), (1, 'news'), (2, 'old news');
SELECT aksara.create_model('Post', '{
  "title":    {"type": "String", "max_length": 200},
  "slug":     {"type": "String", "nullable": true, "unique": true, "validators": [{"regex": "^[a-z0-9-]*$"}]},
  "views":    {"type": "Integer", "default": 0},
  "double":   {"type": "Generated", "expression": "views * 2", "output_field": "Integer"},
  "body":     {"type": "Text", "nullable": true, "column": "content"},
  "author":   {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE", "related_name": "posts"},
  "category": {"type": "ForeignKey", "to": "Category", "on_delete": "SET_NULL", "nullable": true}
}', '{"primary_key": "bigint"}');
INSERT INTO users (name) VALUES ('Ann'), ('Bob');
-- A table without receivers has no trigger of theirs.
CREATE VIEW triggers AS SELECT tgrelid::regclass AS of, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'aksara%';
SELECT * FROM triggers;

-- What is heard is written into a table: it goes where the row goes.
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$
  INSERT INTO heard (what) SELECT concat_ws(' ', e.signal, e.sender, e.instance ->> 'id', coalesce(e.instance ->> 'title', e.instance ->> 'name'),
    CASE WHEN e.created THEN 'created' END, 'before: ' || coalesce(e.previous ->> 'title', e.previous ->> 'name'), e.update_fields::text)$$;
-- What was heard since the last call.
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
SELECT aksara.connect(s, 'note', m) FROM unnest('{pre_save,post_save,pre_delete,post_delete}'::text[]) s, unnest('{Post,User}'::text[]) m;
SELECT * FROM triggers;

-- Plain statements.
INSERT INTO posts (title, author_id) VALUES ('One', 1);
SELECT * FROM heard();
INSERT INTO posts (title, author_id, category_id) SELECT 'Two ' || n, 1, n FROM generate_series(1, 2) n;
SELECT * FROM heard();
UPDATE posts SET title = 'Uno', views = views + 1 WHERE id = 1;
SELECT * FROM heard();
UPDATE posts SET id = 10 WHERE id = 1;
SELECT * FROM heard();
INSERT INTO posts (id, title, author_id) OVERRIDING SYSTEM VALUE VALUES (10, 'Ten', 1), (11, 'Eleven', 1) ON CONFLICT (id) DO UPDATE SET title = EXCLUDED.title;
SELECT * FROM heard();
-- The row that is not inserted was announced all the same, as BEFORE triggers have it.
INSERT INTO posts (id, title, author_id) OVERRIDING SYSTEM VALUE VALUES (10, 'Zehn', 1) ON CONFLICT DO NOTHING;
SELECT * FROM heard();
MERGE INTO posts p USING (VALUES (10, 'Dix'), (11, NULL), (12, 'Douze')) v(id, title) ON p.id = v.id
  WHEN MATCHED AND v.title IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET title = v.title
  WHEN NOT MATCHED THEN INSERT (title, author_id) VALUES (v.title, 1);
SELECT * FROM heard();
COPY posts (title, author_id) FROM stdin;
Copied	2
\.
SELECT * FROM heard();
DELETE FROM posts WHERE title = 'Dix';
SELECT * FROM heard();

-- Documents.
SELECT aksara.create('Post', '{"title": "C", "author": 2}') ->> 'title', aksara.save('Post', '{"id": 2, "title": "S"}') ->> 'title';
SELECT * FROM heard();
SELECT aksara.update('{"model": "Post", "filter": {"title": "S"}}', '{"views": 7}'), aksara.delete('{"model": "Post", "filter": {"title": "C"}}');
SELECT * FROM heard();
SELECT count(*) FROM aksara.bulk_create('Post', '[{"title": "B1", "author": 2, "slug": "b1"}, {"title": "B2", "author": 2}]');
SELECT aksara.upsert('Post', '{"title": "B1 again", "author": 2, "slug": "b1"}', '{slug}') IS NULL;
SELECT aksara.get_or_create('Post', '{"slug": "b1"}') IS NULL, aksara.get_or_create('Post', '{"slug": "g"}', '{"title": "G", "author": 2}') IS NULL;
SELECT * FROM heard();
SELECT aksara.bulk_update('Post', '[{"id": 2, "title": "U2"}, {"id": 3, "title": "U3"}]');
SELECT * FROM heard() AS what ORDER BY what;

-- Cascades of a statement: the parent first, then its rows; aksara.delete goes from the children up. SET_NULL and the like are updates of the column.
DELETE FROM categories WHERE id = 1;
SELECT * FROM heard();
SELECT aksara.alter_field('Post', 'category', '{"type": "ForeignKey", "to": "Category", "on_delete": "SET_DEFAULT", "nullable": true, "default": 0}');
SELECT * FROM heard();
UPDATE posts SET category_id = 2 WHERE id = 2;
DELETE FROM categories WHERE id = 2;
SELECT * FROM heard();
SELECT aksara.alter_field('Post', 'category', '{"type": "ForeignKey", "to": "Category", "on_delete": "SET((SELECT min(id) FROM categories))", "nullable": true}');
INSERT INTO categories (id, name) OVERRIDING SYSTEM VALUE VALUES (3, 'late news');
UPDATE posts SET category_id = 3 WHERE id = 3;
DELETE FROM heard;
DELETE FROM categories WHERE id = 3;
SELECT * FROM heard();
SELECT aksara.delete('{"model": "User", "filter": {"id": 1}}');
SELECT * FROM heard();
DELETE FROM users;
SELECT * FROM heard();

-- A signal's effect never outlives the row: not a savepoint, not a block that catches an error.
BEGIN;
INSERT INTO users (name) VALUES ('Kept');
SAVEPOINT s;
INSERT INTO users (name) VALUES ('Lost');
ROLLBACK TO s;
DO $$BEGIN
  INSERT INTO users (name) VALUES ('Caught');
  RAISE division_by_zero;
EXCEPTION WHEN division_by_zero THEN
END$$;
COMMIT;
SELECT * FROM heard();
-- A statement that fails at its last row.
SELECT said($$INSERT INTO users (name) VALUES ('A'), ('B'), (repeat('x', 101))$$);
SELECT * FROM heard();
SELECT count(*) FROM (SELECT aksara.disconnect(s, 'note', m) FROM unnest('{pre_save,post_save,pre_delete,post_delete}'::text[]) s, unnest('{Post,User}'::text[]) m) d;
SELECT * FROM triggers;

-- pre_save changes the row; later handlers, rules, generated columns and the table see what it made.
CREATE FUNCTION add_slug(p posts) RETURNS posts LANGUAGE plpgsql AS $$BEGIN p.slug := coalesce(p.slug, aksara.slugify(p.title)); p.double := 99; RETURN p; END$$;
CREATE FUNCTION more_views(e aksara.event) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('views', length(e.instance ->> 'slug'))$$;
CREATE FUNCTION shout(p posts, signal text, created boolean) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) SELECT concat_ws(' ', signal, created, p.id, p.title, p.slug, p.views, p.double)$$;
SELECT aksara.connect('pre_save', 'add_slug', 'Post'), aksara.connect('pre_save', 'more_views', 'Post'), aksara.connect('pre_save', 'shout', 'Post'), aksara.connect('post_save', 'shout', 'Post');
INSERT INTO posts (title, author_id) SELECT 'Hello, World', id FROM users;
SELECT * FROM heard();
UPDATE posts SET slug = NULL, title = 'Bye';
SELECT * FROM heard();
SELECT said($$UPDATE posts SET slug = 'No Slug'$$);
SELECT aksara.create('Post', '{"title": "Doc", "author": 3}') -> 'slug';
-- Priority first, then the order of connection.
SELECT aksara.connect('pre_save', 'more_views', 'Post', priority => 1), aksara.connect('pre_save', 'shout', 'Post', priority => -1);
DELETE FROM posts WHERE title = 'Doc';
DELETE FROM heard;
UPDATE posts SET slug = 'four';
SELECT * FROM heard();
-- Rules that the trigger keeps see the row as handlers left it.
SELECT aksara.add_rule('Post', '{"name": "few", "check": "views < 10 OR now() < ''2000-01-01''", "field": "views"}');
SELECT said($$UPDATE posts SET slug = 'ten-letters'$$), said($$UPDATE posts SET slug = 'nine-long', views = 100$$);
SELECT slug, views, double FROM posts;
SELECT aksara.remove_rule('Post', 'few'), aksara.disconnect('pre_save', 'more_views', 'Post');

-- fields: updates that give one of them another value, or inserts; condition: the row as it is then.
SELECT aksara.connect(s, 'shout', 'Post', fields => '{title,body}', condition => 'views > 1 AND body IS DISTINCT FROM ''no''') FROM unnest('{pre_save,post_save}'::text[]) s;
SELECT fields, condition FROM aksara.receiver WHERE handler = 'sig.shout';
DELETE FROM heard;
UPDATE posts SET views = 1, title = 'Few';
UPDATE posts SET views = 2;
UPDATE posts SET title = title, content = content;
SELECT * FROM heard();
UPDATE posts SET title = 'Not few', content = 'no';
UPDATE posts SET content = 'yes';
SELECT * FROM heard();
INSERT INTO posts (title, views, author_id) SELECT t, v, id FROM users, (VALUES ('Some', 5), ('None', 0)) v(t, v);
SELECT * FROM heard();
-- Large values that lie beside the table are the same when nobody changed them.
UPDATE posts SET content = (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 1000) n) WHERE title = 'Some';
UPDATE posts SET content = content || '', title = title WHERE title = 'Some';
UPDATE posts SET views = views + 1 WHERE title = 'Some';
SELECT * FROM heard();
CREATE FUNCTION size(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES (concat_ws(' ', e.signal, length(e.instance ->> 'body'), length(e.previous ->> 'body')))$$;
SELECT aksara.connect(s, 'size', 'Post', condition => 'body <> ''''') FROM unnest('{post_save,pre_delete,post_delete}'::text[]) s;
UPDATE posts SET views = views + 1 WHERE title = 'Some';
DELETE FROM posts;
SELECT * FROM heard();

SET client_min_messages = error;
DROP SCHEMA sig CASCADE;
