-- Every function says how volatile it is and whether parallel workers may run it.

-- One that reads or computes and was left at "parallel unsafe": no rows but one that opens a subtransaction.
SELECT p.oid::regprocedure, p.provolatile, p.proparallel
FROM pg_proc p
WHERE p.pronamespace = 'aksara'::regnamespace AND p.provolatile <> 'v' AND p.proparallel = 'u'
ORDER BY 1;

-- One that may write and was declared safe for workers: no rows.
SELECT p.oid::regprocedure, p.provolatile, p.proparallel
FROM pg_proc p
WHERE p.pronamespace = 'aksara'::regnamespace AND p.provolatile = 'v' AND p.proparallel <> 'u'
ORDER BY 1;

-- A public function that is STRICT would answer a NULL argument with a silent NULL. No rows but the type functions,
-- which the server calls.
SELECT p.oid::regprocedure
FROM pg_proc p
WHERE p.pronamespace = 'aksara'::regnamespace AND p.proisstrict
	AND NOT EXISTS (SELECT FROM pg_type t WHERE p.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend))
	AND NOT EXISTS (SELECT FROM pg_cast c WHERE c.castfunc = p.oid)
ORDER BY 1;

-- The volatile ones, triggers apart: each writes, or answers anew each time.
SELECT DISTINCT p.proname COLLATE "C" AS function
FROM pg_proc p
WHERE p.pronamespace = 'aksara'::regnamespace AND p.provolatile = 'v'
	AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
ORDER BY 1;
