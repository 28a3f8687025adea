# Flow control: limits of queues and groups are exact whoever dies, groups keep their order, rates hold, what is urgent or new is found at
# once, and dead rows under an old snapshot do not slow anybody down.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Tasks;
use Time::HiRes qw(time sleep);

my $node = make_node('flow', "max_prepared_transactions = 5\nautovacuum = off\n");
app($node, q{
CREATE TABLE work.span (id bigint, worker integer DEFAULT pg_backend_pid(), label text, n integer, peers integer,
	started timestamptz, ended timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION work.span(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS $$
DECLARE began timestamptz := clock_timestamp(); other integer;
BEGIN
	-- Bodies that run at the same time have an advisory lock each, and a place; one look at all locks is of one moment.
	PERFORM pg_advisory_xact_lock_shared(1000, (run.args ->> 'n')::integer);
	SELECT count(*) FILTER (WHERE body AND (place OR pid = pg_backend_pid())) INTO other
	FROM (SELECT pid, bool_or(classid = 1000 AND objsubid = 2) AS body, bool_or(objsubid IN (21, 22)) AS place
		FROM pg_locks WHERE locktype = 'advisory' GROUP BY pid) l;
	PERFORM pg_sleep(coalesce((run.args ->> 'seconds')::float8, 0));
	INSERT INTO work.span (id, label, n, peers, started) VALUES (run.id, run.args ->> 'label', (run.args ->> 'n')::integer, other, began);
	IF random() < coalesce((run.args ->> 'failing')::float8, 0) AND run.attempt < run.max_attempts THEN RAISE 'by chance'; END IF;
END$$;
CREATE FUNCTION work.nothing() RETURNS void LANGUAGE sql AS '';
SELECT aksara.register_task('nothing', 'work.nothing', queue => 'nothing');
});

sub idle { return wait_for($node, "$_[0]: no place is held", q{SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid NOT IN (1, 2))}, 10) }

# R19: never more than three of a queue run, though workers are ended all the time; afterwards three may.
sql($node, q{SELECT aksara.configure_queue('r19', max_running => 3)});
app($node, q{SELECT aksara.register_task('r19', 'work.span', queue => 'r19')});
my $count = amount(short => 150, long => 500);
app($node, "SELECT count(aksara.enqueue('r19', json_build_object('n', g, 'seconds', 0.02))) FROM generate_series(1, $count) g");
my $ended = 0;
while (number($node, q{SELECT count(*) FROM aksara.tasks WHERE finished_at IS NULL}) > 0 && $ended < 300) {
	$ended += kill_one($node) if $ended < amount(short => 15, long => 100);
	if (is_long() && $ended % 20 == 19) { kill_one($node, 'KILL'); sleep 0.1; wait_until_up($node) }
	sleep 0.05;
}
finished($node, 'R19: all end');
cmp_ok($ended, '>', 5, "R19: $ended workers were ended");
is(sql($node, q{SELECT count(*), count(DISTINCT id) FROM work.span}), "$count|$count", 'R19: each has run once');
cmp_ok(number($node, q{SELECT max(peers) FROM work.span}), '<=', 3, 'R19: never more than three at once, as they saw it');
is(number($node, q{SELECT count(*) FROM work.span a WHERE (SELECT count(DISTINCT b.worker) FROM work.span b WHERE b.started <= a.started AND b.ended > a.started) > 3}),
	0, 'R19: nor by their times');
idle('R19');
sql($node, 'TRUNCATE work.span');
app($node, q{SELECT count(aksara.enqueue('r19', json_build_object('n', g, 'seconds', 0.2))) FROM generate_series(1, 9) g});
finished($node, 'R19: nine more end');
is(number($node, q{SELECT max(peers) FROM work.span}), 3, 'R19: after it three may run');
invariants($node, 'R19', r19 => $count + 9);

# R18: groups: one at a time, in order, also where some fail and workers are ended; those that fail are first again.
sub groups {
	my ($scenario, $options, $config, $groups, $tasks, $each) = @_;
	my $queue = "r18_$scenario";
	sql($node, "TRUNCATE work.span; SELECT aksara.configure_queue('$queue'$config)");
	app($node, "SELECT aksara.register_task('$queue', 'work.span', queue => '$queue', max_attempts => 4$options)");
	app($node, "SELECT count(aksara.enqueue('$queue', json_build_object('n', n, 'label', g, $each), group_key => g::text))
		FROM (SELECT n, g FROM generate_series(1, $tasks) n, generate_series(1, $groups) g ORDER BY n, g) x");
	for (1 .. amount(short => 8, long => 100)) { sleep 0.1; kill_one($node) if number($node, 'SELECT count(*) FROM aksara.task_due') }
	finished($node, "R18 $scenario: all end", 300);
	is(sql($node, q{SELECT count(*), count(DISTINCT id) FROM work.span}), join('|', ($groups * $tasks) x 2), "R18 $scenario: each has run once");
	invariants($node, "R18 $scenario", $queue => $groups * $tasks);
	return;
}
my $overlaps = q{SELECT count(*) FROM (SELECT started, lag(ended) OVER (PARTITION BY label ORDER BY started) AS before FROM work.span) s WHERE started < before};
my $disorder = q{SELECT count(*) FROM (SELECT id, lag(id) OVER (PARTITION BY label ORDER BY started) AS before FROM work.span) s WHERE id < before};
my ($groups, $tasks) = amount(short => 1, long => 2) == 1 ? (10, 40) : (20, 100);
groups('block', ', retry_delay => 0.02, retry_base => 1', '', $groups, $tasks, q{'failing', 0.1});
is(number($node, $overlaps), 0, 'R18 block: none of a group overlap');
is(number($node, $disorder), 0, 'R18 block: they keep their order');
groups('at_once', ', retry_delay => 0', '', $groups, $tasks, q{'failing', 0.2});
is(number($node, $overlaps), 0, 'R18 at once: none of a group overlap');
is(number($node, $disorder), 0, 'R18 at once: they keep their order, also where one is repeated at once');
groups('skip', q{, retry_delay => 0.5, retry_base => 1, group_on_error => 'skip'}, '', $groups, $tasks, q{'failing', 0.2});
is(number($node, $overlaps), 0, 'R18 skip: none of a group overlap');
cmp_ok(number($node, $disorder), '>', 0, 'R18 skip: who failed is overtaken');
groups('two', '', ', group_limit => 2', 3, 20, q{'seconds', 0.02});
is(number($node, q{SELECT max(c) FROM (SELECT (SELECT count(*) FROM work.span b WHERE b.label = a.label AND b.started <= a.started AND b.ended > a.started) AS c
	FROM work.span a) x}), 2, 'R18: two of a group where two may');
idle('R18');

# R20: a rate holds for any period, also where the scheduler, a worker or the server begins anew.
sub rates {
	my ($scenario, $rate, $period, $burst, $tasks, $disturb) = @_;
	sql($node, "TRUNCATE work.span; SELECT aksara.configure_queue('r20', rate => $rate, period => '$period s', burst => $burst)");
	app($node, q{SELECT aksara.register_task('r20', 'work.span', queue => 'r20')});
	app($node, "SELECT count(aksara.enqueue('r20', json_build_object('n', g))) FROM generate_series(1, $tasks) g");
	my $begin = time;
	$disturb->();
	finished($node, "R20 $scenario: all end", 60);
	my $most = number($node, "SELECT max(c) FROM (SELECT (SELECT count(*) FROM work.span b WHERE b.started >= a.started
		AND b.started < a.started + interval '$period s') AS c FROM work.span a) x");
	cmp_ok($most, '<=', $rate + $burst, "R20 $scenario: $most in a period where $rate (and $burst at once) may");
	my $took = time - $begin;
	my $fair = ($tasks - $burst) * $period / $rate;
	cmp_ok($took, '>', 0.9 * $fair - 0.5, sprintf('R20 %s: it took %.1f s, at the rate %.1f', $scenario, $took, $fair));
	return $took - $fair;
}
my $over = rates('alone', 20, 1, 1, 60, sub { });
cmp_ok($over, '<', 2, 'R20: and not much longer');
$over = rates('burst', 20, 1, 5, 60, sub { });
rates('restarted', 20, 1, 5, 80, sub {
	sleep 0.7;
	sql($node, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type IN ('aksara scheduler', 'aksara executor')});
	sleep 0.5;
	$node->stop('fast');
	$node->start;
	sleep 0.5;
	$node->stop('immediate');
	$node->start;
});
sql($node, q{SELECT aksara.configure_queue('r20', rate => 1, period => '1 day')});
app($node, q{SELECT count(aksara.enqueue('r20', json_build_object('n', g))) FROM generate_series(1, 3) g});
sleep 0.3;
sql($node, q{SELECT aksara.configure_queue('r20', rate => 1000, period => '1 s')});
cmp_ok(elapsed(sub { finished($node, 'R20: a higher rate holds at once', 20) }), '<', 3, 'R20: within moments');
invariants($node, 'R20', r20 => 203);

