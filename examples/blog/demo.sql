-- demo.sql -- a blog in SQL calls: models, rows, relations, nested JSON, what deleting does, and what is refused.
-- Run it with run.sh. Every statement is shown before its answer.
\set SHOW_CONTEXT never
\pset footer off
\pset null (null)
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS blog, shop CASCADE;
CREATE SCHEMA blog;
CREATE SCHEMA shop;
SET search_path = blog;
\ir ../pretty.sql
-- Two endings of a statement: an answer that is one document, and the code of an error that was meant to happen.
\set json '\\g (format=unaligned tuples_only=on) \\echo'
\set code '\\echo SQLSTATE :SQLSTATE \\echo'
\set ECHO all

-- ==== 1. Definitions ====
SELECT aksara.create_model('User', '{
	"email": {"type": "Email", "unique": true},
	"name":  {"type": "String", "max_length": 100}
}');
SELECT aksara.create_model('Category', '{
	"name":   {"type": "String", "max_length": 50},
	"slug":   {"type": "String", "max_length": 50, "unique": true},
	"parent": {"type": "ForeignKey", "to": "self", "on_delete": "CASCADE", "nullable": true, "related_name": "children"}
}');
SELECT aksara.create_model('Tag', '{
	"name": {"type": "String", "max_length": 30, "unique": true},
	"slug": {"type": "String", "max_length": 30, "unique": true}
}');
SELECT aksara.create_model('Post', '{
	"title":      {"type": "String", "max_length": 200},
	"content":    "Text",
	"published":  {"type": "Boolean", "default": false},
	"author":     {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE", "related_name": "posts"},
	"category":   {"type": "ForeignKey", "to": "Category", "on_delete": "SET_NULL", "nullable": true,
	               "related_name": "posts"},
	"tags":       {"type": "ManyToMany", "to": "Tag", "related_name": "posts"},
	"created_at": {"type": "DateTime", "auto_now_add": true}
}');
SELECT aksara.create_model('UserProfile', '{
	"user":    {"type": "OneToOne", "to": "User", "on_delete": "CASCADE", "related_name": "profile"},
	"bio":     {"type": "Text", "nullable": true},
	"website": {"type": "URL", "nullable": true}
}');

-- ==== 2. They are ordinary tables ====
\d blog.posts
\d blog.post_tags

-- ==== 3. Creating rows ====
-- what create returns is the row; it is kept here in a psql variable ...
SELECT aksara.create('User', '{"email": "Jane@Example.com", "name": "Jane"}') AS jane \gset
\echo :jane
-- ... and stands for that row wherever one is wanted
SELECT aksara.create('UserProfile', json_build_object('user', :'jane'::json, 'bio', 'Tech writer')) :json
SELECT aksara.create('Category', '{"name": "Technology", "slug": "tech"}') AS tech \gset
SELECT aksara.create('Category',
	json_build_object('name', 'Python', 'slug', 'python', 'parent', :'tech'::json)) AS python \gset
SELECT aksara.create('Tag', '{"name": "Tutorial", "slug": "tutorial"}') AS tutorial \gset
SELECT aksara.create('Tag', '{"name": "Beginner", "slug": "beginner"}') AS beginner \gset
-- related objects ...
SELECT aksara.create('Post', json_build_object(
	'title', 'Getting Started with Python', 'content', 'Learn Python basics...',
	'author', :'jane'::json, 'category', :'python'::json)) AS post \gset
SELECT pretty(:'post') :json
-- ... or ids
SELECT :'jane'::json->>'id' AS jane_id, :'post'::json->>'id' AS post_id, :'tech'::json->>'id' AS tech_id \gset
SELECT pretty(aksara.create('Post', json_build_object(
	'title', 'Why Databases', 'content', 'They remember.', 'published', true,
	'author_id', :'jane_id', 'category_id', :'tech_id'))) :json
-- many at once: one statement, the keys in order
SELECT key FROM aksara.bulk_create('User', '[
	{"email": "joe@example.com", "name": "Joe"}, {"email": "ann@example.com", "name": "Ann"}]') AS key;
SELECT created, object FROM aksara.get_or_create('Tag', '{"slug": "sql"}', '{"name": "SQL"}');
SELECT created, object FROM aksara.get_or_create('Tag', '{"slug": "sql"}', '{"name": "another name"}');
-- plain SQL is as good: constraints and defaults are in the table
INSERT INTO posts (title, content, author_id) SELECT 'Notes', 'Joined by hand.', id FROM users WHERE name = 'Joe';

-- ==== 4. Tags of a post ====
SELECT aksara.related_add('Post', :'post_id', 'tags', :'tutorial', :'beginner') AS added;
SELECT aksara.related_add('Post', :'post_id', 'tags', :'tutorial') AS added_again;
SELECT aksara.related_contains('Post', :'post_id', 'tags', :'tutorial');
SELECT * FROM aksara.related_set('Post', :'post_id', 'tags', :'tutorial', aksara.get('Tag', '{"slug": "sql"}')::text);
SELECT * FROM aksara.fetch(aksara.related('Post', :'post_id', 'tags', aksara.order_by('name')));
SELECT
	aksara.related_remove('Post', :'post_id', 'tags', aksara.get('Tag', '{"slug": "sql"}')::text) AS removed,
	aksara.related_add('Post', :'post_id', 'tags', :'beginner') AS added;

-- ==== 5. Reverse access ====
-- the posts of a user, all of them, some of them, how many
SELECT pretty(aksara.fetch_all(aksara.related('User', :'jane_id', 'posts', aksara.order_by('title')))) :json
SELECT aksara.count(aksara.related('User', :'jane_id', 'posts')) AS posts,
	aksara.count(aksara.related('User', :'jane_id', 'posts', aksara.filter('published', true))) AS published;
-- one-to-one: an object, never a list
SELECT pretty(aksara.get(aksara.related('User', :'jane_id', 'profile'))) :json
-- the posts of a tag, the children of a category
SELECT title FROM aksara.rows(NULL::posts, aksara.related('Tag', :'tutorial'::json->>'id', 'posts'));
SELECT name, slug FROM aksara.rows(NULL::categories, aksara.related('Category', :'tech_id', 'children'));

-- ==== 6. Filters over relations ====
SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author', :'jane'::json)));
SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author__email', 'jane@example.com')));
SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('tags__name', 'Tutorial')));
SELECT name FROM aksara.rows(NULL::users, aksara.objects('User',
	aksara.filter('posts__tags__slug__in', ARRAY['tutorial', 'beginner'])));
