-- group_by: rows put together, beside GROUP BY by hand.
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

-- By fields, paths over to-one relations, transforms, JSON keys and annotations.
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}, "s": {"$sum": "views"}}, "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n, sum(views) AS s FROM posts GROUP BY 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author__name", "published"], "annotate": {"n": {"$count": "*"}}, "order_by": ["author__name", "published"]}', $$SELECT u.name AS author__name, published, count(*) AS n FROM posts p JOIN users u ON u.id = p.author_id GROUP BY 1, 2 ORDER BY 1, 2$$);
SELECT equal('{"model": "Comment", "group_by": ["post__author__name", "author"], "annotate": {"n": {"$count": "*"}, "v": {"$sum": "post__views"}}, "order_by": ["post__author__name", "author"]}', $$SELECT u.name AS post__author__name, c.author_id AS author, count(*) AS n, sum(p.views) AS v FROM comments c JOIN posts p ON p.id = c.post_id JOIN users u ON u.id = p.author_id GROUP BY 1, 2 ORDER BY 1, 2$$);
SELECT equal('{"model": "Post", "group_by": ["created_at__month", "title__length"], "annotate": {"n": {"$count": "*"}}, "order_by": ["title__length"]}', $$SELECT extract(month from created_at)::int AS created_at__month, length(title) AS title__length, count(*) AS n FROM posts p GROUP BY 1, 2 ORDER BY 2$$);
SELECT equal('{"model": "Post", "group_by": ["meta__lang"], "annotate": {"n": {"$count": "*"}}, "order_by": ["meta__lang"]}', $$SELECT meta->'lang' AS meta__lang, count(*) AS n FROM posts p GROUP BY 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "alias": {"big": {"$gt": ["views", 20]}}, "group_by": ["big"], "annotate": {"n": {"$count": "*"}, "m": {"$max": "price"}}, "order_by": ["big"]}', $$SELECT views > 20 AS big, count(*) AS n, max(price) AS m FROM posts p GROUP BY 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "alias": {"c": {"$sub": ["views", 20]}}, "group_by": ["c__abs"], "annotate": {"n": {"$count": "*"}}, "order_by": ["c__abs"]}', $$SELECT abs(views - 20) AS c__abs, count(*) AS n FROM posts GROUP BY 1 ORDER BY 1$$);
-- an aggregate over related rows as a key
SELECT equal('{"model": "Post", "annotate": {"c": {"$count": "comments"}, "n": {"$count": "*"}, "v": {"$sum": "views"}}, "group_by": ["c"], "order_by": ["c"]}', $$SELECT c, count(*) AS n, sum(views) AS v FROM (SELECT p.*, (SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS c FROM posts p) AS x GROUP BY 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["pk"], "annotate": {"n": {"$count": "comments"}}, "order_by": ["pk"]}', $$SELECT id AS pk, (SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS n FROM posts p ORDER BY 1$$);
SELECT equal('{"model": "Book", "group_by": ["shelf_room", "shelf_no"], "annotate": {"n": {"$count": "*"}, "b": {"$count": "shelf__books"}}, "order_by": ["shelf_room"]}', $$SELECT shelf_room, shelf_no, count(*) AS n, sum((SELECT count(*) FROM books c WHERE (c.shelf_room, c.shelf_no) = (b.shelf_room, b.shelf_no)))::bigint AS b FROM books b GROUP BY 1, 2 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "order_by": ["author"]}', $$SELECT DISTINCT author_id AS author FROM posts ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "filter": {"id": 0}, "annotate": {"n": {"$count": "*"}}}', $$SELECT 1 WHERE false$$);

