-- Functions as rules: f(value) and f(row), what they may answer, and what happens to a function over time.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA fun;
CREATE SCHEMA "other Schema";
SET search_path = fun;
\i :said
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
-- Text is the error, NULL none; false is an error, true and NULL none; json and jsonb are one text, or a map of fields.
CREATE FUNCTION as_text(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN value = 'bad' THEN 'not ' || value END$$;
CREATE FUNCTION as_boolean(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN value = 'none' THEN NULL ELSE value <> 'bad' END$$;
CREATE FUNCTION as_varchar(value text) RETURNS varchar LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN value = 'bad' THEN 'a varchar' END$$;
CREATE FUNCTION as_json(value text) RETURNS json LANGUAGE sql IMMUTABLE AS $$SELECT CASE value WHEN 'bad' THEN '"a text in json"'::json WHEN 'map' THEN '{"v": ["one", "two"], "other": "three"}' WHEN 'empty' THEN '{}' WHEN 'null' THEN 'null' END$$;
CREATE FUNCTION as_jsonb(value text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$SELECT as_json(value)::jsonb$$;
CREATE FUNCTION "other Schema"."It's ""f"""(value text) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN value = 'bad' THEN 'quoted' END$$;
CREATE FUNCTION of_any(value anyelement) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN value::text = 'bad' OR value::text = '7' THEN 'any ' || pg_typeof(value) END$$;
CREATE FUNCTION of_varchar(value varchar) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN value = 'bad' THEN 'of varchar' END$$;
CREATE FUNCTION plpg(value text) RETURNS text LANGUAGE plpgsql AS $$BEGIN IF value = 'bad' THEN RETURN 'in a language'; ELSIF value = 'raise' THEN RAISE 'its own error' USING ERRCODE = 'AK001', HINT = 'As it is.'; END IF; RETURN NULL; END$$;
CREATE FUNCTION by_default(value text, word text DEFAULT 'bad') RETURNS boolean LANGUAGE sql AS $$SELECT value <> word$$;
SELECT * FROM tries('{"type": "String", "validators": [{"function": "as_text"}]}', 'good', 'bad', '');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "as_boolean"}]}', 'good', 'bad', 'none');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "as_boolean", "message": "No, not that.", "code": "no"}]}', 'bad');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "as_boolean"}], "error_messages": {"invalid": "The field says no."}}', 'bad');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "as_varchar"}]}', 'good', 'bad');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "as_json"}]}', 'good', 'bad', 'map', 'empty', 'null');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "as_jsonb"}]}', 'good', 'bad', 'map', 'empty', 'null');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "\"other Schema\".\"It''s \"\"f\"\"\""}]}', 'good', 'bad');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "of_any"}]}', 'good', 'bad');
SELECT * FROM tries('{"type": "Integer", "validators": [{"function": "of_any"}]}', '1', '7');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "of_varchar"}]}', 'good', 'bad');
SELECT * FROM tries('{"type": "Text", "validators": [{"function": "of_varchar"}]}', 'good', 'bad');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "plpg"}]}', 'good', 'bad', 'raise');
SELECT * FROM tries('{"type": "String", "validators": [{"function": "by_default"}]}', 'good', 'bad');
-- Several, a condition, and NULL, which no function of a value is asked about.
SELECT * FROM tries('{"type": "String", "nullable": true, "validators": [{"function": "as_text"}, {"function": "as_boolean"}, {"function": "as_text", "when": "n = 1", "name": "third"}, {"function": "plpg", "when": "n = 2"}]}', 'bad', NULL);
CREATE FUNCTION no_null(value text) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN value IS NULL THEN 'asked about NULL' END$$;
SELECT * FROM tries('{"type": "String", "nullable": true, "validators": [{"function": "no_null"}]}', NULL);
-- Types of columns.
CREATE FUNCTION days(value date) RETURNS boolean LANGUAGE sql AS $$SELECT extract(isodow FROM value) < 6$$;
CREATE FUNCTION keys(value jsonb) RETURNS text LANGUAGE sql AS $$SELECT 'key ' || k || ' is too long' FROM jsonb_object_keys(value) k WHERE length(k) > 3 LIMIT 1$$;
CREATE FUNCTION members(value int[]) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN 0 = ANY (value) THEN 'no zero' END$$;
SELECT * FROM tries('{"type": "Date", "validators": [{"function": "days"}]}', '2026-01-02', '2026-01-03');
SELECT * FROM tries('{"type": "JSON", "validators": [{"function": "keys"}]}', '{"a": 1}', '{"long": 1}');
SELECT * FROM tries('{"type": "Array", "item_type": "integer", "validators": [{"function": "members"}]}', '{1,2}', '{1,0}');

