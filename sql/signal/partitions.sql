-- Signals of rows in partitions and in tables whose columns came and went; signals that are switched off.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigpart;
SET search_path = sigpart;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$
  INSERT INTO heard (what) VALUES (concat_ws(' ', e.signal, e.sender, e.instance, 'before: ' || e.previous::text, e.update_fields::text))$$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
-- A partition whose columns stand in another order, below a table that has lost one.
CREATE TABLE posts (gone int, id bigint NOT NULL, lang text NOT NULL, title text NOT NULL, views int NOT NULL DEFAULT 0, PRIMARY KEY (id, lang)) PARTITION BY LIST (lang);
ALTER TABLE posts DROP COLUMN gone;
CREATE TABLE posts_en PARTITION OF posts FOR VALUES IN ('en');
CREATE TABLE posts_de (dropped int, views int NOT NULL DEFAULT 0, title text NOT NULL, lang text NOT NULL, id bigint NOT NULL);
ALTER TABLE posts_de DROP COLUMN dropped;
ALTER TABLE posts ATTACH PARTITION posts_de FOR VALUES IN ('de');
SELECT aksara.adopt_table('posts', 'Post') IS NOT NULL;
CREATE FUNCTION capital(p posts, previous posts, update_fields text[], sender text) RETURNS posts LANGUAGE plpgsql AS $$BEGIN
  p.title := initcap(p.title); INSERT INTO heard (what) VALUES (concat_ws(' ', 'capital', sender, p, previous, update_fields::text)); RETURN p;
END$$;
CREATE FUNCTION count_views(e aksara.event) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('views', (e.instance ->> 'views')::int + 1) WHERE e.previous IS NOT NULL$$;
SELECT aksara.connect('pre_save', 'capital', 'Post'), aksara.connect('pre_save', 'count_views', 'Post'), aksara.connect('post_save', 'note', 'Post'), aksara.connect('pre_delete', 'note', 'Post'), aksara.connect('post_delete', 'note', 'Post');
INSERT INTO posts (id, lang, title) VALUES (1, 'en', 'hello'), (2, 'de', 'hallo');
SELECT * FROM heard();
UPDATE posts SET title = lower(title), views = 5;
SELECT * FROM heard();
-- Statements that name the partition.
INSERT INTO posts_de (id, lang, title) VALUES (3, 'de', 'welt');
UPDATE posts_de SET title = 'erde' WHERE id = 3;
DELETE FROM posts_de WHERE id = 3;
SELECT * FROM heard();
-- A row that moves to another partition is updated: handlers see it once before and once after.
UPDATE posts SET lang = 'de', title = 'moved' WHERE id = 1;
SELECT * FROM heard();
TABLE posts_de ORDER BY id;
-- A handler cannot move it: PostgreSQL has chosen the partition already.
CREATE FUNCTION to_german(p posts) RETURNS posts LANGUAGE plpgsql AS $$BEGIN p.lang := 'de'; RETURN p; END$$;
SELECT aksara.connect('pre_save', 'to_german', 'Post');
SELECT said($$INSERT INTO posts (id, lang, title) VALUES (4, 'en', 'four')$$);
SELECT aksara.disconnect('pre_save', 'to_german', 'Post');
-- A partition that comes later, and one that goes: its rows are the model's no longer.
CREATE TABLE posts_rest PARTITION OF posts DEFAULT;
INSERT INTO posts (id, lang, title) VALUES (5, 'fr', 'monde');
SELECT * FROM heard();
ALTER TABLE posts DETACH PARTITION posts_rest;
INSERT INTO posts_rest (id, lang, title) VALUES (6, 'fr', 'seul');
SELECT * FROM heard();

