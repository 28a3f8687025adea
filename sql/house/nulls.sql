-- NULL for every argument of every function that anyone may call: an error that names the argument (22004). Told are those
-- that say something else.
CREATE FUNCTION pg_temp.answer(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
	code text;
BEGIN
	EXECUTE call INTO answer;
	RETURN coalesce(answer, 'NULL');
EXCEPTION WHEN others THEN
	GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, answer = MESSAGE_TEXT;
	RETURN code || ' ' || answer;
END $$;

WITH call AS (
	SELECT p.oid::regprocedure AS function, format('SELECT aksara.%I(%s)', p.proname,
		(SELECT string_agg(CASE WHEN n = p.pronargs AND p.provariadic <> 0 AND t <> '"any"'::regtype THEN 'VARIADIC ' ELSE '' END ||
			format('NULL::%s', CASE WHEN t IN ('"any"'::regtype, 'anyelement'::regtype) THEN 'int' ELSE format_type(t, NULL) END), ', ' ORDER BY n)
		FROM unnest(p.proargtypes) WITH ORDINALITY a (t, n))) AS text
	FROM pg_proc p
	WHERE p.pronamespace = 'aksara'::regnamespace AND p.prokind <> 'p' AND has_function_privilege('public', p.oid, 'EXECUTE') AND p.pronargs > 0
		AND NOT 'internal'::regtype = ANY (p.proargtypes) AND NOT 'cstring'::regtype = ANY (p.proargtypes)
		-- Output functions: the server calls them, with a value.
		AND NOT EXISTS (SELECT FROM pg_type t WHERE p.oid IN (t.typoutput, t.typsend))
)
SELECT function, answer
FROM call, pg_temp.answer(text) answer
WHERE answer !~ '^22004 .*"[a-z_]+"'
ORDER BY function::text COLLATE "C";
