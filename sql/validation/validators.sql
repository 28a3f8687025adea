-- The built-in validators: each with values that it takes and values that it refuses, by document and by plain INSERT.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA vals;
SET search_path = vals;
\i :said
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on

-- Lengths: of characters, of bytes, of members.
SELECT * FROM tries('{"type": "Text", "validators": [{"min_length": 3}, {"max_length": 5}]}', 'ab', 'abc', 'äöüßé', 'abcdef', '');
SELECT * FROM tries('{"type": "Text", "validators": [{"length": 2}]}', 'a', 'ab', 'äö', 'abc');
SELECT * FROM tries('{"type": "String", "max_length": 20, "validators": {"min_length": 2}}', 'a', 'ab');
SELECT * FROM tries('{"type": "Binary", "validators": [{"max_length": 2}]}', '\x0102', '\x010203');
SELECT * FROM tries('{"type": "Array", "item_type": "integer", "validators": [{"min_length": 1}, {"max_length": 2}]}', '{}', '{1}', '{1,2}', '{1,2,3}');

-- Bounds, of any type that has an order; NULL breaks nothing.
SELECT * FROM tries('{"type": "Integer", "nullable": true, "validators": [{"min_value": 1}, {"max_value": 3}]}', '0', '1', '3', '4', NULL);
SELECT * FROM tries('{"type": "Decimal", "max_digits": 6, "decimal_places": 2, "validators": [{"min_value": "0.05"}, {"max_value": 10}]}', '0.04', '0.05', '10.00', '10.01');
SELECT * FROM tries('{"type": "Float", "validators": [{"min_value": -1.5}]}', '-1.5', '-1.6');
SELECT * FROM tries('{"type": "Date", "validators": [{"min_value": "2026-01-01"}, {"max_value": "2026-12-31"}]}', '2025-12-31', '2026-01-01', '2026-12-31', '2027-01-01');
SELECT * FROM tries('{"type": "Duration", "validators": [{"max_value": "1 hour"}]}', '60 minutes', '61 minutes');
SELECT * FROM tries('{"type": "Text", "validators": [{"min_value": "m"}]}', 'l', 'm');

-- Bounds of ranges: an open side is beyond every bound, an empty range within.
SELECT * FROM tries('{"type": "IntegerRange", "nullable": true, "validators": [{"range_min": 0}, {"range_max": 10}]}', '[0,10)', '[-1,5)', '[5,11)', '[5,)', '(,5)', 'empty', NULL);
SELECT * FROM tries('{"type": "DateRange", "validators": [{"range_min": "2026-01-01"}]}', '[2026-01-01,2026-02-01)', '[2025-12-31,2026-02-01)');

