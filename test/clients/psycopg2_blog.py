"""The blog through psycopg2.

It writes values into the statement itself: text and JSON as untyped literals, numbers, booleans, dates, uuids and lists
with their types.
"""
from types import SimpleNamespace

import psycopg2
from psycopg2.extras import Json, register_uuid

import walk


def connect(user):
    connection = psycopg2.connect("") if user is None else psycopg2.connect(user=user)
    connection.autocommit = True
    return connection


def literals():
    pairs = "aksara.objects(%s, aksara.filter(%s, %s, %s, %s))"
    walk.equal(walk.titles(pairs, "Post", "published", True, "views", 10), [walk.FIRST], "several pairs, typed values")
    walk.equal(walk.titles(pairs, "Post", "published", True, "title", walk.FIRST), [walk.FIRST],
               "several pairs, typed and untyped values")
    walk.fails("22004", "None is a NULL that stands in the statement", f"fetch_all({walk.FILTERED})", "Post",
               "published_on", None, hint="isnull")
    post, tags = walk.things["post"]["id"], [walk.things["news"]["id"], walk.things["beginner"]["id"]]
    walk.equal(walk.one("related_add(%s, %s, %s, VARIADIC %s)", "Post", post, "tags", tags), 2, "VARIADIC of a list")
    walk.one("related_clear(%s, %s, %s)", "Post", post, "tags")
    walk.equal(walk.one("count(%s)", '{"model": "Post", "filter": {"title__contains": "100%"}}'), 0,
               "a per cent sign in a bound value")
    walk.equal(walk.one("SELECT aksara.count('Post', '{\"content__contains\": \"100%%\"}') WHERE 1 = %s", 1), 1,
               "and doubled in the statement")


register_uuid()
walk.main(SimpleNamespace(name="psycopg2", Error=psycopg2.Error, Json=Json, connect=connect, parts=[literals], task_parts=[]))
