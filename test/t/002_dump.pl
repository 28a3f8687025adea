# What a dump carries comes back as working models: as superuser and as an ordinary owner, whole and in parts. And nobody
# says through the registry what he could not say of the table.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'max_prepared_transactions = 0');
$node->start;
my $dump = $node->basedir . '/dump';
mkdir $dump;

# One line each, as a role.
sub sql {
	my ($db, $role, $sql) = @_;
	my ($out, $err);
	my $rc = $node->psql($db, "SET search_path = blog, public;\n$sql",
		extra_params => [ '-U', $role, '-v', 'VERBOSITY=sqlstate' ], on_error_stop => 0,
		stdout => \$out, stderr => \$err);
	return wantarray ? ($out, $err) : $out;
}

# A database of one's own with the extension, as an administrator makes it.
sub make_db {
	my ($db, $owner) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER $owner TEMPLATE template0");
	$node->safe_psql($db, 'CREATE EXTENSION aksara');
}

sub pg_dump {
	my ($db, $role, $file, @options) = @_;
	$node->command_ok([ 'pg_dump', '-U', $role, '-d', $db, '-f', $file, @options ], "dump of $db: @options");
}

# Reads a plain dump; the lines that failed.
sub restore {
	my ($db, $role, $file) = @_;
	my ($out, $err);
	$node->psql($db, slurp_file($file), extra_params => [ '-U', $role ], on_error_stop => 0, stdout => \$out, stderr => \$err);
	return join "\n", grep { /ERROR|WARNING/ } split /\n/, $err;
}

# What a restore by an ordinary owner cannot do, and nobody misses.
my $comment = qr/\A[^\n]*must be owner of extension aksara\z/;

# The registry and what it says of where things are, by name.
sub registry {
	my ($db) = @_;
	return $node->safe_psql($db, q{
		SELECT m::text FROM aksara.model m ORDER BY app, name;
		SELECT f::text FROM aksara.field f ORDER BY app, model, position;
		SELECT r::text FROM aksara.relation r ORDER BY app, model, field;
		SELECT app, model, relid::regclass FROM aksara.model_oid ORDER BY 1, 2;
		SELECT app, model, field, attnum FROM aksara.field_attnum ORDER BY 1, 2, 3;
		SELECT app, model, field, target::regclass, junction::regclass, source_attnums, target_attnums
			FROM aksara.relation_oid ORDER BY 1, 2, 3;
		SELECT app, model, schema::regnamespace FROM aksara.abstract_oid ORDER BY 1, 2;
		SELECT junction::regclass, source::regclass, table_name FROM aksara.junction_oid ORDER BY table_name;
		SELECT app, model FROM aksara.model_claim k JOIN aksara.model m USING (app) WHERE m.name = k.model AND m.table_name <> '';
		SELECT * FROM aksara.check_registry();
	});
}

