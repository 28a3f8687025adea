-- create() of documents that give the same fields is one kept INSERT: the same rows, the same errors, all of a document together.
\set ECHO none
SET client_min_messages = warning;
SET timezone = 'UTC';
\o /dev/null
CREATE SCHEMA qwarm_create;
SET search_path = qwarm_create;
SELECT aksara.create_model('Owner', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Thing', '{
	"name":   {"type": "String", "max_length": 8},
	"email":  {"type": "Email", "nullable": true},
	"size":   {"type": "Integer", "default": 7},
	"price":  {"type": "Decimal", "max_digits": 6, "decimal_places": 2, "nullable": true},
	"born":   {"type": "Date", "nullable": true},
	"meta":   {"type": "JSON", "nullable": true},
	"marks":  {"type": "Array", "item_type": "Integer", "nullable": true},
	"slug":   {"type": "Slug", "auto_from": "name"},
	"owner":  {"type": "ForeignKey", "to": "Owner", "on_delete": "CASCADE", "nullable": true, "related_name": "things"}
}', '{"primary_key": "bigint"}');
INSERT INTO owners (name) VALUES ('Jane'), ('Kim');
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text; message text; detail text; hint text; context text; columns text; tables text;
BEGIN
	EXECUTE 'SELECT ' || call INTO answer;
	RETURN regexp_replace(answer, '"id":\d+,', '');
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT,
		context = PG_EXCEPTION_CONTEXT, columns = COLUMN_NAME, tables = TABLE_NAME;
	RETURN concat_ws('|', SQLSTATE, message, regexp_replace(detail, '\(\d+, ', '(n, '), hint, columns, tables);
END $$;
-- The same document with its first key spelled so that it is read as a whole.
CREATE FUNCTION whole(document text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(regexp_replace(document, '"(.)', '"\\u' || lpad(to_hex(ascii(substring(document FROM '"(.)'))), 4, '0')), document)
$$;
-- Each document twice and the whole way; what differs is listed.
CREATE FUNCTION made(VARIADIC documents text[], OUT answer text, OUT different text) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	document text; again text; wholly text;
BEGIN
	FOREACH document IN ARRAY documents LOOP
		answer := outcome(format('aksara.create(''Thing'', %L)', document));
		again := outcome(format('aksara.create(''Thing'', %L)', document));
		wholly := outcome(format('aksara.create(''Thing'', %L)', whole(document)));
		different := CASE WHEN answer IS DISTINCT FROM wholly OR again IS DISTINCT FROM wholly THEN concat_ws(E'\n', again, wholly) END;
		RETURN NEXT;
	END LOOP;
END $$;
\o
\pset format unaligned
\pset tuples_only on
\set ECHO all

SELECT aksara.create('Thing', json_build_object('name', 'thing ' || n)) FROM generate_series(1, 7) n;
SELECT * FROM aksara.query_cache();
-- Values of every kind, right and wrong.
SELECT * FROM made('{"name": "a"}', '{"name": "much too long"}', '{"name": null}', '{"name": 5}', '{"name": true}', '{"name": ["a"]}', '{"name": {"$v": "b", "as": "text"}}', '{"name": "a\"\\\/b\t"}', '{"name": "\u00e9\u0041"}', '{"name": "\u0000"}', '{"name": ""}');
SELECT * FROM made('{"name": "a", "size": 1}', '{"name": "a", "size": 1.0}', '{"name": "a", "size": 1.9}', '{"name": "a", "size": "12"}', '{"name": "a", "size": "x"}', '{"name": "a", "size": null}', '{"name": null, "size": "x"}', '{"name": "much too long", "size": true}', '{"name": "a", "size": 99999999999}', '{"name": "a", "size": 1e3}');
SELECT * FROM made('{"name": "a", "price": 1.5, "born": "2026-01-02"}', '{"name": "a", "price": "2.25", "born": null}', '{"name": "a", "price": 1.234, "born": "yesterday"}', '{"name": "a", "price": 99999.5, "born": "2026-02-30"}');
SELECT * FROM made('{"name": "a", "meta": {"a": [1, {"b": null}], "c": "d"}}', '{"name": "a", "meta": [1, 2]}', '{"name": "a", "meta": 5}', '{"name": "a", "meta": null}', '{"name": "a", "meta": {"a": 1, "a": 2}}', '{"name": "a", "meta": {"a": "\n\u0041"}}', '{"name": "a", "meta": {}}', '{"name": "a", "meta": {"a": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}}');
SELECT * FROM made('{"name": "a", "marks": [1, 2, 3]}', '{"name": "a", "marks": []}', '{"name": "a", "marks": [1, null]}', '{"name": "a", "marks": [1, "x"]}', '{"name": "a", "marks": 5}');
SELECT * FROM made('{"name": "a", "owner": 1}', '{"name": "a", "owner": 99}', '{"name": "a", "owner": {"id": 2, "name": "not looked at"}}', '{"name": "a", "owner": {"name": "Kim"}}', '{"name": "a", "owner": "x"}', '{"name": "a", "owner_id": 1}', '{"name": "a", "owner": 1, "owner_id": 1}', '{"owner": 2, "name": "z"}');
SELECT * FROM made('{"name": "a", "email": " JANE@Example.COM "}', '{"name": "a", "email": "none"}', '{"name": "a", "slug": "own-slug"}', '{"name": "a", "slug": null}');
-- Documents that cannot be written, whatever their values are.
SELECT * FROM made('{}', '{"size": 1}', '{"nmae": "a"}', '{"name": "a", "nmae": 1, "size": "x"}', '{"name": "a", "name": "b"}', '[]', '5', '{"name": "a",}', '{"name": "a"} x');
SELECT aksara.create('Thing', NULL);
SELECT aksara.create(NULL, '{}');
SELECT aksara.create('Thnig', '{"name": "a"}');
SELECT question, calls FROM aksara.query_cache() ORDER BY question COLLATE "C";

-- What is required, refused or filled in follows the table.
TRUNCATE things;
ALTER TABLE things ALTER COLUMN size SET NOT NULL, ALTER COLUMN price SET NOT NULL;
SELECT * FROM made('{"name": "a", "price": 1.5, "born": null}', '{"name": "a", "price": null, "born": null}', '{"name": "a"}');
ALTER TABLE things ALTER COLUMN price DROP NOT NULL, ALTER COLUMN price SET DEFAULT 3;
SELECT * FROM made('{"name": "a", "price": null, "born": null}', '{"name": "a"}');
SELECT * FROM made('{"name": null, "born": null}');
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := coalesce(NEW.name, 'filled'); RETURN CASE WHEN NEW.name <> 'nobody' THEN NEW END; END $$;
CREATE TRIGGER fill BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION fill();
SELECT * FROM made('{"name": null, "born": null}', '{"name": "nobody", "born": null}', '{"born": null}');
ALTER TABLE things DISABLE TRIGGER fill;
SELECT * FROM made('{"name": null, "born": null}', '{"name": "nobody", "born": null}', '{"born": null}');
DROP TRIGGER fill ON things;
-- A trigger that creates in its turn.
CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.size > 1 THEN PERFORM aksara.create('Thing', json_build_object('name', 'of ' || NEW.size, 'size', NEW.size - 1)); END IF; RETURN NULL; END $$;
CREATE TRIGGER twice AFTER INSERT ON things FOR EACH ROW EXECUTE FUNCTION twice();
TRUNCATE things;
SELECT aksara.create('Thing', '{"name": "first", "size": 4}') ->> 'size', aksara.create('Thing', '{"name": "second", "size": 2}') ->> 'size';
SELECT name, size FROM things ORDER BY id;
DROP TRIGGER twice ON things;
-- The user's own rights, and the values of a session that has its own idea of dates.
\o /dev/null
CREATE ROLE regress_query_warm_writer;
GRANT USAGE ON SCHEMA qwarm_create TO regress_query_warm_writer;
\o
SELECT aksara.create('Thing', '{"name": "mine", "size": 1}') ->> 'name';
SET ROLE regress_query_warm_writer;
SELECT aksara.create('qwarm_create.Thing', '{"name": "his", "size": 1}') ->> 'name';
RESET ROLE;
GRANT INSERT, SELECT ON things TO regress_query_warm_writer;
SET ROLE regress_query_warm_writer;
SELECT aksara.create('qwarm_create.Thing', '{"name": "his", "size": 1}') ->> 'name', aksara.create('qwarm_create.Thing', '{"name": "his too", "size": 2}') ->> 'name';
RESET ROLE;
SELECT aksara.add_field('Thing', 'seen', '{"type": "DateTime", "nullable": true}') IS NOT NULL;
SELECT aksara.create('Thing', '{"name": "a", "seen": "2026-01-02 03:04"}') ->> 'seen';
SET timezone = 'Asia/Tokyo';
SET DateStyle = 'German';
SELECT aksara.create('Thing', '{"name": "a", "seen": "2026-01-02 03:04"}') ->> 'seen', aksara.create('Thing', '{"name": "a", "seen": "2026-01-02 03:04Z"}') ->> 'seen';
RESET DateStyle;
SET timezone = 'UTC';
SELECT seen FROM things WHERE seen IS NOT NULL ORDER BY id;

\set ECHO none
\o /dev/null
DROP SCHEMA qwarm_create CASCADE;
DROP ROLE regress_query_warm_writer;
\o
