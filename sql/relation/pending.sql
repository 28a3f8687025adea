-- A target that is not defined yet is remembered, and connected when it arrives.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA pend;
SET search_path = pend;
CREATE FUNCTION pending() RETURNS TABLE (relation text, pending boolean) LANGUAGE sql AS $$
	SELECT r.model || '.' || r.field, coalesce((f ->> 'pending')::boolean, false)
	FROM aksara.relation r, json_array_elements(aksara.describe('pend.' || r.model) -> 'fields') f
	WHERE r.app = 'pend' AND f ->> 'name' = r.field ORDER BY 1 $$;

-- Forward: the column is there, its key comes with the target; the column takes the target's key type.
SELECT aksara.create_model('Post', '{
  "author": {"type": "ForeignKey", "to": "User", "on_delete": "PROTECT", "related_name": "posts"},
  "moved":  {"type": "ForeignKey", "to": "User", "on_delete": "SET(0)", "nullable": true, "related_name": "+"},
  "room":   {"type": "ForeignKey", "to": "Room", "default": 1, "on_delete": "SET_DEFAULT"},
  "tags":   {"type": "ManyToMany", "to": "Tag"}
}');
SELECT * FROM pending();
\d posts
SELECT aksara.related_add('Post', gen_random_uuid(), 'tags', gen_random_uuid());
\echo :SQLSTATE
SELECT aksara.create_model('User', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Room', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Tag', '{"name": "Text"}');
SELECT * FROM pending();
\d posts
\d users
\d post_tags

-- Circular: each refers to the other.
SELECT aksara.create_model('Author', '{"favorite": {"type": "ForeignKey", "to": "Book", "nullable": true, "on_delete": "SET_NULL", "related_name": "fans"}}');
SELECT aksara.create_model('Book', '{"author": {"type": "ForeignKey", "to": "Author", "related_name": "books"}}');
SELECT conrelid::regclass, conname, confrelid::regclass FROM pg_constraint
WHERE contype = 'f' AND conrelid IN ('authors'::regclass, 'books'::regclass) ORDER BY conname;

-- To itself, also where the key is declared last.
SELECT aksara.create_model('Node', '{"parent": {"type": "ForeignKey", "to": "Node", "nullable": true}, "code": {"type": "String", "max_length": 9}}',
	meta => '{"primary_key": "code"}');
\d nodes

-- A through model that comes last, and whose own foreign keys point at what comes later.
SELECT aksara.create_model('Group', '{"members": {"type": "ManyToMany", "to": "Person", "through": "Membership", "related_name": "groups"}}');
SELECT aksara.create_model('Membership', '{
  "group":  {"type": "ForeignKey", "to": "Group"},
  "person": {"type": "ForeignKey", "to": "Person"},
  "since":  {"type": "Date", "nullable": true}
}');
SELECT * FROM pending() WHERE relation ~ '^(Group|Membership)';
SELECT aksara.create_model('Person', '{"name": "Text"}');
SELECT * FROM pending() WHERE relation ~ '^(Group|Membership)';

