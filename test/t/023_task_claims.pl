# Who gets which task: each is given once whatever dies, what is urgent goes first, nothing waits for ever, workers in conflict lose nothing.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Tasks;
use List::Util qw(sum0);
use Time::HiRes qw(time sleep);

my $workers = amount(short => 4, long => 16);
my $node = make_node('claims', "max_worker_processes = 32\naksara.task_workers = $workers\ndeadlock_timeout = 50ms\n");
app($node, q{SELECT aksara.register_task(n, 'work.brief') FROM unnest('{r11,r12}'::text[]) n});
app($node, q{SELECT aksara.register_task(n, 'work.note') FROM unnest('{r10,r16,r17_low,r45,r47}'::text[]) n});

# Enqueues so many and is told when they have ended; they are there at once, so that all workers begin together.
sub enqueue_all {
	my ($task, $count, $args) = @_;
	$args //= '{}';
	return app($node, "SELECT count(aksara.enqueue('$task', '$args')) FROM generate_series(1, $count)");
}

sub each_once {
	my ($scenario, $task, $count) = @_;
	is(sql($node, "SELECT count(*), count(DISTINCT id) FROM work.fx WHERE task = '$task'"), "$count|$count", "$scenario: each has run once");
	return;
}

# R10: no task is given twice.
my $count = amount(short => 4000, long => 50_000);
enqueue_all('r10', $count);
finished($node, "R10: $count tasks end", 600);
each_once('R10', 'r10', $count);
cmp_ok(number($node, q{SELECT count(DISTINCT worker) FROM aksara.task_history WHERE task = 'r10'}), '>', 1, 'R10: by more than one worker');
invariants($node, 'R10', r10 => $count);

# R11: nor while workers are ended, one after the other.
my $ended = 0;
enqueue_all('r11', $count);
while (number($node, q{SELECT count(*) FROM aksara.tasks WHERE finished_at IS NULL}) > 0 && $ended < 2000) {
	$ended += kill_one($node);
	sleep 0.1;
}
cmp_ok($ended, '>', 2, "R11: $ended workers were ended");
finished($node, 'R11: all tasks end');
each_once('R11', 'r11', $count);
invariants($node, 'R11', r11 => $count);

# R12: nor when the server crashes again and again; nobody does anything about it.
my $crashes = amount(short => 4, long => 20);
$count = amount(short => 2000, long => 40000);
enqueue_all('r12', $count);
my $killed = 0;
for (1 .. $crashes) {
	sleep 0.2 + rand 0.3;
	$killed += kill_one($node, 'KILL');
	sleep 0.05;
	wait_until_up($node);
}
is($killed, $crashes, "R12: $killed workers were killed");
finished($node, 'R12: all tasks end', 600);
each_once('R12', 'r12', $count);
is(number($node, q{SELECT count(*) FROM aksara.task_history WHERE task = 'r12' AND attempt > 1}), 0, 'R12: no attempt was spent');
invariants($node, 'R12', r12 => $count);

# R16: what is urgent starts next, past all that waits. Two workers are busy with the backlog.
sql($node, 'ALTER SYSTEM SET aksara.task_workers = 2');
sql($node, q{SELECT pg_reload_conf(); SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'aksara executor'});
my $backlog = amount(short => 3000, long => 1_000_000);
sql($node, q{SELECT aksara.pause_queue('default')});
app($node, q{SELECT aksara.register_task('r16_back', 'work.slow', priority => -10)});
enqueue_all('r16_back', $backlog, '{"seconds": 0.005}');
sql($node, q{SELECT aksara.resume_queue('default')});
wait_for($node, 'R16: they run', q{SELECT count(*) > 20 FROM work.fx WHERE task = 'r16_back'});
for my $priority (0, 100) {
	app($node, "SELECT aksara.enqueue('r16', '{\"priority\": $priority}', priority => $priority)");
	wait_for($node, "R16: the urgent one (priority $priority) runs", "SELECT count(*) = 1 FROM aksara.task_history WHERE task = 'r16' AND args ->> 'priority' = '$priority'");
	# Those that began between its commit and its own begin: one for each worker that was not free, or a few that share a commit.
	my $before = number($node, qq{SELECT count(*) FROM aksara.task_history b, aksara.task_history u WHERE u.task = 'r16' AND u.args ->> 'priority' = '$priority'
		AND b.task = 'r16_back' AND b.started_at > u.enqueued_at + interval '20 ms' AND b.started_at < u.started_at});
	cmp_ok($before, '<', 20, "R16: $before others began before it");
}
my $left = number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r16_back' AND finished_at IS NULL});
cmp_ok($left, '>', $backlog / 10, "R16: $left still wait");
sql($node, q{SELECT aksara.pause_queue('default')});
# Enough was seen.
app($node, q{SELECT count(aksara.cancel(id)) FROM aksara.tasks WHERE task = 'r16_back' AND state = 'due'});
sql($node, q{SELECT aksara.resume_queue('default')});
finished($node, 'R16: the rest is taken back', 300);
invariants($node, 'R16', r16 => 2, r16_back => $backlog);

