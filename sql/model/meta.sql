-- What a model says as a whole: keys, constraints, indexes, comments.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA meta;
SET search_path = meta;

-- Constraints and indexes of every form.
SELECT aksara.create_model('Booking', '{
  "room":     {"type": "Integer", "help_text": "number on the door"},
  "code":     {"type": "String", "max_length": 20, "ai_description": "short name"},
  "email":    {"type": "Email", "nullable": true},
  "price":    {"type": "Decimal", "default": 0},
  "discount": {"type": "Decimal", "default": 0},
  "starts":   "DateTime",
  "ends":     "DateTime",
  "tags":     {"type": "JSON"}
}', '{
  "comment": "who has which room",
  "verbose_name": "booking",
  "unique_together": ["room", "starts"],
  "constraints": [
    {"check": "discount <= price", "name": "discount_below_price"},
    {"check": "ends > starts"},
    {"unique": ["room", "code"], "include": ["price"], "nulls_distinct": false, "name": "room_code"},
    {"unique": ["ends"], "deferrable": "deferred"},
    {"unique": ["email"], "condition": "price > 0", "name": "paid_email"},
    {"expressions": ["lower(code)"], "name": "code_ignoring_case"},
    {"exclude": [[{"expression": "tstzrange(starts, ends)"}, "&&"]], "condition": "room = 1", "name": "one_at_a_time"}
  ],
  "indexes": [
    ["room", "-starts"],
    {"fields": ["code"], "opclasses": ["varchar_pattern_ops"], "name": "code_pattern"},
    {"fields": ["tags"], "using": "gin", "opclass": "jsonb_path_ops"},
    {"expressions": ["upper(code)"], "condition": "email IS NOT NULL", "include": ["price"], "name": "upper_code"},
    {"fields": [{"field": "price", "order": "desc", "nulls": "last"}], "unique": false, "name": "dear_ones"}
  ]}');
\d bookings
SELECT obj_description('bookings'::regclass), col_description('bookings'::regclass, 2), col_description('bookings'::regclass, 3);

-- The registry keeps none of it: describe() reads the catalog, so what is made by hand is shown too.
SELECT meta FROM aksara.model WHERE app = 'meta';
CREATE INDEX by_hand ON bookings USING hash (code);
ALTER TABLE bookings ADD CHECK (room <> 13);
SELECT aksara.describe('Booking') ->> 'comment' AS comment;
SELECT c ->> 'name' AS name, c FROM json_array_elements(aksara.describe('Booking') -> 'constraints') c;
SELECT i ->> 'name' AS name, i FROM json_array_elements(aksara.describe('Booking') -> 'indexes') i;

-- They hold for every writer.
INSERT INTO bookings (room, code, price, starts, ends) VALUES (1, 'a', 5, '2026-01-01 10:00+0', '2026-01-01 12:00+0');
\set VERBOSITY terse
INSERT INTO bookings (room, code, discount, starts, ends) VALUES (2, 'b', 5, '2026-01-02 10:00+0', '2026-01-02 12:00+0');
INSERT INTO bookings (room, code, price, starts, ends) VALUES (2, 'A', 5, '2026-01-02 10:00+0', '2026-01-02 13:00+0');
INSERT INTO bookings (room, code, price, starts, ends) VALUES (1, 'c', 5, '2026-01-01 11:00+0', '2026-01-01 13:00+0');
SELECT aksara.create('Booking', '{"room": 1, "code": "d", "price": 5, "starts": "2026-01-01T12:00Z", "ends": "2026-01-01T11:00Z"}');
\set VERBOSITY default

-- Dropped and made again from what undoes the drop: the same table.
CREATE VIEW facts AS
	SELECT format('%s %s %s %s', attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)) AS fact
	FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	WHERE attrelid = to_regclass('meta.bookings') AND attnum > 0 AND NOT attisdropped
	UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass('meta.bookings')
	UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'meta' AND tablename = 'bookings'
	UNION ALL SELECT f.name || ' ' || f.kind || ' ' || f.options FROM aksara.field f WHERE f.model = 'Booking'
	UNION ALL SELECT m.meta::text FROM aksara.model m WHERE m.name = 'Booking'
	UNION ALL SELECT format('%s %s', objsubid, description) FROM pg_description WHERE objoid = to_regclass('meta.bookings');
CREATE TABLE before AS SELECT * FROM facts;
SELECT count(*) > 30 AS many FROM before;
SELECT aksara.apply_operation('{"op": "drop_model", "model": "Booking"}') AS undo \gset
SELECT aksara.apply_operation(:'undo');
(TABLE before EXCEPT ALL TABLE facts) UNION ALL (TABLE facts EXCEPT ALL TABLE before);

