-- Many-to-many: the junction is an ordinary table, and what is done to it by hand counts.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA junc;
CREATE SCHEMA junc_away;
SET search_path = junc;
CREATE VIEW junctions AS
	SELECT app, model, field, target_app, target_model, junction_schema, junction_table, source_columns, target_columns
	FROM aksara.relation WHERE app LIKE 'junc%' AND kind = 'ManyToMany' ORDER BY app, model, field;

-- Of the real key types, whatever they are.
SELECT aksara.create_model('Tag', '{"name": {"type": "String", "max_length": 30, "primary_key": true}}');
SELECT aksara.create_model('BlogPost', '{"title": "Text", "tags": {"type": "ManyToMany", "to": "Tag", "related_name": "posts"}}', meta => '{"primary_key": "bigint"}');
\d blog_post_tags

-- To itself, and to a model of the same name elsewhere: from_ and to_.
SELECT aksara.create_model('User', '{"friends": {"type": "ManyToMany", "to": "self", "related_name": "befriended_by"}}');
\d user_friends
SELECT aksara.create_model('junc_away.User', '{"same": {"type": "ManyToMany", "to": "junc.User"}}');
\d junc_away.user_same

-- A name that is taken.
CREATE TABLE box_items ();
SELECT aksara.create_model('Box', '{"items": {"type": "ManyToMany", "to": "Tag"}}');
\echo :SQLSTATE
DROP TABLE box_items;

-- Two many-to-many relations between two models.
SELECT aksara.create_model('Shelf', '{"left": {"type": "ManyToMany", "to": "Tag", "related_name": "left_of"}, "right": {"type": "ManyToMany", "to": "Tag", "related_name": "right_of"}}');
SELECT * FROM junctions;

-- By hand: renamed, a column renamed, moved, its schema renamed; the relation goes on.
INSERT INTO tags VALUES ('red'), ('blue');
INSERT INTO blog_posts (title) VALUES ('one');
SELECT aksara.related_add('BlogPost', 1, 'tags', 'red'::text);
ALTER TABLE blog_post_tags RENAME TO marks;
ALTER TABLE marks RENAME COLUMN tag_id TO mark;
ALTER TABLE marks SET SCHEMA junc_away;
SELECT aksara.related_add('BlogPost', '1', 'tags', 'blue');
ALTER SCHEMA junc_away RENAME TO "junc Away";
SELECT aksara.related_contains('BlogPost', '1', 'tags', 'red');
SELECT aksara.related_contains('Tag', 'blue', 'posts', '1');
SELECT mark FROM "junc Away".marks ORDER BY 1;
SELECT * FROM junctions;
-- Names that were chosen by hand stay when a model is renamed.
SELECT aksara.rename_model('Tag', 'Label');
SELECT * FROM junctions WHERE field = 'tags';

-- A target moved by hand: what points at it follows.
ALTER TABLE labels SET SCHEMA "junc Away";
SELECT * FROM junctions WHERE field IN ('tags', 'left');
SELECT aksara.related_add('junc Away.Label', 'blue', 'left_of', '00000000-0000-0000-0000-000000000001');
\echo :SQLSTATE

-- Dropped by hand: the field goes with it; so with one of its two columns.
DROP TABLE "junc Away".marks;
ALTER TABLE shelf_left DROP COLUMN label_id;
SELECT * FROM junctions;
SELECT f ->> 'name' AS field FROM json_array_elements(aksara.describe('BlogPost') -> 'fields') f;
SELECT aksara.related_add('BlogPost', '1', 'tags', 'blue');
\echo :SQLSTATE

-- The source dropped by hand takes its junction along (not what is a junction no more); the target leaves it where it is.
SET client_min_messages = notice;
DROP TABLE shelfs CASCADE;
SET client_min_messages = warning;
SELECT relname FROM pg_class WHERE relname IN ('shelf_left', 'shelf_right');
SELECT aksara.create_model('Course', '{"students": {"type": "ManyToMany", "to": "Student"}}');
SELECT aksara.create_model('Student', '{"name": "Text"}');
DROP TABLE students CASCADE;
\d course_students
SELECT * FROM junctions;
-- Not so a junction of another owner: it is left to him.
CREATE ROLE regress_junc;
ALTER TABLE course_students OWNER TO regress_junc;
GRANT ALL ON SCHEMA junc TO regress_junc;
ALTER TABLE courses OWNER TO regress_junc;
SET ROLE regress_junc;
SELECT aksara.create_model('Mine', '{"tags": {"type": "ManyToMany", "to": "Course"}}');
RESET ROLE;
-- Made by a superuser for a model of another role, it is that role's.
SELECT aksara.add_field('Mine', 'more', '{"type": "ManyToMany", "to": "Course", "related_name": "+"}');
SELECT relname, relowner::regrole FROM pg_class WHERE relname IN ('mine_tags', 'mine_more') ORDER BY 1;
ALTER TABLE mine_more OWNER TO CURRENT_USER;
SET ROLE regress_junc;
DROP TABLE mines CASCADE;
RESET ROLE;
SELECT relname FROM pg_class WHERE relname IN ('mine_tags', 'mine_more') ORDER BY 1;

DROP SCHEMA junc, "junc Away" CASCADE;
DROP ROLE regress_junc;
SELECT count(*) AS left_over FROM aksara.relation WHERE app LIKE 'junc%';
SELECT count(*) AS junctions FROM aksara.junction_oid j WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = j.junction);