-- What cannot work is told when the model is made.
CREATE FUNCTION wrong(validator text, meta text DEFAULT '{}') RETURNS text LANGUAGE sql AS
  $$SELECT fails(format('SELECT aksara.create_model(%L, %L, %L)', 'Wrong', json_build_object('v', json_build_object('type', 'String', 'validators', json_build_array(validator::json))), meta))$$;
CREATE FUNCTION two(a text, b text) RETURNS text LANGUAGE sql AS $$SELECT a$$;
CREATE FUNCTION of_int(value int) RETURNS text LANGUAGE sql AS $$SELECT NULL::text$$;
CREATE FUNCTION as_int(value text) RETURNS int LANGUAGE sql AS $$SELECT 1$$;
CREATE FUNCTION as_set(value text) RETURNS SETOF text LANGUAGE sql AS $$SELECT 'x'$$;
CREATE FUNCTION as_point(value text) RETURNS point LANGUAGE sql AS $$SELECT point(1, 1)$$;
CREATE PROCEDURE proc(value text) LANGUAGE sql AS $$SELECT 1$$;
SELECT wrong('{"function": "two"}');
SELECT wrong('{"function": "of_int"}');
SELECT wrong('{"function": "as_set"}');
SELECT wrong('{"function": "proc"}');
SELECT wrong('{"function": "max"}');
SELECT wrong('{"function": "as_text()"}');
SELECT wrong('{"function": "as_text; DROP TABLE x"}');
SELECT wrong('{"function": ""}');
SELECT wrong('{"function": "fun.nothing"}');
SELECT wrong('{"function": "no_schema.as_text"}');
SELECT wrong('{"function": "as_point"}');
SELECT wrong('{"function": "as_int"}');
SELECT wrong('"slug"', '{"rules": [{"function": "of_int"}]}');
SELECT wrong('"slug"', '{"rules": [{"function": "nowhere"}]}');
SELECT wrong('"slug"', '{"rules": [{"function": 7}]}');
SELECT to_regclass('wrongs');

-- A function over time, in one session: replaced, dropped, made again, renamed, of other schemas.
SELECT aksara.create_model('Thing', '{"v": {"type": "String", "nullable": true, "validators": [{"function": "live"}]}, "w": {"type": "String", "nullable": true, "normalize": "live_form"}, "n": {"type": "Integer", "default": 0}}', '{"primary_key": "bigint"}');
CREATE FUNCTION live(value text) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN value = 'a' THEN 'no a' END$$;
CREATE FUNCTION live_form(value text) RETURNS text LANGUAGE sql AS $$SELECT value || '!'$$;
SELECT aksara.create_model('Thing', '{"v": {"type": "String", "nullable": true, "validators": [{"function": "live"}]}, "w": {"type": "String", "nullable": true, "normalize": "live_form"}, "n": {"type": "Integer", "default": 0}}', '{"primary_key": "bigint"}');
SELECT said($$SELECT aksara.create('Thing', '{"v": "a"}')$$), said($$INSERT INTO things (v) VALUES ('b')$$);
CREATE OR REPLACE FUNCTION live(value text) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN value = 'b' THEN 'no b' END$$;
SELECT said($$SELECT aksara.create('Thing', '{"v": "a"}')$$), said($$INSERT INTO things (v) VALUES ('b')$$);
DROP FUNCTION live(text);
SELECT fails($$SELECT aksara.create('Thing', '{"v": "a"}')$$);
SELECT fails($$INSERT INTO things (v) VALUES ('a')$$);
SELECT fails($$INSERT INTO things (v) VALUES (NULL)$$);
SELECT fails($$SELECT * FROM aksara.check_existing('Thing')$$);
BEGIN;
SELECT aksara.remove_validator('Thing', 'v', 'function');
SELECT said($$INSERT INTO things (v) VALUES ('a')$$);
ROLLBACK;
CREATE FUNCTION live(value text) RETURNS boolean LANGUAGE sql AS $$SELECT value <> 'c'$$;
SELECT said($$SELECT aksara.create('Thing', '{"v": "c"}')$$), said($$INSERT INTO things (v) VALUES ('c')$$), said($$INSERT INTO things (v) VALUES ('a')$$);
ALTER FUNCTION live(text) RENAME TO living;
SELECT fails($$INSERT INTO things (v) VALUES ('a')$$);
ALTER FUNCTION living(text) RENAME TO live;
SELECT said($$INSERT INTO things (v) VALUES ('c')$$);
BEGIN;
DROP FUNCTION live(text);
SELECT fails($$INSERT INTO things (v) VALUES ('a')$$);
ROLLBACK;
SELECT said($$INSERT INTO things (v) VALUES ('c')$$);
DROP FUNCTION live_form(text);
SELECT fails($$INSERT INTO things (w) VALUES ('a')$$);
SELECT aksara.alter_field('Thing', 'w', '{"type": "String", "nullable": true}');
SELECT said($$INSERT INTO things (w) VALUES ('a')$$);
-- One that answers in another type than the column's gives a value of the column's type, or says that it cannot.
BEGIN;
SELECT fails($$SELECT aksara.alter_field('Thing', 'v', '{"type": "String", "nullable": true, "normalize": "number"}')$$);
ROLLBACK;
CREATE FUNCTION number(value int) RETURNS numeric LANGUAGE sql AS $$SELECT value * 2$$;
CREATE FUNCTION word(value int) RETURNS date LANGUAGE sql AS $$SELECT date '2026-01-01'$$;
SELECT aksara.alter_field('Thing', 'n', '{"type": "Integer", "default": 0, "normalize": "number"}');
INSERT INTO things (n) VALUES (4) RETURNING n;
SELECT aksara.create('Thing', '{"n": 4}') -> 'n' AS n;
SELECT fails($$SELECT aksara.alter_field('Thing', 'n', '{"type": "Integer", "default": 0, "normalize": "word"}')$$);
SELECT fails($$INSERT INTO things (n) VALUES (4)$$);
SELECT aksara.alter_field('Thing', 'n', '{"type": "Integer", "default": 0}');
SELECT fails($$INSERT INTO things (n) VALUES (4)$$);