# A worker that waits for a place, or for a group, begins as soon as it is free, also one of another role.
sql($node, q{SELECT aksara.configure_queue('one', max_running => 1); GRANT USAGE ON SCHEMA work TO regress_other; GRANT INSERT, SELECT ON work.span TO regress_other});
app($node, q{SELECT aksara.register_task('one', 'work.span', queue => 'one')});
app($node, q{SELECT aksara.register_task('many', 'work.span', queue => 'many')});
sub as_other { return $node->safe_psql('postgres', "SET SESSION AUTHORIZATION regress_other; $_[0]") }
as_other(q{SELECT aksara.enqueue('one', '{"n": 0}')});
app($node, q{SELECT aksara.enqueue('one', '{"n": 0}')});
finished($node, 'both roles have workers', 30);
for my $how ('a place', 'a group') {
	my ($task, $more) = $how eq 'a place' ? ('one', '') : ('many', q{, group_key => 'g'});
	sql($node, 'TRUNCATE work.span');
	app($node, "SELECT aksara.enqueue('$task', '{\"n\": 1, \"seconds\": 0.5}'$more)");
	sleep 0.2;
	as_other("SELECT aksara.enqueue('$task', '{\"n\": 2}'$more)");
	app($node, "SELECT aksara.enqueue('$task', '{\"n\": 3}'$more)");
	finished($node, "$how: three end", 20);
	my $wait = number($node, q{SELECT extract(epoch FROM min(started) FILTER (WHERE n = 2) - max(ended) FILTER (WHERE n = 1)) FROM work.span});
	ok($wait > 0 && $wait < 0.2, sprintf('%s that is free is taken at once by another role: %.1f ms', $how, 1000 * $wait));
	is(number($node, q{SELECT max(peers) FROM work.span}), 1, "$how: one at a time");
}