# Everything a model promises, tried by its owner; leaves the data as it was.
sub works {
	my ($db, $what, $role) = @_;
	my ($out, $err) = sql($db, $role, <<'SQL');
BEGIN;
SELECT aksara.fetch('{"model": "Post", "filter": {"author__name": "Ann"}, "select_related": ["author"], "prefetch_related": ["tags"]}')
	::json #>> '{tags,0,name}';
SELECT aksara.fetch('{"model": "Ticket", "filter": {"seat": {"hall": 1, "row": "a"}}, "select_related": ["seat"]}')::json #>> '{seat,label}';
SELECT aksara.related_contains('Seat', '{"hall": 1, "row": "a"}', 'fans', '1'), aksara.count(aksara.related('Seat', '{"hall": 1, "row": "a"}', 'tickets'));
SELECT aksara.fetch('{"model": "Visit", "select_related": ["seat"], "prefetch_related": ["users"]}')::json #>> '{seat,label}', aksara.related_add('Visit', '1', 'users', '3'),
	aksara.count(aksara.related('Seat', '{"hall": 1, "row": "b"}', 'visit_set'));
SELECT aksara.count(aksara.related('User', '3', 'visit_set'));
INSERT INTO users (email, name) VALUES ('Joe@EXAMPLE.COM', 'Joe') RETURNING email;
SELECT aksara.related_add('Post', 1, 'tags', 2), aksara.related_contains('Tag', 2, 'posts', 1);
SAVEPOINT a;
DELETE FROM users WHERE name = 'Ann';
ROLLBACK TO a;
DELETE FROM users WHERE name = 'Ed' RETURNING name;
SELECT editor_id FROM posts WHERE id = 1;
SELECT aksara.delete_by_key('Post', 1) ->> 'total';
SELECT count(*) FROM post_tags;
ROLLBACK;
BEGIN;
SELECT aksara.rename_field('Post', 'title', 'heading');
SELECT aksara.add_field('Post', 'rating', '{"type": "Integer", "default": 3}');
ALTER TABLE posts RENAME TO articles;
SELECT aksara.get('Post', '{"pk": 1}') ->> 'heading', aksara.get('Post', '{"pk": 1}') ->> 'rating';
SELECT aksara.create_model('Comment', '{"post": {"type": "ForeignKey", "to": "Post", "related_name": "comments"}}');
SELECT aksara.related_add('Post', 1, 'tags', 2);
SELECT aksara.drop_model('Comment');
ROLLBACK;
SQL
	is($out, join("\n", qw(sql front t|1 back|1|1 1 joe@example.com 1|f Ed 2 3 0), '', '', 'Hello|3', 'comments', '1', '') , "$what: the models work");
	like($err, qr/\A[^\n]*ERROR:  23001\n?\z/, "$what: PROTECT refuses, and nothing else went wrong");
}

$node->safe_psql('postgres', q{
	CREATE ROLE regress_alice LOGIN;
	CREATE ROLE regress_bob LOGIN;
	CREATE ROLE regress_mallory LOGIN;
});
make_db('source', 'regress_alice');
$node->safe_psql('source', q{
	SET ROLE regress_alice;
	CREATE SCHEMA blog;
	SET search_path = blog;
	SELECT aksara.create_model('User', '{"email": {"type": "Email", "unique": true}, "name": "String"}', '{"primary_key": "bigint"}');
	SELECT aksara.create_model('Post', '{
		"title":  {"type": "String", "max_length": 200},
		"author": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT", "related_name": "posts"},
		"editor": {"type": "ForeignKey", "to": "User", "on_delete": "SET((1 + 1))", "related_name": "+", "nullable": true},
		"tags":   {"type": "ManyToMany", "to": "Tag", "related_name": "posts"}
	}', '{"primary_key": "bigint", "ordering": ["-id"]}');
	SELECT aksara.create_model('Tag', '{"name": "String"}', '{"primary_key": "bigint"}');
	SELECT aksara.create_model('Stamped', '{"created_at": {"type": "DateTime", "auto_now_add": true}}', '{"abstract": true}');
	SELECT aksara.create_model('Seat', '{"hall": "Integer", "row": "Text", "label": "Text",
		"fans": {"type": "ManyToMany", "to": "User", "related_name": "seats"}}', '{"primary_key": ["hall", "row"]}');
	SELECT aksara.create_model('Ticket', '{"hall": "Integer", "seat": {"type": "ForeignKey", "to": "Seat", "related_name": "tickets"},
		"next": {"type": "ForeignKey", "to": "Seat", "from_fields": ["hall", "seat_row"], "db_constraint": false, "on_delete": "DO_NOTHING", "related_name": "+"},
		"later": {"type": "ForeignKey", "to": "Gate", "from_fields": ["hall", "seat_row"]}}', '{"primary_key": "bigint"}');
	SELECT aksara.add_field('Ticket', 'also', '{"type": "ForeignKey", "to": "Seat", "from_fields": ["seat_hall", "seat_row"], "on_delete": "PROTECT", "related_name": "also"}');
	CREATE TABLE visits (id smallint PRIMARY KEY, seat_hall smallint, seat_row varchar(9), FOREIGN KEY (seat_hall, seat_row) REFERENCES seats ON DELETE SET NULL);
	CREATE TABLE visit_users (visit_id bigint REFERENCES visits, user_id integer REFERENCES users ON DELETE CASCADE, PRIMARY KEY (visit_id, user_id));
	SELECT aksara.adopt_schema('blog');
	INSERT INTO users (email, name) VALUES ('ann@example.com', 'Ann'), ('bea@example.com', 'Bea'), ('ed@example.com', 'Ed');
	INSERT INTO posts (title, author_id, editor_id) VALUES ('Hello', 1, 3);
	INSERT INTO tags (name) VALUES ('sql'), ('c');
	SELECT aksara.related_add('Post', 1, 'tags', 1);
	INSERT INTO seats VALUES (1, 'a', 'front'), (1, 'b', 'back');
	INSERT INTO tickets (hall, seat_hall, seat_row) VALUES (1, 1, 'a');
	INSERT INTO visits VALUES (1, 1, 'b');
	SELECT aksara.related_add('Seat', '{"hall": 1, "row": "a"}', 'fans', '1');
});
my $registry = registry('source');
works('source', 'before', 'regress_alice');
is(registry('source'), $registry, 'trying it leaves no trace');

