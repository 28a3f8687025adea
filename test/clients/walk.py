"""The blog from Python, for both psycopgs: bound parameters, and no cast in the SQL.

A driver is what psycopg2_blog.py and psycopg3_blog.py hand over: its Error and Json, connect(user), and parts of its
own.  The connection belongs to a role with a search_path, and no part leaves anything in the session, so that the same
walk passes through a pooler that gives every transaction another one (AKSARA_POOLED is set then).  One line per check,
in TAP.
"""
import contextlib
import datetime
import json
import os
import sys
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
POOLED = "AKSARA_POOLED" in os.environ

FILTERED = "aksara.objects(%s, aksara.filter(%s, %s))"
FIRST = "Getting Started with Python"

checks = failures = 0
driver = cursor = None


def report(good, name, *notes):
    global checks, failures
    checks += 1
    if not good:
        failures += 1
    print(f"{'ok' if good else 'not ok'} {checks} - {name}")
    if not good:
        for note in notes:
            print(f"#   {note}")


def equal(seen, expected, name):
    report(seen == expected, name, f"expected {expected!r}", f"seen     {seen!r}")


def code(error):
    """The SQLSTATE: psycopg2 and psycopg 3 call it differently, their diagnostic fields alike."""
    return getattr(error, "pgcode", None) or getattr(error, "sqlstate", None)


def execute(sql, args):
    """Runs a statement; what does not begin as one is a call of aksara."""
    cursor.execute(sql if sql[0].isupper() else f"SELECT aksara.{sql}", args or None)


def row(sql, *args):
    """The first row of a statement."""
    execute(sql, args)
    return cursor.fetchone() if cursor.description else None


def one(sql, *args):
    """Its first column."""
    found = row(sql, *args)
    return None if found is None else found[0]


def column(sql, *args):
    execute(sql, args)
    return [found[0] for found in cursor.fetchall()]


@contextlib.contextmanager
def connected(user):
    """What is run inside is run by this user."""
    global cursor
    outer = cursor
    connection = driver.connect(user)
    cursor = connection.cursor()
    try:
        yield
    finally:
        connection.close()
        cursor = outer


def section(part):
    """Runs a part; an error that nobody expects is a failure of that part alone."""
    print(f"# {part.__name__.replace('_', ' ')}")
    try:
        part()
    except driver.Error as error:
        report(False, part.__name__, f"{code(error)} {error}")


def fails(sqlstate, name, sql, *args, says=None, hint=None, detail=None, **fields):
    """The statement is refused: this SQLSTATE, these diagnostic fields, these words in message, hint and detail."""
    try:
        seen = row(sql, *args)
    except driver.Error as error:
        diag = error.diag
        notes = [] if code(error) == sqlstate else [f"expected {sqlstate}, seen {code(error)}"]
        for what, wanted, given in (("message", says, diag.message_primary), ("hint", hint, diag.message_hint),
                                    ("detail", detail, diag.message_detail)):
            if wanted is not None and wanted not in (given or ""):
                notes.append(f"{what} should say {wanted!r}")
        for field, wanted in fields.items():
            given = getattr(diag, f"{field}_name")
            if given != wanted:
                notes.append(f"{field} should be {wanted!r}, is {given!r}")
        report(not notes, f"{sqlstate} {name}", *notes, str(error))
        return diag
    report(False, f"{sqlstate} {name}", f"no error, but {seen!r}")
    return None


def Json(value):
    return driver.Json(value)


def create(model, **values):
    return one("create(%s, %s)", model, Json(values))


def titles(sql, *args):
    """Titles of the posts that a query set selects, as fetch_all gives them."""
    return [post["title"] for post in one(f"fetch_all({sql})", *args)]


def backends():
    """Behind a pooler the statements of one client meet several backends, and must not notice."""
    if POOLED:
        others = [driver.connect(owner) for _ in range(3)]
        for other in others:
            other.cursor().execute("BEGIN")
        for other in others:
            other.cursor().execute("COMMIT")
            other.close()
    seen = {one("SELECT pg_backend_pid()") for _ in range(6)}
    report((len(seen) > 1) == POOLED, "several backends" if POOLED else "one backend", f"{len(seen)} seen")


# ---- the blog ----

things = {}     # rows by a short name


def definitions():
    for model in json.load(open(os.path.join(HERE, "blog.json"))):
        table = one("create_model(%s, %s, %s)", model["name"], Json(model["fields"]), Json(model.get("meta", {})))
        report(table is not None, f"create_model {model['name']} gives {table}")
    equal(one("describe(%s)", "Post")["name"], "Post", "describe")


