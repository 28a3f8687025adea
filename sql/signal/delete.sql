-- The order of deletes: aksara.delete goes from the children up where somebody is told of deletes below; statements go as PostgreSQL cascades.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigdel;
SET search_path = sigdel;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
-- The model, the key, and of a delete whether the row above is still there.
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES (concat_ws(' ', e.signal, split_part(e.sender, '.', 2), e.instance ->> 'id', e.instance ->> 'name'))$$;
CREATE FUNCTION listen(VARIADIC models text[]) RETURNS bigint LANGUAGE sql AS $$SELECT count(aksara.connect(s, 'note', m)) FROM unnest('{pre_delete,post_delete}'::text[]) s, unnest(models) m$$;
CREATE FUNCTION unlisten(VARIADIC models text[]) RETURNS bigint LANGUAGE sql AS $$SELECT count(aksara.disconnect(s, 'note', m)) FROM unnest('{pre_delete,post_delete}'::text[]) s, unnest(models) m$$;
-- What a delete answers with receivers and without, each taken back; and what is heard.
CREATE FUNCTION compared(query text, VARIADIC models text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE plain text; received text; told text[];
BEGIN
  BEGIN EXECUTE format('SELECT aksara.delete(%L)', query) INTO plain; RAISE EXCEPTION USING ERRCODE = 'AK000'; EXCEPTION WHEN SQLSTATE 'AK000' THEN WHEN OTHERS THEN plain := SQLSTATE || ' ' || SQLERRM; END;
  BEGIN PERFORM listen(VARIADIC models); EXECUTE format('SELECT aksara.delete(%L)', query) INTO received; told := ARRAY(SELECT heard()); RAISE EXCEPTION USING ERRCODE = 'AK000'; EXCEPTION WHEN SQLSTATE 'AK000' THEN WHEN OTHERS THEN received := SQLSTATE || ' ' || SQLERRM; END;
  RETURN QUERY SELECT unnest(told);
  RETURN NEXT plain;
  IF received IS DISTINCT FROM plain THEN RETURN NEXT 'but with receivers: ' || received; END IF;
END$$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('User', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{"name": "String", "author": {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE", "related_name": "posts"}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Comment', '{"name": "String", "post": {"type": "ForeignKey", "to": "Post", "on_delete": "CASCADE"}, "author": {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE"}, "parent": {"type": "ForeignKey", "to": "self", "on_delete": "CASCADE", "nullable": true}}', '{"primary_key": "bigint"}');
INSERT INTO users (name) VALUES ('Ann'), ('Bob');
INSERT INTO posts (name, author_id) VALUES ('p1', 1), ('p2', 2);
INSERT INTO comments (name, post_id, author_id, parent_id) VALUES ('c1', 1, 2, NULL), ('c2', 1, 1, 1), ('c3', 2, 1, NULL), ('c4', 2, 2, 3), ('c5', 1, 2, 2);
SELECT listen('User', 'Post', 'Comment');
-- PostgreSQL takes the row above first: a handler of a row below does not find it any more.
BEGIN;
DELETE FROM users WHERE id = 1;
SELECT * FROM heard();
ROLLBACK;
-- aksara.delete takes what is below first, over ways of unequal length, each row once.
BEGIN;
SELECT aksara.delete('{"model": "User", "filter": {"id": 1}}');
SELECT * FROM heard();
SELECT (SELECT array_agg(id) FROM users), (SELECT array_agg(id) FROM posts), (SELECT array_agg(id) FROM comments);
ROLLBACK;
BEGIN;
DELETE FROM users WHERE id = 1;
SELECT (SELECT array_agg(id) FROM users), (SELECT array_agg(id) FROM posts), (SELECT array_agg(id) FROM comments);
ROLLBACK;
SELECT unlisten('User', 'Post', 'Comment');
-- The answer is the same with receivers and without; one below is enough.
SELECT compared('{"model": "User", "filter": {"id": 1}}', 'Comment');
SELECT compared('{"model": "User"}', 'Comment');
SELECT compared('{"model": "User", "filter": {"name": "nobody"}}', 'Comment');
-- Named rows that stand below others that are named go with those.
SELECT compared('{"model": "Comment", "filter": {"id__in": [1, 2, 4]}}', 'Comment');
-- Nobody below is told: one DELETE, whatever is told above.
SELECT compared('{"model": "User", "filter": {"id": 2}}', 'User');

-- Circles end where they are met again.
UPDATE comments SET parent_id = 5 WHERE id = 1;
UPDATE comments SET parent_id = 4 WHERE id = 4;
SELECT compared('{"model": "Comment", "filter": {"id": 2}}', 'Comment');
SELECT compared('{"model": "Comment", "filter": {"id": 4}}', 'Comment');
SELECT compared('{"model": "User", "filter": {"id": 1}}', 'Post');
-- Circles of lengths that have no divisor in common, in no more steps than there are rows.
SELECT aksara.create_model('Node', '{"name": "String", "ring": "Integer", "next": {"type": "ForeignKey", "to": "self", "on_delete": "CASCADE", "nullable": true}}', '{"primary_key": "bigint"}');
INSERT INTO nodes (name, ring) SELECT 'n' || n, r FROM unnest('{1,2,3,5,7,11,13,17}'::int[]) r, generate_series(1, r) n;
UPDATE nodes SET next_id = (SELECT coalesce(min(o.id) FILTER (WHERE o.id > nodes.id), min(o.id)) FROM nodes o WHERE o.ring = nodes.ring);
SELECT listen('Node');
BEGIN;
SELECT aksara.delete('{"model": "Node", "filter": {"name": "n1"}}');
SELECT seq_scan + coalesce(idx_scan, 0) < 1000 FROM pg_stat_xact_user_tables WHERE relid = 'nodes'::regclass;
COMMIT;
SELECT count(*), count(DISTINCT what) FROM heard() what;
-- A chain of 300 rows: the last first.
INSERT INTO nodes (id, name, ring, next_id) OVERRIDING SYSTEM VALUE SELECT 1000 + n, 'chain', 0, nullif(999 + n, 1000) FROM generate_series(1, 300) n;
SELECT aksara.delete('{"model": "Node", "filter": {"id": 1001}}');
SELECT min(what), max(what), count(*), array_agg(what ORDER BY n) = array_agg(what ORDER BY (n + 1) / 2, what DESC) AND array_agg(what) FILTER (WHERE n % 2 = 1) = array_agg(what ORDER BY what DESC) FILTER (WHERE n % 2 = 1) FROM heard() WITH ORDINALITY h (what, n);
SELECT aksara.drop_model('Node');

-- What else a reference says: SET_NULL, SET(…), PROTECT, RESTRICT, as without receivers.
SELECT aksara.create_model('Note', '{"name": "String", "comment": {"type": "ForeignKey", "to": "Comment", "on_delete": "SET_NULL", "nullable": true}, "kept": {"type": "ForeignKey", "to": "Post", "on_delete": "SET((SELECT max(id) FROM posts))", "nullable": true}, "held": {"type": "ForeignKey", "to": "Comment", "on_delete": "PROTECT", "nullable": true, "related_name": "holders"}, "under": {"type": "ForeignKey", "to": "Comment", "on_delete": "RESTRICT", "nullable": true, "related_name": "unders"}, "user": {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE", "nullable": true}}', '{"primary_key": "bigint"}');
UPDATE comments SET parent_id = NULL WHERE id IN (1, 4);
INSERT INTO notes (name, comment_id, kept_id) VALUES ('loose', 2, 1);
SELECT compared('{"model": "Post", "filter": {"id": 1}}', 'Comment', 'Note');
BEGIN; SELECT listen('Comment'); SELECT aksara.delete('{"model": "Post", "filter": {"id": 1}}'); TABLE notes; ROLLBACK;
INSERT INTO notes (name, held_id) VALUES ('held', 5);
SELECT compared('{"model": "Post", "filter": {"id": 1}}', 'Comment');
DELETE FROM notes WHERE name = 'held';
INSERT INTO notes (name, under_id) VALUES ('under', 5);
SELECT compared('{"model": "Post", "filter": {"id": 1}}', 'Comment');
-- A row that restricts and goes with the same call is forgiven; one that protects is not.
UPDATE notes SET user_id = 1 WHERE name = 'under';
SELECT compared('{"model": "User", "filter": {"id": 1}}', 'Comment', 'Note');
UPDATE notes SET held_id = under_id, under_id = NULL WHERE name = 'under';
SELECT compared('{"model": "User", "filter": {"id": 1}}', 'Comment', 'Note');
DELETE FROM notes;

-- Keys of several fields, and references to a field that is not the key.
SELECT aksara.create_model('Shop', '{"city": "String", "n\"o": "Integer", "name": {"type": "String", "unique": true}}', '{"primary_key": ["city", "n\"o"]}');
SELECT aksara.create_model('Shelf', '{"hall": "String", "p\"os": "Integer", "name": "String", "shop": {"type": "ForeignKey", "to": "Shop", "on_delete": "CASCADE"}}', '{"primary_key": ["hall", "p\"os"], "table_name": "shelves"}');
SELECT aksara.create_model('Item', '{"name": "String", "shelf": {"type": "ForeignKey", "to": "Shelf", "on_delete": "CASCADE"}, "brand": {"type": "ForeignKey", "to": "Shop", "to_field": "name", "on_delete": "CASCADE", "nullable": true}}', '{"primary_key": "bigint"}');
INSERT INTO shops VALUES ('Köln', 1, 's1'), ('Köln', 2, 's2');
SELECT count(*) FROM aksara.bulk_create('Shelf', '[{"hall": "ä", "p\"os": 1, "name": "top", "shop": {"city": "Köln", "n\"o": 1}}, {"hall": "ä", "p\"os": 2, "name": "low", "shop": {"city": "Köln", "n\"o": 2}}]');
SELECT count(*) FROM aksara.bulk_create('Item', '[{"name": "i1", "shelf": {"hall": "ä", "p\"os": 1}, "brand": "s2"}, {"name": "i2", "shelf": {"hall": "ä", "p\"os": 2}, "brand": null}]');
SELECT compared('{"model": "Shop", "filter": {"name": "s2"}}', 'Item', 'Shelf');
SELECT compared('{"model": "Shop"}', 'Item');

-- A row that a policy lets the caller see and not delete, or that a trigger keeps: what is below stays, for all of the call fails.
CREATE ROLE regress_sigdel;
GRANT ALL ON SCHEMA sigdel TO regress_sigdel;
GRANT ALL ON ALL TABLES IN SCHEMA sigdel TO regress_sigdel;
GRANT ALL ON ALL SEQUENCES IN SCHEMA sigdel TO regress_sigdel;
SELECT listen('Comment', 'Note');
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY see ON users FOR SELECT USING (true);
CREATE POLICY remove ON users FOR DELETE USING (name <> 'Ann');
SET ROLE regress_sigdel;
SELECT fails($$SELECT aksara.delete('{"model": "User", "filter": {"id": 1}}')$$), fails($$SELECT aksara.delete('{"model": "User"}')$$);
BEGIN; SELECT aksara.delete('{"model": "User", "filter": {"id": 2}}'); ROLLBACK;
RESET ROLE;
SELECT count(*) FROM comments;
ALTER TABLE users DISABLE ROW LEVEL SECURITY;
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF OLD.name LIKE 'keep%' THEN RETURN NULL; END IF; RETURN OLD; END$$;
CREATE TRIGGER keep BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION keep();
UPDATE users SET name = 'keep me' WHERE id = 1;
SELECT fails($$SELECT aksara.delete('{"model": "User", "filter": {"id": 1}}')$$);
UPDATE users SET name = 'Ann' WHERE id = 1;
-- Also in the middle: the comments of a post that stays must stay.
CREATE TRIGGER keep BEFORE DELETE ON posts FOR EACH ROW EXECUTE FUNCTION keep();
UPDATE posts SET name = 'keep me' WHERE id = 1;
SELECT fails($$SELECT aksara.delete('{"model": "User", "filter": {"id": 1}}')$$);
SELECT count(*) FROM comments;
UPDATE posts SET name = 'p1' WHERE id = 1;
-- A row that a handler has deleted already is no row that was kept.
CREATE FUNCTION cleans(e aksara.event) RETURNS void LANGUAGE sql AS $$DELETE FROM users WHERE id = 2$$;
SELECT aksara.connect('post_delete', 'cleans', 'Note');
INSERT INTO notes (name, user_id) VALUES ('cleans', 1);
BEGIN; SELECT aksara.delete('{"model": "User"}') ->> 'total'; SELECT count(*) FROM users; ROLLBACK;
-- A handler that raises takes all back; one that alters a model on the way changes nothing.
CREATE FUNCTION alters(e aksara.event) RETURNS void LANGUAGE plpgsql AS $$BEGIN IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'shops'::regclass AND attname = 'extra') THEN PERFORM aksara.add_field('Shop', 'extra', '{"type": "Integer", "default": 0}'); END IF; END$$;
SELECT aksara.connect('pre_delete', 'alters', 'Comment');
BEGIN; DELETE FROM heard; SELECT aksara.delete('{"model": "User", "filter": {"id": 1}}'); SELECT * FROM heard(); ROLLBACK;

-- A query set that finds other rows each time: those whose children go are those that go.
SELECT aksara.create_model('Wagon', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Seat', '{"wagon": {"type": "ForeignKey", "to": "Wagon", "on_delete": "CASCADE"}}', '{"primary_key": "bigint"}');
INSERT INTO wagons (name) SELECT 'wagon ' || g FROM generate_series(1, 40) g;
INSERT INTO seats (wagon_id) SELECT id FROM wagons;
SELECT listen('Seat');
SELECT sum((aksara.delete('{"model": "Wagon", "order_by": ["?"], "limit": 1}') ->> 'total')::int) FROM generate_series(1, 20);
SELECT count(*) AS wagons, count(b.id) AS seats FROM wagons s LEFT JOIN seats b ON b.wagon_id = s.id;

SET client_min_messages = error;
DROP SCHEMA sigdel CASCADE;
DROP OWNED BY regress_sigdel;
DROP ROLE regress_sigdel;