-- Aggregates over several relations, each over rows of its own; NULL is a key like others.
SELECT equal('{"model": "Post", "group_by": ["published"], "annotate": {"c": {"$count": "comments"}, "t": {"$count": "tags"}, "s": {"$sum": "views"}, "n": {"$count": "*"}}, "order_by": ["published"]}', $$SELECT published, sum((SELECT count(*) FROM comments c WHERE c.post_id = p.id))::bigint AS c, sum((SELECT count(*) FROM post_tags c WHERE c.post_id = p.id))::bigint AS t, sum(views) AS s, count(*) AS n FROM posts p GROUP BY 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["category__name"], "annotate": {"c": {"$count": "comments"}, "t": {"$count": "tags"}, "s": {"$sum": "views"}, "n": {"$count": "*"}}, "order_by": ["category__name"]}', $$SELECT k.name AS category__name, sum((SELECT count(*) FROM comments c WHERE c.post_id = p.id))::bigint AS c, sum((SELECT count(*) FROM post_tags c WHERE c.post_id = p.id))::bigint AS t, sum(views) AS s, count(*) AS n FROM posts p LEFT JOIN categories k ON k.id = category_id GROUP BY 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["id"], "annotate": {"c": {"$count": "comments", "default": 7}, "k": {"$regr_count": ["comments__stars", "comments__id"]}}, "order_by": ["id"]}', $$SELECT id, (SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS c, (SELECT count(stars) FROM comments c WHERE c.post_id = p.id) AS k FROM posts p ORDER BY 1$$);
SELECT equal('{"model": "Post", "alias": {"k": "category__name"}, "group_by": ["k"], "annotate": {"c": {"$count": "comments"}, "t": {"$count": "tags"}, "s": {"$sum": "views"}, "n": {"$count": "*"}}, "order_by": ["k"]}', $$SELECT k.name AS k, sum((SELECT count(*) FROM comments c WHERE c.post_id = p.id))::bigint AS c, sum((SELECT count(*) FROM post_tags c WHERE c.post_id = p.id))::bigint AS t, sum(views) AS s, count(*) AS n FROM posts p LEFT JOIN categories k ON k.id = category_id GROUP BY 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "alias": {"k": {"$v": null, "as": "int[]"}}, "group_by": ["k"], "annotate": {"c": {"$count": "comments"}, "t": {"$count": "tags"}, "s": {"$sum": "views"}, "n": {"$count": "*"}}}', $$SELECT null AS k, sum((SELECT count(*) FROM comments c WHERE c.post_id = p.id))::bigint AS c, sum((SELECT count(*) FROM post_tags c WHERE c.post_id = p.id))::bigint AS t, sum(views) AS s, count(*) AS n FROM posts p GROUP BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["category"], "annotate": {"l": {"$string_agg": "tags__name", "order_by": ["tags__name"]}, "d": {"$sum": "comments__stars", "default": 0}}, "order_by": ["category"]}', $$SELECT category_id AS category, (SELECT string_agg(t.name, ',' ORDER BY t.name) FROM posts q JOIN post_tags pt ON pt.post_id = q.id JOIN tags t ON t.id = pt.tag_id WHERE q.category_id IS NOT DISTINCT FROM p.category_id) AS l, coalesce(sum((SELECT sum(stars) FROM comments c WHERE c.post_id = p.id)), 0) AS d FROM posts p GROUP BY 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*", "filter": {"published": true}}, "d": {"$count": "category", "distinct": true}, "l": {"$string_agg": "title", "order_by": ["-title"], "delimiter": "|"}, "m": {"$count": "*", "filter": {"tags__name": "Tutorial"}}, "k": {"$count": "comments", "filter": {"comments__stars__gt": 3, "published": true}}, "o": {"$sum": {"$case": [{"when": {"published": true}, "then": 1}], "default": 0}}}, "order_by": ["author"]}', $$SELECT author_id AS author, count(*) FILTER (WHERE published) AS n, count(DISTINCT category_id) AS d, string_agg(title, '|' ORDER BY title DESC) AS l, count(*) FILTER (WHERE EXISTS (SELECT FROM post_tags pt WHERE pt.post_id = p.id AND pt.tag_id = 1)) AS m, sum((SELECT count(*) FROM comments c WHERE c.post_id = p.id AND stars > 3 AND published))::bigint AS k, sum(published::int) AS o FROM posts p GROUP BY 1 ORDER BY 1$$);

