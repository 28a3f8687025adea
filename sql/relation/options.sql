-- The options of relations besides to, on_delete and related_name: to_field, db_constraint, deferrable, symmetrical; and relations altered.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA opt;
SET search_path = opt;
SELECT aksara.create_model('Author', '{"email": {"type": "String", "max_length": 40, "unique": true}, "nick": {"type": "String", "max_length": 20, "nullable": true, "unique": true}, "name": "Text"}', meta => '{"primary_key": "bigint"}');

-- to_field: the column has the type of the field it refers to.
SELECT aksara.create_model('Book', '{
  "title":  "Text",
  "author": {"type": "ForeignKey", "to": "Author", "to_field": "email", "nullable": true, "related_name": "books"},
  "editor": {"type": "ForeignKey", "to": "Author", "to_field": "nick", "nullable": true, "on_delete": "PROTECT", "related_name": "edited"}
}', meta => '{"primary_key": "bigint"}');
\d books
SELECT f FROM json_array_elements(aksara.describe('Book') -> 'fields') f WHERE f ->> 'name' = 'author';
SELECT aksara.create('Author', '{"email": "ann@x.org", "nick": "ann", "name": "Ann"}');
SELECT aksara.create('Author', '{"email": "bob@x.org", "name": "Bob"}');

-- Its value is that field's, be it given plainly, in the author's object, or by raw SQL.
SELECT aksara.create('Book', '{"title": "One", "author": "ann@x.org", "editor": "ann"}');
SELECT aksara.create('Book', json_build_object('title', 'Two', 'author', aksara.get('Author', '{"id": 1}')));
INSERT INTO books (title, author_id) VALUES ('Three', 'bob@x.org');
INSERT INTO books (title, author_id) VALUES ('Four', 'nobody@x.org');
\echo :SQLSTATE
SELECT aksara.create('Book', '{"title": "Five", "author": {"name": "Ann"}}');
\echo :SQLSTATE
SELECT aksara.create('Book', '{"title": "Five", "editor": {"id": 2, "nick": null}}');
\echo :SQLSTATE

-- Paths read that value, too.
SELECT title, author_id FROM books ORDER BY id;
SELECT aksara.fetch('{"model": "Book", "filter": {"author": "ann@x.org"}}');
SELECT aksara.fetch('{"model": "Book", "filter": {"author__name": "Bob"}}');
SELECT aksara.count('{"model": "Author", "filter": {"books__title": "One"}}');

-- Links are told by the author's key all the same.
SELECT aksara.related_add('Author', 2, 'books', 1);
SELECT aksara.related_contains('Author', 2, 'books', 1), aksara.related_contains('Author', 1, 'books', 1);
SELECT aksara.fetch(aksara.related('Author', 2, 'books', aksara.order_by('id')));
SELECT aksara.related_create('Author', 1, 'books', '{"title": "Six"}');
SELECT * FROM aksara.related_set('Author', 2, 'books', 1);
SELECT aksara.related_clear('Author', 2, 'books');
SELECT aksara.related_add('Author', 2, 'edited', 1);
\echo :SQLSTATE
SELECT aksara.related_add('Author', 99, 'books', 1);
\echo :SQLSTATE

-- on_delete looks at that field.
DELETE FROM authors WHERE id = 1;
\echo :SQLSTATE
SELECT aksara.delete_by_key('Author', 1);
\echo :SQLSTATE
UPDATE books SET editor_id = NULL;
SELECT aksara.delete_by_key('Author', 1);

-- The field may have another name since; a self relation may refer to any field of its own model.
SELECT aksara.rename_field('Author', 'email', 'mail');
SELECT f ->> 'to_field' AS to_field FROM json_array_elements(aksara.describe('Book') -> 'fields') f WHERE f ->> 'name' = 'author';
SELECT aksara.create_model('Node', '{"parent": {"type": "ForeignKey", "to": "self", "to_field": "code", "nullable": true, "related_name": "children"}, "code": {"type": "Integer", "unique": true}}');
SELECT aksara.create('Node', '{"code": 1}') ->> 'code';
SELECT aksara.create('Node', '{"code": 2, "parent": 1}') ->> 'parent_id';
SELECT aksara.count('{"model": "Node", "filter": {"children__code": 2}}');

-- Errors: nothing is made.
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Author", "to_field": "mial"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Author", "to_field": "name"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "self", "to_field": "b"}, "b": "Integer"}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Author", "to_field": 1}}');
\echo :SQLSTATE
SELECT to_regclass('bads');

-- A target that comes later is looked at then.
SELECT aksara.create_model('Order', '{"item": {"type": "ForeignKey", "to": "Item", "to_field": "sku", "related_name": "orders"}}');
SELECT aksara.create_model('Item', '{"sku": {"type": "Integer"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Item', '{"sku": {"type": "Integer", "unique": true}}');
SELECT a.atttypid::regtype FROM pg_attribute a WHERE attrelid = 'orders'::regclass AND attname = 'item_id';

