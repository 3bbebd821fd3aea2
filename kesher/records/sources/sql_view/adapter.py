"""Record source: a read-only view in another system's PostgreSQL database, or an SQLite file.

The only statement is: SELECT the columns named in the settings FROM the view WHERE its column is the person's proved
address. Names are checked letter by letter, values are parameters, the session is read-only.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from kesher.records.sources.base import MAX_ROWS, Check, Client, Info, Reading, Source, SourceError, Subject
from kesher.records.sources.field_mapping import check_rules, map_rows

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?")


class Adapter(Source):
    """The adapter of an SQL view."""

    titles = {"he": "תצוגת SQL", "ar": "عرض SQL", "ru": "Представление SQL", "en": "SQL view"}
    settings = {
        "file": "an SQLite file, or nothing where the secret url names a PostgreSQL",
        "view": "the view, perhaps with its schema: letters, digits, _",
        "match": "the column that holds the person's address",
        "scheme": "which address: tel (default), mailto, idp; id: the number of whom another acts for by law",
        "plain": "true: the number without + and 972, as 05…",
        "assurance": "how well the address must be proved (default 2)",
        "fields": "{field: column or rule}, see kesher/records/sources/field_mapping.py",
        "limit": "how many rows at most",
    }
    secrets = {"url": "postgresql://reader:password@host/name: an account that may only read the view"}
    threads = ThreadPoolExecutor(
        4, thread_name_prefix="records-sql"
    )  # own threads: a kind that hangs must not use another's

    async def read(self, subject: Subject, info: Info, client: Client) -> Reading:
        """Return the person's rows in the configured database view."""
        given = info.settings
        address = subject.address(str(given.get("scheme", "tel")), int(given.get("assurance", 2)))
        if not address:
            return Reading()
        if given.get("plain"):
            address = re.sub(r"^\+972", "0", address)
        view, match, columns = check_names(given)
        limit = min(int(given.get("limit", MAX_ROWS)), MAX_ROWS) + 1
        if file := given.get("file"):
            found = await asyncio.get_running_loop().run_in_executor(
                self.threads, query_sqlite, str(file), view, match, columns, address, limit, info.timeout
            )
        else:
            found = await query_postgres(
                str(info.secrets.get("url", "")), view, match, columns, address, limit, info.timeout
            )
        return map_rows(found, given, subject.lang)

    def check(self, info: Info) -> Sequence[Check]:
        """Return the results of checking that rules and names are valid, and the database is configured."""
        problem = check_rules(info.settings.get("fields"))
        try:
            check_names(info.settings)
            names = ""
        except SourceError as error:
            names = str(error)
        file = str(info.settings.get("file", ""))
        where = (
            Path(file).is_file()
            if file
            else str(info.secrets.get("url", "")).startswith(("postgres://", "postgresql://"))
        )
        return (
            Check("fields", not problem, problem),
            Check("names", not names, names),
            Check("database", where, "a file that is there, or the secret url"),
        )


def list_columns(rules: Any) -> list[str]:
    """Return the columns of the view that the rules of the fields read. Raise SourceError."""
    if not isinstance(rules, Mapping):
        raise SourceError("fields: {name: column}", code="settings")
    found = [rule if isinstance(rule, str) else str(rule.get("path", "")) for rule in rules.values()]
    return list(dict.fromkeys(name for name in found if name))


def check_names(given: Mapping[str, Any]) -> tuple[list[str], str, list[str]]:
    """Return (view, column to match, columns) by the settings. Raise SourceError unless each is a plain name."""
    view, match, columns = str(given.get("view", "")), str(given.get("match", "")), list_columns(given.get("fields"))
    for name in (view, match, *columns):
        if not NAME.fullmatch(name) or (name != view and "." in name):
            raise SourceError("not a plain name of a view or a column", code="settings")
    return view.split("."), match, columns


def query_sqlite(
    file: str, view: list[str], match: str, columns: list[str], address: str, limit: int, seconds: float
) -> list[dict[str, Any]]:
    """Return the view's rows with this address from an SQLite file, as dicts. Raise SourceError.

    Blocks for hardly longer than ``seconds``: call it in a thread.
    """
    end = time.monotonic() + seconds
    # In brackets: in double quotes SQLite takes an unknown column for a text.
    select = ", ".join(f"[{name}]" for name in columns)
    place = ".".join(f"[{part}]" for part in view)
    statement = f"SELECT {select} FROM {place} WHERE [{match}] = ? LIMIT ?"  # noqa: S608 (names were checked)
    try:
        with closing(
            sqlite3.connect(f"{Path(file).resolve().as_uri()}?mode=ro", uri=True, timeout=seconds)
        ) as database:
            database.row_factory = sqlite3.Row
            # A thread cannot be cancelled: past its time the statement aborts itself.
            database.set_progress_handler(lambda: time.monotonic() > end, 10_000)
            return [dict(row) for row in database.execute(statement, (address, limit))]
    except sqlite3.Error as error:
        raise SourceError(f"SQLite: {type(error).__name__}") from error


async def query_postgres(
    url: str, view: list[str], match: str, columns: list[str], address: str, limit: int, seconds: float
) -> list[dict[str, Any]]:
    """Return the view's rows with this address from PostgreSQL, as dicts. Raise SourceError.

    It names only the type of a database error: the message may hold a password.
    """
    statement = sql.SQL("SELECT {} FROM {} WHERE {} = %s LIMIT %s").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(*view), sql.Identifier(match)
    )
    wait = max(int(seconds * 1000), 100)
    options = f"-c default_transaction_read_only=on -c statement_timeout={wait}"
    try:
        async with await psycopg.AsyncConnection.connect(
            url, connect_timeout=max(int(seconds), 2), options=options, row_factory=dict_row
        ) as connection:
            cursor = await connection.execute(statement, (address, limit))
            return list(await cursor.fetchall())
    except psycopg.Error as error:
        raise SourceError(f"PostgreSQL: {type(error).__name__}") from error
