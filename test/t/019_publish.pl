# publish: what those who listen are told of rows, when, and in which order.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "max_prepared_transactions = 2");
$node->start;
$node->safe_psql('postgres', q{CREATE DATABASE news TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'});
$node->safe_psql('news', 'CREATE EXTENSION aksara');

# What a session that listens is told by statements of its own: a line each, "channel payload", and its answers between.
sub told {
	my ($statements, $channels) = @_;
	my ($out, $err) = ('', '');
	my $listen = join '', map {"LISTEN \"$_\";\n"} @{ $channels // ['aksara_model_events_posts'] };
	$node->psql('news', "SET client_min_messages = error;\n$listen$statements", extra_params => [ '-v', 'VERBOSITY=terse' ],
		on_error_stop => 0, stdout => \$out, stderr => \$err);
	$out =~ s/^Asynchronous notification "(.*)" with payload "(.*)" received from server process with PID \d+\.$/$1 $2/mg;
	$out =~ s/^aksara_model_events_posts //mg;
	return join "\n", grep { $_ ne '' } $out, $err;
}

is($node->safe_psql('news', q{
	SELECT aksara.create_model('Post', '{"title": "String", "body": {"type": "Text", "nullable": true}, "views": {"type": "Integer", "default": 0},
		"double": {"type": "Generated", "expression": "views * 2", "output_field": "Integer"}}', '{"primary_key": "bigint"}');
	SELECT aksara.publish('Post');
}), "posts\naksara_model_events_posts", 'a model is published, on a channel named by its table');

is(told(q{INSERT INTO posts (title) VALUES ('one'), ('zwölf "12" \ '); UPDATE posts SET title = 'uno', views = views WHERE id = 1; UPDATE posts SET views = 1, title = title; DELETE FROM posts WHERE id = 2;}),
	join("\n",
		'{"action": "insert", "model": "public.Post", "key": 1}',
		'{"action": "insert", "model": "public.Post", "key": 2}',
		'{"action": "update", "model": "public.Post", "key": 1, "fields": ["title"]}',
		'{"action": "update", "model": "public.Post", "key": 2, "fields": ["views", "double"]}',
		'{"action": "update", "model": "public.Post", "key": 1, "fields": ["views", "double"]}',
		'{"action": "delete", "model": "public.Post", "key": 2}'),
	'what happened to each row, and which fields have other values, without a value');
is(told(q{UPDATE posts SET title = title; UPDATE posts SET id = 7 WHERE id = 1;}),
	join("\n", '{"action": "update", "model": "public.Post", "key": 1, "fields": []}', '{"action": "update", "model": "public.Post", "key": 7, "fields": ["id"]}'),
	'an update that changes nothing, and one of the key');

is(told(q{BEGIN;
INSERT INTO posts (title) VALUES ('late');
\echo not yet
SAVEPOINT s; INSERT INTO posts (title) VALUES ('lost'); ROLLBACK TO s;
UPDATE posts SET views = 5 WHERE title = 'late';
\echo nor now
COMMIT;
BEGIN; INSERT INTO posts (title) VALUES ('never'); ROLLBACK;
\echo end}),
	join("\n", 'not yet', 'nor now', '{"action": "insert", "model": "public.Post", "key": 3}',
		'{"action": "update", "model": "public.Post", "key": 3, "fields": ["views", "double"]}', 'end'),
	'after the commit alone, in order, without what a savepoint took back');
is(told(q{BEGIN; UPDATE posts SET views = 6 WHERE id = 3; UPDATE posts SET views = 7 WHERE id = 3; COMMIT;}),
	'{"action": "update", "model": "public.Post", "key": 3, "fields": ["views", "double"]}', 'what would be told twice in a transaction is told once');
like(told(q{BEGIN; UPDATE posts SET views = 8 WHERE id = 3; PREPARE TRANSACTION 'p';}), qr/cannot PREPARE a transaction that has executed LISTEN, UNLISTEN, or NOTIFY/,
	'NOTIFY and two-phase commit do not go together');

# Values where they are asked for, of rows that are wanted.
is($node->safe_psql('news', q{SELECT aksara.unpublish('Post'), aksara.unpublish('Post'), aksara.publish('Post', 'Über "posts"', data => '{title,body,double}', condition => 'views >= 0')}),
	'f|t|Über "posts"' =~ s/^f\|t/t|f/r, 'published elsewhere') or diag 'unpublish';
is(told(q{DELETE FROM posts; INSERT INTO posts (id, title, body, views) OVERRIDING SYSTEM VALUE VALUES (10, 'Zürich "x" 😀', E'a\n\tb', 2), (11, 'hidden', NULL, -1); UPDATE posts SET views = views + 1, body = NULL;}, ['Über ""posts""']) =~ s/^Über "posts" (?!.*insert|.*update).*\n//mgr,
	join("\n",
		'Über "posts" {"action": "insert", "model": "public.Post", "key": 10, "data": {"title": "Zürich \"x\" 😀", "body": "a\n\tb", "double": 4}}',
		'Über "posts" {"action": "update", "model": "public.Post", "key": 10, "fields": ["body", "views", "double"], "data": {"title": "Zürich \"x\" 😀", "body": null, "double": 6}}',
		'Über "posts" {"action": "update", "model": "public.Post", "key": 11, "fields": ["views", "double"], "data": {"title": "hidden", "body": null, "double": 0}}'),
	'values of some fields, where the condition holds, over a channel that needs quotes');
is(told(q{UPDATE posts SET body = repeat('ü', 4000) WHERE id = 10; UPDATE posts SET body = repeat('x', 7700) WHERE id = 10;}, ['Über ""posts""']) =~ s/x{100,}/x…/r,
	join("\n", 'Über "posts" {"action": "update", "model": "public.Post", "key": 10}',
		'Über "posts" {"action": "update", "model": "public.Post", "key": 10, "fields": ["body"], "data": {"title": "Zürich \"x\" 😀", "body": "x…", "double": 6}}'),
	'of what is too long for NOTIFY the key alone, counted in bytes');

# Renamed and dropped with the field.
is(told(q{DO $$BEGIN PERFORM aksara.rename_field('Post', 'body', 'text'), aksara.rename_field('Post', 'title', 'head'); END$$; ALTER TABLE posts RENAME COLUMN text TO contents; UPDATE posts SET contents = 'short', views = 1 WHERE id = 10;}, ['Über ""posts""']),
	'Über "posts" {"action": "update", "model": "public.Post", "key": 10, "fields": ["text", "views", "double"], "data": {"head": "Zürich \"x\" 😀", "text": "short", "double": 2}}',
	'by the names that fields have now');
is(told(q{SELECT aksara.remove_field('Post', 'text'); UPDATE posts SET views = 2 WHERE id = 10; SELECT aksara.rename_model('Post', 'Article'); UPDATE articles SET views = 3 WHERE id = 10;}, ['Über ""posts""']) =~ s/^\w*\n//mgr,
	join("\n", 'Über "posts" {"action": "update", "model": "public.Post", "key": 10, "fields": ["views", "double"], "data": {"head": "Zürich \"x\" 😀", "double": 4}}',
		'Über "posts" {"action": "update", "model": "public.Article", "key": 10, "fields": ["views", "double"], "data": {"head": "Zürich \"x\" 😀", "double": 6}}'),
	'without a field that is gone');

# Keys that are too long, of several fields, and none.
is(told(q{SELECT aksara.create_model('Word', '{"word": {"type": "Text", "primary_key": true}}'); SELECT aksara.publish('Word', 'w');
SELECT aksara.create_model('Seat', '{"row": "Integer", "no": "Integer", "sold": {"type": "Boolean", "default": false}}', '{"primary_key": ["row", "no"]}'); SELECT aksara.publish('Seat', 's', '{sold}');
CREATE TABLE bare (a int); SELECT aksara.adopt_table('bare', 'Bare') IS NOT NULL; SELECT aksara.publish('Bare', 'b');
INSERT INTO words VALUES ('ok'); INSERT INTO seats (row, no) VALUES (1, 2); INSERT INTO bare VALUES (1);
INSERT INTO words VALUES (repeat('w', 9000));}, [qw(w s b)]) =~ s/^(?:words|seats|t|w|s|b)\n//mgr,
	join("\n", 'w {"action": "insert", "model": "public.Word", "key": "ok"}', 's {"action": "insert", "model": "public.Seat", "key": {"row": 1, "no": 2}, "data": {"sold": false}}',
		'b {"action": "insert", "model": "public.Bare", "key": null}', 'w {"action": "insert", "model": "public.Word"}'),
	'keys of all kinds');

is(told(q{BEGIN; SELECT aksara.disable_signals('Article'); UPDATE articles SET views = 4 WHERE id = 10; COMMIT; SELECT aksara.unpublish('Article', 'Über "posts"'); UPDATE articles SET views = 5 WHERE id = 10;}, ['Über ""posts""']),
	"\nt", 'nothing where signals are disabled, nor once it is published no more');

# What cannot be published.
$node->safe_psql('postgres', 'CREATE ROLE regress_publish');
for (
	[ q{aksara.publish('Nothing')},                                  'Nothing' ],
	[ q{aksara.publish(NULL)},                                       'argument "model" must not be null' ],
	[ q{aksara.publish('Article', '')},                              'the name of a channel must have 1 to 63 bytes' ],
	[ q{aksara.publish('Article', repeat('ü', 32))},                 'the name of a channel must have 1 to 63 bytes' ],
	[ q{aksara.publish('Article', 'c', '{titel}')},                  'titel' ],
	[ q{aksara.publish('Article', 'c', '{NULL}')},                   'argument "data" must not be null' ],
	[ q{aksara.publish('Article', 'c', '{}')},                       'names none' ],
	[ q{aksara.publish('Article', 'c', condition => 'nobody > 1')},  'nobody' ],
	[ q{aksara.connect('post_save', 'aksara.publish', 'Article')},   'aksara.publish' ],
	[ q{aksara.apply_operation('{"op": "connect", "signal": "pre_save", "handler": "aksara.publish", "channel": "c", "sender": "Article"}')}, 'pre_save' ],
	[ q{aksara.apply_operation('{"op": "connect", "signal": "post_save", "handler": "aksara.publish", "channel": "c"}')}, 'a channel is of post_save or post_delete of one model' ],
	[ q{aksara.apply_operation('{"op": "connect", "signal": "post_save", "handler": "aksara.publish", "channel": "c", "sender": "Article", "async": true}')}, 'a channel is of' ],
	[ q{aksara.apply_operation('{"op": "connect", "signal": "post_save", "handler": "aksara.publish", "channel": "", "sender": "Article"}')}, 'channel' ],
	[ q{aksara.apply_operation('{"op": "connect", "signal": "post_save", "handler": "aksara.publish", "channel": 1, "sender": "Article"}')}, 'channel' ],
	[ q{aksara.apply_operation('{"op": "connect", "signal": "post_save", "handler": "aksara.publish", "level": "statement", "channel": "c", "sender": "Article"}')}, 'a channel is of' ],
) {
	my ($call, $word) = @$_;
	like(told("SELECT $call;", []), qr/ERROR:.*\Q$word/, $call);
}
is($node->safe_psql('news', q{SELECT count(*) FROM aksara.receiver WHERE sender = 'public.Article'}), '0', 'nothing of these stays');
$node->safe_psql('news', q{SELECT aksara.publish('Article', 'c'); SELECT aksara.drop_model('Article'); SELECT aksara.drop_model('Word')});
is($node->safe_psql('news', q{SELECT string_agg(DISTINCT sender, ' ') FROM aksara.receiver}), 'public.Bare public.Seat', 'dropped with the model');

$node->stop;
done_testing();
