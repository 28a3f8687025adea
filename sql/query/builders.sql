-- Builders write documents.  They need no model: names are looked up when the query set runs.
SELECT aksara.filter('views__gt', 10);
SELECT aksara.filter('views__gt', 10, 'title', 'x');
SELECT aksara.filter('title', 'x', 'published', 'true');
SELECT aksara.filter('{"views__gt": 10}');
SELECT aksara.exclude('author__email', 'jane@example.com');
SELECT aksara.order_by('-created_at', 'title');
SELECT aksara.order_by();
SELECT aksara.slice(10), aksara.slice(10, 20);
SELECT aksara.distinct(), aksara.distinct('author');
SELECT aksara.reverse();
SELECT aksara.select_related('author', 'category__parent');
SELECT aksara.prefetch_related('tags');

-- Typed values keep their type, in ISO form whatever the session's settings are.
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'sql_standard';
SET timezone = 'Asia/Kolkata';
SELECT aksara.filter('at__lt', timestamptz '2026-02-03 04:05:06+00', 'd', date '2026-02-03', 'n', numeric '1.50');
SELECT aksara.filter('i', interval '1 day 02:00', 'b', true, 'u', uuid '6ecd8c99-4036-403d-bf84-cf8400f67836');
SELECT aksara.filter('id__in', ARRAY[1, 2, NULL], 'meta', jsonb '{"a": {"b": 1}}', 'x', 'NaN'::float8);
RESET datestyle;
RESET intervalstyle;
RESET timezone;

-- Untyped text is read by the field's type; what is JSON as well is marked, because below a JSON field it may be either.
SELECT aksara.filter('a', 'x', 'b', '2026-01-01', 'c', '5', 'd', '{"a": 1}', 'e', '{no json}', 'f', 'true');
-- An untyped list of a driver is an array literal, or JSON.
SELECT aksara.filter('id__in', '{1,2,"a b",NULL}', 'views__range', '[1, 2]');

-- objects() applies ops in turn: calls are collected, an order is replaced, slices compose.
SELECT aksara.objects('Post');
SELECT aksara.objects('Post',
  aksara.filter('tags__name', 'a'), aksara.filter('tags__name', 'b'), aksara.exclude('views', 0),
  aksara.order_by('id'), aksara.order_by('title'), aksara.reverse(), aksara.reverse(),
  aksara.slice(5, 100), aksara.slice(10, 20));
SELECT aksara.objects('Post', aksara.slice(5), aksara.slice(3, 10));
SELECT aksara.objects('Post', aksara.slice(5), aksara.slice(8, 10));
SELECT aksara.objects('Post', VARIADIC ARRAY[aksara.filter('a', 1), aksara.distinct()]);

-- A builder takes a query set first, and the pipe is the same.
SELECT aksara.filter(aksara.objects('Post'), 'views', 1);
SELECT aksara.filter(aksara.objects('Post'), '{"views": 1}');
SELECT aksara.filter(aksara.objects('Post'), 'title', 'x'), aksara.exclude(aksara.objects('Post'), 'title', 'x');
SELECT aksara.order_by(aksara.objects('Post'), 'title');
SELECT aksara.order_by(aksara.objects('Post'));
SELECT aksara.slice(aksara.objects('Post'), 1, 2), aksara.reverse(aksara.objects('Post'));
SELECT aksara.distinct(aksara.objects('Post'), 'author'), aksara.select_related(aksara.objects('Post'), 'author');
SELECT aksara.objects('Post') OPERATOR(aksara.|>) aksara.filter('views', 1) OPERATOR(aksara.|>) aksara.slice(3);

-- What was written as an object goes on as a list of calls.
SELECT aksara.filter('{"model": "Post", "filter": {"a": 1}, "order_by": "b"}'::aksara.queryset, 'a', 2);

-- Which of the overloads is taken: unknown literals and parameters, typed values, varchar as JDBC sends it.
PREPARE unknown_pair AS SELECT aksara.filter('views', $1);
EXECUTE unknown_pair('5');
PREPARE unknown_pairs AS SELECT aksara.filter($1, $2, $3, $4);
EXECUTE unknown_pairs('a', '1', 'b', '2');
PREPARE unknown_names AS SELECT aksara.order_by($1, $2), aksara.objects($3, aksara.slice($4, $5));
EXECUTE unknown_names('a', 'b', 'Post', '1', '2');
PREPARE typed(varchar, varchar, int, timestamptz) AS
  SELECT aksara.filter($1, $2), aksara.filter($1, $3), aksara.filter($1, $4), aksara.order_by($1), aksara.objects($1);
