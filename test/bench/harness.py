"""What all parts of the bench share: sessions, statements looped inside the server, alternating rounds, the table.

A *side* is one way to do a piece of work: a thing with a method once(), which does the work some number of times and says
how many milliseconds each took.  Sides of one row are run in turn, round by round, and every other round runs them in the
opposite order, so that what the machine does meanwhile meets all of them.
"""
import os
import re
import statistics

import psycopg2

HERE = os.path.dirname(os.path.abspath(__file__))

# Equal on all sides: everything lies in memory, no commit waits for a disk, and nothing is slow enough for JIT to pay.
SETTINGS = {"search_path": "blog", "synchronous_commit": "off", "jit": "off", "random_page_cost": "1.1"}
# What our sessions add: inlining needs the library before the first statement is parsed.
OURS = {"session_preload_libraries": "aksara"}


class Options:
    """How to measure; what the command line of query says."""

    def __init__(self, words=(), rounds=15, budget=20, settings=None, compare=None):
        self.words, self.rounds, self.budget = list(words), rounds, budget
        self.settings = settings or {}      # further settings of our sessions
        self.compare = compare or {}        # a setting's name -> values under which our side is measured again

    def wants(self, part, name):
        """Whether a row is asked for.  A word is a part, a piece of a row's name, or part/piece."""
        return not self.words or any(self._matches(word, part, name) for word in self.words)

    @staticmethod
    def _matches(word, part, name):
        first, slash, rest = word.partition("/")
        if slash:
            return first == part and _stands_in(rest, name)
        return word == part or (word not in PARTS and _stands_in(word, name))


def _stands_in(piece, name):
    """Whether the piece is part of the name; numbers are whole: 10x3 is no part of 100x30."""
    before, after = (r"(?<!\d)" if piece[:1].isdigit() else ""), (r"(?!\d)" if piece[-1:].isdigit() else "")
    return re.search(before + re.escape(piece) + after, name)


PARTS = ("server", "grid", "orm", "pgbench", "task")


def pgoptions(**settings):
    """The text for PGOPTIONS: settings of a session from its start."""
    words = [f"{name}={value}".replace(" ", "\\ ") for name, value in {**SETTINGS, **settings}.items()]
    return " ".join(f"-c {word}" for word in words)


