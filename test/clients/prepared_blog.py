"""Parameters without a type: PREPARE, and pgbench in its modes (behind a pooler those without prepared statements).

The server settles the types, so each value arrives at the overload for text and is read by the type of its field.
A statement runs often enough for the planner to keep one plan for all values.
"""
import json
import os
import subprocess
import sys
import tempfile

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))
POOLED = "AKSARA_POOLED" in os.environ
OWNER = "regress_prepared_owner"
RUNS = 8        # the sixth may use the plan for all values

checks = failures = 0
cursor = None


def report(good, name, *notes):
    global checks, failures
    checks += 1
    failures += not good
    print(f"{'ok' if good else 'not ok'} {checks} - {name}")
    for note in notes if not good else ():
        print(f"#   {note}")


def one(sql, *args):
    cursor.execute(sql, args or None)
    found = cursor.fetchone() if cursor.description else None
    return found and found[0]


def prepared(name, sql, *cases):
    """Each case is the values and the answer; all cases are executed RUNS times."""
    try:
        one(f"PREPARE statement AS {sql}")
        for run in range(RUNS):
            for values, expected in cases:
                seen = one(f"EXECUTE statement ({', '.join(['%s'] * len(values))})", *values)
                if seen != expected:
                    report(False, name, f"run {run + 1}, values {values}: expected {expected!r}, seen {seen!r}")
                    return
        report(True, name)
    except psycopg2.Error as error:
        report(False, name, f"{error.pgcode} {error}")
    finally:
        one("DEALLOCATE ALL")


def statements(plans):
    one(f"SET plan_cache_mode = {plans}")
    titles = "SELECT array_agg(p ->> 'title') FROM aksara.fetch(aksara.objects($1, {})) p"
    prepared(f"{plans}: filter by text", titles.format("aksara.filter('title', $2)"),
             (("Post", "Post 1"), ["Post 1"]), (("Post", "Post 2"), ["Post 2"]), (("Post", None), None))
    prepared(f"{plans}: filter by an integer", titles.format("aksara.filter($2, $3)"),
             (("Post", "views", "1"), ["Post 1"]), (("Post", "views__gt", "8"), ["Post 9"]),
                 (("Post", "views", None), None))
    prepared(f"{plans}: filter by a key", titles.format("aksara.filter('author', $2), aksara.filter('views__lt', $3)"),
             (("Post", user, "2"), ["Post 0", "Post 1"]), (("Post", other, "2"), None))
    prepared(f"{plans}: a list", titles.format("aksara.filter('views__in', $2)"),
             (("Post", "{1,2}"), ["Post 1", "Post 2"]), (("Post", "{}"), None), (("Post", "{3,NULL}"), ["Post 3"]))
    prepared(f"{plans}: slice", titles.format("aksara.slice($2, $3)"),
             (("Post", 0, 2), ["Post 0", "Post 1"]), (("Post", 8, 10), ["Post 8", "Post 9"]))
    prepared(f"{plans}: a document", "SELECT aksara.count($1)",
             ((json.dumps({"model": "Post"}),), 10), ((json.dumps({"model": "Post", "filter": {"views__gt": 5}}),), 4))
    prepared(f"{plans}: rows",
             "SELECT sum(views) FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('views__lte', $1)))",
             (("2",), 3), (("9",), 45), ((None,), None))
    prepared(f"{plans}: get_by_key", "SELECT aksara.get_by_key('User', $1) ->> 'name'", ((user,), "Jane"),
             ((other,), "John"))
    prepared(f"{plans}: related_contains", "SELECT aksara.related_contains('Post', $1, 'tags', $2)",
             ((post, tag), False))


