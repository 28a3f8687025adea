# What goes on beside the tasks: the history by day, copies of databases, dumps, roles that are gone.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);
use Tasks ();

my $node = Tasks::make_node('history', "aksara.task_idle_time = 2s\nautovacuum = off\n");
sub sql { my ($query, $database) = @_; return $node->safe_psql($database // 'postgres', $query) }
sub as { my ($role, $query, $database) = @_; return sql("SET SESSION AUTHORIZATION $role; $query", $database) }
sub wait_until { my ($what, $query, $database) = @_; return ok($node->poll_query_until($database // 'postgres', $query), $what) }
my $days = q{SELECT count(*) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'aksara.task_history'::regclass AND c.relname ~ '[0-9]{8}$'};

# ---- days ----

Tasks::app($node, q{SELECT aksara.register_task('note', 'work.note'); SELECT aksara.enqueue('note', '{}')});
wait_until('the scheduler makes two days ahead', "SELECT ($days) = 2");
is(sql(q{SELECT count(*) FROM pg_class c WHERE c.relname ~ '^task_history_[0-9]' AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_depend d
	WHERE d.objid = c.oid AND d.deptype = 'e')}), '0', 'they belong to the extension');

# A day is made while somebody has written into the parent and not committed, and a day that is read is dropped later, without anybody waiting.
sub name_of { my $day = shift; return sql("SELECT 'task_history_' || to_char(clock_timestamp() AT TIME ZONE 'UTC' + $day * interval '1 day', 'YYYYMMDD')") }
sub take_off {
	my $name = name_of(shift);
	sql("BEGIN; ALTER TABLE aksara.task_history DETACH PARTITION aksara.$name; ALTER EXTENSION aksara DROP TABLE aksara.$name; DROP TABLE aksara.$name; COMMIT");
}
my $insert = q{INSERT INTO aksara.task_history (id, attempt, state, role, queue, priority, task, args, max_attempts, enqueued_at, finished_at)
	VALUES (-%d, 1, 'completed', 'regress_app'::regrole, 'x', 0, 'old', '{}', 1, now(), now() %s);};
take_off(2);
my $writer = $node->background_psql('postgres');
$writer->query_safe('BEGIN; ' . sprintf($insert, 1, "+ interval '1 day'"));
my $begin = time;
is(sql('SELECT aksara.maintain_tasks()'), 't', 'a day is made beside an open insert');
ok(time - $begin < 2, 'at once');
$writer->query_safe('COMMIT');
is(sql($days), '2', 'and is there');

my $old = name_of(-20);
my $bounds = sql(q{SELECT format('FROM (%L) TO (%L)', today - 20 || ' 00:00+00', today - 19 || ' 00:00+00') FROM (VALUES ((clock_timestamp() AT TIME ZONE 'UTC')::date)) t (today)});
sql("CREATE TABLE aksara.$old PARTITION OF aksara.task_history FOR VALUES $bounds; ALTER EXTENSION aksara ADD TABLE aksara.$old; " .
	sprintf($insert, 2, "- interval '20 days'") . sprintf($insert, 3, "- interval '10 days'"));
$writer->query_safe('BEGIN; SELECT count(*) FROM aksara.task_history;');
$begin = time;
is(sql('SELECT aksara.maintain_tasks()'), 'f', 'what is read is not dropped');
ok(time - $begin < 2, 'and nobody waits for it');
is(sql("SELECT to_regclass('aksara.$old') IS NOT NULL"), 't', 'it is there');
is(sql('SELECT count(*) FROM aksara.task_history WHERE id = -3'), '0', 'a row of no day is');
$writer->query_safe('COMMIT');
$writer->quit;
sql('SELECT pg_reload_conf()');
wait_until('the scheduler drops it when nobody reads it', "SELECT to_regclass('aksara.$old') IS NULL");
sql('ALTER SYSTEM SET aksara.task_retention = 0');
sql(sprintf($insert, 4, "- interval '400 days'") . 'SELECT pg_reload_conf()');
sleep 1;
is(sql('SHOW aksara.task_retention'), '0', 'keeping everything is a choice');
sql('SELECT aksara.maintain_tasks()');
is(sql('SELECT count(*) FROM aksara.task_history WHERE id = -4'), '1', 'and everything is kept');
sql(q{ALTER SYSTEM SET aksara.task_retention = '30d'; });
sql('SELECT pg_reload_conf()');
wait_until('until it is not', 'SELECT NOT EXISTS (SELECT FROM aksara.task_history WHERE id = -4)');

# A duty that fails is told of once, and tasks run nevertheless.
take_off(1);
my $tomorrow = name_of(1);
sql("CREATE TABLE public.$tomorrow (); ALTER TABLE public.$tomorrow SET SCHEMA aksara");
sql('SELECT pg_reload_conf()') for 1 .. 3;
sql('SELECT pg_reload_conf()'), sleep 0.5 for 1 .. 3;
Tasks::app($node, q{SELECT aksara.enqueue('note', '{}')});
Tasks::finished($node, 'tasks run though a duty fails');
my $told = () = slurp_file($node->logfile) =~ /relation "$tomorrow" already exists/g;
is($told, 1, 'which is told of once');
is(sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'aksara scheduler'}), '1', 'and does not end the scheduler');
sql("DROP TABLE aksara.$tomorrow; SELECT pg_reload_conf()");
wait_until('it is done when it can be', "SELECT ($days) = 2");

# ---- roles that are gone ----

sql('CREATE ROLE regress_gone; GRANT USAGE ON SCHEMA work TO PUBLIC');
sql('ALTER SYSTEM SET aksara.task_workers = 0');
sql('SELECT pg_reload_conf()');
sql('SET ROLE regress_gone; SELECT count(aksara.enqueue(\'note\', \'{}\')) FROM generate_series(1, 250)');
my $gone = sql(q{SELECT 'regress_gone'::regrole::oid});
Tasks::app($node, q{SELECT count(aksara.enqueue('note', '{}')) FROM generate_series(1, 10)});
sql('DROP ROLE regress_gone');
sql('ALTER SYSTEM RESET aksara.task_workers');
sql('SELECT pg_reload_conf()');
wait_until('tasks of a role that is gone fail', qq{SELECT count(*) = 250 FROM aksara.task_history WHERE role = $gone AND state = 'failed' AND attempt = 1
	AND error ->> 'sqlstate' = '42704' AND error ->> 'message' = 'role $gone was dropped'});
Tasks::finished($node, 'those of others run');
is(sql(q{SELECT count(*) FROM aksara.task_history WHERE state = 'completed' AND task = 'note'}), '12', 'all of them');

# ---- copies ----

sql(q{ALTER ROLE regress_app SET search_path = work; ALTER SYSTEM SET aksara.task_workers = 0});
sql('SELECT pg_reload_conf()');
wait_until('nobody works', q{SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'aksara executor')});
Tasks::app($node, q{SELECT count(aksara.enqueue('note', '{}')) FROM generate_series(1, 20)});
sql('CREATE DATABASE source TEMPLATE template0');
sql('CREATE DATABASE regress_copy TEMPLATE postgres', 'source');
sql(q{ALTER SYSTEM RESET aksara.task_workers});
sql('SELECT pg_reload_conf()');
Tasks::finished($node, 'in the first database they run');
as('regress_app', q{SELECT aksara.enqueue('note', '{}')}, 'regress_copy');
my $paused = qr/WARNING:  .*tasks of database "regress_copy" are paused/;
my $end = time + 30;
sleep 0.2 while time < $end && slurp_file($node->logfile) !~ $paused;
sleep 2;
is(() = slurp_file($node->logfile) =~ /$paused/g, 1, 'a copy says that its tasks are paused, once');
is(sql('SELECT count(*) FROM aksara.task_due', 'regress_copy'), '21', 'none of them runs');
is(sql(q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'aksara executor' AND datname = 'regress_copy'}), '0', 'and no worker is started');
is(as('regress_app', 'CALL aksara.run_tasks()', 'regress_copy'), '0', 'nor does a session run any');
$node->restart;
wait_until('a restart changes nothing', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'aksara scheduler' AND datname = 'regress_copy'});
sleep 1;
is(sql('SELECT count(*) FROM aksara.task_due', 'regress_copy'), '21', 'none of them runs');
is(sql('SELECT aksara.resume_all()', 'regress_copy'), 't', 'they are resumed');
wait_until('and run', 'SELECT NOT EXISTS (SELECT FROM aksara.task_due)', 'regress_copy');
is(sql('SELECT aksara.resume_all()', 'regress_copy'), 'f', 'once is enough');
is(sql(q{SELECT count(*) FROM aksara.task_history WHERE state = 'completed' AND task = 'note'}), '32', 'the first database has run its own');
is(sql(q{SELECT count(*) FROM aksara.task_history WHERE state = 'completed' AND task = 'note'}, 'regress_copy'), '33', 'and the copy its own');
sql('DROP DATABASE regress_copy');
sql('DROP DATABASE source');

