-- Rows above and below others along a relation of a model to itself: $descendants, $ancestors.
SET client_min_messages = warning;
CREATE SCHEMA tree;
SET search_path = tree;
\o /dev/null
SELECT aksara.create_model('Category', '{"name": "String", "parent": {"type": "ForeignKey", "to": "self", "nullable": true, "on_delete": "CASCADE", "related_name": "children"}}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{"title": "String", "category": {"type": "ForeignKey", "to": "Category", "nullable": true, "on_delete": "SET_NULL", "related_name": "posts"}}', '{"primary_key": "bigint"}');
\o
INSERT INTO categories (name, parent_id) VALUES ('Tech', NULL), ('Python', 1), ('Django', 2), ('SQL', 1), ('Food', NULL), ('Soup', 5);
INSERT INTO posts (title, category_id) SELECT 'About ' || name, id FROM categories;
INSERT INTO posts (title) VALUES ('About nothing');
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION fails(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  hint text;
BEGIN
  EXECUTE statement;
  RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN SQLSTATE || ' ' || SQLERRM || CASE WHEN hint <> '' THEN ' | ' || hint ELSE '' END;
END $$;
-- The names of the categories that meet a condition.
CREATE FUNCTION names(conditions text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(name, ', ' ORDER BY id) FROM aksara.rows(NULL::tree.categories, json_build_object('model', 'tree.Category', 'filter', conditions::json))
$$;
SELECT names('{"$descendants": {"of": 1}}');
SELECT names('{"$descendants": {"of": {"name": "Tech"}, "self": true}}');
-- A truth like any other: compared, annotated.
SELECT aksara.count('{"model": "Category", "annotate": {"below": {"$descendants": {"of": 1}}}, "filter": {"below": {"$descendants": {"of": {"name": "Tech"}}}, "below__lt": {"$descendants": {"of": 1, "self": true}}}}');
SELECT names('{"$descendants": {"of": 1, "depth": 1}}'), names('{"$descendants": {"of": 1, "depth": 0}}'), names('{"$descendants": {"of": 1, "depth": 0, "self": true}}');
SELECT names('{"$descendants": {"of": {"parent": null}, "depth": 1, "by": "parent"}}');
SELECT names('{"$ancestors": {"of": {"name": "Django"}}}'), names('{"$ancestors": {"of": 3, "self": true}}'), names('{"$ancestors": {"of": 3, "depth": 1}}'), names('{"$ancestors": {"of": {}}}');
SELECT names('{"$not": {"$ancestors": {"of": 3}}, "name__contains": "o"}');
SELECT names('{"$descendants": {"of": 42}}') IS NULL;
-- posts of a category, child categories included
SELECT string_agg(title, ', ' ORDER BY id) FROM aksara.rows(NULL::posts, '{"model": "Post", "filter": {"category__in": {"$subquery": {"model": "Category", "filter": {"$descendants": {"of": {"name": "Tech"}, "self": true}}}}}}');
SELECT string_agg(title, ', ' ORDER BY p.id) FROM posts p WHERE category_id IN (WITH RECURSIVE r AS (SELECT id FROM categories WHERE name = 'Tech' UNION SELECT c.id FROM r JOIN categories c ON c.parent_id = r.id) SELECT id FROM r);
-- how many each category has below it, and whether it is above the soup
SELECT aksara.fetch('{"model": "Category", "pick": ["name", "above"], "order_by": ["id"], "alias": {"above": {"$ancestors": {"of": {"name": "Soup"}}}}}');
SELECT aksara.fetch('{"model": "Category", "pick": ["name", "below"], "order_by": ["id"], "alias": {"below": {"$array_subquery": {"model": "Category", "pick": ["name"], "order_by": ["id"], "filter": {"$descendants": {"of": {"pk": {"$outer": "pk"}}}}}}}}');
-- circles end
UPDATE categories SET parent_id = 3 WHERE id = 1;
SELECT names('{"$descendants": {"of": 1}}'), names('{"$ancestors": {"of": 1}}'), names('{"$descendants": {"of": 1, "depth": 2}}');
UPDATE categories SET parent_id = 6 WHERE id = 6;
SELECT names('{"$descendants": {"of": 6}}'), names('{"$descendants": {"of": 6, "depth": 100000}}');
SELECT names('{"$descendants": {"of": 1, "depth": 9000000000000}}'), names('{"$ancestors": {"of": 1, "depth": 9000000000000, "self": true}}');
-- keys of several fields
\o /dev/null
SELECT aksara.create_model('Node', '{"tree": "Integer", "number": "Integer", "up": {"type": "ForeignKey", "to": "self", "nullable": true, "on_delete": "CASCADE", "related_name": "below"}}', '{"primary_key": ["tree", "number"]}');
\o
\d nodes
INSERT INTO nodes (tree, number, up_tree, up_number) VALUES (1, 1, NULL, NULL), (1, 2, 1, 1), (1, 3, 1, 2), (2, 1, 1, 1), (2, 2, NULL, NULL);
SELECT aksara.fetch('{"model": "Node", "pick": ["tree", "number"], "order_by": ["tree", "number"], "filter": {"$descendants": {"of": {"tree": 1, "number": 1}}}}');
SELECT aksara.fetch('{"model": "Node", "pick": ["tree", "number"], "order_by": ["tree", "number"], "filter": {"$ancestors": {"of": {"number": 3}, "self": true}}}');
-- errors
SELECT fails($$SELECT names('{"$descendants": {}}')$$);
SELECT fails($$SELECT aksara.count('{"model": "Category", "group_by": ["parent"], "annotate": {"n": {"$count": "*"}}, "filter": {"$or": [{"n": 1}, {"$descendants": {"of": 1}}]}}')$$);
SELECT fails($$SELECT names('{"$descendants": {"of": 1, "deep": 2}}')$$);
SELECT fails($$SELECT names('{"$descendants": {"of": 1, "by": "child"}}')$$);
SELECT fails($$SELECT names('{"$descendants": {"of": 1, "depth": -1}}')$$);
SELECT fails($$SELECT names('{"$descendants": 1}')$$);
SELECT fails($$SELECT names('{"$descendants": {"of": {"nam": 1}}}')$$);
SELECT fails($$SELECT names('{"$descendants": {"of": "one"}}')$$);
SELECT fails($$SELECT aksara.fetch('{"model": "Post", "filter": {"$descendants": {"of": 1}}}')$$);
SELECT aksara.add_field('Category', 'twin', '{"type": "ForeignKey", "to": "self", "nullable": true, "on_delete": "SET_NULL", "related_name": "twins"}') IS NOT NULL;
SELECT fails($$SELECT names('{"$descendants": {"of": 1}}')$$);
SELECT names('{"$descendants": {"of": 5, "by": "twin", "self": true}}');
DROP SCHEMA tree CASCADE;
