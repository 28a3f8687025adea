-- Relations of adopted tables: foreign keys, one-to-one, junctions, keys over several columns; adopt_schema().
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA shop;
SET search_path = shop;

-- The order of the tables does not matter, nor that two refer to each other.
CREATE TABLE customers (id integer PRIMARY KEY, email text UNIQUE, last_order_id integer);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers ON DELETE CASCADE,
	billed_to integer REFERENCES customers ON DELETE SET NULL, clerk text, clerk_id integer REFERENCES customers DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE customers ADD FOREIGN KEY (last_order_id) REFERENCES orders;
CREATE TABLE profiles (customer_id integer PRIMARY KEY REFERENCES customers ON DELETE RESTRICT, bio text);
CREATE TABLE mailings (id integer PRIMARY KEY, email text REFERENCES customers (email) ON UPDATE CASCADE ON DELETE SET DEFAULT DEFAULT 'none');
CREATE TABLE tags (name varchar(20) PRIMARY KEY);
CREATE TABLE order_tags (order_id integer REFERENCES orders, tag_name varchar(20) REFERENCES tags, PRIMARY KEY (order_id, tag_name));
CREATE TABLE friends (id serial PRIMARY KEY, from_id integer NOT NULL REFERENCES customers, to_id integer NOT NULL REFERENCES customers, since date DEFAULT '2024-01-01', UNIQUE (to_id, from_id));
CREATE TABLE stores (country char(2), code integer, name text, PRIMARY KEY (country, code), UNIQUE (code, country, name));
CREATE TABLE deliveries (id integer PRIMARY KEY, store_code integer, store_country char(2), order_id integer UNIQUE REFERENCES orders,
	FOREIGN KEY (store_code, store_country) REFERENCES stores (code, country) ON DELETE CASCADE);
CREATE TABLE notes (order_id integer REFERENCES orders, tag_name varchar(20) REFERENCES tags, body text NOT NULL, PRIMARY KEY (order_id, tag_name));
CREATE TABLE elsewhere (id bigint PRIMARY KEY, narrow smallint);
CREATE TABLE wide (id integer PRIMARY KEY, elsewhere_id integer REFERENCES elsewhere);
CREATE TABLE logs (at timestamptz, order_id integer REFERENCES orders, what text);

-- Every row of the catalogs that is about these tables, as it was written.
CREATE VIEW catalog_rows AS
	SELECT 'class' AS kind, c.oid, c.xmin::text AS written, c.ctid AS place FROM pg_class c WHERE relnamespace = 'shop'::regnamespace
	UNION ALL SELECT 'attribute', attrelid, a.xmin::text, a.ctid FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'shop'::regnamespace
	UNION ALL SELECT 'constraint', oid, c.xmin::text, c.ctid FROM pg_constraint c WHERE connamespace = 'shop'::regnamespace
	UNION ALL SELECT 'trigger', t.oid, t.xmin::text, t.ctid FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'shop'::regnamespace
	UNION ALL SELECT 'index', indexrelid, i.xmin::text, i.ctid FROM pg_index i JOIN pg_class c ON c.oid = indrelid WHERE relnamespace = 'shop'::regnamespace;
CREATE TEMP TABLE before AS SELECT * FROM catalog_rows;
SELECT count(*) > 100 AS much FROM before;
SELECT * FROM aksara.adopt_schema('shop');
(TABLE catalog_rows EXCEPT TABLE before) UNION ALL (TABLE before EXCEPT TABLE catalog_rows);

SELECT r.model, r.field, r.kind, r.target_model AS target, coalesce(r.related_name, '(default)') AS accessor, r.on_delete, r.constraint_name, r.through_model AS through
FROM aksara.relation r WHERE app = 'shop' ORDER BY model, (SELECT position FROM aksara.field f WHERE (f.app, f.model, f.name) = (r.app, r.model, r.field));
SELECT f FROM json_array_elements(aksara.describe('Order') -> 'fields') f WHERE f -> 'to' IS NOT NULL;
SELECT f FROM json_array_elements(aksara.describe('Mailing') -> 'fields') f WHERE f -> 'to' IS NOT NULL;
SELECT f FROM json_array_elements(aksara.describe('Delivery') -> 'fields') f WHERE f -> 'to' IS NOT NULL;
SELECT r FROM json_array_elements(aksara.describe('Customer') -> 'related') r;