# Those that waited for the same task start together, whatever the worker that releases them does next.
sql($node, 'TRUNCATE work.span');
app($node, q{WITH p AS MATERIALIZED (SELECT aksara.enqueue('one', '{"n": 0, "seconds": 0.2}') AS id)
	SELECT count(aksara.enqueue('many', '{"n": 1, "seconds": 0.7}', depends_on => ARRAY[p.id])) FROM p, generate_series(1, 3)});
finished($node, 'three children end', 20);
is(number($node, 'SELECT (max(started) < min(ended))::integer FROM work.span WHERE n = 1'), 1, 'children start together');

# Who cancels the first of a group lets the next one begin; one that waits for its next attempt as well.
app($node, q{SELECT aksara.register_task('failing', 'work.fail', queue => 'many', retry_delay => 60)});
sql($node, 'TRUNCATE work.span');
my $first = app($node, q{SELECT aksara.enqueue('failing', group_key => 'c')});
wait_for($node, 'the first of a group has failed', "SELECT EXISTS (SELECT FROM aksara.task_history WHERE id = $first)", 20);
app($node, q{SELECT aksara.enqueue('many', '{"n": 1}', group_key => 'c')});
sleep 0.5;
is(number($node, 'SELECT count(*) FROM work.span'), 0, 'the next one of a group waits for it');
app($node, "SELECT aksara.cancel($first)");
my $waited = elapsed(sub { wait_for($node, 'it is cancelled: the next one runs', 'SELECT count(*) = 1 FROM work.span', 20) });
cmp_ok($waited, '<', 2, sprintf 'at once: %.2f s', $waited);

