-- DROP EXTENSION leaves no object behind. In a database of its own, to count everything in it.
SELECT current_database() AS home \gset
CREATE DATABASE regress_house_drop TEMPLATE template0;
\c regress_house_drop

CREATE VIEW everything AS
	SELECT 'class' AS kind, count(*) FROM pg_class WHERE relpersistence <> 't'
	UNION ALL SELECT 'type', count(*) FROM pg_type WHERE typnamespace::regnamespace::text !~ '^pg_temp'
	UNION ALL SELECT 'function', count(*) FROM pg_proc
	UNION ALL SELECT 'operator', count(*) FROM pg_operator
	UNION ALL SELECT 'opclass', count(*) FROM pg_opclass
	UNION ALL SELECT 'cast', count(*) FROM pg_cast
	UNION ALL SELECT 'schema', count(*) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'
	UNION ALL SELECT 'trigger', count(*) FROM pg_trigger
	UNION ALL SELECT 'event trigger', count(*) FROM pg_event_trigger
	UNION ALL SELECT 'policy', count(*) FROM pg_policy
	UNION ALL SELECT 'constraint', count(*) FROM pg_constraint
	UNION ALL SELECT 'comment', count(*) FROM pg_description
	UNION ALL SELECT 'initial privilege', count(*) FROM pg_init_privs
	UNION ALL SELECT 'default privilege', count(*) FROM pg_default_acl;
CREATE TABLE before (kind text, count bigint);
INSERT INTO before SELECT * FROM everything;

CREATE EXTENSION aksara;
DROP EXTENSION aksara;
SELECT * FROM everything EXCEPT SELECT * FROM before;

-- And again, in the same session: nothing remembered stands in the way.
CREATE EXTENSION aksara;
DROP EXTENSION aksara;
SELECT * FROM everything EXCEPT SELECT * FROM before;

\c :home
DROP DATABASE regress_house_drop WITH (FORCE);
