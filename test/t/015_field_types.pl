# Field types of one's own come back from a dump, by their owner and in any order; so do the fields that are of them.
# The key of encrypted fields is in no dump, and is brought by hand.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
plan skip_all => 'the server has no pgcrypto'
	unless $node->safe_psql('postgres', q{SELECT 1 FROM pg_available_extensions WHERE name = 'pgcrypto'});
my $dump = $node->basedir . '/dump';
mkdir $dump;

sub make_db {
	my ($db) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER regress_alice TEMPLATE template0");
	$node->safe_psql($db, 'CREATE EXTENSION pgcrypto; CREATE EXTENSION aksara;'
		. 'GRANT EXECUTE ON FUNCTION aksara.encrypt(text), aksara.decrypt(bytea) TO regress_alice');
}

sub pg_dump {
	my ($role, $file, @options) = @_;
	$node->command_ok([ 'pg_dump', '-U', $role, '-d', 'source', '-f', $file, @options ], "dump by $role: @options");
}

# Reads a plain dump; the lines that failed.
sub restore {
	my ($db, $role, $file) = @_;
	my $err;
	$node->psql($db, slurp_file($file), extra_params => [ '-U', $role ], on_error_stop => 0, stdout => \my $out, stderr => \$err);
	return join "\n", grep { /ERROR|WARNING/ && !/must be owner of extension|already exists|no privileges were granted/ } split /\n/, $err;
}

sub registry {
	my ($db) = @_;
	return $node->safe_psql($db, q{
		SELECT t::text FROM aksara.field_type t ORDER BY app, name;
		SELECT f::text FROM aksara.field f ORDER BY app, model, position;
		SELECT app, name, schema::regnamespace FROM aksara.field_type_oid ORDER BY 1, 2;
		SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
			WHERE contype = 'c' AND connamespace = 'shop'::regnamespace ORDER BY 1, 2;
		SELECT * FROM aksara.check_registry();
	});
}

# The types, tried by their owner; leaves nothing.
sub works {
	my ($db, $what) = @_;
	my ($out, $err) = ('', '');
	$node->psql($db, q{
		SET search_path = shop;
		BEGIN;
		SELECT aksara.fetch('{"model": "Board", "order_by": ["id"]}');
		SELECT aksara.create('Board', '{"wide": "8 cm", "price": 7.5, "secret": "new"}') ->> 'wide';
		SELECT wide, price FROM boards WHERE id > 1;
		SELECT aksara.count('Board', '{"wide__lt": "8 cm"}');
		SAVEPOINT a;
		SELECT aksara.create('Board', '{"wide": "8 in"}');
		ROLLBACK TO a;
		INSERT INTO boards (wide, price) VALUES (3, 0);
		ROLLBACK TO a;
		SELECT aksara.alter_field_type('Length', '{"from_external": "read", "to_external": "show"}');
		ROLLBACK;
		ALTER SEQUENCE boards_id_seq RESTART 2;
	}, extra_params => [ '-U', 'regress_alice', '-v', 'VERBOSITY=sqlstate' ], on_error_stop => 0, stdout => \$out, stderr => \$err);
	is($out, qq({"id":1,"wide":"7 cm","price":9.99,"secret":"old"}\n8 cm\n80|750\n1\n3), "$what: the fields work");
	is(join(' ', $err =~ /ERROR:  (\w+)/g), '22023 23514', "$what: what is wrong is refused");
}

