-- Models row by row, by documents and by plain SQL: names and keys, meta, what describe() and ai_schema() say, the registry, the life of a row.
\set SHOW_CONTEXT never
\pset null '(null)'
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE SCHEMA ref_models;
CREATE SCHEMA ref_others;
SET search_path = ref_models;
CREATE FUNCTION columns(target regclass) RETURNS TABLE (name name, type text, nullable boolean, fallback text) LANGUAGE sql AS $$
	SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	WHERE attrelid = target AND attnum > 0 AND NOT attisdropped ORDER BY attnum $$;

-- ---- Definition and names ----

-- A key that nobody says is a uuid; one that is said stands instead. Order of columns: the key, inherited fields with the base's timestamps, own fields.
SELECT aksara.create_model('Stamped', '{"made_by": "Text"}', '{"abstract": true, "timestamps": true}');
SELECT aksara.create_model('Article', '{"zulu": {"type": "Text", "null": true}, "alpha": {"type": "Text", "null": true}, "made_by": {"type": "String", "max_length": 9, "default": "me"}}', '{"extends": ["Stamped"]}');
SELECT * FROM columns('articles');
INSERT INTO articles (alpha) VALUES ('raw') RETURNING id IS NOT NULL AS id, created_at = now() AS created, updated_at = now() AS updated, made_by;
SELECT a -> 'alpha' AS alpha, a -> 'id' IS NOT NULL AS id FROM aksara.create('Article', '{"alpha": "document"}') a;
UPDATE articles SET created_at = '2000-01-01', updated_at = '2000-01-01';
SELECT alpha, created_at, updated_at = now() AS updated FROM articles ORDER BY alpha;
SELECT aksara.update('{"model": "Article", "filter": {"alpha": "raw"}}', '{"zulu": "z"}');
SELECT alpha, created_at, updated_at > '2001-01-01' AS updated FROM articles ORDER BY alpha;
SELECT aksara.create_model('Code', '{"name": "Text", "code": {"type": "String", "max_length": 8, "primary_key": true}}');
SELECT * FROM columns('codes');

-- Table names.
SELECT w AS model, aksara.create_model(w, '{"a": "Integer"}') AS "table" FROM unnest('{Category,UserProfile,Box,Day,Bus,Buzz,Church,Brush,HTTPLog,Key2}'::text[]) w;
SELECT aksara.create_model('One', '{"a": "Integer"}', '{"table_name": "the ones"}'), aksara.create_model('Two', '{"a": "Integer"}', '{"db_table": "the_twos"}');
INSERT INTO "the ones" (a) VALUES (1);
SELECT aksara.count('{"model": "One"}'), aksara.count('{"model": "Two"}');
-- The column of a foreign key has a name of its own; both names are taken.
SELECT aksara.create_model('Post', '{"title": "Text", "box": {"type": "ForeignKey", "to": "Box", "null": true}, "day": {"type": "ForeignKey", "to": "Day", "null": true, "db_column": "on_day"}}', '{"primary_key": "bigint"}');
SELECT * FROM columns('posts');
INSERT INTO boxes (id, a) VALUES ('00000000-0000-0000-0000-000000000001', 1);
SELECT aksara.create('Post', '{"title": "a", "box": "00000000-0000-0000-0000-000000000001"}');
SELECT aksara.create('Post', '{"title": "b", "box_id": "00000000-0000-0000-0000-000000000001", "day": null}');
INSERT INTO posts (title, box_id) VALUES ('c', '00000000-0000-0000-0000-000000000001') RETURNING id;
-- A key that there is not is told.
SELECT aksara.create('Post', '{"titel": "a"}');
\echo :SQLSTATE
INSERT INTO posts (titel) VALUES ('a');
\echo :SQLSTATE
-- An abstract model has no table and takes no rows.
SELECT to_regclass('stampeds');
SELECT aksara.create('Stamped', '{}');
\echo :SQLSTATE

-- ---- Meta ----

