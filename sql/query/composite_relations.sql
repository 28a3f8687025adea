-- Documents, filters and orders over relations to keys of several fields, beside the SQL that one would write.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA wideread;
SET search_path = wideread;
SELECT aksara.create_model('Tenant', '{"name": "Text"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Product', '{
  "tenant": {"type": "ForeignKey", "to": "Tenant"},
  "sku":    {"type": "String", "max_length": 20},
  "name":   "Text",
  "tags":   {"type": "ManyToMany", "to": "Tag", "related_name": "products"}
}', '{"primary_key": ["tenant", "sku"]}');
SELECT aksara.create_model('Tag', '{"a": "Integer", "b": "Text", "label": {"type": "Text", "default": "plain"}}', '{"primary_key": ["a", "b"]}');
SELECT aksara.create_model('Line', '{
  "tenant":  {"type": "ForeignKey", "to": "Tenant"},
  "sku":     {"type": "String", "max_length": 20, "nullable": true},
  "product": {"type": "ForeignKey", "to": "Product", "from_fields": ["tenant", "sku"], "related_name": "lines"},
  "qty":     {"type": "Integer", "default": 1}
}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Sheet', '{"product": {"type": "OneToOne", "to": "Product", "related_name": "sheet"}, "text": "Text"}', '{"primary_key": "bigint"}');
INSERT INTO tenants (name) VALUES ('One'), ('Two');
INSERT INTO tags VALUES (1, 'x', 'red'), (1, 'y', 'blue');

-- Writing: an object that holds the key, the fields one by one, or both where they agree.
SELECT aksara.bulk_create('Product', '[{"tenant": 1, "sku": "a", "name": "A1"}, {"tenant": 1, "sku": "b", "name": "B1"}, {"tenant": 2, "sku": "a", "name": "A2"}]');
SELECT aksara.create('Line', '{"product": {"tenant_id": 1, "sku": "a"}}');
SELECT aksara.create('Line', json_build_object('product', aksara.get_by_key('Product', 2, 'a'::text), 'qty', 4));
SELECT aksara.create('Line', '{"tenant": 1, "sku": "b", "qty": 2}');
SELECT aksara.create('Line', '{"tenant": 1, "product": null}');
SELECT aksara.create('Line', '{"tenant_id": 1, "product": {"tenant": 1, "sku": "b"}, "sku": "b"}');
SELECT aksara.create('Line', '{"product": {"tenant": 2, "sku": "b"}, "tenant": 1}');
\echo :SQLSTATE
SELECT aksara.create('Line', '{"sku": "a", "product": null, "tenant": 1}');
\echo :SQLSTATE
SELECT aksara.create('Line', '{"product": {"tenant": 1}}');
\echo :SQLSTATE
SELECT aksara.create('Line', '{"product": "a"}');
\echo :SQLSTATE
SELECT aksara.create('Line', '{"product": {"tenant": 1, "sku": null}}');
\echo :SQLSTATE
SELECT aksara.create('Line', '{"product": {"tenant": "x", "sku": "b"}, "qty": "y"}');
\echo :SQLSTATE
SELECT aksara.create('Line', '{"product": {"tenant": 1, "sku": "none"}}');
\echo :SQLSTATE
SELECT aksara.create('Line', '{"qty": 1}');
\echo :SQLSTATE
SELECT aksara.create('Sheet', '{"product": null, "text": "x"}');
\echo :SQLSTATE
SELECT aksara.create('Sheet', '{"product": {"tenant": 1, "sku": "a"}, "text": "one"}');
-- The same document twice, and another of the same shape.
SELECT aksara.create('Line', '{"product": {"tenant": 2, "sku": "a"}}') ->> 'id' FROM generate_series(1, 2);
SELECT aksara.create('Line', '{"product": {"tenant": 1, "sku": "b"}}');
SELECT aksara.delete('{"model": "Line", "filter": {"id__gt": 5}}');
-- What get returned is what save takes.
SELECT aksara.save('Line', aksara.get('Line', '{"id": 3}'));
SELECT aksara.save('Line', '{"id": 3, "product": {"tenant": 1, "sku": "a"}}');
SELECT aksara.save('Line', '{"id": 3, "product": {"tenant": 1, "sku": "b"}}');
SELECT aksara.update('{"model": "Line", "filter": {"id": 5}}', '{"product": null}');
SELECT aksara.update('{"model": "Line", "filter": {"id": 5}}', '{"product": {"tenant": 1, "sku": "b"}}');
SELECT aksara.bulk_create('Line', '[{"qty": 7, "product": {"tenant": 1, "sku": "a"}}, {"product": {"sku": "b", "tenant": 1}, "qty": 8}, {"tenant": 1, "sku": "a", "qty": 9}, {"product": null, "tenant": 2, "qty": 10}]');
SELECT aksara.bulk_create('Line', '[{"product": {"tenant": 1, "sku": "a"}}, {"product": {"tenant": 1}}]');
\echo :SQLSTATE
SELECT aksara.bulk_update('Line', json_build_array(json_build_object('id', max(id), 'product', '{"tenant": 2, "sku": "a"}'::json)), '{product}') FROM lines;
SELECT tenant_id, sku, qty FROM lines WHERE qty > 6 ORDER BY qty;
DELETE FROM lines WHERE qty > 6;
SELECT object, created FROM aksara.upsert('Sheet', '{"product": {"tenant": 2, "sku": "a"}, "text": "up"}', '{product}');
SELECT object, created FROM aksara.upsert('Sheet', '{"product": {"tenant": 2, "sku": "a"}, "text": "again"}', '{product}');
SELECT object, created FROM aksara.get_or_create('Sheet', '{"product": {"tenant": 2, "sku": "a"}}', '{"text": "no"}');
SELECT object, created FROM aksara.get_or_create('Sheet', '{"product": {"tenant": 1, "sku": "b"}}', '{"text": "yes"}');
SELECT object, created FROM aksara.update_or_create('Sheet', '{"product": {"tenant": 1, "sku": "b"}}', '{"text": "changed"}');
SELECT aksara.bulk_create('Sheet', '[{"product": {"tenant": 1, "sku": "b"}, "text": "bulk"}]', update_conflicts => true, unique_fields => '{product}', update_fields => '{text}');
SELECT aksara.upsert('Line', '{"product": {"tenant": 1, "sku": "b"}}', '{product}');
\echo :SQLSTATE
SELECT aksara.upsert('Sheet', '{"product": {"tenant": 1, "sku": "b"}, "text": "x"}', '{product,product_sku}');
\echo :SQLSTATE

