# A database that was upgraded is the same as a new one: every member, definition, grant, comment, column, key and trigger.

use strict;
use warnings;

use FindBin;
use File::Copy;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# The frozen script of the first version stands beside the present ones for as long as this test runs.
my $folder = $node->config_data('--sharedir') . '/extension';
my $frozen = "$folder/aksara--0.1.0.sql";
copy("$FindBin::Bin/../upgrade/aksara--0.1.0.sql", $frozen) or die "cannot write $frozen: $!";
END { unlink $frozen if defined $frozen }

# Everything that the extension is, by names; one line each, sorted.
sub catalog {
	my ($db) = @_;
	return $node->safe_psql($db, <<'SQL');
CREATE TEMP TABLE member AS
	SELECT d.classid, d.objid, o.type, o.identity
	FROM pg_depend d JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid,
		pg_identify_object(d.classid, d.objid, d.objsubid) o
	WHERE e.extname = 'aksara' AND d.deptype = 'e';
SELECT line FROM (
	SELECT 'version ' || extversion FROM pg_extension WHERE extname = 'aksara'
	UNION ALL SELECT format('member %s %s', type, identity) FROM member
	UNION ALL SELECT format('comment %s: %s', identity, obj_description(objid, classid::regclass::name)) FROM member
	UNION ALL SELECT 'function ' || pg_get_functiondef(p.oid) FROM member m JOIN pg_proc p ON p.oid = m.objid
		WHERE m.classid = 'pg_proc'::regclass AND p.prokind <> 'a'
	UNION ALL SELECT format('function grant %s %s', p.oid::regprocedure, a) FROM member m JOIN pg_proc p ON p.oid = m.objid
		CROSS JOIN LATERAL unnest(coalesce(p.proacl, acldefault('f', p.proowner))::text[]) a WHERE m.classid = 'pg_proc'::regclass
	UNION ALL SELECT format('relation grant %s %s', c.oid::regclass, a) FROM member m JOIN pg_class c ON c.oid = m.objid
		CROSS JOIN LATERAL unnest(coalesce(c.relacl, acldefault('r', c.relowner))::text[]) a WHERE m.classid = 'pg_class'::regclass
	UNION ALL SELECT format('schema grant %s', a) FROM pg_namespace, unnest(nspacl::text[]) a WHERE nspname = 'aksara'
	UNION ALL SELECT format('initial grant %s %s', m.identity, a) FROM member m
		JOIN pg_init_privs i ON i.classoid = m.classid AND i.objoid = m.objid, unnest(i.initprivs::text[]) a
	UNION ALL SELECT format('column %s %s %s %s %s %s %s', a.attrelid::regclass, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod),
			a.attnotnull, a.attisdropped, pg_get_expr(d.adbin, d.adrelid))
		FROM member m JOIN pg_attribute a ON a.attrelid = m.objid LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
		WHERE m.classid = 'pg_class'::regclass AND a.attnum > 0
	UNION ALL SELECT format('constraint %s %s %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
		FROM member m JOIN pg_constraint k ON k.conrelid = m.objid WHERE m.classid = 'pg_class'::regclass
	UNION ALL SELECT 'index ' || pg_get_indexdef(i.indexrelid) FROM member m JOIN pg_index i ON i.indrelid = m.objid
		WHERE m.classid = 'pg_class'::regclass
	UNION ALL SELECT format('trigger %s %s', pg_get_triggerdef(t.oid), t.tgenabled) FROM member m JOIN pg_trigger t ON t.tgrelid = m.objid
		WHERE m.classid = 'pg_class'::regclass AND NOT t.tgisinternal
	UNION ALL SELECT format('event trigger %s %s %s %s %s', evtname, evtevent, evtenabled, evttags, evtfoid::regproc) FROM pg_event_trigger
	UNION ALL SELECT format('view %s %s', m.identity, pg_get_viewdef(c.oid)) FROM member m JOIN pg_class c ON c.oid = m.objid
		WHERE m.classid = 'pg_class'::regclass AND c.relkind = 'v'
	UNION ALL SELECT format('policy %s %s', p.polrelid::regclass, p.polname) FROM pg_policy p
	UNION ALL SELECT format('cast %s %s %s %s', castsource::regtype, casttarget::regtype, castcontext, castmethod)
		FROM member m JOIN pg_cast c ON c.oid = m.objid WHERE m.classid = 'pg_cast'::regclass
	UNION ALL SELECT format('operator %s %s %s', o.oid::regoperator, o.oprcode, o.oprrest)
		FROM member m JOIN pg_operator o ON o.oid = m.objid WHERE m.classid = 'pg_operator'::regclass
	UNION ALL SELECT format('type %s %s %s %s', t.oid::regtype, t.typinput, t.typstorage, t.typcategory)
		FROM member m JOIN pg_type t ON t.oid = m.objid WHERE m.classid = 'pg_type'::regclass
	UNION ALL SELECT format('dumped %s %s', c::regclass, w) FROM pg_extension e, unnest(e.extconfig, e.extcondition) u (c, w)
		WHERE e.extname = 'aksara'
) everything (line)
ORDER BY line COLLATE "C";
SQL
}

