-- objects() puts plain ops together as text: the same document as when they are applied one after the other.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE SCHEMA composed;
SET search_path = composed;
CREATE FUNCTION applied(model text, ops aksara.query_op[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	op aksara.query_op; qs aksara.queryset := json_build_object('model', model)::text;
BEGIN
	FOREACH op IN ARRAY ops LOOP qs := aksara.pipe(qs, op); END LOOP;
	RETURN qs;
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
CREATE FUNCTION together(model text, ops aksara.query_op[]) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN aksara.objects(model, VARIADIC ops);
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
-- Every op alone, every two, and every three of them.
CREATE TABLE op (n int GENERATED ALWAYS AS IDENTITY, op aksara.query_op);
INSERT INTO op (op) VALUES (aksara.filter('a', 1)), (aksara.filter('a', 'x"y\z}')), (aksara.filter('b', '{"c": [1, "]"]}'::jsonb)), (aksara.filter('{}'::jsonb)), (aksara.exclude('a', 1, 'b', nullif(1, 1))),
	(aksara.exclude('{}')), (aksara.order_by('a', '-b')), (aksara.order_by()), (aksara.select_related('a')), ('{"select_related": []}'), (aksara.prefetch_related('a', 'b')), (aksara.slice(5)), (aksara.slice(2, 4)), (aksara.reverse()),
	(aksara.distinct()), (aksara.distinct('a')), (aksara.any_of(aksara.filter('a', 1), aksara.filter('b', 2))), ('{"filter": {"a": 1}, "limit": 3}'), ('{"filter": [{"a": 1}, {"b": 2}]}'), ('{"filter": null}'), ('{"select_related": "a"}'), ('{"order_by": "a"}'), (' { "filter" : {"a":1} } '),
	('{"filter": {"a": 1} , "exclude": {"b": 1}}'), ('{"filter": 1}'), ('{"filters": {"a": 1}}'), ('{"model": "x"}'), ('{}'), ('{"filter": {"\"}": "\\"}}'), ('{"order_by": [ ]}'), ('{"filter": { }}'), ('{"filter": {"a": "é\n\u00e9"}}');
WITH chosen AS (
	SELECT ARRAY[op] AS ops FROM op
	UNION ALL SELECT ARRAY[a.op, b.op] FROM op a, op b
	UNION ALL SELECT ARRAY[a.op, b.op, c.op] FROM op a, op b, op c WHERE a.n % 3 = 1)
SELECT count(*), count(*) FILTER (WHERE applied ~ '^\d{5} '), count(*) FILTER (WHERE applied <> together AND (applied ~ '^\d{5} ' OR together ~ '^\d{5} ' OR applied::jsonb::text <> together::jsonb::text))
FROM (SELECT applied('M "n"', ops), together('M "n"', ops) FROM chosen) s;
SELECT aksara.objects('M', aksara.filter('a', 1), aksara.order_by('-a'), aksara.select_related('b'));
SELECT aksara.objects('M', NULL);
SELECT aksara.objects('M', VARIADIC NULL::aksara.query_op[]);
SELECT aksara.objects(NULL, aksara.filter('a', 1));
SELECT aksara.objects('M');
-- One pair of a plain type is written without a tree: as it is beside another.
SELECT one, one::text = replace(two, ', "z": true', '') AS same FROM (
	SELECT aksara.filter('a"b', 7) one, aksara.filter('a"b', 7, 'z', true)::text two
	UNION ALL SELECT aksara.filter('a', -2147483648), aksara.filter('a', -2147483648, 'z', true)::text
	UNION ALL SELECT aksara.filter('a', (-9223372036854775808)::bigint), aksara.filter('a', (-9223372036854775808)::bigint, 'z', true)::text
	UNION ALL SELECT aksara.exclude('', E'te"x\t\\ Straße'::text), aksara.exclude('', E'te"x\t\\ Straße'::text, 'z', true)::text
	UNION ALL SELECT aksara.exclude('id', '00000000-0000-0000-0000-00000000000A'::uuid), aksara.exclude('id', '00000000-0000-0000-0000-00000000000A'::uuid, 'z', true)::text
	UNION ALL SELECT aksara.filter('a', 'untyped'), aksara.filter('a', 'untyped', 'z', true)::text
	UNION ALL SELECT aksara.filter('a', 1.50), aksara.filter('a', 1.50, 'z', true)::text
	UNION ALL SELECT aksara.filter('a', nullif(1, 1)), aksara.filter('a', nullif(1, 1), 'z', true)::text) s;
SELECT aksara.filter(NULL::text, 1);
-- Text is looked at whenever it comes in, also where text of its shape was good before.
CREATE FUNCTION taken(source text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN source::aksara.queryset; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM; END $$;
SELECT taken(source) FROM unnest(ARRAY['{"model": "M", "filter": {"a": 1}}', '{"model": "M", "filter": {"a": 22}}', '{"model": "M", "filter": {"a": 01}}', '{"model": "M", "filter": {"a": 1, "a": 2}}', '{"model": "M", "filter": {"a": 1, "a": 2}}', '{"model": "M", "filter": {"a": 1.}}', '{"model": "M", "filter": {"a": 1}', '{"model": "M", "filter": {"a": 1}} x', '{"model": "M", "filter": {"a": 1}}}',
	'{"model": "M", "filter": {"a": "x"}}', '{"model": "M", "filter": {"a": "y\"}"}}', '{"model": "M", "filter": {"a": "\q"}}', '{"model": "M", "filter": {"a": "\ud800"}}', '{"model": "M", "filter": {"a": "\u00e9"}}', '{"model": "M", "filter": {"a": [1, 2]}}', '{"model": "M", "filter": {"a": [1, "2", null]}}', '{"model": "M", "filter": {"a": [1, 2,]}}', '{"model": "M", "filter": {"a": [1 2]}}', '{"model": "M", "filter": {"a": [1, nul]}}', '{"model": "M", "limit": 1}', '{"model": "M", "limit": 1e}', '{"model": "M", "limit": 1 }',
	'["model"]', '["model"]', '"model"', '5', '', '{}', '{"model": "M", "filter": {"a": {"$v": {"b": 1, "b": 2}}}}', '{"model": "M", "filter": {"a": {"$v": {"b": 1, "c": 2}}}}', '{"model": "M", "filter": {"a": {"$v": {"b": 1, "b": 2}}}}', '{"model": "M", "filter": {"a": {"$v": [{"b": 1, "b": 2}]}}}']) source;
DROP SCHEMA composed CASCADE;
