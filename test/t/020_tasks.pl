# Tasks and background workers: nothing is lost, nothing runs twice, whatever dies.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('tasks');
$node->init;
$node->append_conf('postgresql.conf', "max_worker_processes = 12\nrestart_after_crash = on\nlog_min_messages = log\n");
$node->start;

sub sql { return $node->safe_psql('postgres', shift) }
sub wait_until { my ($what, $query) = @_; return ok($node->poll_query_until('postgres', $query), $what) }

sql(q{
CREATE EXTENSION aksara;
CREATE ROLE app NOLOGIN;
CREATE ROLE worker LOGIN;
GRANT app TO worker;
CREATE SCHEMA work;
GRANT USAGE, CREATE ON SCHEMA work TO worker;
GRANT EXECUTE ON FUNCTION aksara.start_workers(integer) TO worker;
SET ROLE worker;
CREATE TABLE work.fx (id bigint, who name DEFAULT session_user, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION work.note(args jsonb) RETURNS void LANGUAGE sql AS
	$$INSERT INTO work.fx (id) VALUES ((args ->> 'id')::bigint)$$;
CREATE FUNCTION work.slow(args jsonb) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN INSERT INTO work.fx (id) VALUES ((args ->> 'id')::bigint); PERFORM pg_sleep((args ->> 'seconds')::float8); END$$;
CREATE FUNCTION work.messy() RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
	found := concat_ws(' ', current_setting('work_mem'), current_setting('search_path'), to_regclass('pg_temp.left_over'),
		(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), current_user);
	SET work_mem = '77MB'; SET search_path = pg_temp; PERFORM pg_advisory_lock(1); CREATE TEMP TABLE left_over (); SET ROLE app;
	RETURN found;
END$$;
CREATE FUNCTION work.escape() RETURNS text LANGUAGE plpgsql AS $$BEGIN RESET ROLE; RETURN session_user || ' ' || current_user; END$$;
SELECT aksara.register_task('note', 'work.note'), aksara.register_task('slow', 'work.slow'), aksara.register_task('messy', 'work.messy'),
	aksara.register_task('escape', 'work.escape');
});

# Workers of a role run its tasks, as that role, each once.
sql(q{SET SESSION AUTHORIZATION worker; SELECT aksara.start_workers(3)});
sql(q{SET SESSION AUTHORIZATION worker; SELECT count(aksara.enqueue('note', json_build_object('id', g))) FROM generate_series(1, 3000) g});
wait_until('all tasks ended', q{SELECT NOT EXISTS (SELECT FROM aksara.task_due)});
is(sql('SELECT count(*), count(DISTINCT id), min(who) FROM work.fx'), '3000|3000|worker', 'each task has run once, as its role');
is(sql(q{SELECT count(*), count(DISTINCT id) FROM aksara.task_history WHERE state = 'completed'}), '3000|3000', 'and has one outcome');

# Those of another role are left alone.
sql(q{GRANT USAGE ON SCHEMA work TO app; SET ROLE app; SELECT aksara.enqueue('note', '{"id": 0}')});
sleep 2;
is(sql(q{SELECT count(*) FROM aksara.tasks WHERE role = 'app' AND state = 'due'}), '1', 'a task waits for a worker of its role');
is(sql(q{SET ROLE app; SELECT count(*) FROM aksara.tasks}), '1', 'a role sees its own tasks');
is(sql(q{SET ROLE app; SELECT aksara.cancel(id) FROM aksara.tasks}), 'cancelled', 'and takes them back');

# A session that works ends when it is told to; the task it was at is due, and has spent nothing.
my ($status, $out, $error) = $node->psql('postgres', q{SET SESSION AUTHORIZATION worker; SELECT aksara.pause_queue('x')});
isnt($status, 0, 'pausing is granted by name');

# A session is as new for each task, and a body cannot become anybody else.
sql(q{SET SESSION AUTHORIZATION worker; SELECT aksara.enqueue('messy') FROM generate_series(1, 6); SELECT aksara.enqueue('escape')});
wait_until('they ended', q{SELECT NOT EXISTS (SELECT FROM aksara.task_due)});
is(sql(q{SELECT DISTINCT result FROM aksara.task_history WHERE task = 'messy'}), '"4MB \"$user\", public 0 worker"', 'nothing is left of the task before');
is(sql(q{SELECT result, error FROM aksara.task_history WHERE task = 'escape'}), '"worker worker"|', 'RESET ROLE leads nowhere');

# A worker that is terminated gives its task back at once.
my $kill = q{SELECT count(%s(pid)) FROM pg_stat_activity WHERE backend_type = 'aksara executor'};
sql('TRUNCATE work.fx');
sql(q{SET SESSION AUTHORIZATION worker; SELECT aksara.enqueue('slow', '{"id": 7, "seconds": 60}')});
wait_until('it runs', q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')});
is(sql(sprintf($kill, 'pg_terminate_backend')), '3', 'three workers are terminated');
wait_until('they are gone', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'aksara executor')});
is(sql('SELECT count(*) FROM work.fx'), '0', 'the body left nothing');
is(sql(q{SELECT state, attempts FROM aksara.tasks WHERE task = 'slow'}), 'due|0', 'the task is due, no attempt is spent');
is(sql(q{SELECT aksara.cancel(id) FROM aksara.tasks WHERE task = 'slow'}), 'cancelled', 'nobody holds it');