# The lines that stand in one and not in the other.
sub differences {
	my ($a, $b) = @_;
	my %a = map { $_ => 1 } split /\n/, $a;
	my %b = map { $_ => 1 } split /\n/, $b;
	return join "\n", (map { "- $_" } grep { !$b{$_} } sort keys %a), (map { "+ $_" } grep { !$a{$_} } sort keys %b);
}

$node->safe_psql('postgres', 'CREATE DATABASE new; CREATE DATABASE old; CREATE DATABASE met');
$node->safe_psql('new', 'CREATE EXTENSION aksara');
$node->safe_psql('old', q{
	CREATE EXTENSION aksara VERSION '0.1.0';
	CREATE TABLE public.users (id bigint PRIMARY KEY, name text NOT NULL);
	INSERT INTO aksara.model VALUES ('public', 'User', 'users', '{}');
	INSERT INTO aksara.field VALUES ('public', 'User', 'id', 1, 'BigInteger', 'id', '{}'), ('public', 'User', 'name', 2, 'Text', 'name', '{}');
	INSERT INTO public.users VALUES (1, 'Ann');
});

# Before the update: reads go on, changes say what to do, DDL by hand is not held up.
is($node->safe_psql('old', q{SELECT aksara.get('User', '{"pk": 1}') ->> 'name'}), 'Ann', 'before the update models are read');
my ($rc, $out, $err) = $node->psql('old', q{SELECT aksara.create_model('Post', '{"title": "Text"}')});
like($err, qr/is of version 0\.1\.0, its library of version .*ALTER EXTENSION aksara UPDATE/s, 'and a change says what to do');
is($node->safe_psql('old', 'ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME TO users; SELECT 1'), '1', 'DDL by hand goes on');

$node->safe_psql('old', 'ALTER EXTENSION aksara UPDATE');
my ($new, $old) = (catalog('new'), catalog('old'));
cmp_ok(length $new, '>', 10000, 'there is much to compare');
is(differences($new, $old), '', 'updated and new are the same');
is($node->safe_psql('old', q{SELECT aksara.create_model('Post', '{"author": {"type": "ForeignKey", "to": "User"}}');
	SELECT aksara.get('User', '{"pk": 1}') ->> 'name'; SELECT count(*) FROM aksara.check_registry()}), "posts\nAnn\n0",
	'models from before work');

# The proof notices.
my %breakage = (
	'a function left out' => 'ALTER EXTENSION aksara DROP FUNCTION aksara.forget_model(text); DROP FUNCTION aksara.forget_model(text)',
	'another comment' => q{COMMENT ON TABLE aksara.model IS 'x'},
	'a grant' => 'GRANT UPDATE ON aksara.model TO PUBLIC',
	'a trigger' => 'DROP TRIGGER guard ON aksara.field',
	'a column' => 'ALTER TABLE aksara.model_claim ADD COLUMN x int',
	'a dump mark' => q{UPDATE pg_extension SET extconfig = extconfig[2:], extcondition = extcondition[2:] WHERE extname = 'aksara'},
	'a volatility' => 'ALTER FUNCTION aksara.describe(text) VOLATILE',
	'an index' => 'DROP INDEX aksara.relation_target_idx',
);
for my $what (sort keys %breakage) {
	$node->safe_psql('postgres', 'CREATE DATABASE broken TEMPLATE old');
	$node->safe_psql('broken', $breakage{$what});
	isnt(differences($new, catalog('broken')), '', "$what is noticed");
	$node->safe_psql('postgres', 'DROP DATABASE broken');
}

# A stranger prepared objects of the new version's names: the update refuses and leaves all as it was.
$node->safe_psql('met', q{
	CREATE EXTENSION aksara VERSION '0.1.0';
	CREATE ROLE regress_stranger;
	GRANT CREATE ON SCHEMA aksara TO regress_stranger;
	SET ROLE regress_stranger;
	CREATE FUNCTION aksara.forget_model(model text) RETURNS void LANGUAGE sql AS 'SELECT';
});
($rc, $out, $err) = $node->psql('met', 'ALTER EXTENSION aksara UPDATE');
like($err, qr/forget_model\(text\) is not a member of extension "aksara"/, 'a stranger\'s function is not adopted');
is($node->safe_psql('met', q{SELECT extversion FROM pg_extension WHERE extname = 'aksara'}), '0.1.0', 'and nothing was changed');
$node->safe_psql('met', 'DROP FUNCTION aksara.forget_model(text); SET ROLE regress_stranger; CREATE TABLE aksara.model_claim (x int)');
($rc, $out, $err) = $node->psql('met', 'ALTER EXTENSION aksara UPDATE');
like($err, qr/"model_claim" already exists/, 'nor a table');
$node->safe_psql('met', 'DROP TABLE aksara.model_claim; ALTER EXTENSION aksara UPDATE; REVOKE CREATE ON SCHEMA aksara FROM regress_stranger');
is(differences($new, catalog('met')), '', 'without them it goes through');

$node->stop;
done_testing();
