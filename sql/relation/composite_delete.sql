-- on_delete over keys of several columns: raw DELETE and calls, every kind.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA widedel;
SET search_path = widedel;
SELECT aksara.create_model('Product', '{"tenant": "Integer", "sku": {"type": "String", "max_length": 20}}', '{"primary_key": ["tenant", "sku"]}');
SELECT aksara.create_model('Row' || n, jsonb_build_object('product', jsonb_build_object('type', 'ForeignKey', 'to', 'Product', 'on_delete', kind,
	'nullable', true, 'default', '{"tenant": 0, "sku": "none"}'::jsonb, 'related_name', lower(kind))), '{"primary_key": "bigint"}')
	FROM unnest('{CASCADE,SET_NULL,SET_DEFAULT,PROTECT,RESTRICT,DO_NOTHING}'::text[]) WITH ORDINALITY k (kind, n);
SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'widedel'::regnamespace AND contype = 'f' ORDER BY conname;
SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = 'products'::regclass;
INSERT INTO products SELECT 1, chr(96 + n) FROM generate_series(1, 9) n;
INSERT INTO products VALUES (0, 'none'), (2, 'd');
INSERT INTO row1s (product_tenant, product_sku) VALUES (1, 'a'), (1, 'b'), (1, NULL);
INSERT INTO row2s (product_tenant, product_sku) VALUES (1, 'a'), (1, 'b');
INSERT INTO row3s (product_tenant, product_sku) VALUES (1, 'a'), (1, 'b');
INSERT INTO row4s (product_tenant, product_sku) VALUES (1, 'c'), (1, NULL), (NULL, 'd');
INSERT INTO row5s (product_tenant, product_sku) VALUES (1, 'e'), (1, NULL);
INSERT INTO row6s (product_tenant, product_sku) VALUES (1, 'f'), (1, NULL);

-- CASCADE, SET_NULL and SET_DEFAULT are native.
DELETE FROM products WHERE sku = 'a';
SELECT aksara.delete_by_key('Product', 1, 'b'::text);
SELECT id, product_tenant, product_sku FROM row1s ORDER BY 1;
SELECT id, product_tenant, product_sku FROM row2s ORDER BY 1;
SELECT id, product_tenant, product_sku FROM row3s ORDER BY 1;
-- PROTECT, RESTRICT, and nothing.
DELETE FROM products WHERE sku = 'c';
\echo :SQLSTATE
SELECT aksara.delete_by_key('Product', 1, 'c'::text);
\echo :SQLSTATE
DELETE FROM products WHERE sku = 'e';
\echo :SQLSTATE
SELECT aksara.delete_by_key('Product', 1, 'e'::text);
\echo :SQLSTATE
DELETE FROM products WHERE sku = 'f';
\echo :SQLSTATE
SELECT aksara.delete('{"model": "Product", "filter": {"tenant": 1}}');
\echo :SQLSTATE
-- A key that only half of a row names is free: there is no reference.
DELETE FROM products WHERE (tenant, sku) = (2, 'd');
SELECT aksara.delete('{"model": "Product", "filter": {"sku__in": ["d", "g"]}}');
-- An update of the key is the native key's.
UPDATE products SET sku = 'z' WHERE sku = 'c';
\echo :SQLSTATE
DELETE FROM row4s; DELETE FROM row5s; DELETE FROM row6s;
SELECT aksara.delete('{"model": "Product", "filter": {"tenant": 1}}');

