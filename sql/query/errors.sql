-- What is wrong with a query set, and what the error says.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

\pset format unaligned
\pset tuples_only on
-- Documents.
SELECT fails($$SELECT aksara.count('{}')$$);
SELECT fails($$SELECT aksara.count('[]')$$);
SELECT fails($$SELECT aksara.count('"Post"')$$);
SELECT fails($$SELECT aksara.count('{"model": 1}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Pots"}')$$);
SELECT fails($$SELECT aksara.count('{"model": "elsewhere.Post"}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "fliter": {"id": 1}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": 1}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": [1]}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"id": 1, "id": 2}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"id": 1}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"title": "\u0000"}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"title": "\ud800"}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "none": "yes"}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "distinct": "author"}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "reverse": 1}')$$);

-- Paths.
SELECT fails($$SELECT aksara.count('Post', '{"titel": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"auther__email": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"author__emial": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"tags__posts__titel__contains": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"author_id__email": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"title__containz": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"title__contains__x": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"author__isnul": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"author__gt__name": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"__": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"title__": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"contains": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"title; DROP TABLE posts": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"title\" = '''' OR true --": 1}')$$);
SELECT fails(format($$SELECT aksara.count('Post', %L)$$, json_build_object(repeat('author__posts__', 40) || 'id', 1)));
SELECT aksara.count('Category', json_build_object(repeat('parent__', 50) || 'name', 'x'));

-- Values.
SELECT fails($$SELECT aksara.count('Post', '{"views": "many"}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__gt": 1.5}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views": true}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views": 99999999999999999999}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views": [1]}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"published": "perhaps"}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"created_at__lt": "yesterday-ish"}')$$);
SELECT fails($$SELECT aksara.count('Comment', '{"post__author__id": "x"}')$$);
SELECT fails($$SELECT aksara.count('Comment', '{"post__views__in": [1, "x"]}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__gt": null}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"title__contains": null}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"title__contains": ["a"]}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__in": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__in": "1"}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__in": null}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__range": [1]}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__range": [1, 2, 3]}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__range": [1, null]}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__isnull": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__isnull": null}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"tags__isnull": "yes"}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"title__regex": "("}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"meta__stats__likes__gt": "7"}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"meta__gt": {"$v": {}}, "views__gt": "x"}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"author": {"name": "Jane"}}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"author": {"id": "x"}}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"author": {}}')$$);
-- a list of 100 000 is one parameter
SELECT aksara.count('Post', json_build_object('id__in', (SELECT json_agg(i) FROM generate_series(3, 100002) AS i)));

-- Expressions are of later grammars; a value never becomes one by accident.
SELECT fails($$SELECT aksara.count('Post', '{"$nor": [{"id": 1}]}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views": {"$f": "id"}}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views": {"$v": 1, "$f": "id"}}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views": {"$v": 1, "type": "int"}}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views": {"$v": 1, "as": 1}}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"meta": {"lang": "en"}}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"title": {"a": 1}}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"$related": 1}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"$related": {"model": "User", "accessor": "posts"}}')$$);
SELECT fails($$SELECT aksara.count('Tag', '{"$related": {"model": "User", "accessor": "posts", "key": 1}}')$$);

-- NULL arguments name the argument.
SELECT fails($$SELECT aksara.fetch_all(NULL)$$);
SELECT fails($$SELECT aksara.fetch(NULL)$$);
SELECT fails($$SELECT aksara.get('Post', NULL)$$);
SELECT fails($$SELECT aksara.get(NULL, '{}')$$);
SELECT fails($$SELECT aksara.count(NULL)$$);
SELECT fails($$SELECT aksara.exists(NULL, '{}')$$);
SELECT fails($$SELECT aksara.first(NULL)$$);
SELECT fails($$SELECT aksara.in_bulk('{"model": "Post"}', NULL)$$);
SELECT fails($$SELECT aksara.get_by_key(NULL, 1)$$);
SELECT fails($$SELECT aksara.get_by_key('Post', VARIADIC NULL::text[])$$);
SELECT fails($$SELECT aksara.related('User', NULL, 'posts')$$);
SELECT fails($$SELECT aksara.related('User', 1, NULL)$$);
SELECT fails($$SELECT * FROM aksara.rows(NULL::posts, NULL)$$);

-- rows() of another table.
SELECT fails($$SELECT * FROM aksara.rows(NULL::tags, '{"model": "Post"}')$$);
SELECT fails($$SELECT aksara.rows(1, '{"model": "Post"}')$$);

-- Nesting: a literal's inside is data; what is too deep is the server's own error.
SELECT aksara.count('Post', ('{"meta__in": ' || repeat('[', 5000) || repeat(']', 5000) || '}')::aksara.doc);
SELECT fails($$SELECT aksara.count('Post', '{"author": {"$v": {"$v": 1}}}')$$);
SELECT split_part(fails(format($$SELECT aksara.count('Post', %L)$$, repeat('{"author": ', 100000) || repeat('}', 100000))), '|', 1);
SELECT split_part(fails(format($$SELECT aksara.count('Post', %L)$$, '{"id__in": ' || repeat('[', 1000000) || repeat(']', 1000000) || '}')), '|', 1);

-- Lists hold values.
SELECT fails($$SELECT aksara.count('Post', '{"views__in": [1, {"$add": ["views", 1]}]}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__range": [1, {"$f": "price"}]}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"author__in": [{"$f": "views"}]}')$$);
SELECT fails($$SELECT aksara.count('Post', '{"views__in": [{"$ad": ["views", 1]}]}')$$);

-- Locks of related rows.
SELECT fails($$SELECT aksara.lock('{"model": "Post", "for_update": {"of": ["category"]}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "Comment", "for_update": {"of": ["post__category"]}}')$$);
SELECT fails($$SELECT aksara.lock('{"model": "User", "for_update": {"of": ["profile"]}}')$$);

SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
