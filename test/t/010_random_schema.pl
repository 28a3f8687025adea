# The registry equals the catalog after a random walk of schema operations and changes by hand, and what undoes an
# operation leads back.  AK_STEPS sets the length of the walk, AK_SEED repeats one.

use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $steps = $ENV{AK_STEPS} || 500;
my $seed = $ENV{AK_SEED} || int(rand(1_000_000));
note("AK_SEED=$seed AK_STEPS=$steps");

my $node = PostgreSQL::Test::Cluster->new('walk');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nclient_min_messages = warning\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION aksara');
$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA walk;
CREATE SCHEMA one;
CREATE SCHEMA two;
SET search_path = walk;
CREATE TABLE log (n int, what text, error text);

CREATE FUNCTION junction(r aksara.relation) RETURNS regclass LANGUAGE sql AS $$
	SELECT to_regclass(format('%I.%I', r.junction_schema, r.junction_table))
$$;

-- The tables of models as the catalog has them, without what an operation may name anew.
CREATE FUNCTION facts() RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(DISTINCT fact COLLATE "C" ORDER BY fact COLLATE "C") FROM (
		SELECT format('%s.%s %s %s %s %s %s', o.app, o.model, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
			regexp_replace(pg_get_expr(adbin, adrelid), '::[a-z ]+(\(\d+(,\d+)?\))?|[()]', '', 'g')) AS fact
		FROM aksara.model_oid o JOIN pg_attribute a ON a.attrelid = o.relid AND attnum > 0 AND NOT attisdropped
			LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
		UNION ALL
		SELECT format('%s %s', k.conrelid::regclass, regexp_replace(regexp_replace(pg_get_constraintdef(k.oid), 'varying\(\d+\)', 'varying', 'g'),
			'(ON DELETE SET \w+) \(.*?\)', '\1')) FROM pg_constraint k JOIN aksara.model_oid o ON o.relid = k.conrelid
		UNION ALL
		SELECT regexp_replace(pg_get_indexdef(i.indexrelid), 'INDEX .+? ON', 'INDEX ON') FROM pg_index i JOIN aksara.model_oid o ON o.relid = i.indrelid
		UNION ALL
		SELECT format('%s.%s %s %s', app, name, table_name, meta::jsonb - 'table_name' - 'ordering') FROM aksara.model
		UNION ALL
		SELECT format('%s.%s.%s %s %s', app, model, name, kind, column_name) FROM aksara.field
		UNION ALL
		SELECT format('%s.%s.%s to %s.%s junction %s', app, model, field, target_app, target_model,
			(SELECT array_agg(format_type(atttypid, atttypmod) ORDER BY attnum) FROM pg_attribute
				WHERE attrelid = walk.junction(r) AND attnum > 0 AND NOT attisdropped))
		FROM aksara.relation r WHERE kind = 'ManyToMany'
	) f
$$;

