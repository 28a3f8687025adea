-- What a session keeps of its questions follows the schema, the user and search_path, and is bounded.
\set ECHO none
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA qwarm;
SET search_path = qwarm;
SELECT aksara.create_model('qwarm.Team', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('qwarm.Player', '{
	"name":   {"type": "String", "max_length": 20},
	"points": {"type": "Integer", "default": 0},
	"team":   {"type": "ForeignKey", "to": "Team", "on_delete": "CASCADE", "nullable": true, "related_name": "players"}
}', '{"primary_key": "bigint"}');
INSERT INTO teams (name) VALUES ('Red'), ('Blue');
INSERT INTO players (name, points, team_id) VALUES ('Ada', 10, 1), ('Bob', 20, 1), ('Cyd', 30, 2);
CREATE VIEW kept AS SELECT * FROM aksara.query_cache();
GRANT SELECT ON kept TO PUBLIC;
-- How many questions are kept, and how many calls were answered from them.
CREATE FUNCTION looked(OUT questions bigint, OUT calls bigint) LANGUAGE sql AS 'SELECT count(*), coalesce(sum(calls), 0) FROM aksara.query_cache()';
\o
\pset format unaligned
\pset tuples_only on
\set VERBOSITY verbose
\set SHOW_CONTEXT never
\set ECHO all

-- A rename, a new type, a drop: the next call is about the schema as it is.
SELECT aksara.get('Player', '{"name": "Ada"}'), aksara.get('Player', '{"name": "Bob"}');
SELECT * FROM looked();
ALTER TABLE players RENAME COLUMN points TO score;
SELECT * FROM looked();
SELECT aksara.get('Player', '{"name": "Cyd"}');
SELECT aksara.get('Player', '{"points": 10}') ->> 'name', aksara.get('Player', '{"points": 20}') ->> 'name';
SELECT aksara.rename_field('Player', 'points', 'goals');
SELECT aksara.get('Player', '{"goals": 30}') ->> 'name';
\set VERBOSITY terse
SELECT aksara.get('Player', '{"points": 30}') ->> 'name';
SELECT aksara.get('Player', '{"goals": "many"}') ->> 'name';
SELECT aksara.get('Player', '{"goals": "10"}') ->> 'name';
ALTER TABLE players ALTER COLUMN score TYPE text;
SELECT aksara.get('Player', '{"goals": "10"}') ->> 'name', aksara.get_or_none('Player', '{"goals": "many"}') IS NULL;
ALTER TABLE players ALTER COLUMN score TYPE integer USING score::integer;
SELECT aksara.get('Player', '{"goals": "10"}') ->> 'name';
SELECT aksara.get('Player', '{"goals": "many"}') ->> 'name';
SELECT aksara.add_field('Player', 'nick', '{"type": "String", "nullable": true}') IS NOT NULL;
SELECT aksara.get('Player', '{"goals": 10}');
SELECT aksara.remove_field('Player', 'nick') IS NOT NULL;
SELECT aksara.get('Player', '{"goals": 10}');

-- What a savepoint takes back is taken back here too.
BEGIN;
SELECT aksara.get('Player', '{"name": "Ada"}') ->> 'goals';
SAVEPOINT before;
ALTER TABLE players RENAME COLUMN score TO points;
SELECT aksara.rename_field('Player', 'goals', 'hits');
SELECT aksara.get('Player', '{"name": "Ada"}') ->> 'hits', aksara.get('Player', '{"name": "Bob"}') ->> 'hits';
SELECT aksara.get('Player', '{"hits": 30}') ->> 'name';
ROLLBACK TO before;
SELECT aksara.get('Player', '{"name": "Ada"}') ->> 'goals', aksara.get('Player', '{"name": "Ada"}') ->> 'hits';
SELECT aksara.get('Player', '{"hits": 30}') ->> 'name';
ROLLBACK;
SELECT aksara.get('Player', '{"name": "Cyd"}') ->> 'goals';

-- search_path decides what model a name is.
\o /dev/null
CREATE SCHEMA qwarm_other;
SELECT aksara.create_model('qwarm_other.Player', '{"name": "String", "height": "Integer"}', '{"primary_key": "bigint"}');
INSERT INTO qwarm_other.players (name, height) VALUES ('Ada', 180);
\o
SELECT aksara.get('Player', '{"name": "Ada"}') ->> 'height', aksara.get('qwarm_other.Player', '{"name": "Ada"}') ->> 'height';
SET search_path = qwarm_other, qwarm;
SELECT aksara.get('Player', '{"name": "Ada"}') ->> 'height', aksara.get('qwarm.Player', '{"name": "Ada"}') ->> 'goals';
SELECT aksara.get('Team', '{"name": "Red"}') ->> 'id';
SELECT aksara.create_model('qwarm_other.Team', '{"name": "String"}');
SELECT aksara.get_or_none('Team', '{"name": "Red"}') IS NULL;
SET search_path = qwarm;
SELECT aksara.get('Player', '{"name": "Ada"}') ->> 'goals', aksara.get('Team', '{"name": "Red"}') ->> 'id';
SELECT aksara.drop_model('qwarm_other.Team') IS NOT NULL;

-- Each user has his own: rights on the schema, grants and row security are looked at for him.
\o /dev/null
CREATE ROLE regress_query_warm_reader;
CREATE ROLE regress_query_warm_stranger;
GRANT USAGE ON SCHEMA qwarm TO regress_query_warm_reader;
GRANT SELECT ON players, teams TO regress_query_warm_reader, regress_query_warm_stranger;
GRANT EXECUTE ON FUNCTION looked() TO PUBLIC;
ALTER TABLE players ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON players FOR SELECT TO regress_query_warm_reader USING (score > 10);
\o
SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}'), aksara.count('qwarm.Player', '{"name__startswith": "B"}');
SET ROLE regress_query_warm_reader;
SELECT * FROM looked();
SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}'), aksara.count('qwarm.Player', '{"name__startswith": "B"}');
SELECT * FROM looked();
RESET ROLE;
SET ROLE regress_query_warm_stranger;
SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}');
RESET ROLE;
GRANT USAGE ON SCHEMA qwarm TO regress_query_warm_stranger;
SET ROLE regress_query_warm_stranger;
SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}'), aksara.count('qwarm.Player', '{"name__startswith": "B"}');
RESET ROLE;
REVOKE USAGE ON SCHEMA qwarm FROM regress_query_warm_reader;
SET ROLE regress_query_warm_reader;
SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}');
RESET ROLE;
GRANT USAGE ON SCHEMA qwarm TO regress_query_warm_reader;
SET ROLE regress_query_warm_reader;
SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}'), aksara.count('qwarm.Player', '{"name__startswith": "B"}');
RESET ROLE;
DROP POLICY few ON players;
CREATE POLICY many ON players FOR SELECT TO regress_query_warm_reader USING (true);
REVOKE SELECT ON players FROM regress_query_warm_stranger;
SET ROLE regress_query_warm_reader;
SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}');
SET ROLE regress_query_warm_stranger;
SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}');
RESET ROLE;
SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}');
-- A function that runs as its owner asks as its owner.
\o /dev/null
CREATE FUNCTION as_owner() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
	AS $$SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}')$$;
