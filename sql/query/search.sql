-- Full text search: vectors, queries, ranks and headlines, beside those by hand.
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

-- Vectors: texts are one, vectors are put behind them; a NULL in a list counts for nothing.
SELECT value('{"$search_vector": "content"}', 'to_tsvector(content)');
SELECT value('{"$search_vector": ["title", "content"]}', $$to_tsvector(coalesce(title, '') || ' ' || coalesce(content, ''))$$);
SELECT value('{"$search_vector": "content", "config": "simple", "weight": "A"}', $$setweight(to_tsvector('simple', content), 'A')$$);
SELECT value('{"$search_vector": [{"$search_vector": "title", "weight": "A"}, "content", {"$search_vector": "content", "weight": "B"}]}',
  $$to_tsvector(coalesce(content, '')) || setweight(to_tsvector(title), 'A') || coalesce(setweight(to_tsvector(content), 'B'), '')$$);

-- Queries: a string is the words, an expression may make them.
SELECT value('{"$search_query": "python java"}', $$plainto_tsquery('python java')$$);
SELECT value('{"$search_query": "python java", "search_type": "phrase", "config": "pg_catalog.simple"}', $$phraseto_tsquery('simple', 'python java')$$);
SELECT value('{"$search_query": "python -java", "search_type": "websearch"}', $$websearch_to_tsquery('python -java')$$);
SELECT value('{"$search_query": {"$f": "title"}}', 'plainto_tsquery(title)');
SELECT value('{"$search_query": null}', 'NULL::tsquery');
SELECT value('{"$search_or": [{"$search_and": [{"$search_query": "map"}, {"$search_query": "road"}]}, {"$search_not": {"$search_query": "python"}}]}', $$'map & road | !python'::tsquery$$);

-- Ranks: text becomes a vector, a string a query.
SELECT value('{"$search_rank": ["content", "python"]}', $$ts_rank(to_tsvector(content), plainto_tsquery('python'))$$);
SELECT value('{"$search_rank": ["content", "the python"], "config": "simple"}', $$ts_rank(to_tsvector('simple', content), plainto_tsquery('simple', 'the python'))$$);
SELECT value('{"$search_rank": [{"$search_vector": ["title", "content"]}, {"$search_query": "python | map", "search_type": "raw"}], "weights": [0.1, 0.2, 0.4, 1], "normalization": 2, "cover_density": true}',
  $$ts_rank_cd('{0.1, 0.2, 0.4, 1}', to_tsvector(coalesce(title, '') || ' ' || coalesce(content, '')), to_tsquery('python | map'), 2)$$);
SELECT equal('{"model": "Post", "annotate": {"rank": {"$search_rank": [{"$search_vector": ["title", "content"]}, "roads"]}}, "filter": {"rank__gt": 0}, "order_by": ["-rank", "id"], "pick": ["id", "rank"]}',
  $$SELECT * FROM (SELECT id, ts_rank(to_tsvector(coalesce(title, '') || ' ' || coalesce(content, '')), plainto_tsquery('roads')) AS rank FROM posts) p WHERE rank > 0 ORDER BY rank DESC, id$$);

-- Headlines: options are texts of any kind.
SELECT value('{"$search_headline": ["content", "python"]}', $$ts_headline(content, plainto_tsquery('python'))$$);
SELECT value('{"$search_headline": ["content", "python"], "config": "english", "start_sel": "<em class=\"x\">", "stop_sel": "\\</em>", "max_words": 10, "min_words": 3, "short_word": 2, "max_fragments": 1, "fragment_delimiter": " … ", "highlight_all": false}',
  $$ts_headline('english', content, plainto_tsquery('english', 'python'), 'StartSel="<em class=""x"">", StopSel="\</em>", MaxWords=10, MinWords=3, ShortWord=2, MaxFragments=1, FragmentDelimiter=" … ", HighlightAll=false')$$);
SELECT aksara.get('{"model": "Post", "filter": {"id": 1}, "annotate": {"v": {"$search_headline": ["content", "python"], "start_sel": "''\"$1", "stop_sel": "\\, StartSel=x"}}, "pick": ["v"]}');