EXECUTE typed('a', 'b', 3, '2026-01-01 00:00+00');
SELECT aksara.filter('a'::text, 'b'::text), aksara.filter('a'::varchar, 'b'), aksara.filter('a', 'b'::varchar);
SELECT aksara.filter('a', VARIADIC ARRAY['1', 'b', '2']), aksara.filter('a', 'b'::name), aksara.filter('a', json '[1]');
PREPARE set_first AS SELECT aksara.filter(aksara.objects($1), $2, $3), aksara.filter($4::aksara.queryset, $5, $6::int);
EXECUTE set_first('Post', 'a', 'b', '{"model": "Post"}', 'c', '1');
-- literals and typed values mix in one call; a bound parameter among typed values needs a cast or a call of its own
SELECT aksara.filter('email', 'jane@example.com', 'created_at__gt', date '2026-01-01', 'name', 'Jane');
PREPARE mixed AS SELECT aksara.filter('views__gt', 10, 'title', $1);
DEALLOCATE ALL;

-- A NULL written in the statement is refused; one that arrives at run time is an SQL NULL.
SELECT aksara.filter('category', NULL);
SELECT aksara.exclude('category', NULL::int);
SELECT aksara.filter('a', 1, 'category', NULL);
SELECT aksara.filter(aksara.objects('Post'), 'category', NULL);
SELECT aksara.filter('category', VARIADIC ARRAY[NULL, 'title', 'x']);
-- but a NULL in a list is left out
SELECT aksara.filter('category__in', ARRAY['a', NULL]), aksara.filter('category__in', '{a,NULL}'), aksara.filter(aksara.objects('Post'), 'id__in', ARRAY[NULL, 1]);
PREPARE run_time AS SELECT aksara.filter('category', $1), aksara.filter('category', $2::int);
EXECUTE run_time(NULL, NULL);
DEALLOCATE ALL;
SELECT aksara.filter('category', nullif(v, 1)), aksara.filter('title', nullif(w, 'a')) FROM (VALUES (1, 'a')) AS t(v, w);
-- ... which holds for the argument of an SQL function, inlined or not
CREATE FUNCTION pg_temp.by_category(c bigint, t text) RETURNS aksara.query_op LANGUAGE sql STABLE AS
  $$SELECT aksara.filter('category', c, 'title', t)$$;
CREATE FUNCTION pg_temp.by_title(t text) RETURNS aksara.query_op LANGUAGE sql STABLE AS $$SELECT aksara.filter('title', t)$$;
SELECT pg_temp.by_category(NULL, NULL), pg_temp.by_title(NULL);
SELECT (SELECT aksara.filter('title', NULL));

-- After a slice nothing is added that would have to happen before it.
SELECT aksara.objects('Post', aksara.slice(5), aksara.filter('a', 1));
SELECT aksara.objects('Post', aksara.slice(5), aksara.exclude('a', 1));
SELECT aksara.objects('Post', aksara.slice(5), aksara.order_by('a'));
SELECT aksara.objects('Post', aksara.slice(5), aksara.reverse());
SELECT aksara.objects('Post', aksara.slice(5), aksara.distinct('a'));
SELECT aksara.filter('{"model": "Post", "offset": 5}'::aksara.queryset, 'a', 1);
SELECT aksara.objects('Post', aksara.slice(5), aksara.select_related('author'));

-- Arguments that are wrong.
SELECT aksara.filter('a', 1, 'b');
SELECT aksara.filter('{"model": "Post"}', 'a', '1');
SELECT aksara.filter('a', 1, 2, 3);
SELECT aksara.filter('a', 1, 'a', 2);
SELECT aksara.filter(NULL, 1);
SELECT aksara.filter('[1]');
SELECT aksara.slice(-1);
SELECT aksara.slice(10, 5);
SELECT aksara.slice(NULL);
SELECT aksara.order_by('a', NULL);
SELECT aksara.objects(NULL);
SELECT aksara.objects('Post', NULL);
SELECT aksara.filter(NULL::aksara.queryset, 'a', 1);
SELECT '[]'::aksara.queryset;
SELECT 'x'::aksara.query_op;
SELECT 'Post'::aksara.queryset;
SELECT '{"model": "Post"'::aksara.queryset;
SELECT '{"a": 1, "a": 2}'::aksara.queryset;
SELECT aksara.objects('Post', '{"fliter": {"a": 1}}');
SELECT aksara.objects('Post', '{"model": "Tag"}');
SELECT aksara.objects('Post', aksara.slice(9223372036854775807, 9223372036854775807), aksara.slice(1, 2));
