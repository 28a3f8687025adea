-- create_lookup and create_transform: functions of SQL in paths.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
CREATE SCHEMA "q Words";
CREATE FUNCTION "q Words"."has Length"(text, integer) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN length($1) = $2;
CREATE FUNCTION "q Words".vowels(text) RETURNS integer LANGUAGE sql IMMUTABLE RETURN length(regexp_replace(lower($1), '[^aeiou]', '', 'g'));
CREATE FUNCTION "q Words".between(bigint, integer[]) RETURNS boolean LANGUAGE sql STABLE RETURN $1 BETWEEN $2[1] AND $2[2];
CREATE FUNCTION "q Words".half(bigint) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN $1 / 2.0;
CREATE FUNCTION "q Words".deep(jsonb, integer) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN $1 = to_jsonb($2);
\o
\set ECHO all

SELECT aksara.create_lookup('has_length', '"q Words"."has Length"(text, integer)');
SELECT aksara.create_transform('vowels', '"q Words".vowels(text)');
SELECT aksara.create_lookup('between', '"q Words".between(bigint, integer[])');
SELECT aksara.create_transform('half', '"q Words".half(bigint)');
SELECT aksara.create_lookup('deep', '"q Words".deep(jsonb, integer)');
SELECT name, type, kind, function FROM aksara.query_lookup ORDER BY name COLLATE "C";

-- In paths as those that are built in; those for text serve varchar.
SELECT same('{"model": "Post", "filter": {"title__has_length": 6}}', $$SELECT id FROM posts WHERE length(title) = 6$$);
SELECT same('{"model": "Post", "exclude": {"content__has_length": 6}}', $$SELECT id FROM posts WHERE (length(content) = 6) IS NOT TRUE$$);
SELECT same('{"model": "Post", "filter": {"author__name__vowels__gte": 2}}', $$SELECT p.id FROM posts p JOIN users u ON u.id = p.author_id WHERE length(regexp_replace(lower(u.name), '[^aeiou]', '', 'g')) >= 2$$);
SELECT same('{"model": "Post", "filter": {"tags__name__lower__vowels__in": [1, 2]}}', $$SELECT DISTINCT post_id FROM post_tags pt JOIN tags t ON t.id = pt.tag_id WHERE length(regexp_replace(lower(t.name), '[^aeiou]', '', 'g')) IN (1, 2)$$);
SELECT same('{"model": "Post", "filter": {"id__between": [2, 4]}}', $$SELECT id FROM posts WHERE id BETWEEN 2 AND 4$$);
SELECT same('{"model": "Post", "filter": {"id__half__lt": 1.5}}', $$SELECT id FROM posts WHERE id < 3$$);
SELECT same('{"model": "Post", "filter": {"meta__stats__likes__deep": 7}}', $$SELECT id FROM posts WHERE meta -> 'stats' -> 'likes' = '7'$$);
SELECT same('{"model": "Post", "filter": {"title__has_length": {"$length": "title"}}}', $$SELECT id FROM posts$$);
SELECT aksara.fetch('{"model": "Post", "order_by": ["-title__vowels", "id"], "pick": ["title__vowels"], "limit": 2}') ->> 'title__vowels' = (SELECT max("q Words".vowels(title))::text FROM posts) AS same;
SELECT aksara.to_sql('{"model": "Tag", "filter": {"name__has_length": 4, "name__vowels": 2}, "order_by": []}');
-- inlined, and with another value
SELECT count(*) = (SELECT count(*) FROM posts WHERE length(title) = 6) AS same FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('title__has_length', 6)));
SELECT aksara.count('{"model": "Post", "filter": {"title__has_length": 6}}') = (SELECT count(*) FROM posts WHERE length(title) = 6) AS same, aksara.count('{"model": "Post", "filter": {"title__has_length": 12}}') = (SELECT count(*) FROM posts WHERE length(title) = 12) AS same;

