-- Slugs: aksara.slugify, and fields that fill themselves.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA slug;
SET search_path = slug;

SELECT title, aksara.slugify(title) AS slug, aksara.slugify(title, 8) AS "8", aksara.slugify(title, allow_unicode => true) AS unicode
FROM (VALUES ('Hello World'), ('  Ärger & Co.  '), ('a - b -- c'), ('__x__-'), ('Grüße aus Öd'), ('ﬁne ①'), ('日本 語'),
	('İstanbul'), ('!!!'), (''), ('under_score'), (E'tab\tand\nnewline'), ('12 345678-9')) t(title);
SELECT aksara.slugify(NULL) IS NULL AS null_of_null;
SELECT aksara.slugify('abc', 0);
SELECT aksara.slugify('abc', 5, NULL);
-- It is immutable: an index may use it.
CREATE TABLE plain (title text);
CREATE INDEX ON plain (aksara.slugify(title));

SELECT aksara.create_model('Page', '{
  "title": {"type": "String", "nullable": true},
  "slug":  {"type": "Slug", "max_length": 12, "auto_from": "title", "unique": true},
  "word":  {"type": "Slug", "auto_from": "title", "allow_unicode": true, "nullable": true},
  "made":  {"type": "Date", "default": "2026-01-31"},
  "day":   {"type": "Slug", "auto_from": "made"}
}', '{"primary_key": "bigint"}');
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'pages'::regclass;

-- Empty is filled, for every writer; what is there stays.
SELECT aksara.create('Page', '{"title": "Grüße aus dem Süden"}');
SELECT aksara.create('Page', '{"title": "Second", "slug": ""}');
SELECT aksara.create('Page', '{"title": "Third", "slug": null}');
SELECT aksara.create('Page', '{"title": "Fourth", "slug": "own_slug"}');
SELECT * FROM aksara.bulk_create('Page', '[{"title": "Fifth"}, {"title": "Sixth", "slug": "vi"}]');
INSERT INTO pages (title) VALUES ('Raw insert here') RETURNING slug, word;
INSERT INTO pages (title, slug) VALUES ('Other', '') RETURNING slug;
UPDATE pages SET title = 'Changed' WHERE slug = 'second' RETURNING slug;
UPDATE pages SET slug = '' WHERE slug = 'second' RETURNING slug;
SELECT slug, word, day FROM pages ORDER BY id;

-- No suffix is made up: a second page of this title is refused. A title without letters makes no slug.
INSERT INTO pages (title) VALUES ('Changed');
INSERT INTO pages (title) VALUES ('!!!');
SELECT aksara.create('Page', '{"title": "!!!"}');
SELECT aksara.create('Page', '{}');
SELECT aksara.create('Page', '{"title": "x", "slug": "not a slug"}');

-- It follows the field it is made of.
SELECT aksara.rename_field('Page', 'title', 'headline');
INSERT INTO pages (headline) VALUES ('Renamed') RETURNING slug;

SELECT aksara.create_model('Bad', '{"title": "String", "slug": {"type": "Slug", "auto_from": "titel"}}');
SELECT aksara.create_model('Bad', '{"slug": {"type": "Slug", "auto_from": "slug"}}');
SELECT aksara.add_field('Page', 'third', '{"type": "Slug", "nullable": true, "auto_from": "headline"}');
INSERT INTO pages (headline) VALUES ('With a third') RETURNING third;
DROP SCHEMA slug CASCADE;
