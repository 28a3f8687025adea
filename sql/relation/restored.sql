-- A registry that came out of a dump holds names only: relations work from them at once, and the oids are found again.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA rest;
SET search_path = rest;
SELECT aksara.create_model('User', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Tag', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{
  "author":  {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT", "related_name": "posts"},
  "later":   {"type": "ForeignKey", "to": "Later", "nullable": true},
  "tags":    {"type": "ManyToMany", "to": "Tag", "related_name": "posts"},
  "readers": {"type": "ManyToMany", "to": "User", "through": "Reading", "related_name": "read"}
}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Reading', '{"post": {"type": "ForeignKey", "to": "Post"}, "user": {"type": "ForeignKey", "to": "User"}}');
INSERT INTO users (name) VALUES ('Ann');
INSERT INTO tags (name) VALUES ('sql');
INSERT INTO posts (author_id) VALUES (1);

-- As a dump and restore leave it.
CREATE TEMP TABLE m AS SELECT * FROM aksara.model WHERE app = 'rest';
CREATE TEMP TABLE f AS SELECT * FROM aksara.field WHERE app = 'rest';
CREATE TEMP TABLE r AS SELECT * FROM aksara.relation WHERE app = 'rest';
SET session_replication_role = replica;
DELETE FROM aksara.junction_oid WHERE junction = 'post_tags'::regclass;
DELETE FROM aksara.relation_oid WHERE app = 'rest';
DELETE FROM aksara.relation WHERE app = 'rest';
DELETE FROM aksara.field_attnum WHERE app = 'rest';
DELETE FROM aksara.field WHERE app = 'rest';
DELETE FROM aksara.model_oid WHERE app = 'rest';
DELETE FROM aksara.model WHERE app = 'rest';
RESET session_replication_role;
INSERT INTO aksara.model SELECT * FROM m;
INSERT INTO aksara.field SELECT * FROM f;
INSERT INTO aksara.relation SELECT * FROM r;
SELECT count(*) AS oids FROM aksara.relation_oid WHERE app = 'rest';
-- A session that comes afterwards.
\c -
SET search_path = rest;
SET client_min_messages = warning;
SELECT aksara.related_add('Post', 1, 'tags', 1), aksara.related_add('User', 1, 'read', 1);
DELETE FROM users;
\echo :SQLSTATE
-- Changes by hand are followed from then on.
ALTER TABLE tags ALTER COLUMN name SET STATISTICS 10;
ALTER TABLE post_tags RENAME TO labels;
ALTER TABLE users RENAME TO people;
SELECT r.field, o.target::regclass, o.junction::regclass, r.junction_table
FROM aksara.relation r LEFT JOIN aksara.relation_oid o USING (app, model, field) WHERE app = 'rest' ORDER BY r.model, r.field;
ALTER TABLE labels RENAME TO marks;
SELECT junction_table FROM aksara.relation WHERE app = 'rest' AND field = 'tags';
SELECT aksara.related_contains('Post', 1, 'tags', 1);
SELECT aksara.create_model('Later', '{"name": "Text"}');
SELECT conname FROM pg_constraint WHERE conrelid = 'posts'::regclass AND contype = 'f' ORDER BY 1;
SELECT conname FROM pg_constraint WHERE conrelid = 'marks'::regclass AND contype = 'f' ORDER BY 1;
DROP TABLE posts CASCADE;
SELECT relname FROM pg_class WHERE relnamespace = 'rest'::regnamespace AND relkind = 'r' ORDER BY 1;

-- A target that was made a partitioned table: a row of a partition is a row of the model.
DROP TABLE readings;
CREATE TABLE people_parts (LIKE people INCLUDING ALL) PARTITION BY RANGE (id);
CREATE TABLE people_low PARTITION OF people_parts FOR VALUES FROM (0) TO (10);
DROP TABLE people;
ALTER TABLE people_parts RENAME TO people;
INSERT INTO people (id, name) VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO aksara.model VALUES ('rest', 'Person', 'people', '{}');
INSERT INTO aksara.field VALUES ('rest', 'Person', 'id', 1, 'BigInteger', 'id', '{}'), ('rest', 'Person', 'name', 2, 'Text', 'name', '{}');
SELECT aksara.create_model('Letter', '{"to": {"type": "ForeignKey", "to": "Person", "on_delete": "PROTECT"}, "cc": {"type": "ForeignKey", "to": "Person", "on_delete": "CASCADE", "nullable": true, "related_name": "+"}}',
	meta => '{"primary_key": "bigint"}');
INSERT INTO letters (to_id, cc_id) VALUES (1, 2);
DELETE FROM people WHERE id = 1;
\echo :SQLSTATE
DELETE FROM people_low WHERE id = 1;
\echo :SQLSTATE
SELECT aksara.delete_by_key('Person', 2);

-- A junction that was left out of the restore: its relation waits, everything else goes on.
INSERT INTO aksara.field VALUES ('rest', 'Letter', 'stamps', 9, 'ManyToMany', NULL, '{}');
INSERT INTO aksara.relation (app, model, field, kind, target_app, target_model, on_delete, junction_schema, junction_table, source_columns, target_columns)
	VALUES ('rest', 'Letter', 'stamps', 'ManyToMany', 'rest', 'Tag', 'CASCADE', 'rest', 'letter_stamps', '{letter_id}', '{tag_id}');
\c -
SET search_path = rest;
SET client_min_messages = warning;
SELECT aksara.related_add('Letter', 1, 'stamps', 1);
\echo :SQLSTATE
SELECT aksara.create_model('Stamp', '{"name": "Text"}');
CREATE TABLE letter_stamps (letter_id bigint REFERENCES letters, tag_id bigint REFERENCES tags);
INSERT INTO letters (id, to_id) VALUES (77, 1);
\c -
SELECT aksara.related_add('rest.Letter', 77, 'stamps', 1);

SET client_min_messages = warning;
DROP SCHEMA rest CASCADE;
SELECT count(*) AS left_over FROM aksara.relation WHERE app = 'rest';
