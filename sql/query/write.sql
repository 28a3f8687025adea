-- Writes of one row: create, save, get_or_create, update, delete.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA writes;
SET search_path = writes;
SELECT aksara.create_model('User', '{"email": {"type": "Email", "unique": true}, "name": {"type": "String", "max_length": 10}}',
	'{"primary_key": "bigint"}');
SELECT aksara.create_model('Post', '{
  "title":  {"type": "String", "max_length": 20},
  "views":  {"type": "Integer", "default": 0},
  "price":  {"type": "Decimal", "max_digits": 6, "decimal_places": 2, "nullable": true},
  "public": {"type": "Boolean", "default": false},
  "at":     {"type": "DateTime", "nullable": true},
  "extra":  "JSON",
  "author": {"type": "ForeignKey", "to": "User", "related_name": "posts"},
  "tags":   {"type": "ManyToMany", "to": "User", "related_name": "tagged"}
}', '{"primary_key": "bigint"}');

-- create returns the row, keys in field order; an absent key takes its default.
SELECT aksara.create('User', '{"email": " Jane@X.io ", "name": "Jane"}');
SELECT aksara.create('Post', '{"title": "One", "author": 1}');
SELECT aksara.create('Post', '{"title": "Two", "author_id": "1", "views": "7", "price": "1.5", "public": "yes",
	"at": "2026-01-02T03:04:05Z", "extra": {"a": [1, "x"]}}');
-- The related object itself, as get and create return it: its key counts.
SELECT aksara.create('Post', json_build_object('title', 'Three', 'author', aksara.get('User', '{"name": "Jane"}')));
SELECT aksara.create('Post', '{"title": "Four", "author": {"id": 1, "name": "somebody else"}}');
SELECT id, title, views, price, public, at, extra, author_id FROM posts ORDER BY id;
-- jsonb, text, varchar and row_to_json are documents too.
SELECT aksara.create('Post', '{"title": "Five", "author": 1}'::jsonb) ->> 'title' AS title;
SELECT aksara.create('Post', '{"title": "Six", "author": 1}'::text) ->> 'title' AS title;
SELECT aksara.create('Post', '{"title": "Seven", "author": 1}'::varchar) ->> 'title' AS title;
SELECT aksara.create('Post', row_to_json(r)) ->> 'title' AS title FROM (SELECT 'Eight' AS title, 1 AS author) r;

-- What does not fit is said for the whole document at once, and nothing is written.
SELECT aksara.create('Post', '{"title": "x", "author": 1, "vews": 1}');
SELECT aksara.create('Post', '{"views": 1.9, "price": "1.234", "public": 2, "author": 1}');
SELECT aksara.create('Post', '{}');
SELECT aksara.create('Post', '{"title": null, "author": 1}');
SELECT aksara.create('Post', '{"title": "x", "author": 1, "views": true}');
SELECT aksara.create('Post', '{"title": "x", "author": 1, "views": 99999999999}');
SELECT aksara.create('Post', '{"title": "x", "author": 1, "at": "yesterday"}');
SELECT aksara.create('Post', '{"title": "x", "author": 1, "at": "2026-13-01"}');
SELECT aksara.create('Post', '{"title": "a title that is longer than twenty", "author": 1}');
SELECT aksara.create('Post', '{"title": 5, "author": 1}');
SELECT aksara.create('Post', '{"title": "x", "author": {"name": "Jane"}}');
SELECT aksara.create('Post', '{"title": "x", "author": 1, "author_id": 1}');
SELECT aksara.create('Post', '{"title": "x", "author": 1, "tags": [1]}');
SELECT aksara.create('Post', '{"title": "x", "title": "y", "author": 1}');
SELECT aksara.create('Post', '[]');
SELECT aksara.create('Post', NULL);
SELECT aksara.create(NULL, '{}');
SELECT aksara.create('Pots', '{}');
-- The table's own rules speak for themselves, by their constraint's name.
\set VERBOSITY terse
SELECT aksara.create('Post', '{"title": "x", "author": 99}');
SELECT aksara.create('User', '{"email": "jane@x.io", "name": "Joe"}');
SELECT aksara.create('User', '{"email": "nowhere", "name": "Joe"}');
\set VERBOSITY default
SELECT count(*) FROM posts;

-- A BEFORE INSERT trigger may fill in what a document lacks.
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.title := coalesce(NEW.title, ''untitled''); RETURN NEW; END';
CREATE TRIGGER fill BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION fill();
SELECT aksara.create('Post', '{"author": 1}') ->> 'title' AS title;
-- One that turns the row away is told: the caller was promised the row.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER refuse BEFORE INSERT ON posts FOR EACH ROW WHEN (NEW.title = 'no') EXECUTE FUNCTION refuse();
SELECT aksara.create('Post', '{"title": "no", "author": 1}');
DROP TRIGGER fill ON posts;
DROP TRIGGER refuse ON posts;

