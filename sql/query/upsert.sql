-- update_or_create and upsert: a row that is changed where it is there, and made where it is not.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA ups;
SET search_path = ups;
SELECT aksara.create_model('User', '{
  "email":   {"type": "Email", "unique": true},
  "name":    {"type": "String", "max_length": 10},
  "visits":  {"type": "Integer", "default": 0},
  "note":    {"type": "Text", "nullable": true, "default": "none"},
  "friends": {"type": "ManyToMany", "to": "self"},
  "changed": {"type": "DateTime", "auto_now": true}
}', '{"primary_key": "bigint"}');
CREATE FUNCTION short(object json) RETURNS text LANGUAGE sql AS $$ SELECT concat_ws(' ', object ->> 'id', object ->> 'email', object ->> 'name', object ->> 'visits', object ->> 'note') $$;

-- update_or_create: the defaults are set in the row that is there; where there is none they make it, with the conditions.
SELECT short(object), created FROM aksara.update_or_create('User', '{"email": "a@x.io"}', '{"name": "Ann"}');
SELECT short(object), created FROM aksara.update_or_create('User', '{"email": "a@x.io"}', '{"name": "Anna", "visits": 2}');
-- create_defaults make the row in place of the defaults; one without defaults is seen by triggers alone.
SELECT short(object), created FROM aksara.update_or_create('User', '{"email": "b@x.io"}', '{"visits": 1}', '{"name": "Bob"}');
SELECT short(object), created FROM aksara.update_or_create('User', '{"email": "b@x.io"}', '{"visits": 1}', '{"name": "Bob"}');
SELECT short(object), created FROM aksara.update_or_create('User', '{"email": "b@x.io"}', '{"visits": 2}', create_defaults => NULL);
SELECT changed AS before FROM users WHERE id = 2 \gset
SELECT short(object), created, (object ->> 'changed')::timestamptz > :'before' AS touched FROM aksara.update_or_create('User', '{"email": "b@x.io"}');
-- Conditions with lookups find, and do not make; a path into another table finds too.
SELECT short(object), created FROM aksara.update_or_create('User', '{"name__startswith": "Bo"}', '{"note": null}', '{"email": "c@x.io", "name": "Cy"}');
SELECT short(object), created FROM aksara.update_or_create('User', '{"name__startswith": "Cy"}', '{"note": null}', '{"email": "c@x.io", "name": "Cy"}');
SELECT aksara.related_add('User', 1, 'friends', 3);
SELECT short(object), created FROM aksara.update_or_create('User', '{"friends__name": "Cy"}', '{"note": "friend"}');
SELECT short(object), created FROM aksara.update_or_create('User', '{"pk": 3}', '{"email": "cy@x.io"}');
-- What cannot be is told.
SELECT aksara.update_or_create('User', '{"visits__lt": 5}', '{"note": "x"}');
SELECT aksara.update_or_create('User', '{"email": "d@x.io"}', '{"visits": 1}');
SELECT aksara.update_or_create('User', '{"email": "a@x.io"}', '{"vists": 1}');
SELECT aksara.update_or_create('User', '{"emal": "a@x.io"}', '{"visits": 1}');
SELECT aksara.update_or_create('User', '{"email": "a@x.io"}', '{"visits": null}');
SELECT aksara.update_or_create('User', '{"email": "a@x.io"}', '{"email": "b@x.io"}');
SELECT aksara.update_or_create('User', '{"name": "new"}', '{"visits": 1}', '{"email": "a@x.io"}');
SELECT aksara.update_or_create(NULL, '{}', '{}');
SELECT aksara.update_or_create('User', NULL, '{}');
SELECT aksara.update_or_create('User', '{}', NULL);
SELECT aksara.update_or_create('User', '[]', '{}');
SELECT id, email, name, visits, note FROM users ORDER BY id;