-- Columns that come and go while the session knows the table, also ones that no field has.
SELECT aksara.create_model('Note', '{"first": {"type": "String", "nullable": true}, "text": "String", "last": {"type": "Integer", "default": 1}}', '{"primary_key": "bigint"}');
CREATE FUNCTION exclaim(n notes) RETURNS notes LANGUAGE plpgsql AS $$BEGIN n.text := n.text || '!'; RETURN n; END$$;
CREATE FUNCTION exclaim_too(e aksara.event) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('text', e.instance ->> 'text' || '?')$$;
SELECT aksara.connect('pre_save', 'exclaim', 'Note'), aksara.connect('pre_save', 'exclaim_too', 'Note'), aksara.connect('post_save', 'note', 'Note');
INSERT INTO notes (text) VALUES ('a');
ALTER TABLE notes ADD COLUMN by_hand text DEFAULT 'kept';
INSERT INTO notes (text) VALUES ('b');
SELECT aksara.remove_field('Note', 'first');
INSERT INTO notes (text, by_hand) VALUES ('c', 'mine');
SELECT text, by_hand FROM notes ORDER BY id;
SELECT aksara.add_field('Note', 'rank', '{"type": "Integer", "default": 7}');
UPDATE notes SET text = 'd' WHERE text = 'b!?';
ALTER TABLE notes ALTER COLUMN last TYPE text, DROP COLUMN by_hand;
UPDATE notes SET last = 'one';
TABLE notes ORDER BY id;
SELECT * FROM heard();

-- Rows that an UPDATE moves, of a table with levels, columns in another order, and triggers of its own.
SET client_min_messages = warning;
CREATE TABLE jobs (id int NOT NULL, state text NOT NULL, area int NOT NULL DEFAULT 1, note text, PRIMARY KEY (id, state, area)) PARTITION BY LIST (state);
CREATE TABLE jobs_open PARTITION OF jobs FOR VALUES IN ('open');
CREATE TABLE jobs_done PARTITION OF jobs FOR VALUES IN ('done') PARTITION BY RANGE (area);
CREATE TABLE jobs_near PARTITION OF jobs_done FOR VALUES FROM (0) TO (10);
CREATE TABLE jobs_far (note text, area int NOT NULL, gone int, state text NOT NULL, id int NOT NULL);
ALTER TABLE jobs_far DROP COLUMN gone;
ALTER TABLE jobs_done ATTACH PARTITION jobs_far FOR VALUES FROM (10) TO (100);
SELECT aksara.adopt_table('jobs', 'Job') IS NOT NULL;
CREATE FUNCTION tell(e aksara.event) RETURNS void LANGUAGE sql AS $$
  INSERT INTO heard (what) VALUES (concat_ws(' ', e.signal, CASE WHEN e.created THEN 'new' END, e.instance ->> 'id', concat_ws('>', e.previous ->> 'state', e.instance ->> 'state', e.instance ->> 'area', e.instance ->> 'note'), e.update_fields::text))$$;
CREATE VIEW triggers AS SELECT tgname, pg_get_triggerdef(oid) ~ 'INSERT' AS i, pg_get_triggerdef(oid) ~ 'UPDATE' AS u, pg_get_triggerdef(oid) ~ 'DELETE' AS d FROM pg_trigger WHERE tgrelid = 'jobs'::regclass AND tgname LIKE 'aksara_1%' ORDER BY 1;
-- Each signal alone has the triggers that it takes to know a moved row.
CREATE FUNCTION alone(signal text) RETURNS SETOF text LANGUAGE plpgsql AS $$BEGIN
  PERFORM aksara.connect(signal, 'tell', 'Job');
  RETURN QUERY SELECT concat_ws(' ', tgname, i, u, d) FROM triggers;
  INSERT INTO jobs VALUES (1, 'open'), (2, 'open');
  UPDATE jobs SET state = 'done', area = 20 WHERE id = 1;
  UPDATE jobs SET note = 'x' WHERE id = 1;
  DELETE FROM jobs;
  RETURN QUERY SELECT * FROM heard();
  PERFORM aksara.disconnect(signal, 'tell', 'Job');
