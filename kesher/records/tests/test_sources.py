"""What every source owes the house, tried on every folder that has an adapter. What each makes of what it is given is
in its fixtures (`test_fixtures.py`)."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kesher.channels.base import ChannelError
from kesher.records import sources as house
from kesher.records.sources.base import Info, Proven, Reading, SourceError, Subject, check_reading
from kesher.records.sources.field_mapping import map_reading
from kesher.records.sources.readings import reading_from_json, reading_to_json
from kesher.records.sources.registry import adapter_folders, all_adapters, get_adapter
from kesher.records.sources.sql_view.adapter import query_sqlite
from kesher.records.tests.factories import DANA, row

HOME = Path(next(iter(house.__path__)))
NOBODY = Subject(())
CLAIMED = Subject((Proven("tel", "+972505550142", 0), Proven("mailto", "dana@citizen.example", 0)))
FIELDS = {
    "key": "id",
    "title": "name",
    "amount": {"path": "sum", "divide": 100},
    "kind": {"const": "bill"},
    "due": "until",
}
ODD: list[Any] = [None, True, -1, 1.5, 10**30, "", "x", "\x00", [], [None], {}, {"id": {}}]
ADAPTERS = pytest.mark.parametrize("name", adapter_folders())
# Settings with which a folder's source can be read here; the others are read in their own tests below.
HERE: Mapping[str, dict[str, Any]] = {
    "demo": {"people": {"*": [{"key": "1", "title": "x"}]}},
    "failing": {"way": "error"},
}


class Answers:
    """A client that answers the same to all, and remembers what it was asked."""

    def __init__(self, body: Any = None, status: int = 200, error: ChannelError | None = None) -> None:
        self.body, self.status, self.error = body, status, error
        self.asked: list[tuple[str, str, dict[str, Any]]] = []

    async def request(self, method: str, url: str, **more: Any) -> tuple[int, Mapping[str, str], bytes]:
        self.asked.append((method, url, more))
        if self.error is not None:
            raise self.error
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        return self.status, {}, body


def spots_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """(container, key) of every value in it."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from spots_in(value[key])


def read(name: str, settings: dict[str, Any], subject: Subject = DANA, client: Any = None, **secrets: str) -> Reading:
    info = Info("x", 1, settings, secrets, timeout=2)
    return check_reading(asyncio.run(get_adapter(name).read(subject, info, client or Answers([]))))


@ADAPTERS
def test_a_source_says_what_it_is(name: str) -> None:
    found = all_adapters()[name]
    assert found.name == name
    assert all(isinstance(text, str) and text for text in (*found.settings.values(), *found.secrets.values()))


@ADAPTERS
def test_a_source_that_is_told_nothing_says_so_and_asks_no_network(name: str) -> None:
    checks = all_adapters()[name].check(Info("x", 1))
    assert all(isinstance(check.ok, bool) for check in checks)
    assert all_adapters()[name].stand_in or name == "own" or not all(check.ok for check in checks)


