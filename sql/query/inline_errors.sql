-- Errors of statements with query sets: the same code and hint inlined and not, and never a place in generated text.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all
\set VERBOSITY default
-- The error of a statement, both ways.
CREATE FUNCTION errors(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  one text; other text;
BEGIN
  SET LOCAL aksara.query_inline = on;
  one := fails(statement);
  SET LOCAL aksara.query_inline = off;
  other := fails(statement);
  RETURN CASE WHEN one = other THEN one ELSE E'DIFFERENT\n' || one || E'\n' || other END;
END $$;
\pset format unaligned
\pset tuples_only on
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::users, aksara.objects('Post'))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::users, aksara.related('User', 1, 'posts'))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::int, aksara.objects('Post'))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Pst'))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('vews', 1)))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('vews', (SELECT 1))))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__grt', 1)))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 'x')))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 1, 'views', 2)))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 1, 'title')))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', NULL)))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', NULL::int)))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter(NULL, 1)))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects(NULL))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, NULL)$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, '[]')$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, '{}')$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, '{"model": "Post", "fliter": {}}')$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('vews')))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.slice(-1)))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.slice(1), aksara.filter('views', 1)))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.any_of()))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.related('User', 1, 'pots'))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.related('User', NULL, 'posts'))$$);
SELECT errors($$SELECT aksara.count('Post', '{"vews": 1}') FROM users$$);
SELECT errors($$SELECT aksara.exists('Pst', '{}') FROM users$$);
SELECT errors($$SELECT aksara.count(aksara.objects('Post', aksara.filter('views', NULL))) FROM users$$);
SELECT errors($$SELECT 1 / (views - views) FROM aksara.rows(NULL::posts, aksara.objects('Post'))$$);
SELECT errors($$SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 1 / (SELECT 0))))$$);
\pset tuples_only off
\pset format aligned
-- No error points into the text that a query set became, and none into the caller's at its place there.
SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('title__regex', (SELECT '('))));
SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', (SELECT 'x'))));
SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('vews', 1)));
SELECT nothing FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', 1)));
-- A table that has gone is met while the statement is analysed.
DROP TABLE tags CASCADE;
SELECT 1 FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('tags__name', 'x')));
SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
