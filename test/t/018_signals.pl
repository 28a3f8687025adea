# Receivers of signals outlive dumps, crashes and restarts; what their handlers write follows the transaction, tasks of asynchronous ones too; restoring and
# replicating rows calls nobody a second time.

use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "max_prepared_transactions = 4\nrestart_after_crash = on");
$node->start;
my $dump = $node->basedir . '/dump';
mkdir $dump;

# Statements as a role; what came out, and the SQLSTATEs of errors and warnings.
sub sql {
	my ($db, $role, $sql) = @_;
	my ($out, $err) = ('', '');
	$node->psql($db, $sql, extra_params => [ '-U', $role, '-v', 'VERBOSITY=sqlstate' ], on_error_stop => 0, stdout => \$out, stderr => \$err);
	return ($out, join ' ', $err =~ /(?:ERROR|WARNING):  (\w+)/g);
}

# A database of alice's with the extension, as an administrator makes it.
sub make_db {
	my ($db) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db OWNER regress_alice TEMPLATE template0");
	$node->safe_psql($db, 'CREATE EXTENSION aksara');
}

sub pg_dump {
	my ($role, $file, @options) = @_;
	$node->command_ok([ 'pg_dump', '-U', $role, '-d', 'source', '-f', "$dump/$file", @options ], "dump by $role: $file @options");
}

# Reads a plain dump; what it complained of, but for comments on the extension, which only its owner may write.
sub restore {
	my ($db, $role, $text) = @_;
	my $err;
	$node->psql($db, $text, extra_params => [ '-U', $role ], on_error_stop => 0, stdout => \my $out, stderr => \$err);
	return join "\n", map { s/.*?(ERROR|WARNING)/$1/r } grep { /ERROR|WARNING/ && !/must be owner of extension/ } split /\n/, $err;
}

# Who receives what, by which triggers, and what the tables hold: handlers called while restoring would show in shop.heard.
sub state_of {
	my ($db) = @_;
	return $node->safe_psql($db, q{
		SELECT r::text FROM aksara.receiver r ORDER BY position, handler;
		SELECT s::text FROM aksara.signal s ORDER BY name;
		SELECT name, handler, options::text FROM aksara.task_definition ORDER BY name;
		SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE tgname LIKE 'aksara%' ORDER BY 1;
		SELECT i::text FROM shop.items i ORDER BY id;
		SELECT o::text FROM shop.others o ORDER BY id;
		SELECT note_id, tag_id FROM shop.note_tags ORDER BY 1, 2;
		SELECT h::text FROM shop.heard h ORDER BY n;
		SELECT * FROM aksara.check_registry();
	});
}

# Every receiver tried by the owner; leaves nothing.
sub works {
	my ($db, $what) = @_;
	my ($out, $err) = sql($db, 'regress_alice', <<'SQL');
BEGIN;
TRUNCATE shop.heard;
INSERT INTO shop.items (code, price) VALUES ('x', 1), ('y', 7) RETURNING code;
UPDATE shop.items SET code = 'z' WHERE code = 'y!';
UPDATE shop.items SET price = 9 WHERE code = 'z!';
SELECT aksara.create('shop.Other', '{"code": "o"}') ->> 'code';
DELETE FROM shop.others WHERE code = 'o';
SELECT aksara.related_add('shop.Note', 1, 'tags', 2);
DELETE FROM shop.note_tags WHERE tag_id = 1;
SELECT string_agg(what, ', ' ORDER BY n) FROM shop.heard;
SELECT args ->> 'handler', args -> 'event' -> 'instance' ->> 'code' FROM aksara.tasks WHERE state = 'due';
SELECT result FROM aksara.send('shop_closed', '{"hour": 5}');
SAVEPOINT a;
DELETE FROM shop.items WHERE code = 'z!';
ROLLBACK;
SQL
	is($out, join("\n", 'x!', 'y!', 'o', '1', 'any Item x!, any Item y!, price y! 7, rows 2, any Item z!, rows 1, any Item z!, price z! 9, rows 1, '
		. 'any Other o, insert 1, gone o, delete 1, pre_add [2], post_add [2], pre_remove [1], post_remove [1]', 'hooks.later|o', '{"hour": 5}'), "$what: the handlers are called");
	is($err, '23514', "$what: and one refuses");
}

