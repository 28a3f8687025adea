-- Conditions across relations, each beside the same question in SQL.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- To-one, over any number of steps.
SELECT same('{"model": "Post", "filter": {"author__email": "jane@example.com"}}', $$SELECT p.id FROM posts p JOIN users u ON u.id = p.author_id WHERE u.email = 'jane@example.com'$$);
SELECT same('{"model": "Post", "filter": {"category__parent__slug": "tech"}}', $$SELECT p.id FROM posts p JOIN categories c ON c.id = p.category_id JOIN categories d ON d.id = c.parent_id WHERE d.slug = 'tech'$$);
SELECT same('{"model": "Comment", "filter": {"post__author__profile__bio__icontains": "writer"}}', $$SELECT c.id FROM comments c JOIN posts p ON p.id = c.post_id JOIN user_profiles f ON f.user_id = p.author_id WHERE f.bio ILIKE '%writer%'$$);
SELECT same('{"model": "Post", "filter": {"category__name": null}}', $$SELECT p.id FROM posts p LEFT JOIN categories c ON c.id = p.category_id WHERE c.name IS NULL$$);
SELECT same('{"model": "Post", "exclude": {"category__name": "Travel"}}', $$SELECT p.id FROM posts p LEFT JOIN categories c ON c.id = p.category_id WHERE c.name IS DISTINCT FROM 'Travel'$$);
SELECT same('{"model": "Post", "exclude": {"category__parent__name": "Technology"}}', $$SELECT p.id FROM posts p WHERE id <> 1$$);

-- The key of a to-one relation stands in the local column.
SELECT same('{"model": "Post", "filter": {"author": 1}}', $$SELECT id FROM posts WHERE author_id = 1$$);
SELECT same('{"model": "Post", "filter": {"author_id": 1}}', $$SELECT id FROM posts WHERE author_id = 1$$);
SELECT same('{"model": "Post", "filter": {"author__id": 1}}', $$SELECT id FROM posts WHERE author_id = 1$$);
SELECT same('{"model": "Post", "filter": {"author__pk__in": [2, 3]}}', $$SELECT id FROM posts WHERE author_id IN (2, 3)$$);
SELECT same('{"model": "Post", "filter": {"category__isnull": true}}', $$SELECT id FROM posts WHERE category_id IS NULL$$);
SELECT same('{"model": "Post", "filter": {"category": null}}', $$SELECT id FROM posts WHERE category_id IS NULL$$);
SELECT same('{"model": "Post", "filter": {"category__parent": 1}}', $$SELECT p.id FROM posts p JOIN categories c ON c.id = p.category_id WHERE c.parent_id = 1$$);
SELECT aksara.to_sql('{"model": "Tag", "filter": {"pk": 1}}');
-- so none of these reads users
SELECT path, aksara.to_sql(aksara.objects('Post', aksara.filter(path, '1'))) LIKE '%users%' AS joins
  FROM unnest(ARRAY['author', 'author_id', 'author__id', 'author__pk', 'author__exact', 'author__gt', 'author__name']) AS path;

-- A row stands for its key: what get returned, or any object that holds the key.
SELECT same(aksara.objects('Post', aksara.filter('author', aksara.get('User', '{"name": "Jane"}'))), $$SELECT id FROM posts WHERE author_id = 1$$);
SELECT same('{"model": "Post", "filter": {"author": {"id": 2, "name": "not compared"}}}', $$SELECT id FROM posts WHERE author_id = 2$$);
SELECT same('{"model": "Post", "filter": {"author__in": [{"id": 2}, 3]}}', $$SELECT id FROM posts WHERE author_id IN (2, 3)$$);
SELECT same('{"model": "Post", "filter": {"tags": {"id": 1}}}', $$SELECT post_id FROM post_tags WHERE tag_id = 1$$);
SELECT same(aksara.objects('Comment', aksara.filter('post__author', row_to_json(u))), $$SELECT c.id FROM comments c JOIN posts p ON p.id = c.post_id WHERE p.author_id = 1$$) FROM users u WHERE id = 1;
PREPARE bound AS SELECT keys(aksara.objects('Post', aksara.filter('author', $1))), keys(aksara.objects('Comment', aksara.filter('post__author', $1, 'stars', $2)));
EXECUTE bound('{"id": 1, "name": "Jane"}', '3');
SELECT keys(aksara.objects('Post', aksara.filter('tags', '{"id": 2, "name": "x"}'))) AS tag, keys(aksara.objects('Post', aksara.filter('author__in', '{2,"{\"id\": 3}"}'))) AS list,
  keys(aksara.related('User', '{"id": 2}', 'posts')) AS related;
DEALLOCATE bound;