-- Where registry and catalog differ.
CREATE FUNCTION differences() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT format('model %s.%s has no table %s', m.app, m.name, m.table_name) FROM aksara.model m
	WHERE NOT EXISTS (SELECT FROM aksara.model_oid o JOIN pg_class c ON c.oid = o.relid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE o.app = m.app AND o.model = m.name AND n.nspname = m.app AND c.relname = m.table_name)
	UNION ALL
	SELECT format('field %s.%s.%s has no column %s', f.app, f.model, f.name, f.column_name) FROM aksara.field f
	WHERE f.column_name IS NOT NULL AND NOT EXISTS (
		SELECT FROM aksara.model_oid o JOIN aksara.field_attnum s ON s.app = o.app AND s.model = o.model
			JOIN pg_attribute a ON a.attrelid = o.relid AND a.attnum = s.attnum AND NOT a.attisdropped
		WHERE o.app = f.app AND o.model = f.model AND s.field = f.name AND a.attname = f.column_name)
	UNION ALL
	SELECT format('model %s.%s is at a table that is gone', app, model) FROM aksara.model_oid o
	WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = o.relid)
	UNION ALL
	SELECT format('two fields of %s.%s have one column', app, model) FROM aksara.field_attnum GROUP BY app, model, attnum HAVING count(*) > 1
	UNION ALL
	SELECT format('relation %s.%s.%s names constraint %s that is not there', r.app, r.model, r.field, r.constraint_name)
	FROM aksara.relation r
	WHERE r.constraint_name IS NOT NULL AND NOT EXISTS (
		SELECT FROM aksara.model_oid o JOIN pg_constraint k ON k.conrelid = o.relid AND k.conname = r.constraint_name
		WHERE o.app = r.app AND o.model = r.model)
	UNION ALL
	SELECT format('two relations of %s.%s have key %s', app, model, constraint_name) FROM aksara.relation
	WHERE constraint_name IS NOT NULL GROUP BY app, model, constraint_name HAVING count(*) > 1
	UNION ALL
	SELECT format('relation %s.%s.%s has no column %s', r.app, r.model, r.field, name)
	FROM aksara.relation r CROSS JOIN unnest(r.source_columns) name JOIN aksara.model_oid o ON o.app = r.app AND o.model = r.model
	WHERE r.kind <> 'ManyToMany' AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = o.relid AND a.attname = name AND NOT a.attisdropped)
	UNION ALL
	SELECT format('relation %s.%s.%s has no junction %s (%s, %s)', r.app, r.model, r.field, r.junction_table, r.source_columns, r.target_columns)
	FROM aksara.relation r
	WHERE r.junction_table IS NOT NULL AND (walk.junction(r) IS NULL OR EXISTS (
		SELECT FROM unnest(r.source_columns || r.target_columns) name WHERE NOT EXISTS (
			SELECT FROM pg_attribute a WHERE a.attrelid = walk.junction(r) AND a.attname = name AND NOT a.attisdropped)))
	UNION ALL
	SELECT format('junction %s is nobody''s', junction::regclass) FROM aksara.junction_oid o
	WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = o.junction)
	UNION ALL
	SELECT format('relation %s.%s.%s names target %s.%s, which is gone', r.app, r.model, r.field, r.target_app, r.target_model)
	FROM aksara.relation r JOIN aksara.relation_oid o USING (app, model, field)
	WHERE EXISTS (SELECT FROM pg_class c WHERE c.oid = o.target)
		AND NOT EXISTS (SELECT FROM aksara.model m WHERE m.app = r.target_app AND m.name = r.target_model)
	UNION ALL
	SELECT format('describe(%s.%s) has other fields', m.app, m.name) FROM aksara.model m
	WHERE json_array_length(aksara.describe(m.app || '.' || m.name) -> 'fields')
		IS DISTINCT FROM (SELECT count(*)::int FROM aksara.field f WHERE f.app = m.app AND f.model = m.name)
	UNION ALL
	SELECT 'ai_schemas() has other models'
	WHERE json_array_length(aksara.ai_schemas()) IS DISTINCT FROM (SELECT count(*)::int FROM aksara.model)
$$;

CREATE FUNCTION pick(choices text[]) RETURNS text LANGUAGE sql AS 'SELECT choices[1 + floor(random() * cardinality(choices))::int]';
CREATE FUNCTION any_model() RETURNS text LANGUAGE sql AS $$
	SELECT walk.pick(array_agg(app || '.' || name ORDER BY app, name)) FROM aksara.model
$$;
CREATE FUNCTION any_field(of_model text) RETURNS text LANGUAGE sql AS $$
	SELECT walk.pick(array_agg(name ORDER BY name)) FROM aksara.field WHERE app || '.' || model = of_model
$$;
CREATE FUNCTION table_of(of_model text) RETURNS text LANGUAGE sql AS $$
	SELECT format('%I.%I', app, table_name) FROM aksara.model WHERE app || '.' || name = of_model
$$;
CREATE FUNCTION any_column(of_model text) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(walk.pick(array_agg(attname::text ORDER BY attname)), 'none') FROM pg_attribute
	WHERE attrelid = walk.table_of(of_model)::regclass AND attnum > 0 AND NOT attisdropped
$$;
CREATE FUNCTION own_column(of_model text, kinds text[]) RETURNS text LANGUAGE sql AS $$
	SELECT coalesce(walk.pick(array_agg(column_name::text ORDER BY name)), 'none') FROM aksara.field
	WHERE app || '.' || model = of_model AND kind = ANY (kinds)
