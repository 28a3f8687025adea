-- Query sets inside others: $exists, $subquery, $array_subquery, $outer, and a lookup in over one.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set schema inside
\set small :abs_srcdir '/sql/query/small.inc'
\set compare :abs_srcdir '/sql/query/compare.inc'
\o /dev/null
\i :small
\i :compare
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on

-- ---- $exists ----
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["id"], "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}, "likes__gt": 3}}}}',
  'SELECT title FROM posts p WHERE EXISTS (SELECT FROM comments c WHERE c.post_id = p.id AND likes > 3) ORDER BY id');
-- exclude is its complement, and one anti-join
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["id"], "exclude": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}, "likes__gt": 3}}}}',
  'SELECT title FROM posts p WHERE NOT EXISTS (SELECT FROM comments c WHERE c.post_id = p.id AND likes > 3) ORDER BY id');
SELECT aksara.to_sql('{"model": "Post", "pick": ["title"], "exclude": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}}}}}');
-- the outer row over a relation, and in an expression
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["id"], "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "pk"}, "likes__gt": {"$mul": [{"$outer": "author__id"}, 2]}}}}}',
  'SELECT title FROM posts p JOIN users u ON u.id = p.author_id WHERE EXISTS (SELECT FROM comments c WHERE c.post_id = p.id AND likes > u.id * 2) ORDER BY p.id');
-- beside other conditions, negated, in $or, of the same model, sliced, over groups
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["id"], "filter": {"$or": [{"views": 5}, {"$not": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}, "text": "Good"}}}}]}}',
  $$SELECT title FROM posts p WHERE views = 5 OR NOT EXISTS (SELECT FROM comments c WHERE c.post_id = p.id AND text = 'Good') ORDER BY id$$);
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["id"], "filter": {"$exists": {"model": "Post", "filter": {"author": {"$outer": "author"}, "views__gt": {"$outer": "views"}}}}}',
  'SELECT title FROM posts p WHERE EXISTS (SELECT FROM posts o WHERE o.author_id = p.author_id AND o.views > p.views) ORDER BY id');
SELECT equal('{"model": "User", "pick": ["name"], "order_by": ["id"], "filter": {"$exists": {"model": "Post", "filter": {"author": {"$outer": "id"}}, "offset": 1}}}',
  'SELECT name FROM users u WHERE EXISTS (SELECT FROM posts p WHERE p.author_id = u.id OFFSET 1) ORDER BY id');
SELECT equal('{"model": "User", "pick": ["name"], "order_by": ["id"], "filter": {"$exists": {"model": "Post", "filter": {"author": {"$outer": "id"}, "n__gt": 1}, "group_by": ["views"], "annotate": {"n": {"$count": "*"}}}}}',
  'SELECT name FROM users u WHERE EXISTS (SELECT FROM posts p WHERE p.author_id = u.id GROUP BY views HAVING count(*) > 1) ORDER BY id');
-- groups have no row around
SELECT fails($$SELECT aksara.count('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$count": "*"}}, "filter": {"$or": [{"n": 1}, {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "pk"}}}}]}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "group_by": ["author"], "annotate": {"n": {"$max": "views"}}, "filter": {"n__in": {"$subquery": {"model": "Comment", "filter": {"text": {"$outer": "title"}}, "pick": ["likes"]}}}}')$$);
SELECT fails($$SELECT aksara.aggregate('{"model": "Post"}', '{"n": {"$subquery": {"model": "User", "filter": {"id": {"$outer": "pk"}}, "limit": 1, "pick": ["name"]}}}')$$);
-- one in another, each with its own outer
SELECT equal('{"model": "User", "pick": ["name"], "filter": {"$exists": {"model": "Post", "filter": {"author": {"$outer": "id"}, "$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}, "likes": 9}}}}}}',
  'SELECT name FROM users u WHERE EXISTS (SELECT FROM posts p WHERE p.author_id = u.id AND EXISTS (SELECT FROM comments c WHERE c.post_id = p.id AND likes = 9))');

