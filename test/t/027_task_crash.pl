# A task that crashes the server is found out and does so twice at most; who only stood by loses nothing. A body that will not end is ended.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use File::Copy qw(copy);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Tasks;
use Time::HiRes qw(time sleep);

my $node = make_node('crash', "aksara.task_grace = '300ms'\n");
my $asleep = q{wait_event = 'PgSleep'};
my $live = '(SELECT * FROM aksara.task_due UNION ALL SELECT * FROM aksara.task_later) l';
sub crashes_of { return sql($node, "SELECT string_agg(crashes::text, ' ' ORDER BY id) FROM $live WHERE task = '$_[0]'") }
sub crashes { my $n = () = server_log($node) =~ /terminated by signal 9/g; return $n }
sub outcome { return sql($node, "SELECT state, attempts, count(*) FROM aksara.tasks WHERE task = '$_[0]' GROUP BY 1, 2") }
sub effects { return sql($node, "SELECT count(*), count(DISTINCT id) FROM work.fx WHERE task = '$_[0]'") }

# Bodies that kill their own process, as long as nobody says that it is enough; and one that only sleeps.
my $bodies = q{
CREATE FUNCTION die() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS
	$$BEGIN EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', 'kill -9 ' || pg_backend_pid()); PERFORM pg_sleep(60); END$$;
SET ROLE regress_app;
CREATE TABLE work.enough (task text);
CREATE FUNCTION work.note_poison(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN PERFORM work.note(run); IF NOT EXISTS (SELECT FROM work.enough WHERE task = run.task) THEN PERFORM die(); END IF; END$$;
CREATE FUNCTION work.slow_at_first(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN PERFORM work.note(run); IF NOT EXISTS (SELECT FROM work.enough WHERE task = run.task) THEN PERFORM pg_sleep(60); END IF; END$$;
CREATE FUNCTION work.slow_stubborn(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM work.note(run);
	FOR i IN 1 .. 1200 LOOP
		EXIT WHEN EXISTS (SELECT FROM work.enough WHERE task = run.task);
		BEGIN PERFORM pg_sleep(0.1); EXCEPTION WHEN query_canceled THEN PERFORM 1; END;
	END LOOP;
END$$;
GRANT SELECT ON work.enough TO PUBLIC;
SELECT aksara.register_task(n, 'work.note') FROM unnest('{normal,beside,after}'::text[]) n;
SELECT aksara.register_task(n, 'work.note_poison') FROM unnest('{poison,once}'::text[]) n;
SELECT aksara.register_task(n, 'work.slow_at_first') FROM unnest('{killed,bystander,first,session,stopped,orphan,left}'::text[]) n;
SELECT aksara.register_task('stubborn', 'work.slow_stubborn', max_attempts => 1, timeout => '500 ms'),
	aksara.register_task('cancelled', 'work.slow_stubborn', max_attempts => 1),
	aksara.register_task('cancelled_soon', 'work.slow_stubborn', max_attempts => 1, timeout => '1 h')};
sql($node, $bodies);
sub enough { sql($node, "INSERT INTO work.enough VALUES ('$_[0]')") }
sub sleeping { my $count = shift; return wait_for($node, "$_[0]: it runs", "SELECT count(*) = $count FROM pg_stat_activity WHERE $asleep", 30) }
sub kill_sleeper { my $where = shift // 'true'; kill 'KILL', sql($node, "SELECT pid FROM pg_stat_activity WHERE $asleep AND $where LIMIT 1"); sleep 0.2; wait_until_up($node) }

# R28: among others it crashes the server twice; they all run.
app($node, q{SELECT count(aksara.enqueue('normal')) FROM generate_series(1, 500); SELECT aksara.enqueue('poison');
	SELECT count(aksara.enqueue('normal')) FROM generate_series(1, 500)});
finished($node, 'R28: all tasks end', 90);
is(crashes(), 2, 'R28: the server crashed twice');
is(outcome('normal') . ' ' . effects('normal'), 'completed|1|1000 1000|1000', 'R28: the others ran, once');
is(outcome('poison'), 'failed|1|1', 'R28: that one has failed, with attempts left');
is(sql($node, q{SELECT error ->> 'sqlstate', error ->> 'message', started_at < finished_at FROM aksara.task_history WHERE task = 'poison'}),
	'57P02|the server crashed twice while this task ran|t', 'R28: it says why');
invariants($node, 'R28', normal => 1000, poison => 1);
enough('poison');
is(app($node, q{SELECT aksara.retry(id) FROM aksara.tasks WHERE task = 'poison'}), 't', 'R28: it may be tried again');
finished($node, 'R28: it ends', 30);
is(effects('poison') . ' ' . crashes(), '1|1 2', 'R28: and runs, when it is mended');
app($node, q{SELECT aksara.purge('0 s', '{retried,failed,completed}')});
sql($node, 'TRUNCATE work.fx');

# R22: one that was killed from outside runs again after a rest, as if nothing had been.
app($node, q{SELECT aksara.enqueue('killed')});
sleeping(1, 'R22');
my $rest = elapsed(sub {
	kill_sleeper();
	wait_for($node, 'R22: it rests', q{SELECT crashes = 1 FROM aksara.task_later WHERE task = 'killed'}, 20);
	enough('killed');
	finished($node, 'R22: it runs again', 30);
});
ok($rest > 3 && $rest < 20, "R22: after $rest seconds");
is(outcome('killed') . ' ' . effects('killed'), 'completed|1|1 1|1', 'R22: one effect, no attempt spent');
invariants($node, 'R22', killed => 1);

# Who stands by loses nothing, and does not rest; a session that works is told from a culprit, too.
sub work_in_session {
	my ($out, $error) = ('', '');
	return IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-c', 'CALL aksara.run_tasks()' ], '<', \undef, '>', \$out, '2>', \$error);
}
app($node, q{SELECT aksara.enqueue('bystander')});
sql($node, q{SELECT aksara.enqueue('session')});
my $session = work_in_session();
sleeping(2, 'bystanders');
app($node, q{SELECT aksara.enqueue('once')});
wait_for($node, 'the culprit rests', q{SELECT crashes = 1 FROM aksara.task_later WHERE task = 'once'}, 30);
eval { $session->finish };
is(crashes_of('bystander') . ' ' . crashes_of('session'), '0 0', 'bystanders are none');
enough('once');
sleeping(1, 'the bystander is repeated');
enough('bystander');
sql($node, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE $asleep");
wait_for($node, 'and ends', q{SELECT EXISTS (SELECT FROM work.fx WHERE task = 'bystander')}, 20);
$session = work_in_session();
sleeping(1, 'a session works again');
kill_sleeper(q{backend_type = 'client backend'});
eval { $session->finish };
wait_for($node, 'it was the culprit this time', q{SELECT crashes = 1 FROM aksara.task_later WHERE task = 'session'}, 20);
enough('session');
wait_for($node, 'it is due again', q{SELECT EXISTS (SELECT FROM aksara.task_due WHERE task = 'session')}, 20);
sql($node, 'CALL aksara.run_tasks()');
finished($node, 'all end', 30);
is(join(' ', map { effects($_) } qw(bystander session once)), '1|1 1|1 1|1', 'each has run once');

# The others of a group wait for a suspect.
app($node, q{SELECT aksara.enqueue('first', group_key => 'g'), aksara.enqueue('after', group_key => 'g')});
sleeping(1, 'group');
kill_sleeper();
wait_for($node, 'group: the first rests', q{SELECT crashes = 1 FROM aksara.task_later WHERE task = 'first'}, 20);
enough('first');
finished($node, 'group: all end', 30);
is(sql($node, q{SELECT string_agg(task, ' ' ORDER BY at) FROM work.fx WHERE task IN ('first', 'after')}), 'first after', 'group: in its order');

# An immediate stop makes no suspects, nor does the death of the postmaster.
app($node, q{SELECT aksara.enqueue('stopped'), aksara.enqueue('orphan')});
sleeping(2, 'stop');
$node->stop('immediate');
$node->start;
sleeping(2, 'stop, again');
is(crashes_of('stopped'), '0', 'an immediate stop makes no suspect');
my @children = executors($node);
$node->kill9;
my $end = time + 30;
sleep 0.1 until !(grep { kill 0, $_ } @children) || time > $end;
$node->start;
sleeping(2, 'postmaster');
is(crashes_of('orphan'), '0', 'nor does the death of the postmaster');
enough('stopped');
enough('orphan');
sql($node, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $asleep");
finished($node, 'they end', 30);

# Where the server does not begin anew by itself, the next start knows; another server has nothing to do with it.
my $other = make_node('other');
sql($other, $bodies);
sql($node, 'ALTER SYSTEM SET restart_after_crash = off');
sql($node, 'SELECT pg_reload_conf()');
my $id = app($node, q{SELECT aksara.enqueue('left')});
sql($other, "SELECT setval('aksara.task_id', $id, false); SELECT aksara.pause_queue('default')");
is(app($other, q{SELECT aksara.enqueue('left')}), $id, 'another server has a task of the same number');
$other->stop;
sleeping(1, 'left');
kill 'KILL', sql($node, "SELECT pid FROM pg_stat_activity WHERE $asleep");
$end = time + 30;
sleep 0.1 until !-e $node->data_dir . '/postmaster.pid' || time > $end;
my $file = '/pg_stat_tmp/aksara_tasks.journal';
ok(-s $node->data_dir . $file, 'left: the server is gone, and has left a note');
copy($node->data_dir . $file, $other->data_dir . $file) or die $!;
$node->kill9;
$node->start;
wait_for($node, 'left: it counts', q{SELECT crashes = 1 FROM aksara.task_later WHERE task = 'left'}, 20);
ok(!-e $node->data_dir . $file, 'left: once');
enough('left');
finished($node, 'left: it runs again', 30);
is(effects('left'), '1|1', 'left: once');
$other->start;
wait_for($other, 'another server is up', q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'aksara scheduler')}, 30);
sleep 1;
is(sql($other, q{SELECT crashes FROM aksara.task_due WHERE task = 'left'}), '0', 'another server\'s note does not count');
ok(!-e $other->data_dir . $file, 'and is thrown away');
$other->stop('fast');

# R44: a body that catches the end of its time is ended a little later: that attempt has failed. Those that share its transaction know nothing of it.
app($node, q{SELECT count(aksara.enqueue('beside')) FROM generate_series(1, 5); SELECT aksara.enqueue('stubborn');
	SELECT count(aksara.enqueue('beside')) FROM generate_series(1, 5)});
my $took = elapsed(sub { finished($node, 'R44: it is ended', 30) });
cmp_ok($took, '<', 5, "R44: after $took seconds");
is(outcome('stubborn') . ' ' . effects('stubborn'), 'failed|1|1 0|0', 'R44: a failure without effects');
is(sql($node, q{SELECT error ->> 'sqlstate', error ->> 'message' FROM aksara.task_history WHERE task = 'stubborn'}),
	'57014|the task did not end when its time was over', 'R44: it says why');
is(outcome('beside') . ' ' . effects('beside'), 'completed|1|10 10|10', 'R44: the others ran, once, and spent nothing');
invariants($node, 'R44', stubborn => 1, beside => 10);

# R46: so is one that catches its cancellation, whatever its time; it was cancelled.
for my $task (qw(cancelled cancelled_soon)) {
	$id = app($node, "SELECT aksara.enqueue('$task')");
	sleeping(1, 'R46');
	is(app($node, "SELECT aksara.cancel($id)"), 'requested', 'R46: it runs, and is told');
	$took = elapsed(sub { finished($node, 'R46: it is ended', 20) });
	cmp_ok($took, '<', 5, "R46: after $took seconds");
	is(outcome($task) . ' ' . effects($task), 'cancelled|0|1 0|0', 'R46: it was cancelled, without effects');
}

# Who only stops the work, and not the task, has the task begin again, with nothing spent.
$id = app($node, q{SELECT aksara.enqueue('cancelled')});
sleeping(1, 'R46');
my $pid = sql($node, "SELECT pg_cancel_backend(pid)::text || ' ' || pid FROM pg_stat_activity WHERE $asleep");
$pid =~ s/^true //;
wait_for($node, 'R46: a worker that is stopped by hand ends', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)", 10);
sleeping(1, 'R46: again');
is(sql($node, "SELECT attempts FROM aksara.task_due WHERE id = $id"), '0', 'R46: no attempt is spent');
is(app($node, "SELECT aksara.cancel($id)"), 'requested', 'R46: and it is cancelled');
finished($node, 'R46: in the end', 20);

# A lock timeout that a body catches tells it nothing of the kind.
app($node, q{
CREATE TABLE work.locked (id integer PRIMARY KEY);
CREATE FUNCTION work.note_lock(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM work.note(run);
	SET LOCAL lock_timeout = '50ms';
	BEGIN LOCK TABLE work.locked; EXCEPTION WHEN lock_not_available THEN PERFORM pg_sleep(1); END;
END$$;
SELECT aksara.register_task('lock', 'work.note_lock', max_attempts => 1)});
my ($out, $error) = ('', '');
my $lock = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-c', 'BEGIN', '-c', 'LOCK TABLE work.locked', '-c', 'SELECT pg_sleep(4)' ],
	'<', \undef, '>', \$out, '2>', \$error);
sleeping(1, 'lock');
app($node, q{SELECT aksara.enqueue('lock')});
finished($node, 'a body that caught a lock timeout goes on', 20);
$lock->finish;
is(outcome('lock'), 'completed|1|1', 'and ends as it likes');
invariants($node, 'all');
$node->stop('fast');

# Without preloading: the workers that were started are ended and not replaced; others go on.
my $plain = PostgreSQL::Test::Cluster->new('plain');
$plain->init;
$plain->append_conf('postgresql.conf', "max_worker_processes = 12\naksara.task_grace = '300ms'\n");
$plain->start;
$node = $plain;
sql($node, "CREATE ROLE regress_app LOGIN; CREATE ROLE regress_other LOGIN;\n$Tasks::setup");
sql($node, $bodies);
sql($node, 'GRANT EXECUTE ON FUNCTION aksara.start_workers(integer) TO regress_app');
app($node, q{SELECT aksara.start_workers(3); SELECT aksara.enqueue('stubborn'); SELECT aksara.enqueue('beside')});
finished($node, 'plain: a body that catches the end of its time is ended', 30);
is(outcome('stubborn') . ' ' . outcome('beside'), 'failed|1|1 completed|1|1', 'plain: it has failed');
$id = app($node, q{SELECT aksara.enqueue('cancelled')});
sleeping(1, 'plain');
is(app($node, "SELECT aksara.cancel($id)"), 'requested', 'plain: another is told');
finished($node, 'plain: one that catches its cancellation is ended', 30);
is(outcome('cancelled'), 'cancelled|0|1', 'plain: it was cancelled');
is(scalar(executors($node)), 1, 'plain: one worker is left');
app($node, q{SELECT aksara.enqueue('after')});
finished($node, 'plain: and goes on', 20);
is(effects('after'), '1|1', 'plain: as ever');
$node->stop('fast');
done_testing();
