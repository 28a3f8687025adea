-- Relations over several columns changed: by operations, and what undoes them, and by hand.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA widealter;
SET search_path = widealter;
CREATE VIEW fields AS SELECT model, position, name, column_name, options FROM aksara.field WHERE app = 'widealter' ORDER BY 1, 2;
CREATE VIEW objects AS
	SELECT conrelid::regclass::text AS "table", conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
	WHERE connamespace = 'widealter'::regnamespace AND contype IN ('f', 'u')
	UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes i WHERE schemaname = 'widealter'
	AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname) ORDER BY 1, 2;
CREATE VIEW columns AS SELECT column_name, is_nullable, column_default FROM information_schema.columns
	WHERE table_schema = 'widealter' AND table_name = 'lines' ORDER BY ordinal_position;
SELECT aksara.create_model('Product', '{"tenant": "Integer", "sku": {"type": "String", "max_length": 20}}', '{"primary_key": ["tenant", "sku"]}');
SELECT aksara.create_model('Line', '{"product": {"type": "ForeignKey", "to": "Product"}, "n": "Integer"}', '{"primary_key": "bigint", "ordering": ["product"]}');
SELECT aksara.bulk_create('Product', '[{"tenant": 1, "sku": "a"}, {"tenant": 1, "sku": "b"}]');
SELECT aksara.bulk_create('Line', '[{"n": 1, "product": {"tenant": 1, "sku": "a"}}, {"n": 2, "product": {"tenant": 1, "sku": "a"}}]');

-- alter_field: what is said of columns goes to the made fields, the native key is made anew.
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Product", "nullable": true, "on_delete": "SET_NULL"}');
TABLE columns;
SELECT name, definition FROM objects WHERE "table" = 'lines';
UPDATE lines SET product_sku = NULL WHERE n = 1;
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Product"}');
\echo :SQLSTATE
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Product", "default": {"tenant": 1, "sku": "b"}, "on_delete": "SET_DEFAULT"}');
TABLE columns;
SELECT product_tenant, product_sku FROM lines ORDER BY n;
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Product", "default": {"tenant": 1}}');
\echo :SQLSTATE
UPDATE lines SET product_sku = 'a';
SELECT aksara.alter_field('Line', 'product', '{"type": "OneToOne", "to": "Product"}');
\echo :SQLSTATE
DELETE FROM lines WHERE n = 2;
SELECT aksara.alter_field('Line', 'product', '{"type": "OneToOne", "to": "Product", "related_name": "line", "on_delete": "PROTECT"}');
TABLE columns;
SELECT name, definition FROM objects WHERE "table" = 'lines';
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = 'products'::regclass;
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Product", "db_index": false, "on_delete": "DO_NOTHING", "db_constraint": false}');
SELECT name, definition FROM objects WHERE "table" = 'lines';
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = 'products'::regclass;
SELECT aksara.fetch('{"model": "Line", "select_related": ["product"]}');
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Product", "related_name": "lines"}');
SELECT name, definition FROM objects WHERE "table" = 'lines';
-- What cannot change.
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Product", "from_fields": ["n", "product_sku"]}');
\echo :SQLSTATE
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Product", "to_fields": ["tenant"]}');
\echo :SQLSTATE
SELECT aksara.alter_field('Line', 'product', '{"type": "ForeignKey", "to": "Line"}');
\echo :SQLSTATE
-- A made field is a field: its length can grow, its part in the relation stays.
SELECT aksara.alter_field('Line', 'product_sku', '{"type": "String", "max_length": 30}');
SELECT name, options FROM fields WHERE model = 'Line';
SELECT aksara.alter_field('Line', 'product_sku', '{"type": "String", "max_length": 20}');

-- Removed and renamed with the relation, not alone.
SELECT aksara.remove_field('Line', 'product_sku');
\echo :SQLSTATE
SELECT aksara.rename_field('Line', 'product', 'item');
SELECT name, column_name, options FROM fields WHERE model = 'Line';
SELECT name, definition FROM objects WHERE "table" = 'lines';
SELECT aksara.rename_field('Line', 'item_sku', 'code');
SELECT aksara.rename_field('Product', 'sku', 'code');
SELECT aksara.rename_model('Product', 'Item');
SELECT aksara.describe('Line') #> '{fields,1}' AS item;
SELECT source_columns, target_columns FROM aksara.relation WHERE app = 'widealter';
SELECT aksara.create('Line', '{"item": {"tenant": 1, "code": "b"}, "n": 3}');

