"""Measures aksara against SQL written by hand: ratios, both sides alternating in one session, loops inside the server.

    bench.py                     all rows; PGHOST and PGDATABASE name an empty database with the extension
    bench.py --only get,create   rows whose name has one of these words
    bench.py --loop 20 NAME      our side of one row alone for 20 seconds, for a profiler (prints the backend's pid)

Each side of a row is one statement in a PL/pgSQL loop.  A round runs every side once, each in a transaction that is
rolled back, and turns their order around; the least of the rounds counts.  Before anything is measured, all sides must
give the same answer.
"""
import argparse
import os
import re
import sys
import time

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = 7
KEYS = 1000         # different values that a loop goes through
DOCUMENTS = 10000   # of one bulk_create

CONTENT = "Lorem ipsum dolor sit amet. " * 8

# What a statement may use, by name; made before the clock starts.  k runs over the elements of arrays.
INPUTS = {
    "post_key": ("uuid[]", f"ARRAY(SELECT md5('post ' || x * 17 % 20000)::uuid FROM generate_series(1, {KEYS}) x)"),
    "user_key": ("uuid[]", f"ARRAY(SELECT md5('user ' || x % 1000)::uuid FROM generate_series(1, {KEYS}) x)"),
    "conditions": ("text[]", "ARRAY(SELECT json_build_object('id', md5('post ' || x * 17 % 20000)::uuid)"
                             f" FROM generate_series(1, {KEYS}) x)"),
    "document": ("text[]", "ARRAY(SELECT json_build_object('model', 'Post', 'filter',"
                           " json_build_object('id', md5('post ' || x * 17 % 20000)::uuid))"
                           f" FROM generate_series(1, {KEYS}) x)"),
    "page": ("text[]", "ARRAY(SELECT json_build_object('model', 'Post', 'filter',"
                       " json_build_object('id__gt', md5('post ' || x * 17 % 20000)::uuid),"
                       " 'order_by', '[\"id\"]'::json, 'limit', 100, 'select_related', '[\"author\"]'::json,"
                       " 'prefetch_related', '[\"tags\"]'::json)"
                       f" FROM generate_series(1, {KEYS}) x)"),
    "draft": ("text[]", f"ARRAY(SELECT json_build_object('title', 'A draft', 'content', '{CONTENT}', 'author_id',"
                        f" md5('user ' || x % 1000)::uuid) FROM generate_series(1, {KEYS}) x)"),
    "new_title": ("text", "'A draft'"),
    "new_content": ("text", f"'{CONTENT}'"),
    "bulk": ("text", f"(SELECT json_agg(json_build_object('title', 'A draft ' || x, 'content', '{CONTENT}',"
                     " 'published', x % 3 <> 0, 'views', x, 'author_id', md5('user ' || x % 1000)::uuid))"
                     f" FROM generate_series(1, {DOCUMENTS}) x)"),
}

# One side: its loop, and what its statement answers for one k.
SIDE = """
CREATE FUNCTION pg_temp.{name}(times int) RETURNS double precision LANGUAGE plpgsql AS $side$
DECLARE
    result json; found record; k int; started timestamptz; {inputs}
BEGIN
    FOR i IN 1..{warm} LOOP k := i % {keys} + 1; {statement}; END LOOP;
    started := clock_timestamp();
    FOR i IN 1..times LOOP k := i % {keys} + 1; {statement}; END LOOP;
    RETURN extract(epoch FROM clock_timestamp() - started) * 1000 / times;
END
$side$;
CREATE FUNCTION pg_temp.{name}_answer() RETURNS text LANGUAGE plpgsql AS $side$
DECLARE
    result json; found record; k int := 2; {inputs}
BEGIN
    {statement};
    RETURN {answer};
END
$side$;
"""


class Row:
    """One line of the table: our statement, the peers' statements, and how good we want to be."""

    def __init__(self, name, bar, ours, *peers, times=5000, warm=10, before=None, answer="result::jsonb", note=None):
        self.name, self.bar, self.sides, self.note = name, bar, [ours, *peers], note
        self.times, self.warm, self.before, self.answer = times, warm, before, answer


# ---- SQL by hand ----

ONE_POST = "SELECT row_to_json(p) INTO result FROM posts p WHERE p.id = post_key[k]"
PAGE = "(SELECT * FROM posts WHERE id > post_key[k] ORDER BY id LIMIT 100)"

POST = ["id", "title", "content", "published", "views", "author_id", "created_at"]
USER = ["id", "email", "name"]
TAG = ["id", "name", "slug"]


def build(kind, alias, columns, **more):
    """An object by name: json_build_object('id', p.id, …)."""
    pairs = [f"'{c}', {alias}.{c}" for c in columns] + [f"'{c}', {expression}" for c, expression in more.items()]
    return f"{kind}_build_object({', '.join(pairs)})"


