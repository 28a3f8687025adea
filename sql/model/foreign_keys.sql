-- Foreign keys that no relation stands for are constraints like others; a column that went comes back with every key that it had.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA keys;
CREATE SCHEMA "Odd ""One";
SET search_path = keys;
CREATE VIEW facts AS
	SELECT format('%s: %s %s', conrelid::regclass, conname, pg_get_constraintdef(k.oid)) AS fact FROM pg_constraint k
		WHERE connamespace = 'keys'::regnamespace AND contype <> 'n'
	UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'keys'
	UNION ALL SELECT format('%s.%s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod)) FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
		WHERE relnamespace = 'keys'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
	UNION ALL SELECT format('%s.%s %s', model, name, kind) FROM aksara.field
	UNION ALL SELECT format('%s.%s %s', model, field, constraint_name) FROM aksara.relation;
-- What is not as before, after a field was removed and the removal undone.
CREATE FUNCTION there_and_back(model text, field text) RETURNS TABLE (change text, fact text) LANGUAGE plpgsql AS $$
DECLARE
	before text[] := ARRAY(SELECT f.fact FROM keys.facts f);
	after text[];
	undo json := aksara.apply_operation(json_build_object('op', 'remove_field', 'model', model, 'field', field));
BEGIN
	ASSERT before <> ARRAY(SELECT f.fact FROM keys.facts f);
	PERFORM aksara.apply_operation(undo);
	after := ARRAY(SELECT f.fact FROM keys.facts f);
	RETURN QUERY (SELECT 'missing', unnest(before) EXCEPT ALL SELECT 'missing', unnest(after))
		UNION ALL (SELECT 'new', unnest(after) EXCEPT ALL SELECT 'new', unnest(before)) ORDER BY 1, 2;
END $$;

-- Their targets are no models: the columns are plain fields, and one has no field.
CREATE TABLE targets (a integer, b integer, code integer UNIQUE, PRIMARY KEY (a, b), UNIQUE (b, a));
CREATE TABLE "Odd ""One"."Ta.ble" ("Id ""x" integer PRIMARY KEY);
CREATE TABLE holders (
	id integer PRIMARY KEY,
	plain integer REFERENCES targets (code),
	acts integer CONSTRAINT acts_key REFERENCES targets (code) ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE,
	late integer DEFAULT 1 REFERENCES targets (code) ON UPDATE SET DEFAULT ON DELETE SET DEFAULT DEFERRABLE INITIALLY DEFERRED,
	hard integer REFERENCES targets (code) ON UPDATE RESTRICT ON DELETE RESTRICT UNIQUE,
	twice integer REFERENCES targets (code) REFERENCES "Odd ""One"."Ta.ble" ON DELETE CASCADE,
	a integer, b integer, "Ödd, ""col" integer CONSTRAINT "A ""key" REFERENCES "Odd ""One"."Ta.ble",
	code integer, up integer, bits bit(2),
	during int4range,
	UNIQUE (id, code, bits), FOREIGN KEY (up, code, bits) REFERENCES holders (id, code, bits),
	FOREIGN KEY (a, b) REFERENCES targets MATCH FULL ON DELETE SET NULL,
	CONSTRAINT some_set FOREIGN KEY (b, a) REFERENCES targets (b, a) ON DELETE SET NULL (a),
	EXCLUDE USING gist (during WITH &&) DEFERRABLE
);
ALTER TABLE holders ADD CONSTRAINT not_valid FOREIGN KEY (plain) REFERENCES targets (code) ON UPDATE CASCADE NOT VALID;
SELECT aksara.adopt_table('holders') ->> 'name' AS model;
SELECT c FROM json_array_elements(aksara.describe('Holder') -> 'constraints') c;
SELECT f AS field, d.* FROM unnest('{plain,acts,late,hard,twice,a,b,up,code,during}'::text[]) f, there_and_back('Holder', f) d;
SELECT d.* FROM there_and_back('Holder', (SELECT name FROM aksara.field WHERE column_name LIKE 'Ö%')) d;
SELECT aksara.apply_operation('{"op": "remove_field", "model": "Holder", "field": "b"}') AS undo \gset
SELECT o FROM json_array_elements(:'undo'::json -> 'operations') o;
SELECT aksara.apply_operation(:'undo') ->> 'op' AS op;
-- What another table's key refers to does not go.
CREATE TABLE outsiders (hard integer REFERENCES holders (hard));
SELECT aksara.remove_field('Holder', 'hard');

-- A target that is a model makes relations; whose key says more than a relation's definition does, has it again.
CREATE TABLE users (id integer PRIMARY KEY, email text UNIQUE, org integer, no integer, UNIQUE (org, no));
CREATE TABLE posts (
	id integer PRIMARY KEY,
	usual_id integer REFERENCES users ON DELETE CASCADE,
	moved_id integer CONSTRAINT moves REFERENCES users ON UPDATE CASCADE ON DELETE SET NULL,
	strict_id integer REFERENCES users ON DELETE RESTRICT,
	late_id integer REFERENCES users DEFERRABLE INITIALLY DEFERRED,
	email text REFERENCES users (email) MATCH FULL,
	two_id integer REFERENCES users CONSTRAINT another REFERENCES users ON DELETE CASCADE REFERENCES targets (code),
	org integer, no integer, CONSTRAINT member FOREIGN KEY (org, no) REFERENCES users (org, no) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL
);
ALTER TABLE posts ADD later_id integer, ADD CONSTRAINT later FOREIGN KEY (later_id) REFERENCES users NOT VALID;
SELECT model FROM aksara.adopt_schema('keys', '{"exclude": ["holders", "outsiders", "targets"]}') WHERE model IS NOT NULL ORDER BY 1;
SELECT c FROM json_array_elements(aksara.describe('Post') -> 'constraints') c;
SELECT f.name AS field, d.* FROM (SELECT name FROM aksara.field WHERE model = 'Post' AND kind <> 'Integer' ORDER BY position) f, there_and_back('Post', f.name) d;
SELECT aksara.apply_operation('{"op": "remove_field", "model": "Post", "field": "usual"}') AS undo \gset
SELECT :'undo';
SELECT aksara.apply_operation(:'undo');
SELECT aksara.apply_operation('{"op": "remove_field", "model": "Post", "field": "moved"}') AS undo \gset
SELECT :'undo';
SELECT aksara.apply_operation(:'undo');
SELECT aksara.create('User', '{"id": 1}'), aksara.create('Post', '{"id": 1, "moved": 1}');
UPDATE users SET id = 2;
SELECT aksara.fetch('{"model": "Post", "only": ["moved"]}');
-- What aksara does besides the native key is there again too.
SELECT aksara.create_model('Vote', '{"id": {"type": "Integer", "primary_key": true}, "by": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT", "nullable": true}}');
ALTER TABLE votes DROP CONSTRAINT votes_by_id_fkey, ADD CONSTRAINT by_hand FOREIGN KEY (by_id) REFERENCES users ON UPDATE CASCADE;
SELECT d.* FROM there_and_back('Vote', 'by') d;
SELECT aksara.create('Vote', '{"id": 1, "by": 2}');
DELETE FROM users;
SELECT aksara.drop_model('Vote');

-- The target becomes a table again, and its keys constraints.
SELECT aksara.forget_model('User');
SELECT c ->> 'name' AS name FROM json_array_elements(aksara.describe('Post') -> 'constraints') c;
SELECT f.name AS field, d.* FROM (SELECT name FROM aksara.field WHERE model = 'Post' AND name NOT IN ('id') ORDER BY position) f, there_and_back('Post', f.name) d;

-- Added and removed as any constraint; a relation's own key is its field's.
SELECT aksara.adopt_table('users') ->> 'name' AS model;
SELECT aksara.create_model('Note', '{"id": {"type": "Integer", "primary_key": true}, "owner": {"type": "ForeignKey", "to": "User", "on_delete": "SET_NULL", "nullable": true},
	"code": {"type": "Integer", "column": "Co de"}, "parent": "Integer", "a": "Integer", "b": "Integer"}',
	'{"constraints": [{"foreign_key": ["code"], "to": "targets", "to_columns": ["code"], "on_delete": "no action"},
		{"foreign_key": ["parent"], "to": "notes", "on_update": "set-null", "deferrable": true},
		{"foreign_key": ["owner"], "to": "keys.users", "name": "owner_again"}]}');
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'notes'::regclass AND contype = 'f' ORDER BY 1;
SELECT constraint_name FROM aksara.relation WHERE model = 'Note';
SELECT aksara.apply_operation('{"op": "add_constraint", "model": "Note", "constraint": {"foreign_key": ["a", "b"], "to": "targets", "to_columns": ["a", "b"], "match": "FULL", "on_delete": "SET_DEFAULT", "set": ["b"]}}');
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'notes'::regclass AND conname = 'notes_a_b_fkey';
SELECT aksara.apply_operation('{"op": "remove_constraint", "model": "Note", "name": "notes_a_b_fkey"}');
SELECT aksara.remove_constraint('Note', 'notes_owner_id_fkey');
CREATE TABLE before AS SELECT * FROM facts;
SELECT aksara.apply_operation('{"op": "drop_model", "model": "Note"}') AS undo \gset
SELECT aksara.apply_operation(:'undo');
(TABLE before EXCEPT ALL TABLE facts) UNION ALL (SELECT fact FROM facts WHERE fact !~ 'before' EXCEPT ALL TABLE before);