def creation():
    jane = things["jane"] = create("User", email="jane@example.com", name="Jane")
    john = things["john"] = create("User", email="john@example.com", name="John")
    equal(list(jane), ["id", "email", "name"], "create gives the row, keys in field order")
    profile = create("UserProfile", user=jane, bio="Tech writer")
    equal(profile["user_id"], jane["id"], "an object stands for its row")
    tech = things["tech"] = create("Category", name="Technology", slug="tech")
    python = things["python"] = create("Category", name="Python", slug="python", parent=tech)
    equal(python["parent_id"], tech["id"], "a self-reference by object")
    for slug in ("tutorial", "beginner", "news"):
        things[slug] = create("Tag", name=slug.capitalize(), slug=slug)
    post = things["post"] = create("Post", title=FIRST, content="Learn Python basics…",
                                   author=jane, category=python, published=True, views=10, published_on="2024-05-01",
                                   reference="00000000-0000-0000-0000-000000000001")
    equal((post["author_id"], post["category_id"]), (jane["id"], python["id"]), "create with objects")
    equal((post["published"], post["views"], post["published_on"]), (True, 10, "2024-05-01"),
          "values as they were given")
    report(post["created_at"] is not None, "auto_now_add")
    second = things["second"] = create("Post", title="Second", content="…", author_id=jane["id"],
                                       category_id=tech["id"], views=20, published_on="2024-06-01")
    equal((second["author_id"], second["published"], second["reference"]), (jane["id"], False, None),
          "create with ids, an absent key takes its default")
    things["third"] = create("Post", title="Third", content="100% _sure_", author=john["id"], published=True)
    equal(things["third"]["author_id"], john["id"], "the key itself in the place of the object")


def single_rows():
    post, jane = things["post"], things["jane"]
    key = uuid.UUID(post["id"])
    equal(one("get(%s, %s)", "Post", Json({"title": "Second"})), things["second"], "get by conditions")
    equal(one(f"get({FILTERED})", "Post", "title", "Second"), things["second"],
          "get of a query set")
    equal(one("get_by_key(%s, %s)", "Post", post["id"]), post, "get_by_key, key as text")
    equal(one("get_by_key(%s, %s)", "Post", key), post, "get_by_key, key as uuid")
    equal(one("get_or_none(%s, %s)", "Post", Json({"title": "None"})), None, "get_or_none")
    equal(one("get(%s, %s)", "Post", Json({"author": jane, "title": "Second"})), things["second"],
          "an object as a condition")
    equal(one("count(%s, %s)", "Post", Json({"author__email": "jane@example.com"})), 2, "count")
    equal(one("exists(%s, %s)", "Post", Json({"views__gt": 100})), False, "exists")
    equal(one("first(aksara.objects(%s, aksara.order_by(%s)))", "Post", "-title"), things["third"], "first")
    equal(one("last(aksara.objects(%s, aksara.order_by(%s)))", "Post", "-title"), post, "last")
    equal(one("in_bulk(%s, %s)", Json({"model": "Post"}), Json([post["id"]])), {post["id"]: post}, "in_bulk")


