-- Models as agents see them.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA agents;
SET search_path = agents;
SELECT aksara.create_model('User', '{
  "email":    {"type": "Email", "ai_description": "where to write to"},
  "password": {"type": "String", "max_length": 80, "ai_sensitive": true},
  "karma":    {"type": "Integer", "default": 0, "ai_agent_writable": false},
  "key":      {"type": "Binary", "nullable": true},
  "joined":   {"type": "DateTime", "auto_now_add": true}
}', '{"ai_description": "people who write", "ai_examples": ["who wrote most?"]}');
SELECT aksara.create_model('Post', '{
  "title":  {"type": "String", "max_length": 80, "help_text": "shown above the text"},
  "author": {"type": "ForeignKey", "to": "User", "related_name": "posts", "ai_description": "who wrote the post"},
  "editor": {"type": "ForeignKey", "to": "User", "related_name": "edited", "nullable": true, "ai_sensitive": true},
  "likers": {"type": "ManyToMany", "to": "User", "related_name": "liked"}
}', '{"ai_name": "article", "ai_permissions": ["read"], "primary_key": "bigint"}');
SELECT aksara.create_model('Audit', '{"who": {"type": "ForeignKey", "to": "User", "related_name": "audits"}}', '{"ai_agent_exposed": false}');
SELECT aksara.create_model('Base', '{"a": "Text"}', '{"abstract": true}');

SELECT jsonb_pretty(aksara.ai_schema('User')::jsonb);
SELECT aksara.ai_schema('Post');
SELECT aksara.ai_schema('Audit');
SELECT aksara.ai_schema('Base');
SELECT aksara.ai_schema(NULL);

-- All exposed models that the caller may use.
SELECT s ->> 'model' AS model FROM json_array_elements(aksara.ai_schemas()) s WHERE s ->> 'model' LIKE 'agents.%';
CREATE ROLE regress_agent;
SET ROLE regress_agent;
SELECT s ->> 'model' AS model FROM json_array_elements(aksara.ai_schemas()) s WHERE s ->> 'model' LIKE 'agents.%';
RESET ROLE;
GRANT USAGE ON SCHEMA agents TO regress_agent;
GRANT SELECT (title) ON posts TO regress_agent;
SET ROLE regress_agent;
SELECT s ->> 'model' AS model FROM json_array_elements(aksara.ai_schemas()) s WHERE s ->> 'model' LIKE 'agents.%';
RESET ROLE;
DROP OWNED BY regress_agent;
DROP ROLE regress_agent;
DROP SCHEMA agents CASCADE;
