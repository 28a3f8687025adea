-- Values over the rows around: $window.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set schema windows
\set small :abs_srcdir '/sql/query/small.inc'
\set compare :abs_srcdir '/sql/query/compare.inc'
\o /dev/null
\i :small
\i :compare
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on

SELECT equal('{"model": "Post", "only": ["title"], "order_by": ["id"], "annotate": {
    "place": {"$window": {"$rank": []}, "partition_by": ["author"], "order_by": ["-views"]},
    "dense": {"$window": {"$dense_rank": []}, "order_by": ["views"]},
    "number": {"$window": {"$row_number": []}, "order_by": ["-id"]},
    "percent": {"$window": {"$percent_rank": []}, "order_by": ["views"]},
    "cume": {"$window": {"$cume_dist": []}, "order_by": ["views"]},
    "half": {"$window": {"$ntile": 2}, "order_by": ["id"]},
    "before": {"$window": {"$lag": ["views", 1, 0]}, "order_by": ["id"]},
    "next": {"$window": {"$lead": "views"}, "order_by": ["id"]},
    "first": {"$window": {"$first_value": "title"}, "partition_by": "author", "order_by": ["id"]},
    "last": {"$window": {"$last_value": "title"}, "partition_by": "author", "order_by": ["id"], "frame": {"rows": [null, null]}},
    "second": {"$window": {"$nth_value": ["title", 2]}, "order_by": ["id"], "frame": {"rows": [null, null]}}}}',
  'SELECT id, title, rank() OVER (PARTITION BY author_id ORDER BY views DESC) AS place, dense_rank() OVER (ORDER BY views) AS dense, row_number() OVER (ORDER BY id DESC) AS number,
    percent_rank() OVER (ORDER BY views) AS percent, cume_dist() OVER (ORDER BY views) AS cume, ntile(2) OVER (ORDER BY id) AS half, lag(views, 1, 0) OVER (ORDER BY id) AS before,
    lead(views) OVER (ORDER BY id) AS next, first_value(title) OVER (PARTITION BY author_id ORDER BY id) AS first,
    last_value(title) OVER (PARTITION BY author_id ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last,
    nth_value(title, 2) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS second FROM posts ORDER BY id');
-- aggregates, with frames, filters and expressions
SELECT equal('{"model": "Post", "only": ["title"], "order_by": ["id"], "annotate": {
    "running": {"$window": {"$sum": "views"}, "order_by": ["id"], "frame": {"rows": [null, 0]}},
    "around": {"$window": {"$avg": "views"}, "order_by": ["id"], "frame": {"rows": [-1, 1]}},
    "popular": {"$window": {"$count": "*", "filter": {"views__gt": 9}}, "partition_by": [{"$extract": "created", "part": "year"}]},
    "share": {"$div": [{"$mul": ["views", 100]}, {"$window": {"$sum": "views"}}]}}}',
  'SELECT id, title, sum(views) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS running, avg(views) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS around,
    count(*) FILTER (WHERE views > 9) OVER (PARTITION BY extract(year FROM created)) AS popular, views * 100 / sum(views) OVER () AS share FROM posts ORDER BY id');
-- over an annotation, and over a relation
SELECT equal('{"model": "Post", "only": ["title"], "order_by": ["id"], "annotate": {"n": {"$count": "comments"}, "place": {"$window": {"$rank": []}, "partition_by": ["author__name"], "order_by": ["-n"]}}}',
  'SELECT id, title, n, rank() OVER (PARTITION BY name ORDER BY n DESC) AS place FROM (SELECT p.*, name, (SELECT count(*) FROM comments c WHERE c.post_id = p.id) AS n FROM posts p JOIN users u ON u.id = author_id) p ORDER BY id');
-- conditions on rows come before, those on windows behind; so do slices
SELECT equal('{"model": "Post", "only": ["title"], "order_by": ["title"], "annotate": {"place": {"$window": {"$row_number": []}, "partition_by": ["author"], "order_by": ["-views", "id"]}}, "filter": {"place": 1, "views__lt": 20}}',
  'SELECT * FROM (SELECT id, title, row_number() OVER (PARTITION BY author_id ORDER BY views DESC, id) AS place FROM posts WHERE views < 20) w WHERE place = 1 ORDER BY title');
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["title"], "alias": {"place": {"$window": {"$row_number": []}, "order_by": ["id"]}, "twice": {"$mul": ["place", 2]}}, "filter": {"$or": [{"twice__lt": 4}, {"views": 20}]}, "limit": 2}',
  'SELECT title FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM posts) w WHERE place * 2 < 4 OR views = 20 ORDER BY title LIMIT 2');
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["title"], "alias": {"place": {"$window": {"$rank": []}, "order_by": ["-views"]}}, "exclude": {"place": 1}}',
  'SELECT title FROM (SELECT *, rank() OVER (ORDER BY views DESC) AS place FROM posts) w WHERE place <> 1 ORDER BY title');
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": [{"$desc": {"$window": {"$rank": []}, "order_by": ["views"]}}, "id"]}',
  'SELECT title FROM posts ORDER BY rank() OVER (ORDER BY views) DESC, id');
