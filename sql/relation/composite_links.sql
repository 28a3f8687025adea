-- Links between rows whose keys are several fields: from both ends of a foreign key, and over junctions.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA widelink;
SET search_path = widelink;
SELECT aksara.create_model('Product', '{"tenant": "Integer", "sku": {"type": "String", "max_length": 20}, "tags": {"type": "ManyToMany", "to": "Tag", "related_name": "products"}}', '{"primary_key": ["tenant", "sku"]}');
SELECT aksara.create_model('Line', '{"no": "Integer", "page": "Integer", "product": {"type": "ForeignKey", "to": "Product", "nullable": true, "related_name": "lines"},
  "fixed": {"type": "ForeignKey", "to": "Product", "nullable": false, "default": {"tenant": 1, "sku": "a"}, "related_name": "fixtures"}}', '{"primary_key": ["page", "no"]}');
SELECT aksara.create_model('Tag', '{"name": "Text"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Shelf', '{"a": "Integer", "b": "Text", "products": {"type": "ManyToMany", "to": "Product", "related_name": "shelves"}}', '{"primary_key": ["a", "b"], "table_name": "shelves"}');
\d product_tags
\d shelf_products
INSERT INTO products VALUES (1, 'a'), (1, 'b'), (2, 'a');
INSERT INTO lines (page, no) VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO tags (name) VALUES ('red'), ('blue');
INSERT INTO shelves VALUES (1, 'x'), (1, 'y');

-- A row is told by an object that holds its key, as text, json or jsonb, or as get returns it.
SELECT aksara.related_add('Product', '{"tenant": 1, "sku": "a"}', 'lines', '{"page": 1, "no": 1}', '{"no": 2, "page": 1, "more": "not compared"}');
SELECT aksara.related_add('Product', aksara.get_by_key('Product', 1, 'b'::text), 'lines', '{"page": 1, "no": 2}'::json, '{"page": 2, "no": 1}'::json);
SELECT aksara.related_add('Product', '{"tenant": 1, "sku": "b"}', 'lines', '{"page": 1, "no": 2}');
SELECT page, no, product_tenant, product_sku FROM lines ORDER BY 1, 2;
SELECT aksara.related_contains('Product', '{"tenant": 1, "sku": "b"}', 'lines', '{"page": 1, "no": 2}'), aksara.related_contains('Product', '{"tenant": 1, "sku": "b"}', 'lines', '{"page": 1, "no": 1}');
SELECT * FROM aksara.related_set('Product', '{"tenant": 1, "sku": "b"}', 'lines', '{"page": 1, "no": 1}', '{"page": 2, "no": 1}');
SELECT aksara.related_remove('Product', '{"tenant": 1, "sku": "b"}', 'lines', '{"page": 1, "no": 1}', '{"page": 1, "no": 2}');
SELECT aksara.related_clear('Product', '{"tenant": 1, "sku": "b"}', 'lines');
SELECT page, no, product_tenant, product_sku FROM lines ORDER BY 1, 2;
SELECT aksara.related_create('Product', '{"tenant": 2, "sku": "a"}', 'lines', '{"page": 9, "no": 9}');
SELECT aksara.fetch(aksara.related('Product', '{"tenant": 2, "sku": "a"}', 'lines'));
SELECT aksara.related_create('Product', '{"tenant": 2, "sku": "a"}', 'lines', '{"page": 9, "no": 10, "product": {"tenant": 1, "sku": "a"}}');
\echo :SQLSTATE
SELECT aksara.related_create('Product', '{"tenant": 2, "sku": "a"}', 'lines', '{"page": 9, "no": 10, "product_sku": "a"}');
\echo :SQLSTATE
-- Errors.
SELECT aksara.related_add('Product', '{"tenant": 1}', 'lines', '{"page": 1, "no": 1}');
\echo :SQLSTATE
SELECT aksara.related_add('Product', '1', 'lines', '{"page": 1, "no": 1}');
\echo :SQLSTATE
SELECT aksara.related_add('Product', 1, 'lines', 2);
\echo :SQLSTATE
SELECT aksara.related_add('Product', '{"tenant": 1, "sku": "a"}', 'lines', '{"page": 1, "no": 1}', '7');
\echo :SQLSTATE
SELECT aksara.related_add('Product', '{"tenant": "x", "sku": "a"}', 'lines', '{"page": 1, "no": 1}');
\echo :SQLSTATE
SELECT aksara.related_add('Product', '{"tenant": 1, "sku": "a"}', 'lines', '{"page": 1, "no": 1}', '{"page": 5, "no": 5}');
\echo :SQLSTATE
SELECT aksara.related_add('Product', '{"tenant": 9, "sku": "a"}', 'lines', '{"page": 1, "no": 1}');
\echo :SQLSTATE
SELECT aksara.related_clear('Product', '{"tenant": 1, "sku": "a"}', 'fixtures');
\echo :SQLSTATE
SELECT aksara.related_add('Line', '{"page": 1, "no": 1}', 'product', '{"tenant": 1, "sku": "a"}');
\echo :SQLSTATE

