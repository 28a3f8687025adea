"""Our calls against SQL written by hand, in loops inside the server, the least of the rounds."""
import re

from forms import Joined, Shape
from harness import Loop, Session, alternate, least, on_one_processor, our_session, repetitions, same_answer

KEYS = 1000         # different values that a loop goes through
DOCUMENTS = 10000   # of one bulk_create
LOCKING = 5000      # executions of create(): the first KEYS of a transaction lock a row of users each, the others do not

CONTENT = "Lorem ipsum dolor sit amet. " * 8


def many(value):
    return f"ARRAY(SELECT {value} FROM generate_series(1, {KEYS}) x)"


KEY = "md5('post ' || x * 17 % 20000)::uuid"

INPUTS = {
    "post_key": ("uuid[]", many(KEY)),
    "user_key": ("uuid[]", many("md5('user ' || x % 1000)::uuid")),
    "user_name": ("text[]", many("'User ' || x % 1000")),
    "conditions": ("text[]", many(f"json_build_object('id', {KEY})")),
    "document": ("text[]", many(f"json_build_object('model', 'Post', 'filter', json_build_object('id', {KEY}))")),
    "page": ("text[]", many("json_build_object('model', 'Post', 'filter',"
                            f" json_build_object('id__gt', {KEY}), 'order_by', '[\"id\"]'::json, 'limit', 100,"
                            " 'select_related', '[\"author\"]'::json, 'prefetch_related', '[\"tags\"]'::json)")),
    "draft": ("text[]", many(f"json_build_object('title', 'A draft', 'content', '{CONTENT}', 'author_id',"
                             " md5('user ' || x % 1000)::uuid)")),
    "ruled": ("text[]", many("json_build_object('code', 'AB' || x, 'title', 'A draft', 'email', 'a@example.com', 'kind',"
                             " 'book', 'amount', 1, 'low', 1, 'high', 2, 'starts', '2026-01-01', 'ends', '2027-01-01')")),
    "new_title": ("text", "'A draft'"),
    "new_content": ("text", f"'{CONTENT}'"),
    "bulk": ("text", f"(SELECT json_agg(json_build_object('title', 'A draft ' || x, 'content', '{CONTENT}',"
                     " 'published', x % 3 <> 0, 'views', x, 'author_id', md5('user ' || x % 1000)::uuid))"
                     f" FROM generate_series(1, {DOCUMENTS}) x)"),
}


class Row:
    """One line of the table: our statement, the peers' statements, and how good we want to be."""

    def __init__(self, name, bar, ours, *peers, answer="result::jsonb", before=None, times=None, patience=1,
                 plan=None):
        self.name, self.bar, self.statements = name, bar, [ours, *peers]
        self.answer, self.before = answer, before
        self.times = times          # executions in a round, where that is not left to the budget
        self.patience = patience    # times as many rounds, for a bar near 1
        self.plan = plan            # the two statements to EXPLAIN


# ---- SQL by hand ----

ONE_POST = "SELECT row_to_json(p) INTO result FROM posts p WHERE p.id = post_key[k]"

PAGE = Shape(page="(SELECT * FROM posts WHERE id > post_key[k] ORDER BY id LIMIT 100)",
             parent=["id", "title", "content", "published", "views", "author_id", "created_at"],
             joined=Joined("users", "author_id", "author", ["id", "email", "name"]),
             accessor="tags", child=["id", "name", "slug"],
             children="post_tags pt JOIN tags t ON t.id = pt.tag_id", link="pt.post_id")

INSERT = "INSERT INTO drafts (title, content, author_id) VALUES (new_title, new_content, user_key[k]) RETURNING"


COUNTED = ("""'{"model": "User", "annotate": {"n": {"$count": "posts"}, "v": {"$sum": "posts__views"},"""
           """ "a": {"$avg": "posts__views"}}, "order_by": ["id"]}'::aksara.queryset""")
BY_GROUPS = ("SELECT json_agg(row_to_json(r)) INTO result FROM (SELECT u.*, coalesce(n, 0) AS n, v, a FROM users u"
             " LEFT JOIN (SELECT author_id, count(*) AS n, sum(views) AS v, avg(views) AS a FROM posts GROUP BY 1) p"
             " ON p.author_id = u.id ORDER BY u.id) r")
BY_ROW = ("SELECT row_to_json(r) INTO result FROM (SELECT u.*, n, v, a FROM users u CROSS JOIN LATERAL"
          " (SELECT count(*) AS n, sum(views) AS v, avg(views) AS a FROM posts WHERE author_id = u.id) p"
          " WHERE u.id = user_key[k]) r")


