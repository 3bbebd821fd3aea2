"""The data folder: readable by its owner alone, and used by a server or by a restore, never by both at once.

Every process of a server holds a shared lock on one file in it, and a restore the exclusive one. The system drops a
lock with the last process that holds it, however that process ended, so no lock is ever stale. On PostgreSQL a server
may also run on another machine, with a data folder of its own: a restore then looks for sessions of Kesher in the
database, and holds an advisory lock, which a server asks for when it starts.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO

import psycopg
from django.conf import settings
from django.db import connection

from kesher.conversations.intake.journal import conninfo_of

LOCK = "in-use.lock"
RESTORING = 0x6B657368  # the number of our advisory lock: "kesh"
SERVER_RUNS = (
    "A server uses this installation ({where}). Stop it first (systemctl stop kesher, or Ctrl-C), restore, "
    "and start it again."
)
RESTORE_RUNS = "A restore is under way here ({where}). Start again when it is done."
LOOKS = 10
HELD: dict[Path, IO[str]] = {}  # by data folder: the lock that this process keeps until it ends


class InUse(Exception):
    """Somebody else uses the data folder or the database; the message says what to do."""


def make_private() -> None:
    """Take from everybody else what may lie open from before: the folder, what stands directly in it, the database.
    What lies deeper cannot be reached through a folder that is closed."""
    data = Path(settings.DATA)
    data.mkdir(parents=True, exist_ok=True)
    found = [data, *data.iterdir()]
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        found += [path for ending in ("", "-wal", "-shm") if (path := Path(name + ending)).exists()]
    for path in found:
        with suppress(PermissionError, FileNotFoundError):  # another's, or gone meanwhile
            path.chmod(0o700 if path.is_dir() else 0o600)


def keep_in_use() -> None:
    """Mark the data folder as used by a server until this process and those that it forks have ended. Raise InUse
    while a restore runs."""
    data = Path(settings.DATA)
    if data not in HELD:
        HELD[data] = lock(data, fcntl.LOCK_SH, RESTORE_RUNS)
    if connection.vendor == "postgresql":
        with suppress(psycopg.OperationalError), closing(connect()) as session:  # away: a server waits for it
            if not is_taken(session, "pg_try_advisory_lock_shared"):
                raise InUse(RESTORE_RUNS.format(where="its PostgreSQL database"))


@contextmanager
def alone() -> Iterator[None]:
    """Keep every server out while this lasts. Raise InUse where one runs."""
    connection.close()  # our own session is no server
    with lock(Path(settings.DATA), fcntl.LOCK_EX, SERVER_RUNS):
        if connection.vendor != "postgresql":
            yield
            return
        with closing(connect("kesher-restore")) as session:
            if not is_taken(session, "pg_try_advisory_lock") or are_there_others(session):
                raise InUse(SERVER_RUNS.format(where="its PostgreSQL database"))
            yield


def lock(data: Path, kind: int, refusal: str) -> IO[str]:
    """The locked file. Raise InUse with this refusal where the lock is somebody else's."""
    data.mkdir(parents=True, exist_ok=True)
    file = open(data / LOCK, "a", opener=lambda path, flags: os.open(path, flags, 0o600))  # noqa: SIM115  # kept open
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise InUse(refusal.format(where=data)) from None
    return file


def connect(name: str = "kesher-start") -> psycopg.Connection:
    """A session of our own beside Django's, which nobody closes behind our back."""
    return psycopg.connect(conninfo_of(connection.settings_dict, name), autocommit=True, connect_timeout=5)


def is_taken(session: psycopg.Connection, function: str) -> bool:
    row = session.execute(f"SELECT {function}(%s)", [RESTORING]).fetchone()  # a name of ours
    return bool(row and row[0])


def are_there_others(session: psycopg.Connection) -> bool:
    """Has the database sessions of a running server? One that was closed just now takes a moment to go."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kesher'"
    for _look in range(LOOKS):
        row = session.execute(query).fetchone()
        if row is None or not row[0]:
            return False
        time.sleep(0.1)
    return True
