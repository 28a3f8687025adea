# The processes that run tasks: whoever is ended comes back, once, and nothing is lost meanwhile (R29, R30); who has nothing to do
# writes nothing and uses no processor, nor does who waits for a place; roles get their turns, and short tasks do not wait for long ones.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Tasks;
use List::Util qw(sum0);
use Time::HiRes qw(sleep time);

my $node = make_node('processes', "aksara.task_idle_time = 1d\nautovacuum = off\nwal_writer_delay = 10s\nbgwriter_lru_maxpages = 0\n");
my $ours = q{SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'aksara %'};
app($node, q{SELECT aksara.register_task('r29', 'work.note')});

# ---- R29: the scheduler dies again and again; what is due later starts all the same ----

my $rounds = amount(short => 3, long => 60);
for my $round (1 .. $rounds) {
	app($node, q{SELECT count(aksara.enqueue('r29', delay => '500 ms')) FROM generate_series(1, 10)});
	sql($node, q{SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'aksara scheduler'});
	sleep 1 if is_long;
}
my $back = elapsed(sub {
	wait_for($node, 'R29: it is back', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'aksara scheduler' AND datname = 'postgres'}, 30);
});
cmp_ok($back, '<', 10, sprintf 'R29: after %.1f s', $back);
finished($node, 'R29: all end', 60);
invariants($node, 'R29', r29 => 10 * $rounds);

# ---- R30: the launcher dies, then all at once ----

for my $who ("backend_type = 'aksara launcher'", "backend_type LIKE 'aksara %'") {
	app($node, q{SELECT count(aksara.enqueue('r29')) FROM generate_series(1, 10)});
	sql($node, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE $who");
	wait_for($node, "R30: one launcher and one scheduler after the end of $who", q{SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'aksara launcher') = 1
		AND (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'aksara scheduler' AND datname = 'postgres') = 1}, 60);
	finished($node, 'R30: all end', 60);
}
invariants($node, 'R30', r29 => 10 * $rounds + 20);

# ---- idle ----

