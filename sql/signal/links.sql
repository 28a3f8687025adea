-- m2m_changed: links over many-to-many relations, by calls and by whatever writes to the junction.
\set ECHO none
\getenv abs_srcdir PG_ABS_SRCDIR
\set said :abs_srcdir '/sql/validation/said.inc'
\set SHOW_CONTEXT never
SET client_min_messages = warning;
\o /dev/null
CREATE SCHEMA siglnk;
SET search_path = siglnk;
\i :said
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION heard() RETURNS SETOF text LANGUAGE sql AS $$WITH gone AS (DELETE FROM heard RETURNING *) SELECT what FROM gone ORDER BY n$$;
CREATE FUNCTION note(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO heard (what) VALUES (concat_ws(' ', e.sender, e.extra ->> 'field', e.action, e.instance, CASE WHEN jsonb_array_length(e.ids) > 9 THEN jsonb_array_length(e.ids)::text ELSE e.ids::text END, CASE WHEN (e.extra ->> 'reverse')::boolean THEN 'reverse' END, e.previous, e.created, e.update_fields))$$;
CREATE VIEW triggers AS SELECT tgrelid::regclass AS of, string_agg(tgname, ', ' ORDER BY tgname) AS names FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'aksara_1%' GROUP BY 1 ORDER BY 1::text;
\o
\set ECHO all
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('Tag', '{"name": "String"}', '{"primary_key": "bigint"}');
-- A receiver may be there before what the relation points at.
SELECT aksara.create_model('Post', '{"title": "String", "tags": {"type": "ManyToMany", "to": "Tag", "related_name": "posts"}, "editors": {"type": "ManyToMany", "to": "Person", "related_name": "edited"}}', '{"primary_key": "bigint"}');
SELECT aksara.connect('m2m_changed', 'note', 'Post');
SELECT * FROM triggers;
SELECT aksara.create_model('Person', '{"name": "String", "friends": {"type": "ManyToMany", "to": "self", "symmetrical": true}}', '{"primary_key": "bigint", "table_name": "people"}');
SELECT of FROM triggers;
INSERT INTO tags (name) SELECT 'tag' || n FROM generate_series(1, 5) n;
INSERT INTO posts (title) VALUES ('one'), ('two');
INSERT INTO people (name) SELECT 'p' || n FROM generate_series(1, 4) n;
-- Calls know the whole set: what is linked already is not told of.
SELECT aksara.related_add('Post', 1, 'tags', 1, 2), aksara.related_add('Post', 1, 'tags', 2, 3, 3), aksara.related_add('Post', 1, 'tags', 1);
SELECT aksara.related_remove('Post', 1, 'tags', 1, 5), aksara.related_set('Post', 1, 'tags', 3, 4), aksara.related_clear('Post', 1, 'tags'), aksara.related_clear('Post', 1, 'tags');
SELECT * FROM heard();
-- From the other end; a row that is made linked.
SELECT aksara.related_add('Tag', 1, 'posts', 1, 2), aksara.related_remove('Tag', 1, 'posts', 2), aksara.related_set('Tag', 1, 'posts', 2), aksara.related_create('Tag', 1, 'posts', '{"title": "three"}') ->> 'title', aksara.related_create('Post', 1, 'tags', '{"name": "tag6"}') ->> 'name', aksara.related_clear('Tag', 1, 'posts');
SELECT * FROM heard();
-- The target that was not there; what its receivers hear of a relation alone.
SELECT aksara.related_add('Post', 1, 'editors', 1, 2), aksara.related_add('Person', 1, 'edited', 2);
SELECT * FROM heard();

-- Statements on the junction: before each row its own, after the statement all links of a row of the model that has the field.
DELETE FROM post_tags;
SELECT * FROM heard();
INSERT INTO post_tags (post_id, tag_id) VALUES (1, 1), (2, 1), (1, 2);
SELECT * FROM heard();
UPDATE post_tags SET tag_id = 3 WHERE tag_id = 2;
SELECT * FROM heard();
INSERT INTO post_tags (post_id, tag_id) VALUES (1, 1), (2, 4) ON CONFLICT DO NOTHING;
SELECT * FROM heard();
COPY post_tags (post_id, tag_id) FROM stdin;
2	5
\.
MERGE INTO post_tags t USING (VALUES (2, 5), (2, 3)) v (p, t) ON t.post_id = v.p AND t.tag_id = v.t WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (post_id, tag_id) VALUES (v.p, v.t);
SELECT what FROM heard() what ORDER BY what;
-- Rows at either end that go take their links along.
DELETE FROM tags WHERE id IN (1, 4);
SELECT * FROM heard();
SELECT aksara.delete('{"model": "Post", "filter": {"id": 1}}');
SELECT * FROM heard();

-- A handler that raises before keeps the link out, in a savepoint like others.
CREATE FUNCTION at_most_two(e aksara.event) RETURNS void LANGUAGE plpgsql AS $$BEGIN
  IF e.action = 'pre_add' AND (SELECT count(*) FROM post_tags WHERE post_id = (e.instance ->> 'id')::bigint) + jsonb_array_length(e.ids) > 2 THEN RAISE 'a post has at most two tags' USING ERRCODE = 'check_violation'; END IF;
END$$;
SELECT aksara.connect('m2m_changed', 'at_most_two', 'Post', priority => -1, fields => '{tags}');
SELECT said($$SELECT aksara.related_add('Post', 2, 'tags', 2, 5)$$), said($$INSERT INTO post_tags (post_id, tag_id) VALUES (2, 2), (2, 5)$$), said($$SELECT aksara.related_set('Post', 2, 'tags', 2, 5, 6)$$);
SELECT tag_id FROM post_tags WHERE post_id = 2;
SELECT * FROM heard();
BEGIN; SAVEPOINT s; SELECT aksara.related_add('Post', 2, 'tags', 2); ROLLBACK TO s; SELECT aksara.related_add('Post', 2, 'editors', 3); COMMIT;
SELECT * FROM heard();
SELECT aksara.disconnect('m2m_changed', 'at_most_two', 'Post');

-- Without direction: a call tells of what it was given, statements of each row.
SELECT aksara.connect('m2m_changed', 'note', 'Person');
SELECT aksara.related_add('Person', 1, 'friends', 2, 3), aksara.related_remove('Person', 2, 'friends', 1), aksara.related_clear('Person', 3, 'friends');
SELECT * FROM heard();
INSERT INTO person_friends (from_person_id, to_person_id) VALUES (4, 1), (1, 4);
SELECT * FROM heard();

-- Through a model: links are its rows, whatever else they hold; its own signals are sent as well.
SELECT aksara.create_model('Club', '{"name": "String", "members": {"type": "ManyToMany", "to": "Person", "through": "Membership", "related_name": "clubs"}}', '{"primary_key": "bigint"}');
SELECT aksara.connect('m2m_changed', 'note', 'Club');
SELECT aksara.create_model('Membership', '{"club": {"type": "ForeignKey", "to": "Club", "on_delete": "CASCADE"}, "person": {"type": "ForeignKey", "to": "Person", "on_delete": "CASCADE"}, "role": {"type": "String", "default": "member"}}', '{"primary_key": "bigint"}');
SELECT of FROM triggers;
INSERT INTO clubs (name) VALUES ('chess'), ('go');
SELECT aksara.related_link('Club', 1, 'members', '[1]', '{"role": "head"}'), aksara.related_add('Club', 1, 'members', 2);
SELECT aksara.create('Membership', '{"club": 2, "person": 1}') IS NOT NULL;
UPDATE memberships SET role = 'guest';
UPDATE memberships SET person_id = 3 WHERE club_id = 2;
SELECT aksara.delete('{"model": "Membership", "filter": {"club": 2}}');
SELECT * FROM heard();
-- A handler of rows that writes further links: they are told of by themselves.
CREATE FUNCTION joins_all(m memberships) RETURNS void LANGUAGE sql AS $$INSERT INTO memberships (club_id, person_id) SELECT c.id, m.person_id FROM clubs c WHERE NOT EXISTS (SELECT FROM memberships o WHERE o.club_id = c.id AND o.person_id = m.person_id)$$;
SELECT aksara.connect('post_save', 'joins_all', 'Membership');
SELECT aksara.related_add('Club', 1, 'members', 4);
SELECT * FROM heard();
SELECT aksara.disconnect('post_save', 'joins_all', 'Membership');
-- A handler of links that writes the same junction: until there is nothing to add.
CREATE FUNCTION both_clubs(e aksara.event) RETURNS void LANGUAGE sql AS $$INSERT INTO memberships (club_id, person_id) SELECT c.id, i::bigint FROM clubs c, jsonb_array_elements_text(e.ids) i WHERE e.action = 'post_add' AND NOT EXISTS (SELECT FROM memberships o WHERE o.club_id = c.id AND o.person_id = i::bigint)$$;
SELECT aksara.connect('m2m_changed', 'both_clubs', 'Club');
SELECT aksara.related_add('Club', 1, 'members', 3);
SELECT * FROM heard();
-- Two relations over one model: a call tells of its own, the rows of the other.
SELECT aksara.disconnect('m2m_changed', 'both_clubs', 'Club');
SELECT aksara.add_field('Person', 'joined', '{"type": "ManyToMany", "to": "Club", "through": "Membership", "related_name": "joiners"}');
SELECT aksara.related_remove('Club', 1, 'members', 3);
DELETE FROM memberships WHERE club_id = 2 AND person_id = 3;
SELECT what FROM heard() what ORDER BY what;

-- Keys of several fields, at both ends, and names that need quotes.
SELECT aksara.create_model('Seat', '{"row": "Integer", "no\"": {"type": "String", "column": "No"}}', '{"primary_key": ["row", "no\""]}');
SELECT aksara.create_model('Ticket', '{"year": "Integer", "n": "Integer", "Seats": {"type": "ManyToMany", "to": "Seat", "related_name": "tickets"}}', '{"primary_key": ["year", "n"]}');
SELECT aksara.connect('m2m_changed', 'note', 'Ticket', fields => '{Seats}');
INSERT INTO seats SELECT 1, 'ä"' || n FROM generate_series(1, 3) n;
INSERT INTO tickets VALUES (2024, 1), (2024, 2);
SELECT aksara.related_add('Ticket', '{"year": 2024, "n": 1}', 'Seats', '{"row": 1, "no\"": "ä\"1"}', '{"row": 1, "no\"": "ä\"2"}'), aksara.related_add('Seat', '{"row": 1, "no\"": "ä\"3"}', 'tickets', '{"year": 2024, "n": 2}'), aksara.related_clear('Ticket', '{"year": 2024, "n": 2}', 'Seats');
DELETE FROM seats WHERE "No" = 'ä"2';
SELECT * FROM heard();

-- Disabled with the model that has the field; async by a task, after the commit; nothing without a receiver.
BEGIN; SELECT aksara.disable_signals('Ticket'); SELECT aksara.related_clear('Ticket', '{"year": 2024, "n": 1}', 'Seats'); COMMIT;
SELECT aksara.connect('m2m_changed', 'note', 'Ticket', async => true);
BEGIN; SELECT aksara.related_add('Ticket', '{"year": 2024, "n": 1}', 'Seats', '{"row": 1, "no\"": "ä\"3"}'); SELECT * FROM heard(); COMMIT;
CALL aksara.run_tasks();
SELECT * FROM heard();
SELECT count(*) FROM (SELECT aksara.disconnect(signal, handler, sender) AS gone FROM aksara.receiver WHERE sender LIKE 'siglnk.%' AND sender <> 'siglnk.Post') d WHERE gone;
SELECT of FROM triggers;
-- Many links: lists of 1 000.
INSERT INTO tags (name) SELECT 't' FROM generate_series(1, 2001);
INSERT INTO post_tags (post_id, tag_id) SELECT 2, id FROM tags WHERE name = 't';
SELECT what, count(*) FROM heard() what GROUP BY 1 HAVING count(*) > 1 OR max(what) ~ 'post_add' ORDER BY 1;
SELECT aksara.related_clear('Post', 2, 'tags');
SELECT what FROM heard() what;
SELECT aksara.disconnect('m2m_changed', 'note', 'Post');
SELECT of FROM triggers;

SET client_min_messages = error;
DROP SCHEMA siglnk CASCADE;
