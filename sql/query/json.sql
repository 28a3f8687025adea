-- Rows as JSON: keys in field order, select_related and prefetch_related.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

\pset format unaligned
\pset tuples_only on
SELECT aksara.fetch('{"model": "Post", "filter": {"id__lte": 2}, "order_by": "id"}');
SELECT aksara.fetch_all('{"model": "Category", "order_by": "id"}');
SELECT aksara.fetch_all('{"model": "Category", "none": true}');

-- select_related puts the object after its key, null where there is none; paths nest.
SELECT aksara.fetch(aksara.objects('Category', aksara.select_related('parent'), aksara.order_by('id')));
SELECT aksara.fetch(aksara.objects('Comment', aksara.select_related('post__author__profile', 'author'), aksara.filter('id', 1)));
SELECT aksara.fetch(aksara.objects('User', aksara.select_related('profile')));
SELECT aksara.fetch('{"model": "UserProfile", "select_related": "user__profile", "filter": {"id": 1}}');

-- prefetch_related brings lists, ordered by the related model's order, else its key; to-one steps are objects.
SELECT aksara.fetch(aksara.objects('Post', aksara.prefetch_related('tags'), aksara.filter('id__in', ARRAY[1, 3]))) -> 'tags';
SELECT aksara.fetch(aksara.objects('Tag', aksara.prefetch_related('posts'), aksara.filter('id__gt', 2))) -> 'posts';
SELECT aksara.fetch(aksara.objects('User', aksara.prefetch_related('posts__comments__author', 'profile'), aksara.filter('id__in', ARRAY[1, 4])));
SELECT aksara.fetch(aksara.objects('Category', aksara.prefetch_related('children__posts__tags'), aksara.filter('id', 1)));
-- both together, in either order, are one tree
SELECT aksara.get('{"model": "Post", "filter": {"pk": 2}, "select_related": ["author"], "prefetch_related": ["author__posts__tags", "comments", "tags"]}');
SELECT aksara.get(aksara.objects('Post', aksara.filter('pk', 3), aksara.prefetch_related('author__profile'), aksara.select_related('author', 'category')))::text =
  aksara.get(aksara.objects('Post', aksara.filter('pk', 3), aksara.select_related('category', 'author__profile'), aksara.prefetch_related('author')))::text AS same;

-- The same as written by hand.
WITH mine AS (
  SELECT row::jsonb FROM aksara.fetch('{"model": "Post", "select_related": ["author"], "prefetch_related": ["tags"]}') AS row
), by_hand AS (
  SELECT to_jsonb(p) || jsonb_build_object('author', to_jsonb(u), 'tags', (SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.name), '[]')
    FROM tags t JOIN post_tags pt ON pt.tag_id = t.id WHERE pt.post_id = p.id)) AS row
  FROM posts p JOIN users u ON u.id = p.author_id
)
SELECT (SELECT count(*) FROM mine), (SELECT count(*) FROM (SELECT * FROM mine EXCEPT SELECT * FROM by_hand) d),
  (SELECT count(*) FROM (SELECT * FROM by_hand EXCEPT SELECT * FROM mine) d);

-- Dates, decimals, special characters and JSON come out as row_to_json writes them.
SELECT aksara.get('Post', '{"id": 5}');
SELECT aksara.get('Post', '{"id": 2}') ->> 'content';

-- A column renamed or dropped by hand, quoted names, more than a hundred columns.
SET client_min_messages = warning;
\o /dev/null
SELECT aksara.create_model('qblog.My Model', '{"first one": "Integer", "select": "Text", "b": {"type": "Integer", "nullable": true}}', '{"primary_key": "bigint", "table_name": "my \"table\""}');
SELECT aksara.create_model('qblog.Wide', (SELECT json_object_agg('f' || i, 'Integer') FROM generate_series(1, 300) AS i), '{"primary_key": "bigint"}');
\o
RESET client_min_messages;
ALTER TABLE "my ""table""" DROP COLUMN b;
INSERT INTO "my ""table""" ("first one", "select") VALUES (1, 'x');
SELECT aksara.fetch('{"model": "My Model", "filter": {"first one__gt": 0}, "order_by": ["-select"]}');
SELECT * FROM aksara.rows(NULL::"my ""table""", '{"model": "My Model"}');
\set ECHO none
SELECT format('INSERT INTO wides VALUES (1, %s)', string_agg(i::text, ', ')) FROM generate_series(1, 300) AS i \gexec
\set ECHO all
SELECT count(*), sum(value::int) FROM aksara.fetch('{"model": "Wide"}') AS row, json_each_text(row) WHERE key <> 'id';

-- Errors.
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.select_related('tags')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('User', aksara.select_related('profile__user__posts')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.select_related('auther')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.select_related('title')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.prefetch_related('tags__nothing')))$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "prefetch_related": [1]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "select_related": true}')$$);

SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
