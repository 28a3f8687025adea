# What becomes of tasks that are enqueued: with their transaction or not at all, none before its commit, none lost that was acknowledged.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Tasks;
use Time::HiRes qw(sleep);

my $node = make_node('enqueue', "max_prepared_transactions = 5\n");
app($node, q{SELECT aksara.register_task(n, 'work.note') FROM unnest('{r01,r02,r03,r04,r06,r07,r08}'::text[]) n});
my $ids = sub { sql($node, "SELECT string_agg(args ->> 'n', ' ' ORDER BY id) FROM aksara.tasks WHERE task = '$_[0]' AND state = 'completed'") };


# R01: what is rolled back leaves nothing: by command, by an error, by the end of the session.
app($node, q{BEGIN; SELECT aksara.enqueue('r01'); ROLLBACK});
$node->psql('postgres', q{SET SESSION AUTHORIZATION regress_app; BEGIN; SELECT aksara.enqueue('r01'); SELECT 1 / 0; COMMIT});
{
	my ($out, $error) = ('', '');
	my $client = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') . ' user=regress_app', '-c', 'BEGIN',
			'-c', q{SELECT aksara.enqueue('r01')}, '-c', 'SELECT pg_sleep(100)' ], '<', \undef, '>', \$out, '2>', \$error);
	my $sleeps = q{FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND usename = 'regress_app'};
	wait_for($node, 'R01: a session has enqueued something', "SELECT count(*) = 1 $sleeps");
	sql($node, "SELECT pg_terminate_backend(pid) $sleeps");
	eval { $client->finish };
}
sleep 1;
is(sql($node, q{SELECT count(*) FROM aksara.tasks}), '0', 'R01: there is no task');
is(sql($node, 'SELECT count(*) FROM work.fx'), '0', 'R01: nothing has run');
is(scalar executors($node), 0, 'R01: nobody was started');
invariants($node, 'R01', r01 => 0);

# R02: a savepoint that is rolled back takes only what it has.
app($node, q{BEGIN; SELECT aksara.enqueue('r02', '{"n": "A"}'); SAVEPOINT s; SELECT aksara.enqueue('r02', '{"n": "B"}');
	ROLLBACK TO s; SELECT aksara.enqueue('r02', '{"n": "C"}'); COMMIT});
finished($node, 'R02: they end');
is($ids->('r02'), 'A C', 'R02: those that were not taken back have run');
is(number($node, q{SELECT count(*) FROM work.fx WHERE task = 'r02'}), 2, 'R02: and nothing else');
invariants($node, 'R02', r02 => 2);

# R03: none starts before its commit, with workers that are idle; then at once.
wait_for($node, 'R03: a worker is idle', q{SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'aksara executor' AND state = 'idle')});
my $wait = amount(short => 2, long => 10);
my $at = (split /\n/, app($node, qq{BEGIN; SELECT aksara.enqueue('r03'); SELECT pg_sleep($wait); SELECT extract(epoch FROM clock_timestamp()); COMMIT}))[-1];
finished($node, 'R03: it ends');
my $after = number($node, qq{SELECT extract(epoch FROM started_at) - $at FROM aksara.task_history WHERE task = 'r03'});
ok($after >= 0, "R03: not before the commit ($after s after)");
ok($after < 1, 'R03: within a second after it');
invariants($node, 'R03', r03 => 1);

# R04: a task that was enqueued early and committed late is not passed over.
my $many = amount(short => 200, long => 1000);
my $enqueued = 0;
for my $end ('COMMIT', 'ROLLBACK') {
	my ($out, $error) = ('', '');
	my $timer = IPC::Run::timeout(120);
	my $in = "BEGIN; SELECT 'early ' || aksara.enqueue('r04', '{\"n\": \"early\"}');\n";
	my $early = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') . ' user=regress_app' ], '<', \$in, '>', \$out, '2>', \$error, $timer);
	$early->pump until $out =~ /early (\d+)\n/;
	my ($id) = $out =~ /early (\d+)/;
	app($node, "SELECT count(aksara.enqueue('r04')) FROM generate_series(1, $many)");
	finished($node, "R04: those that came later end, before $end");
	is(number($node, "SELECT count(*) FROM aksara.tasks WHERE id = $id"), 0, "R04: not the one that is open");
	ok(number($node, "SELECT max(id) FROM work.fx WHERE task = 'r04'") > $id, 'R04: which was first');
	$in .= "$end;\n\\q\n";
	$early->finish;
	$enqueued += $many + ($end eq 'COMMIT');
	if ($end eq 'COMMIT') {
		wait_for($node, 'R04: it runs once it is committed', "SELECT EXISTS (SELECT FROM work.fx WHERE id = $id)", 15);
	} else {
		app($node, q{SELECT aksara.enqueue('r04')}), $enqueued++;
		finished($node, 'R04: after one that was taken back the next runs');
		is(number($node, "SELECT count(*) FROM work.fx WHERE id = $id"), 0, 'R04: and it has not');
	}
}
invariants($node, 'R04', r04 => $enqueued);

