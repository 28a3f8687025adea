-- annotate and alias: computed values of rows that have names.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\set compare :abs_srcdir '/sql/query/compare.inc'
\o /dev/null
\i :blog
\i :compare
SELECT aksara.create_model('qblog.Shelf', '{"room": "Integer", "no": "Integer", "label": "Text"}', '{"primary_key": ["room", "no"]}');
SELECT aksara.create_model('qblog.Book', '{"title": "Text", "pages": "Integer",
  "shelf": {"type": "ForeignKey", "to": "Shelf", "on_delete": "CASCADE", "nullable": true, "related_name": "books"}}', '{"primary_key": "bigint"}');
INSERT INTO shelfs VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c');
INSERT INTO books (title, pages, shelf_room, shelf_no) VALUES ('x', 10, 1, 1), ('y', 20, 1, 1), ('z', 30, 2, 1), ('w', 5, NULL, NULL);
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on

-- They stand behind the fields, in every exit of rows.
SELECT equal('{"model": "Post", "annotate": {"n": {"$count": "comments"}, "twice": {"$mul": ["views", 2]}}, "order_by": ["id"]}', $$SELECT p.*, (SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS n, views * 2 AS twice FROM posts p ORDER BY id$$);
SELECT aksara.get('{"model": "Post", "annotate": {"n": {"$count": "comments"}}, "filter": {"id": 1}, "select_related": ["author"], "prefetch_related": ["tags"]}');
SELECT aksara.first('{"model": "Post", "annotate": {"n": {"$count": "comments"}}, "order_by": ["-n"]}') ->> 'n' AS first, aksara.last('{"model": "Post", "annotate": {"n": {"$count": "comments"}}, "order_by": ["n"]}') ->> 'n' AS last,
  aksara.in_bulk('{"model": "Post", "annotate": {"n": {"$count": "comments"}}}', '[1, 2]') -> '2' ->> 'n' AS bulk;
SELECT id FROM aksara.rows(NULL::posts, '{"model": "Post", "annotate": {"n": {"$count": "comments"}}, "filter": {"n__gt": 0}, "order_by": ["-n", "id"]}');

-- alias names them without showing them.
SELECT equal('{"model": "Post", "alias": {"n": {"$count": "comments"}}, "filter": {"n__gte": 1}, "order_by": ["-n", "id"], "pick": ["id"]}', $$SELECT id FROM posts p WHERE (SELECT count(*) FROM comments c WHERE c.post_id = p.id) >= 1 ORDER BY (SELECT count(*) FROM comments c WHERE c.post_id = p.id) DESC, id$$);
SELECT equal('{"model": "Category", "alias": {"n": {"$count": "posts"}}, "filter": {"n": 1}, "order_by": ["id"]}', $$SELECT c.* FROM categories c WHERE (SELECT count(*) FROM posts p WHERE p.category_id = c.id) = 1 ORDER BY id$$);

-- They may be made of each other, in any order.
SELECT equal('{"model": "Post", "annotate": {"c": {"$sub": ["b", "a"]}, "b": {"$mul": ["a", 2]}, "a": {"$add": ["views", 1]}}, "pick": ["a", "b", "c"], "order_by": ["id"]}', $$SELECT views + 1 AS a, (views + 1) * 2 AS b, views + 1 AS c FROM posts ORDER BY id$$);
SELECT equal('{"model": "Post", "annotate": {"many": {"$q": {"views__gt": 20}}, "word": {"$case": [{"when": {"many": true}, "then": "many"}], "default": "few"}}, "pick": ["many", "word"], "order_by": ["id"]}', $$SELECT views > 20 AS many, CASE WHEN views > 20 THEN 'many' ELSE 'few' END AS word FROM posts ORDER BY id$$);
SELECT aksara.fetch(format('{"model": "Post", "filter": {"id": 1}, "annotate": {"a0": {"$mul": [0, "views"]}, %s}, "pick": ["a40"]}',
  (SELECT string_agg(format('"a%s": {"$add": ["a%s", "a%s"]}', n, n - 1, n - 1), ', ') FROM generate_series(1, 40) AS n)));

-- In conditions, with lookups, transforms and keys of their type.
SELECT equal('{"model": "Post", "annotate": {"l": {"$lower": "title"}}, "filter": {"l__startswith": "getting", "l__length__gt": 12}, "pick": ["id", "l", "l__upper"]}', $$SELECT id, lower(title) AS l, upper(lower(title)) AS l__upper FROM posts WHERE lower(title) LIKE 'getting%' AND length(title) > 12$$);
SELECT equal('{"model": "Post", "annotate": {"d": "created_at"}, "filter": {"d__date": "2026-01-03", "d__year": 2026}, "pick": ["id", "d"]}', $$SELECT id, created_at AS d FROM posts WHERE created_at::date = '2026-01-03'$$);
SELECT equal('{"model": "Post", "annotate": {"s": {"$f": "meta__stats"}}, "filter": {"s__likes__gt": 5}, "pick": ["id", "s"], "order_by": ["id"]}', $$SELECT id, meta->'stats' AS s FROM posts WHERE id IN (1, 5) ORDER BY id$$);
SELECT equal('{"model": "Post", "annotate": {"t": {"$array_agg": "tags__name", "order_by": ["tags__name"]}}, "filter": {"t__contains": ["Beginner"]}, "pick": ["id", "t", "t__len", "t__0"], "order_by": ["id"]}', $$SELECT id, t, cardinality(t) AS t__len, t[1] AS t__0 FROM (SELECT id, (SELECT array_agg(t.name ORDER BY t.name) FROM tags t JOIN post_tags pt ON pt.tag_id = t.id WHERE pt.post_id = p.id) AS t FROM posts p) AS x WHERE 'Beginner' = ANY (t) ORDER BY id$$);
SELECT equal('{"model": "Post", "annotate": {"e": "author__email", "a": "author"}, "filter": {"e": "jane@EXAMPLE.com", "a__in": [1, 2]}, "pick": ["id", "e", "a"], "order_by": ["id"]}', $$SELECT p.id, email AS e, author_id AS a FROM posts p JOIN users u ON u.id = author_id WHERE email = 'jane@example.com' ORDER BY id$$);
SELECT equal('{"model": "Post", "annotate": {"x": null}, "filter": {"x": null}, "pick": ["id", "x"], "order_by": ["id"]}', $$SELECT id, null AS x FROM posts ORDER BY id$$);

-- exclude is the complement, NULLs included.
SELECT equal('{"model": "Post", "annotate": {"s": {"$sum": "comments__stars"}}, "filter": {"s__gt": 4}, "pick": ["id", "s"], "order_by": ["id"]}', $$SELECT id, s FROM (SELECT id, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS s, (SELECT count(*) FROM post_tags t WHERE t.post_id = p.id) AS n FROM posts p) AS x WHERE s > 4 ORDER BY id$$);
SELECT equal('{"model": "Post", "annotate": {"s": {"$sum": "comments__stars"}}, "exclude": {"s__gt": 4}, "pick": ["id", "s"], "order_by": ["id"]}', $$SELECT id, s FROM (SELECT id, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS s, (SELECT count(*) FROM post_tags t WHERE t.post_id = p.id) AS n FROM posts p) AS x WHERE (s > 4) IS NOT TRUE ORDER BY id$$);
SELECT equal('{"model": "Post", "annotate": {"s": {"$sum": "comments__stars"}}, "filter": {"s__isnull": true}, "pick": ["id"], "order_by": ["id"]}', $$SELECT id FROM (SELECT id, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS s, (SELECT count(*) FROM post_tags t WHERE t.post_id = p.id) AS n FROM posts p) AS x WHERE s IS NULL ORDER BY id$$);
SELECT equal('{"model": "Post", "annotate": {"s": {"$sum": "comments__stars"}, "n": {"$count": "tags"}}, "filter": {"$or": [{"s__gt": {"$f": "n"}}, {"n": 0}]}, "exclude": {"s__lt": {"$mul": ["n", 2]}}, "pick": ["id", "s", "n"], "order_by": [{"$desc": {"$add": ["s", "n"]}, "nulls": "last"}, "id"]}', $$SELECT id, s, n FROM (SELECT id, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS s, (SELECT count(*) FROM post_tags t WHERE t.post_id = p.id) AS n FROM posts p) AS x WHERE (s > n OR n = 0) AND (s < n * 2) IS NOT TRUE ORDER BY s + n DESC NULLS LAST, id$$);

-- In orders, distinct and slices.
SELECT equal('{"model": "Post", "annotate": {"n": {"$count": "tags"}}, "order_by": ["-n", "id"], "limit": 2, "offset": 1, "pick": ["id", "n"]}', $$SELECT id, n FROM (SELECT id, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS s, (SELECT count(*) FROM post_tags t WHERE t.post_id = p.id) AS n FROM posts p) AS x ORDER BY n DESC, id LIMIT 2 OFFSET 1$$);
SELECT equal('{"model": "Post", "annotate": {"n": {"$count": "tags"}}, "order_by": ["n", "id"], "reverse": true, "pick": ["id", "n"]}', $$SELECT id, n FROM (SELECT id, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS s, (SELECT count(*) FROM post_tags t WHERE t.post_id = p.id) AS n FROM posts p) AS x ORDER BY n DESC, id DESC$$);
SELECT equal('{"model": "Post", "annotate": {"n": {"$count": "tags"}}, "distinct": ["n"], "order_by": ["n", "-id"], "pick": ["id", "n"]}', $$SELECT DISTINCT ON (n) id, n FROM (SELECT id, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS s, (SELECT count(*) FROM post_tags t WHERE t.post_id = p.id) AS n FROM posts p) AS x ORDER BY n, id DESC$$);

-- Any name.
SELECT equal('{"model": "Post", "annotate": {"Größe \"x\"; --": "views", "日本": {"$add": ["Größe \"x\"; --", 1]}, "select": "id"}, "filter": {"日本__gt": 10}, "pick": ["Größe \"x\"; --", "日本", "select"], "order_by": ["-日本"]}', $$SELECT views AS "Größe ""x""; --", views + 1 AS "日本", id AS "select" FROM posts WHERE views > 9 ORDER BY views DESC$$);

-- A key of several fields.
SELECT equal('{"model": "Shelf", "annotate": {"n": {"$count": "books"}, "p": {"$sum": "books__pages"}}, "filter": {"n__gt": 0}, "order_by": ["room", "no"]}', $$SELECT s.*, (SELECT count(*) FROM books b WHERE (shelf_room, shelf_no) = (room, no)) AS n, (SELECT sum(pages) FROM books b WHERE (shelf_room, shelf_no) = (room, no)) AS p FROM shelfs s WHERE (room, no) <> (1, 2) ORDER BY room, no$$);
SELECT aksara.update('{"model": "Shelf", "annotate": {"n": {"$count": "books"}}, "filter": {"n": 0}}', '{"label": "empty"}');
SELECT * FROM shelfs ORDER BY room, no;

-- Builders, and values that come later.
SELECT aksara.fetch_all(aksara.objects('Post', aksara.annotate('{"n": {"$count": "tags"}}'), aksara.annotate('{"m": {"$mul": ["n", 2]}}'), aksara.alias('{"k": "views"}'),
  aksara.filter('m__gt', 2, 'k__lt', '60'), aksara.order_by('title'), aksara.pick('title', 'm')));
SELECT aksara.fetch_all(aksara.pick(aksara.alias(aksara.annotate(aksara.objects('Post'), '{"n": {"$count": "tags"}}'), '{"k": "n"}'), 'n', 'k'));
SELECT n, aksara.count(format('{"model": "Post", "annotate": {"x": {"$add": ["views", %s]}}, "filter": {"x__gt": %s}}', n, m)), (SELECT count(*) FROM posts WHERE views + n > m) AS by_hand
  FROM (VALUES (1, 10), (100, 10), (100, 160), (1, 10)) AS v(n, m);
PREPARE popular(int) AS SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.alias('{"n": {"$count": "comments"}, "k": {"$mul": ["views", 2]}}'), aksara.filter('n__gte', $1), aksara.exclude('k__lt', $1))) ORDER BY id;
EXECUTE popular(1);
EXECUTE popular(2);
DEALLOCATE popular;
-- in the place of rows() there is the table alone
EXPLAIN (COSTS OFF) SELECT id FROM aksara.rows(NULL::posts, '{"model": "Post", "alias": {"k": {"$mul": ["views", 2]}, "t": {"$lower": "title"}}, "filter": {"k__gt": {"$f": "id"}, "t__isnull": false}}');
SELECT p.id, r.id FROM posts p, aksara.rows(NULL::posts, aksara.objects('Post', aksara.alias('{"k": {"$mul": ["views", 2]}}'), aksara.filter('k', p.views))) r ORDER BY 1, 2;
SELECT u.name, (SELECT count(*) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author', u.id), aksara.alias('{"n": {"$count": "tags"}}'), aksara.filter('n__gt', 0)))) FROM users u ORDER BY 1;
SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.alias('{"t": {"$array_agg": "tags__name"}}'), aksara.filter('t__contains', ARRAY['News']))) ORDER BY id;
SELECT aksara.create_view('discussed', '{"model": "Post", "annotate": {"n": {"$count": "comments"}}, "filter": {"n__gt": 1}}');
SELECT id FROM discussed;
SELECT aksara.drop_view('discussed');
-- what nothing names is not computed
SELECT aksara.to_sql('{"model": "Post", "annotate": {"n": {"$count": "comments"}}, "pick": ["id"]}');
SELECT aksara.delete('{"model": "Post", "annotate": {"n": {"$count": "comments"}}, "filter": {"n": 0}}') ->> 'total' AS deleted;

