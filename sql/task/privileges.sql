-- Whose a task is, and what others may do with it: nothing.
CREATE ROLE regress_task_a;
CREATE ROLE regress_task_b;
CREATE SCHEMA taskpriv;
GRANT USAGE, CREATE ON SCHEMA taskpriv TO regress_task_a, regress_task_b;
SET search_path = taskpriv;
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse

SET ROLE regress_task_a;
CREATE FUNCTION who() RETURNS text LANGUAGE sql AS $$SELECT current_user$$;
CREATE FUNCTION secret() RETURNS text LANGUAGE sql AS $$SELECT 'a secret'$$;
REVOKE ALL ON FUNCTION secret() FROM PUBLIC;
SELECT aksara.register_task('priv_who', 'who'), aksara.register_task('priv_secret', 'secret');
SELECT aksara.enqueue('priv_who') AS of_a \gset

-- Another role runs its own tasks, as itself, and not those of others.
SET ROLE regress_task_b;
SELECT aksara.enqueue('priv_who') AS of_b \gset
CALL aksara.run_tasks();
SELECT task, state, role, result FROM aksara.tasks;
SELECT aksara.enqueue('priv_secret');
\set VERBOSITY sqlstate
SELECT aksara.cancel(:of_a);
\set VERBOSITY terse
SELECT aksara.register_task('priv_who', 'who');
SELECT aksara.unregister_task('priv_who');
SELECT aksara.pause_queue('default');
SELECT aksara.start_workers(1);
SELECT count(*) FROM aksara.task_due;
DELETE FROM aksara.task_due;
INSERT INTO aksara.task_definition VALUES ('x', 'regress_task_a', 'taskpriv.who', '{"queue": "default"}');
DELETE FROM aksara.task_definition;
SELECT nextval('aksara.task_id');

-- Who may act as the role may do what it may.
RESET ROLE;
GRANT regress_task_a TO regress_task_b;
SET ROLE regress_task_b;
SELECT count(*) FROM aksara.tasks;
SELECT aksara.cancel(:of_a);
SELECT aksara.retry(:of_a);
SELECT role, state FROM aksara.tasks WHERE id = :of_a AND finished_at IS NULL;
RESET ROLE;
REVOKE regress_task_a FROM regress_task_b;

-- The role, not its name: what it has enqueued is not the next one's of that name.
ALTER ROLE regress_task_a RENAME TO regress_task_old;
CREATE ROLE regress_task_a;
GRANT USAGE ON SCHEMA taskpriv TO regress_task_a;
SET ROLE regress_task_a;
CALL aksara.run_tasks();
SELECT count(*) FROM aksara.tasks;
SET ROLE regress_task_old;
CALL aksara.run_tasks();
SELECT role, result FROM aksara.tasks WHERE state = 'completed';
SELECT aksara.enqueue('priv_who') > 0;
SELECT aksara.unregister_task('priv_who'), aksara.unregister_task('priv_secret');

-- A role that is gone leaves tasks that nobody runs, and that stand in nobody's way.
RESET ROLE;
SET client_min_messages = error;
DROP OWNED BY regress_task_old, regress_task_a;
DROP ROLE regress_task_old;
SET ROLE regress_task_b;
SELECT task, role, state FROM aksara.tasks;
CALL aksara.run_tasks();
RESET ROLE;
SELECT count(aksara.cancel(id)) FROM aksara.task_due;
DELETE FROM aksara.task_history;
DROP SCHEMA taskpriv CASCADE;
DROP ROLE regress_task_a, regress_task_b;
