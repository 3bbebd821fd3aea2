"""The count lane: a petition's count, read once however many ask."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any
from unittest.mock import Mock

import pytest
from django.db import OperationalError

from kesher.server.lanes.counts import PATH, CountLane, build_entry, count_data


class Browser:
    """One request to the lane, and what came back."""

    def __init__(self, lane: CountLane) -> None:
        self.lane = lane

    def get(
        self, host: str = "testserver", method: str = "GET", code: str = "48213", etag: str = ""
    ) -> tuple[Any, ...]:
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        headers = [(b"host", host.encode()), *([(b"if-none-match", etag.encode())] if etag else [])]
        asyncio.run(self.lane({"headers": headers, "method": method}, code, send))
        return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


@pytest.fixture
def lane(monkeypatch: pytest.MonkeyPatch) -> CountLane:
    """The lane without its thread and its database: what it would read is counted."""
    made = CountLane()
    made.reads = []  # type: ignore[attr-defined]

    def read(host: str, code: str) -> Any:
        made.reads.append((host, code))  # type: ignore[attr-defined]
        assert threading.current_thread().name.startswith("count")
        tally = {"total": {"": 7}, "level": {"1": 5, "2": 2, "3": 0}, "channel": {"web": 7}}
        return count_data(code, tally) if code == "48213" else None

    monkeypatch.setattr("kesher.server.lanes.counts.load_count", read)
    return made


def test_the_count_is_read_once_however_many_ask(lane: CountLane, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    answers = [Browser(lane).get() for _ in range(50)]
    assert len(lane.reads) == 1  # type: ignore[attr-defined]
    status, headers, body = answers[-1]
    assert (status, headers[b"cache-control"][:15]) == (200, b"public, max-age")
    assert json.loads(body) == {
        "code": "48213", "signature_count": 7, "signatures_by_level": {"1": 5, "2": 2}, "signatures_by_channel": {"web": 7},
    }  # fmt: skip
    assert Browser(lane).get(etag=headers[b"etag"].decode())[0::2] == (304, b"")
    assert Browser(lane).get(method="HEAD")[0::2] == (200, b"")
    assert Browser(lane).get(method="POST")[0] == 405
    assert Browser(lane).get(host="evil.example")[0] == 400
    assert Browser(lane).get(code="99999")[0] == 404


def test_a_database_that_is_away_leaves_what_was_known(lane: CountLane, settings: Any, monkeypatch: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    first = Browser(lane).get()
    monkeypatch.setattr("kesher.server.lanes.counts.load_count", Mock(side_effect=OperationalError))
    monkeypatch.setattr("kesher.server.lanes.counts.STALE_SECONDS", 0)
    monkeypatch.setattr("kesher.server.lanes.counts.FRESH_SECONDS", 0)
    assert Browser(lane).get() == first
    assert Browser(lane).get(code="48214")[0] == 503
    assert not lane.reading


@pytest.mark.parametrize("path", ["/petitions/48213/count.json/", "/petitions/x/count.json", "/petitions//count.json"])
def test_other_addresses_are_not_the_lane_s(path: str) -> None:
    assert PATH.fullmatch("/petitions/48213/count.json")
    assert not PATH.fullmatch(path)


def test_what_is_known_changes_its_etag_only_when_it_changes() -> None:
    one, same, other = (build_entry({"signature_count": n}) for n in (1, 1, 2))
    assert one.etag == same.etag != other.etag
