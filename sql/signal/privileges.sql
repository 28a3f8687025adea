-- Who may connect, whose rows a receiver hears, as whom a handler runs, and what strangers can write into the registry.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA sigpriv;
SET search_path = sigpriv;
\i :said
CREATE ROLE regress_sig_owner;
CREATE ROLE regress_sig_writer;
CREATE ROLE regress_sig_member IN ROLE regress_sig_owner;
CREATE ROLE regress_sig_other;
GRANT USAGE, CREATE ON SCHEMA sigpriv TO regress_sig_owner, regress_sig_other;
GRANT USAGE ON SCHEMA sigpriv TO regress_sig_writer;
CREATE TABLE heard (n serial, what text);
GRANT ALL ON heard, heard_n_seq TO PUBLIC;
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = sigpriv AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SET ROLE regress_sig_owner;
SELECT aksara.create_model('Post', '{"title": "String"}', '{"primary_key": "bigint"}');
GRANT SELECT, INSERT, UPDATE, DELETE ON posts TO regress_sig_writer;
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO sigpriv.heard (what) VALUES (concat_ws(' ', e.signal, e.instance ->> 'title', current_user))$$;
CREATE FUNCTION typed(p posts) RETURNS posts LANGUAGE plpgsql AS $$BEGIN p.title := upper(p.title); RETURN p; END$$;
CREATE FUNCTION as_owner(p posts) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$INSERT INTO sigpriv.heard (what) VALUES (concat_ws(' ', 'as_owner', current_user))$$;
REVOKE ALL ON FUNCTION typed FROM PUBLIC;
-- The table's owner connects, and whoever can act as him; a writer or a stranger cannot.
SELECT aksara.connect('post_save', 'note', 'Post'), aksara.connect('pre_save', 'typed', 'Post');
SET ROLE regress_sig_member;
SELECT aksara.connect('post_save', 'as_owner', 'Post');
SET ROLE regress_sig_writer;
SELECT fails(call) FROM unnest(ARRAY[$$SELECT aksara.connect('post_save', 'note', 'Post')$$, $$SELECT aksara.disconnect('post_save', 'note', 'Post')$$, $$SELECT aksara.disable_signals('Post')$$, $$SELECT aksara.enable_signals('Post')$$,
  $$SELECT aksara.apply_operation('{"op": "connect", "signal": "post_save", "handler": "note", "sender": "Post", "dispatch_uid": "x"}')$$]) call;
-- Handlers run as the writer, who needs the right to execute them; SECURITY DEFINER is the handler's business.
SELECT fails($$INSERT INTO posts (title) VALUES ('a')$$), fails($$SELECT aksara.create('Post', '{"title": "a"}')$$);
SET ROLE regress_sig_owner;
GRANT EXECUTE ON FUNCTION typed TO regress_sig_writer;
INSERT INTO posts (title) VALUES ('mine');
SET ROLE regress_sig_writer;
INSERT INTO posts (title) VALUES ('theirs');
SET ROLE regress_sig_owner;
REVOKE EXECUTE ON FUNCTION typed FROM regress_sig_writer;
SET ROLE regress_sig_writer;
SELECT fails($$UPDATE posts SET title = 'b'$$);
DELETE FROM posts;
RESET ROLE;
SELECT * FROM heard();
REVOKE ALL ON SCHEMA sigpriv FROM regress_sig_writer;
SET ROLE regress_sig_writer;
SELECT kind, model, problem FROM aksara.check_registry() WHERE model LIKE 'sigpriv.%';
RESET ROLE;
GRANT USAGE ON SCHEMA sigpriv TO regress_sig_writer;
-- What a role may not execute it cannot connect.
SET ROLE regress_sig_other;
SELECT aksara.create_model('Note', '{"title": "String"}', '{"primary_key": "bigint"}');
SELECT fails($$SELECT aksara.connect('post_save', 'typed', 'Note')$$), fails($$SELECT aksara.connect('pre_save', 'typed', 'Post')$$);

-- A receiver of all models hears those of its role, never another's: also of models that come later.
CREATE FUNCTION spy(e aksara.event) RETURNS void LANGUAGE plpgsql AS $$BEGIN INSERT INTO sigpriv.heard (what) VALUES (concat_ws(' ', 'spy', e.sender, current_user)); IF current_user <> 'regress_sig_other' THEN RAISE 'escalated'; END IF; END$$;
SELECT aksara.connect('post_save', 'spy'), aksara.connect('pre_save', 'spy');
INSERT INTO notes (title) VALUES ('n');
SET ROLE regress_sig_owner;
INSERT INTO posts (title) VALUES ('not for spies');
SELECT aksara.create_model('Later', '{"title": "String"}', '{"primary_key": "bigint"}');
INSERT INTO laters (title) VALUES ('nor this');
SELECT * FROM heard();
-- A superuser's hears them all, and stands beside others' of the same function.
RESET ROLE;
SELECT aksara.connect('post_save', 'note'), aksara.connect('post_save', 'spy', dispatch_uid => 'mine'), aksara.disconnect('post_save', dispatch_uid => 'mine');
SET ROLE regress_sig_owner;
SELECT aksara.connect('post_save', 'note', dispatch_uid => 'sigpriv.note');
INSERT INTO laters (title) VALUES ('twice');
SELECT aksara.disconnect('post_save', 'note'), aksara.disconnect('post_save', 'note'), aksara.disconnect('post_save', 'spy'), aksara.disconnect('pre_save', 'spy');
INSERT INTO laters (title) VALUES ('once');
RESET ROLE;
SELECT * FROM heard();
SELECT aksara.disconnect('post_save', 'note'), aksara.disconnect('pre_save', 'spy');