$$;
CREATE FUNCTION any_object(of_model text, part text) RETURNS text LANGUAGE sql AS $$
	SELECT walk.pick(array_agg(o ->> 'name' ORDER BY o ->> 'name')) FROM json_array_elements(aksara.describe(of_model) -> part) o
$$;
CREATE FUNCTION word() RETURNS text LANGUAGE sql AS $$
	SELECT walk.pick(ARRAY['alpha', 'beta', 'gamma', 'delta', 'eps', 'zeta', 'eta', 'theta', 'iota', 'kappa'])
$$;
CREATE FUNCTION model_word() RETURNS text LANGUAGE sql AS $$ SELECT initcap(walk.word()) || walk.pick(ARRAY['', 'Box', 'City']) $$;
CREATE FUNCTION key_definition(target text) RETURNS json LANGUAGE sql AS $$
	SELECT json_build_object('type', walk.pick(ARRAY['ForeignKey', 'ForeignKey', 'OneToOne']), 'to', target, 'nullable', true,
		'on_delete', walk.pick(ARRAY['CASCADE', 'SET_NULL', 'PROTECT', 'RESTRICT', 'SET_DEFAULT', 'DO_NOTHING', 'SET(NULL)']),
		'related_name', '+', 'deferrable', walk.pick(ARRAY['false', 'false', 'true', '"immediate"'])::json)
$$;
CREATE FUNCTION many_definition(target text) RETURNS json LANGUAGE sql AS $$
	SELECT CASE WHEN random() < 0.3 THEN json_build_object('type', 'ManyToMany', 'to', 'self', 'symmetrical', random() < 0.5, 'related_name', '+')
		ELSE json_build_object('type', 'ManyToMany', 'to', target, 'related_name', '+') END
$$;
CREATE FUNCTION definition() RETURNS json LANGUAGE sql AS $$
	SELECT CASE WHEN random() < 0.16 AND walk.any_model() IS NOT NULL THEN walk.key_definition(walk.any_model())
		ELSE walk.pick(ARRAY[
			'"Text"', '{"type": "Text", "default": "x", "max_length": 20}', '{"type": "String", "max_length": 30, "default": "s"}',
			'{"type": "String", "max_length": 60, "nullable": true, "choices": ["a", "b"]}', '{"type": "Integer", "default": 1, "min_value": 0}',
			'{"type": "Integer", "nullable": true, "db_index": true}', '{"type": "BigInteger", "default": 5, "unique": true}',
			'{"type": "Decimal", "max_digits": 8, "decimal_places": 2, "default": "1.50"}', '{"type": "Boolean", "default": false}',
			'{"type": "DateTime", "auto_now": true}', '{"type": "Date", "nullable": true}', '{"type": "Email", "nullable": true, "unique": true}',
			'{"type": "Slug", "nullable": true}', '{"type": "JSON"}', '{"type": "UUID", "nullable": true, "help_text": "which one"}',
			'{"type": "Text", "db_default": "upper(''q'')"}', '{"type": "Float", "nullable": true, "max_value": 9.5}'])::json END
$$;

-- Any relation altered: of a foreign key anything may change, of a many-to-many its names.  NULL where there is none.
CREATE FUNCTION altered_relation() RETURNS json LANGUAGE sql AS $$
	SELECT json_build_object('op', 'alter_field', 'model', app || '.' || model, 'field', field, 'definition', CASE kind
		WHEN 'ManyToMany' THEN json_build_object('type', kind, 'to', target_app || '.' || target_model, 'related_name', walk.word() || '_of')
		ELSE walk.key_definition(CASE WHEN random() < 0.7 THEN target_app || '.' || target_model ELSE walk.any_model() END) END)
	FROM (SELECT *, random() AS place FROM aksara.relation ORDER BY app, model, field) r ORDER BY place LIMIT 1
$$;

-- One operation, or NULL where there is nothing to do it to.
CREATE FUNCTION operation() RETURNS json LANGUAGE plpgsql AS $$
DECLARE
	m text := walk.any_model();
	f text := walk.any_field(m);
	g text := walk.any_field(m);
	models int := (SELECT count(*) FROM aksara.model);
