-- Albums 0–999 have no tracks, 1000–1999 three each, 2000–2999 thirty, 3000–3999 three hundred.

SELECT aksara.create_model('Album', '{"title": {"type": "String", "max_length": 100}, "released": "Date"}',
	meta => '{"primary_key": "bigint"}');
SELECT aksara.create_model('Track', '{
	"album":   {"type": "ForeignKey", "to": "Album", "on_delete": "CASCADE", "related_name": "tracks"},
	"title":   {"type": "String", "max_length": 100},
	"seconds": "Integer",
	"rating":  {"type": "Decimal", "max_digits": 4, "decimal_places": 2}
}', meta => '{"primary_key": "bigint"}');

INSERT INTO albums (id, title, released) OVERRIDING SYSTEM VALUE
	SELECT i, 'Album number ' || i, date '1970-01-01' + i FROM generate_series(0, 3999) i;
INSERT INTO tracks (album_id, title, seconds, rating)
	SELECT a.id, 'Track ' || k || ' of ' || a.id, 60 + k, k % 100 / 10.0
	FROM albums a, generate_series(1, (ARRAY[0, 3, 30, 300])[a.id / 1000 + 1]) k;