-- Rows written into the registry by hand: for oneself alone, well formed, and never as SQL.
SET ROLE regress_sig_other;
SELECT d, fails(format('INSERT INTO aksara.free_receiver VALUES (%L, %L, %L, %L, %L)', 'post_save', '', 'u', r, d)) FROM (VALUES
  ('regress_sig_owner', '{"signal": "post_save", "uid": "u", "handler": "sigpriv.spy"}'), ('postgres', '{"signal": "post_save", "uid": "u", "handler": "sigpriv.spy"}'), ('nobody', '{"signal": "post_save", "uid": "u", "handler": "sigpriv.spy"}'), ('regress_sig_other', '{}'), ('regress_sig_other', '[]'),
  ('regress_sig_other', '{"signal": "post_save", "uid": "u", "handler": "x(); DROP TABLE sigpriv.notes"}'), ('regress_sig_other', '{"signal": "post_save", "uid": "u", "handler": "a.b.c"}'), ('regress_sig_other', '{"signal": "post_save", "uid": "u", "handler": "\""}'), ('regress_sig_other', '{"signal": "post_save", "uid": "u", "handler": ""}'),
  ('regress_sig_other', '{"signal": "post_save", "uid": "u", "handler": 7}'), (NULL, '{"signal": "post_save", "handler": "spy"}'), ('regress_sig_other', NULL)) v(r, d);
INSERT INTO aksara.free_receiver VALUES ('post_save', '', 'odd', 'regress_sig_other', '{"signal": "post_save", "handler": "sigpriv.\"no; DROP TABLE x\"", "uid": "odd", "priority": "x", "position": 9223372036854775807, "async": "maybe", "condition": ["("], "fields": {"a": 1}, "level": 3, "trigger": "yes"}');
INSERT INTO aksara.free_receiver VALUES ('post_bulk', '', 'native', 'regress_sig_other', '{"signal": "post_bulk", "uid": "native", "handler": "sigpriv.\"x(); DROP TABLE sigpriv.notes; --\"", "level": "statement", "trigger": true, "condition": "true); DROP TABLE sigpriv.notes; --", "position": 1e400}');
INSERT INTO aksara.free_receiver VALUES ('no_signal', 'x', 'y', 'regress_sig_other', '{"signal": "no_signal", "uid": "y", "handler": "sigpriv.spy", "position": -1.5}');
SELECT fails($$INSERT INTO aksara.free_receiver VALUES ('post_save', '', 'u', 'regress_sig_other', '{"signal": "pre_save", "handler": "sigpriv.spy", "uid": "u"}')$$), fails($$INSERT INTO aksara.free_receiver VALUES ('post_save', '', 'u', 'regress_sig_other', '{"signal": "post_save", "handler": "sigpriv.spy", "uid": "v"}')$$), fails($$INSERT INTO aksara.free_receiver VALUES ('post_save', 'Post', 'u', 'regress_sig_other', '{"signal": "post_save", "handler": "sigpriv.spy", "uid": "u"}')$$);
SELECT fails($$UPDATE aksara.free_receiver SET role = 'postgres'$$), fails($$DELETE FROM aksara.free_receiver$$), fails($$TRUNCATE aksara.free_receiver$$), fails($$INSERT INTO aksara.signal VALUES ('post_save', 'regress_sig_other', '{}')$$), fails($$INSERT INTO aksara.signal VALUES ('mine', NULL, '{}')$$), fails($$INSERT INTO aksara.signal VALUES ('mine', 'postgres', '{}')$$);
SELECT fails($$INSERT INTO notes (title) VALUES ('x')$$);
SELECT count(*) FROM aksara.receiver WHERE role = current_user;
SELECT aksara.connect('post_delete', 'spy'), aksara.connect('post_delete', 'spy', 'Note');
-- Nobody else is disturbed.
RESET ROLE;
SELECT count(*) FROM aksara.receiver WHERE role LIKE 'regress_sig%';
SELECT kind, model, problem FROM aksara.check_registry() WHERE model LIKE 'sigpriv.%' ORDER BY problem;
SET ROLE regress_sig_owner;
SELECT aksara.connect('post_save', 'note', 'Later', 'mine');
INSERT INTO laters (title) VALUES ('calm');
SELECT position < 100 FROM aksara.receiver WHERE dispatch_uid = 'mine';
SELECT * FROM heard();

