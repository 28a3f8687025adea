-- Whose a receiver is: the role, not its name.
CREATE ROLE regress_sig_bob;
CREATE SCHEMA sigroles;
GRANT CREATE, USAGE ON SCHEMA sigroles TO regress_sig_bob;
\pset format unaligned
\pset tuples_only on
SET client_min_messages = notice;
\set VERBOSITY terse
SET search_path = sigroles;
SET ROLE regress_sig_bob;
CREATE FUNCTION tell(event aksara.event) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN RAISE NOTICE '% of % as %', event.signal, event.sender, current_user; END$$;
SELECT aksara.connect('post_save', 'tell'), aksara.create_signal('roles_mine'), aksara.connect('roles_mine', 'tell');
SELECT aksara.create_model('Note', '{"title": "Text"}', '{"primary_key": "bigint"}');
INSERT INTO notes (title) VALUES ('one');

-- Under another name it keeps what is its own.
RESET ROLE;
ALTER ROLE regress_sig_bob RENAME TO regress_sig_robert;
SET ROLE regress_sig_robert;
INSERT INTO notes (title) VALUES ('two');
SELECT receiver FROM aksara.send('roles_mine');

-- Another one of the old name comes into nothing: what the first one has connected does not run for it.
RESET ROLE;
CREATE ROLE regress_sig_bob;
GRANT CREATE, USAGE ON SCHEMA sigroles TO regress_sig_bob;
SET ROLE regress_sig_bob;
SELECT aksara.create_model('Other', '{"title": "Text"}', '{"primary_key": "bigint"}');
INSERT INTO others (title) VALUES ('three');
SELECT aksara.disconnect('post_save', 'tell');
SELECT aksara.connect('roles_mine', 'tell');
SELECT aksara.drop_signal('roles_mine', true);

-- It may have a receiver of its own of the same handler.
SELECT aksara.connect('post_save', 'tell');
INSERT INTO others (title) VALUES ('four');
RESET ROLE;
SELECT signal, handler, role FROM aksara.receiver WHERE handler = 'sigroles.tell' ORDER BY role, signal;

-- A role that is dropped leaves receivers that nobody hears.
SET client_min_messages = error;
DROP OWNED BY regress_sig_bob;
DROP ROLE regress_sig_bob;
CREATE ROLE regress_sig_bob;
GRANT CREATE, USAGE ON SCHEMA sigroles TO regress_sig_bob;
SET client_min_messages = notice;
SET ROLE regress_sig_bob;
SELECT aksara.create_model('Third', '{"title": "Text"}', '{"primary_key": "bigint"}');
INSERT INTO thirds (title) VALUES ('five');
RESET ROLE;
SET ROLE regress_sig_robert;
SELECT aksara.disconnect('post_save', 'tell'), aksara.drop_signal('roles_mine', true);
RESET ROLE;
-- A superuser takes away what is left.
SELECT aksara.disconnect('post_save', 'tell');
SELECT count(*) FROM aksara.receiver WHERE handler = 'sigroles.tell';
SET client_min_messages = error;
DROP SCHEMA sigroles CASCADE;
DROP OWNED BY regress_sig_bob, regress_sig_robert;
DROP ROLE regress_sig_bob, regress_sig_robert;
