-- Field types of one's own: create_field_type(), alter_field_type(), drop_field_type().
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA lab;
SET search_path = lab;

-- The text of an error with its code, detail and hint.
CREATE FUNCTION lab.says(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE state text; message text; detail text; hint text;
BEGIN
	EXECUTE sql;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
		hint = PG_EXCEPTION_HINT;
	RETURN state || ' ' || message || coalesce(E'\n  ' || nullif(detail, ''), '') || coalesce(E'\n  ' || nullif(hint, ''), '');
END $$;

-- ---- a type: base, defaults, options, a rule ----

SELECT aksara.create_field_type('Rating', 'SmallInteger', '{
	"defaults": {"default": 3, "help_text": "stars"},
	"options": {"stars": {"type": "integer", "default": 5, "choices": [5, 10]}},
	"check": "value BETWEEN 1 AND stars"
}');
SELECT app, name, version, base, definition FROM aksara.field_type WHERE app = 'lab';
SELECT aksara.create_model('Film', '{
	"title": "String",
	"rating": "Rating",
	"jury": {"type": "lab.Ratin", "stars": 10}
}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Film', '{
	"title": "String",
	"rating": "Rating",
	"jury": {"type": "lab.Rating", "stars": 10, "default": 7, "nullable": true}
}', '{"primary_key": "bigint"}');
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'films'::regclass AND contype = 'c' ORDER BY 1;
SELECT aksara.create('Film', '{"title": "Alien"}');
SELECT lab.says($$SELECT aksara.create('Film', '{"title": "Heat", "rating": "good", "jury": 1.5}')$$);
INSERT INTO films (title, rating) VALUES ('Heat', 6);
INSERT INTO films (title, rating, jury) VALUES ('Heat', 4, 10);
SELECT aksara.count('Film', '{"jury__gte": 7}');
SELECT f -> 'type' AS type, f -> 'base' AS base, f -> 'type_version' AS version, f -> 'sql_type' AS sql_type, f -> 'stars' AS stars
	FROM jsonb_array_elements(aksara.describe('Film')::jsonb -> 'fields') f WHERE f ? 'base';

-- An option that there is not, of another kind, out of its choices.
SELECT lab.says($$SELECT aksara.add_field('Film', 'x', '{"type": "Rating", "star": 10}')$$);
SELECT lab.says($$SELECT aksara.add_field('Film', 'x', '{"type": "Rating", "stars": "10"}')$$);
SELECT lab.says($$SELECT aksara.add_field('Film', 'x', '{"type": "Rating", "stars": 7}')$$);
SELECT lab.says($$SELECT aksara.add_field('Film', 'x', '{"type": "Rating", "default": 6}')$$);
SELECT lab.says($$SELECT aksara.add_field('Film', 'x', '{"type": "Ratings"}')$$);
SELECT lab.says($$SELECT aksara.add_field('Film', 'x', '{"type": "Rating", "type_version": 4}')$$);

-- What stands in the field's options without being given is registered with them.
SELECT name, kind, options FROM aksara.field WHERE app = 'lab' AND kind = 'lab.Rating' ORDER BY position;

-- ---- what can be wrong with a type ----

SELECT lab.says($$SELECT aksara.create_field_type(NULL, 'String')$$);
SELECT lab.says($$SELECT aksara.create_field_type('Rating', 'String')$$);
SELECT lab.says($$SELECT aksara.create_field_type('String', 'Text')$$);
SELECT lab.says($$SELECT aksara.create_field_type('a__b', 'Text')$$);
SELECT lab.says($$SELECT aksara.create_field_type('aksara.Mine', 'Text')$$);
SELECT lab.says($$SELECT aksara.create_field_type('nowhere.Mine', 'Text')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'Strin')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'ForeignKey')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'Generated')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'lab.T')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '[]')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"chek": "true"}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"check": 1}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"check": "true); DROP TABLE films; --"}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"check": "value"}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"check": "title = value"}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"check": "EXISTS (SELECT 1 FROM lab.films)"}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"defaults": {"max_lenght": 3}}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"defaults": {"max_length": 0}}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"fixed": ["max_length"]}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"options": {"max": {"type": "numbr"}}}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"options": {"max": {"least": 1}}}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"options": {"max": {"type": "number", "default": "x"}}}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"options": {"unique": {}}}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"options": {"max_length": {}}}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"from_external": "no_such"}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"from_external": "lab.says", "to_external": "pg_catalog.random"}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'Text', '{"to_external": "lab.says"}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'Integer', '{"from_external": "lab.says"}')$$);
SELECT lab.says($$SELECT aksara.alter_field_type('T', '{}')$$);
SELECT lab.says($$SELECT aksara.drop_field_type('Ratin')$$);
SELECT count(*) FROM aksara.field_type WHERE app = 'lab';

