-- Native keys that compare two types: a column altered by hand, and adopted tables.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA mixed;
SET search_path = mixed;
SELECT aksara.create_model('User', '{"name": "Text", "code": {"type": "String", "max_length": 10, "unique": true}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Row' || n, jsonb_build_object('user', jsonb_build_object('type', 'ForeignKey', 'to', 'User', 'nullable', true, 'default', 1, 'on_delete', kind,
	'related_name', lower(split_part(kind, '(', 1)))), '{"primary_key": "bigint"}')
	FROM unnest('{CASCADE,SET_NULL,SET_DEFAULT,PROTECT,RESTRICT,DO_NOTHING,SET(1+0)}'::text[]) WITH ORDINALITY k (kind, n);
SELECT aksara.create_model('Coded', '{"user": {"type": "ForeignKey", "to": "User", "to_field": "code", "on_delete": "PROTECT", "nullable": true, "related_name": "coded"}}', '{"primary_key": "bigint"}');
DO $$ BEGIN FOR n IN 1..7 LOOP EXECUTE format('ALTER TABLE mixed.row%ss ALTER user_id TYPE integer', n); END LOOP; END $$;
ALTER TABLE codeds ALTER user_id TYPE text;
INSERT INTO users (name, code) SELECT 'u' || n, 'c' || n FROM generate_series(1, 9) n;
INSERT INTO users VALUES (3000000000, 'far', 'far'), (3000000001, 'farther', 'farther');
INSERT INTO row1s (user_id) VALUES (2), (3);
INSERT INTO row2s (user_id) VALUES (2), (3);
INSERT INTO row3s (user_id) VALUES (2), (3);
INSERT INTO row4s (user_id) VALUES (4);
INSERT INTO row5s (user_id) VALUES (5);
INSERT INTO row6s (user_id) VALUES (6);
INSERT INTO row7s (user_id) VALUES (2), (3);
INSERT INTO codeds (user_id) VALUES ('c7');

-- Every kind of on_delete, by call and by plain SQL; a key that the column cannot hold is referred to by nobody.
SELECT aksara.delete_by_key('User', 2);
DELETE FROM users WHERE id = 3;
SELECT 1 AS of, user_id FROM row1s UNION ALL SELECT 2, user_id FROM row2s UNION ALL SELECT 3, user_id FROM row3s UNION ALL SELECT 7, user_id FROM row7s ORDER BY 1;
SELECT aksara.delete_by_key('User', 4);
\echo :SQLSTATE
DELETE FROM users WHERE id = 4;
\echo :SQLSTATE
SELECT aksara.delete_by_key('User', 5);
\echo :SQLSTATE
DELETE FROM users WHERE id = 5;
\echo :SQLSTATE
SELECT aksara.delete_by_key('User', 6);
\echo :SQLSTATE
SELECT aksara.delete_by_key('User', 7);
\echo :SQLSTATE
SELECT aksara.delete_by_key('User', 3000000001);

-- Reading, in all directions.
SELECT aksara.fetch('{"model": "Row4", "select_related": ["user"], "filter": {"user__name": "u4", "user": {"id": 4}, "user__in": [4, 5]}}');
SELECT aksara.fetch('{"model": "User", "filter": {"id__in": [4, 7, 3000000000]}, "prefetch_related": ["protect", "coded"], "order_by": ["id"]}');
SELECT aksara.count('{"model": "User", "filter": {"protect__user": 4}}'), aksara.count('{"model": "User", "filter": {"coded__isnull": false}}');
SELECT r.id FROM aksara.rows(NULL::row4s, aksara.objects('Row4', aksara.filter('user__name', 'u4'))) r;
SELECT aksara.count(aksara.related('User', 4, 'protect')), aksara.count(aksara.related('User', 3000000000, 'protect')), aksara.count(aksara.related('User', '3000000000', 'protect'));
SELECT aksara.count('{"model": "Row4", "filter": {"user__id": 3000000000}}'), aksara.count('{"model": "Row4", "filter": {"user__pk": 4}}');
SELECT aksara.count('{"model": "Row4", "filter": {"user": 3000000000}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Row4", "filter": {"user__in": [4, 3000000000]}}');
\echo :SQLSTATE
INSERT INTO row4s VALUES (100, NULL);
SELECT aksara.count('{"model": "Row4", "filter": {"user": null}}'), aksara.count('{"model": "Row4", "filter": {"user__isnull": false}}'), aksara.count('{"model": "Row4", "exclude": {"user": 4}}'), aksara.count('{"model": "Row4", "filter": {"user_id__gt": 3}}');
SELECT aksara.fetch('{"model": "Row4", "order_by": ["-user", "id"]}');
SELECT aksara.delete('{"model": "Row4", "filter": {"user": null}}');

