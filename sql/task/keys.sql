-- Keys: of all that is enqueued with one, a single task waits and a single one runs.
CREATE SCHEMA task_keys;
SET search_path = task_keys;
\pset format unaligned
\pset tuples_only on
CREATE TABLE ran (n bigint GENERATED ALWAYS AS IDENTITY, id bigint, attempt int, args jsonb);
CREATE FUNCTION run(run aksara.task_run) RETURNS void LANGUAGE sql AS
	$$INSERT INTO task_keys.ran (id, attempt, args) VALUES (run.id, run.attempt, run.args)$$;
SELECT aksara.register_task('run', 'run', queue => 'keys', max_attempts => 3, retry_delay => 0);
SELECT aksara.register_task('other', 'run', queue => 'keys');
-- What waits, numbered from the first task of the test.
SELECT aksara.enqueue('run') AS first \gset
CALL aksara.run_tasks('keys');
CREATE VIEW live AS SELECT id, task, args, priority, attempts, max_attempts, run_at > clock_timestamp() AS later, key FROM aksara.task_due
	UNION ALL SELECT id, task, args, priority, attempts, max_attempts, run_at > clock_timestamp(), key FROM aksara.task_later
	UNION ALL SELECT id, task, args, priority, attempts, max_attempts, run_at > clock_timestamp(), key FROM aksara.task_blocked;

-- keep: the task that has the key stays as it is.
SELECT aksara.enqueue('run', '{"n": 1}', key => 'k') AS a \gset
SELECT aksara.enqueue('run', '{"n": 2}', key => 'k', priority => 9) = :a AS same;
SELECT aksara.enqueue('other', '{"n": 3}', key => 'k', scope => 'pending') = :a AS same;
SELECT task, args, priority, key FROM live;

-- Other keys, and none, are other tasks.
SELECT aksara.enqueue('run', key => 'K') <> :a, aksara.enqueue('run', key => 'k ') <> :a, aksara.enqueue('run', key => NULL) <> :a, aksara.enqueue('run') <> :a;
SELECT key FROM live ORDER BY id;

-- replace: all that is said the second time counts.
SELECT aksara.enqueue('other', '{"n": 4}', key => 'k', on_conflict => 'replace', priority => 7, delay => '1 hour', max_attempts => 5) = :a AS same;
SELECT task, args, priority, attempts, max_attempts, later FROM live WHERE key = 'k';
SELECT aksara.enqueue('run', '{"n": 5}', key => 'k', on_conflict => 'replace', scope => 'pending') = :a AS same;
SELECT task, args, priority, attempts, max_attempts, later FROM live WHERE key = 'k';

-- reset: its time alone.
SELECT aksara.enqueue('other', '{"n": 6}', key => 'k', on_conflict => 'reset', priority => 7, delay => '1 hour') = :a AS same;
SELECT task, args, priority, later FROM live WHERE key = 'k';
SELECT aksara.enqueue('other', '{"n": 7}', key => 'k', on_conflict => 'reset') = :a AS same;
SELECT task, args, priority, later FROM live WHERE key = 'k';

-- Where there is none all three enqueue, and the key is free again once its task has ended.
SELECT aksara.enqueue('run', '{"n": 8}', key => 'r', on_conflict => 'replace') > 0, aksara.enqueue('run', '{"n": 9}', key => 's', on_conflict => 'reset') > 0;
CALL aksara.run_tasks('keys');
SELECT args FROM ran WHERE args ? 'n' ORDER BY n;
SELECT count(*) FROM aksara.task_key;
SELECT aksara.enqueue('run', key => 'k') > :a AS another;
CALL aksara.run_tasks('keys');

-- A savepoint that is rolled back takes back what it did to the key's task.
BEGIN;
SAVEPOINT s;
SELECT aksara.enqueue('run', '{"n": 1}', key => 'k') AS a \gset
ROLLBACK TO s;
SELECT aksara.enqueue('run', '{"n": 2}', key => 'k') > :a AS another;
SAVEPOINT s;
SELECT aksara.enqueue('run', '{"n": 3}', key => 'k', on_conflict => 'replace') > :a AS same;
ROLLBACK TO s;
SAVEPOINT s;
SELECT aksara.enqueue('run', key => 'k', on_conflict => 'reset', delay => '1 hour') > :a AS same;
ROLLBACK TO s;
COMMIT;
SELECT args, later FROM live;
CALL aksara.run_tasks('keys');

-- The same under a snapshot: keys are looked at as they are.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT aksara.enqueue('run', '{"n": 1}', key => 'k') AS a \gset
SELECT aksara.enqueue('run', '{"n": 2}', key => 'k', on_conflict => 'replace') = :a AS same;
COMMIT;
SELECT args FROM live;
-- One that was cancelled has no key any more; repeated, neither.
SELECT aksara.cancel(:a);
SELECT count(*) FROM aksara.task_key;
SELECT aksara.retry(:a);
SELECT key IS NULL FROM live;
SELECT aksara.enqueue('run', key => 'k') > :a AS another;
CALL aksara.run_tasks('keys');