-- A model's own row, forged with receivers: PostgreSQL gets names alone, and conditions that are no expression fail for who writes there.
SET ROLE regress_sig_other;
CREATE TABLE forged (id int PRIMARY KEY, title text);
INSERT INTO aksara.model VALUES ('sigpriv', 'Forged', 'forged', '{"receivers": [7, {"signal": "post_save", "handler": "sigpriv.spy", "condition": "true); DROP TABLE sigpriv.notes; --"}, {"signal": "post_bulk", "handler": "sigpriv.\"x() ; DROP TABLE sigpriv.notes; --\"", "trigger": true, "level": "statement"}, {"signal": "nothing", "handler": "sigpriv.spy"}]}');
SELECT aksara.connect('pre_save', 'spy', 'Forged');
SELECT fails($$INSERT INTO forged VALUES (1, 'x')$$);
SELECT tgname FROM pg_trigger WHERE tgrelid = 'forged'::regclass AND NOT tgisinternal;
SELECT to_regclass('sigpriv.notes') IS NOT NULL;
SELECT aksara.drop_model('Forged');
RESET ROLE;

-- The trigger functions stand being attached by anyone to anything.
SET ROLE regress_sig_other;
CREATE TABLE plain (id int, title text);
CREATE VIEW seen AS SELECT * FROM plain;
CREATE TRIGGER a BEFORE INSERT OR UPDATE OR DELETE ON plain FOR EACH ROW EXECUTE FUNCTION aksara.signal_before('x');
CREATE TRIGGER b AFTER INSERT OR UPDATE OR DELETE ON plain FOR EACH ROW EXECUTE FUNCTION aksara.signal_after();
INSERT INTO plain VALUES (1, 'x');
UPDATE plain SET id = 2;
DELETE FROM plain RETURNING *;
CREATE FUNCTION attached(how text, at text, function text) RETURNS text LANGUAGE plpgsql AS $$BEGIN
  EXECUTE format('CREATE TRIGGER c %s ON sigpriv.%I %s EXECUTE FUNCTION aksara.%I()', split_part(how, '/', 1), at, split_part(how, '/', 2), function);
  RETURN sigpriv.said(CASE WHEN how LIKE '%TRUNCATE%' THEN 'TRUNCATE sigpriv.plain' ELSE format('INSERT INTO sigpriv.%I VALUES (1, %L)', at, 'x') END);
END$$;
SELECT f, at, how, tried(format('DO %L', format('BEGIN RAISE EXCEPTION USING MESSAGE = sigpriv.attached(%L, %L, %L); END', how, at, f))) FROM unnest('{signal_before,signal_after,signal_statement,signal_link,signal_links}'::text[]) f,
  (VALUES ('plain', 'BEFORE INSERT/FOR EACH ROW'), ('plain', 'AFTER INSERT/FOR EACH ROW'), ('plain', 'BEFORE INSERT/FOR EACH STATEMENT'), ('plain', 'AFTER INSERT/FOR EACH STATEMENT'), ('plain', 'AFTER INSERT/REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT'), ('plain', 'BEFORE TRUNCATE/FOR EACH STATEMENT'), ('seen', 'INSTEAD OF INSERT/FOR EACH ROW')) v(at, how)
  WHERE to_regproc('aksara.' || f) IS NOT NULL;
SELECT fails($$SELECT aksara.signal_before()$$), fails($$SELECT aksara.signal_after()$$);
-- A constraint trigger that waits for the end, and one on a model's table: the owner's own business.
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION aksara.signal_after();
SELECT aksara.connect('post_save', 'spy', 'Note', 'mine', priority => -1), aksara.disconnect('post_delete', 'spy');
SELECT signal, handler, dispatch_uid, aksara.disconnect(signal, handler, sender, dispatch_uid) FROM (SELECT * FROM aksara.receiver WHERE role = current_user ORDER BY signal, handler) r;
SELECT signal, handler, dispatch_uid FROM aksara.receiver WHERE sender = 'sigpriv.Note' OR role = current_user ORDER BY position;
INSERT INTO notes (title) VALUES ('double');
SELECT * FROM heard();
RESET ROLE;

-- Row security is PostgreSQL's: it looks at the row that handlers made.
SET ROLE regress_sig_owner;
GRANT EXECUTE ON FUNCTION typed TO regress_sig_writer;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY small ON posts TO regress_sig_writer USING (title = lower(title));
SET ROLE regress_sig_writer;
SELECT fails($$INSERT INTO posts (title) VALUES ('low')$$), fails($$INSERT INTO posts (title) VALUES ('...')$$);
SELECT * FROM heard();
RESET ROLE;

SET client_min_messages = error;
DROP SCHEMA sigpriv CASCADE;
DROP OWNED BY regress_sig_owner, regress_sig_writer, regress_sig_member, regress_sig_other;
DROP ROLE regress_sig_owner, regress_sig_writer, regress_sig_member, regress_sig_other;