# ---- dump and restore ----

my $dump = $node->basedir . '/dump';
mkdir $dump;
my $state = q{SELECT name, role, handler, options FROM aksara.task_definition ORDER BY name; SELECT * FROM aksara.task_queue ORDER BY name};
sub make_db { my ($db, $owner) = @_; sql("CREATE DATABASE $db OWNER $owner TEMPLATE template0"); sql('CREATE EXTENSION aksara', $db) if $owner ne 'postgres' }
sub restore {
	my ($db, $role, $text) = @_;
	my ($out, $err);
	$node->psql($db, $text, extra_params => [ '-U', $role ], on_error_stop => 0, stdout => \$out, stderr => \$err);
	return join "\n", grep { /ERROR|WARNING/ } split /\n/, $err;
}
make_db('regress_first', 'regress_app');
sql(q{
	SET ROLE regress_app;
	CREATE SCHEMA mine;
	CREATE FUNCTION mine.who() RETURNS text LANGUAGE sql AS 'SELECT current_user';
	SELECT aksara.register_task('who', 'mine.who', queue => 'first', timeout => '5 s', retry_delay => 0.5, priority => -3);
	SELECT aksara.register_task('who again', 'mine.who', batchable => false, group_on_error => 'skip');
	SELECT count(aksara.enqueue('who')), count(aksara.enqueue('who again', delay => '1 hour')) FROM generate_series(1, 5);
	RESET ROLE;
	SELECT aksara.configure_queue('first', max_running => 3, rate => 1000, period => '1 min', burst => 20, aging => 5), aksara.pause_queue('default');
}, 'regress_first');
wait_until('tasks have ended', q{SELECT count(*) = 5 FROM aksara.task_history WHERE state = 'completed'}, 'regress_first');
my $before = sql($state, 'regress_first');
$node->command_ok([ 'pg_dump', '-U', 'regress_app', '-d', 'regress_first', '-f', "$dump/owner.sql" ], 'an ordinary owner dumps');
$node->command_ok([ 'pg_dump', '-d', 'regress_first', '-f', "$dump/super.sql" ], 'so does a superuser');
$node->command_ok([ 'pg_dump', '-d', 'regress_first', '-Fc', '-f', "$dump/custom" ], 'in any form');
my ($owner, $super) = map { slurp_file("$dump/$_.sql") } qw(owner super);
unlike($super, qr/task_history|task_due|task_later|task_home|task_role/, 'tasks and the history are in no dump');