# Whole, plain.
pg_dump('source', 'postgres', "$dump/super.sql");
$node->safe_psql('postgres', 'CREATE DATABASE super TEMPLATE template0');
is(restore('super', 'postgres', "$dump/super.sql"), '', 'restored by a superuser');
is(registry('super'), $registry, 'superuser: the registry is the same');
works('super', 'superuser', 'regress_alice');

pg_dump('source', 'regress_alice', "$dump/owner.sql");
make_db('owner', 'regress_alice');
like(restore('owner', 'regress_alice', "$dump/owner.sql"), $comment, 'restored by the owner');
is(registry('owner'), $registry, 'owner: the registry is the same');
works('owner', 'owner', 'regress_alice');

# Row by row, and for another role.
pg_dump('source', 'regress_alice', "$dump/inserts.sql", '--inserts', '--no-owner');
make_db('inserts', 'regress_bob');
like(restore('inserts', 'regress_bob', "$dump/inserts.sql"), $comment, 'restored by another role with --inserts');
is(registry('inserts'), $registry, '--inserts: the registry is the same');
works('inserts', '--inserts', 'regress_bob');

# Custom format, four at a time.
pg_dump('source', 'regress_alice', "$dump/custom", '-Fc', '--no-comments');
make_db('parallel', 'regress_alice');
$node->command_ok([ 'pg_restore', '-U', 'regress_alice', '-j', '4', '-d', 'parallel', "$dump/custom" ], 'pg_restore -j4');
is(registry('parallel'), $registry, '-j4: the registry is the same');
works('parallel', '-j4', 'regress_alice');

# In one transaction.
make_db('single', 'regress_alice');
$node->command_ok([ 'pg_restore', '-U', 'regress_alice', '-1', '-d', 'single', "$dump/custom" ], 'pg_restore -1');
is(registry('single'), $registry, '-1: the registry is the same');

# A copy by the server.
$node->safe_psql('postgres', 'CREATE DATABASE copy TEMPLATE source');
is(registry('copy'), $registry, 'TEMPLATE: the registry is the same');
works('copy', 'TEMPLATE', 'regress_alice');

# Without the data there is no registry either: its rows are data.
pg_dump('source', 'regress_alice', "$dump/schema.sql", '--schema-only');
pg_dump('source', 'regress_alice', "$dump/data.sql", '--data-only');
make_db('parts', 'regress_alice');
like(restore('parts', 'regress_alice', "$dump/schema.sql"), $comment, 'a schema-only dump');
is($node->safe_psql('parts', 'SELECT count(*) FROM aksara.model'), '0', 'schema only: no models');
is(sql('parts', 'regress_alice', q{INSERT INTO users (email, name) VALUES ('X@Y.EXAMPLE', 'X') RETURNING email;
	DELETE FROM users; ALTER SEQUENCE users_id_seq RESTART;}), 'X@Y.EXAMPLE', 'schema only: the tables are ordinary ones');