SELECT aksara.create_model('Room', '{
  "name":  {"type": "String", "max_length": 20},
  "floor": "Integer",
  "box":   {"type": "ForeignKey", "to": "Box", "null": true}
}', '{
  "ordering": ["-floor", "name"], "unique_together": [["name", "floor"], ["floor", "box"]],
  "indexes": [["floor", "-name"], {"fields": ["name"], "condition": "floor > 0", "name": "upstairs", "unique": true, "method": "btree"}],
  "constraints": [{"check": "floor < 100", "name": "not_that_high"}],
  "verbose_name": "room", "verbose_name_plural": "rooms of the house", "comment": "where one is",
  "ai_name": "place", "ai_description": "a place", "ai_agent_exposed": true, "ai_permissions": ["read", "write"], "ai_examples": ["which are free?"]
}');
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'ref_models' AND tablename = 'rooms' ORDER BY 1;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'rooms'::regclass AND contype <> 'n' ORDER BY 1;
SELECT obj_description('rooms'::regclass, 'pg_class');
SELECT aksara.describe('Room') -> 'meta' AS meta;
INSERT INTO rooms (name, floor) VALUES ('b', 1), ('a', 1), ('c', 2);
SELECT r -> 'name' AS name FROM aksara.fetch('{"model": "Room"}') r;
SELECT r -> 'name' AS name FROM aksara.fetch('{"model": "Room", "order_by": ["name"]}') r;
SELECT aksara.create('Room', '{"name": "a", "floor": 1}');
\echo :SQLSTATE
INSERT INTO rooms (name, floor) VALUES ('a', 1);
\echo :SQLSTATE
SELECT aksara.create('Room', '{"name": "c", "floor": 3}');
\echo :SQLSTATE
\set VERBOSITY terse
INSERT INTO rooms (name, floor) VALUES ('z', 100);
\set VERBOSITY default
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": "Integer"}', '{"odering": ["a"]}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": "Integer"}', '{"ordering": ["b"]}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": "Integer"}', '{"unique_together": [["a", "b"]]}');
\echo :SQLSTATE

-- ---- Introspection ----

SELECT d ->> 'name' AS name, d ->> 'app' AS app, d ->> 'table' AS "table", d -> 'primary_key' AS key, d -> 'constraints' AS constraints, d -> 'indexes' AS indexes FROM aksara.describe('Room') d;
SELECT f ->> 'name' AS name, f ->> 'type' AS type, f ->> 'column' AS "column", f -> 'nullable' AS nullable, f -> 'unique' AS "unique", f -> 'primary_key' AS key, f ->> 'default' AS fallback,
	f -> 'choices' AS choices, f -> 'max_length' AS length, f ->> 'to' AS target, f ->> 'on_delete' AS on_delete, f ->> 'related_name' AS related_name
FROM json_array_elements(aksara.describe('Room') -> 'fields') f;
SELECT aksara.describe('Box') -> 'related' AS related;
-- The same in tables.
SELECT name, table_name FROM aksara.model WHERE app = 'ref_models' AND table_name LIKE 'the%' ORDER BY 1;
SELECT name, kind, column_name FROM aksara.field WHERE app = 'ref_models' AND model = 'Room' ORDER BY position;
SELECT field, kind, target_model, on_delete FROM aksara.relation WHERE app = 'ref_models' AND model = 'Room';
SELECT aksara.describe('Roam');
\echo :SQLSTATE

-- ---- Registry ----

-- A name that two apps have means the one that search_path finds, else it is no name; a qualified one always is.
SELECT aksara.create_model('ref_others.Room', '{"name": "Text"}');
SELECT aksara.describe('Room') ->> 'app' AS app, aksara.describe('ref_others.Room') ->> 'app' AS other;
SET search_path = pg_catalog;
SELECT aksara.count('{"model": "Room"}');
\echo :SQLSTATE
SET search_path = ref_others, ref_models;
SELECT aksara.describe('Room') ->> 'app' AS app;
SET search_path = ref_models;
-- One table is one model's.
SELECT aksara.create_model('Room', '{"name": "Text"}');
\echo :SQLSTATE
SELECT aksara.create_model('Chamber', '{"name": "Text"}', '{"table_name": "rooms"}');
\echo :SQLSTATE
-- Targets are words: of the model itself, of one to come, of one that is there; a way back that is taken is an error.
SELECT aksara.create_model('Node', '{"up": {"type": "ForeignKey", "to": "self", "null": true, "related_name": "down"}, "leaf": {"type": "ForeignKey", "to": "Leaf", "null": true, "related_name": "nodes"}}', '{"primary_key": "bigint"}');
SELECT field, target_model, constraint_name FROM aksara.relation WHERE model = 'Node' ORDER BY 1;
SELECT aksara.create_model('Leaf', '{"node": {"type": "ForeignKey", "to": "Node", "related_name": "leaves"}}', '{"primary_key": "bigint"}');
SELECT model, field, target_model, constraint_name FROM aksara.relation WHERE model IN ('Node', 'Leaf') ORDER BY 1, 2;
SELECT aksara.create_model('Bud', '{"node": {"type": "ForeignKey", "to": "Node", "related_name": "leaves"}}');
\echo :SQLSTATE

