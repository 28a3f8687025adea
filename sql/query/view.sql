-- create_view(): a query set as a view that follows its model.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all
SELECT aksara.create_view('popular', aksara.objects('Post', aksara.filter('views__gte', 50), aksara.order_by('-views')));
SELECT id, title, views FROM popular;
SELECT aksara.create_view('qblog.janes', '{"model": "Post", "filter": {"author__email": "jane@example.com"}, "limit": 5}');
SELECT id, title FROM janes;
SELECT app, name, document FROM aksara.view ORDER BY name;
SELECT relname, relkind, reloptions FROM pg_class WHERE relname IN ('popular', 'janes') ORDER BY 1;
-- A plan by way of the view is that of the table.
EXPLAIN (COSTS OFF) SELECT title FROM popular WHERE id = 4;

-- Called again it replaces the view; a view by hand it leaves alone.
SELECT aksara.create_view('popular', aksara.objects('Post', aksara.filter('views__gte', 60)));
SELECT id FROM popular;
CREATE VIEW by_hand AS SELECT 1 AS one;
SELECT fails($$SELECT aksara.create_view('by_hand', '{"model": "Post"}')$$);
SELECT fails($$SELECT aksara.drop_view('by_hand')$$);
SELECT fails($$SELECT aksara.create_view('posts', '{"model": "Post"}')$$);
SELECT fails($$SELECT aksara.create_view(NULL, '{"model": "Post"}')$$);
SELECT fails($$SELECT aksara.create_view('x', NULL)$$);
SELECT fails($$SELECT aksara.create_view('', '{"model": "Post"}')$$);
SELECT fails($$SELECT aksara.create_view('nowhere.x', '{"model": "Post"}')$$);
SELECT fails($$SELECT aksara.create_view('x', '{"model": "Post", "filter": {"vews": 1}}')$$);

-- ---- whose rights ----
CREATE ROLE regress_view_owner;
CREATE ROLE regress_view_reader;
GRANT USAGE, CREATE ON SCHEMA qblog TO regress_view_owner;
GRANT USAGE ON SCHEMA qblog TO regress_view_reader;
GRANT SELECT ON popular TO regress_view_reader WITH GRANT OPTION;
GRANT SELECT, DELETE ON popular TO PUBLIC;
COMMENT ON VIEW popular IS 'what is read';
SET ROLE regress_view_reader;
SELECT fails($$SELECT id FROM popular$$);
RESET ROLE;
GRANT SELECT ON posts TO regress_view_reader;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY published ON posts FOR SELECT USING (published);
SET ROLE regress_view_reader;
SELECT id FROM popular;
SELECT fails($$SELECT aksara.create_view('popular', '{"model": "Post"}')$$);
SELECT fails($$SELECT aksara.drop_view('popular')$$);
SELECT fails($$SELECT aksara.create_view('mine', '{"model": "Post"}')$$);
RESET ROLE;
UPDATE posts SET published = false WHERE id = 4;
SELECT id FROM popular;
SET ROLE regress_view_reader;
SELECT id FROM popular;
RESET ROLE;
ALTER TABLE posts DISABLE ROW LEVEL SECURITY;

-- ---- the model changes ----
SELECT id FROM janes;
SELECT aksara.alter_meta('Post', '{"ordering": ["id"]}');
SELECT id FROM janes;
-- a new field is a new column
SELECT aksara.add_field('Post', 'rating', '{"type": "Integer", "default": 3}');
SELECT id, rating FROM popular;
-- one that goes, or gets another type or name: the view is another one, under the same owner, grants and comment
SELECT aksara.remove_field('Post', 'content');
SELECT aksara.alter_field('Post', 'rating', '{"type": "Decimal", "max_digits": 6, "decimal_places": 2, "default": 3}');
SELECT aksara.rename_field('Post', 'price', 'cost');
SELECT * FROM popular;
SELECT relacl::text LIKE '%regress_view_reader=r*/%' AND relacl::text LIKE '%=rd/%' AS granted, obj_description(oid) FROM pg_class WHERE relname = 'popular';
SELECT aksara.rename_model('Post', 'Article');
SELECT id FROM popular;
SELECT document FROM aksara.view ORDER BY name;
-- a view that asks for the field holds it
SELECT fails($$SELECT aksara.remove_field('Article', 'views')$$);
SELECT fails($$SELECT aksara.rename_field('User', 'email', 'address')$$);
SELECT id FROM popular;
-- what depends on the view holds its columns
CREATE VIEW on_top AS SELECT title FROM popular;
SELECT fails($$SELECT aksara.remove_field('Article', 'rating')$$);
DROP VIEW on_top;
-- a view of another owner is not the caller's to alter: the column stays
SET ROLE regress_view_owner;
RESET ROLE;
GRANT SELECT ON articles TO regress_view_owner;
SET ROLE regress_view_owner;
SELECT aksara.create_view('others', '{"model": "Article", "filter": {"id": 1}}');
RESET ROLE;
SELECT aksara.alter_meta('Article', '{"ordering": ["-id"]}');
SELECT aksara.remove_field('Article', 'rating');
SELECT * FROM others;
SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'others';

-- ---- dropped ----
SELECT aksara.drop_view('janes');
SELECT fails($$SELECT aksara.drop_view('janes')$$);
DROP VIEW popular;
ALTER VIEW others RENAME TO renamed;
SELECT aksara.add_field('Article', 'last', '{"type": "Text", "nullable": true}');
SELECT name FROM aksara.view ORDER BY name;

