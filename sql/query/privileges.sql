-- Every read runs as the caller: grants and row security hold in each of them.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

\o /dev/null
CREATE ROLE regress_query_reader;
CREATE ROLE regress_query_stranger;
CREATE ROLE regress_query_nobody;
GRANT USAGE ON SCHEMA qblog TO regress_query_reader, regress_query_stranger;
GRANT SELECT ON ALL TABLES IN SCHEMA qblog TO regress_query_reader;
GRANT SELECT ON users TO regress_query_stranger;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY published ON posts FOR SELECT TO regress_query_reader USING (published);
\o
\pset format unaligned
\pset tuples_only on

-- Row security in every call: the reader sees the published posts alone, 1, 2 and 4.
SET ROLE regress_query_reader;
SELECT aksara.count('{"model": "Post"}'), aksara.count('Post', '{}'), aksara.exists('Post', '{"id": 3}'), aksara.exists('{"model": "Post", "filter": {"id": 3}}');
SELECT id FROM aksara.rows(NULL::posts, '{"model": "Post"}') ORDER BY id;
SELECT row ->> 'id' FROM aksara.fetch('{"model": "Post"}') AS row;
SELECT json_array_length(aksara.fetch_all('{"model": "Post"}'));
SELECT fails($$SELECT aksara.get('Post', '{"id": 3}')$$), fails($$SELECT aksara.get_by_key('Post', 3)$$), aksara.get_or_none('Post', '{"id": 3}') IS NULL;
SELECT aksara.first('{"model": "Post", "order_by": ["-id"]}') ->> 'id', aksara.last('{"model": "Post", "order_by": ["-id"]}') ->> 'id';
SELECT json_object_keys(aksara.in_bulk('{"model": "Post"}', '[3, 4, 5]'));
SELECT aksara.count(aksara.related('User', 2, 'posts'));
-- also behind a relation
SELECT aksara.count('User', '{"posts__title": "Drafts"}'), aksara.count('Comment', '{"post__published": false}');
SELECT aksara.count('User', '{"posts__isnull": true}');
SELECT json_array_length(aksara.get('{"model": "User", "filter": {"id": 2}, "prefetch_related": ["posts"]}') -> 'posts');
SELECT aksara.get('{"model": "Category", "filter": {"id": 3}, "prefetch_related": ["posts__author"]}') #>> '{posts,0,title}';
-- a plan that was kept for one role is not used for another
RESET ROLE;
SELECT aksara.count('{"model": "Post"}');
SET ROLE regress_query_reader;
SELECT aksara.count('{"model": "Post"}');

-- Without a right on the table each call is refused, and no error tells a value.
SET ROLE regress_query_stranger;
SELECT aksara.count('{"model": "User"}');
SELECT fails(call) FROM unnest(ARRAY[
  $$SELECT aksara.count('{"model": "Post"}')$$,
  $$SELECT aksara.exists('Post', '{"id": 3}')$$,
  $$SELECT * FROM aksara.rows(NULL::posts, '{"model": "Post"}')$$,
  $$SELECT aksara.fetch('{"model": "Post"}')$$,
  $$SELECT aksara.fetch_all('{"model": "Post", "filter": {"title": "Drafts"}}')$$,
  $$SELECT aksara.get('Post', '{"id": 3}')$$,
  $$SELECT aksara.get_or_none('{"model": "Post"}')$$,
  $$SELECT aksara.get_by_key('Post', 3)$$,
  $$SELECT aksara.first('{"model": "Post"}')$$,
  $$SELECT aksara.last('{"model": "Post"}')$$,
  $$SELECT aksara.in_bulk('{"model": "Post"}', '[1]')$$,
  $$SELECT aksara.explain('{"model": "Post"}')$$,
  $$SELECT aksara.count('User', '{"posts__title": "Drafts"}')$$,
  $$SELECT aksara.count('User', '{"profile__bio": "x"}')$$,
  $$SELECT aksara.fetch_all('{"model": "User", "prefetch_related": ["posts"]}')$$,
  $$SELECT aksara.fetch_all('{"model": "User", "select_related": ["profile"]}')$$,
  $$SELECT aksara.count(aksara.related('User', 1, 'posts'))$$
]) AS call;

-- Without USAGE on the schema the model is not found by its bare name, and its tables are closed.
SET ROLE regress_query_nobody;
SELECT aksara.count('{"model": "Post"}');
SELECT aksara.count('{"model": "qblog.Post"}');
SELECT aksara.count('{"model": "qblog.Pots"}');

-- No operator or function of a stranger's schema is used, whatever search_path says.
RESET ROLE;
CREATE FUNCTION qblog.never(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'reached'; END$$;
CREATE OPERATOR qblog.= (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = qblog.never);
CREATE OPERATOR qblog.> (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = qblog.never);
CREATE FUNCTION qblog.row_to_json(record) RETURNS json LANGUAGE plpgsql AS $$BEGIN RAISE 'reached'; END$$;
CREATE FUNCTION qblog.count() RETURNS bigint LANGUAGE plpgsql AS $$BEGIN RAISE 'reached'; END$$;
CREATE DOMAIN qblog.int8 AS text CHECK (false);
CREATE DOMAIN qblog.text AS pg_catalog.int4;
SET search_path = qblog, pg_catalog;
SELECT aksara.count('{"model": "Post", "filter": {"id__gt": 1, "author__id__in": [1, 2], "tags": 1, "views__contains": "0", "meta__stats__likes__gt": 1}}');
SELECT pg_catalog.json_array_length(aksara.fetch_all('{"model": "User", "filter": {"posts__id": 1}, "prefetch_related": ["posts__tags"], "select_related": ["profile"], "limit": 1}'));
RESET search_path;
\pset tuples_only off
DROP OWNED BY regress_query_reader, regress_query_stranger;
DROP ROLE regress_query_reader, regress_query_stranger, regress_query_nobody;

SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
