-- Relations are fields: a foreign key, a one-to-one, a many-to-many. (What happens on delete: on_delete.sql.)
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA rel;
SET search_path = rel;

-- The blog.
SELECT aksara.create_model('User', '{"email": {"type": "Email", "unique": true}, "name": {"type": "String", "max_length": 100}}');
SELECT aksara.create_model('Category', '{
  "name":   {"type": "String", "max_length": 50},
  "parent": {"type": "ForeignKey", "to": "self", "nullable": true, "related_name": "children", "ai_description": "the wider category"}
}');
SELECT aksara.create_model('Tag', '{"name": {"type": "String", "max_length": 30, "unique": true}}');
SELECT aksara.create_model('Post', '{
  "title":    {"type": "String", "max_length": 200},
  "author":   {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE", "related_name": "posts"},
  "category": {"type": "ForeignKey", "to": "Category", "on_delete": "SET_NULL", "nullable": true, "related_name": "posts"},
  "tags":     {"type": "ManyToMany", "to": "Tag", "related_name": "posts"}
}');
SELECT aksara.create_model('UserProfile', '{
  "user": {"type": "OneToOne", "to": "User", "on_delete": "CASCADE", "related_name": "profile"},
  "bio":  {"type": "Text", "nullable": true}
}');

-- A foreign key is a native constraint with an index, a one-to-one is unique besides.
\d posts
\d user_profiles
\d categories

-- The registry, and what describe() says from both ends.
SELECT model, field, kind, target_app, target_model, related_name, on_delete, constraint_name
FROM aksara.relation WHERE app = 'rel' ORDER BY 1, 2;
SELECT jsonb_pretty(f::jsonb) FROM json_array_elements(aksara.describe('Post') -> 'fields') f WHERE f ->> 'name' IN ('category', 'tags');
SELECT r FROM json_array_elements(aksara.describe('User') -> 'related') r;
SELECT r FROM json_array_elements(aksara.describe('Category') -> 'related') r;

-- The column has the type of the target's key, whatever that is; its name can be chosen.
SELECT aksara.create_model('Country', '{"iso": {"type": "String", "max_length": 2, "primary_key": true}}');
SELECT aksara.create_model('Counter', '{"n": "Integer"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Address', '{
  "country": {"type": "ForeignKey", "to": "Country", "column": "country_code", "on_delete": "PROTECT"},
  "counter": {"type": "ForeignKey", "to": "rel.Counter", "db_index": false, "default": 7, "on_delete": "SET_DEFAULT", "related_name": "+"}
}');
\d addresses
SELECT r ->> 'name' AS accessor FROM json_array_elements(aksara.describe('Country') -> 'related') r;
SELECT json_array_length(aksara.describe('Counter') -> 'related') AS hidden;

-- A key that is itself a foreign key.
SELECT aksara.create_model('Staff', '{"user": {"type": "OneToOne", "to": "User", "primary_key": true}, "room": "Integer"}');
SELECT aksara.create_model('Shift', '{"who": {"type": "ForeignKey", "to": "Staff"}}');
\d shifts

-- A target in another schema, and one that another schema has under the same name: the model's own comes first.
CREATE SCHEMA rel_other;
SELECT aksara.create_model('rel_other.Tag', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('rel_other.Note', '{"tag": {"type": "ForeignKey", "to": "Tag"}, "post": {"type": "ForeignKey", "to": "Post"}}');
SELECT model, field, target_app, target_model FROM aksara.relation WHERE app = 'rel_other' ORDER BY field;

-- on_delete is written in any case, with a blank or an underscore.
SELECT aksara.create_model('Spelling', '{
  "a": {"type": "ForeignKey", "to": "Tag", "related_name": "+", "on_delete": "cascade"},
  "b": {"type": "ForeignKey", "to": "Tag", "related_name": "+", "on_delete": "set null", "nullable": true},
  "c": {"type": "ForeignKey", "to": "Tag", "related_name": "+", "on_delete": "Do_Nothing"},
  "d": {"type": "ForeignKey", "to": "Tag", "related_name": "+", "on_delete": "SET (NULL)", "nullable": true}
}');
SELECT field, on_delete, set_expression FROM aksara.relation WHERE model = 'Spelling' ORDER BY field;

-- Errors: nothing is made.
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": 7}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "nowhere.User"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "on_delete": "CASCAD"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "on_delete": "SET"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "on_delete": "SET_NULL"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "on_delete": "SET_DEFAULT"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "default": "x"}}');
\echo :SQLSTATE
\set VERBOSITY terse
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "through": "Tag"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ManyToMany", "to": "User", "on_delete": "CASCADE"}}');
\echo :SQLSTATE
\set VERBOSITY default
SELECT aksara.create_model('Bad', '{"a": {"type": "ManyToMany", "to": "User", "unique": true}}');
\echo :SQLSTATE

-- SET(…) takes one expression: no column, no aggregate, no second column, no second statement.
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Counter", "on_delete": "SET(1), (2)"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Counter", "on_delete": "SET(1) FROM rel.tags WHERE (true)"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Counter", "on_delete": "SET(1); DROP TABLE tags; SELECT (1)"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Counter", "on_delete": "SET(1) UNION SELECT (2)"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Counter", "on_delete": "SET(1 -- )"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Counter", "on_delete": "SET(a_id + 1)"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Counter", "on_delete": "SET($1)"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Counter", "on_delete": "SET(max(1))"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Counter", "on_delete": "SET(generate_series(1, 2))"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Counter", "on_delete": "SET(now())"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "on_delete": "SET(1, 2)"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "on_delete": "SET()"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "on_delete": "SET(''x'')"}}');
\echo :SQLSTATE