-- ---- the registry takes what the owner of a view says, as a restore does ----
SELECT fails($$UPDATE aksara.view SET sql = ''$$);
SELECT fails($$DELETE FROM aksara.view$$);
SELECT fails($$TRUNCATE aksara.view$$);
SET ROLE regress_view_reader;
SELECT fails($$INSERT INTO aksara.view VALUES ('qblog', 'renamed', '{"model": "qblog.Article"}', '')$$);
SELECT fails($$UPDATE aksara.view SET sql = ''$$);
RESET ROLE;
SELECT count(*) FROM aksara.view;
SET ROLE regress_view_owner;
SELECT fails($$SELECT aksara.drop_view('10.0.0.0/33')$$);
SELECT fails($$INSERT INTO aksara.view VALUES ('qblog', 'renamed', '[]', '')$$);
INSERT INTO aksara.view VALUES ('qblog', 'renamed', '{"model": "qblog.Article", "filter": {"id": 1}}', '');
RESET ROLE;
SELECT name, document FROM aksara.view;

-- ---- check_registry() says of its own views where they and their models differ ----
SET ROLE regress_view_owner;
CREATE VIEW findings AS SELECT kind, model, problem FROM aksara.check_registry() WHERE kind = 'view';
SELECT * FROM findings;
SELECT aksara.create_view('renamed', '{"model": "Article", "filter": {"views__gt": 1}}');
SELECT * FROM findings;
RESET ROLE;
-- by hand, while event triggers were off
SET session_replication_role = replica;
ALTER TABLE articles RENAME COLUMN views TO seen;
RESET session_replication_role;
SET ROLE regress_view_owner;
SELECT * FROM findings;
SET ROLE regress_view_reader;
SELECT kind, model, problem FROM aksara.check_registry() WHERE kind = 'view';
RESET ROLE;
SET session_replication_role = replica;
ALTER TABLE articles RENAME COLUMN seen TO views;
DROP VIEW renamed;
RESET session_replication_role;
SET ROLE regress_view_owner;
SELECT * FROM findings;
-- one by hand in its place, and one whose query set cannot be asked
CREATE VIEW renamed AS SELECT 1 AS one;
CREATE VIEW another AS SELECT 1 AS one;
INSERT INTO aksara.view VALUES ('qblog', 'another', '{"model": "qblog.Article", "filter": {"nothing": 1}}', '');
SELECT * FROM findings ORDER BY problem;
DROP VIEW findings, renamed, another;
RESET ROLE;
SELECT name FROM aksara.view;

-- ---- stored queries: the call stays a function, which follows the model and runs as who reads it ----
CREATE VIEW stored AS SELECT id, title FROM aksara.rows(NULL::articles, aksara.objects('qblog.Article', aksara.filter('views__gt', 5)));
CREATE MATERIALIZED VIEW kept AS SELECT id FROM aksara.rows(NULL::articles, aksara.objects('qblog.Article', aksara.filter('views__gt', 5)));
CREATE FUNCTION standard() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC
  SELECT count(*) FROM aksara.rows(NULL::articles, aksara.objects('qblog.Article', aksara.filter('views__gt', 5)));
END;
CREATE TABLE log (n bigint);
CREATE RULE counts AS ON INSERT TO tags DO ALSO INSERT INTO log SELECT count(*) FROM aksara.rows(NULL::articles, aksara.objects('qblog.Article', aksara.filter('views__gt', 5)));
CREATE POLICY few ON comments USING (post_id IN (SELECT id FROM aksara.rows(NULL::articles, aksara.objects('qblog.Article', aksara.filter('views__gt', 5)))));
SELECT pg_get_viewdef('stored') ~ 'aksara\.rows' AS view, pg_get_viewdef('kept') ~ 'aksara\.rows' AS matview, pg_get_functiondef('standard()'::regprocedure) ~ 'aksara\.rows' AS body,
  definition ~ 'aksara\.rows' AS rule, (SELECT qual ~ 'aksara\.rows' FROM pg_policies WHERE policyname = 'few') AS policy FROM pg_rules WHERE rulename = 'counts';
INSERT INTO tags (name) VALUES ('one more');
SELECT (SELECT count(*) FROM stored) AS view, (SELECT count(*) FROM kept) AS matview, standard(), (SELECT n FROM log);
-- after an error a stored query is inlined no more and no less than before
SELECT fails($$CREATE VIEW stored AS SELECT id, title FROM aksara.rows(NULL::articles, aksara.objects('qblog.Article', aksara.filter('viws', 5)))$$);
EXPLAIN (COSTS OFF) SELECT id FROM aksara.rows(NULL::articles, aksara.objects('qblog.Article', aksara.filter('id', 5)));
GRANT SELECT ON stored TO regress_view_reader;
SET ROLE regress_view_reader;
SELECT count(*) FROM stored;
RESET ROLE;
REVOKE SELECT ON articles FROM regress_view_reader;
SET ROLE regress_view_reader;
SELECT fails($$SELECT count(*) FROM stored$$);
RESET ROLE;

-- A view locks nothing; who reads it may.
SELECT fails($$SELECT aksara.create_view('locking', '{"model": "Tag", "for_update": true}')$$);
SELECT fails($$SELECT aksara.create_view('locking', aksara.objects('Tag', aksara.for_update('{"share": true}')))$$);
SELECT aksara.create_view('locking', '{"model": "Tag", "for_update": false}');
SELECT count(*) FROM (SELECT * FROM locking FOR UPDATE) AS locked;

SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
DROP ROLE regress_view_owner, regress_view_reader;