def bound_values():
    ordered = "aksara.objects(%s, aksara.filter(%s, %s), aksara.order_by('title'))"
    when = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    post, second, third = FIRST, "Second", "Third"
    for name, path, value, wanted in (
            ("text", "title", "Second", [second]),
            ("text with wildcards", "content__contains", "% _", [third]),
            ("an integer", "views__gte", 10, [post, second]),
            ("an integer as text", "views__gte", "10", [post, second]),
            ("a boolean", "published", True, [post, third]),
            ("a boolean as text", "published", "true", [post, third]),
            ("a date", "published_on", datetime.date(2024, 5, 1), [post]),
            ("a date as text", "published_on__gt", "2024-05-01", [second]),
            ("a timestamp", "created_at__lt", when, [post, second, third]),
            ("a uuid", "reference", uuid.UUID(int=1), [post]),
            ("a uuid as text", "reference", str(uuid.UUID(int=1)), [post]),
            ("the key of a relation", "author", uuid.UUID(things["john"]["id"]), [third]),
            ("the key column", "author_id", things["john"]["id"], [third]),
            ("an object", "author", Json(things["john"]), [third]),
            ("a path", "author__email", "john@example.com", [third]),
            ("a path of two steps", "category__parent__slug", "tech", [post]),
            ("pk", "pk", things["third"]["id"], [third]),
            ("isnull", "published_on__isnull", True, [third]),
            ("a list of text", "title__in", ["Second", "Third", "?"], [second, third]),
            ("a list of integers", "views__in", [10, 20], [post, second]),
            ("a list of dates", "published_on__in", [datetime.date(2024, 6, 1)], [second]),
            ("a list of uuids", "id__in", [uuid.UUID(things["second"]["id"])], [second]),
            ("a list of keys as text", "id__in", [things["second"]["id"]], [second]),
            ("a list with NULL", "title__in", ["Second", None], [second]),
            ("an empty list", "title__in", [], []),
            ("a range", "views__range", [5, 15], [post])):
        try:
            equal(titles(ordered, "Post", path, value), wanted, f"filter by {name}")
        except driver.Error as error:
            report(False, f"filter by {name}", f"{code(error)} {error}")
    equal(titles("%s", Json({"model": "Post", "filter": {"published_on": None}})), [third], "null in a document")
    equal(titles("aksara.objects(%s, aksara.filter(%s, %s), aksara.filter(%s, %s))", "Post", "published", True, "title",
                 FIRST), [post], "chained filters mix typed and untyped values")
    equal(titles("aksara.objects(%s, aksara.filter(%s, %s, %s, %s))", "Post", "title", "Second", "content", "…"),
          [second], "several pairs, text")
    equal(titles("aksara.objects(%s, aksara.exclude(%s, %s), aksara.order_by(%s))", "Post", "category__slug", "tech",
                 "title"),
          [post, third], "exclude is the exact complement")
    equal(titles("aksara.filter(aksara.objects(%s), %s, %s)", "Post", "views", 20), [second],
          "a builder that takes a query set")


def order_and_slice():
    ordered = "aksara.objects(%s, aksara.order_by(%s), aksara.slice(%s, %s))"
    equal(titles("aksara.objects(%s, aksara.order_by(%s, %s))", "Post", "-published", "title"),
          [FIRST, "Third", "Second"], "order_by")
    equal(titles("aksara.objects(%s, aksara.order_by(%s), aksara.slice(%s))", "Post", "title", 1),
          [FIRST], "slice(n)")
    equal(titles(ordered, "Post", "title", 1, 3), ["Second", "Third"], "slice(from, to)")
    equal(titles("aksara.objects(%s, aksara.order_by(%s), aksara.reverse())", "Post", "title")[0], "Third", "reverse")


def many_to_many():
    post = things["post"]["id"]
    tutorial, beginner, news = things["tutorial"], things["beginner"], things["news"]
    tags = "fetch_all(aksara.related(%s, %s, %s))"

    def names():
        return [tag["name"] for tag in one(tags, "Post", post, "tags")]

    row("related_add(%s, %s, %s, %s, %s)", "Post", post, "tags", tutorial["id"], beginner["id"])
    equal(names(), ["Beginner", "Tutorial"], "related_add, keys as text")
    row("related_add(%s, %s, %s, %s)", "Post", uuid.UUID(post), "tags", uuid.UUID(news["id"]))
    equal(names(), ["Beginner", "News", "Tutorial"], "related_add, keys as uuid")
    row("related_add(%s, %s, %s, %s)", "Post", post, "tags", json.dumps(news))
    row("related_add(%s, %s, %s, %s)", "Post", Json(things["post"]), "tags", Json(news))
    equal(names(), ["Beginner", "News", "Tutorial"], "objects; adding twice changes nothing")
    equal(one("related_contains(%s, %s, %s, %s)", "Post", post, "tags", news["id"]), True, "related_contains")
    row("related_remove(%s, %s, %s, %s)", "Post", post, "tags", news["id"])
    equal(one("related_contains(%s, %s, %s, %s)", "Post", post, "tags", json.dumps(news)), False,
          "related_remove, and an object")
    equal(row("SELECT * FROM aksara.related_set(%s, %s, %s, %s, %s)", "Post", post, "tags", news["id"], tutorial["id"]),
          (1, 1), "related_set")
    equal(names(), ["News", "Tutorial"], "its links")
    equal(one("related_clear(%s, %s, %s)", "Post", post, "tags"), 2, "related_clear")
    equal(names(), [], "nothing is left")
    row("related_set(%s, %s, %s, %s, %s)", "Post", post, "tags", tutorial["id"], beginner["id"])
    equal(titles("aksara.related(%s, %s, %s)", "Tag", tutorial["id"], "posts"), [FIRST], "the other side")
    equal(titles(FILTERED, "Post", "tags__name", "Tutorial"), [FIRST],
          "a filter over tags")
    equal(titles(FILTERED, "Post", "tags__name__in", ["Tutorial", "Beginner"]),
          [FIRST], "a row is never returned twice")


