-- What PostgreSQL reports of a write by document, in the words of the model: by constraint, never by the text of the message.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA errs;
SET search_path = errs;
\i :said
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('Town', '{"name": {"type": "String", "unique": true}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Hall', '{"town": "BigInteger", "no": "Integer"}', '{"primary_key": ["town", "no"]}');
SELECT aksara.create_model('Person', '{
  "town":  {"type": "ForeignKey", "to": "Town", "on_delete": "CASCADE"},
  "hall":  {"type": "ForeignKey", "to": "Hall", "on_delete": "CASCADE", "nullable": true},
  "email": {"type": "String", "unique": true, "column": "mail"},
  "name":  {"type": "String", "max_length": 12, "min_length": 2},
  "born":  {"type": "Date", "nullable": true, "db_default": "current_date"},
  "seat":  {"type": "IntegerRange", "nullable": true},
  "age":   {"type": "Integer", "default": 18, "validators": [{"min_value": 18}]}
}', '{"primary_key": "bigint", "unique_together": [["town", "name"]], "rules": [
  {"name": "seats", "exclude": [["seat", "&&"]], "using": "gist"},
  {"name": "born_after", "check": "born > ''1900-01-01''", "field": "born"},
  {"name": "adult", "check": "age >= 18 OR name <> ''x''"}]}');
SELECT aksara.create_model('Kind', '{
  "town":  {"type": "ForeignKey", "to": "Town", "on_delete": "CASCADE", "error_messages": {"invalid": "No such town.", "required": "A town, please.", "null": "Some town, please."}},
  "email": {"type": "String", "unique": true, "error_messages": {"unique": "This address is taken.", "required": "We need an address.", "null": "An address, not nothing.", "invalid": "An address is text."}},
  "name":  {"type": "String", "max_length": 12, "min_length": 2, "validators": [{"regex": "^[a-z]"}, {"regex": "[^!]$", "message": "No shouting."}], "error_messages": {"min_length": "Too short.", "max_length": "Too long.", "invalid": "Begin with a letter."}},
  "age":   {"type": "Integer", "default": 18, "error_messages": {"invalid": "A number, please."}, "validators": [{"min_value": 18}]}
}', '{"primary_key": "bigint", "unique_together": [["town", "name"]], "constraint_messages": {"kinds_town_id_name_key": {"message": "There is one in that town.", "code": "twice", "field": "name"}, "kinds_age_min_value": {"message": "Grow up."}}}');
INSERT INTO towns (name) VALUES ('a'), ('b');
INSERT INTO halls VALUES (1, 1);
INSERT INTO persons (town_id, mail, name, seat) VALUES (1, 'p@x', 'pp', '[1,5)');
INSERT INTO kinds (town_id, email, name) VALUES (1, 'p@x', 'pp');

-- Each class of violation, three times: a call that is kept says what the first said.
CREATE FUNCTION thrice(model text, VARIADIC docs text[]) RETURNS TABLE (error text, same boolean) LANGUAGE plpgsql AS $$
DECLARE doc text; said text[];
BEGIN
	FOREACH doc IN ARRAY docs LOOP
		said := ARRAY(SELECT tried(format('SELECT aksara.create(%L, %L)', model, doc)) FROM generate_series(1, 3));
		error := said[1];
		same := said[1] = said[2] AND said[2] = said[3];
		RETURN NEXT;
	END LOOP;
END $$;
SELECT * FROM thrice('Person', '{"town": 1, "email": "q@x", "name": "qq"}', '{"town": 1, "email": "p@x", "name": "qq"}', '{"town": 1, "email": "q@x", "name": "pp"}', '{"town": 9, "email": "q@x", "name": "qq"}',
  '{"town": 1, "hall": {"town": 7, "no": 7}, "email": "q@x", "name": "qq"}', '{"town": 1, "email": "q@x", "name": "qq", "seat": "[4,6)"}', '{"town": 1, "email": "q@x", "name": "q"}', '{"town": 1, "email": "q@x", "name": "qq", "age": 17}',
  '{"town": 1, "email": "q@x", "name": "qq", "born": "1800-01-01"}', '{"town": 1, "email": "q@x", "name": null}', '{"email": "q@x", "name": "qq"}', '{"id": 1, "town": 1, "email": "q@x", "name": "qq"}', '{"town": 1, "email": "q@x", "name": "x", "age": 3}');
