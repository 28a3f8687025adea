-- Models whose key is several fields.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA comp;
SET search_path = comp;
SELECT aksara.create_model('Seat', '{
  "row":  "String",
  "t0":   {"type": "Integer", "default": 7},
  "hall": "Integer",
  "name": {"type": "Text", "nullable": true},
  "paid": {"type": "Boolean", "default": false}
}');
ALTER TABLE seats DROP COLUMN id, ADD PRIMARY KEY (hall, row);

SELECT aksara.create('Seat', '{"hall": 1, "row": "a"}');
SELECT aksara.bulk_create('Seat', '[{"hall": 1, "row": "b"}, {"row": "a", "hall": 2, "name": "Ann"}, {"hall": 2, "row": "b"}]');
-- The key is several values in the key's own order, typed or not.
SELECT aksara.get_by_key('Seat', 2, 'a'::text);
SELECT aksara.get_by_key('Seat', '2', 'a');
SELECT aksara.get_by_key('Seat', VARIADIC ARRAY['1', 'b']);
-- Or an object that holds it, as get returns.
SELECT aksara.get_by_key('Seat', aksara.get('Seat', '{"name": "Ann"}'));
SELECT aksara.get_by_key('Seat', '{"hall": 2, "row": "a", "name": "of no account"}');
SELECT aksara.get_by_key('Seat', '{"hall": 2}');
SELECT aksara.get_by_key('Seat', 2);
SELECT aksara.get_by_key('Seat', 2, 'a'::text, 3);
SELECT aksara.get_by_key('Seat', 'a', '2');
SELECT aksara.get_by_key('Seat', 2, NULL::text);
SELECT aksara.get_by_key('Seat', 7, 'a'::text);
-- save: with the whole key an update; with a part of it a row that lacks the rest.
SELECT aksara.save('Seat', '{"hall": 1, "row": "a", "name": "Joe"}');
SELECT aksara.save('Seat', '{"hall": 9, "row": "a", "name": "Joe"}');
SELECT aksara.save('Seat', '{"hall": 1, "name": "Joe"}');
SELECT aksara.save('Seat', '{"hall": 1, "row": null, "name": "Joe"}');
-- bulk_update needs the whole key of every document, and refuses one twice.
SELECT aksara.bulk_update('Seat', '[{"hall": 1, "row": "b", "paid": true}, {"row": "b", "hall": 2, "name": "Bea"}, {"hall": 8, "row": "b", "paid": true}]');
SELECT aksara.bulk_update('Seat', '[{"hall": 1, "paid": true}, {"row": "b"}]');
SELECT aksara.bulk_update('Seat', '[{"hall": 1, "row": "b"}, {"hall": 2, "row": "b"}, {"row": "b", "hall": "1", "paid": false}]');
SELECT aksara.bulk_update('Seat', '[{"hall": 1, "row": "a", "name": "x", "paid": true}]', '{paid}');
SELECT hall, row, name, paid FROM seats ORDER BY 1, 2;
-- pk stands for all of it.
SELECT object, created FROM aksara.upsert('Seat', '{"hall": 2, "row": "a", "paid": true}', '{pk}');
SELECT object, created FROM aksara.upsert('Seat', '{"hall": 3, "row": "a"}', '{row,hall}');
SELECT aksara.upsert('Seat', '{"hall": 3, "row": "a"}', '{row}');
SELECT object, created FROM aksara.update_or_create('Seat', '{"hall": 3}', '{"paid": true}');
SELECT object, created FROM aksara.get_or_create('Seat', '{"hall": 3, "row": "c"}');
SELECT aksara.bulk_create('Seat', '[{"hall": 3, "row": "c", "name": "Cy"}, {"hall": 3, "row": "d"}]', update_conflicts => true, unique_fields => '{pk}');
-- update and delete of a slice, which go by the key.
SELECT aksara.update('{"model": "Seat", "order_by": ["hall", "row"], "limit": 2}', '{"name": "first two"}');
SELECT hall, row, name FROM seats WHERE name = 'first two' ORDER BY 1, 2;
SELECT aksara.delete('{"model": "Seat", "order_by": ["-hall", "-row"], "limit": 1}');
SELECT aksara.delete_by_key('Seat', 3, 'c'::text);
SELECT aksara.delete_by_key('Seat', aksara.get_by_key('Seat', 3, 'a'::text));
SELECT aksara.delete_by_key('Seat', 1);
SELECT aksara.delete_by_key('Seat', 1, NULL::text);
SELECT hall, row, name, paid FROM seats ORDER BY 1, 2;

-- A key of several fields is no single value, whatever is asked of it, and a model without one has none.
SELECT aksara.fetch('{"model": "Seat", "filter": {"pk": {"$subquery": {"model": "Seat", "pick": ["hall"], "limit": 1}}}}');
SELECT aksara.fetch('{"model": "Seat", "filter": {"pk__exact": {"$upper": "name"}}}');
SELECT aksara.fetch('{"model": "Seat", "filter": {"pk__in": [{"$upper": "name"}]}}');
SELECT aksara.fetch('{"model": "Seat", "filter": {"pk__range": [1, 2]}}');

-- A key that the definition names is the same.
SELECT aksara.create_model('Chair', '{"row": "String", "hall": "Integer", "paid": {"type": "Boolean", "default": false}}', '{"primary_key": ["hall", "row"]}');
SELECT aksara.create('Chair', '{"hall": 1, "row": "a"}');
SELECT aksara.save('Chair', '{"hall": 1, "row": "a", "paid": true}');
SELECT aksara.bulk_update('Chair', '[{"hall": 1, "row": "a", "paid": false}]');
SELECT aksara.get_by_key('Chair', 1, 'a'::text);

-- Without any key rows can be made, and found by what they hold.
SELECT aksara.create_model('Entry', '{"text": "Text"}');
ALTER TABLE entries DROP COLUMN id;
SELECT aksara.create('Entry', '{"text": "a"}');
SELECT aksara.bulk_create('Entry', '[{"text": "b"}, {"text": "c"}]');
SELECT aksara.save('Entry', '{"text": "d"}');
SELECT object, created FROM aksara.get_or_create('Entry', '{"text": "a"}');
SELECT aksara.update('{"model": "Entry", "filter": {"text": "b"}}', '{"text": "bb"}');
SELECT aksara.delete('{"model": "Entry", "filter": {"text": "c"}}');
SELECT aksara.bulk_update('Entry', '[{"text": "a"}]');
SELECT aksara.update_or_create('Entry', '{"text": "a"}', '{"text": "b"}');
SELECT aksara.upsert('Entry', '{"text": "a"}', '{text}');
SELECT aksara.upsert('Entry', '{"text": "a"}', '{pk}');
SELECT aksara.delete_by_key('Entry', 1);
SELECT aksara.fetch('{"model": "Entry", "filter": {"pk": 1}}');
SELECT aksara.fetch('{"model": "Entry", "filter": {"pk": {"$upper": "text"}}}');
SELECT aksara.fetch('{"model": "Seat", "filter": {"pk__in": [{"$uper": "name"}]}}');
SELECT aksara.fetch('{"model": "Entry", "filter": {"pk__isnull": true}}');
SELECT aksara.fetch('{"model": "Entry", "order_by": ["-pk"]}');
SELECT aksara.fetch('{"model": "Entry", "order_by": [{"$asc": "pk"}]}');
SELECT aksara.fetch('{"model": "Entry", "pick": ["pk"]}');
SELECT aksara.fetch('{"model": "Entry", "annotate": {"k": "pk"}}');
SELECT text FROM entries ORDER BY 1;
DROP SCHEMA comp CASCADE;