is($node->safe_psql('parts', 'TRUNCATE blog.users CASCADE'), '', 'emptied');
my ($out, $err) = sql('parts', 'regress_alice', 'SET session_replication_role = default; ' . slurp_file("$dump/data.sql"));
is($node->safe_psql('parts', 'SELECT count(*) FROM aksara.model'), '8', 'data only: the models are back');
is(registry('parts'), $registry, 'data only: the registry is the same');
works('parts', 'data only', 'regress_alice');

# The same rows once more change nothing; others' data is refused by their own keys.
pg_dump('source', 'regress_alice', "$dump/registry.sql", '--data-only', '-t', 'aksara.model', '-t', 'aksara.field', '-t', 'aksara.relation');
is(restore('owner', 'regress_alice', "$dump/registry.sql"), '', 'the registry alone, where it is already');
is(registry('owner'), $registry, 'the same rows once more change nothing');

# Without one model's table the others work, and the table can come later.
pg_dump('source', 'regress_alice', "$dump/without.sql", '-T', 'blog.tags', '-T', 'blog.post_tags');
make_db('without', 'regress_alice');
like(restore('without', 'regress_alice', "$dump/without.sql"), $comment, '-T of a table');
is($node->safe_psql('without', 'SELECT * FROM aksara.check_registry()'),
	qq{relation|blog.Post|field "tags" waits for model "blog.Tag"\nmodel|blog.Tag|table blog.tags does not exist\nrelation|blog.Ticket|field "later" waits for model "blog.Gate"},
	'-T: what is dangling is shown');
($out, $err) = sql('without', 'regress_alice', q{
	SELECT aksara.count(aksara.objects('Post', aksara.filter('author__name', 'Ann')));
	DELETE FROM users WHERE name = 'Ann';
	SELECT aksara.fetch('{"model": "Tag"}');
	SELECT aksara.fetch('{"model": "Post", "prefetch_related": ["tags"]}');});
is($out, '1', '-T: the others work');
is($err =~ s/.*ERROR:  (\w+)\n?/$1 /gr, '23001 42P01 42P01 ', '-T: what is dangling is an error, and PROTECT holds');
pg_dump('source', 'regress_alice', "$dump/later.sql", '-t', 'blog.tags', '-t', 'blog.post_tags');
is(restore('without', 'regress_alice', "$dump/later.sql"), '', 'the missing tables come');
is(registry('without'), $registry, 'and are adopted');
works('without', 'adopted', 'regress_alice');

# A model whose table stays away gives its name back, or is forgotten.
make_db('gone', 'regress_alice');
restore('gone', 'regress_alice', "$dump/without.sql");
is(sql('gone', 'regress_alice', q{
	SELECT aksara.create_model('Tag', '{"name": "String"}');
	SELECT aksara.create('Tag', '{"name": "new"}') ->> 'name';}), "tags\nnew", 'create_model takes the name of a dangling model');
make_db('forgotten', 'regress_alice');
restore('forgotten', 'regress_alice', "$dump/without.sql");
is(sql('forgotten', 'regress_alice', q{
	SELECT aksara.forget_model('Tag');
	SELECT count(*) FROM aksara.model WHERE name = 'Tag';}), "\n0", 'forget_model');
($out, $err) = sql('forgotten', 'regress_alice', q{SELECT aksara.forget_model('Post'); SELECT aksara.forget_model('Tga');});
is($err =~ s/.*ERROR:  (\w+)\n?/$1 /gr, '55000 42P01 ', 'forget_model leaves living models alone');

