-- A question asked before, about other values, is answered from what the session keeps: the same answers, the same errors.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
-- All that a client sees of a call: its answer, or its error.
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text; message text; detail text; hint text; context text; columns text; tables text;
BEGIN
	EXECUTE 'SELECT string_agg(a::text, '' '') FROM ' || call || ' a' INTO answer;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
		context = PG_EXCEPTION_CONTEXT, columns = COLUMN_NAME, tables = TABLE_NAME;
	RETURN concat_ws('|', SQLSTATE, message, detail, hint, columns, tables, substring(context FROM '^condition on [^\n]*'));
END $$;
-- The same document with its first key spelled so that it is read as a whole.
CREATE FUNCTION whole(document text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(regexp_replace(document, '"(.)', '"\\u' || lpad(to_hex(ascii(substring(document FROM '"(.)'))), 4, '0')), document)
$$;
-- Asks each document in turn, twice, and the whole way; what differs is listed.  The number is of those that are errors.
CREATE FUNCTION asked(before text, after text, VARIADIC documents text[], OUT documents_asked int, OUT errors int, OUT different text)
LANGUAGE plpgsql AS $$
DECLARE
	document text; first_one text; again text; wholly text;
BEGIN
	documents_asked := cardinality(documents);
	errors := 0;
	FOREACH document IN ARRAY documents LOOP
		first_one := outcome(before || quote_literal(document) || after);
		again := outcome(before || quote_literal(document) || after);
		wholly := outcome(before || quote_literal(whole(document)) || after);
		errors := errors + (wholly ~ '^[0-9A-Z]{5}\|')::int;
		IF first_one IS DISTINCT FROM wholly OR again IS DISTINCT FROM wholly THEN
			different := concat_ws(E'\n', different, document, coalesce(first_one, 'NULL'), coalesce(again, 'NULL'), coalesce(wholly, 'NULL'));
		END IF;
	END LOOP;
END $$;
CREATE VIEW kept AS SELECT * FROM aksara.query_cache();
\o
\pset format unaligned
\pset tuples_only on
\set ECHO all

-- One question about six values: compiled once, and planned for all of them from the sixth on.
SELECT n, aksara.get('Post', json_build_object('id', n)) ->> 'title', (SELECT title FROM posts WHERE id = n) FROM generate_series(1, 5) n;
SELECT aksara.get('Post', '{ "id" : 3 }') ->> 'title', aksara.get('Post', '{"id":"4"}') ->> 'title', aksara.get('Post', '{"id": "4"}') ->> 'title';
SELECT * FROM kept;
-- Each exit keeps its own.
SELECT aksara.fetch('{"model": "Post", "filter": {"id": 1}}') ->> 'id', aksara.fetch_all('{"model": "Post", "filter": {"id": 2}}') -> 0 ->> 'id';
SELECT aksara.get('{"model": "Post", "filter": {"id": 1}}') ->> 'id', aksara.get_or_none('{"model": "Post", "filter": {"id": 2}}') ->> 'id', aksara.get_or_none('Post', '{"id": 99}') IS NULL;
SELECT aksara.first('{"model": "Post", "filter": {"id__gt": 1}, "order_by": ["id"]}') ->> 'id', aksara.first('{"model": "Post", "filter": {"id__gt": 2}, "order_by": ["id"]}') ->> 'id';
SELECT aksara.last('{"model": "Post", "filter": {"id__lt": 5}, "order_by": ["id"]}') ->> 'id', aksara.last('{"model": "Post", "filter": {"id__lt": 4}, "order_by": ["id"]}') ->> 'id';
SELECT aksara.count('Post', '{"views__gte": 10}'), aksara.count('Post', '{"views__gte": 50}'), aksara.exists('Post', '{"views": 70}'), aksara.exists('Post', '{"views": 71}');
SELECT aksara.count('{"model": "Post", "filter": {"views__gte": 10}}'), aksara.count('{"model": "Post", "filter": {"views__gte": 50}}'), aksara.exists('{"model": "Post", "filter": {"views": 70}}'), aksara.exists('{"model": "Post", "filter": {"views": 71}}');
-- Keys: integers of any width, text, untyped text.
SELECT aksara.get_by_key('Post', 1) ->> 'id', aksara.get_by_key('Post', 2::bigint) ->> 'id', aksara.get_by_key('Post', 3::smallint) ->> 'id', aksara.get_by_key('Post', '4') ->> 'id', aksara.get_by_key('Post', '5'::text) ->> 'id', aksara.get_by_key('Post', 1::numeric) ->> 'id';
SELECT aksara.get_by_key('Post', '{"id": 2, "title": "not looked at"}') ->> 'id', aksara.get_by_key('Post', aksara.get_by_key('Post', 3)) ->> 'id';
SELECT * FROM kept ORDER BY question COLLATE "C";

-- Values of every kind and every lookup, right and wrong: as if each were the first of its shape.
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"id__in": [1, 2, 3]}}', '{"model": "Post", "filter": {"id__in": ["4"]}}', '{"model": "Post", "filter": {"id__in": [1, null, 5]}}',
	'{"model": "Post", "filter": {"id__in": [1, "x"]}}', '{"model": "Post", "filter": {"id__in": [1.5]}}', '{"model": "Post", "filter": {"id__in": [true]}}', '{"model": "Post", "filter": {"id__in": []}}', '{"model": "Post", "filter": {"id__in": [[1]]}}', '{"model": "Post", "filter": {"id__in": [{"$v": 1}, 2]}}', '{"model": "Post", "filter": {"id__in": [{"$v": "x"}, 3]}}');
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"views__range": [1, 20]}}', '{"model": "Post", "filter": {"views__range": [50, 70]}}', '{"model": "Post", "filter": {"views__range": ["5", 60]}}', '{"model": "Post", "filter": {"views__range": [1]}}', '{"model": "Post", "filter": {"views__range": [1, 2, 3]}}', '{"model": "Post", "filter": {"views__range": [1, null]}}', '{"model": "Post", "filter": {"views__range": [1, "two"]}}', '{"model": "Post", "filter": {"views__range": [2, "two"]}}', '{"model": "Post", "filter": {"views__range": 5}}');
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"title": "Drafts"}}', '{"model": "Post", "filter": {"title": "O''Brien \"quoted\""}}', '{"model": "Post", "filter": {"title": "\u0044rafts"}}', '{"model": "Post", "filter": {"title": "\\ud800"}}', '{"model": "Post", "filter": {"title": ""}}', '{"model": "Post", "filter": {"title": 5}}', '{"model": "Post", "filter": {"title": 6}}', '{"model": "Post", "filter": {"title": null}}', '{"model": "Post", "filter": {"title": true}}');
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"title__contains": "ett"}}', '{"model": "Post", "filter": {"title__contains": "100%"}}', '{"model": "Post", "filter": {"title__contains": 1}}', '{"model": "Post", "filter": {"title__contains": 100}}', '{"model": "Post", "filter": {"title__contains": [1]}}', '{"model": "Post", "filter": {"content__contains": "a_b"}}', '{"model": "Post", "filter": {"content__contains": "a\\b"}}', '{"model": "Post", "filter": {"title__istartswith": "GETTING"}}', '{"model": "Post", "filter": {"title__istartswith": "o''"}}', '{"model": "Post", "filter": {"title__regex": "^[gG]"}}', '{"model": "Post", "filter": {"title__regex": "["}}', '{"model": "Post", "filter": {"title__iexact": "DRAFTS"}}', '{"model": "Post", "filter": {"title__iexact": null}}');
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"price": 9.9}}', '{"model": "Post", "filter": {"price": 12.50}}', '{"model": "Post", "filter": {"price": 1.234}}', '{"model": "Post", "filter": {"price": "9.90"}}', '{"model": "Post", "filter": {"price": "much"}}', '{"model": "Post", "filter": {"price": null}}', '{"model": "Post", "filter": {"price__isnull": true}}', '{"model": "Post", "filter": {"price__isnull": false}}', '{"model": "Post", "filter": {"price__isnull": "true"}}', '{"model": "Post", "filter": {"price__isnull": "false"}}', '{"model": "Post", "filter": {"price__isnull": "maybe"}}', '{"model": "Post", "filter": {"price": {"$v": null}}}', '{"model": "Post", "filter": {"price": {"$v": "9.90", "as": "numeric"}}}', '{"model": "Post", "filter": {"price": {"$v": "1.00", "as": "numeric"}}}');
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"published": true}}', '{"model": "Post", "filter": {"published": false}}', '{"model": "Post", "filter": {"published": "yes"}}', '{"model": "Post", "filter": {"published": "no"}}', '{"model": "Post", "filter": {"published": "perhaps"}}', '{"model": "Post", "filter": {"created_at__gt": "2026-01-02T10:00:00Z"}}', '{"model": "Post", "filter": {"created_at__gt": "2026-01-04 10:00+00"}}', '{"model": "Post", "filter": {"created_at__gt": "yesterday"}}', '{"model": "Post", "filter": {"created_at__gt": "2026-13-01"}}', '{"model": "Post", "filter": {"created_at__lt": {"$v": "2026-01-02 10:00:00+00", "as": "timestamptz"}}}', '{"model": "Post", "filter": {"created_at__lt": {"$v": "2026-01-03 10:00:00+00", "as": "timestamptz"}}}');
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"author": 1}}', '{"model": "Post", "filter": {"author": 2}}', '{"model": "Post", "filter": {"author": "x"}}', '{"model": "Post", "filter": {"author": "y"}}', '{"model": "Post", "filter": {"author": {"id": 3, "name": "Lee"}}}', '{"model": "Post", "filter": {"author": {"id": 1, "name": "Jane"}}}', '{"model": "Post", "filter": {"author": {"id": 2}}}', '{"model": "Post", "filter": {"author": {"id": 3}}}', '{"model": "Post", "filter": {"author": {"name": "Lee"}}}', '{"model": "Post", "filter": {"author__in": [{"id": 1}, {"id": 2}]}}', '{"model": "Post", "filter": {"author__in": [{"id": 1}, {"id": 3}]}}', '{"model": "Post", "filter": {"author__in": [1, 2]}}', '{"model": "Post", "filter": {"author__in": [3]}}', '{"model": "Post", "filter": {"tags": 2}}', '{"model": "Post", "filter": {"tags": 3}}', '{"model": "Post", "filter": {"tags": null}}', '{"model": "Post", "filter": {"tags__isnull": true}}');
-- Below a JSON field the text of the statement follows the value's kind.
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"meta__lang": "en"}}', '{"model": "Post", "filter": {"meta__lang": "de"}}', '{"model": "Post", "filter": {"meta__lang": 7}}', '{"model": "Post", "filter": {"meta__lang": null}}', '{"model": "Post", "filter": {"meta__stats__likes": 7}}', '{"model": "Post", "filter": {"meta__stats__likes": "many"}}', '{"model": "Post", "filter": {"meta__stats__likes": {"$v": "7", "as": "unknown"}}}', '{"model": "Post", "filter": {"meta__stats__likes": {"$v": "many", "as": "unknown"}}}', '{"model": "Post", "filter": {"meta__stats__likes__gt": 3}}', '{"model": "Post", "filter": {"meta__stats__likes__gt": 5}}', '{"model": "Post", "filter": {"meta__stats__likes__gt": "5"}}', '{"model": "Post", "filter": {"meta__stats__likes__in": [3, 7]}}', '{"model": "Post", "filter": {"meta__stats__likes__in": ["many"]}}',
	'{"model": "Post", "filter": {"meta__contains": {"$v": {"lang": "en"}}}}', '{"model": "Post", "filter": {"meta__contains": {"$v": {"lang": "de"}}}}', '{"model": "Post", "filter": {"meta__contains": {"$v": {"stats": {"shares": [1]}}}}}', '{"model": "Post", "filter": {"meta__contains": {"$v": {"stats": {"shares": [3]}}}}}', '{"model": "Post", "filter": {"meta__lang__contains": "e"}}', '{"model": "Post", "filter": {"meta__lang__contains": "d"}}', '{"model": "Post", "filter": {"meta__stats__shares": [1, 2]}}', '{"model": "Post", "filter": {"meta__stats__shares": [1, 3]}}');
