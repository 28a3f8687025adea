-- How rows() vanishes: EXPLAIN (VERBOSE) of a statement with query sets equals that of the statement by hand.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all
SET client_min_messages = warning;
INSERT INTO users (id, email, name) OVERRIDING SYSTEM VALUE SELECT 1000 + n, 'u' || n || '@example.net', 'User ' || n FROM generate_series(1, 300) n;
INSERT INTO posts (id, title, published, views, price, author_id, category_id, created_at) OVERRIDING SYSTEM VALUE
  SELECT 1000 + n, 'Post ' || n, n % 3 = 0, n % 1000, n % 90, 1001 + n % 300, 1 + n % 3,
    '2026-02-01'::timestamptz + n * interval '1 hour' FROM generate_series(1, 3000) n;
INSERT INTO comments (id, post_id, text, stars) OVERRIDING SYSTEM VALUE SELECT 1000 + n, 1000 + n, 'text', n % 6 FROM generate_series(1, 3000) n;
INSERT INTO post_tags (post_id, tag_id) SELECT 1000 + n, 1 + n % 3 FROM generate_series(1, 3000) n;
CREATE INDEX ON posts (views);
CREATE INDEX ON posts (title text_pattern_ops);
ANALYZE;
RESET client_min_messages;

-- The plan of a statement, and of a prepared one under both kinds of plan.
CREATE FUNCTION plan(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  lines text[] := '{}';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || statement LOOP lines := lines || line; END LOOP;
  RETURN array_to_string(lines, E'\n');
END $$;
CREATE FUNCTION plan(statement text, types text, arguments text, mode text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  PERFORM set_config('plan_cache_mode', mode, true);
  EXECUTE format('PREPARE prepared (%s) AS %s', types, statement);
  result := plan(format('EXECUTE prepared (%s)', arguments));
  DEALLOCATE prepared;
  RETURN result;
END $$;
-- No function may be left, but for conditions by hand that name one.
CREATE FUNCTION verdict(mine text, by_hand text) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN mine ~ 'aksara\.' THEN E'FUNCTION\n' || mine
    WHEN mine = by_hand THEN 'equal' ELSE E'MINE\n' || mine || E'\nBY HAND\n' || by_hand END
$$;
CREATE FUNCTION pair(mine text, by_hand text) RETURNS text LANGUAGE sql AS $$SELECT verdict(plan(mine), plan(by_hand))$$;
CREATE FUNCTION pair(types text, arguments text, mine text, by_hand text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(verdict(plan(mine, types, arguments, mode), plan(by_hand, types, arguments, mode)), ' ')
  FROM unnest(ARRAY['force_generic_plan', 'force_custom_plan']) AS mode
$$;
-- A call that stays a function.
CREATE FUNCTION stays(statement text) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN plan(statement) ~ 'aksara\.(rows|count|"exists")' THEN 'function' ELSE E'INLINED\n' || plan(statement) END
$$;
\pset format unaligned
\pset tuples_only on

-- ---- documents ----
SELECT pair($$SELECT * FROM aksara.rows(NULL::posts, '{"model": "Post"}') p$$,
  $$SELECT * FROM (SELECT * FROM posts AS t0) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"views": 7}}') p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"views": 7}}'::json) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"views": 7}}'::jsonb) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"views": 7}}'::text) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"views": 7}}'::aksara.doc) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, qs => '{"model": "Post", "filter": {"views": 7}}') p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"views__in": [7, 8]}, "exclude": {"price__gt": 3}}') p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = ANY ('{7,8}') AND (price > 3.00) IS NOT TRUE) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"author__email": "u7@example.net"}}') p$$,
  $$SELECT title FROM (SELECT t0.* FROM posts AS t0 LEFT JOIN users AS t1 ON t1.id = t0.author_id WHERE t1.email = 'u7@example.net') p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"tags__name": "News", "views__gt": 5}}') p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE EXISTS (SELECT 1 FROM post_tags AS t2 JOIN tags AS t1 ON t1.id = t2.tag_id
      WHERE t2.post_id = t0.id AND t1.name = 'News') AND views > 5) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "exclude": {"comments__stars": 5}}') p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE NOT EXISTS (SELECT 1 FROM comments AS t1 WHERE t1.post_id = t0.id AND t1.stars = 5)) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"title__startswith": "Post 7"}}') p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE title LIKE 'Post 7%') p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"category": null}, "none": true}') p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE category_id IS NULL AND false) p$$);
