"""The spool beside the journal: nothing is lost in it, nobody waits for it, and no row blocks the others."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

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