# What is given back may be claimed at once: by a worker that is ended, by a savepoint.
app($node, q{SELECT aksara.register_task('long', 'work.slow', queue => 'long')});
app($node, q{SELECT aksara.enqueue('long', '{"seconds": 0.5}')});
wait_for($node, 'a task runs', q{SELECT EXISTS (SELECT FROM aksara.tasks WHERE task = 'long' AND state = 'running')}, 20);
sql($node, q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'aksara executor' AND wait_event = 'PgSleep'});
finished($node, 'its worker is ended: another one takes it', 5);
is(number($node, q{SELECT count(*) FROM work.fx WHERE task = 'long'}), 1, 'it has run once');
my $session = $node->background_psql('postgres', on_error_die => 1);
sql($node, q{TRUNCATE work.span; SELECT aksara.pause_queue('many')});
my $given = app($node, q{SELECT aksara.enqueue('many', '{"n": 2}')});
$session->query_safe("BEGIN; SAVEPOINT s; SELECT aksara.cancel($given)");
sql($node, q{SELECT aksara.resume_queue('many')});
sleep 0.5;
is(number($node, 'SELECT count(*) FROM work.span'), 0, 'a task that is being cancelled does not start');
$session->query_safe('ROLLBACK TO s');
app($node, q{SELECT aksara.enqueue('many', '{"n": 3}')});
finished($node, 'the savepoint was rolled back: it starts', 2);
is(number($node, 'SELECT count(*) FROM work.span'), 2, 'both have run');
$session->query_safe('ROLLBACK');

# A transaction that was prepared is found within seconds.
sql($node, 'TRUNCATE work.span');
app($node, q{BEGIN; SELECT aksara.enqueue('many', '{"n": 1}', priority => 100); PREPARE TRANSACTION 'late'});
app($node, q{SELECT count(aksara.enqueue('many', json_build_object('n', g))) FROM generate_series(2, 100) g});
finished($node, 'others run meanwhile', 20);
is(number($node, 'SELECT count(*) FROM work.span'), 99, 'all that there are');
sql($node, q{COMMIT PREPARED 'late'});
finished($node, 'a task of a prepared transaction runs within seconds', 15);
is(number($node, 'SELECT count(*) FROM work.span'), 100, 'it has run');

# R04: a task that was enqueued first and committed last.
sql($node, 'TRUNCATE work.span');
$session->query_safe(q{BEGIN; SET LOCAL SESSION AUTHORIZATION regress_app; SELECT aksara.enqueue('many', '{"n": 0}', priority => 10)});
app($node, q{SELECT count(aksara.enqueue('many', json_build_object('n', g))) FROM generate_series(1, 1000) g});
finished($node, 'R04: the others run', 60);
is(number($node, 'SELECT count(*) FROM work.span'), 1000, 'R04: they have');
$session->query_safe('COMMIT');
$waited = elapsed(sub { wait_for($node, 'R04: so does the late one', 'SELECT count(*) = 1001 FROM work.span', 10) });
cmp_ok($waited, '<', 1, sprintf 'R04: at once: %.2f s', $waited);

# R16: what is urgent passes what waits, in a queue of strict priority, and the order among equals is theirs.
sql($node, q{SELECT aksara.configure_queue('strict', max_running => 1, aging => 0), aksara.pause_queue('strict')});
app($node, q{SELECT aksara.register_task('strict', 'work.span', queue => 'strict')});
sql($node, 'TRUNCATE work.span');
app($node, q{SELECT count(aksara.enqueue('strict', json_build_object('n', g), priority => (g % 3)::integer, run_at => now() - (g % 7) * interval '1 day')) FROM generate_series(1, 60) g});
sql($node, q{SELECT aksara.resume_queue('strict')});
finished($node, 'R16: strict priority: all end', 30);
is(sql($node, q{SELECT count(*) FROM (SELECT n % 3 AS p, lag(n % 3) OVER (ORDER BY started) AS before FROM work.span) x WHERE p > before}), 0, 'R16: strict priority');

