"""The blog through asyncpg: it asks the server for the type of each parameter and wants a value of just that type.

Where both are there the server takes the call over text, so values and keys are str.  Behind a pooler (AKSARA_POOLED) it
keeps no prepared statements.  One line per check, in TAP.
"""
import asyncio
import datetime
import json
import os
import sys
import uuid

import asyncpg

HERE = os.path.dirname(os.path.abspath(__file__))
POOLED = "AKSARA_POOLED" in os.environ
OWNER = "regress_asyncpg_owner"
FILTERED = "aksara.objects($1, aksara.filter($2, $3))"

checks = failures = 0


def report(good, name, *notes):
    global checks, failures
    checks += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {checks} - {name}")
    for note in notes if not good else ():
        print(f"#   {note}")


def equal(seen, expected, name):
    report(seen == expected, name, f"expected {expected!r}", f"seen     {seen!r}")


async def connect(**words):
    return await asyncpg.connect(statement_cache_size=0 if POOLED else 100, **words)


async def fails(connection, sqlstate, name, sql, *values, **fields):
    try:
        report(False, f"{sqlstate} {name}", f"no error, but {await connection.fetchval(sql, *values)!r}")
    except asyncpg.PostgresError as error:
        seen = {field: getattr(error, field) for field in fields}
        report(error.sqlstate == sqlstate and seen == fields, f"{sqlstate} {name}", f"{error.sqlstate} {error}", seen)


async def backends(connection):
    if POOLED:
        others = [await connect(user=OWNER) for _ in range(3)]
        for other in others:
            await other.execute("BEGIN")
        for other in others:
            await other.execute("COMMIT")
            await other.close()
    seen = {await connection.fetchval("SELECT pg_backend_pid()") for _ in range(6)}
    report((len(seen) > 1) == POOLED, "several backends" if POOLED else "one backend", seen)


async def walk(connection):
    one = connection.fetchval
    with open(os.path.join(HERE, "blog.json"), encoding="utf-8") as models:
        for model in json.load(models):
            await one("SELECT aksara.create_model($1, $2, $3)", model["name"], json.dumps(model["fields"]),
                      json.dumps(model.get("meta", {})))
    jane = json.loads(await one("SELECT aksara.create($1, $2)", "User", '{"email": "jane@example.com", "name": "Jane"}'))
    posts = [json.loads(await one("SELECT aksara.create($1, $2)", "Post", json.dumps(
        {"title": f"Post {n}", "content": "…", "author": jane, "views": n, "published": n == 1})))["id"] for n in range(3)]
    tag = json.loads(await one("SELECT aksara.create($1, $2)", "Tag", '{"name": "Tag", "slug": "tag"}'))["id"]
    count = f"SELECT aksara.count({FILTERED})"
    for path, value, wanted in (
            ("views__gte", "1", 2), ("published", "true", 1), ("author", jane["id"], 3), ("author__name", "Jane", 3),
            ("author", json.dumps(jane), 3), ("views__in", "{1,2}", 2), ("views__in", "[1, 2]", 2), ("views__range", "{0,1}", 2),
            ("created_at__gt", "2000-01-01", 3), ("published_on", None, 0), ("published_on__isnull", "true", 3)):
        equal(await one(count, "Post", path, value), wanted, f"filter by {path}, {value}")
    equal(await one("SELECT aksara.count(aksara.objects($1, aksara.filter($2, $3, $4, $5)))", "Post", "views", "1",
                    "published", "true"), 1, "several pairs")
    equal(await one("SELECT aksara.get_by_key($1, $2) ->> 'title'", "Post", posts[0]), "Post 0", "get_by_key")
    equal(await one("SELECT aksara.related_add($1, $2, $3, $4)", "Post", posts[0], "tags", tag), 1, "related_add")
    equal(await one("SELECT aksara.related_contains($1, $2, $3, $4)", "Post", posts[0], "tags", tag), True,
          "related_contains")
    row = await connection.fetchrow("SELECT * FROM aksara.rows(NULL::posts, $1) ORDER BY title", '{"model": "Post"}')
    equal((row["id"], row["views"]), (uuid.UUID(posts[0]), 0), "rows have their types")
    row = await connection.fetchrow("SELECT * FROM aksara.get_or_create($1, $2)", "Tag", '{"slug": "tag"}')
    equal(row["created"], False, "get_or_create")
    row = await connection.fetchrow("SELECT * FROM aksara.upsert($1, $2, $3)", "Tag", '{"slug": "tag", "name": "Tag"}', ["slug"])
    equal(row["created"], False, "upsert, a list of keys")
    await fails(connection, "P0002", "no row", "SELECT aksara.get($1, $2)", "Post", '{"title": "x"}', table_name="posts")
    await fails(connection, "42703", "unknown field", count, "Post", "titel", "x", hint='Perhaps you meant "title".')
    await fails(connection, "23505", "a value twice", "SELECT aksara.create($1, $2)", "Tag", '{"name": "Tag", "slug": "x"}',
                constraint_name="tags_name_key", schema_name="blog")
    await fails(connection, "22004", "None for the key", "SELECT aksara.get_by_key($1, $2)", "Post", None)
    async with connection.transaction():
        await one("SELECT aksara.create($1, $2)", "Tag", '{"name": "Kept", "slug": "kept"}')
        try:
            async with connection.transaction():
                await one("SELECT aksara.create($1, $2)", "Tag", '{"name": "Kept", "slug": "other"}')
        except asyncpg.UniqueViolationError:
            pass
    equal(await one("SELECT aksara.count($1)", '{"model": "Tag"}'), 2, "a nested transaction that failed")


