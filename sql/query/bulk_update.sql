-- bulk_update, and bulk_create where rows are there already.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA bulk_up;
SET search_path = bulk_up;
SELECT aksara.create_model('Group', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Item', '{
  "code":    {"type": "String", "max_length": 8, "unique": true},
  "count":   {"type": "Integer", "default": 42},
  "note":    {"type": "Text", "nullable": true, "default": "none"},
  "extra":   "JSON",
  "group":   {"type": "ForeignKey", "to": "Group", "nullable": true},
  "changed": {"type": "DateTime", "auto_now": true}
}', '{"primary_key": "bigint"}');
INSERT INTO groups (name) VALUES ('g1'), ('g2');
INSERT INTO items (code, count) SELECT chr(96 + i), i FROM generate_series(1, 6) i;

-- Each document holds its row's key, and what it gives is set, no more; rows that are not there are not counted.
SELECT aksara.bulk_update('Item', '[
  {"id": 1, "count": 10},
  {"id": 2, "note": null, "group": 2},
  {"count": 30, "id": "3"},
  {"pk": 4, "extra": {"a": [1, null]}, "group": {"id": 1, "name": "of no account"}},
  {"id": 5},
  {"id": 99, "count": 1}
]');
SELECT id, code, count, note, extra, group_id FROM items ORDER BY id;
-- What get returned can be given back; a list that is a query's result too.
SELECT aksara.bulk_update('Item', (SELECT json_agg(json_build_object('id', id, 'count', count + 1)) FROM items));
SELECT aksara.bulk_update('Item', json_build_array(aksara.get_by_key('Item', 1)));
-- auto_now is the table's own: every row that was named has it, as a plain UPDATE would.
CREATE TABLE was AS SELECT id, changed FROM items;
SELECT aksara.bulk_update('Item', '[{"id": 1, "count": 5}, {"id": 2}]');
SELECT id FROM items JOIN was USING (id) WHERE items.changed > was.changed ORDER BY id;
-- fields: only these are written; what else the documents hold is read and left.
SELECT aksara.bulk_update('Item', '[{"id": 1, "count": 100, "code": "z"}, {"id": 2, "code": "y"}]', fields => '{count}');
SELECT id, code, count FROM items WHERE id < 3 ORDER BY id;
SELECT aksara.bulk_update('Item', '[]');

-- Ten thousand at once.
INSERT INTO items (code, count) SELECT 'n' || i, 0 FROM generate_series(1, 10000) i;
SELECT aksara.bulk_update('Item', (SELECT json_agg(json_build_object('id', id, 'count', id * 2, 'note', code)) FROM items WHERE code LIKE 'n%'));
SELECT count(*) FROM items WHERE code LIKE 'n%' AND count = id * 2 AND note = code;
DELETE FROM items WHERE code LIKE 'n%';

-- All or none; every document's problems are told, with its number.
SELECT aksara.bulk_update('Item', '[{"id": 1, "count": 0}, {"count": 1}, {"id": null, "count": 1.5}, 7, {"id": 2, "cuont": 1}, {"id": 3, "count": null}]');
SELECT aksara.bulk_update('Item', '[{"id": 1, "count": 0}, {"id": 2, "code": "f"}]');
SELECT aksara.bulk_update('Item', '[{"id": 1, "count": 0}, {"id": 2, "group": 99}]');
-- Two documents for one row: whose values count would be an accident.
SELECT aksara.bulk_update('Item', '[{"id": 3, "count": 0}, {"id": 1, "count": 0}, {"id": 2}, {"note": "x", "id": "1"}]');
SELECT aksara.bulk_update('Item', '[{"id": 1, "count": 0}]', '{cuont}');
SELECT aksara.bulk_update('Item', '[{"id": 1, "count": 0}]', '{}');
SELECT aksara.bulk_update('Item', '{"id": 1, "count": 0}');
SELECT aksara.bulk_update('Item', '[{"id": 1, "count": 0}');
SELECT aksara.bulk_update('Item', '[{"id": 1, "count": 0, "count": 1}]');
SELECT aksara.bulk_update('Item', '[{"id": 1, "count": 0}, {"id": 2, "count": 0}, {"id": 3, "count": 0, "id": 3}]');
SELECT aksara.bulk_update('Item', '[{"id": 1, "extra": {"a": 1, "a": 2}}]');
SELECT aksara.bulk_update('Item', NULL);
SELECT aksara.bulk_update(NULL, '[]');
SELECT id, count FROM items WHERE id <= 3 ORDER BY id;
-- Escapes in keys and values mean what they say.
SELECT aksara.bulk_update('Item', '[{"id": 1, "note": "a\"b\\"}, {"id": 2, "no\u0074e": "\u00e9\ud83d\ude00"}, {"id": 3, "note": "\\\"}]"}]');
SELECT id, note FROM items WHERE id <= 3 ORDER BY id;
SELECT aksara.bulk_update('Item', '[{"id": 1, "note": "\u0000"}]');
SELECT aksara.bulk_update('Item', '[{"id": 1, "note": "\ud83d"}]');

-- bulk_create with update_conflicts: rows that are there are updated; the keys of all come in the documents' order.
CREATE TABLE made AS SELECT key::text::bigint AS id, n FROM aksara.bulk_create('Item', '[{"code": "b", "count": 7}, {"code": "new", "count": 8}, {"code": "a"}]',
  update_conflicts => true, update_fields => '{count}', unique_fields => '{code}') WITH ORDINALITY k(key, n);
SELECT n, code, count FROM made JOIN items USING (id) ORDER BY n;
-- Without update_fields each document's own fields are set: the third leaves the count alone.
TRUNCATE made;
INSERT INTO made SELECT key::text::bigint, n FROM aksara.bulk_create('Item', '[{"code": "b", "count": 70}, {"code": "new", "note": "n"}, {"code": "a"}]',
  update_conflicts => true, unique_fields => '{code}') WITH ORDINALITY k(key, n);
SELECT n, code, count, note FROM made JOIN items USING (id) ORDER BY n;
-- What goes wrong.
SELECT aksara.bulk_create('Item', '[{"code": "b"}, {"code": "c"}, {"count": 1, "code": "b"}]', update_conflicts => true, unique_fields => '{code}');
SELECT aksara.bulk_create('Item', '[{"code": "b"}]', update_conflicts => true);
SELECT aksara.bulk_create('Item', '[{"code": "b"}]', update_conflicts => true, unique_fields => '{count}');
SELECT aksara.bulk_create('Item', '[{"code": "b"}]', update_conflicts => true, unique_fields => '{cod}');
SELECT aksara.bulk_create('Item', '[{"code": "b"}]', update_conflicts => true, unique_fields => '{code}', update_fields => '{id}');
SELECT aksara.bulk_create('Item', '[{"code": "b"}]', true, true, unique_fields => '{code}');
SELECT aksara.bulk_create('Item', '[{"code": "b"}]', unique_fields => '{code}');
SELECT aksara.bulk_create('Item', '[{"code": "b"}]', update_fields => '{count}');
SELECT aksara.bulk_create('Item', '[{"code": "b"}]', update_conflicts => NULL);
-- Documents of nothing but defaults meet what is there as well.
SELECT aksara.create_model('Setting', '{"name": {"type": "String", "default": "only", "unique": true}}', '{"primary_key": "bigint"}');
SELECT aksara.bulk_create('Setting', '[{}]', update_conflicts => true, unique_fields => '{name}');
SELECT aksara.bulk_create('Setting', '[{}, {"name": "other"}]', update_conflicts => true, unique_fields => '{name}');
DROP SCHEMA bulk_up CASCADE;
