-- The field types that come with the extension: by the calls, by SQL of any kind, in conditions.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA stock;
SET search_path = stock;
CREATE FUNCTION stock.says(sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE message text; detail text;
BEGIN
	EXECUTE sql;
	RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
	GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
	RETURN SQLSTATE || ' ' || message || coalesce(E'\n  ' || nullif(detail, ''), '');
END $$;

-- Each is a definition that create_field_type() could have been given.
SELECT name, version, base FROM aksara.field_type WHERE app = 'aksara' ORDER BY name COLLATE "C";

-- ---- Percentage ----

SELECT aksara.create_model('Rate', '{
	"rate": "Percentage",
	"share": {"type": "Percentage", "max": 1, "decimal_places": 3, "default": 0.5},
	"growth": {"type": "aksara.Percentage", "min": -100, "max": 1000, "nullable": true}
}', '{"primary_key": "bigint"}');
SELECT aksara.create('Rate', '{"rate": 12.5}');
SELECT aksara.create('Rate', '{"rate": "100", "share": 0.125, "growth": -99.99}');
SELECT stock.says($$SELECT aksara.create('Rate', '{"rate": 100.01}')$$);
SELECT stock.says($$SELECT aksara.create('Rate', '{"rate": "much", "share": 0.1234, "growth": true}')$$);
INSERT INTO rates (rate) VALUES (-0.01);
INSERT INTO rates (rate, share) VALUES (1, 2);
COPY rates (rate, growth) FROM stdin;
5	1000
\.
COPY rates (rate, growth) FROM stdin;
5	1001
\.
UPDATE rates SET rate = rate * 10;
SELECT aksara.count('Rate', '{"rate__gte": 12.5}'), aksara.count('Rate', '{"growth__in": [-99.99, "1000"]}');
SELECT stock.says($$SELECT aksara.add_field('Rate', 'x', '{"type": "Percentage", "maximum": 3}')$$);
SELECT stock.says($$SELECT aksara.add_field('Rate', 'x', '{"type": "Percentage", "default": 101}')$$);

-- ---- Phone: stored in one form, whoever writes ----

SELECT aksara.create_model('Contact', '{"name": {"type": "String", "unique": true}, "phone": {"type": "Phone", "nullable": true}}', '{"primary_key": "bigint"}');
SELECT aksara.create('Contact', '{"name": "a", "phone": "+1 (202) 555-0123"}');
SELECT aksara.create('Contact', '{"name": "b", "phone": " 089-123 456 789 "}');
SELECT stock.says($$SELECT aksara.create('Contact', '{"name": "c", "phone": "12345678"}')$$);
SELECT stock.says($$SELECT aksara.create('Contact', '{"name": "c", "phone": "call me"}')$$);
SELECT stock.says($$SELECT aksara.create('Contact', '{"name": "c", "phone": 491234567890}')$$);
INSERT INTO contacts (name, phone) VALUES ('d', '(030) 1234567');
INSERT INTO contacts (name, phone) VALUES ('e', '30/1234567');
COPY contacts (name, phone) FROM stdin;
f	(040) 123-45-67
\.
INSERT INTO contacts (name, phone) VALUES ('f', '1-2') ON CONFLICT (name) DO UPDATE SET phone = '040 999 8887';
INSERT INTO contacts (name) VALUES ('f') ON CONFLICT (name) DO UPDATE SET phone = '040 999 8887';
UPDATE contacts SET phone = '(0)30-1234567' WHERE name = 'd';
SELECT aksara.update('{"model": "Contact", "filter": {"name": "a"}}', '{"phone": "(202) 555-0199 1"}');
SELECT name, phone FROM contacts ORDER BY id;
SELECT aksara.count('Contact', '{"phone": "089 123-456-789"}'), aksara.count('Contact', '{"phone__startswith": "0"}');

-- ---- Money: a decimal outside, its smallest units inside ----

SELECT aksara.create_model('Item', '{
	"price": {"type": "Money", "default": "9.99"},
	"fee": {"type": "Money", "decimal_places": 3, "nullable": true, "unique": true},
	"balance": {"type": "Money", "negative": true, "decimal_places": 0, "default": -5}
}', '{"primary_key": "bigint"}');
SELECT aksara.create('Item', '{}');
SELECT aksara.create('Item', '{"price": 12, "fee": "0.125", "balance": 0}');
SELECT aksara.create('Item', '{"price": 92233720368547758.07, "fee": 1.5, "balance": -1e3}');
SELECT stock.says($$SELECT aksara.create('Item', '{"price": 12.345, "fee": "x", "balance": 0.5}')$$);
SELECT stock.says($$SELECT aksara.create('Item', '{"price": 92233720368547758.08}')$$);
SELECT stock.says($$SELECT aksara.create('Item', '{"price": -0.01}')$$);
SELECT stock.says($$SELECT aksara.create('Item', '{"price": "NaN"}')$$);
SELECT stock.says($$SELECT aksara.add_field('Item', 'x', '{"type": "Money", "decimal_places": 7}')$$);
SELECT * FROM items ORDER BY id;
INSERT INTO items (price) VALUES (-1);
COPY items (price, fee, balance) FROM stdin;
150	2500	-7
\.
SELECT aksara.update('{"model": "Item", "filter": {"price": 1.5}}', '{"price": 2.50}');
SELECT aksara.update('{"model": "Item", "filter": {"fee": 2.5}}', '{}', '{"price": {"$add": [{"$f": "price"}, 1]}}');
SELECT aksara.upsert('Item', '{"fee": 2.5, "price": 3}', '{fee}');
SELECT aksara.fetch('{"model": "Item", "filter": {"price__range": [2.5, 12]}, "order_by": ["-price"]}');
SELECT aksara.money_units(1.23, '{}'), aksara.money_units(1.23, '{"decimal_places": 4}'), aksara.money_amount(-5, '{}'), aksara.money_units(NULL, '{}');
SELECT stock.says($$SELECT aksara.money_units(1, '{"decimal_places": 99}')$$);

-- ---- Color ----

SELECT aksara.create_model('Paint', '{"color": {"type": "Color", "default": "#ffffff"}}', '{"primary_key": "bigint"}');
SELECT aksara.create('Paint', '{}');
SELECT aksara.create('Paint', '{"color": "#F80"}');
SELECT aksara.create('Paint', '{"color": "0080ff"}');
SELECT aksara.create('Paint', '{"color": {"g": 2, "r": 1, "b": 255}}');
SELECT aksara.create('Paint', '{"color": " 1, 2 ,3"}');
SELECT stock.says(format('SELECT aksara.create(''Paint'', %L)', d)) FROM unnest('{
	"{\"color\": \"red\"}", "{\"color\": \"#ffff\"}", "{\"color\": \"1,2\"}", "{\"color\": \"1,2,256\"}", "{\"color\": \"1,2,3,4\"}",
	"{\"color\": {\"r\": 1, \"g\": 2}}", "{\"color\": {\"r\": 1, \"g\": 2, \"b\": 2.5}}", "{\"color\": 7}", "{\"color\": [1, 2, 3]}", "{\"color\": null}"}'::text[]) d;
INSERT INTO paints (color) VALUES ('#ffffff');
INSERT INTO paints (color) VALUES ('1,2,300');
INSERT INTO paints (color) VALUES ('10,20,30');
SELECT aksara.count('Paint', '{"color": "#0a141e"}'), aksara.count('Paint', '{"color__in": ["#fff", {"$v": {"r": 1, "g": 2, "b": 3}}]}');

-- ---- AutoSlug ----

SELECT aksara.create_model('Post', '{"title": "String", "slug": {"type": "AutoSlug", "auto_from": "title", "max_length": 10}}', '{"primary_key": "bigint"}');
SELECT aksara.create('Post', '{"title": "Tea & Pots"}');
SELECT aksara.create('Post', '{"title": "Tea Pots"}');
INSERT INTO posts (title) VALUES ('Tea pots'), ('TEA POTS'), ('tea, pots!') RETURNING slug;
COPY posts (title) FROM stdin;
tea pots
tea pots
\.
SELECT aksara.bulk_create('Post', '[{"title": "Tea pots"}, {"title": "tea pots"}, {"title": "tea pots"}]');
INSERT INTO posts (title, slug) SELECT 'Tea pots', NULL FROM generate_series(1, 90);
SELECT slug FROM posts WHERE id > 95;
SELECT count(DISTINCT slug), max(length(slug)) FROM posts;
-- A slug that is given stays as it is, and one that is taken is refused.
SELECT aksara.create('Post', '{"title": "x", "slug": "my-own"}');
SELECT stock.says($$SELECT aksara.create('Post', '{"title": "x", "slug": "my-own"}')$$);
-- A row does not stand in its own way.
UPDATE posts SET slug = '' WHERE slug = 'tea-pots' RETURNING slug;
UPDATE posts SET slug = '', title = 'My own' WHERE id = 1 RETURNING slug;
SELECT stock.says($$SELECT aksara.add_field('Post', 's', '{"type": "AutoSlug", "auto_from": "title", "suffix": false}')$$);
-- Rows that the writer may not see count.
CREATE ROLE regress_stock;
GRANT USAGE ON SCHEMA stock TO regress_stock;
GRANT SELECT, INSERT ON posts TO regress_stock;
ALTER TABLE posts ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON posts FOR SELECT TO regress_stock USING (title = 'Mine');
CREATE POLICY add ON posts FOR INSERT TO regress_stock WITH CHECK (true);
SET ROLE regress_stock;
INSERT INTO posts (title) VALUES ('My own');
SELECT aksara.create('Post', '{"title": "Mine"}');
RESET ROLE;
SELECT slug FROM posts WHERE title = 'My own' ORDER BY 1;
-- Partitions.
CREATE TABLE parts (id int, title varchar(20), slug varchar(20)) PARTITION BY LIST (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE parts_2 (slug varchar(20), title varchar(20), id int);
ALTER TABLE parts ATTACH PARTITION parts_2 FOR VALUES IN (2);
SELECT aksara.adopt_table('parts') ->> 'name' AS name;
SELECT aksara.alter_field('Part', 'slug', '{"type": "AutoSlug", "auto_from": "title", "unique": false, "max_length": 20, "nullable": true}');
INSERT INTO parts (id, title) VALUES (1, 'One'), (2, 'One'), (1, 'One');
SELECT id, slug FROM parts ORDER BY slug;
UPDATE parts SET id = 1, slug = '' WHERE id = 2;
SELECT id, slug FROM parts ORDER BY slug;

-- Types of the extension are nobody's to change.
SELECT stock.says($$SELECT aksara.drop_field_type('Money')$$);
SELECT stock.says($$SELECT aksara.alter_field_type('aksara.Money', '{}')$$);
DROP SCHEMA stock CASCADE;
DROP ROLE regress_stock;
