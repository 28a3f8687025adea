# Views of create_view() in a dump: the owner's restore gives back views that follow their models; what is left out of it says so.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE owner LOGIN;
	CREATE ROLE reader;
	CREATE DATABASE restored OWNER owner;
	CREATE DATABASE part OWNER owner;
	CREATE EXTENSION aksara;
	CREATE SCHEMA blog AUTHORIZATION owner;
	SET ROLE owner;
	SELECT aksara.create_model('blog.Post', '{"title": "Text", "views": "Integer", "note": {"type": "Text", "nullable": true}}', '{"primary_key": "bigint", "ordering": ["id"]}');
	INSERT INTO blog.posts (title, views) SELECT 'Post ' || n, n FROM generate_series(1, 5) n;
	SELECT aksara.create_view('blog.popular', aksara.objects('blog.Post', aksara.filter('views__gt', 3), aksara.order_by('-views')));
	SELECT aksara.create_view('blog.firsts', '{"model": "blog.Post", "limit": 2}');
	COMMENT ON VIEW blog.popular IS 'what is read';
	GRANT SELECT ON blog.popular TO reader;
});
$node->safe_psql($_, 'CREATE EXTENSION aksara') for ('restored', 'part');

# Dumps as the owner, and restores as the owner; what the restore said, but for the extension's own comment.
sub restore
{
	my ($db, @options) = @_;
	my $dump = $node->basedir . "/$db.sql";
	my ($out, $said) = ('', '');
	$node->command_ok([ 'pg_dump', '-U', 'owner', '-f', $dump, @options, $node->connstr('postgres') ], "dumped for $db by the owner");
	IPC::Run::run([ 'psql', '-X', '-q', '-U', 'owner', '-d', $node->connstr($db), '-f', $dump ], '>', \$out, '2>', \$said);
	return join "\n", grep { !/must be owner of extension|NOTICE/ } split /\n/, $said;
}

is(restore('restored'), '', 'restored by the owner');

# As in the database that was dumped.
my $state = q{
	SELECT app, name, document, sql FROM aksara.view ORDER BY name;
	SELECT relname, reloptions, pg_get_userbyid(relowner), relacl, obj_description(oid) FROM pg_class WHERE relname IN ('popular', 'firsts') ORDER BY 1;
	SELECT id, title FROM blog.popular ORDER BY id;
	SELECT * FROM aksara.check_registry();
};
is($node->safe_psql('restored', $state), $node->safe_psql('postgres', $state), 'the same views, and nothing that check_registry() would say of them');
is($node->safe_psql('restored', q{
	SET ROLE owner;
	SELECT aksara.add_field('blog.Post', 'rank', '{"type": "Integer", "default": 7}');
	SELECT aksara.remove_field('blog.Post', 'note');
	SELECT aksara.alter_meta('blog.Post', '{"ordering": ["-id"]}');
	SELECT * FROM blog.popular ORDER BY id;
	SELECT id, rank FROM blog.firsts;
	SELECT * FROM aksara.check_registry();
}) =~ s/^\n*//r, "4|Post 4|4|7\n5|Post 5|5|7\n5|7\n4|7", 'and they follow their model');
my ($code, $out, $error) = $node->psql('restored', 'SET ROLE reader; SELECT id FROM blog.popular');
like($error, qr/permission denied for schema blog/, 'with the rights of who reads them');

# A dump without one of the views.
like(restore('part', '-T', 'blog.popular'), qr/WARNING:  view "popular" stays out of the registry/, 'the view that is not there stays out');
is($node->safe_psql('part', 'SELECT name FROM aksara.view; SELECT id FROM blog.firsts; SELECT kind, problem FROM aksara.check_registry()'), "firsts\n1\n2", 'and the other one works');

$node->stop;
done_testing();
