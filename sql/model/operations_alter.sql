-- alter_field: another definition for a field of a table that holds rows.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA alt;
SET search_path = alt;
SELECT aksara.create_model('Item', '{
  "name":  {"type": "String", "max_length": 50},
  "stock": {"type": "Text", "nullable": true},
  "price": {"type": "Decimal", "max_digits": 8, "decimal_places": 2, "min_value": 0},
  "state": {"type": "String", "max_length": 10, "choices": ["new", "old"]},
  "seen":  {"type": "DateTime", "nullable": true}
}', '{"primary_key": "bigint"}');
INSERT INTO items (name, stock, price, state, seen) VALUES
	('lamp', '3', 9.50, 'new', '2026-01-01 00:00+0'), ('table', NULL, 120, 'old', NULL), ('lamp', '07', 1.25, 'new', '2026-02-01 12:30+0');
-- (18 keeps NOT NULL as constraints too.)
CREATE VIEW facts AS
	SELECT format('%s %s %s %s', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) AS fact
	FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	WHERE attrelid = to_regclass('alt.items') AND attnum > 0 AND NOT attisdropped
	UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass('alt.items') AND contype <> 'n'
	UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'alt' AND tablename = 'items'
	UNION ALL SELECT f.name || ' ' || f.kind || ' ' || f.options || f.column_name FROM aksara.field f WHERE f.model = 'Item'
	UNION ALL SELECT m.meta::text FROM aksara.model m WHERE m.name = 'Item'
	UNION ALL SELECT format('%s %s', objsubid, description) FROM pg_description WHERE objoid = to_regclass('alt.items');

-- What changes between before and after one operation, and whether its reverse leads back.
CREATE FUNCTION there_and_back(op json) RETURNS TABLE (change text) LANGUAGE plpgsql AS $$
DECLARE undo json;
BEGIN
	CREATE TEMP TABLE was AS SELECT * FROM facts;
	undo := aksara.apply_operation(op);
	RETURN QUERY SELECT '- ' || d.fact FROM (TABLE was EXCEPT ALL TABLE facts) d ORDER BY d.fact COLLATE "C";
	RETURN QUERY SELECT '+ ' || d.fact FROM (TABLE facts EXCEPT ALL TABLE was) d ORDER BY d.fact COLLATE "C";
	PERFORM aksara.apply_operation(undo);
	RETURN QUERY SELECT 'LEFT ' || d.fact FROM ((TABLE was EXCEPT ALL TABLE facts) UNION ALL (TABLE facts EXCEPT ALL TABLE was)) d ORDER BY d.fact COLLATE "C";
	DROP TABLE was;
END $$;

-- Type: wider, narrower, with USING.
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "name", "definition": {"type": "String", "max_length": 80}}');
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "name", "definition": "Text"}');
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "name", "definition": {"type": "String", "max_length": 5, "min_length": 2}}');
SELECT aksara.alter_field('Item', 'name', '{"type": "String", "max_length": 4}');
SELECT aksara.alter_field('Item', 'stock', '{"type": "Integer", "nullable": true}');
SELECT aksara.alter_field('Item', 'stock', '{"type": "Integer", "null": true, "using": "ltrim(stock, ''0'')::integer"}');
SELECT name, stock FROM items ORDER BY id;
SELECT aksara.alter_field('Item', 'seen', '{"type": "Date", "null": true}');
SELECT aksara.alter_field('Item', 'seen', '{"type": "UUID", "null": true}');
SELECT aksara.alter_field('Item', 'price', '{"type": "Decimal", "max_digits": 8, "decimal_places": 1, "min_value": 0}');
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "price", "definition": {"type": "Decimal", "max_digits": 12, "decimal_places": 3, "max_value": 1000}}');
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "price", "definition": {"type": "Integer", "using": "round(price)"}}');
SELECT aksara.alter_field('Item', 'price', '{"type": "Integer", "using": "count(price)"}');
SELECT aksara.alter_field('Item', 'price', '{"type": "Integer", "using": "1) = (1"}');
SELECT aksara.alter_field('Item', 'price', '{"type": "Integer", "using": "prise"}');

