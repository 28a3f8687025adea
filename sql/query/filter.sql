-- Lookups, each beside the same question in SQL.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- exact is what no lookup means; null is IS NULL.
SELECT same('{"model": "Post", "filter": {"title": "Drafts"}}', $$SELECT id FROM posts WHERE title = 'Drafts'$$);
SELECT same('{"model": "Post", "filter": {"title__exact": "drafts"}}', $$SELECT id FROM posts WHERE title = 'drafts'$$);
SELECT same('{"model": "Post", "filter": {"content": null}}', $$SELECT id FROM posts WHERE content IS NULL$$);
SELECT same('{"model": "Post", "filter": {"content__iexact": null}}', $$SELECT id FROM posts WHERE content IS NULL$$);
SELECT same('{"model": "Post", "filter": {"published": true, "views__gt": 20}}', $$SELECT id FROM posts WHERE published AND views > 20$$);
SELECT same('{"model": "Post", "filter": {"price": 12.5}}', $$SELECT id FROM posts WHERE price = 12.5$$);
SELECT same('{"model": "Post", "filter": {"pk": 3}}', $$SELECT id FROM posts WHERE id = 3$$);
SELECT same('{"model": "User", "filter": {"email": "JANE@example.com"}}', $$SELECT id FROM users WHERE email = 'jane@example.com'$$);

-- Text. What LIKE takes for a wildcard is data here.
SELECT same('{"model": "Post", "filter": {"title__iexact": "DRAFTS"}}', $$SELECT id FROM posts WHERE lower(title) = 'drafts'$$);
SELECT same('{"model": "Post", "filter": {"title__contains": "ett"}}', $$SELECT id FROM posts WHERE position('ett' in title) > 0$$);
SELECT same('{"model": "Post", "filter": {"title__contains": "GETT"}}', $$SELECT id FROM posts WHERE position('GETT' in title) > 0$$);
SELECT same('{"model": "Post", "filter": {"title__icontains": "GETT"}}', $$SELECT id FROM posts WHERE position('gett' in lower(title)) > 0$$);
SELECT same('{"model": "Post", "filter": {"title__startswith": "Gett"}}', $$SELECT id FROM posts WHERE starts_with(title, 'Gett')$$);
SELECT same('{"model": "Post", "filter": {"title__istartswith": "GETT"}}', $$SELECT id FROM posts WHERE starts_with(lower(title), 'gett')$$);
SELECT same('{"model": "Post", "filter": {"title__endswith": "lost"}}', $$SELECT id FROM posts WHERE right(title, 4) = 'lost'$$);
SELECT same('{"model": "Post", "filter": {"title__iendswith": "STARTED"}}', $$SELECT id FROM posts WHERE right(lower(title), 7) = 'started'$$);
SELECT same('{"model": "Post", "filter": {"title__startswith": "100%"}}', $$SELECT id FROM posts WHERE starts_with(title, '100%')$$);
SELECT same('{"model": "Post", "filter": {"content__contains": "100_"}}', $$SELECT id FROM posts WHERE position('100_' in content) > 0$$);
SELECT same('{"model": "Post", "filter": {"content__contains": "a_b"}}', $$SELECT id FROM posts WHERE position('a_b' in content) > 0$$);
SELECT same('{"model": "Post", "filter": {"content__contains": "a\\b"}}', $$SELECT id FROM posts WHERE position('a\b' in content) > 0$$);
SELECT same('{"model": "Post", "filter": {"title__contains": "%"}}', $$SELECT id FROM posts WHERE position('%' in title) > 0$$);
SELECT same('{"model": "Post", "filter": {"title__icontains": "o''brien \""}}', $$SELECT id FROM posts WHERE position('o''brien "' in lower(title)) > 0$$);
SELECT same('{"model": "Post", "filter": {"title__contains": ""}}', $$SELECT id FROM posts$$);
SELECT same('{"model": "Post", "filter": {"content__contains": ""}}', $$SELECT id FROM posts WHERE content IS NOT NULL$$);
SELECT same('{"model": "Post", "filter": {"views__contains": 0}}', $$SELECT id FROM posts WHERE views::text LIKE '%0%'$$);
SELECT same('{"model": "Post", "filter": {"title__regex": "^[Gg]etting .*(ed|st)$"}}', $$SELECT id FROM posts WHERE title ~ '^[Gg]etting .*(ed|st)$'$$);
SELECT same('{"model": "Post", "filter": {"title__iregex": "^GETTING"}}', $$SELECT id FROM posts WHERE title ~* '^GETTING'$$);

