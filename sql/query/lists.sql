-- Lists with query sets of their own, and what comes out of a row: prefetch terms, only, defer.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set schema lists
\set small :abs_srcdir '/sql/query/small.inc'
\set compare :abs_srcdir '/sql/query/compare.inc'
\o /dev/null
\i :small
\i :compare
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on

SELECT equal('{"model": "User", "only": ["name"], "order_by": ["id"], "prefetch_related": [{"path": "posts", "to_attr": "popular", "query": {"filter": {"views__gt": 5}, "order_by": ["-views", "id"], "only": ["title"], "annotate": {"n": {"$count": "comments"}}}}, {"path": "posts", "query": {"only": ["title"]}}]}',
  $$SELECT id, name, (SELECT coalesce(json_agg(row_to_json(p)), '[]') FROM (SELECT id, title, (SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS n FROM posts p WHERE author_id = u.id AND views > 5 ORDER BY views DESC, id) p) AS popular,
    (SELECT coalesce(json_agg(row_to_json(p)), '[]') FROM (SELECT id, title FROM posts p WHERE author_id = u.id ORDER BY id) p) AS posts FROM users u ORDER BY id$$);
-- the best of each: a slice is each row's own
SELECT equal('{"model": "User", "only": ["name"], "order_by": ["id"], "prefetch_related": [{"path": "posts", "query": {"order_by": ["-views", "id"], "limit": 2, "only": ["title"]}}]}',
  $$SELECT id, name, (SELECT coalesce(json_agg(row_to_json(p)), '[]') FROM (SELECT id, title FROM posts p WHERE author_id = u.id ORDER BY views DESC, id LIMIT 2) p) AS posts FROM users u ORDER BY id$$);
SELECT equal('{"model": "User", "only": ["name"], "filter": {"id": 1}, "prefetch_related": [{"path": "posts", "query": {"order_by": ["-views", "id"], "limit": 1, "offset": 1, "only": ["title"]}}]}',
  $$SELECT id, name, (SELECT coalesce(json_agg(row_to_json(p)), '[]') FROM (SELECT id, title FROM posts p WHERE author_id = u.id ORDER BY views DESC, id LIMIT 1 OFFSET 1) p) AS posts FROM users u WHERE id = 1$$);
-- over a junction; the rows of lists have lists
SELECT equal('{"model": "Post", "only": ["title"], "order_by": ["id"], "prefetch_related": [{"path": "tags", "query": {"filter": {"name__gte": "b"}, "order_by": ["-name"], "limit": 1, "prefetch_related": [{"path": "posts", "query": {"only": ["title"], "filter": {"views": 20}}}]}}]}',
  $$SELECT id, title, (SELECT coalesce(json_agg(row_to_json(t)), '[]') FROM (SELECT t.id, name, (SELECT coalesce(json_agg(row_to_json(o)), '[]') FROM (SELECT o.id, o.title FROM posts o JOIN post_tags ot ON ot.post_id = o.id WHERE ot.tag_id = t.id AND views = 20 ORDER BY o.id) o) AS posts
    FROM tags t JOIN post_tags pt ON pt.tag_id = t.id WHERE pt.post_id = p.id AND name >= 'b' ORDER BY name DESC LIMIT 1) t) AS tags FROM posts p ORDER BY id$$);
-- conditions over relations of the list's rows, and behind a row that comes along
SELECT equal('{"model": "User", "only": ["name"], "order_by": ["id"], "prefetch_related": [{"path": "posts", "query": {"filter": {"comments__text": "Good", "tags__name": "b"}, "only": ["title"]}}]}',
  $$SELECT id, name, (SELECT coalesce(json_agg(row_to_json(p)), '[]') FROM (SELECT id, title FROM posts p WHERE author_id = u.id AND EXISTS (SELECT FROM comments c WHERE c.post_id = p.id AND text = 'Good') AND EXISTS (SELECT FROM post_tags WHERE post_id = p.id AND tag_id = 2) ORDER BY id) p) AS posts FROM users u ORDER BY id$$);
SELECT equal('{"model": "Comment", "only": ["text"], "order_by": ["id"], "defer": ["post__created", "post__author"], "select_related": ["post"], "prefetch_related": [{"path": "post__tags", "to_attr": "labels", "query": {"filter": {"name": "b"}}}]}',
  $$SELECT c.id, (SELECT row_to_json(p) FROM (SELECT p.id, title, views, (SELECT coalesce(json_agg(row_to_json(t)), '[]') FROM (SELECT t.id, name FROM tags t JOIN post_tags ON tag_id = t.id WHERE post_id = p.id AND name = 'b') t) AS labels) p) AS post, text
    FROM comments c JOIN posts p ON p.id = post_id ORDER BY c.id$$);
-- a term of a builder is the text of the object
SELECT aksara.fetch(aksara.objects('User', aksara.filter('id', 1), aksara.only('name'), aksara.prefetch_related('{"path": "posts", "to_attr": "best", "query": {"order_by": ["-views", "id"], "limit": 1, "only": ["title"]}}')));
SELECT json_array_length(aksara.get(aksara.prefetch_related(aksara.objects('User', aksara.filter('id', 1)), 'posts', '{"path": "posts", "to_attr": "none", "query": {"none": true}}')) -> 'none');
SELECT fails($$SELECT aksara.prefetch_related('{"path": ')$$);
-- twice with other values: nothing of the first is left
SELECT aksara.fetch('{"model": "User", "only": ["name"], "filter": {"id": 1}, "prefetch_related": [{"path": "posts", "query": {"filter": {"views": 10}, "only": ["title"]}}]}');
SELECT aksara.fetch('{"model": "User", "only": ["name"], "filter": {"id": 1}, "prefetch_related": [{"path": "posts", "query": {"filter": {"views": 20}, "only": ["title"]}}]}');
SELECT aksara.to_sql('{"model": "User", "only": ["name"], "prefetch_related": [{"path": "posts", "query": {"filter": {"views__gt": 1}, "limit": 1, "only": ["title"]}}]}');
SELECT count(*) > 0 FROM aksara.explain('{"model": "User", "prefetch_related": [{"path": "posts", "query": {"filter": {"views__gt": 1}, "limit": 1}}]}');
-- row security holds for lists too
CREATE ROLE regress_lists;
GRANT USAGE ON SCHEMA lists TO regress_lists;
GRANT SELECT ON users, posts TO regress_lists;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON posts TO regress_lists USING (views < 20);
SET ROLE regress_lists;
SELECT aksara.fetch('{"model": "User", "only": ["name"], "order_by": ["id"], "prefetch_related": [{"path": "posts", "query": {"order_by": ["-views"], "limit": 1, "only": ["views"]}}]}');
RESET ROLE;
-- only and defer
SELECT aksara.fetch('{"model": "Post", "filter": {"id": 1}, "only": ["title", "author"]}'), aksara.fetch('{"model": "Post", "filter": {"id": 1}, "defer": ["title", "created"]}');
SELECT aksara.fetch(aksara.objects('Post', aksara.filter('id', 1), aksara.only('title', 'views'), aksara.defer('views'))), aksara.get(aksara.defer(aksara.only(aksara.objects('Post', aksara.filter('id', 1)), 'title'), 'title'));
SELECT * FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"id": 1}, "only": ["title"]}');
-- errors
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "prefetch_related": [{"path": "author", "query": {"filter": {"name": "x"}}}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "User", "prefetch_related": [{"path": "posts", "to_attr": "name"}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "User", "prefetch_related": [{"path": "posts", "to_attr": ""}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "User", "prefetch_related": [{"path": "posts", "query": {"model": "Tag"}}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "User", "prefetch_related": [{"path": "posts", "query": {"group_by": ["title"]}}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "User", "prefetch_related": [{"path": "posts", "querty": {}}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "User", "prefetch_related": [{"query": {}}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "User", "prefetch_related": [{"path": "posts", "query": {"filter": {"views": 1}}}, {"path": "posts", "query": {"filter": {"views": 2}}}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "User", "select_related": [{"path": "posts"}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "only": ["titel"]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "only": ["author__name"]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "defer": ["created__year"]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "defer": "title"}')$$);
DROP SCHEMA lists CASCADE;
DROP ROLE regress_lists;