-- Mistakes.
SELECT aksara.count('{"model": "Post", "filter": {"title__has_length": "six"}}');
SELECT aksara.count('{"model": "Post", "filter": {"title__has_length": null}}');
SELECT aksara.count('{"model": "Post", "filter": {"title__has_lenght": 6}}');
SELECT aksara.count('{"model": "Post", "filter": {"title__vowel": 6}}');
SELECT aksara.count('{"model": "Post", "filter": {"views__has_length": 6}}');
SELECT aksara.count('{"model": "Post", "filter": {"title__has_length__gt": 6}}');
SELECT aksara.create_lookup('contains', '"q Words"."has Length"(text, integer)');
SELECT aksara.create_transform('year', '"q Words".vowels(text)');
SELECT aksara.create_lookup('two__words', '"q Words"."has Length"(text, integer)');
SELECT aksara.create_lookup('', '"q Words"."has Length"(text, integer)');
SELECT aksara.create_lookup('0', '"q Words"."has Length"(text, integer)');
SELECT aksara.create_transform('has_length', '"q Words".vowels(text)');
SELECT aksara.create_lookup('vowely', '"q Words".vowels(text)');
SELECT aksara.create_transform('vowely', '"q Words"."has Length"(text, integer)');
SELECT aksara.create_lookup('plus', 'pg_catalog.int8pl(bigint, bigint)');
SELECT aksara.create_transform('noise', 'pg_catalog.setseed(float8)');
SELECT aksara.create_transform('any', 'pg_catalog.array_dims(anyarray)');
SELECT aksara.create_transform('sums', 'pg_catalog.sum(bigint)');
SELECT aksara.create_lookup(NULL, '"q Words".vowels(text)');
SELECT aksara.create_lookup('x', NULL);
SELECT aksara.drop_lookup('vowels', 'text');
SELECT aksara.drop_transform('vowels', 'integer');

-- Rights: the call is granted, the function is the caller's own; who asks needs EXECUTE on it.
CREATE ROLE regress_words;
CREATE ROLE regress_asks;
CREATE SCHEMA qwords AUTHORIZATION regress_words;
GRANT USAGE ON SCHEMA qblog TO regress_asks;
GRANT USAGE ON SCHEMA qwords TO regress_asks;
GRANT SELECT ON posts TO regress_asks;
SET ROLE regress_words;
CREATE FUNCTION qwords.loud(text, boolean) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN ($1 = upper($1)) = $2;
REVOKE ALL ON FUNCTION qwords.loud(text, boolean) FROM PUBLIC;
SELECT aksara.create_lookup('loud', 'qwords.loud(text, boolean)');
INSERT INTO aksara.query_lookup VALUES ('loud', 'pg_catalog.text', 'lookup', 'qwords.loud(pg_catalog.text,boolean)', 'regress_words');
SELECT count(*) FROM aksara.query_lookup WHERE name = 'loud';
RESET ROLE;
GRANT EXECUTE ON FUNCTION aksara.create_lookup(text, regprocedure), aksara.drop_lookup(text, regtype) TO regress_words;
SET ROLE regress_words;
SELECT aksara.create_lookup('longer', 'pg_catalog.starts_with(text, text)');
SELECT aksara.create_lookup('loud', 'qwords.loud(text, boolean)');
SELECT aksara.drop_lookup('has_length', 'text');
DELETE FROM aksara.query_lookup;
SET ROLE regress_asks;
SELECT aksara.count('qblog.Post', '{"title__loud": true}');
RESET ROLE;
GRANT EXECUTE ON FUNCTION qwords.loud(text, boolean) TO regress_asks;
SET ROLE regress_asks;
SELECT aksara.count('qblog.Post', '{"title__loud": true}');
SELECT aksara.count('qblog.Post', '{"title__has_length": 6}');
RESET ROLE;
SELECT aksara.count('qblog.Post', '{"title__loud": true}');
-- a function of that name that is another's is not meant
DROP FUNCTION qwords.loud(text, boolean);
SELECT aksara.count('qblog.Post', '{"title__loud": true}');
CREATE FUNCTION qwords.loud(text, boolean) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;
SELECT aksara.count('qblog.Post', '{"title__loud": true}');
SELECT aksara.create_lookup('loud', 'qwords.loud(text, boolean)');
SELECT aksara.count('qblog.Post', '{"title__loud": true}') = (SELECT count(*) FROM posts) AS all_rows;
-- nor is one that became volatile
ALTER FUNCTION qwords.loud(text, boolean) VOLATILE;
SELECT aksara.count('qblog.Post', '{"title__loud": true}');
-- taken back, also from who has asked before
SELECT aksara.drop_lookup('has_length', 'text');
SELECT aksara.count('{"model": "Post", "filter": {"title__has_length": 6}}');
SELECT aksara.drop_transform('vowels', 'text'), aksara.drop_transform('half', 'bigint'), aksara.drop_lookup('between', 'bigint'), aksara.drop_lookup('deep', 'jsonb'), aksara.drop_lookup('loud', 'text');
SELECT count(*) FROM aksara.query_lookup;
DROP FUNCTION qwords.loud(text, boolean);
DROP OWNED BY regress_words, regress_asks;
DROP ROLE regress_words, regress_asks;
SET client_min_messages = warning;
DROP SCHEMA "q Words" CASCADE;