BEGIN
	IF models > 1 AND models < 8 AND random() < 0.04 THEN
		RETURN json_build_object('op', 'create_model', 'model', walk.pick(ARRAY['one', 'two']) || '.' || walk.model_word(),
			'fields', json_build_object('tenant', '"Integer"'::json, 'code', '{"type": "String", "max_length": 9}'::json, 'name', walk.definition()),
			'meta', '{"primary_key": ["tenant", "code"]}'::json);
	END IF;
	IF models < 3 OR (models < 8 AND random() < 0.08) THEN
		RETURN json_build_object('op', 'create_model', 'model', walk.pick(ARRAY['one', 'two']) || '.' || walk.model_word(),
			'fields', json_build_object('name', walk.definition(), walk.word(), walk.definition()),
			'meta', walk.pick(ARRAY['{}', '{"primary_key": "bigint"}', '{"timestamps": true, "ordering": ["-name"]}',
				'{"indexes": [["name"]]}', '{"comment": "made at random", "unique_together": [["name"]]}'])::json);
	END IF;
	RETURN CASE walk.pick(ARRAY['drop_model', 'rename_model', 'add_relation', 'add_relation', 'alter_relation', 'alter_relation', 'add_field', 'add_field', 'add_field', 'remove_field', 'rename_field',
			'alter_field', 'alter_field', 'alter_field', 'add_index', 'remove_index', 'add_constraint', 'remove_constraint', 'alter_meta'])
		WHEN 'drop_model' THEN json_build_object('op', 'drop_model', 'model', m)
		WHEN 'rename_model' THEN json_build_object('op', 'rename_model', 'model', m, 'name', walk.model_word())
		WHEN 'add_field' THEN json_build_object('op', 'add_field', 'model', m, 'field', walk.word(), 'definition', walk.definition())
		WHEN 'add_relation' THEN json_build_object('op', 'add_field', 'model', m, 'field', walk.word() || '_r',
			'definition', CASE WHEN random() < 0.6 THEN walk.many_definition(walk.any_model()) ELSE walk.key_definition(walk.any_model()) END)
		WHEN 'alter_relation' THEN coalesce(walk.altered_relation(), json_build_object('op', 'remove_field', 'model', m, 'field', f))
		WHEN 'remove_field' THEN json_build_object('op', 'remove_field', 'model', m, 'field', f)
		WHEN 'rename_field' THEN json_build_object('op', 'rename_field', 'model', m, 'field', f, 'name', walk.word())
		WHEN 'alter_field' THEN json_build_object('op', 'alter_field', 'model', m, 'field', f, 'definition', walk.definition())
		WHEN 'add_index' THEN json_build_object('op', 'add_index', 'model', m, 'index', CASE WHEN random() < 0.5 THEN to_json(ARRAY[f, '-' || g])
			ELSE json_build_object('fields', ARRAY[f], 'condition', format('%I IS NOT NULL', walk.any_column(m)), 'unique', random() < 0.3) END)
		WHEN 'remove_index' THEN json_build_object('op', 'remove_index', 'model', m, 'name', coalesce(walk.any_object(m, 'indexes'), 'none'))
		WHEN 'add_constraint' THEN json_build_object('op', 'add_constraint', 'model', m, 'constraint', CASE WHEN random() < 0.5
			THEN json_build_object('unique', ARRAY[f, g]) ELSE json_build_object('check', format('%I IS NOT NULL OR %I IS NULL', walk.any_column(m), walk.any_column(m))) END)
		WHEN 'remove_constraint' THEN json_build_object('op', 'remove_constraint', 'model', m, 'name', coalesce(walk.any_object(m, 'constraints'), 'none'))
		ELSE json_build_object('op', 'alter_meta', 'model', m, 'meta', CASE WHEN random() < 0.4 THEN json_build_object('table_name', walk.word())
			WHEN random() < 0.5 THEN json_build_object('ordering', ARRAY[f]) ELSE json_build_object('table_name', NULL, 'comment', walk.word()) END)
	END;
END $$;

