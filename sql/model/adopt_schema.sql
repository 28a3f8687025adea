-- adopt_schema(): what is passed over and why, names, what is there already, errors.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE ROLE regress_schema_owner;
CREATE ROLE regress_schema_other;
CREATE SCHEMA whole AUTHORIZATION regress_schema_owner;
GRANT USAGE, CREATE ON SCHEMA whole TO regress_schema_other;
SET search_path = whole;

SET ROLE regress_schema_other;
CREATE TABLE theirs (id integer PRIMARY KEY);
GRANT REFERENCES, SELECT ON theirs TO regress_schema_owner;
SET ROLE regress_schema_owner;
CREATE TABLE mine (id integer PRIMARY KEY, theirs_id integer REFERENCES theirs);
CREATE TABLE person (id integer PRIMARY KEY);
CREATE TABLE persons (id integer PRIMARY KEY);
CREATE TABLE base (id integer PRIMARY KEY, kind text);
CREATE TABLE child (extra text) INHERITS (base);
CREATE TABLE events (id integer, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE VIEW seen AS SELECT * FROM mine;
CREATE TABLE " " (id integer);
SELECT aksara.create_model('Topic', '{"name": "Text", "related": {"type": "ManyToMany", "to": "self", "symmetrical": true}}');

-- Two tables that would be one model, or none, need a name.
SELECT * FROM aksara.adopt_schema('whole');
\echo :SQLSTATE
SELECT * FROM aksara.adopt_schema('whole', '{"names": {"persons": "Crowd"}}');
\echo :SQLSTATE
SELECT count(*) FROM aksara.model WHERE app = 'whole';
-- Models that were defined, and what belongs to them, are left alone; partitions and views are no tables of their own.
SELECT * FROM aksara.adopt_schema('whole', '{"names": {"persons": "Crowd"}, "exclude": [" "]}');
-- Again it answers the same, and adds what is new.
CREATE TABLE added (id integer PRIMARY KEY, mine_id integer REFERENCES mine);
ALTER TABLE person ADD mine_id integer UNIQUE REFERENCES mine;
SELECT * FROM aksara.adopt_schema('whole', '{"exclude": [" "]}');
SELECT r ->> 'name' AS accessor FROM json_array_elements(aksara.describe('Mine') -> 'related') r;
SELECT aksara.adopt_schema('whole', '{"names": {"persons": "People"}, "exclude": [" "]}');
\echo :SQLSTATE

-- Another role adopts his own in the same schema; then the key to it is one to a model.
SET ROLE regress_schema_other;
SELECT * FROM aksara.adopt_schema('whole', '{"exclude": ["mine"]}') WHERE model IS NULL OR model LIKE '%Their';
SET ROLE regress_schema_owner;
SELECT u ->> 'reason' AS reason FROM json_array_elements(aksara.describe('Mine') -> 'unmapped') u;
SELECT json_array_length(aksara.adopt_table('mine') -> 'unmapped') AS unmapped;
SELECT aksara.create('Mine', '{"id": 1, "theirs": null}');
-- He forgets it, too, and nobody's table is touched.
SET ROLE regress_schema_other;
SELECT aksara.forget_model('Their');
SET ROLE regress_schema_owner;
SELECT aksara.get('Mine', '{"theirs_id": null}');
RESET ROLE;

-- Children of a table are tables of their own; the parent's rows are theirs, too.
SELECT aksara.create('Child', '{"id": 1, "kind": "k", "extra": "e"}');
SELECT aksara.fetch('{"model": "Base"}');
-- What belongs to an extension is its own.
CREATE EXTENSION pg_trgm SCHEMA whole;
CREATE TABLE of_extension (id integer PRIMARY KEY);
ALTER EXTENSION pg_trgm ADD TABLE of_extension;
SELECT table_name, unmapped FROM aksara.adopt_schema('whole', '{"exclude": [" "]}') WHERE model IS NULL;
SELECT aksara.adopt_table('of_extension');
\echo :SQLSTATE
DROP EXTENSION pg_trgm;

-- What is no such schema, table or option.
SELECT aksara.adopt_schema('wohle');
\echo :SQLSTATE
SELECT aksara.adopt_schema(NULL);
\echo :SQLSTATE
SELECT aksara.adopt_schema('whole', NULL);
\echo :SQLSTATE
SELECT aksara.adopt_schema('whole', '[]');
\echo :SQLSTATE
SELECT aksara.adopt_schema('whole', '{"excluded": []}');
\echo :SQLSTATE
SELECT aksara.adopt_schema('whole', '{"exclude": "mine"}');
\echo :SQLSTATE
SELECT aksara.adopt_schema('whole', '{"exclude": [1]}');
\echo :SQLSTATE
SELECT aksara.adopt_schema('whole', '{"exclude": ["mime"]}');
\echo :SQLSTATE
SELECT aksara.adopt_schema('whole', '{"names": {"mime": "X"}}');
\echo :SQLSTATE
SELECT aksara.adopt_schema('whole', '{"names": {"mine": 1}}');
\echo :SQLSTATE
SELECT count(*) FROM aksara.adopt_schema('pg_catalog') WHERE model IS NOT NULL;

SELECT * FROM aksara.check_registry() WHERE model LIKE 'whole.%';
DROP SCHEMA whole CASCADE;
DROP OWNED BY regress_schema_owner, regress_schema_other;
DROP ROLE regress_schema_owner, regress_schema_other;
