-- Rules of rows: in a definition, given to a live model and taken from it; full_clean() and check_existing().
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA ros;
SET search_path = ros;
\i :said
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION of_json(o jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS
  $$SELECT jsonb_strip_nulls(jsonb_build_object('total', CASE WHEN (o ->> 'total')::int <> (o ->> 'quantity')::int * 3 THEN 'It is not three times the quantity.' END,
    '__all__', CASE WHEN o ->> 'note' = 'bad' THEN 'A bad order.' END))$$;
CREATE FUNCTION of_text(o json) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN o ->> 'note' = 'worse' THEN 'Worse.' END$$;
SELECT aksara.create_model('Shop', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Order', '{
  "shop":     {"type": "ForeignKey", "to": "Shop", "on_delete": "CASCADE"},
  "status":   {"type": "String", "default": "pending"},
  "quantity": {"type": "Integer", "default": 1},
  "total":    {"type": "Integer", "default": 3},
  "paid":     {"type": "String", "nullable": true},
  "card":     {"type": "String", "nullable": true},
  "code":     {"type": "String", "nullable": true},
  "starts":   {"type": "Date", "nullable": true},
  "ends":     {"type": "Date", "nullable": true},
  "room":     {"type": "IntegerRange", "nullable": true},
  "note":     {"type": "Text", "nullable": true, "column": "remark"}
}', '{"primary_key": "bigint", "rules": [
  {"name": "ends_after_start", "check": "ends > starts", "message": "It ends before it starts.", "field": "ends"},
  {"name": "card_for_card", "check": "card IS NOT NULL", "when": "paid = ''card''", "code": "required", "message": "Which card?", "field": "card"},
  {"name": "sound", "check": "quantity > 0 OR total = 0"},
  {"name": "one_code_a_day", "unique": "code", "scope": ["starts"], "condition": "status <> ''cancelled''", "message": "There is one on that day."},
  {"name": "one_note_a_shop", "unique": ["note"], "scope": "shop", "code": "twice"},
  {"name": "rooms_apart", "exclude": [["room", "&&"]], "using": "gist", "message": "The rooms overlap.", "field": "room"},
  {"name": "not_long_ago", "check": "starts > now() - interval ''100 years''", "field": "starts", "message": "That was long ago."},
  {"name": "of_today", "check": "note <> ''old''", "when": "starts < now()"},
  {"transitions": {"pending": ["confirmed", "cancelled"], "confirmed": ["shipped", "cancelled"], "shipped": ["delivered"]}, "field": "status", "initial": ["pending", "confirmed"]},
  {"function": "of_json", "when": "status <> ''cancelled''"},
  {"name": "words", "function": "of_text", "field": "note", "code": "word"}
]}');
-- What PostgreSQL can state is a constraint or an index; the trigger has the rest.
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype IN ('c', 'x') ORDER BY 1;
SELECT indexname, regexp_replace(indexdef, '.* USING', 'USING') FROM pg_indexes WHERE tablename = 'orders' AND schemaname = 'ros' AND indexname LIKE 'one%' ORDER BY 1;
SELECT jsonb_array_elements((aksara.describe('Order') -> 'meta' -> 'rules')::jsonb) ->> 'name';
SELECT jsonb_pretty((aksara.describe('Order') -> 'meta' -> 'constraint_messages')::jsonb);
INSERT INTO shops (name) VALUES ('a'), ('b');
INSERT INTO orders (shop_id, code, starts, remark, room) VALUES (1, 'a', '2026-01-02', 'n', '[1,5)');

-- Each rule, by document and by hand.
CREATE FUNCTION each_way(doc json) RETURNS TABLE (document text, by_hand text) LANGUAGE sql AS $$
  SELECT tried(format('SELECT aksara.create(%L, %L)', 'Order', doc)),
    tried(format('INSERT INTO orders (%s) VALUES (%s)', (SELECT string_agg(CASE k WHEN 'shop' THEN 'shop_id' WHEN 'note' THEN 'remark' ELSE k END, ', ') FROM json_object_keys(doc) k),
      (SELECT string_agg(quote_nullable(v), ', ') FROM json_each_text(doc) e(k, v))))$$;
SELECT * FROM each_way('{"shop": 1}');
SELECT * FROM each_way('{"shop": 1, "starts": "2026-01-02", "ends": "2026-01-01"}');
SELECT * FROM each_way('{"shop": 1, "paid": "card"}');
SELECT * FROM each_way('{"shop": 1, "paid": "cash"}');
SELECT * FROM each_way('{"shop": 1, "quantity": 0, "total": 1}');
SELECT * FROM each_way('{"shop": 1, "code": "a", "starts": "2026-01-02"}');
SELECT * FROM each_way('{"shop": 1, "code": "a", "starts": "2026-01-03", "note": "n"}');
SELECT * FROM each_way('{"shop": 1, "note": "n"}');
SELECT * FROM each_way('{"shop": 2, "note": "n", "room": "[1,5)"}');
SELECT * FROM each_way('{"shop": 1, "room": "[4,6)"}');
SELECT * FROM each_way('{"shop": 1, "starts": "1900-01-01"}');
SELECT * FROM each_way('{"shop": 1, "code": "a", "starts": "2026-01-02", "status": "cancelled"}');
SELECT * FROM each_way('{"shop": 1, "starts": "2000-01-01", "note": "old"}');
SELECT * FROM each_way('{"shop": 1, "starts": "2999-01-01", "note": "old"}');
SELECT * FROM each_way('{"shop": 1, "status": "shipped"}');
SELECT * FROM each_way('{"shop": 1, "total": 4}');
SELECT * FROM each_way('{"shop": 1, "note": "bad"}');
SELECT * FROM each_way('{"shop": 1, "note": "worse"}');
SELECT * FROM each_way('{"shop": 9}');
-- Several at once: a document tells all of them; a statement all of the trigger's, else the first constraint.
SELECT * FROM each_way('{"shop": 1, "status": "shipped", "total": 4, "note": "bad", "starts": "1900-01-02", "ends": "1900-01-01", "paid": "card", "quantity": 0}');
SELECT * FROM each_way('{"shop": 1, "starts": "2026-01-02", "ends": "2026-01-01", "paid": "card"}');

-- Transitions: from a state to the next; a state that names none is the last; to stay is no transition.
TRUNCATE orders RESTART IDENTITY;
SELECT said($$INSERT INTO orders (shop_id) VALUES (1)$$), said($$INSERT INTO orders (shop_id, status) VALUES (1, 'delivered')$$);
SELECT said($$UPDATE orders SET status = 'shipped'$$);
SELECT said($$UPDATE orders SET status = 'confirmed'$$), said($$UPDATE orders SET status = 'confirmed'$$);
SELECT said($$SELECT aksara.save('Order', '{"id": 1, "status": "pending"}')$$);
SELECT said($$SELECT aksara.update('{"model": "Order"}', '{"status": "shipped", "total": 4}')$$);
SELECT said($$SELECT aksara.save('Order', '{"id": 1, "status": "shipped"}')$$);
SELECT said($$UPDATE orders SET status = 'cancelled'$$), said($$UPDATE orders SET status = 'delivered'$$), said($$UPDATE orders SET status = 'pending'$$);
SELECT status FROM orders;

-- States of other types: as they are written.
SELECT aksara.create_model('Lamp', '{"step": {"type": "Integer", "default": 1}, "lit": {"type": "Boolean", "default": false}}', '{"primary_key": "bigint", "rules": [
  {"transitions": {"1": ["2"], "2": ["1", "3"]}, "field": "step", "message": "Not that step."}, {"transitions": {"false": ["true"]}, "field": "lit", "initial": ["false"], "code": "lit"}]}');
SELECT said($$INSERT INTO lamps (step) VALUES (1)$$), said($$INSERT INTO lamps (lit) VALUES (true)$$), said($$UPDATE lamps SET step = 3$$), said($$UPDATE lamps SET step = 2, lit = true$$), said($$UPDATE lamps SET step = 3, lit = false$$);

-- Columns that are computed are seen by rules as they will be stored.
CREATE FUNCTION not_much(value int) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN value > 10 THEN value || ' is too much' END$$;
CREATE FUNCTION no_five(o jsonb) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN (o ->> 'sum')::int = 5 THEN 'five' END$$;
SELECT aksara.create_model('Sum', '{"a": {"type": "Integer", "normalize": "abs"}, "b": {"type": "Integer", "default": 0}, "sum": {"type": "Generated", "expression": "a + b", "output_field": "Integer", "validators": [{"function": "not_much"}, {"min_value": 0}]}, "share": {"type": "Generated", "expression": "100 / b", "output_field": "Integer"}}',
  '{"primary_key": "bigint", "rules": [{"function": "no_five"}, {"name": "no_four", "check": "sum <> 4 OR now() < ''2000-01-01''", "field": "sum"}]}');
SELECT said($$INSERT INTO sums (a, b) VALUES (-9, 2)$$), said($$INSERT INTO sums (a, b) VALUES (2, 3)$$), said($$INSERT INTO sums (a, b) VALUES (-2, 2)$$), said($$INSERT INTO sums (a, b) VALUES (1, -2)$$), said($$INSERT INTO sums (a, b) VALUES (1, 1)$$), said($$UPDATE sums SET a = -4, b = 1$$), said($$INSERT INTO sums (a) VALUES (1)$$);
SELECT tried(format('SELECT aksara.create(%L, %L)', 'Sum', d)), aksara.full_clean('Sum', d::text) FROM (VALUES ('{"a": -9, "b": 2}'), ('{"a": 2, "b": 3}'), ('{"a": 2, "b": 2}'), ('{"a": 1, "b": -2}'), ('{"a": 3, "b": 1, "x": 1}')) v(d);
SELECT aksara.full_clean('Sum', '{"a": 9, "b": 9}', true), aksara.full_clean('Sum', '{"a": 99}', true);

-- full_clean: nothing is written, and all kinds of problems are told.
TRUNCATE orders RESTART IDENTITY;
SELECT aksara.create('Order', '{"shop": 1, "code": "a", "starts": "2026-01-02", "note": "n", "room": "[1,5)"}') -> 'id';
SELECT aksara.full_clean('Order', '{"shop": 1}');
SELECT aksara.full_clean('Order', '{}');
SELECT aksara.full_clean('Order', '{"shop": 1, "quantiti": 1, "quantity": "many", "status": null, "code": 7}');
SELECT aksara.full_clean('Order', '{"shop": 1, "total": "three", "quantity": 7, "ends": "2026-01-01", "starts": "soon"}');
SELECT aksara.full_clean('Order', '{"shop": 1, "paid": "card", "card": 7}');
SELECT aksara.full_clean('Order', '{"starts": "1900-01-01", "note": "old"}', true);
SELECT aksara.full_clean('Order', '{"shop": 9, "code": "a", "starts": "2026-01-02", "ends": "2025-12-31", "note": "bad", "total": 5}');
SELECT aksara.full_clean('Order', '{"shop": 1, "code": "a", "starts": "2026-01-02", "status": "cancelled"}');
SELECT aksara.full_clean('Order', '{"shop": 1, "note": "n"}');
SELECT aksara.full_clean('Order', '{"shop": 1, "status": "shipped"}');
SELECT aksara.full_clean('Order', '{"id": 1, "shop": 1, "status": "shipped"}');
-- The row itself is no other row; a partial document needs nothing and asks what it can.
SELECT aksara.full_clean('Order', '{"id": 1, "shop": 1, "code": "a", "starts": "2026-01-02", "note": "n"}');
SELECT aksara.full_clean('Order', '{"id": 1, "code": "a", "starts": "2026-01-02"}', true);
SELECT aksara.full_clean('Order', '{"id": 2, "code": "a", "starts": "2026-01-02"}', true);
SELECT aksara.full_clean('Order', '{"starts": "2026-01-02", "ends": "2025-01-01"}', true);
SELECT aksara.full_clean('Order', '{"ends": "2025-01-01"}', true);
SELECT aksara.full_clean('Order', '{"status": null, "shop": 77, "x": 1}', true);
SELECT aksara.full_clean('Order', '{}', true);
SELECT count(*) FROM orders;
SELECT fails($$SELECT aksara.full_clean('Order', '[]')$$);
SELECT fails($$SELECT aksara.full_clean('Order', NULL)$$);
SELECT fails($$SELECT aksara.full_clean(NULL, '{}')$$);
SELECT fails($$SELECT aksara.full_clean('Order', '{}', NULL)$$);
SELECT fails($$SELECT aksara.full_clean('Ordr', '{}')$$);
-- It reads the other rows as the caller, and does so in a read-only transaction.
BEGIN READ ONLY;
SELECT aksara.full_clean('Order', '{"shop": 1, "note": "n"}');
COMMIT;

-- Rules of a live model: each change and what undoes it.
CREATE FUNCTION shape() RETURNS text LANGUAGE sql AS
  $$SELECT md5(aksara.describe('Order')::text || coalesce((SELECT string_agg(conname || pg_get_constraintdef(oid), ',' ORDER BY conname) FROM pg_constraint WHERE conrelid = 'orders'::regclass), '')
    || (SELECT string_agg(indexdef, ',' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'ros' AND tablename = 'orders')
    || coalesce((SELECT string_agg(tgname || pg_get_triggerdef(oid), ',' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = 'orders'::regclass AND NOT tgisinternal), ''))$$;
-- There and back: what undoes it, whether it changed something, and whether the way back leads to the start.
CREATE FUNCTION round_trip(operation json) RETURNS TABLE (undo json, changed boolean, back boolean, again boolean) LANGUAGE plpgsql AS $$
DECLARE first text := shape(); there text; redo json;
BEGIN
	undo := aksara.apply_operation(operation);
	there := shape();
	changed := there <> first;
	redo := aksara.apply_operation(undo);
	back := shape() = first;
	PERFORM aksara.apply_operation(redo);
	again := shape() = there;
	PERFORM aksara.apply_operation(undo);
	RETURN NEXT;
END $$;
SELECT * FROM round_trip('{"op": "add_validator", "model": "Order", "field": "code", "validator": {"regex": "^[a-z]"}}');
SELECT * FROM round_trip('{"op": "add_validator", "model": "Order", "field": "code", "validator": {"regex": "^[a-z]", "name": "small", "message": "Small letters.", "when": "total > 3"}}');
CREATE FUNCTION code_error(value text) RETURNS text LANGUAGE sql AS $$SELECT CASE WHEN value = 'z' THEN 'no z' END$$;
SELECT * FROM round_trip('{"op": "add_validator", "model": "Order", "field": "code", "validator": {"function": "code_error"}}');
SELECT * FROM round_trip('{"op": "add_rule", "model": "Order", "rule": {"name": "few", "check": "quantity < 10", "message": "Too many.", "field": "quantity"}}');
SELECT * FROM round_trip('{"op": "add_rule", "model": "Order", "rule": {"name": "few", "check": "quantity < 10"}, "valid": false}');
SELECT * FROM round_trip('{"op": "add_rule", "model": "Order", "rule": {"name": "once", "unique": ["card"], "scope": ["shop"]}}');
SELECT * FROM round_trip('{"op": "add_rule", "model": "Order", "rule": {"name": "apart", "exclude": [["starts", "="]], "using": "btree", "code": "apart"}}');
SELECT * FROM round_trip('{"op": "add_rule", "model": "Order", "rule": {"function": "of_json", "name": "again"}}');
SELECT * FROM round_trip('{"op": "add_rule", "model": "Order", "rule": {"transitions": {"a": ["b"]}, "field": "card"}}');
SELECT * FROM round_trip('{"op": "add_rule", "model": "Order", "rule": {"name": "soon", "check": "starts < now() + interval ''1000 years''", "message": "Too late."}}');
SELECT * FROM round_trip('{"op": "remove_rule", "model": "Order", "name": "ends_after_start"}');
SELECT * FROM round_trip('{"op": "remove_rule", "model": "Order", "name": "one_code_a_day"}');
SELECT * FROM round_trip('{"op": "remove_rule", "model": "Order", "name": "rooms_apart"}');
SELECT * FROM round_trip('{"op": "remove_rule", "model": "Order", "name": "words"}');
SELECT * FROM round_trip('{"op": "remove_rule", "model": "Order", "name": "not_long_ago"}');
SELECT * FROM round_trip('{"op": "add_rule", "model": "Order", "rule": {"name": "first", "function": "of_text"}, "position": 0}');
SELECT aksara.add_validator('Order', 'code', '{"max_length": 5}', false), aksara.add_validator('Order', 'code', '{"function": "code_error"}'), aksara.add_validator('Order', 'code', '{"min_length": 1}');
SELECT * FROM round_trip('{"op": "remove_validator", "model": "Order", "field": "code", "name": "max_length"}');
SELECT * FROM round_trip('{"op": "remove_validator", "model": "Order", "field": "code", "name": "function"}');
SELECT * FROM round_trip('{"op": "remove_validator", "model": "Order", "field": "code", "name": "min_length"}');
SELECT * FROM round_trip('{"op": "add_validator", "model": "Order", "field": "code", "validator": {"regex": "x|a|z"}, "position": 1}');
SELECT aksara.remove_validator('Order', 'code', 'max_length'), aksara.remove_validator('Order', 'code', 'function'), aksara.remove_validator('Order', 'code', 'min_length');
-- A trigger that has nothing left to do goes, and comes with the first rule that needs it.
SELECT aksara.create_model('Bare', '{"a": {"type": "Integer", "default": 1}}', '{"primary_key": "bigint"}');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'bares'::regclass AND NOT tgisinternal;
CREATE FUNCTION positive(value int) RETURNS boolean LANGUAGE sql AS $$SELECT value > 0$$;
SELECT aksara.add_validator('Bare', 'a', '{"function": "positive"}');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'bares'::regclass AND NOT tgisinternal;
SELECT said($$INSERT INTO bares (a) VALUES (0)$$);
SELECT aksara.add_rule('Bare', '{"name": "now", "check": "a < extract(epoch FROM now())"}');
SELECT aksara.remove_validator('Bare', 'a', 'function');
SELECT said($$INSERT INTO bares (a) VALUES (0)$$), said($$INSERT INTO bares (a) VALUES (2147483647)$$);
SELECT aksara.remove_rule('Bare', 'now');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'bares'::regclass AND NOT tgisinternal;

-- A rule over rows that break it: refused, or made for what comes and looked at later.
TRUNCATE bares RESTART IDENTITY;
INSERT INTO bares (a) VALUES (1), (5), (20);
SELECT fails($$SELECT aksara.add_validator('Bare', 'a', '{"max_value": 10}')$$);
SELECT fails($$SELECT aksara.add_rule('Bare', '{"name": "odd", "check": "a % 2 <> 0", "message": "Odd, please."}')$$);
SELECT aksara.add_validator('Bare', 'a', '{"max_value": 10}', valid => false);
SELECT aksara.add_rule('Bare', '{"name": "odd", "check": "a % 2 <> 0", "message": "Odd, please.", "field": "a"}', valid => false);
SELECT aksara.add_validator('Bare', 'a', '{"function": "positive"}');
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'bares'::regclass AND contype = 'c' ORDER BY 1;
SELECT said($$INSERT INTO bares (a) VALUES (30)$$), said($$SELECT aksara.create('Bare', '{"a": 30}')$$);
SELECT said($$UPDATE bares SET a = a WHERE a = 20$$);
SELECT * FROM aksara.check_existing('Bare');
SELECT fails($$SELECT aksara.validate_rules('Bare')$$);
UPDATE bares SET a = 9 WHERE a = 20;
SELECT aksara.validate_rules('Bare');
SELECT aksara.validate_rules('Bare');
SELECT * FROM aksara.check_existing('Bare');
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'bares'::regclass AND contype = 'c' ORDER BY 1;
SELECT fails($$SELECT aksara.add_rule('Bare', '{"name": "u", "unique": ["a"]}', false)$$);
-- Rules of the trigger look at no row that is there; check_existing does, and tells a row's key.
ALTER TABLE bares DISABLE TRIGGER USER;
INSERT INTO bares (a) VALUES (-1), (-5);
ALTER TABLE bares ENABLE TRIGGER USER;
SELECT * FROM aksara.check_existing('Bare');
SELECT aksara.create_model('Pair', '{"x": "Integer", "y": "Integer", "v": {"type": "Integer", "default": -5}}', '{"primary_key": ["x", "y"]}');
INSERT INTO pairs VALUES (1, 2, -5), (3, 4, 5);
SELECT aksara.add_validator('Pair', 'v', '{"function": "positive", "message": "Not below."}');
SELECT * FROM aksara.check_existing('Pair');
SELECT fails($$SELECT aksara.check_existing('Pairr')$$);
SELECT fails($$SELECT aksara.check_existing(NULL)$$);

-- What cannot work.
CREATE FUNCTION wrong(rule text) RETURNS text LANGUAGE sql AS
  $$SELECT fails(format('SELECT aksara.add_rule(%L, %L)', 'Order', rule))$$;
SELECT wrong('{"check": "quantity > 0"}');
SELECT wrong('{"name": "x", "check": "quantty > 0"}');
SELECT wrong('{"name": "x", "check": "quantity"}');
SELECT wrong('{"name": "x", "check": 7}');
SELECT wrong('{"name": "x", "check": "quantity > (SELECT 1)"}');
SELECT wrong('{"name": "x", "chek": "quantity > 0"}');
SELECT wrong('{"name": "x"}');
SELECT wrong('"check"');
SELECT wrong('[]');
SELECT wrong('{"name": "ends_after_start", "check": "quantity > 0"}');
SELECT wrong('{"name": "words", "function": "of_text"}');
SELECT wrong('{"name": "x", "unique": "nothing"}');
SELECT wrong('{"name": "x", "unique": ["code"], "scope": ["nothing"]}');
SELECT wrong('{"unique": ["code"]}');
SELECT wrong('{"name": "x", "check": "true", "field": "nothing"}');
SELECT wrong('{"name": "x", "function": "of_text", "field": "nothing"}');
SELECT wrong('{"transitions": {"a": ["b"]}}');
SELECT wrong('{"transitions": {"a": ["b"]}, "field": "nothing"}');
SELECT wrong('{"transitions": {"a": "b"}, "field": "code"}');
SELECT wrong('{"transitions": {"a": [1]}, "field": "code"}');
SELECT wrong('{"transitions": ["a"], "field": "code"}');
SELECT wrong('{"transitions": {"a": ["b"]}, "field": "code", "initial": "a"}');
SELECT wrong('{"name": "x", "check": "true", "initial": ["a"]}');
SELECT fails($$SELECT aksara.add_rule(NULL, '{}')$$);
SELECT fails($$SELECT aksara.add_rule('Order', NULL)$$);
SELECT fails($$SELECT aksara.add_rule('Order', '{"name": "x", "check": "true"}', NULL)$$);
SELECT fails($$SELECT aksara.remove_rule('Order', 'worrds')$$);
SELECT fails($$SELECT aksara.remove_rule('Order', NULL)$$);
SELECT fails($$SELECT aksara.remove_rule('Order', 'orders_pkey')$$);
SELECT fails($$SELECT aksara.add_validator('Order', 'cod', '"slug"')$$);
SELECT fails($$SELECT aksara.add_validator('Order', 'shop', '"slug"')$$);
SELECT fails($$SELECT aksara.add_validator('Order', 'code', NULL)$$);
SELECT fails($$SELECT aksara.remove_validator('Order', 'code', 'slug')$$);
SELECT fails($$SELECT aksara.validate_rules('Nothing')$$);
SELECT fails($$SELECT aksara.create_model('W', '{"a": "Text"}', '{"rules": {"check": "true"}}')$$);
SELECT fails($$SELECT aksara.create_model('W', '{"a": "Text"}', '{"rules": [{"name": "x", "check": "true"}, {"name": "x", "check": "false"}]}')$$);
SELECT fails($$SELECT aksara.create_model('W', '{"a": "Text"}', '{"constraint_messages": {"x": {"mesage": "m"}}}')$$);
SELECT fails($$SELECT aksara.create_model('W', '{"a": "Text"}', '{"constraint_messages": {"x": "m"}}')$$);
SELECT fails($$SELECT aksara.create_model('W', '{"n": "Integer"}', '{"rules": [{"name": "x", "check": "n > 1) OR (true"}]}')$$);

-- A table renamed by hand keeps its words, and a session of many roles its list.
SELECT aksara.create_model('W', '{"n": {"type": "Integer", "validators": [{"min_value": 5, "message": "Five at least."}]}}', '{"primary_key": "bigint"}');
ALTER TABLE ws RENAME TO wide;
SELECT fails($$SELECT aksara.create('W', '{"n": 1}')$$);
DO $$
BEGIN
	FOR i IN 1 .. 40 LOOP
		EXECUTE format('CREATE ROLE regress_rule_%s; GRANT USAGE ON SCHEMA ros TO regress_rule_%1$s; GRANT INSERT, SELECT ON wide TO regress_rule_%1$s; SET ROLE regress_rule_%1$s', i);
		PERFORM aksara.create('W', '{"n": 5}');
		RESET ROLE;
		EXECUTE format('REVOKE ALL ON wide FROM regress_rule_%s; REVOKE USAGE ON SCHEMA ros FROM regress_rule_%1$s; DROP ROLE regress_rule_%1$s', i);
	END LOOP;
END $$;
SELECT count(*) FROM wide;
SELECT sum(used_bytes) < 1000000 AS little FROM pg_backend_memory_contexts WHERE name = 'aksara rules of a role';

DROP SCHEMA ros CASCADE;
