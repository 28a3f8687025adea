-- docs/signals.md: its examples, as they stand there, but the one in PL/Python. test/lint/examples.sh compares the two, and the answers.
\set VERBOSITY default
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA blog;
SET search_path = blog;
\pset format unaligned
\pset tuples_only on

SELECT aksara.create_model('Post', '{
  "title": {"type": "String", "max_length": 200},
  "slug":  {"type": "String", "max_length": 200}
}', '{"primary_key": "bigint"}');
CREATE FUNCTION generate_slug(post posts) RETURNS posts LANGUAGE plpgsql AS $$
BEGIN
	IF post.slug IS NULL THEN
		post.slug := aksara.slugify(post.title);
	END IF;
	RETURN post;
END $$;
SELECT aksara.connect('pre_save', 'generate_slug', 'Post');
INSERT INTO posts (title) VALUES ('Hello, World!') RETURNING slug;
SELECT aksara.create('Post', '{"title": "Over the Roofs"}') ->> 'slug';

SELECT aksara.disconnect('pre_save', 'generate_slug', 'Post');
CREATE FUNCTION slug_in_sql(event aksara.event) RETURNS jsonb LANGUAGE sql AS
  $$SELECT jsonb_build_object('slug', aksara.slugify(event.instance ->> 'title'))$$;
SELECT aksara.connect('pre_save', 'slug_in_sql', 'Post', condition => 'slug IS NULL');
INSERT INTO posts (title) VALUES ('Plain SQL') RETURNING slug;

CREATE TABLE history (what text, who name DEFAULT current_user, before jsonb, after jsonb);
CREATE FUNCTION keep_title(event aksara.event) RETURNS void LANGUAGE sql AS
  $$INSERT INTO history (what, before, after) VALUES (event.signal, event.previous -> 'title', event.instance -> 'title')$$;
SELECT aksara.connect('post_save', 'keep_title', 'Post', fields => '{title}', condition => 'slug <> ''draft''');
UPDATE posts SET title = upper(title) WHERE slug = 'plain-sql';
UPDATE posts SET title = title;
INSERT INTO posts (title, slug) VALUES ('Not yet', 'draft');
SELECT what, before, after FROM history;
SELECT signal, handler, condition, fields FROM aksara.receiver WHERE sender = 'blog.Post';

CREATE FUNCTION may_go(post posts) RETURNS boolean LANGUAGE sql AS $$SELECT post.slug <> 'hello-world'$$;
SELECT aksara.connect('pre_delete', 'may_go', 'Post');
DELETE FROM posts WHERE slug = 'hello-world';
CREATE FUNCTION not_all(event aksara.event) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	IF event.action = 'delete' AND (event.extra ->> 'count')::int > 2 THEN
		RAISE 'too many posts at once' USING HINT = 'Two at most.';
	END IF;
END $$;
SELECT aksara.connect('pre_bulk', 'not_all', 'Post');
SELECT aksara.delete('{"model": "Post"}');

CREATE FUNCTION count_posts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO history (what) SELECT TG_OP || ', ' || count(*) || ' rows, ' || count(DISTINCT title) || ' titles' FROM new_rows;
	RETURN NULL;
END $$;
CREATE FUNCTION keep_ids(event aksara.event) RETURNS void LANGUAGE sql AS
  $$INSERT INTO history (what, after) VALUES (event.signal || ' ' || event.action, event.ids)$$;
SELECT aksara.disconnect('post_save', 'keep_title', 'Post');
SELECT aksara.connect('post_save', 'count_posts', 'Post', level => 'statement'), aksara.connect('post_bulk', 'keep_ids', 'Post');
TRUNCATE history;
INSERT INTO posts (title) SELECT 'Part ' || n % 2 FROM generate_series(1, 3) n;
SELECT what, after FROM history;

SELECT aksara.create_model('Tag', '{"name": "String"}', '{"primary_key": "bigint"}');
SELECT aksara.add_field('Post', 'tags', '{"type": "ManyToMany", "to": "Tag", "related_name": "posts"}');
SELECT aksara.create('Tag', '{"name": "SQL"}') -> 'id', aksara.create('Tag', '{"name": "Python"}') -> 'id';
CREATE FUNCTION keep_links(event aksara.event) RETURNS void LANGUAGE sql AS
  $$INSERT INTO history (what, before, after) VALUES (event.action || ' ' || (event.extra ->> 'field'), event.instance, event.ids)$$;
SELECT aksara.connect('m2m_changed', 'keep_links', 'Post', fields => '{tags}');
TRUNCATE history;
SELECT aksara.related_add('Post', 1, 'tags', 1, 2);
DELETE FROM post_tags WHERE tag_id = 1;
SELECT what, before, after FROM history;

CREATE FUNCTION send_mail(event aksara.event) RETURNS void LANGUAGE sql AS
  $$INSERT INTO history (what) VALUES ('mail about ' || (event.instance ->> 'title'))$$;
SELECT aksara.connect('post_save', 'send_mail', 'Post', async => true, condition => 'slug = ''news''');
TRUNCATE history;
BEGIN;
SAVEPOINT one;
INSERT INTO posts (title, slug) VALUES ('Lost', 'news');
ROLLBACK TO one;
INSERT INTO posts (title, slug) VALUES ('Kept', 'news');
COMMIT;
SELECT count(*) FROM history WHERE what LIKE 'mail%';
CALL aksara.run_tasks();
SELECT what FROM history WHERE what LIKE 'mail%';

SELECT aksara.create_signal('order_paid', '{order,amount}', 'the money is there');
CREATE FUNCTION ship(event aksara.event) RETURNS jsonb LANGUAGE sql AS $$SELECT jsonb_build_object('shipped', event.extra -> 'order')$$;
CREATE FUNCTION thank(event aksara.event) RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE 'no address'; END$$;
SELECT aksara.connect('order_paid', 'ship'), aksara.connect('order_paid', 'thank', priority => -1, sender => 'web');
SELECT * FROM aksara.send('order_paid', '{"order": 7}');
SELECT * FROM aksara.send('order_paid', '{"order": 7}', sender => 'web');
SELECT * FROM aksara.send_robust('order_paid', '{"order": 7}', sender => 'web');
SELECT aksara.send('order_paid', '{"ordr": 7}');
SELECT aksara.drop_signal('order_paid', cascade => true);

BEGIN;
SELECT aksara.disable_signals('Post');
INSERT INTO posts (title) VALUES ('Who makes my slug?');
ROLLBACK;

CREATE ROLE regress_writer;
GRANT USAGE ON SCHEMA blog TO regress_writer;
GRANT INSERT ON posts TO regress_writer;
REVOKE EXECUTE ON FUNCTION slug_in_sql FROM PUBLIC;
SET ROLE regress_writer;
INSERT INTO posts (title) VALUES ('Mine');
RESET ROLE;
DROP FUNCTION slug_in_sql;
INSERT INTO posts (title) VALUES ('Nobody''s');
SELECT aksara.disconnect('pre_save', 'slug_in_sql', 'Post');

DROP OWNED BY regress_writer;
DROP ROLE regress_writer;
SET client_min_messages = error;
DROP SCHEMA blog CASCADE;