-- db_constraint: false makes no native key; all else is there.
SELECT aksara.create_model('Log', '{"author": {"type": "ForeignKey", "to": "Author", "on_delete": "DO_NOTHING", "db_constraint": false, "nullable": true, "related_name": "logs"}, "text": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT conname FROM pg_constraint WHERE conrelid = 'logs'::regclass AND contype = 'f';
SELECT f FROM json_array_elements(aksara.describe('Log') -> 'fields') f WHERE f ->> 'name' = 'author';
SELECT aksara.create('Log', '{"author": 2, "text": "of Bob"}');
SELECT aksara.create('Log', '{"author": 77, "text": "of nobody"}');
INSERT INTO logs (author_id, text) VALUES (78, 'raw');
SELECT aksara.fetch('{"model": "Log", "filter": {"author__name": "Bob"}}');
SELECT aksara.count('{"model": "Author", "filter": {"logs__text": "of Bob"}}');
SELECT aksara.related_add('Author', 2, 'logs', 2);
SELECT aksara.related_clear('Author', 2, 'logs');
SELECT * FROM aksara.check_registry() WHERE model LIKE 'opt.%';
ALTER TABLE authors RENAME id TO number;
SELECT target_columns FROM aksara.relation WHERE app = 'opt' AND model = 'Log';
ALTER TABLE authors RENAME number TO id;

-- What a key would keep cannot be promised without one.
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Author", "db_constraint": false}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Author", "db_constraint": false, "on_delete": "PROTECT"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Author", "db_constraint": false, "on_delete": "DO_NOTHING", "deferrable": true}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Author", "db_constraint": "no", "on_delete": "DO_NOTHING"}}');
\echo :SQLSTATE

-- Without a key it takes the right to one to point at another's table.
CREATE ROLE regress_opt;
GRANT USAGE, CREATE ON SCHEMA opt TO regress_opt;
SET ROLE regress_opt;
SELECT aksara.create_model('Spy', '{"a": {"type": "ForeignKey", "to": "Author", "db_constraint": false, "on_delete": "DO_NOTHING"}}');
\echo :SQLSTATE
RESET ROLE;
GRANT REFERENCES ON authors TO regress_opt;
SET ROLE regress_opt;
SELECT aksara.create_model('Spy', '{"a": {"type": "ForeignKey", "to": "Author", "db_constraint": false, "on_delete": "DO_NOTHING"}}');
SELECT aksara.drop_model('Spy');
RESET ROLE;
REVOKE ALL ON authors FROM regress_opt;
REVOKE ALL ON SCHEMA opt FROM regress_opt;
DROP ROLE regress_opt;

-- deferrable: true looks at the end of the transaction, "immediate" only when asked to.
SELECT aksara.create_model('Egg', '{"hen": {"type": "ForeignKey", "to": "Hen", "deferrable": true}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Hen', '{"egg": {"type": "ForeignKey", "to": "Egg", "deferrable": "immediate", "on_delete": "PROTECT"}}', meta => '{"primary_key": "bigint"}');
SELECT conrelid::regclass, condeferrable, condeferred, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid IN ('eggs'::regclass, 'hens'::regclass) AND contype = 'f' ORDER BY 1;
BEGIN;
SELECT aksara.create('Egg', '{"id": 1, "hen": 1}');
SELECT aksara.create('Hen', '{"id": 1, "egg": 1}');
COMMIT;
BEGIN;
INSERT INTO eggs VALUES (2, 2);
COMMIT;
\echo :SQLSTATE
INSERT INTO hens VALUES (3, 3);
\echo :SQLSTATE
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
INSERT INTO hens VALUES (3, 3);
INSERT INTO eggs VALUES (3, 3);
COMMIT;
DELETE FROM eggs WHERE id = 1;
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "Hen", "deferrable": "later"}}');
\echo :SQLSTATE

