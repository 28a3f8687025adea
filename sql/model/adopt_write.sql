-- Writing through adopted models, compared with what stands in the tables: partitioned and foreign tables, identity, upsert, bulk.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA adoptw;
SET search_path = adoptw;
CREATE SCHEMA adoptw_far;

CREATE TABLE accounts (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code varchar(8) UNIQUE NOT NULL, balance numeric(10,2) NOT NULL DEFAULT 0, seen timestamptz);
CREATE TABLE events (account_id integer REFERENCES accounts ON DELETE CASCADE, day date NOT NULL, kind text NOT NULL, n integer DEFAULT 1, PRIMARY KEY (account_id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_other PARTITION OF events DEFAULT;
CREATE TABLE adoptw_far.stock (id integer PRIMARY KEY, sku text NOT NULL, n integer DEFAULT 5, account_id integer);
CREATE EXTENSION postgres_fdw SCHEMA adoptw_far;
DO $$
BEGIN
	EXECUTE format('CREATE SERVER regress_adopt_loop FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, port %L, dbname %L)',
		split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'), current_database());
	EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER regress_adopt_loop OPTIONS (user %L)', current_user);
END $$;
IMPORT FOREIGN SCHEMA adoptw_far LIMIT TO (stock) FROM SERVER regress_adopt_loop INTO adoptw;
SELECT table_name, model, unmapped FROM aksara.adopt_schema('adoptw');

-- An identity that the table alone gives.
SELECT aksara.create('Account', '{"code": "a", "balance": "1.50"}');
SELECT aksara.create('Account', '{"id": 9, "code": "b"}');
\echo :SQLSTATE
SELECT * FROM aksara.bulk_create('Account', '[{"code": "b"}, {"code": "c", "balance": 3}]');
SELECT aksara.save('Account', '{"id": 2, "balance": "7.25"}');
SELECT aksara.bulk_update('Account', '[{"id": 1, "seen": "2024-01-01T00:00:00Z"}, {"id": 3, "balance": 0}]');
SELECT * FROM aksara.get_or_create('Account', '{"code": "c"}', '{"balance": 100}');
SELECT * FROM aksara.update_or_create('Account', '{"code": "c"}', '{"balance": 100}');
SELECT * FROM aksara.upsert('Account', '{"code": "d", "balance": 1}', '{code}');
SELECT * FROM aksara.upsert('Account', '{"code": "d", "balance": 2}', '{code}');
SELECT aksara.create('Account', '{"code": "a"}');
\echo :SQLSTATE
SELECT id, code, balance, seen FROM accounts ORDER BY id;

-- A partitioned table: rows go where they belong, keys and upsert hold over all partitions.
SELECT aksara.create('Event', '{"account": 1, "day": "2024-05-01", "kind": "in"}');
SELECT * FROM aksara.bulk_create('Event', '[{"account": 1, "day": "2023-05-01", "kind": "in"}, {"account": {"id": 2}, "day": "2024-05-02", "kind": "out"}]');
SELECT tableoid::regclass AS partition, account_id, day, kind, n FROM events ORDER BY day;
SELECT * FROM aksara.upsert('Event', '{"account": 1, "day": "2024-05-01", "kind": "again", "n": 2}', '{account,day}');
SELECT * FROM aksara.upsert('Event', '{"account": 3, "day": "2024-05-01", "kind": "new"}', '{account,day}');
SELECT aksara.save('Event', '{"account": 1, "day": "2024-05-01", "n": 3}');
SELECT aksara.get_by_key('Event', 1, '2024-05-01');
SELECT aksara.create('Event', '{"account": 1, "day": "2024-05-01", "kind": "in"}');
\echo :SQLSTATE
SELECT aksara.update('{"model": "Event", "filter": {"account__code": "a", "day__year": 2023}}', '{"day": "2024-12-31"}');
SELECT aksara.update('{"model": "Event", "filter": {"kind": "in", "day__lt": "2024-01-01"}}', '{"day": "2024-12-31"}');
SELECT tableoid::regclass AS partition, account_id, day, kind, n FROM events ORDER BY account_id, day;
SELECT aksara.fetch('{"model": "Account", "prefetch_related": ["event_set"], "filter": {"event_set__kind": "again"}}');
SELECT * FROM aksara.related_set('Account', 3, 'event_set', '{"account": 2, "day": "2024-05-02"}');
\echo :SQLSTATE
SELECT aksara.delete_by_key('Event', 2, '2024-05-02');
SELECT aksara.delete('{"model": "Account", "filter": {"code": "a"}}');
SELECT account_id, day FROM events;

-- A foreign table: it has no key here, and its defaults are those of the far table.
SELECT f ->> 'name' AS field, f ->> 'type' AS type, f ->> 'nullable' AS nullable FROM json_array_elements(aksara.describe('Stock') -> 'fields') f;
SELECT aksara.create('Stock', '{"id": 1, "sku": "x", "n": 2}');
SELECT * FROM aksara.bulk_create('Stock', '[{"id": 2, "sku": "y", "n": 3}, {"id": 3, "sku": "z", "n": 4}]');
SELECT aksara.update('{"model": "Stock", "filter": {"sku": "y"}}', '{"n": 10}');
SELECT aksara.fetch('{"model": "Stock", "filter": {"n__gt": 2}, "order_by": ["-n"]}');
SELECT aksara.delete('{"model": "Stock", "filter": {"sku": "z"}}') -> 'total' AS total;
SELECT s.id FROM aksara.rows(NULL::stock, aksara.objects('Stock', aksara.filter('sku', 'x'))) s;
SELECT aksara.get_by_key('Stock', 1);
\echo :SQLSTATE
SELECT aksara.create('Stock', '{"id": 1, "sku": "x"}');
\echo :SQLSTATE
SELECT * FROM adoptw_far.stock ORDER BY id;
-- Its columns may have what the far table does not tell; a relation without a native key is the owner's to add.
ALTER FOREIGN TABLE stock ALTER n SET DEFAULT 5, ALTER sku SET NOT NULL;
SELECT aksara.create('Stock', '{"id": 4}');
\echo :SQLSTATE
SELECT aksara.create('Stock', '{"id": 4, "sku": "w"}');
SELECT aksara.forget_model('Stock');
SELECT count(*) FROM stock;

-- Row security and column rights of the caller hold as for any model.
CREATE ROLE regress_adopt_writer;
GRANT USAGE ON SCHEMA adoptw TO regress_adopt_writer;
GRANT SELECT, INSERT, UPDATE (balance), DELETE ON accounts TO regress_adopt_writer;
ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON accounts TO regress_adopt_writer USING (code > 'b');
SET ROLE regress_adopt_writer;
SELECT aksara.fetch('{"model": "Account"}') ->> 'code' AS code;
SELECT aksara.update('{"model": "Account"}', '{"balance": 0}');
SELECT aksara.update('{"model": "Account"}', '{"code": "e"}');
\echo :SQLSTATE
SELECT aksara.create('Account', '{"code": "a2"}');
\echo :SQLSTATE
RESET ROLE;

SELECT * FROM aksara.check_registry() WHERE model LIKE 'adoptw.%';
DROP SCHEMA adoptw, adoptw_far CASCADE;
DROP SERVER IF EXISTS regress_adopt_loop CASCADE;
DROP OWNED BY regress_adopt_writer;
DROP ROLE regress_adopt_writer;
