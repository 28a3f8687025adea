# The processes that run tasks by themselves: started where there is work, woken at commit, gone when they are in the way.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('launcher');
$node->init;
$node->append_conf('postgresql.conf', q{
shared_preload_libraries = 'aksara'
max_worker_processes = 12
aksara.task_workers = 3
aksara.task_idle_time = 2s
restart_after_crash = on
autovacuum = off
});
$node->start;

sub sql { my ($query, $database) = @_; return $node->safe_psql($database // 'postgres', $query) }
sub wait_until { my ($what, $query, $database) = @_; return ok($node->poll_query_until($database // 'postgres', $query), $what) }
my $kinds = q{SELECT string_agg(backend_type, ', ' ORDER BY backend_type) FROM pg_stat_activity WHERE backend_type LIKE 'aksara%'};
my $setup = q{
CREATE EXTENSION aksara;
CREATE TABLE fx (id bigint, who name DEFAULT session_user, acting name DEFAULT current_user, at timestamptz DEFAULT clock_timestamp());
GRANT ALL ON fx TO PUBLIC;
CREATE OR REPLACE FUNCTION note(args jsonb) RETURNS void LANGUAGE sql AS $$INSERT INTO public.fx (id) VALUES ((args ->> 'id')::bigint)$$;
CREATE OR REPLACE FUNCTION slow(args jsonb) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN INSERT INTO public.fx (id) VALUES ((args ->> 'id')::bigint); PERFORM pg_sleep((args ->> 'seconds')::float8); END$$;
CREATE OR REPLACE FUNCTION escape() RETURNS void LANGUAGE plpgsql AS $$BEGIN RESET ROLE; INSERT INTO public.fx (id) VALUES (-1); END$$;
SELECT aksara.register_task('note', 'note'), aksara.register_task('slow', 'slow', batchable => false), aksara.register_task('escape', 'escape', max_attempts => 1);
};
sql('CREATE ROLE worker LOGIN; CREATE ROLE web NOLOGIN');
sql($setup);

# A task that is enqueued runs without anybody starting anything.
wait_until('a launcher is there', q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'aksara launcher')});
sql(q{SET ROLE worker; SELECT aksara.enqueue('note', '{"id": 1}')});
wait_until('the task has run', 'SELECT EXISTS (SELECT FROM fx WHERE id = 1)');
is(sql('SELECT who, acting FROM fx WHERE id = 1'), 'worker|worker', 'as its role');

# Before its commit nothing happens; after it at once.
my $delay = sql(q{
SET ROLE worker;
SELECT aksara.enqueue('note', '{"id": 2}');
SELECT pg_sleep(0.2);
BEGIN; SELECT aksara.enqueue('note', '{"id": 3}'); SELECT pg_sleep(1); SELECT count(*) FROM fx WHERE id = 3; COMMIT;
SELECT pg_sleep(0.5);
SELECT count(*) FROM fx WHERE id = 3;
});
is((split /\n/, $delay)[-3], '0', 'not before the commit');
is((split /\n/, $delay)[-1], '1', 'half a second after it');
my @starts = map { sql(qq{SET ROLE worker; SELECT aksara.enqueue('note', '{"id": 10$_}'); SELECT pg_sleep(0.05)});
	sql(qq{SELECT extract(epoch FROM f.at - h.enqueued_at) * 1000 FROM fx f, aksara.task_history h WHERE f.id = 10$_ AND h.args ->> 'id' = '10$_'}) } 1 .. 5;
note("milliseconds from enqueue to start: @starts");
ok((sort { $a <=> $b } @starts)[2] < 50, 'an idle worker is woken');

# A task of a role that may not log in; it cannot become anybody else.
sql(q{SET ROLE web; SELECT aksara.enqueue('note', '{"id": 4}'); SELECT aksara.enqueue('escape')});
wait_until('it has run', q{SELECT EXISTS (SELECT FROM fx WHERE id = 4)});
wait_until('so has the other', q{SELECT NOT EXISTS (SELECT FROM aksara.task_due)});
is(sql('SELECT acting FROM fx WHERE id = 4'), 'web', 'as its role');
is(sql('SELECT count(*) FROM fx WHERE acting NOT IN (\'web\', \'worker\')'), '0', 'nobody has escaped');

# Those of a superuser do not run, unless the server says so.
sql(q{SELECT aksara.enqueue('note', '{"id": 5}')});
sleep 2;
is(sql('SELECT count(*) FROM fx WHERE id = 5'), '0', 'a superuser\'s task waits');
sql('ALTER SYSTEM SET aksara.task_superuser = on'); sql('SELECT pg_reload_conf()');
sql(q{SELECT aksara.enqueue('note', '{"id": 6}')});
wait_until('and runs when it may', 'SELECT count(*) = 2 FROM fx WHERE id IN (5, 6)');
sql('ALTER SYSTEM RESET aksara.task_superuser'); sql('SELECT pg_reload_conf()');

# What is due later starts by itself.
sql(q{SET ROLE worker; SELECT aksara.enqueue('note', '{"id": 7}', delay => '7 s')});
is(sql('SELECT count(*) FROM aksara.task_later'), '1', 'it waits among the later ones');
wait_until('it starts', 'SELECT EXISTS (SELECT FROM fx WHERE id = 7)');
is(sql(q{SELECT round(extract(epoch FROM f.at - h.enqueued_at)) FROM fx f, aksara.task_history h WHERE f.id = 7 AND h.args ->> 'id' = '7'}), '7', 'when it is due');

# A role that may not connect holds nobody up, and no process is started for it over and over.
wait_until('idle workers have left', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'aksara executor')});
sql('REVOKE CONNECT ON DATABASE postgres FROM PUBLIC; GRANT CONNECT ON DATABASE postgres TO web');
sql(q{SET ROLE worker; SELECT aksara.enqueue('note', '{"id": 8}')});
sql(q{SET ROLE web; SELECT aksara.enqueue('note', '{"id": 9}')});
wait_until('another role\'s task runs', 'SELECT EXISTS (SELECT FROM fx WHERE id = 9)');
sleep 3;
my $tries = () = slurp_file($node->logfile) =~ /permission denied for database "postgres"/g;
ok($tries >= 1 && $tries <= 6, "few attempts were made ($tries)");
sql('GRANT CONNECT ON DATABASE postgres TO PUBLIC');
wait_until('it runs once it may', 'SELECT EXISTS (SELECT FROM fx WHERE id = 8)');

# An idle server writes nothing, once PostgreSQL itself has written what follows a checkpoint.
sql('CHECKPOINT');
my ($wal, $then) = ('', '-');
for (my $looks = 0; $wal ne $then && $looks < 8; $looks++) {
	$wal = sql('SELECT pg_current_wal_insert_lsn()');
	sleep 5;
	$then = sql('SELECT pg_current_wal_insert_lsn()');
}
is($then, $wal, 'idle processes write no WAL');

# No more than as many as may run; they go when they have nothing to do.
sql(q{SET ROLE worker; SELECT count(aksara.enqueue('slow', json_build_object('id', 20 + g, 'seconds', 1))) FROM generate_series(1, 6) g});
wait_until('three run', q{SELECT count(*) = 3 FROM pg_stat_activity WHERE backend_type = 'aksara executor' AND wait_event = 'PgSleep'});
wait_until('all end', 'SELECT count(*) = 6 FROM fx WHERE id > 20 AND id < 30');
wait_until('idle workers leave', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'aksara executor')});

