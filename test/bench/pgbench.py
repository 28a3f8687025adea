"""Whole statements as pgbench sends them, simple (parsed each time) and prepared; aksara is loaded from the start.

The wire hides most of what a call costs in the server, so there are no bars here: the ratios say what a client sees.
"""
import os
import re
import shutil
import statistics
import subprocess
import tempfile

from harness import OURS, alternate, pgoptions

TRANSACTIONS = 2000

KEY = "md5('post ' || :number::text)::uuid"
AUTHOR = "md5('user ' || :number::text)::uuid"
ONE_POST = f"SELECT row_to_json(p) FROM posts p WHERE id = {KEY}"
OUR_POSTS = f"SELECT * FROM aksara.rows(NULL::posts, aksara.objects('Post', aksara.filter('author', {AUTHOR})))"

WORKS = [
    ("get by key", 19999, f"SELECT aksara.get_by_key('Post', {KEY})", ONE_POST),
    ("get by conditions", 19999, f"SELECT aksara.get('Post', json_build_object('id', {KEY}))", ONE_POST),
    ("20 rows", 999, OUR_POSTS, f"SELECT * FROM posts WHERE author_id = {AUTHOR}"),
]


class Side:
    """One script in one mode of pgbench."""

    def __init__(self, folder, name, mode, highest, statement, settings):
        self.file = os.path.join(folder, f"{name}.sql")
        with open(self.file, "w", encoding="utf-8") as script:
            script.write(f"\\set number random(0, {highest})\n{statement};\n")
        self.mode, self.environment = mode, {**os.environ, "PGOPTIONS": pgoptions(**settings)}

    def once(self, times):
        ran = subprocess.run(["pgbench", "-n", "-M", self.mode, "-t", str(times), "--random-seed=1", "-f", self.file],
                             env=self.environment, capture_output=True, text=True, check=False)
        found = re.search(r"latency average = ([\d.]+) ms", ran.stdout)
        if ran.returncode or not found:
            raise SystemExit(f"pgbench: {ran.stderr.strip()}")
        return float(found[1])


def measure(table, name, mode, highest, statements, options):
    with tempfile.TemporaryDirectory() as folder:
        sides = [Side(folder, side, mode, highest, statement, settings) for side, statement, settings
                 in zip(("ours", "theirs"), statements, ({**OURS, **options.settings}, {}))]
        mine, peer = (statistics.median(spent) for spent in alternate(sides, min(options.rounds, 7), TRANSACTIONS))
    table.row(name, [mine, peer], mine / peer)


def run(table, options):
    wanted = [(f"{name}, {mode}", mode, highest, statements) for mode in ("simple", "prepared")
              for name, highest, *statements in WORKS if options.wants("pgbench", f"{name}, {mode}")]
    if not wanted:
        return
    if not shutil.which("pgbench"):
        print("\nleft out: there is no pgbench here")
        return
    table.title("pgbench, over the socket, one client: ms a transaction, medians", "ours", "peer", "ratio")
    for row in wanted:
        measure(table, *row, options)
