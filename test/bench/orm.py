"""aksara and three ORMs over the same tables, each a program of its own that does the work when asked (peers/).

Clients over the Unix socket, each side as its documentation recommends, what arrives turned into the objects that the
language has.  Medians, since a client's garbage collector is part of the work; ratios are ours to theirs in one language.
"""
import json
import os
import subprocess
import sys

from harness import HERE, OURS, Session, alternate, median, pgoptions, repetitions, same_answer

EMPTY_DRAFTS = ("TRUNCATE drafts",)
SOME_DRAFTS = ("TRUNCATE drafts", "INSERT INTO drafts (id, title, content, author_id) SELECT md5('draft ' || x)::uuid,"
               " 'A draft', 'x', md5('user ' || x)::uuid FROM generate_series(0, 999) x", "VACUUM (ANALYZE) drafts")
FORUMS = ("SELECT refill_forums()", "VACUUM forums, threads, messages, reactions")


class Work:
    """A piece of work: what the tables hold before it, and an expression that tells what was done."""

    def __init__(self, name, text, before=(), check="NULL", times=None):
        self.name, self.text, self.before, self.check, self.times = name, text, before, check, times


WORKS = [
    Work("get", "get by key"),
    Work("list", "list of 20 by author, with author"),
    Work("page", "100 posts with author and tags"),
    Work("create", "create one", EMPTY_DRAFTS, "written_drafts()", times=200),
    Work("bulk_create", "bulk_create 10 000", EMPTY_DRAFTS, "written_drafts()", times=1),
    Work("update", "update one by key", SOME_DRAFTS, "updated_drafts()", times=200),
    Work("delete", "delete 200 with three levels below", FORUMS, "remaining_forums()", times=1),
]

NODE = ("node", "--no-warnings")
# Ours, then the peers it is compared to.
LANGUAGES = [
    ("Python", [(sys.executable, "-B"), "aksara_python.py", "django_blog.py", "sqlalchemy_blog.py"]),
    ("JavaScript", [NODE, "aksara_node.mjs", "drizzle_blog.mjs"]),
]


class Program:
    """A peer that runs; missing says why it does not."""

    def __init__(self, command, file, settings, **variables):
        self.name, self.missing = file, None
        environment = {**os.environ, "PGOPTIONS": pgoptions(**settings), "PGPORT": os.environ.get("PGPORT", "5432"), **variables}
        try:
            self.process = subprocess.Popen([*command, os.path.join(HERE, "peers", file)], env=environment, text=True,
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.name = self._heard()["ready"]
        except (OSError, EOFError) as error:
            self.missing = f"{file}: {error}"

    def _heard(self):
        line = self.process.stdout.readline()
        if not line:
            said = self.process.stderr.read().strip().splitlines()
            raise EOFError(next((text for text in reversed(said) if "Error" in text), said[-1] if said else "it ended"))
        return json.loads(line)

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        try:
            return self._heard()
        except EOFError as error:
            raise SystemExit(f"{self.name}: {error}") from None

    def end(self):
        if not self.missing:
            self.process.stdin.close()
            self.process.wait()


class Side:
    """One program at one piece of work; session prepares the tables and looks at them afterwards."""

    def __init__(self, program, work, session):
        self.program, self.work, self.session = program, work, session

    def _prepare(self):
        if self.work.before:
            self.session.outside(*self.work.before)

    def once(self, times):
        self._prepare()
        return self.program.ask(work=self.work.name, times=times)["ms"]

    def answer(self):
        self._prepare()
        read = self.program.ask(work=self.work.name, answer=True)["answer"]
        done = self.session.value(f"SELECT {self.work.check}")
        self.session.rollback()
        return json.dumps([read, str(done)])


def measure(table, work, programs, session, options):
    sides = [Side(program, work, session) for program in programs]
    same_answer(work.text, [side.answer() for side in sides])
    times = work.times or repetitions(sides, options.budget)
    mine, *peers = median(alternate(sides, options.rounds, times))
    table.row(work.text, [mine, *(cell for peer in peers for cell in (peer, f"{mine / peer:.2f}"))])


def language(table, name, command, files, works, session, options):
    """One table: our program and the peers in one language."""
    ours, *theirs = files
    programs = [Program(command, ours, {**OURS, **options.settings}), *(Program(command, file, {}) for file in theirs)]
    for program in programs:
        if program.missing:
            print(f"\nleft out: {program.missing}")
    running = [program for program in programs if not program.missing]
    if not programs[0].missing and len(running) > 1:
        peers = [column for program in running[1:] for column in (program.name.split()[0], "ratio")]
        names = ", ".join(program.name for program in running)
        table.title(f"{name}, over the socket: ms, medians ({names})", "ours", *peers)
        for work in works:
            measure(table, work, running, session, options)
    for program in running:
        program.end()


def run(table, options):
    works = [work for work in WORKS if options.wants("orm", f"{work.name} {work.text}")]
    if not works:
        return
    session = Session()
    for name, (command, *files) in LANGUAGES:
        language(table, name, command, files, works, session, options)
    session.outside("TRUNCATE drafts", *FORUMS)
