-- pick: values in place of rows.
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

-- Paths that have one value for each row, under the names as they are written.
SELECT equal('{"model": "Post", "pick": ["title", "author__name", "author", "category__parent__name", "created_at__year", "meta__lang", "meta__stats__likes", "pk"], "order_by": ["id"]}', $$SELECT title, u.name AS author__name, author_id AS author, pc.name AS category__parent__name, 2026 AS created_at__year, meta->'lang' AS meta__lang, meta#>'{stats,likes}' AS meta__stats__likes, p.id AS pk FROM posts p JOIN users u ON u.id = author_id LEFT JOIN categories c ON c.id = category_id LEFT JOIN categories pc ON pc.id = c.parent_id ORDER BY p.id$$);
SELECT equal('{"model": "Post", "annotate": {"n": {"$count": "tags"}, "m": "views"}, "pick": ["n", "id"], "order_by": ["id"]}', $$SELECT (SELECT count(*) FROM post_tags t WHERE t.post_id = p.id) AS n, id FROM posts p ORDER BY id$$);
SELECT equal('{"model": "Book", "pick": ["title", "shelf_room", "shelf__label"], "order_by": ["id"]}', $$SELECT title, shelf_room, label AS shelf__label FROM books LEFT JOIN shelfs ON (shelf_room, shelf_no) = (room, no) ORDER BY id$$);
SELECT equal('{"model": "Category", "pick": [], "order_by": ["id"]}', $$SELECT * FROM categories ORDER BY id$$);

-- rows(), sets and writes are of rows, whatever is picked and however alike.
SELECT string_agg(title, ', ') FROM aksara.rows(NULL::books, '{"model": "Book", "pick": ["pages"], "distinct": true, "order_by": ["-shelf__label", "title"], "limit": 3}');
SET aksara.query_inline = off;
SELECT string_agg(title, ', ') FROM aksara.rows(NULL::books, '{"model": "Book", "pick": ["pages"], "distinct": true, "order_by": ["-shelf__label", "title"], "limit": 3}');
RESET aksara.query_inline;
SELECT string_agg(title, ', ' ORDER BY title) FROM aksara.rows(NULL::books, '{"model": "Book", "filter": {"title": "x"}, "union": [{"model": "Book", "pick": ["pages"], "distinct": true, "order_by": ["-shelf__label", "title"], "limit": 2}]}');
SELECT aksara.update('{"model": "Book", "pick": ["title"], "distinct": true, "order_by": ["-pages"], "limit": 2}', '{"pages": 21}');
SELECT string_agg(title, ', ' ORDER BY title) FROM books WHERE pages = 21;

-- distinct: no two alike, in inner query sets too.
SELECT (SELECT count(DISTINCT author_id) FROM posts) AS authors, (SELECT count(*) FROM posts) > 0 AS posts;
SELECT aksara.exists('{"model": "Tag", "filter": {"$exists": {"model": "Post", "pick": ["author_id"], "distinct": true, "offset": 1}}}'),
  aksara.exists('{"model": "Tag", "filter": {"$exists": {"model": "Post", "pick": ["author_id"], "distinct": true, "offset": 100}}}'),
  aksara.exists(format('{"model": "Tag", "filter": {"$exists": {"model": "Post", "pick": ["author_id"], "distinct": true, "offset": %s}}}', (SELECT count(DISTINCT author_id) FROM posts))::aksara.queryset),
  aksara.exists(format('{"model": "Tag", "filter": {"$exists": {"model": "Post", "pick": ["author_id"], "distinct": true, "offset": %s}}}', (SELECT count(DISTINCT author_id) - 1 FROM posts))::aksara.queryset);
SELECT equal('{"model": "Post", "pick": ["published"], "distinct": true, "order_by": ["published"]}', $$SELECT DISTINCT published FROM posts ORDER BY 1$$);
SELECT equal('{"model": "Post", "pick": ["author__name"], "distinct": true, "order_by": ["-author__name"]}', $$SELECT DISTINCT u.name AS author__name FROM posts p JOIN users u ON u.id = author_id ORDER BY 1 DESC$$);
SELECT equal('{"model": "Post", "pick": ["category", "author"], "distinct": true, "order_by": ["author_id", "category_id"], "limit": 2, "offset": 1}', $$SELECT DISTINCT category_id AS category, author_id AS author FROM posts ORDER BY 2, 1 LIMIT 2 OFFSET 1$$);
SELECT equal('{"model": "Post", "annotate": {"n": {"$count": "tags"}}, "pick": ["n"], "distinct": true, "order_by": ["n"]}', $$SELECT DISTINCT (SELECT count(*) FROM post_tags t WHERE t.post_id = p.id) AS n FROM posts p ORDER BY 1$$);
SELECT equal('{"model": "Post", "pick": ["id", "author"], "distinct": ["author_id"], "order_by": ["author_id", "-id"]}', $$SELECT DISTINCT ON (author_id) id, author_id AS author FROM posts ORDER BY author_id, id DESC$$);
SELECT equal('{"model": "Post", "distinct": ["meta__lang"], "order_by": ["meta__lang", "-id"], "pick": ["id", "meta__lang"]}', $$SELECT DISTINCT ON (meta->'lang') id, meta->'lang' AS meta__lang FROM posts ORDER BY meta->'lang', id DESC$$);

-- Every exit; rows() has rows whatever is picked.
SELECT aksara.get('{"model": "Post", "pick": ["title"], "filter": {"id": 1}}'), aksara.first('{"model": "Post", "pick": ["title"]}'), aksara.last('{"model": "Post", "pick": ["title"]}'), aksara.in_bulk('{"model": "Post", "pick": ["title"]}', '[1]');
SELECT id, title FROM aksara.rows(NULL::posts, '{"model": "Post", "pick": ["title"], "filter": {"id": 1}}');
SELECT aksara.fetch_all(aksara.objects('Post', aksara.pick('title', 'n'), aksara.annotate('{"n": {"$count": "tags"}}'), aksara.filter('n__gt', 1), aksara.order_by('title')));
SELECT aksara.fetch_all(aksara.pick('{"model": "Tag"}'::aksara.queryset, 'name'));
SELECT n, aksara.fetch_all(format('{"model": "Post", "pick": ["title"], "filter": {"id": %s}}', n)) FROM generate_series(1, 2) AS n;
CREATE ROLE regress_pick;
GRANT USAGE ON SCHEMA qblog TO regress_pick;
GRANT SELECT (id, title) ON posts TO regress_pick;
SET ROLE regress_pick;
SELECT aksara.fetch_all('{"model": "Post", "pick": ["title"], "order_by": ["id"], "limit": 1}');
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["content"]}')$$);
RESET ROLE;
DROP OWNED BY regress_pick;
DROP ROLE regress_pick;

-- Mistakes.
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": "title"}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": [7]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["titel"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["id", "id"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["tags"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["tags__name"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["title__startswith"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["published"], "distinct": true, "order_by": ["views"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["author"], "distinct": true, "order_by": ["author"]}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"id__in": {"$subquery": {"model": "Post", "pick": ["views"], "distinct": true, "order_by": ["title"], "limit": 2}}}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"$exists": {"model": "Post", "pick": ["views"], "distinct": true, "order_by": ["title"], "limit": 2}}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["author"], "distinct": true, "order_by": ["?"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["id"], "select_related": ["author"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["id"], "prefetch_related": ["tags"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "pick": ["id"], "only": ["title"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Book", "pick": ["shelf"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Shelf", "pick": ["pk"]}')$$);
