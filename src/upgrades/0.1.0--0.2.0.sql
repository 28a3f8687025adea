-- The registry accepts the rows of a dump from the owners of the tables; abstract models; dangling models.

COMMENT ON TABLE aksara.model IS 'models: app is the schema of the table; an abstract model has no table name';

CREATE TABLE aksara.abstract_oid (
	app name NOT NULL,
	model text NOT NULL,
	schema oid NOT NULL,
	PRIMARY KEY (app, model),
	FOREIGN KEY (app, model) REFERENCES aksara.model (app, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.abstract_oid IS 'the schema of each abstract model by its oid (rebuilt, never dumped)';

-- Who restored a model whose table was absent.
CREATE TABLE aksara.model_claim (
	app name NOT NULL,
	model text NOT NULL,
	role oid NOT NULL,
	PRIMARY KEY (app, model),
	FOREIGN KEY (app, model) REFERENCES aksara.model (app, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.model_claim IS 'the role that registered a dangling model; a superuser''s has none (never dumped)';

-- Rows that a parallel restore brought before what they belong to.
CREATE TABLE aksara.early (
	kind text NOT NULL,
	app name NOT NULL,
	model text NOT NULL,
	role oid NOT NULL,
	content json NOT NULL
);
COMMENT ON TABLE aksara.early IS 'rows of field and relation that wait for their model, with the role that restored them (never dumped)';

GRANT INSERT ON aksara.model, aksara.field TO PUBLIC;

-- Who restores a dump writes rows here; what he may not say stays out.
CREATE FUNCTION aksara.guard_model() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_guard_model';
COMMENT ON FUNCTION aksara.guard_model() IS 'trigger of aksara.model: admits what the owner of the table may say';
CREATE FUNCTION aksara.guard_field() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_guard_field';
COMMENT ON FUNCTION aksara.guard_field() IS 'trigger of aksara.field: admits what the owner of the table may say';
REVOKE ALL ON FUNCTION aksara.guard_model(), aksara.guard_field() FROM PUBLIC;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.model
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_model();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.model
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_model();
CREATE TRIGGER guard_note AFTER INSERT ON aksara.model
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_model();
CREATE TRIGGER guard_settle AFTER INSERT ON aksara.model
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_model();
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.field
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_field();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.field
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_field();
CREATE TRIGGER guard_settle AFTER INSERT ON aksara.field
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_field();

-- A relation may be over several columns.
ALTER TABLE aksara.relation RENAME COLUMN source_column TO source_columns;
ALTER TABLE aksara.relation RENAME COLUMN target_column TO target_columns;
ALTER TABLE aksara.relation
	ALTER COLUMN source_columns TYPE name[] USING CASE WHEN source_columns IS NOT NULL THEN ARRAY[source_columns] END,
	ALTER COLUMN target_columns TYPE name[] USING CASE WHEN target_columns IS NOT NULL THEN ARRAY[target_columns] END;
ALTER TABLE aksara.relation_oid RENAME COLUMN source_attnum TO source_attnums;
ALTER TABLE aksara.relation_oid RENAME COLUMN target_attnum TO target_attnums;
ALTER TABLE aksara.relation_oid
	ALTER COLUMN source_attnums TYPE smallint[] USING CASE WHEN source_attnums IS NOT NULL THEN ARRAY[source_attnums] END,
	ALTER COLUMN target_attnums TYPE smallint[] USING CASE WHEN target_attnums IS NOT NULL THEN ARRAY[target_attnums] END;

GRANT INSERT ON aksara.relation TO PUBLIC;

-- As on aksara.model: who restores a dump writes rows here.
CREATE FUNCTION aksara.guard_relation() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_relation_guard_relation';
COMMENT ON FUNCTION aksara.guard_relation() IS 'trigger of aksara.relation: admits what the owner of the table may say';
REVOKE ALL ON FUNCTION aksara.guard_relation() FROM PUBLIC;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.relation
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_relation();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.relation
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_relation();
CREATE TRIGGER guard_settle AFTER INSERT ON aksara.relation
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_relation();

DROP EVENT TRIGGER aksara_follow_ddl;
CREATE EVENT TRIGGER aksara_follow_ddl ON ddl_command_end
	WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'ALTER FOREIGN TABLE',
		'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE FOREIGN TABLE')
	EXECUTE FUNCTION aksara.follow_ddl();
COMMENT ON EVENT TRIGGER aksara_follow_ddl IS 'follows renames of models'' tables and columns by hand';

-- It has further arguments now.
DROP FUNCTION aksara.bulk_create(text, aksara.doc, boolean);

-- Views that create_view() made; names alone, as in the tables of models.
CREATE TABLE aksara.view (
	app name NOT NULL,
	name name NOT NULL,
	document json NOT NULL,
	sql text NOT NULL,
	PRIMARY KEY (app, name)
);
COMMENT ON TABLE aksara.view IS 'views that follow their model: app is the schema, sql what the view was last made of';
SELECT pg_catalog.pg_extension_config_dump('aksara.view', '');
GRANT SELECT, INSERT ON aksara.view TO PUBLIC;

-- As on aksara.model: who restores a dump writes rows here.
CREATE FUNCTION aksara.guard_view() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_guard_view';
COMMENT ON FUNCTION aksara.guard_view() IS 'trigger of aksara.view: admits what the owner of the view may say';
REVOKE ALL ON FUNCTION aksara.guard_view() FROM PUBLIC;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.view
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_view();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.view
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_view();

-- Computed values, as f() and expression() return them.
CREATE TYPE aksara.expression;
CREATE FUNCTION aksara.expression_in(cstring) RETURNS aksara.expression
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_expression_in';
COMMENT ON FUNCTION aksara.expression_in(cstring) IS 'input of type expression';
CREATE FUNCTION aksara.expression_out(aksara.expression) RETURNS cstring
	LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'ak_query_expression_out';
COMMENT ON FUNCTION aksara.expression_out(aksara.expression) IS 'output of type expression';
CREATE TYPE aksara.expression (
	INPUT = aksara.expression_in,
	OUTPUT = aksara.expression_out,
	INTERNALLENGTH = VARIABLE,
	STORAGE = extended
);
COMMENT ON TYPE aksara.expression IS 'what is computed from a row: {"$f": "path"}; a value of another type is never taken for one';

-- SQL text in query sets: nobody's until it is granted.
CREATE FUNCTION aksara.raw(sql text) RETURNS aksara.expression
	LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'ak_query_sql_raw';
COMMENT ON FUNCTION aksara.raw(text) IS 'SQL text as an expression over the columns of the model, taken in this session alone';
REVOKE ALL ON FUNCTION aksara.raw(text) FROM PUBLIC;

-- Lookups and transforms that are functions of SQL; names alone, as in the tables of models.
CREATE TABLE aksara.query_lookup (
	name name NOT NULL,
	type text NOT NULL,
	kind text NOT NULL CHECK (kind OPERATOR(pg_catalog.=) ANY (ARRAY['lookup', 'transform'])),
	function text NOT NULL,
	owner name NOT NULL,
	PRIMARY KEY (name, type)
);
COMMENT ON TABLE aksara.query_lookup IS 'functions that paths of query sets may name: type is that of the first argument, function the signature, owner whose it was when it was registered';
SELECT pg_catalog.pg_extension_config_dump('aksara.query_lookup', '');
GRANT SELECT, INSERT ON aksara.query_lookup TO PUBLIC;
CREATE FUNCTION aksara.guard_lookup() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_guard_lookup';
COMMENT ON FUNCTION aksara.guard_lookup() IS 'trigger of aksara.query_lookup: admits what the owner of the function may say';
REVOKE ALL ON FUNCTION aksara.guard_lookup() FROM PUBLIC;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.query_lookup
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_lookup();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.query_lookup
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_lookup();

-- A word that is registered runs with the rights of who uses it: nobody's until it is granted.
CREATE FUNCTION aksara.create_lookup(name text, function regprocedure) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_create_lookup';
COMMENT ON FUNCTION aksara.create_lookup(text, regprocedure) IS 'makes a function of a value and another one, that returns boolean, a lookup';
CREATE FUNCTION aksara.create_transform(name text, function regprocedure) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_create_transform';
COMMENT ON FUNCTION aksara.create_transform(text, regprocedure) IS 'makes a function of a value a transform';
CREATE FUNCTION aksara.drop_lookup(name text, type regtype) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_drop_lookup';
COMMENT ON FUNCTION aksara.drop_lookup(text, regtype) IS 'takes back what create_lookup did for a type';
CREATE FUNCTION aksara.drop_transform(name text, type regtype) RETURNS void
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_query_sql_drop_transform';
COMMENT ON FUNCTION aksara.drop_transform(text, regtype) IS 'takes back what create_transform did for a type';
REVOKE ALL ON FUNCTION aksara.create_lookup(text, regprocedure), aksara.create_transform(text, regprocedure),
	aksara.drop_lookup(text, regtype), aksara.drop_transform(text, regtype) FROM PUBLIC;

-- Field types that create_field_type() made; the versions before the newest stand in earlier.
CREATE TABLE aksara.field_type (
	app name NOT NULL,
	name text NOT NULL,
	version integer NOT NULL,
	base text NOT NULL,
	definition json NOT NULL,
	earlier json NOT NULL,
	PRIMARY KEY (app, name)
);
COMMENT ON TABLE aksara.field_type IS 'field types beside those that are built in: app is their schema';

SELECT pg_catalog.pg_extension_config_dump('aksara.field_type', $$WHERE app OPERATOR(pg_catalog.<>) 'aksara'$$);
GRANT SELECT, INSERT ON aksara.field_type TO PUBLIC;

CREATE TABLE aksara.field_type_oid (
	app name NOT NULL,
	name text NOT NULL,
	schema oid NOT NULL,
	PRIMARY KEY (app, name),
	FOREIGN KEY (app, name) REFERENCES aksara.field_type (app, name)
		ON UPDATE CASCADE ON DELETE CASCADE
);
COMMENT ON TABLE aksara.field_type_oid IS 'the schema of each field type by its oid (rebuilt, never dumped)';

CREATE FUNCTION aksara.guard_field_type() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_model_guard_field_type';
COMMENT ON FUNCTION aksara.guard_field_type() IS 'trigger of aksara.field_type: admits what who may create in the schema may say';
REVOKE ALL ON FUNCTION aksara.guard_field_type() FROM PUBLIC;

CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.field_type
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_field_type();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.field_type
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_field_type();
CREATE TRIGGER guard_settle AFTER INSERT ON aksara.field_type
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_field_type();

-- Those that come with the extension: no more than what create_field_type() would write of their definitions.
INSERT INTO aksara.field_type (app, name, version, base, definition, earlier) VALUES
('aksara', 'Percentage', 1, 'Decimal', '{
	"options": {"min": {"type": "number", "default": 0}, "max": {"type": "number", "default": 100}},
	"check": "value BETWEEN min AND max"
}', '{}'),
('aksara', 'Phone', 1, 'String', '{
	"defaults": {"max_length": 17},
	"from_external": "phone",
	"normalize": ["aksara.phone"],
	"check": "value ~ ''^[+]?1?[0-9]{9,15}$''"
}', '{}'),
('aksara', 'Money', 1, 'BigInteger', '{
	"options": {"decimal_places": {"type": "integer", "default": 2, "choices": [0, 1, 2, 3, 4]},
		"negative": {"type": "boolean", "default": false}},
	"check": "value >= 0 OR negative",
	"from_external": "money_units",
	"to_external": "money_amount"
}', '{}'),
('aksara', 'Encrypted', 1, 'Binary', '{
	"defaults": {"ai_sensitive": true, "ai_agent_writable": false},
	"check": "substring(value FROM 1 FOR 1) = ''\\xc3''::bytea",
	"from_external": "encrypt",
	"to_external": "encrypted"
}', '{}'),
('aksara', 'Color', 1, 'String', '{
	"defaults": {"max_length": 11},
	"from_external": "color",
	"check": "value ~ ''^(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])(,(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){2}$''"
}', '{}'),
('aksara', 'AutoSlug', 1, 'Slug', '{
	"defaults": {"unique": true, "suffix": true},
	"fixed": ["suffix"]
}', '{}');

-- What fields of type Encrypted are encrypted with; granted to nobody, and in no dump.
CREATE TABLE aksara.encryption_key (
	one boolean PRIMARY KEY DEFAULT true CHECK (one),
	key text NOT NULL CHECK (pg_catalog.length(key) OPERATOR(pg_catalog.>=) 32)
);
COMMENT ON TABLE aksara.encryption_key IS 'the key of encrypted fields: a superuser''s alone to read, and never dumped';
INSERT INTO aksara.encryption_key (key) SELECT pg_catalog.encode(pg_catalog.sha256(
	pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) OPERATOR(pg_catalog.||) pg_catalog.uuid_send(pg_catalog.gen_random_uuid())), 'hex');

-- Tasks: what they are called, where they wait, and what became of them.
-- Two narrow tables hold what is live; a finished attempt is a row that never
-- changes.  Rows are written by constant statements as the extension's owner.

CREATE TABLE aksara.task_definition (
	name text PRIMARY KEY,
	role name NOT NULL,
	handler text NOT NULL,
	options json NOT NULL
);
COMMENT ON TABLE aksara.task_definition IS 'tasks by name: the function that is called, and how it is repeated (register_task)';
SELECT pg_catalog.pg_extension_config_dump('aksara.task_definition', $$WHERE NOT pg_catalog.starts_with(name, 'aksara.')$$);

-- Which role each name meant, so that another one of that name, made later, is
-- not taken for it.  Never dumped; rebuilt from names.
CREATE TABLE aksara.task_role (
	name text PRIMARY KEY REFERENCES aksara.task_definition (name) ON DELETE CASCADE,
	seen oid NOT NULL
);
COMMENT ON TABLE aksara.task_role IS 'the role that registered each task by its oid (rebuilt, never dumped)';

CREATE TABLE aksara.task_queue (
	name text COLLATE "C" PRIMARY KEY,
	paused boolean NOT NULL DEFAULT false,
	aging double precision NOT NULL DEFAULT 60 CHECK (aging >= 0 AND aging <= 31557600),
	max_running integer CHECK (max_running BETWEEN 1 AND 1000),
	group_limit integer NOT NULL DEFAULT 1 CHECK (group_limit BETWEEN 1 AND 1000),
	rate integer CHECK (rate BETWEEN 1 AND 1000000),
	period interval CHECK (period BETWEEN '1 ms' AND '366 days'),
	burst integer NOT NULL DEFAULT 1 CHECK (burst BETWEEN 1 AND 10000)
);
COMMENT ON TABLE aksara.task_queue IS 'queues that were used, and how many of their tasks may run at once (max_running, of one group group_limit) or start in a period (rate); aging: how many seconds of waiting a level of priority is worth, 0: priority alone counts';

SELECT pg_catalog.pg_extension_config_dump('aksara.task_queue', '');

-- As on aksara.model: who restores a dump writes rows there.
GRANT SELECT, INSERT ON aksara.task_definition, aksara.task_queue TO PUBLIC;
CREATE FUNCTION aksara.guard_task_definition() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_guard_definition';
COMMENT ON FUNCTION aksara.guard_task_definition() IS 'trigger of aksara.task_definition: admits what its role may say';
CREATE FUNCTION aksara.guard_task_queue() RETURNS trigger
	LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_guard_queue';
COMMENT ON FUNCTION aksara.guard_task_queue() IS 'trigger of aksara.task_queue: admits what its role may say';
REVOKE ALL ON FUNCTION aksara.guard_task_definition(), aksara.guard_task_queue() FROM PUBLIC;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON aksara.task_definition
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_task_definition();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON aksara.task_definition
	FOR EACH STATEMENT EXECUTE FUNCTION aksara.guard_task_definition();
CREATE TRIGGER guard_note AFTER INSERT ON aksara.task_definition
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_task_definition();
CREATE TRIGGER guard BEFORE INSERT ON aksara.task_queue
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_task_queue();
CREATE TRIGGER guard_note AFTER INSERT ON aksara.task_queue
	FOR EACH ROW EXECUTE FUNCTION aksara.guard_task_queue();

-- One row: where these tables were written.  In a copy of the database it tells of the other one.
CREATE TABLE aksara.task_home (
	database bigint NOT NULL
);
COMMENT ON TABLE aksara.task_home IS 'the database that runs these tasks, by its oid; a copy has another and is paused (resume_all)';
INSERT INTO aksara.task_home (database)
SELECT d.oid::bigint FROM pg_catalog.pg_database d WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database();

CREATE SEQUENCE aksara.task_id;
COMMENT ON SEQUENCE aksara.task_id IS 'numbers of tasks';

-- Due now, in the order in which they start.
CREATE TABLE aksara.task_due (
	id bigint PRIMARY KEY,
	role regrole NOT NULL,
	queue text COLLATE "C" NOT NULL,
	rank double precision NOT NULL,
	priority smallint NOT NULL,
	run_at timestamptz NOT NULL,
	task text NOT NULL,
	args jsonb NOT NULL,
	attempts smallint NOT NULL,
	max_attempts smallint NOT NULL,
	timeout interval,
	enqueued_at timestamptz NOT NULL,
	group_key text COLLATE "C",
	key text COLLATE "C",
	crashes smallint NOT NULL
);
CREATE INDEX task_due_rank_idx ON aksara.task_due (role, queue, rank, id);
CREATE INDEX task_due_group_idx ON aksara.task_due (role, queue, group_key, rank, id) WHERE group_key IS NOT NULL;
COMMENT ON TABLE aksara.task_due IS 'tasks that are due: the lock on its row is the claim';

CREATE TABLE aksara.task_later (LIKE aksara.task_due INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (id));
CREATE INDEX task_later_run_at_idx ON aksara.task_later (run_at);
CREATE INDEX task_later_group_idx ON aksara.task_later (queue, group_key) WHERE group_key IS NOT NULL;
COMMENT ON TABLE aksara.task_later IS 'tasks that are due later';

CREATE TABLE aksara.task_blocked (LIKE aksara.task_due INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (id));
COMMENT ON TABLE aksara.task_blocked IS 'tasks that wait for others';

CREATE TABLE aksara.task_dependency (
	child bigint NOT NULL,
	parent bigint NOT NULL,
	on_failure text NOT NULL,
	PRIMARY KEY (child, parent)
);
CREATE INDEX task_dependency_parent_idx ON aksara.task_dependency (parent);
COMMENT ON TABLE aksara.task_dependency IS 'which task waits for which, and what becomes of it when that one fails: cancel, run, hold';

-- At most two live tasks have a key: one that runs, and one that waits for it.
CREATE TABLE aksara.task_key (
	role regrole NOT NULL,
	key text COLLATE "C" NOT NULL,
	slot smallint NOT NULL,
	id bigint NOT NULL,
	PRIMARY KEY (role, key, slot)
);
CREATE INDEX task_key_id_idx ON aksara.task_key (id);
COMMENT ON TABLE aksara.task_key IS 'live tasks by the keys they were enqueued with';

-- A number may stand there more than once, so that nobody who cancels waits for another.
CREATE TABLE aksara.task_cancel (
	id bigint NOT NULL
);
CREATE INDEX task_cancel_id_idx ON aksara.task_cancel (id);
COMMENT ON TABLE aksara.task_cancel IS 'running tasks that somebody has asked to be cancelled';

CREATE TABLE aksara.task_history (
	id bigint NOT NULL,
	attempt smallint NOT NULL,
	state text NOT NULL,
	role regrole NOT NULL,
	queue text COLLATE "C" NOT NULL,
	priority smallint NOT NULL,
	task text NOT NULL,
	args jsonb NOT NULL,
	max_attempts smallint NOT NULL,
	timeout interval,
	group_key text COLLATE "C",
	enqueued_at timestamptz NOT NULL,
	started_at timestamptz,
	finished_at timestamptz NOT NULL,
	worker text,
	result jsonb,
	error json
) PARTITION BY RANGE (finished_at);
CREATE INDEX task_history_id_idx ON aksara.task_history (id);
CREATE INDEX task_history_finished_idx ON aksara.task_history USING brin (finished_at);
COMMENT ON TABLE aksara.task_history IS 'attempts that ended, one row each: completed, retried, failed, cancelled';
-- Days have partitions of their own, which are made ahead and dropped; this one holds what is of none.
CREATE TABLE aksara.task_history_other PARTITION OF aksara.task_history DEFAULT;
COMMENT ON TABLE aksara.task_history_other IS 'attempts that ended on days without a table of their own';

CREATE TYPE aksara.task_run AS (
	id bigint,
	task text,
	queue text,
	args jsonb,
	attempt integer,
	max_attempts integer,
	enqueued_at timestamptz
);
COMMENT ON TYPE aksara.task_run IS 'what a handler of a task may be told: which task, with what, and the how manieth attempt it is';

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