-- A table by hand that refers to the key of another, adopted at once.
CREATE FUNCTION adoption(target text) RETURNS text LANGUAGE sql AS $$
	WITH key AS (SELECT string_agg(format('%I', attname), ', ' ORDER BY n) AS named, string_agg(format('%I', 'to_' || attname), ', ' ORDER BY n) AS columns,
			string_agg(format('%I %s, ', 'to_' || attname, format_type(atttypid, atttypmod)), '' ORDER BY n) AS list
		FROM pg_index CROSS JOIN unnest(indkey) WITH ORDINALITY u (num, n) JOIN pg_attribute ON attrelid = indrelid AND attnum = num
		WHERE indrelid = target::regclass AND indisprimary)
	SELECT format('CREATE TABLE %1$s (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, %2$s n integer, %3$s FOREIGN KEY (%4$s) REFERENCES %5$s (%6$s) ON DELETE %7$s); SELECT aksara.adopt_table(%1$L)',
		name, list, walk.pick(ARRAY['', format('UNIQUE (%s),', columns)]), columns, target, named, walk.pick(ARRAY['NO ACTION', 'CASCADE', 'SET NULL']))
	FROM key, LATERAL (SELECT walk.pick(ARRAY['one', 'two']) || '.' || walk.word() || '_by_hand' AS name) n
$$;

-- One change by hand.
CREATE FUNCTION by_hand() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	m text := walk.any_model();
	t text := walk.table_of(m);
	c text := walk.any_column(m);
	j text := (SELECT walk.pick(array_agg(format('%I.%I', junction_schema, junction_table) ORDER BY app, model, field))
		FROM aksara.relation WHERE junction_table IS NOT NULL);
BEGIN
	IF j IS NOT NULL AND random() < 0.12 THEN
		RETURN CASE floor(random() * 5)
			WHEN 0 THEN format('DROP TABLE %s', j)
			WHEN 1 THEN format('ALTER TABLE %s RENAME TO %I', j, walk.word() || floor(random() * 5))
			WHEN 2 THEN format('ALTER TABLE %s SET SCHEMA %s', j, walk.pick(ARRAY['one', 'two']))
			WHEN 3 THEN format('ALTER TABLE %s RENAME COLUMN %I TO %I', j, (SELECT walk.pick(array_agg(attname::text ORDER BY attname))
				FROM pg_attribute WHERE attrelid = j::regclass AND attnum > 0 AND NOT attisdropped), walk.word() || '_j')
			ELSE format('ALTER TABLE %s ADD COLUMN %I int', j, walk.word() || '_h') END;
	END IF;
	RETURN CASE floor(random() * 20)
		WHEN 0 THEN format('ALTER TABLE %s RENAME TO %I', t, walk.word() || floor(random() * 5))
		WHEN 1 THEN format('ALTER TABLE %s RENAME COLUMN %I TO %I', t, c, walk.word() || walk.pick(ARRAY['', '_x', ' y']))
		WHEN 2 THEN format('ALTER TABLE %s DROP COLUMN %I', t, c)
		WHEN 3 THEN format('ALTER TABLE %s DROP COLUMN %I CASCADE', t, c)
		WHEN 4 THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE varchar(%s)', t, walk.own_column(m, '{String}'), 260 + floor(random() * 20))
		WHEN 5 THEN format('ALTER TABLE %s ALTER COLUMN %I %s NOT NULL', t, c, walk.pick(ARRAY['SET', 'DROP']))
		WHEN 6 THEN format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %L', t, walk.own_column(m, '{String,Text,Integer,BigInteger,Decimal}'), '7')
		WHEN 7 THEN format('ALTER TABLE %s ALTER COLUMN %I DROP DEFAULT', t, walk.own_column(m, '{String,Text,Integer,BigInteger,Decimal}'))
		WHEN 8 THEN format('ALTER TABLE %s ADD COLUMN %I int', t, walk.word() || '_h')
		WHEN 9 THEN format('ALTER TABLE %s SET SCHEMA %s', t, walk.pick(ARRAY['one', 'two']))
		WHEN 10 THEN format('DROP TABLE %s%s', t, walk.pick(ARRAY['', ' CASCADE']))
		WHEN 11 THEN format('CREATE INDEX ON %s (%I)', t, c)
		WHEN 12 THEN format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', t,
			(SELECT coalesce(walk.pick(array_agg(conname::text ORDER BY conname)), 'none') FROM pg_constraint
				WHERE conrelid = t::regclass AND contype IN ('f', 'u')
					AND NOT EXISTS (SELECT FROM aksara.field f JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1]
						WHERE f.app || '.' || f.model = m AND f.kind = 'OneToOne' AND f.column_name = a.attname)))
		WHEN 13 THEN 'ALTER SCHEMA two RENAME TO three; ALTER SCHEMA three RENAME TO two'
		WHEN 14 THEN format('ALTER TABLE %s ADD UNIQUE (%I)', t, c)
		WHEN 15 THEN coalesce(walk.adoption(t), 'SELECT 1')
		WHEN 16 THEN format('SELECT aksara.forget_model(%L)', m)
		WHEN 17 THEN format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', t, (SELECT coalesce(walk.pick(array_agg(conname::text ORDER BY conname)), 'none')
			FROM pg_constraint WHERE conrelid = t::regclass AND contype = 'f'), walk.word() || floor(random() * 5))
		WHEN 18 THEN format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', t, walk.own_column(m, '{ForeignKey,OneToOne}'), walk.pick(ARRAY['bigint', 'integer']))
		ELSE format('SELECT aksara.create(%L, %L)', m, (SELECT json_object_agg(name, CASE
			WHEN kind IN ('Integer', 'BigInteger', 'Decimal', 'Float') THEN to_json(floor(random() * 9)) WHEN kind = 'Boolean' THEN 'true'
			WHEN kind = 'Date' THEN '"2026-01-01"' ELSE '"a"' END) FROM aksara.field
			WHERE app || '.' || model = m AND kind IN ('Text', 'String', 'Integer', 'BigInteger', 'Decimal', 'Float', 'Boolean', 'Date')))
	END;
