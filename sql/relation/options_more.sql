-- One meaning of "deferrable" everywhere; to_field follows renames; links without direction through a model; whose through model it may be.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA more;
SET search_path = more;

-- deferrable: true is "deferred", for a relation's key and for a constraint of meta.
SELECT aksara.create_model('Step', '{
  "a": {"type": "ForeignKey", "to": "self", "nullable": true, "related_name": "+", "deferrable": true},
  "b": {"type": "ForeignKey", "to": "self", "nullable": true, "related_name": "+", "deferrable": "deferred"},
  "c": {"type": "ForeignKey", "to": "self", "nullable": true, "related_name": "+", "deferrable": "Immediate"},
  "d": {"type": "ForeignKey", "to": "self", "nullable": true, "related_name": "+", "deferrable": false},
  "place": "Integer", "name": "Text"
}', meta => '{"primary_key": "bigint", "constraints": [
  {"unique": ["place"], "deferrable": true},
  {"unique": ["name"], "deferrable": "immediate"},
  {"unique": ["name", "place"], "deferrable": "DEFERRED"},
  {"exclude": [["place", "="]], "using": "btree", "deferrable": true, "name": "steps_place_excl"},
  {"unique": ["place", "name"], "deferrable": false}
]}');
SELECT conname, condeferrable, condeferred FROM pg_constraint
WHERE conrelid = 'steps'::regclass AND contype IN ('f', 'u', 'x') ORDER BY conname;
SELECT c ->> 'name' AS name, c ->> 'deferrable' AS deferrable FROM json_array_elements(aksara.describe('Step') -> 'constraints') c;
INSERT INTO steps (place, name) VALUES (1, 'x'), (2, 'y');
UPDATE steps SET place = 3 - place;
BEGIN;
INSERT INTO steps (place, name) VALUES (1, 'z');
SELECT aksara.create('Step', '{"place": 3, "name": "w", "a": 77}') ->> 'a_id' AS nobody;
COMMIT;
\echo :SQLSTATE
SELECT aksara.create('Step', '{"place": 3, "name": "w", "c": 77}');
\echo :SQLSTATE
SELECT aksara.add_constraint('Step', '{"unique": ["a"], "deferrable": "later"}');
\echo :SQLSTATE
SELECT aksara.add_constraint('Step', '{"unique": ["a"], "deferrable": 1}');
SELECT aksara.alter_field('Step', 'd', '{"type": "ForeignKey", "to": "self", "nullable": true, "related_name": "+", "deferrable": "later"}');
\echo :SQLSTATE

-- What undoes says it plainly, whoever made the constraint.
ALTER TABLE steps ADD CONSTRAINT by_hand UNIQUE (b_id) DEFERRABLE;
SELECT aksara.apply_operation('{"op": "remove_constraint", "model": "Step", "name": "by_hand"}');
SELECT aksara.apply_operation('{"op": "remove_constraint", "model": "Step", "name": "steps_place_key"}');
DROP TABLE steps;