END$$;
SELECT * FROM alone('pre_save');
SELECT * FROM alone('post_save');
SELECT * FROM alone('pre_delete');
SELECT * FROM alone('post_delete');
SELECT count(*) FROM triggers;
SELECT count(aksara.connect(signal, 'tell', 'Job')) FROM unnest(ARRAY['pre_save', 'post_save', 'pre_delete', 'post_delete']) signal;
SELECT * FROM aksara.check_registry() WHERE model = 'sigpart.Job';
-- Through the levels and back; of several rows each has its own previous row.
INSERT INTO jobs VALUES (1, 'open', 1, 'a'), (2, 'open', 20, 'b'), (3, 'done', 3, 'c');
DELETE FROM heard;
UPDATE jobs SET state = CASE state WHEN 'open' THEN 'done' ELSE 'open' END;
SELECT * FROM heard();
UPDATE jobs SET area = 21 - area WHERE state = 'done';
SELECT * FROM heard();
SELECT tableoid::regclass, id, state, area, note FROM jobs ORDER BY id;
UPDATE jobs_done SET area = 21 - area WHERE id = 2;
SELECT * FROM heard();
-- An update that fails in between, and one that is rolled back, leave nothing behind.
CREATE FUNCTION raise() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'not here'; END$$;
CREATE TRIGGER a_raise BEFORE INSERT ON jobs_open FOR EACH ROW WHEN (new.note = 'stay') EXECUTE FUNCTION raise();
CREATE TRIGGER z_raise AFTER DELETE ON jobs_near FOR EACH ROW WHEN (old.note = 'late') EXECUTE FUNCTION raise();
DO $$BEGIN
  BEGIN UPDATE jobs SET state = 'open', note = 'stay' WHERE id = 2; EXCEPTION WHEN raise_exception THEN NULL; END;
  DELETE FROM jobs WHERE id = 2;
  INSERT INTO jobs VALUES (4, 'done', 4, 'late');
  BEGIN UPDATE jobs SET state = 'open' WHERE id = 4; EXCEPTION WHEN raise_exception THEN NULL; END;
  INSERT INTO jobs VALUES (5, 'open', 5, 'e');
END$$;
SELECT * FROM heard();
DROP TRIGGER a_raise ON jobs_open;
DROP TRIGGER z_raise ON jobs_near;
BEGIN;
SAVEPOINT before;
UPDATE jobs SET state = 'open' WHERE id = 4;
ROLLBACK TO before;
DELETE FROM jobs WHERE id = 4;
INSERT INTO jobs VALUES (6, 'open', 6, 'f');
COMMIT;
SELECT * FROM heard();
-- A trigger that keeps the row from being updated, deleted or inserted; what comes next is told as what it is.
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER b_keep BEFORE UPDATE ON jobs_open FOR EACH ROW EXECUTE FUNCTION keep();
BEGIN;
UPDATE jobs SET state = 'done' WHERE id = 5;
DELETE FROM jobs WHERE id = 5;
COMMIT;
SELECT * FROM heard();
DROP TRIGGER b_keep ON jobs_open;
CREATE TRIGGER b_keep BEFORE DELETE ON jobs_open FOR EACH ROW EXECUTE FUNCTION keep();
BEGIN;
UPDATE jobs SET state = 'done' WHERE id = 6;
INSERT INTO jobs VALUES (7, 'done', 7, 'g');
DELETE FROM jobs WHERE id = 6;
COMMIT;
SELECT * FROM heard();
-- The same for what one MERGE does next.
INSERT INTO jobs VALUES (5, 'open', 5, 'e');
DELETE FROM heard;
MERGE INTO jobs USING (VALUES (1, 5, 'done'), (2, 20, 'more')) v (n, id, state) ON jobs.id = v.id WHEN MATCHED THEN UPDATE SET state = v.state WHEN NOT MATCHED THEN INSERT (id, state) VALUES (v.id, 'open');
SELECT * FROM heard();
DROP TRIGGER b_keep ON jobs_open;
CREATE TRIGGER b_keep BEFORE UPDATE ON jobs_open FOR EACH ROW EXECUTE FUNCTION keep();
MERGE INTO jobs USING (VALUES (5), (20)) v (id) ON jobs.id = v.id WHEN MATCHED AND jobs.id = 5 THEN UPDATE SET note = 'kept' WHEN MATCHED THEN DELETE;
SELECT * FROM heard();
DROP TRIGGER b_keep ON jobs_open;
DELETE FROM jobs WHERE id = 5;
DELETE FROM heard;
CREATE TRIGGER b_keep BEFORE INSERT ON jobs_open FOR EACH ROW EXECUTE FUNCTION keep();
BEGIN;
UPDATE jobs SET state = 'open' WHERE id = 7;
INSERT INTO jobs VALUES (8, 'done', 8, 'h');
COMMIT;
SELECT * FROM heard();
DROP TRIGGER b_keep ON jobs_open;
SELECT id, state FROM jobs ORDER BY id;
-- Triggers between the steps that write to the table themselves: they move, add and delete other rows.
CREATE FUNCTION amid() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
  INSERT INTO heard (what) VALUES (concat_ws(' ', '--', tg_when, tg_op, tg_table_name));
  INSERT INTO jobs VALUES (100, 'open', 1, 'between');
  UPDATE jobs SET state = 'done', note = 'moved between' WHERE id = 100;
  DELETE FROM jobs WHERE id = 100;
  INSERT INTO heard (what) VALUES ('--');
  RETURN CASE tg_op WHEN 'DELETE' THEN old ELSE new END;