make_db('regress_owner', 'regress_app');
like(restore('regress_owner', 'regress_app', $owner), qr/\A([^\n]*must be owner of extension aksara)?\z/, 'an ordinary owner restores');
is(sql($state, 'regress_owner'), $before, 'definitions and queues are there, limits and all');
is(as('regress_app', q{SELECT aksara.enqueue('who') > 0}, 'regress_owner'), 't', 'they work');
wait_until('and run', q{SELECT EXISTS (SELECT FROM aksara.task_history WHERE result = '"regress_app"')}, 'regress_owner');
my $waiting = as('regress_app', q{SELECT json_agg(json_strip_nulls(json_build_object('task', task, 'args', args, 'queue', queue, 'priority', priority, 'run_at', run_at,
	'max_attempts', max_attempts, 'key', key, 'group_key', group_key)) ORDER BY id) FROM aksara.tasks WHERE finished_at IS NULL}, 'regress_first');
my $later = q{SELECT task, args, queue, priority, run_at, max_attempts FROM aksara.tasks WHERE state = 'waiting' ORDER BY id};
as('regress_app', "SELECT aksara.enqueue_many('$waiting')", 'regress_owner');
is(as('regress_app', $later, 'regress_owner'), as('regress_app', $later, 'regress_first'), 'waiting tasks are taken along by hand');
like(restore('regress_owner', 'regress_app', $owner =~ /^(COPY aksara\.task_definition .*?^\\\.\n)/ms ? $1 : die), qr/\A\z/, 'again: nothing is said twice');
make_db('regress_super', 'postgres');
is(restore('regress_super', 'postgres', $super), '', 'a superuser restores');
is(sql($state, 'regress_super'), $before, 'with all there is');
make_db('regress_jobs', 'postgres');
$node->command_ok([ 'pg_restore', '-j', '4', '-d', 'regress_jobs', "$dump/custom" ], 'pg_restore -j4');
is(sql($state, 'regress_jobs'), $before, 'with all there is');