async def codecs(connection):
    """With codecs documents are Python's own; they belong to the client, so a pooler does not matter."""
    for name, schema in (("doc", "aksara"), ("queryset", "aksara"), ("json", "pg_catalog")):
        await connection.set_type_codec(name, schema=schema, encoder=json.dumps, decoder=json.loads, format="text")
    tags = await connection.fetchval("SELECT aksara.fetch_all($1)", {"model": "Tag", "order_by": ["name"]})
    equal([tag["name"] for tag in tags], ["Kept", "Tag"], "documents through codecs")
    equal(await connection.fetchval("SELECT aksara.count($1, $2)", "Tag", {"slug": "tag"}), 1, "conditions too")


async def tasks(connection):
    """Codecs are set by now: args are Python's own.  jsonb has none, and its columns are str."""
    one = connection.fetchval
    await connection.execute("CREATE FUNCTION add_tag(args jsonb) RETURNS json LANGUAGE sql "
                             "AS $$SELECT aksara.create('blog.Tag', args)$$")
    await connection.execute("CREATE FUNCTION refuse() RETURNS void LANGUAGE plpgsql AS $$BEGIN RAISE 'not today'; END$$")
    await one("SELECT aksara.register_task($1, $2)", "add_tag", "add_tag")
    await one("SELECT aksara.register_task($1, $2, max_attempts => $3, retry_delay => $4, timeout => $5)", "refuse", "refuse", 1, 0.5,
              datetime.timedelta(minutes=1))
    await enqueued(connection)
    await ended(connection)
    await with_rows(connection)
    await refused(connection)
    for name in ("add_tag", "refuse"):
        equal(await one("SELECT aksara.unregister_task($1)", name), True, f"unregister_task {name}")
    report(await one("SELECT aksara.purge($1, $2)", datetime.timedelta(0), ["completed", "failed", "cancelled", "retried"]) > 0,
           "purge")
    equal(await one("SELECT count(*) FROM aksara.tasks"), 0, "nothing is left")


def tag(slug):
    return {"name": slug.capitalize(), "slug": slug}


async def enqueued(connection):
    one = connection.fetchval
    now, hour = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(hours=1)
    first = await one("SELECT aksara.enqueue($1, $2)", "add_tag", tag("one"))
    report(isinstance(first, int), "enqueue gives a number", repr(first))
    second = await one("SELECT aksara.enqueue($1, $2, priority => $3, run_at => $4, group_key => $5, depends_on => $6)", "add_tag",
                       tag("two"), 5, now - hour, "tags", [first])
    task = await one("SELECT aksara.get_task($1)", second)
    equal([task[name] for name in ("state", "args", "priority", "group_key")], ["blocked", tag("two"), 5, "tags"],
          "arguments by name")
    equal(datetime.datetime.fromisoformat(task["run_at"]), now - hour, "run_at")
    equal(await one("SELECT aksara.why($1)", second), f"it waits for tasks: {first}", "why")
    for name, sql, *when in (("delay in the statement", "delay => '1 hour'"), ("delay", "delay => $3", hour),
                             ("run_at", "run_at => $3", now + hour)):
        task = await one(f"SELECT aksara.enqueue($1, $2, {sql})", "add_tag", tag("later"), *when)
        equal((await one("SELECT aksara.get_task($1)", task))["state"], "waiting", name)
        equal(await one("SELECT aksara.cancel($1)", task), "cancelled", "cancel")
    equal(await connection.fetchrow("CALL aksara.run_tasks()"), (2,), "CALL gives a row")
    equal((await connection.fetchrow("CALL aksara.run_tasks($1, most => $2)", "default", 10))["done"], 0, "CALL with values")
    equal((await one("SELECT aksara.await_task($1, $2)", second, datetime.timedelta(seconds=10)))["result"]["slug"], "two", "await_task")
    row = await connection.fetchrow("SELECT state, args, finished_at FROM aksara.tasks WHERE id = $1", first)
    equal((row["state"], json.loads(row["args"])), ("completed", tag("one")), "aksara.tasks by a number")
    report(row["finished_at"] > now, "its columns have their types")
    equal(await one("SELECT count(*) FROM aksara.tasks WHERE id = ANY($1)", [first, second]), 2, "by a list of them")