-- upsert: one statement; the given fields that are no keys are set.
SELECT short(object), created FROM aksara.upsert('User', '{"email": "e@x.io", "name": "Eve"}', '{email}');
SELECT short(object), created FROM aksara.upsert('User', '{"email": "e@x.io", "name": "Eva", "visits": 7}', '{email}');
-- Only those that are named, even one that the document leaves to its default.
SELECT short(object), created FROM aksara.upsert('User', '{"email": "e@x.io", "name": "no", "visits": 8}', '{email}', '{visits}');
SELECT short(object), created FROM aksara.upsert('User', '{"email": "e@x.io", "name": "no", "note": "x"}', ARRAY['email'], ARRAY['visits', 'note']);
SELECT short(object), created FROM aksara.upsert('User', '{"email": "e@x.io", "name": "no"}', '{email}', '{}');
-- The key itself, by either name; the Email field's own normal form is what counts.
SELECT short(object), created FROM aksara.upsert('User', '{"id": 2, "email": "bo@x.io", "name": "Bo"}', '{pk}');
SELECT short(object), created FROM aksara.upsert('User', '{"id": 100, "email": "f@x.io", "name": "Fay"}', '{id}');
SELECT short(object), created FROM aksara.upsert('User', '{"email": " f@X.IO ", "name": "Faye"}', '{email}');
-- Keys alone: the row comes back either way.
SELECT aksara.create_model('Tag', '{"app": {"type": "String", "default": "main"}, "name": "String"}', '{"primary_key": "bigint"}');
ALTER TABLE tags ADD UNIQUE (name, app);
SELECT * FROM aksara.upsert('Tag', '{"app": "a", "name": "x"}', '{app,name}');
SELECT * FROM aksara.upsert('Tag', '{"app": "a", "name": "x"}', '{app,name}');
-- A key that the document leaves to its default, and one that is null, which meets nothing.
SELECT * FROM aksara.upsert('Tag', '{"name": "x"}', '{app,name}');
SELECT * FROM aksara.upsert('Tag', '{"name": "x"}', '{app,name}');
ALTER TABLE tags ALTER app DROP NOT NULL;
SELECT * FROM aksara.upsert('Tag', '{"app": null, "name": "x"}', '{app,name}');
SELECT * FROM aksara.upsert('Tag', '{"app": null, "name": "x"}', '{app,name}');
-- What nothing makes unique cannot be a key; neither can what is only sometimes unique, or only later.
SELECT aksara.upsert('User', '{"email": "a@x.io", "name": "A"}', '{name}');
SELECT aksara.upsert('Tag', '{"app": "a", "name": "x"}', '{name}');
CREATE UNIQUE INDEX ON tags (name) WHERE app = 'a';
CREATE UNIQUE INDEX ON tags (lower(name), app);
ALTER TABLE tags ADD UNIQUE (name, id) DEFERRABLE;
SELECT aksara.upsert('Tag', '{"app": "a", "name": "x"}', '{name}');
SELECT aksara.upsert('Tag', '{"app": "a", "name": "x"}', '{name,id}');
SELECT aksara.upsert('User', '{"email": "a@x.io", "name": "A"}', '{emial}');
SELECT aksara.upsert('User', '{"email": "a@x.io", "name": "A"}', '{email,email}');
SELECT aksara.upsert('User', '{"email": "a@x.io", "name": "A"}', '{}');
SELECT aksara.upsert('User', '{"email": "a@x.io", "name": "A"}', '{NULL}');
SELECT aksara.upsert('User', '{"email": "a@x.io", "name": "A"}', NULL);
SELECT aksara.upsert('User', '{"email": "a@x.io", "name": "A"}', '{friends}');
SELECT aksara.upsert('User', '{"email": "a@x.io", "name": "A"}', '{email}', '{nam}');
SELECT aksara.upsert('User', '{"email": "a@x.io", "name": "A"}', '{email}', '{id}');
SELECT aksara.upsert('User', '{"email": "a@x.io", "nam": "A"}', '{email}');
SELECT aksara.upsert('User', '{"email": "a@x.io"}', '{email}');
SELECT aksara.upsert('User', NULL, '{email}');
-- Another unique constraint is no key of this call.
\set VERBOSITY terse
SELECT aksara.upsert('User', '{"id": 1, "email": "bo@x.io", "name": "A"}', '{id}');
\set VERBOSITY default