-- a slice has an order, and stays a sub-select as it does by hand
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "limit": 3, "offset": 2}') p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 ORDER BY created_at DESC LIMIT 3 OFFSET 2) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "order_by": ["author_id", "-views"], "distinct": ["author_id"]}') p$$,
  $$SELECT title FROM (SELECT DISTINCT ON (author_id) * FROM posts AS t0 ORDER BY author_id, views DESC) p$$);

-- ---- builders ----
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', '7'))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', VARIADIC ARRAY[aksara.filter('views', 7), aksara.exclude('title', 'x')])) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7 AND (title = 'x') IS NOT TRUE) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post')) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7, 'title', 'x', 'published', true))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7 AND title = 'x' AND published = true) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.filter(aksara.objects('Post'), 'views__gt', 990)) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views > 990) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post') OPERATOR(aksara.|>) aksara.filter('views', 7)) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.slice(aksara.order_by(aksara.filter(aksara.objects('Post'), 'views__lt', 30), '-views'), 0, 3)) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views < 30 ORDER BY views DESC LIMIT 3) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.related('User', 5, 'posts')) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE author_id = '5') p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.related('User', '5', 'posts', aksara.filter('views', 7))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE author_id = '5' AND views = 7) p$$);
SELECT pair($$SELECT name FROM aksara.rows(NULL::tags, aksara.related('Post', 1, 'tags')) t$$,
  $$SELECT name FROM (SELECT * FROM tags AS t0 WHERE EXISTS (SELECT 1 FROM post_tags AS t2 WHERE t2.tag_id = t0.id AND t2.post_id = '1')) t$$);

