-- Tasks: what they are called, where they wait, and what became of them.
-- Two narrow tables hold what is live; a finished attempt is a row that never
-- changes.  Rows are written by constant statements as the extension's owner.

CREATE TABLE aksara.task_definition (
	name text PRIMARY KEY,
	role regrole NOT NULL,
	handler text NOT NULL,
	options json NOT NULL
);
COMMENT ON TABLE aksara.task_definition IS 'tasks by name: the function that is called, and how it is repeated (register_task)';

CREATE TABLE aksara.task_queue (
	name text COLLATE "C" PRIMARY KEY,
	paused boolean NOT NULL DEFAULT false,
	aging double precision NOT NULL DEFAULT 60,
	max_running integer,
	group_limit integer NOT NULL DEFAULT 1,
	rate integer,
	period interval,
	burst integer NOT NULL DEFAULT 1
);
COMMENT ON TABLE aksara.task_queue IS 'queues that were used, and how many of their tasks may run at once (max_running, of one group group_limit) or start in a period (rate); aging: how many seconds of waiting a level of priority is worth, 0: priority alone counts';

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

CREATE TABLE aksara.task_cancel (
	id bigint PRIMARY KEY
);
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
);
CREATE INDEX task_history_id_idx ON aksara.task_history (id);
CREATE INDEX task_history_finished_idx ON aksara.task_history (finished_at);
COMMENT ON TABLE aksara.task_history IS 'attempts that ended, one row each: completed, retried, failed, cancelled';

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
