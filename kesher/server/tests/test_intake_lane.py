"""The intake lane: paths that no column holds."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest

from kesher.channels.base import Reply
from kesher.conversations.intake.journal import Row
from kesher.server.lanes.intake import PATH_MAX, IntakeLane


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