@ADAPTERS
def test_a_source_knows_no_page(name: str) -> None:
    """It translates: the desk, pages and services are not its business."""
    text = (HOME / name / "adapter.py").read_text(encoding="utf-8")
    modules = [node.module or "" for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
    assert not [one for one in modules if one.startswith(("django", "kesher.records.views", "kesher.records.services"))]


@pytest.mark.parametrize("name", [name for name in adapter_folders() if name != "own"])  # which asks the database
def test_a_source_fails_only_as_the_contract_says(name: str) -> None:
    """Told nothing, or nonsense, it raises SourceError, or has nothing; it does not crash. (A stand-in may.)"""
    for settings in ({}, {"fields": 7, "url": 7}, {"fields": {"nonsense": "x"}}):
        with suppress(SourceError):
            read(name, {**HERE.get(name, {}), **settings})


@pytest.mark.parametrize("subject", [NOBODY, CLAIMED], ids=["nobody", "claimed"])
@pytest.mark.parametrize("name", ["http_json", "open311", "sql_view", "csv_drop"])
def test_whoever_proved_no_address_has_nothing_and_nobody_is_asked(name: str, subject: Subject, tmp_path: Path) -> None:
    client = Answers([{"id": "1", "name": "x"}])
    settings = {
        "url": "https://a.example/{tel}",
        "base": "https://a.example",
        "folder": str(tmp_path),
        "fields": FIELDS,
    }
    assert read(name, settings, subject, client).rows == ()
    assert client.asked == []


def test_a_service_that_is_not_reached_is_a_failure_that_names_nobody() -> None:
    """What one answers is in the fixtures; this one does not."""
    client = Answers(error=ChannelError("a.example: timeout", code="network"))
    with pytest.raises(SourceError) as caught:
        read("http_json", {"url": "https://a.example/{tel}", "fields": FIELDS}, client=client)
    assert caught.value.code == "network"
    assert "+972" not in str(caught.value)


def test_one_value_of_another_type_anywhere_is_a_reading_or_a_failure() -> None:
    """A fixture with one thing wrong, whichever: never a crash."""
    for name, settings in (
        ("http_json", {"url": "https://a.example/{tel}"}),
        ("open311", {"base": "https://a.example"}),
    ):
        fixtures = HOME / name / "fixtures"
        told = {
            **json.loads((fixtures / "told.json").read_text(encoding="utf-8"))["settings"],
            **settings,
            "headers": {},
        }
        body = json.loads((fixtures / "ordinary.json").read_text(encoding="utf-8"))
        for place, key in list(spots_in(body)):
            kept = place[key]
            for other in ODD:
                place[key] = other
                with suppress(SourceError):
                    read(name, told, client=Answers(body))
            place[key] = kept


def test_a_view_that_takes_too_long_is_left(tmp_path: Path) -> None:
    """A thread cannot be cancelled: the statement itself ends."""
    file = tmp_path / "slow.sqlite3"
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100000000) SELECT"
    with closing(sqlite3.connect(file)) as database:
        database.execute(f"CREATE VIEW slow AS {endless} i AS id, 'x' AS name FROM n WHERE i < 0")
        database.commit()
    start = time.monotonic()
    with pytest.raises(SourceError):
        query_sqlite(str(file), ["slow"], "name", ["id"], "x", 10, 0.1)
    assert time.monotonic() - start < 1


def test_a_kind_whose_threads_all_hang_holds_up_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(all_adapters()["csv_drop"], "table", lambda _info: time.sleep(0.3))
    (tmp_path / "one.sqlite3").touch()
    info = Info("x", 1, {"file": str(tmp_path / "one.sqlite3"), "view": "v", "match": "m", "fields": {"key": "k"}})

    async def run() -> float:
        slow = [asyncio.create_task(get_adapter("csv_drop").read(DANA, info, Answers())) for _many in range(40)]
        await asyncio.sleep(0)
        start = time.monotonic()
        with suppress(SourceError):
            await get_adapter("sql_view").read(DANA, info, Answers())
        took = time.monotonic() - start
        for task in slow:
            task.cancel()
        return took

    assert asyncio.run(run()) < 0.2


@pytest.mark.parametrize("name", ["loans; DROP TABLE loans", 'loans" --', "a.b.c", ""])
def test_a_view_whose_name_is_no_name_is_refused(name: str) -> None:
    settings = {"file": "/tmp/none", "view": name, "match": "phone", "fields": {"key": "id", "title": "name"}}
    with pytest.raises(SourceError):
        read("sql_view", settings)


def test_the_newest_csv_counts(tmp_path: Path) -> None:
    for name, title, age in (("b.csv", "ישן", 60), ("a.csv", "מים", 0)):
        (tmp_path / name).write_text(f"phone,id,name\n0505550142,1,{title}\n", encoding="utf-8")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    settings = {"folder": str(tmp_path), "match": "phone", "fields": {"key": "id", "title": "name"}}
    assert [one.title for one in read("csv_drop", settings).rows] == ["מים"]


@pytest.mark.parametrize(
    "bad",
    [
        None,
        [],
        Reading(rows=(None,)),  # type: ignore[arg-type]
        Reading((row(key=""),)),
        Reading((row(), row())),
        Reading((row(url="javascript:alert(1)"),)),
        Reading((row(amount=Decimal("NaN")),)),
        Reading((row(amount=1.5),)),
        Reading(tuple(row(key=str(n)) for n in range(501))),
    ],
)
def test_what_cannot_be_shown_is_garbage(bad: Any) -> None:
    with pytest.raises(SourceError):
        check_reading(bad)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "sum", "until", "data"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(body=JSON)
def test_whatever_a_service_sends_is_a_reading_or_a_failure(body: Any) -> None:
    try:
        found = check_reading(map_reading(body, {"rows": "data", "fields": FIELDS}, "he"))
    except SourceError:
        return
    assert reading_from_json(reading_to_json(found)) == found