-- Links and writes.
SELECT aksara.related_add('User', 8, 'protect', 1);
SELECT aksara.related_contains('User', 8, 'protect', 1), aksara.related_contains('User', 3000000000, 'protect', 1), aksara.related_contains('User', '8', 'protect', '1');
SELECT aksara.related_clear('User', 3000000000, 'protect'), aksara.related_remove('User', 3000000000, 'protect', 1);
SELECT * FROM aksara.related_set('User', 3000000000, 'protect');
SELECT aksara.related_add('User', 3000000000, 'protect', 1);
\echo :SQLSTATE
SELECT * FROM aksara.related_set('User', 8, 'protect');
SELECT aksara.related_create('User', 8, 'protect', '{}');
SELECT * FROM aksara.related_set('User', 8, 'coded', 1);
SELECT aksara.create('Row4', '{"user": {"id": 9, "name": "not compared"}}');
SELECT aksara.create('Row4', '{"user": 3000000000}');
\echo :SQLSTATE
SELECT * FROM aksara.bulk_create('Row4', '[{"user": 8}, {"user": {"id": 9}}, {"user": null}]');
SELECT aksara.bulk_update('Row4', '[{"id": 1, "user": 9}, {"id": 2, "user": {"id": 8}}]');
SELECT * FROM aksara.upsert('Row4', '{"id": 1, "user": 8}', '{id}');
SELECT aksara.update('{"model": "Row4", "filter": {"user": 8}}', '{"user": 9}');
SELECT id, user_id FROM row4s ORDER BY id;
SELECT user_id FROM codeds;

-- The column keeps its type as long as its native key stays; one that is made anew brings the key's.
SELECT aksara.alter_field('Row4', 'user', '{"type": "ForeignKey", "to": "User", "nullable": true, "default": 1, "on_delete": "PROTECT", "related_name": "guarded"}');
SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'row4s'::regclass AND attname = 'user_id';
SELECT aksara.alter_field('Row4', 'user', '{"type": "ForeignKey", "to": "User", "nullable": true, "on_delete": "CASCADE", "related_name": "guarded"}');
SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'row4s'::regclass AND attname = 'user_id';
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'row4s'::regclass AND contype = 'f';
-- A relation without a native key compares nothing that it was not made for.
ALTER TABLE row6s DROP CONSTRAINT row6s_user_id_fkey;
SELECT aksara.fetch('{"model": "Row6", "select_related": ["user"]}');
\echo :SQLSTATE
SELECT problem FROM aksara.check_registry() WHERE model = 'mixed.Row6';
DROP SCHEMA mixed CASCADE;

