-- related_add, related_remove, related_set, related_clear, related_contains.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA link;
SET search_path = link;
SELECT aksara.create_model('Tag', '{"name": {"type": "String", "max_length": 30}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('User', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{
  "title":    "Text",
  "author":   {"type": "ForeignKey", "to": "User", "related_name": "posts"},
  "reviewer": {"type": "ForeignKey", "to": "User", "related_name": "reviews", "nullable": true},
  "tags":     {"type": "ManyToMany", "to": "Tag", "related_name": "posts"}
}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Profile', '{"user": {"type": "OneToOne", "to": "User", "related_name": "profile"}}', meta => '{"primary_key": "bigint"}');
INSERT INTO tags (name) VALUES ('sql'), ('c'), ('web'), ('art');
INSERT INTO users (name) VALUES ('Ann'), ('Bob');
INSERT INTO posts (title, author_id) VALUES ('One', 1), ('Two', 1), ('Three', 2);
CREATE VIEW links AS SELECT post_id, array_agg(tag_id ORDER BY tag_id) AS tags FROM post_tags GROUP BY 1 ORDER BY 1;

-- Forward: literals, typed values, an array, objects as they come out of a query. What is linked already does not count.
SELECT aksara.related_add('Post', '1', 'tags', '1', '2');
SELECT aksara.related_add('Post', 1, 'tags', 2, 3, 3);
SELECT aksara.related_add('Post', 2::bigint, 'tags', VARIADIC ARRAY[1, 2]);
SELECT aksara.related_add('Post', row_to_json(p), 'tags', row_to_json(t)) FROM posts p, tags t WHERE p.id = 3 AND t.name = 'art';
SELECT aksara.related_add('Post', '{"id": 3, "title": "not compared"}', 'tags', '{"id": 1}', '{"id": 4}');
SELECT aksara.related_add('Post', 1, 'tags', VARIADIC '{}'::int[]), aksara.related_add('Post', '1', 'tags');
SELECT * FROM links;

-- Backward: the same links from the other end.
SELECT aksara.related_add('Tag', 4, 'posts', 1, 2, 3);
SELECT aksara.related_contains('Tag', 4, 'posts', 1), aksara.related_contains('Post', '1', 'tags', '{"id": 4}'), aksara.related_contains('Post', 2, 'tags', 3);
SELECT aksara.related_remove('Tag', '4', 'posts', '3', '3', '99');
SELECT aksara.related_remove('Post', 1, 'tags', 4);
SELECT * FROM links;

-- set removes what is not named and adds what is missing; a link that stays is the very same row.
CREATE TEMP TABLE before AS SELECT * FROM post_tags;
SELECT * FROM aksara.related_set('Post', 1, 'tags', 2, 3, 4);
SELECT * FROM aksara.related_set('Post', 1, 'tags', '2'::text, '3', '4');
SELECT n.tag_id, b.id IS NOT NULL AS same_row FROM post_tags n LEFT JOIN before b ON b.id = n.id WHERE n.post_id = 1 ORDER BY 1;
SELECT * FROM aksara.related_set('Post', 2, 'tags');
SELECT * FROM aksara.related_set('Post', '3', 'tags');

SELECT aksara.related_clear('Post', 1, 'tags'), aksara.related_clear('Tag', '1', 'posts');
SELECT * FROM links;

-- Drivers' untyped parameters.
PREPARE add AS SELECT aksara.related_add('Post', $1, 'tags', $2, $3);
PREPARE has AS SELECT aksara.related_contains('Post', $1, 'tags', $2);
PREPARE set AS SELECT added, removed FROM aksara.related_set('Post', $1, 'tags', $2);
EXECUTE add('1', '1', '2');
EXECUTE has('1', '2');
EXECUTE set('1', '2');
EXECUTE set('1', '3');
EXECUTE has('1', '2');

-- Backward along a foreign key: adding points rows here, removing makes the key null.
SELECT aksara.related_add('User', 2, 'reviews', 1, 2);
SELECT aksara.related_add('User', 2, 'reviews', 2, 3);
SELECT aksara.related_contains('User', 2, 'reviews', 3), aksara.related_contains('User', 1, 'reviews', 3);
SELECT aksara.related_remove('User', 2, 'reviews', 1), aksara.related_remove('User', 1, 'reviews', 2);
SELECT * FROM aksara.related_set('User', '1', 'reviews', '1', '2');
SELECT id, reviewer_id FROM posts ORDER BY id;
SELECT aksara.related_clear('User', 1, 'reviews');
SELECT id, reviewer_id FROM posts ORDER BY id;
-- A key that cannot be null: rows can be taken over, not let go.
SELECT aksara.related_add('User', 2, 'posts', 2, 3);
SELECT * FROM aksara.related_set('User', 2, 'posts', 1, 2, 3);
SELECT aksara.related_remove('User', 2, 'posts', 1);
\echo :SQLSTATE
SELECT aksara.related_clear('User', 2, 'posts');
\echo :SQLSTATE
SELECT * FROM aksara.related_set('User', 2, 'posts', 1);
\echo :SQLSTATE

