-- A model is defined with one document; its table is an ordinary one.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE SCHEMA blog;
SET search_path = blog;

SELECT aksara.create_model('User', '{
  "email":  {"type": "Email", "unique": true},
  "name":   {"type": "String", "max_length": 100},
  "joined": {"type": "DateTime", "auto_now_add": true}
}', meta => '{"ordering": ["name"]}');
\d users

-- A bare string is a type without options, and "StringField" equals "String".
SELECT aksara.create_model('Category', '{"name": "StringField", "notes": "Text"}');
\d categories

-- The key: an identity, a field that says so, or a field that meta names.
SELECT aksara.create_model('Day', '{"date": "Date"}', '{"primary_key": "bigint"}');
SELECT aksara.create_model('Box', '{"code": {"type": "String", "max_length": 8, "primary_key": true}}');
SELECT aksara.create_model('Country', '{"iso": {"type": "String", "max_length": 2}}', '{"primary_key": "iso"}');
\d days
\d boxes
\d countries

-- Another schema, another table name, timestamps, unique_together, indexes.
CREATE SCHEMA "My App";
SELECT aksara.create_model('My App.HTTPRequest', '{
  "path":   {"type": "Text", "db_index": true},
  "status": "SmallInteger",
  "at":     "DateTime"
}', '{"timestamps": true, "unique_together": [["path", "at"]],
      "indexes": [["status", "-at"], {"fields": ["at"], "name": "by_time"}]}');
SELECT aksara.create_model('Entry', '{"text": "Text"}', '{"table_name": "Log Book"}');
\d "My App".http_requests
\d "Log Book"

-- Rows go in as into any table.
INSERT INTO users (email, name) VALUES ('jane@example.com', 'Jane');
SELECT email, name, joined IS NOT NULL AS joined FROM users;

-- The registry is readable; describe() is the whole model.
SELECT * FROM aksara.model ORDER BY app COLLATE "C", name;
SELECT name, position, kind, column_name, options FROM aksara.field WHERE model = 'User' ORDER BY position;
SELECT jsonb_pretty(aksara.describe('User')::jsonb);
SELECT aksara.describe('My App.HTTPRequest') ->> 'table' AS "table";

DROP SCHEMA blog, "My App" CASCADE;
SELECT count(*) FROM aksara.model;
