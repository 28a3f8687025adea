-- raw(): an expression of SQL text, for whom it is granted.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- Over the columns of the model, by their names or the table's.
SELECT aksara.count(aksara.query('Post', aksara.filter('views', aksara.raw('posts.views * 1')))) = (SELECT count(*) FROM posts) AS all_rows;
SELECT aksara.count(aksara.query('Post', aksara.filter('views__gt', aksara.raw('length(title) + 10')))) = (SELECT count(*) FROM posts WHERE views > length(title) + 10) AS same;
SELECT aksara.count(aksara.query('Post', aksara.filter('author__name', aksara.raw($$'Ada'$$)))) = (SELECT count(*) FROM posts p JOIN users u ON u.id = p.author_id WHERE u.name = 'Ada') AS same;
-- beside other names of a statement's tables
SELECT aksara.values('Post', '{"id": 1}') IS NULL;
SELECT aksara.sql(aksara.query('Post', aksara.filter('views__gt', aksara.raw('length(title) + (SELECT count(*) FROM tags AS t0 WHERE t0.id < posts.id)'))));
SELECT aksara.count(aksara.query('Post', aksara.filter('views__gt', aksara.raw('length(title) + (SELECT count(*) FROM tags AS t0 WHERE t0.id < posts.id)')))) = (SELECT count(*) FROM posts WHERE views > length(title) + (SELECT count(*) FROM tags t WHERE t.id < posts.id)) AS same;
-- as a part of another expression, of an annotation, of a change
SELECT aksara.fetch(aksara.annotate(aksara.query('Post', aksara.filter('id__lte', 2), aksara.order_by('id'), aksara.doc '{"pick": ["id", "a"]}'), format('{"a": {"$add": [%s, 1]}}', aksara.raw('id * 10'))::aksara.doc));
SELECT aksara.update(aksara.query('Post', aksara.filter('id', 1)), format('{"views": %s}', aksara.raw('views + 100'))::aksara.doc);
SELECT views >= 100 AS changed FROM posts WHERE id = 1;
-- seen again with another text, and after the right went
SELECT aksara.count(aksara.query('Post', aksara.filter('id__lte', aksara.raw('1')))), aksara.count(aksara.query('Post', aksara.filter('id__lte', aksara.raw('2'))));

-- One expression that has one value.
SELECT aksara.count(aksara.query('Post', aksara.filter('id', aksara.raw('1) OR (true'))));
SELECT aksara.count(aksara.query('Post', aksara.filter('id', aksara.raw('1; DROP TABLE posts'))));
SELECT aksara.count(aksara.query('Post', aksara.filter('id', aksara.raw('1, 2'))));
SELECT aksara.count(aksara.query('Post', aksara.filter('id', aksara.raw('max(id)'))));
SELECT aksara.count(aksara.query('Post', aksara.filter('id', aksara.raw('generate_series(1, 2)'))));
SELECT aksara.count(aksara.query('Post', aksara.filter('id', aksara.raw('nothing + 1'))));
SELECT aksara.count(aksara.query('Post', aksara.filter('id', aksara.raw('$1'))));
SELECT aksara.count(aksara.query('Post', aksara.filter('id', aksara.raw('id +'))));
SELECT aksara.raw(NULL);

-- A document is never SQL: what raw() returned is sealed.
SELECT aksara.count('{"model": "Post", "filter": {"id": {"$raw": "1"}}}');
SELECT aksara.count('{"model": "Post", "filter": {"id": {"$raw": "1", "seal": "00"}}}');
SELECT aksara.count(replace(aksara.query('Post', aksara.filter('id', aksara.raw('1')))::text, '"1"', '"2"')::aksara.queryset);
SELECT aksara.count('{"model": "Post", "filter": {"id": {"$raw": "1", "by": "me"}}}');
SELECT aksara.create_view('qblog.raw', aksara.query('Post', aksara.filter('id', aksara.raw('1'))));

-- Only for who has EXECUTE, when it is made and when it is run.
CREATE ROLE regress_raw;
GRANT USAGE ON SCHEMA qblog TO regress_raw;
GRANT SELECT ON posts TO regress_raw;
SELECT aksara.query('Post', aksara.filter('id', aksara.raw('1'))) AS qs \gset
SET ROLE regress_raw;
SELECT aksara.raw('1');
SELECT aksara.count(:'qs');
RESET ROLE;
GRANT EXECUTE ON FUNCTION aksara.raw(text) TO regress_raw;
SET ROLE regress_raw;
SELECT aksara.count(:'qs');
-- with the rights of who runs it
SELECT aksara.count(aksara.query('Post', aksara.filter('id', aksara.raw('(SELECT max(id) FROM qblog.users)'))));
RESET ROLE;
REVOKE EXECUTE ON FUNCTION aksara.raw(text) FROM regress_raw;
SET ROLE regress_raw;
SELECT aksara.count(:'qs');
SELECT id FROM aksara.rows(:'qs', NULL::qblog.posts);
RESET ROLE;
DROP OWNED BY regress_raw;
DROP ROLE regress_raw;
