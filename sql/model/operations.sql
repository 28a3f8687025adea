-- Schema operations: each runs, and each says what undoes it.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA ops;
SET search_path = ops;
SELECT aksara.create_model('Note', '{"title": {"type": "String", "max_length": 50}, "body": "Text"}',
	'{"ordering": ["-title"], "unique_together": [["title", "body"]], "indexes": [["title"], {"fields": ["body"], "name": "by_body"}]}');
INSERT INTO notes (title, body) VALUES ('one', 'text');

SELECT aksara.add_field('Note', 'stars', '{"type": "Integer", "default": 3, "min_value": 0}');
SELECT title, stars FROM notes;
SELECT aksara.add_field('Note', 'author', '{"type": "Email", "nullable": true}');
UPDATE notes SET author = ' Jane@Example.com' RETURNING author;
SELECT aksara.rename_field('Note', 'title', 'headline');
SELECT headline FROM notes;
SELECT meta FROM aksara.model WHERE name = 'Note';
SELECT aksara.remove_field('Note', 'body');
SELECT meta FROM aksara.model WHERE name = 'Note';
\d notes
SELECT aksara.rename_model('Note', 'Memo');
SELECT name, table_name FROM aksara.model;
SELECT headline FROM memos;
SELECT name, position, column_name FROM aksara.field ORDER BY position;

-- A field with a column of its own name keeps the column; so does a model with a table of its own name.
SELECT aksara.create_model('Own', '{"a": {"type": "Text", "column": "col_a"}}', '{"table_name": "own_table"}');
SELECT aksara.rename_field('Own', 'a', 'b');
SELECT aksara.rename_model('Own', 'Other');
SELECT m.name, m.table_name, f.name, f.column_name FROM aksara.model m JOIN aksara.field f ON f.model = m.name
WHERE m.name = 'Other' ORDER BY position;

-- What cannot be.
SELECT aksara.add_field('Memo', 'headline', '"Text"');
SELECT aksara.add_field('Memo', 'needed', '"Text"');
SELECT aksara.add_field('Memo', 'pk', '"Text"');
SELECT aksara.add_field('Memo', 'key2', '{"type": "Text", "primary_key": true}');
SELECT aksara.remove_field('Memo', 'id');
SELECT aksara.remove_field('Memo', 'headlin');
SELECT aksara.rename_field('Memo', 'headline', 'stars');
SELECT aksara.rename_field('Memo', 'headline', 'a__b');
SELECT aksara.rename_model('Memo', 'Other');
SELECT aksara.rename_model('Memo', 'x.Y');
CREATE VIEW memo_view AS SELECT stars FROM memos;
SELECT aksara.remove_field('Memo', 'stars');
SELECT aksara.drop_model('Memo');
SELECT count(*) FROM aksara.model WHERE name = 'Memo';
SELECT aksara.drop_model('Memo', cascade => true);
SELECT count(*) FROM aksara.model WHERE name = 'Memo';

-- There and back: an operation, its reverse, and the reverse of that.
CREATE TABLE way (step int, op json);
INSERT INTO way VALUES (0, '{"op": "create_model", "model": "ops.Trip", "fields": {"place": {"type": "String", "max_length": 30, "default": "home"}, "far": {"type": "Float", "nullable": true, "min_value": 0}}, "meta": {"ordering": ["place"], "primary_key": "bigint"}}');
CREATE FUNCTION go(op json) RETURNS json LANGUAGE sql AS 'SELECT aksara.apply_operation(op)';
CREATE VIEW trip_schema AS
	SELECT format('%s %s %s %s', attnum, attname, format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid)) AS fact
	FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	WHERE attrelid = to_regclass('ops.trips') AND attnum > 0 AND NOT attisdropped
	UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass('ops.trips')
	UNION ALL SELECT f.name || ' ' || kind || ' ' || options FROM aksara.field f WHERE model = 'Trip';
INSERT INTO way SELECT 1, go(op) FROM way WHERE step = 0;
SELECT op FROM way WHERE step = 1;
CREATE TABLE before AS SELECT * FROM trip_schema;
INSERT INTO way SELECT 2, go(op) FROM way WHERE step = 1;
SELECT op FROM way WHERE step = 2;
SELECT to_regclass('ops.trips');
SELECT go(op) FROM way WHERE step = 2;
(TABLE before EXCEPT ALL TABLE trip_schema) UNION ALL (TABLE trip_schema EXCEPT ALL TABLE before);
SELECT go('{"op": "add_field", "model": "Trip", "field": "days", "definition": {"type": "Integer", "default": 1}}');
SELECT go('{"op": "remove_field", "model": "Trip", "field": "days"}');
SELECT go('{"op": "rename_field", "model": "Trip", "field": "place", "name": "goal"}');
SELECT go('{"op": "rename_field", "model": "ops.Trip", "field": "goal", "name": "place"}');
SELECT go('{"op": "rename_model", "model": "Trip", "name": "Tour"}');
SELECT go('{"op": "rename_model", "model": "ops.Tour", "name": "Trip"}');
(TABLE before EXCEPT ALL TABLE trip_schema) UNION ALL (TABLE trip_schema EXCEPT ALL TABLE before);

-- A field that comes back has its place among the others, unless another has it by then.
CREATE VIEW places AS SELECT string_agg(name || ' ' || position, ', ' ORDER BY position) AS places FROM aksara.field WHERE app = 'ops' AND model = 'Trip';
UPDATE way SET op = go('{"op": "remove_field", "model": "Trip", "field": "place"}') WHERE step = 1;
SELECT op -> 'operations' -> 0 ->> 'position' AS position FROM way WHERE step = 1;
SELECT go(op) FROM way WHERE step = 1;
SELECT * FROM places;
SELECT aksara.describe('Trip') #> '{fields,1,name}' AS second;
UPDATE way SET op = go('{"op": "remove_field", "model": "Trip", "field": "far"}') WHERE step = 1;
SELECT aksara.apply_operation('{"op": "add_field", "model": "Trip", "field": "near", "definition": {"type": "Float", "nullable": true}, "position": 3}');
SELECT go(op) FROM way WHERE step = 1;
SELECT * FROM places;
SELECT aksara.apply_operation('{"op": "add_field", "model": "Trip", "field": "x", "definition": "Text", "position": "first"}');
SELECT aksara.apply_operation('{"op": "alter_field", "model": "Trip", "field": "far", "definition": "Text", "position": 1}');
SELECT aksara.apply_operation('{"op": "create_modell", "model": "X"}');
SELECT aksara.apply_operation('{"op": "add_field", "modle": "Trip"}');
SELECT aksara.apply_operation('{"op": "add_field"}');
SELECT aksara.apply_operation('[]');
SELECT aksara.apply_operation(NULL);

-- An operation is undone with its transaction.
BEGIN;
SELECT aksara.rename_model('Trip', 'Gone');
SELECT aksara.describe('Gone') ->> 'name' AS name;
ROLLBACK;
SELECT aksara.describe('Trip') ->> 'name' AS name;
DROP SCHEMA ops CASCADE;
