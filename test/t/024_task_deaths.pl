# Whatever dies, a worker, the server, the machine's disk space: tasks are repeated where they had no effect, and nowhere else.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Tasks;
use Time::HiRes qw(time sleep);

my $node = make_node('deaths', "aksara.task_workers = 8\nwal_level = replica\nmax_wal_senders = 2\nsynchronous_commit = local\n");
app($node, q{
CREATE TABLE work.hold (held boolean);
CREATE FUNCTION work.slow_held(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN PERFORM work.note(run); IF EXISTS (SELECT FROM work.hold) THEN PERFORM pg_sleep(60); END IF; END$$;
SELECT aksara.register_task(n, 'work.slow_held') FROM unnest('{r21,r22,r25,r26}'::text[]) n;
SELECT aksara.register_task('r23', 'work.note'), aksara.register_task('r24', 'work.fail', retry_delay => 0),
	aksara.register_task('r27_note', 'work.note'), aksara.register_task('r27_brief', 'work.brief'),
	aksara.register_task('r27_fail', 'work.fail', max_attempts => 2, retry_delay => 0.1)});
my $asleep = q{backend_type = 'aksara executor' AND wait_event = 'PgSleep'};

# Enqueues tasks whose bodies wait, and returns when all of them do; their next runs will not.
sub hold {
	my ($task, $count) = @_;
	sql($node, 'INSERT INTO work.hold VALUES (true)');
	app($node, "SELECT count(aksara.enqueue('$task')) FROM generate_series(1, $count)");
	wait_for($node, "$task: $count run", "SELECT count(*) = $count FROM pg_stat_activity WHERE $asleep", 20);
	sql($node, 'DELETE FROM work.hold');
	return executors($node, $asleep);
}

# R21: the task of a worker that is terminated begins again at once.
hold('r21', 1);
my $fresh = elapsed(sub {
	sql($node, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $asleep");
	wait_for($node, 'R21: it runs again', q{SELECT EXISTS (SELECT FROM work.fx WHERE task = 'r21')}, 20);
});
cmp_ok($fresh, '<', 5, "R21: after $fresh seconds");
is(sql($node, q{SELECT count(*), max(attempt) FROM work.fx WHERE task = 'r21'}), '1|1', 'R21: one effect, no attempt spent');
invariants($node, 'R21', r21 => 1);

# R22: the same after kill -9, once the server has recovered.
kill 'KILL', hold('r22', 1);
sleep 0.1;
wait_until_up($node);
finished($node, 'R22: it runs again', 30);
is(sql($node, q{SELECT count(*), max(attempt) FROM work.fx WHERE task = 'r22'}), '1|1', 'R22: one effect, no attempt spent');
invariants($node, 'R22', r22 => 1);

# R23: what had committed is not repeated. A worker that waits for a standby has its commit on disk, and has told nobody.
sql($node, q{ALTER ROLE regress_app SET synchronous_commit = on});
for my $signal ('KILL', 'TERM') {
	sql($node, q{ALTER SYSTEM SET synchronous_standby_names = 'nobody'});
	sql($node, q{SELECT pg_reload_conf(); SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'aksara executor'});
	sql($node, q{SET ROLE regress_app; SELECT aksara.enqueue('r23')});
	my $committed = q{backend_type = 'aksara executor' AND wait_event = 'SyncRep'};
	wait_for($node, 'R23: a worker has just committed', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $committed", 30);
	is(number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r23' AND finished_at IS NULL}), 1, 'R23: which nobody sees yet');
	sql($node, 'ALTER SYSTEM RESET synchronous_standby_names');
	kill $signal, executors($node, $committed);
	sleep 0.2;
	wait_until_up($node);
	sql($node, 'SELECT pg_reload_conf()');
	finished($node, "R23: the task has ended, SIG$signal or not", 30);
}
sql($node, q{ALTER ROLE regress_app RESET synchronous_commit;
	SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'aksara executor'});
is(sql($node, q{SELECT count(*), count(DISTINCT id) FROM work.fx WHERE task = 'r23'}), '2|2', 'R23: each has one effect');
invariants($node, 'R23', r23 => 2);

# The same by chance: workers are killed at any moment of tasks that do next to nothing.
app($node, q{SELECT aksara.register_task('r23_any', 'work.note')});
client($node, 'r23', "SELECT aksara.enqueue('r23_any');\n" x 200);
for (1 .. amount(short => 4, long => 50)) {
	sleep 0.2 + rand 0.3;
	kill_one($node, 'KILL');
	sleep 0.05;
	wait_until_up($node);
}
stop_clients();
finished($node, 'R23: all end');
cmp_ok(number($node, q{SELECT count(*) FROM work.fx WHERE task = 'r23_any'}), '>', 200, 'R23: many have run');
invariants($node, 'R23 by chance');

# R24: a crash between the error and its record. The worker waits for the history, with the body's error in hand.
{
	my ($out, $error) = ('', '');
	my $lock = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'), '-c', 'BEGIN', '-c', 'LOCK TABLE aksara.task_history IN EXCLUSIVE MODE',
			'-c', 'SELECT pg_sleep(60)' ], '<', \undef, '>', \$out, '2>', \$error);
	wait_for($node, 'R24: the history is locked', q{SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'aksara.task_history'::regclass AND mode = 'ExclusiveLock' AND granted)});
	app($node, q{SELECT aksara.enqueue('r24')});
	my $waits = q{backend_type = 'aksara executor' AND wait_event_type = 'Lock'};
	wait_for($node, 'R24: a body has failed', "SELECT count(*) = 1 FROM pg_stat_activity WHERE $waits", 30);
	kill 'KILL', executors($node, $waits);
	eval { $lock->finish };
	wait_until_up($node);
}
my $failing = amount(short => 200, long => 2000);
app($node, qq{SELECT count(aksara.enqueue('r24', '{"seconds": 0.02}')) FROM generate_series(1, $failing)});
$failing++;
for (1 .. amount(short => 3, long => 30)) {
	sleep 0.1 + rand 0.1;
	kill_one($node, 'KILL');
	sleep 0.05;
	wait_until_up($node);
}
finished($node, 'R24: all end', 60);
is(sql($node, q{SELECT state, attempts, count(*) FROM aksara.tasks WHERE task = 'r24' GROUP BY 1, 2}), "failed|3|$failing", 'R24: with all their attempts');
is(sql($node, q{SELECT attempt, count(*) FROM aksara.task_history WHERE task = 'r24' GROUP BY 1 ORDER BY 1}), "1|$failing\n2|$failing\n3|$failing", 'R24: each recorded once');
invariants($node, 'R24', r24 => $failing);

# R25: the postmaster is killed: its children go by themselves, and all goes on when it is started again.
sub gone { return !grep { kill 0, $_ } @_ }
my @children = hold('r25', 4);
push @children, split /\n/, sql($node, q{SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'aksara%'});
$node->kill9;
my $end = time + 30;
sleep 0.1 until gone(@children) || time > $end;
ok(gone(@children), 'R25: no process outlives the postmaster');
$node->start;
finished($node, 'R25: all tasks end', 60);
is(sql($node, q{SELECT count(*), count(DISTINCT id), max(attempt) FROM work.fx WHERE task = 'r25'}), '4|4|1', 'R25: each has one effect');
invariants($node, 'R25', r25 => 4);

# R26: a fast shutdown waits for no body, and costs no attempt.
hold('r26', 8);
my $stop = elapsed(sub { $node->stop('fast') });
cmp_ok($stop, '<', 10, "R26: it takes $stop seconds");
$node->start;
finished($node, 'R26: all tasks run again', 60);
is(sql($node, q{SELECT count(*), count(DISTINCT id), max(attempt) FROM work.fx WHERE task = 'r26'}), '8|8|1', 'R26: each has one effect, no attempt was spent');
invariants($node, 'R26', r26 => 8);

# R27: clients enqueue and cancel while the server is stopped at once again and again. Nothing is lost or doubled, and what was said was so.
client($node, "r27_$_", join '', map { my $task = (qw(note note brief fail))[ rand 4 ]; my $delay = rand > 0.7 ? "delay => '1 s'" : 'delay => NULL';
	"SELECT aksara.enqueue('r27_$task', $delay);\n" . (rand > 0.5 ? "SELECT pg_sleep(0.004) \\g /dev/null\n" : '') } 1 .. 100) for 1, 2;
client($node, 'r27_cancel', q{SELECT id, aksara.cancel(id) FROM (SELECT id FROM aksara.tasks WHERE finished_at IS NULL ORDER BY random() LIMIT 1 OFFSET 0) t;
SELECT pg_sleep(0.02) \g /dev/null
} x 50);
my $until = time + amount(short => 12, long => 240);
my $stops = 0;
while (time < $until || $stops < 3) {
	sleep 0.5 + rand amount(short => 1, long => 6);
	if (rand > 0.7) {
		kill_one($node, 'KILL');
		sleep 0.05;
		wait_until_up($node);
	} else {
		$node->stop('immediate');
		$node->start;
	}
	$stops++;
}
stop_clients();
finished($node, 'R27: all end', 120);
my @acknowledged = map { acknowledged("r27_$_") } 1, 2;
my @cancels = acknowledged('r27_cancel');
sql($node, 'CREATE TABLE acknowledged AS SELECT unnest($${' . join(',', @acknowledged) . '}$$::bigint[]) AS id;
	CREATE TABLE cancels AS SELECT split_part(a, $$|$$, 1)::bigint AS id, split_part(a, $$|$$, 2) AS answer FROM unnest($${' . join(',', @cancels) . '}$$::text[]) a');
note(sprintf 'R27: %d acknowledged, %d cancels answered, %d crashes; what became of them:', scalar @acknowledged, scalar @cancels, $stops);
note(sql($node, q{SELECT task, state, count(*) FROM aksara.tasks WHERE task LIKE 'r27%' GROUP BY 1, 2 ORDER BY 1, 2}));
cmp_ok(scalar @acknowledged, '>', 500, 'R27: enough was enqueued');
is(sql($node, 'SELECT count(*) FROM (SELECT id FROM acknowledged EXCEPT SELECT id FROM aksara.tasks) lost'), '0', 'R27: nothing that was acknowledged is lost');
my $more = number($node, q{SELECT count(*) FROM (SELECT id FROM aksara.tasks WHERE task LIKE 'r27%' EXCEPT SELECT id FROM acknowledged) more});
cmp_ok($more, '<=', 2 * $stops, "R27: hardly more than was acknowledged ($more)");
is(sql($node, q{SELECT id, answer, state FROM cancels JOIN aksara.tasks USING (id) WHERE answer = 'cancelled' AND state <> 'cancelled'
	OR answer = 'finished' AND finished_at IS NULL LIMIT 5}), '', 'R27: cancels were told the truth');
is(sql($node, q{SELECT count(*) FROM work.fx JOIN aksara.tasks USING (id) WHERE state = 'cancelled'}), '0', 'R27: what was cancelled has no effect');
cmp_ok(number($node, q{SELECT count(*) FROM aksara.tasks t WHERE task LIKE 'r27%' AND state = 'cancelled' AND id NOT IN (SELECT id FROM cancels WHERE answer <> 'finished')}),
	'<=', $stops, 'R27: and was cancelled by somebody');
is(sql($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r27_fail' AND state NOT IN ('failed', 'cancelled')
	OR task IN ('r27_note', 'r27_brief') AND state NOT IN ('completed', 'cancelled')}), '0', 'R27: each has ended as it had to');
invariants($node, 'R27');
$node->stop('fast');

# R32: a standby runs nothing and writes nothing; promoted, it goes on where the primary was.
my $primary = make_node('primary', "synchronous_commit = on\n", allows_streaming => 1);
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->append_conf('postgresql.conf', "synchronous_standby_names = '*'\n");
$primary->reload;
wait_for($primary, 'R32: the standby follows', q{SELECT EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync')}, 60);
app($primary, q{SELECT aksara.register_task('r32', 'work.brief')});
client($primary, 'r32', "SELECT aksara.enqueue('r32');\n" x 100);
sleep amount(short => 3, long => 30);
is(number($standby, q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'aksara%'}), 0, 'R32: no process of ours runs there');
@children = split /\n/, sql($primary, q{SELECT pid FROM pg_stat_activity WHERE backend_type <> 'client backend' OR usename = 'regress_app'});
$primary->kill9;
stop_clients();
$end = time + 30;
sleep 0.1 until gone(@children) || time > $end;
is(number($standby, q{SELECT count(*) FROM pg_stat_activity WHERE backend_type LIKE 'aksara%'}), 0, 'R32: nor when the primary is gone');
$standby->promote;
finished($standby, 'R32: promoted it runs what is left');
my @r32 = acknowledged('r32');
sql($standby, 'CREATE TABLE acknowledged AS SELECT unnest($${' . join(',', @r32) . '}$$::bigint[]) AS id');
cmp_ok(scalar @r32, '>', 50, 'R32: ' . @r32 . ' were acknowledged');
is(sql($standby, 'SELECT count(*) FROM (SELECT id FROM acknowledged EXCEPT SELECT id FROM work.fx) lost'), '0', 'R32: each has run');
app($standby, q{SELECT aksara.enqueue('r32')});
finished($standby, 'R32: and what is new', 30);
invariants($standby, 'R32');
$standby->stop('fast');

# R33: the disk is full for a while. test/run.sh makes a small file system where it may.
SKIP: {
	my $small = $ENV{AK_SMALL_FS};
	skip 'R33: a full disk takes a small file system that may be written, in AK_SMALL_FS (test/run.sh makes one when root)', 1 unless $small && -w $small;
	my $full = make_node('full');
	mkdir "$small/space" or die "$small: $!";
	$full->safe_psql('template1', "CREATE TABLESPACE small LOCATION '$small/space'");
	$full->safe_psql('template1', 'ALTER DATABASE postgres SET TABLESPACE small');
	app($full, q{
CREATE TABLE work.big (id bigint, filler text);
ALTER TABLE work.big ALTER filler SET STORAGE EXTERNAL;
CREATE FUNCTION work.note_big(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN PERFORM work.note(run); INSERT INTO work.big VALUES (run.id, repeat('x', 100000)); END$$;
SELECT aksara.register_task('r33', 'work.note_big', max_attempts => 2, retry_delay => 0.2)});
	# There is room in the queue's own tables, so that a body that fails could be recorded.
	app($full, q{SELECT aksara.register_task('r33_before', 'work.note'); SELECT count(aksara.enqueue('r33_before')) FROM generate_series(1, 500)});
	finished($full, 'R33: tasks run before');
	app($full, q{SELECT pg_sleep(0.1); SELECT aksara.purge('0 s')});
	sql($full, q{TRUNCATE work.fx; SELECT aksara.pause_queue('default')});
	$full->safe_psql('postgres', "VACUUM $_") for qw(aksara.task_history aksara.task_due);
	app($full, q{SELECT count(aksara.enqueue('r33')) FROM generate_series(1, 40)});
	open my $filler, '>', "$small/filler" or die $!;
	1 while syswrite $filler, 'x' x 8192;
	1 while syswrite $filler, 'x';
	close $filler;
	my (undef, undef, $refused) = $full->psql('postgres',
		q{SET SESSION AUTHORIZATION regress_app; SELECT count(aksara.enqueue('r33', json_build_object('filler', repeat(g::text, 1000)))) FROM generate_series(1, 5000) g});
	like($refused, qr/No space left on device/, 'R33: the disk is full');
	my $said = () = server_log($full) =~ /No space left on device/g;
	my $quota = q{SELECT count(*) FROM aksara.task_history WHERE error ->> 'sqlstate' = '53100'};
	sql($full, q{SELECT aksara.resume_queue('default')});
	$end = time + 25;
	sleep 0.2 until time > $end || $said < (() = server_log($full) =~ /No space left on device/g) || number($full, $quota) > 0;
	ok(time < $end, 'R33: bodies found it full');
	sleep amount(short => 3, long => 60);
	my $errors = () = server_log($full) =~ /No space left on device/g;
	note("R33: $errors times in the log");
	is(sql($full, q{SELECT count(*) FROM aksara.tasks WHERE state = 'failed'}), '0', 'R33: no task has failed by it');
	is(sql($full, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r33'}), '40', 'R33: all are there');
	cmp_ok($errors, '<', 60, 'R33: it is not said all the time');
	unlink "$small/filler";
	finished($full, 'R33: with space again all go on', 60);
	is(sql($full, q{SELECT state, attempts, count(*) FROM aksara.tasks WHERE task = 'r33' GROUP BY 1, 2}), 'completed|1|40', 'R33: untouched');
	is(sql($full, 'SELECT count(*), count(DISTINCT id) FROM work.big'), '40|40', 'R33: each once');
	invariants($full, 'R33', r33 => 40);
	$full->stop('fast');
}
done_testing();