SELECT pair('int, text', '7, ''x''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.any_of(aksara.filter('views', $1), aksara.filter('title', $2)))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = $1 OR title = $2) p$$);

-- ---- values that are expressions ----
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('created_at__gt', now() - interval '7 days'))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE created_at > now() - interval '7 days') p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('created_at__lt', current_date))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE created_at < current_date) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 3 + 4))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 3 + 4) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', (SELECT max(views) FROM posts)))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = (SELECT max(views) FROM posts)) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__in', ARRAY(SELECT views FROM posts WHERE published LIMIT 3)))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = ANY (ARRAY(SELECT views FROM posts WHERE published LIMIT 3))) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__range', ARRAY[5, (SELECT 7)]))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views >= 5 AND views <= (SELECT 7)) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', (random() * 99)::int))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = (SELECT (random() * 99)::int)) p$$);
-- a bigint compares with an integer column by the operator that is for both
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 2::bigint + 5))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 2::bigint + 5) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('price', 2 + 5))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE price = 2 + 5) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('meta__n__gt', 2 + 5))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE CASE WHEN jsonb_typeof(meta #> '{n}') = 'number' THEN (meta #>> '{n}')::numeric END > (2 + 5)::numeric) p$$);

-- ---- prepared: generic and custom plan ----
SELECT pair('int', '7', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = $1) p$$);
SELECT pair('bigint', '7', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = $1) p$$);
SELECT pair('text', '''7''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = $1::int) p$$);
SELECT pair('unknown', '''7''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = $1::text::int) p$$);
SELECT pair('text', '''x''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('title', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE title = $1) p$$);
SELECT pair('varchar', '''x''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('title', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE title = $1) p$$);
SELECT pair('timestamptz, int', 'now(), 3', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('created_at__gt', $1, 'views__lt', $2))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE created_at > $1 AND views < $2) p$$);
SELECT pair('int[]', '''{7,8}''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__in', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = ANY ($1)) p$$);
SELECT pair('int, int', '7, 8', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__range', ARRAY[$1, $2]))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views >= $1 AND views <= $2) p$$);
SELECT pair('bigint', '7', $$SELECT title FROM aksara.rows(NULL::posts, aksara.related('User', $1, 'posts')) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE author_id = $1) p$$);
SELECT pair('text', '''7''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('title__startswith', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE title LIKE
    '' || replace(replace(replace($1, '\', '\\'), '%', '\%'), '_', '\_') || '%') p$$);
SELECT pair('text', '''U7@example.net''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author__email', $1))) p$$,
  $$SELECT title FROM (SELECT t0.* FROM posts AS t0 LEFT JOIN users AS t1 ON t1.id = t0.author_id WHERE t1.email = lower(btrim($1, E' \t\n\v\f\r'))) p$$);

-- untyped text for a list: an array, or a JSON list
SELECT pair('unknown', '''{7,8}''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__in', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = ANY (CASE WHEN left($1::text, 1) = '[' THEN ARRAY(SELECT e.v::int FROM json_array_elements_text($1::text::json) AS e(v)) ELSE $1::text::int[] END)) p$$);
-- jsonb
SELECT pair('jsonb', '''{"lang": "en"}''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('meta__contains', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE meta @> CASE WHEN $1 <> 'null' THEN $1 END) p$$);
SELECT pair('jsonb', '''"en"''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('meta__lang', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE (meta #> '{lang}') = CASE WHEN $1 <> 'null' THEN $1 END) p$$);
SELECT pair('text[]', '''{en,de}''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('meta__lang__in', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE (meta #> '{lang}') = ANY (ARRAY(SELECT to_jsonb(e.v) FROM unnest($1) AS e(v)))) p$$);
SELECT pair('text[]', '''{lang,x}''', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('meta__has_any_keys', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE meta ?| $1) p$$);
-- arrays and ranges
SELECT aksara.create_model('qblog.Thing', '{"words": "Array", "codes": {"type": "Array", "item_type": {"type": "String", "max_length": 5}}, "scores": {"type": "Array", "item_type": "BigInteger"}, "span": "BigIntegerRange"}', '{"primary_key": "bigint"}');
SELECT pair('text[]', '''{a}''', $$SELECT id FROM aksara.rows(NULL::things, aksara.objects('Thing', aksara.filter('words__overlap', $1))) t$$,
  $$SELECT id FROM (SELECT * FROM things AS t0 WHERE words && $1) t$$);
SELECT pair('text[]', '''{a}''', $$SELECT id FROM aksara.rows(NULL::things, aksara.objects('Thing', aksara.filter('codes__contains', $1))) t$$,
  $$SELECT id FROM (SELECT * FROM things AS t0 WHERE codes::text[] @> $1) t$$);
SELECT pair('int[]', '''{1}''', $$SELECT id FROM aksara.rows(NULL::things, aksara.objects('Thing', aksara.filter('scores__contained_by', $1))) t$$,
  $$SELECT id FROM (SELECT * FROM things AS t0 WHERE scores <@ $1::bigint[]) t$$);
SELECT pair('int', '3', $$SELECT id FROM aksara.rows(NULL::things, aksara.objects('Thing', aksara.filter('span__contains', $1))) t$$,
  $$SELECT id FROM (SELECT * FROM things AS t0 WHERE span @> $1::bigint) t$$);
SELECT pair('int8range', '''[1,3)''', $$SELECT id FROM aksara.rows(NULL::things, aksara.objects('Thing', aksara.filter('span__overlap', $1))) t$$,
  $$SELECT id FROM (SELECT * FROM things AS t0 WHERE span && $1) t$$);
SELECT pair('int8range', '''[1,3)''', $$SELECT id FROM aksara.rows(NULL::things, aksara.objects('Thing', aksara.filter('id__contained_by', $1))) t$$,
  $$SELECT id FROM (SELECT * FROM things AS t0 WHERE id <@ $1) t$$);
-- expressions
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', aksara.f('author_id')))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views > author_id) p$$);
SELECT pair('int', '7', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', aksara.f('author_id'), 'id', $1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views > author_id AND id = $1) p$$);
-- sets of query sets, as in a document
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.union_all(aksara.objects('Post', aksara.filter('views', 7)), aksara.objects('Post', aksara.filter('views', 8)))) p$$,
  $$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"views": 7}, "union": [{"model": "Post", "filter": {"views": 8}}], "all": true}') p$$);
-- bounds of a slice
SELECT pair('int', '3', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7), aksara.slice($1))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7 ORDER BY created_at DESC LIMIT $1) p$$);
SELECT pair('int, int', '10, 20', $$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('id'), aksara.slice($1, $2))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 ORDER BY id LIMIT $2 - $1 OFFSET $1) p$$);
SELECT pair('int, int', '10, 20', $$SELECT title FROM aksara.rows(NULL::posts, aksara.slice(aksara.objects('Post', aksara.order_by('id')), $1, $2)) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 ORDER BY id LIMIT $2 - $1 OFFSET $1) p$$);
SELECT pair($$SELECT u.name, p.title FROM users u, aksara.rows(NULL::posts, aksara.related('User', u.id, 'posts', aksara.slice(u.id))) p$$,
  $$SELECT u.name, p.title FROM users u, LATERAL (SELECT * FROM posts AS t0 WHERE author_id = u.id ORDER BY created_at DESC LIMIT u.id) p$$);

-- ---- surroundings ----
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post')) p WHERE p.id = 3$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0) p WHERE p.id = 3$$);
SELECT pair($$SELECT p.title, u.name FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) p JOIN users u ON u.id = p.author_id$$,
  $$SELECT p.title, u.name FROM (SELECT * FROM posts AS t0 WHERE views = 7) p JOIN users u ON u.id = p.author_id$$);
SELECT pair($$SELECT p.title, u.name FROM users u LEFT JOIN aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) p ON u.id = p.author_id$$,
  $$SELECT p.title, u.name FROM users u LEFT JOIN (SELECT * FROM posts AS t0 WHERE views = 7) p ON u.id = p.author_id$$);
SELECT pair($$SELECT p.title, u.name FROM users u FULL JOIN aksara.rows(NULL::posts, aksara.objects('Post')) p ON u.id = p.author_id$$,
  $$SELECT p.title, u.name FROM users u FULL JOIN (SELECT * FROM posts AS t0) p ON u.id = p.author_id$$);
SELECT pair($$SELECT * FROM aksara.rows(NULL::users, aksara.objects('User')) u JOIN aksara.rows(NULL::categories, aksara.objects('Category')) c USING (id)$$,
  $$SELECT * FROM (SELECT * FROM users AS t0) u JOIN (SELECT * FROM categories AS t0) c USING (id)$$);
SELECT pair($$SELECT a, c FROM aksara.rows(NULL::users, aksara.objects('User', aksara.filter('id', 3))) AS u (a, b, c)$$,
  $$SELECT a, c FROM (SELECT * FROM users AS t0 WHERE id = '3') AS u (a, b, c)$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7)))$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) AS rows$$);
SELECT pair($$SELECT u.name, p.title FROM users u, aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author', u.id))) p$$,
  $$SELECT u.name, p.title FROM users u, LATERAL (SELECT * FROM posts AS t0 WHERE author_id = u.id) p$$);
SELECT pair($$SELECT u.name, p.title FROM users u LEFT JOIN LATERAL aksara.rows(NULL::posts, aksara.related('User', u.id, 'posts', aksara.slice(3))) p ON true$$,
  $$SELECT u.name, p.title FROM users u LEFT JOIN LATERAL (SELECT * FROM posts AS t0 WHERE author_id = u.id ORDER BY created_at DESC LIMIT 3) p ON true$$);
SELECT pair($$SELECT c.text FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) p, aksara.rows(NULL::comments, aksara.related('Post', p.id, 'comments')) c$$,
  $$SELECT c.text FROM (SELECT * FROM posts AS t0 WHERE views = 7) p, LATERAL (SELECT * FROM comments AS t0 WHERE post_id = p.id) c$$);
SELECT pair($$WITH p AS (SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', 990)))) SELECT count(*) FROM p WHERE published$$,
  $$WITH p AS (SELECT * FROM (SELECT * FROM posts AS t0 WHERE views > 990) AS rows) SELECT count(*) FROM p WHERE published$$);
SELECT pair($$WITH x AS MATERIALIZED (SELECT 7 AS n) SELECT p.title FROM x, aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', x.n))) p$$,
  $$WITH x AS MATERIALIZED (SELECT 7 AS n) SELECT p.title FROM x, LATERAL (SELECT * FROM posts AS t0 WHERE views = x.n) p$$);
SELECT pair($$WITH x AS MATERIALIZED (SELECT 7 AS n) SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', (SELECT n FROM x)))) p$$,
  $$WITH x AS MATERIALIZED (SELECT 7 AS n) SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = (SELECT n FROM x)) p$$);
SELECT pair($$SELECT name, (SELECT max(p.views) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author', u.id))) p) FROM users u$$,
  $$SELECT name, (SELECT max(p.views) FROM (SELECT * FROM posts AS t0 WHERE author_id = u.id) p) FROM users u$$);
SELECT pair($$SELECT name FROM users u WHERE EXISTS (SELECT FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author', u.id, 'views', 7))))$$,
  $$SELECT name FROM users u WHERE EXISTS (SELECT FROM (SELECT * FROM posts AS t0 WHERE author_id = u.id AND views = 7) rows)$$);
SELECT pair($$SELECT name FROM users WHERE id IN (SELECT author_id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))))$$,
  $$SELECT name FROM users WHERE id IN (SELECT author_id FROM (SELECT * FROM posts AS t0 WHERE views = 7) rows)$$);
SELECT pair($$SELECT x.title FROM (SELECT p.title, p.views FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('published', true))) p) x WHERE x.views = 7$$,
  $$SELECT x.title FROM (SELECT p.title, p.views FROM (SELECT * FROM posts AS t0 WHERE published = true) p) x WHERE x.views = 7$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) UNION ALL SELECT name FROM aksara.rows(NULL::users, aksara.objects('User'))$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) rows UNION ALL SELECT name FROM (SELECT * FROM users AS t0) rows$$);
SELECT pair($$SELECT author_id, count(*) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', 10))) GROUP BY author_id HAVING count(*) > 1$$,
  $$SELECT author_id, count(*) FROM (SELECT * FROM posts AS t0 WHERE views > 10) rows GROUP BY author_id HAVING count(*) > 1$$);
SELECT pair($$SELECT title, rank() OVER (ORDER BY views) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', 990)))$$,
  $$SELECT title, rank() OVER (ORDER BY views) FROM (SELECT * FROM posts AS t0 WHERE views > 990) rows$$);

-- ---- statements that write ----
SELECT pair($$UPDATE posts SET views = p.views + 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author__name', 'Jane'))) p WHERE posts.id = p.id$$,
  $$UPDATE posts SET views = p.views + 1 FROM (SELECT t0.* FROM posts AS t0 LEFT JOIN users AS t1 ON t1.id = t0.author_id WHERE t1.name = 'Jane') p WHERE posts.id = p.id$$);
SELECT pair($$DELETE FROM comments USING aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) p WHERE p.id = comments.post_id RETURNING comments.id, p.title$$,
  $$DELETE FROM comments USING (SELECT * FROM posts AS t0 WHERE views = 7) p WHERE p.id = comments.post_id RETURNING comments.id, p.title$$);
SELECT pair($$INSERT INTO tags (name) SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) p$$,
  $$INSERT INTO tags (name) SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$MERGE INTO tags t USING aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) p ON t.name = p.title
    WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (name) VALUES (p.title)$$,
  $$MERGE INTO tags t USING (SELECT * FROM posts AS t0 WHERE views = 7) p ON t.name = p.title
    WHEN MATCHED THEN DO NOTHING WHEN NOT MATCHED THEN INSERT (name) VALUES (p.title)$$);
SELECT pair($$UPDATE posts SET views = 0 WHERE id IN (SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', 995))))$$,
  $$UPDATE posts SET views = 0 WHERE id IN (SELECT id FROM (SELECT * FROM posts AS t0 WHERE views > 995) rows)$$);
SELECT pair($$CREATE TABLE copy AS SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) p$$,
  $$CREATE TABLE copy AS SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$DECLARE c CURSOR FOR SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) p$$,
  $$DECLARE c CURSOR FOR SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);

-- ---- order: the surrounding SELECT's, where it is plain; else none ----
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('-views', 'title'))) p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0) p ORDER BY views DESC, title$$);
SELECT pair($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('views'), aksara.reverse())) p LIMIT 3$$,
  $$SELECT * FROM (SELECT * FROM posts AS t0) p ORDER BY views DESC LIMIT 3$$);
SELECT pair($$SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('author__name'))) p$$,
  $$SELECT id FROM (SELECT t0.* FROM posts AS t0 LEFT JOIN users AS t1 ON t1.id = t0.author_id ORDER BY t1.name) p$$);
SELECT pair($$SELECT count(*) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('-views'))) p$$,
  $$SELECT count(*) FROM (SELECT * FROM posts AS t0) p$$);
SELECT pair($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('-views'))) p ORDER BY title$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0) p ORDER BY title$$);
SELECT pair($$SELECT DISTINCT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('-views'))) p$$,
  $$SELECT DISTINCT title FROM (SELECT * FROM posts AS t0) p$$);
SELECT pair($$SELECT p.title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('-views'))) p, users$$,
  $$SELECT p.title FROM (SELECT * FROM posts AS t0) p, users$$);
-- the model's own order is none of rows()
SELECT pair($$SELECT name FROM aksara.rows(NULL::users, aksara.objects('User')) u$$, $$SELECT name FROM (SELECT * FROM users AS t0) u$$);

-- ---- functions ----
CREATE FUNCTION by_views(n int) RETURNS SETOF posts LANGUAGE sql STABLE AS
  $$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', n)))$$;
CREATE FUNCTION by_views_by_hand(n int) RETURNS SETOF posts LANGUAGE sql STABLE AS
  $$SELECT * FROM (SELECT * FROM posts AS t0 WHERE views = n) AS rows$$;
SELECT pair($$SELECT title FROM by_views(7) p$$, $$SELECT title FROM by_views_by_hand(7) p$$);
SELECT pair($$SELECT f.title FROM users u, by_views(u.id::int) f$$, $$SELECT f.title FROM users u, by_views_by_hand(u.id::int) f$$);

-- ---- count and exists in a statement that reads something ----
SELECT pair($$SELECT name, aksara.count(aksara.related('User', u.id, 'posts')) FROM users u$$,
  $$SELECT name, (SELECT count(*) FROM posts AS t0 WHERE author_id = u.id) FROM users u$$);
SELECT pair($$SELECT name FROM users u WHERE aksara.exists(aksara.objects('Post', aksara.filter('author', u.id, 'views', 7)))$$,
  $$SELECT name FROM users u WHERE EXISTS (SELECT 1 FROM posts AS t0 WHERE author_id = u.id AND views = 7)$$);
SELECT pair($$SELECT name FROM users u WHERE NOT aksara.exists(aksara.related('User', u.id, 'posts'))$$,
  $$SELECT name FROM users u WHERE NOT EXISTS (SELECT 1 FROM posts AS t0 WHERE author_id = u.id)$$);
SELECT pair($$SELECT name FROM users u WHERE aksara.count('Post', '{"views": 7}') > u.id$$,
  $$SELECT name FROM users u WHERE (SELECT count(*) FROM posts AS t0 WHERE views = 7) > u.id$$);
SELECT pair($$SELECT name FROM users u WHERE aksara.exists('Post', '{"views": 7}')$$,
  $$SELECT name FROM users u WHERE EXISTS (SELECT 1 FROM posts AS t0 WHERE views = 7)$$);
SELECT pair($$SELECT max(aksara.count(aksara.related('User', u.id, 'posts', aksara.slice(5)))) FROM users u$$,
  $$SELECT max((SELECT count(*) FROM (SELECT 1 FROM posts AS t0 WHERE author_id = u.id LIMIT 5) AS r)) FROM users u$$);

-- ---- what stays a function ----
SELECT stays($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post')) WITH ORDINALITY$$);
SELECT stays($$SELECT * FROM ROWS FROM (aksara.rows(NULL::posts, aksara.objects('Post')), generate_series(1, 3)) AS x$$);
SELECT stays($$SELECT aksara.rows(NULL::posts, aksara.objects('Post'))$$);
SELECT stays($$SELECT p.* FROM users u, aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', (random() * u.id)::int))) p$$);
SELECT stays($$SELECT p.* FROM categories c, aksara.rows(NULL::posts, aksara.objects(c.name)) p$$);
SELECT stays($$SELECT p.* FROM categories c, aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter(c.slug, 1))) p$$);
SELECT stays($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__isnull', now() > 'epoch'))) p$$);
SELECT stays($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('meta', to_json(now())))) p$$);
SELECT stays($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('meta__lang__contains', (SELECT '"x"'::jsonb)))) p$$);
SELECT stays($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', (SELECT 1.5::float8)))) p$$);
SELECT stays($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.slice((SELECT 5)), aksara.slice(2))) p$$);
SELECT stays($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.slice(2), aksara.slice((SELECT 5)))) p$$);
SELECT stays($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.slice((random() * 5)::int))) p$$);
SELECT stays($$SELECT aksara.count(aksara.objects('Post', aksara.slice(u.id))) FROM users u$$);
SELECT stays($$SELECT * FROM aksara.rows(NULL::posts, json_build_object('model', 'Post', 'limit', 1)) p$$);
SELECT stays($$SELECT aksara.count('Post', '{}')$$);
-- what only the place of the call can compute is not moved away from it
SELECT stays($$SELECT aksara.count(aksara.objects('Post', aksara.filter('id__lt', row_number() OVER (ORDER BY u.id)))) FROM users u$$);
SELECT stays($$SELECT aksara.count(aksara.objects('Post', aksara.filter('id__lt', generate_series(1, 2)))) FROM users u$$);
-- ROWS FROM of one call is that call
SELECT pair($$SELECT title FROM ROWS FROM (aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7)))) AS p$$,
  $$SELECT title FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SET aksara.query_inline = off;
SELECT stays($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post')) p$$);
RESET aksara.query_inline;

-- ---- a column that was dropped keeps its place ----
ALTER TABLE posts DROP COLUMN content;
SELECT pair($$SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 7))) p$$,
  $$SELECT * FROM (SELECT * FROM posts AS t0 WHERE views = 7) p$$);
SELECT pair($$SELECT p.created_at, p.title FROM aksara.rows(NULL::posts, '{"model": "Post", "limit": 3}') p$$,
  $$SELECT p.created_at, p.title FROM (SELECT id, title, NULL::integer, published, views, price, meta, author_id, category_id, created_at
      FROM posts AS t0 ORDER BY created_at DESC LIMIT 3) p$$);
\pset format aligned
\pset tuples_only off
SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
