# A backend killed in the middle of a call, and a server stopped at once, leave nothing half done.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'restart_after_crash = on');
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION aksara;
	SELECT aksara.create_model('User', '{"name": "Text"}', '{"primary_key": "bigint"}');
	INSERT INTO users (name) VALUES ('Ann');
});

# The registry and the catalog by names, and what is stored.
sub state {
	return $node->safe_psql('postgres', q{
		SELECT m::text FROM aksara.model m ORDER BY 1;
		SELECT f::text FROM aksara.field f ORDER BY 1;
		SELECT r::text FROM aksara.relation r ORDER BY 1;
		SELECT count(*) FROM aksara.model_oid; SELECT count(*) FROM aksara.field_attnum; SELECT count(*) FROM aksara.relation_oid;
		SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1;
		SELECT count(*) FROM users;
		SELECT * FROM aksara.check_registry();
	});
}

# Runs a call in a transaction, waits until it sleeps after it, and ends it as told.
sub interrupted {
	my ($what, $call, $end) = @_;
	my $before = state();
	my ($out, $err) = ('', '');
	my $session = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('postgres'),
			'-c', 'BEGIN', '-c', $call, '-c', 'SELECT pg_sleep(180)' ], '<', \undef, '>', \$out, '2>', \$err);
	until ($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'}) eq '1') {
		$session->pumpable or die "the call did not get there";
		$session->pump_nb;
		die "the call did not get there: $err" if $err =~ /ERROR/;
		select undef, undef, undef, 0.1;
	}
	$end->($node->safe_psql('postgres', q{SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'}));
	eval { $session->finish };
	$node->poll_query_until('postgres', 'SELECT 1', '1');
	is(state(), $before, "$what: nothing half done");
}
my %ends = (
	'kill -9' => sub { kill 'KILL', $_[0] },
	'immediate stop' => sub { $node->stop('immediate'); $node->start },
);
my %calls = (
	'create_model' => q{SELECT aksara.create_model('Post', '{"author": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT"}, "fans": {"type": "ManyToMany", "to": "User", "related_name": "+"}}')},
	'bulk_create' => q{SELECT count(*) FROM aksara.bulk_create('User', (SELECT json_agg(json_build_object('name', n::text)) FROM generate_series(1, 5000) n))},
	'rename by hand' => q{ALTER TABLE users RENAME TO people},
);
for my $call (sort keys %calls) {
	for my $end (sort keys %ends) {
		interrupted("$call, $end", $calls{$call}, $ends{$end});
	}
}

# Inside the call itself: a trigger makes bulk_create sleep half way through its rows.
$node->safe_psql('postgres', q{
	CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.name = '50' THEN PERFORM pg_sleep(180); END IF; RETURN NEW; END $$;
	CREATE TRIGGER slow BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION slow();
});
interrupted('inside bulk_create, kill -9',
	q{SELECT count(*) FROM aksara.bulk_create('User', (SELECT json_agg(json_build_object('name', n::text)) FROM generate_series(1, 100) n))}, $ends{'kill -9'});
is($node->safe_psql('postgres', q{DROP TRIGGER slow ON users;
	SELECT aksara.create_model('Post', '{"author": {"type": "ForeignKey", "to": "User"}}'); SELECT aksara.count('{"model": "User"}')}),
	"posts\n1", 'and all goes on');

$node->stop;
done_testing();
