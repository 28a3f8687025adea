-- Aggregates over the same related rows share a table; where all rows are read it is made once, by groups.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\set compare :abs_srcdir '/sql/query/compare.inc'
\o /dev/null
\i :blog
\i :compare
SET client_min_messages = warning;
-- What stands in the FROM of a query set of posts with annotations: L for a table for each row, G for one by groups, and
-- how many aggregates are sub-selects of their own.
CREATE FUNCTION shape(annotations text, others text DEFAULT '"order_by": []', model text DEFAULT 'Post') RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', (SELECT string_agg(CASE found[1] WHEN 'CROSS JOIN LATERAL' THEN 'L' ELSE 'G' END, ' ')
                         FROM regexp_matches(sql, '(CROSS JOIN LATERAL|LEFT JOIN) \(SELECT (?:t\d+\.\w+ AS k\d, )*\(?pg_catalog\.\w+\([^()]*\)', 'g') AS found),
                   nullif((SELECT count(*) FROM regexp_matches(sql, '(?<!LATERAL |JOIN )\(SELECT pg_catalog\.', 'g')), 0) || ' own')
  FROM aksara.to_sql(format('{"model": "%s", "annotate": %s, %s}', model, annotations, others)) AS sql
$$;
-- Annotations of posts, beside those by hand: of all posts, of some, of one, and of the first by each.
CREATE FUNCTION annotated(annotations text, by_hand text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  names text := (SELECT string_agg(to_json(key)::text, ', ' ORDER BY ordinality) FROM json_object_keys(annotations::json) WITH ORDINALITY AS k(key, ordinality));
  others text;
  hand text;
  answer text;
BEGIN
  FOR others, hand IN VALUES ('"order_by": ["id"]', 'TRUE) r ORDER BY id'), ('"filter": {"author": 1}, "order_by": ["id"]', 'author_id = 1) r ORDER BY id'),
    ('"filter": {"id": 1}', 'id = 1) r'), ('"filter": {"a__gt": 0}, "order_by": ["id"]', 'TRUE) r WHERE a > 0 ORDER BY id'),
    ('"exclude": {"a__gt": 1}, "order_by": ["id"]', 'TRUE) r WHERE (a > 1) IS NOT TRUE ORDER BY id'), ('"order_by": ["-a", "id"], "limit": 2', 'TRUE) r ORDER BY a DESC, id LIMIT 2'),
    ('"order_by": ["id"], "limit": 2', 'TRUE) r ORDER BY id LIMIT 2') LOOP
    answer := concat_ws(' ', answer, substr(equal(format('{"model": "Post", "annotate": %s, "pick": ["id", %s], %s}', annotations, names, others),
                                                  format('SELECT * FROM (SELECT id, %s FROM posts AS p WHERE %s', by_hand, hand)), 8));
  END LOOP;
  RETURN answer;
END $$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on

-- Of all rows: once, and what is over nothing is 0 or NULL as ever.
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}');
SELECT annotated('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}, "c": {"$avg": "comments__stars", "default": 0}, "d": {"$max": "comments__stars"}}',
  $$(SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS a, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS b,
    coalesce((SELECT avg(stars) FROM comments c WHERE c.post_id = p.id), 0) AS c, (SELECT max(stars) FROM comments c WHERE c.post_id = p.id) AS d$$);
-- of some: for each row
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}', '"filter": {"id": 1}');
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}', '"filter": {"views__gt": 1, "a__gt": 1}');
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}', '"limit": 3');
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}', '"order_by": ["title"], "limit": 3');
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}', '"distinct": ["author"]');
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}', '"filter": {"$or": [{"a": 1}, {"title": "x"}]}');
-- what a condition names is alone, and by groups where nothing else decides; the rest is for the rows that meet it
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}', '"filter": {"a__gt": 1}');
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}', '"filter": {"b__gt": 1}');
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}, "c": {"$avg": "comments__stars"}}', '"filter": {"b__gt": 1}');
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}', '"filter": {"b__gt": 1, "views__gt": 1}');
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}', '"exclude": {"$or": [{"a__gt": 1}, {"b": 3}]}');
-- a slice by one has to know it of all rows
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}, "c": {"$add": ["a", 1]}}', '"order_by": ["-c"], "limit": 3');
-- a plain count is what the key's index knows
SELECT shape('{"a": {"$count": "comments"}}');
SELECT shape('{"a": {"$count": "comments"}, "b": {"$count": "tags"}}');

