-- Aggregates over related rows, and of all rows together.
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

-- Each over rows of its own.
SELECT value('{"$count": "comments"}', $$(SELECT count(*) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$count": "tags"}', $$(SELECT count(*) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id)$$);
SELECT value('{"$count": "comments__stars"}', $$(SELECT count(stars) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$count": "comments__author", "distinct": true}', $$(SELECT count(DISTINCT author_id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$count": "comments", "distinct": true}', $$(SELECT count(*) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$sum": "comments__stars"}', $$(SELECT sum(stars) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$avg": "comments__stars"}', $$(SELECT avg(stars) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$avg": {"$cast": "comments__stars", "as": "float8"}}', $$(SELECT avg(stars::float8) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$min": "comments__text"}', $$(SELECT min(text) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$max": "comments__author__name"}', $$(SELECT max(u.name) FROM comments c JOIN users u ON u.id = c.author_id WHERE c.post_id = p.id)$$);
SELECT value('{"$max": "comments__text__length"}', $$(SELECT max(length(text)) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$stddev": "comments__stars"}', $$(SELECT stddev_pop(stars) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$stddev": "comments__stars", "sample": true}', $$(SELECT stddev_samp(stars) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$variance": "comments__stars"}', $$(SELECT var_pop(stars) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$variance": "comments__stars", "sample": true}', $$(SELECT var_samp(stars) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$string_agg": "tags__name", "delimiter": "; ", "order_by": ["-tags__name"]}', $$(SELECT string_agg(t.name, '; ' ORDER BY t.name DESC) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id)$$);
SELECT value('{"$string_agg": "tags__id", "order_by": "tags__id"}', $$(SELECT string_agg(t.id::text, ',' ORDER BY t.id) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id)$$);
SELECT value('{"$string_agg": "comments__text", "distinct": true}', $$(SELECT string_agg(DISTINCT text, ',') FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$string_agg": "tags__name", "distinct": true, "order_by": ["-tags__name"]}', $$(SELECT string_agg(t.name, ',' ORDER BY t.name DESC) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id)$$);
SELECT value('{"$array_agg": "tags__name", "order_by": ["tags__name"]}', $$(SELECT array_agg(t.name ORDER BY t.name) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id)$$);
SELECT value('{"$array_agg": "comments__text", "order_by": [{"$desc": "comments__stars", "nulls": "last"}, "comments__id"]}', $$(SELECT array_agg(text ORDER BY stars DESC NULLS LAST, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$array_agg": "comments__stars", "distinct": true, "order_by": {"$desc": "comments__stars", "nulls": "last"}}', $$(SELECT array_agg(DISTINCT stars ORDER BY stars DESC NULLS LAST) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$json_agg": "tags__name", "order_by": ["tags__name"]}', $$(SELECT jsonb_agg(t.name ORDER BY t.name) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id)$$);
SELECT value('{"$json_agg": {"$json_object": {"text": "comments__text", "title": "title"}}, "order_by": ["comments__id"]}', $$(SELECT jsonb_agg(jsonb_build_object('text', text, 'title', p.title) ORDER BY id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$json_agg": "author__posts__meta__lang", "distinct": true, "order_by": ["author__posts__meta__lang"]}', $$(SELECT jsonb_agg(DISTINCT q.meta->'lang' ORDER BY q.meta->'lang') FROM posts q WHERE q.author_id = p.author_id)$$);
SELECT value('{"$bool_and": {"$gt": ["comments__stars", 3]}}', $$(SELECT bool_and(stars > 3) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$bool_or": {"$gt": ["comments__stars", 3]}}', $$(SELECT bool_or(stars > 3) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$bit_and": "comments__stars"}', $$(SELECT bit_and(stars) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$bit_or": "comments__stars"}', $$(SELECT bit_or(stars) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$bit_xor": "comments__stars"}', $$(SELECT bit_xor(stars) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$corr": ["comments__stars", "comments__id"]}', $$(SELECT corr(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$covar_pop": ["comments__stars", "comments__id"]}', $$(SELECT covar_pop(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$regr_avgx": ["comments__stars", "comments__id"]}', $$(SELECT regr_avgx(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$regr_avgy": ["comments__stars", "comments__id"]}', $$(SELECT regr_avgy(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$regr_count": ["comments__stars", "comments__id"]}', $$(SELECT regr_count(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$regr_intercept": ["comments__stars", "comments__id"]}', $$(SELECT regr_intercept(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$regr_r2": ["comments__stars", "comments__id"]}', $$(SELECT regr_r2(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$regr_slope": ["comments__stars", "comments__id"]}', $$(SELECT regr_slope(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$regr_sxx": ["comments__stars", "comments__id"]}', $$(SELECT regr_sxx(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$regr_sxy": ["comments__stars", "comments__id"]}', $$(SELECT regr_sxy(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$regr_syy": ["comments__stars", "comments__id"]}', $$(SELECT regr_syy(stars, id) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$covar_pop": ["comments__stars", "comments__id"], "sample": true}', $$(SELECT covar_samp(stars, id) FROM comments c WHERE c.post_id = p.id)$$);

-- Several never multiply each other; a filter of the query set does not limit them.
SELECT equal('{"model": "Post", "annotate": {"c": {"$count": "comments"}, "t": {"$count": "tags"}, "s": {"$sum": "comments__stars"}}, "filter": {"comments__text": "Great", "tags__name": "Tutorial"}, "pick": ["id", "c", "t", "s"], "order_by": ["id"]}', $$SELECT p.id, (SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS c, (SELECT count(*) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id) AS t, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS s FROM posts p WHERE id = 1$$);
SELECT value('{"$add": [{"$count": "comments"}, {"$count": "tags"}]}', $$(SELECT count(*) FROM comments c WHERE c.post_id = p.id) + (SELECT count(*) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id)$$);

-- Their own filter does. Its paths begin at the row, and those of the aggregate's relation are about the row that it counts.
SELECT value('{"$count": "comments", "filter": {"comments__stars__gt": 3}}', $$(SELECT count(*) FILTER (WHERE stars > 3) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$count": "comments", "filter": {"comments__stars__gt": 3, "views__gt": 60}}', $$(SELECT count(*) FILTER (WHERE stars > 3 AND p.views > 60) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$count": "comments", "filter": {"$or": [{"comments__stars": null}, {"comments__text": "Great"}]}}', $$(SELECT count(*) FILTER (WHERE stars IS NULL OR text = 'Great') FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$count": "comments", "filter": {"$not": {"comments__stars__gt": 3}}}', $$(SELECT count(*) FILTER (WHERE (stars > 3) IS NOT TRUE) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$count": "comments", "filter": {"comments__author__name": "Kim"}}', $$(SELECT count(*) FILTER (WHERE author_id = 2) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$count": "comments", "filter": {"tags__name": "Tutorial"}}', $$(SELECT count(*) FROM comments c WHERE c.post_id = p.id AND EXISTS (SELECT FROM post_tags pt WHERE pt.post_id = p.id AND pt.tag_id = 1))$$);
SELECT value('{"$count": "comments", "filter": {"comments__author__posts__title": "Drafts"}}', $$(SELECT count(*) FILTER (WHERE author_id = 2) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$count": "comments", "filter": {}}', $$(SELECT count(*) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$sum": {"$case": [{"when": {"comments__text": "Great"}, "then": {"$f": "comments__stars"}}], "default": 0}}', $$(SELECT sum(CASE WHEN text = 'Great' THEN stars ELSE 0 END) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$sum": {"$mul": ["comments__stars", "views"]}}', $$(SELECT sum(stars * p.views) FROM comments c WHERE c.post_id = p.id)$$);
SELECT value('{"$sum": "comments__stars", "filter": {"comments__some": {"stars": 5}}}', '(select sum(stars) from comments t where t.post_id = p.id and exists (select from comments x where x.post_id = p.id and x.stars = 5))');
SELECT value('{"$count": "comments", "filter": {"comments__none": {"stars": 4}}}', '(select count(*) from comments t where t.post_id = p.id and p.id <> 4)');
SELECT value('{"$count": "comments", "filter": {"comments": null}}', '0');
SELECT value('{"$count": "comments", "filter": {"comments__isnull": false}}', '(select count(*) from comments t where t.post_id = p.id)');
SELECT value('{"$count": "comments", "filter": {"tags": null}}', '(select count(*) from comments t where t.post_id = p.id and not exists (select from post_tags pt where pt.post_id = p.id))');
SELECT value('{"$count": "author__posts__comments", "filter": {"author__posts__tags__name": "Tutorial"}}', $$(select count(*) from posts q join comments c on c.post_id = q.id where q.author_id = p.author_id and exists (select from post_tags pt where pt.post_id = q.id and pt.tag_id = 1))$$);
SELECT value('{"$count": "author__posts__comments", "filter": {"author__posts__some": {"title": "Drafts"}}}', $$(select count(*) from posts q join comments c on c.post_id = q.id where q.author_id = p.author_id and exists (select from posts x where x.author_id = p.author_id and x.title = 'Drafts'))$$);
SELECT value('{"$count": "comments", "filter": {"$or": [{"comments__text": "Meh"}, {"comments__some": {"stars": 5}}]}}', '(select count(*) from comments t where t.post_id = p.id and p.id in (1, 2))');
SELECT value('{"$case": [{"when": {"comments__stars__gt": 3}, "then": {"$count": "tags"}}], "default": -1}', 'case when exists(select from comments c where c.post_id = p.id and stars > 3) then (select count(*) from post_tags t where t.post_id = p.id) else -1 end');
SELECT value('{"$count": "tags", "filter": {"tags__id__gt": {"$f": "id"}}}', '(select count(*) from post_tags t where t.post_id = p.id and tag_id > p.id)');
SELECT value('{"$count": "tags", "filter": {"tags__id__gt": {"$f": "tags__id"}}}', '(select count(*) from post_tags t where t.post_id = p.id and tag_id > tag_id)');
SELECT equal('{"model": "Post", "annotate": {"n": {"$count": "tags"}, "k": {"$count": "comments", "filter": {"n__gt": 1}}}, "pick": ["id", "k"], "order_by": ["id"]}', 'select id, (select count(*) from comments t where t.post_id = p.id and (select count(*) from post_tags x where x.post_id = p.id) > 1) AS k from posts p order by id');
SELECT equal('{"model": "Post", "annotate": {"n": {"$count": "tags"}, "k": {"$sum": {"$mul": ["comments__stars", "n"]}}}, "pick": ["id", "k"], "order_by": ["id"]}', 'select id, (select sum(stars * (select count(*) from post_tags x where x.post_id = p.id)) from comments t where t.post_id = p.id)::numeric AS k from posts p order by id');
SELECT equal('{"model": "Post", "annotate": {"n": {"$count": "tags"}}, "exclude": {"comments__stars__gt": {"$f": "n"}}, "pick": ["id"], "order_by": ["id"]}', 'select id from posts p where not exists (select from comments c where c.post_id = p.id and stars > (select count(*) from post_tags t where t.post_id = p.id)) order by id');
SELECT equal('{"model": "Post", "annotate": {"n": {"$count": "tags"}}, "filter": {"comments__every": {"stars__gt": 3}, "n__in": [1, 2]}, "pick": ["id"], "order_by": ["id"]}', 'select id from posts p where not exists (select from comments c where c.post_id = p.id and (stars > 3) is not true) and (select count(*) from post_tags t where t.post_id = p.id) in (1, 2) order by id');

-- Of no rows: NULL, or the default.
SELECT value('{"$sum": "comments__stars", "default": 0}', $$coalesce((SELECT sum(stars) FROM comments c WHERE c.post_id = p.id), 0)$$);
SELECT value('{"$max": "comments__post__created_at", "default": "2026-05-05 00:00+00"}', $$CASE WHEN id IN (1, 2, 4) THEN created_at ELSE '2026-05-05 00:00+00' END$$);
SELECT value('{"$sum": "comments__stars", "default": {"$f": "views"}}', $$coalesce((SELECT sum(stars) FROM comments c WHERE c.post_id = p.id), views)$$);
SELECT value('{"$array_agg": "tags__name", "order_by": ["tags__name"], "default": []}', $$coalesce((SELECT array_agg(t.name ORDER BY t.name) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id), '{}')$$);
SELECT value('{"$json_agg": "tags__name", "order_by": ["tags__name"], "default": []}', $$coalesce((SELECT jsonb_agg(t.name ORDER BY t.name) FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id), '[]')$$);
SELECT value('{"$sum": "comments__stars", "default": null}', $$(SELECT sum(stars) FROM comments c WHERE c.post_id = p.id)$$);

-- Over several relations.
SELECT value('{"$count": "author__posts"}', $$(SELECT count(*) FROM posts q WHERE q.author_id = p.author_id)$$);
SELECT value('{"$sum": "author__posts__comments__stars"}', $$(SELECT sum(stars) FROM posts q JOIN comments c ON c.post_id = q.id WHERE q.author_id = p.author_id)$$);
SELECT value('{"$count": "author__posts__tags", "distinct": true}', $$(SELECT count(DISTINCT pt.tag_id) FROM posts q JOIN post_tags pt ON pt.post_id = q.id WHERE q.author_id = p.author_id)$$);
SELECT value('{"$count": "category__children"}', $$(SELECT count(*) FROM categories c WHERE c.parent_id = p.category_id)$$);
SELECT equal('{"model": "Shelf", "annotate": {"n": {"$count": "books", "distinct": true}}, "pick": ["label", "n"], "order_by": ["label"]}', $$SELECT label, (SELECT count(*) FROM books b WHERE (shelf_room, shelf_no) = (room, no)) AS n FROM shelfs ORDER BY 1$$);

-- aggregate(): of all rows together.
SELECT total('{"model": "Post"}', '{"n": {"$count": "*"}, "s": {"$sum": "views"}, "a": {"$avg": "price"}}', $$SELECT count(*) AS n, sum(views) AS s, avg(price) AS a FROM posts$$);
SELECT total('{"model": "Post", "filter": {"published": true}}', '{"n": {"$count": "*"}, "c": {"$count": "comments"}, "t": {"$count": "tags", "distinct": true}}', $$SELECT count(*) AS n, (SELECT count(*) FROM comments c JOIN posts p ON p.id = c.post_id WHERE published) AS c, (SELECT count(DISTINCT tag_id) FROM post_tags c JOIN posts p ON p.id = c.post_id WHERE published) AS t FROM posts WHERE published$$);
SELECT total('{"model": "Post", "filter": {"id": 0}}', '{"n": {"$count": "*"}, "c": {"$count": "comments"}, "s": {"$sum": "views"}, "d": {"$sum": "views", "default": 0}, "j": {"$json_agg": "title"}}', $$SELECT 0 AS n, 0 AS c, null AS s, 0 AS d, null AS j$$);
SELECT total('{"model": "Post", "none": true}', '{"n": {"$count": "*"}, "c": {"$count": "comments"}}', $$SELECT 0 AS n, 0 AS c$$);
SELECT total('{"model": "Post", "order_by": ["-views"], "limit": 2, "offset": 1}', '{"n": {"$count": "*"}, "s": {"$sum": "views"}, "c": {"$count": "tags"}}', $$SELECT count(*) AS n, sum(views) AS s, 3 AS c FROM (SELECT * FROM posts ORDER BY views DESC LIMIT 2 OFFSET 1) AS x$$);
SELECT total('{"model": "Post", "distinct": ["author_id"], "order_by": ["author_id", "-views"]}', '{"n": {"$count": "*"}, "s": {"$sum": "views"}}', $$SELECT count(*) AS n, sum(views) AS s FROM (SELECT DISTINCT ON (author_id) * FROM posts ORDER BY author_id, views DESC) AS x$$);
SELECT total('{"model": "Post", "annotate": {"c": {"$count": "comments"}}, "filter": {"c__gt": 0}}', '{"n": {"$count": "*"}, "s": {"$sum": "c"}, "m": {"$max": "c"}}', $$SELECT count(*) AS n, sum(c) AS s, max(c) AS m FROM (SELECT (SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS c FROM posts p) AS x WHERE c > 0$$);
-- named like fields, made of each other
SELECT total('{"model": "Post"}', '{"views": {"$sum": "views"}, "title": {"$max": "title"}, "total": {"$sum": "views"}, "twice": {"$mul": ["total", 2]}, "seven": 7}', $$SELECT sum(views) AS views, max(title) AS title, sum(views) AS total, sum(views) * 2 AS twice, 7 AS seven FROM posts$$);
SELECT total('{"model": "Post"}', '{"n": {"$count": "*", "filter": {"published": true}}, "m": {"$count": "comments", "filter": {"comments__stars__gte": 4}}, "l": {"$string_agg": "title", "order_by": ["title"], "delimiter": "|", "filter": {"views__gt": 20}}, "w": {"$array_agg": "author", "distinct": true, "order_by": ["author"]}}', $$SELECT count(*) FILTER (WHERE published) AS n, (SELECT count(*) FROM comments WHERE stars >= 4) AS m, string_agg(title, '|' ORDER BY title) FILTER (WHERE views > 20) AS l, array_agg(DISTINCT author_id) AS w FROM posts$$);
SELECT total('{"model": "Post"}', '{"a": {"$sum": "author__posts__views"}, "k": {"$count": {"$case": [{"when": {"published": true}, "then": 1}]}}, "c": {"$corr": ["views", "price"]}}', $$SELECT (SELECT sum(q.views) FROM posts p JOIN posts q ON q.author_id = p.author_id) AS a, count(*) FILTER (WHERE published) AS k, corr(views, price) AS c FROM posts$$);
SELECT total('{"model": "User"}', '{"n": {"$count": "posts__comments"}, "m": {"$sum": "posts__views"}, "k": {"$count": "profile"}}', $$SELECT 4 AS n, sum(views) AS m, 2 AS k FROM posts$$);
SELECT total('{"model": "Post", "pick": ["author"], "order_by": ["title"]}', '{"n": {"$count": "*"}}', $$SELECT 5 AS n$$);
SELECT total('{"model": "Post", "select_related": ["author"], "prefetch_related": ["tags"]}', '{"n": {"$count": "*"}}', $$SELECT 5 AS n$$);
SELECT total('{"model": "Shelf"}', '{"n": {"$count": "books"}, "m": {"$count": "*"}}', $$SELECT 3 AS n, 3 AS m$$);
SELECT n, aksara.aggregate(P.qs, format('{"n": {"$count": "*", "filter": {"views__gt": %s}}}', n)) FROM (SELECT '{"model": "Post"}'::aksara.queryset) AS P(qs), generate_series(0, 60, 30) AS n;

-- Rights.
CREATE ROLE regress_aggregate;
GRANT USAGE ON SCHEMA qblog TO regress_aggregate;
GRANT SELECT (id, views) ON posts TO regress_aggregate;
SET ROLE regress_aggregate;
SELECT total('{"model": "Post"}', '{"n": {"$max": "views"}, "m": {"$count": "*"}}', 'SELECT max(views) AS n, count(*) AS m FROM posts');
SELECT fails($$SELECT aksara.aggregate('{"model": "Post"}', '{"n": {"$max": "price"}}')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Post"}', '{"n": {"$count": "comments"}}')$$);
RESET ROLE;
GRANT SELECT ON posts, comments TO regress_aggregate;
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
CREATE POLICY good ON comments FOR SELECT TO regress_aggregate USING (stars > 3);
SET ROLE regress_aggregate;
SELECT total('{"model": "Post"}', '{"n": {"$count": "comments"}}', 'SELECT count(*) AS n FROM comments');
RESET ROLE;
DROP OWNED BY regress_aggregate;
DROP ROLE regress_aggregate;

-- Mistakes.
SELECT refused('{"$count": "views"}');
SELECT refused('{"$count": "*"}');
SELECT refused('{"$sum": "tags__name"}');
SELECT refused('{"$sum": {"$sum": "comments__stars"}}');
SELECT refused('{"$sum": ["comments__stars", "comments__id"]}');
SELECT refused('{"$count": ["comments", "tags"]}');
SELECT refused('{"$corr": "comments__stars"}');
-- any value: of those that are not NULL, the first of an order
SELECT total('{"model": "Post", "filter": {"id__gt": 1}}', '{"v": {"$any_value": "price", "order_by": ["price"]}, "w": {"$any_value": "price", "order_by": ["-price"], "filter": {"published": false}}, "x": {"$any_value": "title", "filter": {"id": 3}}}', $$SELECT 0.00 AS v, 1.00 AS w, 'Drafts' AS x$$);
SELECT total('{"model": "Post", "none": true}', '{"v": {"$any_value": "price", "default": 7}}', 'SELECT 7 AS v');
SELECT value('{"$any_value": "comments__stars", "filter": {"comments__id__in": [2, 3]}}', '(SELECT max(stars) FROM comments c WHERE c.post_id = p.id AND c.id IN (2, 3))');
SELECT value('{"$any_value": "tags__name", "order_by": ["tags__name"]}', '(SELECT min(t.name) FROM post_tags JOIN tags t ON t.id = tag_id WHERE post_id = p.id)');
SELECT value('{"$window": {"$any_value": "category"}, "partition_by": ["category"]}', 'category_id');
SELECT value('{"$window": {"$any_value": "price", "filter": {"price__gt": 9.9}}, "partition_by": ["author"]}', '(SELECT max(price) FROM posts q WHERE q.author_id = p.author_id AND price > 9.9)');
SELECT refused('{"$corr": ["comments__text", "comments__stars"]}');
SELECT refused('{"$sum": null}');
SELECT refused('{"$count": "tagz"}');
SELECT refused('{"$count": "tags", "filtr": {}}');
SELECT refused('{"$count": "tags", "sample": true}');
SELECT refused('{"$count": "tags", "distinct": "yes"}');
SELECT refused('{"$count": "tags", "filter": []}');
SELECT refused('{"$count": "comments", "filter": {"stars__gt": 3}}');
SELECT refused('{"$count": "tags", "filter": {"tags__nam": "x"}}');
SELECT refused('{"$string_agg": "tags__name", "delimiter": 7}');
SELECT refused('{"$string_agg": "tags__name", "order_by": ["tags__nam"]}');
SELECT refused('{"$string_agg": "tags__name", "order_by": [{"$desc": {"$lower": "tags__name"}}]}');
SELECT refused('{"$string_agg": "tags__name", "distinct": true, "order_by": ["tags__id"]}');
SELECT refused('{"$sum": "comments__stars", "default": "x"}');
SELECT refused('{"$sum": "comments__stars", "default": {"$f": "title"}}');
SELECT refused('{"$count": {"$mul": ["comments__stars", {"$length": "tags__name"}]}}');
SELECT refused('{"$countt": "tags"}');
SELECT fails($$SELECT aksara.aggregate('{"model": "Post"}', '{}')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Post"}', '[]')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Post"}', '{"a": "views"}')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Post"}', '{"a": {"$add": ["views", 1]}}')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Post"}', '{"a__b": {"$count": "*"}}')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Post"}', '{"a": {"$sum": "vews"}}')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Post", "group_by": ["author"]}', '{"a": {"$count": "*"}}')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Post", "annotate": {"a": {"$count": "tags"}}}', '{"a": {"$count": "*"}}')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Post", "pick": ["author"], "distinct": true}', '{"a": {"$count": "*"}}')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Book"}', '{"n": {"$count": "shelf"}}')$$);
SELECT fails('SELECT aksara.aggregate(NULL, ''{}'')');
SELECT fails($$SELECT aksara.aggregate('{"model": "Post"}', NULL)$$);