# A task that runs is told to stop, and nobody waits for it; who runs it goes on.
sql(q{SET SESSION AUTHORIZATION worker; SELECT aksara.start_workers(2); SELECT aksara.enqueue('slow', '{"id": 8, "seconds": 60}')});
wait_until('it runs', q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')});
my $running = sql('SELECT id FROM aksara.task_due');
(undef, undef, $error) = $node->psql('postgres', "SET ROLE app; SELECT aksara.cancel($running)");
like($error, qr/permission denied for task/, 'a running task is stopped by those whose it is');
is(sql("BEGIN; SET lock_timeout = 100; SELECT aksara.cancel($running); ROLLBACK"), 'requested', 'cancelling it is a request');
sleep 1;
is(sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"), '1', 'that is rolled back with its transaction');
is(sql("SET lock_timeout = 100; SELECT aksara.cancel($running)"), 'requested', 'or heard at its commit');
wait_until('it ends', q{SELECT NOT EXISTS (SELECT FROM aksara.task_due)});
is(sql("SELECT state, attempts FROM aksara.tasks WHERE id = $running"), 'cancelled|0', 'it was cancelled');
is(sql('SELECT count(*) FROM work.fx WHERE id = 8'), '0', 'and left nothing');
sql(q{SET SESSION AUTHORIZATION worker; SELECT aksara.enqueue('note', '{"id": 9}')});
wait_until('the workers go on', q{SELECT EXISTS (SELECT FROM work.fx WHERE id = 9)});

# kill -9 of a worker in its body: after recovery the task runs once.
sql('TRUNCATE work.fx');
sql(q{SET SESSION AUTHORIZATION worker; SELECT aksara.enqueue('slow', '{"id": 10, "seconds": 2}')});
wait_until('it runs', q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')});
my $pid = sql(q{SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND backend_type = 'aksara executor'});
kill 9, $pid;
sleep 1;
$node->poll_query_until('postgres', 'SELECT true') or die 'the server did not come back';
is(sql('SELECT count(*) FROM work.fx'), '0', 'the killed body left nothing');
sql(q{SET SESSION AUTHORIZATION worker; SELECT aksara.start_workers(1)});
wait_until('it runs again', q{SELECT NOT EXISTS (SELECT FROM aksara.task_due)});
is(sql('SELECT count(*) FROM work.fx'), '1', 'once');

# An immediate stop loses no task that was acknowledged.
sql(q{SET SESSION AUTHORIZATION worker; SELECT count(aksara.enqueue('note', json_build_object('id', g))) FROM generate_series(1001, 1500) g});
$node->stop('immediate');
$node->start;
sql(q{SET SESSION AUTHORIZATION worker; SELECT aksara.start_workers(2)});
wait_until('all tasks ended', q{SELECT NOT EXISTS (SELECT FROM aksara.task_due)});
is(sql('SELECT count(*), count(DISTINCT id) FROM work.fx WHERE id > 1000'), '500|500', 'each has run once');

$node->stop('fast');
done_testing();
