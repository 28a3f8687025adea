-- Tasks that wait for others, and those who wait for tasks.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA taskdep;
SET search_path = taskdep;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION say(args jsonb) RETURNS jsonb LANGUAGE sql AS $$INSERT INTO taskdep.heard (what) VALUES (args ->> 'what') RETURNING to_jsonb(what)$$;
CREATE FUNCTION fail(args jsonb) RETURNS void LANGUAGE plpgsql AS $$BEGIN IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'task_mended') THEN RAISE 'no'; END IF; END$$;
SELECT aksara.register_task('say', 'taskdep.say'), aksara.register_task('fail', 'taskdep.fail', max_attempts => 1);
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
-- A task starts when all it waits for have completed.
SELECT aksara.enqueue('say', '{"what": "first"}') AS first \gset
SELECT aksara.enqueue('say', '{"what": "second"}', delay => '1 hour') AS second \gset
SELECT aksara.enqueue('say', '{"what": "both"}', depends_on => ARRAY[:first, :second, :first]) AS both \gset
SELECT aksara.enqueue('say', '{"what": "after both"}', depends_on => ARRAY[:both]) AS after \gset
SELECT state FROM aksara.tasks WHERE id IN (:both, :after);
SELECT replace(replace(aksara.why(:both), :'first', 'A'), :'second', 'B');
CALL aksara.run_tasks();
SELECT * FROM heard();
SELECT replace(aksara.why(:both), :'second', 'B');
UPDATE aksara.task_later SET run_at = now() WHERE id = :second;
CALL aksara.run_tasks();
SELECT * FROM heard();
SELECT count(*) FROM aksara.task_dependency;
SELECT aksara.get_task(:after) ->> 'state', aksara.get_task(:after) -> 'result';
-- One that has completed is waited for no more.
SELECT aksara.enqueue('say', '{"what": "at once"}', depends_on => ARRAY[:both]) AS once \gset
SELECT state FROM aksara.tasks WHERE id = :once;
CALL aksara.run_tasks();
SELECT * FROM heard();
-- When one fails: those who wait for it are cancelled, and who waits for them; or they run; or they wait until it is retried.
SELECT aksara.enqueue('fail') AS failing \gset
SELECT aksara.enqueue('say', '{"what": "cancelled"}', depends_on => ARRAY[:failing]) AS cancelled \gset
SELECT aksara.enqueue('say', '{"what": "cancelled, too"}', depends_on => ARRAY[:cancelled]) AS cancelled2 \gset
SELECT aksara.enqueue('say', '{"what": "runs"}', depends_on => ARRAY[:failing], on_parent_failure => 'run') AS runs \gset
SELECT aksara.enqueue('say', '{"what": "held"}', depends_on => ARRAY[:failing], on_parent_failure => 'hold') AS held \gset
CALL aksara.run_tasks();
SELECT * FROM heard();
SELECT state, replace(error ->> 'message', :'failing', 'A') FROM aksara.tasks WHERE id = :cancelled;
SELECT state, replace(error ->> 'message', :'cancelled', 'B') FROM aksara.tasks WHERE id = :cancelled2;
SELECT state FROM aksara.tasks WHERE id = :held;
CREATE TABLE task_mended ();
SELECT aksara.retry(:failing);
CALL aksara.run_tasks();
SELECT * FROM heard();
SELECT state FROM aksara.tasks WHERE id = :failing;
SELECT count(*) FROM aksara.task_history WHERE id = :failing AND state <> 'retried';
SELECT aksara.retry(:failing);
DROP TABLE task_mended;
-- One that had failed before.
SELECT aksara.enqueue('fail') AS failed \gset
CALL aksara.run_tasks();
SELECT aksara.enqueue('say', '{"what": "never"}', depends_on => ARRAY[:failed]) AS never \gset
SELECT aksara.enqueue('say', '{"what": "anyway"}', depends_on => ARRAY[:failed], on_parent_failure => 'run') AS anyway \gset
CALL aksara.run_tasks();
SELECT * FROM heard();
SELECT state FROM aksara.tasks WHERE id = :never;
-- One that is cancelled has failed, too.
SELECT aksara.enqueue('say', '{"what": "x"}', delay => '1 hour') AS parent \gset
SELECT aksara.enqueue('say', '{"what": "y"}', depends_on => ARRAY[:parent]) AS child \gset
SELECT aksara.cancel(:parent);
CALL aksara.run_tasks();
SELECT state FROM aksara.tasks WHERE id = :child;
-- A child that is cancelled waits for nothing.
SELECT aksara.enqueue('say', '{"what": "x"}', delay => '1 hour') AS parent \gset
SELECT aksara.enqueue('say', '{"what": "y"}', depends_on => ARRAY[:parent]) AS child \gset
SELECT aksara.cancel(:child), aksara.cancel(:parent);
SELECT count(*) FROM aksara.task_dependency;
SELECT count(*) FROM aksara.task_blocked;
-- A fan-in of many, and a chain, in one call.
BEGIN;
CREATE TEMP TABLE parents AS SELECT aksara.enqueue('say', '{"what": "parent"}') id FROM generate_series(1, 100);
SELECT aksara.enqueue('say', '{"what": "join"}', depends_on => (SELECT array_agg(id) FROM parents)) AS fan_in \gset
DO $$DECLARE last bigint := aksara.enqueue('say', '{"what": "link 0"}');
BEGIN FOR i IN 1 .. 40 LOOP last := aksara.enqueue('say', jsonb_build_object('what', 'link ' || i), depends_on => ARRAY[last]); END LOOP; END$$;
COMMIT;
CALL aksara.run_tasks();
SELECT what, count(*), max(n) = (SELECT max(n) FROM heard WHERE what IN ('parent', 'join')) FROM heard WHERE what IN ('parent', 'join') GROUP BY what ORDER BY what;
SELECT count(*), array_agg(what ORDER BY n) = array_agg(what ORDER BY substr(what, 6)::int) FROM heard WHERE what LIKE 'link%';
DELETE FROM heard;
-- A transaction that is rolled back, a savepoint.
SELECT aksara.enqueue('say', '{"what": "x"}', delay => '1 hour') AS parent \gset
BEGIN; SELECT aksara.enqueue('say', depends_on => ARRAY[:parent]) IS NOT NULL; ROLLBACK;
BEGIN; SAVEPOINT a; SELECT aksara.enqueue('say', depends_on => ARRAY[:parent]) IS NOT NULL; ROLLBACK TO a; COMMIT;
SELECT count(*) FROM aksara.task_dependency;
-- Errors.
SELECT said('SELECT aksara.enqueue(''say'', depends_on => ARRAY[1, NULL])');
SELECT said('SELECT aksara.enqueue(''say'', depends_on => ARRAY[0])');
SELECT said('SELECT aksara.enqueue(''say'', on_parent_failure => ''explode'')');
CREATE ROLE regress_taskdep;
GRANT USAGE ON SCHEMA taskdep TO regress_taskdep;
SET ROLE regress_taskdep;
SELECT replace(said(format('SELECT aksara.enqueue(''say'', depends_on => ARRAY[%s])', :'parent')), :'parent', 'A');
SELECT replace(said(format('SELECT aksara.why(%s)', :'parent')), :'parent', 'A');
SELECT replace(said(format('SELECT aksara.get_task(%s)', :'parent')), :'parent', 'A');
SELECT replace(said(format('SELECT aksara.await_task(%s, ''1 ms'')', :'parent')), :'parent', 'A');
SELECT count(*) FROM aksara.tasks;
SELECT count(*) FROM aksara.task_stats();
RESET ROLE;
SELECT aksara.cancel(:parent);

