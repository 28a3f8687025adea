-- check_registry(): where the registry and the catalog differ; forget_model(): a dangling model leaves; abstract models restored.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_check_ann;
CREATE ROLE regress_check_bob;
CREATE SCHEMA chk;
GRANT USAGE, CREATE ON SCHEMA chk TO regress_check_ann;
GRANT USAGE ON SCHEMA chk TO regress_check_bob;
SET search_path = chk;
CREATE VIEW findings AS SELECT kind, model, problem FROM aksara.check_registry() WHERE model LIKE 'chk.%' ORDER BY kind, model, problem;
GRANT SELECT ON findings TO PUBLIC;

-- Models that work give no row.
SET ROLE regress_check_ann;
SELECT aksara.create_model('User', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Tag', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{
  "title": "Text",
  "author": {"type": "ForeignKey", "to": "User", "related_name": "posts"},
  "tags": {"type": "ManyToMany", "to": "Tag"}
}', meta => '{"primary_key": "bigint"}');
SELECT * FROM findings;

-- What waits for a model says so, and is quiet when it has come.
SELECT aksara.create_model('Note', '{
  "about": {"type": "ForeignKey", "to": "Topic"},
  "seen":  {"type": "ManyToMany", "to": "User", "through": "Seeing"}
}', meta => '{"primary_key": "bigint"}');
SELECT * FROM findings;
SELECT aksara.create_model('Topic', '{"name": "Text"}');
SELECT * FROM findings;
SELECT aksara.create_model('Seeing', '{"note": {"type": "ForeignKey", "to": "Note"}, "user": {"type": "ForeignKey", "to": "User"}}');
SELECT * FROM findings;

-- What was done while event triggers were off: a column, a table and a native key are gone.
RESET ROLE;
SET session_replication_role = replica;
ALTER TABLE posts DROP COLUMN title;
ALTER TABLE posts DROP CONSTRAINT posts_author_id_fkey;
DROP TABLE seeings;
RESET session_replication_role;
SELECT * FROM findings;
-- The next change by hand is followed, and what was missed with it.
ALTER TABLE users ALTER COLUMN name SET STATISTICS 10;
SELECT * FROM findings;
SELECT name FROM aksara.field WHERE app = 'chk' AND model = 'Post' ORDER BY position;

-- A registry restored without a table: the model is dangling, and nobody works through it.
SET ROLE regress_check_ann;
INSERT INTO aksara.model VALUES ('chk', 'Lost', 'losts', '{}');
INSERT INTO aksara.field VALUES ('chk', 'Lost', 'id', 1, 'UUID', 'id', '{"primary_key": true}'), ('chk', 'Lost', 'name', 2, 'Text', 'name', '{}');
SELECT * FROM findings;
SELECT aksara.count('{"model": "Lost"}');
\echo :SQLSTATE
SELECT aksara.forget_model('Lsot');
\echo :SQLSTATE
SELECT aksara.forget_model(NULL);
\echo :SQLSTATE
SELECT aksara.forget_model('Post');
\echo :SQLSTATE
SELECT aksara.drop_model('Lost');
\echo :SQLSTATE
SET ROLE regress_check_bob;
SELECT aksara.forget_model('chk.Lost');
\echo :SQLSTATE
SET ROLE regress_check_ann;
SELECT aksara.forget_model('chk.Lost');
SELECT * FROM findings;

-- A table of that name that is another's, or another model's, is not it; the right one is adopted.
INSERT INTO aksara.model VALUES ('chk', 'Lost', 'losts', '{}');
INSERT INTO aksara.field VALUES ('chk', 'Lost', 'name', 2, 'Text', 'name', '{}');
RESET ROLE;
CREATE TABLE losts (id uuid PRIMARY KEY, name text);
ALTER TABLE losts OWNER TO regress_check_bob;
SELECT * FROM findings;
ALTER TABLE losts OWNER TO regress_check_ann;
ALTER TABLE losts ALTER COLUMN name SET STATISTICS 10;
SELECT * FROM findings;
SET ROLE regress_check_ann;
SELECT aksara.count('{"model": "Lost"}');
INSERT INTO aksara.model VALUES ('chk', 'Shadow', 'losts', '{}');
SELECT * FROM findings;
SELECT aksara.forget_model('Shadow');

-- Rows that a parallel restore brings before their model wait, and are found.
INSERT INTO aksara.field VALUES ('chk', 'Early', 'name', 2, 'Text', 'name', '{}');
INSERT INTO aksara.relation (app, model, field, kind, target_app, target_model, on_delete) VALUES ('chk', 'Early', 'topic', 'ForeignKey', 'chk', 'Topic', 'CASCADE');
SELECT * FROM findings;
CREATE TABLE earlies (id uuid PRIMARY KEY, name text, topic_id uuid REFERENCES topics);
INSERT INTO aksara.model VALUES ('chk', 'Early', 'earlies', '{}');
SELECT * FROM findings;
INSERT INTO aksara.field VALUES ('chk', 'Early', 'id', 1, 'UUID', 'id', '{}'), ('chk', 'Early', 'topic', 3, 'ForeignKey', 'topic_id', '{"to": "Topic"}');
SELECT * FROM findings;
SELECT aksara.count('{"model": "Early", "filter": {"topic__name": "x"}}');

-- Abstract models have no table: whoever may create in the schema may say them, and models are made from them.
SELECT aksara.create_model('Named', '{"name": {"type": "String", "max_length": 40}}', meta => '{"abstract": true, "ordering": ["name"]}');
RESET ROLE;
CREATE TEMP TABLE m AS SELECT * FROM aksara.model WHERE app = 'chk' AND name = 'Named';
CREATE TEMP TABLE f AS SELECT * FROM aksara.field WHERE app = 'chk' AND model = 'Named';
GRANT SELECT ON m, f TO PUBLIC;
SELECT aksara.drop_model('Named');
SET ROLE regress_check_bob;
INSERT INTO aksara.model SELECT * FROM m;
INSERT INTO aksara.field SELECT * FROM f;
SELECT count(*) FROM aksara.model WHERE app = 'chk' AND name = 'Named';
SET ROLE regress_check_ann;
INSERT INTO aksara.model SELECT * FROM m;
INSERT INTO aksara.field SELECT * FROM f;
INSERT INTO aksara.model SELECT * FROM m;
INSERT INTO aksara.model SELECT 'chk', 'Other', 'others', meta FROM m;
\echo :SQLSTATE
INSERT INTO aksara.model VALUES ('chk', 'Other', '', '{}');
\echo :SQLSTATE
SELECT * FROM findings;
SELECT aksara.forget_model('Named');
\echo :SQLSTATE
SELECT aksara.create_model('City', '{"people": "BigInteger"}', meta => '{"extends": ["Named"]}');
SELECT name FROM aksara.field WHERE app = 'chk' AND model = 'City' ORDER BY position;
SELECT meta FROM aksara.model WHERE app = 'chk' AND name = 'City';
SELECT aksara.drop_model('Named');
SELECT * FROM findings;
RESET ROLE;
DROP SCHEMA chk CASCADE;
SELECT count(*) FROM aksara.model WHERE app = 'chk';
DROP TABLE m, f;
DROP ROLE regress_check_ann, regress_check_bob;