-- What cannot be.
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"]}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "nowhere"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "a.b.c"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "targets; DROP TABLE users"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "targets", "to_columns": ["a) ON DELETE CASCADE --"]}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "targets", "to_columns": ["ctid"]}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["cdoe"], "to": "targets"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": [], "to": "targets"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": "code", "to": "targets"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": [1], "to": "targets"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "targets", "on_delete": "PROTECT"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "targets", "on_delete": "CASCADE", "set": ["code"]}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "targets", "match": "partial"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "targets", "deferrable": "later"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "targets", "valid": "no"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "targets", "condition": "true"}');
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "targets"}');
\set VERBOSITY terse
SELECT aksara.add_constraint('Note', '{"foreign_key": ["code"], "to": "users", "to_columns": ["email"]}');
\set VERBOSITY default
SELECT aksara.apply_operation('{"op": "add_field", "model": "Note", "field": "x", "definition": "Integer", "native_key": {"foreign_key": ["x"], "to": "targets"}}');
SELECT aksara.apply_operation('{"op": "add_field", "model": "Note", "field": "x", "definition": {"type": "ForeignKey", "to": "User"}, "native_key": {"check": "true"}}');
SELECT aksara.add_constraint('Note', '{"foreign_kye": ["code"], "to": "targets"}');

