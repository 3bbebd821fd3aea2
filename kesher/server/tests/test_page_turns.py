"""A page that waits for its turn is judged by its time of arrival."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from kesher.core.http.arrival_time import arrived_at
from kesher.server.lanes import pages
from kesher.server.lanes.pages import PageLane
from kesher.server.tests.test_page_lane import SCOPE


def test_a_request_that_waits_for_its_turn_keeps_the_moment_at_which_it_was_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    began, finish = threading.Event(), threading.Event()
    judged: list[datetime] = []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        if environ["PATH_INFO"] == "/slow":
            began.set()
            assert finish.wait(20)
        else:
            judged.append(arrived_at())
        start("200 OK", [])
        return [b""]

    monkeypatch.setattr(pages, "TURN_SECONDS", 20)
    lane = PageLane(application)
    lane.turns = asyncio.Semaphore(1)

    async def both() -> datetime:
        slow = asyncio.create_task(lane(scope_of("/slow"), nothing_more, forget))
        assert await asyncio.to_thread(began.wait, 20)
        quick = asyncio.create_task(lane(scope_of("/quick"), nothing_more, forget))
        await asyncio.sleep(0.1)
        here = timezone.now()
        await asyncio.sleep(0.3)
        finish.set()
        await asyncio.gather(slow, quick)
        return here

    here = asyncio.run(both())
    assert judged[0] < here < timezone.now()
    assert arrived_at() > here  # and nothing stays behind


def scope_of(path: str) -> dict[str, Any]:
    return {**SCOPE, "type": "http", "path": path, "headers": [(b"host", b"h")]}


async def nothing_more() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def forget(_message: dict[str, Any]) -> None:
    return None