-- What is in the way when the target arrives: an accessor of another relation or field, values of another type.
SELECT aksara.create_model('Early', '{"a": {"type": "ForeignKey", "to": "Late", "related_name": "name"}, "b": {"type": "ForeignKey", "to": "Late", "nullable": true}}');
SELECT aksara.create_model('Late', '{"name": "Text"}');
\echo :SQLSTATE
SELECT aksara.create_model('Early2', '{"a": {"type": "ForeignKey", "to": "Late", "related_name": "early_set"}}');
\echo :SQLSTATE
INSERT INTO earlies (a_id) VALUES ('00000000-0000-0000-0000-000000000001');
SELECT aksara.create_model('Late', '{"label": "Text"}', meta => '{"primary_key": "bigint"}');
\echo :SQLSTATE
SELECT aksara.create_model('Late', '{"label": "Text"}');
\echo :SQLSTATE
TRUNCATE earlies;
SELECT aksara.create_model('Late', '{"label": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT * FROM pending() WHERE relation ~ '^Early';

-- A through model must have one foreign key to each side.
SELECT aksara.create_model('Team', '{"players": {"type": "ManyToMany", "to": "Person", "through": "Contract", "related_name": "teams"}}');
SELECT aksara.create_model('Contract', '{"team": {"type": "ForeignKey", "to": "Team"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Contract', '{"team": {"type": "ForeignKey", "to": "Team"},
  "person": {"type": "ForeignKey", "to": "Person"}, "agent": {"type": "ForeignKey", "to": "Person", "related_name": "deals"}}');
\echo :SQLSTATE
SELECT aksara.create_model('Contract', '{"team": {"type": "ForeignKey", "to": "Team"}, "person": {"type": "ForeignKey", "to": "Person"}}');
SELECT aksara.add_field('Contract', 'agent', '{"type": "ForeignKey", "to": "Person", "related_name": "deals"}');
\echo :SQLSTATE
SELECT aksara.remove_field('Contract', 'person');
\echo :SQLSTATE
SELECT aksara.drop_model('Contract');
\echo :SQLSTATE
SELECT aksara.drop_model('Contract', cascade => true);
SELECT field FROM aksara.relation WHERE app = 'pend' AND model = 'Team';
SELECT aksara.drop_model('Group', cascade => true);
SELECT field FROM aksara.relation WHERE app = 'pend' AND model = 'Membership';

-- A target that is dropped by hand leaves its relations pending; made anew, it is connected again.
DROP TABLE users, tags CASCADE;
SELECT * FROM pending() WHERE relation ~ '^Post';
SELECT aksara.create_model('User', '{"name": "Text"}', meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Tag', '{"name": "Text"}');
SELECT * FROM pending() WHERE relation ~ '^Post';
\d posts
\d post_tags

-- A target of another owner: whoever defines it need not own what waits for it, and is told.
CREATE ROLE regress_waiting;
CREATE ROLE regress_builder;
GRANT USAGE, CREATE ON SCHEMA pend TO regress_waiting, regress_builder;
SET ROLE regress_waiting;
SELECT aksara.create_model('Waiting', '{"hall": {"type": "ForeignKey", "to": "Hall", "related_name": "+"}, "next": {"type": "ForeignKey", "to": "self", "nullable": true}}');
SELECT aksara.connect_relation('Waiting', 'hall');
SET ROLE regress_builder;
SELECT aksara.create_model('Hall', '{"name": "Text"}');
SELECT aksara.connect_relation('Waiting', 'hall');
\echo :SQLSTATE
SET ROLE regress_waiting;
SELECT aksara.connect_relation('Waiting', 'hall');
\echo :SQLSTATE
SET ROLE regress_builder;
GRANT REFERENCES ON halls TO regress_waiting;
SET ROLE regress_waiting;
SELECT aksara.connect_relation('Waiting', 'hall'), aksara.connect_relation('Waiting', 'hall');
SELECT aksara.connect_relation('Waiting', 'id');
\echo :SQLSTATE
SELECT aksara.connect_relation('Waiting', NULL);
\echo :SQLSTATE
SELECT conname FROM pg_constraint WHERE conrelid = 'waitings'::regclass AND contype = 'f' ORDER BY 1;

-- To have named a model gives no right to it: a stranger's relation takes no word from it, is no accessor, and is not built for
-- him by a superuser.
RESET ROLE;
CREATE SCHEMA pend_other AUTHORIZATION regress_waiting;
SET ROLE regress_waiting;
SELECT aksara.create_model('pend_other.Trap', '{"a": {"type": "ForeignKey", "to": "pend.Safe", "related_name": "name", "on_delete": "PROTECT"},
  "b": {"type": "ForeignKey", "to": "pend.Safe", "related_name": "friends"}, "c": {"type": "ManyToMany", "to": "pend.Safe", "related_name": "others"}}');
RESET ROLE;
SELECT aksara.create_model('Safe', '{"name": "Text"}');
SELECT aksara.create_model('Friend', '{"safe": {"type": "ForeignKey", "to": "Safe", "related_name": "friends"}}');
SELECT r FROM json_array_elements(aksara.describe('Safe') -> 'related') r;
SELECT conrelid::regclass, conname FROM pg_constraint WHERE confrelid = 'safes'::regclass ORDER BY 2;
GRANT REFERENCES, TRIGGER ON safes TO regress_waiting;
SET ROLE regress_waiting;
SELECT aksara.connect_relation('pend_other.Trap', 'a');
\echo :SQLSTATE
SELECT aksara.connect_relation('pend_other.Trap', 'b');
\echo :SQLSTATE
SELECT aksara.connect_relation('pend_other.Trap', 'c');
RESET ROLE;
SELECT r FROM json_array_elements(aksara.describe('Safe') -> 'related') r;

DROP SCHEMA pend, pend_other CASCADE;
DROP ROLE regress_waiting, regress_builder;
SELECT count(*) AS left_over FROM aksara.relation WHERE app = 'pend';