-- Everything works along them.
SELECT aksara.create('Customer', '{"id": 1, "email": "ann@x.org"}');
SELECT aksara.create('Customer', '{"id": 2, "email": "bob@x.org"}');
SELECT aksara.create('Order', '{"id": 10, "customer": 1, "billed_to": {"id": 2, "email": "ignored"}, "clerk": "C", "clerk_ref": 2}');
SELECT aksara.create('Profile', '{"customer": 1, "bio": "…"}');
SELECT aksara.create('Mailing', '{"id": 1, "email": "bob@x.org"}');
SELECT aksara.update('{"model": "Customer", "filter": {"pk": 1}}', '{"last_order": 10}');
SELECT * FROM aksara.bulk_create('Tag', '[{"name": "new"}, {"name": "gift"}]');
SELECT * FROM aksara.related_add('Order', 10, 'tags', 'new', 'gift');
SELECT * FROM aksara.related_set('Tag', 'gift', 'order_set', 10);
SELECT * FROM aksara.related_add('Customer', 1, 'tos', 2);
SELECT aksara.create('Store', '{"country": "SE", "code": 7, "name": "North"}');
SELECT aksara.create('Delivery', '{"id": 1, "store": {"country": "SE", "code": 7}, "order": 10}');
SELECT aksara.fetch('{"model": "Order", "select_related": ["customer", "customer__profile", "billed_to", "delivery__store"], "prefetch_related": ["tags"]}');
SELECT aksara.fetch('{"model": "Customer", "prefetch_related": ["order_customer_set__tags", "tos", "froms"], "select_related": ["last_order"]}');
SELECT aksara.fetch('{"model": "Store", "prefetch_related": ["delivery_set"], "filter": {"delivery_set__order__tags": "new"}}');
SELECT aksara.count('{"model": "Customer", "filter": {"order_customer_set__tags__name": "gift", "profile__isnull": false, "mailing_set": null, "tos__email": "bob@x.org"}}');
SELECT o.id FROM aksara.rows(NULL::orders, aksara.related('Tag', 'new', 'order_set')) o;
SELECT * FROM order_tags ORDER BY 1, 2;
SELECT * FROM friends;
SELECT aksara.related_contains('Customer', 1, 'tos', 2), aksara.related_contains('Customer', 2, 'froms', 1);
SELECT * FROM aksara.related_remove('Order', 10, 'tags', 'new');

-- What happens on delete is what the table's own keys do: nothing is added. The words are those of describe().
DELETE FROM tags WHERE name = 'gift';
\echo :SQLSTATE
SELECT aksara.delete_by_key('Tag', 'gift');
\echo :SQLSTATE
-- 18 has words and a code of its own for RESTRICT.
DO $$ BEGIN
	PERFORM aksara.delete_by_key('Customer', 1);
EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
	RAISE WARNING 'the native key refuses';
END $$;
SELECT aksara.delete('{"model": "Store"}');
SELECT * FROM deliveries;

-- A table that has no key is read and written to by conditions, not by key.
SELECT aksara.create('Log', '{"at": "2024-01-01T00:00:00Z", "order": 10, "what": "made"}') -> 'what' AS what;
SELECT aksara.create('Log', '{"order": 10, "what": "sent"}') -> 'order_id' AS order_id;
SELECT l -> 'what' AS what, l -> 'order' -> 'id' AS id FROM aksara.fetch('{"model": "Log", "select_related": ["order"], "order_by": ["what"]}') l;
SELECT aksara.update('{"model": "Log", "filter": {"what": "sent"}}', '{"what": "came"}');
SELECT aksara.count('{"model": "Order", "filter": {"log_set__what": "came"}}');
SELECT aksara.delete('{"model": "Log", "filter": {"what": "came"}}');
SELECT aksara.get_by_key('Log', 1);
\echo :SQLSTATE
SELECT aksara.delete_by_key('Log', 1);
\echo :SQLSTATE
SELECT aksara.update('{"model": "Log", "filter": {"order__clerk": "C"}}', '{"what": "x"}');
\echo :SQLSTATE
SELECT aksara.bulk_update('Log', '[{"what": "x"}]');
\echo :SQLSTATE
SELECT aksara.in_bulk('{"model": "Log"}', '[1]');
\echo :SQLSTATE

