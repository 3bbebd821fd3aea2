"""The intake lane: paths that no column holds, and requests of a call that wait for the reply."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError

from kesher.channels.base import Address, Payload, Pull, Reply
from kesher.conversations.intake.journal import Row
from kesher.server.lanes import intake
from kesher.server.lanes.intake import PATH_MAX, IntakeLane


class Kept:
    """A journal that keeps what it is given."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    async def put(self, row: Row) -> None:
        self.rows.append(row)


def take(path: str, pull: Pull | None = None) -> tuple[list[Row], list[dict[str, Any]]]:
    """What the lane journals of a webhook at this path, and what it sends; ``pull``: what the webhook asks for."""
    journal: Any = Kept()
    sent: list[dict[str, Any]] = []
    lane: Any = IntakeLane(journal)
    adapter = SimpleNamespace(
        methods=("GET", "POST"),
        body_cap=100,
        handshake=lambda *_: None,
        verify=lambda *_: None,
        pull=lambda _: pull,
        minimize=lambda request, _: request,
        acknowledge=lambda *_: Reply(),
        hand_over=lambda payloads, *_: Reply(200, repr([payload.text for payload in payloads]).encode()),
    )
    info = SimpleNamespace(public_url="https://city.example/in/sms/K")
    lane.lines = {("sms", "K"): SimpleNamespace(account_id=1, adapter=adapter, info=info, types=frozenset(), host=0)}
    lane.read_at = time.monotonic()
    scope = {"path": path, "method": "POST", "headers": [], "query_string": b"a=1"}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(lane(scope, receive, send))
    return journal.rows, sent


@pytest.mark.parametrize("rest", ["x" * 600, "\x00", "a\x00b" * 300])
def test_a_path_that_no_column_holds_is_journalled_as_far_as_it_goes(rest: str) -> None:
    [kept], _sent = take(f"/in/sms/K/{rest}")
    assert kept.path.startswith("/in/sms/K/")
    assert len(kept.path) <= PATH_MAX
    assert "\x00" not in kept.path


def test_a_call_is_given_its_reply_once_there_is_one_and_nothing_is_journalled(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = iter(([], [], [Payload(Address("call", "+972505550142"), {}, "שלום")]))
    monkeypatch.setattr(intake, "take_payloads", lambda *_: next(looks))
    monkeypatch.setattr(intake, "REPLY_PAUSE", 0)
    rows, sent = take("/in/sms/K", Pull("CA1"))
    assert rows == []
    assert sent[-1]["body"].decode() == "['שלום']"


@pytest.mark.parametrize("problem", [[], DatabaseError("down")])
def test_a_call_that_gets_no_reply_is_told_to_wait_on(monkeypatch: pytest.MonkeyPatch, problem: Any) -> None:
    def look(*_: Any) -> list[Payload]:
        if isinstance(problem, Exception):
            raise problem
        return []

    monkeypatch.setattr(intake, "take_payloads", look)
    monkeypatch.setattr(intake, "REPLY_SECONDS", 0)
    _rows, sent = take("/in/sms/K", Pull("CA1"))
    assert (sent[0]["status"], sent[-1]["body"]) == (200, b"[]")
