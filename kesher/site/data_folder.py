"""Protect the data folder: owner-only access, and a lock so that a server and a restore never run at once.

Every server process holds a shared lock on one file in it, a restore the exclusive one. The system releases a lock with
its last process, so no lock is ever stale. On PostgreSQL a server may also run on another machine with its own data
folder: a restore therefore looks for Kesher's sessions in the database, and holds an advisory lock that servers ask for
at their start.
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

from kesher.conversations.intake.journal import connection_string

LOCK = "in-use.lock"
RESTORING = 0x6B657368  # the number of our advisory lock: "kesh"
SERVER_RUNS = (
    "A server uses this installation ({where}). Stop it first (systemctl stop kesher, or Ctrl-C), restore, "
    "and start it again."
)
RESTORE_RUNS = "A restore is under way here ({where}). Start again when it is done."
LOOKS = 10
HELD: dict[Path, IO[str]] = {}  # data folder: the lock that this process holds until it ends


class InUse(Exception):
    """Another process uses the data folder or the database; the message says what to do."""


def make_private() -> None:
    """Remove group's and others' permissions from the data folder, its direct entries and the database.

    Deeper files cannot be reached once the folder is closed.
    """
    data = Path(settings.DATA)
    data.mkdir(parents=True, exist_ok=True)
    found = [data, *data.iterdir()]
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        found += [path for ending in ("", "-wal", "-shm") if (path := Path(name + ending)).exists()]
    for path in found:
        with suppress(PermissionError, FileNotFoundError):  # not ours, or deleted meanwhile
            path.chmod(0o700 if path.is_dir() else 0o600)


def keep_in_use() -> None:
    """Lock the data folder as used by a server until this process and its forks end.

    Raise InUse while a restore runs.
    """
    data = Path(settings.DATA)
    if data not in HELD:
        HELD[data] = lock_folder(data, fcntl.LOCK_SH, RESTORE_RUNS)
    if connection.vendor == "postgresql":
        with (
            suppress(psycopg.OperationalError),
            closing(open_session()) as session,
        ):  # a server waits for a database that is down
            if not take_lock(session, "pg_try_advisory_lock_shared"):
                raise InUse(RESTORE_RUNS.format(where="its PostgreSQL database"))


@contextmanager
def exclude_servers() -> Iterator[None]:
    """Lock the data folder so that no server can run inside the block. Raise InUse where one runs."""
    connection.close()  # do not count our own session as a server
    with lock_folder(Path(settings.DATA), fcntl.LOCK_EX, SERVER_RUNS):
        if connection.vendor != "postgresql":
            yield
            return
        with closing(open_session("kesher-restore")) as session:
            if not take_lock(session, "pg_try_advisory_lock") or has_other_servers(session):
                raise InUse(SERVER_RUNS.format(where="its PostgreSQL database"))
            yield


def lock_folder(data: Path, kind: int, refusal: str) -> IO[str]:
    """Lock the data folder in this way (`kind`) and return the lock file. Raise InUse if another process has it."""
    data.mkdir(parents=True, exist_ok=True)
    file = open(data / LOCK, "a", opener=lambda path, flags: os.open(path, flags, 0o600))  # noqa: SIM115  # kept open
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise InUse(refusal.format(where=data)) from None
    return file


def open_session(name: str = "kesher-start") -> psycopg.Connection:
    """Return a new PostgreSQL connection apart from Django's, which Django does not close."""
    return psycopg.connect(connection_string(connection.settings_dict, name), autocommit=True, connect_timeout=5)


def take_lock(session: psycopg.Connection, function: str) -> bool:
    """Call this PostgreSQL advisory-lock function and return whether it took the lock."""
    row = session.execute(f"SELECT {function}(%s)", [RESTORING]).fetchone()  # our own function names
    return bool(row and row[0])


def has_other_servers(session: psycopg.Connection) -> bool:
    """Return whether another server has sessions in the database; wait a moment for closed ones to go."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kesher'"
    for _look in range(LOOKS):
        row = session.execute(query).fetchone()
        if row is None or not row[0]:
            return False
        time.sleep(0.1)
    return True
