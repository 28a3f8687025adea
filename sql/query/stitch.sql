-- Lists behind rows: each level is a statement of its own, stitched to the rows above.
SET client_min_messages = warning;
CREATE SCHEMA stitched;
SET search_path = stitched;
CREATE FUNCTION fails(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE statement;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
\o /dev/null
SELECT aksara.create_model('Author', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Book', '{"title": "String", "author": {"type": "ForeignKey", "to": "Author", "on_delete": "CASCADE", "related_name": "books", "nullable": true}}',
  '{"primary_key": "bigint", "ordering": ["-title"]}');
SELECT aksara.create_model('Chapter', '{"book": {"type": "ForeignKey", "to": "Book", "on_delete": "CASCADE", "related_name": "chapters"}, "number": "Integer"}', '{"primary_key": "bigint"}');
\o
\pset format unaligned
\pset tuples_only on

-- More rows than are gathered at once; some have no list, some long ones.
INSERT INTO authors (name) SELECT 'Author ' || i FROM generate_series(1, 3000) i;
INSERT INTO books (title, author_id) SELECT 'Book "' || i || '"', a.id FROM authors a, generate_series(1, a.id::int % 5) i ORDER BY i, a.id DESC;
INSERT INTO books (title) VALUES ('Anonymous');
INSERT INTO chapters (book_id, number) SELECT b.id, i FROM books b, generate_series(1, b.id::int % 4) i ORDER BY i DESC, b.id;
INSERT INTO chapters (book_id, number) SELECT 17, i FROM generate_series(1, 3000) i;
ANALYZE;
CREATE VIEW by_hand AS
  SELECT a.id, (SELECT row_to_json(r) FROM (SELECT a.id, a.name, (SELECT coalesce(json_agg(row_to_json(b)), '[]') FROM (
    SELECT b.id, b.title, b.author_id, (SELECT coalesce(json_agg(row_to_json(c)), '[]') FROM (SELECT * FROM chapters c WHERE c.book_id = b.id ORDER BY c.id) c) AS chapters
    FROM books b WHERE b.author_id = a.id ORDER BY b.title DESC) b) AS books) r)::text AS line
  FROM authors a;
SELECT count(*), count(*) FILTER (WHERE m.line IS DISTINCT FROM h.line), sum(length(m.line)) > 200000
  FROM by_hand h LEFT JOIN (SELECT (line->>'id')::bigint AS id, line::text FROM aksara.fetch('{"model": "Author", "prefetch_related": ["books__chapters"]}') AS line) m USING (id);
SELECT aksara.fetch_all('{"model": "Author", "prefetch_related": ["books__chapters"], "order_by": ["-id"]}')::text =
  (SELECT '[' || string_agg(line, ', ' ORDER BY id DESC) || ']' FROM by_hand);
-- Each length around the number of rows that are gathered.
SELECT n FROM unnest(ARRAY[0, 1, 2, 127, 128, 129, 383, 384, 385, 895, 896, 897]) n
  WHERE (SELECT string_agg(line::text, ', ') FROM aksara.fetch(json_build_object('model', 'Author', 'prefetch_related', 'books__chapters', 'order_by', 'id', 'limit', n)) AS line)
    IS DISTINCT FROM (SELECT string_agg(line, ', ' ORDER BY id) FROM (SELECT * FROM by_hand ORDER BY id LIMIT n) h);
-- The order of the rows is the query set's, that of lists their model's, or their key's.
SELECT aksara.fetch('{"model": "Author", "prefetch_related": ["books"], "filter": {"id__in": [4, 3, 5]}, "order_by": ["-id"]}');
SELECT aksara.fetch('{"model": "Author", "prefetch_related": ["books"], "filter": {"id__lt": 5}, "order_by": ["id"], "limit": 2, "offset": 1}');
SELECT aksara.get('{"model": "Author", "filter": {"id": 1}, "prefetch_related": ["books__chapters"]}')::text = line FROM by_hand WHERE id = 1;
SELECT aksara.first('{"model": "Author", "filter": {"id__gt": 1}, "prefetch_related": ["books__chapters"]}')::text = line FROM by_hand WHERE id = 2;
SELECT aksara.last('{"model": "Author", "filter": {"id__lt": 9}, "prefetch_related": ["books__chapters"]}')::text = line FROM by_hand WHERE id = 8;
SELECT aksara.in_bulk('{"model": "Author", "prefetch_related": ["books"]}', '[5, 1]');
SELECT count(*), count(*) FILTER (WHERE value::text <> line) FROM json_each(aksara.in_bulk('{"model": "Author", "prefetch_related": ["books__chapters"]}',
  (SELECT json_agg(id) FROM authors))) LEFT JOIN by_hand ON id = key::bigint;
-- Below an object; rows that share one object share its list; no object, no list.
SELECT aksara.fetch('{"model": "Book", "filter": {"author__in": [2]}, "order_by": ["id"], "prefetch_related": ["author__books__chapters", "chapters"]}');
SELECT aksara.fetch('{"model": "Book", "filter": {"author": null}, "prefetch_related": ["author__books", "chapters"]}');

-- Keys of many types, and keys whose two sides differ in type: what SQL finds equal is tied.
\o /dev/null
SELECT aksara.create_model('Key', '{"k": {"type": "Text", "primary_key": true}, "label": "Text"}');
SELECT aksara.create_model('Use', '{"key": {"type": "ForeignKey", "to": "Key", "on_delete": "CASCADE", "related_name": "uses", "nullable": true}}', '{"primary_key": "bigint"}');
\o
CREATE TYPE step AS ENUM ('one', 'two');
CREATE DOMAIN whole AS int;
CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE FUNCTION keyed(key_type text, use_type text, keys text[], uses text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  mine text; theirs text;
BEGIN
  ALTER TABLE uses DROP CONSTRAINT IF EXISTS uses_key_id_fkey;
  TRUNCATE keys, uses RESTART IDENTITY;
  EXECUTE format('ALTER TABLE keys ALTER k TYPE %s USING NULL', key_type);
  EXECUTE format('ALTER TABLE uses ALTER key_id TYPE %s USING NULL', use_type);
  EXECUTE format('INSERT INTO keys SELECT k::%s, ''key '' || n FROM unnest($1) WITH ORDINALITY AS k(k, n)', split_part(key_type, ' ', 1)) USING keys;
  EXECUTE format('INSERT INTO uses (key_id) SELECT k::%s FROM unnest($1) AS k(k)', split_part(use_type, ' ', 1)) USING uses;
  mine := (SELECT string_agg((line->>'label') || ':' || (SELECT coalesce(string_agg(u->>'id', ',' ORDER BY n), '-') FROM json_array_elements(line->'uses') WITH ORDINALITY AS e(u, n)), ' ' ORDER BY line->>'label')
    FROM aksara.fetch('{"model": "Key", "prefetch_related": ["uses"]}') AS line);
  EXECUTE 'SELECT string_agg(label || '':'' || coalesce((SELECT string_agg(u.id::text, '','' ORDER BY u.id) FROM uses u WHERE u.key_id = k.k), ''-''), '' '' ORDER BY label) FROM keys k' INTO theirs;
  RETURN CASE WHEN mine = theirs THEN mine ELSE mine || ' BY HAND ' || theirs END;
END $$;
CREATE FUNCTION keyed(key_type text, keys text[], uses text[]) RETURNS text LANGUAGE sql AS $$SELECT keyed(key_type, key_type, keys, uses)$$;
SELECT keyed('int4', '{1,2,3}', '{2,2,1}');
SELECT keyed('int2', '{1,2,3}', '{3,2,1}');
SELECT keyed('numeric', '{1,2.5,NaN}', '{1.00,2.50,NaN,NULL}');
SELECT keyed('float8', '{0,1.5,NaN}', '{-0,1.5,NaN}');
SELECT keyed('uuid', '{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11,00000000-0000-0000-0000-000000000000}', '{A0EEBC999C0B4EF8BB6D6BB9BD380A11,00000000-0000-0000-0000-000000000000}');
SELECT keyed('text', ARRAY['a', 'b', '', repeat('x', 2000)], ARRAY['b', '', 'B', repeat('x', 2000)]);
SELECT keyed('text COLLATE blind', '{a,B}', '{A,b,a,c}');
SELECT keyed('char(5)', '{a,b}', '{"b ",a}');
SELECT keyed('date', '{2026-01-01,infinity}', '{infinity,2026-01-01}');
SELECT keyed('timestamptz', '{"2026-01-01 00:00+00",infinity}', '{"2026-01-01 01:00+01"}');
SELECT keyed('interval', '{1 mon,2 days}', '{30 days,48:00:00}');
SELECT keyed('step', '{one,two}', '{two,two}');
SELECT keyed('whole', '{1,2}', '{2,1}');
SELECT keyed('bool', '{t,f}', '{f,t,t}');
SELECT keyed('inet', '{10.0.0.1,10.0.0.0/8}', '{10.0.0.0/8}');
SELECT keyed('int4range', '{"[1,3)","empty"}', '{"[1,2]","(1,1)"}');
-- types that cannot be hashed, and arrays
SELECT keyed('money', '{1,2}', '{2,2,3}');
SELECT keyed('varbit', '{101,""}', '{101,"",1}');
SELECT keyed('int4[]', '{"{1,2}","{}","{NULL}","{{1},{2}}"}', '{"{1,2}","{NULL}","{}","{{1},{2}}","{3}"}');
SELECT keyed('jsonb', '{"{\"a\": 1}","1.0"}', '{"{\"a\":1.0}","1"}');

-- A key whose references are of another type: what the native key holds equal is tied.
\o /dev/null
SELECT aksara.create_model('Box', '{"n": {"type": "Integer", "primary_key": true}}');
SELECT aksara.create_model('Thing', '{"box": {"type": "ForeignKey", "to": "Box", "on_delete": "CASCADE", "related_name": "things"}}', '{"primary_key": "bigint"}');
\o
INSERT INTO boxes VALUES (1), (2), (3);
INSERT INTO things (box_id) VALUES (2), (1), (2);
ALTER TABLE boxes ALTER n TYPE int8;
SELECT aksara.fetch_all('{"model": "Box", "order_by": ["n"], "prefetch_related": ["things__box"]}');
ALTER TABLE boxes ALTER n TYPE numeric USING n + 0.00;
SELECT aksara.fetch_all('{"model": "Box", "order_by": ["n"], "prefetch_related": ["things__box"]}');
SELECT aksara.get('{"model": "Box", "filter": {"n": 2}, "prefetch_related": ["things"]}');

-- A reference to a field that may be null, and to another row of the same table.
\o /dev/null
SELECT aksara.create_model('Room', '{"code": {"type": "String", "unique": true, "nullable": true},
  "inside": {"type": "ForeignKey", "to": "self", "to_field": "code", "nullable": true, "on_delete": "SET_NULL", "related_name": "holds"}}', '{"primary_key": "bigint"}');
\o
INSERT INTO rooms (code, inside_id) VALUES ('house', NULL), ('hall', 'house'), (NULL, 'hall'), ('attic', 'house');
SELECT aksara.fetch('{"model": "Room", "order_by": ["id"], "prefetch_related": ["holds__holds"]}');

-- Through a junction: both ways, to the same table, and through a model that names a pair twice.
\o /dev/null
SELECT aksara.create_model('Person', '{"name": "String", "friends": {"type": "ManyToMany", "to": "self", "related_name": "friend_of", "symmetrical": false},
  "clubs": {"type": "ManyToMany", "to": "Club", "through": "Membership", "related_name": "members"}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Club', '{"name": "String"}', '{"primary_key": "bigint", "ordering": ["name"]}');
SELECT aksara.create_model('Membership', '{"person": {"type": "ForeignKey", "to": "Person", "on_delete": "CASCADE"}, "club": {"type": "ForeignKey", "to": "Club", "on_delete": "CASCADE"}, "year": "Integer"}', '{"primary_key": "bigint"}');
\o
INSERT INTO persons (name) VALUES ('Ann'), ('Bob'), ('Cem');
INSERT INTO clubs (name) VALUES ('Tennis'), ('Chess'), ('Empty');
INSERT INTO memberships (person_id, club_id, year) VALUES (1, 1, 2020), (1, 1, 2021), (1, 2, 2021), (2, 1, 2020), (2, 1, 2022);
SELECT aksara.related_add('Person', 1, 'friends', 2, 3), aksara.related_add('Person', 2, 'friends', 1);
SELECT aksara.fetch('{"model": "Person", "order_by": ["id"], "prefetch_related": ["friends", "friend_of__friends", "clubs"]}');
SELECT aksara.fetch('{"model": "Club", "prefetch_related": ["members__clubs"]}');
SELECT aksara.get('{"model": "Club", "filter": {"id": 1}, "prefetch_related": ["members"]}');

-- Rights: the caller's on every level, asked for also where there is nothing to read.
CREATE ROLE regress_stitch;
GRANT USAGE ON SCHEMA stitched TO regress_stitch;
GRANT SELECT ON authors, books TO regress_stitch;
SET ROLE regress_stitch;
SELECT fails($$SELECT aksara.fetch_all('{"model": "Author", "prefetch_related": ["books__chapters"], "limit": 1}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Author", "filter": {"id": -1}, "prefetch_related": ["books__chapters"]}')$$);
SELECT length(aksara.fetch_all('{"model": "Author", "prefetch_related": ["books"], "filter": {"id": 3}}')::text);
RESET ROLE;
ALTER TABLE books ENABLE ROW LEVEL SECURITY;
CREATE POLICY first_ones ON books TO regress_stitch USING (title < 'Book "2"');
SET ROLE regress_stitch;
SELECT aksara.fetch_all('{"model": "Author", "prefetch_related": ["books"], "filter": {"id__in": [3, 4]}, "order_by": ["id"]}');
RESET ROLE;
SELECT json_array_length(aksara.get('{"model": "Author", "prefetch_related": ["books"], "filter": {"id": 4}}') -> 'books');
SET ROLE regress_stitch;
SELECT json_array_length(aksara.get('{"model": "Author", "prefetch_related": ["books"], "filter": {"id": 4}}') -> 'books');
RESET ROLE;
ALTER TABLE books DISABLE ROW LEVEL SECURITY;

-- One snapshot: what the same statement writes is not read, on no level.
WITH new_book AS (INSERT INTO books (title, author_id) VALUES ('New', 5) RETURNING id)
  SELECT json_array_length(aksara.get('{"model": "Author", "prefetch_related": ["books"], "filter": {"id": 5}}') -> 'books') FROM new_book;
SELECT json_array_length(aksara.get('{"model": "Author", "prefetch_related": ["books"], "filter": {"id": 5}}') -> 'books');

-- Values that are written by a function which reads in turn; and one that fails in the middle of a level.
CREATE TYPE remark AS ENUM ('fine', 'bad');
CREATE FUNCTION remark_json(remark) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
  IF $1 = 'bad' THEN RAISE EXCEPTION 'a bad remark'; END IF;
  RETURN aksara.fetch_all('{"model": "Author", "prefetch_related": ["books"], "filter": {"id__in": [1, 2]}, "order_by": ["id"]}');
END $$;
CREATE CAST (remark AS json) WITH FUNCTION remark_json(remark);
SELECT aksara.add_field('Chapter', 'note', '{"type": "Text", "nullable": true}') IS NOT NULL;
ALTER TABLE chapters ALTER note TYPE remark USING CASE WHEN number = 1 THEN 'fine' WHEN number = 3 THEN 'bad' END::remark;
SELECT aksara.get('{"model": "Book", "filter": {"id": 1}, "prefetch_related": ["chapters"]}');
SELECT fails($$SELECT aksara.get('{"model": "Book", "filter": {"id": 3}, "prefetch_related": ["chapters"]}')$$);
SELECT json_array_length(aksara.get('{"model": "Book", "filter": {"id": 2}, "prefetch_related": ["chapters"]}') -> 'chapters');

-- What is run.
SELECT aksara.to_sql('{"model": "Person", "filter": {"name": "Ann"}, "order_by": [], "select_related": [], "prefetch_related": ["clubs", "friends__friends"]}');
SELECT line FROM aksara.explain('{"model": "Author", "filter": {"id": 1}, "prefetch_related": ["books"]}') AS line WHERE line ~ '^--|Index Cond|Filter';

DROP SCHEMA stitched CASCADE;
DROP ROLE regress_stitch;