# Another database has its own; it can be dropped under their hands.
sql('CREATE DATABASE other');
sql($setup, 'other');
sql(q{SET ROLE worker; SELECT aksara.enqueue('note', '{"id": 1}')}, 'other');
wait_until('a task in another database runs', 'SELECT EXISTS (SELECT FROM fx)', 'other');
my $begin = time;
sql(q{SET ROLE worker; SELECT aksara.enqueue('note', '{"id": 2}', delay => '8 s')}, 'other');
sql('CREATE DATABASE copy TEMPLATE other');
wait_until('the database that was copied is looked after again', 'SELECT EXISTS (SELECT FROM fx WHERE id = 2)', 'other');
$begin = time;
sql('ALTER DATABASE other RENAME TO another');
sql('DROP DATABASE another');
ok(time - $begin < 20, 'a database is copied, renamed and dropped in time');
sql('DROP DATABASE copy');
sql('CREATE DATABASE plain TEMPLATE DEFAULT');
sql('DROP DATABASE plain');

# R59: the same while bodies run that would take a minute, and for the extension as well: no command waits for them, and what stays goes on.
sub load {
	my ($database, $what) = @_;
	sql(q{SET ROLE worker; SELECT count(aksara.enqueue('slow', '{"id": 50, "seconds": 60}', priority => 1)) FROM generate_series(1, 2);
		SELECT count(aksara.enqueue('note', '{"id": 51}')) FROM generate_series(1, 300)}, $database);
	return loaded($database, $what);
}
sub loaded {
	my ($database, $what) = @_;
	return wait_until("$what: bodies run", qq{SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = '$database' AND backend_type = 'aksara executor' AND wait_event = 'PgSleep'});
}
sub in_time {
	my ($what, $query, $database) = @_;
	my $begin = time;
	sql($query, $database);
	my $took = time - $begin;
	return ok($took < 10, sprintf 'R59: %s takes %.1f s', $what, $took);
}
sub tasks_run {
	my ($database, $what) = @_;
	sql('DELETE FROM fx WHERE id = 52', $database);
	sql(q{SET ROLE worker; SELECT aksara.enqueue('note', '{"id": 52}', priority => 10)}, $database);
	return wait_until("R59: $what: tasks run", 'SELECT EXISTS (SELECT FROM fx WHERE id = 52)', $database);
}
my $space = PostgreSQL::Test::Utils::tempdir();
sql('CREATE DATABASE load');
sql("CREATE TABLESPACE space LOCATION '$space'");
sql($setup, 'load');
load('load', 'a copy');
in_time('a copy', 'CREATE DATABASE copy TEMPLATE load');
loaded('load', 'SET TABLESPACE');
in_time('SET TABLESPACE', 'ALTER DATABASE load SET TABLESPACE space');
loaded('load', 'RENAME');
in_time('RENAME', 'ALTER DATABASE load RENAME TO loaded');
loaded('loaded', 'a DROP EXTENSION that is rolled back');
in_time('a DROP EXTENSION that is rolled back', 'BEGIN; DROP EXTENSION aksara CASCADE; ROLLBACK', 'loaded');
tasks_run('loaded', 'after it');
load('loaded', 'DROP EXTENSION');
in_time('DROP EXTENSION, and made again', "DROP EXTENSION aksara CASCADE; " . $setup =~ s/CREATE TABLE fx.*?;//sr, 'loaded');
tasks_run('loaded', 'made again');
load('loaded', 'DROP DATABASE');
in_time('DROP DATABASE', 'DROP DATABASE loaded');
in_time('DROP DATABASE of the copy', 'DROP DATABASE copy');
sql('DROP TABLESPACE space');
is(sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type IN ('aksara scheduler', 'aksara executor') AND datid NOT IN (SELECT oid FROM pg_database)}), '0',
	'R59: no process is without its database');
