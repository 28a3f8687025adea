# Lookups and transforms of create_lookup() and create_transform() in a dump: a restore gives them to who may register them, and nobody else.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $grant = 'GRANT EXECUTE ON FUNCTION aksara.create_lookup(text, regprocedure), aksara.create_transform(text, regprocedure) TO owner';
$node->safe_psql('postgres', qq{
	CREATE ROLE owner LOGIN;
	CREATE ROLE administrator LOGIN SUPERUSER;
	CREATE EXTENSION aksara;
	$grant;
	CREATE SCHEMA lib AUTHORIZATION owner;
	CREATE SCHEMA blog AUTHORIZATION owner;
	SET ROLE owner;
	CREATE FUNCTION lib.has_length(text, integer) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN length(\$1) = \$2;
	CREATE FUNCTION lib.doubled(integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN \$1 * 2;
	SELECT aksara.create_lookup('has_length', 'lib.has_length(text, integer)');
	SELECT aksara.create_transform('doubled', 'lib.doubled(integer)');
	SELECT aksara.create_model('blog.Post', '{"title": "Text", "views": "Integer"}', '{"primary_key": "bigint"}');
	INSERT INTO blog.posts (title, views) VALUES ('One', 1), ('Three', 3), ('Two', 2);
});

# A database with the extension; the calls are granted to the owner where `granted` says so.
sub make_db
{
	my ($db, $granted) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER owner TEMPLATE template0");
	$node->safe_psql($db, 'CREATE EXTENSION aksara' . ($granted ? ";\n$grant" : ''));
}

# Dumps and restores as roles; what the restore said, but for what belongs to the extension.
sub restore
{
	my ($db, $dumper, $restorer, @options) = @_;
	my $dump = $node->basedir . "/$db.sql";
	my ($out, $said) = ('', '');
	$node->command_ok([ 'pg_dump', '-U', $dumper, '-f', $dump, @options, $node->connstr('postgres') ], "$db: dumped");
	IPC::Run::run([ 'psql', '-X', '-q', '-U', $restorer, '-d', $node->connstr($db), '-f', $dump ], '>', \$out, '2>', \$said);
	return join "\n", grep { /ERROR|WARNING/ && !/must be owner of extension|permission denied for function|no privileges were granted/ } split /\n/, $said;
}

# What is registered, and what the words find; or the state of the error.
sub found
{
	my ($db) = @_;
	my ($status, $out, $error) = $node->psql($db, q{
		SELECT name, type, kind, function, owner FROM aksara.query_lookup ORDER BY 1;
		SET ROLE owner;
		SELECT aksara.count('blog.Post', '{"title__has_length": 3}'), aksara.count('blog.Post', '{"views__doubled__gte": 4}');
	}, extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);
	return $out . ($error =~ /ERROR:\s+(\w+)/ ? "failed with $1" : '');
}

my $all = "doubled|integer|transform|lib.doubled(integer)|owner\nhas_length|text|lookup|lib.has_length(text,integer)|owner\n2|2";
is(found('postgres') =~ s/pg_catalog\.//gr, $all, 'the words as they were registered');

make_db('by_owner', 1);
is(restore('by_owner', 'owner', 'owner'), '', 'by the owner: nothing to say');
is(found('by_owner'), found('postgres'), 'by the owner: all there, and they work');
is($node->safe_psql('by_owner', q{
	SET ROLE owner;
	CREATE OR REPLACE FUNCTION lib.doubled(integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN $1 * 20;
	SELECT aksara.count('blog.Post', '{"views__doubled": 20}');
}), '1', 'by the owner: they follow their functions');

make_db('by_superuser', 0);
is(restore('by_superuser', 'administrator', 'administrator'), '', 'by a superuser: nothing to say');
is(found('by_superuser'), found('postgres'), 'by a superuser: all there, and they work');

# Who may not register a word does not come to do so by a dump.
make_db('not_granted', 0);
like(restore('not_granted', 'owner', 'owner'), qr/\A[^\n]*WARNING:  transform "doubled" stays out of the registry\n[^\n]*WARNING:  lookup "has_length" stays out of the registry\z|\A[^\n]*WARNING:  lookup "has_length" stays out of the registry\n[^\n]*WARNING:  transform "doubled" stays out of the registry\z/,
	'by an owner who may not: they stay out, with a warning each');
is(found('not_granted'), 'failed with 42883', 'and are no words');

# Functions that are elsewhere, or somebody else's.
make_db('without_functions', 1);
unlike(restore('without_functions', 'owner', 'owner', '-N', 'lib'), qr/ERROR/, 'without the functions: warnings alone');
is(found('without_functions'), 'failed with 42883', 'and no words');
make_db('owned_by_another', 0);
like(restore('owned_by_another', 'administrator', 'administrator', '--no-owner'), qr/stays out of the registry/, 'functions that became another role\'s stay out');
is(found('owned_by_another'), 'failed with 42883', 'and are no words');

$node->stop;
done_testing();