-- 18 has periods, and constraints that nobody enforces.
DO $$
DECLARE
	told text;
	change text;
BEGIN
	IF current_setting('server_version_num')::integer < 180000 THEN
		FOREACH told IN ARRAY '{"\"foreign_key\": [\"a\"], \"to\": \"users\", \"enforced\": false", "\"foreign_key\": [\"a\"], \"to\": \"users\", \"period\": true",
				"\"check\": \"a > 0\", \"enforced\": false", "\"unique\": [\"a\"], \"without_overlaps\": true"}'::text[] LOOP
			BEGIN
				PERFORM aksara.add_constraint('Note', ('{' || told || '}')::json);
				RAISE 'should not be';
			EXCEPTION WHEN feature_not_supported THEN NULL;
			END;
		END LOOP;
		RETURN;
	END IF;
	EXECUTE 'CREATE TABLE spans (id integer PRIMARY KEY, what int4range, during int4range, UNIQUE (what, during WITHOUT OVERLAPS))';
	EXECUTE 'CREATE TABLE parts (id integer PRIMARY KEY, what int4range, during int4range, n integer CHECK (n > 0) NOT ENFORCED, idle integer REFERENCES spans NOT ENFORCED,
		FOREIGN KEY (what, PERIOD during) REFERENCES spans (what, PERIOD during), UNIQUE (what, during WITHOUT OVERLAPS))';
	PERFORM aksara.adopt_table('parts');
	FOREACH told IN ARRAY '{what,during,n,idle}'::text[] LOOP
		SELECT string_agg(format('%s %s %s', told, d.change, d.fact), '; ') INTO change FROM keys.there_and_back('Part', told) d;
		ASSERT change IS NULL, change;
	END LOOP;
END $$;
DROP SCHEMA keys, "Odd ""One" CASCADE;