-- Rows come with what they refer to under the relation's name, and the other way round.
SELECT aksara.fetch('{"model": "Line", "select_related": ["product__tenant"], "order_by": ["id"]}');
SELECT aksara.fetch('{"model": "Product", "prefetch_related": ["lines", "tags"], "select_related": ["sheet"], "order_by": ["pk"]}');
SELECT aksara.fetch('{"model": "Sheet", "prefetch_related": ["product__lines"], "order_by": ["id"]}');

-- Filters, each beside SQL by hand.
CREATE FUNCTION same(conditions aksara.doc, sql text, kind text DEFAULT 'filter', model text DEFAULT 'Line') RETURNS text LANGUAGE plpgsql AS $$
DECLARE ours text; theirs text; qs json := json_build_object('model', model, kind, conditions::text::json, 'order_by', '["pk"]'::json);
BEGIN
	SELECT string_agg(concat_ws(',', j ->> 'id', CASE WHEN j ->> 'id' IS NULL THEN concat(j ->> 'tenant_id', j ->> 'sku') END), ' ') INTO ours FROM aksara.fetch(qs::aksara.queryset) j;
	EXECUTE 'SELECT string_agg(k::text, '' '') FROM (' || sql || ') s (k)' INTO theirs;
	RETURN CASE WHEN ours IS NOT DISTINCT FROM theirs THEN 'same: ' ELSE 'DIFFERENT: ' END || coalesce(ours, 'none') ||
		CASE WHEN ours IS DISTINCT FROM theirs THEN ' / ' || coalesce(theirs, 'none') ELSE '' END;