-- Annotations made of several.
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"a": {"$avg": "views"}, "b": {"$mul": ["a", 2]}, "c": {"$div": [{"$sum": "views"}, {"$count": "*"}]}, "d": {"$concat": ["author", {"$v": ":"}, "a"]}}, "order_by": ["-b"]}', $$SELECT author_id AS author, avg(views) AS a, avg(views) * 2 AS b, sum(views) / count(*) AS c, concat(author_id, ':', avg(views)) AS d FROM posts GROUP BY 1 ORDER BY 3 DESC$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}, "size": {"$case": [{"when": {"n__gt": 1}, "then": "many"}], "default": "one"}, "big": {"$q": {"n__gt": 1, "author__lt": 2}}}, "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n, CASE WHEN count(*) > 1 THEN 'many' ELSE 'one' END AS size, count(*) > 1 AND author_id < 2 AS big FROM posts GROUP BY 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["meta__lang"], "annotate": {"w": {"$concat": [{"$kt": "meta__lang"}, {"$v": ":"}, {"$count": "*"}]}}, "order_by": ["meta__lang"]}', $$SELECT meta->'lang' AS meta__lang, concat((meta->'lang')#>>'{}', ':', count(*)) AS w FROM posts GROUP BY 1 ORDER BY 1$$);

-- Conditions: of rows before, of groups behind.
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"n__gt": 1}, "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n FROM posts GROUP BY 1 HAVING count(*) > 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"n__gt": 1, "published": true}, "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n FROM posts WHERE published GROUP BY 1 HAVING count(*) > 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": [{"published": true}, {"n": 1}], "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n FROM posts WHERE published GROUP BY 1 HAVING count(*) = 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "exclude": {"n__gt": 1}, "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n FROM posts GROUP BY 1 HAVING NOT count(*) > 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "exclude": [{"n__gt": 1}, {"published": false}], "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n FROM posts WHERE published GROUP BY 1 HAVING NOT count(*) > 1 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"$or": [{"n__gt": 1}, {"author": 3}]}, "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n FROM posts GROUP BY 1 HAVING count(*) > 1 OR author_id = 3 ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"author__gt": {"$f": "n"}}, "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n FROM posts GROUP BY 1 HAVING author_id > count(*) ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"$gt": ["author", "n"]}, "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n FROM posts GROUP BY 1 HAVING author_id > count(*) ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"$not": {"$or": [{"n": 1}, {"$lt": ["author", 2]}]}}, "order_by": ["author"]}', $$SELECT author_id AS author, count(*) AS n FROM posts GROUP BY 1 HAVING NOT (author_id < 2 OR count(*) = 1) ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"s": {"$sum": "comments__stars"}}, "exclude": {"s__gt": 5}, "order_by": ["author"]}', $$SELECT p.author_id AS author, sum(stars) AS s FROM posts p LEFT JOIN comments c ON c.post_id = p.id GROUP BY 1 HAVING (sum(stars) > 5) IS NOT TRUE ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author__name"], "annotate": {"n": {"$count": "*"}}, "filter": {"$or": [{"n": 1}, {"author__name__startswith": "J"}]}, "order_by": ["author__name"]}', $$SELECT u.name AS author__name, count(*) AS n FROM posts p JOIN users u ON u.id = p.author_id GROUP BY 1 HAVING count(*) = 1 OR u.name LIKE 'J%' ORDER BY 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"latest": {"$max": "created_at"}}, "filter": {"latest__year": 2026, "latest__date__gt": "2026-01-02"}, "order_by": ["latest"]}', $$SELECT author_id AS author, max(created_at) AS latest FROM posts GROUP BY 1 HAVING max(created_at) >= '2026-01-03' ORDER BY 2$$);