-- to_field goes along when the field it names is renamed; a column renamed by hand leaves the field its name.
SELECT aksara.create_model('Land', '{"code": {"type": "String", "max_length": 2, "unique": true}, "name": "Text"}');
SELECT aksara.create_model('Town', '{"land": {"type": "ForeignKey", "to": "Land", "to_field": "code"}, "twin": {"type": "ForeignKey", "to": "Land", "related_name": "+", "nullable": true}, "name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.rename_field('Land', 'code', 'iso');
SELECT name, options ->> 'to_field' AS to_field FROM aksara.field WHERE app = 'more' AND model = 'Town' AND kind = 'ForeignKey' ORDER BY name;
SELECT aksara.rename_field('Land', 'id', 'number');
ALTER TABLE lands RENAME iso TO iso2;
SELECT options ->> 'to_field' AS registered, (SELECT f ->> 'to_field' FROM json_array_elements(aksara.describe('Town') -> 'fields') f WHERE f ->> 'name' = 'land') AS shown
FROM aksara.field WHERE app = 'more' AND model = 'Town' AND name = 'land';
SELECT aksara.create('Land', '{"iso": "is", "name": "Iceland"}') ->> 'iso' AS iso;
SELECT aksara.create('Town', '{"land": "is", "name": "Vik"}') ->> 'land_id' AS land;
INSERT INTO towns (land_id, name) VALUES ('is', 'Hof');
SELECT aksara.count('{"model": "Land", "filter": {"town_set__name": "Hof"}}');
-- So the whole definition, as describe shows it, can be given again.
SELECT aksara.alter_field('Town', 'land', '{"type": "ForeignKey", "to": "Land", "to_field": "iso", "on_delete": "PROTECT"}');
DELETE FROM lands;
\echo :SQLSTATE
-- A field that others refer to by name: of the model itself, and after the model has another name.
SELECT aksara.create_model('Node', '{"code": {"type": "Integer", "unique": true}, "parent": {"type": "ForeignKey", "to": "self", "to_field": "code", "nullable": true}}');
SELECT aksara.apply_operation('{"op": "rename_field", "model": "Node", "field": "code", "name": "number"}');
SELECT aksara.rename_model('Node', 'Knot');
SELECT aksara.rename_field('Knot', 'number', 'nr');
SELECT options ->> 'to_field' AS to_field FROM aksara.field WHERE app = 'more' AND model = 'Knot' AND name = 'parent';
SELECT aksara.create('Knot', '{"nr": 1, "parent": 1}') ->> 'parent_id' AS parent;

-- symmetrical through a model: both ways in its rows, each with the same values; nothing need be unique there.
SELECT aksara.create_model('Person', '{"name": "Text", "friends": {"type": "ManyToMany", "to": "self", "symmetrical": true, "through": "Tie"}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Tie', '{
  "one":   {"type": "ForeignKey", "to": "Person", "related_name": "+"},
  "other": {"type": "ForeignKey", "to": "Person", "related_name": "+"},
  "since": {"type": "Integer", "default": 2000}
}', meta => '{"primary_key": "bigint"}');
SELECT count(*) FROM aksara.bulk_create('Person', '[{"name": "Ada"}, {"name": "Ben"}, {"name": "Cy"}]');
SELECT aksara.related_add('Person', 1, 'friends', 2, 2), aksara.related_add('Person', 2, 'friends', 1);
SELECT * FROM aksara.related_link('Person', 3, 'friends', '[1, 3]', '{"since": 2020}');
SELECT one_id, other_id, since FROM ties ORDER BY 1, 2;
SELECT aksara.fetch('{"model": "Person", "filter": {"friends__name": "Ada"}, "order_by": ["id"]}');
SELECT aksara.related_contains('Person', 1, 'friends', 3), aksara.related_contains('Person', 2, 'friends', 3);
SELECT * FROM aksara.related_set('Person', 1, 'friends', 2);
SELECT aksara.related_create('Person', 2, 'friends', '{"name": "Di"}', '{"since": 2021}') ->> 'id' AS id;
SELECT one_id, other_id, since FROM ties ORDER BY 1, 2;
SELECT aksara.related_remove('Person', 4, 'friends', 2), aksara.related_clear('Person', 1, 'friends');
SELECT one_id, other_id, since FROM ties ORDER BY 1, 2;
-- Plain SQL writes what it writes: a link of one row leads one way.
INSERT INTO ties (one_id, other_id) VALUES (1, 4);
SELECT aksara.related_contains('Person', 1, 'friends', 4), aksara.related_contains('Person', 4, 'friends', 1);
SELECT aksara.related_add('Person', 4, 'friends', 1);
SELECT one_id, other_id, since FROM ties ORDER BY 1, 2;

-- A through model is held on to by who goes through it, which takes the right that a key to its table would take.
CREATE ROLE regress_more_a;
CREATE ROLE regress_more_b;
CREATE SCHEMA more_a AUTHORIZATION regress_more_a;
CREATE SCHEMA more_b AUTHORIZATION regress_more_b;
GRANT USAGE ON SCHEMA more_a TO regress_more_b;
GRANT USAGE ON SCHEMA more_b TO regress_more_a;
SET ROLE regress_more_b;
SELECT aksara.create_model('more_b.Tag', '{"name": "Text"}');
SELECT aksara.create_model('more_b.Post', '{"name": "Text"}');
SELECT aksara.create_model('more_b.PostTag', '{"post": {"type": "ForeignKey", "to": "Post", "related_name": "+"}, "tag": {"type": "ForeignKey", "to": "Tag", "related_name": "+"}}');
GRANT REFERENCES ON more_b.tags, more_b.posts TO regress_more_a;
SET ROLE regress_more_a;
SELECT aksara.create_model('more_a.Post', '{"tags": {"type": "ManyToMany", "to": "more_b.Tag", "through": "more_b.PostTag"}}');
\echo :SQLSTATE
SELECT aksara.create_model('more_a.Note', '{"tags": {"type": "ManyToMany", "to": "more_b.Tag", "through": "more_b.NoteTag"}}');
SET ROLE regress_more_b;
SELECT aksara.add_field('more_b.PostTag', 'note', '{"type": "ForeignKey", "to": "more_b.Post", "related_name": "+", "nullable": true}');
SELECT aksara.remove_field('more_b.PostTag', 'note');
RESET ROLE;
-- Asked for while it is not there, or by a row that was restored, it is in nobody's way either.
GRANT REFERENCES ON ALL TABLES IN SCHEMA more_a TO regress_more_b;
SET ROLE regress_more_b;
SELECT aksara.create_model('more_b.NoteTag', '{"note": {"type": "ForeignKey", "to": "more_a.Note", "related_name": "+"}, "tag": {"type": "ForeignKey", "to": "more_b.Tag", "related_name": "+"}, "second": {"type": "ForeignKey", "to": "more_b.Tag", "related_name": "+"}}');
SET ROLE regress_more_a;
SELECT aksara.connect_relation('more_a.Note', 'tags');
\echo :SQLSTATE
SELECT aksara.count('{"model": "more_a.Note", "filter": {"tags__name": "x"}}');
\echo :SQLSTATE
SET ROLE regress_more_b;
SELECT aksara.remove_field('more_b.NoteTag', 'second');
SELECT problem FROM aksara.check_registry() WHERE model = 'more_a.Note';
GRANT REFERENCES ON more_b.note_tags TO regress_more_a;
SET ROLE regress_more_a;
SELECT aksara.connect_relation('more_a.Note', 'tags');
SET ROLE regress_more_b;
SELECT aksara.remove_field('more_b.NoteTag', 'tag');
\echo :SQLSTATE
SELECT aksara.drop_model('more_b.NoteTag');
\echo :SQLSTATE
REVOKE REFERENCES ON more_b.note_tags FROM regress_more_a;
SELECT aksara.drop_model('more_b.NoteTag');
RESET ROLE;
SELECT * FROM aksara.check_registry() WHERE model LIKE 'more.%';
DROP SCHEMA more_a, more_b, more CASCADE;
DROP OWNED BY regress_more_a, regress_more_b;
DROP ROLE regress_more_a, regress_more_b;