-- A through model: rows with their defaults, found by looking because nothing need be unique.
SELECT aksara.create_model('Band', '{"name": "Text", "members": {"type": "ManyToMany", "to": "User", "through": "Membership", "related_name": "bands"}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Membership', '{
  "band":  {"type": "ForeignKey", "to": "Band"},
  "user":  {"type": "ForeignKey", "to": "User"},
  "role":  {"type": "String", "max_length": 20, "default": "singer"},
  "since": {"type": "DateTime", "auto_now_add": true}
}', meta => '{"primary_key": "bigint"}');
INSERT INTO bands (name) VALUES ('Trio');
SELECT aksara.related_add('Band', 1, 'members', 1, 2), aksara.related_add('Band', 1, 'members', 2, 2);
SELECT band_id, user_id, role, since IS NOT NULL AS since FROM memberships ORDER BY 2;
SELECT * FROM aksara.related_set('User', 1, 'bands');
SELECT aksara.related_contains('Band', 1, 'members', 1), aksara.related_contains('Band', 1, 'members', 2);
-- To itself through a model: the first key is the source's, the second the target's.
SELECT aksara.create_model('Person', '{"follows": {"type": "ManyToMany", "to": "self", "through": "Follow", "related_name": "followers"}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Follow', '{"who": {"type": "ForeignKey", "to": "Person", "related_name": "+"}, "whom": {"type": "ForeignKey", "to": "Person", "related_name": "+"}}');
INSERT INTO persons SELECT FROM generate_series(1, 3);
SELECT aksara.related_add('Person', 1, 'follows', 2, 3), aksara.related_add('Person', 1, 'followers', 2);
SELECT who_id, whom_id FROM follows ORDER BY 1, 2;

-- Keys of other types.
SELECT aksara.create_model('Word', '{"text": {"type": "String", "max_length": 20, "primary_key": true}, "like": {"type": "ManyToMany", "to": "self", "related_name": "+"}}');
INSERT INTO words VALUES ('{"a": 1}'), ('b');
SELECT aksara.related_add('Word', '{"a": 1}', 'like', 'b');
SELECT aksara.related_add('Word', json_build_object('text', 'b'), 'like', jsonb_build_object('text', '{"a": 1}'));
SELECT from_word_id, to_word_id FROM word_like ORDER BY 1;

-- Errors.
SELECT aksara.related_add('Pst', 1, 'tags', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 1, 'tgs', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 1, 'title', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 1, 'author', 1);
\echo :SQLSTATE
SELECT aksara.related_add('User', 1, 'profile', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 99, 'tags', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 1, 'tags', 99);
\echo :SQLSTATE
SELECT aksara.related_add('User', 2, 'reviews', 99);
\echo :SQLSTATE
SELECT aksara.related_add('User', 99, 'reviews', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 'one', 'tags', '1');
\echo :SQLSTATE
SELECT aksara.related_add('Post', 1, 'tags', 1.5);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 1, 'tags', true);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 1, 'tags', ARRAY[1, 2]);
\echo :SQLSTATE
SELECT aksara.related_add('Post', '{"title": "One"}', 'tags', '1');
\echo :SQLSTATE
SELECT aksara.related_add('Post', '{"id": 1', 'tags', '1');
\echo :SQLSTATE
-- A NULL is no silent no.
SELECT aksara.related_add(NULL, 1, 'tags', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Post', NULL, 'tags', '1');
\echo :SQLSTATE
SELECT aksara.related_add('Post', 'null'::json, 'tags', '1'::text);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 1, NULL, 1);
\echo :SQLSTATE
SELECT aksara.related_add('Post', 1, 'tags', 1, NULL::int);
\echo :SQLSTATE
SELECT aksara.related_add('Post', '1', 'tags', VARIADIC NULL::text[]);
\echo :SQLSTATE
SELECT aksara.related_set('Post', '1', 'tags', '1', NULL);
\echo :SQLSTATE
SELECT aksara.related_clear('Post', NULL::int, 'tags');
\echo :SQLSTATE
SELECT aksara.related_contains('Post', 1, 'tags', NULL::int);
\echo :SQLSTATE

-- As the caller: his rights on the junction, its row security.
CREATE ROLE regress_linker;
GRANT USAGE ON SCHEMA link TO regress_linker;
SET ROLE regress_linker;
SELECT aksara.related_add('Post', 1, 'tags', 4);
\echo :SQLSTATE
SELECT aksara.related_contains('Post', 1, 'tags', 3);
\echo :SQLSTATE
RESET ROLE;
GRANT SELECT, INSERT, DELETE ON post_tags TO regress_linker;
ALTER TABLE post_tags ENABLE ROW LEVEL SECURITY;
CREATE POLICY even ON post_tags TO regress_linker USING (tag_id % 2 = 0);
SET ROLE regress_linker;
SELECT aksara.related_contains('Post', 1, 'tags', 3), aksara.related_add('Post', 1, 'tags', 4);
SELECT aksara.related_add('Post', 2, 'tags', 1);
\echo :SQLSTATE
SELECT aksara.related_clear('Post', 1, 'tags');
RESET ROLE;
SELECT * FROM links;
-- No operator of the caller's making is met on the way.
CREATE FUNCTION trap(bigint, bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trapped'; END $$;
CREATE OPERATOR = (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = trap);
SET search_path = link, pg_catalog;
SELECT * FROM aksara.related_set('Post', 1, 'tags', 1, 2);
SELECT aksara.related_add('Band', 1, 'members', 1);
SELECT aksara.related_contains('Band', 1, 'members', 1);
SELECT * FROM aksara.related_set('User', 1, 'reviews', 3);
SET search_path = link;

DROP SCHEMA link CASCADE;
DROP ROLE regress_linker;
