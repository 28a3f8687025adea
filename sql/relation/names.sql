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

-- A model's own names may be made of its name and app; later ones stay as they are.
SELECT aksara.create_model('Vase', '{"shelf": {"type": "ForeignKey", "to": "Shelf", "related_name": "%(app_label)s_%(class)ss"}, "n": "Integer"}',
	'{"primary_key": "bigint", "indexes": [{"fields": ["n"], "name": "%(class)s_n"}], "constraints": [{"check": "n > 0", "name": "%(app_label)s_%(class)s_n"}]}');
SELECT aksara.add_field('Vase', 'spare', '{"type": "ForeignKey", "to": "Shelf", "nullable": true, "related_name": "spare_%(class)ss"}');
SELECT aksara.add_index('Vase', '{"fields": ["-n"], "name": "%(class)s_down"}');
SELECT json_agg(r -> 'name') FROM json_array_elements(aksara.describe('Shelf') -> 'related') r WHERE r ->> 'model' = 'naming.Vase';
SELECT json_agg(o -> 'name') FROM aksara.describe('Vase') d, LATERAL (SELECT * FROM json_array_elements(d -> 'indexes') UNION ALL SELECT * FROM json_array_elements(d -> 'constraints')) o (o);
SELECT aksara.rename_model('Vase', 'Urn');
SELECT aksara.alter_field('Urn', 'spare', '{"type": "ForeignKey", "to": "Shelf", "nullable": true, "related_name": "spare_%(class)ss"}');
SELECT field, related_name FROM aksara.relation WHERE app = 'naming' AND model = 'Urn' ORDER BY 1;

-- A name of an older version, that no path can name now, stays until another is given; it is in no other change's way, nor in that of a restore.
CREATE TABLE olds (id bigint PRIMARY KEY, a_id bigint REFERENCES shelfs ON DELETE CASCADE, b_id bigint REFERENCES shelfs ON DELETE CASCADE, n integer);
INSERT INTO aksara.model VALUES ('naming', 'Old', 'olds', '{}');
INSERT INTO aksara.field VALUES ('naming', 'Old', 'id', 1, 'BigInteger', 'id', '{}'), ('naming', 'Old', 'a', 2, 'ForeignKey', 'a_id', '{"to": "Shelf", "nullable": true, "related_name": "old__a"}'),
	('naming', 'Old', 'b', 3, 'ForeignKey', 'b_id', '{"to": "Shelf", "nullable": true, "related_name": "id"}'), ('naming', 'Old', 'n', 4, 'Integer', 'n', '{}');
INSERT INTO aksara.relation (app, model, field, kind, target_app, target_model, related_name, on_delete, constraint_name) VALUES
	('naming', 'Old', 'a', 'ForeignKey', 'naming', 'Shelf', 'old__a', 'CASCADE', 'olds_a_id_fkey'), ('naming', 'Old', 'b', 'ForeignKey', 'naming', 'Shelf', 'id', 'CASCADE', 'olds_b_id_fkey');
SELECT aksara.alter_field('Old', 'n', '{"type": "BigInteger", "nullable": true}');
SELECT aksara.add_field('Old', 'c', '{"type": "ForeignKey", "to": "Shelf", "nullable": true, "related_name": "old_c"}');
SELECT aksara.rename_field('Old', 'a', 'first');
SELECT aksara.alter_field('Old', 'first', '{"type": "ForeignKey", "to": "Shelf", "nullable": true, "on_delete": "SET_NULL", "related_name": "old__a"}');
SELECT aksara.alter_field('Old', 'b', '{"type": "ForeignKey", "to": "Shelf", "nullable": true, "on_delete": "PROTECT", "related_name": "id"}');
SELECT aksara.alter_field('Old', 'b', '{"type": "ForeignKey", "to": "Shelf", "nullable": true, "related_name": "old__b"}');
\echo :SQLSTATE
SELECT aksara.rename_model('Old', 'Older');
SELECT aksara.rename_field('Shelf', 'name', 'label');
SELECT aksara.alter_field('Older', 'first', '{"type": "ForeignKey", "to": "Shelf", "nullable": true, "related_name": "firsts"}');
SELECT aksara.remove_field('Older', 'b');
SELECT field, related_name, on_delete FROM aksara.relation WHERE app = 'naming' AND model = 'Older' ORDER BY 1;

-- The limit of how many rows a way back shows is the query set's.
INSERT INTO longs (shelf_id, code) SELECT 1, n FROM generate_series(6, 9) n;
SELECT aksara.fetch(aksara.related('Shelf', 1, repeat('n', 63), aksara.order_by('-code'), aksara.slice(2))) ->> 'code' AS code;
SELECT * FROM aksara.check_registry() WHERE model LIKE 'naming.%';
DROP SCHEMA naming CASCADE;
