-- The history by day, what is too old, tasks of roles that are gone, and definitions as a restore brings them.
CREATE ROLE regress_history_a;
CREATE ROLE regress_history_b;
CREATE SCHEMA history;
GRANT USAGE, CREATE ON SCHEMA history TO regress_history_a;
SET search_path = history;
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse

-- The days of the history but the first: how far from today (UTC), what they hold, and whether they are the extension's.
CREATE VIEW days AS
	SELECT to_date(right(c.relname, 8), 'YYYYMMDD') - (clock_timestamp() AT TIME ZONE 'UTC')::date AS day, c.relispartition AS attached,
		c.relowner = e.extowner AS owned, c.relacl, count(i.*) AS indexes, obj_description(c.oid, 'pg_class') IS NOT NULL AS described
	FROM pg_class c LEFT JOIN pg_index i ON i.indrelid = c.oid, pg_depend d, pg_extension e
	WHERE c.relnamespace = 'aksara'::regnamespace AND c.relname ~ '^task_history_[0-9]+$' AND d.objid = c.oid AND d.classid = 'pg_class'::regclass
		AND d.deptype = 'e' AND d.refobjid = e.oid AND e.extname = 'aksara'
	GROUP BY c.oid, c.relname, e.extowner;
CREATE FUNCTION name_of(day int) RETURNS text LANGUAGE sql AS
	$$SELECT 'task_history_' || to_char(clock_timestamp() AT TIME ZONE 'UTC' + day * interval '1 day', 'YYYYMMDD')$$;
CREATE FUNCTION ended(id bigint, ago interval) RETURNS void LANGUAGE sql AS $$
	INSERT INTO aksara.task_history (id, attempt, state, role, queue, priority, task, args, max_attempts, enqueued_at, finished_at)
	VALUES (-id, 1, 'completed', 'regress_history_a'::regrole, 'history', 0, 'history_old', '{}', 1, now() - ago, now() - ago)$$;

-- Days are made two ahead; made again they stay.
SELECT aksara.maintain_tasks();
SELECT * FROM days WHERE day > 0 ORDER BY day;
SELECT aksara.maintain_tasks();
SELECT * FROM days WHERE day > 0 ORDER BY day;

-- One that was taken off is put back, with its rows; a table that is nobody's is not taken, and an error says so.
SELECT ended(1, '-2 days');
SELECT name_of(2) AS name \gset
ALTER TABLE aksara.task_history DETACH PARTITION aksara.:name;
SELECT count(*) FROM aksara.tasks WHERE task = 'history_old';
SELECT aksara.maintain_tasks();
SELECT tableoid::regclass::text = 'aksara.' || name_of(2) FROM aksara.task_history WHERE id = -1;
ALTER TABLE aksara.task_history DETACH PARTITION aksara.:name;
ALTER EXTENSION aksara DROP TABLE aksara.:name;
DO $$BEGIN
	PERFORM aksara.maintain_tasks();
EXCEPTION WHEN duplicate_table THEN
	RAISE NOTICE '%', replace(SQLERRM, history.name_of(2), 'the day');
END$$;
DROP TABLE aksara.:name;
SELECT aksara.maintain_tasks();
SELECT count(*) FROM days WHERE day > 0;

-- What is older than a week goes: whole days by their tables, attached or not, and the rest row by row. The default is a week.
SHOW aksara.task_retention;
SELECT name_of(-9) AS old, name_of(-8) AS loose, name_of(-6) AS young,
	today - 9 || ' 00:00+00' AS first, today - 8 || ' 00:00+00' AS second, today - 6 || ' 00:00+00' AS third, today - 5 || ' 00:00+00' AS fourth
