-- What is done by hand to the native keys and columns of relations. (Junctions: junction.sql.)
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA hand;
CREATE SCHEMA hand_away;
SET search_path = hand;
SELECT aksara.create_model('User', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{
  "author": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT", "related_name": "posts", "nullable": true},
  "likes":  {"type": "ManyToMany", "to": "User", "related_name": "liked"}
}', meta => '{"primary_key": "bigint"}');
INSERT INTO users (name) VALUES ('Ann'), ('Bob');
INSERT INTO posts (author_id) VALUES (1);
CREATE VIEW relations AS
	SELECT app, model, field, target_app, constraint_name, junction_schema FROM aksara.relation WHERE app LIKE 'hand%' ORDER BY 1, 2, 3;

-- The native key: renamed, dropped, made anew. Without it the relation still leads from row to row, and the trigger still protects.
ALTER TABLE posts RENAME CONSTRAINT posts_author_id_fkey TO written_by;
SELECT * FROM relations;
ALTER TABLE posts DROP CONSTRAINT written_by;
SELECT * FROM relations;
SELECT aksara.related_contains('User', 1, 'posts', 1);
DELETE FROM users WHERE id = 1;
\echo :SQLSTATE
-- Defining another model does not bring it back against his will who dropped it.
SELECT aksara.create_model('Other', '{"name": "Text"}');
SELECT * FROM relations;
ALTER TABLE posts ADD CONSTRAINT again FOREIGN KEY (author_id) REFERENCES users;
SELECT * FROM relations;

-- The column renamed: the field keeps its name. Its type changed: it cannot refer any more, and can again.
ALTER TABLE posts RENAME COLUMN author_id TO writer;
SELECT aksara.related_add('User', 2, 'posts', 1);
SELECT writer FROM posts;
ALTER TABLE posts DROP CONSTRAINT again;
ALTER TABLE posts ALTER COLUMN writer TYPE text;
SELECT aksara.related_add('User', 2, 'posts', 1);
\echo :SQLSTATE
ALTER TABLE posts ALTER COLUMN writer TYPE bigint USING writer::bigint;
SELECT aksara.related_contains('User', 2, 'posts', 1);

-- Tables renamed and moved, the schema renamed: everything follows; a junction stays where it is.
ALTER TABLE users RENAME TO people;
ALTER TABLE posts SET SCHEMA hand_away;
ALTER SCHEMA hand_away RENAME TO "hand Away";
SELECT * FROM relations;
SELECT aksara.related_add('hand Away.Post', 1, 'likes', 1, 2);
DELETE FROM people WHERE id = 2;
SELECT aksara.delete_by_key('hand Away.Post', 1);

-- The column dropped: the relation is gone, with its accessor.
ALTER TABLE "hand Away".posts DROP COLUMN writer;
SELECT * FROM relations;
SELECT aksara.related_add('User', 2, 'posts', 1);
\echo :SQLSTATE
DELETE FROM people;

-- Both tables of a pair in one statement; a schema with everything in it.
SELECT aksara.create_model('A', '{"b": {"type": "ForeignKey", "to": "B", "nullable": true}}', meta => '{"table_name": "a"}');
SELECT aksara.create_model('B', '{"a": {"type": "ForeignKey", "to": "A", "on_delete": "RESTRICT", "nullable": true}}', meta => '{"table_name": "b"}');
DROP TABLE a, b;
SELECT * FROM relations;
DROP SCHEMA hand, "hand Away" CASCADE;
SELECT count(*) AS left_over FROM aksara.relation WHERE app LIKE 'hand%';