-- One-to-one, from behind.
SELECT same('{"model": "User", "filter": {"profile__bio": "Tech writer"}}', $$SELECT user_id FROM user_profiles WHERE bio = 'Tech writer'$$);
SELECT same('{"model": "User", "filter": {"profile": 2}}', $$SELECT user_id FROM user_profiles WHERE id = 2$$);
SELECT same('{"model": "User", "filter": {"profile__isnull": true}}', $$SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM user_profiles)$$);
SELECT same('{"model": "User", "filter": {"profile": null}}', $$SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM user_profiles)$$);
SELECT same('{"model": "User", "filter": {"profile__isnull": false}}', $$SELECT user_id FROM user_profiles$$);
SELECT same('{"model": "User", "filter": {"profile__bio": null}}', $$SELECT u.id FROM users u LEFT JOIN user_profiles p ON p.user_id = u.id WHERE p.bio IS NULL$$);

-- To-many never repeats a row.
SELECT same('{"model": "Post", "filter": {"tags__name__in": ["Tutorial", "Beginner"]}}', $$SELECT DISTINCT post_id FROM post_tags WHERE tag_id IN (1, 2)$$);
SELECT same('{"model": "Post", "filter": {"tags": 1}}', $$SELECT post_id FROM post_tags WHERE tag_id = 1$$);
SELECT same('{"model": "Post", "filter": {"tags__in": [1, 2]}}', $$SELECT DISTINCT post_id FROM post_tags WHERE tag_id IN (1, 2)$$);
SELECT same('{"model": "Tag", "filter": {"posts__author__name": "Jane"}}', $$SELECT DISTINCT t.tag_id FROM post_tags t JOIN posts p ON p.id = t.post_id WHERE p.author_id = 1$$);
SELECT same('{"model": "User", "filter": {"posts__views__gte": 50}}', $$SELECT DISTINCT author_id FROM posts WHERE views >= 50$$);
SELECT same('{"model": "User", "filter": {"posts__tags__posts__author": 3}}', $$SELECT DISTINCT p.author_id FROM posts p JOIN post_tags t ON t.post_id = p.id JOIN post_tags s ON s.tag_id = t.tag_id JOIN posts q ON q.id = s.post_id WHERE q.author_id = 3$$);
SELECT same('{"model": "Category", "filter": {"children__posts__published": true}}', $$SELECT DISTINCT c.parent_id FROM categories c JOIN posts p ON p.category_id = c.id WHERE p.published AND c.parent_id IS NOT NULL$$);

-- One call ties its conditions to one related row, two calls do not.
SELECT same('{"model": "Post", "filter": {"comments__text": "Great", "comments__stars": 3}}', $$SELECT post_id FROM comments WHERE text = 'Great' AND stars = 3$$);
SELECT same('{"model": "Post", "filter": [{"comments__text": "Great"}, {"comments__stars": 3}]}', $$SELECT post_id FROM comments WHERE text = 'Great' INTERSECT SELECT post_id FROM comments WHERE stars = 3$$);
SELECT same('{"model": "Post", "filter": {"tags__name": "Tutorial", "tags": 2}}', $$SELECT 1 WHERE false$$);
SELECT same('{"model": "Post", "filter": [{"tags__name": "Tutorial"}, {"tags": 2}]}', $$SELECT 1$$);
-- ... also deeper down: a user whose one post has both tags, against a user who has both
SELECT same('{"model": "User", "filter": {"posts__tags": 2, "posts__views": 50}}', $$SELECT 1$$);
SELECT same('{"model": "User", "filter": {"posts__tags": 3, "posts__views": 0}}', $$SELECT 1 WHERE false$$);
SELECT same('{"model": "User", "filter": [{"posts__tags": 3}, {"posts__views": 0}]}', $$SELECT 2$$);