SELECT name FROM aksara.rows(NULL::users, aksara.objects('User', aksara.exclude('posts__published', true)));
-- the same query set as a document, and the SQL it becomes
SELECT pretty(aksara.fetch_all('{"model": "Post",
	"filter": {"author__name__istartswith": "j", "category__parent__slug": "tech"}, "order_by": ["-created_at"]}')) :json
SELECT aksara.to_sql('{"model": "Post",
	"filter": {"author__name__istartswith": "j", "category__parent__slug": "tech"}}') :json

-- ==== 7. Related rows that come along ====
-- to-one with select_related, to-many with prefetch_related: one call, no N+1
SELECT pretty(aksara.fetch_all(aksara.objects('Post', aksara.order_by('title'), aksara.slice(2),
	aksara.select_related('author', 'category'), aksara.prefetch_related('tags')))) :json
-- over several levels, from the other end
SELECT pretty(aksara.get(aksara.objects('User', aksara.filter('name', 'Jane'),
	aksara.select_related('profile'), aksara.prefetch_related('posts__tags')))) :json

-- ==== 8. Query sets inside SQL ====
-- rows() stands in FROM like a table
SELECT u.name, count(p.id) AS posts, max(length(p.content)) AS longest
FROM aksara.rows(NULL::users, aksara.objects('User', aksara.filter('email__endswith', '@example.com'))) AS u
	LEFT JOIN posts p ON p.author_id = u.id
GROUP BY u.name ORDER BY posts DESC, u.name;
-- the posts of a category with its child categories, however deep
WITH RECURSIVE tree AS (
	SELECT id, name FROM aksara.rows(NULL::categories, aksara.objects('Category', aksara.filter('slug', 'tech')))
	UNION
	SELECT c.id, c.name FROM tree, aksara.rows(NULL::categories, aksara.related('Category', tree.id, 'children')) AS c
)
SELECT tree.name AS category, p.title
FROM tree, aksara.rows(NULL::posts, aksara.related('Category', tree.id, 'posts')) AS p
ORDER BY p.title;

-- ==== 9. Changing rows ====
-- save writes the given fields and leaves the others
SELECT pretty(aksara.save('Post', json_build_object('id', :'post_id', 'published', true))) :json
SELECT aksara.update(aksara.objects('Post', aksara.filter('published', false)), '{"published": true}') AS updated;

-- ==== 10. What deleting does: the seven kinds of on_delete ====
-- SET_NULL: the category goes, its posts stay without one
SELECT aksara.delete(aksara.objects('Category', aksara.filter('slug', 'python')));
SELECT title, category_id FROM posts WHERE title LIKE '%Python';
-- CASCADE: with the user go profile and posts, with the posts their links to tags
SELECT pretty(aksara.delete_by_key('User', :'jane_id')) :json
SELECT aksara.count('{"model": "Post"}') AS posts, aksara.count('{"model": "Tag"}') AS tags;

-- the other five need some more models
SET search_path = shop, blog;
SELECT aksara.create_model('shop.Customer', '{"name": "String"}', meta => '{"primary_key": "bigint"}'),
	aksara.create_model('shop.Place', '{"name": {"type": "String", "max_length": 20, "primary_key": true}}'),
	aksara.create_model('shop.Artist', '{"name": "String"}', meta => '{"primary_key": "bigint"}');
INSERT INTO customers (name) VALUES ('nobody'), ('Jim'), ('Eve');
INSERT INTO places VALUES ('storeroom'), ('window');
INSERT INTO artists (name) VALUES ('Queen');
SELECT aksara.create_model('shop.Album', '{
		"title":  "String",
		"artist": {"type": "ForeignKey", "to": "Artist", "on_delete": "CASCADE", "related_name": "albums"},
		"place":  {"type": "ForeignKey", "to": "Place", "on_delete": "SET_DEFAULT", "default": "storeroom"}
	}', meta => '{"primary_key": "bigint"}'),
	aksara.create_model('shop.Song', '{
		"title":  "String",
		"artist": {"type": "ForeignKey", "to": "Artist", "on_delete": "CASCADE", "related_name": "songs"},
		"album":  {"type": "ForeignKey", "to": "Album", "on_delete": "RESTRICT", "related_name": "songs"}
	}', meta => '{"primary_key": "bigint"}'),
	aksara.create_model('shop.Order', '{
		"album":    {"type": "ForeignKey", "to": "Album", "on_delete": "DO_NOTHING"},
		"customer": {"type": "ForeignKey", "to": "Customer", "on_delete": "PROTECT", "related_name": "orders"}
	}', meta => '{"primary_key": "bigint"}'),
	aksara.create_model('shop.Review', '{
		"text":   "Text",
		"author": {"type": "ForeignKey", "to": "Customer", "related_name": "reviews",
		           "on_delete": "SET((SELECT id FROM shop.customers WHERE name = ''nobody''))"}
	}', meta => '{"primary_key": "bigint"}');
INSERT INTO albums (title, artist_id, place_id) VALUES ('Jazz', 1, 'window'), ('The Game', 1, 'window');
INSERT INTO songs (title, artist_id, album_id) VALUES ('Mustapha', 1, 1), ('Bicycle Race', 1, 1);
INSERT INTO orders (album_id, customer_id) VALUES (2, 2);
INSERT INTO reviews (text, author_id) VALUES ('Loud.', 3);

-- PROTECT: customers with orders stay, for plain SQL too
SELECT aksara.delete_by_key('Customer', 2);
:code
DELETE FROM customers WHERE name = 'Jim';
:code
-- RESTRICT: an album that has songs stays ...
SELECT aksara.delete(aksara.objects('Album', aksara.filter('title', 'Jazz')));
:code
-- SET_DEFAULT: the place goes, its albums return to the storeroom
SELECT aksara.delete_by_key('Place', 'window');
SELECT title, place_id FROM albums ORDER BY title;
-- SET(expression): the reviews of a deleted customer are nobody's
SELECT aksara.delete(aksara.objects('Customer', aksara.filter('name', 'Eve')));
SELECT text, c.name AS author FROM reviews JOIN customers c ON c.id = author_id;
-- DO_NOTHING: nothing is done for the order, so the foreign key itself refuses
SELECT aksara.delete(aksara.objects('Album', aksara.filter('title', 'The Game')));
:code
SELECT aksara.delete('{"model": "Order"}');
-- RESTRICT again: ... but what goes in the same call does not stand in its way
SELECT pretty(aksara.delete_by_key('Artist', 1)) :json

SET search_path = blog;
-- ==== 11. What is refused ====
-- an unknown field
SELECT aksara.create('User', '{"email": "bob@example.com", "nmae": "Bob"}');
:code
-- all that is wrong with a document, at once
SELECT aksara.create('Post', '{"title": 7, "published": "perhaps"}');
:code
-- too long
SELECT aksara.create('Tag', json_build_object('name', repeat('long', 10), 'slug', 'long'));
:code
-- no address
SELECT aksara.create('User', '{"email": "bob at example.com", "name": "Bob"}');
:code
-- a second one of what is unique, through a call and by hand
SELECT aksara.create('User', '{"email": "JOE@example.com", "name": "Joe"}');
:code
INSERT INTO users (email, name) VALUES (' Joe@Example.COM ', 'Joe');
:code
-- an author who is not there
SELECT aksara.create('Post', json_build_object('title', 'A', 'content', 'B', 'author', :'jane'::json));
:code
-- a relation to many inside a row
SELECT aksara.create('Post', '{"title": "A", "content": "B", "tags": []}');
:code
-- get wants exactly one row
SELECT aksara.get('User', '{"name": "Bob"}');
:code
SELECT aksara.get('User', '{"email__endswith": "example.com"}');
:code
-- unknown model, field, lookup, option, part of a query set
SELECT aksara.count('{"model": "Poste"}');
:code
SELECT aksara.count(aksara.objects('Post', aksara.filter('autor__name', 'Joe')));
:code
SELECT aksara.count(aksara.objects('Post', aksara.filter('title__startwith', 'A')));
:code
SELECT aksara.create_model('Comment', '{"text": {"type": "Text", "nulable": true}}');
:code
SELECT aksara.count('{"model": "Post", "filtr": {}}');
:code
-- NULL is not a value to compare with
SELECT aksara.count(aksara.objects('Post', aksara.filter('category', NULL)));
:code
SELECT aksara.count(aksara.objects('Post', aksara.filter('category__isnull', true)));
