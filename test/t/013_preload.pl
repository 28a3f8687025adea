# What sees a statement with query sets: a session's first statement, pg_stat_statements, auto_explain, plans kept across roles.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track = all
compute_query_id = on
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION aksara;
	CREATE EXTENSION pg_stat_statements;
	SELECT aksara.create_model('Post', '{"title": "Text", "views": "Integer", "published": "Boolean"}', '{"primary_key": "bigint"}');
	INSERT INTO posts (title, views, published) SELECT 'Post ' || n, n, n % 2 = 0 FROM generate_series(1, 100) n;
	CREATE DATABASE without;
});

my $rows = q{aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', 97)))};

# Each call of safe_psql is a session of its own.
like($node->safe_psql('postgres', "EXPLAIN SELECT title FROM $rows"), qr/Function Scan on rows/,
	'without the library the first statement of a session calls the function');
like($node->safe_psql('postgres', "SELECT count(*) FROM $rows; EXPLAIN SELECT title FROM $rows"), qr/Seq Scan on posts/,
	'and the next one does not');
$node->safe_psql('postgres', q{ALTER DATABASE postgres SET session_preload_libraries = 'aksara'});
like($node->safe_psql('postgres', "EXPLAIN SELECT title FROM $rows"), qr/Seq Scan on posts/,
	'with session_preload_libraries the first statement is inlined');
is($node->safe_psql('postgres', "SELECT title FROM $rows ORDER BY id LIMIT 1"), 'Post 98', 'and right');

$node->append_conf('postgresql.conf', q{session_preload_libraries = 'aksara'});
$node->reload;
is($node->safe_psql('without', 'SELECT count(*) > 0 FROM pg_class'), 't', 'a database without the extension works with the library');
my ($code, $out, $error) = $node->psql('without', "SELECT 1 FROM $rows");
like($error, qr/schema "aksara" does not exist|type "posts" does not exist/, 'and knows nothing of its functions');
is($node->safe_psql('without', q{
	CREATE EXTENSION aksara;
	SELECT aksara.create_model('Post', '{"views": "Integer"}');
	EXPLAIN (COSTS OFF) SELECT views FROM aksara.rows(NULL::posts, '{"model": "Post"}');
	DROP EXTENSION aksara CASCADE;
	SELECT count(*) FROM posts;
}) =~ /Seq Scan on posts t0\n0$/ ? 1 : 0, 1, 'an extension that comes and goes in one session is noticed');

# One entry for each shape, whatever the values; another shape is another entry.
$node->safe_psql('postgres', 'SELECT pg_stat_statements_reset()');
my $sets = q{SELECT count(*) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('%s', %s)))};
$node->safe_psql('postgres', join(';', sprintf($sets, 'views', 1), sprintf($sets, 'views', 2),
		sprintf($sets, 'title', "'a'"), sprintf($sets, 'views__gt', 3)));
is($node->safe_psql('postgres', q{SELECT string_agg(calls::text, ',' ORDER BY calls DESC) FROM pg_stat_statements WHERE query LIKE '%aksara.rows%' AND query NOT LIKE '%pg_stat%'}),
	'2,1,1', 'pg_stat_statements has an entry for each shape');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_statements WHERE query LIKE '%t0%'}), '0', 'and none for what it became');
is($node->safe_psql('postgres', sprintf($sets, 'views', 3) . '; SELECT count(*) FROM pg_stat_activity WHERE pid = pg_backend_pid() AND query_id IS NOT NULL'),
	"1\n1", 'the session shows an id');

# A plan for parameters that have no values.
SKIP: {
	skip 'EXPLAIN (GENERIC_PLAN) came with 16', 1 if $node->pg_version < 16;
	my $generic = q{EXPLAIN (GENERIC_PLAN) SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', $1), aksara.slice($2))) p};
	like($node->safe_psql('postgres', $generic), qr/Limit.*Seq Scan on posts t0.*Filter: \(views = \(\$1\)/s, 'EXPLAIN (GENERIC_PLAN) shows the tables');
}

# auto_explain shows the plan that ran.
$node->safe_psql('postgres', "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; SELECT title FROM $rows");
like(slurp_file($node->logfile), qr/plan:.*Seq Scan on posts t0/s, 'auto_explain shows the tables');
unlike(slurp_file($node->logfile), qr/plan:.*Function Scan on rows/s, 'and no function');

# A plan that is kept holds for the role it was made for.
$node->safe_psql('postgres', q{
	CREATE ROLE reader;
	CREATE ROLE stranger;
	GRANT SELECT ON posts TO reader;
	ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
	CREATE POLICY published ON posts FOR SELECT TO reader USING (published);
});
is($node->safe_psql('postgres', q{
	PREPARE many AS SELECT count(*) FROM aksara.rows(NULL::posts, aksara.objects('Post'));
	SET plan_cache_mode = force_generic_plan;
	EXECUTE many; EXECUTE many;
	SET ROLE reader; EXECUTE many; EXECUTE many; RESET ROLE;
	EXECUTE many;
	SET row_security = off; EXECUTE many; RESET row_security;
	SET ROLE reader; EXECUTE many;
}), "100\n100\n50\n50\n100\n100\n50", 'row security is that of the role that runs the statement');
($code, $out, $error) = $node->psql('postgres', q{
	PREPARE many AS SELECT count(*) FROM aksara.rows(NULL::posts, aksara.objects('Post'));
	EXECUTE many;
	SET ROLE stranger; EXECUTE many;
});
like($error, qr/permission denied for table posts/, 'and so are grants');

# Another session's change of the model reaches a plan that is kept.
my $session = $node->background_psql('postgres');
$session->query_safe(q{PREPARE first AS SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.slice(1)))});
$node->safe_psql('postgres', q{SELECT aksara.alter_meta('Post', '{"ordering": ["id"]}')});
is($session->query_safe('EXECUTE first'), '1', 'ordered as the model says');
$node->safe_psql('postgres', q{SELECT aksara.alter_meta('Post', '{"ordering": ["-id"]}')});
is($session->query_safe('EXECUTE first'), '100', 'and as it says now');
$session->quit;

$node->stop;
done_testing();