def nested(kind):
    """Objects by name, the tags by a sub-select for each post."""
    tags = (f"(SELECT coalesce({kind}_agg({build(kind, 't', TAG)} ORDER BY t.id), '[]') FROM post_tags pt"
            " JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id)")
    return (f"SELECT {kind}_agg({build(kind, 'p', POST, author=build(kind, 'a', USER), tags=tags)} ORDER BY p.id)"
            f" INTO result FROM {PAGE} p JOIN users a ON a.id = p.author_id")


AUTHOR = build("json", "a", USER)

LATERAL = (f"SELECT json_agg({build('json', 'p', POST, author=AUTHOR, tags='tags.list')} ORDER BY p.id)"
           f" INTO result FROM {PAGE} p JOIN users a ON a.id = p.author_id CROSS JOIN LATERAL"
           " (SELECT coalesce(json_agg(row_to_json(t) ORDER BY t.id), '[]') AS list FROM post_tags pt"
           " JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id) tags")

GROUPED = (f"WITH p AS MATERIALIZED {PAGE} SELECT json_agg("
           f"{build('json', 'p', POST, author=AUTHOR, tags='g.list')} ORDER BY p.id)"
           " INTO result FROM p JOIN users a ON a.id = p.author_id LEFT JOIN"
           " (SELECT pt.post_id, json_agg(row_to_json(t) ORDER BY t.id) AS list FROM post_tags pt"
           " JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id IN (SELECT id FROM p) GROUP BY pt.post_id) g"
           " ON g.post_id = p.id")

ROW_TO_JSON = ("SELECT json_agg(row_to_json(x) ORDER BY x.id) INTO result FROM (SELECT p.*, row_to_json(a) AS author,"
               " (SELECT coalesce(json_agg(row_to_json(t) ORDER BY t.id), '[]') FROM post_tags pt"
               " JOIN tags t ON t.id = pt.tag_id WHERE pt.post_id = p.id) AS tags"
               f" FROM {PAGE} p JOIN users a ON a.id = p.author_id) x")

INSERT = "INSERT INTO drafts (title, content, author_id) VALUES (new_title, new_content, user_key[k]) RETURNING"


def from_recordset(kind):
    return ("INSERT INTO drafts (title, content, published, views, author_id)"
            " SELECT d.title, d.content, d.published, d.views, d.author_id"
            f" FROM {kind}_to_recordset(bulk::{kind})"
            " AS d(title text, content text, published boolean, views int, author_id uuid)")


OUR_POSTS = "aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author', {key})))"
THEIR_POSTS = "(SELECT * FROM posts WHERE author_id = {key})"


def summed(posts):
    return f"SELECT count(*), sum(length(p.title)) INTO found FROM {posts.format(key='user_key[k]')} p"


def summed_unprepared(posts):
    return (f"EXECUTE format($$SELECT count(*), sum(length(p.title)) FROM {posts.format(key='%L')} p$$, user_key[k])"
            " INTO found")


DRAFTS = {"before": "TRUNCATE drafts", "answer": "(SELECT count(*) || ' ' || sum(views) FROM drafts)"}

ROWS = [
    Row("get() by conditions", 1.5, "SELECT aksara.get('Post', conditions[k]) INTO result", ONE_POST),
    Row("get_by_key()", 1.5, "SELECT aksara.get_by_key('Post', post_key[k]) INTO result", ONE_POST),
    Row("fetch() of one row, document", 1.5, "SELECT aksara.fetch(document[k]) INTO result", ONE_POST),
    Row("fetch() of one row, builders", 1.5,
        "SELECT aksara.fetch(aksara.objects('Post', aksara.filter('id', post_key[k]))) INTO result", ONE_POST),
    Row("fetch_all() of 100 posts, against jsonb", 0.40,
        "SELECT aksara.fetch_all(page[k]) INTO result", nested("jsonb"), times=100),
    Row("the same, against the best json form", 0.85,
        "SELECT aksara.fetch_all(page[k]) INTO result", nested("json"), LATERAL, GROUPED, ROW_TO_JSON, times=100,
        note="nested, lateral, grouped, row_to_json"),
    Row("create(), against RETURNING row_to_json", 1.5, "SELECT aksara.create('Draft', draft[k]) INTO result",
        f"{INSERT} row_to_json(drafts) INTO result", before="TRUNCATE drafts",
        answer="result::jsonb - 'id' - 'created_at'"),
    Row("create(), against RETURNING *", 1.5, "SELECT aksara.create('Draft', draft[k]) INTO result",
        f"{INSERT} * INTO found", **DRAFTS),
    Row("bulk_create() of 10 000, jsonb_to_recordset", 1.0, "PERFORM aksara.bulk_create('Draft', bulk)",
        from_recordset("jsonb"), times=1, warm=0, **DRAFTS),
    Row("bulk_create() of 10 000, json_to_recordset", None, "PERFORM aksara.bulk_create('Draft', bulk)",
        from_recordset("json"), times=1, warm=0, **DRAFTS),
    Row("delete() of 200 parents, three levels below", 1.1,
        "SELECT aksara.delete(aksara.objects('Forum', aksara.filter('batch', 1))) INTO result",
        "DELETE FROM forums WHERE batch = 1", times=1, warm=0, answer="(SELECT count(*) FROM reactions)"),
    Row("rows(), prepared", 1.03, summed(OUR_POSTS), summed(THEIR_POSTS), answer="found",
        note="a function, not inlined"),
    Row("rows(), unprepared", 1.5, summed_unprepared(OUR_POSTS), summed_unprepared(THEIR_POSTS), answer="found",
        note="a function, not inlined"),
]


