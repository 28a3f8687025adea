-- Who may call and read what.  The first three queries answer with no rows; the answers to the rest are the agreed lists.

-- A function that runs as its owner and that anyone may call.
SELECT p.oid::regprocedure
FROM pg_proc p
WHERE p.pronamespace = 'aksara'::regnamespace AND p.prosecdef AND has_function_privilege('public', p.oid, 'EXECUTE')
ORDER BY 1;

-- A table or sequence of ours that anyone may change, but for adding to the registry tables: the restore of a dump does
-- that as the owner of the models, and a trigger there accepts only what the owner of the table may say.
SELECT c.oid::regclass, a.privilege_type
FROM pg_class c, aclexplode(c.relacl) a
WHERE c.relnamespace = 'aksara'::regnamespace AND a.grantee = 0
	AND a.privilege_type <> 'SELECT'
	AND NOT (a.privilege_type = 'INSERT' AND EXISTS (
		SELECT FROM pg_trigger g
		WHERE g.tgrelid = c.oid AND g.tgenabled = 'O' AND g.tgtype & 7 = 7))  -- before insert, for each row
ORDER BY 1, 2;

-- A column with a grant of its own.
SELECT attrelid::regclass, attname
FROM pg_attribute
WHERE attacl IS NOT NULL AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'aksara'::regnamespace)
ORDER BY 1, 2;

-- What anyone may do with our tables, views and sequences.
SELECT c.oid::regclass AS relation, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS public_may
FROM pg_class c, aclexplode(c.relacl) a
WHERE c.relnamespace = 'aksara'::regnamespace AND a.grantee = 0
GROUP BY c.oid
ORDER BY c.relname COLLATE "C";

-- What anyone may do with the schema.
SELECT a.privilege_type
FROM pg_namespace n, aclexplode(n.nspacl) a
WHERE n.nspname = 'aksara' AND a.grantee = 0;

-- The functions anyone may call: each does only what the caller's own SQL could do.
SELECT p.proname AS function, count(*) AS forms
FROM pg_proc p
WHERE p.pronamespace = 'aksara'::regnamespace AND has_function_privilege('public', p.oid, 'EXECUTE')
GROUP BY p.proname
ORDER BY p.proname COLLATE "C";

-- The functions nobody but the owner of the extension may call until granted.
SELECT p.proname AS function, count(*) AS forms
FROM pg_proc p
WHERE p.pronamespace = 'aksara'::regnamespace AND NOT has_function_privilege('public', p.oid, 'EXECUTE')
GROUP BY p.proname
ORDER BY p.proname COLLATE "C";
