-- Relations row by row, by documents and by plain SQL: columns, keys, what on_delete does, one-to-one, many-to-many.
\set SHOW_CONTEXT never
\pset null '(null)'
SET client_min_messages = warning;
CREATE SCHEMA ref_rel;
SET search_path = ref_rel;
SELECT aksara.create_model('User', '{"email": {"type": "Email", "unique": true}, "name": "Text"}', meta => '{"primary_key": "bigint"}');

-- A foreign key: {field}_id of the target key's type, native, indexed; CASCADE and {model}_set unless said otherwise.
SELECT aksara.create_model('Post', '{
  "title":  "Text",
  "author": {"type": "ForeignKey", "to": "User"},
  "editor": {"type": "ForeignKeyField", "to": "ref_rel.User", "null": true, "on_delete": "set null", "related_name": "edited", "column_name": "edited_by"},
  "parent": {"type": "ForeignKey", "to": "self", "null": true, "related_name": "children"},
  "topic":  {"type": "ForeignKey", "to": "Topic", "null": true}
}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Topic', '{"name": "Text", "first": {"type": "ForeignKey", "to": "Post", "null": true, "related_name": "first_of"}}');
\d posts
SELECT r ->> 'name' AS way_back, r ->> 'field' AS field, r ->> 'many' AS many FROM json_array_elements(aksara.describe('User') -> 'related') r;
-- By key, by object, by the column's name, by plain SQL; read by key and by object.
SELECT aksara.create('User', '{"email": "ann@x.org", "name": "Ann"}') AS ann \gset
SELECT aksara.create('User', '{"email": "bob@x.org", "name": "Bob"}') AS bob \gset
SELECT aksara.create('Post', json_build_object('title', 'a', 'author', :'ann'::json)) ->> 'author_id' AS author;
SELECT aksara.create('Post', '{"title": "b", "author": 1, "editor": 2, "parent": 1}');
SELECT aksara.create('Post', '{"title": "c", "author_id": 2, "editor_id": 1, "parent_id": 1}') ->> 'editor_id' AS editor;
INSERT INTO posts (title, author_id, edited_by, parent_id) VALUES ('d', 1, 2, 2);
SELECT aksara.create('Post', '{"title": "e", "author": 9}');
\echo :SQLSTATE
INSERT INTO posts (title, author_id) VALUES ('e', 9);
\echo :SQLSTATE
SELECT aksara.create('Post', '{"title": "e", "author": null}');
\echo :SQLSTATE
SELECT aksara.create('Post', '{"title": "e", "author": 1, "author_id": 2}');
\echo :SQLSTATE
SELECT string_agg(p ->> 'title', ' ') AS by_key FROM aksara.fetch('{"model": "Post", "filter": {"author": 1}, "order_by": ["id"]}') p;
SELECT string_agg(p ->> 'title', ' ') AS by_object FROM aksara.fetch(aksara.objects('Post', aksara.filter('author', :'bob'::json))) p;
SELECT string_agg(p ->> 'title', ' ') AS by_path FROM aksara.fetch('{"model": "Post", "filter": {"author__email": "ann@x.org", "parent__title": "a"}, "order_by": ["id"]}') p;
SELECT string_agg(p ->> 'title', ' ') AS children FROM aksara.fetch(aksara.related('Post', 1, 'children', aksara.order_by('id'))) p;
SELECT aksara.count(aksara.related('User', 1, 'post_set')) AS posts, aksara.count(aksara.related('User', 1, 'post_set', aksara.filter('title', 'a'))) AS named,
	(SELECT count(*) FROM posts WHERE author_id = 1) AS by_sql;
SELECT aksara.fetch('{"model": "Post", "filter": {"id": 2}, "select_related": ["author", "editor", "parent"]}');
SELECT aksara.fetch('{"model": "User", "filter": {"id": 2}, "prefetch_related": ["post_set", "edited"]}');

