# No call leaves memory behind: not in a long transaction, not in a session, not after errors, not after invalidations.
#
# A line of @exits is one way in: its name, a call that works and one that fails, both as what follows PERFORM in PL/pgSQL or as a statement,
# with n counting the calls. It is called so often that a few bytes a call show: AK_CALLS times (2000; 10000 takes minutes).
# AK_EXITS, a pattern, picks lines by name.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $calls = $ENV{AK_CALLS} || 2000;
my $pick = $ENV{AK_EXITS} || '.';

my $post = '"model": "Post", "filter": {"id__lte": 3}, "order_by": ["id"]';
my @exits = (
	# Reading
	[ 'get',          q{aksara.get('Post', json_build_object('title', 'p' || 1 + n % 50))}, q{aksara.get('Post', json_build_object('title', 'none' || n))} ],
	[ 'get(qs)',      q{aksara.get(aksara.objects('Post', aksara.filter('id', 1 + n % 50)))}, q{aksara.get(aksara.objects('Post', aksara.filter('nope', n)))} ],
	[ 'get(branches)', q{aksara.get('{"model": "Post", "filter": {"id": 1}, "select_related": ["author"], "prefetch_related": ["tags"]}')},
		q{aksara.get('{"model": "Post", "filter": {"id": 1}, "prefetch_related": ["nope"]}')} ],
	[ 'get_or_none',  q{aksara.get_or_none('Post', json_build_object('id', n % 100))}, q{aksara.get_or_none('Nope', '{}')} ],
	[ 'get_by_key',   q{aksara.get_by_key('Post', 1 + n % 50)}, q{aksara.get_by_key('Post', -n)} ],
	[ 'get_by_key(text)', q{aksara.get_by_key('Post', VARIADIC ARRAY[(1 + n % 50)::text])}, q{aksara.get_by_key('Post', VARIADIC ARRAY['x' || n])} ],
	[ 'first',        qq{aksara.first('{$post}')}, qq{aksara.first('{"model": "Post", "filter": [1]}')} ],
	[ 'last',         qq{aksara.last('{$post}')}, qq{aksara.last('{"model": "Post", "order_by": ["nope"]}')} ],
	[ 'fetch',        qq{* FROM aksara.fetch('{$post}')}, q{* FROM aksara.fetch('{"model": "Post", "filter": {"id__gt": "x"}}')} ],
	[ 'fetch, stopped early', qq{aksara.fetch('{$post, "prefetch_related": ["tags"]}') LIMIT 1}, q{1 / ((o ->> 'id')::int - 40) FROM aksara.fetch('{"model": "Post"}') o} ],
	[ 'fetch_all',    qq{aksara.fetch_all('{$post, "select_related": ["author"], "prefetch_related": ["tags"]}')}, q{aksara.fetch_all('{"model": "Post", "filter": {"data__a__nope__gt": [1]}, "limit": -1}')} ],
	[ 'fetch_all(shapes)', q{aksara.fetch_all(json_build_object('model', 'Post', 'filter', json_build_object('data__k' || n, n)))}, q{aksara.fetch_all(json_build_object('model', 'Post', 'k' || n, n))} ],
	[ 'rows',         qq{p.* FROM aksara.rows(NULL::posts, '{$post}') p}, q{p.* FROM aksara.rows(NULL::users, aksara.objects('Post')) p} ],
	# Statements that are parsed each time, with calls that become part of them
	[ 'EXECUTE rows()', q{EXECUTE format($x$SELECT p.title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', %s))) p JOIN users u ON u.id = p.author_id$x$, n)},
		q{EXECUTE format($x$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 'x%s'))) p$x$, n)} ],
	[ 'EXECUTE rows(holes)', q{EXECUTE $x$SELECT p.title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('id__in', $1), aksara.slice($2))) p$x$ USING ARRAY[n], 1 + n % 3},
		q{EXECUTE $x$SELECT p.title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('id', $1), aksara.slice($1))) p$x$ USING -n} ],
	[ 'EXECUTE rows(shapes)', q{EXECUTE format($x$SELECT p.title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('id', 1), aksara.slice(%s))) p$x$, n)},
		q{EXECUTE format($x$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('field%s', 1))) p$x$, n)} ],
	[ 'EXECUTE count() and exists()', q{EXECUTE format($x$SELECT name FROM users u WHERE aksara.exists(aksara.related('User', u.id, 'posts')) AND aksara.count('Post', '{"views__gt": %s}') >= 0$x$, n)},
		q{EXECUTE format($x$SELECT name FROM users u WHERE aksara.count(aksara.related('User', u.id, 'posts')) / (%s - %s) > 0$x$, n, n)} ],
	[ 'related',      q{* FROM aksara.fetch(aksara.related('User', 1 + n % 5, 'posts'))}, q{aksara.related('User', 1, 'nope')} ],
	[ 'in_bulk',      q{aksara.in_bulk('{"model": "Post"}', json_build_array(1, 2, n % 50))}, q{aksara.in_bulk('{"model": "Post"}', '["x"]')} ],
	[ 'in_bulk(field)', q{aksara.in_bulk('{"model": "Tag"}', json_build_array('t1', 't' || n % 5), 'name')}, q{aksara.in_bulk('{"model": "Tag"}', '[1]', 'rank')} ],
	[ 'count(qs)',    q{aksara.count(json_build_object('model', 'Post', 'filter', json_build_object('author__name', 'u' || n % 5)))}, q{aksara.count('{"model": "Post", "filter": {"id": [1]}}')} ],
	[ 'count',        q{aksara.count('Post', '{"author__name": "u1"}')}, q{aksara.count('Post', '{"author__nope": "u1"}')} ],
	[ 'exists',       q{aksara.exists(aksara.objects('Post', aksara.exclude('tags__name', 't' || n)))}, q{aksara.exists(aksara.objects('Post', aksara.filter('views', 'x' || n)))} ],
	[ 'aggregate',    q{aggregates FROM aksara.aggregate(json_build_object('model', 'Post', 'filter', json_build_object('id__gt', n % 50)), '{"n": {"$count": "*"}, "most": {"$max": "views"}}') aggregates}, q{aksara.aggregate('{"model": "Post"}', json_build_object('n', json_build_object('$sum', 'x' || n)))} ],
	[ 'fetch(annotations)', q{aksara.fetch_all(json_build_object('model', 'User', 'annotate', json_build_object('n', json_build_object('$count', 'posts')), 'filter', json_build_object('n__gt', n % 7), 'order_by', json_build_array('-n')))}, q{aksara.fetch_all(json_build_object('model', 'User', 'annotate', json_build_object('n', json_build_object('$count', 'post'))))} ],
	[ 'fetch(aggregates of one relation)', q{aksara.fetch_all('{"model": "User", "annotate": {"n": {"$count": "posts"}, "v": {"$sum": "posts__views"}, "m": {"$max": "posts__title", "filter": {"posts__views": 0}}}}')}, q{aksara.fetch_all('{"model": "User", "annotate": {"n": {"$count": "posts"}, "v": {"$sum": "posts__views", "filter": {"posts__nope": 1}}}}')} ],
	[ 'fetch(functions as lookups)', q{aksara.fetch_all(json_build_object('model', 'Post', 'filter', json_build_object('title__longer_than', n, 'title__twice__startswith', 'p' || n % 50)))}, q{aksara.fetch_all(json_build_object('model', 'Post', 'filter', json_build_object('title__longer_than', 'x' || n)))} ],
	[ 'fetch(search)', q{aksara.fetch_all(json_build_object('model', 'Post', 'annotate', json_build_object('r', json_build_object('$search_rank', json_build_array('title', 'p' || n % 50), 'config', 'simple')), 'order_by', '-r', 'limit', 1))}, q{aksara.fetch_all('{"model": "Post", "annotate": {"r": {"$search_rank": ["title", "x"], "weights": [1]}}}')} ],
	[ 'lock',         q{aksara.lock(json_build_object('model', 'Post', 'filter', json_build_object('id', 1 + n % 50), 'for_update', true))}, q{aksara.lock('{"model": "Post", "for_update": {"of": ["author"]}}')} ],
	[ 'fetch(groups)', q{aksara.fetch_all(json_build_object('model', 'Post', 'group_by', json_build_array('author'), 'annotate', json_build_object('n', json_build_object('$sum', 'views')), 'filter', json_build_object('id__gt', n % 50)))}, q{aksara.fetch_all('{"model": "Post", "group_by": ["nope"]}')} ],
	[ 'fetch(subquery)', q{aksara.fetch_all(json_build_object('model', 'Post', 'filter', json_build_object('author__in', json_build_object('$subquery', json_build_object('model', 'User', 'filter', json_build_object('name', 'u' || n % 7))))))}, q{aksara.fetch_all(json_build_object('model', 'Post', 'filter', json_build_object('$exists', json_build_object('model', 'User', 'filter', json_build_object('id', 'x' || n)))))} ],
	[ 'to_sql',       qq{aksara.to_sql('{$post}')}, q{aksara.to_sql('[')} ],
	[ 'explain',      qq{aksara.explain('{$post}')}, q{aksara.explain('{"model": "Post", "limit": "x"}')} ],
	[ 'describe',     q{aksara.describe('Post')}, q{aksara.describe('Pots')} ],
	[ 'ai_schema',    q{aksara.ai_schema('Post')}, q{aksara.ai_schema('Pots')} ],
	[ 'slugify',      q{aksara.slugify('Ein Wort ' || n)}, undef ],
	[ 'builders, nested', q{aksara.fetch_all(aksara.objects('Post', aksara.any_of(aksara.filter('id', n % 50), aksara.none_of(aksara.filter('id__gt', 0)))))}, q{aksara.fetch_all(aksara.objects('Post', aksara.any_of(aksara.filter('nope', n))))} ],
	[ 'rows(parameters)', q{count(*) FROM (SELECT 1 + n % 50 AS k) s, LATERAL aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('id', s.k))) p}, q{count(*) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 'x' || n))) p} ],
	[ 'fetch, a cursor left open', q{count(*) FROM (SELECT aksara.fetch('{"model": "Post", "prefetch_related": ["tags"]}') LIMIT 2) f}, undef ],
	[ 'query_cache',  q{* FROM aksara.query_cache()}, undef ],
	[ 'builders',     q{aksara.objects('Post', aksara.filter('id', n), aksara.order_by('-id'), aksara.distinct(), aksara.slice(1, 3))}, q{aksara.objects('Post', aksara.slice(-n))} ],
	# Writing
	[ 'create',       q{aksara.create('Post', json_build_object('title', 'c' || n, 'author', 1, 'data', json_build_object('n', n)))}, q{aksara.create('Post', json_build_object('title', n, 'views', 'x'))} ],
	[ 'create, refused by the table', q{aksara.create('Tag', json_build_object('name', clock_timestamp()::text || n))}, q{aksara.create('Tag', '{"name": "t1"}')} ],
	[ 'save',         q{aksara.save('Post', json_build_object('id', 1 + n % 50, 'views', n))}, q{aksara.save('Post', json_build_object('id', -n, 'views', n))} ],
	[ 'update',       q{aksara.update('{"model": "Post", "filter": {"id": 2}}', json_build_object('views', n))}, q{aksara.update('{"model": "Post", "filter": {"id": 2}}', json_build_object('vews', n))} ],
	[ 'update(shapes)', q{aksara.update(json_build_object('model', 'Post', 'filter', json_build_object('id__gt', 100000 + n), 'limit', n), json_build_object('views', n))}, q{aksara.update(json_build_object('model', 'Post', 'filter', json_build_object('id', 2)), json_build_object('views', 'x' || n))} ],
	[ 'delete(qs)',   q{aksara.delete(json_build_object('model', 'Post', 'filter', json_build_object('id__lt', -n)))}, q{aksara.delete(json_build_object('model', 'Post', 'filter', json_build_object('id__lt', 'x' || n)))} ],
	[ 'delete',       q{aksara.delete(aksara.objects('Post', aksara.filter('id', (aksara.create('Post', '{"title": "d", "author": 1}') ->> 'id')::bigint)))}, q{aksara.delete('{"model": "User", "filter": {"name": "u1"}}')} ],
	[ 'delete_by_key', q{aksara.delete_by_key('Post', (aksara.create('Post', '{"title": "d", "author": 1}') ->> 'id')::bigint)}, q{aksara.delete_by_key('User', 1, n)} ],
	[ 'get_or_create', q{aksara.get_or_create('Tag', json_build_object('name', 'g' || n % 500))}, q{aksara.get_or_create('Tag', '{"nope": 1}')} ],
	[ 'update_or_create', q{aksara.update_or_create('Tag', json_build_object('name', 'g' || n % 500), json_build_object('rank', n))}, q{aksara.update_or_create('Tag', '{"name": "t1"}', '{"rank": "x"}')} ],
	[ 'upsert',       q{aksara.upsert('Tag', json_build_object('name', 'g' || n % 500, 'rank', n), '{name}')}, q{aksara.upsert('Tag', '{"name": "a", "rank": 1}', '{rank}')} ],
	[ 'bulk_create',  q{* FROM aksara.bulk_create('Post', json_build_array(json_build_object('title', 'b', 'author', 1), json_build_object('title', 'b', 'author', 2, 'views', n)))},
		q{* FROM aksara.bulk_create('Post', json_build_array(json_build_object('title', 'b', 'author', 1), json_build_object('title', n)))} ],
	[ 'bulk_update',  q{aksara.bulk_update('Post', json_build_array(json_build_object('id', 1, 'views', n), json_build_object('id', 2, 'title', 'p' || n)))}, q{aksara.bulk_update('Post', '[{"views": 1}]')} ],
	# Links
	[ 'create(field types)', q{aksara.create('Good', json_build_object('title', 'g' || n % 40, 'price', n % 50 + 0.5, 'length', n || ' cm'))},
		q{aksara.create('Good', json_build_object('title', 'g', 'price', 'x' || n, 'length', n || ' in'))} ],
	[ 'fetch(field types)', q{aksara.fetch_all(json_build_object('model', 'Good', 'filter', json_build_object('price__in', json_build_array(n % 50, 1.5), 'length__lt', n || ' cm'), 'limit', 5))},
		q{aksara.fetch_all(json_build_object('model', 'Good', 'filter', json_build_object('length', n || ' in')))} ],
	[ 'related_add',  q{aksara.related_add('Post', 1 + n % 50, 'tags', 1 + n % 3)}, q{aksara.related_add('Post', 1, 'tags', -n)} ],
	[ 'related_set',  q{aksara.related_set('Post', 1 + n % 50, 'tags', 1 + n % 3, 4)}, q{aksara.related_set('Post', -n, 'tags', 1)} ],
	[ 'related_remove', q{aksara.related_remove('Post', 1 + n % 50, 'tags', 1 + n % 3)}, q{aksara.related_remove('Post', 1, 'nope', 1)} ],
	[ 'related_clear', q{aksara.related_clear('Post', 1 + n % 50, 'tags')}, q{aksara.related_clear('Post', 1, 'nope')} ],
	[ 'related_contains', q{aksara.related_contains('Post', 1, 'tags', n % 5)}, q{aksara.related_contains('Post', 1, 'tags', 'x')} ],
	[ 'related_create', q{aksara.related_create('User', 1, 'posts', '{"title": "rc"}')}, q{aksara.related_create('User', -n, 'posts', '{"title": "rc"}')} ],
	[ 'related_link', q{aksara.related_link('Post', 1, 'tags', '[1, 2]')}, q{aksara.related_link('Post', 1, 'tags', '[null]')} ],
	# Plain SQL: triggers
	[ 'INSERT',       q{INSERT INTO tags (name) VALUES (' S' || n || clock_timestamp())}, q{INSERT INTO tags (name, slug) VALUES ('x', 'no slug' || n)} ],
	[ 'DELETE',       q{DELETE FROM users WHERE id = -n}, q{DELETE FROM users WHERE id = 1} ],
	# Rules
	[ 'create, with rules', q{aksara.create('Ruled', json_build_object('name', '  R' || n, 'size', 1 + n % 9))}, q{aksara.create('Ruled', json_build_object('name', 'x' || n, 'size', 0, 'state', 'old'))} ],
	[ 'bulk_create, with rules', q{* FROM aksara.bulk_create('Ruled', json_build_array(json_build_object('name', 'R' || n, 'size', 1), json_build_object('name', 'R', 'size', 2)))},
		q{* FROM aksara.bulk_create('Ruled', json_build_array(json_build_object('name', 'R' || n, 'size', 1), json_build_object('name', 'x', 'size', 2)))} ],
	[ 'update, with rules', q{aksara.update('{"model": "Ruled", "filter": {"id": 1}}', json_build_object('name', ' R' || n))}, q{aksara.update('{"model": "Ruled", "filter": {"id": 1}}', json_build_object('size', -n))} ],
	[ 'INSERT, with rules', q{INSERT INTO ruleds (name, size) VALUES (' R' || n, 1 + n % 9)}, q{INSERT INTO ruleds (name, size) VALUES ('x' || n, 1)} ],
	[ 'UPDATE, with rules', q{UPDATE ruleds SET size = 1 + n % 9 WHERE id = 1}, q{UPDATE ruleds SET state = 'none' WHERE id = 1} ],
	[ 'full_clean', q{aksara.full_clean('Ruled', json_build_object('name', 'x' || n, 'size', n))}, q{aksara.full_clean('Ruled', '[]')} ],
	[ 'check_existing', q{* FROM aksara.check_existing('User')}, q{* FROM aksara.check_existing('Nope')} ],
	# Signals
	[ 'INSERT, with handlers', q{INSERT INTO heards (name) VALUES ('h' || n)}, q{INSERT INTO heards (name, size) VALUES ('h' || n, -1)} ],
	[ 'UPDATE, with handlers', q{UPDATE heards SET size = 1 + n % 9 WHERE id = 1}, q{UPDATE heards SET name = 'no' WHERE id = 1} ],
	[ 'DELETE, with handlers', q{DELETE FROM heards WHERE id = (SELECT max(id) FROM heards WHERE id > 1)}, q{DELETE FROM heards WHERE id = 1} ],
	[ 'create, with handlers', q{aksara.create('Heard', json_build_object('name', 'h' || n, 'size', n))}, q{aksara.create('Heard', '{"name": "again", "size": -1}')} ],
	[ 'INSERT, with a handler that is gone', q{UPDATE deafs SET id = id}, q{INSERT INTO deafs (name) VALUES ('x')} ],
	[ 'INSERT, with an asynchronous handler', q{INSERT INTO lates (name) VALUES ('l' || n)}, q{INSERT INTO lates (name) VALUES (NULL)} ],
	[ 'run_signal', q{aksara.run_signal('{"handler": "heard_event", "depth": 1, "event": {"signal": "post_save", "instance": {"name": "a"}, "update_fields": ["name"]}}')},
		q{aksara.run_signal('{"handler": "heard_event", "depth": 1, "event": {"signal": "post_save", "ids": [1, 2], "update_fields": ["name", 1]}}')} ],
	[ 'disable_signals', q{aksara.disable_signals('Heard'), aksara.enable_signals('Heard')}, q{aksara.disable_signals('Herd')} ],
	# Schema operations cost milliseconds: called once for so many calls of the others, each in a transaction of its own.
	[ 'describe, new registry', q{aksara.describe('Post') FROM (SELECT set_config('search_path', 'public', false)) s}, undef, 10 ],
	[ 'create_model', q{CASE WHEN n % 2 = 1 THEN aksara.create_model('Made', '{"a": "String", "post": {"type": "ForeignKey", "to": "Post"}}')::text ELSE aksara.drop_model('Made')::text END}, q{aksara.create_model('Made', '{"a": "Strin"}')}, 50 ],
	[ 'add_validator', q{CASE WHEN n % 2 = 1 THEN aksara.add_validator('Ruled', 'size', '{"max_value": 1000, "name": "most"}') ELSE aksara.remove_validator('Ruled', 'size', 'most')::text END}, q{aksara.add_validator('Ruled', 'size', '{"regex": "x"}')}, 20 ],
	[ 'connect', q{CASE WHEN n % 2 = 1 THEN aksara.connect('post_save', 'heard_event', 'Heard', 'made') ELSE aksara.disconnect('post_save', NULL, 'Heard', 'made') END}, q{aksara.connect('post_save', 'nope' || n, 'Heard')}, 20 ],
	[ 'rules of functions that change', q{aksara.create('Ruled', json_build_object('name', 'R' || n, 'size', 1)) FROM replaced(n)}, undef, 10 ],
	[ 'create_view',  q{CASE WHEN n % 2 = 1 THEN aksara.create_view('made_view', '{"model": "Post", "filter": {"views__gt": 1}}')::text ELSE aksara.drop_view('made_view')::text END}, q{aksara.create_view('made_view', '{"model": "Post", "filter": {"nope": 1}}')}, 50 ],
	[ 'create_lookup', q{CASE WHEN n % 2 = 1 THEN aksara.create_lookup('made_lookup', 'is_long(text, integer)')::text ELSE aksara.drop_lookup('made_lookup', 'text')::text END}, q{aksara.create_lookup('made_lookup', 'long(text)')}, 50 ],
	[ 'create_transform', q{CASE WHEN n % 2 = 1 THEN aksara.create_transform('made_transform', 'long(text)')::text ELSE aksara.drop_transform('made_transform', 'text')::text END}, q{aksara.create_transform('made_transform', 'is_long(text, integer)')}, 50 ],
	[ 'create_field_type', q{CASE WHEN n % 2 = 1 THEN aksara.create_field_type('Made', 'Length', '{"check": "value < 9"}')::text ELSE aksara.drop_field_type('Made')::text END},
		q{aksara.create_field_type('Made', 'Length', '{"check": "valeu < 9"}')} ],
	[ 'alter_field',  q{aksara.alter_field('Tag', 'rank', json_build_object('type', 'Integer', 'nullable', true, 'help_text', n::text))}, q{aksara.alter_field('Tag', 'rank', '{"type": "Nope"}')}, 50 ],
);

