# pg_upgrade from the server whose tree is $oldinstall to this one: models, rows and rules are what they were, and what
# the registry keeps by number still means the same.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use IPC::Run;

die "oldinstall names no server\n" unless $ENV{oldinstall} && -x "$ENV{oldinstall}/bin/postgres";

my @like = ('--locale=C.UTF-8', '--encoding=UTF8');
my $old = PostgreSQL::Test::Cluster->new('old', install_path => $ENV{oldinstall});
$old->init(extra => \@like);
$old->start;
my $new = PostgreSQL::Test::Cluster->new('new');
$new->init(extra => \@like);

my $owner = 'SET ROLE ann; SET search_path = blog; SET client_min_messages = warning;';
# What a statement answers as the owner of the models.
sub told { my ($node, $sql) = @_; return $node->safe_psql('site', "$owner $sql"); }

# Models of an ordinary role, with each kind of on_delete, a junction, a pending relation and a trigger for rules. Columns
# that were dropped leave holes in the numbers.
$old->safe_psql('postgres', 'CREATE ROLE ann; CREATE DATABASE site');
$old->safe_psql('site', 'CREATE EXTENSION aksara; CREATE SCHEMA spare; CREATE SCHEMA blog AUTHORIZATION ann; DROP SCHEMA spare');
my %kinds = (
	Cascade => 'CASCADE', Protect => 'PROTECT', Restrict => 'RESTRICT', Empty => 'SET_NULL', Other => 'SET_DEFAULT',
	Chosen => 'SET(3 + 5)', Nothing => 'DO_NOTHING');
told($old, <<'SQL');
SELECT aksara.create_model('Named', '{"name": {"type": "String", "max_length": 40}}', '{"abstract": true}');
SELECT aksara.create_model('User', '{"gone": "Text", "email": {"type": "Email", "unique": true}}', '{"primary_key": "bigint", "extends": "Named"}');
SELECT aksara.remove_field('User', 'gone');
SELECT aksara.create_model('Tag', '{"name": "Text"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Profile', '{"user": {"type": "OneToOne", "to": "User"}, "about": "Text"}');
SELECT aksara.create_model('Post', '{
	"gone":   "Text",
	"title":  {"type": "String", "max_length": 200},
	"author": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT", "related_name": "posts"},
	"later":  {"type": "ForeignKey", "to": "Later", "nullable": true},
	"tags":   {"type": "ManyToMany", "to": "Tag", "related_name": "posts"},
	"changed": {"type": "DateTime", "auto_now": true}
}', '{"primary_key": "bigint", "ordering": ["-title"]}');
ALTER TABLE posts DROP COLUMN gone;
SELECT aksara.create('User', '{"name": "Jane", "email": "jane@EXAMPLE.com"}');
SELECT aksara.create('Post', '{"title": "One", "author": 1}');
SELECT aksara.related_add('Post', 1, 'tags', (aksara.create('Tag', '{"name": "sql"}') ->> 'id')::bigint);
SQL
for my $word (sort keys %kinds) {
	told($old, qq(SELECT aksara.create_model('${word}Target', '{"name": {"type": "Text", "nullable": true}}', '{"primary_key": "bigint"}');
		SELECT aksara.create_model('${word}Row', '{"target": {"type": "ForeignKey", "to": "${word}Target",
			"on_delete": "$kinds{$word}", "nullable": true, "default": 7}}', '{"primary_key": "bigint"}');
		INSERT INTO lower_targets (id) VALUES (1), (7), (8);
		INSERT INTO lower_rows (id, target_id) VALUES (1, 1);) =~ s/lower_/lc($word) . '_'/ger);
}

# What deleting a target does to the row that refers to it; undone.
my %outcome = (
	Cascade => 'gone', Protect => '23001', Restrict => '23001', Empty => 'none', Other => '7', Chosen => '8', Nothing => '23503');
sub on_delete {
	my ($node, $word) = @_;
	my $table = lc $word;
	return told($node, <<"SQL");
CREATE FUNCTION pg_temp.try() RETURNS text LANGUAGE plpgsql AS \$\$
DECLARE said text;
BEGIN
	DELETE FROM ${table}_targets WHERE id = 1;
	SET CONSTRAINTS ALL IMMEDIATE;
	SELECT coalesce(target_id::text, 'none') INTO said FROM ${table}_rows;
	RAISE EXCEPTION USING errcode = 'UNDO1', message = coalesce(said, 'gone');
EXCEPTION
	WHEN SQLSTATE 'UNDO1' THEN RETURN SQLERRM;
	WHEN OTHERS THEN RETURN SQLSTATE;
END \$\$;
SELECT pg_temp.try();
SQL
}