-- Nullability and default: rows without a value get the default.
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "stock", "definition": {"type": "Integer", "nullable": true, "default": 1}}');
SELECT aksara.alter_field('Item', 'stock', '"Integer"');
BEGIN;
SELECT aksara.alter_field('Item', 'stock', '{"type": "Integer", "default": 0}');
SELECT name, stock FROM items ORDER BY id;
ROLLBACK;
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "name", "definition": {"type": "String", "max_length": 50, "nullable": true, "db_default": "upper(''none'')"}}');

-- Rules are swapped; the rows must keep them.
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "state", "definition": {"type": "String", "max_length": 10, "choices": ["new", "old", "sold"], "help_text": "where it is in its life"}}');
SELECT aksara.alter_field('Item', 'state', '{"type": "String", "max_length": 10, "choices": ["new"]}');
SELECT aksara.alter_field('Item', 'price', '{"type": "Decimal", "max_digits": 8, "decimal_places": 2, "min_value": 5}');
-- Uniqueness and index.
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "price", "definition": {"type": "Decimal", "max_digits": 8, "decimal_places": 2, "min_value": 0, "unique": true}}');
SELECT aksara.alter_field('Item', 'name', '{"type": "String", "max_length": 50, "unique": true}');
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "name", "definition": {"type": "String", "max_length": 50, "db_index": true}}');
-- The column, another kind over the same column, numbering.
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "name", "definition": {"type": "Slug", "max_length": 50, "column": "slug"}}');
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "name", "definition": {"type": "String", "max_length": 50, "column": "state"}}');
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "seen", "definition": {"type": "DateTime", "auto_now": true, "nullable": true}}');
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "id", "definition": {"type": "BigInteger", "primary_key": true}}');
-- A length and a default given by hand are part of what undoes, and from then on options of the field.
ALTER TABLE items ALTER COLUMN name TYPE varchar(60), ALTER COLUMN name SET DEFAULT 'by hand', ALTER COLUMN name DROP NOT NULL;
SELECT * FROM there_and_back('{"op": "alter_field", "model": "Item", "field": "name", "definition": "Text"}');
SELECT options FROM aksara.field WHERE model = 'Item' AND name = 'name';

-- What cannot be.
SELECT aksara.alter_field('Item', 'name', '{"type": "Strin"}');
SELECT aksara.alter_field('Item', 'nam', '"Text"');
SELECT aksara.alter_field('Item', 'name', '{"type": "Text", "primary_key": true}');
SELECT aksara.alter_field('Item', 'id', '{"type": "BigAuto", "nullable": true}');
SELECT aksara.alter_field('Item', 'name', '{"type": "ForeignKey", "to": "Item"}');
SELECT aksara.alter_field('Item', 'name', '{"type": "ManyToMany", "to": "Item"}');
SELECT aksara.alter_field('Item', 'name', NULL);
SELECT aksara.alter_field(NULL, 'name', '"Text"');
SELECT aksara.alter_field('Item', NULL, '"Text"');
CREATE VIEW uses_price AS SELECT price FROM items;
SELECT aksara.alter_field('Item', 'price', '{"type": "Decimal", "max_digits": 30, "decimal_places": 2}');
DROP VIEW uses_price;
CREATE ROLE regress_alt_other;
GRANT ALL ON SCHEMA alt TO regress_alt_other;
GRANT ALL ON items TO regress_alt_other;
SET ROLE regress_alt_other;
SELECT aksara.alter_field('Item', 'name', '"Text"');
SELECT aksara.alter_meta('Item', '{"comment": "mine"}');
SELECT aksara.add_index('Item', '["name"]');
SELECT aksara.remove_constraint('Item', 'items_pkey');
RESET ROLE;
REVOKE ALL ON SCHEMA alt FROM regress_alt_other;
REVOKE ALL ON items FROM regress_alt_other;
DROP ROLE regress_alt_other;

DROP SCHEMA alt CASCADE;