END $$;
\pset tuples_only on
\pset format unaligned
SELECT same('{"product": {"tenant": 1, "sku": "b"}}', $$SELECT id FROM lines WHERE tenant_id = 1 AND sku = 'b' ORDER BY id$$);
SELECT same('{"product": {"tenant": 1, "sku": "b"}}', $$SELECT id FROM lines WHERE (tenant_id = 1 AND sku = 'b') IS NOT TRUE ORDER BY id$$, 'exclude');
SELECT same('{"product__in": [{"tenant": 1, "sku": "b"}, {"tenant_id": 2, "sku": "a"}, {"tenant": 2, "sku": "b"}]}', $$SELECT id FROM lines WHERE (tenant_id, sku) IN ((1, 'b'), (2, 'a')) ORDER BY id$$);
SELECT same('{"product__in": [{"tenant": 1, "sku": "b"}, null]}', $$SELECT id FROM lines WHERE (tenant_id, sku) IN ((1, 'b')) IS NOT TRUE ORDER BY id$$, 'exclude');
SELECT same('{"product__in": []}', $$SELECT 1 WHERE false$$);
SELECT same('{"product__isnull": true}', $$SELECT id FROM lines WHERE sku IS NULL ORDER BY id$$);
SELECT same('{"product__isnull": false}', $$SELECT id FROM lines WHERE sku IS NOT NULL ORDER BY id$$);
SELECT same('{"product": null}', $$SELECT id FROM lines WHERE sku IS NULL ORDER BY id$$, 'exclude') IS NOT NULL;
SELECT same('{"product__name": "B1"}', $$SELECT l.id FROM lines l JOIN products p ON (p.tenant_id, p.sku) = (l.tenant_id, l.sku) WHERE p.name = 'B1' ORDER BY 1$$);
SELECT same('{"product__tenant__name": "One", "qty": 2}', $$SELECT l.id FROM lines l JOIN products p ON (p.tenant_id, p.sku) = (l.tenant_id, l.sku) WHERE p.tenant_id = 1 AND qty = 2 ORDER BY 1$$);
-- Half a reference is none: its tenant is not the product's.
SELECT same('{"product__tenant": 1}', $$SELECT l.id FROM lines l JOIN products p ON (p.tenant_id, p.sku) = (l.tenant_id, l.sku) WHERE p.tenant_id = 1 ORDER BY 1$$);
SELECT same('{"product__sheet__text": "one"}', $$SELECT l.id FROM lines l JOIN sheets s ON (s.product_tenant_id, s.product_sku) = (l.tenant_id, l.sku) WHERE s.text = 'one' ORDER BY 1$$);
-- Among groups its fields are names of theirs.
SELECT aksara.fetch('{"model": "Line", "group_by": ["tenant_id", "sku"], "annotate": {"n": {"$count": "*"}}, "filter": {"$or": [{"n__gt": 1}, {"product__isnull": true}]}, "order_by": ["tenant_id", "sku"]}');
SELECT row_to_json(g) FROM (SELECT tenant_id, sku, count(*) AS n FROM lines GROUP BY 1, 2 HAVING count(*) > 1 OR sku IS NULL ORDER BY 1, 2) g;
SELECT aksara.count('{"model": "Line", "group_by": ["tenant_id", "sku"], "annotate": {"n": {"$count": "*"}}, "filter": {"$or": [{"n__gt": 7}, {"product__in": [{"tenant": 1, "sku": "b"}]}]}}') = (SELECT count(*) FROM (SELECT FROM lines GROUP BY tenant_id, sku HAVING (tenant_id, sku) = (1, 'b')) g);
SELECT aksara.count('{"model": "Line", "group_by": ["sku"], "annotate": {"n": {"$count": "*"}}, "filter": {"$or": [{"n__gt": 7}, {"product__isnull": true}]}}');
\echo :SQLSTATE
SELECT same('{"lines__qty__gte": 2}', $$SELECT tenant_id || sku FROM products p WHERE EXISTS (SELECT FROM lines l WHERE (p.tenant_id, p.sku) = (l.tenant_id, l.sku) AND qty >= 2) ORDER BY tenant_id, sku$$, model => 'Product');
SELECT same('{"lines__qty__gte": 2}', $$SELECT tenant_id || sku FROM products p WHERE NOT EXISTS (SELECT FROM lines l WHERE (p.tenant_id, p.sku) = (l.tenant_id, l.sku) AND qty >= 2) ORDER BY tenant_id, sku$$, 'exclude', 'Product');
SELECT same('{"lines__isnull": true}', $$SELECT tenant_id || sku FROM products p WHERE NOT EXISTS (SELECT FROM lines l WHERE (p.tenant_id, p.sku) = (l.tenant_id, l.sku)) ORDER BY tenant_id, sku$$, model => 'Product');
SELECT same('{"sheet__isnull": true}', $$SELECT tenant_id || sku FROM products p WHERE NOT EXISTS (SELECT FROM sheets l WHERE (p.tenant_id, p.sku) = (product_tenant_id, product_sku)) ORDER BY tenant_id, sku$$, model => 'Product');
SELECT same('{"pk": {"tenant": 1, "sku": "a"}}', $$SELECT '1a'$$, model => 'Product');
SELECT same('{"pk__in": [{"tenant": 1, "sku": "a"}, {"tenant": 2, "sku": "a"}]}', $$VALUES ('1a'), ('2a')$$, model => 'Product');
SELECT same('{"lines__product__pk": {"tenant": 1, "sku": "a"}}', $$SELECT '1a'$$, model => 'Product');
SELECT aksara.related_add('Product', '{"tenant": 1, "sku": "a"}', 'tags', '{"a": 1, "b": "x"}', '{"a": 1, "b": "y"}');
SELECT same('{"tags": {"a": 1, "b": "x"}}', $$SELECT '1a'$$, model => 'Product');
SELECT same('{"tags__in": [{"a": 1, "b": "x"}, {"a": 7, "b": "x"}]}', $$SELECT '1a'$$, model => 'Product');
SELECT same('{"tags__label": "red", "tags__b": "y"}', $$SELECT 1 WHERE false$$, model => 'Product');
SELECT same('{"tags__isnull": true}', $$VALUES ('1b'), ('2a')$$, model => 'Product');
-- No table is read that need not be, and order goes by the key or the target's own order.
SELECT aksara.to_sql('{"model": "Sheet", "filter": {"product__tenant": 1, "product__sku__startswith": "a"}, "order_by": ["-product"]}');
SELECT aksara.to_sql('{"model": "Line", "filter": {"product": {"tenant": 1, "sku": "b"}}}');
SELECT aksara.to_sql('{"model": "Product", "filter": {"tags": {"a": 1, "b": "x"}}}');
SELECT id FROM aksara.rows(NULL::lines, '{"model": "Line", "order_by": ["-product", "id"]}') l;
-- Builders, and prepared statements with untyped values.
SELECT aksara.count(aksara.objects('Line', aksara.filter('product', '{"tenant": 1, "sku": "b"}')));
SELECT aksara.count(aksara.objects('Line', aksara.filter('product', aksara.get_by_key('Product', 1, 'b'::text))));
PREPARE by_product AS SELECT aksara.count(aksara.objects('Line', aksara.filter('product', $1)));
EXECUTE by_product('{"tenant": 1, "sku": "b"}');
EXECUTE by_product('{"tenant": 2, "sku": "a"}');
DEALLOCATE by_product;
PREPARE by_rows(json) AS SELECT count(*) FROM aksara.rows(NULL::lines, aksara.objects('Line', aksara.filter('product', $1))) l;
EXECUTE by_rows('{"tenant": 1, "sku": "b"}');
EXECUTE by_rows('{"tenant": 2, "sku": "a"}');
SELECT aksara.count(aksara.objects('Line', aksara.filter('product', NULL::json || '')));
SELECT aksara.count(json_build_object('model', 'Line', 'filter', json_build_object('product', json_build_object('tenant', n, 'sku', 'a')))) FROM generate_series(1, 2) n;
SELECT aksara.count(aksara.related('Product', '{"tenant": 1, "sku": "b"}', 'lines'));
SELECT aksara.count(aksara.related('Product', aksara.get_by_key('Product', 2, 'a'::text), 'lines', aksara.filter('qty', 4)));
-- Errors.
SELECT aksara.count('{"model": "Line", "filter": {"product__gt": {"tenant": 1, "sku": "b"}}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Line", "filter": {"product": {"tenant": 1}}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Line", "filter": {"product": 7}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Line", "filter": {"product__in": [7]}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Line", "filter": {"product__in": {"tenant": 1, "sku": "b"}}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Line", "filter": {"product": {"tenant": "x", "sku": "b"}}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Line", "filter": {"product__isnull": 3}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Product", "filter": {"pk": 3}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Product", "filter": {"pk__tenant": 3}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Product", "filter": {"pk__tenant__in": [3]}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Product", "filter": {"name": {"$f": "pk"}}}');
\echo :SQLSTATE
SELECT aksara.count('{"model": "Line", "filter": {"sku": {"$f": "product"}}}');
\echo :SQLSTATE
DROP SCHEMA wideread CASCADE;
