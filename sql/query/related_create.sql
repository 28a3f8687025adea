-- related_create and related_link: rows made behind a row, and links that carry values.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA behind;
SET search_path = behind;
SELECT aksara.create_model('User', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Profile', '{"user": {"type": "OneToOne", "to": "User"}, "bio": "Text"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Tag', '{"name": {"type": "String", "unique": true}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{
  "title":   {"type": "String", "max_length": 10},
  "author":  {"type": "ForeignKey", "to": "User", "related_name": "posts"},
  "tags":    {"type": "ManyToMany", "to": "Tag", "related_name": "posts"},
  "editors": {"type": "ManyToMany", "to": "User", "through": "Editing", "related_name": "edits"}
}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Editing', '{
  "post": {"type": "ForeignKey", "to": "Post", "related_name": "+"},
  "user": {"type": "ForeignKey", "to": "User", "related_name": "+"},
  "role": {"type": "String", "max_length": 6},
  "info": {"type": "JSON", "nullable": true}
}', '{"primary_key": "bigint"}');
INSERT INTO users (name) VALUES ('Jane');

-- Behind a foreign key the new row points at the row; a key is typed, text, or an object that holds it.
SELECT aksara.related_create('User', 1, 'posts', '{"title": "One"}');
SELECT aksara.related_create('User', '1', 'posts', '{"title": "Two"}');
SELECT aksara.related_create('User', aksara.get_by_key('User', 1), 'posts', '{"title": "Three"}');
-- Behind a one-to-one relation there is one.
SELECT aksara.related_create('User', 1, 'profile', '{"bio": "…"}');
-- Behind a many-to-many relation the new row is linked, from either side.
SELECT aksara.related_create('Post', 1, 'tags', '{"name": "sql"}');
SELECT aksara.related_create('Tag', 1, 'posts', '{"title": "Four", "author": 1}');
SELECT p.title, t.name FROM post_tags JOIN posts p ON p.id = post_id JOIN tags t ON t.id = tag_id ORDER BY p.id;
-- through_defaults are what the row of the through model holds besides.
SELECT aksara.related_create('Post', 1, 'editors', '{"name": "Ed"}', '{"role": "chief", "info": {"since": 2020}}');
SELECT aksara.related_create('User', 2, 'edits', '{"title": "Five", "author": 1}', through_defaults => '{"role": "proof"}');
SELECT post_id, user_id, role, info FROM editings ORDER BY id;

-- What cannot be is told, and nothing is left behind.
SELECT aksara.related_create('User', 99, 'posts', '{"title": "x"}');
SELECT aksara.related_create('Post', 99, 'tags', '{"name": "x"}');
SELECT aksara.related_create('User', 1, 'profile', '{"bio": "again"}');
SELECT aksara.related_create('User', 1, 'posts', '{"title": "x", "author": 1}');
SELECT aksara.related_create('User', 1, 'posts', '{"title": "x", "author_id": 2}');
SELECT aksara.related_create('User', 1, 'posts', '{"titel": "x"}');
SELECT aksara.related_create('Post', 1, 'tags', '{"name": "sql"}');
SELECT aksara.related_create('Post', 1, 'author', '{"name": "x"}');
SELECT aksara.related_create('Post', 1, 'title', '{"name": "x"}');
SELECT aksara.related_create('Post', 1, 'tag', '{"name": "x"}');
SELECT aksara.related_create('Post', 1, 'tags', '{"name": "x"}', '{"role": "x"}');
SELECT aksara.related_create('User', 1, 'posts', '{"title": "x"}', '{"role": "x"}');
SELECT aksara.related_create('Post', 1, 'editors', '{"name": "x"}');
SELECT aksara.related_create('Post', 1, 'editors', '{"name": "x"}', '{"role": "too long", "rank": 1, "user": 1}');
SELECT aksara.related_create('Post', NULL::int, 'tags', '{}');
SELECT aksara.related_create('Post', 1, NULL, '{}');
SELECT aksara.related_create('Post', 1, 'tags', NULL);
SELECT aksara.related_create('Post', 1, 'tags', '{"name": "x"}', NULL);
SELECT aksara.related_create('Post', 1, 'tags', '[]');
SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM tags) AS tags, (SELECT count(*) FROM posts) AS posts;

-- related_link takes a list of keys or objects; those that are linked keep their values.
INSERT INTO users (name) VALUES ('Kim'), ('Lee');
SELECT id, name FROM users ORDER BY id;
SELECT max(id) AS lee FROM users \gset
SELECT * FROM aksara.related_link('Post', 1, 'editors', json_build_array(1, 2, json_build_object('id', :lee), 1), '{"role": "helper"}');
SELECT user_id, role FROM editings WHERE post_id = 1 ORDER BY user_id;
-- replace: these and no others.
SELECT * FROM aksara.related_link('Post', '1', 'editors', '[1, 2]', '{"role": "last"}', replace => true);
SELECT user_id, role FROM editings WHERE post_id = 1 ORDER BY user_id;
-- Without a through model it is related_add and related_set over a list.
SELECT * FROM aksara.related_link('Post', 2, 'tags', '[1]');
SELECT * FROM aksara.related_link('Post', 2, 'tags', '[]', replace => true);
SELECT * FROM aksara.related_link('User', 2, 'posts', '[1, 2]');
SELECT * FROM aksara.related_link('Post', 2, 'tags', '[1]', '{"role": "x"}');
SELECT * FROM aksara.related_link('Post', 2, 'tags', '[1, null]');
SELECT * FROM aksara.related_link('Post', 2, 'tags', '[99]');
SELECT * FROM aksara.related_link('Post', 2, 'tags', '[{"name": "sql"}]');
SELECT * FROM aksara.related_link('Post', 2, 'tags', '["x"]');
SELECT * FROM aksara.related_link('Post', 2, 'tags', '1');
SELECT * FROM aksara.related_link('Post', 2, 'author', '[1]');
SELECT * FROM aksara.related_link('User', 1, 'profile', '[1]');
SELECT * FROM aksara.related_link('Post', 2, 'editors', '[1]');
SELECT * FROM aksara.related_link('Post', 2, 'tags', NULL);
SELECT * FROM aksara.related_link('Post', 2, 'tags', '[1]', NULL);
SELECT * FROM aksara.related_link('Post', 2, 'tags', '[1]', replace => NULL);
DROP SCHEMA behind CASCADE;
