"""From the commit of an enqueue to the start of the task, with a worker that waits for it.

The clock starts before COMMIT is sent, so that the commit itself is part of what counts, and stops in the task's body.
"""
import statistics
import time

NAME = "latency"
TIMES = 100         # tasks of one side in a round
ROUNDS = 4
PAUSE = 0.02        # between two tasks
BAR = {"aksara": 1.0}


def measure(side, first):
    """Milliseconds of each task of a round."""
    side.listen()
    time.sleep(0.5)
    sent = {}
    for number in range(first, first + TIMES):
        sent[number] = side.send(number)
        time.sleep(PAUSE)
    time.sleep(1)
    began = side.starts()
    if set(began) != set(sent):
        raise SystemExit(f"tasks: {side.name} began {len(began)} of {len(sent)}")
    return [(began[number] - sent[number]) * 1000 for number in sent]


def run(table, sides, options):
    waking = [side for side in sides if hasattr(side, "listen")]
    table.title("Commit of an enqueue to the task's start, one at a time: ms", "p99", "p50", "bar")
    spent = {side.name: [] for side in waking}
    for turn in range(min(options.rounds, ROUNDS) + 1):
        for side in waking if turn % 2 else reversed(waking):
            values = measure(side, turn * TIMES)
            if turn:
                spent[side.name] += values
    for name, values in spent.items():
        steps = statistics.quantiles(values, n=100)
        table.row(f"latency, {name}", [steps[98]], steps[49], BAR.get(name))
