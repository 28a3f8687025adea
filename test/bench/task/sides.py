"""The queues that are compared.  once(times) loads a side with tasks that do nothing, has it run them all, and says how many
milliseconds one took, from the start of the first until none is left; loading does not count.
"""
import os
import re
import subprocess
import tempfile
import time

import psycopg2

from harness import HERE, Session
from orm import Program

ROLE = "bench_tasks"
DEADLINE = 600      # seconds that a round may take


class Database(Session):
    """A session under the settings of its database."""

    def __init__(self, database, user=None):
        self.connection = psycopg2.connect("", dbname=database, user=user)


class Queue:
    """What all have: a database, and a session in it that looks after it."""

    missing = None

    def __init__(self, database):
        self.database, self.session = database, Database(database)

    def script(self, name):
        with open(os.path.join(HERE, "task", name), encoding="utf-8") as text:
            self.session.outside(text.read())

    def tidy(self):
        """No round has to walk over what an earlier one left behind."""
        self.session.outside("VACUUM (ANALYZE)")

    def end(self):
        self.session.connection.close()


class Ours(Queue):
    """aksara with its executors in the server."""

    name = "aksara"

    def __init__(self, database):
        super().__init__(database)
        self.script("task.sql")
        self.client = Database(database, ROLE)

    def enqueue(self, times):
        """Tasks that do nothing; returns the number of the last."""
        last = self.client.value("SELECT max(aksara.enqueue('noop', '{\"n\": 1}')) FROM generate_series(1, %s)", [times])
        self.client.commit()
        return last

    def load(self, times):
        self.session.outside("SELECT aksara.pause_queue('default')")
        last = self.enqueue(times)
        self.tidy()
        return last

    def _ended(self, last):
        """When all have ended, in seconds; the last in their order is asked for first, since that costs nothing."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            if self._asked("SELECT finished_at IS NOT NULL FROM aksara.tasks WHERE id = %s", [last]):
                now = time.time()
                if not self._asked("SELECT EXISTS (SELECT FROM aksara.tasks WHERE finished_at IS NULL)"):
                    return now
            time.sleep(0.003)
        raise SystemExit(f"tasks: ours are not done after {DEADLINE} seconds")

    def _asked(self, sql, args=None):
        answer = self.session.value(sql, args)
        self.session.rollback()
        return answer

    def once(self, times):
        last = self.load(times)
        self.session.outside("SELECT aksara.resume_queue('default')")
        ended = self._ended(last)
        began = self._asked("SELECT extract(epoch FROM min(started_at))::float8 FROM aksara.tasks")
        self.forget()
        return (ended - began) * 1000 / times

    def forget(self):
        """Has the server forget what ended, once all of it has ended well."""
        others = self.client.value("SELECT count(*) FROM aksara.tasks WHERE state <> 'completed'")
        if others:
            raise SystemExit(f"tasks: {others} of ours did not complete")
        self.client.value("SELECT aksara.purge('0')")
        self.client.commit()
        self.tidy()

    # ---- one at a time ----

    def listen(self):
        self.session.outside("SELECT aksara.resume_queue('default')")

    def send(self, number):
        """Enqueues one; returns when COMMIT was sent."""
        return commit_after(self.client, "SELECT aksara.enqueue('mark', json_build_object('n', %s)::text)", number)

    def starts(self):
        """When each of the tasks began."""
        found = self.session.rows("SELECT number, extract(epoch FROM at)::float8 FROM marks")
        self.session.outside("TRUNCATE marks")
        self.forget()
        return dict(found)


def commit_after(session, sql, number):
    """Runs a statement and commits; returns when COMMIT was sent, in seconds."""
    session.value(sql, [number])
    sent = time.time()
    session.commit()
    return sent


class Peer(Queue):
    """A program in JavaScript."""

    file = None

    def __init__(self, database):
        super().__init__(database)
        self.program = Program(("node", "--no-warnings"), self.file, {}, PGDATABASE=database, PGOPTIONS="")
        self.name, self.missing = self.program.name, self.program.missing

    def once(self, times):
        self.program.ask(work="load", times=times)
        self.tidy()
        return self.program.ask(work="drain", times=times)["ms"]

    def listen(self):
        self.program.ask(work="listen")

    def starts(self):
        return dict(self.program.ask(work="starts")["starts"])

    def end(self):
        self.program.end()
        super().end()


class GraphileWorker(Peer):
    file = "graphile_worker.mjs"

    def send(self, number):
        return commit_after(self.session, "SELECT id FROM graphile_worker.add_job('mark', json_build_object('n', %s))", number)


class PgBoss(Peer):
    file = "pg_boss.mjs"

    def send(self, number):
        return self.program.ask(work="send", number=number)["at"]


# Reads a batch, whose rows it hides for half a minute, and deletes it.
READ = """
WITH found AS (
	SELECT id FROM queue WHERE visible_at <= clock_timestamp() ORDER BY id LIMIT {batch} FOR UPDATE SKIP LOCKED
), taken AS (
	UPDATE queue q SET visible_at = clock_timestamp() + interval '30 seconds', read_count = read_count + 1
	FROM found WHERE q.id = found.id RETURNING q.id, q.message
)
SELECT array_agg(id) AS ids, count(message) AS messages FROM taken \\gset
DELETE FROM queue WHERE id = ANY (:ids::bigint[]);
"""


class ByHand(Queue):
    """Two clients of pgbench that read and delete."""

    clients = 2

    def __init__(self, database, batch):
        super().__init__(database)
        self.batch, self.name = batch, f"read + delete, {batch} at once"
        made = self.session.value("SELECT to_regclass('queue') IS NOT NULL")
        self.session.rollback()
        if not made:
            self.script("queue.sql")

    def once(self, times):
        self.session.outside("TRUNCATE queue", f"INSERT INTO queue (message) SELECT '{{\"n\": 1}}' FROM generate_series(1, {times})")
        self.tidy()
        return 1000 / (self._pgbench(times // self.batch // self.clients) * self.batch)

    def _pgbench(self, transactions):
        """Transactions a second."""
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write(READ.format(batch=self.batch))
            script.flush()
            clients = str(self.clients)
            ran = subprocess.run(["pgbench", "-n", "-M", "prepared", "-c", clients, "-j", clients, "-t", str(transactions),
                                  "-f", script.name, self.database], capture_output=True, text=True, check=False)
        found = re.search(r"tps = ([\d.]+)", ran.stdout)
        if ran.returncode or not found:
            raise SystemExit(f"pgbench: {ran.stderr.strip()}")
        if self.session.value("SELECT EXISTS (SELECT FROM queue)"):
            raise SystemExit("tasks: something is left in the queue by hand")
        self.session.rollback()
        return float(found[1])