def reverse_access():
    jane = things["jane"]["id"]
    posts = "aksara.related(%s, %s, %s, aksara.order_by(%s))"
    equal(titles(posts, "User", jane, "posts", "title"), [FIRST, "Second"], "related")
    equal(titles("aksara.related(%s, %s, %s, aksara.filter(%s, %s))", "User", uuid.UUID(jane), "posts", "published",
                 True),
          [FIRST], "related with a filter")
    equal(one("count(aksara.related(%s, %s, %s))", "User", jane, "posts"), 2, "its count")
    equal(one("get(aksara.related(%s, %s, %s))", "User", jane, "profile")["bio"], "Tech writer", "one-to-one")
    fails("P0002", "one-to-one without a row", "get(aksara.related(%s, %s, %s))", "User", things["john"]["id"],
          "profile")
    equal([c["slug"] for c in one("fetch_all(aksara.related(%s, %s, %s))", "Category", things["tech"]["id"],
                                  "children")],
          ["python"], "children")


def nested_documents():
    document = {"model": "User", "order_by": ["name"], "select_related": ["profile"],
                "prefetch_related": ["posts__tags"]}
    jane, john = column("fetch(%s)", Json(document))
    equal(sorted(post["title"] for post in jane["posts"]),
          [FIRST, "Second"], "prefetch of the reverse side")
    equal([[tag["name"] for tag in post["tags"]] for post in sorted(jane["posts"], key=lambda post: post["title"])],
          [["Beginner", "Tutorial"], []], "prefetch of two levels")
    equal((jane["profile"]["bio"], john["profile"]), ("Tech writer", None), "one-to-one is an object or null")
    post = one("get(aksara.objects(%s, aksara.filter(%s, %s), aksara.select_related(%s, %s), "
               "aksara.prefetch_related(%s)))", "Post", "title", FIRST, "author", "category__parent", "tags")
    equal((post["author"]["name"], post["category"]["parent"]["slug"], len(post["tags"])), ("Jane", "tech", 2),
          "select_related of two steps")


def typed_rows():
    cursor.execute("SELECT title, views, published_on, created_at FROM aksara.rows(NULL::posts, "
                   "aksara.objects(%s, aksara.filter(%s, %s))) ORDER BY title",
                       ("Post", "author__email", "jane@example.com"))
    found = cursor.fetchall()
    equal([r[:3] for r in found], [(FIRST, 10, datetime.date(2024, 5, 1)),
                                   ("Second", 20, datetime.date(2024, 6, 1))], "rows")
    report(isinstance(found[0][3], datetime.datetime), "rows have their types")
    equal(one("SELECT count(*) FROM aksara.rows(NULL::posts, %s) p JOIN users u ON u.id = p.author_id "
              "WHERE u.name = %s",
              Json({"model": "Post"}), "Jane"), 2, "rows in a join")


def writes():
    second = things["second"]
    equal(one("update(aksara.objects(%s, aksara.filter(%s, %s)), %s)", "Post", "views__gte", 20,
              Json({"views": 21, "published": True})), 1, "update")
    saved = one("save(%s, %s)", "Post", Json({"id": second["id"], "title": "Second, revised"}))
    equal((saved["title"], saved["views"]), ("Second, revised", 21), "save writes the given fields")
    fresh = one("save(%s, %s)", "Tag", Json({"name": "Fresh", "slug": "fresh"}))
    report(fresh["id"] is not None, "save without a key inserts")
    equal(one("save(%s, %s)", "Post", Json(dict(saved, views=22)))["views"], 22, "a row that was read is saved back")
    made = column("bulk_create(%s, %s)", "Tag", Json([{"name": f"Tag {n}", "slug": f"tag-{n}"} for n in range(100)]))
    equal(one("count(%s, %s)", "Tag", Json({"slug__startswith": "tag-"})), 100, "bulk_create")
    equal(len(made), 100, "bulk_create gives its keys")
    tag, fresh = row("SELECT * FROM aksara.get_or_create(%s, %s, %s)", "Tag", Json({"slug": "new"}),
                     Json({"name": "New"}))
    equal((tag["name"], fresh), ("New", True), "get_or_create creates")
    equal(row("SELECT * FROM aksara.get_or_create(%s, %s, %s)", "Tag", Json({"slug": "new"}),
              Json({"name": "Other"})), (tag, False),
          "get_or_create gets")
    equal(row("SELECT object ->> 'name', created FROM aksara.update_or_create(%s, %s, %s)", "Tag", Json({"slug": "new"}),
              Json({"name": "Newer"})), ("Newer", False), "update_or_create")
    equal(row("SELECT object ->> 'name', created FROM aksara.upsert(%s, %s, %s)", "Tag",
              Json({"slug": "new", "name": "Newest"}), ["slug"]), ("Newest", False), "upsert, a list of keys")
    equal(one("bulk_update(%s, %s, %s)", "Tag", Json([dict(tag, name="New")]), ["name"]), 1, "bulk_update")
    made = one("related_create(%s, %s, %s, %s)", "Post", things["second"]["id"], "tags",
               json.dumps({"name": "Made", "slug": "made"}))
    equal(one("related_contains(%s, %s, %s, %s)", "Post", things["second"]["id"], "tags", made["id"]), True,
          "related_create")


