"""What an enqueue costs where it is called: PL/pgSQL loops in transactions that are rolled back."""
from harness import Loop, alternate, least, on_one_processor

from .sides import ROLE, Database

NAME = "enqueue"
TIMES = 5000        # calls of one side in a round
ROUNDS = 7

OURS = "PERFORM aksara.enqueue('noop', '{\"n\": 1}')"
BY_HAND = ("INSERT INTO tasks (role, queue, rank, priority, run_at, task, args, attempts, max_attempts, enqueued_at) VALUES"
           " ('postgres', 'default', extract(epoch FROM now()), 0, now(), 'noop', '{\"n\": 1}', 0, 3, now())")
STATEMENTS = {
    "aksara": OURS,
    "graphile-worker": "PERFORM graphile_worker.add_job('noop', '{\"n\": 1}')",
    "read + delete": BY_HAND,
}
# Once its table was vacuumed while it was empty, add_job() is planned to read it whole: without this it takes three times as long.
BEFORE = {"graphile-worker": "TRUNCATE graphile_worker._private_jobs"}
LABELS = {"graphile-worker": "add_job() of graphile-worker", "read + delete": "INSERT of a like row by hand"}


class Calls:
    """The loop of one queue; what was rolled back is vacuumed before the next."""

    def __init__(self, side, kind):
        self.side, self.name = side, LABELS.get(kind, kind)
        self.session = Database(side.database, ROLE if kind == "aksara" else None)
        self.loop = Loop(self.session, STATEMENTS[kind], {}, keys=1, before=BEFORE.get(kind))

    def once(self, times):
        self.side.tidy()
        return self.loop.once(times)


def loops(sides):
    """One for each kind of queue that SQL can enqueue in."""
    seen = set()
    for side in sides:
        kind = next((kind for kind in STATEMENTS if side.name.startswith(kind)), None)
        if kind and kind not in seen:
            seen.add(kind)
            yield Calls(side, kind)


def run(table, sides, options):
    made = list(loops(sides))
    on_one_processor([calls.session for calls in made])
    table.title(f"{TIMES} calls in one transaction, in the server: µs of one", "ours", "peer", "ratio")
    mine, *peers = least(alternate(made, min(options.rounds, ROUNDS), TIMES))
    for calls, peer in zip(made[1:], peers):
        table.row(f"enqueue(), {calls.name}", [mine * 1000, peer * 1000], mine / peer)
    for calls in made:
        calls.session.connection.close()
    for side in sides:
        side.tidy()