# Everything the registry says, and what its numbers mean.
my %state = (
	models => q(SELECT name, aksara.describe('blog.' || name) FROM aksara.model WHERE app = 'blog' AND table_name <> '' ORDER BY name),
	registry => q(SELECT to_json(m) FROM aksara.model m ORDER BY name),
	fields => q(SELECT to_json(f) FROM aksara.field f ORDER BY model, position),
	relations => q(SELECT to_json(r) FROM aksara.relation r ORDER BY model, field),
	tables => q(SELECT app, model, relid::regclass FROM aksara.model_oid ORDER BY 1, 2),
	columns => q(SELECT model, field, attname FROM aksara.field_attnum JOIN aksara.model_oid USING (app, model)
		LEFT JOIN pg_attribute ON attrelid = relid AND pg_attribute.attnum = field_attnum.attnum ORDER BY 1, 2),
	'ends of relations' => q(SELECT model, field, target::regclass, junction::regclass,
		(SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = junction AND attnum = ANY (source_attnums)),
		(SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = junction AND attnum = ANY (target_attnums))
		FROM aksara.relation_oid r ORDER BY 1, 2),
	junctions => q(SELECT junction::regclass, source::regclass, table_name FROM aksara.junction_oid ORDER BY table_name),
	'keys and checks' => q(SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
		WHERE connamespace = 'blog'::regnamespace AND contype <> 'n' ORDER BY conrelid::regclass::text, conname),
	triggers => q(SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1),
	'event triggers' => q(SELECT evtname, evtevent, evtfoid::regprocedure, evtenabled, evttags FROM pg_event_trigger ORDER BY 1),
	'tables of a dump' => q(SELECT unnest(extconfig)::regclass FROM pg_extension WHERE extname = 'aksara'),
	rows => q(SELECT (SELECT json_agg(u) FROM blog.users u), (SELECT json_agg(p) FROM blog.posts p), (SELECT json_agg(t) FROM blog.post_tags t)),
	# Names that stand where a number does not tell: they must be looked at here when there are new ones.
	'columns with numbers' => q(SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
		WHERE relnamespace = 'aksara'::regnamespace AND relkind = 'r' AND attnum > 0 AND atttypid = 'oid'::regtype ORDER BY 1, 2),
);
my %before = map { $_ => $old->safe_psql('site', $state{$_}) } keys %state;
is(on_delete($old, $_), $outcome{$_}, "before: $_") for sort keys %kinds;
# pg_upgrade works as the system's user of the same name, and wants both servers down.
$old->stop;
my @upgrade = ('pg_upgrade', '--no-sync', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $old->config_data('--bindir'),
	'-B', $new->config_data('--bindir'), '-s', $new->host, '-p', $old->port, '-P', $new->port);
chdir PostgreSQL::Test::Utils::tempdir() or die;
my $words;
unless (ok(IPC::Run::run(\@upgrade, '>&', \$words), 'pg_upgrade'))
{
	diag $words;
	diag slurp_file($_) for glob $new->data_dir . '/pg_upgrade_output.d/*/{,log/}*.{log,txt}';
	BAIL_OUT('pg_upgrade failed');
}
$new->start;

is($new->safe_psql('site', $state{$_}), $before{$_}, "as before: $_") for sort keys %state;
is(on_delete($new, $_), $outcome{$_}, "after: $_") for sort keys %kinds;

# The extension has the members that a new one has. (What pg_upgrade brings over has no members for row types and arrays.)
my $members = q(SELECT pg_describe_object(classid, objid, objsubid) FROM pg_depend
	LEFT JOIN pg_type t ON classid = 'pg_type'::regclass AND t.oid = objid
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'aksara')
		AND (t.oid IS NULL OR typcategory <> 'A' AND typrelid = 0)
	ORDER BY 1);
$new->safe_psql('postgres', 'CREATE DATABASE fresh');
$new->safe_psql('fresh', 'CREATE EXTENSION aksara');
is($new->safe_psql('site', $members), $new->safe_psql('fresh', $members), 'the members of a new extension');

# It works on.
is(told($new, q(SELECT aksara.create('User', '{"name": "Joe", "email": "joe@EXAMPLE.com"}') ->> 'email')), 'joe@example.com', 'create');
is(told($new, q(SELECT aksara.count('Post', '{"author__name": "Jane", "tags__name": "sql"}'))), '1', 'a condition across relations');
is(told($new, q(SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author__email', 'jane@example.com'))))),
	'One', 'rows');
is(told($new, q(SELECT aksara.related_add('Tag', 1, 'posts', 1), aksara.related_contains('Post', 1, 'tags', 1))), '0|t', 'links');
told($new, q(SELECT aksara.create_model('Later', '{"extra": "Text"}', '{"extends": "Named"}')));
is($new->safe_psql('site', q(SELECT constraint_name FROM aksara.relation WHERE field = 'later')), 'posts_later_id_fkey',
	'a relation finds the target it waited for');

# What is done by hand is followed.
told($new, 'ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME COLUMN email TO mail; ALTER TABLE post_tags RENAME TO marks;');
is($new->safe_psql('site', q(SELECT table_name, column_name, (SELECT junction_table FROM aksara.relation WHERE field = 'tags')
		FROM aksara.model m JOIN aksara.field f ON f.app = m.app AND f.model = m.name WHERE m.name = 'User' AND f.name = 'email')),
	'people|mail|marks', 'tables and columns renamed');
is(told($new, q(SELECT aksara.get('User', '{"email": "joe@example.com"}') ->> 'name')), 'Joe', 'and still a field');
$new->safe_psql('site', 'ALTER SCHEMA blog RENAME TO journal');
is($new->safe_psql('site', q(SELECT DISTINCT app FROM aksara.model)), 'journal', 'the schema renamed');
is($new->safe_psql('site', q(SELECT count(*) FROM aksara.model WHERE name = 'Named')), '1', 'an abstract model stays');
$new->safe_psql('site', 'DROP TABLE journal.posts CASCADE');
is($new->safe_psql('site', q(SELECT to_regclass('journal.marks'), (SELECT count(*) FROM aksara.relation WHERE model = 'Post'))), '|0',
	'a table dropped, with its junction');
$new->safe_psql('site', 'DROP SCHEMA journal CASCADE');
is($new->safe_psql('site', q(SELECT (SELECT count(*) FROM aksara.model), (SELECT count(*) FROM aksara.model_oid), (SELECT count(*) FROM aksara.junction_oid))),
	'0|0|0', 'the schema dropped');
$new->safe_psql('site', 'DROP EXTENSION aksara');
is($new->safe_psql('site', q(SELECT count(*) FROM pg_namespace WHERE nspname = 'aksara')), '0', 'the extension dropped');

$new->stop;
done_testing();
