# A schema that was there first is adopted, dumped and restored: by its owner and by a superuser, whole, in parts and in parallel.
# What comes back works, and whoever writes rows of the registry by hand says nothing of tables that are not his.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my $dump = $node->basedir . '/dump';
mkdir $dump;

sub make_db {
	my ($db, $owner) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER $owner TEMPLATE template0");
	$node->safe_psql($db, 'CREATE EXTENSION aksara');
}

# As a role: what it prints, and the SQLSTATEs of its errors.
sub sql {
	my ($db, $role, $sql) = @_;
	my ($out, $err);
	$node->psql($db, $sql, extra_params => [ '-U', $role, '-v', 'VERBOSITY=sqlstate' ], on_error_stop => 0,
		stdout => \$out, stderr => \$err);
	return wantarray ? ($out, $err) : $out;
}

# The registry, and where it finds its tables.
sub registry {
	my ($db) = @_;
	return $node->safe_psql($db, q{
		SELECT m::text FROM aksara.model m ORDER BY app, name;
		SELECT f::text FROM aksara.field f ORDER BY app, model, position;
		SELECT r::text FROM aksara.relation r ORDER BY app, model, field;
		SELECT app, model, relid::regclass FROM aksara.model_oid ORDER BY 1, 2;
		SELECT app, model, field, target::regclass, junction::regclass FROM aksara.relation_oid ORDER BY 1, 2, 3;
		SELECT * FROM aksara.check_registry() ORDER BY 1, 2, 3;});
}

# What the models say and do.
sub walk {
	my ($db, $role) = @_;
	my ($out, $err) = sql($db, $role, q{
		SET search_path = "Old Shop";
		SELECT aksara.fetch('{"model": "Order", "select_related": ["customer", "shop"], "prefetch_related": ["products"], "order_by": ["id"]}');
		SELECT aksara.fetch('{"model": "Customer", "filter": {"order_set__products": 1}, "prefetch_related": ["order_set"]}');
		SELECT aksara.count('{"model": "Odd", "filter": {"a_b": 1, "pk_field": 2}}');
		SELECT aksara.describe(name) -> 'unmapped' FROM unnest('{Customer,Order,Odd,Event}'::text[]) name;
		BEGIN;
		SELECT aksara.create('Order', '{"customer": 1, "shop": {"country": "SE", "code": 1}}') -> 'customer_id';
		SELECT * FROM aksara.upsert('Event', '{"id": 1, "day": "2024-01-01", "what": "again"}', '{id,day}');
		SELECT aksara.delete_by_key('Customer', 1);
		ROLLBACK;});
	return $out . $err;
}

