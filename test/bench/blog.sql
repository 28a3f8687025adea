-- The blog that is measured: 1 000 users, 20 000 posts, 50 tags, 3 tags a post; and four levels of rows to delete.
-- Both sides of every measurement work on the same tables.

CREATE SCHEMA blog;
SET search_path = blog;

SELECT aksara.create_model('User', '{
	"email": {"type": "Email", "unique": true},
	"name":  {"type": "String", "max_length": 100}
}');
SELECT aksara.create_model('Tag', '{
	"name": {"type": "String", "max_length": 30, "unique": true},
	"slug": {"type": "String", "max_length": 30, "unique": true}
}');
SELECT aksara.create_model('Post', '{
	"title":      {"type": "String", "max_length": 200},
	"content":    "Text",
	"published":  {"type": "Boolean", "default": false},
	"views":      {"type": "Integer", "default": 0},
	"author":     {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE", "related_name": "posts"},
	"tags":       {"type": "ManyToMany", "to": "Tag", "related_name": "posts"},
	"created_at": {"type": "DateTime", "auto_now_add": true}
}');
-- A post without tags, in a table that writes may empty.
SELECT aksara.create_model('Draft', '{
	"title":      {"type": "String", "max_length": 200},
	"content":    "Text",
	"published":  {"type": "Boolean", "default": false},
	"views":      {"type": "Integer", "default": 0},
	"author":     {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE", "related_name": "drafts"},
	"created_at": {"type": "DateTime", "auto_now_add": true}
}');
SELECT aksara.create_model('Forum', '{"batch": {"type": "Integer", "db_index": true}}');
SELECT aksara.create_model('Thread', '{
	"forum": {"type": "ForeignKey", "to": "Forum", "on_delete": "CASCADE", "related_name": "threads"}
}');
SELECT aksara.create_model('Message', '{
	"thread": {"type": "ForeignKey", "to": "Thread", "on_delete": "CASCADE", "related_name": "messages"}
}');
SELECT aksara.create_model('Reaction', '{
	"message": {"type": "ForeignKey", "to": "Message", "on_delete": "CASCADE", "related_name": "reactions"}
}');

INSERT INTO users (id, email, name)
	SELECT md5('user ' || i)::uuid, 'user' || i || '@example.com', 'User ' || i FROM generate_series(0, 999) i;
INSERT INTO tags (id, name, slug)
	SELECT md5('tag ' || i)::uuid, 'Tag ' || i, 'tag-' || i FROM generate_series(0, 49) i;
INSERT INTO posts (id, title, content, published, views, author_id, created_at)
	SELECT md5('post ' || i)::uuid, 'Post number ' || i, repeat('Lorem ipsum dolor sit amet. ', 8), i % 3 <> 0,
		i % 1000, md5('user ' || i % 1000)::uuid, timestamptz '2024-01-01 00:00+00' + i * interval '1 minute'
	FROM generate_series(0, 19999) i;
INSERT INTO post_tags (post_id, tag_id)
	SELECT md5('post ' || i)::uuid, md5('tag ' || (i * 7 + k * 11) % 50)::uuid
	FROM generate_series(0, 19999) i, generate_series(0, 2) k;

-- Five batches of 200 forums, each with 4 threads, 16 messages and 32 reactions; a batch that was deleted comes back.
CREATE FUNCTION refill_forums() RETURNS void LANGUAGE sql AS $$
	INSERT INTO forums (id, batch) SELECT md5('forum ' || i)::uuid, i / 200 FROM generate_series(0, 999) i
		ON CONFLICT DO NOTHING;
	INSERT INTO threads (id, forum_id)
		SELECT md5('thread ' || i)::uuid, md5('forum ' || i / 4)::uuid FROM generate_series(0, 3999) i
		ON CONFLICT DO NOTHING;
	INSERT INTO messages (id, thread_id)
		SELECT md5('message ' || i)::uuid, md5('thread ' || i / 4)::uuid FROM generate_series(0, 15999) i
		ON CONFLICT DO NOTHING;
	INSERT INTO reactions (id, message_id)
		SELECT md5('reaction ' || i)::uuid, md5('message ' || i / 2)::uuid FROM generate_series(0, 31999) i
		ON CONFLICT DO NOTHING;
$$;
SELECT refill_forums();

-- What the tables hold after a write, for the comparison of the sides.
CREATE FUNCTION written_drafts() RETURNS text LANGUAGE sql AS $$
	SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || count(created_at) || ' '
		|| md5(string_agg(concat_ws('|', title, content, published, views, author_id), E'\n' ORDER BY views, author_id))
	FROM drafts
$$;
CREATE FUNCTION updated_drafts() RETURNS text LANGUAGE sql AS $$
	SELECT md5(string_agg(concat_ws('|', id, title, views), E'\n' ORDER BY id)) FROM drafts
$$;
CREATE FUNCTION remaining_forums() RETURNS text LANGUAGE sql AS $$
	SELECT concat_ws(' ', (SELECT count(*) FROM threads), (SELECT count(*) FROM messages),
		(SELECT count(*) FROM reactions), (SELECT md5(string_agg(id::text, ' ' ORDER BY id)) FROM forums))
$$;