-- The lookup takes a query, and finds in vectors.
SELECT same('{"model": "Post", "filter": {"content__search": {"$search_query": "python | roads", "search_type": "raw"}}}', $$SELECT id FROM posts WHERE to_tsvector(content) @@ to_tsquery('python | roads')$$);
SELECT same('{"model": "Post", "exclude": {"content__search": {"$search_query": "python | roads", "search_type": "raw"}}}', $$SELECT id FROM posts WHERE (to_tsvector(content) @@ to_tsquery('python | roads')) IS NOT TRUE$$);
SELECT same('{"model": "Post", "filter": {"content__search": {"$f": "content"}}}', $$SELECT id FROM posts WHERE to_tsvector(content) @@ plainto_tsquery(content)$$);
SELECT same('{"model": "Post", "alias": {"v": {"$search_vector": ["title", "content"]}}, "filter": {"v__search": "getting python"}}', $$SELECT id FROM posts WHERE to_tsvector(coalesce(title, '') || ' ' || coalesce(content, '')) @@ plainto_tsquery('getting python')$$);
SELECT same('{"model": "Post", "alias": {"v": {"$search_vector": ["title", "content"]}}, "filter": {"v__search": {"$search_query": "python or roads", "search_type": "websearch"}}}', $$SELECT id FROM posts WHERE to_tsvector(coalesce(title, '') || ' ' || coalesce(content, '')) @@ to_tsquery('python | roads')$$);
SELECT same('{"model": "Post", "filter": {"comments__text__search": {"$search_query": "great -fine", "search_type": "websearch"}}}', $$SELECT post_id FROM comments WHERE to_tsvector(text) @@ to_tsquery('great & !fine') GROUP BY 1$$);
-- an index serves, as by hand
CREATE INDEX posts_words ON posts USING gin (to_tsvector('english', content));
BEGIN;
SET LOCAL enable_seqscan = off;
SELECT line ~ 'posts_words' FROM aksara.explain('{"model": "Post", "alias": {"v": {"$search_vector": "content", "config": "english"}}, "filter": {"v__search": "python"}, "order_by": []}') AS line WHERE line ~ 'Bitmap Index Scan';
COMMIT;

-- A configuration that goes and comes again.
CREATE TEXT SEARCH CONFIGURATION qblog.words (COPY = simple);
SELECT value('{"$search_query": "the python", "config": "qblog.words"}', $$'the & python'::tsquery$$);
DROP TEXT SEARCH CONFIGURATION qblog.words;
SELECT refused('{"$search_query": "the python", "config": "qblog.words"}');
CREATE TEXT SEARCH CONFIGURATION qblog.words (COPY = english);
SELECT value('{"$search_query": "the python", "config": "qblog.words"}', $$'python'::tsquery$$);

-- Mistakes.
SELECT refused('{"$search_rank": ["views", "x"]}');
SELECT refused('{"$search_rank": ["content", {"$f": "views"}]}');
SELECT refused('{"$search_rank": ["content", 1]}');
SELECT refused('{"$search_rank": ["content"]}');
SELECT refused('{"$search_rank": ["content", "x"], "wieghts": []}');
SELECT refused('{"$search_rank": ["content", "x"], "weights": [1, 2]}');
SELECT refused('{"$search_rank": ["content", "x"], "weights": [1, 2, 3, "4"]}');
SELECT refused('{"$search_rank": ["content", "x"], "normalization": -1}');
SELECT refused('{"$search_rank": ["content", "x"], "cover_density": 1}');
SELECT refused('{"$search_headline": ["views", "x"]}');
SELECT refused('{"$search_headline": ["content", "x"], "max_words": "x"}');
SELECT refused('{"$search_headline": ["content", "x"], "start_sel": 1}');
SELECT refused('{"$search_query": ["x"]}');
SELECT refused('{"$search_query": "x", "config": "nowhere"}');
SELECT refused('{"$search_query": "x", "config": "a.b.c.d"}');
SELECT refused('{"$search_query": "x", "config": ""}');
SELECT refused('{"$search_query": "x", "search_type": "plane"}');
SELECT refused('{"$search_query": "python &", "search_type": "raw"}');
SELECT refused('{"$search_vector": []}');
SELECT refused('{"$search_vector": "views"}');
SELECT refused('{"$search_vector": "title", "weight": "E"}');
SELECT refused('{"$search_and": ["title", "title"]}');
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"views__search": {"$search_query": "x"}}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Post", "filter": {"content": {"$search_query": "x"}}}')$$);
