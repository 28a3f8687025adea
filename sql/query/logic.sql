-- $or, $and, $xor, $not and some, every, none, each beside the same question in SQL.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- One expression in several branches of what is multiplied out, each about a related row of its own.
SELECT same('{"model": "Post", "filter": {"comments__stars": 5, "comments__some": {"$gt": ["stars", 1]}, "$or": [{"comments__text__startswith": "G"}, {"views__gt": 10}]}}',
  $$SELECT id FROM posts p WHERE EXISTS (SELECT FROM comments c WHERE post_id = p.id AND stars = 5 AND (text LIKE 'G%' OR views > 10)) AND EXISTS (SELECT FROM comments c WHERE post_id = p.id AND stars > 1)$$);

-- Over the model's own fields.
SELECT same('{"model": "Post", "filter": {"$or": [{"views__gt": 60}, {"title": "Drafts"}]}}', $$SELECT id FROM posts WHERE views > 60 OR title = 'Drafts'$$);
SELECT same('{"model": "Post", "filter": {"published": true, "$or": [{"views__gt": 60}, {"views__lt": 20, "author": 1}]}}', $$SELECT id FROM posts WHERE published AND (views > 60 OR views < 20 AND author_id = 1)$$);
SELECT same('{"model": "Post", "filter": {"$and": [{"published": true}, {"$or": [{"author": 1}, {"author": 3}]}]}}', $$SELECT id FROM posts WHERE published AND (author_id = 1 OR author_id = 3)$$);
SELECT same('{"model": "Post", "filter": {"$not": {"price__gt": 5}}}', $$SELECT id FROM posts WHERE (price > 5) IS NOT TRUE$$);
SELECT same('{"model": "Post", "filter": {"$not": {"published": true, "views__gt": 20}}}', $$SELECT id FROM posts WHERE NOT (published AND views > 20)$$);
SELECT same('{"model": "Post", "exclude": {"$or": [{"price__gt": 5}, {"published": false}]}}', $$SELECT id FROM posts WHERE (price > 5 OR NOT published) IS NOT TRUE$$);
SELECT same('{"model": "Post", "filter": {"$xor": [{"published": true}, {"views__gte": 50}]}}', $$SELECT id FROM posts WHERE published <> (views >= 50)$$);
SELECT same('{"model": "Post", "filter": {"$xor": [{"published": true}, {"price__gt": 5}, {"author": 2}]}}', $$SELECT id FROM posts WHERE (published::int + coalesce(price > 5, false)::int + (author_id = 2)::int) % 2 = 1$$);
SELECT same('{"model": "Post", "filter": {"$or": [{"$not": {"published": true}}, {"$and": [{"views__gt": 40}, {"$not": {"author": 1}}]}]}}', $$SELECT id FROM posts WHERE NOT published OR views > 40 AND author_id <> 1$$);
SELECT same('{"model": "Post", "filter": [{"$or": [{"views": 0}, {"views": 5}]}, {"$or": [{"author": 2}, {"author": 3}]}]}', $$SELECT id FROM posts WHERE views IN (0, 5) AND author_id IN (2, 3)$$);
SELECT same('{"model": "Post", "filter": {"$or": [{"category__parent__slug": "tech"}, {"author__profile__isnull": true}]}}', $$SELECT p.id FROM posts p LEFT JOIN categories c ON c.id = p.category_id LEFT JOIN categories d ON d.id = c.parent_id WHERE d.slug = 'tech' OR NOT EXISTS (SELECT FROM user_profiles f WHERE f.user_id = p.author_id)$$);

