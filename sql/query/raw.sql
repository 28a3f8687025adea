-- raw(): an expression of SQL text, for whom it is granted.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- Over the columns of the model, by their names or the table's.
SELECT aksara.count(aksara.objects('Post', aksara.filter('views', aksara.raw('posts.views * 1')))) = (SELECT count(*) FROM posts) AS all_rows;
SELECT aksara.count(aksara.objects('Post', aksara.filter('views__gt', aksara.raw('length(title) + 10')))) = (SELECT count(*) FROM posts WHERE views > length(title) + 10) AS same;
SELECT aksara.count(aksara.objects('Post', aksara.filter('author__name', aksara.raw($$'Ada'$$)))) = (SELECT count(*) FROM posts p JOIN users u ON u.id = p.author_id WHERE u.name = 'Ada') AS same;
-- beside other names of a statement's tables
SELECT aksara.to_sql(aksara.objects('Post', aksara.filter('views__gt', aksara.raw('length(title) + (SELECT count(*) FROM tags AS t0 WHERE t0.id < posts.id)'))));
SELECT aksara.count(aksara.objects('Post', aksara.filter('views__gt', aksara.raw('length(title) + (SELECT count(*) FROM tags AS t0 WHERE t0.id < posts.id)')))) = (SELECT count(*) FROM posts WHERE views > length(title) + (SELECT count(*) FROM tags t WHERE t.id < posts.id)) AS same;
-- seen again with another text
SELECT aksara.count(aksara.objects('Post', aksara.filter('id__lte', aksara.raw('1')))), aksara.count(aksara.objects('Post', aksara.filter('id__lte', aksara.raw('2'))));

-- As a part of another expression, of an annotation, of a change
SELECT aksara.fetch(aksara.objects('Post', aksara.filter('id__lte', 2), aksara.order_by('id'), aksara.annotate(format('{"a": {"$add": [%s, 1]}}', aksara.raw('id * 10'))::aksara.doc), aksara.pick('id', 'a')));
SELECT aksara.fetch(aksara.objects('Post', aksara.filter('id__lte', 2), aksara.order_by('id'), aksara.annotate(format('{"a": {"$window": {"$lag": "id"}, "order_by": ["id"]}}')::aksara.doc), aksara.filter('a', aksara.raw('id - 1')), aksara.pick('id', 'a')));
SELECT aksara.fetch(format('{"model": "Post", "filter": {"id__lte": 2}, "order_by": ["id"], "only": ["id"], "prefetch_related": [{"path": "comments", "query": {"order_by": ["id"], "filter": {"id": %s}, "only": ["id"]}}]}', aksara.raw('post_id * 0 + 1'))::aksara.queryset);
-- over the rows that a condition is about
SELECT aksara.count(aksara.objects('Post', aksara.filter('comments__stars', aksara.raw('length(title) % 6')))) = (SELECT count(*) FROM posts p WHERE EXISTS (SELECT FROM comments c WHERE c.post_id = p.id AND c.stars = length(title) % 6)) AS same;
SELECT aksara.count(aksara.objects('Post', aksara.filter(format('{"comments__some": {"stars": %s}}', aksara.raw('length(text) - 1 + 0 * post_id'))::aksara.doc))) = (SELECT count(*) FROM posts p WHERE EXISTS (SELECT FROM comments c WHERE c.post_id = p.id AND c.stars = length(text) - 1)) AS same;
SELECT aksara.count(aksara.objects('Post', aksara.filter(format('{"tags__some": {"$gt": [{"$length": "name"}, %s]}}', aksara.raw('id + 2'))::aksara.doc))) = (SELECT count(*) FROM posts p WHERE EXISTS (SELECT FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id AND length(t.name) > t.id + 2)) AS same;
SELECT aksara.aggregate(aksara.objects('Post'), format('{"n": {"$sum": %s}}', aksara.raw('id * 2'))::aksara.doc) ->> 'n' = (SELECT sum(id * 2)::text FROM posts) AS same;
SELECT aksara.count(aksara.objects('Post', aksara.group_by('author'), aksara.annotate('{"n": {"$count": "*"}}'), aksara.filter('n', aksara.raw('1'))));
SELECT aksara.update(aksara.objects('Post', aksara.filter('id', 1)), '{}', format('{"views": %s}', aksara.raw('views + 100'))::aksara.doc);
SELECT views >= 100 AS changed FROM posts WHERE id = 1;

-- One expression that has one value.
SELECT aksara.count(aksara.objects('Post', aksara.filter('id', aksara.raw('1) OR (true'))));
SELECT aksara.count(aksara.objects('Post', aksara.filter('id', aksara.raw('1; DROP TABLE posts'))));
SELECT aksara.count(aksara.objects('Post', aksara.filter('id', aksara.raw('1, 2'))));
SELECT aksara.count(aksara.objects('Post', aksara.filter('id', aksara.raw('max(id)'))));
SELECT aksara.count(aksara.objects('Post', aksara.filter('id', aksara.raw('generate_series(1, 2)'))));
SELECT aksara.count(aksara.objects('Post', aksara.filter('id', aksara.raw('nothing + 1'))));
SELECT aksara.count(aksara.objects('Post', aksara.filter('id', aksara.raw('$1'))));
SELECT aksara.count(aksara.objects('Post', aksara.filter('id', aksara.raw('id +'))));
SELECT aksara.raw(NULL);

-- A document is never SQL: what raw() returned is sealed.
SELECT aksara.count('{"model": "Post", "filter": {"id": {"$raw": "1"}}}');
SELECT aksara.count('{"model": "Post", "filter": {"id": {"$raw": "1", "seal": "00"}}}');
SELECT aksara.count(replace(aksara.objects('Post', aksara.filter('id', aksara.raw('1')))::text, '"1"', '"2"')::aksara.queryset);
SELECT aksara.count('{"model": "Post", "filter": {"id": {"$raw": "1", "by": "me"}}}');
SELECT aksara.create_view('qblog.raw', aksara.objects('Post', aksara.filter('id', aksara.raw('1'))));

-- Only for who has EXECUTE, when it is made and when it is run.
CREATE ROLE regress_raw;
GRANT USAGE ON SCHEMA qblog TO regress_raw;
GRANT SELECT ON posts TO regress_raw;
SELECT aksara.objects('Post', aksara.filter('id', aksara.raw('1'))) AS qs \gset
SET ROLE regress_raw;
SELECT aksara.raw('1');
SELECT aksara.count(:'qs');
RESET ROLE;
GRANT EXECUTE ON FUNCTION aksara.raw(text) TO regress_raw;
SET ROLE regress_raw;
SELECT aksara.count(:'qs');
-- with the rights of who runs it
SELECT aksara.count(aksara.objects('Post', aksara.filter('id', aksara.raw('(SELECT max(id) FROM qblog.users)'))));
RESET ROLE;
REVOKE EXECUTE ON FUNCTION aksara.raw(text) FROM regress_raw;
SET ROLE regress_raw;
SELECT aksara.count(:'qs');
SELECT id FROM aksara.rows(NULL::qblog.posts, :'qs');
RESET ROLE;
DROP OWNED BY regress_raw;
DROP ROLE regress_raw;