-- Orders, slices, what comes out.
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "order_by": ["-n", "author"], "limit": 1, "offset": 1}', $$SELECT author_id AS author, count(*) AS n FROM posts GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1 OFFSET 1$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "order_by": ["author"], "reverse": true}', $$SELECT author_id AS author, count(*) AS n FROM posts GROUP BY 1 ORDER BY 1 DESC$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "order_by": [{"$desc": {"$sum": "views"}}]}', $$SELECT author_id AS author FROM posts GROUP BY 1 ORDER BY sum(views) DESC$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "order_by": [{"$desc": {"$mul": ["n", "author"]}}]}', $$SELECT author_id AS author, count(*) AS n FROM posts GROUP BY 1 ORDER BY count(*) * author_id DESC$$);
SELECT equal('{"model": "Post", "group_by": ["author"], "pick": ["n"], "annotate": {"n": {"$count": "*"}}, "order_by": ["n"]}', $$SELECT count(*) AS n FROM posts GROUP BY author_id ORDER BY 1$$);
SELECT aksara.first(q), aksara.last(q), aksara.get(aksara.filter(q, '{"author": 3}')), aksara.count(q), aksara.exists(aksara.filter(q, '{"n__gt": 2}'))
  FROM (SELECT '{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}}'::aksara.queryset) AS v(q);
SELECT aksara.fetch_all(aksara.objects('Post', aksara.group_by('author'), aksara.annotate('{"n": {"$count": "*"}}'), aksara.filter('n__gt', '1'), aksara.order_by('-author')));
SELECT n, aksara.fetch_all(format('{"model": "Post", "group_by": ["published"], "annotate": {"n": {"$count": "*"}}, "filter": {"n__gt": %s}, "pick": ["n"], "order_by": ["n"]}', n)) FROM generate_series(1, 3) AS n;
-- two arms are joined by a key that may be NULL, not compared one with each
SELECT bool_or(line ~ 'Join Filter') AS nested FROM aksara.explain('{"model": "Post", "group_by": ["content"], "annotate": {"n": {"$count": "*"}, "c": {"$count": "comments"}}}') AS line;

-- What groups are not.
SELECT fails($$SELECT * FROM aksara.rows(NULL::posts, '{"model": "Post", "group_by": ["author"]}')$$);
SELECT fails($$SELECT * FROM aksara.update('{"model": "Post", "group_by": ["author"]}', '{"views": 1}')$$);
SELECT fails($$SELECT * FROM aksara.delete('{"model": "Post", "group_by": ["author"]}')$$);
SELECT fails($$SELECT * FROM aksara.in_bulk('{"model": "Post", "group_by": ["author"]}', '[1]')$$);
SELECT fails($$SELECT * FROM aksara.create_view('grouped', '{"model": "Post", "group_by": ["author"]}')$$);
SELECT count(*), max(views) FROM posts;

-- Mistakes.
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": []}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": "author"}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": [7]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["nope"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["tags"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["tags__name"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author", "author"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["n"], "annotate": {"n": {"$count": "*"}}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "annotate": {"x": {"$add": ["views", {"$count": "*"}]}}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "annotate": {"x": {"$add": ["views", 1]}}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "annotate": {"author": {"$count": "*"}}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "order_by": ["views"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "exclude": {"n__gt": 1, "published": true}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"$or": [{"n__gt": 1}, {"published": true}]}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"views__gt": {"$f": "n"}}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"$or": [{"n": 1}, {"tags": null}]}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"$or": [{"n": 1}, {"tags__some": {"name": "x"}}]}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "select_related": ["author"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "distinct": ["author"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Book", "group_by": ["shelf"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "annotate": {"a": {"$sum": "views"}, "b": {"$max": "a"}}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "group_by": ["author"], "annotate": {"a": {"$sum": "views"}, "b": {"$count": "*", "filter": {"a__gt": 1}}}}')$$);
