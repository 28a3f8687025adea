# Rules in a dump: the owner's restore gives back constraints, words and what the trigger keeps; a rule holds in prepared transactions
# and after a crash, and a role's cached list follows its rights.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 2');
$node->start;
$node->safe_psql('postgres', q{
	CREATE ROLE owner LOGIN;
	CREATE ROLE writer LOGIN;
	CREATE DATABASE restored OWNER owner;
	CREATE EXTENSION aksara;
	CREATE SCHEMA shop AUTHORIZATION owner;
	SET ROLE owner;
	CREATE FUNCTION shop."Is it?"(v text) RETURNS text LANGUAGE sql AS $$ SELECT CASE WHEN v !~ '^97' THEN 'no ISBN' END $$;
	CREATE FUNCTION shop.dashless(v text) RETURNS text LANGUAGE sql AS $$ SELECT replace(v, '-', '') $$;
	CREATE FUNCTION shop.check_order(o jsonb) RETURNS jsonb LANGUAGE sql AS
		$$ SELECT jsonb_build_object('total', 'too much') WHERE (o ->> 'total')::int > 100 $$;
	SELECT aksara.create_model('shop.Order', '{
		"isbn": {"type": "String", "normalize": ["strip", "shop.dashless"], "error_messages": {"null": "An ISBN, please."},
			"validators": [{"function": "shop.\"Is it?\""}, {"max_length": 13, "message": "So long?"}, {"regex": "^[0-9]*$", "when": "total > 1"}]},
		"status": {"type": "String", "default": "new"}, "total": "Integer", "at": {"type": "DateTime", "auto_now_add": true}}',
		'{"primary_key": "bigint", "rules": [
			{"transitions": {"new": ["paid"]}, "field": "status", "initial": ["new"]}, {"function": "shop.check_order"},
			{"name": "positive", "check": "total > 0", "message": "More than nothing.", "field": "total"},
			{"name": "soon", "check": "at < now() + interval ''1 day''"},
			{"name": "once", "unique": "isbn", "scope": ["status"], "condition": "total > 1", "message": "Once is enough."}]}');
	SELECT aksara.add_validator('shop.Order', 'total', '{"max_value": 1000}', false);
	INSERT INTO shop.orders (isbn, total) VALUES (' 978-1 ', 2), ('979', 1);
	GRANT USAGE ON SCHEMA shop TO writer;
	GRANT INSERT, SELECT, UPDATE ON shop.orders TO writer;
});
$node->safe_psql('restored', 'CREATE EXTENSION aksara');

# ---- dump and restore ----

my $dump = $node->basedir . '/shop.sql';
my ($out, $said) = ('', '');
$node->command_ok([ 'pg_dump', '-U', 'owner', '-f', $dump, $node->connstr('postgres') ], 'dumped by the owner');
IPC::Run::run([ 'psql', '-X', '-q', '-U', 'owner', '-d', $node->connstr('restored'), '-f', $dump ], '>', \$out, '2>', \$said);
is(join("\n", grep { !/must be owner of extension|NOTICE/ } split /\n/, $said), '', 'restored by the owner');

my $state = q{
	SELECT aksara.describe('shop.Order');
	SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'shop.orders'::regclass AND contype <> 'n' ORDER BY 1;
	SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'shop.orders'::regclass;
	SELECT isbn, status, total FROM shop.orders ORDER BY 1;
	SELECT * FROM aksara.check_registry();
	SELECT * FROM aksara.check_existing('shop.Order');
	SELECT aksara.full_clean('shop.Order', '{"isbn": "1a", "total": 2000, "status": "gone"}');
	SELECT aksara.full_clean('shop.Order', '{"isbn": " 97-81 ", "total": 5, "status": "new"}');
	SELECT aksara.full_clean('shop.Order', '{"total": 0}');
};
my $before = $node->safe_psql('postgres', $state);
is($node->safe_psql('restored', $state), $before, 'the same rules, with the same words');
like($before, qr/no ISBN.*too much|too much.*no ISBN/s, 'and they speak');
like($before, qr/Once is enough/, 'of other rows too');

# One statement; what it said, without the place.
sub error_of
{
	my ($statement, $role) = @_;
	my ($code, $out, $error) = $node->psql('restored', ($role ? "SET ROLE $role;\n" : '') . "\\set VERBOSITY sqlstate\n$statement");
	return $error =~ s/.*?(ERROR|$)/$1/r =~ s/\n.*//sr;
}

for my $statement (
	q{INSERT INTO shop.orders (isbn, total) VALUES ('1', 2)},
	q{COPY shop.orders (isbn, total) FROM PROGRAM 'echo 1,2' CSV},
	q{UPDATE shop.orders SET status = 'gone'},
	q{SELECT aksara.create('shop.Order', '{"isbn": "978", "total": 101}')},
	q{INSERT INTO shop.orders (isbn, total) VALUES ('978', 0)}) {
	is(error_of($statement), 'ERROR:  23514', $statement);
}

# ---- rights ----

# The list that the session keeps is of a role: what writer may not call is not called for writer.
is($node->safe_psql('restored', q{
	SELECT aksara.create('shop.Order', '{"isbn": "978-5", "total": 1}') ->> 'isbn';
	SET ROLE writer;
	SELECT aksara.create('shop.Order', '{"isbn": "978-6", "total": 1}') ->> 'isbn';
	RESET ROLE;
	SELECT aksara.create('shop.Order', '{"isbn": "978-7", "total": 1}') ->> 'isbn';
}), "9785\n9786\n9787", 'lists of two roles');
$node->safe_psql('restored', 'REVOKE EXECUTE ON FUNCTION shop.dashless(text) FROM PUBLIC');
is(error_of(q{INSERT INTO shop.orders (isbn, total) VALUES ('978', 1)}, 'writer'), 'ERROR:  42501', 'a function that the writer may not call');
is(error_of(q{INSERT INTO shop.orders (isbn, total) VALUES ('978', 1)}, 'owner'), '', 'and the owner may');

# ---- prepared, crashed ----

$node->safe_psql('restored', q{
	BEGIN;
	INSERT INTO shop.orders (isbn, total) VALUES ('978-9', 1);
	SELECT aksara.add_rule('shop.Order', '{"name": "few", "check": "total < 50"}');
	PREPARE TRANSACTION 'rules';
});
$node->stop('immediate');
$node->start;
$node->safe_psql('restored', "COMMIT PREPARED 'rules'");
is(error_of(q{SELECT aksara.create('shop.Order', '{"isbn": "978", "total": 60}')}), 'ERROR:  23514', 'a rule of a prepared transaction, after a crash');
is($node->safe_psql('restored', q{SELECT count(*) FROM shop.orders WHERE isbn = '9789'}), '1', 'and its row');

# ---- dropped ----

$node->safe_psql('restored', 'DROP EXTENSION aksara CASCADE');
is(error_of(q{INSERT INTO shop.orders (isbn, total) VALUES ('1', 0)}), 'ERROR:  23514', 'constraints outlive the extension');
is(error_of(q{INSERT INTO shop.orders (isbn, total) VALUES ('1', 1)}), '', 'the trigger does not');

$node->stop;
done_testing();