$node->safe_psql('postgres', q{
	CREATE ROLE regress_alice LOGIN;
	CREATE ROLE regress_bob LOGIN;
	CREATE ROLE regress_carol LOGIN IN ROLE regress_alice;
});
make_db('source');
$node->safe_psql('source', q{
	SET ROLE regress_alice;
	CREATE SCHEMA shop;
	CREATE SCHEMA hooks;
	CREATE TABLE shop.heard (n bigserial, what text);
	SELECT aksara.create_model('shop.Item', '{"code": "Text", "price": "Integer"}', '{"primary_key": "bigint"}');
	SELECT aksara.create_model('shop.Other', '{"code": "Text"}', '{"primary_key": "bigint"}');
	CREATE FUNCTION hooks."Mark it"(r shop.items, previous shop.items) RETURNS shop.items LANGUAGE plpgsql AS
		$$BEGIN IF r.code IS DISTINCT FROM previous.code THEN r.code := r.code || '!'; END IF; RETURN r; END$$;
	CREATE FUNCTION hooks.price(r shop.items) RETURNS void LANGUAGE plpgsql AS
		$$BEGIN INSERT INTO shop.heard (what) VALUES (format('price %s %s', r.code, r.price)); END$$;
	CREATE FUNCTION hooks.keep(r shop.items) RETURNS boolean LANGUAGE sql RETURN r.price < 9;
	CREATE FUNCTION hooks.gone(e aksara.event) RETURNS void LANGUAGE plpgsql AS
		$$BEGIN INSERT INTO shop.heard (what) VALUES ('gone ' || (e.instance ->> 'code')); END$$;
	CREATE FUNCTION hooks.all_saves(e aksara.event) RETURNS void LANGUAGE plpgsql AS
		$$BEGIN INSERT INTO shop.heard (what) VALUES (format('any %s %s', split_part(e.sender, '.', 2), e.instance ->> 'code')); END$$;
	CREATE FUNCTION hooks.many(e aksara.event) RETURNS void LANGUAGE plpgsql AS
		$$BEGIN INSERT INTO shop.heard (what) VALUES (format('%s %s', e.action, jsonb_array_length(e.ids))); END$$;
	CREATE FUNCTION hooks.rows() RETURNS trigger LANGUAGE plpgsql AS
		$$BEGIN INSERT INTO shop.heard (what) SELECT format('rows %s', count(*)) FROM new_rows; RETURN NULL; END$$;
	CREATE FUNCTION hooks.later(e aksara.event) RETURNS void LANGUAGE plpgsql AS
		$$BEGIN INSERT INTO shop.heard (what) VALUES ('later ' || (e.instance ->> 'code')); END$$;
	CREATE FUNCTION hooks.closed(e aksara.event) RETURNS jsonb LANGUAGE plpgsql AS $$BEGIN RETURN e.extra; END$$;
	SELECT aksara.create_model('shop.Tag', '{"code": "Text"}', '{"primary_key": "bigint"}');
	SELECT aksara.create_model('shop.Note', '{"code": "Text", "tags": {"type": "ManyToMany", "to": "Tag"}}', '{"primary_key": "bigint"}');
	CREATE FUNCTION hooks.linked(e aksara.event) RETURNS void LANGUAGE plpgsql AS
		$$BEGIN INSERT INTO shop.heard (what) VALUES (format('%s %s', e.action, e.ids)); END$$;
	SELECT aksara.connect('m2m_changed', 'hooks.linked', 'shop.Note', fields => '{tags}');
	SELECT aksara.create_signal('shop_closed', '{hour}', 'nobody is there');
	SELECT aksara.connect('shop_closed', 'hooks.closed');
	SELECT aksara.connect('post_bulk', 'hooks.many', 'shop.Other');
	SELECT aksara.connect('post_save', 'hooks.rows', 'shop.Item', level => 'statement');
	SELECT aksara.connect('post_save', 'hooks.later', 'shop.Other', async => true);
	SELECT aksara.connect('pre_save', 'hooks."Mark it"', 'shop.Item', priority => -3);
	SELECT aksara.connect('post_save', 'hooks.price', 'shop.Item', 'the price', priority => 2, condition => 'price > 5', fields => '{price}');
	SELECT aksara.connect('pre_delete', 'hooks.keep', 'shop.Item');
	SELECT aksara.connect('post_delete', 'hooks.gone', 'shop.Other');
	SET ROLE regress_carol;
	SELECT aksara.connect('post_save', 'hooks.all_saves');
	SET ROLE regress_alice;
	INSERT INTO shop.items (code, price) VALUES ('a', 1), ('b', 7);
	INSERT INTO shop.others (code) VALUES ('c');
	CALL aksara.run_tasks();
	INSERT INTO shop.tags (code) VALUES ('d'), ('e');
	INSERT INTO shop.notes (code) VALUES ('f');
	SELECT aksara.related_add('shop.Note', 1, 'tags', 1);
});
is($node->safe_psql('source', q{SELECT role, sender IS NULL FROM aksara.receiver WHERE handler = 'hooks.all_saves'}), 'regress_carol|t',
	'a receiver of all models is of who connected it');