-- Adopted tables: whatever pair of types PostgreSQL compares.
CREATE SCHEMA mixed;
SET search_path = mixed;
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TABLE dates (day date PRIMARY KEY);
CREATE TABLE at_dates (id integer PRIMARY KEY, a timestamp REFERENCES dates ON DELETE CASCADE, b timestamptz REFERENCES dates);
CREATE TABLE numbers (n numeric PRIMARY KEY);
CREATE TABLE at_numbers (id integer PRIMARY KEY, a integer REFERENCES numbers, b numeric(4,2) REFERENCES numbers);
CREATE TABLE words (v varchar(5) PRIMARY KEY, c char(4) UNIQUE, t text UNIQUE);
CREATE TABLE at_words (id integer PRIMARY KEY, a char(5) REFERENCES words (v), b text REFERENCES words (v), c varchar REFERENCES words (c), d varchar(9) REFERENCES words (t));
CREATE TABLE domains (p positive PRIMARY KEY);
CREATE TABLE at_domains (id integer PRIMARY KEY, a integer REFERENCES domains, b bigint REFERENCES domains, c smallint REFERENCES domains);
CREATE TABLE pairs (a bigint, b text, PRIMARY KEY (a, b));
CREATE TABLE at_pairs (id integer PRIMARY KEY, pair_a integer, pair_b varchar(4), FOREIGN KEY (pair_a, pair_b) REFERENCES pairs ON DELETE SET NULL);
CREATE TABLE number_domains (number_n integer REFERENCES numbers, domain_p smallint REFERENCES domains, PRIMARY KEY (number_n, domain_p));
CREATE TABLE trees (id bigint PRIMARY KEY, parent_id integer REFERENCES trees);
SELECT table_name, model, unmapped FROM aksara.adopt_schema('mixed');
INSERT INTO dates VALUES ('2024-01-01'), ('2024-01-02');
INSERT INTO at_dates VALUES (1, '2024-01-01', NULL);
INSERT INTO numbers VALUES (1), (2.00), (2.5), (3000000000);
INSERT INTO at_numbers VALUES (1, 1, 2.5);
INSERT INTO words VALUES ('ab', 'ab', 'ab');
INSERT INTO at_words VALUES (1, 'ab', 'ab', 'ab', 'ab');
INSERT INTO domains VALUES (1), (2), (100000);
INSERT INTO at_domains VALUES (1, 1, 2, 1);
INSERT INTO pairs VALUES (1, 'x'), (3000000000, 'longer');
INSERT INTO at_pairs VALUES (1, 1, 'x');
INSERT INTO trees VALUES (1, NULL), (2, 1);
-- Every row with all that it refers to, and with all that refer to it.
CREATE FUNCTION paths(model text, key text) RETURNS json LANGUAGE sql AS $$
	SELECT coalesce(json_agg(f -> 'name'), '[]') FROM json_array_elements(aksara.describe(model) -> key) f WHERE f ->> 'type' IN ('ForeignKey', 'ManyToMany') OR f -> 'many' IS NOT NULL $$;
SELECT name, aksara.fetch_all(json_build_object('model', 'mixed.' || name, 'order_by', '["pk"]'::json,
	CASE WHEN name ~ '^(At|Tree)' THEN 'select_related' ELSE 'prefetch_related' END, paths('mixed.' || name, CASE WHEN name ~ '^(At|Tree)' THEN 'fields' ELSE 'related' END))::aksara.queryset) AS rows