SELECT * FROM thrice('Kind', '{"town": 1, "email": "p@x", "name": "qq"}', '{"town": 1, "email": "q@x", "name": "pp"}', '{"town": 9, "email": "q@x", "name": "qq"}', '{"town": 1, "email": "q@x", "name": "q"}', '{"town": 1, "email": "q@x", "name": "quite a long name"}',
  '{"town": 1, "email": "q@x", "name": "Qq"}', '{"town": 1, "email": "q@x", "name": "qq!"}', '{"town": 1, "email": "q@x", "name": "qq", "age": 17}', '{"town": 1, "email": null, "name": "qq"}', '{"name": "qq"}', '{"town": null, "email": "q@x", "name": "qq"}',
  '{"town": "x", "email": 7, "name": "qq", "age": "old"}', '{"town": null, "email": "q@x", "name": "!", "age": 1}');
-- With changing values, and after an error of another kind: the kept call, and the first of a session.
CREATE FUNCTION turn(n int) RETURNS text LANGUAGE sql AS
  $$SELECT tried(format('SELECT aksara.create(%L, %L)', 'Kind', json_build_object('town', CASE n % 4 WHEN 1 THEN 9 ELSE 1 END, 'email', CASE n % 4 WHEN 2 THEN 'p@x' ELSE 'q' || n END, 'name', CASE n % 4 WHEN 3 THEN 'pp' ELSE 'n' || n END)))$$;
SELECT n, turn(n) FROM generate_series(1, 8) n;

-- NULL that only the table finds: a trigger of the owner's takes the value away.
CREATE FUNCTION take_away() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF new.name = 'none' THEN new.name := NULL; END IF; RETURN new; END$$;
CREATE TRIGGER take_away BEFORE INSERT OR UPDATE ON persons FOR EACH ROW EXECUTE FUNCTION take_away();
CREATE TRIGGER take_away BEFORE INSERT OR UPDATE ON kinds FOR EACH ROW EXECUTE FUNCTION take_away();
SELECT tried($$SELECT aksara.create('Person', '{"town": 1, "email": "q@x", "name": "none"}')$$), tried($$SELECT aksara.update('{"model": "Person"}', '{"name": "none"}')$$);
-- Then everything is told by the table, and in the same words.
SELECT * FROM thrice('Person', '{"town": 1, "email": "q@x", "name": "q"}', '{"town": 1, "email": "q@x", "name": "qq", "age": 17}', '{"town": 1, "email": "q@x", "name": "x", "age": 17}', '{"town": 1, "email": "q@x", "name": "qq", "born": "1800-01-01"}');
SELECT * FROM thrice('Kind', '{"town": 1, "email": "q@x", "name": "q"}', '{"town": 1, "email": "q@x", "name": "Qq"}', '{"town": 1, "email": "q@x", "name": "qq!"}', '{"town": 1, "email": "q@x", "name": "qq", "age": 17}', '{"town": 1, "email": "q@x", "name": "none"}');
DROP TRIGGER take_away ON persons;
DROP TRIGGER take_away ON kinds;

-- Every call that writes.
SELECT tried($$SELECT aksara.save('Kind', '{"id": 1, "town": 9}')$$);
SELECT tried($$SELECT aksara.update('{"model": "Kind"}', '{"town": 9}')$$);
SELECT tried($$SELECT aksara.update('{"model": "Kind"}', '{}', '{"town": {"$add": ["town", 8]}}')$$);
SELECT tried($$SELECT aksara.update('{"model": "Kind"}', '{}', '{"age": {"$sub": ["age", 8]}}')$$);
SELECT tried($$SELECT aksara.bulk_update('Kind', '[{"id": 1, "town": 9}]')$$);
SELECT tried($$SELECT aksara.bulk_create('Kind', '[{"town": 1, "email": "q", "name": "aa"}, {"town": 9, "email": "r", "name": "bb"}]')$$);
SELECT tried($$SELECT aksara.bulk_create('Kind', '[{"town": 1, "email": "q", "name": "aa"}, {"town": 1, "email": "q", "name": "bb"}]')$$);
SELECT tried($$SELECT aksara.upsert('Kind', '{"id": 5, "town": 1, "email": "p@x", "name": "zz"}', '{id}')$$);
SELECT tried($$SELECT aksara.get_or_create('Kind', '{"email": "new"}', '{"town": 9, "name": "zz"}')$$);
SELECT tried($$SELECT aksara.update_or_create('Kind', '{"email": "p@x"}', '{"town": 9}')$$);
SELECT tried($$SELECT aksara.related_create('Town', '1', 'kind_set', '{"email": "p@x", "name": "zz"}')$$);
SELECT tried($$SELECT aksara.create('Hall', '{"town": 1, "no": 1}')$$);
-- Lists of documents carry the number of the document, counted from 0, where the document itself tells what is wrong.
SELECT tried($$SELECT aksara.bulk_create('Kind', '[{"town": 1, "email": "q", "name": "aa"}, {"town": 1, "name": "!"}, {"twn": 1, "town": 1, "email": 7, "name": "q", "age": 1}]')$$);
SELECT tried($$SELECT aksara.bulk_update('Kind', '[{"id": 1, "name": "!"}, {"id": 1, "age": "x"}]')$$);