-- Rights and row security of who asks.
CREATE ROLE regress_annotate;
GRANT USAGE ON SCHEMA qblog TO regress_annotate;
GRANT SELECT (id, title, views) ON posts TO regress_annotate;
SET ROLE regress_annotate;
SELECT equal('{"model": "Post", "annotate": {"x": {"$add": ["views", 1]}}, "pick": ["id", "x"], "order_by": ["id"]}', 'SELECT id, views + 1 AS x FROM posts ORDER BY id');
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"x": {"$count": "comments"}}, "pick": ["x"], "order_by": ["id"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"x": {"$lower": "content"}}, "pick": ["x"]}')$$);
SELECT count(*) > 100 AS many FROM aksara.query_function;
RESET ROLE;
GRANT SELECT ON posts, comments TO regress_annotate;
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
CREATE POLICY good ON comments FOR SELECT TO regress_annotate USING (stars > 3);
SET ROLE regress_annotate;
SELECT equal('{"model": "Post", "annotate": {"x": {"$count": "comments"}}, "pick": ["id", "x"], "filter": {"x__gt": 0}, "order_by": ["id"]}', 'SELECT post_id AS id, count(*) AS x FROM comments GROUP BY 1 ORDER BY 1');
SELECT id FROM aksara.rows(NULL::posts, '{"model": "Post", "annotate": {"x": {"$count": "comments"}}, "filter": {"x__gt": 0}}') ORDER BY id;
RESET ROLE;
DROP OWNED BY regress_annotate;
DROP ROLE regress_annotate;

-- Mistakes.
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"a": "b", "b": "a"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"a": "a"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"title": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"author_id": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"comments": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"pk": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"a__b": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"a_": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"-a": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"?": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"$a": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"a": "views", "a": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"a": "views"}, "alias": {"a": "views"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": []}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"popularity": "views"}, "filter": {"populrity": 1}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"popularity": "views"}, "order_by": ["popularitys"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"popularity": "views"}, "filter": {"popularity__gtt": 1}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"popularity": {"$add": ["views", 1]}}, "filter": {"popularity": "x"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"popularity": {"$add": ["views", 1]}}, "filter": {"popularity": 1.5}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "annotate": {"a": "author"}, "filter": {"a__name": "x"}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Book", "annotate": {"s": "shelf"}}')$$);
SELECT fails(format('SELECT aksara.fetch_all(%L)', format('{"model": "Post", "annotate": {%s}}', (SELECT string_agg(format('"a%s": {"$count": "comments"}', n), ', ') FROM generate_series(1, 600) AS n))));
SELECT fails('SELECT aksara.annotate(NULL)');
SELECT fails('SELECT aksara.alias(''[]'')');
