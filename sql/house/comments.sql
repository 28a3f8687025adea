-- Every member says what it is.  The query answers with no rows.
SELECT o.type, o.identity
FROM pg_extension e
	JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
	LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid
	LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid
	LEFT JOIN pg_class r ON r.oid = t.typrelid,
	pg_identify_object(d.classid, d.objid, d.objsubid) o
WHERE e.extname = 'aksara'
	AND (c.relkind IS NULL OR c.relkind NOT IN ('S', 'i'))
	-- From 17 on, arrays and the row types of tables are members of their own.
	AND (t.oid IS NULL OR t.typcategory <> 'A' AND (r.oid IS NULL OR r.relkind = 'c'))
	AND NOT EXISTS (
		SELECT FROM pg_description n
		WHERE n.classoid = d.classid AND n.objoid = d.objid AND n.objsubid = 0 AND n.description <> '')
ORDER BY 1, 2;
