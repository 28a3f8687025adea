-- Transforms, and the lookups of dates, arrays, ranges, JSON and text, each beside the same question in SQL.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set blog :abs_srcdir '/sql/query/blog.inc'
\o /dev/null
\i :blog
SELECT aksara.create_model('qblog.Event', '{
  "title":  {"type": "String", "max_length": 50},
  "day":    {"type": "Date", "nullable": true},
  "at":     {"type": "DateTime", "nullable": true},
  "opens":  {"type": "Time", "nullable": true},
  "delta":  {"type": "Integer", "nullable": true},
  "labels": {"type": "Array", "item_type": {"type": "String", "max_length": 20}, "nullable": true},
  "scores": {"type": "Array", "item_type": "Integer", "nullable": true},
  "span":   {"type": "DateRange", "nullable": true},
  "seats":  {"type": "IntegerRange", "nullable": true},
  "meta":   {"type": "JSON", "nullable": true},
  "post":   {"type": "ForeignKey", "to": "Post", "on_delete": "CASCADE", "nullable": true, "related_name": "events"}
}', '{"primary_key": "bigint", "indexes": [{"fields": ["at"]}]}');
INSERT INTO events (id, title, day, at, opens, delta, labels, scores, span, seats, meta, post_id) OVERRIDING SYSTEM VALUE VALUES
  (1, 'New Year', '2026-01-01', '2025-12-31 23:30:00+00', '09:30:15.7', -3, '{red,blue}', '{10,20,30}', '[2026-01-01,2026-02-01)', '[1,10)', '{"a": {"b": 1}, "c": [1, 2]}', 1),
  (2, 'Old year', '2025-12-29', '2025-01-01 00:30:00+00', '18:00', 3, '{red}', '{5}', '[2025-12-01,2026-01-15)', '[10,20]', '{"a": null}', 4),
  (3, '  Quick brown foxes ', '2024-02-29', '2024-02-29 12:00:00+00', '00:00', 0, '{}', '{}', 'empty', '(,5)', '"a"', 4),
  (4, 'Nothing', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (5, 'Ünïted', '2026-06-15', '2026-06-14 22:15:30+00', '23:59:59', 12, '{blue,red,green}', '{1,2,3,4}', '(,)', '[3,3]', '["c", "d"]', NULL);
\o
\set ECHO all

-- Parts of dates and times.
SELECT same('{"model": "Event", "filter": {"day__year": 2026}}', $$SELECT id FROM events WHERE extract(year FROM day) = 2026$$);
SELECT same('{"model": "Event", "filter": {"day__year__gt": 2024}}', $$SELECT id FROM events WHERE extract(year FROM day) > 2024$$);
SELECT same('{"model": "Event", "filter": {"day__year__gte": 2025}}', $$SELECT id FROM events WHERE extract(year FROM day) >= 2025$$);
SELECT same('{"model": "Event", "filter": {"day__year__lt": 2025}}', $$SELECT id FROM events WHERE extract(year FROM day) < 2025$$);
SELECT same('{"model": "Event", "filter": {"day__year__lte": 2025}}', $$SELECT id FROM events WHERE extract(year FROM day) <= 2025$$);
SELECT same('{"model": "Event", "filter": {"at__year__range": [2024, 2025]}}', $$SELECT id FROM events WHERE extract(year FROM at) BETWEEN 2024 AND 2025$$);
SELECT same('{"model": "Event", "filter": {"at__year__in": [2024, 2026]}}', $$SELECT id FROM events WHERE extract(year FROM at) IN (2024, 2026)$$);
SELECT same('{"model": "Event", "exclude": {"at__year": 2025}}', $$SELECT id FROM events WHERE extract(year FROM at) IS DISTINCT FROM 2025$$);
SELECT same('{"model": "Event", "filter": {"day__iso_year": 2026}}', $$SELECT id FROM events WHERE extract(isoyear FROM day) = 2026$$);
SELECT same('{"model": "Event", "filter": {"at__iso_year__lte": 2025}}', $$SELECT id FROM events WHERE extract(isoyear FROM at) <= 2025$$);
SELECT same('{"model": "Event", "filter": {"day__quarter": 1}}', $$SELECT id FROM events WHERE extract(quarter FROM day) = 1$$);
SELECT same('{"model": "Event", "filter": {"day__month__in": [1, 6]}}', $$SELECT id FROM events WHERE extract(month FROM day) IN (1, 6)$$);
SELECT same('{"model": "Event", "filter": {"day__week__lte": 9}}', $$SELECT id FROM events WHERE extract(week FROM day) <= 9$$);
SELECT same('{"model": "Event", "filter": {"day__day__gte": 29}}', $$SELECT id FROM events WHERE extract(day FROM day) >= 29$$);
SELECT same('{"model": "Event", "filter": {"day__week_day": 2}}', $$SELECT id FROM events WHERE extract(dow FROM day) = 1$$);
SELECT same('{"model": "Event", "filter": {"day__iso_week_day": 1}}', $$SELECT id FROM events WHERE extract(isodow FROM day) = 1$$);
SELECT same('{"model": "Event", "filter": {"at__hour__gte": 12, "at__minute": 30}}', $$SELECT id FROM events WHERE extract(hour FROM at) >= 12 AND extract(minute FROM at) = 30$$);
SELECT same('{"model": "Event", "filter": {"opens__second": 15}}', $$SELECT id FROM events WHERE floor(extract(second FROM opens)) = 15$$);
SELECT same('{"model": "Event", "filter": {"at__date": "2025-12-31"}}', $$SELECT id FROM events WHERE at::date = '2025-12-31'$$);
SELECT same('{"model": "Event", "filter": {"at__time__lt": "12:30"}}', $$SELECT id FROM events WHERE at::time < '12:30'$$);
SELECT same('{"model": "Event", "filter": {"at__date__year": 2026}}', $$SELECT id FROM events WHERE extract(year FROM at) = 2026$$);
SELECT same('{"model": "Event", "filter": {"day__year__isnull": true}}', $$SELECT id FROM events WHERE day IS NULL$$);
SELECT same('{"model": "Event", "filter": {"day__month__contains": 2}}', $$SELECT id FROM events WHERE extract(month FROM day)::text LIKE '%2%'$$);
-- of the session's zone
SET timezone = 'Asia/Tokyo';
SELECT same('{"model": "Event", "filter": {"at__year": 2026}}', $$SELECT id FROM events WHERE extract(year FROM at) = 2026$$);
SELECT same('{"model": "Event", "filter": {"at__date": "2026-06-15"}}', $$SELECT id FROM events WHERE at::date = '2026-06-15'$$);
SELECT same('{"model": "Event", "filter": {"at__iso_year": 2026}}', $$SELECT id FROM events WHERE extract(isoyear FROM at) = 2026$$);
SET timezone = 'UTC';
-- a year is a range of the bare column
SELECT aksara.to_sql('{"model": "Event", "filter": {"at__year": 2026}}') ~ 'WHERE t0.at OPERATOR\(pg_catalog.>=\) pg_catalog.make_timestamptz\(.*\) AND t0.at OPERATOR\(pg_catalog.<\) pg_catalog.make_timestamptz' AS range;
-- over relations
SELECT same('{"model": "Post", "filter": {"events__day__year": 2025, "events__labels__len": 1}}', $$SELECT post_id FROM events WHERE extract(year FROM day) = 2025 AND cardinality(labels) = 1$$);
SELECT same('{"model": "Event", "filter": {"post__created_at__day": 4}}', $$SELECT e.id FROM events e JOIN posts p ON p.id = e.post_id WHERE extract(day FROM p.created_at) = 4$$);
-- and in an order
SELECT row->'id' AS id, row->'day' AS day FROM aksara.fetch('{"model": "Event", "filter": {"day__isnull": false}, "order_by": ["day__month", "-day__day"]}') AS row;

-- Text and numbers.
SELECT same('{"model": "Event", "filter": {"title__lower": "ünïted"}}', $$SELECT id FROM events WHERE lower(title) = 'ünïted'$$);
SELECT same('{"model": "Event", "filter": {"title__upper__startswith": "N"}}', $$SELECT id FROM events WHERE upper(title) LIKE 'N%'$$);
SELECT same('{"model": "Event", "filter": {"title__trim__length__gt": 8}}', $$SELECT id FROM events WHERE length(btrim(title)) > 8$$);
SELECT same('{"model": "Event", "filter": {"delta__abs": 3}}', $$SELECT id FROM events WHERE abs(delta) = 3$$);
SELECT same('{"model": "Event", "filter": {"title__search": "fox quick"}}', $$SELECT id FROM events WHERE to_tsvector(title) @@ plainto_tsquery('fox quick')$$);
SELECT same('{"model": "Event", "filter": {"delta__contained_by": [0, 10]}}', $$SELECT id FROM events WHERE delta <@ int4range(0, 10)$$);
SELECT same('{"model": "Event", "filter": {"day__contained_by": ["2025-01-01", "2026-01-02"]}}', $$SELECT id FROM events WHERE day <@ daterange('2025-01-01', '2026-01-02')$$);

-- Arrays.
SELECT same('{"model": "Event", "filter": {"labels__contains": ["red", "blue"]}}', $$SELECT id FROM events WHERE labels::text[] @> '{red,blue}'$$);
SELECT same('{"model": "Event", "filter": {"labels__contained_by": ["red", "blue"]}}', $$SELECT id FROM events WHERE labels::text[] <@ '{red,blue}'$$);
SELECT same('{"model": "Event", "filter": {"labels__overlap": ["green", "blue"]}}', $$SELECT id FROM events WHERE labels::text[] && '{green,blue}'$$);
SELECT same('{"model": "Event", "filter": {"scores__contains": [1, 4]}}', $$SELECT id FROM events WHERE scores @> '{1,4}'$$);
SELECT same('{"model": "Event", "exclude": {"scores__overlap": [5, 10]}}', $$SELECT id FROM events WHERE (scores && '{5,10}') IS NOT TRUE$$);
SELECT same('{"model": "Event", "filter": {"labels__len": 0}}', $$SELECT id FROM events WHERE cardinality(labels) = 0$$);
SELECT same('{"model": "Event", "filter": {"labels__len__gte": 2}}', $$SELECT id FROM events WHERE cardinality(labels) >= 2$$);
SELECT same('{"model": "Event", "filter": {"labels__0": "red"}}', $$SELECT id FROM events WHERE labels[1] = 'red'$$);
SELECT same('{"model": "Event", "filter": {"scores__2__gt": 2}}', $$SELECT id FROM events WHERE scores[3] > 2$$);
SELECT same('{"model": "Event", "filter": {"scores__1_3": [2, 3]}}', $$SELECT id FROM events WHERE scores[2:3] = '{2,3}'$$);
SELECT same('{"model": "Event", "filter": {"labels__0_2__contains": ["blue"]}}', $$SELECT id FROM events WHERE labels[1:2]::text[] @> '{blue}'$$);
SELECT same('{"model": "Event", "filter": {"labels__0__upper": "RED"}}', $$SELECT id FROM events WHERE upper(labels[1]) = 'RED'$$);
SELECT same('{"model": "Event", "filter": {"scores__0__isnull": true}}', $$SELECT id FROM events WHERE scores[1] IS NULL$$);

-- Ranges.
SELECT same('{"model": "Event", "filter": {"span__contains": "2026-01-10"}}', $$SELECT id FROM events WHERE span @> '2026-01-10'::date$$);
SELECT same('{"model": "Event", "filter": {"span__contains": ["2026-01-10", "2026-01-20"]}}', $$SELECT id FROM events WHERE span @> daterange('2026-01-10', '2026-01-20')$$);
SELECT same('{"model": "Event", "filter": {"span__contained_by": ["2025-12-01", "2026-03-01"]}}', $$SELECT id FROM events WHERE span <@ daterange('2025-12-01', '2026-03-01')$$);
SELECT same('{"model": "Event", "filter": {"seats__overlap": [8, 12]}}', $$SELECT id FROM events WHERE seats && int4range(8, 12)$$);
SELECT same('{"model": "Event", "filter": {"seats__fully_lt": [10, 12]}}', $$SELECT id FROM events WHERE seats << int4range(10, 12)$$);
SELECT same('{"model": "Event", "filter": {"seats__fully_gt": [0, 3]}}', $$SELECT id FROM events WHERE seats >> int4range(0, 3)$$);
SELECT same('{"model": "Event", "filter": {"seats__not_lt": [2, 30]}}', $$SELECT id FROM events WHERE seats &> int4range(2, 30)$$);
SELECT same('{"model": "Event", "filter": {"seats__not_gt": [0, 10]}}', $$SELECT id FROM events WHERE seats &< int4range(0, 10)$$);
SELECT same('{"model": "Event", "filter": {"seats__adjacent_to": [21, 30]}}', $$SELECT id FROM events WHERE seats -|- int4range(21, 30)$$);
SELECT same('{"model": "Event", "filter": {"span__startswith": "2026-01-01"}}', $$SELECT id FROM events WHERE lower(span) = '2026-01-01'$$);
SELECT same('{"model": "Event", "filter": {"span__endswith__year": 2026}}', $$SELECT id FROM events WHERE extract(year FROM upper(span)) = 2026$$);
SELECT same('{"model": "Event", "filter": {"span__isempty": true}}', $$SELECT id FROM events WHERE isempty(span)$$);
SELECT same('{"model": "Event", "filter": {"seats__lower_inf": true}}', $$SELECT id FROM events WHERE lower_inf(seats)$$);
SELECT same('{"model": "Event", "filter": {"seats__upper_inc": false, "seats__lower_inc": true, "seats__upper_inf": false}}', $$SELECT id FROM events WHERE NOT upper_inc(seats) AND lower_inc(seats) AND NOT upper_inf(seats)$$);

-- JSON.
SELECT same('{"model": "Event", "filter": {"meta__has_key": "a"}}', $$SELECT id FROM events WHERE meta ? 'a'$$);
SELECT same('{"model": "Event", "filter": {"meta__a__has_key": "b"}}', $$SELECT id FROM events WHERE meta->'a' ? 'b'$$);
SELECT same('{"model": "Event", "filter": {"meta__has_keys": ["a", "c"]}}', $$SELECT id FROM events WHERE meta ?& '{a,c}'$$);
SELECT same('{"model": "Event", "filter": {"meta__has_any_keys": ["c", "d"]}}', $$SELECT id FROM events WHERE meta ?| '{c,d}'$$);
SELECT same('{"model": "Event", "filter": {"meta__contained_by": {"$v": {"a": null, "b": 1}}}}', $$SELECT id FROM events WHERE meta <@ '{"a": null, "b": 1}'$$);

-- Builders, typed and untyped; every exit.
SELECT same(aksara.objects('Event', aksara.filter('at__year', 2026), aksara.filter('day__month', '6')), $$SELECT id FROM events WHERE extract(year FROM at) = 2026 AND extract(month FROM day) = 6$$);
SELECT same(aksara.objects('Event', aksara.filter('labels__overlap', ARRAY['green'])), $$SELECT id FROM events WHERE 'green' = ANY (labels)$$);
SELECT same(aksara.objects('Event', aksara.filter('span__contains', date '2026-01-10')), $$SELECT id FROM events WHERE span @> '2026-01-10'::date$$);
SELECT same(aksara.objects('Event', aksara.filter('seats__overlap', int4range(8, 12))), $$SELECT id FROM events WHERE seats && int4range(8, 12)$$);
SELECT id FROM aksara.rows(NULL::events, '{"model": "Event", "filter": {"labels__len__gte": 2, "day__year": 2026}}') ORDER BY id;
PREPARE year(int) AS SELECT id FROM aksara.rows(NULL::events, aksara.objects('Event', aksara.filter('day__year', $1))) ORDER BY id;
EXECUTE year(2026);
EXECUTE year(2024);
DEALLOCATE year;
SELECT aksara.update('{"model": "Event", "filter": {"labels__0": "red", "at__hour": 0}}', '{"delta": 7}');

-- A field that is called like a transform wins, and so does a JSON key.
SELECT same('{"model": "Event", "filter": {"day": "2026-01-01"}}', $$SELECT id FROM events WHERE day = '2026-01-01'$$);

-- Errors.
\pset format unaligned
\pset tuples_only on
SELECT fails($$SELECT aksara.count('Event', '{"day__yeer": 2026}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"day__year": "soon"}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"day__year": 2026.5}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"day__hour": 1}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"opens__year": 1}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"day__year__month": 1}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"day__year": null}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"day__year__gt": null}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"day__year": 99999999}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"title__len": 1}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"labels__overlap": "red"}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"labels__overlap": null}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"scores__contains": ["x"]}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"scores__9999999": 1}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"scores__2_": 1}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"span__overlap": 5}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"span__contains": "soon"}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"meta__has_keys": "a"}')$$);
SELECT fails($$SELECT aksara.count('Event', '{"title__overlap": ["a"]}')$$);
SELECT fails($$SELECT aksara.fetch_all('{"model": "Event", "order_by": ["day__yeer"]}')$$);
