-- What happens to the rows that refer to a row that is deleted: seven kinds, by raw SQL and by aksara.delete.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA od;
SET search_path = od;

-- Top <-CASCADE- Mid <-kind- Low, once for each kind.
SELECT aksara.create_model('Top', '{"name": {"type": "Text", "nullable": true}}', meta => '{"primary_key": "bigint"}');
CREATE TABLE kinds (n serial, kind text, word text);
INSERT INTO kinds (kind, word) VALUES ('CASCADE', 'Cascade'), ('PROTECT', 'Protect'), ('RESTRICT', 'Restrict'), ('SET_NULL', 'Null'),
	('SET_DEFAULT', 'Default'), ('SET(3 + 5)', 'Value'), ('DO_NOTHING', 'Nothing');
SELECT n, aksara.create_model(word || 'Mid', '{"top": {"type": "ForeignKey", "to": "Top", "on_delete": "CASCADE"}}', meta => '{"primary_key": "bigint"}'),
	aksara.create_model(word || 'Low', json_build_object('mid', json_build_object('type', 'ForeignKey', 'to', word || 'Mid',
		'on_delete', kind, 'nullable', true, 'default', 7)), meta => '{"primary_key": "bigint"}')
FROM kinds ORDER BY n;
-- What each is in the catalog.
SELECT k.kind, pg_get_constraintdef(c.oid) AS native_key,
	(SELECT string_agg(tgname, ' ') FROM pg_trigger WHERE tgrelid = c.confrelid AND NOT tgisinternal) AS trigger_on_target
FROM kinds k JOIN pg_constraint c ON c.conrelid = (lower(word) || '_lows')::regclass AND c.contype = 'f' ORDER BY k.n;

