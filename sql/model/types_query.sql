-- The types of more than one value, and the rarer ones, through query sets: filters, builders, drivers' untyped text, bulk writes.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
CREATE SCHEMA find;
SET search_path = find;
SELECT aksara.create_model('Box', '{
  "tags":   "Array",
  "counts": {"type": "Array", "item_type": "integer"},
  "data":   {"type": "Binary", "nullable": true},
  "ip":     {"type": "IPAddress", "nullable": true, "unpack_ipv4": true},
  "span":   {"type": "IntegerRange", "nullable": true},
  "stay":   {"type": "DateTimeRange", "nullable": true},
  "total":  {"type": "Generated", "expression": "cardinality(counts)", "output_field": "Integer"}
}', '{"primary_key": "bigint"}');

SELECT * FROM aksara.bulk_create('Box', '[
  {"tags": ["a", "b"], "counts": [1, 2], "data": "\\x00ff", "ip": "10.0.0.1", "span": "[1,5)", "stay": {"lower": "2026-01-01", "upper": "2026-02-01"}},
  {"tags": ["a,b", "\"", "\\", "NULL", ""], "counts": [], "data": "é", "ip": "::ffff:10.0.0.2", "span": {"lower": 1, "upper": 9, "bounds": "[]"}, "stay": null},
  {"tags": [], "counts": null, "data": null, "ip": "2001:db8::1", "span": "empty", "stay": "(,)"},
  {}]');
SELECT aksara.fetch_all('{"model": "Box", "order_by": ["id"]}');
-- What comes out goes in again.
SELECT count(*) FROM aksara.bulk_create('Box',
	(SELECT json_agg(json_build_object('tags', b->'tags', 'counts', b->'counts', 'data', b->'data', 'ip', b->'ip', 'span', b->'span', 'stay', b->'stay'))
	 FROM json_array_elements(aksara.fetch_all('{"model": "Box", "order_by": ["id"]}')) b));
SELECT count(*) AS pairs FROM boxes a JOIN boxes b ON b.id = a.id + 4
WHERE (a.tags, a.counts, a.data, a.ip, a.span, a.stay) IS NOT DISTINCT FROM (b.tags, b.counts, b.data, b.ip, b.span, b.stay);
DELETE FROM boxes WHERE id > 4;

-- In documents.
CREATE FUNCTION ids(qs aksara.queryset) RETURNS text LANGUAGE sql AS
	$$ SELECT coalesce(string_agg(b->>'id', ' ' ORDER BY b->>'id'), '-') FROM aksara.fetch(qs) b $$;