def from_recordset(kind):
    return ("INSERT INTO drafts (title, content, published, views, author_id)"
            " SELECT d.title, d.content, d.published, d.views, d.author_id"
            f" FROM {kind}_to_recordset(bulk::{kind})"
            " AS d(title text, content text, published boolean, views int, author_id uuid)")


OUR_POSTS = "aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author', {key})))"
THEIR_POSTS = "(SELECT * FROM posts WHERE author_id = {key})"
OUR_NEWEST = ("aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author__name', {key}),"
              " aksara.order_by('-created_at'), aksara.slice(10)))")
THEIR_NEWEST = ("(SELECT p.* FROM posts p JOIN users u ON u.id = p.author_id WHERE u.name = {key}"
                " ORDER BY p.created_at DESC LIMIT 10)")


def summed(posts, key="user_key[k]"):
    return f"SELECT count(*), sum(length(p.title)) INTO found FROM {posts.format(key=key)} p"


def summed_unprepared(posts, key="user_key[k]"):
    return (f"EXECUTE format($$SELECT count(*), sum(length(p.title)) FROM {posts.format(key='%L')} p$$, {key})"
            " INTO found")


def summed_plan(posts):
    return f"SELECT count(*), sum(length(p.title)) FROM {posts.format(key='$1')} p"


# Rows with rules: the same 50 000 into each of two tables.
RULED = "code, title, email, kind, amount, low, high, starts, ends"
KEPT = "code, title, kind, amount, low, high, starts, status"
RULES = {"before": "TRUNCATE ruled, checked, kept, triggered", "answer": "written_rules()", "times": 1}

# Rows whose writing is received, the same way.
RECEIVED = "title, email, amount, starts"
SIGNALS = {"before": "TRUNCATE typed, general, quiet, slugged, unslugged", "answer": "written_signals()", "times": 1}


def insert(table, columns):
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM given"


WRITTEN = {"before": "TRUNCATE drafts", "answer": "written_drafts()"}

ROWS = [
    Row("rows(), prepared", 1.03, summed(OUR_POSTS), summed(THEIR_POSTS), answer="found", patience=3,
        plan=(summed_plan(OUR_POSTS), summed_plan(THEIR_POSTS))),
    Row("rows(), unprepared", 1.5, summed_unprepared(OUR_POSTS), summed_unprepared(THEIR_POSTS), answer="found"),
    Row("rows() over a relation, sliced, prepared", None, summed(OUR_NEWEST, "user_name[k]"),
        summed(THEIR_NEWEST, "user_name[k]"), answer="found"),
    Row("rows() over a relation, sliced, unprepared", None, summed_unprepared(OUR_NEWEST, "user_name[k]"),
        summed_unprepared(THEIR_NEWEST, "user_name[k]"), answer="found"),
    Row("get() by conditions", 1.5, "SELECT aksara.get('Post', conditions[k]) INTO result", ONE_POST),
    Row("get_by_key()", 1.5, "SELECT aksara.get_by_key('Post', post_key[k]) INTO result", ONE_POST),
    Row("fetch() of one row, document", 1.5, "SELECT aksara.fetch(document[k]) INTO result", ONE_POST),
    Row("fetch() of one row, builders", 1.5,
        "SELECT aksara.fetch(aksara.objects('Post', aksara.filter('id', post_key[k]))) INTO result", ONE_POST),
    Row("fetch_all() of 100 posts, jsonb", 0.40, "SELECT aksara.fetch_all(page[k]) INTO result", PAGE.nested("jsonb")),
    Row("fetch_all() of 100 posts, best json", 0.85, "SELECT aksara.fetch_all(page[k]) INTO result",
        PAGE.nested(), PAGE.lateral(), PAGE.grouped(), PAGE.row_to_json()),
    Row("fetch_all() of 1 000 rows, aggregates", 1.2, f"SELECT aksara.fetch_all({COUNTED}) INTO result",
        BY_GROUPS),
    Row("get() of one row, aggregates", 1.5,
        f"SELECT aksara.get(aksara.filter({COUNTED}, 'id', user_key[k])) INTO result", BY_ROW),
    Row("create(), RETURNING *", 1.5, "SELECT aksara.create('Draft', draft[k]) INTO result",
        f"{INSERT} * INTO found", times=LOCKING, **WRITTEN),
    Row("create(), RETURNING row_to_json", 1.5, "SELECT aksara.create('Draft', draft[k]) INTO result",
        f"{INSERT} row_to_json(drafts) INTO result", times=LOCKING, before="TRUNCATE drafts",
        answer="result::jsonb - 'id' - 'created_at'"),
    Row("bulk_create() of 10 000, jsonb_to_recordset", 1.0, "PERFORM aksara.bulk_create('Draft', bulk)",
        from_recordset("jsonb"), times=1, **WRITTEN),
    Row("bulk_create() of 10 000, json_to_recordset", None, "PERFORM aksara.bulk_create('Draft', bulk)",
        from_recordset("json"), times=1, **WRITTEN),
    Row("delete() of 200 parents, three levels below", 1.1,
        "SELECT aksara.delete(aksara.objects('Forum', aksara.filter('batch', 1))) INTO result",
        "DELETE FROM forums WHERE batch = 1", times=1, answer="remaining_forums()"),
    Row("rules: ten constraints, 50 000 rows", 1.02, insert("ruled", RULED), insert("checked", RULED), **RULES),
    Row("rules: seven and three of the trigger", 1.3, insert("kept", KEPT), insert("triggered", KEPT), **RULES),
    Row("rules: create() with ten, row_to_json", None, "SELECT aksara.create('Ruled', ruled[k]) INTO result",
        f"INSERT INTO checked ({RULED}) VALUES ('AB' || k, new_title, 'a@example.com', 'book', 1, 1, 2, '2026-01-01',"
        " '2027-01-01') RETURNING row_to_json(checked) INTO result", before="TRUNCATE ruled, checked", times=LOCKING,
        answer="result::jsonb - 'id'"),
    Row("signals: typed pre_save, 50 000 rows", 1.2, insert("typed", RECEIVED), insert("slugged", RECEIVED), **SIGNALS),
    Row("signals: general pre_save, 50 000 rows", 2.5, insert("general", RECEIVED), insert("slugged", RECEIVED), **SIGNALS),
    Row("signals: a table without receivers", 1.02, insert("quiet", RECEIVED), insert("unslugged", RECEIVED), **SIGNALS),
    Row("noise: one statement on both sides", None, ONE_POST, ONE_POST),
]


