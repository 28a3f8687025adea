# A table made before a crash is there after it, the extension answers, and dropping it leaves nothing behind.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION aksara');

$node->stop('immediate');
$node->start;

is($node->safe_psql('postgres',
		q(SELECT installed_version = default_version FROM pg_available_extensions WHERE name = 'aksara')),
	't', 'the extension survives a crash');

$node->safe_psql('postgres', 'DROP EXTENSION aksara');
is($node->safe_psql('postgres', q(SELECT count(*) FROM pg_namespace WHERE nspname = 'aksara')),
	'0', 'dropping it takes its schema along');

$node->stop;
done_testing();
