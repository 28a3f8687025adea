-- in_bulk, update and delete of a shape that was seen before: the same rows, the same errors, out of what the session keeps.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
-- What a call answers and what it leaves in the tables, or its error; nothing of it stays.
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text; state text; detail text; hint text; context text; columns text; tables text;
BEGIN
	EXECUTE 'SELECT ' || call INTO answer;
	SELECT string_agg(p::text, ' ' ORDER BY id) || (SELECT count(*) FROM comments) INTO state FROM posts p;
	RAISE SQLSTATE 'RB000' USING MESSAGE = concat_ws('|', coalesce(answer, 'NULL'), md5(state));
EXCEPTION
	WHEN SQLSTATE 'RB000' THEN RETURN SQLERRM;
	WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT,
			columns = COLUMN_NAME, tables = TABLE_NAME;
		RETURN concat_ws('|', SQLSTATE, SQLERRM, detail, hint, columns, tables, substring(context FROM '^condition on [^\n]*'));
END $$;
-- The same document with its first key spelled so that it is read as a whole.
CREATE FUNCTION whole(document text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(regexp_replace(document, '"(.)', '"\\u' || lpad(to_hex(ascii(substring(document FROM '"(.)'))), 4, '0')), document)
$$;
-- Pairs of a query set and what goes with it, each asked three times, once the whole way; what differs is listed.
CREATE FUNCTION asked(call text, VARIADIC documents text[], OUT calls int, OUT errors int, OUT changes int, OUT different text) LANGUAGE plpgsql AS $$
DECLARE
	untouched text := split_part(outcome('1'), '|', 2); asked_now text; answers text[];
BEGIN
	calls := 0;
	errors := 0;
	changes := 0;
	FOR i IN 1 .. cardinality(documents) BY 2 LOOP
		asked_now := format(call, quote_literal(documents[i]), quote_literal(documents[i + 1]));
		answers := ARRAY[outcome(asked_now), outcome(asked_now), outcome(format(call, quote_literal(whole(documents[i])), quote_literal(documents[i + 1])))];
		calls := calls + 1;
		errors := errors + (answers[3] ~ '^[0-9A-Z]{5}\|')::int;
		changes := changes + (answers[3] !~ '^[0-9A-Z]{5}\|' AND split_part(answers[3], '|', 2) <> untouched)::int;
		IF answers[1] IS DISTINCT FROM answers[3] OR answers[2] IS DISTINCT FROM answers[3] THEN
			different := concat_ws(E'\n', different, asked_now, VARIADIC answers);
		END IF;
	END LOOP;
END $$;
CREATE VIEW kept AS SELECT * FROM aksara.query_cache();
\o
\pset format unaligned
\pset tuples_only on
\set ECHO all

-- One UPDATE for the documents that name the same fields, whatever the values are.
SELECT aksara.update(json_build_object('model', 'Post', 'filter', json_build_object('id', n)), json_build_object('views', 100 + n)) FROM generate_series(1, 6) n;
SELECT id, views FROM posts ORDER BY id;
SELECT * FROM kept;
SELECT * FROM asked('aksara.update(%s, %s)',
	'{"model": "Post", "filter": {"id": 1}}', '{"views": 7}', '{"model": "Post", "filter": {"id": 2}}', '{"views": "8"}', '{"model": "Post", "filter": {"id": 3}}', '{"views": 1.5}', '{"model": "Post", "filter": {"id": 3}}', '{"views": 9.0}', '{"model": "Post", "filter": {"id": 3}}', '{"views": "x"}', '{"model": "Post", "filter": {"id": "y"}}', '{"views": "x"}', '{"model": "Post", "filter": {"id": "y"}}', '{"views": 1}',
	'{"model": "Post", "filter": {"id": 3}}', '{"views": null}', '{"model": "Post", "filter": {"id": 3}}', '{"views": true}', '{"model": "Post", "filter": {"id": 3}}', '{"views": [1]}', '{"model": "Post", "filter": {"id": 3}}', '{"views": {"$v": 4}}', '{"model": "Post", "filter": {"id": 3}}', '{"views": 99999999999}', '{"model": "Post", "filter": {"id": 99}}', '{"views": 1}');
SELECT * FROM asked('aksara.update(%s, %s)',
	'{"model": "Post", "filter": {"views__gt": 101}}', '{"title": "t", "price": 1.25, "published": false}', '{"model": "Post", "filter": {"views__gt": 104}}', '{"title": "u", "price": "2.50", "published": "yes"}', '{"model": "Post", "filter": {"views__gt": 104}}', '{"title": null, "price": 1.234, "published": 5}', '{"model": "Post", "filter": {"views__gt": 104}}', '{"title": "v", "price": null, "published": true}', '{"model": "Post", "filter": {"views__gt": 104}}', '{"title": "v", "price": 1, "published": true, "title": "w"}', '{"model": "Post", "filter": {"views__gt": 104}}', '{"title": "v", "price": 1, "publsihed": true}',
	'{"model": "Post"}', '{"content": null}', '{"model": "Post"}', '{"content": "\n\"quoted\" \u00e9"}', '{"model": "Post"}', '{"content": ""}', '{"model": "Post"}', '{}', '{"model": "Post"}', '[]', '{"model": "Post"}', '5', '{"model": "Post"}', '{"id": 1}', '{"model": "Post", "filter": {"id": 1}}', '{"id": 77}');
SELECT * FROM asked('aksara.update(%s, %s)',
	'{"model": "Post", "filter": {"author": 1}}', '{"author": 2}', '{"model": "Post", "filter": {"author": 2}}', '{"author": 99}', '{"model": "Post", "filter": {"author": 2}}', '{"author": {"id": 3, "name": "not looked at"}}', '{"model": "Post", "filter": {"author": {"id": 2, "name": "Kim"}}}', '{"author": {"id": 1}}', '{"model": "Post", "filter": {"author": 2}}', '{"author": {"name": "Kim"}}', '{"model": "Post", "filter": {"author": 2}}', '{"author_id": 1}', '{"model": "Post", "filter": {"author": 2}}', '{"author_id": 1, "author": 1}',
	'{"model": "Post", "filter": {"id": 1}}', '{"meta": {"a": 1}}', '{"model": "Post", "filter": {"id": 2}}', '{"meta": {"b": [2]}}', '{"model": "Post", "filter": {"id": 2}}', '{"meta": [1, {"c": 2}]}', '{"model": "Post", "filter": {"id": 2}}', '{"meta": [3]}', '{"model": "Post", "filter": {"id": 2}}', '{"meta": "text"}', '{"model": "Post", "filter": {"id": 2}}', '{"meta": null}');
SELECT * FROM asked('aksara.update(%s, %s)',
	'{"model": "Post", "filter": {"author__name": "Jane"}}', '{"views": 1}', '{"model": "Post", "filter": {"author__name": "Kim"}}', '{"views": 2}', '{"model": "Post", "filter": {"tags__name__in": ["News", "Tutorial"]}}', '{"views": 3}', '{"model": "Post", "filter": {"tags__name__in": ["Beginner"]}}', '{"views": 4}', '{"model": "Post", "order_by": ["id"], "limit": 2, "offset": 1}', '{"views": 5}', '{"model": "Post", "order_by": ["id"], "limit": 2, "offset": 3}', '{"views": 6}',
	'{"model": "Post", "filter": {"nope": 1}}', '{"views": 1}', '{"model": "Pots"}', '{"views": 1}', '{"model": "Post", "none": true}', '{"views": 1}', '[]', '{"views": 1}', '{"model": "Post", "filter": {"$or": [{"id": 1}, {"views__lt": 0}]}}', '{"views": -1}', '{"model": "Post", "filter": {"$or": [{"id": 5}, {"views__lt": 0}]}}', '{"views": -2}');
SELECT aksara.update('{"model": "Post"}', NULL);
SELECT aksara.update(NULL, '{"views": 1}');
-- One DELETE for the conditions of the same kind, and for the keys.
SELECT * FROM asked('aksara.delete(%s)',
	'{"model": "Post", "filter": {"id": 1}}', '', '{"model": "Post", "filter": {"id": 4}}', '', '{"model": "Post", "filter": {"id": 99}}', '', '{"model": "Post", "filter": {"id": "x"}}', '', '{"model": "Post", "filter": {"author__name": "Jane"}}', '', '{"model": "Post", "filter": {"author__name": "Lee"}}', '', '{"model": "User", "filter": {"id": 1}}', '', '{"model": "User", "filter": {"id": 2}}', '', '{"model": "User", "filter": {"id__in": [1, 3]}}', '', '{"model": "User", "filter": {"id__in": [2]}}', '', '{"model": "Post", "filter": {"nope": 1}}', '', '{"model": "Category", "filter": {"name": "Technology"}}', '', '{"model": "Category", "filter": {"name": "Travel"}}', '');
SELECT aksara.delete(NULL);
SELECT * FROM asked('aksara.delete_by_key(''Post'', %s)', '1', '', '4', '', '99', '', 'x', '', '{"id": 2, "title": "not looked at"}', '', '{"title": "no key"}', '');
SELECT * FROM asked('aksara.delete_by_key(''Post'', %s::int)', '1', '', '4', '', '99', '');
SELECT * FROM asked('aksara.delete_by_key(''Post'', %s::bigint)', '1', '', '4', '');
-- in_bulk: keys as a list of any length, of the key or of another field.
SELECT * FROM asked('aksara.in_bulk(%s, %s)',
	'{"model": "Post"}', '[1, 2]', '{"model": "Post"}', '[3, "4", 99]', '{"model": "Post"}', '[]', '{"model": "Post"}', '["x"]', '{"model": "Post"}', '[1.5]', '{"model": "Post"}', '[null]', '{"model": "Post"}', '[[1]]', '{"model": "Post"}', '[{"id": 1, "title": "not looked at"}]', '{"model": "Post"}', '[{"id": 2}, {"id": 3}]', '{"model": "Post"}', '1', '{"model": "Post"}', '"1"', '{"model": "Post"}', '{"id": 1}', '{"model": "Post"}', '[1',
	'{"model": "Post", "filter": {"views__gt": 102}, "prefetch_related": ["tags"], "order_by": ["-id"]}', '[1, 2, 3, 4, 5]', '{"model": "Post", "filter": {"views__gt": 104}, "prefetch_related": ["tags"], "order_by": ["-id"]}', '[4, 5]', '{"model": "Post", "limit": 2}', '[1]', '{"model": "Post", "filter": {"views__gt": "x"}}', '[1]');
SELECT * FROM asked('aksara.in_bulk(%s, %s, ''name'')', '{"model": "Tag"}', '["News", "nothing"]', '{"model": "Tag"}', '["Tutorial", "Be\"ginner"]', '{"model": "Tag", "filter": {"id__gt": 1}}', '["Tutorial", "News"]', '{"model": "Tag", "filter": {"id__gt": 0}}', '["Tutorial", "News"]', '{"model": "Category"}', '["Travel"]');
SELECT * FROM asked('aksara.in_bulk(%s, %s, ''slug'')', '{"model": "Category"}', '["tech"]', '{"model": "Category"}', '["python", "travel"]');
SELECT aksara.in_bulk('{"model": "Tag"}', NULL);
SELECT question, calls FROM kept ORDER BY question COLLATE "C";
-- What is kept follows the table: a field that is no longer unique, a column that takes no null.
SELECT aksara.in_bulk('{"model": "Category"}', '["tech"]', 'slug');
ALTER TABLE categories DROP CONSTRAINT categories_slug_key;
SELECT aksara.in_bulk('{"model": "Category"}', '["tech"]', 'slug');
SELECT aksara.update('{"model": "Post", "filter": {"id": 3}}', '{"content": null}');
UPDATE posts SET content = '' WHERE content IS NULL;
ALTER TABLE posts ALTER content SET NOT NULL;
SELECT aksara.update('{"model": "Post", "filter": {"id": 3}}', '{"content": null}');

\set ECHO none
\o /dev/null
SET client_min_messages = warning;
DROP SCHEMA qblog CASCADE;
