-- By hand: a queue of pgmq's kind, and a table with the columns and indexes that a task of ours has.
CREATE TABLE queue (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	read_count int NOT NULL DEFAULT 0,
	enqueued_at timestamptz NOT NULL DEFAULT now(),
	visible_at timestamptz NOT NULL DEFAULT now(),
	message jsonb
);
CREATE INDEX ON queue (visible_at);

CREATE SEQUENCE task_id;
CREATE TABLE tasks (
	id bigint PRIMARY KEY DEFAULT nextval('task_id'),
	role regrole NOT NULL,
	queue text NOT NULL,
	rank double precision NOT NULL,
	priority smallint NOT NULL,
	run_at timestamptz NOT NULL,
	task text NOT NULL,
	args jsonb NOT NULL,
	attempts smallint NOT NULL,
	max_attempts smallint NOT NULL,
	timeout interval,
	enqueued_at timestamptz NOT NULL
);
CREATE INDEX ON tasks (role, queue, rank, id);
