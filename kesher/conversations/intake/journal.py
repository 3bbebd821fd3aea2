"""Store raw webhook requests before they are acknowledged: many in one commit, in a file if the database is down.

What a provider sent is durable before the provider gets its 200. Requests that arrive during a commit go into the next
one, so a busy server commits hundreds of rows at a time. A commit that fails, or takes longer than a second, goes to an
fsynced file instead; the file is drained, in order, before anything newer is written.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import batched
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from kesher.core.db.ids import uuid7_hex

log = logging.getLogger("kesher.journal")

COMMIT_SECONDS = 1.0
BATCH = 500
TOGETHER = 50  # rows in one statement
CONNECT_SECONDS = 5
COLUMNS = "id, account_id, received, path, query, headers, body, state, tries, error"


class Row(NamedTuple):
    """One raw request: the columns of `Intake`."""

    id: str  # 32 hex digits of a version 7 UUID
    account_id: int
    received: float
    path: str
    query: str
    headers: str
    body: bytes


class JournalDown(Exception):
    """Raised if neither the database nor the spool could store a request: the provider must retry (503)."""


Write = Callable[[Sequence[Row]], None]
# Errors of a row that no database will ever take. Any other error may pass, and the row is tried again.
BAD_ROW = (
    sqlite3.DataError,
    sqlite3.IntegrityError,
    psycopg.DataError,
    psycopg.IntegrityError,
    ValueError,
    OverflowError,
)


def sqlite_writer(path: str) -> Write:
    """Return a function that writes journal rows to SQLite in one transaction (WAL, synchronous=FULL).

    It has a connection of its own for each thread. Many rows go in one statement: each statement releases the GIL, and
    gets it back only when the event loop releases it.
    """
    local = threading.local()

    def connect() -> sqlite3.Connection:
        """Open and return a connection that commits durably."""
        connection = sqlite3.connect(path, timeout=20, isolation_level=None, cached_statements=TOGETHER + 10)
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
        return connection

    def write(rows: Sequence[Row]) -> None:
        """Insert the rows in one transaction on this thread's connection."""
        connection = getattr(local, "connection", None)
        if connection is None:
            connection = local.connection = connect()
        connection.execute("BEGIN IMMEDIATE")
        try:
            for part in batched(rows, TOGETHER):
                connection.execute(insert_statement(len(part)), [value for row in part for value in row])
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    return write


@lru_cache(maxsize=TOGETHER)
def insert_statement(rows: int) -> str:
    """Return SQLite's INSERT statement for this number of rows."""
    values = ", ".join(["(?, ?, ?, ?, ?, ?, ?, 'new', 0, '')"] * rows)
    return f"INSERT INTO conversations_intake ({COLUMNS}) VALUES {values} ON CONFLICT (id) DO NOTHING"  # noqa: S608  # constants


def postgres_writer(dsn: str) -> Write:
    """Return a function that writes journal rows to PostgreSQL in one statement, committed durably."""
    local = threading.local()
    sql = (
        f"INSERT INTO conversations_intake ({COLUMNS}) "  # noqa: S608  # the columns are a constant
        "SELECT *, 'new', 0, '' FROM unnest(%s::uuid[], %s::bigint[], %s::float8[], %s::text[], %s::text[], %s::text[],"
        " %b::bytea[]) ON CONFLICT (id) DO NOTHING"
    )

    def write(rows: Sequence[Row]) -> None:
        """Insert the rows in one statement on this thread's connection; reconnect after an error."""
        connection = getattr(local, "connection", None)
        if connection is None or connection.closed:
            connection = local.connection = psycopg.connect(
                dsn, autocommit=True, connect_timeout=CONNECT_SECONDS, options="-c synchronous_commit=on"
            )
        try:
            connection.execute(sql, [list(column) for column in zip(*rows, strict=True)])
        except psycopg.OperationalError:
            connection.close()
            raise

    return write


def make_writer(database: dict[str, Any]) -> Write:
    """Return the function that writes journal rows to the database of this Django setting."""
    if database["ENGINE"].endswith("sqlite3"):
        return sqlite_writer(str(database["NAME"]))
    return postgres_writer(connection_string(database, "kesher"))


def connection_string(database: dict[str, Any], application: str) -> str:
    """Return libpq's connection string for a Django database setting and this application name."""
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    known = {k: database[v] for k, v in names.items() if database.get(v)}
    return psycopg.conninfo.make_conninfo("", application_name=application, **known)


def spool_files(folder: Path) -> list[Path]:
    """Return the spool files of every process in this folder, by name."""
    return sorted(folder.glob("intake-*.jsonl"))


