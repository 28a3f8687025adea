-- How large a query set may be: tables, levels, members of a list.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- Tables: one for the model, one for each joined, two for a junction and what is behind it.
SET aksara.query_max_tables = 2;
SELECT aksara.count('{"model": "Post", "filter": {"author__name": "Ada"}}');
SELECT aksara.count('{"model": "Post", "filter": {"author__name": "Ada", "category__slug": "tech"}}');
SET aksara.query_max_tables = 3;
SELECT aksara.count('{"model": "Post", "filter": {"author__name": "Ada", "category__slug": "tech"}}') IS NOT NULL AS counted;
-- what was compiled under another bound is compiled anew
SET aksara.query_max_tables = 2;
SELECT aksara.count('{"model": "Post", "filter": {"author__name": "Ada", "category__slug": "tech"}}');
RESET aksara.query_max_tables;

-- Levels: conditions in conditions, expressions in expressions, query sets in query sets.
SET aksara.query_max_depth = 2;
SELECT aksara.count('{"model": "Post", "filter": {"$or": [{"views": 5}, {"views": 6}]}}') IS NOT NULL AS counted;
SELECT aksara.count('{"model": "Post", "filter": {"$or": [{"views": 5}, {"$not": {"views": 6}}]}}');
SELECT aksara.count('{"model": "Post", "filter": {"comments__some": {"$or": [{"stars": 1}]}}}');
SELECT aksara.count('{"model": "Post", "filter": {"views__gt": {"$add": [{"$abs": "views"}, {"$abs": "views"}]}}}');
SELECT aksara.count('{"model": "Post", "filter": {"views__gt": {"$abs": {"$abs": {"$abs": "views"}}}}}');
SELECT aksara.count('{"model": "Post", "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "pk"}}}}}');
SELECT aksara.count('{"model": "Post", "annotate": {"a": {"$case": [{"when": {"$or": [{"views": {"$case": [{"when": {"views": 1}, "then": 1}]}}]}, "then": 1}]}}, "filter": {"a": 1}}');
-- members beside each other are no deeper
SELECT aksara.count('{"model": "Post", "filter": [{"$or": [{"views": 1}]}, {"$or": [{"views": 1}]}, {"$or": [{"views": 1}]}]}');
RESET aksara.query_max_depth;
SHOW aksara.query_max_depth;
SELECT aksara.count(format('{"model": "Post", "filter": %s{"views": 1}%s}', repeat('{"$not": ', 63), repeat('}', 63))::aksara.queryset) IS NOT NULL AS counted;
SELECT aksara.count(format('{"model": "Post", "filter": %s{"views": 1}%s}', repeat('{"$not": ', 64), repeat('}', 64))::aksara.queryset);

-- Lists.
SET aksara.query_max_list = 2;
SELECT aksara.count('{"model": "Post", "filter": {"views__in": [1, 2]}}') IS NOT NULL AS counted;
SELECT aksara.count('{"model": "Post", "filter": {"views__in": [1, 2, 3]}}');
SELECT aksara.count('{"model": "Post", "filter": {"$or": [{"views": 1}, {"views": 2}, {"views": 3}]}}');
RESET aksara.query_max_list;
SELECT aksara.count('{"model": "Post", "filter": {"views__in": [1, 2, 3]}}') IS NOT NULL AS counted;

-- The bounds have bounds.
SET aksara.query_max_tables = 0;
SET aksara.query_max_depth = 100000;
SET aksara.query_max_list = 0;
