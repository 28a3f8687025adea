-- Keys and targets with a type and without, in every mixture, as drivers bind them.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA untyped;
SET search_path = untyped;
SELECT aksara.create_model('Tag', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{"id": {"type": "UUID", "primary_key": true}, "tags": {"type": "ManyToMany", "to": "Tag", "related_name": "posts"}}');
SELECT count(*) FROM aksara.bulk_create('Tag', '[{"name": "a"}, {"name": "b"}, {"name": "c"}]');
INSERT INTO posts VALUES ('00000000-0000-0000-0000-000000000001'), ('00000000-0000-0000-0000-000000000002');

-- $n stands where the driver gives no type; what has one has a cast.
PREPARE none AS SELECT aksara.related_add('Post', $1, 'tags', $2, $3);
PREPARE key_typed AS SELECT aksara.related_add('Post', $1::uuid, 'tags', $2, $3);
PREPARE targets_typed AS SELECT aksara.related_add('Post', $1, 'tags', $2::bigint, $3::integer);
PREPARE all_typed AS SELECT aksara.related_add('Post', $1::uuid, 'tags', $2::smallint, $3::numeric);
SELECT name, parameter_types FROM pg_prepared_statements WHERE name IN ('none', 'key_typed', 'targets_typed', 'all_typed') ORDER BY name;
EXECUTE none ('00000000-0000-0000-0000-000000000001', '1', '2');
EXECUTE key_typed ('00000000-0000-0000-0000-000000000001', '2', '3');
EXECUTE targets_typed ('00000000-0000-0000-0000-000000000002', 1, 3);
EXECUTE all_typed ('00000000-0000-0000-0000-000000000002', 2, 3);
SELECT right(post_id::text, 1) AS post, tag_id FROM post_tags ORDER BY 1, 2;

PREPARE remove_1 AS SELECT aksara.related_remove('Post', $1, 'tags', $2::bigint);
PREPARE remove_2 AS SELECT aksara.related_remove('Post', $1::uuid, 'tags', $2);
PREPARE set_1 AS SELECT * FROM aksara.related_set('Post', $1, 'tags', $2::bigint, 2);
PREPARE set_2 AS SELECT * FROM aksara.related_set('Post', $1::uuid, 'tags', $2, '3');
PREPARE set_3 AS SELECT * FROM aksara.related_set('Post', $1, 'tags');
PREPARE set_4 AS SELECT * FROM aksara.related_set('Post', $1::uuid, 'tags');
PREPARE contains_1 AS SELECT aksara.related_contains('Post', $1, 'tags', $2::bigint);
PREPARE contains_2 AS SELECT aksara.related_contains('Post', $1::uuid, 'tags', $2);
EXECUTE remove_1 ('00000000-0000-0000-0000-000000000001', 1);
EXECUTE remove_2 ('00000000-0000-0000-0000-000000000001', '2');
EXECUTE set_1 ('00000000-0000-0000-0000-000000000001', 1);
EXECUTE set_2 ('00000000-0000-0000-0000-000000000001', '2');
EXECUTE contains_1 ('00000000-0000-0000-0000-000000000001', 3);
EXECUTE contains_2 ('00000000-0000-0000-0000-000000000001', '1');
EXECUTE set_3 ('00000000-0000-0000-0000-000000000001');
EXECUTE set_4 ('00000000-0000-0000-0000-000000000002');

-- Text counts as a value by the field's type too; so do varchar, a domain, json and whole rows.
CREATE DOMAIN key_text AS text;
SELECT aksara.related_add('Post', '00000000-0000-0000-0000-000000000001'::text, 'tags', 1::bigint),
	aksara.related_add('Post', '00000000-0000-0000-0000-000000000001'::varchar, 'tags', 2),
	aksara.related_add('Post', '00000000-0000-0000-0000-000000000001'::key_text, 'tags', '3'),
	aksara.related_add('Post', '00000000-0000-0000-0000-000000000002'::uuid, 'tags', '1'::varchar),
	aksara.related_add('Post', aksara.get('Post', '{"id": "00000000-0000-0000-0000-000000000002"}'), 'tags', '2'),
	aksara.related_add('Post', '00000000-0000-0000-0000-000000000002', 'tags', aksara.get('Tag', '{"id": 3}'));
SELECT aksara.related_remove('Post', p, 'tags', t, 1::bigint) FROM posts p, tags t WHERE t.id = 2 ORDER BY p.id;
SELECT right(post_id::text, 1) AS post, tag_id FROM post_tags ORDER BY 1, 2;

-- Lists: typed ones beside a key of either sort.
PREPARE list_1 AS SELECT * FROM aksara.related_set('Post', $1, 'tags', VARIADIC $2::bigint[]);
PREPARE list_2 AS SELECT * FROM aksara.related_set('Post', $1::uuid, 'tags', VARIADIC $2::text[]);
EXECUTE list_1 ('00000000-0000-0000-0000-000000000001', '{1,2}');
EXECUTE list_2 ('00000000-0000-0000-0000-000000000001', '{2,3}');
EXECUTE list_2 ('00000000-0000-0000-0000-000000000001', '{}');
EXECUTE list_1 ('00000000-0000-0000-0000-000000000001', NULL);
\echo :SQLSTATE

-- A NULL key or target is named; a value that is no key is an error of the key's type.
EXECUTE targets_typed (NULL, 1, 2);
\echo :SQLSTATE
EXECUTE targets_typed ('00000000-0000-0000-0000-000000000001', 1, NULL);
\echo :SQLSTATE
EXECUTE key_typed ('00000000-0000-0000-0000-000000000001', 'x', '2');
\echo :SQLSTATE
SELECT aksara.related_add('Post', 5, 'tags', '1');
\echo :SQLSTATE
DEALLOCATE ALL;
DROP SCHEMA untyped CASCADE;
