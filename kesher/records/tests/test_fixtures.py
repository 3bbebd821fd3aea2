"""What each kind of source makes of what another system gives: its fixtures are its specification.

In a folder's ``fixtures``, ``<case>.<json|csv|sql|…>`` is what the other system gives, as it comes;
``<case>.expected.json`` is what comes of it; ``told.json`` is what the source is told (settings, secrets, subject,
timeout, the status of an HTTP answer), and ``<case>.told.json`` what differs in this case. ``⟦…⟧`` stands there as
often as ``times`` says, numbered by №. SERVER and FOLDER in a setting are where it lies in the test.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from kesher.agencies.models import Agency
from kesher.cases.models import Case, Topic
from kesher.channels.http_client import GuardedClient
from kesher.contacts.models import Identity
from kesher.conversations.services import conversation_of
from kesher.records import sources as house
from kesher.records.sources.base import Info, Proven, Subject
from kesher.records.sources.fetcher import Breakers, Fetcher
from kesher.records.sources.local_data_rows import read_internal_rows
from kesher.records.sources.readings import Order, Outcome, Plan, row_to_json
from kesher.records.sources.registry import adapter_folders, all_adapters

HOME = Path(next(iter(house.__path__)))
NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
REPEATED = re.compile("⟦(.*?)⟧", re.DOTALL)
OVER_HTTP = ("http_json", "open311")
DANAS = {"addresses": [["tel", "+972505550142", 2]], "name": "דנה לוי", "lang": "he"}
# What every kind shows that reads what others wrote; a stand-in may leave some out.
OWED = {"ordinary", "empty", "wrong-types", "huge", "hostile", "languages"}


def cases(*kinds: str) -> list[tuple[str, str]]:
    ends = ".expected.json"
    found = [(kind, file.name.removesuffix(ends)) for kind in kinds for file in (HOME / kind).glob(f"fixtures/*{ends}")]
    return sorted(found)


def given_of(kind: str, case: str) -> Path:
    """What the other system gives."""
    files = [file for file in (HOME / kind / "fixtures").glob(f"{case}.*") if file.name.count(".") == 1]
    assert len(files) == 1, f"{kind}: {case} is given by {len(files)} files"
    return files[0]


@dataclass
class Fixture:
    """A fixture, read."""

    kind: str
    given: bytes
    expected: dict[str, Any]
    told: dict[str, Any]


def load(kind: str, case: str) -> Fixture:
    folder = HOME / kind / "fixtures"
    told: dict[str, Any] = {}
    for name in ("told.json", f"{case}.told.json"):
        if (folder / name).exists():
            for key, value in json.loads((folder / name).read_text(encoding="utf-8")).items():
                told[key] = {**told.get(key, {}), **value} if isinstance(value, dict) else value
    given = given_of(kind, case).read_bytes()
    if "times" in told:
        given = REPEATED.sub(lambda part: repeated(part[1], told["times"]), given.decode()).encode()
    return Fixture(kind, given, json.loads((folder / f"{case}.expected.json").read_text(encoding="utf-8")), told)


def repeated(text: str, times: int) -> str:
    return "".join(text.replace("№", str(number)) for number in range(1, times + 1))


@dataclass
class Other:
    """Another system, on a real server: gives one answer to whoever asks, and remembers how it was asked."""

    url: str = ""
    body: bytes = b""
    status: int = 200
    asked: list[str] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        other: Other = self.server.other  # type: ignore[attr-defined]
        secret = self.headers.get("authorization", "")
        other.asked.append(" ".join(part for part in (self.command, self.path, secret, sent) if part))
        self.send_response(other.status)
        self.send_header("Content-Length", str(len(other.body)))
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(other.body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[Other]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.other = other = Other(f"http://127.0.0.1:{running.server_port}")  # type: ignore[attr-defined]
        threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield other
        running.shutdown()


class Today(datetime):
    """A clock that stands."""

    @classmethod
    def now(cls, tz: Any = None) -> Today:
        return cls(2026, 11, 26, 8, tzinfo=UTC)


def lay_down(case: Fixture, folder: Path) -> None:
    """Puts what is given where a source of files finds it."""
    if case.kind == "csv_drop":
        (folder / "drop.csv").write_bytes(case.given)
        os.utime(folder / "drop.csv", (NOW.timestamp(), NOW.timestamp()))
    elif case.kind == "sql_view":
        with closing(sqlite3.connect(folder / "other.sqlite3")) as database:
            database.executescript(case.given.decode())


def settings_of(case: Fixture, **places: str) -> dict[str, Any]:
    text = json.dumps(case.told.get("settings", {}))
    for name, value in places.items():
        text = text.replace(name, json.dumps(value)[1:-1])
    found: dict[str, Any] = json.loads(text)
    return found


def subject_of(case: Fixture) -> Subject:
    said = {**DANAS, **case.told.get("subject", {})}
    return Subject(tuple(Proven(*one) for one in said["addresses"]), said["name"], said["lang"])


def envelope_of(case: Fixture, settings: dict[str, Any], *, agency_id: int = 1, allow: str = "", **secrets: str) -> Any:
    """What the page gets of it, as JSON with nothing that is empty."""
    secrets = {**case.told.get("secrets", {}), **secrets}
    info = Info(case.kind, agency_id, settings, secrets, timeout=case.told.get("timeout", 5))
    order, outcomes = Order(1, info, case.kind, key="key"), list[Outcome]()

    async def run() -> Any:
        async with (
            GuardedClient(allow=[allow]) as client,
            Fetcher(outcomes.append, breakers=Breakers(), client=client) as fetcher,
        ):
            return (await fetcher.collect(Plan(agency_id, subject_of(case), (order,)), {}))[0]

    got, reading = asyncio.run(run()), outcomes[0].reading
    as_of = reading.as_of.isoformat() if reading is not None and reading.as_of is not None else ""
    rows = [row_to_json(row) for row in got.rows]
    said = {"status": got.status, "why": got.why, "rows": rows, "missing": list(got.missing), "as_of": as_of}
    return {name: value for name, value in said.items() if value}


def agrees(case: Fixture, got: dict[str, Any]) -> None:
    """Of very many rows the expectation counts."""
    wanted = dict(case.expected)
    if (count := wanted.pop("count", None)) is not None:
        assert len(got.pop("rows")) == count
    assert got == wanted


@pytest.mark.parametrize(("kind", "name"), cases(*OVER_HTTP))
def test_what_a_service_answers_is_read_so(kind: str, name: str, server: Other) -> None:
    case = load(kind, name)
    server.body, server.status, server.asked = case.given, case.told.get("status", 200), []
    host = server.url.removeprefix("http://")
    got = envelope_of(case, settings_of(case, SERVER=server.url), allow=host)
    agrees(case, {**got, **({"asked": server.asked} if "asked" in case.expected else {})})


@pytest.mark.parametrize(("kind", "name"), cases("csv_drop", "sql_view", "demo", "failing"))
def test_what_lies_there_is_read_so(kind: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kesher.records.sources.demo.adapter.datetime", Today)
    monkeypatch.setattr(all_adapters()["failing"], "reads", 0)
    case = load(kind, name)
    lay_down(case, tmp_path)
    told = json.loads(case.given) if all_adapters()[kind].stand_in else {}
    agrees(case, envelope_of(case, {**settings_of(case, FOLDER=str(tmp_path)), **told}))


@pytest.mark.parametrize(("kind", "name"), cases("own"))
def test_what_this_server_holds_is_read_so(
    kind: str, name: str, city: Agency, dana: Identity, omar: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = load(kind, name)
    a_city_with(json.loads(case.given), city, {"dana": dana, "omar": omar})
    # What the test wrote is seen by its own thread alone, so that one reads, over the connection that it has.
    monkeypatch.setattr("kesher.records.sources.local_data_rows.close_old_connections", lambda: None)
    rows = read_internal_rows("cases", city.pk, subject_of(case))
    monkeypatch.setattr("kesher.records.sources.own.adapter.read_internal_rows", lambda *_asked: rows)
    agrees(case, envelope_of(case, settings_of(case), agency_id=city.pk))


def a_city_with(rows: list[dict[str, Any]], city: Agency, people: dict[str, Identity]) -> None:
    talks = {name: conversation_of(one.contact) for name, one in people.items()}
    topics = {
        (names := json.dumps(row["topic"])): Topic(agency=city, code=f"t{number}", names=json.loads(names))
        for number, row in enumerate(rows)
        if row.get("topic")
    }
    Topic.objects.bulk_create(topics.values())
    Case.objects.bulk_create(
        Case(
            agency=city,
            conversation=talks[row["of"]],
            number=20401 + number,
            title=row["title"],
            state=row["state"],
            topic=topics.get(json.dumps(row.get("topic"))),
            opened_at=datetime.fromisoformat(row["opened"]),
        )
        for number, row in enumerate(rows)
    )


@pytest.fixture
def elsewhere(db: None) -> Iterator[tuple[str, str]]:
    """(address, schema) of another system's PostgreSQL: a schema of its own beside the suite's tables."""
    if connection.vendor != "postgresql":
        pytest.skip("the suite does not run on PostgreSQL")
    known = connection.get_connection_params()
    url = make_conninfo(
        **{name: known[name] for name in ("dbname", "user", "password", "host", "port") if known.get(name)}
    )
    schema = f"elsewhere_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(f'CREATE SCHEMA "{schema}"'.encode())
        yield url, schema
        database.execute(f'DROP SCHEMA "{schema}" CASCADE'.encode())


@pytest.mark.parametrize(("kind", "name"), cases("sql_view"))
def test_postgresql_gives_the_same(kind: str, name: str, elsewhere: tuple[str, str]) -> None:
    case, (url, schema) = load(kind, name), elsewhere
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(f'SET search_path TO "{schema}"'.encode())
        database.execute(case.given)
    settings = {**settings_of(case), "file": "", "view": f"{schema}.{case.told['settings']['view']}"}
    agrees(case, envelope_of(case, settings, url=url))


@pytest.mark.parametrize("kind", adapter_folders())
def test_a_kind_shows_what_it_makes_of_everything(kind: str) -> None:
    """Fixtures in pairs; whoever reads what others wrote shows also the worst of it."""
    names = {file.name for file in (HOME / kind / "fixtures").iterdir()}
    given = {name.partition(".")[0] for name in names if name.count(".") == 1} - {"told"}
    expected = {name.partition(".")[0] for name in names if name.endswith(".expected.json")}
    assert given == expected != set()
    assert {name.partition(".")[0] for name in names if name.endswith(".told.json")} <= given
    assert all_adapters()[kind].stand_in or given >= OWED
