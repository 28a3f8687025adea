-- Every option and every type of field, by a document and by plain SQL: what each takes, stores and refuses.
\set SHOW_CONTEXT never
\pset null '(null)'
SET client_min_messages = warning;
CREATE SCHEMA ref_fields;
SET search_path = ref_fields;

-- One field of a new row, written by a document or as a literal: what is stored, else the code and the error.
CREATE FUNCTION by_doc(field text, value json, model text DEFAULT 'Row') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN aksara.create(model, json_build_object(field, value)) ->> field;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION by_sql(field text, value text, target text DEFAULT 'rows') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	stored text;
	rule text;
BEGIN
	EXECUTE format('INSERT INTO %I (%I) VALUES (%L) RETURNING to_json(%2$I) #>> ''{}''', target, field, value) INTO stored;
	RETURN stored;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS rule = CONSTRAINT_NAME;
	RETURN SQLSTATE || ' ' || coalesce(nullif(rule, ''), SQLERRM);
END $$;
CREATE FUNCTION tries(field text, VARIADIC "values" json[]) RETURNS TABLE (value text, document text, sql text) LANGUAGE sql AS $$
	SELECT v::text, by_doc(field, v), by_sql(field, v #>> '{}') FROM unnest("values") WITH ORDINALITY u (v, n) ORDER BY n
$$;

-- ---- Options ----

SELECT aksara.create_model('Option', '{
  "required":  "Integer",
  "nullable":  {"type": "Integer", "nullable": true},
  "defaulted": {"type": "Integer", "default": 7},
  "computed":  {"type": "Integer", "db_default": "3 * 3"},
  "alone":     {"type": "Integer", "null": true, "unique": true},
  "indexed":   {"type": "Integer", "null": true, "db_index": true},
  "renamed":   {"type": "Integer", "null": true, "db_column": "other_name"},
  "chosen":    {"type": "Integer", "null": true, "choices": [[1, "one"], [2, "two"]]},
  "day":       {"type": "Date", "null": true, "choices": ["2026-01-01", "2026-01-02"]},
  "any":       {"type": "String", "null": true, "choices": []},
  "filled":    {"type": "Text", "null": true, "blank": false},
  "fixed":     {"type": "Text", "null": true, "blank": true, "editable": false, "verbose_name": "Fixed", "help_text": "stays"},
  "hidden":    {"type": "Text", "null": true, "ai_visible": false},
  "secret":    {"type": "Text", "null": true, "ai_sensitive": true},
  "shown":     {"type": "Text", "null": true, "ai_description": "what is shown", "ai_agent_writable": false}
}', meta => '{"primary_key": "bigint"}');
\d options
SELECT f FROM json_array_elements(aksara.describe('Option') -> 'fields') f WHERE f ->> 'name' IN ('chosen', 'renamed', 'fixed', 'filled');
SELECT f ->> 'name' AS name, f ->> 'description' AS description, f ->> 'writable' AS writable
FROM json_array_elements(aksara.ai_schema('Option') -> 'fields') f WHERE f ->> 'name' IN ('fixed', 'hidden', 'secret', 'shown');
SELECT col_description('options'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'options'::regclass AND attname IN ('fixed', 'shown') ORDER BY attnum;

-- Required, nullable, default.
SELECT aksara.create('Option', '{}');
SELECT aksara.create('Option', '{"required": null}');
INSERT INTO options (required) VALUES (NULL);
SELECT aksara.create('Option', '{"required": 1}');
INSERT INTO options (required) VALUES (2) RETURNING nullable, defaulted, computed;
SELECT aksara.create('Option', '{"required": 1, "defaulted": null}');
ALTER TABLE options ALTER required SET DEFAULT 1;
-- unique, choices, blank, column.
SELECT by_doc('alone', '5', 'Option'), by_doc('alone', '5', 'Option'), by_sql('alone', '5', 'options'), by_doc('alone', 'null', 'Option'), by_sql('alone', NULL, 'options');
SELECT by_doc('chosen', '1', 'Option'), by_doc('chosen', '3', 'Option'), by_sql('chosen', '2', 'options'), by_sql('chosen', '3', 'options'), by_sql('chosen', NULL, 'options');
SELECT by_doc('day', '"2026-01-01"', 'Option'), by_doc('day', '"2026-01-03"', 'Option'), by_sql('day', '2026-01-03', 'options');
SELECT by_doc('any', '"whatever"', 'Option');
SELECT by_doc('filled', '""', 'Option'), by_sql('filled', '', 'options'), by_doc('filled', '" "', 'Option'), by_doc('fixed', '""', 'Option');
SELECT by_doc('renamed', '4', 'Option'), by_sql('other_name', '4', 'options'), by_doc('other_name', '4', 'Option');
-- The rule goes with the option.
SELECT aksara.alter_field('Option', 'filled', '{"type": "Text", "null": true}');
SELECT by_doc('filled', '""', 'Option');
SELECT aksara.alter_field('Option', 'filled', '{"type": "Text", "null": true, "blank": false}');
\echo :SQLSTATE
UPDATE options SET filled = NULL WHERE filled = '';
SELECT aksara.alter_field('Option', 'filled', '{"type": "Text", "null": true, "blank": false}');
SELECT by_sql('filled', '', 'options');

-- Words of Django that say nothing to a table are told what to write instead.
SELECT aksara.create_model('Bad', '{"a": {"type": "Text", "validators": ["f"]}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "Text", "error_messages": {"required": 1}}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Text", "unique_for_date": "b"}, "b": "Date"}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Text", "blnak": true}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Text", "blank": 1}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": "Text"}', meta => '{"app_label": "shop"}');
\echo :SQLSTATE
-- Bounds are values of the type.
SELECT aksara.create_model('Bad', '{"a": {"type": "SmallInteger", "min_value": 40000}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "Integer", "max_value": 1.5}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Integer", "max_value": 1e400}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Decimal", "max_digits": 4, "min_value": 1000}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Float", "min_value": "1"}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Integer", "choices": [1, "x"]}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "Integer", "default": 3000000000}}');
SELECT to_regclass('bads');

-- ---- Types ----

SELECT aksara.create_model('Row', '{
  "str":    {"type": "String", "null": true, "min_length": 2, "max_length": 5},
  "regex":  {"type": "StringField", "null": true, "regex": "[a-z]+"},
  "strip":  {"type": "String", "null": true, "strip_whitespace": true, "min_length": 2, "max_length": 4, "choices": [["ab", "A"], ["abcd", "B"]]},
  "txt":    {"type": "Text", "null": true, "max_length": 4},
  "int":    {"type": "Integer", "null": true},
  "few":    {"type": "Integer", "null": true, "min_value": 1, "max_value": 9, "choices": [1, 2, 30]},
  "small":  {"type": "SmallInteger", "null": true},
  "big":    {"type": "BigInteger", "null": true},
  "pos":    {"type": "PositiveInteger", "null": true},
  "pos_small": {"type": "PositiveSmallInteger", "null": true},
  "pos_big":   {"type": "PositiveBigInteger", "null": true},
  "float":  {"type": "Float", "null": true, "min_value": -1, "max_value": 1.5},
  "dec":    {"type": "Decimal", "null": true, "precision": 5, "scale": 2, "min_value": -10},
  "bool":   {"type": "Boolean", "null": true},
  "stamp":  {"type": "DateTime", "null": true},
  "date":   {"type": "Date", "null": true},
  "time":   {"type": "Time", "null": true},
  "dur":    {"type": "Duration", "null": true},
  "uuid":   {"type": "UUID", "null": true},
  "json":   "JSON",
  "texts":  "Array",
  "ints":   {"type": "Array", "item_type": "integer"},
  "floats": {"type": "Array", "base_type": "float"},
  "bools":  {"type": "Array", "item_type": "boolean"},
  "uuids":  {"type": "Array", "item_type": "uuid"},
  "email":  {"type": "Email", "null": true},
  "url":    {"type": "URL", "null": true},
  "slug":   {"type": "Slug", "null": true, "max_length": 12},
  "slug_u": {"type": "Slug", "null": true, "allow_unicode": true},
  "auto":   {"type": "Slug", "null": true, "auto_from": "txt", "max_length": 3},
  "ip":     {"type": "IPAddress", "null": true},
  "ip4":    {"type": "GenericIPAddress", "null": true, "protocol": "ipv4"},
  "ip6":    {"type": "GenericIPAddress", "null": true, "protocol": "IPv6"},
  "ip_un":  {"type": "GenericIPAddress", "null": true, "unpack_ipv4": true},
  "bin":    {"type": "Binary", "null": true, "max_length": 3},
  "enum":   {"type": "Enum", "null": true, "choices": ["new", "old"]}
}', meta => '{"primary_key": "bigint"}');
SELECT f ->> 'name' AS name, f ->> 'type' AS type, f ->> 'sql_type' AS sql_type FROM json_array_elements(aksara.describe('Row') -> 'fields') f;

-- Text: NULL passes every rule; lengths, pattern and choices are looked at after stripping.
SELECT * FROM tries('str', '"ab"', '"abcde"', '"a"', '"abcdef"', '""', '5', 'true', '["ab"]', 'null');
SELECT * FROM tries('regex', '"abc"', '"abC"', '"abc\n"', '""');
SELECT * FROM tries('strip', '"  ab "', '"abcd  "', '" a "', '"abc"');
SELECT * FROM tries('txt', '"abcd"', '"abcde"', '"äöüß"', '" a "');

-- Numbers.
SELECT * FROM tries('int', '5', '"5"', '" -5 "', '"+5"', '1.0', '1e2', '1.5', '"10.5"', '"x"', '""', 'true', '2147483647', '2147483648', '-2147483649', '1e30');
SELECT * FROM tries('few', '1', '3', '30', '0');
SELECT * FROM tries('small', '-32768', '32767', '32768', '-32769');
SELECT * FROM tries('big', '9223372036854775807', '-9223372036854775808', '9223372036854775808');
SELECT * FROM tries('pos', '0', '2147483647', '-1', '"-1"', '2147483648');
SELECT * FROM tries('pos_small', '32767', '-1', '32768');
SELECT * FROM tries('pos_big', '9223372036854775807', '-1');
SELECT * FROM tries('float', '1.5', '"0.25"', '1.6', '-2', '"NaN"', '"Infinity"', '"-Infinity"', 'true', '"x"');
SELECT * FROM tries('dec', '1.25', '"1.2"', '999.99', '1.255', '"1.234"', '1000', '-10.01', '"NaN"', '"Infinity"', 'true');

-- Booleans and times; the session is in another zone than UTC.
SELECT * FROM tries('bool', 'true', 'false', '1', '0', '1.0', '"Yes"', '" off "', '"n"', '"T"', '2', '-1', '""', '"maybe"', '"none"');
SELECT * FROM tries('stamp', '"2026-03-01T12:00:00Z"', '"2026-03-01 12:00"', '"2026-03-01"', '"01/03/2026"', '5', '"2026-02-30T00:00:00Z"');
SELECT * FROM tries('date', '"2026-03-01"', '"2026-03-01T23:30:00"', '"2026-02-30"', '20260301');
SELECT * FROM tries('time', '"12:30"', '"12:30:00.123456"', '"2026-03-01T12:30:00"', '"25:00"', '5');
SELECT * FROM tries('dur', '90', '1.5', '"01:30:00"', '"P1DT2H"', '"soon"', 'true');

SELECT by_doc('stamp', '"now"'), by_doc('date', '"tomorrow"');

-- Identifiers, documents, lists.
SELECT * FROM tries('uuid', '"6f1f0f4e-9c1c-4c57-8f0e-0e3f0b2a7d11"', '"6F1F0F4E9C1C4C578F0E0E3F0B2A7D11"', '"x"', '5');
SELECT by_doc('json', '{"b": [1, null], "a": "x"}'), by_doc('json', '5'), by_doc('json', '"x"'), by_doc('json', 'null'), by_doc('json', '{"$v": null}');
SELECT by_sql('json', '{"a": NaN}'), by_sql('json', 'null'), by_sql('json', NULL);
SELECT by_doc('texts', '["a", "", "NULL", "a,b", "q\"", "b\\"]'), by_doc('texts', '[]'), by_doc('texts', '"a"'), by_doc('texts', '[1]'), by_doc('texts', '["a", null]'), by_doc('texts', '[["a"]]');
SELECT by_sql('texts', '{a,"","NULL","a,b"}'), by_sql('texts', '{a,NULL}'), by_sql('texts', '{{a},{b}}');
SELECT by_doc('ints', '[1, 2147483647]'), by_doc('ints', '[1.0]'), by_doc('ints', '[1.5]'), by_doc('ints', '["1"]'), by_doc('ints', '[true]'), by_doc('ints', '[2147483648]');
SELECT by_doc('floats', '[1, 1.5]'), by_doc('floats', '["NaN"]'), by_doc('floats', '[true]'), by_sql('floats', '{NaN}');
SELECT by_doc('bools', '[true, false]'), by_doc('bools', '[1]'), by_doc('bools', '["true"]');
SELECT by_doc('uuids', '["6f1f0f4e-9c1c-4c57-8f0e-0e3f0b2a7d11"]'), by_doc('uuids', '["x"]');

-- Text with a form of its own.
SELECT * FROM tries('email', '"  Jane@Example.COM "', '"a.b+c@x.co"', '"a@b"', '"a@b.c"', '".a@x.org"', '"a.@x.org"', '"a..b@x.org"', '"@x.org"', '"a b@x.org"');
SELECT * FROM tries('url', '" https://x.org/a?b#c "', '"http://localhost:80"', '"HTTPS://X.org"', '"ftp://x.org"', '"http://"', '"x.org"', '"http://a b"');
SELECT * FROM tries('slug', '"a-b_C9"', '"a b"', '"é"', '"abcdefghijklm"', '""');
SELECT * FROM tries('slug_u', '"é-b"', '"a b"');
SELECT aksara.create('Row', '{"txt": "Éa b"}') ->> 'auto', aksara.create('Row', '{"txt": "Xy", "auto": "own"}') ->> 'auto', aksara.slugify('  Füße, & más_! -');
INSERT INTO rows (txt) VALUES ('A-b!') RETURNING auto;
SELECT * FROM tries('ip', '"10.0.0.1"', '"::1"', '"10.0.0.0/24"', '"10.0.0.1/32"', '"300.0.0.1"', '"::ffff:10.0.0.1"');
SELECT * FROM tries('ip4', '"10.0.0.1"', '"::1"');
SELECT * FROM tries('ip6', '"::1"', '"10.0.0.1"');
SELECT * FROM tries('ip_un', '"::ffff:10.0.0.1"', '"::1"');
SELECT aksara.create_model('Bad', '{"a": {"type": "IPAddress", "protocol": "ipv5"}}');
SELECT * FROM tries('bin', '"\\x0001ff"', '"é"', '"abcd"', '"\\x0g"', '5');
SELECT * FROM tries('enum', '"new"', '"gone"', '1');

-- Times that the database keeps: at the insert, and at every change, also a plain one.
SELECT aksara.create_model('Clock', '{"name": "Text", "made": {"type": "DateTime", "auto_now_add": true}, "seen": {"type": "DateTime", "auto_now": true}, "day": {"type": "Date", "auto_now": true}}', meta => '{"primary_key": "bigint", "timestamps": true}');
SELECT (aksara.create('Clock', '{"name": "a"}') ->> 'made')::timestamptz = now() AS by_document;
INSERT INTO clocks (name) VALUES ('b') RETURNING made = now() AND seen = now() AND day = current_date AND created_at = now() AND updated_at = now() AS by_sql;
UPDATE clocks SET made = '2020-01-01', seen = '2020-01-01', updated_at = '2020-01-01' WHERE name = 'b' RETURNING made, seen = now() AND updated_at = now() AS kept;
SELECT aksara.save('Clock', '{"id": 2, "seen": "2020-01-01T00:00:00Z", "made": "2021-01-01T00:00:00Z"}') ->> 'made' AS made;
SELECT seen > '2026-01-01' AS kept FROM clocks WHERE id = 2;

-- Defaults of every type that has literals.
SELECT aksara.create_model('Filled', '{
  "a": {"type": "String", "default": "it''s"}, "b": {"type": "Decimal", "default": "1.50"}, "c": {"type": "Boolean", "default": true},
  "d": {"type": "JSON", "default": {"a": [1]}}, "e": {"type": "Array", "default": []}, "f": {"type": "Array", "item_type": "integer", "default": [1, 2]},
  "g": {"type": "Date", "default": "2026-01-01"}, "h": {"type": "Duration", "default": 90}, "i": {"type": "UUID", "default": "6f1f0f4e-9c1c-4c57-8f0e-0e3f0b2a7d11"},
  "j": {"type": "IPAddress", "default": "::1"}, "k": {"type": "Binary", "default": "\\x00ff"}, "l": {"type": "Email", "default": "a@x.org"},
  "m": {"type": "Enum", "choices": ["x", "y"], "default": "y"}, "n": {"type": "Float", "default": 0.1}, "o": {"type": "Time", "default": "12:30"}
}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create('Filled', '{}');
INSERT INTO filleds DEFAULT VALUES;
SELECT count(DISTINCT to_jsonb(f) - 'id') AS same FROM filleds f;
SELECT aksara.create_model('Bad', '{"a": {"type": "Array", "default": [null]}}');
SELECT aksara.create_model('Bad', '{"a": {"type": "JSON", "default": "NaN"}, "b": {"type": "Array", "item_type": "integer", "default": ["x"]}}');
DROP SCHEMA ref_fields CASCADE;
