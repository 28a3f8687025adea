-- Values as JSON: the encoder writes what row_to_json writes, byte for byte, for every type.
SET client_min_messages = warning;
CREATE SCHEMA encoded;
SET search_path = encoded;

-- A column for every type of pg_catalog that can have one, and for types of one's own.
CREATE TYPE mood AS ENUM ('ok', 'so "so"', 'Straße');
CREATE TYPE shout AS ENUM ('hey', 'you');
CREATE FUNCTION shout_json(shout) RETURNS json LANGUAGE sql IMMUTABLE AS $$SELECT json_build_object('loud', upper($1::text))$$;
CREATE CAST (shout AS json) WITH FUNCTION shout_json(shout);
CREATE TYPE pair AS (x int, "the y" text, day date, inner_row mood[]);
CREATE DOMAIN small AS int CHECK (VALUE < 1000);
CREATE DOMAIN smaller AS small;
CREATE DOMAIN words AS text[];
CREATE DOMAIN moment AS timestamptz;
CREATE DOMAIN twosome AS pair;
CREATE DOMAIN doc AS jsonb;
CREATE TYPE floats AS RANGE (subtype = float8);
-- Spread over six models, because a wide table takes long to alter.
CREATE TABLE column_of AS
  SELECT 'c' || n AS name, type, 'encoded.Value' || n % 6 AS model, 'encoded.value' || n % 6 || 's' AS "table"
  FROM (SELECT row_number() OVER (ORDER BY t.typnamespace, t.typname) AS n, t.oid::regtype AS type
    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid LEFT JOIN pg_type e ON e.oid = t.typelem
    WHERE t.typisdefined AND (t.typnamespace = 'pg_catalog'::regnamespace
        AND (t.typtype IN ('b', 'r', 'm') OR c.relkind = 'r' AND c.relname NOT IN ('pg_attribute', 'pg_statistic', 'pg_statistic_ext_data'))
        AND e.typtype IS DISTINCT FROM 'p' AND t.typname !~ '^_pg_'
      OR t.typnamespace = 'encoded'::regnamespace AND t.typname IN ('mood', 'shout', 'pair', 'small', 'smaller', 'words', 'moment', 'twosome', 'doc',
        'floats', 'floats_multirange', '_mood', '_shout', '_pair', '_small', '_twosome'))) t;
SELECT count(*) > 200 AS many FROM column_of;
SELECT DISTINCT aksara.create_model(model, (SELECT json_object_agg(name, '{"type": "Text", "nullable": true}'::json) FROM column_of c WHERE c.model = m.model),
  meta => '{"primary_key": "bigint"}') IS NULL AS made FROM (SELECT DISTINCT model FROM column_of ORDER BY 1) m;
SELECT format('ALTER TABLE %s %s', "table", string_agg(format('ALTER %s TYPE %s USING NULL', name, type), ', ')) AS alter FROM column_of GROUP BY "table"
\set ECHO none
\gexec
\set ECHO all