-- Found by the path of who defines; called whatever the path of who writes.
SET search_path = pg_catalog;
SELECT fun.said($$INSERT INTO fun.things (v) VALUES ('c')$$), fun.said($$SELECT aksara.create('fun.Thing', '{"v": "c"}')$$);
SET search_path = fun;

-- A function that writes: to the same table, to another, and through aksara.
SELECT aksara.create_model('Log', '{"word": {"type": "String", "validators": [{"function": "as_text"}]}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Nest', '{"depth": {"type": "Integer", "validators": [{"function": "nest"}]}, "word": {"type": "String", "default": "x", "normalize": ["upper"]}}', '{"primary_key": "bigint", "rules": [{"function": "note"}]}');
CREATE TABLE noted (depth int, word text);
CREATE FUNCTION note(o jsonb) RETURNS text LANGUAGE sql AS 'INSERT INTO fun.noted VALUES ((o ->> ''depth'')::int, o ->> ''word''); SELECT NULL::text';
CREATE FUNCTION nest(value int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF value > 0 THEN
		INSERT INTO fun.nests (depth, word) VALUES (value - 1, 'by hand');
		PERFORM aksara.create('fun.Log', json_build_object('word', 'depth ' || value));
		PERFORM aksara.create('fun.Nest', json_build_object('depth', 0, 'word', 'by document'));
	END IF;
	RETURN CASE WHEN value = -1 THEN 'too deep' END;
END $$;
SELECT aksara.create_model('Nest', '{"depth": {"type": "Integer", "validators": [{"function": "nest"}]}, "word": {"type": "String", "default": "x", "normalize": ["upper"]}}', '{"primary_key": "bigint", "rules": [{"function": "note"}]}');
INSERT INTO nests (depth, word) VALUES (3, 'outer');
SELECT aksara.create('Nest', '{"depth": 2, "word": "outer"}');
SELECT depth, word, count(*) FROM nests GROUP BY 1, 2 ORDER BY 1, 2;
-- Each row was looked at as it is, also after others were written on its account.
SELECT depth, word, count(*) FROM noted GROUP BY 1, 2 ORDER BY 1, 2;
SELECT word, count(*) FROM logs GROUP BY 1 ORDER BY 1;
SELECT said($$INSERT INTO nests (depth) VALUES (-1)$$), said($$SELECT aksara.create('Nest', '{"depth": -1}')$$);
-- One that fails further in, and one that changes the model meanwhile.
CREATE OR REPLACE FUNCTION nest(value int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	IF value = 1 THEN
		BEGIN
			INSERT INTO fun.nests (depth) VALUES (-1);
		EXCEPTION WHEN check_violation THEN
			RETURN 'inside: ' || SQLERRM;
		END;
	ELSIF value = 2 THEN
		CREATE OR REPLACE FUNCTION fun.meanwhile() RETURNS int LANGUAGE sql AS 'SELECT 1';
		INSERT INTO fun.nests (depth) VALUES (0);
	ELSIF value = 3 THEN
		PERFORM aksara.create_model('fun.Meanwhile', '{"a": "Text"}');
		INSERT INTO fun.nests (depth) VALUES (0);
	END IF;
	RETURN CASE WHEN value = -1 THEN 'too deep' END;
END $$;
SELECT said($$INSERT INTO nests (depth) VALUES (1)$$), said($$SELECT aksara.create('Nest', '{"depth": 1}')$$);
INSERT INTO nests (depth, word) VALUES (2, 'meanwhile') RETURNING word;
INSERT INTO nests (depth, word) VALUES (3, 'meanwhile'), (0, 'after') RETURNING word;
SELECT aksara.drop_model('Meanwhile');
SELECT aksara.create('Nest', '{"depth": 3, "word": "document"}') -> 'word' AS word;

-- Rights: the function is called as whoever writes; SECURITY DEFINER is its owner's.
CREATE ROLE regress_val_writer;
GRANT USAGE ON SCHEMA fun TO regress_val_writer;
GRANT INSERT, SELECT, UPDATE ON things TO regress_val_writer;
CREATE TABLE secret (word text);
INSERT INTO secret VALUES ('abracadabra');
CREATE OR REPLACE FUNCTION live(value text) RETURNS boolean LANGUAGE sql AS $$SELECT value NOT IN (SELECT word FROM fun.secret)$$;
SET ROLE regress_val_writer;
SELECT fun.fails($$INSERT INTO things (v) VALUES ('x')$$);
RESET ROLE;
ALTER FUNCTION live(text) SECURITY DEFINER;
SET ROLE regress_val_writer;
SELECT fun.said($$INSERT INTO things (v) VALUES ('x')$$), fun.said($$INSERT INTO things (v) VALUES ('abracadabra')$$), fun.said($$SELECT aksara.create('Thing', '{"v": "abracadabra"}')$$);
RESET ROLE;
REVOKE EXECUTE ON FUNCTION live(text) FROM PUBLIC;
SELECT said($$INSERT INTO things (v) VALUES ('abracadabra')$$);
SET ROLE regress_val_writer;
SELECT fails($$INSERT INTO things (v) VALUES ('x')$$);
SELECT fails($$SELECT aksara.create('Thing', '{"v": "x"}')$$);
SELECT fails($$SELECT aksara.full_clean('Thing', '{"v": "x"}')$$);
RESET ROLE;
GRANT EXECUTE ON FUNCTION live(text) TO regress_val_writer;
SET ROLE regress_val_writer;
SELECT said($$INSERT INTO things (v) VALUES ('x')$$), said($$SELECT aksara.create('Thing', '{"v": "abracadabra"}')$$);
RESET ROLE;
-- Who may not call the function may not make a rule of it to have others call it either: only the owner of a model gives it rules.
SET ROLE regress_val_writer;
SELECT fails($$SELECT aksara.add_validator('Thing', 'v', '{"function": "as_text"}')$$);
RESET ROLE;

-- A function that raises in the middle of its work is not half-way when it is called again in the same transaction.
CREATE FUNCTION raises(value int) RETURNS text LANGUAGE sql AS $$SELECT 'first'; SELECT CASE WHEN 1 / (value - 7) > 9 THEN 'never' END$$;
SELECT aksara.create_model('Half', '{"v": {"type": "Integer", "validators": [{"function": "raises"}]}}', '{"primary_key": "bigint"}');
DO $$BEGIN
	FOR i IN 1..3 LOOP
		INSERT INTO halfs (v) VALUES (1);
		BEGIN INSERT INTO halfs (v) VALUES (7); EXCEPTION WHEN division_by_zero THEN NULL; END;
		BEGIN PERFORM aksara.create('Half', '{"v": 7}'); EXCEPTION WHEN division_by_zero THEN NULL; END;
		PERFORM aksara.create('Half', '{"v": 2}');
	END LOOP;
END$$;
SELECT count(*) FROM halfs;

DROP SCHEMA fun, "other Schema" CASCADE;
DROP ROLE regress_val_writer;