-- symmetrical: links of a model to itself without a direction.
SELECT aksara.create_model('Person', '{"name": "Text", "friends": {"type": "ManyToMany", "to": "self", "symmetrical": true}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.bulk_create('Person', '[{"name": "Ada"}, {"name": "Ben"}, {"name": "Cy"}, {"name": "Di"}]');
SELECT aksara.related_add('Person', 1, 'friends', 2, 3, 3), aksara.related_add('Person', 2, 'friends', 1);
SELECT from_person_id, to_person_id FROM person_friends ORDER BY 1, 2;
SELECT aksara.fetch(aksara.related('Person', 3, 'friends', aksara.order_by('id')));
SELECT aksara.fetch('{"model": "Person", "filter": {"friends__name": "Ben"}}');
SELECT aksara.related_contains('Person', 3, 'friends', 1), aksara.related_contains('Person', 3, 'friends', 2);
SELECT * FROM aksara.related_set('Person', 1, 'friends', 3, 4);
SELECT from_person_id, to_person_id FROM person_friends ORDER BY 1, 2;
SELECT aksara.related_remove('Person', 4, 'friends', 1, 2);
SELECT aksara.related_add('Person', 1, 'friends', 1);
SELECT from_person_id, to_person_id FROM person_friends ORDER BY 1, 2;
SELECT aksara.related_clear('Person', 1, 'friends');
SELECT count(*) FROM person_friends;
SELECT json_array_length(aksara.describe('Person') -> 'related') AS ways_back;
SELECT f FROM json_array_elements(aksara.describe('Person') -> 'fields') f WHERE f ->> 'name' = 'friends';
SELECT aksara.create_model('Bad', '{"a": {"type": "ManyToMany", "to": "Person", "symmetrical": true}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ManyToMany", "to": "self", "symmetrical": true, "related_name": "b"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Bad', '{"a": {"type": "ForeignKey", "to": "self", "symmetrical": true}}');
\echo :SQLSTATE

-- alter_field: the native key and the trigger follow, over a table that has rows.
CREATE VIEW pet_keys AS SELECT conrelid::regclass AS "table", conname, pg_get_constraintdef(oid) AS key FROM pg_constraint
WHERE contype = 'f' AND conrelid = to_regclass('opt.pets');
SELECT aksara.create_model('Home', '{"code": {"type": "Integer", "unique": true}, "street": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Pet', '{"home": {"type": "ForeignKey", "to": "Home"}, "name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.bulk_create('Home', '[{"code": 10, "street": "A"}, {"code": 20, "street": "B"}]');
SELECT aksara.create('Pet', '{"home": 1, "name": "Rex"}');
SELECT aksara.alter_field('Pet', 'home', '{"type": "ForeignKey", "to": "Home", "on_delete": "PROTECT", "related_name": "pets"}');
SELECT * FROM pet_keys;
DELETE FROM homes WHERE id = 1;
\echo :SQLSTATE
SELECT aksara.count('{"model": "Home", "filter": {"pets__name": "Rex"}}');
SELECT aksara.alter_field('Pet', 'home', '{"type": "ForeignKey", "to": "Home", "on_delete": "SET_NULL", "nullable": true, "related_name": "pets", "deferrable": true}');
SELECT * FROM pet_keys;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'homes'::regclass AND NOT tgisinternal;
SELECT aksara.alter_field('Pet', 'home', '{"type": "ForeignKey", "to": "Home", "on_delete": "SET_NULL", "related_name": "pets"}');
\echo :SQLSTATE

-- Rows that have no target in the new one stand in the way.
SELECT aksara.alter_field('Pet', 'home', '{"type": "ForeignKey", "to": "Home", "to_field": "code", "related_name": "pets", "nullable": true}');
\echo :SQLSTATE
SELECT aksara.alter_field('Pet', 'home', '{"type": "ForeignKey", "to": "Person", "related_name": "pets", "nullable": true}');
UPDATE pets SET home_id = 4;
SELECT aksara.alter_field('Pet', 'home', '{"type": "ForeignKey", "to": "Home", "related_name": "pets", "nullable": true}');
\echo :SQLSTATE
SELECT * FROM pet_keys;
UPDATE pets SET home_id = NULL;
SELECT aksara.apply_operation('{"op": "alter_field", "model": "Pet", "field": "home", "definition": {"type": "OneToOne", "to": "Home", "to_field": "code", "related_name": "pet", "nullable": true}}');
\d pets
SELECT aksara.create('Pet', '{"home": 10, "name": "Tom"}');
SELECT aksara.count('{"model": "Home", "filter": {"pet__name": "Tom"}}');
SELECT aksara.alter_field('Pet', 'home', '{"type": "ForeignKey", "to": "Home", "related_name": "street", "nullable": true}');
\echo :SQLSTATE
SELECT aksara.alter_field('Pet', 'home', '{"type": "ForeignKey", "to": "Home", "to_field": "code", "on_delete": "DO_NOTHING", "db_constraint": false, "nullable": true}');
SELECT * FROM pet_keys;
SELECT aksara.count('{"model": "Pet", "filter": {"home__street": "A"}}');

-- Of a many-to-many only the names: its links stay.
SELECT aksara.related_add('Person', 1, 'friends', 2);
SELECT aksara.create_model('Club', '{"members": {"type": "ManyToMany", "to": "Person"}}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create('Club', '{}') ->> 'id', aksara.related_add('Club', 1, 'members', 1);
SELECT aksara.alter_field('Club', 'members', '{"type": "ManyToMany", "to": "Person", "related_name": "clubs"}');
SELECT aksara.count(aksara.related('Person', 1, 'clubs'));
SELECT aksara.alter_field('Club', 'members', '{"type": "ManyToMany", "to": "Home", "related_name": "clubs"}');
\echo :SQLSTATE
SELECT aksara.alter_field('Club', 'members', '{"type": "ForeignKey", "to": "Person"}');
\echo :SQLSTATE
SELECT * FROM aksara.check_registry() WHERE model LIKE 'opt.%';
DROP SCHEMA opt CASCADE;