CREATE FUNCTION ids(condition text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN ids(('{"model": "Box", "filter": ' || condition || '}')::aksara.queryset);
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT condition, ids(condition) FROM unnest(ARRAY['{"tags": ["a", "b"]}', '{"tags": []}', '{"tags__in": [["a", "b"], []]}', '{"tags__in": []}', '{"tags__in": [null, ["a"]]}', '{"tags": "a"}', '{"tags": [1]}',
	'{"counts": [1, 2]}', '{"counts__in": [[1, 2], []]}', '{"counts__gt": [1]}', '{"counts__isnull": true}', '{"counts": null}',
	'{"data": "\\x00ff"}', '{"data__in": ["é", "\\x00ff"]}', '{"ip": "10.0.0.2"}', '{"ip": "::ffff:10.0.0.2"}', '{"ip__in": ["10.0.0.1", "2001:DB8::1"]}', '{"ip__lt": "10.0.0.2"}', '{"ip": "x"}',
	'{"span": "[1,5)"}', '{"span": {"$v": {"lower": 1, "upper": 4, "bounds": "[]"}}}', '{"span": {"lower": 1}}', '{"span__in": ["[1,9]", "empty"]}', '{"span": 5}',
	'{"stay": "[2026-01-01,2026-02-01)"}', '{"stay__in": ["(,)"]}', '{"total": 2}', '{"total__in": [0, 2]}']) condition;

-- Typed values of builders.
SELECT ids(aksara.objects('Box', aksara.filter('tags', ARRAY['a', 'b']))) AS tags,
	ids(aksara.objects('Box', aksara.filter('tags', ARRAY['a,b', '"', '\', 'NULL', '']))) AS quoted,
	ids(aksara.objects('Box', aksara.filter('counts', ARRAY[1, 2]))) AS counts,
	ids(aksara.objects('Box', aksara.filter('counts', '{}'::int[]))) AS no_counts,
	ids(aksara.objects('Box', aksara.filter('data', '\x00ff'::bytea))) AS data,
	ids(aksara.objects('Box', aksara.filter('ip', '10.0.0.1'::inet))) AS ip,
	ids(aksara.objects('Box', aksara.filter('span', int4range(1, 9, '[]')))) AS span,
	ids(aksara.objects('Box', aksara.filter('stay', tstzrange('2026-01-01', '2026-02-01')))) AS stay,
	ids(aksara.objects('Box', aksara.filter('ip__in', ARRAY['10.0.0.1', '::1']::inet[]))) AS ips,
	ids(aksara.objects('Box', aksara.filter('span__in', ARRAY['[1,5)', 'empty']::int4range[]))) AS spans;
-- The same whatever the session's styles are.
SET bytea_output = 'escape';
SET datestyle = 'SQL, DMY';
SELECT ids(aksara.objects('Box', aksara.filter('data', '\x00ff'::bytea))) AS data,
	ids(aksara.objects('Box', aksara.filter('stay', tstzrange('2026-01-01', '2026-02-01')))) AS stay;
RESET bytea_output;
SET datestyle = 'ISO, YMD';
-- Untyped text, as literals and drivers send it.
SELECT ids(aksara.objects('Box', aksara.filter('tags', '{a,b}'))) AS literal, ids(aksara.objects('Box', aksara.filter('tags', '["a", "b"]'))) AS json,
	ids(aksara.objects('Box', aksara.filter('tags', '{}'))) AS empty, ids(aksara.objects('Box', aksara.filter('counts', '{1,2}'))) AS counts,
	ids(aksara.objects('Box', aksara.filter('data', '\x00ff'))) AS data, ids(aksara.objects('Box', aksara.filter('ip', '10.0.0.2'))) AS ip,
	ids(aksara.objects('Box', aksara.filter('span', '[1,5)'))) AS span, ids(aksara.objects('Box', aksara.filter('total', '2'))) AS total;

-- Writes.
SELECT aksara.save('Box', '{"id": 4, "tags": ["x"], "counts": [7], "data": "\\x01", "ip": "::1", "span": {"lower": 3}}');
SELECT aksara.update('{"model": "Box", "filter": {"tags": ["x"]}}', '{"counts": [7, 8], "span": null}');
SELECT tags, counts, data, ip, span, total FROM boxes WHERE id = 4;
SELECT aksara.bulk_update('Box', '[{"id": 3, "tags": ["c", "d,e"], "data": "\\x02", "span": "[1,2]"}, {"id": 4, "tags": ["x"], "data": null, "span": null}]');
SELECT tags, data, span FROM boxes WHERE id IN (3, 4) ORDER BY id;
SELECT * FROM aksara.get_or_create('Box', '{"tags": ["x"]}', '{"counts": [1]}');
-- Arrays and ranges may be keys.
SELECT aksara.create_model('Slot', '{"span": {"type": "IntegerRange", "primary_key": true}, "note": "String"}');
SELECT * FROM aksara.bulk_create('Slot', '[{"span": "[1,5)", "note": "a"}, {"span": "[5,9)", "note": "b"}]');
SELECT aksara.get_by_key('Slot', int4range(5, 9)), aksara.get_by_key('Slot', '[1,5)');
SELECT aksara.create_model('Path', '{"steps": {"type": "Array", "primary_key": true}}');
SELECT * FROM aksara.bulk_create('Path', '[{"steps": ["a", "b"]}, {"steps": []}]');
SELECT aksara.in_bulk('{"model": "Path"}', '[["a", "b"], ["c"]]');
DROP SCHEMA find CASCADE;
