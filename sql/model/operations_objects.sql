-- Indexes, constraints and the options of a model are changed by operations too.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA obj;
SET search_path = obj;
SELECT aksara.create_model('Event', '{
  "name": {"type": "String", "max_length": 50}, "starts": "DateTime", "ends": "DateTime",
  "place": {"type": "Integer", "min_value": 1}, "host": {"type": "Email", "unique": true}
}', '{"ordering": ["name"], "ai_description": "what happens when"}');
INSERT INTO events (name, starts, ends, place, host) VALUES ('a', '2026-01-01', '2026-01-02', 1, 'a@x.io'), ('a', '2026-01-02', '2026-01-03', 1, 'b@x.io');

-- Indexes.
SELECT aksara.add_index('Event', '["place", "-starts"]');
SELECT aksara.add_index('Event', '{"expressions": ["lower(name)"], "name": "event_name_lower"}');
SELECT aksara.apply_operation('{"op": "add_index", "model": "Event", "index": ["place", "-starts"]}');
SELECT aksara.apply_operation('{"op": "remove_index", "model": "Event", "name": "event_name_lower"}');
SELECT i ->> 'name' AS name FROM json_array_elements(aksara.describe('Event') -> 'indexes') i;
SELECT aksara.remove_index('Event', 'events_place_starts_idx1');
SELECT aksara.remove_index('Event', 'events_place_starts_id');
SELECT aksara.remove_index('Event', 'events_host_key');
SELECT aksara.add_index('Event', '{"fields": ["place"], "unique": true}');
SELECT aksara.add_index('Event', '{"fields": ["plaec"]}');
SELECT aksara.add_index('Event', '{"fields": []}');
SELECT aksara.add_index('Event', '{"fields": ["place"], "using": "gni"}');
SELECT aksara.add_index('Event', '{"fields": ["name"], "using": "gin"}');
SELECT aksara.add_index('Event', '{"fields": ["place"], "condition": "plaice > 1"}');
SELECT aksara.add_index('Event', '{"fields": ["place"], "condition": "place"}');
SELECT aksara.add_index('Event', '{"fields": ["place"], "condition": "place > 1; DROP TABLE events"}');
SELECT aksara.add_index('Event', '{"fields": ["place"], "condition": "place > (SELECT 1)"}');
SELECT aksara.add_index('Event', '{"expressions": ["now()"]}');
SELECT aksara.add_index('Event', '{"fields": ["place"], "opclass": "no_ops"}');
SELECT aksara.add_index('Event', '{"fields": ["place"], "nulls_distinct": false}');
SELECT aksara.add_index('Event', '{"fields": ["place"], "method": "btree", "using": "btree"}');
SELECT aksara.add_index('Event', '{"field": ["place"]}');
SELECT aksara.add_index('Event', '"place"');
SELECT aksara.add_index('Event', NULL);

-- Constraints; the rows must keep them.
SELECT aksara.add_constraint('Event', '{"check": "ends > starts", "name": "ends_after_start"}');
SELECT aksara.add_constraint('Event', '{"check": "ends < ''2026-01-03''"}');
SELECT aksara.add_constraint('Event', '{"unique": ["name", "place"]}');
SELECT aksara.apply_operation('{"op": "add_constraint", "model": "Event", "constraint": {"unique": ["name", "starts"], "deferrable": true}}');
SELECT aksara.apply_operation('{"op": "add_constraint", "model": "Event", "constraint": {"exclude": [[{"expression": "tstzrange(starts, ends)"}, "&&"]]}}');
SELECT aksara.apply_operation('{"op": "add_constraint", "model": "Event", "constraint": {"unique": ["starts"], "condition": "place = 1"}}');
SELECT aksara.apply_operation('{"op": "remove_constraint", "model": "Event", "name": "events_name_starts_key"}');
SELECT aksara.apply_operation('{"op": "remove_constraint", "model": "Event", "name": "events_starts_key"}');
SELECT aksara.remove_constraint('Event', 'events_place_min_value');
SELECT aksara.remove_constraint('Event', 'ends_after_strat');
SELECT aksara.remove_constraint('Event', 'ends_after_start');
SELECT c ->> 'name' AS name FROM json_array_elements(aksara.describe('Event') -> 'constraints') c;
SELECT aksara.add_constraint('Event', '{"chekc": "true"}');
SELECT aksara.add_constraint('Event', '{"check": "ends"}');
SELECT aksara.add_constraint('Event', '{"check": ""}');
SELECT aksara.add_constraint('Event', '{"check": "true", "condition": "true"}');
SELECT aksara.add_constraint('Event', '{"unique": ["name"], "condition": "true", "deferrable": true}');
SELECT aksara.add_constraint('Event', '{"unique": ["name"], "deferrable": "later"}');
SELECT aksara.add_constraint('Event', '{"unique": []}');
SELECT aksara.add_constraint('Event', '{"exclude": ["name"]}');
SELECT aksara.add_constraint('Event', '{"exclude": [["name", "="]], "using": "btree"}');
SELECT aksara.add_constraint('Event', '{"exclude": [["name", "; DROP TABLE events"]]}');
SELECT aksara.add_constraint('Event', '{"exclude": [["name", "<<|"]]}');

