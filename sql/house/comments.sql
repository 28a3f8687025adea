-- Every member says what it is.  The query answers with no rows.
SELECT o.type, o.identity
FROM pg_extension e
	JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
	LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid,
	pg_identify_object(d.classid, d.objid, d.objsubid) o
WHERE e.extname = 'aksara'
	AND (c.relkind IS NULL OR c.relkind NOT IN ('S', 'i'))
	AND NOT EXISTS (
		SELECT FROM pg_description t
		WHERE t.classoid = d.classid AND t.objoid = d.objid AND t.objsubid = 0 AND t.description <> '')
ORDER BY 1, 2;