-- save: with the key an update of the given fields and only them, without it an insert.
SELECT aksara.save('Post', '{"id": 1, "views": 5}');
SELECT aksara.save('Post', '{"pk": 1, "title": "Uno"}');
SELECT aksara.save('Post', '{"id": 1}') ->> 'title' AS title;
SELECT aksara.save('Post', '{"id": 999, "views": 5}');
SELECT aksara.save('Post', '{"id": null, "title": "New", "author": 1}') ->> 'id' AS id;
SELECT aksara.save('Post', '{"title": "Newer", "author": 1}') ->> 'id' AS id;
SELECT aksara.save('Post', '{"id": "x"}');
SELECT aksara.save('Post', '{"id": 1, "views": null}');
-- What get returned can be given back.
SELECT aksara.save('Post', aksara.get_by_key('Post', 2))::text = aksara.get_by_key('Post', 2)::text AS same;

-- update: every row of a query set.
SELECT aksara.update('{"model": "Post", "filter": {"title__startswith": "T"}}', '{"views": 100}');
SELECT aksara.update(aksara.objects('Post', aksara.filter('author__name', 'Jane'), aksara.order_by('id'), aksara.slice(2)), '{"views": 200}');
SELECT id, views FROM posts ORDER BY id;
SELECT aksara.update('{"model": "Post", "filter": {"author__name": "nobody"}}', '{"views": 1}');
SELECT aksara.update('{"model": "Post"}', '{}');
SELECT aksara.update('{"model": "Post"}', '{"vews": 1}');
SELECT aksara.update('{"model": "Post"}', NULL);
SELECT aksara.update(NULL, '{"views": 1}');

-- delete: counts by model, cascades and links included.
SELECT aksara.related_add('Post', 1, 'tags', 1);
SELECT aksara.delete('{"model": "Post", "filter": {"id": 1}}');
SELECT aksara.delete_by_key('Post', 2);
SELECT aksara.delete_by_key('Post', '3');
SELECT aksara.delete_by_key('Post', 3);
SELECT aksara.delete(aksara.objects('Post', aksara.filter('author__email', 'jane@x.io'), aksara.order_by('id'), aksara.slice(1)));
SELECT aksara.delete('{"model": "User"}');
SELECT count(*) FROM posts;
SELECT aksara.delete(NULL);
SELECT aksara.delete_by_key('Post', NULL::int);
SELECT aksara.delete_by_key('Post', 1, 2);

-- get_or_create.
SELECT object ->> 'name' AS name, created FROM aksara.get_or_create('User', '{"email": "a@b.de"}', '{"name": "A"}');
SELECT object ->> 'name' AS name, created FROM aksara.get_or_create('User', '{"email": "a@b.de"}', '{"name": "B"}');
SELECT object ->> 'email' AS email, created FROM aksara.get_or_create('User', '{"email__iexact": "X@B.DE"}', '{"email": "x@b.de", "name": "X"}');
SELECT object ->> 'email' AS email, created FROM aksara.get_or_create('User', '{"email__iexact": "X@B.DE"}', '{"email": "x@b.de", "name": "X"}');
SELECT aksara.get_or_create('User', '{"name__in": ["A", "X"]}');
SELECT aksara.get_or_create('User', '{"email": "c@b.de"}');
SELECT aksara.get_or_create('User', '{"name": "new"}', '{"email": "a@b.de"}');
SELECT aksara.get_or_create('User', NULL);
SELECT aksara.get_or_create('User', '{}', NULL);

-- Rights are the caller's own, and so is what row security lets him see.
CREATE ROLE regress_writer;
GRANT USAGE ON SCHEMA writes TO regress_writer;
SET ROLE regress_writer;
SELECT aksara.create('User', '{"email": "r@b.de", "name": "R"}');
SELECT aksara.save('User', '{"id": 2, "name": "R"}');
SELECT aksara.update('{"model": "User"}', '{"name": "R"}');
SELECT aksara.delete('{"model": "User"}');
SELECT aksara.bulk_create('User', '[{"email": "r@b.de", "name": "R"}]');
SELECT aksara.get_or_create('User', '{"email": "r@b.de"}');
RESET ROLE;
GRANT SELECT, INSERT, UPDATE, DELETE ON users TO regress_writer;
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users USING (name = 'mine') WITH CHECK (name = 'mine');
SET ROLE regress_writer;
SELECT aksara.create('User', '{"email": "r@b.de", "name": "theirs"}');
SELECT aksara.create('User', '{"email": "r@b.de", "name": "mine"}') ->> 'name' AS name;
SELECT aksara.save('User', '{"id": 2, "name": "mine"}');
SELECT aksara.update('{"model": "User"}', '{"email": "s@b.de"}');
SELECT aksara.delete('{"model": "User"}');
RESET ROLE;
SELECT email, name FROM users ORDER BY email;
DROP SCHEMA writes CASCADE;
DROP ROLE regress_writer;