-- ---- values ----
SELECT equal('{"model": "User", "order_by": ["id"], "pick": ["name", "newest", "titles", "has", "likes"], "alias": {
    "newest": {"$subquery": {"model": "Post", "filter": {"author": {"$outer": "id"}}, "order_by": [{"$desc": "created", "nulls": "last"}], "limit": 1, "pick": ["title"]}},
    "titles": {"$array_subquery": {"model": "Post", "filter": {"author": {"$outer": "id"}}, "order_by": ["title"], "pick": ["title"]}},
    "has": {"$exists": {"model": "Post", "filter": {"author": {"$outer": "id"}, "views__gt": 15}}},
    "likes": {"$subquery": {"model": "Comment", "filter": {"post__author": {"$outer": "id"}}, "group_by": ["post__author"], "annotate": {"n": {"$sum": "likes"}}, "pick": ["n"], "limit": 1}}}}',
  'SELECT name, (SELECT title FROM posts WHERE author_id = u.id ORDER BY created DESC NULLS LAST LIMIT 1) AS newest,
    ARRAY(SELECT title FROM posts WHERE author_id = u.id ORDER BY title) AS titles,
    EXISTS (SELECT FROM posts WHERE author_id = u.id AND views > 15) AS has,
    (SELECT sum(likes) FROM comments c JOIN posts p ON p.id = c.post_id WHERE p.author_id = u.id) AS likes FROM users u ORDER BY id');
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["id"], "filter": {"views": {"$subquery": {"model": "Post", "order_by": ["-views"], "limit": 1, "pick": ["views"]}}}}',
  'SELECT title FROM posts WHERE views = (SELECT max(views) FROM posts) ORDER BY id');
-- a subquery as one more argument
SELECT equal('{"model": "Post", "pick": ["title", "rest"], "order_by": ["id"], "alias": {"rest": {"$sub": [{"$subquery": {"model": "Post", "order_by": ["-views"], "limit": 1, "pick": ["views"]}}, "views"]}}}',
  'SELECT title, (SELECT max(views) FROM posts) - views AS rest FROM posts ORDER BY id');

-- ---- in ----
SELECT equal('{"model": "Post", "pick": ["title"], "filter": {"author__in": {"$subquery": {"model": "User", "filter": {"name": "Bob"}}}}}',
  $$SELECT title FROM posts WHERE author_id IN (SELECT id FROM users WHERE name = 'Bob')$$);
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["id"], "exclude": {"comments__likes__in": {"$subquery": {"model": "Comment", "filter": {"text": "Bad"}, "pick": ["likes"]}}}}',
  $$SELECT title FROM posts p WHERE NOT EXISTS (SELECT FROM comments c WHERE c.post_id = p.id AND c.likes IN (SELECT likes FROM comments WHERE text = 'Bad')) ORDER BY id$$);
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["id"], "filter": {"pk__in": {"$subquery": {"model": "Post", "order_by": ["-views", "id"], "limit": 2}}}}',
  'SELECT title FROM posts WHERE id IN (SELECT id FROM posts ORDER BY views DESC, id LIMIT 2) ORDER BY id');

-- a list of its values, and no list
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": ["id"], "filter": {"views__in": {"$array_subquery": {"model": "Post", "pick": ["views"], "order_by": ["-views"], "limit": 2}}}}',
  'SELECT title FROM posts WHERE views IN (SELECT views FROM posts ORDER BY views DESC LIMIT 2) ORDER BY id');
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"views__in": {"$exists": {"model": "Post"}}}}')$$);

-- ---- through every exit ----
SELECT aksara.count('{"model": "User", "filter": {"$exists": {"model": "Post", "filter": {"author": {"$outer": "id"}}}}}');
SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}, "likes": 9}}}}');
EXPLAIN (COSTS off) SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}, "likes": 9}}}}');
SELECT aksara.update('{"model": "Post", "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}, "likes": 9}}}}', '{"views": 21}');
SELECT aksara.delete('{"model": "Comment", "filter": {"$exists": {"model": "Post", "filter": {"id": {"$outer": "post"}, "title": "Four"}}}}');
SELECT string_agg(title || ' ' || views, ', ' ORDER BY id) FROM posts;
SELECT string_agg(text, ', ' ORDER BY id) FROM comments;

-- ---- errors ----
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"views": {"$outer": "id"}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "nothing"}}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "comments"}}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"views": {"$subquery": {"model": "Post", "pick": ["views"]}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"views": {"$subquery": {"model": "Post", "pick": ["views", "id"], "limit": 1}}}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"author__in": {"$subquery": {"model": "User", "pick": ["name"]}}}}')$$);
SELECT split_part(fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"$exists": {"model": "Nobody"}}}')$$), ' | ', 1);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"$exists": true}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"$exist": {"model": "Comment"}}}')$$);
-- rights are the caller's, in the inner one too
CREATE ROLE regress_inside;
GRANT USAGE ON SCHEMA inside TO regress_inside;
GRANT SELECT ON posts TO regress_inside;
SET ROLE regress_inside;
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"$exists": {"model": "Comment"}}}')$$);
RESET ROLE;
DROP SCHEMA inside CASCADE;
DROP ROLE regress_inside;