-- its own order by an expression
SELECT equal('{"model": "Post", "only": ["title"], "order_by": ["id"], "annotate": {"place": {"$window": {"$rank": []}, "order_by": [{"$desc": {"$length": "author__name"}}, {"$asc": {"$mod": ["views", 3]}}, "-id"]}}}',
  'SELECT p.id, title, rank() OVER (ORDER BY length(name) DESC, views % 3, p.id DESC) AS place FROM posts p JOIN users u ON u.id = author_id ORDER BY p.id');
-- a window function of an aggregate over related rows
SELECT equal('{"model": "Post", "only": ["title"], "order_by": ["id"], "annotate": {"next": {"$window": {"$lead": [{"$count": "comments"}]}, "order_by": ["id"]}}}',
  'SELECT id, title, lead(n) OVER (ORDER BY id) AS next FROM (SELECT *, (SELECT count(*) FROM comments WHERE post_id = p.id) AS n FROM posts p) p ORDER BY id');
-- The names of a query set inside are its own, also where a window has the same.
SELECT aksara.count('{"model": "Post", "annotate": {"a": {"$window": {"$row_number": []}, "order_by": ["id"]}}, "filter": {"$exists": {"model": "Post", "annotate": {"a": {"$lower": "title"}, "b": {"$upper": "a"}}, "filter": {"title": "none"}}}}');
SELECT aksara.count('{"model": "Post", "annotate": {"a": {"$window": {"$row_number": []}, "order_by": ["id"]}}, "filter": {"$exists": {"model": "Post", "filter": {"id": {"$outer": "a"}, "title": "none"}}}}');
SELECT aksara.count('{"model": "Post", "annotate": {"a": {"$window": {"$row_number": []}, "order_by": ["id"]}}, "filter": {"$exists": {"model": "Post", "filter": {"id": {"$outer": "a"}}}}}');
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"next": {"$window": {"$lead": [{"$variance": "views"}]}, "order_by": ["id"]}}}')$$);
-- read by a query set inside
SELECT equal('{"model": "Post", "pick": ["id", "who"], "order_by": ["id"], "alias": {"place": {"$window": {"$row_number": []}, "order_by": ["id"]}, "who": {"$subquery": {"model": "User", "filter": {"id": {"$outer": "place"}}, "limit": 1, "pick": ["name"]}}}}',
  'SELECT p.id, name AS who FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM posts) p LEFT JOIN users u ON u.id = n ORDER BY p.id');
-- one that nobody reads costs nothing
SELECT aksara.to_sql('{"model": "Post", "pick": ["title"], "alias": {"place": {"$window": {"$rank": []}}}, "filter": {"views": 1}}');
-- every exit
SELECT aksara.count('{"model": "Post", "alias": {"place": {"$window": {"$row_number": []}, "partition_by": ["author"]}}, "filter": {"place": 1}}');
SELECT string_agg(title, ', ' ORDER BY title) FROM aksara.rows(NULL::posts, '{"model": "Post", "alias": {"place": {"$window": {"$row_number": []}, "partition_by": ["author"], "order_by": ["id"]}}, "filter": {"place": 1}}');
SELECT aksara.update('{"model": "Post", "alias": {"place": {"$window": {"$row_number": []}, "order_by": ["-views", "id"]}}, "filter": {"place": 1}}', '{"views": 1000}');
SELECT string_agg(views::text, ', ' ORDER BY id) FROM posts;
SELECT aksara.aggregate('{"model": "Post", "alias": {"place": {"$window": {"$row_number": []}, "partition_by": ["author"], "order_by": ["id"]}}, "filter": {"place": 1}}', '{"n": {"$count": "*"}, "first": {"$min": "title"}}');
-- errors
SELECT fails($$SELECT aksara.aggregate('{"model": "Post", "alias": {"place": {"$window": {"$rank": []}}}}', '{"n": {"$max": "place"}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "User", "prefetch_related": [{"path": "posts", "query": {"annotate": {"r": {"$window": {"$rank": []}}}}}]}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$ranks": []}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$rank": [1]}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$ntile": "title"}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$sum": "comments__likes"}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$lower": "title"}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$rank": []}, "partition": ["author"]}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$rank": []}, "frame": {"rows": ["1; drop", 2]}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$rank": []}, "frame": {"rows": [1.5, 2]}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$rank": []}, "frame": {"lines": [1, 2]}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"views": {"$window": {"$rank": []}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "group_by": ["views"], "annotate": {"r": {"$window": {"$rank": []}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$rank": []}, "order_by": ["tags__name"]}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$rank": []}, "order_by": ["?"]}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"v": {"$window": {"$rank": []}, "order_by": ["views"]}, "r": {"$window": {"$rank": []}, "order_by": ["v"]}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"v": {"$window": {"$rank": []}}, "r": {"$window": {"$sum": {"$add": ["v", 1]}}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"v": {"$window": {"$rank": []}}, "r": {"$window": {"$rank": []}, "partition_by": "v"}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$rank": []}, "order_by": [{"$desc": {"$window": {"$rank": []}}}]}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"v": {"$window": {"$rank": []}}, "r": {"$window": {"$count": "*", "filter": {"v__gt": 1}}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$sum": "views", "distinct": true}, "order_by": ["id"]}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$array_agg": "title", "order_by": ["id"]}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"r": {"$window": {"$count": "*", "order_by": ["id"]}}}}')$$);
DROP SCHEMA windows CASCADE;