-- Only what can change is changed: the tenant stays.
SELECT aksara.create_model('Owned', '{"tenant": "Integer", "sku": {"type": "String", "max_length": 20, "nullable": true, "default": "none"},
  "nulled": {"type": "ForeignKey", "to": "Product", "from_fields": ["tenant", "sku"], "on_delete": "SET_NULL", "related_name": "+"}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Kept', '{"tenant": "Integer", "sku": {"type": "String", "max_length": 20, "default": "none"},
  "reset": {"type": "ForeignKey", "to": "Product", "from_fields": ["tenant", "sku"], "on_delete": "SET_DEFAULT", "related_name": "+"}}', '{"primary_key": "bigint"}');
INSERT INTO products VALUES (5, 'x'), (5, 'none');
INSERT INTO owneds (tenant, sku) VALUES (5, 'x');
INSERT INTO kepts (tenant, sku) VALUES (5, 'x');
DELETE FROM products WHERE sku = 'x';
SELECT tenant, sku FROM owneds UNION ALL SELECT tenant, sku FROM kepts;

-- RESTRICT forgives what the same call takes away; PROTECT looks at the state before.
SELECT aksara.create_model('Part', '{"a": "Integer", "b": "Text", "of": {"type": "ForeignKey", "to": "self", "on_delete": "RESTRICT", "nullable": true}}', '{"primary_key": ["a", "b"]}');
INSERT INTO parts VALUES (1, 'x', NULL, NULL), (1, 'y', 1, 'x'), (2, 'y', 1, 'y');
DELETE FROM parts WHERE a = 1;
\echo :SQLSTATE
SELECT aksara.delete('{"model": "Part", "filter": {"a": 1}}');
\echo :SQLSTATE
SELECT aksara.delete('{"model": "Part"}');
SELECT aksara.create_model('Box', '{"part": {"type": "ForeignKey", "to": "Part"}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Seal', '{"box": {"type": "ForeignKey", "to": "Box"}, "part": {"type": "ForeignKey", "to": "Part", "on_delete": "PROTECT", "related_name": "seals"}}', '{"primary_key": "bigint"}');
INSERT INTO parts VALUES (1, 'x');
INSERT INTO boxes (part_a, part_b) VALUES (1, 'x');
INSERT INTO seals (box_id, part_a, part_b) VALUES (1, 1, 'x');
SELECT aksara.delete_by_key('Part', 1, 'x'::text);
\echo :SQLSTATE
-- What a suppressed delete leaves standing forbids nothing over RESTRICT.
SELECT aksara.alter_field('Seal', 'part', '{"type": "ForeignKey", "to": "Part", "on_delete": "RESTRICT", "related_name": "seals"}');
CREATE FUNCTION spare() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER spare BEFORE DELETE ON parts FOR EACH ROW EXECUTE FUNCTION spare();
SELECT aksara.delete_by_key('Part', 1, 'x'::text);
\echo :SQLSTATE
DROP TRIGGER spare ON parts;
DELETE FROM seals;
SELECT aksara.delete_by_key('Part', 1, 'x'::text);

-- The blockers that are told are those that the caller may read.
CREATE ROLE regress_wide;
GRANT USAGE ON SCHEMA widedel TO regress_wide;
GRANT SELECT, DELETE ON parts TO regress_wide;
INSERT INTO parts VALUES (1, 'x'), (1, 'y');
INSERT INTO boxes (part_a, part_b) VALUES (1, 'y');
INSERT INTO seals (box_id, part_a, part_b) VALUES (2, 1, 'x');
SET ROLE regress_wide;
DELETE FROM parts WHERE b = 'x';
RESET ROLE;
GRANT SELECT (id, part_a) ON seals TO regress_wide;
SET ROLE regress_wide;
DELETE FROM parts WHERE b = 'x';
RESET ROLE;
GRANT SELECT (part_b) ON seals TO regress_wide;
SET ROLE regress_wide;
DELETE FROM parts WHERE b = 'x';
RESET ROLE;

-- Columns with odd names, also those that the statements use themselves.
SELECT aksara.create_model('Odd', '{"k0": {"type": "Integer", "column": "k0"}, "mood": {"type": "Text", "column": "Mood \"x\""}}', '{"primary_key": ["k0", "mood"]}');
SELECT aksara.create_model('Pair', '{"k0": "Integer", "u": "Text", "odd": {"type": "ForeignKey", "to": "Odd", "from_fields": ["k0", "u"], "on_delete": "PROTECT", "related_name": "pairs"}}', '{"primary_key": "bigint"}');
INSERT INTO odds VALUES (1, 'a'), (2, 'b');
INSERT INTO pairs (k0, u) VALUES (2, 'b');
SELECT aksara.delete('{"model": "Odd", "filter": {"k0": 1}}');
SELECT aksara.delete('{"model": "Odd"}');
\echo :SQLSTATE
DROP SCHEMA widedel CASCADE;
DROP ROLE regress_wide;