# R08: a wake-up that is lost costs time alone. What is prepared wakes nobody; neither do more roles than are remembered, nor whoever enqueues
# while the processes stand still or the scheduler is gone.
app($node, q{BEGIN; SELECT aksara.enqueue('r08'); PREPARE TRANSACTION 'r08'});
sleep 1;
is(number($node, q{SELECT count(*) FROM work.fx WHERE task = 'r08'}), 0, 'R08: what is prepared does not run');
app($node, q{COMMIT PREPARED 'r08'});
wait_for($node, 'R08: committed it runs, though nobody was woken', q{SELECT count(*) = 1 FROM work.fx WHERE task = 'r08'}, 20);
my @processes = split /\n/, sql($node, q{SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'aksara %'});
kill 'STOP', @processes;
app($node, q{SELECT aksara.enqueue('r08')});
sleep 1;
is(number($node, q{SELECT count(*) FROM work.fx WHERE task = 'r08'}), 1, 'R08: nothing runs while all stand still');
kill 'CONT', @processes;
wait_for($node, 'R08: it runs when they go on', q{SELECT count(*) = 2 FROM work.fx WHERE task = 'r08'}, 20);
sql($node, q{SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type IN ('aksara scheduler', 'aksara executor')});
app($node, q{SELECT aksara.enqueue('r08')});
wait_for($node, 'R08: it runs after the scheduler was ended', q{SELECT count(*) = 3 FROM work.fx WHERE task = 'r08'}, 20);
sql($node, join '; ', map { "CREATE ROLE regress_r08_$_ LOGIN" } 1 .. 20);
sql($node, 'GRANT INSERT ON work.fx TO PUBLIC; BEGIN; ' . join('; ', map { "SET LOCAL ROLE regress_r08_$_; SELECT aksara.enqueue('r08')" } 1 .. 20) . '; COMMIT');
wait_for($node, 'R08: those of twenty roles in one transaction run', q{SELECT count(*) = 23 FROM work.fx WHERE task = 'r08'}, 60);
invariants($node, 'R08', r08 => 23);

# R40: a task that nobody has registered any more waits, and says so; it runs once somebody has.
app($node, q{SELECT aksara.register_task('r40', 'work.note')});
my $r40 = app($node, q{BEGIN; SELECT aksara.enqueue('r40'); SELECT aksara.unregister_task('r40'); COMMIT}) =~ s/\D+//gr;
sleep 1;
is(sql($node, "SELECT state, attempts FROM aksara.tasks WHERE id = $r40") =~ s/^due/waiting/r, 'waiting|0', 'R40: a task that is not registered waits');
is(sql($node, "SELECT aksara.why($r40)"), 'task "r40" is not registered', 'R40: and says why');
app($node, "SELECT aksara.register_task('r40', 'work.note'); SELECT aksara.enqueue('r40', key => 'r40')");
wait_for($node, 'R40: registered again another one runs', q{SELECT count(*) = 1 FROM work.fx WHERE task = 'r40'}, 20);
is(app($node, "SELECT aksara.cancel($r40)"), 'cancelled', 'R40: what waits can be taken back');
invariants($node, 'R40', r40 => 2);

# R06: what was acknowledged exists and runs, whatever is killed meanwhile.
client($node, "r06_$_", "SELECT aksara.enqueue('r06');\n" x 100) for 1 .. 2;
for (1 .. amount(short => 3, long => 15)) {
	sleep 0.3 + rand 0.4;
	my $pid = sql($node, q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename = 'regress_app' ORDER BY random() LIMIT 1});
	kill 'KILL', $pid if $pid;
	sleep 0.1;
	wait_until_up($node);
}
stop_clients();
finished($node, 'R06: they end');
my @acknowledged = map { acknowledged("r06_$_") } 1 .. 2;
cmp_ok(scalar @acknowledged, '>', 500, 'R06: ' . @acknowledged . ' were acknowledged');
sql($node, 'CREATE TABLE r06 (id bigint); INSERT INTO r06 SELECT unnest($${' . join(',', @acknowledged) . '}$$::bigint[])');
is(sql($node, 'SELECT count(*) FROM (SELECT id FROM r06 EXCEPT SELECT id FROM work.fx) missing'), '0', 'R06: each has run');
is(sql($node, 'SELECT count(*) - count(DISTINCT id) FROM r06'), '0', 'R06: each has a number of its own');
# A commit may have been killed before its answer.
my $unknown = number($node, q{SELECT count(*) FROM (SELECT id FROM aksara.tasks WHERE task = 'r06' EXCEPT SELECT id FROM r06) more});
cmp_ok($unknown, '<=', 2 * amount(short => 3, long => 15), "R06: hardly one more ($unknown)");
invariants($node, 'R06', r06 => @acknowledged + $unknown);

# R07: many in one statement are there or are not.
sql($node, q{SELECT aksara.pause_queue('default')});
my $bulk = amount(short => 20_000, long => 100_000);
my $there = 0;
for my $delay (0.2, amount(short => 0.5, long => 3)) {
	my ($out, $error) = ('', '');
	my $client = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') . ' user=regress_app', '-c',
			"SELECT count(aksara.enqueue('r07')) FROM generate_series(1, $bulk)" ], '<', \undef, '>', \$out, '2>', \$error);
	sleep $delay;
	my $pid = sql($node, q{SELECT pid FROM pg_stat_activity WHERE usename = 'regress_app' AND query LIKE '%r07%' AND state = 'active'});
	kill 'KILL', $pid if $pid;
	note($pid ? 'killed in the middle' : 'it had ended before');
	eval { $client->finish };
	sleep 0.1;
	wait_until_up($node);
	$there += $bulk if $out =~ /$bulk/;
	is(number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r07'}), $there, 'R07: all or none');
}
is(number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r07' AND finished_at IS NOT NULL}), 0, 'R07: a queue that is paused stays so after a crash');
sql($node, q{SELECT aksara.resume_queue('default')});
finished($node, 'R07: they end', 300);
invariants($node, 'R07', r07 => $there);

$node->stop('fast');
done_testing();