-- Reverse create, add, remove, set, clear.
SELECT aksara.related_create('User', 2, 'edited', '{"title": "f", "author": 1}') ->> 'editor_id' AS editor;
SELECT aksara.related_add('User', 2, 'edited', 1, 2), aksara.related_remove('User', 2, 'edited', 1);
SELECT aksara.related_contains('User', 2, 'edited', 1), aksara.related_contains('User', 2, 'edited', 2);
SELECT * FROM aksara.related_set('User', 2, 'edited', 1, 2);
SELECT string_agg(title, ' ' ORDER BY id) AS edited_by_bob FROM posts WHERE edited_by = 2;
SELECT aksara.related_clear('User', 2, 'edited');
SELECT count(*) AS left_over FROM posts WHERE edited_by = 2;
SELECT aksara.related_remove('User', 1, 'post_set', 1);
\echo :SQLSTATE

-- What cannot be is refused before anything is made.
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "on_delete": "SET_NULL"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "on_delete": "SET_DEFAULT"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "on_delete": "CASCAED"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "nowhere.User"}}');
SELECT to_regclass('bads');

-- on_delete, by a call and by plain SQL: the same rows of "Case" for each kind.
SELECT aksara.create_model('Target', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Case', '{
  "cascade":  {"type": "ForeignKey", "to": "Target", "null": true, "related_name": "+", "on_delete": "CASCADE"},
  "set_null": {"type": "ForeignKey", "to": "Target", "null": true, "related_name": "+", "on_delete": "SET_NULL"},
  "default":  {"type": "ForeignKey", "to": "Target", "null": true, "related_name": "+", "on_delete": "SET_DEFAULT", "default": 1},
  "set":      {"type": "ForeignKey", "to": "Target", "null": true, "related_name": "+", "on_delete": "SET(1 + 0)"},
  "restrict": {"type": "ForeignKey", "to": "Target", "null": true, "related_name": "+", "on_delete": "RESTRICT"},
  "protect":  {"type": "ForeignKey", "to": "Target", "null": true, "related_name": "+", "on_delete": "PROTECT"},
  "nothing":  {"type": "ForeignKey", "to": "Target", "null": true, "related_name": "+", "on_delete": "DO_NOTHING"}
}', meta => '{"primary_key": "bigint"}');
CREATE FUNCTION try_delete(field text, by_call boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	result text;
BEGIN
	TRUNCATE targets, cases;
	INSERT INTO targets VALUES (1, 'stays'), (2, 'goes');
	EXECUTE CASE field WHEN 'default' THEN 'INSERT INTO cases (default_id) VALUES (2)'
		ELSE format('INSERT INTO cases (default_id, %I) VALUES (NULL, 2)', field || '_id') END;
	IF by_call THEN
		PERFORM aksara.delete_by_key('Target', 2);
	ELSE
		DELETE FROM targets WHERE id = 2;
	END IF;
	EXECUTE format('SELECT coalesce(string_agg(coalesce(%I::text, ''null''), '',''), ''row gone'') FROM cases', field || '_id') INTO result;
	RETURN result;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END $$;
SELECT f AS on_delete, try_delete(f, true) AS by_call, try_delete(f, false) AS by_sql FROM unnest('{cascade,set_null,default,set,restrict,protect,nothing}'::text[]) f;
-- Refused means nothing happened, though other relations would have cascaded.
INSERT INTO targets VALUES (7, 'seven');
INSERT INTO cases (cascade_id) VALUES (7);
INSERT INTO cases (protect_id) VALUES (7);
SELECT aksara.delete('{"model": "Target", "filter": {"id": 7}}');
\echo :SQLSTATE
SELECT count(*) FROM cases WHERE cascade_id = 7 OR protect_id = 7;

-- One-to-one: unique; the way back is one object or null.
SELECT aksara.create_model('Profile', '{"user": {"type": "OneToOne", "to": "User"}, "bio": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Badge', '{"user": {"type": "OneToOne", "to": "User", "null": true, "related_name": "badge"}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create('Profile', '{"user": 1, "bio": "x"}');
SELECT aksara.create('Profile', '{"user": 1, "bio": "y"}');
\echo :SQLSTATE
INSERT INTO profiles (user_id, bio) VALUES (1, 'z');
\echo :SQLSTATE
SELECT count(*) FROM aksara.bulk_create('Badge', '[{}, {}]');
INSERT INTO badges DEFAULT VALUES;
SELECT aksara.fetch('{"model": "User", "order_by": ["id"], "select_related": ["profile"]}');
SELECT aksara.get(aksara.related('User', 1, 'profile')) ->> 'bio' AS bio;
SELECT aksara.get(aksara.related('User', 2, 'profile'));
\echo :SQLSTATE
SELECT aksara.get_or_none(aksara.related('User', 2, 'profile'));

-- Many-to-many: the junction is an ordinary table, both keys cascade, a pair stands once.
SELECT aksara.create_model('Tag', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.add_field('Post', 'tags', '{"type": "ManyToMany", "to": "Tag", "related_name": "posts"}');
\d post_tags
SELECT count(*) FROM aksara.bulk_create('Tag', '[{"name": "sql"}, {"name": "c"}, {"name": "perl"}]');
SELECT aksara.related_add('Post', 1, 'tags', 1, 2), aksara.related_add('Post', 1, 'tags', 2, 3), aksara.related_remove('Post', 1, 'tags', 3, 99);
INSERT INTO post_tags (post_id, tag_id) VALUES (2, 1);
INSERT INTO post_tags (post_id, tag_id) VALUES (2, 1);
\echo :SQLSTATE
INSERT INTO post_tags (post_id, tag_id) VALUES (2, 99);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 2, 'tags', 99);
\echo :SQLSTATE
CREATE TEMP TABLE kept AS SELECT id FROM post_tags WHERE post_id = 1 AND tag_id = 2;
SELECT * FROM aksara.related_set('Post', 1, 'tags', 2, 3);
SELECT count(*) AS untouched FROM post_tags JOIN kept USING (id);
SELECT aksara.related_contains('Post', 1, 'tags', 2), aksara.related_contains('Post', 1, 'tags', 1), aksara.related_contains('Tag', 1, 'posts', 2);
SELECT aksara.count(aksara.related('Post', 1, 'tags')), aksara.count(aksara.related('Tag', 1, 'posts', aksara.filter('title', 'b')));
SELECT * FROM aksara.related_set('Tag', 1, 'posts', 1, 2, 3);
-- A filter over it names no post twice.
SELECT string_agg(p ->> 'title', ' ') AS tagged FROM aksara.fetch('{"model": "Post", "filter": {"tags__name__in": ["sql", "c", "perl"]}, "order_by": ["id"]}') p;
SELECT p ->> 'title' AS title, json_array_length(p -> 'tags') AS tags FROM aksara.fetch('{"model": "Post", "order_by": ["id"], "prefetch_related": ["tags"]}') p;
SELECT aksara.related_clear('Post', 1, 'tags'), aksara.related_clear('Post', 1, 'tags');
DELETE FROM tags WHERE name = 'sql';
SELECT count(*) AS links FROM post_tags;

-- To itself, and through a model with columns of its own.
SELECT aksara.add_field('User', 'follows', '{"type": "ManyToMany", "to": "self", "related_name": "followers"}');
SELECT aksara.related_add('User', 1, 'follows', 2);
SELECT aksara.related_contains('User', 2, 'followers', 1), aksara.related_contains('User', 2, 'follows', 1);
SELECT aksara.create_model('Membership', '{
  "user":  {"type": "ForeignKey", "to": "User"},
  "group": {"type": "ForeignKey", "to": "Group"},
  "role":  {"type": "String", "default": "member"},
  "added_at": {"type": "DateTime", "auto_now_add": true}
}', meta => '{"primary_key": "bigint", "unique_together": [["user", "group"]]}');
SELECT aksara.create_model('Group', '{"name": "Text", "members": {"type": "ManyToMany", "to": "User", "through": "Membership", "related_name": "groups"}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create('Group', '{"name": "staff"}') ->> 'id' AS id;
SELECT aksara.related_add('Group', 1, 'members', 1), aksara.related_add('User', 1, 'groups', 1);
SELECT * FROM aksara.related_link('Group', 1, 'members', '[2]', '{"role": "boss"}');
INSERT INTO memberships (user_id, group_id) VALUES (2, 1);
\echo :SQLSTATE
SELECT user_id, group_id, role, added_at IS NOT NULL AS dated FROM memberships ORDER BY user_id;
SELECT string_agg(u ->> 'name', ' ') AS bosses FROM aksara.fetch('{"model": "User", "filter": {"membership_set__role": "boss"}}') u;
SELECT * FROM aksara.check_registry() WHERE model LIKE 'ref_rel.%';
DROP SCHEMA ref_rel CASCADE;
