-- Signals that somebody made, and the receivers that no model holds; those of
-- a model stand in its meta.  Names only; dumped as extension configuration.

CREATE TYPE aksara.event AS (
	signal text,
	sender text,
	instance jsonb,
	previous jsonb,
	created boolean,
	update_fields text[],
	action text,
	ids jsonb,
	extra jsonb
);
COMMENT ON TYPE aksara.event IS 'what a general handler is told: the signal, who sent it, and about which rows';

CREATE TABLE aksara.signal (
	name text PRIMARY KEY,
	role name,
	arguments text[] NOT NULL,
	description text
);
COMMENT ON TABLE aksara.signal IS 'signals: those that writes send, and those that create_signal() made for a role';
SELECT pg_catalog.pg_extension_config_dump('aksara.signal', 'WHERE role IS NOT NULL');

CREATE TABLE aksara.free_receiver (
	signal text NOT NULL,
	sender text NOT NULL,
	uid text NOT NULL,
	role name NOT NULL,
	definition json NOT NULL,
	PRIMARY KEY (signal, sender, uid, role)
);
COMMENT ON TABLE aksara.free_receiver IS 'receivers of signals made by create_signal(), and of every model of a role; sender is empty where it is any';
SELECT pg_catalog.pg_extension_config_dump('aksara.free_receiver', '');

-- Which role each name meant, so that another one of that name, made later, is
-- not taken for it.  Never dumped; rebuilt from names.
CREATE TABLE aksara.signal_role (
	name text PRIMARY KEY REFERENCES aksara.signal (name) ON DELETE CASCADE,
	seen oid NOT NULL
);
COMMENT ON TABLE aksara.signal_role IS 'the role that made each signal by its oid (rebuilt, never dumped)';

CREATE TABLE aksara.receiver_role (
	signal text NOT NULL,
	sender text NOT NULL,
	uid text NOT NULL,
	role name NOT NULL,
	seen oid NOT NULL,
	PRIMARY KEY (signal, sender, uid, role),
	FOREIGN KEY (signal, sender, uid, role) REFERENCES aksara.free_receiver (signal, sender, uid, role)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.receiver_role IS 'the role that connected each receiver by its oid (rebuilt, never dumped)';

GRANT SELECT, INSERT ON aksara.signal, aksara.free_receiver TO PUBLIC;

INSERT INTO aksara.signal (name, role, arguments, description) VALUES
('pre_save', NULL, '{instance,previous,created,update_fields}', 'before a row is inserted or updated; a handler may change or refuse it'),
('post_save', NULL, '{instance,previous,created,update_fields}', 'after a row was inserted or updated'),
('pre_delete', NULL, '{instance}', 'before a row is deleted'),
('post_delete', NULL, '{instance}', 'after a row was deleted'),
('m2m_changed', NULL, '{action,instance,ids,extra}', 'before and after rows are linked over a many-to-many relation, or no longer'),
('pre_bulk', NULL, '{action,ids,extra}', 'before a call of aksara writes many rows'),
('post_bulk', NULL, '{action,ids}', 'after a statement has written rows'),
('class_prepared', NULL, '{}', 'after a model was created'),
('pre_migrate', NULL, '{extra}', 'before migrations are applied'),
('post_migrate', NULL, '{extra}', 'after migrations were applied');

-- As on aksara.model: who restores a dump writes rows here.
CREATE FUNCTION aksara.guard_signal() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_guard_signal';
COMMENT ON FUNCTION aksara.guard_signal() IS 'trigger of aksara.signal: admits what its role may say';
CREATE FUNCTION aksara.guard_receiver() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_signal_guard_receiver';
COMMENT ON FUNCTION aksara.guard_receiver() IS 'trigger of aksara.free_receiver: admits what its role may say';
REVOKE ALL ON FUNCTION aksara.guard_signal(), aksara.guard_receiver() FROM PUBLIC;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.signal
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_signal();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.signal
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_signal();
CREATE TRIGGER guard_note AFTER INSERT ON aksara.signal
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_signal();
CREATE TRIGGER guard_settle AFTER INSERT ON aksara.signal
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_signal();
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.free_receiver
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_receiver();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.free_receiver
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_receiver();
CREATE TRIGGER guard_note AFTER INSERT ON aksara.free_receiver
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_receiver();
CREATE TRIGGER guard_settle AFTER INSERT ON aksara.free_receiver
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_receiver();

-- The task that calls asynchronous handlers; never dumped, as all whose names begin so.
INSERT INTO aksara.task_definition (name, role, handler, options)
VALUES ('aksara.signal', CURRENT_USER, 'aksara.run_signal', '{"queue": "default", "max_attempts": 3}');
