"""The same under a snapshot that stays open, with the rows of many earlier tasks behind it that nobody can remove."""
from harness import alternate, least

from .sides import Database

NAME = "pinned"
TIMES = 10240
DEAD = 60000
ROUNDS = 2
BAR = {"aksara": 2.0}


class Pinned:
    """A side under an open snapshot, after it has run tasks enough to leave that many dead rows."""

    def __init__(self, side):
        self.side = side

    def once(self, times):
        pin = Database(self.side.database)
        try:
            pin.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            pin.value("SELECT count(*) FROM pg_catalog.pg_class")
            self.side.once(DEAD)
            return self.side.once(times)
        finally:
            pin.connection.close()
            self.side.tidy()


def run(table, sides, options):
    rows = [side for side in sides if side.name.startswith(("aksara", "graphile-worker"))]
    table.title(f"Tasks that do nothing with {DEAD} dead rows under an open snapshot: µs of one", "pinned", "free", "ratio", "bar")
    both = [kind for side in rows for kind in (Pinned(side), side)]
    spent = least(alternate(both, min(options.rounds, ROUNDS), TIMES))
    for number, side in enumerate(rows):
        pinned, free = spent[2 * number:2 * number + 2]
        table.row(f"pinned, {side.name}", [pinned * 1000, free * 1000], pinned / free, BAR.get(side.name))
