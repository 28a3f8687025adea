-- Lookups of pg_trgm and the transform of unaccent, where these are installed.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
\o
\set ECHO all

-- Without them.
SELECT aksara.count('{"model": "Post", "filter": {"title__trigram_similar": "post"}}');
SELECT aksara.count('{"model": "Post", "filter": {"title__unaccent": "post"}}');
SELECT aksara.count('{"model": "Post", "filter": {"views__trigram_similar": "post"}}');
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "order_by": [{"$desc": {"$trigram_similarity": ["title", {"$v": "post"}]}}]}')$$);

-- With them, in whatever schema.
CREATE SCHEMA "q Others";
CREATE EXTENSION pg_trgm SCHEMA "q Others";
CREATE EXTENSION unaccent SCHEMA "q Others";
UPDATE posts SET title = 'Über den Flüssen', content = 'the quick brown fox' WHERE id = 1;
UPDATE posts SET title = 'Uber den Flussen' WHERE id = 2;
SELECT same('{"model": "Post", "filter": {"title__trigram_similar": "Uber den Flusse"}}', $$SELECT id FROM posts WHERE "q Others".similarity(title, 'Uber den Flusse') >= 0.3$$);
SELECT same('{"model": "Post", "filter": {"content__trigram_word_similar": "quik"}}', $$SELECT id FROM posts WHERE "q Others".word_similarity('quik', content) >= 0.6$$);
SELECT same('{"model": "Post", "filter": {"content__trigram_word_similar": "quick"}}', $$SELECT id FROM posts WHERE "q Others".word_similarity('quick', content) >= 0.6$$);
SELECT same('{"model": "Post", "filter": {"content__trigram_strict_word_similar": "brow"}}', $$SELECT id FROM posts WHERE "q Others".strict_word_similarity('brow', content) >= 0.5$$);
SELECT same('{"model": "Post", "exclude": {"content__trigram_word_similar": "quick"}}', $$SELECT id FROM posts WHERE ("q Others".word_similarity('quick', content) >= 0.6) IS NOT TRUE$$);
SELECT same('{"model": "Post", "filter": {"title__unaccent__lower__startswith": "uber"}}', $$SELECT id FROM posts WHERE lower("q Others".unaccent(title)) LIKE 'uber%'$$);
SELECT same('{"model": "Post", "filter": {"title__unaccent": "Uber den Flussen"}}', $$SELECT id FROM posts WHERE id IN (1, 2)$$);
SELECT aksara.to_sql('{"model": "Tag", "filter": {"name__unaccent__trigram_similar": "x"}, "order_by": []}');
SELECT aksara.count('{"model": "Post", "filter": {"title__trigram_similar": null}}');
SELECT aksara.to_sql('{"model": "Post", "only": ["id"], "order_by": [{"$asc": {"$trigram_word_distance": [{"$v": "quick"}, "content"]}}]}');
SELECT string_agg(row ->> 'id', ' ') FROM aksara.fetch('{"model": "Post", "order_by": [{"$desc": {"$trigram_similarity": ["title", {"$v": "uber den"}]}}, "id"], "limit": 2}') AS row;
SELECT string_agg(id::text, ' ') FROM (SELECT id FROM posts ORDER BY "q Others".similarity(title, 'uber den') DESC, id LIMIT 2) AS p;
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "annotate": {"v": {"$trigram_similarity": ["title"]}}}')$$);
-- an index serves
CREATE INDEX posts_trigrams ON posts USING gin (content "q Others".gin_trgm_ops);
BEGIN;
SET LOCAL enable_seqscan = off;
SELECT line ~ 'posts_trigrams' AS by_index FROM aksara.explain('{"model": "Post", "filter": {"content__trigram_word_similar": "quick"}, "order_by": []}') AS line WHERE line ~ 'Index Scan on posts';
COMMIT;
-- what was compiled before follows the extension
ALTER EXTENSION unaccent SET SCHEMA public;
SELECT same('{"model": "Post", "filter": {"title__unaccent": "Uber den Flussen"}}', $$SELECT id FROM posts WHERE id IN (1, 2)$$);
DROP EXTENSION unaccent;
SELECT aksara.count('{"model": "Post", "filter": {"title__unaccent": "Uber den Flussen"}}');
SET client_min_messages = warning;
DROP SCHEMA "q Others" CASCADE;
