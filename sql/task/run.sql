-- Tasks: enqueued in the caller's transaction, run one by one, body and outcome in one commit.
CREATE SCHEMA tasks;
SET search_path = tasks;
\pset format unaligned
\pset tuples_only on

-- A task is a function with a name.
CREATE TABLE mails (id bigint GENERATED ALWAYS AS IDENTITY, address text NOT NULL, subject text);
CREATE FUNCTION send_welcome(args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO tasks.mails (address, subject) VALUES (args ->> 'address', 'Welcome');
	RETURN jsonb_build_object('sent', 1);
END $$;
SELECT aksara.register_task('send_welcome', 'send_welcome');

-- It is enqueued with the data it belongs to, or not at all.
BEGIN;
SELECT aksara.enqueue('send_welcome', '{"address": "nobody@example.com"}') > 0 AS enqueued;
ROLLBACK;
BEGIN;
SELECT aksara.enqueue('send_welcome', '{"address": "jane@example.com"}') AS jane \gset
SAVEPOINT one;
SELECT aksara.enqueue('send_welcome', '{"address": "nobody@example.com"}') > 0 AS enqueued;
ROLLBACK TO one;
SELECT aksara.enqueue('send_welcome', '{"address": "john@example.com"}') AS john \gset
SELECT count(*) FROM mails;
COMMIT;
SELECT task, state, attempts, args FROM aksara.tasks ORDER BY id;
CALL aksara.run_tasks();
SELECT address, subject FROM mails ORDER BY id;
SELECT task, state, attempts, result, error FROM aksara.tasks ORDER BY id;

-- Higher priority goes first, then what has been due longer; a level of priority is worth a minute of waiting.
CREATE TABLE started (id bigint GENERATED ALWAYS AS IDENTITY, name text);
CREATE FUNCTION note(args jsonb) RETURNS void LANGUAGE sql AS $$INSERT INTO tasks.started (name) VALUES (args ->> 'name')$$;
SELECT aksara.register_task('note', 'note', queue => 'notes');
SELECT count(aksara.enqueue('note', json_build_object('name', name), priority => priority, run_at => now() - age))
FROM (VALUES ('plain', 0, interval '0'), ('urgent', 1, '0'), ('waiting for 90 s', 0, '90 s'), ('least', -1, '0')) x (name, priority, age);
CALL aksara.run_tasks('notes', 2);
SELECT name FROM started ORDER BY id;
CALL aksara.run_tasks('notes');
SELECT name FROM started ORDER BY id;

-- What is due later waits.
SELECT aksara.enqueue('note', '{"name": "later"}', delay => '1 hour') AS later \gset
CALL aksara.run_tasks();
SELECT state FROM aksara.tasks WHERE id = :later;
SELECT aksara.retry(:later);

-- A body that fails leaves nothing but its error, and is tried again.
CREATE TABLE attempts (n int);
CREATE FUNCTION third_time(run aksara.task_run) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO tasks.attempts VALUES (run.attempt);
	IF run.attempt < 3 THEN
		RAISE EXCEPTION 'not yet' USING DETAIL = format('attempt %s of %s', run.attempt, run.max_attempts);
	END IF;
	RETURN 'at last';
END $$;
SELECT aksara.register_task('third_time', 'third_time', max_attempts => 3, retry_delay => 0);
SELECT aksara.enqueue('third_time') AS third \gset
CALL aksara.run_tasks();
SELECT n FROM attempts;
SELECT attempt, state, result, error ->> 'message' AS message, error ->> 'detail' AS detail FROM aksara.task_history WHERE id = :third ORDER BY attempt;
SELECT aksara.enqueue('third_time', max_attempts => 2) AS hopeless \gset
CALL aksara.run_tasks();
SELECT state, attempts, error ->> 'sqlstate' FROM aksara.tasks WHERE id = :hopeless;

-- Delays between attempts grow: 5, 10, 20, 40 seconds, an hour at most.
SELECT aksara.register_task('note', 'note', max_attempts => 20);
CREATE OR REPLACE FUNCTION note(args jsonb) RETURNS void LANGUAGE sql AS $$SELECT 1 / 0$$;
SELECT aksara.enqueue('note') AS slow \gset
CALL aksara.run_tasks();
SELECT state, round(extract(epoch FROM run_at - clock_timestamp())) FROM aksara.tasks WHERE id = :slow;

-- A body that takes too long is cancelled.
CREATE FUNCTION sleep() RETURNS void LANGUAGE sql AS $$SELECT pg_sleep(60)$$;
SELECT aksara.register_task('sleep', 'sleep', timeout => '50 ms', max_attempts => 1);
SELECT aksara.enqueue('sleep') AS sleep \gset
CALL aksara.run_tasks();
SELECT state, error ->> 'sqlstate' FROM aksara.tasks WHERE id = :sleep;

-- Who cancels the work itself ends it; the task is as it was.
SELECT aksara.register_task('sleep', 'sleep', timeout => '20 s');
SELECT aksara.enqueue('sleep') AS called_off \gset
SET statement_timeout = '100 ms';
CALL aksara.run_tasks();
RESET statement_timeout;
SELECT state, attempts FROM aksara.tasks WHERE id = :called_off;
SELECT aksara.cancel(:called_off);

-- What a body leaves deferred belongs to its own attempt.
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (parent int REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
CREATE FUNCTION orphan() RETURNS void LANGUAGE sql AS $$INSERT INTO tasks.children VALUES (1)$$;
SELECT aksara.register_task('orphan', 'orphan', max_attempts => 1);
SELECT aksara.enqueue('orphan') AS orphan \gset
CALL aksara.run_tasks();
SELECT state, error ->> 'sqlstate' FROM aksara.tasks WHERE id = :orphan;
SELECT count(*) FROM children;

-- Cancelling, and once more.
SELECT aksara.cancel(:later), aksara.cancel(:jane);
SELECT state FROM aksara.tasks WHERE id = :later;
SELECT aksara.retry(:later), aksara.retry(:jane);
SELECT state, attempts FROM aksara.tasks WHERE id = :later AND finished_at IS NULL;
SELECT aksara.cancel(:later);

-- A queue that is paused starts nothing.
SELECT aksara.pause_queue('default');
SELECT aksara.enqueue('send_welcome', '{"address": "paul@example.com"}') > 0;
CALL aksara.run_tasks();
SELECT aksara.resume_queue('default');
CALL aksara.run_tasks();

SELECT aksara.purge('0 s') > 0;
SELECT aksara.purge('0 s', '{failed,cancelled,retried}') > 0;
SELECT task, state FROM aksara.tasks ORDER BY id;
SELECT aksara.cancel(:slow);
SELECT count(aksara.purge('0 s', '{cancelled}'));

-- What is refused.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT aksara.enqueue('send_welcom');
SELECT aksara.enqueue(NULL);
SELECT aksara.enqueue('send_welcome', NULL);
SELECT aksara.enqueue('send_welcome', '[1]');
SELECT aksara.enqueue('send_welcome', delay => '-1 s');
SELECT aksara.enqueue('send_welcome', run_at => 'infinity');
SELECT aksara.enqueue('send_welcome', run_at => now(), delay => '1 s');
SELECT aksara.enqueue('send_welcome', priority => 40000);
SELECT aksara.enqueue('send_welcome', max_attempts => 0);
SELECT aksara.enqueue('send_welcome', timeout => '-1 s');
SELECT aksara.register_task('', 'note');
SELECT aksara.register_task('x', 'nothing');
SELECT aksara.register_task('x', 'note', max_attempts => 0);
SELECT aksara.register_task('x', 'note', retry_base => 0);
SELECT aksara.register_task('x', 'note', retry_delay => 'NaN');
SELECT aksara.register_task('x', 'note', timeout => '0');
SELECT aksara.cancel(0);
SELECT aksara.retry(0);
SELECT aksara.start_workers(0);
BEGIN;
CALL aksara.run_tasks();
ROLLBACK;

-- A handler that is gone is the failure of its tasks, and theirs alone.
SELECT aksara.register_task('orphan', 'orphan', max_attempts => 1);
SELECT aksara.enqueue('orphan') AS gone \gset
SELECT aksara.enqueue('send_welcome', '{"address": "george@example.com"}') AS george \gset
DROP FUNCTION orphan();
CALL aksara.run_tasks();
SELECT state, error ->> 'message' FROM aksara.tasks WHERE id IN (:gone, :george) ORDER BY id;
SELECT aksara.unregister_task('orphan'), aksara.unregister_task('orphan');

-- A task whose name is forgotten waits for it to come back, and spends no attempt.
SELECT aksara.enqueue('note') AS nameless \gset
SELECT aksara.unregister_task('note');
CALL aksara.run_tasks();
SELECT state, attempts FROM aksara.tasks WHERE id = :nameless;
SELECT aksara.cancel(:nameless);

SELECT count(aksara.unregister_task(name)) FROM unnest('{send_welcome,third_time,sleep}'::text[]) name;
SELECT count(aksara.purge('0 s', '{completed,failed,cancelled,retried}'));
\set VERBOSITY terse
DROP SCHEMA tasks CASCADE;