-- No related row at all; exclude is the complement of the same filter.
SELECT same('{"model": "Post", "filter": {"tags__isnull": true}}', $$SELECT id FROM posts WHERE id NOT IN (SELECT post_id FROM post_tags)$$);
SELECT same('{"model": "Post", "filter": {"tags__iexact": null}}', $$SELECT id FROM posts WHERE id NOT IN (SELECT post_id FROM post_tags)$$);
SELECT same('{"model": "Post", "filter": {"tags": null}}', $$SELECT id FROM posts WHERE id NOT IN (SELECT post_id FROM post_tags)$$);
SELECT same('{"model": "Post", "filter": {"tags__isnull": false}}', $$SELECT DISTINCT post_id FROM post_tags$$);
SELECT same('{"model": "Post", "exclude": {"tags__isnull": true}}', $$SELECT DISTINCT post_id FROM post_tags$$);
SELECT same('{"model": "User", "filter": {"posts__isnull": true}}', $$SELECT id FROM users WHERE id NOT IN (SELECT author_id FROM posts)$$);
SELECT same('{"model": "User", "filter": {"posts__comments__isnull": true}}', $$SELECT DISTINCT author_id FROM posts p WHERE NOT EXISTS (SELECT FROM comments c WHERE c.post_id = p.id)$$);
SELECT same('{"model": "Post", "exclude": {"tags__name": "Tutorial"}}', $$SELECT id FROM posts WHERE id NOT IN (SELECT post_id FROM post_tags WHERE tag_id = 1)$$);
SELECT same('{"model": "Post", "exclude": {"comments__text": "Great", "comments__stars": 3}}', $$SELECT id FROM posts$$);
SELECT same('{"model": "Post", "exclude": {"comments__text": "Great", "views__gt": 60}}', $$SELECT id FROM posts WHERE id <> 4$$);
SELECT same('{"model": "Post", "exclude": {"comments__stars__gt": 3}}', $$SELECT id FROM posts WHERE id NOT IN (SELECT post_id FROM comments WHERE stars > 3)$$);
SELECT same('{"model": "Post", "exclude": [{"tags": 1}, {"tags": 2}]}', $$SELECT id FROM posts WHERE id NOT IN (SELECT post_id FROM post_tags WHERE tag_id IN (1, 2))$$);

-- Whatever the condition, filter and exclude share no row and leave none out.
SELECT condition, keys(aksara.objects('Post', aksara.filter(condition))) AS kept, keys(aksara.objects('Post', aksara.exclude(condition))) AS left_out
FROM unnest(ARRAY[
  '{"price__gt": 1}', '{"content": null}', '{"category__parent__name": "Technology"}', '{"category__parent__name__isnull": true}',
  '{"category": null, "published": false}', '{"meta__lang": "en"}', '{"meta__lang": null}', '{"meta__stats__likes__gte": 7}',
  '{"meta__lang__in": []}', '{"tags__name__startswith": "B"}', '{"tags__posts__author__profile__bio": null}', '{"author__profile__isnull": true}',
  '{"comments__stars": null}', '{"comments__stars__isnull": false, "views__lt": 20}', '{"comments__author__name": "Kim", "comments__stars__gt": 1}',
  '{"comments__author": null, "tags": 3}', '{"tags__isnull": false, "tags": 1}', '{"price": {"$v": null}}', '{"tags": {"$v": null}, "views": 50}'
]) AS condition;
SELECT condition AS not_the_complement FROM unnest(ARRAY[
  '{"price__range": [1, 10]}', '{"author__profile__website__icontains": "JANE"}', '{"category__children__posts__title__regex": "^G"}',
  '{"tags__in": [1, 2], "comments__isnull": true}', '{"comments__post__comments__stars__lt": 4}', '{"author__posts__tags__name": "News", "author__posts__views__gt": 1}',
  '{"category__slug__in": ["tech", null]}', '{"meta__contains": {"$v": {"lang": "de"}}}', '{"created_at__lt": "2026-01-03T00:00:00Z", "price__isnull": false}'
]) AS condition
WHERE (SELECT array_agg(id ORDER BY id) FROM unnest(keys(aksara.objects('Post', aksara.filter(condition))) || keys(aksara.objects('Post', aksara.exclude(condition)))) AS id)
  IS DISTINCT FROM (SELECT array_agg(id ORDER BY id) FROM posts);

-- The shape of the SQL: EXISTS plans as a semi-join, NOT EXISTS as an anti-join.
SELECT aksara.to_sql('{"model": "Tag", "filter": {"posts__author": 1, "posts__published": true}, "order_by": []}');
SELECT aksara.to_sql('{"model": "Tag", "exclude": {"posts": 1}, "order_by": []}');
SELECT aksara.to_sql('{"model": "Tag", "exclude": {"posts__category__slug": "tech", "name": "x"}, "order_by": []}');

-- A field called like a lookup wins, and so does a field called like an accessor's lookup.
SET client_min_messages = warning;
SELECT aksara.create_model('qblog.Odd', '{"in": "Integer", "gt": {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE", "related_name": "isnull"}}', '{"primary_key": "bigint"}');
RESET client_min_messages;
INSERT INTO odds (id, "in", gt_id) OVERRIDING SYSTEM VALUE VALUES (1, 5, 1), (2, 6, 2);
SELECT same('{"model": "Odd", "filter": {"in": 5}}', 'SELECT 1');
SELECT same('{"model": "Odd", "filter": {"in__in": [5, 6]}}', 'SELECT 1 UNION SELECT 2');
SELECT same('{"model": "Odd", "filter": {"gt__gt": 1}}', 'SELECT 2');
SELECT same('{"model": "User", "filter": {"isnull__in": 6}}', 'SELECT 2');
SELECT same('{"model": "User", "filter": {"isnull__isnull": true}}', 'SELECT 3 UNION SELECT 4');

SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
