"""The blog through psycopg 3.

It binds on the server: text goes out without a type, everything else with one, and a statement that is run often becomes
a prepared one (not behind a pooler, where prepare_threshold is None).
"""
import datetime
import json
import uuid
from types import SimpleNamespace

import psycopg
from psycopg.types.json import Json, Jsonb
from psycopg.types.string import StrDumper

import walk


def connect(user):
    words = {} if user is None else {"user": user}
    return psycopg.connect(autocommit=True, prepare_threshold=None if walk.POOLED else 3, **words)


def documents():
    words = {"model": "Post", "filter": {"title": "Second"}}
    for name, document in (("json", Json(words)), ("jsonb", Jsonb(words)), ("text", json.dumps(words))):
        walk.equal(walk.one("count(%s)", document), 1, f"a document as {name}")
    walk.equal(walk.titles(walk.FILTERED, "Post", "published_on", None), [], "None matches nothing")


def types():
    """A path is text without a type as well, so values with types beside it leave the server nothing to go by."""
    pairs = "aksara.objects(%s, aksara.filter(%s, %s, %s, %s))"
    walk.fails("42P18", "several pairs with typed values", f"count({pairs})", "Post", "published", True, "views", 10)
    walk.fails("42725", "VARIADIC of a list of text, which has no type", "related_add('Post', %s, 'tags', VARIADIC %s)",
               walk.things["post"]["id"], [walk.things["news"]["id"]])
    keys = [uuid.UUID(walk.things["news"]["id"])]
    walk.equal(walk.one("related_add('Post', %s, 'tags', VARIADIC %s)", uuid.UUID(walk.things["post"]["id"]), keys), 1,
               "VARIADIC of a list of uuids")
    walk.one("related_clear('Post', %s, 'tags')", walk.things["post"]["id"])
    walk.fails("22P02", "a key without a type beside a target with one, read by its field", "related_add(%s, %s, %s, %s)", "Post", "1", "tags",
               Json({}))
    with walk.connected(walk.owner):
        walk.cursor.adapters.register_dumper(str, StrDumper)
        walk.equal(walk.titles(pairs, "Post", "published", True, "title", walk.FIRST), [walk.FIRST],
                   "they work once str goes out as text")
        walk.equal(walk.one("get_by_key(%s, %s)", "Post", walk.things["post"]["id"]), walk.things["post"],
                   "a key as text")
        walk.equal(walk.one("count(%s, %s)", "Post", '{"title": "Second"}'), 1, "a document as text")
        walk.equal(walk.titles(walk.FILTERED, "Post", "views__in", ["10", "11"]), [walk.FIRST], "a list as text")


def often():
    """The same statement with changing values, more often than it takes to prepare it and to keep its plan."""
    seen = [walk.one(f"count({walk.FILTERED})", "Post", "author__name", name)
            for name in ["Jane", "John", None] * 5]
    walk.equal(seen, [2, 1, 0] * 5, "one statement, changing values")
    prepared = walk.one("SELECT count(*) FROM pg_prepared_statements")
    walk.report((prepared > 0) != walk.POOLED, "it was prepared, but behind a pooler", f"{prepared} statements")


def binary():
    cursor = walk.cursor.connection.cursor(binary=True)
    cursor.execute("SELECT views, aksara.get(%s, %b) FROM aksara.rows(NULL::posts, %b)",
                   ("Post", Json({"title": "Second"}), Jsonb({"model": "Post", "filter": {"title": "Second"}})))
    walk.equal(cursor.fetchone(), (20, walk.things["second"]), "values and results in binary form")
    connection = walk.cursor.connection
    with connection.pipeline():
        found = [connection.execute(f"SELECT aksara.count({walk.FILTERED})", ("Post", "views", n)) for n in (10, 20, 30)]
        walk.equal([one.fetchone()[0] for one in found], [1, 1, 0], "a pipeline")


def nested():
    """transaction() is BEGIN outside and SAVEPOINT inside, whatever stands between them."""
    connection = walk.cursor.connection
    with connection.transaction():
        walk.create("Tag", name="Outer", slug="outer")
        try:
            with connection.transaction():
                walk.create("Tag", name="Inner", slug="inner")
                walk.create("Tag", name="Outer", slug="other")
        except psycopg.errors.UniqueViolation:
            pass
    walk.equal(walk.one("count(%s, %s)", "Tag", Json({"slug__in": ["outer", "inner"]})), 1,
               "a nested transaction that failed")
    walk.one("delete_by_key(%s, %s)", "Tag", walk.one("get('Tag', %s)", Json({"slug": "outer"}))["id"])


def more_tasks():
    """Args in every form; what a nested transaction enqueued goes with it; str as text is no interval."""
    connection = walk.cursor.connection
    for name, args in (("json", Json({})), ("jsonb", Jsonb({})), ("text", "{}")):
        walk.equal(walk.one("get_task(%s)", walk.one("enqueue(%s, %s)", "refuse", args))["args"], {}, f"args as {name}")
    with connection.transaction():
        walk.one("on_commit(%s)", "refuse")
        try:
            with connection.transaction():
                walk.one("on_commit(%s)", "refuse")
                walk.create("Tag", name="Kept", slug="kept")
        except psycopg.errors.UniqueViolation:
            pass
    cursor = connection.cursor(binary=True)
    cursor.execute("CALL aksara.run_tasks(most => %b)", (10,))
    walk.equal(cursor.fetchone(), (4,), "on_commit in a nested transaction that failed; CALL in binary form")
    several = [walk.one("enqueue(%s, priority => %s)", "refuse", n) for n in range(8)]
    cursor.execute("SELECT id, priority FROM aksara.tasks WHERE id = ANY(%b) ORDER BY id", (several,))
    walk.equal(cursor.fetchall(), list(zip(several, range(8))), "a statement that is prepared, a list in binary form")
    with connection.pipeline():
        seen = [connection.execute("SELECT aksara.cancel(%s)", (task,)) for task in several]
        walk.equal([one.fetchone()[0] for one in seen], ["cancelled"] * len(several), "a pipeline")
    with walk.connected(walk.owner):
        walk.cursor.adapters.register_dumper(str, StrDumper)
        walk.fails("42883", "str as text for an interval", "enqueue(%s, %s, delay => %s)", "refuse", "{}", "1 hour")
        task = walk.one("enqueue(%s, %s, delay => %s, key => %s)", "refuse", "{}", datetime.timedelta(hours=1), "k")
        walk.equal(walk.one("cancel(%s)", task), "cancelled", "everything else as text")


walk.main(SimpleNamespace(name="psycopg3", Error=psycopg.Error, Json=Json, connect=connect,
                          parts=[documents, types, often, binary, nested], task_parts=[more_tasks]))