-- Conditions: a FILTER each beside one that wants all rows, in whatever order they are written.
SELECT shape('{"a": {"$count": "comments"}, "b": {"$count": "comments", "filter": {"comments__stars__gt": 3}}}');
SELECT shape('{"a": {"$count": "comments", "filter": {"comments__stars__gt": 3}}, "b": {"$sum": "comments__stars"}, "c": {"$min": "comments__text", "filter": {"comments__author": 2}}}');
SELECT annotated('{"a": {"$count": "comments", "filter": {"comments__stars__gt": 3}}, "b": {"$sum": "comments__stars"}, "c": {"$min": "comments__text", "filter": {"comments__author": 2}, "default": "none"}}',
  $$(SELECT count(*) FROM comments c WHERE c.post_id = p.id AND stars > 3) AS a, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS b,
    coalesce((SELECT min(text) FROM comments c WHERE c.post_id = p.id AND author_id = 2), 'none') AS c$$);
-- the same conditions are the table's; other ones have a table of their own
SELECT shape('{"a": {"$count": "comments", "filter": {"comments__stars": 3}}, "b": {"$max": "comments__text", "filter": {"comments__stars": 3}}}');
SELECT annotated('{"a": {"$count": "comments", "filter": {"comments__stars": 3}}, "b": {"$max": "comments__text", "filter": {"comments__stars": 3}}}',
  $$(SELECT count(*) FROM comments c WHERE c.post_id = p.id AND stars = 3) AS a, (SELECT max(text) FROM comments c WHERE c.post_id = p.id AND stars = 3) AS b$$);
SELECT shape('{"a": {"$count": "comments", "filter": {"comments__stars": 3}}, "b": {"$count": "comments", "filter": {"comments__stars": 4}}}');
-- those that lead further, or that an index knows, have sub-selects of their own, or tables
SELECT shape('{"a": {"$sum": "comments__stars"}, "b": {"$count": "comments", "filter": {"comments__author__name": "Kim"}}}');
SELECT shape('{"a": {"$sum": "comments__stars"}, "b": {"$count": "comments", "filter": {"views": 10}}}');
SELECT shape('{"a": {"$sum": "comments__stars"}, "b": {"$sum": {"$mul": ["comments__stars", 2]}}}');
SELECT shape('{"a": {"$sum": "comments__stars"}, "b": {"$max": "comments__text"}}');
CREATE INDEX comments_by_stars ON comments (post_id, stars);
CREATE INDEX comments_great ON comments (post_id) WHERE text = 'Great';
SELECT shape('{"a": {"$count": "comments"}, "b": {"$max": "comments__stars"}}');
SELECT shape('{"a": {"$sum": "comments__stars"}, "b": {"$count": "comments", "filter": {"comments__stars": 3}}}');
SELECT shape('{"a": {"$sum": "comments__stars"}, "b": {"$count": "comments", "filter": {"comments__text": "Great"}}}');
DROP INDEX comments_by_stars, comments_great;
-- what a CASE does not choose is not computed
SELECT shape('{"a": {"$case": [{"when": {"views__gt": 5}, "then": {"$sum": "comments__stars"}}]}, "b": {"$sum": "comments__stars"}}');