$node->safe_psql('postgres', 'CREATE ROLE regress_alice LOGIN; CREATE ROLE regress_mallory LOGIN');
make_db('source');
$node->safe_psql('source', q{
	SET ROLE regress_alice;
	CREATE SCHEMA shop;
	SET search_path = shop;
	CREATE FUNCTION read(text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS
		$$BEGIN IF $1 !~ '^\d+ cm$' THEN RAISE EXCEPTION 'not a length'; END IF; RETURN 10 * rtrim($1, ' cm')::integer; END$$;
	CREATE FUNCTION show(integer) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1 / 10 || ' cm';
	SELECT aksara.create_field_type('Length', 'Integer', '{"check": "value % 10 = 1"}');
	SELECT aksara.alter_field_type('Length', '{"check": "value % 10 = 0", "from_external": "read", "to_external": "show"}');
	SELECT aksara.create_field_type('Wide', 'shop.Length', '{"defaults": {"default": "7 cm"}}');
	SELECT aksara.create_model('Board', '{"wide": "Wide", "price": {"type": "Money", "default": 9.99}, "secret": {"type": "Encrypted", "nullable": true}}',
		'{"primary_key": "bigint"}');
	SELECT aksara.create('Board', '{"secret": "old"}');
});
my $registry = registry('source');
works('source', 'before');

sub bring_key {
	my ($db) = @_;
	my $key = $node->safe_psql('source', 'SELECT key FROM aksara.encryption_key');
	$node->safe_psql($db, "DELETE FROM aksara.encryption_key;\nCOPY aksara.encryption_key (key) FROM stdin;\n$key\n\\.\n");
}

pg_dump('regress_alice', "$dump/owner.sql");
unlike(slurp_file("$dump/owner.sql"), qr/encryption_key/, 'no dump holds the key');
make_db('owner');
is(restore('owner', 'regress_alice', "$dump/owner.sql"), '', 'restored by the owner');
is(registry('owner'), $registry, 'owner: the registry is the same');
$node->psql('owner', 'SELECT aksara.fetch($${"model": "shop.Board"}$$)', stderr => \my $err);
like($err, qr/Wrong key/, 'owner: without the key there is no secret');
bring_key('owner');
works('owner', 'owner');

pg_dump('regress_alice', "$dump/custom", '-Fc', '--no-comments');
make_db('parallel');
$node->command_ok([ 'pg_restore', '-U', 'regress_alice', '-j', '4', '-d', 'parallel', "$dump/custom" ], 'pg_restore -j4');
is(registry('parallel'), $registry, '-j4: the registry is the same');
bring_key('parallel');
works('parallel', '-j4');

pg_dump('postgres', "$dump/super.sql");
$node->safe_psql('postgres', 'CREATE DATABASE super TEMPLATE template0');
is(restore('super', 'postgres', "$dump/super.sql"), '', 'restored by a superuser');
is(registry('super'), $registry, 'superuser: the registry is the same');
bring_key('super');
works('super', 'superuser');

# A field before its type, and a type that another role may not bring.
make_db('pieces');
$node->safe_psql('pieces', 'CREATE SCHEMA shop AUTHORIZATION regress_alice');
my $text = slurp_file("$dump/owner.sql");
my ($types) = $text =~ /^(COPY aksara\.field_type .*?^\\\.\n)/ms;
is(restore('pieces', 'regress_alice', "$dump/owner.sql"), '', 'restored in pieces');
my ($out, $warning);
$node->psql('pieces', $types =~ s/\bWide\b/Theirs/r, extra_params => [ '-U', 'regress_mallory' ], stderr => \$warning);
like($warning, qr/WARNING:  field type "shop\.Theirs" was left out/, 'another role cannot bring a type');
$node->safe_psql('pieces', q{SET ROLE regress_alice; SELECT aksara.drop_model('shop.Board'); SELECT aksara.drop_field_type('shop.Wide'); SELECT aksara.drop_field_type('shop.Length')});
append_to_file("$dump/late.sql", $text =~ s/^COPY aksara\.field_type .*?^\\\.\n//msr);
$node->safe_psql('pieces', 'DROP SCHEMA shop CASCADE');
is(restore('pieces', 'regress_alice', "$dump/late.sql"), '', 'restored without types');
like($node->safe_psql('pieces', 'SELECT problem FROM aksara.check_registry()'), qr/type "shop\.Wide" of field "wide" does not exist/, 'a field waits for its type');
is($node->safe_psql('pieces', q{SELECT aksara.fetch('{"model": "shop.Board", "only": ["wide"]}')}), '{"id":1,"wide":70}', 'and is what its column is');
is($node->psql('pieces', $types, extra_params => [ '-U', 'regress_alice' ]), 0, 'the types come');
bring_key('pieces');
is(registry('pieces'), $registry, 'late: the registry is the same');
works('pieces', 'late');

done_testing();