-- Values by type.
CREATE TABLE sample (type text, value text);
INSERT INTO sample SELECT type, unnest(string_to_array(list, '|')) FROM (VALUES
  ('bool', 't|f'), ('int2', '0|-32768|32767|7'), ('int4', '0|-2147483648|2147483647|-1|10|999999999'),
  ('int8', '0|-9223372036854775808|9223372036854775807|-1|10000000000'),
  ('float4', '0|-0|1|-1.5|3.4028235e38|1.17549435e-38|1e-45|NaN|Infinity|-Infinity|0.1|16777216'),
  ('float8', '0|-0|1|-1.5|1.7976931348623157e308|2.2250738585072014e-308|5e-324|NaN|Infinity|-Infinity|0.1|1e15|1e16|123456789012345678'),
  ('numeric', '0|-0.00|1.10|NaN|Infinity|-Infinity|1e-20|123456789012345678901234567890.123456789|-0.5'),
  ('money', '0|-1.05|92233720368547758.07'),
  ('date', '2026-11-21|0001-01-01|0044-03-15 BC|4713-01-01 BC|5874897-12-31|infinity|-infinity|2024-02-29'),
  ('timestamp', '2026-11-21 12:00|2026-11-21 12:00:00.5|2026-11-21 23:59:59.999999|0044-03-15 01:02:03.000001 BC|infinity|-infinity|294276-12-31 23:59:59'),
  ('timestamptz', '2026-11-21 12:00+00|2026-03-29 01:30+00|1883-11-18 12:00+00|0044-03-15 01:02:03.000001+14 BC|infinity|-infinity|294276-12-31 00:00:00+00|1900-01-01 00:00:00.1-12'),
  ('time', '00:00|24:00|12:34:56.789'), ('timetz', '00:00+15:59|24:00-15:59|12:34:56.789+05:45'),
  ('interval', '0|1 year 2 mons -3 days 04:05:06.7|-1 year|178000000 years|-00:00:00.000001'),
  ('uuid', '00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
  ('char', 'a|"|\|'), ('name', 'plain|quo"te|back\slash|Straße 東京'), ('bytea', '\x|\x00ff5c22|abc'),
  ('json', '{"a" : [1,  2]}|"x"|null|[]|{"a":1,"a":2}'), ('jsonb', '{"b" : [1,  2.50], "a": "\u00e4\\"}|"x"|null|[]|1.10'),
  ('jsonpath', '$.a[*] ? (@ > 1)'), ('xml', '<a b="c">d</a>'),
  ('bit', '1|0'), ('varbit', '|10101'), ('inet', '127.0.0.1|::1/64|10.0.0.0/8'), ('cidr', '10.0.0.0/8|2001:db8::/32'),
  ('macaddr', '08:00:2b:01:02:03'), ('macaddr8', '08:00:2b:01:02:03:04:05'),
  ('point', '(1,2)|(NaN,Infinity)'), ('lseg', '[(1,2),(3,4)]'), ('path', '[(1,2),(3,4)]|((1,2),(3,4))'), ('box', '(3,4),(1,2)'),
  ('polygon', '((1,2),(3,4),(5,6))'), ('line', '{1,-1,0}'), ('circle', '<(1,2),3>'),
  ('tsvector', '''a'':1A ''it''''s "b"'':2'), ('tsquery', '''a'' & !''b'''), ('int2vector', '1 2 3|'), ('oidvector', '1 2 3'),
  ('oid', '0|4294967295'), ('tid', '(1,2)'), ('xid', '3'), ('cid', '3'), ('xid8', '18446744073709551615'), ('pg_lsn', '16/B374D848'),
  ('txid_snapshot', '10:20:10,14'), ('pg_snapshot', '10:20:10,14'), ('refcursor', 'my "cursor"'),
  ('regclass', 'encoded.sample|pg_class|-'), ('regtype', 'int4|encoded.mood[]'), ('regproc', 'now'), ('regprocedure', 'lower(text)'),
  ('regoperator', '+(int4,int4)'), ('regrole', 'pg_monitor'), ('regnamespace', 'encoded'),
  ('regcollation', '"C"'), ('regconfig', 'simple'), ('regdictionary', 'simple'),
  ('int4range', 'empty|[1,5)|(,)|[1,)'), ('int8range', '[1,5)'), ('numrange', '(1.50,2.5]|[NaN,]'), ('floats', '[1.5,Infinity]|empty'),
  ('daterange', '[2026-01-01,infinity)|empty'), ('tsrange', '[2026-01-01 00:00,2026-01-01 12:00:00.5]'),
  ('tstzrange', '[2026-01-01 00:00+00,2026-01-01 12:00:00.5+00]'), ('int4multirange', '{}|{[1,5),[7,9)}'),
  ('int8multirange', '{[1,5)}'), ('tsmultirange', '{[2026-01-01 00:00,2026-01-01 12:00:00.5]}'), ('tstzmultirange', '{[2026-01-01 00:00+00,infinity]}'),
  ('datemultirange', '{[2026-01-01,2026-02-01),[2027-01-01,)}'), ('nummultirange', '{[1.50,2.5]}'), ('floats_multirange', '{[1.5,2.5]}'),
  ('mood', 'ok|so "so"|Straße'), ('shout', 'hey|you'), ('small', '1|-999'), ('smaller', '7'), ('doc', '{"k" : 1}'),
  ('words', '{a,NULL,"b \"c\""}|{}|{{a,b},{c,d}}|[2:3]={x,y}'), ('moment', '2026-11-21 12:00+00'),
  ('pair', '(1,"a ""b""",2026-01-01,"{ok,""Straße""}")|(,,,)|(,"",,{})'), ('twosome', '(2,x,infinity,)')
) AS s(type, list);
INSERT INTO sample SELECT type, value FROM (VALUES ('text'), ('varchar'), ('bpchar')) t(type), unnest(ARRAY['', 'plain', ' pad  ', 'quo"te', E'back\\slash', E'\b\f\n\r\t\x01\x1f\x7f',
  'Straße 東京 🐘', '12345678', '1234567"', repeat('long ', 600), repeat(E'x"\n', 999), E'1234567\n89012345\\6789', '</script>', '1|2', 'ÿ']) AS value;
INSERT INTO sample VALUES ('regoper', '||/'), ('aclitem', format('=r/%I', current_user)), ('char', E'\x01'), ('char', 'ä'), ('name', repeat('n', 63));
ALTER TABLE sample ALTER type TYPE regtype USING to_regtype(quote_ident(type));
-- The values of a column: those of its type; for an array none, some, some beside NULLs, two dimensions; for the row type of a catalog some of its rows.
CREATE FUNCTION values_of(wanted regtype) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  element regtype := (SELECT typelem FROM pg_type t WHERE t.oid = wanted AND typsubscript = 'array_subscript_handler'::regproc AND typlen = -1 AND typtype = 'b' AND typname LIKE '\_%');
  catalog text := (SELECT c.oid::regclass FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid WHERE t.oid = wanted AND c.relkind = 'r' AND has_table_privilege(c.oid, 'SELECT'));
  sample text[] := (SELECT array_agg(s.value ORDER BY s.value COLLATE "C") FROM sample s WHERE s.type = coalesce(element, wanted));
  quoted text[] := (SELECT array_agg('"' || replace(replace(v, '\', '\\'), '"', '\"') || '"') FROM unnest(sample) AS v);
  separator text := (SELECT typdelim FROM pg_type t WHERE t.oid = element);
BEGIN
  IF catalog IS NOT NULL THEN
    RETURN QUERY EXECUTE format('SELECT x::text::%s::text FROM ONLY %1$s x LIMIT 2', catalog);
  ELSIF element IS NULL THEN
    RETURN QUERY SELECT unnest(sample);
  ELSIF sample IS NOT NULL THEN
    RETURN QUERY VALUES ('{}'), (format('{%s}', array_to_string(quoted, separator))), (format('{NULL%s%s%1$sNULL}', separator, quoted[1])),
      (format('[2:3][0:0]={{%s}%s{NULL}}', quoted[1], separator));
  END IF;
EXCEPTION WHEN feature_not_supported OR ambiguous_function THEN NULL;  -- rows of catalogs with members that no text becomes
END $$;
CREATE TABLE cell AS SELECT name, type, "table", value, row_number() OVER (PARTITION BY name) AS id FROM column_of, values_of(type) AS value;
-- Each row of the table has one value of each type, NULL where a type has fewer.
SELECT format('INSERT INTO %s (%s) VALUES (%s)', "table", string_agg(name, ', '), string_agg(format('%L::%s', value, type), ', ')) AS cells FROM cell GROUP BY "table", id ORDER BY id
\set ECHO none
\gexec
\set ECHO all
-- The types whose values nothing can be read into from text stay NULL; of all others there are some.
SELECT type FROM column_of WHERE name NOT IN (SELECT name FROM cell) AND type::text !~ '^pg_(ndistinct|dependencies|mcv_list|brin_|node_tree)|^gtsvector|^xml'
  AND NOT EXISTS (SELECT FROM pg_class c WHERE c.reltype = type::oid) ORDER BY 1;

-- Both forms of the same rows, side by side, under settings that change how values are read and shown.
CREATE FUNCTION differ() RETURNS TABLE (row_id bigint, ours text, theirs text) LANGUAGE plpgsql AS $$
DECLARE
  value_model text; value_table text;
BEGIN
  FOR value_model, value_table IN SELECT DISTINCT model, "table" FROM column_of ORDER BY 1 LOOP
    RETURN QUERY EXECUTE format('SELECT a.id, m.line, a.line FROM (SELECT v.id, row_to_json(v)::text AS line FROM %s v) a FULL JOIN
      (SELECT (line->>''id'')::bigint AS id, line::text FROM aksara.fetch(aksara.objects(%L)) AS line) m ON m.id = a.id WHERE m.line IS DISTINCT FROM a.line',
      value_table, value_model);
  END LOOP;
END $$;
CREATE FUNCTION differ_somewhere() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  style text; zone text; result record; n int := 0;
BEGIN
  FOREACH style IN ARRAY ARRAY['ISO, MDY', 'SQL, DMY', 'German', 'Postgres, YMD'] LOOP
    FOREACH zone IN ARRAY ARRAY['UTC', 'Asia/Kathmandu', 'America/St_Johns', 'Europe/Amsterdam', '-14', '<+1459>-14:59'] LOOP
      n := n + 1;
      PERFORM set_config('DateStyle', style, true), set_config('TimeZone', zone, true);
      PERFORM set_config('IntervalStyle', (ARRAY['postgres', 'postgres_verbose', 'sql_standard', 'iso_8601'])[n % 4 + 1], true);
      PERFORM set_config('extra_float_digits', (ARRAY['1', '0', '-15', '3'])[n % 4 + 1], true);
      PERFORM set_config('bytea_output', (ARRAY['hex', 'escape'])[n % 2 + 1], true);
      SELECT * INTO result FROM differ() LIMIT 1;
      IF found THEN RETURN format('%s, %s: row %s: %s | %s', style, zone, result.row_id, left(result.ours, 2000), left(result.theirs, 2000)); END IF;
    END LOOP;
  END LOOP;
  RETURN n || ' times the same';
END $$;
SELECT differ_somewhere();
-- A write gives its row back in the same way.
SELECT count(*) FILTER (WHERE aksara.save('Value1', json_build_object('id', v.id))::text <> row_to_json(v)::text) AS different FROM value1s v;
SELECT count(*) FILTER (WHERE aksara.save('Value2', json_build_object('id', v.id))::text <> row_to_json(v)::text) AS different FROM value2s v;
-- Values that do not fit into a page come out whole, compressed or not.
SELECT "table" AS texts, name AS text_column FROM column_of WHERE type = 'text'::regtype \gset
SELECT "table" AS jsons, name AS json_column FROM column_of WHERE type = 'json'::regtype \gset
SELECT "table" AS jsonbs, name AS jsonb_column FROM column_of WHERE type = 'jsonb'::regtype \gset
UPDATE :texts SET :text_column = (SELECT string_agg(md5(i::text) || E'"\n', '') FROM generate_series(1, 5000) i) WHERE id = 1;
UPDATE :jsons SET :json_column = json_build_object('k', repeat('y', 100000)) WHERE id = 1;
UPDATE :jsonbs SET :jsonb_column = (SELECT jsonb_agg(md5(i::text)) FROM generate_series(1, 3000) i) WHERE id = 1;
SELECT count(*) FROM differ();
SELECT pg_column_size(:text_column) > 100000 AS apart FROM :texts WHERE id = 1;

-- A column whose type was changed by hand is written by its new type, also by a statement that was run before.
SELECT aksara.create_model('Note', '{"a": {"type": "Integer", "nullable": true}, "b": {"type": "String", "max_length": 20, "nullable": true}}', '{"primary_key": "bigint"}');
INSERT INTO notes (a, b) VALUES (1, '2'), (NULL, NULL);
SELECT aksara.fetch('{"model": "Note", "order_by": "id"}');
ALTER TABLE notes ALTER a TYPE text USING '"' || a, ALTER b TYPE numeric USING b::numeric / 3;
SELECT aksara.fetch('{"model": "Note", "order_by": "id"}');
ALTER TABLE notes ALTER a TYPE bytea USING a::bytea, ALTER b TYPE bool USING b > 1;
SELECT aksara.fetch('{"model": "Note", "order_by": "id"}');

DROP SCHEMA encoded CASCADE;