def composite_keys():
    one("create_model(%s, %s, %s)", "Seat", Json({"hall": "String", "number": "Integer", "taken": "Boolean"}),
        Json({"primary_key": ["hall", "number"]}))
    seat = create("Seat", hall="A", number=7, taken=False)
    equal(one("get_by_key(%s, %s, %s)", "Seat", "A", "7"), seat, "get_by_key of two parts, text")
    equal(one("save(%s, %s)", "Seat", Json({"hall": "A", "number": 7, "taken": True}))["taken"], True, "save")
    equal(one("delete_by_key(%s, %s, %s)", "Seat", "A", "7")["total"], 1, "delete_by_key")


def deletion():
    equal(one("delete(aksara.objects(%s, aksara.filter(%s, %s)))", "Tag", "slug__startswith", "tag-")["total"], 100,
          "delete")
    equal(one("delete_by_key(%s, %s)", "Category", things["python"]["id"])["total"], 1, "delete_by_key")
    equal(one("get_by_key(%s, %s)", "Post", things["post"]["id"])["category_id"], None, "SET_NULL")
    gone = one("delete(aksara.objects(%s, aksara.filter(%s, %s)))", "User", "email", "john@example.com")
    equal(gone["total"], 2, "CASCADE is counted")
    report("by_model" in gone, "by_model")


# ---- refusals ----

def no_row_and_several():
    fails("P0002", "get without a row", "get(%s, %s)", "Post", Json({"title": "nothing"}))
    fails("P0002", "get_by_key without a row", "get_by_key(%s, %s)", "Post", str(uuid.uuid4()))
    fails("P0002", "save of a row that is gone", "save(%s, %s)", "Tag", Json({"id": str(uuid.uuid4()), "name": "x"}))
    fails("P0003", "get with several rows", "get(%s, %s)", "Post", Json({"author": things["jane"]}))


def unknown_names():
    fails("42P01", "unknown model", "create(%s, %s)", "Pots", Json({}), hint="Post")
    fails("42P01", "unknown model in a document", "fetch_all(%s)", Json({"model": "Usr"}), hint="User")
    fails("42703", "unknown field in a filter", f"count({FILTERED})", "Post", "titel", "x",
          hint="title")
    fails("42703", "unknown field in a document", "create(%s, %s)", "Tag",
          Json({"name": "a", "slug": "a", "nmae": "b"}),
          hint="name", schema="blog", table="tags", column=None)
    fails("42703", "unknown step", "count(%s, %s)", "Post", Json({"autor__email": "x"}), hint="author")
    fails("42703", "unknown accessor", "related_clear(%s, %s, %s)", "Post", things["post"]["id"], "tag", hint="tags")
    fails("42703", "unknown prefetch", "fetch_all(%s)", Json({"model": "Post", "prefetch_related": ["tag"]}),
          hint="tags")
    fails("42883", "unknown lookup", "count(%s, %s)", "Post", Json({"title__containz": "x"}), hint="contains")
    fails("22023", "unknown word of the grammar", "fetch_all(%s)", Json({"model": "Post", "filtr": {}}), hint="filter")


def definitions_refused():
    refused = "create_model(%s, %s)"
    fails("42P16", "unknown option", refused, "Bad", Json({"a": {"type": "String", "max_lenght": 5}}),
          hint="max_length")
    fails("42P16", "unknown type", refused, "Bad", Json({"a": "Strng"}), hint="String")
    fails("42P16", "SET_NULL without nullable", refused, "Bad",
          Json({"a": {"type": "ForeignKey", "to": "User", "on_delete": "SET_NULL"}}))
    fails("42P16", "clash of reverse names", refused, "Bad",
          Json({"a": {"type": "ForeignKey", "to": "User", "on_delete": "CASCADE", "related_name": "posts"}}))
    fails("42P07", "a model that is there", refused, "Tag", Json({"a": "Text"}))


