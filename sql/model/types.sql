-- Every type of field: its column, and the rules the table itself keeps.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA shop;
SET search_path = shop;

SELECT aksara.create_model('Thing', '{
  "label":    {"type": "String", "max_length": 20, "min_length": 2, "regex": "[A-Z].*"},
  "story":    {"type": "Text", "max_length": 30, "nullable": true},
  "small":    {"type": "SmallInteger", "default": 1},
  "whole":    {"type": "Integer", "default": 10, "min_value": -5, "max_value": 99},
  "big":      {"type": "BigInteger", "default": 5000000000},
  "count1":   {"type": "PositiveSmallInteger", "default": 0},
  "count2":   {"type": "PositiveInteger", "default": 0},
  "count3":   {"type": "PositiveBigInteger", "default": 0},
  "ratio":    {"type": "Float", "default": 0.5, "max_value": 1},
  "price":    {"type": "Decimal", "max_digits": 8, "decimal_places": 2, "default": "9.90", "min_value": 0},
  "weight":   {"type": "Decimal", "precision": 6, "scale": 3, "nullable": true},
  "active":   {"type": "Boolean", "default": true},
  "day":      {"type": "Date", "default": "2026-01-31"},
  "hour":     {"type": "Time", "nullable": true},
  "moment":   {"type": "DateTime", "nullable": true},
  "lasts":    {"type": "Duration", "default": 90},
  "token":    {"type": "UUID", "nullable": true},
  "extra":    {"type": "JSON", "default": {"a": [1, null]}},
  "email":    {"type": "Email", "nullable": true},
  "site":     {"type": "URL", "nullable": true},
  "slug":     {"type": "Slug", "nullable": true},
  "word":     {"type": "Slug", "nullable": true, "allow_unicode": true, "db_index": false},
  "state":    {"type": "Enum", "choices": ["draft", "sent"], "default": "draft"},
  "grade":    {"type": "Integer", "choices": [[1, "good"], [2, "bad"]], "nullable": true},
  "made":     {"type": "DateTime", "auto_now_add": true},
  "changed":  {"type": "DateTime", "auto_now": true},
  "made_on":  {"type": "Date", "auto_now_add": true},
  "made_at":  {"type": "Time", "auto_now": true}
}', '{"primary_key": "bigint"}');
\d things

-- Constraints lead back to the field: {table}_{field}_{rule}.
SELECT conname, (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1]) AS column_name
FROM pg_constraint WHERE conrelid = 'things'::regclass AND contype = 'c' ORDER BY conname;

INSERT INTO things (label) VALUES ('Chair');
SELECT small, whole, big, ratio, price, active, day, lasts, extra, state, made = changed AS same FROM things;

-- Each rule refuses a raw INSERT.
INSERT INTO things (label) VALUES ('C');
INSERT INTO things (label) VALUES ('chair');
INSERT INTO things (label) VALUES ('A chair that is longer than twenty');
INSERT INTO things (label, story) VALUES ('Chair', repeat('x', 31));
INSERT INTO things (label, whole) VALUES ('Chair', -6);
INSERT INTO things (label, whole) VALUES ('Chair', 100);
INSERT INTO things (label, count1) VALUES ('Chair', -1);
INSERT INTO things (label, count2) VALUES ('Chair', -1);
INSERT INTO things (label, count3) VALUES ('Chair', -1);
INSERT INTO things (label, ratio) VALUES ('Chair', 1.5);
INSERT INTO things (label, ratio) VALUES ('Chair', 'NaN');
INSERT INTO things (label, ratio) VALUES ('Chair', '-Infinity');
INSERT INTO things (label, price) VALUES ('Chair', -0.01);
INSERT INTO things (label, price) VALUES ('Chair', 'NaN');
INSERT INTO things (label, price) VALUES ('Chair', 1000000);
INSERT INTO things (label, state) VALUES ('Chair', 'lost');
INSERT INTO things (label, grade) VALUES ('Chair', 3);
INSERT INTO things (label, slug) VALUES ('Chair', 'not a slug');
INSERT INTO things (label, slug) VALUES ('Chair', 'größe');
INSERT INTO things (label, word) VALUES ('Chair', 'größe') RETURNING word;

-- Addresses.
CREATE TABLE address (email text, fits boolean);
INSERT INTO address VALUES ('a@b.de', true), ('first.last@sub.example.org', true), ('a+b@x-y.info', true),
	('.a@b.de', false), ('a.@b.de', false), ('a..b@b.de', false), ('a@b', false), ('a@b.d', false), ('a b@c.de', false),
	('@b.de', false), ('a@', false), ('a@b..de', false);
SELECT a.email FROM address a, pg_constraint c
WHERE c.conname = 'things_email_email' AND c.conrelid = 'things'::regclass
	AND fits <> (a.email ~ substring(pg_get_constraintdef(c.oid) from '''(\^.*\$)'''));
INSERT INTO things (label, email) VALUES ('Chair', '  Jane@Example.COM ') RETURNING email;
INSERT INTO things (label, email) VALUES ('Chair', 'jane at example');
INSERT INTO things (label, site) VALUES ('Chair', 'https://example.com/a?b=c#d') RETURNING site;
INSERT INTO things (label, site) VALUES ('Chair', 'ftp://example.com');
INSERT INTO things (label, site) VALUES ('Chair', 'https://');

-- auto_now is kept by the database, auto_now_add is set once.
UPDATE things SET made = '2020-01-01', changed = '2020-01-01' WHERE label = 'Chair' AND email IS NULL AND word IS NULL AND site IS NULL;
SELECT made::date, changed = now() AS changed_now FROM things WHERE made < '2021-01-01';

DROP SCHEMA shop CASCADE;