-- One call speaks of one related row, wherever in the formula.
INSERT INTO comments (id, post_id, author_id, text, stars) OVERRIDING SYSTEM VALUE VALUES (101, 4, 1, 'Good', 1), (102, 4, NULL, 'Bad', 5), (103, 5, 2, 'Good', 5), (104, 5, 1, 'Odd', NULL);
SELECT same('{"model": "Post", "filter": {"comments__text": "Good", "$or": [{"comments__stars": 5}, {"comments__author": 1}]}}', $$SELECT DISTINCT post_id FROM comments WHERE text = 'Good' AND (stars = 5 OR author_id = 1)$$);
SELECT same('{"model": "Post", "filter": [{"comments__text": "Good"}, {"$or": [{"comments__stars": 5}, {"comments__author": 3}]}]}', $$SELECT id FROM posts p WHERE EXISTS (SELECT FROM comments WHERE post_id = p.id AND text = 'Good') AND EXISTS (SELECT FROM comments WHERE post_id = p.id AND (stars = 5 OR author_id = 3))$$);
SELECT same('{"model": "Post", "filter": {"comments__text": "Good", "$or": [{"comments__stars": 5}, {"title": "getting lost"}]}}', $$SELECT DISTINCT p.id FROM posts p JOIN comments c ON c.post_id = p.id WHERE c.text = 'Good' AND (c.stars = 5 OR p.title = 'getting lost')$$);
SELECT same('{"model": "Post", "filter": {"comments__stars": 5, "$or": [{"comments__text": "Bad"}, {"tags__name": "News"}]}}', $$SELECT DISTINCT p.id FROM posts p JOIN comments c ON c.post_id = p.id LEFT JOIN post_tags pt ON pt.post_id = p.id LEFT JOIN tags t ON t.id = pt.tag_id WHERE c.stars = 5 AND (c.text = 'Bad' OR t.name = 'News')$$);
SELECT same('{"model": "Post", "filter": {"$or": [{"comments__text": "Good", "comments__stars": 1}, {"tags__name": "Tutorial"}]}}', $$SELECT p.id FROM posts p WHERE EXISTS (SELECT FROM comments c WHERE c.post_id = p.id AND text = 'Good' AND stars = 1) OR EXISTS (SELECT FROM post_tags WHERE post_id = p.id AND tag_id = 1)$$);
SELECT same('{"model": "User", "filter": {"posts__published": true, "$or": [{"posts__tags__name": "News"}, {"posts__views__lt": 20}]}}', $$SELECT DISTINCT p.author_id FROM posts p LEFT JOIN post_tags pt ON pt.post_id = p.id LEFT JOIN tags t ON t.id = pt.tag_id WHERE p.published AND (t.name = 'News' OR p.views < 20)$$);
SELECT same('{"model": "Post", "filter": {"$or": [{"comments__isnull": true}, {"comments__stars": 5}]}}', $$SELECT id FROM posts p WHERE NOT EXISTS (SELECT FROM comments WHERE post_id = p.id) OR EXISTS (SELECT FROM comments WHERE post_id = p.id AND stars = 5)$$);
SELECT same('{"model": "Post", "exclude": {"comments__text": "Good", "$or": [{"comments__stars": 5}, {"comments__author": 1}]}}', $$SELECT id FROM posts p WHERE NOT EXISTS (SELECT FROM comments WHERE post_id = p.id AND text = 'Good' AND (stars = 5 OR author_id = 1))$$);
-- $not asks about rows of its own: no comment with five stars
SELECT same('{"model": "Post", "filter": {"comments__text": "Good", "$not": {"comments__stars": 5}}}', $$SELECT id FROM posts p WHERE EXISTS (SELECT FROM comments WHERE post_id = p.id AND text = 'Good') AND NOT EXISTS (SELECT FROM comments WHERE post_id = p.id AND stars = 5)$$);

-- Some, every or none of the related rows.
SELECT same('{"model": "Post", "filter": {"comments__some": {"text": "Good", "stars": 5}}}', $$SELECT DISTINCT post_id FROM comments WHERE text = 'Good' AND stars = 5$$);
SELECT same('{"model": "Post", "filter": {"comments__none": {"text": "Good"}}}', $$SELECT id FROM posts WHERE id NOT IN (SELECT post_id FROM comments WHERE text = 'Good')$$);
SELECT same('{"model": "Post", "filter": {"comments__every": {"stars__gte": 4}}}', $$SELECT id FROM posts p WHERE NOT EXISTS (SELECT FROM comments WHERE post_id = p.id AND (stars >= 4) IS NOT TRUE)$$);
SELECT same('{"model": "Post", "filter": {"comments__some": {}}}', $$SELECT DISTINCT post_id FROM comments$$);
SELECT same('{"model": "Post", "filter": {"comments__none": {}}}', $$SELECT id FROM posts WHERE id NOT IN (SELECT post_id FROM comments)$$);
SELECT same('{"model": "Post", "filter": {"tags__some": {"$or": [{"name": "News"}, {"name": "Beginner"}]}, "tags__none": {"name": "Tutorial"}}}', $$SELECT post_id FROM post_tags WHERE tag_id IN (2, 3) EXCEPT SELECT post_id FROM post_tags WHERE tag_id = 1$$);
SELECT same('{"model": "Category", "filter": {"posts__some": {"published": true, "tags__every": {"name__contains": "o"}}}}', $$SELECT DISTINCT category_id FROM posts p WHERE published AND category_id IS NOT NULL AND NOT EXISTS (SELECT FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id AND t.name NOT LIKE '%o%')$$);
SELECT same('{"model": "Comment", "filter": {"post__tags__some": {"name": "News"}}}', $$SELECT c.id FROM comments c JOIN post_tags pt ON pt.post_id = c.post_id WHERE pt.tag_id = 3$$);
-- two quantifiers never share a row, nor does one with a path
SELECT same('{"model": "Post", "filter": {"comments__some": {"text": "Good"}, "comments__stars": 5}}', $$SELECT id FROM posts p WHERE EXISTS (SELECT FROM comments WHERE post_id = p.id AND text = 'Good') AND EXISTS (SELECT FROM comments WHERE post_id = p.id AND stars = 5)$$);