def bad_values():
    write = "create(%s, %s)"
    author = things["jane"]["id"]

    def post(**values):
        return Json({"title": "t", "content": "c", "author": author, **values})

    fails("22023", "a number with a fraction for an integer", write, "Post", post(views=1.9), column="views",
          table="posts", schema="blog")
    fails("22023", "true for a number", write, "Post", post(views=True), column="views")
    fails("22023", "no date", write, "Post", post(published_on="yesterday?"), column="published_on")
    fails("22P02", "no uuid", write, "Post", post(reference="x"), column="reference")
    fails("22P02", "no uuid in a filter", "count(%s, %s)", "Post", Json({"reference": "x"}))
    fails("22P02", "no uuid as a bound value", f"count({FILTERED})", "Post", "reference", "x")
    fails("22023", "no integer as a bound value", f"count({FILTERED})", "Post", "views", "x")
    fails("22023", "no list for in", "count(%s, %s)", "Post", Json({"views__in": 5}))
    fails("22023", "a negative slice", "fetch_all(aksara.objects(%s, aksara.slice(%s)))", "Post", -1)
    fails("22P02", "no JSON", write, "Post", "{")
    fails("22030", "a key twice", write, "Tag", '{"name": "a", "name": "b"}')
    several = fails("23514", "several problems of one document together", write, "Post",
                    Json({"views": "x", "title": None}))
    if several is not None and several.message_detail:
        try:
            problems = json.loads(several.message_detail)
        except ValueError:
            problems = {}
        equal(sorted(problems), ["author", "content", "title", "views"], "DETAIL is a map of all of them")


def nulls():
    for name, sql, args in (
            ("model", "create(%s, %s)", (None, Json({}))),
            ("document", "create(%s, %s)", ("Tag", None)),
            ("key", "get_by_key(%s, %s)", ("Tag", None)),
            ("query set", "fetch_all(%s)", (None,)),
            ("path", "filter(%s, %s)", (None, "x"))):
        fails("22004", f"NULL for the {name}", sql, *args, says="null")


def constraints():
    write = "create(%s, %s)"
    fails("23505", "a value twice", write, "Tag", Json({"name": "Tutorial", "slug": "other"}),
          schema="blog", table="tags", constraint="tags_name_key")
    fails("23503", "a key without its row", write, "Post",
          Json({"title": "t", "content": "c", "author_id": str(uuid.uuid4())}),
          schema="blog", table="posts", constraint="posts_author_id_fkey")
    fails("23514", "no email", write, "User", Json({"email": "nonsense", "name": "x"}), schema="blog", table="users")
    fails("23514", "no choice", write, "Order", Json({"number": 1, "customer": things["customer"], "status": "lost"}),
          schema="blog", table="orders")
    fails("23514", "a plain INSERT is held to the same", "INSERT INTO users (email, name) VALUES (%s, %s)",
          "nonsense", "x",
          schema="blog", table="users", constraint="users_email_email")


def protection():
    customer = things["customer"]
    things["order"] = create("Order", number=1, customer=customer)
    for name, sql in (("delete", "delete_by_key('Customer', %s)"),
                      ("a plain DELETE", "DELETE FROM customers WHERE id = %s")):
        diag = fails("23001", f"PROTECT refuses {name}", sql, customer["id"], schema="blog")
        if diag is not None:
            report(things["order"]["id"] in (diag.message_detail or ""), "DETAIL names the blockers",
                   diag.message_detail)


def rights():
    calls = (
        ("fetch", "fetch_all(%s)", Json({"model": "blog.Post"})),
        ("get", "get(%s, %s)", "blog.User", Json({"email": "jane@example.com"})),
        ("create", "create(%s, %s)", "blog.Tag", Json({"name": "a", "slug": "a"})),
        ("update", "update(%s, %s)", Json({"model": "blog.Post"}), Json({"views": 0})),
        ("delete", "delete(%s)", Json({"model": "blog.Post"})),
        ("related_add", "related_add(%s, %s, %s, %s)", "blog.Post", things["post"]["id"], "tags", things["news"]["id"]),
        ("drop_model", "drop_model(%s)", "blog.Order"))
    with connected(stranger):
        for name, sql, *args in calls:
            fails("42501", f"{name} without rights", sql, *args)


def transactions():
    """An error leaves a transaction as any error does: back to the savepoint, and on."""
    row("BEGIN")
    create("Tag", name="Kept", slug="kept")
    row("SAVEPOINT here")
    fails("23505", "in a transaction", "create(%s, %s)", "Tag", Json({"name": "Kept", "slug": "kept"}))
    row("ROLLBACK TO here")
    row("COMMIT")
    equal(one("count(%s, %s)", "Tag", Json({"slug": "kept"})), 1, "what was done before a savepoint stays")