-- Waiting for a task: the task, or NULL when it has not ended in time.
SELECT aksara.enqueue('say', '{"what": "waited for"}') AS id \gset
SELECT aksara.await_task(:id, '10 ms') IS NULL;
CALL aksara.run_tasks();
SELECT aksara.await_task(:id, '10 s') ->> 'state', aksara.await_task(:id) ->> 'result';
SELECT aksara.enqueue('fail') AS id \gset
CALL aksara.run_tasks();
SELECT aksara.await_task(:id) ->> 'state', aksara.await_task(:id) -> 'error' ->> 'message';
BEGIN;
SELECT aksara.enqueue('say') AS own \gset
SELECT replace(said(format('SELECT aksara.await_task(%s)', :'own')), :'own', 'A');
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT said('SELECT aksara.await_task(1)'); ROLLBACK;
SELECT said('SELECT aksara.await_task(NULL)'), said('SELECT aksara.await_task(0)'), said('SELECT aksara.get_task(NULL)'), said('SELECT aksara.get_task(0)');
SELECT said('SELECT aksara.why(NULL)'), said('SELECT aksara.why(0)');

-- Why a task does not run.
SELECT aksara.why(:id);
SELECT aksara.enqueue('say', '{"what": "later"}', run_at => '2100-01-01 00:00:00+00') AS id \gset
SET timezone = 'UTC'; SET datestyle = 'ISO';
SELECT aksara.why(:id), aksara.cancel(:id);
SELECT aksara.enqueue('say', '{"what": "paused"}', queue => 'taskdep_paused') AS id \gset
SELECT aksara.pause_queue('taskdep_paused');
SELECT aksara.why(:id);
SELECT aksara.resume_queue('taskdep_paused');
SELECT aksara.why(:id) LIKE '%superuser%' OR aksara.why(:id) LIKE 'nobody is known to work%';
SELECT aksara.cancel(:id);
SELECT aksara.why(:id);
SELECT aksara.register_task('fail', 'taskdep.fail', max_attempts => 2, retry_delay => 3600);
SELECT aksara.enqueue('fail') AS id \gset
CALL aksara.run_tasks();
SELECT regexp_replace(aksara.why(:id), ' at .*', '');
SELECT aksara.cancel(:id);
SELECT aksara.enqueue('say') AS id \gset
SELECT aksara.unregister_task('say');
SELECT aksara.why(:id), aksara.cancel(:id);

