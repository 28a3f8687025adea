-- The exits: what a query set can be asked for.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- Rows in their own type: a query set in FROM.
SELECT id, title, author_id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('published', true))) ORDER BY id;
SELECT p.title, u.name FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"views__gt": 40}}') AS p JOIN users u ON u.id = p.author_id ORDER BY 1;
SELECT u.name, r.title FROM users u, LATERAL aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author', u.id), aksara.slice(1))) AS r ORDER BY 1;
SELECT count(*), sum(views) FROM aksara.rows(NULL::posts, '{"model": "qblog.Post"}');
SELECT (aksara.rows(NULL::tags, '{"model": "Tag", "filter": {"id": 1}}')).name;
-- the dropped columns of a table stand where its type has them
ALTER TABLE posts DROP COLUMN content;
ALTER TABLE posts ADD COLUMN extra text DEFAULT 'by hand';
SELECT * FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"id": 1}}');
SELECT r = p AS same FROM aksara.rows(NULL::posts, '{"model": "Post"}') AS r JOIN posts p USING (id) ORDER BY id;
SELECT aksara.get('Post', '{"id": 1}') ->> 'extra' AS not_a_field;

-- One row.
SELECT aksara.get('User', '{"email": "kim@example.com"}');
SELECT aksara.get(aksara.objects('User', aksara.filter('posts__title', 'Drafts')));
SELECT fails($$SELECT aksara.get('User', '{"name": "Nobody"}')$$), fails($$SELECT aksara.get('User', '{"id__gt": 2}')$$);
SELECT aksara.get_or_none('User', '{"name": "Nobody"}') IS NULL AS none, aksara.get_or_none('{"model": "User", "filter": {"pk": 1}}') ->> 'name' AS name;
SELECT aksara.get_or_none('User', '{"id__gt": 2}');
SELECT aksara.get('{"model": "User", "order_by": "-id", "limit": 1}');
SELECT aksara.get_by_key('User', 3), aksara.get_by_key('User', '3') ->> 'name';
SELECT aksara.get_by_key('User', 99);
SELECT aksara.get_by_key('User', 1, 2);
SELECT aksara.get_by_key('User', NULL);
SELECT aksara.get_by_key('User', 'x');
PREPARE by_key AS SELECT aksara.get_by_key($1, $2) ->> 'name';
EXECUTE by_key('User', '2');
DEALLOCATE by_key;

-- first and last go by the order, or by the key where there is none.
SELECT aksara.first('{"model": "Post"}') ->> 'title' AS newest, aksara.last('{"model": "Post"}') ->> 'title' AS oldest;
SELECT aksara.first('{"model": "Category"}') ->> 'id' AS first, aksara.last('{"model": "Category"}') ->> 'id' AS last;
SELECT aksara.first('{"model": "Post", "order_by": []}') ->> 'id' AS by_key, aksara.last('{"model": "Post", "order_by": ["views"]}') ->> 'id' AS most_read;
SELECT aksara.first('{"model": "Post", "filter": {"views__gt": 1000}}') IS NULL AS none;
SELECT aksara.first(aksara.objects('Post', aksara.order_by('id'), aksara.slice(2, 4))) ->> 'id' AS third, aksara.first(aksara.objects('Post', aksara.slice(0))) IS NULL AS none;
SELECT aksara.last(aksara.objects('Post', aksara.slice(2)));

-- Numbers.
SELECT aksara.count('{"model": "Post"}'), aksara.count('Post', '{"published": true}'), aksara.exists('Post', '{"views": 1000}'), aksara.exists('{"model": "Post"}');

-- in_bulk: an object by key, or by any field that is unique.
SELECT aksara.in_bulk('{"model": "Category"}', '[3, 1, 99]');
SELECT aksara.in_bulk('{"model": "Tag", "filter": {"id__lt": 3}}', '["Tutorial", "News"]', 'name');
SELECT aksara.in_bulk('{"model": "Category"}', '[]');
SELECT aksara.in_bulk('{"model": "Category"}', '["x"]', 'name');
SELECT aksara.in_bulk('{"model": "Category"}', '["x"]', 'nam');
SELECT aksara.in_bulk('{"model": "Category"}', '1');
SELECT aksara.in_bulk('{"model": "Category", "limit": 1}', '[1]');

-- The SQL and the plan. The SQL runs as it is printed.
SELECT aksara.to_sql(aksara.objects('User', aksara.filter('email', 'O''Brien@example.com', 'posts__views__gt', 5), aksara.slice(2))) AS sql \gset
\echo :sql
:sql;
SELECT aksara.to_sql('{"model": "Post", "filter": {"id__in": [1, 2], "meta__stats__likes": 7, "created_at__lt": "2026-02-01"}, "order_by": []}') AS sql \gset
SELECT count(*) FROM (:sql) AS r;
SET enable_seqscan = off;
SELECT * FROM aksara.explain('{"model": "Tag", "filter": {"pk": 1}, "order_by": []}') AS line WHERE line ~ 'Index Cond';
RESET enable_seqscan;

-- Every spelling of a query set is one: document, json, jsonb, text, varchar, bound parameter.
SELECT aksara.count(json '{"model": "Post"}'), aksara.count(jsonb '{"model": "Post"}'), aksara.count('{"model": "Post"}'::text),
  aksara.count('{"model": "Post"}'::varchar), aksara.count('{"model": "Post"}'::aksara.doc), aksara.count(aksara.objects('Post'));
PREPARE bound AS SELECT aksara.count($1), aksara.count($2, $3);
EXECUTE bound('{"model": "Post"}', 'Post', '{"published": false}');
DEALLOCATE bound;
SELECT aksara.objects('Post', aksara.slice(1))::json ->> 'limit';

-- One statement of a client sees one state of the database, whatever it calls.
BEGIN;
CREATE FUNCTION add_and_count() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  before bigint := aksara.count('{"model": "Tag"}');
BEGIN
  INSERT INTO tags (name) VALUES ('new');
  RETURN before || ' then ' || aksara.count('{"model": "Tag"}');
END $$;
CREATE FUNCTION count_stable() RETURNS bigint LANGUAGE sql STABLE AS $$SELECT aksara.count('{"model": "Tag"}')$$;
SELECT add_and_count();
WITH added AS (INSERT INTO tags (name) VALUES ('newer') RETURNING 1)
SELECT aksara.count('{"model": "Tag"}'), count_stable() FROM added;
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
