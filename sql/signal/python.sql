-- docs/signals.md: its example in PL/Python, where the server has that language; and what else a handler in it may be.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SELECT count(*) = 0 AS without FROM pg_available_extensions WHERE name = 'plpython3u' \gset
\if :without
\quit
\endif
CREATE EXTENSION plpython3u;
CREATE SCHEMA blog;
SET search_path = blog;
\pset format unaligned
\pset tuples_only on
SELECT aksara.create_model('Post', '{
  "title": {"type": "String", "max_length": 200},
  "slug":  {"type": "String", "max_length": 200}
}', '{"primary_key": "bigint"}');

CREATE FUNCTION slug_in_python(post posts) RETURNS posts LANGUAGE plpython3u AS $$
import re
if not post["slug"]:
    post["slug"] = re.sub("[^a-z0-9]+", "-", post["title"].lower()).strip("-")
return post
$$;
SELECT aksara.connect('pre_save', 'slug_in_python', 'Post');
INSERT INTO posts (title) VALUES ('Snakes & Ladders') RETURNING slug;

-- By every way in, and with what else a typed handler may take.
SELECT aksara.create('Post', '{"title": "Over the Roofs"}') ->> 'slug';
UPDATE posts SET slug = NULL, title = 'Ladders' WHERE slug = 'snakes-ladders' RETURNING slug;
CREATE TABLE heard (n serial, what text);
CREATE FUNCTION note(post posts, was posts, created boolean, update_fields text[], signal text) RETURNS void LANGUAGE plpython3u AS $$
plan = plpy.prepare("INSERT INTO heard (what) VALUES ($1)", ["text"])
plan.execute([f"{signal} {post['slug']} {was and was['slug']} {created} {update_fields}"])
$$;
SELECT aksara.connect('post_save', 'note', 'Post'), aksara.connect('post_delete', 'note', 'Post');
INSERT INTO posts (title) VALUES ('Heard');
UPDATE posts SET slug = 'seen' WHERE slug = 'heard';
DELETE FROM posts WHERE slug = 'seen';
SELECT what FROM heard ORDER BY n;

-- A general one: documents are text there. Its error is an error like others.
CREATE FUNCTION shout(event aksara.event) RETURNS jsonb LANGUAGE plpython3u AS $$
import json
title = json.loads(event["instance"])["title"]
if title == "bad":
    plpy.error("too bad", sqlstate="AK999", hint="Be good.")
return json.dumps({"title": title + "!"})
$$;
SELECT aksara.connect('pre_save', 'shout', 'Post', priority => -1);
INSERT INTO posts (title) VALUES ('bad');
INSERT INTO posts (title) VALUES ('Good') RETURNING title, slug;

-- One that writes its own model is met by itself.
CREATE FUNCTION again(post posts) RETURNS void LANGUAGE plpython3u AS $$
if len(post["title"]) < 4:
    plpy.prepare("INSERT INTO posts (title) VALUES ($1)", ["text"]).execute([post["title"] + "x"])
$$;
SELECT aksara.disconnect('pre_save', 'shout', 'Post'), aksara.connect('post_save', 'again', 'Post');
INSERT INTO posts (title) VALUES ('a');
SELECT title, slug FROM posts WHERE title LIKE 'a%' ORDER BY id;

SET client_min_messages = error;
DROP SCHEMA blog CASCADE;
DROP EXTENSION plpython3u;