my $node = PostgreSQL::Test::Cluster->new('memory');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nlog_min_messages = panic\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION aksara;
SELECT aksara.create_model('User', '{"name": {"type": "String", "unique": true}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Tag', '{"name": {"type": "String", "unique": true, "strip_whitespace": true},
	"slug": {"type": "Slug", "nullable": true}, "rank": {"type": "Integer", "nullable": true}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{"title": "String", "views": {"type": "Integer", "default": 0}, "data": {"type": "JSON", "nullable": true},
	"author": {"type": "ForeignKey", "to": "User", "nullable": true, "on_delete": "PROTECT", "related_name": "posts"},
	"tags": {"type": "ManyToMany", "to": "Tag", "related_name": "posts"}}', '{"primary_key": "bigint", "ordering": ["-id"]}');
CREATE FUNCTION name_error(v text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN v !~ '^R' THEN 'begins with R' END; END $$;
CREATE FUNCTION row_error(r jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'too long' WHERE length(r ->> 'name') > 100 $$;
CREATE FUNCTION bare(v text) RETURNS text LANGUAGE sql AS $$ SELECT replace(v, '-', '') $$;
CREATE FUNCTION replaced(n int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
	EXECUTE format('CREATE OR REPLACE FUNCTION bare(v text) RETURNS text LANGUAGE sql AS %L', 'SELECT replace(v, ''-'', '''') -- ' || n);
END $$;
SELECT aksara.create_model('Ruled', '{"name": {"type": "String", "normalize": ["strip", "bare"], "validators": [{"function": "name_error"}, {"regex": "[A-Z]"}]},
	"size": {"type": "Integer", "min_value": 1}, "state": {"type": "String", "default": "new"}}', '{"primary_key": "bigint", "rules": [
	{"function": "row_error"}, {"check": "now() > ''2020-01-01''"}, {"transitions": {"new": ["old"]}, "field": "state", "initial": ["new"]}]}');
INSERT INTO ruleds (name, size) VALUES ('R', 1);
SELECT aksara.create_model('Heard', '{"name": "String", "size": {"type": "Integer", "default": 1}}', '{"primary_key": "bigint"}');
CREATE FUNCTION heard_typed(h heards) RETURNS heards LANGUAGE plpgsql AS $$ BEGIN h.name := h.name || 1 / (h.size + 1); RETURN h; END $$;
CREATE FUNCTION heard_event(e aksara.event) RETURNS jsonb LANGUAGE sql AS $$ SELECT CASE WHEN e.instance ->> 'name' LIKE 'no%' THEN 'false' ELSE jsonb_build_object('name', left(e.instance ->> 'name', 20)) END $$;
CREATE FUNCTION heard_last(h heards, was heards, update_fields text[]) RETURNS boolean LANGUAGE sql AS $$ SELECT ''; SELECT h.id <> 1 $$;
SELECT aksara.connect('pre_save', 'heard_typed', 'Heard'), aksara.connect('pre_save', 'heard_event', 'Heard', condition => 'size <> 3'), aksara.connect('post_save', 'heard_last', 'Heard', fields => '{size}'), aksara.connect('pre_delete', 'heard_last', 'Heard');
INSERT INTO heards (name) VALUES ('first');
SELECT aksara.create_model('Late', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.connect('post_save', 'heard_event', 'Late', async => true);
SELECT aksara.create_model('Deaf', '{"name": "String"}', '{"primary_key": "bigint"}');
CREATE FUNCTION gone(e aksara.event) RETURNS void LANGUAGE sql AS '';
SELECT aksara.connect('post_save', 'gone', 'Deaf');
DROP FUNCTION gone;
CREATE FUNCTION is_long(text, integer) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN length($1) > $2;
CREATE FUNCTION long(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1 || $1;
CREATE FUNCTION length_in(text) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$BEGIN IF $1 !~ ' cm$' THEN RAISE EXCEPTION 'no length'; END IF; RETURN rtrim($1, ' cm'); END$$;
CREATE FUNCTION length_out(integer) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1 || ' cm';
SELECT aksara.create_field_type('Length', 'Integer', '{"from_external": "length_in", "to_external": "length_out"}');
SELECT aksara.create_model('Good', '{"title": "String", "slug": {"type": "AutoSlug", "auto_from": "title"}, "price": "Money", "length": "Length"}', '{"primary_key": "bigint"}');
SELECT aksara.create_lookup('longer_than', 'is_long(text, integer)');
SELECT aksara.create_transform('twice', 'long(text)');
INSERT INTO users (name) SELECT 'u' || n FROM generate_series(1, 5) n;
INSERT INTO tags (name) SELECT 't' || n FROM generate_series(1, 5) n;
INSERT INTO posts (title, author_id) SELECT 'p' || n, 1 + n % 5 FROM generate_series(1, 50) n;

-- What the session holds: the contexts by name, and their parents' (18 has their level instead). Left out is what the server keeps by object or event, until the end of the
-- transaction or for good.
CREATE TABLE held (moment int, name text, parent text, number bigint, bytes bigint);
CREATE FUNCTION hold(moment int) RETURNS void LANGUAGE sql AS $$
	INSERT INTO held
	SELECT moment, name, coalesce(to_jsonb(c) ->> 'parent', to_jsonb(c) ->> 'level', '-'), count(*), sum(used_bytes) FROM pg_backend_memory_contexts c
	WHERE name NOT IN ('Combo CIDs', 'TopTransactionContext', 'AfterTriggerEvents', 'RI constraint cache', 'LOCALLOCK hash',
		'smgr relation table', 'MdSmgr', 'Relcache by OID', 'pending sync hash') AND name NOT LIKE 'PgStat%'
	GROUP BY 2, 3
$$;
-- Grown by so many bytes, and what has grown.
CREATE FUNCTION grown(OUT bytes bigint, OUT "in" text) LANGUAGE sql AS $$
	SELECT sum(d)::bigint, string_agg(format('%s in %s: %s bytes, %s contexts', name, parent, d, more), E'\n' ORDER BY d DESC) FILTER (WHERE d > 0)
	FROM (
		SELECT name, parent, coalesce(b.bytes, 0) - coalesce(a.bytes, 0) AS d, coalesce(b.number, 0) - coalesce(a.number, 0) AS more
		FROM (SELECT * FROM held WHERE moment = 1) a FULL JOIN (SELECT * FROM held WHERE moment = 2) b USING (name, parent)
	) x
$$;
SQL

# How often a thing is done before the first look: plans have become generic, caches are full.
my $warm = 300;

# The body of a loop that makes a call.
sub body {
	my ($call) = @_;
	return $call =~ /^(INSERT|UPDATE|DELETE|EXECUTE) / ? "$call;" : "PERFORM $call;";
}

# A procedure that makes a call `n` times, and what happens between the calls.
sub procedure {
	my ($name, $body, $between) = @_;
	return qq{CREATE OR REPLACE PROCEDURE $name(INOUT lo int, hi int, INOUT failed int DEFAULT 0, INOUT code text DEFAULT '') LANGUAGE plpgsql AS \$walk\$
		BEGIN FOR n IN lo .. hi LOOP $body $between END LOOP; END \$walk\$;\n};
}

# The two looks around `count` calls of a procedure in one session, and what has come of them.
sub looks {
	my ($name, $count, $transaction) = @_;
	my ($begin, $end) = $transaction ? ('BEGIN;', 'COMMIT;') : ('', '');
	return qq{
		TRUNCATE held;
		$begin
		CALL $name(1, $warm);
		SELECT hold(0);
		SELECT hold(1);
		CALL $name($warm + 1, $warm + $count) \\gset
		SELECT hold(2);
		$end
		SELECT 'LOOK', bytes, :failed, :'code', "in" FROM grown();
	};
}

# Runs it and judges: no more than `each` bytes a call, and a little for the server's own caches.
sub flat {
	my ($what, $sql, $count, $each, $fails) = @_;
	my ($status, $out, $err) = $node->psql('postgres', $sql, on_error_stop => 1, extra_params => ['-q']);
	my ($bytes, $failed, $code, $in) = ($out // '') =~ /^LOOK\|(-?\d+)\|(\d+)\|(\w*)\|(.*)\z/ms;
	if ($status != 0 || !defined $bytes) { fail("$what: $err"); return }
	my $most = 8192 + $each * $count;
	ok($bytes <= $most, "$what: $count calls, $bytes bytes") or diag($in);
	is($failed, $fails ? $count : 0, "$what: " . ($fails ? "each call fails, with $code" : 'no call fails'));
	unlike($code, qr/^XX/, "$what: no internal error") if $fails;
}

my $subtransaction = 'BEGIN %s EXCEPTION WHEN others THEN failed := failed + 1; code := SQLSTATE; END;';
# Invalidates the model's table and, by the bell, the registry.
my $touch = q{UPDATE pg_class SET reltuples = reltuples WHERE oid IN ('posts'::regclass, 'aksara.model'::regclass)};

my $done = 0;
for my $exit (@exits) {
	my ($name, $good, $bad, $rarely) = @$exit;
	next unless $name =~ /$pick/;
	my $count = int($calls / ($rarely || 1));
	my $few = $count < 500 ? $count : 500;
	my $body = body($good);
	my ($commit, $invalidate) = $rarely ? ('COMMIT;', "$touch; COMMIT;")
		: ('IF n % 100 = 0 THEN COMMIT; END IF;', "IF n % 10 = 0 THEN $touch; COMMIT; END IF;");
	$warm = $rarely ? 20 : 300;
	# A CREATE TABLE and its DROP TABLE leave about a kilobyte in the server's CacheMemoryContext.
	my $each = $rarely ? 1024 : 4;
	# The server itself keeps what was made and dropped until the transaction ends.
	flat("$name in one transaction", procedure('walk', $body, '') . looks('walk', $few, 1), $few, $each, 0) unless $rarely;
	flat("$name in a session", procedure('walk', $body, $commit) . looks('walk', $count), $count, $each, 0);
	flat("$name with invalidations", procedure('walk', $body, $invalidate) . looks('walk', $count), $count, $each, 0);
	flat("$name failing", procedure('walk', sprintf($subtransaction, body($bad)), $commit) . looks('walk', $count), $count, $each, 1) if $bad;
	$done++;
}
ok($done, "exits matched");
$node->stop;
done_testing();
