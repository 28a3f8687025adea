"""How fast tasks that do nothing are run, all of them enqueued before."""
from harness import alternate, least

NAME = "drain"
TIMES = 40960       # a multiple of what the queue by hand takes at once, by two clients
ROUNDS = 5
BAR = {"graphile-worker": 0.5}


def row(table, ours, peer, name):
    bar = next((bar for start, bar in BAR.items() if name.startswith(start)), None)
    table.row(f"no-op tasks, {name}", [ours * 1000, peer * 1000], ours / peer, bar,
              f"{1000 / ours:.0f} against {1000 / peer:.0f} a second")


def run(table, sides, options):
    table.title(f"{TIMES} tasks that do nothing: µs of one, the least of the rounds", "ours", "peer", "ratio", "bar")
    mine, *peers = least(alternate(sides, min(options.rounds, ROUNDS), TIMES))
    for side, peer in zip(sides[1:], peers):
        row(table, mine, peer, side.name)