-- Conditions put together, chained calls, slices, what comes along.
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": [{"tags": 1}, {"tags": 2}], "order_by": ["id"]}', '{"model": "Post", "filter": [{"tags": 2}, {"tags": 3}], "order_by": ["id"]}', '{"model": "Post", "exclude": {"tags__name": "News"}, "order_by": ["id"]}', '{"model": "Post", "exclude": {"tags__name": "Tutorial"}, "order_by": ["id"]}', '{"model": "Post", "filter": {"$or": [{"views": 5}, {"title": "Drafts"}]}, "order_by": ["id"]}', '{"model": "Post", "filter": {"$or": [{"views": 70}, {"title": "100% sure"}]}, "order_by": ["id"]}', '{"model": "Post", "filter": {"$not": {"views__gt": 5}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"$not": {"views__gt": 50}}, "order_by": ["id"]}',
	'{"model": "Post", "filter": {"comments__some": {"stars__gt": 3}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"comments__some": {"stars__gt": 4}}, "order_by": ["id"]}',
	'{"model": "Post", "order_by": ["id"], "limit": 2, "offset": 1}', '{"model": "Post", "order_by": ["id"], "limit": 2, "offset": 3}', '{"model": "Post", "order_by": ["id"], "limit": 2, "offset": 0}', '{"model": "Post", "order_by": ["id"], "limit": 2, "offset": -1}', '{"model": "Post", "order_by": ["id"], "limit": 2, "offset": 1.5}', '{"model": "Post", "order_by": ["id"], "limit": 2, "offset": 99999999999999999999}', '{"model": "Post", "order_by": ["id"], "limit": 1, "offset": 3}', '{"model": "Post", "order_by": ["id"], "limit": -1}',
	'{"model": "Post", "filter": {"views": 50}, "select_related": ["author"], "prefetch_related": ["tags", "comments"]}', '{"model": "Post", "filter": {"views": 10}, "select_related": ["author"], "prefetch_related": ["tags", "comments"]}', '{"model": "Post", "filter": {"views": 10}, "select_related": ["writer"]}', '{"model": "Post", "filter": {"view": 10}}', '{"model": "Post", "filters": {"views": 10}}', '{"model": "Pots", "filter": {"views": 10}}', '{"filter": {"views": 10}}');