FROM aksara.model WHERE app = 'mixed' AND name <> 'NumberDomain' ORDER BY name;
-- A key is read by the field that it is given to, or looked for by.
SELECT aksara.create('AtDate', '{"id": 2, "a": "2024-01-02T00:00:00"}');
SELECT aksara.create('AtDate', '{"id": 3, "a": {"day": "2024-01-02"}, "b": {"day": "2024-01-02"}}');
SELECT aksara.create('AtDate', '{"id": 4, "a": "2024-01-02T01:00:00"}');
\echo :SQLSTATE
SELECT a -> 'id' AS id FROM aksara.fetch(aksara.related('Date', '2024-01-02', 'atdate_a_set', aksara.order_by('id'))) a;
SELECT aksara.delete_by_key('Date', '2024-01-01');
SELECT aksara.count(aksara.related('Number', 1, 'atnumber_a_set')), aksara.count(aksara.related('Number', 3000000000, 'atnumber_a_set')), aksara.count(aksara.related('Number', 2.5, 'atnumber_b_set'));
SELECT aksara.count(aksara.related('Pair', '{"a": 1, "b": "x"}', 'atpair_set')), aksara.count(aksara.related('Pair', '{"a": 3000000000, "b": "longer"}', 'atpair_set'));
SELECT aksara.related_contains('Word', 'ab', 'atword_a_set', 1), aksara.related_contains('Word', 'ab', 'atword_c_set', 1), aksara.related_add('Word', 'ab', 'atword_d_set', 1);
-- A key that a column would round, cut or not hold is not linked: it would be another row's.
SELECT aksara.related_add('Number', 2.5, 'atnumber_a_set', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Number', 2.00, 'atnumber_a_set', 1);
SELECT aksara.related_add('Pair', '{"a": 1, "b": "longer"}', 'atpair_set', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Number', 2.5, 'domains', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Domain', 1, 'number_set', 1, 2.5);
\echo :SQLSTATE
SELECT * FROM aksara.related_set('Number', 2, 'domains', 1, 100000);
\echo :SQLSTATE
SELECT aksara.related_add('Domain', 1, 'number_set', 1, 2);
SELECT aksara.related_contains('Domain', 1, 'number_set', 2.5), aksara.related_contains('Number', 2, 'domains', 100000), aksara.related_remove('Number', 2, 'domains', 1, 100000);
SELECT * FROM number_domains;
SELECT aksara.create('AtNumber', '{"id": 2, "a": {"n": 2.5}}');
\echo :SQLSTATE
SELECT aksara.delete('{"model": "Pair", "filter": {"a": 1}}');
SELECT * FROM at_pairs;
SELECT aksara.alter_field('AtPair', 'pair', '{"type": "ForeignKey", "to": "Pair", "from_fields": ["pair_a", "pair_b"], "on_delete": "SET_NULL", "related_name": "ends"}');
SELECT aksara.alter_field('AtPair', 'pair', '{"type": "ForeignKey", "to": "Pair", "from_fields": ["pair_a", "pair_b"], "on_delete": "CASCADE", "related_name": "ends"}');
\echo :SQLSTATE
SELECT aksara.alter_field('Tree', 'parent', '{"type": "ForeignKey", "to": "self", "nullable": true, "on_delete": "DO_NOTHING", "db_index": false, "related_name": "children"}');
SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'trees'::regclass AND attname = 'parent_id';
SELECT aksara.fetch('{"model": "Tree", "prefetch_related": ["children"], "order_by": ["id"]}');
SELECT * FROM aksara.check_registry() WHERE model LIKE 'mixed.%';

-- An extension's type compares as itself, and with no other.
CREATE EXTENSION citext SCHEMA mixed;
CREATE TABLE people (email citext PRIMARY KEY, n integer);
CREATE TABLE letters (id integer PRIMARY KEY, sender citext REFERENCES people ON DELETE CASCADE, receiver citext REFERENCES people);
CREATE TABLE plain (name text PRIMARY KEY);
CREATE TABLE folded (id integer PRIMARY KEY, plain citext REFERENCES plain);
SELECT table_name, unmapped FROM aksara.adopt_schema('mixed') WHERE table_name IN ('people', 'letters', 'plain', 'folded');
INSERT INTO people VALUES ('Ann@x.org', 1);
INSERT INTO letters VALUES (1, 'ann@X.org', 'ANN@x.org');
SELECT aksara.fetch('{"model": "Letter", "select_related": ["sender"], "filter": {"receiver__n": 1, "sender": "ANN@X.ORG"}}');
SELECT aksara.fetch('{"model": "People", "prefetch_related": ["letter_sender_set"]}');
SELECT aksara.delete('{"model": "Letter"}');
DROP SCHEMA mixed CASCADE;
