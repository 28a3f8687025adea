-- What is done to a table by hand is followed; nothing is orphaned.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA hand;
CREATE SCHEMA moved;
SET search_path = hand;
SELECT aksara.create_model('Item', '{"name": {"type": "String", "max_length": 10}, "size": {"type": "Integer", "nullable": true}, "email": {"type": "Email", "nullable": true}}',
	'{"ordering": ["size", "name"]}');
CREATE VIEW registry AS
	SELECT m.app, m.name, m.table_name, f.name AS field, f.column_name
	FROM aksara.model m LEFT JOIN aksara.field f ON f.app = m.app AND f.model = m.name
	WHERE m.app IN ('hand', 'moved', 'moved2') ORDER BY m.name, f.position;

-- The catalog's word counts: type, length, nullability, default, uniqueness.
ALTER TABLE items ALTER COLUMN name TYPE varchar(40);
ALTER TABLE items ALTER COLUMN size SET NOT NULL;
ALTER TABLE items ALTER COLUMN size SET DEFAULT 7;
ALTER TABLE items ADD UNIQUE (name);
SELECT field ->> 'name' AS name, field ->> 'sql_type' AS sql_type, field ->> 'nullable' AS nullable,
	field ->> 'default' AS "default", field ->> 'unique' AS "unique"
FROM json_array_elements(aksara.describe('Item') -> 'fields') field;

-- Renames: the model keeps its name, the field its own; table and column follow.
ALTER TABLE items RENAME TO articles;
ALTER TABLE articles RENAME COLUMN name TO label;
SELECT * FROM registry;
SELECT aksara.describe('Item') ->> 'table' AS "table";
ALTER TABLE articles SET SCHEMA moved;
SELECT * FROM registry;
ALTER SCHEMA moved RENAME TO moved2;
SELECT * FROM registry;

-- A column that another one took the name of.
ALTER TABLE moved2.articles RENAME COLUMN label TO old_label;
ALTER TABLE moved2.articles ADD COLUMN label text;
SELECT field, column_name FROM registry;

-- Drops.
ALTER TABLE moved2.articles DROP COLUMN size;
SELECT field FROM registry;
SELECT aksara.describe('moved2.Item') -> 'meta' AS meta;
BEGIN;
DROP TABLE moved2.articles;
SELECT * FROM registry;
SELECT aksara.describe('moved2.Item');
ROLLBACK;
SELECT field FROM registry;
BEGIN;
SAVEPOINT s;
ALTER TABLE moved2.articles RENAME TO never;
ROLLBACK TO s;
SELECT DISTINCT table_name FROM registry;
COMMIT;
DROP SCHEMA moved2 CASCADE;
SELECT * FROM registry;
SELECT (SELECT count(*) FROM aksara.model) AS models, (SELECT count(*) FROM aksara.field) AS fields,
	(SELECT count(*) FROM aksara.model_oid) AS oids, (SELECT count(*) FROM aksara.field_attnum) AS attnums;

-- DROP OWNED takes models along.
CREATE ROLE regress_hand_owner;
GRANT CREATE, USAGE ON SCHEMA hand TO regress_hand_owner;
SET ROLE regress_hand_owner;
SELECT aksara.create_model('hand.Mine', '{"a": "Text"}');
RESET ROLE;
DROP OWNED BY regress_hand_owner;
SELECT * FROM registry;
DROP ROLE regress_hand_owner;

-- A table that comes and goes in one transaction, and the rules trigger on a table that is no model.
CREATE TABLE plain (a text);
CREATE TRIGGER odd BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION aksara.rules();
INSERT INTO plain VALUES ('kept') RETURNING a;
CREATE TRIGGER wrong AFTER INSERT ON plain FOR EACH ROW EXECUTE FUNCTION aksara.rules();
INSERT INTO plain VALUES ('refused');
SELECT aksara.rules();
SELECT aksara.follow_ddl();
DROP SCHEMA hand CASCADE;
