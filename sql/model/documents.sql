-- What each type takes in a document, and what it refuses; the same values by raw SQL where the table speaks.
-- Each value goes through aksara.create; "stored" is what row_to_json gives out, which is read again and must be the same.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET timezone = 'Europe/Berlin';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'postgres';
SET bytea_output = 'hex';
CREATE SCHEMA docs;
SET search_path = docs;

CREATE FUNCTION try(model text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	row json;
	stored text;
	again text;
BEGIN
	row := aksara.create(model, ('{"v": ' || value || '}')::aksara.doc);
	stored := row ->> 'v';
	again := aksara.create(model, json_build_object('v', row -> 'v')) ->> 'v';
	RETURN coalesce(stored, 'NULL') || CASE WHEN again IS DISTINCT FROM stored THEN ' but again ' || coalesce(again, 'NULL') ELSE '' END;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
-- The column as text, straight from a literal.
CREATE FUNCTION raw(model text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	stored text;
BEGIN
	EXECUTE format('INSERT INTO %I (v) VALUES (%L) RETURNING v::text', lower(model) || 's', value) INTO stored;
	RETURN stored;
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION define(model text, definition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM aksara.create_model(model, ('{"v": ' || definition || '}')::aksara.doc, '{"primary_key": "bigint"}');
END $$;

\echo String
SELECT define('String', '{"type": "String", "max_length": 5, "min_length": 2, "regex": "[a-z ]+", "strip_whitespace": true, "nullable": true}');
SELECT value, try('String', value) AS stored
FROM unnest(ARRAY['"abc"', '"  abc  "', '"abcdef"', '"a"', '" a "', '"AB"', '5', 'true', '["a"]', '{"a": 1}', 'null', '"ab\u0000"', '"éé"']) value;
SELECT value, raw('String', value) AS raw FROM unnest(ARRAY['abc', '  abc', 'abcdef', ' a', 'AB']) value;

\echo Text
SELECT define('Text', '{"type": "Text", "max_length": 5}');
SELECT value, try('Text', value) AS stored FROM unnest(ARRAY['"abc"', '" ab "', '""', '"abcdef"', '1.5', 'false', 'null']) value;

\echo Choices
SELECT define('Choice', '{"type": "Enum", "choices": [["s", "Small"], "m"], "nullable": true}');
SELECT value, try('Choice', value) AS stored FROM unnest(ARRAY['"s"', '"m"', '"Small"', '"S"', '""', '1', 'null']) value;

\echo Integer
SELECT define('Integer', '{"type": "Integer", "min_value": -2147483648, "nullable": true}');
SELECT value, try('Integer', value) AS stored
FROM unnest(ARRAY['5', '-5', '"7"', '" +7 "', '1.0', '1e2', '1.9', '"1.0"', '"10.5"', '""', '"x"', '"0x10"', '"1e2"', 'true', '[1]', '{}', '2147483647', '2147483648',
	'"-2147483649"', '1e400', 'null']) value;

\echo SmallInteger, BigInteger, Positive
SELECT define('Small', '"SmallInteger"'), define('Big', '"BigInteger"'), define('Positive', '"PositiveInteger"'),
	define('PositiveSmall', '"PositiveSmallInteger"'), define('PositiveBig', '"PositiveBigInteger"');
SELECT value, try('Small', value) AS small FROM unnest(ARRAY['32767', '32768', '-32768', '-32769']) value;
SELECT value, try('Big', value) AS big FROM unnest(ARRAY['9223372036854775807', '9223372036854775808', '"-9223372036854775808"', '1e3']) value;
SELECT value, try('Positive', value) AS positive, try('PositiveSmall', value) AS small, try('PositiveBig', value) AS big
FROM unnest(ARRAY['0', '-1', '"-1"', 'false']) value;
SELECT value, raw('Positive', value) AS raw FROM unnest(ARRAY['0', '-1']) value;

\echo Float
SELECT define('Float', '{"type": "Float", "max_value": 1e10}');
SELECT value, try('Float', value) AS stored
FROM unnest(ARRAY['1', '0.1', '1e3', '" -2.5 "', '1e11', '"NaN"', '"Infinity"', '"inf"', '1e400', '"1,5"', '""', 'true', 'null']) value;
SELECT value, raw('Float', value) AS raw FROM unnest(ARRAY['0.1', '1e11', 'NaN', '-Infinity']) value;

\echo Decimal
SELECT define('Decimal', '{"type": "Decimal", "max_digits": 5, "decimal_places": 2}');
SELECT value, try('Decimal', value) AS stored
FROM unnest(ARRAY['1', '1.5', '"1.50"', '1.500', '1.234', '"1.234"', '999.99', '1000', '-999.99', '1e2', '1e-3', '"NaN"', '"Infinity"', '""', '"1,5"', 'true', 'null']) value;
SELECT value, raw('Decimal', value) AS raw FROM unnest(ARRAY['1.5', '1000', 'NaN', 'Infinity']) value;

\echo Boolean
SELECT define('Boolean', '"Boolean"');
SELECT value, try('Boolean', value) AS stored
FROM unnest(ARRAY['true', 'false', '1', '0', '1.0', '"1"', '" Yes "', '"y"', '"ON"', '"no"', '"off"', '"n"', '2', '-1', '0.5', '""', '"maybe"', '"none"', '[]', 'null']) value;

\echo Date
SELECT define('Date', '"Date"');
SELECT value, try('Date', value) AS stored
FROM unnest(ARRAY['"2026-01-31"', '"20260131"', '"2026-01-31T23:30:00Z"', '"infinity"', '"2026-02-30"', '"2026-13-01"', '"31.01.2026"', '"01/02/2026"', '"2/3/26"', '"today"',
	'"Jan 31 2026"', '20260131', '""', 'true', 'null']) value;

\echo Time
SELECT define('Time', '"Time"');
SELECT value, try('Time', value) AS stored
FROM unnest(ARRAY['"10:30"', '"10:30:15.123456"', '"2026-01-31T10:30:00"', '"25:00"', '"now"', '"allballs"', '10', '""', 'null']) value;

\echo DateTime
SELECT define('DateTime', '"DateTime"');
SELECT value, try('DateTime', value) AS stored
FROM unnest(ARRAY['"2026-01-31T10:30:00Z"', '"2026-01-31 10:30"', '"2026-07-31T10:30:00"', '"2026-01-31T10:30:00+05:30"', '"2026-01-31"', '"2026-01-31T10:30:00.123456Z"',
	'"-infinity"', '"2026-01-31T25:00:00Z"', '"31/01/2026 10:30"', '"now"', '"tomorrow"', '1769855400', '""', 'false', 'null']) value;

\echo Duration
SELECT define('Duration', '"Duration"');
SELECT value, try('Duration', value) AS stored
FROM unnest(ARRAY['90', '1.5', '-3', '"1 day 02:00:00"', '"P1DT2H"', '"x"', '""', 'true', 'null']) value;

\echo UUID
SELECT define('Uuid', '"UUID"');
SELECT value, try('Uuid', value) AS stored
FROM unnest(ARRAY['"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"', '"A0EEBC999C0B4EF8BB6D6BB9BD380A11"', '"{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}"', '"a0eebc99"', '5', '""', 'true',
	'null']) value;

\echo JSON
SELECT define('Json', '"JSON"');
SELECT value, try('Json', value) AS stored
FROM unnest(ARRAY['{"a": [1, null]}', '[1, "x"]', '"text"', '5', '1.50', 'true', '{"a": null}', 'null', '""', '"\u0000"', '{"a": 1, "a": 2}', '{"$v": {"$v": 1}}']) value;

\echo Email
SELECT define('Email', '"Email"');
SELECT value, try('Email', value) AS stored FROM unnest(ARRAY['" Jane@Example.COM "', '"jane"', '"a..b@c.de"', '""', '5', 'null']) value;
SELECT value, raw('Email', value) AS raw FROM unnest(ARRAY[' Jane@Example.COM ', 'jane']) value;

\echo URL
SELECT define('Url', '"URL"');
SELECT value, try('Url', value) AS stored FROM unnest(ARRAY['" https://example.com/a "', '"HTTP://x"', '"ftp://x"', '"https://"', '"//x"', '"example.com"', '5', 'null']) value;
SELECT value, raw('Url', value) AS raw FROM unnest(ARRAY[' https://example.com/a ', 'ftp://x']) value;

\echo Slug
SELECT define('Slug', '{"type": "Slug", "max_length": 5}');
SELECT value, try('Slug', value) AS stored FROM unnest(ARRAY['"a-b_1"', '"A"', '"a b"', '"é"', '""', '"abcdef"', '5', 'null']) value;

\echo IPAddress
SELECT define('Ip', '{"type": "GenericIPAddress", "unpack_ipv4": true}'), define('Ipfour', '{"type": "IPAddress", "protocol": "ipv4"}'),
	define('Ipsix', '{"type": "IPAddress", "protocol": "ipv6"}');
SELECT value, try('Ip', value) AS "both", try('Ipfour', value) AS ipv4, try('Ipsix', value) AS ipv6
FROM unnest(ARRAY['"10.0.0.1"', '" 10.0.0.1 "', '"2001:DB8:0:0::1"', '"::ffff:10.0.0.1"', '"::FFFF:0a00:0001"', '"10.0.0.0/8"', '"10.0.0.1/32"', '"10.0.0.256"', '"x"', '""', '1', 'null']) value;

\echo Binary
SELECT define('Binary', '{"type": "Binary", "max_length": 4}');
SELECT value, try('Binary', value) AS stored
FROM unnest(ARRAY['"\\x00ff"', '"\\x"', '"abc"', '"é"', '"a\\b"', '""', '"\\x0"', '"\\xzz"', '"12345"', '"\\x0102030405"', '5', '[1]', 'null']) value;

\echo Array of text
SELECT define('Word', '"Array"');
SELECT value, try('Word', value) AS stored
FROM unnest(ARRAY['[]', '["a", "b"]', '["a,b", "c\"d", "e\\f", "NULL", "", " ", "{}"]', '["a", null]', '["a", 1]', '[["a"]]', '[{"a": 1}]', '[true]', '"a"', '"{a,b}"', '"{a,NULL}"',
	'"{{a},{b}}"', '"{a"', '{"a": 1}', '5', 'null']) value;
SELECT value, raw('Word', value) AS raw FROM unnest(ARRAY['{a,b}', '{a,NULL}', '{{a},{b}}', '{}']) value;

\echo Arrays of other types
SELECT define('Counts', '{"type": "Array", "item_type": "integer"}'), define('Ratios', '{"type": "Array", "item_type": "float"}'),
	define('Flags', '{"type": "Array", "item_type": "boolean"}'), define('Ids', '{"type": "Array", "item_type": "uuid"}'),
	define('Prices', '{"type": "Array", "item_type": {"type": "Decimal", "max_digits": 4, "decimal_places": 1}}'),
	define('Moments', '{"type": "Array", "item_type": "datetime"}'), define('Shorts', '{"type": "Array", "item_type": {"type": "String", "max_length": 3}, "size": 2}');
SELECT value, try('Counts', value) AS counts, try('Ratios', value) AS ratios
FROM unnest(ARRAY['[1, -2]', '[1.0]', '[1.5]', '["1"]', '[true]', '[2147483648]', '["NaN"]', '[1e400]', '"{1,2}"', '"{NaN}"']) value;
SELECT value, try('Flags', value) AS flags FROM unnest(ARRAY['[true, false]', '[1]', '["true"]']) value;
SELECT value, try('Ids', value) AS ids FROM unnest(ARRAY['["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]', '["x"]', '[1]']) value;
SELECT value, try('Prices', value) AS prices FROM unnest(ARRAY['[1, "2.5"]', '[1.25]', '[1000]', '["NaN"]']) value;
SELECT value, try('Moments', value) AS moments FROM unnest(ARRAY['["2026-01-31T10:30:00"]', '["now"]']) value;
SELECT value, try('Shorts', value) AS shorts FROM unnest(ARRAY['["abc"]', '["abcd"]', '["a", "b", "c"]']) value;

\echo Ranges
SELECT define('Irange', '"IntegerRange"'), define('Brange', '"BigIntegerRange"'), define('Nrange', '"DecimalRange"'),
	define('Drange', '"DateRange"'), define('Trange', '"DateTimeRange"');
SELECT value, try('Irange', value) AS integer, try('Brange', value) AS bigint, try('Nrange', value) AS "decimal"
FROM unnest(ARRAY['{"lower": 1, "upper": 5}', '{"lower": 1, "upper": 5, "bounds": "[]"}', '{"lower": 1, "upper": null, "bounds": "()"}', '{}', '"[1,5)"', '"empty"', '"(,)"', '"[5,1]"',
	'{"lower": 5, "upper": 1}', '{"lower": 1.5}', '{"lower": "x"}', '{"lower": true}', '{"lower": 1, "bounds": "<>"}', '{"from": 1}', '{"lower": 5000000000}', '"1-5"', '""', '[1, 5]', '5',
	'null']) value;
-- As text a range of dates is written in the session's DateStyle; only ISO can be read again.
SELECT try('Drange', '"[2026-01-31,2026-02-28)"') AS date_under_dmy;
SET datestyle = 'ISO, DMY';
SELECT value, try('Drange', value) AS date, try('Trange', value) AS datetime
FROM unnest(ARRAY['{"lower": "2026-01-31", "upper": "2026-02-28", "bounds": "[]"}', '"[2026-01-31,2026-02-28)"', '{"lower": "2026-01-31T10:00:00Z"}', '"[2026-01-31,)"', '"[2026-01-31,infinity)"',
	'"[today,)"', '"[2026-01-31,tomorrow)"', '"[01/02/2026,)"', '{"lower": "now"}', 'null']) value;

-- The table has NOT NULL; documents say which field.
SELECT aksara.create('Irange', '{}');
SELECT aksara.create('Counts', '{"v": [1, "x", null, 2.5]}');
DROP SCHEMA docs CASCADE;