FROM (VALUES ((clock_timestamp() AT TIME ZONE 'UTC')::date)) t (today) \gset
CREATE TABLE aksara.:old PARTITION OF aksara.task_history FOR VALUES FROM (:'first') TO (:'second');
CREATE TABLE aksara.:young PARTITION OF aksara.task_history FOR VALUES FROM (:'third') TO (:'fourth');
CREATE TABLE aksara.:loose (LIKE aksara.task_history);
ALTER EXTENSION aksara ADD TABLE aksara.:old;
ALTER EXTENSION aksara ADD TABLE aksara.:young;
ALTER EXTENSION aksara ADD TABLE aksara.:loose;
SELECT count(*) FROM generate_series(10, 12) g, ended(g, '9 days');
SELECT count(*) FROM generate_series(1001, 3500) g, ended(g, '7 days 1 minute');
SELECT count(*) FROM generate_series(20, 21) g, ended(g, '6 days') a, ended(g + 10, '6 days 23 hours') b;
SELECT day, attached FROM days WHERE day < 0 ORDER BY day;
SELECT count(*), (SELECT count(*) FROM aksara.task_history_other WHERE id < -1000) FROM aksara.task_history WHERE id < -1;
SELECT aksara.maintain_tasks();
SELECT day, attached FROM days WHERE day < 0 ORDER BY day;
SELECT id FROM aksara.task_history WHERE id < -1 ORDER BY id;
ALTER TABLE aksara.task_history DETACH PARTITION aksara.:young;
ALTER EXTENSION aksara DROP TABLE aksara.:young;
DROP TABLE aksara.:young;
DELETE FROM aksara.task_history WHERE id < 0;

-- A task of a role that is gone has failed; those of others and those that are due later wait; its definition is as good as before.
SET ROLE regress_history_a;
CREATE FUNCTION who() RETURNS text LANGUAGE sql AS $$SELECT current_user$$;
SELECT aksara.register_task('history_who', 'who', queue => 'history');
RESET ROLE;
CREATE ROLE regress_history_gone;
GRANT USAGE ON SCHEMA history TO PUBLIC;
SET ROLE regress_history_gone;
SELECT aksara.register_task('history_gone', 'who', queue => 'history');
SELECT count(aksara.enqueue('history_who')) FROM generate_series(1, 250);
SELECT aksara.enqueue('history_who', delay => '1 hour') AS later \gset
SET ROLE regress_history_b;
SELECT aksara.enqueue('history_gone') AS other \gset
RESET ROLE;
SELECT 'regress_history_gone'::regrole::oid AS gone \gset
DROP ROLE regress_history_gone;
SELECT aksara.maintain_tasks();
SELECT state, count(*), error ->> 'sqlstate' AS sqlstate, error ->> 'message' = 'role ' || :gone || ' was dropped' AS message
FROM aksara.tasks WHERE queue = 'history' GROUP BY 1, 3, 4 ORDER BY 1;
SET ROLE regress_history_b;
CALL aksara.run_tasks('history');
SELECT state, result FROM aksara.tasks WHERE id = :other;
SELECT aksara.register_task('history_gone', 'who');
RESET ROLE;
SELECT aksara.register_task('history_gone', 'who', queue => 'history');
SELECT role = current_user FROM aksara.task_definition WHERE name = 'history_gone';
SELECT aksara.cancel(:later), aksara.unregister_task('history_gone');

-- A request to cancel what has ended is cleared away, one of a task that lives is not.
SELECT aksara.enqueue('history_who', delay => '1 hour') AS later \gset
INSERT INTO aksara.task_cancel VALUES (:later), (:other);
SELECT aksara.maintain_tasks();
SELECT count(*), min(id) = :later FROM aksara.task_cancel;
SELECT aksara.cancel(:later), aksara.maintain_tasks();
SELECT count(*) FROM aksara.task_cancel;

-- What definitions say of roles follows them.
ALTER ROLE regress_history_a RENAME TO regress_history_c;
SELECT aksara.maintain_tasks();
SELECT role FROM aksara.task_definition WHERE name = 'history_who';
CREATE ROLE regress_history_a;
SET ROLE regress_history_a;
SELECT aksara.unregister_task('history_who');
RESET ROLE;
DROP ROLE regress_history_a;
ALTER ROLE regress_history_c RENAME TO regress_history_a;

-- Definitions and queues as a restore brings them: of oneself, and well-formed.
GRANT regress_history_b TO regress_history_a;
SET ROLE regress_history_a;
INSERT INTO aksara.task_definition VALUES ('history_mine', 'regress_history_a', 'history.who', '{"queue": "history", "retry_delay": 1.5, "timeout": "PT5S"}'),
	('history_lent', 'regress_history_b', 'history.who', '{"queue": "history"}'), ('history_not_here', 'regress_history_a', 'history.nothing', '{"queue": "x"}');