# ---- tasks ----

def tag(slug):
    """What add_tag is given, and what it makes of that."""
    return {"name": slug.capitalize(), "slug": slug}


def tag_count(*slugs):
    return one("count(%s, %s)", "Tag", Json({"slug__in": slugs}))


def enqueued():
    """Tasks with every way to say when, and after what; two tags are made by one call."""
    things["first"] = first = one("enqueue(%s, %s)", "add_tag", Json(tag("one")))
    report(isinstance(first, int), "enqueue gives a number", repr(first))
    past = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
    second = one("enqueue(%s, %s, priority => %s, run_at => %s, group_key => %s, depends_on => %s)", "add_tag",
                 json.dumps(tag("two")), 5, past, "tags", [first])
    task = one("get_task(%s)", second)
    equal([task[name] for name in ("id", "state", "args", "priority", "group_key", "role")],
          [second, "blocked", tag("two"), 5, "tags", owner], "arguments by name, args as text")
    equal(datetime.datetime.fromisoformat(task["run_at"]), past, "run_at")
    equal(one("why(%s)", second), f"it waits for tasks: {first}", "why")
    equal(one("get_task(%s)", one("enqueue(%s, depends_on => %s, on_parent_failure => %s)", "refuse", [first, second],
                                  "run"))["args"], {}, "several to wait for, and no args")
    equal(row("CALL aksara.run_tasks()"), (3,), "CALL gives a row")
    equal(tag_count("one", "two"), 2, "they ran")
    for name, timeout in (("text", "10 s"), ("an interval", datetime.timedelta(seconds=10))):
        seen = one("await_task(%s, %s)", second, timeout)
        equal((seen["state"], seen["attempts"], seen["result"]["slug"]), ("completed", 1, "two"),
              f"await_task, its timeout as {name}")
    equal(row("SELECT state, args, result ->> %s FROM aksara.tasks WHERE id = %s", "slug", first),
          ("completed", tag("one"), "one"), "aksara.tasks by a number")
    equal(one("SELECT count(*) FROM aksara.tasks WHERE id = ANY(%s)", [first, second]), 2, "by a list of them")


def later():
    """What is due later waits, is taken back, and comes again."""
    hour = datetime.timedelta(hours=1)
    for name, sql, *when in (("delay in the statement", "delay => '1 hour'"), ("delay as text", "delay => %s", "1 hour"),
                             ("delay as an interval", "delay => %s", hour),
                             ("run_at", "run_at => %s", datetime.datetime.now(datetime.timezone.utc) + hour)):
        task = one(f"enqueue(%s, %s, {sql})", "add_tag", Json(tag("later")), *when)
        equal(one("get_task(%s)", task)["state"], "waiting", f"{name}: it waits")
        report(one("why(%s)", task).startswith("it is not due before"), "and says so")
        equal(one("cancel(%s)", task), "cancelled", "cancel")
    equal(one("cancel(%s)", task), "finished", "cancel of one that has ended")
    equal(row("CALL aksara.run_tasks(%s, %s)", "default", 10), (0,), "CALL with values")
    equal(one("retry(%s)", task), True, "retry")
    equal(row("CALL aksara.run_tasks(most => %s)", 1), (1,), "CALL with a name")
    equal(tag_count("later"), 1, "it ran at once")
    report(one("await_task(%s, %s)", one("enqueue(%s, %s, key => %s)", "add_tag", Json(tag("key")), "k"), "10 ms") is None,
           "await_task of one that nobody runs")
    same = [one("enqueue(%s, %s, key => %s, on_conflict => %s, delay => %s)", "add_tag", Json(tag("key")), "k", words,
                hour) for words in ("keep", "replace", "reset")]
    report(same[0] == same[1] == same[2], "a key stands for one task", repr(same))
    equal(one("cancel(%s)", same[0]), "cancelled", "which is one to cancel")


def failed():
    task = one("enqueue(%s, max_attempts => %s)", "refuse", 1)
    row("CALL aksara.run_tasks()")
    seen = one("get_task(%s)", task)
    equal((seen["state"], seen["error"]["sqlstate"], seen["error"]["message"]), ("failed", "P0001", "not today"),
          "the error of a body")
    equal((one("retry(%s)", task), one("cancel(%s)", task)), (True, "cancelled"), "retry, and cancel")


