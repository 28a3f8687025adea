-- What nobody may see, and nobody may do, whatever he tries.
\set VERBOSITY terse
CREATE ROLE regress_alice;
CREATE ROLE regress_mallory;
CREATE SCHEMA attack;
GRANT ALL ON SCHEMA attack TO PUBLIC;
CREATE FUNCTION attack.nothing(args jsonb) RETURNS void LANGUAGE sql AS '';
SELECT aksara.register_task('attack.nothing', 'attack.nothing');
CREATE FUNCTION attack.enqueue(queue text DEFAULT NULL, key text DEFAULT NULL, on_conflict text DEFAULT 'keep', delay interval DEFAULT NULL)
	RETURNS void LANGUAGE sql AS
	$$SELECT aksara.enqueue('attack.nothing', '{"secret": "of alice"}', queue => $1, key => $2, on_conflict => $3, delay => $4)$$;

-- ---- Others' tasks are not shown to a cheap function before it is asked whose they are ----

SET ROLE regress_alice;
SELECT attack.enqueue();
SELECT attack.enqueue(delay => '1 hour');
SET ROLE regress_mallory;
CREATE FUNCTION attack.peek(args jsonb) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS
	$$BEGIN RAISE NOTICE 'seen: %', args; RETURN true; END$$;
SELECT count(*) FROM aksara.tasks WHERE attack.peek(args);
RESET ROLE;
CALL aksara.run_tasks();
SET ROLE regress_alice;
CALL aksara.run_tasks();
SET ROLE regress_mallory;
SELECT count(*) FROM aksara.tasks WHERE attack.peek(args);
RESET ROLE;
SET ROLE regress_alice;
SELECT state, attack.peek(args) FROM aksara.tasks ORDER BY id;
RESET ROLE;

-- ---- A transaction that is read only writes nothing, nor takes anything out ----

SET ROLE regress_alice;
SELECT attack.enqueue(key => 'k', delay => '1 hour');
BEGIN READ ONLY;
SELECT attack.enqueue();
ROLLBACK;
BEGIN READ ONLY;
SELECT attack.enqueue(key => 'k', on_conflict => 'reset');
ROLLBACK;
BEGIN READ ONLY;
SELECT attack.enqueue(key => 'k', on_conflict => 'replace');
ROLLBACK;
BEGIN READ ONLY;
SELECT aksara.cancel(id) FROM aksara.tasks WHERE key = 'k';
ROLLBACK;
SELECT state FROM aksara.tasks WHERE key = 'k';
RESET ROLE;

-- ---- A body that says it was cancelled, when nobody did that, has failed ----

CREATE FUNCTION attack.lies(args jsonb) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN RAISE EXCEPTION USING ERRCODE = args ->> 'code', MESSAGE = 'canceling statement due to user request'; END$$;
SELECT aksara.register_task('attack.lies', 'attack.lies', max_attempts => 1);
SET ROLE regress_alice;
SELECT aksara.enqueue('attack.lies', '{"code": "57014"}') > 0, aksara.enqueue('attack.lies', '{"code": "57P01"}') > 0;
CALL aksara.run_tasks();
SELECT state, error ->> 'sqlstate' AS sqlstate FROM aksara.tasks WHERE task = 'attack.lies' ORDER BY id;
RESET ROLE;

-- ---- Queues have names ----

SELECT aksara.pause_queue('');
SELECT aksara.configure_queue(repeat('q', 256), max_running => 1);

-- ---- A session that worked on a queue with a rate leaves it to others at its end ----

SELECT aksara.configure_queue('attack.slow', rate => 1000, burst => 1);
SET ROLE regress_alice;
SELECT attack.enqueue('attack.slow');
CALL aksara.run_tasks('attack.slow');
RESET ROLE;
SELECT pg_backend_pid() AS before \gset
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 23 AND pid = :before;
\c
SELECT set_config('attack.before', :'before', false) IS NOT NULL AS said;
DO $$BEGIN
	WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = current_setting('attack.before')::integer) LOOP
		PERFORM pg_sleep(0.01);
		PERFORM pg_stat_clear_snapshot();
	END LOOP;
END$$;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 23;

DELETE FROM aksara.task_due WHERE task LIKE 'attack.%';
DELETE FROM aksara.task_later WHERE task LIKE 'attack.%';
DELETE FROM aksara.task_history WHERE task LIKE 'attack.%';
DELETE FROM aksara.task_key WHERE key = 'k';
DELETE FROM aksara.task_queue WHERE name = 'attack.slow';
SELECT aksara.unregister_task('attack.nothing'), aksara.unregister_task('attack.lies');
\set VERBOSITY terse
SET client_min_messages = warning;
DROP SCHEMA attack CASCADE;
DROP ROLE regress_alice, regress_mallory;