works('source', 'before');
my $state = state_of('source');
like($state, qr/any Item a!/, 'something was heard');

# ---- dumps ----

pg_dump('regress_alice', 'owner.sql');
pg_dump('postgres', 'super.sql');
pg_dump('regress_alice', 'custom', '-Fc', '--no-comments');
my $owner = slurp_file("$dump/owner.sql");
my $super = slurp_file("$dump/super.sql");

make_db('owner');
like(restore('owner', 'regress_alice', $owner), qr/\AWARNING:  receiver of signal "post_save" was left out of the registry\z/,
	'an owner restores what is his, and is told of a receiver that is not');
is(state_of('owner'), $state =~ s/^[^\n]*hooks\.all_saves[^\n]*\n//mr, 'owner: the rest is the same, and restoring called nobody');
is(restore('owner', 'regress_carol', $owner =~ /^(COPY aksara\.free_receiver .*?^\\\.\n)/ms ? $1 : die), '', 'whose it is brings it');
is(state_of('owner'), $state, 'owner: all is the same');
works('owner', 'owner');

$node->safe_psql('postgres', 'CREATE DATABASE super TEMPLATE template0');
is(restore('super', 'postgres', $super), '', 'restored by a superuser');
is(state_of('super'), $state, 'superuser: all is the same');
works('super', 'superuser');

make_db('parallel');
$node->command_ok([ 'pg_restore', '-U', 'regress_carol', '-j', '4', '--role=regress_alice', '-d', 'parallel', "$dump/custom" ], 'pg_restore -j4 by its owner');
$node->safe_psql('parallel', q{SET ROLE regress_carol; SELECT aksara.connect('post_save', 'hooks.all_saves')});
is(state_of('parallel'), $state, '-j4: what was left out and is connected anew is the same');
make_db('administrator');
$node->command_ok([ 'pg_restore', '-j', '4', '-d', 'administrator', "$dump/custom" ], 'pg_restore -j4 by a superuser');
is(state_of('administrator'), $state, '-j4: all is the same');
works('administrator', '-j4');

# A role that does not exist here: its receivers are kept and count for nothing, until there is such a role.
my $nobody = $super =~ s/\bregress_carol\b/regress_dora/gr;
$node->safe_psql('postgres', 'CREATE DATABASE nobody TEMPLATE template0');
is(restore('nobody', 'postgres', $nobody), '', 'a receiver of a role that is not here');
my $heard = q{
	BEGIN;
	INSERT INTO shop.others (code) VALUES ('n');
	SELECT what FROM shop.heard WHERE what ~ 'n$';
	ROLLBACK;
};
is_deeply([ sql('nobody', 'regress_alice', $heard) ], [ '', '' ], 'is not called');
is($node->safe_psql('nobody', q{SELECT role FROM aksara.receiver WHERE handler = 'hooks.all_saves'}), 'regress_dora', 'but shown');
make_db('unheard');
like(restore('unheard', 'regress_alice', $nobody), qr/WARNING:  receiver of signal "post_save" was left out/, 'an owner does not bring it');
$node->safe_psql('postgres', 'CREATE ROLE regress_dora');
is_deeply([ sql('nobody', 'regress_alice', $heard) ], [ '', '' ], 'a role that may not act for the owner is not listened to');
$node->safe_psql('postgres', 'GRANT regress_alice TO regress_dora');
is_deeply([ sql('nobody', 'regress_alice', $heard) ], [ 'any Other n', '' ], 'and one that may is');

# Without the table of a model the others work; the table comes later with its triggers.
pg_dump('postgres', 'without.sql', '-T', 'shop.others');
pg_dump('postgres', 'later.sql', '-t', 'shop.others');
$node->safe_psql('postgres', 'CREATE DATABASE without TEMPLATE template0');
is(restore('without', 'postgres', slurp_file("$dump/without.sql")), '', '-T of a table');
is_deeply([ sql('without', 'regress_alice', q{BEGIN; INSERT INTO shop.items (code, price) VALUES ('x', 1) RETURNING code; ROLLBACK}) ], [ 'x!', '' ],
	'-T: the others work');
is($node->safe_psql('without', q{SELECT count(*) FROM aksara.receiver WHERE sender = 'shop.Other'}), '3', '-T: the receivers wait for their table');
is(restore('without', 'postgres', slurp_file("$dump/later.sql")), '', 'the missing table comes');
is(state_of('without'), $state, 'and all is the same');
works('without', 'adopted');

# A table that comes without its triggers calls nobody, so that a restore stays silent; what is missing is told, and made by connecting.
$node->safe_psql('postgres', 'CREATE DATABASE byhand TEMPLATE template0');
restore('byhand', 'postgres', slurp_file("$dump/without.sql"));
my $finding = q{SELECT kind, model, problem FROM aksara.check_registry()};
is_deeply([ sql('byhand', 'regress_alice', q{
	CREATE TABLE shop.others (id bigint PRIMARY KEY, code text);
	INSERT INTO shop.others VALUES (1, 'silent');} . $finding) ],
	[ 'receiver|shop.Other|table shop.others has no trigger "aksara_1_signal_after"; connect a receiver again', '' ], 'a table made by hand');
is_deeply([ sql('byhand', 'regress_alice', q{
	SELECT aksara.connect('post_save', 'hooks.later', 'shop.Other', async => true);
	INSERT INTO shop.others VALUES (2, 'loud');
	CALL aksara.run_tasks();
	SELECT string_agg(what, ', ' ORDER BY n) FROM shop.heard WHERE what ~ 'silent|loud';} . $finding) ],
	[ "f\n1\nany Other loud, later loud", '' ], 'has them after connecting again');

# What watched fields that are gone goes with the last of them, by whatever way they went.
is_deeply([ sql('byhand', 'regress_alice', q{
	SELECT aksara.add_field('shop.Item', 'size', '{"type": "Integer", "nullable": true}');
	SELECT aksara.connect('post_save', 'hooks.price', 'shop.Item', 'both', fields => '{price,size}'), aksara.connect('post_save', 'hooks.price', 'shop.Item', 'size', fields => '{size}');
	ALTER TABLE shop.items DROP COLUMN size;
	SELECT dispatch_uid, fields FROM aksara.receiver WHERE handler = 'hooks.price' ORDER BY position;}) ],
	[ "\nt|t\nthe price|[\"price\"]\nboth|[\"price\"]", '' ], 'fields that are gone are watched no more');

# Data into tables that are there: handlers are called as by any write, unless the owner says that he restores.
pg_dump('regress_alice', 'data.sql', '--data-only', '-t', 'shop.items', '-t', 'shop.note_tags');
pg_dump('postgres', 'silent.sql', '--data-only', '--disable-triggers', '-t', 'shop.items', '-t', 'shop.note_tags');
my $data = slurp_file("$dump/data.sql");
my $rows = q{SELECT string_agg(code, ' ' ORDER BY code), (SELECT string_agg(what, ', ' ORDER BY n) FROM shop.heard) FROM shop.items};
sub data_only {
	my ($what, $role, $text, $expected, $options) = @_;
	local $ENV{PGOPTIONS} = $options;
	$node->safe_psql('owner', 'TRUNCATE shop.items, shop.note_tags, shop.heard', extra_params => [ '-U', 'regress_alice' ]);
	is(restore('owner', $role, $text), '', "--data-only $what");
	is($node->safe_psql('owner', $rows), $expected, "--data-only $what: what was heard");
}
my $loud = 'a!! b!!|any Item a!!, any Item b!!, price b!! 7, rows 2, pre_add [1], post_add [1]';
data_only('', 'regress_alice', $data, $loud, '');
data_only('while restoring', 'regress_alice', $data, 'a! b!|', '-c aksara.restoring=on');
data_only('by a superuser while restoring', 'postgres', $data, 'a! b!|', '-c aksara.restoring=on');
data_only('--disable-triggers', 'postgres', slurp_file("$dump/silent.sql"), 'a! b!|', '');
$node->safe_psql('owner', q{SET ROLE regress_alice; GRANT USAGE ON SCHEMA shop, hooks TO regress_bob; GRANT INSERT ON shop.items, shop.heard, shop.note_tags TO regress_bob;
	GRANT USAGE ON shop.heard_n_seq TO regress_bob});
data_only('by another', 'regress_bob', $data =~ s/^SELECT pg_catalog\.setval.*\n//mr, $loud, '-c aksara.restoring=on');

# ---- crashes ----

$node->restart;
is(state_of('source'), $state, 'a restart keeps all');
works('source', 'restarted');

# A statement that comes to a handler that sleeps, and its end.
sub interrupt {
	my ($statement, $end) = @_;
	my ($out, $err) = ('', '');
	my $session = IPC::Run::start([ 'psql', '-XqAt', '-d', $node->connstr('source'), '-c', $statement ],
		'<', \undef, '>', \$out, '2>', \$err);
	$node->poll_query_until('source', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'}) or die "no handler sleeps: $err";
	$end->($node->safe_psql('source', q{SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'}));
	eval { $session->finish };
	$node->poll_query_until('source', 'SELECT 1', '1');
}
sub interrupted {
	my ($what, $insert, $end) = @_;
	interrupt($insert, $end);
	is(state_of('source'), $state, "$what: no trace of it");
	works('source', $what);
}
# The row is there; its task is due as before, and is taken back here.
sub interrupted_later {
	my ($what, $end) = @_;
	my $call = q{task = 'aksara.signal' AND state <> 'cancelled' AND args -> 'event' -> 'instance' ->> 'code' = 'slow'};
	my $last = $node->safe_psql('source', 'SELECT max(n) FROM shop.heard');
	$node->safe_psql('source', q{INSERT INTO shop.others (code) VALUES ('slow')});
	interrupt('CALL aksara.run_tasks()', $end);
	is($node->safe_psql('source', qq{SELECT state, attempts FROM aksara.tasks WHERE $call; SELECT what FROM shop.heard WHERE n > $last ORDER BY n}),
		"due|0\nany Other slow\ninsert 1", "$what: its task is due, the rest is there");
	$node->safe_psql('source', qq{SELECT aksara.cancel(id) FROM aksara.tasks WHERE $call; SET session_replication_role = replica;
		DELETE FROM shop.others WHERE code = 'slow'; DELETE FROM shop.heard WHERE n > $last});
	is(state_of('source'), $state, "$what: no trace of it");
	works('source', $what);
}
my $slow = q{INSERT INTO shop.items (code, price) VALUES ('slow', 6), ('never', 6)};
$node->safe_psql('source', q{
	CREATE OR REPLACE FUNCTION hooks.price(r shop.items) RETURNS void LANGUAGE plpgsql AS
		$$BEGIN INSERT INTO shop.heard (what) VALUES (format('price %s %s', r.code, r.price)); IF r.code = 'slow!' THEN PERFORM pg_sleep(180); END IF; END$$;
	CREATE OR REPLACE FUNCTION hooks.later(e aksara.event) RETURNS void LANGUAGE plpgsql AS $$BEGIN
		INSERT INTO shop.heard (what) VALUES ('later ' || (e.instance ->> 'code'));
		IF e.instance ->> 'code' = 'slow' THEN PERFORM pg_sleep(180); END IF;
		IF e.instance ->> 'code' = 'fail' THEN RAISE division_by_zero; END IF;
	END$$;
});
interrupted('kill -9 in the middle of a handler', $slow, sub { kill 'KILL', $_[0] });
interrupted_later('kill -9 in the middle of an asynchronous handler', sub { kill 'KILL', $_[0] });
interrupted('an immediate stop', $slow, sub { $node->stop('immediate'); $node->start });
interrupted_later('a cancelled call of run_tasks()', sub { $node->safe_psql('source', "SELECT pg_cancel_backend($_[0])") });
interrupted('a cancelled statement', $slow, sub { $node->safe_psql('source', "SELECT pg_cancel_backend($_[0])") });

# ---- prepared transactions ----

# What is there of a row, and heard of it, once the tasks have run.
sub seen {
	my ($code) = @_;
	$node->safe_psql('source', 'CALL aksara.run_tasks()', extra_params => [ '-U', 'regress_alice' ]);
	return $node->safe_psql('source', qq{SELECT (SELECT count(*) FROM shop.others WHERE code = '$code'), (SELECT count(*) FROM shop.heard WHERE what = 'any Other $code'),
		(SELECT count(*) FROM shop.heard WHERE what = 'later $code')});
}
for my $end ('COMMIT', 'ROLLBACK') {
	my $code = lc $end;
	$node->safe_psql('source', qq{BEGIN; INSERT INTO shop.others (code) VALUES ('$code'); PREPARE TRANSACTION 'one'}, extra_params => [ '-U', 'regress_alice' ]);
	is(seen($code), '0|0|0', "prepared: neither the row nor what its handler wrote is there");
	$node->stop('immediate');
	$node->start;
	$node->safe_psql('source', "$end PREPARED 'one'");
	is(seen($code), $end eq 'COMMIT' ? '1|1|1' : '0|0|0', "$end PREPARED after a crash: both go together");
}
is_deeply([ sql('source', 'regress_alice', q{BEGIN; INSERT INTO shop.others (code) VALUES ('fail'); PREPARE TRANSACTION 'failed'; COMMIT PREPARED 'failed'}) ],
	[ '', '' ], 'an asynchronous handler that will fail refuses nothing');
is(seen('fail'), '1|1|0', 'the row is there');
is($node->safe_psql('source', q{SELECT state, attempts FROM aksara.tasks WHERE args -> 'event' -> 'instance' ->> 'code' = 'fail'}), 'waiting|1', 'its task waits for another attempt');
is($node->safe_psql('source', q{
	BEGIN;
	SELECT aksara.disable_signals('shop.Other');
	INSERT INTO shop.others (code) VALUES ('silent');
	PREPARE TRANSACTION 'two';
	SELECT aksara.signals_enabled('shop.others');
	INSERT INTO shop.others (code) VALUES ('loud');
	COMMIT PREPARED 'two';
}, extra_params => [ '-U', 'regress_alice' ]), "\nt", 'disable_signals ends with the transaction that is prepared');
is(seen('silent') . ' ' . seen('loud'), '1|0|0 1|1|1', 'and counts for its rows alone');
$node->safe_psql('source', q{
	BEGIN;
	SELECT aksara.connect('post_save', 'hooks.gone', 'shop.Other', 'saved');
	PREPARE TRANSACTION 'three';
}, extra_params => [ '-U', 'regress_alice' ]);
$node->stop('immediate');
$node->start;
is($node->safe_psql('source', q{SELECT count(*) FROM aksara.receiver WHERE dispatch_uid = 'saved'}), '0', 'a receiver in a prepared transaction is none yet');
$node->safe_psql('source', q{COMMIT PREPARED 'three'});
$node->safe_psql('source', q{INSERT INTO shop.others (code) VALUES ('both'); CALL aksara.run_tasks()}, extra_params => [ '-U', 'regress_alice' ]);
is($node->safe_psql('source', q{SELECT string_agg(what, ', ' ORDER BY n) FROM shop.heard WHERE what ~ 'both'}), 'any Other both, gone both, later both', 'and is one after its commit');
$node->safe_psql('source', q{SELECT aksara.disconnect('post_save', sender => 'shop.Other', dispatch_uid => 'saved')}, extra_params => [ '-U', 'regress_alice' ]);

# ---- standby ----

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->safe_psql('source', q{SELECT aksara.connect('post_delete', 'hooks.gone', 'shop.Other', 'twice')}, extra_params => [ '-U', 'regress_alice' ]);
$node->wait_for_catchup($standby);
my $receivers = q{SELECT r::text FROM aksara.receiver r ORDER BY position; SELECT * FROM aksara.check_registry(); SELECT aksara.signals_enabled('shop.others'); SELECT aksara.describe('shop.Item')};
is($standby->safe_psql('source', $receivers), $node->safe_psql('source', $receivers), 'a standby shows the receivers');
for my $write (q{aksara.connect('post_save', 'hooks.gone', 'shop.Other')}, q{aksara.connect('post_save', 'hooks.gone')}, q{aksara.disconnect('post_delete', 'hooks.gone', 'shop.Other', 'twice')}) {
	my ($rc, $out, $err) = $standby->psql('source', "SELECT $write", extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);
	like($err, qr/ERROR:  25006/, "refused there: $write");
}
$standby->promote;
is($standby->safe_psql('source', q{INSERT INTO shop.items (code, price) VALUES ('p', 8) RETURNING code; SELECT count(*) FROM shop.heard WHERE what = 'price p! 8'}),
	"p!\n1", 'promoted, it calls them');
$standby->stop;

# ---- logical replication ----

# Rows that come by it were heard where they were written.
$node->safe_psql('source', q{CREATE PUBLICATION ours FOR TABLE shop.items, shop.note_tags; SELECT pg_create_logical_replication_slot('theirs', 'pgoutput')});
$node->safe_psql('super', 'TRUNCATE shop.items, shop.note_tags, shop.heard');
$node->safe_psql('super', q{CREATE SUBSCRIPTION theirs CONNECTION '} . $node->connstr . ' dbname=source' . q{' PUBLICATION ours WITH (create_slot = false, slot_name = 'theirs')});
$node->wait_for_subscription_sync($node, 'theirs', 'super');
$node->safe_psql('source', q{
	INSERT INTO shop.items (code, price) VALUES ('r', 7);
	UPDATE shop.items SET price = 8 WHERE code = 'r!';
	DELETE FROM shop.items WHERE code = 'a!';
	SELECT aksara.related_add('shop.Note', 1, 'tags', 2);
});
$node->wait_for_catchup('theirs');
is($node->safe_psql('super', "$rows; SELECT count(*) FROM shop.note_tags"), "b! r!|\n2", 'what replication brings calls nobody, and comes as handlers left it');
is($node->safe_psql('source', q{SELECT string_agg(what, ', ' ORDER BY n) FROM shop.heard WHERE what ~ 'r!'}), 'any Item r!, price r! 7, any Item r!, price r! 8',
	'where it was written it was heard');
$node->safe_psql('super', q{INSERT INTO shop.items (id, code, price) VALUES (99, 'own', 1)});
is($node->safe_psql('super', $rows), 'b! own! r!|any Item own!, rows 1', 'and so is what is written here');
$node->safe_psql('super', 'DROP SUBSCRIPTION theirs');

# ---- without the extension ----

$node->safe_psql('super', 'DROP EXTENSION aksara CASCADE');
is($node->safe_psql('super', q{INSERT INTO shop.items (id, code, price) VALUES (100, 'plain', 7) RETURNING code}), 'plain', 'without the extension nobody is called');

$node->stop;
done_testing();