-- Many-to-many, from the end with one column and from the other.
SELECT aksara.related_add('Product', '{"tenant": 1, "sku": "a"}', 'tags', 1, 2);
SELECT aksara.related_add('Product', '{"tenant": 1, "sku": "a"}', 'tags', '1', '2');
SELECT aksara.related_add('Tag', 1, 'products', '{"tenant": 2, "sku": "a"}'::json, '{"tenant": 1, "sku": "a"}'::json);
SELECT aksara.related_add('Shelf', '{"a": 1, "b": "x"}', 'products', '{"tenant": 2, "sku": "a"}', '{"tenant": 1, "sku": "a"}', '{"tenant": 1, "sku": "a"}');
SELECT * FROM aksara.related_set('Product', '{"tenant": 1, "sku": "a"}', 'shelves', '{"a": 1, "b": "y"}');
SELECT product_tenant, product_sku, tag_id FROM product_tags ORDER BY 1, 2, 3;
SELECT shelf_a, shelf_b, product_tenant, product_sku FROM shelf_products ORDER BY 1, 2, 3;
SELECT aksara.related_remove('Tag', 1, 'products', '{"tenant": 2, "sku": "a"}'::jsonb);
SELECT aksara.related_contains('Shelf', '{"a": 1, "b": "y"}', 'products', '{"tenant": 1, "sku": "a"}');
SELECT aksara.related_create('Shelf', '{"a": 1, "b": "y"}', 'products', '{"tenant": 3, "sku": "c"}');
SELECT aksara.related_clear('Shelf', '{"a": 1, "b": "y"}', 'products');
SELECT aksara.related_add('Shelf', '{"a": 1, "b": "y"}', 'products', '{"tenant": 7, "sku": "none"}');
\echo :SQLSTATE
SELECT aksara.delete_by_key('Product', 1, 'a'::text);

-- To itself, without direction, and through a model of one's own.
SELECT aksara.create_model('Node', '{"a": "Integer", "b": "Integer",
  "friends": {"type": "ManyToMany", "to": "self", "symmetrical": true},
  "next":    {"type": "ManyToMany", "to": "self", "through": "Edge", "related_name": "previous"}}', '{"primary_key": ["b", "a"]}');
SELECT aksara.create_model('Edge', '{
  "source": {"type": "ForeignKey", "to": "Node", "related_name": "+"},
  "target": {"type": "ForeignKey", "to": "Node", "related_name": "+"},
  "weight": {"type": "Integer", "default": 1}}', '{"primary_key": "bigint"}');
INSERT INTO nodes (a, b) VALUES (1, 1), (2, 1), (1, 2);
SELECT aksara.related_add('Node', '{"a": 1, "b": 1}', 'friends', '{"a": 2, "b": 1}', '{"a": 1, "b": 2}', '{"a": 1, "b": 1}');
SELECT from_node_a, from_node_b, to_node_a, to_node_b FROM node_friends ORDER BY 1, 2, 3, 4;
SELECT aksara.related_remove('Node', '{"a": 2, "b": 1}', 'friends', '{"a": 1, "b": 1}');
SELECT * FROM aksara.related_set('Node', '{"a": 2, "b": 1}', 'friends', '{"a": 1, "b": 2}');
SELECT aksara.related_clear('Node', '{"a": 1, "b": 2}', 'friends');
SELECT from_node_a, from_node_b, to_node_a, to_node_b FROM node_friends ORDER BY 1, 2, 3, 4;
SELECT aksara.related_add('Node', '{"a": 1, "b": 1}', 'next', '{"a": 2, "b": 1}', '{"a": 1, "b": 2}');
SELECT aksara.related_add('Node', '{"a": 1, "b": 1}', 'next', '{"a": 2, "b": 1}');
SELECT * FROM aksara.related_link('Node', '{"a": 2, "b": 1}', 'next', '[{"a": 1, "b": 1}]', '{"weight": 5}');
SELECT * FROM aksara.related_link('Node', '{"a": 2, "b": 1}', 'next', '[{"a": 1, "b": 2}]', '{"target": {"a": 1, "b": 1}}');
\echo :SQLSTATE
SELECT * FROM aksara.related_link('Node', '{"a": 2, "b": 1}', 'next', '[{"a": 1, "b": 2}]', '{"target_a": 1}');
\echo :SQLSTATE
SELECT source_a, source_b, target_a, target_b, weight FROM edges ORDER BY id;
SELECT aksara.related_create('Node', '{"a": 1, "b": 1}', 'next', '{"a": 7, "b": 7}', '{"weight": 3}');
SELECT aksara.fetch(aksara.related('Node', '{"a": 7, "b": 7}', 'previous'));
SELECT aksara.related_clear('Node', '{"a": 1, "b": 1}', 'next');
SELECT * FROM aksara.check_registry() WHERE model LIKE 'widelink.%';

-- Junctions follow their models' names, by call and by hand.
SELECT aksara.rename_model('Product', 'Item');
SELECT field, junction_table, source_columns, target_columns FROM aksara.relation WHERE app = 'widelink' AND model IN ('Item', 'Shelf') AND kind = 'ManyToMany' ORDER BY 1;
ALTER TABLE shelf_products RENAME COLUMN item_sku TO "the SKU";
ALTER TABLE shelf_products RENAME TO held;
SELECT field, junction_table, source_columns, target_columns FROM aksara.relation WHERE app = 'widelink' AND model = 'Shelf' AND kind = 'ManyToMany';
SELECT aksara.related_add('Shelf', '{"a": 1, "b": "y"}', 'products', '{"tenant": 1, "sku": "b"}');
SELECT aksara.fetch('{"model": "Shelf", "prefetch_related": ["products"], "order_by": ["pk"]}');
ALTER TABLE held DROP COLUMN "the SKU";
SELECT aksara.describe('Shelf') -> 'fields' ->> 2 AS gone;
SELECT aksara.drop_model('Shelf', cascade => true);
SELECT aksara.drop_model('Tag', cascade => true);
SELECT aksara.drop_model('Item', cascade => true);
SELECT tablename FROM pg_tables WHERE schemaname = 'widelink' ORDER BY 1;
DROP SCHEMA widelink CASCADE;