-- Values in expressions belong to the question; they are read under the settings of the session.
SELECT aksara.count('{"model": "Post", "filter": {"created_at__gte": {"$coalesce": [{"$v": "2026-01-02 10:00", "as": "timestamptz"}, {"$f": "created_at"}]}}}');
SET timezone = 'America/New_York';
SELECT aksara.count('{"model": "Post", "filter": {"created_at__gte": {"$coalesce": [{"$v": "2026-01-02 10:00", "as": "timestamptz"}, {"$f": "created_at"}]}}}');
SET timezone = 'UTC';
SELECT aksara.count('{"model": "Post", "filter": {"created_at__gte": {"$coalesce": [{"$v": "2026-01-02 10:00", "as": "timestamptz"}, {"$f": "created_at"}]}}}');
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"views__gt": {"$add": [{"$f": "author"}, 5]}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"views__gt": {"$add": [{"$f": "author"}, 65]}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"views__gt": {"$add": [{"$f": "author"}, 5.5]}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"views__gt": {"$ad": [1, 5]}}}', '{"model": "Post", "filter": {"created_at__year": 2026, "created_at__day__lt": 3}, "order_by": ["id"]}', '{"model": "Post", "filter": {"created_at__year": 2026, "created_at__day__lt": 5}, "order_by": ["id"]}', '{"model": "Post", "filter": {"created_at__year": "x", "created_at__day__lt": 5}}');
-- What annotations say belongs to the question; what is compared with them does not.
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "annotate": {"n": {"$count": "comments"}}, "filter": {"n__gt": 0}, "order_by": ["id"]}', '{"model": "Post", "annotate": {"n": {"$count": "comments"}}, "filter": {"n__gt": 1}, "order_by": ["id"]}', '{"model": "Post", "annotate": {"n": {"$count": "comments"}}, "filter": {"n__gt": "x"}, "order_by": ["id"]}',
	'{"model": "Post", "annotate": {"twice": {"$mul": [{"$f": "views"}, 2]}}, "filter": {"twice": 20}}', '{"model": "Post", "annotate": {"twice": {"$mul": [{"$f": "views"}, 2]}}, "filter": {"twice": 100}}', '{"model": "Post", "annotate": {"twice": {"$mul": [{"$f": "views"}, 2]}}, "filter": {"twice": 1.5}}', '{"model": "Post", "annotate": {"twice": {"$mul": [{"$f": "views"}, 3]}}, "filter": {"twice": 30}}', '{"model": "Post", "annotate": {"twice": {"$mul": [{"$f": "views"}, 2.5]}}, "filter": {"twice": 25}}', '{"model": "Post", "annotate": {"twice": {"$mul": [{"$f": "views"}, 2.5]}}, "filter": {"twice": 25.0}}', '{"model": "Post", "annotate": {"twice": {"$mul": [{"$f": "views"}, 2.5]}}, "filter": {"twice": 12345678901234567890}}',
	'{"model": "Post", "annotate": {"who": {"$upper": {"$f": "author__name"}}}, "filter": {"who": "JANE"}, "order_by": ["who", "id"]}', '{"model": "Post", "annotate": {"who": {"$upper": {"$f": "author__name"}}}, "filter": {"who": "KIM"}, "order_by": ["who", "id"]}', '{"model": "Post", "alias": {"who": {"$upper": {"$f": "author__name"}}}, "filter": {"who__in": ["KIM", "LEE"]}, "order_by": ["who", "id"]}', '{"model": "Post", "alias": {"who": {"$upper": {"$f": "author__name"}}}, "filter": {"who__in": ["JANE"]}, "order_by": ["who", "id"]}', '{"model": "Post", "order_by": [{"$desc": {"$add": [{"$f": "views"}, 1]}}], "limit": 2}', '{"model": "Post", "order_by": [{"$desc": {"$mod": [{"$f": "views"}, 7]}}], "limit": 2}');