# Who may not speak for the role leaves its tasks out, and keeps the rest; a role that is not here yet is named.
sql('CREATE ROLE regress_user LOGIN');
make_db('regress_stranger', 'regress_user');
like(restore('regress_stranger', 'regress_user', $owner), qr/WARNING:  task "who" was left out/, 'a stranger does not bring them');
is(sql('SELECT count(*) FROM aksara.task_definition WHERE role = \'regress_app\'', 'regress_stranger'), '0', 'and has none');
is(sql('SELECT max_running FROM aksara.task_queue WHERE name = \'first\'', 'regress_stranger'), '3', 'but the queues of his own database');
make_db('regress_nobody', 'postgres');
is(restore('regress_nobody', 'postgres', $super =~ s/\bregress_app\b/regress_nobody/gr =~ s/^(?:ALTER|GRANT).*\n//gmr), '', 'a role that is not here does not spoil the rest');
is(sql('SELECT count(*) FROM aksara.task_definition WHERE role = \'regress_nobody\'', 'regress_nobody'), '2', 'it is named');
sql('GRANT USAGE ON SCHEMA mine TO PUBLIC', 'regress_nobody');
is(as('regress_app', q{SELECT aksara.enqueue('who') > 0}, 'regress_nobody'), 't', 'and its tasks can be enqueued by who may call the function');
sql('CREATE ROLE regress_nobody');
is(sql(q{SET ROLE regress_nobody; SELECT aksara.unregister_task('who')}, 'regress_nobody'), 't', 'they are its own when it is here');

# ---- nothing stays ----

sql("DROP DATABASE $_") for qw(regress_first regress_owner regress_super regress_jobs regress_stranger regress_nobody);
sql('DROP EXTENSION aksara CASCADE');
is(sql(q{SELECT count(*) FROM pg_class WHERE relname ~ '^task_'}), '0', 'DROP EXTENSION takes the days along');
sql('CREATE EXTENSION aksara');
my @bad = Tasks::server_log($node) =~ /^.*(?:PANIC:|TRAP:|runtime error:).*$/mg;
is("@bad", '', 'the server is well');
$node->stop('fast');
done_testing();
