-- bulk_create: a list of documents, inserted set-wise, keys back in order.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA bulk;
SET search_path = bulk;
SELECT aksara.create_model('Group', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Item', '{
  "code":  {"type": "String", "max_length": 8, "unique": true},
  "count": {"type": "Integer", "default": 42},
  "note":  {"type": "Text", "nullable": true, "default": "none"},
  "extra": "JSON",
  "group": {"type": "ForeignKey", "to": "Group", "nullable": true}
}', '{"primary_key": "bigint"}');
SELECT aksara.bulk_create('Group', '[{"name": "g1"}, {"name": "g2"}]');

-- An absent key takes its default, null is null; keys come in the order of the documents.
SELECT aksara.bulk_create('Item', '[
  {"code": "a", "count": 1},
  {"code": "b"},
  {"code": "c", "count": 3, "note": null},
  {"code": "d", "group": 1, "extra": {"x": [1]}},
  {"count": 5, "code": "e"},
  {"code": "f", "count": 6},
  {"code": "g", "group": {"id": 2, "name": "of no account"}}
]') AS key;
SELECT code, count, note, extra, group_id FROM items ORDER BY code;
CREATE TABLE returned AS SELECT *
FROM aksara.bulk_create('Item', '[{"code": "h", "count": 1}, {"code": "i"}, {"code": "j", "count": 1}, {"code": "k"}]') WITH ORDINALITY k(key, ord);
SELECT string_agg(i.code, '' ORDER BY ord) AS in_order FROM returned JOIN items i ON i.id = key::text::bigint;
SELECT aksara.bulk_create('Item', '[]');

-- The result of ten thousand equals what INSERT … SELECT makes of the same list.
SELECT json_agg(json_build_object('code', 'n' || i, 'count', i, 'note', repeat('x', i % 7))) AS docs FROM generate_series(1, 10000) i \gset
SELECT count(*), min(key::text::bigint) < max(key::text::bigint) AS many FROM aksara.bulk_create('Item', :'docs') key;
CREATE TABLE by_hand AS SELECT * FROM json_to_recordset(:'docs') AS r(code text, count int, note text);
SELECT count(*) FROM ((SELECT code::text, count, note FROM items WHERE code LIKE 'n%') EXCEPT (TABLE by_hand)) x;
SELECT count(*) FROM ((TABLE by_hand) EXCEPT (SELECT code::text, count, note FROM items WHERE code LIKE 'n%')) x;

-- All rows or none; every document's problems are told, with its number.
SELECT aksara.bulk_create('Item', '[{"code": "z1"}, {"code": "z2", "count": 1.5}, 7, {"cod": "z3"}]');
SELECT aksara.bulk_create('Item', '[{"code": "z1"}, {"count": 1}]');
SELECT aksara.bulk_create('Item', '[{"code": "z1"}, {"code": "a"}]');
SELECT aksara.bulk_create('Item', '[{"code": "z1"}, {"code": "z2", "group": 99}]');
SELECT aksara.bulk_create('Item', '{"code": "z1"}');
SELECT aksara.bulk_create('Item', NULL);
SELECT aksara.bulk_create('Item', '[{"code": "z1"}]', NULL);
SELECT count(*) FROM items WHERE code LIKE 'z%';

-- Conflicts left out.
SELECT aksara.bulk_create('Item', '[{"code": "a"}, {"code": "z1"}, {"code": "z1"}]', ignore_conflicts => true) IS NOT NULL AS new_one;
SELECT count(*) FROM items WHERE code LIKE 'z%';

-- Documents of nothing but defaults, and columns that hold arrays.
SELECT aksara.create_model('Line', '{"text": {"type": "Text", "default": "-"}}', '{"primary_key": "bigint"}');
SELECT aksara.bulk_create('Line', '[{}, {"text": "x"}, {}]');
ALTER TABLE lines ALTER COLUMN text DROP DEFAULT, ALTER COLUMN text TYPE text[] USING ARRAY[text];
SELECT aksara.bulk_create('Line', '[{"text": "{a,b}"}, {"text": "{}"}]');
SELECT * FROM lines ORDER BY id;
DROP SCHEMA bulk CASCADE;
