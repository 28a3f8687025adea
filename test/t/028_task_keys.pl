# R09: a key has one task that waits and one that runs, whoever enqueues at once; what was committed with a call is seen by a run that
# starts after it.
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

my $node = make_node('keys', "track_commit_timestamp = on\n");
my $sessions = 50;
app($node, q{
CREATE FUNCTION work.note_alone(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO work.seen (key, number) SELECT key, sum(number) FROM work.data WHERE key = run.args ->> 'key' GROUP BY key;
	PERFORM work.note(run);
	PERFORM pg_sleep(0.002);
END $$;
CREATE TABLE work.data (key text, client integer, number integer NOT NULL DEFAULT 0);
CREATE TABLE work.seen (key text, number integer, at timestamptz DEFAULT clock_timestamp());
SELECT aksara.register_task('once', 'work.note');
SELECT aksara.register_task('alone', 'work.note_alone', max_attempts => 1)});

# Sessions that call at the same moment, once the lock is free; what each was answered.
sub at_once {
	my ($call, $meanwhile) = @_;
	my ($out, $error) = ('', '');
	my $in = "BEGIN; SELECT 'locked' FROM pg_advisory_lock(4);\n";
	my $gate = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') . ' user=regress_app' ], '<', \$in, '>', \$out, '2>', \$error,
		IPC::Run::timeout(120));
	$gate->pump until $out =~ /locked/;
	my (@runs, @outs);
	for my $i (1 .. $sessions) {
		push @runs, IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') . ' user=regress_app', '-c',
				'SELECT FROM pg_advisory_lock_shared(4)', '-c', $call ], '<', \undef, '>', \$outs[$i], '2>', \$outs[$i], IPC::Run::timeout(120));
	}
	wait_for($node, "$sessions sessions are ready", "SELECT count(*) = $sessions FROM pg_locks WHERE locktype = 'advisory' AND objid = 4 AND NOT granted");
	$in .= ($meanwhile // '') . "SELECT pg_advisory_unlock(4); SELECT 'open';\n";
	$gate->pump until $out =~ /open/;
	sleep 0.5 if $meanwhile;
	$in .= "ROLLBACK;\n\\q\n";
	$gate->finish;
	$_->finish for @runs;
	return map { s/\s+//gr } @outs[1 .. $sessions];
}

for my $conflict (qw(keep replace reset)) {
	my %ids = map { $_ => 1 } at_once("SELECT aksara.enqueue('once', key => '$conflict', on_conflict => '$conflict', delay => '1 hour')");
	is(scalar keys %ids, 1, "R09: $conflict: all are told one number");
	is(sql($node, "SELECT string_agg(id::text, ' ') FROM aksara.task_later WHERE key = '$conflict'"), (keys %ids)[0], "R09: $conflict: and that is the one task");

	# The one that was first takes it back: another one is.
	%ids = map { $_ => 1 } at_once("SELECT aksara.enqueue('once', key => 'lost $conflict', on_conflict => '$conflict', delay => '1 hour')",
		"SELECT aksara.enqueue('once', '{\"lost\": true}', key => 'lost $conflict', delay => '1 hour');");
	is(scalar keys %ids, 1, "R09: $conflict: the first one rolls back, all others are told one number");
	is(sql($node, "SELECT string_agg(id || ' ' || (args ? 'lost'), ' ') FROM aksara.task_later WHERE key = 'lost $conflict'"), (keys %ids)[0] . ' false',
		"R09: $conflict: and that is the one task");
}
is(app($node, q{SELECT count(*) FROM (SELECT aksara.cancel(id) FROM aksara.tasks WHERE finished_at IS NULL) c}), 6, 'R09: they are called off');
is(number($node, 'SELECT count(*) FROM aksara.task_key'), 0, 'R09: and their keys are free');

# A task that was kept while workers looked past it starts at the commit all the same.
sql($node, q{SELECT aksara.pause_queue('held')});
my $held = app($node, q{SELECT aksara.enqueue('once', queue => 'held', key => 'held')});
{
	my ($out, $error, $in) = ('', '', "BEGIN; SELECT 'kept ' || aksara.enqueue('once', queue => 'held', key => 'held', scope => 'pending');\n");
	my $open = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres') . ' user=regress_app' ], '<', \$in, '>', \$out, '2>', \$error,
		IPC::Run::timeout(120));
	$open->pump until $out =~ /kept (\d+)/;
	is($out, "kept $held\n", 'R09: a task that waits is kept');
	sql($node, q{SELECT aksara.resume_queue('held')});
	app($node, q{SELECT aksara.enqueue('once', queue => 'held') FROM generate_series(1, 5)});
	wait_for($node, 'R09: others of its queue run', q{SELECT count(*) = 5 FROM aksara.tasks WHERE queue = 'held' AND state = 'completed'});
	is(number($node, "SELECT count(*) FROM work.fx WHERE id = $held"), 0, 'R09: it does not, while who kept it has not committed');
	$in .= "COMMIT; SELECT extract(epoch FROM clock_timestamp());\n\\q\n";
	$open->finish;
	my ($at) = (split /\n/, $out)[-1];
	finished($node, 'R09: then it does');
	my $after = number($node, "SELECT extract(epoch FROM started_at) - $at FROM aksara.task_history WHERE id = $held");
	ok($after < 0.5, "R09: at once ($after s after)");
}

