-- A row that is protected is protected from everyone; which rows protect it is told to those who may read them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_owner;
CREATE ROLE regress_deleter;
CREATE ROLE regress_stranger;
CREATE SCHEMA odp AUTHORIZATION regress_owner;
GRANT USAGE ON SCHEMA odp TO regress_deleter, regress_stranger;
GRANT CREATE ON SCHEMA odp TO regress_stranger;
SET search_path = odp;
SET ROLE regress_owner;
SELECT aksara.create_model('Team', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('User', '{"team": {"type": "ForeignKey", "to": "Team"}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{"author": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT"}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Note', '{"author": {"type": "ForeignKey", "to": "User", "on_delete": "SET(9)"}}', meta => '{"primary_key": "bigint"}');
INSERT INTO teams (id, name) VALUES (1, 'a'), (9, 'z');
INSERT INTO users (id, team_id) VALUES (1, 1), (9, 9);
INSERT INTO posts (author_id) VALUES (1), (1), (1);

-- Nothing granted: nothing is done, nothing learned.
SET ROLE regress_deleter;
DELETE FROM users;
\echo :SQLSTATE
SELECT aksara.delete_by_key('User', 1);
\echo :SQLSTATE
-- DELETE on the target alone: refused, without a key.
RESET ROLE;
GRANT SELECT, DELETE ON users, teams TO regress_deleter;
SET ROLE regress_deleter;
DELETE FROM users WHERE id = 1;
\echo :SQLSTATE
SELECT aksara.delete_by_key('User', 1);
\echo :SQLSTATE
-- The columns that the check reads are enough.
RESET ROLE;
GRANT SELECT (id, author_id) ON posts TO regress_deleter;
SET ROLE regress_deleter;
DELETE FROM users WHERE id = 1;
-- Through a cascade the owner's rights do the work, but what is told are the deleter's.
DELETE FROM teams WHERE id = 1;
\echo :SQLSTATE
RESET ROLE;
REVOKE SELECT (id, author_id) ON posts FROM regress_deleter;
SET ROLE regress_deleter;
DELETE FROM teams WHERE id = 1;
SELECT aksara.delete_by_key('Team', 1);

-- Row security filters what is told, never what protects; FORCE does not blind the check either.
RESET ROLE;
GRANT SELECT ON posts TO regress_deleter;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
ALTER TABLE posts FORCE ROW LEVEL SECURITY;
CREATE POLICY odd ON posts FOR SELECT TO regress_deleter USING (id % 2 = 1);
SET ROLE regress_deleter;
DELETE FROM users WHERE id = 1;
SELECT aksara.delete_by_key('User', 1);
DELETE FROM teams WHERE id = 1;
RESET ROLE;
DROP POLICY odd ON posts;
SET ROLE regress_deleter;
DELETE FROM users WHERE id = 1;
RESET ROLE;
ALTER TABLE posts DISABLE ROW LEVEL SECURITY;

-- SET(…) needs no right on the rows that are set.
DELETE FROM posts;
INSERT INTO notes (author_id) VALUES (1);
SET ROLE regress_deleter;
DELETE FROM users WHERE id = 1;
RESET ROLE;
SELECT author_id FROM notes;

-- A stranger's table: REFERENCES makes the key, TRIGGER the guard; his policies do not run for others.
INSERT INTO users (id, team_id) VALUES (2, 1);
SET ROLE regress_stranger;
SELECT aksara.create_model('Claim', '{"about": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT"}}', meta => '{"primary_key": "bigint"}');
\echo :SQLSTATE
RESET ROLE;
GRANT REFERENCES ON users TO regress_stranger;
SET ROLE regress_stranger;
SELECT aksara.create_model('Claim', '{"about": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT"}}', meta => '{"primary_key": "bigint"}');
INSERT INTO claims (about_id) VALUES (2);
GRANT SELECT ON claims TO regress_deleter;
CREATE FUNCTION trap() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'trap as %', current_user; RETURN true; END $$;
ALTER TABLE claims ENABLE ROW LEVEL SECURITY;
CREATE POLICY trap ON claims TO regress_deleter USING (trap());
SET ROLE regress_deleter;
SELECT count(*) FROM claims;
DELETE FROM users WHERE id = 2;
\echo :SQLSTATE
RESET ROLE;
-- His going leaves the guard to those who still need it.
SET ROLE regress_stranger;
SELECT aksara.drop_model('Claim');
RESET ROLE;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'users'::regclass AND NOT tgisinternal;

-- A SECURITY DEFINER function: it deletes with its owner's rights, its caller learns what he himself may read.
GRANT SELECT ON users TO regress_stranger;
INSERT INTO posts (author_id) VALUES (2);
SET ROLE regress_owner;
CREATE FUNCTION fire(bigint) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = odp AS 'DELETE FROM users WHERE id = $1';
SELECT fire(2);
SET ROLE regress_stranger;
SELECT fire(2);
RESET ROLE;

DROP SCHEMA odp CASCADE;
DROP ROLE regress_owner, regress_deleter, regress_stranger;
