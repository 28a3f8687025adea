-- Reads that end early: cursors, cancels, errors between the rows, subtransactions; and what a reader may change meanwhile.
\set ECHO none
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA flow;
SET search_path = flow;
SELECT aksara.create_model('Box', '{"name": "String", "room": {"type": "Integer", "default": 0}}', '{"primary_key": "bigint", "ordering": ["id"]}');
SELECT aksara.create_model('Item', '{"box": {"type": "ForeignKey", "to": "Box", "on_delete": "CASCADE", "related_name": "items"}, "label": "Text"}', '{"primary_key": "bigint", "ordering": ["id"]}');
INSERT INTO boxes (id, name) OVERRIDING SYSTEM VALUE SELECT n, 'box ' || n FROM generate_series(1, 3000) n;
INSERT INTO items (id, box_id, label) OVERRIDING SYSTEM VALUE SELECT n, n % 3000 + 1, 'item ' || n FROM generate_series(1, 6000) n;
SELECT setval('boxes_id_seq', 10000);
-- What this session holds of running reads.
CREATE VIEW running AS SELECT count(*) FROM pg_backend_memory_contexts WHERE name LIKE 'aksara encoder%';
CREATE FUNCTION slow(bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF $1 > 1500 THEN PERFORM pg_sleep(0.001); END IF; RETURN true; END $$;
\o
\pset format unaligned
\pset tuples_only on
\set ECHO all

-- A cursor that is read in part, moved, and closed; one that outlives its transaction.
BEGIN;
DECLARE boxes_read CURSOR FOR SELECT aksara.fetch('{"model": "Box", "prefetch_related": ["items"]}');
FETCH 2 FROM boxes_read;
MOVE 2996 IN boxes_read;
FETCH 1 FROM boxes_read;
CLOSE boxes_read;
DECLARE one CURSOR FOR SELECT aksara.fetch('{"model": "Box", "filter": {"id": 7}}');
FETCH 1 FROM one;
CLOSE one;
DECLARE held SCROLL CURSOR WITH HOLD FOR SELECT b ->> 'name' FROM aksara.fetch('{"model": "Box", "limit": 3}') b;
FETCH 1 FROM held;
COMMIT;
FETCH ALL FROM held;
FETCH BACKWARD 2 FROM held;
CLOSE held;
SELECT * FROM running;
-- The snapshot is that of the cursor: what comes later is not seen, the lists included.
BEGIN;
DECLARE before_it CURSOR FOR SELECT aksara.fetch('{"model": "Box", "filter": {"id__lte": 2}, "prefetch_related": ["items"]}');
DELETE FROM items WHERE box_id = 1;
INSERT INTO items (id, box_id, label) VALUES (9001, 2, 'late');
FETCH ALL FROM before_it;
ROLLBACK;
-- A loop that is left, by EXIT and by an error, and one whose body changes what is read.
DO $$
DECLARE
	box json; seen int := 0;
BEGIN
	FOR box IN SELECT aksara.fetch('{"model": "Box"}') LOOP
		seen := seen + 1;
		EXIT WHEN seen = 5;
	END LOOP;
	BEGIN
		FOR box IN SELECT aksara.fetch('{"model": "Box", "prefetch_related": ["items"]}') LOOP
			seen := seen + 1 / (((box ->> 'id')::int - 3) * 2);
		END LOOP;
	EXCEPTION WHEN division_by_zero THEN seen := seen + 100;
	END;
	FOR box IN SELECT aksara.fetch('{"model": "Box", "filter": {"id__lte": 3}}') LOOP
		PERFORM aksara.update(json_build_object('model', 'Box', 'filter', json_build_object('id__lte', 3)), json_build_object('room', 7));
		PERFORM aksara.create('Box', '{"name": "another"}');
		seen := seen + 1000 + (box ->> 'room')::int;
	END LOOP;
	RAISE EXCEPTION 'seen %, and % boxes', seen, aksara.count('Box', '{}');
END $$;
SELECT aksara.count('Box', '{}');
-- An error in the middle of a list, caught again and again; the read after it is whole.
CREATE FUNCTION tried() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	failed int := 0; whole int;
BEGIN
	FOR i IN 1 .. 20 LOOP
		BEGIN
			PERFORM aksara.fetch_all('{"model": "Box", "prefetch_related": ["items"]}');
		EXCEPTION WHEN division_by_zero THEN failed := failed + 1;
		END;
		whole := json_array_length(aksara.fetch_all('{"model": "Box", "filter": {"id__lte": 10}, "prefetch_related": ["items"]}'));
	END LOOP;
	RETURN failed || ' failed, ' || whole || ' rows';
END $$;
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
ALTER TABLE items FORCE ROW LEVEL SECURITY;
CREATE POLICY bad_apple ON items USING (1 / (id - 5000) IS NOT NULL);
CREATE ROLE regress_query_flow;
GRANT USAGE ON SCHEMA flow TO regress_query_flow;
GRANT SELECT ON ALL TABLES IN SCHEMA flow TO regress_query_flow;
SET ROLE regress_query_flow;
SELECT tried();
RESET ROLE;
DROP POLICY bad_apple ON items;
SELECT * FROM running;
-- Cancelled while it reads rows, and while it reads lists.
CREATE POLICY all_of_them ON items USING (slow(id));
SET ROLE regress_query_flow;
\set VERBOSITY terse
SET statement_timeout = '100ms';
SELECT json_array_length(aksara.fetch_all('{"model": "Box", "prefetch_related": ["items"]}'));
SELECT count(*) FROM aksara.fetch('{"model": "Item"}');
RESET statement_timeout;
\set VERBOSITY default
SELECT aksara.fetch('{"model": "Box", "filter": {"id": 4}, "prefetch_related": ["items"]}');
RESET ROLE;
SELECT * FROM running;
-- The user changes between rows: each read is done with the rights of who asks.
CREATE FUNCTION as_reader(id bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN aksara.count(json_build_object('model', 'flow.Item', 'filter', json_build_object('box', id))); END $$;
ALTER FUNCTION as_reader(bigint) OWNER TO regress_query_flow;
DROP POLICY all_of_them ON items;
CREATE POLICY odd_boxes ON items TO regress_query_flow USING (box_id % 2 = 1);
SELECT (b ->> 'id')::int, aksara.count(json_build_object('model', 'flow.Item', 'filter', json_build_object('box', b -> 'id'))), as_reader((b ->> 'id')::bigint) FROM aksara.fetch('{"model": "Box", "limit": 4}') b;
SET row_security = off;
SELECT as_reader(1);
RESET row_security;
SELECT as_reader(1), as_reader(2);
-- Triggers that are off for replication are off for kept writes too.
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
CREATE TRIGGER shout BEFORE UPDATE ON boxes FOR EACH ROW EXECUTE FUNCTION shout();
SELECT aksara.update(json_build_object('model', 'Box', 'filter', json_build_object('id', n)), '{"room": 1}') FROM generate_series(1, 6) n;
SET session_replication_role = replica;
SELECT aksara.update('{"model": "Box", "filter": {"id": 7}}', '{"room": 1}');
RESET session_replication_role;
SELECT aksara.update('{"model": "Box", "filter": {"id": 8}}', '{"room": 1}');
SELECT name FROM boxes WHERE id BETWEEN 6 AND 8 ORDER BY id;
-- Many lists one below the other, and many rows one in the other.
SELECT aksara.create_model('Node', '{"parent": {"type": "ForeignKey", "to": "self", "on_delete": "CASCADE", "nullable": true, "related_name": "children"}}', '{"primary_key": "bigint"}') IS NOT NULL;
INSERT INTO nodes (id, parent_id) OVERRIDING SYSTEM VALUE SELECT n, nullif(n - 1, 0) FROM generate_series(1, 40) n;
SELECT right(aksara.get(json_build_object('model', 'Node', 'filter', '{"id": 1}'::json, 'prefetch_related', json_build_array(repeat('children__', 38) || 'children')))::text, 60);
SELECT length(aksara.get(json_build_object('model', 'Node', 'filter', '{"id": 40}'::json, 'select_related', json_build_array(repeat('parent__', 38) || 'parent')))::text) > 40 * length('{"id":1,"parent_id":1}');
-- Many rows go through a store that spills, not through memory, and leave none of it behind while they come.
SELECT aksara.create_model('Big', '{"filler": "Text"}', '{"primary_key": "bigint"}') IS NOT NULL;
INSERT INTO bigs (filler) SELECT repeat('x', 1000) FROM generate_series(1, 50000);
CREATE TABLE used (bytes bigint);
CREATE FUNCTION note_used() RETURNS boolean LANGUAGE sql SECURITY DEFINER AS $$ INSERT INTO used SELECT sum(total_bytes) FROM pg_backend_memory_contexts; SELECT true $$;
ALTER TABLE bigs ENABLE ROW LEVEL SECURITY;
CREATE POLICY noted ON bigs USING (CASE WHEN id IN (100, 49900) THEN note_used() ELSE true END);
GRANT SELECT ON bigs TO regress_query_flow;
SET ROLE regress_query_flow;
SET work_mem = '1MB';
SELECT count(*), sum(length(b ->> 'filler')) FROM aksara.fetch('{"model": "Big"}') b;
RESET work_mem;
RESET ROLE;
SELECT count(*), max(bytes) - min(bytes) < 4 * 1024 * 1024 FROM used;

\set ECHO none
\o /dev/null
SET client_min_messages = warning;
DROP SCHEMA flow CASCADE;
DROP ROLE regress_query_flow;