# Models of two owners in one dump: each restores his own.
make_db('two', 'regress_alice');
$node->safe_psql('two', 'CREATE SCHEMA bob AUTHORIZATION regress_bob');
restore('two', 'regress_alice', "$dump/owner.sql");
$node->safe_psql('two', q{SET ROLE regress_bob; SELECT aksara.create_model('bob.Thing', '{"name": "Text"}')});
pg_dump('two', 'postgres', "$dump/two.sql", '-n', 'blog', '-e', 'aksara');
make_db('mine', 'regress_alice');
$node->safe_psql('mine', q{CREATE SCHEMA bob AUTHORIZATION regress_bob; CREATE TABLE bob.things (x int); ALTER TABLE bob.things OWNER TO regress_bob});
my $left = restore('mine', 'regress_alice', "$dump/two.sql");
is(() = $left =~ /WARNING/g, 3, 'what is another owner\'s is left out, with a warning for each row');
is(registry('mine'), $registry, 'and the rest is there');

# Strangers.
$node->safe_psql('source', 'GRANT CREATE ON SCHEMA public TO regress_alice, regress_mallory');
my $before = registry('source');
sub refused {
	my ($what, $code, $sql) = @_;
	my ($out, $err) = sql('source', 'regress_mallory', $sql);
	is($err =~ s/.*(?:ERROR|WARNING):  (\w+)\n?/$1 /gr, "$code ", $what);
	is(registry('source'), $before, "$what: nothing changed");
}
refused('a model of another\'s table', '01007', q{INSERT INTO aksara.model VALUES ('blog', 'Mine', 'posts', '{}')});
refused('a model in another\'s schema', '01007', q{INSERT INTO aksara.model VALUES ('blog', 'Mine', 'mine', '{}')});
refused('a model in a schema to come', '01007', q{INSERT INTO aksara.model VALUES ('nowhere', 'Mine', 'mine', '{}')});
refused('a model of aksara\'s own tables', '42939', q{INSERT INTO aksara.model VALUES ('aksara', 'Mine', 'model', '{}')});
refused('a model of a catalog', '42939', q{INSERT INTO aksara.model VALUES ('pg_catalog', 'Mine', 'pg_authid', '{}')});
refused('a field of another\'s model', '01007', q{INSERT INTO aksara.field VALUES ('blog', 'Post', 'evil', 9, 'Text', 'title', '{}')});
refused('a relation of another\'s model', '01007', q{INSERT INTO aksara.relation (app, model, field, kind, target_app, target_model, on_delete, set_expression)
	VALUES ('blog', 'Post', 'evil', 'ForeignKey', 'blog', 'User', 'SET', '1')});
refused('an update', '42501', q{UPDATE aksara.model SET name = 'x'});
refused('a delete', '42501', q{DELETE FROM aksara.model});
refused('a truncation', '42501', q{TRUNCATE aksara.model});
refused('an upsert', '42501', q{INSERT INTO aksara.model VALUES ('blog', 'Post', 'posts', '{}') ON CONFLICT (app, name) DO UPDATE SET meta = '{}'});
refused('forgetting another\'s model', '55000', q{SELECT aksara.forget_model('blog.Post')});
refused('attaching the trigger', '42501', q{CREATE TABLE pg_temp.t (x int); CREATE TRIGGER t BEFORE INSERT ON pg_temp.t FOR EACH ROW EXECUTE FUNCTION aksara.guard_model()});

