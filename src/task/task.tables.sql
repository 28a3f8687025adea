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