\o
SET ROLE regress_query_warm_stranger;
SELECT as_owner();
SELECT aksara.count('qwarm.Player', '{"name__startswith": "A"}');
RESET ROLE;

-- A policy that asks the same question while it is being answered, deeper and deeper, with other values.
\o /dev/null
CREATE FUNCTION leads_to(player text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE player WHEN 'Ada' THEN aksara.get_or_none('qwarm.Player', '{"name": "Bob"}') IS NOT NULL
		WHEN 'Bob' THEN aksara.get_or_none('qwarm.Player', '{"name": "Cyd"}') IS NOT NULL
		ELSE true END;
END $$;
DROP POLICY many ON players;
CREATE POLICY chain ON players FOR SELECT TO regress_query_warm_reader USING (leads_to(name));
\o
SET ROLE regress_query_warm_reader;
SELECT aksara.get_or_none('qwarm.Player', '{"name": "Ada"}') ->> 'goals', aksara.get_or_none('qwarm.Player', '{"name": "Ada"}') ->> 'goals', aksara.get_or_none('qwarm.Player', '{"name": "Bob"}') ->> 'goals';
SELECT question, calls FROM kept WHERE question LIKE 'get%';
RESET ROLE;
-- One that changes the schema while the question is being answered, and one that fails.
\o /dev/null
CREATE FUNCTION meddles(player text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	ALTER TABLE qwarm.teams ADD COLUMN motto text;
	ALTER TABLE qwarm.teams DROP COLUMN motto;
	IF aksara.get('qwarm.Team', '{"name": "Red"}') ->> 'id' <> aksara.get('qwarm.Team', '{"name": "Red"}') ->> 'id' THEN
		RAISE 'two answers';
	END IF;
	IF player = 'Bob' THEN
		RAISE 'not Bob';
	END IF;
	RETURN true;
END $$;
DROP POLICY chain ON players;
CREATE POLICY meddling ON players FOR SELECT TO regress_query_warm_reader USING (meddles(name));
\o
SET ROLE regress_query_warm_reader;
SELECT aksara.get('qwarm.Player', '{"name": "Ada"}') ->> 'goals', aksara.get('qwarm.Player', '{"name": "Cyd"}') ->> 'goals';
SELECT aksara.get('qwarm.Player', '{"name": "Bob"}') ->> 'goals';
SELECT aksara.get('qwarm.Player', '{"name": "Cyd"}') ->> 'goals', aksara.get('qwarm.Player', '{"name": "Ada"}') ->> 'goals';
SELECT aksara.get('qwarm.Player', '{"name": "Bob"}') ->> 'goals';
RESET ROLE;
-- Nothing of it is left behind.
SELECT count(*) AS contexts FROM pg_backend_memory_contexts WHERE name = 'aksara question' \gset
SET ROLE regress_query_warm_reader;
SELECT aksara.get('qwarm.Player', '{"name": "Ada"}') ->> 'goals' FROM generate_series(1, 3);
SELECT aksara.get('qwarm.Player', '{"name": "Bob"}') ->> 'goals';
RESET ROLE;
SELECT count(*) - :contexts FROM pg_backend_memory_contexts WHERE name = 'aksara question';
DROP POLICY meddling ON players;
ALTER TABLE players DISABLE ROW LEVEL SECURITY;
SELECT * FROM looked();

-- No more than 256 are kept; those asked last stay.
DO $$
BEGIN
	FOR i IN 1..300 LOOP
		PERFORM aksara.fetch_all(format('{"model": "Player", "filter": {"goals": %s}, "limit": %s}', i, i)::aksara.queryset);
	END LOOP;
	PERFORM aksara.fetch_all('{"model": "Player", "filter": {"goals": 1}, "limit": 300}');
	PERFORM aksara.fetch_all('{"model": "Player", "filter": {"goals": 1}, "limit": 45}');
	PERFORM aksara.fetch_all('{"model": "Player", "filter": {"goals": 1}, "limit": 1}');
END $$;
SELECT * FROM looked();
SELECT question, calls FROM kept LIMIT 4;
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'aksara question';
-- A question that is too large to be kept is answered all the same, and so is one about many values.
SELECT json_array_length(aksara.fetch_all(json_build_object('model', 'Player', 'filter', json_build_object('goals__in', (SELECT json_agg(n) FROM generate_series(1, 5000) n)))));
SELECT json_array_length(aksara.fetch_all(json_build_object('model', 'Player', 'filter', (SELECT json_agg(json_build_object('goals__gt', n)) FROM generate_series(-100, 5) n))));
SELECT json_array_length(aksara.fetch_all(json_build_object('model', 'Player', 'filter', (SELECT json_agg(json_build_object('goals__gt', n)) FROM generate_series(-100, 15) n))));
SELECT question, calls FROM kept LIMIT 3;
-- A change anywhere lets go of all of it.
ALTER TABLE teams ADD COLUMN motto text;
SELECT * FROM looked();
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'aksara question';
SELECT aksara.get('Player', '{"name": "Ada"}') ->> 'goals';
SELECT * FROM looked();
SELECT aksara.drop_model('Player') IS NOT NULL;
SELECT aksara.get('Player', '{"name": "Ada"}') ->> 'goals';

\set ECHO none
\o /dev/null
DROP SCHEMA qwarm, qwarm_other CASCADE;
DROP ROLE regress_query_warm_reader;
DROP ROLE regress_query_warm_stranger;
\o