-- Values inside a query set that is a condition; aggregates of all rows.
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"author__in": {"$subquery": {"model": "User", "filter": {"name": "Jane"}}}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"author__in": {"$subquery": {"model": "User", "filter": {"name": "Kim"}}}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"author__in": {"$subquery": {"model": "User", "filter": {"id__in": [2, 3]}}}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"author__in": {"$subquery": {"model": "User", "filter": {"id__in": [3]}}}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"author__in": {"$subquery": {"model": "User", "filter": {"id__in": ["x"]}}}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"author__in": {"$subquery": {"model": "User", "order_by": ["id"], "limit": 1, "offset": 1}}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"author__in": {"$subquery": {"model": "User", "order_by": ["id"], "limit": 1, "offset": 2}}}, "order_by": ["id"]}',
	'{"model": "Post", "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}, "stars__gt": 3}}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}, "stars__gt": 4}}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "id"}, "stars__gt": "many"}}}, "order_by": ["id"]}', '{"model": "Post", "filter": {"$exists": {"model": "Comment", "filter": {"post": {"$outer": "nope"}, "stars__gt": 4}}}}', '{"model": "Post", "filter": {"$exists": {"model": "Comment", "filters": {"stars": 4}}}}');
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "Post", "filter": {"views": 5}, "union": [{"model": "Post", "filter": {"views": 10}}], "order_by": ["id"]}', '{"model": "Post", "filter": {"views": 50}, "union": [{"model": "Post", "filter": {"views": 70}}], "order_by": ["id"]}', '{"model": "Post", "filter": {"views": 50}, "union": [{"model": "Post", "filter": {"views": "x"}}], "order_by": ["id"]}', '{"model": "Post", "filter": {"views__gt": 5}, "difference": [{"model": "Post", "filter": {"author": 1}}, {"model": "Post", "filter": {"id__in": [5]}}], "order_by": ["id"]}', '{"model": "Post", "filter": {"views__gt": 1}, "difference": [{"model": "Post", "filter": {"author": 2}}, {"model": "Post", "filter": {"id__in": [1, 2]}}], "order_by": ["id"]}', '{"model": "Post", "union": [{"model": "User"}]}', '{"model": "Post", "union": {"model": "Post", "filter": {"views": 10}}}', '{"model": "Post", "union": {"model": "Post", "filter": {"views": 50}}}', '{"model": "Post", "union": [1, 2]}', '{"model": "Post", "union": [3, 4]}', '{"model": "Post", "union": []}',
	'{"model": "Post", "prefetch_related": [{"path": "comments", "query": {"filter": {"stars__gt": 3}}}], "order_by": ["id"]}', '{"model": "Post", "prefetch_related": [{"path": "comments", "query": {"filter": {"stars__gt": 4}}}], "order_by": ["id"]}', '{"model": "Post", "filter": {"id__gt": 2}, "prefetch_related": [{"path": "comments", "query": {"filter": {"stars__gt": 4}}}], "order_by": ["id"]}', '{"model": "Post", "filter": {"id__gt": 1}, "prefetch_related": [{"path": "comments", "query": {"filter": {"stars__gt": 4}}}], "order_by": ["id"]}');
