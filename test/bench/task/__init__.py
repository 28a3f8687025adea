"""Tasks: aksara's workers in the server beside graphile-worker, pg-boss and a queue by hand, each in a database of its own.

The server must have aksara in shared_preload_libraries; on it nothing else is compared, since it serves all sessions alike.
"""
import contextlib
import os
import subprocess

from harness import SETTINGS, heading

from . import backlog, calls, drain, latency
from .sides import ByHand, Database, GraphileWorker, Ours, PgBoss

# What the server itself is told while it is measured: two executors, as many as there are processors, which stay between
# the rounds, and no checkpoint in the middle of one.
SERVER = {"aksara.task_workers": "2", "aksara.task_idle_time": "1d", "checkpoint_timeout": "1h", "max_wal_size": "4GB"}
# What holds in each of the databases, in the server's workers too.  Commits wait for their WAL, as they do everywhere.
DATABASE = {"synchronous_commit": "on", "jit": "off", "random_page_cost": SETTINGS["random_page_cost"]}

PARTS = (drain, latency, calls, backlog)


def preloaded():
    """Whether this server runs tasks by itself."""
    return "aksara" in Database("postgres").value("SHOW shared_preload_libraries")


@contextlib.contextmanager
def told(settings):
    """The server under other settings."""
    session = Database("postgres")
    session.outside(*(f"ALTER SYSTEM SET {name} = '{value}'" for name, value in settings.items()), "SELECT pg_reload_conf()")
    try:
        yield
    finally:
        session.outside(*(f"ALTER SYSTEM RESET {name}" for name in settings), "SELECT pg_reload_conf()")


def make_database(name, settings):
    """A new database in which these settings hold."""
    subprocess.run(["dropdb", "--if-exists", "-f", name], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["createdb", name], check=True)
    Database("postgres").outside(*(f"ALTER DATABASE {name} SET {setting} = '{value}'" for setting, value in settings.items()))
    return name


def make_sides(options):
    """Ours and the peers that run here, each in its database."""
    prefix, settings = os.environ["PGDATABASE"], {**DATABASE, **options.settings}
    yield Ours(make_database(f"{prefix}_tasks", settings))
    for kind, name in ((GraphileWorker, "graphile"), (PgBoss, "boss")):
        peer = kind(make_database(f"{prefix}_{name}", settings))
        if peer.missing:
            print(f"\nleft out: {peer.missing}")
        else:
            yield peer
    database = make_database(f"{prefix}_queue", settings)
    yield from (ByHand(database, batch) for batch in (1, 32))


def run(table, options):
    if not any(options.wants("task", part.NAME) for part in PARTS):
        return
    with told(SERVER):
        heading(Database("postgres"), {**DATABASE, **options.settings, **SERVER})
        sides = list(make_sides(options))
        try:
            for part in PARTS:
                if options.wants("task", part.NAME):
                    part.run(table, sides, options)
        finally:
            for side in sides:
                side.end()
