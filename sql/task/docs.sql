-- docs/tasks.md: its examples, as they stand there. test/lint/examples.sh compares the two, and the answers. What would show a task's number is not shown.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA taskdocs;
SET search_path = taskdocs;
\pset format unaligned
\pset tuples_only on
DELETE FROM aksara.task_history;

SELECT aksara.create_model('User', '{"email": {"type": "Email", "unique": true}}');
CREATE TABLE mails (address text, subject text);
CREATE FUNCTION send_welcome(args jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO mails VALUES (args ->> 'email', 'Welcome');
	RETURN jsonb_build_object('sent', 1);
END $$;
SELECT aksara.register_task('send_welcome', 'send_welcome');
BEGIN;
SELECT aksara.create('User', '{"email": "jane@example.com"}') ->> 'email';
\o /dev/null
SELECT aksara.enqueue('send_welcome', '{"email": "jane@example.com"}');
\o
COMMIT;
CALL aksara.run_tasks();
SELECT task, state, result FROM aksara.tasks;
SELECT * FROM mails;

SELECT count(*) FROM aksara.enqueue_many('[{"task": "send_welcome", "args": {"email": "a@example.com"}},
	{"task": "send_welcome", "args": {"email": "b@example.com"}, "delay": "1 hour"}]');
SELECT aksara.enqueue_many('[{"task": "send_welcom"}, {"task": "send_welcome", "delay": "-1 s"}]');

CREATE FUNCTION send_digest(args jsonb) RETURNS void LANGUAGE sql AS $$INSERT INTO mails VALUES (args ->> 'email', 'This week')$$;
SELECT aksara.register_task('send_digest', 'send_digest');
SELECT aksara.enqueue('send_digest', '{"email": "jane@example.com"}', key => 'digest jane', delay => '5 min') AS digest \gset
SELECT aksara.enqueue('send_digest', '{"email": "jane@example.com"}', key => 'digest jane', delay => '5 min', on_conflict => 'reset') = :digest;

CREATE FUNCTION count_words(args jsonb) RETURNS int LANGUAGE sql AS $$SELECT cardinality(regexp_split_to_array(args ->> 'text', ' '))$$;
CREATE FUNCTION add_up(args jsonb) RETURNS bigint LANGUAGE sql AS
  $$SELECT sum((aksara.get_task(id::bigint) ->> 'result')::int) FROM jsonb_array_elements_text(args -> 'of') id$$;
SELECT aksara.register_task('count_words', 'count_words'), aksara.register_task('add_up', 'add_up');
SELECT aksara.enqueue('count_words', '{"text": "over the roofs"}') AS one, aksara.enqueue('count_words', '{"text": "plain SQL"}') AS two \gset
SELECT aksara.enqueue('add_up', jsonb_build_object('of', ARRAY[:one, :two]), depends_on => ARRAY[:one, :two]) AS total \gset
SELECT aksara.get_task(:total) ->> 'state';
CALL aksara.run_tasks();
SELECT aksara.get_task(:total) ->> 'result';

SELECT aksara.configure_queue('mails', max_running => 3, rate => 100, period => '1 minute', burst => 5);
SELECT aksara.configure_queue('mails', max_running => 0, rate => 0);	-- as many, and as often, as there are workers
SELECT name, paused, max_running, group_limit, rate, burst, aging FROM aksara.queues WHERE name = 'mails';
\o /dev/null
SELECT aksara.enqueue('send_digest', '{"email": "jane@example.com"}', queue => 'mails', group_key => 'example.com');
\o
CALL aksara.run_tasks('mails');

CREATE FUNCTION fetch_feed(run aksara.task_run) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RAISE 'nobody answers' USING DETAIL = format('attempt %s of %s', run.attempt, run.max_attempts);
END $$;
SELECT aksara.register_task('fetch_feed', 'fetch_feed', max_attempts => 2, retry_delay => 0, batchable => false);
SELECT aksara.enqueue('fetch_feed') AS feed \gset
CALL aksara.run_tasks();
SELECT state, attempts, error ->> 'sqlstate', error ->> 'message', error ->> 'detail' FROM aksara.tasks WHERE id = :feed;
CREATE OR REPLACE FUNCTION fetch_feed(run aksara.task_run) RETURNS text LANGUAGE sql AS $$SELECT 'three posts'$$;
SELECT aksara.retry(:feed);
CALL aksara.run_tasks();
SELECT state, attempts, result FROM aksara.tasks WHERE id = :feed;

SELECT queue, state, tasks FROM aksara.task_stats();
SELECT count(aksara.cancel(id)) FROM aksara.tasks WHERE task = 'send_digest' AND state = 'waiting';
SELECT aksara.retry_all(task => 'send_digest', state => 'cancelled');
CALL aksara.run_tasks();
SELECT aksara.purge('0 s', '{completed,failed,cancelled,retried}') > 0;

SELECT count(aksara.enqueue('send_welcome', jsonb_build_object('email', n || '@example.com'), delay => '1 day')) FROM generate_series(1, 3) n;
SELECT json_agg(json_strip_nulls(json_build_object('task', task, 'args', args, 'queue', queue, 'priority', priority, 'run_at', run_at,
	'max_attempts', max_attempts, 'key', key, 'group_key', group_key)) ORDER BY id) AS waiting FROM aksara.tasks WHERE finished_at IS NULL \gset
SELECT count(*) FROM aksara.enqueue_many(:'waiting');	-- on the other side

SELECT count(aksara.cancel(id)) FROM aksara.tasks WHERE finished_at IS NULL;
SELECT count(aksara.unregister_task(name)) FROM unnest('{send_welcome,send_digest,count_words,add_up,fetch_feed}'::text[]) name;
DELETE FROM aksara.task_history;
DELETE FROM aksara.task_queue WHERE name = 'mails';
SET client_min_messages = error;
DROP SCHEMA taskdocs CASCADE;