END$$;
CREATE TRIGGER between_update BEFORE UPDATE ON jobs_near FOR EACH ROW WHEN (old.note = 'h') EXECUTE FUNCTION amid();
CREATE TRIGGER between_delete BEFORE DELETE ON jobs_near FOR EACH ROW WHEN (old.note = 'h') EXECUTE FUNCTION amid();
CREATE TRIGGER between_after AFTER DELETE ON jobs_near FOR EACH ROW WHEN (old.note = 'h') EXECUTE FUNCTION amid();
UPDATE jobs SET area = 80 WHERE id = 8;
SELECT * FROM heard();
DROP TRIGGER between_update ON jobs_near;
DROP TRIGGER between_delete ON jobs_near;
DROP TRIGGER between_after ON jobs_near;
-- A handler that does.
INSERT INTO jobs VALUES (9, 'open', 9, 'i'), (10, 'open', 10, 'j');
CREATE FUNCTION follow(j jobs, created boolean) RETURNS jobs LANGUAGE plpgsql AS $$BEGIN
  IF NOT created THEN
    UPDATE jobs SET state = j.state WHERE id = j.id + 1 AND state <> j.state;
    DELETE FROM jobs WHERE id = 1 AND j.id = 9;
  END IF;
  j.note := upper(j.note) || '!'; RETURN j;