-- A trigger may upsert in turn: each call tells its own row.
CREATE FUNCTION count_tag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM aksara.upsert('ups.Tag', json_build_object('app', TG_OP, 'name', 'user'), '{app,name}');
  RETURN NEW;
END $$;
CREATE TRIGGER count_tag BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION count_tag();
SELECT created FROM aksara.upsert('User', '{"email": "t@x.io", "name": "Tim"}', '{email}');
SELECT created FROM aksara.upsert('User', '{"email": "t@x.io", "name": "Tom"}', '{email}');
SELECT created FROM aksara.upsert('User', '{"email": "u@x.io", "name": "Uma"}', '{email}');
SELECT app, count(*) FROM tags WHERE name = 'user' GROUP BY app ORDER BY app;
DROP TRIGGER count_tag ON users;
-- A trigger that leaves the row out is told: the caller was promised it.
CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER leave_out BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION leave_out();
SELECT aksara.upsert('User', '{"email": "t@x.io", "name": "no"}', '{email}');
SELECT aksara.update_or_create('User', '{"email": "t@x.io"}', '{"name": "no"}');
DROP TRIGGER leave_out ON users;

-- A deferrable constraint, which ON CONFLICT does not know.
SELECT aksara.create_model('Day', '{"name": {"type": "String", "unique": true}, "place": {"type": "Integer", "default": 0}}', '{"primary_key": "bigint"}');
ALTER TABLE days DROP CONSTRAINT days_name_key, ADD CONSTRAINT days_name_key UNIQUE (name) DEFERRABLE;
SELECT created FROM aksara.get_or_create('Day', '{"name": "mon"}');
SELECT created FROM aksara.get_or_create('Day', '{"name": "mon"}');
SELECT created FROM aksara.update_or_create('Day', '{"name": "tue"}', '{"place": 2}');
SELECT created FROM aksara.update_or_create('Day', '{"name": "tue"}', '{"place": 3}');
SELECT aksara.get_or_create('Day', '{"place": 9}', '{"name": "mon"}');
SELECT name, place FROM days ORDER BY name;

-- Rights and row security are the caller's.
CREATE ROLE regress_upsert;
GRANT USAGE ON SCHEMA ups TO regress_upsert;
SELECT aksara.create_model('Doc', '{"name": {"type": "String", "unique": true}, "owner": "String"}', '{"primary_key": "bigint"}');
INSERT INTO docs (name, owner) VALUES ('theirs', 'them');
GRANT SELECT, INSERT ON docs TO regress_upsert;
SET ROLE regress_upsert;
SELECT aksara.upsert('Doc', '{"name": "mine", "owner": "me"}', '{name}');
SELECT aksara.update_or_create('Doc', '{"name": "mine"}', '{"owner": "me"}');
RESET ROLE;
GRANT UPDATE ON docs TO regress_upsert;
ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON docs USING (owner = 'me') WITH CHECK (owner = 'me');
SET ROLE regress_upsert;
SELECT created FROM aksara.upsert('Doc', '{"name": "mine", "owner": "me"}', '{name}');
SELECT created FROM aksara.upsert('Doc', '{"name": "mine", "owner": "me"}', '{name}');
SELECT aksara.upsert('Doc', '{"name": "theirs", "owner": "me"}', '{name}');
SELECT aksara.update_or_create('Doc', '{"name": "theirs"}', '{"owner": "me"}');
RESET ROLE;
SELECT name, owner FROM docs ORDER BY name;
DROP SCHEMA ups CASCADE;
DROP ROLE regress_upsert;