# Under load: no two of a key at once, and the last data of each key is seen, for they were committed with a call.
for my $key (qw(a b)) {
	app($node, "INSERT INTO work.data (key, client) SELECT '$key', generate_series(1, 3)");
	for my $i (1 .. 3) {
		my $how = $i == 1 ? "scope => 'pending'" : $i == 2 ? "on_conflict => 'replace'" : "on_conflict => 'reset', scope => 'pending'";
		client($node, "$key$i", join("\n", map { "BEGIN; UPDATE work.data SET number = number + 1 WHERE key = '$key' AND client = $i;"
			. " SELECT aksara.enqueue('alone', '{\"key\": \"$key\"}', key => '$key', $how); COMMIT;" } 1 .. 50));
	}
}
sleep amount(short => 3, long => 60);
stop_clients();
finished($node, 'R09: all end after the load');
ok(number($node, 'SELECT min(number) FROM work.data') > 100, 'R09: there was load: ' . sql($node, q{SELECT string_agg(number || ' calls', ', ') FROM work.data}));
is(sql($node, 'SELECT key FROM work.data d GROUP BY key HAVING sum(number) <> (SELECT max(number) FROM work.seen s WHERE s.key = d.key)'), '', 'R09: what the last call was committed with has been seen');
is(sql($node, q{SELECT DISTINCT error ->> 'message' FROM aksara.task_history WHERE task = 'alone' AND state <> 'completed'}), '', 'R09: no run failed');
is(number($node, q{SELECT count(*) FROM (SELECT at, lag(pg_xact_commit_timestamp(xmin)) OVER (PARTITION BY key ORDER BY at) AS before FROM work.seen) s
	WHERE at < before}), 0, 'R09: no run of a key began before the one before it had committed');
my $runs = number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'alone'});
ok($runs > 10, "R09: $runs runs");
is(number($node, 'SELECT count(*) FROM aksara.task_key'), 0, 'R09: all keys are free');
is(number($node, 'SELECT count(*) FROM aksara.task_dependency'), 0, 'R09: nobody waits for anybody');
is(join('', map { my $base = $PostgreSQL::Test::Utils::tmp_check . "/$_.errors"; -s $base ? slurp_file($base) : '' } qw(a1 a2 a3 b1 b2 b3)), '', 'R09: no call failed');
invariants($node, 'R09', alone => $runs, once => 12);
$node->stop;
done_testing();