class Spool:
    """Rows in an fsynced file, one JSON line each, for while the database is down.

    A file that is being written to the database is renamed first, so that new rows go to a new file and wait for
    nothing.
    """

    def __init__(self, folder: Path) -> None:
        """Use a file of this process in the folder; it is created when first needed."""
        self.path = folder / f"intake-{os.getpid()}.jsonl"
        self.lock = threading.Lock()

    @property
    def filled(self) -> bool:
        """Return whether this process has rows in its spool file."""
        return self.path.exists()

    def holds_any(self) -> bool:
        """Return whether any process has a spool file in this folder."""
        return bool(spool_files(self.path.parent))

    def add(self, rows: Sequence[Row]) -> None:
        """Append the rows to this process's spool file and sync it to disk; raise OSError if that is not possible."""
        with self.lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            append_rows(self.path, rows)

    def files_to_drain(self) -> list[Path]:
        """Return the spool files to empty, oldest first: our renamed ones, and those of dead processes.

        The last part of a file's name is the number of its process, also after renaming.
        """
        ours = str(os.getpid())
        files = []
        for file in spool_files(self.path.parent):
            owner = file.stem.rpartition("-")[2]
            if file != self.path and (owner == ours or not is_alive(owner)):
                files.append(file)
        return sorted(files, key=lambda file: (file.stat().st_mtime, file.name))

    def drain(self, write: Write) -> int:
        """Write all spooled rows to the database, oldest first, and delete the files; return how many were read.

        Rows that no database takes go to a file beside it. Any other error of ``write`` leaves the files for the next
        time.
        """
        with self.lock:
            if self.filled:
                self.path.rename(self.path.with_name(f"intake-{uuid7_hex()}-{os.getpid()}.jsonl"))
        count = 0
        for path in self.files_to_drain():
            rows = read_spool(path)
            bad = [row for part in batched(rows, BATCH) for row in write_good(write, part)]
            if bad:
                append_rows(path.with_suffix(".bad"), bad)
                log.error("%s rows that the database does not take were set aside in %s.bad", len(bad), path.stem)
            path.unlink(missing_ok=True)
            count += len(rows)
        return count


def append_rows(path: Path, rows: Sequence[Row]) -> None:
    """Append rows to a file as JSON lines, and return when they are on disk."""
    lines = [json.dumps([*row[:6], base64.b64encode(row.body).decode()]) for row in rows]
    with path.open("a", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())


def write_good(write: Write, rows: Sequence[Row]) -> list[Row]:
    """Write rows to the database, one by one if any is invalid; return those that were not written."""
    try:
        write(rows)
    except BAD_ROW:
        if len(rows) == 1:
            return list(rows)
        return [bad for row in rows for bad in write_good(write, [row])]
    return []


def is_alive(pid: str) -> bool:
    """Return whether a process with this id runs (it then empties its own spool file)."""
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def read_spool(path: Path) -> list[Row]:
    """Return the rows of a spool file, without a torn last line, which was never acknowledged."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            key, account_id, received, url, query, headers, body = json.loads(line)
        except ValueError:
            continue
        rows.append(Row(key, account_id, received, url, query, headers, base64.b64decode(body)))
    return rows


class Journal:
    """Takes rows on the event loop; `put` returns when they are durable."""

    def __init__(self, write: Write, spool: Spool) -> None:
        """Write rows with ``write``; use ``spool`` while the database is down or slow."""
        self.write = write
        self.spool = spool
        self.waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self.busy = False
        self.spooling = False
        self.pool = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self.rescue = ThreadPoolExecutor(1, thread_name_prefix="spool")

    async def put(self, row: Row) -> None:
        """Store one row and return when it is on disk; raise JournalDown if that is not possible."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append((row, future))
        if self.spooling:
            self.spool_waiting()
        elif not self.busy:
            self.start()
        await future

    def start(self) -> None:
        """Pass the waiting rows to the writing thread, as one transaction."""
        batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
        self.busy = True
        loop = asyncio.get_running_loop()
        watch = loop.call_later(COMMIT_SECONDS, self.overdue, batch)
        task = loop.run_in_executor(self.pool, self.commit, [row for row, _future in batch])
        task.add_done_callback(lambda done: self.finished(batch, watch, done))

    def commit(self, rows: Sequence[Row]) -> None:
        """Write these rows to the database, in the writing thread, after the older rows in the spool.

        Runs in the writing thread.
        """
        if self.spool.filled or self.spooling or not rows:
            self.spool.drain(self.write)
        if rows:
            self.write(rows)

    def finished(
        self, batch: list[tuple[Row, asyncio.Future[None]]], watch: asyncio.TimerHandle, done: asyncio.Future[None]
    ) -> None:
        """Wake those who wait for a committed batch; if the commit failed, write the batch to the spool."""
        watch.cancel()
        self.busy = False
        error = done.exception()
        if error is None:
            self.spooling = False
            settle_batch(batch)
            if self.waiting or self.spool.filled:
                self.start()  # spooled rows are older than what waits: they go first
            return
        log.warning("the journal's database refused a commit: %s", error)
        self.spooling = True
        self.waiting = [item for item in batch if not item[1].done()] + self.waiting
        self.spool_waiting()
        asyncio.get_running_loop().call_later(COMMIT_SECONDS, self.retry)

    def retry(self) -> None:
        """Try to write to the database again, beginning with the spooled rows."""
        if not self.busy:
            self.start()

    def overdue(self, batch: list[tuple[Row, asyncio.Future[None]]]) -> None:
        """Write to the spool all rows that wait in or behind a commit that takes too long.

        If the commit succeeds after all, the same ids come twice and the second is dropped.
        """
        self.spooling = True
        self.waiting = [item for item in batch if not item[1].done()] + self.waiting
        self.spool_waiting()

    def spool_waiting(self) -> None:
        """Write all waiting rows to the spool instead of the database."""
        batch, self.waiting = self.waiting, []
        if not batch:
            return
        task = asyncio.get_running_loop().run_in_executor(self.rescue, self.spool.add, [row for row, _future in batch])
        task.add_done_callback(lambda done: settle_batch(batch, done.exception()))

    def close(self) -> None:
        """Shut down the writing thread and the spool's thread."""
        self.pool.shutdown()
        self.rescue.shutdown()


def settle_batch(batch: list[tuple[Row, asyncio.Future[None]]], error: BaseException | None = None) -> None:
    """Wake all who wait for the rows of a batch: with success, or with JournalDown for an error."""
    for _row, future in batch:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(JournalDown(str(error)))
