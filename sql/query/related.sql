-- related(): the rows behind one row.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- Reverse foreign key: the condition reads the local column.
SELECT aksara.related('User', 1, 'posts');
SELECT same(aksara.related('User', 1, 'posts'), 'SELECT id FROM posts WHERE author_id = 1');
SELECT aksara.to_sql(aksara.related('Post', 1, 'comments', aksara.order_by()));
SELECT same(aksara.related('User', 1, 'posts', aksara.filter('views__gt', 20), aksara.order_by('id'), aksara.slice(5)), 'SELECT 1');
SELECT aksara.count(aksara.related('Category', 1, 'children'));

-- Many-to-many, from both ends.
SELECT aksara.related('Post', 1, 'tags'), aksara.related('Tag', 1, 'posts');
SELECT same(aksara.related('Post', 1, 'tags'), 'SELECT tag_id FROM post_tags WHERE post_id = 1');
SELECT same(aksara.related('Tag', 1, 'posts'), 'SELECT post_id FROM post_tags WHERE tag_id = 1');
SELECT same(aksara.exclude(aksara.related('Tag', 1, 'posts'), 'id', 1), 'SELECT 2');
SELECT aksara.to_sql(aksara.related('Tag', 1, 'posts', aksara.order_by())) LIKE '%WHERE EXISTS (SELECT 1 FROM qblog.post_tags AS t2 WHERE t2.post_id OPERATOR(pg_catalog.=) t0.id AND t2.tag_id OPERATOR(pg_catalog.=) ''1''::int8)' AS junction_alone;

-- One-to-one: get gives the object, or P0002.
SELECT aksara.get(aksara.related('User', 1, 'profile')) ->> 'bio' AS bio;
SELECT aksara.get(aksara.related('User', 2, 'profile'));
SELECT aksara.get_or_none(aksara.related('User', 2, 'profile')) IS NULL AS none;
SELECT aksara.get(aksara.related('UserProfile', 1, 'user')) ->> 'name' AS name;

-- Forward to-one, also where the way back is hidden.
SELECT aksara.get(aksara.related('Post', 3, 'author')) ->> 'name' AS name;
SELECT aksara.related('Comment', 1, 'author');
SELECT same(aksara.related('Comment', 1, 'author'), 'SELECT 2');
SELECT same(aksara.related('Comment', 4, 'author'), 'SELECT 1 WHERE false');

-- The key as literal, typed value, bound parameter, or the row itself.
SELECT aksara.count(aksara.related('User', '1', 'posts')), aksara.count(aksara.related('User', 1::bigint, 'posts')),
  aksara.count(aksara.related('User', aksara.get('User', '{"id": 1}'), 'posts')), aksara.count(aksara.related('User', '1'::varchar, 'posts'));
PREPARE related AS SELECT aksara.count(aksara.related($1, $2, $3));
EXECUTE related('User', '1', 'posts');
DEALLOCATE related;
PREPARE related AS SELECT aksara.count(aksara.related($1, $2, $3, aksara.filter($4, $5), aksara.slice($6)));
EXECUTE related('User', '1', 'posts', 'views__gt', '20', '3');
DEALLOCATE related;
SELECT u.name, aksara.count(aksara.related('User', u.id, 'posts')) FROM users u ORDER BY u.id;

-- Errors.
SELECT fails($$SELECT aksara.related('User', 1, 'post')$$);
SELECT fails($$SELECT aksara.related('User', 1, 'email')$$);
SELECT fails($$SELECT aksara.related('Usr', 1, 'posts')$$);
SELECT fails($$SELECT aksara.count(aksara.related('User', 'x', 'posts'))$$);
SELECT fails($$SELECT aksara.related('User', 1, 'posts', NULL)$$);

SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