# R17: what is urgent fills the workers, and still nothing waits longer than its priority says: here five levels of a second each.
# Every urgent task enqueues the next one until it is told to stop.
app($node, q{
CREATE TABLE work.go (go boolean); INSERT INTO work.go VALUES (true);
CREATE FUNCTION work.busy(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_sleep(0.02); IF (SELECT go FROM work.go) THEN PERFORM aksara.enqueue('r17_high', queue => 'r17', priority => 5); END IF; END$$;
SELECT aksara.register_task('r17_high', 'work.busy', queue => 'r17', priority => 5);
SELECT aksara.enqueue('r17_high')});
sql($node, q{UPDATE aksara.task_queue SET aging = 1 WHERE name = 'r17'; SELECT aksara.resume_queue('r17')});	# which all sessions are told of
app($node, q{SELECT count(aksara.enqueue('r17_high')) FROM generate_series(1, 8)});
sleep 0.5;
for (1 .. amount(short => 2, long => 100)) {
	app($node, q{SELECT count(aksara.enqueue('r17_low', queue => 'r17')) FROM generate_series(1, 3)});
	sleep 1;
}
wait_for($node, 'R17: the others start all the same', q{SELECT NOT EXISTS (SELECT FROM aksara.tasks WHERE task = 'r17_low' AND finished_at IS NULL)}, 60);
ok(number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r17_high' AND finished_at IS NULL}) > 0, 'R17: while urgent ones wait');
my ($least, $most) = split /\|/, sql($node, q{SELECT min(w), max(w) FROM (SELECT extract(epoch FROM started_at - enqueued_at) AS w FROM aksara.task_history WHERE task = 'r17_low') w});
cmp_ok($least, '>', 4, "R17: not before their time ($least s)");
cmp_ok($most, '<', 12, "R17: and not long after it ($most s)");
app($node, 'UPDATE work.go SET go = false');
finished($node, 'R17: all end');
invariants($node, 'R17', r17_low => 3 * amount(short => 2, long => 100));

# R47: a pause lasts, and from its return on nothing starts.
my $paused = sql($node, q{SELECT aksara.pause_queue('default'); SELECT extract(epoch FROM clock_timestamp())}) =~ s/^\n//r;
app($node, q{SELECT count(aksara.enqueue('r47')) FROM generate_series(1, 50)});
kill 'KILL', sql($node, q{SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'aksara %' ORDER BY random() LIMIT 1});
sleep 0.2;
wait_until_up($node);
app($node, q{SELECT count(aksara.enqueue('r47')) FROM generate_series(1, 50)});
sleep amount(short => 3, long => 15);
is(number($node, "SELECT count(*) FROM aksara.task_history WHERE extract(epoch FROM started_at) > $paused"), 0, 'R47: nothing has started');
is(number($node, q{SELECT count(*) FROM work.fx WHERE task = 'r47'}), 0, 'R47: nothing has run');
app($node, q{SELECT aksara.register_task('r47_other', 'work.note', queue => 'other'); SELECT aksara.enqueue('r47_other')});
wait_for($node, 'R47: another queue goes on', q{SELECT EXISTS (SELECT FROM work.fx WHERE task = 'r47_other')}, 20);
sql($node, q{SELECT aksara.resume_queue('default')});
finished($node, 'R47: they run once the queue is open, though nobody enqueues anything', 30);
each_once('R47', 'r47', 100);
invariants($node, 'R47', r47 => 100, r47_other => 1);

# R45: a task is cancelled or has run, and whoever cancels is told the truth. Clients enqueue and cancel the same task within moments.
sql($node, q{ALTER SYSTEM RESET aksara.task_workers; SELECT pg_reload_conf()});
client($node, "r45_$_", join '', map { "SELECT aksara.enqueue('r45') AS id \\gset\n"
	. ($_ % 3 ? '' : "SELECT pg_sleep(random() * 0.002) \\g /dev/null\n") . "SELECT :id, aksara.cancel(:id);\n" } 1 .. 100) for 1 .. 3;
my $wanted = amount(short => 2000, long => 10_000);
my @answers;
my $end = time + amount(short => 30, long => 300);
do { sleep 0.5; @answers = map { acknowledged("r45_$_") } 1 .. 3 } while (@answers < $wanted && time < $end);
stop_clients();
finished($node, 'R45: they end');
@answers = map { acknowledged("r45_$_") } 1 .. 3;
sql($node, 'CREATE TABLE r45 AS SELECT split_part(a, $$|$$, 1)::bigint AS id, split_part(a, $$|$$, 2) AS answer FROM unnest($${' . join(',', @answers) . '}$$::text[]) a');
my $fates = sql($node, q{SELECT r.answer, t.state, count(f.id), count(*) FROM r45 r LEFT JOIN aksara.tasks t USING (id) LEFT JOIN work.fx f USING (id) GROUP BY 1, 2, f.id IS NULL ORDER BY 1, 2});
note("answer, state, effects, tasks:\n$fates");
my %fates = map { my ($answer, $state, $effects, $tasks) = split /\|/; ("$answer $state" => [ $effects, $tasks ]) } split /\n/, $fates;
is(scalar(split /\n/, $fates), scalar keys %fates, 'R45: each fate is one of these');
is_deeply([ grep { !/^(?:cancelled cancelled|finished completed|(?:running|requested) (?:completed|cancelled))$/ } keys %fates ], [], 'R45: it is what was said');
is_deeply([ grep { $fates{$_}[0] != (/ completed$/ ? $fates{$_}[1] : 0) } keys %fates ], [], 'R45: a task that was cancelled left nothing, one that ended has run once');
ok($fates{'cancelled cancelled'} && $fates{'finished completed'}, 'R45: both happened');
cmp_ok(scalar @answers, '>', $wanted / 4, 'R45: ' . @answers . ' times');
invariants($node, 'R45', r45 => scalar @answers);

# R42: a serialization failure or a deadlock is repeated at once and costs no attempt.
app($node, q{
CREATE TABLE work.pair (id integer PRIMARY KEY, n integer NOT NULL); INSERT INTO work.pair VALUES (1, 0), (2, 0);
CREATE FUNCTION work.cross(args jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE first integer := (args ->> 'first')::integer;
BEGIN
	UPDATE work.pair SET n = n + 1 WHERE id = first; PERFORM pg_sleep(0.02); UPDATE work.pair SET n = n + 1 WHERE id = 3 - first;
END$$;
SELECT aksara.register_task('r42', 'work.cross', max_attempts => 1)});
my $pairs = amount(short => 10, long => 200);
my $deadlocks = number($node, 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
for (1 .. $pairs) {
	app($node, q{SELECT aksara.enqueue('r42', '{"first": 1}'), aksara.enqueue('r42', '{"first": 2}')});
	wait_for($node, 'R42: a pair ends', q{SELECT NOT EXISTS (SELECT FROM aksara.tasks WHERE finished_at IS NULL)}, 60);
}
my $done = number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r42' AND state = 'completed'});
is(sql($node, 'SELECT DISTINCT n FROM work.pair'), $done, 'R42: what was done is what ended');
is(sql($node, q{SELECT max(attempts) FROM aksara.tasks WHERE task = 'r42'}), '1', 'R42: no attempt was spent');
cmp_ok($done, '>', 1.4 * $pairs, 'R42: ' . $done . ' of ' . 2 * $pairs . ' came through');
is($done, 2 * $pairs, 'R42: none has failed');
wait_for($node, 'R42: there were deadlocks', "SELECT deadlocks > $deadlocks FROM pg_stat_database WHERE datname = current_database()", 10);
invariants($node, 'R42', r42 => 2 * $pairs);

# The same where tasks are serializable: two read what the other writes.
sql($node, q{ALTER ROLE regress_app SET default_transaction_isolation = 'serializable';
	SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'aksara executor'});
app($node, q{
CREATE TABLE work.skew (id bigserial, n bigint); INSERT INTO work.skew (n) VALUES (0);
CREATE FUNCTION work.skew() RETURNS void LANGUAGE plpgsql AS $$
BEGIN INSERT INTO work.skew (n) SELECT count(*) FROM work.skew; PERFORM pg_sleep(0.02); END$$;
SELECT aksara.register_task('r42_skew', 'work.skew', max_attempts => 1)});
my $skews = amount(short => 20, long => 200);
enqueue_all('r42_skew', $skews);
finished($node, 'R42: serializable tasks end', 120);
my $lost = number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r42_skew' AND state = 'failed' AND error ->> 'sqlstate' = '40001'});
is(number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r42_skew' AND state = 'completed'}), $skews - $lost, 'R42: none has failed of another error');
cmp_ok($lost, '<=', 0.02 * $skews, "R42: $lost met a conflict four times in a row");
is(sql($node, q{SELECT count(*) - count(DISTINCT n) FROM work.skew}), '0', 'R42: as if one after the other');
invariants($node, 'R42', r42_skew => $skews);
sql($node, q{ALTER ROLE regress_app RESET default_transaction_isolation;
	SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'aksara executor'});

# Tasks that share a commit have no deadlock that they would not have alone: each updates one of twenty rows.
sql($node, 'ALTER SYSTEM SET aksara.task_workers = 4; SELECT pg_reload_conf()');
$deadlocks = number($node, 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
my $updates = 4000;
app($node, q{
CREATE TABLE work.counter (id integer PRIMARY KEY, n integer NOT NULL) WITH (fillfactor = 10); INSERT INTO work.counter SELECT g, 0 FROM generate_series(0, 19) g;
CREATE FUNCTION work.increase(args jsonb) RETURNS void LANGUAGE sql AS $$UPDATE work.counter SET n = n + 1 WHERE id = (args ->> 'id')::integer$$;
SELECT aksara.register_task('counter', 'work.increase', max_attempts => 1)});
sub counters {
	my $task = shift;
	sql($node, q{SELECT aksara.pause_queue('default')});
	app($node, "SELECT count(aksara.enqueue('$task', json_build_object('id', (random() * 19)::integer))) FROM generate_series(1, $updates)");
	sql($node, q{SELECT aksara.resume_queue('default')});
	app($node, "SELECT aksara.enqueue('$task', '{\"id\": 0}')");
	finished($node, "counters: all tasks of $task end", 300);
	return number($node, "SELECT extract(epoch FROM max(finished_at) - min(started_at)) FROM aksara.task_history WHERE task = '$task'");
}
my $time = counters('counter');
is(number($node, q{SELECT sum(n) FROM work.counter}), $updates + 1, 'counters: each was counted');
is(sql($node, q{SELECT count(*) FROM aksara.task_history WHERE task = 'counter' AND error ->> 'sqlstate' = '40P01'}), '0', 'counters: no deadlock is recorded');
sql($node, 'SELECT pg_sleep(1)');	# counters of processes that are idle arrive by then
is(number($node, 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'), $deadlocks, 'counters: nor was there one');
invariants($node, 'counters', counter => $updates + 1);
{
	app($node, q{SELECT aksara.register_task('counter_alone', 'work.increase', batchable => false)});
	my $alone = counters('counter_alone');
	note(sprintf 'counters: %.2f s, %.2f s each alone', $time, $alone);
	cmp_ok($time, '<', 2 * $alone + 0.5, 'counters: sharing a commit takes no longer');
	invariants($node, 'counters', counter_alone => $updates + 1);
}

$node->stop('fast');

# R31: no process can be started: little is said and done until one can.
$node = make_node('full', "max_worker_processes = 5\naksara.task_idle_time = 1\n");
app($node, q{SELECT aksara.register_task('r31', 'work.note'); SELECT aksara.enqueue('r31')});
wait_for($node, 'R31: workers run and leave', q{SELECT (SELECT count(*) = 1 FROM work.fx)
	AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'aksara executor')});
sql($node, 'GRANT EXECUTE ON FUNCTION aksara.start_workers(integer) TO regress_other');
$node->psql('postgres', 'SET SESSION AUTHORIZATION regress_other; SELECT aksara.start_workers(8)');
my @fillers = executors($node);
cmp_ok(scalar @fillers, '>', 0, 'R31: ' . @fillers . ' other workers have all places');
app($node, q{SELECT aksara.enqueue('r31')});
sleep 1;
my $seconds = amount(short => 3, long => 30);
my $who = q{backend_type IN ('aksara scheduler', 'aksara launcher')};
my $before = sum0(values %{ticks($node, $who)});
my $size = length server_log($node);
sleep $seconds;
my $used = sum0(values %{ticks($node, $who)}) - $before;
cmp_ok($used, '<=', 5 * $seconds, "R31: $used clock ticks in $seconds seconds");
my $said = () = server_log($node) =~ /tasks wait for a worker/g;
ok($said >= 1 && $said <= 3, "R31: it is said $said times");
my @lines = split /\n/, substr server_log($node), $size;
cmp_ok(scalar(grep { /LOG|WARNING|ERROR/ && !/statement|connection/ } @lines), '<', 10, 'R31: the log stays short');
is(number($node, 'SELECT count(*) FROM work.fx'), 1, 'R31: the task waits');
kill 'TERM', @fillers;
wait_for($node, 'R31: it starts when there is room', 'SELECT count(*) = 2 FROM work.fx', 20);
invariants($node, 'R31', r31 => 2);

$node->stop('fast');
done_testing();