-- One that waits for its next attempt still has it; a reset and a replace begin anew.
CREATE FUNCTION fail() RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE 'no'; END$$;
SELECT aksara.register_task('fail', 'fail', queue => 'keys', max_attempts => 3, retry_delay => 3600);
SELECT aksara.enqueue('fail', '{"n": 1}', key => 'k') AS a \gset
CALL aksara.run_tasks('keys');
SELECT aksara.enqueue('fail', '{"n": 2}', key => 'k') = :a AS same;
SELECT args, attempts, later FROM live;
SELECT aksara.enqueue('fail', '{"n": 2}', key => 'k', on_conflict => 'reset') = :a AS same;
SELECT args, attempts, later FROM live;
CALL aksara.run_tasks('keys');
SELECT aksara.enqueue('run', '{"n": 3}', key => 'k', on_conflict => 'replace') = :a AS same;
SELECT task, args, attempts, later FROM live;
CALL aksara.run_tasks('keys');
SELECT count(*) FROM aksara.task_key;
-- The last attempt frees it as well.
SELECT aksara.enqueue('fail', key => 'k', max_attempts => 1) AS a \gset
CALL aksara.run_tasks('keys');
SELECT state FROM aksara.tasks WHERE id = :a;
SELECT aksara.enqueue('run', key => 'k') > :a AS another;
CALL aksara.run_tasks('keys');