-- A reverse accessor that would clash: with a field, its column, another accessor, pk, an own field; a default one too.
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "related_name": "email"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Post", "related_name": "author_id"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "related_name": "posts"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "related_name": "pk"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User", "related_name": "a__b"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "self", "related_name": "b"}, "b": "Text"}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "User"}, "b": {"type": "ForeignKey", "to": "User"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"author": {"type": "ForeignKey", "to": "User"}, "author_id": "Integer"}');
\echo :SQLSTATE
SELECT aksara.add_field('User', 'posts', '"Text"');
\echo :SQLSTATE
SELECT aksara.rename_field('User', 'name', 'profile');
\echo :SQLSTATE
SELECT count(*) AS nothing_was_made FROM pg_class WHERE relname = 'bads';

-- Fields come and go.
SELECT aksara.add_field('Post', 'editor', '{"type": "ForeignKey", "to": "User", "nullable": true, "on_delete": "PROTECT", "related_name": "edited"}');
SELECT aksara.add_field('Post', 'readers', '{"type": "ManyToMany", "to": "User", "related_name": "read"}');
\d posts
\d users
SELECT aksara.rename_field('Post', 'editor', 'reviewer');
SELECT aksara.rename_field('Post', 'readers', 'viewers');
SELECT field, constraint_name, junction_table, source_columns, target_columns
FROM aksara.relation WHERE app = 'rel' AND model = 'Post' ORDER BY 1;
SELECT aksara.remove_field('Post', 'reviewer');
SELECT aksara.remove_field('Post', 'viewers');
\d posts
-- The trigger went with the last relation that needed it.
SELECT tgname FROM pg_trigger WHERE tgrelid = 'users'::regclass AND NOT tgisinternal;
\d post_viewers

-- A model that others refer to is dropped with cascade only, which removes their fields.
SELECT aksara.drop_model('User');
\echo :SQLSTATE
SELECT aksara.drop_model('User', cascade => true);
\echo :SQLSTATE
SELECT aksara.drop_model('Shift');
SELECT aksara.drop_model('Staff');
SELECT aksara.drop_model('User', cascade => true);
SELECT model, field FROM aksara.relation WHERE app = 'rel' AND model IN ('Post', 'UserProfile', 'Staff', 'Shift') ORDER BY 1, 2;
\d user_profiles

-- A new name: whatever points at the model follows, and the junction is named after it.
SELECT aksara.rename_model('Tag', 'Label');
SELECT aksara.rename_model('Post', 'Article');
SELECT app, model, field, target_model, related_name, junction_table, source_columns, target_columns
FROM aksara.relation WHERE (app, field) IN (('rel', 'tags'), ('rel', 'category'), ('rel_other', 'post')) ORDER BY 1, 2, 3;
\d article_tags
SELECT aksara.drop_model('Article', cascade => true);
\d article_tags

DROP SCHEMA rel, rel_other CASCADE;
SELECT count(*) AS left_over FROM aksara.relation WHERE app LIKE 'rel%';