-- A target that is forgotten leaves plain fields behind, and comes back when both are adopted again.
SELECT aksara.forget_model('Tag');
SELECT aksara.describe('OrderTag') -> 'unmapped' AS unmapped;
SELECT json_agg(f ->> 'name') FROM json_array_elements(aksara.describe('Order') -> 'fields') f;
SELECT aksara.get('OrderTag', '{"tag_name": "gift"}');
SELECT json_array_length(aksara.adopt_table('tags') -> 'related') AS related;
SELECT aksara.describe('OrderTag') -> 'unmapped' AS unmapped;
SELECT json_array_length(aksara.adopt_table('order_tags') -> 'unmapped') AS unmapped;
SELECT json_agg(f ->> 'name') FROM json_array_elements(aksara.describe('Order') -> 'fields') f;
SELECT aksara.fetch('{"model": "Order", "prefetch_related": ["tags"]}');

-- A field that was defined on top of an adopted model holds it.
SELECT aksara.create_model('Gift', '{"name": "Text", "tag": {"type": "ForeignKey", "to": "Tag", "on_delete": "PROTECT"}}');
SELECT aksara.forget_model('Tag');
\echo :SQLSTATE
SELECT aksara.drop_model('Gift');

-- Accessors of one's own.
CREATE TABLE letters (id integer PRIMARY KEY, sender_id integer REFERENCES customers, receiver_id integer REFERENCES customers, store_country char(2), store_code integer,
	CONSTRAINT letters_store FOREIGN KEY (store_country, store_code) REFERENCES stores);
SELECT f ->> 'name' AS name, f ->> 'related_name' AS related_name
FROM json_array_elements(aksara.adopt_table('letters', options => '{"fields": {"sender_id": "author", "letters_store": "shop"},
	"related_names": {"sender_id": "letters", "receiver_id": "+", "letters_store": "post"}}') -> 'fields') f WHERE f -> 'to' IS NOT NULL;
SELECT aksara.create('Letter', '{"id": 1, "author": 2, "shop": null}');
SELECT aksara.fetch(aksara.related('Customer', 2, 'letters'));
CREATE TABLE replies (id integer PRIMARY KEY, customer_id integer REFERENCES customers);
SELECT aksara.adopt_table('replies', options => '{"related_names": {"customer_id": "letters"}}');
\echo :SQLSTATE
SELECT aksara.adopt_table('replies', options => '{"related_names": {"customer_id": "a__b"}}');
\echo :SQLSTATE
SELECT aksara.adopt_table('replies', options => '{"related_names": {"customer_id": 1}}');
\echo :SQLSTATE
SELECT aksara.adopt_table('replies', options => '{"related_names": {"customer": "x"}}');
\echo :SQLSTATE
SELECT aksara.adopt_table('replies', options => '{"fields": {"customer_id": "x", "id": "x"}}');
\echo :SQLSTATE

SELECT json_agg(f -> 'name') FROM json_array_elements(aksara.adopt_table('replies') -> 'fields') f;

-- A key by hand is followed: a dropped one stays a relation without it, a new one comes with the next adoption.
ALTER TABLE letters DROP CONSTRAINT letters_sender_id_fkey;
SELECT aksara.fetch('{"model": "Letter", "filter": {"author__email": "bob@x.org"}}') -> 'id' AS id;
ALTER TABLE replies ADD order_id integer REFERENCES orders;
SELECT json_agg(f -> 'name') FROM json_array_elements(aksara.adopt_table('replies') -> 'fields') f;
SELECT json_array_length(aksara.adopt_table('replies') -> 'fields') AS fields;

-- A whole schema forgotten is a whole schema as it was.
CREATE TEMP TABLE later AS SELECT * FROM catalog_rows;
SELECT count(aksara.forget_model('shop.' || name)) AS forgotten FROM aksara.model WHERE app = 'shop';
SELECT count(*) FROM aksara.model WHERE app = 'shop';
(TABLE catalog_rows EXCEPT TABLE later) UNION ALL (TABLE later EXCEPT TABLE catalog_rows);
SELECT table_name, model, unmapped FROM aksara.adopt_schema('shop') WHERE json_array_length(unmapped) > 0 OR model IS NULL;
SELECT count(*) AS relations FROM aksara.relation WHERE app = 'shop';
SELECT * FROM aksara.check_registry() WHERE model LIKE 'shop.%';
DROP SCHEMA shop CASCADE;
SELECT count(*) FROM aksara.model WHERE app = 'shop';
