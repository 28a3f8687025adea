-- Arrays, bytes, addresses, ranges: their columns, and the rules the table itself keeps.
\set VERBOSITY terse
SET client_min_messages = warning;
SET datestyle = 'ISO, YMD';
CREATE SCHEMA more;
SET search_path = more;

SELECT aksara.create_model('Box', '{
  "label":   {"type": "String", "max_length": 20, "strip_whitespace": true, "nullable": true},
  "note":    {"type": "Text", "strip_whitespace": true, "nullable": true, "db_collation": "C"},
  "tags":    "Array",
  "words":   {"type": "Array", "item_type": {"type": "String", "max_length": 5}, "size": 3},
  "counts":  {"type": "Array", "base_type": "integer", "nullable": false, "default": []},
  "ratios":  {"type": "ArrayField", "item_type": "float"},
  "prices":  {"type": "Array", "item_type": {"type": "Decimal", "max_digits": 5, "decimal_places": 2}},
  "flags":   {"type": "Array", "item_type": "bool", "default": [true, false]},
  "ids":     {"type": "Array", "item_type": "UUID"},
  "days":    {"type": "Array", "item_type": "Date"},
  "data":    {"type": "Binary", "max_length": 4, "nullable": true},
  "ip":      {"type": "GenericIPAddress", "nullable": true, "unpack_ipv4": true},
  "ip4":     {"type": "IPAddress", "protocol": "IPv4", "nullable": true},
  "ip6":     {"type": "IPAddress", "protocol": "ipv6", "nullable": true},
  "r4":      {"type": "IntegerRange", "nullable": true, "default": {"lower": 1, "upper": 5, "bounds": "[]"}},
  "r8":      {"type": "BigIntegerRange", "nullable": true},
  "rn":      {"type": "DecimalRange", "nullable": true},
  "rd":      {"type": "DateRange", "nullable": true},
  "rt":      {"type": "DateTimeRange", "nullable": true}
}', '{"primary_key": "bigint"}');
\d boxes

-- The rules, by raw SQL.
INSERT INTO boxes DEFAULT VALUES RETURNING counts, flags, r4;
INSERT INTO boxes (tags) VALUES ('{a,NULL}');
INSERT INTO boxes (tags) VALUES ('{{a},{b}}');
INSERT INTO boxes (tags) VALUES ('{}'), ('{"a,b","c\\d","e\"f","NULL",""}') RETURNING tags;
INSERT INTO boxes (words) VALUES ('{abcdef}');
INSERT INTO boxes (words) VALUES ('{a,b,c,d}');
INSERT INTO boxes (ratios) VALUES ('{1,NaN}');
INSERT INTO boxes (ratios) VALUES ('{-Infinity}');
INSERT INTO boxes (prices) VALUES ('{NaN}');
INSERT INTO boxes (counts) VALUES (NULL);
INSERT INTO boxes (data) VALUES ('12345');
INSERT INTO boxes (ip) VALUES ('10.0.0.0/8');
INSERT INTO boxes (ip4) VALUES ('::1');
INSERT INTO boxes (ip6) VALUES ('10.0.0.1');
INSERT INTO boxes (ip, ip4, ip6) VALUES ('::ffff:10.0.0.1', '10.0.0.1', '2001:DB8:0:0::1') RETURNING ip, ip4, ip6;
INSERT INTO boxes (label, note) VALUES (E'  a b \n', E'\t x ') RETURNING '[' || label || ']' AS label, '[' || note || ']' AS note;
-- Blanks do not count towards the length.
UPDATE boxes SET label = '   twelve letters   ' WHERE label = 'a b' RETURNING '[' || label || ']' AS label;

-- Dropped and made again, everything is as it was.
CREATE VIEW shape AS
	SELECT attname::text AS name, format_type(atttypid, atttypmod) || ' ' || attnotnull || ' ' || attcollation || ' ' || coalesce(pg_get_expr(adbin, adrelid), '') AS is
	FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
	WHERE attrelid = to_regclass('more.boxes') AND attnum > 0
	UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = to_regclass('more.boxes')
	UNION ALL SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = to_regclass('more.boxes');
CREATE TABLE before AS SELECT * FROM shape;
SELECT aksara.apply_operation(aksara.apply_operation('{"op": "drop_model", "model": "Box"}')::text::aksara.doc);
(TABLE before EXCEPT TABLE shape) UNION ALL (TABLE shape EXCEPT TABLE before);

-- Definitions that cannot work.
\set VERBOSITY default
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "item_type": "JSON"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "item_type": "Array"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "item_type": "intger"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "item_type": 5}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "item_type": {"type": "Integer", "min_value": 5}}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "item_type": {"type": "Integer", "max_length": 5}}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "item_type": {"max_length": 5}}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "item_type": "integer", "default": ["x"]}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "default": "x"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "size": 0}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "IPAddress", "protocol": "ipv5"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "IPAddress", "protocol": "ipv4", "unpack_ipv4": true}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "IntegerRange", "default": {"lower": 5, "upper": 1}}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "IntegerRange", "default": {"from": 5}}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "String", "db_collation": "no_such"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Binary", "max_length": "4"}}');
DROP SCHEMA more CASCADE;