-- A field that goes takes along what names it; the reverse brings all back. (18 keeps NOT NULL as constraints too.)
CREATE VIEW facts AS
	SELECT conname || ' ' || pg_get_constraintdef(oid) AS fact FROM pg_constraint WHERE conrelid = to_regclass('obj.events') AND contype <> 'n'
	UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'obj' AND tablename = 'events'
	UNION ALL SELECT meta::text FROM aksara.model WHERE name = 'Event';
SELECT aksara.add_index('Event', '{"fields": ["place"], "condition": "name <> ''''", "name": "with_name"}');
SELECT aksara.add_constraint('Event', '{"check": "length(name) > place - 100", "name": "odd"}');
CREATE TABLE before AS SELECT * FROM facts;
ALTER TABLE events ALTER COLUMN name DROP NOT NULL;
SELECT aksara.apply_operation('{"op": "remove_field", "model": "Event", "field": "name"}') AS undo \gset
SELECT :'undo';
SELECT fact FROM (TABLE before EXCEPT ALL TABLE facts) gone ORDER BY fact COLLATE "C";
SELECT aksara.apply_operation(:'undo') AS undo \gset
(TABLE before EXCEPT ALL TABLE facts) UNION ALL (TABLE facts EXCEPT ALL TABLE before);
SELECT aksara.apply_operation(:'undo') ->> 'op' AS op;

-- Options of the model.
SELECT aksara.apply_operation('{"op": "alter_meta", "model": "Event", "meta": {"ordering": ["-starts"], "verbose_name": "event", "db_table": "happenings"}}');
SELECT conname FROM pg_constraint WHERE conrelid = 'happenings'::regclass AND contype = 'c' ORDER BY 1;
SELECT aksara.apply_operation('{"op": "alter_meta", "model": "obj.Event", "meta": {"ordering": null, "verbose_name": null, "table_name": null}}');
SELECT table_name, meta FROM aksara.model WHERE name = 'Event';
SELECT obj_description('events'::regclass);
SELECT aksara.apply_operation('{"op": "alter_meta", "model": "Event", "meta": {"ai_description": "another text"}}');
SELECT obj_description('events'::regclass);
SELECT aksara.apply_operation('{"op": "alter_meta", "model": "Event", "meta": {"comment": "for people"}}');
SELECT obj_description('events'::regclass);
SELECT aksara.alter_meta('Event', '{"comment": null, "ai_description": null}');
SELECT obj_description('events'::regclass);
SELECT aksara.alter_meta('Event', '{"ordering": ["statrs"]}');
SELECT aksara.alter_meta('Event', '{"indexes": []}');
SELECT aksara.alter_meta('Event', '{"primary_key": "bigint"}');
SELECT aksara.alter_meta('Event', '{"verbose": "x"}');
SELECT aksara.alter_meta('Event', '{"verbose": null}');
SELECT aksara.alter_meta('Event', '{"ordering": 1}');
SELECT aksara.alter_meta('Event', '[]');
SELECT aksara.alter_meta('Event', NULL);

-- Several operations as one; undone from the last to the first, or not done at all.
SELECT aksara.apply_operation('{"op": "sequence", "operations": [
	{"op": "add_field", "model": "Event", "field": "rain", "definition": {"type": "Boolean", "default": false}},
	{"op": "add_index", "model": "Event", "index": {"fields": ["rain"], "name": "rainy"}},
	{"op": "rename_model", "model": "Event", "name": "Party"}]}') AS undo \gset
SELECT :'undo';
SELECT aksara.apply_operation(:'undo') ->> 'op' AS op;
SELECT aksara.apply_operation('{"op": "sequence", "operations": [{"op": "rename_model", "model": "Event", "name": "Party"}, {"op": "rename_model", "model": "Event", "name": "Ball"}]}');
SELECT name FROM aksara.model;
SELECT aksara.apply_operation('{"op": "sequence"}');

-- Rules follow the names of model and field.
SELECT aksara.rename_field('Event', 'place', 'room');
SELECT aksara.rename_model('Event', 'Gig');
SELECT conname FROM pg_constraint WHERE conrelid = 'gigs'::regclass AND contype = 'c' ORDER BY 1;
DROP SCHEMA obj CASCADE;
