# A streaming replica reads; what writes fails cleanly there; promotion makes it writable.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->start;
$primary->safe_psql('postgres', q{
	CREATE EXTENSION aksara;
	SELECT aksara.create_model('User', '{"name": "Text", "email": "Email"}', '{"primary_key": "bigint"}');
	SELECT aksara.create_model('Tag', '{"name": "Text"}', '{"primary_key": "bigint"}');
	SELECT aksara.create_model('Post', '{"title": "Text",
		"author": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT", "related_name": "posts"},
		"tags": {"type": "ManyToMany", "to": "Tag"}}', '{"primary_key": "bigint"}');
	INSERT INTO users (name, email) VALUES ('Ann', 'ann@example.com');
	INSERT INTO tags (name) VALUES ('sql');
	SELECT aksara.create('Post', '{"title": "Hello", "author": 1}');
	SELECT aksara.related_add('Post', 1, 'tags', 1);
	CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42';
	SELECT aksara.register_task('answer', 'answer');
	SELECT aksara.enqueue('answer', key => 'k', delay => '1 day');
	SELECT aksara.enqueue('answer');
	CALL aksara.run_tasks();
});
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

# What comes later arrives as well.
$primary->safe_psql('postgres', q{SELECT aksara.create_model('Note', '{"text": "Text"}', '{"primary_key": "bigint"}');
	SELECT aksara.create('Note', '{"text": "later"}')});
$primary->wait_for_catchup($standby);

my @reads = (
	q{SELECT aksara.fetch('{"model": "Post", "filter": {"author__name": "Ann"}, "select_related": ["author"], "prefetch_related": ["tags"]}')},
	q{SELECT aksara.get('Note', '{"pk": 1}')},
	q{SELECT aksara.count('{"model": "User"}')},
	q{SELECT aksara.exists('{"model": "User", "filter": {"posts__tags__name": "sql"}}')},
	q{SELECT p.title FROM aksara.rows(NULL::posts, aksara.objects('Post')) p},
	q{SELECT aksara.related_contains('Post', 1, 'tags', 1)},
	q{SELECT aksara.describe('Post')},
	q{SELECT count(*) FROM aksara.check_registry()},
	q{SELECT * FROM aksara.explain('{"model": "Post"}')},
	q{SELECT id, task, state, result FROM aksara.tasks ORDER BY id},
	q{SELECT aksara.get_task(1)},
	q{SELECT aksara.await_task(2)},
	q{SELECT * FROM aksara.task_stats()},
	q{SELECT * FROM aksara.queues},
);
for my $read (@reads) {
	is($standby->safe_psql('postgres', $read), $primary->safe_psql('postgres', $read), "the same there: $read");
}

my @writes = (
	q{aksara.create('User', '{"name": "Bob", "email": "b@example.com"}')},
	q{aksara.save('User', '{"id": 1, "name": "Bob", "email": "b@example.com"}')},
	q{aksara.bulk_create('Tag', '[{"name": "a"}, {"name": "b"}]')},
	q{aksara.update('{"model": "User"}', '{"name": "x"}')},
	q{aksara.delete('{"model": "Post"}')},
	q{aksara.delete_by_key('Post', 1)},
	q{aksara.get_or_create('Tag', '{"name": "new"}', '{}')},
	q{aksara.related_add('Post', 1, 'tags', 2)},
	q{aksara.related_clear('Post', 1, 'tags')},
	q{aksara.create_model('X', '{"name": "Text"}')},
	q{aksara.add_field('Post', 'x', '"Text"')},
	q{aksara.rename_field('Post', 'title', 'x')},
	q{aksara.rename_model('Post', 'Article')},
	q{aksara.remove_field('Post', 'title')},
	q{aksara.drop_model('Post')},
	q{aksara.enqueue('answer')},
	q{aksara.enqueue('answer', key => 'new')},
	q{aksara.enqueue_many('[{"task": "answer", "key": "new"}]')},
	q{aksara.cancel(1)},
	q{aksara.retry(2)},
	q{aksara.purge('0 s')},
	q{aksara.why(1)},
	q{aksara.maintain_tasks()},
	q{aksara.register_task('other', 'answer')},
	q{aksara.pause_queue('default')},
);
for my $write (@writes) {
	my ($rc, $out, $err) = $standby->psql('postgres', "SELECT $write", extra_params => [ '-v', 'VERBOSITY=sqlstate' ]);
	is($err, "psql:<stdin>:1: ERROR:  25006", "refused there: $write");
}

$primary->stop;
$standby->promote;
is($standby->safe_psql('postgres', q{SELECT aksara.create('Tag', '{"name": "after"}') ->> 'name';
	SELECT aksara.create_model('X', '{"name": "Text"}'); SELECT aksara.drop_model('X')}), "after\nxes\n", 'promoted, it writes');
is($standby->safe_psql('postgres', q{SELECT aksara.enqueue('answer') AS id \gset
	CALL aksara.run_tasks();
	SELECT aksara.get_task(:id) ->> 'result'}), "1\n42", 'and runs tasks');

$standby->stop;
done_testing();