-- Comparisons.
SELECT same('{"model": "Post", "filter": {"views__gt": 10}}', $$SELECT id FROM posts WHERE views > 10$$);
SELECT same('{"model": "Post", "filter": {"views__gte": 10}}', $$SELECT id FROM posts WHERE views >= 10$$);
SELECT same('{"model": "Post", "filter": {"views__lt": "10"}}', $$SELECT id FROM posts WHERE views < 10$$);
SELECT same('{"model": "Post", "filter": {"views__lte": 10}}', $$SELECT id FROM posts WHERE views <= 10$$);
SELECT same('{"model": "Post", "filter": {"views__range": [5, 50]}}', $$SELECT id FROM posts WHERE views BETWEEN 5 AND 50$$);
SELECT same('{"model": "Post", "filter": {"views__range": [50, 5]}}', $$SELECT id FROM posts WHERE views BETWEEN 50 AND 5$$);
SELECT same('{"model": "Post", "filter": {"created_at__range": ["2026-01-02T10:00:00Z", "2026-01-04T00:00:00Z"]}}', $$SELECT id FROM posts WHERE created_at BETWEEN '2026-01-02 10:00+00' AND '2026-01-04 00:00+00'$$);
SELECT same('{"model": "Post", "filter": {"title__gte": "E"}}', $$SELECT id FROM posts WHERE title >= 'E'$$);

-- in drops nulls, also from an exclude; an empty list is nobody, and excluding it everybody.
SELECT same('{"model": "Post", "filter": {"id__in": [1, 3, 99]}}', $$SELECT id FROM posts WHERE id IN (1, 3, 99)$$);
SELECT same('{"model": "Post", "filter": {"category__in": [2, null]}}', $$SELECT id FROM posts WHERE category_id = 2$$);
SELECT same('{"model": "Post", "exclude": {"category__in": [2, null]}}', $$SELECT id FROM posts WHERE category_id = 2 IS NOT TRUE$$);
SELECT same('{"model": "Post", "filter": {"id__in": []}}', $$SELECT id FROM posts WHERE false$$);
SELECT same('{"model": "Post", "exclude": {"id__in": []}}', $$SELECT id FROM posts$$);
SELECT same('{"model": "Post", "filter": {"title__in": ["Drafts", "100% sure"]}}', $$SELECT id FROM posts WHERE title IN ('Drafts', '100% sure')$$);

SELECT same('{"model": "Post", "filter": {"price__isnull": true}}', $$SELECT id FROM posts WHERE price IS NULL$$);
SELECT same('{"model": "Post", "filter": {"price__isnull": false}}', $$SELECT id FROM posts WHERE price IS NOT NULL$$);

-- Several calls are ANDed; exclude is the exact complement, rows without a value included.
SELECT same('{"model": "Post", "filter": [{"views__gt": 5}, {"views__lt": 60}, {}]}', $$SELECT id FROM posts WHERE views > 5 AND views < 60$$);
SELECT same('{"model": "Post", "exclude": {"price": 1}}', $$SELECT id FROM posts WHERE price IS DISTINCT FROM 1$$);
SELECT same('{"model": "Post", "exclude": {"price__gt": 1}}', $$SELECT id FROM posts WHERE (price > 1) IS NOT TRUE$$);
SELECT same('{"model": "Post", "exclude": {"published": true, "views__gt": 20}}', $$SELECT id FROM posts WHERE (published AND views > 20) IS NOT TRUE$$);
SELECT same('{"model": "Post", "exclude": [{"published": false}, {"views__gt": 60}]}', $$SELECT id FROM posts WHERE published AND views <= 60$$);
SELECT same('{"model": "Post", "exclude": {"content": null}}', $$SELECT id FROM posts WHERE content IS NOT NULL$$);
SELECT same('{"model": "Post", "exclude": {}}', $$SELECT id FROM posts$$);
SELECT same('{"model": "Post", "none": true}', $$SELECT id FROM posts WHERE false$$);
SELECT same('{"model": "Post", "none": false, "filter": null}', $$SELECT id FROM posts$$);

-- An SQL NULL that arrives at run time matches nothing, whatever the lookup.
PREPARE run_time AS SELECT
  keys(aksara.objects('Post', aksara.filter('category', $1::bigint))),
  keys(aksara.objects('Post', aksara.filter('title__contains', $2))),
  keys(aksara.objects('Post', aksara.filter('views__gt', $3::int))),
  keys(aksara.objects('Post', aksara.filter('id__in', $4::bigint[]))),
  keys(aksara.objects('Post', aksara.filter('price__isnull', $5::boolean))),
  keys(aksara.objects('Post', aksara.filter('meta__lang', $6))),
  keys(aksara.objects('Post', aksara.exclude('category', $1::bigint)));
EXECUTE run_time(NULL, NULL, NULL, NULL, NULL, NULL);
DEALLOCATE run_time;