END $$;

-- What no operation brings back: a table that goes takes along the columns that are no fields, its key may have been dropped
-- by hand, a relation that lost its native key has a column of any type, one whose column was given another type than the key has
-- the key's when its native key is made anew, and relations that waited for a name follow who takes it.
CREATE FUNCTION is_beyond_undo(op json) RETURNS boolean LANGUAGE sql AS $$
	SELECT op ->> 'op' = 'drop_model' AND (json_array_length(aksara.describe(op ->> 'model') -> 'primary_key') = 0 OR EXISTS (
		SELECT FROM aksara.model_oid o JOIN pg_attribute a ON a.attrelid = o.relid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE o.app || '.' || o.model = op ->> 'model' AND NOT EXISTS (
			SELECT FROM aksara.field_attnum s WHERE s.app = o.app AND s.model = o.model AND s.attnum = a.attnum)))
		OR EXISTS (SELECT FROM aksara.relation r WHERE r.app || '.' || r.model = op ->> 'model' AND r.constraint_name IS NULL)
		OR EXISTS (SELECT FROM aksara.model_oid o JOIN pg_constraint k ON k.conrelid = o.relid AND k.contype = 'f'
			CROSS JOIN unnest(k.conkey, k.confkey) u (a, b) JOIN pg_attribute x ON x.attrelid = k.conrelid AND x.attnum = u.a
			JOIN pg_attribute y ON y.attrelid = k.confrelid AND y.attnum = u.b
			WHERE o.app || '.' || o.model = op ->> 'model' AND x.atttypid <> y.atttypid)
		OR EXISTS (SELECT FROM aksara.relation r WHERE op ->> 'op' = 'rename_model' AND r.target_model = op ->> 'name')
$$;