-- One try: Mid 1 hangs on Top 1, Mids 7 and 8 on Top 2; Low 1, if there is a blocker, hangs on Mid 1. At level 1 Mid 1 is
-- deleted, at level 2 Top 1 above it. The outcome is told and everything undone.
CREATE FUNCTION try(kind text, level int, blocker boolean, api boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	word text := (SELECT k.word FROM kinds k WHERE k.kind = try.kind);
	target text := CASE level WHEN 1 THEN word || 'Mid' ELSE 'Top' END;
	mids text := lower(word) || '_mids';
	lows text := lower(word) || '_lows';
	outcome text;
	counts text := '';
BEGIN
	BEGIN
		INSERT INTO tops (id) VALUES (1), (2);
		EXECUTE format('INSERT INTO %I (id, top_id) VALUES (1, 1), (7, 2), (8, 2)', mids);
		IF blocker THEN
			EXECUTE format('INSERT INTO %I (id, mid_id) VALUES (1, 1)', lows);
		END IF;
		IF api THEN
			counts := ' ' || regexp_replace((aksara.delete_by_key(target, 1) -> 'by_model')::text, 'od\.|"', '', 'g');
		ELSE
			EXECUTE format('DELETE FROM %I WHERE id = 1', CASE level WHEN 1 THEN mids ELSE 'tops' END);
		END IF;
		EXECUTE format('SELECT CASE count(*) FILTER (WHERE m.id = 1) WHEN 0 THEN ''mid gone'' ELSE ''mid stays'' END FROM %I m', mids) INTO outcome;
		IF blocker THEN
			EXECUTE format('SELECT $1 || coalesce((SELECT '', low -> '' || coalesce(mid_id::text, ''NULL'') FROM %I), '', low gone'')', lows)
				INTO outcome USING outcome;
		END IF;
		RAISE EXCEPTION USING errcode = 'UNDO1';
	EXCEPTION
		WHEN SQLSTATE 'UNDO1' THEN RETURN outcome || counts;
		WHEN OTHERS THEN RETURN SQLSTATE;
	END;
END $$;

SELECT kind, level, blocker, try(kind, level, blocker, false) AS raw, try(kind, level, blocker, true) AS api
FROM kinds, generate_series(1, 2) level, unnest(ARRAY[false, true]) blocker
ORDER BY n, level, blocker;

-- The message: which rows stand in the way, up to ten by key, all relations of the row together. (aksara.delete asks about RESTRICT
-- when all is done, so PROTECT refuses first.)
SELECT aksara.create_model('User', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Order', '{
  "customer": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT", "related_name": "orders"},
  "clerk":    {"type": "ForeignKey", "to": "User", "on_delete": "RESTRICT", "nullable": true, "related_name": "handled"}
}', meta => '{"primary_key": "bigint"}');
INSERT INTO users (name) VALUES ('Ann'), ('Bob'), ('Cy');
INSERT INTO orders (customer_id, clerk_id) VALUES (1, 2), (1, 1);
INSERT INTO orders (customer_id) SELECT 3 FROM generate_series(1, 12);
DELETE FROM users WHERE id = 1;
\echo :SQLSTATE
SELECT aksara.delete_by_key('User', 1);
\echo :SQLSTATE
DELETE FROM users WHERE id = 3;
SELECT aksara.delete_by_key('User', 2);
\echo :SQLSTATE
DO $$
DECLARE s text; t text; c text;
BEGIN
	DELETE FROM users WHERE id = 2;
EXCEPTION WHEN restrict_violation THEN
	GET STACKED DIAGNOSTICS s = SCHEMA_NAME, t = TABLE_NAME, c = CONSTRAINT_NAME;
	RAISE WARNING 'schema %, table %, constraint %', s, t, c;
END $$;
-- Without blockers it is gone, and counted.
DELETE FROM orders WHERE clerk_id = 2;
SELECT aksara.delete_by_key('User', '2');
SELECT name FROM users ORDER BY 1;

-- Two keys from one child to one parent, declared in both orders. PROTECT always refuses. RESTRICT forgives a row that the same
-- aksara.delete takes away; raw SQL gets the strict reading.
SELECT aksara.create_model('Pair', '{"name": {"type": "Text", "nullable": true}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model(n, f::json, '{"primary_key": "bigint"}') FROM (VALUES
	('CascadeProtect',  '{"a": {"type": "ForeignKey", "to": "Pair", "on_delete": "CASCADE", "related_name": "+"}, "b": {"type": "ForeignKey", "to": "Pair", "on_delete": "PROTECT", "related_name": "+"}}'),
	('ProtectCascade',  '{"b": {"type": "ForeignKey", "to": "Pair", "on_delete": "PROTECT", "related_name": "+"}, "a": {"type": "ForeignKey", "to": "Pair", "on_delete": "CASCADE", "related_name": "+"}}'),
	('CascadeRestrict', '{"a": {"type": "ForeignKey", "to": "Pair", "on_delete": "CASCADE", "related_name": "+"}, "b": {"type": "ForeignKey", "to": "Pair", "on_delete": "RESTRICT", "related_name": "+"}}'),
	('RestrictCascade', '{"b": {"type": "ForeignKey", "to": "Pair", "on_delete": "RESTRICT", "related_name": "+"}, "a": {"type": "ForeignKey", "to": "Pair", "on_delete": "CASCADE", "related_name": "+"}}')) v (n, f);
CREATE FUNCTION told(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE outcome text;
BEGIN
	BEGIN
		EXECUTE statement INTO outcome;
		outcome := coalesce(regexp_replace((outcome::json -> 'by_model')::text, 'od\.|"', '', 'g'), 'deleted');
		RAISE EXCEPTION USING errcode = 'UNDO1';
	EXCEPTION
		WHEN SQLSTATE 'UNDO1' THEN RETURN outcome;
		WHEN OTHERS THEN RETURN SQLSTATE;
	END;
END $$;
CREATE FUNCTION try_pair(child text, api boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE outcome text;
BEGIN
	DELETE FROM cascade_protects; DELETE FROM protect_cascades; DELETE FROM cascade_restricts; DELETE FROM restrict_cascades; DELETE FROM pairs;
	INSERT INTO pairs (id) VALUES (1);
	EXECUTE format('INSERT INTO %I (a_id, b_id) VALUES (1, 1)', child);
	RETURN told(CASE WHEN api THEN $q$SELECT aksara.delete_by_key('Pair', 1)$q$ ELSE 'DELETE FROM pairs RETURNING NULL' END);
END $$;
SELECT child, try_pair(child, false) AS raw, try_pair(child, true) AS api
FROM unnest(ARRAY['cascade_protects', 'protect_cascades', 'cascade_restricts', 'restrict_cascades']) child;

-- The diamond: Top cascades to Left and Right, both of which Bottom hangs on, over PROTECT or RESTRICT on the left and over CASCADE
-- on the right; the side that is declared first cascades first, and either may be a step longer. aksara.delete does not depend on any of it:
-- PROTECT refuses, RESTRICT forgives a Bottom that the right side takes away. Raw SQL is strict, but for one case: a
-- Bottom that a shorter way, declared first, has already taken away when Left goes.
CREATE FUNCTION make_side(prefix text, side text, length int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE up text := prefix || 'Top';
BEGIN
	IF length = 2 THEN
		PERFORM aksara.create_model(prefix || 'Over' || side, json_build_object('up', json_build_object('type', 'ForeignKey', 'to', up)), '{"primary_key": "bigint"}');
		up := prefix || 'Over' || side;
	END IF;
	PERFORM aksara.create_model(prefix || side, json_build_object('up', json_build_object('type', 'ForeignKey', 'to', up)), '{"primary_key": "bigint"}');
END $$;
CREATE FUNCTION make_diamond(prefix text, kind text, first text, left_length int, right_length int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM aksara.create_model(prefix || 'Top', '{"x": {"type": "Text", "nullable": true}}', '{"primary_key": "bigint"}');
	IF first = 'left' THEN
		PERFORM make_side(prefix, 'Left', left_length), make_side(prefix, 'Right', right_length);
	ELSE
		PERFORM make_side(prefix, 'Right', right_length), make_side(prefix, 'Left', left_length);
	END IF;
	PERFORM aksara.create_model(prefix || 'Bottom', json_build_object(
		'left', json_build_object('type', 'ForeignKey', 'to', prefix || 'Left', 'on_delete', kind),
		'right', json_build_object('type', 'ForeignKey', 'to', prefix || 'Right', 'nullable', true)), '{"primary_key": "bigint"}');
END $$;
CREATE TABLE diamonds AS
	SELECT row_number() OVER (ORDER BY kind, l, r, first) AS n, kind, first, l, r
	FROM unnest(ARRAY['PROTECT', 'RESTRICT']) kind, unnest(ARRAY['left', 'right']) first, (VALUES (1, 1), (1, 2), (2, 1)) v (l, r);
SELECT count(make_diamond('D' || n, kind, first, l, r)) AS diamonds FROM diamonds;
-- One row in each table; Bottom hangs on both sides or on the left alone.
CREATE FUNCTION try_diamond(n bigint, on_both boolean, api boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	prefix text := 'd' || n || '_';
	side record;
	outcome text;
BEGIN
	BEGIN
		EXECUTE format('INSERT INTO %I (id) VALUES (1)', prefix || 'tops');
		FOR side IN SELECT format('INSERT INTO %I (id, up_id) VALUES (1, 1)', table_name) AS sql
			FROM aksara.model WHERE app = 'od' AND table_name ~ ('^' || prefix || '(over_)?(left|right)s$') ORDER BY table_name ~ '_over_' DESC
		LOOP
			EXECUTE side.sql;
		END LOOP;
		EXECUTE format('INSERT INTO %I (left_id, right_id) VALUES (1, $1)', prefix || 'bottoms') USING CASE WHEN on_both THEN 1 END;
		outcome := told(CASE WHEN api THEN format($q$SELECT aksara.delete_by_key(%L, 1)$q$, 'D' || n || 'Top')
			ELSE format('DELETE FROM %I RETURNING NULL', prefix || 'tops') END);
		RAISE EXCEPTION USING errcode = 'UNDO2';
	EXCEPTION WHEN SQLSTATE 'UNDO2' THEN RETURN outcome;
	END;
END $$;
SELECT kind, l AS left_steps, r AS right_steps, first,
	try_diamond(n, false, false) AS raw, try_diamond(n, false, true) AS api,
	try_diamond(n, true, false) AS raw_both, try_diamond(n, true, true) AS api_both
FROM diamonds ORDER BY n;

-- To itself: a tree is deleted whole. SET(…) changes rows that stay and leaves alone those that the same statement deletes.
SELECT aksara.create_model('Node', '{
  "parent": {"type": "ForeignKey", "to": "self", "on_delete": "SET(0)", "nullable": true, "related_name": "children"},
  "keeper": {"type": "ForeignKey", "to": "self", "on_delete": "RESTRICT", "nullable": true, "related_name": "kept"}
}', meta => '{"primary_key": "bigint"}');
\d nodes
INSERT INTO nodes (id, parent_id) VALUES (0, NULL), (1, NULL), (2, 1), (3, 1), (4, 2);
DELETE FROM nodes WHERE id IN (1, 2);
SELECT id, parent_id FROM nodes ORDER BY id;
UPDATE nodes SET keeper_id = 3 WHERE id = 4;
DELETE FROM nodes WHERE id IN (3, 4);
SELECT aksara.delete('{"model": "Node", "filter": {"id__in": [3, 4]}}');
DELETE FROM nodes;

-- SET takes what an expression of the database can say; it runs as the owner of the referencing table, with search_path pinned.
SELECT aksara.create_model('Account', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
INSERT INTO accounts (id, name) VALUES (1, 'Ann'), (2, 'Bob'), (3, 'ghost');
CREATE FUNCTION ghost() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
	RAISE WARNING 'ghost() runs as %, search_path %', current_user, current_setting('search_path');
	RETURN 3;
END $$;
SELECT aksara.create_model('Comment', '{
  "author": {"type": "ForeignKey", "to": "Account", "on_delete": "SET((SELECT id FROM accounts WHERE name = ''ghost''))", "related_name": "comments"},
  "editor": {"type": "ForeignKey", "to": "Account", "on_delete": "SET(ghost())", "nullable": true, "related_name": "edits"}
}');
SELECT field, set_expression FROM aksara.relation WHERE app = 'od' AND model = 'Comment' ORDER BY 1;
INSERT INTO comments (author_id, editor_id) VALUES (1, 2), (2, 1);
SELECT aksara.delete_by_key('Account', 1);
DELETE FROM accounts WHERE id = 2;
SELECT author_id, editor_id FROM comments;
-- The value itself cannot go while rows are pointed at it.
DELETE FROM accounts WHERE id = 3;
\echo :SQLSTATE

-- Many-to-many: links go, rows on the other side stay; both are counted.
SELECT aksara.create_model('Tag', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{"author": {"type": "ForeignKey", "to": "Account"}, "tags": {"type": "ManyToMany", "to": "Tag"}}', meta => '{"primary_key": "bigint"}');
INSERT INTO accounts (id, name) VALUES (10, 'Eve');
INSERT INTO tags (name) VALUES ('x'), ('y');
INSERT INTO posts (author_id) VALUES (10), (10), (10);
SELECT aksara.related_add('Tag', 1, 'post_set', 1, 2), aksara.related_add('Tag', 2, 'post_set', 1);
SELECT aksara.delete_by_key('Tag', 2);
SELECT aksara.delete_by_key('Account', 10);
SELECT aksara.delete_by_key('Account', 10);

-- A deletion that is rolled back or suppressed inside another forgets what it noted; the outer one goes on.
INSERT INTO users (id, name) VALUES (20, 'Outer'), (21, 'Inner');
INSERT INTO orders (id, customer_id, clerk_id) VALUES (100, 1, 21), (101, 1, 20);
CREATE FUNCTION nest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF old.id = 20 THEN
		UPDATE orders SET clerk_id = NULL WHERE clerk_id = 20;
		BEGIN
			PERFORM aksara.delete_by_key('User', 21);
		EXCEPTION WHEN restrict_violation THEN
			RAISE WARNING 'inner: %', SQLERRM;
		END;
		BEGIN
			DELETE FROM users WHERE id = 21;
			RAISE EXCEPTION USING errcode = 'UNDO1';
		EXCEPTION WHEN SQLSTATE 'UNDO1' THEN NULL;
		END;
	END IF;
	RETURN old;
END $$;
CREATE TRIGGER nest BEFORE DELETE ON users FOR EACH ROW EXECUTE FUNCTION nest();
SELECT aksara.delete_by_key('User', 20);
SELECT id, clerk_id FROM orders WHERE id >= 100 ORDER BY 1;
DELETE FROM users WHERE id = 21;
\echo :SQLSTATE

-- The trigger withstands being attached to anything: on a table that is no model it does nothing.
CREATE TABLE plain (id int);
INSERT INTO plain VALUES (1);
CREATE TRIGGER t1 BEFORE DELETE ON plain FOR EACH ROW EXECUTE FUNCTION aksara.on_delete();
DELETE FROM plain;
CREATE TRIGGER t2 AFTER INSERT ON plain FOR EACH ROW EXECUTE FUNCTION aksara.on_delete();
INSERT INTO plain VALUES (1);
\echo :SQLSTATE
DROP TRIGGER t2 ON plain;
CREATE TRIGGER t3 BEFORE TRUNCATE ON plain FOR EACH STATEMENT EXECUTE FUNCTION aksara.on_delete();
TRUNCATE plain;
\echo :SQLSTATE
SELECT aksara.on_delete();
\echo :SQLSTATE

DROP SCHEMA od CASCADE;
SELECT count(*) AS left_over FROM aksara.relation WHERE app = 'od';
