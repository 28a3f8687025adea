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
		run_at timestamptz DEFAULT NULL, delay interval DEFAULT NULL, max_attempts integer DEFAULT NULL, timeout interval DEFAULT NULL,
		key text DEFAULT NULL, on_conflict text DEFAULT 'keep', scope text DEFAULT 'live', group_key text DEFAULT NULL,
		depends_on bigint[] DEFAULT NULL, on_parent_failure text DEFAULT 'cancel')
	RETURNS bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_enqueue';
COMMENT ON FUNCTION aksara.enqueue(text, aksara.doc, text, integer, timestamptz, interval, integer, interval, text, text, text, text, bigint[], text) IS 'has a task run once the transaction has committed, as the current role; returns its number, or that of the task that has its key';

CREATE OR REPLACE FUNCTION aksara.enqueue_many(tasks aksara.doc)
	RETURNS SETOF bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_enqueue_many';
COMMENT ON FUNCTION aksara.enqueue_many(aksara.doc) IS 'enqueues a list of tasks, documents whose members are the arguments of enqueue, all or none; returns their numbers in order';

CREATE OR REPLACE FUNCTION aksara.on_commit(task text, args aksara.doc DEFAULT '{}')
	RETURNS bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_on_commit';
COMMENT ON FUNCTION aksara.on_commit(text, aksara.doc) IS 'enqueues a task, by another name';

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

CREATE OR REPLACE FUNCTION aksara.configure_queue(queue text, max_running integer DEFAULT NULL, group_limit integer DEFAULT NULL,
		rate integer DEFAULT NULL, period interval DEFAULT NULL, burst integer DEFAULT NULL, aging double precision DEFAULT NULL)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_configure_queue';
COMMENT ON FUNCTION aksara.configure_queue(text, integer, integer, integer, interval, integer, double precision) IS 'says how many tasks of a queue run at once, of one group of it, and start in a period; what is NULL stays, 0 is no limit';
REVOKE ALL ON FUNCTION aksara.configure_queue(text, integer, integer, integer, interval, integer, double precision) FROM PUBLIC;

CREATE OR REPLACE FUNCTION aksara.resume_all()
	RETURNS boolean LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_resume_all';
COMMENT ON FUNCTION aksara.resume_all() IS 'lets the tasks of a database run that is a copy of another; false where they were not paused';
CREATE OR REPLACE FUNCTION aksara.maintain_tasks()
	RETURNS boolean LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_maintain';
COMMENT ON FUNCTION aksara.maintain_tasks() IS 'makes days of the history, drops those that are too old, ends tasks whose role is gone, as the server does now and then; false where a lock was not free';
REVOKE ALL ON FUNCTION aksara.resume_all(), aksara.maintain_tasks() FROM PUBLIC;

CREATE OR REPLACE VIEW aksara.queues AS
	SELECT q.name, q.paused, q.max_running, q.group_limit, q.rate, q.period, q.burst, q.aging FROM aksara.task_queue q;
COMMENT ON VIEW aksara.queues IS 'queues and their limits: configure_queue, pause_queue';
GRANT SELECT ON aksara.queues TO PUBLIC;

CREATE OR REPLACE FUNCTION aksara.retry_all(queue text DEFAULT NULL, task text DEFAULT NULL, state text DEFAULT 'failed')
	RETURNS bigint LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_retry_all';
COMMENT ON FUNCTION aksara.retry_all(text, text, text) IS 'the same for all tasks of the current role that failed (or were cancelled), of a queue, of a name; returns how many';

CREATE OR REPLACE FUNCTION aksara.progress(done integer, total integer DEFAULT NULL, note text DEFAULT NULL)
	RETURNS void LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_progress';
COMMENT ON FUNCTION aksara.progress(integer, integer, text) IS 'lets the task that runs say how far it is, for others to see at once';

CREATE OR REPLACE FUNCTION aksara.running_tasks(OUT id bigint, OUT pid integer, OUT started_at timestamptz, OUT progress json)
	RETURNS SETOF record LANGUAGE C VOLATILE PARALLEL UNSAFE ROWS 10 AS 'MODULE_PATHNAME', 'ak_task_running_tasks';
COMMENT ON FUNCTION aksara.running_tasks() IS 'tasks of roles that the current one may act as, that run at this moment';

-- A barrier alone does not hold where the view itself is a union: its parts would be pulled up.
CREATE OR REPLACE VIEW aksara.tasks WITH (security_barrier) AS
	SELECT t.id, t.task, t.queue, t.state, t.priority, pg_catalog.pg_get_userbyid(t.role) AS role, t.args, t.attempts, t.max_attempts, t.run_at,
		t.enqueued_at, t.started_at, t.finished_at, t.group_key, t.key, t.progress, t.result, t.error
	FROM (SELECT d.id, d.task, d.queue, CASE WHEN r.id IS NOT NULL THEN 'running' WHEN d.blocked THEN 'blocked'
			WHEN d.run_at OPERATOR(pg_catalog.<=) pg_catalog.clock_timestamp() THEN 'due' ELSE 'waiting' END AS state,
			d.priority, d.role, d.args, d.attempts, d.max_attempts, d.run_at, d.enqueued_at, r.started_at,
			NULL::timestamptz AS finished_at, d.group_key, d.key, r.progress, NULL::jsonb AS result, NULL::json AS error
		FROM (SELECT *, false AS blocked FROM aksara.task_due UNION ALL SELECT *, false FROM aksara.task_later
				UNION ALL SELECT *, true FROM aksara.task_blocked) d
			LEFT JOIN aksara.running_tasks() r ON r.id OPERATOR(pg_catalog.=) d.id
		UNION ALL
		SELECT h.id, h.task, h.queue, h.state, h.priority, h.role, h.args, h.attempt, h.max_attempts, NULL::timestamptz, h.enqueued_at,
			h.started_at, h.finished_at, h.group_key, NULL::text, NULL::json, h.result, h.error
		FROM aksara.task_history h
		WHERE h.state OPERATOR(pg_catalog.<>) 'retried') t
	WHERE pg_catalog.pg_has_role(t.role, 'USAGE');
COMMENT ON VIEW aksara.tasks IS 'tasks of roles that the current one may act as: those that wait or run, and how each that ended did';
GRANT SELECT ON aksara.tasks TO PUBLIC;

CREATE OR REPLACE FUNCTION aksara.get_task(id bigint)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_get_task';
COMMENT ON FUNCTION aksara.get_task(bigint) IS 'a task as aksara.tasks has it';

CREATE OR REPLACE FUNCTION aksara.await_task(id bigint, timeout interval DEFAULT NULL)
	RETURNS json LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_await_task';
COMMENT ON FUNCTION aksara.await_task(bigint, interval) IS 'waits until a task has ended, and gives it as get_task does; NULL when it did not in that time';

CREATE OR REPLACE FUNCTION aksara.why(id bigint)
	RETURNS text LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'ak_task_why';
COMMENT ON FUNCTION aksara.why(bigint) IS 'says what a task is waiting for, or what became of it';

CREATE OR REPLACE FUNCTION aksara.task_stats(OUT queue text, OUT state text, OUT tasks bigint, OUT oldest timestamptz)
	RETURNS SETOF record LANGUAGE sql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp
	AS $$SELECT t.queue, t.state, pg_catalog.count(*), pg_catalog.min(coalesce(t.finished_at, t.started_at, t.run_at)) FROM aksara.tasks t GROUP BY t.queue, t.state ORDER BY t.queue, t.state$$;
COMMENT ON FUNCTION aksara.task_stats() IS 'tasks of roles that the current one may act as, by queue and state, and the time of the oldest';