-- Keys: several fields, a list of one, the order of the list.
SELECT aksara.create_model('Line', '{"order_no": "Integer", "position": "SmallInteger", "text": "Text"}', '{"primary_key": ["position", "order_no"]}');
SELECT aksara.create_model('Seat', '{"row": {"type": "Integer", "primary_key": true}, "number": {"type": "Integer", "primary_key": true}}');
SELECT aksara.create_model('Code', '{"code": {"type": "UUID"}}', '{"primary_key": ["code"]}');
\d lines
\d seats
\d codes
SELECT aksara.describe('Line') -> 'primary_key' AS key;
SELECT aksara.apply_operation('{"op": "drop_model", "model": "Line"}') AS undo \gset
SELECT :'undo'::json -> 'meta' AS meta;
SELECT aksara.apply_operation(:'undo');
SELECT aksara.describe('Line') -> 'primary_key' AS key;
SELECT aksara.create_model('Bad', '{"a": "Text"}', '{"primary_key": ["a", "b"]}');
SELECT aksara.create_model('Bad', '{"a": "Text"}', '{"primary_key": ["a", "a"]}');
SELECT aksara.create_model('Bad', '{"a": "Text"}', '{"primary_key": []}');
SELECT aksara.create_model('Bad', '{"a": "Text"}', '{"primary_key": 1}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Text", "null": true}}', '{"primary_key": "a"}');
SELECT aksara.create_model('Bad', '{"a": "Text", "b": {"type": "Text", "primary_key": true}}', '{"primary_key": "a"}');

-- Bases: abstract models, whose fields and options are copied.
SELECT aksara.create_model('Stamped', '{"note": {"type": "Text", "default": ""}}',
	'{"abstract": true, "timestamps": true, "ordering": ["-created_at"], "ai_description": "has a history",
	  "indexes": [{"fields": ["created_at"], "name": "%(class)s_made"}]}');
SELECT aksara.create_model('Named', '{"name": {"type": "String", "max_length": 40}, "note": "Text", "old": "Integer"}',
	'{"abstract": true, "constraints": [{"check": "name <> ''''"}], "ordering": ["name"]}');
SELECT name, table_name, meta FROM aksara.model WHERE name IN ('Stamped', 'Named') ORDER BY name;
SELECT aksara.create_model('Person', '{"name": {"type": "String", "max_length": 99}, "old": null, "age": "Integer"}',
	'{"extends": ["Stamped", "Named"], "primary_key": "bigint"}');
\d persons
SELECT meta FROM aksara.model WHERE name = 'Person';
SELECT aksara.create_model('Child', '{}', '{"extends": "Named"}');
SELECT name FROM aksara.field WHERE model = 'Child' ORDER BY position;
SELECT aksara.describe('Named');
SELECT aksara.create_model('Top', '{"extra": "Text"}', '{"extends": ["Named"], "abstract": true}');
SELECT aksara.create_model('Bottom', '{"more": "Text"}', '{"extends": ["meta.Top"]}');
SELECT name FROM aksara.field WHERE model = 'Bottom' ORDER BY position;
SELECT aksara.create_model('Bad', '{"a": "Text"}', '{"extends": ["Nothing"]}');
SELECT aksara.create_model('Bad', '{"a": "Text"}', '{"extends": ["Person"]}');
SELECT aksara.create_model('Bad', '{"a": "Text"}', '{"abstract": true, "table_name": "bad"}');
SELECT aksara.create_model('Bad', '{"a": "Text"}', '{"abstract": "yes"}');
SELECT aksara.create('Named', '{"name": "x"}');
SELECT aksara.add_field('Named', 'x', '"Text"');
SELECT aksara.apply_operation('{"op": "drop_model", "model": "Named"}') AS undo \gset
SELECT count(*) FROM aksara.model WHERE name = 'Named';
SELECT aksara.apply_operation(:'undo');
SELECT count(*) FROM aksara.field WHERE model = 'Named';
-- A base follows its schema.
ALTER SCHEMA meta RENAME TO meta2;
SELECT DISTINCT app FROM aksara.model WHERE name IN ('Named', 'Person');
ALTER SCHEMA meta2 RENAME TO meta;
-- Who may not create in the schema can neither define nor drop one.
CREATE ROLE regress_meta_other;
GRANT USAGE ON SCHEMA meta TO regress_meta_other;
SET ROLE regress_meta_other;
SELECT aksara.create_model('Mine', '{"a": "Text"}', '{"abstract": true}');
SELECT aksara.drop_model('Named');
RESET ROLE;
DROP OWNED BY regress_meta_other;
DROP ROLE regress_meta_other;

DROP SCHEMA meta CASCADE;
SELECT count(*) FROM aksara.model;
SELECT count(*) FROM aksara.abstract_oid;
