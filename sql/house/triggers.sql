-- Trigger functions that anyone may attach to anything: whatever that is, it works or is refused in a sentence.
CREATE ROLE regress_house_attacher;
CREATE SCHEMA house_triggers AUTHORIZATION regress_house_attacher;
SET ROLE regress_house_attacher;
SET search_path = house_triggers;

CREATE TABLE plain (id int, name text);
CREATE VIEW seen AS SELECT * FROM plain;
CREATE TABLE parts (id int, name text) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF parts DEFAULT;
CREATE TABLE columnless ();
CREATE TABLE answers (trigger text, action text, answer text);

-- Attaches, does everything to the table, takes off; notes every error but those of CREATE TRIGGER itself.
CREATE FUNCTION attach(head text, relation text, tail text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	made text := format('CREATE TRIGGER attached %s ON %s %s', head, relation, tail);
	action text;
	code text;
	said text;
BEGIN
	BEGIN
		EXECUTE made;
	EXCEPTION WHEN others THEN
		RETURN;
	END;
	FOREACH action IN ARRAY CASE relation WHEN 'columnless' THEN ARRAY['INSERT INTO columnless DEFAULT VALUES', 'DELETE FROM columnless']
		ELSE ARRAY['INSERT INTO %s VALUES (1, ''a''), (NULL, NULL)', 'UPDATE %s SET id = id + 1, name = NULL',
			'DELETE FROM %s', 'TRUNCATE %s'] END LOOP
		CONTINUE WHEN action ~ '^TRUNCATE' AND relation = 'seen';
		BEGIN
			EXECUTE format(action, relation);
		EXCEPTION WHEN others THEN
			GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, said = MESSAGE_TEXT;
			INSERT INTO answers VALUES (format('%s ON %s %s', head, relation, tail), format(action, relation), code || ' ' || said);
		END;
	END LOOP;
	EXECUTE format('DROP TRIGGER attached ON %s', relation);
END $$;

SELECT count(attach(head, relation, format('FOR EACH %s EXECUTE FUNCTION %s(%s)', each, function, arguments))) > 0 AS attached
FROM unnest(ARRAY['BEFORE INSERT OR UPDATE OR DELETE', 'AFTER INSERT OR UPDATE OR DELETE', 'INSTEAD OF INSERT OR UPDATE OR DELETE',
		'BEFORE UPDATE', 'AFTER UPDATE OF id', 'BEFORE DELETE', 'AFTER DELETE', 'BEFORE TRUNCATE', 'AFTER TRUNCATE']) head,
	unnest(ARRAY['plain', 'seen', 'parts', 'columnless']) relation,
	unnest(ARRAY['ROW', 'STATEMENT']) each,
	unnest(ARRAY['', '''id''', '''nope'', ''2'', ''''', '''{"id": 1}''']) arguments,
	(SELECT p.oid::regproc::text AS function FROM pg_proc p
		WHERE pronamespace = 'aksara'::regnamespace AND prorettype = 'trigger'::regtype AND has_function_privilege(p.oid, 'EXECUTE')) f;

-- An internal error: no rows.
SELECT * FROM answers WHERE answer ~ '^XX' ORDER BY 1, 2;
-- What is said.
SELECT DISTINCT substring(trigger FROM 'aksara\.\w+') AS function, answer COLLATE "C" AS answer FROM answers ORDER BY 1, 2;

-- The event trigger function: a superuser alone can attach it, and at other events it does no harm.
CREATE EVENT TRIGGER regress_house ON sql_drop EXECUTE FUNCTION aksara.follow_ddl();
RESET ROLE;
CREATE EVENT TRIGGER regress_house_start ON ddl_command_start EXECUTE FUNCTION aksara.follow_ddl();
COMMENT ON TABLE plain IS 'x';
DROP EVENT TRIGGER regress_house_start;
CREATE EVENT TRIGGER regress_house_drop ON sql_drop EXECUTE FUNCTION aksara.follow_ddl();
DROP VIEW seen;
DROP EVENT TRIGGER regress_house_drop;
CREATE EVENT TRIGGER regress_house_rewrite ON table_rewrite EXECUTE FUNCTION aksara.follow_ddl();
ALTER TABLE plain ALTER id TYPE text;
DROP EVENT TRIGGER regress_house_rewrite;

SET client_min_messages = warning;
DROP SCHEMA house_triggers CASCADE;
DROP ROLE regress_house_attacher;
