-- Expressions: each form and function beside the same in SQL.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\set compare :abs_srcdir '/sql/query/compare.inc'
\o /dev/null
\i :blog
\i :compare
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on

-- Values: strings are paths, a literal string is {"$v": …}.
SELECT value('"views"', $$views$$);
SELECT value('{"$f": "author__name"}', $$(SELECT name FROM users u WHERE u.id = p.author_id)$$);
SELECT value('"author"', $$author_id$$);
SELECT value('{"$f": "category__parent__name"}', $$(SELECT pc.name FROM categories c JOIN categories pc ON pc.id = c.parent_id WHERE c.id = p.category_id)$$);
SELECT value('{"$f": "title__lower"}', $$lower(title)$$);
SELECT value('"created_at__year"', $$2026$$);
SELECT value('{"$f": "meta__stats__likes"}', $$meta #> '{stats,likes}'$$);
SELECT value('{"$kt": "meta__stats__likes"}', $$meta #>> '{stats,likes}'$$);
SELECT value('{"$kt": "meta__stats__shares__1"}', $$meta #>> '{stats,shares,1}'$$);
SELECT value('7', $$7$$);
SELECT value('12345678901', $$12345678901$$);
SELECT value('1.50', $$1.50$$);
SELECT value('true', $$true$$);
SELECT value('null', $$null$$);
SELECT value('[1, 2]', $$'[1, 2]'::jsonb$$);
SELECT value('{"$v": "views"}', $$'views'$$);
SELECT value('{"$v": {"a": [1]}}', $$'{"a": [1]}'::jsonb$$);
SELECT value('{"$v": null}', $$null$$);
SELECT value('{"$v": "5", "as": "int"}', $$5$$);
SELECT value('{"$v": [1, 2], "as": "int[]"}', $$'{1,2}'::int[]$$);
SELECT value('{"$v": "2026-01-01", "as": "date"}', $$date '2026-01-01'$$);
SELECT value('{"$now": null}', $$now()$$);
SELECT value('{"$interval": "1 day 2 hours"}', $$interval '1 day 2 hours'$$);

-- Types.
SELECT value('{"$cast": "views", "as": "text"}', $$views::text$$);
SELECT value('{"$cast": "price", "as": "numeric(6,1)"}', $$price::numeric(6,1)$$);
SELECT value('{"$cast": "title", "as": "varchar(3)"}', $$title::varchar(3)$$);
SELECT value('{"$cast": null, "as": "int"}', $$null$$);
SELECT value('{"$cast": {"$kt": "meta__lang"}, "as": "text"}', $$meta->>'lang'$$);
SELECT value('{"$collate": "title", "collation": "C"}', $$title COLLATE "C"$$);
SELECT value('{"$collate": "title", "collation": "pg_catalog.POSIX"}', $$title COLLATE "POSIX"$$);
SELECT equal('{"model": "Post", "pick": ["title"], "order_by": [{"$asc": {"$collate": "title", "collation": "C"}}]}', $$SELECT title FROM posts ORDER BY title COLLATE "C"$$);

-- Text.
SELECT value('{"$lower": "title"}', $$lower(title)$$);
SELECT value('{"$upper": "title"}', $$upper(title)$$);
SELECT value('{"$initcap": "title"}', $$initcap(title)$$);
SELECT value('{"$reverse": "title"}', $$reverse(title)$$);
SELECT value('{"$trim": {"$concat": [{"$v": "  "}, "title"]}}', $$title$$);
SELECT value('{"$ltrim": {"$v": "  a "}}', $$'a '$$);
SELECT value('{"$rtrim": {"$v": " a  "}}', $$' a'$$);
SELECT value('{"$length": "content"}', $$length(content)$$);
SELECT value('{"$concat": ["title", {"$v": "-"}, "views", "content"]}', $$concat(title, '-', views, content)$$);
SELECT value('{"$concat_ws": [{"$v": ", "}, "title", "content"]}', $$concat_ws(', ', title, content)$$);
SELECT value('{"$substr": ["title", 3]}', $$substr(title, 3)$$);
SELECT value('{"$substr": ["title", 3, 2]}', $$substr(title, 3, 2)$$);
SELECT value('{"$left": ["title", 3]}', $$left(title, 3)$$);
SELECT value('{"$right": ["title", -3]}', $$right(title, -3)$$);
SELECT value('{"$lpad": ["title", 20, {"$v": "*"}]}', $$lpad(title, 20, '*')$$);
SELECT value('{"$rpad": ["title", 20]}', $$rpad(title, 20)$$);
SELECT value('{"$repeat": ["title", 2]}', $$repeat(title, 2)$$);
SELECT value('{"$replace": ["title", {"$v": "t"}, {"$v": "%"}]}', $$replace(title, 't', '%')$$);
SELECT value('{"$strindex": ["title", {"$v": "t"}]}', $$strpos(title, 't')$$);
SELECT value('{"$ord": "title"}', $$ascii(title)$$);
SELECT value('{"$chr": 8364}', $$'€'$$);
SELECT value('{"$md5": "title"}', $$md5(title)$$);
SELECT value('{"$sha224": "title"}', $$encode(sha224(convert_to(title, 'UTF8')), 'hex')$$);
SELECT value('{"$sha256": "title"}', $$encode(sha256(convert_to(title, 'UTF8')), 'hex')$$);
SELECT value('{"$sha384": "title"}', $$encode(sha384(convert_to(title, 'UTF8')), 'hex')$$);
SELECT value('{"$sha512": "title"}', $$encode(sha512(convert_to(title, 'UTF8')), 'hex')$$);
SELECT value('{"$lower": "views"}', $$views::text$$);
SELECT value('{"$lower": null}', $$null$$);

-- Numbers.
SELECT value('{"$add": ["views", 1, "price"]}', $$views + 1 + price$$);
SELECT value('{"$sub": ["views", 1]}', $$views - 1$$);
SELECT value('{"$mul": ["views", 2, 1.5]}', $$views * 2 * 1.5$$);
SELECT value('{"$div": ["views", 7]}', $$views / 7$$);
SELECT value('{"$div": ["views", 7.0]}', $$views / 7.0$$);
SELECT value('{"$mod": ["views", 7]}', $$views % 7$$);
SELECT value('{"$mod": ["price", 2]}', $$price % 2$$);
SELECT value('{"$bitand": ["views", 6]}', $$views & 6$$);
SELECT value('{"$bitor": ["views", 6]}', $$views | 6$$);
SELECT value('{"$bitxor": ["id", 6]}', $$id # 6$$);
SELECT value('{"$bitleftshift": ["views", 2]}', $$views << 2$$);
SELECT value('{"$bitrightshift": ["id", 1]}', $$id >> 1$$);
SELECT value('{"$power": ["views", 2]}', $$power(views::numeric, 2)$$);
SELECT value('{"$power": [{"$cast": "views", "as": "float8"}, 0.5]}', $$power(views::float8, 0.5)$$);
SELECT value('{"$abs": {"$sub": [0, "views"]}}', $$views$$);
SELECT value('{"$ceil": "price"}', $$ceil(price)$$);
SELECT value('{"$floor": "price"}', $$floor(price)$$);
SELECT value('{"$round": "price"}', $$round(price)$$);
SELECT value('{"$sign": "price"}', $$sign(price)$$);
SELECT value('{"$round": ["price", 1]}', $$round(price, 1)$$);
SELECT value('{"$round": [{"$cast": "price", "as": "float8"}, 1]}', $$round(price, 1)$$);
SELECT value('{"$sqrt": "views"}', $$sqrt(views::numeric)$$);
SELECT value('{"$exp": 1}', $$exp(1::numeric)$$);
SELECT value('{"$ln": {"$nullif": ["views", 0]}}', $$ln(nullif(views, 0)::numeric)$$);
SELECT value('{"$log": [10, {"$add": ["views", 1]}]}', $$log(10, views + 1::numeric)$$);
SELECT value('{"$sin": "views"}', $$sin(views)$$);
SELECT value('{"$cos": "views"}', $$cos(views)$$);
SELECT value('{"$tan": "views"}', $$tan(views)$$);
SELECT value('{"$atan": "views"}', $$atan(views)$$);
SELECT value('{"$degrees": "views"}', $$degrees(views)$$);
SELECT value('{"$radians": "views"}', $$radians(views)$$);
SELECT value('{"$asin": 0.5}', $$asin(0.5)$$);
SELECT value('{"$acos": 0.5}', $$acos(0.5)$$);
SELECT value('{"$cot": {"$add": ["views", 1]}}', $$cot(views + 1)$$);
SELECT value('{"$atan2": ["views", "price"]}', $$atan2(views, price)$$);
SELECT value('{"$pi": []}', $$pi()$$);
SELECT value('{"$pi": null}', $$pi()$$);
SELECT value('{"$add": ["views", null]}', $$null$$);
SELECT value('{"$add": [null, null]}', $$null$$);
SELECT value('{"$abs": null}', $$null$$);
-- a volatile value is another one for each row
SELECT count(DISTINCT row::text), count(*) FROM aksara.fetch('{"model": "Post", "annotate": {"v": {"$random": null}, "u": {"$random_uuid": []}}, "filter": {"v__lte": 1, "u__isnull": false}, "pick": ["v"], "order_by": ["u"]}') AS row;

-- Dates.
SELECT value('{"$extract": "created_at", "part": "day"}', $$extract(day from created_at)::int$$);
SELECT value('{"$extract": "created_at", "part": "week_day"}', $$extract(dow from created_at)::int + 1$$);
SELECT value('{"$extract": {"$cast": "created_at", "as": "time"}, "part": "hour"}', $$extract(hour from created_at)::int$$);
SELECT value('{"$trunc": "created_at", "part": "month"}', $$date_trunc('month', created_at)$$);
SELECT value('{"$trunc": {"$cast": "created_at", "as": "date"}, "part": "week"}', $$date_trunc('week', created_at)::date$$);
-- by the clock of another zone
SELECT value('{"$extract": "created_at", "part": "day", "zone": "Pacific/Kiritimati"}', $$extract(day from created_at at time zone 'Pacific/Kiritimati')::int$$);
SELECT value('{"$trunc": "created_at", "part": "day", "zone": "Pacific/Kiritimati"}', $$date_trunc('day', created_at at time zone 'Pacific/Kiritimati') at time zone 'Pacific/Kiritimati'$$);
SELECT value('{"$cast": "created_at", "as": "date", "zone": "Pacific/Kiritimati"}', $$(created_at at time zone 'Pacific/Kiritimati')::date$$);
SELECT value('{"$cast": "created_at", "as": "timestamp", "zone": "-03:30"}', $$created_at at time zone '-03:30'$$);
SELECT same('{"model": "Post", "filter": {"$exact": [{"$extract": "created_at", "part": "day", "zone": "Pacific/Kiritimati"}, 2]}}', $$SELECT id FROM posts WHERE extract(day from created_at at time zone 'Pacific/Kiritimati') = 2$$);
SELECT value('{"$sub": ["created_at", {"$interval": "1 day"}]}', $$created_at - interval '1 day'$$);
SELECT value('{"$add": [{"$interval": "1 day"}, "created_at"]}', $$created_at + interval '1 day'$$);
SELECT value('{"$sub": ["created_at", {"$v": "2026-01-01 00:00+00", "as": "timestamptz"}]}', $$created_at - '2026-01-01 00:00+00'$$);
SELECT value('{"$add": [{"$cast": "created_at", "as": "date"}, {"$interval": "1 day"}, {"$interval": "2 days"}]}', $$created_at::date + interval '3 days'$$);
SELECT value('{"$sub": [{"$cast": "created_at", "as": "date"}, {"$v": "2025-12-31", "as": "date"}]}', $$created_at::date - '2025-12-31'::date$$);
SELECT value('{"$mul": ["views", {"$interval": "1 day"}, 2]}', $$views * interval '2 days'$$);
SELECT value('{"$div": [{"$interval": "1 day"}, 2]}', $$interval '12 hours'$$);
SELECT value('{"$add": [{"$cast": "created_at", "as": "time"}, {"$interval": "1 hour"}]}', $$time '11:00'$$);

-- Choices and comparisons.
SELECT value('{"$coalesce": ["content", {"$v": "?"}]}', $$coalesce(content, '?')$$);
SELECT value('{"$coalesce": [null, null]}', $$null$$);
SELECT value('{"$nullif": ["views", 0]}', $$nullif(views, 0)$$);
SELECT value('{"$nullif": ["views", "price"]}', $$nullif(views, price)$$);
SELECT value('{"$nullif": ["title", {"$v": "Drafts"}]}', $$nullif(title, 'Drafts')$$);
SELECT value('{"$greatest": ["views", "price", 10]}', $$greatest(views, price, 10)$$);
SELECT value('{"$least": [{"$cast": "views", "as": "float4"}, "views"]}', $$views::float8$$);
SELECT value('{"$exact": ["views", 50]}', $$views = 50$$);
SELECT value('{"$gt": ["views", "price"]}', $$views > price$$);
SELECT value('{"$gte": ["title", {"$v": "a"}]}', $$title >= 'a'$$);
SELECT value('{"$lt": ["content", "title"]}', $$content < title$$);
SELECT value('{"$lte": ["created_at", {"$now": null}]}', $$true$$);
SELECT value('{"$isnull": {"$add": ["price", 1]}}', $$price IS NULL$$);
SELECT value('{"$exact": ["meta", {"$v": {"a": 1}}]}', $$meta = '{"a": 1}'$$);
SELECT value('{"$exact": ["views", null]}', $$null$$);
SELECT value('{"$q": {"price__gt": 5}}', $$price > 5$$);
SELECT value('{"$q": {"views__gt": 5, "$or": [{"tags__name": "Tutorial"}, {"comments": null}]}}', $$views > 5 AND (EXISTS (SELECT FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id AND t.name = 'Tutorial') OR NOT EXISTS (SELECT FROM comments c WHERE c.post_id = p.id))$$);
SELECT value('{"$case": [{"when": {"views__gt": 20}, "then": "many"}, {"when": {"tags__name": "News"}, "then": {"$f": "title"}}], "default": "few"}', $$CASE WHEN views > 20 THEN 'many' WHEN EXISTS (SELECT FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id AND t.name = 'News') THEN title ELSE 'few' END$$);
SELECT value('{"$case": [{"when": {"views": 50}, "then": 1}, {"when": {"views": 10}, "then": 1.5}]}', $$CASE views WHEN 50 THEN 1 WHEN 10 THEN 1.5 END$$);
SELECT value('{"$case": [{"when": {"comments__some": {}}, "then": true}], "default": {"$f": "published"}}', $$published OR EXISTS (SELECT FROM comments c WHERE c.post_id = p.id)$$);

-- JSON.
SELECT value('{"$json_object": {"a": "views", "b\"c": {"$upper": "title"}, "n": null}}', $$jsonb_build_object('a', views, 'b"c', upper(title), 'n', null)$$);
SELECT value('{"$json_object": {}}', $$'{}'::jsonb$$);
SELECT value('{"$json_array": ["views", {"$v": "x"}, null, [1]]}', $$jsonb_build_array(views, 'x'::text, null, '[1]'::jsonb)$$);
SELECT value('{"$json_array": []}', $$'[]'::jsonb$$);
-- more members than a function can have arguments
SELECT value((SELECT json_build_object('$json_array', json_agg(n)) FROM generate_series(1, 250) AS n)::text, '(SELECT jsonb_agg(n) FROM generate_series(1, 250) AS n)');
SELECT value((SELECT json_build_object('$json_object', json_object_agg('k' || n, n)) FROM generate_series(1, 120) AS n)::text, $$(SELECT jsonb_object_agg('k' || n, n) FROM generate_series(1, 120) AS n)$$);

-- In conditions and orders.
SELECT same('{"model": "Post", "filter": {"meta__stats__likes": {"$f": "meta__stats__shares__1"}}}', $$SELECT id FROM posts WHERE meta #> '{stats,likes}' = meta #> '{stats,shares,1}'$$);
SELECT same('{"model": "Post", "filter": {"meta": {"$coalesce": ["meta", {"$v": {}}]}}}', $$SELECT id FROM posts WHERE meta = coalesce(meta, '{}')$$);
SELECT same('{"model": "Post", "exclude": {"meta__lang": {"$f": "meta__lang"}}}', $$SELECT id FROM posts WHERE (meta -> 'lang' = meta -> 'lang') IS NOT TRUE$$);
SELECT same('{"model": "Post", "filter": {"views__gt": {"$mul": ["price", 5.1]}}}', $$SELECT id FROM posts WHERE views > price * 5.1$$);
SELECT same('{"model": "Post", "exclude": {"views__gt": {"$mul": ["price", 5.1]}}}', $$SELECT id FROM posts WHERE (views > price * 5.1) IS NOT TRUE$$);
SELECT same('{"model": "Post", "filter": {"title__icontains": {"$lower": {"$v": "GET"}}}}', $$SELECT id FROM posts WHERE title ILIKE '%get%'$$);
SELECT same('{"model": "Post", "filter": {"title__startswith": {"$f": "content"}}}', $$SELECT id FROM posts WHERE starts_with(title, content)$$);
SELECT same('{"model": "Post", "filter": {"created_at__year": {"$add": [2025, 1]}}}', $$SELECT id FROM posts WHERE extract(year from created_at) = 2026$$);
SELECT same('{"model": "Post", "filter": {"$gt": [{"$length": "title"}, {"$length": "content"}]}}', $$SELECT id FROM posts WHERE length(title) > length(content)$$);
SELECT same('{"model": "Post", "exclude": {"$gt": [{"$length": "title"}, {"$length": "content"}]}}', $$SELECT id FROM posts WHERE (length(title) > length(content)) IS NOT TRUE$$);
SELECT same('{"model": "Post", "filter": {"$or": [{"$isnull": "content"}, {"$not": {"$lte": ["views", 50]}}]}}', $$SELECT id FROM posts WHERE content IS NULL OR views > 50$$);
SELECT same('{"model": "Post", "filter": {"comments__stars__gt": {"$sub": ["comments__post__views", 46]}}}', $$SELECT DISTINCT p.id FROM posts p JOIN comments c ON c.post_id = p.id WHERE c.stars > p.views - 46$$);
SELECT equal('{"model": "Post", "pick": ["id"], "order_by": [{"$desc": {"$length": "content"}, "nulls": "last"}, "id"]}', $$SELECT id FROM posts ORDER BY length(content) DESC NULLS LAST, id$$);
SELECT keys(aksara.objects('Post', aksara.filter('views__gt', aksara.f('price')), aksara.filter('title__startswith', aksara.expression('{"$upper": {"$v": "g"}}'))));
PREPARE long(int) AS SELECT id FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__gt', aksara.f('id')), aksara.filter('views__lt', $1))) ORDER BY id;
EXECUTE long(60);
EXECUTE long(20);
DEALLOCATE long;

-- Other constants, the same question.
SELECT n, aksara.fetch_all(format('{"model": "Post", "annotate": {"v": {"$add": ["views", %s]}}, "filter": {"id": 1, "v__gt": %s}, "pick": ["v"]}', n, 2 * n)) FROM generate_series(0, 60, 20) AS n;
SELECT t, aksara.fetch_all(format('{"model": "Post", "annotate": {"v": {"$coalesce": ["content", {"$v": "%s"}]}}, "filter": {"id": 3}, "pick": ["v"]}', t)) FROM unnest('{a,b,a}'::text[]) AS t;

-- Long ones.
SELECT equal(format('{"model": "Post", "annotate": {"v": %s}, "pick": ["v"], "order_by": ["id"]}', repeat('{"$lower": ', 40) || '"title"' || repeat('}', 40)), 'SELECT lower(title) AS v FROM posts ORDER BY id');
SELECT left(refused(repeat('{"$lower": ', 20000) || '"title"' || repeat('}', 20000)), 5);

-- Operators that others put on the search_path are not used.
CREATE FUNCTION evil(varchar, varchar) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN RAISE 'evil'; END$$;
CREATE OPERATOR = (FUNCTION = evil, LEFTARG = varchar, RIGHTARG = varchar);
SELECT fails('SELECT title = author.name FROM posts, users AS author');
SELECT aksara.fetch_all('{"model": "Post", "annotate": {"v": {"$nullif": ["title", "author__name"]}, "e": {"$exact": ["title", "author__name"]}, "g": {"$greatest": ["title", "author__name"]}}, "pick": ["v", "e", "g"], "filter": {"id": 1}}');
SELECT aksara.fetch_all('{"model": "Post", "group_by": ["category__name"], "annotate": {"n": {"$count": "*"}, "t": {"$count": "tags"}}, "order_by": ["category__name"]}');
DROP OPERATOR = (varchar, varchar);

-- Mistakes.
SELECT refused('{"$lowr": "title"}');
SELECT refused('{"lower": "title"}');
SELECT refused('{"$lower": "title", "$upper": "title"}');
SELECT refused('{"$lower": "title", "as": "x"}');
SELECT refused('{"$lower": "titel"}');
SELECT refused('{"$lower": "comments__text"}');
SELECT refused('{"$f": "tags"}');
SELECT refused('{"$f": "views__gt"}');
SELECT refused('{"$f": 7}');
SELECT refused('{"$lower": ["title", "title"]}');
SELECT refused('{"$substr": "title"}');
SELECT refused('{"$concat": []}');
SELECT refused('{"$pi": 1}');
SELECT refused('{"$add": ["title", 1]}');
SELECT refused('{"$add": ["created_at", 1]}');
SELECT refused('{"$sub": [{"$interval": "1 day"}, "created_at"]}');
SELECT refused('{"$left": ["title", 1.5]}');
SELECT refused('{"$mod": [{"$cast": "views", "as": "float8"}, 2]}');
SELECT refused('{"$bitand": ["price", 6]}');
SELECT refused('{"$coalesce": ["views", "title"]}');
SELECT refused('{"$exact": ["views", "title"]}');
SELECT refused('{"$nullif": [[1], {"$v": [1], "as": "int[]"}]}');
SELECT refused('{"$greatest": [{"$v": "(1,2)", "as": "point"}, null]}');
SELECT refused('{"$v": "x", "as": "int"}');
SELECT refused('{"$v": "5", "as": "nonsense"}');
SELECT refused('{"$v": 5, "to": "int"}');
SELECT refused('{"$interval": "soon"}');
SELECT refused('{"$cast": "title"}');
SELECT refused('{"$cast": "title", "as": 7}');
SELECT refused('{"$cast": "created_at", "as": "int"}');
SELECT refused('{"$collate": "title"}');
SELECT refused('{"$collate": "views", "collation": "C"}');
SELECT refused('{"$collate": "title", "collation": "nope"}');
SELECT refused('{"$kt": "title"}');
SELECT refused('{"$extract": "created_at"}');
SELECT refused('{"$extract": "created_at", "part": "hourz"}');
SELECT refused('{"$extract": "created_at", "part": "date"}');
SELECT refused('{"$extract": "views", "part": "year"}');
SELECT refused('{"$extract": null, "part": "year"}');
SELECT refused('{"$trunc": "created_at", "part": "decade"}');
SELECT refused('{"$trunc": "created_at", "prt": "year"}');
SELECT refused('{"$trunc": "views", "part": "year"}');
SELECT refused('{"$trunc": "created_at", "part": "day", "zone": "Asia/Nowhere"}');
SELECT refused('{"$trunc": "created_at", "part": "day", "zone": 3}');
SELECT refused('{"$extract": {"$cast": "created_at", "as": "timestamp"}, "part": "day", "zone": "Asia/Tokyo"}');
SELECT refused('{"$cast": "title", "as": "date", "zone": "Asia/Tokyo"}');
SELECT refused('{"$collate": "title", "collation": "C", "zone": "Asia/Tokyo"}');
SELECT refused('{"$case": []}');
SELECT refused('{"$case": {}}');
SELECT refused('{"$case": [7]}');
SELECT refused('{"$case": [{"when": {"views": 1}}]}');
SELECT refused('{"$case": [{"when": {}, "then": 1}]}');
SELECT refused('{"$case": [{"when": {"views": 1}, "then": 1}, {"when": {"views": 2}, "then": "x"}]}');
SELECT refused('{"$q": {}}');
SELECT refused('{"$json_object": []}');
SELECT refused('{"$json_array": {}}');
SELECT refused('{"$div": ["views", 0]}');
SELECT refused('{"$add": ["views", 2147483647]}');
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"$add": ["views", 1]}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"views__gt": {"$lower": "title"}}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"created_at__year": {"$add": [2025, 1.5]}}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"views__gt": {"$f": null}}}')$$);

-- What there is.
SELECT name, kind, takes, gives FROM aksara.query_function WHERE kind IS NULL OR takes IS NULL OR gives IS NULL;
SELECT name FROM aksara.query_function GROUP BY name HAVING count(*) > 1;
SELECT name, kind, takes, gives FROM aksara.query_function WHERE name IN ('$f', '$substr', '$coalesce', '$sum', '$q', '$pi', '$round') ORDER BY name;
