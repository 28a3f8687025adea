-- What a call becomes is kept for the next statement with other values: the same rows and errors as from the function.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
-- The rows of a statement, or its error.
CREATE FUNCTION outcome(statement text, inlined boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text; message text; detail text; hint text; context text;
BEGIN
	PERFORM set_config('aksara.query_inline', inlined::text, true);
	EXECUTE 'SELECT string_agg(a::text, '' '' ORDER BY a::text) FROM (' || statement || ') a' INTO answer;
	RETURN coalesce(answer, 'no row');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
	RETURN concat_ws('|', SQLSTATE, message, detail, hint, substring(context FROM '^condition on [^\n]*'));
END $$;
-- Each statement twice in turn, and by the function; what differs is listed.  The number is of those that are errors.
CREATE FUNCTION asked(statements text[], OUT asked int, OUT errors int, OUT different text) LANGUAGE plpgsql AS $$
DECLARE
	statement text; first_one text; again text; by_function text;
BEGIN
	asked := cardinality(statements);
	errors := 0;
	FOREACH statement IN ARRAY statements LOOP
		first_one := outcome(statement, true);
		again := outcome(statement, true);
		by_function := outcome(statement, false);
		errors := errors + (by_function ~ '^[0-9A-Z]{5}\|')::int;
		IF first_one IS DISTINCT FROM by_function OR again IS DISTINCT FROM by_function THEN
			different := concat_ws(E'\n', different, statement, first_one, again, by_function);
		END IF;
	END LOOP;
END $$;
-- One condition with each of the values, written into the statement.
CREATE FUNCTION with_values(template text, VARIADIC written text[], OUT asked int, OUT errors int, OUT different text) LANGUAGE sql AS $$
	SELECT * FROM asked(ARRAY(SELECT format('SELECT id FROM aksara.rows(NULL::posts, aksara.objects(''Post'', %s)) p', replace(template, '@', w)) FROM unnest(written) w))
$$;
CREATE FUNCTION one(statement text) RETURNS text LANGUAGE sql AS $$SELECT outcome(statement, true)$$;
CREATE VIEW kept AS SELECT * FROM aksara.query_cache() WHERE question ~ 'in a statement';
\o
\pset format unaligned
\pset tuples_only on
\set ECHO all

-- One shape about several values is made once.
SELECT one(format($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', %s))) p$$, n)) FROM unnest('{50,7,0,70}'::int[]) n;
SELECT * FROM kept;
-- So is a document, and count() and exists() in a statement; a hole's type is part of the shape, its expression is not.
SELECT one(format($$SELECT title FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"author__name": "%s"}}') p$$, n)) FROM unnest('{Jane,John,Nobody}'::text[]) n;
SELECT one(format($$SELECT name, aksara.count(aksara.related('User', u.id, 'posts', aksara.filter('views__gt', %s))) FROM users u$$, n)) FROM unnest('{0,50}'::int[]) n;
SELECT one(format($$SELECT name FROM users u WHERE aksara.exists('Post', '{"views": %s}')$$, n)) FROM unnest('{50,51}'::int[]) n;
SELECT one(format($$SELECT title FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views', %s))) p$$, n)) FROM unnest('{(SELECT 50),(SELECT 7),(SELECT 50::bigint),20+30}'::text[]) n;
-- An order that the SELECT around takes is another tree than one that it drops.
SELECT one($$SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('-views'))) p$$), one($$SELECT max(id) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.order_by('-views'))) p$$);
SELECT question, calls FROM kept ORDER BY question;

-- ---- values of every kind, one after the other ----
SELECT with_values($$aksara.filter('views', @)$$, '50', '7', '''50''', '''x''', '50.5', '99999999999', '50::bigint', 'true', '''{"id": 1}''', '''[1]''', 'NULL', '(SELECT 7)');
SELECT with_values($$aksara.exclude('views__gte', @)$$, '50', '7', '''50''', '''7''', '10::smallint', '7.0');
SELECT with_values($$aksara.filter('views__in', @)$$, '''{50,7}''', '''{}''', '''[10, 50]''', '''[]''', '''[7]''', 'ARRAY[50]', 'ARRAY[7,10]', 'ARRAY[]::int[]', '''{x}''', '''7''', 'ARRAY[50,NULL]', '''{7,NULL}''');
SELECT with_values($$aksara.filter('views__range', @)$$, '''{10,50}''', '''[7, 9]''', 'ARRAY[1,10]', 'ARRAY[1]', '''{1,2,3}''', 'ARRAY[(SELECT 1), 50]');
SELECT with_values($$aksara.filter('views__isnull', @)$$, 'true', 'false', '''true''', '''x''');
SELECT with_values($$aksara.filter('title', @)$$, '''Drafts''', '''Getting started''', '''{Drafts}''', '''5''', '5', '''"x"''', '''null''', '''''');
SELECT with_values($$aksara.filter('title__contains', @)$$, '''t''', '''%''', '''_''', '''\''', '5', '''5''', '''"''');
SELECT with_values($$aksara.filter('title__regex', @)$$, '''^G''', '''^D''', '''(''');
SELECT with_values($$aksara.filter('price__lt', @)$$, '10', '9.9', '''12.5''', '''x''', '1.234', '10::float8');
SELECT with_values($$aksara.filter('created_at__gt', @)$$, '''2026-01-03''', '''2026-01-04 10:00+00''', 'date ''2026-01-03''', 'timestamptz ''2026-01-03 00:00+00''', '''soon''', '''infinity''');
SELECT with_values($$aksara.filter('author', @)$$, '1', '''1''', '2', '''{"id": 2}''', '''{"id": 1, "name": "x"}''', '''{"name": "x"}''', '''x''', 'json ''{"id": 2}''');
SELECT with_values($$aksara.filter('author__email', @)$$, '''jane@example.com''', ''' JOHN@example.com ''', '''x''');
SELECT with_values($$aksara.filter('tags__name', @, 'views__gt', 0)$$, '''News''', '''x''');
SELECT with_values($$aksara.filter('meta__lang', @)$$, '''en''', '''de''', '''5''', '5', '''"en"''', '''null''', 'true', 'jsonb ''"en"''');
SELECT with_values($$aksara.filter('meta__stats__likes__gt', @)$$, '3', '''3''', '7', '''x''', '1.5');
SELECT with_values($$aksara.filter('meta__contains', @)$$, 'jsonb ''{"lang": "en"}''', 'jsonb ''{"lang": "de"}''', '''{"lang": "en"}''', '''[1]''', '''x''');
SELECT with_values($$aksara.any_of(aksara.filter('views', @), aksara.exclude('title', 'Drafts'))$$, '50', '7', '''7''');
SELECT with_values($$aksara.slice(@)$$, '1', '2', '1, 3', '2, 3', '0, 2', '-1', '3, 1', '0');
SELECT asked(ARRAY(SELECT format($$SELECT id FROM aksara.rows(NULL::posts, aksara.related('User', %s, 'posts')) p$$, k) FROM unnest(ARRAY['1', '2', '''1''', '''2''', '''x''', '99999999999', '''{"id": 2}''', 'NULL', '(SELECT 2)']) k));
SELECT asked(ARRAY(SELECT format($$SELECT id FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": %s}') p$$, d) FROM unnest(ARRAY['{"views": 50}', '{"views": 7}', '{"views": "50"}', '{"views": null}',
	'{"views": {"$v": 50}}', '{"views": {"$f": "id"}}', '{"author": {"id": 1}}', '{"author": {"id": 2}}', '{"author": {"id": 2, "name": "x"}}', '{"id__in": [1, 2]}', '{"id__in": [3]}', '{"id__in": []}', '{"id__in": [{"$v": 1}]}',
	'[{"views": 50}, {"id": 1}]', '{"views": [1]}', '{"author": {"$v": "2", "as": "unknown"}}', '{"author": {"$v": "{\"id\": 2}", "as": "unknown"}}', '{"author": {"$v": "1", "as": "unknown"}}']) d));

-- ---- changes ----
CREATE FUNCTION now_says() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT one('SELECT * FROM aksara.rows(NULL::categories, aksara.objects(''Category'', aksara.filter(''slug'', ''python''))) c')
$$;
SELECT now_says();
SELECT aksara.add_field('Category', 'rank', '{"type": "Integer", "default": 3}');
SELECT now_says();
ALTER TABLE categories ADD COLUMN by_hand text DEFAULT 'h';
SELECT now_says();
SELECT aksara.remove_field('Category', 'rank');
SELECT now_says();
SELECT aksara.rename_field('Category', 'slug', 'code');
SELECT now_says();
SELECT aksara.rename_field('Category', 'code', 'slug');
SELECT now_says();
ALTER TABLE categories RENAME COLUMN by_hand TO renamed;
ALTER TABLE categories ALTER COLUMN renamed TYPE varchar(3);
SELECT now_says();
BEGIN;
ALTER TABLE categories DROP COLUMN renamed;
SELECT now_says();
ROLLBACK;
SELECT now_says();
-- a change that leaves the table alone
SELECT aksara.alter_meta('Category', '{"ordering": ["-id"]}');
SELECT one('SELECT id FROM aksara.rows(NULL::categories, aksara.objects(''Category'', aksara.slice(2))) c');
SELECT aksara.alter_meta('Category', '{"ordering": ["id"]}');
SELECT one('SELECT id FROM aksara.rows(NULL::categories, aksara.objects(''Category'', aksara.slice(2))) c');

-- ---- settings and names: the same words are another question ----
SET TimeZone = 'UTC';
SELECT with_values($$aksara.filter('created_at__gte', @)$$, '''2026-01-03 10:00''', '''2026-01-01 00:00''');
SET TimeZone = 'Pacific/Auckland';
SELECT with_values($$aksara.filter('created_at__gte', @)$$, '''2026-01-03 10:00''', '''2026-01-01 00:00''');
RESET TimeZone;
SELECT aksara.create_model('Note', '{"text": "Text"}', '{"primary_key": "bigint"}');
INSERT INTO notes (text) VALUES ('here');
CREATE SCHEMA qblog_other;
SELECT aksara.create_model('qblog_other.Note', '{"text": "Text", "more": {"type": "Text", "default": "m"}}', '{"primary_key": "bigint"}');
INSERT INTO qblog_other.notes (text) VALUES ('there');
CREATE FUNCTION noted() RETURNS text LANGUAGE sql AS $$SELECT qblog.one('SELECT * FROM aksara.rows(NULL::notes, aksara.objects(''Note'', aksara.filter(''id'', 1))) n')$$;
SELECT noted();
SET search_path = qblog_other, qblog;
SELECT noted();
SET search_path = qblog;
SELECT noted();

-- ---- rights: those of the role that asks, now ----
CREATE ROLE regress_kept_reader;
GRANT USAGE ON SCHEMA qblog TO regress_kept_reader;
GRANT SELECT ON notes TO regress_kept_reader;
SET ROLE regress_kept_reader;
SELECT noted();
RESET ROLE;
REVOKE SELECT ON notes FROM regress_kept_reader;
SET ROLE regress_kept_reader;
SELECT noted();
RESET ROLE;
-- a function with the rights of its owner leaves nothing to who calls it
CREATE FUNCTION as_owner() RETURNS text LANGUAGE sql SECURITY DEFINER AS $$SELECT qblog.noted()$$;
SET ROLE regress_kept_reader;
SELECT as_owner(), noted(), as_owner();
RESET ROLE;
GRANT SELECT ON notes TO regress_kept_reader;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
SET ROLE regress_kept_reader;
SELECT noted();
RESET ROLE;
CREATE POLICY all_of_it ON notes USING (true);
SELECT noted();
SET ROLE regress_kept_reader;
SELECT noted();
RESET ROLE;
-- the use of the schema is asked for by each role, and again when it is taken away
CREATE FUNCTION public.kept_note() RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE n bigint; BEGIN
	EXECUTE 'SELECT aksara.count(''qblog.Note'', ''{"id": 1}'') FROM generate_series(1, 1)' INTO n;
	RETURN n;
END $$;
REVOKE USAGE ON SCHEMA qblog FROM regress_kept_reader;
SELECT public.kept_note();
SET ROLE regress_kept_reader;
SELECT public.kept_note();
RESET ROLE;
GRANT USAGE ON SCHEMA qblog TO regress_kept_reader;
SET ROLE regress_kept_reader;
SELECT public.kept_note();
RESET ROLE;
REVOKE USAGE ON SCHEMA qblog FROM regress_kept_reader;
SET ROLE regress_kept_reader;
SELECT public.kept_note();
RESET ROLE;
DROP FUNCTION public.kept_note();

-- ---- a table that is gone ----
DROP TABLE notes;
SELECT noted();
SET client_min_messages = warning;
DROP SCHEMA qblog_other CASCADE;
DROP SCHEMA qblog CASCADE;
DROP ROLE regress_kept_reader;