-- A body that enqueues its own key meets a task that runs, even in a shared commit.
TRUNCATE ran;
CREATE TABLE asked (scope text, on_conflict text, same boolean);
CREATE FUNCTION again(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	a text; b text;
BEGIN
	INSERT INTO task_keys.ran (id, attempt, args) VALUES (run.id, run.attempt, run.args);
	IF run.args ? 'again' THEN
		RETURN;
	END IF;
	FOREACH a IN ARRAY '{live,pending}'::text[] LOOP
		FOREACH b IN ARRAY '{keep,replace,reset,keep}'::text[] LOOP
			INSERT INTO task_keys.asked SELECT a, b, aksara.enqueue('again', jsonb_build_object('again', a || ' ' || b), key => 'k', scope => a, on_conflict => b) = run.id;
		END LOOP;
	END LOOP;
END $$;
SELECT aksara.register_task('again', 'again', queue => 'keys');
SELECT aksara.enqueue('run'), aksara.enqueue('again', key => 'k'), aksara.enqueue('run') \g /dev/null
CALL aksara.run_tasks('keys');
SELECT * FROM asked;
SELECT args, attempt FROM ran ORDER BY n;
SELECT count(*) FROM aksara.task_key;
SELECT count(*) FROM aksara.task_dependency;

-- More than a transaction may lock one by one.
BEGIN;
SELECT count(DISTINCT aksara.enqueue('run', key => 'many ' || i % 400)) FROM generate_series(1, 800) i;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid IN (24, 25) AND pid = pg_backend_pid() AND mode <> 'AccessShareLock';
ROLLBACK;

-- Keys are texts.
SELECT count(DISTINCT aksara.enqueue('run', key => key)) FROM unnest('{ключ,KЛЮЧ,鍵,🔑,é,é,"a b","a\"b",''}'::text[]) key;
SELECT aksara.enqueue('run', key => '🔑') = id FROM live WHERE key = '🔑';
SELECT aksara.enqueue('run', key => repeat('k', 255)) > 0;
CALL aksara.run_tasks('keys');

-- Equal keys of two roles do not meet.
CREATE ROLE regress_key;
GRANT USAGE ON SCHEMA task_keys TO regress_key;
GRANT INSERT ON ran TO regress_key;
SELECT aksara.enqueue('run', key => 'shared') AS mine \gset
SET ROLE regress_key;
SELECT aksara.enqueue('run', key => 'shared') AS theirs \gset
SELECT aksara.enqueue('run', key => 'shared', on_conflict => 'replace') = :theirs AS same, :theirs <> :mine AS others;
CALL aksara.run_tasks('keys');
RESET ROLE;
SELECT aksara.enqueue('run', key => 'shared') = :mine AS same;
CALL aksara.run_tasks('keys');

-- Others that it waits for: replace says anew whom.
SELECT aksara.enqueue('run', delay => '1 hour') AS parent \gset
SELECT aksara.enqueue('run', '{"n": 1}', key => 'k', depends_on => ARRAY[:parent]) AS a \gset
SELECT (SELECT count(*) FROM aksara.task_blocked), parent = :parent FROM aksara.task_dependency WHERE child = :a;
SELECT aksara.enqueue('run', key => 'k', on_conflict => 'reset', depends_on => NULL) = :a AS same;
SELECT count(*) FROM aksara.task_blocked;
SELECT aksara.enqueue('run', depends_on => ARRAY[:a]) AS child \gset
\set VERBOSITY sqlstate
SELECT aksara.enqueue('run', key => 'k', on_conflict => 'replace', depends_on => ARRAY[:a]);
SELECT aksara.enqueue('run', key => 'k', on_conflict => 'replace', depends_on => ARRAY[:child]);
\set VERBOSITY terse
SELECT aksara.enqueue('run', '{"n": 2}', key => 'k', on_conflict => 'replace') = :a AS same;
SELECT child = :child, parent = :a FROM aksara.task_dependency;
SELECT aksara.cancel(:parent);
CALL aksara.run_tasks('keys');
SELECT count(*) FROM live;

-- A group and what is to become of it.
SELECT aksara.enqueue('run', group_key => 'g') AS a \gset
SELECT group_key FROM aksara.task_due WHERE id = :a;
SELECT aksara.cancel(:a);

-- By another name.
SELECT aksara.on_commit('run', '{"n": "committed"}') > :a;
CALL aksara.run_tasks('keys');
SELECT count(*) FROM ran WHERE args ->> 'n' = 'committed';

-- Many at once: their numbers in order, a key's task once.
TRUNCATE ran;
CREATE TABLE many AS SELECT row_number() OVER () AS n, id FROM aksara.enqueue_many('[
	{"task": "run"},
	{"task": "run", "args": {"n": 1}, "key": "m"},
	{"task": "run", "args": {"n": 2}, "key": "m"},
	{"task": "run", "args": {"n": 3}, "key": "m", "on_conflict": "replace"},
	{"task": "other", "args": {"n": 4}, "queue": null, "priority": 3, "delay": "1 hour", "max_attempts": 7, "timeout": "1 min", "group_key": "g"},
	{"task": "run", "run_at": "2000-01-01 00:00Z", "scope": "pending", "depends_on": [], "on_parent_failure": "run"}]') id;
SELECT n, dense_rank() OVER (ORDER BY id) FROM many ORDER BY n;
SELECT task, args, priority, max_attempts, later, key FROM live ORDER BY id;
SELECT timeout, group_key FROM aksara.task_later;
SELECT aksara.cancel(id) FROM many WHERE n = 5;
CALL aksara.run_tasks('keys');
SELECT count(*) FROM ran;
SELECT * FROM aksara.enqueue_many('[]');
SELECT count(*), count(DISTINCT id), min(id) = (array_agg(id))[1] FROM aksara.enqueue_many((SELECT json_agg(json_build_object('task', 'run', 'args', json_build_object('i', i))) FROM generate_series(1, 1000) i)) id;
CALL aksara.run_tasks('keys');
SELECT count(*) FROM ran WHERE args ? 'i';

-- What is refused.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT aksara.enqueue('run', key => '');
SELECT aksara.enqueue('run', key => repeat('k', 256));
SELECT aksara.enqueue('run', key => 'k', on_conflict => 'ignore');
SELECT aksara.enqueue('run', key => 'k', on_conflict => NULL);
SELECT aksara.enqueue('run', key => 'k', scope => 'all');
SELECT aksara.enqueue('run', key => 'k', scope => NULL);
SELECT aksara.enqueue('run', group_key => '');
SELECT aksara.enqueue('run', queue => '');
SELECT aksara.enqueue('run', depends_on => '{1}', on_parent_failure => 'stop');
SELECT aksara.enqueue('run', on_parent_failure => NULL);
SELECT aksara.on_commit(NULL);
SELECT aksara.on_commit('runn');
SELECT aksara.enqueue('aksara.run');
SELECT aksara.register_task('aksara.run', 'run');
SELECT aksara.unregister_task('aksara.run');
SELECT aksara.enqueue_many(NULL);
SELECT aksara.enqueue_many('{}');
SELECT aksara.enqueue_many('[{"task": "aksara.run"}]');
SELECT aksara.enqueue_many('[{"task": "run"}, {"task": "run", "agrs": {}}]');
SELECT aksara.enqueue_many('[{"task": "run"}, 1, {}, {"task": "rum"}, {"task": null}, {"task": "run", "args": [], "priority": 1.5, "run_at": "soon",
	"timeout": "never", "depends_on": [1, "2"], "key": 1, "scope": null}, {"task": "run", "priority": 99999, "key": "", "delay": "-1 s", "on_conflict": "x"}]');
SELECT aksara.enqueue_many('[{"task": "run", "depends_on": [0]}]');
\set VERBOSITY sqlstate
SELECT aksara.enqueue('run', key => '');
SELECT aksara.enqueue('run', key => 'k', on_conflict => NULL);
SELECT aksara.enqueue('aksara.run');
SELECT aksara.enqueue_many('[{"task": "rum"}]');
SELECT aksara.enqueue_many('[{"task": "run", "args": null}]');
SELECT aksara.enqueue_many('[{"task": "run", "depends_on": [0]}]');
SELECT count(*) FROM live;

SELECT count(aksara.unregister_task(name)) FROM unnest('{run,other,fail,again}'::text[]) name;
SELECT count(aksara.purge('0 s', '{completed,failed,cancelled,retried}'));
SET ROLE regress_key;
SELECT count(aksara.purge('0 s', '{completed,failed,cancelled,retried}'));
RESET ROLE;
\set VERBOSITY terse
DROP SCHEMA task_keys CASCADE;
DROP OWNED BY regress_key;
DROP ROLE regress_key;