app($node, q{SELECT aksara.enqueue('r29')});
finished($node, 'idle: the last one ends');
cmp_ok(scalar(split /\n/, sql($node, $ours)), '>=', 3, 'idle: a launcher, a scheduler and a worker are there');
my $seconds = amount(short => 10, long => 60);
my ($wal, $then, $before, $after) = ('', '-');
for (my $looks = 0; $wal ne $then && $looks < 8; $looks++) {
	sql($node, 'CHECKPOINT');
	$wal = sql($node, 'SELECT pg_current_wal_insert_lsn()');
	$before = ticks($node);
	sleep $seconds;
	$after = ticks($node);
	$then = sql($node, 'SELECT pg_current_wal_insert_lsn()');
}
is($then, $wal, "idle: no WAL in $seconds seconds");
for my $pid (sort keys %$after) {
	cmp_ok($after->{$pid} - ($before->{$pid} // 0), '<=', 2, "idle: clock ticks of process $pid in $seconds seconds");
}

# ---- workers that wait for a place of a queue ----

sub other { return $node->safe_psql('postgres', "SET SESSION AUTHORIZATION regress_other; $_[0]") }
sub used { my ($then, $now) = @_; return sum0(map { $now->{$_} - ($then->{$_} // 0) } keys %$now) }
sql($node, q{SELECT aksara.configure_queue('one', max_running => 1); GRANT INSERT ON work.fx TO regress_other});
app($node, q{SELECT aksara.register_task('one', 'work.slow', queue => 'one')});
for my $workers (4, 2) {
	sql($node, "ALTER SYSTEM SET aksara.task_workers = $workers; SELECT pg_reload_conf()");
	app($node, q{SELECT aksara.enqueue('one', '{"seconds": 4}')});
	wait_for($node, 'a task runs', q{SELECT EXISTS (SELECT FROM aksara.tasks WHERE task = 'one' AND state = 'running')}, 20);
	other(q{SELECT aksara.enqueue('one', '{"seconds": 0}')});
	app($node, q{SELECT aksara.enqueue('one', '{"seconds": 0}')});
	sleep 0.3;
	$before = ticks($node);
	sleep 3;
	my $ticks = used($before, ticks($node));
	cmp_ok($ticks, '<=', 15, "$workers workers: $ticks clock ticks of all in 3 s while some wait for a place");
	finished($node, "$workers workers: all end", 20);
}

# ---- one role has more to do than there are workers ----

app($node, q{SELECT aksara.register_task('brief', 'work.brief', batchable => false)});
other(q{SELECT aksara.register_task('others', 'work.note')});
for my $workers (2, 1) {
	sql($node, "ALTER SYSTEM SET aksara.task_workers = $workers; SELECT pg_reload_conf(); TRUNCATE work.fx");
	app($node, q{SELECT count(aksara.enqueue('brief')) FROM generate_series(1, 10000)});
	wait_for($node, 'workers are busy', 'SELECT count(*) > 100 FROM work.fx', 20);
	other(q{SELECT aksara.enqueue('others')});
	my $wait = elapsed(sub { wait_for($node, 'another role has its turn', q{SELECT EXISTS (SELECT FROM work.fx WHERE task = 'others')}, 20) });
	cmp_ok($wait, '<', $workers == 2 ? 2 : 8, sprintf '%d workers: after %.1f s', $workers, $wait);
	app($node, q{SELECT count(aksara.cancel(id)) FROM aksara.tasks WHERE task = 'brief' AND finished_at IS NULL});
	finished($node, 'all end', 20);
}

# ---- short bodies are committed before a long one begins, also by a worker that knows neither ----

app($node, q{SELECT aksara.register_task('short', 'work.note', queue => 'mixed'), aksara.register_task('long', 'work.slow', queue => 'mixed')});
for my $knows ('does not know', 'knows') {
	sql($node, q{SELECT aksara.pause_queue('mixed'); TRUNCATE work.fx});
	app($node, q{SELECT count(aksara.enqueue('short')) FROM generate_series(1, 5); SELECT aksara.enqueue('long', '{"seconds": 2}')});
	sql($node, q{SELECT aksara.resume_queue('mixed')});
	wait_for($node, "a worker that $knows them: the long one runs", q{SELECT EXISTS (SELECT FROM aksara.tasks WHERE task = 'long' AND state = 'running')}, 20);
	is(number($node, q{SELECT count(*) FROM work.fx WHERE task = 'short'}), 5, 'the short ones are committed');
	finished($node, 'all end', 20);
}

# ---- a slot that becomes free is taken at once by who waits for it ----

sub workers { return sql($node, "ALTER SYSTEM SET aksara.task_workers = $_[0]; SELECT pg_reload_conf(); TRUNCATE work.fx") }
sub running { return wait_for($node, "$_[0] tasks run", "SELECT count(*) = $_[0] FROM aksara.tasks WHERE state = 'running'", 20) }
sub since { my ($what, $task, $most, $from) = @_; my $wait = number($node, "SELECT extract(epoch FROM started_at - ($from)) FROM aksara.task_history WHERE id = $task");
	return cmp_ok($wait, '<', $most, sprintf '%s: after %.2f s', $what, $wait) }

workers(2);
other(q{SELECT aksara.register_task('nap', 'work.slow', batchable => false)});
app($node, q{SELECT aksara.enqueue('nap', '{"seconds": 6}')});
other(q{SELECT aksara.enqueue('nap', '{"seconds": 1.5}')});
running(2);
my $late = app($node, q{SELECT aksara.enqueue('nap', '{"seconds": 0}')});
finished($node, 'all end', 20);
since('the worker of another role has become idle', $late, 2, "SELECT min(finished_at) FROM aksara.task_history WHERE id > $late - 3 AND id < $late");

# ---- a task that somebody had locked runs as soon as he has not ----

my $session = $node->background_psql('postgres', on_error_die => 1);
sql($node, q{SELECT aksara.pause_queue('default')});
my $held = app($node, q{SELECT aksara.enqueue('r29')});
$session->query_safe("BEGIN; SELECT aksara.cancel($held)");
sql($node, q{SELECT aksara.resume_queue('default')});
sleep 1;
$session->query_safe('ROLLBACK');
my $waited = elapsed(sub { finished($node, 'it runs', 20) });
cmp_ok($waited, '<', 2, sprintf 'a lock was given back: after %.2f s', $waited);

# So does one whose time came meanwhile; till then nobody looks at it in vain.
$held = app($node, q{SELECT aksara.enqueue('r29', delay => '1 s')});
$session->query_safe("BEGIN; SELECT aksara.cancel($held)");
sleep 1.5;
my $scheduler = q{backend_type = 'aksara scheduler'};
$before = ticks($node, $scheduler);
sleep 2;
my $ticks = used($before, ticks($node, $scheduler));
cmp_ok($ticks, '<=', 5, "a task is locked whose time has come: $ticks clock ticks of the scheduler in 2 s");
$session->query_safe('ROLLBACK');
$waited = elapsed(sub { finished($node, 'it runs', 20) });
cmp_ok($waited, '<', 2, sprintf 'its lock was given back: after %.2f s', $waited);
$session->quit;

# ---- workers that stay no time at all are not started in vain ----

sql($node, 'ALTER SYSTEM SET aksara.task_idle_time = 0; SELECT pg_reload_conf()');
app($node, q{SELECT aksara.enqueue('nap', '{"seconds": 3}')});
running(1);
$before = ticks($node, $scheduler);
sleep 2;
$ticks = used($before, ticks($node, $scheduler));
cmp_ok($ticks, '<=', 10, "no idle time: $ticks clock ticks of the scheduler in 2 s");
finished($node, 'all end', 20);
sql($node, 'ALTER SYSTEM RESET aksara.task_idle_time; SELECT pg_reload_conf()');

# ---- a database has its turn where the roles of another have more to do than there are workers ----

sql($node, 'CREATE DATABASE second');
$node->safe_psql('second', q{CREATE EXTENSION aksara; CREATE SCHEMA work AUTHORIZATION regress_app; SET ROLE regress_app;
	CREATE FUNCTION work.n() RETURNS void LANGUAGE sql AS ''; SELECT aksara.register_task('n', 'work.n')});
app($node, q{SELECT count(aksara.enqueue('brief')) FROM generate_series(1, 10000)});
other(q{SELECT aksara.register_task('brief2', 'work.brief', batchable => false); SELECT count(aksara.enqueue('brief2')) FROM generate_series(1, 10000)});
wait_for($node, 'both roles work', q{SELECT count(DISTINCT task) = 2 FROM work.fx WHERE task LIKE 'brief%'}, 20);
sleep 1;
$node->safe_psql('second', q{SET SESSION AUTHORIZATION regress_app; SELECT aksara.enqueue('n')});
my $turn = elapsed(sub { $node->poll_query_until('second', q{SELECT EXISTS (SELECT FROM aksara.task_history)}) });
cmp_ok($turn, '<', 12, sprintf 'the other database: after %.1f s', $turn);
for my $role (\&other, sub { app($node, @_) }) {
	$role->(q{SELECT count(aksara.cancel(id)) FROM aksara.tasks WHERE finished_at IS NULL});
}
finished($node, 'all end', 20);
done_testing();
