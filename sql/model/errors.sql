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

-- A default that no row could take, and rules that leave no value.
SELECT aksara.create_model('M', '{"a": {"type": "String", "max_length": 5, "default": "too long"}}');
SELECT aksara.create_model('M', '{"a": {"type": "String", "min_length": 3, "default": "ab"}}');
SELECT aksara.create_model('M', '{"a": {"type": "Integer", "max_value": 9, "default": 10}}');
SELECT aksara.create_model('M', '{"a": {"type": "Text", "choices": ["x", "y"], "default": "z"}}');
SELECT aksara.create_model('M', '{"a": {"type": "Email", "default": "nobody"}}');
SELECT aksara.create_model('M', '{"a": {"type": "PositiveInteger", "default": -1}}');
SELECT aksara.create_model('M', '{"a": {"type": "Integer", "min_value": 10, "max_value": 9}}');
SELECT aksara.create_model('M', '{"a": {"type": "Text", "min_length": 3, "max_length": 2}}');
SELECT aksara.create_model('M', '{"a": {"type": "BigAuto", "default": 1}}');

-- Names that clash: with the key, with another's column or document key, with an accessor.
SELECT aksara.create_model('M', '{"id": {"type": "Text", "primary_key": true}, "id": "Text"}');
SELECT aksara.create_model('M', '{"author": {"type": "ForeignKey", "to": "M"}, "author_id": "Text"}');
SELECT aksara.create_model('M', '{"a": {"type": "ForeignKey", "to": "M", "related_name": "b"}, "b": "Text"}');
SELECT aksara.create_model('M', '{"a": {"type": "ForeignKey", "to": "M", "related_name": "x__y"}}');
SELECT aksara.create_model('M', '{"a": {"type": "ForeignKey", "to": "M", "related_name": "b"}, "c": {"type": "ForeignKey", "to": "M", "related_name": "b"}}');
SELECT aksara.create_model('M', '{"a": {"type": "Text", "column": ""}}');
SELECT aksara.create_model('M', '{"a": {"type": "Text", "column": "xmin"}}');
SELECT aksara.create_model('a__b', '{"a": "Text"}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"table_name": ""}');
SELECT aksara.create_model('M', json_build_object('a', 'Text'), json_build_object('table_name', repeat('t', 64)));

-- Too much of it.
DO $$ BEGIN
	PERFORM aksara.create_model('M', (SELECT json_object_agg('f' || n, 'Integer') FROM generate_series(1, 1601) n));
EXCEPTION WHEN too_many_columns THEN RAISE WARNING '% %', SQLSTATE, SQLERRM; END $$;
SELECT aksara.create_model('M', '{"a\u0000b": "Text"}');
SELECT aksara.create_model('M', '{"a": {"type": "Integer", "default": 1e999999}}');

SELECT aksara.create_model('M', '{"a": {"type": "Text", "ai_sensitive": "yes"}}');
SELECT aksara.create_model('M', '{"a": {"type": "Text", "help_text": 1}}');

-- Meta that does not fit.
SELECT aksara.create_model('M', '{"a": "Text"}', '{"ai_permissions": [1]}');
SELECT aksara.create_model('M', '{"a": "Text"}', '[]');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"ordering": [1]}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"table_name": 1}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"timestamps": "yes"}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"db_table": "x", "table_name": "y"}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"unique_together": [[]]}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"unique_together": [["a", "a"]]}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"constraints": {"check": "true"}}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"constraints": [{"check": "b > 1"}]}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"constraints": [{"check": "a > 1"}]}');
SELECT aksara.create_model('M', '{"a": "Text", "m": {"type": "ManyToMany", "to": "M"}}', '{"indexes": [["m"]]}');
SELECT aksara.create_model('M', '{"a": "Text"}', '{"indexes": [{"fields": ["a"], "name": ""}]}');
SELECT count(*) AS left_behind FROM pg_class WHERE relnamespace = 'bad'::regnamespace;

-- A field named like a lookup is a field.
SELECT aksara.create_model('Odd', '{"exact": "Text", "in": "Integer", "select": "Text"}');
SELECT aksara.create('Odd', '{"exact": "x", "in": 1, "select": "y"}') ->> 'in' AS "in";
SELECT aksara.fetch('{"model": "Odd", "filter": {"exact": "x", "in__in": [1]}}') ->> 'select' AS "select";
SELECT aksara.drop_model('Odd');

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
