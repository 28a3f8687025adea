-- pre_bulk: before a call writes many rows, with their keys as far as they are known.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigblk;
SET search_path = sigblk;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES (concat_ws(' ', e.signal, e.sender, e.action, CASE WHEN jsonb_array_length(e.ids) > 9 THEN jsonb_array_length(e.ids)::text ELSE (SELECT jsonb_agg(i ORDER BY i) FROM jsonb_array_elements(e.ids) i)::text END, e.extra, e.instance, e.previous, e.created, e.update_fields))$$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('Author', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{"title": {"type": "String", "unique": true}, "views": {"type": "Integer", "default": 0}, "author": {"type": "ForeignKey", "to": "Author", "on_delete": "CASCADE", "nullable": true}}', '{"primary_key": "bigint"}');
SELECT aksara.connect('pre_bulk', 'note', 'Post');
-- It needs no trigger: tables pay nothing, and statements send nothing.
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'posts'::regclass AND tgname LIKE 'aksara_1%';
INSERT INTO authors (name) VALUES ('Ann'), ('Bob');
INSERT INTO posts (title, author_id) VALUES ('raw 1', 1), ('raw 2', 2);
UPDATE posts SET views = 1;
SELECT * FROM heard();
-- Rows that are made: their keys where the documents have them.
SELECT aksara.bulk_create('Post', '[{"title": "a"}, {"title": "b", "views": 2}]') IS NOT NULL;
SELECT aksara.bulk_create('Post', '[{"id": 100, "title": "c"}, {"title": "d"}, {"id": 101, "title": "e", "views": 1}]') IS NOT NULL;
SELECT count(*) FROM aksara.bulk_create('Post', '[]');
SELECT count(*) FROM aksara.bulk_create('Post', '[{"title": "a"}, {"title": "f"}]', ignore_conflicts => true);
SELECT count(*) FROM aksara.bulk_create('Post', '[{"title": "a", "views": 7}, {"title": "g"}]', update_conflicts => true, unique_fields => '{title}', update_fields => '{views}');
SELECT * FROM heard();
-- Rows that are changed or deleted: the keys of those that are found.
SELECT aksara.bulk_update('Post', '[{"id": 1, "views": 5}, {"id": 2, "title": "raw"}, {"id": 999, "views": 1}]') IS NOT NULL;
SELECT said($$SELECT aksara.bulk_update('Post', '[{"id": 1, "views": 5}, {"id": 2, "title": "raw"}]')$$);
SELECT aksara.update('{"model": "Post", "filter": {"views__gte": 5}}', '{"views": 3}'), aksara.update('{"model": "Post", "filter": {"author__name": "Bob"}}', '{}', '{"views": {"$add": ["views", 1]}}'), aksara.update('{"model": "Post", "filter": {"title": "nobody"}}', '{"views": 3}');
SELECT aksara.delete('{"model": "Post", "filter": {"title__in": ["c", "d"]}}'), aksara.delete('{"model": "Post", "filter": {"title": "c"}}'), aksara.delete_by_key('Post', 101);
SELECT * FROM heard();
-- Calls of one row, and what cascades, are rows' own business.
SELECT aksara.create('Post', '{"title": "one"}') ->> 'title', aksara.save('Post', '{"id": 1, "views": 9}') ->> 'views', aksara.get_or_create('Post', '{"title": "one"}') IS NOT NULL, aksara.delete('{"model": "Author", "filter": {"name": "Bob"}}');
SELECT * FROM heard();
-- Links are made and cut by updates of the rows, which send no pre_bulk.
SELECT aksara.related_add('Author', 1, 'post_set', 3, 4);
SELECT * FROM heard();

-- A handler that raises stops the call; before it, nothing is written.
CREATE FUNCTION at_most(e aksara.event) RETURNS void LANGUAGE plpgsql AS $$BEGIN
  IF (e.extra ->> 'count')::int > 3 THEN RAISE 'not more than 3 rows at once, not %', e.extra ->> 'count' USING ERRCODE = 'program_limit_exceeded'; END IF;
END$$;
SELECT aksara.connect('pre_bulk', 'at_most', 'Post', priority => -1);
SELECT said($$SELECT aksara.bulk_create('Post', '[{"title": "w"}, {"title": "x"}, {"title": "y"}, {"title": "z"}]')$$), said($$SELECT aksara.update('{"model": "Post"}', '{"views": 0}')$$), said($$SELECT aksara.delete('{"model": "Post"}')$$), said($$SELECT aksara.update('{"model": "Post", "filter": {"views": 9}}', '{"views": 8}')$$);
SELECT count(*), max(views) FROM posts;
SELECT * FROM heard();
SELECT aksara.disconnect('pre_bulk', 'at_most', 'Post');
-- One that changes the rows beforehand: the call works with what it left.
CREATE FUNCTION archive(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) SELECT 'kept ' || title FROM posts WHERE e.action = 'delete' AND id = ANY (ARRAY(SELECT jsonb_array_elements_text(e.ids)::bigint)) ORDER BY id; UPDATE posts SET views = -1 WHERE title = 'b' AND e.action = 'delete'$$;
SELECT aksara.connect('pre_bulk', 'archive', 'Post');
SELECT aksara.delete('{"model": "Post", "filter": {"title__in": ["a", "b"], "views__gte": 0}}');
SELECT * FROM heard();
SELECT aksara.disconnect('pre_bulk', 'archive', 'Post');
-- One that answers false refuses.
CREATE FUNCTION says_no(e aksara.event) RETURNS boolean LANGUAGE sql AS 'SELECT false';
SELECT aksara.connect('pre_bulk', 'says_no', 'Post');
SELECT said($$SELECT aksara.update('{"model": "Post", "filter": {"title": "f"}}', '{"views": 1}')$$);
SELECT aksara.disconnect('pre_bulk', 'says_no', 'Post');
-- Off with the model's other signals; never asynchronous, of statements or with a condition.
BEGIN; SELECT aksara.disable_signals('Post'); SELECT aksara.update('{"model": "Post"}', '{"views": 1}') > 0; COMMIT;
SELECT count(*) FROM heard();
SELECT said($$SELECT aksara.connect('pre_bulk', 'note', 'Post', async => true)$$), said($$SELECT aksara.connect('pre_bulk', 'note', 'Post', level => 'statement')$$), said($$SELECT aksara.connect('pre_bulk', 'note', 'Post', condition => 'views > 1')$$), said($$SELECT aksara.connect('pre_bulk', 'note', 'Post', fields => '{views}')$$);

-- Keys of several fields; lists of 1 000, and the count of all.
SELECT aksara.create_model('Line', '{"order": "Integer", "n\"o": "Integer", "what": {"type": "String", "default": ""}}', '{"primary_key": ["order", "n\"o"]}');
SELECT aksara.connect('pre_bulk', 'note', 'Line');
SELECT aksara.bulk_create('Line', '[{"order": 1, "n\"o": 1}, {"order": 1, "n\"o": 2, "what": "ü"}]') IS NOT NULL;
SELECT aksara.update('{"model": "Line", "filter": {"order": 1}}', '{"what": "x"}'), aksara.delete('{"model": "Line"}');
INSERT INTO lines SELECT 2, n FROM generate_series(1, 2001) n;
SELECT aksara.update('{"model": "Line"}', '{"what": "y"}');
SELECT * FROM heard();

-- The keys are read only where somebody wants them: a policy counts the rows that are looked at.
CREATE ROLE regress_sigblk;
GRANT ALL ON SCHEMA sigblk TO regress_sigblk;
GRANT ALL ON ALL TABLES IN SCHEMA sigblk TO regress_sigblk;
GRANT ALL ON ALL SEQUENCES IN SCHEMA sigblk TO regress_sigblk;
CREATE SEQUENCE looked;
GRANT ALL ON looked TO regress_sigblk;
ALTER TABLE lines ENABLE ROW LEVEL SECURITY;
CREATE POLICY see ON lines FOR SELECT USING (nextval('looked') > 0);
CREATE POLICY write ON lines FOR UPDATE USING (true);
CREATE POLICY remove ON lines FOR DELETE USING ("n""o" > 5);
DELETE FROM lines WHERE "n""o" > 10;
SET ROLE regress_sigblk;
SELECT nextval('looked') AS before \gset
SELECT aksara.update('{"model": "Line", "filter": {"order": 2}}', '{"what": "z"}');
SELECT nextval('looked') - :before AS received \gset
RESET ROLE;
SELECT aksara.disconnect('pre_bulk', 'note', 'Line');
SET ROLE regress_sigblk;
SELECT nextval('looked') AS before \gset
SELECT aksara.update('{"model": "Line", "filter": {"order": 2}}', '{"what": "z"}');
SELECT :received - (nextval('looked') - :before);
RESET ROLE;
SELECT * FROM heard();

SET client_min_messages = error;
DROP SCHEMA sigblk CASCADE;
DROP ROLE regress_sigblk;
