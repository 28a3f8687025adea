"""aksara through psycopg2: a call with its values, and what came back as dictionaries."""
import psycopg2
import psycopg2.extras
from psycopg2.extras import Json

import worker

connection = psycopg2.connect("")
connection.autocommit = True
psycopg2.extras.register_uuid()
cursor = connection.cursor()


def one(call, *values):
    cursor.execute(f"SELECT aksara.{call}", values)
    return cursor.fetchone()[0]


def get(k):
    return one("get_by_key('Post', %s)", worker.POSTS[k])


def listed(k):
    return one("fetch_all(%s)", Json({"model": "Post", "filter": {"author": str(worker.USERS[k])},
                                      "order_by": ["-created_at"], "limit": 20, "select_related": ["author"]}))


def page(k):
    return one("fetch_all(%s)", Json({"model": "Post", "filter": {"id__gt": str(worker.POSTS[k])}, "order_by": ["id"],
                                      "limit": worker.PAGE, "select_related": ["author"],
                                      "prefetch_related": ["tags"]}))


def create(k):
    return one("create('Draft', %s)", Json({"title": "A draft", "content": worker.CONTENT,
                                            "author_id": str(worker.USERS[k])}))


def bulk_create(_):
    documents = [{**draft, "author_id": str(draft["author_id"])} for draft in worker.new_drafts("author_id")]
    cursor.execute("SELECT aksara.bulk_create('Draft', %s)", [Json(documents)])
    return cursor.fetchall()


def update(k):
    return one("update(%s, %s)", Json({"model": "Draft", "filter": {"id": str(worker.DRAFTS[k])}}), Json({"views": k}))


def delete(_):
    return one("delete(%s)", Json({"model": "Forum", "filter": {"batch": 1}}))


worker.serve(
    f"aksara through psycopg2 {psycopg2.__version__.split()[0]}",
    {"get": get, "list": listed, "page": page, "create": create, "bulk_create": bulk_create, "update": update,
     "delete": delete},
    {"get": lambda post: post["title"],
     "list": lambda posts: [[post["title"], post["author"]["email"]] for post in posts],
     "page": lambda posts: [[post["title"], post["author"]["email"], sorted(tag["name"] for tag in post["tags"])]
                            for post in posts]})
