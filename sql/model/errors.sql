-- A definition that cannot work is refused before anything is made.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA bad;
SET search_path = bad;

-- Words that are not there: the nearest right one is named.
SELECT aksara.create_model('M', '{"a": "Strin"}');
SELECT aksara.create_model('M', '{"a": {"type": "String", "max_lenght": 3}}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"orderin": ["a"]}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"ordering": ["-b"]}');
SELECT aksara.create_model('M', '{"title": "Text"}', '{"unique_together": [["titel"]]}');
SELECT aksara.create_model('M', '{"title": "Text"}', '{"indexes": [{"field": ["title"]}]}');

-- Names.
SELECT aksara.create_model('M', '{"pk": "Text"}');
SELECT aksara.create_model('M', '{"a__b": "Text"}');
SELECT aksara.create_model('M', '{"a_": "Text"}');
SELECT aksara.create_model('M', '{"$a": "Text"}');
SELECT aksara.create_model('M', '{"-a": "Text"}');
SELECT aksara.create_model('M', '{"": "Text"}');
SELECT aksara.create_model('M', json_build_object(repeat('x', 64), 'Text'));
SELECT aksara.create_model('', '{"a": "Text"}');
SELECT aksara.create_model('a"b', '{"a": "Text"}');
SELECT aksara.create_model('nowhere.M', '{"a": "Text"}');
SELECT aksara.create_model('M', '{"a": "Text", "b": {"type": "Text", "column": "a"}}');
SELECT aksara.create_model('M', '{"id": "Text"}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"primary_key": "b"}');
SELECT aksara.create_model('M', '{"a": {"type": "Text", "primary_key": true, "nullable": true}}');

-- Documents.
SELECT aksara.create_model('M', '{}');
SELECT aksara.create_model('M', '[]');
SELECT aksara.create_model('M', '"Text"');
SELECT aksara.create_model('M', '{"a": 1}');
SELECT aksara.create_model('M', '{"a": {}}');
SELECT aksara.create_model('M', '{"a": "Text", "a": "Text"}');
SELECT aksara.create_model('M', '{"a": "Text"');
SELECT aksara.create_model('M', '{"a": {"type": "Text", "null": true, "nullable": true}}');
SELECT aksara.create_model(NULL, '{"a": "Text"}');
SELECT aksara.create_model('M', NULL);
SELECT aksara.create_model('M', '{"a": "Text"}', NULL);
DO $$ BEGIN PERFORM aksara.create_model('M', (repeat('[', 100000) || repeat(']', 100000))); EXCEPTION WHEN statement_too_complex THEN RAISE NOTICE 'too deep'; END $$;

-- Options that do not fit.
SELECT aksara.create_model('M', '{"a": {"type": "String", "max_length": 0}}');
SELECT aksara.create_model('M', '{"a": {"type": "String", "max_length": "9"}}');
SELECT aksara.create_model('M', '{"a": {"type": "String", "regex": "("}}');
SELECT aksara.create_model('M', '{"a": {"type": "Integer", "default": 1.5}}');
SELECT aksara.create_model('M', '{"a": {"type": "Integer", "default": true}}');
SELECT aksara.create_model('M', '{"a": {"type": "Decimal", "max_digits": 2, "decimal_places": 3}}');
SELECT aksara.create_model('M', '{"a": {"type": "Decimal", "default": "1.234"}}');
SELECT aksara.create_model('M', '{"a": {"type": "DateTime", "default": "now"}}');
SELECT aksara.create_model('M', '{"a": {"type": "DateTime", "auto_now": true, "auto_now_add": true}}');
SELECT aksara.create_model('M', '{"a": {"type": "DateTime", "auto_now": true, "default": "2026-01-01"}}');
SELECT aksara.create_model('M', '{"a": {"type": "Boolean", "default": "maybe"}}');
SELECT aksara.create_model('M', '{"a": {"type": "Enum"}}');
SELECT aksara.create_model('M', '{"a": {"type": "Integer", "choices": ["x"]}}');
SELECT aksara.create_model('M', '{"a": {"type": "Text", "choices": "x"}}');

-- What exists already.
SELECT aksara.create_model('M', '{"a": "Text"}');
SELECT aksara.create_model('M', '{"a": "Text"}');
SELECT aksara.create_model('bad.M', '{"a": "Text"}');
CREATE TABLE ns (x int);
SELECT aksara.create_model('N', '{"a": "Text"}');
SELECT name FROM aksara.model;

-- Models that are not there.
SELECT aksara.describe('m');
SELECT aksara.describe('Zebra');
SET search_path = public;
SELECT aksara.describe('M');
SELECT aksara.describe('bad.N');
SELECT aksara.drop_model('bad.M', NULL);
DROP SCHEMA bad CASCADE;
