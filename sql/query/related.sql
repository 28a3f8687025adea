-- related(): the rows behind one row.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- Reverse foreign key: the condition reads the local column.
SELECT aksara.related('User', 1, 'posts');
SELECT same(aksara.related('User', 1, 'posts'), 'SELECT id FROM posts WHERE author_id = 1');
SELECT aksara.to_sql(aksara.related('Post', 1, 'comments', aksara.order_by()));
SELECT same(aksara.related('User', 1, 'posts', aksara.filter('views__gt', 20), aksara.order_by('id'), aksara.slice(5)), 'SELECT 1');
SELECT aksara.count(aksara.related('Category', 1, 'children'));

-- Many-to-many, from both ends.
SELECT aksara.related('Post', 1, 'tags'), aksara.related('Tag', 1, 'posts');
SELECT same(aksara.related('Post', 1, 'tags'), 'SELECT tag_id FROM post_tags WHERE post_id = 1');
SELECT same(aksara.related('Tag', 1, 'posts'), 'SELECT post_id FROM post_tags WHERE tag_id = 1');
SELECT same(aksara.exclude(aksara.related('Tag', 1, 'posts'), 'id', 1), 'SELECT 2');
SELECT aksara.to_sql(aksara.related('Tag', 1, 'posts', aksara.order_by())) LIKE '%WHERE EXISTS (SELECT 1 FROM qblog.post_tags AS t2 WHERE t2.post_id OPERATOR(pg_catalog.=) t0.id AND t2.tag_id OPERATOR(pg_catalog.=) ''1''::bigint)' AS junction_alone;

-- One-to-one: get gives the object, or P0002.
SELECT aksara.get(aksara.related('User', 1, 'profile')) ->> 'bio' AS bio;
SELECT aksara.get(aksara.related('User', 2, 'profile'));
SELECT aksara.get_or_none(aksara.related('User', 2, 'profile')) IS NULL AS none;
SELECT aksara.get(aksara.related('UserProfile', 1, 'user')) ->> 'name' AS name;

-- Forward to-one, also where the way back is hidden.
SELECT aksara.get(aksara.related('Post', 3, 'author')) ->> 'name' AS name;
SELECT aksara.related('Comment', 1, 'author');
SELECT same(aksara.related('Comment', 1, 'author'), 'SELECT 2');
SELECT same(aksara.related('Comment', 4, 'author'), 'SELECT 1 WHERE false');

-- A relation of a model with itself goes both ways apart; one with a hidden way back; one through a model.
\o /dev/null
SET client_min_messages = warning;
SELECT aksara.create_model('qblog.Node', '{
  "name":    {"type": "String", "max_length": 10},
  "parent":  {"type": "ForeignKey", "to": "self", "on_delete": "CASCADE", "nullable": true, "related_name": "children"},
  "needs":   {"type": "ManyToMany", "to": "self", "related_name": "needed_by"},
  "secrets": {"type": "ManyToMany", "to": "Tag", "related_name": "+"},
  "marks":   {"type": "ManyToMany", "to": "Tag", "related_name": "marked", "through": "Mark"}
}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('qblog.Mark', '{
  "node": {"type": "ForeignKey", "to": "Node", "on_delete": "CASCADE"},
  "tag":  {"type": "ForeignKey", "to": "Tag", "on_delete": "CASCADE"},
  "note": {"type": "Text", "nullable": true}
}', '{"primary_key": "bigint"}');
RESET client_min_messages;
\o
INSERT INTO nodes (id, name, parent_id) OVERRIDING SYSTEM VALUE VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 1), (4, 'd', 2);
SELECT junction_table, source_columns, target_columns FROM aksara.relation WHERE model = 'Node' AND kind = 'ManyToMany' ORDER BY field;
INSERT INTO node_needs VALUES (DEFAULT, 1, 2), (DEFAULT, 2, 3), (DEFAULT, 1, 4);
INSERT INTO node_secrets VALUES (DEFAULT, 1, 3);
INSERT INTO marks (node_id, tag_id, note) VALUES (2, 1, 'x'), (2, 1, 'y'), (3, 2, NULL);
SELECT keys(aksara.related('Node', 1, 'needs')) AS needs, keys(aksara.related('Node', 3, 'needed_by')) AS needed_by,
  keys('{"model": "Node", "filter": {"needs__name": "c"}}') AS who_needs_c, keys('{"model": "Node", "filter": {"needed_by__name": "a"}}') AS whom_a_needs;
SELECT keys('{"model": "Node", "filter": {"needs__needs": 3}}') AS two_steps, keys('{"model": "Node", "filter": {"needs__parent__name": "a", "children__needs__isnull": true}}') AS mixed;
SELECT aksara.fetch(aksara.objects('Node', aksara.filter('id', 2), aksara.prefetch_related('needs', 'needed_by'), aksara.select_related('parent__parent')));
SELECT aksara.related('Node', 1, 'secrets'), keys(aksara.related('Node', 1, 'secrets'));
SELECT aksara.to_sql(aksara.related('Node', 1, 'secrets', aksara.order_by()));
-- a tag that marks a node twice is one tag
SELECT keys(aksara.related('Node', 2, 'marks')), aksara.count(aksara.related('Tag', 1, 'marked')), keys('{"model": "Node", "filter": {"mark_set__note": "y", "marks__name": "Tutorial"}}');
SELECT aksara.fetch('{"model": "Node", "filter": {"id": 2}, "prefetch_related": ["marks", "mark_set__tag"]}');

-- The key as literal, typed value, bound parameter, or the row itself.
SELECT aksara.count(aksara.related('User', '1', 'posts')), aksara.count(aksara.related('User', 1::bigint, 'posts')),
  aksara.count(aksara.related('User', aksara.get('User', '{"id": 1}'), 'posts')), aksara.count(aksara.related('User', '1'::varchar, 'posts'));
PREPARE related AS SELECT aksara.count(aksara.related($1, $2, $3));
EXECUTE related('User', '1', 'posts');
DEALLOCATE related;
PREPARE related AS SELECT aksara.count(aksara.related($1, $2, $3, aksara.filter($4, $5), aksara.slice($6)));
EXECUTE related('User', '1', 'posts', 'views__gt', '20', '3');
DEALLOCATE related;
SELECT u.name, aksara.count(aksara.related('User', u.id, 'posts')) FROM users u ORDER BY u.id;

-- Errors.
SELECT fails($$SELECT aksara.related('User', 1, 'post')$$);
SELECT fails($$SELECT aksara.related('User', 1, 'email')$$);
SELECT fails($$SELECT aksara.related('Usr', 1, 'posts')$$);
SELECT fails($$SELECT aksara.count(aksara.related('User', 'x', 'posts'))$$);
SELECT fails($$SELECT aksara.related('User', 1, 'posts', NULL)$$);

SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
