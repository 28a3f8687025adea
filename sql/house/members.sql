-- Everything the extension brings lies in schema aksara, and nothing else does.  Every query answers with no rows.

-- The schema belongs to who owns the extension.
SELECT n.nspowner::regrole AS schema_owner, e.extowner::regrole AS extension_owner
FROM pg_extension e, pg_namespace n
WHERE e.extname = 'aksara' AND n.nspname = 'aksara' AND n.nspowner <> e.extowner;

-- A member outside the schema.
SELECT o.type, o.identity
FROM pg_extension e
	JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e',
	pg_identify_object(d.classid, d.objid, d.objsubid) o
WHERE e.extname = 'aksara' AND o.schema IS DISTINCT FROM 'aksara'
	AND o.identity <> 'aksara' AND o.type NOT IN ('cast', 'event trigger')
ORDER BY 1, 2;

-- An object in the schema that is no member. (Indexes, row types and array types belong to theirs.)
SELECT o.type, o.identity
FROM (
		SELECT 'pg_class'::regclass AS class, oid FROM pg_class
		WHERE relnamespace = 'aksara'::regnamespace AND relkind NOT IN ('i', 'I', 't', 'c')
		UNION ALL
		SELECT 'pg_proc'::regclass, oid FROM pg_proc WHERE pronamespace = 'aksara'::regnamespace
		UNION ALL
		SELECT 'pg_operator'::regclass, oid FROM pg_operator WHERE oprnamespace = 'aksara'::regnamespace
		UNION ALL
		SELECT 'pg_opclass'::regclass, oid FROM pg_opclass WHERE opcnamespace = 'aksara'::regnamespace
		UNION ALL
		SELECT 'pg_type'::regclass, t.oid FROM pg_type t
		WHERE typnamespace = 'aksara'::regnamespace
			AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
			AND NOT EXISTS (SELECT FROM pg_type base WHERE base.typarray = t.oid)
	) object,
	pg_identify_object(class, oid, 0) o
WHERE NOT EXISTS (
	SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
	WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'aksara'
		AND d.classid = object.class AND d.objid = object.oid)
ORDER BY 1, 2;

-- A C function that lives elsewhere than in aksara's library, or whose symbol has no prefix.
SELECT p.oid::regprocedure, p.probin, p.prosrc
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = 'aksara'::regnamespace AND l.lanname = 'c'
	AND (p.prosrc !~ '^ak_[a-z]+_' OR p.probin <> '$libdir/aksara')
ORDER BY 1;
