-- Query sets put together as sets: union, intersection, difference.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set schema sets
\set small :abs_srcdir '/sql/query/small.inc'
\set compare :abs_srcdir '/sql/query/compare.inc'
\o /dev/null
\i :small
\i :compare
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on

SELECT equal('{"model": "Post", "only": ["title"], "filter": {"views": 10}, "union": [{"model": "Post", "filter": {"views__lt": 6}}, {"model": "Post", "filter": {"views__lt": 11}}], "order_by": ["-title"]}',
  'SELECT id, title FROM (SELECT * FROM posts WHERE views = 10 UNION SELECT * FROM posts WHERE views < 6 UNION SELECT * FROM posts WHERE views < 11) u ORDER BY title DESC');
SELECT equal('{"model": "Post", "only": ["title"], "filter": {"views": 10}, "union": [{"model": "Post"}], "all": true, "order_by": ["title"]}',
  'SELECT id, title FROM (SELECT * FROM posts WHERE views = 10 UNION ALL SELECT * FROM posts) u ORDER BY title');
SELECT equal('{"model": "Post", "only": ["title"], "filter": {"views__gt": 5}, "intersection": [{"model": "Post", "filter": {"comments__text": "Good"}}], "order_by": ["id"]}',
  $$SELECT id, title FROM (SELECT * FROM posts WHERE views > 5 INTERSECT SELECT p.* FROM posts p JOIN comments ON post_id = p.id WHERE text = 'Good') u ORDER BY id$$);
SELECT equal('{"model": "Post", "only": ["title"], "difference": [{"model": "Post", "filter": {"tags__name": "a"}}, {"model": "Post", "filter": {"title": "Two"}}], "order_by": ["id"]}',
  $$SELECT id, title FROM (SELECT * FROM posts EXCEPT SELECT p.* FROM posts p JOIN post_tags ON post_id = p.id WHERE tag_id = 1 EXCEPT SELECT * FROM posts WHERE title = 'Two') u ORDER BY id$$);
-- a set may have a slice, and what comes out another; the order may go over a relation
SELECT equal('{"model": "Post", "only": ["title"], "filter": {"title": "Three"}, "union": [{"model": "Post", "order_by": ["-views", "id"], "limit": 2}], "order_by": ["-author__name", "id"], "limit": 2}',
  $$SELECT u.id, title FROM ((SELECT * FROM posts WHERE title = 'Three') UNION (SELECT * FROM posts ORDER BY views DESC, id LIMIT 2)) u JOIN users ON users.id = author_id ORDER BY name DESC, u.id LIMIT 2$$);
-- related rows and annotations of what comes out
SELECT aksara.fetch('{"model": "Post", "only": ["title"], "filter": {"id": 3}, "union": [{"model": "Post", "filter": {"id": 1}}], "order_by": ["id"], "prefetch_related": ["tags"], "annotate": {"n": {"$count": "comments"}}}');
-- builders, one behind the other
SELECT aksara.union(aksara.objects('Post'), '{"model": "Post"}', '{"model": "Post"}');
SELECT aksara.union_all(aksara.objects('Post'), '{"model": "Post"}');
SELECT string_agg(title, ', ') FROM aksara.rows(NULL::posts, aksara.order_by(aksara.difference(
  aksara.union(aksara.objects('Post', aksara.filter('views', 10)), aksara.objects('Post', aksara.filter('views', 20)), aksara.objects('Post', aksara.filter('views', 5))),
  aksara.objects('Post', aksara.filter('title', 'One'))), 'title'));
SELECT aksara.count(aksara.intersection(aksara.union(aksara.objects('Post', aksara.filter('views', 10)), aksara.objects('Post', aksara.filter('views', 20))), aksara.objects('Post', aksara.filter('tags__name', 'a'))));
-- what repeats rows and what does not keep to themselves
SELECT aksara.count(aksara.union_all(one, one)), aksara.count(aksara.union(aksara.union_all(one, one), one)), aksara.count(aksara.union_all(aksara.union(one, one), one)),
  aksara.count(aksara.union_all(aksara.union_all(one, one), one)) FROM (SELECT aksara.objects('Post', aksara.filter('id', 1)) AS one) q;
SELECT aksara.union('{"union": [{"model": "Post"}], "all": true}', '{"model": "Post"}');
-- every exit
SELECT aksara.count('{"model": "Post", "filter": {"id": 1}, "union": [{"model": "Post"}], "all": true}'), aksara.exists('{"model": "Post", "filter": {"id": 1}, "intersection": [{"model": "Post", "filter": {"id": 2}}]}');
SELECT aksara.first('{"model": "Post", "only": ["title"], "filter": {"id": 4}, "union": [{"model": "Post", "filter": {"id": 2}}]}'), aksara.last('{"model": "Post", "only": ["title"], "filter": {"id": 4}, "union": [{"model": "Post", "filter": {"id": 2}}]}');
SELECT aksara.update('{"model": "Post", "filter": {"id": 1}, "union": [{"model": "Post", "filter": {"id": 3}}]}', '{"views": 7}');
SELECT string_agg(views::text, ', ' ORDER BY id) FROM posts;
SELECT aksara.aggregate('{"model": "Post", "filter": {"id": 1}, "union": [{"model": "Post", "filter": {"id": 4}}]}', '{"n": {"$count": "*"}, "tags": {"$count": "tags"}}');
SELECT aksara.count('{"model": "Post", "union": [{"model": "Post"}], "none": true}');
-- errors
SELECT fails($$SELECT aksara.in_bulk('{"model": "Post", "union": [{"model": "Post"}]}', '[1]')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "alias": {"r": {"$window": {"$rank": []}}}, "union": [{"model": "Post"}]}')$$);
SELECT fails($$SELECT aksara.filter(aksara.union(aksara.objects('Post'), aksara.objects('Post')), 'views', 1)$$);
SELECT fails($$SELECT aksara.union(aksara.objects('Post', aksara.slice(2)), aksara.objects('Post'))$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "union": [{"model": "User"}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "union": {"model": "Post"}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "union": [{"model": "Post"}], "difference": [{"model": "Post"}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "union": [{"model": "Post", "group_by": ["views"]}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "union": [{"model": "Post", "filter": {"views": {"$outer": "views"}}}]}')$$);
-- keys of several fields
\o /dev/null
SELECT aksara.create_model('Seat', '{"hall": "Integer", "row": "Integer", "price": "Integer"}', '{"primary_key": ["hall", "row"]}');
\o
INSERT INTO seats SELECT h, r, h * r FROM generate_series(1, 2) h, generate_series(1, 3) r;
SELECT equal('{"model": "Seat", "filter": {"hall": 1}, "union": [{"model": "Seat", "filter": {"price__gt": 3}}], "order_by": ["hall", "row"]}',
  'SELECT * FROM (SELECT * FROM seats WHERE hall = 1 UNION SELECT * FROM seats WHERE price > 3) u ORDER BY hall, row');
DROP SCHEMA sets CASCADE;
