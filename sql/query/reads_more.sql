-- Reads by a field, rows that are locked, and updates by expressions.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set schema reads_more
\set small :abs_srcdir '/sql/query/small.inc'
\o /dev/null
\i :small
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on

-- ---- earliest and latest: what has no value is last in both ----
SELECT aksara.earliest('{"model": "Post"}', 'created') ->> 'title', aksara.latest('{"model": "Post"}', 'created') ->> 'title';
SELECT title FROM posts WHERE created = (SELECT min(created) FROM posts) UNION ALL SELECT title FROM posts WHERE created = (SELECT max(created) FROM posts);
SELECT aksara.latest('{"model": "Post", "filter": {"author__name": "Ann"}, "only": ["title"]}', 'views', '-id'), aksara.earliest('{"model": "Post", "pick": ["title"]}', '-views', 'title');
SELECT fails($$SELECT aksara.latest('{"model": "Post", "filter": {"views": 1}}', 'created')$$);
SELECT fails($$SELECT aksara.latest('{"model": "Post", "limit": 1}', 'created')$$);
SELECT fails($$SELECT aksara.latest('{"model": "Post"}', VARIADIC '{}'::text[])$$);
SELECT fails($$SELECT aksara.latest('{"model": "Post"}', 'crated')$$);
-- ---- dates ----
SELECT aksara.dates('{"model": "Post"}', 'created', 'year');
SELECT DISTINCT date_trunc('year', created)::date FROM posts WHERE created IS NOT NULL ORDER BY 1;
SELECT string_agg(d::text, ' ') FROM aksara.dates('{"model": "Post", "filter": {"author": 1}, "order_by": ["title"]}', 'created', 'month') d;
SELECT string_agg(d::text, ' | ') FROM aksara.datetimes('{"model": "Comment"}', 'post__created', 'month') d;
SELECT fails($$SELECT aksara.dates('{"model": "Post"}', 'created', 'century')$$);
SELECT fails($$SELECT aksara.dates('{"model": "Post"}', 'title', 'year')$$);
SELECT fails($$SELECT aksara.dates('{"model": "Post"}', NULL, 'year')$$);
-- ---- terms of an order in a builder ----
SELECT string_agg(line ->> 'title', ', ') FROM aksara.fetch(aksara.objects('Post', aksara.order_by('{"$desc": {"$length": "title"}}', 'title'))) line;
SELECT string_agg(title, ', ') FROM (SELECT title FROM posts ORDER BY length(title) DESC, title) p;
SELECT fails($$SELECT aksara.order_by('{"$desc": 1')$$);
-- ---- locks ----
BEGIN;
SELECT aksara.lock('{"model": "Post", "filter": {"views__gt": 5}, "select_related": ["author"], "only": ["title"], "order_by": ["id"]}');
SELECT aksara.lock(aksara.objects('Post', aksara.for_update('{"skip_locked": true, "no_key": true}'), aksara.order_by('id'), aksara.slice(1), aksara.only('title')));
COMMIT;
-- of: whose rows
CREATE FUNCTION locked() RETURNS text LANGUAGE sql AS
  $$SELECT concat_ws('; ', (SELECT 'posts ' || string_agg(id::text, ' ' ORDER BY id) FROM posts WHERE xmax = pg_current_xact_id()::xid),
                     (SELECT 'users ' || string_agg(id::text, ' ' ORDER BY id) FROM users WHERE xmax = pg_current_xact_id()::xid))$$;
BEGIN;
SELECT aksara.lock('{"model": "Post", "filter": {"id": 1}, "only": ["title"], "for_update": {"of": ["self", "author"]}}');
SELECT locked();
ROLLBACK;
BEGIN;
SELECT aksara.lock('{"model": "Comment", "filter": {"id__lt": 3}, "select_related": ["post__author"], "only": ["text", "post__author__name"], "order_by": ["id"], "for_update": {"of": ["post__author"], "no_key": true}}');
SELECT locked();
ROLLBACK;
SELECT fails($$SELECT aksara.lock('{"model": "Post", "for_update": {"of": ["category"]}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "for_update": {"of": ["tags"]}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "User", "for_update": {"of": ["profile"]}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "for_update": {"of": ["autor"]}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "for_update": {"of": ["title"]}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "for_update": {"of": []}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "for_update": {"of": "self"}}')$$);
SELECT aksara.to_sql('{"model": "Post", "pick": ["title"], "limit": 1}');
SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"id": 1}, "for_update": {"nowait": true}}');
EXPLAIN (COSTS off) SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"id": 1}, "for_update": {"share": true}}');
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "for_update": true}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "for_update": {"now": true}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "for_update": {"nowait": true, "skip_locked": true}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "for_update": 1}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "group_by": ["views"]}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "distinct": ["views"], "order_by": ["views"]}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "distinct": true, "pick": ["views"]}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "for_update": true}')$$);
SELECT fails($$SELECT aksara.exists('{"model": "Post", "for_update": true}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "filter": {"$exists": {"model": "User", "for_update": true}}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Post", "union": [{"model": "Post", "for_update": true}]}')$$);
SELECT fails($$SELECT aksara.lock(NULL)$$);
SELECT json_array_length(json_agg(line)) FROM aksara.lock('{"model": "Post", "distinct": true}') line;
-- ---- updates by expressions ----
SELECT aksara.update('{"model": "Post", "filter": {"author__name": "Ann"}}', '{}', '{"views": {"$add": ["views", 1]}, "title": {"$concat": ["title", {"$v": "!"}]}}');
SELECT string_agg(title || ' ' || views, ', ' ORDER BY id) FROM posts;
-- values beside, the row as it was, other rows by a subquery, conditions
SELECT aksara.update('{"model": "Post"}', '{"created": "2026-01-01T00:00:00Z"}', '{"views": {"$coalesce": [{"$subquery": {"model": "Comment", "filter": {"post": {"$outer": "id"}}, "order_by": ["-likes"], "limit": 1, "pick": ["likes"]}}, 0]}}');
SELECT string_agg(views || ' ' || created::date, ', ' ORDER BY id) FROM posts;
SELECT aksara.update('{"model": "Post"}', '{}', '{"views": {"$case": [{"when": {"comments__likes__gt": 3}, "then": 1}], "default": 0}}');
SELECT string_agg(views::text, ', ' ORDER BY id) FROM posts;
SELECT fails($$SELECT aksara.update('{"model": "Post", "filter": {"author__name": "Ann"}}', '{}', '{"title": "author__name"}')$$);
SELECT fails($$SELECT aksara.update('{"model": "Post"}', '{}', '{"views": "title"}')$$);
SELECT fails($$SELECT aksara.update('{"model": "Post"}', '{"views": 1}', '{"views": "views"}')$$);
SELECT fails($$SELECT aksara.update('{"model": "Post"}', '{}', '{"view": "views"}')$$);
SELECT fails($$SELECT aksara.update('{"model": "Post"}', '{}', '{"tags": "views"}')$$);
SELECT fails($$SELECT aksara.update('{"model": "Post"}', '{}', '{}')$$);
SELECT fails($$SELECT aksara.update('{"model": "Post"}', '{}', NULL)$$);
SELECT fails($$SELECT aksara.update('{"model": "Post"}', '{}', '{"views": {"$sum": "comments__likes"}}')$$);
SELECT string_agg(views::text, ', ' ORDER BY id) FROM posts;
-- a value never turns into an expression
SELECT fails($$SELECT aksara.update('{"model": "Post"}', '{"views": {"$f": "id"}}')$$);
DROP SCHEMA reads_more CASCADE;
