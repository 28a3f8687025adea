-- The twin of inline_plans: the same rows, inlined and not.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all
-- Runs a statement both ways, each undone at once: whether it is inlined, and the rows or the error.
CREATE FUNCTION rows_of(statement text, inlined boolean, ordered boolean) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  result text[] := '{}';
  line record;
BEGIN
  PERFORM set_config('aksara.query_inline', inlined::text, true);
  BEGIN
    PERFORM setseed(0);
    FOR line IN EXECUTE statement LOOP result := result || line::text; END LOOP;
    RAISE SQLSTATE 'UU000';
  EXCEPTION WHEN SQLSTATE 'UU000' THEN NULL;
    WHEN OTHERS THEN result := ARRAY[SQLSTATE || ' ' || SQLERRM];
  END;
  RETURN CASE WHEN ordered THEN result ELSE ARRAY(SELECT unnest(result) ORDER BY 1) END;
END $$;
CREATE FUNCTION inlined(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  PERFORM set_config('aksara.query_inline', 'on', true);
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE) ' || statement LOOP
    IF line ~ 'aksara\.(rows|count|"exists")' THEN RETURN 'function'; END IF;
  END LOOP;
  RETURN 'inlined';
EXCEPTION WHEN OTHERS THEN RETURN 'error';
END $$;
CREATE FUNCTION twin(statement text, ordered boolean DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  one text[] := rows_of(statement, true, ordered);
  other text[] := rows_of(statement, false, ordered);
BEGIN
  IF one IS DISTINCT FROM other THEN RETURN format(E'DIFFERENT\n%s\n%s', one, other); END IF;
  RETURN inlined(statement) || ', ' || CASE WHEN one[1] ~ '^[0-9A-Z]{5} ' THEN one[1] ELSE coalesce(cardinality(one), 0) || ' rows' END;
END $$;
\pset format unaligned
\pset tuples_only on

-- ---- every lookup, with a constant and with an expression ----
CREATE TABLE lookups (path text, value text, type text);
INSERT INTO lookups VALUES
  ('views', '50', 'int'), ('views', '50', 'bigint'), ('views', '50', 'smallint'), ('views', '50', 'numeric'), ('views', '50', 'text'),
  ('views', '50', 'varchar'), ('views', '50.5', 'numeric'), ('views', '50', 'float8'), ('views__gt', '7', 'int'), ('views__gte', '10', 'int'),
  ('views__lt', '50', 'bigint'), ('views__lte', '50', 'text'), ('views__in', '{10,50}', 'int[]'), ('views__in', '{10,NULL}', 'int[]'),
  ('views__in', '{}', 'int[]'), ('views__in', '{10,50}', 'bigint[]'), ('views__in', '{10,50}', 'text[]'), ('views__in', '{10,50}', 'text'),
  ('views__in', '[10, 50]', 'text'), ('views__range', '{10,50}', 'int[]'), ('views__isnull', 'false', 'boolean'),
  ('views__contains', '0', 'text'), ('views__startswith', '5', 'int'),
  ('title', 'Drafts', 'text'), ('title', 'Drafts', 'varchar'), ('title', 'Drafts', 'name'), ('title', 'Drafts', 'char(10)'), ('title', '5', 'int'),
  ('title__iexact', 'DRAFTS', 'text'), ('title__contains', '%', 'text'), ('title__contains', 't_', 'text'), ('title__icontains', 'GETT', 'varchar'),
  ('title__startswith', 'G', 'text'), ('title__istartswith', 'g', 'text'), ('title__endswith', 'd', 'text'), ('title__iendswith', 'D', 'text'),
  ('title__contains', '"', 'text'), ('content__contains', 'a\b', 'text'), ('content__contains', '\', 'text'), ('content__contains', '''', 'text'),
  ('title__regex', '^G', 'text'), ('title__iregex', '^g', 'text'), ('title__regex', '(', 'text'), ('title__in', '{Drafts,x}', 'text[]'), ('title__in', '{Drafts,x}', 'varchar[]'),
  ('title__gt', 'a', 'text'), ('published', 'true', 'boolean'), ('published', 'true', 'text'), ('published', '1', 'int'),
  ('price', '1', 'int'), ('price', '9.90', 'numeric'), ('price', '9.9', 'text'), ('price__lt', '10', 'bigint'), ('price', '9.9', 'float8'), ('price__in', '{1,12.5}', 'numeric[]'),
  ('price__in', '{1,2}', 'int[]'), ('created_at', '2026-01-03 10:00+00', 'timestamptz'), ('created_at__gt', '2026-01-03 10:00', 'timestamp'),
  ('created_at__gt', '2026-01-03', 'date'), ('created_at__lt', '2026-01-03', 'text'), ('created_at', '2026-01-03T10:00:00Z', 'text'),
  ('created_at__gt', '3', 'int'), ('created_at__in', '{2026-01-03 10:00+00}', 'timestamptz[]'),
  ('author', '1', 'int'), ('author', '1', 'bigint'), ('author', '1', 'text'), ('author_id', '1', 'text'), ('author__pk', '1', 'numeric'), ('author', '{"id": 2, "name": "x"}', 'text'),
  ('author', '{"id": 2}', 'json'), ('author__in', '{1,2}', 'bigint[]'), ('author__name', 'Jane', 'text'), ('author__email', ' JANE@example.com', 'text'),
  ('author__email', 'jane@example.com', 'varchar'), ('author__email__in', '{JANE@example.com}', 'text[]'), ('author__email__startswith', 'jane', 'text'),
  ('category', NULL, 'bigint'), ('category__name', 'Python', 'text'), ('category__parent__name', 'Technology', 'text'),
  ('tags', '1', 'int'), ('tags__name', 'News', 'text'), ('tags__in', '{1,3}', 'int[]'), ('comments__stars__gt', '3', 'int'), ('comments', '2', 'text'),
  ('meta', '{"lang": "de", "stats": {"likes": 3}}', 'jsonb'), ('meta__lang', 'en', 'text'), ('meta__lang', 'en', 'varchar'), ('meta__stats__likes', '7', 'int'), ('meta__stats__likes', '7', 'text'),
  ('meta__stats__likes', '7', 'numeric'), ('meta__stats__likes', '7', 'float8'), ('meta__stats__likes__gt', '3', 'int'), ('meta__stats__likes__gt', '3', 'text'), ('meta__stats__likes__range', '{3,7}', 'int[]'),
  ('meta__lang__icontains', 'E', 'text'), ('meta__contains', '{"lang": "en"}', 'jsonb'), ('meta__lang__contains', 'e', 'text'), ('meta__lang__in', '{en,de}', 'text[]'), ('meta__lang__isnull', 'true', 'boolean'),
  ('views', NULL, 'int'), ('title__contains', NULL, 'text'), ('views__in', NULL, 'int[]'), ('meta__lang', NULL, 'text'), ('author__name', NULL, 'text'), ('author', NULL, 'text'), ('tags__name', NULL, 'text'),
  ('vews', '1', 'int'), ('views__near', '1', 'int'), ('created_at', 'tomorrow', 'date');
-- the value as a scalar sub-select, as a column and as a parameter of a function; and untyped text beside the typed
CREATE FUNCTION by_parameter(op text, path text, value text, type text) RETURNS text LANGUAGE sql AS $$
  SELECT twin(format('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.%s(%L, (SELECT %L::%s)))) p', op, path, value, type))
$$;
CREATE FUNCTION by_column(op text, path text, value text, type text) RETURNS text LANGUAGE sql AS $$
  SELECT twin(format('SELECT v, id FROM (VALUES (%L::%s), (NULL)) AS t(v), aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.%s(%L, v))) p', value, type, op, path))
$$;
SELECT path, type, value, by_parameter('filter', path, value, type), by_parameter('exclude', path, value, type) FROM lookups;
SELECT path, type, value, verdict FROM (SELECT *, by_column('filter', path, value, type) AS verdict FROM lookups UNION ALL SELECT *, by_column('exclude', path, value, type) FROM lookups) AS x
  WHERE verdict ~ 'DIFFERENT' ORDER BY path, type;
-- Untyped text: what drivers send.
CREATE FUNCTION untyped(path text, value text) RETURNS text LANGUAGE sql AS $$
  SELECT twin(format('SELECT v, id FROM (VALUES (%L), (NULL)) AS t(v), aksara.rows(NULL::posts, aksara.filter(aksara.objects(''Post''), %L, v)) p', value, path)) || ' | ' ||
    twin(format('SELECT v, id FROM (VALUES (%L), (NULL)) AS t(v), aksara.rows(NULL::posts, aksara.exclude(aksara.objects(''Post''), %L, v)) p', value, path))
$$;
SELECT p, v, untyped(p, v) FROM (VALUES ('views__in', '{10,50}'), ('views__in', '[10, 50]'), ('views__in', '[10, null, "50"]'), ('views__in', '{10,NULL}'), ('views__in', '{}'), ('views__in', '[]'),
  ('title__in', '["Drafts", "x"]'), ('title__in', '{Drafts,"100% sure"}'), ('created_at__in', '["2026-01-03T10:00:00Z"]'), ('author__in', '[1]'), ('author_id__in', '{1,2}'), ('tags__in', '[1, 3]'), ('tags__id__in', '[1, 3]'),
  ('published__in', '[true]'), ('meta__lang__in', '["en"]')) AS x(p, v);

-- ---- arrays, ranges, JSON ----
SELECT aksara.create_model('qblog.Thing', '{"words": {"type": "Array", "nullable": true}, "codes": {"type": "Array", "item_type": {"type": "String", "max_length": 5}},
  "scores": {"type": "Array", "item_type": "BigInteger"}, "span": "IntegerRange", "wide": "BigIntegerRange", "cost": {"type": "DecimalRange", "nullable": true}, "days": "DateRange",
  "data": {"type": "JSON", "nullable": true}, "n": "Integer"}', '{"primary_key": "bigint"}');
INSERT INTO things (words, codes, scores, span, wide, cost, days, data, n) VALUES
  ('{a,b}', '{x,y}', '{1,2}', '[1,5)', '[1,50)', '[1.5,2]', '[2026-01-01,2026-02-01)', '{"a": 1, "b": [1, 2], "c": null}', 1),
  ('{}', '{}', '{}', 'empty', '(,)', NULL, '[2026-03-01,)', 'null', 2), (NULL, '{y}', '{2}', '[3,9)', '[3,9)', '(,2)', '(,2026-01-01)', '"text"', 7),
  ('{b,c}', '{z}', '{3}', '[7,7]', '[7,7]', '[2,3)', '[2026-01-31,2026-01-31]', NULL, 3), ('{c}', '{x}', '{1}', '[1,2)', '[1,2)', '[0,9)', '[2020-01-01,2030-01-01)', '5', 4),
  ('{a}', '{x}', '{9}', '[5,6)', '[5,6)', '[0,1)', '[2020-01-01,2020-01-02)', '[1, "a"]', 5);
CREATE FUNCTION thing(path text, value text, type text) RETURNS text LANGUAGE sql AS $$
  SELECT twin(format('SELECT v, id FROM (VALUES (%L::%s), (NULL)) AS t(v), aksara.rows(NULL::things, aksara.objects(''Thing'', aksara.filter(%L, v))) p', value, type, path)) || ' | ' ||
    twin(format('SELECT v, id FROM (VALUES (%L::%s), (NULL)) AS t(v), aksara.rows(NULL::things, aksara.objects(''Thing'', aksara.exclude(%L, v))) p', value, type, path))
$$;
SELECT p, v, t, thing(p, v, t) FROM (VALUES ('words', '{a,b}', 'text[]'), ('words__contains', '{a}', 'text[]'), ('words__contains', '{}', 'text[]'), ('words__contained_by', '{a,b,c}', 'varchar[]'), ('words__overlap', '{b,c}', 'text[]'), ('words__contains', 'a', 'text'),
  ('codes__contains', '{x}', 'text[]'), ('codes__overlap', '{x,z}', 'varchar[]'), ('scores__contains', '{1}', 'int[]'), ('scores__contains', '{1}', 'bigint[]'), ('scores__overlap', '{1,9}', 'smallint[]'), ('scores__contains', '{1}', 'numeric[]'),
  ('scores__contains', '{1}', 'text[]'), ('scores__contains', '1', 'int'), ('span__contains', '4', 'int'), ('span__contains', '4', 'bigint'), ('span__contains', '4', 'text'), ('span__contains', '[1,3)', 'int4range'), ('wide__contains', '4', 'int'), ('wide__contains', '4', 'bigint'),
  ('cost__contains', '1', 'int'), ('cost__contains', '1.7', 'numeric'), ('cost__contains', '[1.6,1.7]', 'numrange'), ('days__contains', '2026-01-15', 'date'), ('days__contains', '2026-01-15', 'text'), ('days__contains', '2026-01-15', 'timestamptz'), ('days__overlap', '[2026-01-15,2026-01-16)', 'daterange'),
  ('span__contained_by', '[1,9)', 'int4range'), ('span__overlap', '[1,3)', 'int4range'), ('span__fully_lt', '[7,9)', 'int4range'), ('span__fully_gt', '[1,2)', 'int4range'), ('span__not_lt', '[3,9)', 'int4range'), ('span__not_gt', '[3,9)', 'int4range'), ('span__adjacent_to', '[5,7)', 'int4range'),
  ('span__overlap', '[1,3)', 'int8range'), ('span__overlap', '[1,3)', 'text'), ('n__contained_by', '[1,5)', 'int4range'), ('n__contained_by', '[1,5)', 'int8range'), ('data', '{"a": 1, "b": [1, 2], "c": null}', 'jsonb'), ('data', '"text"', 'jsonb'), ('data', '5.0', 'jsonb'), ('data', 'null', 'jsonb'),
  ('data', '[1, "a"]', 'json'), ('data__a', '1', 'jsonb'), ('data__a', '1', 'int'), ('data__b', '[1, 2]', 'jsonb'), ('data__c', 'null', 'jsonb'), ('data__contains', '{"a": 1}', 'jsonb'), ('data__contains', '1', 'int'), ('data__contains', '5', 'numeric'), ('data__contains', 'text', 'text'), ('data__contains', 'null', 'jsonb'),
  ('data__b__contains', '[2]', 'jsonb'), ('data__b__contains', '2', 'int'), ('data__contained_by', '{"a": 1, "b": [1, 2, 3], "c": null, "d": 1}', 'jsonb'), ('data__contained_by', 'text', 'text'), ('data__has_key', 'a', 'text'), ('data__has_keys', '{a,b}', 'text[]'), ('data__has_any_keys', '{x,text}', 'varchar[]'),
  ('data__has_keys', '{}', 'text[]'), ('data__a__in', '{1,2}', 'int[]'), ('data__a__in', '{1,2}', 'numeric[]'), ('data__a__in', '{1,2}', 'text[]'), ('data__a__in', '{1,NULL}', 'int[]'), ('data__in', '{5}', 'int[]'), ('data__in', '{text}', 'text[]')) AS x(p, v, t);

-- ---- bounds of slices ----
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.slice((SELECT 2))))', true);
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.order_by(''id''), aksara.slice((SELECT 1), 3)))', true);
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.slice(aksara.objects(''Post'', aksara.order_by(''id'')), 2, (SELECT 2::smallint)))', true);
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.related(''User'', u.id, ''posts'', aksara.order_by(''id''), aksara.slice(u.id - 1, u.id + 1))) p');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.distinct(''author_id''), aksara.order_by(''author_id'', ''-views''), aksara.slice(u.id))) p');
SELECT twin('SELECT n, p.id FROM generate_series(0, 6) n, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''views__gt'', n), aksara.order_by(''id''), aksara.slice(n / 2, n))) p');
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.slice((SELECT 2)), aksara.filter(''views'', 1)))');
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.slice(4), aksara.slice((SELECT 2))))');
SELECT twin('SELECT u.id, aksara.count(aksara.objects(''Post'', aksara.slice(u.id))), aksara.exists(aksara.objects(''Post'', aksara.slice(u.id - 1))) FROM users u');
-- A bound that is none: an error either way, the server's own where the call is inlined.
SELECT b, rows_of(s, true, false), rows_of(s, false, false) FROM unnest('{(SELECT -1),(SELECT NULL::int),"(SELECT 2), 1","(SELECT -1), 2","(SELECT NULL::int), 2","1, (SELECT NULL::int)"}'::text[]) b,
  format('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.slice(%s)))', b) s;
-- Untyped text that is no list.
SELECT v, rows_of(s, true, false), rows_of(s, false, false) FROM unnest('{x,"[\"x\"]","[1"}'::text[]) v,
  format('SELECT p.id FROM (VALUES (%L)) AS t(v), aksara.rows(NULL::posts, aksara.filter(aksara.objects(''Post''), ''views__in'', v)) p', v) s;

-- A value that the field cannot hold: the document's reader refuses it, in the statement it is as by hand.
SELECT by_parameter('filter', 'views', 'x', 'text');
SELECT by_parameter('filter', 'views', '99999999999', 'bigint');
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''views'', 99999999999)))');

-- ---- columns dropped before, between and after; columns added ----
SELECT aksara.create_model('qblog.Shifted', '{"x": "Text", "a": "Integer", "y": {"type": "Decimal", "max_digits": 9, "decimal_places": 2},
  "b": "Text", "c": {"type": "DateTime", "nullable": true}, "z": "Text"}', '{"primary_key": "bigint"}');
INSERT INTO shifteds (x, a, y, b, c, z) SELECT 'x', n, n, 'b' || n, '2026-01-01'::timestamptz + n * interval '1 day', 'z' FROM generate_series(1, 20) n;
ALTER TABLE shifteds DROP COLUMN x, ADD COLUMN late text DEFAULT 'late';
ALTER TABLE shifteds DROP COLUMN y;
ALTER TABLE shifteds DROP COLUMN z, ADD COLUMN later int DEFAULT 5;
INSERT INTO shifteds (a, b, c, late) VALUES (99, 'last', NULL, NULL);
SELECT twin('SELECT * FROM aksara.rows(NULL::shifteds, aksara.objects(''Shifted'', aksara.filter(''a__gt'', 3)))');
SELECT twin('SELECT b, later, id FROM aksara.rows(NULL::shifteds, aksara.objects(''Shifted'', aksara.filter(''a'', 99)))');
SELECT twin('SELECT s FROM aksara.rows(NULL::shifteds, aksara.objects(''Shifted'')) s');
SELECT twin('SELECT s::text, s.*, (s).late FROM aksara.rows(NULL::shifteds, aksara.objects(''Shifted'', aksara.slice(4))) s');
SELECT twin('SELECT s, row_to_json(s), to_jsonb(s) FROM aksara.rows(NULL::shifteds, aksara.objects(''Shifted'', aksara.slice(4))) s');
SELECT twin('SELECT t.id, s FROM shifteds t LEFT JOIN aksara.rows(NULL::shifteds, aksara.objects(''Shifted'', aksara.filter(''a__lt'', 3))) s ON s.id = t.id');
SELECT twin('SELECT t.id FROM shifteds t, aksara.rows(NULL::shifteds, aksara.objects(''Shifted'', aksara.filter(''a__lt'', 3))) s WHERE s = t');
SELECT twin('SELECT n1, n2, n3, n4, n5, n6 FROM aksara.rows(NULL::shifteds, aksara.objects(''Shifted'')) AS s (n1, n2, n3, n4, n5, n6)');
SELECT twin('SELECT count(s), count(s.late), max(s.c) FROM aksara.rows(NULL::shifteds, aksara.objects(''Shifted'')) s');
CREATE FUNCTION taken(s shifteds) RETURNS text LANGUAGE sql STABLE AS $$SELECT s.b || s.later$$;
SELECT twin('SELECT taken(s), s.taken FROM aksara.rows(NULL::shifteds, aksara.objects(''Shifted'')) s');
SELECT twin('INSERT INTO shifteds SELECT s.id + 100, s.a, s.b, s.c, s.late, s.later FROM aksara.rows(NULL::shifteds, aksara.objects(''Shifted'')) s RETURNING shifteds');
SELECT twin('SELECT array_agg(s ORDER BY s.id) FROM aksara.rows(NULL::shifteds, aksara.objects(''Shifted'', aksara.filter(''a__lt'', 5))) s');
SELECT twin('SELECT s IS NULL, s IS NOT NULL, s IS DISTINCT FROM NULL FROM users u LEFT JOIN aksara.rows(NULL::shifteds, aksara.objects(''Shifted'', aksara.filter(''a'', u.id))) s ON u.id > 2');

-- ---- whole rows where the sub-select is not merged ----
SELECT twin('SELECT DISTINCT p FROM aksara.rows(NULL::users, aksara.objects(''User'', aksara.slice(3))) p');
SELECT twin('WITH x AS MATERIALIZED (SELECT p FROM aksara.rows(NULL::posts, aksara.objects(''Post'')) p) SELECT (p).title, p FROM x');
SELECT twin('SELECT (SELECT p FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''author'', u.id), aksara.slice(1))) p) FROM users u');
SELECT twin('SELECT x FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''views__gt'', 5))) p, LATERAL (SELECT p) x');
SELECT twin('SELECT p FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''views__gt'', 5))) p UNION SELECT p FROM posts p');
SELECT twin('UPDATE posts SET views = 1 FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''views__gt'', 5))) p WHERE p.id = posts.id RETURNING p, posts');

-- ---- values ----
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''views'', (random() * 100)::int)))');
SELECT twin('SELECT count(*) BETWEEN 0 AND 1 FROM (SELECT DISTINCT views FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''views'', (random() * 100)::int)))) x');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''author'', u.id + (random() * 0)::int))) p');
CREATE SEQUENCE counter;
CREATE FUNCTION counted() RETURNS bigint LANGUAGE sql VOLATILE AS $$SELECT nextval('counter')$$;
SELECT twin('SELECT id, currval(''counter'') - first FROM (SELECT nextval(''counter'') AS first OFFSET 0) c, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''id__lt'', counted() * 0 + 4)))');
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''views'', (SELECT views FROM posts ORDER BY id LIMIT 1))))');
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''comments__stars'', (SELECT max(stars) FROM comments), ''author__name'', (SELECT min(name) FROM users))))');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''id__in'', ARRAY(SELECT id FROM posts WHERE author_id = u.id)))) p');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''comments__author'', u.id), aksara.exclude(''tags__name'', u.name))) p');
SELECT twin('SELECT u.id, c.id, t.name FROM users u, aksara.rows(NULL::posts, aksara.related(''User'', u.id, ''posts'')) p, aksara.rows(NULL::comments, aksara.related(''Post'', p.id, ''comments'')) c, aksara.rows(NULL::tags, aksara.related(''Post'', p.id, ''tags'')) t');
SELECT twin('SELECT u.id, (SELECT array_agg(x.id ORDER BY x.id) FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''author'', u.id, ''views__gt'', (SELECT min(id) FROM users WHERE id <= u.id)))) x) FROM users u');
SELECT twin('WITH v AS (SELECT 2 AS n) SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''author'', (SELECT n FROM v))))');
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''id__in'', ARRAY(SELECT post_id FROM aksara.rows(NULL::comments, aksara.objects(''Comment'', aksara.filter(''stars__gt'', (SELECT 3)))) c))))');
SELECT twin('SELECT p.id, author_id FROM aksara.rows(NULL::posts, aksara.objects(''Post'')) p GROUP BY author_id, p.id HAVING aksara.exists(aksara.related(''Post'', p.id, ''comments''))');

SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.any_of(aksara.filter(''author'', u.id), aksara.all_of(aksara.filter(''views'', u.id * 10), aksara.exclude(''tags'', u.id))))) p');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.none_of(aksara.filter(''author'', u.id), aksara.filter(''comments__stars'', u.id + 2)))) p');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.xor(aksara.filter(''author'', u.id), aksara.filter(''price'', NULLIF(u.id, 1))))) p');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''created_at__year'', 2025 + u.id::int), aksara.filter(''created_at__date'', date ''2025-12-31'' + u.id::int))) p');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''created_at__year__lte'', 2025 + u.id))) p');
SELECT twin('SELECT t.v, p.id FROM (VALUES (''1''), (''03''), (NULL)) AS t(v), aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''created_at__day'', v))) p');

-- ---- count and exists where window functions, aggregates and sets are ----
SELECT twin('SELECT u.id, aksara.count(aksara.objects(''Post'', aksara.filter(''id__lt'', row_number() OVER (ORDER BY u.id)))) FROM users u');
SELECT twin('SELECT u.id, aksara.count(aksara.objects(''Post'', aksara.filter(''id__lt'', generate_series(1, 2)))) FROM users u');
SELECT twin('SELECT aksara.count(aksara.objects(''Post'', aksara.filter(''id__lt'', max(u.id)))), max(u.id) FROM users u');
SELECT twin('SELECT u.name, aksara.count(aksara.objects(''Post'', aksara.filter(''id__lte'', count(*)))) FROM users u GROUP BY u.name');
SELECT twin('SELECT sum(aksara.count(aksara.related(''User'', u.id, ''posts''))) OVER (ORDER BY u.id) FROM users u');
SELECT twin('SELECT aksara.count(aksara.related(''User'', u.id, ''posts'')), count(*) FROM users u GROUP BY aksara.count(aksara.related(''User'', u.id, ''posts''))');
SELECT twin('UPDATE users u SET name = name || aksara.count(aksara.related(''User'', u.id, ''posts'')) RETURNING name, aksara.exists(aksara.related(''User'', u.id, ''posts''))');
SELECT twin('SELECT u.id, g FROM users u, generate_series(1, aksara.count(aksara.related(''User'', u.id, ''posts''))) g');
SELECT twin('SELECT v FROM (VALUES (aksara.count(''Post'', ''{}'')), (3)) AS x(v), users');

-- ---- sets of query sets ----
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.union(aksara.objects(''Post'', aksara.filter(''views'', 50)), aksara.objects(''Post'', aksara.filter(''views'', (SELECT 7)), aksara.slice(2)), aksara.objects(''Post'', aksara.filter(''author'', 2))))');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.union_all(aksara.objects(''Post'', aksara.filter(''author'', u.id)), aksara.related(''User'', u.id, ''posts''))) p');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.intersection(aksara.objects(''Post'', aksara.filter(''views__gt'', 5)), aksara.related(''User'', u.id, ''posts''))) p');
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.difference(aksara.objects(''Post''), aksara.related(''User'', u.id, ''posts''))) p');
SELECT twin('SELECT u.id, aksara.count(aksara.difference(aksara.objects(''Post''), aksara.related(''User'', u.id, ''posts''))) FROM users u');
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.union(aksara.objects(''Post'', aksara.slice((SELECT 2))), aksara.objects(''Post'')))');
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.union(aksara.objects(''Post''), aksara.objects(''Post'', aksara.slice((SELECT 2)))))');
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.slice(aksara.union(aksara.objects(''Post''), aksara.objects(''Post'')), 0, (SELECT 3)))');

-- ---- operators, functions and types of others that stand first on search_path ----
CREATE SCHEMA qblog_evil;
CREATE FUNCTION qblog_evil.never(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT 1 / 0 > 0';
CREATE FUNCTION qblog_evil.never(jsonb, jsonb) RETURNS boolean LANGUAGE sql AS 'SELECT 1 / 0 > 0';
CREATE FUNCTION qblog_evil.never(bigint, bigint) RETURNS bigint LANGUAGE sql AS 'SELECT (1 / 0)::bigint';
CREATE OPERATOR qblog_evil.= (FUNCTION = qblog_evil.never, LEFTARG = int, RIGHTARG = int);
CREATE OPERATOR qblog_evil.<> (FUNCTION = qblog_evil.never, LEFTARG = jsonb, RIGHTARG = jsonb);
CREATE OPERATOR qblog_evil.- (FUNCTION = qblog_evil.never, LEFTARG = bigint, RIGHTARG = bigint);
CREATE FUNCTION qblog_evil.left(text, int) RETURNS text LANGUAGE sql AS 'SELECT (1 / 0)::text';
CREATE FUNCTION qblog_evil.to_jsonb(text) RETURNS jsonb LANGUAGE sql AS 'SELECT (1 / 0)::text::jsonb';
CREATE DOMAIN qblog_evil.int8 AS text;
SET search_path = qblog_evil, pg_catalog, qblog;
SELECT id FROM aksara.rows(NULL::posts, aksara.objects('qblog.Post', aksara.filter('views', (SELECT 50))));
SELECT id FROM aksara.rows(NULL::posts, aksara.filter(aksara.objects('qblog.Post'), 'views__in', (SELECT '{50}')));
SELECT id FROM aksara.rows(NULL::posts, aksara.objects('qblog.Post', aksara.filter('meta__contains', (SELECT '{"lang": "en"}'::jsonb), 'meta__lang__in', (SELECT '{en}'::text[]))));
SELECT id FROM aksara.rows(NULL::posts, aksara.objects('qblog.Post', aksara.order_by('id'), aksara.slice((SELECT 1), 3)));
SELECT aksara.count(aksara.related('qblog.User', u.id, 'posts')) FROM users u WHERE u.id IN (1) ORDER BY u.id;
SET search_path = qblog;
SET client_min_messages = warning;
DROP SCHEMA qblog_evil CASCADE;
RESET client_min_messages;

-- ---- order and slices ----
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.order_by(''-views'')))', true);
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.order_by(''author__name'', ''-id''))) LIMIT 4', true);
SELECT twin('SELECT title FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.order_by(''-views''))) LIMIT 2', true);
SELECT twin('SELECT id + 1 AS id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.order_by(''-id''))) p', true);
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.slice(1, 3)))', true);
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.order_by(''author_id'', ''id''), aksara.distinct(''author_id'')))', true);
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.order_by(''meta__stats__likes'', ''id'')))', true);
SELECT twin('SELECT array(SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.order_by(''views''))))', true);
SELECT twin('SELECT string_agg(title, '','') FROM (SELECT title FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.order_by(''views'')))) x', true);
SELECT twin('SELECT id, row_number() OVER () FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.slice(3)))', true);
SELECT twin('SELECT u.id, p.id FROM users u, aksara.rows(NULL::posts, aksara.related(''User'', u.id, ''posts'', aksara.order_by(''-views''), aksara.slice(1))) p');

-- ---- surroundings ----
SELECT twin('SELECT p.id, n FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.order_by(''id''))) WITH ORDINALITY AS p (id, a, b, c, d, e, f, g, h, i, n)');
SELECT twin('SELECT * FROM ROWS FROM (aksara.rows(NULL::users, aksara.objects(''User'', aksara.order_by(''id''))), generate_series(1, 6)) AS x (a, b, c, n)');
SELECT twin('SELECT (aksara.rows(NULL::users, aksara.objects(''User''))).*');
SELECT twin('SELECT u.name, p.title FROM users u FULL JOIN aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''views__gt'', 5))) p ON p.author_id = u.id AND u.id > 1');
SELECT twin('SELECT u.name, p.title, t.name FROM users u LEFT JOIN (aksara.rows(NULL::posts, aksara.objects(''Post'')) p JOIN post_tags pt ON pt.post_id = p.id JOIN aksara.rows(NULL::tags, aksara.objects(''Tag'', aksara.filter(''name__gt'', ''N''))) t ON t.id = pt.tag_id) ON p.author_id = u.id');
SELECT twin('SELECT * FROM aksara.rows(NULL::users, aksara.objects(''User'')) u NATURAL JOIN aksara.rows(NULL::categories, aksara.objects(''Category'')) c');
SELECT twin('SELECT author_id, count(*) FROM aksara.rows(NULL::posts, aksara.objects(''Post'')) GROUP BY GROUPING SETS ((author_id), ())');
SELECT twin('WITH RECURSIVE tree AS (SELECT id, name FROM aksara.rows(NULL::categories, aksara.objects(''Category'', aksara.filter(''parent__isnull'', true))) UNION ALL
  SELECT c.id, c.name FROM tree, aksara.rows(NULL::categories, aksara.objects(''Category'', aksara.filter(''parent'', tree.id))) c) SELECT * FROM tree');
SELECT twin('DELETE FROM comments USING aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''views'', 50))) p WHERE p.id = comments.post_id RETURNING comments.id, p.title');
SELECT twin('WITH gone AS (DELETE FROM comments RETURNING post_id) SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', aksara.filter(''comments__isnull'', true))) p WHERE id NOT IN (SELECT post_id FROM gone)');
SELECT twin('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'')) p FOR UPDATE');
SELECT twin('SELECT p.id FROM aksara.rows(NULL::posts, aksara.objects(''Post'')) p, users u WHERE u.id = p.author_id FOR UPDATE OF u');
SELECT twin('VALUES ((SELECT count(*) FROM aksara.rows(NULL::posts, aksara.objects(''Post'')))), (aksara.count(''Post'', ''{"views__gt": 5}''))');

-- ---- count and exists ----
SELECT twin('SELECT id, aksara.count(aksara.related(''User'', u.id, ''posts'')), aksara.exists(aksara.related(''User'', u.id, ''posts'', aksara.filter(''views__gt'', u.id * 10))) FROM users u');
SELECT twin('SELECT id FROM users u WHERE aksara.exists(aksara.objects(''Post'', aksara.filter(''author'', u.id))) AND NOT aksara.exists(''Comment'', ''{"stars": 1}'')');
SELECT twin('SELECT id FROM users u ORDER BY aksara.count(aksara.related(''User'', u.id, ''posts'')) DESC, id LIMIT 2', true);
SELECT twin('SELECT aksara.count(aksara.objects(''Post'', aksara.filter(''author'', u.id), aksara.slice(1))) AS n, count(*) FROM users u GROUP BY n');
SELECT twin('SELECT max(aksara.count(aksara.related(''User'', u.id, ''posts''))) FROM users u');
SELECT twin('SELECT aksara.count(aksara.objects(''Post'', aksara.filter(''views__lt'', max(u.id)))) FROM users u');
SELECT twin('SELECT u.id, c FROM users u, aksara.count(aksara.related(''User'', u.id, ''posts'')) c');
SELECT twin('UPDATE users u SET name = aksara.count(aksara.related(''User'', u.id, ''posts''))::text RETURNING id, name');
SELECT twin('INSERT INTO tags (name) SELECT aksara.count(aksara.related(''User'', u.id, ''posts''))::text || u.id FROM users u RETURNING name');
SELECT twin('SELECT u.id FROM users u JOIN posts p ON aksara.exists(aksara.objects(''Comment'', aksara.filter(''post'', p.id, ''author'', u.id)))');
SELECT twin('SELECT u.id, CASE WHEN u.id > 1 THEN aksara.count(aksara.related(''User'', u.id, ''posts'')) END FROM users u');
SELECT twin('SELECT u.id, aksara.count(aksara.objects(''Post'', aksara.filter(''views'', (random() * 0)::int))) FROM users u');

-- ---- PL/pgSQL, SQL functions, cursors: no call of rows() is left in them ----
SET track_functions = 'all';
CREATE FUNCTION calls() RETURNS bigint LANGUAGE sql AS $$SELECT coalesce(sum(calls), 0) FROM pg_stat_xact_user_functions WHERE schemaname = 'aksara' AND funcname = 'rows'$$;
CREATE FUNCTION looped(lowest int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  p posts;
  title text;
  c CURSOR (n int) FOR SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', n)));
BEGIN
  FOR p IN SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', lowest))) ORDER BY id LOOP
    RETURN NEXT p.title;
  END LOOP;
  SELECT x.title INTO title FROM aksara.rows(NULL::posts, aksara.related('User', lowest / 3, 'posts', aksara.slice(1))) x;
  RETURN NEXT title;
  FOR p IN c(lowest) LOOP RETURN NEXT p.id; END LOOP;
  RETURN QUERY SELECT x.title::text FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('id', lowest))) x;
  RETURN NEXT (SELECT max(x.views) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('id__lt', lowest))) x);
END $$;
CREATE FUNCTION of_sql(lowest int) RETURNS SETOF posts LANGUAGE sql VOLATILE AS
  $$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', lowest), aksara.order_by('id')))$$;
BEGIN;
SELECT looped(5);
SELECT id FROM of_sql(5);
DECLARE c SCROLL CURSOR FOR SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('-id')));
FETCH 2 FROM c;
FETCH BACKWARD 1 FROM c;
CREATE TEMP TABLE copied AS SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', 5)));
SELECT count(*) FROM copied;
PREPARE by_views (int) AS SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', $1)));
EXECUTE by_views (70);
COPY (SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', 5), aksara.order_by('id')))) TO STDOUT;
SELECT calls();
SET LOCAL aksara.query_inline = off;
SELECT count(*) FROM aksara.rows(NULL::posts, aksara.objects('Post'));
SELECT calls();
COMMIT;

-- ---- whose rights: grants and row security, as by hand ----
CREATE ROLE regress_inline_reader;
CREATE ROLE regress_inline_stranger;
GRANT USAGE ON SCHEMA qblog TO regress_inline_reader, regress_inline_stranger;
GRANT SELECT ON posts, users TO regress_inline_reader;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY published ON posts FOR SELECT USING (published);
PREPARE titles AS SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gte', 0), aksara.order_by('id')));
EXECUTE titles;
SET ROLE regress_inline_reader;
EXECUTE titles;
RESET ROLE;
EXECUTE titles;
SET ROLE regress_inline_stranger;
EXECUTE titles;
SELECT name, aksara.count(aksara.related('User', u.id, 'posts')) FROM users u;
RESET ROLE;
SET ROLE regress_inline_reader;
SELECT name, aksara.count(aksara.related('User', u.id, 'posts')) FROM users u ORDER BY name;
SELECT c.id FROM aksara.rows(NULL::comments, aksara.objects('Comment')) c;
SELECT p.id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('comments__stars', 5))) p;
RESET ROLE;
ALTER TABLE posts DISABLE ROW LEVEL SECURITY;
SET ROLE regress_inline_reader;
EXECUTE titles;
RESET ROLE;

-- ---- a plan that is kept follows the model ----
PREPARE newest AS SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.slice(1)));
EXECUTE newest;
SELECT aksara.alter_meta('Post', '{"ordering": ["id"]}');
EXECUTE newest;
PREPARE by_author AS SELECT array_agg(id ORDER BY n) FROM (SELECT id, row_number() OVER () AS n FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('author', '-id'), aksara.slice(9)))) x;
EXECUTE by_author;
SELECT aksara.alter_meta('User', '{"ordering": ["-name"]}');
EXECUTE by_author;
PREPARE all_of_it AS SELECT * FROM aksara.rows(NULL::tags, aksara.objects('Tag', aksara.filter('name', 'News')));
EXECUTE all_of_it;
SELECT aksara.rename_field('Tag', 'name', 'word');
EXECUTE all_of_it;

DEALLOCATE ALL;
RESET track_functions;
\pset format aligned
\pset tuples_only off
SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
DROP ROLE regress_inline_reader, regress_inline_stranger;