# A queue with much to do does not hold up another.
app($node, q{SELECT aksara.register_task('big', 'work.brief', queue => 'big'), aksara.register_task('small', 'work.note', queue => 'small')});
my $backlog = amount(short => 2000, long => 20_000);
app($node, "SELECT count(aksara.enqueue('big')) FROM generate_series(1, $backlog)");
sleep 0.3;
my $small = app($node, q{SELECT max(aksara.enqueue('small')) FROM generate_series(1, 20)});
wait_for($node, 'fairness: the small queue is done', "SELECT EXISTS (SELECT FROM aksara.task_history WHERE id = $small)", 20);
cmp_ok(number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'big' AND finished_at IS NULL}), '>', $backlog / 3, 'fairness: while the big one goes on');
finished($node, 'fairness: all end', 300);
invariants($node, 'fairness', big => $backlog, small => 20);

# R15: an old snapshot keeps dead rows; claims do not meet them.
sub drain {
	my ($what, $count) = @_;
	my $last = number($node, q{SELECT last_value FROM aksara.task_id});
	sql($node, q{SELECT aksara.pause_queue('nothing')});
	app($node, "SELECT count(aksara.enqueue('nothing')) FROM generate_series(1, $count)");
	sql($node, q{SELECT aksara.resume_queue('nothing')});
	finished($node, "R15: $what: $count tasks end", 120);
	my $rate = number($node, "SELECT count(*) / extract(epoch FROM max(finished_at) - min(started_at)) FROM aksara.task_history WHERE id > $last AND task = 'nothing'");
	note(sprintf 'R15: %s: %.0f tasks a second', $what, $rate);
	return $rate;
}
sql($node, 'VACUUM aksara.task_due');
drain('warm', 5000);
my $before = drain('before', 5000);
$session->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM aksara.task_due');
drain('pinned', 60_000);
cmp_ok(number($node, q{SELECT pg_relation_size('aksara.task_due') / 8192}), '>', 500, 'R15: dead rows stay');
my $pinned = drain('with 60 000 dead rows', 5000);
$session->query_safe('COMMIT');
cmp_ok($pinned, '>', $before / 3, sprintf('R15: %.0f tasks a second with 60 000 dead rows, %.0f without', $pinned, $before));
invariants($node, 'R15');

# All at once: clients with random priorities, delays and groups; at the end nothing is left, and each has run once, in its group's order.
app($node, q{SELECT aksara.register_task('mixed', 'work.note', queue => 'mixed', retry_delay => 0.01), aksara.register_task('mixed_fails', 'work.span', queue => 'mixed', retry_delay => 0.01)});
sql($node, q{TRUNCATE work.span; SELECT aksara.configure_queue('mixed', max_running => 3)});
client($node, "mixed_$_", join '', map {
	"SELECT aksara.enqueue('mixed', '{}', priority => (random() * 10)::integer, delay => CASE WHEN random() < 0.3 THEN random() * interval '1 s' END);\n"
	. "SELECT aksara.enqueue('mixed_fails', '{\"n\": 1, \"label\": \"$_\", \"failing\": 0.1}', group_key => (random() * 5)::integer::text);\n"
} 1 .. 50) for 1 .. 3;
my $end = time + amount(short => 8, long => 60);
while (time < $end) { sleep 0.5; kill_one($node) }
stop_clients();
finished($node, 'stress: all end', 120);
my @known = map { acknowledged("mixed_$_") } 1 .. 3;
cmp_ok(scalar @known, '>', 300, 'stress: ' . @known . ' tasks');
is(number($node, q{SELECT count(*) FROM aksara.tasks WHERE state = 'completed' AND id IN (} . join(',', @known) . ')'), scalar @known, 'stress: each that was acknowledged has ended');
is(sql($node, q{SELECT count(*) - count(DISTINCT id) FROM (SELECT id FROM work.fx WHERE task = 'mixed' UNION ALL SELECT id FROM work.span) x}), 0, 'stress: each has run once');
is(number($node, q{SELECT count(*) FROM (SELECT s.started, lag(s.ended) OVER (PARTITION BY h.group_key ORDER BY s.started) AS before
	FROM work.span s JOIN aksara.task_history h ON h.id = s.id AND h.state = 'completed' WHERE h.task = 'mixed_fails') x WHERE started < before}), 0, 'stress: groups do not overlap');
idle('stress');
invariants($node, 'stress');

$session->quit;
$node->stop('fast');
done_testing();
