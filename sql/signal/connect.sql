-- connect() and disconnect(): what is kept of a receiver, what follows it, what undoes it, and what cannot be connected.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigcon;
SET search_path = sigcon;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES (concat_ws(' ', e.signal, e.sender, e.instance))$$;
CREATE FUNCTION other(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES ('other ' || e.signal)$$;
CREATE VIEW receivers AS SELECT signal, sender, handler, dispatch_uid, priority, async, condition, level, fields, role IS NULL AS of_model FROM aksara.receiver WHERE sender LIKE 'sig%' OR role = current_user ORDER BY position, sender, handler;
CREATE VIEW triggers AS SELECT tgrelid::regclass AS of, string_agg(tgname, ', ' ORDER BY tgname) AS names FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'aksara%' GROUP BY 1 ORDER BY 1;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('User', '{"name": "String"}', '{"primary_key": "bigint"}');
-- The same handler again: what was said of it changes, its place stays. With a dispatch_uid it is another receiver.
SELECT aksara.connect('post_save', 'note', 'User'), aksara.connect('post_save', 'other', 'User');
SELECT aksara.connect('post_save', 'sigcon.note', 'sigcon.User', priority => 0, condition => 'name <> ''no'''), aksara.connect('post_save', 'note', 'User', 'again'), aksara.connect('post_save', 'other', 'User', 'again', priority => 5);
SELECT * FROM receivers;
INSERT INTO users (name) VALUES ('no'), ('yes');
SELECT * FROM heard();
SELECT aksara.disconnect('post_save', 'note', 'User', 'none'), aksara.disconnect('post_save', dispatch_uid => 'again', sender => 'User'), aksara.disconnect('post_save', 'note', 'User'), aksara.disconnect('post_save', 'note', 'User'), aksara.disconnect('pre_save', 'other', 'User');
SELECT * FROM triggers;
SELECT aksara.disconnect('post_save', 'other', 'User');
SELECT * FROM triggers;

-- In a definition, also of an abstract base; describe() says them.
SELECT aksara.create_model('Named', '{"name": "String"}', '{"abstract": true, "primary_key": "bigint", "receivers": [{"signal": "post_save", "handler": "note", "condition": "name <> ''''"}]}');
SELECT aksara.create_model('Tag', '{"rank": {"type": "Integer", "default": 0}}', '{"extends": "Named", "primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{"title": {"type": "String", "column": "heading"}, "views": {"type": "Integer", "default": 0}, "author": {"type": "ForeignKey", "to": "User", "nullable": true}}', '{"primary_key": "bigint",
  "receivers": [{"signal": "pre_save", "handler": "note", "priority": -3, "fields": ["title", "views"]}, {"signal": "post_delete", "handler": "other", "dispatch_uid": "bye", "condition": "title <> '''' AND views > 0"}]}');
SELECT jsonb_pretty(aksara.describe('Post')::jsonb #> '{meta,receivers}');
SELECT * FROM receivers;

-- Renamed with the field, the model, the table and the schema, by whatever statement.
SELECT aksara.rename_field('Post', 'title', 'name');
ALTER TABLE posts RENAME COLUMN views TO seen;
ALTER TABLE posts RENAME TO articles;
SELECT aksara.rename_model('Post', 'Article');
ALTER SCHEMA sigcon RENAME TO sigcon2;
SET search_path = sigcon2;
SELECT * FROM receivers;
-- Functions are kept by name: they do not follow.
SELECT fails($$INSERT INTO articles (heading) VALUES ('one')$$);
ALTER SCHEMA sigcon2 RENAME TO sigcon;
SET search_path = sigcon;
INSERT INTO articles (heading, seen) VALUES ('one', 1), ('two', 0);
DELETE FROM articles;
SELECT * FROM heard();
-- A receiver goes with a field that its condition names, and when the last of its fields is gone.
ALTER TABLE articles DROP COLUMN seen;
SELECT * FROM receivers WHERE sender = 'sigcon.Article';
ALTER TABLE articles DROP COLUMN heading;
SELECT * FROM receivers WHERE sender = 'sigcon.Article';
UPDATE articles SET author_id = 1;
SELECT * FROM triggers;
SELECT aksara.drop_model('Article'), aksara.drop_model('Tag');

-- An adopted table. Of all models: those that are there and those that come; each model's own come in the same order.
CREATE TABLE old (id int PRIMARY KEY, name text);
SELECT aksara.adopt_table('old', 'Old') IS NOT NULL;
SELECT aksara.connect('post_save', 'other', 'Old');
SELECT aksara.connect('post_save', 'note'), aksara.connect('post_save', 'note', priority => -1), aksara.connect('post_delete', 'note', NULL, 'deleted');
SELECT aksara.create_model('Later', '{"name": "String"}', '{"primary_key": "bigint"}');
CREATE TABLE adopted (id int PRIMARY KEY);
SELECT aksara.adopt_table('adopted', 'Adopted') IS NOT NULL;
SELECT * FROM triggers WHERE of::text NOT LIKE '%.%';
INSERT INTO old VALUES (1, 'x');
INSERT INTO laters (name) VALUES ('y');
INSERT INTO adopted VALUES (3);
DELETE FROM old;
SELECT * FROM heard();
SELECT * FROM receivers;
SELECT aksara.disconnect('post_save', 'note'), aksara.disconnect('post_save', 'note'), aksara.disconnect('post_delete', dispatch_uid => 'deleted');
SELECT * FROM triggers;
SELECT aksara.forget_model('Old');
SELECT * FROM triggers;
SELECT aksara.drop_model('Later'), aksara.forget_model('Adopted');

-- Each operation gives the one that undoes it.
CREATE FUNCTION shape() RETURNS text LANGUAGE sql AS $$SELECT (aksara.describe('User') -> 'meta' -> 'receivers')::text || coalesce((SELECT string_agg(f.definition::text, ',') FROM aksara.free_receiver f), '') || coalesce((SELECT string_agg(t::text, ',') FROM triggers t), '')$$;
CREATE FUNCTION round_trip(operation json) RETURNS TABLE (undo json, changed boolean, back boolean, again boolean) LANGUAGE plpgsql AS $$
DECLARE first text := shape(); there text; redo json;
BEGIN
	undo := aksara.apply_operation(operation);
	there := shape();
	changed := there IS DISTINCT FROM first;
	redo := aksara.apply_operation(undo);
	back := shape() IS NOT DISTINCT FROM first;
	PERFORM aksara.apply_operation(redo);
	again := shape() IS NOT DISTINCT FROM there;
	PERFORM aksara.apply_operation(undo);
	RETURN NEXT;
END $$;
SELECT aksara.connect('post_save', 'note', 'User', priority => 1), aksara.connect('post_delete', 'note', 'User', 'bye', condition => 'name > ''a'''), aksara.connect('pre_delete', 'note');
SELECT * FROM round_trip('{"op": "connect", "signal": "pre_save", "handler": "note", "sender": "User", "fields": ["name"]}');
SELECT * FROM round_trip('{"op": "connect", "signal": "post_save", "handler": "note", "sender": "User", "priority": 7, "condition": "id > 1"}');
SELECT * FROM round_trip('{"op": "connect", "signal": "post_delete", "handler": "other", "sender": "User", "dispatch_uid": "bye"}');
SELECT * FROM round_trip('{"op": "connect", "signal": "post_save", "handler": "other"}');
SELECT * FROM round_trip('{"op": "disconnect", "signal": "post_delete", "sender": "User", "dispatch_uid": "bye"}');
SELECT * FROM round_trip('{"op": "disconnect", "signal": "pre_delete", "handler": "note"}');
SELECT aksara.apply_operation('{"op": "disconnect", "signal": "pre_delete", "handler": "nobody"}');

-- What cannot be connected.
CREATE FUNCTION typed(u users) RETURNS users LANGUAGE sql AS $$SELECT u$$;
CREATE FUNCTION twice(e aksara.event) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
SELECT call, fails('SELECT aksara.' || call) FROM unnest(ARRAY[
  $$connect(NULL, 'note')$$, $$connect('post_save', NULL)$$, $$connect('post_save', 'note', 'User', priority => NULL)$$, $$connect('post_save', 'note', 'User', async => NULL)$$, $$connect('post_save', 'note', 'User', level => NULL)$$,
  $$connect('post_safe', 'note', 'User')$$, $$connect('', 'note')$$, $$connect('post_save', 'note', 'Usr')$$, $$connect('post_save', 'note', '')$$, $$connect('post_save', 'note', 'Named')$$, $$connect('post_save', 'note', 'pg_catalog.pg_class')$$,
  $$connect('post_save', '', 'User')$$, $$connect('post_save', 'no', 'User')$$, $$connect('post_save', 'a.b.c', 'User')$$, $$connect('post_save', 'note(x)', 'User')$$, $$connect('post_save', '"', 'User')$$, $$connect('post_save', 'nowhere.note', 'User')$$,
  $$connect('post_save', 'typed')$$, $$connect('post_save', 'typed', 'User', async => true)$$, $$connect('pre_save', 'note', 'User', async => true)$$, $$connect('pre_delete', 'note', async => true)$$, $$connect('post_save', 'pg_catalog.count', 'User')$$,
  $$connect('post_save', 'note', 'User', level => 'table')$$, $$connect('pre_save', 'note', 'User', level => 'statement')$$, $$connect('post_save', 'typed', 'User', level => 'statement')$$, $$connect('post_save', 'twice', 'User', level => 'statement')$$,
  $$connect('post_save', 'note', 'User', condition => 'nam = 1')$$, $$connect('post_save', 'note', 'User', condition => 'name')$$, $$connect('post_save', 'note', 'User', condition => '')$$, $$connect('post_save', 'note', 'User', condition => 'true); DROP TABLE users; --')$$,
  $$connect('post_save', 'note', 'User', condition => 'EXISTS (SELECT 1 FROM users)')$$, $$connect('post_save', 'note', condition => 'true')$$, $$connect('post_save', 'note', 'User', condition => 'count(*) > 1')$$,
  $$connect('post_save', 'note', 'User', fields => '{nam}')$$, $$connect('post_save', 'note', 'User', fields => '{}')$$, $$connect('post_save', 'note', 'User', fields => '{NULL}')$$, $$connect('post_save', 'note', 'User', fields => '{{name}}')$$, $$connect('post_delete', 'note', 'User', fields => '{name}')$$, $$connect('post_save', 'note', fields => '{name}')$$,
  $$connect('post_save', 'note', 'User', '')$$, $$disconnect(NULL, 'note')$$, $$disconnect('post_save')$$, $$disconnect('post_safe', 'note')$$, $$disconnect('post_save', 'a.b.c')$$, $$disconnect('post_save', 'note', 'Usr')$$,
  $$apply_operation('{"op": "connect", "signal": "post_save", "handler": "note", "sendr": "User"}')$$, $$apply_operation('{"op": "connect", "signal": 1, "handler": "note"}')$$, $$apply_operation('{"op": "connect", "handler": "note"}')$$, $$apply_operation('{"op": "connect", "signal": "post_save"}')$$,
  $$apply_operation('{"op": "connect", "signal": "post_save", "handler": "note", "sender": 7}')$$, $$apply_operation('{"op": "connect", "signal": "post_save", "handler": "note", "priority": 1e99}')$$, $$apply_operation('{"op": "connect", "signal": "post_save", "handler": "note", "priority": "x"}')$$, $$apply_operation('{"op": "connect", "signal": "post_save", "handler": "note", "async": 1}')$$,
  $$create_model('X', '{"a": "String"}', '{"receivers": {}}')$$, $$create_model('X', '{"a": "String"}', '{"receivers": [1]}')$$, $$create_model('X', '{"a": "String"}', '{"receivers": [{}]}')$$, $$create_model('X', '{"a": "String"}', '{"receivers": [{"signal": "post_save", "handler": "no"}]}')$$,
  $$create_model('X', '{"a": "String"}', '{"receivers": [{"op": "drop_model", "model": "User"}]}')$$, $$create_model('X', '{"a": "String"}', '{"receivers": [{"signal": "post_save", "handler": "note", "sender": "User"}]}')$$]) AS call;
SELECT * FROM receivers;
SELECT fails($$CREATE TEMP TABLE t AS SELECT 1; SELECT aksara.connect('post_save', 'note', 'User', repeat('u', 100000)); SELECT aksara.disconnect('post_save', NULL, 'User', repeat('u', 100000))$$);
SELECT aksara.disconnect(signal, handler, sender, dispatch_uid) FROM aksara.receiver WHERE role = current_user;

SET client_min_messages = error;
DROP SCHEMA sigcon CASCADE;