$node->safe_psql('postgres', 'CREATE ROLE regress_owner LOGIN; CREATE ROLE regress_stranger LOGIN');
make_db('shop', 'regress_owner');
$node->safe_psql('shop', q{
	SET ROLE regress_owner;
	CREATE SCHEMA "Old Shop";
	SET search_path = "Old Shop";
	CREATE TYPE mood AS ENUM ('good', 'bad');
	CREATE TABLE customers (id integer PRIMARY KEY, mood mood, place point);
	CREATE TABLE shops (country char(2), code integer, PRIMARY KEY (country, code));
	CREATE TABLE products (id integer PRIMARY KEY, name text);
	CREATE TABLE orders (id serial PRIMARY KEY, customer_id integer REFERENCES customers ON DELETE CASCADE, shop_country char(2), shop_code integer,
		FOREIGN KEY (shop_country, shop_code) REFERENCES shops);
	CREATE TABLE order_products (order_id integer REFERENCES orders ON DELETE CASCADE, product_id integer REFERENCES products, PRIMARY KEY (order_id, product_id));
	CREATE TABLE "Odd ""one""" ("pk" integer PRIMARY KEY, "a__b" integer, "$x" integer, "é" text);
	CREATE TABLE events (id integer, day date, what text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
	CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
	INSERT INTO customers VALUES (1, 'good');
	INSERT INTO shops VALUES ('SE', 1);
	INSERT INTO products VALUES (1, 'Tea'), (2, 'Milk');
	INSERT INTO orders (customer_id, shop_country, shop_code) VALUES (1, 'SE', 1);
	INSERT INTO order_products VALUES (1, 1), (1, 2);
	INSERT INTO "Odd ""one""" VALUES (2, 1);
	INSERT INTO events VALUES (1, '2024-01-01', 'once');
	SELECT * FROM aksara.adopt_schema('Old Shop', '{"names": {"Odd \"one\"": "Odd"}}');});
is($node->safe_psql('shop', 'SELECT count(*), count(table_name = \'\' OR NULL) FROM aksara.model'), '7|0', 'a schema is adopted');
my $registry = registry('shop');
my $walk = walk('shop', 'regress_owner');
like($walk, qr/"products":\[\{"id":1,"name":"Tea"\}/, 'its relations lead somewhere');
unlike($walk, qr/ERROR/, 'its models work');

# An ordinary owner's dump of his schema, and a superuser's of everything.
for my $who ([ 'owner', 'regress_owner' ], [ 'superuser', $ENV{USER} || 'postgres' ])
{
	my ($name, $role) = @$who;
	$role = $node->safe_psql('postgres', 'SELECT current_user') if $name eq 'superuser';
	$node->command_ok([ 'pg_dump', '-U', $role, '-d', 'shop', '-f', "$dump/$name.sql" ], "dump by $name");
	make_db("by_$name", 'regress_owner');
	my $err;
	$node->psql("by_$name", slurp_file("$dump/$name.sql"), extra_params => [ '-U', $role ], on_error_stop => 0, stderr => \$err);
	my @errors = grep { /ERROR|WARNING/ && !/must be owner of extension aksara/ } split /\n/, $err;
	is("@errors", '', "restore by $name");
	is(registry("by_$name"), $registry, "the registry restored by $name");
	is(walk("by_$name", 'regress_owner'), $walk, "the models restored by $name");
}

# In parallel, and the tables after the registry.
$node->command_ok([ 'pg_dump', '-d', 'shop', '-Fd', '-f', "$dump/dir" ], 'dump into a directory');
make_db('parallel', 'regress_owner');
$node->command_ok([ 'pg_restore', '-d', 'parallel', '-j4', "$dump/dir" ], 'parallel restore');
is(registry('parallel'), $registry, 'the registry restored in parallel');
is(walk('parallel', 'regress_owner'), $walk, 'the models restored in parallel');

# Without one table its model is dangling, and is adopted by a table of its name when that comes.
$node->command_ok([ 'pg_dump', '-d', 'shop', '-T', '"Old Shop".products', '-f', "$dump/part.sql" ], 'dump without a table');
make_db('part', 'regress_owner');
$node->psql('part', slurp_file("$dump/part.sql"), on_error_stop => 0);
like(registry('part'), qr/^model\|Old Shop\.Product\|table "Old Shop"\.products does not exist$/m, 'a model without its table is dangling');
is(sql('part', 'regress_owner', q{SELECT aksara.fetch('{"model": "Old Shop.Order", "select_related": ["customer"]}') #>> '{customer,mood}'}),
	'good', 'the others work');
sql('part', 'regress_owner', q{SET search_path = "Old Shop"; CREATE TABLE products (id integer PRIMARY KEY, name text); INSERT INTO products VALUES (1, 'Tea'), (2, 'Milk');
	ALTER TABLE order_products ADD CONSTRAINT order_products_product_id_fkey FOREIGN KEY (product_id) REFERENCES products;});
is(walk('part', 'regress_owner'), $walk, 'and all when the table is there again');

# A clone is itself.
$node->safe_psql('postgres', 'CREATE DATABASE clone TEMPLATE shop');
is(walk('clone', 'regress_owner'), $walk, 'a clone');

# Hostile rows: nobody adopts through the registry what he could not adopt by the call.
my ($out, $err) = sql('clone', 'regress_stranger', q{
	INSERT INTO aksara.model VALUES ('Old Shop', 'Mine', 'shops', '{"adopted": true}');
	INSERT INTO aksara.field VALUES ('Old Shop', 'Customer', 'place', 9, 'Text', 'place', '{"column": "place"}');
	SELECT aksara.adopt_table('"Old Shop".shops');
	SELECT aksara.forget_model('Old Shop.Customer');});
is($err =~ s/.*(?:ERROR|WARNING):  (\w+)\n?/$1 /gr, '01007 01007 42501 42501 ', 'a stranger is left out');
($out, $err) = sql('clone', 'regress_owner', q{
	INSERT INTO aksara.field VALUES ('Old Shop', 'Odd', 'a__b', 9, 'Integer', 'a__b', '{"column": "a__b"}');
	INSERT INTO aksara.field VALUES ('Old Shop', 'Odd', '$x', 9, 'Integer', '$x', '{"column": "$x"}');
	INSERT INTO aksara.field VALUES ('Old Shop', 'Odd', 'pk', 9, 'Integer', 'pk', '{"column": "pk"}');
	INSERT INTO aksara.model VALUES ('Old Shop', 'a.b', 'x', '{"adopted": true}');
	INSERT INTO aksara.model VALUES ('pg_catalog', 'Class', 'pg_class', '{"adopted": true}');});
is($err =~ s/.*(?:ERROR|WARNING):  (\w+)\n?/$1 /gr, '42602 42602 42602 42602 42939 ', 'nor does the owner bring names that paths could not tell apart');
is(registry('clone'), $registry, 'and nothing was written');

# Forgotten and adopted again it is the same.
sql('clone', 'regress_owner', q{SELECT aksara.forget_model('Old Shop.' || name) FROM aksara.model;
	SELECT aksara.adopt_schema('Old Shop', '{"names": {"Odd \"one\"": "Odd"}}');});
is(walk('clone', 'regress_owner'), $walk, 'forgotten and adopted again');
# The tables outlive the extension as they are.
$node->safe_psql('clone', 'DROP EXTENSION aksara CASCADE');
is(sql('clone', 'regress_owner', 'SELECT count(*) FROM "Old Shop".order_products'), '2', 'the tables outlive the extension');

done_testing();
