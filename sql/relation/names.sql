-- The names of the way back: what they may be, what a default may be, and that they go along with renames.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA naming;
SET search_path = naming;
SELECT aksara.create_model('Shelf', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');

-- A name is one word of a path, of at most 63 bytes.
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Shelf", "related_name": "a__b"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Shelf", "related_name": "a_"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Shelf", "related_name": "pk"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Shelf", "related_name": "?a"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Shelf", "related_name": ""}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Shelf", "related_name": 7}}');
SELECT aksara.create_model('Bad', json_build_object('a', json_build_object('type', 'ForeignKey', 'to', 'Shelf', 'related_name', repeat('n', 64))));
\echo :SQLSTATE

-- The longest there can be.
SELECT aksara.create_model('Long', json_build_object('shelf', json_build_object('type', 'ForeignKey', 'to', 'Shelf', 'related_name', repeat('n', 63)), 'code', 'Integer'));
SELECT aksara.create('Shelf', '{"name": "top"}');
INSERT INTO longs (shelf_id, code) VALUES (1, 5);
SELECT aksara.fetch(json_build_object('model', 'Shelf', 'filter', json_build_object(repeat('n', 63) || '__code', 5)));

-- A default is made from the model's name; where none can be made, one has to be given.
SELECT aksara.create_model(repeat('M', 60), '{"a": {"type": "ForeignKey", "to": "Shelf"}}', meta => '{"table_name": "m"}');
\echo :SQLSTATE
SELECT aksara.create_model(repeat('M', 60), '{"a": {"type": "ForeignKey", "to": "Shelf", "related_name": "ms"}}', meta => '{"table_name": "m"}');
SELECT aksara.create_model('Odd_', '{"a": {"type": "OneToOne", "to": "Shelf"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Pk', '{"a": {"type": "OneToOne", "to": "Shelf"}}');
SELECT aksara.create_model('Odd_', '{"a": {"type": "OneToOne", "to": "Shelf", "related_name": "odd"}, "b": {"type": "ForeignKey", "to": "Shelf"}}');
SELECT aksara.create_model('Odd_', '{"a": {"type": "OneToOne", "to": "Shelf", "related_name": "odd"}, "b": {"type": "ForeignKey", "to": "Shelf", "related_name": "odds"}}');
SELECT r ->> 'name' AS name, r ->> 'model' AS model, r ->> 'field' AS field FROM json_array_elements(aksara.describe('Shelf') -> 'related') r
WHERE r ->> 'model' LIKE '%Odd_';

-- Whatever ends in "+" has no way back, so several may say the same.
SELECT aksara.create_model('Tool', '{
  "a": {"type": "ForeignKey", "to": "Shelf", "related_name": "+"},
  "b": {"type": "ForeignKey", "to": "Shelf", "related_name": "+"},
  "c": {"type": "ForeignKey", "to": "Shelf", "related_name": "tools+"}
}');
SELECT field, related_name FROM aksara.relation WHERE app = 'naming' AND model = 'Tool' ORDER BY field;
SELECT count(*) FROM json_array_elements(aksara.describe('Shelf') -> 'related') r WHERE r ->> 'model' LIKE '%Tool';
SELECT aksara.count('{"model": "Shelf", "filter": {"tool_set": 1}}');
\echo :SQLSTATE

-- Two of one name, or one that a field has: refused, also when it comes about later.
SELECT aksara.create_model('Cup', '{"shelf": {"type": "ForeignKey", "to": "Shelf"}, "spare": {"type": "ForeignKey", "to": "Shelf"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Cup', '{"shelf": {"type": "ForeignKey", "to": "Shelf"}}');
SELECT aksara.add_field('Cup', 'spare', '{"type": "ForeignKey", "to": "Shelf", "nullable": true}');
SELECT aksara.add_field('Shelf', 'cup_set', '"Text"');
\echo :SQLSTATE
SELECT aksara.rename_field('Shelf', 'name', 'cup_set');
SELECT aksara.add_field('Cup', 'spare', '{"type": "ForeignKey", "to": "Shelf", "nullable": true, "related_name": "mug_set"}');
SELECT aksara.rename_model('Cup', 'Mug');
\echo :SQLSTATE
SELECT aksara.rename_model('Cup', 'Glass');
SELECT aksara.count('{"model": "Shelf", "filter": {"glass_set__isnull": true}}');
SELECT aksara.alter_field('Glass', 'spare', '{"type": "ForeignKey", "to": "Shelf", "nullable": true, "related_name": "glass_set"}');
\echo :SQLSTATE

-- The limit of how many rows a way back shows is the query set's.
INSERT INTO longs (shelf_id, code) SELECT 1, n FROM generate_series(6, 9) n;
SELECT aksara.fetch(aksara.related('Shelf', 1, repeat('n', 63), aksara.order_by('-code'), aksara.slice(2))) ->> 'code' AS code;
SELECT * FROM aksara.check_registry() WHERE model LIKE 'naming.%';
DROP SCHEMA naming CASCADE;