# ---- running ----

def run(connection, sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def call(connection, function, *args):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_temp.{function}({', '.join(['%s'] * len(args))})", args)
        return cursor.fetchone()[0]


def fill(connection):
    """Loads the data once."""
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('blog') IS NULL")
        if cursor.fetchone()[0]:
            with open(os.path.join(HERE, "data.sql"), encoding="utf-8") as script:
                cursor.execute(script.read())
            cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("SET search_path = blog")
        cursor.execute("SET synchronous_commit = off")
    connection.autocommit = False


def make(connection, number, row):
    """The functions of a row: row3_0 is our side of the fourth one, row3_1 its first peer."""
    for side, statement in enumerate(row.sides):
        inputs = " ".join(f"{name} {kind} := {value};" for name, (kind, value) in INPUTS.items()
                          if re.search(rf"\b{name}\b", statement))
        run(connection, SIDE.format(name=f"row{number}_{side}", inputs=inputs, statement=statement, answer=row.answer,
                                    warm=row.warm, keys=KEYS))
    connection.commit()


def once(connection, row, function, *args):
    """One call in a transaction that leaves nothing behind."""
    if row.before:
        run(connection, row.before)
    answer = call(connection, function, *args)
    connection.rollback()
    return answer


def measure(connection, number, row, rounds):
    """Milliseconds per execution of each side."""
    sides = [f"row{number}_{side}" for side in range(len(row.sides))]
    answers = [once(connection, row, f"{side}_answer") for side in sides]
    if len(set(answers)) > 1:
        raise SystemExit(f"{row.name}: not the same answer\n" + "\n".join(str(answer)[:800] for answer in answers))
    spent = {side: [] for side in sides}
    for turn in range(rounds + 1):
        for side in sides if turn % 2 else reversed(sides):
            spent[side].append(once(connection, row, side, row.times))
    return [min(times[1:]) for times in spent.values()]     # the first round warms up


def loop(connection, seconds, name):
    number, row = next((number, row) for number, row in enumerate(ROWS) if name in row.name)
    make(connection, number, row)
    print(f"backend {connection.get_backend_pid()}: {row.name}", flush=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        once(connection, row, f"row{number}_0", row.times)


def table(connection, words, rounds):
    print(f"{'work':46} {'ours ms':>9} {'peer ms':>9} {'ratio':>6} {'bar':>6}")
    above = 0
    for number, row in enumerate(ROWS):
        if words and not any(word in row.name for word in words):
            continue
        make(connection, number, row)
        ours, *peers = measure(connection, number, row, rounds)
        ratio = ours / min(peers)
        over = row.bar is not None and ratio > row.bar
        above += over
        notes = [row.note] if row.note else []
        if len(peers) > 1:
            notes.append(" ".join(f"{peer:.3f}" for peer in peers))
        print(f"{row.name:46} {ours:9.4f} {min(peers):9.4f} {ratio:6.2f} {row.bar or '':>6}{'  above' if over else ''}"
              f"{'  (' + ': '.join(notes) + ')' if notes else ''}", flush=True)
    print(f"{above} above the bar")


def main():
    options = argparse.ArgumentParser(description="aksara against SQL written by hand")
    options.add_argument("--only", default="", help="words of the names of rows, separated by commas")
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--loop", nargs=2, metavar=("SECONDS", "NAME"),
                         help="our side of one row alone, for a profiler")
    chosen = options.parse_args()
    connection = psycopg2.connect("")
    fill(connection)
    if chosen.loop:
        loop(connection, float(chosen.loop[0]), chosen.loop[1])
    else:
        table(connection, [word for word in chosen.only.split(",") if word], chosen.rounds)


if __name__ == "__main__":
    sys.exit(main())
