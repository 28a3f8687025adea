-- Keys of adopted tables in their many forms: junctions over several columns, columns in several keys, unique in every way, circles, partitions.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA keys;
SET search_path = keys;
CREATE TABLE products (tenant integer, sku text, PRIMARY KEY (tenant, sku));
CREATE TABLE tags (id integer PRIMARY KEY);
CREATE TABLE shelves (a integer, b integer, name text, PRIMARY KEY (b, a));
-- Junctions: the first column says whose field it is. One whose two sides share a column is none: a link would say it twice.
CREATE TABLE product_tags (product_tenant integer, product_sku text, tag_id integer REFERENCES tags,
	FOREIGN KEY (product_tenant, product_sku) REFERENCES products ON DELETE CASCADE, PRIMARY KEY (tag_id, product_tenant, product_sku));
CREATE TABLE on_shelves (shelf_a integer, shelf_b integer, product_tenant integer, product_sku text, since date DEFAULT '2024-01-01',
	FOREIGN KEY (shelf_a, shelf_b) REFERENCES shelves (a, b), FOREIGN KEY (product_tenant, product_sku) REFERENCES products, UNIQUE (shelf_a, shelf_b, product_tenant, product_sku));
CREATE TABLE swaps (tenant integer, sku text, sku2 text, FOREIGN KEY (tenant, sku) REFERENCES products, FOREIGN KEY (tenant, sku2) REFERENCES products, PRIMARY KEY (tenant, sku, sku2));
CREATE TABLE next_to (left_a integer, left_b integer, right_a integer, right_b integer,
	FOREIGN KEY (left_a, left_b) REFERENCES shelves (a, b), FOREIGN KEY (right_a, right_b) REFERENCES shelves (a, b), PRIMARY KEY (left_a, left_b, right_a, right_b));
-- One column, several keys: one relation.
CREATE TABLE several (id integer PRIMARY KEY, tag_id integer, CONSTRAINT a_first FOREIGN KEY (tag_id) REFERENCES tags, CONSTRAINT b_again FOREIGN KEY (tag_id) REFERENCES tags,
	CONSTRAINT c_other FOREIGN KEY (tag_id) REFERENCES several);