-- What depends on the order of the rows, or needs one, is never by groups.
SELECT shape('{"a": {"$sum": "comments__stars"}, "b": {"$string_agg": "comments__text", "order_by": ["-comments__id"]}, "c": {"$count": "comments__stars", "distinct": true}}');
SELECT annotated('{"a": {"$sum": "comments__stars"}, "b": {"$string_agg": "comments__text", "order_by": ["-comments__id"]}, "c": {"$count": "comments__stars", "distinct": true}, "d": {"$any_value": "comments__stars", "order_by": ["comments__stars"]}}',
  $$(SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS a, (SELECT string_agg(text, ',' ORDER BY id DESC) FROM comments c WHERE c.post_id = p.id) AS b,
    (SELECT count(DISTINCT stars) FROM comments c WHERE c.post_id = p.id) AS c, (SELECT min(stars) FROM comments c WHERE c.post_id = p.id) AS d$$);

-- Over junctions, and further; a count of links is not one of the rows behind them.
SELECT shape('{"a": {"$count": "tags"}, "b": {"$min": "tags__name"}, "c": {"$max": "tags__name"}}');
SELECT annotated('{"a": {"$count": "tags"}, "b": {"$min": "tags__name"}, "c": {"$max": "tags__name"}, "d": {"$sum": "comments__stars"}, "e": {"$avg": "comments__stars"}}',
  $$(SELECT count(*) FROM post_tags WHERE post_id = p.id) AS a, (SELECT min(t.name) FROM tags t JOIN post_tags ON tag_id = t.id WHERE post_id = p.id) AS b, (SELECT max(t.name) FROM tags t JOIN post_tags ON tag_id = t.id WHERE post_id = p.id) AS c,
    (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS d, (SELECT avg(stars) FROM comments c WHERE c.post_id = p.id) AS e$$);
SELECT shape('{"a": {"$sum": "posts__comments__stars"}, "b": {"$avg": "posts__comments__stars"}, "c": {"$sum": "posts__views"}}', '"order_by": []', 'User');
SELECT equal('{"model": "User", "annotate": {"a": {"$sum": "posts__comments__stars"}, "b": {"$max": "posts__comments__stars"}, "c": {"$sum": "posts__views"}, "d": {"$count": "posts", "filter": {"posts__published": true}}}, "pick": ["id", "a", "b", "c", "d"], "order_by": ["id"]}',
  $$SELECT id, (SELECT sum(stars) FROM comments JOIN posts p ON p.id = post_id WHERE p.author_id = u.id) AS a, (SELECT max(stars) FROM comments JOIN posts p ON p.id = post_id WHERE p.author_id = u.id) AS b,
           (SELECT sum(views) FROM posts p WHERE p.author_id = u.id) AS c, (SELECT count(*) FROM posts p WHERE p.author_id = u.id AND published) AS d FROM users u ORDER BY id$$);
SELECT equal('{"model": "Comment", "annotate": {"a": {"$sum": "post__author__posts__views"}, "b": {"$max": "post__author__posts__views"}}, "pick": ["id", "a", "b"], "order_by": ["id"]}',
  $$SELECT c.id, (SELECT sum(views) FROM posts q WHERE q.author_id = p.author_id) AS a, (SELECT max(views) FROM posts q WHERE q.author_id = p.author_id) AS b FROM comments c JOIN posts p ON p.id = post_id ORDER BY 1$$);
-- a key that may be NULL
SELECT equal('{"model": "Category", "annotate": {"a": {"$sum": "posts__views"}, "b": {"$count": "posts"}, "c": {"$max": "children__name"}, "d": {"$count": "children"}}, "pick": ["id", "a", "b", "c", "d"], "order_by": ["id"]}',
  $$SELECT id, (SELECT sum(views) FROM posts WHERE category_id = k.id) AS a, (SELECT count(*) FROM posts WHERE category_id = k.id) AS b, (SELECT max(name) FROM categories x WHERE x.parent_id = k.id) AS c, (SELECT count(*) FROM categories x WHERE x.parent_id = k.id) AS d FROM categories k ORDER BY id$$);
SELECT aksara.to_sql('{"model": "Category", "annotate": {"a": {"$sum": "posts__views"}, "b": {"$count": "posts", "filter": {"posts__published": true}}}, "only": ["id"], "order_by": []}');

-- Wherever annotations are read: counts, groups, sets, windows, lists, inner query sets, rows().
SELECT aksara.count('{"model": "Post", "alias": {"a": {"$sum": "comments__stars"}, "b": {"$avg": "comments__stars"}}, "filter": {"a__gt": 3, "b__gt": 3}}');
SELECT equal('{"model": "Post", "alias": {"n": {"$count": "comments"}, "s": {"$sum": "comments__stars", "default": 0}}, "group_by": ["n", "s"], "annotate": {"k": {"$count": "*"}}, "order_by": ["n", "s"]}',
  'SELECT n, s, count(*) AS k FROM (SELECT (SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS n, (SELECT coalesce(sum(stars), 0) FROM comments c WHERE c.post_id = p.id) AS s FROM posts p) r GROUP BY 1, 2 ORDER BY 1, 2');
SELECT same('{"model": "Post", "alias": {"n": {"$count": "comments"}, "s": {"$sum": "comments__stars"}}, "filter": {"n": 1, "s__gt": 3}, "union": [{"model": "Post", "alias": {"n": {"$count": "comments"}, "s": {"$sum": "comments__stars"}}, "filter": {"n": 0, "s": null}}]}', 'VALUES (4), (3), (5)');
SELECT equal('{"model": "Post", "alias": {"n": {"$count": "comments"}, "s": {"$sum": "comments__stars"}}, "annotate": {"place": {"$window": {"$rank": []}, "order_by": ["-n", "s"]}}, "pick": ["id", "place"], "order_by": ["id"]}',
  'SELECT id, rank() OVER (ORDER BY (SELECT count(*) FROM comments c WHERE c.post_id = p.id) DESC, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id)) AS place FROM posts p ORDER BY id');
SELECT aksara.get('{"model": "User", "filter": {"id": 1}, "prefetch_related": [{"path": "posts", "query": {"annotate": {"n": {"$count": "comments"}, "s": {"$sum": "comments__stars"}}, "only": ["id"], "order_by": ["id"]}}]}') -> 'posts';
SELECT same('{"model": "User", "filter": {"id__in": {"$subquery": {"model": "Post", "alias": {"n": {"$count": "comments"}, "s": {"$sum": "comments__stars"}}, "filter": {"n__gt": 0, "s__gt": 4}, "pick": ["author"]}}}}', 'VALUES (1)');
SELECT array_agg(id ORDER BY id) FROM aksara.rows(NULL::posts, '{"model": "Post", "alias": {"n": {"$count": "comments"}, "s": {"$sum": "comments__stars"}}, "filter": {"n__gt": 0, "s__gt": 4}}');
EXPLAIN (COSTS off) SELECT id FROM aksara.rows(NULL::posts, '{"model": "Post", "alias": {"n": {"$count": "comments"}, "s": {"$sum": "comments__stars"}}, "filter": {"n__gt": 0, "s__gt": 4}}') WHERE id = 1;
SELECT aksara.delete('{"model": "Comment", "filter": {"post__in": {"$subquery": {"model": "Post", "alias": {"s": {"$sum": "comments__stars"}, "m": {"$min": "comments__stars"}}, "filter": {"s": 4, "m": 4}, "pick": ["id"]}}}}') ->> 'total';

-- Row security: rows that the caller may not see do not count, and where it narrows the rows nothing is made of all of them.
CREATE ROLE regress_gather;
GRANT USAGE ON SCHEMA qblog TO regress_gather;
GRANT SELECT ON ALL TABLES IN SCHEMA qblog TO regress_gather;
ALTER TABLE comments ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON comments USING (stars > 3);
SET ROLE regress_gather;
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}');
SELECT annotated('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}',
  $$(SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS a, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS b$$);
RESET ROLE;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON posts USING (views > 5);
SET ROLE regress_gather;
SELECT shape('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}');
SELECT annotated('{"a": {"$count": "comments"}, "b": {"$sum": "comments__stars"}}',
  $$(SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS a, (SELECT sum(stars) FROM comments c WHERE c.post_id = p.id) AS b$$);
RESET ROLE;
DROP OWNED BY regress_gather;
DROP ROLE regress_gather;
