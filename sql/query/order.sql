-- Order, slices, distinct.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- The titles of a query set in its order.
CREATE FUNCTION titles(qs aksara.queryset) RETURNS text LANGUAGE sql STABLE AS
  $$SELECT string_agg(coalesce(row->>'title', row->>'name'), ', ') FROM aksara.fetch(qs) AS row$$;

SELECT titles(aksara.objects('Post', aksara.order_by('views')));
SELECT titles(aksara.objects('Post', aksara.order_by('-published', '-views')));
SELECT titles(aksara.objects('Post', aksara.order_by('author__name', 'title')));
SELECT titles(aksara.objects('Post', aksara.order_by('-category__parent__name', 'id')));
SELECT titles(aksara.objects('Post', aksara.order_by('-meta__stats__likes', 'id')));
SELECT titles(aksara.objects('User', aksara.order_by('profile__bio', 'id')));
SELECT count(*) FROM aksara.fetch(aksara.objects('Post', aksara.order_by('?')));

-- NULLs stand last ascending, first descending, and reverse flips them too.
SELECT titles(aksara.objects('Post', aksara.order_by('price')));
SELECT titles(aksara.objects('Post', aksara.order_by('price'), aksara.reverse()));
SELECT titles(aksara.objects('Post', aksara.order_by('-price')));

-- The model's own order shows where nothing was said, and only there.
SELECT titles('{"model": "Post"}');
SELECT titles(aksara.objects('Post', aksara.reverse()));
SELECT aksara.to_sql(aksara.objects('Tag', aksara.order_by()));
SELECT aksara.to_sql(aksara.objects('Tag'));

-- A relation orders by its model's order (users by name), or by its key (categories), without a join.
SELECT titles(aksara.objects('Post', aksara.order_by('-author', 'id')));
SELECT aksara.to_sql(aksara.objects('Comment', aksara.order_by('post__author'))) LIKE '%ORDER BY t2.name' AS by_name;
SELECT aksara.to_sql(aksara.objects('Post', aksara.order_by('category', 'author_id'))) LIKE '%FROM qblog.posts AS t0 ORDER BY t0.category_id, t0.author_id' AS by_key;

-- Slices.
SELECT titles(aksara.objects('Post', aksara.order_by('id'), aksara.slice(2)));
SELECT titles(aksara.objects('Post', aksara.order_by('id'), aksara.slice(1, 3)));
SELECT titles(aksara.objects('Post', aksara.order_by('id'), aksara.slice(1, 5), aksara.slice(1, 2)));
SELECT titles('{"model": "Post", "order_by": "id", "offset": 3}');
SELECT titles(aksara.objects('Post', aksara.slice(0)));
-- rows() has no order but that of a slice, which is part of the answer.
SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.slice(2))) ORDER BY id;
SELECT aksara.count(aksara.objects('Post', aksara.slice(2))), aksara.count(aksara.objects('Post', aksara.slice(4, 9))), aksara.exists(aksara.objects('Post', aksara.slice(5, 9)));

-- distinct asks for nothing, because conditions never repeat a row; with paths it keeps the first of each.
SELECT aksara.to_sql(aksara.objects('Tag', aksara.distinct(), aksara.order_by())) = aksara.to_sql(aksara.objects('Tag', aksara.order_by())) AS nothing;
SELECT titles(aksara.objects('Post', aksara.distinct('author')));
SELECT titles(aksara.objects('Post', aksara.distinct('author__name', 'published'), aksara.order_by('-published', 'author__name', 'id')));
SELECT aksara.count(aksara.objects('Post', aksara.distinct('author'))), aksara.exists(aksara.objects('Post', aksara.distinct('author')));
SELECT titles(aksara.objects('Post', aksara.distinct('category'), aksara.order_by('category'), aksara.slice(1)));

-- Errors.
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.distinct('author'), aksara.order_by('title')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.distinct('-author')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.order_by('tags')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('User', aksara.order_by('posts__title')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.order_by('titel')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.order_by('--title')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.order_by('author__nam')))$$);
SELECT fails($$SELECT aksara.fetch_all(aksara.objects('Post', aksara.order_by('title__exact')))$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "order_by": [1]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "order_by": {"title": 1}}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "limit": -1}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "limit": 1.5}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Post", "offset": "1"}')$$);
-- an ordering that leads back to itself
SET client_min_messages = warning;
SELECT aksara.create_model('qblog.Node', '{"parent": {"type": "ForeignKey", "to": "self", "on_delete": "CASCADE", "nullable": true}}', '{"primary_key": "bigint", "ordering": ["parent"]}');
RESET client_min_messages;
SELECT fails($$SELECT aksara.fetch_all('{"model": "Node"}')$$);
SELECT aksara.count('{"model": "Node"}');

SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
