-- Normal forms: the same for every way in, before any rule looks at the row.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA norm;
SET search_path = norm;
\i :said
\o
\set ECHO all
\pset null '(null)'
CREATE FUNCTION without_dashes(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT replace(value, '-', '')$$;
CREATE FUNCTION empty_is_null(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT nullif(value, '')$$;
CREATE FUNCTION no_negative(value int) RETURNS int LANGUAGE sql IMMUTABLE AS $$SELECT abs(value)$$;
CREATE FUNCTION sorted(value int[]) RETURNS int[] LANGUAGE sql IMMUTABLE AS $$SELECT array_agg(x ORDER BY x) FROM unnest(value) x$$;
CREATE FUNCTION code_error(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN value ~ '-' THEN 'a dash is left in ' || value END$$;
SELECT aksara.create_model('Item', '{
	"code":  {"type": "String", "max_length": 8, "unique": true, "normalize": ["strip", "upper", "without_dashes"],
	          "validators": [{"regex": "^[A-Z0-9]+$"}, {"function": "code_error"}]},
	"title": {"type": "Text", "nullable": true, "normalize": ["strip", "squeeze", "empty_is_null"]},
	"mail":  {"type": "Text", "default": "NOBODY@EXAMPLE.COM", "normalize": "lower"},
	"count": {"type": "Integer", "default": 0, "normalize": ["no_negative"], "validators": [{"max_value": 100}]},
	"list":  {"type": "Array", "item_type": "integer", "nullable": true, "normalize": "sorted"}
}', '{"primary_key": "bigint", "rules": [{"name": "titled", "check": "title IS NOT NULL OR count = 0", "message": "Count what has a title.", "field": "title"}]}');
SELECT jsonb_path_query(aksara.describe('Item')::jsonb, '$.fields[*].normalize');

-- One row by each way in.  A default is brought into its form too.
SELECT aksara.create('Item', '{"code": " a-1 ", "title": "  by \t create\n", "mail": "A@B.C", "count": -1, "list": [3, 1, 2]}');
INSERT INTO items (code, title, mail, count, list) VALUES (' a-2 ', '  by   insert ', 'A@B.C', -2, '{2,1}');
COPY items (code, title, count) FROM stdin;
 a-3 	  by   copy 	-3
\.
SELECT aksara.save('Item', '{"code": "a-4", "title": " by  save"}');
SELECT aksara.bulk_create('Item', '[{"code": "a-5", "title": "by  bulk"}, {"code": " a-6", "title": "", "list": [2, 1]}]');
SELECT aksara.upsert('Item', '{"code": "a-7", "title": " by  upsert"}', '{code}');
SELECT object -> 'code' AS code, created FROM aksara.get_or_create('Item', '{"code": "A8"}', '{"title": "by  get"}');
SELECT object -> 'code' AS code, created FROM aksara.update_or_create('Item', '{"code": "A9"}', '{"title": "by  put"}');
SELECT * FROM items ORDER BY code;

-- A row that is there is found by the form of its key, whatever the document says.
SELECT aksara.upsert('Item', '{"code": " a-7", "title": "again"}', '{code}');
SELECT aksara.upsert('Item', '{"code": "A-7", "title": "and  again"}', '{code}', '{title}');
SELECT aksara.bulk_create('Item', '[{"code": "a-5", "title": "twice"}, {"code": "a-10", "title": "once"}]', ignore_conflicts => true);
SELECT object -> 'title' AS title, created FROM aksara.get_or_create('Item', '{"code": "A8"}');
SELECT said($$SELECT object -> 'title' AS title, created FROM aksara.get_or_create('Item', '{"code": "a-8"}')$$);
INSERT INTO items (code, title) VALUES ('a-7', 'by hand') ON CONFLICT (code) DO UPDATE SET title = '  ' || excluded.title || '  ';
SELECT code, title FROM items WHERE code IN ('A5', 'A7', 'A8', 'A10') ORDER BY code;

-- Updates.
SELECT aksara.update('{"model": "Item", "filter": {"code": "A1"}}', '{"title": " x  y ", "mail": "UP@B.C"}');
SELECT aksara.update('{"model": "Item", "filter": {"code": "A2"}}', '{}', '{"title": {"$concat": ["title", {"$v": "   by expression "}]}, "count": {"$sub": ["count", 10]}}');
SELECT aksara.bulk_update('Item', (SELECT json_agg(json_build_object('id', id, 'title', ' bulk  ', 'count', -id)) FROM items WHERE code IN ('A3', 'A4')));
SELECT aksara.save('Item', (SELECT json_build_object('id', id, 'title', ' saved ', 'list', '[9,8]'::json) FROM items WHERE code = 'A5'));
UPDATE items SET title = '   ', count = 0 WHERE code = 'A6';
SELECT code, title, mail, count, list FROM items WHERE code <= 'A6' ORDER BY code;

-- The order: normal form, rules of the field, rules of the row, uniqueness.
SELECT said($$SELECT aksara.create('Item', '{"code": "-", "title": "x"}')$$);
SELECT said($$SELECT aksara.create('Item', '{"code": "a-1"}')$$);
SELECT said($$SELECT aksara.create('Item', '{"code": "a-b_", "count": -101}')$$);
SELECT said($$SELECT aksara.create('Item', '{"code": "new", "count": -100}')$$);
SELECT said($$INSERT INTO items (code) VALUES ('-')$$);
SELECT said($$INSERT INTO items (code) VALUES ('a-1')$$);
SELECT said($$INSERT INTO items (code, count) VALUES ('b', -101)$$);
SELECT said($$INSERT INTO items (code, title, count) VALUES ('b', '  ', 1)$$);
SELECT aksara.full_clean('Item', '{"code": "a-1", "title": "  "}');

-- A length counts before the form: the column takes no more.
SELECT said($$SELECT aksara.create('Item', '{"code": "123456789"}')$$);
SELECT said($$SELECT aksara.create('Item', '{"code": " 1-2-3-4"}')$$);
SELECT said($$INSERT INTO items (code) VALUES ('1-2-3-4-5')$$);

-- NULL has no form, and a form may be NULL; where the column takes none, that is told as any NULL.
CREATE FUNCTION never(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT NULL::text$$;
SELECT aksara.create_model('Never', '{"a": {"type": "Text", "normalize": "never", "error_messages": {"null": "Nothing is left."}}}', '{"primary_key": "bigint"}');
SELECT said($$SELECT aksara.create('Never', '{"a": "x"}')$$);
SELECT said($$INSERT INTO nevers (a) VALUES ('x')$$);

-- Other texts: white space of any kind, and a long one.
SELECT aksara.create_model('Word', '{"up": {"type": "Text", "nullable": true, "normalize": "upper"}, "down": {"type": "Text", "nullable": true, "normalize": "lower"}, "flat": {"type": "Text", "nullable": true, "normalize": "squeeze"}, "bare": {"type": "Text", "nullable": true, "normalize": "strip"}}', '{"primary_key": "bigint"}');
SELECT aksara.create('Word', '{"up": "a-b x", "down": "A-B X", "flat": " a \t\n b ", "bare": "\t a  b \n"}');
SELECT aksara.create('Word', '{}');
INSERT INTO words (up, down, flat, bare) VALUES ('a-b x', 'A-B X', E' a \t\n b ', E'\t a  b \n');
SELECT count(*), count(DISTINCT (up, down, flat, bare)) FROM words WHERE up IS NOT NULL;
SELECT aksara.create('Word', json_build_object('flat', repeat('x  ', 100000))) -> 'id';
SELECT length(flat) FROM words WHERE id = 4;

-- What cannot work.
SELECT fails($$SELECT aksara.create_model('W', '{"a": {"type": "Integer", "normalize": "strip"}}')$$);
SELECT fails($$SELECT aksara.create_model('W', '{"a": {"type": "Text", "normalize": "strp"}}')$$);
SELECT fails($$SELECT aksara.create_model('W', '{"a": {"type": "Text", "normalize": [7]}}')$$);
SELECT fails($$SELECT aksara.create_model('W', '{"a": {"type": "Text", "normalize": {"function": "f"}}}')$$);
SELECT fails($$SELECT aksara.create_model('W', '{"b": "Text", "a": {"type": "Generated", "expression": "b", "output_field": "Text", "normalize": "strip"}}')$$);
SELECT fails($$SELECT aksara.create_model('W', '{"a": {"type": "ManyToMany", "to": "self", "normalize": "strip"}}')$$);

-- A form that is given to a live model, and taken from it.
SELECT aksara.alter_field('Word', 'down', '{"type": "Text", "nullable": true}');
SELECT aksara.alter_field('Word', 'bare', '{"type": "Text", "nullable": true, "normalize": ["strip", "squeeze", "upper"]}');
SELECT aksara.create('Word', '{"down": "A-B X", "bare": " a  b "}') -> 'bare' AS bare;
INSERT INTO words (down, bare) VALUES ('A-B X', ' a  b ') RETURNING down, bare;
UPDATE words SET flat = flat WHERE id = 1 RETURNING bare;

DROP SCHEMA norm CASCADE;