def tasks(plans):
    """Numbers, intervals, times and lists are read by the types of the arguments."""
    one(f"SET plan_cache_mode = {plans}")
    parent = one("SELECT aksara.enqueue(%s, %s, delay => %s)", "note", "{}", "1 hour")
    enqueued = "SELECT aksara.get_task(aksara.enqueue($1, $2, {})) ->> 'state'"
    prepared(f"{plans}: enqueue", enqueued.format("priority => $3, group_key => $4, max_attempts => $5"),
             (("note", "{}", 5, "group", 1), "due"), (("note", '{"n": 1}', "-5", None, None), "due"))
    prepared(f"{plans}: enqueue with a delay", enqueued.format("delay => $3, timeout => $4"),
             (("note", "{}", "1 hour", "1 s"), "waiting"), (("note", "{}", None, None), "due"))
    prepared(f"{plans}: enqueue at a time", enqueued.format("run_at => $3"),
             (("note", "{}", "2999-12-31 12:00"), "waiting"), (("note", "{}", "2000-01-01"), "due"))
    prepared(f"{plans}: enqueue after others", enqueued.format("depends_on => $3"),
             (("note", "{}", [parent]), "blocked"), (("note", "{}", f"{{{parent}}}"), "blocked"), (("note", "{}", "{}"), "due"))
    prepared(f"{plans}: enqueue_many", "SELECT count(*) FROM aksara.enqueue_many($1)",
             (('[{"task": "note"}, {"task": "note", "delay": "1 hour"}]',), 2), (("[]",), 0))
    prepared(f"{plans}: get_task", "SELECT aksara.get_task($1) ->> 'task'", ((parent,), "note"), ((str(parent),), "note"))
    prepared(f"{plans}: aksara.tasks", "SELECT state FROM aksara.tasks WHERE id = $1", ((parent,), "waiting"), ((0,), None))
    done = one("CALL aksara.run_tasks()")
    completed = one("SELECT count(*) FROM aksara.tasks WHERE state = 'completed'")
    report(done == completed > 0, f"{plans}: what was due ran", f"{done} attempts, {completed} completed")
    one("SELECT count(aksara.cancel(id)) FROM aksara.tasks WHERE finished_at IS NULL")
    one("SELECT aksara.purge('0 s', '{completed,cancelled}')")


def pgbench(mode, clients, transactions):
    """Several clients in turn; -M simple writes its variables into the statement as they are, so they bring quotes."""
    variables = {
        "author": user, "post": post, "tag_key": tag, "title": "_", "conditions": json.dumps({"title": "Post 3"}),
        "tag": json.dumps({"name": "one", "slug": "one"}), "change": json.dumps({"views": 77}),
        "saved": json.dumps({"id": post, "views": 78}),
        "queue": "default", "delay": "0 s", "patience": "10 s",
    }
    command = ["pgbench", "-n", "-M", mode, "-U", OWNER, "-c", str(clients), "-t", str(transactions),
               "-f", os.path.join(HERE, "prepared.sql")]
    for name, value in variables.items():
        command += ["-D", f"{name}='{value}'" if mode == "simple" else f"{name}={value}"]
    # pgbench reports an error of the server and goes on to the end.
    done = subprocess.run(command, cwd=tempfile.gettempdir(), capture_output=True, text=True, check=False)
    report(done.returncode == 0 and "ERROR" not in done.stderr, f"pgbench -M {mode}",
           done.stderr.replace("\n", "\n#   "))
    report(f"{clients * transactions}/{clients * transactions}" in done.stdout, "every transaction of it ran",
           done.stdout.replace("\n", "\n#   "))


def connect(**words):
    global cursor
    connection = psycopg2.connect("", **words)
    connection.autocommit = True
    cursor = connection.cursor()


connect()
one(f"CREATE ROLE {OWNER} LOGIN")
one(f"CREATE SCHEMA blog AUTHORIZATION {OWNER}")
one(f"ALTER ROLE {OWNER} SET search_path = blog")
try:
    connect(user=OWNER)
    for model in json.load(open(os.path.join(HERE, "blog.json"), encoding="utf-8")):
        meta = {"ordering": ["title"]} if model["name"] == "Post" else model.get("meta", {})
        one("SELECT aksara.create_model(%s, %s, %s)", model["name"], json.dumps(model["fields"]), json.dumps(meta))
    user, other = (one("SELECT aksara.create('User', %s) ->> 'id'",
                       json.dumps({"email": f"{name}@example.com", "name": name}))
                   for name in ("Jane", "John"))
    post = [one("SELECT aksara.create('Post', %s) ->> 'id'",
                json.dumps({"title": f"Post {n}", "content": "…", "author": user, "views": n})) for n in range(10)][3]
    tag = one("SELECT aksara.create('Tag', %s) ->> 'id'", json.dumps({"name": "Tag", "slug": "tag"}))
    one("CREATE FUNCTION note(args jsonb) RETURNS int LANGUAGE sql AS $$SELECT 1$$")
    one("SELECT aksara.register_task('note', 'note')")
    if not POOLED:
        for plans in ("auto", "force_generic_plan", "force_custom_plan"):
            statements(plans)
            tasks(plans)
        pgbench("prepared", 1, 20)
    pgbench("simple", 4, 5)
    pgbench("extended", 4, 5)
    states = one("SELECT json_object_agg(state, n) FROM (SELECT state, count(*) n FROM aksara.tasks GROUP BY state) t")
    report(states == {"completed": 40 if POOLED else 60}, "one task of each transaction, and it has completed", states)
    one("SELECT aksara.unregister_task('note'), aksara.purge('0 s')")
finally:
    connect()
    one("DROP SCHEMA blog CASCADE")
    one(f"DROP ROLE {OWNER}")
print(f"1..{checks}")
sys.exit(failures > 0)