-- Errors of other tables, or of the user's own, stay as they are.
CREATE SCHEMA errs_log;
CREATE TABLE errs_log.kinds (name text CONSTRAINT kinds_age_min_value CHECK (name <> 'bad') CONSTRAINT kinds_email_key UNIQUE NOT NULL);
CREATE FUNCTION write_log() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO errs_log.kinds VALUES (nullif(new.name, 'nothing')); IF new.name = 'raise' THEN RAISE unique_violation USING MESSAGE = 'my own', CONSTRAINT = 'kinds_email_key'; END IF; RETURN new; END$$;
CREATE TRIGGER write_log AFTER INSERT ON kinds FOR EACH ROW EXECUTE FUNCTION write_log();
SELECT tried($$SELECT aksara.create('Kind', '{"town": 2, "email": "q@x", "name": "bad"}')$$);
SELECT tried($$SELECT aksara.create('Kind', '{"town": 2, "email": "q@x", "name": "nothing"}')$$);
SELECT tried($$SELECT aksara.create('Kind', '{"town": 2, "email": "q@x", "name": "raise"}')$$);
SELECT tried($$SELECT aksara.bulk_create('Kind', '[{"town": 2, "email": "q@x", "name": "aa"}, {"town": 1, "email": "z@x", "name": "aa"}]')$$);
DROP TRIGGER write_log ON kinds;

-- Constraints made by hand have words too, and so has one whose column no field stands for.
ALTER TABLE kinds ADD CONSTRAINT by_hand CHECK (age < 200), ADD COLUMN extra int CONSTRAINT extra_small CHECK (extra < 5) DEFAULT 1, ADD CONSTRAINT both_small CHECK (age + extra < 150);
CREATE UNIQUE INDEX no_case ON kinds (lower(name));
SELECT tried($$SELECT aksara.create('Kind', '{"town": 2, "email": "q@x", "name": "qq", "age": 200}')$$);
SELECT tried($$SELECT aksara.create('Kind', '{"town": 2, "email": "q@x", "name": "qq", "age": 149}')$$);
SELECT tried($$SELECT aksara.create('Kind', '{"town": 2, "email": "q@x", "name": "pP"}')$$);
SELECT tried($$SELECT aksara.full_clean('Kind', '{"town": 2, "email": "q@x", "name": "pP"}')$$);
ALTER TABLE kinds ALTER extra SET DEFAULT 7;
SELECT tried($$SELECT aksara.create('Kind', '{"town": 2, "email": "q@x", "name": "qq"}')$$);
ALTER TABLE kinds DROP COLUMN extra;
ALTER TABLE kinds RENAME CONSTRAINT by_hand TO renamed_by_hand;
SELECT tried($$SELECT aksara.create('Kind', '{"town": 2, "email": "q@x", "name": "qq", "age": 200}')$$);

-- Another role's rules are worked out for it, and its errors have the same words, whoever wrote last.
CREATE ROLE regress_val_errors;
GRANT USAGE ON SCHEMA errs TO regress_val_errors;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA errs TO regress_val_errors;
CREATE FUNCTION quiet(value text) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
SELECT aksara.add_validator('Kind', 'email', '{"function": "quiet"}');
SELECT tried($$SELECT aksara.create('Kind', '{"town": 1, "email": "p@x", "name": "qq"}')$$);
SET ROLE regress_val_errors;
INSERT INTO kinds (town_id, email, name) VALUES (2, 'r@x', 'rr');
SELECT tried($$SELECT aksara.create('Kind', '{"town": 1, "email": "p@x", "name": "qq"}')$$);
RESET ROLE;
SELECT tried($$SELECT aksara.create('Kind', '{"town": 1, "email": "p@x", "name": "qq"}')$$);
SET ROLE regress_val_errors;
INSERT INTO kinds (town_id, email, name) VALUES (2, 's@x', 'ss');
RESET ROLE;
SELECT aksara.add_validator('Kind', 'email', '{"function": "quiet", "name": "again"}');
SELECT tried($$SELECT aksara.create('Kind', '{"town": 1, "email": "p@x", "name": "qq"}')$$);
SET ROLE regress_val_errors;
INSERT INTO kinds (town_id, email, name) VALUES (2, 't@x', 'tt');
RESET ROLE;
SELECT tried($$SELECT aksara.update('{"model": "Kind"}', '{}', '{"age": {"$sub": ["age", 8]}}')$$);
SELECT tried($$SELECT aksara.create('Kind', '{"town": 1, "email": "p@x", "name": "qq"}')$$);
DROP FUNCTION quiet(text);
SELECT fails($$SELECT aksara.remove_validator('Kind', 'email', 'function')$$);
CREATE FUNCTION quiet(value text) RETURNS text LANGUAGE sql AS 'SELECT NULL::text';
SELECT aksara.remove_validator('Kind', 'email', 'again'), aksara.remove_validator('Kind', 'email', 'function');
-- The first call of all is an update by expressions.
\c -
SET search_path = errs;
SELECT tried($$SELECT aksara.update('{"model": "Kind"}', '{}', '{"age": {"$sub": ["age", 8]}}')$$);
\c -
SET search_path = errs;
SELECT tried($$SELECT aksara.update('{"model": "Kind"}', '{}', '{"email": {"$v": "p@x"}}')$$);

