-- What a dump carries.  Every query but the last answers with no rows.

-- A table of state that is not marked for dumping. Those named here hold what is looked up again in every database: the
-- numbers the catalog gives to tables and columns. The key of encrypted fields is in no dump, which would show it to who reads that,
-- and tasks and their history are in none, which an ordinary owner could not make.
SELECT c.oid::regclass
FROM pg_class c, pg_extension e
WHERE e.extname = 'aksara' AND c.relnamespace = 'aksara'::regnamespace AND c.relkind IN ('r', 'p')
	AND NOT coalesce(e.extconfig, '{}') @> ARRAY[c.oid]
	AND c.relname NOT IN ('model_oid', 'field_attnum', 'abstract_oid', 'model_claim', 'early', 'relation_oid', 'junction_oid',
		'field_type_oid', 'encryption_key', 'signal_role', 'receiver_role',
		'task_role', 'task_home')
	AND c.relname !~ '^task_(due|later|blocked|dependency|key|cancel|history(_other|_[0-9]{8})?)$'
ORDER BY 1;

-- A sequence behind a dumped table: its place would be lost.
SELECT d.refobjid::regclass AS dumped, s.oid::regclass AS sequence
FROM pg_class s
	JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass
	JOIN pg_extension e ON e.extname = 'aksara' AND d.refobjid = ANY (e.extconfig)
WHERE s.relkind = 'S' AND d.deptype IN ('a', 'i')
ORDER BY 1;

-- A dumped column that holds an object by number: it means something else, or nothing, after a restore.
SELECT a.attrelid::regclass, a.attname, a.atttypid::regtype
FROM pg_attribute a JOIN pg_extension e ON e.extname = 'aksara' AND a.attrelid = ANY (e.extconfig)
WHERE a.attnum > 0 AND NOT a.attisdropped
	AND (a.atttypid = 'oid'::regtype OR a.atttypid::regtype::text ~ '^reg[a-z]+(\[\])?$')
ORDER BY 1, 2;

-- A foreign key of ours without an index that begins with its columns.
SELECT k.conrelid::regclass, k.conname
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE c.relnamespace = 'aksara'::regnamespace AND k.contype = 'f'
	AND NOT EXISTS (
		SELECT FROM pg_index i
		WHERE i.indrelid = k.conrelid AND (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(k.conkey)] @> k.conkey)
ORDER BY 1, 2;

-- A foreign key between dumped tables that points back: there would be no order to load them in.
WITH RECURSIVE points AS (
	SELECT conrelid, confrelid FROM pg_constraint
	WHERE contype = 'f' AND connamespace = 'aksara'::regnamespace AND conrelid <> confrelid
), path AS (
	SELECT conrelid, confrelid FROM points
	UNION
	SELECT path.conrelid, points.confrelid FROM path JOIN points ON points.conrelid = path.confrelid
)
SELECT conrelid::regclass FROM path WHERE conrelid = confrelid ORDER BY 1;

-- The dumped tables, and which of their rows.
SELECT c.relname AS dumped, m.condition
FROM pg_extension e, unnest(e.extconfig, e.extcondition) AS m (relation, condition)
	JOIN pg_class c ON c.oid = m.relation
WHERE e.extname = 'aksara'
ORDER BY c.relname COLLATE "C";