-- The same by builders: any_of, all_of, none_of, xor of what filter and exclude made.
SELECT aksara.any_of(aksara.filter('views__gt', 60), aksara.filter('title', 'Drafts', 'published', false));
SELECT aksara.none_of(aksara.exclude('published', true), aksara.filter('views', 1, 'author', 2));
SELECT same(aksara.objects('Post', aksara.any_of(aksara.filter('views__gt', 60), aksara.filter('title', 'Drafts'))), $$SELECT id FROM posts WHERE views > 60 OR title = 'Drafts'$$);
SELECT same(aksara.objects('Post', aksara.none_of(aksara.filter('views__gt', 60), aksara.exclude('published', true))), $$SELECT id FROM posts WHERE NOT (views > 60 OR NOT published)$$);
SELECT same(aksara.objects('Post', aksara.all_of(aksara.filter('views__gt', 5), aksara.any_of(aksara.filter('author', 1), aksara.filter('author', 2)))), $$SELECT id FROM posts WHERE views > 5 AND author_id IN (1, 2)$$);
SELECT same(aksara.objects('Post', aksara.xor(aksara.filter('published', true), aksara.filter('views__gte', 50))), $$SELECT id FROM posts WHERE published <> (views >= 50)$$);
SELECT same(aksara.objects('Post', aksara.all_of(aksara.filter('comments__text', 'Good'), aksara.filter('comments__stars', 5))), $$SELECT DISTINCT post_id FROM comments WHERE text = 'Good' AND stars = 5$$);

-- In every exit.
SELECT aksara.count('Post', '{"$or": [{"views__gt": 60}, {"title": "Drafts"}]}'), aksara.exists('Post', '{"$not": {"views__gte": 0}}');
SELECT id FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"$or": [{"views__gt": 60}, {"title": "Drafts"}]}}') ORDER BY id;
SELECT aksara.update('{"model": "Post", "filter": {"$or": [{"views": 0}, {"comments__none": {}}]}}', '{"price": 3}');
SELECT id FROM posts WHERE price = 3 ORDER BY id;

-- Errors.
SELECT aksara.count('Post', '{"$or": []}');
SELECT aksara.count('Post', '{"$or": {"views": 1}}');
SELECT aksara.count('Post', '{"$or": [{"views": 1}, {}]}');
SELECT aksara.count('Post', '{"$or": [{"views": 1}, 5]}');
SELECT aksara.count('Post', '{"$not": {}}');
SELECT aksara.count('Post', '{"$nor": [{"views": 1}]}');
SELECT aksara.count('Post', '{"$or": [{"vews": 1}]}');
SELECT aksara.count('Post', '{"comments__every": {}}');
SELECT aksara.count('Post', '{"comments__every": {"tezt": 1}}');
SELECT aksara.count('Post', '{"author__some": {"name": "Jane"}}');
SELECT aksara.count('Post', '{"comments__some": 1}');
SELECT aksara.any_of();
SELECT aksara.any_of(NULL);
SELECT aksara.any_of(aksara.order_by('views'));
SELECT aksara.any_of(aksara.filter('{}'));
SELECT aksara.count('Post', ('{"$and": [' || string_agg('{"comments__stars": 1, "$or": [{"comments__stars": 2}, {"tags": 3}]}', ',') || ']}')::aksara.doc) FROM generate_series(1, 12);
\set VERBOSITY terse
SELECT aksara.count('Post', (repeat('{"$not": ', 20000) || '{"views": 1}' || repeat('}', 20000))::aksara.doc);