SELECT * FROM asked('aksara.aggregate(', $$, '{"n": {"$count": "*"}, "most": {"$max": "views"}}')$$, '{"model": "Post", "filter": {"views__gt": 5}}', '{"model": "Post", "filter": {"views__gt": 50}}', '{"model": "Post", "filter": {"views__gt": "x"}}', '{"model": "Post", "filter": {"title__contains": "ett"}}', '{"model": "Post", "filter": {"title__contains": "%"}}', '{"model": "Post", "filter": {"view": 5}}');
SELECT * FROM asked($$aksara.aggregate('{"model": "Post", "filter": {"views__gt": 5}}', $$, ')', '{"n": {"$count": "*"}}', '{"n": {"$sum": "views"}}', '{"m": {"$sum": "views"}}', '{"m": {"$sum": "view"}}', '{}', '[]', '{"m": {"$sum": "views"}, "m": {"$sum": "views"}}');
-- One row alone leaves fetch() without a store of rows: beside other sets, cut short, for each row of another.
SELECT n, aksara.fetch(format('{"model": "Post", "order_by": ["id"], "limit": %s}', n)::aksara.queryset) ->> 'id', generate_series(1, 2) FROM generate_series(0, 3) n;
SELECT n, (SELECT aksara.fetch(format('{"model": "Post", "filter": {"id": %s}}', n)::aksara.queryset) LIMIT 1) ->> 'id' FROM generate_series(3, 6) n;
SELECT n, f ->> 'id' FROM generate_series(3, 6) n LEFT JOIN LATERAL aksara.fetch(format('{"model": "Post", "filter": {"id": %s}}', n)::aksara.queryset) f ON true;
-- Rows behind a row whose way back has no name.
SELECT aksara.fetch_all(aksara.related('User', 1, 'posts')) -> 0 ->> 'id', aksara.fetch_all(aksara.related('User', 3, 'posts')) -> 0 ->> 'id';
SELECT * FROM asked('aksara.fetch_all(', ')', '{"model": "User", "filter": {"$related": {"model": "Comment", "accessor": "author", "key": 1}}}', '{"model": "User", "filter": {"$related": {"model": "Comment", "accessor": "author", "key": 2}}}', '{"model": "User", "filter": {"$related": {"model": "Comment", "accessor": "author", "key": "x"}}}', '{"model": "User", "filter": {"$related": {"model": "Comment", "accessor": "author", "key": 1, "more": 2}}}');
-- Text that is no document, or one that says the same thing twice.
SELECT * FROM asked('aksara.get(''Post'', ', ')', '{"id": 1}', '{"id": 01}', '{"id": 1,}', '{"id": 1 "views": 2}', '{"id" 1}', '{"id": 1}}', '{"id": +1}', '{"id": 1., "views": 2}', '{"id": "1', '{"id": tru}', '{"id": nul}', '{"id": 1, "id": 2}', '{"id": 2, "id": 1}', '[{"id": 1}]', '"id"', '{"id": {"$v": 1, "$v": 2}}', '{"id": {"$v": 1, "as": "x", "is": 2}}', '{"id": {"$x": 1}}', '{"id": {}}', '{}', '{"id": 1, "views": 50}', '{"views": 50, "id": 1}', '{"views__gt": 5}', '{"id": 77}');
SELECT aksara.get('Post', NULL);
SELECT aksara.get(NULL::text, '{"id": 1}');
SELECT aksara.get_by_key('Post', 1, 2);
SELECT aksara.get_by_key('Post', NULL);
SELECT aksara.get_by_key('Post', 'one');
SELECT aksara.get_by_key('Post', 'two');
SELECT aksara.get_by_key('Post', 9999999999999999999999);
SELECT aksara.get_by_key('Pots', 1);
-- What is kept of all that: no question whose text a value decided about is among it.
SELECT question, calls FROM kept WHERE question LIKE 'fetch %' ORDER BY question COLLATE "C";

\set ECHO none
\o /dev/null
SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
\o