async def ended(connection):
    one = connection.fetchval
    task = await one("SELECT aksara.enqueue($1)", "refuse")
    await connection.execute("CALL aksara.run_tasks()")
    seen = await one("SELECT aksara.get_task($1)", task)
    equal((seen["state"], seen["error"]["sqlstate"], seen["error"]["message"]), ("failed", "P0001", "not today"),
          "the error of a body")
    equal(await one("SELECT aksara.retry($1)", task), True, "retry")
    equal(await one("SELECT aksara.cancel($1)", task), "cancelled", "cancel")
    equal(await one("SELECT aksara.cancel($1)", task), "finished", "cancel of one that has ended")


async def with_rows(connection):
    """A task belongs to the transaction of the rows that are written with it."""
    count = "SELECT aksara.count($1, $2)"
    for end, wanted in (("rollback", 0), ("commit", 2)):
        transaction = connection.transaction()
        await transaction.start()
        await connection.fetchval("SELECT aksara.create($1, $2)", "Tag", tag("row"))
        await connection.fetchval("SELECT aksara.on_commit($1, $2)", "add_tag", tag("task"))
        await getattr(transaction, end)()
        await connection.execute("CALL aksara.run_tasks()")
        equal(await connection.fetchval(count, "Tag", {"slug__in": ["row", "task"]}), wanted, f"on_commit and {end}")
    rows = await connection.fetch("SELECT aksara.enqueue_many($1)", [{"task": "add_tag", "args": tag(slug)} for slug in "abc"])
    equal(await connection.fetchval("CALL aksara.run_tasks()"), len(rows), "enqueue_many")
    equal(await connection.fetchval(count, "Tag", {"slug__in": ["a", "b", "c"]}), 3, "they ran")


async def refused(connection):
    put = "SELECT aksara.enqueue($1, $2)"
    await fails(connection, "42704", "unknown task", put, "ad_tag", {}, hint='Perhaps you meant "add_tag".')
    await fails(connection, "22023", "a list for args", put, "add_tag", [1])
    await fails(connection, "22004", "None for the task", put, None, {})
    await fails(connection, "22004", "None for args", put, "add_tag", None)
    await fails(connection, "22004", "None for the number", "SELECT aksara.get_task($1)", None)
    await fails(connection, "P0002", "no such task", "SELECT aksara.get_task($1)", 0)
    transaction = connection.transaction()
    await transaction.start()
    await fails(connection, "2D000", "CALL in a transaction", "CALL aksara.run_tasks()")
    await transaction.rollback()
    other = await connect(user=OWNER)
    await fails(other, "22P02", "no JSON", put, "add_tag", "{")
    await other.close()


async def main():
    admin = await connect()
    await admin.execute(f"CREATE ROLE {OWNER} LOGIN")
    await admin.execute(f"CREATE SCHEMA blog AUTHORIZATION {OWNER}")
    await admin.execute(f"ALTER ROLE {OWNER} SET search_path = blog")
    try:
        connection = await connect(user=OWNER)
        for part in (backends, walk, codecs, tasks):
            try:
                await part(connection)
            except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                report(False, part.__name__, f"{type(error).__name__} {error}")
        await connection.close()
    finally:
        await admin.execute("DROP SCHEMA blog CASCADE")
        await admin.execute(f"DROP ROLE {OWNER}")
        await admin.close()
    print(f"1..{checks}")
    sys.exit(failures > 0)


asyncio.run(main())