-- Unique, or only nearly.
CREATE TABLE unique_pair (tenant integer, sku text, FOREIGN KEY (tenant, sku) REFERENCES products, UNIQUE (sku, tenant));
CREATE TABLE unique_part (tenant integer, sku text, FOREIGN KEY (tenant, sku) REFERENCES products, UNIQUE (sku));
CREATE TABLE unique_some (tag_id integer REFERENCES tags, x integer);
CREATE UNIQUE INDEX ON unique_some (tag_id) WHERE x > 0;
CREATE TABLE unique_later (tag_id integer UNIQUE DEFERRABLE INITIALLY DEFERRED REFERENCES tags);
CREATE TABLE unique_with (tag_id integer REFERENCES tags, x integer, UNIQUE (tag_id) INCLUDE (x));
CREATE TABLE unique_more (tag_id integer REFERENCES tags, x integer, UNIQUE (tag_id, x));
-- In a circle; not valid yet; MATCH FULL; to and from a child of plain inheritance; over a column that no field holds.
CREATE TABLE hens (id integer PRIMARY KEY, egg_id integer);
CREATE TABLE eggs (id integer PRIMARY KEY, hen_id integer REFERENCES hens);
ALTER TABLE hens ADD FOREIGN KEY (egg_id) REFERENCES eggs DEFERRABLE;
CREATE TABLE unchecked (id integer PRIMARY KEY, tag_id integer);
INSERT INTO unchecked VALUES (1, 99);
ALTER TABLE unchecked ADD FOREIGN KEY (tag_id) REFERENCES tags NOT VALID;
CREATE TABLE matched (id integer PRIMARY KEY, a integer, b integer, FOREIGN KEY (a, b) REFERENCES shelves (a, b) MATCH FULL);
CREATE TABLE base (id integer PRIMARY KEY, tag_id integer REFERENCES tags);
CREATE TABLE child (extra integer, PRIMARY KEY (id)) INHERITS (base);
CREATE TABLE to_child (id integer PRIMARY KEY, child_id integer REFERENCES child);
CREATE TABLE bits (b bit(3) PRIMARY KEY);
CREATE TABLE of_bits (id integer PRIMARY KEY, b bit(3) REFERENCES bits);
-- Partitioned on both sides.
CREATE TABLE parts (id integer, k integer, tag_id integer REFERENCES tags, tenant integer, sku text, FOREIGN KEY (tenant, sku) REFERENCES products ON DELETE SET NULL (sku), PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE parts1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE parts2 PARTITION OF parts FOR VALUES IN (2);
CREATE TABLE uses (id integer PRIMARY KEY, part_id integer, part_k integer, FOREIGN KEY (part_id, part_k) REFERENCES parts ON DELETE CASCADE);
-- Names that need quoting.
CREATE TABLE "Big ""Ones""" ("Id No" integer PRIMARY KEY, "É" text UNIQUE);
CREATE TABLE "select" (id integer PRIMARY KEY, "from" integer REFERENCES "Big ""Ones""", "é" text REFERENCES "Big ""Ones""" ("É") ON DELETE SET NULL);

SELECT table_name, model, unmapped FROM aksara.adopt_schema('keys');
SELECT model, field, kind, target_model AS target, coalesce(related_name, '(default)') AS accessor, on_delete, constraint_name, through_model AS through
FROM aksara.relation WHERE app = 'keys' ORDER BY model, field COLLATE "C";

-- Links over them.
INSERT INTO products VALUES (1, 'a'), (1, 'b'), (2, 'a');
INSERT INTO tags SELECT generate_series(1, 4);
INSERT INTO shelves VALUES (1, 2, 'x'), (2, 2, 'y');
SELECT aksara.related_add('Product', '{"tenant": 1, "sku": "a"}', 'tags', 1, 2);
SELECT aksara.related_add('Tag', 3, 'product_set', '{"tenant": 1, "sku": "b"}', '{"tenant": 2, "sku": "a"}');
SELECT * FROM aksara.related_set('Product', '{"tenant": 1, "sku": "a"}', 'tags', 2, 3);
SELECT * FROM product_tags ORDER BY 1, 2, 3;
SELECT aksara.fetch('{"model": "Product", "prefetch_related": ["tags"], "filter": {"tags": 3}, "order_by": ["pk"]}');
SELECT aksara.related_add('Shelve', '{"a": 1, "b": 2}', 'products', '{"tenant": 1, "sku": "b"}');
SELECT * FROM on_shelves;
SELECT aksara.fetch('{"model": "Shelve", "prefetch_related": ["products"], "order_by": ["name"]}');
SELECT aksara.related_add('Shelve', '{"a": 1, "b": 2}', 'rights', '{"a": 2, "b": 2}');
SELECT left_a, left_b, right_a, right_b FROM next_to;
SELECT aksara.related_contains('Shelve', '{"a": 2, "b": 2}', 'lefts', '{"a": 1, "b": 2}');

-- Rows in partitions, and of partitioned targets.
SELECT aksara.create('Part', '{"id": 1, "k": 1, "tag": 1, "product": {"tenant": 1, "sku": "a"}}');
SELECT * FROM aksara.upsert('Part', '{"id": 1, "k": 1, "tag": 2}', '{id,k}');
SELECT * FROM aksara.upsert('Part', '{"id": 2, "k": 2, "tag": 2}', '{id,k}');
SELECT * FROM aksara.update_or_create('Part', '{"id": 2, "k": 2}', '{"tag": 3}');
SELECT aksara.bulk_update('Part', '[{"id": 2, "k": 2, "product": {"tenant": 2, "sku": "a"}}, {"id": 1, "k": 1, "product": {"tenant": 1, "sku": "b"}}]');
SELECT * FROM aksara.bulk_create('Use', '[{"id": 1, "part": {"id": 1, "k": 1}}, {"id": 2, "part": {"id": 2, "k": 2}}]');
SELECT aksara.related_add('Part', '{"id": 1, "k": 1}', 'use_set', 2);
SELECT aksara.related_create('Part', '{"id": 2, "k": 2}', 'use_set', '{"id": 3}');
SELECT aksara.related_add('Tag', 1, 'part_set', '{"id": 2, "k": 2}');
SELECT aksara.fetch('{"model": "Use", "select_related": ["part__product", "part__tag"], "order_by": ["id"]}');
SELECT aksara.delete_by_key('Product', 2, 'a'::text);
SELECT tableoid::regclass AS partition, id, tag_id, tenant, sku FROM parts ORDER BY id;
SELECT aksara.delete_by_key('Part', 1, 1);
SELECT * FROM uses;
-- Quoted.
SELECT aksara.create('Big "One"', '{"Id No": 1, "É": "x"}');
\echo :SQLSTATE
SELECT aksara.forget_model(label) FROM (SELECT app || '.' || name AS label FROM aksara.model WHERE app = 'keys' AND table_name = 'Big "Ones"') m;
SELECT aksara.adopt_table('"Big ""Ones"""', 'Big') ->> 'name' AS name;
SELECT json_agg(f -> 'name') FROM json_array_elements(aksara.adopt_table('"select"', 'Choice') -> 'fields') f;
\echo :SQLSTATE
SELECT json_agg(f -> 'name') FROM json_array_elements(aksara.adopt_table('"select"') -> 'fields') f;
SELECT aksara.create('Big', '{"Id No": 1, "É": "x"}');
SELECT aksara.create('Select', '{"id": 1, "from": 1, "é": "x"}');
SELECT aksara.fetch('{"model": "Select", "select_related": ["from", "é"]}');
SELECT aksara.delete('{"model": "Select"}');

-- A field defined on top, over columns that a key is over already, has a key of its own, and leaves the other alone.
SELECT aksara.add_field('Part', 'owner', '{"type": "ForeignKey", "to": "Product", "from_fields": ["tenant", "sku"], "on_delete": "PROTECT", "related_name": "owned"}');
SELECT aksara.add_field('Part', 'second', '{"type": "ForeignKey", "to": "Tag", "nullable": true, "on_delete": "PROTECT", "related_name": "seconds"}');
SELECT aksara.add_field('Use', 'other', '{"type": "ForeignKey", "to": "Part", "nullable": true, "on_delete": "PROTECT", "related_name": "others"}');
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND conrelid IN ('parts'::regclass, 'uses'::regclass) ORDER BY 1, 2;
SELECT model, field, constraint_name FROM aksara.relation WHERE app = 'keys' AND model IN ('Part', 'Use') ORDER BY 1, 2;
UPDATE parts SET sku = 'b', tenant = 1, second_id = 4;
SELECT aksara.related_add('Part', '{"id": 2, "k": 2}', 'others', aksara.related_create('Part', '{"id": 2, "k": 2}', 'use_set', '{"id": 4}'));
DELETE FROM parts2;
\echo :SQLSTATE
SELECT aksara.delete('{"model": "Part"}');
\echo :SQLSTATE
DELETE FROM tags WHERE id = 4;
\echo :SQLSTATE
SELECT aksara.delete_by_key('Product', 1, 'b'::text);
\echo :SQLSTATE
SELECT aksara.alter_field('Part', 'owner', '{"type": "ForeignKey", "to": "Product", "from_fields": ["tenant", "sku"], "on_delete": "CASCADE", "related_name": "owned"}');
SELECT aksara.rename_field('Part', 'owner', 'keeper');
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND conrelid = 'parts'::regclass ORDER BY 1;
SELECT aksara.remove_field('Part', 'keeper');
SELECT aksara.remove_field('Use', 'other');
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' AND conparentid = 0 AND conrelid IN ('parts'::regclass, 'uses'::regclass) ORDER BY 1, 2;
SELECT aksara.describe('Part') #> '{fields,5}' AS product;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'parts'::regclass AND tgname LIKE 'aksara%';
SELECT * FROM aksara.check_registry() WHERE model LIKE 'keys.%';

-- A target that went and comes again, as another table: the adopted one is not altered until that is said, one's own field is built.
CREATE TABLE owners (id integer PRIMARY KEY);
CREATE TABLE owned (id integer PRIMARY KEY, owner_id integer REFERENCES owners ON DELETE CASCADE);
SELECT table_name FROM aksara.adopt_schema('keys') WHERE table_name LIKE 'own%';
SELECT aksara.add_field('Owned', 'extra', '{"type": "ForeignKey", "to": "Owner", "nullable": true, "related_name": "extras"}');
DROP TABLE owners CASCADE;
SET client_min_messages = notice;
SELECT aksara.create_model('Owner', '{"name": "Text"}');
SET client_min_messages = warning;
\d owned
SELECT problem FROM aksara.check_registry() WHERE model LIKE 'keys.%';
SELECT aksara.fetch('{"model": "Owned", "select_related": ["owner"]}');
\echo :SQLSTATE
INSERT INTO owned VALUES (1, 7);
SELECT aksara.connect_relation('Owned', 'owner');
\echo :SQLSTATE
DELETE FROM owned;
SELECT aksara.connect_relation('Owned', 'owner');
\d owned
-- A many-to-many alters no table of its model.
SELECT aksara.add_field('Owned', 'helpers', '{"type": "ManyToMany", "to": "Owner", "through": "Help", "related_name": "helped"}');
SELECT aksara.create_model('Help', '{"owned": {"type": "ForeignKey", "to": "Owned"}, "owner": {"type": "ForeignKey", "to": "Owner", "related_name": "+"}}');
SELECT aksara.count('{"model": "Owned", "filter": {"helpers__name": "x"}}');
SELECT aksara.drop_model('Help', cascade => true);
-- Or the same table comes back with its key: then all is as it was.
DROP TABLE owners CASCADE;
CREATE TABLE owners (id integer PRIMARY KEY);
ALTER TABLE owned ALTER owner_id TYPE integer USING NULL, DROP extra_id;
ALTER TABLE owned ADD FOREIGN KEY (owner_id) REFERENCES owners ON DELETE CASCADE;
SELECT aksara.adopt_table('owners') -> 'related' AS related;
SELECT aksara.create('Owner', '{"id": 1}');
SELECT aksara.related_create('Owner', 1, 'owned_set', '{"id": 1}');
SELECT problem FROM aksara.check_registry() WHERE model LIKE 'keys.%';
-- A relation that names a model without reaching it does not hold it, and finds it when it is there again.
SELECT aksara.create_model('Loose', '{"owner": {"type": "ForeignKey", "to": "Owner", "null": true}}', '{"primary_key": "bigint"}');
ALTER TABLE looses DROP CONSTRAINT looses_owner_id_fkey, ALTER owner_id TYPE text;
SELECT aksara.forget_model('Owner');
SELECT count(target) AS targets FROM aksara.relation_oid WHERE app = 'keys' AND model = 'Loose';
SELECT problem FROM aksara.check_registry() WHERE model LIKE 'keys.%';
SELECT aksara.adopt_table('owners') ->> 'name' AS name;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'looses'::regclass AND contype = 'f';
SELECT problem FROM aksara.check_registry() WHERE model LIKE 'keys.%';
DROP SCHEMA keys CASCADE;
