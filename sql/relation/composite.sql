-- Foreign keys to keys of several fields: what a definition makes, and which cannot be.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA wide;
SET search_path = wide;
SELECT aksara.create_model('Tenant', '{"name": "Text"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Product', '{
  "tenant": {"type": "ForeignKey", "to": "Tenant"},
  "sku":    {"type": "String", "max_length": 20},
  "code":   "Integer",
  "name":   {"type": "Text", "nullable": true}
}', '{"primary_key": ["tenant", "sku"], "unique_together": ["tenant", "code"]}');

-- Without more words there are made fields behind the relation, one for each field of the key, of its kind and type.
SELECT aksara.create_model('Line', '{
  "product": {"type": "ForeignKey", "to": "Product", "related_name": "lines"},
  "qty":     {"type": "Integer", "default": 1}
}', '{"primary_key": "bigint"}');
\d lines
SELECT field, kind, constraint_name, source_columns, target_columns FROM aksara.relation WHERE app = 'wide' AND model = 'Line';
SELECT f FROM json_array_elements(aksara.describe('Line') -> 'fields') f;
SELECT aksara.describe('Line') -> 'indexes' AS indexes, aksara.describe('Line') -> 'constraints' AS constraints;
SELECT r FROM json_array_elements(aksara.describe('Product') -> 'related') r;
SELECT f FROM json_array_elements(aksara.ai_schema('Line') -> 'relations') f;

-- "from_fields" names fields that are there anyway, in the order of the key: all lines of a stock are of its tenant.
SELECT aksara.create_model('Stock', '{
  "tenant":  {"type": "ForeignKey", "to": "Tenant", "related_name": "+"},
  "sku":     {"type": "String", "max_length": 20, "nullable": true},
  "product": {"type": "ForeignKey", "to": "Product", "from_fields": ["tenant", "sku"], "on_delete": "SET_NULL", "related_name": "stocks"}
}', '{"primary_key": "bigint"}');
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype <> 'n' AND conrelid = 'stocks'::regclass ORDER BY 1;
SELECT indexdef FROM pg_indexes WHERE schemaname = 'wide' AND tablename = 'stocks' ORDER BY 1;

-- "to_fields" names other fields that are unique together; what is said of columns is said of the made ones.
SELECT aksara.create_model('Label', '{
  "product": {"type": "OneToOne", "to": "Product", "to_fields": ["tenant", "code"], "nullable": true, "default": {"tenant": 1, "code": 0},
              "on_delete": "SET_DEFAULT", "deferrable": true, "related_name": "label"}
}', '{"primary_key": "bigint"}');
\d labels
SELECT aksara.describe('Label') #> '{fields,1}' AS product;

-- A primary key that is the reference needs no index besides.
SELECT aksara.create_model('Sheet', '{
  "tenant": "BigInteger", "sku": {"type": "String", "max_length": 20},
  "product": {"type": "OneToOne", "to": "Product", "from_fields": ["tenant", "sku"], "related_name": "sheet"}
}', '{"primary_key": ["tenant", "sku"]}');
SELECT indexdef FROM pg_indexes WHERE schemaname = 'wide' AND tablename = 'sheets';

-- To itself; without a native key; and on to a key that is a reference itself.
SELECT aksara.create_model('Place', '{
  "hall": "Integer", "row": "Text",
  "left": {"type": "ForeignKey", "to": "self", "nullable": true, "related_name": "right"}
}', '{"primary_key": ["hall", "row"]}');
SELECT aksara.create_model('Guess', '{"sheet": {"type": "ForeignKey", "to": "Sheet", "db_constraint": false, "on_delete": "DO_NOTHING"}, "place": {"type": "ForeignKey", "to": "Place", "db_index": false}}', '{"primary_key": "bigint"}');
SELECT conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype <> 'n' AND conrelid IN ('places'::regclass, 'guesses'::regclass) AND contype = 'f' ORDER BY 1;
SELECT indexdef FROM pg_indexes WHERE schemaname = 'wide' AND tablename IN ('places', 'guesses') ORDER BY 1;
SELECT field, constraint_name, source_columns, target_columns FROM aksara.relation WHERE app = 'wide' AND model = 'Guess' ORDER BY 1;

-- One column may be part of several references; a relation is added to a table with rows like any field.
INSERT INTO tenants (name) VALUES ('T1'), ('T2');
INSERT INTO products (tenant_id, sku, code) VALUES (1, 'a', 1), (2, 'a', 2);
INSERT INTO lines (product_tenant_id, product_sku) VALUES (1, 'a');
SELECT aksara.add_field('Line', 'stock_of', '{"type": "ForeignKey", "to": "Product", "from_fields": ["product_tenant_id", "spare"], "related_name": "+"}');
\echo :SQLSTATE
SELECT aksara.add_field('Line', 'spare', '{"type": "String", "max_length": 20, "nullable": true}');
SELECT aksara.add_field('Line', 'instead', '{"type": "ForeignKey", "to": "Product", "from_fields": ["product_tenant_id", "spare"], "related_name": "+", "on_delete": "SET_NULL"}');
SELECT aksara.add_field('Line', 'gift', '{"type": "ForeignKey", "to": "Product", "nullable": true, "related_name": "+"}');
SELECT aksara.add_field('Line', 'must', '{"type": "ForeignKey", "to": "Product", "related_name": "+"}');
\echo :SQLSTATE
\d lines