class Session:
    """A connection whose transactions leave nothing behind."""

    def __init__(self, **settings):
        self.connection = psycopg2.connect("", options=pgoptions(**settings))

    def run(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)

    def value(self, sql, args=None):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, args)
            return cursor.fetchone()[0]

    def column(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return [row[0] for row in cursor.fetchall()]

    def rows(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def outside(self, *statements):
        """Runs statements that commit, each by itself."""
        self.connection.rollback()
        self.connection.autocommit = True
        for sql in statements:
            self.run(sql)
        self.connection.autocommit = False

    def commit(self):
        self.connection.commit()

    def rollback(self):
        self.connection.rollback()

    @property
    def pid(self):
        return self.connection.info.backend_pid


def our_session(options, **more):
    """A session of ours; a setting that the server does not know would change nothing, so it stops."""
    settings = {**options.settings, **more}
    session = Session(**OURS, **settings)
    for name in settings:
        if not session.value("SELECT count(*) FROM pg_catalog.pg_settings WHERE name = %s", [name]):
            raise SystemExit(f"there is no setting \"{name}\"")
    session.rollback()
    return session


def on_one_processor(sessions):
    """Keeps the sessions' backends on one processor, since two that are shared with others are seldom equally fast."""
    try:
        for session in sessions:
            os.sched_setaffinity(session.pid, {max(os.sched_getaffinity(session.pid))})
    except (AttributeError, OSError):
        print("(the backends run on any processor: they belong to another user or machine)")


# The loop of one side, and what its statement answers for one k.  k runs over the elements of inputs that are arrays.
LOOP = """
CREATE FUNCTION pg_temp.{name}(times int, warm int) RETURNS double precision LANGUAGE plpgsql AS $side$
DECLARE
    result json; found record; k int; started timestamptz; {inputs}
BEGIN
    FOR i IN 1..warm LOOP k := i % {keys} + 1; {statement}; END LOOP;
    started := clock_timestamp();
    FOR i IN 1..times LOOP k := i % {keys} + 1; {statement}; END LOOP;
    RETURN extract(epoch FROM clock_timestamp() - started) * 1000 / times;
END
$side$;
CREATE FUNCTION pg_temp.{name}_answer() RETURNS text LANGUAGE plpgsql AS $side$
DECLARE
    result json; found record; k int := least(2, {keys}); {inputs}
BEGIN
    {statement};
    RETURN {answer};
END
$side$;
"""


class Loop:
    """A side inside the server: one statement in a PL/pgSQL loop, in a transaction that is rolled back.

    Such a loop prepares the statement once and executes it as often as asked; EXECUTE in it parses and plans each time.
    inputs gives the variables a statement may name, with type and value; they are made before the clock starts.
    """
    made = 0

    def __init__(self, session, statement, inputs, *, keys, answer="result::jsonb", before=None, warm=10):
        self.session, self.before, self.warm = session, before, warm
        self.function = f"side{Loop.made}"
        Loop.made += 1
        declared = " ".join(f"{word} {kind} := {value};" for word, (kind, value) in inputs.items()
                            if re.search(rf"\b{word}\b", statement))
        session.run(LOOP.format(name=self.function, inputs=declared, statement=statement, keys=keys, answer=answer))
        session.commit()

    def _call(self, arguments, function=""):
        if self.before:
            self.session.run(self.before)
        value = self.session.value(f"SELECT pg_temp.{self.function}{function}({arguments})")
        self.session.rollback()
        return value

    def answer(self):
        return self._call("", "_answer")

    def once(self, times):
        return self._call(f"{times}, {self.warm}")


def same_answer(row, answers):
    """Stops when the sides do not do the same work."""
    if len(set(answers)) > 1:
        raise SystemExit(f"{row}: not the same answer\n" + "\n".join(str(answer)[:800] for answer in answers))


def repetitions(sides, budget, most=20000):
    """How often a round may repeat the work, so that the slowest side takes about budget milliseconds."""
    slowest = max(side.once(1) for side in sides)
    return max(1, min(most, int(budget / max(slowest, 0.001))))


def alternate(sides, rounds, times, most=None):
    """The milliseconds of each side in each round; a round before them warms up.

    Where `most` is given, rounds are added up to that many until the least of each side is settled.
    """
    spent = [[] for _ in sides]
    turn = 0
    while turn <= rounds or (most and turn <= most and not all(settled(values) for values in spent)):
        order = list(enumerate(sides))
        for number, side in order if turn % 2 else reversed(order):
            spent[number].append(side.once(times))
        if turn == 0:
            spent = [[] for _ in sides]
        turn += 1
    return spent


def settled(values, seen=3, within=1.02):
    """Whether the least was seen so many times: then it is the work, and not a moment's luck or a neighbour's load."""
    return len(values) >= seen and sorted(values)[seen - 1] <= min(values) * within


def least(spent):
    return [min(values) for values in spent]


def median(spent):
    return [statistics.median(values) for values in spent]


def heading(session, settings):
    print(f"PostgreSQL {session.value('SHOW server_version')}, {os.cpu_count()} processors,"
          f" load {os.getloadavg()[0]:.2f}; {', '.join(f'{name} = {value}' for name, value in settings.items())}")


class Table:
    """Prints rows as they come and counts the bars they missed."""

    def __init__(self):
        self.missed = []

    @staticmethod
    def title(text, *columns):
        print(f"\n{text}\n{'work':46}" + "".join(f" {column:>10}" for column in columns), flush=True)

    def row(self, name, cells, ratio=None, bar=None, note=""):
        """One line; the verdict is PASS or FAIL where there is a bar."""
        line = f"{name:46}" + "".join(f" {_cell(cell):>10}" for cell in cells)
        if ratio is not None:
            line += f" {ratio:10.2f}"
        if bar is not None:
            line += f" {bar:10.2f}  {self._verdict(name, ratio <= bar)}"
        print(f"{line}{'  (' + note + ')' if note else ''}".rstrip(), flush=True)

    def _verdict(self, name, good):
        if not good:
            self.missed.append(name)
        return "PASS" if good else "FAIL"


def _cell(value):
    if isinstance(value, str):
        return value
    return f"{value:.4f}" if value < 10 else f"{value:.1f}"
