"""The spool beside the journal: nothing is lost in it, nobody waits for it, and no row blocks the others."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kesher.channels.base import Reply
from kesher.conversations.intake.intake_lane import PATH_MAX, IntakeLane
from kesher.conversations.intake.journal import Journal, Row, Spool


def row(key: str, path: str = "/in/sms/K") -> Row:
    return Row(key, 1, 0.0, path, "", "{}", b"{}")


class Table:
    """A database that keeps the ids of the rows that it took."""

    def __init__(self, away: bool = False) -> None:
        self.ids: list[str] = []
        self.away = away

    def write(self, rows: Sequence[Row]) -> None:
        if self.away:
            raise sqlite3.OperationalError("database is locked")
        if any(len(item.path) > 500 for item in rows):
            raise sqlite3.DataError("value too long")
        self.ids += [item.id for item in rows]


def test_a_row_that_no_database_takes_is_set_aside_and_the_others_are_written(tmp_path: Path) -> None:
    spool, table = Spool(tmp_path), Table()
    spool.add([row("a"), row("bad", "/" * 600), row("c")])
    assert spool.drain(table.write) == 3
    assert table.ids == ["a", "c"]
    [aside] = tmp_path.glob("*")
    assert aside.suffix == ".bad"
    assert '"bad"' in aside.read_text()


def test_what_comes_while_the_spool_is_written_waits_for_nobody(tmp_path: Path) -> None:
    spool, table = Spool(tmp_path), Table()
    spool.add([row("a")])

    def slowly(rows: Sequence[Row]) -> None:
        assert not spool.lock.locked()
        spool.add([row("b")])
        table.write(rows)

    spool.drain(slowly)
    spool.drain(table.write)
    assert table.ids == ["a", "b"]
    assert not spool.files_to_drain()


def test_what_a_process_left_half_written_is_found_again_in_its_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.add([row("a")])
    with pytest.raises(sqlite3.OperationalError):
        spool.drain(Table(away=True).write)
    spool.add([row("b")])
    table = Table()
    assert Spool(tmp_path).drain(table.write) == 2
    assert table.ids == ["a", "b"]


def test_an_empty_commit_drains_what_an_earlier_process_left(tmp_path: Path) -> None:
    (tmp_path / "intake-999999999.jsonl").write_text('["a", 1, 0.0, "/", "", "{}", "e30="]\n')
    table = Table()
    Journal(table.write, Spool(tmp_path)).commit([])
    assert table.ids == ["a"]


class Kept:
    """A journal that keeps what it is given."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    async def put(self, row: Row) -> None:
        self.rows.append(row)


def call(path: str) -> Row:
    """What the lane journals of a webhook at this path."""
    journal: Any = Kept()
    lane: Any = IntakeLane(journal)
    adapter = SimpleNamespace(
        body_cap=100, handshake=lambda *_: None, verify=lambda *_: None, acknowledge=lambda _: Reply()
    )
    info = SimpleNamespace(public_url="https://city.example/in/sms/K")
    lane.lines = {("sms", "K"): SimpleNamespace(account_id=1, adapter=adapter, info=info, types=frozenset(), host=0)}
    lane.read_at = time.monotonic()
    scope = {"path": path, "method": "POST", "headers": [], "query_string": b"a=1"}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    async def send(_message: dict[str, Any]) -> None:
        pass

    asyncio.run(lane(scope, receive, send))
    [kept] = journal.rows
    assert isinstance(kept, Row)
    return kept


@pytest.mark.parametrize("rest", ["x" * 600, "\x00", "a\x00b" * 300])
def test_a_path_that_no_column_holds_is_journalled_as_far_as_it_goes(rest: str) -> None:
    kept = call(f"/in/sms/K/{rest}")
    assert kept.path.startswith("/in/sms/K/")
    assert len(kept.path) <= PATH_MAX
    assert "\x00" not in kept.path