def sides(row, ours, theirs):
    """Our statement in a session of ours, the peers' in one where aksara is not loaded."""
    for number, statement in enumerate(row.statements):
        yield Loop(theirs if number else ours, statement, INPUTS, keys=KEYS, answer=row.answer,
                   before=row.before, warm=0 if row.times == 1 else 10)


def plan(session, statement):
    """The plan of a statement over one key, without the alias that a table happens to have."""
    session.run(f"PREPARE compared(uuid) AS {statement}")
    session.run("SET LOCAL plan_cache_mode = force_generic_plan")
    lines = session.column("EXPLAIN (VERBOSE, COSTS OFF)"
                           " EXECUTE compared('00000000-0000-0000-0000-000000000000')")
    session.run("DEALLOCATE compared")
    session.rollback()
    text = "\n".join(line for line in lines if not line.startswith("Query Identifier"))
    for table, alias in re.findall(r" on blog\.(\w+) (\w+)", text):
        text = re.sub(rf"\b{alias}\.", f"{table}.", text).replace(f"blog.{table} {alias}", f"blog.{table}")
    return text


def same_plan(row, ours, theirs):
    """What to say of the two plans; None where the row compares none."""
    if not row.plan:
        return None
    return plan(ours, row.plan[0]) == plan(theirs, row.plan[1])


def measure(table, row, ours, theirs, options):
    loops = list(sides(row, ours, theirs))
    same_answer(row.name, [side.answer() for side in loops])
    times = row.times or repetitions(loops, options.budget)
    rounds = options.rounds * row.patience
    mine, *peers = least(alternate(loops, rounds, times, most=rounds * 6))
    notes = [" ".join(f"{peer:.3f}" for peer in peers)] if len(peers) > 1 else []
    same = same_plan(row, ours, theirs)
    if same is not None:
        notes.append("the same plan" if same else "another plan")
    table.row(row.name, [mine, min(peers)], mine / min(peers), row.bar, "; ".join(notes))
    if same is False:
        table.missed.append(f"{row.name}: the plan")


def run(table, options):
    rows = [row for row in ROWS if options.wants("server", row.name)]
    if not rows:
        return
    ours, theirs = our_session(options), Session()
    on_one_processor([ours, theirs])
    table.title("In the server, against SQL by hand: ms, the least of the rounds", "ours", "peer", "ratio", "bar")
    for row in rows:
        measure(table, row, ours, theirs, options)


def loop(seconds, name, options):
    """Our side of the first row with this in its name, again and again, for a profiler."""
    import time
    row = next((row for row in ROWS if name in row.name), None)
    if not row:
        raise SystemExit(f"no row has \"{name}\" in its name: " + "; ".join(row.name for row in ROWS))
    ours = our_session(options)
    side = next(sides(row, ours, ours))
    times = row.times or repetitions([side], 500)
    print(f"backend {ours.pid}: {row.name}", flush=True)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        side.once(times)