-- Lists of values.
SELECT * FROM tries('{"type": "String", "validators": [{"in": ["a", "it''s", "\\"]}]}', 'a', 'it''s', '\', 'b', 'A');
SELECT * FROM tries('{"type": "String", "validators": [{"not_in": ["admin", "root"]}]}', 'admin', 'root', 'Admin', 'me');
SELECT * FROM tries('{"type": "Integer", "nullable": true, "validators": [{"in": [1, 2]}, {"not_in": [2]}]}', '1', '2', '3', NULL);
SELECT * FROM tries('{"type": "Date", "validators": [{"in": ["2026-01-01"]}]}', '2026-01-01', '2026-01-02');
SELECT * FROM tries('{"type": "Decimal", "validators": [{"in": [1.5, "2.5"]}]}', '1.50', '2.5', '3');

-- Steps, from an offset.
SELECT * FROM tries('{"type": "Integer", "validators": [{"step": 3}]}', '-3', '0', '3', '4');
SELECT * FROM tries('{"type": "Integer", "validators": [{"step": 3, "offset": 1}]}', '-2', '1', '4', '3');
SELECT * FROM tries('{"type": "Decimal", "validators": [{"step": 0.05}]}', '0.10', '0.15', '0.12');
SELECT * FROM tries('{"type": "Float", "validators": [{"step": 0.1}]}', '0.3', '0.30000001');

-- Digits.
SELECT * FROM tries('{"type": "Float", "validators": [{"decimal": {"max_digits": 4, "decimal_places": 2}}]}', '99.99', '-99.99', '100', '1.234', '1.230');
SELECT * FROM tries('{"type": "Decimal", "max_digits": 10, "decimal_places": 4, "validators": [{"decimal": {"max_digits": 3, "decimal_places": 3}}]}', '0.999', '1', '0.9990', '0.1234');

-- Patterns: found anywhere, unless they say where.
SELECT * FROM tries('{"type": "String", "validators": [{"regex": "^[A-Z]"}]}', 'Ab', 'ab', 'xA');
SELECT * FROM tries('{"type": "String", "validators": [{"regex": "b+"}]}', 'abc', 'ac');
SELECT * FROM tries('{"type": "String", "validators": [{"regex": "(spam|ham)", "inverse": true, "message": "No spam, please."}]}', 'eggs', 'some spam', 'SPAM');
SELECT * FROM tries('{"type": "String", "validators": [{"regex": "spam", "inverse": true, "ignore_case": true, "code": "spam"}]}', 'eggs', 'SPAM');
SELECT * FROM tries('{"type": "String", "validators": [{"regex": "^[a-z]+$", "ignore_case": true}]}', 'ABC', 'a1');
SELECT * FROM tries('{"type": "String", "validators": [{"regex": "^''\\d\\\\$"}]}', '''1\', '1');

-- Forms of text.
SELECT * FROM tries('{"type": "String", "validators": ["email"]}', 'a@example.com', 'a@b', 'a b@example.com', '');
SELECT * FROM tries('{"type": "String", "validators": ["url"]}', 'http://a.example/x?y#z', 'HTTPS://a', 'ftp://a.example', 'mailto:a@b', 'http://', 'http://a b');
SELECT * FROM tries('{"type": "String", "validators": [{"url": true, "schemes": ["ssh", "git+ssh"]}]}', 'git+ssh://host/x', 'ssh://host', 'http://host', 'gittssh://host');
SELECT * FROM tries('{"type": "String", "validators": [{"url": true, "schemes": "s3"}]}', 's3://bucket', 'http://bucket');
SELECT * FROM tries('{"type": "String", "validators": ["slug"]}', 'a-b_C9', 'a b', 'é', '');
SELECT * FROM tries('{"type": "String", "validators": [{"slug": true, "unicode": true}]}', 'été-9', 'a b');
SELECT * FROM tries('{"type": "String", "validators": ["integer_list"]}', '1', '1,-2,3', '1,', ',1', '1,a', '');
SELECT * FROM tries('{"type": "String", "nullable": true, "validators": [{"file_extension": ["pdf", "tar"]}]}', 'a.pdf', 'a.b.PDF', 'a.pdf.exe', 'pdf', 'a.', '', NULL);
SELECT * FROM tries('{"type": "String", "validators": [{"file_extension": "txt"}]}', 'a.txt', 'a.doc');

-- Passwords: eight characters, an upper case letter and a digit, unless it says otherwise.
SELECT * FROM tries('{"type": "String", "validators": ["password"]}', 'Secret12', 'Secret1', 'secret12', 'Secretab');
SELECT * FROM tries('{"type": "String", "validators": [{"password": {"min_length": 4, "upper": false, "lower": true, "special": true}}]}', 'ab1!', 'ab1 ', 'ab!!', 'AB1!', 'a1!');

-- Keys of JSON objects.
SELECT * FROM tries('{"type": "JSON", "validators": [{"keys": ["a", "b"]}]}', '{"a": 1, "b": null}', '{"a": 1, "b": 2, "c": 3}', '{"a": 1}', '[]');
SELECT * FROM tries('{"type": "JSON", "validators": [{"keys": ["a"], "strict": true}]}', '{"a": 1}', '{"a": 1, "c": 3}', '{}');

-- Only where a condition on the row holds.
SELECT * FROM tries('{"type": "String", "validators": [{"min_length": 3, "when": "n = 1"}]}', 'ab', 'abc');
SELECT * FROM tries('{"type": "String", "validators": [{"min_length": 3, "when": "n = 2"}]}', 'ab');
SELECT * FROM tries('{"type": "String", "validators": [{"min_length": 3, "when": "NULL"}]}', 'ab');

-- Several of one kind have names of their own; so has one that is like an option of the field.
SELECT * FROM tries('{"type": "String", "min_length": 1, "validators": [{"regex": "a"}, {"regex": "b"}, {"regex": "c", "name": "has_c", "code": "no_c", "message": "There is no c."}, {"min_length": 4}]}', '', 'abc', 'aabc', 'bbcc', 'aacc', 'aabb', 'dddd');
SELECT aksara.create_model('Shown', '{"v": {"type": "String", "validators": ["slug", {"regex": "a"}, {"regex": "b", "when": "v <> ''x''"}]}}');
SELECT jsonb_path_query(aksara.describe('Shown')::jsonb, '$.fields[*] ? (@.name == "v").**.validators');
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'showns'::regclass AND contype = 'c' ORDER BY conname;
SELECT aksara.drop_model('Shown');

-- What cannot work is refused before anything is made.
CREATE FUNCTION wrong(definition text) RETURNS text LANGUAGE sql AS
  $$SELECT fails(format('SELECT aksara.create_model(%L, %L)', 'Wrong', json_build_object('n', 'Integer'::text, 'v', definition::json)))$$;
SELECT wrong('{"type": "String", "validators": [{"min_lenght": 3}]}');
SELECT wrong('{"type": "String", "validators": ["emial"]}');
SELECT wrong('{"type": "String", "validators": [{}]}');
SELECT wrong('{"type": "String", "validators": [{"name": "x"}]}');
SELECT wrong('{"type": "String", "validators": [7]}');
SELECT wrong('{"type": "String", "validators": [null]}');
SELECT wrong('{"type": "String", "validators": 7}');
SELECT wrong('{"type": "String", "validators": [{"min_length": 3, "max_length": 4}]}');
SELECT wrong('{"type": "String", "validators": [{"min_length": 3, "inverse": true}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "a", "invers": true}]}');
SELECT wrong('{"type": "String", "validators": [{"min_length": "3"}]}');
SELECT wrong('{"type": "String", "validators": [{"min_length": -1}]}');
SELECT wrong('{"type": "String", "validators": [{"min_length": 1.5}]}');
SELECT wrong('{"type": "String", "validators": [{"min_length": null}]}');
SELECT wrong('{"type": "String", "validators": ["min_length"]}');
SELECT wrong('{"type": "Integer", "validators": [{"min_length": 3}]}');
SELECT wrong('{"type": "Integer", "validators": [{"min_value": "x"}]}');
SELECT wrong('{"type": "Integer", "validators": [{"min_value": null}]}');
SELECT wrong('{"type": "Integer", "validators": [{"range_min": 1}]}');
SELECT wrong('{"type": "IntegerRange", "validators": [{"range_min": "x"}]}');
SELECT wrong('{"type": "IntegerRange", "validators": [{"range_min": null}]}');
SELECT wrong('{"type": "String", "validators": [{"in": []}]}');
SELECT wrong('{"type": "String", "validators": [{"in": "a"}]}');
SELECT wrong('{"type": "String", "validators": [{"in": ["a", null]}]}');
SELECT wrong('{"type": "Integer", "validators": [{"not_in": ["a"]}]}');
SELECT wrong('{"type": "String", "validators": [{"step": 2}]}');
SELECT wrong('{"type": "Integer", "validators": [{"step": 0}]}');
SELECT wrong('{"type": "Integer", "validators": [{"step": "2"}]}');
SELECT wrong('{"type": "Integer", "validators": [{"step": 2, "offset": "x"}]}');
SELECT wrong('{"type": "Decimal", "validators": [{"decimal": 5}]}');
SELECT wrong('{"type": "Decimal", "validators": [{"decimal": {"max_digits": 5}}]}');
SELECT wrong('{"type": "Decimal", "validators": [{"decimal": {"max_digits": 1, "decimal_places": 2}}]}');
SELECT wrong('{"type": "Integer", "validators": [{"regex": "a"}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "("}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": 7}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "a", "inverse": "yes"}]}');
SELECT wrong('{"type": "String", "validators": [{"url": true, "schemes": ["HTTP"]}]}');
SELECT wrong('{"type": "String", "validators": [{"url": true, "schemes": ["a)(b"]}]}');
SELECT wrong('{"type": "String", "validators": [{"url": true, "schemes": []}]}');
SELECT wrong('{"type": "String", "validators": [{"email": false}]}');
SELECT wrong('{"type": "String", "validators": [{"slug": "a"}]}');
SELECT wrong('{"type": "String", "validators": [{"url": ["http"]}]}');
SELECT wrong('{"type": "String", "validators": [{"password": 8}]}');
SELECT wrong('{"type": "Integer", "validators": ["email"]}');
SELECT wrong('{"type": "Integer", "validators": ["password"]}');
SELECT wrong('{"type": "String", "validators": [{"password": {"min_lenght": 3}}]}');
SELECT wrong('{"type": "String", "validators": [{"password": {"upper": 1}}]}');
SELECT wrong('{"type": "String", "validators": [{"file_extension": []}]}');
SELECT wrong('{"type": "String", "validators": [{"file_extension": [1]}]}');
SELECT wrong('{"type": "String", "validators": [{"keys": ["a"]}]}');
SELECT wrong('{"type": "JSON", "validators": [{"keys": []}]}');
SELECT wrong('{"type": "String", "validators": [{"function": "nowhere"}]}');
SELECT wrong('{"type": "String", "validators": [{"function": 7}]}');
SELECT wrong('{"type": "String", "validators": ["slug", {"regex": "a", "name": "slug"}]}');
SELECT wrong('{"type": "String", "min_length": 1, "validators": [{"regex": "a", "name": "min_length"}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "a", "name": ""}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "a", "name": 7}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "a", "message": 7}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "a", "when": "m > 1"}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "a", "when": "n"}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "a", "when": "n > 1; SELECT 1"}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "a", "when": "n > 1) OR (true"}]}');
SELECT wrong('{"type": "String", "validators": [{"regex": "a", "when": "now() > ''2026-01-01''"}]}');
SELECT wrong('{"type": "ForeignKey", "to": "self", "validators": ["slug"]}');
SELECT wrong('{"type": "ManyToMany", "to": "self", "validators": ["slug"]}');
SELECT wrong('{"type": "String", "error_messages": ["x"]}');
SELECT wrong('{"type": "String", "error_messages": {"null": 1}}');
SELECT to_regclass('wrongs');

DROP SCHEMA vals CASCADE;
