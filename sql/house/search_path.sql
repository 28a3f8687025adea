-- Nothing of ours finds a name or an operator along the caller's search_path.  Every query answers with no rows.

-- A function that is not C and does not pin the path. (BEGIN ATOMIC is resolved when it is created.)
SELECT p.oid::regprocedure, p.proconfig
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'aksara'::regnamespace AND p.prokind IN ('f', 'p')
	AND l.lanname NOT IN ('c', 'internal') AND p.prosqlbody IS NULL
	AND NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=pg_catalog, pg_temp']
ORDER BY 1;

-- A default, check, policy, trigger, index or view of ours that calls what is neither ours nor the server's.
SELECT o.type, o.identity, r.identity AS calls
FROM pg_depend d,
	pg_identify_object(d.classid, d.objid, d.objsubid) o,
	pg_identify_object(d.refclassid, d.refobjid, d.refobjsubid) r
WHERE d.classid IN ('pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass,
		'pg_class'::regclass, 'pg_rewrite'::regclass)
	AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass)
	AND o.identity ~ '\maksara\.'
	AND r.schema NOT IN ('aksara', 'pg_catalog')
ORDER BY 2, 3;

-- A view over tables that are not ours and that reads them as its owner.
SELECT DISTINCT v.oid::regclass
FROM pg_class v
	JOIN pg_rewrite w ON w.ev_class = v.oid
	JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
	JOIN pg_class t ON t.oid = d.refobjid
WHERE v.relnamespace = 'aksara'::regnamespace AND v.relkind = 'v'
	AND t.relnamespace NOT IN ('aksara'::regnamespace, 'pg_catalog'::regnamespace)
	AND NOT coalesce(v.reloptions, '{}') && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1']
ORDER BY 1;