-- Below a JSON field: equality is that of jsonb, numbers compare as numbers, patterns read text.
SELECT same('{"model": "Post", "filter": {"meta__lang": "en"}}', $$SELECT id FROM posts WHERE meta->'lang' = '"en"'$$);
SELECT same('{"model": "Post", "filter": {"meta__stats__likes": 7}}', $$SELECT id FROM posts WHERE meta#>'{stats,likes}' = '7'$$);
SELECT same('{"model": "Post", "filter": {"meta__stats__likes__gt": 3}}', $$SELECT id FROM posts WHERE id IN (1, 5)$$);
SELECT same('{"model": "Post", "filter": {"meta__stats__likes__range": [3, 6]}}', $$SELECT id FROM posts WHERE id = 2$$);
SELECT same('{"model": "Post", "filter": {"meta__stats__shares__1": 2}}', $$SELECT id FROM posts WHERE meta#>'{stats,shares,1}' = '2'$$);
SELECT same('{"model": "Post", "filter": {"meta__stats__shares": [1, 2]}}', $$SELECT id FROM posts WHERE meta#>'{stats,shares}' = '[1, 2]'$$);
SELECT same('{"model": "Post", "filter": {"meta__stats__shares__contains": [2]}}', $$SELECT id FROM posts WHERE meta#>'{stats,shares}' @> '[2]'$$);
SELECT same('{"model": "Post", "filter": {"meta__lang__in": ["en", "de", null]}}', $$SELECT id FROM posts WHERE meta->>'lang' IN ('en', 'de')$$);
SELECT same('{"model": "Post", "filter": {"meta__lang__startswith": "d"}}', $$SELECT id FROM posts WHERE meta->>'lang' LIKE 'd%'$$);
SELECT same('{"model": "Post", "filter": {"meta__stats__likes__icontains": "MAN"}}', $$SELECT id FROM posts WHERE meta#>>'{stats,likes}' ILIKE '%man%'$$);
SELECT same('{"model": "Post", "filter": {"meta__lang__regex": "^e"}}', $$SELECT id FROM posts WHERE meta->>'lang' ~ '^e'$$);
-- A JSON null, a key that is absent and a column without a value are three things.
SELECT same('{"model": "Post", "filter": {"meta__lang": null}}', $$SELECT id FROM posts WHERE meta->'lang' = 'null'$$);
SELECT same('{"model": "Post", "filter": {"meta__lang__isnull": true}}', $$SELECT id FROM posts WHERE meta IS NULL OR NOT meta ? 'lang'$$);
SELECT same('{"model": "Post", "filter": {"meta__lang__isnull": false}}', $$SELECT id FROM posts WHERE meta ? 'lang'$$);
SELECT same('{"model": "Post", "filter": {"meta": null}}', $$SELECT id FROM posts WHERE meta IS NULL$$);
SELECT same('{"model": "Post", "exclude": {"meta__lang": "en"}}', $$SELECT id FROM posts WHERE (meta->>'lang' = 'en') IS NOT TRUE$$);
SELECT same('{"model": "Post", "filter": {"meta__contains": {"$v": {"stats": {"likes": 7}}}}}', $$SELECT id FROM posts WHERE meta @> '{"stats": {"likes": 7}}'$$);
SELECT same('{"model": "Post", "filter": {"meta": {"$v": {"stats": {"likes": 7}}}}}', $$SELECT id FROM posts WHERE meta = '{"stats": {"likes": 7}}'$$);
SELECT same(aksara.objects('Post', aksara.filter('meta', jsonb '{"stats": {"likes": 7.0}}')), $$SELECT id FROM posts WHERE meta = '{"stats": {"likes": 7}}'$$);


-- Untyped text below a JSON field, as literals and drivers send it, may be a string or the JSON it writes.
CREATE TABLE asked (path text, value text);
INSERT INTO asked VALUES ('meta', '{"stats": {"likes": 7.0}}'), ('meta__contains', '{"stats": {"likes": 7}}'),
  ('meta__stats__contains', '{"likes": 3}'), ('meta__stats__shares', '[1, 2]'), ('meta__stats__shares__1', '2'), ('meta__stats__likes', '7'),
  ('meta__stats__likes', 'many'), ('meta__stats__likes__in', '{3,many}'), ('meta__stats__likes__in', '[3, "many"]'),
  ('meta__stats__likes__gt', '3'), ('meta__stats__likes__range', '{3,6}'), ('meta__lang', 'en'), ('meta__lang', 'null'),
  ('meta__lang__contains', 'e'), ('meta__lang__isnull', 'true'), ('meta__in', '{"{\"stats\": {\"likes\": 7}}"}');
PREPARE untyped AS SELECT keys(aksara.objects('Post', aksara.filter($1, $2)));
SELECT format('EXECUTE untyped(%L, %L)', path, value) FROM asked \gexec
DEALLOCATE untyped;
INSERT INTO posts (id, title, meta, author_id, created_at) OVERRIDING SYSTEM VALUE VALUES (6, 'Strings', '{"n": "7", "b": "true"}', 1, now()), (7, 'Others', '{"n": 7, "b": true}', 1, now());
SELECT keys(aksara.objects('Post', aksara.filter('meta__n', '7'))) AS untyped, keys(aksara.objects('Post', aksara.filter('meta__n', 7))) AS number,
  keys(aksara.objects('Post', aksara.filter('meta__n', jsonb '"7"'))) AS typed, keys('{"model": "Post", "filter": {"meta__n": "7"}}') AS string,
  keys(aksara.objects('Post', aksara.filter('meta__b__in', '{true}'))) AS list, keys(aksara.objects('Post', aksara.filter('meta__n__gte', '7'))) AS compared;
SELECT fails($$SELECT aksara.count(aksara.objects('Post', aksara.filter('meta__n__gt', 'x')))$$);

SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
