-- SQL text in definitions: one expression, analysed when it is given, kept with every name qualified.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA expr;
CREATE SCHEMA expr_other;
SET search_path = expr, expr_other;
CREATE FUNCTION expr_other.half(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';
CREATE SEQUENCE expr.numbers;

SELECT aksara.create_model('Item', '{
  "name":    "String",
  "price":   {"type": "Decimal", "max_digits": 8, "decimal_places": 2},
  "amount":  {"type": "Integer", "db_default": "half(20)"},
  "number":  {"type": "BigInteger", "db_default": "nextval(''numbers'')"},
  "code":    {"type": "String", "max_length": 8, "db_default": "upper(left(md5(''x''), 8))"},
  "until":   {"type": "Date", "db_default": "DATE ''2026-01-31'' + 30"},
  "total":   {"type": "Generated", "expression": "price * amount", "output_field": {"type": "Decimal", "max_digits": 12, "decimal_places": 2}},
  "shout":   {"type": "Generated", "expression": "upper(items.name) || ''$1''", "output_field": {"type": "String", "max_length": 30}, "nullable": false},
  "halved":  {"type": "Generated", "expression": "half(\"amount\")", "output_field": "Integer", "db_index": true}
}', '{"primary_key": "bigint"}');
\d items

-- The defaults and expressions hold for every writer, whatever search_path says.
SELECT aksara.create('Item', '{"name": "nail", "price": "0.10"}');
SET search_path = pg_catalog;
SELECT aksara.create('expr.Item', '{"name": "bolt", "price": 2, "amount": 3}');
INSERT INTO expr.items (name, price, amount) VALUES ('screw', 5, 4) RETURNING number, total, shout, halved;
SELECT * FROM aksara.bulk_create('expr.Item', '[{"name": "a", "price": 1}, {"name": "b", "price": 1}]');
SET search_path = expr, expr_other;
SELECT aksara.fetch('{"model": "Item", "filter": {"total__gte": 6, "halved__in": [1, 2]}, "order_by": ["-total"]}');
SELECT aksara.add_field('Item', 'twice', '{"type": "Generated", "expression": "amount * 2", "output_field": "BigInteger"}');
SELECT name, twice FROM items ORDER BY id;
SELECT f->>'name' AS field, f->>'default' AS "default", f->>'expression' AS expression
FROM json_array_elements(aksara.describe('Item') -> 'fields') f WHERE f->>'name' NOT IN ('id', 'name', 'price');

-- A generated field is not written.
SELECT aksara.create('Item', '{"name": "x", "price": 1, "total": 5}');
SELECT aksara.save('Item', '{"id": 1, "total": 5}');
SELECT aksara.update('{"model": "Item"}', '{"total": 5}');
INSERT INTO items (name, price, total) VALUES ('x', 1, 5);

-- A function that stands before pg_catalog's counts where it is meant, and only there.
CREATE FUNCTION expr_other.upper(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'trap'::text $$;
SET search_path = expr, expr_other, pg_catalog;
SELECT aksara.create_model('Trap', '{"meant": {"type": "Text", "db_default": "upper(''x'')"}, "plain": {"type": "Text", "db_default": "pg_catalog.upper(''x'')"},
	"both": {"type": "Generated", "expression": "upper(plain) || pg_catalog.upper(plain)", "output_field": "Text"}}');
SELECT aksara.add_field('Trap', 'late', '{"type": "Text", "db_default": "pg_catalog.upper(''late'')"}');
INSERT INTO traps DEFAULT VALUES RETURNING meant, plain, "both", late;
SET search_path = expr, expr_other;

-- One expression and nothing else.
CREATE FUNCTION try(definition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	detail text; hint text;
BEGIN
	PERFORM aksara.create_model('Bad', ('{"a": {"type": "Integer", "default": 1}, "b": ' || definition || '}')::aksara.doc);
	DROP TABLE bads;
	RETURN 'made';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
	RETURN SQLSTATE || ' ' || SQLERRM || coalesce(' | ' || nullif(hint, ''), '');
END $$;
SELECT sql, try(json_build_object('type', 'Integer', 'db_default', sql)::text)
FROM (VALUES ('1 + 1'), ('1, 2'), ('1) FROM pg_class WHERE (true'), ('1; DROP TABLE items'), ('1 AS x'), (''), ('1 --'), ('a'),
	('nosuch(1)'), ('''x'''), ('now()'), ('1::text'), ('count(*)'), ('(SELECT 1)'), ('generate_series(1, 2)'), ('1 +'), ('DEFAULT'), ('$1'),
	('NULL'), ('(VALUES (1))')) t(sql);
SELECT sql, try(json_build_object('type', 'Generated', 'output_field', 'Integer', 'expression', sql)::text)
FROM (VALUES ('a * 2'), ('bads.a'), ('aa * 2'), ('other.a'), ('b'), ('sum(a)'), ('(SELECT 1)'), ('random()::int'), ('a IS NULL'), ('bads'), ('ctid'),
	('a.b')) t(sql);
SELECT definition, try(definition) FROM (VALUES
	('{"type": "Generated", "output_field": "Integer"}'),
	('{"type": "Generated", "expression": "a"}'),
	('{"type": "Generated", "expression": "a", "output_field": "ForeignKey"}'),
	('{"type": "Generated", "expression": "a", "output_field": "BigAuto"}'),
	('{"type": "Generated", "expression": "a", "output_field": "Integer", "default": 1}'),
	('{"type": "Generated", "expression": "a", "output_field": "Integer", "db_persist": false}'),
	('{"type": "Generated", "expression": "a", "output_field": "Integr"}'),
	('{"type": "Integer", "default": 1, "db_default": "1"}'),
	('{"type": "Integer", "db_default": 1}'),
	('{"type": "BigAuto", "db_default": "1"}'),
	('{"type": "ForeignKey", "to": "Item", "db_default": "1"}')) t(definition);

-- The expression follows its columns, also where they are renamed by hand.
SELECT aksara.rename_field('Item', 'amount', 'pieces');
ALTER TABLE items RENAME COLUMN price TO cost;
SELECT f->>'name' AS field, f->>'expression' AS expression
FROM json_array_elements(aksara.describe('Item') -> 'fields') f WHERE f->>'type' = 'Generated';

-- A function of the definer's schemas is found again when the model is made anew.
SELECT aksara.apply_operation(aksara.apply_operation('{"op": "drop_model", "model": "Item"}')::text::aksara.doc);
SELECT aksara.create('Item', '{"name": "again", "price": "0.10"}');
DROP SCHEMA expr, expr_other CASCADE;
