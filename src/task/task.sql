-- Work that commits with the data it belongs to.

CREATE OR REPLACE FUNCTION aksara.register_task(name text, handler text, queue text DEFAULT 'default', priority integer DEFAULT 0,
		max_attempts integer DEFAULT 3, timeout interval DEFAULT NULL, retry_delay double precision DEFAULT 5,
		retry_base double precision DEFAULT 2, retry_max double precision DEFAULT 3600, batchable boolean DEFAULT true,
		group_on_error text DEFAULT 'block')
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_register';
COMMENT ON FUNCTION aksara.register_task(text, text, text, integer, integer, interval, double precision, double precision, double precision, boolean, text) IS 'gives a function a name as a task, and says how it is repeated when it fails (delays in seconds)';

CREATE OR REPLACE FUNCTION aksara.unregister_task(name text)
	RETURNS boolean LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_unregister';
COMMENT ON FUNCTION aksara.unregister_task(text) IS 'forgets a task''s name; false when it was none';

CREATE OR REPLACE FUNCTION aksara.enqueue(task text, args aksara.doc DEFAULT '{}', queue text DEFAULT NULL, priority integer DEFAULT NULL,
		run_at timestamptz DEFAULT NULL, delay interval DEFAULT NULL, max_attempts integer DEFAULT NULL, timeout interval DEFAULT NULL)
	RETURNS bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_enqueue';
COMMENT ON FUNCTION aksara.enqueue(text, aksara.doc, text, integer, timestamptz, interval, integer, interval) IS 'has a task run once the transaction has committed, as the current role; returns its number';

CREATE OR REPLACE PROCEDURE aksara.run_tasks(queue text DEFAULT NULL, most bigint DEFAULT NULL, INOUT done bigint DEFAULT NULL)
	LANGUAGE C AS 'MODULE_PATHNAME', 'ak_task_run_tasks';
COMMENT ON PROCEDURE aksara.run_tasks(text, bigint, bigint) IS 'runs the current role''s tasks that are due, each in a transaction of its own, until there are none';

CREATE OR REPLACE FUNCTION aksara.start_workers(count integer DEFAULT 1)
	RETURNS integer LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_start_workers';
COMMENT ON FUNCTION aksara.start_workers(integer) IS 'starts background workers that run the current role''s tasks in this database';
REVOKE ALL ON FUNCTION aksara.start_workers(integer) FROM PUBLIC;

CREATE OR REPLACE FUNCTION aksara.cancel(id bigint)
	RETURNS text LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_cancel';
COMMENT ON FUNCTION aksara.cancel(bigint) IS 'takes a task back that waits, or asks for one that runs to be stopped: cancelled, requested or finished; never waits';

CREATE OR REPLACE FUNCTION aksara.retry(id bigint)
	RETURNS boolean LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_retry';
COMMENT ON FUNCTION aksara.retry(bigint) IS 'has a task that failed or was cancelled run again, with all its attempts; false where it is neither';

CREATE OR REPLACE FUNCTION aksara.purge(older_than interval, states text[] DEFAULT '{completed}')
	RETURNS bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_purge';
COMMENT ON FUNCTION aksara.purge(interval, text[]) IS 'forgets attempts of the current role that ended before';

CREATE OR REPLACE FUNCTION aksara.pause_queue(queue text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_pause_queue';
COMMENT ON FUNCTION aksara.pause_queue(text) IS 'starts no more tasks of a queue';

CREATE OR REPLACE FUNCTION aksara.resume_queue(queue text)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_resume_queue';
COMMENT ON FUNCTION aksara.resume_queue(text) IS 'starts tasks of a queue again';
REVOKE ALL ON FUNCTION aksara.pause_queue(text), aksara.resume_queue(text) FROM PUBLIC;

CREATE OR REPLACE VIEW aksara.tasks AS
	SELECT d.id, d.task, d.queue, CASE WHEN d.run_at OPERATOR(pg_catalog.<=) pg_catalog.clock_timestamp() THEN 'due' ELSE 'waiting' END AS state,
		d.priority, pg_catalog.pg_get_userbyid(d.role) AS role, d.args, d.attempts, d.max_attempts, d.run_at, d.enqueued_at, NULL::timestamptz AS finished_at,
		NULL::jsonb AS result, NULL::json AS error
	FROM (SELECT * FROM aksara.task_due UNION ALL SELECT * FROM aksara.task_later UNION ALL SELECT * FROM aksara.task_blocked) d
	WHERE pg_catalog.pg_has_role(d.role, 'USAGE')
	UNION ALL
	SELECT h.id, h.task, h.queue, h.state, h.priority, pg_catalog.pg_get_userbyid(h.role), h.args, h.attempt, h.max_attempts, h.started_at, h.enqueued_at,
		h.finished_at, h.result, h.error
	FROM aksara.task_history h
	WHERE h.state OPERATOR(pg_catalog.<>) 'retried' AND pg_catalog.pg_has_role(h.role, 'USAGE');
COMMENT ON VIEW aksara.tasks IS 'tasks of roles that the current one may act as: those that wait, and how each that ended did';
GRANT SELECT ON aksara.tasks TO PUBLIC;