def with_rows():
    """A task belongs to the transaction of the rows that are written with it."""
    for end, wanted in (("ROLLBACK", 0), ("COMMIT", 2)):
        row("BEGIN")
        create("Tag", **tag("row"))
        one("on_commit(%s, %s)", "add_tag", Json(tag("task")))
        row(end)
        row("CALL aksara.run_tasks()")
        equal(tag_count("row", "task"), wanted, f"on_commit and {end}")
    many = column("enqueue_many(%s)", Json([{"task": "add_tag", "args": tag("a"), "priority": 1},
                                            {"task": "add_tag", "args": tag("b"), "depends_on": [things["first"]]},
                                            {"task": "add_tag", "args": tag("c"), "delay": "1 hour"}]))
    equal([one("get_task(%s)", task)["state"] for task in many], ["due", "due", "waiting"], "enqueue_many")
    equal(row("CALL aksara.run_tasks()"), (2,), "two of them are due")
    equal(one("cancel(%s)", many[2]), "cancelled", "one is not")


def tasks_refused():
    put = "enqueue(%s, %s)"
    fails("42704", "unknown task", put, "ad_tag", Json({}), hint="add_tag")
    fails("22023", "a list for args", put, "add_tag", Json([1]), says="object")
    fails("22P02", "no JSON", put, "add_tag", "{")
    fails("22004", "NULL for the task", put, None, Json({}), says="null")
    fails("22004", "NULL for args", put, "add_tag", None, says="null")
    fails("22004", "NULL for the number", "get_task(%s)", None, says="null")
    fails("22023", "a negative delay", "enqueue(%s, delay => %s)", "add_tag", datetime.timedelta(seconds=-1))
    fails("P0002", "a task to wait for that is not there", "enqueue(%s, depends_on => %s)", "add_tag", [0])
    several = fails("23514", "several problems of one list", "enqueue_many(%s)",
                    Json([{"task": "ad_tag"}, {"task": "add_tag", "delay": "-1 s"}]), says="document 0")
    if several is not None:
        equal(sorted(json.loads(several.message_detail)), ["[0].task", "[1].delay"], "DETAIL is a map of all of them")
    fails("42883", "unknown handler", "register_task(%s, %s)", "other", "nothing")
    fails("P0002", "no such task", "get_task(%s)", 0)
    row("BEGIN")
    fails("2D000", "CALL in a transaction", "CALL aksara.run_tasks()")
    row("ROLLBACK")
    with connected(stranger):
        fails("P0002", "another role's task", "get_task(%s)", things["first"])
        fails("42501", "cancelling it", "cancel(%s)", things["first"])


def tasks():
    row("CREATE FUNCTION add_tag(args jsonb) RETURNS json LANGUAGE sql AS $$SELECT aksara.create('blog.Tag', args)$$")
    row("CREATE FUNCTION refuse(run aksara.task_run) RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE 'not today'; END$$")
    one("register_task(%s, %s)", "add_tag", "add_tag")
    one("register_task(%s, %s, max_attempts => %s, retry_delay => %s, timeout => %s)", "refuse", "refuse", 1, 0.5, "1 min")
    for part in (enqueued, later, failed, with_rows, *driver.task_parts, tasks_refused):
        section(part)
    equal((one("unregister_task(%s)", "add_tag"), one("unregister_task(%s)", "refuse")), (True, True), "unregister_task")
    report(one("purge(%s, %s)", datetime.timedelta(0), ["completed", "failed", "cancelled", "retried"]) > 0, "purge")
    equal(one("SELECT count(*) FROM aksara.tasks"), 0, "nothing is left")


def main(with_driver):
    global driver, owner, stranger
    driver = with_driver
    owner, stranger = f"regress_{driver.name}_owner", f"regress_{driver.name}_stranger"
    with connected(None):
        for role in (owner, stranger):
            row(f"CREATE ROLE {role} LOGIN")
        row(f"CREATE SCHEMA blog AUTHORIZATION {owner}")
        row(f"GRANT USAGE ON SCHEMA blog TO {stranger}")
        row(f"ALTER ROLE {owner} SET search_path = blog")
        try:
            with connected(owner):
                for part in (backends, definitions, creation, single_rows, bound_values, *driver.parts, order_and_slice,
                             many_to_many, reverse_access, nested_documents, typed_rows, writes, composite_keys, deletion):
                    section(part)
                things["customer"] = create("Customer", name="Acme")
                for part in (no_row_and_several, unknown_names, definitions_refused, bad_values, nulls, constraints,
                             protection, rights, transactions, tasks):
                    section(part)
        finally:
            row("DROP SCHEMA blog CASCADE")
            row(f"DROP ROLE {owner}, {stranger}")
    print(f"1..{checks}")
    sys.exit(failures > 0)