-- There and back.
CREATE TABLE before AS SELECT * FROM fields;
CREATE TABLE before_objects AS SELECT * FROM objects;
DELETE FROM lines;
SELECT aksara.apply_operation('{"op": "remove_field", "model": "Line", "field": "item"}') AS undo \gset
SELECT :'undo';
TABLE columns;
SELECT aksara.apply_operation(:'undo') AS redo \gset
SELECT name, options FROM fields WHERE model = 'Line';
SELECT aksara.apply_operation(:'redo') AS undo \gset
SELECT aksara.apply_operation(:'undo') ->> 'op';
SELECT aksara.apply_operation('{"op": "drop_model", "model": "Line"}') AS undo \gset
SELECT aksara.apply_operation(:'undo');
SELECT aksara.apply_operation('{"op": "alter_field", "model": "Line", "field": "item", "definition": {"type": "OneToOne", "to": "Item", "nullable": true}}') AS undo \gset
SELECT aksara.apply_operation(:'undo') ->> 'op';
SELECT name, definition FROM objects EXCEPT SELECT name, definition FROM before_objects;
SELECT name, definition FROM before_objects EXCEPT SELECT name, definition FROM objects WHERE "table" <> 'before';
SELECT f.name, f.options, b.options FROM fields f FULL JOIN before b USING (model, name)
	WHERE f.position IS DISTINCT FROM b.position OR f.column_name IS DISTINCT FROM b.column_name OR f.options::jsonb IS DISTINCT FROM b.options::jsonb;
SELECT * FROM aksara.check_registry() WHERE model LIKE 'widealter.%';
-- A relation over fields that are there anyway leaves them when it goes.
SELECT aksara.create_model('Note', '{"tenant": "Integer", "sku": {"type": "String", "max_length": 20}, "item": {"type": "ForeignKey", "to": "Item", "from_fields": ["tenant", "sku"], "on_delete": "PROTECT", "related_name": "notes"}}', '{"primary_key": "bigint"}');
SELECT aksara.remove_field('Note', 'sku');
\echo :SQLSTATE
SELECT aksara.remove_field('Note', 'item');
SELECT name, definition FROM objects WHERE "table" = 'notes';
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = 'items'::regclass;
SELECT aksara.remove_field('Note', 'sku');

-- By hand: renames are followed, a native key that goes leaves the relation, a column that goes takes it along.
ALTER TABLE lines RENAME item_tenant TO of;
ALTER TABLE items RENAME tenant TO owner;
SELECT source_columns, target_columns FROM aksara.relation WHERE app = 'widealter';
ALTER TABLE lines RENAME CONSTRAINT lines_item_fkey TO the_key;
SELECT constraint_name FROM aksara.relation WHERE app = 'widealter';
INSERT INTO lines (of, code, n) VALUES (1, 'a', 1);
ALTER TABLE lines DROP CONSTRAINT the_key;
SELECT constraint_name FROM aksara.relation WHERE app = 'widealter';
SELECT aksara.fetch('{"model": "Line", "select_related": ["item"]}');
ALTER TABLE lines ADD CONSTRAINT again FOREIGN KEY (code, of) REFERENCES items (code, owner);
SELECT constraint_name FROM aksara.relation WHERE app = 'widealter';
SELECT aksara.fetch('{"model": "Line", "filter": {"item": {"tenant": 1, "code": "a"}}}');
ALTER TABLE lines DROP COLUMN code;
SELECT name, options FROM fields WHERE model = 'Line';
SELECT * FROM aksara.check_registry() WHERE model LIKE 'widealter.%';

-- What is left of it is a field like others.
SELECT aksara.remove_field('Line', 'item_tenant');

-- Models that others refer to.
SELECT aksara.add_field('Line', 'item', '{"type": "ForeignKey", "to": "Item", "nullable": true}');
SELECT aksara.drop_model('Item');
\echo :SQLSTATE
SELECT aksara.drop_model('Item', cascade => true);
SELECT name, options FROM fields WHERE model = 'Line';
DROP SCHEMA widealter CASCADE;
