-- How many tasks run at once, of a queue or of a group, and how many start in a period.
CREATE SCHEMA flow;
SET search_path = flow;
\pset format unaligned
\pset tuples_only on

-- Queues have limits: what is not said stays, 0 is none.
SELECT aksara.configure_queue('mails', max_running => 3, rate => 100, period => '1 minute', burst => 5);
SELECT * FROM aksara.queues WHERE name = 'mails';
SELECT aksara.configure_queue('mails', max_running => 0, group_limit => 2, aging => 0);
SELECT * FROM aksara.queues WHERE name = 'mails';
SELECT aksara.configure_queue('mails', rate => 0, aging => 1.5);
SELECT * FROM aksara.queues WHERE name = 'mails';
-- A rate without a period is one for a second.
SELECT aksara.configure_queue('reports', rate => 10);
SELECT * FROM aksara.queues WHERE name = 'reports';

-- What cannot be is refused.
SELECT aksara.configure_queue(NULL);
SELECT aksara.configure_queue('mails', max_running => -1);
SELECT aksara.configure_queue('mails', max_running => 1001);
SELECT aksara.configure_queue('mails', group_limit => 0);
SELECT aksara.configure_queue('mails', rate => -1);
SELECT aksara.configure_queue('mails', rate => 1, period => '0');
SELECT aksara.configure_queue('mails', rate => 1, period => '-1 s');
SELECT aksara.configure_queue('mails', rate => 1, period => '2 years');
SELECT aksara.configure_queue('mails', burst => 0);
SELECT aksara.configure_queue('mails', aging => -1);
SELECT aksara.configure_queue('mails', aging => 'NaN');
SELECT aksara.configure_queue('mails', aging => 'infinity');
SELECT * FROM aksara.queues WHERE name = 'mails';

-- Anyone may look; who may change it is granted.
CREATE ROLE regress_flow;
SET ROLE regress_flow;
SELECT count(*) FROM aksara.queues WHERE name IN ('mails', 'reports');
SELECT aksara.configure_queue('mails', max_running => 1);
RESET ROLE;

-- A group runs in the order in which it was enqueued; one that failed is first again, at once or after its delay.
CREATE TABLE done (n bigint GENERATED ALWAYS AS IDENTITY, name text);
CREATE FUNCTION note(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF run.args ? 'fails' AND run.attempt < 3 THEN RAISE EXCEPTION 'not yet'; END IF;
	INSERT INTO flow.done (name) VALUES (run.args ->> 'name');
END $$;
SELECT aksara.register_task('at_once', 'note', queue => 'flow', retry_delay => 0);
SELECT aksara.enqueue('at_once', '{"name": "first", "fails": true}', group_key => 'a') > 0,
	aksara.enqueue('at_once', '{"name": "second"}', group_key => 'a') > 0, aksara.enqueue('at_once', '{"name": "other"}', group_key => 'b') > 0,
	aksara.enqueue('at_once', '{"name": "none"}') > 0;
CALL aksara.run_tasks('flow');
SELECT string_agg(name, ', ' ORDER BY n) FROM done WHERE name IN ('first', 'second');
SELECT count(*) FROM done;

-- While one waits for its next attempt so does the rest of its group, and nobody else.
TRUNCATE done;
SELECT aksara.register_task('waits', 'note', queue => 'flow', retry_delay => 0.2, retry_base => 1);
SELECT aksara.enqueue('waits', '{"name": "first", "fails": true}', group_key => 'a') > 0,
	aksara.enqueue('waits', '{"name": "second"}', group_key => 'a') > 0, aksara.enqueue('waits', '{"name": "other"}', group_key => 'b') > 0;
CALL aksara.run_tasks('flow');
SELECT name FROM done;
SELECT pg_sleep(0.25);
CALL aksara.run_tasks('flow');
SELECT pg_sleep(0.25);
CALL aksara.run_tasks('flow');
SELECT name FROM done ORDER BY n;

-- Unless its task says otherwise.
TRUNCATE done;
SELECT aksara.register_task('skips', 'note', queue => 'flow', retry_delay => 0.2, retry_base => 1, group_on_error => 'skip');
SELECT aksara.enqueue('skips', '{"name": "first", "fails": true}', group_key => 'a') > 0,
	aksara.enqueue('skips', '{"name": "second"}', group_key => 'a') > 0;
CALL aksara.run_tasks('flow');
SELECT name FROM done;
SELECT pg_sleep(0.45);
CALL aksara.run_tasks('flow');
SELECT pg_sleep(0.25);
CALL aksara.run_tasks('flow');
SELECT name FROM done ORDER BY n;

-- A priority moves a task within its group.
TRUNCATE done;
SELECT aksara.enqueue('at_once', '{"name": "plain"}', group_key => 'a') > 0, aksara.enqueue('at_once', '{"name": "urgent"}', group_key => 'a', priority => 1) > 0;
CALL aksara.run_tasks('flow');
SELECT name FROM done ORDER BY n;

-- Where priority alone counts nothing is gained by waiting; among equals who has waited longer goes first.
TRUNCATE done;
SELECT aksara.configure_queue('strict', aging => 0);
SELECT count(aksara.enqueue('at_once', json_build_object('name', name), queue => 'strict', priority => priority, run_at => now() - age))
FROM (VALUES ('least', -1, interval '10 years'), ('plain', 0, '0'), ('plain, waiting', 0, '1 s'), ('urgent', 1, '0')) x (name, priority, age);
CALL aksara.run_tasks('strict');
SELECT name FROM done ORDER BY n;

-- A rate: at first there is none to be had, for nobody knows what was started before; run_tasks does not wait for it.
TRUNCATE done;
SELECT aksara.configure_queue('slow', rate => 3, period => '1 hour', burst => 2);
SELECT count(aksara.enqueue('at_once', '{"name": "slow"}', queue => 'slow')) FROM generate_series(1, 5);
CALL aksara.run_tasks('slow');
SELECT count(*) FROM done;
SELECT aksara.configure_queue('slow', rate => 0);
CALL aksara.run_tasks('slow');
SELECT count(*) FROM done;

-- No place and no group is held when nothing runs.
SELECT locktype, objsubid FROM pg_locks WHERE locktype = 'advisory' AND objsubid IN (21, 22);

SELECT count(*) FROM aksara.tasks WHERE queue IN ('flow', 'strict', 'slow') AND finished_at IS NULL;
DELETE FROM aksara.task_history WHERE queue IN ('flow', 'strict', 'slow');
DELETE FROM aksara.task_queue WHERE name IN ('mails', 'reports', 'flow', 'strict', 'slow');
SELECT aksara.unregister_task(name) FROM unnest('{at_once,waits,skips}'::text[]) name;
DROP ROLE regress_flow;
DROP SCHEMA flow CASCADE;