# What is ill-formed is refused to everyone.
sub ill_formed {
	my ($what, $code, $sql) = @_;
	my ($out, $err) = sql('source', 'postgres', $sql);
	is($err =~ s/.*ERROR:  (\w+)\n?/$1 /gr, "$code ", $what);
}
my $model = 'INSERT INTO aksara.model VALUES';
my $field = 'INSERT INTO aksara.field VALUES';
my $relation = 'INSERT INTO aksara.relation (app, model, field, kind, target_app, target_model, on_delete, set_expression) VALUES';
ill_formed('no name', '42602', "$model ('blog', '', 'x', '{}')");
ill_formed('a name with a dot', '42602', "$model ('blog', 'a.b', 'x', '{}')");
ill_formed('NULL', '23502', "$model ('blog', NULL, 'x', '{}')");
ill_formed('meta that is no object', '22023', "$model ('blog', 'X', 'x', '[]')");
ill_formed('meta with a key twice', '22030', "$model ('blog', 'X', 'x', '{\"a\":1,\"a\":2}')");
ill_formed('a sequence', '42809', "$model ('blog', 'X', 'posts_id_seq', '{}')");
ill_formed('a field name', '42602', "$field ('blog', 'Post', 'a__b', 9, 'Text', 'title', '{}')");
ill_formed('a field type', '22023', "$field ('blog', 'Post', 'x', 9, 'Tekst', 'title', '{}')");
ill_formed('a position', '22023', "$field ('blog', 'Post', 'x', 0, 'Text', 'title', '{}')");
ill_formed('options', '22023', "$field ('blog', 'Post', 'x', 9, 'Text', 'title', '1')");
ill_formed('a kind', '22023', "$relation ('blog', 'Post', 'author', 'Foreign', 'blog', 'User', 'CASCADE', NULL)");
ill_formed('another kind than the field\'s', '22023', "$relation ('blog', 'Post', 'title', 'ForeignKey', 'blog', 'User', 'CASCADE', NULL)");
ill_formed('a column without a name', '42602', "INSERT INTO aksara.relation (app, model, field, kind, target_app, target_model, on_delete, source_columns)
	VALUES ('blog', 'Post', 'author', 'ForeignKey', 'blog', 'User', 'CASCADE', '{\"\"}')");
ill_formed('on_delete', '22023', "$relation ('blog', 'Post', 'author', 'ForeignKey', 'blog', 'User', 'cascade', NULL)");
ill_formed('SET of nothing', '22023', "$relation ('blog', 'Post', 'author', 'ForeignKey', 'blog', 'User', 'SET', NULL)");
for my $text ('1; DROP TABLE blog.posts', '1), (2', '1) AS x, (2', '1 FROM blog.posts', '1) UNION (SELECT 2', '') {
	my ($out, $err) = sql('source', 'postgres', "$relation ('blog', 'Post', 'author', 'ForeignKey', 'blog', 'User', 'SET', '$text')");
	like($err, qr/ERROR:  (22023|42601)/, "SET($text) is refused");
}
is(registry('source'), $before, 'nothing of it is there');

# A superuser cannot change it directly either.
ill_formed('an update by a superuser', '42501', 'UPDATE aksara.field SET position = 1');
ill_formed('a delete by a superuser', '42501', 'DELETE FROM aksara.model');

# A dangling model of a stranger's: neither the table nor the name is his.
($out, $err) = sql('source', 'regress_mallory', q{
	INSERT INTO aksara.model VALUES ('public', 'Account', 'accounts', '{}');
	INSERT INTO aksara.field VALUES ('public', 'Account', 'id', 1, 'BigInteger', 'id', '{}'),
		('public', 'Account', 'seen', 2, 'DateTime', 'seen', '{"auto_now": true}');
	SELECT problem FROM aksara.check_registry() WHERE kind = 'model';});
is($out, 'table public.accounts does not exist', 'a stranger\'s dangling model');
($out, $err) = sql('source', 'regress_bob', q{INSERT INTO aksara.field VALUES ('public', 'Account', 'x', 3, 'Text', 'x', '{}')});
like($err, qr/WARNING:  01007/, 'is not for others to fill');
$node->safe_psql('source', q{SET ROLE regress_alice; CREATE TABLE public.accounts (id bigint PRIMARY KEY, seen timestamptz)});
is($node->safe_psql('source', q{SELECT problem FROM aksara.check_registry() WHERE kind = 'model'}),
	'table public.accounts does not belong to who registered the model', 'does not take another\'s table');
is($node->safe_psql('source', q{SET ROLE regress_alice; DROP TABLE public.accounts;
	SELECT aksara.create_model('public.Account', '{"name": "Text"}')}), 'accounts', 'nor does it keep the name');
is($node->safe_psql('source', q{SELECT string_agg(name, ' ' ORDER BY position) FROM aksara.field WHERE model = 'Account'}),
	'id name', 'and nothing of it is left');

# A relation that was only said leads nowhere: it blocks no delete, runs nothing, and is no accessor of the target's.
my $sneak = sub {
	my ($action, $expression) = @_;
	$node->safe_psql('source', qq{
		DROP SCHEMA IF EXISTS mallory CASCADE;
		CREATE SCHEMA mallory AUTHORIZATION regress_mallory;
		SET ROLE regress_mallory;
		CREATE TABLE mallory.traps (id bigint PRIMARY KEY, user_id bigint);
		INSERT INTO mallory.traps VALUES (1, 1), (2, 2), (3, 3);
		CREATE FUNCTION mallory.boom() RETURNS bigint LANGUAGE plpgsql AS \$\$ BEGIN RAISE 'ran as %', current_user; END \$\$;
		INSERT INTO aksara.model VALUES ('mallory', 'Trap', 'traps', '{}');
		INSERT INTO aksara.field VALUES ('mallory', 'Trap', 'id', 1, 'BigInteger', 'id', '{}'),
			('mallory', 'Trap', 'user', 2, 'ForeignKey', 'user_id', '{"to": "blog.User"}'),
			('mallory', 'Trap', 'tags', 3, 'ManyToMany', NULL, '{"to": "blog.Tag"}'),
			('mallory', 'Trap', 'seat', 4, 'ForeignKey', NULL, '{"to": "blog.Seat", "from_fields": ["id", 7]}');
		INSERT INTO aksara.relation (app, model, field, kind, target_app, target_model, related_name, on_delete, source_columns, target_columns)
			VALUES ('mallory', 'Trap', 'seat', 'ForeignKey', 'blog', 'Seat', 'traps', 'PROTECT', '{id,user_id}', '{hall,row}');
		INSERT INTO aksara.relation (app, model, field, kind, target_app, target_model, related_name, on_delete, set_expression, constraint_name)
			VALUES ('mallory', 'Trap', 'user', 'ForeignKey', 'blog', 'User', 'posts', '$action', $expression, 'traps_user_id_fkey');
		INSERT INTO aksara.relation (app, model, field, kind, target_app, target_model, on_delete, junction_schema, junction_table, source_columns, target_columns)
			VALUES ('mallory', 'Trap', 'tags', 'ManyToMany', 'blog', 'Tag', 'CASCADE', 'blog', 'post_tags', '{post_id}', '{tag_id}')});
	is(sql('source', 'regress_alice', q{SELECT count(*) FROM json_array_elements(aksara.describe('Seat') -> 'related')}), '3',
		"a stranger's relation over several columns leads nowhere");
	is(sql('source', 'regress_alice', q{BEGIN; DELETE FROM users WHERE name = 'Bea' RETURNING name; ROLLBACK;
		SELECT (aksara.related('User', 1, 'posts')::text)::json ->> 'model'}), "Bea\nblog.Post", "a stranger's $action does nothing");
};
$sneak->('PROTECT', 'NULL');
$sneak->('RESTRICT', 'NULL');
$sneak->('SET', q{'mallory.boom()'});
# Nor does his junction drop another's table when his own goes.
$node->safe_psql('source', 'SET ROLE regress_mallory; DROP TABLE mallory.traps');
is(sql('source', 'regress_alice', q{ALTER TABLE tags ALTER COLUMN name SET STATISTICS 5; SELECT count(*) FROM post_tags}), '1',
	'a junction that is not his is not dropped');
works('source', 'after all that', 'regress_alice');

$node->stop;
done_testing();
