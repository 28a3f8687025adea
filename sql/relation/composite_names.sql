-- Relations over several fields, and to a field that is named: targets that come later, go and come again, and names that change.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA widename;
SET search_path = widename;
CREATE VIEW relations AS SELECT model, field, target_model AS target, constraint_name, source_columns, target_columns,
	(SELECT options FROM aksara.field f WHERE (f.app, f.model, f.name) = (r.app, r.model, r.field)) AS options FROM aksara.relation r WHERE app = 'widename' ORDER BY 1, 2;
CREATE VIEW keys AS SELECT conrelid::regclass AS "table", conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE connamespace = 'widename'::regnamespace AND contype = 'f' ORDER BY 1, 2;

-- The words of a definition follow the fields that they name, before the target is there and after.
SELECT aksara.create_model('Line', '{"t": "Integer", "s": {"type": "Text", "nullable": true},
	"product": {"type": "ForeignKey", "to": "Product", "from_fields": ["t", "s"], "to_fields": ["tenant", "code"], "on_delete": "SET_NULL", "related_name": "lines"}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('One', '{"product": {"type": "ForeignKey", "to": "Product", "to_field": "code", "related_name": "ones"}}', '{"primary_key": "bigint"}');
SELECT aksara.rename_field('Line', 's', 'sku');
TABLE relations;
-- A target that does not have what is referred to is not made.
SELECT aksara.create_model('Product', '{"tenant": "Integer", "code": {"type": "Text", "unique": true}}');
\echo :SQLSTATE
SELECT aksara.create_model('Product', '{"tenant": "BigInteger", "code": {"type": "Text", "unique": true}}', '{"unique_together": ["tenant", "code"]}');
\echo :SQLSTATE
SELECT aksara.create_model('Product', '{"tenant": "Integer", "code": {"type": "Text", "unique": true}}', '{"primary_key": "bigint", "unique_together": ["tenant", "code"]}');
INSERT INTO products (tenant, code) VALUES (1, 'a'), (1, 'b');
INSERT INTO lines (t, sku) VALUES (1, 'a'), (1, 'b');
INSERT INTO ones (product_id) VALUES ('a');
SELECT aksara.rename_field('Product', 'code', 'kode');
SELECT aksara.rename_field('Line', 'sku', 'item');
SELECT aksara.rename_field('Line', 't', 'tenant');
SELECT aksara.rename_model('Product', 'Ware');
TABLE relations;
TABLE keys;
SELECT f FROM json_array_elements(aksara.describe('Line') -> 'fields') f WHERE f ->> 'name' = 'product';
-- So the definition as it is now means what it meant, and the old words nothing.
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Ware", "from_fields": ["tenant", "item"], "to_fields": ["tenant", "code"], "related_name": "lines"}');
\echo :SQLSTATE
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Ware", "from_fields": ["tenant", "item"], "to_fields": ["tenant", "kode"], "related_name": "lines"}');
SELECT aksara.alter_field('One', 'product', '{"type": "ForeignKey", "to": "Ware", "to_field": "code", "related_name": "ones"}');
\echo :SQLSTATE
SELECT aksara.alter_field('One', 'product', '{"type": "ForeignKey", "to": "Ware", "to_field": "kode", "on_delete": "PROTECT", "related_name": "ones"}');
-- Columns renamed by hand: the fields keep their names, and so do the words.
ALTER TABLE wares RENAME kode TO k;
ALTER TABLE lines RENAME item TO i;
SELECT field, source_columns, target_columns, options FROM relations;
SELECT aksara.fetch('{"model": "Line", "select_related": ["product"], "order_by": ["id"]}');
SELECT aksara.fetch('{"model": "One", "select_related": ["product"]}');
DELETE FROM wares WHERE k = 'a';
\echo :SQLSTATE
-- A rename that is undone.
SELECT aksara.apply_operation('{"op": "rename_field", "model": "Ware", "field": "kode", "name": "mark"}') AS undo \gset
SELECT field, options FROM relations;
SELECT aksara.apply_operation(:'undo');
SELECT field, options FROM relations;

-- A target that goes leaves its relations waiting. One that comes with other rows is refused as long as rows refer to none of it, and then referred to with all that was said.
DROP TABLE wares CASCADE;
SELECT field, constraint_name, source_columns, target_columns FROM relations;
SELECT * FROM aksara.check_registry() WHERE model LIKE 'widename.%';
SELECT aksara.fetch('{"model": "Line", "order_by": ["id"]}');
SELECT aksara.fetch('{"model": "Line", "select_related": ["product"]}');
\echo :SQLSTATE
SELECT aksara.create_model('Ware', '{"tenant": "Integer", "kode": {"type": "Text", "unique": true}}', '{"primary_key": "bigint", "unique_together": ["tenant", "kode"]}');
\echo :SQLSTATE
DELETE FROM lines;
DELETE FROM ones;
SELECT aksara.create_model('Ware', '{"tenant": "Integer", "kode": {"type": "Text", "unique": true}}', '{"primary_key": "bigint", "unique_together": ["tenant", "kode"]}');
TABLE keys;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'wares'::regclass AND NOT tgisinternal;
SELECT field, constraint_name, source_columns, target_columns FROM relations;
SELECT * FROM aksara.check_registry() WHERE model LIKE 'widename.%';
-- A native key dropped by hand stays dropped, and the relation works.
ALTER TABLE lines DROP CONSTRAINT lines_product_fkey;
INSERT INTO wares (tenant, kode) VALUES (2, 'c');
INSERT INTO lines (tenant, i) VALUES (2, 'c'), (3, 'none');
SELECT aksara.fetch('{"model": "Line", "select_related": ["product"], "order_by": ["id"]}');
SELECT aksara.drop_model('Ware');
\echo :SQLSTATE
SELECT aksara.drop_model('Ware', cascade => true);
SELECT json_agg(f -> 'name') FROM json_array_elements(aksara.describe('Line') -> 'fields') f;

-- Two relations over the same fields have a key each; one that is to have none takes none of another's.
SELECT aksara.create_model('Seat', '{"hall": "Integer", "no": "Integer"}', '{"primary_key": ["hall", "no"]}');
SELECT aksara.create_model('Ticket', '{"hall": "Integer", "no": {"type": "Integer", "nullable": true},
	"seat":  {"type": "ForeignKey", "to": "Seat", "from_fields": ["hall", "no"], "on_delete": "SET_NULL", "related_name": "tickets"},
	"place": {"type": "ForeignKey", "to": "Seat", "from_fields": ["hall", "no"], "on_delete": "RESTRICT", "related_name": "places"},
	"loose": {"type": "ForeignKey", "to": "Seat", "from_fields": ["hall", "no"], "on_delete": "DO_NOTHING", "db_constraint": false, "related_name": "loose"}}', '{"primary_key": "bigint"}');
TABLE keys;
SELECT field, constraint_name FROM relations WHERE model = 'Ticket';
ALTER TABLE tickets RENAME CONSTRAINT tickets_seat_fkey TO of_seat;
ALTER TABLE tickets RENAME CONSTRAINT tickets_place_fkey TO a_place;
SELECT field, constraint_name FROM relations WHERE model = 'Ticket';
SELECT aksara.remove_field('Ticket', 'loose');
SELECT aksara.alter_field('Ticket', 'place', '{"type": "ForeignKey", "to": "Seat", "from_fields": ["hall", "no"], "on_delete": "PROTECT", "related_name": "places"}');
SELECT field, constraint_name FROM relations WHERE model = 'Ticket';
SELECT aksara.remove_field('Ticket', 'place');
TABLE keys;
ALTER TABLE tickets DROP CONSTRAINT of_seat;
SELECT field, constraint_name FROM relations WHERE model = 'Ticket';
SELECT * FROM aksara.check_registry() WHERE model LIKE 'widename.%';

-- One-to-one over columns that are unique anyway, and back: the index is as it was.
SELECT aksara.add_constraint('Ticket', '{"unique": ["no", "hall"]}');
SELECT indexdef FROM pg_indexes WHERE schemaname = 'widename' AND tablename = 'tickets' ORDER BY 1;
SELECT aksara.apply_operation('{"op": "alter_field", "model": "Ticket", "field": "seat", "definition": {"type": "OneToOne", "to": "Seat", "from_fields": ["hall", "no"], "on_delete": "SET_NULL", "related_name": "ticket"}}') AS undo \gset
SELECT aksara.apply_operation(:'undo') IS NOT NULL AS undone;
SELECT indexdef FROM pg_indexes WHERE schemaname = 'widename' AND tablename = 'tickets' ORDER BY 1;

-- To itself over several fields: written, linked and deleted by every way in.
SELECT aksara.create_model('Node', '{"a": "Integer", "b": "Text", "up": {"type": "ForeignKey", "to": "self", "nullable": true, "on_delete": "PROTECT", "related_name": "down"},
	"peers": {"type": "ManyToMany", "to": "self", "symmetrical": true}}', '{"primary_key": ["a", "b"]}');
SELECT aksara.rename_field('Node', 'b', 'c');
SELECT aksara.rename_field('Node', 'up', 'parent');
SELECT aksara.rename_field('Node', 'parent_b', 'parent_c');
\d nodes
SELECT * FROM aksara.bulk_create('Node', '[{"a": 1, "c": "x"}, {"a": 1, "c": "y", "parent": {"a": 1, "c": "x"}}]');
SELECT * FROM aksara.upsert('Node', '{"a": 1, "c": "y", "parent": null}', '{a,c}');
SELECT * FROM aksara.upsert('Node', '{"a": 1, "c": "y", "parent": {"a": 1, "c": "x"}}', '{pk}');
SELECT * FROM aksara.update_or_create('Node', '{"pk": {"a": 1, "c": "y"}}', '{"parent": null}');
SELECT * FROM aksara.update_or_create('Node', '{"a": 1, "c": "z"}', '{"parent": {"a": 1, "c": "x"}}');
SELECT * FROM aksara.get_or_create('Node', '{"a": 1, "c": "w"}', '{"parent": {"a": 1, "c": "z"}}');
SELECT aksara.bulk_update('Node', '[{"a": 1, "c": "w", "parent": {"a": 1, "c": "x"}}, {"a": 1, "c": "y", "parent": null}]');
SELECT aksara.bulk_update('Node', '[{"a": 1, "c": "w", "parent": {"a": 1, "c": "x"}}, {"a": 1, "c": "w", "parent": null}]');
\echo :SQLSTATE
SELECT * FROM aksara.bulk_create('Node', '[{"a": 2, "c": "w", "parent": {"a": 2, "c": "x"}}, {"a": 2, "c": "x"}]');
SELECT * FROM aksara.related_set('Node', '{"a": 1, "c": "x"}', 'down', '{"a": 1, "c": "y"}', '{"a": 1, "c": "z"}');
SELECT aksara.related_remove('Node', '{"a": 1, "c": "x"}', 'down', '{"a": 1, "c": "z"}');
SELECT aksara.related_add('Node', '{"a": 1, "c": "x"}', 'peers', '{"a": 1, "c": "y"}', '{"a": 1, "c": "x"}');
SELECT aksara.fetch('{"model": "Node", "prefetch_related": ["down", "peers"], "select_related": ["parent"], "order_by": ["pk"]}');
SELECT aksara.ai_schema('Node') -> 'relations' AS relations;
SELECT aksara.delete('{"model": "Node", "filter": {"a": 1, "c": "x"}}') -> 'total' AS total;
\echo :SQLSTATE
DELETE FROM nodes WHERE (a, c) = (1, 'x');
\echo :SQLSTATE
SELECT aksara.update('{"model": "Node"}', '{"parent": null}');
SELECT aksara.delete('{"model": "Node"}');
DROP SCHEMA widename CASCADE;