-- MATCH SIMPLE: where a column is null there is no reference.
INSERT INTO stocks (tenant_id, sku) VALUES (1, 'a'), (1, NULL);
INSERT INTO stocks (tenant_id, sku) VALUES (1, 'b');
\echo :SQLSTATE
INSERT INTO guesses (sheet_tenant, sheet_sku, place_hall, place_row) VALUES (7, 'x', 1, 'a');
\echo :SQLSTATE

-- A target that is still to come: its key is not known, so the fields have to be named.
SELECT aksara.create_model('Wait', '{"product": {"type": "ForeignKey", "to": "Late", "to_fields": ["x", "y"]}}');
\echo :SQLSTATE
SELECT aksara.create_model('Wait', '{"a": "Integer", "b": {"type": "Integer", "nullable": true}, "late": {"type": "ForeignKey", "to": "Late", "from_fields": ["a", "b"], "related_name": "waits"}}', '{"primary_key": "bigint"}');
SELECT field, constraint_name, source_columns, target_columns FROM aksara.relation WHERE app = 'wide' AND model = 'Wait';
SELECT * FROM aksara.check_registry() WHERE model LIKE 'wide.%';
SELECT aksara.create('Wait', '{"a": 1}');
SELECT aksara.create('Wait', '{"late": {"x": 1, "y": 2}}');
SELECT aksara.count('{"model": "Wait", "filter": {"late": {"x": 1, "y": 2}}}');
\echo :SQLSTATE
ALTER TABLE waits RENAME a TO first;
SELECT aksara.create_model('Late', '{"x": "Integer", "y": "Integer"}', '{"primary_key": ["x", "y"]}');
SELECT field, constraint_name, source_columns, target_columns FROM aksara.relation WHERE app = 'wide' AND model = 'Wait';
SELECT * FROM aksara.check_registry() WHERE model LIKE 'wide.%';
SELECT aksara.create('Late', '{"x": 1, "y": 2}');
SELECT aksara.create('Wait', '{"late": {"x": 1, "y": 2}}');
SELECT aksara.create_model('Early', '{"late": {"type": "ForeignKey", "to": "Broad"}}');
SELECT aksara.create_model('Broad', '{"x": "Integer", "y": "Integer"}', '{"primary_key": ["x", "y"]}');
\echo :SQLSTATE
SELECT aksara.create_model('Early2', '{"x": "Integer", "late": {"type": "ForeignKey", "to": "Broad", "from_fields": ["x"]}}');
SELECT aksara.drop_model('Early');
SELECT aksara.create_model('Broad', '{"x": "Integer", "y": "Integer"}', '{"primary_key": ["x", "y"]}');
\echo :SQLSTATE

-- Definitions that cannot be.
CREATE FUNCTION try(fields aksara.doc) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text; hint text;
BEGIN
	PERFORM aksara.create_model('Bad', fields);
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
	RETURN concat_ws(' | ', SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END $$;
\pset tuples_only on
\pset format unaligned
SELECT try('{"t": "BigInteger", "p": {"type": "ForeignKey", "to": "Product", "from_fields": ["t"]}}');
SELECT try('{"t": "BigInteger", "s": "Integer", "p": {"type": "ForeignKey", "to": "Product", "from_fields": ["t", "s"]}}');
SELECT try('{"t": "BigInteger", "s": "Text", "p": {"type": "ForeignKey", "to": "Product", "from_fields": ["t", "s"]}}');
SELECT try('{"t": "BigInteger", "s": "String", "p": {"type": "ForeignKey", "to": "Product", "from_fields": ["t", "q"]}}');
SELECT try('{"t": "BigInteger", "s": "String", "p": {"type": "ForeignKey", "to": "Product", "from_fields": ["t", "t"]}}');
SELECT try('{"t": "BigInteger", "s": {"type": "ManyToMany", "to": "Tenant", "related_name": "+"}, "p": {"type": "ForeignKey", "to": "Product", "from_fields": ["t", "s"]}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "from_fields": "t"}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "from_fields": []}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "to_fields": ["tenant", "name"]}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "to_fields": ["tenant", "nam"]}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "to_fields": ["tenant", "code"], "to_field": "code"}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "to_field": "code"}}');
SELECT try('{"t": "BigInteger", "s": "String", "p": {"type": "ForeignKey", "to": "Product", "from_fields": ["t", "s"], "on_delete": "SET_NULL"}}');
SELECT try('{"t": "BigInteger", "s": "String", "p": {"type": "ForeignKey", "to": "Product", "from_fields": ["t", "s"], "on_delete": "SET_DEFAULT"}}');
SELECT try('{"t": "BigInteger", "s": "String", "p": {"type": "ForeignKey", "to": "Product", "from_fields": ["t", "s"], "default": {"tenant": 1, "sku": "a"}}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "on_delete": "SET_NULL"}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "on_delete": "SET((1, 2))"}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "default": {"tenant": 1}}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "default": {"tenant": 1, "sku": 7}}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "default": 7}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "column": "x"}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product", "primary_key": true}}');
SELECT try('{"p": {"type": "ForeignKey", "to": "Product"}, "p_sku": "Text"}');
DROP SCHEMA wide CASCADE;
