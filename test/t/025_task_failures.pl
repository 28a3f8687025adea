# Bodies that fail, take too long, are cancelled, leave things lying about or try to be somebody else: it stays with them.
use strict;
use warnings;
use FindBin;
use lib $FindBin::RealBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Tasks;
use Time::HiRes qw(time sleep);

my $node = make_node('failures', "aksara.task_workers = 2\nmax_prepared_transactions = 5\n");
my $asleep = q{backend_type = 'aksara executor' AND wait_event = 'PgSleep'};
sub error_of { return sql($node, "SELECT DISTINCT error ->> 'sqlstate' FROM aksara.task_history WHERE task = '$_[0]'") }
sub outcome { return sql($node, "SELECT state, attempts, count(*) FROM aksara.tasks WHERE task = '$_[0]' GROUP BY 1, 2") }

# R41: a task that always fails is repeated after 1, 2, 4 … seconds until it has had its attempts; each error is kept.
my ($delay, $attempts) = (amount(short => 0.5, long => 1), amount(short => 4, long => 6));
app($node, "SELECT aksara.register_task('r41', 'work.fail', max_attempts => $attempts, retry_delay => $delay, retry_base => 2, retry_max => 8)");
app($node, q{SELECT aksara.enqueue('r41')});
wait_for($node, 'R41: it has failed', q{SELECT EXISTS (SELECT FROM aksara.tasks WHERE task = 'r41' AND state = 'failed')}, 120);
is(outcome('r41'), "failed|$attempts|1", 'R41: with all its attempts');
is(sql($node, q{SELECT string_agg(attempt || ' ' || state || ' ' || (error ->> 'sqlstate') || ' ' || (error ->> 'message'), ', ' ORDER BY attempt)
	FROM aksara.task_history WHERE task = 'r41'}),
	join(', ', map { "$_ " . ($_ < $attempts ? 'retried' : 'failed') . ' P0001 told to fail' } 1 .. $attempts), 'R41: and an error each');
my @waits = split /\n/, sql($node, q{SELECT extract(epoch FROM started_at - before) FROM (SELECT attempt, started_at, lag(finished_at) OVER (ORDER BY attempt) AS before
	FROM aksara.task_history WHERE task = 'r41') h WHERE attempt > 1 ORDER BY attempt});
for my $i (0 .. $#waits) {
	my $due = $delay * 2**$i;
	$due = 8 if $due > 8;
	ok($waits[$i] >= $due && $waits[$i] < $due + 2, sprintf 'R41: attempt %d starts after %g s (%.3f)', $i + 2, $due, $waits[$i]);
}
my ($r41) = sql($node, q{SELECT id FROM aksara.tasks WHERE task = 'r41'});
is(app($node, "SELECT aksara.retry($r41); SELECT aksara.retry($r41)"), "t\nf", 'R41: it is made live once');
app($node, q{SELECT aksara.cancel(id) FROM aksara.tasks WHERE task = 'r41' AND finished_at IS NULL});
is(number($node, q{SELECT count(*) FROM aksara.tasks WHERE task = 'r41' AND finished_at IS NULL}), 0, 'R41: and taken back');
# Made live again it has a history of its own; what must hold of each task holds of the others.
app($node, q{SELECT pg_sleep(0.1); SELECT aksara.purge('0 s', '{retried,failed,cancelled}')});
is(number($node, q{SELECT count(*) FROM work.fx}), 0, 'R41: no attempt has left anything');
invariants($node, 'R41');