-- Options are constants of the rule, never its text.
SELECT aksara.create_field_type('Word', 'Text', '{
	"options": {"word": {"type": "string", "required": true}, "not in": {"type": "list"}, "loud": {"type": "boolean", "default": false}},
	"checks": {"word": "value <> word", "loud": "NOT loud OR value = upper(value)", "listed": "\"not in\" IS NULL OR NOT \"not in\" ? value"}
}');
SELECT lab.says($$SELECT aksara.create_model('Note', '{"text": "Word"}')$$);
SELECT aksara.create_model('Note', '{"text": {"type": "Word", "word": "''; DROP TABLE films; --", "loud": true, "not in": ["A", "B''"]}}');
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'notes'::regclass AND contype = 'c' ORDER BY 1;
INSERT INTO notes (text) VALUES ('''; DROP TABLE films; --');
INSERT INTO notes (text) VALUES ('quiet');
INSERT INTO notes (text) VALUES ('A');
INSERT INTO notes (text) VALUES ('C');

-- ---- values that have another form in documents ----

CREATE FUNCTION lab.length_in(value jsonb, options jsonb) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF jsonb_typeof(value) <> 'string' OR value #>> '{}' !~ '^\d+ ?cm$' THEN
		RAISE EXCEPTION 'not a length: %', value USING HINT = 'Lengths are written like "7 cm".';
	END IF;
	RETURN regexp_replace(value #>> '{}', '\D', '', 'g')::integer * coalesce((options ->> 'scale')::integer, 1);
END $$;
CREATE FUNCTION lab.length_out(value integer, options jsonb) RETURNS text LANGUAGE sql IMMUTABLE
	RETURN value / coalesce((options ->> 'scale')::integer, 1) || ' cm';
SELECT aksara.create_field_type('lab.Length', 'Integer', '{
	"options": {"scale": {"type": "integer", "default": 10}},
	"check": "value % scale = 0",
	"from_external": "length_in",
	"to_external": "lab.length_out"
}');
SELECT definition ->> 'from_external' AS reads, definition ->> 'to_external' AS writes FROM aksara.field_type WHERE name = 'Length';
SELECT aksara.create_model('Shelf', '{"name": {"type": "String", "unique": true}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Board', '{
	"shelf": {"type": "ForeignKey", "to": "Shelf", "related_name": "boards"},
	"wide": {"type": "Length", "default": "7 cm", "choices": ["7 cm", ["8 cm", "eight"], "9 cm"]},
	"deep": {"type": "Length", "nullable": true, "scale": 1, "unique": true}
}', '{"primary_key": "bigint"}');
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'boards'::regclass AND adnum = 3;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'boards'::regclass AND contype = 'c' ORDER BY 1;
SELECT lab.says($$SELECT aksara.add_field('Board', 'x', '{"type": "Length", "default": "7 in"}')$$);
SELECT lab.says($$SELECT aksara.add_field('Shelf', 'x', '{"type": "Length", "primary_key": true}')$$);
-- The whole way, and the kept one.
SELECT aksara.create('Shelf', '{"name": "tall"}');
SELECT aksara.create('Board', '{"shelf": 1, "deep": "4 cm"}');
SELECT aksara.create('Board', '{"shelf": 1, "wide": "8 cm", "deep": "5cm"}');
SELECT aksara.create('Board', '{"shelf": 1, "wide": "9 cm", "deep": null}');
SELECT lab.says($$SELECT aksara.create('Board', '{"shelf": 1, "wide": "8 in", "deep": 5}')$$);
SELECT * FROM boards ORDER BY id;
-- Out: rows, a branch, a list, picked, annotated, grouped.
SELECT aksara.fetch('{"model": "Board", "order_by": ["id"]}');
SELECT aksara.fetch('{"model": "Board", "filter": {"wide": "8 cm"}, "select_related": ["shelf"], "only": ["wide", "shelf"]}');
SELECT aksara.fetch('{"model": "Shelf", "prefetch_related": ["boards"]}');
SELECT aksara.fetch('{"model": "Board", "pick": ["wide"], "distinct": true, "order_by": ["wide"]}');
SELECT aksara.fetch('{"model": "Board", "annotate": {"w": {"$f": "wide"}, "twice": {"$mul": [{"$f": "wide"}, 2]}}, "pick": ["w", "twice"], "order_by": ["id"], "limit": 1}');
SELECT aksara.fetch('{"model": "Board", "group_by": ["wide"], "annotate": {"n": {"$count": "*"}}, "order_by": ["wide"]}');
SELECT aksara.aggregate('{"model": "Board"}', '{"most": {"$max": "wide"}, "sum": {"$sum": "wide"}}');
SELECT aksara.in_bulk('{"model": "Board", "only": ["id", "deep"]}', '["4 cm"]', 'deep');
-- In: conditions, once more with another value, lists, typed values, null.
SELECT aksara.count('Board', '{"wide__gt": "7 cm"}'), aksara.count('Board', '{"wide__gt": "8 cm"}');
SELECT aksara.count('Board', '{"wide__in": ["7 cm", "9 cm"]}'), aksara.count('Board', '{"wide__range": ["8 cm", "9 cm"]}'), aksara.count('Board', '{"deep": null}');
SELECT lab.says($$SELECT aksara.count('Board', '{"wide__gt": 70}')$$);
SELECT aksara.count(aksara.objects('Board', aksara.filter('wide', '8 cm'))), aksara.count(aksara.objects('Board', aksara.filter('wide', '8 cm'::text)));
-- Inlined: the constant is converted; what is known later is read by the ordinary function.
EXPLAIN (COSTS OFF) SELECT * FROM aksara.rows(NULL::boards, aksara.objects('Board', aksara.filter('wide', '8 cm')));
SELECT wide FROM aksara.rows(NULL::boards, aksara.objects('Board', aksara.filter('wide', '8 cm')));
PREPARE q(text) AS SELECT wide FROM aksara.rows(NULL::boards, aksara.objects('Board', aksara.filter('wide', $1)));
EXECUTE q('8 cm');
EXECUTE q('9 cm');
PREPARE l(text) AS SELECT wide FROM aksara.rows(NULL::boards, aksara.objects('Board', aksara.filter('wide__in', $1))) ORDER BY 1;
EXECUTE l('["7 cm", "9 cm"]');
-- Writes.
SELECT aksara.update('{"model": "Board", "filter": {"wide": "9 cm"}}', '{"wide": "8 cm", "deep": "6 cm"}');
SELECT aksara.save('Board', '{"id": 1, "deep": "14 cm"}');
SELECT aksara.save('Board', aksara.get('Board', '{"id": 1}'));
SELECT aksara.bulk_create('Board', '[{"shelf": 1, "wide": "7 cm"}, {"shelf": 1, "deep": "21 cm"}]');
SELECT lab.says($$SELECT aksara.bulk_create('Board', '[{"shelf": 1, "wide": "7"}, {"shelf": 1, "deep": "21"}]')$$);
SELECT aksara.bulk_update('Board', '[{"id": 4, "wide": "9 cm"}, {"id": 5, "wide": "9 cm"}]');
SELECT aksara.upsert('Board', '{"shelf": 1, "wide": "9 cm", "deep": "21 cm"}', '{deep}');
SELECT aksara.get_or_create('Board', '{"deep": "21 cm"}', '{"shelf": 1}');
SELECT aksara.update_or_create('Board', '{"deep": "22 cm"}', '{"shelf": 1, "wide": "8 cm"}');
COPY boards (shelf_id, wide) FROM stdin;
1	80
\.
COPY boards (shelf_id, wide) FROM stdin;
1	75
\.
SELECT * FROM boards ORDER BY id;

-- A function that went, was renamed, is not granted; a STABLE one.
ALTER FUNCTION lab.length_out(integer, jsonb) RENAME TO length_shown;
SELECT lab.says($$SELECT aksara.fetch('{"model": "Board", "order_by": ["id"], "limit": 1}')$$);
SELECT lab.says($$SELECT aksara.create('Board', '{"shelf": 1}')$$);
ALTER FUNCTION lab.length_shown(integer, jsonb) RENAME TO length_out;
SELECT aksara.fetch('{"model": "Board", "order_by": ["id"], "limit": 1}');
ALTER FUNCTION lab.length_in(jsonb, jsonb) STABLE;
EXPLAIN (COSTS OFF) SELECT * FROM aksara.rows(NULL::boards, aksara.objects('Board', aksara.filter('wide', '8 cm')));
SELECT count(*) FROM aksara.rows(NULL::boards, aksara.objects('Board', aksara.filter('wide', '8 cm')));
ALTER FUNCTION lab.length_in(jsonb, jsonb) RENAME TO length_read;
SELECT lab.says($$SELECT aksara.count('Board', '{"wide": "8 cm"}')$$);
-- Then the model can still be described, and the field altered.
SELECT f -> 'default' AS default, f -> 'type' AS type FROM jsonb_array_elements(aksara.describe('Board')::jsonb -> 'fields') f WHERE f ->> 'name' = 'wide';
SELECT * FROM aksara.check_registry();
BEGIN;
SELECT aksara.alter_field('Board', 'wide', '{"type": "Integer", "default": 5}');
SELECT aksara.create('Board', '{"shelf": 1, "wide": 4}') -> 'wide' AS wide;
ROLLBACK;
SELECT lab.says($$SELECT aksara.alter_field('Board', 'wide', '{"type": "Length", "default": "7 cm"}')$$);
ALTER FUNCTION lab.length_read(jsonb, jsonb) RENAME TO length_in;
-- An error that is no word about the value is not the document's.
CREATE OR REPLACE FUNCTION lab.length_in(value jsonb, options jsonb) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT * FROM lab.gone';
SET check_function_bodies = off;
CREATE OR REPLACE FUNCTION lab.length_in(value jsonb, options jsonb) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT * FROM lab.gone';
RESET check_function_bodies;
SELECT lab.says($$SELECT aksara.count('Board', '{"wide": "8 cm"}')$$);
CREATE OR REPLACE FUNCTION lab.length_in(value jsonb, options jsonb) RETURNS integer LANGUAGE sql IMMUTABLE
	AS $$SELECT regexp_replace(value #>> '{}', '\D', '', 'g')::integer * (options ->> 'scale')::integer$$;

-- ---- versions ----

SELECT aksara.alter_field_type('Rating', '{
	"options": {"stars": {"type": "integer", "default": 5}},
	"check": "value BETWEEN 0 AND stars"
}');
SELECT * FROM aksara.check_registry();
INSERT INTO films (title, rating) VALUES ('Troll 2', 0);
SELECT aksara.add_field('Film', 'public', '{"type": "Rating", "default": 0, "stars": 7}');
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'films'::regclass AND contype = 'c' ORDER BY 1;
-- What describes a field as it is makes it again as it is.
SELECT aksara.apply_operation('{"op": "alter_field", "model": "Film", "field": "rating", "definition": {"type": "Rating"}}') AS reverse \gset
SELECT :'reverse';
SELECT * FROM aksara.check_registry();
INSERT INTO films (title, rating) VALUES ('Troll 2', 0);
DELETE FROM films WHERE rating = 0;
SELECT aksara.apply_operation(:'reverse') IS NOT NULL AS undone;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'films_rating_rating';
SELECT lab.says($$SELECT aksara.drop_field_type('Rating')$$);
SELECT lab.says($$SELECT aksara.apply_operation('{"op": "alter_field_type", "name": "Rating", "version": 1}')$$);
SELECT aksara.remove_field('Film', 'public');
SELECT aksara.apply_operation('{"op": "alter_field_type", "name": "Rating", "version": 1}');
SELECT version, earlier FROM aksara.field_type WHERE name = 'Rating';

-- ---- a type on a type, operations and their reverse ----

SELECT aksara.apply_operation('{"op": "create_field_type", "name": "Half", "base": "lab.Length", "definition": {"fixed": ["scale"], "defaults": {"scale": 2, "nullable": true}, "check": "value < 100"}}') AS reverse \gset
SELECT :'reverse';
SELECT aksara.add_field('Shelf', 'half', '{"type": "Half"}');
SELECT lab.says($$SELECT aksara.add_field('Shelf', 'other', '{"type": "Half", "scale": 3}')$$);
SELECT aksara.update('{"model": "Shelf"}', '{"half": "8 cm"}');
SELECT aksara.fetch('{"model": "Shelf"}'), (SELECT half FROM shelfs);
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'shelfs'::regclass AND contype = 'c' ORDER BY 1;
SELECT lab.says($$SELECT aksara.drop_field_type('Length')$$);
SELECT aksara.remove_field('Shelf', 'half');
SELECT aksara.apply_operation(:'reverse') AS again \gset
SELECT :'again';
SELECT aksara.apply_operation(:'again') IS NOT NULL AS made_again;
SELECT aksara.drop_field_type('Half');

-- Validators, normal forms and words that come with a type, before the field's own; nothing stands twice.
CREATE FUNCTION lab.squash(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN regexp_replace($1, '\s+', ' ', 'g');
CREATE FUNCTION lab.no_x(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN CASE WHEN $1 ~ 'x' THEN 'no x, please' END;
SELECT aksara.create_field_type('Tidy', 'String', '{
	"normalize": ["lower", "squash"],
	"validators": [{"min_length": 3}, {"function": "no_x"}],
	"error_messages": {"min_length": "far too short", "tidy": "not tidy"},
	"check": "value NOT LIKE ''% %''"
}');
SELECT aksara.create_model('Tag', '{"name": {"type": "Tidy", "validators": [{"max_length": 6}], "error_messages": {"max_length": "far too long"}}}',
	'{"primary_key": "bigint"}');
SELECT options FROM aksara.field WHERE model = 'Tag' AND name = 'name';
SELECT aksara.create('Tag', '{"name": "ABC"}');
INSERT INTO tags (name) VALUES ('DEF'), ('x-ray');
INSERT INTO tags (name) VALUES ('DEF');
SELECT name FROM tags ORDER BY id;
SELECT lab.says(format('SELECT aksara.create(''Tag'', %L)', json_build_object('name', n))) FROM unnest('{A,ABCDEFG,A   C,a-x}'::text[]) n;
SELECT aksara.apply_operation(json_build_object('op', 'alter_field', 'model', 'Tag', 'field', 'name', 'definition', options::jsonb || '{"type": "Tidy", "help_text": "x"}')::text)
	IS NOT NULL AS altered FROM aksara.field WHERE model = 'Tag' AND name = 'name';
SELECT options FROM aksara.field WHERE model = 'Tag' AND name = 'name';
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"validators": [{"min_lenght": 3}]}')$$);
SELECT lab.says($$SELECT aksara.create_field_type('T', 'String', '{"normalize": ["lowr"]}')$$);

-- Names that need quotes.
CREATE SCHEMA "My Lab";
CREATE FUNCTION "My Lab"."Read It"(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN lower($1);
SELECT aksara.create_field_type('My Lab.Odd Name', 'String', '{"options": {"a \"b\"": {"type": "string", "default": "x"}}, "check": "value <> \"a \"\"b\"\"\"", "from_external": "\"My Lab\".\"Read It\""}');
SELECT aksara.create_model('My Lab.Thing', '{"odd": "My Lab.Odd Name"}', '{"primary_key": "bigint", "table_name": "Th\"ings"}');
SELECT aksara.create('My Lab.Thing', '{"odd": "ABC"}');
SELECT lab.says($$SELECT aksara.create('My Lab.Thing', '{"odd": "X"}')$$);
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = '"My Lab"."Th""ings"'::regclass AND contype = 'c';
-- A schema that is renamed takes its types along, and their functions.
ALTER SCHEMA "My Lab" RENAME TO your_lab;
SELECT app, name, definition ->> 'from_external' AS reads FROM aksara.field_type WHERE app ~ 'ab$' ORDER BY 1, 2;
SELECT aksara.create('your_lab.Thing', '{"odd": "DEF"}');
SELECT * FROM aksara.check_registry();
-- One that is dropped takes them away; fields of other schemas are what their columns are.
SELECT aksara.add_field('Film', 'odd', '{"type": "your_lab.Odd Name", "nullable": true}');
DROP SCHEMA your_lab CASCADE;
SELECT * FROM aksara.check_registry();
SELECT aksara.create('Film', '{"title": "Brazil", "odd": "As It Is"}');
SELECT f FROM jsonb_array_elements(aksara.describe('Film')::jsonb -> 'fields') f WHERE f ->> 'name' = 'odd';
SELECT lab.says($$SELECT aksara.create_model('Other', '{"odd": "your_lab.Odd Name"}')$$);
SELECT aksara.alter_field('Film', 'odd', '{"type": "String", "nullable": true}');
SELECT * FROM aksara.check_registry();

-- ---- rights ----

CREATE ROLE regress_lab_maker;
CREATE ROLE regress_lab_user;
CREATE SCHEMA makers AUTHORIZATION regress_lab_maker;
GRANT USAGE ON SCHEMA makers TO regress_lab_user;
CREATE SCHEMA users AUTHORIZATION regress_lab_user;
SET ROLE regress_lab_maker;
CREATE FUNCTION makers.shout(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN upper($1);
CREATE FUNCTION makers.whisper(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN lower($1);
SELECT aksara.create_field_type('makers.Loud', 'Text', '{"from_external": "shout", "to_external": "makers.whisper", "check": "value = upper(value)"}');
SET ROLE regress_lab_user;
SET search_path = pg_catalog;
SELECT aksara.create_model('users.Cry', '{"what": "makers.Loud"}', '{"primary_key": "bigint"}');
SELECT aksara.create('users.Cry', '{"what": "Hey"}');
TABLE users.cries;
INSERT INTO users.cries (what) VALUES ('quiet');
DO $$BEGIN PERFORM aksara.alter_field_type('makers.Loud', '{}'); EXCEPTION WHEN insufficient_privilege THEN RAISE WARNING '%', SQLERRM; END$$;
DO $$BEGIN PERFORM aksara.drop_field_type('makers.Loud'); EXCEPTION WHEN insufficient_privilege THEN RAISE WARNING '%', SQLERRM; END$$;
DO $$BEGIN PERFORM aksara.create_field_type('makers.Mine', 'Text'); EXCEPTION WHEN insufficient_privilege THEN RAISE WARNING '%', SQLERRM; END$$;
-- The registry takes no row that the role may not say, none that is ill-formed, and no change.
INSERT INTO aksara.field_type VALUES ('makers', 'Mine', 1, 'Text', '{}', '{}');
INSERT INTO aksara.field_type VALUES ('users', 'Mine', 1, 'Text', '{"chck": 1}', '{}');
INSERT INTO aksara.field_type VALUES ('users', 'Mine', 0, 'Text', '{}', '{}');
INSERT INTO aksara.field_type VALUES ('users', 'Mine', 1, 'Text', '[]', '{}');
INSERT INTO aksara.field_type VALUES ('users', 'Mine', 1, 'Text', '{}', '{"1": 1}');
INSERT INTO aksara.field_type VALUES ('aksara', 'Mine', 1, 'Text', '{}', '{}');
INSERT INTO aksara.field_type VALUES ('users', 'a__b', 1, 'Text', '{}', '{}');
INSERT INTO aksara.field_type VALUES ('users', 'Mine', 1, 'Text', '{"from_external": "a b"}', '{}');
INSERT INTO aksara.field_type VALUES ('users', 'Mine', 1, 'Text', '{"to_external": "a.b.c"}', '{}');
INSERT INTO aksara.field_type VALUES ('users', 'Mine', 1, 'Text', '{"check": "true", "check": "false"}', '{}');
INSERT INTO aksara.field_type VALUES ('users', 'Mine', 1, 'Text', '{"options": {"type": {}}}', '{}');
UPDATE aksara.field_type SET base = 'Text';
DELETE FROM aksara.field_type;
TRUNCATE aksara.field_type;
-- A ring of bases is no type; what nobody could define is found when a field of it is.
INSERT INTO aksara.field_type VALUES ('users', 'A', 1, 'users.B', '{}', '{}'), ('users', 'B', 1, 'users.A', '{}', '{}'),
	('users', 'C', 1, 'Text', '{"check": "drop", "from_external": "b", "defaults": {"x": 1}}', '{}');
DO $$BEGIN PERFORM aksara.create_model('users.X', '{"a": "users.A"}'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, SQLERRM; END$$;
DO $$BEGIN PERFORM aksara.create_model('users.X', '{"c": "users.C"}'); EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, SQLERRM; END$$;
SELECT * FROM aksara.check_registry();
INSERT INTO aksara.field_type SELECT 'users', 'T' || n, 1, CASE n WHEN 1 THEN 'Text' ELSE 'users.T' || n - 1 END, '{}', '{}' FROM generate_series(1500, 1, -1) n;
SELECT count(*) FROM aksara.check_registry();
INSERT INTO aksara.field_type SELECT 'users', 'U' || n, 1, CASE n WHEN 1 THEN 'Text' ELSE 'users.U' || n - 1 END, '{}', '{}' FROM generate_series(1, 100) n;
SELECT count(*) FROM aksara.check_registry() WHERE model ~ '.U';
SELECT aksara.drop_field_type('users.C');
-- What is not granted.
SET ROLE regress_lab_maker;
REVOKE EXECUTE ON FUNCTION makers.whisper(text), makers.shout(text) FROM PUBLIC;
SET ROLE regress_lab_user;
DO $$BEGIN PERFORM aksara.fetch('{"model": "users.Cry"}'); EXCEPTION WHEN insufficient_privilege THEN RAISE WARNING '%', SQLERRM; END$$;
DO $$BEGIN PERFORM aksara.create('users.Cry', '{"what": "Ho"}'); EXCEPTION WHEN insufficient_privilege THEN RAISE WARNING '%', SQLERRM; END$$;
TABLE users.cries;
RESET ROLE;
RESET search_path;
DROP SCHEMA lab, makers, users CASCADE;
DROP ROLE regress_lab_maker, regress_lab_user;
SELECT * FROM aksara.field_type WHERE app <> 'aksara';
SELECT count(*) = 6 AS oids FROM aksara.field_type_oid;