SELECT aksara.enqueue('history_mine') > 0;
CALL aksara.run_tasks('history');
SELECT task, result FROM aksara.tasks WHERE task = 'history_mine';
SELECT aksara.enqueue('history_not_here');
INSERT INTO aksara.task_definition VALUES ('history_mine', 'regress_history_a', 'history.who', '{"queue": "history", "retry_delay": 1.5, "timeout": "PT5S"}');
INSERT INTO aksara.task_definition VALUES ('history_mine', 'regress_history_a', 'history.who', '{"queue": "other"}');
INSERT INTO aksara.task_definition SELECT 'history_super', rolname, 'history.who', '{"queue": "history"}' FROM pg_roles WHERE oid = 10;
INSERT INTO aksara.task_definition VALUES ('history_nobody', 'regress_history_nobody', 'history.who', '{"queue": "history"}');
SELECT name, role FROM aksara.task_definition WHERE name ~ '^history' ORDER BY name;
UPDATE aksara.task_definition SET role = 'regress_history_a';
DELETE FROM aksara.task_definition;
SELECT aksara.unregister_task('history_mine'), aksara.unregister_task('history_lent'), aksara.unregister_task('history_not_here');
CREATE FUNCTION try(name text, handler text, options json) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO aksara.task_definition VALUES (name, current_user, handler, options);
	RETURN 'admitted';
EXCEPTION WHEN others THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END$$;
SELECT try('', 'history.who', '{"queue": "q"}'), try('aksara.x', 'history.who', '{"queue": "q"}'), try('t', 'who', '{"queue": "q"}'),
	try('t', 'a.b.c', '{"queue": "q"}'), try('t', 'f(); DROP TABLE x', '{"queue": "q"}');
SELECT options, try('t', 'history.who', options::json) FROM unnest(ARRAY['[]', '{}', '{"queue": 1}', '{"queue": ""}', '{"queue": "q", "queue": "r"}',
	'{"queue": "q", "priority": 99999}', '{"queue": "q", "priority": 1.5}', '{"queue": "q", "max_attempts": 0}', '{"queue": "q", "retry_delay": -1}',
	'{"queue": "q", "retry_base": "2"}', '{"queue": "q", "retry_max": 1e99}', '{"queue": "q", "timeout": "x"}', '{"queue": "q", "timeout": "-1 s"}',
	'{"queue": "q", "timeout": 5}', '{"queue": "q", "batchable": 1}', '{"queue": "q", "group_on_error": "x"}']) options;
INSERT INTO aksara.task_queue (name) VALUES ('history_plain');
INSERT INTO aksara.task_queue (name, max_running) VALUES ('history_limited', 1);
INSERT INTO aksara.task_queue (name, paused) VALUES ('history_paused', true);
INSERT INTO aksara.task_queue (name) VALUES ('');
UPDATE aksara.task_queue SET paused = true;
RESET ROLE;
GRANT EXECUTE ON FUNCTION aksara.pause_queue(text) TO regress_history_a;
SET ROLE regress_history_a;
INSERT INTO aksara.task_queue (name, max_running, rate, period) VALUES ('history_limited', 1, 5, '1 min');
INSERT INTO aksara.task_queue (name, max_running) VALUES ('history_limited', 2);
INSERT INTO aksara.task_queue (name, rate, period) VALUES ('history_wrong', 5, '0 s');
INSERT INTO aksara.task_queue (name, burst) VALUES ('history_wrong', 0);
INSERT INTO aksara.task_queue (name, aging) VALUES ('history_wrong', 'NaN');
SELECT name, max_running, rate, period FROM aksara.queues WHERE name ~ '^history' ORDER BY name;
RESET ROLE;
REVOKE EXECUTE ON FUNCTION aksara.pause_queue(text) FROM regress_history_a;

-- A database that is no copy has nothing to resume; both are granted by name.
SELECT aksara.resume_all();
SET ROLE regress_history_a;
SELECT aksara.resume_all();
SELECT aksara.maintain_tasks();
SELECT * FROM aksara.task_home;
RESET ROLE;

-- In a copy nothing is claimed, and who asks for work is told so once; what was resumed runs.
SELECT count(aksara.enqueue('history_who')) FROM generate_series(1, 2);
UPDATE aksara.task_home SET database = database + 1;
\c
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
\set SHOW_CONTEXT never
CALL aksara.run_tasks('history');
CALL aksara.run_tasks('history');
SELECT aksara.resume_all(), aksara.resume_all();
CALL aksara.run_tasks('history');

SELECT aksara.unregister_task('history_who');
DELETE FROM aksara.task_history WHERE queue = 'history';
DELETE FROM aksara.task_queue WHERE name ~ '^history';
SET client_min_messages = warning;
DROP SCHEMA history CASCADE;
DROP ROLE regress_history_a, regress_history_b;