# R43: what fires at the commit belongs to the body.
app($node, q{
CREATE TABLE work.parent (id integer PRIMARY KEY);
CREATE TABLE work.child (parent integer REFERENCES work.parent DEFERRABLE INITIALLY DEFERRED);
CREATE FUNCTION work.note_orphan(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN PERFORM work.note(run); INSERT INTO work.child VALUES ((run.args ->> 'parent')::integer); END$$;
CREATE FUNCTION work.late() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'too late'; END$$;
CREATE TABLE work.late (id integer);
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON work.late DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION work.late();
CREATE FUNCTION work.note_late(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS $$BEGIN PERFORM work.note(run); INSERT INTO work.late VALUES (1); END$$;
SELECT aksara.register_task('r43', 'work.note_orphan', max_attempts => 2, retry_delay => 0.1),
	aksara.register_task('r43_trigger', 'work.note_late', max_attempts => 2, retry_delay => 0.1), aksara.register_task('r43_good', 'work.note');
SELECT aksara.enqueue('r43_good'), aksara.enqueue('r43', '{"parent": 1}'), aksara.enqueue('r43_trigger'), aksara.enqueue('r43_good')});
finished($node, 'R43: they end', 30);
is(outcome('r43') . ' ' . error_of('r43'), 'failed|2|1 23503', 'R43: a violated constraint is a failure, and repeated');
is(outcome('r43_trigger') . ' ' . error_of('r43_trigger'), 'failed|2|1 P0001', 'R43: so is a trigger that fails');
is(outcome('r43_good'), 'completed|1|2', 'R43: others have nothing to do with it');
is(number($node, q{SELECT (SELECT count(*) FROM work.child) + (SELECT count(*) FROM work.late) + (SELECT count(*) FROM work.fx WHERE task LIKE 'r43%' AND task <> 'r43_good')}), 0,
	'R43: nothing is left of it');
invariants($node, 'R43', r43 => 1, r43_trigger => 1, r43_good => 2);

# R44: a body that takes too long is ended, and what it held is free.
app($node, q{
CREATE TABLE work.row (id integer PRIMARY KEY, n integer); INSERT INTO work.row VALUES (1, 0);
CREATE FUNCTION work.slow_row(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN PERFORM work.note(run); UPDATE work.row SET n = n + 1; PERFORM pg_sleep(3600); END$$;
SELECT aksara.register_task('r44', 'work.slow_row', timeout => '1 s', max_attempts => 1); SELECT aksara.enqueue('r44')});
my $took = elapsed(sub { finished($node, 'R44: it is ended', 30) });
cmp_ok($took, '<', 5, "R44: after $took seconds");
is(outcome('r44') . ' ' . error_of('r44'), 'failed|1|1 57014', 'R44: that is a failure');
my $second = number($node, q{SELECT extract(epoch FROM finished_at - started_at) FROM aksara.task_history WHERE task = 'r44'});
ok($second >= 0.99 && $second < 3, "R44: it had $second seconds");
is(app($node, q{SET lock_timeout = '1s'; UPDATE work.row SET n = n + 10 RETURNING n}), '10', 'R44: the row is free, and as it was');
invariants($node, 'R44', r44 => 1);
app($node, q{
CREATE FUNCTION work.slow_stubborn(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM work.note(run); UPDATE work.row SET n = n + 1;
	FOR i IN 1 .. 1200 LOOP
		BEGIN PERFORM pg_sleep(0.1); EXCEPTION WHEN query_canceled THEN PERFORM 1; END;
	END LOOP;
END$$;
SELECT aksara.register_task('r44_stubborn', 'work.slow_stubborn', timeout => '1 s', max_attempts => 1); SELECT aksara.enqueue('r44_stubborn')});
wait_for($node, 'R44: one that will not end runs', "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $asleep)", 10);
my ($worker) = executors($node, $asleep);
wait_for($node, 'R44: its process is ended', "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $worker)", 40);
wait_for($node, 'R44: and it has failed', q{SELECT EXISTS (SELECT FROM aksara.tasks WHERE task = 'r44_stubborn' AND state = 'failed')}, 10);
is(app($node, q{SET lock_timeout = '1s'; UPDATE work.row SET n = n + 10 RETURNING n}), '20', 'R44: the row is free, and as it was');
app($node, q{SELECT aksara.register_task('r44_after', 'work.note'); SELECT aksara.enqueue('r44_after')});
wait_for($node, 'R44: so is the place of the worker', q{SELECT EXISTS (SELECT FROM work.fx WHERE task = 'r44_after')}, 20);
invariants($node, 'R44', r44 => 1, r44_stubborn => 1);

# R46: a task that is cancelled while it runs is rolled back and not repeated.
app($node, q{SELECT aksara.register_task('r46', 'work.slow'), aksara.register_task('r46_after', 'work.note');
	SELECT aksara.enqueue('r46', '{"seconds": 8}')});
wait_for($node, 'R46: it runs', "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $asleep)", 20);
my ($id) = sql($node, q{SELECT id FROM aksara.tasks WHERE task = 'r46'});
my $asked = elapsed(sub { like(app($node, "SELECT aksara.cancel($id)"), qr/^requested$/, 'R46: it runs, and that is said') });
cmp_ok($asked, '<', 2, 'R46: at once');
wait_for($node, 'R46: it ends long before its time', "SELECT state = 'cancelled' FROM aksara.tasks WHERE id = $id", 4);
is(number($node, "SELECT count(*) FROM work.fx WHERE id = $id"), 0, 'R46: it has left nothing');
is(sql($node, "SELECT count(*) FROM aksara.task_history WHERE id = $id AND state <> 'cancelled'"), '0', 'R46: it is not repeated');
finished($node, 'R46: all end', 30);
app($node, q{SELECT aksara.enqueue('r46_after')});
finished($node, 'R46: workers go on', 20);
invariants($node, 'R46', r46 => 1, r46_after => 1);

# R48: nothing that a body leaves is seen by the next one on the same worker. One worker.
sql($node, q{ALTER SYSTEM SET aksara.task_workers = 1; SELECT pg_reload_conf();
	SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE backend_type = 'aksara executor'; GRANT regress_other TO regress_app});
app($node, q{
CREATE SEQUENCE work.numbers;
CREATE FUNCTION work.mess() RETURNS text LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
	found := concat_ws(' ',
		'work_mem=' || current_setting('work_mem'), 'path=' || current_setting('search_path'), 'zone=' || current_setting('TimeZone'),
		'own=' || coalesce(nullif(current_setting('regress.own', true), ''), '-'), 'local=' || coalesce(nullif(current_setting('regress.local', true), ''), '-'),
		'role=' || current_user, 'timeout=' || current_setting('statement_timeout'), 'isolation=' || current_setting('transaction_isolation'),
		'read_only=' || current_setting('transaction_read_only'), 'default_read_only=' || current_setting('default_transaction_read_only'),
		'temporary=' || coalesce(to_regclass('pg_temp.left_over')::text, '-'),
		'temporary_local=' || coalesce(to_regclass('pg_temp.left_local')::text, '-'),
		'prepared=' || (SELECT count(*) FROM pg_prepared_statements),
		'locks=' || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid IN (1, 2)),
		'cursors=' || (SELECT count(*) FROM pg_cursors WHERE name = 'left_cursor'));
	BEGIN found := found || ' lastval=' || lastval(); EXCEPTION WHEN object_not_in_prerequisite_state THEN found := found || ' lastval=-'; END;
	PERFORM set_config('work_mem', '77MB', false), set_config('search_path', 'pg_temp, work', false), set_config('TimeZone', 'Asia/Jakarta', false),
		set_config('regress.own', 'x', false), set_config('regress.local', 'x', true), set_config('statement_timeout', '77s', false),
		set_config('default_transaction_read_only', 'on', false);
	PERFORM pg_advisory_lock(1), pg_advisory_xact_lock(2), pg_advisory_lock_shared(3, 4), nextval('work.numbers');
	CREATE TEMP TABLE left_over (); CREATE TEMP TABLE left_local (id integer) ON COMMIT DELETE ROWS; INSERT INTO left_local VALUES (1);
	EXECUTE 'PREPARE left_statement AS SELECT 1';
	IF NOT EXISTS (SELECT FROM pg_cursors WHERE name = 'left_cursor') THEN
		EXECUTE 'DECLARE left_cursor CURSOR WITH HOLD FOR SELECT generate_series(1, 3)';
	END IF;
	SET ROLE regress_other;
	RETURN found;
END$$;
CREATE FUNCTION work.mess_fails() RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM work.mess(); RAISE 'told to fail'; END$$;
SELECT aksara.register_task('r48', 'work.mess', max_attempts => 1), aksara.register_task('r48_fails', 'work.mess_fails', max_attempts => 1);
SELECT aksara.enqueue('r48'), aksara.enqueue('r48'), aksara.enqueue('r48_fails'), aksara.enqueue('r48'), aksara.enqueue('r48');
});
finished($node, 'R48: they end', 60);
is(outcome('r48') . ' ' . outcome('r48_fails'), 'completed|1|4 failed|1|1', 'R48: as they should')
	or diag(sql($node, q{SELECT DISTINCT error::text FROM aksara.task_history WHERE task = 'r48'}));
is(sql($node, q{SELECT count(DISTINCT worker) FROM aksara.task_history WHERE task LIKE 'r48%'}), '1', 'R48: on one worker');
my @found = split /\n/, sql($node, q{SELECT DISTINCT result #>> '{}' FROM aksara.task_history WHERE task = 'r48'});
is("@found", 'work_mem=4MB path="$user", public zone=' . sql($node, 'SHOW timezone') . ' own=- local=- role=regress_app timeout=0 isolation=read committed'
	. ' read_only=off default_read_only=off temporary=- temporary_local=- prepared=0 locks=0 cursors=0 lastval=-', 'R48: each found a new session');
wait_for($node, 'R48: and nothing is left', q{SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')}, 10);
invariants($node, 'R48', r48 => 4, r48_fails => 1);

# A body cannot keep its outcome from being written, nor leave its transaction.
app($node, join "\n", map { my ($name, $body) = @$_; "CREATE FUNCTION work.note_$name(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS \$\$BEGIN PERFORM work.note(run); $body; END\$\$;"
	. " SELECT aksara.register_task('r48_$name', 'work.note_$name', max_attempts => 1); SELECT aksara.enqueue('r48_$name');" }
	[ read_only => 'SET LOCAL transaction_read_only = on' ], [ constraints => 'SET CONSTRAINTS ALL IMMEDIATE' ], [ commit => 'COMMIT' ], [ rollback => 'ROLLBACK' ],
	[ prepare => q{EXECUTE 'PREPARE TRANSACTION ''x'''} ], [ savepoint => q{EXECUTE 'SAVEPOINT x'} ], [ timeout => q{SET LOCAL statement_timeout = 1; SET LOCAL lock_timeout = 1} ],
	[ replica => q{SET LOCAL session_replication_role = replica} ]);
finished($node, 'R48: bodies that meddle with the transaction end', 30);
is(sql($node, q{SELECT task, state, error ->> 'sqlstate' FROM aksara.tasks WHERE task ~ '^r48_(commit|rollback|prepare|savepoint|replica)' ORDER BY 1}),
	"r48_commit|failed|2D000\nr48_prepare|failed|0A000\nr48_replica|failed|42501\nr48_rollback|failed|2D000\nr48_savepoint|failed|0A000", 'R48: where they may not, they fail');
is(sql($node, q{SELECT task, state FROM aksara.tasks WHERE task ~ '^r48_(read_only|constraints|timeout)' ORDER BY 1}),
	"r48_constraints|completed\nr48_read_only|completed\nr48_timeout|completed", 'R48: what is theirs to set ends with them');
invariants($node, 'R48 transactions');
sql($node, q{ALTER SYSTEM RESET aksara.task_workers; SELECT pg_reload_conf()});

# R49: no body becomes anybody else or sees what is not its role's.
app($node, q{SELECT aksara.register_task('r49_secret', 'work.note'); SELECT aksara.enqueue('r49_secret', '{"secret": 1}', delay => '1 h')});
sql($node, q{REVOKE regress_other FROM regress_app; GRANT INSERT ON work.fx TO regress_other; CREATE SCHEMA other AUTHORIZATION regress_other; CREATE ROLE regress_boss SUPERUSER;
	CREATE ROLE regress_nologin; GRANT regress_nologin TO regress_other; GRANT CREATE ON SCHEMA other TO regress_nologin; GRANT USAGE ON SCHEMA other TO PUBLIC});
my @tries = (
	[ role => 'SET ROLE regress_boss', '42501' ], [ app => 'SET ROLE regress_app', '42501' ], [ authorization => 'SET SESSION AUTHORIZATION regress_boss', '42501' ],
	[ default => q{PERFORM set_config('session_authorization', 'postgres', false)}, '42501' ], [ superuser => 'ALTER ROLE regress_other SUPERUSER', '42501' ],
	[ tables => 'PERFORM * FROM aksara.task_due', '42501' ], [ history => 'PERFORM * FROM aksara.task_history', '42501' ],
	[ enqueue => q{INSERT INTO aksara.task_due SELECT FROM aksara.task_due}, '42501' ], [ file => q{PERFORM pg_read_file('postgresql.conf')}, '42501' ],
	[ reset => q{RESET ROLE; RESET SESSION AUTHORIZATION; IF current_user <> %s OR session_user <> %s AND session_user NOT IN (SELECT rolname FROM pg_roles WHERE oid = 10)
		OR EXISTS (SELECT FROM aksara.tasks WHERE role <> %s) THEN RAISE 'it is somebody else' USING ERRCODE = 'P0002'; END IF}, undef ]);
for my $role ('regress_other', 'regress_nologin') {
	for my $try (@tries) {
		my ($name, $body) = @$try;
		$body =~ s/%s/'$role'/g;
		sql($node, qq{SET ROLE $role; CREATE FUNCTION other.${role}_$name() RETURNS void LANGUAGE plpgsql AS \$\$BEGIN $body; END\$\$;
			SELECT aksara.register_task('r49_${role}_$name', 'other.${role}_$name', max_attempts => 1); SELECT aksara.enqueue('r49_${role}_$name')});
	}
}
wait_for($node, 'R49: all tries end', q{SELECT NOT EXISTS (SELECT FROM aksara.tasks WHERE task LIKE 'r49_regress%' AND finished_at IS NULL)}, 60);
for my $role ('regress_nologin', 'regress_other') {
	my $got = sql($node, "SELECT replace(task, 'r49_${role}_', ''), state, error ->> 'sqlstate' FROM aksara.tasks WHERE task LIKE 'r49_${role}%' ORDER BY 1");
	# A role that may not log in has a worker in which nothing of the kind can be set at all.
	$got =~ s/^(\w+\|failed\|)(?:0A000|22023)$/${1}42501/mg if $role eq 'regress_nologin';
	$got =~ s/^reset\|failed\|42501$/reset|completed|/m if $role eq 'regress_nologin';
	is($got, join("\n", map { "$_->[0]|" . (defined $_->[2] ? "failed|$_->[2]" : 'completed|') } sort { $a->[0] cmp $b->[0] } @tries), "R49: none of the tries of $role has led anywhere");
}
is(sql($node, q{SELECT count(*) FROM pg_roles WHERE rolsuper AND rolname LIKE 'regress%'}), '1', 'R49: nobody has become a superuser');

# A role that is dropped takes its tasks with it, and nobody else's.
sql($node, q{CREATE ROLE regress_gone LOGIN; GRANT INSERT ON work.fx TO regress_gone});
app($node, q{SELECT aksara.register_task('r49_gone', 'work.note'), aksara.register_task('r49_stays', 'work.note')});
sql($node, q{SET ROLE regress_gone; SELECT aksara.enqueue('r49_gone', delay => '2 s')});
sql($node, q{REVOKE ALL ON work.fx FROM regress_gone; DROP ROLE regress_gone});
app($node, q{SELECT aksara.enqueue('r49_stays', delay => '3 s')});
wait_for($node, 'R49: another role\'s task runs after a role was dropped', q{SELECT EXISTS (SELECT FROM work.fx WHERE task = 'r49_stays')}, 30);
wait_for($node, 'R49: that of the dropped role has failed', q{SELECT state = 'failed' FROM aksara.tasks WHERE task = 'r49_gone'}, 15);
like(sql($node, q{SELECT error ->> 'message' FROM aksara.tasks WHERE task = 'r49_gone'}), qr/role/, 'R49: and says why');
invariants($node, 'R49');

$node->stop('fast');
done_testing();