is(sql(q{SELECT count(*) > 1 FROM pg_stat_activity WHERE backend_type = 'aksara scheduler'}), 'f', 'R59: one scheduler for the database that is left');

# Processes that die are replaced.
for my $type ('aksara scheduler', 'aksara launcher')
{
	sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = '$type'");
	sql(q{SET ROLE worker; SELECT aksara.enqueue('note', '{"id": 30}')});
	wait_until("tasks run after the $type was ended", 'SELECT EXISTS (SELECT FROM fx WHERE id = 30)');
	sql('DELETE FROM fx');
}
sql(q{SET ROLE worker; SELECT aksara.enqueue('slow', '{"id": 31, "seconds": 2}')});
wait_until('a task runs', q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'aksara executor' AND wait_event = 'PgSleep')});
kill 9, sql(q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'aksara executor' AND wait_event = 'PgSleep'});
sleep 1;
wait_until('the server is back', 'SELECT true');
wait_until('the task runs again, by itself', 'SELECT EXISTS (SELECT FROM fx WHERE id = 31)');
is(sql('SELECT count(*) FROM fx WHERE id = 31'), '1', 'once');

# After a restart what waits goes on, though nobody enqueues anything.
sql(q{SET ROLE worker; SELECT count(aksara.enqueue('note', json_build_object('id', g))) FROM generate_series(101, 300) g});
$node->stop('immediate');
$node->start;
wait_until('all have run', 'SELECT count(*) = 200 FROM fx WHERE id > 100');
is(sql('SELECT count(DISTINCT id) FROM fx WHERE id > 100'), '200', 'each once');

# Without the extension nobody stays, nor who is woken just then.
sql('DROP EXTENSION aksara CASCADE');
sql('SELECT pg_reload_conf()');
wait_until('scheduler and executors leave',
	q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type IN ('aksara scheduler', 'aksara executor'))});
sql($setup =~ s/CREATE TABLE fx.*?;//sr);
sql(q{SET ROLE worker; SELECT aksara.enqueue('note', '{"id": 400}')});
wait_until('made again, it works', 'SELECT EXISTS (SELECT FROM fx WHERE id = 400)');

$node->stop('fast');
done_testing();
