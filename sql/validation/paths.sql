-- Every way to write a row meets every sort of rule.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA paths;
SET search_path = paths;
\i :said
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION no_seven(value int) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN value = 7 THEN 'No seven.' END$$;
CREATE FUNCTION in_order(o jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN (o ->> 'low')::int > (o ->> 'high')::int THEN 'Low is above high.' END$$;
SELECT aksara.create_model('Owner', '{"name": {"type": "String", "unique": true}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Item', '{
  "owner": {"type": "ForeignKey", "to": "Owner", "on_delete": "SET_NULL", "nullable": true, "related_name": "items"},
  "code":  {"type": "String", "max_length": 10, "normalize": ["strip", "upper"]},
  "low":   {"type": "Integer", "default": 1, "validators": [{"min_value": 0}, {"function": "no_seven"}]},
  "high":  {"type": "Integer", "default": 100},
  "state": {"type": "String", "default": "new"}
}', '{"primary_key": "bigint", "rules": [
  {"name": "owner_or_new", "check": "owner_id IS NOT NULL OR state = ''new''", "message": "It wants an owner.", "field": "owner"},
  {"name": "code_of_owner", "unique": "code", "scope": ["owner"]},
  {"name": "not_of_2000", "check": "high <> 2000 OR now() < ''2000-01-01''", "message": "Not 2000.", "field": "high"},
  {"function": "in_order", "name": "in_order"},
  {"transitions": {"new": ["old"], "old": ["gone"]}, "field": "state", "initial": ["new", "old"]}
]}');

-- The rows that break one rule each: of a field as constraint and as function, of the row as constraint, check that
-- changes with time, function and transition, and uniqueness.
CREATE TABLE bad (number int, values text, rule text);
INSERT INTO bad VALUES
	(1, '{"code": "a", "low": -1}', 'min_value'), (2, '{"code": "b", "low": 7}', 'function'), (3, '{"code": "c", "state": "old"}', 'owner_or_new'),
	(4, '{"code": "d", "high": 2000}', 'not_of_2000'), (5, '{"code": "e", "low": 50, "high": 49}', 'in_order'),
	(6, '{"code": "f", "state": "gone", "owner": 1}', 'initial'), (7, '{"code": " taken ", "owner": 1}', 'unique');
INSERT INTO owners (name) VALUES ('one'), ('two');
INSERT INTO items (owner_id, code, state) VALUES (1, 'taken', 'old'), (2, 'two', 'old'), (NULL, 'free', 'new'), (1, 'change', 'new');
-- A statement of each way over those rows, with %1$s for the document, %2$s for columns, %3$s for values.
CREATE FUNCTION refused(statement text, wanted int[] DEFAULT '{1,2,3,4,5,6,7}') RETURNS TABLE (rule text, error text) LANGUAGE sql AS $$
  SELECT b.rule, tried(format(statement, quote_literal(b.values), c.columns, c.literals, c.assignments)) FROM bad b, LATERAL (
    SELECT string_agg(name, ', ') AS columns, string_agg(literal, ', ') AS literals, string_agg(name || ' = ' || literal, ', ') AS assignments
    FROM (SELECT CASE key WHEN 'owner' THEN 'owner_id' ELSE key END AS name, quote_literal(value) AS literal FROM json_each_text(b.values::json)) x) c
  WHERE number = ANY (wanted) ORDER BY number$$;
CREATE TABLE before AS SELECT * FROM items;

-- New rows.
SELECT * FROM refused('SELECT aksara.create(''Item'', %1$s)');
SELECT * FROM refused('SELECT aksara.save(''Item'', %1$s)');
SELECT * FROM refused('SELECT aksara.bulk_create(''Item'', format(''[{"code": "good"}, %%s]'', %1$s))');
SELECT * FROM refused('SELECT aksara.upsert(''Item'', %1$s::json::jsonb || ''{"id": 100}'', ''{id}'')');
SELECT * FROM refused('SELECT aksara.get_or_create(''Item'', ''{"code": "NOBODY"}'', (%1$s::jsonb - ''code'')::text::json)', '{1,2,3,4,5,6}');
SELECT * FROM refused('SELECT aksara.update_or_create(''Item'', ''{"code": "NOBODY"}'', (%1$s::jsonb - ''code'')::text::json)', '{1,2,3,4,5,6}');
SELECT * FROM refused('SELECT aksara.related_create(''Owner'', 1::text, ''items'', (%1$s::jsonb - ''owner'')::text::json)', '{1,2,4,5,6,7}');
SELECT * FROM refused('INSERT INTO items (%2$s) VALUES (%3$s)');
SELECT * FROM refused('WITH w AS (INSERT INTO items (%2$s) VALUES (%3$s) RETURNING *) SELECT * FROM w');
SELECT * FROM refused('MERGE INTO items USING (SELECT 1) s ON false WHEN NOT MATCHED THEN INSERT (%2$s) VALUES (%3$s)');
SELECT * FROM refused('INSERT INTO items (%2$s, id) VALUES (%3$s, 1) ON CONFLICT (id) DO NOTHING', '{1,2,3,4,5,6}');
COPY items (code, low) FROM stdin;
good	1
a	-1
\.
COPY items (code, low) FROM stdin;
b	7
\.
COPY items (code, state) FROM stdin;
c	old
\.
COPY items (code, high) FROM stdin;
d	2000
\.
COPY items (code, low, high) FROM stdin;
e	50	49
\.
COPY items (code, state, owner_id) FROM stdin;
f	gone	1
\.
COPY items (code, owner_id) FROM stdin;
 taken 	1
\.

-- What the relation sets counts as given.
SELECT tried($$SELECT aksara.related_create('Owner', '1', 'items', '{"code": "x", "state": "old"}')$$);
SELECT tried($$SELECT aksara.related_create('Owner', '1', 'items', '{"code": "x", "low": -1, "high": -2}')$$);

-- Rows that are there.
SELECT * FROM refused('UPDATE items SET %4$s WHERE id = 4', '{1,2,4,5,6,7}');
SELECT * FROM refused('UPDATE items SET owner_id = NULL WHERE id = 1', '{3}');
SELECT * FROM refused('SELECT aksara.save(''Item'', %1$s::jsonb || ''{"id": 4}'')', '{1,2,4,5,6,7}');
SELECT * FROM refused('SELECT aksara.update(''{"model": "Item", "filter": {"id": 4}}'', %1$s)', '{1,2,4,5,6,7}');
SELECT * FROM refused('SELECT aksara.bulk_update(''Item'', jsonb_build_array(''{"id": 3, "high": 99}''::jsonb, %1$s::jsonb || ''{"id": 4}''))', '{1,2,4,5,6,7}');
SELECT * FROM refused('SELECT aksara.upsert(''Item'', %1$s::jsonb || ''{"id": 4}'', ''{id}'')', '{1,2,4,5,6,7}');
SELECT * FROM refused('SELECT aksara.update_or_create(''Item'', ''{"id": 4}'', %1$s)', '{1,2,4,5,6,7}');
SELECT * FROM refused('INSERT INTO items (id, code) VALUES (4, ''x'') ON CONFLICT (id) DO UPDATE SET %4$s', '{1,2,4,5,6,7}');
SELECT * FROM refused('MERGE INTO items USING (SELECT 4 AS id) s ON items.id = s.id WHEN MATCHED THEN UPDATE SET %4$s', '{1,2,4,5,6,7}');
SELECT * FROM refused('WITH w AS (UPDATE items SET %4$s WHERE id = 4 RETURNING *) SELECT count(*) FROM w', '{1,2,4,5,6,7}');
SELECT tried($$SELECT aksara.update('{"model": "Item", "filter": {"id": 4}}', '{}', '{"low": {"$sub": ["low", 2]}}')$$);
SELECT tried($$SELECT aksara.update('{"model": "Item", "filter": {"id": 4}}', '{}', '{"low": {"$add": ["low", 6]}}')$$);
SELECT tried($$SELECT aksara.update('{"model": "Item", "filter": {"id": 4}}', '{}', '{"high": {"$mul": ["high", 20]}}')$$);
SELECT tried($$SELECT aksara.update('{"model": "Item", "filter": {"id": 4}}', '{}', '{"low": {"$add": ["high", 1]}}')$$);
SELECT tried($$SELECT aksara.update('{"model": "Item", "filter": {"id": 4}}', '{}', '{"code": {"$concat": [{"$v": " TAK"}, {"$v": "en"}]}}')$$);

-- A view over the table, and a function that writes.
CREATE VIEW items_view AS SELECT * FROM items;
SELECT * FROM refused('INSERT INTO items_view (%2$s) VALUES (%3$s)');
SELECT * FROM refused('UPDATE items_view SET %4$s WHERE id = 4', '{1,2,4,5,6,7}');
CREATE FUNCTION writes(code text, low int) RETURNS void LANGUAGE sql AS 'INSERT INTO items (code, low) VALUES (code, low)';
SELECT tried('SELECT writes(''x'', 7)');
CREATE TABLE source (code text, low int);
CREATE FUNCTION pass_on() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO items (code, low) VALUES (new.code, new.low); RETURN new; END$$;
CREATE TRIGGER pass_on AFTER INSERT ON source FOR EACH ROW EXECUTE FUNCTION pass_on();
SELECT tried('INSERT INTO source VALUES (''x'', -1)');
SELECT tried('INSERT INTO source VALUES (''x'', 7)');

-- Cascades: a parent that goes, or changes its key, takes no row past its rules.
SELECT tried('DELETE FROM owners WHERE id = 2');
SELECT tried($$SELECT aksara.delete('{"model": "Owner", "filter": {"name": "two"}}')$$);
CREATE TABLE parents (id int PRIMARY KEY);
INSERT INTO parents VALUES (1), (7), (9);
CREATE FUNCTION not_nine(value int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT value IS DISTINCT FROM 9';
CREATE TABLE children (id int PRIMARY KEY, a int DEFAULT 9 REFERENCES parents ON DELETE SET DEFAULT, b int REFERENCES parents ON UPDATE CASCADE, c int REFERENCES parents ON DELETE SET NULL, d int DEFAULT 9 REFERENCES parents ON DELETE SET DEFAULT);
SELECT aksara.adopt_table('children', 'Child', '{"fields": {"a": "a", "b": "b", "c": "c", "d": "d"}}') ->> 'name';
SELECT aksara.add_rule('Child', '{"name": "a_small", "check": "a < 9", "message": "Too big.", "field": "a"}');
CREATE FUNCTION child_error(c children) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN c.b = 7 THEN 'b must not be 7' WHEN c.c IS NULL THEN 'c is wanted' WHEN c.d = 9 THEN 'd must not be 9' END$$;
SELECT aksara.add_rule('Child', '{"function": "child_error"}');
INSERT INTO children VALUES (1, 1, 1, 1, 1);
INSERT INTO parents VALUES (2), (3);
UPDATE children SET a = 2;
SELECT tried('DELETE FROM parents WHERE id = 2');
UPDATE children SET a = 1, b = 3;
DELETE FROM parents WHERE id = 7;
SELECT tried('UPDATE parents SET id = 7 WHERE id = 3');
UPDATE children SET c = 2;
SELECT tried('DELETE FROM parents WHERE id = 2');
UPDATE children SET c = 1, d = 2;
SELECT tried('DELETE FROM parents WHERE id = 2');
SELECT * FROM children;

-- A partitioned table: through the parent, into a partition, and from one to the other.  The partitions' columns stand in other places.
CREATE TABLE parts (id int, region text, low int, junk int, state text DEFAULT 'new', code text) PARTITION BY LIST (region);
CREATE TABLE parts_north PARTITION OF parts FOR VALUES IN ('north');
CREATE TABLE parts_south (code text, gone int, state text DEFAULT 'new', low int, more int, region text, id int, junk int);
ALTER TABLE parts_south DROP COLUMN gone, DROP COLUMN more;
ALTER TABLE parts ATTACH PARTITION parts_south FOR VALUES IN ('south');
ALTER TABLE parts DROP COLUMN junk;
CREATE TABLE parts_east (code text, region text, state text DEFAULT 'new', low int, id int) PARTITION BY LIST (region);
CREATE TABLE parts_east_1 (low int, id int, region text, code text, state text DEFAULT 'new');
ALTER TABLE parts_east ATTACH PARTITION parts_east_1 FOR VALUES IN ('east');
ALTER TABLE parts ATTACH PARTITION parts_east FOR VALUES IN ('east');
SELECT aksara.adopt_table('parts', 'Part') ->> 'name';
SELECT aksara.add_validator('Part', 'low', '{"max_value": 50}'), aksara.add_validator('Part', 'low', '{"function": "no_seven"}');
SELECT aksara.add_rule('Part', '{"name": "low_of_region", "check": "region <> ''south'' OR low > 5"}'), aksara.add_rule('Part', '{"name": "in_time", "check": "code <> ''late'' OR now() < ''2000-01-01''"}');
CREATE FUNCTION part_error(o jsonb) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN o ->> 'code' = 'bad' THEN format('a bad code in %s, low %s', o ->> 'region', o ->> 'low') END$$;
SELECT aksara.add_rule('Part', '{"function": "part_error"}'), aksara.add_rule('Part', '{"transitions": {"new": ["old"]}, "field": "state", "initial": ["new"]}');
CREATE FUNCTION part_row(p parts) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN p.code = 'worse' THEN format('a worse code in %s, low %s', p.region, p.low) END$$;
SELECT aksara.add_rule('Part', '{"function": "part_row"}');
CREATE FUNCTION part_says(VARIADIC tables text[]) RETURNS TABLE (target text, error text) LANGUAGE plpgsql AS $$
DECLARE row text;
BEGIN
	FOREACH target IN ARRAY tables LOOP
		FOREACH row IN ARRAY ARRAY['10, ''new'', ''ok''', '51, ''new'', ''a''', '7, ''new'', ''b''', '5, ''new'', ''c''', '10, ''new'', ''late''', '10, ''new'', ''bad''', '10, ''old'', ''d''', '10, ''new'', ''worse'''] LOOP
			error := row || ': ' || tried(format('INSERT INTO %s (id, region, low, state, code) VALUES (1, %L, %s)', target, split_part(target, '_', 2), row));
			RETURN NEXT;
		END LOOP;
	END LOOP;
END $$;
SELECT * FROM part_says('parts_north', 'parts_south', 'parts_east', 'parts_east_1');
SELECT tried($$INSERT INTO parts (id, region, low, code) VALUES (1, 'south', 10, 'bad')$$), tried($$INSERT INTO parts (id, region, low, code) VALUES (1, 'east', 7, 'x')$$);
SELECT tried($$SELECT aksara.create('Part', '{"id": 1, "region": "south", "low": 5, "code": "c"}')$$), tried($$SELECT aksara.create('Part', '{"id": 1, "region": "east", "low": 10, "code": "bad"}')$$);
INSERT INTO parts (id, region, low, code) VALUES (1, 'north', 5, 'one'), (2, 'north', 10, 'two'), (3, 'east', 10, 'three');
-- A row moves with a state that no new row has, by a transition that is allowed, and not against its rules.
UPDATE parts SET state = 'old' WHERE id IN (2, 3);
SELECT tried($$UPDATE parts SET region = 'south' WHERE id = 1$$), tried($$UPDATE parts SET region = 'south' WHERE id = 2$$), tried($$UPDATE parts SET region = 'south', code = 'bad' WHERE id = 3$$);
SELECT tried($$UPDATE parts SET region = 'south', state = 'new' WHERE id = 2$$), tried($$UPDATE parts SET region = 'east', state = 'old' WHERE id = 1$$), tried($$UPDATE parts SET region = 'east', low = 7 WHERE id = 2$$);
SELECT tried($$UPDATE parts_north SET state = 'new' WHERE id = 2$$), tried($$UPDATE parts_east_1 SET code = 'bad'$$), tried($$SELECT aksara.update('{"model": "Part", "filter": {"id": 2}}', '{"region": "south", "code": "worse"}')$$);
UPDATE parts SET region = 'south' WHERE id = 2;
SELECT tableoid::regclass, * FROM parts ORDER BY id;
-- A partition that comes later has the rules too.
CREATE TABLE parts_west (state text DEFAULT 'new', code text, id int, low int CONSTRAINT parts_low_max_value CHECK (low <= 50), region text, CONSTRAINT low_of_region CHECK (region <> 'south' OR low > 5));
ALTER TABLE parts ATTACH PARTITION parts_west FOR VALUES IN ('west');
SELECT * FROM part_says('parts_west');

-- Row security and rights: the rule is the table's, whoever writes.
CREATE ROLE regress_val_paths;
GRANT USAGE ON SCHEMA paths TO regress_val_paths;
GRANT SELECT, INSERT, UPDATE ON items, owners, bad TO regress_val_paths;
ALTER TABLE items ENABLE ROW LEVEL SECURITY;
CREATE POLICY small ON items USING (low < 10) WITH CHECK (low < 10);
SET ROLE regress_val_paths;
SELECT * FROM refused('SELECT aksara.create(''Item'', %1$s)', '{1,2,3,4,5}');
SELECT * FROM refused('INSERT INTO items (%2$s) VALUES (%3$s)', '{1,2,3,4,5}');
SELECT tried($$SELECT aksara.create('Item', '{"code": "x", "low": 11}')$$);
SELECT fails($$SELECT aksara.add_rule('Item', '{"name": "x", "check": "true"}')$$), fails($$SELECT aksara.remove_rule('Item', 'owner_or_new')$$), fails($$SELECT aksara.remove_validator('Item', 'low', 'min_value')$$), fails($$SELECT aksara.validate_rules('Item')$$);
SELECT fails($$SELECT aksara.full_clean('Part', '{"id": 1}', true)$$);
RESET ROLE;
-- What one may not see is not told by full_clean, nor by check_existing.
UPDATE items SET low = 20 WHERE code = 'TAKEN';
SELECT aksara.full_clean('Item', '{"code": "taken", "owner": 1}');
SET ROLE regress_val_paths;
SELECT aksara.full_clean('Item', '{"code": "taken", "owner": 1}');
SELECT count(*) FROM aksara.check_existing('Item');
RESET ROLE;
UPDATE items SET low = 1 WHERE code = 'TAKEN';
ALTER TABLE items DISABLE ROW LEVEL SECURITY;

-- A trigger of the owner's that repairs a row: neither the document's look before nor the rules come too early.
CREATE FUNCTION repair() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF new.low < 0 THEN new.low := 0; END IF; IF new.low = 77 THEN new.low := 7; END IF; RETURN new; END$$;
CREATE TRIGGER repair BEFORE INSERT OR UPDATE ON items FOR EACH ROW EXECUTE FUNCTION repair();
SELECT tried($$SELECT aksara.create('Item', '{"code": "x", "low": -1}')$$), tried($$INSERT INTO items (code, low) VALUES ('x', -1)$$), tried($$SELECT aksara.save('Item', '{"id": 4, "low": -1}')$$);
SELECT tried($$SELECT aksara.create('Item', '{"code": "x", "low": 77}')$$), tried($$INSERT INTO items (code, low) VALUES ('x', 77)$$);
SELECT aksara.create('Item', '{"code": "repaired", "low": -1}') -> 'low';
DELETE FROM items WHERE code = 'REPAIRED';
DROP TRIGGER repair ON items;
SELECT tried($$SELECT aksara.create('Item', '{"code": "x", "low": -1}')$$);

-- A constraint that waits for the end of the transaction.
SELECT aksara.create_model('Seat', '{"row": "Integer", "place": "Integer"}', '{"primary_key": "bigint", "rules": [{"name": "one_seat", "unique": ["row", "place"], "deferrable": "deferred", "message": "Taken."}]}');
INSERT INTO seats (row, place) VALUES (1, 1), (1, 2);
BEGIN;
SELECT aksara.save('Seat', '{"id": 1, "place": 2}');
SELECT aksara.save('Seat', '{"id": 2, "place": 1}');
COMMIT;
BEGIN;
SELECT aksara.save('Seat', '{"id": 1, "place": 1}');
COMMIT;
BEGIN;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT said($$SELECT aksara.save('Seat', '{"id": 1, "place": 1}')$$);
ROLLBACK;

-- All that was refused has left nothing.
SELECT * FROM items EXCEPT SELECT * FROM before;
SELECT count(*) FROM items;

DROP SCHEMA paths CASCADE;
DROP ROLE regress_val_paths;