-- An operation and what undoes it: the tables are as before.
CREATE FUNCTION there_and_back(op json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	before text[] := walk.facts();
	after text[];
	undo json;
BEGIN
	undo := aksara.apply_operation(op);
	BEGIN
		PERFORM aksara.apply_operation(undo);
	EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
		RETURN;		-- rows stand in the way: a column without a default came back
	END;
	after := walk.facts();
	IF before IS DISTINCT FROM after THEN
		RAISE EXCEPTION USING ERRCODE = 'ZZ001', MESSAGE = format('not undone: %s by %s', op, undo),
			DETAIL = format('missing %s, new %s', (SELECT array_agg(x) FROM (SELECT unnest(before) EXCEPT ALL SELECT unnest(after)) a (x)),
				(SELECT array_agg(x) FROM (SELECT unnest(after) EXCEPT ALL SELECT unnest(before)) b (x)));
	END IF;
END $$;

CREATE PROCEDURE step(n int) LANGUAGE plpgsql AS $$
DECLARE
	op json;
	sql text;
	text_of_error text;
	detail text;
	found text;
BEGIN
	IF random() < 0.6 OR walk.any_model() IS NULL THEN
		op := walk.operation();
		sql := op::text;
	ELSE
		sql := walk.by_hand();
	END IF;
	BEGIN
		IF op IS NULL THEN
			EXECUTE sql;
		ELSE
			IF random() < 0.4 AND NOT walk.is_beyond_undo(op) THEN
				PERFORM walk.there_and_back(op);
			ELSE
				PERFORM aksara.apply_operation(op);
			END IF;
		END IF;
		SET CONSTRAINTS ALL IMMEDIATE;		-- what a deferred key would say at the end
	EXCEPTION WHEN OTHERS THEN
		GET STACKED DIAGNOSTICS text_of_error = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
		text_of_error := SQLSTATE || ' ' || text_of_error;
		-- What a user may meet; anything else is a bug.
		IF SQLSTATE !~ '^(42|22|23|2B|0A|55)' THEN
			RAISE EXCEPTION 'step %: %: % %', n, sql, text_of_error, detail;
		END IF;
	END;
	INSERT INTO walk.log VALUES (n, sql, text_of_error);
	SELECT string_agg(d, '; ') INTO found FROM walk.differences() d;
	IF found IS NOT NULL THEN
		RAISE EXCEPTION 'step %: after %: %', n, sql, found;
	END IF;
END $$;

CREATE PROCEDURE go(seed float8, steps int) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setseed(seed);
	FOR n IN 1 .. steps LOOP
		CALL walk.step(n);
		COMMIT;
	END LOOP;
END $$;
SQL

# Warnings tell of relations that wait.
my ($code, $out, $err) = $node->psql('postgres', 'SET client_min_messages = error; CALL walk.go(' . $seed / 1_000_000 . ", $steps)");
is($err, '', "a walk of $steps steps keeps registry and catalog equal (AK_SEED=$seed)");
diag($node->safe_psql('postgres', 'SELECT n, what, error FROM walk.log ORDER BY n DESC LIMIT 5')) if $err;

# The walk did something: most kinds of operation ran without an error.
my $done = $node->safe_psql('postgres',
	q(SELECT count(DISTINCT what::json ->> 'op') FROM walk.log WHERE error IS NULL AND what LIKE '{%'));
cmp_ok($done, '>=', $steps < 100 ? 4 : 8, 'operations of most kinds ran');
my $relations = $node->safe_psql('postgres',
	q(SELECT count(*) FILTER (WHERE what LIKE '%ManyToMany%') || ' ' || count(*) FILTER (WHERE what ~ 'alter_field.*(ForeignKey|OneToOne)') FROM walk.log WHERE error IS NULL));
my ($many, $altered) = split / /, $relations;
cmp_ok($many, '>=', $steps < 500 ? 0 : 3, 'many-to-many relations were made');
cmp_ok($altered, '>=', $steps < 500 ? 0 : 3, 'foreign keys were altered');
note($node->safe_psql('postgres', q(SELECT count(*) FILTER (WHERE error IS NULL) || ' done, ' || count(error) || ' refused' FROM walk.log)));

# Nothing is left behind.
$node->safe_psql('postgres', 'DROP SCHEMA one, two CASCADE');
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM aksara.model) + (SELECT count(*) FROM aksara.field)'
		. ' + (SELECT count(*) FROM aksara.relation) + (SELECT count(*) FROM aksara.model_oid)'),
	'0', 'dropping the schemas empties the registry');

$node->stop;
done_testing();
