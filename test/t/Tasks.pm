# What the tests of room task share: a server whose tasks run by themselves, bodies whose effects can be counted, clients that
# keep a list of what was acknowledged to them, and what must hold after each test.
#
# AK_LONG=1 asks for the long forms.
package Tasks;
use strict;
use warnings;
use Exporter 'import';
use File::Basename qw(dirname);
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time sleep);

our @EXPORT = qw(is_long amount make_node sql app number wait_for finished invariants executors kill_one wait_until_up client stop_clients
	acknowledged elapsed server_log ticks);

my $long = $ENV{AK_LONG};
note($long ? 'long form' : 'short form (AK_LONG=1 or make test-long for the long one)');

sub is_long { return $long }
# amount(short => 10, long => 1000)
sub amount { my %of = @_; return $long ? $of{long} : $of{short} }

# Tasks are enqueued by an ordinary role; fx has no key, so that doubles show.
our $setup = q{
CREATE EXTENSION aksara;
CREATE SCHEMA work AUTHORIZATION regress_app;
GRANT USAGE ON SCHEMA work TO PUBLIC;
SET ROLE regress_app;
CREATE TABLE work.fx (id bigint, task text, attempt integer, at timestamptz DEFAULT clock_timestamp());
CREATE FUNCTION work.note(run aksara.task_run) RETURNS void LANGUAGE sql AS
	$$INSERT INTO work.fx (id, task, attempt) VALUES (run.id, run.task, run.attempt)$$;
CREATE FUNCTION work.slow(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN PERFORM work.note(run); PERFORM pg_sleep((run.args ->> 'seconds')::float8); END$$;
CREATE FUNCTION work.brief(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN PERFORM work.note(run); PERFORM pg_sleep(0.004); END$$;
CREATE FUNCTION work.fail(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS
	$$BEGIN PERFORM work.note(run); PERFORM pg_sleep(coalesce((run.args ->> 'seconds')::float8, 0)); RAISE 'told to fail'; END$$;
};

# make_node(name, configuration, init options…) -- a server with workers; a database with the extension and the bodies.
sub make_node {
	my ($name, $conf, %init) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(%init);
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'aksara'\nmax_worker_processes = 24\naksara.task_workers = 4\n"
			. "restart_after_crash = on\n" . ($conf // ''));
	$node->start;
	$node->safe_psql('postgres', "CREATE ROLE regress_app LOGIN; CREATE ROLE regress_other LOGIN;\n$setup");
	return $node;
}

sub sql { my ($node, $query) = @_; return $node->safe_psql('postgres', $query) }
sub app { my ($node, $query) = @_; return $node->safe_psql('postgres', "SET SESSION AUTHORIZATION regress_app; $query") }
sub number { return 0 + sql(@_) }
sub elapsed { my $what = shift; my $begin = time; $what->(); return time - $begin }

# wait_for(node, what, query, seconds) -- until the query gives true; a server that is not there yet is asked again.
sub wait_for {
	my ($node, $what, $query, $seconds) = @_;
	my $end = time + ($seconds // 120);
	my ($out, $error);
	do {
		my $status = $node->psql('postgres', $query, stdout => \$out, stderr => \$error, timeout => 60, timed_out => \my $late);
		return ok(1, $what) if $status == 0 && $out eq 't';
		sleep 0.05;
	} while (time < $end);
	diag("last answer: $out $error");
	return ok(0, $what);
}

# finished(node, what, seconds) -- waits until no task is due or waits.
sub finished {
	my ($node, $what, $seconds) = @_;
	return wait_for($node, $what, q{SELECT NOT EXISTS (SELECT FROM aksara.tasks WHERE finished_at IS NULL)}, $seconds);
}

sub executors {
	my ($node, $where) = @_;
	return split /\n/, sql($node, q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'aksara executor'} . ($where ? " AND $where" : ''));
}

# Clock ticks that the processes of tasks have used: ticks(node) by their numbers, ticks(node, condition) of some.
sub ticks {
	my ($node, $where) = @_;
	my %of;
	for my $pid (split /\n/, sql($node, q{SELECT pid FROM pg_stat_activity WHERE backend_type LIKE 'aksara %'} . ($where ? " AND $where" : ''))) {
		my @stat = split / /, slurp_file("/proc/$pid/stat") =~ s/^.*\) //r;
		$of{$pid} = $stat[11] + $stat[12];
	}
	return \%of;
}

# Ends one executor by chance: kill_one(node, 'KILL') with a signal, kill_one(node) by the server's own means; false: there is none.
sub kill_one {
	my ($node, $signal) = @_;
	my $end = time + 3;
	while (time < $end) {
		my ($out, $error) = ('', '');
		my $which = $signal ? 'pid' : 'pg_terminate_backend(pid)';
		$node->psql('postgres', "SELECT $which FROM pg_stat_activity WHERE backend_type = 'aksara executor' ORDER BY random() LIMIT 1",
			stdout => \$out, stderr => \$error);
		return $signal ? kill($signal, $out) : 1 if $out =~ /^(\d+|t)$/;
		sleep 0.02;
	}
	return 0;
}

# Waits until the server takes connections again after one of its processes was killed.
sub wait_until_up {
	my $node = shift;
	my $end = time + 60;
	while (time < $end) {
		my ($out, $error) = ('', '');
		return 1 if $node->psql('postgres', 'SELECT 1', stdout => \$out, stderr => \$error) == 0;
		sleep 0.05;
	}
	die 'the server did not come back';
}

# ---- clients ----

my @clients;

# client(node, name, script) -- another process runs this SQL as regress_app over and over, also when the connection is lost or the server
# gone, until it is told to stop. What was answered to it is its ledger.
sub client {
	my ($node, $name, $script) = @_;
	my $base = $PostgreSQL::Test::Utils::tmp_check . "/$name";
	append_to_file("$base.sql", $script);
	my $connect = $node->connstr('postgres') . ' user=regress_app';
	my $loop = 'until [ -e "$0.stop" ]; do psql -XqAt -d "$1" -f "$0.sql" >>"$0.ledger" 2>>"$0.errors" || sleep 0.1; done';
	push @clients, { base => $base, run => IPC::Run::start([ 'sh', '-c', $loop, $base, $connect ], '<', \undef) };
	return;
}

sub stop_clients {
	append_to_file("$_->{base}.stop", '') for @clients;
	eval { $_->{run}->finish } for @clients;
	@clients = ();
	return;
}

# The lines of a ledger. One that a lost connection has cut short is none.
sub acknowledged {
	my $name = shift;
	my $file = $PostgreSQL::Test::Utils::tmp_check . "/$name.ledger";
	return grep { /./ } split /\n/, -e $file ? slurp_file($file) : '';
}

# ---- what must hold ----

sub server_log { return slurp_file($_[0]->logfile) }

# What breaks an invariant, one name and query each; none gives a row when the server is idle.
my @broken = (
	'a task ended twice, or ended and waits' => q{SELECT id, count(*), string_agg(state, ' ') FROM aksara.tasks GROUP BY id HAVING count(*) > 1},
	'an attempt has two outcomes' => q{SELECT id, attempt FROM aksara.task_history WHERE state <> 'cancelled' GROUP BY id, attempt HAVING count(*) > 1},
	'more attempts than there may be' => q{SELECT id, attempt, max_attempts FROM aksara.task_history WHERE attempt > max_attempts},
	'an attempt is missing' => q{SELECT id, max(attempt), count(*) FROM aksara.task_history WHERE state IN ('completed', 'retried', 'failed')
		GROUP BY id HAVING max(attempt) <> count(*)},
	'effects and outcomes differ' => q{SELECT id, f.n AS effects, h.n AS outcomes FROM (SELECT id, count(*) AS n FROM work.fx GROUP BY id) f
		FULL JOIN (SELECT id, count(*) AS n FROM aksara.task_history WHERE state = 'completed' AND task IN (SELECT name FROM aksara.task_definition
			WHERE handler ~ '\y(note\w*|slow\w*|brief|fail)\y') GROUP BY id) h USING (id) WHERE f.n IS DISTINCT FROM h.n},
	'a task runs without a process' => q{SELECT id, state FROM aksara.tasks WHERE state = 'running' AND NOT EXISTS (SELECT FROM pg_stat_activity
		WHERE backend_type = 'aksara executor')},
	'a limit or a group is held' => q{SELECT pid, classid, objid, objsubid FROM pg_locks WHERE locktype = 'advisory' AND objsubid NOT IN (1, 2)},
	'two schedulers' => q{SELECT datid, count(*) FROM pg_stat_activity WHERE backend_type = 'aksara scheduler' GROUP BY datid HAVING count(*) > 1},
	'two launchers' => q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'aksara launcher' HAVING count(*) > 1},
	'a process without a database' => q{SELECT pid, backend_type FROM pg_stat_activity WHERE backend_type IN ('aksara scheduler', 'aksara executor')
		AND datid NOT IN (SELECT oid FROM pg_database)},
	'more executors than there may be' => q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'aksara executor'
		HAVING count(*) > current_setting('aksara.task_workers')::integer},
);

# invariants(node, scenario, task => how many were enqueued, …) -- as one test. Whatever was enqueued has ended or is still there.
sub invariants {
	my ($node, $scenario, %enqueued) = @_;
	subtest "$scenario: invariants" => sub {
		for my $task (sort keys %enqueued) {
			is(number($node, "SELECT count(*) FROM aksara.tasks WHERE task = '$task'"), $enqueued{$task}, "every $task is somewhere");
		}
		for (my $i = 0; $i < @broken; $i += 2) {
			is(sql($node, "SELECT * FROM ($broken[$i + 1]) b LIMIT 5"), '', "not: $broken[$i]");
		}
		my @bad = server_log($node) =~ /^.*(?:PANIC:|TRAP:|runtime error:|terminated by signal (?!9:)).*$/mg;
		is("@bad", '', 'not: a broken server');
	};
	return;
}

1;