END$$;
SELECT aksara.connect('pre_save', 'follow', 'Job');
DELETE FROM heard;
UPDATE jobs SET state = 'done' WHERE id = 9;
SELECT * FROM heard();
SELECT tableoid::regclass, id, note FROM jobs ORDER BY id;
SELECT aksara.disconnect('pre_save', 'follow', 'Job');
-- MERGE, several statements in one, and an upsert, which may not move a row.
MERGE INTO jobs USING (VALUES (3, 'x'), (8, 'y'), (9, 'z'), (11, 'new')) v (id, note) ON jobs.id = v.id
WHEN MATCHED AND jobs.id = 8 THEN DELETE WHEN MATCHED THEN UPDATE SET state = 'done', note = v.note WHEN NOT MATCHED THEN INSERT (id, state, note) VALUES (v.id, 'open', v.note);
SELECT * FROM heard();
WITH added AS (INSERT INTO jobs SELECT n, 'open', n FROM generate_series(12, 13) n RETURNING id), gone AS (DELETE FROM jobs WHERE id = 10 RETURNING id), moved AS (UPDATE jobs SET area = area + 40 WHERE id = 9)
UPDATE jobs SET state = 'done' FROM added, gone WHERE jobs.id = 11 AND added.id = 12;
SELECT * FROM heard();
SELECT said($$INSERT INTO jobs VALUES (12, 'open', 12) ON CONFLICT (id, state, area) DO UPDATE SET state = 'done'$$);
INSERT INTO jobs VALUES (12, 'open', 12), (14, 'open', 14) ON CONFLICT (id, state, area) DO UPDATE SET note = 'there';
SELECT * FROM heard();
-- Foreign keys: a cascade moves rows of the partitioned table, or deletes them.
CREATE TABLE states (name text PRIMARY KEY);
INSERT INTO states VALUES ('open'), ('done');
ALTER TABLE jobs ADD FOREIGN KEY (state) REFERENCES states ON UPDATE CASCADE ON DELETE CASCADE;
CREATE TABLE jobs_shut PARTITION OF jobs FOR VALUES IN ('shut', 'lost');
DELETE FROM jobs WHERE id NOT IN (12, 11);
DELETE FROM heard;
UPDATE states SET name = CASE name WHEN 'open' THEN 'shut' ELSE 'lost' END;
SELECT * FROM heard();
DELETE FROM states WHERE name = 'shut';
SELECT * FROM heard();
-- Rows that somebody refers to, which others may have locked.
CREATE TABLE refers (id int, state text, area int, FOREIGN KEY (id, state, area) REFERENCES jobs ON UPDATE CASCADE);
INSERT INTO refers SELECT id, state, area FROM jobs;
INSERT INTO states VALUES ('open');
UPDATE jobs SET state = 'open';
SELECT * FROM heard();
TABLE refers;
DROP TABLE refers;
-- Many in one statement.
INSERT INTO jobs SELECT n, 'open', n % 10, 'many' FROM generate_series(1000, 2999) n;
DELETE FROM heard;
UPDATE jobs SET state = 'lost' WHERE note = 'many';
SELECT split_part(what, ' ', 1), regexp_replace(what, '.*? \d+ ', '') ~ '^open>lost>\d>many {state}$', count(*) FROM heard GROUP BY 1, 2 ORDER BY 1;
DELETE FROM heard;
-- Below a table that is no model's, a row may also leave the model; then it is deleted.
CREATE TABLE all_jobs (id int NOT NULL, state text NOT NULL, area int NOT NULL, note text) PARTITION BY RANGE (area);
CREATE TABLE others PARTITION OF all_jobs FOR VALUES FROM (1000) TO (2000);
DELETE FROM jobs WHERE note = 'many' OR id > 11;
DELETE FROM heard;
ALTER TABLE all_jobs ATTACH PARTITION jobs FOR VALUES FROM (0) TO (1000);
UPDATE all_jobs SET area = 1000 WHERE id = 11;
SELECT * FROM heard();
TABLE others;

-- A partition that is a foreign table takes moved rows; its own stay there, and go as others do.
CREATE EXTENSION postgres_fdw SCHEMA sigpart;
DO $$BEGIN
  EXECUTE format('CREATE SERVER regress_part_loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
    split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
  EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER regress_part_loop OPTIONS (user %L)', current_user);
END$$;
CREATE TABLE parcels (id int NOT NULL, state text NOT NULL, area int, note text) PARTITION BY LIST (state);
CREATE TABLE parcels_here PARTITION OF parcels FOR VALUES IN ('here');
CREATE TABLE far_away (LIKE parcels);
CREATE FOREIGN TABLE parcels_far PARTITION OF parcels FOR VALUES IN ('far') SERVER regress_part_loop OPTIONS (schema_name 'sigpart', table_name 'far_away');
SELECT aksara.adopt_table('parcels', 'Parcel') IS NOT NULL;
SELECT count(aksara.connect(signal, 'tell', 'Parcel')) FROM unnest(ARRAY['pre_save', 'post_save', 'pre_delete', 'post_delete']) signal;
INSERT INTO parcels VALUES (1, 'here', 1, 'a'), (2, 'here', 2, 'b'), (3, 'far', 3, 'c');
DELETE FROM heard;
UPDATE parcels SET state = 'far' WHERE state = 'here' AND id = 1;
UPDATE parcels SET note = 'd' WHERE state = 'far' AND id = 3;
DELETE FROM parcels WHERE state = 'far' AND id = 1;
SELECT * FROM heard();
TABLE far_away;
DROP SERVER regress_part_loop CASCADE;

SET client_min_messages = error;
DROP SCHEMA sigpart CASCADE;