-- Those that failed, once more.
SELECT aksara.register_task('fail', 'taskdep.fail', max_attempts => 1), aksara.register_task('say', 'taskdep.say');
SELECT count(aksara.enqueue('fail', queue => 'taskdep_retry')) FROM generate_series(1, 3);
CALL aksara.run_tasks('taskdep_retry');
SELECT tasks, state FROM aksara.task_stats() WHERE queue = 'taskdep_retry';
SELECT aksara.retry_all('taskdep_retry', 'say'), aksara.retry_all('taskdep_retry');
SELECT tasks, state FROM aksara.task_stats() WHERE queue = 'taskdep_retry';
CALL aksara.run_tasks('taskdep_retry');
SELECT tasks, state FROM aksara.task_stats() WHERE queue = 'taskdep_retry';
SELECT said('SELECT aksara.retry_all(state => ''completed'')'), said('SELECT aksara.retry_all(state => NULL)');
-- Progress is told by tasks that run; elsewhere nobody listens.
SELECT aksara.progress(1, 2, 'half'), said('SELECT aksara.progress(NULL)'), said('SELECT aksara.progress(-1)'), said('SELECT aksara.progress(1, -1)');
SELECT count(*) FROM aksara.running_tasks();

\set ECHO none
SET client_min_messages = warning;
\o /dev/null
SELECT aksara.unregister_task('say'), aksara.unregister_task('fail');
DELETE FROM aksara.task_history;
DELETE FROM aksara.task_queue WHERE name LIKE 'taskdep%';
DROP SCHEMA taskdep CASCADE;
DROP ROLE regress_taskdep;