-- ---- As agents see them ----

SELECT aksara.create_model('Hidden', '{"a": "Integer"}', '{"ai_agent_exposed": false}');
SELECT aksara.create_model('Account', '{"name": {"type": "Text", "ai_description": "what it is called"}, "secret": {"type": "Text", "null": true, "ai_sensitive": true}, "unseen": {"type": "Text", "null": true, "ai_visible": false},
	"score": {"type": "Integer", "default": 0, "ai_agent_writable": false}, "raw": {"type": "Binary", "null": true}, "room": {"type": "ForeignKey", "to": "Room", "null": true, "on_delete": "PROTECT"}}');
SELECT s ->> 'name' AS name, s ->> 'description' AS description, s -> 'permissions' AS permissions, s -> 'examples' AS examples, s ->> 'table' AS "table" FROM aksara.ai_schema('Room') s;
SELECT f FROM json_array_elements(aksara.ai_schema('Account') -> 'fields') f;
SELECT aksara.ai_schema('Account') -> 'writable_fields' AS writable, aksara.ai_schema('Account') -> 'permissions' AS permissions;
SELECT json_agg(s -> 'model') FROM json_array_elements(aksara.ai_schemas()) s WHERE s ->> 'model' ~ '^ref_models.(Hidden|Account|Room|Stamped)$';
SELECT aksara.ai_schema('Hidden');

-- ---- The life of a row ----

SELECT aksara.create_model('Item', '{"name": "Text", "note": {"type": "Text", "null": true, "default": "none"}, "n": {"type": "Integer", "default": 1}}', '{"primary_key": "bigint", "timestamps": true}');
-- Inserted without what is not given; an explicit null is stored where it may be.
SELECT i -> 'id' AS id, i -> 'note' AS note, i -> 'n' AS n FROM aksara.save('Item', '{"name": "a"}') i;
SELECT i -> 'id' AS id, i -> 'note' AS note, i -> 'n' AS n FROM aksara.save('Item', '{"name": "b", "note": null}') i;
SELECT aksara.save('Item', '{"name": null, "n": null}');
\echo :SQLSTATE
\set VERBOSITY terse
INSERT INTO items (name, n) VALUES (NULL, NULL);
\set VERBOSITY default
\echo :SQLSTATE
-- Updated in what is given: what another session wrote meanwhile stays.
UPDATE items SET n = 5 WHERE id = 1;
SELECT i -> 'name' AS name, i -> 'n' AS n FROM aksara.save('Item', '{"id": 1, "name": "aa"}') i;
SELECT aksara.save('Item', '{"id": 99, "name": "x"}');
\echo :SQLSTATE
SELECT created_at <= updated_at AS kept FROM items WHERE id = 1;
-- By key, by the word "pk", again from the table; and gone.
SELECT aksara.get_by_key('Item', 1) ->> 'name' AS name, aksara.get('Item', '{"pk": 1}') ->> 'name' AS same;
SELECT aksara.delete_by_key('Item', 1);
SELECT aksara.get_by_key('Item', 1);
\echo :SQLSTATE
SELECT aksara.delete_by_key('Item', 1);
SELECT count(*) FROM items;
SELECT * FROM aksara.check_registry() WHERE model LIKE 'ref\_%';
DROP SCHEMA ref_models, ref_others CASCADE;
SELECT count(*) FROM aksara.model WHERE app LIKE 'ref\_%';