-- Whatever language the server's messages are in: the message text plays no part.
DO $$BEGIN SET lc_messages = 'de_DE.UTF-8'; EXCEPTION WHEN invalid_parameter_value THEN SET lc_messages = 'C'; END$$;
SELECT tried($$SELECT aksara.create('Kind', '{"town": 1, "email": "p@x", "name": "qq"}')$$), tried($$SELECT aksara.create('Kind', '{"town": 9, "email": "q@x", "name": "qq"}')$$), tried($$SELECT aksara.create('Person', '{"town": 1, "email": "q@x", "name": "qq", "seat": "[4,6)"}')$$);
RESET lc_messages;

-- Documents and plain statements agree on what is a row: 600 of them, by chance.
SELECT aksara.create_model('Chance', '{
  "a": {"type": "Integer", "nullable": true, "validators": [{"min_value": -2}, {"step": 2, "when": "b IS NOT NULL"}, {"not_in": [4]}]},
  "b": {"type": "String", "nullable": true, "max_length": 4, "min_length": 1, "normalize": ["strip", "lower"], "validators": [{"regex": "^[a-c]*$", "when": "a > 0"}, {"in": ["a", "b", "ab", "c c", "abc", "x"]}]},
  "c": {"type": "Decimal", "max_digits": 6, "decimal_places": 2, "default": "1.50", "validators": [{"step": 0.5}, {"decimal": {"max_digits": 3, "decimal_places": 1}}]},
  "d": {"type": "IntegerRange", "nullable": true, "validators": [{"range_min": 0}, {"range_max": 9}]}
}', '{"primary_key": "bigint", "rules": [{"name": "a_or_b", "check": "a IS NOT NULL OR b IS NOT NULL"}, {"name": "c_above_a", "check": "c > a OR now() < ''2000-01-01''"}, {"name": "once", "unique": ["a", "b", "c"], "condition": "a < 3"}]}');
SELECT setseed(0.42) IS NOT NULL AS seeded;
CREATE TABLE tally AS
WITH chance AS MATERIALIZED (
  SELECT n, (ARRAY[-3, -2, 0, 1, 2, 3, 4, 6, NULL])[1 + floor(random() * 9)] AS a, (ARRAY['a', ' B', 'ab ', 'c c', 'abc', 'abcd', '', 'x', ' ', NULL])[1 + floor(random() * 10)] AS b,
    (ARRAY['0.5', '1', '1.5', '2.25', '99.5', '100', '-1', '7.5'])[1 + floor(random() * 8)] AS c, (ARRAY['[0,5)', '[-1,3)', '[3,10)', '[3,)', 'empty', NULL])[1 + floor(random() * 6)] AS d FROM generate_series(1, 600) n)
SELECT n, a, b, c, d, tried(format('SELECT aksara.create(%L, %L)', 'Chance', json_build_object('a', a, 'b', b, 'c', c, 'd', d))) AS document,
  tried(format('INSERT INTO chances (a, b, c, d) VALUES (%L, %L, %L, %L)', a, b, c, d)) AS by_hand, aksara.full_clean('Chance', json_build_object('a', a, 'b', b, 'c', c, 'd', d))::text AS clean FROM chance;
SELECT a, b, c, d, document, by_hand, clean FROM tally WHERE (document = 'ok') <> (by_hand = 'ok') OR (document = 'ok') <> (clean = '{}');
SELECT count(*) FILTER (WHERE document = 'ok') > 20 AS some_good, count(*) FILTER (WHERE document <> 'ok') > 200 AS many_bad FROM tally;

DROP OWNED BY regress_val_errors;
DROP ROLE regress_val_errors;
SET client_min_messages = warning;
DROP SCHEMA errs, errs_log CASCADE;
